#include "ngread.h"
#include "pcapng.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t le(const uint8_t *p, size_t n)
{
    uint32_t v = 0;

    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static uint32_t be(const uint8_t *p, size_t n)
{
    uint32_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* The text of option `code`; "" when it is not there. */
static void option(const uint8_t *p, const uint8_t *end, unsigned code, char *to, size_t size)
{
    *to = '\0';
    while (end - p >= 4 && le(p, 2) != 0) {
        size_t len = le(p + 2, 2);

        cr_assert(len <= (size_t)(end - p) - 4, "an option ends in its block");
        if (le(p, 2) == code)
            snprintf(to, size, "%.*s", (int)len, (const char *)p + 4);
        p += 4 + (len + 3) / 4 * 4;
    }
}

static uint32_t fold(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void read_tcp(struct ngread_packet *p, uint16_t port)
{
    bool six = p->bytes[0] >> 4 == 6;
    size_t ip = six ? 40 : 20, addrs = six ? 8 : 12;
    const uint8_t *tcp = p->bytes + ip;
    size_t head = (size_t)(tcp[12] >> 4) * 4;
    uint32_t sum;

    cr_assert_geq(p->len, ip + head);
    sum = fold((uint32_t)(6 + p->len - ip), p->bytes + addrs, ip - addrs);
    cr_assert_eq(fold(sum, tcp, p->len - ip), 0xffff, "the TCP checksum is right");
    if (!six)
        cr_assert_eq(fold(0, p->bytes, ip), 0xffff, "the IP checksum is right");
    p->from_port = be(tcp, 2) == port;
    p->seq = be(tcp + 4, 4);
    p->ack = be(tcp + 8, 4);
    p->flags = tcp[13];
    p->payload = tcp + head;
    p->payload_len = p->len - ip - head;
}

static void read_block(struct ngread *r, const uint8_t *b, size_t len, uint16_t port)
{
    const uint8_t *end = b + len - 4;
    struct ngread_packet *p = &r->packet[r->n];

    switch (le(b, 4)) {
    case 0x0A0D0D0A:
        cr_assert_eq(b, r->file, "one section");
        option(b + 24, end, 1, r->comment, sizeof r->comment);
        option(b + 24, end, 4, r->app, sizeof r->app);
        break;
    case 1:
        cr_assert_lt(r->n_ifaces, 16);
        r->link[r->n_ifaces] = (uint16_t)le(b + 8, 2);
        option(b + 16, end, 2, r->name[r->n_ifaces], sizeof r->name[0]);
        r->n_ifaces++;
        break;
    case 6:
        cr_assert_lt(r->n++, NGREAD_PACKETS);
        p->iface = le(b + 8, 4);
        cr_assert_lt(p->iface, r->n_ifaces);
        p->ts_ns = (uint64_t)le(b + 12, 4) << 32 | le(b + 16, 4);
        p->len = le(b + 20, 4);
        p->wire_len = le(b + 24, 4);
        p->bytes = b + PCAPNG_PACKET_HEAD;
        option(p->bytes + (p->len + 3) / 4 * 4, end, 1, p->comment, sizeof p->comment);
        if (r->link[p->iface] == PCAPNG_LINK_RAW)
            read_tcp(p, port);
        break;
    default:
        cr_assert_fail("a block of type %u", le(b, 4));
    }
}

struct ngread *ngread(const char *path, uint16_t port)
{
    const size_t most = 64u << 20;
    struct ngread *r = calloc(1, sizeof *r);
    FILE *f = fopen(path, "rb");

    cr_assert(r && f, "%s", path);
    r->file = malloc(most);
    r->size = fread(r->file, 1, most, f);
    fclose(f);
    for (size_t at = 0; at < r->size;) {
        size_t len;

        cr_assert_geq(r->size - at, 12, "a block is cut at %zu", at);
        len = pcapng_block_len(r->file + at);
        cr_assert(len % 4 == 0 && len >= 12 && len <= r->size - at, "a block is cut at %zu", at);
        cr_assert_eq(le(r->file + at + len - 4, 4), len);
        read_block(r, r->file + at, len, port);
        at += len;
    }
    return r;
}

void ngread_free(struct ngread *r)
{
    if (r)
        free(r->file);
    free(r);
}
