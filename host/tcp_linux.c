/* tcp_linux.c - TCP_INFO and the queue sizes of our own sockets. */
#include "host.h"
#ifdef __linux__
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool host_tcp_facts(int fd, struct tws_kernel *out)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    int n;

    *out = (struct tws_kernel){0};
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return false;
    out->known = out->upstream_known = true;
    out->unacked = info.tcpi_unacked;
    out->retransmits = info.tcpi_retransmits;
    out->total_retrans = info.tcpi_total_retrans;
    out->last_ack_ms = info.tcpi_last_ack_recv;
    out->last_data_ms = info.tcpi_last_data_recv;
    out->rtt_us = info.tcpi_rtt;
    if (ioctl(fd, SIOCINQ, &n) == 0 && n > 0)
        out->unread = (uint32_t)n;
    if (ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0)
        out->unsent = (uint32_t)n;
    return true;
}
#else
typedef int host_tcp_linux_is_for_linux; /* an empty translation unit is not C */
#endif
