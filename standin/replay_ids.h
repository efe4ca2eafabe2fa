/* replay_ids.h - ids of a recording to ids of the live session, and the frames that carry them.
 *
 * A live client numbers its requests and orders as it likes; what it is told must bear its numbers
 * and not the recorded ones.  A number of another length makes the frame another length: in text,
 * in a protobuf varint, and in the length of a sub-message around it. */
#ifndef STANDIN_REPLAY_IDS_H
#define STANDIN_REPLAY_IDS_H
#include "message.h"
#include "replay_rules.h"

struct replay_bound; /* private */

struct replay_ids {
    struct replay_bound *bound; /* owned, in order of space and recorded id; one for each */
    uint32_t n, cap;
    uint64_t bindings;         /* made so far: which of two is the newer */
    bool differ;               /* some live id is not the recorded one */
    int64_t shift_from, shift; /* recorded order ids from shift_from on move by `shift` */
};

/* `ids` begins all zero. */
void replay_ids_free(struct replay_ids *ids);

/* From now on `live` stands for `recorded`.  At most one binding is kept for each recorded id.
 * False: no memory; nothing is bound. */
bool replay_ids_bind(struct replay_ids *ids, enum replay_space space, int64_t recorded,
                     int64_t live);

/* Recorded order ids from `from` on are `by` higher in the live session. */
void replay_ids_shift_orders(struct replay_ids *ids, int64_t from, int64_t by);

/* The live id of a recorded one; the same where nothing is bound.  REPLAY_EITHER: whichever was
 * bound last.  *bound (may be NULL): was it bound? */
int64_t replay_ids_live(const struct replay_ids *ids, enum replay_space space, int64_t recorded,
                        bool *bound);

/* The recorded id of a live order id under replay_ids_shift_orders. */
int64_t replay_ids_unshift(const struct replay_ids *ids, enum replay_space space, int64_t live);

#define REPLAY_EDITS_MAX 12u

struct replay_edits {
    struct replay_edit {
        size_t at, old; /* of the recorded payload: these bytes are replaced */
        size_t n;
        uint8_t bytes[20];
    } edit[REPLAY_EDITS_MAX]; /* in order, apart from each other */
    size_t n;
    bool lost; /* an id may stand where nobody knows: it stays as recorded */
};

/* What must change in a recorded payload, opened as `m`, so that it bears live ids. */
void replay_ids_edits(const struct replay_ids *ids, const struct tws_message *m,
                      struct tws_cursor payload, struct replay_edits *out);

/* The edit that puts another client id into a recorded startApi. */
void replay_client_id_edits(const struct tws_message *m, struct tws_cursor payload,
                            int32_t client_id, struct replay_edits *out);

/* Bytes of a payload of `len` after the edits. */
size_t replay_edits_len(const struct replay_edits *e, size_t len);

/* The payload with its edits into `out`, which has room for replay_edits_len bytes. */
void replay_edits_apply(const struct replay_edits *e, struct tws_cursor payload, uint8_t *out);

/* Where byte `at` of the recorded payload stands after the edits; monotone, so that a frame that
 * was recorded in pieces can be sent in pieces. */
size_t replay_edits_map(const struct replay_edits *e, size_t at);
#endif
