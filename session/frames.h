/* frames.h - what the frames of both sides, and the bytes that are no frames, mean for the session.
 * Private to session/.  Sides are numbered: 0 client, 1 gateway. */
#ifndef TWS_FRAMES_H
#define TWS_FRAMES_H
#include "session.h"

/* Read all that the stream of side `i` holds by now.  Hot path. */
void tws_frames_pull(struct tws_session *s, unsigned i, uint64_t now);

/* The same where nothing follows what has come from side `i`, or a hole does. */
void tws_frames_pull_last(struct tws_session *s, unsigned i, uint64_t now);

/* Bytes of side `i` were lost until now: what was said there is not known, and what was owed may
 * have been paid, or taken back. */
void tws_frames_lost(struct tws_session *s, unsigned i, uint64_t now);

/* Emit `gap`; `found`: frames were found again behind it. */
void tws_frames_put_gap(const struct tws_session *s, unsigned i, const struct tws_item *gap,
                        bool found, uint64_t now);
#endif
