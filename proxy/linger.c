/* linger.c - whether a half-closed connection still makes progress; reports, and changes nothing.
 */
#include "internal.h"
#include <stdio.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

/* A connection of which one side has ended, and whether the rest of it makes progress.  Counted are
 * the bytes that either side has sent and the bytes that either side's kernel has acknowledged.  A
 * session that is open costs nothing; a half-closed one is looked at a few times per --linger. */

#define LOOKS 4u /* per --linger */
#define FIRST_LOOK                                                                                 \
    16u /* the first one is earlier: the last bytes are usually acknowledged by then */
#define SLOW_READER 10u /* times --linger for a side that bytes wait for */

size_t linger_in_flight(int fd)
{
    int n = 0;

#ifdef TIOCOUTQ
    if (fd < 0 || ioctl(fd, TIOCOUTQ, &n) < 0 || n < 0)
        return 0;
#endif
    return (size_t)n;
}

size_t linger_unsent(int fd)
{
#ifdef SIOCOUTQNSD
    int n = 0;

    return ioctl(fd, SIOCOUTQNSD, &n) == 0 && n > 0 ? (size_t)n : 0;
#else
    return linger_in_flight(fd);
#endif
}

static uint64_t linger_time(const struct conn *c)
{
    return seconds_ns(c->proxy->config.linger);
}

/* Bytes for `to` that have been read and that its kernel has not acknowledged. */
static uint64_t waiting_for(const struct conn *c, int to)
{
    const struct end *e = &c->end[to];
    uint64_t in_flight = linger_in_flight(e->fd);

    if (e->shut && in_flight > 0) /* our FIN is counted too */
        in_flight--;
    return in_flight + (e->out ? e->out->len - e->out->head : 0);
}

static uint64_t waiting(const struct conn *c)
{
    return waiting_for(c, CLIENT) + waiting_for(c, GATEWAY);
}

/* Any progress changes this sum: of what both sides have sent, and of what both have accepted. */
static uint64_t progress(const struct conn *c, uint64_t waits)
{
    return 2 * (c->session.bytes[CLIENT] + c->session.bytes[GATEWAY]) - waits;
}

void linger_begin(struct conn *c, uint64_t now)
{
    if (c->linger_ns != 0 || !c->connected || !(c->end[CLIENT].ended || c->end[GATEWAY].ended))
        return;
    c->moved_ns = now;
    c->progress = progress(c, waiting(c));
    c->linger_ns = now + linger_time(c) / FIRST_LOOK;
}

/* The side that bytes wait for, else the one that has not closed. */
static int idle_side(const struct conn *c)
{
    for (int i = CLIENT; i <= GATEWAY; i++)
        if (!c->end[i].dead && waiting_for(c, i) > 0)
            return i;
    return c->end[CLIENT].ended ? GATEWAY : CLIENT;
}

static void explain(struct conn *c, struct linger_end *end, uint64_t allowed)
{
    static const char *const name[] = {"client", "gateway"};
    struct proxy *p = c->proxy;
    bool longer = allowed > linger_time(c);
    double s = (double)allowed / 1e9;

    if (waiting_for(c, end->side) > 0)
        (void)snprintf(p->reason, sizeof p->reason,
                       "the %s accepted none of the bytes waiting for it for %g s (%s--linger)",
                       name[end->side], s, longer ? "10 times " : "");
    else
        (void)snprintf(p->reason, sizeof p->reason,
                       "the %s made no progress for %g s after the other side closed (--linger)",
                       name[end->side], s);
    end->reason = p->reason;
}

bool linger_has_all(const struct conn *c, int which)
{
    return c->end[which].fin && c->end[which].shut && waiting_for(c, which) == 0;
}

/* A side that bytes wait for is a slow reader, not a silent one: a direct connection would keep
 * them for it.  After a reset a direct connection would have dropped them at once. */
static uint64_t allowed_time(const struct conn *c, uint64_t waits)
{
    bool reset = c->end[CLIENT].dead || c->end[GATEWAY].dead;

    return linger_time(c) * (waits > 0 && !reset ? SLOW_READER : 1);
}

bool linger_over(struct conn *c, uint64_t now, struct linger_end *end)
{
    uint64_t waits = waiting(c), count = progress(c, waits), allowed = allowed_time(c, waits);

    if (count != c->progress) {
        c->progress = count;
        c->moved_ns = now;
    }
    if (now - c->moved_ns >= allowed) {
        end->side = idle_side(c);
        explain(c, end, allowed);
        return true;
    }
    c->linger_ns = now + linger_time(c) / LOOKS;
    if (c->linger_ns > c->moved_ns + allowed)
        c->linger_ns = c->moved_ns + allowed;
    return false;
}
