#include "host.h"
#include "internal.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How long to wait before asking again whether a side's kernel has sent what it holds: an eighth of
 * the time that it has not moved, within these bounds. */
#define STEP_LEAST_NS (5u * 1000000u)
#define STEP_MOST_NS  (250u * 1000000u)

static void io_cb(struct ev_loop *loop, ev_io *w, int revents);
static void timer_cb(struct ev_loop *loop, ev_timer *w, int revents);
static void dial(struct conn *c, uint64_t now);

static void watch(struct conn *c, int which, int events)
{
    struct ev_loop *loop = c->proxy->loop;
    ev_io *io = &c->end[which].io;
    int now = ev_is_active(io) ? io->events & (EV_READ | EV_WRITE) : 0;

    if (now == events)
        return;
    ev_io_stop(loop, io);
    if (events == 0)
        return;
    ev_io_modify(io, events);
    ev_io_start(loop, io);
}

static void set_fd(struct conn *c, int which, int fd)
{
    c->end[which].fd = fd;
    ev_io_set(&c->end[which].io, fd, EV_READ);
}

void conn_told_bytes(struct conn *c, int from, const uint8_t *bytes, size_t len, uint64_t now)
{
    const struct proxy_watch *w = c->proxy->config.watch;

    tws_session_bytes(&c->session, side_of(from), bytes, len, now);
    if (w)
        w->bytes(c->seen, side_of(from), bytes, len, now);
}

void conn_told_end(struct conn *c, enum tws_side side, enum tws_ending how, const char *reason,
                   uint64_t now)
{
    const struct proxy_watch *w = c->proxy->config.watch;

    tws_session_closed(&c->session, side, how, reason, now);
    if (w)
        w->ended(c->seen, side, how, reason, now);
}

/* On loopback a dial is through when it returns: only one that is not is worth telling. */
static void tell_dialing(struct conn *c, bool dialing, uint64_t now)
{
    const struct proxy_watch *w = c->proxy->config.watch;

    if (w && c->end[GATEWAY].fd >= 0)
        w->dialing(c->seen, dialing, now);
}

void conn_open(struct proxy *p, int fd, const struct tws_endpoint *client, uint64_t now)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c) {
        close(fd);
        return;
    }
    c->proxy = p;
    c->next = p->conns;
    c->link = &p->conns;
    if (c->next)
        c->next->link = &c->next;
    p->conns = c;
    p->n_conns++;
    for (int i = CLIENT; i <= GATEWAY; i++) {
        ev_init(&c->end[i].io, io_cb);
        c->end[i].io.data = c;
        c->end[i].fd = -1;
    }
    ev_init(&c->timer, timer_cb);
    c->timer.data = c;
    set_fd(c, CLIENT, fd);
    tws_session_open(
        &c->session, p->env, &p->port,
        &(struct tws_opening){.conn = ++p->last_conn, .client = client, .gateway = &p->gateway},
        now);
    c->session.owner = c;
    if (p->config.watch)
        c->seen = p->config.watch->opened(p->config.watch->ctx, c->session.conn, client,
                                          &p->gateway, now);
    if (p->config.dial_eager) {
        dial(c, now);
        if (!c->connected && !c->stopped)
            tell_dialing(c, true, now);
    }
    conn_after(c, now);
}

void conn_stop(struct conn *c, enum tws_ending how, const char *reason, uint64_t now)
{
    bool by_gateway = how == TWS_REFUSED || how == TWS_UNREACHABLE || how == TWS_RST;
    enum tws_side side = by_gateway ? TWS_GATEWAY : TWS_NOBODY;

    if (c->stopped)
        return;
    pipe_tell_broken(c, CLIENT, now);
    pipe_tell_broken(c, GATEWAY, now);
    c->stopped = true;
    conn_told_end(c, side, how, reason, now);
}

/* ---- dialling ---- */

static const char *dial_reason(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "connection refused";
    case ECONNRESET:
    case EPIPE:
        return "the gateway reset the connection as soon as it was made";
    case ETIMEDOUT:
        return "connect timed out";
    case ENETUNREACH:
        return "network unreachable";
    case EHOSTUNREACH:
        return "host unreachable";
    case EMFILE:
    case ENFILE:
        return "no descriptor left for the gateway's side";
    case EADDRNOTAVAIL:
        return "no local port left";
    case EACCES:
    case EPERM:
        return "not permitted by the system";
    default:
        return "connect failed";
    }
}

enum tws_ending conn_dial_ending(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return TWS_REFUSED;
    case ECONNRESET: /* it was there, and was closed before it was used */
    case EPIPE:
        return TWS_RST;
    default:
        return TWS_UNREACHABLE;
    }
}

static void dial_failed(struct conn *c, int error, uint64_t now)
{
    enum tws_ending how = conn_dial_ending(error);

    if (error == EMFILE || error == ENFILE)
        limit_say(&c->proxy->starved);
    if (how == TWS_RST)
        tws_session_dialing(&c->session, false, now);
    tell_dialing(c, how != TWS_RST, now); /* the end is told of a dial, also if it failed at once */
    c->reset_client = true;
    conn_stop(c, how, dial_reason(error), now);
}

static void dial_done(struct conn *c, uint64_t now)
{
    c->connected = true;
    c->dial_ns = 0;
    tws_session_dialing(&c->session, false, now);
    tell_dialing(c, false, now);
    pipe_flush(c, GATEWAY);
}

static void dial(struct conn *c, uint64_t now)
{
    const struct proxy_config *cf = &c->proxy->config;
    int one = 1;
    int fd = host_socket(cf->upstream.sa.ss_family);

    if (fd < 0) {
        dial_failed(c, errno, now);
        return;
    }
    set_fd(c, GATEWAY, fd);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->dial_ns = now + seconds_ns(cf->connect_timeout);
    tws_session_dialing(&c->session, true, now);
    if (connect(fd, (const struct sockaddr *)&cf->upstream.sa, cf->upstream.len) == 0)
        dial_done(c, now);
    else if (errno != EINPROGRESS)
        dial_failed(c, errno, now);
}

static int dial_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

static void dial_progress(struct conn *c, uint64_t now)
{
    int error = dial_error(c->end[GATEWAY].fd);

    if (error != 0)
        dial_failed(c, error, now);
    else
        dial_done(c, now);
}

/* On loopback a connect is through by the time it returns: writing at once saves a turn of the
 * loop for each handshake.  Elsewhere the write says that it is too early. */
static void dial_try_at_once(struct conn *c, uint64_t now)
{
    struct end *g = &c->end[GATEWAY];
    ssize_t n;

    if (c->stopped || c->connected || !g->out)
        return;
    n = send(g->fd, g->out->mem + g->out->head, g->out->len - g->out->head,
             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
        if (errno != EAGAIN && errno != ENOTCONN && errno != EINTR)
            dial_failed(c, errno, now);
        return;
    }
    g->out->head += (size_t)n;
    if (g->out->head == g->out->len)
        pipe_drop(c, GATEWAY);
    dial_done(c, now);
}

/* ---- the end ---- */

static void close_end(struct conn *c, int which, bool reset)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct end *e = &c->end[which];

    if (e->fd < 0)
        return;
    ev_io_stop(c->proxy->loop, &e->io);
    pipe_drop(c, which);
    if (reset)
        (void)setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(e->fd);
    e->fd = -1;
}

static bool has_unread(const struct end *e)
{
    int n = 0;

    return e->fd >= 0 && ioctl(e->fd, FIONREAD, &n) == 0 && n > 0;
}

/* A FIN states that everything was delivered, and that the other side ended in that way: a side
 * gets a reset where bytes for it are dropped here, or where the other side was reset. */
static void reset_after_loss(struct conn *c)
{
    bool *const reset[] = {&c->reset_client, &c->reset_gateway};

    for (int i = CLIENT; i <= GATEWAY; i++)
        if (c->end[i].out || c->end[1 - i].dead || (c->stopped && has_unread(&c->end[1 - i])))
            *reset[i] = true;
}

static void conn_free(struct conn *c, uint64_t now)
{
    struct proxy *p = c->proxy;

    ev_timer_stop(p->loop, &c->timer);
    tws_session_finish(&c->session, now);
    if (p->config.watch)
        p->config.watch->finished(c->seen, now);
    reset_after_loss(c);
    pipe_drop(c, GATEWAY); /* while dialling: held without a socket that took it */
    close_end(c, CLIENT, c->reset_client);
    close_end(c, GATEWAY, c->reset_gateway);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    p->n_conns--;
    p->n_busy -= (size_t)c->end[CLIENT].busy + (size_t)c->end[GATEWAY].busy;
    free(c);
    proxy_conn_gone(p);
}

static void ask_again(struct conn *c, uint64_t now)
{
    uint64_t step = (now - c->moved_ns) / 8;

    step = step < STEP_LEAST_NS ? STEP_LEAST_NS : step;
    c->reset_ns = now + (step > STEP_MOST_NS ? STEP_MOST_NS : step);
}

/* `from` was reset and says no more: the other side follows, once the bytes that were relayed to
 * it before are really out, and the FIN where one came before the reset.  A reset throws away what
 * the kernel still holds. */
static bool pass_reset(struct conn *c, int from, uint64_t now)
{
    struct end *other = &c->end[1 - from];

    c->resetting = true;
    c->reset_ns = 0;
    if (other->fd >= 0 && !other->dead) {
        if (other->out)
            return false;
        if (linger_in_flight(other->fd) > 0) {
            ask_again(c, now);
            return false;
        }
    }
    c->reset_client = c->reset_gateway = true;
    return true;
}

/* `from` sent FIN and all it said before is written: the other side gets a FIN too. */
static void pass_fin(struct conn *c, int from)
{
    struct end *to = &c->end[1 - from];

    if (!c->end[from].fin || to->shut || to->dead || to->out || to->fd < 0 || !c->connected)
        return;
    (void)shutdown(to->fd, SHUT_WR);
    to->shut = true;
}

/* Both sides have sent FIN and got one.  While our kernel cannot send all of it, a side that is
 * reset must still be noticed; what is sent already will be acknowledged without us. */
static bool both_closed(struct conn *c, uint64_t now)
{
    const struct end *a = &c->end[CLIENT], *b = &c->end[GATEWAY];

    if (!a->fin || !b->fin || !a->shut || !b->shut)
        return false;
    c->reset_ns = 0;
    if (linger_unsent(a->fd) <= 1 && linger_unsent(b->fd) <= 1) /* 1: the FIN itself */
        return true;
    ask_again(c, now);
    return false;
}

static bool never_spoke(const struct conn *c)
{
    return c->end[CLIENT].eof && c->end[GATEWAY].fd < 0;
}

static bool is_over(struct conn *c, uint64_t now)
{
    if (c->stopped || never_spoke(c))
        return true;
    pass_fin(c, CLIENT);
    pass_fin(c, GATEWAY);
    for (int i = CLIENT; i <= GATEWAY; i++)
        if (c->end[i].dead && c->end[i].eof)
            return pass_reset(c, i, now);
    return both_closed(c, now);
}

/* A session that is half closed, not yet through, or silent must not hold up a drain.  A reset that
 * is being passed on is on its way out anyway. */
static bool ends_in_drain(const struct conn *c)
{
    if (c->end[CLIENT].out || c->end[GATEWAY].out || c->end[CLIENT].dead || c->end[GATEWAY].dead)
        return false;
    return !c->connected || c->end[CLIENT].eof || c->end[GATEWAY].eof ||
           c->session.silence != TWS_TROUBLE_NONE;
}

/* ---- what to wait for ---- */

static int wants(const struct conn *c, int which)
{
    const struct end *e = &c->end[which], *other = &c->end[1 - which];
    bool dialling = which == CLIENT && !c->connected;
    bool room = !other->out || (dialling && other->out->len < c->proxy->chunk_size);
    int events = 0;

    if (e->fd < 0)
        return 0;
    if (which == GATEWAY && !c->connected)
        return EV_WRITE;
    if (!e->eof && room && !c->resetting && !other->dead)
        events |= EV_READ;
    if (e->out)
        events |= EV_WRITE;
    return events;
}

#define STUCK_NS 1000000000ull /* a client that takes nothing for so long is not only busy */

/* Less where requests have so little time that the gateway would be blamed before. */
static uint64_t stuck_time(const struct conn *c)
{
    uint64_t half = c->session.env->timing.request_ns / 2;

    return half < STUCK_NS ? half : STUCK_NS;
}

/* When a client that takes nothing of what waits for it is no longer only busy; 0: it is not so, or
 * the session knows. */
static uint64_t stuck_at(const struct conn *c)
{
    const struct held *h = c->end[CLIENT].dead || c->stopped ? NULL : c->end[CLIENT].out;

    return h && h->stuck_ns && c->session.stall == TWS_STALL_NONE ? h->stuck_ns + stuck_time(c) : 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a | b;
    return a < b ? a : b;
}

/* The timer is moved only when something is due sooner than it: a deadline that moves back, as one
 * does with each frame, costs nothing until the timer fires and is set anew. */
static void rearm(struct conn *c, uint64_t now)
{
    struct ev_loop *loop = c->proxy->loop;
    uint64_t due = tws_session_deadline(&c->session);

    due = earlier(due, c->dial_ns);
    due = earlier(due, c->linger_ns);
    due = earlier(due, c->reset_ns);
    due = earlier(due, stuck_at(c));
    if (due == 0 || (c->armed_ns != 0 && c->armed_ns <= due))
        return;
    ev_timer_stop(loop, &c->timer);
    ev_timer_set(&c->timer, due > now ? (double)(due - now) / 1e9 : 0., 0.);
    ev_timer_start(loop, &c->timer);
    c->armed_ns = due;
}

/* Will `which` be read again?  What was said before a reset must be told before it. */
static bool says_more(const struct conn *c, int which)
{
    const struct end *e = &c->end[which];

    return e->fd >= 0 && !e->eof && !c->resetting && !c->end[1 - which].dead;
}

/* A side that a write found dead, and that has been read to its end. */
static void tell_dead(struct conn *c, uint64_t now)
{
    for (int i = CLIENT; i <= GATEWAY; i++) {
        if (!c->end[i].dead || c->end[i].told || says_more(c, i))
            continue;
        c->end[i].eof = true;
        pipe_tell_broken(c, i, now);
    }
}

/* Bytes wait for a client that takes none: its program does not read.  Where it goes on, as most
 * do, the session never hears of it. */
static void tell_stuck(struct conn *c, uint64_t now)
{
    bool gone = c->end[CLIENT].dead || c->stopped; /* what it left unread it has not taken */
    struct held *h = gone ? NULL : c->end[CLIENT].out;
    bool moved = !gone && (!h || !h->stuck_ns || h->head != h->stuck_head);
    uint64_t at = stuck_at(c);

    if (moved && c->session.stall != TWS_STALL_NONE)
        tws_session_stall(&c->session, TWS_STALL_NONE, now, now);
    if (h && moved) {
        h->stuck_ns = now;
        h->stuck_head = h->head;
    } else if (h && at && now >= at) {
        tws_session_stall(&c->session, TWS_STALL_WINDOW, h->stuck_ns, now);
    }
}

/* A side that is not read from may close or be reset all the same: it is watched for that, from the
 * first time on until it is closed. */
static void watch_hang_up(struct conn *c, int which)
{
    struct end *e = &c->end[which];

    if (e->watched || e->dead || e->fd < 0 || (which == GATEWAY && !c->connected) ||
        c->proxy->hangups < 0)
        return;
    e->watched = host_hangups_add(c->proxy->hangups, e->fd, e);
}

void conn_after(struct conn *c, uint64_t now)
{
    tell_dead(c, now);
    tell_stuck(c, now);
    if (c->proxy->draining && !c->stopped && ends_in_drain(c))
        conn_stop(c, TWS_END_OF_CAPTURE, "the proxy was told to stop", now);
    linger_begin(c, now);
    if (is_over(c, now)) {
        conn_free(c, now);
        return;
    }
    for (int i = CLIENT; i <= GATEWAY; i++) {
        int events = wants(c, i);

        watch(c, i, events);
        if (!(events & EV_READ))
            watch_hang_up(c, i);
    }
    rearm(c, now);
}

/* ---- what happens ---- */

static void client_readable(struct conn *c, uint64_t now)
{
    pipe_pump(c, CLIENT, now);
    if (c->end[GATEWAY].fd < 0 && c->end[GATEWAY].out && !c->stopped) {
        dial(c, now);
        dial_try_at_once(c, now);
        if (!c->connected && !c->stopped)
            tell_dialing(c, true, now);
    }
}

static void io_cb(struct ev_loop *loop, ev_io *w, int revents)
{
    struct conn *c = w->data;
    int which = w == &c->end[CLIENT].io ? CLIENT : GATEWAY;
    uint64_t now = host_now_ns();

    (void)loop;
    if (which == GATEWAY && !c->connected)
        dial_progress(c, now);
    else if (revents & EV_WRITE)
        pipe_flush(c, which);
    if (!c->stopped && (revents & EV_READ) && (wants(c, which) & EV_READ)) {
        if (which == CLIENT)
            client_readable(c, now);
        else
            pipe_pump(c, which, now);
    }
    conn_after(c, now);
}

/* What the other side has sent up to now is read first: a late answer to a client that has hung up
 * is evidence, and nothing is read once the reset is being passed on. */
void conn_hung_up(struct end *e, uint64_t now)
{
    struct conn *c = e->io.data;
    int which = e == &c->end[CLIENT] ? CLIENT : GATEWAY, other = 1 - which;

    e->ended = true;
    if (wants(c, other) & EV_READ)
        pipe_pump(c, other, now);
    if (!e->dead)
        pipe_check(c, which);
    conn_after(c, now);
}

/* The connection ends here, with a reset for each side that has not had its orderly end. */
static void give_up(struct conn *c, const struct linger_end *end, uint64_t now)
{
    pipe_tell_broken(c, CLIENT, now);
    pipe_tell_broken(c, GATEWAY, now);
    c->reset_client = !linger_has_all(c, CLIENT);
    c->reset_gateway = !linger_has_all(c, GATEWAY);
    c->stopped = true;
    conn_told_end(c, side_of(end->side), TWS_TIMEOUT, end->reason, now);
}

/* Half closed: without progress for too long it is given up, so that a gateway that never closes
 * keeps no CLOSE_WAIT socket because of us.  A reset that nothing has reported shows here. */
static void look_at_half_closed(struct conn *c, uint64_t now)
{
    struct linger_end end;

    for (int i = CLIENT; i <= GATEWAY; i++)
        if (c->end[i].eof && !c->end[i].dead && !c->end[i].watched)
            pipe_check(c, i);
    if (linger_over(c, now, &end))
        give_up(c, &end, now);
}

static void timer_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
    struct conn *c = w->data;
    uint64_t now = host_now_ns(), due = tws_session_deadline(&c->session);

    (void)loop;
    (void)revents;
    c->armed_ns = 0;
    if (c->dial_ns != 0 && now >= c->dial_ns)
        dial_failed(c, ETIMEDOUT, now);
    if (due != 0 && now >= due)
        tws_session_tick(&c->session, now);
    if (!c->stopped && c->linger_ns != 0 && now >= c->linger_ns)
        look_at_half_closed(c, now);
    conn_after(c, now);
}
