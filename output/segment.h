/* segment.h - the IP and TCP headers of a segment that never was on a wire.
 *
 * A relay sees reads, not packets; a recording of it tells them as TCP, so that every tool can
 * follow the stream.  Pure. */
#ifndef TWS_SEGMENT_H
#define TWS_SEGMENT_H
#include "event.h"

#define SEGMENT_HEAD_MAX    68u    /* IPv6, TCP, the options of a SYN */
#define SEGMENT_PAYLOAD_MAX 65000u /* fits the 16-bit lengths of both IP versions */

enum segment_flag {
    SEGMENT_FIN = 0x01,
    SEGMENT_SYN = 0x02,
    SEGMENT_RST = 0x04,
    SEGMENT_PSH = 0x08,
    SEGMENT_ACK = 0x10,
};

struct segment {
    const struct tws_endpoint *from, *to; /* borrowed; where one is IPv6 the other is written as
                                           * an IPv4-mapped address; family 0 is 0.0.0.0 */
    uint32_t seq, ack;                    /* host order */
    uint8_t flags;                        /* enum segment_flag bits */
};

/* Headers in front of `payload_len` bytes (at most SEGMENT_PAYLOAD_MAX), all but the TCP checksum.
 * A SYN offers the largest window scale: an observer must not find the window too small for what
 * was relayed.  Returns the headers' length, at most SEGMENT_HEAD_MAX. */
size_t segment_head(const struct segment *s, size_t payload_len, uint8_t to[SEGMENT_HEAD_MAX]);

/* Set the TCP checksum of the packet that segment_head began; `len` with its payload. */
void segment_sum(uint8_t *packet, size_t len);

/* The 16-bit checksum at `sum` after bytes that it covers have changed from `was` to `is`, both
 * `len` long and beginning at an even place of what is summed: a right one stays right, and a wrong
 * one wrong (RFC 1624). */
void segment_sum_update(uint8_t sum[2], const uint8_t *was, const uint8_t *is, size_t len);
#endif
