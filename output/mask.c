#include "mask.h"
#include <stdlib.h>
#include <string.h>

#define SLOTS      2048u /* a power of two, twice MASK_MAX: a probe always ends */
#define LETTERS    3u    /* an id's form: one to three capital letters, ... */
#define DIGITS_MIN 5u    /* ... then five to nine digits */
#define DIGITS_MAX 9u

/* An id is kept as its 64-bit digest, so that the table holds no account number. */
struct slot {
    uint64_t digest;
    uint32_t number; /* 0: free */
};

struct mask {
    bool show;
    uint32_t known;
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

/* The number by which this id goes in this run; 0 once the table is full. */
static uint32_t number_of(struct mask *m, const char *id, size_t len)
{
    uint64_t d = digest(id, len);

    for (size_t i = (size_t)(d ^ d >> 32) % SLOTS;; i = (i + 1) % SLOTS) {
        struct slot *s = &m->slot[i];

        if (s->number && s->digest == d)
            return s->number;
        if (s->number)
            continue;
        if (m->known == MASK_MAX)
            return 0;
        s->digest = d;
        s->number = ++m->known;
        return s->number;
    }
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

static void mask_found(struct mask *m, char *text, size_t len, finder find)
{
    size_t letters;

    if (m->show)
        return;
    for (size_t i = 0; i + DIGITS_MIN < len; i++) {
        size_t n = is_capital(text[i]) ? find(text, len, i, &letters) : 0;

        if (!n)
            continue;
        replace(m, text + i, n, letters);
        i += n - 1;
    }
}

void mask_text(struct mask *m, char *text, size_t len)
{
    mask_found(m, text, len, id_in_text);
}

void mask_bytes(struct mask *m, char *bytes, size_t len)
{
    mask_found(m, bytes, len, id_in_bytes);
}

void mask_account(struct mask *m, char *text, size_t len)
{
    size_t letters;

    if (m->show || len == 0)
        return;
    if (form(text, len, &letters) != len)
        letters = 0; /* a name, a group: nothing of it stays */
    replace(m, text, len, letters);
}

void mask_accounts(struct mask *m, char *text, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != ',')
            continue;
        mask_account(m, text + from, i - from);
        from = i + 1;
    }
}

void mask_secret(struct mask *m, char *text, size_t len)
{
    if (!m->show)
        memset(text, '*', len);
}
