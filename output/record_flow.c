#include "record_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- finding a connection ---- */

static struct record_flow **conn_bucket(struct record *r, uint32_t conn)
{
    return &r->conn_bucket[conn % RECORD_BUCKETS];
}

/* FNV-1a; the sum of both ends' hashes is the same for both directions.  Whoever sends packets may
 * make chains long, but no longer than RECORD_TRACKED_MAX. */
static uint32_t end_hash(const struct tws_endpoint *e)
{
    uint32_t h = (2166136261u ^ e->port) * 16777619u;

    for (size_t i = 0; i < (e->family == 6 ? 16u : 4u); i++)
        h = (h ^ e->addr[i]) * 16777619u;
    return h ^ h >> 15;
}

static struct record_flow **ends_bucket(struct record *r, const struct tws_endpoint *a,
                                        const struct tws_endpoint *b)
{
    return &r->ends_bucket[(end_hash(a) + end_hash(b)) % RECORD_BUCKETS];
}

static bool same_end(const struct tws_endpoint *a, const struct tws_endpoint *b)
{
    return a->port == b->port && a->family == b->family &&
           memcmp(a->addr, b->addr, a->family == 6 ? 16 : 4) == 0;
}

bool flow_is_client(const struct record_flow *f, const struct tws_endpoint *e)
{
    return same_end(&f->client, e);
}

struct record_flow *flow_of_conn(struct record *r, uint32_t conn)
{
    struct record_flow *f = *conn_bucket(r, conn);

    while (f && f->conn != conn)
        f = f->by_conn;
    return f;
}

struct record_flow *flow_of_ends(struct record *r, const struct tws_endpoint *a,
                                 const struct tws_endpoint *b)
{
    struct record_flow *f = *ends_bucket(r, a, b);

    while (f && !(same_end(&f->client, a) && same_end(&f->gateway, b)) &&
           !(same_end(&f->client, b) && same_end(&f->gateway, a)))
        f = f->by_ends;
    return f;
}

static void conn_unlink(struct record_flow *f)
{
    if (!f->by_conn_link)
        return;
    *f->by_conn_link = f->by_conn;
    if (f->by_conn)
        f->by_conn->by_conn_link = f->by_conn_link;
    f->by_conn_link = NULL;
}

void flow_index(struct record_flow *f, uint32_t conn)
{
    struct record_flow **at = conn_bucket(f->record, conn);

    conn_unlink(f);
    f->conn = conn;
    f->by_conn = *at;
    f->by_conn_link = at;
    if (f->by_conn)
        f->by_conn->by_conn_link = &f->by_conn;
    *at = f;
}

static void ends_link(struct record_flow *f)
{
    struct record_flow **at = ends_bucket(f->record, &f->client, &f->gateway);

    f->by_ends = *at;
    f->by_ends_link = at;
    if (f->by_ends)
        f->by_ends->by_ends_link = &f->by_ends;
    *at = f;
}

static void ends_unlink(struct record_flow *f)
{
    if (!f->by_ends_link)
        return;
    *f->by_ends_link = f->by_ends;
    if (f->by_ends)
        f->by_ends->by_ends_link = f->by_ends_link;
}

/* ---- by last use ---- */

static void age_unlink(struct record_flow *f)
{
    struct record *r = f->record;

    *(f->older ? &f->older->newer : &r->oldest) = f->newer;
    *(f->newer ? &f->newer->older : &r->newest) = f->older;
}

static void age_link(struct record_flow *f)
{
    struct record *r = f->record;

    f->newer = NULL;
    f->older = r->newest;
    *(f->older ? &f->older->newer : &r->oldest) = f;
    r->newest = f;
}

void flow_used(struct record_flow *f)
{
    if (f->record->newest == f)
        return;
    age_unlink(f);
    age_link(f);
}

/* ---- a connection ---- */

struct record_flow *flow_new(struct record *r, uint32_t conn, const struct tws_endpoint *client,
                             const struct tws_endpoint *gateway)
{
    struct record_flow *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->record = r;
    f->client = *client;
    f->gateway = *gateway;
    if (!r->relay)
        ends_link(f);
    else if (r->masked)
        for (int i = 0; i < 2; i++)
            (void)way_begin(&f->ways[i], i ? TWS_GATEWAY : TWS_CLIENT, false, false);
    if (conn)
        flow_index(f, conn);
    age_link(f);
    r->n_flows++;
    return f;
}

/* ---- the end ---- */

void flow_free(struct record_flow *f)
{
    hold_flush_flow(f->record, f);
    while (f->first)
        ring_drop_first(f);
    conn_unlink(f);
    ends_unlink(f);
    age_unlink(f);
    f->record->n_flows--;
    for (int i = 0; i < 2; i++)
        way_end(&f->record->ways, &f->ways[i]);
    free(f);
}
