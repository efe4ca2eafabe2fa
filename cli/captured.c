#include "captured.h"

struct record_packet captured_packet(const struct tap *t, const struct packet *p)
{
    struct packet_segment s;
    struct record_packet out = {.ts_ns = p->ts_ns,
                                .bytes = p->bytes,
                                .captured = p->captured,
                                .wire_len = p->len,
                                .headers = packet_headers(p)};

    if (packet_read(p, false, &s) != PACKET_TCP)
        return out;
    out.tcp = true;
    out.syn = s.flags & PACKET_SYN;
    out.src = s.src;
    out.dst = s.dst;
    out.seq = s.seq;
    out.placed = tap_place(t, p, s.seq + out.syn, &out.offset);
    out.tcp_at = (uint32_t)(s.tcp - p->bytes);
    out.payload_at = (uint32_t)(s.payload - p->bytes);
    out.payload = s.captured;
    out.payload_wire = s.len;
    return out;
}
