/* record_masks.c - the masks of a captured direction, whose segments may be missing, cut, out of
 * order or there twice.
 *
 * Masks are found by sequence number.  A segment that begins where the masks have come to, or at
 * one of the last places at which the direction was cut, goes on from there.  A segment beyond that
 * leaves a gap at once: the boundary behind it is known from the frame in progress, or searched for
 * as the session does it (stream.h), and until it is found all is blacked out.  What is behind, and
 * is not known to be a copy of what was there, is blacked out too. */
#include "record_internal.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* A segment that is being masked. */
struct job {
    struct record_flow *flow;
    struct record_way *way;
    uint8_t *payload;
    uint32_t len;
    struct mask_black black;
};

/* ---- what was done ---- */

static void add_black(struct job *j, size_t at, struct mask_black b)
{
    struct mask_black *all = &j->black;

    all->bytes += b.bytes;
    if (b.from == b.to)
        return;
    if (all->from == all->to)
        all->from = at + b.from;
    all->to = at + b.to;
}

/* Black out `len` bytes of the payload from `at` on, whatever they are, and count them. */
static void black_out(struct job *j, uint32_t at, uint32_t len)
{
    memset(j->payload + at, 'x', len);
    add_black(j, at, (struct mask_black){0, len, len});
}

/* The same by what the masks know. */
static void mask_from(struct job *j, struct mask_stream *s, uint32_t at, uint32_t len)
{
    struct record_flow *f = j->flow;

    for (uint32_t end = at + len; at < end;) {
        uint32_t n = end - at < MASK_PIECE_MAX ? end - at : MASK_PIECE_MAX;

        add_black(j, at, mask_stream_bytes(f->record->masks, s, &f->version, j->payload + at, n));
        at += n;
    }
}

/* Go on over bytes that were recorded before; they are overwritten. */
static void pass_over(struct job *j, struct mask_stream *s, uint8_t *bytes, size_t len)
{
    struct record_flow *f = j->flow;

    for (size_t at = 0; at < len; at += MASK_PIECE_MAX)
        (void)mask_stream_bytes(f->record->masks, s, &f->version, bytes + at,
                                len - at < MASK_PIECE_MAX ? len - at : MASK_PIECE_MAX);
}

/* ---- a search ---- */

static void stop_search(struct record_way *w)
{
    if (!w->search)
        return;
    tws_stream_free(&w->search->stream);
    free(w->search->raw);
    free(w->search);
    w->search = NULL;
}

/* Search from the next byte on.  Without memory all stays black until a segment is known again. */
static void begin_search(struct record_flow *f, struct record_way *w, bool first)
{
    enum tws_side side = (enum tws_side)w->side;
    enum tws_ids ids = w->search ? (enum tws_ids)w->search->stream.ids : TWS_IDS_UNKNOWN;
    struct record_search *s;

    stop_search(w);
    mask_stream_lost(&w->at, side);
    s = calloc(1, sizeof *s);
    if (!s)
        return;
    w->search = s;
    s->from = w->next;
    s->whole = true;
    s->first = first;
    (first ? tws_stream_init_midstream : tws_stream_init)(&s->stream, side, TWS_FRAME_MAX);
    if (!first)
        tws_stream_gap(&s->stream, 0);
    if (f->version)
        ids = f->version >= TWS_RAW_ID_SINCE ? TWS_IDS_RAW : TWS_IDS_TEXT;
    s->stream.ids = (uint8_t)ids;
}

/* For a late segment that ends where the search began. */
static void keep_raw(struct record_search *s, const uint8_t *bytes, uint32_t len)
{
    uint8_t *raw =
        s->whole && len <= RECORD_RAW - s->n_raw ? realloc(s->raw, s->n_raw + len) : NULL;

    s->whole = raw != NULL;
    if (!raw)
        return;
    memcpy(raw + s->n_raw, bytes, len);
    s->raw = raw;
    s->n_raw += len;
}

/* What was found: the stream from the first frame on. */
struct tail {
    uint8_t *bytes; /* owned */
    size_t n, room;
    bool found, failed, opening;
};

static void add_tail(struct tail *t, const void *bytes, size_t n)
{
    if (n > t->room - t->n) {
        size_t room = 2 * (t->n + n);
        uint8_t *to = realloc(t->bytes, room);

        t->failed = t->failed || !to;
        if (!to)
            return;
        t->bytes = to;
        t->room = room;
    }
    if (n)
        memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
}

static void add_frame(struct tail *t, struct tws_cursor payload)
{
    uint32_t n = (uint32_t)payload.left;
    const uint8_t head[TWS_FRAME_HEAD] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                                          (uint8_t)n};

    if (!t->found)
        t->opening = tws_shape_version(payload, payload.left) == TWS_GRADE_STRONG;
    t->found = true;
    add_tail(t, head, sizeof head);
    add_tail(t, payload.p, payload.left);
}

static void pull(struct tws_stream *s, struct tail *t)
{
    struct tws_item item;

    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM) {
        switch (item.kind) {
        case TWS_ITEM_FRAME:
            add_frame(t, item.payload);
            break;
        case TWS_ITEM_HELLO:
            t->found = true;
            break;
        case TWS_ITEM_OPAQUE:
            t->failed = true;
            break;
        case TWS_ITEM_GAP:
            break;
        }
    }
}

/* Feed one write.  The frames that it completes, and the beginning of one behind them. */
static struct tail search_in(struct tws_stream *s, const uint8_t *bytes, uint32_t len)
{
    struct tail t = {0};

    tws_stream_feed(s, (struct tws_cursor){bytes, len});
    pull(s, &t);
    if (tws_stream_searching(s)) {
        tws_stream_flushed(s);
        pull(s, &t);
    }
    if (t.found && !t.failed)
        add_tail(&t, s->part, s->have);
    return t;
}

/* The boundary lies in what was recorded before, or in this segment from `at` on. */
static void found(struct job *j, struct tail *t, uint32_t at, uint32_t len)
{
    struct record_way *w = j->way;
    size_t old = t->n > len ? t->n - len : 0;
    uint32_t known = (uint32_t)(t->n - old);
    bool opening = t->opening && w->search->first && t->n == len && w->next == w->search->from;

    mask_stream_found(&w->at, (enum tws_side)w->side, opening && w->side == TWS_GATEWAY);
    stop_search(w);
    pass_over(j, &w->at, t->bytes, old);
    black_out(j, at, len - known);
    mask_from(j, &w->at, at + len - known, known);
}

static void search(struct job *j, uint32_t at, uint32_t len)
{
    struct record_search *s = j->way->search;
    struct tail t = search_in(&s->stream, j->payload + at, len);

    if (t.found && !t.failed) {
        found(j, &t, at, len);
    } else {
        keep_raw(s, j->payload + at, len);
        black_out(j, at, len);
    }
    if (t.failed) {
        j->way->next += len;
        begin_search(j->flow, j->way, false);
        j->way->next -= len;
    }
    free(t.bytes);
}

/* ---- places ---- */

static struct record_cut *find_cut(struct record_way *w, uint32_t seq)
{
    uint32_t n = w->n < RECORD_CUTS ? w->n : RECORD_CUTS;

    for (uint32_t i = 1; i <= n; i++) {
        struct record_cut *at = &w->cut[(w->n - i) % RECORD_CUTS];

        if (at->seq == seq)
            return at;
    }
    return NULL;
}

/* A place that is known stays as it is: what comes again knows no more, unless a gap was there.
 * Where two copies of the same bytes lead to different places, neither is believed. */
static void add_cut(struct record_flow *f, struct record_way *w, uint32_t seq,
                    const struct mask_stream *at)
{
    struct record_cut *cut = find_cut(w, seq);

    if (mask_stream_is_lost(at))
        return;
    if (!cut) {
        w->cut[w->n % RECORD_CUTS] = (struct record_cut){.seq = seq, .at = *at};
        w->n++;
        return;
    }
    if (mask_stream_same_place(&cut->at, at))
        return;
    if (mask_stream_is_skipping(&cut->at))
        cut->at = *at;
    else
        mask_stream_lost(&cut->at, (enum tws_side)w->side);
    if (seq == w->next)
        w->at = cut->at;
    if (seq == w->next && mask_stream_is_lost(&w->at))
        begin_search(f, w, false);
}

void way_forget(struct record_way *w)
{
    stop_search(w);
    w->n = 0;
    w->begun = false;
    w->side = TWS_NOBODY;
}

/* The stream begins at `seq`. */
static void start(struct record_flow *f, struct record_way *w, enum tws_side side, uint32_t seq)
{
    way_forget(w);
    w->side = (uint8_t)side;
    w->begun = true;
    w->next = seq;
    mask_stream_start(&w->at, side);
    add_cut(f, w, seq, &w->at);
}

/* The direction is seen from `seq` on, in the middle unless a hello stands there. */
static void enter(struct job *j, enum tws_side side, uint32_t seq)
{
    struct record_way *w = j->way;

    if (side == TWS_CLIENT && j->len >= 4 && memcmp(j->payload, "API", 4) == 0) {
        start(j->flow, w, side, seq);
        return;
    }
    way_forget(w);
    w->side = (uint8_t)side;
    w->begun = true;
    w->next = seq;
    begin_search(j->flow, w, true);
}

/* ---- a segment ---- */

static uint64_t hash_of(const struct job *j, uint32_t at, uint32_t len)
{
    return XXH3_64bits(j->payload + at, len);
}

/* What begins at a place, before it is masked. */
static void note_segment(const struct job *j, struct record_cut *cut, uint32_t at, uint32_t len)
{
    cut->len = len;
    cut->hash = hash_of(j, at, len);
}

/* Bytes that begin where the masks have come to. */
static void go_on(struct job *j, uint32_t at, uint32_t len)
{
    struct record_way *w = j->way;
    struct record_cut *cut = find_cut(w, w->next);

    if (cut)
        note_segment(j, cut, at, len);
    if (w->search)
        search(j, at, len);
    else
        mask_from(j, &w->at, at, len);
    w->next += len;
    if (mask_stream_is_lost(&w->at) && !w->search)
        begin_search(j->flow, w, false);
    add_cut(j->flow, w, w->next, &w->at);
}

/* The missing bytes have come, and explain what was searched in vain. */
static void explain(struct job *j, struct mask_stream s)
{
    struct record_way *w = j->way;

    pass_over(j, &s, w->search->raw, w->search->n_raw);
    w->search->whole = false;
    if (mask_stream_is_lost(&s))
        return;
    stop_search(w);
    w->at = s;
    add_cut(j->flow, w, w->next, &s);
}

/* Old bytes from `at` on that are not known, and perhaps new ones behind them. */
static void behind(struct job *j, uint32_t seq, uint32_t at)
{
    uint32_t left = j->len - at, old = j->way->next - (seq + at);

    if (old >= left) {
        black_out(j, at, left);
        return;
    }
    black_out(j, at, old);
    go_on(j, at + old, left - old);
}

/* Bytes from `at` on behind a place where none were seen: they fill a hole, or a part of it. */
static void fill(struct job *j, uint32_t seq, uint32_t at, struct record_cut *cut)
{
    struct record_way *w = j->way;
    uint32_t end = seq + j->len;
    struct mask_stream s = cut->at;

    note_segment(j, cut, at, j->len - at);
    mask_from(j, &s, at, j->len - at);
    if ((int32_t)(end - w->next) > 0 || (end == w->next && w->search)) {
        w->next = end;
        w->at = s;
        stop_search(w);
        if (mask_stream_is_lost(&s))
            begin_search(j->flow, w, false);
    } else if (w->search && w->search->whole && end == w->search->from &&
               !mask_stream_is_lost(&s)) {
        explain(j, s);
    }
    add_cut(j->flow, w, end, &s);
}

/* Two copies of the same bytes differ: nothing of the direction is believed any more. */
static void doubt(struct job *j)
{
    j->way->n = 0;
    if (!j->way->search)
        begin_search(j->flow, j->way, false);
}

/* A segment that begins where one did before: copies of those that came are masked as they were. */
static void again(struct job *j, uint32_t seq)
{
    struct record_way *w = j->way;
    uint32_t at = 0;

    while (at < j->len && seq + at != w->next) {
        struct record_cut *cut = find_cut(w, seq + at);
        struct mask_stream s;

        if (cut && cut->len == 0) {
            fill(j, seq, at, cut);
            return;
        }
        if (!cut || cut->len > j->len - at)
            break;
        if (hash_of(j, at, cut->len) != cut->hash) {
            doubt(j);
            break;
        }
        s = cut->at;
        mask_from(j, &s, at, cut->len);
        at += cut->len;
    }
    if (at < j->len)
        behind(j, seq, at);
}

static void hole(struct job *j, uint32_t seq)
{
    struct record_way *w = j->way;
    bool lost;

    mask_stream_gap(&w->at, seq - w->next);
    lost = mask_stream_is_lost(&w->at);
    w->next = seq;
    if (lost)
        begin_search(j->flow, w, false);
    go_on(j, 0, j->len);
}

static void place(struct job *j, enum tws_side side, uint32_t seq)
{
    struct record_way *w = j->way;
    int32_t ahead = (int32_t)(seq - w->next);

    if (ahead == 0) {
        go_on(j, 0, j->len);
    } else if (find_cut(w, seq)) {
        again(j, seq);
    } else if (ahead > 0) {
        hole(j, seq);
    } else if (ahead < -(int32_t)RECORD_BEHIND) {
        enter(j, side, seq);
        go_on(j, 0, j->len);
    } else {
        behind(j, seq, 0);
    }
}

struct mask_black way_mask(struct record_flow *f, struct record_way *w, enum tws_side side,
                           const struct record_packet *p, uint8_t *payload)
{
    struct job j = {.flow = f, .way = w, .payload = payload, .len = p->payload};
    uint32_t seq = p->seq + p->syn;

    if (side == TWS_NOBODY)
        side = (enum tws_side)w->side;
    if (side == TWS_NOBODY) {
        black_out(&j, 0, j.len);
        return j.black;
    }
    if (w->begun && w->side != side)
        way_forget(w);
    if (p->syn && !(w->begun && find_cut(w, seq)))
        start(f, w, side, seq);
    if (j.len == 0)
        return j.black;
    if (!w->begun)
        enter(&j, side, seq);
    place(&j, side, seq);
    return j.black;
}
