#include "record_internal.h"
#include <string.h>

enum { CHECKSUM_AT = 16 };

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
    flow_index(f, ev->conn);
    flow_used(f);
    f->through = THROUGH_NOT;
    f->comment[0] = '\0';
}

/* ---- masks by sequence number ---- */

static const struct record_cut *find_cut(const struct record_cuts *c, uint32_t seq)
{
    uint32_t n = c->n < RECORD_CUTS ? c->n : RECORD_CUTS;

    for (uint32_t i = 1; i <= n; i++) {
        const struct record_cut *at = &c->cut[(c->n - i) % RECORD_CUTS];

        if (at->seq == seq)
            return at;
    }
    return NULL;
}

/* A place that is known stays as it is: what comes again (a keep-alive, for one) knows less. */
static void add_cut(struct record_cuts *c, uint32_t seq, const struct mask_stream *at)
{
    if (find_cut(c, seq))
        return;
    c->cut[c->n % RECORD_CUTS] = (struct record_cut){.seq = seq, .at = *at};
    c->n++;
}

static void begin_masks(struct record_cuts *c, uint32_t seq, enum tws_side side)
{
    struct mask_stream start;

    *c = (struct record_cuts){.n = 0};
    mask_stream_start(&start, side);
    add_cut(c, seq, &start);
}

/* Where a segment at `seq` goes on; in the middle of nowhere where that is not known. */
static struct mask_stream masks_at(struct record_cuts *c, uint32_t seq, enum tws_side side,
                                   const uint8_t *payload, size_t len)
{
    const struct record_cut *cut = find_cut(c, seq);
    struct mask_stream s;

    if (cut)
        return cut->at;
    if (side == TWS_CLIENT && len >= 4 && memcmp(payload, "API", 4) == 0)
        mask_stream_start(&s, side);
    else
        mask_stream_lost(&s, side);
    return s;
}

static void mask_all(struct record *r, struct mask_stream *s, uint32_t *version, uint8_t *bytes,
                     uint32_t len)
{
    for (uint32_t at = 0; at < len; at += MASK_PIECE_MAX)
        mask_stream_bytes(r->masks, s, version, bytes + at,
                          len - at < MASK_PIECE_MAX ? len - at : MASK_PIECE_MAX);
}

static void mask_payload(struct record *r, struct record_flow *f, const struct record_packet *p,
                         uint8_t *payload)
{
    enum tws_side side = p->from_gateway ? TWS_GATEWAY : TWS_CLIENT;
    struct record_cuts *cuts = &f->cuts[p->from_gateway];
    uint32_t seq = p->seq + p->syn;
    struct mask_stream s;

    if (p->syn && !find_cut(cuts, seq))
        begin_masks(cuts, seq, side);
    if (!p->payload)
        return;
    s = masks_at(cuts, seq, side, payload, p->payload);
    mask_all(r, &s, &f->version, payload, p->payload);
    if (p->payload == p->payload_wire)
        add_cut(cuts, seq + p->payload, &s);
}

/* Do the places that a packet names lie in it? */
static bool is_sound(const struct record_packet *p)
{
    return p->tcp_at <= p->captured && p->captured - p->tcp_at >= CHECKSUM_AT + 2 &&
           p->payload_at >= p->tcp_at && p->payload_at <= p->captured &&
           p->payload <= p->captured - p->payload_at;
}

/* The packet with its ids masked, in the scratch buffer. */
static const uint8_t *masked(struct record *r, struct record_flow *f, const struct record_packet *p)
{
    uint8_t *copy = r->scratch;

    memcpy(copy, p->bytes, p->captured);
    mask_payload(r, f, p, copy + p->payload_at);
    segment_sum_update(copy + p->tcp_at + CHECKSUM_AT, p->bytes + p->payload_at,
                       copy + p->payload_at, p->payload);
    return copy;
}

/* What is no whole segment (a fragment, say) may hold a piece of one. */
static const uint8_t *masked_blindly(struct record *r, const struct record_packet *p)
{
    struct mask_stream s;
    uint32_t version = 0;

    mask_stream_unframed(&s);
    memcpy(r->scratch, p->bytes, p->captured);
    mask_all(r, &s, &version, r->scratch, p->captured);
    return r->scratch;
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
    struct pcapng_packet out = {
        .ts_ns = p->ts_ns, .body = p->bytes, .body_len = p->captured, .wire_len = p->wire_len};
    struct record_flow *f = NULL;
    bool sound = p->tcp && is_sound(p);

    if (p->captured > RECORD_PACKET_MAX || !find_interface(r, p->iface, &out.iface))
        return;
    if (sound) {
        f = track(r, &p->src, &p->dst);
        if (!f) /* no memory to mask it with */
            return;
        flow_used(f);
        if (r->masks)
            out.body = masked(r, f, p);
        if (f->comment[0])
            out.comment = f->comment;
    } else if (r->masks) {
        out.body = masked_blindly(r, p);
    }
    record_put(r, f, &out, false);
    if (f)
        f->comment[0] = '\0';
}
