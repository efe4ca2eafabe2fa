#include "host.h"
#include "internal.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define BACKOFF_FIRST_S 0.05
#define BACKOFF_MOST_S  1.0

#define CALM_S 5.0 /* a limit not met for so long: its episode is over */

static void limit_event(const struct episode *e, bool over)
{
    const struct proxy *p = e->proxy;
    struct tws_event ev = {.kind = TWS_EV_LIMIT, .ts_ns = host_now_ns()};

    if (!(p->env->sink.wants & TWS_WANTS(TWS_EV_LIMIT)))
        return;
    ev.u.limit.what = e->what;
    ev.u.limit.held = over ? e->times : p->n_conns;
    ev.u.limit.limit = e == &p->full ? p->max_conns : 0;
    ev.u.limit.over = over;
    p->env->sink.put(p->env->sink.ctx, &ev);
}

void limit_say(struct episode *e)
{
    e->times++;
    ev_timer_again(e->proxy->loop, &e->calm);
    if (e->on)
        return;
    e->on = true;
    limit_event(e, false);
}

static void limit_over(struct episode *e)
{
    ev_timer_stop(e->proxy->loop, &e->calm);
    if (!e->on)
        return;
    e->on = false;
    limit_event(e, true);
    e->times = 0;
}

static void calm_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
    struct episode *e = w->data;

    (void)loop;
    (void)revents;
    if (!e->stands(e->proxy))
        limit_over(e);
}

static bool is_full(const struct proxy *p)
{
    return p->n_conns >= p->max_conns;
}

static bool is_starved(const struct proxy *p)
{
    return p->backoff_s != 0; /* the last accept failed */
}

static bool never(const struct proxy *p)
{
    (void)p;
    return false;
}

static void episode_init(struct proxy *p, struct episode *e, enum tws_limit what,
                         bool (*stands)(const struct proxy *p))
{
    e->proxy = p;
    e->what = what;
    e->stands = stands;
    ev_timer_init(&e->calm, calm_cb, 0., CALM_S);
    e->calm.data = e;
}

void episodes_init(struct proxy *p)
{
    episode_init(p, &p->full, TWS_LIMIT_CONNECTIONS, is_full);
    episode_init(p, &p->starved, TWS_LIMIT_DESCRIPTORS, is_starved);
    episode_init(p, &p->denied, TWS_LIMIT_DENIED, never);
}

void episodes_end(struct proxy *p)
{
    limit_over(&p->full);
    limit_over(&p->starved);
    limit_over(&p->denied);
}

static void pause_accepting(struct proxy *p)
{
    for (size_t i = 0; i < p->n_listeners; i++)
        ev_io_stop(p->loop, &p->listener[i].io);
    p->accepting = false;
}

static void start_accepting(struct proxy *p)
{
    for (size_t i = 0; i < p->n_listeners; i++)
        ev_io_start(p->loop, &p->listener[i].io);
    p->accepting = true;
}

/* A session ended.  Below the limit there is room again. */
void listeners_resume(struct proxy *p)
{
    if (p->draining || p->n_listeners == 0)
        return;
    if (p->accepting || is_full(p))
        return;
    if (ev_is_active(&p->backoff)) /* descriptors came free: no need to wait for the timer */
        ev_timer_stop(p->loop, &p->backoff);
    start_accepting(p);
}

static void backoff_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
    struct proxy *p = w->data;

    (void)loop;
    (void)revents;
    if (!p->draining && !is_full(p))
        start_accepting(p);
}

/* accept failed for want of descriptors or memory: the clients wait in the kernel's queue, and we
 * look again later, at widening steps.  A level-triggered listener would spin here. */
static void back_off(struct proxy *p)
{
    pause_accepting(p);
    p->backoff_s = p->backoff_s == 0 ? BACKOFF_FIRST_S : p->backoff_s * 2;
    if (p->backoff_s > BACKOFF_MOST_S)
        p->backoff_s = BACKOFF_MOST_S;
    ev_timer_init(&p->backoff, backoff_cb, p->backoff_s, 0.);
    p->backoff.data = p;
    ev_timer_start(p->loop, &p->backoff);
    limit_say(&p->starved);
}

static bool accept_failed(struct proxy *p, int error)
{
    switch (error) {
    case EAGAIN:
        return true;
    case ECONNABORTED: /* it left while it waited: the next one */
    case EINTR:
    case EPROTO:
        return false;
    default:
        back_off(p);
        return true;
    }
}

static void turn_away(struct proxy *p, int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    p->env->summary.refused++;
    limit_say(&p->denied);
}

static void accept_cb(struct ev_loop *loop, ev_io *w, int revents)
{
    struct listener *l = w->data;
    struct proxy *p = l->proxy;

    (void)loop;
    (void)revents;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage from;
        struct tws_endpoint client;
        socklen_t len = sizeof from;
        int fd;

        if (is_full(p)) {
            pause_accepting(p);
            limit_say(&p->full);
            return;
        }
        fd = host_accept(l->fd, (struct sockaddr *)&from, &len);
        if (fd < 0) {
            if (accept_failed(p, errno))
                return;
            continue;
        }
        p->backoff_s = 0;
        host_endpoint((struct sockaddr *)&from, &client);
        if (!addr_allowed(&p->config, &client))
            turn_away(p, fd);
        else
            conn_open(p, fd, &client, host_now_ns());
    }
}

static int listen_on(const struct proxy_addr *a)
{
    int one = 1, saved;
    int fd = host_socket(a->sa.ss_family);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    /* Accepted sockets inherit it: no system call for each client. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (a->sa.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

bool listeners_open(struct proxy *p, const char **why)
{
    ev_init(&p->backoff, backoff_cb);
    for (size_t i = 0; i < p->config.n_listen; i++) {
        struct listener *l = &p->listener[i];

        l->proxy = p;
        l->fd = listen_on(&p->config.listen[i]);
        if (l->fd < 0) {
            *why = "cannot listen";
            return false;
        }
        p->n_listeners++;
        ev_io_init(&l->io, accept_cb, l->fd, EV_READ);
        l->io.data = l;
    }
    start_accepting(p);
    return true;
}

void listeners_close(struct proxy *p)
{
    int saved = errno;

    pause_accepting(p);
    ev_timer_stop(p->loop, &p->backoff);
    for (size_t i = 0; i < p->n_listeners; i++)
        close(p->listener[i].fd);
    p->n_listeners = 0;
    errno = saved;
}
