#include "replay_ids.h"
#include <criterion/criterion.h>
#include <string.h>

struct rewritten {
    uint8_t b[256];
    size_t n;
    struct replay_edits edits;
};

static struct rewritten rewrite(const struct replay_ids *ids, enum tws_side dir, uint32_t version,
                                const void *payload, size_t n)
{
    struct tws_cursor in = {payload, n};
    struct rewritten out = {{0}, 0, {.n = 0}};
    struct tws_message m;

    tws_message_open(dir, version, in, &m);
    replay_ids_edits(ids, &m, in, &out.edits);
    out.n = replay_edits_len(&out.edits, n);
    cr_assert_leq(out.n, sizeof out.b);
    replay_edits_apply(&out.edits, in, out.b);
    return out;
}

#define REWRITE(ids, dir, version, s) rewrite(ids, dir, version, s, sizeof(s) - 1)
#define EXPECT_BYTES(r, s)                                                                         \
    cr_expect((r).n == sizeof(s) - 1 && memcmp((r).b, s, sizeof(s) - 1) == 0, "%zu bytes", (r).n)

Test(replay_ids, says_the_live_id_in_text_whatever_its_length)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_bind(&ids, REPLAY_REQ_IDS, 1001, 7);
    replay_ids_bind(&ids, REPLAY_REQ_IDS, 2, 123456);
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "1\0"
                "6\0"
                "1001\0"
                "1\0"
                "2.5\0");
    EXPECT_BYTES(r, "1\0"
                    "6\0"
                    "7\0"
                    "1\0"
                    "2.5\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "52\0"
                "1\0"
                "2\0");
    EXPECT_BYTES(r, "52\0"
                    "1\0"
                    "123456\0");
    r = REWRITE(&ids, TWS_GATEWAY, 203,
                "\0\0\0\x34"
                "1\0"
                "2\0");
    EXPECT_BYTES(r, "\0\0\0\x34"
                    "1\0"
                    "123456\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "52\0"
                "1\0"
                "3\0"); /* nobody's */
    EXPECT_BYTES(r, "52\0"
                    "1\0"
                    "3\0");
    replay_ids_free(&ids);
}

Test(replay_ids, says_the_live_id_in_protobuf)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_bind(&ids, REPLAY_REQ_IDS, 5, 300);
    replay_ids_bind(&ids, REPLAY_REQ_IDS, 1000, 1);
    r = REWRITE(&ids, TWS_GATEWAY, 210,
                "\0\0\0\xc9"
                "\x08\x05\x10\x01"); /* tickPrice */
    EXPECT_BYTES(r, "\0\0\0\xc9"
                    "\x08\xac\x02\x10\x01");
    r = REWRITE(&ids, TWS_GATEWAY, 210,
                "\0\0\0\xfc"
                "\x08\xe8\x07"); /* contractDetailsEnd */
    EXPECT_BYTES(r, "\0\0\0\xfc"
                    "\x08\x01");
    replay_ids_free(&ids);
}

/* An order's number stands at top level and in the order within, whose length then changes too. */
Test(replay_ids, rewrites_what_is_nested_and_the_length_around_it)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_bind(&ids, REPLAY_ORDER_IDS, 5, 1000);
    /* openOrder: orderId 5, order { clientId 7, orderId 5, action "BUY" } */
    r = REWRITE(&ids, TWS_GATEWAY, 210,
                "\0\0\0\xcd"
                "\x08\x05"
                "\x1a\x09"
                "\x08\x07"
                "\x10\x05"
                "\x2a\x03"
                "BUY");
    EXPECT_BYTES(r, "\0\0\0\xcd"
                    "\x08\xe8\x07"
                    "\x1a\x0a"
                    "\x08\x07"
                    "\x10\xe8\x07"
                    "\x2a\x03"
                    "BUY");
    replay_ids_free(&ids);
}

Test(replay_ids, tells_requests_from_orders_and_lets_an_error_name_either)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_bind(&ids, REPLAY_REQ_IDS, 5, 50);
    replay_ids_bind(&ids, REPLAY_ORDER_IDS, 5, 500);
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "52\0"
                "1\0"
                "5\0");
    EXPECT_BYTES(r, "52\0"
                    "1\0"
                    "50\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "3\0"
                "5\0"
                "Filled\0"); /* orderStatus */
    EXPECT_BYTES(r, "3\0"
                    "500\0"
                    "Filled\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "4\0"
                "2\0"
                "5\0"
                "201\0"
                "no\0"); /* the newer of both */
    EXPECT_BYTES(r, "4\0"
                    "2\0"
                    "500\0"
                    "201\0"
                    "no\0");
    replay_ids_bind(&ids, REPLAY_REQ_IDS, 5, 51);
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "4\0"
                "2\0"
                "5\0"
                "201\0"
                "no\0");
    EXPECT_BYTES(r, "4\0"
                    "2\0"
                    "51\0"
                    "201\0"
                    "no\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "4\0"
                "2\0"
                "-1\0"
                "2104\0"
                "ok\0");
    EXPECT_BYTES(r, "4\0"
                    "2\0"
                    "-1\0"
                    "2104\0"
                    "ok\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "93\0"
                "5\0"
                "1\0"); /* a marketRuleId is nobody's */
    EXPECT_BYTES(r, "93\0"
                    "5\0"
                    "1\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "9\0"
                "1\0"
                "5\0"); /* nextValidId is news */
    EXPECT_BYTES(r, "9\0"
                    "1\0"
                    "5\0");
    replay_ids_free(&ids);
}

Test(replay_ids, rewrites_the_order_of_an_execution_and_its_parent)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_bind(&ids, REPLAY_REQ_IDS, 3, 33);
    replay_ids_bind(&ids, REPLAY_ORDER_IDS, 3, 9);
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "11\0"
                "3\0"
                "3\0"
                "265598\0"); /* execDetails */
    EXPECT_BYTES(r, "11\0"
                    "33\0"
                    "9\0"
                    "265598\0");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "3\0"
                "8\0"
                "Filled\0"
                "1\0"
                "0\0"
                "1\0"
                "77\0"
                "3\0");
    EXPECT_BYTES(r, "3\0"
                    "8\0"
                    "Filled\0"
                    "1\0"
                    "0\0"
                    "1\0"
                    "77\0"
                    "9\0");
    replay_ids_free(&ids);
}

Test(replay_ids, moves_order_ids_on)
{
    struct replay_ids ids = {0};
    struct rewritten r;

    replay_ids_shift_orders(&ids, 100, 900);
    r = REWRITE(&ids, TWS_CLIENT, 176,
                "4\0"
                "1\0"
                "101\0"); /* cancelOrder */
    EXPECT_BYTES(r, "4\0"
                    "1\0"
                    "1001\0");
    r = REWRITE(&ids, TWS_CLIENT, 176,
                "4\0"
                "1\0"
                "99\0"); /* of an earlier session */
    EXPECT_BYTES(r, "4\0"
                    "1\0"
                    "99\0");
    r = REWRITE(&ids, TWS_CLIENT, 176,
                "1\0"
                "11\0"
                "101\0"); /* a request is no order */
    EXPECT_BYTES(r, "1\0"
                    "11\0"
                    "101\0");
    cr_expect_eq(replay_ids_unshift(&ids, REPLAY_ORDER_IDS, 1001), 101);
    cr_expect_eq(replay_ids_unshift(&ids, REPLAY_ORDER_IDS, 99), 99);
    cr_expect_eq(replay_ids_unshift(&ids, REPLAY_REQ_IDS, 1001), 1001);
    replay_ids_free(&ids);
}

Test(replay_ids, says_where_it_knows_no_place)
{
    struct replay_ids ids = {0};
    struct rewritten r = REWRITE(&ids, TWS_GATEWAY, 176,
                                 "111111\0"
                                 "1\0");

    cr_expect_not(r.edits.lost, "nothing to say while no id differs");
    replay_ids_bind(&ids, REPLAY_REQ_IDS, 1, 2);
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "111111\0"
                "1\0");
    cr_expect(r.edits.lost && r.edits.n == 0, "an unknown message");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "52\0"
                "1\0"
                "x\0");
    cr_expect(r.edits.lost && r.edits.n == 0, "a key that is no number");
    r = REWRITE(&ids, TWS_GATEWAY, 176,
                "52\0"
                "1\0"
                "1\0");
    cr_expect(!r.edits.lost && r.edits.n == 1);
    replay_ids_free(&ids);
}

Test(replay_ids, puts_another_client_id_into_every_form_of_startApi)
{
    struct row {
        uint32_t version;
        const char *in, *want;
        size_t n, want_n;
    } rows[] = {
        {176,
         "71\0"
         "2\0"
         "0\0\0",
         "71\0"
         "2\0"
         "300\0\0",
         8, 10},
        {203,
         "\0\0\0\x47"
         "2\0"
         "0\0\0",
         "\0\0\0\x47"
         "2\0"
         "300\0\0",
         9, 11},
        {213,
         "\0\0\x01\x0f"
         "\x08\x01",
         "\0\0\x01\x0f"
         "\x08\xac\x02",
         6, 7},
        {213,
         "\0\0\x01\x0f"
         "\x12\x01"
         "x",
         "\0\0\x01\x0f"
         "\x08\xac\x02"
         "\x12\x01"
         "x",
         7, 10},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_cursor in = {(const uint8_t *)rows[i].in, rows[i].n};
        struct tws_message m;
        struct replay_edits e;
        uint8_t out[32];

        tws_message_open(TWS_CLIENT, rows[i].version, in, &m);
        replay_client_id_edits(&m, in, 300, &e);
        cr_assert_eq(replay_edits_len(&e, in.left), rows[i].want_n, "row %zu", i);
        replay_edits_apply(&e, in, out);
        cr_expect_arr_eq(out, rows[i].want, rows[i].want_n, "row %zu", i);
    }
}

/* A frame recorded in pieces is sent in pieces: the cuts keep their order and cover everything. */
Test(replay_ids, maps_every_cut)
{
    static const char frame[] = "1\0"
                                "6\0"
                                "1001\0"
                                "1\0";
    static const int64_t lives[] = {7, 1001, 1234567890};

    for (size_t k = 0; k < sizeof lives / sizeof lives[0]; k++) {
        struct replay_ids ids = {0};
        struct replay_edits e;
        struct tws_message m;
        size_t before = 0, len = sizeof frame - 1;
        struct tws_cursor in = {(const uint8_t *)frame, len};

        replay_ids_bind(&ids, REPLAY_REQ_IDS, 1001, lives[k]);
        tws_message_open(TWS_GATEWAY, 176, in, &m);
        replay_ids_edits(&ids, &m, in, &e);
        cr_expect_eq(replay_edits_map(&e, 0), 0);
        cr_expect_eq(replay_edits_map(&e, 4), 4, "before the key");
        cr_expect_eq(replay_edits_map(&e, len), replay_edits_len(&e, len));
        for (size_t at = 0; at <= len; at++) {
            size_t to = replay_edits_map(&e, at);

            cr_expect(to >= before && to <= replay_edits_len(&e, len), "at %zu", at);
            before = to;
        }
        replay_ids_free(&ids);
    }
}

Test(replay_ids, keeps_one_binding_for_each_id_in_any_order_of_coming)
{
    struct replay_ids ids = {0};
    bool bound;

    for (int64_t i = 0; i < 1000; i++)
        cr_assert(replay_ids_bind(&ids, REPLAY_REQ_IDS, i * 7919 % 1000, i));
    for (int64_t i = 0; i < 1000; i++)
        cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, i * 7919 % 1000, &bound), i);
    cr_expect_eq(ids.n, 1000);
    replay_ids_bind(&ids, REPLAY_REQ_IDS, 1, -5);
    cr_expect_eq(ids.n, 1000);
    cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, 1, &bound), -5);
    cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, 5000, &bound), 5000);
    cr_expect_not(bound);
    replay_ids_free(&ids);
}
