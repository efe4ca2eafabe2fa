#include "segment.h"
#include <string.h>

enum { IPV4_HEAD = 20, IPV6_HEAD = 40, TCP_HEAD = 20, SYN_OPTIONS = 8 };
enum { PROTO_TCP = 6, HOPS = 64, SUM_AT = 16 };

static void set16(uint8_t *at, uint32_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static void set32(uint8_t *at, uint32_t n)
{
    set16(at, n >> 16);
    set16(at + 2, n);
}

/* The sum of 16-bit words; the end of an odd run is padded with a zero. */
static uint64_t add_words(uint64_t sum, const uint8_t *p, size_t n)
{
    for (; n > 1; n -= 2, p += 2)
        sum += (uint32_t)p[0] << 8 | p[1];
    return n ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void put_ipv4(uint8_t *p, const struct segment *s, size_t total)
{
    memset(p, 0, IPV4_HEAD);
    p[0] = 0x45;
    set16(p + 2, (uint32_t)total);
    p[6] = 0x40; /* do not fragment */
    p[8] = HOPS;
    p[9] = PROTO_TCP;
    memcpy(p + 12, s->from->addr, 4);
    memcpy(p + 16, s->to->addr, 4);
    set16(p + 10, (uint16_t)~fold(add_words(0, p, IPV4_HEAD)));
}

static void put_addr6(uint8_t *p, const struct tws_endpoint *e)
{
    if (e->family == 6) {
        memcpy(p, e->addr, 16);
        return;
    }
    memset(p, 0, 10);
    p[10] = p[11] = 0xff;
    memcpy(p + 12, e->addr, 4);
}

static void put_ipv6(uint8_t *p, const struct segment *s, size_t behind)
{
    memset(p, 0, 8);
    p[0] = 0x60;
    set16(p + 4, (uint32_t)behind);
    p[6] = PROTO_TCP;
    p[7] = HOPS;
    put_addr6(p + 8, s->from);
    put_addr6(p + 24, s->to);
}

static size_t put_tcp(uint8_t *p, const struct segment *s)
{
    static const uint8_t options[SYN_OPTIONS] = {2, 4, 0xff, 0xff, 1, 3, 3, 14}; /* MSS, scale */
    size_t len = s->flags & SEGMENT_SYN ? TCP_HEAD + SYN_OPTIONS : TCP_HEAD;

    memset(p, 0, TCP_HEAD);
    set16(p, s->from->port);
    set16(p + 2, s->to->port);
    set32(p + 4, s->seq);
    set32(p + 8, s->flags & SEGMENT_ACK ? s->ack : 0);
    p[12] = (uint8_t)(len / 4 << 4);
    p[13] = s->flags;
    set16(p + 14, 0xffff);
    if (len > TCP_HEAD)
        memcpy(p + TCP_HEAD, options, SYN_OPTIONS);
    return len;
}

size_t segment_head(const struct segment *s, size_t payload_len, uint8_t to[SEGMENT_HEAD_MAX])
{
    bool six = s->from->family == 6 || s->to->family == 6;
    size_t ip = six ? IPV6_HEAD : IPV4_HEAD;
    size_t tcp = put_tcp(to + ip, s);

    if (six)
        put_ipv6(to, s, tcp + payload_len);
    else
        put_ipv4(to, s, ip + tcp + payload_len);
    return ip + tcp;
}

void segment_sum(uint8_t *packet, size_t len)
{
    bool six = packet[0] >> 4 == 6;
    size_t ip = six ? IPV6_HEAD : IPV4_HEAD, addrs = six ? 8 : 12;
    uint64_t sum = PROTO_TCP + (len - ip);

    sum = add_words(sum, packet + addrs, ip - addrs); /* the pseudo-header */
    set16(packet + ip + SUM_AT, 0);
    sum = add_words(sum, packet + ip, len - ip);
    set16(packet + ip + SUM_AT, (uint16_t)~fold(sum));
}

void segment_sum_update(uint8_t sum[2], const uint8_t *was, const uint8_t *is, size_t len)
{
    uint64_t old = fold(add_words(0, was, len)), new = fold(add_words(0, is, len));
    uint64_t have = (uint32_t)sum[0] << 8 | sum[1];

    if (memcmp(was, is, len) == 0)
        return;
    set16(sum, (uint16_t)~fold((uint16_t)~have + (uint64_t)(uint16_t)~old + new));
}
