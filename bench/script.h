/* script.h - the bytes that both ends of the benchmark say, made once before the clock runs.
 *
 * Server version 176, text form, with the layouts of the real messages: a relay that decodes finds
 * nothing odd in them.  All names, prices and account ids are made up. */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_ECHO_FRAME 60u  /* bytes on the wire of the small request and of its answer */
#define SCRIPT_ANSWERS    256u /* answers that one write may carry */

/* MIXED is one round of everything: open orders, positions, account values, history, ticks. */
enum script_stream { SCRIPT_HISTORY, SCRIPT_TICKS, SCRIPT_MIXED };

struct script_bytes {
    uint8_t *p; /* owned */
    size_t len, cap;
    size_t frames;
};

struct script {
    struct script_bytes hello, version, start_api, welcome;
    struct script_bytes subscribe; /* what HISTORY and TICKS answer, and the ticks of MIXED */
    struct script_bytes again;   /* MIXED: what is asked each time the stream begins; else empty */
    struct script_bytes ask;     /* reqMatchingSymbols, SCRIPT_ECHO_FRAME bytes */
    struct script_bytes answers; /* symbolSamples as long, SCRIPT_ANSWERS times */
    struct script_bytes stream;  /* whole frames only, so it can be sent again from its start */
};

void script_make(struct script *s, enum script_stream stream);

/* "history", "ticks", "mixed".  False: none of these. */
bool script_stream_named(const char *name, enum script_stream *out);

/* Bytes of the frame that begins at `at`, its length included. */
size_t script_frame_len(const struct script_bytes *b, size_t at);

/* Bytes from `at` to the next place where a frame begins; 0: one begins there.  Walks all frames
 * before it. */
size_t script_frame_left(const struct script_bytes *b, size_t at);

void script_free(struct script *s);
#endif
