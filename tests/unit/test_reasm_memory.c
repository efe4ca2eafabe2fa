#include "reasm.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The linker sends the reassembly's allocations here (--wrap). */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool armed;      /* only around the calls under test */
static unsigned refuse; /* which allocation from now on is refused, from 1; 0: none */
static bool for_good;   /* and all after it */

static bool granted(void)
{
    if (!armed || refuse == 0)
        return true;
    if (refuse > 1) {
        refuse--;
        return true;
    }
    refuse = for_good ? 1 : 0;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return granted() ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *p, size_t size)
{
    return granted() ? __real_realloc(p, size) : NULL;
}

#define STREAM 64u

struct sink {
    uint32_t at;
    uint64_t gaps, missing, fins;
    bool wrong;
};

static void on_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct sink *k = ctx;

    for (size_t i = 0; i < n; i++)
        k->wrong |= p[i] != (uint8_t)(k->at + i);
    k->at += (uint32_t)n;
}

static void on_gap(void *ctx, uint64_t missing)
{
    struct sink *k = ctx;

    k->at += (uint32_t)missing;
    k->missing += missing;
    k->gaps++;
}

static void on_fin(void *ctx)
{
    struct sink *k = ctx;

    k->fins++;
}

/* Segments behind a hole: apart, then joined, then the index grows; filled in the end. */
static void play(struct sink *k)
{
    struct reasm_out out = {on_bytes, on_gap, on_fin, k};
    struct reasm_limits limits = {UINT64_MAX, UINT64_MAX, 1000};
    struct reasm_pool pool = {.limit = 10000};
    struct reasm r;
    uint8_t bytes[STREAM];

    for (uint32_t i = 0; i < STREAM; i++)
        bytes[i] = (uint8_t)i;
    reasm_init(&r);
    reasm_start(&r, 0u - 20);
    for (uint32_t from = 3; from < STREAM; from += from < 40 ? 3 : 2)
        reasm_segment(&r, &limits, &pool, &out, 0u - 20 + from, bytes + from, 2, 2, false, 0);
    reasm_segment(&r, &limits, &pool, &out, 0u - 20, bytes, STREAM, STREAM, true, 0);
    k->wrong |= k->at != STREAM || k->fins != 1 || r.held != 0 || pool.held != 0;
    reasm_free(&r, &pool);
}

Test(reasm_memory, refused_makes_the_first_hole_a_gap_and_nothing_else)
{
    for (for_good = false;; for_good = true) {
        unsigned n = 1;

        for (;; n++) {
            struct sink k = {0};

            refuse = n;
            armed = true;
            play(&k);
            armed = false;
            cr_expect(!k.wrong, "the %u-th allocation refused", n);
            if (refuse > 0 && !(for_good && refuse == 1 && k.gaps > 0)) {
                cr_expect_eq(k.gaps, 0, "nothing was refused");
                break;
            }
            /* What joins a piece can be held apart as well: that is no gap. */
            cr_expect(for_good ? k.gaps > 0 : k.gaps <= 1, "the %u-th refused: %llu gaps", n,
                      (unsigned long long)k.gaps);
        }
        cr_expect_gt(n, 12);
        if (for_good)
            break;
    }
}
