#include "message.h"
#include "text.h"
#include "wire.h"
#include <float.h>
#include <string.h>

#define ID_START_API       71
#define START_API_PROTOBUF 213u /* from this server version a text startApi is not understood */
#define ID_DIGITS          9    /* a longer text id is none */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A decimal id and its NUL at the front of `c`, with at most ID_DIGITS digits. */
static bool take_text_id(struct tws_cursor *c, int32_t *id)
{
    bool minus = c->left > 0 && c->p[0] == '-';
    size_t i = minus ? 1 : 0;
    size_t start = i;
    const uint8_t *b;
    int32_t n = 0;

    for (; i < c->left && is_digit(c->p[i]); i++) {
        if (i - start == ID_DIGITS)
            return false;
        n = n * 10 + (c->p[i] - '0');
    }
    if (i == start || (i < c->left && c->p[i] != 0))
        return false;
    *id = minus ? -n : n;
    return tws_take(c, i < c->left ? i + 1 : i, &b);
}

/* Nearly every text id: up to three digits and their NUL.  Anything else is for take_text_id. */
static inline bool take_short_id(struct tws_cursor *c, int32_t *id)
{
    const uint8_t *b;
    int32_t n = 0;

    for (size_t i = 0; i < 4 && i < c->left; i++) {
        if (c->p[i] == 0 && i > 0) {
            *id = n;
            return tws_take(c, i + 1, &b);
        }
        if (!is_digit(c->p[i]))
            return false;
        n = n * 10 + (c->p[i] - '0');
    }
    return false;
}

/* Where the two forms of an id cannot be told apart by the first byte, the version decides. */
static bool looks_raw(uint8_t first, uint32_t server_version)
{
    if (is_digit(first))
        return false;
    return first == 0 || server_version >= TWS_RAW_ID_SINCE;
}

/* Faults that show once the row is known. */
static uint32_t row_faults(const struct tws_message *m, const uint8_t *last)
{
    uint32_t faults = 0;

    if (m->row == NULL)
        faults |= TWS_FAULT_UNKNOWN_ID;
    if (m->form == TWS_FORM_PROTOBUF)
        return m->row && !m->row->proto ? faults | TWS_FAULT_FRAMING : faults;
    if (*last != 0 && (m->body.left > 0 || !m->raw))
        faults |= TWS_FAULT_NO_NUL;
    if (m->row && !m->row->text_form)
        faults |= TWS_FAULT_FRAMING;
    if (m->id == ID_START_API && m->dir == TWS_CLIENT && m->server_version >= START_API_PROTOBUF)
        faults |= TWS_FAULT_FRAMING;
    return faults;
}

void tws_message_open(enum tws_side dir, uint32_t server_version, struct tws_cursor payload,
                      struct tws_message *out)
{
    uint32_t raw;
    bool known;

    out->form = TWS_FORM_TEXT;
    out->raw_id = out->id = -1;
    out->row = NULL;
    out->body = payload;
    out->faults = 0;
    out->server_version = server_version;
    out->dir = dir;
    out->raw = false;
    if (payload.left == 0) {
        out->faults = TWS_FAULT_EMPTY;
        return;
    }
    out->raw = looks_raw(payload.p[0], server_version);
    if (server_version != 0 && out->raw != (server_version >= TWS_RAW_ID_SINCE))
        out->faults = TWS_FAULT_FRAMING;
    if (out->raw) {
        known = tws_take_be32(&out->body, &raw);
        if (known)
            out->raw_id = (int32_t)raw;
    } else {
        known = take_short_id(&out->body, &out->raw_id) || take_text_id(&out->body, &out->raw_id);
    }
    if (!known) {
        out->faults |= TWS_FAULT_NO_ID;
        return;
    }
    out->id = out->raw_id;
    if (out->raw && out->raw_id > TWS_PROTOBUF_OFFSET) {
        out->form = TWS_FORM_PROTOBUF;
        out->id -= TWS_PROTOBUF_OFFSET;
    }
    out->row = tws_schema_find(dir, out->id);
    out->faults |= row_faults(out, payload.p + payload.left - 1);
}

const char *tws_message_name(const struct tws_message *m)
{
    return m->row ? m->row->name : "unknown";
}

const char *tws_fault_text(uint32_t faults, char *buf, size_t size)
{
    static const struct {
        uint32_t bit;
        const char *words;
    } names[] = {
        {TWS_FAULT_EMPTY, "zero length"},
        {TWS_FAULT_NO_ID, "no message id"},
        {TWS_FAULT_UNKNOWN_ID, "unknown message id"},
        {TWS_FAULT_NO_NUL, "no final NUL"},
        {TWS_FAULT_FRAMING, "wrong framing for this server version"},
        {TWS_FAULT_WIRE, "not valid protobuf"},
    };
    size_t used = 0;

    if (size > 0)
        buf[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *gap = used > 0 ? "; " : "";
        size_t len = strlen(gap) + strlen(names[i].words);

        if (!(faults & names[i].bit) || size <= len || used >= size - len)
            continue;
        memcpy(buf + used, gap, strlen(gap));
        memcpy(buf + used + strlen(gap), names[i].words, strlen(names[i].words) + 1);
        used += len;
    }
    return buf;
}

/* The server version whose layout applies: that of the session, or the oldest that fits the id. */
static uint32_t layout_version(const struct tws_message *m)
{
    if (m->server_version != 0)
        return m->server_version;
    return m->raw ? TWS_RAW_ID_SINCE : TWS_VERSION_MIN;
}

void tws_walk_open(const struct tws_message *m, struct tws_walk *w)
{
    *w = (struct tws_walk){.message = m, .left = m->body};
}

/* The row of the next text field, or NULL when the rows are used up. */
static const struct tws_field *next_text_row(struct tws_walk *w)
{
    const struct tws_message_row *row = w->message->row;
    uint32_t version = layout_version(w->message);

    while (row && w->row < row->n_fields) {
        const struct tws_field *f = &row->fields[w->row++];

        if (tws_field_at(f, version))
            return f;
    }
    return NULL;
}

static bool is_number(enum tws_type type)
{
    return type != TWS_STRING;
}

static void read_text(struct tws_value *v)
{
    v->kind = TWS_VALUE_TEXT;
    if (!v->field || v->field->type == TWS_STRING)
        return;
    if (tws_text_unset(v->text)) {
        v->kind = TWS_VALUE_UNSET;
        return;
    }
    switch (v->field->type) {
    case TWS_INT:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
        if (tws_text_int(v->text, &v->integer))
            v->kind = TWS_VALUE_INT;
        break;
    case TWS_BOOL:
        if (tws_text_int(v->text, &v->integer))
            v->kind = TWS_VALUE_BOOL;
        break;
    case TWS_DOUBLE:
        if (tws_text_double(v->text, &v->real))
            v->kind = TWS_VALUE_DOUBLE;
        break;
    case TWS_DECIMAL: /* kept as its text, exact */
        if (v->text.left == 0)
            v->kind = TWS_VALUE_UNSET;
        break;
    case TWS_STRING:
        break;
    }
}

static bool next_text(struct tws_walk *w, struct tws_value *out)
{
    if (!tws_text_next(&w->left, &out->text, NULL))
        return false;
    out->number = ++w->number;
    out->field = next_text_row(w);
    read_text(out);
    return true;
}

/* The wire type that carries a value of this type. */
static enum tws_wire_type wire_type_of(enum tws_type type)
{
    switch (type) {
    case TWS_INT:
    case TWS_BOOL:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
        return TWS_WIRE_VARINT;
    case TWS_DOUBLE:
        return TWS_WIRE_FIXED64;
    case TWS_DECIMAL:
    case TWS_STRING:
        break;
    }
    return TWS_WIRE_BYTES;
}

/* The row with this field number and wire type; *index is its place among the rows. */
static const struct tws_field *protobuf_row(const struct tws_message_row *row,
                                            const struct tws_wire_field *wire, uint16_t *index)
{
    for (uint16_t i = 0; row && i < row->n_fields; i++) {
        if (row->fields[i].tag == wire->number && wire_type_of(row->fields[i].type) == wire->type) {
            *index = i;
            return &row->fields[i];
        }
    }
    return NULL;
}

/* Mark row `index` as met; true when it was before.  Rows beyond the set count as not met. */
static bool met_before(struct tws_walk *w, uint16_t index)
{
    uint64_t bit = (uint64_t)1 << (index % 64);
    uint64_t *word = &w->seen[index / 64 % 4];
    bool before = index < 256 && (*word & bit);

    *word |= bit;
    return before;
}

static void read_varint(uint64_t bits, struct tws_value *v)
{
    v->integer = (int64_t)bits; /* int32 is sign-extended on the wire */
    v->kind = v->field && v->field->type == TWS_BOOL ? TWS_VALUE_BOOL : TWS_VALUE_INT;
    if (v->kind == TWS_VALUE_INT && (v->integer == INT32_MAX || v->integer == INT64_MAX))
        v->kind = TWS_VALUE_UNSET;
}

static void read_fixed64(uint64_t bits, struct tws_value *v)
{
    memcpy(&v->real, &bits, sizeof v->real); /* every fixed64 of the protocol is a double */
    v->kind = v->real == DBL_MAX ? TWS_VALUE_UNSET : TWS_VALUE_DOUBLE;
}

static void read_wire(const struct tws_wire_field *wire, struct tws_value *v)
{
    switch (wire->type) {
    case TWS_WIRE_VARINT:
        read_varint(wire->value, v);
        break;
    case TWS_WIRE_FIXED64:
        read_fixed64(wire->value, v);
        break;
    case TWS_WIRE_FIXED32:
        v->kind = TWS_VALUE_INT;
        v->integer = (int64_t)wire->value;
        break;
    case TWS_WIRE_BYTES:
        v->kind = TWS_VALUE_TEXT;
        v->text = wire->bytes;
        if (v->field && is_number(v->field->type) && tws_text_unset(v->text))
            v->kind = TWS_VALUE_UNSET;
        break;
    }
}

static bool next_protobuf(struct tws_walk *w, struct tws_value *out)
{
    struct tws_wire_field wire;
    uint16_t index = 0;

    switch (tws_wire_next(&w->left, &wire)) {
    case TWS_WIRE_FIELD:
        break;
    case TWS_WIRE_BAD:
        w->faults |= TWS_FAULT_WIRE;
        return false;
    case TWS_WIRE_END:
        return false;
    }
    out->number = wire.number;
    out->wire_type = (uint8_t)wire.type;
    out->field = protobuf_row(w->message->row, &wire, &index);
    out->again = out->field && met_before(w, index);
    read_wire(&wire, out);
    return true;
}

bool tws_walk_next(struct tws_walk *w, struct tws_value *out)
{
    *out = (struct tws_value){0};
    switch (w->message->form) {
    case TWS_FORM_TEXT:
        return next_text(w, out);
    case TWS_FORM_PROTOBUF:
        return next_protobuf(w, out);
    case TWS_FORM_HELLO:
    case TWS_FORM_VERSION:
        break;
    }
    return false;
}

uint32_t tws_walk_missing(const struct tws_walk *w)
{
    struct tws_walk rest = *w;
    uint32_t n = 0;

    if (w->message->form != TWS_FORM_TEXT)
        return 0;
    while (next_text_row(&rest))
        n++;
    return n;
}

bool tws_message_find(const struct tws_message *m, enum tws_meaning means, struct tws_value *out)
{
    struct tws_walk w;

    tws_walk_open(m, &w);
    while (tws_walk_next(&w, out)) {
        if (out->field && out->field->means == means)
            return true;
    }
    return false;
}

#define KEY_DIGITS 9 /* a longer key is read the general way */

/* The number that the field at the front of `c` holds. */
static bool number_field(struct tws_cursor c, int64_t *out)
{
    size_t most = c.left < KEY_DIGITS ? c.left : KEY_DIGITS, i = 0;
    int64_t n = 0;

    for (; i < most && is_digit(c.p[i]); i++)
        n = n * 10 + (c.p[i] - '0');
    *out = n;
    if (i == c.left || c.p[i] == 0)
        return true;
    while (i < c.left && c.p[i] != 0)
        i++;
    c.left = i;
    return tws_text_int(c, out);
}

/* Text fields between the id and the key; -1: the message has no key. */
static int fields_before_key(const struct tws_message *m)
{
    const struct tws_key_place *key = &m->row->key;
    bool moved = key->no_version_since != 0 && layout_version(m) >= key->no_version_since;

    return key->text_ordinal == 0 ? -1 : key->text_ordinal - (moved ? 2 : 1);
}

/* Asked for every frame that is relayed, so the few short fields before the key are passed byte by
 * byte and a plain number is read on the way: a call for each would cost more than the walk. */
static bool text_key(const struct tws_message *m, int64_t *out)
{
    int before = fields_before_key(m);
    const uint8_t *p = m->body.p;
    size_t n = m->body.left, i = 0;

    if (before < 0)
        return false;
    for (; before > 0 && i < n; i++)
        before -= p[i] == 0;
    return i < n && number_field((struct tws_cursor){p + i, n - i}, out);
}

/* `rest`: what follows the key. */
static bool protobuf_key(const struct tws_message *m, int64_t *out, struct tws_cursor *rest)
{
    struct tws_wire_field wire;

    *rest = m->body;
    while (m->row->key.tag != 0 && tws_wire_next(rest, &wire) == TWS_WIRE_FIELD) {
        if (wire.number == m->row->key.tag && wire.type == TWS_WIRE_VARINT) {
            *out = (int64_t)wire.value;
            return true;
        }
    }
    return false;
}

bool tws_message_key(const struct tws_message *m, int64_t *out)
{
    struct tws_cursor rest;

    if (m->row == NULL)
        return false;
    return m->form == TWS_FORM_PROTOBUF ? protobuf_key(m, out, &rest) : text_key(m, out);
}

size_t tws_message_key_span(const struct tws_message *m)
{
    const uint8_t *p = m->body.p;
    struct tws_cursor rest;
    int fields;
    size_t i = 0;
    int64_t key;

    if (m->row == NULL)
        return 0;
    if (m->form == TWS_FORM_PROTOBUF)
        return protobuf_key(m, &key, &rest) ? m->body.left - rest.left : 0;
    for (fields = fields_before_key(m) + 1; fields > 0 && i < m->body.left; i++)
        fields -= p[i] == 0;
    return fields == 0 ? i : 0;
}
