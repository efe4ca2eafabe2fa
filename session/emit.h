/* emit.h - events of a session.  Private to session/. */
#ifndef TWS_EMIT_H
#define TWS_EMIT_H
#include "session.h"

/* Does the sink want events of this kind?  Others need not be filled. */
static inline bool tws_emit_wanted(const struct tws_session *s, enum tws_event_kind kind)
{
    return s->env->sink.wants & TWS_WANTS(kind);
}

/* Put an event of this session; sets its time and connection, the caller has filled the rest. */
void tws_emit(const struct tws_session *s, struct tws_event *ev, uint64_t now);
#endif
