/* payload.c - see payload.h. */
#include "payload.h"
#include "around.h"
#include "dump.h"
#include "encodings.h"
#include "fit.h"
#include "literal.h"
#include "schema.h"
#include "separators.h"
#include <stdlib.h>
#include <string.h>

#define BASE64_MIN   8u    /* characters of a word that is taken for base64 */
#define HEX_SURE     8u    /* bytes in hex that are a payload, whatever they begin with */
#define STAMP_NEAR   16u   /* characters that may stand before the time of a line without one */
#define EMBEDDED_MAX 8192u /* characters of a line in which a list is looked for */
#define LIST_MAX     (1u << 16) /* characters of a list over several lines */
#define LIST_LINES   4096u

static const char no_end[] = "the list has no end";
static const char guess_commas[] =
    "commas within fields cannot be told from those between them; the reading that fits is shown";
static const char guess_dashes[] =
    "'-' stands for NUL and for itself; the reading that fits is shown";
static const char guess_arrow[] = "-> is read as in TWS's own log: towards the client";
static const char guess_escapes[] = "\\0 before a digit may be NUL, or octal";
static const char guess_numbers[] = "numbers in brackets may be bytes or fields";

static enum payload_status wrong(struct payload *p, const char *why, size_t at)
{
    p->why = why;
    p->wrong_at = at;
    p->n = 0;
    return PAYLOAD_WRONG;
}

/* Room for what is read from `n` characters. */
static bool room(struct payload *p, size_t n)
{
    size_t want = n + READING_ROOM;
    uint8_t *more = want > p->cap ? realloc(p->bytes, want) : p->bytes;

    if (!more)
        return false;
    p->cap = want > p->cap ? want : p->cap;
    p->bytes = more;
    return true;
}

static enum fit fit_now(const struct reading *out, enum tws_side dir, uint32_t version)
{
    return fit_of(dir, version, (struct tws_cursor){out->bytes, out->n});
}

/* Fields were read; from version 201 on the id is no field on the wire. */
static void as_on_the_wire(struct reading *out, uint32_t version)
{
    uint32_t id = 0;
    size_t digits = 0;

    while (digits < out->n && digits < 4 && rest_is_digit((char)out->bytes[digits]))
        id = id * 10 + (uint32_t)(out->bytes[digits++] - '0');
    if (version < TWS_RAW_ID_SINCE || digits == 0 || digits >= out->n || out->bytes[digits] != 0)
        return;
    memmove(out->bytes + 4, out->bytes + digits + 1, out->n - digits - 1);
    out->n += 4 - (digits + 1);
    out->bytes[0] = out->bytes[1] = 0;
    out->bytes[2] = (uint8_t)(id >> 8);
    out->bytes[3] = (uint8_t)id;
}

/* ---- strings ---- */

static enum fit fit_by(struct payload *p, struct reading *out, struct rest r,
                       enum literal_rules rules, uint32_t version)
{
    out->n = 0;
    out->why = NULL;
    return literal_read(out, r, rules, NULL) ? fit_now(out, p->dir, version) : FIT_NOT;
}

/* A string in which \0 may stand before a digit: what the message makes of it decides. */
static bool read_string(struct payload *p, struct reading *out, struct rest r, bool rust,
                        uint32_t version)
{
    enum literal_nuls nuls = literal_nuls(r);
    bool as_rust = nuls == LITERAL_NULS_CLEAR ? rust : rust || nuls == LITERAL_NULS_SHORT;
    enum fit by_octal, by_rust;

    if (nuls != LITERAL_NULS_CLEAR) {
        by_octal = fit_by(p, out, r, LITERAL_OCTAL, version);
        by_rust = fit_by(p, out, r, LITERAL_RUST, version);
        if (by_octal == by_rust && (nuls == LITERAL_NULS_OCTAL) == rust)
            p->guess = guess_escapes;
        if (by_octal != by_rust)
            as_rust = by_rust > by_octal;
    }
    out->n = 0;
    out->why = NULL;
    return literal_read(out, r, as_rust ? LITERAL_RUST : LITERAL_OCTAL, NULL);
}

/* ---- lists ---- */

/* Whole numbers in brackets: bytes, or the fields of a message.  *fields: which. */
static enum payload_status read_numbers(struct payload *p, struct reading *out, struct rest r,
                                        const struct list *list, uint32_t version, bool *fields)
{
    enum fit by_fields = fit_now(out, p->dir, version), by_bytes;
    struct list again;

    list_bytes(out, r);
    by_bytes = fit_now(out, p->dir, version);
    if (by_bytes == FIT_NOT && by_fields == FIT_NOT && !list->zero)
        return PAYLOAD_NONE;
    if (by_bytes == by_fields && by_bytes != FIT_NOT) {
        reading_wrong(out, guess_numbers, 1);
        return PAYLOAD_WRONG;
    }
    *fields = by_fields > by_bytes;
    if (*fields)
        (void)list_read(out, r, &again);
    if ((*fields ? by_fields : by_bytes) != FIT_WHOLE)
        p->guess = guess_numbers;
    return PAYLOAD_READ;
}

/* Does the list's first field name a message? */
static bool has_id(const struct reading *out)
{
    return out->n > 0 && rest_is_digit((char)out->bytes[0]);
}

/* Nothing but what ends a list in a program stands behind it. */
static bool is_all(struct rest r, size_t end)
{
    struct rest behind = {r.p + end, r.n - end};

    while (behind.n > 0 && (rest_is_blank(behind.p[0]) || behind.p[0] == ',' || behind.p[0] == ';'))
        rest_drop(&behind, 1);
    return behind.n == 0 || behind.p[0] == '#' || rest_begins(behind, "//");
}

/* A list that no log announces must be all there is, and begin with an id. */
static enum payload_status read_bare_list(struct payload *p, struct reading *out, struct rest r,
                                          uint32_t version)
{
    struct list list;
    bool fields = true;
    enum payload_status status = PAYLOAD_READ;

    switch (list_read(out, r, &list)) {
    case LIST_NONE:
        return PAYLOAD_NONE;
    case LIST_OPEN:
        return r.p[0] == '[' ? PAYLOAD_MORE : PAYLOAD_NONE;
    case LIST_WRONG:
        return has_id(out) ? PAYLOAD_WRONG : PAYLOAD_NONE;
    case LIST_READ:
        break;
    }
    if (list.items < 2 || !is_all(r, list.end))
        return PAYLOAD_NONE;
    if (list.numbers)
        status = read_numbers(p, out, r, &list, version, &fields);
    else if (!has_id(out))
        return PAYLOAD_NONE;
    if (status == PAYLOAD_READ && fields)
        as_on_the_wire(out, version);
    return status;
}

/* The list of a log's line; NONE: it is none. */
static enum payload_status read_list(struct reading *out, struct rest r, const struct format *f,
                                     uint32_t version)
{
    struct list list;

    switch (list_read(out, r, &list)) {
    case LIST_NONE:
        return PAYLOAD_NONE;
    case LIST_OPEN:
        return PAYLOAD_MORE;
    case LIST_WRONG:
        return PAYLOAD_WRONG;
    case LIST_READ:
        break;
    }
    if (f->form == FORMAT_NUMBERS) {
        list_bytes(out, r);
        return list.numbers ? PAYLOAD_READ : PAYLOAD_NONE;
    }
    if (!has_id(out)) {
        reading_wrong(out, "the first field is no message id", 2);
        return PAYLOAD_WRONG;
    }
    as_on_the_wire(out, version);
    return PAYLOAD_READ;
}

/* ---- fields with a character between them ---- */

static bool read_fields(struct payload *p, struct reading *out, struct rest r, char separator,
                        enum separators_end end, uint32_t version)
{
    bool guess = false;

    separators_read(out, r, separator, end, p->dir, version, &guess);
    if (guess)
        p->guess = separator == '-' ? guess_dashes : guess_commas;
    as_on_the_wire(out, version);
    return true;
}

/* Does what begins at `from` begin with an id, and have the length that stands before it?  Its
 * lowest byte is written as it is, or as something else where that is no printable character. */
static bool follows_length(struct rest r, size_t from)
{
    size_t n = r.n - from, digits = 0;
    char low = (char)(n & 0xff);
    bool printable = low > ' ' && low <= '~';

    while (digits < n && rest_is_digit(r.p[from + digits]))
        digits++;
    if (digits == 0 || digits > 3 || digits >= n || r.p[from + digits] != '-' || r.p[from] == '0')
        return false;
    if (printable)
        return from == 4 && r.p[3] == low;
    return from != 4 || !(rest_is_digit(r.p[3]) || rest_is_letter(r.p[3]));
}

/* TWS's own log: the length in front, in which '-' stands for NUL too, may be there or not. */
static bool read_tws(struct payload *p, struct reading *out, struct rest r, uint32_t version)
{
    size_t from = 0;

    if (rest_begins(r, "--")) {
        for (from = 4; from >= 2 && (from >= r.n || !follows_length(r, from)); from--)
            ;
        if (from < 2)
            return reading_wrong(out, "the length in front does not fit what follows it", 1);
    }
    rest_drop(&r, from);
    if (p->stamp.kind == STAMP_NONE)
        p->guess = guess_arrow;
    return read_fields(p, out, r, '-', SEPARATORS_LAST, version);
}

/* ---- lines of logs ---- */

/* NONE: the words are those of a log, but what follows them is not. */
static enum payload_status read_format(struct payload *p, struct reading *out, struct rest r,
                                       uint32_t version)
{
    const struct format *f = p->format;
    bool read = true;

    rest_trim(&r);
    switch (f->form) {
    case FORMAT_BYTES:
        read = literal_read(out, r, LITERAL_OCTAL, NULL);
        break;
    case FORMAT_STRING:
    case FORMAT_RUST:
        read = read_string(p, out, r, f->form == FORMAT_RUST, version);
        break;
    case FORMAT_FIELDS:
    case FORMAT_NUMBERS:
        return read_list(out, r, f, version);
    case FORMAT_COMMAS:
        read = read_fields(p, out, r, ',',
                           f->dir == TWS_CLIENT ? SEPARATORS_EITHER : SEPARATORS_OPEN, version);
        break;
    case FORMAT_DASHES:
        read = read_fields(p, out, r, '-', SEPARATORS_OPEN, version);
        if (fit_now(out, p->dir, version) != FIT_WHOLE)
            return PAYLOAD_SKIPPED;
        break;
    case FORMAT_TWS:
        read = read_tws(p, out, r, version);
        break;
    case FORMAT_REFUSED:
        read = reading_wrong(out, f->refused, 1);
        break;
    case FORMAT_UNSEEN:
        return PAYLOAD_SKIPPED;
    }
    return read ? PAYLOAD_READ : PAYLOAD_WRONG;
}

/* ---- anything else ---- */

/* A string with escapes, or one of bytes.  What has no NUL and begins as no frame is text. */
static enum payload_status read_literal(struct payload *p, struct reading *out, struct rest r,
                                        uint32_t version)
{
    if (!read_string(p, out, r, false, version))
        return rest_find(r, "\\x00") < r.n || rest_find(r, "\\0") < r.n ? PAYLOAD_WRONG
                                                                        : PAYLOAD_SKIPPED;
    if (out->n > 0 && (memchr(out->bytes, 0, out->n) || fit_now(out, p->dir, version) == FIT_WHOLE))
        return PAYLOAD_READ;
    return PAYLOAD_SKIPPED;
}

/* "9|1|42|", as rust-ibapi records answers. */
static bool is_bars(struct rest r)
{
    size_t digits = 0;

    while (digits < r.n && rest_is_digit(r.p[digits]))
        digits++;
    return digits > 0 && digits <= 3 && digits < r.n && r.p[digits] == '|' && r.p[r.n - 1] == '|';
}

/* Hex or base64, without what stands around it. */
static enum payload_status read_encoded(struct payload *p, struct reading *out, struct rest r)
{
    bool hex = r.n > 0 && encodings_looks_hex(r, p->dir != TWS_NOBODY);
    struct reading other = {.bytes = out->bytes};

    if (hex && encodings_hex(out, r))
        return p->dir == TWS_NOBODY && out->n < HEX_SURE &&
                       !fit_begins((struct tws_cursor){out->bytes, out->n})
                   ? PAYLOAD_SKIPPED
                   : PAYLOAD_READ;
    if (r.n >= BASE64_MIN && !out->why && encodings_base64(&other, r) &&
        fit_begins((struct tws_cursor){other.bytes, other.n})) {
        *out = other;
        return PAYLOAD_READ;
    }
    if (hex)
        reading_wrong(out, out->why ? out->why : "no hex digit", out->at);
    return hex ? PAYLOAD_WRONG : PAYLOAD_SKIPPED;
}

/* A list somewhere in a line of words: bytes or fields that make a whole message. */
static enum payload_status read_embedded(struct payload *p, struct reading *out, struct rest r,
                                         uint32_t version)
{
    for (size_t i = 0; i < r.n && r.n <= EMBEDDED_MAX; i++) {
        struct rest from = {r.p + i, r.n - i};
        struct list list;

        if (!strchr("[{(", r.p[i]) || !r.p[i] || list_read(out, from, &list) != LIST_READ ||
            list.items < 2)
            continue;
        if (list.numbers && list.zero)
            list_bytes(out, (struct rest){from.p, list.end});
        if (fit_now(out, p->dir, version) != FIT_WHOLE)
            continue;
        if (!list.numbers)
            as_on_the_wire(out, version);
        return PAYLOAD_READ;
    }
    return PAYLOAD_SKIPPED;
}

/* What no log's row knows, without what stands in front of it. */
static enum payload_status read_bare(struct payload *p, struct reading *out, struct rest *r,
                                     uint32_t version)
{
    bool typed = around_drop_type(r);
    size_t left_out = rest_find(*r, "...");
    enum payload_status status;

    if (typed && left_out < r->n) {
        reading_wrong(out, "bytes are left out", left_out + 1);
        return PAYLOAD_WRONG;
    }
    status = read_bare_list(p, out, *r, version);
    if (status != PAYLOAD_NONE)
        return status;
    *out = (struct reading){.bytes = out->bytes};
    if (literal_is(*r))
        return read_literal(p, out, *r, version);
    around_drop_comment(r);
    around_unwrap(r);
    if (literal_pictures(out, *r))
        return PAYLOAD_READ;
    if (!is_bars(*r)) {
        status = read_encoded(p, out, *r);
        return status == PAYLOAD_SKIPPED ? read_embedded(p, out, *r, version) : status;
    }
    read_fields(p, out, *r, '|', SEPARATORS_LAST, version);
    return PAYLOAD_READ;
}

static enum payload_status read_any(struct payload *p, struct reading *out, struct rest r,
                                    uint32_t version)
{
    const char *front = r.p;
    enum payload_status status = read_bare(p, out, &r, version);

    out->at += (size_t)(r.p - front);
    return status;
}

/* ---- lines ---- */

/* One line that is no dump's: `r` without blanks around it.  *at: where in it the reading began. */
static enum payload_status read_one(struct payload *p, struct rest r, uint32_t version, size_t *at)
{
    struct reading out = {.bytes = p->bytes};
    enum payload_status status = PAYLOAD_NONE;
    struct rest whole = r;

    p->format = formats_find(r, at);
    if (p->format) {
        p->dir = p->format->dir;
        stamp_find((struct rest){r.p, *at}, *at, &p->stamp);
        status = read_format(p, &out, (struct rest){r.p + *at, r.n - *at}, version);
    }
    if (status == PAYLOAD_NONE) {
        p->format = NULL;
        p->dir = TWS_NOBODY;
        p->guess = NULL;
        out = (struct reading){.bytes = p->bytes};
        around_drop_front(&r, &p->dir);
        *at = (size_t)(r.p - whole.p);
        stamp_find((struct rest){whole.p, *at}, *at, &p->stamp);
        status = r.n > 0 ? read_any(p, &out, r, version) : PAYLOAD_SKIPPED;
    }
    p->n = out.n;
    if (status == PAYLOAD_SKIPPED && p->stamp.kind == STAMP_NONE)
        stamp_find(whole, STAMP_NEAR, &p->stamp);
    return status == PAYLOAD_WRONG ? wrong(p, out.why, out.at + *at) : status;
}

/* ---- dumps ---- */

static enum payload_status add_row(struct payload *p, const struct dump_row *row)
{
    if (!room(p, p->n + row->n))
        return wrong(p, "no memory", 1);
    memcpy(p->bytes + p->n, row->bytes, row->n);
    p->n += row->n;
    p->dump = true;
    return PAYLOAD_MORE;
}

bool payload_is_over(const struct payload *p, const char *line, size_t len)
{
    enum tws_side dir = TWS_NOBODY;
    struct dump_row row;
    struct rest r = {line, len};

    if (!p->dump)
        return false;
    if (line && dump_is_squeezed(r))
        return false;
    return !line || !dump_row_read(r, &row, &dir) || row.place != p->n;
}

void payload_forget(struct payload *p)
{
    p->dump = false;
    p->n = 0;
}

/* A line of a dump that is held, or begins, or is torn.  NONE: it is no such line. */
static enum payload_status read_dump(struct payload *p, struct rest line)
{
    enum tws_side dir = TWS_NOBODY;
    struct dump_row row;

    if (p->dump && dump_is_squeezed(line)) {
        payload_forget(p);
        p->torn = true;
        return wrong(p, "a dump with lines left out (hexdump -v shows them)", 1);
    }
    if (!dump_row_read(line, &row, &dir))
        return PAYLOAD_NONE;
    if (p->dump && row.place == p->n)
        return add_row(p, &row);
    if (p->torn && row.place != 0)
        return PAYLOAD_MORE;
    if (row.place != 0 && row.xxd)
        return wrong(p, "a line of a dump whose beginning is missing", 1);
    if (row.place != 0 || row.alone)
        return PAYLOAD_NONE;
    payload_forget(p);
    p->torn = false;
    p->dir = dir;
    p->format = NULL;
    p->guess = NULL;
    p->stamp = (struct stamp){0};
    return add_row(p, &row);
}

/* ---- lists over several lines ---- */

static void forget_list(struct payload *p)
{
    p->list_n = 0;
    p->list_lines = 0;
}

/* The line behind those that are held.  False: no room for it. */
static bool hold(struct payload *p, struct rest line)
{
    char *more;

    if (p->list_n + line.n + 1 > LIST_MAX || p->list_lines >= LIST_LINES)
        return false;
    more = realloc(p->list, p->list_n + line.n + 1);
    if (!more)
        return false;
    p->list = more;
    memcpy(p->list + p->list_n, line.p, line.n);
    p->list[p->list_n + line.n] = ' ';
    p->list_n += line.n + 1;
    p->list_lines++;
    return true;
}

static enum payload_status read_line(struct payload *p, struct rest line, uint32_t version)
{
    enum payload_status status;
    struct rest r = line;
    size_t at = 0;

    p->dir = TWS_NOBODY;
    p->format = NULL;
    p->guess = NULL;
    p->n = 0;
    rest_trim(&r);
    if (r.n == 0 || r.p[0] == '#')
        return PAYLOAD_NONE;
    if (!room(p, r.n))
        return wrong(p, "no memory", 1);
    status = read_one(p, r, version, &at);
    if (status == PAYLOAD_WRONG)
        p->wrong_at += (size_t)(r.p - line.p);
    if (status == PAYLOAD_MORE && (!strchr("[(,", r.p[r.n - 1]) || !hold(p, r)))
        return wrong(p, no_end, (size_t)(r.p - line.p) + r.n);
    return status;
}

/* A list goes on.  NONE: it did not, and its lines were no payload. */
static enum payload_status read_more(struct payload *p, struct rest line, uint32_t version)
{
    size_t lines = p->list_lines;
    enum payload_status status;
    struct rest held;
    size_t at = 0;

    if (!hold(p, line)) {
        forget_list(p);
        return wrong(p, no_end, 1);
    }
    held = (struct rest){p->list, p->list_n};
    rest_trim(&held);
    if (!room(p, held.n))
        return wrong(p, "no memory", 1);
    status = read_one(p, held, version, &at);
    if (status == PAYLOAD_MORE)
        return status;
    forget_list(p);
    if (status == PAYLOAD_WRONG)
        p->wrong_at = 1;
    if (status == PAYLOAD_SKIPPED)
        p->skipped = lines;
    return status == PAYLOAD_SKIPPED ? PAYLOAD_NONE : status;
}

enum payload_status payload_read(struct payload *p, const char *line, size_t len, uint32_t version)
{
    struct rest r = {line, len};
    enum payload_status status = PAYLOAD_NONE;

    p->skipped = 0;
    if (p->list_lines > 0)
        status = read_more(p, r, version);
    if (status == PAYLOAD_NONE)
        status = read_dump(p, r);
    if (status != PAYLOAD_NONE)
        return status;
    payload_forget(p);
    p->torn = false;
    return read_line(p, r, version);
}

enum payload_status payload_end(struct payload *p)
{
    bool open = p->list_lines > 1;

    p->skipped = p->list_lines == 1 ? 1 : 0;
    forget_list(p);
    return open ? wrong(p, no_end, 1) : PAYLOAD_NONE;
}

void payload_free(struct payload *p)
{
    free(p->bytes);
    free(p->list);
    *p = (struct payload){0};
}
