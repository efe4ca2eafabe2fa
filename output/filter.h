/* filter.h - which frames are shown: --only, --not, --req, --dir.
 *
 * Only frames are held back; what happened to a session is told whatever frames are shown. */
#ifndef TWS_FILTER_H
#define TWS_FILTER_H
#include "event.h"

struct filter {
    const char *only, *not ; /* lists of names with * ? [], "," between; NULL: all, none */
    int64_t req;             /* reqId or orderId that a frame must carry */
    bool has_req;
    enum tws_side dir; /* the sender that a frame must have; TWS_NOBODY: any */
    struct tws_sink to;
};

/* Does it hold anything back? */
bool filter_is_set(const struct filter *f);

/* `f` before `to`, as one sink; `f` must outlive it. */
struct tws_sink filter_sink(struct filter *f, struct tws_sink to);

bool filter_passes(const struct filter *f, const struct tws_event *frame);

/* Does each name of a list match a message, or "hello" or "version"?  False: *name, of *len bytes,
 * matches none. */
bool filter_names_known(const char *list, const char **name, size_t *len);
#endif
