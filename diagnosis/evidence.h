/* evidence.h - the evidence of a verdict.  Private to diagnosis/. */
#ifndef TWS_EVIDENCE_H
#define TWS_EVIDENCE_H
#include "facts.h"
#include "verdict.h"
#include "verdict_view.h"

struct tws_evidence_row {
    const char
        *fact; /* stable: its name for programs; two rows may have one, and differ in words */
    const char *what; /* its name for people */
    enum tws_source source;
};

extern const struct tws_evidence_row tws_evidence_rows[TWS_SHOWN];

/* Fills evidence and n_evidence, in the order of what decides: where there is no room for all, the
 * tail is left out. */
void tws_evidence_collect(const struct tws_view *w, struct tws_verdict *v);
#endif
