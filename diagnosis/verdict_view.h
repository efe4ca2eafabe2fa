/* verdict_view.h - a state as it is judged.  Private to diagnosis/. */
#ifndef TWS_VERDICT_VIEW_H
#define TWS_VERDICT_VIEW_H
#include "facts.h"
#include "request.h"
#include "state.h"

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
#endif
