#include "mask.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Property: masking keeps every length and every byte that is no capital letter or digit, finds
 * nothing more in what it has masked, and is the same for the same run of texts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mask *a = mask_new(false), *b = mask_new(false);
    char *one = malloc(size + 1), *two = malloc(size + 1);

    if (!a || !b || !one || !two)
        abort();
    memcpy(one, data, size);
    memcpy(two, data, size);
    mask_text(a, one, size);
    mask_text(b, two, size);
    if (memcmp(one, two, size) != 0)
        abort();
    for (size_t i = 0; i < size; i++)
        if (one[i] != (char)data[i] && (data[i] < '0' || data[i] > '9'))
            abort();
    mask_bytes(a, two, size);
    mask_accounts(a, two, size);
    mask_account(b, one, size);
    free(one);
    free(two);
    mask_free(a);
    mask_free(b);
    return 0;
}
