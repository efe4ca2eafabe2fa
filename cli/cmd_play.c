#include "cli.h"
#include "options.h"
#include "replayer.h"
#include "replaying.h"
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct play {
    struct replaying replaying;
    struct replay_play_config config;
};

static bool take_to(void *to, size_t at, const char *value)
{
    struct replay_play_config *c = &((struct play *)to)->config;

    (void)at;
    return parse_peer(value, &c->to, &c->to_len) == PARSE_ADDR_OK;
}

static bool take_client_id(void *to, size_t at, const char *value)
{
    struct replay_play_config *c = &((struct play *)to)->config;
    uint32_t n = 0;

    (void)at;
    if (strcmp(value, "0") != 0 && (!parse_count(value, &n) || n > INT32_MAX))
        return false;
    c->client_id = (int32_t)n;
    c->has_client_id = true;
    return true;
}

#define AT(member) offsetof(struct play, member)

static const struct option_row rows[] = {
    {"to", 't', "A:P", "the Gateway to play to; needed", EXPECTS_PEER, take_to, 0},
    REPLAYING_ROWS(struct play, replaying),
    {"patience", 0, "TIME", "how much longer than recorded the Gateway may take (default: 10s)",
     EXPECTS_SECONDS, take_seconds, AT(config.patience)},
    {"client-id", 0, "N", "the client id in startApi, in place of the recorded one",
     "a whole number from 0 on", take_client_id, 0},
    {"send-orders", 0, NULL, "send what places, changes or cancels orders too: they are REAL", NULL,
     take_flag, AT(config.send_orders)},
};

static const struct options_page page = {
    .command = "play",
    .usage = "[options] FILE --to A:P",
    .about =
        "Plays the client's side of a recording (pcap or pcapng) to a live Gateway, and says where "
        "the\nGateway departs from the recording: answers that do not come, errors that were not "
        "recorded.\nEach frame goes out when what the Gateway had sent before it has come, after "
        "the recorded pause.\n\nWhat changes something at the broker (orders, exercises, cancels, "
        "advisor groups, configuration)\nis not sent unless --send-orders is given.  A recording "
        "may hold up to 256 MiB of sessions.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .examples = "  twstap play session.pcapng --to 127.0.0.1:4002\n"
                "  twstap play session.pcapng --to 4002 --speed max --client-id 77\n"
                "  twstap play session.pcapng --conn 3 --to [::1]:4002 --patience 1m\n",
};

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_done(void *ctx)
{
    ev_break(ctx, EVBREAK_ALL);
}

static void say_first(const struct play *p, const char *path, const struct recording *r)
{
    char where[64];

    printf("twstap play: %s to %s\n", path, addr_text(&p->config.to, where, sizeof where));
    if (r->masked)
        puts("twstap play: the recording is masked: its account ids are not those of a real "
             "account, and requests that name one will be refused");
    fflush(stdout);
}

static int run(struct play *p)
{
    struct ev_loop *loop = ev_default_loop(0);
    struct replay_player *player;
    ev_signal ints, terms;
    uint64_t departures;
    uint32_t failed;

    player = loop ? replay_play_open(loop, &p->config, on_done, loop) : NULL;
    if (!player) {
        fputs("twstap play: no event loop, or no memory\n", stderr);
        return CLI_INTERNAL;
    }
    ev_signal_init(&ints, on_signal, SIGINT);
    ev_signal_init(&terms, on_signal, SIGTERM);
    ev_signal_start(loop, &ints);
    ev_signal_start(loop, &terms);
    ev_run(loop, 0);
    departures = replay_play_close(player, &failed);
    ev_loop_destroy(loop);
    if (failed)
        return CLI_COULD_NOT_LOOK;
    return departures ? CLI_TROUBLE : CLI_OK;
}

int cmd_play(int argc, char **argv)
{
    struct options_words words = {.max = 1};
    struct play play = {.config = {.patience = 10}};
    struct recording *r;
    int status;

    replaying_default(&play.replaying, "play");
    switch (options_parse(&page, argc, argv, &play, NULL, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    if (words.n == 0)
        return options_wrong("play", "which recording? - is standard input");
    if (!play.config.to_len)
        return options_wrong("play", "to which Gateway? --to A:P");
    r = replaying_load(&play.replaying, words.word[0]);
    if (!r)
        return CLI_COULD_NOT_LOOK;
    play.config.how = (struct replay_how){
        .recording = r,
        .speed = play.replaying.speed,
        .whole_frames = play.replaying.whole_frames,
        .say = replaying_say,
    };
    say_first(&play, words.word[0], r);
    status = run(&play);
    recording_free(r);
    return status;
}
