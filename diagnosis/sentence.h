/* sentence.h - the sentence of a verdict.  Private to diagnosis/. */
#ifndef TWS_SENTENCE_H
#define TWS_SENTENCE_H
#include "verdict.h"
#include "verdict_view.h"

/* Fills says. */
void tws_sentence_write(const struct tws_view *w, struct tws_verdict *v);
#endif
