#include "replay_ids.h"
#include "ids.h"
#include "text.h"
#include "wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay_bound {
    int64_t recorded, live;
    uint64_t when; /* of all bindings */
    enum replay_space space;
};

/* ---- bindings ---- */

void replay_ids_free(struct replay_ids *ids)
{
    free(ids->bound);
    *ids = (struct replay_ids){0};
}

/* Where the binding of `recorded` is, or would be. */
static uint32_t place(const struct replay_ids *ids, enum replay_space space, int64_t recorded)
{
    uint32_t low = 0, high = ids->n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const struct replay_bound *b = &ids->bound[mid];

        if (b->space < space || (b->space == space && b->recorded < recorded))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct replay_bound *find(const struct replay_ids *ids, enum replay_space space,
                                 int64_t recorded)
{
    uint32_t i = place(ids, space, recorded);

    if (i < ids->n && ids->bound[i].space == space && ids->bound[i].recorded == recorded)
        return &ids->bound[i];
    return NULL;
}

static struct replay_bound *insert(struct replay_ids *ids, enum replay_space space,
                                   int64_t recorded)
{
    uint32_t i = place(ids, space, recorded);
    uint32_t cap = ids->cap ? ids->cap * 2 : 16;
    struct replay_bound *more;

    if (ids->n == ids->cap) {
        more = realloc(ids->bound, cap * sizeof *more);
        if (!more)
            return NULL;
        ids->bound = more;
        ids->cap = cap;
    }
    memmove(&ids->bound[i + 1], &ids->bound[i], (ids->n - i) * sizeof *ids->bound);
    ids->n++;
    ids->bound[i] = (struct replay_bound){.recorded = recorded, .space = space};
    return &ids->bound[i];
}

bool replay_ids_bind(struct replay_ids *ids, enum replay_space space, int64_t recorded,
                     int64_t live)
{
    struct replay_bound *b = find(ids, space, recorded);

    if (!b)
        b = insert(ids, space, recorded);
    if (!b)
        return false;
    b->live = live;
    b->when = ++ids->bindings;
    ids->differ = ids->differ || live != recorded;
    return true;
}

void replay_ids_shift_orders(struct replay_ids *ids, int64_t from, int64_t by)
{
    ids->shift_from = from;
    ids->shift = by;
    ids->differ = ids->differ || by != 0;
}

/* Ids are small in practice; nobody's sum shall overflow. */
static int64_t shifted(int64_t id, int64_t by)
{
    return (int64_t)((uint64_t)id + (uint64_t)by);
}

static bool is_order(enum replay_space space)
{
    return space == REPLAY_ORDER_IDS || space == REPLAY_EITHER;
}

int64_t replay_ids_live(const struct replay_ids *ids, enum replay_space space, int64_t recorded,
                        bool *bound)
{
    const struct replay_bound *request = NULL, *order = NULL, *b;

    if (space == REPLAY_REQ_IDS || space == REPLAY_EITHER)
        request = find(ids, REPLAY_REQ_IDS, recorded);
    if (is_order(space))
        order = find(ids, REPLAY_ORDER_IDS, recorded);
    b = request && order ? (request->when > order->when ? request : order)
                         : (request ? request : order);
    if (bound)
        *bound = b != NULL;
    if (b)
        return b->live;
    if (ids->shift && space == REPLAY_ORDER_IDS && recorded >= ids->shift_from &&
        recorded < INT32_MAX) /* that one means "unset" */
        return shifted(recorded, ids->shift);
    return recorded;
}

int64_t replay_ids_unshift(const struct replay_ids *ids, enum replay_space space, int64_t live)
{
    int64_t recorded = shifted(live, -ids->shift);

    return ids->shift && space == REPLAY_ORDER_IDS && recorded >= ids->shift_from ? recorded : live;
}

/* ---- where ids stand beside a message's key ---- */

/* Text: the 1-based field after the id, for server versions from `since` to before `until` (0: no
 * end).  Protobuf: field `tag`, in sub-message `in` (0: at top level); 0: none. */
static const struct place {
    enum tws_side dir;
    int32_t id;
    uint16_t since, until, ordinal;
    uint16_t in, tag;
} places[] = {
    {TWS_CLIENT, 3, 0, 145, 29, 3, 4}, /* placeOrder: parentId */
    {TWS_CLIENT, 3, 145, 0, 28, 3, 4},
    {TWS_CLIENT, 3, 0, 1, 0, 3, 2},    /* Order.orderId */
    {TWS_GATEWAY, 3, 0, 131, 8, 0, 7}, /* orderStatus: parentId */
    {TWS_GATEWAY, 3, 131, 0, 7, 0, 7},
    {TWS_GATEWAY, 5, 0, 103, 58, 3, 4}, /* openOrder: parentId */
    {TWS_GATEWAY, 5, 103, 145, 59, 3, 4},
    {TWS_GATEWAY, 5, 145, 177, 58, 3, 4},
    {TWS_GATEWAY, 5, 177, 0, 57, 3, 4},
    {TWS_GATEWAY, 5, 0, 1, 0, 3, 2},    /* Order.orderId */
    {TWS_GATEWAY, 11, 0, 136, 3, 3, 1}, /* execDetails: Execution.orderId */
    {TWS_GATEWAY, 11, 136, 0, 2, 3, 1},
};

#define PLACES (sizeof places / sizeof places[0])

static bool place_is(const struct place *p, const struct tws_message *m)
{
    return p->dir == m->dir && p->id == m->id;
}

/* ---- edits ---- */

static void put_edit(struct replay_edits *e, size_t at, size_t old, const void *bytes, size_t n)
{
    struct replay_edit *edit;

    if (e->n == REPLAY_EDITS_MAX || n > sizeof edit->bytes) {
        e->lost = true;
        return;
    }
    edit = &e->edit[e->n++];
    *edit = (struct replay_edit){.at = at, .old = old, .n = n};
    memcpy(edit->bytes, bytes, n);
}

static size_t put_varint(uint8_t *to, uint64_t v)
{
    size_t n = 0;

    for (; v > 0x7f; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

/* What one frame's edits are made of. */
struct pen {
    const struct replay_ids *ids;
    const struct tws_message *m;
    enum replay_space space; /* of the message's key */
    struct tws_cursor payload;
    struct replay_edits *out;
};

static int64_t live_id(const struct pen *p, enum replay_space space, int64_t recorded)
{
    return replay_ids_live(p->ids, space, recorded, NULL);
}

/* ---- text ---- */

static void edit_text(const struct pen *p, enum replay_space space, struct tws_cursor field)
{
    char digits[24];
    int64_t id, live;
    int n;

    if (field.left == 0)
        return;
    if (!tws_text_int(field, &id)) {
        p->out->lost = true;
        return;
    }
    live = live_id(p, space, id);
    if (live == id)
        return;
    n = snprintf(digits, sizeof digits, "%lld", (long long)live);
    put_edit(p->out, (size_t)(field.p - p->payload.p), field.left, digits, (size_t)n);
}

static enum replay_space text_space(const struct pen *p, uint32_t number)
{
    const struct tws_message *m = p->m;
    const struct tws_key_place *key = &m->row->key;
    bool moved = key->no_version_since && m->server_version >= key->no_version_since;

    if (key->text_ordinal && number == (uint32_t)key->text_ordinal - (moved ? 1 : 0))
        return p->space;
    for (size_t i = 0; i < PLACES; i++)
        if (place_is(&places[i], m) && places[i].ordinal == number &&
            m->server_version >= places[i].since &&
            (!places[i].until || m->server_version < places[i].until))
            return REPLAY_ORDER_IDS;
    return REPLAY_NO_KEY;
}

static void edit_text_body(const struct pen *p)
{
    struct tws_cursor left = p->m->body, field;

    for (uint32_t number = 1; tws_text_next(&left, &field, NULL); number++) {
        enum replay_space space = text_space(p, number);

        if (space != REPLAY_NO_KEY)
            edit_text(p, space, field);
    }
}

/* ---- protobuf ---- */

/* The space of varint field `tag` in sub-message `in`. */
static enum replay_space tag_space(const struct pen *p, uint32_t in, uint32_t tag)
{
    if (in == 0 && p->m->row->key.tag == tag)
        return p->space;
    for (size_t i = 0; i < PLACES; i++)
        if (place_is(&places[i], p->m) && places[i].in == in && places[i].tag == tag)
            return REPLAY_ORDER_IDS;
    return REPLAY_NO_KEY;
}

static bool holds_ids(const struct pen *p, uint32_t in)
{
    for (size_t i = 0; i < PLACES; i++)
        if (place_is(&places[i], p->m) && places[i].in == in)
            return true;
    return false;
}

/* Replace the varint field whose bytes are `at` to `end`. */
static void put_field(struct replay_edits *out, size_t at, size_t end, uint32_t tag, uint64_t value)
{
    uint8_t bytes[20];
    size_t n = put_varint(bytes, (uint64_t)tag << 3 | TWS_WIRE_VARINT);

    n += put_varint(bytes + n, value);
    put_edit(out, at, end - at, bytes, n);
}

static void edit_fields(const struct pen *p, struct tws_cursor left, uint32_t in);

/* A sub-message: its length in front changes with what is in it. */
static void edit_inside(const struct pen *p, const struct tws_wire_field *f, size_t at)
{
    size_t content = (size_t)(f->bytes.p - p->payload.p), before = p->out->n;
    struct replay_edits inner = {0};
    struct pen q = *p;
    uint8_t bytes[20];
    size_t n;

    q.out = &inner;
    edit_fields(&q, f->bytes, f->number);
    p->out->lost = p->out->lost || inner.lost;
    if (!inner.n)
        return;
    if (before + 1 + inner.n > REPLAY_EDITS_MAX) {
        p->out->lost = true;
        return;
    }
    n = put_varint(bytes, (uint64_t)f->number << 3 | TWS_WIRE_BYTES);
    n += put_varint(bytes + n, replay_edits_len(&inner, f->bytes.left));
    put_edit(p->out, at, content - at, bytes, n);
    for (size_t i = 0; i < inner.n; i++)
        p->out->edit[p->out->n++] = inner.edit[i];
}

static void edit_fields(const struct pen *p, struct tws_cursor left, uint32_t in)
{
    struct tws_wire_field f;

    for (;;) {
        size_t at = (size_t)(left.p - p->payload.p), end;
        enum replay_space space;

        if (tws_wire_next(&left, &f) != TWS_WIRE_FIELD)
            return;
        end = (size_t)(left.p - p->payload.p);
        if (f.type == TWS_WIRE_BYTES && in == 0 && holds_ids(p, f.number))
            edit_inside(p, &f, at);
        space = f.type == TWS_WIRE_VARINT ? tag_space(p, in, f.number) : REPLAY_NO_KEY;
        if (space != REPLAY_NO_KEY && live_id(p, space, (int64_t)f.value) != (int64_t)f.value)
            put_field(p->out, at, end, f.number, (uint64_t)live_id(p, space, (int64_t)f.value));
    }
}

/* ---- a frame ---- */

void replay_ids_edits(const struct replay_ids *ids, const struct tws_message *m,
                      struct tws_cursor payload, struct replay_edits *out)
{
    struct pen pen = {.ids = ids, .m = m, .payload = payload, .out = out};

    out->n = 0;
    out->lost = false;
    if (!ids->differ)
        return;
    if (!m->row) {
        out->lost = true;
        return;
    }
    pen.space = replay_space_of(m->dir, m->id);
    if (m->form == TWS_FORM_PROTOBUF)
        edit_fields(&pen, m->body, 0);
    else
        edit_text_body(&pen);
}

static void put_text_client_id(const struct tws_message *m, struct tws_cursor payload,
                               int32_t client_id, struct replay_edits *out)
{
    struct tws_cursor left = m->body, field;
    char digits[16];
    int n = snprintf(digits, sizeof digits, "%ld", (long)client_id), fields = 0;

    while (fields < 2 && tws_text_next(&left, &field, NULL)) /* version, client id */
        fields++;
    if (fields == 2)
        put_edit(out, (size_t)(field.p - payload.p), field.left, digits, (size_t)n);
    else
        out->lost = true;
}

void replay_client_id_edits(const struct tws_message *m, struct tws_cursor payload,
                            int32_t client_id, struct replay_edits *out)
{
    struct tws_wire_field f;
    struct tws_cursor left;
    size_t at;

    out->n = 0;
    out->lost = false;
    if (m->id != TWS_OUT_START_API)
        return;
    if (m->form != TWS_FORM_PROTOBUF) {
        put_text_client_id(m, payload, client_id, out);
        return;
    }
    left = m->body;
    for (at = (size_t)(left.p - payload.p); tws_wire_next(&left, &f) == TWS_WIRE_FIELD;
         at = (size_t)(left.p - payload.p)) {
        if (f.number == 1 && f.type == TWS_WIRE_VARINT) {
            put_field(out, at, (size_t)(left.p - payload.p), 1, (uint64_t)(int64_t)client_id);
            return;
        }
    }
    at = (size_t)(m->body.p - payload.p); /* left out, as 0 may be */
    put_field(out, at, at, 1, (uint64_t)(int64_t)client_id);
}

/* ---- a frame after its edits ---- */

size_t replay_edits_len(const struct replay_edits *e, size_t len)
{
    for (size_t i = 0; i < e->n; i++)
        len = len - e->edit[i].old + e->edit[i].n;
    return len;
}

void replay_edits_apply(const struct replay_edits *e, struct tws_cursor payload, uint8_t *out)
{
    size_t at = 0;

    for (size_t i = 0; i < e->n; i++) {
        const struct replay_edit *edit = &e->edit[i];

        if (edit->at > at)
            memcpy(out, payload.p + at, edit->at - at);
        out += edit->at - at;
        memcpy(out, edit->bytes, edit->n);
        out += edit->n;
        at = edit->at + edit->old;
    }
    if (payload.left > at)
        memcpy(out, payload.p + at, payload.left - at);
}

size_t replay_edits_map(const struct replay_edits *e, size_t at)
{
    size_t to = at;

    for (size_t i = 0; i < e->n && e->edit[i].at < at; i++) {
        const struct replay_edit *edit = &e->edit[i];
        size_t in = at - edit->at; /* bytes of the recorded that are passed */

        if (in < edit->old)
            return to - in + (in < edit->n ? in : edit->n);
        to = to - edit->old + edit->n;
    }
    return to;
}
