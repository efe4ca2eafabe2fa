#include "json.h"
#include "catalog.h"
#include "view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the writer ---- */

/* What fixed keys and closing brackets may still take once the rest of a line is cut. */
#define RESERVE 8192u
#define KEEP    65536u /* bytes of the line buffer kept from event to event */

struct writer {
    struct json_sink *j;
    size_t len;
    bool cut;  /* a value did not fit */
    bool full; /* not even a fixed part fits: the line is given up */
};

/* Room for `n` more bytes of a line of at most `max`. */
static bool fits(struct writer *w, size_t n, size_t max)
{
    size_t want = w->len + n, cap = w->j->cap;
    char *line;

    if (want <= cap)
        return want <= max;
    if (want > max)
        return false;
    while (cap < want)
        cap = cap ? cap * 2 : 4096;
    line = realloc(w->j->line, cap);
    if (!line)
        return false;
    w->j->line = line;
    w->j->cap = cap;
    return true;
}

/* Values of any size use what the reserve leaves. */
static bool fits_value(struct writer *w, size_t n)
{
    if (!w->cut && fits(w, n, JSON_LINE_MAX - RESERVE))
        return true;
    w->cut = true;
    return false;
}

static void raw(struct writer *w, const char *text, size_t n)
{
    if (w->full || !fits(w, n, JSON_LINE_MAX)) {
        w->full = true;
        return;
    }
    memcpy(w->j->line + w->len, text, n);
    w->len += n;
}

#define RAW(w, literal) raw(w, "" literal, sizeof(literal) - 1)

static void put_char(struct writer *w, char c)
{
    raw(w, &c, 1);
}

static void put_u64(struct writer *w, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    raw(w, digits + at, sizeof digits - at);
}

/* Larger integers lose digits in readers that know only doubles. */
#define EXACT_MAX ((uint64_t)1 << 53)

static void put_i64(struct writer *w, int64_t n)
{
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    bool quoted = size > EXACT_MAX;

    if (quoted)
        put_char(w, '"');
    if (n < 0)
        put_char(w, '-');
    put_u64(w, size);
    if (quoted)
        put_char(w, '"');
}

static void put_double(struct writer *w, double d)
{
    char buf[VIEW_NUMBER];
    size_t n = view_number(d, buf);
    bool word = buf[n - 1] == 'N' || buf[n - 1] == 'y';

    if (word)
        put_char(w, '"');
    raw(w, buf, n);
    if (word)
        put_char(w, '"');
}

static const char hex_digits[] = "0123456789abcdef";

/* One byte that cannot stand as it is. */
static void put_escape(struct writer *w, uint8_t c)
{
    static const char short_form[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                      ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    char u[6] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};

    if (c < sizeof short_form && short_form[c]) {
        u[1] = short_form[c];
        raw(w, u, 2);
        return;
    }
    raw(w, u, sizeof u);
}

/* Length of the run at the front that stands as it is; not much longer than RUN, so that a value
 * that does not fit is cut near the limit. */
#define RUN 4096u

static size_t plain_run(const uint8_t *p, size_t left)
{
    size_t n = 0;

    while (n < left && n < RUN) {
        uint8_t c = p[n];
        size_t wide;

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            n++;
            continue;
        }
        wide = c < 0x80 ? 0 : view_utf8(p + n, left - n);
        if (wide == 0)
            break;
        n += wide;
    }
    return n;
}

static void put_bytes(struct writer *w, const uint8_t *p, size_t left)
{
    put_char(w, '"');
    while (left) {
        size_t n = plain_run(p, left);

        if (!fits_value(w, n + 6))
            break;
        if (n)
            raw(w, (const char *)p, n);
        p += n;
        left -= n;
        if (left && n < RUN) {
            put_escape(w, *p++);
            left--;
        }
    }
    put_char(w, '"');
}

static void put_cursor(struct writer *w, struct tws_cursor c)
{
    put_bytes(w, c.p, c.left);
}

static void put_string(struct writer *w, const char *text)
{
    if (text)
        put_bytes(w, (const uint8_t *)text, strlen(text));
    else
        RAW(w, "null");
}

static void put_hex(struct writer *w, struct tws_cursor c)
{
    put_char(w, '"');
    for (size_t i = 0; i < c.left && fits_value(w, 2); i++) {
        w->j->line[w->len++] = hex_digits[c.p[i] >> 4];
        w->j->line[w->len++] = hex_digits[c.p[i] & 15];
    }
    put_char(w, '"');
}

/* `,"key":` of a key that needs no escape. */
static void key(struct writer *w, const char *name)
{
    RAW(w, ",\"");
    raw(w, name, strlen(name));
    RAW(w, "\":");
}

static void key_u64(struct writer *w, const char *name, uint64_t n)
{
    key(w, name);
    put_u64(w, n);
}

static void key_string(struct writer *w, const char *name, const char *text)
{
    key(w, name);
    put_string(w, text);
}

/* Does the object or array that was opened last hold nothing yet?  Then no comma is due. */
static void comma(struct writer *w)
{
    char last = w->len ? w->j->line[w->len - 1] : '{';

    if (last != '{' && last != '[')
        put_char(w, ',');
}

/* The first key of an object, or a further one; of a name that needs no escape. */
static void member(struct writer *w, const char *name)
{
    comma(w);
    put_char(w, '"');
    raw(w, name, strlen(name));
    RAW(w, "\":");
}

static void member_u64(struct writer *w, const char *name, uint64_t n)
{
    member(w, name);
    put_u64(w, n);
}

static void member_string(struct writer *w, const char *name, const char *text)
{
    member(w, name);
    put_string(w, text);
}

/* ---- times ---- */

static void two(char *to, unsigned n)
{
    to[0] = (char)('0' + n / 10 % 10);
    to[1] = (char)('0' + n % 10);
}

/* "2025-11-24T13:03:05", kept for as long as the second lasts. */
static const char *stamp(struct json_sink *j, uint64_t second)
{
    unsigned year, month, day, of_day = (unsigned)(second % 86400);
    char *s = j->stamp;

    if (s[0] && j->second == second)
        return s;
    view_date(second / 86400, &year, &month, &day);
    two(s, year / 100);
    two(s + 2, year % 100);
    two(s + 5, month);
    two(s + 8, day);
    two(s + 11, of_day / 3600);
    two(s + 14, of_day / 60 % 60);
    two(s + 17, of_day % 60);
    s[4] = s[7] = '-';
    s[10] = 'T';
    s[13] = s[16] = ':';
    j->second = second;
    return s;
}

static void put_time(struct writer *w, uint64_t ns)
{
    uint64_t below = ns % 1000000000u;
    char tail[] = ".000000000Z";

    if (ns == 0) {
        RAW(w, "null");
        return;
    }
    for (size_t i = 9; i > 0; i--, below /= 10)
        tail[i] = (char)('0' + below % 10);
    put_char(w, '"');
    raw(w, stamp(w->j, ns / 1000000000u), 19);
    raw(w, tail, sizeof tail - 1);
    put_char(w, '"');
}

/* Milliseconds with up to three decimals; exact. */
static void put_ms(struct writer *w, uint64_t ns)
{
    uint64_t us = ns / 1000, below = us % 1000;
    char tail[4] = {'.', (char)('0' + below / 100), (char)('0' + below / 10 % 10),
                    (char)('0' + below % 10)};
    size_t n = sizeof tail;

    while (n > 1 && tail[n - 1] == '0')
        n--;
    put_u64(w, us / 1000);
    raw(w, tail, n > 1 ? n : 0);
}

/* Whole milliseconds, in seconds. */
static void put_seconds(struct writer *w, uint64_t ns)
{
    uint64_t ms = ns / 1000000u;

    put_double(w, (double)ms / 1000);
}

static void key_ms(struct writer *w, const char *name, uint64_t ns)
{
    key(w, name);
    put_ms(w, ns);
}

/* ---- values ---- */

/* Has the text the form of a plain number in JSON?  *digits: how many it has. */
static bool is_plain_number(struct tws_cursor t, size_t *digits)
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
            ++*digits;
        else
            return false;
    }
    return true;
}

/* So few digits are kept by every reader, whatever its numbers are. */
#define DIGITS_SAFE 15u

/* A decimal's own text: a number when it has the form of one in JSON and so few digits that a
 * double keeps them all, else a string. */
static void put_decimal(struct writer *w, struct tws_cursor t)
{
    size_t digits;

    if (is_plain_number(t, &digits) && digits <= DIGITS_SAFE)
        raw(w, (const char *)t.p, t.left);
    else
        put_cursor(w, t);
}

/* A double in text stands as it came, where JSON can say it so. */
static void put_real(struct writer *w, const struct tws_value *v)
{
    size_t digits;

    if (v->text.left && is_plain_number(v->text, &digits))
        raw(w, (const char *)v->text.p, v->text.left);
    else
        put_double(w, v->real);
}

static bool is_decimal(const struct tws_field *f)
{
    return f->type == TWS_DECIMAL || f->proto_type == TWS_DECIMAL;
}

static void put_value(struct writer *w, const struct tws_value *v)
{
    switch ((enum tws_value_kind)v->kind) {
    case TWS_VALUE_INT:
        put_i64(w, v->integer);
        return;
    case TWS_VALUE_DOUBLE:
        put_real(w, v);
        return;
    case TWS_VALUE_BOOL:
        if (v->integer)
            RAW(w, "true");
        else
            RAW(w, "false");
        return;
    case TWS_VALUE_TEXT:
        if (v->field && is_decimal(v->field))
            put_decimal(w, v->text);
        else
            put_cursor(w, v->text);
        return;
    case TWS_VALUE_UNSET:
        break;
    }
    RAW(w, "null");
}

/* ---- a message's values ---- */

#define OPEN_MAX   16u  /* lists, items and records in one another: more than any walk opens */
#define VALUE_ROOM 128u /* bytes without which no further value is begun */

/* Named values are written first; those that have no name, or come where their name has been
 * written already, by a second walk.  What is open is closed by its own bracket even when the line
 * is cut. */
struct values {
    struct writer *w;
    const struct tws_message *m;
    bool extra;     /* the second walk */
    uint8_t strays; /* what is open stands in a list or record that came again: from this depth on;
                     * 0: it does not */
    uint8_t muted;  /* what is open is not written, from this depth on; 0: it is */
    size_t others;  /* values that belong to the other walk */
    char close[OPEN_MAX];
    const char *in[OPEN_MAX]; /* names of the lists and records that are open */
};

static void put_readable(struct writer *w, const struct tws_value *v)
{
    char buf[VIEW_READABLE];
    const char *words = view_readable(v, buf);

    if (!words)
        return;
    RAW(w, ",\"");
    raw(w, v->field->name, strlen(v->field->name));
    RAW(w, "_text\":");
    put_string(w, words);
}

static void put_named(struct values *o, const struct tws_value *v)
{
    if (v->element)
        comma(o->w);
    else
        member(o->w, v->name);
    put_value(o->w, v);
    if (!v->element && v->field)
        put_readable(o->w, v);
}

/* A value without a key: a plain value in a text message; with its field number in a protobuf one,
 * and the message it stands in if that is nested. */
static void put_extra(struct values *o, const struct tws_value *v)
{
    const char *in = NULL;

    comma(o->w);
    if (o->m->form != TWS_FORM_PROTOBUF) {
        put_value(o->w, v);
        return;
    }
    for (size_t i = 0; i < v->depth && i < OPEN_MAX; i++)
        in = o->in[i] ? o->in[i] : in;
    put_char(o->w, '{');
    if (in)
        member_string(o->w, "in", in);
    member_u64(o->w, "field", v->number);
    member_u64(o->w, "wire", v->wire_type);
    member(o->w, "value");
    put_value(o->w, v);
    put_char(o->w, '}');
}

/* The key of what came again, or is not known, in a record that came again. */
static void member_number(struct writer *w, uint32_t number)
{
    comma(w);
    RAW(w, "\"#");
    put_u64(w, number);
    RAW(w, "\":");
}

static void value_step(struct values *o, const struct tws_value *v)
{
    bool named = (v->name || v->element) && !v->again;

    if ((o->strays || !named) != o->extra) {
        o->others++;
        return;
    }
    if (o->muted || !fits_value(o->w, VALUE_ROOM))
        return;
    if (named) {
        put_named(o, v);
    } else if (o->strays) {
        member_number(o->w, v->number);
        put_value(o->w, v);
    } else {
        put_extra(o, v);
    }
}

static void open_step(struct values *o, const struct tws_value *v)
{
    size_t at = v->depth < OPEN_MAX ? v->depth : OPEN_MAX - 1;
    bool stray = v->again && !o->strays;

    o->in[at] = v->name;
    o->close[at] = 0;
    if (stray) {
        o->strays = (uint8_t)(v->depth + 1);
        o->others++;
    }
    if (o->muted || (o->strays > 0) != o->extra)
        return;
    if (!fits_value(o->w, VALUE_ROOM)) {
        o->muted = (uint8_t)(v->depth + 1);
        return;
    }
    if (v->step == TWS_STEP_ITEM || stray)
        comma(o->w);
    else if (v->again)
        member_number(o->w, v->number);
    else
        member(o->w, v->name);
    o->close[at] = v->step == TWS_STEP_LIST ? ']' : '}';
    put_char(o->w, v->step == TWS_STEP_LIST ? '[' : '{');
}

static void end_step(struct values *o, const struct tws_value *v)
{
    size_t at = v->depth < OPEN_MAX ? v->depth : OPEN_MAX - 1;

    if (o->close[at])
        put_char(o->w, o->close[at]);
    o->in[at] = NULL;
    if (o->strays == v->depth + 1)
        o->strays = 0;
    if (o->muted == v->depth + 1)
        o->muted = 0;
}

/* Named values (`extra` false) or those beyond the names.  Returns how many of the other kind
 * there are.  Goes on to the end when the line is cut: `missing` and `error` want it. */
static size_t put_values(struct writer *w, const struct tws_message *m, bool extra,
                         struct tws_walk *walk)
{
    struct values o = {.w = w, .m = m, .extra = extra};
    struct tws_value v;

    tws_walk_open(m, walk);
    while (tws_walk_next(walk, &v)) {
        switch ((enum tws_step)v.step) {
        case TWS_STEP_VALUE:
            value_step(&o, &v);
            break;
        case TWS_STEP_LIST:
        case TWS_STEP_ITEM:
        case TWS_STEP_RECORD:
            open_step(&o, &v);
            break;
        case TWS_STEP_END:
            end_step(&o, &v);
            break;
        }
    }
    return o.others;
}

static void put_message(struct writer *w, const struct tws_message *m, uint32_t *faults)
{
    struct tws_walk walk;
    size_t extras;
    uint32_t missing;

    key(w, "fields");
    put_char(w, '{');
    extras = put_values(w, m, false, &walk);
    put_char(w, '}');
    *faults = walk.faults;
    missing = tws_walk_missing(&walk);
    if (extras) {
        key(w, "extra");
        put_char(w, '[');
        put_values(w, m, true, &walk);
        put_char(w, ']');
    }
    if (missing)
        key_u64(w, "missing", missing);
}

static void put_fixed(struct writer *w, const struct tws_event *ev)
{
    struct view_fixed fields[VIEW_FIXED_MAX];
    size_t n = view_fixed(ev, fields);

    key(w, "fields");
    put_char(w, '{');
    for (size_t i = 0; i < n; i++) {
        member(w, fields[i].name);
        if (fields[i].is_number)
            put_i64(w, fields[i].number);
        else
            put_cursor(w, fields[i].text);
    }
    put_char(w, '}');
}

/* ---- events, one function a kind ---- */

static void put_open(struct writer *w, const struct tws_event *ev)
{
    char buf[VIEW_ENDPOINT];

    key_string(w, "client", view_endpoint(&ev->u.open.client, buf));
    key_string(w, "gateway", view_endpoint(&ev->u.open.gateway, buf));
    key_string(w, "seen", ev->u.open.midstream ? "midstream" : "start");
}

static void put_frame(struct writer *w, const struct tws_event *raw_event)
{
    struct tws_event ev;
    const struct tws_message *m;
    char fault[256];
    uint32_t faults = 0;

    if (!view_frame(&w->j->view, w->j->mask, raw_event, &ev))
        w->cut = true;
    m = ev.u.frame.message;
    key_string(w, "dir", tws_side_name(ev.u.frame.dir));
    key_u64(w, "n", ev.u.frame.n);
    key_u64(w, "len", raw_event->u.frame.payload.left);
    key_string(w, "form", view_form(ev.u.frame.form));
    if (m && m->id >= 0) {
        key(w, "id");
        put_i64(w, m->id);
    } else if (m) {
        key(w, "id");
        RAW(w, "null");
    }
    key_string(w, "name", view_frame_name(&ev));
    if (m)
        put_message(w, m, &faults);
    else
        put_fixed(w, &ev);
    if (*view_fault(&ev, faults, fault, sizeof fault))
        key_string(w, "error", fault);
    if (w->j->hex) {
        key(w, "hex");
        put_hex(w, ev.u.frame.payload);
    }
}

static void put_opaque(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "dir", tws_side_name(ev->u.opaque.dir));
    key_string(w, "why", view_opaque(ev->u.opaque.why));
    key_string(w, "protocol",
               ev->u.opaque.why == TWS_OPAQUE_FOREIGN ? tws_foreign_name(ev->u.opaque.foreign)
                                                      : NULL);
    key_u64(w, "length", ev->u.opaque.length);
    key(w, "first");
    put_hex(w, ev->u.opaque.first);
}

static void put_stage(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "stage", tws_stage_name(ev->u.stage.stage));
    key_ms(w, "ms", ev->u.stage.took_ns);
    if (ev->u.stage.stage == TWS_HELLO && ev->u.stage.hello_max) {
        key_u64(w, "min_version", ev->u.stage.hello_min);
        key_u64(w, "max_version", ev->u.stage.hello_max);
    } else if (ev->u.stage.stage == TWS_VERSION && ev->u.stage.server_version) {
        key_u64(w, "server_version", ev->u.stage.server_version);
    } else if (ev->u.stage.stage == TWS_START && ev->u.stage.client_id >= 0) {
        key_u64(w, "client_id", (uint64_t)ev->u.stage.client_id);
    }
}

/* The time from asking to `then`; null when it did not come to that. */
static void key_after(struct writer *w, const char *name, uint64_t asked, uint64_t then)
{
    key(w, name);
    if (then)
        put_ms(w, then > asked ? then - asked : 0);
    else
        RAW(w, "null");
}

static void put_request(struct writer *w, const struct tws_event *ev)
{
    enum tws_key kind = ev->u.request.key_kind;

    key(w, "id");
    put_i64(w, ev->u.request.id);
    key_string(w, "name", ev->u.request.name);
    key(w, "key");
    if (kind == TWS_KEY_NONE || kind == TWS_KEY_BY_TYPE)
        RAW(w, "\"type\"");
    else
        put_i64(w, ev->u.request.key);
    key_string(w, "key_kind", view_key(kind));
    key_after(w, "first_ms", ev->u.request.asked_ns, ev->u.request.first_ns);
    key_after(w, "end_ms", ev->u.request.asked_ns, ev->u.request.end_ns);
    key_u64(w, "answers", ev->u.request.answers);
    key_string(w, "status", tws_request_status_name(ev->u.request.status));
}

/* Free text in which accounts are masked. */
static void put_free_text(struct writer *w, struct tws_cursor text)
{
    char buf[1024], *copy = text.left <= sizeof buf ? buf : malloc(text.left);

    if (!copy) {
        w->cut = true;
        RAW(w, "null");
        return;
    }
    if (text.left)
        memcpy(copy, text.p, text.left);
    mask_text(w->j->mask, copy, text.left);
    put_bytes(w, (const uint8_t *)copy, text.left);
    if (copy != buf)
        free(copy);
}

static void put_free_string(struct writer *w, const char *text)
{
    put_free_text(w, (struct tws_cursor){(const uint8_t *)text, strlen(text)});
}

static void put_notice(struct writer *w, const struct tws_event *ev)
{
    key(w, "code");
    put_i64(w, ev->u.notice.code);
    key(w, "reqId");
    put_i64(w, ev->u.notice.req_id);
    key(w, "text");
    put_free_text(w, ev->u.notice.text);
    key_string(w, "class", ev->u.notice.class_name);
}

static void key_last(struct writer *w, const char *name, const struct tws_last *l,
                     enum tws_side dir)
{
    const char *frame = view_last_name(l, dir);

    key(w, name);
    if (!frame) {
        RAW(w, "null");
        return;
    }
    put_char(w, '{');
    member_u64(w, "n", l->n);
    member_string(w, "name", frame);
    member(w, "ts");
    put_time(w, l->ts_ns);
    put_char(w, '}');
}

static void member_bool(struct writer *w, const char *name, bool truth)
{
    member(w, name);
    if (truth)
        RAW(w, "true");
    else
        RAW(w, "false");
}

static void key_kernel(struct writer *w, const struct tws_kernel *k)
{
    const struct {
        const char *name;
        uint32_t n;
    } facts[] = {
        {"unacked", k->unacked},
        {"retransmits", k->retransmits},
        {"total_retrans", k->total_retrans},
        {"last_ack_ms", k->last_ack_ms},
        {"last_data_ms", k->last_data_ms},
        {"unread", k->unread},
        {"unsent", k->unsent},
        {"rtt_us", k->rtt_us},
    };

    key(w, "kernel");
    put_char(w, '{');
    for (size_t i = 0; k->known && i < sizeof facts / sizeof facts[0]; i++)
        member_u64(w, facts[i].name, facts[i].n);
    if (k->peer_known) {
        member_bool(w, "accepted", k->peer_owned);
        member_u64(w, "gateway_unread", k->peer_unread);
    }
    if (k->queue_known) {
        member_u64(w, "queue", k->queue);
        member_u64(w, "backlog", k->backlog);
    }
    put_char(w, '}');
}

static void key_others(struct writer *w, const struct tws_others *o)
{
    key(w, "others");
    put_char(w, '{');
    member_u64(w, "open", o->open);
    member_u64(w, "live_answering", o->live_answering);
    member_u64(w, "live_silent", o->live_silent);
    member_u64(w, "new_unanswered", o->new_unanswered);
    member_u64(w, "new_answered", o->new_answered);
    put_char(w, '}');
}

static void put_silence(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "stage", tws_trouble_name(ev->u.silence.stage));
    key_string(w, "owes", tws_side_name(ev->u.silence.owes));
    key(w, "since");
    put_time(w, ev->u.silence.since_ns);
    key_ms(w, "waited_ms", ev->u.silence.waited_ns);
    key_last(w, "last_client", &ev->u.silence.last_client, TWS_CLIENT);
    key_last(w, "last_gateway", &ev->u.silence.last_gateway, TWS_GATEWAY);
    key_kernel(w, &ev->u.silence.kernel);
    key_others(w, &ev->u.silence.others);
}

static void put_gap(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "dir", tws_side_name(ev->u.gap.dir));
    key(w, "bytes");
    if (ev->u.gap.missing)
        put_u64(w, ev->u.gap.missing);
    else
        RAW(w, "null");
    key_u64(w, "resync", ev->u.gap.skipped);
    key(w, "found");
    if (ev->u.gap.found)
        RAW(w, "true");
    else
        RAW(w, "false");
}

static void put_drops(struct writer *w, const struct tws_event *ev)
{
    key_u64(w, "kernel", ev->u.drops.kernel);
    key_u64(w, "interface", ev->u.drops.interface);
    key_u64(w, "received", ev->u.drops.received);
}

static void key_pair(struct writer *w, const char *name, uint64_t client, uint64_t gateway)
{
    key(w, name);
    put_char(w, '{');
    member_u64(w, "client", client);
    member_u64(w, "gateway", gateway);
    put_char(w, '}');
}

static void member_digest(struct writer *w, const char *name, uint64_t d)
{
    char text[17];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)d);
    member_string(w, name, text);
}

static void put_close(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "by", tws_side_name(ev->u.close.by));
    key_string(w, "how", tws_ending_name(ev->u.close.how));
    if (ev->u.close.reason)
        key_string(w, "reason", ev->u.close.reason);
    key_ms(w, "lasted_ms", ev->u.close.lasted_ns);
    key_pair(w, "bytes", ev->u.close.bytes_client, ev->u.close.bytes_gateway);
    key_pair(w, "frames", ev->u.close.frames_client, ev->u.close.frames_gateway);
    if (!ev->u.close.digest_client && !ev->u.close.digest_gateway)
        return; /* none were kept: XXH64 of nothing is not 0 */
    key(w, "digest");
    put_char(w, '{');
    member_digest(w, "client", ev->u.close.digest_client);
    member_digest(w, "gateway", ev->u.close.digest_gateway);
    put_char(w, '}');
}

static void put_evidence(struct writer *w, const struct tws_evidence *e)
{
    comma(w);
    put_char(w, '{');
    member_string(w, "what", e->what);
    member(w, "value");
    put_free_string(w, e->value);
    member_string(w, "source", tws_source_name(e->source));
    put_char(w, '}');
}

static void put_cause(struct writer *w, const struct tws_cause *c)
{
    comma(w);
    put_char(w, '{');
    member_string(w, "mode", c->mode->id);
    member_string(w, "certainty", tws_certainty_name(c->certainty));
    member_string(w, "why", c->why);
    member_string(w, "check", c->mode->check);
    member_string(w, "remedy", c->mode->remedy);
    put_char(w, '}');
}

static void put_verdict(struct writer *w, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;

    key(w, "final");
    if (v->final)
        RAW(w, "true");
    else
        RAW(w, "false");
    key(w, "says");
    put_free_string(w, v->says);
    key_string(w, "progress", tws_stage_name(v->progress));
    key_string(w, "stage", tws_trouble_name(v->stage));
    key_string(w, "silent", tws_side_name(v->silent));
    key(w, "since");
    put_time(w, v->since_ns);
    key(w, "silence_s");
    put_seconds(w, v->silence_ns);
    key_string(w, "mode", v->mode ? v->mode->id : NULL);
    key_string(w, "certainty", tws_certainty_name(v->certainty));
    key(w, "evidence");
    put_char(w, '[');
    for (size_t i = 0; i < v->n_evidence; i++)
        put_evidence(w, &v->evidence[i]);
    put_char(w, ']');
    key(w, "causes");
    put_char(w, '[');
    for (size_t i = 0; i < v->n_causes; i++)
        put_cause(w, &v->causes[i]);
    put_char(w, ']');
    key_string(w, "next", v->next);
}

static void put_limit(struct writer *w, const struct tws_event *ev)
{
    key_string(w, "what", ev->u.limit.what);
    key_u64(w, "held", ev->u.limit.held);
    key(w, "limit");
    if (ev->u.limit.limit)
        put_u64(w, ev->u.limit.limit);
    else
        RAW(w, "null");
    key(w, "over");
    if (ev->u.limit.over)
        RAW(w, "true");
    else
        RAW(w, "false");
}

/* Of observers that see packets. */
static void key_captured(struct writer *w, const struct tws_captured *c)
{
    if (!c->packets)
        return;
    key(w, "captured");
    put_char(w, '{');
    member_u64(w, "packets", c->packets);
    member_u64(w, "segments", c->segments);
    member_u64(w, "dropped_kernel", c->dropped_kernel);
    member_u64(w, "dropped_interface", c->dropped_interface);
    member_u64(w, "fragments", c->fragments);
    member_u64(w, "unreadable", c->unreadable);
    member_u64(w, "snapped", c->snapped);
    member_u64(w, "bad_checksums", c->bad_checksums);
    member_u64(w, "retransmitted", c->retransmitted);
    member_u64(w, "out_of_order", c->out_of_order);
    member_u64(w, "differing", c->differing);
    member_u64(w, "evicted", c->evicted);
    put_char(w, '}');
}

static void member_ms(struct writer *w, const char *name, uint64_t ns)
{
    member(w, name);
    put_ms(w, ns);
}

/* How long first answers took, by the name of the request. */
static void key_latency(struct writer *w, const struct tws_summary *s)
{
    bool any = false;

    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
        const struct tws_latency *l = &s->latency[id];
        const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, id);

        if (!l->n || !row)
            continue;
        if (!any) {
            key(w, "latency");
            put_char(w, '{');
        }
        any = true;
        member(w, row->name);
        put_char(w, '{');
        member_u64(w, "answered", l->n);
        member_ms(w, "p50_ms", tws_latency_at(l, 50));
        member_ms(w, "p90_ms", tws_latency_at(l, 90));
        member_ms(w, "p99_ms", tws_latency_at(l, 99));
        member_ms(w, "max_ms", l->max_ns);
        put_char(w, '}');
    }
    if (any)
        put_char(w, '}');
}

static void put_summary(struct writer *w, const struct tws_event *ev)
{
    const struct tws_summary *s = ev->u.summary;

    key_u64(w, "connections", s->connections);
    key_u64(w, "healthy", s->healthy);
    key_u64(w, "troubled", s->troubled);
    key_u64(w, "probes", s->probes);
    key_u64(w, "refused", s->refused);
    key_pair(w, "frames", s->frames_client, s->frames_gateway);
    key_pair(w, "bytes", s->bytes_client, s->bytes_gateway);
    key_u64(w, "silences", s->silences);
    key_u64(w, "recovered", s->recovered);
    key(w, "decode_failures");
    put_char(w, '{');
    member_u64(w, "opaque", s->opaque);
    member_u64(w, "odd_frames", s->odd_frames);
    member_u64(w, "unknown_ids", s->unknown_ids);
    put_char(w, '}');
    if (s->gaps) {
        key(w, "gaps");
        put_char(w, '{');
        member_u64(w, "count", s->gaps);
        member_u64(w, "bytes", s->missing);
        put_char(w, '}');
    }
    key_captured(w, &s->captured);
    key_latency(w, s);
    key_u64(w, "events_lost", s->events_lost);
    key(w, "lasted_s");
    put_seconds(w, s->lasted_ns);
}

static void (*const puts_by_kind[TWS_EVENTS])(struct writer *w, const struct tws_event *ev) = {
    [TWS_EV_OPEN] = put_open,       [TWS_EV_FRAME] = put_frame,       [TWS_EV_OPAQUE] = put_opaque,
    [TWS_EV_STAGE] = put_stage,     [TWS_EV_REQUEST] = put_request,   [TWS_EV_NOTICE] = put_notice,
    [TWS_EV_SILENCE] = put_silence, [TWS_EV_RECOVERED] = put_silence, [TWS_EV_GAP] = put_gap,
    [TWS_EV_CLOSE] = put_close,     [TWS_EV_VERDICT] = put_verdict,   [TWS_EV_LIMIT] = put_limit,
    [TWS_EV_DROPS] = put_drops,     [TWS_EV_SUMMARY] = put_summary,
};

/* ---- the sink ---- */

bool json_sink_init(struct json_sink *j, struct out *out, struct mask *mask, bool hex)
{
    *j = (struct json_sink){.out = out, .mask = mask, .hex = hex, .cap = 4096};
    j->line = malloc(j->cap);
    return j->line != NULL;
}

void json_sink_free(struct json_sink *j)
{
    free(j->line);
    view_free(&j->view);
    j->line = NULL;
    j->cap = 0;
}

/* One huge frame must not cost its memory for the rest of the run. */
static void shrink(struct json_sink *j)
{
    char *line = j->cap > KEEP ? realloc(j->line, KEEP) : NULL;

    if (!line)
        return;
    j->line = line;
    j->cap = KEEP;
}

void json_put(void *json_sink, const struct tws_event *ev)
{
    struct json_sink *j = json_sink;
    struct writer w = {.j = j};

    RAW(&w, "{\"v\":1");
    key_string(&w, "event", view_event(ev->kind));
    key(&w, "ts");
    put_time(&w, ev->ts_ns);
    if (ev->conn)
        key_u64(&w, "conn", ev->conn);
    puts_by_kind[ev->kind](&w, ev);
    if (w.cut)
        RAW(&w, ",\"cut\":true");
    RAW(&w, "}");
    if (w.full)
        j->out->lost++;
    else
        out_line(j->out, j->line, w.len);
    shrink(j);
}
