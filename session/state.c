/* state.c - what a verdict is made from, copied out of a session. */
#include "state.h"
#include "debt.h"
#include "edge_facts.h"
#include "ids.h"
#include "last_served.h"
#include "loss.h"
#include "refusal.h"
#include "rhythm.h"
#include "standing.h"

#define SECOND_NS 1000000000ull

/* Did it come when the gateway had ended, and so could owe nothing any more? */
static bool behind_end(const struct tws_session *s, uint64_t since)
{
    return s->first_closed == TWS_GATEWAY && since > s->ending.closed_ns;
}

static struct tws_owed_request owed_request(const struct tws_session *s,
                                            const struct tws_request *q)
{
    if (!q)
        return (struct tws_owed_request){0};
    return (struct tws_owed_request){
        .key = q->key,
        .since_ns = tws_request_since(q),
        .allowance_ns = tws_request_allowance(q, s->env),
        .gap_ns = q->gap_ns,
        .id = q->id,
        .key_kind = q->key_kind,
        .class = (uint8_t)tws_request_class_of(q),
        .answering = q->last_ns != 0,
        .early = q->early,
        .unlinked = q->unlinked,
        .done = s->requests.done - q->done,
        .done_id = s->requests.done != q->done ? s->requests.done_id : 0,
    };
}

static void copy_owed(const struct tws_session *s, struct tws_owed *out)
{
    struct tws_debt d;

    if (!tws_debt_find(s, &d) || behind_end(s, d.since_ns))
        return;
    *out = (struct tws_owed){
        .any = true,
        .trouble = (uint8_t)d.trouble,
        .owes = (uint8_t)d.owes,
        .quiet = d.quiet,
        .since_ns = d.since_ns,
        .due_ns = d.due_ns,
        .request = owed_request(s, d.request),
    };
}

/* ---- the handshake and the streams ---- */

static void copy_progress(const struct tws_session *s, struct tws_progress *out)
{
    const struct tws_reading *r = &s->conversation.reading;
    uint32_t have, want;

    *out = (struct tws_progress){
        .stage = s->stage,
        .at_close = s->stage_at_close,
        .stages = s->stages,
        .since_ns = s->handshake.stage_ns,
        .hello_min = r->hello_min,
        .hello_max = r->hello_max,
        .server_version = r->server_version,
        .inferred = r->versions,
        .version_first_ns = s->handshake.version_first_ns,
        .version_last_ns = s->handshake.version_last_ns,
        .version_pieces = s->handshake.version_pieces,
        .client_id = s->handshake.client_id,
    };
    for (int i = 0; i < TWS_STAGES; i++)
        out->took_us[i] = s->handshake.stage_us[i];
    if (s->stage == TWS_TCP && tws_stream_partial_hello(&s->conversation.stream[0], &have, &want))
        out->hello = (struct tws_part){have, want};
}

static struct tws_part part_of_frame(const struct tws_stream *stream)
{
    struct tws_cursor part;
    uint32_t want;

    if (!tws_stream_partial(stream, &part, &want))
        return (struct tws_part){0};
    return (struct tws_part){part.left + TWS_FRAME_HEAD, (uint64_t)want + TWS_FRAME_HEAD};
}

static void copy_side(const struct tws_session *s, unsigned i, struct tws_side_state *out)
{
    *out = (struct tws_side_state){
        .bytes = s->bytes[i],
        .frames = s->frames[i],
        .spoke_ns = s->last_bytes_ns[i],
        .last = s->last[i],
        .foreign = s->foreign[i],
        .opaque = s->conversation.stream[i].opaque != TWS_OPAQUE_NOT,
        .part = part_of_frame(&s->conversation.stream[i]),
        .missing = s->loss.missing[i],
        .lost_ns = s->loss.last_ns[i],
        .unread_ns = tws_stream_searching(&s->conversation.stream[i]) ? s->last_bytes_ns[i] : 0,
    };
}

/* ---- requests ---- */

/* Since when subscriptions are silent, if that is what is wrong. */
static uint64_t silent_since(const struct tws_session *s, const struct tws_owed *owed)
{
    if (owed->trouble == TWS_LIVE_GATEWAY_QUIET)
        return owed->since_ns;
    return s->silence == TWS_LIVE_GATEWAY_QUIET ? s->silent.from_ns : s->last_bytes_ns[1];
}

static void count_owed(const struct tws_request *q, struct tws_demand *out)
{
    out->owed++;
    out->order = out->order || q->id == TWS_OUT_PLACE_ORDER;
    out->time = out->time || q->id == TWS_OUT_REQ_CURRENT_TIME;
    out->suspect = out->suspect || q->suspect;
    out->early = out->early || q->early;
    out->reads = out->reads || !tws_request_writes(q);
}

static void copy_demand(const struct tws_session *s, uint64_t since, struct tws_demand *out)
{
    const struct tws_requests *r = &s->requests;
    const struct tws_request *oldest = NULL;

    *out = (struct tws_demand){.answered = r->done_serial != 0};
    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (tws_request_streams(q)) {
            out->streams++;
            out->streams_silent += q->last_ns <= since;
        }
        if (!tws_request_owed(r, q) || behind_end(s, tws_request_since(q)))
            continue;
        count_owed(q, out);
        if (!oldest || tws_request_since(q) < tws_request_since(oldest))
            oldest = q;
    }
    out->oldest = owed_request(s, oldest);
    if (r->lapses && r->lapses->n) {
        out->lapses = r->lapses->n + r->lapses->dropped;
        out->lapse = r->lapses->of[r->lapses->n - 1];
    }
}

static struct tws_open_request open_request(const struct tws_request *q)
{
    return (struct tws_open_request){
        .key = q->key,
        .asked_ns = q->asked_ns,
        .last_ns = q->last_ns,
        .answers = q->answers,
        .id = q->id,
        .key_kind = q->key_kind,
        .class = (uint8_t)tws_request_class_of(q),
        .settled = q->settled,
        .reported = q->reported,
    };
}

static void copy_open(const struct tws_requests *r, struct tws_open *out)
{
    out->n = (uint8_t)(r->n < TWS_OPEN_SHOWN ? r->n : TWS_OPEN_SHOWN);
    out->more = r->n - out->n + r->untracked;
    for (uint32_t i = 0; i < out->n; i++)
        out->request[i] = open_request(&r->open[i]);
}

/* ---- beyond this session ---- */

/* They may have left since it ended. */
static void copy_others(const struct tws_session *s, uint64_t since, uint64_t now,
                        struct tws_others *out)
{
    uint32_t answered;

    tws_standing_others(s, since, now, out);
    if (!s->standing.kept || s->how_closed == TWS_OPEN_STILL)
        return;
    answered = out->new_answered;
    *out = s->standing.others;
    out->new_answered = answered;
}

static void copy_port(const struct tws_session *s, const struct tws_state *of, uint64_t since,
                      struct tws_neighbours *out)
{
    const struct tws_port *p = s->port;

    *out = (struct tws_neighbours){
        .unanswered = p->unanswered_run > s->link.unanswered,
        .unanswered_run = p->unanswered_run,
        .answered_since = p->last_answered_ns > since && p->last_answered_conn != s->conn,
        .early_closes = p->early_closes,
        .visits =
            tws_port_visits(p, &s->client, s->handshake.client_id, s->opened_ns, of->until_ns),
        .closed_together = s->how_closed != TWS_OPEN_STILL &&
                           tws_port_closed_too(p, s->conn, s->ending.closed_ns, SECOND_NS),
        .refused_ns = p->refused_last_ns,
        .lost_1100 = p->lost_1100_ns != 0,
        .served = tws_last_served(p),
        .victim = p->victim,
        .ended_ns = p->ended_ns,
        .holder = s->ending.parting ? s->ending.parting->holder
                                    : tws_port_holder(p, s->conn, s->handshake.client_id),
    };
    copy_others(s, since, of->at_ns, &out->others);
}

/* In whole seconds is it believed, and from then on told to the nanosecond. */
static uint64_t slept(const struct tws_session *s)
{
    uint64_t all = s->env->slept ? s->env->slept() : 0;

    return all / SECOND_NS > s->slept_s ? all - s->slept_s * SECOND_NS : 0;
}

/* ---- the whole ---- */

/* At least so many: those that have left since may have been opened since. */
static uint32_t stayed(const struct tws_session *s, const struct tws_parting *p)
{
    uint32_t left = s->port->left - p->left;

    return p->others > left ? p->others - left : 0;
}

static uint64_t went_on(const struct tws_session *s)
{
    uint64_t at = tws_port_heard(s->port, s->conn, s->ending.closed_ns);

    return at > s->ending.closed_ns ? at : 0;
}

/* What the gateway ended on is what the client had sent until then. */
static void copy_parting(const struct tws_session *s, struct tws_state *out)
{
    const struct tws_parting *p = s->ending.parting;

    if (!p)
        return;
    out->parted = (struct tws_parted){.second_ns = p->second_ns,
                                      .paced = p->paced,
                                      .first_of_form = p->first_of_form,
                                      .form_answered = p->form_answered,
                                      .stayed = stayed(s, p),
                                      .went_on_ns = went_on(s)};
    if (s->first_closed != TWS_GATEWAY)
        return;
    out->side[0].last = p->client;
    out->side[0].spoke_ns = p->client_ns;
    out->odd_missing = p->odd_missing;
    out->odd_extra = p->odd_extra;
    out->parted.client_bytes = s->bytes[0] - p->client_bytes;
    out->parted.client_ns = out->parted.client_bytes ? s->last_bytes_ns[0] : 0;
}

static void copy_session(const struct tws_session *s, struct tws_state *out)
{
    out->opened_ns = s->opened_ns;
    out->handshake_ns = s->env->timing.handshake_ns;
    out->client = s->client;
    out->gateway = s->gateway;
    out->midstream = s->loss.midstream;
    out->logged = s->env->logged;
    out->conn = s->conn;
    out->seen = s->seen;
    out->last_code = s->last_code;
    out->gaps = s->loss.gaps;
    out->packets_lost = s->loss.packets;
    out->first_closed = s->first_closed;
    out->how_closed = s->how_closed;
    out->late_ns = s->ending.late_ns;
    out->silence = s->silence;
    out->silent_owes = s->silent_owes;
    out->silent_from_ns = s->silent.from_ns;
    out->longest_ns = s->silent.longest_ns;
    out->stall = s->stall;
    out->stall_ns = s->stall_ns;
}

static void copy_checks(const struct tws_session *s, struct tws_state *out)
{
    const struct tws_refusal *r = tws_refusal_of(s);

    out->odd_missing = s->checks.odd_missing;
    out->odd_extra = s->checks.odd_extra;
    if (s->checks.asked)
        out->busiest = s->checks.asked->pacing.busiest;
    if (r)
        out->refusal = *r;
}

void tws_session_state(const struct tws_session *s, uint64_t now, struct tws_state *out)
{
    uint64_t since = s->stage < TWS_READY ? s->handshake.stage_ns : s->opened_ns;

    now = tws_moment(now);
    *out = (struct tws_state){.final = s->finished, .at_ns = now > s->now_ns ? now : s->now_ns};
    out->until_ns = s->how_closed == TWS_OPEN_STILL ? out->at_ns : s->ending.closed_ns;
    copy_session(s, out);
    copy_progress(s, &out->progress);
    copy_side(s, 0, &out->side[0]);
    copy_side(s, 1, &out->side[1]);
    copy_owed(s, &out->owed);
    if (out->owed.any)
        since = tws_standing_since(s, (enum tws_trouble)out->owed.trouble, out->owed.since_ns);
    copy_demand(s, silent_since(s, &out->owed), &out->demand);
    out->service = (struct tws_service){.from_ns = s->rhythm.from_ns,
                                        .last_ns = s->rhythm.last_ns,
                                        .gap_ns = s->rhythm.gap_ns,
                                        .rests = tws_rhythm_rests(s, out->until_ns)};
    copy_checks(s, out);
    copy_parting(s, out);
    if (s->upstream)
        out->upstream = *s->upstream;
    copy_port(s, out, since, &out->port);
    tws_edge_facts_now(s, out->until_ns, &out->facts);
    out->slept_ns = slept(s);
    if (!s->finished)
        copy_open(&s->requests, &out->open);
}
