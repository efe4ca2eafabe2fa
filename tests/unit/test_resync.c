#include "lines.h"
#include "resync.h"
#include "stream.h"
#include "traffic.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ROOM   300000u
#define FRAMES 4000u
#define QUOTES 512u
#define LOST   64u /* undamaged frames lost, at most that many told apart */

struct tally {
    uint64_t cuts, found, wrong, frames;
    uint64_t lost[LOST + 1];
};

static uint32_t xorshift(void *ctx)
{
    uint64_t *x = ctx;

    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (uint32_t)(*x >> 32);
}

/* The frame of the stream that begins at `at`; n_frames: none does. */
static size_t frame_at(const struct traffic *t, size_t at)
{
    size_t low = 0, high = t->n_frames;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (t->starts[mid] < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->n_frames && t->starts[low] == at ? low : t->n_frames;
}

static size_t first_from(const struct traffic *t, size_t at)
{
    size_t i = 0;

    while (i < t->n_frames && t->starts[i] < at)
        i++;
    return i;
}

static size_t end_of(const struct traffic *t, size_t frame)
{
    return frame + 1 < t->n_frames ? t->starts[frame + 1] : t->n;
}

#define ENOUGH_SEEN 4u /* frames behind the hole: more only repeat them */

/* Items that came since the hole ended at `from`; *at follows the stream. */
static void take(struct tws_stream *s, const struct traffic *t, size_t from, size_t *at,
                 unsigned *seen, struct tally *tally)
{
    struct tws_item item;

    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM) {
        size_t frame;

        if (item.kind == TWS_ITEM_GAP) {
            *at += item.skipped;
            continue;
        }
        cr_assert_eq(item.kind, TWS_ITEM_FRAME);
        frame = frame_at(t, *at);
        if (frame == t->n_frames || end_of(t, frame) - *at != item.payload.left + 4 ||
            memcmp(t->bytes + *at + 4, item.payload.p, item.payload.left) != 0) {
            tally->wrong++;
            *seen = ENOUGH_SEEN;
            return;
        }
        if (*seen == 0) {
            size_t lost = frame - first_from(t, from);

            tally->lost[lost < LOST ? lost : LOST]++;
            tally->found++;
        }
        tally->frames++;
        *at += item.payload.left + 4;
        ++*seen;
    }
}

/* Bytes of the next segment from `at` on: writers flush whole frames, a few at a time, and the
 * network cuts what is long. */
static size_t segment(const struct traffic *t, size_t at, uint64_t *random)
{
    size_t frame = first_from(t, at + 1) + xorshift(random) % 4;
    size_t end = frame < t->n_frames ? t->starts[frame] : t->n;
    size_t most = xorshift(random) % 2 ? 536 : 1448;

    return end - at < most ? end - at : most;
}

/* The stream is seen from `from` on, behind a hole; `most`: in chunks of up to so many bytes; 0: in
 * segments, as a session is given them. */
static void cut(const struct traffic *t, enum tws_side side, size_t from, uint32_t most,
                uint64_t *random, struct tally *tally)
{
    struct tws_stream s;
    unsigned seen = 0;
    size_t at = from, fed = from;

    tws_stream_init_midstream(&s, side, TWS_FRAME_MAX);
    tws_stream_gap(&s, 1000);
    tally->cuts++;
    while (fed < t->n && seen < ENOUGH_SEEN) {
        size_t n = most ? 1 + xorshift(random) % most : segment(t, fed, random);

        n = n < t->n - fed ? n : t->n - fed;
        tws_stream_feed(&s, (struct tws_cursor){t->bytes + fed, n});
        fed += n;
        take(&s, t, from, &at, &seen, tally);
        if (!most) {
            tws_stream_flushed(&s);
            take(&s, t, from, &at, &seen, tally);
        }
    }
    if (fed == t->n && seen < ENOUGH_SEEN) {
        tws_stream_end(&s);
        take(&s, t, from, &at, &seen, tally);
    }
    tws_stream_free(&s);
}

static unsigned median(const struct tally *t)
{
    uint64_t below = 0;

    for (unsigned i = 0; i <= LOST; i++) {
        below += t->lost[i];
        if (2 * below >= t->found)
            return i;
    }
    return LOST;
}

/* Is it a place where nobody could tell?  The hole ends where a quotation begins that ends with
 * its frame, or in the bytes that say how long the text is. */
static bool cannot_be_told(const struct traffic *t, size_t from)
{
    for (size_t i = 0; i < t->n_quotes; i++) {
        if (t->quotes[i] == from)
            return true;
    }
    return false;
}

static void check(const struct tally *tally, const char *name)
{
    printf("%s: %llu cuts, %llu found, median of undamaged frames lost %u, with none lost %.2f %%, "
           "%llu frames, wrong %llu\n",
           name, (unsigned long long)tally->cuts, (unsigned long long)tally->found, median(tally),
           100.0 * (double)tally->lost[0] / (double)(tally->found ? tally->found : 1),
           (unsigned long long)tally->frames, (unsigned long long)tally->wrong);
    cr_expect_eq(tally->wrong, 0, "%s: %llu wrong frames", name, (unsigned long long)tally->wrong);
    cr_expect_leq(median(tally), 2, "%s: median %u", name, median(tally));
    cr_expect_gt(100 * tally->found, 95 * tally->cuts, "%s", name);
}

static void cut_traffic(enum tws_side side, enum traffic_form form, const char *name)
{
    static uint8_t bytes[ROOM];
    static size_t starts[FRAMES], quotes[QUOTES];
    uint64_t random = 88172645463325252ull + (uint64_t)form * 977 + (uint64_t)side;
    struct tally tally = {0};

    for (int stream = 0; stream < 20; stream++) {
        struct traffic t = {xorshift, &random, bytes,  0, ROOM,  starts,
                            0,        FRAMES,  quotes, 0, QUOTES};

        while (t.n_frames < 300 && t.n + TRAFFIC_FRAME_MAX < ROOM)
            traffic_add(&t, side, form);
        for (int i = 0; i < 2000; i++) {
            size_t from = xorshift(&random) % t.n;
            uint32_t most = i % 2 ? 1u << xorshift(&random) % 13 : 0;

            if (!cannot_be_told(&t, from))
                cut(&t, side, from, most, &random, &tally);
        }
    }
    check(&tally, name);
}

/* ---- real captures: Ethernet, IPv4, in order, no loss ---- */

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void add_packet(struct traffic both[2], const uint8_t *p)
{
    const uint8_t *ip = p + 14, *tcp = ip + (size_t)(ip[0] & 15) * 4;
    const uint8_t *data = tcp + (size_t)(tcp[12] >> 4) * 4, *end = ip + be16(ip + 2);

    if (end > data && !(tcp[13] & 2))
        traffic_put(&both[be16(tcp) == 4002], data, (size_t)(end - data));
}

/* Both directions of a capture; false: it is not there. */
static bool read_capture(const char *name, struct traffic both[2])
{
    static uint8_t buf[1 << 16];
    char path[128];
    uint8_t head[24];
    FILE *f;

    snprintf(path, sizeof path, "data/captures/%s.pcap", name);
    f = shared_open(path);
    if (!f)
        return false;
    cr_assert_eq(fread(head, 1, 24, f), 24);
    while (fread(head, 1, 16, f) == 16) {
        uint32_t n = le32(head + 8);

        cr_assert(n <= sizeof buf && fread(buf, 1, n, f) == n);
        add_packet(both, buf);
    }
    fclose(f);
    return true;
}

static void find_starts(struct traffic *t, size_t at)
{
    for (; at + 4 <= t->n && t->n_frames < t->max_frames;
         at += 4 + ((size_t)t->bytes[at + 2] << 8 | t->bytes[at + 3]))
        t->starts[t->n_frames++] = at;
    cr_assert_eq(at, t->n);
}

Test(resync, never_takes_other_bytes_of_real_clients_for_a_frame)
{
    static const char *const names[] = {"healthy_ibasync_176", "healthy_stoqey_176",
                                        "healthy_official_203", "stall_live_ibasync_176"};
    static uint8_t bytes[2][ROOM];
    static size_t starts[2][FRAMES];
    uint64_t random = 4711;
    struct tally tally = {0};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct traffic both[2] = {{.bytes = bytes[0], .room = ROOM, .starts = starts[0]},
                                  {.bytes = bytes[1], .room = ROOM, .starts = starts[1]}};

        if (!read_capture(names[i], both))
            return;
        for (int side = 0; side < 2; side++) {
            struct traffic *t = &both[side];

            t->max_frames = FRAMES;
            find_starts(t, side == 0 ? 8 + (size_t)t->bytes[7] : 0);
            /* the first frames cannot be told from later ones: the version reply has no id */
            for (int n = 0; n < (side ? 10000 : 2000); n++)
                cut(t, side ? TWS_GATEWAY : TWS_CLIENT,
                    t->starts[1] + xorshift(&random) % (t->n - t->starts[1]),
                    n % 2 ? 1u << xorshift(&random) % 13 : 0, &random, &tally);
        }
    }
    check(&tally, "captures");
}

/* What the generator makes is what the shapes know. */
Test(resync, knows_all_that_the_generator_makes)
{
    static uint8_t bytes[ROOM];
    static size_t starts[FRAMES];
    uint64_t random = 1;

    for (int form = 0; form < TRAFFIC_FORMS; form++) {
        for (enum tws_side side = TWS_CLIENT; side <= TWS_GATEWAY; side++) {
            struct traffic t = {xorshift, &random, bytes, 0, ROOM, starts, 0, FRAMES, NULL, 0, 0};

            while (t.n_frames < 1000 && t.n + TRAFFIC_FRAME_MAX < ROOM)
                traffic_add(&t, side, (enum traffic_form)form);
            for (size_t i = 0; i < t.n_frames; i++) {
                struct tws_cursor c = {bytes + starts[i] + 4, end_of(&t, i) - starts[i] - 4};
                enum tws_ids ids;

                cr_expect_geq(tws_shape_grade(side, c, c.left, &ids), TWS_GRADE_FAIR,
                              "form %d side %d: %d %d %d %d '%.20s'", form, side, c.p[0], c.p[1],
                              c.p[2], c.p[3], (const char *)c.p);
            }
        }
    }
}

Test(resync, never_takes_other_bytes_of_text_for_a_frame)
{
    cut_traffic(TWS_GATEWAY, TRAFFIC_TEXT, "text");
}

Test(resync, never_takes_other_bytes_behind_raw_ids_for_a_frame)
{
    cut_traffic(TWS_GATEWAY, TRAFFIC_RAW, "raw ids");
}

Test(resync, never_takes_other_bytes_of_protobuf_for_a_frame)
{
    cut_traffic(TWS_GATEWAY, TRAFFIC_PROTOBUF, "protobuf");
}

Test(resync, never_takes_other_bytes_of_both_forms_for_a_frame)
{
    cut_traffic(TWS_GATEWAY, TRAFFIC_MIXED, "mixed");
}

Test(resync, never_takes_other_bytes_of_a_client_for_a_frame)
{
    cut_traffic(TWS_CLIENT, TRAFFIC_TEXT, "client, text");
    cut_traffic(TWS_CLIENT, TRAFFIC_RAW, "client, raw ids");
}
