/* look.h - what the layers look at; private to doctor/. */
#ifndef TWS_LOOK_H
#define TWS_LOOK_H
#include "doctor.h"
#include "kind.h"
#include "table.h"

#define LOOK_GATEWAYS 8u  /* Gateways that are told apart on one machine */
#define LOOK_AGAIN_MS 200 /* a momentary entry in a queue is normal; after this it is not */
#define LOOK_CLIENTS  32u /* what a Gateway takes */

struct look_owner {
    uint32_t pid; /* 0: not known */
    struct host_process process;
    struct host_who who;
    bool apart; /* in a network namespace of its own: what it listens on is not to be seen here */
};

struct talk;

struct look {
    const struct doctor_ask *ask;
    struct diagnosis *d;
    struct tws_endpoint to;
    bool here;                       /* the address is one of this machine */
    enum host_answer table_answer;   /* of both tables */
    struct host_table table, again;  /* now, with owners, and LOOK_AGAIN_MS later, without */
    const struct host_row *listener; /* in `again`; NULL: none that would take us */
    struct look_owner owner;         /* of the listener */
    enum host_answer processes_answer;
    struct look_owner gateways[LOOK_GATEWAYS]; /* by their words */
    size_t n_gateways, n_apart;
    uint64_t cpu_window_ns, cpu_used_ms; /* of the owner, or the one Gateway there is */
    bool cpu_known;
    const struct talk *talk; /* the session; NULL: there was none */
};

/* Fill all of the above but talk.  Takes LOOK_AGAIN_MS. */
void look_around(struct look *l);
void look_free(struct look *l);

/* The Gateway's process: the listener's owner, or else the only Gateway that runs and may be it.
 * NULL: not known. */
const struct look_owner *look_gateway(const struct look *l);

/* The first Gateway that runs in our network; NULL: there is none. */
const struct look_owner *look_first(const struct look *l);

/* Would a connection to `to` come to this listener? */
bool look_takes(const struct host_row *listener, const struct tws_endpoint *to);

/* The same connection in the other table; NULL: it is gone. */
const struct host_row *look_same(const struct host_table *t, const struct host_row *row);

bool look_is_loopback(const struct tws_endpoint *e);

/* "127.0.0.1:4002" */
#define LOOK_ADDR 80u
const char *look_addr(const struct tws_endpoint *e, char buf[LOOK_ADDR]);

/* "3 h 12 min", in the unit a person would choose. */
#define LOOK_SPAN 32u
const char *look_span(uint64_t ms, char buf[LOOK_SPAN]);

/* Why something cannot be told: "this platform cannot tell" ... */
const char *look_why(enum host_answer a);

/* The layers; each fills its report, and looks at nothing but *l. */
void layer_process(struct look *l, struct diag_report *r);
void layer_listener(struct look *l, struct diag_report *r);
void layer_queue(struct look *l, struct diag_report *r);
void layer_sockets(struct look *l, struct diag_report *r);
void layer_upstream(struct look *l, struct diag_report *r);
void layer_files(struct look *l, struct diag_report *r);
void layer_handshake(struct look *l, struct diag_report *r);
void layer_settings(struct look *l, struct diag_report *r);

/* Does anything speak against a session? The words for it; NULL: nothing. */
const char *look_no_session(const struct look *l);
#endif
