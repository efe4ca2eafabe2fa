/* frames.c - what the frames of both sides, and the bytes that are no frames, mean for the session.
 */
#include "frames.h"
#include "catch_up.h"
#include "client_checks.h"
#include "deadline.h"
#include "emit.h"
#include "ending.h"
#include "gateway_errors.h"
#include "handshake.h"
#include "ids.h"
#include "last_served.h"
#include "loss.h"
#include "refusal.h"
#include "rhythm.h"

struct seen { /* a frame as shown to the sink */
    enum tws_form form;
    struct tws_cursor payload;
    const struct tws_message *message;
    const struct tws_hello *hello;
    const struct tws_version_reply *version;
};

static enum tws_side side_of(unsigned i)
{
    return i ? TWS_GATEWAY : TWS_CLIENT;
}

/* Where the frame that was pulled last is in its stream. */
static struct tws_place place_of(const struct tws_session *s, unsigned i, const struct seen *f)
{
    struct tws_item item = {.kind = f->form == TWS_FORM_HELLO ? TWS_ITEM_HELLO : TWS_ITEM_FRAME,
                            .payload = f->payload};

    return tws_conversation_place(&s->conversation, side_of(i), &item);
}

static void put_frame(const struct tws_session *s, unsigned i, uint64_t n, struct seen f,
                      uint64_t now)
{
    struct tws_place place = place_of(s, i, &f);
    struct tws_event ev; /* all members of a frame are set: the rest is large, and of other kinds */

    ev.kind = TWS_EV_FRAME;
    ev.u.frame.dir = i ? TWS_GATEWAY : TWS_CLIENT;
    ev.u.frame.n = n;
    ev.u.frame.form = f.form;
    ev.u.frame.guessed = !s->conversation.reading.server_version;
    ev.u.frame.offset = place.offset;
    ev.u.frame.wire_len = (uint32_t)place.len;
    ev.u.frame.payload = f.payload;
    ev.u.frame.message = f.message;
    ev.u.frame.hello = f.hello;
    ev.u.frame.version = f.version;
    ev.u.frame.marks = NULL;
    tws_emit(s, &ev, now);
}

static void version_reply(struct tws_session *s, const struct tws_version_reply *v,
                          struct tws_cursor payload, uint64_t now)
{
    tws_seen_bits seen = TWS_SAW(VERSION);

    s->last[1].id = 0;
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 1, s->frames[1],
                  (struct seen){.form = TWS_FORM_VERSION, .payload = payload, .version = v}, now);
    tws_handshake_version_whole(s, now);
    if (v->redirect)
        seen |= TWS_SAW(REDIRECT);
    if (s->stage == TWS_TCP && tws_loss_blind(s))
        tws_handshake_assume(s, TWS_HELLO, now);
    if (s->stage == TWS_HELLO)
        tws_ending_late(s, now);
    tws_port_answered(s->port, &s->link, s->conn, now);
    tws_last_served_this(s, now);
    tws_handshake_advance(s, seen, now);
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
    tws_seen_bits seen = TWS_SAW(NEXT_ID);

    if (m->id == TWS_IN_MANAGED_ACCOUNTS) {
        bool named = tws_message_find(m, TWS_ACCOUNTS, &v) && names_an_account(v.text);

        seen = named ? TWS_SAW(ACCOUNTS) : TWS_SAW(ACCOUNTS_EMPTY);
    }
    if (s->stage == TWS_START && !(s->seen & seen))
        tws_ending_late(s, now);
    tws_handshake_advance(s, seen, now);
}

static void answered(struct tws_session *s, const struct tws_message *m, struct tws_cursor payload,
                     uint64_t now)
{
    uint32_t before = s->requests.n, streams_ended = s->requests.streams_ended;
    uint64_t streamed = s->requests.streamed;

    tws_requests_answered(&s->requests, s->env, s->conn, m, payload, now);
    if (s->requests.n < before) {
        tws_client_checks_answered(s);
        if (s->seen & TWS_SAW(OWED_AT_CLOSE))
            tws_ending_late(s, now);
    }
    if (s->requests.streams_ended != streams_ended)
        tws_rhythm_ended(s);
    else if (s->requests.n < before && s->requests.streamed == streamed)
        tws_rhythm_proven(s, now);
    tws_refusal_narrow(s, now);
}

static void count_faults(struct tws_session *s, uint32_t faults)
{
    s->env->summary.odd_frames++;
    if (faults & TWS_FAULT_UNKNOWN_ID)
        s->env->summary.unknown_ids++;
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
    tws_refusal_note(s, code.integer, text.text, now);
}

/* A frame that like_before has counted. */
static void gateway_frame(struct tws_session *s, struct tws_cursor payload, uint64_t now)
{
    struct tws_opened_frame f;
    const struct tws_message *m = &f.message;

    if (tws_conversation_open(&s->conversation, TWS_GATEWAY, payload, &f) == TWS_OPENED_VERSION) {
        version_reply(s, &f.reply, payload, now);
        return;
    }
    s->last[1].id = m->id;
    if (m->faults)
        count_faults(s, m->faults);
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 1, s->frames[1],
                  (struct seen){.form = m->form, .payload = payload, .message = m}, now);
    if (s->stage < TWS_READY && tws_loss_blind(s))
        tws_catch_up_gateway(s, m, now);
    if (m->id == TWS_IN_ERROR)
        error_message(s, m, now);
    else if ((m->id == TWS_IN_NEXT_VALID_ID || m->id == TWS_IN_MANAGED_ACCOUNTS) &&
             s->stage < TWS_READY)
        welcome(s, m, now);
    if (tws_requests_await(&s->requests, m->id))
        answered(s, m, payload, now);
}

static void start_api(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    struct tws_value v;

    if (tws_message_find(m, TWS_CLIENT_ID, &v))
        tws_handshake_client(s, v.integer);
    else if (m->form == TWS_FORM_PROTOBUF)
        tws_handshake_client(s, 0); /* protobuf leaves a zero out */
    tws_handshake_advance(s, TWS_SAW(STARTAPI), now);
}

static void request(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    uint32_t streams_ended = s->requests.streams_ended;
    bool held = tws_stream_held(
        &s->conversation.stream[0]); /* when it was sent, and what came since, is gone */

    if (!held)
        tws_client_checks_pace(s, m, now);
    if (m->id == TWS_OUT_REQ_CURRENT_TIME && !held)
        tws_client_checks_time(s, now);
    tws_client_checks_deaf(s, m, now);
    if (tws_requests_sent(&s->requests, s->env, s->conn, m, now)) {
        struct tws_request *q = &s->requests.open[s->requests.n - 1];

        if (tws_request_is_stream(q)) {
            s->seen &= ~TWS_SAW(DATA_LOST);
            tws_rhythm_begin(s);
        }
        q->excused = held;
        q->early = s->stage < TWS_READY;
        q->unlinked = (s->seen & TWS_SAW(LOST)) != 0;
        tws_deadline_by(s, tws_after(now, tws_request_allowance(q, s->env)));
        if (m->id == TWS_OUT_REQ_CURRENT_TIME && !held) /* may move q */
            tws_requests_throttled(&s->requests, s->env, s->conn, s->seen & TWS_SAW(TIME_TWICE),
                                   now);
    }
    if (s->requests.streams_ended != streams_ended)
        tws_rhythm_ended(s);
    tws_handshake_advance(s, TWS_SAW(REQUEST), now);
}

static void client_frame(struct tws_session *s, struct tws_cursor payload, uint64_t now)
{
    struct tws_opened_frame f;
    const struct tws_message *m = &f.message;

    s->last[0].n = ++s->frames[0];
    s->last[0].ts_ns = now;
    s->last[0].hello = false;
    (void)tws_conversation_open(&s->conversation, TWS_CLIENT, payload, &f); /* a message */
    s->last[0].id = m->id;
    if (m->faults) {
        count_faults(s, m->faults);
        if (m->faults & TWS_FAULT_FRAMING)
            s->seen |= TWS_SAW(FRAMING);
    }
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 0, s->frames[0],
                  (struct seen){.form = m->form, .payload = payload, .message = m}, now);
    if (s->stage < TWS_READY && tws_loss_blind(s))
        tws_catch_up_client(s, m, now);
    if (m->id == TWS_OUT_START_API && !(s->seen & TWS_SAW(STARTAPI)))
        start_api(s, m, now);
    else if (s->seen & TWS_SAW(STARTAPI))
        request(s, m, now);
    tws_client_checks_fields(s, m);
}

/* ---- what is not a frame ---- */

static void hello(struct tws_session *s, const struct tws_item *item, uint64_t now)
{
    s->last[0] = (struct tws_last){.ts_ns = now, .hello = true};
    if (s->loss.midstream && !s->conversation.reading.midstream)
        tws_loss_from_the_start(s);
    if (item->hello.legacy)
        s->seen |= TWS_SAW(LEGACY);
    if (tws_emit_wanted(s, TWS_EV_FRAME))
        put_frame(s, 0, 0,
                  (struct seen){
                      .form = TWS_FORM_HELLO, .payload = item->hello.text, .hello = &item->hello},
                  now);
    tws_handshake_advance(s, TWS_SAW(HELLO), now);
}

/* The first record of a TLS server that goes along is a handshake; an alert is not. */
static bool tls_handshake(const struct tws_session *s, unsigned i)
{
    return s->foreign[i] == TWS_FOREIGN_TLS && s->first[i][0] == 0x16;
}

static void foreign(struct tws_session *s, unsigned i, enum tws_foreign what)
{
    s->foreign[i] = (uint8_t)what;
    s->seen |= i ? TWS_SAW(GATEWAY_FOREIGN) : TWS_SAW(CLIENT_FOREIGN);
    if (what == TWS_FOREIGN_TLS)
        s->seen |= TWS_SAW(TLS);
    if (tls_handshake(s, 0) && tls_handshake(s, 1))
        s->seen |= TWS_SAW(TLS_BOTH);
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
    if (item->why == TWS_OPAQUE_LEGACY && i == 0)
        s->seen |= TWS_SAW(LEGACY);
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

void tws_frames_lost(struct tws_session *s, unsigned i, uint64_t now)
{
    tws_loss_until(s, i, now);
    tws_conversation_lost(&s->conversation);
    if (i)
        tws_gateway_errors_forget(s);
    tws_requests_excuse(&s->requests);
}

void tws_frames_put_gap(const struct tws_session *s, unsigned i, const struct tws_item *gap,
                        bool found, uint64_t now)
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
        tws_frames_put_gap(s, i, item, true, now);
        tws_frames_lost(s, i, now);
        break;
    case TWS_ITEM_FRAME:
        break;
    }
}

void tws_frames_pull(struct tws_session *s, unsigned i, uint64_t now)
{
    struct tws_item item;

    while (tws_conversation_next(&s->conversation, side_of(i), &item) == TWS_STREAM_ITEM) {
        if (item.kind != TWS_ITEM_FRAME)
            other_item(s, i, &item, now);
        else if (!i)
            client_frame(s, item.payload, now);
        else if (!like_before(s, item.payload, now))
            gateway_frame(s, item.payload, now);
    }
}

void tws_frames_pull_last(struct tws_session *s, unsigned i, uint64_t now)
{
    tws_conversation_end(&s->conversation, side_of(i));
    tws_frames_pull(s, i, now);
}
