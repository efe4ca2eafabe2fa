#include "payload.h"
#include "log_line.h"
#include <stdlib.h>
#include <string.h>

/* What is left of a line. */
struct rest {
    const char *p;
    size_t n;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int base64_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : c == '-' ? 62 : c == '_' ? 63 : -1;
}

static void drop(struct rest *r, size_t n)
{
    r->p += n;
    r->n -= n;
}

static void trim(struct rest *r)
{
    while (r->n > 0 && is_blank(r->p[r->n - 1]))
        r->n--;
    while (r->n > 0 && is_blank(r->p[0]))
        drop(r, 1);
}

/* ---- what stands around a payload ---- */

/* Characters at the front that fit `form`: 'd' a digit, anything else itself; 0: they do not. */
static size_t fits(struct rest r, const char *form)
{
    size_t i = 0;

    for (; form[i]; i++)
        if (i >= r.n || (form[i] == 'd' ? !is_digit(r.p[i]) : r.p[i] != form[i]))
            return 0;
    return i;
}

static size_t fraction(struct rest r, size_t at)
{
    size_t n = at;

    if (n + 1 >= r.n || (r.p[n] != '.' && r.p[n] != ',') || !is_digit(r.p[n + 1]))
        return at;
    for (n++; n < r.n && is_digit(r.p[n]);)
        n++;
    return n;
}

/* "10:00:00.123Z" or "+01:00", from `at` on; 0: no time. */
static size_t clock_time(struct rest r, size_t at)
{
    struct rest from = {r.p + at, r.n - at};
    size_t n = fits(from, "dd:dd:dd");

    if (n == 0)
        return 0;
    n = fraction(r, at + n);
    if (n < r.n && r.p[n] == 'Z')
        return n + 1;
    if (n < r.n && (r.p[n] == '+' || r.p[n] == '-'))
        return n + 1 + fits((struct rest){r.p + n + 1, r.n - n - 1}, "dd:dd");
    return n;
}

/* The end of a date and a time, or a time, or seconds of the epoch with a fraction; 0: none is in
 * front. */
static size_t stamp(struct rest r)
{
    size_t date = fits(r, "dddd-dd-dd"), n;

    date = date ? date : fits(r, "dddd/dd/dd");
    date = date ? date : fits(r, "dddddddd ") ? 8 : 0;
    if (date && date < r.n && (r.p[date] == 'T' || r.p[date] == ' '))
        return clock_time(r, date + 1);
    n = clock_time(r, 0);
    if (n > 0)
        return n;
    n = fits(r, "dddddddddd");
    return n && fraction(r, n) > n ? fraction(r, n) : 0;
}

/* A time in front, in brackets or not, with a blank behind it. */
static bool drop_stamp(struct rest *r)
{
    bool bracket = r->n > 0 && r->p[0] == '[';
    struct rest inner = {r->p + bracket, r->n - bracket};
    size_t n = stamp(inner);

    if (n == 0 || (bracket && (n >= inner.n || inner.p[n] != ']')))
        return false;
    n += bracket ? 2 : 0;
    if (n >= r->n || !is_blank(r->p[n]))
        return false;
    drop(r, n);
    return true;
}

/* ">", "<", "->", "<==": who sent it. */
static bool drop_mark(struct rest *r, enum tws_side *dir)
{
    size_t n = 0;
    char head = 0;

    for (; n < r->n && r->p[n] && strchr("<>-=", r->p[n]); n++)
        if (r->p[n] == '<' || r->p[n] == '>')
            head = r->p[n];
    if (!head)
        return false;
    *dir = head == '>' ? TWS_CLIENT : TWS_GATEWAY;
    drop(r, n);
    return true;
}

static bool is_label(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == ' ' || c == '.';
}

/* "hex: ", "sent data: ", "payload=": words, of which the first is no hex itself. */
static bool drop_label(struct rest *r)
{
    bool hex = true, first = true;
    size_t n = 0;

    for (; n < r->n && is_label(r->p[n]); n++) {
        first = first && r->p[n] != ' ';
        hex = hex && (!first || hex_of(r->p[n]) >= 0);
    }
    if (n == 0 || hex || !is_letter(r->p[0]) || n + 1 >= r->n)
        return false;
    if (r->p[n] == '=' ? is_blank(r->p[n + 1]) || r->p[n + 1] == '=' : r->p[n] != ':')
        return false; /* as at the end of base64 */
    drop(r, n + 1);
    return true;
}

static void drop_front(struct rest *r, enum tws_side *dir)
{
    do
        trim(r);
    while (drop_stamp(r) || drop_mark(r, dir) || drop_label(r));
}

static char closing(char c)
{
    static const char pairs[] = "\"\"''``{}[]()";

    for (size_t i = 0; pairs[i]; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return 0;
}

static bool ends_payload(char c)
{
    return c == ';' || c == ',' || c == '.';
}

/* A comment behind a blank. */
static void drop_comment(struct rest *r)
{
    for (size_t i = 1; i < r->n; i++) {
        bool slashes = r->p[i] == '/' && i + 1 < r->n && r->p[i + 1] == '/';

        if (is_blank(r->p[i - 1]) && (r->p[i] == '#' || slashes))
            r->n = i;
    }
    trim(r);
}

/* Brackets and quotes around it, and what ends it in a program. */
static void unwrap(struct rest *r)
{
    for (;;) {
        trim(r);
        if (r->n > 0 && ends_payload(r->p[r->n - 1]))
            r->n--;
        else if (r->n >= 2 && closing(r->p[0]) && r->p[r->n - 1] == closing(r->p[0])) {
            drop(r, 1);
            r->n--;
        } else
            return;
    }
}

/* ---- bytes ---- */

static bool wrong(struct payload *p, const char *why, size_t at)
{
    p->why = why;
    p->wrong_at = at;
    return false;
}

/* Room for `n` bytes more. */
static bool room(struct payload *p, size_t n)
{
    size_t want = p->n + n;
    uint8_t *more = want > p->cap ? realloc(p->bytes, want) : p->bytes;

    if (!more)
        return false;
    p->cap = want > p->cap ? want : p->cap;
    p->bytes = more;
    return true;
}

static bool is_between(char c)
{
    return is_blank(c) || c == ':' || c == ',' || c == '-';
}

static bool is_prefix(struct rest r, size_t i)
{
    return r.n - i >= 2 && r.p[i] == '0' && (r.p[i + 1] == 'x' || r.p[i + 1] == 'X');
}

/* False: it is no hex; where, and why, is in *p, with the place in `r`. */
static bool read_hex(struct payload *p, struct rest r)
{
    size_t i = 0, digits = 0;

    p->n = 0;
    while (i < r.n) {
        if (is_between(r.p[i]) || is_prefix(r, i)) {
            i += is_between(r.p[i]) ? 1 : 2;
            continue;
        }
        if (hex_of(r.p[i]) < 0)
            return wrong(p, NULL, i + 1);
        digits++;
        if (i + 1 >= r.n || hex_of(r.p[i + 1]) < 0) {
            size_t end = i + 1;

            while (end < r.n && (hex_of(r.p[end]) >= 0 || is_between(r.p[end])))
                end++;
            return wrong(p, end == r.n ? "an odd number of hex digits" : NULL, i + 1);
        }
        p->bytes[p->n++] = (uint8_t)(hex_of(r.p[i]) << 4 | hex_of(r.p[i + 1]));
        i += 2;
    }
    return digits > 0 || r.n == 0 ? true : wrong(p, NULL, 1);
}

static bool read_base64(struct payload *p, struct rest r)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t i, digits = 0;

    p->n = 0;
    for (i = 0; i < r.n && base64_of(r.p[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_of(r.p[i]);
        have += 6;
        digits++;
        if (have >= 8) {
            have -= 8;
            p->bytes[p->n++] = (uint8_t)(bits >> have);
        }
    }
    while (i < r.n && r.p[i] == '=')
        i++;
    return digits > 0 && i == r.n && digits % 4 != 1 && (bits & ((1u << have) - 1)) == 0;
}

/* The byte of an escape such as "\x00" or "\0" behind its backslash, and the characters it took;
 * 0: it is none. */
static size_t escape(struct rest r, uint8_t *out)
{
    static const char letters[] = "a\ab\bf\fn\nr\rt\tv\ve\033\\\\''\"\"``";
    unsigned n = 0;
    size_t i = 0;

    if (r.n >= 3 && r.p[0] == 'x' && hex_of(r.p[1]) >= 0 && hex_of(r.p[2]) >= 0) {
        *out = (uint8_t)(hex_of(r.p[1]) << 4 | hex_of(r.p[2]));
        return 3;
    }
    if (r.n >= 5 && r.p[0] == 'u' && r.p[1] == '0' && r.p[2] == '0' && hex_of(r.p[3]) >= 0 &&
        hex_of(r.p[4]) >= 0) {
        *out = (uint8_t)(hex_of(r.p[3]) << 4 | hex_of(r.p[4]));
        return 5;
    }
    for (; i < 3 && i < r.n && r.p[i] >= '0' && r.p[i] <= '7'; i++)
        n = n * 8 + (unsigned)(r.p[i] - '0');
    *out = (uint8_t)n;
    for (size_t k = 0; i == 0 && r.n > 0 && k + 1 < sizeof letters - 1; k += 2) {
        if (letters[k] != r.p[0])
            continue;
        *out = (uint8_t)letters[k + 1];
        return 1;
    }
    return n <= UINT8_MAX ? i : 0;
}

/* Adds text with escapes, up to `quote` (0: to the end).  *end: where that is. */
static bool add_escaped(struct payload *p, struct rest r, char quote, size_t *end)
{
    size_t i = 0;

    for (; i < r.n && (quote == 0 || r.p[i] != quote); i++) {
        uint8_t byte = (uint8_t)r.p[i];

        if (r.p[i] == '\\') {
            size_t n = escape((struct rest){r.p + i + 1, r.n - i - 1}, &byte);

            if (n == 0)
                return wrong(p, "an escape that is none", i + 1);
            i += n;
        }
        p->bytes[p->n++] = byte;
    }
    *end = i;
    return true;
}

/* The first place where a literal of Python's begins (b'...'), or a quote; `n`: none. */
static size_t literal_at(struct rest r)
{
    for (size_t i = 0; i + 1 < r.n; i++)
        if ((r.p[i] == 'b' || r.p[i] == 'B') && (r.p[i + 1] == '\'' || r.p[i + 1] == '"') &&
            (i == 0 || !(is_letter(r.p[i - 1]) || is_digit(r.p[i - 1]))))
            return i + 1;
    for (size_t i = 0; i < r.n; i++)
        if (r.p[i] == '\'' || r.p[i] == '"' || r.p[i] == '`')
            return i;
    return r.n;
}

static bool is_literal(struct rest r)
{
    size_t at = literal_at(r);

    return memchr(r.p, '\\', r.n) || (at > 0 && at < r.n && (r.p[at - 1] | 0x20) == 'b');
}

static bool read_literal(struct payload *p, struct rest r)
{
    size_t at = literal_at(r);
    bool quoted = at < r.n;
    struct rest inner = {r.p + at + 1, r.n - at - 1};
    size_t end;

    p->n = 0;
    if (!quoted)
        return add_escaped(p, r, 0, &end);
    if (add_escaped(p, inner, r.p[at], &end))
        return true;
    p->wrong_at += at + 1;
    return false;
}

/* "(b'9', b'1', b'42')": each is a field. */
static bool read_tuple(struct payload *p, struct rest r)
{
    struct rest left = r;
    size_t at, end;

    p->n = 0;
    while ((at = literal_at(left)) < left.n) {
        char quote = left.p[at];

        drop(&left, at + 1);
        if (!add_escaped(p, left, quote, &end)) {
            p->wrong_at += (size_t)(left.p - r.p);
            return false;
        }
        p->bytes[p->n++] = 0;
        drop(&left, end < left.n ? end + 1 : end);
    }
    return true;
}

/* A line of a client library's log; its words are dropped. */
static bool read_log(struct payload *p, struct rest *r, const struct log_line *l)
{
    drop(r, l->at);
    p->dir = l->dir;
    switch (l->form) {
    case LOG_BYTES:
        return read_literal(p, *r);
    case LOG_TUPLE:
        return read_tuple(p, *r);
    case LOG_COMMAS:
        p->n = log_line_fields(l->dir, r->p, r->n, p->bytes);
        return true;
    case LOG_NONE:
        break;
    }
    return false;
}

static bool read_any(struct payload *p, struct rest r)
{
    const char *why;
    size_t wrong_at;
    struct rest whole = r;

    if (is_literal(r))
        return read_literal(p, r);
    drop_comment(&r);
    unwrap(&r);
    if (read_hex(p, r))
        return true;
    why = p->why;
    wrong_at = p->wrong_at + (size_t)(r.p - whole.p);
    if (!why && read_base64(p, r))
        return true;
    return wrong(p, why ? why : "neither hex nor base64", wrong_at);
}

/* ---- dumps ---- */

#define PLACE_MIN 4u /* digits of a place */
#define PLACE_MAX 8u
#define ROW_MAX   256u /* bytes of a line */

/* A line of a dump: where its bytes stand, and these. */
struct row {
    size_t place, n;
    uint8_t bytes[ROW_MAX];
    bool alone; /* nothing but the place, as at the end of hexdump's */
    bool xxd;   /* a colon behind the place */
};

/* Pairs of digits, with one or two blanks between groups of them; three end them, or a '|', and so
 * do two behind groups of four digits (xxd), and a whole row. */
static void read_row(struct row *row, struct rest r)
{
    size_t i = 0;

    while (i < r.n && row->n < ROW_MAX) {
        size_t blanks = 0;

        while (i < r.n && r.p[i] == ' ')
            i++, blanks++;
        if (row->n > 0 &&
            (blanks > 2 || (row->xxd && blanks > 1) || (blanks > 1 && row->n % 8 != 0)))
            return;
        if (r.n - i < 2 || hex_of(r.p[i]) < 0 || hex_of(r.p[i + 1]) < 0)
            return;
        if (!row->xxd && i + 2 < r.n && r.p[i + 2] != ' ')
            return;
        row->bytes[row->n++] = (uint8_t)(hex_of(r.p[i]) << 4 | hex_of(r.p[i + 1]));
        i += 2;
        if (!row->xxd && row->n == 16)
            return;
    }
}

/* "00000010: 3900 3100  9.1." (xxd), "00000010  39 00 31 00  |9.1.|", "0010  39 00 31 00   9.1." */
static bool is_row(struct rest r, struct row *row)
{
    size_t digits = 0;

    *row = (struct row){0};
    while (digits < r.n && digits <= PLACE_MAX && hex_of(r.p[digits]) >= 0)
        row->place = row->place * 16 + (size_t)hex_of(r.p[digits++]);
    if (digits < PLACE_MIN || digits > PLACE_MAX)
        return false;
    drop(&r, digits);
    row->alone = r.n == 0;
    row->xxd = r.n > 2 && r.p[0] == ':' && r.p[1] == ' ';
    if (row->alone)
        return true;
    if (!row->xxd && (r.n < 4 || r.p[0] != ' ' || r.p[1] != ' '))
        return false;
    drop(&r, row->xxd ? 1 : 2);
    read_row(row, r);
    return row->n > 0;
}

/* A line of a dump, without who sent it. */
static bool is_dump(const char *line, size_t len, struct row *row, enum tws_side *dir)
{
    struct rest r = {line, len};

    trim(&r);
    if (drop_mark(&r, dir))
        trim(&r);
    return is_row(r, row);
}

static enum payload_status add_row(struct payload *p, const struct row *row)
{
    if (!room(p, row->n)) {
        wrong(p, "no memory", 1);
        return PAYLOAD_WRONG;
    }
    memcpy(p->bytes + p->n, row->bytes, row->n);
    p->n += row->n;
    p->dump = true;
    return PAYLOAD_MORE;
}

/* hexdump's way to say that lines are left out which are as the one before. */
static bool is_squeezed(const char *line, size_t len)
{
    struct rest r = {line, len};

    trim(&r);
    return r.n == 1 && r.p[0] == '*';
}

bool payload_is_over(const struct payload *p, const char *line, size_t len)
{
    enum tws_side dir = TWS_NOBODY;
    struct row row;

    if (!p->dump)
        return false;
    if (line && is_squeezed(line, len))
        return false;
    return !line || !is_dump(line, len, &row, &dir) || row.place != p->n;
}

void payload_forget(struct payload *p)
{
    p->dump = false;
    p->n = 0;
}

/* ---- lines ---- */

/* A line of a dump that is held, or begins, or is torn.  NONE: it is no such line. */
static enum payload_status read_dump(struct payload *p, const char *line, size_t len)
{
    enum tws_side dir = TWS_NOBODY;
    struct row row;

    if (p->dump && is_squeezed(line, len)) {
        payload_forget(p);
        p->torn = true;
        wrong(p, "a dump with lines left out (hexdump -v shows them)", 1);
        return PAYLOAD_WRONG;
    }
    if (!is_dump(line, len, &row, &dir))
        return PAYLOAD_NONE;
    if (p->dump && row.place == p->n)
        return add_row(p, &row);
    if (p->torn && row.place != 0)
        return PAYLOAD_MORE;
    if (row.place != 0 && row.xxd) {
        wrong(p, "a line of a dump whose beginning is missing", 1);
        return PAYLOAD_WRONG;
    }
    if (row.place != 0 || row.alone)
        return PAYLOAD_NONE;
    payload_forget(p);
    p->torn = false;
    p->dir = dir;
    return add_row(p, &row);
}

enum payload_status payload_read(struct payload *p, const char *line, size_t len)
{
    enum payload_status dump = read_dump(p, line, len);
    struct rest r = {line, len};
    struct log_line log;
    bool known;

    if (dump != PAYLOAD_NONE)
        return dump;
    payload_forget(p);
    p->torn = false;
    p->dir = TWS_NOBODY;
    trim(&r);
    if (r.n == 0 || r.p[0] == '#')
        return PAYLOAD_NONE;
    log = log_line_read(r.p, r.n);
    known = log.form != LOG_NONE;
    if (!known)
        drop_front(&r, &p->dir);
    if (!room(p, r.n + 1)) {
        wrong(p, "no memory", 1);
        return PAYLOAD_WRONG;
    }
    if (r.n == 0)
        wrong(p, "no bytes", 1);
    else if (known ? read_log(p, &r, &log) : read_any(p, r))
        return PAYLOAD_READ;
    p->wrong_at += (size_t)(r.p - line);
    p->n = 0;
    return PAYLOAD_WRONG;
}

void payload_free(struct payload *p)
{
    free(p->bytes);
    *p = (struct payload){0};
}
