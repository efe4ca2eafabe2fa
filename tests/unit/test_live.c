#include "craft.h"
#include "privilege.h"
#include "source.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/ioctl.h>

/* Real packets on devices of a network namespace of each test's own, so that nothing else is seen
 * on them; needs root. */

#define WAIT_MS 5000 /* for a packet that is on its way: never reached when all is well */

static char error[SOURCE_ERROR_MAX];

static bool set_up(const char *device, bool up)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r = {0};
    bool done;

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", device);
    done = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0;
    r.ifr_flags = (short)(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
    done = done && ioctl(fd, SIOCSIFFLAGS, &r) == 0;
    close(fd);
    return done;
}

static bool own_network(void)
{
    if (unshare(CLONE_NEWNET) == 0 && set_up("lo", true))
        return true;
    fprintf(stderr, "skipped: no right to make a network namespace\n");
    return false;
}

static bool pair_of_devices(void)
{
    if (own_network() && system("ip link add tw0 type veth peer name tw1 2>/dev/null") == 0 &&
        set_up("tw0", true) && set_up("tw1", true))
        return true;
    fprintf(stderr, "skipped: no pair of devices\n");
    return false;
}

static struct source *open_live(const char *device, const uint16_t *ports, size_t n)
{
    struct source_live live = {.device = device, .ports = ports, .n_ports = n};
    enum source_refusal why;
    struct source *s = source_device(&live, &why, error);

    cr_assert_neq(s, NULL, "%s", error);
    cr_assert_eq(why, SOURCE_OK);
    return s;
}

/* As the event loop would: pull until there is nothing, wait for the descriptor, pull again. */
static enum source_status next(struct source *s, struct packet *out)
{
    enum source_status status = source_next(s, out);
    uint64_t every;
    struct pollfd fd = {.fd = source_fd(s, &every), .events = POLLIN};

    while (status == SOURCE_LATER && poll(&fd, 1, every ? (int)(every / 1000000) + 1 : WAIT_MS) > 0)
        status = source_next(s, out);
    return status;
}

static int listener(struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *at;

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)at, len) == 0 && listen(fd, 1) == 0 &&
              getsockname(fd, (struct sockaddr *)at, &len) == 0);
    return fd;
}

/* Connect, say something, and leave. */
static void talk(const struct sockaddr_in *to, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) == 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void noise(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(sendto(fd, "noise", 5, 0, (const struct sockaddr *)to, sizeof *to), 5);
    close(fd);
}

/* Packets up to the one that carries `text`, each of them TCP from or to `port`. */
static unsigned read_until(struct source *s, const char *text, uint16_t port, unsigned *syns)
{
    unsigned n = 0;
    struct packet p;
    struct packet_segment seg;

    do {
        cr_assert_eq(next(s, &p), SOURCE_PACKET, "after %u: %s", n, source_error(s));
        cr_assert_eq(packet_read(&p, false, &seg), PACKET_TCP);
        cr_expect(seg.src.port == port || seg.dst.port == port);
        *syns += (seg.flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;
        n++;
    } while (seg.len != strlen(text) || memcmp(seg.payload, text, seg.len) != 0);
    return n;
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void watch_loopback(const char *device)
{
    struct sockaddr_in at, other;
    struct source_drops drops;
    struct source *s;
    struct packet p;
    unsigned syns = 0;
    uint16_t port;
    int fd = listener(&at), other_fd = listener(&other);
    uint64_t before = clock_ns();

    port = ntohs(at.sin_port);
    s = open_live(device, &port, 1);
    cr_expect_str_eq(source_name(s), device ? device : "lo");
    cr_expect(source_is_loopback(s));
    cr_expect_eq(source_next(s, &p), SOURCE_LATER);
    noise(&at);
    talk(&other, "not for us");
    talk(&at, "API");
    cr_expect_eq(read_until(s, "API", port, &syns), 4); /* SYN, SYN ACK, ACK, data */
    cr_expect_eq(syns, 1, "each packet once");
    talk(&at, "again");
    cr_assert_eq(next(s, &p), SOURCE_PACKET);
    cr_expect(p.ts_ns >= before && p.ts_ns <= clock_ns() + 1000000, "at %llu",
              (unsigned long long)p.ts_ns);
    source_drops(s, &drops);
    cr_expect(drops.received >= 5 && drops.kernel == 0);
    source_close(s);
    close(fd);
    close(other_fd);
}

Test(live, watches_the_loopback_device)
{
    if (own_network())
        watch_loopback(NULL);
}

Test(live, watches_all_devices)
{
    if (own_network())
        watch_loopback("any");
}

/* Nothing more than the descriptor is needed once the device is open. */
Test(live, goes_on_without_privileges)
{
    char why[HOST_ERROR_MAX];
    struct sockaddr_in at;
    struct source_drops drops;
    struct host_user nobody;
    struct source *s;
    unsigned syns = 0;
    uint16_t port;

    if (!own_network())
        return;
    listener(&at);
    port = ntohs(at.sin_port);
    s = open_live(NULL, &port, 1);
    cr_assert(host_user_find("nobody", &nobody, why) && host_drop(&nobody, why), "%s", why);
    talk(&at, "API");
    read_until(s, "API", port, &syns);
    source_drops(s, &drops);
    cr_expect_geq(drops.received, 4);
    source_close(s);
}

/* --- the filter, with packets to order on a pair of devices --- */

static void put(int fd, int device, const struct craft *c)
{
    uint8_t buf[CRAFT_HEADERS_MAX + 64];
    struct crafted made = craft(c, buf, sizeof buf);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = device};

    cr_assert_eq(sendto(fd, buf, made.len, 0, (struct sockaddr *)&to, sizeof to),
                 (ssize_t)made.len);
}

static const struct {
    const char *name;
    bool passes;
    struct craft packet;
} packets[] = {
    {"to the port", true, {.sport = 50000, .dport = 4002}},
    {"from the other port", true, {.sport = 7497, .dport = 50000}},
    {"other ports", false, {.sport = 50000, .dport = 80}},
    {"UDP to the port", false, {.sport = 50000, .dport = 4002, .proto = 17}},
    {"VLAN", true, {.sport = 50000, .dport = 4002, .tags = {0x8100}}},
    {"VLAN, other ports", false, {.sport = 50000, .dport = 80, .tags = {0x8100}}},
    {"QinQ", true, {.sport = 50000, .dport = 4002, .tags = {0x88a8, 0x8100}}},
    {"IPv6", true, {.sport = 50000, .dport = 4002, .src = "2001:db8::1", .dst = "2001:db8::2"}},
    {"IPv6, other ports", false, {.sport = 50000, .dport = 80, .src = "2001:db8::1", .dst = "::1"}},
    {"IPv6 in a VLAN",
     true,
     {.sport = 50000, .dport = 4002, .src = "2001:db8::1", .dst = "2001:db8::2", .tags = {0x8100}}},
    {"IPv6, destination options",
     true,
     {.sport = 50000, .dport = 4002, .src = "2001:db8::1", .dst = "::2", .ip6 = {CRAFT_DEST}}},
    {"first fragment", true, {.sport = 50000, .dport = 4002, .more = true}},
    {"later fragment", true, {.sport = 1, .dport = 2, .offset = 1480}},
    {"later fragment of UDP", false, {.sport = 1, .dport = 2, .offset = 1480, .proto = 17}},
    {"IPv6, later fragment",
     true,
     {.sport = 1,
      .dport = 2,
      .offset = 1480,
      .src = "2001:db8::1",
      .dst = "::2",
      .ip6 = {CRAFT_FRAG}}},
};

#define N_PACKETS (sizeof packets / sizeof packets[0])

/* The sequence number says which packet it is; it stands in the same place of all of them, counted
 * from the end, for none has a payload. */
Test(live, lets_pass_what_may_be_of_the_ports)
{
    static const uint16_t ports[] = {4002, 7497};
    bool seen[N_PACKETS] = {false};
    struct craft last = {.sport = 50000, .dport = 4002, .seq = 99};
    uint32_t seq = 0;
    struct source *s;
    int fd, device;

    if (!pair_of_devices())
        return;
    s = open_live("tw0", ports, 2);
    cr_expect(!source_is_loopback(s));
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    device = (int)if_nametoindex("tw1");
    for (size_t i = 0; i < N_PACKETS; i++) {
        struct craft c = packets[i].packet;

        c.seq = (uint32_t)i;
        put(fd, device, &c);
    }
    put(fd, device, &last);
    while (seq != 99) {
        struct packet p;

        cr_assert_eq(next(s, &p), SOURCE_PACKET, "%s", source_error(s));
        cr_assert_geq(p.captured, 54);
        seq = p.bytes[p.captured - 13]; /* the last byte of the sequence number */
        if (seq < N_PACKETS)
            seen[seq] = true;
    }
    for (size_t i = 0; i < N_PACKETS; i++)
        cr_expect_eq(seen[i], packets[i].passes, "%s", packets[i].name);
    close(fd);
    source_close(s);
}

Test(live, says_that_a_device_went_away)
{
    struct source *s;
    struct packet p;

    if (!pair_of_devices())
        return;
    s = open_live("tw0", NULL, 0);
    cr_expect_eq(source_next(s, &p), SOURCE_LATER);
    cr_assert(set_up("tw0", false));
    cr_expect_eq(next(s, &p), SOURCE_FAILED);
    cr_expect_eq(strncmp(source_error(s), "tw0: ", 5), 0, "%s", source_error(s));
    cr_expect_eq(source_next(s, &p), SOURCE_FAILED, "it stays so");
    source_close(s);
}

Test(live, takes_as_many_ports_as_there_may_be)
{
    uint16_t ports[SOURCE_PORTS_MAX + 1];
    struct source_live live = {.ports = ports, .n_ports = SOURCE_PORTS_MAX + 1};
    enum source_refusal why;

    for (size_t i = 0; i <= SOURCE_PORTS_MAX; i++)
        ports[i] = (uint16_t)(65000 + i);
    cr_assert_eq(source_device(&live, &why, error), NULL);
    cr_expect(why == SOURCE_OTHER && strstr(error, "at most 64"), "%s", error);
    if (!pair_of_devices())
        return;
    source_close(open_live("tw0", ports, SOURCE_PORTS_MAX));
}

/* --- refusals --- */

Test(live, names_the_command_that_grants_the_right)
{
    struct source_live live = {0};
    enum source_refusal why;

    if (geteuid() == 0 && setuid(65534) != 0)
        return;
    if (source_device(&live, &why, error)) {
        fprintf(stderr, "skipped: everybody may capture here\n");
        return;
    }
    cr_expect_eq(why, SOURCE_NO_RIGHT);
    cr_expect_eq(strncmp(error, "lo: no right to capture: ", 25), 0, "%s", error);
    cr_expect(strstr(error, "sudo setcap cap_net_raw+ep '/") || strstr(error, "--cap-add"), "%s",
              error);
}

Test(live, names_a_device_that_is_not_there)
{
    struct source_live live = {.device = "nosuchdevice0"};
    enum source_refusal why;

    cr_assert_eq(source_device(&live, &why, error), NULL);
    cr_expect(why == SOURCE_NO_DEVICE || (geteuid() != 0 && why == SOURCE_NO_RIGHT));
    cr_expect_eq(strncmp(error, "nosuchdevice0: ", 15), 0, "%s", error);
}

Test(live, refuses_a_buffer_that_is_too_large)
{
    struct source_live live = {.buffer = UINT32_MAX};
    enum source_refusal why;

    cr_assert_eq(source_device(&live, &why, error), NULL);
    cr_expect(why == SOURCE_OTHER && strstr(error, "too large"), "%s", error);
}

static void look(void *ctx, const char *line)
{
    if (strncmp(line, "lo ", 3) == 0 && strstr(line, "loopback"))
        *(unsigned *)ctx |= 1;
    if (strncmp(line, "any ", 4) == 0)
        *(unsigned *)ctx |= 2;
    cr_expect(!strchr(line, '\n') && strncmp(line, "nflog", 5) != 0, "%s", line);
}

Test(live, lists_the_devices)
{
    unsigned seen = 0;

    cr_assert(source_list(look, &seen, error), "%s", error);
    cr_expect_eq(seen, 3);
}
#endif
