/* ending.h - how a session ends: which side first, how, and what that means for its port.  Private
 * to session/. */
#ifndef TWS_ENDING_H
#define TWS_ENDING_H
#include "session.h"

/* The first side ended, as in tws_session_closed; nothing is due any more. */
void tws_ending_first(struct tws_session *s, enum tws_side side, enum tws_ending how,
                      const char *reason, uint64_t now);

/* The other side ended too, by itself where `seen`; `reason` (static, or NULL): why the observer
 * ended what the first side had only half closed. */
void tws_ending_second(struct tws_session *s, const char *reason, bool seen, uint64_t now);

/* Is it to be told now, once, that the gateway has closed and the client has not? */
bool tws_ending_unnoticed(const struct tws_session *s, uint64_t now);

/* The session is over. */
void tws_ending_free(struct tws_session *s);

/* The gateway answered: if the client has left by then, the gateway was slow, not silent. */
void tws_ending_late(struct tws_session *s, uint64_t now);
#endif
