/* talk.h - a TWS session on a film's connection: both sides, in the form of its server version. */
#ifndef GENERATE_TALK_H
#define GENERATE_TALK_H
#include "encode.h"
#include "film.h"

struct talk {
    struct film_conn tcp;
    struct random *random;  /* borrowed */
    struct standin_out out; /* owned; what is said next */
    bool hold;              /* frames are collected, and sent by talk_flush */
    uint32_t version;       /* of the reply */
    uint32_t range[2];      /* of the hello */
    int32_t client_id, next_key, next_order;
    bool remote;      /* not on the loopback */
    bool others_live; /* another session of the port is served all the time */
    bool ends_open;   /* the capture ends before the connection does */
    uint64_t hello_ns, version_ns, start_ns, ready_ns; /* 0: not yet */
    /* A subscription that is served whenever the connection waits. */
    bool ticking;
    int32_t tick_key;
    uint64_t tick_every_ns, tick_next_ns, tick_last_ns;
};

/* A request, how long it may take, and its reply. */
struct ask {
    const char *name;
    uint32_t since;     /* server version */
    unsigned allowed_s; /* docs/man/twstap.1: --request-timeout, --slow-timeout, --order-timeout */
    bool startup;       /* a list or image that libraries ask for at their start */
    void (*ask)(struct talk *t, int32_t key);
    void (*part)(struct talk *t, int32_t key);   /* the reply without its end marker; NULL */
    void (*answer)(struct talk *t, int32_t key); /* the whole reply */
};

enum ask_id {
    ASK_TIME,
    ASK_POSITIONS,
    ASK_OPEN_ORDERS,
    ASK_ALL_OPEN_ORDERS,
    ASK_EXECUTIONS,
    ASK_COMPLETED,
    ASK_ACCOUNT,
    ASK_IDS,
    ASK_CONTRACT,
    ASK_HISTORY,
    ASK_HEAD_TIME,
    ASK_SYMBOLS,
    ASK_SCANNER,
    ASKS,
};

extern const struct ask asks[ASKS];

uint64_t talk_between(struct talk *t, uint64_t low, uint64_t high);

/* Time passes; a subscription that ticks is served. */
void talk_wait(struct talk *t, uint64_t ns);
void talk_wait_between(struct talk *t, uint64_t low, uint64_t high);

/* The time that a gateway takes to answer: 0.5 to 8 ms. */
void talk_think(struct talk *t);

void talk_payload(struct talk *t, enum side from, const void *p, size_t n);
void talk_raw(struct talk *t, enum side from, const void *p, size_t n);
void talk_flush(struct talk *t, enum side from);

/* The handshake, step by step; each notes its time. */
void talk_hello(struct talk *t);
void talk_reply(struct talk *t);
size_t talk_reply_bytes(const struct talk *t, uint8_t *out, size_t size);
void talk_start_api(struct talk *t);
void talk_accounts(struct talk *t, const char *list);
void talk_next_id(struct talk *t);
void talk_welcome(struct talk *t);

/* All of it, with the usual times. */
void talk_begin(struct talk *t);

/* An error message; `key`: -1: no request's. */
void talk_error(struct talk *t, int32_t key, int code, const char *text);

/* A request; its time.  `key`: of it, where requests of its kind have one. */
uint64_t talk_ask(struct talk *t, enum ask_id what, int32_t key);
void talk_answer(struct talk *t, enum ask_id what, int32_t key);

/* A request that the gateway answers within milliseconds. */
void talk_ask_and_answer(struct talk *t, enum ask_id what);

/* Any request that this version has; without those of `but` (a mask). */
enum ask_id talk_any_ask(struct talk *t, unsigned but);

uint64_t talk_subscribe(struct talk *t, int32_t key, bool snapshot);
void talk_tick(struct talk *t, int32_t key);
void talk_snapshot_end(struct talk *t, int32_t key);
void talk_unsubscribe(struct talk *t, int32_t key);
void talk_cancel_history(struct talk *t, int32_t key);
void talk_reroute(struct talk *t, int32_t key);
uint64_t talk_bars(struct talk *t, int32_t key);
void talk_bar(struct talk *t, int32_t key);
uint64_t talk_order(struct talk *t, int32_t order);
void talk_order_status(struct talk *t, int32_t order, const char *status);
void talk_open_order(struct talk *t, int32_t order);

/* A subscription begins to tick; it stops. */
void talk_ticker(struct talk *t, uint64_t every_ns);
void talk_ticker_stop(struct talk *t);

/* The client leaves and the gateway closes too; where `ends_open`, nothing. */
void talk_leave(struct talk *t);

/* The client leaves; the gateway does not close. */
void talk_leave_alone(struct talk *t);

/* Moves on until the time is not near a quarter of an hour, when markets open and close. */
void talk_off_the_quarter(struct talk *t);
#endif
