/* usage.h - what a process and its children have used: time on a CPU, and memory. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H
#include <stdint.h>
#include <sys/types.h>

/* User and system time so far, ns, of `pid`, its living children and those it has reaped.  Exact
 * once the process sleeps; a process that runs is up to a clock tick behind. */
uint64_t usage_cpu_ns(pid_t pid);

/* As usage_cpu_ns, when the process has come to rest, or after a quarter of a second. */
uint64_t usage_cpu_settled_ns(pid_t pid);

/* Resident memory of `pid` and its living children, bytes; pages they share count for each. */
uint64_t usage_resident(pid_t pid);
#endif
