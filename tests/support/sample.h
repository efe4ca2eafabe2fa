/* sample.h - one event of each kind, made by hand; every account in them is made up. */
#ifndef TWS_SAMPLE_H
#define TWS_SAMPLE_H
#include "event.h"

#define SAMPLE_NS 1764000185123456789u /* 2025-11-24T16:03:05.123456789Z */

/* What out_line gathered, as a string; and begin with an output that goes nowhere. */
struct out;
void sample_out(struct out *o);
const char *sample_text(struct out *o);

struct tws_event sample_open(void);
struct tws_event sample_close(void);
struct tws_event sample_silence(enum tws_event_kind kind);
struct tws_event sample_summary(void);
struct tws_event sample_verdict(void); /* hello-unanswered, with two causes */
struct tws_event sample_verdict_healthy(void);

/* A frame of a payload with its length; `version` as negotiated.  One is kept at a time. */
struct tws_event sample_frame(enum tws_side dir, uint32_t version, const char *payload, size_t len);
struct tws_event sample_hello(const char *text);
struct tws_event sample_version(const char *payload, size_t len);
#endif
