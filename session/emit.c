/* emit.c - events of a session. */
#include "emit.h"

void tws_emit(const struct tws_session *s, struct tws_event *ev, uint64_t now)
{
    ev->ts_ns = now;
    ev->conn = s->conn;
    s->env->sink.put(s->env->sink.ctx, ev);
}
