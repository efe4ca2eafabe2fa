#include "host.h"
#include "replay_link.h"
#include "replayer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One recorded connection on its way. */
struct call {
    struct replay_player *home;
    const struct recording_conn *conn;
    int fd; /* while it is being connected; -1 */
    bool connecting, over;
    uint32_t max_version; /* 0: the hello as recorded */
    ev_io connects;
    ev_timer clock; /* until it begins; then: until the connection must stand */
    struct replay_link *replay;
};

struct replay_player {
    struct ev_loop *loop;
    struct replay_play_config config;
    struct call *calls; /* owned */
    uint32_t n_calls, n_over, failed;
    uint64_t departures;
    void (*done)(void *ctx);
    void *ctx;
};

static void dial(struct call *c);

static void begin_after(struct call *c, double seconds)
{
    ev_timer_stop(c->home->loop, &c->clock);
    ev_timer_set(&c->clock, seconds, 0.);
    ev_timer_start(c->home->loop, &c->clock);
}

/* To be followed by nothing that uses the player: `done` may close it. */
static void finish_call(struct call *c)
{
    struct replay_player *p = c->home;

    ev_timer_stop(p->loop, &c->clock);
    c->over = true;
    p->n_over++;
    if (p->n_over == p->n_calls)
        p->done(p->ctx);
    else if (!(p->config.how.speed > 0))
        begin_after(c + 1, 0.);
}

/* ---- the connection ---- */

static void failed(struct call *c, int error)
{
    struct replay_player *p = c->home;
    char line[160];

    ev_io_stop(p->loop, &c->connects);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->connecting = false;
    p->failed++;
    snprintf(line, sizeof line, "conn %u: cannot connect: %s", c->conn->number, strerror(error));
    p->config.how.say(p->config.how.ctx, line);
    finish_call(c);
}

static void over(void *ctx, enum replay_link_how how)
{
    struct call *c = ctx;
    bool again = how == REPLAY_LINK_REDIAL;

    c->home->departures += replay_link_close(c->replay, !again);
    c->replay = NULL;
    if (again) {
        c->max_version = c->conn->reading.server_version;
        dial(c);
    } else {
        finish_call(c);
    }
}

static void play(struct call *c)
{
    const struct replay_play_config *p = &c->home->config;
    struct replay_config config = {
        .conn = c->conn,
        .own = TWS_CLIENT,
        .speed = p->how.speed,
        .whole_frames = p->how.whole_frames,
        .number = c->conn->number,
        .patience_ns = (uint64_t)(p->patience * 1e9),
        .send_orders = p->send_orders,
        .has_client_id = p->has_client_id,
        .client_id = p->client_id,
        .max_version = c->max_version,
        .say = p->how.say,
        .ctx = p->how.ctx,
    };
    int fd = c->fd;

    c->fd = -1;
    c->replay = replay_link_open(c->home->loop, fd, &config, over, c);
    if (!c->replay)
        failed(c, ENOMEM);
}

static void on_connected(struct ev_loop *loop, ev_io *w, int events)
{
    struct call *c = w->data;
    int error = 0;
    socklen_t len = sizeof error;

    (void)events;
    ev_io_stop(loop, w);
    ev_timer_stop(loop, &c->clock);
    c->connecting = false;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error)
        failed(c, error);
    else
        play(c);
}

static void dial(struct call *c)
{
    struct replay_player *p = c->home;
    const struct sockaddr *to = (const struct sockaddr *)&p->config.to;

    c->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || (connect(c->fd, to, p->config.to_len) != 0 && errno != EINPROGRESS)) {
        failed(c, errno);
        return;
    }
    c->connecting = true;
    ev_io_set(&c->connects, c->fd, EV_WRITE);
    ev_io_start(p->loop, &c->connects);
    begin_after(c, p->config.patience);
}

/* It is time to call, or the call was not taken in time. */
static void on_clock(struct ev_loop *loop, ev_timer *w, int events)
{
    struct call *c = w->data;

    (void)loop;
    (void)events;
    if (c->connecting)
        failed(c, ETIMEDOUT);
    else
        dial(c);
}

/* ---- the player ---- */

static void plan(struct replay_player *p, uint32_t i, const struct recording_conn *conn)
{
    struct call *c = &p->calls[i];
    double speed = p->config.how.speed, after;

    c->home = p;
    c->conn = conn;
    c->fd = -1;
    ev_init(&c->connects, on_connected);
    ev_init(&c->clock, on_clock);
    c->connects.data = c->clock.data = c;
    if (!(speed > 0) && i > 0)
        return; /* when the one before is over */
    after = (double)tws_between(p->calls[0].conn->opened_ns, c->conn->opened_ns) / 1e9;
    begin_after(c, speed > 0 ? after / speed : 0.);
}

struct replay_player *replay_play_open(struct ev_loop *loop, const struct replay_play_config *c,
                                       void (*done)(void *ctx), void *ctx)
{
    struct replay_player *p = calloc(1, sizeof *p);
    uint32_t planned = 0;

    if (!p)
        return NULL;
    p->loop = loop;
    p->config = *c;
    p->done = done;
    p->ctx = ctx;
    p->n_calls = replay_count(c->how.recording);
    p->calls = calloc(p->n_calls + (size_t)1, sizeof *p->calls);
    if (!p->calls) {
        free(p);
        return NULL;
    }
    for (uint32_t i = 0; i < c->how.recording->n; i++)
        if (c->how.recording->conns[i]->flaw == RECORDING_WHOLE)
            plan(p, planned++, c->how.recording->conns[i]);
    return p;
}

static void drop(struct call *c)
{
    ev_io_stop(c->home->loop, &c->connects);
    ev_timer_stop(c->home->loop, &c->clock);
    if (c->fd >= 0)
        close(c->fd);
    c->home->departures += replay_link_close(c->replay, true);
}

uint64_t replay_play_close(struct replay_player *p, uint32_t *failures)
{
    uint64_t departures;

    for (uint32_t i = 0; i < p->n_calls; i++)
        drop(&p->calls[i]);
    *failures = p->failed;
    departures = p->departures;
    free(p->calls);
    free(p);
    return departures;
}
