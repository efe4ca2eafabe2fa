#include "replayer.h"
#include "tape.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Both ends of a recording in one loop, over real sockets. */
struct stage {
    struct ev_loop *loop;
    struct replay_server *server;
    struct replay_player *player;
    char lines[64][REPLAY_LINE_MAX];
    size_t n_lines;
    int done;
};

static void hear(void *ctx, const char *line)
{
    struct stage *s = ctx;

    if (s->n_lines < 64)
        snprintf(s->lines[s->n_lines++], REPLAY_LINE_MAX, "%s", line);
}

static bool heard(const struct stage *s, const char *part)
{
    for (size_t i = 0; i < s->n_lines; i++)
        if (strstr(s->lines[i], part))
            return true;
    return false;
}

static void on_done(void *ctx)
{
    struct stage *s = ctx;

    if (++s->done == 2)
        ev_break(s->loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void run(struct stage *s)
{
    ev_timer late;

    ev_timer_init(&late, on_late, 20., 0.);
    ev_timer_start(s->loop, &late);
    ev_run(s->loop, 0);
    ev_timer_stop(s->loop, &late);
}

static struct sockaddr_storage loopback(void)
{
    struct sockaddr_storage sa = {0};
    struct sockaddr_in *a = (struct sockaddr_in *)&sa;

    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sa;
}

static void open_server(struct stage *s, const struct recording *r, bool once)
{
    struct replay_serve_config c = {.how = {.recording = r, .say = hear, .ctx = s},
                                    .listen = loopback(),
                                    .listen_len = sizeof(struct sockaddr_in),
                                    .once = once};
    const char *why;

    memset(s, 0, sizeof *s);
    s->loop = ev_loop_new(0);
    s->server = replay_serve_open(s->loop, &c, on_done, s, &why);
    cr_assert_not_null(s->server, "%s", why);
}

static void open_player(struct stage *s, const struct recording *r, bool whole_frames)
{
    struct replay_play_config c = {
        .how = {.recording = r, .whole_frames = whole_frames, .say = hear, .ctx = s},
        .patience = 10,
        .send_orders = true};

    replay_serve_bound(s->server, &c.to, &c.to_len);
    s->player = replay_play_open(s->loop, &c, on_done, s);
    cr_assert_not_null(s->player);
}

static void record_call(struct tape *t)
{
    tape_handshake(t, "1");
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "1\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("52\0"
                         "1\0"
                         "1\0"));
    tape_ends(t, TWS_CLIENT, RECORDING_FIN);
    tape_ends(t, TWS_GATEWAY, RECORDING_FIN);
}

Test(replayer, plays_each_connection_in_turn_to_the_one_that_was_recorded)
{
    static struct stage s;
    struct tape t;
    uint32_t failed;

    tape_begin(&t);
    record_call(&t);
    t.conn = recording_open(t.recording, t.now);
    t.conn->flaw = RECORDING_NO_BEGINNING;
    t.conn = recording_open(t.recording, t.now);
    record_call(&t);
    cr_assert(recording_seal(t.recording));
    cr_assert_eq(replay_count(t.recording), 2);
    cr_expect_eq(replay_pick(t.recording, 1)->number, 3);
    cr_expect_null(replay_pick(t.recording, 2));
    open_server(&s, t.recording, true);
    open_player(&s, t.recording, true);
    run(&s);
    cr_expect_eq(s.done, 2);
    cr_expect_eq(replay_play_close(s.player, &failed), 0);
    cr_expect_eq(replay_serve_close(s.server), 0);
    cr_expect_eq(failed, 0);
    cr_expect(heard(&s, "conn 2: plays recorded connection 3"));
    cr_expect(heard(&s, "conn 3: as recorded: 4 frames came, 2 were sent"), "%s", s.lines[1]);
    ev_loop_destroy(s.loop);
    tape_end(&t);
}

/* Larger than what a socket takes at once, in one recorded segment. */
Test(replayer, sends_what_the_kernel_does_not_take_at_once)
{
    static uint8_t big[3u << 20];
    static struct stage s;
    struct tape t;
    uint32_t failed;

    memset(big, 'x', sizeof big);
    memcpy(big,
           "\0\x2f\xff\xfc"
           "19\0"
           "1\0",
           9); /* scannerParameters */
    big[sizeof big - 1] = 0;
    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("24\0"
                         "1\0"));
    cr_assert(recording_bytes(t.recording, t.conn, TWS_GATEWAY, big, sizeof big, t.now));
    tape_ends(&t, TWS_CLIENT, RECORDING_FIN);
    cr_assert(recording_seal(t.recording));
    open_server(&s, t.recording, true);
    open_player(&s, t.recording, false);
    run(&s);
    cr_expect_eq(s.done, 2);
    cr_expect_eq(replay_play_close(s.player, &failed), 0);
    cr_expect_eq(replay_serve_close(s.server), 0, "%s", s.lines[s.n_lines - 1]);
    ev_loop_destroy(s.loop);
    tape_end(&t);
}

Test(replayer, says_that_nobody_listens)
{
    static struct stage s;
    struct tape t;
    struct sockaddr_storage sa;
    socklen_t len;
    struct replay_play_config c;
    uint32_t failed;

    tape_begin(&t);
    record_call(&t);
    cr_assert(recording_seal(t.recording));
    open_server(&s, t.recording, false); /* a port that was free, and is again */
    replay_serve_bound(s.server, &sa, &len);
    replay_serve_close(s.server);
    c = (struct replay_play_config){.how = {.recording = t.recording, .say = hear, .ctx = &s},
                                    .to = sa,
                                    .to_len = len,
                                    .patience = 5};
    s.done = 1;
    s.player = replay_play_open(s.loop, &c, on_done, &s);
    run(&s);
    replay_play_close(s.player, &failed);
    cr_expect_eq(failed, 1);
    cr_expect(heard(&s, "conn 1: cannot connect: "), "%s", s.lines[0]);
    ev_loop_destroy(s.loop);
    tape_end(&t);
}

/* A signal in the middle: what is open is told about. */
Test(replayer, tells_about_what_is_open_when_it_is_closed)
{
    static struct stage s;
    struct tape t;
    uint32_t failed;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("71\0"
                         "2\0"
                         "7\0\0"));
    tape_says(&t, TWS_GATEWAY, TAPE_FRAME("176\0now\0"));
    cr_assert(recording_seal(t.recording));
    open_server(&s, t.recording, false);
    open_player(&s, t.recording, false);
    for (int i = 0; i < 1000 && s.done == 0; i++)
        ev_run(s.loop, EVRUN_ONCE);
    cr_expect_eq(replay_play_close(s.player, &failed), 0);
    cr_expect_eq(replay_serve_close(s.server), 0);
    cr_expect(heard(&s, "as recorded: 1 frames came, 1 were sent"), "%s", s.lines[0]);
    ev_loop_destroy(s.loop);
    tape_end(&t);
}
