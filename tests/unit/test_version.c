#include "version.h"
#include <criterion/criterion.h>

#define BYTES(s) s, sizeof(s) - 1

static const struct row {
    const char *name;
    enum tws_side side;
    const char *in;
    size_t len;
    uint16_t min, max;
} rows[] = {
    {"a text id", TWS_GATEWAY,
     BYTES("9\0"
           "1\0"
           "530\0"),
     0, 200},
    {"a client's text id", TWS_CLIENT,
     BYTES("49\0"
           "1\0"),
     0, 200},
    {"a raw id, text that is protobuf from 213 on", TWS_GATEWAY,
     BYTES("\0\0\0\x09"
           "1\0"
           "530\0"),
     201, 212},
    {"a client's: it may know no better", TWS_CLIENT,
     BYTES("\0\0\0\x31"
           "1\0"),
     201, 0},
    {"a raw id, a message that is always text", TWS_GATEWAY,
     BYTES("\0\0\0\x38"
           "1\0"
           "2\0"
           "3\0"
           "4\0"),
     201, 0},
    {"protobuf", TWS_GATEWAY, BYTES("\0\0\0\xc9\x08\x01"), 206, 0},
    {"a client's protobuf may be early", TWS_CLIENT, BYTES("\0\0\0\xc9\x08\x01"), 201, 0},
    {"an error of old", TWS_GATEWAY,
     BYTES("4\0"
           "2\0-1\0"
           "2104\0OK\0\0"),
     0, 193},
    {"an error from 194 on", TWS_GATEWAY,
     BYTES("4\0-1\0"
           "2104\0OK\0\0"
           "1732416959000\0"),
     194, 200},
    {"an error without its fields", TWS_GATEWAY, BYTES("4\0-1\0"), 0, 200},
    {"an id that nobody knows", TWS_GATEWAY,
     BYTES("48\0"
           "1\0"),
     0, 0},
};

static void see(struct tws_version_range *r, enum tws_side side, const char *in, size_t len)
{
    struct tws_message m;

    tws_message_open(side, 0, (struct tws_cursor){(const uint8_t *)in, len}, &m);
    tws_version_narrow(r, &m);
}

Test(version, is_narrowed_by_what_is_certain)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_version_range r = {0};

        see(&r, rows[i].side, rows[i].in, rows[i].len);
        cr_expect(r.min == rows[i].min && r.max == rows[i].max && !r.odd, "%s: %u to %u",
                  rows[i].name, r.min, r.max);
    }
}

Test(version, comes_down_to_one)
{
    struct tws_version_range r = {0};

    see(&r, TWS_GATEWAY, BYTES("\0\0\0\xd3\x08\x01")); /* execDetails: 201 */
    cr_expect(r.min == 201 && r.max == 0);
    see(&r, TWS_GATEWAY,
        BYTES("\0\0\0\x04"
              "-1\0"
              "2104\0OK\0\0"
              "1\0")); /* error, text: below 203 */
    cr_expect(r.min == 201 && r.max == 202);
    r.min = 0;
    see(&r, TWS_GATEWAY, BYTES("\0\0\0\xcb\x08\x01")); /* orderStatus, protobuf: 203 */
    cr_expect(r.odd && !r.min && !r.max, "a contradiction takes all back");
    see(&r, TWS_GATEWAY,
        BYTES("9\0"
              "1\0"
              "530\0"));
    cr_expect(r.odd && !r.min && !r.max);
}

Test(version, says_whose_layouts_to_read)
{
    static const struct {
        struct tws_version_range r;
        uint32_t offered, want;
    } layouts[] = {
        {{0, 0, false}, 0, 0},         {{0, 0, true}, 0, 0},
        {{0, 200, false}, 0, 178},     {{0, 150, false}, 0, 150},
        {{194, 200, false}, 0, 200},   {{201, 0, false}, 0, 201},
        {{203, 205, false}, 0, 203},   {{100, 176, false}, 176, 176},
        {{100, 200, false}, 222, 178}, /* a gateway older than the client */
        {{203, 222, false}, 222, 222}, {{203, 205, false}, 222, 203},
        {{0, 0, true}, 176, 0},
    };

    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        cr_expect_eq(tws_version_layout(&layouts[i].r, layouts[i].offered), layouts[i].want, "%zu",
                     i);
}

Test(version, is_one_that_the_client_offers)
{
    struct tws_version_range r = {0};

    see(&r, TWS_GATEWAY,
        BYTES("9\0"
              "1\0"
              "530\0"));
    tws_version_bound(&r, 100, 176);
    cr_expect(r.min == 100 && r.max == 176 && !r.odd);
    tws_version_bound(&r, 100, 222);
    cr_expect(r.min == 100 && r.max == 176, "bounds only narrow");
    tws_version_bound(&r, 201, 222);
    cr_expect(r.odd && !r.min && !r.max, "text at a version that has none");
    tws_version_bound(&r, 100, 176);
    cr_expect(r.odd && !r.min && !r.max, "a contradiction stands");
}
