/* record_internal.h - what the files of a recording share and nobody else sees. */
#ifndef TWS_RECORD_INTERNAL_H
#define TWS_RECORD_INTERNAL_H
#include "annotation.h"
#include "mask_stream.h"
#include "pcapng.h"
#include "record.h"
#include "segment.h"
#include "stream.h"

#define RECORD_BUCKETS 1024u /* a power of two; chains grow beyond it, they do not fail */
#define RECORD_CUTS    24u   /* places at which a captured direction was cut, newest ones */
#define RECORD_RAW                                                                                 \
    65536u /* bytes of a lost direction that are kept: a late segment may explain them */
#define RECORD_BEHIND (1024u * 1024u) /* a segment farther behind belongs to another connection */

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

struct record_cut {
    uint32_t seq;
    uint32_t len;  /* bytes of the segment that began there; 0: none was seen */
    uint64_t hash; /* of them, as they came */
    struct mask_stream at;
};

/* A search for the next frame boundary in a direction that was lost. */
struct record_search {
    struct tws_stream stream;
    uint32_t from; /* sequence number at which the search began */
    bool whole;    /* `raw` holds all bytes since then */
    bool first;    /* nothing of the direction was seen before */
    uint8_t *raw;  /* owned */
    uint32_t n_raw;
};

/* One captured direction: how far its masks have come, and where it was cut. */
struct record_way {
    uint8_t side;                 /* enum tws_side: its sender; NOBODY: not known yet */
    bool begun;                   /* the next two mean something */
    uint32_t next;                /* sequence number: one past the newest byte */
    struct mask_stream at;        /* how the masks stand there */
    struct record_search *search; /* owned; NULL: the frame boundaries are known */
    struct record_cut cut[RECORD_CUTS];
    uint32_t n; /* cuts ever; the place of the next is n % RECORD_CUTS */
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
    uint32_t version;              /* the server's, for the masks */
    struct mask_stream mask[2];    /* of a relay, by sender */
    struct record_way *ways;       /* owned: two, of `client` and of `gateway`; NULL: a relay's */
    struct tws_annotation pending; /* of the next captured packet, or of a relay's end */

    /* of a relay, by sender: [0] client, [1] gateway */
    uint32_t next[2]; /* sequence number */
    bool fin[2], rst[2];
    bool ended;     /* a side has ended */
    bool host_said; /* whose the listener is was recorded before */
    bool stopped;   /* the run ended first */
    bool dialing;   /* recorded, and not over yet */
    uint8_t last_fin;
};

struct record_iface {
    uint32_t number; /* the caller's */
    uint16_t link;
    uint32_t snaplen;
    char name[128];
};

struct record {
    struct record_file file;
    struct mask_run *masks; /* NULL: accounts are shown */
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
    uint64_t blacked; /* bytes that were blacked out */
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

/* Everything its ring holds goes to the file. */
void flow_dump(struct record_flow *f);

/* A packet of `f` (NULL: of none, which no ring keeps) to the file or its ring.  `sum`: compute the
 * TCP checksum, the headers are segment.h's. */
void record_put(struct record *r, struct record_flow *f, const struct pcapng_packet *p, bool sum);

bool flow_is_client(const struct record_flow *f, const struct tws_endpoint *e);

/* record_capture.c */
void capture_opened(struct record *r, const struct tws_event *ev);

/* record_masks.c */

/* Mask the payload of a captured segment of `w` in place.  `side` sent it; NOBODY: not known. */
struct mask_black way_mask(struct record_flow *f, struct record_way *w, enum tws_side side,
                           const struct record_packet *p, uint8_t *payload);

/* Forget all; what comes next is in the middle of a stream. */
void way_forget(struct record_way *w);
#endif
