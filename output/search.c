/* search.c - account ids in text: the places where one may begin are looked for many bytes at a
 * time, for hardly a frame holds an id; only these are read closely. */
#include "search.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    DIGITS_MIN = 5, /* of an id by its form */
    FORM_MAX = 12,  /* characters of one */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
    return is_digit(c) || is_capital(c) || is_small(c);
}

/* Is a word cut off in front of `at`?  A "\\u00e9" escape ends one although it looks like one. */
static bool starts_alone(const char *text, size_t at)
{
    if (at == 0 || !is_word(text[at - 1]))
        return true;
    return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u';
}

/* The letters and digits from `at`, as long as they may be an id. */
static size_t reach(const char *text, size_t len, size_t at)
{
    size_t n = 0;

    while (at + n < len && n <= FORM_MAX && is_capital(text[at + n]))
        n++;
    while (at + n < len && n <= FORM_MAX && is_digit(text[at + n]))
        n++;
    return n;
}

static bool is_over(const char *text, size_t len, size_t at)
{
    return at == len || !is_word(text[at]);
}

/* Length of the id at `at` by the form that only IB's have; 0: none is there. */
static size_t ib_id(const char *text, size_t len, size_t at, size_t *letters)
{
    size_t n = known_ib_letters((const uint8_t *)text + at, len - at), digits = 0;
    bool apart = starts_alone(text, at) || (is_small(text[at - 1]) && is_capital(text[at]));

    *letters = n;
    while (n && at + n + digits < len && digits <= KNOWN_IB_MAX && is_digit(text[at + n + digits]))
        digits++;
    if (!apart || digits < KNOWN_IB_MIN || digits > KNOWN_IB_MAX)
        return 0;
    n += digits;
    if (is_over(text, len, at + n))
        return n;
    return (text[at + n] | 0x20) == 'a' && is_over(text, len, at + n + 1) ? n : 0;
}

/* Length of the id that stands alone at `at`, 0: none does. */
static size_t id_in_text(const char *text, size_t len, size_t at, size_t *letters)
{
    size_t n = starts_alone(text, at) ? reach(text, len, at) : 0;

    if (n && known_form((const uint8_t *)text + at, n, letters) && is_over(text, len, at + n))
        return n;
    return ib_id(text, len, at, letters);
}

/* The same in a protobuf message: the byte before is the length, and what follows is the next
 * field's key, which may look like a letter or digit. */
static size_t id_in_bytes(const char *bytes, size_t len, size_t at, size_t *letters)
{
    size_t told = at ? (unsigned char)bytes[at - 1] : 0;

    if (told > DIGITS_MIN && told <= FORM_MAX && told <= len - at &&
        known_form((const uint8_t *)bytes + at, told, letters))
        return told;
    return id_in_text(bytes, len, at, letters);
}

/* How IB's own ids begin: U, F, I for users, advisors and introducing brokers, D for paper. */
static bool begins_as_ours(const char *id)
{
    static const char kinds[] = "UFI";
    char kind = id[0] == 'D' ? id[1] : id[0];

    return memchr(kinds, kind, sizeof kinds - 1) != NULL;
}

/* Whatever its letters are, an id's fourth to sixth characters are digits: hardly a word has them.
 */
static bool may_be_form(const char *text, size_t left)
{
    return left > DIGITS_MIN && is_capital((char)(text[0] & ~0x20)) && is_digit(text[3]) &&
           is_digit(text[4]) && is_digit(text[5]);
}

#ifdef __SSE2__
#define BLOCK 16u

/* Which of the sixteen bytes at `p` are from `first` to `last`? */
static __m128i within(const char *p, char first, char last)
{
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);

    return _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8((char)(first - 1))),
                         _mm_cmplt_epi8(b, _mm_set1_epi8((char)(last + 1))));
}

/* Which of them are letters? */
static __m128i letters(const char *p)
{
    __m128i small =
        _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(0x20));

    return _mm_and_si128(_mm_cmpgt_epi8(small, _mm_set1_epi8('a' - 1)),
                         _mm_cmplt_epi8(small, _mm_set1_epi8('z' + 1)));
}

/* A bit for each of the sixteen places from `p` on where one may stand; DIGITS_MIN bytes behind
 * them are read. */
static unsigned forms(const char *p)
{
    __m128i digits = _mm_and_si128(within(p + 4, '0', '9'), within(p + 5, '0', '9'));
    __m128i is = _mm_and_si128(letters(p), within(p + 3, '0', '9'));

    return (unsigned)_mm_movemask_epi8(_mm_and_si128(is, digits));
}

/* The last block ends with the text, and begins before `at`. */
static size_t next_form_of_many(const char *text, size_t at, size_t len)
{
    size_t last = len - BLOCK - DIGITS_MIN;
    unsigned bits;

    for (; at <= last; at += BLOCK)
        if ((bits = forms(text + at)))
            return at + (size_t)__builtin_ctz(bits);
    if (at >= last + BLOCK)
        return len;
    bits = forms(text + last) >> (at - last);
    return bits ? at + (size_t)__builtin_ctz(bits) : len;
}
#endif

/* The first place from `at` on where an id may stand by its form; `len`: none may.  All text is
 * looked through. */
static size_t next_form(const char *text, size_t at, size_t len)
{
#ifdef __SSE2__
    if (len >= BLOCK + DIGITS_MIN)
        return next_form_of_many(text, at, len);
#endif
    while (at < len && !may_be_form(text + at, len - at))
        at++;
    return at;
}

static struct known_text field_at(const struct search *s, size_t at)
{
    if (s->field)
        return s->field(s->field_ctx, at);
    return (struct known_text){.p = (const uint8_t *)s->text, .n = s->len, .in = s->in};
}

static size_t masked(const struct search *s, size_t at)
{
    return s->masked ? s->masked(s->ctx, at) : 0;
}

static void find_form(const struct search *s)
{
    size_t letters, i = 0;

    while ((i = next_form(s->text, i, s->len)) < s->len) {
        size_t n = masked(s, i);

        if (n) {
            i += n;
            continue;
        }
        n = (s->lengths ? id_in_bytes : id_in_text)(s->text, s->len, i, &letters);
        if (n && (begins_as_ours(s->text + i) || field_at(s, i).in != KNOWN_IN_NAME))
            s->hit(s->ctx, i, n, letters);
        i += n ? n : 1;
    }
}

/* The same id, seen from the field that it is in. */
static size_t confirmed(const struct search *s, size_t at, size_t *kept)
{
    struct known_text field = field_at(s, at);
    size_t from = (size_t)((const char *)field.p - s->text);

    return known_at(s->known, &field, at - from, kept);
}

static void find_known(const struct search *s)
{
    struct known_text all = {
        .p = (const uint8_t *)s->text, .n = s->len, .in = KNOWN_IN_TEXT, .open = s->open};
    size_t i = 0, kept = 0;

    while ((i = known_next(s->known, all.p, i, s->len)) < s->len) {
        size_t n = masked(s, i);

        if (n) {
            i += n;
            continue;
        }
        n = known_at(s->known, &all, i, &kept);
        if (n && (s->field || s->in != KNOWN_IN_TEXT))
            n = confirmed(s, i, &kept);
        if (n)
            s->hit(s->ctx, i, n, kept);
        i += n ? n : 1;
    }
}

bool search_may_find(const struct known *k, const char *text, size_t len)
{
    return known_next(k, (const uint8_t *)text, 0, len) + KNOWN_MIN <= len ||
           next_form(text, 0, len) < len;
}

void search_ids(const struct search *s)
{
    find_known(s);
    find_form(s);
}

size_t search_begins(const uint8_t *word, size_t len)
{
    size_t letters = 0, at, ours;

    for (at = 0; at < len && is_capital((char)word[at]); at++)
        letters++;
    ours = known_ib_letters(word, len);
    if (letters == 0 || letters > 3)
        letters = ours;
    for (at = letters; at < len && is_digit((char)word[at]); at++)
        ;
    return at == len || (at + 1 == len && (word[at] | 0x20) == 'a') ? letters : 0;
}
