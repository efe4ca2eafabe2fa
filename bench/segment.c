#include "segment.h"
#include <string.h>

#define ETHERNET 14u
#define IPV4     20u
#define TCP      20u

static uint8_t *put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, (uint16_t)(v >> 16)), (uint16_t)v);
}

/* The one's complement sum does not care how wide the words are, nor for their byte order as long
 * as the result is written as the words were read. */
static uint64_t sum(uint64_t so_far, const uint8_t *p, size_t n)
{
    uint32_t word;

    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        so_far += word;
    }
    word = 0;
    if (n > 0)
        memcpy(&word, p, n);
    return so_far + word;
}

static void put_sum(uint8_t *p, uint64_t s)
{
    uint16_t folded;

    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    folded = (uint16_t)~s;
    memcpy(p, &folded, sizeof folded);
}

static uint8_t *put_mac(uint8_t *p, uint32_t address)
{
    p = put16(p, 0x0200); /* locally administered */
    return put32(p, address & 0xff);
}

static uint8_t *put_options(uint8_t *p, const struct segment *s)
{
    static const uint8_t syn[] = {2, 4, (SEGMENT_MSS + 12) >> 8, (SEGMENT_MSS + 12) & 0xff, 4, 2};
    static const uint8_t pad[] = {1, 1};
    static const uint8_t scale[] = {1, 3, 3, 7};

    if (s->flags & SEGMENT_SYN)
        memcpy(p, syn, sizeof syn);
    else
        memcpy(p, pad, sizeof pad);
    p += s->flags & SEGMENT_SYN ? sizeof syn : sizeof pad;
    *p++ = 8;
    *p++ = 10;
    p = put32(put32(p, s->ts_value), s->ts_echo);
    if (!(s->flags & SEGMENT_SYN))
        return p;
    memcpy(p, scale, sizeof scale);
    return p + sizeof scale;
}

static void put_ipv4(uint8_t *p, const struct segment *s, size_t len)
{
    uint8_t *const head = p;

    *p++ = 0x45;
    *p++ = 0;
    p = put16(p, (uint16_t)len);
    p = put16(p, s->ip_id);
    p = put16(p, 0x4000); /* do not fragment */
    *p++ = 64;
    *p++ = 6;
    p = put16(p, 0);
    p = put32(p, s->from);
    put32(p, s->to);
    put_sum(head + 10, sum(0, head, IPV4));
}

static void put_tcp_sum(uint8_t *ip, size_t len)
{
    uint8_t pseudo[4] = {0, 6, (uint8_t)(len >> 8), (uint8_t)len};

    put_sum(ip + IPV4 + 16, sum(sum(sum(0, pseudo, sizeof pseudo), ip + 12, 8), ip + IPV4, len));
}

size_t segment_build(const struct segment *s, uint8_t out[SEGMENT_MAX])
{
    uint8_t *const ip = out + ETHERNET, *const tcp = ip + IPV4;
    uint8_t *p = tcp + TCP;
    size_t heads;

    put16(put_mac(put_mac(out, s->to), s->from), 0x0800);
    p = put_options(p, s);
    heads = (size_t)(p - tcp);
    memcpy(p, s->payload, s->len);
    put16(put16(tcp, s->from_port), s->to_port);
    put32(put32(tcp + 4, s->seq), s->ack);
    tcp[12] = (uint8_t)(heads / 4 << 4);
    tcp[13] = s->flags;
    put32(put16(tcp + 14, s->window), 0);
    put_ipv4(ip, s, IPV4 + heads + s->len);
    put_tcp_sum(ip, heads + s->len);
    return ETHERNET + IPV4 + heads + s->len;
}
