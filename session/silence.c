#include "silence.h"
#include "stage.h"
#include "verdict.h"

#define STARTUP_NS (10u * 1000000000ull) /* what a client asks this soon is its start-up */

/* A list of start-up without its end, while requests asked after it are done: not the link, not
 * the gateway, that one list. */
static bool hangs_at_startup(const struct tws_session *s, const struct tws_request *q)
{
    return tws_request_of_startup(q) && q->asked_ns <= tws_after(s->ready_ns, STARTUP_NS) &&
           s->requests.done_asked_ns >= q->asked_ns;
}

static enum tws_trouble trouble_of(const struct tws_session *s, const struct tws_request *q)
{
    const tws_facts some = TWS_FACT(NEXT_ID) | TWS_FACT(ACCOUNTS) | TWS_FACT(ACCOUNTS_EMPTY);

    if (s->stage <= TWS_HELLO && (s->facts & TWS_FACT(DIALING)))
        return TWS_TCP_CONNECT;
    switch ((enum tws_stage)s->stage) {
    case TWS_TCP:
        return TWS_CLIENT_NEVER_SPEAKS;
    case TWS_HELLO:
        return TWS_HELLO_UNANSWERED;
    case TWS_VERSION:
        return TWS_STARTAPI_MISSING;
    case TWS_START:
        return s->facts & some ? TWS_PARTIAL_STARTUP : TWS_STARTAPI_UNANSWERED;
    case TWS_READY:
    case TWS_LIVE:
        return q && hangs_at_startup(s, q) && !(s->facts & TWS_FACT(LOST))
                   ? TWS_PARTIAL_STARTUP
                   : TWS_LIVE_REQUEST_UNANSWERED;
    case TWS_STAGE_NONE:
    case TWS_STAGES:
        break;
    }
    return TWS_TROUBLE_NONE;
}

/* What TCP holds up explains every other debt of a welcomed session. */
static bool stalled(const struct tws_session *s, struct tws_debt *out)
{
    static const struct {
        enum tws_trouble trouble;
        enum tws_side owes;
    } rows[] = {
        [TWS_STALL_NONE] = {TWS_TROUBLE_NONE, TWS_NOBODY},
        [TWS_STALL_WINDOW] = {TWS_LIVE_CLIENT_NOT_READING, TWS_CLIENT},
        [TWS_STALL_PATH] = {TWS_LIVE_GATEWAY_QUIET, TWS_NETWORK},
    };

    if (s->stall == TWS_STALL_NONE || s->stage < TWS_READY)
        return false;
    *out = (struct tws_debt){.trouble = rows[s->stall].trouble,
                             .owes = rows[s->stall].owes,
                             .since_ns = s->stall_ns,
                             .due_ns = tws_after(s->stall_ns, s->env->timing.request_ns),
                             /* without packets it is a guess until its time is over */
                             .quiet = !s->env->wire};
    return true;
}

void tws_session_stall(struct tws_session *s, enum tws_stall what, uint64_t since, uint64_t now)
{
    enum tws_stall before = (enum tws_stall)s->stall;

    tws_session_tick(s, now);
    if (before == what)
        return;
    s->stall = (uint8_t)what;
    s->stall_ns = since;
    if (what != TWS_STALL_NONE)
        tws_session_due(s, tws_after(since, s->env->timing.request_ns));
    else if (s->silence == TWS_LIVE_CLIENT_NOT_READING ||
             (s->silence == TWS_LIVE_GATEWAY_QUIET && before == TWS_STALL_PATH))
        tws_session_recovered(s, s->now_ns);
    if (what == TWS_STALL_NONE) /* what it hid has its own time */
        tws_session_due(s, s->now_ns);
}

static bool unreadable(const struct tws_session *s, enum tws_side side)
{
    return s->stream[side == TWS_GATEWAY].opaque != TWS_OPAQUE_NOT;
}

/* Are there bytes of side `i`, come since `since`, that are not understood yet? */
static bool unread_since(const struct tws_session *s, unsigned i, uint64_t since)
{
    return tws_stream_searching(&s->stream[i]) && s->last_bytes_ns[i] &&
           s->last_bytes_ns[i] >= since;
}

bool tws_session_hidden(const struct tws_session *s, enum tws_side side, uint64_t since)
{
    unsigned i = side == TWS_GATEWAY || side == TWS_NETWORK;

    return (s->lost_ns[i] && s->lost_ns[i] >= since) || unread_since(s, i, since);
}

/* Can this debt have been paid unseen?  A request bears that itself: excused is what was asked
 * before bytes were lost. */
static bool may_be_paid(const struct tws_session *s, const struct tws_debt *d)
{
    if (d->request)
        return unread_since(s, 1, d->since_ns);
    return (s->midstream && s->stage == TWS_TCP) || tws_session_hidden(s, d->owes, d->since_ns);
}

bool tws_session_debt(const struct tws_session *s, struct tws_debt *out)
{
    if (stalled(s, out))
        return true;
    *out = (struct tws_debt){.owes = tws_stage_owes((enum tws_stage)s->stage)};
    if (s->stage >= TWS_READY) {
        struct tws_debt quiet = {0};
        bool is_quiet = !unreadable(s, TWS_GATEWAY) && tws_session_quiet(s, &quiet);

        out->request = tws_requests_oldest(&s->requests, s->env, &out->due_ns);
        if (is_quiet && (!out->request || quiet.due_ns < out->due_ns)) {
            *out = quiet;
            return true;
        }
        if (!out->request)
            return false;
        out->owes = TWS_GATEWAY;
        out->since_ns = tws_request_since(out->request);
    } else {
        out->since_ns = s->stage_ns;
        out->due_ns = tws_after(s->stage_ns, s->env->timing.handshake_ns);
    }
    if (s->stage <= TWS_HELLO && (s->facts & TWS_FACT(DIALING)))
        out->owes = TWS_NETWORK;
    if (out->owes == TWS_NOBODY || unreadable(s, out->owes) || (s->facts & TWS_FACT(REDIRECT)))
        return false;
    if (may_be_paid(s, out))
        return false;
    out->trouble = trouble_of(s, out->request);
    return true;
}

void tws_session_put(const struct tws_session *s, struct tws_event *ev, uint64_t now)
{
    ev->ts_ns = now;
    ev->conn = s->conn;
    s->env->sink.put(s->env->sink.ctx, ev);
}

void tws_session_others(const struct tws_session *s, uint64_t since, uint64_t now,
                        struct tws_others *out)
{
    tws_port_others(s->port, &s->link, s->conn, now > since ? now - since : 0, now, out);
}

void tws_session_keep_others(struct tws_session *s, uint64_t since, uint64_t now)
{
    struct tws_others o;

    tws_session_others(s, since, now, &o);
    if (!s->others_kept || o.open)
        s->others = o;
    s->others_kept = true;
}

void tws_session_stand(struct tws_session *s)
{
    enum tws_standing to = TWS_STANDS_NOWHERE;

    if (s->how_closed == TWS_OPEN_STILL && s->stage >= TWS_READY)
        to = s->silence ? TWS_STANDS_LIVE_SILENT : TWS_STANDS_LIVE;
    else if (s->how_closed == TWS_OPEN_STILL && s->stage > TWS_TCP)
        to = s->silence == TWS_HELLO_UNANSWERED ? TWS_STANDS_NEW_UNANSWERED : TWS_STANDS_NEW;
    if (to != s->link.standing)
        tws_port_move(s->port, &s->link, to);
}

static void put_silence(struct tws_session *s, enum tws_event_kind kind, enum tws_side owes,
                        const struct tws_kernel *kernel, uint64_t now)
{
    struct tws_event ev;

    if (!tws_session_wants(s, kind))
        return;
    ev = (struct tws_event){.kind = kind};
    ev.u.silence.stage = (enum tws_trouble)s->silence;
    ev.u.silence.owes = owes;
    ev.u.silence.since_ns = s->silent_from_ns;
    ev.u.silence.waited_ns = tws_between(s->silent_from_ns, now);
    ev.u.silence.last_client = s->last[0];
    ev.u.silence.last_gateway = s->last[1];
    ev.u.silence.kernel = *kernel;
    tws_session_others(s, s->silent_from_ns, now, &ev.u.silence.others);
    tws_session_put(s, &ev, now);
}

/* What is found at a silence, and no longer holds when it ends. */
#define OF_THE_PATH (TWS_FACT(ACKED) | TWS_FACT(UNACKED) | TWS_FACT(PATH_DEAD))
#define OF_THE_PEER                                                                                \
    (TWS_FACT(NOT_ACCEPTED) | TWS_FACT(ACCEPTED) | TWS_FACT(GATEWAY_UNREAD) | TWS_FACT(QUEUE_FULL))
#define OF_THE_OWNER                                                                               \
    (TWS_FACT(OWNER_KNOWN) | TWS_FACT(OWNER_JAVA) | TWS_FACT(OWNER_GATEWAY) |                      \
     TWS_FACT(OWNER_RELAY) | TWS_FACT(OWNER_STOPPED) | TWS_FACT(SIBLING) |                         \
     TWS_FACT(IDLE_GATEWAY) | TWS_FACT(NONE_RUNS))

static const tws_facts of_programs[] = {
    [TWS_PROGRAM_OTHER] = 0,
    [TWS_PROGRAM_JAVA] = TWS_FACT(OWNER_JAVA),
    [TWS_PROGRAM_GATEWAY] = TWS_FACT(OWNER_JAVA) | TWS_FACT(OWNER_GATEWAY),
    [TWS_PROGRAM_RELAY] = TWS_FACT(OWNER_RELAY),
};

/* Whose the listener is, or what there is instead of one.  The names are the port's: they are the
 * same for all of its sessions. */
static void note_owner(struct tws_session *s, const struct tws_kernel *k)
{
    s->facts &= ~OF_THE_OWNER;
    if (k->owner.pid || k->sibling) {
        s->port->owner = k->owner;
        s->facts |= of_programs[k->owner.program];
    }
    if (k->owner.pid)
        s->facts |= TWS_FACT(OWNER_KNOWN);
    if (tws_process_stopped(&k->owner))
        s->facts |= TWS_FACT(OWNER_STOPPED);
    if (k->sibling) {
        s->port->sibling = k->sibling;
        s->facts |= TWS_FACT(SIBLING);
    }
    if (k->idle.pid) {
        s->port->idle = k->idle;
        s->facts |= TWS_FACT(IDLE_GATEWAY);
    }
    if (k->all_seen && !k->sibling && !k->idle.pid)
        s->facts |= TWS_FACT(NONE_RUNS);
}

static void note_peer(struct tws_session *s, const struct tws_kernel *k)
{
    s->facts &= ~OF_THE_PEER;
    s->queue = k->queue;
    s->backlog = k->queue_known ? k->backlog : 0;
    if (k->queue_known && k->backlog && k->queue >= k->backlog)
        s->facts |= TWS_FACT(QUEUE_FULL);
    if (!k->peer_known)
        return;
    s->facts |= k->peer_owned ? TWS_FACT(ACCEPTED) : TWS_FACT(NOT_ACCEPTED);
    if (k->peer_owned && k->peer_unread)
        s->facts |= TWS_FACT(GATEWAY_UNREAD);
    s->peer_unread = k->peer_unread;
}

/* What the kernel says when a silence starts is kept: the sockets may be gone at the end. */
void tws_session_ask_kernel(struct tws_session *s, struct tws_kernel *k)
{
    *k = (struct tws_kernel){0};
    if (!s->env->kernel)
        return;
    s->env->kernel(s->env->kernel_ctx, s, k);
    note_peer(s, k);
    note_owner(s, k);
    if (!k->known || !k->upstream_known)
        return;
    s->facts &= ~OF_THE_PATH;
    if (k->unacked == 0)
        s->facts |= TWS_FACT(ACKED);
    else if (k->retransmits > 0)
        s->facts |= TWS_FACT(UNACKED);
    /* A hello is not taken either by a listener whose accept queue is full. */
    if (k->unacked && k->retransmits >= TWS_DEAD_RETRANSMITS && s->stage > TWS_HELLO)
        s->facts |= TWS_FACT(PATH_DEAD);
}

void tws_session_ask_owner(struct tws_session *s)
{
    struct tws_kernel k = {0};

    if (!s->env->kernel)
        return;
    s->env->kernel(s->env->kernel_ctx, s, &k);
    note_owner(s, &k);
}

/* The same from packets, where the edge sees them. */
static void ask_wire(struct tws_session *s, uint64_t now)
{
    struct tws_wire w = {0};

    if (!s->env->wire)
        return;
    s->env->wire(s->env->wire_ctx, s, now, &w);
    if (!w.known || !w.established)
        return;
    s->facts &= ~OF_THE_PATH;
    if (w.client.unacked == 0)
        s->facts |= TWS_FACT(ACKED);
    else if (w.client.retransmits_now > 0)
        s->facts |= TWS_FACT(UNACKED);
}

#define LOOK_LEAST_NS 1000000u /* two looks are at least so far apart */

/* When the kernel is asked again; 0: not any more. */
static uint64_t next_look(const struct tws_session *s, uint64_t now)
{
    uint64_t waited = tws_between(s->silent_from_ns, now);
    uint64_t at = tws_after(now, waited > LOOK_LEAST_NS ? waited : LOOK_LEAST_NS);

    return at == TWS_NEVER ? 0 : at;
}

static void begin(struct tws_session *s, const struct tws_debt *d, uint64_t now)
{
    struct tws_kernel kernel;

    s->silence = (uint8_t)d->trouble;
    s->silent_owes = (uint8_t)d->owes;
    s->silent_from_ns = d->since_ns;
    s->silent_serial = d->quiet && d->request ? d->request->serial : 0;
    s->env->summary.silences++;
    if (d->trouble == TWS_HELLO_UNANSWERED)
        tws_case_unanswered(s, now);
    tws_session_stand(s);
    tws_session_keep_others(s, d->since_ns, now);
    tws_session_ask_kernel(s, &kernel);
    ask_wire(s, now);
    put_silence(s, TWS_EV_SILENCE, d->owes, &kernel, now);
    tws_session_say(s, now);
    if (s->env->kernel)
        s->look_ns = next_look(s, now);
}

/* While a silence stands the kernel is asked again, each time after twice as long: a queue fills,
 * a process that was stopped goes on.  What it says is told when it has changed. */
static void look_again(struct tws_session *s, uint64_t now)
{
    const tws_facts kept = OF_THE_PATH | OF_THE_PEER | OF_THE_OWNER;
    tws_facts before = s->facts & kept;
    struct tws_kernel kernel;

    tws_session_ask_kernel(s, &kernel);
    s->look_ns = next_look(s, now);
    if ((s->facts & kept) != before)
        tws_session_say(s, now);
}

void tws_session_recovered(struct tws_session *s, uint64_t now)
{
    static const struct tws_kernel unknown;
    uint64_t waited = tws_between(s->silent_from_ns, now);

    if (waited > s->longest_silence_ns)
        s->longest_silence_ns = waited;
    s->env->summary.recovered++;
    put_silence(s, TWS_EV_RECOVERED, (enum tws_side)s->silent_owes, &unknown, now);
    if (s->silence == TWS_LIVE_GATEWAY_QUIET)
        tws_session_rhythm_anew(s);
    s->silence = TWS_TROUBLE_NONE;
    s->others_kept = false;
    s->look_ns = 0;
    s->facts &= ~(OF_THE_PATH | OF_THE_PEER | OF_THE_OWNER);
    tws_session_stand(s);
}

/* The deadline `at` has come. */
static void pass(struct tws_session *s, uint64_t at)
{
    struct tws_debt d;

    s->deadline_ns = 0;
    if (s->how_closed != TWS_OPEN_STILL)
        return;
    if (s->silence && s->look_ns) {
        if (s->look_ns <= at)
            look_again(s, at);
        s->deadline_ns = s->look_ns;
    }
    if (!tws_session_debt(s, &d))
        return;
    if (d.due_ns > at) {
        tws_session_due(s, d.due_ns);
        return;
    }
    if (d.request && !d.quiet) {
        uint64_t next;

        tws_requests_report(&s->requests, s->env, at);
        next = tws_requests_due(&s->requests, s->env);
        if (next)
            tws_session_due(s, next);
    }
    if (s->silence)
        return;
    if (d.due_ns > s->now_ns) /* dated when it was due, and never before what was said already */
        s->now_ns = d.due_ns;
    begin(s, &d, s->now_ns);
    if (s->look_ns)
        tws_session_due(s, s->look_ns);
}

void tws_session_tick(struct tws_session *s, uint64_t now)
{
    now = tws_moment(now);
    while (s->deadline_ns && s->deadline_ns <= now)
        pass(s, s->deadline_ns);
    if (now > s->now_ns)
        s->now_ns = now;
}
