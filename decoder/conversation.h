/* conversation.h - one decoded connection: both of its streams, the server version, and how its
 * messages are read.
 *
 * Feed what one side sent, pull its items until MORE, and open the payload of each frame:
 *
 *     tws_conversation_feed(&c, side, chunk);
 *     while (tws_conversation_next(&c, side, &item) == TWS_STREAM_ITEM)
 *         if (item.kind == TWS_ITEM_FRAME)
 *             switch (tws_conversation_open(&c, side, item.payload, &frame)) ...
 *
 * It is the only place that decides
 * - which frame is the version reply.  One of the gateway before any other reply, in the form of
 *   one (hello.h).  Where bytes were lost or the beginning was not seen, a message of two fields
 *   must not be taken for it, so there it must look like a reply and like nothing else
 *   (TWS_GRADE_STRONG of shape.h);
 * - which server version messages are read by.  The agreed one; where its reply may have been
 *   missed, what the messages themselves leave possible (version.h), within the range that the
 *   client's hello offers if that was seen.  What a message tells applies to that message, too;
 * - what one direction says about the other: a legacy hello ends the framing of both, and a hello
 *   at the beginning of what was seen, before any byte of the gateway, means that the beginning was
 *   seen.
 *
 * The same chunks give the same items and messages.  Nothing is allocated but what the streams hold
 * (stream.h). */
#ifndef TWS_CONVERSATION_H
#define TWS_CONVERSATION_H
#include "stream.h"
#include "version.h"

/* From where on a connection is seen. */
enum tws_seen {
    TWS_SEEN_START,
    TWS_SEEN_MIDSTREAM, /* its beginning was not seen, or it is not known whether it was */
    TWS_SEEN_PASTED,    /* single payloads of one or several connections, in any order; a stream
                         * begins with a hello or a frame, and a client's anywhere */
};

/* How the messages of a connection are read.  A value: a copy reads on from the same knowledge.  It
 * is of use without streams to those who have whole payloads.  Members may be read; they are
 * written by the functions below alone. */
struct tws_reading {
    uint32_t server_version;           /* agreed, or the only one that is possible; 0: not known */
    uint32_t layout_version;           /* whose rows are read; a guess while server_version is 0 */
    uint32_t hello_min, hello_max;     /* what the hello offers; 0: not seen, or not readable */
    struct tws_version_range versions; /* what is possible while server_version is not agreed */
    bool settled;                      /* private: nothing is left to find out */
    bool answered : 1;                 /* the version reply or a redirect came */
    bool redirected : 1;
    bool midstream : 1; /* the beginning was not seen */
    bool lost : 1;      /* bytes are missing since */
    bool given : 1;     /* the version was given by the caller: no reply changes it */
    bool pasted : 1;
    bool heard : 1; /* private: a frame of the gateway was opened */
};

/* What the payload of a frame is. */
enum tws_opened { TWS_OPENED_MESSAGE, TWS_OPENED_VERSION };

struct tws_opened_frame {
    struct tws_message message;     /* MESSAGE; borrows the payload */
    struct tws_version_reply reply; /* VERSION; the same */
};

void tws_reading_init(struct tws_reading *r, enum tws_seen seen);

/* The client's hello.  Of pasted payloads: one more session begins, unless the version known so far
 * is one that it offers. */
void tws_reading_hello(struct tws_reading *r, const struct tws_hello *hello);

/* The version is known from elsewhere: an option, or the caller's own reply.  A reply that comes is
 * still told from messages, and changes nothing.  0 is ignored. */
void tws_reading_agree(struct tws_reading *r, uint32_t version);

/* Open the payload of a frame of `side`, and learn from it.  Only the member of `out` that the
 * result names is written. */
enum tws_opened tws_reading_open(struct tws_reading *r, enum tws_side side,
                                 struct tws_cursor payload, struct tws_opened_frame *out);

/* The same, but nothing is learnt. */
enum tws_opened tws_reading_try(const struct tws_reading *r, enum tws_side side,
                                struct tws_cursor payload, struct tws_opened_frame *out);

/* Open a payload that is known to be a message's by what has been learnt. */
static inline void tws_reading_message(const struct tws_reading *r, enum tws_side side,
                                       struct tws_cursor payload, struct tws_message *out)
{
    tws_message_open(side, r->layout_version, payload, out);
}

struct tws_conversation {
    struct tws_stream stream[2]; /* by sender, see tws_sender; the tws_stream functions that take a
                                  * constant stream may be called for it, and no others */
    struct tws_reading reading;
};

/* Which stream is that of `side`: 0 the client's, 1 the gateway's. */
static inline unsigned tws_sender(enum tws_side side)
{
    return side == TWS_GATEWAY;
}

/* max_frame: longest payload that is taken, bytes. */
void tws_conversation_init(struct tws_conversation *c, enum tws_seen seen, uint32_t max_frame);

/* Frees what the streams hold. */
void tws_conversation_free(struct tws_conversation *c);

/* Bytes that `side` sent; `chunk` must live until MORE was returned for this side.  What an opaque
 * stream is fed is dropped. */
static inline void tws_conversation_feed(struct tws_conversation *c, enum tws_side side,
                                         struct tws_cursor chunk)
{
    tws_stream_feed(&c->stream[tws_sender(side)], chunk);
}

/* An item that is no frame was pulled; called by tws_conversation_next. */
void tws_conversation_note(struct tws_conversation *c, enum tws_side side,
                           const struct tws_item *item);

/* The next item of `side`.  Inline, as tws_stream_next is: the relay's hot path. */
static inline enum tws_stream_status tws_conversation_next(struct tws_conversation *c,
                                                           enum tws_side side, struct tws_item *out)
{
    if (tws_stream_next(&c->stream[tws_sender(side)], out) != TWS_STREAM_ITEM)
        return TWS_STREAM_MORE;
    if (out->kind != TWS_ITEM_FRAME)
        tws_conversation_note(c, side, out);
    return TWS_STREAM_ITEM;
}

/* tws_conversation_open while something is left to find out. */
enum tws_opened tws_conversation_open_slow(struct tws_conversation *c, enum tws_side side,
                                           struct tws_cursor payload, struct tws_opened_frame *out);

/* Open the payload of a FRAME of `side`; frames are opened in the order in which they are pulled,
 * and none twice.  Those that the caller knows to teach nothing need not be opened.  Only the
 * member of `out` that the result names is written. */
static inline enum tws_opened tws_conversation_open(struct tws_conversation *c, enum tws_side side,
                                                    struct tws_cursor payload,
                                                    struct tws_opened_frame *out)
{
    if (!c->reading.settled)
        return tws_conversation_open_slow(c, side, payload, out);
    tws_message_open(side, c->reading.layout_version, payload, &out->message);
    return TWS_OPENED_MESSAGE;
}

/* Where the item pulled last from `side` is in the stream, by 64-bit offsets (stream.h). */
static inline struct tws_place tws_conversation_place(const struct tws_conversation *c,
                                                      enum tws_side side,
                                                      const struct tws_item *item)
{
    return tws_stream_place(&c->stream[tws_sender(side)], item);
}

/* As tws_reading_agree. */
void tws_conversation_agree(struct tws_conversation *c, uint32_t version);

/* What `side` sends is not decoded, by decision of the caller; no item is reported. */
static inline void tws_conversation_give_up(struct tws_conversation *c, enum tws_side side,
                                            enum tws_opaque why)
{
    tws_stream_give_up(&c->stream[tws_sender(side)], why);
}

/* One write of `side` was fed, whole, as far as is known.  True: that matters, because frames are
 * searched for; pull items again. */
bool tws_conversation_flushed(struct tws_conversation *c, enum tws_side side);

/* Nothing follows what `side` was fed, or a hole does: pull items again. */
void tws_conversation_end(struct tws_conversation *c, enum tws_side side);

/* `missing` bytes of `side` will never be seen (0: not known how many); what is fed next stands
 * behind them.  To be called after tws_conversation_end; pull items again. */
void tws_conversation_gap(struct tws_conversation *c, enum tws_side side, uint64_t missing);

/* Bytes may be missing, and it is not known of which side, nor where. */
static inline void tws_conversation_lost(struct tws_conversation *c)
{
    c->reading.lost = true;
}

/* Was anything missed?  Then what was not seen may have been sent all the same. */
static inline bool tws_conversation_blind(const struct tws_conversation *c)
{
    return c->reading.midstream || c->reading.lost;
}
#endif
