/* catch_up.c - what a frame proves of a handshake that was not wholly seen. */
#include "catch_up.h"
#include "handshake.h"
#include "ids.h"

void tws_catch_up_client(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    bool no_reply = s->loss.midstream || s->loss.last_ns[1];

    if (m->id == TWS_OUT_START_API) {
        if (no_reply || s->loss.last_ns[0])
            tws_handshake_assume(s, TWS_VERSION, now);
    } else if (s->loss.midstream || s->loss.last_ns[0] || (s->seen & TWS_SAW(STARTAPI))) {
        tws_handshake_assume_live(s, now);
    }
}

void tws_catch_up_gateway(struct tws_session *s, const struct tws_message *m, uint64_t now)
{
    bool half = m->id == TWS_IN_NEXT_VALID_ID || m->id == TWS_IN_MANAGED_ACCOUNTS;

    if (s->stage == TWS_START || !m->row)
        return;
    if (s->stage == TWS_TCP || (!half && m->id != TWS_IN_ERROR))
        tws_handshake_assume_live(s, now);
    else if (half)
        tws_handshake_assume(s, TWS_START, now);
}
