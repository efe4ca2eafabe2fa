/* replay.h - one side of a recorded connection, played to a live peer.
 *
 * Pure: bytes of the peer and the time go in, what to do next comes out.
 *
 * Each own item (a recorded segment, FIN or reset) goes out when every frame of the peer that was
 * recorded before it has come, in whatever order, and as long after the last of them as recorded.
 * A gateway waits for its client without end; a client waits for its gateway `patience` longer than
 * recorded, then says what is missing if somebody owed it (replay_firm), and goes on.
 *
 * What the peer sends and the recording does not have is a departure, said once each; so is what
 * the recording has and the peer did not send.  At most REPLAY_LINES lines a connection are said,
 * the rest is counted. */
#ifndef STANDIN_REPLAY_H
#define STANDIN_REPLAY_H
#include "recording.h"

#define REPLAY_LINES    50u
#define REPLAY_LINE_MAX 400u

struct replay_config {
    const struct recording_conn *conn; /* borrowed; can be replayed (RECORDING_WHOLE) */
    enum tws_side own;                 /* the side that is played */
    double speed;                      /* times as fast as recorded; 0: without pauses */
    bool whole_frames;                 /* a frame a send, in place of a recorded segment a send */
    uint32_t number;                   /* of the live connection, for what is said */
    /* Client's side only: */
    uint64_t patience_ns;
    bool send_orders; /* what changes something at the broker too (replay_changes) */
    bool has_client_id;
    int32_t client_id;    /* with has_client_id: in place of the recorded one */
    uint32_t max_version; /* the hello offers no higher one; 0: as recorded */
    /* A line about this connection, without "\n". Never NULL. */
    void (*say)(void *ctx, const char *line);
    void *ctx;
};

enum replay_do {
    REPLAY_SEND,   /* `p`, `n`: all of it, in one piece; then ask again */
    REPLAY_FIN,    /* end our half; then ask again */
    REPLAY_WAIT,   /* for the peer, and no longer than `at_ns` (0: for the peer alone) */
    REPLAY_CLOSE,  /* it is over */
    REPLAY_RESET,  /* it is over, by a reset */
    REPLAY_REDIAL, /* the gateway speaks a newer version than recorded: close, and begin again with
                    * max_version set to the recorded one */
};

struct replay_step {
    enum replay_do what;
    const uint8_t *p; /* borrowed until the next call */
    size_t n;
    uint64_t at_ns;
};

struct replay;

/* The connection stands at `now`.  NULL: no memory. */
struct replay *replay_new(const struct replay_config *config, uint64_t now);

/* What the peer sent, and how it ended. */
void replay_take(struct replay *r, const uint8_t *p, size_t n);
void replay_peer_ended(struct replay *r, enum recording_item_kind how);

/* What to do now. */
void replay_next(struct replay *r, uint64_t now, struct replay_step *out);

/* The connection is over: says what is missing, and how it went in all.  Once.  Returns the number
 * of departures. */
uint64_t replay_finish(struct replay *r);
void replay_free(struct replay *r);
#endif
