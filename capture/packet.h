/* packet.h - a captured packet's headers to one TCP segment.
 *
 * Pure: bytes in, a value out.  Nothing is kept, copied or reassembled here; every length in a
 * header is hostile until it was compared with what is there. */
#ifndef TWS_PACKET_H
#define TWS_PACKET_H
#include "event.h"

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
    PACKET_FRAGMENT, /* a fragment of an IP packet: counted and said, not put together */
    PACKET_OTHER,    /* not TCP over IP */
    PACKET_SHORT,    /* the headers were cut off by the snapshot length */
    PACKET_BROKEN,   /* headers that contradict themselves or the packet */
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
    struct tws_endpoint src, dst;
    uint32_t seq, ack;        /* host order; ack only with PACKET_ACK */
    uint8_t flags;            /* enum packet_flag bits */
    uint8_t scale;            /* window scale of a SYN; PACKET_NO_SCALE: the option is not there */
    uint16_t window;          /* as in the header, not scaled */
    uint16_t ip_id;           /* IPv4 identification, host order; 0 for IPv6 */
    const uint8_t *payload;   /* borrowed from the packet */
    uint32_t captured;        /* payload bytes that are there */
    uint32_t len;             /* payload bytes on the wire, from the IP header */
    enum packet_checksum sum; /* of the TCP segment; UNKNOWN unless asked for and all is there */
};

/* Read one packet.  Lengths come from the IP header, not from the packet (padding, FCS), except
 * where offload left the IPv4 total length 0: then the packet's length counts.  `check`: compute
 * the TCP checksum (a pass over all bytes).  *out is only written for PACKET_TCP. */
enum packet_status packet_read(const struct packet *p, bool check, struct packet_segment *out);

/* The LINKTYPE_ value of a live source's DLT_ (they differ for RAW); the value itself elsewhere. */
int packet_link_from_dlt(int dlt);

/* "EN10MB", "LINUX_SLL2" ...; NULL: a link type that packet_read does not know. */
const char *packet_link_name(int link);
#endif
