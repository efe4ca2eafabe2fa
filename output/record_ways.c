/* record_ways.c - one direction of a recorded connection, by the session's events. */
#include "record_ways.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* How a range of bytes looks. */
struct way_look {
    struct way_look *older, *newer;
    uint64_t from;
    uint64_t len;
    bool black;      /* all of it is blacked out; else: */
    uint8_t bytes[]; /* it looks like this */
};

/* ---- a run ---- */

bool way_run_open(struct way_run *r, struct known *known)
{
    *r = (struct way_run){.marks = marks_new(known), .disguise = disguise_new(known)};
    return r->marks && r->disguise;
}

void way_run_close(struct way_run *r)
{
    marks_free(r->marks);
    disguise_free(r->disguise);
    free(r->part);
    *r = (struct way_run){0};
}

/* ---- looks ---- */

static void drop_oldest(struct record_way *w)
{
    struct way_look *l = w->oldest;

    w->oldest = l->newer;
    *(l->newer ? &l->newer->older : &w->newest) = NULL;
    w->kept -= sizeof *l + (l->black ? 0 : (size_t)l->len);
    w->forgotten = l->from + l->len;
    free(l);
}

static bool is_before(const struct way_look *l, uint64_t offset)
{
    return (int64_t)(l->from + l->len - offset) <= 0;
}

/* Room for the look of a range behind all others; NULL: no memory, and nothing before its end is
 * known any more. */
static struct way_look *add_look(struct record_way *w, uint64_t from, uint64_t len, bool black)
{
    size_t size = sizeof(struct way_look) + (black ? 0 : (size_t)len);
    struct way_look *l = malloc(size);

    if (!l) {
        while (w->oldest)
            drop_oldest(w);
        w->forgotten = from + len;
        return NULL;
    }
    *l = (struct way_look){.older = w->newest, .from = from, .len = len, .black = black};
    *(w->newest ? &w->newest->newer : &w->oldest) = l;
    w->newest = l;
    w->kept += size;
    while (w->kept > WAY_KEPT && w->oldest != l)
        drop_oldest(w);
    return l;
}

/* ---- beginning and end ---- */

bool way_begin(struct record_way *w, enum tws_side side, bool midstream, bool copies)
{
    *w = (struct record_way){
        .side = side, .mode = WAY_FRAMES, .framed = !midstream, .guessed = true};
    if (!copies)
        return true;
    w->segment = calloc(WAY_SEGMENTS, sizeof *w->segment);
    if (!w->segment)
        w->mode = WAY_UNKNOWN;
    return w->segment != NULL;
}

static void drop_part(struct way_run *r, const struct record_way *w)
{
    if (r->part_of == w)
        r->part_of = NULL;
}

void way_end(struct way_run *r, struct record_way *w)
{
    drop_part(r, w);
    while (w->oldest)
        drop_oldest(w);
    free(w->raw);
    free(w->segment);
    *w = (struct record_way){0};
}

/* ---- a frame in progress ---- */

static void keep_bytes(struct record_way *w, uint64_t offset, const uint8_t *bytes, size_t len)
{
    uint64_t next = w->base + w->n_raw, skip = next - offset;
    size_t n = skip < len ? len - (size_t)skip : 0;

    if (w->mode != WAY_FRAMES || !w->framed || w->full || (int64_t)skip < 0 || n == 0)
        return;
    if (n > WAY_PART_MAX - w->n_raw) {
        n = WAY_PART_MAX - w->n_raw;
        w->full = true;
    }
    if (w->n_raw + n > w->room) {
        size_t room = 2 * (w->n_raw + n);
        uint8_t *raw = realloc(w->raw, room);

        w->full = w->full || !raw;
        if (!raw)
            return;
        w->raw = raw;
        w->room = (uint32_t)room;
    }
    memcpy(w->raw + w->n_raw, bytes + skip, n);
    w->n_raw += (uint32_t)n;
}

void way_bytes_but(struct record_way *w, uint64_t offset, const uint8_t *bytes, size_t len,
                   const struct way_copies *copies)
{
    size_t at = 0;

    for (uint32_t i = 0; i < copies->n; i++) {
        keep_bytes(w, offset + at, bytes + at, copies->of[i].from - at);
        at = copies->of[i].to;
    }
    keep_bytes(w, offset + at, bytes + at, len - at);
}

/* All marks of `raw`, whose first byte is at `from`, are done to its copy `to`.  `whole`: its
 * last value is all there. */
static void disguise_all(const struct way_run *r, const struct tws_marks *marks, uint64_t from,
                         const uint8_t *raw, uint8_t *to, size_t len, bool whole)
{
    for (uint32_t i = 0; i < marks->n; i++) {
        const struct tws_mark *m = &marks->of[i];
        uint64_t at = m->offset - from;

        if (at <= len && m->length <= len - at)
            disguise_mark(r->disguise, m, raw + at, to + at, whole || at + m->length < len);
        else
            memset(to, 'x', len);
    }
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Is what has come the beginning of a frame, or of a hello, and not all of it?  The session would
 * have told of a whole one: where it did not, it has not seen these bytes in this order. */
static bool is_part(const struct record_way *w)
{
    bool opening = w->base == 0 && w->side == TWS_CLIENT;
    size_t head = TWS_FRAME_HEAD + (opening ? TWS_HELLO_PREFIX : 0);

    if (opening && memcmp(w->raw, "API", w->n_raw < 4 ? w->n_raw : 4) != 0)
        return w->n_raw < WAY_OTHER_MAX;
    if (w->n_raw < head)
        return true;
    return be32(w->raw + head - 4) <= TWS_FRAME_MAX && w->n_raw - head < be32(w->raw + head - 4);
}

/* What has come of the frame in progress, masked by that.  False: nothing has that is a part of
 * one, or no memory. */
static bool mask_part(struct way_run *r, const struct record_way *w)
{
    const struct marks_part part = {.dir = w->side,
                                    .version = w->version,
                                    .guessed = w->guessed,
                                    .opening = w->base == 0,
                                    .offset = w->base,
                                    .bytes = {w->raw, w->n_raw}};

    if (w->n_raw == 0 || !is_part(w))
        return false;
    if (r->part_of == w && r->part_at == w->base && r->part_len == w->n_raw)
        return true;
    r->part_of = NULL;
    if (w->n_raw > r->part_room) {
        free(r->part);
        r->part = malloc(w->n_raw);
        r->part_room = r->part ? w->n_raw : 0;
    }
    if (!r->part)
        return false;
    memcpy(r->part, w->raw, w->n_raw);
    disguise_all(r, marks_of_part(r->marks, &part), w->base, w->raw, r->part, w->n_raw, false);
    r->part_of = w;
    r->part_at = w->base;
    r->part_len = w->n_raw;
    return true;
}

/* ---- what the session found ---- */

/* Bytes up to `end` are in no frame: a damaged one begins them, or they were searched in vain. */
static void skip_to(struct way_run *r, struct record_way *w, uint64_t end)
{
    uint64_t n = end - w->base < w->n_raw ? end - w->base : w->n_raw;
    struct way_look *l;

    if (!w->framed || n == 0 || !mask_part(r, w))
        n = 0;
    l = n ? add_look(w, w->base, n, false) : NULL;
    if (l)
        memcpy(l->bytes, r->part, (size_t)n);
    if (w->base + n < end)
        add_look(w, w->base + n, end - (w->base + n), true);
}

static void advance(struct way_run *r, struct record_way *w, uint64_t to)
{
    uint64_t n = to - w->base;

    drop_part(r, w);
    w->base = to;
    w->full = false;
    if (n < w->n_raw) {
        memmove(w->raw, w->raw + n, w->n_raw - (size_t)n);
        w->n_raw -= (uint32_t)n;
        return;
    }
    w->n_raw = 0;
    free(w->raw);
    w->raw = NULL;
    w->room = 0;
}

/* The marked part of a frame is kept as it looks. */
static void keep_marked(struct way_run *r, struct record_way *w, const struct tws_event *ev)
{
    const struct tws_marks *marks = ev->u.frame.marks;
    struct tws_cursor payload = ev->u.frame.payload;
    uint64_t from = ev->u.frame.offset + ev->u.frame.wire_len - payload.left;
    struct way_look *l = add_look(w, from, payload.left, false);

    if (!l)
        return;
    memcpy(l->bytes, payload.p, payload.left);
    disguise_all(r, marks, from, payload.p, l->bytes, payload.left, true);
    for (uint32_t i = 0; i < marks->n; i++)
        if (marks->of[i].kind == TWS_MARK_UNSURE || marks->of[i].kind == TWS_MARK_BLACK)
            r->blacked += marks->of[i].length;
}

static void note_version(struct record_way *w, const struct tws_event *ev)
{
    if (ev->u.frame.message) {
        w->version = ev->u.frame.message->server_version;
        w->guessed = ev->u.frame.guessed;
    } else if (ev->u.frame.version && !ev->u.frame.version->redirect) {
        w->version = (uint32_t)ev->u.frame.version->server_version;
        w->guessed = w->version == 0;
    }
}

void way_frame(struct way_run *r, struct record_way *w, const struct tws_event *ev)
{
    uint64_t from = ev->u.frame.offset, end = from + ev->u.frame.wire_len;

    if (w->mode != WAY_FRAMES)
        return;
    if (from < w->base || ev->u.frame.payload.left > ev->u.frame.wire_len) {
        w->mode = WAY_BLACK; /* nobody can rely on places any more */
        return;
    }
    if (from > w->base)
        skip_to(r, w, from);
    note_version(w, ev);
    if (!ev->u.frame.marks)
        add_look(w, from, ev->u.frame.wire_len, true);
    else if (ev->u.frame.marks->n > 0)
        keep_marked(r, w, ev);
    w->framed = true;
    advance(r, w, end);
}

/* Bytes that show why there are no frames, and hold no secret of TWS; behind them there may be
 * frames that only a newer session could tell. */
static uint64_t text_after(const struct tws_event *ev)
{
    switch (ev->u.opaque.why) {
    case TWS_OPAQUE_FOREIGN:
        return ev->u.opaque.foreign == TWS_FOREIGN_OTHER ? ev->u.opaque.first.left : UINT64_MAX / 4;
    case TWS_OPAQUE_TOO_LONG:
    case TWS_OPAQUE_NEGATIVE_LENGTH:
        return TWS_FRAME_HEAD;
    case TWS_OPAQUE_HELLO_TOO_LONG:
        return TWS_HELLO_PREFIX + TWS_FRAME_HEAD;
    case TWS_OPAQUE_NOT:
    case TWS_OPAQUE_LEGACY:
    case TWS_OPAQUE_NO_MEMORY:
    case TWS_OPAQUE_NO_FRAMES:
        break;
    }
    return 0;
}

void way_opaque(struct record_way *w, const struct tws_event *ev)
{
    if (w->mode != WAY_FRAMES)
        return;
    w->mode = w->framed ? WAY_TEXT : WAY_BLACK;
    w->text_at = w->base;
    w->text_end = w->base + text_after(ev);
}

/* ---- masking ---- */

bool way_is_known(const struct record_way *w, uint64_t end)
{
    return w->mode != WAY_FRAMES || (int64_t)(w->base - end) >= 0;
}

bool way_has(const struct record_way *w, uint64_t end)
{
    return w->mode != WAY_FRAMES || (int64_t)(w->base + w->n_raw - end) >= 0;
}

/* A piece that is being masked. */
struct piece {
    struct way_run *r;
    uint64_t offset;
    uint8_t *bytes;
    size_t len;
    struct way_black black;
};

static void black_out(struct piece *p, size_t from, size_t to)
{
    if (from >= to)
        return;
    memset(p->bytes + from, 'x', to - from);
    p->r->blacked += to - from;
    if (p->black.from == p->black.to)
        p->black.from = from;
    p->black.from = from < p->black.from ? from : p->black.from;
    p->black.to = to > p->black.to ? to : p->black.to;
}

/* The place in the piece of an offset, within it. */
static size_t place(const struct piece *p, uint64_t offset)
{
    int64_t at = (int64_t)(offset - p->offset);

    return at <= 0 ? 0 : (uint64_t)at > p->len ? p->len : (size_t)at;
}

/* What is known of the bytes before `to`. */
static void mask_known(struct piece *p, const struct record_way *w, size_t to)
{
    size_t forgotten = place(p, w->forgotten);
    const struct way_look *l = w->newest;

    while (l && (int64_t)(l->from + l->len - p->offset) > 0) {
        size_t a = place(p, l->from), b = place(p, l->from + l->len);

        b = b < to ? b : to;
        if (l->black)
            black_out(p, a, b);
        else if (a < b)
            memcpy(p->bytes + a, l->bytes + (p->offset + a - l->from), b - a);
        l = l->older;
    }
    black_out(p, 0, forgotten < to ? forgotten : to); /* and what is before the first byte */
}

/* Text without frames, in which ids are looked for.  An id that is cut by the end of a piece is
 * found in the next one. */
static void mask_text(struct piece *p, struct record_way *w, size_t from, size_t to)
{
    bool goes_on = w->text_at == p->offset + from;
    size_t before = goes_on ? w->n_context : 0, n = to - from, keep;
    uint8_t *window = n ? malloc(before + n) : NULL;

    if (!window) {
        black_out(p, from, to);
        return;
    }
    memcpy(window, w->context, before);
    memcpy(window + before, p->bytes + from, n);
    disguise_text(p->r->disguise, window, before + n, before, !goes_on && p->offset + from > 0,
                  p->bytes + from);
    keep = before + n < WAY_CONTEXT ? before + n : WAY_CONTEXT;
    memcpy(w->context, window + before + n - keep, keep);
    w->n_context = (uint32_t)keep;
    w->text_at = p->offset + to;
    free(window);
}

/* What has come of a frame in progress; what is not in order with it could be anything. */
static void mask_rest(struct piece *p, struct record_way *w, size_t from)
{
    size_t to = w->framed && mask_part(p->r, w) ? place(p, w->base + w->n_raw) : from;

    to = to < from ? from : to;
    if (from < to)
        memcpy(p->bytes + from, p->r->part + (p->offset + from - w->base), to - from);
    black_out(p, to, p->len);
}

static void hide_rest(struct piece *p, size_t from)
{
    for (size_t i = from; i < p->len; i++)
        p->bytes[i] = p->bytes[i] ? 'x' : 0;
    p->r->blacked += p->len - from;
}

struct way_black way_mask(struct way_run *r, struct record_way *w, uint64_t offset, uint8_t *bytes,
                          size_t len)
{
    struct piece p = {.r = r, .offset = offset, .bytes = bytes, .len = len};
    size_t known, end;

    if (w->mode == WAY_UNKNOWN) {
        black_out(&p, 0, len);
        return p.black;
    }
    known = place(&p, w->base);
    mask_known(&p, w, known);
    if (known < len) {
        switch (w->mode) {
        case WAY_FRAMES:
            mask_rest(&p, w, known);
            break;
        case WAY_TEXT:
            end = place(&p, w->text_end);
            mask_text(&p, w, known, end > known ? end : known);
            hide_rest(&p, end > known ? end : known);
            break;
        case WAY_BLACK:
        case WAY_UNKNOWN:
            hide_rest(&p, known);
            break;
        }
    }
    while (!w->segment && w->oldest && is_before(w->oldest, offset + len))
        drop_oldest(w); /* nothing comes twice */
    return p.black;
}

/* ---- copies ---- */

/* Bytes that differ from those that the session saw: it is not known which the peer believed. */
static void doubt(struct record_way *w, uint64_t offset)
{
    if (w->mode == WAY_TEXT && offset < w->text_end)
        w->text_end = offset;
}

static void add_copy(struct way_copies *out, size_t from, size_t to)
{
    if (out->n > 0 && (out->of[out->n - 1].to == from || out->n == WAY_COPIES_MAX)) {
        out->of[out->n - 1].to = (uint32_t)to; /* and what lies between */
        return;
    }
    out->of[out->n].from = (uint32_t)from;
    out->of[out->n++].to = (uint32_t)to;
}

static void note_segment(struct record_way *w, uint64_t from, const uint8_t *bytes, size_t len)
{
    struct way_segment *s = &w->segment[w->n_segments % WAY_SEGMENTS];

    if (w->n_segments >= WAY_SEGMENTS && s->from + s->len > w->floor)
        w->floor = s->from + s->len;
    *s = (struct way_segment){from, XXH3_64bits(bytes, len), (uint32_t)len};
    w->n_segments++;
}

/* The segment that holds the byte at `at`; NULL: none does, and *next is where the next begins, if
 * that is before it. */
static const struct way_segment *segment_at(const struct record_way *w, uint64_t at, uint64_t *next)
{
    uint32_t n = w->n_segments < WAY_SEGMENTS ? w->n_segments : WAY_SEGMENTS;

    for (uint32_t i = 1; i <= n; i++) {
        const struct way_segment *s = &w->segment[(w->n_segments - i) % WAY_SEGMENTS];

        if (at >= s->from && at - s->from < s->len)
            return s;
        if (s->from > at && s->from < *next)
            *next = s->from;
    }
    return NULL;
}

void way_compare(struct record_way *w, uint64_t offset, const uint8_t *bytes, size_t len,
                 struct way_copies *out)
{
    size_t at = 0;

    out->n = 0;
    if (!w->segment || len == 0)
        return;
    if ((int64_t)offset < (int64_t)w->floor) {
        uint64_t old = w->floor - offset;

        at = old < len ? (size_t)old : len;
        add_copy(out, 0, at);
    }
    while (at < len) {
        uint64_t next = offset + len;
        const struct way_segment *s = segment_at(w, offset + at, &next);
        size_t end = (size_t)((s ? s->from + s->len : next) - offset);

        if (!s)
            note_segment(w, offset + at, bytes + at, end - at);
        else if (s->from != offset + at || end > len || XXH3_64bits(bytes + at, s->len) != s->hash)
            add_copy(out, at, end < len ? end : len);
        if (out->n > 0)
            doubt(w, offset + at);
        at = end;
    }
}
