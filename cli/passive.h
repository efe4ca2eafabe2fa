/* passive.h - what commands that look at packets have in common, live or from files. */
#ifndef TWS_PASSIVE_H
#define TWS_PASSIVE_H
#include "observe.h"
#include "source.h"
#include "tap.h"

#define PORTS_MAX 64u

struct ports {
    uint16_t port[PORTS_MAX]; /* host order */
    size_t n;
};

/* Ready-made `take` function: --port 4001,4002, again and again; `at` is a struct ports. */
bool take_ports(void *to, size_t at, const char *value);
#define EXPECTS_PORTS "ports from 1 to 65535 with commas between, such as 4001,4002; at most 64"

/* The ports of TWS and IB Gateway. */
void ports_default(struct ports *p);

struct passive {
    struct observer observer;
    struct source *source;
    struct tap *tap;
    struct ports ports; /* lives as long as the tap */
    /* as in struct tap_config */
    void (*kernel)(void *ctx, const struct tws_session *s, struct tws_kernel *out);
    void *kernel_ctx;
    uint64_t first_ns, last_ns; /* of the packets; 0: none came */
    struct source_drops drops;  /* as last said */
};

/* A tap for what comes from p->source into p->observer; `any_port`: connections of other ports
 * count once their client speaks TWS.  False: no memory. */
bool passive_open(struct passive *p, bool any_port);

/* A packet, as its source handed it out. */
void passive_packet(struct passive *p, const struct packet *packet);

/* What was lost before it came to us, if that has grown: said, and taken into account. */
void passive_drops(struct passive *p, uint64_t now);

/* The end at `now`: every connection gets its verdict. */
void passive_end(struct passive *p, uint64_t now);

/* Afterwards: the summary is said, everything is closed.  An enum cli_exit by what was observed. */
int passive_close(struct passive *p);
#endif
