#include "stream.h"
#include <stdlib.h>
#include <string.h>

#define PART_MIN 64u /* first size of `part`, bytes, where a frame is not known to be shorter */
#define LENGTH_SIGN                                                                                \
    0x7fffffffu /* a length above it is negative to clients that read it as signed */

void tws_stream_init(struct tws_stream *s, enum tws_side side, uint32_t max_frame)
{
    *s = (struct tws_stream){.side = (uint8_t)side, .state = TWS_STREAM_FIRST};
    s->max_frame = max_frame < LENGTH_SIGN ? max_frame : LENGTH_SIGN;
}

void tws_stream_init_midstream(struct tws_stream *s, enum tws_side side, uint32_t max_frame)
{
    tws_stream_init(s, side, max_frame);
    s->state = TWS_STREAM_MIDDLE;
    s->opening = side == TWS_GATEWAY;
}

static void drop_part(struct tws_stream *s)
{
    free(s->part);
    s->part = NULL;
    s->have = s->cap = 0;
}

void tws_stream_free(struct tws_stream *s)
{
    drop_part(s);
    s->in = (struct tws_cursor){NULL, 0};
}

void tws_stream_feed(struct tws_stream *s, struct tws_cursor chunk)
{
    s->in = chunk;
    s->write = s->have;
    s->fed += chunk.left;
}

/* Bytes that came and are in no item yet: those still to be walked, and those held. */
static uint64_t unread(const struct tws_stream *s)
{
    uint64_t left = s->in.left;

    switch ((enum tws_stream_state)s->state) {
    case TWS_STREAM_HANDED: /* `part` was an item */
    case TWS_STREAM_LEGACY:
        return left;
    case TWS_STREAM_LOOK:
    case TWS_STREAM_FOUND:
    case TWS_STREAM_DRAIN:
        return left + s->have - s->at;
    case TWS_STREAM_FIRST:
    case TWS_STREAM_HELLO:
    case TWS_STREAM_FRAMES:
    case TWS_STREAM_PIECES:
    case TWS_STREAM_MIDDLE:
    case TWS_STREAM_SKIP:
    case TWS_STREAM_OPAQUE:
        break;
    }
    return left + s->have;
}

void tws_stream_give_up(struct tws_stream *s, enum tws_opaque why)
{
    tws_stream_free(s);
    s->state = TWS_STREAM_OPAQUE;
    s->opaque = (uint8_t)why;
}

static enum tws_stream_status opaque(struct tws_stream *s, enum tws_opaque why, uint32_t length,
                                     enum tws_foreign foreign, struct tws_item *out)
{
    out->skipped = unread(s);
    tws_stream_give_up(s, why);
    out->kind = TWS_ITEM_OPAQUE;
    out->why = why;
    out->foreign = foreign;
    out->length = length;
    return TWS_STREAM_ITEM;
}

/* Move up to `n` bytes of the chunk to `part`, which never grows beyond `need` bytes, nor to more
 * than twice what has come. */
static bool keep(struct tws_stream *s, size_t n, size_t need)
{
    const uint8_t *from;
    size_t have = s->have;
    size_t cap = 2 * (size_t)s->cap;

    if (n > s->in.left)
        n = s->in.left;
    if (have + n > s->cap) {
        uint8_t *part;

        cap = cap < PART_MIN ? PART_MIN : cap;
        cap = cap < have + n ? have + n : cap;
        cap = cap > need ? need : cap;
        part = realloc(s->part, cap);
        if (!part)
            return false;
        s->part = part;
        s->cap = (uint32_t)cap;
    }
    if (n > 0 && tws_take(&s->in, n, &from))
        memcpy(s->part + have, from, n);
    s->have = (uint32_t)(have + n);
    return true;
}

/* A hello and a frame have the same shape: a head that ends with a length, and as many bytes. */
struct unit {
    size_t head;    /* bytes, the length among them */
    uint32_t limit; /* longest length taken */
};

enum unit_status { UNIT_WHOLE, UNIT_MORE, UNIT_TOO_LONG, UNIT_NO_MEMORY };

static uint32_t length_in(const uint8_t *p, size_t head)
{
    struct tws_cursor c = {p + head - TWS_FRAME_HEAD, TWS_FRAME_HEAD};
    uint32_t n = 0;

    tws_take_be32(&c, &n);
    return n;
}

/* The whole unit in the chunk, or the beginning of it moved to `part`. */
static enum unit_status unit_in_place(struct tws_stream *s, struct unit u, struct tws_cursor *body,
                                      uint32_t *length)
{
    struct tws_cursor c = s->in;
    const uint8_t *head;
    size_t need = u.head;

    if (tws_take(&c, u.head, &head)) {
        *length = length_in(head, u.head);
        if (*length > u.limit)
            return UNIT_TOO_LONG;
        body->left = *length;
        if (tws_take(&c, *length, &body->p)) {
            s->in = c;
            return UNIT_WHOLE;
        }
        need += *length;
    }
    if (s->in.left > 0 && !keep(s, s->in.left, need))
        return UNIT_NO_MEMORY;
    return UNIT_MORE;
}

/* The rest of a unit whose beginning is in `part`: only what is missing is copied. */
static enum unit_status unit_in_pieces(struct tws_stream *s, struct unit u, struct tws_cursor *body,
                                       uint32_t *length)
{
    if (s->have < u.head && !keep(s, u.head - s->have, u.head))
        return UNIT_NO_MEMORY;
    if (s->have < u.head)
        return UNIT_MORE;
    *length = length_in(s->part, u.head);
    if (*length > u.limit)
        return UNIT_TOO_LONG;
    if (!keep(s, u.head + *length - s->have, u.head + *length))
        return UNIT_NO_MEMORY;
    if (s->have < u.head + *length)
        return UNIT_MORE;
    *body = (struct tws_cursor){s->part + u.head, *length};
    return UNIT_WHOLE;
}

static enum unit_status unit_next(struct tws_stream *s, struct unit u, struct tws_cursor *body,
                                  uint32_t *length)
{
    *length = 0;
    return s->have == 0 ? unit_in_place(s, u, body, length) : unit_in_pieces(s, u, body, length);
}

static enum tws_stream_status next_frame(struct tws_stream *s, struct tws_item *out)
{
    struct unit frame = {.head = TWS_FRAME_HEAD, .limit = s->max_frame};
    struct tws_cursor payload;
    uint32_t length;

    switch (unit_next(s, frame, &payload, &length)) {
    case UNIT_WHOLE:
        s->state = s->part ? TWS_STREAM_HANDED : TWS_STREAM_FRAMES;
        out->kind = TWS_ITEM_FRAME;
        out->payload = payload;
        return TWS_STREAM_ITEM;
    case UNIT_MORE:
        s->state = s->part ? TWS_STREAM_PIECES : TWS_STREAM_FRAMES;
        return TWS_STREAM_MORE;
    case UNIT_TOO_LONG:
        return opaque(s, length > LENGTH_SIGN ? TWS_OPAQUE_NEGATIVE_LENGTH : TWS_OPAQUE_TOO_LONG,
                      length, TWS_FOREIGN_NONE, out);
    case UNIT_NO_MEMORY:
        break;
    }
    return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
}

static enum tws_stream_status next_hello(struct tws_stream *s, struct tws_item *out)
{
    struct unit hello = {.head = TWS_HELLO_PREFIX + TWS_FRAME_HEAD, .limit = TWS_HELLO_MAX};
    struct tws_cursor text;
    uint32_t length;

    switch (unit_next(s, hello, &text, &length)) {
    case UNIT_WHOLE:
        s->state = s->part ? TWS_STREAM_HANDED : TWS_STREAM_FRAMES;
        out->kind = TWS_ITEM_HELLO;
        out->payload = text;
        tws_hello_read(text, &out->hello);
        return TWS_STREAM_ITEM;
    case UNIT_MORE:
        return TWS_STREAM_MORE;
    case UNIT_TOO_LONG:
        return opaque(s, TWS_OPAQUE_HELLO_TOO_LONG, length, TWS_FOREIGN_NONE, out);
    case UNIT_NO_MEMORY:
        break;
    }
    return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
}

static enum tws_stream_status next_legacy(struct tws_stream *s, struct tws_cursor first,
                                          struct tws_item *out)
{
    const uint8_t *nul = memchr(first.p, 0, first.left);
    struct tws_cursor digits = {first.p, nul ? (size_t)(nul - first.p) : first.left};
    const uint8_t *taken;

    if (s->have == 0)
        tws_take(&s->in, digits.left + (nul ? 1 : 0), &taken);
    s->state = TWS_STREAM_LEGACY;
    out->kind = TWS_ITEM_HELLO;
    out->payload = digits;
    tws_hello_read_legacy(digits, &out->hello);
    return TWS_STREAM_ITEM;
}

/* What the first bytes are, once that can be told.  While it cannot, they are few: they are moved
 * to `part` and looked at again one byte longer, so that nothing behind them is taken along. */
static enum tws_stream_status next_first(struct tws_stream *s, struct tws_item *out)
{
    enum tws_foreign foreign;
    struct tws_cursor first = s->in;
    enum tws_foreign_status status = TWS_FOREIGN_UNSURE;

    if (s->have == 0)
        status = tws_foreign_guess((enum tws_side)s->side, first, &foreign);
    while (status == TWS_FOREIGN_UNSURE && s->in.left > 0) {
        if (!keep(s, 1, TWS_LEGACY_MAX))
            return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
        first = (struct tws_cursor){s->part, s->have};
        status = tws_foreign_guess((enum tws_side)s->side, first, &foreign);
    }
    switch (status) {
    case TWS_FOREIGN_UNSURE:
        return TWS_STREAM_MORE;
    case TWS_FOREIGN_FOUND:
        return opaque(s, TWS_OPAQUE_FOREIGN, 0, foreign, out);
    case TWS_FOREIGN_CLEAR:
        break;
    }
    if (s->side != TWS_CLIENT)
        return next_frame(s, out);
    if (first.p[0] != 'A')
        return next_legacy(s, first, out);
    s->state = TWS_STREAM_HELLO;
    return next_hello(s, out);
}

/* ---- after a hole, and from the middle on ---- */

/* Search from here on; `part` may hold the first bytes. */
static void look(struct tws_stream *s)
{
    s->state = TWS_STREAM_LOOK;
    s->start = true;
    s->edge = false;
    s->at = 0;
    s->need = 0;
    s->end = TWS_RESYNC_MORE;
}

/* The first bytes of a client that is seen from the middle on: a hello's, or any.  What may be a
 * hello is moved to `part` byte by byte, as with first bytes elsewhere. */
static enum tws_stream_status next_middle(struct tws_stream *s, struct tws_item *out)
{
    static const uint8_t prefix[TWS_HELLO_PREFIX] = {'A', 'P', 'I', 0};

    while (s->side == TWS_CLIENT && s->have < TWS_HELLO_PREFIX) {
        if (s->in.left == 0)
            return TWS_STREAM_MORE;
        if (s->in.p[0] != prefix[s->have])
            break;
        if (!keep(s, 1, TWS_HELLO_PREFIX))
            return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
    }
    if (s->side == TWS_CLIENT && s->have == TWS_HELLO_PREFIX) {
        s->state = TWS_STREAM_HELLO;
        return tws_stream_next_slow(s, out);
    }
    if (s->in.left == 0)
        return TWS_STREAM_MORE;
    look(s);
    return tws_stream_next_slow(s, out);
}

/* Forget the first `n` bytes of `part`. */
static void shift(struct tws_stream *s, size_t n)
{
    memmove(s->part, s->part + n, s->have - n);
    s->have -= (uint32_t)n;
    s->at -= (uint32_t)n;
    s->write = s->write < n ? UINT32_MAX : s->write - (uint32_t)n;
    s->need = s->need > n ? s->need - (uint32_t)n : 0;
    s->start = false;
    s->opening = false;
}

/* Look at what is there; false: more bytes are wanted. */
static bool look_there(struct tws_stream *s)
{
    struct tws_resync r = {
        .side = (enum tws_side)s->side,
        .ids = (enum tws_ids)s->ids,
        .max_frame = s->max_frame,
        .opening = s->opening,
        .start = s->start,
        .write = s->write == UINT32_MAX ? SIZE_MAX : s->write,
        .end = (enum tws_resync_end)s->end,
    };
    struct tws_resync_place place;
    bool found = tws_resync_find(&r, (struct tws_cursor){s->part, s->have}, s->at, &place) ==
                 TWS_RESYNC_FOUND;

    s->skipped += place.at - s->at;
    s->at = (uint32_t)place.at;
    s->need = (uint32_t)place.need;
    s->edge = place.edge;
    if (!found)
        return false;
    s->skipped += place.pass;
    s->at += (uint32_t)place.pass;
    if (s->ids == TWS_IDS_UNKNOWN)
        s->ids = (uint8_t)place.ids;
    s->state = TWS_STREAM_FOUND;
    s->anchored = true;
    return true;
}

static enum tws_stream_status next_look(struct tws_stream *s, struct tws_item *out)
{
    for (;;) {
        if (s->have > 0 && (s->have >= s->need || s->end != TWS_RESYNC_MORE) && look_there(s))
            return tws_stream_next_slow(s, out);
        s->end = TWS_RESYNC_MORE; /* it was said of the bytes that were there */
        if (s->at > TWS_RESYNC_CONTEXT)
            shift(s, s->at - TWS_RESYNC_CONTEXT);
        if (!s->anchored && s->skipped >= TWS_STREAM_GIVE_UP)
            return opaque(s, TWS_OPAQUE_NO_FRAMES, 0, TWS_FOREIGN_NONE, out);
        if (s->in.left == 0)
            return TWS_STREAM_MORE;
        s->edge = false;
        if (!keep(s, TWS_STREAM_SEARCH - s->have, TWS_STREAM_SEARCH))
            return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
    }
}

/* What was lost is known: say it, if there is something to say. */
static bool put_gap(struct tws_stream *s, struct tws_item *out)
{
    bool due = s->lost || s->skipped > 0;

    out->kind = TWS_ITEM_GAP;
    out->missing = s->missing;
    out->skipped = s->skipped;
    s->missing = s->skipped = 0;
    s->lost = false;
    return due;
}

static enum tws_stream_status next_found(struct tws_stream *s, struct tws_item *out)
{
    s->state = TWS_STREAM_DRAIN;
    s->end = TWS_RESYNC_MORE;
    return put_gap(s, out) ? TWS_STREAM_ITEM : tws_stream_next_slow(s, out);
}

/* The last frame in `part` is not whole: it goes on as any frame in pieces, in a buffer of its own
 * size. */
static bool keep_rest(struct tws_stream *s)
{
    struct tws_cursor rest = {s->part + s->at, s->have - s->at};
    uint8_t *old = s->part;
    struct tws_cursor in = s->in;
    bool kept;

    s->part = NULL;
    s->have = s->cap = s->at = 0;
    s->in = rest;
    kept = rest.left == 0 || keep(s, rest.left, SIZE_MAX);
    s->in = in;
    s->state = s->part ? TWS_STREAM_PIECES : TWS_STREAM_FRAMES;
    free(old);
    return kept;
}

static enum tws_stream_status next_drain(struct tws_stream *s, struct tws_item *out)
{
    struct tws_cursor rest = {s->part + s->at, s->have - s->at};
    uint32_t n;

    if (tws_take_be32(&rest, &n) && n <= s->max_frame && tws_take(&rest, n, &out->payload.p)) {
        s->at += TWS_FRAME_HEAD + n;
        out->kind = TWS_ITEM_FRAME;
        out->payload.left = n;
        return TWS_STREAM_ITEM;
    }
    if (!keep_rest(s))
        return opaque(s, TWS_OPAQUE_NO_MEMORY, 0, TWS_FOREIGN_NONE, out);
    return next_frame(s, out);
}

/* The rest of a damaged frame, whose end is known. */
static enum tws_stream_status next_skip(struct tws_stream *s, struct tws_item *out)
{
    size_t n = s->in.left < s->need ? s->in.left : s->need;
    const uint8_t *b;

    if (n > 0 && tws_take(&s->in, n, &b)) {
        s->need -= (uint32_t)n;
        s->skipped += n;
    }
    if (s->need > 0)
        return TWS_STREAM_MORE;
    s->state = TWS_STREAM_FRAMES;
    return put_gap(s, out) ? TWS_STREAM_ITEM : next_frame(s, out);
}

/* Bytes of the frame in progress that are still to come; 0: not known, or none is in progress. */
static uint64_t to_come(const struct tws_stream *s)
{
    if (s->state == TWS_STREAM_SKIP)
        return s->need;
    if (s->state != TWS_STREAM_PIECES || s->have < TWS_FRAME_HEAD)
        return 0;
    return (uint64_t)TWS_FRAME_HEAD + length_in(s->part, TWS_FRAME_HEAD) - s->have;
}

void tws_stream_gap(struct tws_stream *s, uint64_t missing)
{
    uint64_t left = to_come(s);

    if (s->state == TWS_STREAM_OPAQUE || s->state == TWS_STREAM_LEGACY)
        return;
    if (s->state == TWS_STREAM_LOOK)
        s->skipped += s->have - s->at;
    s->anchored = s->anchored || (s->state != TWS_STREAM_LOOK && s->state != TWS_STREAM_FIRST &&
                                  s->state != TWS_STREAM_MIDDLE);
    s->missing += missing;
    s->fed += missing;
    s->lost = true;
    s->opening = false;
    drop_part(s);
    if (missing > 0 && missing <= left) {
        s->state = TWS_STREAM_SKIP;
        s->need = (uint32_t)(left - missing);
        return;
    }
    look(s);
}

void tws_stream_flushed(struct tws_stream *s)
{
    if (s->state == TWS_STREAM_LOOK && s->edge)
        s->end = TWS_RESYNC_FLUSHED;
}

void tws_stream_end(struct tws_stream *s)
{
    if (s->state == TWS_STREAM_LOOK)
        s->end = TWS_RESYNC_ENDED;
}

bool tws_stream_unfound(const struct tws_stream *s, uint64_t *missing, uint64_t *skipped)
{
    *missing = s->missing;
    *skipped = s->skipped;
    if (s->state == TWS_STREAM_LOOK || s->state == TWS_STREAM_MIDDLE)
        *skipped += s->have - s->at;
    return s->lost || *skipped > 0;
}

enum tws_stream_status tws_stream_next_slow(struct tws_stream *s, struct tws_item *out)
{
    switch ((enum tws_stream_state)s->state) {
    case TWS_STREAM_FIRST:
        return next_first(s, out);
    case TWS_STREAM_HELLO:
        return next_hello(s, out);
    case TWS_STREAM_HANDED:
        drop_part(s);
        s->state = TWS_STREAM_FRAMES;
        return next_frame(s, out);
    case TWS_STREAM_FRAMES:
    case TWS_STREAM_PIECES:
        return next_frame(s, out);
    case TWS_STREAM_MIDDLE:
        return next_middle(s, out);
    case TWS_STREAM_SKIP:
        return next_skip(s, out);
    case TWS_STREAM_LOOK:
        return next_look(s, out);
    case TWS_STREAM_FOUND:
        return next_found(s, out);
    case TWS_STREAM_DRAIN:
        return next_drain(s, out);
    case TWS_STREAM_LEGACY:
        return opaque(s, TWS_OPAQUE_LEGACY, 0, TWS_FOREIGN_NONE, out);
    case TWS_STREAM_OPAQUE:
        break;
    }
    s->in = (struct tws_cursor){NULL, 0};
    return TWS_STREAM_MORE;
}

bool tws_stream_partial_hello(const struct tws_stream *s, uint32_t *have, uint32_t *want)
{
    size_t head = TWS_HELLO_PREFIX + TWS_FRAME_HEAD;
    bool digits = s->have > 0 && s->part[0] >= '0' && s->part[0] <= '9';
    bool first = s->side == TWS_CLIENT && s->state == TWS_STREAM_FIRST && s->have > 0 &&
                 (s->part[0] == 'A' || digits);

    if (s->state != TWS_STREAM_HELLO && !first)
        return false;
    *have = s->have;
    *want = s->have < head ? 0 : (uint32_t)head + length_in(s->part, head);
    if (digits)
        *want = 0;
    return true;
}

bool tws_stream_partial(const struct tws_stream *s, struct tws_cursor *payload, uint32_t *announced)
{
    if (s->state != TWS_STREAM_PIECES || s->have < TWS_FRAME_HEAD)
        return false;
    *announced = length_in(s->part, TWS_FRAME_HEAD);
    *payload = (struct tws_cursor){s->part + TWS_FRAME_HEAD, s->have - TWS_FRAME_HEAD};
    return true;
}

struct tws_place tws_stream_place(const struct tws_stream *s, const struct tws_item *item)
{
    uint64_t behind = s->fed - unread(s), len = 0;

    switch (item->kind) {
    case TWS_ITEM_FRAME:
        len = TWS_FRAME_HEAD + (uint64_t)item->payload.left;
        break;
    case TWS_ITEM_HELLO: /* it is the first item */
        len = behind;
        break;
    case TWS_ITEM_GAP:
        len = item->missing + item->skipped;
        break;
    case TWS_ITEM_OPAQUE:
        return (struct tws_place){s->fed - item->skipped, item->skipped};
    }
    return (struct tws_place){behind - len, len};
}

uint32_t tws_stream_pending(const struct tws_stream *s)
{
    return s->state == TWS_STREAM_HANDED || s->state == TWS_STREAM_LEGACY ||
                   s->state == TWS_STREAM_LOOK
               ? 0
               : s->have;
}
