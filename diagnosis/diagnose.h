/* diagnose.h - a sink behind the events of sessions: it judges each state, and passes on.
 *
 * Pure, like the tracker: the same events give the same verdicts.  It keeps nothing per connection;
 * a state holds all that it is judged by. */
#ifndef TWS_DIAGNOSE_H
#define TWS_DIAGNOSE_H
#include "verdict.h"

struct tws_diagnosis {
    struct tws_sink next;
    uint64_t healthy, troubled, probes; /* final verdicts so far */
    struct tws_summary summary;         /* private: the one that passes, with these filled in */
};

/* The verdict on a session as of its state. */
void tws_diagnose(const struct tws_state *s, struct tws_verdict *out);

/* Begin, in front of `next`. */
void tws_diagnosis_init(struct tws_diagnosis *d, struct tws_sink next);

/* The sink that takes the events; `d` must outlive it.  What it passes on are the events in their
 * order, and behind each state the verdict on it. */
struct tws_sink tws_diagnosis_sink(struct tws_diagnosis *d);
#endif
