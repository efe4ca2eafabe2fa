#include "host.h"
#include "owner.h"
#include "table.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whose a listener is; of real sockets, which are this test's own. */

#ifdef __linux__
#define ELSEWHERE false
#else
#define ELSEWHERE true
#endif

#define SEC 1000000000ull

static struct tws_endpoint gateway = {.family = 4, .addr = {127, 0, 0, 1}};

static int listen_here(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 3) == 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    gateway.port = ntohs(at.sin_port);
    return fd;
}

static uint32_t inode_of(int fd)
{
    struct stat st;

    cr_assert_eq(fstat(fd, &st), 0);
    return (uint32_t)st.st_ino;
}

static struct tws_kernel ask(struct host_owner *o, uint64_t now)
{
    struct tws_kernel k = {0};

    host_owner_facts(o, 0, &gateway, now, &k);
    return k;
}

/* A busy machine may not get through its processes in the time of one walk. */
static struct tws_kernel ask_until_found(struct host_owner *o, uint64_t *now)
{
    struct tws_kernel k = {0};

    for (int i = 0; i < 1000 && !k.owner.pid; i++, *now += 11 * SEC)
        k = ask(o, *now);
    *now -= 11 * SEC;
    return k;
}

Test(owner, of_a_listener_is_found_and_looked_at_anew, .disabled = ELSEWHERE)
{
    struct host_owner o = {0};
    uint64_t now = SEC;
    int fd = listen_here();
    struct tws_kernel k = ask_until_found(&o, &now);

    cr_expect_eq(k.listener, inode_of(fd));
    cr_expect_eq(k.listener_uid, geteuid());
    cr_expect_eq(k.owner.pid, (uint32_t)getpid());
    cr_expect_eq(k.owner.program, TWS_PROGRAM_OTHER);
    cr_expect(k.owner.state == 'R' || k.owner.state == 'S', "%c", k.owner.state);
    cr_expect_str_eq(k.owner.name, "test_owner");

    cr_expect_eq(ask(&o, now + 1).owner.pid, k.owner.pid, "remembered");
    close(fd);
    cr_expect_eq(ask(&o, now + 2).owner.pid, 0, "nobody listens");
    fd = listen_here();
    cr_expect_eq(ask(&o, now + 3).owner.pid, 0, "another one, too soon for another walk");
    now += 11 * SEC;
    cr_expect_eq(ask_until_found(&o, &now).owner.pid, k.owner.pid);
    close(fd);
}

Test(owner, of_a_socket_is_one_of_that_user, .disabled = ELSEWHERE)
{
    int fd = listen_here();
    uint32_t pid = 1;

    cr_expect_eq(host_socket_owner(inode_of(fd), geteuid(), SEC, &pid), HOST_TOLD);
    cr_expect_eq(pid, (uint32_t)getpid());
    cr_expect_neq(host_socket_owner(inode_of(fd), geteuid() + 12345, SEC, &pid), HOST_TOLD);
    cr_expect_eq(pid, 0);
    cr_expect_neq(host_socket_owner(0xfffffff0u, geteuid(), SEC, &pid), HOST_TOLD);
    close(fd);
}

Test(owner, is_not_sought_beyond_the_time_allowed, .disabled = ELSEWHERE)
{
    int fd = listen_here();
    uint32_t pid = 1;

    cr_expect_neq(host_socket_owner(inode_of(fd), geteuid(), 0, &pid), HOST_TOLD);
    cr_expect_eq(pid, 0);
    close(fd);
}

Test(owner, listenings_are_those_of_the_ports_in_their_order, .disabled = ELSEWHERE)
{
    int one = listen_here();
    uint16_t first = gateway.port;
    int two = listen_here();
    const uint16_t ports[] = {gateway.port, 1, first};
    struct host_listening at[3];

    cr_assert_eq(host_listenings(0, ports, 3, at, 3), 2);
    cr_expect(at[0].port == gateway.port && at[1].port == first);
    cr_expect(at[0].inode == inode_of(two) && at[1].inode == inode_of(one));
    cr_expect_eq(host_listenings(0, ports, 3, at, 1), 1, "no room for more");
    close(one);
    close(two);
}

static int listen_at(const char *address, uint16_t number)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(number)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(inet_pton(AF_INET, address, &at.sin_addr), 1);
    cr_assert(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 3) == 0);
    return fd;
}

/* One port, two addresses: as a container's relay beside the Gateway's own. */
Test(owner, of_a_port_is_that_of_the_address, .disabled = ELSEWHERE)
{
    struct tws_endpoint other;
    struct tws_kernel k = {0}, of_other = {0};
    int fd = listen_here(), beside = listen_at("127.0.0.2", gateway.port);

    other = gateway;
    other.addr[3] = 2;
    cr_expect(host_queue_facts(0, &gateway, &k) && k.listener == inode_of(fd));
    cr_expect(host_queue_facts(0, &other, &of_other) && of_other.listener == inode_of(beside));
    close(beside);
    of_other = (struct tws_kernel){0};
    cr_expect_not(host_queue_facts(0, &other, &of_other), "nobody listens there");
    beside = listen_at("127.0.0.2", gateway.port);
    close(fd);
    k = (struct tws_kernel){0};
    cr_expect_not(host_queue_facts(0, &gateway, &k), "and the neighbour does not answer for it");
    close(beside);
}

/* As Java does it: an IPv6 socket at an IPv4 address. */
Test(owner, of_a_port_is_found_behind_a_mapped_address, .disabled = ELSEWHERE)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6};
    struct tws_kernel k = {0};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET6, SOCK_STREAM, 0), off = 0;

    if (fd < 0)
        cr_skip_test("no IPv6 here");
    cr_assert_eq(inet_pton(AF_INET6, "::ffff:127.0.0.1", &at.sin6_addr), 1);
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    cr_assert(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 3) == 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    gateway.port = ntohs(at.sin6_port);
    cr_expect(host_queue_facts(0, &gateway, &k) && k.listener == inode_of(fd));
    close(fd);
}

/* What runs on this machine is not ours to say; that it is the same twice, and never this port, is.
 */
Test(owner, after_a_refusal_is_looked_for_once, .disabled = ELSEWHERE)
{
    struct host_owner o = {0};
    struct tws_kernel k = {0}, again = {0};

    close(listen_here());
    host_refusal_facts(&o, 0, &gateway, SEC, &k);
    cr_expect_neq(k.sibling, gateway.port);
    cr_expect_neq(k.owner.pid, (uint32_t)getpid());
    cr_expect(!k.sibling || !k.idle.pid);
    cr_expect(!k.all_seen || !k.idle.pid);
    host_refusal_facts(&o, 0, &gateway, 2 * SEC, &again);
    cr_expect_eq(o.refused_ns, SEC, "within 10 s it holds");
    cr_expect_eq(again.sibling, k.sibling);
    gateway.port++;
    host_refusal_facts(&o, 0, &gateway, 3 * SEC, &again);
    cr_expect_eq(o.refused_ns, 3 * SEC, "of another port it does not");
}

Test(owner, of_another_machine_is_not_asked_for)
{
    const struct tws_endpoint afar = {.family = 4, .port = 4002, .addr = {203, 0, 113, 7}};
    struct host_owner o = {0};
    struct tws_kernel k = {0};

    host_owner_facts(&o, 0, &afar, SEC, &k);
    host_refusal_facts(&o, 0, &afar, SEC, &k);
    cr_expect(!k.owner.pid && !k.listener && !k.sibling && !k.all_seen && !k.idle.pid);
    cr_expect_eq(o.walked_ns, 0);
    cr_expect_eq(o.refused_ns, 0);
}
