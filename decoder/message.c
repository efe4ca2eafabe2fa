#include "message.h"
#include "ids.h"
#include "text.h"
#include "wire.h"
#include <string.h>

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
    if (m->id == TWS_OUT_START_API && m->dir == TWS_CLIENT &&
        m->server_version >= START_API_PROTOBUF)
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

bool tws_message_find(const struct tws_message *m, enum tws_meaning means, struct tws_value *out)
{
    struct tws_walk w;

    tws_walk_open(m, &w);
    while (tws_walk_value(&w, out)) {
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
    bool moved = key->no_version_since != 0 && tws_message_layout(m) >= key->no_version_since;

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
