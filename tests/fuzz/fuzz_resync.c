#include "../support/traffic.h"
#include "stream.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties, for a stream of true frames (traffic.h) with a hole:
 * - every frame that is handed out is one of the stream's, whole and in its order;
 * - frames before the hole are all handed out;
 * - no cutting changes the items;
 * - missing and skipped bytes and frames account for all there was; what is held is bounded;
 * - each item is where it says it is, if the size of the hole is known.
 * And for any bytes behind a hole: no cutting changes the items.
 *
 * Input: one byte of options, three of the hole, one that cuts, then what the generator draws; the
 * same bytes are the stream of the last property. */

#define ROOM   120000u
#define FRAMES 256u

struct draw {
    const uint8_t *p, *end;
    uint32_t mix;
};

static uint32_t draw(void *ctx)
{
    struct draw *d = ctx;

    d->mix = d->mix * 1664525u + 1013904223u + (d->p < d->end ? *d->p++ : 0u);
    return d->mix >> 8;
}

struct run {
    const struct traffic *t; /* NULL: any bytes */
    size_t at;               /* where in the stream the items have come to */
    size_t hole;             /* where it begins */
    bool placed;             /* places are those of the stream */
    uint64_t missing, reported;
    uint64_t digest;
    size_t frames;
};

static void mix(struct run *r, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        r->digest = (r->digest ^ b[i]) * 0x100000001b3u;
}

static bool is_frame(const struct traffic *t, size_t at, struct tws_cursor payload)
{
    for (size_t i = 0; i < t->n_frames; i++) {
        size_t end = i + 1 < t->n_frames ? t->starts[i + 1] : t->n;

        if (t->starts[i] == at)
            return end - at == payload.left + 4 &&
                   memcmp(t->bytes + at + 4, payload.p, payload.left) == 0;
    }
    return false;
}

static void take(struct run *r, struct tws_stream *s)
{
    struct tws_item item;

    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM) {
        struct tws_place place = tws_stream_place(s, &item);
        uint32_t kind = item.kind;

        mix(r, &kind, sizeof kind);
        mix(r, &place.offset, sizeof place.offset);
        switch (item.kind) {
        case TWS_ITEM_FRAME:
            mix(r, item.payload.p, item.payload.left);
            if (r->t && !is_frame(r->t, r->at, item.payload))
                abort();
            if (place.len != item.payload.left + 4 || (r->placed && place.offset != r->at))
                abort();
            r->at += item.payload.left + 4;
            r->frames++;
            break;
        case TWS_ITEM_GAP:
            mix(r, &item.missing, sizeof item.missing);
            mix(r, &item.skipped, sizeof item.skipped);
            r->reported += item.missing;
            if (r->t) /* the damaged frame's beginning was seen, and is in no item */
                r->at = r->hole + (size_t)(item.missing + item.skipped);
            if (r->placed && place.offset + place.len != r->at)
                abort();
            break;
        case TWS_ITEM_HELLO:
            mix(r, item.payload.p, item.payload.left);
            break;
        case TWS_ITEM_OPAQUE:
            if (r->t)
                abort();
            mix(r, &item.why, sizeof item.why);
            break;
        }
    }
    if (s->cap > TWS_STREAM_SEARCH && s->cap > s->max_frame + 8)
        abort();
}

/* cut 0: all at once; else pieces whose sizes follow from `cut`. */
static void feed(struct run *r, struct tws_stream *s, const uint8_t *p, size_t n, unsigned cut)
{
    unsigned walk = cut;

    while (n > 0) {
        size_t piece = n;
        uint8_t *chunk;

        walk = walk * 1103515245u + 12345u;
        if (cut != 0 && 1 + (walk >> 16) % cut < n)
            piece = 1 + (walk >> 16) % cut;
        chunk = malloc(piece);
        if (!chunk)
            abort();
        memcpy(chunk, p, piece);
        tws_stream_feed(s, (struct tws_cursor){chunk, piece});
        take(r, s);
        free(chunk);
        p += piece;
        n -= piece;
    }
}

static void finish(struct run *r, struct tws_stream *s)
{
    uint64_t missing, skipped;

    tws_stream_end(s);
    tws_stream_feed(s, (struct tws_cursor){NULL, 0});
    take(r, s);
    if (tws_stream_unfound(s, &missing, &skipped)) {
        mix(r, &missing, sizeof missing);
        mix(r, &skipped, sizeof skipped);
        r->reported += missing;
    }
    if (r->t && r->reported != r->missing)
        abort();
    tws_stream_free(s);
}

/* The stream without the bytes from `hole` to `hole_end`; `known`: their number is told. */
static struct run with_hole(const struct traffic *t, enum tws_side side, size_t hole,
                            size_t hole_end, bool known, unsigned cut)
{
    struct run r = {.t = t, .hole = hole, .placed = known, .digest = 0xcbf29ce484222325u};
    struct tws_stream s;
    size_t whole = 0;

    r.missing = known ? hole_end - hole : 0;
    while (whole < t->n_frames && (whole + 1 < t->n_frames ? t->starts[whole + 1] : t->n) <= hole)
        whole++;
    tws_stream_init(&s, side, TWS_FRAME_MAX);
    if (side == TWS_CLIENT)
        s.state = TWS_STREAM_FRAMES; /* behind the hello */
    feed(&r, &s, t->bytes, hole, cut);
    if (r.frames != whole)
        abort();
    tws_stream_end(&s);
    take(&r, &s);
    tws_stream_gap(&s, r.missing);
    if (!known)
        r.hole = hole_end; /* positions are counted from behind it */
    feed(&r, &s, t->bytes + hole_end, t->n - hole_end, cut);
    finish(&r, &s);
    return r;
}

static bool is_quote(const struct traffic *t, size_t at)
{
    for (size_t i = 0; i < t->n_quotes; i++) {
        if (t->quotes[i] == at)
            return true; /* what no bytes can tell, resync.h */
    }
    return false;
}

static uint64_t any_bytes(const uint8_t *p, size_t n, enum tws_side side, unsigned cut)
{
    struct run r = {.digest = 0xcbf29ce484222325u};
    struct tws_stream s;

    tws_stream_init_midstream(&s, side, 2000);
    feed(&r, &s, p, n, cut);
    finish(&r, &s);
    return r.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[ROOM];
    static size_t starts[FRAMES], quotes[FRAMES];
    struct draw d = {data + 5, data + size, 0};
    struct traffic t = {draw, &d, bytes, 0, ROOM, starts, 0, FRAMES, quotes, 0, FRAMES};
    enum tws_side side;
    enum traffic_form form;
    size_t hole, end;

    if (size < 6)
        return 0;
    side = data[0] & 1 ? TWS_CLIENT : TWS_GATEWAY;
    form = (enum traffic_form)(data[0] >> 1 & 3);
    while (t.n_frames < 40 && (d.p < d.end || t.n_frames < 4) && t.n + TRAFFIC_FRAME_MAX < ROOM)
        traffic_add(&t, side, form);
    hole = (size_t)(data[1] << 8 | data[2]) % t.n;
    end = hole + 1 + data[3] * (data[0] & 64 ? 16u : 1u);
    if (end < t.n && !is_quote(&t, end)) {
        bool known = data[0] & 128;
        struct run one = with_hole(&t, side, hole, end, known, 0);
        struct run two = with_hole(&t, side, hole, end, known, data[4] + 1u);

        if (one.digest != two.digest ||
            one.digest != with_hole(&t, side, hole, end, known, 3).digest)
            abort();
    }
    if (any_bytes(data, size, side, 0) != any_bytes(data, size, side, data[4] + 1u) ||
        any_bytes(data, size, side, 0) != any_bytes(data, size, side, 1))
        abort();
    return 0;
}
