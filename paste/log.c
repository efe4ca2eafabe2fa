/* log.c - see log.h. */
#include "log.h"
#include "fit.h"
#include "hello.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND_NS 1000000000ull
#define DAY_NS    (86400 * SECOND_NS)
#define ROOM      16u /* bytes that may stand in front of a payload: "API", NUL, length */

static const uint8_t api[TWS_HELLO_PREFIX] = "API";

void log_init(struct log *l)
{
    *l = (struct log){0};
    tws_reading_init(&l->reading, TWS_SEEN_PASTED);
}

void log_free(struct log *l)
{
    free(l->entries);
    free(l->bytes);
    payload_free(&l->payload);
    *l = (struct log){0};
}

/* ---- room ---- */

static bool room_for_bytes(struct log *l, size_t n)
{
    size_t want = l->n_bytes + n + ROOM, cap = l->bytes_cap ? l->bytes_cap : 4096;
    uint8_t *more;

    if (want <= l->bytes_cap)
        return true;
    if (n > LOG_BYTES_MAX || want > LOG_BYTES_MAX)
        return false;
    while (cap < want)
        cap *= 2;
    more = realloc(l->bytes, cap);
    if (!more)
        return false;
    l->bytes = more;
    l->bytes_cap = cap;
    return true;
}

static struct log_entry *add(struct log *l, struct log_entry e)
{
    size_t cap = l->entries_cap ? 2 * l->entries_cap : 256;
    struct log_entry *more;

    if (!l->entries || l->n_entries == l->entries_cap) {
        more = realloc(l->entries, cap * sizeof *more);
        if (!more)
            return NULL;
        l->entries = more;
        l->entries_cap = cap;
    }
    e.ns = l->ns;
    e.line = l->lines;
    l->entries[l->n_entries] = e;
    return &l->entries[l->n_entries++];
}

/* ---- time ---- */

/* A time of day that is long before the last one is of the next day. */
static void take_time(struct log *l, const struct stamp *s)
{
    uint64_t ns = s->ns;

    if (s->kind == STAMP_NONE)
        return;
    l->dated = l->dated || s->kind == STAMP_DATE;
    if (s->kind == STAMP_DAY) {
        ns += l->day_ns;
        if (l->ns > ns && l->ns - ns > DAY_NS / 2) {
            l->day_ns += DAY_NS;
            ns += DAY_NS;
        }
    } else {
        l->day_ns = ns - ns % DAY_NS;
    }
    if (ns > l->ns)
        l->ns = ns;
}

/* Does a line without a payload speak of a connection that ends, is gone, or is to begin?  What
 * comes behind it is no longer waited for. */
static bool parts(struct rest line)
{
    static const char *const words[] = {"disconnect",
                                        "connecting",
                                        "reconnect",
                                        "not connected",
                                        "connection lost",
                                        "connection closed",
                                        "connection reset",
                                        "closed connection",
                                        "socket closed",
                                        "closing",
                                        "refused",
                                        "connection failed",
                                        "eof",
                                        "exiting",
                                        "shutting down",
                                        "shutdown",
                                        "goodbye"};

    for (size_t i = 0; i < line.n; i++)
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            size_t n = strlen(words[k]);

            if (line.n - i >= n && strncasecmp(line.p + i, words[k], n) == 0)
                return true;
        }
    return false;
}

/* Time alone has passed; one entry for all such lines in a row. */
static bool note_time(struct log *l)
{
    struct log_entry *last = l->n_entries ? &l->entries[l->n_entries - 1] : NULL;

    if (l->parted || !l->ns || (last && last->ns == l->ns))
        return true;
    if (last && last->kind == LOG_TIME) {
        last->ns = l->ns;
        return true;
    }
    return add(l, (struct log_entry){.kind = LOG_TIME}) != NULL;
}

/* ---- bytes ---- */

static void put_be32(uint8_t *p, size_t n)
{
    p[0] = (uint8_t)(n >> 24);
    p[1] = (uint8_t)(n >> 16);
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
}

/* The first frame of bytes with lengths; none: all of them. */
static struct tws_cursor first_of(struct tws_cursor c)
{
    struct tws_cursor rest = c, frame = {NULL, 0};
    uint32_t n;

    if (!tws_take_be32(&rest, &n) || n == 0 || !tws_take(&rest, n, &frame.p))
        return c;
    frame.left = n;
    return frame;
}

/* Does a pasted payload, of which no log tells, begin with its length? */
static bool has_length(const struct log *l, enum tws_side side, struct tws_cursor c)
{
    struct tws_cursor inner = first_of(c);

    return inner.left + 4 <= c.left && inner.p != c.p &&
           fit_of(side, l->reading.server_version, inner) >=
               fit_of(side, l->reading.server_version, c);
}

/* Copies the payload behind what the wire has in front of it.  How many bytes that makes. */
static size_t put_framed(struct log *l, enum tws_side side, struct tws_cursor c, bool wire)
{
    uint8_t *to = l->bytes + l->n_bytes;
    size_t n = 0;
    bool hello = side == TWS_CLIENT && fit_is_hello(c);

    if (hello && !(c.left >= sizeof api && memcmp(c.p, api, sizeof api) == 0)) {
        memcpy(to, api, sizeof api);
        n = sizeof api;
        wire = c.p[0] == 0;
    } else if (hello) {
        wire = true;
    }
    if (!wire) {
        put_be32(to + n, c.left);
        n += 4;
    }
    memcpy(to + n, c.p, c.left);
    return n + c.left;
}

/* What the frame tells of the server version, and whether a session begins with it. */
static void learn(struct log *l, struct log_entry *e, struct tws_cursor framed)
{
    enum tws_side side = (enum tws_side)e->side;
    struct tws_opened_frame opened;
    struct tws_hello hello;

    if (e->hello) {
        framed.p += sizeof api;
        framed.left -= sizeof api;
        tws_hello_read(first_of(framed), &hello);
        tws_reading_hello(&l->reading, &hello);
        e->begins = true;
        l->replied = l->heard = false;
        return;
    }
    framed = first_of(framed);
    if (side == TWS_GATEWAY && fit_is_version_reply(framed)) {
        e->begins = l->replied || l->heard;
        l->replied = true;
    }
    l->heard = true;
    (void)tws_reading_open(&l->reading, side, framed, &opened);
}

static enum log_status take_bytes(struct log *l)
{
    const struct payload *p = &l->payload;
    struct tws_cursor c = {p->bytes, p->n};
    struct log_entry e = {.kind = LOG_BYTES, .side = (uint8_t)p->dir, .at = l->n_bytes};
    bool wire = p->format ? p->format->wire : has_length(l, p->dir, c);
    struct log_entry *added;

    if (!room_for_bytes(l, p->n))
        return LOG_FULL;
    e.layer = p->format ? (uint8_t)p->format->layer : FORMAT_FRAME;
    e.hello = p->dir == TWS_CLIENT && fit_is_hello(c);
    e.n = put_framed(l, p->dir, c, wire);
    added = add(l, e);
    if (!added)
        return LOG_FULL;
    l->n_bytes += e.n;
    l->parted = false;
    l->payloads++;
    l->has[tws_sender(p->dir)][e.layer] = true;
    learn(l, added, (struct tws_cursor){l->bytes + e.at, e.n});
    return LOG_TAKEN;
}

static enum log_status take_unseen(struct log *l, enum log_status status)
{
    const struct payload *p = &l->payload;
    struct log_entry e = {.kind = LOG_UNSEEN, .side = (uint8_t)p->dir, .layer = FORMAT_FRAME};

    if (p->format)
        e.layer = (uint8_t)p->format->layer;
    return add(l, e) ? status : LOG_FULL;
}

/* ---- lines ---- */

static enum log_status take_payload(struct log *l)
{
    take_time(l, &l->payload.stamp);
    if (l->payload.dir == TWS_CLIENT || l->payload.dir == TWS_GATEWAY)
        return l->payload.n > 0 ? take_bytes(l) : LOG_TAKEN;
    l->payload.why = "the line does not say who sent it (> or < in front does)";
    l->payload.wrong_at = 1;
    return take_unseen(l, LOG_WRONG);
}

static enum log_status skip(struct log *l, struct rest line)
{
    bool noted;

    l->skipped++;
    take_time(l, &l->payload.stamp);
    if (l->payload.format)
        return take_unseen(l, LOG_SKIPPED);
    noted = note_time(l);
    l->parted = l->parted || parts(line);
    return noted ? LOG_SKIPPED : LOG_FULL;
}

enum log_status log_line(struct log *l, const char *line, size_t len)
{
    struct payload *p = &l->payload;
    enum log_status before = LOG_TAKEN;
    enum payload_status status;

    if (payload_is_over(p, line, len)) {
        before = take_payload(l);
        payload_forget(p);
    }
    if (before != LOG_TAKEN)
        return before == LOG_WRONG ? LOG_BEFORE : before;
    l->lines++;
    status = payload_read(p, line, len, l->reading.server_version);
    l->skipped += p->skipped;
    switch (status) {
    case PAYLOAD_NONE:
    case PAYLOAD_MORE:
        return LOG_TAKEN;
    case PAYLOAD_SKIPPED:
        return skip(l, (struct rest){line, len});
    case PAYLOAD_WRONG:
        take_time(l, &p->stamp);
        return take_unseen(l, LOG_WRONG);
    case PAYLOAD_READ:
        break;
    }
    return take_payload(l);
}

enum log_status log_end(struct log *l)
{
    enum log_status status = LOG_TAKEN;

    if (payload_is_over(&l->payload, NULL, 0)) {
        status = take_payload(l);
        payload_forget(&l->payload);
    }
    if (payload_end(&l->payload) == PAYLOAD_WRONG)
        status = take_unseen(l, LOG_WRONG);
    l->skipped += l->payload.skipped;
    return status;
}

/* ---- afterwards ---- */

bool log_has(const struct log *l, enum tws_side side)
{
    const bool *has = l->has[tws_sender(side)];

    return has[FORMAT_SOCKET] || has[FORMAT_FRAME] || has[FORMAT_PARTS];
}

bool log_takes(const struct log *l, const struct log_entry *e)
{
    const bool *has;

    if (e->side == TWS_NOBODY)
        return true;
    has = l->has[tws_sender((enum tws_side)e->side)];
    for (uint8_t layer = 0; layer < e->layer; layer++)
        if (has[layer])
            return false;
    return true;
}
