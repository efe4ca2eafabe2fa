#include "tap.h"
#include "annotation.h"
#include "heap.h"
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX   256u /* gateways that are told apart; further ones share the last place */
#define REASONS_MAX 32u  /* reasons of a recording that are kept; further ones are not said */

/* A connection and its session. */
struct seen {
    struct heap_entry due; /* first: the heap's entry is the connection */
    struct tap *tap;
    struct flow *flow; /* NULL: gone */
    struct tws_session session;
    /* what a recording's comments said */
    struct tws_kernel kernel;
    enum tws_ending told; /* how the next reset is to be called; TWS_OPEN_STILL: by its name */
    const char *reason;
    bool end;
};

struct tap {
    struct tap_config config;
    struct tws_env *env;
    struct flows *flows;
    struct heap due;
    struct tws_port *port; /* PORTS_MAX of them */
    size_t n_ports;
    char *reason[REASONS_MAX]; /* owned */
    size_t n_reasons;
    uint32_t last_conn;
    uint64_t now;
    struct seen *ending; /* its recording ends with the packet at hand */
};

/* ---- time ---- */

static void arm(struct seen *c)
{
    uint64_t at = tws_session_deadline(&c->session);

    if (!at)
        heap_drop(&c->tap->due, &c->due);
    else if (!c->due.place || c->due.at != at)
        (void)heap_put(&c->tap->due, &c->due, at); /* without memory: said with the next packet */
}

/* Everything that is due by `now`, each at its own time, and in order. */
static void advance(struct tap *t, uint64_t now)
{
    now = tws_moment(now);
    for (;;) {
        struct heap_entry *first = heap_first(&t->due);
        uint64_t hole = flows_deadline(t->flows);

        if (hole && hole <= now && (!first || hole < first->at)) {
            flows_tick(t->flows, hole);
        } else if (first && first->at <= now) {
            struct seen *c = (struct seen *)(void *)first;

            uint64_t at = first->at;

            heap_drop(&t->due, first);
            tws_session_tick(&c->session, at);
            if (tws_session_deadline(&c->session) > at)
                arm(c);
        } else {
            break;
        }
    }
    if (now > t->now)
        t->now = now;
}

/* ---- connections ---- */

static struct tws_port *port_of(struct tap *t, const struct tws_endpoint *gateway)
{
    struct tws_port *p;

    for (size_t i = 0; i < t->n_ports; i++) {
        p = &t->port[i];
        if (p->gateway.port == gateway->port && p->gateway.family == gateway->family &&
            memcmp(p->gateway.addr, gateway->addr, sizeof gateway->addr) == 0)
            return p;
    }
    if (t->n_ports == PORTS_MAX)
        return &t->port[PORTS_MAX - 1];
    p = &t->port[t->n_ports++];
    tws_port_init(p, gateway);
    return p;
}

static void opened(void *ctx, struct flow *f, uint64_t now)
{
    struct tap *t = ctx;
    struct seen *c = calloc(1, sizeof *c);
    struct tws_opening o = {.conn = t->last_conn + 1,
                            .client = &f->end[FLOW_CLIENT],
                            .gateway = &f->end[FLOW_GATEWAY],
                            .midstream = f->midstream};

    f->owner = c;
    if (!c)
        return;
    t->last_conn++;
    c->tap = t;
    c->flow = f;
    c->session.owner = c;
    tws_session_open(&c->session, t->env, port_of(t, o.gateway), &o, now);
    if (!f->established)
        tws_session_dialing(&c->session, true, now);
    arm(c);
}

static void established(void *ctx, struct flow *f, uint64_t now)
{
    struct seen *c = f->owner;

    (void)ctx;
    if (!c)
        return;
    tws_session_dialing(&c->session, false, now);
    arm(c);
}

static enum tws_side sender(int side)
{
    return side == FLOW_CLIENT ? TWS_CLIENT : TWS_GATEWAY;
}

static void bytes(void *ctx, struct flow *f, int side, const uint8_t *p, size_t n, uint64_t now)
{
    struct seen *c = f->owner;

    (void)ctx;
    if (!c)
        return;
    tws_session_bytes(&c->session, sender(side), p, n, now);
    arm(c);
}

static void gap(void *ctx, struct flow *f, int side, uint64_t missing, uint64_t now)
{
    struct seen *c = f->owner;

    (void)ctx;
    if (!c)
        return;
    tws_session_gap(&c->session, sender(side), missing, now);
    arm(c);
}

/* A reset that answers the SYN is a refusal; a recording says itself what its resets stand for. */
static enum tws_ending ending_of(const struct seen *c, int side, enum flow_how how)
{
    const struct flow *f = c->flow;

    if (how == FLOW_FIN)
        return TWS_FIN;
    if (c->told != TWS_OPEN_STILL)
        return c->told;
    return side == FLOW_GATEWAY && !f->established && !f->midstream && !f->side[FLOW_GATEWAY].syn
               ? TWS_REFUSED
               : TWS_RST;
}

static void stalled(void *ctx, struct flow *f, enum flow_stall what, uint64_t since, uint64_t now)
{
    static const enum tws_stall names[] = {TWS_STALL_NONE, TWS_STALL_WINDOW, TWS_STALL_PATH};
    struct seen *c = f->owner;

    (void)ctx;
    if (!c)
        return;
    tws_session_stall(&c->session, names[what], since, now);
    arm(c);
}

static void ended(void *ctx, struct flow *f, int side, enum flow_how how, uint64_t now)
{
    struct seen *c = f->owner;
    const char *reason;
    enum tws_ending ending;

    (void)ctx;
    if (!c)
        return;
    ending = ending_of(c, side, how);
    reason = ending == TWS_REFUSED && !c->reason ? "connection refused" : c->reason;
    tws_session_closed(&c->session, sender(side), ending, reason, now);
    arm(c);
}

/* A SYN that was never answered is not an open connection whose capture ended. */
static void gone(void *ctx, struct flow *f, enum flow_gone why, uint64_t now)
{
    struct tap *t = ctx;
    struct seen *c = f->owner;

    f->owner = NULL;
    if (!c)
        return;
    if (why == FLOW_IDLE)
        tws_session_closed(&c->session, TWS_NOBODY, TWS_TIMEOUT,
                           "half closed, and not a packet for a minute", now);
    else if (why == FLOW_EVICTED)
        tws_session_closed(&c->session, TWS_NOBODY, TWS_END_OF_CAPTURE,
                           "left out: too many connections at once", now);
    else if (why == FLOW_REUSED)
        tws_session_closed(&c->session, TWS_NOBODY, TWS_END_OF_CAPTURE,
                           "its ports were taken by a new connection", now);
    tws_session_finish(&c->session, now);
    heap_drop(&t->due, &c->due);
    if (t->ending == c)
        t->ending = NULL;
    free(c);
}

/* ---- what a recording says of itself ---- */

/* The text of a reason outlives the connection: kept once.  NULL: there is none, or no room. */
static const char *keep_reason(struct tap *t, struct tws_cursor text)
{
    if (text.left > TWS_ANNOTATION_REASON)
        text.left = TWS_ANNOTATION_REASON;
    for (size_t i = 0; i < t->n_reasons; i++) {
        if (tws_is_text(text, t->reason[i]))
            return t->reason[i];
    }
    if (text.left == 0 || t->n_reasons == REASONS_MAX)
        return NULL;
    t->reason[t->n_reasons] = strndup((const char *)text.p, text.left);
    return t->reason[t->n_reasons] ? t->reason[t->n_reasons++] : NULL;
}

/* Which end the next reset stands for.  A plain one is told by its packet. */
static bool stands_for(enum tws_ending how)
{
    return how == TWS_RST || how == TWS_TIMEOUT || how == TWS_REFUSED || how == TWS_UNREACHABLE;
}

/* What the host said of the gateway's port; without it nothing is known any more. */
static void take_host(struct tws_kernel *to, const struct tws_kernel *from)
{
    to->owner = from->owner;
    to->idle = from->idle;
    to->sibling = from->sibling;
    to->all_seen = from->all_seen;
}

static void take_close(struct seen *c, const struct tws_annotation *a)
{
    take_host(&c->kernel, &a->u.close.recorded.kernel);
    if (!stands_for(a->u.close.how))
        return;
    c->told = a->u.close.how;
    c->reason = keep_reason(c->tap, a->u.close.reason);
}

static void comment(void *ctx, struct flow *f, int side, const char *text, uint64_t now)
{
    struct tap *t = ctx;
    struct seen *c = f->owner;
    struct tws_cursor rest = tws_text_of(text);
    struct tws_annotation a;

    (void)side;
    if (!c || !t->config.relayed)
        return;
    while (tws_annotation_next(&rest, &a)) {
        if (a.kind == TWS_AN_CLOSE)
            take_close(c, &a);
        else if (a.kind == TWS_AN_DIALING || a.kind == TWS_AN_DIALED)
            tws_session_dialing(&c->session, a.kind == TWS_AN_DIALING, now);
        else if (a.kind == TWS_AN_END)
            t->ending = c;
    }
    arm(c);
}

/* ---- the facts of TCP ---- */

static void wire_side(const struct flow *f, int side, uint64_t now, struct tws_wire_side *out)
{
    const struct flow_side *s = &f->side[side];

    *out = (struct tws_wire_side){
        .unacked = flow_unacked(f, side),
        .retransmits = s->retransmits,
        .retransmits_now = s->retransmits_now,
        .window_probes = s->window_probes,
        .zero_ns = s->zero_since_ns ? tws_between(s->zero_since_ns, now) : 0,
        .zero_total_ns = s->zero_ns,
        .syns = s->syns,
    };
    if (out->unacked)
        out->unacked_ns = s->first_unacked_ns;
}

/* Has the same port answered under the other address family? */
static bool other_family(const struct tap *t, const struct tws_endpoint *gateway)
{
    for (size_t i = 0; i < t->n_ports; i++) {
        const struct tws_port *p = &t->port[i];

        if (p->gateway.port == gateway->port && p->gateway.family != gateway->family && p->answered)
            return true;
    }
    return false;
}

static void measure_wire(const struct seen *c, uint64_t now, struct tws_wire *out)
{
    *out = (struct tws_wire){.known = true,
                             .late_reset = c->flow->late_reset,
                             .other_family = other_family(c->tap, &c->session.gateway),
                             .established = c->flow->established};
    wire_side(c->flow, FLOW_CLIENT, now, &out->client);
    wire_side(c->flow, FLOW_GATEWAY, now, &out->gateway);
}

/* A recording says itself what the kernel said. */
static void facts(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                  struct tws_facts *out)
{
    const struct tap *t = ctx;
    const struct seen *c = s->owner;

    if (what & TWS_OF_WIRE)
        measure_wire(c, now, &out->wire);
    if ((what & TWS_OF_KERNEL) && t->config.relayed)
        out->kernel = c->kernel;
    else if (what & TWS_OF_KERNEL)
        t->config.kernel(t->config.kernel_ctx, s, &out->kernel);
}

/* ---- the tap ---- */

struct tap *tap_new(const struct tap_config *c, struct tws_env *env)
{
    struct tap *t = calloc(1, sizeof *t);
    struct flow_hooks hooks = {opened, established, bytes, gap, stalled, ended, gone, comment, t};

    if (!t)
        return NULL;
    t->config = *c;
    t->config.flow.relayed = c->relayed;
    t->env = env;
    t->port = calloc(PORTS_MAX, sizeof *t->port);
    t->flows = t->port ? flows_new(&t->config.flow, &hooks) : NULL;
    if (!t->flows) {
        free(t->port);
        free(t);
        return NULL;
    }
    env->facts = facts;
    env->facts_ctx = t;
    env->measures =
        (c->relayed || c->kernel ? TWS_OF_KERNEL : 0u) | (c->relayed ? 0u : TWS_OF_WIRE);
    return t;
}

/* What the kernel said at a silence must be known when the session comes to that silence. */
static void look_ahead(struct tap *t, const struct packet *p)
{
    struct tws_annotation a;
    struct flow *f;
    int side;

    if (p->comment && tws_annotation_find(p->comment, TWS_AN_SILENCE, &a) &&
        a.u.silence.recorded.kernel.known && (f = flows_find(t->flows, p, &side)) != NULL &&
        f->owner)
        ((struct seen *)f->owner)->kernel = a.u.silence.recorded.kernel;
}

void tap_packet(struct tap *t, const struct packet *p)
{
    if (p->comment && t->config.relayed)
        look_ahead(t, p);
    if (p->ts_ns > t->now)
        advance(t, p->ts_ns);
    flows_packet(t->flows, p);
    if (t->ending)
        flows_over(t->flows, t->ending->flow, FLOW_OVER, t->now);
    t->ending = NULL;
}

bool tap_place(const struct tap *t, const struct packet *p, uint32_t seq, uint64_t *offset)
{
    int side = FLOW_CLIENT;
    const struct flow *f = flows_find(t->flows, p, &side);
    const struct seen *c = f ? f->owner : NULL;
    int32_t ahead;

    if (!c || !reasm_ahead(&f->side[side].reasm, seq, &ahead))
        return false;
    *offset = c->session.bytes[side] + c->session.loss.missing[side] + (uint64_t)(int64_t)ahead;
    return true;
}

void tap_tick(struct tap *t, uint64_t now)
{
    advance(t, now);
}

uint64_t tap_deadline(const struct tap *t)
{
    const struct heap_entry *first = heap_first(&t->due);
    uint64_t hole = flows_deadline(t->flows);

    return !first || (hole && hole < first->at) ? hole : first->at;
}

static void lose(void *ctx, struct flow *f)
{
    struct seen *c = f->owner;

    if (!c)
        return;
    tws_session_lost(&c->session, *(const uint64_t *)ctx);
    arm(c);
}

void tap_lost(struct tap *t)
{
    flows_lost(t->flows);
    flows_each(t->flows, lose, &t->now);
}

static void ask(void *ctx, struct flow *f)
{
    struct seen *c = f->owner;

    if (c)
        tws_session_ask(&c->session, *(const uint64_t *)ctx);
}

void tap_ask_all(struct tap *t, uint64_t now)
{
    advance(t, now);
    flows_each(t->flows, ask, &t->now);
}

const struct flow_counts *tap_counts(const struct tap *t)
{
    return flows_counts(t->flows);
}

void tap_free(struct tap *t, uint64_t now)
{
    advance(t, now);
    flows_free(t->flows, t->now);
    heap_free(&t->due);
    for (size_t i = 0; i < t->n_reasons; i++)
        free(t->reason[i]);
    free(t->port);
    free(t);
}
