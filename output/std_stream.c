/* std_stream.c - descriptions of our own for shared streams, or a child that waits in our place. */
#include "std_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define PUMP_CHUNK    16384u
#define DESCRIPTORS   65536 /* the most that the child looks through */
#define LOOK_EVERY_NS 5000000

/* ---- a description of our own ---- */

static int open_again(const char *path)
{
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

#ifdef __linux__
static int open_same(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open_again(path);
}
#else
/* Elsewhere /dev/fd/N is the same description, and a pipe has no name. */
static int open_same(int fd)
{
    char path[256];

    errno = ENOTTY;
    return isatty(fd) && ttyname_r(fd, path, sizeof path) == 0 ? open_again(path) : -1;
}
#endif

int std_stream_own(int fd)
{
    struct stat st, now;
    int own;

    if (fstat(fd, &st) != 0)
        return -1;
    if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(fd))) {
        errno = ENOTTY;
        return -1;
    }
    own = open_same(fd);
    if (own < 0)
        return -1;
    if (fstat(own, &now) == 0 && now.st_rdev == st.st_rdev && now.st_ino == st.st_ino)
        return own;
    (void)close(own);
    errno = ENXIO;
    return -1;
}

bool std_stream_same(int a, int b)
{
    struct stat at, bt;

    return fstat(a, &at) == 0 && fstat(b, &bt) == 0 && at.st_dev == bt.st_dev &&
           at.st_ino == bt.st_ino;
}

/* ---- a child that waits ---- */

static void close_others(int from, int to)
{
    struct rlimit limit;
    int most = DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS)
        most = (int)limit.rlim_cur;
    for (int fd = 0; fd < most; fd++)
        if (fd != from && fd != to)
            (void)close(fd);
}

static bool write_all(int to, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(to, bytes, n);

        if (done < 0 && errno == EAGAIN) { /* whoever gave it to us made it so */
            struct pollfd p = {.fd = to, .events = POLLOUT};

            (void)poll(&p, 1, -1);
            continue;
        }
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static void pump(int from, int to)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGTTOU};
    char bytes[PUMP_CHUNK];
    ssize_t n;

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        (void)signal(ignored[i], SIG_IGN);
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    close_others(from, to);
    do {
        n = read(from, bytes, sizeof bytes);
    } while ((n > 0 && write_all(to, bytes, (size_t)n)) || (n < 0 && errno == EINTR));
    _exit(0);
}

/* A descriptor of ours, not inherited by what we may execute. */
static void mark(int fd, bool nonblocking)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (nonblocking)
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int std_stream_pump(int fd, pid_t *child)
{
    int ends[2];

    if (pipe(ends) != 0)
        return -1;
    mark(ends[0], false);
    mark(ends[1], true);
    *child = fork();
    if (*child == 0)
        pump(ends[0], fd);
    (void)close(ends[0]);
    if (*child > 0)
        return ends[1];
    (void)close(ends[1]);
    *child = 0;
    return -1;
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void std_stream_end(pid_t child, int wait_ms)
{
    const struct timespec pause = {.tv_nsec = LOOK_EVERY_NS};
    int64_t until = now_ms() + wait_ms;

    if (child <= 0)
        return;
    while (waitpid(child, NULL, WNOHANG) == 0) {
        if (now_ms() >= until) {
            (void)kill(child, SIGKILL);
            until = INT64_MAX; /* gone in a moment */
        }
        (void)nanosleep(&pause, NULL);
    }
}
