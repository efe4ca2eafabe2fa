#include "guard.h"
#include "reasm.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull

/* What came out, as text: bytes as they are, a gap of 3 as "[3]", the FIN as "$". */
struct sink {
    char text[512];
    size_t n;
    const uint8_t *last; /* where the last bytes lay */
};

static void put(struct sink *k, const char *p, size_t n)
{
    cr_assert_lt(k->n + n, sizeof k->text);
    memcpy(k->text + k->n, p, n);
    k->n += n;
    k->text[k->n] = '\0';
}

static void on_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct sink *k = ctx;

    cr_expect_gt(n, 0);
    k->last = p;
    put(k, (const char *)p, n);
}

static void on_gap(void *ctx, uint64_t missing)
{
    char text[32];

    cr_expect_gt(missing, 0);
    put(ctx, text, (size_t)snprintf(text, sizeof text, "[%llu]", (unsigned long long)missing));
}

static void on_fin(void *ctx)
{
    put(ctx, "$", 1);
}

/* One direction with all that belongs to it. */
struct rig {
    struct reasm r;
    struct reasm_limits limits;
    struct reasm_pool pool;
    struct sink sink;
    struct reasm_out out;
    uint32_t isn;
    uint64_t now;
    char kinds[128];
    size_t n_kinds;
};

static void rig_init(struct rig *g, uint32_t isn)
{
    *g = (struct rig){.limits = {200 * MS, 5000 * MS, 1000}, .pool = {.limit = 100000}, .isn = isn};
    g->out = (struct reasm_out){on_bytes, on_gap, on_fin, &g->sink};
    reasm_init(&g->r);
}

static void rig_end(struct rig *g)
{
    reasm_free(&g->r, &g->pool);
    cr_expect_eq(g->pool.held, 0, "all is given back");
    cr_expect_eq(g->r.held, 0);
    cr_expect_eq(g->r.n_pieces, 0);
    cr_expect_null(g->r.pieces);
}

static enum reasm_kind segment(struct rig *g, uint32_t off, const char *p, size_t captured,
                               size_t len, bool fin)
{
    const uint8_t *bytes = guarded(p, captured);
    enum reasm_kind kind = reasm_segment(&g->r, &g->limits, &g->pool, &g->out, g->isn + off, bytes,
                                         (uint32_t)captured, (uint32_t)len, fin, g->now);

    unguard(bytes, captured);
    cr_assert_lt(g->n_kinds, sizeof g->kinds - 1);
    g->kinds[g->n_kinds++] = "NEAPK0O"[kind];
    return kind;
}

static void acked(struct rig *g, uint32_t off)
{
    reasm_acked(&g->r, &g->limits, &g->pool, &g->out, g->isn + off, g->now);
}

static void tick(struct rig *g, uint64_t ms)
{
    g->now = ms * MS;
    reasm_tick(&g->r, &g->limits, &g->pool, &g->out, g->now);
}

static uint64_t deadline_ms(const struct rig *g)
{
    return reasm_deadline(&g->r, &g->limits) / MS;
}

/* One word of a script:
 *   4:abc    a segment, `$` at its end: with FIN; ~3 at its end: 3 bytes more on the wire
 *   s4       the stream begins here      a4  acknowledged up to here      !  flush
 *   w7       it is now 7 ms              t7  and a tick                   d7 the deadline is at 7
 * ms */
static void do_word(struct rig *g, const char *word)
{
    char *text;
    uint32_t n = (uint32_t)strtol(word + (strchr("sawtd!", word[0]) ? 1 : 0), &text, 10);

    switch (word[0]) {
    case 's':
        reasm_start(&g->r, g->isn + n);
        break;
    case 'a':
        acked(g, n);
        break;
    case 'w':
        g->now = n * MS;
        break;
    case 't':
        tick(g, n);
        break;
    case 'd':
        cr_expect_eq(deadline_ms(g), n, "the deadline is at %llu",
                     (unsigned long long)deadline_ms(g));
        break;
    case '!':
        reasm_flush(&g->r, &g->pool, &g->out);
        break;
    default: {
        size_t len = strcspn(++text, "$~");
        char *rest = strchr(text, '~');

        segment(g, n, text, len, len + (rest ? (size_t)strtol(rest + 1, NULL, 10) : 0),
                strchr(text, '$') != NULL);
    }
    }
}

struct row {
    const char *name, *script, *want, *kinds;
    uint64_t differs;
};

static void run(const struct row *row, uint32_t isn)
{
    struct rig g;
    char words[256], *save = NULL;

    rig_init(&g, isn);
    snprintf(words, sizeof words, "%s", row->script);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
        do_word(&g, w);
    cr_expect_str_eq(g.sink.text, row->want, "%s from %u: %s", row->name, isn, g.sink.text);
    cr_expect_str_eq(g.kinds, row->kinds, "%s from %u: %s", row->name, isn, g.kinds);
    cr_expect_eq(g.r.differs, row->differs, "%s: %llu", row->name, (unsigned long long)g.r.differs);
    rig_end(&g);
}

/* Each row with the sequence's wrap before, at and behind each of its bytes, and the signed one. */
static void run_all(const struct row *rows, size_t n)
{
    static const uint32_t middle[] = {0, 0x7fffffffu, 0x7ffffffau, 0x80000000u, 12345};

    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < 24; k++)
            run(&rows[i], 0u - k);
        for (size_t k = 0; k < sizeof middle / sizeof middle[0]; k++)
            run(&rows[i], middle[k]);
    }
}

#define RUN_ALL(rows) run_all(rows, sizeof(rows) / sizeof((rows)[0]))

Test(reasm, puts_segments_in_order)
{
    static const struct row rows[] = {
        {"in order", "s0 0:ab 2:cd 4:e", "abcde", "NNN", 0},
        {"two changed", "s0 2:cd 0:ab 4:e", "abcde", "ENN", 0},
        {"backwards", "s0 4:e 3:d 2:c 1:b 0:a", "abcde", "EEEEN", 0},
        {"inside out", "s0 2:c 4:e 1:b 3:d 0:a", "abcde", "EEEEN", 0},
        {"two holes", "s0 1:b 3:d 0:a 2:c", "abcd", "EENN", 0},
        {"nothing", "s0 0: 0:a 1: 5:", "a", "0N00", 0},
        {"a hole at the end of all", "s0 0:a 3:d !", "a[2]d", "NE", 0},
        {"two holes at the end of all", "s0 1:b 3:d !", "[1]b[1]d", "EE", 0},
        {"on after a flush", "s0 1:b ! 0:a 2:c 4:e 3:d", "[1]bcde", "EANEN", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, lets_the_first_copy_of_a_byte_win)
{
    static const struct row rows[] = {
        {"out already", "s0 0:abcd 0:abcd 4:e", "abcde", "NAN", 0},
        {"out already, not compared", "s0 0:abcd 0:wxyz 4:e", "abcde", "NAN", 0},
        {"its prefix is out", "s0 0:abc 1:XXdef", "abcdef", "NP", 0},
        {"inside what is out", "s0 0:abcd 1:XX", "abcd", "NA", 0},
        {"held already", "s0 2:cd 2:cd 0:ab", "abcd", "EAN", 0},
        {"held, differs", "s0 2:cd 2:cX 0:ab", "abcd", "EAN", 1},
        {"prefix of a held one", "s0 2:cdef 2:cX 0:ab", "abcdef", "EAN", 1},
        {"suffix of a held one", "s0 2:cdef 4:Xf 0:ab", "abcdef", "EAN", 1},
        {"inside a held one", "s0 2:cdef 3:XX 0:ab", "abcdef", "EAN", 2},
        {"over its front", "s0 4:efg 2:cdXX 0:ab", "abcdefg", "EPN", 2},
        {"over its end", "s0 2:cde 4:Xfg 0:ab", "abcdefg", "EPN", 1},
        {"covers it", "s0 3:de 2:cXXf 0:ab", "abcdef", "EPN", 2},
        {"covers three", "s0 2:c 4:e 6:g 1:bXdXfXh 0:a", "abcdefgh", "EEEPN", 3},
        {"covers three, from what is out", "s0 0:a 2:c 4:e 6:g 0:XbXdXfXh", "abcdefgh", "NEEEP", 3},
        {"fills between two", "s0 1:b 5:f 1:XcdeX 0:a", "abcdef", "EEPN", 2},
        {"fills between two exactly", "s0 1:b 5:f 2:cde 0:a", "abcdef", "EEEN", 0},
        {"touches before", "s0 4:e 3:d 0:abc", "abcde", "EEN", 0},
        {"touches behind", "s0 3:d 4:e 0:abc", "abcde", "EEN", 0},
        {"in order over held ones", "s0 2:cd 0:abXXe", "abcde", "EP", 2},
        {"in order up to held ones", "s0 2:cd 0:ab", "abcd", "EN", 0},
        {"in order into held ones", "s0 2:cd 0:abX", "abcd", "EP", 1},
        {"same bytes, other cuts", "s0 1:bc 3:de 2:cd 1:bcdef 0:abc", "abcdef", "EEAPP", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, knows_keep_alives_and_probes)
{
    static const struct row rows[] = {
        {"without a byte", "s0 0:ab 1: 2:c", "abc", "NKN", 0},
        {"with any byte", "s0 0:ab 1:X 2:c", "abc", "NKN", 0},
        {"before any byte", "s1 0: 0:X 1:b", "b", "KKN", 0},
        {"while a hole waits", "s0 0:a 2:c 0:X 1:b", "abc", "NEKN", 0},
        {"a probe is sent again with more", "s0 0:ab 2:c 2:c 2:cde", "abcde", "NNKP", 0},
        {"after the FIN", "s0 0:ab$ 2: 2:X 3:", "ab$", "NKK0", 0},
        {"it begins nothing", "a5 4:X 5:f", "f", "KN", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, hands_out_one_fin_behind_all_bytes)
{
    static const struct row rows[] = {
        {"alone", "s0 0:ab 2:$", "ab$", "NN", 0},
        {"with bytes", "s0 0:ab$", "ab$", "N", 0},
        {"first of all", "s0 0:$", "$", "N", 0},
        {"again", "s0 0:ab$ 2:$ 0:ab$ 1:b$", "ab$", "NAAA", 0},
        {"before its bytes", "s0 2:$ 0:ab", "ab$", "EN", 0},
        {"before bytes, with some", "s0 2:cd$ 0:ab", "abcd$", "EN", 0},
        {"before some bytes, held ones too", "s0 4:$ 2:cd 4:$ 0:ab", "abcd$", "EEAN", 0},
        {"with bytes that are known", "s0 0:ab 0:ab$", "ab$", "NP", 0},
        {"with bytes that are held", "s0 1:b 1:b$ 0:a", "ab$", "EPN", 0},
        {"bytes beyond it", "s0 0:ab$ 2:cd 3:d 4:$", "ab$", "NOOO", 0},
        {"bytes beyond it, while it waits", "s0 2:$ 2:cd 3:d 0:ab", "ab$", "EOON", 0},
        {"bytes over it, while it waits", "s0 2:$ 1:bXX 0:a", "ab$", "EEN", 0},
        {"bytes beyond it are held", "s0 2:cde 5:f 3:$ 0:ab", "abc$", "EEEN", 0},
        {"bytes beyond it are held, and it is next", "s0 2:cd 0:a$", "a$", "EN", 0},
        {"it moves on", "s0 2:$ 4:$ 0:ab 2:cd", "ab$", "EONO", 0},
        {"it moves back", "s0 4:$ 2:$ 0:abcd", "abcd$", "EAN", 0},
        {"before what is out", "s0 0:abc 1:$ 3:d", "abcd", "NAN", 0},
        {"after a gap", "s0 0:ab 4:$ !", "ab[2]$", "NE", 0},
        {"after a gap, with bytes", "s0 0:ab 4:ef$ !", "ab[2]ef$", "NE", 0},
        {"without the SYN", "4:$ 5:", "$", "N0", 0},
        {"nothing after it", "s0 0:a$ ! a9 t9000 d0", "a$", "N", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, gives_a_hole_up_when_its_time_is_over)
{
    static const struct row rows[] = {
        {"not before", "s0 w1 2:c d5001 t5000", "", "E", 0},
        {"timed out", "s0 w1 2:c t5001 d0 3:d", "[2]cd", "EN", 0},
        {"filled first", "s0 w1 2:c t5000 0:ab d0 t9999", "abc", "EN", 0},
        {"without a tick", "s0 w1 2:c w5001 3:d", "[2]cd", "EE", 0},
        {"without a tick, filled by the segment", "s0 w1 2:c w9001 0:ab", "abc", "EN", 0},
        {"the FIN waits too", "s0 w1 0:a 2:$ d5001 t5001", "a[1]$", "NE", 0},
        {"each hole by what waited behind it longest", "s0 w1 4:e w11 2:c 0:a d5001 t5001",
         "a[1]c[1]e", "EEN", 0},
        {"each hole at its time", "s0 w1 1:b w11 4:e w12 7:$ t5001 d5011 t5011 d5012 t5012",
         "[1]b[2]e[2]$", "EEE", 0},
        {"half filled keeps its time", "s0 w1 4:e w100 0:ab d5001 t5001", "ab[2]e", "EN", 0},
        {"steps back", "s0 w10 2:c w5 1:b d5010 t4 t5010", "[1]bc", "EE", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, gives_up_what_was_acknowledged_after_a_grace)
{
    static const struct row rows[] = {
        {"acknowledged past a hole", "s0 w1 2:c a3 d201 t200 t201 d0", "[2]c", "E", 0},
        {"before what is behind it came", "s0 w1 a3 w2 2:c d201 t201", "[2]c", "E", 0},
        {"an ACK before its bytes", "s0 w1 a2 d201 w100 0:ab d0 t999 2:c", "abc", "NN", 0},
        {"an ACK before its bytes, which come late and early", "s0 w1 a4 w2 2:cd w3 0:ab d0",
         "abcd", "EN", 0},
        {"nothing behind it", "s0 0:a w1 a5 d201 t200 t201 5:f", "a[4]f", "NN", 0},
        {"nothing behind it, without a tick", "s0 0:a w1 a5 w300 5:f", "a[4]f", "NE", 0},
        {"part of a hole", "s0 0:a w1 7:h a4 d201 t201 d5001 4:efg", "a[3]efgh", "NEN", 0},
        {"up to what is expected", "s0 0:ab a2 a1 d0", "ab", "N", 0},
        {"at a hole", "s0 0:a w1 3:d a1 d5001", "a", "NE", 0},
        {"of the FIN", "s0 0:a$ a2 d0 t999", "a$", "N", 0},
        {"of a FIN that waits", "s0 w1 2:$ a3 d201 t201", "[2]$", "E", 0},
        {"of a FIN that was lost", "s0 0:a w1 a2 d0 t999", "a", "N", 0},
        {"of a FIN that comes late", "s0 0:a w1 a2 t999 1:$", "a$", "NN", 0},
        {"of one byte that was lost", "s0 0:a w1 a2 t999 2:c", "a[1]c", "NE", 0},
        {"of one byte, then of more", "s0 0:a w1 a2 w300 a4 d500 t500 4:e", "a[3]e", "NN", 0},
        {"of bytes and a FIN that comes late", "s0 0:a w1 a4 t201 3:$ 3:$", "a[3]$", "NNA", 0},
        {"it was no FIN", "s0 0:a w1 a4 t201 4:e 3:$", "a[3]e", "NNA", 0},
        {"two generations", "s0 w1 1:b a2 w50 3:d a4 w90 5:f a6 d201 t201 d290 t289 t290",
         "[1]b[1]d[1]f", "EEE", 0},
        {"moves on when its hole is filled", "s0 w1 1:b a2 w50 3:d a4 w60 0:a d250 t250", "ab[1]d",
         "EEN", 0},
        {"far outside", "s0 0:a a99999999 d0 a3000000000 d0", "a", "N", 0},
        {"goes back", "s0 0:a w1 a5 w9 a3 d201 t201", "a[4]", "N", 0},
        {"at the end of all", "s0 0:a a5 ! 4:$", "a[4]$", "NN", 0},
        {"a FIN's at the end of all", "s0 0:a a2 !", "a", "N", 0},
        {"before the beginning", "w1 a9 4:efg d201 t201", "efg[2]", "N", 0},
        {"long before the beginning", "a9 9:x d0", "x", "N", 0},
        {"far before the beginning", "a99999999 9:x d0", "x", "N", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, makes_a_gap_of_what_a_snapped_packet_does_not_show)
{
    static const struct row rows[] = {
        {"in order", "s0 0:ab~3 5:f", "ab[3]f", "NN", 0},
        {"no byte of it", "s0 0:~3 3:d", "[3]d", "NN", 0},
        {"with a FIN", "s0 0:ab~3$", "ab[3]$", "N", 0},
        {"early", "s0 2:c~1 4:e 0:ab", "abc[1]e", "EEN", 0},
        {"early, the last", "s0 2:c~2 0:ab d0", "abc[2]", "EN", 0},
        {"early, and more behind it", "s0 2:c~2 5:f 0:ab 4:e", "abc[2]f", "EENA", 0},
        {"early, no byte of it: a hole", "s0 2:~2 4:e 0:ab !", "ab[2]e", "EEN", 0},
        {"early, the rest comes", "s0 2:c~2 3:de 0:ab", "abcde", "EEN", 0},
        {"early, some of the rest comes", "s0 2:c~3 4:e 0:ab d0", "abc[1]e[1]", "EEN", 0},
        {"early, the next of the rest comes", "s0 2:c~3 3:d 0:ab d0", "abcd[2]", "EEN", 0},
        {"early, the same again", "s0 2:c~3 2:c~3 0:ab", "abc[3]", "EAN", 0},
        {"early, a FIN before its end", "s0 1:b~5 3:$ 0:a", "ab[1]$", "EEN", 0},
        {"over a held one", "s0 3:d 0:ab~4 6:g", "ab[1]d[2]g", "ENN", 0},
        {"early, all of the rest comes with what is before it", "s0 2:c~3 0:abXdefg", "abcdefg",
         "EP", 1},
        {"early, some of the rest comes with what is before it", "s0 2:c~3 0:abXd", "abcd[2]", "EP",
         1},
        {"before a hole", "s0 0:a~2 5:f d5000 3:de", "a[2]def", "NEN", 0},
        {"its rest comes too late", "s0 0:ab~3 2:cde 5:f", "ab[3]f", "NAN", 0},
        {"again, longer, and snapped", "s0 0:ab 0:ab~2 4:e", "ab[2]e", "NPN", 0},
        {"it begins the stream", "0:ab~2 4:e", "ab[2]e", "NN", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, begins_in_the_middle_of_a_stream)
{
    static const struct row rows[] = {
        {"with the first bytes", "5: 5:fg 7:h", "fgh", "0NN", 0},
        {"what comes before them is gone", "5:fg 3:de 7:h", "fgh", "NAN", 0},
        {"a late SYN changes nothing", "5:fg s3 7:h", "fgh", "NN", 0},
        {"nothing to flush", "! t9000 d0 5:f", "f", "N", 0},
    };

    RUN_ALL(rows);
}

Test(reasm, hands_out_expected_bytes_in_place)
{
    struct rig g;
    uint8_t bytes[8] = "abcdefg";

    rig_init(&g, 7);
    reasm_start(&g.r, 7);
    for (uint32_t i = 0; i < 7; i++) {
        reasm_segment(&g.r, &g.limits, &g.pool, &g.out, 7 + i, bytes + i, 1, 1, false, 0);
        cr_expect_eq(g.sink.last, bytes + i);
    }
    cr_expect_eq(g.pool.held, 0);
    cr_expect_eq(g.r.bytes, 7);
    rig_end(&g);
}

Test(reasm, ignores_what_is_far_off_until_it_goes_on_there)
{
    struct rig g;

    rig_init(&g, 100);
    segment(&g, 0, "abc", 3, 3, false);
    segment(&g, REASM_WINDOW + 4, "x", 1, 1, false);
    segment(&g, 0u - REASM_WINDOW, "x", 1, 1, false);
    segment(&g, 3, "d", 1, REASM_WINDOW + 1, false);
    segment(&g, 2 * REASM_WINDOW, "", 0, 0, true);
    segment(&g, 2 * REASM_WINDOW, "", 0, 0, true);
    segment(&g, 2 * REASM_WINDOW, "", 0, 0, true);
    segment(&g, 2 * REASM_WINDOW, "", 0, 0, true);
    segment(&g, REASM_WINDOW + 3, "z", 1, 1, false);
    cr_expect_str_eq(g.kinds, "NOOOOOOOE");
    cr_expect_str_eq(g.sink.text, "abc");
    /* Between them a segment of the present: no row. */
    segment(&g, 0x40000000, "x", 1, 1, false);
    segment(&g, 0x40000001, "x", 1, 1, false);
    segment(&g, 0x40000002, "x", 1, 1, false);
    segment(&g, 3, "d", 1, 1, false);
    segment(&g, 0x40000003, "x", 1, 1, false);
    cr_expect_str_eq(g.sink.text, "abcd");
    segment(&g, 0x40000004, "efg", 3, 3, false);
    segment(&g, 0x40000007, "h", 1, 1, false);
    segment(&g, 0x40000008, "i", 1, 1, false);
    segment(&g, 0x40000009, "j", 1, 1, false);
    cr_expect_str_eq(g.sink.text, "abcd[67108863]z[1006632964]ij");
    cr_expect_eq(g.r.missing + g.r.bytes, 0x4000000a);
    rig_end(&g);
}

Test(reasm, is_bounded_in_bytes)
{
    struct rig g;

    rig_init(&g, 0);
    g.limits.store = 4;
    reasm_start(&g.r, 0);
    segment(&g, 2, "cd", 2, 2, false);
    segment(&g, 5, "fg", 2, 2, false);
    cr_expect_eq(g.r.held, 4);
    segment(&g, 8, "i", 1, 1, false); /* the first hole goes, and that is enough */
    cr_expect_str_eq(g.sink.text, "[2]cd");
    cr_expect_eq(g.r.held, 3);
    segment(&g, 10, "klmno", 5, 5, false); /* never fits */
    cr_expect_str_eq(g.sink.text, "[2]cd[1]fg[1]i[1]klmno");
    segment(&g, 16, "qrst", 4, 4, false);
    segment(&g, 15, "p1234u", 6, 6, false); /* around a held one: bytes that are held stay first */
    cr_expect_str_eq(g.sink.text, "[2]cd[1]fg[1]i[1]klmnopqrstu");
    segment(&g, 23, "xyz", 3, 3, false);
    segment(&g, 22, "w789AB", 6, 6, false); /* before the first: the hole before it goes */
    cr_expect_str_eq(g.sink.text, "[2]cd[1]fg[1]i[1]klmnopqrstu[1]wxyzAB");
    cr_expect_eq(g.pool.full, 0);
    rig_end(&g);
}

Test(reasm, is_bounded_by_what_all_hold)
{
    struct rig g, h;

    rig_init(&g, 0);
    rig_init(&h, 0);
    g.pool.limit = 2000;
    reasm_start(&g.r, 0);
    reasm_start(&h.r, 0);
    for (uint32_t i = 0; g.pool.full == 0 && i < 1000; i++) {
        segment(&g, 2 * i + 1, "x", 1, 1, false);
        g.n_kinds = 0;
        cr_expect_leq(g.pool.held, g.pool.limit);
    }
    cr_expect_eq(g.pool.full, 1);
    cr_expect_eq(strncmp(g.sink.text, "[1]x", 5), 0, "one hole is enough: %s", g.sink.text);
    g.pool.limit = g.pool.held; /* another direction finds it full */
    reasm_segment(&h.r, &h.limits, &g.pool, &h.out, 3, (const uint8_t *)"d", 1, 1, false, 0);
    cr_expect_str_eq(h.sink.text, "[3]d");
    cr_expect_eq(g.pool.full, 2);
    reasm_free(&h.r, &g.pool);
    rig_end(&g);
}

static void count_bytes(void *ctx, const uint8_t *p, size_t n)
{
    (void)p;
    *(uint64_t *)ctx += n;
}

static void count_gap(void *ctx, uint64_t missing)
{
    (void)missing;
    (void)ctx;
}

static void count_fin(void *ctx)
{
    (void)ctx;
}

Test(reasm, is_bounded_in_pieces)
{
    struct rig g;
    uint64_t got = 0;
    const uint32_t top = 3 * REASM_PIECES;

    for (uint32_t stride = 1; stride <= 2; stride++) {
        rig_init(&g, 0);
        g.limits.store = REASM_STORE;
        g.pool.limit = REASM_STORE;
        g.out = (struct reasm_out){count_bytes, count_gap, count_fin, &got};
        reasm_start(&g.r, 0);
        got = 0;
        for (uint32_t i = 0; i < top; i++) { /* backwards, a byte each: the worst there is */
            reasm_segment(&g.r, &g.limits, &g.pool, &g.out, stride * (top - i),
                          (const uint8_t *)"x", 1, 1, false, 0);
            cr_assert_leq(g.r.n_pieces, REASM_PIECES);
        }
        cr_expect_gt(got, 0);
        cr_expect_eq(got + g.r.held, REASM_PIECES + 1,
                     "what is before a gap that was told is gone");
        rig_end(&g);
    }
    /* Small segments in order behind a hole are not limited by their number. */
    rig_init(&g, 0);
    g.limits.store = REASM_STORE;
    g.pool.limit = REASM_STORE;
    reasm_start(&g.r, 0);
    for (uint32_t i = 0; i < 20 * REASM_PIECES; i++)
        reasm_segment(&g.r, &g.limits, &g.pool, &g.out, 1 + i, (const uint8_t *)"x", 1, 1, false,
                      0);
    cr_expect_eq(g.r.held, 20 * REASM_PIECES);
    cr_expect_leq(g.r.n_pieces, 6);
    rig_end(&g);
}

Test(reasm, survives_the_end_of_time)
{
    struct rig g;

    rig_init(&g, 0);
    reasm_start(&g.r, 0);
    g.now = UINT64_MAX - 1;
    segment(&g, 2, "c", 1, 1, false);
    acked(&g, 3);
    cr_expect_str_eq(g.sink.text, "");
    g.now = 0;
    segment(&g, 3, "d", 1, 1, false);
    cr_expect_str_eq(g.sink.text, "");
    g.now = UINT64_MAX;
    reasm_tick(&g.r, &g.limits, &g.pool, &g.out, g.now);
    cr_expect_str_eq(g.sink.text, "[2]cd");
    rig_end(&g);
}

Test(reasm, hands_out_nothing_once_freed)
{
    struct rig g;

    rig_init(&g, 0);
    segment(&g, 0, "a", 1, 1, false);
    segment(&g, 2, "c", 1, 1, false);
    reasm_free(&g.r, &g.pool);
    segment(&g, 1, "b", 1, 1, true);
    acked(&g, 9);
    reasm_flush(&g.r, &g.pool, &g.out);
    tick(&g, 99999);
    cr_expect_eq(deadline_ms(&g), 0);
    cr_expect_str_eq(g.sink.text, "a");
    rig_end(&g);
}

/* A model: a stream cut at random, shuffled within a window, repeated, overlapped and lost.  What
 * comes out are its bytes, with gaps exactly where no segment was. */

#define STREAM 600u

struct model {
    uint8_t bytes[STREAM];
    bool shown[STREAM]; /* in some segment */
    uint32_t at;        /* how far it has come out */
    unsigned fins;
    bool wrong;
};

static void model_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct model *m = ctx;

    if (n == 0 || n > STREAM - m->at || m->fins > 0 || memcmp(p, m->bytes + m->at, n) != 0)
        m->wrong = true;
    else
        m->at += (uint32_t)n;
}

static void model_gap(void *ctx, uint64_t missing)
{
    struct model *m = ctx;

    if (missing == 0 || missing > STREAM - m->at || m->fins > 0) {
        m->wrong = true;
        return;
    }
    for (; missing > 0; missing--)
        m->wrong |= m->shown[m->at++];
}

static void model_fin(void *ctx)
{
    struct model *m = ctx;

    m->wrong |= m->fins++ > 0 || m->at != STREAM;
}

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % below;
}

struct cut {
    uint32_t from, n, order;
    bool fin;
};

static int by_order(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;

    return x->order != y->order ? (x->order < y->order ? -1 : 1) : (x->from < y->from ? -1 : 1);
}

/* Returns the number of segments. */
static size_t mutate(struct model *m, uint32_t *state, uint32_t loss, struct cut *cuts)
{
    uint32_t window = draw(state, 8), longest = 1 + draw(state, 60);
    size_t n = 0;

    for (uint32_t at = 0, i = 0; at < STREAM; i++) {
        uint32_t step = 1 + draw(state, longest), back = draw(state, 4) == 0 ? draw(state, 40) : 0;

        step = step < STREAM - at ? step : STREAM - at;
        back = back < at ? back : at;
        for (uint32_t copies = draw(state, 8) == 0 ? 2 : 1; copies > 0; copies--) {
            struct cut c = {at - back, step + back, i + draw(state, window + 1),
                            at + step == STREAM};

            if (draw(state, 100) < loss)
                continue;
            memset(m->shown + c.from, 1, c.n);
            cuts[n++] = c;
        }
        at += step;
    }
    qsort(cuts, n, sizeof *cuts, by_order);
    return n;
}

static void run_model(uint32_t seed, uint32_t loss)
{
    struct model m = {0};
    struct cut cuts[2 * STREAM];
    struct reasm_out out = {model_bytes, model_gap, model_fin, &m};
    struct reasm_limits limits = {1, UINT64_MAX, REASM_STORE};
    struct reasm_pool pool = {.limit = REASM_STORE};
    struct reasm r;
    uint32_t state = seed * 2654435761u + 1, isn = 0u - draw(&state, STREAM);
    bool fin = false;
    size_t n;

    for (uint32_t i = 0; i < STREAM; i++)
        m.bytes[i] = (uint8_t)draw(&state, 256);
    n = mutate(&m, &state, loss, cuts);
    reasm_init(&r);
    reasm_start(&r, isn);
    for (size_t i = 0; i < n; i++) {
        reasm_segment(&r, &limits, &pool, &out, isn + cuts[i].from, m.bytes + cuts[i].from,
                      cuts[i].n, cuts[i].n, cuts[i].fin, i);
        fin |= cuts[i].fin;
    }
    if (loss == 0)
        cr_expect(m.at == STREAM && m.fins == 1 && r.missing == 0 && pool.held == 0,
                  "seed %u: all is out without a flush", seed);
    reasm_flush(&r, &pool, &out);
    cr_assert(!m.wrong && m.fins == fin, "seed %u, loss %u: at %u", seed, loss, m.at);
    cr_assert(r.differs == 0 && r.bytes + r.missing == m.at, "seed %u", seed);
    for (uint32_t i = m.at; i < STREAM; i++)
        cr_assert(!m.shown[i], "seed %u, loss %u: byte %u did not come out", seed, loss, i);
    reasm_free(&r, &pool);
    cr_assert_eq(pool.held, 0);
}

Test(reasm, gives_the_stream_back_whatever_happened_to_its_segments)
{
    for (uint32_t seed = 1; seed <= 3000; seed++) {
        run_model(seed, 0);
        run_model(seed, 5);
        run_model(seed, 40);
    }
}
