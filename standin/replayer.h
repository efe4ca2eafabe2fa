/* replayer.h - a recording to live peers: as a Gateway that listens, or as the clients that call.
 */
#ifndef STANDIN_REPLAYER_H
#define STANDIN_REPLAYER_H
#include "recording.h"
#include <ev.h>
#include <sys/socket.h>

#define REPLAY_LIVE_MAX 256u /* connections served at once; one more is closed as it comes */

struct replay_how {
    const struct recording *recording; /* borrowed */
    double speed;                      /* times as fast as recorded; 0: without pauses */
    bool whole_frames;                 /* a frame a send, in place of a recorded segment a send */
    void (*say)(void *ctx, const char *line); /* a line without "\n" about a connection */
    void *ctx;
};

/* Connections that can be replayed. */
uint32_t replay_count(const struct recording *r);

/* The `n`th of them, from 0 on. */
const struct recording_conn *replay_pick(const struct recording *r, uint32_t n);

/* ---- the Gateway's side ---- */

struct replay_serve_config {
    struct replay_how how;
    struct sockaddr_storage listen;
    socklen_t listen_len;
    bool once; /* take as many connections as can be replayed, and no more */
};

struct replay_server;

/* The first live connection is served the first recorded one that can be replayed, and so on; after
 * the last it is the last again.  `done` is called from the loop when `once` and all are over.
 * NULL: *why says what failed, errno set where it applies (else 0). */
struct replay_server *replay_serve_open(struct ev_loop *loop, const struct replay_serve_config *c,
                                        void (*done)(void *ctx), void *ctx, const char **why);
void replay_serve_bound(const struct replay_server *s, struct sockaddr_storage *sa, socklen_t *len);

/* Every connection that is open is told about and closed.  The number of departures in all. */
uint64_t replay_serve_close(struct replay_server *s);

/* ---- the clients' side ---- */

struct replay_play_config {
    struct replay_how how;
    struct sockaddr_storage to;
    socklen_t to_len;
    double patience; /* seconds: for the gateway's frames, and for the connection */
    bool send_orders, has_client_id;
    int32_t client_id;
};

struct replay_player;

/* Each connection is opened as long after the first as recorded; without pauses, when the one
 * before is over.  `done` is called from the loop when all are over.  NULL: no memory. */
struct replay_player *replay_play_open(struct ev_loop *loop, const struct replay_play_config *c,
                                       void (*done)(void *ctx), void *ctx);

/* As replay_serve_close.  *failed: connections that could not be opened, each of which was said. */
uint64_t replay_play_close(struct replay_player *p, uint32_t *failed);
#endif
