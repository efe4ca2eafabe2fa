/* twstap-kernel - what it costs to ask the kernel about sockets, with many of them open.
 *
 *   twstap-kernel CONNECTIONS ROUNDS
 *
 * Opens so many connections over the loopback and asks, ROUNDS times each: about our own socket
 * (TCP_INFO), about the other end of it with its listener's queue and owner (what the relay asks at
 * a silence), whose the listener is when that is not known yet, what there is after a refused dial,
 * and for the whole table twice over (what the doctor asks).  Prints one JSON object: microseconds,
 * the median and the worst. */
#include "host.h"
#include "owner.h"
#include "table.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint16_t port;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_here(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof *at) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0)
        die("listen");
    port = ntohs(at->sin_port);
    return fd;
}

/* The client's end of a connection whose other end is accepted. */
static int connect_here(int listener, const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 ||
        accept(listener, NULL, NULL) < 0)
        die("connect");
    return fd;
}

static void ask_own(int fd)
{
    struct tws_kernel k;

    if (!host_tcp_facts(fd, &k))
        die("host_tcp_facts");
}

static struct tws_endpoint gateway(void)
{
    return (struct tws_endpoint){.family = 4, .port = port, .addr = {127, 0, 0, 1}};
}

static struct host_owner known; /* as the relay finds it when it starts */

static void ask_silence(int fd)
{
    struct tws_endpoint to = gateway();
    struct tws_kernel k;

    if (!host_tcp_facts(fd, &k) || !host_peer_facts(0, fd, &k) || !k.peer_owned)
        die("host_peer_facts");
    host_owner_facts(&known, 0, &to, 1, &k);
    if (k.owner.pid != (uint32_t)getpid())
        die("host_owner_facts");
}

static void ask_owner(int fd)
{
    struct host_owner owner = {0};

    (void)fd;
    host_owner_begin(&owner, 0, port, 1);
    if (owner.owner.pid != (uint32_t)getpid())
        die("host_owner_begin");
}

static void ask_refusal(int fd)
{
    struct host_owner owner = {0};
    struct tws_endpoint to = gateway();
    struct tws_kernel k = {0};

    (void)fd;
    host_refusal_facts(&owner, 0, &to, 1, &k);
}

static void ask_table(int fd)
{
    struct host_table t;

    (void)fd;
    if (host_table_read(&t, &port, 1) != HOST_TOLD)
        die("host_table_read");
    host_table_free(&t);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, void (*ask)(int), int fd, size_t rounds, const char *end)
{
    double *took = calloc(rounds, sizeof *took);

    if (!took)
        die("calloc");
    for (size_t i = 0; i < rounds; i++) {
        double began = now_us();

        ask(fd);
        took[i] = now_us() - began;
    }
    qsort(took, rounds, sizeof *took, by_size);
    printf("\"%s\":{\"median_us\":%.1f,\"worst_us\":%.1f}%s", name, took[rounds / 2],
           took[rounds - 1], end);
    free(took);
}

int main(int argc, char **argv)
{
    size_t n = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct sockaddr_in at;
    int listener, fd = -1;

    if (n == 0 || n > 100000 || rounds == 0 || rounds > 1000000) {
        fputs("usage: twstap-kernel CONNECTIONS ROUNDS\n", stderr);
        return 2;
    }
    (void)host_raise_nofile(2 * n + 64);
    listener = listen_here(&at);
    for (size_t i = 0; i < n; i++)
        fd = connect_here(listener, &at);
    printf("{\"connections\":%zu,\"rounds\":%zu,", n, rounds);
    host_owner_begin(&known, 0, port, 1);
    measure("own_socket", ask_own, fd, rounds, ",");
    measure("silence", ask_silence, fd, rounds, ",");
    measure("owner", ask_owner, fd, rounds, ",");
    measure("refusal", ask_refusal, fd, rounds, ",");
    measure("table", ask_table, fd, rounds, "}\n");
    return 0;
}
