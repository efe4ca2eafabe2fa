/* standing.c - how a session stands among the others of its port. */
#include "standing.h"

uint64_t tws_standing_since(const struct tws_session *s, enum tws_trouble trouble, uint64_t since)
{
    return trouble == TWS_LIVE_GATEWAY_QUIET ? tws_after(since, s->rhythm.gap_ns) : since;
}

void tws_standing_others(const struct tws_session *s, uint64_t since, uint64_t now,
                         struct tws_others *out)
{
    tws_port_others(s->port, &s->link, s->conn, now > since ? now - since : 0, now, out);
}

void tws_standing_keep(struct tws_session *s, uint64_t since, uint64_t now)
{
    struct tws_others o;

    tws_standing_others(s, since, now, &o);
    if (!s->standing.kept || o.open)
        s->standing.others = o;
    s->standing.kept = true;
}

void tws_standing_forget(struct tws_session *s)
{
    s->standing.kept = false;
}

void tws_standing_update(struct tws_session *s)
{
    enum tws_standing to = TWS_STANDS_NOWHERE;

    if (s->how_closed == TWS_OPEN_STILL && s->stage >= TWS_READY)
        to = s->silence ? TWS_STANDS_LIVE_SILENT : TWS_STANDS_LIVE;
    else if (s->how_closed == TWS_OPEN_STILL && s->stage > TWS_TCP)
        to = s->silence == TWS_HELLO_UNANSWERED ? TWS_STANDS_NEW_UNANSWERED : TWS_STANDS_NEW;
    if (to == s->link.standing)
        return;
    if (to >= TWS_STANDS_LIVE && s->link.standing < TWS_STANDS_LIVE)
        tws_port_hold(s->port, s->conn, s->handshake.client_id);
    if (to == TWS_STANDS_NOWHERE)
        tws_port_release(s->port, s->conn);
    tws_port_move(s->port, &s->link, to);
    if (to == TWS_STANDS_NOWHERE && s->how_closed != TWS_END_OF_CAPTURE)
        tws_port_left(s->port);
}
