#include "latency.h"
#include <criterion/criterion.h>

Test(latency, of_nothing_is_nothing)
{
    struct tws_latency l = {0};

    cr_expect_eq(tws_latency_at(&l, 50), 0);
    cr_expect_eq(tws_latency_at(&l, 100), 0);
}

Test(latency, is_at_most_a_fifth_too_high)
{
    for (uint64_t ns = 1; ns < (uint64_t)400 * 1000000000; ns = ns * 5 / 4 + 1) {
        struct tws_latency l = {0};
        uint64_t got;

        tws_latency_add(&l, ns);
        tws_latency_add(&l, UINT64_MAX); /* so that the largest is not what limits it */
        got = tws_latency_at(&l, 50);
        cr_expect_geq(got, ns);
        cr_expect_leq(got, ns < 16384 ? 16384 : ns + ns / 4, "%llu for %llu",
                      (unsigned long long)got, (unsigned long long)ns);
    }
}

Test(latency, counts_percent)
{
    struct tws_latency l = {0};

    for (uint64_t ms = 1; ms <= 100; ms++)
        tws_latency_add(&l, ms * 1000000);
    cr_expect_eq(l.n, 100);
    cr_expect(tws_latency_at(&l, 50) >= 50000000 && tws_latency_at(&l, 50) <= 62500000);
    cr_expect(tws_latency_at(&l, 99) >= 99000000);
    cr_expect_eq(tws_latency_at(&l, 100), 100000000);
    cr_expect_eq(l.max_ns, 100000000);
}

Test(latency, never_goes_past_its_largest)
{
    struct tws_latency l = {0};

    tws_latency_add(&l, 5);
    cr_expect_eq(tws_latency_at(&l, 50), 5);
    tws_latency_add(&l, UINT64_MAX);
    cr_expect_eq(tws_latency_at(&l, 99), UINT64_MAX);
}
