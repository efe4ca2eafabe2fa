/* layer_sockets.c - the listener, its queue, the Gateway's sockets, and its links to IB. */
#include "look.h"
#include <stdio.h>
#include <string.h>

static const char elsewhere[] =
    "it is on another machine or in a container: run twstap doctor there";

/* False: said why nothing can be told. */
static bool has_table(const struct look *l, struct diag_report *r)
{
    if (!l->here)
        diag_cannot_tell(r, "%s", elsewhere);
    else if (l->table_answer != HOST_TOLD)
        diag_cannot_tell(r, "%s", look_why(l->table_answer));
    return l->here && l->table_answer == HOST_TOLD;
}

static bool needs_listener(const struct look *l, struct diag_report *r)
{
    if (has_table(l, r) && !l->listener)
        diag_cannot_tell(r, "nothing listens on port %u", (unsigned)l->to.port);
    return l->here && l->table_answer == HOST_TOLD && l->listener;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- the listener ---- */

static const char *owner_name(const struct host_row *row, char buf[80])
{
    struct host_process p;
    struct host_who who;

    if (!row->pid || host_process(row->pid, &p) != HOST_TOLD) {
        snprintf(buf, 80, "user %lu", (unsigned long)row->uid);
        return buf;
    }
    who = host_who(p.comm, p.line);
    snprintf(buf, 80, "%.40s, process %lu", who.kind == KIND_OTHER ? p.comm : who.name,
             (unsigned long)row->pid);
    return buf;
}

static bool is_usual(uint16_t port)
{
    return host_port(port) != NULL;
}

/* Another port where a Gateway might be, with what it is known for.  The one that a Gateway's
 * process owns is the best guess. */
static const struct host_row *find_sibling(const struct look *l, bool *certain)
{
    const struct host_row *best = NULL;

    *certain = false;
    for (size_t i = 0; i < l->table.n; i++) {
        const struct host_row *row = &l->table.rows[i];
        bool ours = false;

        if (row->state != HOST_LISTEN || row->local.port == l->to.port)
            continue;
        for (size_t g = 0; g < l->n_gateways; g++)
            ours =
                ours || (row->pid && row->pid == l->gateways[g].pid && is_usual(row->local.port));
        if (ours || (!best && is_usual(row->local.port)))
            best = row;
        *certain = *certain || ours;
    }
    return best;
}

static void add_siblings(const struct look *l, struct diag_report *r)
{
    uint16_t seen[32];
    size_t n = 0;

    for (size_t i = 0; i < l->table.n && n < 32; i++) {
        const struct host_row *row = &l->table.rows[i];
        const char *means = host_port(row->local.port);
        char owner[80];
        bool again = false;

        for (size_t k = 0; k < n; k++)
            again = again || seen[k] == row->local.port;
        if (row->state != HOST_LISTEN || !means || again || row->local.port == l->to.port)
            continue;
        seen[n++] = row->local.port;
        diag_add(r, TWS_FROM_KERNEL, "port %u (%s) is open: %s", (unsigned)row->local.port, means,
                 owner_name(row, owner));
    }
}

static void say_closed(const struct look *l, struct diag_report *r)
{
    bool certain;
    const struct host_row *sibling = find_sibling(l, &certain);
    const struct look_owner *first = look_first(l);
    char span[LOOK_SPAN], at[LOOK_ADDR];

    if (sibling) {
        diag_broken(r, "wrong-port-or-mode", certain ? TWS_CERTAIN : TWS_LIKELY,
                    "nothing listens on port %u, but port %u (%s) is open", (unsigned)l->to.port,
                    (unsigned)sibling->local.port, host_port(sibling->local.port));
        diag_next(r,
                  "twstap doctor %u   (and point your program there, if that is the account "
                  "you mean)",
                  (unsigned)sibling->local.port);
    } else if (first) {
        diag_broken(r, "login-pending", TWS_LIKELY,
                    "nothing listens on port %u, though %s has run for %s: not logged in yet, or "
                    "its API port is another one",
                    (unsigned)l->to.port, first->who.name, look_span(first->process.age_ms, span));
    } else if (l->n_apart) {
        diag_broken(r, NULL, TWS_CERTAIN,
                    "nothing listens on port %u here; %s runs in a container, with a network of "
                    "its own",
                    (unsigned)l->to.port, l->gateways[0].who.name);
        diag_next(r,
                  "Publish the port of the container's relay, or look inside: sudo twstap "
                  "doctor --netns %lu",
                  (unsigned long)l->gateways[0].pid);
    } else {
        diag_broken(r, "gateway-down", host_sees_all() ? TWS_CERTAIN : TWS_LIKELY,
                    "nothing listens on port %u: a client is refused at once",
                    (unsigned)l->to.port);
    }
    for (size_t i = 0; i < l->table.n; i++) {
        const struct host_row *row = &l->table.rows[i];

        if (row->state == HOST_LISTEN && row->local.port == l->to.port)
            diag_add(r, TWS_FROM_KERNEL,
                     "a program does listen on %s, which does not take this "
                     "address",
                     look_addr(&row->local, at));
    }
}

void layer_listener(struct look *l, struct diag_report *r)
{
    char at[LOOK_ADDR], owner[80];
    const struct host_row *row;

    if (!has_table(l, r))
        return;
    if (!l->listener) {
        say_closed(l, r);
        add_siblings(l, r);
        return;
    }
    row = look_same(&l->table, l->listener);
    if (l->owner.pid && l->owner.who.kind == KIND_RELAY) {
        diag_attention(r, "port %u is open, and a relay (%s, process %lu) has it, not the Gateway",
                       (unsigned)l->to.port, l->owner.who.name, (unsigned long)l->owner.pid);
        diag_next(r, "What is behind a relay cannot be seen through it: run twstap doctor where "
                     "the Gateway runs (inside its container, or --netns PID)");
    } else {
        diag_works(r, "port %u is open: %s", (unsigned)l->to.port,
                   owner_name(row ? row : l->listener, owner));
    }
    diag_add(r, TWS_FROM_KERNEL, "listens on %s, user %lu", look_addr(&l->listener->local, at),
             (unsigned long)l->listener->uid);
    if (host_port(l->to.port))
        diag_add(r, TWS_FROM_KERNEL, "port %u is usually: %s", (unsigned)l->to.port,
                 host_port(l->to.port));
    add_siblings(l, r);
}

/* ---- its queue ---- */

/* Accepted by the kernel and by no process; in the first look already. */
static bool stands(const struct look *l, const struct host_row *row)
{
    const struct host_row *before;

    if (row->local.port != l->to.port || row->inode ||
        (row->state != HOST_ESTABLISHED && row->state != HOST_CLOSE_WAIT))
        return false;
    before = look_same(&l->table, row);
    return before && !before->inode;
}

static void add_waiting(const struct look *l, struct diag_report *r)
{
    uint64_t oldest = 0, n = 0, left = 0;
    char span[LOOK_SPAN];

    for (size_t i = 0; i < l->again.n; i++) {
        const struct host_row *row = &l->again.rows[i];

        if (!stands(l, row))
            continue;
        n++;
        left += row->state == HOST_CLOSE_WAIT;
        if (row->tcp_known && row->last_data_ms > oldest)
            oldest = row->last_data_ms;
    }
    diag_add(r, TWS_FROM_KERNEL,
             "%llu connection%s of no process %s in it at both looks, %d ms apart; the clients of "
             "%llu have left",
             (unsigned long long)n, plural(n), n == 1 ? "was" : "were", LOOK_AGAIN_MS,
             (unsigned long long)left);
    if (oldest)
        diag_add(r, TWS_FROM_KERNEL, "the oldest has waited for %s or more",
                 look_span(oldest, span));
}

/* The Gateway's listeners of both looks. */
static uint32_t depth_before(const struct look *l)
{
    const struct host_row *row = look_same(&l->table, l->listener);

    return row ? row->recv_q : 0;
}

static bool any_stands(const struct look *l)
{
    for (size_t i = 0; i < l->again.n; i++)
        if (stands(l, &l->again.rows[i]))
            return true;
    return false;
}

void layer_queue(struct look *l, struct diag_report *r)
{
    uint32_t depth, before, places;

    if (!needs_listener(l, r))
        return;
    depth = l->listener->recv_q;
    places = l->listener->send_q;
    before = depth_before(l);
    diag_measure(l->d, "queue", depth, "");
    if (!depth || !before) {
        diag_works(r, "no client waits to be let in (room for %lu)", (unsigned long)places);
        return;
    }
    if (!any_stands(l)) {
        diag_attention(r, "clients wait to be let in at each look, and never the same ones: it is "
                          "busy, or slow");
        diag_add(r, TWS_FROM_KERNEL, "%lu, then %lu of %lu waited", (unsigned long)before,
                 (unsigned long)depth, (unsigned long)places);
        return;
    }
    diag_broken(r, depth > places ? "backlog-full" : "accept-queue-wedge", TWS_CERTAIN,
                "the kernel accepts clients, the Gateway does not: %lu of %lu wait%s",
                (unsigned long)depth, (unsigned long)places,
                depth > places ? ", and the queue is full" : "");
    add_waiting(l, r);
    diag_add(r, TWS_FROM_KERNEL, "depth at both looks: %lu and %lu; this look adds none",
             (unsigned long)before, (unsigned long)depth);
}

/* ---- the Gateway's ends of connections ---- */

struct tally {
    uint32_t clients;       /* open and accepted */
    uint32_t left;          /* accepted; the client has left, the Gateway has not closed */
    uint32_t left_unread;   /* of those: bytes (more than the end itself) were never read */
    uint32_t left_in_queue; /* never accepted, and the client has left */
    uint32_t unread;        /* open, and the Gateway has not read for long */
    uint32_t slow;          /* open, and the client does not take what the Gateway sends */
    const struct host_row *unread_row, *slow_row;
};

/* Bytes that stayed unread, or unacknowledged, from the first look to the second. */
static bool stuck(uint32_t before, uint32_t now)
{
    return before && now >= before;
}

static void tally_open(struct tally *t, const struct host_row *row, const struct host_row *before,
                       uint64_t patience_ms)
{
    t->clients++;
    if (!before || !row->tcp_known)
        return;
    if (stuck(before->recv_q, row->recv_q) && row->last_data_ms >= patience_ms) {
        t->unread++;
        t->unread_row = row;
    }
    if (stuck(before->send_q, row->send_q) && row->last_sent_ms >= LOOK_AGAIN_MS) {
        t->slow++;
        t->slow_row = row;
    }
}

static void tally_row(const struct look *l, struct tally *t, const struct host_row *row)
{
    const struct host_row *before = look_same(&l->table, row);

    if (row->state == HOST_ESTABLISHED && row->inode) {
        tally_open(t, row, before, (uint64_t)(l->ask->patience * 1000));
    } else if (row->state == HOST_CLOSE_WAIT && before) {
        t->left += row->inode != 0;
        t->left_unread += row->inode != 0 && row->recv_q > 1;
        t->left_in_queue += row->inode == 0;
    }
}

static void add_tally(struct diag_report *r, const struct tally *t)
{
    char at[LOOK_ADDR], span[LOOK_SPAN];

    if (t->left)
        diag_add(r, TWS_FROM_KERNEL,
                 "%lu socket%s whose client has left (CLOSE-WAIT), of them %lu with bytes that "
                 "were never read",
                 (unsigned long)t->left, plural(t->left), (unsigned long)t->left_unread);
    if (t->left_in_queue)
        diag_add(r, TWS_FROM_KERNEL,
                 "%lu more in the queue, of no process: their clients gave up before they were "
                 "let in",
                 (unsigned long)t->left_in_queue);
    if (t->unread)
        diag_add(r, TWS_FROM_KERNEL, "%s sent %lu bytes that have not been read for %s",
                 look_addr(&t->unread_row->remote, at), (unsigned long)t->unread_row->recv_q,
                 look_span(t->unread_row->last_data_ms, span));
    if (t->slow)
        diag_add(r, TWS_FROM_KERNEL, "%s does not take %lu bytes that the Gateway has for it",
                 look_addr(&t->slow_row->remote, at), (unsigned long)t->slow_row->send_q);
}

static void say_tally(struct diag_report *r, const struct tally *t)
{
    if (t->unread)
        diag_broken(r, "accepted-but-ignored", TWS_LIKELY,
                    "%lu client%s connected, and the Gateway does not read what %s",
                    (unsigned long)t->unread, t->unread == 1 ? " is" : "s are",
                    t->unread == 1 ? "it says" : "they say");
    else if (t->clients + t->left >= LOOK_CLIENTS)
        diag_attention(r, "%lu clients and %lu left-over sockets: a Gateway takes %u in all",
                       (unsigned long)t->clients, (unsigned long)t->left, LOOK_CLIENTS);
    else if (t->left)
        diag_attention(r,
                       "%lu client%s of %u; %lu left-over socket%s that the Gateway has not "
                       "closed (not proven to do harm)",
                       (unsigned long)t->clients, plural(t->clients), LOOK_CLIENTS,
                       (unsigned long)t->left, plural(t->left));
    else if (t->slow)
        diag_attention(r, "%lu client%s of %u; %lu of them %s not read what the Gateway sends",
                       (unsigned long)t->clients, plural(t->clients), LOOK_CLIENTS,
                       (unsigned long)t->slow, t->slow == 1 ? "does" : "do");
    else
        diag_works(r, "%lu client%s of %u, nothing left over", (unsigned long)t->clients,
                   plural(t->clients), LOOK_CLIENTS);
}

static struct tally tally(const struct look *l)
{
    struct tally t = {0};

    for (size_t i = 0; i < l->again.n; i++)
        if (l->again.rows[i].local.port == l->to.port)
            tally_row(l, &t, &l->again.rows[i]);
    return t;
}

void layer_sockets(struct look *l, struct diag_report *r)
{
    struct tally t;

    if (!needs_listener(l, r))
        return;
    t = tally(l);
    diag_measure(l->d, "clients", t.clients, "");
    diag_measure(l->d, "left_over", t.left, "");
    say_tally(r, &t);
    add_tally(r, &t);
    if (l->again.cut)
        diag_add(r, TWS_FROM_KERNEL, "more than %u sockets here: some were not looked at",
                 HOST_ROWS_MAX);
    if (t.clients + t.left >= LOOK_CLIENTS)
        diag_next(r, "Close clients that are not needed; left-over sockets go with a restart");
}

const char *look_no_session(const struct look *l)
{
    struct tally t;

    if (l->ask->passive)
        return "not tried: --passive";
    if (doctor_wait(-1, 0, 0, l->ask->stop_fd) < 0)
        return "not tried: stopped by a signal";
    if (!l->here || l->table_answer != HOST_TOLD)
        return NULL;
    if (!l->listener)
        return "not tried: nothing listens";
    if (l->d->layers[DIAG_PROCESS].result == DIAG_BROKEN)
        return "not tried: the process could not answer, and would keep one socket more";
    if (l->listener->recv_q && depth_before(l))
        return "not tried: it would add one more to the clients that wait";
    t = tally(l);
    return t.clients + t.left + 1 >= LOOK_CLIENTS
               ? "not tried: the last place is left for your program"
               : NULL;
}

/* ---- links to IB ---- */

/* A connection that the Gateway itself has made. */
static bool is_outward(const struct look *l, const struct host_row *row, uint32_t pid)
{
    if (row->state != HOST_ESTABLISHED || row->pid != pid)
        return false;
    for (size_t i = 0; i < l->table.n; i++) /* a client of a port that it listens on? */
        if (l->table.rows[i].state == HOST_LISTEN && l->table.rows[i].pid == pid &&
            l->table.rows[i].local.port == row->local.port)
            return false;
    return true;
}

/* False: said why nothing can be told. */
static bool knows_gateway(const struct look *l, const struct look_owner *g, struct diag_report *r)
{
    if (!g && l->owner.pid)
        diag_cannot_tell(r, "a relay has the port; the Gateway's links to IB are behind it");
    else if (!g)
        diag_cannot_tell(r, l->listener ? "whose the port is takes root to see"
                                        : "no Gateway was found");
    else if (!host_is_gateway(g->who.kind))
        diag_cannot_tell(r, "the port belongs to no TWS or IB Gateway (%s)", g->who.name);
    return g && host_is_gateway(g->who.kind);
}

/* Connections of the Gateway to elsewhere; *local: to this machine, a proxy or a tunnel perhaps. */
static uint32_t count_links(const struct look *l, uint32_t pid, uint32_t *local,
                            struct diag_report *r)
{
    uint32_t n = 0;
    char at[LOOK_ADDR];

    *local = 0;
    for (size_t i = 0; i < l->table.n; i++) {
        const struct host_row *row = &l->table.rows[i];

        if (!is_outward(l, row, pid))
            continue;
        if (look_is_loopback(&row->remote))
            ++*local;
        else
            n++;
        diag_add(r, TWS_FROM_KERNEL, "connected to %s", look_addr(&row->remote, at));
    }
    return n;
}

void layer_upstream(struct look *l, struct diag_report *r)
{
    const struct look_owner *g;
    uint32_t n, local;

    if (!has_table(l, r))
        return;
    g = look_gateway(l);
    if (!knows_gateway(l, g, r))
        return;
    n = count_links(l, g->pid, &local, r);
    if (n)
        diag_works(r, "%lu connection%s from the Gateway to IB", (unsigned long)n, plural(n));
    else if (l->owner.pid != g->pid && l->table.hidden)
        diag_cannot_tell(r, "which connections are the Gateway's takes root to see");
    else if (local)
        diag_attention(r, "the Gateway has no connection to IB but through a program on this "
                          "machine, perhaps a proxy");
    else
        diag_broken(r, "session-not-authenticated", TWS_LIKELY,
                    "the Gateway has no connection to IB: not logged in, or no internet");
}
