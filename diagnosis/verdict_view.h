/* verdict_view.h - a session as a verdict sees it.  Private to verdict.c, sentence.c and
 * evidence.c. */
#ifndef TWS_VERDICT_VIEW_H
#define TWS_VERDICT_VIEW_H
#include "debt.h"

struct tws_view {
    const struct tws_session *s; /* borrowed */
    bool final;
    tws_facts facts;
    uint64_t until_ns; /* when the first side closed, or now */
    bool has_debt;
    struct tws_debt debt;
    struct tws_others others;
    struct tws_wire wire; /* not known: all zero */
    enum tws_trouble trouble;
    enum tws_side silent;
    uint64_t since_ns, silence_ns;
};

/* Is the fact TWS_F_`fact` established? */
#define TWS_VIEW_HAS(w, fact) (((w)->facts & TWS_FACT(fact)) != 0)

/* The name of the request that the debt is about. */
static inline const char *tws_view_request(const struct tws_view *w)
{
    return w->debt.request ? tws_request_name(w->debt.request->id) : "a request";
}
#endif
