/* ending.c - how a session ends: which side first, how, and what that means for its port. */
#include "ending.h"
#include "client_checks.h"
#include "debt.h"
#include "edge_facts.h"
#include "last_served.h"
#include "loss.h"
#include "standing.h"
#include <stdlib.h>

#define NOTICED_NS 1000000000ull /* a program that reads has seen the gateway's FIN by then */

void tws_ending_late(struct tws_session *s, uint64_t now)
{
    if (s->first_closed != TWS_CLIENT || (s->seen & TWS_SAW(LATE)))
        return;
    s->seen |= TWS_SAW(LATE);
    s->ending.late_ns = tws_between(s->ending.closed_ns, now);
}

/* Port-wide consequences of the first ending. */
static void tell_port(struct tws_session *s, enum tws_side side, enum tws_ending how, uint64_t now)
{
    if (how == TWS_REFUSED)
        s->port->refused_last_ns = now;
    else if (side == TWS_GATEWAY && (how == TWS_FIN || how == TWS_RST))
        tws_port_closed(s->port, s->conn,
                        s->bytes[1] == 0 && !s->loss.midstream && !s->loss.last_ns[1], now);
    if (side == TWS_CLIENT && s->stage >= TWS_HELLO &&
        tws_between(s->opened_ns, now) <= TWS_VISIT_NS)
        tws_port_visit(s->port, &s->client, s->handshake.client_id, s->opened_ns, now);
    if (s->stage == TWS_HELLO && !tws_loss_hides(s, TWS_GATEWAY, s->handshake.stage_ns) &&
        tws_between(s->handshake.stage_ns, now) >= TWS_PATIENCE_NS && how != TWS_REFUSED &&
        how != TWS_UNREACHABLE && !(s->seen & TWS_SAW(DIALING)))
        tws_last_served_not(s, now);
}

/* What comes from here on is not the cause of the end. */
static void keep_parting(struct tws_session *s, uint64_t now)
{
    struct tws_parting *p = calloc(1, sizeof *p);
    struct tws_others others;

    s->ending.parting = p;
    if (!p)
        return;
    tws_standing_others(s, now, now, &others);
    p->client = s->last[0];
    p->client_ns = s->last_bytes_ns[0];
    p->client_bytes = s->bytes[0];
    p->others = others.open;
    p->left = s->port->left;
    p->holder = tws_port_holder(s->port, s->conn, s->handshake.client_id);
    p->odd_missing = s->checks.odd_missing;
    p->odd_extra = s->checks.odd_extra;
    tws_client_checks_form(s, &p->paced, &p->first_of_form, &p->form_answered);
}

/* A FIN is easily overlooked: a program that does not read goes on as if nothing had happened. */
static void wait_for_client(struct tws_session *s, uint64_t now)
{
    uint64_t at = tws_after(now, NOTICED_NS);

    if (at <= TWS_TIME_LAST)
        s->deadline_ns = at;
}

bool tws_ending_unnoticed(const struct tws_session *s, uint64_t now)
{
    return s->first_closed == TWS_GATEWAY && s->how_closed == TWS_FIN && s->ending.parting &&
           !s->ending.parting->second_ns && tws_between(s->ending.closed_ns, now) >= NOTICED_NS;
}

void tws_ending_first(struct tws_session *s, enum tws_side side, enum tws_ending how,
                      const char *reason, uint64_t now)
{
    struct tws_debt d;
    uint64_t since, others_since;

    s->first_closed = (uint8_t)(how == TWS_END_OF_CAPTURE ? TWS_NOBODY : side);
    s->how_closed = (uint8_t)how;
    s->stage_at_close = s->stage;
    s->ending.closed_ns = now;
    s->ending.reason = reason;
    s->deadline_ns = 0;
    since = s->stage < TWS_READY ? s->handshake.stage_ns : s->opened_ns;
    others_since = since;
    if (tws_debt_find(s, &d)) {
        since = d.since_ns;
        others_since = tws_standing_since(s, d.trouble, since);
        /* Many clients give up before we do: what the kernel says is to be had now or never. */
        if (side == TWS_CLIENT && how != TWS_END_OF_CAPTURE && !s->silence &&
            now - since >= TWS_PATIENCE_NS)
            tws_edge_facts_ask_at_end(s, now);
        if (s->stage >= TWS_READY && d.due_ns <= now)
            s->seen |= TWS_SAW(OWED_AT_CLOSE);
    }
    if (side == TWS_GATEWAY && s->bytes[1] == 0 && how != TWS_END_OF_CAPTURE)
        tws_edge_facts_ask_owner(s, now); /* whose door was it that shut, or why is there none? */
    if (how != TWS_END_OF_CAPTURE)
        tws_standing_keep(s, others_since, now);
    tell_port(s, side, how, now);
    tws_standing_update(s);
    keep_parting(s, now);
    if (side == TWS_GATEWAY && how == TWS_FIN)
        wait_for_client(s, now);
}

void tws_ending_second(struct tws_session *s, const char *reason, bool seen, uint64_t now)
{
    if (!s->ending.reason)
        s->ending.reason = reason;
    if (seen && s->ending.parting && !s->ending.parting->second_ns)
        s->ending.parting->second_ns = now;
    s->deadline_ns = 0;
}

void tws_ending_free(struct tws_session *s)
{
    free(s->ending.parting);
    s->ending.parting = NULL;
}
