/* kind.h - what a process is, by its name and its words; pure. */
#ifndef TWS_KIND_H
#define TWS_KIND_H
#include <stdbool.h>
#include <stddef.h>

enum host_kind {
    KIND_OTHER,
    KIND_JAVA,    /* Java, and nothing in its words says TWS or IB Gateway */
    KIND_GATEWAY, /* IB Gateway */
    KIND_TWS,
    KIND_RELAY,   /* passes connections on: what is behind it cannot be seen through it */
    KIND_STANDIN, /* our own stand-in for a Gateway */
};

struct host_who {
    enum host_kind kind;
    const char *name; /* for people: "IB Gateway", "socat"; static */
};

/* `comm`: the kernel's short name, `line`: the words with blanks between; either may be empty. */
struct host_who host_who(const char *comm, const char *line);

static inline bool host_is_gateway(enum host_kind k)
{
    return k == KIND_GATEWAY || k == KIND_TWS;
}

/* What a port is known for, "IB Gateway, paper"; NULL: nothing. */
const char *host_port(unsigned port);

/* Ports where a Gateway is looked for, in this order, then those of relays to one. */
extern const unsigned short host_ports[];
extern const size_t host_ports_len;
extern const size_t host_ports_own; /* so many at the front are the Gateway's own */
#endif
