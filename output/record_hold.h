/* record_hold.h - packets of a recording that wait until it is known what their bytes are.
 *
 * Packets leave in the order in which they came, all connections together: their times never step
 * back in the file because of it.  One waits until the session has found the frame that its last
 * byte is in, but no longer than HOLD_NS by the times that the caller gives, and never while more
 * than HOLD_WAY_MAX bytes of its direction or HOLD_MAX of all wait.  What leaves before is masked
 * by what has come (record_ways.h). */
#ifndef TWS_RECORD_HOLD_H
#define TWS_RECORD_HOLD_H
#include "pcapng.h"
#include "record_ways.h"

#define HOLD_NS      (250u * 1000000u) /* a capture knows of a hole after 200 ms */
#define HOLD_WAY_MAX (256u * 1024u)
#define HOLD_MAX     (4u * 1024u * 1024u)

struct record;
struct record_flow;

/* A packet.  What it points at is borrowed. */
struct hold_packet {
    struct record_flow *flow; /* NULL: of no connection */
    struct pcapng_packet out; /* the comment: what is to be said whatever is masked */
    bool through;             /* it goes to the file; else to the ring of its flow */
    bool relay;               /* its checksum is computed; else, that of a capture is kept up */
    bool blind;               /* it is not known where its payload stands in any stream */
    uint8_t way;              /* of the flow: 0 client, 1 gateway */
    uint32_t payload_at;      /* in out.body */
    uint32_t payload;         /* bytes that are masked; 0: none are */
    uint32_t tcp_at;          /* of a capture, in out.body */
    uint64_t offset;          /* of the payload, in its stream */
    struct way_copies copies; /* parts of the payload that are blacked out */
};

struct held; /* private */

struct hold {
    struct held *first, *last;
    size_t bytes;
    uint64_t now;
};

/* The packet has come, at out.ts_ns. */
void hold_add(struct record *r, const struct hold_packet *p);

/* It is `now`: what has waited for long enough leaves. */
void hold_tick(struct record *r, uint64_t now);

/* Everything leaves; everything up to the last packet of `f` does. */
void hold_flush(struct record *r);
void hold_flush_flow(struct record *r, const struct record_flow *f);
#endif
