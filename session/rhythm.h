/* rhythm.h - subscriptions that are served no more: silence, or a market that has closed?  Private
 * to session/. */
#ifndef TWS_RHYTHM_H
#define TWS_RHYTHM_H
#include "debt.h"

#define TWS_PAUSE_NS 1000000000u /* a run of bytes ends with a pause of so long */

/* `len` bytes of the gateway came at `now` (ns), and s->last_bytes_ns is not yet of them.  Hot
 * path. */
static inline void tws_rhythm_read(struct tws_session *s, size_t len, uint64_t now)
{
    bool goes_on = tws_between(s->last_bytes_ns[1], now) < TWS_PAUSE_NS;

    s->rhythm.run = goes_on ? s->rhythm.run + (uint32_t)len : (uint32_t)len;
}

/* The gateway served subscriptions in a chunk that came at `now` (ns): their rhythm is learned
 * chunk by chunk. */
void tws_rhythm_served(struct tws_session *s, uint64_t now);

/* The client subscribes: where no subscription is served, the rhythm begins with this one. */
void tws_rhythm_begin(struct tws_session *s);

/* One of the subscriptions is over, cancelled or turned down: that one is missed is no fault, and
 * what is left has a rhythm of its own.  After the last one the rhythm is kept, for the words. */
void tws_rhythm_ended(struct tws_session *s);

/* Have subscriptions been quiet for longer than a pause of theirs at `now`?  That is worth a word,
 * and no silence before tws_rhythm_debt calls it one. */
bool tws_rhythm_rests(const struct tws_session *s, uint64_t now);

/* Another request was answered while subscriptions rest: the gateway lives, and what is quiet is
 * the market, unless it was said why else they may have ended. */
void tws_rhythm_proven(struct tws_session *s, uint64_t now);

/* Subscriptions that have a rhythm, and by which it is over when they are not served again.  Quiet
 * is not silence: what ends with a quarter of an hour is a market that closes, and what was asked
 * of a gateway without a link is not due.  False: nothing can be said of them. */
bool tws_rhythm_debt(const struct tws_session *s, struct tws_debt *out);

/* The silence was no pause of theirs: their rhythm is learned anew. */
void tws_rhythm_restart(struct tws_session *s);

/* Has what the silence is about come? */
bool tws_rhythm_heard(const struct tws_session *s);
#endif
