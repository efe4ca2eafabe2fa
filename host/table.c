/* table.c - all sockets of the kernel's table (NETLINK_SOCK_DIAG). */
#include "table.h"
#include <stdlib.h>
#include <string.h>

void host_table_free(struct host_table *t)
{
    free(t->rows);
    *t = (struct host_table){0};
}

#ifdef __linux__
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define DUMP_BUFFER 32768u

struct taking {
    struct host_table *t;
    const uint16_t *ports;
    size_t n_ports;
    bool no_memory;
};

/* By the kernel's number. */
static const uint8_t states[] = {
    [TCP_ESTABLISHED] = HOST_ESTABLISHED, [TCP_SYN_SENT] = HOST_OPENING,
    [TCP_SYN_RECV] = HOST_OPENING,        [TCP_FIN_WAIT1] = HOST_FIN_WAIT,
    [TCP_FIN_WAIT2] = HOST_FIN_WAIT,      [TCP_CLOSE_WAIT] = HOST_CLOSE_WAIT,
    [TCP_LAST_ACK] = HOST_LEAVING,        [TCP_CLOSING] = HOST_LEAVING,
    [TCP_LISTEN] = HOST_LISTEN,
};

static void set_end(struct tws_endpoint *e, uint8_t family, const uint32_t addr[4], uint16_t port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    *e = (struct tws_endpoint){.family = family == AF_INET ? 4 : 6, .port = ntohs(port)};
    memcpy(e->addr, addr, family == AF_INET ? 4 : 16);
    if (e->family == 6 && memcmp(e->addr, mapped, sizeof mapped) == 0) {
        e->family = 4;
        memmove(e->addr, e->addr + sizeof mapped, 4);
        memset(e->addr + 4, 0, 12);
    }
}

static bool is_wanted(const struct taking *k, const struct host_row *r)
{
    for (size_t i = 0; i < k->n_ports; i++)
        if (k->ports[i] == r->local.port || k->ports[i] == r->remote.port)
            return true;
    return false;
}

/* A place for one more row; NULL: there is none, which the table says. */
static struct host_row *place(struct taking *k, bool wanted)
{
    struct host_table *t = k->t;
    size_t cap = t->cap ? 2 * t->cap : 256;
    struct host_row *more;

    if (t->n >= (wanted ? HOST_ROWS_MAX : HOST_ROWS_MAX / 2)) {
        t->cut = true;
        return NULL;
    }
    if (t->n < t->cap)
        return &t->rows[t->n++];
    more = realloc(t->rows, cap * sizeof *more);
    if (!more) {
        k->no_memory = true;
        return NULL;
    }
    t->rows = more;
    t->cap = cap;
    return &t->rows[t->n++];
}

static int take_attribute(const struct nlattr *a, void *ctx)
{
    struct host_row *r = ctx;
    struct tcp_info info = {0};
    size_t len = mnl_attr_get_payload_len(a);

    if (mnl_attr_get_type(a) == INET_DIAG_SKV6ONLY && len >= 1)
        r->only_six = mnl_attr_get_u8(a) != 0;
    if (mnl_attr_get_type(a) != INET_DIAG_INFO ||
        len < offsetof(struct tcp_info, tcpi_last_ack_recv))
        return MNL_CB_OK;
    memcpy(&info, mnl_attr_get_payload(a), len < sizeof info ? len : sizeof info);
    r->tcp_known = true;
    r->retransmits = info.tcpi_retransmits;
    r->last_data_ms = info.tcpi_last_data_recv;
    r->last_sent_ms = info.tcpi_last_data_sent;
    return MNL_CB_OK;
}

static int take_row(const struct nlmsghdr *head, void *ctx)
{
    const struct inet_diag_msg *m = mnl_nlmsg_get_payload(head);
    struct taking *k = ctx;
    struct host_row r = {0}, *to;

    if (mnl_nlmsg_get_payload_len(head) < sizeof *m)
        return MNL_CB_ERROR;
    if (m->idiag_family != AF_INET && m->idiag_family != AF_INET6)
        return MNL_CB_OK;
    set_end(&r.local, m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
    set_end(&r.remote, m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);
    r.state =
        m->idiag_state < sizeof states ? (enum host_state)states[m->idiag_state] : HOST_OTHER_STATE;
    r.recv_q = m->idiag_rqueue;
    r.send_q = m->idiag_wqueue;
    r.inode = m->idiag_inode;
    r.uid = m->idiag_uid;
    (void)mnl_attr_parse(head, sizeof *m, take_attribute, &r);
    to = place(k, is_wanted(k, &r));
    if (to)
        *to = r;
    return k->no_memory ? MNL_CB_ERROR : MNL_CB_OK;
}

static bool dump(struct mnl_socket *nl, uint8_t family, uint32_t sequence, struct taking *k)
{
    struct inet_diag_req_v2 what = {.sdiag_family = family,
                                    .sdiag_protocol = IPPROTO_TCP,
                                    .idiag_ext = 1u << (INET_DIAG_INFO - 1),
                                    .idiag_states =
                                        ~((uint32_t)1 << TCP_TIME_WAIT | (uint32_t)1 << TCP_CLOSE)};
    char buf[DUMP_BUFFER];
    struct nlmsghdr *head = mnl_nlmsg_put_header(buf);
    int status = MNL_CB_OK;

    head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    head->nlmsg_seq = sequence;
    memcpy(mnl_nlmsg_put_extra_header(head, sizeof what), &what, sizeof what);
    if (mnl_socket_sendto(nl, head, head->nlmsg_len) < 0)
        return false;
    while (status > MNL_CB_STOP) {
        ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof buf);

        if (n <= 0)
            return false;
        status = mnl_cb_run(buf, (size_t)n, sequence, mnl_socket_get_portid(nl), take_row, k);
    }
    return status == MNL_CB_STOP;
}

enum host_answer host_table_read(struct host_table *t, const uint16_t *ports, size_t n_ports)
{
    struct taking k = {.t = t, .ports = ports, .n_ports = n_ports};
    struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
    bool told;

    *t = (struct host_table){0};
    if (!nl)
        return errno == EPERM || errno == EACCES ? HOST_NO_RIGHT : HOST_FAILED;
    /* A kernel without IPv6 refuses the second dump; the first must come. */
    told = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 && dump(nl, AF_INET, 1, &k);
    if (told)
        (void)dump(nl, AF_INET6, 2, &k);
    mnl_socket_close(nl);
    return told && !k.no_memory ? HOST_TOLD : HOST_FAILED;
}
#else
enum host_answer host_table_read(struct host_table *t, const uint16_t *ports, size_t n_ports)
{
    (void)ports;
    (void)n_ports;
    *t = (struct host_table){0};
    return HOST_NO_PLATFORM;
}
#endif
