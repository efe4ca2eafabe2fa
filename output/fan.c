#include "fan.h"

bool fan_add(struct fan *f, struct tws_sink sink)
{
    if (f->n == FAN_MAX)
        return false;
    f->to[f->n++] = sink;
    return true;
}

static void put(void *ctx, const struct tws_event *ev)
{
    const struct fan *f = ctx;

    for (size_t i = 0; i < f->n; i++)
        if (f->to[i].wants & TWS_WANTS(ev->kind))
            f->to[i].put(f->to[i].ctx, ev);
}

struct tws_sink fan_sink(struct fan *f)
{
    struct tws_sink s = {.put = put, .ctx = f};

    for (size_t i = 0; i < f->n; i++)
        s.wants |= f->to[i].wants;
    return s;
}
