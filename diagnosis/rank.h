/* rank.h - the modes that fit a session, best first.  Private to diagnosis/. */
#ifndef TWS_RANK_H
#define TWS_RANK_H
#include "verdict.h"
#include "verdict_view.h"

/* Fills causes, mode, certainty and next of `v`, whose stage and silent are set. */
void tws_rank(const struct tws_view *w, struct tws_verdict *v);
#endif
