/* version.h - the server version, inferred from messages where the reply that names it was not
 * seen.
 *
 * What is certain, and why:
 * - an id in text: at most 200; a raw id: at least 201.  The framing switch of both directions.
 * - a message in protobuf from the gateway: at least the version from which its form is protobuf;
 *   a text one behind a raw id that has a protobuf form: below that version.  Gateways answer by
 *   the negotiated version.
 * - an error message in text: with a code as its third field below 194, where the version field was
 *   dropped; with words there, not.
 * A client's form says no more than its id does: libraries offer calls that send protobuf early,
 * and one may offer a version without knowing all forms of it. */
#ifndef TWS_DECODER_VERSION_H
#define TWS_DECODER_VERSION_H
#include "message.h"

/* What is known of the server version where the reply that names it was not seen. */
struct tws_version_range {
    uint16_t min, max; /* 0: no limit known */
    bool odd;          /* what was seen contradicts itself: nothing is inferred */
};

/* What `m` says of the version.  A contradiction sets `odd` and takes both limits back. */
void tws_version_narrow(struct tws_version_range *r, const struct tws_message *m);

/* The client offers versions from `min` to `max`: no other is agreed on.  As above. */
void tws_version_bound(struct tws_version_range *r, uint16_t min, uint16_t max);

/* The version whose layouts to read by; 0: tell them from the bytes.  The highest that the client
 * offers (0: not known) if it is possible, because a Gateway agrees to that unless it is older.
 * Else, in text, where only "at most 200" is certain, one that most clients speak. */
uint32_t tws_version_layout(const struct tws_version_range *r, uint32_t offered);
#endif
