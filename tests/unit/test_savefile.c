#include "capmake.h"
#include "guard.h"
#include "savefile.h"
#include <criterion/criterion.h>
#include <string.h>

#define SEC_NS 1000000000ull

static enum parse_status next(struct savefile *f, struct tws_cursor *in, struct packet *out)
{
    enum parse_status status;

    do
        status = savefile_next(f, in, out);
    while (status == PARSE_STEP);
    return status;
}

static const char *why_broken(const void *p, size_t n)
{
    static struct savefile f;
    struct tws_cursor in = {p, n};
    struct packet out;
    enum parse_status status;

    savefile_init(&f);
    do
        status = next(&f, &in, &out);
    while (status == PARSE_PACKET);
    savefile_free(&f);
    return status == PARSE_BROKEN ? savefile_parse(&f)->why : "nothing is wrong";
}

/* Each form of pcap, cut at every byte: a packet is there at its last byte and no sooner. */
Test(savefile, reads_pcap_in_both_byte_orders_and_precisions)
{
    static struct capmake c;

    for (unsigned form = 0; form < 4; form++) {
        bool nano = form & 1;
        size_t first;

        c = (struct capmake){.big = form & 2};
        cap_pcap(&c, nano ? 0xa1b23c4d : 0xa1b2c3d4, 0x20000001); /* with a length of the FCS */
        cap_record(&c, 1700000000, 123, "first", 5);
        first = c.n;
        cap_record(&c, 1600000000, 999999, "second", 1500);
        for (size_t cut = 0; cut <= c.n; cut++) {
            const uint8_t *p = guarded(c.p, cut);
            struct tws_cursor in = {p, cut};
            struct packet out;
            struct savefile f;

            savefile_init(&f);
            if (cut >= first) {
                cr_assert_eq(next(&f, &in, &out), PARSE_PACKET);
                cr_expect_eq(out.ts_ns, 1700000000 * SEC_NS + (nano ? 123 : 123000));
                cr_expect(out.link == 1 && out.captured == 5 && out.len == 5 && !out.comment);
                cr_expect(memcmp(out.bytes, "first", 5) == 0);
            }
            if (cut == c.n) {
                cr_assert_eq(next(&f, &in, &out), PARSE_PACKET);
                cr_expect_eq(out.ts_ns, 1600000000 * SEC_NS + (nano ? 999999 : 999999000));
                cr_expect(out.captured == 6 && out.len == 1500);
            }
            cr_expect_eq(next(&f, &in, &out), PARSE_MORE, "cut at %zu", cut);
            cr_expect_eq(savefile_is_whole(&f, in.left),
                         cut == 0 || cut == 24 || cut == first || cut == c.n, "cut at %zu", cut);
            savefile_free(&f);
            unguard(p, cut);
        }
    }
}

Test(savefile, names_what_is_not_a_capture)
{
    static const struct {
        const char *begins, *says;
    } rows[] = {
        {"\x1f\x8b\x08\x00", "gzip"},
        {"\x28\xb5\x2f\xfd", "zstd"},
        {"\xfd\x37zX", "xz"},
        {"BZh9", "bzip2"},
        {"\x34\xcd\xb2\xa1", "Kuznetzov"},
        {"\xa1\xb2\xcd\x34", "Kuznetzov"},
        {"snoop", "snoop"},
        {"{\"v\":1}", "not a capture: it begins with 7b 22 76 22"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *why = why_broken(rows[i].begins, 4);

        cr_expect_neq(strstr(why, rows[i].says), NULL, "%s: %s", rows[i].says, why);
    }
}

Test(savefile, refuses_other_versions_and_impossible_packets)
{
    static struct capmake c, good;

    cap_pcap(&good, 0xa1b2c3d4, 1);
    cap_record(&good, 1, 1, "first", 5);
    c = good;
    c.p[6] = 3;
    cr_expect_str_eq(why_broken(c.p, c.n), "pcap version 2.3 is not supported");
    c = good;
    cap_raw(&c, "garbage in the middle of a file", 31);
    cr_expect_neq(strstr(why_broken(c.p, c.n), "at most 1048576"), NULL, "%s",
                  why_broken(c.p, c.n));
    c = good;
    cap_raw(&c, (uint8_t[64]){0}, 64);
    cr_expect_str_eq(why_broken(c.p, c.n), "zeros where a packet should begin");
}
