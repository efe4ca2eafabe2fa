#include "usage.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_NS    12000000 /* longer than the tick of any usual kernel */
#define SETTLE_TRIES 20

/* Call `each` for `pid` and for its children. */
static void family(pid_t pid, void (*each)(pid_t pid, void *ctx), void *ctx)
{
    char path[64];
    FILE *f;
    int child;

    each(pid, ctx);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    f = fopen(path, "r");
    if (!f)
        return;
    while (fscanf(f, "%d", &child) == 1)
        each((pid_t)child, ctx);
    fclose(f);
}

static void add_cpu(pid_t pid, void *ctx)
{
    uint64_t *sum = ctx;
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0)
        *sum += (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Children that have ended and been waited for; in clock ticks, the kernel keeps nothing finer. */
static uint64_t reaped_ns(pid_t pid)
{
    char path[64], line[1024];
    uint64_t user = 0, sys = 0;
    const char *p;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return 0;
    p = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
    fclose(f);
    if (!p ||
        sscanf(p, ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64,
               &user, &sys) != 2)
        return 0;
    return (user + sys) * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

uint64_t usage_cpu_ns(pid_t pid)
{
    uint64_t sum = reaped_ns(pid);

    family(pid, add_cpu, &sum);
    return sum;
}

uint64_t usage_cpu_settled_ns(pid_t pid)
{
    const struct timespec pause = {0, SETTLE_NS};
    uint64_t was, is = usage_cpu_ns(pid);

    for (int i = 0; i < SETTLE_TRIES; i++) {
        was = is;
        nanosleep(&pause, NULL);
        is = usage_cpu_ns(pid);
        if (is == was)
            break;
    }
    return is;
}

static void add_resident(pid_t pid, void *ctx)
{
    uint64_t *sum = ctx, kib;
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "Rss: %" SCNu64, &kib) == 1)
            *sum += kib * 1024;
    fclose(f);
}

uint64_t usage_resident(pid_t pid)
{
    uint64_t sum = 0;

    family(pid, add_resident, &sum);
    return sum;
}
