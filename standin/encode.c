#include "encode.h"
#include "layout.h"
#include "text.h"
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

/* --- values --------------------------------------------------------------------------------- */

#define NUMBER_SIZE 32u /* bytes of a number in text, with the NUL */

static const struct standin_value *find(const struct standin_value *values, size_t n,
                                        const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    return NULL;
}

/* The value as text, in `b` where it is a number.  Not printf's %f: a user's locale may write a
 * comma. */
static const char *text_of(const struct standin_value *v, char b[NUMBER_SIZE])
{
    switch (v->kind) {
    case STANDIN_TEXT:
        return v->text;
    case STANDIN_INT:
        snprintf(b, NUMBER_SIZE, "%lld", (long long)v->number);
        break;
    case STANDIN_CENTS:
        if (v->number % 100 == 0)
            snprintf(b, NUMBER_SIZE, "%lld", (long long)(v->number / 100));
        else
            snprintf(b, NUMBER_SIZE, "%s%lld.%02lld", v->number < 0 ? "-" : "",
                     llabs(v->number) / 100, llabs(v->number) % 100);
        break;
    case STANDIN_ITEMS:
        snprintf(b, NUMBER_SIZE, "%zu", v->n);
        break;
    }
    return b;
}

/* What a text field says that nobody gave a value. */
static const char *none_of(const struct tws_field *f)
{
    bool empty = f->type == TWS_INT_MAX || f->type == TWS_DOUBLE_MAX || f->type == TWS_STRING ||
                 f->type == TWS_TAGVALUES;

    return empty ? "" : "0";
}

/* --- protobuf: a record's fields, wherever the text rows have their values -------------------- */

#define PATH_SIZE 128u /* bytes of a place in the protobuf form, with the NUL */

struct writer {
    const struct tws_message_row *row;
    struct standin_item now; /* the values that are looked at */
};

/* The value that belongs at `path`: of the text row that says so, or by that name. */
static const struct standin_value *value_at(const struct writer *w, const char *path)
{
    for (uint16_t i = 0; i < w->row->n_fields; i++) {
        const struct tws_field *f = &w->row->fields[i];

        if (f->path && strcmp(f->path, path) == 0)
            return find(w->now.values, w->now.n, f->name);
    }
    return find(w->now.values, w->now.n, path);
}

static void put_scalar(struct standin_out *o, const struct tws_field *f,
                       const struct standin_value *v)
{
    char b[NUMBER_SIZE];
    const char *text = text_of(v, b);
    struct tws_cursor c = {(const uint8_t *)text, strlen(text)};
    int64_t integer = 0;
    double real = 0;

    if (c.left == 0)
        return;
    switch (tws_wire_type_of(tws_proto_type(f))) {
    case TWS_WIRE_VARINT:
        if (!tws_text_int(c, &integer))
            return;
        put_key(o, f->tag, TWS_WIRE_VARINT);
        put_varint(o, (uint64_t)integer);
        return;
    case TWS_WIRE_FIXED64:
        if (tws_text_double(c, &real))
            put_double(o, f->tag, real);
        return;
    case TWS_WIRE_BYTES:
        put_bytes(o, f->tag, text, c.left);
        return;
    case TWS_WIRE_FIXED32: /* no field has it */
        return;
    }
}

static void put_fields(struct writer *w, struct standin_out *o, const struct tws_field *fields,
                       uint16_t n, const char *within);

/* One message within the message; `always`: also when it is empty, as an item of a list. */
static void put_record(struct writer *w, struct standin_out *o, const struct tws_field *f,
                       const char *path, bool always)
{
    struct standin_out sub = {.limit = 64 * 1024};

    put_fields(w, &sub, f->record->fields, f->record->n_fields, path);
    if (sub.full)
        o->full = true;
    else if (sub.len || always)
        put_bytes(o, f->tag, sub.bytes, sub.len);
    standin_out_free(&sub);
}

static void put_items(struct writer *w, struct standin_out *o, const struct tws_field *f,
                      const char *path)
{
    const struct standin_value *v = value_at(w, path);
    struct standin_item around = w->now;

    for (size_t i = 0; v && v->kind == STANDIN_ITEMS && i < v->n; i++) {
        w->now = v->items[i];
        put_record(w, o, f, path, true);
    }
    w->now = around;
}

/* `within`: the place of the record whose fields these are; "": the message itself. */
static void put_fields(struct writer *w, struct standin_out *o, const struct tws_field *fields,
                       uint16_t n, const char *within)
{
    for (uint16_t i = 0; i < n; i++) {
        const struct tws_field *f = &fields[i];
        const struct standin_value *v;
        char path[PATH_SIZE];

        if (!f->tag)
            continue;
        snprintf(path, sizeof path, "%s%s%s", within, *within ? "." : "",
                 *within && f->proto_name ? f->proto_name : f->name);
        if (f->record && f->repeated) {
            put_items(w, o, f, path);
        } else if (f->record) {
            put_record(w, o, f, path, false);
        } else {
            v = value_at(w, path);
            if (v)
                put_scalar(o, f, v);
        }
    }
}

/* --- text: the fields that the layout asks for ------------------------------------------------ */

static void put_field(struct standin_out *o, const char *text)
{
    standin_out_put(o, text, strlen(text) + 1);
}

/* A group that is being written. */
struct group {
    const struct standin_value *list; /* NULL: of nothing */
    size_t next;
    bool in_item;
};

struct text_writer {
    struct standin_out *out;
    struct tws_layout layout;
    struct standin_item all; /* of the message */
    struct group groups[TWS_GROUPS_MAX];
    size_t depth;
};

/* The values of the item, or of the message, that is being written. */
static struct standin_item scope(const struct text_writer *w)
{
    const struct group *g = w->depth ? &w->groups[w->depth - 1] : NULL;

    if (!g)
        return w->all;
    if (!g->list || g->next == 0 || g->next > g->list->n)
        return (struct standin_item){NULL, 0};
    return g->list->items[g->next - 1];
}

static void text_field(struct text_writer *w, const struct tws_field *f)
{
    struct group *g = w->depth ? &w->groups[w->depth - 1] : NULL;
    char b[NUMBER_SIZE];
    const struct standin_value *v;
    struct standin_item values;
    const char *text;

    if (g && !g->in_item) /* a group of single fields: each is an item */
        g->next++;
    values = scope(w);
    v = find(values.values, values.n, f->name);
    text = v ? text_of(v, b) : none_of(f);
    put_field(w->out, text);
    if (tws_layout_asks(f))
        tws_layout_took(&w->layout, f, (struct tws_cursor){(const uint8_t *)text, strlen(text)});
}

static void begin_group(struct text_writer *w, const struct tws_field *count)
{
    struct standin_item values = scope(w);
    const struct standin_value *v = find(values.values, values.n, count->name);

    w->groups[w->depth++] = (struct group){v && v->kind == STANDIN_ITEMS ? v : NULL, 0, false};
}

static void begin_item(struct text_writer *w)
{
    struct group *g = &w->groups[w->depth - 1];

    g->next++;
    g->in_item = true;
}

static void end_item_or_group(struct text_writer *w)
{
    struct group *g = &w->groups[w->depth - 1];

    if (g->in_item)
        g->in_item = false;
    else
        w->depth--;
}

static void put_text(struct standin_out *o, const struct tws_message_row *row, uint32_t version,
                     struct standin_item values)
{
    static const struct tws_cursor unknown = {NULL, 0};
    struct text_writer w = {.out = o, .all = values};
    const struct tws_field *f;

    tws_layout_open(&w.layout, row, version);
    for (;;) {
        switch (tws_layout_next(&w.layout, unknown, &f)) {
        case TWS_LAYOUT_FIELD:
            text_field(&w, f);
            break;
        case TWS_LAYOUT_LIST:
            begin_group(&w, f);
            break;
        case TWS_LAYOUT_ITEM:
            begin_item(&w);
            break;
        case TWS_LAYOUT_END:
            end_item_or_group(&w);
            break;
        case TWS_LAYOUT_OVER:
            return;
        }
    }
}

/* --- frames --------------------------------------------------------------------------------- */

static void put_be32(struct standin_out *o, uint32_t v)
{
    const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

    standin_out_put(o, b, sizeof b);
}

static void put_id(struct standin_out *o, uint32_t version, int32_t raw_id)
{
    char text[16];

    if (version >= TWS_RAW_ID_SINCE) {
        put_be32(o, (uint32_t)raw_id);
        return;
    }
    snprintf(text, sizeof text, "%d", (int)raw_id);
    put_field(o, text);
}

/* The length of what stands behind `start`, which has room for it. */
static void put_length(struct standin_out *o, size_t start)
{
    size_t n = o->len - start - 4;
    uint8_t *head = o->bytes + start;

    head[0] = (uint8_t)(n >> 24);
    head[1] = (uint8_t)(n >> 16);
    head[2] = (uint8_t)(n >> 8);
    head[3] = (uint8_t)n;
}

/* Is there a field for the value at any version? */
static bool is_known(const struct tws_message_row *row, const struct standin_value *v)
{
    if (strchr(v->name, '.'))
        return true;
    for (uint16_t i = 0; row && i < row->n_fields; i++)
        if (strcmp(row->fields[i].name, v->name) == 0)
            return true;
    return false;
}

void standin_put(struct standin_out *o, struct standin_form form, int32_t id,
                 const struct standin_value *values, size_t n)
{
    const struct tws_message_row *row = tws_schema_find(form.from, id);
    bool protobuf = row && row->protobuf_since && form.version >= row->protobuf_since;
    struct writer w = {row, {values, n}};
    size_t start = o->len;

    for (size_t i = 0; i < n; i++)
        o->full = o->full || !is_known(row, &values[i]);
    put_be32(o, 0);
    put_id(o, form.version, protobuf ? id + TWS_PROTOBUF_OFFSET : id);
    if (protobuf)
        put_fields(&w, o, row->fields, row->n_fields, "");
    else
        put_text(o, row, form.version, w.now);
    if (!o->full)
        put_length(o, start);
}

void standin_put_payload(struct standin_out *o, const void *payload, size_t n)
{
    put_be32(o, (uint32_t)n);
    standin_out_put(o, payload, n);
}
