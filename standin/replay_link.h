/* replay_link.h - a connected socket that plays one side of a recorded connection (replay.h). */
#ifndef STANDIN_REPLAY_LINK_H
#define STANDIN_REPLAY_LINK_H
#include "replay.h"
#include <ev.h>

enum replay_link_how {
    REPLAY_LINK_DONE,   /* the connection is over */
    REPLAY_LINK_REDIAL, /* call again with max_version (REPLAY_REDIAL) */
};

struct replay_link;

/* Takes `fd`, connected and non-blocking, also on failure.  `done` is called once from the loop,
 * with the link still there; it may close it.  NULL: no memory. */
struct replay_link *replay_link_open(struct ev_loop *loop, int fd,
                                     const struct replay_config *config,
                                     void (*done)(void *ctx, enum replay_link_how how), void *ctx);

/* Close it, whether it is over or not.  `finish`: say what is missing and how it went.  Returns the
 * number of departures; 0 without `finish`. */
uint64_t replay_link_close(struct replay_link *l, bool finish);
#endif
