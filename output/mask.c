#include "mask.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SLOTS      2048u /* a power of two, twice MASK_MAX: a probe always ends */
#define LETTERS    3u    /* an id's form: one to three capital letters, ... */
#define DIGITS_MIN 5u    /* ... then five to nine digits */
#define DIGITS_MAX 9u

#define LEARNED_MIN 4u /* characters of a name that is masked wherever it stands */

/* An id is kept as its 64-bit digest, so that the table holds no account number. */
struct slot {
    uint64_t digest;
    uint32_t number; /* 0: free */
};

struct mask {
    bool show;
    uint32_t known;
    bool names; /* some ids are names: free text is searched for them */
    struct slot slot[SLOTS];
};

struct mask *mask_new(bool show)
{
    struct mask *m = calloc(1, sizeof *m);

    if (m)
        m->show = show;
    return m;
}

void mask_free(struct mask *m)
{
    free(m);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_word(char c)
{
    return is_digit(c) || is_capital(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/* FNV-1a. */
static uint64_t digest(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return h;
}

/* The slot that holds this digest, or the free one where it belongs. */
static struct slot *slot_of(struct mask *m, uint64_t d)
{
    size_t i = (size_t)(d ^ d >> 32) % SLOTS;

    while (m->slot[i].number && m->slot[i].digest != d)
        i = (i + 1) % SLOTS;
    return &m->slot[i];
}

/* The number by which this id goes in this run; 0 once the table is full. */
static uint32_t number_of(struct mask *m, const char *id, size_t len)
{
    uint64_t d = digest(id, len);
    struct slot *s = slot_of(m, d);

    if (!s->number && m->known < MASK_MAX) {
        s->digest = d;
        s->number = ++m->known;
    }
    return s->number;
}

/* Keep `kept` bytes; the rest becomes 'x' with the number at its end, as many of its digits as
 * there is room for. */
static void replace(struct mask *m, char *id, size_t len, size_t kept)
{
    uint32_t n = number_of(m, id, len);

    memset(id + kept, 'x', len - kept);
    for (size_t i = len; n > 0 && i > kept; n /= 10)
        id[--i] = (char)('0' + n % 10);
}

/* The letters and digits at the front of `text`; 0 when they have not the form of an id. */
static size_t form(const char *text, size_t len, size_t *letters)
{
    size_t n = 0, digits;

    while (n < len && n <= LETTERS && is_capital(text[n]))
        n++;
    *letters = n;
    while (n < len && n - *letters <= DIGITS_MAX && is_digit(text[n]))
        n++;
    digits = n - *letters;
    if (*letters < 1 || *letters > LETTERS || digits < DIGITS_MIN || digits > DIGITS_MAX)
        return 0;
    return n;
}

/* Is a word cut off in front of `at`?  A "\u00e9" escape ends one although it looks like one. */
static bool starts_alone(const char *text, size_t at)
{
    if (at == 0 || !is_word(text[at - 1]))
        return true;
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u';
}

/* Length of the id that stands alone at `at`, 0: none does. */
static size_t id_in_text(const char *text, size_t len, size_t at, size_t *letters)
{
    size_t n = starts_alone(text, at) ? form(text + at, len - at, letters) : 0;

    return n && (at + n == len || !is_word(text[at + n])) ? n : 0;
}

/* The same in a protobuf message: the byte before is the length, and what follows is the next
 * field's key, which may look like a letter or digit. */
static size_t id_in_bytes(const char *bytes, size_t len, size_t at, size_t *letters)
{
    size_t told = at ? (unsigned char)bytes[at - 1] : 0;

    if (told > DIGITS_MIN && told <= LETTERS + DIGITS_MAX && told <= len - at &&
        form(bytes + at, told, letters) == told)
        return told;
    return id_in_text(bytes, len, at, letters);
}

typedef size_t (*finder)(const char *text, size_t len, size_t at, size_t *letters);

/* The first capital letter from `at` on; `len`: there is none.  Most text has few, and all of it is
 * looked through. */
static size_t next_capital(const char *text, size_t at, size_t len)
{
#ifdef __SSE2__
    for (; at + 16 <= len; at += 16) {
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
        __m128i is = _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8('A' - 1)),
                                   _mm_cmplt_epi8(b, _mm_set1_epi8('Z' + 1)));

        if (_mm_movemask_epi8(is))
            break;
    }
#endif
    while (at < len && !is_capital(text[at]))
        at++;
    return at;
}

static void mask_found(struct mask *m, char *text, size_t len, finder find)
{
    size_t letters, i = 0;

    if (m->show)
        return;
    while ((i = next_capital(text, i, len)) < len) {
        size_t n = i + DIGITS_MIN < len ? find(text, len, i, &letters) : 0;

        if (n)
            replace(m, text + i, n, letters);
        i += n ? n : 1;
    }
}

/* Words that have been met as account ids although they have not their form. */
static void mask_names(struct mask *m, char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        for (n = 0; i + n < len && is_word(text[i + n]);)
            n++;
        if (n >= LEARNED_MIN && slot_of(m, digest(text + i, n))->number)
            replace(m, text + i, n, 0);
    }
}

void mask_text(struct mask *m, char *text, size_t len)
{
    mask_found(m, text, len, id_in_text);
    if (m->names && !m->show)
        mask_names(m, text, len);
}

void mask_bytes(struct mask *m, char *bytes, size_t len)
{
    mask_found(m, bytes, len, id_in_bytes);
}

static bool has_letter(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_word(text[i]) && !is_digit(text[i]))
            return true;
    return false;
}

void mask_account(struct mask *m, char *text, size_t len)
{
    size_t letters;

    if (m->show || len == 0)
        return;
    if (form(text, len, &letters) != len) {
        letters = 0; /* a name, a group: nothing of it stays */
        m->names = m->names || (len >= LEARNED_MIN && has_letter(text, len));
    }
    replace(m, text, len, letters);
}

void mask_accounts(struct mask *m, char *text, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != ',' && text[i] != '/')
            continue;
        if (has_letter(text + from, i - from))
            mask_account(m, text + from, i - from);
        from = i + 1;
    }
}

void mask_secret(struct mask *m, char *text, size_t len)
{
    if (!m->show)
        memset(text, '*', len);
}

void mask_group(struct mask *m, char *text, size_t len)
{
    if (len != 3 || memcmp(text, "All", 3) != 0)
        mask_secret(m, text, len);
}

/* ---- XML ---- */

struct piece {
    char *p;
    size_t len;
};

static bool begins_with(struct piece c, const char *word)
{
    size_t n = strlen(word);

    return c.len >= n && strncasecmp(c.p, word, n) == 0;
}

/* `value` stands in an element, or an attribute, called `name`. */
static void mask_element(struct mask *m, struct piece name, struct piece value)
{
    while (value.len > 0 && (unsigned char)value.p[0] <= ' ')
        value.p++, value.len--;
    while (value.len > 0 && (unsigned char)value.p[value.len - 1] <= ' ')
        value.len--;
    if (begins_with(name, "String") || begins_with(name, "acc"))
        mask_accounts(m, value.p, value.len);
    else if (begins_with(name, "name") || begins_with(name, "alias") || begins_with(name, "desc"))
        mask_secret(m, value.p, value.len);
    else
        mask_text(m, value.p, value.len);
}

/* The bytes from `p` up to one of `stops`. */
static struct piece up_to(char *p, const char *end, const char *stops)
{
    struct piece c = {p, 0};

    while (p + c.len < end && !strchr(stops, p[c.len]))
        c.len++;
    return c;
}

/* name="value" pairs between the name of an element and its end. */
static void mask_attributes(struct mask *m, struct piece tag)
{
    const char *end = tag.p + tag.len;

    for (char *p = tag.p; p < end;) {
        struct piece name = up_to(p, end, " \t\r\n=\"/"), value;

        p = name.p + name.len;
        if (end - p < 2 || p[0] != '=' || p[1] != '"') {
            p++;
            continue;
        }
        value = up_to(p + 2, end, "\"");
        mask_element(m, name, value);
        p = value.p + value.len + 1;
    }
}

void mask_document(struct mask *m, char *text, size_t len)
{
    const char *end = text + len;
    struct piece name = {text, 0};

    if (m->show)
        return;
    for (char *p = text; p < end;) {
        struct piece value = up_to(p, end, "<"), tag;

        mask_element(m, name, value);
        p = value.p + value.len;
        if (p == end)
            break;
        name = up_to(p + 1, end, " \t\r\n/>");
        tag = up_to(name.p + name.len, end, ">");
        mask_attributes(m, tag);
        p = tag.p + tag.len < end ? tag.p + tag.len + 1 : tag.p + tag.len;
    }
}
