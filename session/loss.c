/* loss.c - what of a connection was not seen. */
#include "loss.h"

bool tws_loss_unread(const struct tws_session *s, unsigned i, uint64_t since)
{
    return tws_stream_searching(&s->conversation.stream[i]) && s->last_bytes_ns[i] &&
           s->last_bytes_ns[i] >= since;
}

bool tws_loss_hides(const struct tws_session *s, enum tws_side side, uint64_t since)
{
    unsigned i = side == TWS_GATEWAY || side == TWS_NETWORK;

    return (s->loss.last_ns[i] && s->loss.last_ns[i] >= since) || tws_loss_unread(s, i, since);
}
