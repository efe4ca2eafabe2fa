/* hangup.c - sockets whose end is of interest while nobody reads from them. */
#include "host.h"
#include <errno.h>
#include <stddef.h>
#ifdef __linux__
#include <sys/epoll.h>

int host_hangups_open(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

/* Without EPOLLIN and EPOLLOUT only ends are reported, each once, which a loop for readiness cannot
 * ask for: a socket with unread bytes or at the end of its stream is readable all the time. */
bool host_hangups_add(int set, int fd, void *who)
{
    struct epoll_event ev = {.events = EPOLLET | EPOLLRDHUP, .data.ptr = who};

    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) == 0;
}

void *host_hangups_next(int set)
{
    struct epoll_event ev;

    return epoll_wait(set, &ev, 1, 0) == 1 ? ev.data.ptr : NULL;
}
#else
int host_hangups_open(void)
{
    errno = ENOSYS;
    return -1;
}

bool host_hangups_add(int set, int fd, void *who)
{
    (void)set;
    (void)fd;
    (void)who;
    return false;
}

void *host_hangups_next(int set)
{
    (void)set;
    return NULL;
}
#endif
