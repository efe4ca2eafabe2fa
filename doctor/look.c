#include "look.h"
#include "host.h"
#include "view.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

int doctor_wait(int fd, short events, int ms, int stop_fd)
{
    struct pollfd p[2] = {{.fd = stop_fd, .events = POLLIN}, {.fd = fd, .events = events}};
    uint64_t until = host_now_ns() + (uint64_t)(ms > 0 ? ms : 0) * 1000000u;

    for (;;) {
        uint64_t now = host_now_ns();
        int left = now < until ? (int)((until - now + 999999u) / 1000000u) : 0;
        int n = poll(p, 2, left);

        if (n < 0 && errno != EINTR)
            return 0;
        if (n > 0 && p[0].revents)
            return -1;
        if (n > 0 && p[1].revents)
            return 1;
        if (left == 0)
            return 0;
    }
}

/* ---- words ---- */

const char *look_addr(const struct tws_endpoint *e, char buf[LOOK_ADDR])
{
    char plain[VIEW_ENDPOINT];

    snprintf(buf, LOOK_ADDR, "%s", view_endpoint(e, plain));
    return buf;
}

const char *look_span(uint64_t ms, char buf[LOOK_SPAN])
{
    unsigned long long s = ms / 1000;

    if (ms < 1000)
        snprintf(buf, LOOK_SPAN, "%llu ms", (unsigned long long)ms);
    else if (s < 60)
        snprintf(buf, LOOK_SPAN, "%llu.%llu s", s, (unsigned long long)(ms / 100 % 10));
    else if (s < 3600)
        snprintf(buf, LOOK_SPAN, "%llu min %llu s", s / 60, s % 60);
    else if (s < 48 * 3600ull)
        snprintf(buf, LOOK_SPAN, "%llu h %llu min", s / 3600, s / 60 % 60);
    else
        snprintf(buf, LOOK_SPAN, "%llu days", s / 86400);
    return buf;
}

const char *look_why(enum host_answer a)
{
    static const char *const words[] = {
        [HOST_TOLD] = "",
        [HOST_NO_RIGHT] = "that takes root",
        [HOST_NOT_THERE] = "it is gone",
        [HOST_NO_PLATFORM] = "this platform cannot tell; on Linux it can",
        [HOST_FAILED] = "the kernel did not answer the question",
    };

    return words[a];
}

/* ---- addresses ---- */

bool look_is_loopback(const struct tws_endpoint *e)
{
    static const uint8_t one[16] = {[15] = 1};

    return e->family == 4 ? e->addr[0] == 127 : memcmp(e->addr, one, sizeof one) == 0;
}

static bool is_any(const struct tws_endpoint *e)
{
    static const uint8_t zero[16];

    return memcmp(e->addr, zero, sizeof zero) == 0;
}

bool look_takes(const struct host_row *listener, const struct tws_endpoint *to)
{
    const struct tws_endpoint *at = &listener->local;

    if (listener->state != HOST_LISTEN || at->port != to->port)
        return false;
    if (is_any(at))
        return at->family == to->family || (at->family == 6 && !listener->only_six);
    return at->family == to->family && memcmp(at->addr, to->addr, sizeof at->addr) == 0;
}

static bool same_end(const struct tws_endpoint *a, const struct tws_endpoint *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

const struct host_row *look_same(const struct host_table *t, const struct host_row *row)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].state == row->state && same_end(&t->rows[i].local, &row->local) &&
            same_end(&t->rows[i].remote, &row->remote))
            return &t->rows[i];
    return NULL;
}

/* ---- processes ---- */

static bool note_gateway(void *ctx, const struct host_process *p)
{
    struct look *l = ctx;
    struct host_who who = host_who(p->comm, p->line);

    if (host_is_gateway(who.kind) && l->n_gateways < LOOK_GATEWAYS) {
        bool apart = host_other_net(p->pid);

        l->gateways[l->n_gateways++] = (struct look_owner){p->pid, *p, who, apart};
        l->n_apart += apart;
    }
    return true;
}

const struct look_owner *look_first(const struct look *l)
{
    for (size_t i = 0; i < l->n_gateways; i++)
        if (!l->gateways[i].apart)
            return &l->gateways[i];
    return NULL;
}

const struct look_owner *look_gateway(const struct look *l)
{
    const struct look_owner *only = look_first(l);

    if (l->owner.pid)
        return l->owner.who.kind == KIND_RELAY ? NULL : &l->owner;
    if (l->n_gateways - l->n_apart != 1 || (l->listener && l->listener->uid != only->process.uid))
        return NULL;
    return only;
}

static void find_owner(struct look *l)
{
    const struct host_row *row = l->listener ? look_same(&l->table, l->listener) : NULL;

    l->owner.pid = row ? row->pid : 0;
    if (!l->owner.pid)
        return;
    if (host_process(l->owner.pid, &l->owner.process) != HOST_TOLD)
        l->owner.pid = 0;
    else
        l->owner.who = host_who(l->owner.process.comm, l->owner.process.line);
}

/* ---- the address ---- */

static const struct host_row *find_listener(const struct host_table *t,
                                            const struct tws_endpoint *to)
{
    for (size_t i = 0; i < t->n; i++)
        if (look_takes(&t->rows[i], to))
            return &t->rows[i];
    return NULL;
}

static void add_port(char *to, size_t size, unsigned port)
{
    size_t n = strlen(to);

    snprintf(to + n, size - n, "%s%u", n ? ", " : "", port);
}

/* No address was given: the first port of the usual ones that somebody listens on. */
static void choose(struct look *l)
{
    struct tws_endpoint at = {.family = 4, .addr = {127, 0, 0, 1}};
    char others[64] = "";
    unsigned chosen = 0;

    for (size_t i = 0; i < host_ports_len; i++) {
        at.port = host_ports[i];
        if (!find_listener(&l->table, &at))
            continue;
        if (chosen)
            add_port(others, sizeof others, at.port);
        else
            chosen = at.port;
    }
    at.port = (uint16_t)(chosen ? chosen : 4002);
    l->to = at;
    if (!chosen)
        snprintf(l->d->about, sizeof l->d->about,
                 "no address was given, and nothing listens on the usual ports");
    else if (others[0])
        snprintf(l->d->about, sizeof l->d->about,
                 "port %u is the first of those that are open here; also open: %s", chosen, others);
}

/* ---- all of it ---- */

#define PORTS_MAX 16u

static void read_table(struct look *l, struct host_table *t)
{
    uint16_t ports[PORTS_MAX] = {l->to.port};
    size_t n = 1;

    for (size_t i = 0; i < host_ports_len && n < PORTS_MAX; i++)
        ports[n++] = host_ports[i];
    l->table_answer = host_table_read(t, ports, n);
}

/* What the Gateway's process used of the processor between the looks. */
static void measure_cpu(struct look *l, const struct host_process *before, uint64_t began)
{
    struct host_process now;

    if (host_process(before->pid, &now) != HOST_TOLD || now.started != before->started ||
        now.cpu_ms < before->cpu_ms)
        return;
    l->cpu_known = true;
    l->cpu_window_ns = host_now_ns() - began;
    l->cpu_used_ms = now.cpu_ms - before->cpu_ms;
}

static void look_again(struct look *l)
{
    struct host_process before = {0};
    uint64_t began = host_now_ns();
    const struct look_owner *g;

    l->listener = find_listener(&l->table, &l->to);
    find_owner(l);
    g = look_gateway(l);
    if (g)
        before = g->process;
    (void)doctor_wait(-1, 0, LOOK_AGAIN_MS, l->ask->stop_fd);
    read_table(l, &l->again);
    l->listener = find_listener(&l->again, &l->to);
    find_owner(l);
    if (before.pid)
        measure_cpu(l, &before, began);
}

void look_around(struct look *l)
{
    host_endpoint((const struct sockaddr *)&l->ask->to, &l->to);
    l->here = !l->ask->to_len || host_is_here(&l->ask->to, l->ask->to_len);
    if (!l->here)
        return;
    read_table(l, &l->table);
    if (!l->ask->to_len)
        choose(l);
    l->processes_answer = host_processes(note_gateway, l);
    if (l->table_answer == HOST_TOLD) {
        (void)host_table_owners(&l->table);
        look_again(l);
    }
}

void look_free(struct look *l)
{
    host_table_free(&l->table);
    host_table_free(&l->again);
}
