/* host.h - what only the kernel knows; one file for each platform behind this header. */
#ifndef TWS_HOST_H
#define TWS_HOST_H
#include "event.h"
#include <sys/socket.h>

/* Facts about our own connected TCP socket: a few system calls, for the start of a silence and for
 * verdicts, never for polling.  False: this platform cannot tell; *out is then all zero. */
bool host_tcp_facts(int fd, struct tws_kernel *out);

/* The other end of our connected TCP socket, where that is on this machine (in this network
 * namespace): does a process own it, what has it not read, and how full is its listener's queue.
 * Into the members of *out that say so, nothing else; for the start of a silence.  Costs a netlink
 * socket and three requests.  False: it is not there, or this platform cannot tell. */
bool host_peer_facts(int view, int fd, struct tws_kernel *out);

/* The same for a connection that is not ours, by its two ends. */
bool host_end_facts(const struct tws_endpoint *end, const struct tws_endpoint *other,
                    struct tws_kernel *out);

/* The listener's queue alone, while there is no connection yet: how many wait and how many may.
 * False: the address is not of this machine, nobody listens there, or this platform cannot tell. */
bool host_queue_facts(int view, const struct tws_endpoint *listener, struct tws_kernel *out);

/* A view into the network namespace of that process, to be given to the two above and closed by the
 * caller; they take 0 for our own.  Takes CAP_SYS_ADMIN, now and not later.  -1 with errno: EPERM,
 * ESRCH (no such process), ENOSYS (not on this platform). */
int host_view_open(uint32_t pid);

/* For how long this machine has been suspended since it started, ns; 0 also where that cannot be
 * told. */
uint64_t host_slept_ns(void);

/* Nanoseconds since 1970 that never step backwards while the program runs: the wall clock at the
 * first call, moved on by the monotonic clock. */
uint64_t host_now_ns(void);

/* The wall clock, ns since 1970: what packets are dated by.  May step. */
uint64_t host_wall_ns(void);

/* A number that nobody outside can guess. */
uint64_t host_random(void);

/* Raise the limit on open files towards `want` as far as the system lets us; returns the soft limit
 * in force afterwards, 0 when it cannot be read. */
uint64_t host_raise_nofile(uint64_t want);

/* Does a program of this machine (of this network namespace) listen on that TCP port?  Reads the
 * kernel's table: not for each packet.  False also where that cannot be told. */
bool host_listens(uint16_t port);

/* A socket's address without the socket API's types; family 0 for one that is of neither family. */
void host_endpoint(const struct sockaddr *sa, struct tws_endpoint *out);

/* A TCP socket of this family, and the next client of a listener: non-blocking, closed on exec,
 * without SIGPIPE where the platform can promise it.  -1 with errno. */
int host_socket(int family);
int host_accept(int listener, struct sockaddr *from, socklen_t *len);

/* A set of sockets that reports their ends, and nothing else: for those that nobody reads from. Its
 * descriptor is readable while it has something to report; the caller closes it.  -1 with errno:
 * ENOSYS, not on this platform. */
int host_hangups_open(void);

/* Add a socket, which leaves the set when it is closed; `who` is borrowed.  False: errno says why.
 */
bool host_hangups_add(int set, int fd, void *who);

/* Whose FIN or reset has arrived, each once; an end that was there before the socket was added is
 * reported too.  NULL: there is no further one. */
void *host_hangups_next(int set);
#endif
