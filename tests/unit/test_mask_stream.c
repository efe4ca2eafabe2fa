#include "known.h"
#include "mask_stream.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Every id here is made up. */

static struct mask_run *run;

static void begin(void)
{
    run = mask_run_new();
    cr_assert(run);
}

static void end(void)
{
    mask_run_free(run);
}

TestSuite(mask_stream, .init = begin, .fini = end);

/* ---- streams ---- */

struct bytes {
    uint8_t p[2048];
    size_t n;
};

static void add(struct bytes *b, const void *p, size_t n)
{
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

#define FRAME(b, literal) add_frame(b, literal, sizeof(literal) - 1)

static void add_frame(struct bytes *b, const char *payload, size_t n)
{
    add(b, (uint8_t[]){0, 0, (uint8_t)(n >> 8), (uint8_t)n}, 4);
    add(b, payload, n);
}

/* What a gateway may say to a client of text versions; ids by meaning and by form. */
static struct bytes text_stream(void)
{
    struct bytes b = {.n = 0};

    FRAME(&b, "176\00020260102 10:00:00 UTC\0");
    FRAME(&b, "15\0001\000DU1234567,U765432,Household,F-Group 1,\0");
    FRAME(&b, "9\0001\00017673641\0");
    FRAME(&b, "4\0002\000-1\0002104\000DU1234567: Household and U765432, not XHousehold\0");
    FRAME(&b, "6\0002\000NetLiquidation\000123456.78\000USD\000DU1234567\0");
    FRAME(&b, "46\0006\00012\00045\000/U765432/\0");
    return b;
}

static struct bytes protobuf_stream(void)
{
    struct bytes b = {.n = 0};

    FRAME(&b, "214\00020260102 10:00:00 UTC\0");
    FRAME(&b, "\0\0\0\327\012\024DU1234567,Householdx");
    FRAME(&b,
          "\0\0\001\005\012\011DU1234567\022\012\132\010USDFARM2"); /* position, a contract in it */
    FRAME(&b, "\0\0\0\314\010\001\030\220\003\042\036about DU1234567 and Householdx");
    return b;
}

static void mask_in(struct mask_run *m, const struct bytes *in, const size_t *cuts, size_t n_cuts,
                    struct bytes *out)
{
    struct mask_stream s;
    uint32_t version = 0;
    size_t from = 0;

    *out = *in;
    mask_stream_start(&s, TWS_GATEWAY);
    for (size_t i = 0; i <= n_cuts; i++) {
        size_t to = i < n_cuts ? cuts[i] : in->n;

        mask_stream_bytes(m, &s, &version, out->p + from, to - from);
        from = to;
    }
}

static bool holds(const struct bytes *b, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= b->n; i++)
        if (memcmp(b->p + i, text, n) == 0)
            return true;
    return false;
}

static void expect_hidden(const struct bytes *b)
{
    static const char *const ids[] = {"DU1234567", "U765432,", "U765432/", " Household"};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        cr_assert_not(holds(b, ids[i]), "%s is shown", ids[i]);
}

/* ---- tests ---- */

Test(mask_stream, hides_ids_and_nothing_else)
{
    struct bytes in = text_stream(), out;
    size_t changed = 0;

    mask_in(run, &in, NULL, 0, &out);
    expect_hidden(&out);
    for (size_t i = 0; i < in.n; i++) {
        changed += in.p[i] != out.p[i];
        if (in.p[i] >= '0' && in.p[i] <= '9')
            cr_expect(out.p[i] >= '0' && out.p[i] <= '9');
        else if (in.p[i] < 'A')
            cr_expect_eq(in.p[i], out.p[i]);
    }
    /* DU1234567 and U765432 three times each; of Household eight letters twice, of F-Group seven
     * characters and of XHousehold none. */
    cr_expect_eq(changed, 3 * 7 + 3 * 6 + 2 * 8 + 6);
    cr_expect(holds(&out, "17673641") && holds(&out, "XHousehold") &&
              holds(&out, "NetLiquidation") && holds(&out, "USD") && holds(&out, "123456.78"));
}

Test(mask_stream, the_cuts_do_not_show)
{
    struct bytes (*const streams[])(void) = {text_stream, protobuf_stream};

    for (size_t k = 0; k < 2; k++) {
        struct bytes in = streams[k](), whole, cut;
        size_t each[2048];

        mask_in(run, &in, NULL, 0, &whole);
        for (size_t i = 1; i < in.n; i++) {
            mask_in(run, &in, &i, 1, &cut);
            cr_assert_eq(memcmp(whole.p, cut.p, in.n), 0, "stream %zu cut at %zu", k, i);
            each[i - 1] = i;
        }
        mask_in(run, &in, each, in.n - 1, &cut);
        cr_assert_eq(memcmp(whole.p, cut.p, in.n), 0, "stream %zu byte by byte", k);
        for (size_t i = 1; i + 7 < in.n; i++) {
            mask_in(run, &in, (const size_t[]){i, i + 3, i + 7}, 3, &cut);
            cr_assert_eq(memcmp(whole.p, cut.p, in.n), 0, "stream %zu cut from %zu", k, i);
        }
    }
}

/* What a first stream has taught is known from the first byte of a second. */
Test(mask_stream, learned_ids_are_masked_at_every_cut)
{
    struct bytes in = text_stream(), out, again;

    mask_in(run, &in, NULL, 0, &out);
    for (size_t i = 1; i < in.n; i++) {
        mask_in(run, &in, &i, 1, &again);
        expect_hidden(&again);
    }
}

Test(mask_stream, protobuf_values_are_masked_and_the_rest_is_not)
{
    struct bytes in = protobuf_stream(), out;

    mask_in(run, &in, NULL, 0, &out);
    expect_hidden(&out);
    cr_expect(holds(&out, "\011DU") && holds(&out, "\022\012\132\010USDFARM2"));
    cr_expect_not(holds(&out, "Householdx"));
}

/* Values behind conditions, in groups, under keys, in nested messages and in documents. */
Test(mask_stream, finds_what_is_meant_wherever_it_stands)
{
    static const char *const secrets[] = {"Acme One", "Household", "Friends", "Sarah", "Trader7"};
    struct bytes in = {.n = 0}, out;

    FRAME(&in, "176\00020260102 10:00:00 UTC\0");
    FRAME(&in, "6\0002\000AccountCode\000Household\000\000Acme One\0");
    FRAME(&in, "6\0002\000NetLiquidation\00077.25\000USD\000Acme One\0");
    FRAME(&in, "78\0002\000Household\000Friends\000Acme One\000F2\0");
    FRAME(&in, "16\0001\0001\000<?xml version=\"1.0\"?>\n<ListOfGroups>\n <Group>\n"
               "  <name>Friends</name><ListOfAccts varName=\"list\"><String>Household</String>"
               "</ListOfAccts><defaultMethod>NetLiq</defaultMethod>\n"
               "  <AccountAlias account=\"Household\" alias=\"Sarah\"/></Group></ListOfGroups>\0");
    /* openOrder in protobuf: order.account, order.submitter */
    FRAME(&in, "\0\0\0\315\010\001\032\025\142\011Household\312\010\007Trader7");
    mask_in(run, &in, NULL, 0, &out);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        cr_expect_not(holds(&out, secrets[i]), "%s is shown", secrets[i]);
    cr_expect(holds(&out, "AccountCode") && holds(&out, "77.25") && holds(&out, "<name>") &&
              holds(&out, "varName=\"list\"") && holds(&out, ">NetLiq<") &&
              holds(&out, "\142\011"));
}

/* Known ids in other company and other case; numbers, shares and names of instruments stay. */
Test(mask_stream, what_was_met_is_masked_wherever_it_stands)
{
    static const char *const ids[] = {"DU1234567", "du1234567", "john-doe", "myAcct.9",
                                      "12345678 "};
    struct bytes in = {.n = 0}, out, cut;

    FRAME(&in, "176\00020260102 10:00:00 UTC\0");
    FRAME(&in, "15\0001\000DU1234567,john-doe,myAcct.9,12345678,Family\0");
    FRAME(&in, "4\0002\00012345678\000201\000algo_DU1234567_7 acctDU1234567 du1234567 "
               "john-doe,myAcct.9 12345678 \000{\"acct_DU1234567\":1}\0");
    FRAME(&in, "1\0006\00012345678\0001\00012345678\00012345678\0000\0");
    /* contractData: symbol, secType */
    FRAME(&in, "10\0009001\000A005930\000STK\000\0000\000\000Family\0");
    mask_in(run, &in, NULL, 0, &out);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        cr_expect_not(holds(&out, ids[i]), "%s is shown", ids[i]);
    cr_expect(holds(&out, "4\0002\00012345678") && holds(&out, "A005930"));
    cr_expect(holds(&out, "algo_DU") && holds(&out, "acctDU") && holds(&out, " du"));
    for (size_t i = 1; i < in.n; i++) {
        mask_in(run, &in, &i, 1, &cut);
        for (size_t k = 0; k < sizeof ids / sizeof ids[0]; k++)
            cr_assert_not(holds(&cut, ids[k]), "%s is shown, cut at %zu", ids[k], i);
    }
}

Test(mask_stream, one_id_looks_the_same_in_any_company)
{
    struct bytes in = {.n = 0}, out;
    const uint8_t *met, *quoted;

    FRAME(&in, "15\0001\000DU1234567\0");
    FRAME(&in, "4\0002\0001\000201\000acctDU1234567\000\0");
    mask_in(run, &in, NULL, 0, &out);
    met = out.p + 4 + 5;
    quoted = out.p + 4 + 15 + 4 + 10 + 4;
    cr_expect_eq(memcmp(met, "DU", 2), 0);
    cr_expect_eq(memcmp(met, quoted, 9), 0);
}

Test(mask_stream, shares_of_accounts_stay)
{
    struct bytes in = {.n = 0}, out;

    FRAME(&in, "176\00020260102 10:00:00 UTC\0");
    FRAME(&in, "16\0001\0001\000<String>DU1234567/100,x/50</String>\0");
    mask_in(run, &in, NULL, 0, &out);
    cr_expect(holds(&out, "/100,") && holds(&out, "/50<"));
}

Test(mask_stream, a_value_before_its_key_is_hidden)
{
    struct bytes in = {.n = 0}, out;

    FRAME(&in, "\0\0\0\316\022\010Quillon7\012\013AccountCode");
    mask_in(run, &in, NULL, 0, &out);
    cr_expect_not(holds(&out, "Quillon7"));
    cr_expect(holds(&out, "AccountCode"));
}

Test(mask_stream, keeps_the_group_of_all)
{
    struct bytes in = {.n = 0}, out;
    struct mask_stream s;
    uint32_t version = 176;

    FRAME(&in, "62\0001\0009001\000All\000NetLiquidation\0");
    FRAME(&in, "62\0001\0009001\000Friends\000NetLiquidation\0");
    out = in;
    mask_stream_start(&s, TWS_CLIENT);
    s.state = 1; /* LENGTH: behind the hello */
    mask_stream_bytes(run, &s, &version, out.p, out.n);
    cr_expect(holds(&out, "9001") && !holds(&out, "Friends"));
}

Test(mask_stream, digits_never_stay_and_ids_stay_distinct)
{
    static char masked[1000][10];

    for (unsigned i = 0; i < 1000; i++) {
        struct bytes in = {.n = 0}, out;
        char payload[32];
        int n = snprintf(payload, sizeof payload, "4 U%06u ", 100000 + i);

        add_frame(&in, payload, (size_t)n);
        mask_in(run, &in, NULL, 0, &out);
        memcpy(masked[i], out.p + 6, 7);
        cr_assert_eq(masked[i][0], 'U');
        for (size_t k = 1; k < 7; k++)
            cr_assert_neq(masked[i][k], payload[2 + k]);
        for (unsigned j = 0; j < i; j++)
            cr_assert_neq(memcmp(masked[i], masked[j], 7), 0);
    }
}

Test(mask_stream, runs_differ)
{
    struct mask_run *another = mask_run_new();
    struct bytes in = text_stream(), one, two;

    mask_in(run, &in, NULL, 0, &one);
    mask_in(another, &in, NULL, 0, &two);
    cr_expect_neq(memcmp(one.p, two.p, in.n), 0);
    mask_run_free(another);
}

Test(mask_stream, what_only_looks_like_an_id_stays)
{
    static const char *const texts[] = {"U1234 ",   "U1234567890 ", "ABCD12345 ", "xU12345 ",
                                        "U12345x ", "u12345 ",      "17673641 ",  "ESZ5 ABC12 ",
                                        "USD ",     "1 D "};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes in = {.n = 0}, out;
        char payload[32];

        snprintf(payload, sizeof payload, "4 ;%s", texts[i]);
        add_frame(&in, payload, strlen(payload));
        mask_in(run, &in, NULL, 0, &out);
        cr_expect_eq(memcmp(in.p, out.p, in.n), 0, "%s became %.*s", texts[i], (int)in.n - 4,
                     out.p + 4);
    }
}

/* A length of 0x55 and an id of "15" read "U15": framing is no text. */
Test(mask_stream, framing_is_never_touched)
{
    struct bytes in = {.n = 0}, out;
    char payload[0x55];

    memset(payload, ' ', sizeof payload);
    memcpy(payload, "123456", 7);
    add_frame(&in, payload, sizeof payload);
    for (size_t i = 0; i < in.n; i++) {
        mask_in(run, &in, &i, 1, &out);
        cr_expect_eq(memcmp(in.p, out.p, in.n), 0, "cut at %zu", i);
    }
}

Test(mask_stream, a_cut_hides_rather_than_shows)
{
    struct bytes in = {.n = 0}, out;
    size_t cut = 4 + 6;

    FRAME(&in, "4 ESZ5 is no account");
    mask_in(run, &in, &cut, 1, &out);
    cr_expect_neq(out.p[cut - 1], '5');
    cr_expect_eq(memcmp(in.p, out.p, cut - 1), 0);
    cr_expect_eq(memcmp(in.p + cut, out.p + cut, in.n - cut), 0);
}

/* ---- where the frame boundaries are not known ---- */

static struct mask_black go_on(struct mask_stream *s, uint32_t *version, uint8_t *bytes, size_t len)
{
    return mask_stream_bytes(run, s, version, bytes, len);
}

static bool all_black(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 'x')
            return false;
    return true;
}

Test(mask_stream, in_the_middle_of_nowhere_all_is_black)
{
    uint8_t text[] = "34567 Household\0\0\1Jane and 17673641 ";
    const size_t n = sizeof text - 1;
    struct mask_stream s;
    struct mask_black black;
    uint32_t version = 0;

    mask_stream_lost(&s, TWS_GATEWAY);
    cr_expect(mask_stream_is_lost(&s));
    black = go_on(&s, &version, text, n);
    cr_expect(all_black(text, n));
    cr_expect(black.from == 0 && black.to == n && black.bytes == n);
    cr_expect(mask_stream_is_lost(&s));
}

Test(mask_stream, once_found_frames_are_masked_by_meaning)
{
    struct bytes in = {.n = 0}, out;
    struct mask_stream s;
    struct mask_black black;
    uint32_t version = 0;

    FRAME(&in, "15\0001\000Household,\0");
    FRAME(&in, "85\0000\0"); /* two fields, as a version reply has */
    out = in;
    mask_stream_lost(&s, TWS_GATEWAY);
    mask_stream_found(&s, TWS_GATEWAY, false);
    black = go_on(&s, &version, out.p, out.n);
    cr_expect_not(holds(&out, "ousehold"));
    cr_expect_eq(memcmp(in.p, out.p, 9), 0);
    cr_expect(black.bytes == 0 && black.from == black.to);
    cr_expect_eq(version, 0, "the version reply comes first or not at all");
}

Test(mask_stream, where_a_stream_begins_the_version_may_be_found)
{
    struct bytes in = {.n = 0};
    struct mask_stream s;
    uint32_t version = 0;

    FRAME(&in, "176\00020260102 10:00:00 UTC\0");
    mask_stream_found(&s, TWS_GATEWAY, true);
    go_on(&s, &version, in.p, in.n);
    cr_expect_eq(version, 176);
}

Test(mask_stream, a_gap_inside_a_frame_costs_that_frame)
{
    for (size_t from = 4; from < 24; from++) {
        for (size_t to = from + 1; to <= 24; to++) {
            struct bytes in = {.n = 0}, out;
            struct mask_stream s;
            struct mask_black black;
            uint32_t version = 176;

            FRAME(&in, "15\0001\000Household,Jane\0");
            cr_assert_eq(in.n, 24);
            FRAME(&in, "15\0001\000Other-one\0");
            out = in;
            mask_stream_start(&s, TWS_GATEWAY);
            go_on(&s, &version, out.p, from);
            mask_stream_gap(&s, to - from);
            cr_expect_not(mask_stream_is_lost(&s));
            black = go_on(&s, &version, out.p + to, out.n - to);
            cr_expect_eq(black.bytes, 24 - to);
            cr_expect(all_black(out.p + to, 24 - to));
            cr_expect_eq(memcmp(in.p + 24, out.p + 24, 9), 0, "the next frame is one");
            cr_expect_not(holds(&out, "ther-one"));
        }
    }
}

Test(mask_stream, any_other_gap_loses_the_stream)
{
    struct bytes in = {.n = 0};
    struct mask_stream s;
    uint32_t version = 176;

    FRAME(&in, "15\0001\000Household,Jane\0");
    for (size_t cut = 0; cut <= 4; cut++) { /* at a boundary, and in a length */
        struct bytes out = in;

        mask_stream_start(&s, TWS_GATEWAY);
        go_on(&s, &version, out.p, cut < 4 ? cut : 24);
        mask_stream_gap(&s, 1);
        cr_expect(mask_stream_is_lost(&s), "%zu", cut);
    }
    mask_stream_start(&s, TWS_GATEWAY);
    go_on(&s, &version, in.p, 10);
    mask_stream_gap(&s, 15); /* one more than the frame has */
    cr_expect(mask_stream_is_lost(&s));
    mask_stream_start(&s, TWS_GATEWAY);
    go_on(&s, &version, in.p, 10);
    mask_stream_gap(&s, 0); /* not known how many */
    cr_expect(mask_stream_is_lost(&s));
}

Test(mask_stream, a_length_that_is_none_loses_a_stream_of_frames)
{
    struct bytes in = {.n = 0};
    struct mask_stream s;
    struct mask_black black;
    uint32_t version = 176;

    FRAME(&in, "15\0001\000Household,Jane\0");
    add(&in, "\377\377\377\377Household", 13);
    mask_stream_start(&s, TWS_GATEWAY);
    black = go_on(&s, &version, in.p, in.n);
    cr_expect(mask_stream_is_lost(&s));
    cr_expect_eq(black.from, 28);
    cr_expect_eq(black.to, in.n);
    cr_expect(all_black(in.p + 28, 9));
}

/* IB's form in small letters, behind a word, with an A behind it; and an id for a message's number.
 */
Test(mask_stream, ids_that_only_ib_has_are_found_in_other_company)
{
    static const char *const hidden[] = {"7654321", "8765432", "6543210", "5432109"};
    struct bytes in = {.n = 0};

    FRAME(&in,
          "4\0002\0001\000201\000du7654321 acctDU8765432 DU6543210A, ESZ5 f12 AU000000BHP4\000\0");
    FRAME(&in, "DU5432109 for a number");
    for (size_t cut = 1; cut < in.n; cut++) {
        struct bytes out = in;
        struct mask_stream s;
        uint32_t version = 203;

        mask_stream_found(&s, TWS_GATEWAY, false);
        go_on(&s, &version, out.p, cut);
        go_on(&s, &version, out.p + cut, in.n - cut);
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
            cr_expect_not(holds(&out, hidden[i]), "%s, cut at %zu", hidden[i], cut);
        cr_expect(holds(&out, " acctDU") && holds(&out, "for a number"));
    }
}

/* From version 145 on the account stands one field earlier. */
Test(mask_stream, without_a_version_what_may_be_an_account_is_black)
{
    struct bytes in = {.n = 0};
    struct mask_stream s;
    struct mask_black black;
    char order[256];
    size_t n = (size_t)snprintf(order, sizeof order, "5%c", 0), first;

    for (int i = 1; i <= 19; i++)
        n += (size_t)snprintf(order + n, sizeof order - n, "f%02d%c", i, 0);
    first = 4 + 2 + 4 * 18; /* no layout has an account among the first 18 */
    n += (size_t)snprintf(order + n, sizeof order - n, "Household%cJane%cmore%c", 0, 0, 0);
    add_frame(&in, order, n);
    FRAME(&in, "61\0003\000Household\00012\000IBM\0"); /* the same place in all versions */
    for (uint32_t version = 0; version <= 176; version += 176) {
        struct bytes out = in;
        uint32_t v = version;

        mask_stream_found(&s, TWS_GATEWAY, false);
        black = go_on(&s, &v, out.p, out.n);
        cr_expect_not(holds(&out, "ousehold"));
        cr_expect_eq(memcmp(in.p, out.p, first), 0, "what is before stays");
        cr_expect_eq(holds(&out, "Jane"), version == 176);
        cr_expect_eq(black.bytes, version ? 0 : 20);
        cr_expect_eq(black.from, black.to, "frames are known");
        cr_expect(holds(&out, "IBM"));
    }
}

Test(mask_stream, a_client_is_masked_too)
{
    struct mask_stream s;
    uint32_t version = 176;
    struct bytes in = {.n = 0}, out;

    add(&in, "API\0", 4);
    FRAME(&in, "v100..176 DU1234567");
    FRAME(&in, "71\0002\0007\000\0");
    FRAME(&in, "6\0002\0001\000DU1234567\0");
    out = in;
    mask_stream_start(&s, TWS_CLIENT);
    mask_stream_bytes(run, &s, &version, out.p, out.n);
    cr_expect_not(holds(&out, "1234567"));
    cr_expect_eq(memcmp(in.p, out.p, 20), 0);
    cr_expect(holds(&out, "v100..176 DU") && holds(&out, "71") && holds(&out, "6\0002"));
}

/* Where the list of accounts begins: behind the length, the id and the version. */
#define LIST_AT 9

Test(mask_stream, a_short_id_of_capitals_is_hidden_when_it_is_seen_whole)
{
    struct bytes in = {.n = 0}, out;

    FRAME(&in, "15\0001\000ABC,XY\0");
    FRAME(&in, "4\0002\000-1\00015\000ABC stays: it may be a symbol\0");
    mask_in(run, &in, NULL, 0, &out);
    cr_expect_not(holds(&out, "ABC,"), "%.*s", 6, (const char *)out.p + LIST_AT);
    cr_expect_neq(memcmp(out.p + LIST_AT + 4, "XY", 2), 0, "%.*s", 6,
                  (const char *)out.p + LIST_AT);
    cr_expect(holds(&out, "ABC stays"), "%.*s", 20, (const char *)out.p + LIST_AT + 30);
}

Test(mask_stream, what_is_learned_is_bounded)
{
    struct bytes out;

    for (unsigned i = 0; i < 2 * KNOWN_MAX; i++) {
        struct bytes in = {.n = 0};
        char payload[40];
        int n = snprintf(payload, sizeof payload, "15%c1%cfamily%04u%c", 0, 0, i, 0);

        add_frame(&in, payload, (size_t)n);
        mask_in(run, &in, NULL, 0, &out);
        cr_assert_not(holds(&out, "family"), "by meaning, known or not");
    }
}
