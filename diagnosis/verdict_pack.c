/* verdict_pack.c - verdicts to bytes, and back. */
#include "verdict_pack.h"
#include "event_rows.h"
#include <string.h>

static const struct tws_member evidence_members[] = {
    ROW(tws_evidence, fact, TWS_ROW_WORDS), ROW(tws_evidence, what, TWS_ROW_WORDS),
    ROW(tws_evidence, value, TWS_ROW_SAYS), CHOICE(tws_evidence, source, 0, TWS_SOURCES),
    NUMBER(tws_evidence, number), /* by its bits */
    ROW(tws_evidence, unit, TWS_ROW_TEXT),
};

static const struct tws_rows evidence = ROWS(evidence_members);

static const struct tws_member verdict_members[] = {
    YES_NO(tws_verdict, final),
    YES_NO(tws_verdict, asked),
    CHOICE(tws_verdict, progress, 0, TWS_STAGES),
    CHOICE(tws_verdict, stage, 0, TWS_TROUBLES),
    PARTY(tws_verdict, silent),
    NUMBER(tws_verdict, since_ns),
    NUMBER(tws_verdict, silence_ns),
    CHOICE(tws_verdict, certainty, 0, TWS_CERTAIN + 1),
    ROW(tws_verdict, says, TWS_ROW_SAYS),
    ROW(tws_verdict, next, TWS_ROW_TEXT),
    LIST(tws_verdict, evidence[0], n_evidence, TWS_EVIDENCE_MAX, evidence),
    PART(tws_verdict, open, tws_open_rows),
};

static const struct tws_member cause_members[] = {
    CHOICE(tws_cause, certainty, 0, TWS_CERTAIN + 1),
    ROW(tws_cause, why, TWS_ROW_WORDS),
};

static const struct tws_rows verdict = ROWS(verdict_members), cause = ROWS(cause_members);

static void put_mode(struct tws_writer *w, const struct tws_mode *mode)
{
    tws_put_text(w, mode ? mode->id : NULL, TWS_EVENT_TEXT_MAX, true);
}

static void put(struct tws_writer *w, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;

    tws_put_members(w, verdict, v);
    put_mode(w, v->mode);
    tws_put_number(w, v->n_causes, 1);
    for (size_t i = 0; i < v->n_causes; i++) {
        put_mode(w, v->causes[i].mode);
        tws_put_number(w, v->causes[i].pattern, 1);
        tws_put_members(w, cause, &v->causes[i]);
    }
}

/* NULL with true: none. */
static bool take_mode(struct tws_cursor *in, const struct tws_mode **out)
{
    const char *id;
    size_t size;

    *out = NULL;
    if (!tws_take_packed_text(in, true, &id, &size))
        return false;
    if (id)
        *out = tws_modes_find(id);
    return !id || *out;
}

static bool take_cause(struct tws_cursor *in, struct tws_cause *out)
{
    uint64_t pattern;

    if (!take_mode(in, &out->mode) || !out->mode ||
        !tws_take_choice(in, 0, out->mode->n_patterns, &pattern))
        return false;
    out->pattern = (uint8_t)pattern;
    return tws_take_members(in, cause, out);
}

static bool take_causes(struct tws_cursor *in, struct tws_verdict *v)
{
    uint64_t n;

    if (!tws_take_choice(in, 0, TWS_CAUSES_MAX + 1, &n))
        return false;
    v->n_causes = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        if (!take_cause(in, &v->causes[i]))
            return false;
    return true;
}

static bool take(struct tws_cursor *in, struct tws_event *ev, void *held)
{
    struct tws_verdict *v = held;

    if (!v)
        return false;
    memset(v, 0, sizeof *v);
    ev->u.verdict = v;
    return tws_take_members(in, verdict, v) && tws_open_is_sound(&v->open) &&
           take_mode(in, &v->mode) && take_causes(in, v);
}

const struct tws_packer tws_verdict_packer = {TWS_EV_VERDICT, put, take};
