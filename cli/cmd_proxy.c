#include "cli.h"
#include "host.h"
#include "netns.h"
#include "observe.h"
#include "options.h"
#include "proxy.h"
#include "recorder.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SPARE_DESCRIPTORS 64u /* listeners, outputs, the loop, and room to breathe */

/* ---- options ---- */

struct proxy_options {
    struct proxy_config proxy;
    struct recorder_options recording;
    uint32_t netns_pid; /* 0: the Gateway is not in a container, or not looked for there */
};

static struct proxy_config *config(void *to)
{
    return &((struct proxy_options *)to)->proxy;
}

static bool take_listen(void *to, size_t at, const char *value)
{
    struct proxy_config *c = config(to);
    struct proxy_addr *a = &c->listen[c->n_listen];

    (void)at;
    if (c->n_listen == PROXY_LISTEN_MAX || parse_addr(value, &a->sa, &a->len) != PARSE_ADDR_OK)
        return false;
    c->n_listen++;
    return true;
}

static bool take_upstream(void *to, size_t at, const char *value)
{
    struct proxy_addr *a = &config(to)->upstream;

    (void)at;
    return parse_peer(value, &a->sa, &a->len) == PARSE_ADDR_OK;
}

/* What the help text promises for a run that names neither. */
#define LISTEN_DEFAULT   "127.0.0.1:4102"
#define UPSTREAM_DEFAULT "127.0.0.1:4002"

static void fill_in_addresses(struct proxy_options *o)
{
    if (o->proxy.n_listen == 0)
        (void)take_listen(o, 0, LISTEN_DEFAULT);
    if (o->proxy.upstream.len == 0)
        (void)take_upstream(o, 0, UPSTREAM_DEFAULT);
}

static bool take_allow(void *to, size_t at, const char *value)
{
    struct proxy_config *c = config(to);
    struct proxy_cidr *a = &c->allow[c->n_allow];

    (void)at;
    if (c->n_allow == PROXY_ALLOW_MAX || !parse_cidr(value, &a->family, &a->bits, a->addr))
        return false;
    c->n_allow++;
    return true;
}

static bool take_dial(void *to, size_t at, const char *value)
{
    (void)at;
    config(to)->dial_eager = strcmp(value, "eager") == 0;
    return config(to)->dial_eager || strcmp(value, "lazy") == 0;
}

#define AT(member) offsetof(struct proxy_options, proxy.member)

static const struct option_row rows[] = {
    {"listen", 0, "A:P", "address for clients; up to 8 of them (default: " LISTEN_DEFAULT ")",
     EXPECTS_ADDRESS, take_listen, 0},
    {"upstream", 0, "A:P", "address of TWS or IB Gateway (default: " UPSTREAM_DEFAULT ")",
     EXPECTS_PEER, take_upstream, 0},
    {"allow", 0, "CIDR", "clients from here may connect; needed to listen beyond loopback",
     "a network such as 192.168.1.0/24 or fd00::/8", take_allow, 0},
    {"dial", 0, "WHEN",
     "lazy: dial at the client's first byte; eager: when it connects (default: lazy)",
     "lazy or eager", take_dial, 0},
    {"max-connections", 0, "N",
     "maximum number of clients; more wait in the kernel's queue (default: 1024)", EXPECTS_COUNT,
     take_count, AT(max_connections)},
    {"buffer", 0, "SIZE", "bytes held in each direction for a slow reader (default: 256K)",
     EXPECTS_SIZE, take_size, AT(buffer)},
    {"connect-timeout", 0, "TIME", "time limit of the dial (default: 10s)", EXPECTS_SECONDS,
     take_seconds, AT(connect_timeout)},
    {"linger", 0, "TIME",
     "reset a half-closed connection after TIME without progress (default: 30s)", EXPECTS_SECONDS,
     take_seconds, AT(linger)},
    {"drain", 0, "TIME", "let sessions go on for TIME after SIGTERM (default: 30s)",
     EXPECTS_SECONDS, take_seconds, AT(drain)},
    {"netns", 0, "PID", "query sockets in the network namespace of PID: a container (needs root)",
     "the number of a process", take_count, offsetof(struct proxy_options, netns_pid)},
    RECORDER_ROWS(struct proxy_options, recording, "record"),
};

static const struct options_page page = {
    .command = "proxy",
    .usage = "[options]",
    .about =
        "Sits between API clients and TWS or IB Gateway.  Every byte is relayed untouched; every "
        "message\nis decoded on the side.  When one side owes bytes and stays silent, it says "
        "which, since when,\nat which step, and what fits.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .takes = OPTIONS_OF_SESSIONS,
    .examples =
        "  twstap proxy                                      4102 here to a paper Gateway on 4002\n"
        "  twstap proxy --upstream 127.0.0.1:7496            to a live TWS\n"
        "  twstap proxy -v --json session.jsonl              each frame; all events in a file\n"
        "  twstap proxy --record tws.pcapng --rotate 100M     for Wireshark and for twstap read\n"
        "  twstap proxy --record - | wireshark -k -i -       the same while it happens\n"
        "  twstap proxy --record trouble.pcapng --ring 16M   only what led to a silence\n"
        "  twstap proxy --listen 0.0.0.0:4102 --allow 192.168.1.0/24\n"
        "then point the client at port 4102.  Signals: USR1 a verdict for every connection now, "
        "HUP "
        "reopen\nthe files, TERM let sessions end (--drain), INT stop at once.  Exit status: 1 "
        "when "
        "a session\nwas in trouble.\n",
};

/* Listening where others can reach us is for those who said who may come. */
static int check_reach(const struct proxy_config *c)
{
    for (size_t i = 0; i < c->n_listen && c->n_allow == 0; i++) {
        char where[80];

        if (!addr_is_loopback(&c->listen[i].sa))
            return options_wrong("proxy",
                                 "%s can be reached by other machines, and whoever connects "
                                 "can trade: say who may with --allow CIDR",
                                 addr_text(&c->listen[i].sa, where, sizeof where));
    }
    return CLI_OK;
}

/* A relay that dials itself would fill up with its own connections. */
static int check_loop(const struct proxy_config *c)
{
    for (size_t i = 0; i < c->n_listen; i++) {
        char where[80];

        if (addr_same(&c->listen[i].sa, &c->upstream.sa))
            return options_wrong("proxy", "--listen and --upstream are both %s",
                                 addr_text(&c->upstream.sa, where, sizeof where));
    }
    return CLI_OK;
}

/* ---- the run ---- */

#define SIGNALS 4

struct run {
    struct ev_loop *loop;
    struct observer observer;
    struct proxy *proxy;
    struct recorder recording;
    bool draining;
    double drain;
    ev_signal watchers[SIGNALS];
};

static void on_drained(void *ctx)
{
    struct run *r = ctx;

    ev_break(r->loop, EVBREAK_ALL);
}

static void on_int(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_term(struct ev_loop *loop, ev_signal *w, int events)
{
    struct run *r = w->data;
    size_t n = proxy_connections(r->proxy);

    (void)events;
    if (r->draining || n == 0) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    r->draining = true;
    observer_say(&r->observer, "-- no new connections; %zu may go on for up to %g s", n, r->drain);
    proxy_drain(r->proxy, on_drained, r);
}

static void on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)loop;
    (void)events;
    observer_reopen(&((struct run *)w->data)->observer);
    recorder_reopen(&((struct run *)w->data)->recording);
}

static void on_usr1(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)loop;
    (void)events;
    proxy_ask_all(((struct run *)w->data)->proxy);
}

static const struct {
    int number;
    void (*on)(struct ev_loop *loop, ev_signal *w, int events);
} signals[SIGNALS] = {{SIGINT, on_int}, {SIGTERM, on_term}, {SIGHUP, on_hup}, {SIGUSR1, on_usr1}};

/* From before the first line is out, which scripts wait for, to the very end: an impatient second
 * signal must not cost the summary. */
static void watch_signals(struct run *r)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        ev_signal_init(&r->watchers[i], signals[i].on, signals[i].number);
        r->watchers[i].data = r;
        ev_signal_start(r->loop, &r->watchers[i]);
    }
}

/* Scripts read the first line: the port may have been 0. */
static void say_listening(struct run *r, const struct proxy_config *c)
{
    char here[80], there[80];

    for (size_t i = 0; i < c->n_listen; i++) {
        struct proxy_addr bound;

        proxy_bound(r->proxy, i, &bound);
        observer_say(&r->observer, "listening on %s, relaying to %s (dial %s)",
                     addr_text(&bound.sa, here, sizeof here),
                     addr_text(&c->upstream.sa, there, sizeof there),
                     c->dial_eager ? "when the client connects" : "at the client's first byte");
    }
}

static int say_failed(const struct proxy_config *c, const char *why)
{
    int error = errno;
    char where[80];

    if (error == EDESTADDRREQ) {
        fprintf(stderr, "twstap proxy: internal error: %s\n", why);
        return CLI_INTERNAL;
    }
    fprintf(stderr, "twstap proxy: %s", why);
    for (size_t i = 0; i < c->n_listen; i++)
        fprintf(stderr, "%s%s", i ? ", " : " on ",
                addr_text(&c->listen[i].sa, where, sizeof where));
    fprintf(stderr, ": %s%s\n", strerror(error),
            error == EADDRINUSE ? "; ss -ltnp shows by whom" : "");
    return CLI_COULD_NOT_LOOK;
}

static void raise_descriptors(const struct proxy_config *c)
{
    uint64_t want = 2 * (uint64_t)c->max_connections + SPARE_DESCRIPTORS;
    uint64_t have = host_raise_nofile(want);

    if (have && have < want)
        fprintf(
            stderr,
            "twstap proxy: %llu descriptors are too few for %lu connections of two each: about "
            "%llu can be open at once (ulimit -n)\n",
            (unsigned long long)have, (unsigned long)c->max_connections,
            (unsigned long long)(have > SPARE_DESCRIPTORS ? (have - SPARE_DESCRIPTORS) / 2 : 0));
}

/* ---- the recording ---- */

static void *see_opened(void *ctx, uint32_t conn, const struct tws_endpoint *client,
                        const struct tws_endpoint *gateway, uint64_t now)
{
    const struct recorder *r = ctx;

    return record_opened(r->record, conn, client, gateway, now);
}

static void see_bytes(void *seen, enum tws_side from, const uint8_t *bytes, size_t len,
                      uint64_t now)
{
    record_bytes(seen, from, bytes, len, now);
}

static void see_dialing(void *seen, bool dialing, uint64_t now)
{
    record_dialing(seen, dialing, now);
}

static void see_ended(void *seen, enum tws_side side, enum tws_ending how, const char *reason,
                      uint64_t now)
{
    record_ended(seen, side, how, reason, now);
}

static void see_finished(void *seen, uint64_t now)
{
    record_finished(seen, now);
}

_Static_assert(PROXY_LISTEN_MAX <= TWS_ANNOTATION_LISTENS, "a recording names all addresses");

/* What a reader of the file may want to know of the run; texts[] holds it. */
static struct tws_section describe(const struct run *r, const struct proxy_config *c,
                                   char texts[PROXY_LISTEN_MAX + 1][80])
{
    struct tws_section s = {.n_listen = c->n_listen};

    s.upstream = tws_text_of(addr_text(&c->upstream.sa, texts[0], sizeof texts[0]));
    for (size_t i = 0; i < c->n_listen; i++) {
        char *where = texts[i + 1];
        struct proxy_addr bound;

        proxy_bound(r->proxy, i, &bound);
        s.listen[i] = tws_text_of(addr_text(&bound.sa, where, sizeof texts[0]));
    }
    return s;
}

/* Listening comes first: a run that cannot begin must not replace a recording. */
static int begin_recording(struct run *r, const struct proxy_options *c,
                           const struct common_options *common)
{
    char texts[PROXY_LISTEN_MAX + 1][80];
    struct tws_section about = describe(r, &c->proxy, texts);

    return recorder_open(&r->recording, &c->recording, &r->observer, true, common, &about);
}

/* The view is opened here and never again: it takes rights that the relay need not have later. */
static int look_into(struct proxy_options *c)
{
    if (!c->netns_pid)
        return CLI_OK;
    c->proxy.view = host_view_open(c->netns_pid);
    if (c->proxy.view > 0)
        return CLI_OK;
    fprintf(stderr, "twstap proxy: --netns %lu: %s\n", (unsigned long)c->netns_pid,
            netns_why(errno == EPERM    ? HOST_NO_RIGHT
                      : errno == ESRCH  ? HOST_NOT_THERE
                      : errno == ENOSYS ? HOST_NO_PLATFORM
                                        : HOST_FAILED));
    return CLI_COULD_NOT_LOOK;
}

int cmd_proxy(int argc, char **argv)
{
    struct common_options common;
    struct proxy_options c = {.recording = {.option = "--record"}};
    struct run r = {.loop = ev_default_loop(EVFLAG_AUTO)};
    const struct proxy_watch watch = {see_opened, see_bytes,    see_dialing,
                                      see_ended,  see_finished, &r.recording};
    enum options_status parsed;
    const char *why = NULL;
    int status;

    proxy_config_default(&c.proxy);
    common_options_default(&common);
    parsed = options_parse(&page, argc, argv, &c, &common, NULL);
    if (parsed != OPTIONS_GO)
        return parsed == OPTIONS_DONE ? CLI_OK : CLI_USAGE;
    fill_in_addresses(&c);
    status = check_reach(&c.proxy);
    if (status == CLI_OK)
        status = check_loop(&c.proxy);
    if (status == CLI_OK)
        status = recorder_check(&c.recording, "proxy", &common);
    if (status == CLI_OK)
        status = look_into(&c);
    if (status != CLI_OK)
        return status;
    if (!r.loop) {
        fputs("twstap proxy: no event loop\n", stderr);
        return CLI_INTERNAL;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_descriptors(&c.proxy);
    status = recorder_check_folder(&c.recording, "proxy", NULL);
    if (status == CLI_OK)
        status = observer_open(&r.observer, "proxy", &common, r.loop);
    if (status != CLI_OK)
        return status;
    observer_never_wait(&r.observer);
    r.drain = c.proxy.drain;
    if (c.recording.file)
        c.proxy.watch = &watch;
    r.proxy = proxy_open(r.loop, &c.proxy, &r.observer.env, &why);
    if (!r.proxy) {
        status = say_failed(&c.proxy, why);
        observer_abandon(&r.observer);
        return status;
    }
    watch_signals(&r);
    say_listening(&r, &c.proxy);
    status = begin_recording(&r, &c, &common);
    if (status != CLI_OK) {
        proxy_close(r.proxy);
        observer_abandon(&r.observer);
        return status;
    }
    observer_say_day(&r.observer);
    ev_run(r.loop, 0);
    proxy_close(r.proxy);
    recorder_close(&r.recording);
    return observer_close(&r.observer);
}
