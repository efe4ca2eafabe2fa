/* replay_match.h - the peer's frames: which of the recorded ones has come.
 *
 * A live client's frame is matched by name; of several of that name the one fits best whose key
 * stands for the live key already, and whose other content is the same; so requests may come in
 * another order and under other ids.  A live gateway's frame is matched by name and key, an error
 * by its code too.  A match is for once: what comes again needs a second recorded frame.
 *
 * At most REPLAY_LOOK_AHEAD recorded frames of a name (for a gateway's: of a name and key) are
 * looked at; what is recorded farther on counts as not recorded. */
#ifndef STANDIN_REPLAY_MATCH_H
#define STANDIN_REPLAY_MATCH_H
#include "message.h"
#include "recording.h"
#include "replay_ids.h"

#define REPLAY_LOOK_AHEAD 4096u
#define REPLAY_NO_UNIT    UINT32_MAX

struct replay_match {
    const struct recording_conn *conn; /* borrowed */
    const struct recording_side *side; /* of the peer */
    enum tws_side peer;
    uint32_t *next; /* owned: by place in side->alike, the next place that is still open */
    uint8_t *done;  /* owned, by unit */
    uint32_t first; /* no unit before this one is open */
};

/* A frame of the peer, live. */
struct replay_frame {
    struct tws_message message;
    enum replay_space space;
    int64_t key; /* unless space is REPLAY_NO_KEY */
};

/* False: no memory.  `m` borrows the connection. */
bool replay_match_init(struct replay_match *m, const struct recording_conn *c, enum tws_side peer);
void replay_match_free(struct replay_match *m);

/* A live frame of the peer as what is matched; `out` borrows the message's payload. */
void replay_frame_read(const struct tws_message *message, struct replay_frame *out);

/* The recorded frame that this live one is, which is thereby done; REPLAY_NO_UNIT: none.  A
 * client's id is bound to the recorded one. */
uint32_t replay_match_frame(struct replay_match *m, struct replay_ids *ids,
                            const struct replay_frame *f);

/* The first open unit of this kind, which is thereby done.  Not for frames: it looks at all. */
uint32_t replay_match_kind(struct replay_match *m, enum recording_unit_kind kind);

/* This unit is no longer waited for. */
void replay_match_drop(struct replay_match *m, uint32_t unit);

/* Nor is any frame with this base id and recorded key. */
void replay_match_drop_all(struct replay_match *m, int32_t id, int64_t key);

static inline bool replay_match_open(const struct replay_match *m, uint32_t unit)
{
    return !m->done[unit];
}

/* The first open unit before number `end`; `end`: there is none. */
uint32_t replay_match_first(const struct replay_match *m, uint32_t end);

/* The code of an error message; 0: none. */
int64_t replay_error_code(const struct tws_message *m);
#endif
