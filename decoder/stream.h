/* stream.h - one direction of a connection, cut anywhere and perhaps with holes, to whole items.
 *
 * Feed a chunk, then pull items until MORE.  A frame that lies whole in a chunk is handed out in
 * place; only a frame in pieces is copied, into one buffer that grows with the bytes that really
 * came (never with a length that was only promised), up to max_frame + 8 bytes, and is freed when
 * the frame is done.  Once the stream is opaque nothing is kept and nothing is handed out.
 *
 * A hole (tws_stream_gap) inside a frame that is known to end behind it costs that frame alone.
 * After any other, and in a stream that is seen from the middle on, the next boundary is searched
 * for (resync.h) in at most TWS_STREAM_SEARCH bytes; what is found is handed out from the first
 * frame on, and no frame that is not certain to be one.
 *
 * Places in the stream are offsets of 64 bits: the bytes that were fed, and those known to be
 * missing, since the first byte or since the observation began.  A hole of unknown size counts as
 * none.  An item's place is computed when it is asked for (tws_stream_place): frames cost nothing
 * for it. */
#ifndef TWS_STREAM_H
#define TWS_STREAM_H
#include "bytes.h"
#include "foreign.h"
#include "frame.h"
#include "hello.h"
#include "resync.h"

enum tws_stream_status {
    TWS_STREAM_ITEM, /* `out` holds one item; its bytes live until the next call on this stream */
    TWS_STREAM_MORE, /* the chunk is used up */
};

enum tws_item_kind {
    TWS_ITEM_HELLO,  /* client only, at most once, first: `hello` */
    TWS_ITEM_FRAME,  /* `payload` */
    TWS_ITEM_OPAQUE, /* at most once, last: `why`; no item follows on this stream */
    TWS_ITEM_GAP,    /* frames were lost, and are found again from here on: `missing`, `skipped` */
};

/* Why a stream was given up. */
enum tws_opaque {
    TWS_OPAQUE_NOT,
    TWS_OPAQUE_FOREIGN,         /* not TWS from the first bytes: `foreign` */
    TWS_OPAQUE_LEGACY,          /* legacy hello: what follows has no framing, in both directions */
    TWS_OPAQUE_TOO_LONG,        /* a length above max_frame, up to 0x7fffffff: `length` */
    TWS_OPAQUE_NEGATIVE_LENGTH, /* a length above 0x7fffffff: `length` */
    TWS_OPAQUE_HELLO_TOO_LONG,  /* "API\0" with a length above TWS_HELLO_MAX: `length` */
    TWS_OPAQUE_NO_MEMORY,       /* the buffer for a frame in pieces could not grow */
    TWS_OPAQUE_NO_FRAMES, /* seen from the middle on, and no frame in TWS_STREAM_GIVE_UP bytes */
};

/* Only `kind` and the members of that kind are written; the others keep what they held before. */
struct tws_item {
    enum tws_item_kind kind;
    struct tws_cursor payload; /* FRAME: without the length; HELLO: the range text */
    struct tws_hello hello;    /* HELLO */
    enum tws_opaque why;       /* OPAQUE */
    enum tws_foreign foreign;  /* OPAQUE by FOREIGN */
    uint32_t length;           /* OPAQUE: the length that was refused; 0 where there was none */
    uint64_t missing; /* GAP: bytes in holes; 0: not known, or none (seen from the middle) */
    uint64_t skipped; /* GAP: bytes that came and are in no frame; OPAQUE: bytes of it so far */
};

/* Where an item is in its stream. */
struct tws_place {
    uint64_t offset; /* of its first byte: of the length in front of a frame, of a hello's "API" */
    uint64_t len;    /* bytes on the wire; GAP: missing and skipped; OPAQUE: those that have come */
};

/* Most bytes held while a boundary is searched for, and most that are searched before a stream in
 * which no frame was ever found is given up: twice the longest message known. */
#define TWS_STREAM_SEARCH  (TWS_RESYNC_WINDOW + TWS_RESYNC_CONTEXT + 16u)
#define TWS_STREAM_GIVE_UP (4u * 1024u * 1024u)

enum tws_stream_state {
    TWS_STREAM_FIRST,  /* the first bytes: not known yet what they are */
    TWS_STREAM_HELLO,  /* behind "API\0" */
    TWS_STREAM_FRAMES, /* at a frame boundary, nothing held */
    TWS_STREAM_PIECES, /* inside a frame; `part` has its beginning */
    TWS_STREAM_HANDED, /* `part` was handed out and is freed by the next call */
    TWS_STREAM_LEGACY, /* a legacy hello was handed out; OPAQUE follows */
    TWS_STREAM_MIDDLE, /* seen from the middle on, not a byte yet that is no hello's */
    TWS_STREAM_SKIP,   /* in the rest of a damaged frame, `need` bytes of it */
    TWS_STREAM_LOOK,   /* `part` is searched for a boundary */
    TWS_STREAM_FOUND,  /* a boundary was found in `part`, at `at`; GAP is due, if any */
    TWS_STREAM_DRAIN,  /* the frames in `part` from `at` on are handed out */
    TWS_STREAM_OPAQUE,
};

struct tws_stream {
    struct tws_cursor in; /* the chunk being walked */
    uint8_t *part;        /* owned: a frame or hello in pieces; NULL when there is none */
    uint32_t have, cap;   /* bytes in and size of `part` */
    uint32_t max_frame;
    uint8_t side;   /* enum tws_side */
    uint8_t state;  /* enum tws_stream_state; private */
    uint8_t opaque; /* enum tws_opaque; NOT while items are found */
    uint8_t ids;    /* enum tws_ids: how this connection writes them; may be set by the caller */
    /* used after a hole or a start in the middle, private: */
    bool anchored : 1; /* a frame of this stream was found */
    bool opening : 1;  /* the first byte of `part` may begin a version reply */
    bool start : 1;    /* the first byte of `part` is the first after the hole */
    bool edge : 1;     /* a frame may end where `part` does */
    bool lost : 1;     /* GAP is due even if it has nothing to count */
    uint8_t end;       /* enum tws_resync_end: of what has come */
    uint32_t at;
    uint32_t need;
    uint32_t write; /* what was fed last begins there in `part` */
    uint64_t missing, skipped;
    uint64_t fed; /* offset in the stream behind all that was fed or is known to be missing */
};

void tws_stream_init(struct tws_stream *s, enum tws_side side, uint32_t max_frame);

/* A stream whose beginning was not seen.  A client's is as from the start all the same if its first
 * bytes are a hello. */
void tws_stream_init_midstream(struct tws_stream *s, enum tws_side side, uint32_t max_frame);

/* Frees what is held. The stream may be initialised again. */
void tws_stream_free(struct tws_stream *s);

/* Give the next bytes of the stream; `chunk` must live until TWS_STREAM_MORE was returned. */
void tws_stream_feed(struct tws_stream *s, struct tws_cursor chunk);

/* Everything but a frame that lies whole in the chunk; called by tws_stream_next. */
enum tws_stream_status tws_stream_next_slow(struct tws_stream *s, struct tws_item *out);

/* Inline: this is the walk of the relay's hot path, and nearly every frame lies whole in a chunk.
 */
static inline enum tws_stream_status tws_stream_next(struct tws_stream *s, struct tws_item *out)
{
    struct tws_cursor c = s->in;
    uint32_t n; /* payload bytes the peer promises: hostile until compared */

    if (s->state != TWS_STREAM_FRAMES || !tws_take_be32(&c, &n) || n > s->max_frame ||
        !tws_take(&c, n, &out->payload.p))
        return tws_stream_next_slow(s, out);
    out->kind = TWS_ITEM_FRAME;
    out->payload.left = n;
    s->in = c;
    return TWS_STREAM_ITEM;
}

/* Where the item pulled last is; to be called before anything else of this stream is. */
struct tws_place tws_stream_place(const struct tws_stream *s, const struct tws_item *item);

/* `missing` bytes of the stream will never be seen (0: not known how many); they stood between what
 * has come and what is fed next.  All items must have been pulled, those of tws_stream_end too. */
void tws_stream_gap(struct tws_stream *s, uint64_t missing);

/* The sender has written what it had to say, as far as is known: one write was fed, whole.  Only
 * matters in a search; pull items again. */
void tws_stream_flushed(struct tws_stream *s);

/* Nothing follows what was fed, or a hole does.  Only matters in a search; pull items again. */
void tws_stream_end(struct tws_stream *s);

/* Is a boundary searched for, or the end of a damaged frame? */
static inline bool tws_stream_searching(const struct tws_stream *s)
{
    return s->state == TWS_STREAM_LOOK || s->state == TWS_STREAM_SKIP ||
           s->state == TWS_STREAM_MIDDLE;
}

/* Did the item just pulled come from the bytes of a search?  Then it may have come to us a while
 * ago. */
static inline bool tws_stream_held(const struct tws_stream *s)
{
    return s->state == TWS_STREAM_DRAIN;
}

/* The hole or the beginning that no frame was found behind: what a GAP would have said.  False:
 * there is none. */
bool tws_stream_unfound(const struct tws_stream *s, uint64_t *missing, uint64_t *skipped);

/* Give up by decision of the caller (the other direction's legacy hello): no item is reported. */
void tws_stream_give_up(struct tws_stream *s, enum tws_opaque why);

/* The hello so far, for a client that stopped in the middle: bytes that came and bytes announced,
 * both with the prefix and the length (*want is 0 while the length is not all there, and for a
 * legacy hello).  False when no hello is in progress. */
bool tws_stream_partial_hello(const struct tws_stream *s, uint32_t *have, uint32_t *want);

/* The frame so far that is not all there: what has come of its payload (borrowed, until the next
 * call), and the bytes announced.  False: none is, or its length is not all there. */
bool tws_stream_partial(const struct tws_stream *s, struct tws_cursor *payload,
                        uint32_t *announced);

/* Bytes of an unfinished frame or hello (with its prefix) that have come so far; 0 at a boundary.
 */
uint32_t tws_stream_pending(const struct tws_stream *s);
#endif
