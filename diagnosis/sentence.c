/* sentence.c - the sentence of a verdict: what happened, in words. */
#include "sentence.h"
#include "phrase.h"
#include "stage.h"
#include <inttypes.h>

#define SPAN TWS_PHRASE_SPAN
#define HAS  TWS_VIEW_HAS

/* "for 3.0 s" with the verb in front in its tense. */
static void add_silence(struct tws_phrase *l, const struct tws_view *w, const char *done)
{
    char span[SPAN];

    tws_phrase(l, "%s %s for %s.", w->s->final ? "did not" : "has not", done,
               tws_phrase_span(w->silence_ns, span, sizeof span));
}

static void say_no_listener(const struct tws_view *w, struct tws_phrase *l)
{
    tws_phrase(l, "Nothing listens on port %u: the gateway's address refused the connection.",
               w->s->gateway.port);
}

static void say_tcp_connect(const struct tws_view *w, struct tws_phrase *l)
{
    char span[SPAN];

    tws_phrase(l, "No connection to port %u of the gateway %s established within %s.",
               w->s->gateway.port, w->s->final ? "was" : "has been",
               tws_phrase_span(tws_between(w->s->opened_ns, w->s->until_ns), span, sizeof span));
}

static void say_never_speaks(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;
    char span[SPAN];

    tws_phrase_span(tws_between(s->opened_ns, w->s->until_ns), span, sizeof span);
    if (HAS(w, CLIENT_FOREIGN))
        tws_phrase(l, "The client does not speak the TWS API; its first bytes are %s.",
                   tws_foreign_name((enum tws_foreign)s->side[0].foreign));
    else if (HAS(w, CLIENT_MUTE) && HAS(w, CLIENT_CLOSED) && !HAS(w, LONG))
        tws_phrase(l, "A client connected and left after %s without a byte: a port probe.", span);
    else if (HAS(w, CLIENT_MUTE))
        tws_phrase(l, "The client connected and said nothing for %s.", span);
    else if (s->progress.hello.want)
        tws_phrase(l,
                   "The client sent %" PRIu64 " of the %" PRIu64 " bytes of its hello and stopped.",
                   s->progress.hello.have, s->progress.hello.want);
    else if (HAS(w, PARTIAL_HELLO))
        tws_phrase(l, "The client sent %" PRIu64 " bytes, the beginning of a hello, and stopped.",
                   s->side[0].bytes);
    else
        tws_phrase(l, "The client's first bytes are no hello of the TWS API.");
}

static void say_hello(const struct tws_view *w, struct tws_phrase *l)
{
    char span[SPAN];

    if (HAS(w, GATEWAY_FOREIGN)) {
        tws_phrase(l, "The other end does not speak the TWS API; its first bytes are %s.",
                   tws_foreign_name((enum tws_foreign)w->s->side[1].foreign));
    } else if (HAS(w, LEGACY)) {
        tws_phrase(l,
                   "The client opened the old way (client version %" PRIu32
                   ", no \"API\"), and the gateway sent nothing back.",
                   w->s->progress.hello_max);
    } else if (w->silent == TWS_NETWORK) {
        tws_phrase(
            l,
            "The client's hello was sent and not acknowledged for %s: the path or the accept "
            "queue, not the API.",
            tws_phrase_span(w->silence_ns, span, sizeof span));
    } else if (HAS(w, NOT_ACCEPTED)) {
        tws_phrase(l, "The kernel took the connection and the client's hello; the gateway ");
        add_silence(l, w, w->s->final ? "accept it" : "accepted it");
    } else {
        tws_phrase(l, "The gateway took the connection and the client's hello, and ");
        add_silence(l, w, w->s->final ? "answer" : "answered");
    }
}

static void say_version(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;

    if (HAS(w, REDIRECT))
        tws_phrase(l, "The gateway sent the client on to another address instead of a version.");
    else if (s->progress.server_version && HAS(w, CLIENT_CLOSED))
        tws_phrase(l,
                   "The gateway speaks version %" PRIu32 "; the client, which offers %" PRIu32
                   " to %" PRIu32 ", left without startApi.",
                   s->progress.server_version, s->progress.hello_min, s->progress.hello_max);
    else if (HAS(w, VERSION_CODE))
        tws_phrase(l, "The gateway turned the client's version down (code %" PRId32 ").",
                   s->last_code);
    else
        tws_phrase(
            l, "The gateway closed after a hello that offers versions %" PRIu32 " to %" PRIu32 ".",
            s->progress.hello_min, s->progress.hello_max);
}

static void say_startapi_missing(const struct tws_view *w, struct tws_phrase *l)
{
    tws_phrase(l, "The gateway answered the hello (version %" PRIu32 "), and the client ",
               w->s->progress.server_version);
    add_silence(l, w, w->s->final ? "send startApi" : "sent startApi");
}

static void say_startapi(const struct tws_view *w, struct tws_phrase *l)
{
    if (HAS(w, ID_IN_USE)) {
        tws_phrase(
            l, "The gateway turned the client away: client id %" PRId64 " is in use (code 326).",
            w->s->progress.client_id);
        return;
    }
    if (w->silent == TWS_NETWORK) {
        char span[SPAN];

        tws_phrase(
            l, "The client's startApi was sent and not acknowledged for %s: the path, not the API.",
            tws_phrase_span(w->silence_ns, span, sizeof span));
        return;
    }
    tws_phrase(l, "The client sent startApi, and the gateway ");
    add_silence(l, w, w->s->final ? "welcome it" : "welcomed it");
}

static void say_partial(const struct tws_view *w, struct tws_phrase *l)
{
    char span[SPAN];

    tws_phrase_span(w->silence_ns, span, sizeof span);
    if (w->s->owed.request.id)
        tws_phrase(l,
                   "The welcome came, but %s%s has had no end marker of its answer for %s, while "
                   "later requests were answered.",
                   tws_view_request(w),
                   w->s->owed.request.early ? ", asked before the welcome," : "", span);
    else if (HAS(w, NEXT_ID) && HAS(w, ACCOUNTS_EMPTY))
        tws_phrase(l,
                   "The gateway's list of accounts is empty; %s after startApi the session is not "
                   "ready.",
                   span);
    else if (HAS(w, NEXT_ID))
        tws_phrase(l, "The gateway sent nextValidId and no managedAccounts; half a welcome for %s.",
                   span);
    else
        tws_phrase(l,
                   "The gateway sent managedAccounts%s and no nextValidId; half a welcome for %s.",
                   HAS(w, ACCOUNTS) ? "" : " (an empty list)", span);
}

/* "..., which needs server version 130, this session has 110". */
static void add_newer(struct tws_phrase *l, const struct tws_view *w, const char *which)
{
    if (HAS(w, NEWER_REQUEST))
        tws_phrase(l, "%s server version %u (this session has %" PRIu32 ")", which,
                   (unsigned)tws_schema_find(TWS_CLIENT, tws_view_newer(w))->since,
                   w->s->progress.server_version);
}

/* "has not answered reqMktData 5", or what came of its answer. */
static void add_unanswered(struct tws_phrase *l, const struct tws_view *w)
{
    const struct tws_owed_request *q = &w->s->owed.request;
    char span[SPAN];

    if (HAS(w, NO_END)) {
        tws_phrase(l, "answered ");
        tws_phrase_request(l, q->id, q->key_kind, q->key);
        tws_phrase(l, " without its end marker, and sent no more of it for ");
    } else {
        tws_phrase(l, w->s->final ? "did not answer " : "has not answered ");
        tws_phrase_request(l, q->id, q->key_kind, q->key);
        tws_phrase(l, " for ");
    }
    tws_phrase(l, "%s", tws_phrase_span(w->silence_ns, span, sizeof span));
    if (HAS(w, NEWER_REQUEST)) /* one of these: the sentence has its bound */
        add_newer(l, w, ", which needs");
    else if (q->early)
        tws_phrase(l, ", asked before the welcome");
    else if (q->done && HAS(w, HEARD) && !HAS(w, LOST))
        tws_phrase(l, "; %" PRIu32 " other request%s answered meanwhile", q->done,
                   q->done == 1 ? " was" : "s were");
    tws_phrase(l, ".");
}

static void say_request(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_owed_request *q = &w->s->owed.request;

    if (HAS(w, LOST))
        tws_phrase(l, "The gateway lost IB's servers (1100) and ");
    else if (w->silent == TWS_NETWORK)
        tws_phrase(l, "The client's bytes are not acknowledged, the path is dead: the gateway ");
    else if (q->done && HAS(w, HEARD))
        tws_phrase(l, "Only this request hangs: the gateway ");
    else
        tws_phrase(l, "The session is live, and the gateway ");
    add_unanswered(l, w);
}

/* Was nothing asked, or who waits? */
static void add_waits(struct tws_phrase *l, const struct tws_view *w, const char *none)
{
    const struct tws_owed_request *q = &w->s->demand.oldest;
    char span[SPAN];

    if (!q->id) {
        tws_phrase(l, "%s.", none);
        return;
    }
    tws_phrase_request(l, q->id, q->key_kind, q->key);
    tws_phrase(l, " has waited %s for its reply.",
               tws_phrase_span(tws_between(q->since_ns, w->s->until_ns), span, sizeof span));
}

/* One subscription of several. */
static void say_quiet_one(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_owed_request *q = &w->s->owed.request;
    char span[SPAN], pause[SPAN];

    tws_phrase(l,
               "%s %" PRId64 " was served at least every %s and has not been for %s; others are.",
               tws_view_request(w), q->key, tws_phrase_span(q->gap_ns, pause, sizeof pause),
               tws_phrase_span(w->silence_ns, span, sizeof span));
}

static void say_quiet(const struct tws_view *w, struct tws_phrase *l)
{
    char span[SPAN], pause[SPAN];

    if (HAS(w, LOST)) {
        tws_phrase(l,
                   "The gateway said that it lost IB's servers (1100) and never that it is back; ");
        add_waits(l, w, "nothing was asked of it");
        return;
    }
    if (w->s->owed.any && w->s->owed.quiet && w->s->owed.request.id && w->silent == TWS_GATEWAY) {
        say_quiet_one(w, l);
        return;
    }
    tws_phrase_span(w->silence_ns, span, sizeof span);
    if (w->silent == TWS_NETWORK && w->s->facts.wire.known)
        tws_phrase(
            l,
            "Bytes were sent again and again and not acknowledged for %s: the path is dead, not "
            "the API.",
            span);
    else if (w->silent == TWS_NETWORK)
        tws_phrase(l, "The gateway's end vanished without a close; its last byte came %s before.",
                   span);
    else {
        tws_phrase(l, "Subscriptions were served at least every %s, then no data came for %s; ",
                   tws_phrase_span(w->s->service.gap_ns, pause, sizeof pause), span);
        add_waits(l, w, "no request was open");
    }
}

static void say_not_reading(const struct tws_view *w, struct tws_phrase *l)
{
    char span[SPAN];

    tws_phrase(l,
               "The client has not read for %s: its window is closed, and the gateway cannot send.",
               tws_phrase_span(w->silence_ns, span, sizeof span));
}

static void say_deaf(const struct tws_view *w, struct tws_phrase *l)
{
    (void)w;
    tws_phrase(
        l,
        "The client asked again what the gateway had answered, in a run of exactly 4096 bytes (or "
        "a multiple of it).");
}

/* A program that does not read its end of the connection believes that it is connected. */
static void add_unnoticed(struct tws_phrase *l, const struct tws_view *w)
{
    const struct tws_state *s = w->s;
    uint64_t until = s->parted.second_ns ? s->parted.second_ns : s->at_ns;
    char span[SPAN];

    tws_phrase(l,
               s->parted.second_ns ? "; the client did not notice for %s%s"
                                   : "; the client has not noticed for %s%s",
               tws_phrase_span(tws_between(s->until_ns, until), span, sizeof span),
               s->parted.client_bytes ? ", and wrote into it." : ".");
}

static void say_gateway_closed(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;
    const char *how = s->how_closed == TWS_RST ? "reset" : "closed";
    uint64_t spoke = s->side[0].spoke_ns ? s->side[0].spoke_ns : s->opened_ns;
    char span[SPAN];

    tws_phrase_span(tws_between(spoke, s->until_ns), span, sizeof span);
    if (HAS(w, GATEWAY_MUTE))
        tws_phrase(l,
                   "The gateway's side took the connection and %s it without a byte, %s after the "
                   "client's %s.",
                   how, span, s->side[0].bytes ? "hello" : "connect");
    else
        tws_phrase(l, "The gateway %s the connection at stage %s, %s after the client's last bytes",
                   how, tws_stage_name((enum tws_stage)s->progress.stage), span);
    if (HAS(w, NEWER_REQUEST)) {
        tws_phrase(l, "; %s", tws_request_name(tws_view_newer(w)));
        add_newer(l, w, " needs");
    }
    if (!HAS(w, GATEWAY_MUTE) && HAS(w, UNNOTICED))
        add_unnoticed(l, w);
    else if (!HAS(w, GATEWAY_MUTE))
        tws_phrase(l, ".");
}

static void say_client_closed(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;
    char span[SPAN];

    if (s->progress.stage >= TWS_READY && HAS(w, STORM)) {
        tws_phrase(l,
                   "The client was welcomed and left after %s; %" PRIu32
                   " such visits of its address in "
                   "two minutes.",
                   tws_phrase_span(tws_between(s->opened_ns, s->until_ns), span, sizeof span),
                   s->port.visits);
        return;
    }
    if (HAS(w, LATE)) {
        tws_phrase(l, "The gateway's answer came %s after the client had hung up.",
                   tws_phrase_span(s->late_ns, span, sizeof span));
        return;
    }
    tws_phrase(l, "The client hung up %s after its %s, before the gateway could answer.",
               tws_phrase_span(tws_between(s->progress.since_ns, s->until_ns), span, sizeof span),
               s->progress.stage == TWS_HELLO ? "hello" : "startApi");
}

/* "the client left 2.0 s after reqHistoricalData 9001, which had no reply yet": what was open is
 * named, although nothing of it was overdue. */
static void add_open(struct tws_phrase *l, const struct tws_view *w)
{
    static const char *const who[] = {[TWS_NOBODY] = "the observation ended",
                                      [TWS_CLIENT] = "the client left",
                                      [TWS_GATEWAY] = "the gateway left",
                                      [TWS_NETWORK] = "the connection ended"};
    const struct tws_owed_request *q = &w->s->demand.oldest;
    uint32_t n = w->s->demand.owed;
    char span[SPAN];

    tws_phrase(l, "%s %s after ", who[w->s->first_closed],
               tws_phrase_span(tws_between(q->since_ns, w->s->until_ns), span, sizeof span));
    tws_phrase_request(l, q->id, q->key_kind, q->key);
    tws_phrase(l,
               q->answering ? ", the reply to which had no end yet" : ", which had no reply yet");
    if (n > 1)
        tws_phrase(l, " (%" PRIu32 " requests were open)", n);
    tws_phrase(l, ".");
}

/* As many whole words of an error's text as fit into `room`, and "..." where some do not. */
static void add_text(struct tws_phrase *l, const char *text, size_t text_size, size_t room)
{
    size_t n = strlen(text);

    if (n <= room && n + 1 < text_size) {
        tws_phrase(l, "%s", text);
        return;
    }
    n = n + 3 <= room ? n : room > 3 ? room - 3 : 0;
    while (n > 0 && text[n - 1] != ' ')
        n--;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    tws_phrase(l, "%.*s...", (int)n, text);
}

/* "reqPnLSingle 4340 was refused, probably this one: 321 Invalid ..., 3.0 ms after it, and nothing
 * else was open; its frame has 1 field too few."  What is still open is named behind it; the
 * gateway's text gets what room is left. */
static void add_refused(struct tws_phrase *l, const struct tws_view *w)
{
    const struct tws_refusal *r = &w->s->refusal;
    char after[224], span[SPAN];
    struct tws_phrase tail = {after, sizeof after, 0};
    size_t room;

    tws_phrase(&tail, ", %s after %s",
               tws_phrase_span(tws_between(r->asked_ns, r->at_ns), span, sizeof span),
               r->settled ? "it" : "the newest of them");
    if (r->open == 1)
        tws_phrase(&tail, ", and nothing else was open");
    if (r->missing || r->extra) {
        tws_phrase(&tail, "; its frame has ");
        tws_phrase_fields(&tail, r->missing, r->extra);
    }
    if (w->s->demand.owed && r->settled) {
        tws_phrase(&tail, "; ");
        add_open(&tail, w);
    } else {
        tws_phrase(&tail, ".");
    }
    if (!r->settled && r->errors == 1) {
        tws_phrase(l, "one of %" PRIu32 " requests was refused: ", r->open);
    } else if (!r->settled) {
        tws_phrase(l, "%" PRIu32 " of %" PRIu32 " requests were refused: ", r->errors, r->open);
    } else if (r->all) {
        tws_phrase_request(l, r->id, r->key_kind, r->key);
        tws_phrase(l, " and %" PRIu32 " more were refused, probably these: ", r->errors - 1);
    } else {
        tws_phrase_request(l, r->id, r->key_kind, r->key);
        tws_phrase(l, r->certainty == TWS_CERTAIN ? " was refused: "
                                                  : " was refused, probably this one: ");
    }
    tws_phrase(l, "%" PRId32 " ", r->code);
    room = l->size > l->len + tail.len + 1 ? l->size - l->len - tail.len - 1 : 0;
    add_text(l, r->text, sizeof r->text, room);
    tws_phrase(l, "%s", after);
}

/* "the gateway ended reqRealTimeBars 11 (10225), and it was not asked for again." */
static void add_lapse(struct tws_phrase *l, const struct tws_view *w)
{
    const struct tws_lapse *q = &w->s->demand.lapse;

    tws_phrase(l, "nothing was overdue; the gateway ended ");
    tws_phrase_request(l, q->id, q->key_kind, q->key);
    tws_phrase(l, " with error %" PRId32, q->code);
    if (w->s->demand.lapses > 1)
        tws_phrase(l, " and %" PRIu32 " more requests", w->s->demand.lapses - 1);
    tws_phrase(l, ", and the client did not ask again.");
}

/* The end of a session that came to be, and in which nothing was overdue. */
static void say_healthy(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;
    const struct tws_part *part = &s->side[1].part;
    char span[SPAN];

    tws_phrase(l, "Healthy: the session came to %s",
               tws_stage_name((enum tws_stage)s->progress.stage));
    if (s->refusal.code) {
        tws_phrase(l, "; ");
        add_refused(l, w);
        return;
    }
    tws_phrase(l, ", and ");
    if (s->demand.owed) {
        tws_phrase(l, "nothing was overdue; ");
        add_open(l, w);
        return;
    }
    if (part->have) {
        tws_phrase(
            l,
            "nothing was overdue; %" PRIu64 " of %" PRIu64
            " bytes of a frame of the gateway came, then "
            "nothing for %s.",
            part->have, part->want,
            tws_phrase_span(tws_between(s->side[1].spoke_ns, w->s->until_ns), span, sizeof span));
        return;
    }
    if (s->demand.lapse.id) {
        add_lapse(l, w);
        return;
    }
    tws_phrase(l, "nothing was owed when it ended");
    if (s->side[1].opaque)
        tws_phrase(
            l,
            "; the end of the gateway's data did not decode, so nothing is known of its silence");
    else if (s->service.rests)
        tws_phrase(
            l, "; its subscriptions had been quiet for %s",
            tws_phrase_span(tws_between(s->service.last_ns, w->s->until_ns), span, sizeof span));
    tws_phrase(l, ".");
}

/* A log of one direction, or one that lacks some frames.  True: that is said. */
static bool say_logged(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_side_state *client = &w->s->side[0], *gateway = &w->s->side[1];

    if (!w->s->logged || !(client->lost_ns || gateway->lost_ns))
        return false;
    if (!gateway->bytes)
        tws_phrase(l, "The log has only what the client sent; what it was answered is not known.");
    else if (!client->bytes)
        tws_phrase(l, "The log has only what the gateway sent; what it was asked is not known.");
    else
        tws_phrase(l, "Nothing is overdue in what the log has; it lacks some of what was sent.");
    return true;
}

static void say_nothing_wrong(const struct tws_view *w, struct tws_phrase *l)
{
    const struct tws_state *s = w->s;
    const char *stage = tws_stage_name((enum tws_stage)s->progress.stage);

    if (say_logged(w, l))
        return;
    if (s->midstream && s->progress.stage == TWS_TCP)
        tws_phrase(l, "Seen from the middle on, and no frame of the TWS API was found.");
    else if (HAS(w, TLS_BOTH))
        tws_phrase(l, "Both ends speak TLS: what they say cannot be read here.");
    else if (HAS(w, LEGACY))
        tws_phrase(l,
                   "The client opened the old way and was answered; what followed has no framing.");
    else if (s->how_closed == TWS_OPEN_STILL)
        tws_phrase(l, "Nothing is overdue: the session is open at stage %s.", stage);
    else if (s->progress.stage >= TWS_READY && (s->side[0].lost_ns || s->side[1].lost_ns))
        tws_phrase(
            l,
            "Healthy as far as it was seen: the session came to %s; some of it was lost in the "
            "capture.",
            stage);
    else if (s->progress.stage >= TWS_READY)
        say_healthy(w, l);
    else
        tws_phrase(l, "Nothing was overdue when the session ended at stage %s.", stage);
}

void tws_sentence_write(const struct tws_view *w, struct tws_verdict *v)
{
    static void (*const says[TWS_TROUBLES])(const struct tws_view *, struct tws_phrase *) = {
        [TWS_TROUBLE_NONE] = say_nothing_wrong,
        [TWS_NO_LISTENER] = say_no_listener,
        [TWS_TCP_CONNECT] = say_tcp_connect,
        [TWS_CLIENT_NEVER_SPEAKS] = say_never_speaks,
        [TWS_HELLO_UNANSWERED] = say_hello,
        [TWS_VERSION_REJECTED] = say_version,
        [TWS_STARTAPI_MISSING] = say_startapi_missing,
        [TWS_STARTAPI_UNANSWERED] = say_startapi,
        [TWS_PARTIAL_STARTUP] = say_partial,
        [TWS_LIVE_REQUEST_UNANSWERED] = say_request,
        [TWS_LIVE_GATEWAY_QUIET] = say_quiet,
        [TWS_LIVE_CLIENT_NOT_READING] = say_not_reading,
        [TWS_LIVE_CLIENT_DEAF] = say_deaf,
        [TWS_CLOSED_BY_GATEWAY] = say_gateway_closed,
        [TWS_CLOSED_BY_CLIENT] = say_client_closed,
        [TWS_RESET] = say_gateway_closed,
    };
    struct tws_phrase l = {v->says, sizeof v->says, 0};

    v->says[0] = '\0';
    says[w->trouble](w, &l);
}
