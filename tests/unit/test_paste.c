#include "guard.h"
#include "payload.h"
#include <criterion/criterion.h>
#include <string.h>

/* Of a line that stands alone; what is read is freed by forget(). */
static enum payload_status read_line(struct payload *p, const char *line, uint32_t version)
{
    const uint8_t *at = guarded(line, strlen(line));
    enum payload_status status;

    *p = (struct payload){0};
    status = payload_read(p, (const char *)at, strlen(line), version);
    if (status == PAYLOAD_MORE)
        status = payload_end(p);
    unguard(at, strlen(line));
    return status;
}

Test(paste, every_format_reads_its_sample)
{
    for (size_t i = 0; i < formats_n; i++) {
        const struct format *f = &formats[i];
        struct payload p;
        enum payload_status status = read_line(&p, f->sample, 0);

        if (f->form == FORMAT_REFUSED) {
            cr_expect_eq(status, PAYLOAD_WRONG, "%s: %s", f->name, f->sample);
            cr_expect_str_eq(p.why, f->refused);
        } else if (f->form == FORMAT_UNSEEN) {
            cr_expect(status == PAYLOAD_SKIPPED && p.format == f, "%s", f->sample);
        } else {
            cr_expect_eq(status, PAYLOAD_READ, "%s: %s: %s", f->name, f->sample, p.why);
            cr_expect(p.format == f && p.dir == f->dir, "%s: %s", f->name, f->sample);
            cr_expect(p.n == f->n && memcmp(p.bytes, f->payload, f->n) == 0, "%s", f->sample);
            cr_expect_null(p.guess, "%s: %s", f->sample, p.guess);
        }
        payload_free(&p);
    }
}

Test(paste, no_prefix_and_no_changed_character_of_a_sample_reads_beyond_it)
{
    for (size_t i = 0; i < formats_n; i++) {
        size_t n = strlen(formats[i].sample);
        char line[512];
        struct payload p;

        cr_assert_lt(n, sizeof line);
        for (size_t cut = 0; cut < n; cut++) {
            memcpy(line, formats[i].sample, cut);
            line[cut] = '\0';
            read_line(&p, line, 0);
            payload_free(&p);
            memcpy(line, formats[i].sample, n + 1);
            line[cut] = "\\'\"[,-\xff"[cut % 7];
            read_line(&p, line, 201);
            payload_free(&p);
        }
    }
}

/* Lines that two formats could have written, or nearly one: which wins, and is it said? */
static const struct near_miss {
    const char *line, *format; /* NULL: of no log */
    enum payload_status status;
    enum tws_side dir;
    const char *payload;
    size_t n;
    bool guess;
} near_misses[] = {
#define IS(text) text, sizeof(text) - 1
    /* arrows: rust-ibapi's lead to the gateway, TWS's to the client, and anybody's to the gateway
     */
    {"10:05:21:715 -> 9-1-42-", "TWS", PAYLOAD_READ, TWS_GATEWAY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"-> 9-1-42-", "TWS", PAYLOAD_READ, TWS_GATEWAY,
     IS("9\0"
        "1\0"
        "42\0"),
     true},
    {"10:05:21 -> \"49\\01\\0\"", "rust-ibapi", PAYLOAD_READ, TWS_CLIENT,
     IS("49\0"
        "1\0"),
     false},
    {"10:05:21 -> 34-39-00-31-00", NULL, PAYLOAD_READ, TWS_CLIENT,
     IS("49\0"
        "1\0"),
     false},
    {"2026-07-30 16:09:27,403 parso.python.diff DEBUG -> code[replace] old[1:1]", NULL,
     PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"10:05:21:715 -> ---x9-1-42-", "TWS", PAYLOAD_WRONG, TWS_GATEWAY, NULL, 0, false},
    /* commas: fields, or bytes in hex */
    {"<<< 00,00,00,07,39,00", NULL, PAYLOAD_READ, TWS_GATEWAY, IS("\0\0\0\a9\0"), false},
    {">>> 61,1,", "ib_async", PAYLOAD_READ, TWS_CLIENT,
     IS("61\0"
        "1\0"),
     false},
    {">>> 61,1", "ib_async", PAYLOAD_READ, TWS_CLIENT,
     IS("61\0"
        "1\0"),
     false},
    {">>> 71,2,7,,", "ib_async", PAYLOAD_READ, TWS_CLIENT,
     IS("71\0"
        "2\0"
        "7\0"
        "\0"),
     false},
    {"<<< 4,2,-1,2104,again,and again,", "ib_async", PAYLOAD_READ, TWS_GATEWAY,
     IS("4\0"
        "2\0"
        "-1\0"
        "2104\0"
        "again,and again\0"
        "\0"),
     true},
    /* '-': NUL, a minus, or itself */
    {"10:05:21:715 -> 1-6-9001-1--1-0-0-", "TWS", PAYLOAD_READ, TWS_GATEWAY,
     IS("1\0"
        "6\0"
        "9001\0"
        "1\0"
        "-1\0"
        "0\0"
        "0\0"),
     false},
    {"10:05:21:715 -> 4-2-5-202-Order Canceled - reason:--", "TWS", PAYLOAD_READ, TWS_GATEWAY,
     IS("4\0"
        "2\0"
        "5\0"
        "202\0"
        "Order Canceled - reason:\0"
        "\0"),
     false},
    {"D: 5-min bars", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    /* lists: fields, bytes in decimal, bytes in hex */
    {"[b'98', b'9', b'0', b'1']", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("98\0"
        "9\0"
        "0\0"
        "1\0"),
     false},
    {"['98','9','0','1']", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("98\0"
        "9\0"
        "0\0"
        "1\0"),
     false},
    {"[\"4\", \"2\"]", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("4\0"
        "2\0"),
     false},
    {"[57, 0, 49, 0, 52, 50, 0]", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"[57 0 49 0 52 50 0]", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"[39, 00, 31, 00, 34, 32, 00]", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"<Buffer 39 00 31 00 34 32 00>", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"<Buffer 39 00 31 00 ... 3 more bytes>", NULL, PAYLOAD_WRONG, TWS_NOBODY, NULL, 0, false},
    {"new byte[] { 0x39, 0x00, 0x31, 0x00, 0x34, 0x32, 0x00 };", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"new byte[] { 57, 0, 49, 0, 52, 50, 0 };", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"UInt8[0x39, 0x00, 0x31, 0x00, 0x34, 0x32, 0x00]", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"-> [61, 1]", "rust-ibapi", PAYLOAD_READ, TWS_CLIENT, IS("=\1"), false},
    {"sent [ 61, 1 ]", "@stoqey/ib", PAYLOAD_READ, TWS_CLIENT,
     IS("61\0"
        "1\0"),
     false},
    {"['AAPL', 'MSFT']", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"No connections: [1, 2, 3] left", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"['98', '9', '0", NULL, PAYLOAD_WRONG, TWS_NOBODY, NULL, 0, false},
    {"['98', '9', ... 3 more items ]", NULL, PAYLOAD_WRONG, TWS_NOBODY, NULL, 0, false},
    {"Error handling fields: ['x', '9']", "ib_async", PAYLOAD_WRONG, TWS_GATEWAY, NULL, 0, false},
    {"byte[] msg = {57, 0, 49, 0, 52, 50, 0};", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"Message{raw=[57, 0, 49, 0, 52, 50, 0], n=7}", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"got ['9', '1', '42'] at last", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    /* NUL as terminals and editors write it */
    {"9^@1^@42^@", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"9\xe2\x90\x80"
     "1\xe2\x90\x80"
     "42\xe2\x90\x80",
     NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"10:05:21:715 -> 4-2-12-399-until 2026-11-30 09:30--", "TWS", PAYLOAD_READ, TWS_GATEWAY,
     IS("4\0"
        "2\0"
        "12\0"
        "399\0"
        "until 2026-11-30 09:30\0"
        "\0"),
     false},
    /* \0 before a digit: octal, or NUL and the digit */
    {"\"9\\0001\\00042\\0\"", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("9\0"
        "1\0"
        "42\0"),
     false},
    {"\"58\\01\\09004\\01\\0\"", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("58\0"
        "1\0"
        "9004\0"
        "1\0"),
     false},
    {"<- \"9\\0001\\00042\\0\"", "rust-ibapi", PAYLOAD_READ, TWS_GATEWAY,
     IS("9\0"
        "001\0"
        "0042\0"),
     true},
    {"b'9\\x001\\x0042", NULL, PAYLOAD_WRONG, TWS_NOBODY, NULL, 0, false},
    /* words that are hex or base64 by chance */
    {"00000031", NULL, PAYLOAD_READ, TWS_NOBODY,
     IS("\0\0\0"
        "1"),
     false},
    {"done", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"facade", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"Connecting to 127.0.0.1:7497", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"2026-11-24 13:03:05", NULL, PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"2026-11-24 13:03:05,123 ibapi.client INFO REQUEST reqMktData {'reqId': 1}", NULL,
     PAYLOAD_SKIPPED, TWS_NOBODY, NULL, 0, false},
    {"3900zz", NULL, PAYLOAD_WRONG, TWS_NOBODY, NULL, 0, false},
};

Test(paste, of_several_formats_one_wins_and_a_guess_is_said)
{
    for (size_t i = 0; i < sizeof near_misses / sizeof near_misses[0]; i++) {
        const struct near_miss *m = &near_misses[i];
        struct payload p;
        enum payload_status status = read_line(&p, m->line, 0);

        cr_expect_eq(status, m->status, "%s: %d (%s)", m->line, status, p.why);
        if (m->status == PAYLOAD_READ || m->status == PAYLOAD_WRONG) {
            cr_expect_eq(p.dir, m->dir, "%s", m->line);
            cr_expect(!p.format == !m->format &&
                          (!m->format || strcmp(p.format->name, m->format) == 0),
                      "%s", m->line);
        }
        if (m->status == PAYLOAD_READ) {
            cr_expect(p.n == m->n && memcmp(p.bytes, m->payload, m->n) == 0, "%s: %zu bytes",
                      m->line, p.n);
            cr_expect_eq(p.guess != NULL, m->guess, "%s: %s", m->line, p.guess);
        }
        if (m->status == PAYLOAD_WRONG)
            cr_expect_not_null(p.why, "%s", m->line);
        payload_free(&p);
    }
}

Test(paste, fields_of_a_session_from_201_on_get_their_id_back)
{
    struct payload p;

    cr_assert_eq(read_line(&p, "received [ '9', '1', '42' ]", 203), PAYLOAD_READ);
    cr_expect(p.n == 9 && memcmp(p.bytes,
                                 "\0\0\0\t1\0"
                                 "42\0",
                                 9) == 0);
    payload_free(&p);
}

/* Several lines, and what came of each. */
static void expect_lines(const char *const *lines, const enum payload_status *want, size_t n,
                         size_t skipped)
{
    struct payload p = {0};
    size_t all = 0;

    for (size_t i = 0; i < n; i++) {
        cr_expect_eq(payload_read(&p, lines[i], strlen(lines[i]), 0), want[i], "%s", lines[i]);
        all += p.skipped;
        if (want[i] == PAYLOAD_READ)
            cr_expect(p.n == 7 && memcmp(p.bytes,
                                         "9\0"
                                         "1\0"
                                         "42\0",
                                         7) == 0,
                      "%s", lines[i]);
    }
    cr_expect_eq(all, skipped);
    payload_free(&p);
}

Test(paste, a_list_may_go_on_over_lines)
{
    static const char *const lines[] = {"received [",   "  '9', '1',",           "  '42'", "]", "[",
                                        "{ \"a\": 1 }", "b'9\\x001\\x0042\\x00'"};
    static const enum payload_status want[] = {PAYLOAD_MORE, PAYLOAD_MORE, PAYLOAD_MORE,
                                               PAYLOAD_READ, PAYLOAD_MORE, PAYLOAD_SKIPPED,
                                               PAYLOAD_READ};

    expect_lines(lines, want, sizeof lines / sizeof lines[0], 1);
}

Test(paste, a_list_without_an_end_is_refused)
{
    struct payload p = {0};

    cr_assert_eq(payload_read(&p, "received [", 10, 0), PAYLOAD_MORE);
    cr_assert_eq(payload_read(&p, "'9',", 4, 0), PAYLOAD_MORE);
    cr_expect_eq(payload_end(&p), PAYLOAD_WRONG);
    cr_expect_str_eq(p.why, "the list has no end");
    payload_free(&p);
}

static const struct time_row {
    const char *line;
    enum stamp_kind kind;
    uint64_t ns;
} times[] = {
    {"2026-11-24 13:03:05,123 x", STAMP_DATE, 1795525385123000000u},
    {"[2026-11-24T13:03:05Z DEBUG x]", STAMP_DATE, 1795525385000000000u},
    {"2026-11-24T14:03:05.5+01:00 x", STAMP_DATE, 1795525385500000000u},
    {"20261124 13:03:05 x", STAMP_DATE, 1795525385000000000u},
    {"DEBUG 1795525385.25 x", STAMP_DATE, 1795525385250000000u},
    {"{\"time\":1795525385123,", STAMP_DATE, 1795525385123000000u},
    {"10:05:21:715 -> x", STAMP_DAY, 36321715000000u},
    {"{\"time\":\"2026-11-24T13:03:05Z\"}", STAMP_DATE, 1795525385000000000u},
    {"25:05:21 x", STAMP_NONE, 0},
    {"no time", STAMP_NONE, 0},
};

Test(paste, the_time_of_a_line_is_none_of_its_payload)
{
    struct payload p;

    cr_assert_eq(read_line(&p, "<<< 176,20261124 13:03:05 EST", 0), PAYLOAD_READ);
    cr_expect_eq(p.stamp.kind, STAMP_NONE);
    payload_free(&p);
    cr_assert_eq(read_line(&p, "10:05:21:715 -> 9-1-42-", 0), PAYLOAD_READ);
    cr_expect_eq(p.stamp.kind, STAMP_DAY);
    payload_free(&p);
    cr_assert_eq(read_line(&p, "2026-11-24 13:03:05 > 34 39 00 31 00", 0), PAYLOAD_READ);
    cr_expect_eq(p.stamp.kind, STAMP_DATE);
    payload_free(&p);
}

Test(paste, times_of_logs)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct stamp stamp;

        stamp_find((struct rest){times[i].line, strlen(times[i].line)}, 16, &stamp);
        cr_expect(stamp.kind == times[i].kind && stamp.ns == times[i].ns, "%s: %d %llu",
                  times[i].line, stamp.kind, (unsigned long long)stamp.ns);
    }
}
