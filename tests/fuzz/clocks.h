/* clocks.h - times as a hostile file holds them, picked by one byte of the input. */
#ifndef TWS_CLOCKS_H
#define TWS_CLOCKS_H
#include "moment.h"

static inline uint64_t hostile_clock(uint8_t pick)
{
    static const uint64_t clocks[] = {
        0,
        1,
        1000000000u,
        1700000000000000000u,
        1700000010000000000u,
        1ull << 62,
        TWS_TIME_LAST - 20000000000u,
        TWS_TIME_LAST - 1,
        TWS_TIME_LAST,
        TWS_TIME_LAST + 1,
        TWS_NEVER - 3000000000u,
        TWS_NEVER,
    };
    const unsigned n = sizeof clocks / sizeof clocks[0];

    return clocks[pick % n] + (uint64_t)(pick / n) * 500000000u; /* may wrap */
}
#endif
