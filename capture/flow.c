#include "flow.h"
#include "annotation.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define SECOND_NS   1000000000ull
#define BUCKETS_MIN 1024u

/* A segment that fills a hole this soon was overtaken on its way; later it was sent again. */
#define REORDER_NS 3000000u

/* No kernel sends a SYN again sooner; a copy sooner is the same packet, seen on a second device. */
#define SYN_AGAIN_NS (SECOND_NS / 5)

/* Lists by last activity, the longest idle first: those that end by themselves, those that are kept
 * only to know what still comes of them, and those that have closed on one side. */
enum { LIVE, TOMBS, HALF_CLOSED, LISTS };

struct list {
    struct flow *first, *last;
};

struct flows {
    struct flow_config config;
    struct flow_hooks hooks;
    struct flow_counts counts;
    struct reasm_pool pool;
    uint8_t port[65536 / 8]; /* the gateway ports as a bit set */
    struct flow **bucket;
    uint32_t buckets; /* a power of two */
    uint32_t n;
    struct list list[LISTS];
    struct flow *waiting; /* those with a hole */
    struct flow *newest;  /* the flow of the last segment: packets come in trains */
    uint64_t now;
    uint64_t deadline; /* no later than the first of all; 0: none */
};

/* What a callback of the reassembly needs to know. */
struct turn {
    struct flows *t;
    struct flow *f;
    int side;
};

void flow_config_default(struct flow_config *c)
{
    *c = (struct flow_config){
        .any_port = true,
        .max_connections = 16384,
        .max_held = 8u * 1024u * 1024u,
        .idle_ns = 60 * SECOND_NS,
        .limits = {REASM_GRACE_NS, REASM_TIMEOUT_NS, REASM_STORE},
    };
}

struct flows *flows_new(const struct flow_config *c, const struct flow_hooks *hooks)
{
    struct flows *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->config = *c;
    t->hooks = *hooks;
    t->pool.limit = c->max_held;
    t->buckets = BUCKETS_MIN;
    while (t->buckets < c->max_connections && t->buckets < 1u << 24)
        t->buckets *= 2;
    t->bucket = calloc(t->buckets, sizeof(struct flow *));
    if (!t->bucket) {
        free(t);
        return NULL;
    }
    for (size_t i = 0; i < c->n_ports; i++)
        t->port[c->ports[i] / 8] |= (uint8_t)(1u << c->ports[i] % 8);
    return t;
}

const struct flow_counts *flows_counts(const struct flows *t)
{
    return &t->counts;
}

/* ---- lists ---- */

static void list_drop(struct flows *t, struct flow *f)
{
    struct list *l = &t->list[f->list];

    *(f->age.prev ? &f->age.prev->age.next : &l->first) = f->age.next;
    *(f->age.next ? &f->age.next->age.prev : &l->last) = f->age.prev;
}

static void list_append(struct flows *t, struct flow *f, int list)
{
    struct list *l = &t->list[list];

    f->list = (uint8_t)list;
    f->age = (struct flow_links){l->last, NULL};
    *(l->last ? &l->last->age.next : &l->first) = f;
    l->last = f;
}

static void list_move(struct flows *t, struct flow *f, int list)
{
    if (t->list[list].last == f)
        return;
    list_drop(t, f);
    list_append(t, f, list);
}

static void due(struct flows *t, uint64_t at)
{
    if (at && at <= TWS_TIME_LAST && (!t->deadline || at < t->deadline))
        t->deadline = at;
}

/* When a connection that is half closed or over has been mute for long enough. */
static uint64_t idle_at(const struct flows *t, const struct flow *f)
{
    return tws_after(f->last_ns, t->config.idle_ns);
}

static uint64_t hole_deadline(const struct flows *t, const struct flow *f)
{
    uint64_t a = reasm_deadline(&f->side[0].reasm, &t->config.limits);
    uint64_t b = reasm_deadline(&f->side[1].reasm, &t->config.limits);

    return !a || (b && b < a) ? b : a;
}

/* Keep the list of those with a hole in step. */
static void note_hole(struct flows *t, struct flow *f)
{
    uint64_t at = hole_deadline(t, f);

    due(t, at);
    if ((at != 0) == f->waits)
        return;
    f->waits = at != 0;
    if (f->waits) {
        f->wait = (struct flow_links){NULL, t->waiting};
        if (t->waiting)
            t->waiting->wait.prev = f;
        t->waiting = f;
    } else {
        *(f->wait.prev ? &f->wait.prev->wait.next : &t->waiting) = f->wait.next;
        if (f->wait.next)
            f->wait.next->wait.prev = f->wait.prev;
    }
}

/* ---- the table ---- */

static bool same_end(const struct tws_endpoint *a, const struct tws_endpoint *b)
{
    return a->port == b->port && a->family == b->family &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

/* The same for both directions. */
static uint32_t hash_of(const struct flows *t, const struct tws_endpoint *a,
                        const struct tws_endpoint *b)
{
    struct {
        uint8_t addr[2][16];
        uint16_t port[2];
        uint32_t family;
    } key = {0};
    bool swap =
        a->port > b->port || (a->port == b->port && memcmp(a->addr, b->addr, sizeof a->addr) > 0);
    const struct tws_endpoint *low = swap ? b : a, *high = swap ? a : b;

    memcpy(key.addr[0], low->addr, sizeof low->addr);
    memcpy(key.addr[1], high->addr, sizeof high->addr);
    key.port[0] = low->port;
    key.port[1] = high->port;
    key.family = low->family;
    return (uint32_t)XXH3_64bits_withSeed(&key, sizeof key, t->config.seed);
}

/* Which side of `f` sends from `src` to `dst`; -1: neither. */
static int side_of(const struct flow *f, const struct tws_endpoint *src,
                   const struct tws_endpoint *dst)
{
    if (same_end(&f->end[0], src) && same_end(&f->end[1], dst))
        return FLOW_CLIENT;
    if (same_end(&f->end[1], src) && same_end(&f->end[0], dst))
        return FLOW_GATEWAY;
    return -1;
}

static struct flow *find(const struct flows *t, const struct packet_segment *s, uint32_t *hash,
                         int *side)
{
    struct flow *f = t->newest;

    if (f && (*side = side_of(f, &s->src, &s->dst)) >= 0) {
        *hash = f->hash;
        return f;
    }
    *hash = hash_of(t, &s->src, &s->dst);
    for (f = t->bucket[*hash & (t->buckets - 1)]; f; f = f->hash_next) {
        if (f->hash == *hash && (*side = side_of(f, &s->src, &s->dst)) >= 0)
            return f;
    }
    return NULL;
}

struct flow *flows_find(const struct flows *t, const struct packet *p, int *side)
{
    struct packet_segment s;
    struct flow *f;
    uint32_t hash;

    if (packet_read(p, false, &s) != PACKET_TCP)
        return NULL;
    f = find(t, &s, &hash, side);
    return f && f->wanted ? f : NULL;
}

static void settle_holes(struct flows *t, struct flow *f)
{
    for (int i = 0; i < 2; i++)
        reasm_free(&f->side[i].reasm, &t->pool);
    note_hole(t, f);
}

static void forget(struct flows *t, struct flow *f)
{
    struct flow **at = &t->bucket[f->hash & (t->buckets - 1)];

    settle_holes(t, f);
    list_drop(t, f);
    while (*at != f)
        at = &(*at)->hash_next;
    *at = f->hash_next;
    if (t->newest == f)
        t->newest = NULL;
    t->n--;
    free(f);
}

/* ---- what the reassembly hands out ---- */

static void out_bytes(void *ctx, const uint8_t *p, size_t n)
{
    const struct turn *turn = ctx;

    turn->t->hooks.bytes(turn->t->hooks.ctx, turn->f, turn->side, p, n, turn->t->now);
}

static void out_gap(void *ctx, uint64_t missing)
{
    const struct turn *turn = ctx;

    turn->t->counts.gaps++;
    turn->t->counts.missing += missing;
    turn->t->hooks.gap(turn->t->hooks.ctx, turn->f, turn->side, missing, turn->t->now);
}

static void out_fin(void *ctx)
{
    const struct turn *turn = ctx;

    if (!turn->f->side[turn->side].fin_implied)
        turn->t->hooks.ended(turn->t->hooks.ctx, turn->f, turn->side, FLOW_FIN, turn->t->now);
}

static struct reasm_out out_of(struct turn *turn)
{
    return (struct reasm_out){out_bytes, out_gap, out_fin, turn};
}

/* Everything that is held, the holes as gaps. */
static void flush(struct flows *t, struct flow *f)
{
    if (!f->wanted)
        return;
    for (int i = 0; i < 2; i++) {
        struct turn turn = {t, f, i};
        struct reasm_out out = out_of(&turn);

        reasm_flush(&f->side[i].reasm, &t->pool, &out);
    }
}

/* ---- endings ---- */

void flows_over(struct flows *t, struct flow *f, enum flow_gone why, uint64_t now)
{
    if (f->over)
        return;
    flush(t, f);
    f->over = true;
    settle_holes(t, f);
    list_move(t, f, TOMBS);
    if (f->wanted)
        t->hooks.gone(t->hooks.ctx, f, why, now);
    f->wanted = false;
    due(t, idle_at(t, f));
}

static void remove_flow(struct flows *t, struct flow *f, enum flow_gone why, uint64_t now)
{
    flows_over(t, f, why, now);
    forget(t, f);
}

/* Room for one more: what has ended goes first, then what has been idle for longest. */
static void make_room(struct flows *t)
{
    while (t->n >= t->config.max_connections) {
        struct flow *f = t->list[TOMBS].first;

        if (!f)
            f = t->list[HALF_CLOSED].first ? t->list[HALF_CLOSED].first : t->list[LIVE].first;
        if (!f)
            return;
        if (f->wanted)
            t->counts.evicted++;
        remove_flow(t, f, FLOW_EVICTED, t->now);
    }
}

/* ---- beginnings ---- */

static bool is_gateway_port(const struct flows *t, uint16_t port)
{
    return (t->port[port / 8] & 1u << port % 8) != 0;
}

static bool says_hello(const struct packet_segment *s)
{
    return s->captured >= 4 && memcmp(s->payload, "API", 4) == 0;
}

static bool listens(const struct flows *t, const struct tws_endpoint *e)
{
    return t->config.listens && t->config.listens(t->config.listens_ctx, e);
}

/* Is the sender of this first segment the client?  The SYN says so, then the hello, the ports that
 * the user named, the listeners of this machine, and at last the numbers of the ports: a client's
 * is drawn from high ones. */
static bool from_client(const struct flows *t, const struct packet_segment *s, bool *guessed)
{
    bool here = is_gateway_port(t, s->src.port), there = is_gateway_port(t, s->dst.port);

    *guessed = false;
    if (s->flags & PACKET_SYN)
        return !(s->flags & PACKET_ACK);
    if (says_hello(s))
        return true;
    if (here != there)
        return there;
    here = listens(t, &s->src);
    there = listens(t, &s->dst);
    if (here != there)
        return there;
    *guessed = true;
    return s->src.port >= s->dst.port;
}

static void begin(struct flows *t, struct flow *f)
{
    f->wanted = true;
    t->counts.connections++;
    t->hooks.opened(t->hooks.ctx, f, f->first_ns);
}

static struct flow *add(struct flows *t, const struct packet_segment *s, uint32_t hash, int *side)
{
    struct flow *f;
    bool guessed, client = from_client(t, s, &guessed);
    uint16_t port = client ? s->dst.port : s->src.port;
    bool named = t->config.relayed || is_gateway_port(t, port);

    /* Not worth a place: a port that nobody named, or the last words of what was over before. */
    if (!named && !t->config.any_port)
        return NULL;
    if ((s->flags & PACKET_RST) || (s->len == 0 && !(s->flags & (PACKET_SYN | PACKET_FIN))))
        return NULL;
    make_room(t);
    f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->end[client ? FLOW_CLIENT : FLOW_GATEWAY] = s->src;
    f->end[client ? FLOW_GATEWAY : FLOW_CLIENT] = s->dst;
    f->first_ns = t->now;
    f->midstream = f->established = !(s->flags & PACKET_SYN);
    f->guessed = guessed;
    for (int i = 0; i < 2; i++) {
        reasm_init(&f->side[i].reasm);
        f->side[i].scale = PACKET_NO_SCALE;
    }
    f->hash = hash;
    f->hash_next = t->bucket[hash & (t->buckets - 1)];
    t->bucket[hash & (t->buckets - 1)] = f;
    list_append(t, f, LIVE);
    t->n++;
    *side = client ? FLOW_CLIENT : FLOW_GATEWAY;
    if (named)
        begin(t, f);
    return f;
}

/* The first bytes on a port that nobody named decide. */
static void judge_first_bytes(struct flows *t, struct flow *f, int *side,
                              const struct packet_segment *s)
{
    if (!says_hello(s)) {
        f->passed_over = true;
        settle_holes(t, f);
        return;
    }
    if (*side != FLOW_CLIENT) {
        struct flow_side was = f->side[0];
        struct tws_endpoint end = f->end[0];

        f->side[0] = f->side[1];
        f->side[1] = was;
        f->end[0] = f->end[1];
        f->end[1] = end;
        *side = FLOW_CLIENT;
    }
    f->guessed = false;
    begin(t, f);
    if (f->established && !f->midstream)
        t->hooks.established(t->hooks.ctx, f, t->now);
}

/* ---- the facts of TCP ---- */

static bool after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

uint32_t flow_unacked(const struct flow *f, int side)
{
    const struct flow_side *s = &f->side[side];

    return s->has_sent && s->has_acked && after(s->sent, s->acked) ? s->sent - s->acked : 0;
}

static void note_window(struct flow_side *me, const struct flow_side *other,
                        const struct packet_segment *s, uint64_t now)
{
    bool scaled =
        me->scale != PACKET_NO_SCALE && other->scale != PACKET_NO_SCALE && !(s->flags & PACKET_SYN);

    if (s->flags & PACKET_RST)
        return;
    me->window = scaled ? (uint32_t)s->window << (me->scale > 14 ? 14 : me->scale) : s->window;
    if (me->window == 0 && !me->zero_since_ns) {
        me->zero_since_ns = now;
        me->zero_times++;
    } else if (me->window != 0 && me->zero_since_ns) {
        me->zero_ns += tws_between(me->zero_since_ns, now);
        me->zero_since_ns = 0;
    }
}

/* `me` acknowledges what `other` has sent. */
static void note_ack(struct flow_side *me, struct flow_side *other, uint32_t ack, uint64_t now)
{
    if (other->has_acked && !after(ack, other->acked))
        return;
    if (other->has_sent && after(ack, other->sent)) {
        if (ack - other->sent > REASM_WINDOW)
            return;
        other->sent = ack; /* it was sent, and the capture does not show it */
    }
    other->acked = ack;
    other->has_acked = true;
    other->retransmits_now = 0;
    other->first_unacked_ns = other->has_sent && after(other->sent, ack) ? now : 0;
    me->last_ack_ns = now;
}

static void note_sent(struct flow_side *me, uint32_t end, uint64_t now)
{
    if (me->has_sent && !after(end, me->sent))
        return;
    if (!me->first_unacked_ns) {
        me->first_unacked_ns = now;
        me->retransmits_now = 0;
    }
    me->sent = end;
    me->has_sent = true;
}

/* What the reassembly made of a segment that carries something. */
static void note_kind(struct flows *t, struct flow_side *me, const struct flow_side *other,
                      const struct packet_segment *s, enum reasm_kind kind, bool old,
                      uint64_t hole_ns)
{
    bool copy = s->ip_id && s->ip_id == me->last_ip_id;

    switch (kind) {
    case REASM_AGAIN:
        if (copy) { /* the same packet, seen on two interfaces */
            t->counts.duplicates++;
            break;
        }
        if (other->zero_since_ns && s->len <= 1) {
            me->window_probes++;
            break;
        }
        t->counts.retransmits++;
        me->retransmits++;
        me->retransmits_now++;
        break;
    case REASM_KEEPALIVE:
        if (other->zero_since_ns)
            me->window_probes++;
        break;
    case REASM_NEW:
    case REASM_PARTLY:
        if (!old)
            break;
        if (hole_ns && tws_between(hole_ns, t->now) < REORDER_NS) {
            t->counts.out_of_order++;
            break;
        }
        t->counts.retransmits++;
        me->retransmits++;
        break;
    case REASM_OUTSIDE:
        t->counts.outside++;
        break;
    case REASM_EARLY:
    case REASM_EMPTY:
        break;
    }
}

/* ---- one segment ---- */

static void note_syn(struct flow *f, int side, const struct packet_segment *s, uint64_t now)
{
    struct flow_side *me = &f->side[side];

    if (me->syns < UINT8_MAX && (!me->syn || tws_between(me->syn_ns, now) >= SYN_AGAIN_NS)) {
        me->syns++;
        me->syn_ns = now;
    }
    if (me->syn)
        return;
    me->syn = true;
    me->isn = s->seq;
    me->scale = s->scale;
    reasm_start(&me->reasm, s->seq + 1);
    if (!me->has_sent) {
        me->has_sent = true;
        me->sent = s->seq + 1;
    }
}

/* A SYN where a connection is known: the same again, or the ports' next connection. */
static bool is_reuse(const struct flow *f, int side, const struct packet_segment *s)
{
    if (!(s->flags & PACKET_SYN) || (s->flags & PACKET_ACK))
        return false;
    if (f->over || f->midstream)
        return true;
    return f->side[side].syn && f->side[side].isn != s->seq;
}

static void establish(struct flows *t, struct flow *f)
{
    f->established = true;
    if (f->wanted)
        t->hooks.established(t->hooks.ctx, f, t->now);
}

static void reset(struct flows *t, struct flow *f, int side, const struct packet_segment *s)
{
    struct flow_side *me = &f->side[side];
    bool there = !me->has_sent || !me->reasm.started || s->seq == 0 ||
                 (uint32_t)(s->seq - me->sent + REASM_WINDOW) <= 2 * REASM_WINDOW;

    if (!there) {
        t->counts.outside++;
        return;
    }
    me->rst = true;
    flush(t, f);
    if (side == FLOW_CLIENT && me->fin && f->side[FLOW_GATEWAY].reasm.bytes)
        f->late_reset = true;
    if (f->wanted)
        t->hooks.ended(t->hooks.ctx, f, side, FLOW_RST, t->now);
    if (!t->config.relayed)
        flows_over(t, f, FLOW_OVER, t->now);
}

/* Captures show packets of two processors in either order: a FIN that acknowledges one more than
 * the other side is known to have sent, and nothing of which is missing, answers a FIN that is
 * still to come, and the other side has closed first. */
static void imply_fin(struct flows *t, struct flow *f, int side, const struct packet_segment *s)
{
    struct flow_side *other = &f->side[!side];
    bool answers = (s->flags & PACKET_FIN) && (s->flags & PACKET_ACK) && !f->side[side].fin &&
                   other->has_sent && s->ack == other->sent + 1;

    if (!answers || other->fin || other->fin_implied || !other->reasm.started ||
        other->reasm.next != other->sent)
        return;
    other->fin_implied = true;
    if (f->wanted)
        t->hooks.ended(t->hooks.ctx, f, !side, FLOW_FIN, t->now);
}

/* Bytes of a payload, from `from` to before `to`. */
struct range {
    uint32_t from, to;
};

/* A recording says which bytes of a payload it blacked out: they are as good as missing. */
static struct range blacked_out(const struct packet *p, const struct packet_segment *s)
{
    struct tws_annotation a;
    uint32_t from, n;

    if (!p->comment || !tws_annotation_find(p->comment, TWS_AN_BLACKED_OUT, &a))
        return (struct range){0, 0};
    from = a.u.blacked_out.offset;
    n = a.u.blacked_out.length;
    if (from > s->captured || n > s->captured - from)
        return (struct range){0, 0};
    return (struct range){from, from + n};
}

/* What is behind the blacked-out bytes is handed over as a segment of its own. */
static enum reasm_kind reassemble(struct flows *t, struct reasm *r, const struct reasm_out *out,
                                  const struct packet *p, const struct packet_segment *s)
{
    uint32_t seq = s->seq + ((s->flags & PACKET_SYN) != 0);
    struct range black = blacked_out(p, s);
    bool fin = s->flags & PACKET_FIN;
    enum reasm_kind kind;

    if (black.from == black.to)
        return reasm_segment(r, &t->config.limits, &t->pool, out, seq, s->payload, s->captured,
                             s->len, fin, t->now);
    kind = reasm_segment(r, &t->config.limits, &t->pool, out, seq, s->payload, black.from, black.to,
                         fin && black.to == s->len, t->now);
    if (black.to < s->len)
        (void)reasm_segment(r, &t->config.limits, &t->pool, out, seq + black.to,
                            s->payload + black.to, s->captured - black.to, s->len - black.to, fin,
                            t->now);
    return kind;
}

/* Bytes, FIN and acknowledgement, in that order: an answer acknowledges what it answers, and so the
 * acknowledged side's bytes come first where both are new. */
static void data(struct flows *t, struct flow *f, int side, const struct packet *p,
                 const struct packet_segment *s)
{
    struct flow_side *me = &f->side[side], *other = &f->side[!side];
    struct turn mine = {t, f, side}, others = {t, f, !side};
    struct reasm_out out = out_of(&mine), acked = out_of(&others);
    uint32_t seq = s->seq + ((s->flags & PACKET_SYN) != 0);
    uint32_t end = seq + s->len + ((s->flags & PACKET_FIN) != 0);
    bool old = me->has_sent && !after(end, me->sent);
    uint64_t hole = me->reasm.hole_ns, differs = me->reasm.differs;

    if (!t->config.relayed)
        imply_fin(t, f, side, s);
    if (s->flags & PACKET_ACK) {
        note_ack(me, other, s->ack, t->now);
        if (!t->config.relayed)
            reasm_acked(&other->reasm, &t->config.limits, &t->pool, &acked, s->ack, t->now);
    }
    if (s->len == 0 && !(s->flags & PACKET_FIN))
        return;
    note_sent(me, end, t->now);
    me->fin = me->fin || (s->flags & PACKET_FIN);
    t->counts.snapped += s->captured < s->len;
    note_kind(t, me, other, s, reassemble(t, &me->reasm, &out, p, s), old, hole);
    t->counts.overlaps_differ += me->reasm.differs > differs;
}

/* Tell when TCP begins to hold the connection up, and when it no longer does. */
static void note_stall(struct flows *t, struct flow *f)
{
    enum flow_stall what = FLOW_FLOWS;
    uint64_t since = 0;

    for (int i = 0; i < 2; i++) {
        if (f->side[i].retransmits_now >= FLOW_DEAD && f->side[i].first_unacked_ns) {
            what = FLOW_PATH;
            since = f->side[i].first_unacked_ns;
        }
    }
    if (f->side[FLOW_CLIENT].zero_since_ns) {
        what = FLOW_WINDOW;
        since = f->side[FLOW_CLIENT].zero_since_ns;
    }
    if (what == f->stall || !f->wanted)
        return;
    f->stall = (uint8_t)what;
    t->hooks.stalled(t->hooks.ctx, f, what, since, t->now);
}

static void lost(struct flows *t, struct flow *f)
{
    for (int i = 0; i < 2; i++) {
        f->side[i].zero_since_ns = 0;
        f->side[i].retransmits_now = 0;
        f->side[i].first_unacked_ns = 0;
    }
    note_stall(t, f);
}

void flows_lost(struct flows *t)
{
    for (int i = 0; i < LISTS; i++) {
        for (struct flow *f = t->list[i].first; f; f = f->age.next)
            lost(t, f);
    }
}

static void close_when_both(struct flows *t, struct flow *f)
{
    if (f->over || t->config.relayed)
        return;
    if (f->side[0].reasm.done && f->side[1].reasm.done) {
        flows_over(t, f, FLOW_OVER, t->now);
    } else if (f->side[0].fin || f->side[1].fin) {
        list_move(t, f, HALF_CLOSED);
        due(t, idle_at(t, f));
    }
}

static void segment(struct flows *t, struct flow *f, int side, const struct packet *p,
                    const struct packet_segment *s)
{
    struct flow_side *me = &f->side[side];

    f->last_ns = me->last_ns = t->now;
    list_move(t, f, f->list);
    if (f->over || f->passed_over)
        return;
    if (p->comment && f->wanted)
        t->hooks.comment(t->hooks.ctx, f, side, p->comment, t->now);
    if (s->flags & PACKET_SYN)
        note_syn(f, side, s, t->now);
    note_window(me, &f->side[!side], s, t->now);
    if (!f->established && (s->len > 0 || ((s->flags & PACKET_ACK) && !(s->flags & PACKET_SYN) &&
                                           f->side[!side].syn && me->syn)))
        establish(t, f);
    if (!f->wanted && s->len > 0)
        judge_first_bytes(t, f, &side, s);
    if (f->passed_over)
        return;
    if (s->flags & PACKET_RST) {
        reset(t, f, side, s);
        return;
    }
    data(t, f, side, p, s);
    f->side[side].last_ip_id = s->ip_id;
    if (f->over)
        return;
    note_hole(t, f);
    note_stall(t, f);
    close_when_both(t, f);
}

static bool readable(struct flows *t, const struct packet *p, struct packet_segment *s)
{
    t->counts.packets++;
    switch (packet_read(p, t->config.check_sums, s)) {
    case PACKET_TCP:
        t->counts.segments++;
        t->counts.bad_sums += s->sum == PACKET_SUM_BAD;
        return true;
    case PACKET_FRAGMENT:
        t->counts.fragments++;
        break;
    case PACKET_OTHER:
        t->counts.other++;
        break;
    case PACKET_SHORT:
        t->counts.short_headers++;
        break;
    case PACKET_BROKEN:
        t->counts.broken++;
        break;
    case PACKET_LINK:
        t->counts.unknown_link++;
        t->counts.unknown_link_type = p->link;
        break;
    }
    return false;
}

/* Time goes on to `now`, and never back. */
static void come_to(struct flows *t, uint64_t now)
{
    now = tws_moment(now);
    if (now > t->now)
        t->now = now;
}

void flows_packet(struct flows *t, const struct packet *p)
{
    struct packet_segment s;
    struct flow *f;
    uint32_t hash;
    int side = FLOW_CLIENT;

    come_to(t, p->ts_ns);
    if (!readable(t, p, &s))
        return;
    f = find(t, &s, &hash, &side);
    if (f && is_reuse(f, side, &s)) {
        remove_flow(t, f, FLOW_REUSED, t->now);
        f = NULL;
    }
    if (!f && !(f = add(t, &s, hash, &side)))
        return;
    t->newest = f;
    segment(t, f, side, p, &s);
}

/* ---- time ---- */

static void tick_holes(struct flows *t, struct flow *f)
{
    for (int i = 0; i < 2 && !f->over; i++) {
        struct turn turn = {t, f, i};
        struct reasm_out out = out_of(&turn);

        reasm_tick(&f->side[i].reasm, &t->config.limits, &t->pool, &out, t->now);
    }
    if (f->over)
        return;
    note_hole(t, f);
    close_when_both(t, f);
}

static void tick_idle(struct flows *t, int list)
{
    struct flow *f;

    while ((f = t->list[list].first) != NULL) {
        if (idle_at(t, f) > t->now) {
            due(t, idle_at(t, f));
            return;
        }
        remove_flow(t, f, FLOW_IDLE, t->now);
    }
}

void flows_tick(struct flows *t, uint64_t now)
{
    struct flow *next;

    come_to(t, now);
    if (!t->deadline || t->deadline > t->now)
        return;
    t->deadline = 0;
    for (struct flow *f = t->waiting; f; f = next) {
        next = f->wait.next;
        tick_holes(t, f);
    }
    tick_idle(t, HALF_CLOSED);
    tick_idle(t, TOMBS);
}

uint64_t flows_deadline(const struct flows *t)
{
    return t->deadline;
}

void flows_each(struct flows *t, void (*call)(void *ctx, struct flow *f), void *ctx)
{
    for (int i = 0; i < LISTS; i++) {
        for (struct flow *f = t->list[i].first; f; f = f->age.next) {
            if (f->wanted)
                call(ctx, f);
        }
    }
}

void flows_free(struct flows *t, uint64_t now)
{
    come_to(t, now);
    for (int i = 0; i < LISTS; i++) {
        while (t->list[i].first)
            remove_flow(t, t->list[i].first, FLOW_STOPPED, t->now);
    }
    free(t->bucket);
    free(t);
}
