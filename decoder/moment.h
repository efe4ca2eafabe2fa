/* moment.h - arithmetic on times, none of which can be trusted: files hold any.
 *
 * A time is in ns since 1970-01-01 UTC, from 1 (0: none) to TWS_TIME_LAST; a span is in ns. Whoever
 * takes a time from outside clamps it with tws_moment; sums then never wrap, and a deadline that
 * lies behind the last time is never reached: it is none. */
#ifndef TWS_MOMENT_H
#define TWS_MOMENT_H
#include <stdint.h>

#define TWS_TIME_LAST ((uint64_t)INT64_MAX) /* in the year 2262 */
#define TWS_NEVER     UINT64_MAX            /* a deadline that cannot be reached */

/* `ns` as a time: the nearest that there is. */
static inline uint64_t tws_moment(uint64_t ns)
{
    return ns == 0 ? 1 : ns > TWS_TIME_LAST ? TWS_TIME_LAST : ns;
}

/* `span` after `at`; TWS_NEVER when that lies behind the last time. */
static inline uint64_t tws_after(uint64_t at, uint64_t span)
{
    return at > TWS_TIME_LAST || span > TWS_TIME_LAST - at ? TWS_NEVER : at + span;
}

/* How long `to` is after `from`; 0 when it is not: what came after an end did not last up to it. */
static inline uint64_t tws_between(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

/* `n` times a span; the longest one when that is more. */
static inline uint64_t tws_times(uint64_t n, uint64_t span)
{
    return span != 0 && n > TWS_TIME_LAST / span ? TWS_TIME_LAST : n * span;
}
#endif
