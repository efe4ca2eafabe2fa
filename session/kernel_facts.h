/* kernel_facts.h - what the kernel and TCP show about a session while it is silent, kept as facts.
 * Private to session/. */
#ifndef TWS_KERNEL_FACTS_H
#define TWS_KERNEL_FACTS_H
#include "session.h"

/* Bytes sent again so often without an acknowledgement: no passing loss. */
#define TWS_DEAD_RETRANSMITS 3u

/* Ask the kernel, if it can be asked, and keep its answer as facts: the sockets may be gone at the
 * end.  *k: the answer, all zero if there is none. */
void tws_kernel_facts_ask(struct tws_session *s, struct tws_kernel *k);

/* The same at the gateway's own end of a session, and of the answer only whose the listener is: the
 * sockets are going or gone. */
void tws_kernel_facts_ask_owner(struct tws_session *s);

/* The same from packets, where the edge sees them. */
void tws_kernel_facts_ask_wire(struct tws_session *s, uint64_t now);

/* Those that are kept now. */
tws_facts tws_kernel_facts_kept(const struct tws_session *s);

/* The silence has ended, and they hold no longer. */
void tws_kernel_facts_forget(struct tws_session *s);
#endif
