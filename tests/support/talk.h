/* talk.h - a session spoken from a test: TWS bytes of both sides, a clock that the test moves, and
 * the events that come out. */
#ifndef TEST_TALK_H
#define TEST_TALK_H
#include "diagnose.h"
#include "session.h"

#define MS              1000000ull
#define SEC             1000000000ull
#define TALK_EVENTS_MAX 512

struct talk_event {
    enum tws_event_kind kind;
    uint64_t ts_ns;
    uint32_t conn;
    enum tws_stage stage;           /* STAGE */
    enum tws_trouble trouble;       /* SILENCE, RECOVERED, VERDICT */
    enum tws_side side;             /* FRAME, SILENCE, CLOSE, OPAQUE, GAP; VERDICT: silent */
    uint64_t skipped;               /* GAP */
    uint64_t n;                     /* FRAME: number; SILENCE, RECOVERED: waited; VERDICT: silence;
                                     * GAP: missing */
    int64_t id;                     /* FRAME, REQUEST: base id; NOTICE: code */
    enum tws_request_status status; /* REQUEST */
    int64_t code;                   /* REQUEST: of the error that ended it */
    bool final;
    const char *mode; /* VERDICT: id or NULL */
    enum tws_certainty certainty;
    uint64_t digest[2];                   /* CLOSE */
    bool found;                           /* GAP */
    char evidence[TWS_EVIDENCE_MAX][160]; /* VERDICT: "what: value" */
    char says[256];
};

struct talk {
    struct tws_env env;
    struct tws_diagnosis diagnosis;
    /* what the kernel says when it is asked; NULL: nobody asks */
    void (*kernel)(void *ctx, const struct tws_session *s, struct tws_kernel *out);
    struct tws_port port;
    struct tws_session s;
    uint64_t now;
    uint32_t sv;    /* server version that frames are built for */
    size_t split;   /* hand out each write in two, the first of this many bytes; 0: whole */
    size_t cut;     /* hand out bytes in chunks of this many; 0: whole */
    bool midstream; /* seen from the middle on */
    bool tick;      /* call tick whenever the clock passes a deadline */
    struct talk_event ev[TALK_EVENTS_MAX];
    size_t n_ev;
};

void talk_env(struct talk *t, uint32_t sv); /* clock, sink, timing: 3 s and 10 s */
/* The edge can ask the kernel, which says this. */
void talk_kernel(struct talk *t,
                 void (*kernel)(void *ctx, const struct tws_session *s, struct tws_kernel *out));
void talk_open(struct talk *t);              /* port and session, to 127.0.0.1:4002 */
void talk_wait(struct talk *t, uint64_t ns); /* moves the clock, ticks on the way */
void talk_bytes(struct talk *t, enum tws_side side, const void *p, size_t n);
void talk_gap(struct talk *t, enum tws_side side, uint64_t missing);
void talk_close(struct talk *t, enum tws_side side, enum tws_ending how);
void talk_finish(struct talk *t);

/* Client: */
void talk_hello(struct talk *t, const char *range);
void talk_start_api(struct talk *t, int client_id);
/* A text frame of `id`, NULL-ended fields; the id in the form of the version. */
void talk_text(struct talk *t, enum tws_side side, int id, const char *const *fields);
void talk_protobuf(struct talk *t, enum tws_side side, int id, const void *body, size_t n);

/* Gateway: */
void talk_version(struct talk *t);
void talk_next_id(struct talk *t);
void talk_accounts(struct talk *t, const char *list);
void talk_notice(struct talk *t, int req_id, int code, const char *text);
void talk_welcome(struct talk *t); /* accounts, nextValidId, farm notices */
void talk_current_time(struct talk *t, enum tws_side side); /* request or answer */

/* From the start: a session that is welcomed, and whose reqCurrentTime was answered. */
void talk_live(struct talk *t, uint32_t sv);

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The verdict on a session as of `now`. */
void talk_verdict(const struct tws_session *s, uint64_t now, struct tws_verdict *out);

/* The evidence of a verdict that begins with `what`, or NULL. */
const char *talk_evidence(const struct talk_event *verdict, const char *what);

/* Events of a kind so far, and the last of it (NULL: none). */
size_t talk_count(const struct talk *t, enum tws_event_kind kind);
const struct talk_event *talk_last(const struct talk *t, enum tws_event_kind kind);
#endif
