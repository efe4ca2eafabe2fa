#include "listen.h"
#include "replay_link.h"
#include "replayer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG      128
#define ACCEPTS      64  /* connections taken in one turn of the loop */
#define RETRY_ACCEPT 0.1 /* seconds, when descriptors are short */

struct live {
    struct replay_server *home;
    struct live *next, **link; /* `link`: what points here */
    struct replay_link *replay;
};

struct replay_server {
    struct ev_loop *loop;
    struct replay_serve_config config;
    int fd;
    struct sockaddr_storage bound;
    socklen_t bound_len;
    ev_io accepts;
    ev_timer retries;
    struct live *lives;
    uint32_t n_lives, n_playable;
    uint32_t accepted;
    uint64_t departures;
    void (*done)(void *ctx);
    void *ctx;
};

uint32_t replay_count(const struct recording *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->n; i++)
        n += r->conns[i]->flaw == RECORDING_WHOLE;
    return n;
}

const struct recording_conn *replay_pick(const struct recording *r, uint32_t n)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (r->conns[i]->flaw == RECORDING_WHOLE && n-- == 0)
            return r->conns[i];
    return NULL;
}

static void say(const struct replay_server *s, const char *line)
{
    s->config.how.say(s->config.how.ctx, line);
}

static void forget(struct live *l)
{
    *l->link = l->next;
    if (l->next)
        l->next->link = l->link;
    l->home->n_lives--;
    l->home->departures += replay_link_close(l->replay, true);
    free(l);
}

static bool all_taken(const struct replay_server *s)
{
    return s->config.once && s->accepted >= s->n_playable;
}

static void over(void *ctx, enum replay_link_how how)
{
    struct live *l = ctx;
    struct replay_server *s = l->home;

    (void)how; /* a Gateway's side never redials */
    forget(l);
    if (all_taken(s) && !s->lives)
        s->done(s->ctx);
}

static bool serve(struct replay_server *s, int fd, const struct recording_conn *conn)
{
    struct replay_config config = {
        .conn = conn,
        .own = TWS_GATEWAY,
        .speed = s->config.how.speed,
        .whole_frames = s->config.how.whole_frames,
        .number = s->accepted,
        .say = s->config.how.say,
        .ctx = s->config.how.ctx,
    };
    struct live *l = s->n_lives < REPLAY_LIVE_MAX ? calloc(1, sizeof *l) : NULL;

    if (!l) {
        close(fd);
        return false;
    }
    l->replay = replay_link_open(s->loop, fd, &config, over, l);
    if (!l->replay) {
        free(l);
        return false;
    }
    l->home = s;
    l->next = s->lives;
    l->link = &s->lives;
    if (l->next)
        l->next->link = &l->next;
    s->lives = l;
    s->n_lives++;
    return true;
}

static void take(struct replay_server *s, int fd)
{
    uint32_t n = s->accepted++;
    const struct recording_conn *conn =
        replay_pick(s->config.how.recording, n < s->n_playable ? n : s->n_playable - 1);
    char line[96];

    if (!serve(s, fd, conn))
        snprintf(line, sizeof line, "conn %u: closed at once: %u connections are open", s->accepted,
                 s->n_lives);
    else
        snprintf(line, sizeof line, "conn %u: plays recorded connection %u", s->accepted,
                 conn->number);
    say(s, line);
}

static void on_connection(struct ev_loop *loop, ev_io *w, int events)
{
    struct replay_server *s = w->data;

    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd;

        if (all_taken(s)) {
            ev_io_stop(loop, w);
            return;
        }
        fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(s, fd);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            ev_io_stop(loop, w); /* short of descriptors or memory: do not spin on it */
            ev_timer_again(loop, &s->retries);
        }
        return;
    }
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
    struct replay_server *s = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    ev_io_start(loop, &s->accepts);
}

struct replay_server *replay_serve_open(struct ev_loop *loop, const struct replay_serve_config *c,
                                        void (*done)(void *ctx), void *ctx, const char **why)
{
    struct replay_server *s = calloc(1, sizeof *s);

    errno = 0;
    *why = "no memory";
    if (!s)
        return NULL;
    *s = (struct replay_server){.loop = loop,
                                .config = *c,
                                .done = done,
                                .ctx = ctx,
                                .bound = c->listen,
                                .bound_len = c->listen_len,
                                .n_playable = replay_count(c->how.recording)};
    s->fd = standin_listen(&s->bound, &s->bound_len, BACKLOG, why);
    if (s->fd < 0) {
        free(s);
        return NULL;
    }
    ev_io_init(&s->accepts, on_connection, s->fd, EV_READ);
    ev_timer_init(&s->retries, on_retry, 0., RETRY_ACCEPT);
    s->accepts.data = s->retries.data = s;
    ev_io_start(loop, &s->accepts);
    return s;
}

void replay_serve_bound(const struct replay_server *s, struct sockaddr_storage *sa, socklen_t *len)
{
    *sa = s->bound;
    *len = s->bound_len;
}

uint64_t replay_serve_close(struct replay_server *s)
{
    uint64_t departures;

    while (s->lives)
        forget(s->lives);
    ev_io_stop(s->loop, &s->accepts);
    ev_timer_stop(s->loop, &s->retries);
    close(s->fd);
    departures = s->departures;
    free(s);
    return departures;
}
