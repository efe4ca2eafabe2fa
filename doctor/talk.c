#include "talk.h"
#include "diagnose.h"
#include "encode.h"
#include "host.h"
#include "ids.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUEUE_MAX     4096u /* bytes: a hello and four requests */
#define CHUNK         16384u
#define LEAVE_MS      1000 /* what the Gateway has to close after our FIN */
#define REQ_SETTINGS  1    /* our reqId */
#define SETTINGS_FROM 219u /* first server version that offers them */

/* What a session needs beside what it found out. */
struct line {
    struct talk *t;
    const struct doctor_ask *ask;
    struct standin_out out;
    uint64_t step_ns; /* when the step began */
    uint8_t chunk[CHUNK];
};

static struct standin_form form_of(const struct talk *t)
{
    return (struct standin_form){TWS_CLIENT, t->version};
}

/* ---- what it says ---- */

static void say_hello(struct line *l)
{
    char range[32];
    int n = snprintf(range, sizeof range, "v%u..%u", TWS_VERSION_MIN, TWS_VERSION_MAX);

    standin_out_put(&l->out, "API", 4);
    standin_put_payload(&l->out, range, (size_t)n);
}

static void say_start(struct line *l)
{
    const struct standin_value rows[] = {
        {"version", STANDIN_INT, .number = 2},
        {"clientId", STANDIN_INT, .number = l->t->client_id},
    };

    STANDIN_PUT(&l->out, form_of(l->t), TWS_OUT_START_API, rows);
}

static void ask_time(struct line *l)
{
    const struct standin_value rows[] = {{"version", STANDIN_INT, .number = 1}};

    STANDIN_PUT(&l->out, form_of(l->t), TWS_OUT_REQ_CURRENT_TIME, rows);
}

static void ask_settings(struct line *l)
{
    const struct standin_value rows[] = {{"reqId", STANDIN_INT, .number = REQ_SETTINGS}};

    STANDIN_PUT(&l->out, form_of(l->t), TWS_OUT_REQ_CONFIG, rows);
}

/* ---- what it hears ---- */

static void copy_text(char *to, size_t size, struct tws_cursor c)
{
    size_t n = c.left < size - 1 ? c.left : size - 1;

    if (n)
        memcpy(to, c.p, n);
    to[n] = '\0';
}

static void take_accounts(struct talk *t, const struct tws_message *m)
{
    struct tws_value v;

    t->welcomed_accounts = true;
    if (!tws_message_find(m, TWS_ACCOUNTS, &v) || v.text.left == 0)
        return;
    t->accounts = 1;
    /* A comma at the end is no further account: old Gateways write one. */
    for (size_t i = 0; i + 1 < v.text.left; i++)
        t->accounts += v.text.p[i] == ',';
    copy_text(t->account_list, sizeof t->account_list, v.text);
}

#define ID_IN_USE 326

static void take_error(struct talk *t, const struct tws_message *m)
{
    struct tws_value v;
    int64_t key = -1;

    if (tws_message_find(m, TWS_ERROR_CODE, &v)) {
        t->id_in_use = t->id_in_use || v.integer == ID_IN_USE;
        if (v.integer < 2000 || v.integer > 2999) {
            t->last_code = v.integer;
            if (tws_message_find(m, TWS_ERROR_TEXT, &v))
                copy_text(t->last_text, sizeof t->last_text, v.text);
        }
    }
    if (t->at == TALK_SETTINGS && tws_message_key(m, &key) && key == REQ_SETTINGS)
        t->settings.refused = true;
}

static void take_first_number(const struct tws_message *m, enum tws_meaning means, int64_t *out)
{
    struct tws_value v;

    if (tws_message_find(m, means, &v))
        *out = v.integer;
}

#define SETTING(member) offsetof(struct talk_settings, member)

/* By the official names of configResponse. */
static const struct {
    const char *name;
    enum { SET_FLAG, SET_NUMBER, SET_TEXT } kind;
    size_t at, size;
} setting_rows[] = {
    {"readOnlyApi", SET_FLAG, SETTING(read_only), 0},
    {"allowLocalhostOnly", SET_FLAG, SETTING(localhost_only), 0},
    {"createApiMessageLogFile", SET_FLAG, SETTING(message_log), 0},
    {"rejectMessagesAboveMaxRate", SET_FLAG, SETTING(reject_above_rate), 0},
    {"maintainConnectionOnIncorrectFields", SET_FLAG, SETTING(keep_on_bad_fields), 0},
    {"socketPort", SET_NUMBER, SETTING(port), 0},
    {"masterClientId", SET_NUMBER, SETTING(master_id), 0},
    {"bulkDataTimeout", SET_NUMBER, SETTING(bulk_timeout), 0},
    {"autoLogoffTime", SET_TEXT, SETTING(logoff_time),
     sizeof((struct talk_settings *)0)->logoff_time},
    {"autoLogoffType", SET_TEXT, SETTING(logoff_type),
     sizeof((struct talk_settings *)0)->logoff_type},
};

static void take_trusted(struct talk_settings *s, struct tws_cursor text)
{
    if (s->n_trusted < TALK_TRUSTED_MAX)
        copy_text(s->trusted[s->n_trusted], sizeof s->trusted[0], text);
    s->n_trusted++;
}

static void take_setting(struct talk_settings *s, const struct tws_value *v)
{
    for (size_t i = 0; i < sizeof setting_rows / sizeof setting_rows[0]; i++) {
        char *to = (char *)s + setting_rows[i].at;

        if (strcmp(setting_rows[i].name, v->field->name) != 0)
            continue;
        switch (setting_rows[i].kind) {
        case SET_FLAG:
            *(int *)(void *)to = v->integer != 0;
            return;
        case SET_NUMBER:
            *(int64_t *)(void *)to = v->integer;
            return;
        case SET_TEXT:
            copy_text(to, setting_rows[i].size, v->text);
            return;
        }
    }
}

static void take_settings(struct talk_settings *s, const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;

    s->known = true;
    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v)) {
        if (!v.field)
            continue;
        if (strcmp(v.field->name, "trustedIPs") == 0)
            take_trusted(s, v.text);
        else
            take_setting(s, &v);
    }
}

static void take_message(struct talk *t, const struct tws_message *m)
{
    switch (m->id) {
    case TWS_IN_ERROR:
        take_error(t, m);
        break;
    case TWS_IN_NEXT_VALID_ID:
        t->welcomed_id = true;
        take_first_number(m, TWS_ORDER_ID, &t->next_id);
        break;
    case TWS_IN_MANAGED_ACCOUNTS:
        take_accounts(t, m);
        break;
    case TWS_IN_CURRENT_TIME:
        take_first_number(m, TWS_TIMESTAMP, &t->time_s);
        t->time_at_ns = host_wall_ns();
        break;
    case TWS_IN_CONFIG_RESPONSE:
        take_settings(&t->settings, m);
        break;
    default:
        break;
    }
}

static void take_version(struct talk *t, const struct tws_version_reply *reply)
{
    if (!reply->redirect && reply->server_version >= (int32_t)TWS_VERSION_MIN &&
        reply->server_version <= (int32_t)TWS_VERSION_MAX)
        t->version = (uint32_t)reply->server_version;
}

/* The sink of the session: what the Gateway sends is taken from its frame events. */
static void take_event(void *ctx, const struct tws_event *ev)
{
    struct talk *t = ctx;

    if (ev->kind != TWS_EV_FRAME || ev->u.frame.dir != TWS_GATEWAY)
        return;
    if (ev->u.frame.version)
        take_version(t, ev->u.frame.version);
    else if (t->version && ev->u.frame.message)
        take_message(t, ev->u.frame.message);
}

/* ---- the socket ---- */

static void facts(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                  struct tws_facts *out)
{
    struct talk *t = ctx;
    struct tws_kernel *k = &out->kernel;

    (void)what;
    (void)now;
    if (t->fd < 0)
        return;
    (void)host_tcp_facts(t->fd, k);
    (void)host_peer_facts(0, t->fd, k);
    host_owner_facts(&t->owner, 0, &s->gateway, host_now_ns(), k);
}

static int ms_left(const struct line *l)
{
    uint64_t gone = (host_now_ns() - l->step_ns) / 1000000u;
    uint64_t all = (uint64_t)(l->ask->patience * 1000);

    return gone < all ? (int)(all - gone) : 0;
}

/* False: t->end says why. */
static bool send_all(struct line *l)
{
    struct talk *t = l->t;

    while (standin_out_left(&l->out)) {
        const uint8_t *p = l->out.bytes + l->out.sent;
        ssize_t n = send(t->fd, p, standin_out_left(&l->out), MSG_NOSIGNAL);

        if (n > 0) {
            tws_session_bytes(&t->session, TWS_CLIENT, p, (size_t)n, host_now_ns());
            standin_out_took(&l->out, (size_t)n);
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            int ready = doctor_wait(t->fd, POLLOUT, ms_left(l), l->ask->stop_fd);

            if (ready <= 0) {
                t->end = ready < 0 ? TALK_STOPPED : TALK_UNANSWERED;
                return false;
            }
        } else if (n >= 0 || errno != EINTR) {
            return true; /* what is wrong with the socket, the next read says */
        }
    }
    return true;
}

/* Take what comes; false: t->end says why nothing more does. */
static bool receive(struct line *l)
{
    struct talk *t = l->t;
    int ready = doctor_wait(t->fd, POLLIN, ms_left(l), l->ask->stop_fd);
    ssize_t n;

    if (ready <= 0) {
        t->end = ready < 0 ? TALK_STOPPED : TALK_UNANSWERED;
        return false;
    }
    n = read(t->fd, l->chunk, sizeof l->chunk);
    if (n > 0) {
        tws_session_bytes(&t->session, TWS_GATEWAY, l->chunk, (size_t)n, host_now_ns());
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return true;
    t->end = TALK_CLOSED;
    t->error = n < 0 ? errno : 0;
    tws_session_closed(&t->session, TWS_GATEWAY, n < 0 ? TWS_RST : TWS_FIN, NULL, host_now_ns());
    return false;
}

/* ---- the steps ---- */

static bool has_version(const struct talk *t)
{
    return t->version != 0;
}

static bool is_welcomed(const struct talk *t)
{
    return t->welcomed_id && t->welcomed_accounts;
}

static bool has_time(const struct talk *t)
{
    return t->time_at_ns != 0;
}

static bool has_settings(const struct talk *t)
{
    return t->settings.known || t->settings.refused;
}

static const struct {
    enum talk_step step;
    void (*say)(struct line *l);
    bool (*done)(const struct talk *t);
    uint32_t since; /* server version */
} steps[] = {
    {TALK_HELLO, say_hello, has_version, 0},
    {TALK_WELCOME, say_start, is_welcomed, 0},
    {TALK_TIME, ask_time, has_time, 0},
    {TALK_SETTINGS, ask_settings, has_settings, SETTINGS_FROM},
};

static void step_done(struct line *l)
{
    l->t->done[l->t->at] = true;
    l->t->took_ns[l->t->at] = host_now_ns() - l->step_ns;
}

static bool go_through(struct line *l)
{
    struct talk *t = l->t;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (t->version < steps[i].since)
            continue;
        t->at = steps[i].step;
        l->step_ns = host_now_ns();
        steps[i].say(l);
        if (!send_all(l))
            return false;
        while (!steps[i].done(t))
            if (!receive(l))
                return false;
        step_done(l);
    }
    return true;
}

static bool dial(struct line *l)
{
    struct talk *t = l->t;
    socklen_t len = sizeof t->error;
    int on = 1;

    t->end = TALK_NO_SOCKET;
    t->fd = host_socket(l->ask->to.ss_family);
    if (t->fd < 0) {
        t->error = errno;
        return false;
    }
    (void)setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(t->fd, (const struct sockaddr *)&l->ask->to, l->ask->to_len) != 0)
        t->error = errno;
    if (t->error == EINPROGRESS) {
        int ready = doctor_wait(t->fd, POLLOUT, ms_left(l), l->ask->stop_fd);

        t->error = ready < 0 ? EINTR : ETIMEDOUT;
        if (ready > 0 && getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &t->error, &len) != 0)
            t->error = errno;
    }
    if (t->error)
        t->end = t->error == EINTR          ? TALK_STOPPED
                 : t->error == ECONNREFUSED ? TALK_REFUSED
                                            : TALK_UNREACHABLE;
    return t->error == 0;
}

/* FIN, then read until the Gateway's own; so nothing half open is left with it. */
static void leave(struct line *l)
{
    struct talk *t = l->t;
    uint64_t began = host_now_ns();
    bool closed = t->end == TALK_CLOSED;
    int left = LEAVE_MS;

    (void)shutdown(t->fd, SHUT_WR);
    while (!closed && left > 0 && doctor_wait(t->fd, POLLIN, left, -1) > 0) {
        ssize_t n = read(t->fd, l->chunk, sizeof l->chunk);

        closed = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        left = LEAVE_MS - (int)((host_now_ns() - began) / 1000000u);
    }
    t->left_behind = !closed;
    t->done[TALK_CLOSE] = closed;
    t->took_ns[TALK_CLOSE] = host_now_ns() - began;
}

static void open_session(struct line *l)
{
    static const struct tws_endpoint unknown = {0};
    struct talk *t = l->t;
    struct tws_endpoint gateway;
    uint64_t patience = (uint64_t)(l->ask->patience * 1e9), now;

    host_endpoint((const struct sockaddr *)&l->ask->to, &gateway);
    host_owner_begin(&t->owner, 0, gateway.port, host_now_ns());
    now = host_now_ns(); /* looking at processes is no part of a step */
    t->env =
        (struct tws_env){.timing = {.handshake_ns = patience, .request_ns = patience},
                         .max_frame = TWS_FRAME_MAX,
                         .sink = {.put = take_event, .ctx = t, .wants = TWS_WANTS(TWS_EV_FRAME)},
                         .facts = facts,
                         .facts_ctx = t,
                         .measures = TWS_OF_KERNEL};
    tws_port_init(&t->port, &gateway);
    tws_session_open(&t->session, &t->env, &t->port,
                     &(struct tws_opening){.conn = 1, .client = &unknown, .gateway = &gateway},
                     now);
    tws_session_dialing(&t->session, true, now);
    l->step_ns = now;
}

/* What the session model makes of it, while the socket is still there for the kernel to tell. */
static void judge(struct talk *t)
{
    struct tws_state state;
    uint64_t now = host_now_ns();

    if (t->end == TALK_REFUSED || t->end == TALK_UNREACHABLE)
        tws_session_closed(&t->session, TWS_GATEWAY,
                           t->end == TALK_REFUSED ? TWS_REFUSED : TWS_UNREACHABLE, NULL, now);
    tws_session_tick(&t->session, now);
    tws_session_state(&t->session, now, &state);
    tws_diagnose(&state, &t->verdict);
}

static void talk_once(struct talk *t, const struct doctor_ask *ask)
{
    struct line l = {.t = t, .ask = ask, .out = {.limit = QUEUE_MAX}};

    open_session(&l);
    if (dial(&l)) {
        tws_session_dialing(&t->session, false, host_now_ns());
        step_done(&l);
        if (go_through(&l))
            t->end = TALK_DONE;
    }
    if (t->session.upstream)
        t->upstream = *t->session.upstream;
    if (t->end != TALK_DONE && t->end != TALK_NO_SOCKET && t->end != TALK_STOPPED)
        judge(t);
    if (t->done[TALK_CONNECT])
        leave(&l);
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    tws_session_finish(&t->session, host_now_ns());
    standin_out_free(&l.out);
}

static void start_over(struct talk *t, int32_t client_id)
{
    *t = (struct talk){.fd = -1, .client_id = client_id, .next_id = -1, .time_s = -1};
    t->settings = (struct talk_settings){.read_only = -1,
                                         .localhost_only = -1,
                                         .message_log = -1,
                                         .reject_above_rate = -1,
                                         .keep_on_bad_fields = -1,
                                         .port = -1,
                                         .master_id = -1,
                                         .bulk_timeout = -1};
}

/* Positive, and hardly the one that was taken. */
static int32_t other_id(int32_t id)
{
    return 1000000 + (int32_t)(host_random() % 900000u) + (id & 1);
}

void talk_run(struct talk *t, const struct doctor_ask *ask)
{
    start_over(t, ask->client_id);
    talk_once(t, ask);
    if (!t->id_in_use || t->end == TALK_DONE)
        return;
    start_over(t, other_id(ask->client_id));
    talk_once(t, ask);
}
