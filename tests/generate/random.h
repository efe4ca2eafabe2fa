/* random.h - numbers that look random and follow from a seed. */
#ifndef GENERATE_RANDOM_H
#define GENERATE_RANDOM_H
#include <stdbool.h>
#include <stdint.h>

#define MS  1000000ull /* ns */
#define SEC 1000000000ull

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15ull; /* SplitMix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* From `low` to `high`, both included. */
static inline uint64_t random_between(struct random *r, uint64_t low, uint64_t high)
{
    return low + random_next(r) % (high - low + 1);
}

static inline bool random_percent(struct random *r, unsigned percent)
{
    return random_next(r) % 100 < percent;
}
#endif
