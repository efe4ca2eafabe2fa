/* Events to bytes. */
#include "event_pack.h"
#include "event_rows.h"
#include "state.h"
#include <string.h>

static void put_raw(struct tws_writer *w, const void *p, size_t n)
{
    if (w->to && n && w->n <= w->room && n <= w->room - w->n)
        memcpy(w->to + w->n, p, n);
    w->n += n;
}

void tws_put_number(struct tws_writer *w, uint64_t value, size_t width)
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

void tws_put_text(struct tws_writer *w, const char *text, size_t max, bool plain)
{
    size_t n = text ? strnlen(text, max - 1) : 0;

    tws_put_number(w, text ? n + 1 : 0, 2);
    if (!text)
        return;
    for (size_t i = 0; i < n; i++)
        put_raw(w, plain && !tws_row_plain(text[i]) ? "?" : &text[i], 1);
    put_raw(w, "", 1);
}

static void put_slice(struct tws_writer *w, struct tws_cursor slice)
{
    tws_put_number(w, slice.left, 4);
    put_raw(w, slice.p, slice.left);
}

static void put_list(struct tws_writer *w, const struct tws_member *m, const void *from)
{
    const uint8_t *at = (const uint8_t *)from + m->at;
    uint8_t n = *((const uint8_t *)from + m->count);

    if (n > m->end)
        n = m->end;
    tws_put_number(w, n, 1);
    for (size_t i = 0; i < n; i++)
        tws_put_members(w, *m->part, at + i * m->held);
}

static void put_member(struct tws_writer *w, const struct tws_member *m, const void *from)
{
    const uint8_t *at = (const uint8_t *)from + m->at;
    const char *text;
    struct tws_cursor slice;

    switch ((enum tws_row_form)m->form) {
    case TWS_ROW_NUMBER:
        tws_put_number(w, integer_at(at, m->held), m->held);
        break;
    case TWS_ROW_CHOICE:
        tws_put_number(w, integer_at(at, m->held), 1);
        break;
    case TWS_ROW_RAW:
        put_raw(w, at, m->held);
        break;
    case TWS_ROW_NAME:
    case TWS_ROW_SAYS:
        tws_put_text(w, (const char *)at, m->held, m->form == TWS_ROW_NAME);
        break;
    case TWS_ROW_TEXT:
    case TWS_ROW_WORDS:
        memcpy(&text, at, sizeof text);
        tws_put_text(w, text, TWS_EVENT_TEXT_MAX, true);
        break;
    case TWS_ROW_SLICE:
        memcpy(&slice, at, sizeof slice);
        put_slice(w, slice);
        break;
    case TWS_ROW_PART:
        tws_put_members(w, *m->part, at);
        break;
    case TWS_ROW_LIST:
        put_list(w, m, from);
        break;
    }
}

void tws_put_members(struct tws_writer *w, struct tws_rows rows, const void *from)
{
    for (size_t i = 0; i < rows.n; i++)
        put_member(w, &rows.row[i], from);
}

static void put_marks(struct tws_writer *w, const struct tws_marks *marks)
{
    tws_put_number(w, marks ? marks->n + (uint64_t)1 : 0, 2);
    for (uint32_t i = 0; marks && i < marks->n; i++)
        tws_put_members(w, tws_mark_rows, &marks->of[i]);
}

static void put_frame(struct tws_writer *w, const struct tws_event *ev)
{
    const struct tws_message *m = ev->u.frame.message;
    const struct tws_hello *hello = ev->u.frame.hello;

    tws_put_number(w, m ? m->server_version : 0, 4);
    tws_put_number(w, hello && hello->legacy, 1);
    tws_put_number(w, m || hello || ev->u.frame.version, 1);
    put_slice(w, ev->u.frame.payload);
    put_marks(w, ev->u.frame.marks);
}

static void put_facts(struct tws_writer *w, const struct tws_event *ev)
{
    tws_put_members(w, tws_facts_rows, ev->u.facts.facts);
}

static void put_state(struct tws_writer *w, const struct tws_event *ev)
{
    tws_put_members(w, tws_state_rows, ev->u.state);
}

static void put_latency(struct tws_writer *w, uint8_t id, const struct tws_latency *l)
{
    tws_put_number(w, id, 1);
    tws_put_number(w, l->n, sizeof l->n);
    tws_put_number(w, l->max_ns, sizeof l->max_ns);
    for (size_t i = 0; i < TWS_LATENCY_BUCKETS; i++)
        tws_put_number(w, l->bucket[i], sizeof l->bucket[i]);
}

static void put_summary(struct tws_writer *w, const struct tws_event *ev)
{
    const struct tws_latency *l = ev->u.summary->latency;
    uint8_t n = 0;

    tws_put_members(w, tws_summary_rows, ev->u.summary);
    for (uint8_t id = 0; id < TWS_ID_LIMIT; id++)
        n = (uint8_t)(n + (l[id].n != 0));
    tws_put_number(w, n, 1);
    for (uint8_t id = 0; id < TWS_ID_LIMIT; id++)
        if (l[id].n)
            put_latency(w, id, &l[id]);
}

/* What stands behind the members. */
static void (*const parts[TWS_EVENTS])(struct tws_writer *w, const struct tws_event *ev) = {
    [TWS_EV_FRAME] = put_frame,
    [TWS_EV_SUMMARY] = put_summary,
    [TWS_EV_FACTS] = put_facts,
    [TWS_EV_STATE] = put_state,
};

size_t tws_event_pack(const struct tws_event *ev, const struct tws_packer *more, uint8_t *to,
                      size_t room)
{
    struct tws_writer w = {.to = to, .room = room, .n = TWS_EVENT_HEAD};
    struct tws_writer head = {.to = to, .room = room};

    tws_put_number(&w, TWS_EVENT_PACK_VERSION, 1);
    tws_put_number(&w, ev->kind, 1);
    tws_put_number(&w, ev->ts_ns, 8);
    tws_put_number(&w, ev->conn, 4);
    tws_put_members(&w, tws_event_rows[ev->kind], ev);
    if (parts[ev->kind])
        parts[ev->kind](&w, ev);
    else if (more && more->kind == ev->kind)
        more->put(&w, ev);
    if (w.n > UINT32_MAX || (to && w.n > room))
        return 0;
    tws_put_number(&head, w.n, TWS_EVENT_HEAD);
    return w.n;
}
