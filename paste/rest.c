/* rest.c - see rest.h. */
#include "rest.h"
#include <string.h>

bool rest_begins(struct rest r, const char *text)
{
    size_t n = strlen(text);

    return r.n >= n && memcmp(r.p, text, n) == 0;
}

size_t rest_find(struct rest r, const char *text)
{
    for (size_t i = 0; i < r.n; i++)
        if (rest_begins((struct rest){r.p + i, r.n - i}, text))
            return i;
    return r.n;
}
