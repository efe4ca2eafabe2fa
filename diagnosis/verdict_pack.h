/* verdict_pack.h - a verdict as bytes, and back: what event_pack.h does not know.
 *
 *   verdict  the members, in the order of the rows in verdict_pack.c; the mode; u8 n and n causes
 *            A mode: the text of its id (no text: none).
 *            A cause: its mode, u8 which of its patterns, the members.
 *
 * A mode or a pattern that this program does not have is refused. */
#ifndef TWS_VERDICT_PACK_H
#define TWS_VERDICT_PACK_H
#include "event_pack.h"
#include "verdict.h"

/* For tws_event_pack and tws_event_unpack.  What is taken goes into a struct tws_verdict, at the
 * `more` of the box; with NULL there a verdict is refused. */
extern const struct tws_packer tws_verdict_packer;
#endif
