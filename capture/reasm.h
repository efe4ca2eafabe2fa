/* reasm.h - one direction of a TCP connection: segments in any order to bytes in order, and gaps.
 *
 * In-order bytes are handed out in place; only what came too early is copied, into a bounded store.
 * The first copy of a byte wins.  A hole stays a hole until its bytes come; when the receiver has
 * acknowledged past it and a grace is over (captures do show an ACK before its data), when it has
 * lasted too long, or when the store is full, it becomes a gap and what is behind it follows.
 * Sequence numbers are compared by their signed 32-bit difference. */
#ifndef TWS_REASM_H
#define TWS_REASM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reasm_limits {
    uint64_t grace_ns;   /* after an ACK past a hole, for bytes that come out of order */
    uint64_t timeout_ns; /* a hole that nobody acknowledged past, since what is behind it came */
    size_t store;        /* bytes held beyond a hole, for this direction */
};

#define REASM_GRACE_NS   (200u * 1000000u)
#define REASM_TIMEOUT_NS (5u * 1000000000ull)
#define REASM_STORE      (256u * 1024u)
#define REASM_PIECES     1024u /* segments held beyond a hole, at most */
/* A segment this far ahead of what is expected is not of this connection's present. */
#define REASM_WINDOW (64u * 1024u * 1024u)

/* Shared by all directions of a run: what they hold together is bounded too. */
struct reasm_pool {
    size_t held, limit; /* bytes */
    uint64_t full;      /* times that `limit` turned a hole into a gap */
};

/* What comes out, in order.  Called from reasm_segment, reasm_acked and reasm_tick. */
struct reasm_out {
    void (*bytes)(void *ctx, const uint8_t *p, size_t n); /* borrowed for the call */
    void (*gap)(void *ctx, uint64_t missing);             /* bytes that nobody will show us */
    void (*fin)(void *ctx); /* the FIN, after all bytes before it; at most once */
    void *ctx;
};

/* What a segment was, for the facts of a connection. */
enum reasm_kind {
    REASM_NEW,       /* brought bytes (or the FIN) that are in order */
    REASM_EARLY,     /* beyond a hole: held */
    REASM_AGAIN,     /* nothing in it is new: a retransmission, or the packet captured twice */
    REASM_PARTLY,    /* some of it again, the rest new or held */
    REASM_KEEPALIVE, /* one byte or none just before what is expected, or a probe of a closed window
                      */
    REASM_EMPTY,     /* carries neither bytes nor FIN */
    REASM_OUTSIDE,   /* farther off than REASM_WINDOW: ignored */
};

struct reasm_piece; /* private */

struct reasm {
    bool started;  /* `next` means something */
    bool fin_seen; /* `fin_at` is where the FIN stands */
    bool done;     /* the FIN was handed out, or reasm_free was called: nothing more comes out */
    uint32_t next; /* the sequence number that is expected */
    uint32_t fin_at;
    uint32_t acked; /* highest acknowledgement by the receiver; with `has_acked` */
    bool has_acked;
    uint64_t hole_ns;  /* since when bytes are held behind a hole; 0: none are */
    uint64_t acked_ns; /* when it was first acknowledged past the hole; 0: it was not */
    size_t held;       /* bytes in pieces */
    uint32_t n_pieces;
    struct reasm_piece *pieces; /* owned, in order of sequence */
    uint64_t bytes, missing;    /* handed out; lost in gaps */
    uint64_t differs;           /* bytes of a second copy that were not those of the first */
};

void reasm_init(struct reasm *r);

/* The stream begins at `seq` (ISN + 1 of a SYN).  Without it the first segment that carries bytes
 * begins it. */
void reasm_start(struct reasm *r, uint32_t seq);

/* A segment: `len` bytes on the wire from `seq` on, of which `captured` are at `p` (a snapped
 * packet: the rest becomes a gap); `fin`: the FIN follows the bytes. `again_ok`... see enum
 * reasm_kind. */
enum reasm_kind reasm_segment(struct reasm *r, const struct reasm_limits *limits,
                              struct reasm_pool *pool, const struct reasm_out *out, uint32_t seq,
                              const uint8_t *p, uint32_t captured, uint32_t len, bool fin,
                              uint64_t now);

/* The receiver has acknowledged everything before `ack`.  A hole below it becomes a gap when the
 * grace is over; bytes acknowledged that were never seen, with nothing held behind them, too. */
void reasm_acked(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                 const struct reasm_out *out, uint32_t ack, uint64_t now);

/* When reasm_tick wants to be called: ns; 0: not at all. */
uint64_t reasm_deadline(const struct reasm *r, const struct reasm_limits *limits);
void reasm_tick(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                const struct reasm_out *out, uint64_t now);

/* Hand out what is held, each hole before it as a gap: the connection is over.  The FIN too. */
void reasm_flush(struct reasm *r, struct reasm_pool *pool, const struct reasm_out *out);

/* Give back what is held. */
void reasm_free(struct reasm *r, struct reasm_pool *pool);
#endif
