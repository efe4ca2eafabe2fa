/* gateway_errors.h - the gateway's error messages (message 4): codes, and the state of its links.
 * Private to session/. */
#ifndef TWS_GATEWAY_ERRORS_H
#define TWS_GATEWAY_ERRORS_H
#include "session.h"

/* `m` is message 4.  Keeps what its code establishes, and emits `notice` where the message is not
 * about one request alone. */
void tws_gateway_errors_note(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* Bytes of the gateway were lost: the state of its links is not known any more. */
void tws_gateway_errors_forget(struct tws_session *s);

/* The session is over. */
void tws_gateway_errors_free(struct tws_session *s);
#endif
