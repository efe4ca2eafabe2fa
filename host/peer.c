/* peer.c - an end of a connection in the kernel's table of sockets (NETLINK_SOCK_DIAG). */
#include "host.h"
#include "table.h"
#include <errno.h>
#ifdef __linux__
#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS_MAX 4096u /* rows of the table that are looked at: a bound, not a target */

struct listenings;

/* What a row of the table is looked at for. */
struct look {
    struct tws_kernel *out;
    uint8_t at[16];                /* the gateway's end; IPv4 as an IPv6 address holds it */
    uint16_t port;                 /* network order: of the listener */
    uint8_t closest;               /* how well the best listener so far fits */
    uint32_t rows;                 /* looked at so far */
    uint32_t sequence;             /* of the request */
    struct listenings *listenings; /* for row_of_port alone */
};

static int row_of_peer(const struct nlmsghdr *head, void *ctx)
{
    const struct inet_diag_msg *row = mnl_nlmsg_get_payload(head);
    struct look *look = ctx;

    if (mnl_nlmsg_get_payload_len(head) < sizeof *row)
        return MNL_CB_ERROR;
    if (row->idiag_state ==
        TCP_LISTEN) /* no connection was found, and the listener answers for it */
        return MNL_CB_STOP;
    /* What its program has closed has no owner either, and was accepted all the same. */
    if (row->idiag_state != TCP_ESTABLISHED && row->idiag_state != TCP_CLOSE_WAIT &&
        row->idiag_state != TCP_SYN_RECV)
        return MNL_CB_STOP;
    look->out->peer_known = true;
    look->out->peer_owned = row->idiag_inode != 0;
    look->out->peer_unread = row->idiag_rqueue;
    return MNL_CB_STOP;
}

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* An address of either family as IPv6 has it. */
static void widen(uint8_t to[16], uint8_t family, const uint32_t addr[4])
{
    if (family != AF_INET) {
        memcpy(to, addr, 16);
        return;
    }
    memcpy(to, mapped, sizeof mapped);
    memcpy(to + sizeof mapped, addr, 4);
}

/* How well a listener fits what was dialled: 3 its address, 2 any of its family, 1 any at all, 0 it
 * does not take it. */
static uint8_t closeness(const struct look *look, const struct inet_diag_msg *row)
{
    static const uint8_t none[16];
    bool four = memcmp(look->at, mapped, sizeof mapped) == 0;
    uint8_t at[16];

    widen(at, row->idiag_family, row->id.idiag_src);
    if (memcmp(at, look->at, sizeof at) == 0)
        return 3;
    if (row->idiag_family == AF_INET)
        return four && row->id.idiag_src[0] == 0 ? 2 : 0;
    if (memcmp(at, none, sizeof at) != 0)
        return 0;
    return four ? 1 : 2;
}

/* Ports of one number may have several listeners, by address; of equals the fuller queue counts. */
static int row_of_listener(const struct nlmsghdr *head, void *ctx)
{
    const struct inet_diag_msg *row = mnl_nlmsg_get_payload(head);
    struct look *look = ctx;
    uint8_t close;

    if (mnl_nlmsg_get_payload_len(head) < sizeof *row || ++look->rows > ANSWERS_MAX)
        return MNL_CB_ERROR;
    if (row->id.idiag_sport != look->port || row->idiag_state != TCP_LISTEN || !row->idiag_wqueue)
        return MNL_CB_OK;
    close = closeness(look, row);
    if (close == 0)
        return MNL_CB_OK;
    look->out->queue_known = true;
    if (close > look->closest ||
        (close == look->closest && row->idiag_rqueue >= look->out->queue)) {
        look->closest = close;
        look->out->queue = row->idiag_rqueue;
        look->out->backlog = row->idiag_wqueue;
        look->out->listener = row->idiag_inode;
        look->out->listener_uid = row->idiag_uid;
    }
    return MNL_CB_OK;
}

/* Ask for one socket, or with NLM_F_DUMP for all in these states. */
static bool ask(struct mnl_socket *nl, uint16_t flags, const struct inet_diag_req_v2 *what,
                mnl_cb_t row, struct look *look)
{
    char buf[8192]; /* MNL_SOCKET_BUFFER_SIZE is not a constant */
    struct nlmsghdr *head = mnl_nlmsg_put_header(buf);
    ssize_t n;
    int status = MNL_CB_OK;

    head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    head->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    head->nlmsg_seq = ++look->sequence;
    memcpy(mnl_nlmsg_put_extra_header(head, sizeof *what), what, sizeof *what);
    if (mnl_socket_sendto(nl, head, head->nlmsg_len) < 0)
        return false;
    do {
        n = mnl_socket_recvfrom(nl, buf, sizeof buf);
        if (n <= 0)
            return false;
        status = mnl_cb_run(buf, (size_t)n, look->sequence, mnl_socket_get_portid(nl), row, look);
    } while (status > MNL_CB_STOP && (flags & NLM_F_DUMP));
    return status >= MNL_CB_STOP;
}

static bool set_end(const struct sockaddr_storage *a, uint32_t addr[4], uint16_t *port)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)a;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)a;

    if (a->ss_family == AF_INET) {
        memcpy(addr, &four->sin_addr, sizeof four->sin_addr);
        *port = four->sin_port;
        return true;
    }
    if (a->ss_family != AF_INET6)
        return false;
    memcpy(addr, &six->sin6_addr, sizeof six->sin6_addr);
    *port = six->sin6_port;
    return true;
}

/* Of both families: a socket of the one takes connections of the other. */
static void dump_listeners(struct mnl_socket *nl, mnl_cb_t row, struct look *look)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};

    for (size_t i = 0; i < 2; i++) {
        struct inet_diag_req_v2 all = {.sdiag_family = families[i],
                                       .sdiag_protocol = IPPROTO_TCP,
                                       .idiag_states = 1u << TCP_LISTEN};

        (void)ask(nl, NLM_F_DUMP, &all, row, look);
    }
}

static void ask_listeners(struct mnl_socket *nl, struct look *look)
{
    dump_listeners(nl, row_of_listener, look);
}

static void ask_all(struct mnl_socket *nl, const struct inet_diag_req_v2 *peer, struct look *look)
{
    (void)ask(nl, 0, peer, row_of_peer, look);
    if (look->out->peer_known)
        ask_listeners(nl, look);
}

/* What an answer that was too long has left behind. */
static void drain(int view)
{
    char buf[8192];

    for (uint32_t i = 0; i < ANSWERS_MAX && recv(view, buf, sizeof buf, MSG_DONTWAIT) > 0; i++)
        ;
}

/* A socket that asks: of our own network namespace, or a copy of a view into another. */
static struct mnl_socket *open_table(int view)
{
    struct mnl_socket *nl;
    int fd;

    if (view <= 0) {
        nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
        if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
            return nl;
        if (nl)
            mnl_socket_close(nl);
        return NULL;
    }
    drain(view);
    fd = fcntl(view, F_DUPFD_CLOEXEC, 0);
    nl = fd < 0 ? NULL : mnl_socket_fdopen(fd);
    if (!nl && fd >= 0)
        close(fd);
    return nl;
}

int host_view_open(uint32_t pid)
{
    int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1, error;
    enum host_answer answer = ours < 0 ? HOST_FAILED : host_enter_net(pid);

    if (answer == HOST_TOLD) {
        struct sockaddr_nl any = {.nl_family = AF_NETLINK};

        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) != 0) {
            close(fd);
            fd = -1;
        }
        if (setns(ours, CLONE_NEWNET) != 0) /* in the wrong place nothing may go on */
            abort();
    }
    error = answer == HOST_NO_RIGHT ? EPERM : answer == HOST_NOT_THERE ? ESRCH : errno;
    if (ours >= 0)
        close(ours);
    errno = error;
    return fd;
}

struct listenings {
    const uint16_t *ports;
    size_t n;
    struct host_listening *at; /* by the place of the port; inode 0: nobody */
};

static int row_of_port(const struct nlmsghdr *head, void *ctx)
{
    const struct inet_diag_msg *row = mnl_nlmsg_get_payload(head);
    struct look *look = ctx;
    struct listenings *l = look->listenings;

    if (mnl_nlmsg_get_payload_len(head) < sizeof *row || ++look->rows > ANSWERS_MAX)
        return MNL_CB_ERROR;
    for (size_t i = 0; i < l->n; i++)
        if (row->idiag_state == TCP_LISTEN && row->id.idiag_sport == htons(l->ports[i]))
            l->at[i] = (struct host_listening){l->ports[i], row->idiag_inode, row->idiag_uid};
    return MNL_CB_OK;
}

size_t host_listenings(int view, const uint16_t *ports, size_t n, struct host_listening *out,
                       size_t max)
{
    struct listenings l = {.ports = ports, .n = n < max ? n : max, .at = out};
    struct look look = {.listenings = &l};
    struct mnl_socket *nl = open_table(view);
    size_t found = 0;

    if (!nl)
        return 0;
    memset(out, 0, l.n * sizeof *out);
    dump_listeners(nl, row_of_port, &look);
    mnl_socket_close(nl);
    for (size_t i = 0; i < l.n; i++)
        if (out[i].inode)
            out[found++] = out[i];
    return found;
}

bool host_queue_facts(int view, const struct tws_endpoint *listener, struct tws_kernel *out)
{
    struct look look = {.out = out, .port = htons(listener->port)};
    uint32_t addr[4];
    struct mnl_socket *nl;

    if ((listener->family != 4 && listener->family != 6) ||
        (view <= 0 && !host_endpoint_is_here(listener)))
        return false;
    nl = open_table(view);
    if (!nl)
        return false;
    memcpy(addr, listener->addr, sizeof addr);
    widen(look.at, listener->family == 4 ? AF_INET : AF_INET6, addr);
    ask_listeners(nl, &look);
    mnl_socket_close(nl);
    return out->queue_known;
}

static bool ask_about(int view, struct inet_diag_req_v2 *peer, struct tws_kernel *out)
{
    struct look look = {.out = out, .port = peer->id.idiag_sport};
    struct mnl_socket *nl = open_table(view);

    if (!nl)
        return false;
    widen(look.at, peer->sdiag_family, peer->id.idiag_src);
    peer->sdiag_protocol = IPPROTO_TCP;
    peer->idiag_states = ~0u;
    peer->id.idiag_cookie[0] = peer->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    ask_all(nl, peer, &look);
    mnl_socket_close(nl);
    return out->peer_known;
}

bool host_peer_facts(int view, int fd, struct tws_kernel *out)
{
    struct sockaddr_storage ours = {0}, theirs = {0};
    socklen_t our_len = sizeof ours, their_len = sizeof theirs;
    struct inet_diag_req_v2 peer = {0};

    if (getsockname(fd, (struct sockaddr *)&ours, &our_len) != 0 ||
        getpeername(fd, (struct sockaddr *)&theirs, &their_len) != 0 ||
        !set_end(&theirs, peer.id.idiag_src, &peer.id.idiag_sport) ||
        !set_end(&ours, peer.id.idiag_dst, &peer.id.idiag_dport))
        return false;
    peer.sdiag_family = (uint8_t)theirs.ss_family;
    return ask_about(view, &peer, out);
}

bool host_end_facts(const struct tws_endpoint *end, const struct tws_endpoint *other,
                    struct tws_kernel *out)
{
    struct inet_diag_req_v2 peer = {0};
    size_t len = end->family == 4 ? 4 : 16;

    if (end->family != other->family || (end->family != 4 && end->family != 6))
        return false;
    memcpy(peer.id.idiag_src, end->addr, len);
    memcpy(peer.id.idiag_dst, other->addr, len);
    peer.id.idiag_sport = htons(end->port);
    peer.id.idiag_dport = htons(other->port);
    peer.sdiag_family = end->family == 4 ? AF_INET : AF_INET6;
    return ask_about(0, &peer, out);
}
#else
size_t host_listenings(int view, const uint16_t *ports, size_t n, struct host_listening *out,
                       size_t max)
{
    (void)view;
    (void)ports;
    (void)n;
    (void)out;
    (void)max;
    return 0;
}

int host_view_open(uint32_t pid)
{
    (void)pid;
    errno = ENOSYS;
    return -1;
}

bool host_queue_facts(int view, const struct tws_endpoint *listener, struct tws_kernel *out)
{
    (void)view;
    (void)listener;
    (void)out;
    return false;
}

bool host_peer_facts(int view, int fd, struct tws_kernel *out)
{
    (void)view;
    (void)fd;
    (void)out;
    return false;
}

bool host_end_facts(const struct tws_endpoint *end, const struct tws_endpoint *other,
                    struct tws_kernel *out)
{
    (void)end;
    (void)other;
    (void)out;
    return false;
}
#endif
