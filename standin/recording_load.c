#include "annotation.h"
#include "flow.h"
#include "recording.h"
#include "source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX 65u

struct load {
    struct recording *r;
    struct flows *flows;
    uint32_t seen; /* connections */
    uint32_t only;
    bool relayed;
    uint64_t last_ns;
    struct flow *ending; /* the relay has said that it gave this one up */
    uint16_t ports[PORTS_MAX];
    size_t n_ports;
};

static enum tws_side side_of(int side)
{
    return side == FLOW_CLIENT ? TWS_CLIENT : TWS_GATEWAY;
}

/* ---- what the table of connections reports ---- */

static void opened(void *ctx, struct flow *f, uint64_t now)
{
    struct load *l = ctx;
    struct recording_conn *c;

    l->seen++;
    if (l->only && l->seen != l->only)
        return;
    c = recording_open(l->r, now);
    f->owner = c;
    if (!c)
        return;
    c->number = l->seen;
    c->client = f->end[FLOW_CLIENT];
    c->gateway = f->end[FLOW_GATEWAY];
    c->flaw = f->midstream ? RECORDING_NO_BEGINNING : RECORDING_NOT_OPENED;
}

static void established(void *ctx, struct flow *f, uint64_t now)
{
    struct recording_conn *c = f->owner;

    (void)ctx;
    (void)now;
    if (c && c->flaw == RECORDING_NOT_OPENED)
        c->flaw = RECORDING_WHOLE;
}

static void bytes(void *ctx, struct flow *f, int side, const uint8_t *p, size_t n, uint64_t now)
{
    struct load *l = ctx;
    struct recording_conn *c = f->owner;

    if (c && c->flaw == RECORDING_WHOLE)
        recording_bytes(l->r, c, side_of(side), p, n, now);
}

static void gap(void *ctx, struct flow *f, int side, uint64_t missing, uint64_t now)
{
    (void)ctx;
    if (f->owner)
        recording_gap(f->owner, side_of(side), missing, now);
}

static void stalled(void *ctx, struct flow *f, enum flow_stall what, uint64_t since, uint64_t now)
{
    (void)ctx;
    (void)f;
    (void)what;
    (void)since;
    (void)now;
}

static void ended(void *ctx, struct flow *f, int side, enum flow_how how, uint64_t now)
{
    struct load *l = ctx;

    /* What a relay writes when it gives a connection up is nobody's ending. */
    if (f->owner && f != l->ending)
        recording_end(l->r, f->owner, side_of(side),
                      how == FLOW_FIN ? RECORDING_FIN : RECORDING_RST, now);
}

static void gone(void *ctx, struct flow *f, enum flow_gone why, uint64_t now)
{
    struct recording_conn *c = f->owner;

    (void)ctx;
    (void)why;
    if (c)
        c->ended_ns = now;
}

static void comment(void *ctx, struct flow *f, int side, const char *text, uint64_t now)
{
    struct load *l = ctx;
    struct tws_annotation a;

    (void)side;
    (void)now;
    if (l->relayed && tws_annotation_find(text, TWS_AN_END, &a))
        l->ending = f;
}

/* ---- the file ---- */

/* The port of the address that the relay dialled is a Gateway's, whatever its number. */
static void read_about(struct load *l, const struct source *s)
{
    struct source_about about;
    struct tws_section section;
    uint16_t port;

    source_about(s, &about);
    l->relayed = tws_annotation_section(about.comment, &section) && section.relay;
    if (!l->relayed)
        return;
    l->r->masked = section.masked;
    port = tws_section_port(&section);
    if (port && l->n_ports < PORTS_MAX)
        l->ports[l->n_ports++] = port;
}

static bool start(struct load *l, const struct recording_ask *ask, const struct source *s)
{
    struct flow_hooks hooks = {opened, established, bytes, gap, stalled, ended, gone, comment, l};
    struct flow_config config;

    l->only = ask->only;
    for (size_t i = 0; i < ask->n_ports && i < PORTS_MAX - 1; i++)
        l->ports[l->n_ports++] = ask->ports[i];
    l->r = recording_new();
    if (!l->r)
        return false;
    read_about(l, s);
    flow_config_default(&config);
    config.ports = l->ports;
    config.n_ports = l->n_ports;
    config.any_port = ask->any_port;
    config.relayed = l->relayed;
    config.seed = ask->seed;
    l->flows = flows_new(&config, &hooks);
    return l->flows != NULL;
}

static void take_packet(struct load *l, const struct packet *p)
{
    if (p->ts_ns > l->last_ns)
        l->last_ns = p->ts_ns;
    flows_tick(l->flows, l->last_ns);
    flows_packet(l->flows, p);
    if (l->ending)
        flows_over(l->flows, l->ending, FLOW_OVER, l->last_ns);
    l->ending = NULL;
}

/* False: the source failed. */
static bool pull(struct load *l, const struct recording_ask *ask, struct source *s)
{
    struct packet p;

    while (!l->r->too_long) {
        switch (source_next(s, &p)) {
        case SOURCE_PACKET:
            take_packet(l, &p);
            break;
        case SOURCE_CUT:
            ask->say(ask->ctx, source_error(s));
            break;
        case SOURCE_PAUSE:
            break;
        case SOURCE_FAILED:
            return false;
        case SOURCE_LATER:
        case SOURCE_END:
            return true;
        }
    }
    return true;
}

static struct recording *finish(struct load *l, struct source *s, bool pulled,
                                const struct recording_ask *ask, char *error)
{
    if (!pulled)
        snprintf(error, RECORDING_ERROR_MAX, "%s", source_error(s));
    else if (l->r->too_long || !recording_seal(l->r))
        snprintf(error, RECORDING_ERROR_MAX,
                 "%s: more than a replay holds (%u MiB, %u connections, or the memory there is)%s",
                 source_name(s), RECORDING_MAX >> 20, RECORDING_CONNS_MAX,
                 ask->only ? "" : "; --conn N takes one connection");
    else if (l->only && l->r->n == 0)
        snprintf(error, RECORDING_ERROR_MAX, "%s: there is no connection %u, only %u",
                 source_name(s), l->only, l->seen);
    else if (l->r->n == 0)
        snprintf(error, RECORDING_ERROR_MAX, "%s: no connection to a Gateway is in it",
                 source_name(s));
    else
        return l->r;
    recording_free(l->r);
    return NULL;
}

struct recording *recording_load(const struct recording_ask *ask, char error[RECORDING_ERROR_MAX])
{
    char why[SOURCE_ERROR_MAX];
    struct source *s = source_files(ask->paths, ask->n_paths, why);
    struct load l = {0};
    struct recording *r = NULL;
    bool pulled;

    if (!s) {
        snprintf(error, RECORDING_ERROR_MAX, "%s", why);
        return NULL;
    }
    if (start(&l, ask, s)) {
        pulled = pull(&l, ask, s);
        flows_free(l.flows, l.last_ns);
        r = finish(&l, s, pulled, ask, error);
    } else {
        recording_free(l.r);
        snprintf(error, RECORDING_ERROR_MAX, "%s: no memory", source_name(s));
    }
    source_close(s);
    return r;
}
