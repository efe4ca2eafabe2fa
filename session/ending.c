/* ending.c - how a session ends: which side first, how, and what that means for its port. */
#include "ending.h"
#include "debt.h"
#include "edge_facts.h"
#include "last_served.h"
#include "loss.h"
#include "standing.h"

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
        tws_port_visit(s->port, &s->client, now);
    if (s->stage == TWS_HELLO && !tws_loss_hides(s, TWS_GATEWAY, s->handshake.stage_ns) &&
        tws_between(s->handshake.stage_ns, now) >= TWS_PATIENCE_NS && how != TWS_REFUSED &&
        how != TWS_UNREACHABLE && !(s->seen & TWS_SAW(DIALING)))
        tws_last_served_not(s, now);
}

void tws_ending_first(struct tws_session *s, enum tws_side side, enum tws_ending how,
                      const char *reason, uint64_t now)
{
    struct tws_debt d;
    uint64_t since;

    s->first_closed = (uint8_t)(how == TWS_END_OF_CAPTURE ? TWS_NOBODY : side);
    s->how_closed = (uint8_t)how;
    s->stage_at_close = s->stage;
    s->ending.closed_ns = now;
    s->ending.reason = reason;
    s->deadline_ns = 0;
    since = s->stage < TWS_READY ? s->handshake.stage_ns : s->opened_ns;
    if (tws_debt_find(s, &d)) {
        since = d.since_ns;
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
        tws_standing_keep(s, since, now);
    tell_port(s, side, how, now);
    tws_standing_update(s);
}

void tws_ending_second(struct tws_session *s, const char *reason)
{
    if (!s->ending.reason)
        s->ending.reason = reason;
}
