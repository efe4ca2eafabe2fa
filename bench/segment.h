/* segment.h - a TCP segment as Ethernet would carry it, with valid checksums. */
#ifndef BENCH_SEGMENT_H
#define BENCH_SEGMENT_H
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_MSS   1448u /* payload bytes: an MTU of 1500, less IPv4, TCP and timestamps */
#define SEGMENT_HEADS 74u   /* Ethernet, IPv4, TCP with the options of a SYN */
#define SEGMENT_MAX   (SEGMENT_HEADS + SEGMENT_MSS)

#define SEGMENT_FIN 0x01u
#define SEGMENT_SYN 0x02u
#define SEGMENT_RST 0x04u
#define SEGMENT_PSH 0x08u
#define SEGMENT_ACK 0x10u

/* All in host order.  The last byte of an address is that of its MAC too. */
struct segment {
    uint32_t from, to;
    uint16_t from_port, to_port, ip_id;
    uint8_t flags; /* SEGMENT_SYN also gives MSS, SACK permitted and the window's scale, 7 */
    uint32_t seq, ack;
    uint16_t window;
    uint32_t ts_value, ts_echo;
    const uint8_t *payload; /* borrowed */
    size_t len;             /* at most SEGMENT_MSS */
};

/* Bytes of the packet. */
size_t segment_build(const struct segment *s, uint8_t out[SEGMENT_MAX]);
#endif
