/* live.c - TWS traffic on the loopback at a given rate of packets, for programs that listen.
 *
 * Clients and gateway are in one process and one thread: real sockets, so that the kernel makes
 * the packets that it would make.  Each send is one packet, for TCP_NODELAY is set and the receiver
 * empties its socket before the window closes.  Now and then a notice goes out on a connection of
 * its own, and the events of the program that listens are read from a pipe: how long after the send
 * is it there?  One line of JSON says what was sent and what was seen. */
#include "script.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND          1000000000u
#define CONNECTIONS_MAX 64u
#define FULL            1448u      /* payload of a packet on Ethernet */
#define JUMBO           65483u     /* of one on the loopback: 64 KiB less the headers */
#define READ_MAX        (4u << 20) /* bytes thrown away by one read */
#define EVENTS_READ     65536u     /* bytes of one read of the pipe */
#define SENDS_A_TURN    16u        /* before the receivers and the pipe get theirs */
#define COUNT_NS        100000u    /* from one count of the packets to the next */
#define MARK_NS         10000000u  /* from one notice to the next */
#define MARKS_MAX       10000u
#define MARK_WORD       "twstap-mark-"
#define MARK_DIGITS     6u
#define PATIENCE_NS     (2u * SECOND) /* for the last of the events */
#define HANDSHAKE_NS    (5u * SECOND)

enum shape { SHAPE_FRAME, SHAPE_FULL, SHAPE_JUMBO };
static const char *const shape_names[] = {
    [SHAPE_FRAME] = "frame", [SHAPE_FULL] = "full", [SHAPE_JUMBO] = "jumbo"};

struct conn {
    int client, gateway;
    size_t at;   /* place in the stream */
    size_t left; /* of the packet that the socket did not take whole */
};

struct live {
    int listener, events; /* events: -1, nobody listens */
    uint16_t port;
    enum shape shape;
    uint32_t n_conns;
    double rate, seconds;

    struct script script;
    uint8_t *ring; /* the stream, and a packet's worth of its begin once more; owned */
    struct conn conns[CONNECTIONS_MAX + 1]; /* the last is that of the notices */
    uint64_t sent, bytes, stalls;
    uint64_t packets, packets_before; /* on the wire: as last counted, and what was sent since */

    uint64_t *marked, *seen; /* MARKS_MAX times each, owned; seen 0: not yet */
    uint32_t n_marked, n_seen;
    char tail[EVENTS_READ + sizeof MARK_WORD + MARK_DIGITS];
    size_t n_tail; /* of the last read: a word may have been cut there */
};

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
    va_list args;
    int e = errno;

    va_start(args, format);
    fputs("twstap-live: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    if (e)
        fprintf(stderr, ": %s", strerror(e));
    fputc('\n', stderr);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void *need(void *p)
{
    if (!p)
        die("no memory");
    return p;
}

/* ---- sockets ---- */

static void no_delay(int fd)
{
    int one = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0)
        die("TCP_NODELAY");
}

static void throw_away(int fd)
{
    static uint8_t unused[1];
    ssize_t n = recv(fd, unused, READ_MAX, MSG_TRUNC | MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        die("recv");
}

/* A whole small message to a socket, and from there to the other end. */
static void pass(int from, int to, const struct script_bytes *b)
{
    size_t got = 0;

    if (send(from, b->p, b->len, MSG_NOSIGNAL) != (ssize_t)b->len)
        die("send");
    while (got < b->len) {
        uint8_t bytes[512];
        ssize_t n = recv(to, bytes, b->len - got < sizeof bytes ? b->len - got : sizeof bytes, 0);

        if (n <= 0)
            die("recv");
        got += (size_t)n;
    }
}

static void patience(int fd)
{
    const struct timeval t = {HANDSHAKE_NS / SECOND, 0};

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) < 0)
        die("SO_RCVTIMEO");
}

static void conn_open(struct live *l, struct conn *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    const struct script *s = &l->script;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->client < 0 || connect(c->client, (const struct sockaddr *)&to, sizeof to) < 0)
        die("connect to port %u", l->port);
    c->gateway = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
    if (c->gateway < 0)
        die("accept");
    no_delay(c->client);
    no_delay(c->gateway);
    patience(c->client);
    patience(c->gateway);
    pass(c->client, c->gateway, &s->hello);
    pass(c->gateway, c->client, &s->version);
    pass(c->client, c->gateway, &s->start_api);
    pass(c->gateway, c->client, &s->welcome);
    pass(c->client, c->gateway, &s->subscribe);
}

static void conn_close(struct conn *c)
{
    throw_away(c->client); /* a close over unread bytes is a reset */
    throw_away(c->gateway);
    close(c->client);
    close(c->gateway);
}

/* ---- traffic ---- */

static size_t packet_len(const struct live *l, const struct conn *c)
{
    switch (l->shape) {
    case SHAPE_FRAME:
        return script_frame_len(&l->script.stream, c->at);
    case SHAPE_FULL:
        return FULL;
    case SHAPE_JUMBO:
        return JUMBO;
    }
    return 0;
}

static void ask_again(struct live *l, struct conn *c)
{
    const struct script_bytes *b = &l->script.again;

    if (b->len > 0 && send(c->client, b->p, b->len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)b->len)
        die("the client's requests");
    throw_away(c->gateway);
}

/* One packet.  False: the socket is full. */
static bool send_packet(struct live *l, struct conn *c)
{
    ssize_t n;

    if (c->left == 0) {
        c->left = packet_len(l, c);
        if (c->at == 0 || c->at + c->left > l->script.stream.len)
            ask_again(l, c);
    }
    n = send(c->gateway, l->ring + c->at, c->left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        die("send");
    if (n <= 0) {
        l->stalls++;
        return false;
    }
    l->bytes += (uint64_t)n;
    c->left -= (size_t)n;
    c->at = (c->at + (size_t)n) % l->script.stream.len;
    if (c->left == 0)
        l->sent++;
    return c->left == 0;
}

static void receive(struct live *l)
{
    for (uint32_t i = 0; i <= l->n_conns; i++)
        throw_away(l->conns[i].client);
}

/* ---- notices, and when they were seen ---- */

static void mark(struct live *l)
{
    const struct conn *c = &l->conns[l->n_conns];
    char frame[128];
    int n;

    if (l->n_marked == MARKS_MAX)
        return;
    n = snprintf(frame + 4, sizeof frame - 4, "4%c2%c-1%c2109%c" MARK_WORD "%0*u%c%c", 0, 0, 0, 0,
                 (int)MARK_DIGITS, l->n_marked, 0, 0);
    frame[0] = frame[1] = frame[2] = 0;
    frame[3] = (char)n;
    l->marked[l->n_marked++] = now_ns();
    if (send(c->gateway, frame, 4 + (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != 4 + n)
        die("a notice");
}

static void see(struct live *l, const char *digits, uint64_t now)
{
    uint32_t n = 0;

    for (size_t i = 0; i < MARK_DIGITS; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return;
        n = 10 * n + (uint32_t)(digits[i] - '0');
    }
    if (n < l->n_marked && l->seen[n] == 0) { /* the second is its notice, the first its frame */
        l->seen[n] = now;
        l->n_seen++;
    }
}

static void look_at_events(struct live *l)
{
    const size_t word = sizeof MARK_WORD - 1;
    char *p = l->tail, *end, *at;
    ssize_t n = read(l->events, l->tail + l->n_tail, EVENTS_READ);
    uint64_t now = now_ns();

    if (n <= 0) {
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            die("the events");
        return;
    }
    end = p + l->n_tail + n;
    while ((at = memmem(p, (size_t)(end - p), MARK_WORD, word)) != NULL) {
        if ((size_t)(end - at) < word + MARK_DIGITS)
            break;
        see(l, at + word, now);
        p = at + word;
    }
    if ((size_t)(end - p) > word + MARK_DIGITS - 1)
        p = end - (word + MARK_DIGITS - 1);
    l->n_tail = (size_t)(end - p);
    memmove(l->tail, p, l->n_tail);
}

static void wait_for_events(struct live *l)
{
    const struct timespec pause = {0, 200000};
    uint64_t end = now_ns() + PATIENCE_NS;

    while (l->n_seen < l->n_marked && now_ns() < end) {
        look_at_events(l);
        nanosleep(&pause, NULL);
    }
}

/* ---- a run ---- */

static uint64_t segments(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        die("TCP_INFO");
    return info.tcpi_segs_out;
}

/* What all sockets sent so far: acknowledgements, retransmissions and pieces of a packet for which
 * the window had no room included. */
static void count_packets(struct live *l)
{
    l->packets = 0;
    for (uint32_t i = 0; i <= l->n_conns; i++)
        l->packets += segments(l->conns[i].client) + segments(l->conns[i].gateway);
}

/* As many as are due, but a turn's worth at most: what is late then is sent as fast as it goes. */
static void send_due(struct live *l, uint64_t began, uint64_t now)
{
    uint64_t due = l->packets_before + (uint64_t)((double)(now - began) * l->rate / 1e9);

    for (uint32_t i = 0; i < SENDS_A_TURN && l->packets < due; i++, l->packets++)
        if (!send_packet(l, &l->conns[l->sent % l->n_conns]))
            return;
}

static double run(struct live *l)
{
    const uint64_t began = now_ns(), end = began + (uint64_t)(l->seconds * 1e9);
    uint64_t next_mark = began, next_count = began, now;

    while ((now = now_ns()) < end) {
        send_due(l, began, now);
        receive(l);
        if (now >= next_count) {
            count_packets(l);
            next_count = now + COUNT_NS;
        }
        if (l->events < 0)
            continue;
        if (now >= next_mark) {
            mark(l);
            next_mark += MARK_NS;
        }
        look_at_events(l);
    }
    return (double)(now - began) / 1e9;
}

/* Frames are not left in pieces. */
static void finish_frames(struct live *l)
{
    for (uint32_t i = 0; i < l->n_conns; i++) {
        struct conn *c = &l->conns[i];
        size_t left = script_frame_left(&l->script.stream, c->at);

        receive(l);
        if (left > 0 &&
            send(c->gateway, l->ring + c->at, left, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)left)
            die("the rest of a frame");
        l->bytes += left;
        receive(l);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const struct live *l, double took, uint64_t packets)
{
    double *ms = need(calloc(MARKS_MAX, sizeof *ms));
    size_t n = 0;

    for (uint32_t i = 0; i < l->n_marked; i++)
        if (l->seen[i])
            ms[n++] = (double)(l->seen[i] - l->marked[i]) / 1e6;
    qsort(ms, n, sizeof *ms, by_value);
    printf("{\"sent_s\": %.1f, \"packets_s\": %.1f, \"bytes\": %" PRIu64 ", \"stalls\": %" PRIu64
           ", \"marked\": %u, \"seen\": %u",
           (double)l->sent / took, (double)packets / took, l->bytes, l->stalls, l->n_marked,
           l->n_seen);
    if (n > 0)
        printf(", \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"max_ms\": %.4f", ms[(n - 1) / 2],
               ms[(size_t)(0.99 * (double)(n - 1))], ms[n - 1]);
    puts("}");
    free(ms);
}

static void measure(struct live *l)
{
    uint64_t packets;
    double took;

    for (uint32_t i = 0; i <= l->n_conns; i++)
        conn_open(l, &l->conns[i]);
    count_packets(l);
    l->packets_before = l->packets;
    took = run(l);
    count_packets(l);
    packets = l->packets - l->packets_before;
    finish_frames(l);
    if (l->events >= 0)
        wait_for_events(l);
    for (uint32_t i = 0; i <= l->n_conns; i++)
        conn_close(&l->conns[i]);
    report(l, took, packets);
}

static void prepare(struct live *l)
{
    size_t len;

    script_make(&l->script, l->shape == SHAPE_FRAME ? SCRIPT_TICKS : SCRIPT_MIXED);
    len = l->script.stream.len;
    l->ring = need(malloc(len + JUMBO));
    for (size_t at = 0; at < len + JUMBO; at++)
        l->ring[at] = l->script.stream.p[at % len];
    l->marked = need(calloc(MARKS_MAX, sizeof *l->marked));
    l->seen = need(calloc(MARKS_MAX, sizeof *l->seen));
    if (l->events >= 0 && fcntl(l->events, F_SETFL, O_NONBLOCK) < 0)
        die("the events");
}

/* ---- options ---- */

static void usage(FILE *to)
{
    fputs("usage: twstap-live --listener FD --port N --rate N [options]\n"
          "  --listener FD     an inherited socket that listens on 127.0.0.1\n"
          "  --port N          its port\n"
          "  --rate N          packets a second, both directions together\n"
          "  --shape NAME      frame: one tick a packet (default); full: 1,448 bytes;\n"
          "                    jumbo: 64 KiB\n"
          "  --connections N   default 4, at most 64; the notices have one more\n"
          "  --seconds S       default 1\n"
          "  --events FD       an inherited pipe with the events of the program that listens\n"
          "example: scripts/bench runs it, see bench/capture.py\n",
          to);
}

static bool shape_named(const char *name, enum shape *out)
{
    for (size_t i = 0; i < sizeof shape_names / sizeof shape_names[0]; i++)
        if (strcmp(name, shape_names[i]) == 0) {
            *out = (enum shape)i;
            return true;
        }
    return false;
}

static bool parse(int argc, char **argv, struct live *l)
{
    static const struct option options[] = {
        {"listener", required_argument, NULL, 'l'},    {"port", required_argument, NULL, 'p'},
        {"rate", required_argument, NULL, 'r'},        {"shape", required_argument, NULL, 'h'},
        {"connections", required_argument, NULL, 'c'}, {"seconds", required_argument, NULL, 's'},
        {"events", required_argument, NULL, 'e'},      {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'l':
            l->listener = atoi(optarg);
            break;
        case 'p':
            l->port = (uint16_t)atoi(optarg);
            break;
        case 'r':
            l->rate = atof(optarg);
            break;
        case 'h':
            if (!shape_named(optarg, &l->shape))
                return false;
            break;
        case 'c':
            l->n_conns = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 's':
            l->seconds = atof(optarg);
            break;
        case 'e':
            l->events = atoi(optarg);
            break;
        default:
            return false;
        }
    }
    return optind == argc && l->listener >= 0 && l->port > 0 && l->rate > 0 && l->n_conns > 0 &&
           l->n_conns <= CONNECTIONS_MAX;
}

int main(int argc, char **argv)
{
    static struct live l = {.listener = -1, .events = -1, .n_conns = 4, .seconds = 1};

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!parse(argc, argv, &l)) {
        usage(stderr);
        return 2;
    }
    prepare(&l);
    measure(&l);
    free(l.ring);
    free(l.marked);
    free(l.seen);
    script_free(&l.script);
    return 0;
}
