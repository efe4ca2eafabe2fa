/* client_checks.c - what a client's requests show about the client itself. */
#include "client_checks.h"
#include "emit.h"
#include "ids.h"
#include <stdlib.h>

#define SECOND_NS 1000000000ull

static void put_pace(struct tws_session *s, enum tws_pace_what what, uint32_t count, uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_PACING};

    if (what == TWS_PACE_NOTHING || !tws_emit_wanted(s, TWS_EV_PACING))
        return;
    ev.u.pacing.what = what;
    ev.u.pacing.count = count;
    tws_pace_limit(what, &ev.u.pacing.limit, &ev.u.pacing.window_ns);
    tws_emit(s, &ev, now);
}

/* The request's bytes behind its reqId: two that differ in nothing else are the same. */
static struct tws_cursor without_key(const struct tws_message *m)
{
    size_t span = tws_message_key_span(m);
    struct tws_cursor rest = m->body;
    const uint8_t *passed;

    tws_take(&rest, span, &passed);
    return rest;
}

static void ids_add(uint64_t ids[2], int32_t id)
{
    if (id >= 0 && id < 128)
        ids[id >> 6] |= (uint64_t)1 << (id & 63);
}

void tws_client_checks_pace(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    enum tws_pace_what what;
    uint32_t count;

    if (!s->checks.asked && !(s->checks.asked = calloc(1, sizeof *s->checks.asked)))
        return;
    s->checks.asked->first_of_form =
        m->id >= 0 && m->id < 128 && !tws_ids_have(s->checks.asked->sent, m->id);
    ids_add(s->checks.asked->sent, m->id);
    what = tws_pacing_message(&s->checks.asked->pacing, now, &count);
    put_pace(s, what, count, now);
    if (m->id != TWS_OUT_REQ_HISTORICAL_DATA)
        return;
    what = tws_pacing_history(&s->checks.asked->pacing, without_key(m), now, &count);
    put_pace(s, what, count, now);
}

void tws_client_checks_time(struct tws_session *s, uint64_t now)
{
    if (s->checks.time_asked_ns && tws_between(s->checks.time_asked_ns, now) < SECOND_NS)
        s->seen |= TWS_SAW(TIME_TWICE);
    else
        s->seen &= ~TWS_SAW(TIME_TWICE);
    s->checks.time_asked_ns = now;
}

/* IB's Python client loses a read of exactly 4096 bytes behind which nothing comes for a second:
 * it then asks again what it was told in them. */
#define LOST_READ 4096u

void tws_client_checks_deaf(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    const struct tws_requests *r = &s->requests;
    int64_t key = 0;

    if (!s->rhythm.run || s->rhythm.run % LOST_READ != 0 ||
        tws_between(s->last_bytes_ns[1], now) < SECOND_NS || m->id != r->done_id)
        return;
    (void)tws_message_key(m, &key);
    if ((uint32_t)key == r->done_key || r->done_by_type)
        s->seen |= TWS_SAW(DEAF);
}

#define ODD_MAX 1000u

/* A gateway may close for a field too few or too many, so the client's last frame is held against
 * its layout; of each kind of request until one fits, for a library makes all of them alike.
 * Protobuf has no such thing. */
void tws_client_checks_fields(struct tws_session *s, const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;
    uint32_t extra = 0, missing;

    s->checks.odd_missing = s->checks.odd_extra = 0;
    if (m->form != TWS_FORM_TEXT || !m->row || !m->row->n_fields ||
        !s->conversation.reading.server_version ||
        (s->checks.asked && tws_ids_have(s->checks.asked->fits, m->id)))
        return;
    tws_walk_open(m, &w);
    while (tws_walk_step(&w, &v))
        extra += v.step == TWS_STEP_VALUE && !v.field;
    missing = tws_walk_missing(&w);
    s->checks.odd_extra = (uint16_t)(extra < ODD_MAX ? extra : ODD_MAX);
    s->checks.odd_missing = (uint16_t)(missing < ODD_MAX ? missing : ODD_MAX);
    if (!extra && !missing && s->checks.asked)
        ids_add(s->checks.asked->fits, m->id);
}

void tws_client_checks_answered(struct tws_session *s)
{
    if (s->checks.asked && s->requests.done_id)
        ids_add(s->checks.asked->answered, s->requests.done_id);
}

/* A stream that is served stays open. */
static bool served_by_now(const struct tws_requests *r, int32_t id)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (r->open[i].id == id && r->open[i].answers)
            return true;
    return false;
}

void tws_client_checks_form(const struct tws_session *s, uint32_t *paced, bool *first,
                            bool *answered)
{
    const struct tws_asked *a = s->checks.asked;
    int32_t id = s->last[0].id;

    *paced = 0;
    *first = *answered = false;
    if (!a || id <= 0 || id >= (int32_t)TWS_ID_LIMIT)
        return;
    *paced = a->pacing.messages.head - a->pacing.messages.tail;
    *first = a->first_of_form;
    *answered = tws_ids_have(a->answered, id) || served_by_now(&s->requests, id);
}

void tws_client_checks_free(struct tws_session *s)
{
    free(s->checks.asked);
    s->checks.asked = NULL;
}
