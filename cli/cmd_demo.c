#include "cli.h"
#include "observe.h"
#include "options.h"
#include "proxy.h"
#include "standin.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* One process and one loop: a stand-in for the Gateway, the proxy, and a client that follows a
 * script, all on ports that the system chooses.  One act a connection. */

#define HANDSHAKE_TIMEOUT                                                                          \
    1.2              /* seconds: short, as nobody wants to watch the real 3 s three times */
#define PATIENCE 1.7 /* seconds: then the client gives up, as real ones do */
#define STAY     0.3 /* seconds: how long a healthy client stays */
#define ACT_MAX  6.0 /* seconds: an act that takes longer has failed */
#define SETTLE   0.5 /* seconds: for linger and drain */

static const struct act {
    const char *scenario; /* of the stand-in */
    const char *heading;
    enum tws_trouble expected;
} acts[] = {
    {"healthy", "A healthy session: hello, version, startApi, welcome, a few questions, goodbye.",
     TWS_TROUBLE_NONE},
    {"accept-silent",
     "The gateway accepts the connection, reads the hello and says nothing.  The client's\n"
     "   log says \"connected\".",
     TWS_HELLO_UNANSWERED},
    {"version-silent", "The gateway answers the hello.  It never answers startApi.",
     TWS_STARTAPI_UNANSWERED},
    {"half-welcome", "The gateway sends the accounts.  The next valid order id never comes.",
     TWS_PARTIAL_STARTUP},
};

#define ACTS (sizeof acts / sizeof acts[0])

static const struct options_page page = {
    .command = "demo",
    .usage = "[options]",
    .about = "Shows the whole job on this machine in about ten seconds, with nothing to set up: a\n"
             "stand-in for the Gateway, the proxy and a client that follows a script.  First a "
             "healthy\nsession, then three that go silent at different steps.\n",
    .takes = OPTIONS_OF_SESSIONS,
    .examples = "  twstap demo\n"
                "  twstap demo -v                  each frame\n"
                "  twstap demo --json demo.jsonl   the events in a file as well\n",
};

struct demo {
    struct ev_loop *loop;
    struct observer observer;
    struct tws_sink sink; /* the observer's, behind its diagnosis */
    uint32_t conn;        /* the act's number is its connection's */
    bool concluded;       /* the act's final verdict came */
    enum tws_trouble found;
    struct proxy *proxy;
    struct standin *gateway;
    struct standin_client *client;
    bool interrupted, timed_out;
};

/* Each act has a proxy of its own, which numbers its connections from 1. */
static void on_event(void *ctx, const struct tws_event *ev)
{
    struct demo *d = ctx;
    struct tws_event copy = *ev;

    if (ev->conn)
        copy.conn = d->conn;
    if (ev->kind == TWS_EV_VERDICT && ev->u.verdict->final) {
        d->concluded = true;
        d->found = ev->u.verdict->stage;
    }
    if (d->sink.wants & TWS_WANTS(ev->kind))
        d->sink.put(d->sink.ctx, &copy);
}

static struct sockaddr_in any_port(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool open_gateway(struct demo *d, const struct act *a, const char **why)
{
    struct sockaddr_in any = any_port();
    struct standin_config c;

    standin_config_default(&c);
    c.scenario = a->scenario;
    memcpy(&c.listen, &any, sizeof any);
    c.listen_len = sizeof any;
    d->gateway = standin_open(d->loop, &c, why);
    return d->gateway != NULL;
}

static bool open_proxy(struct demo *d, const char **why)
{
    struct sockaddr_in any = any_port();
    struct proxy_config c;

    proxy_config_default(&c);
    memcpy(&c.listen[0].sa, &any, sizeof any);
    c.listen[0].len = sizeof any;
    c.n_listen = 1;
    standin_bound(d->gateway, &c.upstream.sa, &c.upstream.len);
    c.linger = c.drain = SETTLE;
    d->proxy = proxy_open(d->loop, &c, &d->observer.env, why);
    return d->proxy != NULL;
}

static void on_drained(void *ctx)
{
    ev_break(((struct demo *)ctx)->loop, EVBREAK_ALL);
}

static void on_client_done(void *ctx)
{
    struct demo *d = ctx;

    proxy_drain(d->proxy, on_drained, d);
}

static bool open_client(struct demo *d, const char **why)
{
    struct standin_client_config c = {
        .min_version = 100, .max_version = 176, .client_id = 7, .patience = PATIENCE, .stay = STAY};
    struct proxy_addr at;

    proxy_bound(d->proxy, 0, &at);
    c.to = at.sa;
    c.to_len = at.len;
    d->client = standin_client_open(d->loop, &c, on_client_done, d, why);
    return d->client != NULL;
}

static void on_act_max(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)events;
    ((struct demo *)w->data)->timed_out = true;
    ev_break(loop, EVBREAK_ALL);
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)events;
    ((struct demo *)w->data)->interrupted = true;
    ev_break(loop, EVBREAK_ALL);
}

static void close_act(struct demo *d)
{
    if (d->client)
        standin_client_close(d->client);
    if (d->proxy)
        proxy_close(d->proxy);
    if (d->gateway)
        standin_close(d->gateway);
    d->client = NULL;
    d->proxy = NULL;
    d->gateway = NULL;
}

/* True: the act ended as it should. */
static bool play(struct demo *d, const struct act *a)
{
    const char *why = "";
    ev_timer limit;

    d->conn++;
    d->concluded = false;
    if (!open_gateway(d, a, &why) || !open_proxy(d, &why) || !open_client(d, &why)) {
        fprintf(stderr, "twstap demo: %s: %s\n", why, strerror(errno));
        close_act(d);
        return false;
    }
    ev_timer_init(&limit, on_act_max, ACT_MAX, 0);
    limit.data = d;
    ev_timer_start(d->loop, &limit);
    ev_run(d->loop, 0);
    ev_timer_stop(d->loop, &limit);
    close_act(d); /* what still stands gets its verdict here */
    return d->concluded && d->found == a->expected && !d->timed_out;
}

static void say_heading(struct demo *d, size_t i)
{
    observer_say(&d->observer, "%s", "");
    observer_say(&d->observer, "%zu. %s", i + 1, acts[i].heading);
}

static bool play_all(struct demo *d)
{
    bool as_expected = true;

    for (size_t i = 0; i < ACTS && !d->interrupted; i++) {
        say_heading(d, i);
        if (play(d, &acts[i]) || d->interrupted)
            continue;
        as_expected = false;
        fprintf(stderr, "twstap demo: act %zu (%s) did not end as it should\n", i + 1,
                acts[i].scenario);
    }
    return as_expected;
}

static void say_intro(struct demo *d)
{
    observer_say(
        &d->observer,
        "twstap demo: a stand-in for the Gateway, the proxy, and a scripted client, all in "
        "this process.");
    observer_say(&d->observer,
                 "A step of the handshake may take %g s here (a real run allows 3 s: "
                 "--handshake-timeout).",
                 (double)d->observer.env.timing.handshake_ns / 1e9);
}

static void say_outro(struct demo *d)
{
    observer_say(&d->observer, "%s", "");
    observer_say(&d->observer,
                 "For real: twstap proxy --upstream 127.0.0.1:4002   (4001, 7496, 7497: "
                 "wherever yours listens)");
    observer_say(&d->observer, "          and point your client at 127.0.0.1:4102 instead.");
}

static int run(struct demo *d)
{
    ev_signal ints, terms;
    bool as_expected;

    ev_signal_init(&ints, on_signal, SIGINT);
    ev_signal_init(&terms, on_signal, SIGTERM);
    ints.data = terms.data = d;
    ev_signal_start(d->loop, &ints);
    ev_signal_start(d->loop, &terms);
    say_intro(d);
    observer_say_day(&d->observer);
    as_expected = play_all(d);
    if (!d->interrupted)
        say_outro(d);
    observer_abandon(&d->observer);
    ev_signal_stop(d->loop, &ints);
    ev_signal_stop(d->loop, &terms);
    return as_expected ? CLI_OK : CLI_INTERNAL;
}

int cmd_demo(int argc, char **argv)
{
    struct demo d = {.loop = ev_default_loop(EVFLAG_AUTO)};
    struct common_options common;
    enum options_status parsed;
    int status;

    common_options_default(&common);
    common.handshake_timeout = HANDSHAKE_TIMEOUT;
    parsed = options_parse(&page, argc, argv, NULL, &common, NULL);
    if (parsed != OPTIONS_GO)
        return parsed == OPTIONS_DONE ? CLI_OK : CLI_USAGE;
    if (!d.loop) {
        fputs("twstap demo: no event loop\n", stderr);
        return CLI_INTERNAL;
    }
    signal(SIGPIPE, SIG_IGN);
    status = observer_open(&d.observer, "demo", &common, d.loop);
    if (status != CLI_OK)
        return status;
    observer_never_wait(&d.observer);
    d.sink = d.observer.diagnosis.next;
    d.observer.diagnosis.next =
        (struct tws_sink){on_event, &d, d.sink.wants | TWS_WANTS(TWS_EV_VERDICT)};
    return run(&d);
}
