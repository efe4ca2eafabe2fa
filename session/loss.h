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

/* Was anything not seen that would have moved the session on? */
static inline bool tws_loss_blind(const struct tws_session *s)
{
    return s->midstream || s->lost_ns[0] || s->lost_ns[1];
}
#endif
