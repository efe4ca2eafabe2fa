/* catch_up.h - what a frame proves of a handshake that was not wholly seen.  Private to session/.
 */
#ifndef TWS_CATCH_UP_H
#define TWS_CATCH_UP_H
#include "session.h"

/* A client's frame in a handshake that was not wholly seen.  startApi proves a version reply; any
 * other frame that the handshake is over, if startApi or the welcome can have been lost. */
void tws_catch_up_client(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* The same for the gateway.  Before the first half of a welcome was startApi.  While the welcome is
 * awaited orders may come first; they prove nothing. */
void tws_catch_up_gateway(struct tws_session *s, const struct tws_message *m, uint64_t now);
#endif
