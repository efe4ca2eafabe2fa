/* port.h - all connections of one gateway port together: the first question of every diagnosis.
 *
 * "Is it this client, every new client, or everybody?"  Counters are kept as sessions move, so
 * that asking costs the same with one session or ten thousand. */
#ifndef TWS_PORT_H
#define TWS_PORT_H
#include "state.h"

/* What a session tells its port; it is in exactly one of these at a time. */
enum tws_standing {
    TWS_STANDS_NOWHERE,        /* not counted: closed, or never spoke */
    TWS_STANDS_NEW,            /* waits in the handshake, within its time */
    TWS_STANDS_NEW_UNANSWERED, /* its hello is unanswered past its time, and it is still open */
    TWS_STANDS_LIVE,           /* welcomed, no silence */
    TWS_STANDS_LIVE_SILENT,    /* welcomed, a silence stands */
    TWS_STANDINGS,
};

struct tws_port_link {
    uint8_t standing; /* enum tws_standing */
    bool answered;    /* its version reply came */
    bool unanswered;  /* it was counted as unanswered */
    uint64_t opened_ns;
    uint32_t answered_before, unanswered_before; /* the port's counters when it was opened */
};

struct tws_session;

#define TWS_PORT_CLIENTS 32u /* a gateway takes no more */

/* A welcomed session, by the client id that nobody else can have until it ends. */
struct tws_holder {
    uint32_t conn; /* 0: the place is free */
    int64_t client_id;
};

/* A connection that was short. */
struct tws_visit {
    uint64_t visitor;            /* a hash of the client's address */
    uint64_t opened_ns, left_ns; /* left: 0 where the place is free */
    int64_t client_id;           /* -1: not known */
};

struct tws_port {
    struct tws_endpoint gateway;
    uint32_t count[TWS_STANDINGS];
    uint64_t answered;         /* version replies seen, in all */
    uint64_t unanswered;       /* connections that ended or stand with an unanswered hello */
    uint64_t last_answered_ns; /* newest version reply */
    uint32_t last_answered_conn;
    uint32_t unanswered_run; /* unanswered since then */
    uint64_t last_unanswered_ns;
    uint64_t early_close_first_ns; /* first of an unbroken run of accepts closed without a byte; 0:
                                      none */
    uint32_t early_closes;         /* length of that run */
    uint64_t refused_last_ns;      /* last refused dial; 0: never */
    uint64_t live_byte_ns[2]; /* last byte from the gateway on a welcomed session: the newest two */
    uint32_t live_byte_conn[2];      /* sessions, so that "others" can be asked by either, */
    uint64_t live_byte_opened_ns[2]; /* and when those were opened */
    uint32_t left;                   /* counted sessions that have ended, however they did */
    uint64_t close_ns[2];            /* last time the gateway closed a session: the newest two */
    uint32_t close_conn[2];
    uint64_t ended_ns;     /* last time that it closed one that it had spoken to; 0: never */
    uint64_t lost_1100_ns; /* last 1100 on any session without 1101 or 1102 since; 0: none */
    /* Who was answered last and who was not answered first since: what the one said last, or the
     * other said first, may be what the gateway stands still over. */
    struct tws_case served, victim;
    const struct tws_session *served_session;   /* while it is open; NULL */
    struct tws_visit visit[16];                 /* short visits, in the order of their ends, */
    uint8_t visits;                             /* from the next place on */
    struct tws_holder holder[TWS_PORT_CLIENTS]; /* welcomed sessions that are open */
};

void tws_port_init(struct tws_port *p, const struct tws_endpoint *gateway);

/* A connection begins. */
void tws_port_join(struct tws_port *p, struct tws_port_link *l, uint64_t now);

void tws_port_move(struct tws_port *p, struct tws_port_link *l, enum tws_standing to);

/* The version reply of `conn` came. */
void tws_port_answered(struct tws_port *p, struct tws_port_link *l, uint32_t conn, uint64_t now);

/* The hello of `l` is unanswered past its time, or was when it ended: counted once. */
void tws_port_unanswered(struct tws_port *p, struct tws_port_link *l, uint64_t now);

/* The gateway closed session `conn`; `early`: without ever sending a byte. */
void tws_port_closed(struct tws_port *p, uint32_t conn, bool early, uint64_t now);

/* A counted session has ended. */
void tws_port_left(struct tws_port *p);

/* Session `conn` was welcomed with this client id, and has it until it is released; -1 and what is
 * beyond TWS_PORT_CLIENTS are not remembered. */
void tws_port_hold(struct tws_port *p, uint32_t conn, int64_t client_id);
void tws_port_release(struct tws_port *p, uint32_t conn);

/* Which session other than `conn` has this client id; 0: none that is known. */
uint32_t tws_port_holder(const struct tws_port *p, uint32_t conn, int64_t client_id);

/* When a byte last came from the gateway on a welcomed session other than `conn` that was opened no
 * later than `opened_by`; 0: never, as far as the newest two of all tell. */
uint64_t tws_port_heard(const struct tws_port *p, uint32_t conn, uint64_t opened_by);

/* A byte came from the gateway on welcomed session `conn`, which was opened at `opened`.  One
 * store, where it is the session that spoke last: hot path. */
static inline void tws_port_live_byte(struct tws_port *p, uint32_t conn, uint64_t opened,
                                      uint64_t now)
{
    if (p->live_byte_conn[0] != conn) {
        p->live_byte_conn[1] = p->live_byte_conn[0];
        p->live_byte_ns[1] = p->live_byte_ns[0];
        p->live_byte_opened_ns[1] = p->live_byte_opened_ns[0];
        p->live_byte_conn[0] = conn;
        p->live_byte_opened_ns[0] = opened;
    }
    p->live_byte_ns[0] = now;
}

/* A client that had said hello left again within TWS_VISIT_NS. */
void tws_port_visit(struct tws_port *p, const struct tws_endpoint *client, int64_t client_id,
                    uint64_t opened, uint64_t now);

/* How often one client can have come and gone in the short visits of this address that ended within
 * TWS_STORM_NS before `now`; at most as many as there are places.  The visit that is asked for, of
 * `client_id` and begun at `opened`, is among them.  Visits that overlap and do not have the same
 * id are of several clients: of these only one counts. */
uint32_t tws_port_visits(const struct tws_port *p, const struct tws_endpoint *client,
                         int64_t client_id, uint64_t opened, uint64_t now);

/* Did the gateway close another session within `window_ns` of `when`? */
bool tws_port_closed_too(const struct tws_port *p, uint32_t conn, uint64_t when,
                         uint64_t window_ns);

/* How the other sessions stand, seen from `conn` whose link is `l`; `window_ns`: how recent a
 * gateway byte must be for "answering". */
void tws_port_others(const struct tws_port *p, const struct tws_port_link *l, uint32_t conn,
                     uint64_t window_ns, uint64_t now, struct tws_others *out);
#endif
