/* host.h - what only the kernel knows; one file for each platform behind this header. */
#ifndef TWS_HOST_H
#define TWS_HOST_H
#include "event.h"

/* Facts about our own connected TCP socket: a few system calls, for the start of a silence and for
 * verdicts, never for polling.  False: this platform cannot tell; *out is then all zero. */
bool host_tcp_facts(int fd, struct tws_kernel *out);

/* Nanoseconds since 1970 that never step backwards while the program runs: the wall clock at the
 * first call, moved on by the monotonic clock. */
uint64_t host_now_ns(void);

/* A high-resolution limit on open files as far as the system lets us raise it; returns the soft
 * limit in force afterwards. */
uint64_t host_raise_nofile(uint64_t want);
#endif
