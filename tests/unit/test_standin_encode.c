#include "encode.h"
#include "ids.h"
#include "message.h"
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
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 1},
        {"accountsList", STANDIN_TEXT, .text = "DU1"},
    };
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_GATEWAY, version}), TWS_IN_MANAGED_ACCOUNTS, rows);
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
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 2},
        {"clientId", STANDIN_INT, .number = 7},
    };
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_CLIENT, 212}), TWS_OUT_START_API, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x09"
                 "\0\0\0\x47"
                 "2\0"
                 "7\0"
                 "\0",
                 "212");
    standin_out_free(&o);
    STANDIN_PUT(&o, ((struct standin_form){TWS_CLIENT, 213}), TWS_OUT_START_API, rows);
    EXPECT_BYTES(&o,
                 "\0\0\0\x06"
                 "\0\0\x01\x0f"
                 "\x08\x07",
                 "213");
    standin_out_free(&o);
}

/* Groups, nested messages, fields that come and go, and values that are left out. */
static struct standin_out say_bars(uint32_t version)
{
    const struct standin_value first[] = {{"date", STANDIN_TEXT, .text = "20260102"},
                                          {"open", STANDIN_CENTS, .number = 18505},
                                          {"low", STANDIN_CENTS, .number = -50},
                                          {"volume", STANDIN_INT, .number = 300},
                                          {"hasGaps", STANDIN_TEXT, .text = "false"}};
    const struct standin_value second[] = {{"date", STANDIN_TEXT, .text = "20260105"}};
    const struct standin_item bars[] = {{first, 5}, {second, 1}};
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 3},
        {"reqId", STANDIN_INT, .number = -1},
        {"startDateStr", STANDIN_TEXT, .text = "a"},
        {"itemCount", STANDIN_ITEMS, .items = bars, .n = 2},
    };
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_GATEWAY, version}), TWS_IN_HISTORICAL_DATA, rows);
    return o;
}

Test(standin_encode, takes_layouts_from_the_rows)
{
    struct standin_out o = say_bars(123);

    EXPECT_BYTES(&o,
                 "\0\0\0\x4d"
                 "17\0"
                 "3\0-1\0a\0\0"
                 "2\0"
                 "20260102\0"
                 "185.05\0"
                 "0\0-0.50\0"
                 "0\0"
                 "300\0"
                 "0\0false\0"
                 "0\0"
                 "20260105\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0\0"
                 "0\0",
                 "123");
    standin_out_free(&o);
    o = say_bars(196);
    EXPECT_BYTES(&o,
                 "\0\0\0\x41"
                 "17\0-1\0"
                 "2\0"
                 "20260102\0"
                 "185.05\0"
                 "0\0-0.50\0"
                 "0\0"
                 "300\0"
                 "0\0"
                 "0\0"
                 "20260105\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0"
                 "0\0",
                 "196");
    standin_out_free(&o);
    o = say_bars(208);
    EXPECT_BYTES(&o,
                 "\0\0\0\x3e"
                 "\0\0\0\xd9"
                 "\x12\x21"
                 "\x0a\x08"
                 "20260102"
                 "\x11\x9a\x99\x99\x99\x99\x21\x67\x40"
                 "\x21\0\0\0\0\0\0\xe0\xbf"
                 "\x32\x03"
                 "300"
                 "\x12\x0a"
                 "\x0a\x08"
                 "20260105"
                 "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                 "208");
    standin_out_free(&o);
}

Test(standin_encode, writes_no_value_that_has_no_row)
{
    const struct standin_value rows[] = {{"reqID", STANDIN_INT, .number = 1}};
    struct standin_out o = {.limit = 4096};

    STANDIN_PUT(&o, ((struct standin_form){TWS_CLIENT, 176}), TWS_OUT_REQ_USER_INFO, rows);
    cr_expect(o.full);
    standin_out_free(&o);
}

/* A frame without a value is one of its message, with a field for each row and none beyond. */
Test(standin_encode, writes_a_whole_frame_of_each_message_at_each_version)
{
    struct standin_out o = {.limit = 65536};
    struct tws_message m;
    struct tws_value v;
    struct tws_walk w;

    for (int32_t id = 0; id < 2 * (int32_t)TWS_ID_LIMIT; id++) {
        enum tws_side side = id % 2 ? TWS_CLIENT : TWS_GATEWAY;
        const struct tws_message_row *row = tws_schema_find(side, id / 2);

        for (uint32_t sv = TWS_VERSION_MIN; row && sv <= TWS_VERSION_MAX; sv++) {
            if (!row->text_form && sv < row->protobuf_since)
                continue;
            o.len = 0;
            standin_put(&o, (struct standin_form){side, sv}, id / 2, NULL, 0);
            cr_assert(!o.full && o.len > 4);
            tws_message_open(side, sv, (struct tws_cursor){o.bytes + 4, o.len - 4}, &m);
            cr_assert_eq(m.faults, 0, "%s at %u", row->name, sv);
            cr_assert_eq(m.id, id / 2);
            tws_walk_open(&m, &w);
            while (tws_walk_value(&w, &v))
                cr_assert_not_null(v.field, "%s at %u", row->name, sv);
            cr_assert(w.faults == 0 && tws_walk_missing(&w) == 0, "%s at %u: %u missing", row->name,
                      sv, tws_walk_missing(&w));
        }
    }
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
