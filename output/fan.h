/* fan.h - one stream of events to several sinks. */
#ifndef TWS_FAN_H
#define TWS_FAN_H
#include "event.h"

#define FAN_MAX 4u

struct fan {
    struct tws_sink to[FAN_MAX];
    size_t n;
};

/* False: FAN_MAX are there already. */
bool fan_add(struct fan *f, struct tws_sink sink);

/* The fan as one sink: wants what any of its sinks wants. `f` must outlive it. */
struct tws_sink fan_sink(struct fan *f);
#endif
