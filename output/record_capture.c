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

    bool again = f && f->conn != 0 && f->conn != ev->conn;

    if (!f)
        return;
    flow_index(f, ev->conn);
    flow_used(f);
    if (again)
        for (int i = 0; i < 2; i++)
            way_forget(&f->ways[i]);
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

/* What is behind the packet that IP knows of (padding, say) has no meaning. */
static void clear_trailer(struct record *r, uint8_t *bytes, uint32_t from, uint32_t to)
{
    for (; from < to; from++) {
        if (bytes[from] == 0)
            continue;
        bytes[from] = 'x';
        r->blacked++;
    }
}

/* The packet with its ids masked, in the scratch buffer. */
static const uint8_t *masked(struct record *r, struct record_flow *f, const struct record_packet *p,
                             struct mask_black *black)
{
    struct record_way *w = &f->ways[flow_is_client(f, &p->src) ? 0 : 1];
    enum tws_side side = p->side_unknown ? TWS_NOBODY : p->from_gateway ? TWS_GATEWAY : TWS_CLIENT;
    uint8_t *copy = r->scratch;

    memcpy(copy, p->bytes, p->captured);
    *black = way_mask(f, w, side, p, copy + p->payload_at);
    r->blacked += black->bytes;
    segment_sum_update(copy + p->tcp_at + CHECKSUM_AT, p->bytes + p->payload_at,
                       copy + p->payload_at, p->payload);
    clear_trailer(r, copy, p->payload_at + p->payload, p->captured);
    return copy;
}

/* What is no whole segment (a fragment, say) may hold a piece of one. */
static const uint8_t *blacked_out(struct record *r, const struct record_packet *p)
{
    uint32_t head = p->tcp || p->headers > p->captured ? 0 : p->headers;

    memcpy(r->scratch, p->bytes, p->captured);
    memset(r->scratch + head, 'x', p->captured - head);
    r->blacked += p->captured - head;
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

/* NULL: nothing is to be said. */
static const char *describe(const struct record_flow *f, const struct mask_black *black, char *to,
                            size_t size)
{
    struct tws_annotation range = {.kind = TWS_AN_BLACKED_OUT};

    (void)tws_annotation_write(&f->pending, to, size);
    range.u.blacked_out.offset = (uint32_t)black->from;
    range.u.blacked_out.length = (uint32_t)(black->to - black->from);
    if (black->from < black->to)
        (void)tws_annotation_add(&range, to, size);
    return to[0] ? to : NULL;
}

void record_packet(struct record *r, const struct record_packet *p)
{
    struct pcapng_packet out = {
        .ts_ns = p->ts_ns, .body = p->bytes, .body_len = p->captured, .wire_len = p->wire_len};
    char comment[2 * TWS_ANNOTATION_MAX];
    struct record_flow *f = NULL;
    struct mask_black black = {0, 0, 0};
    bool sound = p->tcp && is_sound(p);

    if (p->captured > RECORD_PACKET_MAX || !find_interface(r, p->iface, &out.iface))
        return;
    if (sound) {
        f = track(r, &p->src, &p->dst);
        if (!f) /* no memory to mask it with */
            return;
        flow_used(f);
        if (r->masks)
            out.body = masked(r, f, p, &black);
        out.comment = describe(f, &black, comment, sizeof comment);
    } else if (r->masks) {
        out.body = blacked_out(r, p);
    }
    record_put(r, f, &out, false);
    if (f)
        f->pending.kind = TWS_AN_NONE;
}
