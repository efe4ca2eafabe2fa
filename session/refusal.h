/* refusal.h - errors that refuse a request and do not name it.
 *
 * A gateway that cannot read or validate a request answers with code 320 to 323, and often with the
 * id -1: the request has no id, or it was not read that far.  Whose error that is must be told from
 * what is open.  Private to the session's own files. */
#ifndef TWS_REFUSAL_H
#define TWS_REFUSAL_H
#include "session.h"

/* Message 4 with the id -1 came: the request that it is about, if it can be told, is settled; else
 * those that it may be about are marked (suspect). */
void tws_refusal_note(struct tws_session *s, int64_t code, struct tws_cursor text, uint64_t now);

/* An answer came: is it clear by now which of several was refused? */
void tws_refusal_narrow(struct tws_session *s, uint64_t now);

/* What was refused, or may have been; NULL: nothing. */
const struct tws_refusal *tws_refusal_of(const struct tws_session *s);
#endif
