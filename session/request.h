/* request.h - requests and their answers; bounded.
 *
 * A request is followed from its frame to its first answer, its end marker, its error or its
 * cancel.  Which answers belong to which request is a table (request.c).  The table of open
 * requests of a session grows on demand up to TWS_REQUESTS_MAX; a request beyond that is not
 * followed and is counted in `untracked`. */
#ifndef TWS_REQUEST_H
#define TWS_REQUEST_H
#include "state.h"
#include <string.h>

#define TWS_REQUESTS_MAX 512u

struct tws_request {
    int64_t key;
    uint64_t asked_ns, first_ns;
    uint64_t last_ns; /* newest answer; 0: none yet */
    uint64_t answers;
    uint64_t takes[2];  /* base ids of what answers it, as a bit set */
    uint32_t serial;    /* which of all that the session asked: its name while it is open */
    uint32_t what;      /* hash of it without its key */
    uint32_t done;      /* how many had been answered when it was asked, or had its newest part; a
                         * subscription: when it was asked */
    uint8_t id;         /* base id of the request */
    uint8_t key_kind;   /* enum tws_key */
    bool settled;       /* a subscription that has had all that was owed; hot, and so no bit */
    bool snapshot : 1;  /* not a subscription, although its kind is: it ends with its end marker */
    bool reported : 1;  /* its silence was reported */
    bool throttled : 1; /* asked again too soon: newer gateways do not answer; owed only as long as
                         * the client asks for nothing else */
    bool suspect : 1;   /* an error without an id may have refused it */
    bool excused : 1;   /* bytes were lost since it was asked: its answer may have been among them,
                         * or its cancel; nothing is held against anybody */
    bool early : 1;     /* asked before the welcome */
    bool unlinked : 1;  /* asked while the gateway had no link to IB */
    uint64_t gap_ns;    /* a subscription: the longest pause between two answers */
};

/* The beginning of a frame that answered a stream, up to and with its key: a frame that begins with
 * the same bytes answers the same stream again.  Ticks are most of the traffic, and this spares
 * them everything else. */
#define TWS_MEMO_HEAD 16u /* bytes compared at most */

struct tws_memo {
    uint64_t head[2]; /* the bytes, in memory order; zero behind the key */
    uint64_t mask[2]; /* ones where they count; the first byte always does, or the place is free */
    uint32_t serial;  /* of the request ... */
    uint16_t request; /* ... and its place, while it has not moved */
    uint8_t id;       /* base id of the message */
    bool text;        /* its last byte must be NUL */
};

#define TWS_LAPSES_KEPT 16u

struct tws_lapses {
    uint32_t n;       /* of `of`, oldest first */
    uint32_t dropped; /* older ones: it is not known whether they were sent again */
    struct tws_lapse of[TWS_LAPSES_KEPT];
};

struct tws_requests {
    struct tws_lapses *lapses; /* owned; NULL: no error has ended a request */
    struct tws_request *open;  /* owned, oldest first; NULL while none was ever tracked */
    struct tws_memo *memo;     /* owned: memo_slots of them; NULL while no stream was served */
    uint32_t memo_slots;       /* a power of two; 0 */
    uint32_t n, cap;
    uint32_t untracked;
    uint32_t streams_ended; /* subscriptions that were served and are over */
    uint32_t asked;         /* requests that were followed so far */
    uint64_t awaited[2];    /* response ids that an open request waits for, as a bit set: a frame
                             * whose id is not in it costs one test */
    uint64_t streamed;      /* answers of streams: ticks and the like */
    uint32_t done_serial;   /* of those that were answered, the one that was asked last; 0: none */
    uint32_t done;          /* requests that were answered */
    uint32_t done_key; /* the request that was answered last, and left the table; low 32 bits */
    uint8_t done_id;   /* its base id; 0: none */
    bool done_by_type; /* it had no key */
    bool suspect_left; /* a suspect was given up by its client: nothing is known of it any more */
};

struct tws_env;

/* Is base id `id`, 0 to 127, in the set? */
static inline bool tws_ids_have(const uint64_t ids[2], int32_t id)
{
    return ids[id >> 6] >> (id & 63) & 1u;
}

/* May a frame from the gateway with base id `id` concern an open request?  Hot path. */
static inline bool tws_requests_await(const struct tws_requests *r, int32_t id)
{
    return r->n != 0 && id > 0 && id < 128 && tws_ids_have(r->awaited, id);
}

/* A frame of the client, past the handshake.  Emits `request` for cancels. True when the frame is
 * a request that expects an answer and is now followed. */
bool tws_requests_sent(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                       const struct tws_message *m, uint64_t now);

/* A frame of the gateway, `payload` with its id, that tws_requests_await let pass.  Emits `request`
 * for what it ends. */
void tws_requests_answered(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                           const struct tws_message *m, struct tws_cursor payload, uint64_t now);

/* Where a frame that begins so would be remembered.  Bytes behind the key may take part: they cost
 * places, and never a wrong answer. */
static inline struct tws_memo *tws_memo_at(const struct tws_requests *r, const uint64_t head[2])
{
    uint64_t mix = (head[0] ^ (head[1] & 0xff) << 21) * 0x9e3779b97f4a7c15ull;

    return &r->memo[mix >> 40 & (r->memo_slots - 1)];
}

/* A frame of the gateway that begins like one before: the base id of the message, and its stream
 * has had one more answer.  0: look at the frame itself.  Hot path. */
static inline int32_t tws_requests_again(struct tws_requests *r, struct tws_cursor payload,
                                         uint64_t now)
{
    uint64_t head[2];
    const struct tws_memo *memo;
    struct tws_request *q;

    if (!r->memo_slots || payload.left < TWS_MEMO_HEAD)
        return 0;
    memcpy(head, payload.p, TWS_MEMO_HEAD);
    memo = tws_memo_at(r, head);
    if (!memo->mask[0] || (head[0] & memo->mask[0]) != memo->head[0] ||
        (head[1] & memo->mask[1]) != memo->head[1])
        return 0;
    if (memo->text && payload.p[payload.left - 1] != 0)
        return 0;
    q = &r->open[memo->request];
    if (memo->request >= r->n || q->serial != memo->serial)
        return 0;
    if (q->last_ns != now) { /* the first of its kind in what was read at once */
        uint64_t gap = tws_between(q->last_ns, now);

        if (gap > q->gap_ns)
            q->gap_ns = gap;
        q->last_ns = now;
    }
    q->answers++;
    r->streamed++;
    return memo->id;
}

/* The request that was asked last is one too many within a second (throttled true).  False: it is
 * not, and those before it that were are given up: what is answered now is this one. */
void tws_requests_throttled(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                            bool throttled, uint64_t now);

/* An error without its id refused request `i`: its code and its text. */
void tws_requests_refuse(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint32_t i,
                         int64_t code, const char *text, uint64_t now);

/* Bytes were lost: what was asked until now is owed no longer. */
void tws_requests_excuse(struct tws_requests *r);

/* Does the gateway owe this request, one of `r`, something by now? */
bool tws_request_owed(const struct tws_requests *r, const struct tws_request *q);

enum tws_request_class tws_request_class_of(const struct tws_request *q);

/* "cheap", "slow", "order". */
const char *tws_request_class_name(enum tws_request_class c);

/* A request that takes its time. */
bool tws_request_slow(const struct tws_request *q);

/* Is it a subscription, and no snapshot?  ... that has been served? */
bool tws_request_is_stream(const struct tws_request *q);
bool tws_request_streams(const struct tws_request *q);

/* Since when it waits: asked, or the newest part of an answer that has no end yet. */
uint64_t tws_request_since(const struct tws_request *q);

/* How long this kind of request may take. */
uint64_t tws_request_allowance(const struct tws_request *q, const struct tws_env *env);

/* The open request that is owed something and whose allowance ends first.
 * NULL: nobody waits.  *due: when its allowance is over, ns. */
const struct tws_request *tws_requests_oldest(const struct tws_requests *r,
                                              const struct tws_env *env, uint64_t *due);

/* When the next allowance is over of a request that is not reported yet; 0: none. */
uint64_t tws_requests_due(const struct tws_requests *r, const struct tws_env *env);

/* Mark what is owed past its allowance as reported. */
void tws_requests_report(struct tws_requests *r, const struct tws_env *env, uint64_t now);

/* Is a stream of ticks open? */
bool tws_requests_streaming(const struct tws_requests *r);

/* Is a reported request still owed something? */
bool tws_requests_reported(const struct tws_requests *r);

/* The official name of a request. */
const char *tws_request_name(int32_t id);

/* Is a message of the client with this base id a request that is followed? */
bool tws_request_followed(int32_t id);

/* One of those that clients ask at start-up and wait for. */
bool tws_request_of_startup(const struct tws_request *q);

/* One of those that need write access. */
bool tws_request_writes(const struct tws_request *q);

/* The session ends: emits `request` (unanswered, or live for subscriptions that had an answer)
 * for all but those that are excused and not known to be served, and frees the table. */
void tws_requests_finish(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint64_t now);
#endif
