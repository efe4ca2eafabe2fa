#include "mask.h"
#include "advisor.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    SLOTS = 2048,   /* a power of two, twice MASK_MAX: a probe always ends */
    DIGITS_MIN = 5, /* of an id by its form */
    FORM_MAX = 12,  /* characters of one */
};

struct slot {
    uint64_t digest;
    uint32_t number; /* 0: free */
};

struct mask {
    bool show;
    uint32_t numbered;
    struct slot slot[SLOTS];
    struct known known;
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

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
    return is_digit(c) || is_capital(c) || is_small(c);
}

/* FNV-1a, the same for both cases. */
static uint64_t digest(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ known_fold((uint8_t)text[i])) * 0x100000001b3u;
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

    if (!s->number && m->numbered < MASK_MAX) {
        s->digest = d;
        s->number = ++m->numbered;
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

/* ---- by form ---- */

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

typedef size_t (*finder)(const char *text, size_t len, size_t at, size_t *letters);

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

/* What is searched, and how. */
struct search {
    struct mask *m;
    char *text;
    size_t len;
    enum known_in in; /* of all of it, unless there is a `field` */
    finder find;
    mask_field field;
    void *ctx;
};

static struct known_text field_at(const struct search *s, size_t at)
{
    if (s->field)
        return s->field(s->ctx, at);
    return (struct known_text){.p = (const uint8_t *)s->text, .n = s->len, .in = s->in};
}

static void mask_form(const struct search *s)
{
    size_t letters, i = 0;

    while ((i = next_form(s->text, i, s->len)) < s->len) {
        size_t n = s->find(s->text, s->len, i, &letters);

        if (n && (begins_as_ours(s->text + i) || field_at(s, i).in != KNOWN_IN_NAME))
            replace(s->m, s->text + i, n, letters);
        i += n ? n : 1;
    }
}

/* The same id, seen from the field that it is in. */
static size_t confirmed(const struct search *s, size_t at, size_t *kept)
{
    struct known_text field = field_at(s, at);
    size_t from = (size_t)((const char *)field.p - s->text);

    return known_at(&s->m->known, &field, at - from, kept);
}

static void mask_known(const struct search *s)
{
    struct known_text all = {.p = (const uint8_t *)s->text, .n = s->len, .in = KNOWN_IN_TEXT};
    const struct known *k = &s->m->known;
    size_t i = 0, kept = 0;

    while ((i = known_next(k, all.p, i, s->len)) < s->len) {
        size_t n = known_at(k, &all, i, &kept);

        if (n && (s->field || s->in != KNOWN_IN_TEXT))
            n = confirmed(s, i, &kept);
        if (n)
            replace(s->m, s->text + i, n, kept);
        i += n ? n : 1;
    }
}

bool mask_may_find(const struct mask *m, const char *text, size_t len)
{
    if (m->show)
        return false;
    return known_next(&m->known, (const uint8_t *)text, 0, len) + KNOWN_MIN <= len ||
           next_form(text, 0, len) < len;
}

/* What is known first: it may be longer than what has the form. */
static void search(const struct search *s)
{
    if (s->m->show)
        return;
    mask_known(s);
    mask_form(s);
}

void mask_as(struct mask *m, enum known_in in, char *text, size_t len)
{
    search(&(struct search){.m = m, .text = text, .len = len, .in = in, .find = id_in_text});
}

void mask_text(struct mask *m, char *text, size_t len)
{
    mask_as(m, KNOWN_IN_TEXT, text, len);
}

void mask_bytes(struct mask *m, char *bytes, size_t len)
{
    search(&(struct search){.m = m, .text = bytes, .len = len, .find = id_in_bytes});
}

void mask_fields(struct mask *m, char *text, size_t len, mask_field field, void *ctx)
{
    search(&(struct search){
        .m = m, .text = text, .len = len, .find = id_in_text, .field = field, .ctx = ctx});
}

/* ---- by meaning ---- */

void mask_account(struct mask *m, char *text, size_t len)
{
    size_t letters;

    if (m->show || len == 0)
        return;
    if (!known_form((const uint8_t *)text, len, &letters))
        letters = 0; /* a name, a group: nothing of it stays */
    known_learn(&m->known, (const uint8_t *)text, len);
    replace(m, text, len, letters);
}

static bool is_number(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]) && text[i] != '.' && text[i] != '-')
            return false;
    return true;
}

void mask_accounts(struct mask *m, char *text, size_t len)
{
    size_t from = 0;
    bool share = false;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != ',' && text[i] != '/')
            continue;
        if (!share || !is_number(text + from, i - from))
            mask_account(m, text + from, i - from);
        share = i < len && text[i] == '/';
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

/* A piece of an advisor's document that is all of one kind. */
static void mask_piece(struct mask *m, enum advisor_byte kind, char *text, size_t len)
{
    switch (kind) {
    case ADVISOR_ACCOUNT:
        mask_accounts(m, text, len);
        break;
    case ADVISOR_SECRET:
        mask_secret(m, text, len);
        break;
    case ADVISOR_PLAIN:
        mask_text(m, text, len);
        break;
    case ADVISOR_MARKUP:
        break;
    }
}

void mask_document(struct mask *m, char *text, size_t len)
{
    struct advisor a = {0};
    enum advisor_byte kind = ADVISOR_MARKUP;
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        enum advisor_byte next = advisor_next(&a, (uint8_t)text[i]);

        if (next == kind)
            continue;
        mask_piece(m, kind, text + from, i - from);
        kind = next;
        from = i;
    }
    mask_piece(m, kind, text + from, len - from);
}
