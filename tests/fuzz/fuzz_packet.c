#include "packet.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 3u /* bytes of the input before the packet */

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* No byte of an address but those of its family. */
static void check_end(const struct tws_endpoint *e, uint8_t family)
{
    static const uint8_t nothing[12];

    require(e->family == family && e->scope == 0);
    require(family == 6 || (family == 4 && memcmp(e->addr + 4, nothing, sizeof nothing) == 0));
}

static void check_segment(const struct packet *p, const struct packet_segment *s)
{
    require(s->payload >= p->bytes && s->payload <= p->bytes + p->captured);
    require(s->captured <= (size_t)(p->bytes + p->captured - s->payload));
    require(s->captured <= s->len && s->len < PACKET_LEN_MAX && s->len < p->len);
    require(s->captured == s->len || p->captured < p->len); /* snapped, or all is there */
    require(s->sum == PACKET_SUM_UNKNOWN || s->captured == s->len);
    require(s->scale == PACKET_NO_SCALE || (s->scale <= 14 && s->flags & PACKET_SYN));
    require(s->flags & PACKET_ACK || s->ack == 0);
    check_end(&s->src, s->src.family);
    check_end(&s->dst, s->src.family);
}

static bool same_end(const struct tws_endpoint *a, const struct tws_endpoint *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

/* What a snapped packet says is what the whole one says, or nothing. */
static void check_snapped(struct packet p, uint32_t captured, enum packet_status whole,
                          const struct packet_segment *s)
{
    struct packet_segment t;
    enum packet_status status;
    uint8_t *exact = malloc(captured > 0 ? captured : 1); /* a sanitizer sees an over-read */

    require(exact);
    memcpy(exact, p.bytes, captured);
    p.bytes = exact;
    p.captured = captured;
    status = packet_read(&p, false, &t);
    require(status == whole || status == PACKET_SHORT);
    if (status == PACKET_TCP) {
        check_segment(&p, &t);
        require(same_end(&s->src, &t.src) && same_end(&s->dst, &t.dst));
        require(s->seq == t.seq && s->ack == t.ack && s->flags == t.flags);
        require(s->len == t.len && s->window == t.window && s->ip_id == t.ip_id);
        require(t.captured <= s->captured && t.sum == PACKET_SUM_UNKNOWN);
        require(memcmp(s->payload, t.payload, t.captured) == 0);
    }
    free(exact);
}

/* Input: which link type (an index), bytes that the snapshot length took (times 16), where to snap
 * it again, and the packet.
 *
 * Property: a payload lies in its packet, and is shorter than its length only where the packet was
 * snapped; *out is written for a segment only; a snapped packet says no other thing than the whole
 * one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = {1, 113, 276, 0, 108, 101, 12, 14, 228, 229, 147};
    struct packet p = {0};
    struct packet_segment s, before;
    enum packet_status status;

    if (size < HEAD || size > 1u << 20)
        return 0;
    p.link = links[data[0] % (sizeof links / sizeof links[0])];
    p.bytes = data + HEAD;
    p.captured = (uint32_t)(size - HEAD);
    p.len = p.captured + data[1] * 16u;
    memset(&s, 0x5a, sizeof s);
    memcpy(&before, &s, sizeof s);
    status = packet_read(&p, true, &s);
    require((status == PACKET_LINK) == !packet_link_name(p.link));
    if (status == PACKET_TCP)
        check_segment(&p, &s);
    else
        require(memcmp(&s, &before, sizeof s) == 0);
    check_snapped(p, data[2] < p.captured ? data[2] : p.captured, status, &s);
    return 0;
}
