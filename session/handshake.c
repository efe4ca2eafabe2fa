/* handshake.c - the stages of a session: how it reaches them, and what its handshake agreed on. */
#include "handshake.h"
#include "deadline.h"
#include "emit.h"
#include "silence.h"
#include "stage.h"
#include "standing.h"

static void put_stage(struct tws_session *s, uint64_t took, uint64_t now)
{
    struct tws_event ev;

    if (!tws_emit_wanted(s, TWS_EV_STAGE))
        return;
    ev = (struct tws_event){.kind = TWS_EV_STAGE};
    ev.u.stage.stage = (enum tws_stage)s->stage;
    ev.u.stage.took_ns = took;
    ev.u.stage.hello_min = s->conversation.reading.hello_min;
    ev.u.stage.hello_max = s->conversation.reading.hello_max;
    ev.u.stage.server_version = s->conversation.reading.server_version;
    ev.u.stage.client_id = s->handshake.client_id;
    tws_emit(s, &ev, now);
}

static void enter(struct tws_session *s, enum tws_stage stage, uint64_t now)
{
    s->stage = (uint8_t)stage;
    s->stages |= (uint8_t)(1u << stage);
    s->owes = (uint8_t)tws_stage_owes(stage);
    s->handshake.stage_ns = now;
}

void tws_handshake_advance(struct tws_session *s, tws_seen_bits seen, uint64_t now)
{
    enum tws_stage next;

    s->seen |= seen;
    while ((next = tws_stage_next((enum tws_stage)s->stage, s->seen)) != TWS_STAGE_NONE) {
        uint64_t took = tws_between(s->handshake.stage_ns, now);

        if (s->silence && s->stage < TWS_READY)
            tws_silence_recovered(s, now);
        enter(s, next, now);
        s->handshake.stage_us[next] =
            took / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(took / 1000);
        if (next == TWS_READY) {
            s->handshake.ready_ns = now;
            s->seen &= ~TWS_SAW(FRAMING); /* odd or not, the gateway understood */
        }
        put_stage(s, took, now);
        tws_standing_update(s);
        tws_deadline_by(s, next >= TWS_READY ? now : tws_after(now, s->env->timing.handshake_ns));
    }
}

void tws_handshake_assume(struct tws_session *s, enum tws_stage stage, uint64_t now)
{
    static const tws_seen_bits before[TWS_STAGES] = {
        [TWS_HELLO] = TWS_SAW(HELLO),
        [TWS_VERSION] = TWS_SAW(HELLO) | TWS_SAW(VERSION),
        [TWS_START] = TWS_SAW(HELLO) | TWS_SAW(VERSION) | TWS_SAW(STARTAPI),
        [TWS_LIVE] = TWS_SAW(HELLO) | TWS_SAW(VERSION) | TWS_SAW(STARTAPI) | TWS_SAW(NEXT_ID) |
                     TWS_SAW(ACCOUNTS) | TWS_SAW(REQUEST),
    };

    if (s->stage >= stage)
        return;
    if (s->silence)
        tws_silence_recovered(s, now);
    s->seen |= before[stage];
    s->stage = (uint8_t)stage;
    s->owes = (uint8_t)tws_stage_owes(stage);
    s->handshake.stage_ns = now;
}

void tws_handshake_assume_live(struct tws_session *s, uint64_t now)
{
    uint64_t took = tws_between(s->handshake.stage_ns, now);

    tws_handshake_assume(s, TWS_LIVE, now);
    s->stages |= 1u << TWS_LIVE;
    put_stage(s, took, now);
    tws_standing_update(s);
    tws_deadline_by(s, now);
}

void tws_handshake_dialed(struct tws_session *s, uint64_t now)
{
    if (s->silence == TWS_TCP_CONNECT)
        tws_silence_recovered(s, now);
    s->handshake.stage_ns = now;
    tws_deadline_by(s, tws_after(now, s->env->timing.handshake_ns));
}
