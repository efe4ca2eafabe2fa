#include "conversation.h"
#include "encode.h"
#include "ids.h"
#include "standin.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUEUE_MAX  65536u        /* bytes: a script of a few requests */
#define CHUNK      (16u * 1024u) /* bytes taken in one read */
#define LEAVE_TIME 0.5           /* seconds the gateway has to close after our FIN */
#define ASK_EVERY                                                                                  \
    1.1 /* seconds: a Gateway leaves a second reqCurrentTime within one                            \
         * second unanswered */

enum { REQ_CONTRACT = 1, REQ_MARKET_DATA = 2 }; /* our reqIds */

/* What is still waited for; a set of bits. */
enum {
    WAIT_NEXT_ID = 1 << 0,
    WAIT_ACCOUNTS = 1 << 1,
    WAIT_TIME = 1 << 2,
    WAIT_CONTRACT = 1 << 3,
    WAIT_TICK = 1 << 4,
};

struct standin_client {
    struct ev_loop *loop;
    struct standin_client_config config;
    void (*done)(void *ctx);
    void *ctx;
    int fd;
    bool stayed, leaving, over;
    uint32_t waits;
    ev_io reads, writes;
    ev_timer patience, asks, stays;
    struct tws_conversation conversation;
    struct standin_out out;
    struct standin_form form;
    struct standin_client_report report;
    uint8_t chunk[CHUNK];
};

/* --- the end -------------------------------------------------------------------------------- */

static void stop(struct standin_client *c)
{
    ev_io_stop(c->loop, &c->reads);
    ev_io_stop(c->loop, &c->writes);
    ev_timer_stop(c->loop, &c->patience);
    ev_timer_stop(c->loop, &c->asks);
    ev_timer_stop(c->loop, &c->stays);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* To be followed by nothing: `done` may free the client. */
static void finish(struct standin_client *c)
{
    if (c->over)
        return;
    c->over = true;
    stop(c);
    c->done(c->ctx);
}

static void flush(struct standin_client *c)
{
    while (standin_out_left(&c->out)) {
        ssize_t n =
            send(c->fd, c->out.bytes + c->out.sent, standin_out_left(&c->out), MSG_NOSIGNAL);

        if (n >= 0) {
            standin_out_took(&c->out, (size_t)n);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            ev_io_start(c->loop, &c->writes);
        if (errno != EINTR)
            return; /* what is wrong with the socket, the next read says */
    }
}

static void wait_again(struct standin_client *c, double seconds)
{
    c->patience.repeat = seconds;
    ev_timer_again(c->loop, &c->patience);
}

static void say_cancel(struct standin_client *c)
{
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 1},
        {"reqId", STANDIN_INT, .number = REQ_MARKET_DATA},
    };

    STANDIN_PUT(&c->out, c->form, TWS_OUT_CANCEL_MKT_DATA, rows);
}

/* Politely: take back the subscription, say FIN, give the gateway a moment for its own. */
static void leave(struct standin_client *c)
{
    if (c->leaving)
        return;
    c->leaving = true;
    ev_timer_stop(c->loop, &c->asks);
    ev_timer_stop(c->loop, &c->stays);
    if (c->report.reached >= STANDIN_REACHED_WELCOME)
        say_cancel(c);
    flush(c);
    shutdown(c->fd, SHUT_WR);
    wait_again(c, LEAVE_TIME);
}

/* --- what it says --------------------------------------------------------------------------- */

static void say_hello(struct standin_client *c)
{
    char range[32];
    int n = snprintf(range, sizeof range, "v%u..%u", c->config.min_version, c->config.max_version);

    standin_out_put(&c->out, "API", 4);
    standin_put_payload(&c->out, range, (size_t)n);
}

static void say_start(struct standin_client *c)
{
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 2},
        {"clientId", STANDIN_INT, .number = c->config.client_id},
    };

    STANDIN_PUT(&c->out, c->form, TWS_OUT_START_API, rows);
    c->waits = WAIT_NEXT_ID | WAIT_ACCOUNTS;
}

static void ask_time(struct standin_client *c)
{
    const struct standin_value rows[] = {{"version", STANDIN_INT, .number = 1}};

    STANDIN_PUT(&c->out, c->form, TWS_OUT_REQ_CURRENT_TIME, rows);
    c->waits |= WAIT_TIME;
}

/* The contract of both requests. */
#define CONTRACT_VALUES                                                                            \
    {"conId", STANDIN_INT, .number = 0}, {"symbol", STANDIN_TEXT, .text = "AAPL"},                 \
        {"secType", STANDIN_TEXT, .text = "STK"}, {"exchange", STANDIN_TEXT, .text = "SMART"},     \
    {                                                                                              \
        "currency", STANDIN_TEXT, .text = "USD"                                                    \
    }

static void ask_contract(struct standin_client *c)
{
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 8},
        {"reqId", STANDIN_INT, .number = REQ_CONTRACT},
        CONTRACT_VALUES,
    };

    STANDIN_PUT(&c->out, c->form, TWS_OUT_REQ_CONTRACT_DETAILS, rows);
    c->waits |= WAIT_CONTRACT;
}

static void ask_market_data(struct standin_client *c)
{
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 11},
        {"reqId", STANDIN_INT, .number = REQ_MARKET_DATA},
        CONTRACT_VALUES,
    };

    STANDIN_PUT(&c->out, c->form, TWS_OUT_REQ_MKT_DATA, rows);
    c->waits |= WAIT_TICK;
}

/* --- what it hears -------------------------------------------------------------------------- */

static void move_on(struct standin_client *c)
{
    if (c->waits)
        return;
    ev_timer_stop(c->loop, &c->patience);
    if (c->report.reached == STANDIN_REACHED_VERSION) {
        c->report.reached = STANDIN_REACHED_WELCOME;
        ask_time(c);
        ask_contract(c);
        ask_market_data(c);
        wait_again(c, c->config.patience);
    } else if (c->report.reached == STANDIN_REACHED_WELCOME) {
        c->report.reached = STANDIN_REACHED_ANSWERS;
        if (c->config.stay <= 0) {
            leave(c);
            return;
        }
        c->stays.repeat = c->config.stay;
        ev_timer_again(c->loop, &c->stays);
        ev_timer_again(c->loop, &c->asks);
    } else if (c->stayed) {
        leave(c);
    }
}

static void take_version(struct standin_client *c, const struct tws_version_reply *reply)
{
    if (reply->redirect || reply->server_version < (int32_t)c->config.min_version ||
        reply->server_version > (int32_t)c->config.max_version) {
        leave(c);
        return;
    }
    c->form = (struct standin_form){TWS_CLIENT, (uint32_t)reply->server_version};
    c->report.version = c->form.version;
    c->report.reached = STANDIN_REACHED_VERSION;
    say_start(c);
    wait_again(c, c->config.patience);
}

static void take_accounts(struct standin_client *c, const struct tws_message *m)
{
    struct tws_value v;

    c->waits &= ~(uint32_t)WAIT_ACCOUNTS;
    if (!tws_message_find(m, TWS_ACCOUNTS, &v) || v.text.left == 0)
        return;
    c->report.accounts = 1;
    for (size_t i = 0; i < v.text.left; i++)
        c->report.accounts += v.text.p[i] == ',';
}

static void take_error(struct standin_client *c, const struct tws_message *m)
{
    struct tws_value v;
    int64_t key;

    if (tws_message_find(m, TWS_ERROR_CODE, &v) && (v.integer < 2000 || v.integer > 2999))
        c->report.last_error = (int32_t)v.integer;
    /* An error with a request's id is its answer. */
    if (!tws_message_key(m, &key))
        return;
    if (key == REQ_CONTRACT)
        c->waits &= ~(uint32_t)WAIT_CONTRACT;
    if (key == REQ_MARKET_DATA)
        c->waits &= ~(uint32_t)WAIT_TICK;
}

static void count_odd(struct standin_client *c, const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;

    c->report.odd += m->faults != 0;
    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v))
        c->report.odd += m->row && m->row->n_fields && !v.field;
    c->report.odd += w.faults != 0 || tws_walk_missing(&w) != 0;
}

static void take_message(struct standin_client *c, const struct tws_message *m)
{
    count_odd(c, m);
    switch (m->id) {
    case TWS_IN_TICK_PRICE:
        c->report.ticks++;
        c->waits &= ~(uint32_t)WAIT_TICK;
        break;
    case TWS_IN_ERROR:
        take_error(c, m);
        break;
    case TWS_IN_NEXT_VALID_ID:
        c->waits &= ~(uint32_t)WAIT_NEXT_ID;
        break;
    case TWS_IN_MANAGED_ACCOUNTS:
        take_accounts(c, m);
        break;
    case TWS_IN_CURRENT_TIME:
        c->waits &= ~(uint32_t)WAIT_TIME;
        break;
    case TWS_IN_CONTRACT_DETAILS_END:
        c->waits &= ~(uint32_t)WAIT_CONTRACT;
        break;
    default:
        break;
    }
    move_on(c);
}

static void take_item(struct standin_client *c, const struct tws_item *item)
{
    struct tws_opened_frame f;

    if (c->leaving)
        return;
    if (item->kind == TWS_ITEM_OPAQUE) {
        leave(c);
        return;
    }
    c->report.frames++;
    if (tws_conversation_open(&c->conversation, TWS_GATEWAY, item->payload, &f) ==
        TWS_OPENED_VERSION)
        take_version(c, &f.reply);
    else if (c->report.reached >= STANDIN_REACHED_VERSION)
        take_message(c, &f.message);
}

/* --- watchers ------------------------------------------------------------------------------- */

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
    struct standin_client *c = w->data;
    ssize_t n = read(c->fd, c->chunk, sizeof c->chunk);
    struct tws_item item;

    (void)loop;
    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        c->report.closed_by_peer = !c->leaving;
        finish(c);
        return;
    }
    tws_conversation_feed(&c->conversation, TWS_GATEWAY, (struct tws_cursor){c->chunk, (size_t)n});
    while (tws_conversation_next(&c->conversation, TWS_GATEWAY, &item) == TWS_STREAM_ITEM)
        take_item(c, &item);
    flush(c);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
    struct standin_client *c = w->data;
    int error = 0;
    socklen_t len = sizeof error;

    (void)events;
    ev_io_stop(loop, w);
    if (c->report.reached == STANDIN_REACHED_NOTHING) {
        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error) {
            c->report.closed_by_peer = true;
            finish(c);
            return;
        }
        c->report.reached = STANDIN_REACHED_TCP;
        say_hello(c);
        ev_io_start(loop, &c->reads);
        wait_again(c, c->config.patience);
    }
    flush(c);
}

static void on_patience(struct ev_loop *loop, ev_timer *w, int events)
{
    struct standin_client *c = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    if (c->leaving || c->report.reached == STANDIN_REACHED_NOTHING) {
        c->report.gave_up |= !c->leaving;
        finish(c);
        return;
    }
    c->report.gave_up = true;
    leave(c);
}

static void on_ask(struct ev_loop *loop, ev_timer *w, int events)
{
    struct standin_client *c = w->data;

    (void)loop;
    (void)w;
    (void)events;
    if (c->waits)
        return; /* the last one is still open */
    ask_time(c);
    wait_again(c, c->config.patience);
    flush(c);
}

static void on_stayed(struct ev_loop *loop, ev_timer *w, int events)
{
    struct standin_client *c = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    ev_timer_stop(loop, &c->asks);
    c->stayed = true;
    if (!c->waits)
        leave(c); /* else with the answer, or when patience ends */
}

/* --- open and close ------------------------------------------------------------------------- */

static void watch(struct standin_client *c)
{
    ev_io_init(&c->reads, on_readable, c->fd, EV_READ);
    ev_io_init(&c->writes, on_writable, c->fd, EV_WRITE);
    ev_init(&c->patience, on_patience);
    ev_timer_init(&c->asks, on_ask, ASK_EVERY, ASK_EVERY);
    ev_init(&c->stays, on_stayed);
    c->reads.data = c->writes.data = c->patience.data = c->asks.data = c->stays.data = c;
}

static const char *dial(struct standin_client *c)
{
    const struct sockaddr *to = (const struct sockaddr *)&c->config.to;
    int on = 1;

    c->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return "no socket";
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, to, c->config.to_len) != 0 && errno != EINPROGRESS)
        return "cannot connect";
    return NULL;
}

struct standin_client *standin_client_open(struct ev_loop *loop,
                                           const struct standin_client_config *config,
                                           void (*done)(void *ctx), void *ctx, const char **why)
{
    struct standin_client *c = calloc(1, sizeof *c);

    if (!c) {
        *why = "out of memory";
        return NULL;
    }
    c->loop = loop;
    c->config = *config;
    c->done = done;
    c->ctx = ctx;
    c->out.limit = QUEUE_MAX;
    tws_conversation_init(&c->conversation, TWS_SEEN_START, TWS_FRAME_MAX);
    *why = dial(c);
    watch(c);
    if (*why) {
        int saved = errno;

        standin_client_close(c);
        errno = saved;
        return NULL;
    }
    ev_io_start(loop, &c->writes);
    wait_again(c, config->patience);
    return c;
}

void standin_client_report(const struct standin_client *c, struct standin_client_report *out)
{
    *out = c->report;
}

void standin_client_close(struct standin_client *c)
{
    if (!c)
        return;
    stop(c);
    tws_conversation_free(&c->conversation);
    standin_out_free(&c->out);
    free(c);
}
