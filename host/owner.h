/* owner.h - which program has the Gateway's listener; and where nobody listens, what runs instead.
 *
 * For the moments when a session falls silent or is ended, never for polling.  Nothing here sends a
 * byte to anybody. */
#ifndef TWS_OWNER_H
#define TWS_OWNER_H
#include "event.h"

/* What was found last; all zero to begin with.  A walk through /proc is made once for a listener
 * and once for a refusal, not sooner than HOST_WALK_AGAIN_NS after the one before, and ends after
 * HOST_WALK_NS. */
struct host_owner {
    uint32_t inode;           /* of the listener that was looked for */
    struct tws_process owner; /* pid 0: not found, or not for us to see */
    uint64_t started;         /* of that process, see host_process */
    uint64_t walked_ns;       /* 0: never */
    uint16_t refused_port;
    uint64_t refused_ns; /* when `refusal` was found; 0: never */
    struct tws_kernel refusal;
};

#define HOST_WALK_NS         5000000ull    /* of a walk while sessions live */
#define HOST_WALK_REFUSED_NS 200000000ull  /* after a refusal: nobody is served by that Gateway */
#define HOST_WALK_BEGIN_NS   1000000000ull /* when nobody waits yet */
#define HOST_WALK_AGAIN_NS   10000000000ull

/* Look who listens on `port` before anything depends on it, and before rights are given up: who may
 * not look into another user's process later still knows it by its number. */
void host_owner_begin(struct host_owner *o, int view, uint16_t port, uint64_t now);

/* The owner of the listener, and its state at this moment, into out->owner; the listener too where
 * *out does not have it.  `view`: see host_view_open. */
void host_owner_facts(struct host_owner *o, int view, const struct tws_endpoint *gateway,
                      uint64_t now, struct tws_kernel *out);

/* A dial to `gateway` was refused: what there is instead, into the members of *out that say so.  A
 * relay's port is no sibling, nor is one of our own. */
void host_refusal_facts(struct host_owner *o, int view, const struct tws_endpoint *gateway,
                        uint64_t now, struct tws_kernel *out);
#endif
