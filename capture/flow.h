/* flow.h - segments to connections.
 *
 * The table of connections, hashed with XXH3 and a random seed, bounded in connections and in bytes
 * held; each direction's bytes in order and its gaps (reasm.h); how the connection was opened and
 * how each side ended; and the facts of TCP that a relay never sees.  Nothing here knows what the
 * bytes mean, but for one thing: on a port that nobody named, a connection counts once its client
 * has said "API\0".  Bytes of a payload that the packet's comment names as blacked out
 * (annotation.h) count as missing. */
#ifndef TWS_FLOW_H
#define TWS_FLOW_H
#include "packet.h"
#include "reasm.h"

enum { FLOW_CLIENT = 0, FLOW_GATEWAY = 1 };

/* What TCP did on one side, by sender. */
struct flow_side {
    struct reasm reasm;
    uint32_t isn;       /* of its SYN */
    bool syn, fin, rst; /* seen from this side */
    uint8_t syns;       /* times its SYN was sent; copies of one packet count once */
    uint8_t scale;      /* window scale that it announced; PACKET_NO_SCALE */
    bool fin_implied;   /* the other side's FIN acknowledged its own before that was captured */
    bool has_sent;      /* `sent` means something */
    uint32_t sent;      /* one past the highest sequence number it sent */
    uint32_t acked;     /* highest acknowledgement of it by the other side */
    bool has_acked;
    uint32_t window;          /* bytes it says it can take; scaled where known */
    uint32_t retransmits;     /* segments that it sent again */
    uint32_t retransmits_now; /* of those, since what is unacknowledged now was first sent */
    uint32_t window_probes;   /* of a closed window, by this side */
    uint64_t zero_since_ns;   /* since when its window is closed; 0: it is open */
    uint64_t zero_ns;         /* for how long it was closed in all, ended times only */
    uint32_t zero_times;
    uint64_t syn_ns;           /* its newest SYN that was counted */
    uint64_t last_ns;          /* its newest packet */
    uint64_t last_ack_ns;      /* when it last acknowledged something new */
    uint64_t first_unacked_ns; /* since when bytes of its are unacknowledged; 0: none are */
    uint16_t last_ip_id;
};

struct flow_links { /* private */
    struct flow *prev, *next;
};

struct flow {
    struct tws_endpoint end[2]; /* FLOW_CLIENT, FLOW_GATEWAY */
    struct flow_side side[2];
    void *owner;       /* the user's; kept by nobody else */
    uint64_t first_ns; /* its first packet */
    uint64_t last_ns;  /* its newest */
    bool midstream;    /* no SYN was seen */
    bool guessed;      /* who is client and who gateway was guessed from the port numbers */
    bool established;  /* the three-way handshake is over, or data was seen */
    bool wanted;       /* reported to the user: `opened` was called, `gone` was not */
    bool late_reset; /* the client answered bytes of the gateway with a reset, after its own FIN */

    /* private */
    uint8_t stall;    /* enum flow_stall as last told */
    bool passed_over; /* its client does not speak TWS, or nobody asked for its port */
    bool over;        /* it has ended; what still comes of it is not a new connection */
    uint32_t hash;
    uint8_t list; /* which list `age` is in */
    bool waits;   /* in the list of those with a hole */
    struct flow *hash_next;
    struct flow_links age, wait;
};

enum flow_how { FLOW_FIN, FLOW_RST };

/* What holds a connection up. */
enum flow_stall {
    FLOW_FLOWS,
    FLOW_WINDOW, /* the client's window is closed */
    FLOW_PATH,   /* a segment was sent again FLOW_DEAD times and is not acknowledged */
};

#define FLOW_DEAD 3u

/* Why a connection is gone. */
enum flow_gone {
    FLOW_OVER,    /* both sides ended, or a reset */
    FLOW_REUSED,  /* its ports were taken by a new connection */
    FLOW_EVICTED, /* the table was full, and it had been idle the longest */
    FLOW_IDLE,    /* half closed, and mute for long */
    FLOW_STOPPED, /* the end of the capture */
};

/* What happens, in order of time.  `now` is the time of the packet or of the tick.  None may be
 * NULL.  A hook may call flows_over for its own flow, and nothing else of this header. */
struct flow_hooks {
    /* Set f->owner here.  `now` is when its first packet came. */
    void (*opened)(void *ctx, struct flow *f, uint64_t now);
    void (*established)(void *ctx, struct flow *f, uint64_t now);
    void (*bytes)(void *ctx, struct flow *f, int side, const uint8_t *p, size_t n, uint64_t now);
    void (*gap)(void *ctx, struct flow *f, int side, uint64_t missing, uint64_t now);
    void (*stalled)(void *ctx, struct flow *f, enum flow_stall what, uint64_t since, uint64_t now);
    void (*ended)(void *ctx, struct flow *f, int side, enum flow_how how, uint64_t now);
    void (*gone)(void *ctx, struct flow *f, enum flow_gone why, uint64_t now); /* last call */
    /* A comment on the packet that is looked at next; `side` sent it. */
    void (*comment)(void *ctx, struct flow *f, int side, const char *text, uint64_t now);
    void *ctx;
};

struct flow_config {
    const uint16_t
        *ports; /* gateway ports, host order; connections of these count from their SYN */
    size_t n_ports;
    bool any_port;   /* connections of other ports count once their client said "API\0" */
    bool relayed;    /* a recording of a relay: all connections count, nothing is retransmitted, and
                      * a connection is over when flows_over says so */
    bool check_sums; /* compute checksums */
    uint32_t max_connections;
    size_t max_held;  /* bytes held beyond holes, all connections together */
    uint64_t idle_ns; /* half closed and mute for so long: over */
    uint64_t seed;    /* random: nobody who sends packets can choose the hash */
    /* Does a program of this machine listen on that address?  NULL: unknown. */
    bool (*listens)(void *ctx, const struct tws_endpoint *e);
    void *listens_ctx;
    struct reasm_limits limits;
};

void flow_config_default(struct flow_config *c);

/* Counted as they come. */
struct flow_counts {
    uint64_t packets, segments;
    uint64_t other; /* not TCP */
    uint64_t fragments, broken, unknown_link;
    uint64_t short_headers; /* cut off by the snapshot length within their headers */
    uint64_t snapped;       /* segments whose end was cut off */
    uint64_t bad_sums, duplicates, retransmits, out_of_order, overlaps_differ, outside;
    uint64_t gaps, missing;
    uint64_t connections, evicted;
    int unknown_link_type; /* the last such */
};

struct flows;

/* NULL: no memory.  `hooks` is copied, and so are the ports. */
struct flows *flows_new(const struct flow_config *c, const struct flow_hooks *hooks);
void flows_packet(struct flows *t, const struct packet *p);

/* The wanted connection that `p` belongs to, and which side sent it; NULL: none is known (now). */
struct flow *flows_find(const struct flows *t, const struct packet *p, int *side);

/* This connection has ended: `gone` is called unless it was.  What still comes of it is ignored. */
void flows_over(struct flows *t, struct flow *f, enum flow_gone why, uint64_t now);

/* Time has passed: holes and half-closed connections that have had their time. */
void flows_tick(struct flows *t, uint64_t now);
uint64_t flows_deadline(const struct flows *t); /* ns; 0: nothing waits */
const struct flow_counts *flows_counts(const struct flows *t);

/* Bytes of `f->side[side]` that the other side has not acknowledged; 0 when that is not known. */
uint32_t flow_unacked(const struct flow *f, int side);

/* Packets of any of them were lost: what TCP seemed to hold up may have gone on since.  A window
 * that is closed and bytes that are not acknowledged show again. */
void flows_lost(struct flows *t);

/* Each wanted connection, the longest idle first. */
void flows_each(struct flows *t, void (*call)(void *ctx, struct flow *f), void *ctx);

/* The end: everything held is handed out, every connection is gone (FLOW_STOPPED).  Frees `t`. */
void flows_free(struct flows *t, uint64_t now);
#endif
