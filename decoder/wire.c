#include "wire.h"

#define FIELD_NUMBER_MAX 536870911u

/* Base-128 number, least significant group first, of at most 64 bits in at most 10 bytes. */
static bool take_varint(struct tws_cursor *c, uint64_t *out)
{
    uint64_t value = 0;
    uint8_t b;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!tws_take_u8(c, &b) || (shift == 63 && b > 1))
            return false;
        value |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool take_little_endian(struct tws_cursor *c, size_t n, uint64_t *out)
{
    const uint8_t *b;

    if (!tws_take(c, n, &b))
        return false;
    *out = 0;
    for (size_t i = n; i-- > 0;)
        *out = *out << 8 | b[i];
    return true;
}

static bool take_bytes(struct tws_cursor *c, struct tws_cursor *out)
{
    uint64_t n; /* hostile until compared with what is there */

    if (!take_varint(c, &n) || n > c->left)
        return false;
    out->left = (size_t)n;
    return tws_take(c, (size_t)n, &out->p);
}

static bool take_value(struct tws_cursor *c, struct tws_wire_field *f)
{
    switch (f->type) {
    case TWS_WIRE_VARINT:
        return take_varint(c, &f->value);
    case TWS_WIRE_FIXED64:
        return take_little_endian(c, 8, &f->value);
    case TWS_WIRE_FIXED32:
        return take_little_endian(c, 4, &f->value);
    case TWS_WIRE_BYTES:
        return take_bytes(c, &f->bytes);
    }
    return false; /* groups, and the two numbers that mean nothing */
}

bool tws_wire_value(struct tws_cursor *in, struct tws_wire_field *f)
{
    struct tws_cursor c = *in;

    if (!take_value(&c, f))
        return false;
    *in = c;
    return true;
}

enum tws_wire_status tws_wire_next(struct tws_cursor *in, struct tws_wire_field *out)
{
    struct tws_cursor c = *in;
    uint64_t key;

    if (c.left == 0)
        return TWS_WIRE_END;
    if (!take_varint(&c, &key) || key >> 3 == 0 || key >> 3 > FIELD_NUMBER_MAX)
        return TWS_WIRE_BAD;
    *out = (struct tws_wire_field){.number = (uint32_t)(key >> 3),
                                   .type = (enum tws_wire_type)(key & 7)};
    if (!take_value(&c, out))
        return TWS_WIRE_BAD;
    *in = c;
    return TWS_WIRE_FIELD;
}
