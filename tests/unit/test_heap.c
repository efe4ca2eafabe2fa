#include "heap.h"
#include <criterion/criterion.h>
#include <stdlib.h>

#define N 500

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void expect_in_order(struct heap *h)
{
    uint64_t last = 0;

    while (heap_first(h)) {
        struct heap_entry *e = heap_first(h);

        cr_assert_geq(e->at, last);
        last = e->at;
        heap_drop(h, e);
        cr_assert_eq(e->place, 0);
    }
}

Test(heap, gives_the_first_first)
{
    struct heap h = {0};
    struct heap_entry e[N] = {{0}};
    uint64_t seed = 7;

    cr_expect_null(heap_first(&h));
    for (size_t i = 0; i < N; i++)
        cr_assert(heap_put(&h, &e[i], next_random(&seed) % 1000));
    cr_expect_eq(h.n, N);
    expect_in_order(&h);
    heap_free(&h);
}

Test(heap, moves_and_takes_out_what_is_inside)
{
    struct heap h = {0};
    struct heap_entry e[N] = {{0}};
    uint64_t seed = 11;

    for (int round = 0; round < 20000; round++) {
        struct heap_entry *at = &e[next_random(&seed) % N];
        const struct heap_entry *least = NULL;

        if (next_random(&seed) % 4)
            cr_assert(heap_put(&h, at, next_random(&seed) % 1000));
        else
            heap_drop(&h, at);
        if (round % 100)
            continue;
        for (size_t i = 0; i < N; i++) {
            if (e[i].place && (!least || e[i].at < least->at))
                least = &e[i];
        }
        cr_assert_eq(heap_first(&h) ? heap_first(&h)->at : 0, least ? least->at : 0);
    }
    expect_in_order(&h);
    heap_drop(&h, &e[0]); /* not in: nothing happens */
    heap_free(&h);
}
