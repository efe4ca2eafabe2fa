/* standin.h - a stand-in for the Gateway: scripted scenarios, and a scripted client for the demo.
 *
 * Not a Gateway: it speaks as much of the protocol as a scenario needs, on made-up data, and says
 * "stand-in" wherever it shows (connection time zone, error texts, account ids). */
#ifndef TWS_STANDIN_H
#define TWS_STANDIN_H
#include "bytes.h"
#include <ev.h>
#include <sys/socket.h>

struct standin_script; /* private to standin/ */

struct standin_scenario {
    const char *name;    /* "healthy" */
    const char *summary; /* one line for --list */
    const char *shows;   /* what twstap should find: stage and mode, or "healthy" */
    const struct standin_script *script;
};

extern const struct standin_scenario standin_scenarios[];
extern const size_t standin_scenarios_len;

struct standin_config {
    const char *scenario;
    struct sockaddr_storage listen;
    socklen_t listen_len;
    uint32_t server_version; /* highest the stand-in speaks, 100..226; negotiated down to the
                                client's max */
    double delay; /* seconds: what "slow" means in slow-welcome, healthy time in live-stall and
                   * upstream-lost; 0: the scenario's own (3.5, 1.5 and 1) */
    const char
        *redirect_to; /* host:port of the redirect scenario; borrowed, outlives the stand-in */
    bool ticks;       /* keep ticking subscriptions at ~4 Hz */
};

void standin_config_default(struct standin_config *c);

struct standin;

/* NULL: *why says what failed (unknown scenario, bind), errno set where it applies. */
struct standin *standin_open(struct ev_loop *loop, const struct standin_config *c,
                             const char **why);
void standin_bound(const struct standin *s, struct sockaddr_storage *sa, socklen_t *len);
uint64_t standin_accepted(const struct standin *s); /* connections accepted so far */
void standin_close(struct standin *s);

/* The scripted client: connects, says hello, startApi, a few requests; gives up after `patience`
 * seconds without an answer; closes politely. */
struct standin_client_config {
    struct sockaddr_storage to;
    socklen_t to_len;
    uint32_t min_version, max_version;
    int32_t client_id;
    double patience; /* seconds it waits at any step */
    double stay;     /* seconds it stays live after the last answer */
};

struct standin_client;

/* How far it came, and with what. */
enum standin_reached {
    STANDIN_REACHED_NOTHING,
    STANDIN_REACHED_TCP,     /* connected, hello said */
    STANDIN_REACHED_VERSION, /* version reply read, startApi said */
    STANDIN_REACHED_WELCOME, /* managedAccounts and nextValidId came, requests said */
    STANDIN_REACHED_ANSWERS, /* every request was answered */
};

struct standin_client_report {
    enum standin_reached reached;
    uint32_t version;   /* negotiated server version; 0: none */
    uint32_t accounts;  /* ids in managedAccounts */
    uint32_t frames;    /* from the gateway */
    uint32_t ticks;     /* tickPrice frames */
    uint32_t odd;       /* frames with a fault, and values that should have been there */
    int32_t last_error; /* last error code above a notice's, or 1100; 0: none */
    bool gave_up;       /* waited longer than its patience */
    bool closed_by_peer;
};

/* `done` is called once from the loop, when the client has closed. */
struct standin_client *standin_client_open(struct ev_loop *loop,
                                           const struct standin_client_config *c,
                                           void (*done)(void *ctx), void *ctx, const char **why);
void standin_client_report(const struct standin_client *c, struct standin_client_report *out);

/* May be called from `done`. */
void standin_client_close(struct standin_client *c);
#endif
