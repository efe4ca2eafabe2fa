#include "craft.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* Bytes written so far. */
struct out {
    uint8_t *p;
    size_t n, size;
};

/* An address of either kind. */
struct address {
    uint8_t bytes[16];
    size_t n; /* 4 or 16 */
};

static const uint8_t numbers[] = {
    [CRAFT_HOP] = 0,   [CRAFT_JUMBO] = 0, [CRAFT_ROUTING] = 43, [CRAFT_ROUTING_AHEAD] = 43,
    [CRAFT_DEST] = 60, [CRAFT_AH] = 51,   [CRAFT_FRAG] = 44,
};

static uint8_t *room(struct out *o, size_t n)
{
    uint8_t *at = o->p + o->n;

    if (n > o->size - o->n)
        abort();
    o->n += n;
    return at;
}

static void put(struct out *o, const void *p, size_t n)
{
    uint8_t *at = room(o, n);

    if (n > 0)
        memcpy(at, p, n);
}

static void put_fill(struct out *o, uint8_t byte, size_t n)
{
    memset(room(o, n), byte, n);
}

static void set16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put8(struct out *o, size_t v)
{
    *room(o, 1) = (uint8_t)v;
}

static void put16(struct out *o, size_t v)
{
    set16(room(o, 2), v);
}

static void put32(struct out *o, size_t v)
{
    put16(o, v >> 16);
    put16(o, v);
}

static struct address address(const char *text, const char *other)
{
    struct address a = {.n = 4};
    const char *kind = text ? text : other;

    if (kind && strchr(kind, ':'))
        a.n = 16;
    if (!text)
        text = a.n == 4 ? "127.0.0.1" : "::1";
    if (inet_pton(a.n == 4 ? AF_INET : AF_INET6, text, a.bytes) != 1)
        abort();
    return a;
}

static bool is_ip6(const struct craft *c)
{
    return address(c->src, c->dst).n == 16;
}

/* Big-endian words, on purpose not the way that the code under test adds them. */
static uint32_t sum(uint32_t start, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        start += i % 2 ? p[i] : (uint32_t)p[i] << 8;
        start = (start & 0xffff) + (start >> 16);
    }
    return start;
}

static size_t up_to(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Tags, and the type behind them; the first TPID stands where the type would. */
static void put_type(struct out *o, const struct craft *c, uint8_t *where)
{
    uint16_t type = c->ether ? c->ether : is_ip6(c) ? 0x86dd : 0x0800;
    size_t n = 0;

    while (n < CRAFT_TAGS_MAX && c->tags[n])
        n++;
    set16(where, n > 0 ? c->tags[0] : type);
    for (size_t i = 0; i < n; i++) {
        put16(o, 100 + i);
        put16(o, i + 1 < n ? c->tags[i + 1] : type);
    }
}

static void put_family(struct out *o, const struct craft *c)
{
    uint32_t family = c->family   ? c->family
                      : is_ip6(c) ? 30
                                  : 2,
             net = htonl(family), host = family;
    uint32_t swapped = host << 24 | (host & 0xff00) << 8 | (host >> 8 & 0xff00) | host >> 24;

    if (c->link == CRAFT_LOOP)
        put(o, &net, 4);
    else
        put(o, c->link == CRAFT_NULL ? &host : &swapped, 4);
}

static void put_ethernet(struct out *o, const struct craft *c)
{
    put(o, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
    put_type(o, c, room(o, 2));
}

static void put_sll(struct out *o, const struct craft *c)
{
    put(o, "\0\0\0\x01\0\x06\x02\0\0\0\0\x02\0\0", 14); /* to us, Ethernet, 6 bytes of address */
    put_type(o, c, room(o, 2));
}

static void put_sll2(struct out *o, const struct craft *c)
{
    uint8_t *type = room(o, 2);

    put(o, "\0\0\0\0\0\x03\0\x01\0\x06\x02\0\0\0\0\x02\0\0", 18); /* interface 3, the same */
    put_type(o, c, type);
}

static void put_link(struct out *o, const struct craft *c)
{
    switch (c->link) {
    case CRAFT_ETHERNET:
        put_ethernet(o, c);
        break;
    case CRAFT_SLL:
        put_sll(o, c);
        break;
    case CRAFT_SLL2:
        put_sll2(o, c);
        break;
    case CRAFT_NULL:
    case CRAFT_NULL_SWAPPED:
    case CRAFT_LOOP:
        put_family(o, c);
        break;
    case CRAFT_RAW:
    case CRAFT_RAW_12:
    case CRAFT_RAW_14:
    case CRAFT_IP:
    case CRAFT_LINKS:
        break;
    }
}

static size_t scale_size(const struct craft *c)
{
    return c->has_scale ? 4 : 0;
}

static size_t tcp_head(const struct craft *c)
{
    size_t head = 20 + up_to(scale_size(c) + c->options.n, 4);

    if (head > 60)
        abort();
    return head;
}

static size_t ip4_head(const struct craft *c)
{
    size_t head = 20 + up_to(c->ip4.n, 4);

    if (head > 60)
        abort();
    return head;
}

static void put_ip4(struct out *o, const struct craft *c, const struct address *src,
                    const struct address *dst)
{
    size_t head = ip4_head(c), len = head + tcp_head(c) + c->payload.n;
    size_t at = o->n;

    put8(o, 0x40 | head / 4);
    put8(o, 0);
    if (!c->offload && len > 0xffff)
        abort();
    put16(o, c->offload ? 0 : len);
    put16(o, c->ip_id);
    put16(o, (c->more ? 0x2000u : 0) | c->offset / 8u);
    put8(o, 64);
    put8(o, c->proto ? c->proto : 6);
    put16(o, 0);
    put(o, src->bytes, 4);
    put(o, dst->bytes, 4);
    put(o, c->ip4.p, c->ip4.n);
    put_fill(o, 0, head - 20 - c->ip4.n);
    set16(o->p + at + 10, ~sum(0, o->p + at, head));
}

static size_t ext_size(enum craft_ext e)
{
    return e == CRAFT_ROUTING || e == CRAFT_ROUTING_AHEAD || e == CRAFT_AH ? 24
           : e == CRAFT_DEST                                               ? 16
                                                                           : 8;
}

/* One extension header; `behind`: bytes from its front to the packet's end, for the jumbo option.
 */
static void put_ext(struct out *o, const struct craft *c, enum craft_ext e, uint8_t next,
                    size_t behind)
{
    uint8_t *h = room(o, ext_size(e));

    memset(h, 0, ext_size(e));
    h[0] = next;
    h[1] = (uint8_t)(ext_size(e) / 8 - 1);
    if (e == CRAFT_HOP || e == CRAFT_DEST) {
        h[2] = 1; /* PadN over all the rest */
        h[3] = (uint8_t)(ext_size(e) - 4);
    } else if (e == CRAFT_JUMBO) {
        h[2] = 0xc2;
        h[3] = 4;
        set16(h + 4, behind >> 16);
        set16(h + 6, behind);
    } else if (e == CRAFT_ROUTING_AHEAD) {
        h[3] = 1;
    } else if (e == CRAFT_AH) {
        h[1] = 24 / 4 - 2;
    } else if (e == CRAFT_FRAG) {
        set16(h + 2, (c->offset & 0xfff8u) | c->more);
    }
}

static void put_ip6(struct out *o, const struct craft *c, const struct address *src,
                    const struct address *dst)
{
    uint8_t last = c->proto ? c->proto : 6;
    size_t n = 0, len = tcp_head(c) + c->payload.n;
    bool unsized = c->offload;

    for (; n < CRAFT_EXT_MAX && c->ip6[n] != CRAFT_EXT_END; n++) {
        len += ext_size(c->ip6[n]);
        unsized |= c->ip6[n] == CRAFT_JUMBO;
    }
    if (!unsized && len > 0xffff)
        abort();
    put32(o, 0x60000000);
    put16(o, unsized ? 0 : len);
    put8(o, n > 0 ? numbers[c->ip6[0]] : last);
    put8(o, 64);
    put(o, src->bytes, 16);
    put(o, dst->bytes, 16);
    for (size_t i = 0; i < n; i++) {
        put_ext(o, c, c->ip6[i], i + 1 < n ? numbers[c->ip6[i + 1]] : last, len);
        len -= ext_size(c->ip6[i]);
    }
}

/* The checksum of the segment that ends at the end of `o`; its field is still 0. */
static uint16_t tcp_sum(const struct out *o, size_t at, const struct address *src,
                        const struct address *dst, enum craft_sum how)
{
    uint8_t tail[8] = {0};
    uint32_t s;

    set16(tail, (o->n - at) >> 16);
    set16(tail + 2, o->n - at);
    tail[7] = 6;
    s = sum(sum(sum(0, src->bytes, src->n), dst->bytes, dst->n), tail, sizeof tail);
    if (how == CRAFT_SUM_PARTIAL)
        return (uint16_t)s;
    s = sum(s, o->p + at, o->n - at);
    return (uint16_t)(how == CRAFT_SUM_GOOD ? ~s : ~s ^ 0x5555u);
}

static void put_tcp(struct out *o, const struct craft *c)
{
    size_t head = tcp_head(c);

    put16(o, c->sport);
    put16(o, c->dport);
    put32(o, c->seq);
    put32(o, c->ack);
    put8(o, head / 4 << 4);
    put8(o, c->flags ? c->flags : PACKET_ACK);
    put16(o, c->zero_window ? 0 : c->window ? c->window : 0xffffu);
    put32(o, 0);
    if (c->has_scale)
        put(o, (const uint8_t[]){1, 3, 3, c->scale}, 4);
    put(o, c->options.p, c->options.n);
    put_fill(o, 0, head - 20 - scale_size(c) - c->options.n);
}

struct crafted craft(const struct craft *c, uint8_t *out, size_t size)
{
    const struct address src = address(c->src, c->dst), dst = address(c->dst, c->src);
    struct out o = {out, 0, size};
    struct crafted at;

    if (src.n != dst.n)
        abort();
    put_link(&o, c);
    at.ip = o.n;
    if (src.n == 4)
        put_ip4(&o, c, &src, &dst);
    else
        put_ip6(&o, c, &src, &dst);
    at.tcp = o.n;
    put_tcp(&o, c);
    at.payload = o.n;
    put(&o, c->payload.p, c->payload.n);
    at.end = o.n;
    set16(out + at.tcp + 16, tcp_sum(&o, at.tcp, &src, &dst, c->sum));
    put_fill(&o, 0xee, c->padding);
    at.len = o.n;
    return at;
}

int craft_linktype(const struct craft *c)
{
    static const int types[CRAFT_LINKS] = {
        [CRAFT_ETHERNET] = 1,     [CRAFT_SLL] = 113,  [CRAFT_SLL2] = 276, [CRAFT_NULL] = 0,
        [CRAFT_NULL_SWAPPED] = 0, [CRAFT_LOOP] = 108, [CRAFT_RAW] = 101,  [CRAFT_RAW_12] = 12,
        [CRAFT_RAW_14] = 14,      [CRAFT_IP] = 228,
    };

    if (c->link == CRAFT_IP && is_ip6(c))
        return 229;
    return types[c->link];
}

struct packet craft_packet(const struct craft *c, uint8_t *out, size_t size, uint64_t ts_ns)
{
    uint32_t len = (uint32_t)craft(c, out, size).len;

    return (struct packet){
        .ts_ns = ts_ns, .bytes = out, .captured = len, .len = len, .link = craft_linktype(c)};
}

struct craft craft_answer(const struct craft *c)
{
    struct craft back = *c;
    size_t taken = c->payload.n + (c->flags & PACKET_SYN ? 1 : 0) + (c->flags & PACKET_FIN ? 1 : 0);

    back.src = c->dst;
    back.dst = c->src;
    back.sport = c->dport;
    back.dport = c->sport;
    back.seq = c->ack;
    back.ack = c->seq + (uint32_t)taken;
    back.flags = PACKET_ACK;
    back.has_scale = false;
    back.options = back.payload = (struct craft_bytes){0};
    return back;
}
