/* Bytes to events: whatever the bytes are. */
#include "event_pack.h"
#include "event_rows.h"
#include "request.h"
#include <string.h>

bool tws_take_number(struct tws_cursor *in, size_t width, uint64_t *out)
{
    const uint8_t *b;

    if (!tws_take(in, width, &b))
        return false;
    *out = 0;
    for (size_t i = 0; i < width; i++)
        *out |= (uint64_t)b[i] << (8 * i);
    return true;
}

bool tws_take_choice(struct tws_cursor *in, uint8_t first, uint8_t end, uint64_t *out)
{
    return tws_take_number(in, 1, out) && *out >= first && *out < end;
}

static bool take_bool(struct tws_cursor *in, bool *out)
{
    uint64_t value;

    if (!tws_take_choice(in, 0, 2, &value))
        return false;
    *out = value != 0;
    return true;
}

/* To an integer of `size` bytes at `p`. */
static void set_integer(void *p, size_t size, uint64_t value)
{
    uint32_t four = (uint32_t)value;
    uint16_t two = (uint16_t)value;

    switch (size) {
    case 1:
        *(uint8_t *)p = (uint8_t)value;
        break;
    case 2:
        memcpy(p, &two, sizeof two);
        break;
    case 4:
        memcpy(p, &four, sizeof four);
        break;
    default:
        memcpy(p, &value, sizeof value);
        break;
    }
}

static bool is_plain(const uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!tws_row_plain((char)text[i]))
            return false;
    return true;
}

bool tws_take_packed_text(struct tws_cursor *in, bool plain, const char **out, size_t *size)
{
    const uint8_t *b;
    uint64_t n;

    *out = NULL;
    *size = 0;
    if (!tws_take_number(in, 2, &n))
        return false;
    if (n == 0)
        return true;
    if (!tws_take(in, (size_t)n, &b) || memchr(b, 0, (size_t)n) != b + n - 1)
        return false;
    *out = (const char *)b;
    *size = (size_t)n;
    return !plain || is_plain(b, (size_t)n - 1);
}

static bool take_slice(struct tws_cursor *in, size_t max, struct tws_cursor *out)
{
    uint64_t n;

    if (!tws_take_number(in, 4, &n) || (max && n > max) || !tws_take(in, (size_t)n, &out->p))
        return false;
    out->left = (size_t)n;
    return true;
}

/* A text in an array, which is zero behind it. */
static bool take_array(struct tws_cursor *in, const struct tws_member *m, char *at)
{
    const char *text;
    size_t size;

    if (!tws_take_packed_text(in, m->form == TWS_ROW_NAME, &text, &size) || !text || size > m->held)
        return false;
    memcpy(at, text, size);
    memset(at + size, 0, m->held - size);
    return true;
}

/* The elements behind the last are left as they were: zero. */
static bool take_list(struct tws_cursor *in, const struct tws_member *m, void *to)
{
    uint8_t *at = (uint8_t *)to + m->at;
    uint64_t n;

    if (!tws_take_choice(in, 0, (uint8_t)(m->end + 1), &n))
        return false;
    *((uint8_t *)to + m->count) = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        if (!tws_take_members(in, *m->part, at + i * m->held))
            return false;
    return true;
}

static bool take_member(struct tws_cursor *in, const struct tws_member *m, void *to)
{
    uint8_t *at = (uint8_t *)to + m->at;
    struct tws_cursor slice;
    const uint8_t *raw;
    const char *text;
    uint64_t value;
    size_t size;

    switch ((enum tws_row_form)m->form) {
    case TWS_ROW_NUMBER:
        if (!tws_take_number(in, m->held, &value))
            return false;
        set_integer(at, m->held, value);
        return true;
    case TWS_ROW_CHOICE:
        if (!tws_take_choice(in, m->first, m->end, &value))
            return false;
        set_integer(at, m->held, value);
        return true;
    case TWS_ROW_RAW:
        if (!tws_take(in, m->held, &raw))
            return false;
        memcpy(at, raw, m->held);
        return true;
    case TWS_ROW_NAME:
    case TWS_ROW_SAYS:
        return take_array(in, m, (char *)at);
    case TWS_ROW_TEXT:
    case TWS_ROW_WORDS:
        if (!tws_take_packed_text(in, true, &text, &size) || (m->form == TWS_ROW_WORDS && !text))
            return false;
        memcpy(at, &text, sizeof text);
        return true;
    case TWS_ROW_SLICE:
        if (!take_slice(in, m->end, &slice))
            return false;
        memcpy(at, &slice, sizeof slice);
        return true;
    case TWS_ROW_PART:
        return tws_take_members(in, *m->part, at);
    case TWS_ROW_LIST:
        return take_list(in, m, to);
    }
    return false;
}

bool tws_take_members(struct tws_cursor *in, struct tws_rows rows, void *to)
{
    for (size_t i = 0; i < rows.n; i++)
        if (!take_member(in, &rows.row[i], to))
            return false;
    return true;
}

/* What the payload says, as it was read before. */
static bool read_frame(struct tws_event_box *box, uint32_t version, bool legacy)
{
    struct tws_event *ev = &box->event;
    struct tws_cursor payload = ev->u.frame.payload;

    switch (ev->u.frame.form) {
    case TWS_FORM_HELLO:
        if (legacy)
            tws_hello_read_legacy(payload, &box->held.frame.hello);
        else
            tws_hello_read(payload, &box->held.frame.hello);
        ev->u.frame.hello = &box->held.frame.hello;
        return version == 0;
    case TWS_FORM_VERSION:
        ev->u.frame.version = &box->held.frame.version;
        return version == 0 && !legacy && tws_version_reply_read(payload, &box->held.frame.version);
    case TWS_FORM_TEXT:
    case TWS_FORM_PROTOBUF:
        tws_message_open(ev->u.frame.dir, version, payload, &box->held.frame.message);
        ev->u.frame.message = &box->held.frame.message;
        return !legacy && box->held.frame.message.form == ev->u.frame.form;
    }
    return false;
}

/* Marks lie in the payload. */
static bool is_in_payload(const struct tws_event *ev, const struct tws_mark *mark)
{
    size_t left = ev->u.frame.payload.left;
    uint64_t at = mark->offset - (ev->u.frame.offset + ev->u.frame.wire_len - left);

    return mark->length > 0 && at < left && mark->length <= left - at;
}

static bool take_marks(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_marks *marks = &box->held.frame.marks;
    uint64_t n;

    if (!tws_take_number(in, 2, &n) || n > TWS_MARKS_MAX + 1u)
        return false;
    if (n == 0)
        return true;
    marks->n = (uint32_t)(n - 1);
    for (uint32_t i = 0; i < marks->n; i++) {
        memset(&marks->of[i], 0, sizeof marks->of[i]);
        if (!tws_take_members(in, tws_mark_rows, &marks->of[i]) ||
            !is_in_payload(&box->event, &marks->of[i]))
            return false;
    }
    box->event.u.frame.marks = marks;
    return true;
}

static bool take_frame(struct tws_cursor *in, struct tws_event_box *box)
{
    uint64_t version;
    bool legacy, is_read;

    if (!tws_take_number(in, 4, &version) || !take_bool(in, &legacy) || !take_bool(in, &is_read) ||
        !take_slice(in, 0, &box->event.u.frame.payload))
        return false;
    if (!(is_read ? read_frame(box, (uint32_t)version, legacy) : version == 0 && !legacy))
        return false;
    return take_marks(in, box);
}

static bool take_request(struct tws_cursor *in, struct tws_event_box *box)
{
    (void)in;
    box->event.u.request.name = tws_request_name(box->event.u.request.id);
    return true;
}

static bool take_facts(struct tws_cursor *in, struct tws_event_box *box)
{
    memset(&box->held.facts, 0, sizeof box->held.facts);
    box->event.u.facts.facts = &box->held.facts;
    return tws_take_members(in, tws_facts_rows, &box->held.facts);
}

static bool is_request(const struct tws_owed_request *q)
{
    return q->id == 0 || tws_request_followed(q->id);
}

bool tws_open_is_sound(const struct tws_open *open)
{
    for (size_t i = 0; i < open->n; i++)
        if (!tws_request_followed(open->request[i].id))
            return false;
    return true;
}

/* What is said of requests goes by the names of their ids. */
static bool take_state(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_state *s = &box->held.state;

    memset(s, 0, sizeof *s);
    box->event.u.state = s;
    return tws_take_members(in, tws_state_rows, s) && tws_open_is_sound(&s->open) &&
           is_request(&s->owed.request) && is_request(&s->demand.oldest) &&
           (s->demand.lapse.id == 0 || tws_request_followed(s->demand.lapse.id)) &&
           (s->refusal.code == 0 || tws_request_followed(s->refusal.id));
}

/* The latency of a request whose id is at least `least`. */
static bool take_latency(struct tws_cursor *in, struct tws_summary *s, uint8_t least, uint8_t *id)
{
    struct tws_latency *l;
    uint64_t value;

    if (!tws_take_choice(in, least, TWS_ID_LIMIT, &value))
        return false;
    *id = (uint8_t)value;
    l = &s->latency[*id];
    if (!tws_take_number(in, sizeof l->n, &value) || value == 0 ||
        !tws_take_number(in, sizeof l->max_ns, &l->max_ns))
        return false;
    l->n = (uint32_t)value;
    for (size_t i = 0; i < TWS_LATENCY_BUCKETS; i++) {
        if (!tws_take_number(in, sizeof l->bucket[i], &value))
            return false;
        l->bucket[i] = (uint32_t)value;
    }
    return true;
}

static bool take_summary(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_summary *s = &box->held.summary;
    uint8_t id, least = 0;
    uint64_t n;

    memset(s, 0, sizeof *s);
    box->event.u.summary = s;
    if (!tws_take_members(in, tws_summary_rows, s) || !tws_take_choice(in, 0, TWS_ID_LIMIT + 1, &n))
        return false;
    for (; n > 0; n--) {
        if (!take_latency(in, s, least, &id))
            return false;
        least = (uint8_t)(id + 1);
    }
    return true;
}

/* What stands behind the members, or follows from them. */
static bool (*const parts[TWS_EVENTS])(struct tws_cursor *in, struct tws_event_box *box) = {
    [TWS_EV_FRAME] = take_frame, [TWS_EV_REQUEST] = take_request, [TWS_EV_SUMMARY] = take_summary,
    [TWS_EV_FACTS] = take_facts, [TWS_EV_STATE] = take_state,
};

static bool take_part(struct tws_cursor *in, const struct tws_packer *more,
                      struct tws_event_box *box)
{
    enum tws_event_kind kind = box->event.kind;

    if (parts[kind])
        return parts[kind](in, box);
    if (kind == TWS_EV_VERDICT) /* it points at what only `more` can take */
        return more && more->kind == kind && more->take(in, &box->event, box->more);
    return true;
}

static bool take_event(struct tws_cursor *in, const struct tws_packer *more,
                       struct tws_event_box *box)
{
    struct tws_event *ev = &box->event;
    uint64_t version, kind, conn;

    if (!tws_take_number(in, 1, &version) || version != TWS_EVENT_PACK_VERSION ||
        !tws_take_choice(in, 0, TWS_EVENTS, &kind) || !tws_take_number(in, 8, &ev->ts_ns) ||
        !tws_take_number(in, 4, &conn) || ev->ts_ns > TWS_TIME_LAST)
        return false;
    ev->kind = (enum tws_event_kind)kind;
    ev->conn = (uint32_t)conn;
    return tws_take_members(in, tws_event_rows[kind], ev) && take_part(in, more, box) &&
           in->left == 0;
}

bool tws_event_unpack(struct tws_cursor *in, const struct tws_packer *more,
                      struct tws_event_box *box)
{
    struct tws_cursor rest = *in, packed;
    uint64_t size;

    memset(&box->event, 0, sizeof box->event);
    if (!tws_take_number(&rest, TWS_EVENT_HEAD, &size) || size < TWS_EVENT_HEAD ||
        !tws_take(&rest, (size_t)size - TWS_EVENT_HEAD, &packed.p))
        return false;
    packed.left = (size_t)size - TWS_EVENT_HEAD;
    if (!take_event(&packed, more, box))
        return false;
    *in = rest;
    return true;
}
