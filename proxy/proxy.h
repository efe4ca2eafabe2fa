/* proxy.h - the relay: accepts clients, dials the gateway at their first byte, moves bytes.
 *
 * One thread, one libev loop, any number of proxies on it.  Bytes are written first and shown to
 * the session after; what the session makes of them never changes what is relayed. */
#ifndef TWS_PROXY_H
#define TWS_PROXY_H
#include "session.h"
#include <ev.h>
#include <sys/socket.h>

#define PROXY_LISTEN_MAX 8u
#define PROXY_ALLOW_MAX  64u

struct proxy_addr {
    struct sockaddr_storage sa;
    socklen_t len;
};

struct proxy_cidr {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;
    uint8_t addr[16]; /* network order */
};

/* Somebody who is told what is relayed, each time after the session was told the same and with the
 * same time.  `seen` is what `opened` returned (NULL too) and is not used after `finished`. */
struct proxy_watch {
    void *(*opened)(void *ctx, uint32_t conn, const struct tws_endpoint *client,
                    const struct tws_endpoint *gateway, uint64_t now);
    void (*bytes)(void *seen, enum tws_side from, const uint8_t *bytes, size_t len, uint64_t now);
    /* The dial is under way; told only when it was not through at once.  It is over and through. */
    void (*dialing)(void *seen, bool dialing, uint64_t now);
    void (*ended)(void *seen, enum tws_side side, enum tws_ending how, const char *reason,
                  uint64_t now);
    void (*finished)(void *seen, uint64_t now);
    void *ctx;
};

struct proxy_config {
    const struct proxy_watch *watch; /* borrowed, outlives the proxy; NULL: nobody */
    struct proxy_addr listen[PROXY_LISTEN_MAX];
    size_t n_listen;
    struct proxy_addr upstream;
    struct proxy_cidr allow[PROXY_ALLOW_MAX];
    size_t n_allow;           /* 0: any source may connect (the listener is on loopback) */
    int view;                 /* of the Gateway's network namespace, host_view_open; 0: ours */
    bool dial_eager;          /* --dial eager: dial when the client connects */
    uint32_t max_connections; /* --max-connections */
    size_t buffer;            /* --buffer: bytes held per direction when the other side is slow */
    double connect_timeout;   /* seconds */
    double linger;            /* seconds a half-closed connection is kept without progress */
    double drain;             /* seconds that sessions may go on after SIGTERM */
};

void proxy_config_default(struct proxy_config *c);

struct proxy;

/* Bind, listen, start accepting.  `env` is borrowed; its kernel hook is set by this call.  NULL:
 * *why says what failed, errno is set; nothing is left open.  EDESTADDRREQ: the caller left
 * `upstream` unset, which is a fault of the program and not of the network. */
struct proxy *proxy_open(struct ev_loop *loop, const struct proxy_config *c, struct tws_env *env,
                         const char **why);

/* The address that listener `i` is bound to (for port 0). */
void proxy_bound(const struct proxy *p, size_t i, struct proxy_addr *out);

/* Stop accepting; sessions go on until they end or the drain time is over.  Calls `done` once, from
 * the loop, when no connection is left. A second call ends everything at once. */
void proxy_drain(struct proxy *p, void (*done)(void *ctx), void *ctx);

/* A verdict for every open connection, now (SIGUSR1). */
void proxy_ask_all(struct proxy *p);

size_t proxy_connections(const struct proxy *p);

/* Connections it will hold at once: --max-connections, or fewer where the descriptors do not
 * suffice for two sockets each. */
size_t proxy_max_connections(const struct proxy *p);

/* Close everything: every open connection gets its close and final verdict. Frees `p`. */
void proxy_close(struct proxy *p);
#endif
