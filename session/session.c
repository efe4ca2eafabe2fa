/* session.c - the entry: both directions of a connection, time, and the end. */
#include "session.h"
#include "client_checks.h"
#include "deadline.h"
#include "debt.h"
#include "emit.h"
#include "gateway_errors.h"
#include "ids.h"
#include "kernel_facts.h"
#include "last_served.h"
#include "loss.h"
#include "refusal.h"
#include "rhythm.h"
#include "silence.h"
#include "stage.h"
#include "standing.h"
#include "verdict.h"
#include "version.h"
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof(struct tws_digest) >= sizeof(XXH64_state_t), "a digest's state fits");
_Static_assert(sizeof(struct tws_session) <= 1024, "an idle connection stays small");

#define SECOND_NS 1000000000ull

static unsigned place(enum tws_side side)
{
    return side == TWS_GATEWAY;
}

/* ---- beginning ---- */

void tws_session_open(struct tws_session *s, struct tws_env *env, struct tws_port *port,
                      const struct tws_opening *opening, uint64_t now)
{
    void (*init)(struct tws_stream *, enum tws_side, uint32_t) =
        opening->midstream ? tws_stream_init_midstream : tws_stream_init;
    struct tws_event ev;
    void *owner = s->owner;

    now = tws_moment(now);
    *s = (struct tws_session){
        .env = env,
        .port = port,
        .owner = owner,
        .conn = opening->conn,
        .midstream = opening->midstream,
        .stage = TWS_TCP,
        .owes = (uint8_t)tws_stage_owes(TWS_TCP),
        .client_id = -1,
        .opened_ns = now,
        .stage_ns = now,
        .now_ns = now,
        .client = *opening->client,
        .gateway = *opening->gateway,
    };
    init(&s->stream[0], TWS_CLIENT, env->max_frame);
    init(&s->stream[1], TWS_GATEWAY, env->max_frame);
    if (env->digests) {
        for (int i = 0; i < 2; i++)
            XXH64_reset((XXH64_state_t *)(void *)&s->digest[i], 0);
    }
    s->slept_s = env->slept ? (uint32_t)(env->slept() / SECOND_NS) : 0;
    tws_port_join(port, &s->link, now);
    env->summary.connections++;
    tws_deadline_by(s, tws_after(now, env->timing.handshake_ns));
    if (!tws_emit_wanted(s, TWS_EV_OPEN))
        return;
    ev = (struct tws_event){.kind = TWS_EV_OPEN};
    ev.u.open.client = s->client;
    ev.u.open.gateway = s->gateway;
    ev.u.open.midstream = s->midstream;
    tws_emit(s, &ev, now);
}

/* ---- time ---- */

static void put_verdict(struct tws_session *s, const struct tws_verdict *v, uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_VERDICT};

    ev.u.verdict = v;
    tws_emit(s, &ev, now);
}

/* Emit an unsolicited verdict. */
static void say(struct tws_session *s, uint64_t now)
{
    struct tws_verdict v;

    if (!tws_emit_wanted(s, TWS_EV_VERDICT))
        return;
    tws_verdict_make(s, false, now, &v);
    put_verdict(s, &v, now);
}

static void pass(struct tws_session *s, uint64_t at)
{
    s->deadline_ns = 0;
    if (tws_silence_look_again(s, at))
        say(s, at);
    if (tws_silence_pass(s, at))
        say(s, s->now_ns);
}

void tws_session_tick(struct tws_session *s, uint64_t now)
{
    now = tws_moment(now);
    while (s->deadline_ns && s->deadline_ns <= now)
        pass(s, s->deadline_ns);
    if (now > s->now_ns)
        s->now_ns = now;
}

/* The time of a call: never before that of the last one, nor behind the last that there is; what
 * was due until then is passed. */
static inline uint64_t come_to(struct tws_session *s, uint64_t now)
{
    if (now < s->now_ns)
        now = s->now_ns;
    if (now > TWS_TIME_LAST)
        now = TWS_TIME_LAST;
    if (s->deadline_ns - 1 < now) /* never for 0, no deadline */
        tws_session_tick(s, now);
    s->now_ns = now;
    return now;
}

/* ---- stages ---- */

static void put_stage(struct tws_session *s, uint64_t took, uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, TWS_EV_STAGE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_STAGE};
    ev.u.stage.stage = (enum tws_stage)s->stage;
    ev.u.stage.took_ns = took;
    ev.u.stage.hello_min = s->hello_min;
    ev.u.stage.hello_max = s->hello_max;
    ev.u.stage.server_version = s->server_version;
    ev.u.stage.client_id = s->client_id;
    tws_emit(s, &ev, now);
}

static void enter(struct tws_session *s, enum tws_stage stage, uint64_t now)
{
    s->stage = (uint8_t)stage;
    s->stages |= (uint8_t)(1u << stage);
    s->owes = (uint8_t)tws_stage_owes(stage);
    s->stage_ns = now;
}

/* Something new was seen: go on as far as the stages allow. */
static void advance(struct tws_session *s, tws_facts seen, uint64_t now)
{
    enum tws_stage next;

    s->facts |= seen;
    while ((next = tws_stage_next((enum tws_stage)s->stage, s->facts)) != TWS_STAGE_NONE) {
        uint64_t took = tws_between(s->stage_ns, now);

        if (s->silence && s->stage < TWS_READY)
            tws_silence_recovered(s, now);
        enter(s, next, now);
        s->stage_us[next] = took / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(took / 1000);
        if (next == TWS_READY) {
            s->ready_ns = now;
            s->facts &= ~TWS_FACT(FRAMING); /* odd or not, the gateway understood */
        }
        put_stage(s, took, now);
        tws_standing_update(s);
        tws_deadline_by(s, next >= TWS_READY ? now : tws_after(now, s->env->timing.handshake_ns));
    }
}

/* ---- what was not seen ---- */

/* What was seen proves that `stage` was reached before: go there without a word. */
static void must_have_been(struct tws_session *s, enum tws_stage stage, uint64_t now)
{
    static const tws_facts before[TWS_STAGES] = {
        [TWS_HELLO] = TWS_FACT(HELLO),
        [TWS_VERSION] = TWS_FACT(HELLO) | TWS_FACT(VERSION),
        [TWS_START] = TWS_FACT(HELLO) | TWS_FACT(VERSION) | TWS_FACT(STARTAPI),
        [TWS_LIVE] = TWS_FACT(HELLO) | TWS_FACT(VERSION) | TWS_FACT(STARTAPI) | TWS_FACT(NEXT_ID) |
                     TWS_FACT(ACCOUNTS) | TWS_FACT(REQUEST),
    };

    if (s->stage >= stage)
        return;
    if (s->silence)
        tws_silence_recovered(s, now);
    s->facts |= before[stage];
    s->stage = (uint8_t)stage;
    s->owes = (uint8_t)tws_stage_owes(stage);
    s->stage_ns = now;
}

/* The handshake lies behind: nobody saw when it ended. */
static void must_be_live(struct tws_session *s, uint64_t now)
{
    uint64_t took = tws_between(s->stage_ns, now);

    must_have_been(s, TWS_LIVE, now);
    s->stages |= 1u << TWS_LIVE;
    put_stage(s, took, now);
    tws_standing_update(s);
    tws_deadline_by(s, now);
}

/* A client's frame in a handshake that was not wholly seen.  startApi proves a version reply; any
 * other frame that the handshake is over, if startApi or the welcome can have been lost. */
static void catch_up_client(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    bool no_reply = s->midstream || s->lost_ns[1];

    if (m->id == TWS_OUT_START_API) {
        if (no_reply || s->lost_ns[0])
            must_have_been(s, TWS_VERSION, now);
    } else if (s->midstream || s->lost_ns[0] || (s->facts & TWS_FACT(STARTAPI))) {
        must_be_live(s, now);
    }
}

/* The same for the gateway.  Before the first half of a welcome was startApi.  While the welcome is
 * awaited orders may come first; they prove nothing. */
static void catch_up_gateway(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    bool half = m->id == TWS_IN_NEXT_VALID_ID || m->id == TWS_IN_MANAGED_ACCOUNTS;

    if (s->stage == TWS_START || !m->row)
        return;
    if (s->stage == TWS_TCP || (!half && m->id != TWS_IN_ERROR))
        must_be_live(s, now);
    else if (half)
        must_have_been(s, TWS_START, now);
}

static void read_layouts_of(struct tws_session *s, uint32_t version)
{
    s->layout_version = version;
    for (int i = 0; version && i < 2; i++)
        s->stream[i].ids = version >= TWS_RAW_ID_SINCE ? TWS_IDS_RAW : TWS_IDS_TEXT;
}

/* What this message says of the version; it is read anew when that changes how. */
static void infer_version(struct tws_session *s, struct tws_cursor payload, struct tws_message *m)
{
    uint32_t layout;

    if (!tws_loss_blind(s) || (s->facts & TWS_FACT(REDIRECT)))
        return;
    tws_version_narrow(&s->versions, m);
    if (s->versions.min && s->versions.min == s->versions.max)
        s->server_version = s->versions.min;
    layout = tws_version_layout(&s->versions);
    if (layout == s->layout_version)
        return;
    read_layouts_of(s, layout);
    tws_message_open(m->dir, layout, payload, m);
}

/* The answer to the handshake, after the client has left: slow, not deaf. */
static void note_late(struct tws_session *s, uint64_t now)
{
    if (s->first_closed != TWS_CLIENT || (s->facts & TWS_FACT(LATE)))
        return;
    s->facts |= TWS_FACT(LATE);
    s->late_ns = tws_between(s->closed_ns, now);
}

/* ---- frames ---- */

struct seen { /* a frame as shown to the sink */
    enum tws_form form;
    struct tws_cursor payload;
    const struct tws_message *message;
    const struct tws_hello *hello;
    const struct tws_version_reply *version;
};

static void put_frame(const struct tws_session *s, unsigned i, uint64_t n, struct seen f,
                      uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_FRAME};

    ev.u.frame.dir = i ? TWS_GATEWAY : TWS_CLIENT;
    ev.u.frame.n = n;
    ev.u.frame.form = f.form;
    ev.u.frame.guessed = !s->server_version;
    ev.u.frame.payload = f.payload;
    ev.u.frame.message = f.message;
    ev.u.frame.hello = f.hello;
    ev.u.frame.version = f.version;
    tws_emit(s, &ev, now);
}

static void version_reply(struct tws_session *s, const struct tws_version_reply *v,
                          struct tws_cursor payload, uint64_t now)
{
    tws_facts seen = TWS_FACT(VERSION);

    s->last[1].id = 0;
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 1, s->frames[1],
                  (struct seen){.form = TWS_FORM_VERSION, .payload = payload, .version = v}, now);
    s->version_last_ns = now;
    if (v->redirect)
        seen |= TWS_FACT(REDIRECT);
    else
        s->server_version = (uint32_t)v->server_version;
    read_layouts_of(s, s->server_version);
    if (s->stage == TWS_TCP && tws_loss_blind(s))
        must_have_been(s, TWS_HELLO, now);
    if (s->stage == TWS_HELLO)
        note_late(s, now);
    tws_port_answered(s->port, &s->link, s->conn, now);
    tws_last_served_this(s, now);
    advance(s, seen, now);
}

/* Does a comma list name at least one account? */
static bool names_an_account(struct tws_cursor list)
{
    for (size_t i = 0; i < list.left; i++) {
        if (list.p[i] != ',' && list.p[i] != ' ')
            return true;
    }
    return false;
}

static void welcome(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    struct tws_value v;
    tws_facts seen = TWS_FACT(NEXT_ID);

    if (m->id == TWS_IN_MANAGED_ACCOUNTS) {
        bool named = tws_message_find(m, TWS_ACCOUNTS, &v) && names_an_account(v.text);

        seen = named ? TWS_FACT(ACCOUNTS) : TWS_FACT(ACCOUNTS_EMPTY);
    }
    if (s->stage == TWS_START && !(s->facts & seen))
        note_late(s, now);
    advance(s, seen, now);
}

/* One of the subscriptions is over, cancelled or turned down: that one is missed is no fault, and
 * what is left has a rhythm of its own.  After the last one the rhythm is kept, for the words. */
static void stream_ended(struct tws_session *s)
{
    if (s->silence != TWS_LIVE_GATEWAY_QUIET && tws_requests_streaming(&s->requests))
        s->stream_from_ns = 0;
}

static void answered(struct tws_session *s, const struct tws_message *m, struct tws_cursor payload,
                     uint64_t now)
{
    uint32_t before = s->requests.n, streams_ended = s->requests.streams_ended;
    uint64_t streamed = s->requests.streamed;

    tws_requests_answered(&s->requests, s->env, s->conn, m, payload, now);
    if (s->requests.n < before && (s->facts & TWS_FACT(OWED_AT_CLOSE)))
        note_late(s, now);
    if (s->requests.streams_ended != streams_ended)
        stream_ended(s);
    else if (s->requests.n < before && s->requests.streamed == streamed)
        tws_rhythm_proven(s, now);
    tws_session_refusal_narrow(s, now);
}

static void count_faults(struct tws_session *s, uint32_t faults)
{
    s->env->summary.odd_frames++;
    if (faults & TWS_FAULT_UNKNOWN_ID)
        s->env->summary.unknown_ids++;
}

/* Where frames were lost, a message of two fields must not be taken for the reply. */
static bool is_version_reply(const struct tws_session *s, struct tws_cursor payload,
                             struct tws_version_reply *v)
{
    return tws_version_reply_read(payload, v) &&
           (!tws_loss_blind(s) || tws_shape_version(payload, payload.left) == TWS_GRADE_STRONG);
}

/* Hot path, and so apart from all that a frame of another kind may lead to: one that begins like an
 * earlier one, if nobody wants to see it. */
static inline bool like_before(struct tws_session *s, struct tws_cursor payload, uint64_t now)
{
    int32_t id;

    s->last[1].n = ++s->frames[1];
    s->last[1].ts_ns = now;
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        return false;
    id = tws_requests_again(&s->requests, payload, now);
    if (id)
        s->last[1].id = id;
    return id != 0;
}

static void error_message(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    struct tws_value id, code, text;
    bool asked = s->requests.n > 0;

    tws_gateway_errors_note(s, m, now);
    if (!asked || !tws_message_find(m, TWS_REQUEST_ID, &id) || id.integer != -1 ||
        !tws_message_find(m, TWS_ERROR_CODE, &code))
        return;
    if (!tws_message_find(m, TWS_ERROR_TEXT, &text))
        text.text = (struct tws_cursor){NULL, 0};
    tws_session_refused(s, code.integer, text.text, now);
}

/* A frame that like_before has counted. */
static void gateway_frame(struct tws_session *s, struct tws_cursor payload, uint64_t now)
{
    struct tws_version_reply v;
    struct tws_message m;
    bool shown = tws_emit_wanted(s, TWS_EV_FRAME);

    if (!(s->facts & TWS_FACT(VERSION)) && is_version_reply(s, payload, &v)) {
        version_reply(s, &v, payload, now);
        return;
    }
    tws_message_open(TWS_GATEWAY, s->layout_version, payload, &m);
    if (!s->server_version)
        infer_version(s, payload, &m);
    s->last[1].id = m.id;
    if (m.faults)
        count_faults(s, m.faults);
    if (shown)
        put_frame(s, 1, s->frames[1],
                  (struct seen){.form = m.form, .payload = payload, .message = &m}, now);
    if (s->stage < TWS_READY && tws_loss_blind(s))
        catch_up_gateway(s, &m, now);
    if (m.id == TWS_IN_ERROR)
        error_message(s, &m, now);
    else if ((m.id == TWS_IN_NEXT_VALID_ID || m.id == TWS_IN_MANAGED_ACCOUNTS) &&
             s->stage < TWS_READY)
        welcome(s, &m, now);
    if (tws_requests_await(&s->requests, m.id))
        answered(s, &m, payload, now);
}

static void start_api(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    struct tws_value v;

    if (tws_message_find(m, TWS_CLIENT_ID, &v))
        s->client_id = v.integer;
    else if (m->form == TWS_FORM_PROTOBUF)
        s->client_id = 0; /* protobuf leaves a zero out */
    advance(s, TWS_FACT(STARTAPI), now);
}

static void request(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    uint32_t streams_ended = s->requests.streams_ended;
    bool held = tws_stream_held(&s->stream[0]); /* when it was sent, and what came since, is gone */

    if (!held)
        tws_client_checks_pace(s, m, now);
    if (m->id == TWS_OUT_REQ_CURRENT_TIME && !held)
        tws_client_checks_time(s, now);
    tws_client_checks_deaf(s, m, now);
    if (tws_requests_sent(&s->requests, s->env, s->conn, m, now)) {
        struct tws_request *q = &s->requests.open[s->requests.n - 1];

        if (tws_request_is_stream(q)) {
            s->facts &= ~TWS_FACT(DATA_LOST);
            if (!tws_requests_streaming(&s->requests))
                s->stream_from_ns = 0;
        }
        q->excused = held;
        tws_deadline_by(s, tws_after(now, tws_request_allowance(q, s->env)));
        if (m->id == TWS_OUT_REQ_CURRENT_TIME && !held) /* may move q */
            tws_requests_throttled(&s->requests, s->env, s->conn, s->facts & TWS_FACT(TIME_TWICE),
                                   now);
    }
    if (s->requests.streams_ended != streams_ended)
        stream_ended(s);
    advance(s, TWS_FACT(REQUEST), now);
}

static void client_frame(struct tws_session *s, struct tws_cursor payload, uint64_t now)
{
    struct tws_message m;

    s->last[0].n = ++s->frames[0];
    s->last[0].ts_ns = now;
    s->last[0].hello = false;
    tws_message_open(TWS_CLIENT, s->layout_version, payload, &m);
    if (!s->server_version)
        infer_version(s, payload, &m);
    s->last[0].id = m.id;
    if (m.faults) {
        count_faults(s, m.faults);
        if (m.faults & TWS_FAULT_FRAMING)
            s->facts |= TWS_FACT(FRAMING);
    }
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 0, s->frames[0],
                  (struct seen){.form = m.form, .payload = payload, .message = &m}, now);
    if (s->stage < TWS_READY && tws_loss_blind(s))
        catch_up_client(s, &m, now);
    if (m.id == TWS_OUT_START_API && !(s->facts & TWS_FACT(STARTAPI)))
        start_api(s, &m, now);
    else if (s->facts & TWS_FACT(STARTAPI))
        request(s, &m, now);
    tws_client_checks_fields(s, &m);
}

/* ---- what is not a frame ---- */

static void hello(struct tws_session *s, const struct tws_item *item, uint64_t now)
{
    s->hello_min = item->hello.min;
    s->hello_max = item->hello.max;
    s->last[0] = (struct tws_last){.ts_ns = now, .hello = true};
    if (s->midstream && s->bytes[1] == 0) { /* it is from the start after all */
        s->midstream = false;
        tws_stream_init(&s->stream[1], TWS_GATEWAY, s->env->max_frame);
    }
    if (item->hello.legacy)
        s->facts |= TWS_FACT(LEGACY);
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 0, 0,
                  (struct seen){
                      .form = TWS_FORM_HELLO, .payload = item->hello.text, .hello = &item->hello},
                  now);
    advance(s, TWS_FACT(HELLO), now);
}

/* The first record of a TLS server that goes along is a handshake; an alert is not. */
static bool tls_handshake(const struct tws_session *s, unsigned i)
{
    return s->foreign[i] == TWS_FOREIGN_TLS && s->first[i][0] == 0x16;
}

static void foreign(struct tws_session *s, unsigned i, enum tws_foreign what)
{
    s->foreign[i] = (uint8_t)what;
    s->facts |= i ? TWS_FACT(GATEWAY_FOREIGN) : TWS_FACT(CLIENT_FOREIGN);
    if (what == TWS_FOREIGN_TLS)
        s->facts |= TWS_FACT(TLS);
    if (tls_handshake(s, 0) && tls_handshake(s, 1))
        s->facts |= TWS_FACT(TLS_BOTH);
}

/* What was not understood: the first bytes of the stream, or the length that lost the framing. */
static struct tws_cursor not_understood(const struct tws_session *s, unsigned i,
                                        const struct tws_item *item, uint8_t length[4])
{
    uint64_t n = s->bytes[i] < TWS_FIRST ? s->bytes[i] : TWS_FIRST;

    if (item->why != TWS_OPAQUE_TOO_LONG && item->why != TWS_OPAQUE_NEGATIVE_LENGTH)
        return (struct tws_cursor){s->first[i], (size_t)n};
    for (int k = 0; k < 4; k++)
        length[k] = (uint8_t)(item->length >> (24 - 8 * k));
    return (struct tws_cursor){length, 4};
}

static void opaque(struct tws_session *s, unsigned i, const struct tws_item *item, uint64_t now)
{
    struct tws_event ev;
    uint8_t length[4];

    s->env->summary.opaque++;
    if (item->why == TWS_OPAQUE_FOREIGN)
        foreign(s, i, item->foreign);
    if (item->why == TWS_OPAQUE_LEGACY && i == 0) {
        s->facts |= TWS_FACT(LEGACY);
        tws_stream_give_up(&s->stream[1], TWS_OPAQUE_LEGACY);
    }
    if (!tws_emit_wanted(s, TWS_EV_OPAQUE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_OPAQUE};
    ev.u.opaque.dir = i ? TWS_GATEWAY : TWS_CLIENT;
    ev.u.opaque.why = item->why;
    ev.u.opaque.foreign = item->foreign;
    ev.u.opaque.length = item->length;
    ev.u.opaque.first = not_understood(s, i, item, length);
    tws_emit(s, &ev, now);
}

/* ---- what was lost ---- */

/* Bytes of side `i` were lost until now: what was said there is not known, and what was owed may
 * have been paid, or taken back. */
static void lose(struct tws_session *s, unsigned i, uint64_t now)
{
    s->lost_ns[i] = now;
    if (i)
        tws_gateway_errors_forget(s);
    tws_requests_excuse(&s->requests);
}

static void put_gap(const struct tws_session *s, unsigned i, const struct tws_item *gap, bool found,
                    uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, TWS_EV_GAP))
        return;
    ev = (struct tws_event){.kind = TWS_EV_GAP};
    ev.u.gap.dir = i ? TWS_GATEWAY : TWS_CLIENT;
    ev.u.gap.missing = gap->missing;
    ev.u.gap.skipped = gap->skipped;
    ev.u.gap.found = found;
    tws_emit(s, &ev, now);
}

/* ---- bytes ---- */

/* The rhythm in which subscriptions are served, chunk by chunk. */
static void note_stream(struct tws_session *s, uint64_t now)
{
    if (!s->stream_from_ns) {
        s->stream_from_ns = now;
        s->stream_gap_ns = 0;
        s->stream_reads = 0;
    } else if (tws_between(s->stream_last_ns, now) > s->stream_gap_ns) {
        s->stream_gap_ns = tws_between(s->stream_last_ns, now);
    }
    s->stream_reads++;
    s->stream_last_ns = now;
    tws_deadline_by(
        s, tws_after(now, s->env->timing.request_ns)); /* then it is looked at, not before */
}

static void before_version(struct tws_session *s, uint64_t now)
{
    if (!s->version_pieces++)
        s->version_first_ns = now;
}

static void keep_first(struct tws_session *s, unsigned i, struct tws_cursor in)
{
    size_t have = (size_t)s->bytes[i], room = TWS_FIRST - have;

    memcpy(s->first[i] + have, in.p, in.left < room ? in.left : room);
}

static void other_item(struct tws_session *s, unsigned i, const struct tws_item *item, uint64_t now)
{
    switch (item->kind) {
    case TWS_ITEM_HELLO:
        hello(s, item, now);
        break;
    case TWS_ITEM_OPAQUE:
        opaque(s, i, item, now);
        break;
    case TWS_ITEM_GAP:
        put_gap(s, i, item, true, now);
        lose(s, i, now);
        break;
    case TWS_ITEM_FRAME:
        break;
    }
}

static inline void pull(struct tws_session *s, unsigned i, uint64_t now)
{
    struct tws_item item;

    while (tws_stream_next(&s->stream[i], &item) == TWS_STREAM_ITEM) {
        if (item.kind != TWS_ITEM_FRAME)
            other_item(s, i, &item, now);
        else if (!i)
            client_frame(s, item.payload, now);
        else if (!like_before(s, item.payload, now))
            gateway_frame(s, item.payload, now);
    }
}

/* Nothing follows what has come from side `i`, or a hole does. */
static void pull_last(struct tws_session *s, unsigned i, uint64_t now)
{
    tws_stream_end(&s->stream[i]);
    tws_stream_feed(&s->stream[i], (struct tws_cursor){NULL, 0});
    pull(s, i, now);
}

void tws_session_bytes(struct tws_session *s, enum tws_side side, const void *bytes, size_t len,
                       uint64_t now)
{
    unsigned i = place(side);
    struct tws_cursor in = {bytes, len};
    uint64_t streamed = s->requests.streamed;

    if (!len)
        return;
    now = come_to(s, now);
    if (s->bytes[i] < TWS_FIRST)
        keep_first(s, i, in);
    s->bytes[i] += len;
    if (i)
        s->run = tws_between(s->last_bytes_ns[1], now) < SECOND_NS ? s->run + (uint32_t)len
                                                                   : (uint32_t)len;
    s->last_bytes_ns[i] = now;
    if (s->env->digests)
        XXH64_update((XXH64_state_t *)(void *)&s->digest[i], bytes, len);
    if (s->stream[i].opaque != TWS_OPAQUE_NOT)
        return;
    if (i) {
        if (!(s->facts & TWS_FACT(VERSION)))
            before_version(s, now);
        else if (s->stage >= TWS_READY)
            tws_port_live_byte(s->port, s->conn, now);
    }
    tws_stream_feed(&s->stream[i], in);
    pull(s, i, now);
    if (tws_stream_searching(&s->stream[i])) {
        tws_stream_flushed(&s->stream[i]);
        pull(s, i, now);
    }
    if (!i)
        return;
    if (s->requests.streamed != streamed)
        note_stream(s, now);
    if (s->silence && s->stage >= TWS_READY && !tws_requests_reported(&s->requests) &&
        tws_rhythm_heard(s))
        tws_silence_recovered(s, now);
}

void tws_session_gap(struct tws_session *s, enum tws_side side, uint64_t missing, uint64_t now)
{
    unsigned i = place(side);
    struct tws_item gap = {.missing = missing};

    if (s->finished)
        return;
    now = come_to(s, now);
    s->gaps++;
    s->missing[i] += missing;
    s->env->summary.gaps++;
    s->env->summary.missing += missing;
    pull_last(s, i, now);
    if (s->silence && s->silent_owes == side) /* it has spoken, whatever it said */
        tws_silence_recovered(s, now);
    lose(s, i, now);
    if (s->stream[i].opaque != TWS_OPAQUE_NOT)
        put_gap(s, i, &gap, false, now);
    tws_stream_gap(&s->stream[i], missing);
    pull(s, i, now);
}

void tws_session_lost(struct tws_session *s, uint64_t now)
{
    if (s->finished)
        return;
    now = come_to(s, now);
    s->packets_lost = true;
    lose(s, 0, now);
    lose(s, 1, now);
}

void tws_session_dialing(struct tws_session *s, bool dialing, uint64_t now)
{
    now = come_to(s, now);
    if (dialing) {
        s->facts |= TWS_FACT(DIALING);
        return;
    }
    if (!(s->facts & TWS_FACT(DIALING)))
        return;
    s->facts &= ~TWS_FACT(DIALING);
    if (s->stage > TWS_HELLO)
        return;
    if (s->silence == TWS_TCP_CONNECT)
        tws_silence_recovered(s, now);
    s->stage_ns = now; /* the gateway's time begins here */
    tws_deadline_by(s, tws_after(now, s->env->timing.handshake_ns));
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
        tws_deadline_by(s, tws_after(since, s->env->timing.request_ns));
    else if (s->silence == TWS_LIVE_CLIENT_NOT_READING ||
             (s->silence == TWS_LIVE_GATEWAY_QUIET && before == TWS_STALL_PATH))
        tws_silence_recovered(s, s->now_ns);
    if (what == TWS_STALL_NONE) /* what it hid has its own time */
        tws_deadline_by(s, s->now_ns);
}

/* ---- the end ---- */

/* Port-wide consequences of the first ending. */
static void tell_port(struct tws_session *s, enum tws_side side, enum tws_ending how, uint64_t now)
{
    if (how == TWS_REFUSED)
        s->port->refused_last_ns = now;
    else if (side == TWS_GATEWAY && (how == TWS_FIN || how == TWS_RST))
        tws_port_closed(s->port, s->conn, s->bytes[1] == 0 && !s->midstream && !s->lost_ns[1], now);
    if (side == TWS_CLIENT && s->stage >= TWS_HELLO &&
        tws_between(s->opened_ns, now) <= TWS_VISIT_NS)
        tws_port_visit(s->port, &s->client, now);
    if (s->stage == TWS_HELLO && !tws_loss_hides(s, TWS_GATEWAY, s->stage_ns) &&
        tws_between(s->stage_ns, now) >= TWS_PATIENCE_NS && how != TWS_REFUSED &&
        how != TWS_UNREACHABLE && !(s->facts & TWS_FACT(DIALING)))
        tws_last_served_not(s, now);
}

void tws_session_closed(struct tws_session *s, enum tws_side side, enum tws_ending how,
                        const char *reason, uint64_t now)
{
    struct tws_debt d;
    uint64_t since;

    if (s->finished)
        return;
    now = come_to(s, now);
    for (unsigned i = 0; i < 2; i++) {
        if (how != TWS_FIN || i == place(side))
            pull_last(s, i, now);
    }
    if (s->how_closed != TWS_OPEN_STILL) {
        if (!s->reason) /* why the observer ended what the first side had only half closed */
            s->reason = reason;
        return;
    }
    s->first_closed = (uint8_t)(how == TWS_END_OF_CAPTURE ? TWS_NOBODY : side);
    s->how_closed = (uint8_t)how;
    s->stage_at_close = s->stage;
    s->closed_ns = now;
    s->reason = reason;
    s->deadline_ns = 0;
    since = s->stage < TWS_READY ? s->stage_ns : s->opened_ns;
    if (tws_debt_find(s, &d)) {
        since = d.since_ns;
        /* Many clients give up before we do: what the kernel says is to be had now or never. */
        if (side == TWS_CLIENT && how != TWS_END_OF_CAPTURE && !s->silence &&
            now - since >= TWS_PATIENCE_NS)
            tws_kernel_facts_ask(s, &(struct tws_kernel){0});
        if (s->stage >= TWS_READY && d.due_ns <= now)
            s->facts |= TWS_FACT(OWED_AT_CLOSE);
    }
    if (side == TWS_GATEWAY && s->bytes[1] == 0 && how != TWS_END_OF_CAPTURE)
        tws_kernel_facts_ask_owner(s); /* whose door was it that shut, or why is there none? */
    if (how != TWS_END_OF_CAPTURE)
        tws_standing_keep(s, since, now);
    tell_port(s, side, how, now);
    tws_standing_update(s);
}

void tws_session_verdict(struct tws_session *s, uint64_t now, struct tws_verdict *out)
{
    now = tws_moment(now);
    tws_verdict_make(s, s->finished, now > s->now_ns ? now : s->now_ns, out);
}

void tws_session_ask(struct tws_session *s, uint64_t now)
{
    struct tws_verdict v;

    now = come_to(s, now);
    if (!tws_emit_wanted(s, TWS_EV_VERDICT))
        return;
    tws_verdict_make(s, false, now, &v);
    v.asked = true;
    put_verdict(s, &v, now);
}

static uint64_t digest_of(const struct tws_session *s, unsigned i)
{
    return s->env->digests ? XXH64_digest((const XXH64_state_t *)(const void *)&s->digest[i]) : 0;
}

static void put_close(struct tws_session *s, uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, TWS_EV_CLOSE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_CLOSE};
    ev.u.close.by = (enum tws_side)s->first_closed;
    ev.u.close.how = (enum tws_ending)s->how_closed;
    ev.u.close.reason = s->reason;
    ev.u.close.bytes_client = s->bytes[0];
    ev.u.close.bytes_gateway = s->bytes[1];
    ev.u.close.frames_client = s->frames[0];
    ev.u.close.frames_gateway = s->frames[1];
    ev.u.close.digest_client = digest_of(s, 0);
    ev.u.close.digest_gateway = digest_of(s, 1);
    ev.u.close.lasted_ns = tws_between(s->opened_ns, now);
    tws_emit(s, &ev, now);
}

static void count(struct tws_session *s, const struct tws_verdict *v)
{
    struct tws_summary *sum = &s->env->summary;

    sum->frames_client += s->frames[0];
    sum->frames_gateway += s->frames[1];
    sum->bytes_client += s->bytes[0];
    sum->bytes_gateway += s->bytes[1];
    if (tws_verdict_is_probe(v))
        sum->probes++;
    else if (v->stage == TWS_TROUBLE_NONE)
        sum->healthy++;
    else
        sum->troubled++;
}

/* Frames that were not found again until the end. */
static void put_unfound(struct tws_session *s, uint64_t now)
{
    struct tws_item gap;

    for (unsigned i = 0; i < 2; i++) {
        if (s->stream[i].opaque == TWS_OPAQUE_NOT &&
            tws_stream_unfound(&s->stream[i], &gap.missing, &gap.skipped))
            put_gap(s, i, &gap, false, now);
    }
}

void tws_session_finish(struct tws_session *s, uint64_t now)
{
    struct tws_verdict v;

    if (s->finished)
        return;
    tws_session_closed(s, TWS_NOBODY, TWS_END_OF_CAPTURE, NULL, now);
    now = s->now_ns;
    put_unfound(s, now);
    s->finished = true;
    tws_verdict_make(s, true, now, &v); /* while the open requests are still known */
    tws_requests_finish(&s->requests, s->env, s->conn, now);
    put_close(s, now);
    if (tws_emit_wanted(s, TWS_EV_VERDICT))
        put_verdict(s, &v, now);
    count(s, &v);
    s->port->count[s->link.standing]--;
    tws_last_served_gone(s);
    free(s->upstream);
    s->upstream = NULL;
    tws_client_checks_free(s);
    tws_stream_free(&s->stream[0]);
    tws_stream_free(&s->stream[1]);
}
