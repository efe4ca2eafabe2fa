/* disguise.c - account ids become other ids of the same form. */
#include "disguise.h"
#include "advisor.h"
#include "id_list.h"
#include "search.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    LETTERS = 3,    /* of an id, that may stay */
    PREFIX_MAX = 64 /* characters of an id that decide about the next */
};

struct disguise {
    uint8_t secret[XXH3_SECRET_DEFAULT_SIZE];
    const struct known *known;
};

static bool fill_random(uint8_t *to, size_t n)
{
    FILE *f = fopen("/dev/urandom", "rbe");
    bool filled = f && fread(to, 1, n, f) == n;

    if (f)
        (void)fclose(f);
    return filled;
}

struct disguise *disguise_new(const struct known *known)
{
    struct disguise *d = calloc(1, sizeof *d);

    if (d && fill_random(d->secret, sizeof d->secret)) {
        d->known = known;
        return d;
    }
    free(d);
    return NULL;
}

void disguise_free(struct disguise *d)
{
    free(d);
}

/* ---- one id ---- */

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* `c` moved on by 1 to `n` - 1 places in an alphabet of `n` characters. */
static uint8_t step(uint8_t c, uint8_t first, uint32_t n, uint64_t hash)
{
    return (uint8_t)(first + ((uint32_t)(c - first) + 1 + (uint32_t)(hash % (n - 1))) % n);
}

/* The character at `at` of an id, moved on within its alphabet by what stands before it. */
static uint8_t moved(const struct disguise *d, const uint8_t *id, size_t at)
{
    uint8_t c = id[at], before[PREFIX_MAX];
    size_t n = at < PREFIX_MAX ? at : PREFIX_MAX;
    uint64_t hash;

    for (size_t i = 0; i < n; i++)
        before[i] = known_fold(id[at - n + i]);
    hash = XXH3_64bits_withSecret(before, n, d->secret, sizeof d->secret);
    if (c >= '0' && c <= '9')
        return step(c, '0', 10, hash);
    if (is_capital(c))
        return step(c, 'A', 26, hash);
    if (c >= 'a' && c <= 'z')
        return step(c, 'a', 26, hash);
    return c < 0x80 ? c : (uint8_t)('a' + (hash ^ c) % 26);
}

/* Capitals at the beginning of an id, at most LETTERS. */
static size_t capitals(const uint8_t *id, size_t len)
{
    size_t n = 0;

    while (n < len && n < LETTERS && is_capital(id[n]))
        n++;
    return n;
}

static void hide_id(const struct disguise *d, const uint8_t *id, size_t len, size_t kept,
                    uint8_t *to)
{
    size_t most = capitals(id, len);

    for (size_t i = kept > most ? kept : most; i < len; i++)
        to[i] = moved(d, id, i);
}

/* By its meaning: one of three capitals or fewer, which may be a name, is hidden too. */
static void hide_account(const struct disguise *d, const uint8_t *id, size_t len, uint8_t *to,
                         bool whole)
{
    if (!whole || capitals(id, len) < len) {
        hide_id(d, id, len, 0, to);
        return;
    }
    for (size_t i = 0; i < len; i++)
        to[i] = moved(d, id, i);
}

static void hide_accounts(const struct disguise *d, const uint8_t *text, size_t len, uint8_t *to,
                          bool whole)
{
    struct id_list list = {.text = text, .len = len};
    size_t from, n;

    while (id_list_next(&list, &from, &n)) {
        for (; n > 0 && text[from] == ' '; from++)
            n--;
        hide_account(d, text + from, n, to + from, whole || from + n < len);
    }
}

/* NULs end fields, and are no secret. */
static void hide_all(const uint8_t *text, size_t len, uint8_t *to)
{
    for (size_t i = 0; i < len; i++)
        to[i] = text[i] ? 'x' : 0;
}

/* ---- a document ---- */

struct text {
    const struct disguise *d;
    const uint8_t *text;
    uint8_t *to;
};

static void hit(void *ctx, size_t at, size_t len, size_t kept)
{
    const struct text *t = ctx;

    hide_id(t->d, t->text + at, len, kept, t->to + at);
}

static void hide_quoted(const struct disguise *d, const uint8_t *text, size_t len, uint8_t *to)
{
    struct text t = {d, text, to};

    search_ids(&(struct search){
        .known = d->known, .text = (const char *)text, .len = len, .hit = hit, .ctx = &t});
}

/* A piece that is all of one kind. */
static void hide_piece(const struct disguise *d, enum advisor_byte kind, const uint8_t *text,
                       size_t len, uint8_t *to, bool whole)
{
    switch (kind) {
    case ADVISOR_ACCOUNT:
        hide_accounts(d, text, len, to, whole);
        break;
    case ADVISOR_SECRET:
        hide_all(text, len, to);
        break;
    case ADVISOR_PLAIN:
        if (whole)
            hide_quoted(d, text, len, to);
        else
            hide_all(text, len, to);
        break;
    case ADVISOR_MARKUP:
        break;
    }
}

static void hide_document(const struct disguise *d, const uint8_t *text, size_t len, uint8_t *to,
                          bool whole)
{
    enum advisor_byte kind = ADVISOR_MARKUP;
    struct advisor a = {0};
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        enum advisor_byte next = advisor_next(&a, text[i]);

        if (next == kind)
            continue;
        hide_piece(d, kind, text + from, i - from, to + from, true);
        kind = next;
        from = i;
    }
    hide_piece(d, kind, text + from, len - from, to + from, whole);
}

void disguise_mark(const struct disguise *d, const struct tws_mark *mark, const uint8_t *raw,
                   uint8_t *to, bool whole)
{
    size_t len = mark->length;

    switch ((enum tws_mark_kind)mark->kind) {
    case TWS_MARK_ACCOUNT:
        hide_account(d, raw, len, to, whole);
        break;
    case TWS_MARK_ACCOUNTS:
        hide_accounts(d, raw, len, to, whole);
        break;
    case TWS_MARK_DOCUMENT:
        hide_document(d, raw, len, to, whole);
        break;
    case TWS_MARK_ID:
        hide_id(d, raw, len, mark->kept, to);
        break;
    case TWS_MARK_SECRET:
    case TWS_MARK_UNSURE:
    case TWS_MARK_BLACK:
    case TWS_MARK_KINDS:
        hide_all(raw, len, to);
        break;
    }
}

/* ---- text that goes on ---- */

struct stream_text {
    const struct disguise *d;
    const uint8_t *text;
    size_t before;
    uint8_t *to; /* text[before] */
};

static void hit_new(void *ctx, size_t at, size_t len, size_t kept)
{
    const struct stream_text *t = ctx;
    const uint8_t *id = t->text + at;
    size_t most = capitals(id, len);

    for (size_t i = kept > most ? kept : most; i < len; i++)
        if (at + i >= t->before)
            t->to[at + i - t->before] = moved(t->d, id, i);
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || is_capital(c) || (c >= 'a' && c <= 'z');
}

void disguise_text(const struct disguise *d, const uint8_t *window, size_t len, size_t before,
                   bool cut, uint8_t *to)
{
    struct stream_text t = {d, window, before, to};
    size_t first = 0, last = len, letters;

    search_ids(&(struct search){.known = d->known,
                                .text = (const char *)window,
                                .len = len,
                                .open = true,
                                .hit = hit_new,
                                .ctx = &t});
    while (last > 0 && is_word(window[last - 1]))
        last--;
    letters = search_begins(window + last, len - last);
    if (letters > 0)
        hit_new(&t, last, len - last, letters);
    while (cut && first < len && is_word(window[first]))
        first++;
    if (first > 0)
        hit_new(&t, 0, first, 0);
}
