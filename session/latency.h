/* latency.h - how long first answers took, in a histogram of fixed size.
 *
 * Four buckets to each doubling from 16 us on: a percentile is at most a fifth too high. */
#ifndef TWS_LATENCY_H
#define TWS_LATENCY_H
#include <stdint.h>

#define TWS_LATENCY_BUCKETS 104u

struct tws_latency {
    uint32_t n;
    uint32_t bucket[TWS_LATENCY_BUCKETS];
    uint64_t max_ns;
};

void tws_latency_add(struct tws_latency *l, uint64_t ns);

/* So many percent of the answers took this long at most, ns; 0: there are none. */
uint64_t tws_latency_at(const struct tws_latency *l, unsigned percent);
#endif
