/* resync.h - find a frame boundary again: after a hole in a stream, or when it is seen from the
 * middle on.
 *
 * Pure: bytes in, a place out; stream.h keeps the bytes.  How it is decided:
 *
 * - Candidates are tried in order, byte by byte.  One is left only when it is refused: while it may
 *   still be a boundary nothing behind it is looked at, so that no cutting of the input changes
 *   the answer.  A candidate that would need more than TWS_RESYNC_WINDOW bytes is refused.
 * - From a candidate frames are followed by their lengths.  Each must be of a known id of this
 *   direction, written as all others are (text or raw), and of its message's shape (shape.h): a
 *   STRONG one counts two points, a FAIR one one.
 * - Enough is two whole frames with three points between them and, behind them, the beginning of a
 *   third (its length, its id, and nothing against what there is of it).
 * - Writers flush whole frames, so one may be told from less where it fills a segment: if a chain
 *   begins with the hole's end, or with the last segment, and ends exactly where that segment does,
 *   one STRONG frame is enough.  (So it is with any way of cutting that has segments for chunks;
 *   without TWS_RESYNC_FLUSHED no cutting matters.)
 * - Where nothing follows, that holds too, and two whole frames with three points are enough.
 * - Text frames end with NUL: a boundary that is not behind one is refused when ids are text.
 * - A frame quoted inside another looks like one.  Its chain breaks where the quotation ends,
 *   unless that is also the end of the frame that quotes.  So, with raw ids, when the byte before
 *   the boundary is no NUL: frames that a length-delimited protobuf text before them encloses are
 *   passed over; and if all bytes before it (since the hole, TWS_RESYNC_CONTEXT at most) are text,
 *   the first frame is.  What no bytes can tell, and is taken for frames: a quotation at whose very
 *   first byte the hole ends, if it ends with its frame; and one of three or more frames in a row.
 *
 * Runs of empty fields and zero bytes of doubles look like the high bytes of a length; it is the
 * shapes that refuse them. */
#ifndef TWS_RESYNC_H
#define TWS_RESYNC_H
#include "shape.h"

#define TWS_RESYNC_WINDOW  (256u * 1024u) /* bytes from a candidate on that may be needed */
#define TWS_RESYNC_CONTEXT 256u           /* bytes before a candidate that are looked at */

/* What is known of the place where the bytes end. */
enum tws_resync_end {
    TWS_RESYNC_MORE,    /* nothing */
    TWS_RESYNC_FLUSHED, /* the sender has written what it had to say, as far as is known */
    TWS_RESYNC_ENDED,   /* nothing follows, or the next hole does */
};

struct tws_resync {
    enum tws_side side;
    enum tws_ids ids;   /* UNKNOWN: either */
    uint32_t max_frame; /* longest payload taken */
    bool opening;       /* a version reply may stand at the first byte */
    bool start;         /* bytes[0] is the first byte after the hole */
    size_t write;       /* where the last write that was fed begins; SIZE_MAX: not in `bytes` */
    enum tws_resync_end end;
};

enum tws_resync_status {
    TWS_RESYNC_FOUND, /* at `at` a frame begins, certainly */
    TWS_RESYNC_OPEN,  /* not yet: nothing before `at` can be a boundary */
};

struct tws_resync_place {
    size_t at;
    size_t need; /* OPEN: as long as there are fewer bytes in all, the answer stays */
    bool edge;   /* OPEN: a frame ends where the bytes do: it is worth saying if that is a flush */
    size_t pass; /* FOUND: bytes from `at` on that are frames, but perhaps not of this stream */
    enum tws_ids ids; /* FOUND: how ids are written */
};

/* Look for a boundary in `bytes`, the first `passed` of which are known to begin none.  With ENDED
 * the status OPEN means that there is none. */
enum tws_resync_status tws_resync_find(const struct tws_resync *r, struct tws_cursor bytes,
                                       size_t passed, struct tws_resync_place *out);
#endif
