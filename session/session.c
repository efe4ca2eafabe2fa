/* session.c - the entry: both directions of a connection, time, and the end. */
#include "session.h"
#include "client_checks.h"
#include "deadline.h"
#include "edge_facts.h"
#include "emit.h"
#include "ending.h"
#include "frames.h"
#include "gateway_errors.h"
#include "handshake.h"
#include "last_served.h"
#include "loss.h"
#include "rhythm.h"
#include "silence.h"
#include "stage.h"
#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof(struct tws_digest) >= sizeof(XXH64_state_t), "a digest's state fits");
_Static_assert(sizeof(struct tws_session) <= 1008, "an idle connection stays small");

#define SECOND_NS 1000000000ull

static unsigned place(enum tws_side side)
{
    return side == TWS_GATEWAY;
}

/* ---- beginning ---- */

void tws_session_open(struct tws_session *s, struct tws_env *env, struct tws_port *port,
                      const struct tws_opening *opening, uint64_t now)
{
    struct tws_event ev;
    void *owner = s->owner;

    now = tws_moment(now);
    *s = (struct tws_session){
        .env = env,
        .port = port,
        .owner = owner,
        .conn = opening->conn,
        .loss.midstream = opening->midstream,
        .stage = TWS_TCP,
        .owes = (uint8_t)tws_stage_owes(TWS_TCP),
        .handshake = {.client_id = -1, .stage_ns = now},
        .opened_ns = now,
        .now_ns = now,
        .client = *opening->client,
        .gateway = *opening->gateway,
    };
    tws_conversation_init(&s->conversation,
                          opening->midstream ? TWS_SEEN_MIDSTREAM : TWS_SEEN_START, env->max_frame);
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
    ev.u.open.midstream = s->loss.midstream;
    tws_emit(s, &ev, now);
}

/* ---- time ---- */

static void put_state(struct tws_session *s, const struct tws_state *state, uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_STATE};

    ev.u.state = state;
    tws_emit(s, &ev, now);
}

/* Emit the session as a value: something has happened that it is to be judged for. */
static void tell(struct tws_session *s, bool asked, uint64_t now)
{
    struct tws_state state;

    if (!tws_emit_wanted(s, TWS_EV_STATE))
        return;
    tws_session_state(s, now, &state);
    state.asked = asked;
    put_state(s, &state, now);
}

static void pass(struct tws_session *s, uint64_t at)
{
    s->deadline_ns = 0;
    if (tws_ending_unnoticed(s, at))
        tell(s, false, at);
    if (tws_silence_look_again(s, at))
        tell(s, false, at);
    if (tws_silence_pass(s, at))
        tell(s, false, s->now_ns);
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

/* ---- bytes ---- */

static void keep_first(struct tws_session *s, unsigned i, struct tws_cursor in)
{
    size_t have = (size_t)s->bytes[i], room = TWS_FIRST - have;

    memcpy(s->first[i] + have, in.p, in.left < room ? in.left : room);
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
        tws_rhythm_read(s, len, now);
    s->last_bytes_ns[i] = now;
    if (s->env->digests)
        XXH64_update((XXH64_state_t *)(void *)&s->digest[i], bytes, len);
    if (s->conversation.stream[i].opaque != TWS_OPAQUE_NOT)
        return;
    if (i) {
        if (!(s->seen & TWS_SAW(VERSION)))
            tws_handshake_version_read(s, now);
        else if (s->stage >= TWS_READY)
            tws_port_live_byte(s->port, s->conn, s->opened_ns, now);
    }
    tws_conversation_feed(&s->conversation, side, in);
    tws_frames_pull(s, i, now);
    if (tws_conversation_flushed(&s->conversation, side))
        tws_frames_pull(s, i, now);
    if (!i)
        return;
    if (s->requests.streamed != streamed)
        tws_rhythm_served(s, now);
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
    tws_loss_gap(s, i, missing);
    s->env->summary.gaps++;
    s->env->summary.missing += missing;
    tws_frames_pull_last(s, i, now);
    if (s->silence && s->silent_owes == side) /* it has spoken, whatever it said */
        tws_silence_recovered(s, now);
    tws_frames_lost(s, i, now);
    if (s->conversation.stream[i].opaque != TWS_OPAQUE_NOT)
        tws_frames_put_gap(s, i, &gap, false, now);
    tws_conversation_gap(&s->conversation, side, missing);
    tws_frames_pull(s, i, now);
}

void tws_session_unseen(struct tws_session *s, enum tws_side side, uint64_t now)
{
    if (s->finished)
        return;
    tws_frames_lost(s, place(side), come_to(s, now));
}

void tws_session_lost(struct tws_session *s, uint64_t now)
{
    if (s->finished)
        return;
    now = come_to(s, now);
    tws_loss_packets(s);
    tws_frames_lost(s, 0, now);
    tws_frames_lost(s, 1, now);
}

void tws_session_dialing(struct tws_session *s, bool dialing, uint64_t now)
{
    now = come_to(s, now);
    if (dialing) {
        s->seen |= TWS_SAW(DIALING);
        return;
    }
    if (!(s->seen & TWS_SAW(DIALING)))
        return;
    s->seen &= ~TWS_SAW(DIALING);
    if (s->stage > TWS_HELLO)
        return;
    tws_handshake_dialed(s, now);
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

void tws_session_closed(struct tws_session *s, enum tws_side side, enum tws_ending how,
                        const char *reason, uint64_t now)
{
    if (s->finished)
        return;
    now = come_to(s, now);
    for (unsigned i = 0; i < 2; i++) {
        if (how != TWS_FIN || i == place(side))
            tws_frames_pull_last(s, i, now);
    }
    if (s->how_closed != TWS_OPEN_STILL) {
        tws_ending_second(s, reason, how == TWS_FIN || how == TWS_RST, now);
        return;
    }
    tws_ending_first(s, side, how, reason, now);
}

void tws_session_ask(struct tws_session *s, uint64_t now)
{
    tell(s, true, come_to(s, now));
}

void tws_session_facts(struct tws_session *s, const struct tws_facts *facts, uint64_t now)
{
    if (s->finished)
        return;
    now = come_to(s, now);
    tws_edge_facts_take(s, facts, now);
    if (s->silence)
        tell(s, false, now);
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
    ev.u.close.reason = s->ending.reason;
    ev.u.close.bytes_client = s->bytes[0];
    ev.u.close.bytes_gateway = s->bytes[1];
    ev.u.close.frames_client = s->frames[0];
    ev.u.close.frames_gateway = s->frames[1];
    ev.u.close.digest_client = digest_of(s, 0);
    ev.u.close.digest_gateway = digest_of(s, 1);
    ev.u.close.lasted_ns = tws_between(s->opened_ns, now);
    tws_emit(s, &ev, now);
}

static void count(struct tws_session *s)
{
    struct tws_summary *sum = &s->env->summary;

    sum->frames_client += s->frames[0];
    sum->frames_gateway += s->frames[1];
    sum->bytes_client += s->bytes[0];
    sum->bytes_gateway += s->bytes[1];
}

/* Frames that were not found again until the end. */
static void put_unfound(struct tws_session *s, uint64_t now)
{
    struct tws_item gap;

    for (unsigned i = 0; i < 2; i++) {
        if (s->conversation.stream[i].opaque == TWS_OPAQUE_NOT &&
            tws_stream_unfound(&s->conversation.stream[i], &gap.missing, &gap.skipped))
            tws_frames_put_gap(s, i, &gap, false, now);
    }
}

void tws_session_finish(struct tws_session *s, uint64_t now)
{
    bool wanted = tws_emit_wanted(s, TWS_EV_STATE);
    struct tws_state state;

    if (s->finished)
        return;
    tws_session_closed(s, TWS_NOBODY, TWS_END_OF_CAPTURE, NULL, now);
    now = s->now_ns;
    put_unfound(s, now);
    tws_edge_facts_close(s, now);
    s->finished = true;
    if (wanted) /* while the open requests are still known */
        tws_session_state(s, now, &state);
    tws_requests_finish(&s->requests, s->env, s->conn, now);
    put_close(s, now);
    if (wanted)
        put_state(s, &state, now);
    count(s);
    s->port->count[s->link.standing]--;
    tws_last_served_gone(s);
    tws_edge_facts_forget(s);
    tws_gateway_errors_free(s);
    tws_client_checks_free(s);
    tws_ending_free(s);
    tws_conversation_free(&s->conversation);
}
