#include "host.h"
#include "internal.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One direction: read, forward, then show the core.  What cannot be written at once is held, and
 * nothing more is read from that side until it is out: at most one chunk waits per direction. */

static bool held_append(struct held *h, const uint8_t *bytes, size_t len)
{
    uint8_t *mem;

    if (!h->mem || h->cap - h->len < len) {
        mem = realloc(h->mem, h->len + len);
        if (!mem)
            return false;
        h->mem = mem;
        h->cap = h->len + len;
    }
    memcpy(h->mem + h->len, bytes, len);
    h->len += len;
    return true;
}

/* Hold `bytes` for `to`.  `is_chunk`: they end the loop's shared buffer, which may be taken along
 * instead of being copied.  False: no memory. */
bool pipe_hold(struct conn *c, int to, const uint8_t *bytes, size_t len, bool is_chunk)
{
    struct proxy *p = c->proxy;
    struct held *h = c->end[to].out;
    uint8_t *fresh;

    if (h)
        return !h->shared && held_append(h, bytes, len);
    h = calloc(1, sizeof *h);
    if (!h)
        return false;
    fresh = is_chunk && len > COPY_MAX ? chunk_take(p) : NULL;
    if (fresh) {
        h->mem = p->chunk;
        h->head = (size_t)(bytes - p->chunk);
        h->len = h->head + len;
        h->cap = p->chunk_size;
        h->shared = true;
        p->chunk = fresh;
    } else if (!held_append(h, bytes, len)) {
        free(h);
        return false;
    }
    c->end[to].out = h;
    return true;
}

void pipe_drop(struct conn *c, int to)
{
    struct held *h = c->end[to].out;

    if (!h)
        return;
    if (h->shared)
        chunk_give(c->proxy, h->mem);
    else
        free(h->mem);
    free(h);
    c->end[to].out = NULL;
}

/* `which` can take no more bytes: it was reset, or its path broke. */
static void broken(struct conn *c, int which, int error)
{
    struct end *e = &c->end[which];

    if (e->dead)
        return;
    e->dead = e->ended = true;
    e->error = error;
    pipe_drop(c, which);
}

void pipe_tell_broken(struct conn *c, int which, uint64_t now)
{
    static const char *const after[] = {"the client reset the connection after that",
                                        "the gateway reset the connection after that"};
    bool first = c->session.how_closed == TWS_OPEN_STILL;
    struct end *e = &c->end[which];
    bool timed_out = e->error == ETIMEDOUT;

    if (!e->dead || e->told)
        return;
    e->told = true;
    conn_told_end(c, side_of(which), timed_out ? TWS_TIMEOUT : TWS_RST,
                  timed_out ? "the kernel gave up retransmitting"
                  : first   ? NULL
                            : after[which],
                  now);
}

static int pending_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : 0;
}

void pipe_check(struct conn *c, int which)
{
    int error = pending_error(c->end[which].fd);

    if (error != 0)
        broken(c, which, error);
}

/* Write what the socket takes.  Returns the bytes taken. */
static size_t write_some(struct conn *c, int to, const uint8_t *bytes, size_t len)
{
    struct end *e = &c->end[to];
    ssize_t n = send(e->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    int error = n < 0 ? errno : 0;

    /* A side that closed its half is not read any more, so its reset shows only here: the answer
     * to a client that has hung up. */
    if (n > 0 && e->eof)
        error = pending_error(e->fd);
    if (error != 0 && error != EAGAIN && error != EINTR && error != ENOTCONN)
        broken(c, to, error);
    return n > 0 ? (size_t)n : 0;
}

void pipe_flush(struct conn *c, int to)
{
    struct held *h = c->end[to].out;
    size_t n;

    if (!h)
        return;
    n = write_some(c, to, h->mem + h->head, h->len - h->head);
    if (!c->end[to].out) /* found broken, and what was held is gone */
        return;
    h->head += n;
    if (h->head == h->len)
        pipe_drop(c, to);
}

/* Did the stream that was read to its end, 0 bytes, end with a FIN?  A reset reads like that too
 * once its error was taken by a write; EPIPE is the error of one that came after a FIN. */
static bool ended_with_fin(const struct end *e)
{
    return !e->dead || e->error == EPIPE;
}

/* `from` sent FIN, or broke off. */
static enum pipe_status source_ended(struct conn *c, int from, ssize_t n, int error, uint64_t now)
{
    struct end *e = &c->end[from];

    e->eof = e->ended = true;
    e->fin = n == 0 && ended_with_fin(e);
    if (e->fin)
        conn_told_end(c, side_of(from), TWS_FIN, NULL, now);
    else if (n < 0)
        broken(c, from, error);
    pipe_tell_broken(c, from, now);
    return PIPE_ENDED;
}

/* Bytes that came from `from` go to the other side and then to the session. */
static bool forward(struct conn *c, int from, const uint8_t *bytes, size_t len, uint64_t now)
{
    int to = 1 - from;
    size_t sent = 0;
    bool held = true;

    if (!c->end[to].out && c->end[to].fd >= 0 && !c->end[to].dead && (to == CLIENT || c->connected))
        sent = write_some(c, to, bytes, len);
    conn_told_bytes(c, from, bytes, len, now);
    if (sent < len && !c->end[to].dead)
        held = pipe_hold(c, to, bytes + sent, len - sent, c->connected);
    return held;
}

static void mark_busy(struct conn *c, int from)
{
    int unsent = BUSY_UNSENT, unread = BUSY_UNREAD;

    c->end[from].busy = true;
    if (++c->proxy->n_busy <= BUSY_FREE)
        return;
    (void)setsockopt(c->end[from].fd, SOL_SOCKET, SO_RCVBUF, &unread, sizeof unread);
#ifdef TCP_NOTSENT_LOWAT
    if (c->end[1 - from].fd >= 0)
        (void)setsockopt(c->end[1 - from].fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
                         sizeof unsent);
#else
    (void)unsent;
#endif
}

/* Read from one side while it gives whole buffers and the other keeps up. */
enum pipe_status pipe_pump(struct conn *c, int from, uint64_t now)
{
    struct proxy *p = c->proxy;
    struct end *e = &c->end[from];
    int to = 1 - from;

    for (int i = 0; i < READS_A_TURN; i++) {
        size_t room = p->chunk_size;
        ssize_t n;

        if (c->end[to].out) /* only while dialling: what came before waits, within the bound */
            room -= c->end[to].out->len < room ? c->end[to].out->len : room;
        if (room == 0)
            return PIPE_GOES_ON;
        n = recv(e->fd, p->chunk, room, MSG_DONTWAIT);
        if (n == 0)
            return source_ended(c, from, n, 0, now);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? PIPE_GOES_ON
                                                     : source_ended(c, from, n, errno, now);
        if ((size_t)n >= BUSY_READ && !e->busy)
            mark_busy(c, from);
        if (!forward(c, from, p->chunk, (size_t)n, now)) {
            c->reset_client = c->reset_gateway = true; /* bytes are lost */
            conn_stop(c, TWS_TIMEOUT, "no memory for a slow side", now);
            return PIPE_ENDED;
        }
        if ((size_t)n < room || c->end[to].out || c->end[to].dead)
            return PIPE_GOES_ON;
    }
    return PIPE_GOES_ON;
}
