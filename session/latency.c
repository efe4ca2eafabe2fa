/* latency.c - first answers counted by how long they took. */
#include "latency.h"

#define FIRST 14u /* log2 of the first bucket's end, ns */
#define PARTS 2u  /* log2 of the buckets to a doubling */

static uint32_t bucket_of(uint64_t ns)
{
    uint32_t log = FIRST, at;

    if (ns >> FIRST == 0)
        return 0;
    while (log < 63 && ns >> (log + 1) != 0)
        log++;
    at = 1 + ((log - FIRST) << PARTS) + ((uint32_t)(ns >> (log - PARTS)) & ((1u << PARTS) - 1));
    return at < TWS_LATENCY_BUCKETS ? at : TWS_LATENCY_BUCKETS - 1;
}

static uint64_t end_of(uint32_t bucket)
{
    uint32_t log = FIRST + ((bucket - 1) >> PARTS), part = (bucket - 1) & ((1u << PARTS) - 1);

    return bucket == 0 ? (uint64_t)1 << FIRST
                       : (uint64_t)((1u << PARTS) + part + 1) << (log - PARTS);
}

void tws_latency_add(struct tws_latency *l, uint64_t ns)
{
    if (l->n == UINT32_MAX)
        return;
    l->n++;
    l->bucket[bucket_of(ns)]++;
    if (ns > l->max_ns)
        l->max_ns = ns;
}

uint64_t tws_latency_at(const struct tws_latency *l, unsigned percent)
{
    uint64_t rank = ((uint64_t)l->n * percent + 99) / 100, seen = 0;

    for (uint32_t i = 0; i < TWS_LATENCY_BUCKETS && l->n > 0; i++) {
        seen += l->bucket[i];
        if (seen >= rank && seen > 0)
            return i + 1 < TWS_LATENCY_BUCKETS && end_of(i) < l->max_ns ? end_of(i) : l->max_ns;
    }
    return l->max_ns;
}
