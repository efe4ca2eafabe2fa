/* tap.h - connections seen from outside to sessions: what the proxy does inline, passively. */
#ifndef TWS_TAP_H
#define TWS_TAP_H
#include "flow.h"
#include "session.h"

struct tap;

struct tap_config {
    struct flow_config flow;
    bool relayed; /* a recording by a relay: its segments carry no facts of TCP */
    /* What the kernel says of a session's sockets, on the machine where they are; NULL: packets
     * come from elsewhere.  Fills *out as far as it can. */
    void (*kernel)(void *ctx, const struct tws_session *s, struct tws_kernel *out);
    void *kernel_ctx;
};

/* `env` is borrowed; what it measures is set by this call.  NULL: no memory. */
struct tap *tap_new(const struct tap_config *c, struct tws_env *env);

/* The next packet; times may step back a little (several queues), never the sessions' clock. */
void tap_packet(struct tap *t, const struct packet *p);

/* Where the byte with sequence number `seq` of this packet's sender stands in its stream, by the
 * offsets that the session's events have; the tap has seen the packet.  False: that is not known.
 */
bool tap_place(const struct tap *t, const struct packet *p, uint32_t seq, uint64_t *offset);

/* Time has passed without a packet: reports silences whose threshold is over.  For files the
 * packets' own times do this. */
void tap_tick(struct tap *t, uint64_t now);
uint64_t tap_deadline(const struct tap *t); /* ns; 0: nothing waits */

/* Packets were lost before they reached us, somewhere behind the last one that did: nothing is
 * claimed about a silence that this could explain.  Ask the kernel before a deadline is passed:
 * what has been said by then stays said. */
void tap_lost(struct tap *t);

/* A verdict for every open connection, now (SIGUSR1). */
void tap_ask_all(struct tap *t, uint64_t now);

const struct flow_counts *tap_counts(const struct tap *t);

/* The end of the capture: every connection gets its close and final verdict.  Frees `t`. */
void tap_free(struct tap *t, uint64_t now);
#endif
