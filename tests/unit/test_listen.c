#include "listen.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static socklen_t loopback(struct sockaddr_storage *sa)
{
    struct sockaddr_in *a = (struct sockaddr_in *)sa;

    memset(sa, 0, sizeof *sa);
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof *a;
}

Test(listen, tells_the_port_that_was_free)
{
    struct sockaddr_storage sa;
    socklen_t len = loopback(&sa);
    const char *why;
    int fd = standin_listen(&sa, &len, 4, &why);

    cr_assert_geq(fd, 0, "%s", why);
    cr_expect_null(why);
    cr_expect_neq(((struct sockaddr_in *)&sa)->sin_port, 0);
    cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

Test(listen, says_why_not)
{
    struct sockaddr_storage sa;
    socklen_t len = loopback(&sa);
    const char *why;
    int first = standin_listen(&sa, &len, 4, &why), second;

    second = standin_listen(&sa, &len, 4, &why);
    cr_expect_eq(second, -1);
    cr_expect_eq(errno, EADDRINUSE);
    cr_expect_str_eq(why, "cannot bind");
    close(first);
}
