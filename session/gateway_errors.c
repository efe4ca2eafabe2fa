/* gateway_errors.c - the gateway's error messages (message 4): codes, and the state of its links.
 */
#include "gateway_errors.h"
#include "deadline.h"
#include "emit.h"
#include "notice.h"
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
    tws_seen_bits sets, clears;
} codes[] = {
    {100, 100, TWS_SAW(RATE), 0},
    {320, 323, TWS_SAW(BAD_REQUEST), 0},
    {326, 326, TWS_SAW(ID_IN_USE), 0},
    {357, 357, TWS_SAW(VERSION_CODE), 0},
    {503, 503, TWS_SAW(VERSION_CODE), 0},
    {505, 508, TWS_SAW(VERSION_CODE), 0},
    {1100, 1100, TWS_SAW(LOST), 0},
    {1101, 1101, TWS_SAW(DATA_LOST), TWS_SAW(LOST)},
    {1102, 1102, 0, TWS_SAW(LOST) | TWS_SAW(DATA_LOST)},
    {1300, 1300, TWS_SAW(PORT_CHANGED), 0},
    {2110, 2110, TWS_SAW(LOST), 0},
    {10197, 10197, TWS_SAW(COMPETING), 0},
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
    s->seen &= ~TWS_SAW(FARM_LOST);
    if (tws_upstream_count(s->upstream, TWS_FARM_BROKEN, NULL))
        s->seen |= TWS_SAW(FARM_LOST);
    return farm;
}

static void note_code(struct tws_session *s, int64_t code, struct tws_cursor text, uint64_t now)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (code < codes[i].first || code > codes[i].last)
            continue;
        s->seen = (s->seen | codes[i].sets) & ~codes[i].clears;
        s->last_code = (int32_t)code;
    }
    if (code == 321 && says(text, "read-only"))
        s->seen |= TWS_SAW(READ_ONLY);
    if (code == 1101 || code == 1102)
        tws_deadline_by(
            s, tws_after(now, s->env->timing.request_ns)); /* what was quiet is looked at */
    if (code == 1100)
        s->port->lost_1100_ns = now;
    else if (code == 1101 || code == 1102)
        s->port->lost_1100_ns = 0;
}

void tws_gateway_errors_note(struct tws_session *s, const struct tws_message *m, uint64_t now)
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
    if (!tws_emit_wanted(s, TWS_EV_NOTICE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_NOTICE};
    ev.u.notice.code = code.integer;
    ev.u.notice.req_id = id.integer;
    ev.u.notice.text = text.text;
    ev.u.notice.class = class;
    ev.u.notice.link = s->upstream ? (enum tws_link)s->upstream->link : TWS_LINK_UNKNOWN;
    if (farm)
        ev.u.notice.farm = *farm;
    tws_emit(s, &ev, now);
}

void tws_gateway_errors_forget(struct tws_session *s)
{
    s->seen &= ~(TWS_SAW(LOST) | TWS_SAW(FARM_LOST));
    if (s->upstream)
        *s->upstream = (struct tws_upstream){0};
}

void tws_gateway_errors_free(struct tws_session *s)
{
    free(s->upstream);
    s->upstream = NULL;
}
