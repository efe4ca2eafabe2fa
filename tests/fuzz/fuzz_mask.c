#include "mask.h"
#include "search.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mask *new_mask(void)
{
    struct mask *m = mask_new(false);

    if (!m)
        abort();
    return m;
}

static char *copy_of(const uint8_t *data, size_t size)
{
    char *to = malloc(size + 1);

    if (!to)
        abort();
    memcpy(to, data, size);
    return to;
}

/* Property: where nothing is known, masking keeps every byte that is no capital letter or digit,
 * and is the same for the same run of texts. */
static void by_form(const uint8_t *data, size_t size)
{
    struct mask *a = new_mask(), *b = new_mask();
    char *one = copy_of(data, size), *two = copy_of(data, size);

    mask_text(a, one, size);
    mask_text(b, two, size);
    if (memcmp(one, two, size) != 0)
        abort();
    for (size_t i = 0; i < size; i++)
        if (one[i] != (char)data[i] && (data[i] < '0' || data[i] > '9'))
            abort();
    free(one);
    free(two);
    mask_free(a);
    mask_free(b);
}

/* A letter that no mask is made of: one of 'x' and a digit may be masked as itself. */
static bool has_letter(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z' && p[i] != 'x')
            return true;
    return false;
}

static void hit(void *ctx, size_t at, size_t len, size_t kept)
{
    const struct search *s = ctx;

    if (at > s->len || len > s->len - at || kept > len || len == 0)
        abort();
}

/* What is found lies in the text. */
static void search_in(struct mask *m, uint8_t how, const char *text, size_t len)
{
    struct search s = {.known = mask_learned(m),
                       .text = text,
                       .len = len,
                       .in = (enum known_in)(how % 3),
                       .lengths = how & 4,
                       .hit = hit,
                       .ctx = &s};

    search_ids(&s);
}

/* Marks of every kind at any place. */
static void any_marks(struct mask *m, const uint8_t *data, char *text, size_t len)
{
    struct tws_marks marks = {.n = 0};

    for (size_t i = 0; i + 1 < len && marks.n < 16; i += 2)
        marks.of[marks.n++] = (struct tws_mark){
            data[i], data[i + 1], (uint8_t)(data[i] % TWS_MARK_KINDS), data[i + 1] & 3};
    mask_marks(m, &marks, data[0] & 7, text, len);
}

/* One id of a list: a comma or a slash would make two of it, each perhaps too short to be known. */
static bool is_one(const uint8_t *id, size_t n)
{
    return !memchr(id, ',', n) && !memchr(id, '/', n);
}

/* Property: an id that was met by its meaning is not shown in a text around it. */
static void once_known(const uint8_t *data, size_t size)
{
    size_t n = data[0] % (size < KNOWN_LEN ? size : KNOWN_LEN);
    const uint8_t *id = data + 1;
    char *met = copy_of(id, n), *list = copy_of(data, size), text[KNOWN_LEN + 4];
    struct mask *m = new_mask();

    mask_accounts(m, met, n);
    text[0] = '(';
    memcpy(text + 1, id, n);
    text[n + 1] = ')';
    mask_text(m, text, n + 2);
    if (n >= KNOWN_MIN && is_one(id, n) && has_letter(id, n) && memcmp(text + 1, id, n) == 0)
        abort();
    search_in(m, data[0], list, size);
    mask_accounts(m, list, size);
    any_marks(m, data, list, size);
    free(met);
    free(list);
    mask_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    by_form(data, size);
    if (size > 1)
        once_known(data, size);
    return 0;
}
