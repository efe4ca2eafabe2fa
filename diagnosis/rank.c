/* rank.c - patterns that fit the facts, to ranked causes. */
#include "rank.h"

static bool fits(const struct tws_pattern *p, const struct tws_view *w)
{
    return (p->stages >> w->trouble & 1u) && (w->facts & p->needs) == p->needs &&
           (!p->any || (w->facts & p->any)) && !(w->facts & p->refuted_by);
}

static struct tws_cause cause_of(const struct tws_mode *m, uint8_t pattern, tws_fact_set facts)
{
    const struct tws_pattern *p = &m->pattern[pattern];

    if (p->proves && (facts & p->proves) == p->proves)
        return (struct tws_cause){m, pattern, p->proven_grade,
                                  p->proven_why ? p->proven_why : p->why};
    return (struct tws_cause){m, pattern, p->grade, p->why};
}

static int standing(const struct tws_cause *c, tws_fact_set facts)
{
    const struct tws_pattern *p = &c->mode->pattern[c->pattern];

    return p->rank - (facts & p->favoured_by ? 20 : 0) + (facts & p->weakened_by ? 20 : 0);
}

/* Does `a` come before `b`? */
static bool before(const struct tws_cause *a, const struct tws_cause *b, tws_fact_set facts)
{
    if (a->certainty != b->certainty)
        return a->certainty > b->certainty;
    return standing(a, facts) < standing(b, facts);
}

/* A mode that shows in two ways is one cause all the same: by the better of its patterns.  False:
 * none fits. */
static bool best_of(const struct tws_mode *m, const struct tws_view *w, struct tws_cause *out)
{
    bool found = false;

    for (uint8_t i = 0; i < m->n_patterns; i++) {
        struct tws_cause c = cause_of(m, i, w->facts);

        if (!fits(&m->pattern[i], w) || (found && !before(&c, out, w->facts)))
            continue;
        *out = c;
        found = true;
    }
    return found;
}

/* Keep the best TWS_CAUSES_MAX, in order; equals in the order of the modes. */
static void rank_in(struct tws_verdict *v, const struct tws_cause *c, tws_fact_set facts)
{
    size_t at = v->n_causes;

    while (at > 0 && before(c, &v->causes[at - 1], facts))
        at--;
    if (at >= TWS_CAUSES_MAX)
        return;
    if (v->n_causes < TWS_CAUSES_MAX)
        v->n_causes++;
    for (size_t i = v->n_causes - 1u; i > at; i--)
        v->causes[i] = v->causes[i - 1];
    v->causes[at] = *c;
}

static void find_causes(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_cause c;

    if (w->trouble == TWS_TROUBLE_NONE)
        return;
    for (size_t i = 0; i < tws_modes_len; i++)
        if (best_of(&tws_modes[i], w, &c))
            rank_in(v, &c, w->facts);
}

/* The mode is named when the best cause is at least likely; between equals the one that field
 * reports end at more often goes first. */
static void decide(const struct tws_view *w, struct tws_verdict *v)
{
    bool lost = w->s->side[0].lost_ns || w->s->side[1].lost_ns;

    /* What TCP itself shows, no loss in the capture explains. */
    if (w->facts & (TWS_FACT(CLIENT_WINDOW) | TWS_FACT(PATH_DEAD)))
        lost = false;
    if (v->stage == TWS_TROUBLE_NONE) {
        const struct tws_refusal *r = &w->s->refusal;

        v->certainty = lost ? TWS_LIKELY : TWS_CERTAIN;
        if (r->code && r->certainty < v->certainty)
            v->certainty = TWS_LIKELY;
        if (w->s->midstream && w->s->progress.stage == TWS_TCP) /* not one frame was seen */
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

/* reqCurrentTime shows whether the gateway answers: that is known where it sent something since, or
 * where that is what waits. */
static bool asks_for_known(const struct tws_view *w, enum tws_trouble at)
{
    return (at == TWS_LIVE_REQUEST_UNANSWERED || at == TWS_LIVE_GATEWAY_QUIET) &&
           (w->facts & (TWS_FACT(HEARD) | TWS_FACT(OPEN_TIME)));
}

/* The one observation that would decide where the wire cannot. */
static const char *next_step(const struct tws_view *w, const struct tws_verdict *v)
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
        return tws_cause_check(&v->causes[0]);
    if (steps[v->stage] && !asks_for_known(w, v->stage))
        return steps[v->stage];
    return v->n_causes ? tws_cause_check(&v->causes[0]) : NULL;
}

void tws_rank(const struct tws_view *w, struct tws_verdict *v)
{
    v->mode = NULL;
    v->n_causes = 0;
    find_causes(w, v);
    decide(w, v);
    v->next = next_step(w, v);
}

const char *tws_cause_check(const struct tws_cause *c)
{
    return c->mode->pattern[c->pattern].check;
}

const char *tws_cause_remedy(const struct tws_cause *c)
{
    const char *own = c->mode->pattern[c->pattern].remedy;

    return own ? own : c->mode->remedy;
}
