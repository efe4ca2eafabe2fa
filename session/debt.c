/* debt.c - which side must send the next bytes, since when, and until when it may take. */
#include "debt.h"
#include "loss.h"
#include "rhythm.h"
#include "stage.h"

#define STARTUP_NS (10u * 1000000000ull) /* what a client asks this soon is its start-up */

/* A list of start-up without its end, while requests asked after it are done: not the link, not
 * the gateway, that one list. */
static bool hangs_at_startup(const struct tws_session *s, const struct tws_request *q)
{
    return tws_request_of_startup(q) &&
           q->asked_ns <= tws_after(s->handshake.ready_ns, STARTUP_NS) &&
           s->requests.done_serial > q->serial;
}

static enum tws_trouble trouble_of(const struct tws_session *s, const struct tws_request *q)
{
    const tws_seen_bits some = TWS_SAW(NEXT_ID) | TWS_SAW(ACCOUNTS) | TWS_SAW(ACCOUNTS_EMPTY);

    if (s->stage <= TWS_HELLO && (s->seen & TWS_SAW(DIALING)))
        return TWS_TCP_CONNECT;
    switch ((enum tws_stage)s->stage) {
    case TWS_TCP:
        return TWS_CLIENT_NEVER_SPEAKS;
    case TWS_HELLO:
        return TWS_HELLO_UNANSWERED;
    case TWS_VERSION:
        return TWS_STARTAPI_MISSING;
    case TWS_START:
        return s->seen & some ? TWS_PARTIAL_STARTUP : TWS_STARTAPI_UNANSWERED;
    case TWS_READY:
    case TWS_LIVE:
        return q && hangs_at_startup(s, q) && !(s->seen & TWS_SAW(LOST))
                   ? TWS_PARTIAL_STARTUP
                   : TWS_LIVE_REQUEST_UNANSWERED;
    case TWS_STAGE_NONE:
    case TWS_STAGES:
        break;
    }
    return TWS_TROUBLE_NONE;
}

/* What TCP holds up explains every other debt of a welcomed session. */
static bool stalled(const struct tws_session *s, struct tws_debt *out)
{
    static const struct {
        enum tws_trouble trouble;
        enum tws_side owes;
    } rows[] = {
        [TWS_STALL_NONE] = {TWS_TROUBLE_NONE, TWS_NOBODY},
        [TWS_STALL_WINDOW] = {TWS_LIVE_CLIENT_NOT_READING, TWS_CLIENT},
        [TWS_STALL_PATH] = {TWS_LIVE_GATEWAY_QUIET, TWS_NETWORK},
    };

    if (s->stall == TWS_STALL_NONE || s->stage < TWS_READY)
        return false;
    *out = (struct tws_debt){.trouble = rows[s->stall].trouble,
                             .owes = rows[s->stall].owes,
                             .since_ns = s->stall_ns,
                             .due_ns = tws_after(s->stall_ns, s->env->timing.request_ns),
                             /* without packets it is a guess until its time is over */
                             .quiet = !(s->env->measures & TWS_OF_WIRE)};
    return true;
}

static bool unreadable(const struct tws_session *s, enum tws_side side)
{
    return s->conversation.stream[side == TWS_GATEWAY].opaque != TWS_OPAQUE_NOT;
}

/* Can this debt have been paid unseen?  A request bears that itself: excused is what was asked
 * before bytes were lost. */
static bool may_be_paid(const struct tws_session *s, const struct tws_debt *d)
{
    if (d->request)
        return tws_loss_unread(s, 1, d->since_ns);
    return (s->loss.midstream && s->stage == TWS_TCP) || tws_loss_hides(s, d->owes, d->since_ns);
}

bool tws_debt_find(const struct tws_session *s, struct tws_debt *out)
{
    if (stalled(s, out))
        return true;
    *out = (struct tws_debt){.owes = tws_stage_owes((enum tws_stage)s->stage)};
    if (s->stage >= TWS_READY) {
        struct tws_debt quiet = {0};
        bool is_quiet = !unreadable(s, TWS_GATEWAY) && tws_rhythm_debt(s, &quiet);

        out->request = tws_requests_oldest(&s->requests, s->env, &out->due_ns);
        if (is_quiet && (!out->request || quiet.due_ns < out->due_ns)) {
            *out = quiet;
            return true;
        }
        if (!out->request)
            return false;
        out->owes = TWS_GATEWAY;
        out->since_ns = tws_request_since(out->request);
    } else {
        out->since_ns = s->handshake.stage_ns;
        out->due_ns = tws_after(s->handshake.stage_ns, s->env->timing.handshake_ns);
    }
    if (s->stage <= TWS_HELLO && (s->seen & TWS_SAW(DIALING)))
        out->owes = TWS_NETWORK;
    if (out->owes == TWS_NOBODY || unreadable(s, out->owes) || (s->seen & TWS_SAW(REDIRECT)))
        return false;
    if (may_be_paid(s, out))
        return false;
    out->trouble = trouble_of(s, out->request);
    return true;
}
