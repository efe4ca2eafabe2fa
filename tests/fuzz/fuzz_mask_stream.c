#include "mask_stream.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the side and where the rest is cut; the others are the stream.
 *
 * Properties: each character stays one of its kind or becomes 'x', other bytes only change inside
 * accounts and secrets, and then not to a NUL; a copy of a stream's state goes on in the same way;
 * what starts with an id that stands alone is hidden at every cut. */

static char kind(uint8_t c)
{
    return c >= '0' && c <= '9' ? '0' : c >= 'A' && c <= 'Z' ? 'A' : c >= 'a' && c <= 'z' ? 'a' : 0;
}

static void check_kinds(const uint8_t *was, const uint8_t *is, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (was[i] == is[i] || (was[i] != 0 && is[i] == 'x')) /* a secret */
            continue;
        if (is[i] == 0 || was[i] == 0 || (was[i] < 0x80 && kind(was[i]) != kind(is[i])))
            abort();
    }
}

static void check_id(size_t cut)
{
    struct mask_run *m = mask_run_new(); /* one that has learned nothing */
    static const char id[] = "\0\0\0\020"
                             "4 DU1234567 over";
    uint8_t copy[sizeof id - 1];
    struct mask_stream s;
    uint32_t version = 0;

    if (!m)
        abort();
    memcpy(copy, id, sizeof copy);
    cut %= sizeof copy;
    mask_stream_start(&s, TWS_GATEWAY);
    mask_stream_bytes(m, &s, &version, copy, cut);
    mask_stream_bytes(m, &s, &version, copy + cut, sizeof copy - cut);
    for (size_t i = 8; i < 15; i++)
        if (copy[i] == (uint8_t)id[i])
            abort();
    if (memcmp(copy, id, 8) != 0 || memcmp(copy + 15, id + 15, sizeof copy - 15) != 0)
        abort();
    mask_run_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mask_run *m = mask_run_new();
    uint32_t version = 0;
    struct mask_stream s, again;
    uint8_t *one, *two;
    size_t step, n;

    if (!m)
        abort();
    if (size < 1 || size > 4096) {
        mask_run_free(m);
        return 0;
    }
    n = size - 1;
    step = data[0] / 4 + 1;
    one = malloc(n + 1);
    two = malloc(n + 1);
    if (!one || !two)
        abort();
    memcpy(one, data + 1, n);
    memcpy(two, data + 1, n);
    if (data[0] & 2)
        mask_stream_lost(&s, TWS_GATEWAY);
    else
        mask_stream_start(&s, data[0] & 1 ? TWS_CLIENT : TWS_GATEWAY);
    for (size_t at = 0; at < n; at += step) {
        size_t len = n - at < step ? n - at : step;

        uint32_t version_again = version;

        again = s;
        mask_stream_bytes(m, &s, &version, one + at, len);
        mask_stream_bytes(m, &again, &version_again, two + at, len);
        /* What the piece has taught may hide more of it the second time, never less. */
        if (version != version_again || again.held != s.held)
            abort();
    }
    check_kinds(data + 1, one, n);
    check_kinds(data + 1, two, n);
    check_id(data[0]);
    free(one);
    free(two);
    mask_run_free(m);
    return 0;
}
