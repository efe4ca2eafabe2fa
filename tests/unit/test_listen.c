#include "host.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <unistd.h>

Test(listen, is_known_of_a_port_while_it_lasts)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    int fd = host_socket(AF_INET);

    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0);
    cr_assert(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
#ifdef __linux__
    cr_expect(host_listens(ntohs(a.sin_port)));
#endif
    close(fd);
    cr_expect_not(host_listens(ntohs(a.sin_port)));
}
