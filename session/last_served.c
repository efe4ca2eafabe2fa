/* last_served.c - who of a port's connections was answered last, and who was not answered first. */
#include "last_served.h"

static struct tws_case case_of(const struct tws_session *s, uint64_t at)
{
    return (struct tws_case){
        .conn = s->conn,
        .at_ns = at,
        .client_id = s->handshake.client_id,
        .last = {s->last[0], s->last[1]},
        .client = s->client,
    };
}

void tws_last_served_this(struct tws_session *s, uint64_t now)
{
    struct tws_port *p = s->port;

    p->served = case_of(s, now);
    p->served_session = s;
    p->victim = (struct tws_case){0};
}

void tws_last_served_not(struct tws_session *s, uint64_t now)
{
    tws_port_unanswered(s->port, &s->link, now);
    if (!s->port->victim.conn)
        s->port->victim = case_of(s, s->handshake.stage_ns);
}

struct tws_case tws_last_served(const struct tws_port *p)
{
    const struct tws_session *s = p->served_session;

    return s ? case_of(s, p->served.at_ns) : p->served;
}

void tws_last_served_gone(struct tws_session *s)
{
    struct tws_port *p = s->port;

    if (p->served_session != s)
        return;
    p->served = tws_last_served(p);
    p->served_session = NULL;
}
