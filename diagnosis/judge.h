/* judge.h - what happened to a session.  Private to diagnosis/. */
#ifndef TWS_JUDGE_H
#define TWS_JUDGE_H
#include "verdict_view.h"

/* From `s` and `facts` of the view: its trouble (NONE: healthy), who is silent, and since when. May
 * add what follows from these to the facts. */
void tws_judge(struct tws_view *w);
#endif
