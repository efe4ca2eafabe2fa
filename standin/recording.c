#include "recording.h"
#include "replay_rules.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording *recording_new(void)
{
    return calloc(1, sizeof(struct recording));
}

static void conn_free(struct recording_conn *c)
{
    for (int i = 0; i < 2; i++) {
        free(c->side[i].bytes);
        free(c->side[i].units);
        free(c->side[i].alike);
    }
    free(c->items);
    free(c);
}

void recording_free(struct recording *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->n; i++)
        conn_free(r->conns[i]);
    free(r->conns);
    free(r);
}

/* ---- room ---- */

/* Count `n` bytes more, if they may be had. */
static bool spend(struct recording *r, size_t n)
{
    if (n > RECORDING_MAX - r->used) {
        r->too_long = true;
        return false;
    }
    r->used += n;
    return true;
}

/* An array of `cap` elements of `size` bytes each with room for `more` beyond `n`: moved, or NULL
 * when there is no memory.  What it is to hold was counted by spend, so nothing here overflows. */
static void *grown(struct recording *r, void *array, uint32_t *cap, uint32_t n, uint32_t more,
                   size_t size)
{
    uint32_t want = *cap ? *cap : 16;
    void *moved;

    while (want - n < more)
        want *= 2;
    if (want == *cap)
        return array;
    moved = realloc(array, want * size);
    if (!moved) {
        r->too_long = true;
        return NULL;
    }
    *cap = want;
    return moved;
}

struct recording_conn *recording_open(struct recording *r, uint64_t now)
{
    struct recording_conn *c, **conns;

    if (r->n == RECORDING_CONNS_MAX || !spend(r, sizeof *c)) {
        r->too_long = true;
        return NULL;
    }
    conns = grown(r, r->conns, &r->cap, r->n, 1, sizeof(struct recording_conn *));
    c = calloc(1, sizeof *c);
    if (conns)
        r->conns = conns;
    if (!conns || !c) {
        free(c);
        r->too_long = true;
        return NULL;
    }
    r->conns[r->n++] = c;
    c->number = r->n;
    c->opened_ns = c->ended_ns = now;
    return c;
}

static bool put_item(struct recording *r, struct recording_conn *c, struct recording_item item)
{
    struct recording_item *items;

    if (!spend(r, sizeof item))
        return false;
    items = grown(r, c->items, &c->cap_items, c->n_items, 1, sizeof *items);
    if (!items)
        return false;
    c->items = items;
    c->items[c->n_items++] = item;
    return true;
}

bool recording_bytes(struct recording *r, struct recording_conn *c, enum tws_side side,
                     const uint8_t *p, size_t n, uint64_t now)
{
    struct recording_side *s = &c->side[side == TWS_GATEWAY];
    struct recording_item item = {.ts_ns = now,
                                  .at = s->len,
                                  .len = (uint32_t)n,
                                  .side = (uint8_t)side,
                                  .kind = RECORDING_BYTES};
    uint8_t *bytes;

    c->ended_ns = now;
    if (c->gap_side != TWS_NOBODY || n == 0)
        return true;
    if (!spend(r, n))
        return false;
    bytes = grown(r, s->bytes, &s->cap, s->len, (uint32_t)n, 1);
    if (!bytes)
        return false;
    s->bytes = bytes;
    memcpy(s->bytes + s->len, p, n);
    s->len += (uint32_t)n;
    return put_item(r, c, item);
}

bool recording_end(struct recording *r, struct recording_conn *c, enum tws_side side,
                   enum recording_item_kind how, uint64_t now)
{
    struct recording_item item = {.ts_ns = now, .side = (uint8_t)side, .kind = (uint8_t)how};

    c->ended_ns = now;
    return c->gap_side != TWS_NOBODY || put_item(r, c, item);
}

void recording_gap(struct recording_conn *c, enum tws_side side, uint64_t missing, uint64_t now)
{
    c->ended_ns = now;
    if (c->gap_side != TWS_NOBODY)
        return;
    c->gap_side = side;
    c->gap_bytes = missing;
    c->gap_ns = now;
}

/* ---- frames ---- */

/* One side's walk through its bytes. */
struct walk {
    struct recording *r;
    struct recording_conn *c;
    struct recording_side *s;
    enum tws_side side;
    uint32_t at;   /* bytes passed */
    uint32_t item; /* items passed */
};

/* Move on to the item of this side that brought byte `last`. */
static void find_item(struct walk *w, uint32_t last)
{
    const struct recording_item *i;

    for (; w->item < w->c->n_items; w->item++) {
        i = &w->c->items[w->item];
        if (i->side == w->side && i->kind == RECORDING_BYTES && last - i->at < i->len)
            return;
    }
}

static bool put_unit(struct walk *w, struct recording_unit unit)
{
    struct recording_unit *units;

    if (!spend(w->r, sizeof unit + sizeof *w->s->alike))
        return false;
    units = grown(w->r, w->s->units, &w->s->cap_units, w->s->n_units, 1, sizeof *units);
    if (!units)
        return false;
    w->s->units = units;
    w->s->units[w->s->n_units++] = unit;
    return true;
}

static bool put_stretch(struct walk *w, enum recording_unit_kind kind, uint32_t len)
{
    struct recording_unit u = {.at = w->at, .len = len, .kind = (uint8_t)kind, .id = -1};

    if (len == 0)
        return true;
    w->at += len;
    find_item(w, w->at - 1);
    u.item = w->item;
    u.ts_ns = w->c->items[w->item].ts_ns;
    return put_unit(w, u);
}

static void read_frame(const struct recording_conn *c, enum tws_side side, struct recording_unit *u)
{
    const uint8_t *bytes = recording_side(c, side)->bytes + u->at;
    struct tws_message m;

    tws_reading_message(&c->reading, side,
                        (struct tws_cursor){bytes + TWS_FRAME_HEAD, u->len - TWS_FRAME_HEAD}, &m);
    u->id = m.row ? (int16_t)m.id : -1;
    u->space = (uint8_t)replay_space_of(side, u->id);
    if (u->space != REPLAY_NO_KEY && !tws_message_key(&m, &u->key))
        u->space = REPLAY_NO_KEY;
}

/* Which unit a frame is.  A redirect agrees on no version: it is a frame like any other. */
static enum recording_unit_kind kind_of(struct tws_conversation *in, enum tws_side side,
                                        struct tws_cursor payload)
{
    struct tws_opened_frame f;

    if (side == TWS_GATEWAY && tws_conversation_open(in, side, payload, &f) == TWS_OPENED_VERSION &&
        f.reply.server_version > 0)
        return RECORDING_VERSION;
    return RECORDING_FRAME;
}

static bool find_units(struct walk *w, struct tws_conversation *in)
{
    struct tws_item item;
    bool ok = true;

    tws_conversation_feed(in, w->side, (struct tws_cursor){w->s->bytes, w->s->len});
    while (ok && tws_conversation_next(in, w->side, &item) == TWS_STREAM_ITEM) {
        uint32_t len = (uint32_t)tws_conversation_place(in, w->side, &item).len;

        switch (item.kind) {
        case TWS_ITEM_HELLO:
            ok = put_stretch(w, RECORDING_HELLO, len);
            break;
        case TWS_ITEM_FRAME:
            ok = put_stretch(w, kind_of(in, w->side, item.payload), len);
            break;
        case TWS_ITEM_OPAQUE: /* the rest stays raw */
        case TWS_ITEM_GAP:    /* no hole was fed */
            break;
        }
    }
    return ok && put_stretch(w, RECORDING_RAW, w->s->len - w->at);
}

/* Both FIN and RST, where there are both. */
static bool put_ends(struct walk *w)
{
    for (uint32_t i = 0; i < w->c->n_items; i++) {
        const struct recording_item *item = &w->c->items[i];
        struct recording_unit u = {
            .ts_ns = item->ts_ns, .at = w->s->len, .item = i, .id = -1, .kind = RECORDING_END};

        if (item->side == w->side && item->kind != RECORDING_BYTES && !put_unit(w, u))
            return false;
    }
    return true;
}

static bool find_side(struct recording *r, struct recording_conn *c, enum tws_side side,
                      struct tws_conversation *in)
{
    struct walk w = {.r = r, .c = c, .s = &c->side[side == TWS_GATEWAY], .side = side};

    return find_units(&w, in) && put_ends(&w);
}

/* The client's side first: its hello may say that nothing is framed, on either side. */
static bool find_both(struct recording *r, struct recording_conn *c)
{
    struct tws_conversation in;
    bool ok;

    tws_conversation_init(&in, TWS_SEEN_START, TWS_FRAME_MAX);
    ok = find_side(r, c, TWS_CLIENT, &in) && find_side(r, c, TWS_GATEWAY, &in);
    c->reading = in.reading;
    tws_conversation_free(&in);
    return ok;
}

/* Ids and keys, once the server version is known. */
static void read_frames(struct recording_conn *c, enum tws_side side)
{
    struct recording_side *s = &c->side[side == TWS_GATEWAY];

    for (uint32_t i = 0; i < s->n_units; i++)
        if (s->units[i].kind == RECORDING_FRAME)
            read_frame(c, side, &s->units[i]);
}

/* ---- what is alike ---- */

static int compare_units(const struct recording_unit *a, const struct recording_unit *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return 0;
}

static int by_likeness(const void *a, const void *b, void *units)
{
    const uint32_t *x = a, *y = b;
    const struct recording_unit *u = units;
    int order = compare_units(&u[*x], &u[*y]);

    return order ? order : (*x > *y) - (*x < *y);
}

static bool sort_alike(struct recording *r, struct recording_side *s)
{
    s->alike = malloc((s->n_units ? s->n_units : 1) * sizeof *s->alike);
    if (!s->alike) {
        r->too_long = true;
        return false;
    }
    for (uint32_t i = 0; i < s->n_units; i++)
        s->alike[i] = i;
    if (s->n_units)
        qsort_r(s->alike, s->n_units, sizeof *s->alike, by_likeness, s->units);
    return true;
}

bool recording_seal(struct recording *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        struct recording_conn *c = r->conns[i];

        if (!find_both(r, c))
            return false;
        read_frames(c, TWS_CLIENT);
        read_frames(c, TWS_GATEWAY);
        if (!sort_alike(r, &c->side[0]) || !sort_alike(r, &c->side[1]))
            return false;
    }
    return true;
}

/* ---- in words ---- */

const char *recording_about(const struct recording_conn *c, char *buf, size_t size)
{
    buf[0] = '\0';
    switch (c->flaw) {
    case RECORDING_NO_BEGINNING:
        snprintf(buf, size,
                 "connection %u was open before the recording began and cannot be replayed",
                 c->number);
        return buf;
    case RECORDING_NOT_OPENED:
        snprintf(buf, size, "connection %u was never established and cannot be replayed",
                 c->number);
        return buf;
    case RECORDING_WHOLE:
        break;
    }
    if (c->gap_side != TWS_NOBODY)
        snprintf(buf, size,
                 "connection %u: %llu bytes of the %s are missing %.3f s after its opening; it is "
                 "replayed up to there",
                 c->number, (unsigned long long)c->gap_bytes,
                 c->gap_side == TWS_CLIENT ? "client" : "gateway",
                 (double)(c->gap_ns - c->opened_ns) / 1e9);
    return buf;
}
