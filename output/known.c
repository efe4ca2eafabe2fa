#include "known.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    LETTERS = 3, /* an id's form: one to three capital letters, ... */
    DIGITS_MIN = 5,
    DIGITS_MAX = 9, /* ... then five to nine digits */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    c = known_fold(c);
    return (c >= 'a' && c <= 'z') || c >= 0x80;
}

bool known_form(const uint8_t *text, size_t len, size_t *letters)
{
    size_t n = 0;

    while (n < len && n <= LETTERS && text[n] >= 'A' && text[n] <= 'Z')
        n++;
    *letters = n;
    if (n < 1 || n > LETTERS || len - n < DIGITS_MIN || len - n > DIGITS_MAX)
        return false;
    while (n < len && is_digit(text[n]))
        n++;
    return n == len;
}

static bool is_ib_kind(uint8_t c)
{
    return c == 'U' || c == 'F' || c == 'I';
}

size_t known_ib_letters(const uint8_t *text, size_t left)
{
    uint8_t bit = left > 0 ? text[0] & 0x20 : 0; /* both letters have the same case */
    size_t n = left > 0 && (uint8_t)(text[0] ^ bit) == 'D';

    return n < left && (text[n] & 0x20) == bit && is_ib_kind((uint8_t)(text[n] ^ bit)) ? n + 1 : 0;
}

/* ---- learning ---- */

/* FNV-1a, a character at a time. */
#define HASH_START 0xcbf29ce484222325u

static uint64_t hash_on(uint64_t h, uint8_t folded)
{
    return (h ^ folded) * 0x100000001b3u;
}

static size_t slot_of(uint64_t h)
{
    return (size_t)(h ^ h >> 32) % KNOWN_SLOT;
}

static size_t pair_of(const uint8_t *text)
{
    return (size_t)known_fold(text[0]) << 8 | known_fold(text[1]);
}

/* The id with this hash and these characters, folded as they are compared; NULL: not known. */
static const struct known_id *look_up(const struct known *k, uint64_t h, const uint8_t *text,
                                      size_t len)
{
    for (size_t i = slot_of(h); k->slot[i]; i = (i + 1) % KNOWN_SLOT) {
        const struct known_id *id = &k->id[k->slot[i] - 1];
        size_t n = 0;

        while (n < len && id->len == len && id->text[n] == known_fold(text[n]))
            n++;
        if (n == len)
            return id;
    }
    return NULL;
}

static enum known_kind kind_of(const uint8_t *text, size_t len)
{
    size_t digits = 0, letters = 0;

    for (size_t i = 0; i < len; i++) {
        digits += is_digit(text[i]);
        letters += is_letter(text[i]);
    }
    if (letters == 0)
        return KNOWN_NUMBER;
    return digits >= DIGITS_MIN ? KNOWN_TELLING : KNOWN_WORD;
}

static void add_pair(struct known *k, const uint8_t *text)
{
    size_t pair = pair_of(text);
    uint64_t bit = (uint64_t)1 << pair % 64;

    if (k->pairs[pair / 64] & bit)
        return;
    k->pairs[pair / 64] |= bit;
    if (k->n_pairs < sizeof k->pair / sizeof k->pair[0]) {
        k->pair[k->n_pairs][0] = known_fold(text[0]);
        k->pair[k->n_pairs][1] = known_fold(text[1]);
    }
    k->n_pairs++;
}

/* Groups of advisors that everyone has. */
static bool is_everyones(const uint8_t *id, size_t len)
{
    return len == 3 && memcmp(id, "All", 3) == 0;
}

void known_learn(struct known *k, const uint8_t *id, size_t len)
{
    uint64_t h = HASH_START;
    struct known_id *to;
    enum known_kind kind;
    size_t at;

    if (len < KNOWN_MIN || len > KNOWN_LEN || k->n == KNOWN_MAX || is_everyones(id, len))
        return;
    kind = kind_of(id, len);
    if (kind == KNOWN_NUMBER && len < DIGITS_MIN)
        return;
    for (size_t i = 0; i < len; i++)
        h = hash_on(h, known_fold(id[i]));
    if (look_up(k, h, id, len))
        return;
    to = &k->id[k->n++];
    to->len = (uint8_t)len;
    to->kind = (uint8_t)kind;
    for (size_t i = 0; i < len; i++)
        to->text[i] = known_fold(id[i]);
    for (at = slot_of(h); k->slot[at];)
        at = (at + 1) % KNOWN_SLOT;
    k->slot[at] = (uint16_t)k->n;
    k->lengths |= (uint64_t)1 << (len - 1);
    add_pair(k, id);
}

/* ---- finding ---- */

static bool begins_one(const struct known *k, const uint8_t *text)
{
    size_t pair = pair_of(text);

    return k->pairs[pair / 64] >> pair % 64 & 1;
}

bool known_may_begin(const struct known *k, const uint8_t *text, size_t at, size_t len)
{
    return k->n > 0 && (at + 1 == len || begins_one(k, text + at));
}

#ifdef __SSE2__
#define BLOCK 16u

/* Places of the sixteen from `p` on where one of the few pairs that most sessions know may stand;
 * BLOCK + 1 bytes are read. */
static unsigned places(const struct known *k, const uint8_t *p)
{
    const __m128i small = _mm_set1_epi8(0x20);
    __m128i first = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)p), small);
    __m128i second = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + 1)), small);
    __m128i found = _mm_setzero_si128();

    for (size_t i = 0; i < k->n_pairs; i++) {
        __m128i a = _mm_cmpeq_epi8(first, _mm_set1_epi8((char)(k->pair[i][0] | 0x20)));
        __m128i b = _mm_cmpeq_epi8(second, _mm_set1_epi8((char)(k->pair[i][1] | 0x20)));

        found = _mm_or_si128(found, _mm_and_si128(a, b));
    }
    return (unsigned)_mm_movemask_epi8(found);
}

static size_t lowest(unsigned bits)
{
    return (size_t)__builtin_ctz(bits);
}

/* The last block begins before `at`, or is a copy: nothing behind the text is read. */
static size_t next_of_few(const struct known *k, const uint8_t *text, size_t at, size_t len)
{
    uint8_t copy[2 * BLOCK] = {0};

    while (at + 1 < len) {
        size_t left = len - at, back = 0;
        const uint8_t *p = text + at;
        unsigned bits;

        if (left <= BLOCK && len > BLOCK) {
            back = BLOCK + 1 - left;
            p -= back;
        } else if (left <= BLOCK) {
            memcpy(copy, p, left);
            p = copy;
        }
        bits = places(k, p) >> back;
        if (p == copy)
            bits &= (1u << (left - 1)) - 1;
        for (; bits; bits &= bits - 1)
            if (begins_one(k, text + at + lowest(bits)))
                return at + lowest(bits);
        if (left <= BLOCK + 1)
            return len - 1;
        at += BLOCK;
    }
    return at;
}
#endif

size_t known_next(const struct known *k, const uint8_t *text, size_t at, size_t len)
{
    if (k->n == 0)
        return len;
#ifdef __SSE2__
    if (k->n_pairs <= sizeof k->pair / sizeof k->pair[0])
        return next_of_few(k, text, at, len);
#endif
    while (at + 1 < len && !begins_one(k, text + at))
        at++;
    return at; /* the last character may begin one if the text goes on */
}

/* A "\u00e9" escape ends a word although it looks like one. */
static bool follows_escape(const struct known_text *t, size_t at)
{
    return at >= 6 && t->p[at - 6] == '\\' && t->p[at - 5] == 'u';
}

static bool is_word(uint8_t c)
{
    return is_digit(c) || is_letter(c);
}

/* Does nothing go on over the end of the id between `at` and `end`? */
static bool is_cut_off(const struct known_text *t, size_t at, size_t end, bool (*goes_on)(uint8_t))
{
    bool before = at == 0 ? t->begun : goes_on(t->p[at - 1]) && !follows_escape(t, at);
    bool after = end < t->n && goes_on(t->p[end]);

    return !(before && goes_on(t->p[at])) && !(after && goes_on(t->p[end - 1]));
}

/* In nested messages of protobuf the id's length stands in front, and what follows is a key. */
static bool is_told(const struct known_text *t, size_t at, size_t len)
{
    return at > 0 && t->p[at - 1] == len;
}

/* Is it a part of another id that stands there by its form?  U1234567 in DU1234567 is none. */
static bool is_in_form(const struct known_text *t, size_t at, size_t end)
{
    size_t from = at, to = end, letters;

    while (from > 0 && at - from <= LETTERS && t->p[from - 1] >= 'A' && t->p[from - 1] <= 'Z')
        from--;
    while (to < t->n && to - end <= DIGITS_MAX && is_digit(t->p[to]))
        to++;
    return to - from > end - at && known_form(t->p + from, to - from, &letters) &&
           is_cut_off(t, from, to, is_word);
}

static bool counts(const struct known_text *t, size_t at, size_t end, const struct known_id *id)
{
    if (t->in == KNOWN_IN_NAME)
        return id->kind == KNOWN_TELLING && at == 0 && !t->begun && end == t->n;
    switch ((enum known_kind)id->kind) {
    case KNOWN_TELLING:
        return !is_in_form(t, at, end);
    case KNOWN_WORD:
        return is_cut_off(t, at, end, is_word) || is_told(t, at, id->len);
    case KNOWN_NUMBER:
        break;
    }
    return t->in == KNOWN_IN_TEXT && (is_cut_off(t, at, end, is_digit) || is_told(t, at, id->len));
}

/* Letters of an id of the usual form may stay. */
static size_t letters_of(const struct known_id *id)
{
    size_t letters = 0, digits = 0;

    if (id->kind != KNOWN_TELLING)
        return 0;
    while (letters < id->len && letters <= LETTERS && is_letter(id->text[letters]))
        letters++;
    while (letters + digits < id->len && is_digit(id->text[letters + digits]))
        digits++;
    return letters <= LETTERS && letters + digits == id->len && digits <= DIGITS_MAX ? letters : 0;
}

/* The text ends at `at` + `len`: is that the beginning of an id? */
static size_t begun_at(const struct known *k, const struct known_text *t, size_t at, size_t *kept)
{
    size_t len = t->n - at;

    for (size_t i = 0; i < k->n; i++) {
        const struct known_id *id = &k->id[i];
        size_t n = 0;

        while (n < len && len < id->len && id->text[n] == known_fold(t->p[at + n]))
            n++;
        if (n == 0 || n < len || !counts(t, at, t->n, id))
            continue;
        *kept = letters_of(id);
        return len;
    }
    return 0;
}

size_t known_at(const struct known *k, const struct known_text *t, size_t at, size_t *kept)
{
    size_t left = t->n - at, most = left < KNOWN_LEN ? left : KNOWN_LEN, found = 0;
    uint64_t h = HASH_START;

    if (!known_may_begin(k, t->p, at, t->n))
        return 0;
    if (t->open && left < KNOWN_LEN && begun_at(k, t, at, kept))
        return left;
    for (size_t n = 1; n <= most; n++) {
        const struct known_id *id;

        h = hash_on(h, known_fold(t->p[at + n - 1]));
        if (!(k->lengths >> (n - 1) & 1))
            continue;
        id = look_up(k, h, t->p + at, n);
        if (!id || !counts(t, at, at + n, id))
            continue;
        found = n;
        *kept = letters_of(id);
    }
    return found;
}
