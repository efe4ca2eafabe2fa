/* deadline.h - when a session is to be looked at next.  Private to session/. */
#ifndef TWS_DEADLINE_H
#define TWS_DEADLINE_H
#include "session.h"

/* The deadline is no later than `at`, unless that is never; a tick that finds nothing due is cheap.
 */
static inline void tws_deadline_by(struct tws_session *s, uint64_t at)
{
    if (at <= TWS_TIME_LAST && s->how_closed == TWS_OPEN_STILL &&
        (!s->deadline_ns || at < s->deadline_ns))
        s->deadline_ns = at;
}
#endif
