#include "view.h"
#include "names.h"
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VIEW_KEEP 65536u /* bytes of the copy kept from frame to frame */

void view_free(struct view *v)
{
    free(v->copy);
    *v = (struct view){0};
}

/* A copy of `payload`; NULL: no memory. */
static char *copy(struct view *v, struct tws_cursor payload)
{
    if (payload.left > v->cap || (v->cap > VIEW_KEEP && payload.left <= VIEW_KEEP)) {
        size_t cap = payload.left > 4096 ? payload.left : 4096;

        free(v->copy);
        v->copy = calloc(1, cap + VIEW_SLACK);
        v->cap = v->copy ? cap : 0;
    }
    if (v->copy && payload.left)
        memcpy(v->copy, payload.p, payload.left);
    return v->copy;
}

/* The cursor that was in `from`, now in the copy; what lies elsewhere stays where it is.  Without a
 * copy nothing is left. */
static struct tws_cursor moved(struct tws_cursor c, struct tws_cursor from, const char *to)
{
    uintptr_t at = (uintptr_t)c.p, begin = (uintptr_t)from.p;

    if (!to)
        return (struct tws_cursor){NULL, 0};
    if (c.p && at >= begin && at - begin <= from.left)
        c.p = (const uint8_t *)to + (at - begin);
    return c;
}

/* What was read of the frame, on `to`, which is NULL where there is no memory. */
static void read_on_copy(struct view *v, const struct tws_event *ev, const char *to,
                         struct tws_event *out)
{
    struct tws_cursor from = ev->u.frame.payload;

    if (ev->u.frame.message) {
        v->message = *ev->u.frame.message;
        v->message.body = moved(v->message.body, from, to);
        out->u.frame.message = &v->message;
    }
    if (ev->u.frame.hello) {
        v->hello = *ev->u.frame.hello;
        v->hello.text = moved(v->hello.text, from, to);
        v->hello.options = moved(v->hello.options, from, to);
        out->u.frame.hello = &v->hello;
    }
    if (ev->u.frame.version) {
        v->version = *ev->u.frame.version;
        v->version.time = moved(v->version.time, from, to);
        out->u.frame.version = &v->version;
    }
}

bool view_frame(struct view *v, struct mask *m, const struct tws_event *ev, struct tws_event *out)
{
    struct tws_cursor from = ev->u.frame.payload;
    char *to = copy(v, from);

    out->kind = ev->kind;
    out->ts_ns = ev->ts_ns;
    out->conn = ev->conn;
    out->u.frame = ev->u.frame;
    out->u.frame.payload = (struct tws_cursor){(const uint8_t *)to, to ? from.left : 0};
    read_on_copy(v, ev, to, out);
    if (to)
        mask_marks(m, ev->u.frame.marks, view_payload_at(ev), to, from.left);
    return to || from.left == 0;
}

const struct tws_event *view_masked(struct view *v, struct mask *m, const struct tws_event *ev,
                                    struct tws_event *out)
{
    if (!mask_touches(m, ev->u.frame.marks))
        return ev;
    view_frame(v, m, ev, out);
    return out;
}

static struct view_fixed number(const char *name, int64_t n)
{
    return (struct view_fixed){.name = name, .is_number = true, .number = n};
}

static struct view_fixed text(const char *name, struct tws_cursor t)
{
    return (struct view_fixed){.name = name, .text = t};
}

size_t view_fixed(const struct tws_event *frame, struct view_fixed out[VIEW_FIXED_MAX])
{
    const struct tws_hello *h = frame->u.frame.hello;
    const struct tws_version_reply *r = frame->u.frame.version;
    size_t n = 0;

    if (frame->u.frame.form == TWS_FORM_HELLO && h) {
        if (h->readable) {
            out[n++] = number("min", h->min);
            out[n++] = number("max", h->max);
        }
        if (h->options.left)
            out[n++] = text("options", h->options);
        if (!h->readable)
            out[n++] = text("text", h->text);
    } else if (frame->u.frame.form == TWS_FORM_VERSION && r) {
        out[n++] = number("serverVersion", r->server_version);
        out[n++] = text(r->redirect ? "redirect" : "connectionTime", r->time);
    }
    return n;
}

const char *view_form(enum tws_form f)
{
    static const char *const names[] = {[TWS_FORM_HELLO] = "hello",
                                        [TWS_FORM_VERSION] = "version",
                                        [TWS_FORM_TEXT] = "text",
                                        [TWS_FORM_PROTOBUF] = "protobuf"};

    return names[f];
}

const char *view_frame_name(const struct tws_event *frame)
{
    return frame->u.frame.message ? tws_message_name(frame->u.frame.message)
                                  : view_form(frame->u.frame.form);
}

const char *view_last_name(const struct tws_last *l, enum tws_side dir)
{
    const struct tws_message_row *row;

    if (l->hello)
        return "hello";
    if (l->ts_ns == 0 || l->n == 0)
        return NULL;
    if (dir == TWS_GATEWAY && l->n == 1 && l->id == 0)
        return "version";
    row = tws_schema_find(dir, l->id);
    return row && row->name ? row->name : "unknown";
}

const char *view_opaque(enum tws_opaque why)
{
    static const char *const names[] = {
        [TWS_OPAQUE_NOT] = "not",
        [TWS_OPAQUE_FOREIGN] = "foreign",
        [TWS_OPAQUE_LEGACY] = "legacy",
        [TWS_OPAQUE_TOO_LONG] = "too-long",
        [TWS_OPAQUE_NEGATIVE_LENGTH] = "negative-length",
        [TWS_OPAQUE_HELLO_TOO_LONG] = "hello-too-long",
        [TWS_OPAQUE_NO_MEMORY] = "no-memory",
        [TWS_OPAQUE_NO_FRAMES] = "no-frames",
    };

    return names[why];
}

const char *view_key(enum tws_key k)
{
    static const char *const names[] = {
        [TWS_KEY_NONE] = "none",
        [TWS_KEY_BY_TYPE] = "type",
        [TWS_KEY_BY_REQ_ID] = "reqId",
        [TWS_KEY_BY_ORDER_ID] = "orderId",
        [TWS_KEY_BY_RULE_ID] = "marketRuleId",
    };

    return names[k];
}

const char *view_event(enum tws_event_kind k)
{
    static const char *const names[TWS_EVENTS] = {
        [TWS_EV_OPEN] = "open",       [TWS_EV_FRAME] = "frame",         [TWS_EV_OPAQUE] = "opaque",
        [TWS_EV_STAGE] = "stage",     [TWS_EV_REQUEST] = "request",     [TWS_EV_NOTICE] = "notice",
        [TWS_EV_SILENCE] = "silence", [TWS_EV_RECOVERED] = "recovered", [TWS_EV_GAP] = "gap",
        [TWS_EV_CLOSE] = "close",     [TWS_EV_VERDICT] = "verdict",     [TWS_EV_LIMIT] = "limit",
        [TWS_EV_DROPS] = "drops",     [TWS_EV_SUMMARY] = "summary",     [TWS_EV_PACING] = "pacing",
        [TWS_EV_FACTS] = "facts",     [TWS_EV_STATE] = "state",
    };

    return names[k];
}

/* A client's message that the session's server version does not have yet. */
static bool is_newer(const struct tws_message *m)
{
    return m->dir == TWS_CLIENT && m->server_version && m->row && m->row->since > m->server_version;
}

const char *view_fault(const struct tws_event *frame, uint32_t wire, char *buf, size_t size)
{
    const struct tws_message *m = frame->u.frame.message;

    if (m && (m->faults | wire) == 0 && !is_newer(m)) /* nearly every frame */
        return "";
    if (m) {
        size_t n;

        tws_fault_text(m->faults | wire, buf, size);
        n = strlen(buf);
        if (is_newer(m) && n < size)
            snprintf(buf + n, size - n, "%sneeds server version %u, this session has %u",
                     n ? "; " : "", (unsigned)m->row->since, (unsigned)m->server_version);
        return buf;
    }
    if (frame->u.frame.form == TWS_FORM_HELLO && frame->u.frame.hello &&
        !frame->u.frame.hello->readable)
        snprintf(buf, size, "no readable version range");
    else
        snprintf(buf, size, "%s", "");
    return buf;
}

const char *view_endpoint(const struct tws_endpoint *e, char buf[VIEW_ENDPOINT])
{
    char host[INET6_ADDRSTRLEN];

    if (e->family == 4 && inet_ntop(AF_INET, e->addr, host, sizeof host))
        snprintf(buf, VIEW_ENDPOINT, "%s:%u", host, e->port);
    else if (e->family == 6 && inet_ntop(AF_INET6, e->addr, host, sizeof host) && e->scope)
        snprintf(buf, VIEW_ENDPOINT, "[%s%%%lu]:%u", host, (unsigned long)e->scope, e->port);
    else if (e->family == 6)
        snprintf(buf, VIEW_ENDPOINT, "[%s]:%u", host, e->port);
    else
        snprintf(buf, VIEW_ENDPOINT, "unknown");
    return buf;
}

size_t view_number(double d, char buf[VIEW_NUMBER])
{
    if (isnan(d))
        return (size_t)snprintf(buf, VIEW_NUMBER, "NaN");
    if (isinf(d))
        return (size_t)snprintf(buf, VIEW_NUMBER, d < 0 ? "-Infinity" : "Infinity");
    for (int digits = 15;; digits++) {
        int n = snprintf(buf, VIEW_NUMBER, "%.*g", digits, d);

        if (digits == 17 || strtod(buf, NULL) == d)
            return (size_t)n;
    }
}

size_t view_utf8(const uint8_t *p, size_t left)
{
    /* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
    uint8_t lead = left ? p[0] : 0xff, low = 0x80, high = 0xbf;
    size_t n;

    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        n = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        n = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        n = 4;
    else
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (left < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* By eras of 400 years that begin on the first of March. */
void view_date(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    *day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *year = (unsigned)(yoe + era * 400 + (*month <= 2));
}

#define EPOCH_MAX 253402300799 /* the last second of the year 9999 */

/* "2025-11-24T13:03:05Z", with milliseconds where the value has them. */
static const char *epoch_text(int64_t value, bool ms, char buf[VIEW_READABLE])
{
    uint64_t second = (uint64_t)value / (ms ? 1000 : 1);
    unsigned year, month, day, of_day = (unsigned)(second % 86400);
    int n;

    if (value <= 0 || second > EPOCH_MAX)
        return NULL;
    view_date(second / 86400, &year, &month, &day);
    n = snprintf(buf, VIEW_READABLE, "%04u-%02u-%02uT%02u:%02u:%02u", year, month, day,
                 of_day / 3600, of_day / 60 % 60, of_day % 60);
    if (ms)
        n += snprintf(buf + n, VIEW_READABLE - (size_t)n, ".%03u", (unsigned)(value % 1000));
    snprintf(buf + n, VIEW_READABLE - (size_t)n, "Z");
    return buf;
}

const char *view_readable(const struct tws_value *v, char buf[VIEW_READABLE])
{
    const struct tws_field *f = v->field;

    if (!f || v->step != TWS_STEP_VALUE)
        return NULL;
    if (v->kind == TWS_VALUE_TEXT)
        return f->names ? tws_name_of_text(f->names, v->text) : NULL;
    if (v->kind != TWS_VALUE_INT)
        return NULL;
    if (f->names && f->names->bits)
        return v->integer > 0 ? tws_name_bits(f->names, v->integer, buf) : NULL;
    if (f->names)
        return tws_name_of(f->names, v->integer);
    if (f->type == TWS_EPOCH_S || f->type == TWS_EPOCH_MS)
        return epoch_text(v->integer, f->type == TWS_EPOCH_MS, buf);
    return NULL;
}

bool view_plain_number(struct tws_cursor t, size_t *digits)
{
    size_t at = t.left && t.p[0] == '-', first = at;
    bool point = false;

    *digits = 0;
    if (t.left == at || (t.p[first] == '0' && t.left > first + 1 && t.p[first + 1] != '.'))
        return false; /* JSON has no leading zeros */
    for (size_t i = at; i < t.left; i++) {
        if (t.p[i] == '.' && !point && i > first && i + 1 < t.left)
            point = true;
        else if (t.p[i] >= '0' && t.p[i] <= '9')
            *digits += *digits > 0 || t.p[i] != '0';
        else
            return false;
    }
    return true;
}

const char *view_real(const struct tws_value *v, char buf[VIEW_NUMBER], size_t *len)
{
    size_t digits;

    if (v->text.left && view_plain_number(v->text, &digits) && digits > VIEW_DIGITS) {
        *len = v->text.left;
        return (const char *)v->text.p;
    }
    *len = view_number(v->real, buf);
    return buf;
}
