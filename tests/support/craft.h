/* craft.h - packets to order: one TCP segment in the headers of any link type.
 *
 * Say what matters; everything left zero is a plain thing: Ethernet, IPv4, 127.0.0.1 to 127.0.0.1,
 * ACK, an open window, right lengths and checksums.  A test that wants another byte wrong finds its
 * place in `struct crafted` and writes there.
 *
 *     uint8_t buf[CRAFT_HEADERS_MAX + 64];
 *     struct craft syn = {.sport = 50000, .dport = 4002, .seq = 1000, .flags = PACKET_SYN};
 *     struct craft hello = {.sport = 50000, .dport = 4002, .seq = 1001, .ack = 7001,
 *                           .flags = PACKET_PSH | PACKET_ACK, .payload = CRAFT_TEXT("API\0...")};
 *
 *     struct packet p = craft_packet(&hello, buf, sizeof buf, 5 * SEC);
 *     p.captured = 60;                             snapped
 *
 *     struct craft ack = craft_answer(&hello);     the other side's ACK of it, ready to be changed
 */
#ifndef TEST_CRAFT_H
#define TEST_CRAFT_H
#include "packet.h"

#define CRAFT_HEADERS_MAX 512u /* bytes: all headers together, whatever is asked for */
#define CRAFT_TAGS_MAX    8u
#define CRAFT_EXT_MAX     12u

enum craft_link {
    CRAFT_ETHERNET,
    CRAFT_SLL,
    CRAFT_SLL2,
    CRAFT_NULL,         /* this machine's byte order */
    CRAFT_NULL_SWAPPED, /* the other one */
    CRAFT_LOOP,
    CRAFT_RAW,
    CRAFT_RAW_12, /* the same under the DLT_ values found in files */
    CRAFT_RAW_14,
    CRAFT_IP, /* LINKTYPE_IPV4 or LINKTYPE_IPV6, as the addresses are */
    CRAFT_LINKS
};

/* IPv6 extension headers, in the order wanted. */
enum craft_ext {
    CRAFT_EXT_END,
    CRAFT_HOP,           /* hop-by-hop, 8 bytes of padding */
    CRAFT_JUMBO,         /* hop-by-hop with the jumbo option; the payload length is 0 */
    CRAFT_ROUTING,       /* 24 bytes, all segments visited */
    CRAFT_ROUTING_AHEAD, /* one segment left */
    CRAFT_DEST,          /* destination options, 16 bytes */
    CRAFT_AH,            /* 24 bytes */
    CRAFT_FRAG,          /* fragment header; atomic, unless `more` or `offset` say otherwise */
};

/* What stands in the TCP checksum. */
enum craft_sum {
    CRAFT_SUM_GOOD,
    CRAFT_SUM_BAD,
    CRAFT_SUM_PARTIAL, /* of the pseudo-header alone: offload, as on loopback */
};

struct craft_bytes {
    const void *p; /* borrowed */
    size_t n;
};

/* Bytes of a string literal, NULs in it counted and the last one not. */
#define CRAFT_TEXT(s)                                                                              \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

struct craft {
    enum craft_link link;
    uint16_t tags[CRAFT_TAGS_MAX]; /* TPIDs, outermost first, up to a 0: {0x88a8, 0x8100}; only
                                    * after Ethernet, SLL and SLL2 */
    uint32_t family;               /* NULL, LOOP: AF_ value; 0: 2, or 30 for IPv6 */
    uint16_t ether;                /* EtherType; 0: as the addresses are */

    const char *src, *dst;  /* "192.0.2.1" or "2001:db8::1", both of one kind; NULL: the loopback
                             * address of the other's kind, 127.0.0.1 without one */
    uint16_t ip_id;         /* IPv4 */
    struct craft_bytes ip4; /* options of IPv4, filled up with zeros to 4 */
    enum craft_ext ip6[CRAFT_EXT_MAX]; /* up to a CRAFT_EXT_END */
    uint8_t proto;                     /* 0: TCP */
    bool more;                         /* more fragments follow; IPv6: say CRAFT_FRAG too */
    uint16_t offset;                   /* of the fragment, bytes, a multiple of 8; IPv6: as above */
    bool offload;                      /* the length in the IP header is 0 */

    uint16_t sport, dport; /* as given */
    uint32_t seq, ack;
    uint8_t flags;   /* enum packet_flag; 0: PACKET_ACK */
    uint16_t window; /* 0: 65535 */
    bool zero_window;
    bool has_scale; /* window scale, before `options` */
    uint8_t scale;
    struct craft_bytes options; /* of TCP, filled up with zeros to 4; 40 bytes with the scale */
    struct craft_bytes payload;
    enum craft_sum sum;

    size_t padding; /* bytes behind the IP packet that do not belong to it */
};

/* Where what was made stands, bytes from the front. */
struct crafted {
    size_t ip, tcp, payload;
    size_t end; /* of the IP packet */
    size_t len; /* of all, with padding */
};

/* Write the packet to `out`.  What does not fit, or an address that is none, aborts the test. */
struct crafted craft(const struct craft *c, uint8_t *out, size_t size);

/* The same as a source would hand it out: whole, interface 0, no comment; borrows `out`. */
struct packet craft_packet(const struct craft *c, uint8_t *out, size_t size, uint64_t ts_ns);

/* The LINKTYPE_ value of its packets. */
int craft_linktype(const struct craft *c);

/* What the other side's bare ACK of `c` looks like: ends swapped, numbers moved on past its
 * payload, SYN and FIN; link, tags and extension headers the same. */
struct craft craft_answer(const struct craft *c);
#endif
