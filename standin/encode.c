#include "encode.h"
#include "schema.h"
#include "wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 512u /* bytes */

void standin_out_free(struct standin_out *o)
{
    free(o->bytes);
    o->bytes = NULL;
    o->len = o->cap = o->sent = 0;
}

static bool make_room(struct standin_out *o, size_t n)
{
    size_t cap = o->cap ? o->cap : FIRST_SIZE;
    uint8_t *grown;

    if (o->full || n > o->limit || o->len > o->limit - n)
        return false;
    while (cap < o->len + n)
        cap *= 2;
    if (cap == o->cap)
        return true;
    grown = realloc(o->bytes, cap);
    if (!grown)
        return false;
    o->bytes = grown;
    o->cap = cap;
    return true;
}

void standin_out_put(struct standin_out *o, const void *bytes, size_t n)
{
    if (!make_room(o, n)) {
        o->full = true;
        return;
    }
    if (n)
        memcpy(o->bytes + o->len, bytes, n);
    o->len += n;
}

void standin_out_took(struct standin_out *o, size_t n)
{
    o->sent += n;
    if (o->sent < o->len) {
        /* The limit is on what waits, so what was sent must not count for ever. */
        if (o->sent < o->limit / 4)
            return;
        memmove(o->bytes, o->bytes + o->sent, o->len - o->sent);
        o->len -= o->sent;
        o->sent = 0;
        return;
    }
    o->len = o->sent = 0;
    if (o->cap > 8 * FIRST_SIZE)
        standin_out_free(o);
}

/* --- protobuf ------------------------------------------------------------------------------- */

static void put_varint(struct standin_out *o, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;

    do {
        b[n] = (uint8_t)(v & 0x7f);
        v >>= 7;
        if (v)
            b[n] |= 0x80;
        n++;
    } while (v);
    standin_out_put(o, b, n);
}

static void put_key(struct standin_out *o, uint16_t tag, enum tws_wire_type type)
{
    put_varint(o, (uint64_t)tag << 3 | (uint64_t)type);
}

static void put_bytes(struct standin_out *o, uint16_t tag, const void *bytes, size_t n)
{
    put_key(o, tag, TWS_WIRE_BYTES);
    put_varint(o, n);
    standin_out_put(o, bytes, n);
}

static void put_double(struct standin_out *o, uint16_t tag, double d)
{
    uint64_t bits;
    uint8_t b[8];

    memcpy(&bits, &d, sizeof bits);
    for (size_t i = 0; i < sizeof b; i++)
        b[i] = (uint8_t)(bits >> (8 * i));
    put_key(o, tag, TWS_WIRE_FIXED64);
    standin_out_put(o, b, sizeof b);
}

static void put_map_entry(struct standin_out *o, const struct standin_row *r)
{
    uint8_t entry[256];
    size_t key = strlen(r->text), value = strlen(r->more), n = 0;

    /* Our own short constants: lengths of one byte. */
    if (key > 100 || value > 100)
        return;
    entry[n++] = 1 << 3 | TWS_WIRE_BYTES;
    entry[n++] = (uint8_t)key;
    memcpy(entry + n, r->text, key);
    n += key;
    entry[n++] = 2 << 3 | TWS_WIRE_BYTES;
    entry[n++] = (uint8_t)value;
    memcpy(entry + n, r->more, value);
    n += value;
    put_bytes(o, r->tag, entry, n);
}

static void put_protobuf(struct standin_out *o, const struct standin_row *r)
{
    switch (r->kind) {
    case STANDIN_INT:
        put_key(o, r->tag, TWS_WIRE_VARINT);
        put_varint(o, (uint64_t)r->number);
        return;
    case STANDIN_CENTS:
        put_double(o, r->tag, (double)r->number / 100.0);
        return;
    case STANDIN_TEXT:
        if (r->text[0])
            put_bytes(o, r->tag, r->text, strlen(r->text));
        return;
    case STANDIN_PAIR:
        put_map_entry(o, r);
        return;
    case STANDIN_BYTES:
        put_bytes(o, r->tag, r->text, (size_t)r->number);
        return;
    }
}

static void put_sub_message(struct standin_frame *f, const struct standin_row *rows, size_t n,
                            uint16_t in)
{
    struct standin_out sub = {.limit = 64 * 1024};

    for (size_t i = 0; i < n; i++)
        if (rows[i].tag && rows[i].in == in)
            put_protobuf(&sub, &rows[i]);
    if (sub.full)
        f->out->full = true;
    else
        put_bytes(f->out, in, sub.bytes, sub.len);
    standin_out_free(&sub);
}

static bool first_in(const struct standin_row *rows, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rows[i].tag && rows[i].in == rows[at].in)
            return false;
    return true;
}

static void rows_protobuf(struct standin_frame *f, const struct standin_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].tag)
            continue;
        if (!rows[i].in)
            put_protobuf(f->out, &rows[i]);
        else if (first_in(rows, i))
            put_sub_message(f, rows, n, rows[i].in);
    }
}

/* --- text ----------------------------------------------------------------------------------- */

static void put_field(struct standin_out *o, const char *text)
{
    standin_out_put(o, text, strlen(text) + 1);
}

/* Not printf's %f: a user's locale may write a comma. */
static void put_cents(struct standin_out *o, int64_t cents)
{
    char b[32];

    if (cents % 100 == 0)
        snprintf(b, sizeof b, "%lld", (long long)(cents / 100));
    else
        snprintf(b, sizeof b, "%s%lld.%02lld", cents < 0 ? "-" : "", llabs(cents) / 100,
                 llabs(cents) % 100);
    put_field(o, b);
}

static void put_text(struct standin_out *o, const struct standin_row *r)
{
    char b[32];

    switch (r->kind) {
    case STANDIN_INT:
        snprintf(b, sizeof b, "%lld", (long long)r->number);
        put_field(o, b);
        return;
    case STANDIN_CENTS:
        put_cents(o, r->number);
        return;
    case STANDIN_TEXT:
        put_field(o, r->text);
        return;
    case STANDIN_PAIR:
        put_field(o, "1");
        put_field(o, r->text);
        put_field(o, r->more);
        return;
    case STANDIN_BYTES:
        return;
    }
}

static bool row_at(const struct standin_row *r, uint32_t version)
{
    return version >= r->since && (!r->until || version < r->until);
}

/* --- frames --------------------------------------------------------------------------------- */

static void put_be32(struct standin_out *o, uint32_t v)
{
    const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

    standin_out_put(o, b, sizeof b);
}

struct standin_frame standin_begin(struct standin_out *o, struct standin_form form, int32_t id)
{
    const struct tws_message_row *row = tws_schema_find(form.from, id);
    struct standin_frame f = {.out = o, .start = o->len, .version = form.version};
    char text[16];

    f.protobuf = row && row->protobuf_since && form.version >= row->protobuf_since;
    put_be32(o, 0);
    if (form.version >= TWS_RAW_ID_SINCE) {
        put_be32(o, (uint32_t)(f.protobuf ? id + TWS_PROTOBUF_OFFSET : id));
    } else {
        snprintf(text, sizeof text, "%d", (int)id);
        put_field(o, text);
    }
    return f;
}

void standin_rows(struct standin_frame *f, const struct standin_row *rows, size_t n)
{
    if (f->protobuf) {
        rows_protobuf(f, rows, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (row_at(&rows[i], f->version))
            put_text(f->out, &rows[i]);
}

void standin_end(struct standin_frame *f)
{
    size_t n;
    uint8_t *head;

    if (f->out->full)
        return;
    n = f->out->len - f->start - 4;
    head = f->out->bytes + f->start;
    head[0] = (uint8_t)(n >> 24);
    head[1] = (uint8_t)(n >> 16);
    head[2] = (uint8_t)(n >> 8);
    head[3] = (uint8_t)n;
}

void standin_put(struct standin_out *o, struct standin_form form, int32_t id,
                 const struct standin_row *rows, size_t n)
{
    struct standin_frame f = standin_begin(o, form, id);

    standin_rows(&f, rows, n);
    standin_end(&f);
}

void standin_put_payload(struct standin_out *o, const void *payload, size_t n)
{
    put_be32(o, (uint32_t)n);
    standin_out_put(o, payload, n);
}
