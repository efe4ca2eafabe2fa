#include "table.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The text of /proc/PID/stat, and the table of real sockets. */

#define REST " 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 33 0 9000 100 200"

static bool parse(const char *text, struct host_process *p)
{
    return host_stat_parse(text, strlen(text), 100, p);
}

Test(table, stat_of_a_process)
{
    struct host_process p;

    cr_assert(parse("4711 (java) S" REST "\n", &p));
    cr_expect_eq(p.pid, 4711);
    cr_expect_eq(p.state, 'S');
    cr_expect_str_eq(p.comm, "java");
    cr_expect_eq(p.cpu_ms, 2000);
    cr_expect_eq(p.threads, 33);
    cr_expect_eq(p.started, 9000);
}

Test(table, a_name_may_hold_anything)
{
    struct host_process p;

    cr_assert(parse("1 (a) T (b)) T" REST, &p));
    cr_expect_str_eq(p.comm, "a) T (b)");
    cr_expect_eq(p.state, 'T');
    cr_assert(parse("1 () S -1 2 3 4 -5 6 7 8 9 10 150 50 0 0 -20 0 33 0 9000", &p));
    cr_expect_str_eq(p.comm, "");
}

Test(table, what_is_no_stat_is_refused_at_every_cut)
{
    const char text[] = "4711 (java) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 33 0 9";
    struct host_process p;

    for (size_t n = 0; n < sizeof text - 2; n++)
        cr_expect_not(host_stat_parse(text, n, 100, &p), "cut at %zu", n);
    cr_expect(host_stat_parse(text, sizeof text - 1, 100, &p));
    cr_expect_not(host_stat_parse(text, sizeof text - 1, 0, &p));
    cr_expect_not(parse("x (java) S" REST, &p));
    cr_expect_not(parse("1 )java( S" REST, &p));
}

Test(table, numbers_without_end_do_not_wrap)
{
    struct host_process p;

    cr_assert(parse("1 (x) R 1 2 3 4 5 6 7 8 9 10 99999999999999999999999 "
                    "99999999999999999999999 0 0 20 0 99999999999999999999999 0 1",
                    &p));
    cr_expect_eq(p.threads, UINT32_MAX);
    cr_expect_eq(p.cpu_ms, 0);
}

Test(table, words)
{
    char two[] = "java\0-x\0\0", none[] = "\0";

    host_words(two, 9);
    cr_expect_str_eq(two, "java -x");
    host_words(none, 0);
    cr_expect_str_eq(none, "");
}

#ifdef __linux__
static const struct host_row *find(const struct host_table *t, enum host_state s, uint16_t port)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].state == s && t->rows[i].local.port == port)
            return &t->rows[i];
    return NULL;
}

Test(table, of_real_sockets)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6};
    socklen_t len = sizeof at;
    int off = 0, listener = socket(AF_INET6, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct host_row *row;
    struct host_table t;
    uint16_t port;

    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    cr_assert(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 5) == 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    to.sin_port = at.sin6_port;
    port = ntohs(at.sin6_port);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    cr_assert_eq(send(fd, "hello", 5, 0), 5);

    cr_assert_eq(host_table_read(&t, &port, 1), HOST_TOLD);
    cr_assert_eq(host_table_owners(&t), HOST_TOLD);
    row = find(&t, HOST_LISTEN, port);
    cr_assert_not_null(row);
    cr_expect(row->recv_q == 1 && row->send_q == 5 && !row->only_six);
    cr_expect_eq(row->pid, (uint32_t)getpid());
    cr_expect_eq(row->uid, (uint32_t)getuid());
    row = find(&t, HOST_ESTABLISHED, port);
    cr_assert_not_null(row);
    cr_expect(row->inode == 0 && row->pid == 0 && row->recv_q == 5 && row->tcp_known);
    cr_expect(row->local.family == 4 && row->remote.family == 4, "IPv4 in an IPv6 socket");
    host_table_free(&t);
    close(fd);
    cr_assert_eq(host_table_read(&t, &port, 1), HOST_TOLD);
    row = find(&t, HOST_CLOSE_WAIT, port);
    cr_expect(row && row->inode == 0 && row->recv_q == 6, "a FIN counts as one");
    host_table_free(&t);
    close(listener);
}

Test(table, of_this_process)
{
    struct host_process p;

    cr_assert_eq(host_process((uint32_t)getpid(), &p), HOST_TOLD);
    cr_expect_eq(p.state, 'R');
    cr_expect_eq(p.uid, (uint32_t)getuid());
    cr_expect(p.comm[0] != 0 && p.threads >= 1 && p.started > 0);
    cr_expect_eq(host_process(4194303, &p), HOST_NOT_THERE);
    cr_expect_not(host_other_net((uint32_t)getpid()));
    cr_expect_eq(host_enter_net(4194303), HOST_NOT_THERE);
}

Test(table, addresses_of_this_machine)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&a;

    in->sin_family = AF_INET;
    in->sin_port = htons(4002);
    in->sin_addr.s_addr = htonl(0x7f000001);
    cr_expect(host_is_here(&a, sizeof *in));
    in->sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1: for documents only */
    cr_expect_not(host_is_here(&a, sizeof *in));
}
#endif
