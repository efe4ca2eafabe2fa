/* diagnose.c - states to verdicts. */
#include "diagnose.h"
#include "evidence.h"
#include "judge.h"
#include "rank.h"
#include "sentence.h"
#include <string.h>

/* Evidence of the wire is the log's, and a log knows of nothing else. */
static void as_of_a_log(struct tws_verdict *v)
{
    uint8_t n = 0;

    for (uint8_t i = 0; i < v->n_evidence; i++) {
        if (v->evidence[i].source != TWS_FROM_WIRE)
            continue;
        v->evidence[n] = v->evidence[i];
        v->evidence[n++].source = TWS_FROM_LOG;
    }
    v->n_evidence = n;
}

void tws_diagnose(const struct tws_state *s, struct tws_verdict *out)
{
    struct tws_view w = {.s = s};

    w.facts = tws_facts_establish(&w);
    tws_judge(&w);
    out->final = s->final;
    out->asked = s->asked;
    out->progress = (enum tws_stage)s->progress.stage;
    out->stage = w.trouble;
    out->silent = w.silent;
    out->since_ns = w.since_ns;
    out->silence_ns = w.silence_ns;
    out->open = s->open;
    out->n_evidence = 0;
    tws_rank(&w, out);
    tws_sentence_write(&w, out);
    tws_evidence_collect(&w, out);
    if (s->logged)
        as_of_a_log(out);
}

bool tws_verdict_is_probe(const struct tws_verdict *v)
{
    return v->mode && strcmp(v->mode->id, "port-probe") == 0;
}

static void count(struct tws_diagnosis *d, const struct tws_verdict *v)
{
    if (!v->final)
        return;
    if (tws_verdict_is_probe(v))
        d->probes++;
    else if (v->stage == TWS_TROUBLE_NONE)
        d->healthy++;
    else
        d->troubled++;
}

static void pass_on(const struct tws_diagnosis *d, const struct tws_event *ev)
{
    if (d->next.wants & TWS_WANTS(ev->kind))
        d->next.put(d->next.ctx, ev);
}

static void judge_state(struct tws_diagnosis *d, const struct tws_event *ev)
{
    struct tws_event said = {.kind = TWS_EV_VERDICT, .ts_ns = ev->ts_ns, .conn = ev->conn};
    struct tws_verdict v;

    pass_on(d, ev);
    tws_diagnose(ev->u.state, &v);
    count(d, &v);
    said.u.verdict = &v;
    pass_on(d, &said);
}

static void sum_up(struct tws_diagnosis *d, const struct tws_event *ev)
{
    struct tws_event sum = *ev;

    d->summary = *ev->u.summary;
    d->summary.healthy = d->healthy;
    d->summary.troubled = d->troubled;
    d->summary.probes = d->probes;
    sum.u.summary = &d->summary;
    pass_on(d, &sum);
}

static void put(void *ctx, const struct tws_event *ev)
{
    struct tws_diagnosis *d = ctx;

    if (ev->kind == TWS_EV_STATE)
        judge_state(d, ev);
    else if (ev->kind == TWS_EV_SUMMARY)
        sum_up(d, ev);
    else
        pass_on(d, ev);
}

void tws_diagnosis_init(struct tws_diagnosis *d, struct tws_sink next)
{
    *d = (struct tws_diagnosis){.next = next};
}

struct tws_sink tws_diagnosis_sink(struct tws_diagnosis *d)
{
    return (struct tws_sink){
        .put = put, .ctx = d, .wants = d->next.wants | TWS_WANTS(TWS_EV_STATE)};
}
