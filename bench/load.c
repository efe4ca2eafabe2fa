/* load.c - both ends of a relay's traffic in one process, and what the relay used meanwhile.
 *
 * One run is one cell of the table: clients connect to the relay, the relay connects to the gateway
 * here, the cell's traffic runs for a while, and one line of JSON says what was measured.  Both
 * ends share a thread and an epoll: a frame that comes back was touched by this process and the
 * relay and by nobody else.  Bulk bytes leave by sendfile and are thrown away by MSG_TRUNC, so that
 * this process is the cheaper one and the relay sets the pace. */
#include "script.h"
#include "usage.h"
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND         1000000000u
#define WARM_NS        50000000u /* traffic before the measured window */
#define PATIENCE_NS    (30ull * SECOND)
#define CONNECTING_MAX 64u        /* clients that have not finished their handshake */
#define BULK_WRITE     65536u     /* bytes of one write of the gateway */
#define BULK_READ      (4u << 20) /* bytes thrown away by one read of the client */
#define SMALL_READ     65536u
#define IN_FLIGHT      1024u /* requests of one connection that may be under way */
#define SAMPLES_MAX    (4u << 20)
#define EVENTS         256

enum cell { BULK, ECHO, HANDSHAKE, IDLE };
static const char *const cell_names[] = {"bulk", "echo", "handshake", "idle"};

enum side { CLIENT, GATEWAY, LISTENER };

struct end {
    enum side side;
    int fd;
    uint64_t got;    /* bytes received */
    off_t at;        /* gateway: place in the stream */
    bool ready;      /* handshake done */
    uint64_t *asked; /* client, echo: ring of IN_FLIGHT times, owned */
    uint32_t n_asked, n_answered;
};

struct load {
    enum cell cell;
    enum script_stream stream;
    int listener, poll, stream_fd;
    uint16_t port;
    pid_t pid;
    uint32_t connections;
    double seconds, rate;
    bool spin;

    struct script script;
    struct end *clients;   /* `connections` of them, owned */
    struct end **gateways; /* by descriptor, each owned; NULL: none */
    size_t n_gateways_max;
    uint32_t n_opened, n_ready; /* clients */
    uint32_t n_gateways;        /* open now */
    uint32_t n_subscribed;      /* gateways that have read all that comes before the traffic */
    uint64_t n_done;            /* handshakes, round trips */
    uint64_t sent, received;    /* bulk bytes */
    bool running;               /* the traffic may go on */
    bool warm;                  /* samples count */
    uint32_t *samples;          /* ns, owned */
    size_t n_samples;
    uint64_t alive_ns; /* when something last moved */
};

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
    va_list args;
    int e = errno;

    va_start(args, format);
    fputs("twstap-load: ", stderr);
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

static void watch(struct load *l, struct end *e, int op, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = e};

    if (epoll_ctl(l->poll, op, e->fd, &ev) < 0)
        die("epoll_ctl");
}

static void no_delay(int fd)
{
    int one = 1;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0)
        die("TCP_NODELAY");
}

/* For small messages: a socket that does not take one at once is a relay that is stuck. */
static void say(const struct end *e, const void *p, size_t n)
{
    ssize_t k = send(e->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (k != (ssize_t)n)
        die("%s: sent %zd of %zu bytes", e->side == CLIENT ? "client" : "gateway", k, n);
}

static void say_bytes(const struct end *e, const struct script_bytes *b)
{
    say(e, b->p, b->len);
}

static void client_open(struct load *l, struct end *e)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    uint64_t *ring = e->asked;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *e = (struct end){.side = CLIENT, .asked = ring};
    e->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (e->fd < 0)
        die("socket");
    if (connect(e->fd, (const struct sockaddr *)&to, sizeof to) < 0)
        die("connect to port %u", l->port);
    no_delay(e->fd);
    watch(l, e, EPOLL_CTL_ADD, EPOLLIN);
    say_bytes(e, &l->script.hello);
}

static void client_close(struct end *e)
{
    close(e->fd);
    e->fd = -1;
}

static void gateway_accept(struct load *l)
{
    struct end *e;
    int fd;

    while ((fd = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if ((size_t)fd >= l->n_gateways_max)
            die("descriptor %d is out of bounds", fd);
        no_delay(fd);
        e = need(calloc(1, sizeof *e));
        *e = (struct end){.side = GATEWAY, .fd = fd};
        l->gateways[fd] = e;
        l->n_gateways++;
        watch(l, e, EPOLL_CTL_ADD, EPOLLIN);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        die("accept");
}

static void gateway_close(struct load *l, struct end *e)
{
    l->gateways[e->fd] = NULL;
    l->n_gateways--;
    close(e->fd);
    free(e);
}

/* ---- traffic ---- */

static bool crossed(uint64_t before, uint64_t after, uint64_t mark)
{
    return before < mark && after >= mark;
}

/* Frames of the echo that became whole between two counts of bytes, `base` bytes into the stream.
 */
static uint32_t echoes(uint64_t before, uint64_t after, uint64_t base)
{
    uint64_t from = before > base ? before - base : 0, to = after > base ? after - base : 0;

    return (uint32_t)(to / SCRIPT_ECHO_FRAME - from / SCRIPT_ECHO_FRAME);
}

static void ask(struct load *l, struct end *e, uint64_t when)
{
    if (e->n_asked - e->n_answered == IN_FLIGHT)
        die("%u requests under way on one connection", IN_FLIGHT);
    e->asked[e->n_asked++ % IN_FLIGHT] = when;
    say_bytes(e, &l->script.ask);
}

static void answered(struct load *l, struct end *e, uint32_t n)
{
    uint64_t now = now_ns();

    for (; n > 0; n--) {
        uint64_t took = now - e->asked[e->n_answered++ % IN_FLIGHT];

        l->n_done++;
        if (l->warm && l->n_samples < SAMPLES_MAX)
            l->samples[l->n_samples++] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
        if (l->running && l->rate <= 0)
            ask(l, e, now);
    }
}

static void client_welcomed(struct load *l, struct end *e)
{
    e->ready = true;
    l->n_ready++;
    if (l->cell == BULK)
        say_bytes(e, &l->script.subscribe);
}

static void client_versioned(struct load *l, struct end *e)
{
    say_bytes(e, &l->script.start_api);
    if (l->cell != HANDSHAKE)
        return;
    client_close(e);
    if (l->running)
        client_open(l, e);
}

static void client_read(struct load *l, struct end *e)
{
    static uint8_t bytes[SMALL_READ];
    const struct script *s = &l->script;
    uint64_t before = e->got, base = s->version.len + s->welcome.len;
    ssize_t n;

    n = e->ready && l->cell == BULK ? recv(e->fd, bytes, BULK_READ, MSG_TRUNC | MSG_DONTWAIT)
                                    : recv(e->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        die("the relay ended a client's connection");
    e->got += (uint64_t)n;
    if (e->ready && l->cell == BULK)
        l->received += (uint64_t)n;
    else if (e->ready && l->cell == ECHO)
        answered(l, e, echoes(before, e->got, base));
    if (crossed(before, e->got, base))
        client_welcomed(l, e);
    if (crossed(before, e->got, s->version.len))
        client_versioned(l, e); /* last: it may close and open the connection anew */
}

static void gateway_read(struct load *l, struct end *e)
{
    static uint8_t bytes[SMALL_READ];
    const struct script *s = &l->script;
    uint64_t before = e->got, started = s->hello.len + s->start_api.len;
    ssize_t n = recv(e->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        if (e->got >= started && l->cell == HANDSHAKE)
            l->n_done++;
        gateway_close(l, e);
        return;
    }
    e->got += (uint64_t)n;
    if (crossed(before, e->got, s->hello.len))
        say_bytes(e, &s->version);
    if (crossed(before, e->got, started) && l->cell != HANDSHAKE)
        say_bytes(e, &s->welcome);
    if (crossed(before, e->got, started + s->subscribe.len))
        l->n_subscribed++;
    if (l->cell != ECHO)
        return;
    for (uint32_t left = echoes(before, e->got, started), k; left > 0; left -= k) {
        k = left < SCRIPT_ANSWERS ? left : SCRIPT_ANSWERS;
        say(e, s->answers.p, k * SCRIPT_ECHO_FRAME);
    }
}

static void gateway_write(struct load *l, struct end *e)
{
    ssize_t n = sendfile(e->fd, l->stream_fd, &e->at, BULK_WRITE);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        die("sendfile");
    l->sent += (uint64_t)n;
    if ((size_t)e->at == l->script.stream.len)
        e->at = 0;
}

/* Start or stop the stream of every gateway. */
static void stream(struct load *l, bool on)
{
    for (size_t fd = 0; fd < l->n_gateways_max; fd++)
        if (l->gateways[fd])
            watch(l, l->gateways[fd], EPOLL_CTL_MOD, on ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void pump(struct load *l, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->poll, events, EVENTS, wait_ms);

    if (n < 0 && errno != EINTR)
        die("epoll_wait");
    for (int i = 0; i < n; i++) {
        struct end *e = events[i].data.ptr;

        if (e->side == LISTENER)
            gateway_accept(l);
        else if (e->side == CLIENT)
            client_read(l, e);
        else if (events[i].events & EPOLLOUT)
            gateway_write(l, e);
        else
            gateway_read(l, e);
    }
    if (n > 0)
        l->alive_ns = now_ns();
    else if (now_ns() - l->alive_ns > PATIENCE_NS)
        die("nothing moves: %u clients open, %u ready, %u gateways", l->n_opened, l->n_ready,
            l->n_gateways);
}

/* ---- a run ---- */

static void open_clients(struct load *l, uint32_t n)
{
    while (l->n_ready < n || (l->cell == BULK && l->n_subscribed < n)) {
        while (l->n_opened < n && l->n_opened - l->n_ready < CONNECTING_MAX)
            client_open(l, &l->clients[l->n_opened++]);
        pump(l, 10);
    }
}

static void close_clients(struct load *l)
{
    for (uint32_t i = 0; i < l->n_opened; i++)
        if (l->clients[i].fd >= 0)
            client_close(&l->clients[i]);
    while (l->n_gateways > 0)
        pump(l, 10);
    l->n_opened = l->n_ready = 0;
}

/* Requests at a steady rate, in turn over the connections.  Their time runs from when they were
 * due, so that a relay that stalls pays for all it kept waiting. */
static void ask_what_is_due(struct load *l, uint64_t *due, uint32_t *turn)
{
    for (uint64_t now = now_ns(); *due <= now; *due += (uint64_t)(1e9 / l->rate)) {
        ask(l, &l->clients[*turn], *due);
        *turn = (*turn + 1) % l->connections;
    }
}

static void pump_until(struct load *l, uint64_t end)
{
    uint64_t due = now_ns();
    uint32_t turn = 0;

    while (now_ns() < end) {
        if (l->cell == ECHO && l->rate > 0)
            ask_what_is_due(l, &due, &turn);
        pump(l, l->spin || l->rate > 0 ? 0 : 1);
    }
}

struct window {
    uint64_t ns, received, done;
};

/* Warm up, then measure: what was moved in the window. */
static struct window run_window(struct load *l)
{
    struct window w, begin;
    uint64_t t = now_ns();

    l->alive_ns = t;
    pump_until(l, t + WARM_NS);
    begin = (struct window){now_ns(), l->received, l->n_done};
    l->warm = true;
    pump_until(l, begin.ns + (uint64_t)(l->seconds * 1e9));
    w = (struct window){now_ns() - begin.ns, l->received - begin.received, l->n_done - begin.done};
    l->running = l->warm = false;
    return w;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static double percentile_us(const struct load *l, double p)
{
    if (l->n_samples == 0)
        return 0;
    return l->samples[(size_t)(p * (double)(l->n_samples - 1))] / 1e3;
}

/* CPU time is taken from rest to rest, over all that was moved between, and not over the window:
 * only so is it exact. */
static void run_bulk(struct load *l)
{
    uint64_t cpu;
    struct window w;

    open_clients(l, l->connections);
    cpu = usage_cpu_settled_ns(l->pid);
    l->running = true;
    stream(l, true);
    w = run_window(l);
    stream(l, false);
    while (l->received < l->sent)
        pump(l, 10);
    cpu = usage_cpu_settled_ns(l->pid) - cpu;
    printf("{\"gb_s\": %.6f, \"cpu_s_gb\": %.6f, \"bytes\": %" PRIu64 "}\n",
           (double)w.received / (double)w.ns, (double)cpu / (double)l->received, l->received);
    close_clients(l);
}

static void run_echo(struct load *l)
{
    uint64_t cpu;
    struct window w;

    l->samples = need(malloc(SAMPLES_MAX * sizeof *l->samples));
    for (uint32_t i = 0; i < l->connections; i++)
        l->clients[i].asked = need(malloc(IN_FLIGHT * sizeof(uint64_t)));
    open_clients(l, l->connections);
    cpu = usage_cpu_settled_ns(l->pid);
    l->running = true;
    for (uint32_t i = 0; i < l->connections && l->rate <= 0; i++)
        ask(l, &l->clients[i], now_ns());
    w = run_window(l);
    for (uint32_t i = 0; i < l->connections; i++)
        while (l->clients[i].n_answered != l->clients[i].n_asked)
            pump(l, 10);
    cpu = usage_cpu_settled_ns(l->pid) - cpu;
    qsort(l->samples, l->n_samples, sizeof *l->samples, by_value);
    printf("{\"per_s\": %.1f, \"cpu_us\": %.4f, \"p50_us\": %.3f, \"p99_us\": %.3f}\n",
           (double)w.done * 1e9 / (double)w.ns, (double)cpu / 1e3 / (double)l->n_done,
           percentile_us(l, 0.50), percentile_us(l, 0.99));
    close_clients(l);
    for (uint32_t i = 0; i < l->connections; i++)
        free(l->clients[i].asked);
    free(l->samples);
}

static void run_handshake(struct load *l)
{
    uint64_t cpu = usage_cpu_settled_ns(l->pid);
    struct window w;

    l->running = true;
    for (; l->n_opened < l->connections; l->n_opened++)
        client_open(l, &l->clients[l->n_opened]);
    w = run_window(l);
    for (uint32_t i = 0; i < l->n_opened; i++)
        while (l->clients[i].fd >= 0) /* it closes once it has its version reply */
            pump(l, 10);
    close_clients(l);
    cpu = usage_cpu_settled_ns(l->pid) - cpu;
    printf("{\"per_s\": %.1f, \"cpu_us\": %.4f}\n", (double)w.done * 1e9 / (double)w.ns,
           (double)cpu / 1e3 / (double)l->n_done);
}

static void run_idle(struct load *l)
{
    uint64_t before;

    open_clients(l, 1); /* what a relay needs once is not what it needs for a connection */
    close_clients(l);
    usage_cpu_settled_ns(l->pid);
    before = usage_resident(l->pid);
    open_clients(l, l->connections);
    usage_cpu_settled_ns(l->pid);
    printf("{\"rss_conn\": %.1f, \"rss_before\": %" PRIu64 "}\n",
           ((double)usage_resident(l->pid) - (double)before) / l->connections, before);
    close_clients(l);
}

static void (*const runs[])(struct load *) = {
    [BULK] = run_bulk, [ECHO] = run_echo, [HANDSHAKE] = run_handshake, [IDLE] = run_idle};

/* ---- options ---- */

static void describe_streams(void)
{
    struct script s;

    script_make(&s, SCRIPT_HISTORY);
    printf("history: historicalData, mean %zu bytes a frame\n", s.stream.len / s.stream.frames);
    script_free(&s);
    script_make(&s, SCRIPT_TICKS);
    printf("ticks: tickPrice, tickSize and tickString 3:3:1, mean %zu bytes a frame\n",
           s.stream.len / s.stream.frames);
    script_free(&s);
}

static void usage(FILE *to)
{
    fputs("usage: twstap-load bulk|echo|handshake|idle --listener FD --port N --pid N [options]\n"
          "       twstap-load streams\n"
          "  --listener FD     an inherited socket that listens where the relay's upstream is\n"
          "  --port N          port of the relay on 127.0.0.1\n"
          "  --pid N           process of the relay; its children count too\n"
          "  --connections N   default 1\n"
          "  --seconds S       default 0.4\n"
          "  --rate N          echo: N requests a second in all; default: each after its answer\n"
          "  --stream NAME     bulk: history (default), ticks or mixed\n"
          "  --spin            never sleep while measuring: for a core of its own\n"
          "example: scripts/bench runs it, see bench/relay.py\n",
          to);
}

static enum cell cell_named(const char *name)
{
    for (size_t i = 0; i < sizeof cell_names / sizeof cell_names[0]; i++)
        if (strcmp(name, cell_names[i]) == 0)
            return (enum cell)i;
    usage(stderr);
    exit(2);
}

static void parse(int argc, char **argv, struct load *l)
{
    static const struct option options[] = {{"listener", required_argument, NULL, 'l'},
                                            {"port", required_argument, NULL, 'p'},
                                            {"pid", required_argument, NULL, 'i'},
                                            {"connections", required_argument, NULL, 'c'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"stream", required_argument, NULL, 't'},
                                            {"spin", no_argument, NULL, 'S'},
                                            {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'l':
            l->listener = atoi(optarg);
            break;
        case 'p':
            l->port = (uint16_t)atoi(optarg);
            break;
        case 'i':
            l->pid = (pid_t)atoi(optarg);
            break;
        case 'c':
            l->connections = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 's':
            l->seconds = atof(optarg);
            break;
        case 'r':
            l->rate = atof(optarg);
            break;
        case 't':
            if (script_stream_named(optarg, &l->stream))
                break;
            usage(stderr);
            exit(2);
        case 'S':
            l->spin = true;
            break;
        default:
            usage(stderr);
            exit(2);
        }
    }
}

static int stream_file(const struct script_bytes *b)
{
    int fd = memfd_create("twstap-load", MFD_CLOEXEC);

    if (fd < 0 || write(fd, b->p, b->len) != (ssize_t)b->len)
        die("memfd");
    return fd;
}

int main(int argc, char **argv)
{
    struct load l = {.listener = -1, .connections = 1, .seconds = 0.4};
    struct end listener = {.side = LISTENER};

    if (argc == 2 && strcmp(argv[1], "streams") == 0) {
        describe_streams();
        return 0;
    }
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    l.cell = cell_named(argv[1]);
    parse(argc - 1, argv + 1, &l);
    if (l.listener < 0 || l.port == 0 || l.pid <= 0 || l.connections == 0) {
        usage(stderr);
        return 2;
    }

    script_make(&l.script, l.stream);
    l.stream_fd = stream_file(&l.script.stream);
    l.n_gateways_max = (size_t)sysconf(_SC_OPEN_MAX);
    l.gateways = need(calloc(l.n_gateways_max, sizeof(struct end *)));
    l.clients = need(calloc(l.connections, sizeof(struct end)));
    l.poll = epoll_create1(EPOLL_CLOEXEC);
    listener.fd = l.listener;
    watch(&l, &listener, EPOLL_CTL_ADD, EPOLLIN);
    l.alive_ns = now_ns();
    runs[l.cell](&l);

    close(l.poll);
    close(l.stream_fd);
    free(l.clients);
    free(l.gateways);
    script_free(&l.script);
    return 0;
}
