#include "craft.h"
#include "recording.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A pcap file in nanoseconds of packets that craft.h makes. */
struct file {
    char path[64];
    FILE *f;
    uint64_t now;
};

static void put(FILE *f, const void *p, size_t n)
{
    cr_assert_eq(fwrite(p, 1, n, f), n);
}

static void begin(struct file *f)
{
    static const uint32_t head[] = {0xa1b23c4d, 0x00040002, 0, 0, 65535, 101};
    int fd;

    snprintf(f->path, sizeof f->path, "/tmp/test-recording-XXXXXX");
    fd = mkstemp(f->path);
    f->f = fdopen(fd, "wb");
    cr_assert_not_null(f->f);
    f->now = 1700000000000000000ull;
    put(f->f, head, sizeof head);
}

static void packet(struct file *f, const struct craft *c)
{
    uint8_t buf[CRAFT_HEADERS_MAX + 256];
    struct packet p = craft_packet(c, buf, sizeof buf, f->now);
    uint32_t head[] = {(uint32_t)(f->now / 1000000000u), (uint32_t)(f->now % 1000000000u),
                       p.captured, p.len};

    put(f->f, head, sizeof head);
    put(f->f, p.bytes, p.captured);
    f->now += 1000000;
}

/* One connection, as its segments are numbered on. */
struct talk {
    struct file *f;
    uint16_t port;
    uint32_t seq[2];
};

static void send_one(struct talk *t, int side, uint8_t flags, const char *bytes, size_t n)
{
    struct craft c = {.link = CRAFT_RAW,
                      .sport = side ? 4002 : t->port,
                      .dport = side ? t->port : 4002,
                      .seq = t->seq[side],
                      .ack = t->seq[!side],
                      .flags = flags,
                      .payload = {bytes, n}};

    packet(t->f, &c);
    t->seq[side] += (uint32_t)n + ((flags & (PACKET_SYN | PACKET_FIN)) != 0);
}

static void handshake(struct talk *t)
{
    send_one(t, 0, PACKET_SYN, NULL, 0);
    send_one(t, 1, PACKET_SYN | PACKET_ACK, NULL, 0);
    send_one(t, 0, PACKET_ACK, NULL, 0);
}

#define SEND(t, side, s) send_one(t, side, PACKET_ACK | PACKET_PSH, s, sizeof(s) - 1)
#define HELLO            "API\0\0\0\0\x09v100..176"
#define VERSION                                                                                    \
    "\0\0\0\x08"                                                                                   \
    "176\0"                                                                                        \
    "now\0"

static void hear(void *ctx, const char *line)
{
    snprintf(ctx, 512, "%s", line);
}

static struct recording *load(struct file *f, uint32_t only, char *said, char *error)
{
    static const uint16_t port = 4002;
    const char *path = f->path;
    struct recording_ask ask = {.paths = &path,
                                .n_paths = 1,
                                .ports = &port,
                                .n_ports = 1,
                                .only = only,
                                .seed = 1,
                                .say = hear,
                                .ctx = said};
    struct recording *r;

    said[0] = error[0] = '\0';
    if (f->f)
        fclose(f->f);
    f->f = NULL;
    r = recording_load(&ask, error);
    return r;
}

Test(recording_load, reads_each_segment_of_each_connection)
{
    struct file f;
    struct talk a = {&f, 50001, {100, 900}}, b = {&f, 50002, {0xfffffff0, 5}};
    char said[512], error[RECORDING_ERROR_MAX];
    struct recording *r;

    begin(&f);
    handshake(&a);
    handshake(&b);
    SEND(&a, 0, HELLO);
    SEND(&b, 0, HELLO);
    SEND(&a, 1, VERSION);
    send_one(&a, 0, PACKET_ACK | PACKET_FIN, NULL, 0);
    send_one(&a, 1, PACKET_ACK | PACKET_RST, NULL, 0);
    r = load(&f, 0, said, error);
    cr_assert_not_null(r, "%s", error);
    cr_assert_eq(r->n, 2);
    cr_expect_eq(r->conns[0]->flaw, RECORDING_WHOLE);
    cr_expect_eq(r->conns[0]->client.port, 50001);
    cr_expect_eq(r->conns[0]->gateway.port, 4002);
    cr_expect_eq(r->conns[0]->n_items, 4);
    cr_expect_eq(r->conns[0]->items[2].kind, RECORDING_FIN);
    cr_expect_eq(r->conns[0]->items[3].kind, RECORDING_RST);
    cr_expect_eq(r->conns[0]->items[1].ts_ns, 1700000000000000000ull + 8 * 1000000ull);
    cr_expect_eq(r->conns[1]->number, 2);
    cr_expect_eq(r->conns[1]->n_items, 1);
    cr_expect_eq(r->conns[1]->ended_ns, 1700000000000000000ull + 10 * 1000000ull,
                 "it lasts as long as the recording does");
    cr_expect_not(r->masked);
    recording_free(r);

    r = load(&f, 2, said, error);
    cr_assert_not_null(r, "%s", error);
    cr_expect(r->n == 1 && r->conns[0]->number == 2);
    recording_free(r);

    cr_expect_null(load(&f, 3, said, error));
    cr_expect_not_null(strstr(error, "there is no connection 3, only 2"), "%s", error);
    unlink(f.path);
}

Test(recording_load, tells_what_cannot_be_replayed)
{
    struct file f;
    struct talk middle = {&f, 50001, {100, 900}}, refused = {&f, 50002, {1, 0}},
                lost = {&f, 50003, {7, 7}};
    char said[512], error[RECORDING_ERROR_MAX];
    struct recording *r;

    begin(&f);
    SEND(&middle, 0,
         "\0\0\0\x05"
         "49\0"
         "1\0");
    send_one(&refused, 0, PACKET_SYN, NULL, 0);
    send_one(&refused, 1, PACKET_ACK | PACKET_RST, NULL, 0);
    handshake(&lost);
    SEND(&lost, 0, HELLO);
    lost.seq[1] += 100;
    SEND(&lost, 1, VERSION);
    send_one(&lost, 0, PACKET_ACK, NULL, 0);
    f.now += 10000000000ull;
    SEND(&lost, 1, VERSION);
    r = load(&f, 0, said, error);
    cr_assert_not_null(r, "%s", error);
    cr_assert_eq(r->n, 3);
    cr_expect_eq(r->conns[0]->flaw, RECORDING_NO_BEGINNING);
    cr_expect_eq(r->conns[1]->flaw, RECORDING_NOT_OPENED);
    cr_expect_eq(r->conns[2]->flaw, RECORDING_WHOLE);
    cr_expect_eq(r->conns[2]->gap_side, TWS_GATEWAY);
    cr_expect_eq(r->conns[2]->gap_bytes, 100);
    cr_expect_eq(r->conns[2]->n_items, 1, "the hello; nothing behind the gap");
    recording_free(r);
    unlink(f.path);
}

Test(recording_load, names_the_file_and_the_reason)
{
    struct file f = {.path = "/tmp/no-such-recording", .f = NULL};
    char said[512], error[RECORDING_ERROR_MAX];

    cr_expect_null(load(&f, 0, said, error));
    cr_expect_not_null(strstr(error, "/tmp/no-such-recording"), "%s", error);

    begin(&f);
    cr_expect_null(load(&f, 0, said, error));
    cr_expect_not_null(strstr(error, "no connection to a Gateway is in it"), "%s", error);
    unlink(f.path);
}

Test(recording_load, keeps_what_came_before_a_cut)
{
    struct file f;
    struct talk a = {&f, 50001, {100, 900}};
    char said[512], error[RECORDING_ERROR_MAX];
    struct recording *r;

    begin(&f);
    handshake(&a);
    SEND(&a, 0, HELLO);
    put(f.f, "cut", 3);
    r = load(&f, 0, said, error);
    cr_assert_not_null(r, "%s", error);
    cr_expect_eq(r->conns[0]->n_items, 1);
    cr_expect_not_null(strstr(said, f.path), "%s", said);
    recording_free(r);
    unlink(f.path);
}
