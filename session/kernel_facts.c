/* kernel_facts.c - what the kernel and TCP show about a session while it is silent, kept as facts.
 */
#include "kernel_facts.h"

/* What is found at a silence, and no longer holds when it ends. */
#define OF_THE_PATH (TWS_FACT(ACKED) | TWS_FACT(UNACKED) | TWS_FACT(PATH_DEAD))
#define OF_THE_PEER                                                                                \
    (TWS_FACT(NOT_ACCEPTED) | TWS_FACT(ACCEPTED) | TWS_FACT(GATEWAY_UNREAD) | TWS_FACT(QUEUE_FULL))
#define OF_THE_OWNER                                                                               \
    (TWS_FACT(OWNER_KNOWN) | TWS_FACT(OWNER_JAVA) | TWS_FACT(OWNER_GATEWAY) |                      \
     TWS_FACT(OWNER_RELAY) | TWS_FACT(OWNER_STOPPED) | TWS_FACT(SIBLING) |                         \
     TWS_FACT(IDLE_GATEWAY) | TWS_FACT(NONE_RUNS))

static const tws_facts of_programs[] = {
    [TWS_PROGRAM_OTHER] = 0,
    [TWS_PROGRAM_JAVA] = TWS_FACT(OWNER_JAVA),
    [TWS_PROGRAM_GATEWAY] = TWS_FACT(OWNER_JAVA) | TWS_FACT(OWNER_GATEWAY),
    [TWS_PROGRAM_RELAY] = TWS_FACT(OWNER_RELAY),
};

/* Whose the listener is, or what there is instead of one.  The names are the port's: they are the
 * same for all of its sessions. */
static void note_owner(struct tws_session *s, const struct tws_kernel *k)
{
    s->facts &= ~OF_THE_OWNER;
    if (k->owner.pid || k->sibling) {
        s->port->owner = k->owner;
        s->facts |= of_programs[k->owner.program];
    }
    if (k->owner.pid)
        s->facts |= TWS_FACT(OWNER_KNOWN);
    if (tws_process_stopped(&k->owner))
        s->facts |= TWS_FACT(OWNER_STOPPED);
    if (k->sibling) {
        s->port->sibling = k->sibling;
        s->facts |= TWS_FACT(SIBLING);
    }
    if (k->idle.pid) {
        s->port->idle = k->idle;
        s->facts |= TWS_FACT(IDLE_GATEWAY);
    }
    if (k->all_seen && !k->sibling && !k->idle.pid)
        s->facts |= TWS_FACT(NONE_RUNS);
}

static void note_peer(struct tws_session *s, const struct tws_kernel *k)
{
    s->facts &= ~OF_THE_PEER;
    s->peer.queue = k->queue;
    s->peer.backlog = k->queue_known ? k->backlog : 0;
    if (k->queue_known && k->backlog && k->queue >= k->backlog)
        s->facts |= TWS_FACT(QUEUE_FULL);
    if (!k->peer_known)
        return;
    s->facts |= k->peer_owned ? TWS_FACT(ACCEPTED) : TWS_FACT(NOT_ACCEPTED);
    if (k->peer_owned && k->peer_unread)
        s->facts |= TWS_FACT(GATEWAY_UNREAD);
    s->peer.unread = k->peer_unread;
}

void tws_kernel_facts_ask(struct tws_session *s, struct tws_kernel *k)
{
    *k = (struct tws_kernel){0};
    if (!s->env->kernel)
        return;
    s->env->kernel(s->env->kernel_ctx, s, k);
    note_peer(s, k);
    note_owner(s, k);
    if (!k->known || !k->upstream_known)
        return;
    s->facts &= ~OF_THE_PATH;
    if (k->unacked == 0)
        s->facts |= TWS_FACT(ACKED);
    else if (k->retransmits > 0)
        s->facts |= TWS_FACT(UNACKED);
    /* A hello is not taken either by a listener whose accept queue is full. */
    if (k->unacked && k->retransmits >= TWS_DEAD_RETRANSMITS && s->stage > TWS_HELLO)
        s->facts |= TWS_FACT(PATH_DEAD);
}

void tws_kernel_facts_ask_owner(struct tws_session *s)
{
    struct tws_kernel k = {0};

    if (!s->env->kernel)
        return;
    s->env->kernel(s->env->kernel_ctx, s, &k);
    note_owner(s, &k);
}

void tws_kernel_facts_ask_wire(struct tws_session *s, uint64_t now)
{
    struct tws_wire w = {0};

    if (!s->env->wire)
        return;
    s->env->wire(s->env->wire_ctx, s, now, &w);
    if (!w.known || !w.established)
        return;
    s->facts &= ~OF_THE_PATH;
    if (w.client.unacked == 0)
        s->facts |= TWS_FACT(ACKED);
    else if (w.client.retransmits_now > 0)
        s->facts |= TWS_FACT(UNACKED);
}

#define OF_A_SILENCE (OF_THE_PATH | OF_THE_PEER | OF_THE_OWNER)

tws_facts tws_kernel_facts_kept(const struct tws_session *s)
{
    return s->facts & OF_A_SILENCE;
}

void tws_kernel_facts_forget(struct tws_session *s)
{
    s->facts &= ~OF_A_SILENCE;
}
