#include "reasm.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 8u    /* pieces the index has room for at first; doubled up to REASM_PIECES */
#define MERGE_MAX  4096u /* bytes up to which a piece grows by what follows it */
#define BLOCK_COST 32u   /* bytes the pool is charged for an allocation beside its size */

struct reasm_piece {
    uint64_t ns;   /* when its first bytes came */
    uint8_t *data; /* owned */
    uint32_t seq, len;
    uint32_t cap;  /* size of `data` */
    uint32_t lost; /* bytes behind it that a snapped packet did not show */
};

/* What one call works with. */
struct turn {
    struct reasm *r;
    const struct reasm_limits *limits; /* NULL in a flush */
    struct reasm_pool *pool;
    const struct reasm_out *out;
    uint64_t now;
    uint32_t lost_end; /* from `next` up to here, what is not held was in a snapped packet */
};

/* What there is of a segment: bytes, and where its end on the wire is. */
struct span {
    const uint8_t *p;
    uint32_t seq, n; /* of the bytes at `p` */
    uint32_t end;
};

/* How far `a` lies ahead of `b`; negative: behind.  Right while they are less than 2 GiB apart. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static uint32_t piece_end(const struct reasm_piece *p)
{
    return p->seq + p->len;
}

/* Does anything wait behind a hole? */
static bool waits(const struct reasm *r)
{
    return r->n_pieces > 0 || (r->fin_seen && !r->done);
}

/* Where the hole ends that is at `next`; only while something waits. */
static uint32_t hole_end(const struct reasm *r)
{
    return r->n_pieces > 0 ? r->pieces[0].seq : r->fin_at;
}

/* The wait behind the first hole begins with whatever comes first. */
static void begin_wait(struct turn *t)
{
    if (!waits(t->r))
        t->r->hole_ns = t->now;
}

/* A hole is gone, others may be left: they last since the oldest of what waits behind them. */
static uint64_t oldest(const struct reasm *r)
{
    uint64_t ns = r->fin_seen ? r->fin_ns : TWS_NEVER;

    for (uint32_t i = 0; i < r->n_pieces; i++)
        ns = r->pieces[i].ns < ns ? r->pieces[i].ns : ns;
    return ns;
}

/* Memory */

static bool afford(const struct reasm_pool *pool, size_t more)
{
    return pool->held <= pool->limit && more <= pool->limit - pool->held;
}

static void let_go(struct reasm *r, struct reasm_pool *pool, struct reasm_piece *p)
{
    r->held -= p->len;
    pool->held -= p->cap + BLOCK_COST;
    free(p->data);
}

static void drop_index(struct reasm *r, struct reasm_pool *pool)
{
    if (r->room > 0)
        pool->held -= r->room * sizeof *r->pieces + BLOCK_COST;
    free(r->pieces);
    r->pieces = NULL;
    r->room = 0;
}

/* Let go of `n` pieces from the i-th on. */
static void drop_pieces(struct reasm *r, struct reasm_pool *pool, uint32_t i, uint32_t n)
{
    if (n == 0)
        return;
    for (uint32_t k = i; k < i + n; k++)
        let_go(r, pool, &r->pieces[k]);
    memmove(&r->pieces[i], &r->pieces[i + n], (r->n_pieces - i - n) * sizeof *r->pieces);
    r->n_pieces -= n;
    if (r->n_pieces == 0)
        drop_index(r, pool);
}

/* Room in the index for one piece more. */
static bool grow_index(struct reasm *r, struct reasm_pool *pool)
{
    uint32_t room = r->room > 0 ? 2 * r->room : FIRST_ROOM;
    size_t more = (room - r->room) * sizeof *r->pieces + (r->room > 0 ? 0 : BLOCK_COST);
    struct reasm_piece *pieces;

    if (r->n_pieces < r->room)
        return true;
    if (room > REASM_PIECES)
        return false;
    if (!afford(pool, more)) {
        pool->full++;
        return false;
    }
    pieces = realloc(r->pieces, room * sizeof *pieces);
    if (!pieces)
        return false;
    pool->held += more;
    r->pieces = pieces;
    r->room = room;
    return true;
}

/* Holding */

/* The first piece that ends behind `seq`; n_pieces: none does. */
static uint32_t find(const struct reasm *r, uint32_t seq)
{
    uint32_t from = 0, to = r->n_pieces;

    if (to > 0 && ahead(piece_end(&r->pieces[to - 1]), seq) <= 0)
        return to; /* behind all: what follows a hole mostly comes in order */
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;

        if (ahead(piece_end(&r->pieces[mid]), seq) > 0)
            to = mid;
        else
            from = mid + 1;
    }
    return from;
}

/* Bytes that follow a piece join it while it is small, so that many small segments do not use up
 * the number of pieces. */
static bool join(struct turn *t, struct reasm_piece *p, const struct span *s, uint32_t n)
{
    uint32_t cap = 2 * p->cap < MERGE_MAX ? 2 * p->cap : MERGE_MAX;
    uint8_t *data;

    if (piece_end(p) != s->seq || p->lost > 0 || p->len > MERGE_MAX || n > MERGE_MAX - p->len)
        return false;
    if (p->len + n > p->cap) {
        cap = p->len + n > cap ? p->len + n : cap;
        if (!afford(t->pool, cap - p->cap))
            return false;
        data = realloc(p->data, cap);
        if (!data)
            return false;
        t->pool->held += cap - p->cap;
        p->data = data;
        p->cap = cap;
    }
    memcpy(p->data + p->len, s->p, n);
    p->len += n;
    return true;
}

static bool insert(struct turn *t, uint32_t i, const struct span *s, uint32_t n)
{
    struct reasm *r = t->r;
    struct reasm_piece p = {.ns = t->now, .seq = s->seq, .len = n, .cap = n};

    if (!grow_index(r, t->pool))
        return false;
    if (!afford(t->pool, n + BLOCK_COST)) {
        t->pool->full++;
        return false;
    }
    p.data = malloc(n);
    if (!p.data)
        return false;
    memcpy(p.data, s->p, n);
    t->pool->held += n + BLOCK_COST;
    begin_wait(t);
    memmove(&r->pieces[i + 1], &r->pieces[i], (r->n_pieces - i) * sizeof *r->pieces);
    r->pieces[i] = p;
    r->n_pieces++;
    return true;
}

/* Hold the first `n` bytes of `s`, which lie before the i-th piece and touch no held byte. */
static bool hold(struct turn *t, uint32_t i, const struct span *s, uint32_t n)
{
    struct reasm *r = t->r;
    struct reasm_piece *p;

    if (r->held > t->limits->store || n > t->limits->store - r->held)
        return false;
    if (i > 0 && join(t, &r->pieces[i - 1], s, n))
        i--;
    else if (!insert(t, i, s, n)) {
        if (r->n_pieces == 0)
            drop_index(r, t->pool);
        return false;
    }
    r->held += n;
    p = &r->pieces[i];
    if (n == s->n)
        p->lost = s->end - piece_end(p);
    return true;
}

/* Handing out */

static void give_bytes(struct turn *t, const uint8_t *p, uint32_t n)
{
    t->r->next += n;
    t->r->bytes += n;
    t->r->guessed = false;
    t->out->bytes(t->out->ctx, p, n);
}

static void give_gap(struct turn *t, uint32_t n)
{
    t->r->next += n;
    t->r->missing += n;
    t->r->guessed = false;
    t->out->gap(t->out->ctx, n);
}

/* Hand out the pieces whose turn has come. */
static void drain(struct turn *t)
{
    struct reasm *r = t->r;
    uint32_t i = 0;

    for (; i < r->n_pieces && r->pieces[i].seq == r->next; i++) {
        const struct reasm_piece *p = &r->pieces[i];

        give_bytes(t, p->data, p->len);
        if (ahead(piece_end(p) + p->lost, t->lost_end) > 0)
            t->lost_end = piece_end(p) + p->lost;
    }
    drop_pieces(r, t->pool, 0, i);
}

/* The same, and gaps where a snapped packet is known not to show what is next. */
static void follow(struct turn *t)
{
    struct reasm *r = t->r;

    for (;;) {
        uint32_t end;

        drain(t);
        end = t->lost_end;
        if (waits(r) && ahead(end, hole_end(r)) > 0)
            end = hole_end(r);
        if (ahead(end, r->next) <= 0)
            break;
        give_gap(t, end - r->next);
    }
}

/* What is missing before `end` will not come. */
static void give_up(struct turn *t, uint32_t end)
{
    give_gap(t, end - t->r->next);
    drain(t);
}

/* The FIN, when everything before it is out. */
static void finish(struct turn *t)
{
    struct reasm *r = t->r;

    if (!r->fin_seen || r->done || r->next != r->fin_at)
        return;
    drop_pieces(r, t->pool, 0, r->n_pieces);
    r->done = true;
    r->next++;
    t->out->fin(t->out->ctx);
}

/* Time */

/* Bytes missing at `next` that were acknowledged up to `end`, as far as they count as a gap. */
static uint32_t acked_gap(const struct reasm *r, uint32_t end)
{
    uint32_t n = end - r->next;

    if (waits(r))
        return n < hole_end(r) - r->next ? n : hole_end(r) - r->next;
    return n > 1 ? n : 0; /* one: the FIN's number, more likely than a byte */
}

/* `next` or `acked` has moved.  Two marks are enough: `due`, and what was acknowledged since. */
static void renew_due(struct reasm *r)
{
    if (!r->has_acked || (ahead(r->due, r->next) > 0 && acked_gap(r, r->due) > 0))
        return;
    r->has_acked = ahead(r->acked, r->next) > 0;
    r->due = r->acked;
    r->due_ns = r->acked_ns;
}

static uint64_t hole_deadline(const struct reasm *r, const struct reasm_limits *limits)
{
    return waits(r) ? tws_after(r->hole_ns, limits->timeout_ns) : TWS_NEVER;
}

static uint64_t acked_deadline(const struct reasm *r, const struct reasm_limits *limits)
{
    return r->has_acked && acked_gap(r, r->due) > 0 ? tws_after(r->due_ns, limits->grace_ns)
                                                    : TWS_NEVER;
}

/* The first hole has had its time: one step. */
static bool expire(struct turn *t)
{
    struct reasm *r = t->r;

    if (r->done)
        return false;
    if (waits(r) && t->now >= hole_deadline(r, t->limits)) {
        give_up(t, hole_end(r));
        follow(t);
    } else if (r->has_acked && t->now >= acked_deadline(r, t->limits)) {
        bool guessed = !waits(r);
        uint32_t n = acked_gap(r, r->due);

        if (n == 0)
            return false; /* times that reach the end of time */
        give_up(t, r->next + n);
        follow(t);
        r->guessed = guessed;
    } else {
        return false;
    }
    return true;
}

/* After whatever a call did: the FIN, the holes whose time is over, and the marks.  `next` was
 * `before`. */
static void settle(struct turn *t, uint32_t before)
{
    struct reasm *r = t->r;

    do {
        finish(t);
        if (r->next != before && waits(r))
            r->hole_ns = oldest(r);
        renew_due(r);
        before = r->next;
    } while (expire(t));
    r->plain = r->started && !r->done && !waits(r) && !r->has_acked && !r->guessed && r->far == 0;
}

/* A segment */

static void skip(struct span *s, uint32_t n)
{
    if (n == 0)
        return; /* `p` may be NULL */
    s->p += n;
    s->seq += n;
    s->n -= n;
}

/* Bytes of `s` that come before `seq`. */
static uint32_t before(const struct span *s, uint32_t seq)
{
    int32_t n = ahead(seq, s->seq);

    return n < 0 ? 0 : (uint32_t)n < s->n ? (uint32_t)n : s->n;
}

/* Bytes of `s` that are held already; those that are not the same are counted. */
static uint32_t compare(struct reasm *r, struct span s)
{
    uint32_t again = 0;

    for (uint32_t i = find(r, s.seq); i < r->n_pieces && s.n > 0; i++) {
        const struct reasm_piece *p = &r->pieces[i];
        const uint8_t *first;
        uint32_t n;

        skip(&s, before(&s, p->seq));
        if (s.n == 0)
            break;
        n = before(&s, piece_end(p));
        first = p->data + (s.seq - p->seq);
        if (memcmp(s.p, first, n) != 0)
            for (uint32_t k = 0; k < n; k++)
                r->differs += s.p[k] != first[k];
        again += n;
        skip(&s, n);
    }
    return again;
}

/* Place what is at the front of `s`: a step that makes `s` shorter, or a hole a gap. */
static void place_front(struct turn *t, struct span *s)
{
    struct reasm *r = t->r;
    uint32_t i = find(r, s->seq);
    uint32_t n = i < r->n_pieces ? before(s, r->pieces[i].seq) : s->n;

    if (n == 0) { /* held already */
        skip(s, before(s, piece_end(&r->pieces[i])));
    } else if (s->seq == r->next) {
        const uint8_t *p = s->p;

        skip(s, n);
        give_bytes(t, p, n);
        drain(t);
    } else if (hold(t, i, s, n)) {
        skip(s, n);
    } else { /* no room */
        give_up(t, i > 0 ? r->pieces[0].seq : s->seq);
    }
}

static void place(struct turn *t, struct span s)
{
    struct reasm *r = t->r;

    for (;;) {
        skip(&s, before(&s, r->next));
        if (s.n == 0)
            break;
        place_front(t, &s);
    }
    if (ahead(s.seq, r->next) <= 0 && ahead(s.end, t->lost_end) > 0)
        t->lost_end = s.end;
    follow(t); /* only now: the segment may bring what a snapped one did not show */
}

/* The first FIN counts, unless bytes beyond it are out already.  What is held beyond it goes, as it
 * does in a receiver. */
static bool take_fin(struct turn *t, uint32_t at)
{
    struct reasm *r = t->r;
    uint32_t keep;

    if (r->fin_seen)
        return false;
    if (r->guessed && at + 1 == r->next)
        r->next = at; /* what an acknowledgement made a byte of was the FIN */
    if (ahead(at, r->next) < 0)
        return false;
    keep = find(r, at);
    if (keep < r->n_pieces && ahead(at, r->pieces[keep].seq) > 0) {
        struct reasm_piece *p = &r->pieces[keep++];

        r->held -= piece_end(p) - at;
        p->len = at - p->seq;
    }
    drop_pieces(r, t->pool, keep, r->n_pieces - keep);
    begin_wait(t);
    r->fin_seen = true;
    r->fin_at = at;
    r->fin_ns = t->now;
    return true;
}

/* A segment from beyond the window: true when enough of them continue each other. */
static bool believe(struct turn *t, uint32_t seq, uint32_t len)
{
    struct reasm *r = t->r;

    if (len == 0)
        return false; /* a FIN sent again and again continues itself */
    r->far = r->far > 0 && seq == r->far_next ? (uint8_t)(r->far + 1) : 1;
    r->far_next = seq + len;
    r->plain = false;
    if (r->far < REASM_FAR)
        return false;
    reasm_flush(r, t->pool, t->out);
    if (r->done)
        return false;
    r->has_acked = false;
    give_gap(t, seq - r->next);
    return true;
}

static bool outside(const struct reasm *r, uint32_t seq, uint32_t len)
{
    int32_t off = ahead(seq, r->next), window = (int32_t)REASM_WINDOW;

    return off > window || off < -window || len > REASM_WINDOW;
}

/* The first segment of a stream whose SYN was not seen; false: it is no beginning. */
static bool begin(struct reasm *r, uint32_t seq, uint32_t len, bool fin)
{
    /* A byte that was acknowledged before it came: a keep-alive, whose byte may be any. */
    if (r->has_acked && len == 1 && !fin && seq + 1 == r->acked)
        return false;
    reasm_start(r, seq);
    return true;
}

/* What it was: of `len` bytes `again` are not new; `off`: how far it lies ahead. */
static enum reasm_kind kind_of(int32_t off, uint32_t len, uint32_t again, bool fin)
{
    if (again == len && !fin)
        return REASM_AGAIN;
    if (again > 0)
        return REASM_PARTLY;
    return off > 0 ? REASM_EARLY : REASM_NEW;
}

/* A segment inside the window. */
static enum reasm_kind take(struct turn *t, struct span s, bool fin)
{
    struct reasm *r = t->r;
    uint32_t len = s.end - s.seq, next = r->next, again, held;
    int32_t off = ahead(s.seq, next);
    bool new_fin = fin && take_fin(t, s.end);

    next = new_fin ? r->next : next;
    t->lost_end = next;
    if (r->fin_seen && ahead(s.end, r->fin_at) > 0) {
        if (ahead(s.seq, r->fin_at) >= 0)
            return REASM_OUTSIDE;
        s.n = before(&s, r->fin_at);
        s.end = r->fin_at;
        len = s.end - s.seq;
    }
    again = off < 0 ? (uint32_t)-off < len ? (uint32_t)-off : len : 0;
    skip(&s, before(&s, next));
    held = compare(r, s);
    /* Of a snapped packet only what it shows can be found again. */
    again += held > 0 && held == s.n ? s.end - s.seq : held;
    place(t, s);
    settle(t, next);
    return kind_of(off, len, again, new_fin);
}

static enum reasm_kind after_all(const struct reasm *r, uint32_t seq, uint32_t len, bool fin)
{
    return ahead(seq + len + (fin ? 1 : 0), r->next) <= 0 ? REASM_AGAIN : REASM_OUTSIDE;
}

static enum reasm_kind segment(struct turn *t, struct span s, bool fin)
{
    struct reasm *r = t->r;
    uint32_t len = s.end - s.seq;

    if (len <= 1 && !fin && r->started && s.seq + 1 == r->next)
        return REASM_KEEPALIVE;
    if (len == 0 && !fin)
        return REASM_EMPTY;
    if (r->done)
        return after_all(r, s.seq, len, fin);
    if (!r->started && !begin(r, s.seq, len, fin))
        return REASM_KEEPALIVE;
    if (outside(r, s.seq, len) && (len > REASM_WINDOW || !believe(t, s.seq, len)))
        return REASM_OUTSIDE;
    r->far = 0;
    return take(t, s, fin);
}

enum reasm_kind reasm_segment(struct reasm *r, const struct reasm_limits *limits,
                              struct reasm_pool *pool, const struct reasm_out *out, uint32_t seq,
                              const uint8_t *p, uint32_t captured, uint32_t len, bool fin,
                              uint64_t now)
{
    struct turn t = {r, limits, pool, out, now, r->next};

    assert(captured <= len);
    if (r->plain && seq == r->next && captured == len && len > 0 && len <= REASM_WINDOW && !fin) {
        r->next += len;
        r->bytes += len;
        out->bytes(out->ctx, p, len);
        return REASM_NEW;
    }
    return segment(&t, (struct span){p, seq, captured, seq + len}, fin);
}

/* An acknowledgement of bytes that were not seen. */
static void acked_beyond(struct turn *t, uint32_t ack)
{
    struct reasm *r = t->r;

    if (r->has_acked && ahead(ack, r->acked) <= 0)
        return;
    if (!r->has_acked) {
        r->due = ack;
        r->due_ns = t->now;
    }
    r->has_acked = true;
    r->acked = ack;
    r->acked_ns = t->now;
}

void reasm_acked(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                 const struct reasm_out *out, uint32_t ack, uint64_t now)
{
    struct turn t = {r, limits, pool, out, now, r->next};

    if (r->done || (r->plain && ahead(ack, r->next) <= 0))
        return;
    if (!r->started) {
        acked_beyond(&t, ack);
        return;
    }
    if (ahead(ack, r->next) > 0 && ahead(ack, r->next) <= (int32_t)REASM_WINDOW)
        acked_beyond(&t, ack);
    settle(&t, r->next);
}

uint64_t reasm_deadline(const struct reasm *r, const struct reasm_limits *limits)
{
    uint64_t hole, acked, first;

    if (r->plain || r->done || !r->started)
        return 0;
    hole = hole_deadline(r, limits);
    acked = acked_deadline(r, limits);
    first = hole < acked ? hole : acked;
    if (first == TWS_NEVER)
        return 0;
    return first > 0 ? first : 1;
}

void reasm_tick(struct reasm *r, const struct reasm_limits *limits, struct reasm_pool *pool,
                const struct reasm_out *out, uint64_t now)
{
    struct turn t = {r, limits, pool, out, now, r->next};

    if (r->started && !r->plain && !r->done)
        settle(&t, r->next);
}

void reasm_init(struct reasm *r)
{
    *r = (struct reasm){0};
}

void reasm_start(struct reasm *r, uint32_t seq)
{
    if (r->started || r->done)
        return;
    r->started = true;
    r->next = seq;
    r->has_acked =
        r->has_acked && ahead(r->acked, seq) > 0 && ahead(r->acked, seq) <= (int32_t)REASM_WINDOW;
    r->due = r->acked;
    r->due_ns = r->acked_ns;
    r->plain = !r->has_acked;
}

void reasm_flush(struct reasm *r, struct reasm_pool *pool, const struct reasm_out *out)
{
    struct turn t = {r, NULL, pool, out, 0, r->next};

    if (!r->started || r->done)
        return;
    while (waits(r) && !r->done) {
        if (r->next != hole_end(r))
            give_up(&t, hole_end(r));
        follow(&t);
        finish(&t);
    }
    if (!r->done && r->has_acked && ahead(r->acked, r->next) > 1) {
        give_gap(&t, r->acked - r->next);
        r->guessed = true;
    }
    r->has_acked = false;
    r->plain = !r->done && !r->guessed && r->far == 0;
}

void reasm_free(struct reasm *r, struct reasm_pool *pool)
{
    drop_pieces(r, pool, 0, r->n_pieces);
    drop_index(r, pool);
    r->done = true;
    r->plain = false;
}

bool reasm_ahead(const struct reasm *r, uint32_t seq, int32_t *bytes)
{
    bool behind_fin = r->fin_seen && r->next == r->fin_at + 1; /* which is no byte */

    *bytes = (int32_t)(seq - (r->next - behind_fin));
    return r->started;
}
