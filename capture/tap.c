#include "tap.h"
#include "heap.h"
#include <stdio.h>
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

/* The text of a reason outlives the connection: kept once. */
static const char *keep_reason(struct tap *t, const char *text)
{
    for (size_t i = 0; i < t->n_reasons; i++) {
        if (strcmp(t->reason[i], text) == 0)
            return t->reason[i];
    }
    if (t->n_reasons == REASONS_MAX)
        return NULL;
    t->reason[t->n_reasons] = strndup(text, 120);
    return t->reason[t->n_reasons] ? t->reason[t->n_reasons++] : NULL;
}

/* " KEY=12/S/relay/socat" */
static bool read_process(const char *text, const char *key, struct tws_process *out)
{
    struct tws_process p = {0};
    char program[16];
    const char *at = strstr(text, key);

    if (!at || sscanf(at + strlen(key), "%u/%c/%15[a-z]/%15[A-Za-z0-9._-]", &p.pid, &p.state,
                      program, p.name) != 4)
        return false;
    if (p.state == '?')
        p.state = 0;
    for (unsigned i = TWS_PROGRAM_OTHER; i <= TWS_PROGRAM_RELAY; i++)
        if (strcmp(program, tws_program_name((enum tws_program)i)) == 0)
            p.program = (uint8_t)i;
    *out = p;
    return true;
}

#define HOST_SAID "; host "

/* "...; host owner=... idle=... sibling=4001 seen=0"; without it nothing is known any more. */
static void read_host(struct tws_kernel *k, const char *text)
{
    const char *at = strstr(text, HOST_SAID), *rest = at ? strstr(at, " sibling=") : NULL;
    unsigned sibling;
    int seen;

    k->owner = k->idle = (struct tws_process){0};
    k->sibling = 0;
    k->all_seen = false;
    if (!rest || sscanf(rest, " sibling=%u seen=%d", &sibling, &seen) != 2 || sibling > UINT16_MAX)
        return;
    if (!read_process(at, " owner=", &k->owner) || !read_process(at, " idle=", &k->idle))
        return;
    k->sibling = (uint16_t)sibling;
    k->all_seen = seen;
}

/* The reason is what stands before what the host said. */
static const char *read_reason(struct tap *t, const char *text)
{
    const char *end = strstr(text, HOST_SAID);
    char reason[128];

    if (strncmp(text, ": ", 2) != 0)
        return NULL;
    (void)snprintf(reason, sizeof reason, "%.*s", end ? (int)(end - text) - 2 : (int)strlen(text),
                   text + 2);
    return keep_reason(t, reason);
}

/* "close: refused: connection refused; host ..." */
static void read_close(struct seen *c, const char *text)
{
    static const enum tws_ending endings[] = {TWS_RST, TWS_TIMEOUT, TWS_REFUSED, TWS_UNREACHABLE};

    read_host(&c->kernel, text);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const char *name = tws_ending_name(endings[i]);
        size_t n = strlen(name);

        if (strncmp(text, name, n) != 0)
            continue;
        c->told = endings[i];
        c->reason = read_reason(c->tap, text + n);
    }
}

/* "... owned=0 peer_unread=17 queue=1/50", where the gateway was on the machine of the recording; a
 * backlog of 0 stands for a queue that was not known. */
static void read_peer(struct tws_kernel *k, const char *text)
{
    const char *at = strstr(text, " owned=");
    int owned;

    if (!at || sscanf(at, " owned=%d peer_unread=%u queue=%u/%u", &owned, &k->peer_unread,
                      &k->queue, &k->backlog) != 4)
        return;
    k->peer_known = true;
    k->peer_owned = owned;
    k->queue_known = k->backlog > 0;
}

/* "silence: STAGE; gateway owes since 3.000 s; kernel known=1 ..." */
static void read_kernel(struct seen *c, const char *text)
{
    struct tws_kernel k = {0};
    const char *at = strstr(text, "; kernel known=");
    int known = 0, upstream = 0;

    if (!at || sscanf(at,
                      "; kernel known=%d upstream=%d unacked=%u retransmits=%u total_retrans=%u "
                      "last_ack_ms=%u last_data_ms=%u unread=%u unsent=%u rtt_us=%u",
                      &known, &upstream, &k.unacked, &k.retransmits, &k.total_retrans,
                      &k.last_ack_ms, &k.last_data_ms, &k.unread, &k.unsent, &k.rtt_us) != 10)
        return;
    k.known = known;
    k.upstream_known = upstream;
    read_peer(&k, at);
    read_host(&k, at);
    c->kernel = k;
}

static void comment(void *ctx, struct flow *f, int side, const char *text, uint64_t now)
{
    struct tap *t = ctx;
    struct seen *c = f->owner;

    (void)side;
    if (!c || !t->config.relayed)
        return;
    if (strncmp(text, "close: ", 7) == 0)
        read_close(c, text + 7);
    else if (strcmp(text, "dialing") == 0)
        tws_session_dialing(&c->session, true, now);
    else if (strcmp(text, "dialed") == 0)
        tws_session_dialing(&c->session, false, now);
    else if (strcmp(text, "end") == 0)
        t->ending = c;
    arm(c);
}

static void recorded_kernel(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    const struct seen *c = s->owner;

    (void)ctx;
    *out = c->kernel;
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

static void wire(void *ctx, const struct tws_session *s, uint64_t now, struct tws_wire *out)
{
    const struct seen *c = s->owner;

    (void)ctx;
    *out = (struct tws_wire){.known = true,
                             .late_reset = c->flow->late_reset,
                             .other_family = other_family(c->tap, &s->gateway),
                             .established = c->flow->established};
    wire_side(c->flow, FLOW_CLIENT, now, &out->client);
    wire_side(c->flow, FLOW_GATEWAY, now, &out->gateway);
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
    if (c->relayed)
        env->kernel = recorded_kernel;
    else
        env->wire = wire;
    return t;
}

/* What the kernel said at a silence must be known when the session comes to that silence. */
static void look_ahead(struct tap *t, const struct packet *p)
{
    struct flow *f;
    int side;

    if (strncmp(p->comment, "silence: ", 9) == 0 && (f = flows_find(t->flows, p, &side)) != NULL &&
        f->owner)
        read_kernel(f->owner, p->comment);
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

bool tap_sender(const struct tap *t, const struct packet *p, bool *from_gateway)
{
    int side = FLOW_CLIENT;
    bool known = flows_find(t->flows, p, &side) != NULL;

    *from_gateway = known && side == FLOW_GATEWAY;
    return known;
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
