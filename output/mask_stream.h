/* mask_stream.h - account ids in a byte stream become other ids of the same length.
 *
 * For recordings, which must stay decodable: what is masked keeps its length, its place and the
 * kind of each character, so framing, message ids, field lengths and all other values stay as they
 * are.  The bytes of a direction may come in any pieces; nothing is held back, and an id that is
 * cut by the end of a piece is masked as if it were not.
 *
 * An id is found as in marks.h: by meaning, whatever its form; because it was met by meaning before
 * in this run (known.h); by one of its forms.  Each digit moves on by one to nine places, chosen by
 * a hash, keyed with a secret of the run, of the id's characters before it, whatever their case: no
 * digit stays, distinct ids stay distinct, and one id looks the same for the whole run, in both
 * directions and in each connection.  The letters of the usual form stay.  Of other ids those
 * behind the first three capitals move in the same way, within their alphabet; so do those of an id
 * of three capitals or fewer unless a piece ends within it.  Fields tagged as secrets become 'x'.
 *
 * Where a piece ends in what may be the beginning of an id by its form, its digits are masked: a
 * symbol such as ESZ5 that is cut behind its digit is recorded as, say, ESZ8.  Where it ends in the
 * beginning of one that is known, so is that.  Of a protobuf value whose key comes behind it, which
 * no known sender does, all is masked: the key alone says what it is.
 *
 * Where the frame boundaries are not known, nothing can be masked by its meaning: every byte there
 * becomes 'x' (it is "blacked out") until a boundary is known again.  Where the server version is
 * not known and the place of an account in a text message depends on it, that message is blacked
 * out from the first field on that is an account or a name in any version. */
#ifndef TWS_MASK_STREAM_H
#define TWS_MASK_STREAM_H
#include "advisor.h"
#include "message.h"

#define MASK_PIECE_MAX 65536u /* longest piece, bytes */
#define MASK_CONTEXT   80u    /* bytes of the stream that are remembered */

struct mask_run; /* a run's secret, and what it has learned; opaque */

/* NULL: no memory, or no random bytes to be had. */
struct mask_run *mask_run_new(void);
void mask_run_free(struct mask_run *m);

/* What was blacked out of a piece: `bytes` in all; `from` and before `to`, those of them where the
 * frame boundaries were not known (and perhaps others between them), none where both are equal. */
struct mask_black {
    size_t from, to;
    size_t bytes;
};

/* Where one direction of a connection stands.  A value: a copy goes on from the same place, which
 * is how a segment that comes again is masked again in the same way.  All members are private. */
struct mask_stream {
    const struct tws_message_row *row; /* of the frame; NULL: not known */
    uint64_t number;                   /* a length, id or varint being gathered */
    uint32_t left;                     /* bytes left of the frame */
    uint32_t value_left;               /* bytes left of a protobuf value */
    struct tws_layout layout;          /* of a text message */
    const struct tws_field *field;     /* of it, that is being read; NULL: beyond the rows */
    uint8_t said[16], n_said;          /* its first characters, if what follows depends on them */
    bool account_value;                /* an account id stands under the key that came last */
    struct {
        const struct tws_field *fields;
        uint32_t end; /* `left` behind its last byte */
        uint16_t n;
    } nest[TWS_DEPTH_MAX];  /* protobuf messages in one another */
    uint8_t depth;          /* of these */
    struct advisor advisor; /* where in an advisor's document */
    uint8_t side, state, kind, got, nuls;
    bool hello;    /* the frame is the client's range of versions */
    bool version;  /* so far the frame may be the version reply */
    bool framed;   /* a frame of this stream has begun */
    bool settled;  /* no further frame can be the version reply */
    uint16_t safe; /* fields left of a text message before one that may be a secret, if `unsure` */
    bool unsure;   /* the version is not known, and decides which fields are secrets */
    uint8_t held;  /* bytes remembered */
    uint8_t before[MASK_CONTEXT], kinds[MASK_CONTEXT];
};

/* From the first byte that `side` sends. */
void mask_stream_start(struct mask_stream *s, enum tws_side side);

/* From somewhere in the middle: all is blacked out until mask_stream_found. */
void mask_stream_lost(struct mask_stream *s, enum tws_side side);

/* A frame of `side` begins with the next byte.  `opening`: it may be the version reply. */
void mask_stream_found(struct mask_stream *s, enum tws_side side, bool opening);

/* The next `missing` bytes of the stream will not be given.  Where the frame in progress is known
 * to end behind them, its rest is blacked out and the next frame is masked by its meaning;
 * elsewhere the stream is lost. */
void mask_stream_gap(struct mask_stream *s, uint64_t missing);

/* Is all blacked out until mask_stream_found? */
bool mask_stream_is_lost(const struct mask_stream *s);

/* Is the rest of a frame blacked out of which bytes are missing? */
bool mask_stream_is_skipping(const struct mask_stream *s);

/* Do both stand at the same place of the same frame? */
bool mask_stream_same_place(const struct mask_stream *a, const struct mask_stream *b);

/* Mask the next `len` bytes of the stream in place; at most MASK_PIECE_MAX.  `version`: the
 * connection's, shared by both directions, 0 at first. */
struct mask_black mask_stream_bytes(struct mask_run *m, struct mask_stream *s, uint32_t *version,
                                    uint8_t *bytes, size_t len);
#endif
