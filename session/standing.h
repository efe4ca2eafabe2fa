/* standing.h - how a session stands among the others of its port.  Private to session/. */
#ifndef TWS_STANDING_H
#define TWS_STANDING_H
#include "session.h"

/* Since when another session must have been heard to be one that is served while this one is not,
 * whose debt of this kind began at `since`: subscriptions that are silent were due only when their
 * longest pause was over, and until then all may have been served. */
uint64_t tws_standing_since(const struct tws_session *s, enum tws_trouble trouble, uint64_t since);

/* How the others stand; "answering" is to have sent bytes since `since` (ns), when this session's
 * silence began. */
void tws_standing_others(const struct tws_session *s, uint64_t since, uint64_t now,
                         struct tws_others *out);

/* Keep how the others stand now, for verdicts that come when they have moved on: a debt since
 * `since` is what they are compared with. */
void tws_standing_keep(struct tws_session *s, uint64_t since, uint64_t now);

/* What was kept holds no longer. */
void tws_standing_forget(struct tws_session *s);

/* Tell the port how this session stands. */
void tws_standing_update(struct tws_session *s);
#endif
