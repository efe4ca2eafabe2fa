/* Bytes to events: whatever the bytes are. */
#include "modes.h"
#include "event_pack.h"
#include "event_rows.h"
#include <string.h>

static bool take_number(struct tws_cursor *in, size_t width, uint64_t *out)
{
    const uint8_t *b;

    if (!tws_take(in, width, &b))
        return false;
    *out = 0;
    for (size_t i = 0; i < width; i++)
        *out |= (uint64_t)b[i] << (8 * i);
    return true;
}

static bool take_choice(struct tws_cursor *in, uint8_t first, uint8_t end, uint64_t *out)
{
    return take_number(in, 1, out) && *out >= first && *out < end;
}

static bool take_bool(struct tws_cursor *in, bool *out)
{
    uint64_t value;

    if (!take_choice(in, 0, 2, &value))
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

/* *out: in the packed bytes, or NULL; *size: with its NUL. */
static bool take_text(struct tws_cursor *in, bool plain, const char **out, size_t *size)
{
    const uint8_t *b;
    uint64_t n;

    *out = NULL;
    *size = 0;
    if (!take_number(in, 2, &n))
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

    if (!take_number(in, 4, &n) || (max && n > max) || !tws_take(in, (size_t)n, &out->p))
        return false;
    out->left = (size_t)n;
    return true;
}

/* A text in an array, which is zero behind it. */
static bool take_array(struct tws_cursor *in, const struct tws_member *m, char *at)
{
    const char *text;
    size_t size;

    if (!take_text(in, m->form == TWS_ROW_NAME, &text, &size) || !text || size > m->held)
        return false;
    memcpy(at, text, size);
    memset(at + size, 0, m->held - size);
    return true;
}

static bool take_members(struct tws_cursor *in, struct tws_rows rows, void *to);

static bool take_member(struct tws_cursor *in, const struct tws_member *m, void *at)
{
    struct tws_cursor slice;
    const uint8_t *raw;
    const char *text;
    uint64_t value;
    size_t size;

    switch ((enum tws_row_form)m->form) {
    case TWS_ROW_NUMBER:
        if (!take_number(in, m->held, &value))
            return false;
        set_integer(at, m->held, value);
        return true;
    case TWS_ROW_CHOICE:
        if (!take_choice(in, m->first, m->end, &value))
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
        return take_array(in, m, at);
    case TWS_ROW_TEXT:
    case TWS_ROW_WORDS:
        if (!take_text(in, true, &text, &size) || (m->form == TWS_ROW_WORDS && !text))
            return false;
        memcpy(at, &text, sizeof text);
        return true;
    case TWS_ROW_SLICE:
        if (!take_slice(in, m->end, &slice))
            return false;
        memcpy(at, &slice, sizeof slice);
        return true;
    case TWS_ROW_PART:
        return take_members(in, *m->part, at);
    }
    return false;
}

static bool take_members(struct tws_cursor *in, struct tws_rows rows, void *to)
{
    for (size_t i = 0; i < rows.n; i++)
        if (!take_member(in, &rows.row[i], (uint8_t *)to + rows.row[i].at))
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

    if (!take_number(in, 2, &n) || n > TWS_MARKS_MAX + 1u)
        return false;
    if (n == 0)
        return true;
    marks->n = (uint32_t)(n - 1);
    for (uint32_t i = 0; i < marks->n; i++) {
        memset(&marks->of[i], 0, sizeof marks->of[i]);
        if (!take_members(in, tws_mark_rows, &marks->of[i]) ||
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

    if (!take_number(in, 4, &version) || !take_bool(in, &legacy) || !take_bool(in, &is_read) ||
        !take_slice(in, 0, &box->event.u.frame.payload))
        return false;
    if (!(is_read ? read_frame(box, (uint32_t)version, legacy) : version == 0 && !legacy))
        return false;
    return take_marks(in, box);
}

static bool take_notice(struct tws_cursor *in, struct tws_event_box *box)
{
    bool follows;

    if (!take_bool(in, &follows))
        return false;
    if (!follows)
        return true;
    memset(&box->held.farm, 0, sizeof box->held.farm);
    box->event.u.notice.farm = &box->held.farm;
    return take_members(in, tws_farm_rows, &box->held.farm);
}

static bool take_request(struct tws_cursor *in, struct tws_event_box *box)
{
    (void)in;
    box->event.u.request.name = tws_request_name(box->event.u.request.id);
    return true;
}

/* The row of this program's catalogue; NULL with true: none. */
static bool take_mode(struct tws_cursor *in, const struct tws_mode **out)
{
    const char *id;
    size_t size;
    uint64_t nth;

    *out = NULL;
    if (!take_text(in, true, &id, &size))
        return false;
    if (!id)
        return true;
    if (!take_number(in, 1, &nth))
        return false;
    for (size_t i = 0; i < tws_catalog_len; i++) {
        if (strcmp(tws_catalog[i].id, id) != 0 || nth-- != 0)
            continue;
        *out = &tws_catalog[i];
        return true;
    }
    return false;
}

static bool take_evidence(struct tws_cursor *in, struct tws_verdict *v)
{
    uint64_t n;

    if (!take_choice(in, 0, TWS_EVIDENCE_MAX + 1, &n))
        return false;
    v->n_evidence = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        if (!take_members(in, tws_evidence_rows, &v->evidence[i]))
            return false;
    return true;
}

static bool take_causes(struct tws_cursor *in, struct tws_verdict *v)
{
    uint64_t n;

    if (!take_choice(in, 0, TWS_CAUSES_MAX + 1, &n))
        return false;
    v->n_causes = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        if (!take_mode(in, &v->causes[i].mode) || !v->causes[i].mode ||
            !take_members(in, tws_cause_rows, &v->causes[i]))
            return false;
    return true;
}

static bool take_open_requests(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_requests *r = &box->held.verdict.table;
    bool follows;

    if (!take_bool(in, &follows))
        return false;
    if (!follows)
        return true;
    memset(r, 0, sizeof *r);
    r->open = box->held.verdict.open;
    box->held.verdict.verdict.open = r;
    if (!take_members(in, tws_requests_rows, r) || r->n > TWS_REQUESTS_MAX)
        return false;
    for (uint32_t i = 0; i < r->n; i++) {
        memset(&r->open[i], 0, sizeof r->open[i]);
        if (!take_members(in, tws_request_rows, &r->open[i]) ||
            !tws_request_followed(r->open[i].id))
            return false;
    }
    return true;
}

static bool take_verdict(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_verdict *v = &box->held.verdict.verdict;

    memset(v, 0, sizeof *v);
    box->event.u.verdict = v;
    return take_members(in, tws_verdict_rows, v) && take_mode(in, &v->mode) &&
           take_evidence(in, v) && take_causes(in, v) && take_open_requests(in, box);
}

/* The latency of a request whose id is at least `least`. */
static bool take_latency(struct tws_cursor *in, struct tws_summary *s, uint8_t least, uint8_t *id)
{
    struct tws_latency *l;
    uint64_t value;

    if (!take_choice(in, least, TWS_ID_LIMIT, &value))
        return false;
    *id = (uint8_t)value;
    l = &s->latency[*id];
    if (!take_number(in, sizeof l->n, &value) || value == 0 ||
        !take_number(in, sizeof l->max_ns, &l->max_ns))
        return false;
    l->n = (uint32_t)value;
    for (size_t i = 0; i < TWS_LATENCY_BUCKETS; i++) {
        if (!take_number(in, sizeof l->bucket[i], &value))
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
    if (!take_members(in, tws_summary_rows, s) || !take_choice(in, 0, TWS_ID_LIMIT + 1, &n))
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
    [TWS_EV_FRAME] = take_frame,     [TWS_EV_NOTICE] = take_notice,
    [TWS_EV_REQUEST] = take_request, [TWS_EV_VERDICT] = take_verdict,
    [TWS_EV_SUMMARY] = take_summary,
};

static bool take_event(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_event *ev = &box->event;
    uint64_t version, kind, conn;

    if (!take_number(in, 1, &version) || version != TWS_EVENT_PACK_VERSION ||
        !take_choice(in, 0, TWS_EVENTS, &kind) || !take_number(in, 8, &ev->ts_ns) ||
        !take_number(in, 4, &conn) || ev->ts_ns > TWS_TIME_LAST)
        return false;
    ev->kind = (enum tws_event_kind)kind;
    ev->conn = (uint32_t)conn;
    return take_members(in, tws_event_rows[kind], ev) && (!parts[kind] || parts[kind](in, box)) &&
           in->left == 0;
}

bool tws_event_unpack(struct tws_cursor *in, struct tws_event_box *box)
{
    struct tws_cursor rest = *in, packed;
    uint64_t size;

    memset(&box->event, 0, sizeof box->event);
    if (!take_number(&rest, TWS_EVENT_HEAD, &size) || size < TWS_EVENT_HEAD ||
        !tws_take(&rest, (size_t)size - TWS_EVENT_HEAD, &packed.p))
        return false;
    packed.left = (size_t)size - TWS_EVENT_HEAD;
    if (!take_event(&packed, box))
        return false;
    *in = rest;
    return true;
}
