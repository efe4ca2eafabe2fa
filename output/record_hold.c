/* record_hold.c - packets that wait for what their bytes are. */
#include "record_hold.h"
#include "record_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKSUM_AT = 16 };

struct held {
    struct held *next;
    struct hold_packet p;
    char *comment; /* owned; NULL: none */
    uint8_t bytes[];
};

static struct record_way *way_of(const struct hold_packet *p)
{
    return &p->flow->ways[p->way];
}

/* ---- leaving ---- */

/* What is behind the packet that IP knows of (padding, say) has no meaning. */
static void clear_trailer(struct record *r, uint8_t *bytes, uint32_t from, uint32_t to)
{
    for (; from < to; from++) {
        if (bytes[from] == 0)
            continue;
        bytes[from] = 'x';
        r->ways.blacked++;
    }
}

static void black_copies(struct record *r, const struct hold_packet *p, uint8_t *payload,
                         struct way_black *black)
{
    for (uint32_t i = 0; i < p->copies.n; i++) {
        uint32_t from = p->copies.of[i].from, to = p->copies.of[i].to;
        bool first = black->from == black->to;

        memset(payload + from, 'x', to - from);
        r->ways.blacked += to - from;
        black->from = first || from < black->from ? from : black->from;
        black->to = first || to > black->to ? to : black->to;
    }
}

static struct way_black mask(struct record *r, const struct hold_packet *p, uint8_t *payload)
{
    struct way_black black = {0, 0};

    if (!p->blind)
        black = way_mask(&r->ways, way_of(p), p->offset, payload, p->payload);
    black_copies(r, p, payload, &black);
    return black;
}

/* Bytes of its direction that came too early, and are in order with the frame in progress now. */
static void gather(struct record *r, const struct hold_packet *p)
{
    for (const struct held *h = r->hold.first; h; h = h->next)
        if (h->p.flow == p->flow && h->p.way == p->way && h->p.payload && !h->p.blind)
            way_bytes_but(way_of(p), h->p.offset, h->bytes + h->p.out.head_len + h->p.payload_at,
                          h->p.payload, &h->p.copies);
}

/* A copy of the packet's body in which what is to be masked is masked, by what is known now. */
static const uint8_t *masked(struct record *r, const struct hold_packet *p, struct way_black *black)
{
    uint8_t *copy = r->scratch, *payload = copy + p->payload_at;
    const uint8_t *was = p->out.body;

    memcpy(copy, was, p->out.body_len);
    if (p->payload > 0)
        *black = mask(r, p, payload);
    if (p->relay || !p->flow)
        return copy;
    segment_sum_update(copy + p->tcp_at + CHECKSUM_AT, was + p->payload_at, payload, p->payload);
    clear_trailer(r, copy, p->payload_at + p->payload, p->out.body_len);
    return copy;
}

static const char *comment_of(const struct hold_packet *p, const struct way_black *black, char *to,
                              size_t size)
{
    struct tws_annotation range = {.kind = TWS_AN_BLACKED_OUT};

    if (p->relay || !p->flow || black->from == black->to)
        return p->out.comment;
    (void)snprintf(to, size, "%s", p->out.comment ? p->out.comment : "");
    range.u.blacked_out.offset = (uint32_t)black->from;
    range.u.blacked_out.length = (uint32_t)(black->to - black->from);
    (void)tws_annotation_add(&range, to, size);
    return to;
}

static void leave(struct record *r, const struct hold_packet *p)
{
    struct pcapng_packet out = p->out;
    struct way_black black = {0, 0};
    char comment[2 * TWS_ANNOTATION_MAX];

    if (r->masked && p->out.body_len > 0)
        out.body = masked(r, p, &black);
    out.comment = comment_of(p, &black, comment, sizeof comment);
    record_put(r, p->flow, &out, p->relay, p->through);
}

static size_t size_of(const struct hold_packet *p)
{
    return sizeof(struct held) + p->out.head_len + p->out.body_len;
}

static void leave_first(struct record *r)
{
    struct held *h = r->hold.first;
    struct hold_packet *p = &h->p;

    if (p->payload && !p->blind && !way_has(way_of(p), p->offset + p->payload))
        gather(r, p);
    r->hold.first = h->next;
    if (!h->next)
        r->hold.last = NULL;
    r->hold.bytes -= size_of(p);
    if (p->flow) {
        p->flow->n_held--;
        p->flow->held[p->way] -= p->payload;
    }
    leave(r, p);
    free(h->comment);
    free(h);
}

static bool is_ready(const struct hold_packet *p)
{
    return p->payload == 0 || p->blind || way_is_known(way_of(p), p->offset + p->payload);
}

static void drain(struct record *r)
{
    struct hold *o = &r->hold;

    if (o->bytes > HOLD_MAX)
        hold_flush(r);
    while (o->first &&
           (is_ready(&o->first->p) || tws_after(o->first->p.out.ts_ns, HOLD_NS) <= o->now))
        leave_first(r);
}

void hold_tick(struct record *r, uint64_t now)
{
    if (now > r->hold.now)
        r->hold.now = now;
    drain(r);
}

void hold_flush(struct record *r)
{
    while (r->hold.first)
        leave_first(r);
}

void hold_flush_flow(struct record *r, const struct record_flow *f)
{
    while (f->n_held > 0)
        leave_first(r);
}

/* ---- coming ---- */

/* A copy, whose head and body stand one behind the other; NULL: no memory. */
static struct held *copy_of(const struct hold_packet *p)
{
    size_t head = p->out.head_len, body = p->out.body_len;
    struct held *h = malloc(sizeof *h + head + body);

    if (!h)
        return NULL;
    h->next = NULL;
    h->p = *p;
    h->comment = p->out.comment ? strdup(p->out.comment) : NULL;
    h->p.out.comment = h->comment;
    h->p.out.head = h->bytes;
    h->p.out.body = h->bytes + head;
    if (head)
        memcpy(h->bytes, p->out.head, head);
    if (body)
        memcpy(h->bytes + head, p->out.body, body);
    return h;
}

static void append(struct record *r, struct held *h)
{
    *(r->hold.last ? &r->hold.last->next : &r->hold.first) = h;
    r->hold.last = h;
    r->hold.bytes += size_of(&h->p);
    if (!h->p.flow)
        return;
    h->p.flow->n_held++;
    h->p.flow->held[h->p.way] += h->p.payload;
    if (h->p.flow->held[h->p.way] > HOLD_WAY_MAX)
        hold_flush_flow(r, h->p.flow); /* all at once: what has come is walked once for them */
}

void hold_add(struct record *r, const struct hold_packet *p)
{
    struct held *h;

    hold_tick(r, p->out.ts_ns);
    if (!r->hold.first && is_ready(p)) {
        leave(r, p);
        return;
    }
    h = copy_of(p);
    if (!h) {
        hold_flush(r);
        leave(r, p);
        return;
    }
    append(r, h);
    drain(r);
}
