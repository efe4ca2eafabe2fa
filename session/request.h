/* request.h - requests and their answers; bounded.
 *
 * A request is followed from its frame to its first answer, its end marker, its error or its
 * cancel.  Which answers belong to which request is a table (request.c).  The table of open
 * requests of a session grows on demand up to TWS_REQUESTS_MAX; a request beyond that is not
 * followed and is counted in `untracked`. */
#ifndef TWS_REQUEST_H
#define TWS_REQUEST_H
#include "event.h"

#define TWS_REQUESTS_MAX 512u

struct tws_request {
    int64_t key;
    uint64_t asked_ns, first_ns;
    uint64_t last_ns; /* newest answer; 0: none yet */
    uint64_t answers;
    uint8_t id;       /* base id of the request */
    uint8_t key_kind; /* enum tws_key */
    bool settled;     /* a subscription that has had all that was owed */
    bool reported;    /* its silence was reported */
};

struct tws_requests {
    struct tws_request *open; /* owned, oldest first; NULL while none was ever tracked */
    uint32_t n, cap;
    uint32_t untracked;
    uint64_t awaited[2];    /* response ids that an open request waits for, as a bit set: a frame
                             * whose id is not in it costs one test */
    uint64_t streamed;      /* answers of streams: ticks and the like */
    uint64_t done_asked_ns; /* when the newest request that was answered had been asked */
};

struct tws_env;

/* May a frame from the gateway with base id `id` concern an open request?  Hot path. */
static inline bool tws_requests_await(const struct tws_requests *r, int32_t id)
{
    return r->n != 0 && id > 0 && id < 128 && (r->awaited[id >> 6] >> (id & 63) & 1u);
}

/* A frame of the client, past the handshake.  Emits `request` for cancels. True when the frame is
 * a request that expects an answer and is now followed. */
bool tws_requests_sent(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                       const struct tws_message *m, uint64_t now);

/* A frame of the gateway that tws_requests_await let pass. Emits `request` for what it ends. */
void tws_requests_answered(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                           const struct tws_message *m, uint64_t now);

/* Does the gateway owe this request something by now? */
bool tws_request_owed(const struct tws_request *q);

/* A request that takes its time: history, contract details and the like. */
bool tws_request_slow(const struct tws_request *q);

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

/* One of those that clients ask at start-up and wait for. */
bool tws_request_of_startup(const struct tws_request *q);

/* One of those that need write access. */
bool tws_request_writes(const struct tws_request *q);

/* The session ends: emits `request` (unanswered, or live for subscriptions that had an answer)
 * for all, and frees the table. */
void tws_requests_finish(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint64_t now);
#endif
