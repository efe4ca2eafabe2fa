/* handshake.h - the stages of a session: how it reaches them, and what its handshake agreed on.
 * Private to session/. */
#ifndef TWS_HANDSHAKE_H
#define TWS_HANDSHAKE_H
#include "session.h"

/* The facts `seen` are new: go on as far as the stages allow, each with its event. */
void tws_handshake_advance(struct tws_session *s, tws_seen_bits seen, uint64_t now);

/* What was seen proves that `stage` was reached before: go there without an event. */
void tws_handshake_assume(struct tws_session *s, enum tws_stage stage, uint64_t now);

/* The handshake is over, and when it ended was not seen: go to LIVE, with an event. */
void tws_handshake_assume_live(struct tws_session *s, uint64_t now);

/* The connection to the gateway is there: the gateway's time begins now. */
void tws_handshake_dialed(struct tws_session *s, uint64_t now);

/* Bytes of the version reply came, and perhaps all of it. */
static inline void tws_handshake_version_read(struct tws_session *s, uint64_t now)
{
    if (!s->handshake.version_pieces++)
        s->handshake.version_first_ns = now;
}

/* It is whole. */
static inline void tws_handshake_version_whole(struct tws_session *s, uint64_t now)
{
    s->handshake.version_last_ns = now;
}

/* startApi named the client id. */
static inline void tws_handshake_client(struct tws_session *s, int64_t id)
{
    s->handshake.client_id = id;
}
#endif
