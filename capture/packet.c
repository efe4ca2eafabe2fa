#include "packet.h"
#include <pcap/dlt.h>
#include <string.h>

#define LINK_RAW  101
#define LINK_LOOP 108

/* EtherTypes, which stand for "what comes next" under every link header. */
#define ETHER_IP4        0x0800u
#define ETHER_IP6        0x86ddu
#define ETHER_VLAN       0x8100u
#define ETHER_QINQ       0x88a8u
#define ETHER_QINQ_OLD   0x9100u
#define ETHER_NOT_FOR_US 0u

/* Numbers of IP protocols and IPv6 extension headers. */
#define NEXT_HOP      0u
#define NEXT_TCP      6u
#define NEXT_ROUTING  43u
#define NEXT_FRAGMENT 44u
#define NEXT_AH       51u
#define NEXT_DEST     60u

/* Bytes. */
#define IP4_HEAD  20u
#define IP6_HEAD  40u
#define TCP_HEAD  20u
#define EXT_HEAD  8u /* no extension header is shorter */
#define VLAN_HEAD 4u

#define IP4_FRAGMENT      0x3fffu /* "more fragments", and the offset */
#define IP6_FRAGMENT      0xfff9u
#define IP6_FRAGMENT_HEAD 8u
#define OPTION_PAD1       0u
#define OPTION_JUMBO      0xc2u
#define TCP_OPTION_END    0u
#define TCP_OPTION_NOP    1u
#define TCP_OPTION_SCALE  3u
#define SCALE_MAX         14u /* RFC 7323: what is above counts as this */

/* How a link header says what it carries. */
enum carries {
    CARRIES_ETHERTYPE,
    CARRIES_FAMILY,           /* AF_ value, network order */
    CARRIES_FAMILY_ANY_ORDER, /* AF_ value, in the order of whoever wrote it */
    CARRIES_IP,               /* nothing: the version in the IP header does */
    CARRIES_IP4,
    CARRIES_IP6,
};

/* The commonest first. */
static const struct link {
    int link;
    const char *name;
    enum carries how;
    uint8_t head, at; /* bytes: of the header, and where in it the word stands */
} links[] = {
    {1, "EN10MB", CARRIES_ETHERTYPE, 14, 12},
    {113, "LINUX_SLL", CARRIES_ETHERTYPE, 16, 14},
    {276, "LINUX_SLL2", CARRIES_ETHERTYPE, 20, 0},
    {0, "NULL", CARRIES_FAMILY_ANY_ORDER, 4, 0},
    {LINK_LOOP, "LOOP", CARRIES_FAMILY, 4, 0},
    {LINK_RAW, "RAW", CARRIES_IP, 0, 0},
    {12, "RAW", CARRIES_IP, 0, 0}, /* files written with the DLT_ value */
    {14, "RAW", CARRIES_IP, 0, 0},
    {228, "IPV4", CARRIES_IP4, 0, 0},
    {229, "IPV6", CARRIES_IP6, 0, 0},
};

/* AF_ values as they are found in files. */
static const struct family {
    uint32_t af;
    uint16_t ether;
} families[] = {
    {2, ETHER_IP4},  /* everywhere */
    {30, ETHER_IP6}, /* macOS */
    {24, ETHER_IP6}, /* NetBSD, OpenBSD, Npcap */
    {28, ETHER_IP6}, /* FreeBSD */
    {10, ETHER_IP6}, /* Linux */
    {23, ETHER_IP6}, /* Windows */
};

/* IPv6 extension headers that can stand before TCP. */
static const struct extension {
    uint8_t type;
    uint8_t unit; /* bytes that its length counts, behind the first EXT_HEAD ones */
} extensions[] = {
    {NEXT_HOP, 8}, {NEXT_ROUTING, 8}, {NEXT_DEST, 8}, {NEXT_AH, 4}, {NEXT_FRAGMENT, 0},
};

/* What is left of a packet.  There are never more bytes there than were on the wire. */
struct rest {
    struct tws_cursor in;
    size_t wire; /* bytes */
};

/* The IP header, as far as TCP cares. */
struct ip {
    const uint8_t *src, *dst; /* borrowed */
    uint8_t family;           /* 4 or 6 */
    uint16_t id;
    bool sized;  /* the header has a length of its own */
    bool routed; /* `dst` is not the last stop */
};

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Take `n` bytes.  PACKET_TCP stands for "so far it can be" here and below. */
static enum packet_status take(struct rest *r, size_t n, const uint8_t **out)
{
    if (n > r->wire)
        return PACKET_BROKEN;
    if (!tws_take(&r->in, n, out))
        return PACKET_SHORT;
    r->wire -= n;
    return PACKET_TCP;
}

/* What is behind the next `n` bytes, no more than are left, does not belong to the packet. */
static void limit(struct rest *r, size_t n)
{
    r->wire = n;
    if (r->in.left > n)
        r->in.left = n;
}

static const struct link *link_find(int link)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].link == link)
            return &links[i];
    return NULL;
}

static uint16_t ether_of_family(uint32_t af)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (families[i].af == af)
            return families[i].ether;
    return ETHER_NOT_FOR_US;
}

/* One AF_ value turned round is no other one. */
static uint16_t ether_of_family_any_order(const uint8_t *word)
{
    uint16_t ether = ether_of_family(be32(word));

    return ether == ETHER_NOT_FOR_US ? ether_of_family(le32(word)) : ether;
}

static bool is_tag(uint16_t ether)
{
    return ether == ETHER_VLAN || ether == ETHER_QINQ || ether == ETHER_QINQ_OLD;
}

static enum packet_status skip_tags(struct rest *r, uint16_t *ether)
{
    for (unsigned i = 0; i < PACKET_TAGS_MAX && is_tag(*ether); i++) {
        const uint8_t *tag;
        enum packet_status status = take(r, VLAN_HEAD, &tag);

        if (status != PACKET_TCP)
            return status;
        *ether = be16(tag + 2);
    }
    return PACKET_TCP;
}

/* Without a link header the version in the first byte says it, and nothing else can be there. */
static enum packet_status ether_of_version(const struct rest *r, uint16_t *ether)
{
    struct rest look = *r;
    const uint8_t *first;
    enum packet_status status = take(&look, 1, &first);

    if (status != PACKET_TCP)
        return status;
    *ether = first[0] >> 4 == 4 ? ETHER_IP4 : ETHER_IP6; /* whose reader checks it */
    return PACKET_TCP;
}

static enum packet_status read_link(struct rest *r, const struct link *link, uint16_t *ether)
{
    const uint8_t *h;
    enum packet_status status = take(r, link->head, &h);

    *ether = ETHER_NOT_FOR_US;
    if (status != PACKET_TCP)
        return status;
    switch (link->how) {
    case CARRIES_ETHERTYPE:
        *ether = be16(h + link->at);
        return skip_tags(r, ether);
    case CARRIES_FAMILY:
        *ether = ether_of_family(be32(h));
        break;
    case CARRIES_FAMILY_ANY_ORDER:
        *ether = ether_of_family_any_order(h);
        break;
    case CARRIES_IP:
        return ether_of_version(r, ether);
    case CARRIES_IP4:
        *ether = ETHER_IP4;
        break;
    case CARRIES_IP6:
        *ether = ETHER_IP6;
        break;
    }
    return PACKET_TCP;
}

static enum packet_status read_ip4(struct rest *r, struct ip *ip)
{
    size_t wire = r->wire, head, total;
    const uint8_t *h, *options;
    enum packet_status status = take(r, IP4_HEAD, &h);

    if (status != PACKET_TCP)
        return status;
    head = (h[0] & 15u) * 4u;
    total = be16(h + 2);
    *ip = (struct ip){h + 12, h + 16, 4, be16(h + 4), total != 0, false};
    if (!ip->sized)
        total = wire;
    if (h[0] >> 4 != 4 || head < IP4_HEAD || total < head || total > wire)
        return PACKET_BROKEN;
    limit(r, total - IP4_HEAD);
    if (h[9] != NEXT_TCP)
        return PACKET_OTHER;
    if (be16(h + 6) & IP4_FRAGMENT)
        return PACKET_FRAGMENT;
    return take(r, head - IP4_HEAD, &options);
}

/* The length in a jumbo option of a hop-by-hop header; 0: none. */
static uint32_t jumbo_option(struct tws_cursor options)
{
    const uint8_t *value;
    uint8_t type, n;

    while (tws_take_u8(&options, &type)) {
        if (type == OPTION_PAD1)
            continue;
        if (!tws_take_u8(&options, &n) || !tws_take(&options, n, &value))
            return 0;
        if (type == OPTION_JUMBO && n == 4)
            return be32(value);
    }
    return 0;
}

/* The length of a packet that has none in its header, from the hop-by-hop header that `r` begins
 * with.  Without the option the packet's own length goes on to count. */
static enum packet_status read_jumbo(struct rest *r)
{
    struct rest look = *r;
    const uint8_t *h, *options;
    uint32_t jumbo;
    enum packet_status status = take(&look, 2, &h);

    if (status == PACKET_TCP)
        status = take(&look, (h[1] + 1u) * 8u - 2u, &options);
    if (status != PACKET_TCP)
        return status;
    jumbo = jumbo_option((struct tws_cursor){options, (h[1] + 1u) * 8u - 2u});
    if (jumbo == 0)
        return PACKET_TCP;
    if (jumbo <= UINT16_MAX || jumbo > r->wire)
        return PACKET_BROKEN;
    limit(r, jumbo);
    return PACKET_TCP;
}

static const struct extension *extension_find(uint8_t type)
{
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (extensions[i].type == type)
            return &extensions[i];
    return NULL;
}

/* What the fragment header `h` makes of the packet: an atomic fragment is a whole packet. */
static enum packet_status read_fragment(const uint8_t *h)
{
    if ((be16(h + 2) & IP6_FRAGMENT) == 0)
        return PACKET_TCP;
    return h[0] == NEXT_TCP || extension_find(h[0]) ? PACKET_FRAGMENT : PACKET_OTHER;
}

/* Step over one extension header; *type becomes that of the next. */
static enum packet_status skip_extension(struct rest *r, const struct extension *is, uint8_t *type,
                                         struct ip *ip)
{
    const uint8_t *h, *more;
    enum packet_status status = take(r, EXT_HEAD, &h);

    if (status == PACKET_TCP)
        status = take(r, (size_t)h[1] * is->unit, &more);
    if (status != PACKET_TCP)
        return status;
    *type = h[0];
    if (is->type == NEXT_ROUTING && h[3] != 0) /* segments left */
        ip->routed = true;
    return is->type == NEXT_FRAGMENT ? read_fragment(h) : PACKET_TCP;
}

static enum packet_status skip_extensions(struct rest *r, uint8_t type, struct ip *ip)
{
    for (unsigned i = 0; i < PACKET_EXTENSIONS_MAX && type != NEXT_TCP; i++) {
        const struct extension *is = extension_find(type);
        enum packet_status status = is ? skip_extension(r, is, &type, ip) : PACKET_OTHER;

        if (status != PACKET_TCP)
            return status;
    }
    return type == NEXT_TCP ? PACKET_TCP : PACKET_OTHER;
}

static enum packet_status read_ip6(struct rest *r, struct ip *ip)
{
    const uint8_t *h;
    size_t len;
    uint8_t next;
    enum packet_status status = take(r, IP6_HEAD, &h);

    if (status != PACKET_TCP)
        return status;
    len = be16(h + 4);
    next = h[6];
    *ip = (struct ip){h + 8, h + 24, 6, 0, len != 0, false};
    if (h[0] >> 4 != 6 || len > r->wire)
        return PACKET_BROKEN;
    if (ip->sized)
        limit(r, len);
    else if (next == NEXT_HOP)
        status = read_jumbo(r);
    return status == PACKET_TCP ? skip_extensions(r, next, ip) : status;
}

/* The options of a SYN, as far as they are there.  What comes after a malformed one is not read. */
static uint8_t scale_option(struct tws_cursor options)
{
    const uint8_t *value;
    uint8_t type, n;

    while (tws_take_u8(&options, &type) && type != TCP_OPTION_END) {
        if (type == TCP_OPTION_NOP)
            continue;
        if (!tws_take_u8(&options, &n) || n < 2 || !tws_take(&options, n - 2u, &value))
            break;
        if (type == TCP_OPTION_SCALE && n == 3)
            return value[0] < SCALE_MAX ? value[0] : SCALE_MAX;
    }
    return PACKET_NO_SCALE;
}

/* Add `n` bytes to a sum of 16-bit words in ones' complement, taken four at a time in this
 * machine's byte order: the folded sum is that of 16-bit words in the same order. */
static uint64_t add_words(uint64_t sum, const uint8_t *p, size_t n)
{
    uint32_t word;

    for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        sum += word;
    }
    word = 0;
    memcpy(&word, p, n);
    return sum + word;
}

static uint16_t fold(uint64_t sum)
{
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

/* `r` is the whole TCP segment. */
static enum packet_checksum checksum(const struct rest *r, const struct ip *ip)
{
    const uint8_t tail[8] = {(uint8_t)(r->wire >> 24),
                             (uint8_t)(r->wire >> 16),
                             (uint8_t)(r->wire >> 8),
                             (uint8_t)r->wire,
                             0,
                             0,
                             0,
                             NEXT_TCP};
    size_t addr = ip->family == 4 ? 4 : 16;
    uint64_t pseudo;
    uint16_t field;

    if (r->in.left < r->wire || !ip->sized || ip->routed)
        return PACKET_SUM_UNKNOWN;
    pseudo = add_words(add_words(add_words(0, ip->src, addr), ip->dst, addr), tail, sizeof tail);
    if (fold(add_words(pseudo, r->in.p, r->wire)) == UINT16_MAX)
        return PACKET_SUM_GOOD;
    memcpy(&field, r->in.p + 16, sizeof field);
    return field == fold(pseudo) ? PACKET_SUM_UNKNOWN : PACKET_SUM_BAD;
}

static void set_end(struct tws_endpoint *e, uint8_t family, const uint8_t *addr, uint16_t port)
{
    *e = (struct tws_endpoint){.family = family, .port = port};
    memcpy(e->addr, addr, family == 4 ? 4 : 16);
}

static enum packet_status read_tcp(struct rest r, const struct ip *ip, bool check,
                                   struct packet_segment *out)
{
    const struct rest whole = r;
    struct tws_cursor options;
    const uint8_t *h, *skipped;
    size_t head;
    enum packet_status status = take(&r, TCP_HEAD, &h);

    if (status != PACKET_TCP)
        return status;
    head = (h[12] >> 4) * 4u;
    if (head < TCP_HEAD || head > whole.wire || whole.wire > PACKET_LEN_MAX)
        return PACKET_BROKEN;
    /* Cut off in its options, a segment still says where its bytes stand. */
    options = r.in;
    if (options.left > head - TCP_HEAD)
        options.left = head - TCP_HEAD;
    (void)tws_take(&r.in, options.left, &skipped);
    set_end(&out->src, ip->family, ip->src, be16(h));
    set_end(&out->dst, ip->family, ip->dst, be16(h + 2));
    out->seq = be32(h + 4);
    out->flags = h[13] & (PACKET_FIN | PACKET_SYN | PACKET_RST | PACKET_PSH | PACKET_ACK);
    out->ack = out->flags & PACKET_ACK ? be32(h + 8) : 0;
    out->scale = out->flags & PACKET_SYN ? scale_option(options) : PACKET_NO_SCALE;
    out->window = be16(h + 14);
    out->ip_id = ip->id;
    out->tcp = h;
    out->payload = r.in.p;
    out->captured = (uint32_t)r.in.left;
    out->len = (uint32_t)(whole.wire - head);
    out->sum = check ? checksum(&whole, ip) : PACKET_SUM_UNKNOWN;
    return PACKET_TCP;
}

enum packet_status packet_read(const struct packet *p, bool check, struct packet_segment *out)
{
    const struct link *link = link_find(p->link);
    struct rest r = {{p->bytes, p->captured}, p->len > p->captured ? p->len : p->captured};
    struct ip ip;
    uint16_t ether;
    enum packet_status status;

    if (!link)
        return PACKET_LINK;
    status = read_link(&r, link, &ether);
    if (status != PACKET_TCP)
        return status;
    if (ether == ETHER_IP4)
        status = read_ip4(&r, &ip);
    else if (ether == ETHER_IP6)
        status = read_ip6(&r, &ip);
    else
        status = PACKET_OTHER;
    return status == PACKET_TCP ? read_tcp(r, &ip, check, out) : status;
}

uint32_t packet_headers(const struct packet *p)
{
    const struct link *link = link_find(p->link);
    struct rest r = {{p->bytes, p->captured}, p->len > p->captured ? p->len : p->captured};
    const uint8_t *h;
    uint16_t ether;

    if (!link || read_link(&r, link, &ether) != PACKET_TCP)
        return 0;
    if (ether == ETHER_IP4)
        (void)take(&r, IP4_HEAD, &h);
    else if (ether == ETHER_IP6 && take(&r, IP6_HEAD, &h) == PACKET_TCP && h[6] == NEXT_FRAGMENT)
        (void)take(&r, IP6_FRAGMENT_HEAD, &h);
    return (uint32_t)(p->captured - r.in.left);
}

int packet_link_from_dlt(int dlt)
{
    static const struct {
        int dlt, link;
    } differ[] = {{DLT_RAW, LINK_RAW}, {DLT_LOOP, LINK_LOOP}};

    for (size_t i = 0; i < sizeof differ / sizeof differ[0]; i++)
        if (differ[i].dlt == dlt)
            return differ[i].link;
    return dlt;
}

const char *packet_link_name(int link)
{
    const struct link *row = link_find(link);

    return row ? row->name : NULL;
}
