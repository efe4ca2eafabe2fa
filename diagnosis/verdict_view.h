/* verdict_view.h - a state as it is judged.  Private to diagnosis/. */
#ifndef TWS_VERDICT_VIEW_H
#define TWS_VERDICT_VIEW_H
#include "facts.h"
#include "request.h"
#include "state.h"

#define TWS_FAST_NS 100000000u /* a close this soon after bytes answers them */

struct tws_view {
    const struct tws_state *s; /* borrowed */
    tws_fact_set facts;        /* those that are established */
    enum tws_trouble trouble;  /* set by judge.c, as what follows */
    enum tws_side silent;
    uint64_t since_ns, silence_ns;
};

/* Is the fact TWS_F_`fact` established? */
#define TWS_VIEW_HAS(w, fact) (((w)->facts & TWS_FACT(fact)) != 0)

/* The name of the request that the debt is about. */
static inline const char *tws_view_request(const struct tws_view *w)
{
    return w->s->owed.request.id ? tws_request_name(w->s->owed.request.id) : "a request";
}

/* A request that the session's server version does not have: the one that waits, or the
 * client's last, or a refused one, where the gateway closed at once.  Its base id; 0: none. */
static inline uint8_t tws_view_newer(const struct tws_view *w)
{
    const struct tws_state *s = w->s;
    bool ended = s->how_closed != TWS_OPEN_STILL && s->first_closed == TWS_GATEWAY;
    bool at_once = ended && tws_between(s->side[0].last.ts_ns, s->until_ns) <= TWS_FAST_NS;
    const int32_t ids[] = {!ended || s->owed.due_ns <= s->until_ns ? s->owed.request.id : 0,
                           at_once ? s->refusal.id : 0,
                           at_once && s->side[0].last.n ? s->side[0].last.id : 0};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const struct tws_message_row *row = ids[i] > 0 ? tws_schema_find(TWS_CLIENT, ids[i]) : NULL;

        if (row && row->since > s->progress.server_version && s->progress.server_version)
            return (uint8_t)ids[i];
    }
    return 0;
}
#endif
