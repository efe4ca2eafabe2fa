/* edge_facts.h - what the edge knows of a session beyond its bytes: asked for, kept while a silence
 * stands or for the end, and sent as `facts`.  Private to session/. */
#ifndef TWS_EDGE_FACTS_H
#define TWS_EDGE_FACTS_H
#include "session.h"

/* Before a silence: measure all that the edge can, keep it, and emit `facts`. */
void tws_edge_facts_ask(struct tws_session *s, uint64_t now);

/* While a silence stands: measure again.  True: it is not as it was, and `facts` was emitted.  What
 * only counts on (a queue by one more, the time since an ACK) is as it was. */
bool tws_edge_facts_ask_again(struct tws_session *s, uint64_t now);

/* One side has ended: its sockets may be gone when a verdict is made, so they are asked now. */
void tws_edge_facts_ask_at_end(struct tws_session *s, uint64_t now);

/* The same at the gateway's own end, and of the answer only whose the listener is: the sockets are
 * going or gone. */
void tws_edge_facts_ask_owner(struct tws_session *s, uint64_t now);

/* Before `close`: emit what the packets show, where the edge sees them. */
void tws_edge_facts_close(struct tws_session *s, uint64_t now);

/* What came from the edge by itself: emit it, and keep it where a verdict may want it. */
void tws_edge_facts_take(struct tws_session *s, const struct tws_facts *facts, uint64_t now);

/* For a state as of `now`: what is kept, and of the wire what it shows then. */
void tws_edge_facts_now(const struct tws_session *s, uint64_t now, struct tws_facts *out);

/* The silence has ended, or the session has, and what was kept holds no longer. */
void tws_edge_facts_forget(struct tws_session *s);
#endif
