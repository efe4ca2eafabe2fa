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
    if (!early) {
        p->ended_ns = now;
        return;
    }
    if (p->early_closes++ == 0)
        p->early_close_first_ns = now;
}

/* Of the address alone: a client's port changes with each visit. */
static uint64_t address_hash(const struct tws_endpoint *e)
{
    return XXH64(e->addr, sizeof e->addr, e->family);
}

void tws_port_left(struct tws_port *p)
{
    p->left++;
}

static void hold_at(struct tws_port *p, uint32_t conn, struct tws_holder now)
{
    for (size_t i = 0; i < TWS_PORT_CLIENTS; i++) {
        if (p->holder[i].conn == conn) {
            p->holder[i] = now;
            return;
        }
    }
}

void tws_port_hold(struct tws_port *p, uint32_t conn, int64_t client_id)
{
    if (client_id >= 0)
        hold_at(p, 0, (struct tws_holder){conn, client_id});
}

void tws_port_release(struct tws_port *p, uint32_t conn)
{
    hold_at(p, conn, (struct tws_holder){0});
}

uint32_t tws_port_holder(const struct tws_port *p, uint32_t conn, int64_t client_id)
{
    for (size_t i = 0; client_id >= 0 && i < TWS_PORT_CLIENTS; i++) {
        const struct tws_holder *h = &p->holder[i];

        if (h->conn && h->conn != conn && h->client_id == client_id)
            return h->conn;
    }
    return 0;
}

uint64_t tws_port_heard(const struct tws_port *p, uint32_t conn, uint64_t opened_by)
{
    for (int i = 0; i < 2; i++) { /* the newer comes first */
        if (p->live_byte_ns[i] && p->live_byte_conn[i] != conn &&
            p->live_byte_opened_ns[i] <= opened_by)
            return p->live_byte_ns[i];
    }
    return 0;
}

#define PLACES (sizeof((struct tws_port *)0)->visit / sizeof((struct tws_port *)0)->visit[0])

void tws_port_visit(struct tws_port *p, const struct tws_endpoint *client, int64_t client_id,
                    uint64_t opened, uint64_t now)
{
    p->visit[p->visits] = (struct tws_visit){address_hash(client), opened, now, client_id};
    p->visits = (uint8_t)((p->visits + 1) % PLACES);
}

/* Can one client have made both?  `a` ended no later than `b`. */
static bool of_one_client(const struct tws_visit *a, const struct tws_visit *b)
{
    return a->left_ns <= b->opened_ns || (a->client_id >= 0 && a->client_id == b->client_id);
}

uint32_t tws_port_visits(const struct tws_port *p, const struct tws_endpoint *client,
                         int64_t client_id, uint64_t opened, uint64_t now)
{
    const struct tws_visit mine = {address_hash(client), opened, now, client_id};
    const struct tws_visit *last = NULL;
    uint32_t n = 0;

    for (size_t i = 0; i < PLACES; i++) {
        const struct tws_visit *v = &p->visit[(p->visits + i) % PLACES];
        bool is_mine = v->opened_ns == opened && v->client_id == client_id;

        if (!v->left_ns || v->visitor != mine.visitor ||
            tws_between(v->left_ns, now) > TWS_STORM_NS)
            continue;
        if ((!is_mine && !of_one_client(v, &mine)) || (last && !of_one_client(last, v)))
            continue;
        last = v;
        n++;
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
    if (!spoke || tws_between(spoke, now) > window_ns)
        return;
    out->live_answering = live;
    if (!live && out->live_silent) { /* one waits for an answer, and has had other bytes since */
        out->live_answering = 1;
        out->live_silent--;
    }
}
