/* verdict.h - evidence to ranked causes. */
#ifndef TWS_VERDICT_H
#define TWS_VERDICT_H
#include "modes.h"
#include "session.h"

/* The verdict on a session as of `now`; see tws_session_verdict. */
void tws_verdict_make(const struct tws_session *s, bool final, uint64_t now,
                      struct tws_verdict *out);

/* Connected and left without a byte: neither healthy nor troubled. */
bool tws_verdict_is_probe(const struct tws_verdict *v);
#endif
