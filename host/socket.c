#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
int host_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int host_accept(int listener, struct sockaddr *from, socklen_t *len)
{
    return accept4(listener, from, len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#else /* macOS */
static int prepared(int fd)
{
    int one = 1;

    if (fd < 0)
        return fd;
#ifdef SO_NOSIGPIPE
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    close(fd);
    return -1;
}

int host_socket(int family)
{
    return prepared(socket(family, SOCK_STREAM, 0));
}

int host_accept(int listener, struct sockaddr *from, socklen_t *len)
{
    return prepared(accept(listener, from, len));
}
#endif

void host_endpoint(const struct sockaddr *sa, struct tws_endpoint *out)
{
    *out = (struct tws_endpoint){0};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, sa, sizeof in);
        out->family = 4;
        out->port = ntohs(in.sin_port);
        memcpy(out->addr, &in.sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, sa, sizeof in6);
        out->family = 6;
        out->port = ntohs(in6.sin6_port);
        out->scope = in6.sin6_scope_id;
        memcpy(out->addr, &in6.sin6_addr, 16);
    }
}
