#include "standin.h"
#include "answers.h"
#include "conversation.h"
#include "ids.h"
#include "listen.h"
#include "script.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNS_MAX     8192u           /* open connections; more are closed as they come */
#define QUEUE_MAX     (1024u * 1024u) /* bytes a client may leave unread before it is closed */
#define BACKLOG       128             /* connections in the kernel's queue */
#define NEVER_BACKLOG 8               /* the same, where nobody takes them out */
#define ACCEPTS       64              /* connections taken in one turn of the loop */
#define CHUNK         (32u * 1024u)   /* bytes taken in one read */
#define TICK          0.25            /* seconds between ticks */
#define DRIP          0.001           /* seconds between bytes, in drip */
#define RETRY_ACCEPT  0.1             /* seconds, when descriptors are short */
#define RESET_TIME    0.2             /* seconds from the hello to a scripted reset */
#define LEAVE_TIME    2.0             /* seconds a client has to close after our FIN */

enum state {
    WAITS_HELLO,
    HOLDS_VERSION, /* hello read; the version reply is late on purpose */
    HOLDS_RESET,   /* hello read; the reset comes a moment later */
    WAITS_START,
    HOLDS_WELCOME, /* startApi read; the welcome is late on purpose */
    LIVE,
    MUTE,    /* reads on, says no more */
    LEAVING, /* says what is queued, sends its FIN, waits for the client's */
};

/* Set where a connection ends, obeyed where nobody uses it any more: at the end of a callback. */
enum doom { NOT_DOOMED, CLOSES, RESETS };

struct conn {
    struct standin *home;
    struct conn *next, **link; /* `link`: what points here */
    int fd;
    enum state state;
    enum doom doom;
    bool fin_sent, fin_taken;
    bool started; /* startApi was taken: the client id is held */
    int32_t client_id;
    uint32_t answers;
    ev_io reads, writes;
    ev_timer clock; /* what the state waits for */
    ev_timer ticks, drips;
    struct tws_conversation conversation;
    struct standin_out out;
    struct standin_talk talk;
};

struct standin {
    struct ev_loop *loop;
    struct standin_config config;
    const struct standin_script *script;
    double delay;
    int fd;
    struct sockaddr_storage bound;
    socklen_t bound_len;
    ev_io accepts;
    ev_timer retries;
    struct conn *conns;
    uint32_t n_conns;
    uint64_t accepted;
    uint8_t chunk[CHUNK]; /* one read's bytes, for the time of one callback */
};

/* --- a connection's end --------------------------------------------------------------------- */

static void conn_free(struct conn *c)
{
    struct standin *s = c->home;
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    ev_io_stop(s->loop, &c->reads);
    ev_io_stop(s->loop, &c->writes);
    ev_timer_stop(s->loop, &c->clock);
    ev_timer_stop(s->loop, &c->ticks);
    ev_timer_stop(s->loop, &c->drips);
    if (c->doom == RESETS)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(c->fd);
    tws_conversation_free(&c->conversation);
    standin_out_free(&c->out);
    standin_talk_free(&c->talk);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    s->n_conns--;
    free(c);
}

static void say_fin(struct conn *c)
{
    if (c->fin_taken)
        c->doom = CLOSES;
    if (c->fin_sent || c->doom)
        return;
    c->fin_sent = true;
    if (shutdown(c->fd, SHUT_WR) != 0)
        c->doom = CLOSES;
}

/* --- sending -------------------------------------------------------------------------------- */

/* True while there is more to send and the kernel takes it. */
static bool send_some(struct conn *c, size_t most)
{
    size_t left = standin_out_left(&c->out);
    ssize_t n;

    if (!left)
        return false;
    n = send(c->fd, c->out.bytes + c->out.sent, left < most ? left : most, MSG_NOSIGNAL);
    if (n >= 0) {
        standin_out_took(&c->out, (size_t)n);
        return standin_out_left(&c->out) > 0;
    }
    if (errno == EINTR)
        return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        ev_io_start(c->home->loop, &c->writes);
    else
        c->doom = CLOSES;
    return false;
}

static void flush(struct conn *c)
{
    if (c->out.full) {
        c->doom = CLOSES;
        return;
    }
    if (c->home->script->drip && standin_out_left(&c->out)) {
        if (!ev_is_active(&c->drips))
            ev_timer_again(c->home->loop, &c->drips);
        return;
    }
    while (send_some(c, SIZE_MAX))
        ;
    if (c->state == LEAVING && !c->doom && !standin_out_left(&c->out))
        say_fin(c);
}

/* The end of every callback of a connection. */
static void settle(struct conn *c)
{
    if (!c->doom)
        flush(c);
    if (c->doom)
        conn_free(c);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
    (void)events;
    ev_io_stop(loop, w);
    settle(w->data);
}

static void on_drip(struct ev_loop *loop, ev_timer *w, int events)
{
    struct conn *c = w->data;

    (void)events;
    send_some(c, 1);
    if (!standin_out_left(&c->out))
        ev_timer_stop(loop, w);
    settle(c);
}

/* --- the script ----------------------------------------------------------------------------- */

static void wait_for(struct conn *c, enum state state, double seconds)
{
    c->state = state;
    c->clock.repeat = seconds;
    ev_timer_again(c->home->loop, &c->clock);
}

static void leave(struct conn *c)
{
    ev_timer_stop(c->home->loop, &c->ticks);
    wait_for(c, LEAVING, LEAVE_TIME);
}

static void fall_mute(struct conn *c)
{
    ev_timer_stop(c->home->loop, &c->clock);
    ev_timer_stop(c->home->loop, &c->ticks);
    c->state = MUTE;
}

static void end_live(struct conn *c)
{
    if (c->home->script->live_end == STANDIN_LOSES)
        standin_say_upstream_lost(&c->talk);
    fall_mute(c);
}

static void say_version(struct conn *c)
{
    standin_say_version(&c->talk);
    c->state = WAITS_START;
}

static void say_welcome(struct conn *c)
{
    const struct standin *s = c->home;

    standin_say_welcome(&c->talk, s->script->welcome);
    if (s->script->live_end == STANDIN_LASTS)
        c->state = LIVE;
    else
        wait_for(c, LIVE, s->script->end_after * s->delay);
}

static void not_tws(struct conn *c)
{
    static const char page[] = "HTTP/1.1 400 Bad Request\r\n"
                               "Server: twstap stand-in (not a Gateway)\r\n"
                               "Content-Type: text/plain\r\n"
                               "Content-Length: 24\r\n"
                               "Connection: close\r\n"
                               "\r\n"
                               "stand-in, not a Gateway\n";

    standin_out_put(&c->out, page, sizeof page - 1);
    leave(c);
}

/* What both ends know.  A client that asks for less than it may is not sent away: it will see. */
static uint32_t negotiate(const struct conn *c, const struct tws_hello *hello)
{
    uint32_t own = c->home->config.server_version;

    return hello->readable && hello->max < own ? hello->max : own;
}

static void take_hello(struct conn *c, const struct tws_hello *hello)
{
    const struct standin *s = c->home;

    if (hello->legacy) {
        c->state = MUTE; /* as newer Gateways do */
        return;
    }
    c->talk.form.version = negotiate(c, hello);
    if (c->talk.form.version < TWS_VERSION_MIN) {
        leave(c); /* before V100 nothing is framed */
        return;
    }
    tws_conversation_agree(&c->conversation, c->talk.form.version);
    switch (s->script->on_hello) {
    case STANDIN_REPLY:
        if (s->script->version_after > 0)
            wait_for(c, HOLDS_VERSION, s->script->version_after * s->delay);
        else
            say_version(c);
        return;
    case STANDIN_MUTE:
        c->state = MUTE;
        return;
    case STANDIN_LEAVE:
        leave(c);
        return;
    case STANDIN_RESET:
        wait_for(c, HOLDS_RESET, RESET_TIME);
        return;
    case STANDIN_REDIRECT:
        standin_say_redirect(&c->talk, s->config.redirect_to);
        c->state = MUTE;
        return;
    case STANDIN_NOT_TWS:
        not_tws(c);
        return;
    }
}

static bool id_in_use(const struct conn *c)
{
    if (c->home->script->welcome & STANDIN_ID_IN_USE)
        return true;
    for (const struct conn *o = c->home->conns; o; o = o->next)
        if (o != c && o->started && o->client_id == c->client_id)
            return true;
    return false;
}

static void take_start(struct conn *c, const struct tws_message *m)
{
    const struct standin_script *script = c->home->script;
    struct tws_value id;

    if (m->id != TWS_OUT_START_API)
        return;
    if (tws_message_find(m, TWS_CLIENT_ID, &id) && id.kind == TWS_VALUE_INT)
        c->client_id = (int32_t)id.integer;
    if (!script->welcome) {
        fall_mute(c);
    } else if (id_in_use(c)) {
        standin_say_id_in_use(&c->talk);
        leave(c);
    } else {
        c->started = true;
        if (script->welcome_after > 0)
            wait_for(c, HOLDS_WELCOME, script->welcome_after * c->home->delay);
        else
            say_welcome(c);
    }
}

static void take_request(struct conn *c, const struct tws_message *m)
{
    const struct standin *s = c->home;

    if (standin_answer(&c->talk, m))
        c->answers++;
    if (s->config.ticks && c->talk.n_tickers && !ev_is_active(&c->ticks))
        ev_timer_again(s->loop, &c->ticks);
    if (c->state == LIVE && s->script->answers && c->answers >= s->script->answers)
        end_live(c);
}

static void take_frame(struct conn *c, struct tws_cursor payload)
{
    struct tws_opened_frame f;
    const struct tws_message *m = &f.message;

    if (c->state == MUTE || c->state == LEAVING || c->state == WAITS_HELLO)
        return;
    (void)tws_conversation_open(&c->conversation, TWS_CLIENT, payload, &f); /* a message */
    /* As a Gateway: a frame of the wrong form is not understood, and not answered. */
    if (m->faults & (TWS_FAULT_FRAMING | TWS_FAULT_NO_ID))
        return;
    c->talk.now = ev_now(c->home->loop);
    if (c->state == WAITS_START)
        take_start(c, m);
    else if (c->state == HOLDS_WELCOME || c->state == LIVE)
        take_request(c, m);
}

static void take_item(struct conn *c, const struct tws_item *item)
{
    switch (item->kind) {
    case TWS_ITEM_HELLO:
        c->talk.now = ev_now(c->home->loop);
        if (c->state == WAITS_HELLO)
            take_hello(c, &item->hello);
        return;
    case TWS_ITEM_FRAME:
        take_frame(c, item->payload);
        return;
    case TWS_ITEM_OPAQUE:
        if (c->state != LEAVING)
            fall_mute(c); /* not TWS, or no longer: nothing can be answered */
        return;
    case TWS_ITEM_GAP: /* a socket loses nothing */
        return;
    }
}

static void on_clock(struct ev_loop *loop, ev_timer *w, int events)
{
    struct conn *c = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    c->talk.now = ev_now(loop);
    switch (c->state) {
    case HOLDS_VERSION:
        say_version(c);
        break;
    case HOLDS_RESET:
        c->doom = RESETS;
        break;
    case HOLDS_WELCOME:
        say_welcome(c);
        break;
    case LIVE:
        end_live(c);
        break;
    case LEAVING:
        c->doom = CLOSES;
        break;
    case WAITS_HELLO:
    case WAITS_START:
    case MUTE:
        break;
    }
    settle(c);
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
    struct conn *c = w->data;

    (void)events;
    if (!c->talk.n_tickers)
        ev_timer_stop(loop, w);
    standin_say_ticks(&c->talk);
    settle(c);
}

/* --- receiving ------------------------------------------------------------------------------ */

static void take_bytes(struct conn *c, size_t n)
{
    struct tws_item item;

    if (c->state == LEAVING)
        return; /* only its FIN is waited for */
    tws_conversation_feed(&c->conversation, TWS_CLIENT, (struct tws_cursor){c->home->chunk, n});
    while (tws_conversation_next(&c->conversation, TWS_CLIENT, &item) == TWS_STREAM_ITEM)
        if (!c->doom && !c->out.full)
            take_item(c, &item);
}

/* The client said its last: what is queued for it is still sent, then both halves are done. */
static void take_fin(struct conn *c)
{
    c->fin_taken = true;
    if (c->fin_sent || c->state == MUTE || !standin_out_left(&c->out)) {
        c->doom = CLOSES;
        return;
    }
    ev_io_stop(c->home->loop, &c->reads);
    leave(c);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
    struct conn *c = w->data;
    ssize_t n = read(c->fd, c->home->chunk, sizeof c->home->chunk);

    (void)loop;
    (void)events;
    if (n > 0)
        take_bytes(c, (size_t)n);
    else if (n == 0)
        take_fin(c);
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        c->doom = CLOSES;
    settle(c);
}

/* --- accepting ------------------------------------------------------------------------------ */

static void watch(struct conn *c)
{
    ev_io_init(&c->reads, on_readable, c->fd, EV_READ);
    ev_io_init(&c->writes, on_writable, c->fd, EV_WRITE);
    ev_init(&c->clock, on_clock);
    ev_timer_init(&c->ticks, on_tick, TICK, TICK);
    ev_timer_init(&c->drips, on_drip, DRIP, DRIP);
    c->reads.data = c->writes.data = c->clock.data = c->ticks.data = c->drips.data = c;
}

static void conn_open(struct standin *s, int fd)
{
    struct conn *c = s->n_conns < CONNS_MAX ? calloc(1, sizeof *c) : NULL;
    int on = 1;

    if (!c) {
        close(fd);
        return;
    }
    c->home = s;
    c->fd = fd;
    c->client_id = -1;
    c->out.limit = QUEUE_MAX;
    c->talk.out = &c->out;
    c->talk.form.from = TWS_GATEWAY;
    tws_conversation_init(&c->conversation, TWS_SEEN_START, TWS_FRAME_MAX);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(c);
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next)
        c->next->link = &c->next;
    s->conns = c;
    s->n_conns++;
    if (s->script->on_accept != STANDIN_UNREAD)
        ev_io_start(s->loop, &c->reads);
    if (s->script->on_accept == STANDIN_CLOSE) {
        leave(c);
        settle(c);
    }
}

static void on_connection(struct ev_loop *loop, ev_io *w, int events)
{
    struct standin *s = w->data;

    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            s->accepted++;
            conn_open(s, fd);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            /* Short of descriptors or memory: the queue holds them; do not spin on it. */
            ev_io_stop(loop, w);
            ev_timer_again(loop, &s->retries);
        }
        return;
    }
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
    struct standin *s = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    ev_io_start(loop, &s->accepts);
}

/* --- the stand-in --------------------------------------------------------------------------- */

void standin_config_default(struct standin_config *c)
{
    struct sockaddr_in *a = (struct sockaddr_in *)&c->listen;

    memset(c, 0, sizeof *c);
    c->scenario = "healthy";
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a->sin_port = htons(4002);
    c->listen_len = sizeof *a;
    c->server_version = TWS_VERSION_MAX;
    c->redirect_to = "stand-in.invalid:4001"; /* a name that never resolves: nobody is reached */
    c->ticks = true;
}

static const char *listen_on(struct standin *s)
{
    const struct standin_config *c = &s->config;
    int backlog = s->script->on_accept == STANDIN_NEVER ? NEVER_BACKLOG : BACKLOG;
    const char *why = NULL;

    s->bound = c->listen;
    s->bound_len = c->listen_len;
    s->fd = standin_listen(&s->bound, &s->bound_len, backlog, &why);
    return why;
}

static const char *check(const struct standin_config *c)
{
    errno = 0;
    if (!standin_scenario_find(c->scenario))
        return "unknown scenario";
    if (c->server_version < TWS_VERSION_MIN || c->server_version > TWS_VERSION_MAX)
        return "server version outside 100 to 226";
    if (!(c->delay >= 0))
        return "negative delay";
    if (strlen(c->redirect_to) > 255)
        return "redirect target too long";
    return NULL;
}

struct standin *standin_open(struct ev_loop *loop, const struct standin_config *c, const char **why)
{
    struct standin *s;
    int saved;

    *why = check(c);
    if (*why)
        return NULL;
    s = calloc(1, sizeof *s);
    if (!s) {
        *why = "out of memory";
        return NULL;
    }
    s->loop = loop;
    s->config = *c;
    s->script = standin_scenario_find(c->scenario)->script;
    s->delay = c->delay > 0 ? c->delay : s->script->delay;
    ev_init(&s->accepts, on_connection);
    ev_init(&s->retries, on_retry);
    s->retries.repeat = RETRY_ACCEPT;
    s->accepts.data = s->retries.data = s;
    *why = listen_on(s);
    if (*why) {
        saved = errno;
        standin_close(s);
        errno = saved;
        return NULL;
    }
    ev_io_set(&s->accepts, s->fd, EV_READ);
    if (s->script->on_accept != STANDIN_NEVER)
        ev_io_start(loop, &s->accepts);
    return s;
}

void standin_bound(const struct standin *s, struct sockaddr_storage *sa, socklen_t *len)
{
    *sa = s->bound;
    *len = s->bound_len;
}

uint64_t standin_accepted(const struct standin *s)
{
    return s->accepted;
}

void standin_close(struct standin *s)
{
    if (!s)
        return;
    for (struct conn *c = s->conns, *next; c; c = next) {
        next = c->next;
        conn_free(c);
    }
    ev_io_stop(s->loop, &s->accepts);
    ev_timer_stop(s->loop, &s->retries);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
