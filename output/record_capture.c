#include "record_internal.h"
#include <string.h>

enum { CHECKSUM_AT = 16 }; /* in a TCP header */

/* ---- connections of a capture ---- */

static struct record_flow *track(struct record *r, const struct tws_endpoint *a,
                                 const struct tws_endpoint *b)
{
    struct record_flow *f = flow_of_ends(r, a, b);

    if (f)
        return f;
    while (r->n_flows >= RECORD_TRACKED_MAX)
        flow_free(r->oldest);
    return flow_new(r, 0, a, b);
}

/* The ports may have been used before: what was told of that connection is over. */
void capture_opened(struct record *r, const struct tws_event *ev)
{
    struct record_flow *f = track(r, &ev->u.open.client, &ev->u.open.gateway);

    if (!f)
        return;
    hold_flush_flow(r, f);
    f->client = ev->u.open.client;
    f->gateway = ev->u.open.gateway;
    flow_index(f, ev->conn);
    flow_used(f);
    for (int i = 0; r->masked && i < 2; i++) {
        way_end(&r->ways, &f->ways[i]);
        (void)way_begin(&f->ways[i], i ? TWS_GATEWAY : TWS_CLIENT, ev->u.open.midstream, true);
        f->placed[i] = false;
    }
    f->through = THROUGH_NOT;
    f->pending.kind = TWS_AN_NONE;
}

/* ---- masks ---- */

/* Do the places that a packet names lie in it? */
static bool is_sound(const struct record_packet *p)
{
    return p->tcp_at <= p->captured && p->captured - p->tcp_at >= CHECKSUM_AT + 2 &&
           p->payload_at >= p->tcp_at && p->payload_at <= p->captured &&
           p->payload <= p->captured - p->payload_at;
}

/* Where the payload stands in its stream: told with the packet, else from a place that was.  False:
 * that is not known. */
static bool find_place(struct record_flow *f, unsigned way, const struct record_packet *p,
                       uint64_t *offset)
{
    uint32_t seq = p->seq + p->syn;
    int32_t ahead = (int32_t)(seq - f->seq[way]);

    if (p->placed)
        *offset = p->offset;
    else if (f->placed[way] && ahead <= (int32_t)RECORD_BEHIND && ahead >= -(int32_t)RECORD_BEHIND)
        *offset = f->offset[way] + (uint64_t)(int64_t)ahead;
    else
        return false;
    f->placed[way] = true;
    f->seq[way] = seq;
    f->offset[way] = *offset;
    return true;
}

/* A whole segment of `f`. */
static void take_segment(struct record_flow *f, const struct record_packet *p,
                         struct hold_packet *out)
{
    const uint8_t *payload = p->bytes + p->payload_at;
    struct record_way *w;

    out->way = flow_is_client(f, &p->src) ? 0 : 1;
    out->payload_at = p->payload_at;
    out->payload = p->payload;
    out->tcp_at = p->tcp_at;
    w = &f->ways[out->way];
    out->blind = w->mode == WAY_UNKNOWN || !find_place(f, out->way, p, &out->offset);
    if (out->blind) {
        out->copies.n = p->payload > 0;
        out->copies.of[0].from = 0;
        out->copies.of[0].to = p->payload;
        return;
    }
    way_compare(w, out->offset, payload, p->payload, &out->copies);
    way_bytes_but(w, out->offset, payload, p->payload, &out->copies);
}

/* What is no whole segment (a fragment, say) may hold a piece of one. */
static void take_other(const struct record_packet *p, struct hold_packet *out)
{
    uint32_t head = p->tcp || p->headers > p->captured ? 0 : p->headers;

    out->blind = true;
    out->payload_at = head;
    out->payload = p->captured - head;
    out->copies.n = out->payload > 0;
    out->copies.of[0].to = out->payload;
}

/* ---- a packet ---- */

static bool find_interface(const struct record *r, uint32_t number, uint32_t *out)
{
    for (uint32_t i = 0; i < r->n_ifaces; i++) {
        if (r->iface[i].number != number)
            continue;
        *out = i;
        return true;
    }
    return false;
}

void record_packet(struct record *r, const struct record_packet *p)
{
    struct hold_packet out = {
        .out = {
            .ts_ns = p->ts_ns, .body = p->bytes, .body_len = p->captured, .wire_len = p->wire_len}};
    char comment[TWS_ANNOTATION_MAX];
    bool sound = p->tcp && is_sound(p);

    if (p->captured > RECORD_PACKET_MAX || !find_interface(r, p->iface, &out.out.iface))
        return;
    if (sound) {
        out.flow = track(r, &p->src, &p->dst);
        if (!out.flow) /* no memory to mask it with */
            return;
        flow_used(out.flow);
        if (r->masked)
            take_segment(out.flow, p, &out);
        (void)tws_annotation_write(&out.flow->pending, comment, sizeof comment);
        out.out.comment = comment[0] ? comment : NULL;
        out.flow->pending.kind = TWS_AN_NONE;
    } else if (r->masked) {
        take_other(p, &out);
    }
    out.through = flow_goes_through(r, out.flow);
    hold_add(r, &out);
}
