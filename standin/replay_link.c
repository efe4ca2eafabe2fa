#include "replay_link.h"
#include "host.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK    (32u * 1024u) /* bytes taken in one read */
#define STEPS    256           /* done in one turn of the loop */
#define WAIT_MAX 3600.0        /* seconds; then it is asked again */

struct replay_link {
    struct ev_loop *loop;
    int fd;
    ev_io reads, writes;
    ev_timer wakes;
    struct replay *replay;
    struct replay_step step; /* SEND: `p` and `n` are what is left of it */
    bool over;
    void (*done)(void *ctx, enum replay_link_how how);
    void *ctx;
    uint8_t chunk[CHUNK];
};

/* ---- the end ---- */

static void stop(struct replay_link *l)
{
    ev_io_stop(l->loop, &l->reads);
    ev_io_stop(l->loop, &l->writes);
    ev_timer_stop(l->loop, &l->wakes);
}

/* To be followed by nothing: `done` may free the link. */
static void finish(struct replay_link *l, enum replay_link_how how)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    stop(l);
    l->over = true;
    if (l->step.what == REPLAY_RESET)
        setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(l->fd);
    l->fd = -1;
    l->done(l->ctx, how);
}

/* ---- doing what the replay says ---- */

/* The piece goes out in one send unless the kernel has no room.  False: it waits for room. */
static bool send_piece(struct replay_link *l)
{
    while (l->step.n) {
        ssize_t n = send(l->fd, l->step.p, l->step.n, MSG_NOSIGNAL);

        if (n >= 0) {
            l->step.p += n;
            l->step.n -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            ev_io_start(l->loop, &l->writes);
            return false;
        } else if (errno != EINTR) {
            replay_peer_ended(l->replay, RECORDING_RST);
            l->step.n = 0;
        }
    }
    return true;
}

static void sleep_until(struct replay_link *l, uint64_t at, uint64_t now)
{
    double seconds = at > now ? (double)(at - now) / 1e9 : 0;

    ev_timer_stop(l->loop, &l->wakes);
    ev_timer_set(&l->wakes, seconds < WAIT_MAX ? seconds : WAIT_MAX, 0.);
    ev_timer_start(l->loop, &l->wakes);
}

/* One thing to do.  False: nothing now; the link may be gone. */
static bool advance(struct replay_link *l)
{
    uint64_t now = host_now_ns();

    if (l->step.what == REPLAY_SEND && l->step.n)
        return send_piece(l);
    replay_next(l->replay, now, &l->step);
    switch (l->step.what) {
    case REPLAY_SEND:
        return true;
    case REPLAY_FIN:
        shutdown(l->fd, SHUT_WR);
        return true;
    case REPLAY_WAIT:
        ev_timer_stop(l->loop, &l->wakes);
        if (l->step.at_ns)
            sleep_until(l, l->step.at_ns, now);
        return false;
    case REPLAY_CLOSE:
    case REPLAY_RESET:
        finish(l, REPLAY_LINK_DONE);
        return false;
    case REPLAY_REDIAL:
        finish(l, REPLAY_LINK_REDIAL);
        return false;
    }
    return false;
}

static void run(struct replay_link *l)
{
    if (ev_is_active(&l->writes))
        return; /* a piece is on its way */
    for (int i = 0; i < STEPS; i++)
        if (!advance(l))
            return;
    sleep_until(l, 0, 0); /* the others' turn */
}

/* ---- watchers ---- */

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
    struct replay_link *l = w->data;
    ssize_t n = read(l->fd, l->chunk, sizeof l->chunk);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n > 0) {
        replay_take(l->replay, l->chunk, (size_t)n);
    } else {
        ev_io_stop(loop, w);
        replay_peer_ended(l->replay, n == 0 ? RECORDING_FIN : RECORDING_RST);
    }
    run(l);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
    (void)events;
    ev_io_stop(loop, w);
    run(w->data);
}

static void on_wake(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    run(w->data);
}

/* ---- open and close ---- */

struct replay_link *replay_link_open(struct ev_loop *loop, int fd,
                                     const struct replay_config *config,
                                     void (*done)(void *ctx, enum replay_link_how how), void *ctx)
{
    struct replay_link *l = calloc(1, sizeof *l);
    int on = 1;

    if (l)
        l->replay = replay_new(config, host_now_ns());
    if (!l || !l->replay) {
        free(l);
        close(fd);
        return NULL;
    }
    l->loop = loop;
    l->fd = fd;
    l->done = done;
    l->ctx = ctx;
    l->step.what = REPLAY_WAIT;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ev_io_init(&l->reads, on_readable, fd, EV_READ);
    ev_io_init(&l->writes, on_writable, fd, EV_WRITE);
    ev_timer_init(&l->wakes, on_wake, 0., 0.);
    l->reads.data = l->writes.data = l->wakes.data = l;
    ev_io_start(loop, &l->reads);
    ev_timer_start(loop, &l->wakes); /* the first step, from the loop */
    return l;
}

uint64_t replay_link_close(struct replay_link *l, bool say)
{
    uint64_t departures;

    if (!l)
        return 0;
    stop(l);
    if (l->fd >= 0)
        close(l->fd);
    departures = say ? replay_finish(l->replay) : 0;
    replay_free(l->replay);
    free(l);
    return departures;
}
