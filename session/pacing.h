/* pacing.h - how near a client comes to the limits that gateways and IB set.
 *
 * Messages a second: a gateway takes about 50 (code 100, then it closes).  History: 60 requests in
 * ten minutes, and no request twice within 15 seconds (code 162); IB's published rules.  All of it
 * counted, nothing judged: the limits depend on the account. */
#ifndef TWS_PACING_H
#define TWS_PACING_H
#include "bytes.h"

#define TWS_PACE_MESSAGES  50u /* a second: the limit */
#define TWS_PACE_NEAR      40u /* ... and what is near it */
#define TWS_PACE_HISTORY   60u /* in ten minutes */
#define TWS_PACE_HISTORY_1 50u

#define TWS_PACE_SAME 16u /* history requests that are remembered, to know one again */

/* The newest moments of something, to count those within a window. */
struct tws_pace {
    uint64_t at[64];
    uint32_t head, tail; /* count up for ever; at[head & 63] is written next */
    bool near;           /* it was said that the limit is near, and has not been far since */
    uint64_t near_ns;    /* when it was near last */
};

struct tws_pacing {
    struct tws_pace messages, history;
    uint32_t busiest;  /* messages in one second, the most so far; stops at 64 */
    uint8_t next;      /* of `same` */
    uint64_t again_ns; /* when a request was last the same as one before, too soon; 0: never */
    uint64_t same[TWS_PACE_SAME], same_ns[TWS_PACE_SAME]; /* hashes of history requests, and when */
};

enum tws_pace_what {
    TWS_PACE_NOTHING,
    TWS_PACE_OF_MESSAGES, /* near the limit of messages a second */
    TWS_PACE_OF_HISTORY,  /* near that of history requests */
    TWS_PACE_TWICE,       /* the same history request again, too soon */
};

/* "messages", "history-requests", "same-history-request". */
const char *tws_pace_name(enum tws_pace_what what);

/* What the limit is, and in which time; *limit 0: not a number. */
void tws_pace_limit(enum tws_pace_what what, uint32_t *limit, uint64_t *window_ns);

/* The client sent a message.  Something else than NOTHING once for each time the limit comes near;
 * *count: how many there were within the window. */
enum tws_pace_what tws_pacing_message(struct tws_pacing *p, uint64_t now, uint32_t *count);

/* It was reqHistoricalData; `what`: the request without its reqId.  TWICE once for each row of such
 * requests, which is over when none came for 15 s. */
enum tws_pace_what tws_pacing_history(struct tws_pacing *p, struct tws_cursor what, uint64_t now,
                                      uint32_t *count);
#endif
