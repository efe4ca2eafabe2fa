#include "owner.h"
#include "host.h"
#include "kind.h"
#include "table.h"
#include <string.h>
#include <unistd.h>

static enum tws_program program_of(enum host_kind k)
{
    static const uint8_t programs[] = {
        [KIND_OTHER] = TWS_PROGRAM_OTHER,     [KIND_JAVA] = TWS_PROGRAM_JAVA,
        [KIND_GATEWAY] = TWS_PROGRAM_GATEWAY, [KIND_TWS] = TWS_PROGRAM_GATEWAY,
        [KIND_RELAY] = TWS_PROGRAM_RELAY,     [KIND_STANDIN] = TWS_PROGRAM_OTHER,
    };

    return (enum tws_program)programs[k];
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
}

/* A program can give itself any name: it goes into texts and recordings. */
static struct tws_process process_of(const struct host_process *p)
{
    struct tws_process out = {.pid = p->pid,
                              .state = p->state,
                              .program = (uint8_t)program_of(host_who(p->comm, p->line).kind)};

    for (size_t i = 0; i + 1 < sizeof out.name && p->comm[i]; i++)
        out.name[i] = '_';
    for (size_t i = 0; out.name[i]; i++)
        if (is_plain(p->comm[i]))
            out.name[i] = p->comm[i];
    return out;
}

static bool may_walk(const struct host_owner *o, uint64_t now)
{
    return !o->walked_ns || now - o->walked_ns >= HOST_WALK_AGAIN_NS;
}

/* Find the process that has this socket; it may be the one that had the last. */
static void find(struct host_owner *o, uint32_t inode, uint32_t uid, uint64_t limit, uint64_t now)
{
    struct host_process p;
    uint32_t pid;

    o->owner = (struct tws_process){0};
    o->walked_ns = now;
    o->inode = inode;
    if (host_socket_owner(inode, uid, limit, &pid) != HOST_TOLD ||
        host_process(pid, &p) != HOST_TOLD)
        return;
    o->owner = process_of(&p);
    o->started = p.started;
}

void host_owner_begin(struct host_owner *o, int view, uint16_t port, uint64_t now)
{
    struct host_listening at;

    if (host_listenings(view, &port, 1, &at, 1) == 1)
        find(o, at.inode, at.uid, HOST_WALK_BEGIN_NS, now);
}

void host_owner_facts(struct host_owner *o, int view, const struct tws_endpoint *gateway,
                      uint64_t now, struct tws_kernel *out)
{
    struct host_process p;

    if (!out->listener)
        (void)host_queue_facts(view, gateway, out);
    if (!out->listener)
        return;
    if ((out->listener != o->inode || !o->owner.pid) && may_walk(o, now))
        find(o, out->listener, out->listener_uid, HOST_WALK_NS, now);
    else if (o->owner.pid &&
             (host_process_brief(o->owner.pid, &p) != HOST_TOLD || p.started != o->started))
        o->owner = (struct tws_process){0};
    else if (o->owner.pid)
        o->owner.state = p.state;
    if (out->listener == o->inode)
        out->owner = o->owner;
}

/* ---- after a refusal ---- */

/* The best of the other ports: one that a Gateway has, or else one that is not known to be another
 * program's. */
static void find_sibling(int view, uint16_t refused, struct tws_kernel *out)
{
    struct host_listening at[16];
    size_t n = host_listenings(view, host_ports, host_ports_len, at, sizeof at / sizeof at[0]);

    for (size_t i = 0; i < n; i++) {
        struct tws_process who = {0};
        struct host_process p;
        uint32_t pid;

        if (at[i].port == refused)
            continue;
        if (host_socket_owner(at[i].inode, at[i].uid, HOST_WALK_REFUSED_NS, &pid) == HOST_TOLD &&
            host_process(pid, &p) == HOST_TOLD)
            who = process_of(&p);
        if (who.program == TWS_PROGRAM_RELAY || who.pid == (uint32_t)getpid())
            continue;
        if (out->sibling && who.program != TWS_PROGRAM_GATEWAY)
            continue;
        out->sibling = at[i].port;
        out->owner = who;
        if (who.program == TWS_PROGRAM_GATEWAY)
            return;
    }
}

struct idle {
    struct tws_kernel *out;
    uint64_t until; /* of our own clock */
    bool cut, apart;
};

static bool is_idle(void *ctx, const struct host_process *p)
{
    struct idle *idle = ctx;
    struct tws_process who = process_of(p);

    if (who.program == TWS_PROGRAM_GATEWAY && host_other_net(p->pid))
        idle->apart = true;
    else if (who.program == TWS_PROGRAM_GATEWAY)
        idle->out->idle = who;
    idle->cut = host_now_ns() > idle->until;
    return !idle->cut && !idle->out->idle.pid;
}

static void find_idle(struct tws_kernel *out)
{
    struct idle idle = {.out = out, .until = host_now_ns() + HOST_WALK_REFUSED_NS};

    out->all_seen = host_processes(is_idle, &idle) == HOST_TOLD && !idle.cut && !idle.apart &&
                    !out->idle.pid && host_sees_all();
}

void host_refusal_facts(struct host_owner *o, int view, const struct tws_endpoint *gateway,
                        uint64_t now, struct tws_kernel *out)
{
    if (!host_endpoint_is_here(gateway) && view <= 0)
        return;
    if (!o->refused_ns || now - o->refused_ns >= HOST_WALK_AGAIN_NS ||
        o->refused_port != gateway->port) {
        o->refusal = (struct tws_kernel){0};
        o->refused_ns = now;
        o->refused_port = gateway->port;
        find_sibling(view, gateway->port, &o->refusal);
        if (!o->refusal.sibling && view <= 0)
            find_idle(&o->refusal);
    }
    out->owner = o->refusal.owner;
    out->sibling = o->refusal.sibling;
    out->all_seen = o->refusal.all_seen;
    out->idle = o->refusal.idle;
}
