#include "host.h"
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The difference of the two clocks is taken once: afterwards a step of the wall clock (ntpdate, a
 * user) can neither raise a silence nor hide one. */
uint64_t host_now_ns(void)
{
    static uint64_t wall_minus_monotonic;

    if (wall_minus_monotonic == 0)
        wall_minus_monotonic = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
    return wall_minus_monotonic + clock_ns(CLOCK_MONOTONIC);
}

uint64_t host_slept_ns(void)
{
#ifdef CLOCK_BOOTTIME /* goes on while the machine sleeps; the monotonic clock does not */
    uint64_t awake = clock_ns(CLOCK_MONOTONIC), all = clock_ns(CLOCK_BOOTTIME);
    uint64_t slept = all > awake ? all - awake : 0;

    return slept / 1000000000u * 1000000000u; /* the two are not read at once */
#else
    return 0;
#endif
}

uint64_t host_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

uint64_t host_random(void)
{
    uint64_t n;

    if (getentropy(&n, sizeof n) != 0) /* a kernel without it: hard to guess is the best there is */
        n = clock_ns(CLOCK_REALTIME) ^ clock_ns(CLOCK_MONOTONIC) << 32 ^ (uint64_t)getpid();
    return n;
}

uint64_t host_raise_nofile(uint64_t want)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 0;
    if (r.rlim_cur < want) {
        r.rlim_cur = r.rlim_max == RLIM_INFINITY || r.rlim_max > want ? want : r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
        (void)getrlimit(RLIMIT_NOFILE, &r);
    }
    return r.rlim_cur;
}
