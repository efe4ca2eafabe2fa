/* last_served.h - who of a port's connections was answered last, and who was not answered first.
 * Private to session/. */
#ifndef TWS_LAST_SERVED_H
#define TWS_LAST_SERVED_H
#include "session.h"

/* The session's hello was answered: the port remembers it as the one that was served last. */
void tws_last_served_this(struct tws_session *s, uint64_t now);

/* It was not: the port remembers the first of these. */
void tws_last_served_not(struct tws_session *s, uint64_t now);

/* The session is over: its last state is what the port keeps. */
void tws_last_served_gone(struct tws_session *s);

/* As it stands now; conn 0: nobody was. */
struct tws_case tws_last_served(const struct tws_port *p);
#endif
