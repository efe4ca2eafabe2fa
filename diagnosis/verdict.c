/* verdict.c - evidence to ranked causes: what happened, which facts hold, which modes fit. */
#include "verdict.h"
#include "debt.h"
#include "evidence.h"
#include "ids.h"
#include "kernel_facts.h"
#include "loss.h"
#include "refusal.h"
#include "sentence.h"
#include "stage.h"
#include "standing.h"
#include <string.h>

#define SECOND_NS     1000000000ull
#define FAST_NS       (SECOND_NS / 10) /* a close this soon after bytes answers them */
#define REFUSED_NS    (30 * SECOND_NS) /* a refused dial is recent for so long */
#define SPLIT_NS      (SECOND_NS / 10) /* pieces of a version reply this far apart count */
#define SPLIT_LONG_NS (SECOND_NS * 3 / 10)

/* ---- what happened: the stage, who is silent, since when ---- */

/* The session as a whole was given up, closed, or is looked at now. */
static bool by_dial(struct tws_view *w)
{
    if (w->s->how_closed == TWS_REFUSED) {
        w->trouble = TWS_NO_LISTENER;
        w->silent = TWS_GATEWAY;
        return true;
    }
    if (w->s->how_closed == TWS_UNREACHABLE) {
        w->trouble = TWS_TCP_CONNECT;
        w->silent = TWS_NETWORK;
        return true;
    }
    return false;
}

static bool by_foreign(struct tws_view *w)
{
    if (w->facts & TWS_FACT(TLS_BOTH))
        return true; /* not readable, and nothing wrong that could be seen */
    if (w->facts & TWS_FACT(CLIENT_FOREIGN)) {
        w->trouble = TWS_CLIENT_NEVER_SPEAKS;
        w->silent = TWS_CLIENT;
        return true;
    }
    if (w->facts & TWS_FACT(GATEWAY_FOREIGN)) {
        w->trouble = TWS_HELLO_UNANSWERED;
        return true;
    }
    return false;
}

/* What follows a legacy hello cannot be read: all that can be told is whether anything came. */
static bool by_legacy(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(LEGACY)))
        return false;
    if (w->s->bytes[1] || tws_loss_hides(w->s, TWS_GATEWAY, w->s->handshake.stage_ns))
        return true;
    w->trouble = TWS_HELLO_UNANSWERED;
    w->silent = w->s->first_closed == TWS_GATEWAY ? TWS_NOBODY : TWS_GATEWAY;
    w->since_ns = w->s->handshake.stage_ns;
    return true;
}

/* The gateway stated, in a reply or a code, why it does not serve this session or has ended it: a
 * row holds when one of `said` and all of `needs` do, at a stage from `from` to `to`. */
static const struct word {
    tws_facts said, needs;
    enum tws_stage from, to;
    enum tws_trouble trouble;
} words[] = {
    {TWS_FACT(REDIRECT), 0, TWS_TCP, TWS_LIVE, TWS_VERSION_REJECTED},
    {TWS_FACT(ID_IN_USE), 0, TWS_TCP, TWS_START, TWS_STARTAPI_UNANSWERED},
    {TWS_FACT(VERSION_CODE), 0, TWS_TCP, TWS_START, TWS_VERSION_REJECTED},
    {TWS_FACT(RANGE_ODD), TWS_FACT(GATEWAY_CLOSED), TWS_HELLO, TWS_HELLO, TWS_VERSION_REJECTED},
    {TWS_FACT(RATE) | TWS_FACT(PORT_CHANGED), TWS_FACT(GATEWAY_CLOSED), TWS_TCP, TWS_LIVE,
     TWS_CLOSED_BY_GATEWAY},
};

static bool by_word(struct tws_view *w)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const struct word *d = &words[i];

        if ((w->facts & d->said) && (w->facts & d->needs) == d->needs && w->s->stage >= d->from &&
            w->s->stage <= d->to) {
            w->trouble = d->trouble;
            return true;
        }
    }
    return false;
}

static bool by_late_answer(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(LATE)))
        return false;
    w->trouble = TWS_CLOSED_BY_CLIENT;
    return true;
}

/* Has this debt stood long enough to be what ended badly?  An end changes nothing of the times that
 * are allowed: what would not have been called silent while the session lived is not when it ends.
 * But a handshake that stands still for long is not one that works, whoever ends it. */
static bool stood(const struct tws_view *w, const struct tws_debt *d)
{
    if (d->due_ns <= w->until_ns)
        return true;
    return !d->quiet && !d->request && tws_between(d->since_ns, w->until_ns) >= TWS_PATIENCE_NS;
}

/* Can anything have been lost since? */
static bool hidden_since(const struct tws_view *w, uint64_t since)
{
    return tws_loss_hides(w->s, TWS_CLIENT, since) || tws_loss_hides(w->s, TWS_GATEWAY, since);
}

static bool by_debt(struct tws_view *w)
{
    if (w->has_debt && stood(w, &w->debt)) {
        w->trouble = w->debt.trouble;
        w->silent = w->debt.owes;
        w->since_ns = w->debt.since_ns;
        return true;
    }
    if (w->s->silence &&
        !hidden_since(w, w->s->silent.from_ns)) { /* the client has withdrawn its request, and
                                                     nothing has come since */
        w->trouble = (enum tws_trouble)w->s->silence;
        w->silent = (enum tws_side)w->s->silent_owes;
        w->since_ns = w->s->silent.from_ns;
        return true;
    }
    return false;
}

/* Accepted and closed at once, the hello unread: the closer's kernel then sends a reset in place of
 * a FIN, and what happened is a close all the same. */
static bool shut_the_door(const struct tws_view *w)
{
    const tws_facts at_once = TWS_FACT(GATEWAY_MUTE) | TWS_FACT(FAST_CLOSE);

    return w->s->stage == TWS_HELLO && (w->facts & at_once) == at_once &&
           !(w->facts & TWS_FACT(JUST_REFUSED));
}

static bool by_gateway_close(struct tws_view *w)
{
    if (w->s->first_closed != TWS_GATEWAY)
        return false;
    if (w->s->how_closed == TWS_RST) {
        w->trouble = shut_the_door(w) ? TWS_CLOSED_BY_GATEWAY : TWS_RESET;
    } else if (w->s->how_closed == TWS_TIMEOUT) {
        w->trouble = w->s->stage >= TWS_READY ? TWS_LIVE_GATEWAY_QUIET : TWS_HELLO_UNANSWERED;
        w->silent = TWS_NETWORK;
        w->since_ns = w->s->last_bytes_ns[1] ? w->s->last_bytes_ns[1] : w->s->opened_ns;
    } else {
        w->trouble = TWS_CLOSED_BY_GATEWAY;
    }
    return true;
}

/* The client left, but what was missing then may only not have been seen. */
static bool left_unseen(const struct tws_session *s)
{
    enum tws_side owed = tws_stage_owes((enum tws_stage)s->stage_at_close);

    return (s->loss.midstream && s->stage_at_close == TWS_TCP) ||
           tws_loss_hides(s, owed == TWS_CLIENT ? TWS_CLIENT : TWS_GATEWAY, s->handshake.stage_ns);
}

/* The client left in the middle of the handshake, too soon for a debt to have stood. */
static bool by_client_close(struct tws_view *w)
{
    if (w->s->first_closed != TWS_CLIENT || left_unseen(w->s))
        return false;
    switch ((enum tws_stage)w->s->stage_at_close) {
    case TWS_TCP:
        w->trouble = TWS_CLIENT_NEVER_SPEAKS;
        w->silent = TWS_CLIENT;
        break;
    case TWS_HELLO:
        w->trouble = TWS_CLOSED_BY_CLIENT;
        break;
    case TWS_START:
        w->trouble = TWS_CLOSED_BY_CLIENT;
        if (w->facts & TWS_FACT(ACCOUNTS_EMPTY)) { /* an answer: who got it was not impatient */
            w->trouble = TWS_PARTIAL_STARTUP;
            w->silent = TWS_GATEWAY;
            w->since_ns = w->s->handshake.stage_ns;
        }
        break;
    case TWS_VERSION:
        w->trouble = TWS_VERSION_REJECTED;
        break;
    case TWS_READY:
    case TWS_LIVE:
    case TWS_STAGE_NONE:
    case TWS_STAGES:
        break;
    }
    return w->trouble != TWS_TROUBLE_NONE;
}

/* A SYN that was sent again, and not answered: by then a healthy one was answered long ago. */
static bool by_syn(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(SYN_AGAIN)) || w->s->stage != TWS_TCP)
        return false;
    w->trouble = TWS_TCP_CONNECT;
    w->silent = TWS_NETWORK;
    w->since_ns = w->s->opened_ns;
    return true;
}

/* Bytes on their way are not acknowledged although they are sent again: the path is dead, whoever
 * owes what. */
static bool by_path(struct tws_view *w)
{
    uint64_t a = w->wire.client.unacked_ns, b = w->wire.gateway.unacked_ns;

    if (!(w->facts & TWS_FACT(PATH_DEAD)) || !w->wire.known || w->s->stage < TWS_READY)
        return false;
    w->trouble = TWS_LIVE_GATEWAY_QUIET;
    w->silent = TWS_NETWORK;
    w->since_ns = !a || (b && b < a) ? b : a;
    return true;
}

/* It comes and goes, as the others of its address do. */
static bool by_storm(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(STORM)) || w->s->first_closed != TWS_CLIENT ||
        w->s->stage < TWS_READY || tws_between(w->s->opened_ns, w->until_ns) > TWS_VISIT_NS)
        return false;
    w->trouble = TWS_CLOSED_BY_CLIENT;
    return true;
}

/* Nothing is missing on the wire, and the client behaves as if it were. */
static bool by_deafness(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(DEAF)) || w->s->stage < TWS_READY)
        return false;
    w->trouble = TWS_LIVE_CLIENT_DEAF;
    w->silent = TWS_CLIENT;
    return true;
}

/* Nothing is overdue, and yet something stands still. */
static bool by_quiet(struct tws_view *w)
{
    if (w->s->stage < TWS_READY)
        return false;
    if (!(w->facts & TWS_FACT(LOST)))
        return false;
    w->trouble = TWS_LIVE_GATEWAY_QUIET;
    return true;
}

static void judge(struct tws_view *w)
{
    static bool (*const rules[])(struct tws_view *) = {
        by_dial, by_foreign,       by_legacy,       by_word,  by_late_answer, by_debt,  by_syn,
        by_path, by_gateway_close, by_client_close, by_quiet, by_deafness,    by_storm,
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i](w))
            break;
    }
    if (w->trouble == TWS_TCP_CONNECT)
        w->facts |= TWS_FACT(UNREACHABLE);
    if (w->silent == TWS_GATEWAY && (w->facts & TWS_FACT(UNACKED)))
        w->silent = TWS_NETWORK;
    if (w->silent == TWS_NOBODY)
        w->since_ns = 0;
    if (w->since_ns)
        w->silence_ns = tws_between(w->since_ns, w->until_ns);
}

/* ---- facts ---- */

static tws_facts fact_if(bool yes, tws_facts fact)
{
    return yes ? fact : 0;
}

static bool loopback(const struct tws_endpoint *e)
{
    static const uint8_t one[16] = {[15] = 1};
    static const uint8_t mapped[13] = {[10] = 0xff, 0xff, 127};

    if (e->family == 4)
        return e->addr[0] == 127;
    return e->family == 6 &&
           (memcmp(e->addr, one, sizeof one) == 0 || memcmp(e->addr, mapped, sizeof mapped) == 0);
}

static bool private_net(const struct tws_endpoint *e)
{
    const uint8_t *a = e->addr;

    return e->family == 4 &&
           (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168));
}

/* A container's network, and a port that is the gateway's own and not its relay's. */
static bool bridge(const struct tws_endpoint *e)
{
    return private_net(e) && e->addr[0] == 172 && (e->port == 4001 || e->port == 4002);
}

static tws_facts facts_of_streams(const struct tws_view *w)
{
    const struct tws_session *s = w->s;
    uint32_t have, want;
    bool ranged = s->conversation.reading.hello_min && s->conversation.reading.hello_max &&
                  !(s->facts & TWS_FACT(LEGACY));
    uint64_t apart = tws_between(s->handshake.version_first_ns, s->handshake.version_last_ns);
    bool split =
        (s->facts & TWS_FACT(VERSION)) && s->handshake.version_pieces > 1 && !s->loss.last_ns[1];
    bool client_seen = !s->loss.midstream && !s->loss.last_ns[0];
    bool gateway_seen = !s->loss.midstream && !s->loss.last_ns[1];
    bool one = s->facts & TWS_FACT(NEXT_ID);
    bool other = s->facts & (TWS_FACT(ACCOUNTS) | TWS_FACT(ACCOUNTS_EMPTY));

    return fact_if(s->bytes[0] == 0 && client_seen, TWS_FACT(CLIENT_MUTE)) |
           fact_if(s->bytes[1] == 0 && gateway_seen, TWS_FACT(GATEWAY_MUTE)) |
           fact_if(s->stage == TWS_TCP &&
                       tws_stream_partial_hello(&s->conversation.stream[0], &have, &want),
                   TWS_FACT(PARTIAL_HELLO)) |
           fact_if(tws_between(s->opened_ns, w->until_ns) >= s->env->timing.handshake_ns,
                   TWS_FACT(LONG)) |
           fact_if(ranged && (s->conversation.reading.hello_max < TWS_VERSION_MIN ||
                              s->conversation.reading.hello_min > TWS_VERSION_MAX),
                   TWS_FACT(RANGE_ODD)) |
           fact_if(
               ranged && s->conversation.reading.server_version &&
                   (s->conversation.reading.server_version < s->conversation.reading.hello_min ||
                    s->conversation.reading.server_version > s->conversation.reading.hello_max),
               TWS_FACT(VERSION_OUTSIDE)) |
           fact_if(split && apart >= SPLIT_NS, TWS_FACT(SPLIT)) |
           fact_if(split && apart >= SPLIT_LONG_NS, TWS_FACT(SPLIT_LONG)) |
           fact_if(one != other && !s->loss.last_ns[1], TWS_FACT(HALF_WELCOME));
}

static tws_facts facts_of_ending(const struct tws_session *s)
{
    bool by_gateway = s->first_closed == TWS_GATEWAY;
    uint64_t spoke = s->last_bytes_ns[0] ? s->last_bytes_ns[0] : s->opened_ns;
    bool together = tws_port_closed_too(s->port, s->conn, s->ending.closed_ns, SECOND_NS);

    if (s->how_closed == TWS_OPEN_STILL)
        return 0;
    return fact_if(s->how_closed == TWS_REFUSED, TWS_FACT(REFUSED)) |
           fact_if(s->how_closed == TWS_UNREACHABLE, TWS_FACT(UNREACHABLE)) |
           fact_if(s->how_closed == TWS_RST, TWS_FACT(RST)) |
           fact_if(s->how_closed == TWS_TIMEOUT && by_gateway, TWS_FACT(TIMED_OUT)) |
           fact_if(by_gateway && (s->how_closed == TWS_FIN || s->how_closed == TWS_RST),
                   TWS_FACT(GATEWAY_CLOSED)) |
           fact_if(by_gateway && tws_between(spoke, s->ending.closed_ns) <= FAST_NS,
                   TWS_FACT(FAST_CLOSE)) |
           fact_if(by_gateway && (s->checks.odd_missing || s->checks.odd_extra),
                   TWS_FACT(ODD_REQUEST)) |
           fact_if(s->first_closed == TWS_CLIENT, TWS_FACT(CLIENT_CLOSED)) |
           fact_if(together, TWS_FACT(CLOSED_TOGETHER));
}

static tws_facts facts_of_port(const struct tws_view *w, uint64_t since, uint64_t now)
{
    const struct tws_port *p = w->s->port;
    const struct tws_others *o = &w->others;
    bool run = p->unanswered_run > w->s->link.unanswered;
    bool unanswered = o->new_unanswered > 0 || run;
    bool answered = p->last_answered_ns > since && p->last_answered_conn != w->s->conn;

    return fact_if(o->live_answering > 0, TWS_FACT(OTHERS_LIVE)) |
           fact_if(o->live_silent > 0 && o->live_answering == 0, TWS_FACT(OTHERS_SILENT)) |
           fact_if(unanswered, TWS_FACT(OTHERS_UNANSWERED)) |
           fact_if(answered, TWS_FACT(OTHERS_ANSWERED)) |
           fact_if(!unanswered && !o->open && !o->new_answered, TWS_FACT(NO_OTHERS)) |
           fact_if(o->open >= 31, TWS_FACT(MANY_OPEN)) |
           fact_if(p->refused_last_ns && tws_between(p->refused_last_ns, now) <= REFUSED_NS,
                   TWS_FACT(JUST_REFUSED)) |
           fact_if(p->early_closes >= 3, TWS_FACT(CLOSE_RUN)) |
           fact_if(tws_port_visits(p, &w->s->client, now) >= TWS_STORM_OF, TWS_FACT(STORM)) |
           fact_if(p->lost_1100_ns != 0, TWS_FACT(PORT_LOST));
}

static tws_facts facts_of_requests(const struct tws_view *w)
{
    const struct tws_requests *r = &w->s->requests;
    tws_facts f = 0;
    bool reads = false;

    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (!tws_request_owed(r, q))
            continue;
        f |= TWS_FACT(OPEN_REQUEST);
        f |= fact_if(q->id == TWS_OUT_PLACE_ORDER, TWS_FACT(OPEN_ORDER));
        f |= fact_if(q->id == TWS_OUT_REQ_CURRENT_TIME, TWS_FACT(OPEN_TIME));
        f |= fact_if(q->suspect, TWS_FACT(MAYBE_REFUSED));
        reads = reads || !tws_request_writes(q);
    }
    f |= fact_if((f & TWS_FACT(OPEN_REQUEST)) && !reads && r->done_asked_ns, TWS_FACT(OPEN_WRITES));
    f |= fact_if(w->has_debt && w->debt.request && w->debt.trouble == TWS_PARTIAL_STARTUP,
                 TWS_FACT(STARTUP_HANG));
    return f;
}

/* Sent again so often without an acknowledgement, and for so long: no passing loss. */
#define DEAD_NS (3 * SECOND_NS)

static bool dead(const struct tws_wire_side *side, uint64_t until)
{
    return side->unacked && side->retransmits_now >= TWS_DEAD_RETRANSMITS && side->unacked_ns &&
           tws_between(side->unacked_ns, until) >= DEAD_NS;
}

static tws_facts facts_of_wire(const struct tws_view *w)
{
    const struct tws_wire *t = &w->wire;

    if (!t->known)
        return 0;
    return fact_if(!t->established && t->client.syns > 1, TWS_FACT(SYN_AGAIN)) |
           fact_if(t->gateway.syns > 1 && t->client.unacked, TWS_FACT(SYNACK_AGAIN)) |
           fact_if(t->client.zero_ns, TWS_FACT(CLIENT_WINDOW)) |
           fact_if(t->gateway.zero_ns, TWS_FACT(GATEWAY_WINDOW)) |
           fact_if(dead(&t->client, w->until_ns) || dead(&t->gateway, w->until_ns),
                   TWS_FACT(PATH_DEAD)) |
           fact_if(t->established && t->client.unacked && t->client.retransmits_now,
                   TWS_FACT(UNACKED)) |
           fact_if(t->late_reset, TWS_FACT(LATE_RESET)) |
           fact_if(t->other_family, TWS_FACT(OTHER_FAMILY));
}

static void look(struct tws_view *w, uint64_t now)
{
    const struct tws_session *s = w->s;
    uint64_t since = s->stage < TWS_READY ? s->handshake.stage_ns : s->opened_ns;

    w->until_ns = s->how_closed == TWS_OPEN_STILL ? now : s->ending.closed_ns;
    w->has_debt = tws_debt_find(s, &w->debt);
    if (w->has_debt)
        since = w->debt.since_ns;
    tws_standing_others(s, since, now, &w->others);
    if (s->standing.kept && s->how_closed != TWS_OPEN_STILL) { /* they may have left since */
        uint32_t answered = w->others.new_answered;

        w->others = s->standing.others;
        w->others.new_answered = answered;
    }
    if (s->env->wire)
        s->env->wire(s->env->wire_ctx, s, w->until_ns, &w->wire);
    w->facts = s->facts | facts_of_streams(w) | facts_of_ending(s) | facts_of_port(w, since, now) |
               facts_of_requests(w) | facts_of_wire(w) |
               fact_if(s->first_closed == TWS_GATEWAY &&
                           tws_between(s->ending.closed_ns, now) >= SECOND_NS && w->others.open > 0,
                       TWS_FACT(OTHERS_STAY)) |
               fact_if(loopback(&s->gateway), TWS_FACT(LOOPBACK)) |
               fact_if(s->env->slept && s->env->slept() / SECOND_NS > s->slept_s, TWS_FACT(SLEPT)) |
               fact_if(s->stall == TWS_STALL_WINDOW, TWS_FACT(CLIENT_WINDOW)) |
               fact_if(private_net(&s->gateway), TWS_FACT(PRIVATE)) |
               fact_if(bridge(&s->gateway), TWS_FACT(BRIDGE));
}

/* ---- causes ---- */

static bool fits(const struct tws_mode *m, const struct tws_view *w)
{
    return (m->stages >> w->trouble & 1u) && (w->facts & m->needs) == m->needs &&
           (!m->any || (w->facts & m->any)) && !(w->facts & m->refuted_by);
}

static struct tws_cause cause_of(const struct tws_mode *m, tws_facts facts)
{
    if (m->proves && (facts & m->proves) == m->proves)
        return (struct tws_cause){m, m->proven_grade, m->proven_why ? m->proven_why : m->why};
    return (struct tws_cause){m, m->grade, m->why};
}

static int standing(const struct tws_mode *m, tws_facts facts)
{
    return m->rank - (facts & m->favoured_by ? 20 : 0) + (facts & m->weakened_by ? 20 : 0);
}

/* Does `a` come before `b`? */
static bool before(const struct tws_cause *a, const struct tws_cause *b, tws_facts facts)
{
    if (a->certainty != b->certainty)
        return a->certainty > b->certainty;
    return standing(a->mode, facts) < standing(b->mode, facts);
}

/* A mode that shows in two ways is one cause all the same: of its rows the better one stays.  True:
 * `c` is not needed any more. */
static bool named_already(struct tws_verdict *v, const struct tws_cause *c, tws_facts facts)
{
    for (size_t i = 0; i < v->n_causes; i++) {
        if (v->causes[i].mode->number != c->mode->number)
            continue;
        if (!before(c, &v->causes[i], facts))
            return true;
        memmove(&v->causes[i], &v->causes[i + 1], (v->n_causes - i - 1) * sizeof v->causes[0]);
        v->n_causes--;
        return false;
    }
    return false;
}

/* Keep the best TWS_CAUSES_MAX, in order. */
static void rank_in(struct tws_verdict *v, struct tws_cause c, tws_facts facts)
{
    size_t at;

    if (named_already(v, &c, facts))
        return;
    at = v->n_causes;
    while (at > 0 && before(&c, &v->causes[at - 1], facts))
        at--;
    if (at >= TWS_CAUSES_MAX)
        return;
    if (v->n_causes < TWS_CAUSES_MAX)
        v->n_causes++;
    for (size_t i = v->n_causes - 1u; i > at; i--)
        v->causes[i] = v->causes[i - 1];
    v->causes[at] = c;
}

/* The mode is named when the best cause is at least likely; between equals the one that field
 * reports end at more often goes first. */
static void decide(const struct tws_view *w, struct tws_verdict *v)
{
    bool lost = w->s->loss.last_ns[0] || w->s->loss.last_ns[1];

    /* What TCP itself shows, no loss in the capture explains. */
    if (w->facts & (TWS_FACT(CLIENT_WINDOW) | TWS_FACT(PATH_DEAD)))
        lost = false;
    if (v->stage == TWS_TROUBLE_NONE) {
        const struct tws_refusal *r = tws_refusal_of(w->s);

        v->certainty = lost ? TWS_LIKELY : TWS_CERTAIN;
        if (r && r->certainty < v->certainty)
            v->certainty = TWS_LIKELY;
        if (w->s->loss.midstream && w->s->stage == TWS_TCP) /* not one frame was seen */
            v->certainty = TWS_CANNOT_TELL;
        return;
    }
    for (size_t i = 0; lost && v->silent != TWS_NOBODY && i < v->n_causes; i++) {
        if (v->causes[i].certainty == TWS_CERTAIN)
            v->causes[i].certainty = TWS_LIKELY;
    }
    v->certainty = TWS_CANNOT_TELL;
    if (!v->n_causes || v->causes[0].certainty == TWS_CANNOT_TELL)
        return;
    v->mode = v->causes[0].mode;
    v->certainty = v->causes[0].certainty;
    if (v->certainty != TWS_CERTAIN)
        return;
    /* Beside a certain cause, guesses are noise. */
    while (v->causes[v->n_causes - 1].certainty == TWS_CANNOT_TELL)
        v->n_causes--;
}

static void find_causes(const struct tws_view *w, struct tws_verdict *v)
{
    if (w->trouble == TWS_TROUBLE_NONE)
        return;
    for (size_t i = 0; i < tws_catalog_len; i++) {
        const struct tws_mode *m = &tws_catalog[i];

        if (fits(m, w))
            rank_in(v, cause_of(m, w->facts), w->facts);
    }
}

/* The one observation that would decide where the wire cannot. */
static const char *next_step(const struct tws_verdict *v)
{
    static const char *const steps[TWS_TROUBLES] = {
        [TWS_HELLO_UNANSWERED] =
            "On the gateway's machine: ss -ltn. Recv-Q of the LISTEN row above 0: it does not "
            "accept (wedge); 0: look at its window.",
        [TWS_STARTAPI_MISSING] = "On the client's machine: ss -tn. Recv-Q 0 means that the client "
                                 "has read the version reply.",
        [TWS_STARTAPI_UNANSWERED] = "Look at the gateway's window for a dialog, then connect with "
                                    "an unused client id.",
        [TWS_LIVE_REQUEST_UNANSWERED] = "Send reqCurrentTime once: an answer means that only the "
                                        "open request hangs.",
        [TWS_LIVE_GATEWAY_QUIET] = "Send reqCurrentTime once: an answer means that the gateway "
                                   "lives.",
        [TWS_CLOSED_BY_GATEWAY] = "ss -ltnp on the listener's machine: java owns the port, or a "
                                  "relay?",
        [TWS_RESET] = "ss -ltnp on the listener's machine: java owns the port, or a relay?",
    };

    if (v->stage == TWS_TROUBLE_NONE || v->certainty == TWS_CERTAIN)
        return NULL;
    if (v->certainty == TWS_LIKELY)
        return v->mode->check;
    if (steps[v->stage])
        return steps[v->stage];
    return v->n_causes ? v->causes[0].mode->check : NULL;
}

void tws_verdict_make(const struct tws_session *s, bool final, uint64_t now,
                      struct tws_verdict *out)
{
    struct tws_view w = {.s = s, .final = final};

    look(&w, now);
    judge(&w);
    out->final = final;
    out->progress = (enum tws_stage)s->stage;
    out->stage = w.trouble;
    out->silent = w.silent;
    out->since_ns = w.since_ns;
    out->silence_ns = w.silence_ns;
    out->mode = NULL;
    out->asked = false;
    out->open = s->finished ? NULL : &s->requests;
    out->n_causes = 0;
    out->n_evidence = 0;
    find_causes(&w, out);
    decide(&w, out);
    out->next = next_step(out);
    tws_sentence_write(&w, out);
    tws_evidence_collect(&w, out);
}

bool tws_verdict_is_probe(const struct tws_verdict *v)
{
    return v->mode && strcmp(v->mode->id, "port-probe") == 0;
}
