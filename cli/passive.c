#include "passive.h"
#include "annotation.h"
#include "cli.h"
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_port(struct ports *p, const char *text, size_t len)
{
    char digits[8];
    uint32_t n;

    if (len == 0 || len >= sizeof digits || p->n == PORTS_MAX)
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (!parse_count(digits, &n) || n > UINT16_MAX)
        return false;
    p->port[p->n++] = (uint16_t)n;
    return true;
}

bool take_ports(void *to, size_t at, const char *value)
{
    struct ports *p = (struct ports *)(void *)((char *)to + at);

    for (;;) {
        size_t len = strcspn(value, ",");

        if (!take_port(p, value, len))
            return false;
        if (!value[len])
            return true;
        value += len + 1;
    }
}

void ports_default(struct ports *p)
{
    *p = (struct ports){{4001, 4002, 7496, 7497}, 4};
}

/* Is it a recording of a relay?  Then the port that this one dialled is a Gateway's, too. */
static bool read_section(struct passive *p)
{
    struct source_about about;
    struct tws_section s;
    uint16_t port;

    source_about(p->source, &about);
    if (!tws_annotation_section(about.comment, &s) || !s.relay)
        return false;
    port = tws_section_port(&s);
    if (port && p->ports.n < PORTS_MAX)
        p->ports.port[p->ports.n++] = port;
    return true;
}

/* Both ports may be a Gateway's; the table of listeners tells whose is one here. */
static bool listens(void *ctx, const struct tws_endpoint *e)
{
    (void)ctx;
    return host_listens(e->port);
}

bool passive_open(struct passive *p, bool any_port)
{
    struct tap_config c = {.kernel = p->kernel, .kernel_ctx = p->kernel_ctx};
    uint64_t every;

    flow_config_default(&c.flow);
    c.relayed = read_section(p);
    c.flow.ports = p->ports.port;
    c.flow.n_ports = p->ports.n;
    c.flow.any_port = any_port;
    c.flow.check_sums = p->observer.verbose && !source_is_loopback(p->source);
    c.flow.seed = host_random();
    p->observer.text.passive = true;
    if (source_fd(p->source, &every) >= 0) /* a file says nothing of this machine */
        c.flow.listens = listens;
    p->tap = tap_new(&c, &p->observer.env);
    return p->tap != NULL;
}

void passive_packet(struct passive *p, const struct packet *packet)
{
    if (!p->first_ns)
        p->first_ns = packet->ts_ns;
    if (packet->ts_ns > p->last_ns)
        p->last_ns = packet->ts_ns;
    tap_packet(p->tap, packet);
}

void passive_drops(struct passive *p, uint64_t now)
{
    struct source_drops d;
    struct tws_event ev = {.kind = TWS_EV_DROPS, .ts_ns = now};

    source_drops(p->source, &d);
    if (d.kernel == p->drops.kernel && d.interface == p->drops.interface) {
        p->drops = d;
        return;
    }
    ev.u.drops.kernel = d.kernel - p->drops.kernel;
    ev.u.drops.interface = d.interface - p->drops.interface;
    ev.u.drops.received = d.received - p->drops.received;
    p->drops = d;
    p->observer.env.sink.put(p->observer.env.sink.ctx, &ev);
    tap_lost(p->tap);
}

static void count(struct passive *p)
{
    const struct flow_counts *c = tap_counts(p->tap);
    struct tws_captured *out = &p->observer.env.summary.captured;

    *out = (struct tws_captured){
        .packets = c->packets,
        .segments = c->segments,
        .dropped_kernel = p->drops.kernel,
        .dropped_interface = p->drops.interface,
        .fragments = c->fragments,
        .unreadable = c->broken + c->short_headers + c->unknown_link,
        .snapped = c->snapped,
        .bad_checksums = c->bad_sums,
        .retransmitted = c->retransmits,
        .out_of_order = c->out_of_order,
        .differing = c->overlaps_differ,
        .evicted = c->evicted,
    };
}

void passive_end(struct passive *p, uint64_t now)
{
    count(p);
    tap_free(p->tap, now);
    p->tap = NULL;
    if (!p->first_ns)
        p->first_ns = now;
    p->last_ns = now;
}

int passive_close(struct passive *p)
{
    source_close(p->source);
    observer_dates(&p->observer, p->first_ns, p->last_ns);
    return observer_close(&p->observer);
}
