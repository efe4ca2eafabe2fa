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
    uint32_t live_byte_conn[2]; /* sessions, so that "others" can be asked by either */
    uint64_t close_ns[2];       /* last time the gateway closed a session: the newest two */
    uint32_t close_conn[2];
    uint64_t lost_1100_ns; /* last 1100 on any session without 1101 or 1102 since; 0: none */
    /* Who was answered last and who was not answered first since: what the one said last, or the
     * other said first, may be what the gateway stands still over. */
    struct tws_case served, victim;
    const struct tws_session *served_session; /* while it is open; NULL */
    uint64_t visit_ns[16];                    /* ends of short visits, newest anywhere, */
    uint64_t visitor[16];                     /* and whose: a hash of the client's address */
    uint8_t visits;                           /* the next place */
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

/* A byte came from the gateway on welcomed session `conn`.  Two stores at most: hot path. */
static inline void tws_port_live_byte(struct tws_port *p, uint32_t conn, uint64_t now)
{
    if (p->live_byte_conn[0] != conn) {
        p->live_byte_conn[1] = p->live_byte_conn[0];
        p->live_byte_ns[1] = p->live_byte_ns[0];
        p->live_byte_conn[0] = conn;
    }
    p->live_byte_ns[0] = now;
}

/* A client that had said hello left again within TWS_VISIT_NS. */
void tws_port_visit(struct tws_port *p, const struct tws_endpoint *client, uint64_t now);

/* How many short visits of this client's address ended within TWS_STORM_NS before `now`; at most
 * as many as there are places. */
uint32_t tws_port_visits(const struct tws_port *p, const struct tws_endpoint *client, uint64_t now);

/* Did the gateway close another session within `window_ns` of `when`? */
bool tws_port_closed_too(const struct tws_port *p, uint32_t conn, uint64_t when,
                         uint64_t window_ns);

/* How the other sessions stand, seen from `conn` whose link is `l`; `window_ns`: how recent a
 * gateway byte must be for "answering". */
void tws_port_others(const struct tws_port *p, const struct tws_port_link *l, uint32_t conn,
                     uint64_t window_ns, uint64_t now, struct tws_others *out);
#endif
