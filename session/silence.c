/* silence.c - a debt past its time: reported once, and again when it is paid. */
#include "silence.h"
#include "deadline.h"
#include "debt.h"
#include "edge_facts.h"
#include "emit.h"
#include "last_served.h"
#include "rhythm.h"
#include "standing.h"

static void put_silence(struct tws_session *s, enum tws_event_kind kind, enum tws_side owes,
                        uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, kind))
        return;
    ev = (struct tws_event){.kind = kind};
    if (kind == TWS_EV_SILENCE && s->told)
        ev.u.silence.kernel = s->told->kernel;
    ev.u.silence.stage = (enum tws_trouble)s->silence;
    ev.u.silence.owes = owes;
    ev.u.silence.since_ns = s->silent.from_ns;
    ev.u.silence.waited_ns = tws_between(s->silent.from_ns, now);
    ev.u.silence.last_client = s->last[0];
    ev.u.silence.last_gateway = s->last[1];
    tws_standing_others(s, tws_standing_since(s, (enum tws_trouble)s->silence, s->silent.from_ns),
                        now, &ev.u.silence.others);
    tws_emit(s, &ev, now);
}

#define LOOK_LEAST_NS 1000000u /* two looks are at least so far apart */

/* When the kernel is asked again; 0: not any more. */
static uint64_t next_look(const struct tws_session *s, uint64_t now)
{
    uint64_t waited = tws_between(s->silent.from_ns, now);
    uint64_t at = tws_after(now, waited > LOOK_LEAST_NS ? waited : LOOK_LEAST_NS);

    return at == TWS_NEVER ? 0 : at;
}

static void begin(struct tws_session *s, const struct tws_debt *d, uint64_t now)
{
    s->silence = (uint8_t)d->trouble;
    s->silent_owes = (uint8_t)d->owes;
    s->silent.from_ns = d->since_ns;
    s->silent.serial = d->quiet && d->request ? d->request->serial : 0;
    s->env->summary.silences++;
    if (d->trouble == TWS_HELLO_UNANSWERED)
        tws_last_served_not(s, now);
    tws_standing_update(s);
    tws_standing_keep(s, tws_standing_since(s, d->trouble, d->since_ns), now);
    tws_edge_facts_ask(s, now);
    put_silence(s, TWS_EV_SILENCE, d->owes, now);
    if (s->env->measures & TWS_OF_KERNEL)
        s->silent.look_ns = next_look(s, now);
    if (s->silent.look_ns)
        tws_deadline_by(s, s->silent.look_ns);
}

bool tws_silence_look_again(struct tws_session *s, uint64_t at)
{
    if (s->how_closed != TWS_OPEN_STILL || !s->silence || !s->silent.look_ns ||
        s->silent.look_ns > at)
        return false;
    s->silent.look_ns = next_look(s, at);
    return tws_edge_facts_ask_again(s, at);
}

void tws_silence_recovered(struct tws_session *s, uint64_t now)
{
    uint64_t waited = tws_between(s->silent.from_ns, now);

    if (waited > s->silent.longest_ns)
        s->silent.longest_ns = waited;
    s->env->summary.recovered++;
    put_silence(s, TWS_EV_RECOVERED, (enum tws_side)s->silent_owes, now);
    if (s->silence == TWS_LIVE_GATEWAY_QUIET)
        tws_rhythm_restart(s);
    s->silence = TWS_TROUBLE_NONE;
    tws_standing_forget(s);
    s->silent.look_ns = 0;
    tws_edge_facts_forget(s);
    tws_standing_update(s);
}

/* Requests past their time are reported once. */
static void report(struct tws_session *s, uint64_t at)
{
    uint64_t next;

    tws_requests_report(&s->requests, s->env, at);
    next = tws_requests_due(&s->requests, s->env);
    if (next)
        tws_deadline_by(s, next);
}

bool tws_silence_pass(struct tws_session *s, uint64_t at)
{
    struct tws_debt d;

    if (s->how_closed != TWS_OPEN_STILL)
        return false;
    if (s->silence && s->silent.look_ns)
        s->deadline_ns = s->silent.look_ns;
    if (!tws_debt_find(s, &d))
        return false;
    if (d.due_ns > at) {
        tws_deadline_by(s, d.due_ns);
        return false;
    }
    if (d.request && !d.quiet)
        report(s, at);
    if (s->silence)
        return false;
    if (d.due_ns > s->now_ns) /* dated when it was due, and never before what was said already */
        s->now_ns = d.due_ns;
    begin(s, &d, s->now_ns);
    return true;
}
