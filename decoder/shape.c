#include "shape.h"
#include "text.h"
#include "wire.h"
#include <string.h>

#define ANY         255 /* no upper limit: the message has groups */
#define SPARE       2u  /* fields beyond the known ones: a newer peer */
#define ID_DIGITS   3u
#define NUMBER_MAX  255u /* protobuf field numbers above it are nobody's */
#define PEEK_VARINT 10u

/* text: fewest and most fields after the id, and the kinds of the first ones: i integer, n number,
 * s anything; an empty field is of any kind, but the first is not empty where it is a number.
 * NULL: no text form.
 * wire: wire type by field number from 1 on, '.' where there is none.  NULL: no protobuf form. */
struct shape {
    uint8_t min, max;
    const char *text;
    const char *wire;
};

#include "shapes.h" /* sent_by_gateway, sent_by_client: a row for each id */

/* ---- text ---- */

static bool is_text(uint8_t c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static bool is_kind(char kind, struct tws_cursor field, bool first)
{
    int64_t integer;
    double real;

    if (field.left == 0)
        return !first || kind == 's';
    switch (kind) {
    case 'i':
        return tws_text_int(field, &integer);
    case 'n':
        return tws_text_double(field, &real) || tws_text_unset(field);
    }
    return true;
}

/* Whole fields at the front of `body` that are as the row has them; false at one that is not. */
static bool take_fields(const struct shape *shape, struct tws_cursor *body, size_t *n)
{
    size_t kinds = strlen(shape->text);
    struct tws_cursor rest = *body, field;
    bool ended;

    while (tws_text_next(&rest, &field, &ended) && ended) {
        if (*n < kinds && !is_kind(shape->text[*n], field, *n == 0))
            return false;
        ++*n;
        *body = rest;
    }
    return true;
}

static enum tws_grade grade_text(const struct shape *shape, struct tws_cursor body, bool whole)
{
    size_t n = 0;

    if (!shape->text)
        return TWS_GRADE_BAD;
    if (whole && body.left > 0 && body.p[body.left - 1] != 0)
        return TWS_GRADE_BAD;
    for (size_t i = 0; i < body.left; i++) {
        if (body.p[i] != 0 && !is_text(body.p[i]))
            return TWS_GRADE_BAD;
    }
    if (!take_fields(shape, &body, &n) || (shape->max != ANY && n > shape->max + SPARE))
        return TWS_GRADE_BAD;
    if (!whole)
        return TWS_GRADE_OPEN;
    if (body.left > 0 || n < shape->min)
        return TWS_GRADE_BAD;
    /* Groups and few kinds: too little to go by. */
    if (shape->max == ANY ? strlen(shape->text) < 2 : n > shape->max || (n > 0 && !*shape->text))
        return TWS_GRADE_FAIR;
    return TWS_GRADE_STRONG;
}

/* Digits and their NUL. */
static enum tws_grade take_text_id(struct tws_cursor *seen, size_t len, int32_t *id)
{
    const uint8_t *b;
    size_t i = 0;

    *id = 0;
    for (; i < ID_DIGITS && i < seen->left && seen->p[i] >= '0' && seen->p[i] <= '9'; i++)
        *id = *id * 10 + (seen->p[i] - '0');
    if (i == seen->left && i < len)
        return TWS_GRADE_OPEN;
    if (i == 0 || seen->p[0] == '0' || i == seen->left || seen->p[i] != 0)
        return TWS_GRADE_BAD;
    return tws_take(seen, i + 1, &b) ? TWS_GRADE_FAIR : TWS_GRADE_BAD;
}

/* ---- protobuf ---- */

/* The value of a varint at the front; false when it is not all there. */
static bool peek_varint(struct tws_cursor *c, uint64_t *out)
{
    uint8_t b;

    *out = 0;
    for (unsigned i = 0; i < PEEK_VARINT && tws_take_u8(c, &b); i++) {
        *out |= i < 9 ? (uint64_t)(b & 0x7f) << (7 * i) : 0;
        if (b < 0x80)
            return true;
    }
    return false;
}

/* Can the field whose beginning is `rest`, the end of what was seen, still be one? `more`: bytes
 * of the body that are not seen. */
static bool may_be_field(struct tws_cursor rest, size_t more)
{
    uint64_t key, n;

    if (rest.left >= PEEK_VARINT + PEEK_VARINT + 8 && (rest.p[0] & 7) != TWS_WIRE_BYTES)
        return false; /* all of it was there, and it did not parse */
    if (!peek_varint(&rest, &key))
        return rest.left == 0;
    if (key >> 3 == 0 || key >> 3 > NUMBER_MAX)
        return false;
    switch ((enum tws_wire_type)(key & 7)) {
    case TWS_WIRE_VARINT:
    case TWS_WIRE_FIXED64:
        return true;
    case TWS_WIRE_BYTES:
        return !peek_varint(&rest, &n) || (n >= rest.left && n - rest.left <= more);
    case TWS_WIRE_FIXED32: /* no message has one */
        break;
    }
    return false;
}

/* Is the field one of the row's?  *known: the row has its number. */
static bool fits_row(const char *wire, const struct tws_wire_field *f, bool *known)
{
    *known = f->number <= strlen(wire) && wire[f->number - 1] != '.';
    return *known ? wire[f->number - 1] == '0' + (int)f->type
                  : f->number <= NUMBER_MAX && f->type != TWS_WIRE_FIXED32;
}

static enum tws_grade grade_protobuf(const struct shape *shape, struct tws_cursor body, size_t more)
{
    struct tws_wire_field f;
    enum tws_wire_status status;
    bool known = true, all = true;
    size_t n = 0;

    if (!shape->wire)
        return TWS_GRADE_BAD;
    while ((status = tws_wire_next(&body, &f)) == TWS_WIRE_FIELD) {
        if (!fits_row(shape->wire, &f, &known))
            return TWS_GRADE_BAD;
        all = all && known;
        n++;
    }
    if (more > 0)
        return body.left == 0 || may_be_field(body, more) ? TWS_GRADE_OPEN : TWS_GRADE_BAD;
    if (status != TWS_WIRE_END)
        return TWS_GRADE_BAD;
    return all && (n > 0 || !*shape->wire) ? TWS_GRADE_STRONG : TWS_GRADE_FAIR;
}

/* ---- either ---- */

static const struct shape *shape_of(enum tws_side side, int32_t id)
{
    return tws_schema_find(side, id) ? &(side == TWS_CLIENT ? sent_by_client : sent_by_gateway)[id]
                                     : NULL;
}

static enum tws_grade grade_raw(enum tws_side side, struct tws_cursor seen, size_t len)
{
    struct tws_cursor body = seen;
    const struct shape *shape;
    size_t more = len - seen.left;
    uint32_t raw;

    if (len < 4)
        return TWS_GRADE_BAD;
    if (!tws_take_be32(&body, &raw)) { /* 00 00 00 or 00 00 01 */
        for (size_t i = 0; i < seen.left; i++) {
            if (seen.p[i] > (i == 2))
                return TWS_GRADE_BAD;
        }
        return TWS_GRADE_OPEN;
    }
    if (raw == 0 || raw >= TWS_ID_LIMIT + TWS_PROTOBUF_OFFSET || raw == TWS_PROTOBUF_OFFSET)
        return TWS_GRADE_BAD;
    if (raw < TWS_PROTOBUF_OFFSET) {
        shape = shape_of(side, (int32_t)raw);
        return shape ? grade_text(shape, body, more == 0) : TWS_GRADE_BAD;
    }
    shape = shape_of(side, (int32_t)raw - TWS_PROTOBUF_OFFSET);
    return shape ? grade_protobuf(shape, body, more) : TWS_GRADE_BAD;
}

enum tws_grade tws_shape_grade(enum tws_side side, struct tws_cursor seen, size_t len,
                               enum tws_ids *ids)
{
    const struct shape *shape;
    struct tws_cursor body = seen;
    enum tws_grade grade;
    int32_t id;

    *ids = TWS_IDS_UNKNOWN;
    if (len == 0)
        return TWS_GRADE_BAD;
    if (seen.left == 0)
        return TWS_GRADE_OPEN;
    *ids = seen.p[0] == 0 ? TWS_IDS_RAW : TWS_IDS_TEXT;
    if (*ids == TWS_IDS_RAW)
        return grade_raw(side, seen, len);
    grade = take_text_id(&body, len, &id);
    if (grade != TWS_GRADE_FAIR)
        return grade;
    shape = shape_of(side, id);
    return shape ? grade_text(shape, body, seen.left == len) : TWS_GRADE_BAD;
}

/* Digits where the pattern has '0', the byte itself elsewhere. */
static bool is_like(struct tws_cursor c, const char *pattern)
{
    for (size_t i = 0; i < c.left && pattern[i]; i++) {
        if (pattern[i] == '0' ? c.p[i] < '0' || c.p[i] > '9' : c.p[i] != (uint8_t)pattern[i])
            return false;
    }
    return true;
}

#define REPLY                                                                                      \
    "000\0"                                                                                        \
    "00000000 00:00:00"
#define REPLY_LEN (sizeof REPLY - 1)
#define REPLY_MAX 128u

enum tws_grade tws_shape_version(struct tws_cursor seen, size_t len)
{
    struct tws_cursor version = seen, time = seen;
    const uint8_t *b;

    if (len < REPLY_LEN + 1 || len > REPLY_MAX)
        return TWS_GRADE_BAD;
    version.left = version.left < 3 ? version.left : 3;
    if (!is_like(version, "000") || (seen.left > 3 && seen.p[3] != 0) ||
        (seen.left > 0 && seen.p[0] == '0'))
        return TWS_GRADE_BAD;
    if (tws_take(&time, 4, &b) && !is_like(time, &REPLY[4]))
        return TWS_GRADE_BAD;
    if (time.left > 0 && seen.left > 4 && memchr(time.p, 0, time.left) &&
        (const uint8_t *)memchr(time.p, 0, time.left) != seen.p + len - 1)
        return TWS_GRADE_BAD;
    if (seen.left < len)
        return TWS_GRADE_OPEN;
    return seen.p[len - 1] == 0 ? TWS_GRADE_STRONG : TWS_GRADE_BAD;
}
