#include "guard.h"
#include "wire.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

struct row {
    char what[32];
    char in[24];
    size_t len;
    uint32_t number;
    enum tws_wire_type type;
    uint64_t value; /* of BYTES: their count */
};

ParameterizedTestParameters(wire, field_is_whole_at_its_last_byte_and_no_sooner)
{
    static struct row rows[] = {
        {"zero", BYTES("\x08\0"), 1, TWS_WIRE_VARINT, 0},
        {"two bytes", BYTES("\x08\x96\x01"), 1, TWS_WIRE_VARINT, 150},
        {"-1", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1, TWS_WIRE_VARINT,
         UINT64_MAX},
        {"longer than it need be", BYTES("\x08\x81\x80\0"), 1, TWS_WIRE_VARINT, 1},
        {"two-byte key", BYTES("\x80\x09\x07"), 144, TWS_WIRE_VARINT, 7},
        {"largest number", BYTES("\xf8\xff\xff\xff\x0f\x07"), 536870911, TWS_WIRE_VARINT, 7},
        {"1.5", BYTES("\x19\0\0\0\0\0\0\xf8\x3f"), 3, TWS_WIRE_FIXED64, 0x3ff8000000000000},
        {"32 bits", BYTES("\x35\x2d\x01\0\x80"), 6, TWS_WIRE_FIXED32, 0x8000012d},
        {"text",
         BYTES("\x0a\x03"
               "DU1"),
         1, TWS_WIRE_BYTES, 3},
        {"empty text", BYTES("\x0a\0"), 1, TWS_WIRE_BYTES, 0},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, wire, field_is_whole_at_its_last_byte_and_no_sooner)
{
    for (size_t n = 0; n <= r->len; n++) {
        const uint8_t *in = guarded(r->in, n);
        struct tws_cursor c = {in, n};
        struct tws_wire_field f;
        enum tws_wire_status got = tws_wire_next(&c, &f);

        if (n < r->len) {
            cr_expect_eq(got, n == 0 ? TWS_WIRE_END : TWS_WIRE_BAD, "%s at %zu", r->what, n);
            cr_expect(c.p == in && c.left == n, "%s: nothing consumed", r->what);
        } else {
            cr_expect_eq(got, TWS_WIRE_FIELD, "%s", r->what);
            cr_expect(f.number == r->number && f.type == r->type, "%s", r->what);
            cr_expect_eq(f.type == TWS_WIRE_BYTES ? f.bytes.left : f.value, r->value, "%s",
                         r->what);
            cr_expect_eq(tws_wire_next(&c, &f), TWS_WIRE_END, "%s", r->what);
        }
        unguard(in, n);
    }
}

struct bad {
    char what[32];
    char in[24];
    size_t len;
};

ParameterizedTestParameters(wire, refuses_what_is_not_protobuf)
{
    static struct bad rows[] = {
        {"number 0", BYTES("\0\0")},
        {"number 536870912", BYTES("\x80\x80\x80\x80\x10\0")},
        {"group", BYTES("\x0b\x0c")},
        {"end of group", BYTES("\x0c")},
        {"type 6", BYTES("\x0e\0")},
        {"type 7", BYTES("\x0f\0")},
        {"11-byte number", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
        {"65 bits", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")},
        {"length beyond the end", BYTES("\x0a\x02x")},
        {"length of 2^64-1", BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x")},
    };

    return cr_make_param_array(struct bad, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct bad *r, wire, refuses_what_is_not_protobuf)
{
    const uint8_t *in = guarded(r->in, r->len);
    struct tws_cursor c = {in, r->len};
    struct tws_wire_field f;

    cr_expect_eq(tws_wire_next(&c, &f), TWS_WIRE_BAD, "%s", r->what);
    cr_expect(c.p == in && c.left == r->len, "%s: nothing consumed", r->what);
    unguard(in, r->len);
}
