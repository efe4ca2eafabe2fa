/* Events to bytes. */
#include "event_pack.h"
#include "modes.h"
#include "event_rows.h"
#include <string.h>

struct writer {
    uint8_t *to; /* NULL: nothing is written, the bytes are counted */
    size_t room, n;
};

static void put_raw(struct writer *w, const void *p, size_t n)
{
    if (w->to && n && w->n <= w->room && n <= w->room - w->n)
        memcpy(w->to + w->n, p, n);
    w->n += n;
}

static void put_number(struct writer *w, uint64_t value, size_t width)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put_raw(w, bytes, width);
}

/* The integer of `size` bytes at `p`; of a signed one the bits. */
static uint64_t integer_at(const void *p, size_t size)
{
    uint32_t four;
    uint16_t two;
    uint64_t eight;

    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 2:
        memcpy(&two, p, sizeof two);
        return two;
    case 4:
        memcpy(&four, p, sizeof four);
        return four;
    default:
        memcpy(&eight, p, sizeof eight);
        return eight;
    }
}

/* `text` may be NULL, and at most `max` bytes of it are looked at.  What would not be taken back
 * stands as '?', so that no event is lost for it. */
static void put_text(struct writer *w, const char *text, size_t max, bool plain)
{
    size_t n = text ? strnlen(text, max - 1) : 0;

    put_number(w, text ? n + 1 : 0, 2);
    if (!text)
        return;
    for (size_t i = 0; i < n; i++)
        put_raw(w, plain && !tws_row_plain(text[i]) ? "?" : &text[i], 1);
    put_raw(w, "", 1);
}

static void put_slice(struct writer *w, struct tws_cursor slice)
{
    put_number(w, slice.left, 4);
    put_raw(w, slice.p, slice.left);
}

static void put_members(struct writer *w, struct tws_rows rows, const void *from);

static void put_member(struct writer *w, const struct tws_member *m, const void *at)
{
    const char *text;
    struct tws_cursor slice;

    switch ((enum tws_row_form)m->form) {
    case TWS_ROW_NUMBER:
        put_number(w, integer_at(at, m->held), m->held);
        break;
    case TWS_ROW_CHOICE:
        put_number(w, integer_at(at, m->held), 1);
        break;
    case TWS_ROW_RAW:
        put_raw(w, at, m->held);
        break;
    case TWS_ROW_NAME:
    case TWS_ROW_SAYS:
        put_text(w, at, m->held, m->form == TWS_ROW_NAME);
        break;
    case TWS_ROW_TEXT:
    case TWS_ROW_WORDS:
        memcpy(&text, at, sizeof text);
        put_text(w, text, TWS_EVENT_TEXT_MAX, true);
        break;
    case TWS_ROW_SLICE:
        memcpy(&slice, at, sizeof slice);
        put_slice(w, slice);
        break;
    case TWS_ROW_PART:
        put_members(w, *m->part, at);
        break;
    }
}

static void put_members(struct writer *w, struct tws_rows rows, const void *from)
{
    for (size_t i = 0; i < rows.n; i++)
        put_member(w, &rows.row[i], (const uint8_t *)from + rows.row[i].at);
}

static void put_marks(struct writer *w, const struct tws_marks *marks)
{
    put_number(w, marks ? marks->n + (uint64_t)1 : 0, 2);
    for (uint32_t i = 0; marks && i < marks->n; i++)
        put_members(w, tws_mark_rows, &marks->of[i]);
}

static void put_frame(struct writer *w, const struct tws_event *ev)
{
    const struct tws_message *m = ev->u.frame.message;
    const struct tws_hello *hello = ev->u.frame.hello;

    put_number(w, m ? m->server_version : 0, 4);
    put_number(w, hello && hello->legacy, 1);
    put_number(w, m || hello || ev->u.frame.version, 1);
    put_slice(w, ev->u.frame.payload);
    put_marks(w, ev->u.frame.marks);
}

static void put_notice(struct writer *w, const struct tws_event *ev)
{
    put_number(w, ev->u.notice.farm != NULL, 1);
    if (ev->u.notice.farm)
        put_members(w, tws_farm_rows, ev->u.notice.farm);
}

/* Which of the rows of its id a mode is.  A mode from elsewhere counts as the first. */
static uint8_t row_of_id(const struct tws_mode *mode)
{
    uint8_t nth = 0;

    for (size_t i = 0; i < tws_catalog_len; i++) {
        if (&tws_catalog[i] == mode)
            return nth;
        nth = (uint8_t)(nth + (strcmp(tws_catalog[i].id, mode->id) == 0));
    }
    return 0;
}

static void put_mode(struct writer *w, const struct tws_mode *mode)
{
    put_text(w, mode ? mode->id : NULL, TWS_EVENT_TEXT_MAX, true);
    if (mode)
        put_number(w, row_of_id(mode), 1);
}

static void put_open_requests(struct writer *w, const struct tws_requests *r)
{
    put_number(w, r != NULL, 1);
    if (!r)
        return;
    put_members(w, tws_requests_rows, r);
    for (uint32_t i = 0; i < r->n; i++)
        put_members(w, tws_request_rows, &r->open[i]);
}

static void put_verdict(struct writer *w, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;

    put_members(w, tws_verdict_rows, v);
    put_mode(w, v->mode);
    put_number(w, v->n_evidence, 1);
    for (size_t i = 0; i < v->n_evidence; i++)
        put_members(w, tws_evidence_rows, &v->evidence[i]);
    put_number(w, v->n_causes, 1);
    for (size_t i = 0; i < v->n_causes; i++) {
        put_mode(w, v->causes[i].mode);
        put_members(w, tws_cause_rows, &v->causes[i]);
    }
    put_open_requests(w, v->open);
}

static void put_latency(struct writer *w, uint8_t id, const struct tws_latency *l)
{
    put_number(w, id, 1);
    put_number(w, l->n, sizeof l->n);
    put_number(w, l->max_ns, sizeof l->max_ns);
    for (size_t i = 0; i < TWS_LATENCY_BUCKETS; i++)
        put_number(w, l->bucket[i], sizeof l->bucket[i]);
}

static void put_summary(struct writer *w, const struct tws_event *ev)
{
    const struct tws_latency *l = ev->u.summary->latency;
    uint8_t n = 0;

    put_members(w, tws_summary_rows, ev->u.summary);
    for (uint8_t id = 0; id < TWS_ID_LIMIT; id++)
        n = (uint8_t)(n + (l[id].n != 0));
    put_number(w, n, 1);
    for (uint8_t id = 0; id < TWS_ID_LIMIT; id++)
        if (l[id].n)
            put_latency(w, id, &l[id]);
}

/* What stands behind the members. */
static void (*const parts[TWS_EVENTS])(struct writer *w, const struct tws_event *ev) = {
    [TWS_EV_FRAME] = put_frame,
    [TWS_EV_NOTICE] = put_notice,
    [TWS_EV_VERDICT] = put_verdict,
    [TWS_EV_SUMMARY] = put_summary,
};

size_t tws_event_pack(const struct tws_event *ev, uint8_t *to, size_t room)
{
    struct writer w = {.to = to, .room = room, .n = TWS_EVENT_HEAD};
    struct writer head = {.to = to, .room = room};

    put_number(&w, TWS_EVENT_PACK_VERSION, 1);
    put_number(&w, ev->kind, 1);
    put_number(&w, ev->ts_ns, 8);
    put_number(&w, ev->conn, 4);
    put_members(&w, tws_event_rows[ev->kind], ev);
    if (parts[ev->kind])
        parts[ev->kind](&w, ev);
    if (w.n > UINT32_MAX || (to && w.n > room))
        return 0;
    put_number(&head, w.n, TWS_EVENT_HEAD);
    return w.n;
}
