/* tape.h - a recorded conversation, and a replay of it against a peer that the test plays.
 *
 *     struct tape t;
 *
 *     tape_begin(&t);
 *     tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
 *     tape_says(&t, TWS_GATEWAY, TAPE_FRAME("176\0now\0"));    one item each, 1 ms apart
 *     tape_plays(&t, TWS_GATEWAY);
 *     tape_hears(&t, TAPE_HELLO("v100..176"));                 from the live peer
 *     ... t.sent, t.sent_len: what went out since; t.lines: what was said
 *     tape_end(&t);
 */
#ifndef TEST_TAPE_H
#define TEST_TAPE_H
#include "replay.h"

#define TAPE_MS     1000000ull
#define TAPE_START  (1700000000ull * 1000000000ull)
#define TAPE_LINES  64
#define TAPE_SENT   65536
#define TAPE_PIECES 512

struct tape_bytes {
    uint8_t b[512];
    size_t n;
};

struct tape {
    struct recording *recording;
    struct recording_conn *conn;
    uint64_t now; /* of the recording while it is made, then of the replay */
    struct replay_config config;
    struct replay *replay;
    struct replay_step step; /* the last one that was not SEND */
    bool fin;                /* FIN has gone out */
    uint8_t sent[TAPE_SENT];
    size_t sent_len;
    struct {
        uint64_t at; /* when */
        size_t n;
    } pieces[TAPE_PIECES];
    size_t n_pieces;
    char lines[TAPE_LINES][REPLAY_LINE_MAX];
    size_t n_lines;
};

/* Bytes of a literal, without the NUL that C adds: as a frame, as a hello, as they are. */
#define TAPE_FRAME(s) tape_frame(s, sizeof(s) - 1)
#define TAPE_HELLO(s) tape_hello(s, sizeof(s) - 1)
#define TAPE_RAW(s)   tape_raw(s, sizeof(s) - 1)

struct tape_bytes tape_frame(const void *payload, size_t n);
struct tape_bytes tape_hello(const void *range, size_t n);
struct tape_bytes tape_raw(const void *bytes, size_t n);

void tape_begin(struct tape *t);

/* The next item of the recording; what it brings is one segment.  Then 1 ms passes. */
void tape_says(struct tape *t, enum tws_side side, struct tape_bytes what);
void tape_ends(struct tape *t, enum tws_side side, enum recording_item_kind how);
void tape_pause(struct tape *t, uint64_t ns);

/* hello, version 176, startApi, managedAccounts, nextValidId (orders from `next_id` on). */
void tape_handshake(struct tape *t, const char *next_id);

/* Seal the recording and begin to play `own` side, without pauses unless t->config.speed is set
 * before; sends what may be sent. */
void tape_plays(struct tape *t, enum tws_side own);

/* The peer speaks, or time passes; sends what may be sent then. */
void tape_hears(struct tape *t, struct tape_bytes what);
void tape_hears_end(struct tape *t, enum recording_item_kind how);
void tape_waits(struct tape *t, uint64_t ns);

/* Was exactly this sent, and not a byte more?  It is forgotten. */
bool tape_sent(struct tape *t, struct tape_bytes what);
/* Is one of the lines this one, behind "conn 1: "? */
bool tape_said(const struct tape *t, const char *line);

/* The peer of a replay is a replay of the other side, until neither has anything to do.  Returns
 * the departures of both. */
uint64_t tape_mirror(struct tape *t);

/* Finish and free.  Returns the departures. */
uint64_t tape_end(struct tape *t);
#endif
