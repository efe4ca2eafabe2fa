/* frame.h - find one TWS frame at the front of some bytes.
 *
 * A frame on the wire is a 4-byte big-endian length N, then N payload bytes.
 * Nothing here knows what a payload means, and nothing here keeps, copies or
 * moves a byte: who holds the bytes decides how long a frame lives. */
#ifndef TWS_FRAME_H
#define TWS_FRAME_H
#include "bytes.h"

#define TWS_FRAME_HEAD 4u /* bytes */

/* The longest payload that official clients accept (handshake, section "Frames"), in bytes. */
#define TWS_FRAME_MAX 0xFFFFFFu

enum tws_frame_status {
    TWS_FRAME_WHOLE,    /* `out` is one frame */
    TWS_FRAME_MORE,     /* a frame begins here; not all of it has come */
    TWS_FRAME_TOO_LONG, /* a length above max_len: framing is lost here */
};

struct tws_frame {
    const uint8_t *payload; /* borrowed from the bytes looked at */
    size_t len;             /* payload bytes */
    size_t wire_len;        /* prefix and payload, bytes; 0 while the prefix is not all there */
};

/* Look at `in`, which is not consumed: step by out->wire_len once the frame is whole.  More bytes
 * can turn MORE into another answer, and never change any other answer.  Inline: this is the walk
 * of the relay's hot path. */
static inline enum tws_frame_status tws_frame_next(struct tws_cursor in, size_t max_len,
                                                   struct tws_frame *out)
{
    uint32_t n; /* payload bytes the peer promises: hostile until compared */

    *out = (struct tws_frame){0};
    if (!tws_take_be32(&in, &n))
        return TWS_FRAME_MORE;
    if (n > max_len)
        return TWS_FRAME_TOO_LONG;
    out->wire_len = TWS_FRAME_HEAD + (size_t)n;
    if (!tws_take(&in, n, &out->payload))
        return TWS_FRAME_MORE;
    out->len = n;
    return TWS_FRAME_WHOLE;
}
#endif
