#include "json_writer.h"
#include <stdlib.h>

/* Room for `n` more bytes of a line of at most `max`. */
bool json_room(struct json_writer *w, size_t n, size_t max)
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

/* The next `n` bytes of the line, to be filled in; NULL: it is given up. */
static char *take(struct json_writer *w, size_t n)
{
    char *to;

    if (w->full || !json_room(w, n, JSON_LINE_MAX)) {
        w->full = true;
        return NULL;
    }
    to = w->j->line + w->len;
    w->len += n;
    return to;
}

/* Numbers are written where they stay: to load at once what was stored digit by digit waits for
 * every store. */

static void two(char *to, unsigned n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    memcpy(to, pairs + 2 * (n % 100), 2);
}

#define U64_DIGITS 20u

static size_t digits_of(uint64_t n)
{
    size_t digits = 1;

    for (uint64_t power = 10; digits < U64_DIGITS && n >= power; power *= 10)
        digits++;
    return digits;
}

/* The last `digits` of `n`. */
static void put_digits(char *to, size_t digits, uint64_t n)
{
    for (; digits > 1; n /= 100) {
        digits -= 2;
        two(to + digits, (unsigned)(n % 100));
    }
    if (digits)
        *to = (char)('0' + n % 10);
}

void json_u64(struct json_writer *w, uint64_t n)
{
    size_t digits = digits_of(n);
    char *to = take(w, digits);

    if (to)
        put_digits(to, digits, n);
}

/* Larger integers lose digits in readers that know only doubles. */
#define EXACT_MAX ((uint64_t)1 << 53)

void json_i64(struct json_writer *w, int64_t n)
{
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    bool quoted = size > EXACT_MAX;

    if (quoted)
        json_char(w, '"');
    if (n < 0)
        json_char(w, '-');
    json_u64(w, size);
    if (quoted)
        json_char(w, '"');
}

void json_double(struct json_writer *w, double d)
{
    char buf[VIEW_NUMBER];
    size_t n = view_number(d, buf);
    bool word = buf[n - 1] == 'N' || buf[n - 1] == 'y';

    if (word)
        json_char(w, '"');
    json_raw(w, buf, n);
    if (word)
        json_char(w, '"');
}

static const char hex_digits[] = "0123456789abcdef";

/* One byte that cannot stand as it is. */
static void put_escape(struct json_writer *w, uint8_t c)
{
    static const char short_form[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                      ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    char u[6] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};

    if (c < sizeof short_form && short_form[c]) {
        u[1] = short_form[c];
        json_raw(w, u, 2);
        return;
    }
    json_raw(w, u, sizeof u);
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

void json_bytes(struct json_writer *w, const uint8_t *p, size_t left)
{
    json_char(w, '"');
    while (left) {
        size_t n = plain_run(p, left);

        if (!json_fits(w, n + 6))
            break;
        if (n)
            json_raw(w, (const char *)p, n);
        p += n;
        left -= n;
        if (left && n < RUN) {
            put_escape(w, *p++);
            left--;
        }
    }
    json_char(w, '"');
}

void json_cursor(struct json_writer *w, struct tws_cursor c)
{
    json_bytes(w, c.p, c.left);
}

void json_string(struct json_writer *w, const char *text)
{
    if (text)
        json_bytes(w, (const uint8_t *)text, strlen(text));
    else
        JSON_RAW(w, "null");
}

void json_hex(struct json_writer *w, struct tws_cursor c)
{
    json_char(w, '"');
    for (size_t i = 0; i < c.left && json_fits(w, 2); i++) {
        w->j->line[w->len++] = hex_digits[c.p[i] >> 4];
        w->j->line[w->len++] = hex_digits[c.p[i] & 15];
    }
    json_char(w, '"');
}

/* `,"key":` of a key that needs no escape. */
void json_key(struct json_writer *w, const char *name)
{
    JSON_RAW(w, ",\"");
    json_raw(w, name, strlen(name));
    JSON_RAW(w, "\":");
}

void json_key_u64(struct json_writer *w, const char *name, uint64_t n)
{
    json_key(w, name);
    json_u64(w, n);
}

void json_key_string(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_string(w, text);
}

/* Does the object or array that was opened last hold nothing yet?  Then no comma is due. */
void json_comma(struct json_writer *w)
{
    char last = w->len ? w->j->line[w->len - 1] : '{';

    if (last != '{' && last != '[')
        json_char(w, ',');
}

/* The first key of an object, or a further one; of a name that needs no escape. */
void json_member(struct json_writer *w, const char *name)
{
    json_comma(w);
    json_char(w, '"');
    json_raw(w, name, strlen(name));
    JSON_RAW(w, "\":");
}

void json_member_u64(struct json_writer *w, const char *name, uint64_t n)
{
    json_member(w, name);
    json_u64(w, n);
}

void json_member_string(struct json_writer *w, const char *name, const char *text)
{
    json_member(w, name);
    json_string(w, text);
}

/* ---- times ---- */

#define STAMP 19u

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

void json_time(struct json_writer *w, uint64_t ns)
{
    char *to;

    if (ns == 0) {
        JSON_RAW(w, "null");
        return;
    }
    to = take(w, 2 + STAMP + sizeof ".000000000Z" - 1);
    if (!to)
        return;
    *to++ = '"';
    memcpy(to, stamp(w->j, ns / 1000000000u), STAMP);
    to[STAMP] = '.';
    put_digits(to + STAMP + 1, 9, ns % 1000000000u);
    to[STAMP + 10] = 'Z';
    to[STAMP + 11] = '"';
}

/* Milliseconds with up to three decimals; exact. */
void json_ms(struct json_writer *w, uint64_t ns)
{
    uint64_t us = ns / 1000, below = us % 1000;
    char tail[4] = {'.', (char)('0' + below / 100), (char)('0' + below / 10 % 10),
                    (char)('0' + below % 10)};
    size_t n = sizeof tail;

    while (n > 1 && tail[n - 1] == '0')
        n--;
    json_u64(w, us / 1000);
    json_raw(w, tail, n > 1 ? n : 0);
}

/* Whole milliseconds, in seconds. */
void json_seconds(struct json_writer *w, uint64_t ns)
{
    uint64_t ms = ns / 1000000u;

    json_double(w, (double)ms / 1000);
}

void json_key_ms(struct json_writer *w, const char *name, uint64_t ns)
{
    json_key(w, name);
    json_ms(w, ns);
}
