/* reasm.h - one direction of a TCP connection: segments in any order to bytes in order, and gaps.
 *
 * In-order bytes are handed out in place; only what came too early is copied, into a bounded store.
 * The first copy of a byte wins.  A hole stays a hole until its bytes come; when the receiver has
 * acknowledged past it and a grace is over (captures do show an ACK before its data), when it has
 * lasted too long, or when the store is full, it becomes a gap and what is behind it follows.
 * Sequence numbers are compared by their signed 32-bit difference.
 *
 * Never an invented byte: what is handed out was in a segment at that place.  Never a byte twice,
 * and never a gap over a byte that is held.  Bytes that were handed out are gone: a second copy of
 * them cannot be compared, one of held bytes is (`differs`).
 *
 * What a snapped packet does not show becomes a gap at once when its place has come, not a hole
 * that waits: its retransmission would be snapped alike, and while everything behind it waited, the
 * other direction would go on and answers would come before their requests.
 *
 * Cost: a segment that is expected while nothing is held is handed out in place: no copy, no
 * allocation.  Any other costs a search among at most REASM_PIECES and one move of their index. */
#ifndef TWS_REASM_H
#define TWS_REASM_H
#include "moment.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reasm_limits {
    uint64_t grace_ns;   /* after an ACK past a hole, for bytes that come out of order */
    uint64_t timeout_ns; /* a hole that nobody acknowledged past, since what is behind it came */
    size_t store;        /* bytes held beyond a hole, for this direction: one more, and the first
                            hole becomes a gap at once, as often as that is needed */
};

#define REASM_GRACE_NS   (200u * 1000000u)
#define REASM_TIMEOUT_NS (5u * 1000000000ull)
#define REASM_STORE      (1024u * 1024u) /* a receive window of a fast path behind one loss */
#define REASM_PIECES     1024u           /* segments held beyond a hole, at most */
/* A segment this far ahead of what is expected is not of this connection's present. */
#define REASM_WINDOW (64u * 1024u * 1024u)
/* Unless so many in a row continue each other there: then the capture slept, and we follow it. */
#define REASM_FAR 4u

/* Shared by all directions of a run: what they hold together is bounded too.  Set `limit`, the rest
 * to 0. */
struct reasm_pool {
    size_t held, limit; /* bytes of memory: what was allocated, not only what is used of it */
    uint64_t full;      /* times that `limit` turned a hole into a gap */
};

/* What comes out, in order.  Called from reasm_segment, reasm_acked, reasm_tick and reasm_flush;
 * must not call any of them for the same direction, nor reasm_free.  None may be NULL. */
struct reasm_out {
    void (*bytes)(void *ctx, const uint8_t *p, size_t n); /* borrowed for the call */
    /* Bytes that nobody will show us; several calls in a row are possible.  A gap that only an
     * acknowledgement told of may count a lost FIN as a byte; one beyond REASM_WINDOW is known
     * modulo 2^32. */
    void (*gap)(void *ctx, uint64_t missing);
    void (*fin)(void *ctx); /* the FIN, after all bytes before it; at most once */
    void *ctx;
};

/* What a segment was when it came, for the facts of a connection. */
enum reasm_kind {
    REASM_NEW,       /* brought bytes (or the FIN) that are in order, nothing else */
    REASM_EARLY,     /* beyond a hole: held, or handed out behind a gap where there was no room */
    REASM_AGAIN,     /* nothing in it is new: a retransmission, or the packet captured twice */
    REASM_PARTLY,    /* some of it again, the rest new or held */
    REASM_KEEPALIVE, /* one byte or none just before what is expected; a closed window is probed
                        like that too.  A probe with the expected byte itself is REASM_NEW: the byte
                        is one of the stream, and when it is sent again, it comes AGAIN */
    REASM_EMPTY,     /* carries neither bytes nor FIN */
    REASM_OUTSIDE,   /* farther off than REASM_WINDOW, or beyond the FIN: ignored */
};

struct reasm_piece; /* private */

struct reasm {
    bool started;  /* `next` means something */
    bool fin_seen; /* `fin_at` is where the FIN stands: the first one, however many come */
    bool done;     /* the FIN was handed out, or reasm_free was called: nothing more comes out */
    bool plain;    /* private: nothing is held, acknowledged beyond `next` or otherwise special */
    bool guessed;  /* private: only an acknowledgement told of the last byte; it may be the FIN */
    bool has_acked;
    uint8_t far;   /* private: segments in a row beyond the window */
    uint32_t next; /* the sequence number that is expected; behind the FIN once it is handed out */
    uint32_t fin_at;
    uint32_t acked; /* with `has_acked`: the highest acknowledgement, and it is beyond `next` */
    uint32_t due;   /* private, with `has_acked`: up to here the grace ends first */
    uint32_t far_next;
    uint32_t n_pieces, room;    /* pieces held; size of `pieces` */
    struct reasm_piece *pieces; /* owned, in order of sequence, apart from each other */
    size_t held;                /* bytes in pieces */
    uint64_t hole_ns;           /* since when bytes or the FIN wait behind the first hole */
    uint64_t fin_ns;            /* private: when the FIN came */
    uint64_t acked_ns, due_ns;  /* when `acked` and `due` were acknowledged */
    uint64_t bytes, missing;    /* handed out; lost in gaps */
    uint64_t differs;           /* bytes of a second copy that were not those held of the first */
};

void reasm_init(struct reasm *r);

/* The stream begins at `seq` (ISN + 1 of a SYN).  Without it the first segment that carries bytes
 * or a FIN begins it; once it has begun, this does nothing. */
void reasm_start(struct reasm *r, uint32_t seq);

/* A segment: `len` bytes on the wire from `seq` on, of which the first `captured` (no more
 * than `len`) are at `p` (borrowed for the call); `fin`: the FIN follows the bytes.  Where the time
 * of a hole is over, it becomes a gap after the segment had its chance to fill it. */
enum reasm_kind reasm_segment(struct reasm *r, const struct reasm_limits *limits,
                              struct reasm_pool *pool, const struct reasm_out *out, uint32_t seq,
                              const uint8_t *p, uint32_t captured, uint32_t len, bool fin,
                              uint64_t now);

/* The receiver has acknowledged everything before `ack`.  What is missing below it becomes a gap
 * when the grace is over (after twice the grace at the latest), also with nothing held behind it;
 * then a single byte waits for more, for it is likely the FIN's number.  Farther off than
 * REASM_WINDOW, or before the stream has begun, an acknowledgement brings no gap. */
void reasm_acked(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                 const struct reasm_out *out, uint32_t ack, uint64_t now);

/* When reasm_tick wants to be called: ns; 0: not at all. */
uint64_t reasm_deadline(const struct reasm *r, const struct reasm_limits *limits);
void reasm_tick(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                const struct reasm_out *out, uint64_t now);

/* Hand out what is held, each hole before it as a gap: the connection is over.  The FIN too, and
 * what was acknowledged and not seen as a gap at the end.  A segment that comes later is taken as
 * ever. */
void reasm_flush(struct reasm *r, struct reasm_pool *pool, const struct reasm_out *out);

/* Give back what is held, without handing it out. */
void reasm_free(struct reasm *r, struct reasm_pool *pool);

/* How far the byte with sequence number `seq` is ahead of the next one that will be handed out;
 * negative: it was handed out, or is missing.  False: the stream has not begun. */
bool reasm_ahead(const struct reasm *r, uint32_t seq, int32_t *bytes);
#endif
