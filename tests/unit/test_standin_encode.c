#include "encode.h"
#include <criterion/criterion.h>
#include <string.h>

/* The writer against the examples of the fact tables, byte by byte. */

static void expect_bytes(const struct standin_out *o, const char *want, size_t n, const char *what)
{
    cr_expect(!o->full, "%s", what);
    cr_expect_eq(o->len, n, "%s: %zu bytes, not %zu", what, o->len, n);
    cr_expect(o->len == n && memcmp(o->bytes, want, n) == 0, "%s", what);
}

#define EXPECT_BYTES(o, want, what) expect_bytes((o), (want), sizeof(want) - 1, (what))

static struct standin_out say_accounts(uint32_t version)
{
    const struct standin_row rows[] = {
        {.kind = STANDIN_INT, .number = 1},
        {.kind = STANDIN_TEXT, .tag = 1, .text = "DU1"},
    };
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_GATEWAY, version}), 15, rows);
    return o;
}

Test(standin_encode, picks_the_form_of_the_version)
{
    struct standin_out o = say_accounts(200);

    EXPECT_BYTES(&o,
                 "\0\0\0\x09"
                 "15\0"
                 "1\0"
                 "DU1\0",
                 "text id");
    standin_out_free(&o);
    o = say_accounts(206);
    EXPECT_BYTES(&o,
                 "\0\0\0\x0a"
                 "\0\0\0\x0f"
                 "1\0"
                 "DU1\0",
                 "raw id and text");
    standin_out_free(&o);
    o = say_accounts(207);
    EXPECT_BYTES(&o,
                 "\0\0\0\x09"
                 "\0\0\0\xd7"
                 "\x0a\x03"
                 "DU1",
                 "protobuf");
    standin_out_free(&o);
}

Test(standin_encode, start_api_is_as_the_tables_show)
{
    const struct standin_row rows[] = {
        {.kind = STANDIN_INT, .number = 2},
        {.kind = STANDIN_INT, .tag = 1, .number = 7},
        {.kind = STANDIN_TEXT, .tag = 2, .text = ""},
    };
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_CLIENT, 212}), 71, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x09"
                 "\0\0\0\x47"
                 "2\0"
                 "7\0"
                 "\0",
                 "212");
    standin_out_free(&o);
    STANDIN_PUT(&o, ((struct standin_form){TWS_CLIENT, 213}), 71, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x06"
                 "\0\0\x01\x0f"
                 "\x08\x07",
                 "213");
    standin_out_free(&o);
}

Test(standin_encode, values_in_both_forms)
{
    const struct standin_row rows[] = {
        {.kind = STANDIN_INT, .tag = 1, .number = -1},
        {.kind = STANDIN_CENTS, .tag = 2, .number = -50},
        {.kind = STANDIN_CENTS, .number = 18505},
        {.kind = STANDIN_PAIR, .tag = 3, .in = 4, .text = "k", .more = "v"},
        {.kind = STANDIN_INT, .tag = 1, .in = 4, .number = 300},
        {.kind = STANDIN_TEXT, .text = "old", .until = 164},
        {.kind = STANDIN_TEXT, .text = "new", .since = 164},
    };
    struct standin_out o = {.limit = 4096};

    /* 47, tickEFP, has no protobuf form at any version; 53 has from 203. */
    STANDIN_PUT(&o, ((struct standin_form){TWS_GATEWAY, 163}), 47, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x21"
                 "47\0"
                 "-1\0"
                 "-0.50\0"
                 "185.05\0"
                 "1\0k\0v\0"
                 "300\0"
                 "old\0",
                 "text");
    standin_out_free(&o);
    STANDIN_PUT(&o, ((struct standin_form){TWS_GATEWAY, 226}), 53, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x25"
                 "\0\0\0\xfd"
                 "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                 "\x11\0\0\0\0\0\0\xe0\xbf"
                 "\x22\x0b\x1a\x06\x0a\x01k\x12\x01v\x08\xac\x02",
                 "protobuf");
    standin_out_free(&o);
}

Test(standin_encode, queue_is_bounded_and_says_so)
{
    struct standin_out o = {.limit = 100};
    const char bytes[60] = {0};

    standin_out_put(&o, bytes, sizeof bytes);
    cr_expect(!o.full);
    standin_out_put(&o, bytes, sizeof bytes);
    cr_expect(o.full);
    cr_expect_eq(o.len, sizeof bytes, "what was there stays whole");
    standin_out_free(&o);
}

Test(standin_encode, what_was_sent_makes_room)
{
    struct standin_out o = {.limit = 100};
    const char bytes[60] = {0};

    for (int i = 0; i < 50; i++) {
        standin_out_put(&o, bytes, sizeof bytes);
        standin_out_took(&o, 40);
        standin_out_took(&o, standin_out_left(&o));
    }
    cr_expect(!o.full);
    cr_expect_eq(standin_out_left(&o), 0);
    standin_out_free(&o);
}
