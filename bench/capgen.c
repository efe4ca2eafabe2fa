/* capgen.c - write a capture of TWS traffic, as large as wanted, on standard output.
 *
 * The same options give the same bytes.  Several clients of one gateway, each with its TCP and TWS
 * handshake, take turns at receiving a burst; a receiver acknowledges as Linux does: once more than
 * a segment's worth is new, or 40 ms after the first of it.  Only a packet is held in memory. */
#include "script.h"
#include "segment.h"
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 1000u
#define BURST_MAX       16u /* segments before it is the turn of another connection */
#define GATEWAY_PORT    4002u
#define GATEWAY_ADDRESS 0x0a000001u /* 10.0.0.1 */
#define CLIENT_ADDRESS  0x0a000002u
#define CLIENT_PORT     50000u
#define WINDOW          2048u                  /* times 2^7 */
#define START_NS        1767364200000000000ull /* 2026-01-02 14:30:00 UTC */
#define STEP_NS         12000u                 /* a segment on a gigabit Ethernet */
#define ANSWER_NS       100000u                /* a round trip and some thinking */
#define DELAYED_ACK_NS  40000000u
#define LEAST_MSS       536u /* what a receiver takes a full segment to be, until it saw larger ones */
#define FILE_HEAD       24u
#define PACKET_HEAD     16u

enum side { CLIENT, GATEWAY };

struct peer {
    uint32_t seq;      /* of the next byte it sends */
    uint32_t got;      /* sequence number that it expects next */
    uint32_t acked;    /* the last that it acknowledged */
    uint32_t mss_seen; /* payload of the largest segment it got */
    uint32_t ts_echo;
    uint64_t ack_due_ns; /* 0: nothing to acknowledge */
    uint16_t ip_id;
};

struct conn {
    uint16_t port;
    struct peer peer[2];
    size_t at; /* place in the stream */
};

struct gen {
    struct script script;
    struct script_bytes ring; /* the stream, and a segment's worth of its begin once more */
    struct conn *conns;       /* `n_conns` of them, owned */
    size_t n_conns;
    bool one_frame;
    uint64_t bytes, written;
    uint64_t now_ns;
    uint32_t random;
};

/* ---- the file ---- */

static void put(struct gen *g, const void *p, size_t n)
{
    if (fwrite(p, 1, n, stdout) != n) {
        perror("twstap-capgen: standard output");
        exit(1);
    }
    g->written += n;
}

static void put_file_head(struct gen *g)
{
    const uint32_t head[FILE_HEAD / 4] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};

    put(g, head, sizeof head);
}

static void put_packet(struct gen *g, const uint8_t *p, size_t n)
{
    const uint32_t head[PACKET_HEAD / 4] = {(uint32_t)(g->now_ns / 1000000000u),
                                            (uint32_t)(g->now_ns % 1000000000u / 1000u),
                                            (uint32_t)n, (uint32_t)n};

    put(g, head, sizeof head);
    put(g, p, n);
}

/* ---- TCP ---- */

static void emit(struct gen *g, struct conn *c, enum side from, uint8_t flags, const uint8_t *p,
                 size_t n)
{
    struct peer *me = &c->peer[from];
    uint8_t packet[SEGMENT_MAX];
    struct segment s = {
        .from = from == CLIENT ? CLIENT_ADDRESS : GATEWAY_ADDRESS,
        .to = from == CLIENT ? GATEWAY_ADDRESS : CLIENT_ADDRESS,
        .from_port = from == CLIENT ? c->port : GATEWAY_PORT,
        .to_port = from == CLIENT ? GATEWAY_PORT : c->port,
        .ip_id = me->ip_id++,
        .flags = flags,
        .seq = me->seq,
        .ack = flags & SEGMENT_ACK ? me->got : 0,
        .window = WINDOW,
        .ts_value = (uint32_t)(g->now_ns / 1000000u),
        .ts_echo = me->ts_echo,
        .payload = p,
        .len = n,
    };

    put_packet(g, packet, segment_build(&s, packet));
    me->seq += (uint32_t)n + (flags & (SEGMENT_SYN | SEGMENT_FIN) ? 1 : 0);
    me->acked = me->got;
    me->ack_due_ns = 0;
}

static void acknowledge(struct gen *g, struct conn *c, enum side from)
{
    static const uint8_t nothing;

    emit(g, c, from, SEGMENT_ACK, &nothing, 0);
}

static void acknowledge_due(struct gen *g)
{
    for (size_t i = 0; i < g->n_conns; i++)
        for (enum side side = CLIENT; side <= GATEWAY; side++) {
            uint64_t due = g->conns[i].peer[side].ack_due_ns;

            if (due && due <= g->now_ns)
                acknowledge(g, &g->conns[i], side);
        }
}

static void step(struct gen *g, uint64_t ns)
{
    g->now_ns += ns;
    acknowledge_due(g);
}

/* A segment, and what the other end does about it at once. */
static void say(struct gen *g, struct conn *c, enum side from, uint8_t flags, const uint8_t *p,
                size_t n)
{
    struct peer *me = &c->peer[from], *other = &c->peer[!from];

    step(g, STEP_NS);
    emit(g, c, from, flags, p, n);
    other->got = me->seq;
    other->ts_echo = (uint32_t)(g->now_ns / 1000000u);
    if (n > other->mss_seen)
        other->mss_seen = (uint32_t)n;
    if (flags & SEGMENT_SYN)
        other->acked = other->got; /* what it says next acknowledges it */
    else if (other->got - other->acked > other->mss_seen)
        acknowledge(g, c, !from);
    else if (n > 0 && !other->ack_due_ns)
        other->ack_due_ns = g->now_ns + DELAYED_ACK_NS;
}

static void say_bytes(struct gen *g, struct conn *c, enum side from, const struct script_bytes *b)
{
    for (size_t at = 0, n; at < b->len; at += n) {
        n = b->len - at < SEGMENT_MSS ? b->len - at : SEGMENT_MSS;
        say(g, c, from, SEGMENT_ACK | SEGMENT_PSH, b->p + at, n);
    }
}

/* ---- sessions ---- */

static void open_session(struct gen *g, struct conn *c)
{
    static const uint8_t nothing;
    const struct script *s = &g->script;

    say(g, c, CLIENT, SEGMENT_SYN, &nothing, 0);
    say(g, c, GATEWAY, SEGMENT_SYN | SEGMENT_ACK, &nothing, 0);
    acknowledge(g, c, CLIENT);
    say_bytes(g, c, CLIENT, &s->hello);
    step(g, ANSWER_NS);
    say_bytes(g, c, GATEWAY, &s->version);
    say_bytes(g, c, CLIENT, &s->start_api);
    step(g, ANSWER_NS);
    say_bytes(g, c, GATEWAY, &s->welcome);
    say_bytes(g, c, CLIENT, &s->subscribe);
    step(g, ANSWER_NS);
}

static size_t next_len(const struct gen *g, const struct conn *c)
{
    size_t n = SEGMENT_MSS;

    if (g->one_frame)
        n = script_frame_len(&g->script.stream, c->at);
    return n < SEGMENT_MSS ? n : SEGMENT_MSS;
}

static void stream(struct gen *g, struct conn *c, size_t n)
{
    size_t end = c->at + n;

    if ((c->at == 0 || end > g->script.stream.len) && g->script.again.len > 0) {
        say_bytes(g, c, CLIENT, &g->script.again);
        step(g, ANSWER_NS);
    }
    say(g, c, GATEWAY, g->one_frame ? SEGMENT_ACK | SEGMENT_PSH : SEGMENT_ACK, g->ring.p + c->at,
        n);
    c->at = end < g->script.stream.len ? end : end - g->script.stream.len;
}

static void close_session(struct gen *g, struct conn *c)
{
    static const uint8_t nothing;
    size_t left = script_frame_left(&g->script.stream, c->at), n;

    for (; left > 0; left -= n) {
        n = left < SEGMENT_MSS ? left : SEGMENT_MSS;
        say(g, c, GATEWAY, SEGMENT_ACK | SEGMENT_PSH, g->ring.p + c->at, n);
        c->at += n;
    }
    say(g, c, CLIENT, SEGMENT_FIN | SEGMENT_ACK, &nothing, 0);
    say(g, c, GATEWAY, SEGMENT_FIN | SEGMENT_ACK, &nothing, 0);
    acknowledge(g, c, CLIENT);
}

static uint32_t burst(struct gen *g)
{
    g->random = g->random * 1664525u + 1013904223u; /* Numerical Recipes' */
    return 1 + (g->random >> 16) % BURST_MAX;
}

static void generate(struct gen *g)
{
    put_file_head(g);
    for (size_t i = 0; i < g->n_conns; i++)
        open_session(g, &g->conns[i]);
    for (size_t i = 0; g->written < g->bytes; i = (i + 1) % g->n_conns)
        for (uint32_t k = burst(g); k > 0; k--)
            stream(g, &g->conns[i], next_len(g, &g->conns[i]));
    for (size_t i = 0; i < g->n_conns; i++)
        close_session(g, &g->conns[i]);
    if (fflush(stdout) != 0) {
        perror("twstap-capgen: standard output");
        exit(1);
    }
}

static void *need(void *p)
{
    if (!p) {
        fputs("twstap-capgen: no memory\n", stderr);
        exit(1);
    }
    return p;
}

static void prepare(struct gen *g, enum script_stream stream)
{
    script_make(&g->script, stream);
    g->ring.len = g->script.stream.len + SEGMENT_MSS;
    g->ring.p = need(malloc(g->ring.len));
    memcpy(g->ring.p, g->script.stream.p, g->script.stream.len);
    memcpy(g->ring.p + g->script.stream.len, g->script.stream.p, SEGMENT_MSS);
    g->conns = need(calloc(g->n_conns, sizeof *g->conns));
    for (size_t i = 0; i < g->n_conns; i++) {
        uint32_t n = (uint32_t)i;

        g->conns[i] =
            (struct conn){.port = (uint16_t)(CLIENT_PORT + n),
                          .peer = {{.seq = 0x10000000u * n + 1u, .mss_seen = LEAST_MSS},
                                   {.seq = 0x10000000u * n + 0x08000000u, .mss_seen = LEAST_MSS}}};
    }
}

/* ---- options ---- */

static void usage(FILE *to)
{
    fputs("usage: twstap-capgen --bytes N [options] >FILE\n"
          "  --bytes N         stop when the file is as large, at the next frame's end\n"
          "  --stream NAME     mixed (default), history or ticks\n"
          "  --one-frame       a packet for each frame of at most 1,448 bytes, not full segments\n"
          "  --connections N   default 8, at most 1000\n"
          "example: scripts/bench runs it, see bench/capture.py\n",
          to);
}

static bool parse(int argc, char **argv, struct gen *g, enum script_stream *stream)
{
    static const struct option options[] = {{"bytes", required_argument, NULL, 'b'},
                                            {"stream", required_argument, NULL, 's'},
                                            {"one-frame", no_argument, NULL, 'o'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'b':
            g->bytes = strtoull(optarg, NULL, 10);
            break;
        case 's':
            if (!script_stream_named(optarg, stream))
                return false;
            break;
        case 'o':
            g->one_frame = true;
            break;
        case 'c':
            g->n_conns = strtoul(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    return optind == argc && g->n_conns > 0 && g->n_conns <= CONNECTIONS_MAX;
}

int main(int argc, char **argv)
{
    struct gen g = {.n_conns = 8, .now_ns = START_NS, .random = 1};
    enum script_stream stream = SCRIPT_MIXED;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!parse(argc, argv, &g, &stream)) {
        usage(stderr);
        return 2;
    }
    prepare(&g, stream);
    generate(&g);
    free(g.ring.p);
    free(g.conns);
    script_free(&g.script);
    return 0;
}
