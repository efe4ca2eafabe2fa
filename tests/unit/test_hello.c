#include "guard.h"
#include "hello.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

struct row {
    char in[40];
    size_t len;
    bool readable;
    uint32_t min, max;
    char options[24];
};

ParameterizedTestParameters(hello, offers_a_range_of_versions)
{
    static struct row rows[] = {
        {BYTES("v100..176"), true, 100, 176, ""},
        {BYTES("v213..225"), true, 213, 225, ""},
        {BYTES("v226"), true, 226, 226, ""},
        {BYTES("v100..176 +PACEAPI"), true, 100, 176, "+PACEAPI"},
        {BYTES("v100 a b"), true, 100, 100, "a b"},
        {BYTES("v100 "), true, 100, 100, ""},
        {BYTES("v999999999..0"), true, 999999999, 0, ""},
        {BYTES("v9999999999"), false, 0, 0, ""},
        {BYTES("v100..9999999999"), false, 0, 0, ""},
        {BYTES(""), false, 0, 0, ""},
        {BYTES("v"), false, 0, 0, ""},
        {BYTES("100..176"), false, 0, 0, ""},
        {BYTES("v..176"), false, 0, 0, ""},
        {BYTES("v100."), false, 0, 0, ""},
        {BYTES("v100.."), false, 0, 0, ""},
        {BYTES("v100...176"), false, 0, 0, ""},
        {BYTES("v100..176x"), false, 0, 0, ""},
        {BYTES("v100..176\0"), false, 0, 0, ""},
        {BYTES("v-1"), false, 0, 0, ""},
        {BYTES("V100..176"), false, 0, 0, ""},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, hello, offers_a_range_of_versions)
{
    const uint8_t *in = guarded(r->in, r->len);
    struct tws_hello h;

    tws_hello_read((struct tws_cursor){in, r->len}, &h);
    cr_expect(h.readable == r->readable && h.min == r->min && h.max == r->max && !h.legacy, "%s",
              r->in);
    cr_expect(h.text.p == in && h.text.left == r->len, "%s: the text is kept as it came", r->in);
    cr_expect(h.options.left == strlen(r->options) &&
                  (h.options.left == 0 || memcmp(h.options.p, r->options, h.options.left) == 0),
              "%s", r->in);
    unguard(in, r->len);
}

Test(hello, of_old_clients_is_one_number)
{
    struct tws_hello h;

    tws_hello_read_legacy((struct tws_cursor){(const uint8_t *)"66", 2}, &h);
    cr_expect(h.legacy && h.readable && h.min == 66 && h.max == 66 && h.text.left == 2);
    tws_hello_read_legacy((struct tws_cursor){(const uint8_t *)"12345678901", 11}, &h);
    cr_expect(h.legacy && !h.readable && h.min == 0 && h.max == 0);
    tws_hello_read_legacy((struct tws_cursor){NULL, 0}, &h);
    cr_expect(h.legacy && !h.readable);
}

struct reply {
    char in[64];
    size_t len;
    bool is_one;
    int32_t version;
    bool redirect;
    char time[40];
};

ParameterizedTestParameters(hello, is_answered_by_two_fields)
{
    static struct reply rows[] = {
        {BYTES("176\0"
               "20240326 09:33:11 CET\0"),
         true, 176, false, "20240326 09:33:11 CET"},
        {BYTES("203\0"
               "20240326 09:33:11 \xd6\xd0\xb9\xfa\0"),
         true, 203, false, "20240326 09:33:11 \xd6\xd0\xb9\xfa"},
        {BYTES("176\0\0"), true, 176, false, ""},
        {BYTES("-1\0"
               "other:4001\0"),
         true, -1, true, "other:4001"},
        {BYTES("-2\0"
               "other:4001\0"),
         false, 0, false, ""},
        {BYTES("176\0"
               "no end"),
         false, 0, false, ""},
        {BYTES("176\0"), false, 0, false, ""},
        {BYTES("176"), false, 0, false, ""},
        {BYTES(""), false, 0, false, ""},
        {BYTES("\0time\0"), false, 0, false, ""},
        {BYTES("x\0time\0"), false, 0, false, ""},
        {BYTES("2147483648\0time\0"), false, 0, false, ""},
        {BYTES("9\0"
               "1\0"
               "1\0"),
         false, 0, false, ""},
        {BYTES("176\0time\0\0"), false, 0, false, ""},
    };

    return cr_make_param_array(struct reply, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct reply *r, hello, is_answered_by_two_fields)
{
    const uint8_t *in = guarded(r->in, r->len);
    struct tws_version_reply v;
    bool is_one = tws_version_reply_read((struct tws_cursor){in, r->len}, &v);

    cr_expect_eq(is_one, r->is_one, "%s", r->in);
    if (is_one) {
        cr_expect(v.server_version == r->version && v.redirect == r->redirect, "%s", r->in);
        cr_expect(v.time.left == strlen(r->time) && memcmp(v.time.p, r->time, v.time.left) == 0,
                  "%s", r->in);
    }
    unguard(in, r->len);
}
