/* internal.h - what the files of proxy/ share and nobody else sees. */
#ifndef TWS_PROXY_INTERNAL_H
#define TWS_PROXY_INTERNAL_H
#include "owner.h"
#include "proxy.h"
#include <netinet/in.h>

#ifndef MSG_NOSIGNAL /* macOS: SO_NOSIGPIPE does it */
#define MSG_NOSIGNAL 0
#endif

/* Bytes moved in one read.  The buffers belong to the loop: a connection holds one only while the
 * side it writes to is slow, so ten thousand idle sessions cost no buffer at all. */
#define CHUNK_MAX (256u * 1024u)

/* A remainder up to this is copied out of the shared buffer; a longer one takes the buffer along.
 */
#define COPY_MAX (16u * 1024u)

/* Shared buffers kept for reuse; above it they go back to the system. */
#define SPARE_MAX 8u

/* A direction that fills this much of a read is busy.  The kernel lets each socket queue megabytes;
 * with many busy sessions that outgrows the caches and costs more than the copies do, and it hides
 * a slow client.  Beyond BUSY_FREE busy directions the queues of a further one are bounded.
 * Measured with scripts/bench relay, 64 connections: CPU per byte falls by a third. */
#define BUSY_READ   (64u * 1024u)
#define BUSY_FREE   4u
#define BUSY_UNSENT (384 * 1024) /* bytes that our kernel may hold unsent, per socket */
#define BUSY_UNREAD (200 * 1000) /* receive buffer asked for, bytes (Linux doubles it) */

/* Reads in a row from one socket before the others get their turn. */
#define READS_A_TURN 4

/* Connections accepted in one turn of the loop. */
#define ACCEPTS_A_TURN 64

/* Ends of sides that nobody reads from, handled in one turn of the loop. */
#define HANGUPS_A_TURN 64

/* Descriptors that are not for connections: listeners, outputs, the loop's own. */
#define DESCRIPTORS_KEPT 32u

/* Bytes that wait for a slow side. */
struct held {
    uint8_t *mem; /* owned */
    size_t head;  /* bytes already written */
    size_t len;   /* bytes in all; head < len */
    size_t cap;
    bool shared;       /* `mem` is one of the loop's buffers */
    uint64_t stuck_ns; /* since when none of it was taken; 0: not looked at yet */
    size_t stuck_head; /* `head`, then */
};

enum { CLIENT = 0, GATEWAY = 1 };

struct conn;

/* One socket of a connection. */
struct end {
    ev_io io;
    int fd;           /* -1: not open */
    struct held *out; /* owned: what waits to be written to this socket; NULL: nothing */
    int error;        /* why it is dead: errno */
    bool ended;       /* its FIN or reset has arrived; there may be bytes before it to read */
    bool eof;         /* it sent FIN, or it can send nothing any more */
    bool fin;         /* it sent FIN: the bytes read from it are all that it sent */
    bool shut;        /* we sent FIN to it */
    bool dead;        /* it was reset: nothing can be written to it */
    bool told;        /* ... and the session knows */
    bool busy;        /* it has sent BUSY_READ bytes at once */
    bool watched;     /* proxy->hangups reports its end while it is not read from */
};

struct conn {
    struct proxy *proxy;
    struct conn *next, **link; /* in proxy->conns; *link points at us */
    struct end end[2];
    ev_timer timer;     /* the earliest of what we wait for; lazily moved */
    uint64_t armed_ns;  /* when the timer fires; 0: it is stopped */
    uint64_t dial_ns;   /* when the dial is given up; 0: not dialling */
    uint64_t linger_ns; /* when to look at a half-closed connection again; 0: both are open */
    uint64_t moved_ns;  /* ... and when it was last seen to make progress */
    uint64_t progress;  /* ... and how far it was */
    uint64_t reset_ns;  /* when to look again whether the last bytes are out before the end; 0 */
    bool connected;
    bool resetting;    /* one side was reset: the other follows once its bytes are out */
    bool stopped;      /* by our own decision, or the dial failed: ends in conn_after */
    bool reset_client; /* when it ends, the client gets a reset and not a FIN */
    bool reset_gateway;
    void *seen; /* the watch's own pointer */
    struct tws_session session;
};

struct listener {
    struct proxy *proxy;
    ev_io io;
    int fd;
};

/* A limit that was met: said once, and again when it has not been met for a while.  A busy hour at
 * the limit is one episode, however often a place comes free and is taken. */
struct episode {
    struct proxy *proxy;
    enum tws_limit what;
    bool (*stands)(const struct proxy *p); /* is it met right now? */
    bool on;
    uint64_t times;
    ev_timer calm; /* since it was last met */
};

struct proxy {
    struct ev_loop *loop;
    struct proxy_config config;
    struct tws_env *env;
    struct tws_port port;
    struct tws_endpoint gateway;
    struct host_owner owner; /* of the gateway's listener */
    struct listener listener[PROXY_LISTEN_MAX];
    size_t n_listeners;
    struct conn *conns;
    size_t n_conns, max_conns;
    uint32_t last_conn; /* connection numbers given out so far */
    uint8_t *chunk;     /* the shared read buffer */
    uint8_t *spare[SPARE_MAX];
    size_t n_spare;
    size_t n_busy;     /* directions that are busy */
    size_t chunk_size; /* bytes read at once: the least of CHUNK_MAX and --buffer */
    bool accepting;    /* the listeners are watched */
    ev_timer backoff;  /* accept failed: look again when it fires */
    double backoff_s;
    struct episode full, starved, denied;
    bool draining, closing;
    int hangups; /* ends of sockets that are not read from; -1: not on this platform */
    ev_io hangups_io;
    char reason[112]; /* why a connection is given up: from then until it is freed, in one call */
    ev_timer drain_timer, done_timer;
    void (*done)(void *);
    void *done_ctx;
};

/* addr.c */
bool addr_allowed(const struct proxy_config *c, const struct tws_endpoint *from);

/* listener.c */
bool listeners_open(struct proxy *p, const char **why);
void listeners_close(struct proxy *p);
void listeners_resume(struct proxy *p); /* a connection ended: there may be room */
void episodes_init(struct proxy *p);
void episodes_end(struct proxy *p);
void limit_say(struct episode *e); /* it was met */

/* conn.c */
void conn_open(struct proxy *p, int fd, const struct tws_endpoint *client, uint64_t now);
void conn_stop(struct conn *c, enum tws_ending how, const char *reason, uint64_t now);

/* How a dial ended that failed with `error` (errno): a reset is an end of a connection that was
 * there; UNREACHABLE is for what never was. */
enum tws_ending conn_dial_ending(int error);
/* The end of every callback: passes on closes, moves the watchers and the timer, and is the only
 * place that frees `c`. */
void conn_after(struct conn *c, uint64_t now);
void conn_hung_up(struct end *e, uint64_t now); /* proxy->hangups reported it */

/* What the session is told, and the watch after it. */
void conn_told_bytes(struct conn *c, int from, const uint8_t *bytes, size_t len, uint64_t now);
void conn_told_end(struct conn *c, enum tws_side side, enum tws_ending how, const char *reason,
                   uint64_t now);

/* linger.c */
size_t linger_in_flight(int fd); /* bytes that our kernel has taken, FIN counted, unacknowledged */
size_t linger_unsent(int fd);    /* those of them that it has not sent: the window is closed */
void linger_begin(struct conn *c, uint64_t now); /* if one side has ended, and it has not begun */
/* Why a connection is given up: by the side that made no progress, and in words that last until the
 * connection is freed. */
struct linger_end {
    int side;
    const char *reason;
};

/* c->linger_ns has come.  True: without progress for too long, *end says whose and why; else the
 * next look is at the new c->linger_ns. */
bool linger_over(struct conn *c, uint64_t now, struct linger_end *end);
bool linger_has_all(const struct conn *c, int which); /* both FINs, and every byte before ours */

/* pipe.c */
enum pipe_status { PIPE_GOES_ON, PIPE_ENDED };
enum pipe_status pipe_pump(struct conn *c, int from, uint64_t now);
void pipe_flush(struct conn *c, int to);
bool pipe_hold(struct conn *c, int to, const uint8_t *bytes, size_t len, bool is_chunk);
void pipe_drop(struct conn *c, int to);
/* A write found `which` reset: what it had said before can still be read, and its end is told after
 * that; now, when nothing more will be read from it. */
void pipe_tell_broken(struct conn *c, int which, uint64_t now);
/* Was `which`, which is not being read from, reset?  Asks the socket, and takes its error. */
void pipe_check(struct conn *c, int which);

/* proxy.c */
uint8_t *chunk_take(struct proxy *p); /* NULL: no memory */
void chunk_give(struct proxy *p, uint8_t *chunk);
void proxy_conn_gone(struct proxy *p);

static inline enum tws_side side_of(int which)
{
    return which == CLIENT ? TWS_CLIENT : TWS_GATEWAY;
}

static inline uint64_t seconds_ns(double s)
{
    return (uint64_t)(s * 1e9);
}
#endif
