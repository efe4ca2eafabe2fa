#include "cli.h"
#include "options.h"
#include "replayer.h"
#include "replaying.h"
#include "schema.h"
#include "standin.h"
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct serve {
    struct standin_config config;
    struct replaying replaying;
    const char *from; /* a recording; NULL: a scenario */
    bool once, list;
};

static bool take_listen(void *to, size_t at, const char *value)
{
    struct standin_config *c = &((struct serve *)to)->config;

    (void)at;
    return parse_addr(value, &c->listen, &c->listen_len) == PARSE_ADDR_OK;
}

static bool take_version(void *to, size_t at, const char *value)
{
    struct standin_config *c = &((struct serve *)to)->config;

    (void)at;
    return parse_count(value, &c->server_version) && c->server_version >= TWS_VERSION_MIN &&
           c->server_version <= TWS_VERSION_MAX;
}

#define AT(member) offsetof(struct serve, member)

static const struct option_row rows[] = {
    {"listen", 'l', "A:P", "where to listen; port 0: any free one (default: 127.0.0.1:4002)",
     EXPECTS_ADDRESS, take_listen, 0},
    {"server-version", 0, "N", "highest server version it speaks (default: 226)",
     "a server version from 100 to 226", take_version, 0},
    {"delay", 0, "TIME", "how late slow-welcome is, how long the others stay healthy",
     EXPECTS_SECONDS, take_seconds, AT(config.delay)},
    {"redirect-to", 0, "H:P", "where the redirect scenario sends clients", "a host and port",
     take_text, AT(config.redirect_to)},
    {"no-ticks", 0, NULL, "answer market data requests with one quote and no more", NULL, take_off,
     AT(config.ticks)},
    {"list", 0, NULL, "describe the scenarios", NULL, take_flag, AT(list)},
    {"from", 0, "FILE", "play the Gateway's side of a recording (pcap, pcapng; - standard input)",
     "a file name, or -", take_text, AT(from)},
    REPLAYING_ROWS(struct serve, replaying),
    {"once", 0, NULL, "with --from: leave when each recorded connection was served once", NULL,
     take_flag, AT(once)},
};

static const struct options_page page = {
    .command = "serve",
    .usage = "[options] [SCENARIO | --from FILE]",
    .about =
        "A stand-in for TWS or IB Gateway, for tests and trials: it is not a Gateway, its data "
        "is made\nup, and it says so wherever it shows.  SCENARIO is one of --list; default "
        "healthy.\n\nWith --from it plays the Gateway's side of a recording: each frame when what "
        "the client had sent\nbefore it has come, after the recorded pause and under the live "
        "client's request ids, and says\nwhere the client departs from the recording (then the "
        "exit status is 1).  The first client is\nserved the first recorded connection, and so "
        "on; after the last, the last again.  A recording may\nhold up to 256 MiB of "
        "sessions.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .examples = "  twstap serve                              a healthy one on 127.0.0.1:4002\n"
                "  twstap serve --list                       what there is\n"
                "  twstap serve version-silent --listen 0    any free port, printed first\n"
                "  twstap serve healthy --server-version 176   as an older Gateway\n"
                "  twstap serve slow-welcome --delay 1s\n"
                "  twstap serve --from session.pcapng --speed 10\n"
                "  twstap serve --from session.pcapng --conn 2 --once --listen 0\n",
};

static void list(void)
{
    int name = 0, summary = 0;

    for (size_t i = 0; i < standin_scenarios_len; i++) {
        const struct standin_scenario *s = &standin_scenarios[i];

        name = (int)strlen(s->name) > name ? (int)strlen(s->name) : name;
        summary = (int)strlen(s->summary) > summary ? (int)strlen(s->summary) : summary;
    }
    printf("%-*s  %-*s  %s\n", name, "SCENARIO", summary, "THE STAND-IN", "TWSTAP SHOWS");
    for (size_t i = 0; i < standin_scenarios_len; i++) {
        const struct standin_scenario *s = &standin_scenarios[i];

        printf("%-*s  %-*s  %s\n", name, s->name, summary, s->summary, s->shows);
    }
}

static int unknown_scenario(const char *name)
{
    char known[512];
    size_t n = 0;

    known[0] = '\0';
    for (size_t i = 0; i < standin_scenarios_len && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "",
                              standin_scenarios[i].name);
    return options_wrong("serve", "there is no scenario '%s'; there are %s", name, known);
}

static bool known_scenario(const char *name)
{
    for (size_t i = 0; i < standin_scenarios_len; i++)
        if (strcmp(standin_scenarios[i].name, name) == 0)
            return true;
    return false;
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* From before the first line is out, which scripts wait for, a signal ends the loop. */
static void end_on_signals(struct ev_loop *loop, ev_signal w[2])
{
    static const int numbers[2] = {SIGINT, SIGTERM};

    for (int i = 0; i < 2; i++) {
        ev_signal_init(&w[i], on_signal, numbers[i]);
        ev_signal_start(loop, &w[i]);
    }
}

static int cannot_listen(const struct standin_config *config, const char *why)
{
    int error = errno;
    char where[64];

    fprintf(stderr, "twstap serve: %s %s: %s\n", why,
            addr_text(&config->listen, where, sizeof where), strerror(error));
    return CLI_COULD_NOT_LOOK;
}

static int run_scenario(struct ev_loop *loop, const struct standin_config *config)
{
    struct sockaddr_storage bound;
    socklen_t len;
    struct standin *s;
    const char *why;
    char where[64];

    s = standin_open(loop, config, &why);
    if (!s && !errno)
        return options_wrong("serve", "%s", why);
    if (!s)
        return cannot_listen(config, why);
    standin_bound(s, &bound, &len);
    printf("twstap serve: stand-in for a Gateway, scenario %s, listening on %s (not a Gateway)\n",
           config->scenario, addr_text(&bound, where, sizeof where));
    fflush(stdout);
    ev_run(loop, 0);
    standin_close(s);
    return CLI_OK;
}

static void on_all_served(void *ctx)
{
    ev_break(ctx, EVBREAK_ALL);
}

static int run_recording(struct ev_loop *loop, const struct serve *serve, const struct recording *r)
{
    struct replay_serve_config config = {
        .how = {.recording = r,
                .speed = serve->replaying.speed,
                .whole_frames = serve->replaying.whole_frames,
                .say = replaying_say},
        .listen = serve->config.listen,
        .listen_len = serve->config.listen_len,
        .once = serve->once,
    };
    struct replay_server *s;
    struct sockaddr_storage bound;
    socklen_t len;
    const char *why;
    char where[64];

    s = replay_serve_open(loop, &config, on_all_served, loop, &why);
    if (!s)
        return cannot_listen(&serve->config, why);
    replay_serve_bound(s, &bound, &len);
    printf("twstap serve: replays %s, %u connections, listening on %s (not a Gateway)\n",
           serve->from, replay_count(r), addr_text(&bound, where, sizeof where));
    fflush(stdout);
    ev_run(loop, 0);
    return replay_serve_close(s) ? CLI_TROUBLE : CLI_OK;
}

static int run(const struct serve *serve)
{
    struct ev_loop *loop = ev_default_loop(0);
    ev_signal ends[2];
    struct recording *r;
    int status;

    if (!loop) {
        fputs("twstap serve: no event loop\n", stderr);
        return CLI_INTERNAL;
    }
    if (!serve->from) {
        end_on_signals(loop, ends);
        status = run_scenario(loop, &serve->config);
    } else {
        r = replaying_load(&serve->replaying, serve->from);
        end_on_signals(loop, ends);
        status = r ? run_recording(loop, serve, r) : CLI_COULD_NOT_LOOK;
        recording_free(r);
    }
    ev_loop_destroy(loop);
    return status;
}

static bool asks_for_replay(const struct serve *s)
{
    const struct replaying *r = &s->replaying;

    return s->once || r->conn || r->ports.n || r->whole_frames || r->speed != 1;
}

int cmd_serve(int argc, char **argv)
{
    struct options_words words = {.max = 1};
    struct serve serve = {0};

    standin_config_default(&serve.config);
    replaying_default(&serve.replaying, "serve");
    switch (options_parse(&page, argc, argv, &serve, NULL, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    if (serve.list) {
        list();
        return CLI_OK;
    }
    if (words.n && serve.from)
        return options_wrong("serve", "a scenario or --from FILE, not both");
    if (!serve.from && asks_for_replay(&serve))
        return options_wrong("serve",
                             "--conn, --once, --port, --segments and --speed go with --from FILE");
    if (words.n)
        serve.config.scenario = words.word[0];
    if (!known_scenario(serve.config.scenario))
        return unknown_scenario(serve.config.scenario);
    return run(&serve);
}
