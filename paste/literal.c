/* literal.c - see literal.h. */
#include "literal.h"
#include <string.h>

#define REPLACEMENT 0xfffdu /* what stands for half a character */

/* Adds a character as UTF-8; where a raw message id began the payload, as the byte it is. */
static void add_character(struct reading *out, uint32_t c)
{
    bool raw = out->n > 0 && out->bytes[0] == 0;
    uint8_t *to = out->bytes + out->n;

    if (c >= 0xd800 && c <= 0xdfff)
        c = REPLACEMENT;
    if (c < 0x80 || (raw && c <= UINT8_MAX)) {
        to[0] = (uint8_t)c;
        out->n += 1;
    } else if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3f));
        out->n += 2;
    } else if (c < 0x10000) {
        to[0] = (uint8_t)(0xe0 | c >> 12);
        to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        to[2] = (uint8_t)(0x80 | (c & 0x3f));
        out->n += 3;
    } else {
        to[0] = (uint8_t)(0xf0 | c >> 18);
        to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        to[3] = (uint8_t)(0x80 | (c & 0x3f));
        out->n += 4;
    }
}

/* Up to `most` hex digits at `at`; how many. */
static size_t hex_digits(struct rest r, size_t at, size_t most, uint32_t *value)
{
    size_t n = 0;

    *value = 0;
    for (; n < most && at + n < r.n && rest_hex(r.p[at + n]) >= 0; n++)
        *value = *value << 4 | (uint32_t)rest_hex(r.p[at + n]);
    return n;
}

/* "u0041" or "u{41}" behind a backslash. */
static size_t add_unicode(struct reading *out, struct rest r)
{
    bool braces = r.n > 1 && r.p[1] == '{';
    uint32_t c;
    size_t n = hex_digits(r, braces ? 2 : 1, braces ? 6 : 4, &c);

    if (braces ? n == 0 || 2 + n >= r.n || r.p[2 + n] != '}' || c > 0x10ffff : n != 4)
        return 0;
    add_character(out, c);
    return braces ? n + 3 : 5;
}

static size_t add_octal(struct reading *out, struct rest r)
{
    unsigned value = 0;
    size_t n = 0;

    for (; n < 3 && n < r.n && r.p[n] >= '0' && r.p[n] <= '7'; n++)
        value = value * 8 + (unsigned)(r.p[n] - '0');
    if (n == 0 || value > UINT8_MAX)
        return 0;
    out->bytes[out->n++] = (uint8_t)value;
    return n;
}

static size_t add_letter(struct reading *out, char c)
{
    static const char letters[] = "a\ab\bf\fn\nr\rt\tv\ve\033\\\\''\"\"``";

    for (size_t k = 0; k + 1 < sizeof letters - 1; k += 2)
        if (letters[k] == c) {
            out->bytes[out->n++] = (uint8_t)letters[k + 1];
            return 1;
        }
    return 0;
}

/* What stands behind a backslash; the characters it took, 0: it is no escape. */
static size_t add_escape(struct reading *out, struct rest r, enum literal_rules rules)
{
    uint32_t byte;

    if (r.n == 0)
        return 0;
    if (r.p[0] == 'x') {
        if (hex_digits(r, 1, 2, &byte) != 2)
            return 0;
        out->bytes[out->n++] = (uint8_t)byte;
        return 3;
    }
    if (r.p[0] == 'u')
        return add_unicode(out, r);
    if (rules == LITERAL_RUST && r.p[0] == '0') {
        out->bytes[out->n++] = 0;
        return 1;
    }
    if (rest_is_digit(r.p[0]))
        return rules == LITERAL_OCTAL ? add_octal(out, r) : 0;
    return add_letter(out, r.p[0]);
}

/* Adds text with escapes, up to `quote` (0: to the end).  *end: where that is. */
static bool add_escaped(struct reading *out, struct rest r, char quote, enum literal_rules rules,
                        size_t *end)
{
    size_t i = 0;

    for (; i < r.n && (quote == 0 || r.p[i] != quote); i++) {
        size_t n;

        if (r.p[i] != '\\') {
            out->bytes[out->n++] = (uint8_t)r.p[i];
            continue;
        }
        n = add_escape(out, (struct rest){r.p + i + 1, r.n - i - 1}, rules);
        if (n == 0)
            return reading_wrong(out, "no escape of any language stands here", i + 1);
        i += n;
    }
    *end = i;
    if (quote && i >= r.n)
        return reading_wrong(out, "the text in quotes has no end", r.n);
    return true;
}

size_t literal_at(struct rest r)
{
    for (size_t i = 0; i + 1 < r.n; i++)
        if ((r.p[i] == 'b' || r.p[i] == 'B') && (r.p[i + 1] == '\'' || r.p[i + 1] == '"') &&
            (i == 0 || !(rest_is_letter(r.p[i - 1]) || rest_is_digit(r.p[i - 1]))))
            return i + 1;
    for (size_t i = 0; i < r.n; i++)
        if (r.p[i] == '\'' || r.p[i] == '"' || r.p[i] == '`')
            return i;
    return r.n;
}

bool literal_is(struct rest r)
{
    size_t at = literal_at(r);

    return memchr(r.p, '\\', r.n) || (at > 0 && at < r.n && (r.p[at - 1] | 0x20) == 'b');
}

bool literal_read(struct reading *out, struct rest r, enum literal_rules rules, size_t *end)
{
    size_t at = literal_at(r), to;
    bool quoted = at < r.n;
    struct rest inner = {r.p + at + quoted, r.n - at - quoted};

    if (!quoted)
        inner = r;
    if (!add_escaped(out, inner, quoted ? r.p[at] : 0, rules, &to)) {
        out->at += quoted ? at + 1 : 0;
        return false;
    }
    if (end)
        *end = quoted ? at + 1 + to + 1 : to;
    return true;
}

enum literal_nuls literal_nuls(struct rest r)
{
    enum literal_nuls nuls = LITERAL_NULS_CLEAR;

    for (size_t i = 0; i + 1 < r.n; i++) {
        size_t digits = 1;

        if (r.p[i] != '\\')
            continue;
        i++;
        if (r.p[i] != '0')
            continue;
        while (digits < 3 && i + digits < r.n && r.p[i + digits] >= '0' && r.p[i + digits] <= '7')
            digits++;
        if (digits == 2 || (digits == 3 && r.p[i + 1] != '0'))
            return LITERAL_NULS_SHORT;
        if (digits == 3)
            nuls = LITERAL_NULS_OCTAL;
    }
    return nuls;
}

/* The picture of a control character at `i`, and its characters; 0: none. */
static size_t picture(struct rest r, size_t i, uint8_t *byte)
{
    struct rest from = {r.p + i, r.n - i};

    if (from.n >= 2 && from.p[0] == '^' && from.p[1] >= '@' && from.p[1] <= '_') {
        *byte = (uint8_t)(from.p[1] - '@');
        return 2;
    }
    if (from.n >= 3 && rest_begins(from, "\xe2\x90") && (uint8_t)from.p[2] >= 0x80 &&
        (uint8_t)from.p[2] <= 0x9f) {
        *byte = (uint8_t)(from.p[2] & 0x1f);
        return 3;
    }
    return 0;
}

bool literal_pictures(struct reading *out, struct rest r)
{
    bool nul = false;

    out->n = 0;
    for (size_t i = 0; i < r.n;) {
        uint8_t byte = (uint8_t)r.p[i];
        size_t n = picture(r, i, &byte);

        nul = nul || (n > 0 && byte == 0);
        out->bytes[out->n++] = byte;
        i += n ? n : 1;
    }
    return nul;
}

/* ---- lists ---- */

static char closing_of(char c)
{
    return c == '[' ? ']' : c == '(' ? ')' : c == '{' ? '}' : 0;
}

/* The place of the bracket, behind the name of a type; n: it begins as no list. */
static size_t bracket_at(struct rest r)
{
    static const char name[] = "_.{}";
    size_t i = 0;

    if (r.n > 0 && closing_of(r.p[0]))
        return 0;
    while (i < r.n && (rest_is_letter(r.p[i]) || rest_is_digit(r.p[i]) ||
                       memchr(name, r.p[i], sizeof name - 1)))
        i++;
    return i < r.n && r.p[i] == '[' ? i : r.n;
}

/* Words for values that are no number, and the field that a client writes for them. */
static const struct word {
    const char *word, *field;
} words[] = {{"true", "1"}, {"false", "0"}, {"True", "1"},     {"False", "0"}, {"null", ""},
             {"None", ""},  {"nil", ""},    {"undefined", ""}, {"nothing", ""}};

static bool add_word(struct reading *out, struct rest item)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].field);

        if (item.n != strlen(words[i].word) || !rest_begins(item, words[i].word))
            continue;
        memcpy(out->bytes + out->n, words[i].field, n);
        out->n += n;
        return true;
    }
    return false;
}

/* A number as it is; "00" and its like are hex. */
static bool add_number(struct reading *out, struct rest item, struct list *list)
{
    size_t i = item.n > 0 && item.p[0] == '-', first = i;
    bool whole = true;
    unsigned value = 0;

    for (; i < item.n; i++) {
        bool other = i > first && item.p[i] && strchr(".eE+-", item.p[i]);

        if (!rest_is_digit(item.p[i]) && !other)
            return false;
        whole = whole && !other;
        value = value > UINT8_MAX ? value : value * 10 + (unsigned)(item.p[i] - '0');
    }
    if (i == first || (item.p[first] == '0' && whole && i > first + 1))
        return false;
    list->numbers = list->numbers && whole && value <= (first ? 128 : UINT8_MAX);
    list->zero = list->zero || (whole && value == 0);
    memcpy(out->bytes + out->n, item.p, item.n);
    out->n += item.n;
    return true;
}

static bool is_left_out(struct rest r)
{
    return rest_begins(r, "...") || rest_begins(r, "\xe2\x80\xa6") ||
           rest_begins(r, "\xe2\x8b\xae");
}

/* The item at the front: false: it is none. */
static bool add_item(struct reading *out, struct rest *r, struct list *list, char close)
{
    size_t n = (r->p[0] == 'b' || r->p[0] == 'u') && r->n > 1 ? 1 : 0, end;

    if (r->p[n] == '\'' || r->p[n] == '"') {
        list->numbers = false;
        if (!add_escaped(out, (struct rest){r->p + n + 1, r->n - n - 1}, r->p[n], LITERAL_OCTAL,
                         &end))
            return false;
        rest_drop(r, n + 1 + end + 1);
        return true;
    }
    for (n = 0; n < r->n && r->p[n] != ',' && r->p[n] != close && !rest_is_blank(r->p[n]);)
        n++;
    if (!add_number(out, (struct rest){r->p, n}, list)) {
        list->numbers = false;
        if (!add_word(out, (struct rest){r->p, n}))
            return false;
    }
    rest_drop(r, n);
    return true;
}

enum list_status list_read(struct reading *out, struct rest r, struct list *list)
{
    size_t at = bracket_at(r), all = r.n;
    char close = at < r.n ? closing_of(r.p[at]) : 0;

    *list = (struct list){.numbers = true};
    out->n = 0;
    out->why = NULL;
    if (!close)
        return LIST_NONE;
    for (rest_drop(&r, at + 1);;) {
        while (r.n > 0 && (rest_is_blank(r.p[0]) || (list->items > 0 && r.p[0] == ',')))
            rest_drop(&r, 1);
        if (r.n == 0)
            return list->items > 0 || all == at + 1 ? LIST_OPEN : LIST_NONE;
        list->end = all - r.n + 1;
        if (r.p[0] == close)
            return list->items > 0 ? LIST_READ : LIST_NONE;
        if (list->items > 0 && is_left_out(r)) {
            reading_wrong(out, "items of the list are left out", all - r.n + 1);
            return LIST_WRONG;
        }
        if (!add_item(out, &r, list, close)) {
            out->at += all - r.n;
            return out->why ? LIST_WRONG : LIST_NONE;
        }
        out->bytes[out->n++] = 0;
        list->items++;
    }
}

void list_bytes(struct reading *out, struct rest r)
{
    out->n = 0;
    for (size_t i = bracket_at(r); i < r.n; i++) {
        bool minus = i > 0 && r.p[i - 1] == '-';
        unsigned value = 0;

        if (!rest_is_digit(r.p[i]))
            continue;
        for (; i < r.n && rest_is_digit(r.p[i]); i++)
            value = (value * 10 + (unsigned)(r.p[i] - '0')) & 0x3ff;
        out->bytes[out->n++] = (uint8_t)(minus ? 256 - value : value);
    }
}
