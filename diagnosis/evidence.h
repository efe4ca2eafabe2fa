/* evidence.h - the evidence of a verdict.  Private to diagnosis/. */
#ifndef TWS_EVIDENCE_H
#define TWS_EVIDENCE_H
#include "verdict.h"
#include "verdict_view.h"

/* Fills evidence and n_evidence, measured facts first. */
void tws_evidence_collect(const struct tws_view *w, struct tws_verdict *v);
#endif
