/* record.h - a recording: what a relay or a capture saw, as pcapng.
 *
 * A relay's reads become TCP segments between the client and the gateway, with the times at which
 * the session was told of them, so that a reader can tell its own session the same:
 *
 *   accept             SYN, SYN-ACK, ACK; the initial sequence numbers follow from the
 *                      connection's number, so that a port used again is a new connection
 *   bytes              one segment a read (split above SEGMENT_PAYLOAD_MAX), PSH and ACK; it
 *                      acknowledges all that was relayed the other way; no ACK of its own
 *   FIN, reset         FIN|ACK, RST|ACK from that side
 *   other endings      RST|ACK from that side
 *   dialling           ACK of the client; ACK of the gateway when it is over
 *   a silence begins   ACK of the side that does not owe
 *   over               ACK or RST, unless the run ended first
 *
 * What segments cannot tell is in their comments and in the section's, whose grammar annotation.h
 * describes: the four above, the reason of an ending, and what the host said of the gateway's port,
 * on an ending (also a FIN) and on a silence.
 *
 * A capture's packets are recorded as they came, with a comment on the next packet of a connection
 * in which a silence began, and on those that are blacked out (record_packet).
 *
 * With a ring nothing is written but what belongs to trouble: the last bytes of each connection are
 * kept in memory and written when a silence begins on it; then all that follows until the silence
 * is over; and at the end of a connection whose final verdict is trouble.  So packets of different
 * connections may stand in the file in another order than that of their times.
 *
 * Account ids are masked unless told otherwise: by the marks of the session's frames, so that the
 * recording's sink must stand behind marks.h.  Packets wait for them, 200 ms at most
 * (record_hold.h); how ids look is told in disguise.h. */
#ifndef TWS_RECORD_H
#define TWS_RECORD_H
#include "annotation.h"
#include "record_file.h"

/* Interfaces of a capture; packets of further ones are not recorded. */
#define RECORD_INTERFACES_MAX 64u

/* Rings' worth of memory that all connections share. */
#define RECORD_RING_SHARE 8u

/* Connections of a capture that are told apart, for masks and silences; beyond it the one idle the
 * longest is forgotten. */
#define RECORD_TRACKED_MAX 1024u

/* Bytes of a captured packet; longer ones are not recorded. */
#define RECORD_PACKET_MAX (1u << 20)

struct record_config {
    struct record_file_config file;
    size_t ring; /* bytes a connection keeps in memory; 0: everything is written */
    bool show_accounts;
    struct known *known; /* borrowed: what the run knows of accounts; not used if they are shown */
    bool relay;          /* false: a capture */
    const struct tws_section *about; /* borrowed: upstream, listens and rest of it; NULL: none */
};

struct record;      /* opaque */
struct record_flow; /* a relayed connection, in a recording; opaque */

/* NULL: errno and, where that says too little, *why (else NULL). */
struct record *record_open(const struct record_config *c, const char **why);

/* Frames, with their marks, silences and verdicts reach the recording this way; `open` too, for a
 * capture. */
struct tws_sink record_sink(struct record *r);

/* ---- a relay: each call after the session was told the same, with the same time ---- */

/* NULL: no memory; the calls below take it and do nothing.  The flow lives until
 * record_finished or record_close. */
struct record_flow *record_opened(struct record *r, uint32_t conn,
                                  const struct tws_endpoint *client,
                                  const struct tws_endpoint *gateway, uint64_t now);
void record_bytes(struct record_flow *f, enum tws_side from, const uint8_t *bytes, size_t len,
                  uint64_t now);
void record_dialing(struct record_flow *f, bool dialing, uint64_t now);
void record_ended(struct record_flow *f, enum tws_side side, enum tws_ending how,
                  const char *reason, uint64_t now);
void record_finished(struct record_flow *f, uint64_t now);

/* ---- a capture ---- */

/* Interface `iface` (the caller's number) has this link type and name; once, before its first
 * packet.  False: there are too many. */
bool record_interface(struct record *r, uint32_t iface, uint16_t link, uint32_t snaplen,
                      const char *name);

struct record_packet {
    uint64_t ts_ns;
    uint32_t iface;       /* as given to record_interface */
    const uint8_t *bytes; /* borrowed */
    uint32_t captured;    /* bytes there */
    uint32_t wire_len;    /* bytes on the wire */
    uint32_t headers;     /* !tcp: link and network headers in front; the rest is blacked out */
    bool tcp;             /* what follows is filled; false: in a ring not recorded at all */
    bool syn;             /* SYN is set: the payload begins at seq + 1 */
    struct tws_endpoint src, dst;
    bool placed;                  /* the next is known */
    uint64_t offset;              /* of the payload in its stream, as in the session's events */
    uint32_t seq;                 /* host order, of the segment */
    uint32_t tcp_at;              /* where the TCP header begins in `bytes` */
    uint32_t payload_at, payload; /* where the payload begins, and bytes of it that are there */
    uint32_t payload_wire;        /* bytes of it on the wire */
};

/* Record a packet.  To be called after the session was told what it carries, so that a silence that
 * begins because of it is noted on it, and its frames are known.  Until frames are found behind a
 * gap, or in a stream seen from the middle on, the payload is blacked out: its length stays.  So is
 * what nothing tells the place of, and a copy that differs from what came before.  Which bytes
 * those are is said in the packet's comment, and a reader takes them for bytes that are missing
 * (capture/flow.h). */
void record_packet(struct record *r, const struct record_packet *p);

/* ---- the file ---- */

/* Once a turn of the loop: writes what has gathered when it is much, or a silence began; pipes
 * always. */
void record_turn(struct record *r);

/* It is `now` (ns): what has waited for its frames long enough is masked by what has come of them.
 * To be called every 250 ms while something does; before the end with UINT64_MAX, for
 * record_blacked to count all. */
void record_tick(struct record *r, uint64_t now);
bool record_holding(const struct record *r);

/* Does something wait to be written?  Then call record_flush within a second. */
bool record_waiting(const struct record *r);
void record_flush(struct record *r);

/* The descriptor of the file that was opened for the recording; -1: none, or it was there before.
 */
int record_fd(const struct record *r);
const char *record_path(const struct record *r); /* its name; NULL: standard output */

/* SIGHUP: see record_file_reopen. */
bool record_reopen(struct record *r);

/* Bytes of packets that were blacked out so far, as nothing told what they are. */
uint64_t record_blacked(const struct record *r);

/* Counts and trouble: `failed`, `lost`. */
const struct record_file *record_where(const struct record *r);

/* Write what waits (at most `wait_ms` for a slow reader) and release everything.  The
 * errno for which recording had stopped, or 0. */
int record_close(struct record *r, int wait_ms);
#endif
