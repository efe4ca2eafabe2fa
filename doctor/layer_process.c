/* layer_process.c - is there a Gateway's process, and does it get on? */
#include "look.h"
#include <stdio.h>

#define SPINS_PERCENT 85u /* of one core, while it was looked at */

static const char elsewhere[] =
    "it is on another machine or in a container: run twstap doctor there";

/* What a process's state says of it; by the kernel's letter. */
static const struct {
    char state;
    const char *says, *next;
} bad_states[] = {
    {'T', "is stopped: it was told to pause (SIGSTOP), and does nothing until it is told to go on",
     "kill -CONT %lu"},
    {'t', "is held by a debugger, and does nothing until that lets go",
     "end the debugger that is attached to process %lu"},
    {'Z', "is dead, and its parent has not noticed", "restart it: process %lu is a zombie"},
};

static bool say_bad_state(const struct look_owner *o, struct diag_report *r)
{
    for (size_t i = 0; i < sizeof bad_states / sizeof bad_states[0]; i++) {
        char next[DIAG_TEXT];

        if (bad_states[i].state != o->process.state)
            continue;
        diag_broken(r, NULL, TWS_CERTAIN, "%s (process %lu) %s", o->who.name, (unsigned long)o->pid,
                    bad_states[i].says);
        snprintf(next, sizeof next, bad_states[i].next, (unsigned long)o->pid);
        diag_next(r, "%s", next);
        return true;
    }
    return false;
}

static unsigned percent_of_core(const struct look *l)
{
    uint64_t window_ms = l->cpu_window_ns / 1000000u;

    return window_ms ? (unsigned)(l->cpu_used_ms * 100 / window_ms) : 0;
}

static const char *state_word(char state)
{
    static const struct {
        char state;
        const char *word;
    } words[] = {{'R', "at work"},
                 {'S', "waits for work"},
                 {'I', "waits for work"},
                 {'D', "waits for a disk"},
                 {'T', "stopped"},
                 {'t', "held by a debugger"},
                 {'Z', "dead"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].state == state)
            return words[i].word;
    return "in an unknown state";
}

/* Not its command line: there are set-ups that put the password there. */
static void add_details(const struct look *l, const struct look_owner *o, struct diag_report *r)
{
    char up[LOOK_SPAN], cpu[LOOK_SPAN];

    diag_add(r, TWS_FROM_PROCESS,
             "program %s, %s, %lu thread%s, up %s, %s of processor time so far", o->process.comm,
             state_word(o->process.state), (unsigned long)o->process.threads,
             o->process.threads == 1 ? "" : "s", look_span(o->process.age_ms, up),
             look_span(o->process.cpu_ms, cpu));
    if (l->cpu_known)
        diag_add(r, TWS_FROM_PROCESS, "used %u %% of one core while it was looked at",
                 percent_of_core(l));
}

static void say_gateway(const struct look *l, const struct look_owner *o, struct diag_report *r)
{
    bool owns = o->pid == l->owner.pid && l->owner.pid;

    if (say_bad_state(o, r)) {
        add_details(l, o, r);
        return;
    }
    if (o->who.kind == KIND_STANDIN || o->who.kind == KIND_OTHER)
        diag_cannot_tell(r, "the port belongs to %s (%s, process %lu): no TWS or IB Gateway",
                         o->who.name, o->process.comm, (unsigned long)o->pid);
    else if (o->who.kind == KIND_JAVA)
        diag_cannot_tell(r,
                         "the port belongs to a Java program (process %lu) that does not look "
                         "like TWS or IB Gateway",
                         (unsigned long)o->pid);
    else if (l->cpu_known && percent_of_core(l) >= SPINS_PERCENT)
        diag_attention(r, "%s runs (process %lu), and keeps a whole processor core busy",
                       o->who.name, (unsigned long)o->pid);
    else
        diag_works(r, "%s runs (process %lu)%s", o->who.name, (unsigned long)o->pid,
                   owns || !l->listener ? "" : "; that the port is its own takes root to see");
    if (r->attention)
        diag_next(r,
                  "jstack %lu > threads.txt (what it is busy with), then more memory: -Xmx in "
                  "its .vmoptions file",
                  (unsigned long)o->pid);
    add_details(l, o, r);
}

static void add_gateways(const struct look *l, struct diag_report *r)
{
    for (size_t i = 0; i < l->n_gateways; i++) {
        const struct look_owner *g = &l->gateways[i];
        diag_add(r, TWS_FROM_PROCESS, "%s runs here: process %lu%s", g->who.name,
                 (unsigned long)g->pid, g->apart ? ", in a network of its own (a container)" : "");
        if (g->apart && !r->next[0])
            diag_next(r, "sudo twstap doctor --netns %lu   (looks inside that container)",
                      (unsigned long)g->pid);
    }
}

static bool usual_is_open(const struct look *l)
{
    for (size_t i = 0; i < l->table.n; i++)
        if (l->table.rows[i].state == HOST_LISTEN && host_port(l->table.rows[i].local.port))
            return true;
    return false;
}

static void say_no_owner(const struct look *l, struct diag_report *r)
{
    if (l->owner.who.kind == KIND_RELAY && l->owner.pid && say_bad_state(&l->owner, r))
        return;
    if (l->owner.pid)
        diag_cannot_tell(r,
                         "the port belongs to a relay (%s, process %lu); the Gateway is behind "
                         "it",
                         l->owner.who.name, (unsigned long)l->owner.pid);
    else if (l->listener)
        diag_cannot_tell(r, "the port belongs to user %lu; which program it is takes root to see",
                         (unsigned long)l->listener->uid);
    else if (!l->n_gateways && usual_is_open(l))
        diag_cannot_tell(r, "no TWS or IB Gateway runs here by its name, and yet a port of theirs "
                            "is open");
    else if (look_first(l))
        diag_works(r, "%s runs (process %lu), and does not listen on this port",
                   look_first(l)->who.name, (unsigned long)look_first(l)->pid);
    else if (l->n_apart)
        diag_cannot_tell(r, "a Gateway runs in a container, with a network of its own");
    else
        diag_broken(r, "gateway-down", host_sees_all() ? TWS_CERTAIN : TWS_LIKELY,
                    "no TWS or IB Gateway runs here, nor anything else on this port");
    add_gateways(l, r);
}

void layer_process(struct look *l, struct diag_report *r)
{
    const struct look_owner *g = look_gateway(l);

    if (!l->here)
        diag_cannot_tell(r, "%s", elsewhere);
    else if (l->processes_answer != HOST_TOLD)
        diag_cannot_tell(r, "%s", look_why(l->processes_answer));
    else if (g)
        say_gateway(l, g, r);
    else
        say_no_owner(l, r);
}
