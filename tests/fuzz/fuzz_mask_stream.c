#include "mask_stream.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the side and where the rest is cut; the others are the stream.
 *
 * Properties: each character stays one of its kind or becomes 'x', other bytes only change inside
 * accounts and secrets, and then not to a NUL, unless they are blacked out; what is lost is black
 * until frames are found; a copy of a stream's state goes on in the same way; what starts with an
 * id that stands alone is hidden at every cut; behind a gap of any size no secret is seen. */

static char kind(uint8_t c)
{
    return c >= '0' && c <= '9' ? '0' : c >= 'A' && c <= 'Z' ? 'A' : c >= 'a' && c <= 'z' ? 'a' : 0;
}

static void check_kinds(const uint8_t *was, const uint8_t *is, size_t n, struct mask_black black)
{
    for (size_t i = 0; i < n; i++) {
        if (i >= black.from && i < black.to && is[i] == 'x')
            continue;
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

#define SECRET "Quillon7x Household"
#define PLANTED                                                                                    \
    "\0\0\0\031"                                                                                   \
    "15\0001\000" SECRET "\0"                                                                      \
    "\0\0\0\061"                                                                                   \
    "61\0003\000" SECRET "\00012345\0IBM\0STK\0\0000\0\0\0NYSE\0"                                  \
    "\0\0\0\067"                                                                                   \
    "16\0001\0001\000<Group><name>" SECRET "</name></Group>\0"                                     \
    "\0\0\0\031"                                                                                   \
    "\0\0\0\327\012\023" SECRET

static bool holds_part(const uint8_t *p, size_t n)
{
    for (size_t at = 0; at + 6 <= sizeof SECRET - 1; at++)
        for (size_t i = 0; i + 6 <= n; i++)
            if (memcmp(p + i, &SECRET[at], 6) == 0)
                return true;
    return false;
}

/* Frames with secrets, of which some bytes are missing and all others come in pieces. */
static void check_gap(const uint8_t *data, size_t size)
{
    static const char planted[] = PLANTED PLANTED;
    const size_t n = sizeof planted - 1;
    size_t from = size > 1 ? data[1] % n : 0, missing = size > 2 ? data[2] : 1;
    size_t step = size > 3 ? data[3] % 50 + 1u : n, to = from + missing < n ? from + missing : n;
    struct mask_run *m = mask_run_new();
    uint8_t copy[sizeof planted];
    struct mask_stream s;
    uint32_t version = size > 4 ? data[4] : 0;

    if (!m)
        abort();
    memcpy(copy, planted, n);
    memset(copy + from, 0, to - from);
    mask_stream_start(&s, TWS_GATEWAY);
    for (size_t at = 0; at < from; at += step)
        mask_stream_bytes(m, &s, &version, copy + at, from - at < step ? from - at : step);
    mask_stream_gap(&s, to - from);
    for (size_t at = to; at < n; at += step)
        mask_stream_bytes(m, &s, &version, copy + at, n - at < step ? n - at : step);
    if (holds_part(copy, n))
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
        bool lost = mask_stream_is_lost(&s);
        struct mask_black black, black_again;

        again = s;
        black = mask_stream_bytes(m, &s, &version, one + at, len);
        black_again = mask_stream_bytes(m, &again, &version_again, two + at, len);
        /* What the piece has taught may hide more of it the second time, never less. */
        if (version != version_again || again.held != s.held || !mask_stream_same_place(&s, &again))
            abort();
        if (black.from != black_again.from || black.to != black_again.to || black.to > len)
            abort();
        if (lost && (black.from != 0 || black.to != len || black.bytes != len))
            abort();
        check_kinds(data + 1 + at, one + at, len, black);
        check_kinds(data + 1 + at, two + at, len, black);
        if (lost)
            mask_stream_found(&s, TWS_GATEWAY, at % 2);
    }
    check_gap(data, size);
    check_id(data[0]);
    free(one);
    free(two);
    mask_run_free(m);
    return 0;
}
