#include "textlog.h"
#include "meaning.h"
#include "request.h"
#include "view.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- a line ---- */

#define LINE      1200u /* bytes of a line, colours and escapes included; more is cut */
#define FRAME_MAX 150u  /* where the values of a -v line stop */
#define INDENT    28    /* columns before an event's text */

enum shade { PLAIN, DIM, RED, GREEN, BOLD };

static const char *const shades[] = {
    [PLAIN] = "", [DIM] = "\033[2m", [RED] = "\033[31m", [GREEN] = "\033[32m", [BOLD] = "\033[1m"};

struct line {
    char text[LINE];
    size_t len;
    enum shade shade;
    bool color;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->text + l->len, sizeof l->text - l->len, format, args);
    va_end(args);
    if (n > 0)
        l->len += (size_t)n < sizeof l->text - l->len ? (size_t)n : sizeof l->text - l->len - 1;
}

static void shade(struct line *l, enum shade s)
{
    l->shade = s;
    if (l->color && s != PLAIN)
        add(l, "%s", shades[s]);
}

/* A byte of a UTF-8 pair that a terminal takes for a control (U+0080 to U+009F). */
static bool is_c1(const uint8_t *p, size_t n)
{
    return n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

/* What a peer sent, made harmless, up to `max` bytes of it shown. */
static void add_bytes(struct line *l, struct tws_cursor c, size_t max)
{
    size_t begin = l->len;

    while (c.left) {
        size_t n = view_utf8(c.p, c.left);

        if (l->len - begin >= max || l->len + 8 >= sizeof l->text) {
            add(l, "...");
            return;
        }
        if (n == 0 || (n == 1 && (*c.p < 0x20 || *c.p == 0x7f)) || is_c1(c.p, n)) {
            n = 1;
            add(l, "\\x%02x", *c.p);
        } else {
            memcpy(l->text + l->len, c.p, n);
            l->len += n;
        }
        c.p += n;
        c.left -= n;
    }
}

static void send(struct text_sink *t, struct line *l)
{
    /* Room for the colour's end is kept by adding at most LINE - 1 - 4 bytes before. */
    if (l->color && l->shade != PLAIN) {
        if (l->len > sizeof l->text - 5)
            l->len = sizeof l->text - 5;
        l->text[l->len] = '\0';
        add(l, "\033[0m");
    }
    out_line(t->out, l->text, l->len);
}

void text_say(struct text_sink *t, const char *line)
{
    out_line(t->out, line, strlen(line));
}

/* ---- times ---- */

/* The day of a time, and its zone, when they are new. */
static void say_day(struct text_sink *t, const struct tm *tm)
{
    char day[sizeof t->said_day], zone[16], line[80];

    strftime(day, sizeof day, t->as_logged ? "%a %Y-%m-%d" : "%a %Y-%m-%d, times in %Z", tm);
    strftime(zone, sizeof zone, "%z", tm);
    if (strcmp(day, t->said_day) == 0)
        return;
    memcpy(t->said_day, day, sizeof day);
    if (t->as_logged)
        snprintf(line, sizeof line, "-- %s, times as in the log", day);
    else if (strcmp(zone, "+0000") == 0)
        snprintf(line, sizeof line, "-- %s", day);
    else
        snprintf(line, sizeof line, "-- %s (UTC%s)", day, zone);
    text_say(t, line);
}

/* Local clock time of a second; says date and zone when they are new. */
static const char *clock_of(struct text_sink *t, uint64_t second)
{
    time_t at = (time_t)second;
    struct tm tm;

    if (t->clock[0] && t->second == second)
        return t->clock;
    if (!(t->as_logged ? gmtime_r(&at, &tm) : localtime_r(&at, &tm)))
        memset(&tm, 0, sizeof tm);
    strftime(t->clock, sizeof t->clock, "%H:%M:%S", &tm);
    t->second = second;
    if (!t->dateless)
        say_day(t, &tm);
    return t->clock;
}

void text_say_day(struct text_sink *t, uint64_t ns)
{
    clock_of(t, ns / 1000000000u);
}

#define SPAN 24u

/* A span of time in the unit a person would choose. */
static const char *span(uint64_t ns, char buf[SPAN])
{
    double ms = (double)ns / 1e6;
    uint64_t s = ns / 1000000000u;

    if (ms < 1)
        snprintf(buf, SPAN, "%.2f ms", ms);
    else if (ms < 10)
        snprintf(buf, SPAN, "%.1f ms", ms);
    else if (ms < 1000)
        snprintf(buf, SPAN, "%.0f ms", ms);
    else if (s < 60)
        snprintf(buf, SPAN, "%.1f s", ms / 1000);
    else if (s < 3600)
        snprintf(buf, SPAN, "%u min %02u s", (unsigned)(s / 60), (unsigned)(s % 60));
    else
        snprintf(buf, SPAN, "%llu h %02u min", (unsigned long long)(s / 3600),
                 (unsigned)(s / 60 % 60));
    return buf;
}

#define COUNT 32u

/* 1234567 as "1,234,567". */
static const char *count(uint64_t n, char buf[COUNT])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), at = 0;

    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            buf[at++] = ',';
        buf[at++] = digits[i];
    }
    buf[at] = '\0';
    return buf;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* "14:03:05.123 #1    stage     " */
static void begin(struct text_sink *t, struct line *l, const struct tws_event *ev, enum shade s,
                  const char *word)
{
    char conn[16] = "";

    l->len = 0;
    l->color = t->color;
    if (ev->conn)
        snprintf(conn, sizeof conn, "#%lu", (unsigned long)ev->conn);
    if (ev->ts_ns) /* a frame by itself has no time */
        add(l, "%s.%03u %-4s ", clock_of(t, ev->ts_ns / 1000000000u),
            (unsigned)(ev->ts_ns / 1000000u % 1000), conn);
    shade(l, s);
    add(l, "%-9s ", word);
}

static void begin_event(struct text_sink *t, struct line *l, const struct tws_event *ev,
                        enum shade s)
{
    begin(t, l, ev, s, view_event(ev->kind));
}

/* A further line of the event, under its text. */
static void begin_more(struct text_sink *t, struct line *l, enum shade s)
{
    l->len = 0;
    l->color = t->color;
    add(l, "%*s", INDENT, "");
    shade(l, s);
}

/* ---- events, one function a kind ---- */

static void put_open(struct text_sink *t, const struct tws_event *ev)
{
    char client[VIEW_ENDPOINT], gateway[VIEW_ENDPOINT];
    struct line l;

    begin_event(t, &l, ev, PLAIN);
    if (!ev->u.open.client.family && !ev->u.open.gateway.family)
        add(&l, "a session of a log");
    else
        add(&l, "%s -> %s", view_endpoint(&ev->u.open.client, client),
            view_endpoint(&ev->u.open.gateway, gateway));
    add(&l, "%s", ev->u.open.midstream ? ", seen from the middle on" : "");
    send(t, &l);
}

static void add_value(struct line *l, const struct tws_value *v, size_t max)
{
    char buf[VIEW_NUMBER];
    const char *real;
    size_t len;

    switch ((enum tws_value_kind)v->kind) {
    case TWS_VALUE_INT:
        add(l, "%lld", (long long)v->integer);
        return;
    case TWS_VALUE_DOUBLE:
        real = view_real(v, buf, &len);
        add_bytes(l, (struct tws_cursor){(const uint8_t *)real, len}, max);
        return;
    case TWS_VALUE_BOOL:
        add(l, "%s", v->integer ? "true" : "false");
        return;
    case TWS_VALUE_TEXT:
        if (v->text.left && !memchr(v->text.p, ' ', v->text.left)) {
            add_bytes(l, v->text, max);
            return;
        }
        add(l, "\"");
        add_bytes(l, v->text, max);
        add(l, "\"");
        return;
    case TWS_VALUE_UNSET:
        break;
    }
    add(l, "unset");
}

/* Does the short form of a frame leave this value out? */
static bool is_blank(const struct tws_value *v)
{
    return v->field && (v->kind == TWS_VALUE_UNSET || (v->kind == TWS_VALUE_TEXT && !v->text.left));
}

/* `name=value`, or the value alone, or its protobuf field number and the value. */
static void add_named(struct line *l, const struct tws_message *m, const struct tws_value *v)
{
    if (v->name)
        add(l, "%s=", v->name);
    else if (m->form == TWS_FORM_PROTOBUF && !v->element)
        add(l, "%u:", v->number);
    add_value(l, v, 60);
}

/* Faults that only a walk to the end finds; text has none. */
static uint32_t faults_within(const struct tws_message *m)
{
    struct tws_value v;
    struct tws_walk w;

    if (m->form != TWS_FORM_PROTOBUF)
        return 0;
    tws_walk_open(m, &w);
    while (tws_walk_step(&w, &v))
        ;
    return w.faults;
}

/* What a message is about, in words, where there are any.  Returns the faults of its encoding. */
static uint32_t add_meaning(struct line *l, const struct tws_message *m)
{
    char words[MEANING_MAX];
    uint32_t faults = 0;
    size_t n;

    if (!m->row->says)
        return faults_within(m);
    n = meaning(m, words, &faults);
    if (n > 0) {
        add(l, " ");
        add_bytes(l, (struct tws_cursor){(const uint8_t *)words, n}, 400);
    }
    return faults;
}

static void add_values(struct line *l, const struct tws_event *ev, uint32_t *faults)
{
    const struct tws_message *m = ev->u.frame.message;
    size_t begin_at = l->len;
    struct tws_value v;
    struct tws_walk w;
    bool more = false;

    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v)) {
        if (is_blank(&v) || more)
            continue;
        more = l->len - begin_at > FRAME_MAX;
        add(l, " ");
        if (more)
            add(l, "...");
        else
            add_named(l, m, &v);
    }
    *faults = w.faults;
}

static void add_fixed(struct line *l, const struct tws_event *ev)
{
    struct view_fixed fields[VIEW_FIXED_MAX];
    size_t n = view_fixed(ev, fields);

    for (size_t i = 0; i < n; i++) {
        add(l, " %s=", fields[i].name);
        if (fields[i].is_number)
            add(l, "%lld", (long long)fields[i].number);
        else
            add_bytes(l, fields[i].text, 80);
    }
}

/* The name, place or field number of a value or of what holds values. */
static void add_label(struct line *l, const struct tws_value *v)
{
    char place[16];
    const char *name = v->name;

    snprintf(place, sizeof place, "#%u", v->number);
    if (!name && (v->element || v->step == TWS_STEP_ITEM))
        name = "-";
    add(l, "%*s%-*s ", 2 + 2 * v->depth, "", 30 - 2 * v->depth, name ? name : place);
}

static void put_each_value(struct text_sink *t, const struct tws_message *m)
{
    char buf[VIEW_READABLE];
    struct tws_value v;
    struct tws_walk w;
    struct line l;

    tws_walk_open(m, &w);
    while (tws_walk_next(&w, &v)) {
        const char *words = view_readable(&v, buf);

        if (v.step == TWS_STEP_END)
            continue;
        begin_more(t, &l, DIM);
        add_label(&l, &v);
        if (v.step == TWS_STEP_VALUE)
            add_value(&l, &v, 400);
        if (words)
            add(&l, "  (%s)", words);
        send(t, &l);
    }
    if (tws_walk_missing(&w)) {
        begin_more(t, &l, RED);
        add(&l, "  %lu more should be here", (unsigned long)tws_walk_missing(&w));
        send(t, &l);
    }
}

#define HEX_LINES 32u

static void put_hex(struct text_sink *t, struct tws_cursor c)
{
    struct line l;

    for (size_t row = 0; c.left && row < HEX_LINES; row++) {
        size_t n = c.left < 16 ? c.left : 16;

        begin_more(t, &l, DIM);
        add(&l, "  %04zx ", row * 16);
        for (size_t i = 0; i < 16; i++) {
            if (i < n)
                add(&l, " %02x", c.p[i]);
            else
                add(&l, "   ");
        }
        add(&l, "  ");
        for (size_t i = 0; i < n; i++)
            add(&l, "%c", c.p[i] >= 0x20 && c.p[i] < 0x7f ? c.p[i] : '.');
        send(t, &l);
        c.p += n;
        c.left -= n;
    }
    if (c.left) {
        begin_more(t, &l, DIM);
        add(&l, "  ... and %zu more bytes", c.left);
        send(t, &l);
    }
}

static void put_frame(struct text_sink *t, const struct tws_event *original)
{
    struct tws_event copy;
    const struct tws_event *ev = view_masked(&t->view, t->mask, original, &copy);
    const struct tws_message *m = ev->u.frame.message;
    char word[32], fault[256];
    uint32_t faults = 0;
    struct line l;

    snprintf(word, sizeof word, "%c %llu", ev->u.frame.dir == TWS_CLIENT ? '>' : '<',
             (unsigned long long)ev->u.frame.n);
    begin(t, &l, ev, DIM, word);
    add(&l, "%s", view_frame_name(ev));
    if (m && m->id >= 0 && !m->row)
        add(&l, " id %d", (int)m->id);
    if (!m)
        add_fixed(&l, ev);
    else if (!m->row)
        add_values(&l, ev, &faults);
    else
        faults = add_meaning(&l, m);
    if (m && t->verbosity >= 2)
        add(&l, " (%zu bytes, %s)", ev->u.frame.payload.left, view_form(m->form));
    if (*view_fault(ev, faults, fault, sizeof fault))
        add(&l, "  ! %s", fault);
    send(t, &l);
    if (m && t->verbosity >= 2)
        put_each_value(t, m);
    if (t->hex)
        put_hex(t, ev->u.frame.payload);
}

static void put_opaque(struct text_sink *t, const struct tws_event *ev)
{
    static const char *const words[] = {
        [TWS_OPAQUE_NOT] = "is not decoded",
        [TWS_OPAQUE_FOREIGN] = "does not speak the TWS API, but",
        [TWS_OPAQUE_LEGACY] = "speaks the old protocol without frames",
        [TWS_OPAQUE_TOO_LONG] = "announced a frame too long to be true:",
        [TWS_OPAQUE_NEGATIVE_LENGTH] = "announced a frame of negative length:",
        [TWS_OPAQUE_HELLO_TOO_LONG] = "announced a hello too long to be true:",
        [TWS_OPAQUE_NO_MEMORY] = "sent a frame for which there was no memory",
        [TWS_OPAQUE_NO_FRAMES] = "was seen from the middle on, and no frames were found",
    };
    enum tws_opaque why = ev->u.opaque.why;
    struct line l;

    begin_event(t, &l, ev, RED);
    add(&l, "the %s %s", tws_side_name(ev->u.opaque.dir), words[why]);
    if (why == TWS_OPAQUE_FOREIGN)
        add(&l, " %s", tws_foreign_name(ev->u.opaque.foreign));
    else if (ev->u.opaque.length)
        add(&l, " 0x%08lx", (unsigned long)ev->u.opaque.length);
    if (ev->u.opaque.first.left) {
        add(&l, ", first \"");
        add_bytes(&l, ev->u.opaque.first, 64);
        add(&l, "\"");
    }
    if (!t->passive && why != TWS_OPAQUE_NO_FRAMES) /* only a capture comes to that */
        add(&l, "; relayed as it is");
    send(t, &l);
}

/* What was agreed at this stage: ", versions 100 to 176". */
static void add_agreed(struct line *l, const struct tws_event *ev)
{
    enum tws_stage s = ev->u.stage.stage;

    if (s == TWS_HELLO && ev->u.stage.hello_max)
        add(l, ", versions %u to %u", ev->u.stage.hello_min, ev->u.stage.hello_max);
    else if (s == TWS_VERSION && ev->u.stage.server_version)
        add(l, ", server version %u", ev->u.stage.server_version);
    else if (s == TWS_START && ev->u.stage.client_id >= 0)
        add(l, ", client id %lld", (long long)ev->u.stage.client_id);
}

static void put_stage(struct text_sink *t, const struct tws_event *ev)
{
    static const struct {
        const char *seen, *next;
    } means[TWS_STAGES] = {
        [TWS_STAGE_NONE] = {"", ""},
        [TWS_TCP] = {"connected", "; the client owes its hello"},
        [TWS_HELLO] = {"the client spoke", "; the gateway owes its version"},
        [TWS_VERSION] = {"the gateway answered", "; the client owes startApi"},
        [TWS_START] = {"startApi sent", "; the gateway owes nextValidId and managedAccounts"},
        [TWS_READY] = {"welcomed: nextValidId and managedAccounts are here", ""},
        [TWS_LIVE] = {"the client asks; the session is live", ""},
    };
    enum tws_stage s = ev->u.stage.stage;
    char took[SPAN];
    struct line l;

    begin_event(t, &l, ev, s == TWS_READY ? GREEN : PLAIN);
    add(&l, "%-8s +%-8s %s", tws_stage_name(s), span(ev->u.stage.took_ns, took), means[s].seen);
    add_agreed(&l, ev);
    add(&l, "%s", means[s].next);
    send(t, &l);
}

/* The text with accounts masked, cut to what a line shows. */
static void add_free_text(struct text_sink *t, struct line *l, struct tws_cursor text)
{
    char buf[500];

    if (text.left > sizeof buf)
        text.left = sizeof buf;
    if (text.left)
        memcpy(buf, text.p, text.left);
    mask_text(t->mask, buf, text.left);
    add_bytes(l, (struct tws_cursor){(const uint8_t *)buf, text.left}, sizeof buf);
}

#define ORDER_CANCELLED 202

/* An end that the client has to know of; that of an order it asked for. */
static bool is_ended_by_error(const struct tws_event *ev)
{
    return ev->u.request.status == TWS_REQ_ERROR && ev->u.request.code != ORDER_CANCELLED;
}

static void put_request(struct text_sink *t, const struct tws_event *ev)
{
    enum tws_request_status s = ev->u.request.status;
    uint64_t asked = ev->u.request.asked_ns;
    uint64_t until = ev->u.request.end_ns ? ev->u.request.end_ns : ev->ts_ns;
    enum tws_key kind = ev->u.request.key_kind;
    char took[SPAN], n[COUNT];
    struct line l;

    if (t->verbosity < 1 && s != TWS_REQ_UNANSWERED && !is_ended_by_error(ev))
        return;
    begin_event(t, &l, ev, s == TWS_REQ_UNANSWERED ? RED : DIM);
    add(&l, "%s", ev->u.request.name ? ev->u.request.name : "unknown");
    if (kind != TWS_KEY_NONE && kind != TWS_KEY_BY_TYPE)
        add(&l, " %s %lld", view_key(kind), (long long)ev->u.request.key);
    add(&l, ": %s after %s", tws_request_status_name(s),
        span(until > asked ? until - asked : 0, took));
    if (ev->u.request.answers)
        add(&l, ", %s answer%s", count(ev->u.request.answers, n), plural(ev->u.request.answers));
    if (s == TWS_REQ_ERROR) {
        add(&l, ": %lld ", (long long)ev->u.request.code);
        add_free_text(t, &l, ev->u.request.text);
    }
    send(t, &l);
}

/* "Data farm connection is OK" and its kin: said at each start, and no news. */
static bool is_all_well(int64_t code)
{
    return code == 2104 || code == 2106 || code == 2158;
}

static void put_notice(struct text_sink *t, const struct tws_event *ev)
{
    struct line l;

    if (t->verbosity < 1 && is_all_well(ev->u.notice.code))
        return;
    begin_event(t, &l, ev, PLAIN);
    add(&l, "%lld %s", (long long)ev->u.notice.code, tws_notice_class_name(ev->u.notice.class));
    if (ev->u.notice.req_id >= 0)
        add(&l, ", id %lld", (long long)ev->u.notice.req_id);
    add(&l, ": ");
    add_free_text(t, &l, ev->u.notice.text);
    send(t, &l);
}

static void put_silence(struct text_sink *t, const struct tws_event *ev)
{
    const struct tws_last *last;
    const char *stage = tws_trouble_name(ev->u.silence.stage), *name;
    enum tws_side owes = ev->u.silence.owes;
    char waited[SPAN];
    struct line l;

    begin_event(t, &l, ev, RED);
    span(ev->u.silence.waited_ns, waited);
    if (owes == TWS_NETWORK) { /* it owes nothing of its own, and said nothing last */
        add(&l, "%s: %s for %s", stage ? stage : "",
            ev->u.silence.stage == TWS_TCP_CONNECT ? "the dial has not been answered"
                                                   : "bytes on their way are not acknowledged",
            waited);
        send(t, &l);
        return;
    }
    add(&l,
        ev->u.silence.stage == TWS_LIVE_GATEWAY_QUIET
            ? "%s: the %s has not sent what is subscribed for %s"
            : "%s: the %s has owed bytes for %s",
        stage ? stage : "", tws_side_name(owes), waited);
    last = owes == TWS_CLIENT ? &ev->u.silence.last_client : &ev->u.silence.last_gateway;
    name = view_last_name(last, owes);
    if (name)
        add(&l, "; its last: %s (frame %llu)", name, (unsigned long long)last->n);
    else
        add(&l, "; it has sent nothing yet");
    send(t, &l);
}

static void put_recovered(struct text_sink *t, const struct tws_event *ev)
{
    const char *stage = tws_trouble_name(ev->u.silence.stage);
    char waited[SPAN];
    struct line l;

    begin_event(t, &l, ev, GREEN);
    add(&l, "%s is over: the %s spoke after %s", stage ? stage : "",
        tws_side_name(ev->u.silence.owes), span(ev->u.silence.waited_ns, waited));
    send(t, &l);
}

static void put_gap(struct text_sink *t, const struct tws_event *ev)
{
    uint64_t missing = ev->u.gap.missing, skipped = ev->u.gap.skipped;
    char n[COUNT];
    struct line l;

    begin_event(t, &l, ev, RED);
    if (missing)
        add(&l, "%s byte%s of the %s missing", count(missing, n), plural(missing),
            tws_side_name(ev->u.gap.dir));
    else
        add(&l, "bytes of the %s missing", tws_side_name(ev->u.gap.dir));
    if (skipped)
        add(&l, ", %s more skipped", count(skipped, n));
    add(&l, "; frames %s", ev->u.gap.found ? "found again" : "not found again");
    send(t, &l);
}

static void add_traffic(struct line *l, const char *side, uint64_t frames, uint64_t bytes)
{
    char n[COUNT], b[COUNT];

    add(l, "%s %s byte%s in %s frame%s", side, count(bytes, b), plural(bytes), count(frames, n),
        plural(frames));
}

static void put_close(struct text_sink *t, const struct tws_event *ev)
{
    char lasted[SPAN];
    struct line l;

    begin_event(t, &l, ev, PLAIN);
    span(ev->u.close.lasted_ns, lasted);
    if (ev->u.close.how == TWS_END_OF_CAPTURE)
        add(&l, "still open after %s", lasted);
    else
        add(&l, "by %s (%s) after %s", tws_side_name(ev->u.close.by),
            tws_ending_name(ev->u.close.how), lasted);
    if (ev->u.close.reason)
        add(&l, ", %s", ev->u.close.reason);
    add(&l, "; sent: ");
    add_traffic(&l, "client", ev->u.close.frames_client, ev->u.close.bytes_client);
    add(&l, ", ");
    add_traffic(&l, "gateway", ev->u.close.frames_gateway, ev->u.close.bytes_gateway);
    send(t, &l);
}

/* A limit of the gateway that the client comes near: while there is time to slow down. */
static void put_pacing(struct text_sink *t, const struct tws_event *ev)
{
    char window[SPAN];
    struct line l;

    begin_event(t, &l, ev, PLAIN);
    switch (ev->u.pacing.what) {
    case TWS_PACE_OF_MESSAGES:
        add(&l, "%u messages in a second; a gateway takes about %u, then it says 100 and closes",
            ev->u.pacing.count, ev->u.pacing.limit);
        break;
    case TWS_PACE_OF_HISTORY:
        add(&l, "%u history requests in %s; IB's limit is %u, then it says 162", ev->u.pacing.count,
            span(ev->u.pacing.window_ns, window), ev->u.pacing.limit);
        break;
    case TWS_PACE_TWICE:
        add(&l, "the same history request twice within %s; IB may answer 162",
            span(ev->u.pacing.window_ns, window));
        break;
    case TWS_PACE_NOTHING:
        break;
    }
    send(t, &l);
}

static void put_limit(struct text_sink *t, const struct tws_event *ev)
{
    static const char *const means[TWS_LIMITS] = {
        [TWS_LIMIT_CONNECTIONS] =
            "no room for another connection; new clients wait in the kernel's queue",
        [TWS_LIMIT_DESCRIPTORS] = "no descriptor is left for new connections; they wait",
        [TWS_LIMIT_DENIED] = "a client outside --allow was turned away",
        [TWS_LIMIT_RECORDING] = "packets are missing in the recording, or it has stopped",
    };
    enum tws_limit what = ev->u.limit.what;
    char n[COUNT];
    struct line l;

    begin_event(t, &l, ev, ev->u.limit.over ? PLAIN : RED);
    add(&l, "%s: %s", tws_limit_name(what), ev->u.limit.over ? "over" : means[what]);
    if (ev->u.limit.limit)
        add(&l, "; the limit is %s", count(ev->u.limit.limit, n));
    if (ev->u.limit.held)
        add(&l, "; %s so far", count(ev->u.limit.held, n));
    send(t, &l);
}

/* ---- the verdict ---- */

#define PAGE_LINES 20u /* a block is at most this long */
#define ROW_MAX    300u
#define LABEL      12u /* "cannot tell " */
#define LEFT       4u

struct page {
    struct row {
        char label[LABEL + 1];
        char text[ROW_MAX];
        enum shade shade;
    } row[PAGE_LINES];
    size_t n;
    size_t width; /* columns for text behind the label */
    bool full;    /* something found no room */
};

static void page_row(struct page *p, enum shade s, const char *label, const char *text, size_t len)
{
    struct row *r;

    if (p->n >= PAGE_LINES) {
        p->full = true;
        return;
    }
    r = &p->row[p->n++];
    r->shade = s;
    snprintf(r->label, sizeof r->label, "%s", label);
    snprintf(r->text, sizeof r->text, "%.*s", (int)len, text);
}

/* Where a text is broken at a blank to take at most `width` columns.  No short word ("s", "ms") is
 * left alone on the last line. */
static size_t break_at(const char *text, size_t width)
{
    size_t len = strlen(text), at = width;

    if (len <= width)
        return len;
    while (at > 0 && (text[at] != ' ' || len - at <= 4))
        at--;
    return at ? at : width;
}

/* A text over as many rows as it needs. */
static void page_text(struct page *p, enum shade s, const char *label, const char *text)
{
    do {
        size_t n = break_at(text, p->width);

        page_row(p, s, label, text, n);
        text += n + (text[n] == ' ');
        label = "";
    } while (*text);
}

/* How much of a verdict is shown: the most that fits. */
struct plan {
    size_t evidence, causes, explained; /* explained: causes with their check and remedy */
};

static size_t wider(const char *text, size_t than, size_t max)
{
    size_t n = strlen(text);

    return n <= than ? than : n < max ? n : max;
}

/* Which n pieces of evidence to show: what only the kernel, a process or other sessions tell is
 * worth more than the tail of what the wire tells. */
static void choose(const struct tws_verdict *v, size_t n, bool shown[TWS_EVIDENCE_MAX])
{
    size_t left = v->n_evidence;

    for (size_t i = 0; i < v->n_evidence; i++)
        shown[i] = true;
    for (size_t i = v->n_evidence; i-- > 0 && left > n;) {
        if (v->evidence[i].source == TWS_FROM_WIRE) {
            shown[i] = false;
            left--;
        }
    }
    for (size_t i = v->n_evidence; i-- > 0 && left > n;) {
        left -= shown[i];
        shown[i] = false;
    }
}

static void page_evidence(struct page *p, const struct tws_verdict *v, size_t n)
{
    bool shown[TWS_EVIDENCE_MAX] = {false};
    size_t source = 0, what = 0;
    const char *label = "evidence";

    choose(v, n, shown);
    for (size_t i = 0; i < v->n_evidence; i++) {
        if (!shown[i])
            continue;
        source = wider(tws_source_name(v->evidence[i].source), source, 14);
        what = wider(v->evidence[i].what, what, 28);
    }
    for (size_t i = 0; i < v->n_evidence; i++) {
        const struct tws_evidence *e = &v->evidence[i];
        char text[ROW_MAX];
        int len;

        if (!shown[i])
            continue;
        len = snprintf(text, sizeof text, "%-*s  %-*s  %s", (int)source, tws_source_name(e->source),
                       (int)what, e->what, e->value);
        page_row(p, PLAIN, label, text, (size_t)len);
        label = "";
    }
}

/* `next`: what is said below anyway, or NULL. */
static void page_cause(struct page *p, const struct tws_cause *c, bool explained, const char *next)
{
    char text[600];

    snprintf(text, sizeof text, "%s: %s", c->mode->id, c->why);
    page_text(p, BOLD, tws_certainty_name(c->certainty), text);
    if (!explained)
        return;
    if (!(next && strcmp(next, tws_cause_check(c)) == 0))
        page_text(p, PLAIN, "  check", tws_cause_check(c));
    page_text(p, PLAIN, "  remedy", tws_cause_remedy(c));
}

static void page_fill(struct page *p, const struct tws_verdict *v, const struct plan *plan)
{
    p->n = 0;
    p->full = false;
    page_evidence(p, v, plan->evidence);
    for (size_t i = 0; i < plan->causes; i++)
        page_cause(p, &v->causes[i], i < plan->explained, v->next);
    if (v->next)
        page_text(p, PLAIN, "next", v->next);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Fill the page with as much as fits beside `head` lines of sentence: give up detail of the lesser
 * causes first, then evidence, then the lesser causes. */
static void page_fit(struct page *p, const struct tws_verdict *v, size_t head)
{
    struct plan plan = {.evidence = least(v->n_evidence, 9),
                        .causes = v->n_causes,
                        .explained = least(v->n_causes, 2)};

    for (;;) {
        page_fill(p, v, &plan);
        if (!p->full && p->n + head <= PAGE_LINES)
            return;
        if (plan.explained > 1)
            plan.explained--;
        else if (plan.causes > 4)
            plan.causes--;
        else if (plan.evidence > 5)
            plan.evidence--;
        else if (plan.causes > 2)
            plan.causes--;
        else if (plan.evidence > 3)
            plan.evidence--;
        else
            return;
    }
}

/* The sentence, over as many lines as it needs.  Returns how many. */
static size_t put_sentence(struct text_sink *t, const struct tws_event *ev, enum shade s,
                           const char *says)
{
    size_t lines = 0;
    struct line l;

    do {
        size_t n = break_at(says, t->width - INDENT);

        if (lines == 0)
            begin_event(t, &l, ev, s);
        else
            begin_more(t, &l, s);
        add_free_text(t, &l, (struct tws_cursor){(const uint8_t *)says, n});
        send(t, &l);
        says += n + (says[n] == ' ');
        lines++;
    } while (*says);
    return lines;
}

static bool same_cause(const struct text_cause *a, const struct tws_cause *b)
{
    return a->mode == b->mode && a->pattern == b->pattern;
}

/* Does the block `s` explain this verdict?  For the same connection a new lesser cause is said on
 * its own; for another one the causes must be the same. */
static bool explains(const struct text_said *s, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;

    if (!s->conn || s->stage != v->stage || s->certainty != v->certainty || !s->n_causes ||
        !v->n_causes || !same_cause(&s->cause[0], &v->causes[0]))
        return false;
    if (s->conn == ev->conn)
        return true;
    if (s->n_causes != v->n_causes || ev->ts_ns - s->ts_ns > TEXT_SAID_NS)
        return false;
    for (size_t i = 0; i < s->n_causes; i++)
        if (!same_cause(&s->cause[i], &v->causes[i]))
            return false;
    return true;
}

/* The block that explains this verdict; NULL: none was shown, and this one is remembered. */
static const struct text_said *said_before(struct text_sink *t, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;
    struct text_said *s = &t->said[0];

    for (size_t i = 0; i < TEXT_SAID; i++) {
        if (explains(&t->said[i], ev))
            return &t->said[i];
        if (t->said[i].ts_ns < s->ts_ns)
            s = &t->said[i];
    }
    *s = (struct text_said){
        .conn = ev->conn, .stage = v->stage, .certainty = v->certainty, .ts_ns = ev->ts_ns};
    for (; s->n_causes < v->n_causes; s->n_causes++)
        s->cause[s->n_causes] =
            (struct text_cause){v->causes[s->n_causes].mode, v->causes[s->n_causes].pattern};
    return NULL;
}

static bool was_named(const struct text_said *s, const struct tws_cause *c)
{
    for (size_t i = 0; i < s->n_causes; i++)
        if (same_cause(&s->cause[i], c))
            return true;
    return false;
}

/* The page of a verdict whose block was shown before: what is new in it. */
static void page_again(struct text_sink *t, struct page *p, const struct tws_event *ev,
                       const struct text_said *s)
{
    const struct tws_verdict *v = ev->u.verdict;
    char text[80], whose[24] = "", at[sizeof t->clock];

    p->n = 0;
    for (size_t i = 0; i < v->n_causes; i++)
        if (!was_named(s, &v->causes[i]))
            page_cause(p, &v->causes[i], false, NULL);
    if (s->conn != ev->conn)
        snprintf(whose, sizeof whose, "for #%lu ", (unsigned long)s->conn);
    memcpy(at, clock_of(t, s->ts_ns / 1000000000u), sizeof at);
    snprintf(text, sizeof text, "%scauses and next step as said %sat %s", p->n ? "other " : "",
             whose, at);
    page_text(p, PLAIN, "", text);
}

static void put_page(struct text_sink *t, const struct page *p)
{
    struct line l;

    for (size_t i = 0; i < p->n; i++) {
        const struct row *r = &p->row[i];

        l.len = 0;
        l.color = t->color;
        add(&l, "%*s", (int)LEFT, "");
        shade(&l, r->label[0] ? r->shade : PLAIN);
        add(&l, "%-*s", (int)LABEL, r->label);
        add_free_text(t, &l, (struct tws_cursor){(const uint8_t *)r->text, strlen(r->text)});
        send(t, &l);
    }
}

#define OPEN_LINES 12u

/* What the client waits for, oldest first: where somebody has asked. */
static void put_waiting(struct text_sink *t, const struct tws_event *ev, const struct tws_open *r)
{
    uint32_t n = r->n < OPEN_LINES ? r->n : OPEN_LINES;
    char age[SPAN], answers[COUNT];
    struct line l = {.len = 0};

    for (uint32_t i = 0; i < n; i++) {
        const struct tws_open_request *q = &r->request[i];

        l.len = 0;
        l.color = t->color;
        add(&l, "%*s%-*s%s", (int)LEFT, "", (int)LABEL, i ? "" : "open", tws_request_name(q->id));
        if (q->key_kind != TWS_KEY_BY_TYPE)
            add(&l, " %lld", (long long)q->key);
        add(&l, ", asked %s before",
            span(ev->ts_ns > q->asked_ns ? ev->ts_ns - q->asked_ns : 0, age));
        if (q->answers)
            add(&l, ", %s answer%s, the last %s before", count(q->answers, answers),
                plural(q->answers), span(ev->ts_ns > q->last_ns ? ev->ts_ns - q->last_ns : 0, age));
        else
            add(&l, ", no answer yet");
        send(t, &l);
    }
    if (r->n <= n && !r->more)
        return;
    l.len = 0;
    l.color = t->color;
    add(&l, "%*sand %s more", (int)(LEFT + LABEL), "", count(r->n - n + r->more, answers));
    send(t, &l);
}

static void put_verdict(struct text_sink *t, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;
    bool healthy = v->stage == TWS_TROUBLE_NONE;
    const struct text_said *said;
    struct page page = {.width = t->width - LEFT - LABEL};
    size_t head;

    if (healthy && t->verbosity < 0)
        return;
    head = put_sentence(t, ev, healthy ? GREEN : RED, v->says);
    if (v->asked && !v->final)
        put_waiting(t, ev, &v->open);
    if (healthy)
        return;
    said = said_before(t, ev);
    if (said)
        page_again(t, &page, ev, said);
    else
        page_fit(&page, v, head);
    put_page(t, &page);
}

/* ---- the summary ---- */

/* A line of the summary for a count that is worth a line only when it is not zero. */
static void put_count(struct text_sink *t, uint64_t n, const char *one, const char *many)
{
    char buf[COUNT];
    struct line l;

    if (n == 0)
        return;
    begin_more(t, &l, PLAIN);
    add(&l, "%s %s", count(n, buf), n == 1 ? one : many);
    send(t, &l);
}

static void put_drops(struct text_sink *t, const struct tws_event *ev)
{
    uint64_t lost = ev->u.drops.kernel + ev->u.drops.interface;
    char n[COUNT];
    struct line l;

    begin_event(t, &l, ev, RED);
    add(&l, "%s packet%s lost before they came here", count(lost, n), plural(lost));
    if (ev->u.drops.kernel)
        add(&l, ", %s for want of buffer (--buffer)", count(ev->u.drops.kernel, n));
    if (ev->u.drops.interface)
        add(&l, ", %s by the interface", count(ev->u.drops.interface, n));
    send(t, &l);
}

/* What came of packets, as far as it is out of the ordinary. */
static void put_captured(struct text_sink *t, const struct tws_captured *c)
{
    put_count(t, c->packets, "packet", "packets");
    put_count(t, c->dropped_kernel, "packet lost for want of buffer",
              "packets lost for want of buffer");
    put_count(t, c->dropped_interface, "packet lost by the interface",
              "packets lost by the interface");
    put_count(t, c->fragments, "fragment of an IP packet, left out",
              "fragments of IP packets, left out");
    put_count(t, c->unreadable, "packet that could not be read", "packets that could not be read");
    put_count(t, c->snapped, "segment cut off by the snapshot length",
              "segments cut off by the snapshot length");
    put_count(t, c->bad_checksums, "wrong TCP checksum", "wrong TCP checksums");
    put_count(t, c->retransmitted, "segment sent again", "segments sent again");
    put_count(t, c->out_of_order, "segment out of order", "segments out of order");
    put_count(t, c->differing, "segment that came again with other bytes; the first were taken",
              "segments that came again with other bytes; the first were taken");
    put_count(t, c->evicted, "connection given up: too many at once",
              "connections given up: too many at once");
}

/* The slowest kind of request that has not been told; -1: none is left. */
static int32_t slowest(const struct tws_summary *s, const bool told[TWS_ID_LIMIT])
{
    int32_t worst = -1;

    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++)
        if (!told[id] && s->latency[id].n &&
            (worst < 0 || s->latency[id].max_ns > s->latency[worst].max_ns))
            worst = id;
    return worst;
}

#define LATENCIES 5u /* lines, unless -v asks for all */

/* How long first answers took, a line a kind of request. */
static void put_latency(struct text_sink *t, const struct tws_summary *s)
{
    bool told[TWS_ID_LIMIT] = {false};
    char n[COUNT], p50[SPAN], p90[SPAN], p99[SPAN], max[SPAN];
    size_t lines = 0;
    int32_t id;
    struct line l;

    for (; (id = slowest(s, told)) >= 0; told[id] = true) {
        const struct tws_latency *a = &s->latency[id];
        const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, id);

        if (lines++ == LATENCIES && t->verbosity < 1) {
            begin_more(t, &l, DIM);
            add(&l, "  faster ones: -v");
            send(t, &l);
            return;
        }
        begin_more(t, &l, PLAIN);
        add(&l, "%s answered %s: p50 %s, p90 %s, p99 %s, max %s", row ? row->name : "unknown",
            count(a->n, n), span(tws_latency_at(a, 50), p50), span(tws_latency_at(a, 90), p90),
            span(tws_latency_at(a, 99), p99), span(a->max_ns, max));
        send(t, &l);
    }
}

static void put_summary(struct text_sink *t, const struct tws_event *ev)
{
    const struct tws_summary *s = ev->u.summary;
    char lasted[SPAN], n[COUNT], healthy[COUNT], troubled[COUNT];
    struct line l;

    begin_event(t, &l, ev, s->troubled ? RED : s->healthy ? GREEN : PLAIN);
    add(&l, "%s connection%s in %s: %s healthy, %s in trouble", count(s->connections, n),
        plural(s->connections), span(s->lasted_ns, lasted), count(s->healthy, healthy),
        count(s->troubled, troubled));
    send(t, &l);
    if (s->captured.packets)
        put_count(t, s->probes, "port probe (opened and closed without a byte)",
                  "port probes (opened and closed without a byte)");
    else
        put_count(t, s->probes, "port probe (opened and closed without a byte), not passed on",
                  "port probes (opened and closed without a byte), not passed on");
    put_count(t, s->refused, "connection turned away", "connections turned away");
    begin_more(t, &l, PLAIN);
    add(&l, "sent: ");
    add_traffic(&l, "clients", s->frames_client, s->bytes_client);
    add(&l, ", ");
    add_traffic(&l, "gateway", s->frames_gateway, s->bytes_gateway);
    send(t, &l);
    if (s->silences) {
        begin_more(t, &l, PLAIN);
        add(&l, "%s silence%s, %s recovered", count(s->silences, n), plural(s->silences),
            count(s->recovered, healthy));
        send(t, &l);
    }
    if (s->gaps) {
        begin_more(t, &l, PLAIN);
        add(&l, "%s gap%s in what was captured, %s byte%s missing", count(s->gaps, n),
            plural(s->gaps), count(s->missing, healthy), plural(s->missing));
        send(t, &l);
    }
    if (s->captured.packets)
        put_count(t, s->opaque, "direction that did not decode", "directions that did not decode");
    else
        put_count(t, s->opaque, "direction that did not decode, relayed as it was",
                  "directions that did not decode, relayed as they were");
    put_count(t, s->odd_frames, "odd frame", "odd frames");
    put_count(t, s->unknown_ids, "message with an unknown id", "messages with unknown ids");
    put_captured(t, &s->captured);
    put_count(
        t, s->blacked_out,
        "byte of the recording was blacked out, because the frame boundaries were not known "
        "there.",
        "bytes of the recording were blacked out, because the frame boundaries were not known "
        "there.");
    if (t->verbosity >= 0)
        put_latency(t, s);
    put_count(t, s->events_lost, "line lost: the reader of the output was too slow",
              "lines lost: the reader of the output was too slow");
}

/* ---- the sink ---- */

#define NOT_SHOWN INT_MAX

/* From which verbosity on a kind is shown. */
static const struct {
    int from;
    void (*put)(struct text_sink *t, const struct tws_event *ev);
} kinds[TWS_EVENTS] = {
    [TWS_EV_OPEN] = {0, put_open},        [TWS_EV_FRAME] = {1, put_frame},
    [TWS_EV_OPAQUE] = {0, put_opaque},    [TWS_EV_STAGE] = {0, put_stage},
    [TWS_EV_REQUEST] = {0, put_request},  [TWS_EV_NOTICE] = {0, put_notice},
    [TWS_EV_SILENCE] = {0, put_silence},  [TWS_EV_RECOVERED] = {0, put_recovered},
    [TWS_EV_GAP] = {0, put_gap},          [TWS_EV_CLOSE] = {0, put_close},
    [TWS_EV_VERDICT] = {-1, put_verdict}, [TWS_EV_LIMIT] = {-1, put_limit},
    [TWS_EV_PACING] = {0, put_pacing},    [TWS_EV_DROPS] = {-1, put_drops},
    [TWS_EV_SUMMARY] = {-1, put_summary}, [TWS_EV_FACTS] = {NOT_SHOWN, NULL},
    [TWS_EV_STATE] = {NOT_SHOWN, NULL},
};

void text_sink_init(struct text_sink *t, struct out *out, struct mask *mask, bool color,
                    int verbosity, bool hex)
{
    *t = (struct text_sink){
        .out = out, .mask = mask, .color = color, .verbosity = verbosity, .hex = hex};
}

void text_sink_free(struct text_sink *t)
{
    view_free(&t->view);
}

uint32_t text_wants(int verbosity)
{
    uint32_t wants = 0;

    for (size_t i = 0; i < TWS_EVENTS; i++)
        if (verbosity >= kinds[i].from)
            wants |= TWS_WANTS(i);
    return wants;
}

void text_put(void *text_sink, const struct tws_event *ev)
{
    struct text_sink *t = text_sink;

    if (t->verbosity >= kinds[ev->kind].from)
        kinds[ev->kind].put(t, ev);
}
