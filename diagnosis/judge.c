/* judge.c - what happened: the stage, who is silent, since when. */
#include "judge.h"
#include "stage.h"

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
    if (w->s->side[1].bytes || tws_state_hides(w->s, TWS_GATEWAY, w->s->progress.since_ns))
        return true;
    w->trouble = TWS_HELLO_UNANSWERED;
    w->silent = w->s->first_closed == TWS_GATEWAY ? TWS_NOBODY : TWS_GATEWAY;
    w->since_ns = w->s->progress.since_ns;
    return true;
}

/* The gateway stated, in a reply or a code, why it does not serve this session or has ended it: a
 * row holds when one of `said` and all of `needs` do, at a stage from `from` to `to`. */
static const struct word {
    tws_fact_set said, needs;
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

        if ((w->facts & d->said) && (w->facts & d->needs) == d->needs &&
            w->s->progress.stage >= d->from && w->s->progress.stage <= d->to) {
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
static bool stood(const struct tws_view *w, const struct tws_owed *d)
{
    if (d->due_ns <= w->s->until_ns)
        return true;
    return !d->quiet && !d->request.id &&
           tws_between(d->since_ns, w->s->until_ns) >= TWS_PATIENCE_NS;
}

/* Can anything have been lost since? */
static bool hidden_since(const struct tws_view *w, uint64_t since)
{
    return tws_state_hides(w->s, TWS_CLIENT, since) || tws_state_hides(w->s, TWS_GATEWAY, since);
}

static bool by_debt(struct tws_view *w)
{
    if (w->s->owed.any && stood(w, &w->s->owed)) {
        w->trouble = (enum tws_trouble)w->s->owed.trouble;
        w->silent = (enum tws_side)w->s->owed.owes;
        w->since_ns = w->s->owed.since_ns;
        return true;
    }
    if (w->s->silence &&
        !hidden_since(w, w->s->silent_from_ns)) { /* the client has withdrawn its request, and
                                                     nothing has come since */
        w->trouble = (enum tws_trouble)w->s->silence;
        w->silent = (enum tws_side)w->s->silent_owes;
        w->since_ns = w->s->silent_from_ns;
        return true;
    }
    return false;
}

/* Accepted and closed at once, the hello unread: the closer's kernel then sends a reset in place of
 * a FIN, and what happened is a close all the same. */
static bool shut_the_door(const struct tws_view *w)
{
    const tws_fact_set at_once = TWS_FACT(GATEWAY_MUTE) | TWS_FACT(FAST_CLOSE);

    return w->s->progress.stage == TWS_HELLO && (w->facts & at_once) == at_once &&
           !(w->facts & TWS_FACT(JUST_REFUSED));
}

static bool by_gateway_close(struct tws_view *w)
{
    if (w->s->first_closed != TWS_GATEWAY)
        return false;
    if (w->s->how_closed == TWS_RST) {
        w->trouble = shut_the_door(w) ? TWS_CLOSED_BY_GATEWAY : TWS_RESET;
    } else if (w->s->how_closed == TWS_TIMEOUT) {
        w->trouble =
            w->s->progress.stage >= TWS_READY ? TWS_LIVE_GATEWAY_QUIET : TWS_HELLO_UNANSWERED;
        w->silent = TWS_NETWORK;
        w->since_ns = w->s->side[1].spoke_ns ? w->s->side[1].spoke_ns : w->s->opened_ns;
    } else {
        w->trouble = TWS_CLOSED_BY_GATEWAY;
    }
    return true;
}

/* The client left, but what was missing then may only not have been seen. */
static bool left_unseen(const struct tws_state *s)
{
    enum tws_side owed = tws_stage_owes((enum tws_stage)s->progress.at_close);

    return (s->midstream && s->progress.at_close == TWS_TCP) ||
           tws_state_hides(s, owed == TWS_CLIENT ? TWS_CLIENT : TWS_GATEWAY, s->progress.since_ns);
}

/* The client left in the middle of the handshake, too soon for a debt to have stood. */
static bool by_client_close(struct tws_view *w)
{
    if (w->s->first_closed != TWS_CLIENT || left_unseen(w->s))
        return false;
    switch ((enum tws_stage)w->s->progress.at_close) {
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
            w->since_ns = w->s->progress.since_ns;
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
    if (!(w->facts & TWS_FACT(SYN_AGAIN)) || w->s->progress.stage != TWS_TCP)
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
    uint64_t a = w->s->facts.wire.client.unacked_ns, b = w->s->facts.wire.gateway.unacked_ns;

    if (!(w->facts & TWS_FACT(PATH_DEAD)) || !w->s->facts.wire.known ||
        w->s->progress.stage < TWS_READY)
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
        w->s->progress.stage < TWS_READY ||
        tws_between(w->s->opened_ns, w->s->until_ns) > TWS_VISIT_NS)
        return false;
    w->trouble = TWS_CLOSED_BY_CLIENT;
    return true;
}

/* Nothing is missing on the wire, and the client behaves as if it were. */
static bool by_deafness(struct tws_view *w)
{
    if (!(w->facts & TWS_FACT(DEAF)) || w->s->progress.stage < TWS_READY)
        return false;
    w->trouble = TWS_LIVE_CLIENT_DEAF;
    w->silent = TWS_CLIENT;
    return true;
}

/* Nothing is overdue, and yet something stands still. */
static bool by_quiet(struct tws_view *w)
{
    if (w->s->progress.stage < TWS_READY)
        return false;
    if (!(w->facts & TWS_FACT(LOST)))
        return false;
    w->trouble = TWS_LIVE_GATEWAY_QUIET;
    w->silent = TWS_NETWORK; /* the gateway's way to IB */
    w->since_ns = w->s->upstream.link_ns;
    return true;
}

void tws_judge(struct tws_view *w)
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
        w->silence_ns = tws_between(w->since_ns, w->s->until_ns);
}
