/* textlog.h - events as text for people: one calm line an event, a verdict as a short block. */
#ifndef TWS_TEXTLOG_H
#define TWS_TEXTLOG_H
#include "event.h"
#include "mask.h"
#include "out.h"

struct text_sink {
    struct out *out;   /* borrowed */
    struct mask *mask; /* borrowed */
    bool color;
    int verbosity;     /* -1: -q, verdicts and limits only; 0; 1: -v, each frame; 2: -vv, every value */
    bool hex;
    bool dates;        /* private: the day changed, say it */
    int day;           /* private */
    char zone[16];     /* private: zone last said */
};

void text_sink_init(struct text_sink *t, struct out *out, struct mask *mask, bool color, int verbosity, bool hex);

/* The kinds of event this verbosity shows: bits of TWS_WANTS. */
uint32_t text_wants(int verbosity);

void text_put(void *text_sink, const struct tws_event *ev);
#endif
