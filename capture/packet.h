/* packet.h - a captured packet's headers to one TCP segment.
 *
 * Pure: bytes in, a value out.  Nothing is kept, copied or reassembled here; every length in a
 * header is hostile until it was compared with what is there. */
#ifndef TWS_PACKET_H
#define TWS_PACKET_H
#include "event.h"

#define PACKET_TAGS_MAX       4u /* VLAN tags; a packet with more is OTHER */
#define PACKET_EXTENSIONS_MAX 8u /* IPv6 extension headers; a packet with more is OTHER */
/* Bytes of a TCP segment.  Only offload makes packets above 64 KiB, and Linux none above 512 KiB:
 * where a packet claims more than this it is BROKEN, and no `len` is ever larger. */
#define PACKET_LEN_MAX (1024u * 1024u)

/* One packet as a source hands it out. */
struct packet {
    uint64_t ts_ns;       /* since 1970-01-01 UTC */
    const uint8_t *bytes; /* borrowed: lives until the source is asked for the next one */
    uint32_t captured;    /* bytes there */
    uint32_t len;         /* bytes on the wire; at least `captured` */
    int link;             /* LINKTYPE_ value as in files (packet_link_from_dlt for live ones) */
    uint32_t iface;       /* which interface of its source */
    const char *comment;  /* borrowed, NUL-ended; NULL: none */
};

enum packet_status {
    PACKET_TCP,      /* `out` is a segment */
    PACKET_FRAGMENT, /* a fragment that carries TCP, or may: counted and said, not put together */
    PACKET_OTHER,    /* not TCP over IP; tunnels and ESP too */
    PACKET_SHORT,    /* the snapshot length cut the packet before the 20th byte of TCP's header */
    PACKET_BROKEN,   /* headers that contradict themselves, or promise more than was on the wire */
    PACKET_LINK,     /* a link type that is not understood */
};

enum packet_flag {
    PACKET_FIN = 0x01,
    PACKET_SYN = 0x02,
    PACKET_RST = 0x04,
    PACKET_PSH = 0x08,
    PACKET_ACK = 0x10,
};

enum packet_checksum { PACKET_SUM_UNKNOWN, PACKET_SUM_GOOD, PACKET_SUM_BAD };

#define PACKET_NO_SCALE 0xffu

struct packet_segment {
    /* Unused bytes of addr are 0, so that all 16 compare and hash at once; scope is always 0, for
     * no packet names it.  dst is the IP header's, also where a routing header names a later one.
     */
    struct tws_endpoint src, dst;
    uint32_t seq, ack;        /* host order; ack is 0 without PACKET_ACK */
    uint8_t flags;            /* enum packet_flag bits, no others */
    uint8_t scale;            /* window scale of a SYN, at most 14; PACKET_NO_SCALE: no SYN, or the
                               * option is not there or was cut off */
    uint16_t window;          /* as in the header, not scaled */
    uint16_t ip_id;           /* IPv4 identification, host order; 0 for IPv6 */
    const uint8_t *tcp;       /* its TCP header; borrowed from the packet */
    const uint8_t *payload;   /* borrowed from the packet; never NULL */
    uint32_t captured;        /* payload bytes that are there; less than `len`: snapped */
    uint32_t len;             /* payload bytes on the wire, from the IP header */
    enum packet_checksum sum; /* of the TCP segment */
};

/* Read one packet.  Lengths come from the IP header, not from the packet (padding and FCS do not
 * count), except where offload left the length 0 (IPv4, or IPv6 without a jumbo option): then the
 * packet's own length counts.
 *
 * `check`: compute the TCP checksum (a pass over all bytes).  It stays UNKNOWN unless asked for,
 * and where nothing can be said: not all bytes are there, the length is 0 or jumbo, a routing
 * header hides the destination that it covers, or the field holds what the kernel leaves for the
 * hardware to finish (the sum of the pseudo-header alone).
 *
 * *out is only written for PACKET_TCP. */
enum packet_status packet_read(const struct packet *p, bool check, struct packet_segment *out);

/* Bytes of link and IP headers at the front of a packet, of which no part can be payload: options
 * and extension headers do not count.  0: they are not understood, or not all there. */
uint32_t packet_headers(const struct packet *p);

/* The LINKTYPE_ value of a DLT_ as pcap_datalink() gives it, for devices and for files: they differ
 * for RAW, and on OpenBSD for LOOP.  The value itself elsewhere. */
int packet_link_from_dlt(int dlt);

/* "EN10MB", "LINUX_SLL2" ..., static; NULL: a link type that packet_read does not know. */
const char *packet_link_name(int link);
#endif
