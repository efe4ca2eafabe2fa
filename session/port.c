/* port.c - how the connections of one gateway port stand, counted. */
#include "port.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

void tws_port_init(struct tws_port *p, const struct tws_endpoint *gateway)
{
    *p = (struct tws_port){.gateway = *gateway};
}

void tws_port_join(struct tws_port *p, struct tws_port_link *l, uint64_t now)
{
    *l = (struct tws_port_link){
        .opened_ns = now,
        .answered_before = (uint32_t)p->answered,
        .unanswered_before = (uint32_t)p->unanswered,
    };
    p->count[TWS_STANDS_NOWHERE]++;
}

void tws_port_move(struct tws_port *p, struct tws_port_link *l, enum tws_standing to)
{
    p->count[l->standing]--;
    p->count[to]++;
    l->standing = (uint8_t)to;
}

void tws_port_answered(struct tws_port *p, struct tws_port_link *l, uint32_t conn, uint64_t now)
{
    l->answered = true;
    p->answered++;
    p->last_answered_ns = now;
    p->last_answered_conn = conn;
    p->unanswered_run = 0;
    p->early_closes = 0;
    p->early_close_first_ns = 0;
}

void tws_port_unanswered(struct tws_port *p, struct tws_port_link *l, uint64_t now)
{
    if (l->unanswered)
        return;
    l->unanswered = true;
    p->unanswered++;
    p->unanswered_run++;
    p->last_unanswered_ns = now;
}

void tws_port_closed(struct tws_port *p, uint32_t conn, bool early, uint64_t now)
{
    p->close_ns[1] = p->close_ns[0];
    p->close_conn[1] = p->close_conn[0];
    p->close_ns[0] = now;
    p->close_conn[0] = conn;
    if (!early)
        return;
    if (p->early_closes++ == 0)
        p->early_close_first_ns = now;
}

/* Of the address alone: a client's port changes with each visit. */
static uint64_t address_hash(const struct tws_endpoint *e)
{
    return XXH64(e->addr, sizeof e->addr, e->family);
}

#define PLACES (sizeof((struct tws_port *)0)->visit_ns / sizeof((struct tws_port *)0)->visit_ns[0])

void tws_port_visit(struct tws_port *p, const struct tws_endpoint *client, uint64_t now)
{
    p->visit_ns[p->visits] = now;
    p->visitor[p->visits] = address_hash(client);
    p->visits = (uint8_t)((p->visits + 1) % PLACES);
}

uint32_t tws_port_visits(const struct tws_port *p, const struct tws_endpoint *client, uint64_t now)
{
    uint64_t h = address_hash(client);
    uint32_t n = 0;

    for (size_t i = 0; i < PLACES; i++) {
        uint64_t at = p->visit_ns[i];

        n += at && p->visitor[i] == h && tws_between(at, now) <= TWS_STORM_NS;
    }
    return n;
}

bool tws_port_closed_too(const struct tws_port *p, uint32_t conn, uint64_t when, uint64_t window_ns)
{
    for (int i = 0; i < 2; i++) {
        uint64_t at = p->close_ns[i];
        uint64_t apart = at > when ? at - when : when - at;

        if (at && p->close_conn[i] != conn && apart <= window_ns)
            return true;
    }
    return false;
}

static uint32_t less(uint32_t n, uint32_t by)
{
    return n > by ? n - by : 0;
}

static uint32_t count_without(const struct tws_port *p, const struct tws_port_link *l,
                              enum tws_standing s)
{
    return less(p->count[s], l->standing == s);
}

void tws_port_others(const struct tws_port *p, const struct tws_port_link *l, uint32_t conn,
                     uint64_t window_ns, uint64_t now, struct tws_others *out)
{
    int other = p->live_byte_conn[0] == conn;
    uint64_t spoke = p->live_byte_ns[other];
    uint32_t live = count_without(p, l, TWS_STANDS_LIVE);

    *out = (struct tws_others){
        .live_silent = count_without(p, l, TWS_STANDS_LIVE_SILENT),
        .new_unanswered = count_without(p, l, TWS_STANDS_NEW_UNANSWERED),
        .new_answered = less((uint32_t)p->answered - l->answered_before, l->answered),
        .open = live + count_without(p, l, TWS_STANDS_NEW),
    };
    out->open += out->live_silent + out->new_unanswered;
    if (spoke && tws_between(spoke, now) <= window_ns)
        out->live_answering = live;
}
