#include "capmake.h"
#include "guard.h"
#include "savefile.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#define SEC_NS 1000000000ull

/* All of a file at once; what it said is kept. */
struct reading {
    struct packet packets[16];
    char comments[16][64];
    size_t n;
    enum parse_status status; /* the last one: MORE at the end, or BROKEN */
    bool whole;
    char why[PARSE_WHY_MAX];
    uint64_t start;
    struct source_about about;
};

static void read_all(const uint8_t *p, size_t n, struct reading *r)
{
    struct tws_cursor in = {p, n};
    struct ngfile f;

    *r = (struct reading){.status = PARSE_STEP};
    ngfile_init(&f);
    while (r->status == PARSE_STEP || r->status == PARSE_PACKET) {
        struct packet got;

        r->status = ngfile_next(&f, &in, &got);
        if (r->status != PARSE_PACKET)
            continue;
        cr_assert(r->n < 16);
        snprintf(r->comments[r->n], 64, "%s", got.comment ? got.comment : "(none)");
        r->packets[r->n++] = got;
    }
    r->whole = ngfile_is_whole(&f, in.left);
    r->about = f.about;
    r->start = f.parse.start;
    memcpy(r->why, f.parse.why, sizeof r->why);
    ngfile_free(&f);
}

static void expect(const struct reading *r, size_t i, uint64_t ts, int link, uint32_t iface,
                   const char *data, uint32_t len)
{
    const struct packet *p = &r->packets[i];

    cr_assert_lt(i, r->n, "packet %zu of %zu: %s", i, r->n, r->why);
    cr_expect_eq(p->ts_ns, ts, "packet %zu: at %llu", i, (unsigned long long)p->ts_ns);
    cr_expect_eq(p->link, link, "packet %zu: link %d", i, p->link);
    cr_expect_eq(p->iface, iface, "packet %zu: interface %u", i, p->iface);
    cr_expect_eq(p->len, len, "packet %zu: %u bytes on the wire", i, p->len);
    cr_expect(p->captured == strlen(data) && memcmp(p->bytes, data, p->captured) == 0,
              "packet %zu: %u bytes", i, p->captured);
}

/* Every block there is, two interfaces that libpcap would refuse together, and a second section in
 * the other byte order. */
static void every_block(struct capmake *c, bool big)
{
    static struct capmake options;

    *c = (struct capmake){.big = big};
    options = (struct capmake){.big = big};
    cap_option(&options, 2, "lo", 2);
    cap_option(&options, 9, "\x09", 1);
    cap_section(c, "made by a test", "capmake");
    cap_interface(c, 1, 65535, &options);
    cap_interface(c, 113, 3, NULL);
    cap_enhanced(c, 0, 5 * SEC_NS + 1, "first", 5, NULL);
    cap_begin(c, 5); /* statistics */
    cap_raw(c, "what was dropped", 16);
    cap_end(c);
    cap_enhanced(c, 1, 6000001, "sec", 60, "quiet since here");
    cap_begin(c, 0x80000bad); /* nobody's */
    cap_end(c);
    cap_simple(c, "simple", 6, 6);
    cap_obsolete(c, 1, 7000000, "old", 3);
    c->big = !big;
    cap_section(c, "another", NULL);
    cap_interface(c, 276, 0, NULL);
    cap_enhanced(c, 0, 8000000, "last", 4, "");
}

Test(ngfile, reads_every_block_in_both_byte_orders)
{
    static struct capmake c;
    static struct reading r;

    for (int big = 0; big < 2; big++) {
        every_block(&c, big);
        read_all(c.p, c.n, &r);
        cr_assert_eq(r.n, 5, "%zu packets: %s", r.n, r.why);
        cr_expect(r.status == PARSE_MORE && r.whole);
        expect(&r, 0, 5 * SEC_NS + 1, 1, 0, "first", 5);
        expect(&r, 1, 6 * SEC_NS + 1000, 113, 1, "sec", 60);
        expect(&r, 2, 6 * SEC_NS + 1000, 1, 0, "simple", 6); /* no time of its own */
        expect(&r, 3, 7 * SEC_NS, 113, 1, "old", 3);
        expect(&r, 4, 8 * SEC_NS, 276, 2, "last", 4);
        cr_expect_str_eq(r.comments[0], "(none)");
        cr_expect_str_eq(r.comments[1], "quiet since here");
        cr_expect_str_eq(r.about.comment, "made by a test");
        cr_expect_str_eq(r.about.app, "capmake");
        cr_expect_str_eq(r.about.iface, "lo");
    }
}

/* A cut keeps every complete packet, reads nothing behind the cut, and is seen as one exactly where
 * it is not between two blocks. */
Test(ngfile, keeps_what_is_before_a_cut_at_any_byte)
{
    static struct capmake c;
    static struct reading all, r;

    every_block(&c, false);
    read_all(c.p, c.n, &all);
    for (size_t cut = 0; cut <= c.n; cut++) {
        const uint8_t *p = guarded(c.p, cut);
        size_t whole = 0;
        bool between = cut == 0;

        for (size_t i = 0; i < c.n_ends && c.ends[i] <= cut; i++) {
            whole += c.is_packet[i];
            between = c.ends[i] == cut;
        }
        read_all(p, cut, &r);
        cr_expect_eq(r.status, PARSE_MORE, "cut at %zu: %s", cut, r.why);
        cr_expect_eq(r.whole, between, "cut at %zu", cut);
        cr_expect_eq(r.n, whole, "cut at %zu", cut);
        for (size_t i = 0; i < r.n; i++)
            cr_expect_eq(r.packets[i].ts_ns, all.packets[i].ts_ns, "cut at %zu", cut);
        unguard(p, cut);
    }
}

struct resolution {
    char name[32];
    uint8_t code;
    uint64_t ts;
    int64_t offset;
    uint64_t ns;
};

ParameterizedTestParameters(ngfile, reads_times_of_every_resolution)
{
    static struct resolution rows[] = {
        {"seconds", 0, 7, 0, 7 * SEC_NS},
        {"milliseconds", 3, 7001, 0, 7 * SEC_NS + 1000000},
        {"microseconds", 6, 7000001, 0, 7 * SEC_NS + 1000},
        {"nanoseconds", 9, 7 * SEC_NS + 1, 0, 7 * SEC_NS + 1},
        {"picoseconds", 12, 7000000001999ull, 0, 7 * SEC_NS + 1},
        {"10^-19 s", 19, 10000000000000000000ull + 20000000000ull, 0, SEC_NS + 2},
        {"10^-20 s: less than a second", 20, 500000000000ull, 0, 5},
        {"10^-127 s", 127, UINT64_MAX, 0, 0},
        {"2^-0 s", 0x80, 7, 0, 7 * SEC_NS},
        {"2^-10 s", 0x80 | 10, 7 * 1024 + 512, 0, 7 * SEC_NS + SEC_NS / 2},
        {"2^-32 s", 0x80 | 32, (7ull << 32) + (1ull << 30), 0, 7 * SEC_NS + SEC_NS / 4},
        {"2^-40 s", 0x80 | 40, (7ull << 40) + (1ull << 38), 0, 7 * SEC_NS + SEC_NS / 4},
        {"2^-63 s", 0x80 | 63, (1ull << 63) + (1ull << 62), 0, SEC_NS + SEC_NS / 2},
        {"2^-64 s", 0x80 | 64, 1ull << 63, 0, SEC_NS / 2},
        {"2^-127 s", 0x80 | 127, UINT64_MAX, 0, 0},
        {"offset", 6, 1000001, 10, 11 * SEC_NS + 1000},
        {"offset back", 6, 12000001, -10, 2 * SEC_NS + 1000},
        {"before 1970", 6, 1, -10, 0},
        {"the last second of all", 0, INT64_MAX / SEC_NS, 0, INT64_MAX / SEC_NS * SEC_NS},
        {"offset far back", 9, 5, INT64_MIN, 0},
    };
    return cr_make_param_array(struct resolution, rows, sizeof rows / sizeof rows[0]);
}

/* A file with one packet at this time. */
static void read_at(const struct resolution *t, bool big, struct reading *r)
{
    static struct capmake c, options, offset;
    uint64_t bits = (uint64_t)t->offset;

    options = offset = c = (struct capmake){.big = big};
    cap_u32(&offset, (uint32_t)(big ? bits >> 32 : bits));
    cap_u32(&offset, (uint32_t)(big ? bits : bits >> 32));
    cap_option(&options, 9, &t->code, 1);
    cap_option(&options, 14, offset.p, 8);
    cap_section(&c, NULL, NULL);
    cap_interface(&c, 1, 0, &options);
    cap_enhanced(&c, 0, t->ts, "x", 1, NULL);
    read_all(c.p, c.n, r);
}

ParameterizedTest(struct resolution *t, ngfile, reads_times_of_every_resolution)
{
    static struct reading r;

    for (int big = 0; big < 2; big++) {
        read_at(t, big, &r);
        cr_assert_eq(r.n, 1, "%s: %s", t->name, r.why);
        cr_expect_eq(r.packets[0].ts_ns, t->ns, "%s: %llu, not %llu", t->name,
                     (unsigned long long)r.packets[0].ts_ns, (unsigned long long)t->ns);
    }
}

/* A time that is too late is no time, and neither has what follows one. */
ParameterizedTestParameters(ngfile, refuses_times_behind_the_last_one)
{
    static struct resolution rows[] = {
        {"2^64-1 ns", 9, UINT64_MAX, 0, 0},       {"2^63 ns", 9, 1ull << 63, 0, 0},
        {"microseconds", 6, UINT64_MAX, 0, 0},    {"2^-0 s", 0x80, UINT64_MAX, 0, 0},
        {"10^-0 s", 0, UINT64_MAX, 0, 0},         {"by its offset", 9, 5, INT64_MAX, 0},
        {"by both", 0, UINT64_MAX, INT64_MAX, 0},
    };
    return cr_make_param_array(struct resolution, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct resolution *t, ngfile, refuses_times_behind_the_last_one)
{
    static struct reading r;

    for (int big = 0; big < 2; big++) {
        read_at(t, big, &r);
        cr_expect_eq(r.n, 0, "%s", t->name);
        cr_expect_eq(r.status, PARSE_BROKEN, "%s", t->name);
        cr_expect_neq(strstr(r.why, "after the year 2262"), NULL, "%s: %s", t->name, r.why);
    }
}

static void begin(struct capmake *c)
{
    *c = (struct capmake){0};
    cap_section(c, NULL, NULL);
    cap_interface(c, 1, 0, NULL);
}

static void expect_broken(const struct capmake *c, size_t start, const char *word)
{
    static struct reading r;

    read_all(c->p, c->n, &r);
    cr_expect_eq(r.status, PARSE_BROKEN, "%s", word);
    cr_expect_eq(r.start, start, "%s: at %llu", word, (unsigned long long)r.start);
    cr_expect_neq(strstr(r.why, word), NULL, "\"%s\" does not say \"%s\"", r.why, word);
}

Test(ngfile, says_what_is_wrong_with_a_block)
{
    static struct capmake c;
    size_t at;

    c = (struct capmake){0};
    cap_begin(&c, 1);
    cap_end(&c);
    expect_broken(&c, 0, "before the first section");
    begin(&c);
    c.p[12] = 2;
    expect_broken(&c, 0, "version 2.0");
    begin(&c);
    c.p[8] = 0;
    expect_broken(&c, 0, "byte order");
    begin(&c);
    at = c.n;
    cap_enhanced(&c, 1, 0, "x", 1, NULL);
    expect_broken(&c, at, "interface 1, of 1");
    begin(&c);
    cap_enhanced(&c, 0, 0, "packet", 6, NULL);
    c.p[at + 20] = 200;
    expect_broken(&c, at, "200 bytes in a block too small");
    begin(&c);
    cap_enhanced(&c, 0, 0, "packet", 6, NULL);
    c.p[c.n - 4]++;
    expect_broken(&c, at, "at its end");
    begin(&c);
    cap_begin(&c, 0x55);
    cap_end(&c);
    c.p[c.n - 4]++;
    expect_broken(&c, at, "at its end");
    begin(&c);
    cap_raw(&c, "garbage in here!", 16);
    expect_broken(&c, at, "cannot have");
    begin(&c);
    cap_u32(&c, 6);
    cap_u32(&c, 16);
    cap_u32(&c, 0);
    cap_u32(&c, 16);
    expect_broken(&c, at, "enhanced packet block of 16 bytes");
    begin(&c);
    cap_u32(&c, 6);
    cap_u32(&c, PARSE_WHOLE_MAX + 4);
    cap_u32(&c, 0);
    expect_broken(&c, at, "1048576 are read");
    begin(&c);
    cap_u32(&c, 77);
    cap_u32(&c, NGFILE_BLOCK_MAX + 4);
    cap_u32(&c, 0);
    expect_broken(&c, at, "at most 16777216");
    begin(&c);
    cap_u32(&c, 0);
    cap_u32(&c, 0);
    cap_u32(&c, 0);
    expect_broken(&c, at, "cannot have 0 bytes");
}

Test(ngfile, bounds_the_interfaces_of_a_section)
{
    static struct capmake c;
    struct tws_cursor in;
    struct packet out;
    struct ngfile f;

    ngfile_init(&f);
    begin(&c);
    in = (struct tws_cursor){c.p, c.n};
    while (ngfile_next(&f, &in, &out) == PARSE_STEP)
        ;
    c = (struct capmake){0};
    cap_interface(&c, 1, 0, NULL);
    for (unsigned i = 1; i < NGFILE_INTERFACES_MAX; i++) {
        in = (struct tws_cursor){c.p, c.n};
        cr_assert_eq(ngfile_next(&f, &in, &out), PARSE_STEP, "interface %u", i);
    }
    in = (struct tws_cursor){c.p, c.n};
    cr_expect_eq(ngfile_next(&f, &in, &out), PARSE_BROKEN);
    cr_expect_neq(strstr(f.parse.why, "4096"), NULL, "%s", f.parse.why);
    ngfile_free(&f);
}

/* A comment never leaves its buffer, and never in the middle of a character. */
Test(ngfile, cuts_long_comments_between_characters)
{
    static struct capmake c;
    static char text[4096];
    struct tws_cursor in;
    struct packet out = {0};
    struct ngfile f;

    memset(text, 'a', 1022);
    for (size_t i = 1022; i < sizeof text - 1; i += 2)
        snprintf(text + i, sizeof text - i, "\xc3\xa9");
    begin(&c);
    cap_enhanced(&c, 0, 0, "x", 1, text);
    in = (struct tws_cursor){c.p, c.n};
    ngfile_init(&f);
    while (ngfile_next(&f, &in, &out) == PARSE_STEP)
        ;
    cr_assert_neq(out.comment, NULL);
    cr_expect_eq(strlen(out.comment), 1022);
    ngfile_free(&f);
}

Test(ngfile, joins_comments_and_survives_options_that_do_not_fit)
{
    static struct capmake c;
    static struct reading r;

    begin(&c);
    cap_begin(&c, 6);
    for (int i = 0; i < 5; i++)
        cap_u32(&c, 0);
    cap_option(&c, 1, "one", 3);
    cap_option(&c, 1, "two", 3);
    cap_u16(&c, 1);
    cap_u16(&c, 60000);
    cap_end(&c);
    cap_enhanced(&c, 0, 2000000, "next", 4, NULL);
    read_all(c.p, c.n, &r);
    cr_assert_eq(r.n, 2, "%s", r.why);
    cr_expect_str_eq(r.comments[0], "one\ntwo");
    cr_expect_str_eq(r.comments[1], "(none)");
}

/* A Simple Packet is as long as its interface's snapshot length lets it be. */
Test(ngfile, cuts_a_simple_packet_at_the_snapshot_length)
{
    static struct capmake c;
    static struct reading r;

    c = (struct capmake){0};
    cap_section(&c, NULL, NULL);
    cap_interface(&c, 1, 4, NULL);
    cap_simple(&c, "snap", 4, 1500);
    read_all(c.p, c.n, &r);
    expect(&r, 0, 0, 1, 0, "snap", 1500);
}
