/* loss.h - what of a connection was not seen.  Private to session/. */
#ifndef TWS_LOSS_H
#define TWS_LOSS_H
#include "session.h"

/* Are there bytes of side `i` (0 client, 1 gateway), received at or after `since` (ns), that are
 * not decoded yet? */
bool tws_loss_unread(const struct tws_session *s, unsigned i, uint64_t since);

/* Can bytes of `side` have been lost since `since`, or be among those that are not decoded yet?
 * Then nothing is known of what it did not send. */
bool tws_loss_hides(const struct tws_session *s, enum tws_side side, uint64_t since);

/* `missing` bytes of side `i` will never be seen; 0: not known how many. */
static inline void tws_loss_gap(struct tws_session *s, unsigned i, uint64_t missing)
{
    s->loss.gaps++;
    s->loss.missing[i] += missing;
}

/* Packets were lost, and nobody knows whose. */
static inline void tws_loss_packets(struct tws_session *s)
{
    s->loss.packets = true;
}

/* Bytes of side `i` were lost until `now` (ns). */
static inline void tws_loss_until(struct tws_session *s, unsigned i, uint64_t now)
{
    s->loss.last_ns[i] = now;
}

/* The beginning of the connection was seen after all. */
static inline void tws_loss_from_the_start(struct tws_session *s)
{
    s->loss.midstream = false;
}

/* Was anything not seen that would have moved the session on? */
static inline bool tws_loss_blind(const struct tws_session *s)
{
    return s->loss.midstream || s->loss.last_ns[0] || s->loss.last_ns[1];
}
#endif
