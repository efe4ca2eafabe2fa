#include "mask.h"
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
    mask_bytes(a, two, size);
    mask_document(b, one, size);
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

/* Property: an id that was met by its meaning is not shown in a text around it. */
static void once_known(const uint8_t *data, size_t size)
{
    size_t n = data[0] % (size < KNOWN_LEN ? size : KNOWN_LEN);
    const uint8_t *id = data + 1;
    char *met = copy_of(id, n), *list = copy_of(data, size), text[KNOWN_LEN + 4];
    struct mask *m = new_mask();

    mask_account(m, met, n);
    text[0] = '(';
    memcpy(text + 1, id, n);
    text[n + 1] = ')';
    mask_text(m, text, n + 2);
    if (n >= KNOWN_MIN && has_letter(id, n) && memcmp(text + 1, id, n) == 0)
        abort();
    mask_accounts(m, list, size);
    mask_as(m, (enum known_in)(data[0] % 3), list, size);
    mask_document(m, list, size);
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
