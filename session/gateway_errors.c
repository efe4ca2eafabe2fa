/* What a gateway says in message 4, and how near its client comes to the limits. */
#include "ids.h"
#include "notice.h"
#include "silence.h"
#include <stdlib.h>
#include <string.h>

static bool says(struct tws_cursor text, const char *word)
{
    size_t n = strlen(word);

    for (size_t at = 0; at + n <= text.left; at++) {
        size_t i = 0;

        while (i < n && (text.p[at + i] | 0x20) == word[i])
            i++;
        if (i == n)
            return true;
    }
    return false;
}

/* What a code establishes, and what it takes back. */
static const struct code {
    int16_t first, last;
    tws_facts sets, clears;
} codes[] = {
    {100, 100, TWS_FACT(RATE), 0},
    {320, 323, TWS_FACT(BAD_REQUEST), 0},
    {326, 326, TWS_FACT(ID_IN_USE), 0},
    {357, 357, TWS_FACT(VERSION_CODE), 0},
    {503, 503, TWS_FACT(VERSION_CODE), 0},
    {505, 508, TWS_FACT(VERSION_CODE), 0},
    {1100, 1100, TWS_FACT(LOST), 0},
    {1101, 1101, TWS_FACT(DATA_LOST), TWS_FACT(LOST)},
    {1102, 1102, 0, TWS_FACT(LOST) | TWS_FACT(DATA_LOST)},
    {1300, 1300, TWS_FACT(PORT_CHANGED), 0},
    {2110, 2110, TWS_FACT(LOST), 0},
    {10197, 10197, TWS_FACT(COMPETING), 0},
};

/* The state of the links; returns the farm that the notice speaks of, or NULL. */
static const struct tws_farm *note_link(struct tws_session *s, int64_t code, struct tws_cursor text,
                                        uint64_t now)
{
    const struct tws_farm *farm;

    if (!tws_upstream_concerns(code))
        return NULL;
    if (!s->upstream)
        s->upstream = calloc(1, sizeof *s->upstream);
    if (!s->upstream) /* no memory: the facts go without it */
        return NULL;
    farm = tws_upstream_note(s->upstream, code, text, now);
    s->facts &= ~TWS_FACT(FARM_LOST);
    if (tws_upstream_count(s->upstream, TWS_FARM_BROKEN, NULL))
        s->facts |= TWS_FACT(FARM_LOST);
    return farm;
}

static void note_code(struct tws_session *s, int64_t code, struct tws_cursor text, uint64_t now)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (code < codes[i].first || code > codes[i].last)
            continue;
        s->facts = (s->facts | codes[i].sets) & ~codes[i].clears;
        s->last_code = (int32_t)code;
    }
    if (code == 321 && says(text, "read-only"))
        s->facts |= TWS_FACT(READ_ONLY);
    if (code == 1101 || code == 1102)
        tws_session_due(
            s, tws_after(now, s->env->timing.request_ns)); /* what was quiet is looked at */
    if (code == 1100)
        s->port->lost_1100_ns = now;
    else if (code == 1101 || code == 1102)
        s->port->lost_1100_ns = 0;
}

void tws_session_notice(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    struct tws_value id, code, text;
    const struct tws_farm *farm;
    enum tws_notice_class class;
    struct tws_event ev;

    if (!tws_message_find(m, TWS_ERROR_CODE, &code))
        return;
    if (!tws_message_find(m, TWS_REQUEST_ID, &id))
        id.integer = 0; /* protobuf leaves a zero out */
    if (!tws_message_find(m, TWS_ERROR_TEXT, &text))
        text.text = (struct tws_cursor){NULL, 0};
    note_code(s, code.integer, text.text, now);
    farm = note_link(s, code.integer, text.text, now);
    class = tws_notice_class(code.integer);
    if (id.integer != -1 && class != TWS_CLASS_SYSTEM && class != TWS_CLASS_CONNECTIVITY &&
        class != TWS_CLASS_PACING)
        return;
    if (!tws_session_wants(s, TWS_EV_NOTICE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_NOTICE};
    ev.u.notice.code = code.integer;
    ev.u.notice.req_id = id.integer;
    ev.u.notice.text = text.text;
    ev.u.notice.class = class;
    ev.u.notice.link = s->upstream ? (enum tws_link)s->upstream->link : TWS_LINK_UNKNOWN;
    ev.u.notice.farm = farm;
    tws_session_put(s, &ev, now);
}

/* ---- pacing ---- */

static void put_pace(struct tws_session *s, enum tws_pace_what what, uint32_t count, uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_PACING};

    if (what == TWS_PACE_NOTHING || !tws_session_wants(s, TWS_EV_PACING))
        return;
    ev.u.pacing.what = what;
    ev.u.pacing.count = count;
    tws_pace_limit(what, &ev.u.pacing.limit, &ev.u.pacing.window_ns);
    tws_session_put(s, &ev, now);
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

void tws_session_pace(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    enum tws_pace_what what;
    uint32_t count;

    if (!s->asked && !(s->asked = calloc(1, sizeof *s->asked)))
        return;
    what = tws_pacing_message(&s->asked->pacing, now, &count);
    put_pace(s, what, count, now);
    if (m->id != TWS_OUT_REQ_HISTORICAL_DATA)
        return;
    what = tws_pacing_history(&s->asked->pacing, without_key(m), now, &count);
    put_pace(s, what, count, now);
}
