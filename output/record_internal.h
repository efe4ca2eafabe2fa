/* record_internal.h - what the files of a recording share and nobody else sees. */
#ifndef TWS_RECORD_INTERNAL_H
#define TWS_RECORD_INTERNAL_H
#include "annotation.h"
#include "pcapng.h"
#include "record.h"
#include "record_hold.h"
#include "record_ways.h"
#include "segment.h"

#define RECORD_BUCKETS 1024u /* a power of two; chains grow beyond it, they do not fail */

#define RECORD_BEHIND (1024u * 1024u) /* a segment farther off belongs to another connection */

/* Does a connection's newest packet go to the file, although there is a ring? */
enum through {
    THROUGH_NOT,
    THROUGH_ALL,  /* a silence stands */
    THROUGH_LAST, /* one more packet: the one that ends it */
};

/* A block that waits in memory for trouble. */
struct kept {
    struct kept *older, *newer; /* of all connections */
    struct kept *next;          /* of its connection */
    struct record_flow *flow;
    size_t size; /* of the block */
    uint64_t ts_ns;
    uint8_t block[];
};

struct record_flow {
    struct record *record;
    struct record_flow *by_conn, **by_conn_link; /* in a bucket; link NULL: not there */
    struct record_flow *by_ends, **by_ends_link;
    struct record_flow *older, *newer;   /* by last use */
    uint32_t conn;                       /* 0: not known yet */
    struct tws_endpoint client, gateway; /* of a capture before `open`: in the order first seen */
    enum through through;
    struct kept *first, *last;
    size_t kept_bytes;
    struct record_way ways[2];     /* [0] client, [1] gateway */
    size_t n_held, held[2];        /* packets that wait, bytes of payload of each way in them */
    struct tws_annotation pending; /* of the next captured packet, or of a relay's end */

    /* of a relay, by sender: [0] client, [1] gateway */
    uint32_t next[2]; /* sequence number */
    uint64_t sent[2]; /* bytes */
    bool fin[2], rst[2];
    bool ended;     /* a side has ended */
    bool host_said; /* whose the listener is was recorded before */
    bool stopped;   /* the run ended first */
    bool dialing;   /* recorded, and not over yet */
    uint8_t last_fin;

    /* of a capture, by way: the newest place that was known, and its sequence number */
    bool placed[2];
    uint32_t seq[2];
    uint64_t offset[2];
};

struct record_iface {
    uint32_t number; /* the caller's */
    uint16_t link;
    uint32_t snaplen;
    char name[128];
};

struct record {
    struct record_file file;
    bool masked; /* false: accounts are shown, and the next two are not used */
    struct way_run ways;
    struct hold hold;
    size_t ring;
    bool relay, urgent;
    char section[PCAPNG_TEXT_MAX];
    struct record_iface iface[RECORD_INTERFACES_MAX];
    uint32_t n_ifaces;
    struct record_flow *conn_bucket[RECORD_BUCKETS], *ends_bucket[RECORD_BUCKETS];
    struct record_flow *oldest, *newest;
    size_t n_flows;
    struct kept *first_kept, *last_kept;
    size_t kept_bytes;
    uint8_t *scratch; /* owned: a masked payload; RECORD_PACKET_MAX bytes for a capture */
};

/* record_flow.c */
struct record_flow *flow_new(struct record *r, uint32_t conn, const struct tws_endpoint *client,
                             const struct tws_endpoint *gateway);
struct record_flow *flow_of_conn(struct record *r, uint32_t conn);
struct record_flow *flow_of_ends(struct record *r, const struct tws_endpoint *a,
                                 const struct tws_endpoint *b);
void flow_index(struct record_flow *f, uint32_t conn); /* it has this number from now on */
void flow_used(struct record_flow *f);
void flow_free(struct record_flow *f);
bool flow_is_client(const struct record_flow *f, const struct tws_endpoint *e);

/* record_ring.c */

/* Forget the oldest packet that the ring holds; there is one. */
void ring_drop_first(struct record_flow *f);

/* Everything its ring holds goes to the file. */
void flow_dump(struct record_flow *f);

/* A packet of `f` (NULL: of none, which no ring keeps) to the file (`through`) or its ring.  `sum`:
 * compute the TCP checksum, the headers are segment.h's. */
void record_put(struct record *r, struct record_flow *f, const struct pcapng_packet *p, bool sum,
                bool through);

/* Does the next packet of `f` (NULL: of none) go to the file?  To be asked once for each. */
bool flow_goes_through(struct record *r, struct record_flow *f);

/* record_capture.c */
void capture_opened(struct record *r, const struct tws_event *ev);
#endif
