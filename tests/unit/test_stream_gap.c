#include "guard.h"
#include "stream.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

/* Frames of a gateway at version 176. */
#define TICK                                                                                       \
    "\0\0\0\x12"                                                                                   \
    "2\0"                                                                                          \
    "6\0"                                                                                          \
    "9001\0"                                                                                       \
    "0\0"                                                                                          \
    "300\0"                                                                                        \
    "\0"
#define ID                                                                                         \
    "\0\0\0\x08"                                                                                   \
    "9\0"                                                                                          \
    "1\0"                                                                                          \
    "530\0"
#define TIME                                                                                       \
    "\0\0\0\x10"                                                                                   \
    "49\0"                                                                                         \
    "1\0"                                                                                          \
    "1732416959\0"
#define OPENS                                                                                      \
    "\0\0\0\x05"                                                                                   \
    "53\0"                                                                                         \
    "1\0"

static char said[8192];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t used = strlen(said);
    va_list args;

    va_start(args, format);
    vsnprintf(said + used, sizeof said - used, format, args);
    va_end(args);
}

static void pull(struct tws_stream *s)
{
    struct tws_item item;

    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM) {
        switch (item.kind) {
        case TWS_ITEM_HELLO:
            say("hello;");
            break;
        case TWS_ITEM_FRAME:
            say("%s%zu;", tws_stream_held(s) ? "held " : "", item.payload.left);
            break;
        case TWS_ITEM_OPAQUE:
            say("opaque %d;", item.why);
            break;
        case TWS_ITEM_GAP:
            say("gap %llu %llu;", (unsigned long long)item.missing,
                (unsigned long long)item.skipped);
            break;
        }
    }
}

/* In pieces of `piece` bytes; 0: all at once. */
static void feed(struct tws_stream *s, const void *p, size_t n, size_t piece)
{
    const uint8_t *b = p;

    piece = piece ? piece : n;
    for (size_t at = 0; at < n; at += piece) {
        size_t len = piece < n - at ? piece : n - at;
        const uint8_t *chunk = guarded(b + at, len);

        tws_stream_feed(s, (struct tws_cursor){chunk, len});
        pull(s);
        unguard(chunk, len);
    }
}

static void gap(struct tws_stream *s, uint64_t missing)
{
    tws_stream_end(s);
    pull(s);
    tws_stream_gap(s, missing);
    pull(s);
}

static void begin(struct tws_stream *s)
{
    said[0] = '\0';
    tws_stream_init(s, TWS_GATEWAY, 4096);
    feed(s, BYTES(ID), 0);
}

Test(stream_gap, inside_a_frame_costs_that_frame_alone)
{
    struct tws_stream s;

    for (size_t have = 4; have < sizeof(TIME) - 1; have++) {
        for (size_t missing = 1; missing <= sizeof(TIME) - 1 - have; missing++) {
            for (size_t piece = 0; piece < 3; piece++) {
                char want[80];

                begin(&s);
                feed(&s, TIME, have, piece);
                gap(&s, missing);
                feed(&s, &TIME[have + missing], sizeof(TIME) - 1 - have - missing, piece);
                feed(&s, BYTES(OPENS), piece); /* no search: one frame is enough */
                snprintf(want, sizeof want, "8;gap %zu %zu;5;", missing,
                         sizeof(TIME) - 1 - have - missing);
                cr_expect_str_eq(said, want, "%zu %zu %zu: %s", have, missing, piece, said);
                tws_stream_free(&s);
            }
        }
    }
}

Test(stream_gap, holes_inside_one_frame_add_up)
{
    struct tws_stream s;

    begin(&s);
    feed(&s, TIME, 6, 0);
    gap(&s, 3);
    feed(&s, &TIME[9], 2, 0);
    gap(&s, 4);
    feed(&s, &TIME[15], sizeof(TIME) - 1 - 15, 1);
    feed(&s, BYTES(ID), 0);
    cr_expect_str_eq(said, "8;gap 7 7;8;", "%s", said);
    tws_stream_free(&s);
}

/* Beyond the frame's end, of unknown length, or before its length is known: a search. */
Test(stream_gap, that_hides_a_boundary_makes_a_search)
{
    static const struct {
        size_t have;
        uint64_t missing;
    } holes[] = {{0, 7}, {0, 0}, {3, 7}, {9, 0}, {9, 12}, {9, 1000}};
    struct tws_stream s;

    for (size_t i = 0; i < sizeof holes / sizeof holes[0]; i++) {
        for (size_t piece = 0; piece < 4; piece++) {
            char want[80];

            begin(&s);
            feed(&s, TIME, holes[i].have, piece);
            gap(&s, holes[i].missing);
            feed(&s, BYTES("7416959\0"), piece);
            feed(&s, BYTES(ID OPENS), piece);
            cr_expect_str_eq(said, "8;", "two frames are not enough: %s", said);
            feed(&s, BYTES(TIME), piece);
            feed(&s, BYTES(ID), piece);
            snprintf(want, sizeof want, "8;gap %u 8;held 8;held 5;%s16;8;",
                     (unsigned)holes[i].missing, piece ? "" : "held ");
            cr_expect_str_eq(said, want, "%zu by %zu: %s", i, piece, said);
            tws_stream_free(&s);
        }
    }
}

Test(stream_gap, a_segment_that_one_frame_fills_is_a_frame)
{
    struct tws_stream s;

    begin(&s);
    gap(&s, 100);
    feed(&s, BYTES(TIME), 0);
    cr_expect_str_eq(said, "8;", "%s", said);
    tws_stream_flushed(&s);
    pull(&s);
    cr_expect_str_eq(said, "8;gap 100 0;held 16;", "%s", said);
    feed(&s, BYTES(ID), 0);
    cr_expect_str_eq(said, "8;gap 100 0;held 16;8;", "%s", said);
    tws_stream_free(&s);

    begin(&s); /* behind the rest of a damaged one, that came in a segment of its own */
    gap(&s, 100);
    feed(&s, BYTES("6959\0"), 0);
    tws_stream_flushed(&s);
    pull(&s);
    feed(&s, BYTES(TIME), 0);
    tws_stream_flushed(&s);
    pull(&s);
    cr_expect_str_eq(said, "8;gap 100 5;held 16;", "%s", said);
    tws_stream_free(&s);

    begin(&s); /* not one that goes on, nor one of few marks */
    gap(&s, 100);
    feed(&s, BYTES(TIME "\0"), 0);
    tws_stream_flushed(&s);
    pull(&s);
    cr_expect_str_eq(said, "8;", "%s", said);
    tws_stream_free(&s);
}

Test(stream_gap, what_is_there_at_the_end_is_handed_out)
{
    struct tws_stream s;
    uint64_t missing, skipped;

    begin(&s);
    gap(&s, 9);
    feed(&s, BYTES("1\0" ID TIME "\0\0\0"), 0);
    cr_expect_str_eq(said, "8;", "%s", said);
    tws_stream_end(&s);
    pull(&s);
    cr_expect_str_eq(said, "8;gap 9 2;held 8;held 16;", "%s", said);
    cr_expect_not(tws_stream_unfound(&s, &missing, &skipped));
    tws_stream_free(&s);

    begin(&s);
    gap(&s, 9);
    feed(&s, BYTES("nothing that is a frame"), 0);
    tws_stream_end(&s);
    pull(&s);
    cr_expect_str_eq(said, "8;", "%s", said);
    cr_expect(tws_stream_unfound(&s, &missing, &skipped));
    cr_expect(missing == 9 && skipped == 23, "%u %u", (unsigned)missing, (unsigned)skipped);
    tws_stream_free(&s);
}

Test(stream_gap, in_a_search_begins_another)
{
    struct tws_stream s;

    begin(&s);
    gap(&s, 10);
    feed(&s, BYTES("xyz\0" ID), 0);
    gap(&s, 20);
    feed(&s, BYTES(ID OPENS TIME), 0);
    cr_expect_str_eq(said, "8;gap 30 16;held 8;held 5;held 16;", "%s", said);
    tws_stream_free(&s);
}

Test(stream_gap, runs_of_empty_fields_are_no_lengths)
{
    struct tws_stream s;

    begin(&s);
    gap(&s, 100);
    /* "", "", "", "49", "", ...: a length of 0x34, an id of 9 */
    feed(&s,
         BYTES("0\0\0\0"
               "49\0\0\0\0"
               "4\0"
               "9\0\0\0\0\0\0\0"
               "0\0\0\0\0\0\0\0"
               "1\0"),
         1);
    feed(&s, BYTES(OPENS TIME ID), 1);
    cr_expect_str_eq(said, "8;gap 100 30;held 5;held 16;8;", "%s", said);
    tws_stream_free(&s);
}

#define PB_TIME "\0\0\0\x0a\0\0\0\xf9\x08\xbf\xab\x8a\xba\x06"
#define PB_ID   "\0\0\0\x07\0\0\0\xd1\x08\x92\x04"

/* An error message that quotes a frame at its end; the hole ends at every byte before it. */
Test(stream_gap, a_frame_quoted_in_a_text_is_none)
{
    static const char error[] = "\0\0\0\x31\0\0\0\xcc\x08\x01\x18\xb8\x10\x22\x26"
                                "odd bytes from the "
                                "client: " PB_ID;
    struct tws_stream s;

    cr_assert_eq(sizeof error - 1, 4 + 0x31);
    for (size_t cut = 1; cut < sizeof error - 1 - 11; cut++) {
        for (size_t piece = 0; piece < 3; piece++) {
            begin(&s);
            gap(&s, 50);
            feed(&s, error + cut, sizeof error - 1 - cut, piece);
            feed(&s, BYTES(PB_TIME PB_ID PB_TIME PB_ID), piece);
            cr_expect_null(strstr(said, "held 7;held 10;held 7;held 10"), "%zu: %s", cut, said);
            cr_expect_not_null(strstr(said, "held 10;"), "%zu: %s", cut, said);
            tws_stream_free(&s);
        }
    }
}

static void begin_midstream(struct tws_stream *s, enum tws_side side)
{
    said[0] = '\0';
    tws_stream_init_midstream(s, side, 4096);
}

Test(stream_gap, seen_from_the_middle_on)
{
    struct tws_stream s;

    for (size_t piece = 0; piece < 4; piece++) {
        begin_midstream(&s, TWS_CLIENT);
        feed(&s, BYTES("API\0\0\0\0\x09v100..176" OPENS), piece);
        cr_expect_str_eq(said, "hello;5;", "%s", said);
        tws_stream_free(&s);

        begin_midstream(&s, TWS_CLIENT);
        feed(&s, BYTES("API,STK\0"), piece); /* the end of a field, not a hello */
        feed(&s,
             BYTES("\0\0\0\x05"
                   "49\0"
                   "1\0"
                   "\0\0\0\x05"
                   "61\0"
                   "1\0"
                   "\0\0\0\x05"
                   "16\0"
                   "1\0"),
             piece);
        tws_stream_end(&s);
        pull(&s);
        cr_expect_not_null(strstr(said, "gap 0 8;held 5;held 5;"), "%s", said);
        tws_stream_free(&s);

        begin_midstream(&s, TWS_GATEWAY);
        feed(&s,
             BYTES("\0\0\0\x18"
                   "176\0"
                   "20241124 02:55:59 X\0" ID OPENS TIME),
             piece);
        cr_expect_not_null(strstr(said, "held 24;held 8;"), "%s", said);
        cr_expect_null(strstr(said, "gap"), "nothing was skipped: %s", said);
        tws_stream_free(&s);
    }
}

Test(stream_gap, what_has_no_frames_is_given_up)
{
    static uint8_t noise[1 << 16];
    struct tws_stream s;
    uint32_t x = 1;
    size_t fed = 0;

    begin_midstream(&s, TWS_GATEWAY);
    while (s.opaque == TWS_OPAQUE_NOT && fed < 2 * TWS_STREAM_GIVE_UP) {
        for (size_t i = 0; i < sizeof noise; i++) {
            x = x * 1664525u + 1013904223u;
            noise[i] = (uint8_t)(x >> 24);
        }
        feed(&s, noise, sizeof noise, 0);
        cr_expect_leq(s.cap, TWS_STREAM_SEARCH);
        fed += sizeof noise;
    }
    cr_expect_str_eq(said, "opaque 7;", "%s", said);
    cr_expect_leq(fed, TWS_STREAM_GIVE_UP + 2 * sizeof noise);
    tws_stream_free(&s);

    begin(&s); /* it did have frames: they may come back */
    gap(&s, 0);
    memset(noise, 'x', sizeof noise);
    for (fed = 0; fed < 2 * TWS_STREAM_GIVE_UP; fed += sizeof noise)
        feed(&s, noise, sizeof noise, 0);
    feed(&s, BYTES("\0" ID OPENS TIME), 0);
    cr_expect_str_eq(said, "8;gap 0 8388609;held 8;held 5;held 16;", "%s", said);
    tws_stream_free(&s);
}

Test(stream_gap, a_frame_longer_than_the_window_is_passed_over)
{
    size_t n = TWS_RESYNC_WINDOW + 1000;
    uint8_t *big = malloc(n);
    struct tws_stream s;
    char want[80];

    cr_assert_not_null(big);
    memset(big, 'x', n);
    memcpy(big,
           "\0\x04\x03\xe4"
           "19\0"
           "1\0",
           9);
    big[1] = (uint8_t)((n - 4) >> 16);
    big[2] = (uint8_t)((n - 4) >> 8);
    big[3] = (uint8_t)(n - 4);
    big[n - 1] = 0;
    said[0] = '\0';
    tws_stream_init(&s, TWS_GATEWAY, TWS_FRAME_MAX);
    feed(&s, BYTES(ID), 0);
    gap(&s, 5);
    feed(&s, big, n, 1000);
    feed(&s, BYTES(ID OPENS TIME), 0);
    snprintf(want, sizeof want, "8;gap 5 %zu;held 8;held 5;held 16;", n);
    cr_expect_str_eq(said, want, "%s", said);
    tws_stream_free(&s);
    free(big);
}
