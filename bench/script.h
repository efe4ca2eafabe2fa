/* script.h - the bytes that both ends of the benchmark say, made once before the clock runs.
 *
 * Server version 176, text form, with the layouts of the real messages: a relay that decodes finds
 * nothing odd in them.  All names, prices and account ids are made up. */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_ECHO_FRAME 60u  /* bytes on the wire of the small request and of its answer */
#define SCRIPT_ANSWERS    256u /* answers that one write may carry */

enum script_stream { SCRIPT_HISTORY, SCRIPT_TICKS };

struct script_bytes {
    uint8_t *p; /* owned */
    size_t len, cap;
    size_t frames;
};

struct script {
    struct script_bytes hello, version, start_api, welcome;
    struct script_bytes subscribe; /* reqMktData and reqHistoricalData: what the streams answer */
    struct script_bytes ask;       /* reqMatchingSymbols, SCRIPT_ECHO_FRAME bytes */
    struct script_bytes answers;   /* symbolSamples as long, SCRIPT_ANSWERS times */
    struct script_bytes stream;    /* whole frames only, so it can be sent again from its start */
};

void script_make(struct script *s, enum script_stream stream);
void script_free(struct script *s);
#endif
