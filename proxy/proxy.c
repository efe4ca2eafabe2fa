#include "host.h"
#include "internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void proxy_config_default(struct proxy_config *c)
{
    *c = (struct proxy_config){.max_connections = 1024,
                               .buffer = CHUNK_MAX,
                               .connect_timeout = 10.,
                               .linger = 30.,
                               .drain = 30.};
}

uint8_t *chunk_take(struct proxy *p)
{
    return p->n_spare > 0 ? p->spare[--p->n_spare] : malloc(p->chunk_size);
}

void chunk_give(struct proxy *p, uint8_t *chunk)
{
    if (p->n_spare < SPARE_MAX)
        p->spare[p->n_spare++] = chunk;
    else
        free(chunk);
}

/* Each connection may need two descriptors.  Taking fewer clients than the limit allows is kinder
 * than a client that is accepted and cannot be dialled for. */
static size_t connections_possible(const struct proxy_config *c)
{
    struct rlimit r;
    size_t by_limit;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur == RLIM_INFINITY)
        return c->max_connections;
    by_limit = r.rlim_cur > DESCRIPTORS_KEPT + 2 ? (size_t)(r.rlim_cur - DESCRIPTORS_KEPT) / 2 : 1;
    return by_limit < c->max_connections ? by_limit : c->max_connections;
}

/* Only the sockets: a relay sees no packets. */
static void facts(void *ctx, const struct tws_session *s, unsigned what, uint64_t as_of,
                  struct tws_facts *out)
{
    struct proxy *p = ctx;
    const struct conn *c = s->owner;
    struct tws_kernel *k = &out->kernel;
    uint64_t now = host_now_ns();

    (void)what;
    (void)as_of;
    if (!c)
        return;
    if (s->how_closed == TWS_REFUSED) {
        host_refusal_facts(&p->owner, p->config.view, &s->gateway, now, k);
        return;
    }
    if (c->connected && c->end[GATEWAY].fd >= 0)
        (void)(host_tcp_facts(c->end[GATEWAY].fd, k) &&
               host_peer_facts(p->config.view, c->end[GATEWAY].fd, k));
    host_owner_facts(&p->owner, p->config.view, &s->gateway, now, k);
}

/* Ends of sides that are not read from, a bounded number a turn. */
static void hangups_cb(struct ev_loop *loop, ev_io *w, int revents)
{
    struct proxy *p = w->data;
    uint64_t now = host_now_ns();

    (void)loop;
    (void)revents;
    for (int i = 0; i < HANGUPS_A_TURN; i++) {
        struct end *e = host_hangups_next(p->hangups);

        if (!e)
            return;
        conn_hung_up(e, now); /* may free it, and its socket leaves the set then */
    }
}

static void hangups_close(struct proxy *p)
{
    if (p->hangups < 0)
        return;
    ev_io_stop(p->loop, &p->hangups_io);
    close(p->hangups);
}

static void drain_cb(struct ev_loop *loop, ev_timer *w, int revents);
static void done_cb(struct ev_loop *loop, ev_timer *w, int revents);

struct proxy *proxy_open(struct ev_loop *loop, const struct proxy_config *c, struct tws_env *env,
                         const char **why)
{
    struct proxy *p;

    if (c->upstream.len == 0) {
        *why = "the address of the gateway is not set";
        errno = EDESTADDRREQ;
        return NULL;
    }
    *why = "no memory";
    p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->loop = loop;
    p->config = *c;
    p->env = env;
    p->chunk_size = c->buffer < CHUNK_MAX ? c->buffer : CHUNK_MAX;
    p->max_conns = connections_possible(c);
    p->chunk = malloc(p->chunk_size);
    host_endpoint((const struct sockaddr *)&c->upstream.sa, &p->gateway);
    tws_port_init(&p->port, &p->gateway);
    episodes_init(p);
    p->hangups = host_hangups_open();
    ev_io_init(&p->hangups_io, hangups_cb, p->hangups, EV_READ);
    p->hangups_io.data = p;
    ev_init(&p->drain_timer, drain_cb);
    ev_init(&p->done_timer, done_cb);
    p->drain_timer.data = p->done_timer.data = p;
    env->facts = facts;
    env->facts_ctx = p;
    env->measures = TWS_OF_KERNEL;
    env->slept = host_slept_ns;
    host_owner_begin(&p->owner, c->view, p->gateway.port, host_now_ns());
    if (!p->chunk || !listeners_open(p, why)) {
        listeners_close(p);
        hangups_close(p);
        free(p->chunk);
        free(p);
        return NULL;
    }
    if (p->hangups >= 0)
        ev_io_start(loop, &p->hangups_io);
    return p;
}

void proxy_bound(const struct proxy *p, size_t i, struct proxy_addr *out)
{
    *out = (struct proxy_addr){.len = sizeof out->sa};
    if (i < p->n_listeners)
        (void)getsockname(p->listener[i].fd, (struct sockaddr *)&out->sa, &out->len);
}

size_t proxy_connections(const struct proxy *p)
{
    return p->n_conns;
}

size_t proxy_max_connections(const struct proxy *p)
{
    return p->max_conns;
}

void proxy_ask_all(struct proxy *p)
{
    uint64_t now = host_now_ns();

    for (struct conn *c = p->conns; c; c = c->next)
        tws_session_ask(&c->session, now);
}

static void stop_all(struct proxy *p, const char *reason)
{
    uint64_t now = host_now_ns();

    for (struct conn *c = p->conns, *next; c; c = next) {
        next = c->next;
        conn_stop(c, TWS_END_OF_CAPTURE, reason, now);
        conn_after(c, now);
    }
}

static void done_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
    struct proxy *p = w->data;

    (void)loop;
    (void)revents;
    if (p->done)
        p->done(p->done_ctx);
}

static void drain_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
    (void)loop;
    (void)revents;
    stop_all(w->data, "the drain time is over");
}

/* From a timer, not from here: the caller may be deep in a connection's callback. */
static void done_soon(struct proxy *p)
{
    if (ev_is_active(&p->done_timer) || p->closing)
        return;
    ev_timer_stop(p->loop, &p->drain_timer);
    ev_timer_set(&p->done_timer, 0., 0.);
    ev_timer_start(p->loop, &p->done_timer);
}

void proxy_conn_gone(struct proxy *p)
{
    if (p->draining && p->n_conns == 0)
        done_soon(p);
    else
        listeners_resume(p);
}

void proxy_drain(struct proxy *p, void (*done)(void *ctx), void *ctx)
{
    uint64_t now = host_now_ns();

    if (p->draining) {
        stop_all(p, "the proxy was told to stop at once");
        return;
    }
    p->draining = true;
    p->done = done;
    p->done_ctx = ctx;
    listeners_close(p);
    ev_timer_set(&p->drain_timer, p->config.drain, 0.);
    ev_timer_start(p->loop, &p->drain_timer);
    for (struct conn *c = p->conns, *next; c; c = next) {
        next = c->next;
        conn_after(c, now);
    }
    if (p->n_conns == 0)
        done_soon(p);
}

void proxy_close(struct proxy *p)
{
    p->closing = true;
    listeners_close(p);
    stop_all(p, "the proxy was told to stop");
    ev_timer_stop(p->loop, &p->drain_timer);
    ev_timer_stop(p->loop, &p->done_timer);
    episodes_end(p);
    hangups_close(p);
    while (p->n_spare > 0)
        free(p->spare[--p->n_spare]);
    free(p->chunk);
    p->env->facts = NULL;
    p->env->facts_ctx = NULL;
    p->env->measures = 0;
    free(p);
}
