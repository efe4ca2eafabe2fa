/* edge_facts.c - what the edge knows beyond the bytes: asked for, kept, and sent. */
#include "edge_facts.h"
#include "emit.h"
#include "standing.h"
#include <stdlib.h>

static bool known(const struct tws_facts *f)
{
    const struct tws_kernel *k = &f->kernel;

    return k->known || k->peer_known || k->queue_known || k->owner.pid || k->sibling ||
           k->idle.pid || k->all_seen || f->wire.known;
}

/* `closed`: the side whose end is the reason. */
static void put_facts(struct tws_session *s, const struct tws_facts *f, enum tws_side closed,
                      uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, TWS_EV_FACTS) || !known(f))
        return;
    ev = (struct tws_event){.kind = TWS_EV_FACTS};
    ev.u.facts.closed = closed;
    ev.u.facts.facts = f;
    tws_standing_others(s,
                        s->silence
                            ? tws_standing_since(s, (enum tws_trouble)s->silence, s->silent.from_ns)
                            : s->handshake.stage_ns,
                        now, &ev.u.facts.others);
    tws_emit(s, &ev, now);
}

static bool measure(const struct tws_session *s, unsigned what, uint64_t now, struct tws_facts *out)
{
    *out = (struct tws_facts){0};
    if (!s->env->facts || !(what & s->env->measures))
        return false;
    s->env->facts(s->env->facts_ctx, s, what & s->env->measures, now, out);
    if (!out->taken_ns)
        out->taken_ns = now;
    return true;
}

/* Without memory nothing is kept, and verdicts go without it. */
static void keep(struct tws_session *s, const struct tws_facts *f)
{
    if (!s->told)
        s->told = malloc(sizeof *s->told);
    if (s->told)
        *s->told = *f;
}

void tws_edge_facts_ask(struct tws_session *s, uint64_t now)
{
    struct tws_facts f;

    if (!measure(s, TWS_OF_KERNEL | TWS_OF_WIRE, now, &f))
        return;
    keep(s, &f);
    put_facts(s, &f, TWS_NOBODY, now);
}

/* What of the kernel's answer is worth a word when it changes, as bits and numbers that do not move
 * by themselves. */
struct signs {
    unsigned bits;
    uint32_t owner, idle;
    uint16_t sibling;
    uint8_t program;
};

static struct signs signs_of(const struct tws_kernel *k)
{
    bool path = k->known && k->upstream_known;
    const bool each[] = {
        k->peer_known && k->peer_owned,
        k->peer_known && !k->peer_owned,
        k->peer_owned && k->peer_unread,
        k->queue_known && k->backlog && k->queue >= k->backlog,
        tws_process_stopped(&k->owner),
        k->all_seen,
        path && !k->unacked,
        path && k->unacked && k->retransmits,
        path && k->unacked && k->retransmits >= TWS_DEAD_RETRANSMITS,
    };
    struct signs s = {.owner = k->owner.pid,
                      .program = k->owner.program,
                      .idle = k->idle.pid,
                      .sibling = k->sibling};

    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        s.bits |= (unsigned)each[i] << i;
    return s;
}

static bool alike(const struct tws_kernel *a, const struct tws_kernel *b)
{
    struct signs x = signs_of(a), y = signs_of(b);

    return x.bits == y.bits && x.owner == y.owner && x.idle == y.idle && x.sibling == y.sibling &&
           x.program == y.program;
}

bool tws_edge_facts_ask_again(struct tws_session *s, uint64_t now)
{
    static const struct tws_kernel nothing;
    struct tws_facts f;
    bool changed;

    if (!measure(s, TWS_OF_KERNEL | TWS_OF_WIRE, now, &f))
        return false;
    changed = !alike(s->told ? &s->told->kernel : &nothing, &f.kernel);
    keep(s, &f);
    if (changed)
        put_facts(s, &f, TWS_NOBODY, now);
    return changed;
}

void tws_edge_facts_ask_at_end(struct tws_session *s, uint64_t now)
{
    struct tws_facts f;

    if (!measure(s, TWS_OF_KERNEL, now, &f))
        return;
    keep(s, &f);
    put_facts(s, &f, (enum tws_side)s->first_closed, now);
}

void tws_edge_facts_ask_owner(struct tws_session *s, uint64_t now)
{
    struct tws_facts f, kept = {.taken_ns = now};

    if (!measure(s, TWS_OF_KERNEL, now, &f))
        return;
    if (s->told)
        kept = *s->told;
    kept.kernel.owner = f.kernel.owner;
    kept.kernel.sibling = f.kernel.sibling;
    kept.kernel.idle = f.kernel.idle;
    kept.kernel.all_seen = f.kernel.all_seen;
    keep(s, &kept);
    put_facts(s, &kept, (enum tws_side)s->first_closed, now);
}

void tws_edge_facts_close(struct tws_session *s, uint64_t now)
{
    struct tws_facts f;

    if (measure(s, TWS_OF_WIRE, s->ending.closed_ns, &f))
        put_facts(s, &f, (enum tws_side)s->first_closed, now);
}

void tws_edge_facts_take(struct tws_session *s, const struct tws_facts *facts, uint64_t now)
{
    if (s->silence || s->how_closed != TWS_OPEN_STILL)
        keep(s, facts);
    put_facts(s, facts, (enum tws_side)s->first_closed, now);
}

void tws_edge_facts_now(const struct tws_session *s, uint64_t now, struct tws_facts *out)
{
    struct tws_facts fresh;

    *out = s->told ? *s->told : (struct tws_facts){0};
    if (measure(s, TWS_OF_WIRE, now, &fresh))
        out->wire = fresh.wire;
}

void tws_edge_facts_forget(struct tws_session *s)
{
    free(s->told);
    s->told = NULL;
}
