#include "privilege.h"
#include "source_kind.h"
#include <limits.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#define LOOPBACK "lo"
#else
#define LOOPBACK "lo0"
#endif

/* How long the kernel gathers packets before it wakes us, ms.  Immediate mode wakes for each packet
 * and costs 2 to 5 us of it; 10 ms is well below the 50 ms within which an event must follow its
 * packet. */
#define GATHER_MS 10

#define BUFFER_MAX (1u << 30) /* bytes; libpcap takes an int */
#define FILTER_MAX 8192u

struct live {
    struct source base;
    pcap_t *pcap;
    int link;
    uint64_t fraction_ns; /* what one unit of a time's fraction is */
    uint64_t every_ns;
    struct pcap_stat seen; /* the counters when they were last asked */
    struct source_drops drops;
};

static bool is_any(const char *name)
{
    return strcmp(name, "any") == 0;
}

/* --- the filter --- */

/* TCP of the ports, and what shows no ports but may be theirs: later fragments, and IPv6 headers
 * between IP and TCP. */
static void wanted(const struct source_live *live, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "(tcp");

    for (size_t i = 0; i < live->n_ports; i++)
        at += (size_t)snprintf(out + at, size - at, "%s port %u", i == 0 ? " and (" : " or",
                               (unsigned)live->ports[i]);
    snprintf(out + at, size - at,
             "%s) or (ip[9] == 6 and ip[6:2] & 0x1fff != 0) or (ip6[40] == 6 and "
             "(ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 60))",
             live->n_ports > 0 ? ")" : "");
}

static bool try_filter(struct live *s, const char *text)
{
    struct bpf_program program;
    bool done;

    if (pcap_compile(s->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return false;
    done = pcap_setfilter(s->pcap, &program) == 0;
    pcap_freecode(&program);
    return done;
}

/* With up to two tags where the link type has any; elsewhere `vlan` does not compile.  It moves the
 * offsets of all that follows it, so it stands last. */
static bool set_filter(struct live *s, const struct source_live *live)
{
    char want[FILTER_MAX / 4], text[FILTER_MAX];

    wanted(live, want, sizeof want);
    snprintf(text, sizeof text, "%s or (vlan and (%s or (vlan and (%s))))", want, want, want);
    return (!s->base.loopback && try_filter(s, text)) || try_filter(s, want);
}

/* --- what this platform adds --- */

#ifdef __linux__
/* A loopback device shows each packet on its way out and again on its way in; libpcap hides the
 * first, and this keeps it out of the buffer too, which then holds twice as much.  `inbound` in the
 * filter would do the same, but libpcap runs the filter itself over the first round of the buffer,
 * and cannot do that there: packets would be lost.  Before Linux 4.20 it stays as it is. */
static void ignore_outgoing(pcap_t *p)
{
    int one = 1;

    (void)setsockopt(pcap_fileno(p), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
}

/* libpcap waits for a device that was taken down, and would let its silence look like a gateway's.
 */
static bool is_down(const struct live *s)
{
    struct ifreq r = {0};

    if (is_any(s->base.name) || strlen(s->base.name) >= sizeof r.ifr_name)
        return false;
    memcpy(r.ifr_name, s->base.name, strlen(s->base.name));
    return ioctl(pcap_fileno(s->pcap), SIOCGIFFLAGS, &r) == 0 && !(r.ifr_flags & IFF_UP);
}
#else
static void ignore_outgoing(pcap_t *p)
{
    (void)p;
}

static bool is_down(const struct live *s)
{
    (void)s;
    return false;
}
#endif

/* --- opening --- */

static void is_loopback(struct live *s)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_if_t *all, *i;

    s->base.loopback = is_any(s->base.name);
    if (pcap_findalldevs(&all, error) != 0)
        return;
    for (i = all; i; i = i->next) {
        if (strcmp(i->name, s->base.name) == 0)
            s->base.loopback |= (i->flags & PCAP_IF_LOOPBACK) != 0;
    }
    pcap_freealldevs(all);
}

/* What pcap_activate refuses with, and what it means to a user. */
static enum source_refusal refusal_of(int status)
{
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return SOURCE_NO_RIGHT;
    case PCAP_ERROR_NO_SUCH_DEVICE:
    case PCAP_ERROR_IFACE_NOT_UP:
        return SOURCE_NO_DEVICE;
    default: /* libpcap's own, and it may get more */
        return SOURCE_OTHER;
    }
}

static enum source_refusal refuse(struct live *s, int status, char error[SOURCE_ERROR_MAX])
{
    enum source_refusal why = refusal_of(status);
    const char *said = pcap_geterr(s->pcap);
    char hint[SOURCE_ERROR_MAX / 2];

    if (why == SOURCE_NO_RIGHT) {
        host_capture_hint(hint, sizeof hint);
        source_say(error, "%s: no right to capture: %s", s->base.name, hint);
    } else if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
        source_say(error, "%s: there is no such device; --list names those there are",
                   s->base.name);
    } else if (status == PCAP_ERROR_IFACE_NOT_UP) {
        source_say(error, "%s: the device is down: `sudo ip link set %s up`", s->base.name,
                   s->base.name);
    } else if (status == PCAP_ERROR || *said == '\0') {
        source_say(error, "%s: %s", s->base.name, *said ? said : pcap_statustostr(status));
    } else {
        source_say(error, "%s: %s (%s)", s->base.name, pcap_statustostr(status), said);
    }
    return why;
}

static bool configure(pcap_t *p, const struct source_live *live)
{
    uint32_t snaplen = live->snaplen ? live->snaplen : SOURCE_SNAPLEN;
    uint32_t buffer = live->buffer ? live->buffer : SOURCE_BUFFER;

    /* Where there are no nanoseconds it stays at microseconds. */
    (void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    return snaplen <= INT_MAX && pcap_set_snaplen(p, (int)snaplen) == 0 && buffer <= BUFFER_MAX &&
           pcap_set_buffer_size(p, (int)buffer) == 0 &&
           pcap_set_promisc(p, live->promiscuous) == 0 && pcap_set_timeout(p, GATHER_MS) == 0;
}

static enum source_refusal open_device(struct live *s, const struct source_live *live,
                                       char error[SOURCE_ERROR_MAX])
{
    char said[PCAP_ERRBUF_SIZE] = "";
    int status;

    s->pcap = pcap_create(s->base.name, said);
    if (!s->pcap || !configure(s->pcap, live)) {
        source_say(error, "%s: %s", s->base.name,
                   s->pcap ? "a snapshot length or buffer that is too large" : said);
        return SOURCE_OTHER;
    }
    status = pcap_activate(s->pcap);
    if (status < 0) /* above 0: warnings, as that promiscuous mode means nothing here */
        return refuse(s, status, error);
    if (s->base.loopback && !is_any(s->base.name))
        ignore_outgoing(s->pcap);
    if (!set_filter(s, live))
        return refuse(s, PCAP_ERROR, error);
    if (pcap_setnonblock(s->pcap, 1, said) != 0) {
        source_say(error, "%s: %s", s->base.name, said);
        return SOURCE_OTHER;
    }
    return SOURCE_OK;
}

/* --- the kind --- */

static enum source_status live_next(struct source *base, struct packet *out)
{
    struct live *s = (struct live *)base;
    struct pcap_pkthdr *head;
    const u_char *bytes;
    int got;

    if (base->error[0] != '\0')
        return SOURCE_FAILED;
    got = pcap_next_ex(s->pcap, &head, &bytes);
    if (got == 0 && !is_down(s))
        return SOURCE_LATER;
    if (got != 1) {
        source_say(base->error, "%s: %s", base->name,
                   got == 0 ? "the device went down" : pcap_geterr(s->pcap));
        return SOURCE_FAILED;
    }
    *out = (struct packet){
        .ts_ns =
            (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec * s->fraction_ns,
        .bytes = bytes,
        .captured = head->caplen,
        .len = head->len > head->caplen ? head->len : head->caplen,
        .link = s->link,
    };
    return SOURCE_PACKET;
}

static int live_fd(const struct source *base, uint64_t *every_ns)
{
    const struct live *s = (const struct live *)base;

    *every_ns = s->every_ns;
    return pcap_get_selectable_fd(s->pcap);
}

static void live_drops(struct source *base, struct source_drops *out)
{
    struct live *s = (struct live *)base;
    struct pcap_stat now;

    if (pcap_stats(s->pcap, &now) == 0) {
        s->drops.received += now.ps_recv - s->seen.ps_recv; /* modulo 2^32, as they count */
        s->drops.kernel += now.ps_drop - s->seen.ps_drop;
        s->drops.interface += now.ps_ifdrop - s->seen.ps_ifdrop;
        s->seen = now;
    }
    *out = s->drops;
}

static void live_about(const struct source *base, struct source_about *out)
{
    *out = (struct source_about){0};
    snprintf(out->iface, sizeof out->iface, "%.127s", base->name);
}

static void live_close(struct source *base)
{
    struct live *s = (struct live *)base;

    if (s->pcap)
        pcap_close(s->pcap);
    free(s);
}

static const struct source_kind kind = {live_next, live_fd, live_drops, live_about, live_close};

static uint64_t pull_every(pcap_t *p)
{
    const struct timeval *every = pcap_get_required_select_timeout(p);

    return every ? (uint64_t)every->tv_sec * 1000000000u + (uint64_t)every->tv_usec * 1000u : 0;
}

struct source *source_device(const struct source_live *live, enum source_refusal *why,
                             char error[SOURCE_ERROR_MAX])
{
    struct live *s;

    *why = SOURCE_OTHER;
    if (live->n_ports > SOURCE_PORTS_MAX) {
        source_say(error, "%zu ports; at most %u fit in a filter", live->n_ports, SOURCE_PORTS_MAX);
        return NULL;
    }
    s = calloc(1, sizeof *s);
    if (!s) {
        source_say(error, "out of memory for a device");
        return NULL;
    }
    s->base.kind = &kind;
    snprintf(s->base.name, sizeof s->base.name, "%s", live->device ? live->device : LOOPBACK);
    is_loopback(s);
    *why = open_device(s, live, error);
    if (*why != SOURCE_OK) {
        live_close(&s->base);
        return NULL;
    }
    s->link = packet_link_from_dlt(pcap_datalink(s->pcap));
    s->fraction_ns = pcap_get_tstamp_precision(s->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    s->every_ns = pull_every(s->pcap);
    return &s->base;
}

/* --- the list --- */

/* Devices of libpcap that carry no TCP/IP of this machine. */
static bool is_foreign(const char *name)
{
    static const char *const fronts[] = {"bluetooth", "dbus-", "nflog", "nfqueue", "usbmon"};

    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        if (strncmp(name, fronts[i], strlen(fronts[i])) == 0)
            return true;
    }
    return false;
}

static void describe(const pcap_if_t *i, char line[SOURCE_ERROR_MAX])
{
    const char *what = "network device";

    if (is_any(i->name))
        what = "all devices at once";
    else if (i->flags & PCAP_IF_LOOPBACK)
        what = "loopback: programs of this machine";
    else if (i->flags & PCAP_IF_WIRELESS)
        what = "wireless device";
    source_say(line, "%-15s  %-34s  %s", i->name,
               i->description && !is_any(i->name) ? i->description : what,
               i->flags & PCAP_IF_UP ? "up" : "down");
}

bool source_list(void (*put)(void *ctx, const char *line), void *ctx, char error[SOURCE_ERROR_MAX])
{
    char said[PCAP_ERRBUF_SIZE] = "";
    char line[SOURCE_ERROR_MAX];
    pcap_if_t *all, *i;

    if (pcap_findalldevs(&all, said) != 0) {
        source_say(error, "cannot list the devices: %s", said);
        return false;
    }
    for (i = all; i; i = i->next) {
        if (is_foreign(i->name))
            continue;
        describe(i, line);
        put(ctx, line);
    }
    pcap_freealldevs(all);
    return true;
}
