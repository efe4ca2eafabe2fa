#include "listen.h"
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static const char *listen_on(int fd, struct sockaddr_storage *sa, socklen_t *len, int backlog)
{
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)sa, *len) != 0)
        return "cannot bind";
    if (listen(fd, backlog) != 0)
        return "cannot listen";
    *len = sizeof *sa;
    return getsockname(fd, (struct sockaddr *)sa, len) != 0 ? "cannot tell the address" : NULL;
}

int standin_listen(struct sockaddr_storage *sa, socklen_t *len, int backlog, const char **why)
{
    int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int saved;

    *why = fd < 0 ? "no socket" : listen_on(fd, sa, len, backlog);
    if (!*why)
        return fd;
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}
