#include "sentence.h"
#include "refusal.h"
#include "stage.h"
#include "verdict.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define SPAN 24

const char *tws_words_span(uint64_t ns, char *buf, size_t size)
{
    if (ns < 1000000u)
        snprintf(buf, size, "0.%02" PRIu64 " ms", ns / 10000);
    else if (ns < 10000000u)
        snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " ms", ns / 1000000, ns / 100000 % 10);
    else if (ns < 1000000000u)
        snprintf(buf, size, "%" PRIu64 " ms", ns / 1000000);
    else if (ns < 120000000000u)
        snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " s", ns / 1000000000, ns / 100000000 % 10);
    else if (ns < 7200000000000u)
        snprintf(buf, size, "%" PRIu64 " min", ns / 60000000000u);
    else
        snprintf(buf, size, "%" PRIu64 " h", ns / 3600000000000u);
    return buf;
}

/* ---- the sentence ---- */

struct line {
    char *buf;
    size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    size_t room = l->len < l->size ? l->size - l->len : 0;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(room > 0 ? l->buf + l->len : NULL, room, format, args);
    va_end(args);
    if (n > 0)
        l->len += (size_t)n;
}

static bool has(const struct tws_view *w, tws_facts facts)
{
    return (w->facts & facts) == facts;
}

#define HAS(w, fact) has((w), TWS_FACT(fact))

/* "for 3.0 s" with the verb in front in its tense. */
static void add_silence(struct line *l, const struct tws_view *w, const char *done)
{
    char span[SPAN];

    add(l, "%s %s for %s.", w->final ? "did not" : "has not", done,
        tws_words_span(w->silence_ns, span, sizeof span));
}

static void say_no_listener(const struct tws_view *w, struct line *l)
{
    add(l, "Nothing listens on port %u: the gateway's address refused the connection.",
        w->s->gateway.port);
}

static void say_tcp_connect(const struct tws_view *w, struct line *l)
{
    char span[SPAN];

    add(l, "The connection to port %u of the gateway %s come about in %s.", w->s->gateway.port,
        w->final ? "did not" : "has not",
        tws_words_span(tws_between(w->s->opened_ns, w->until_ns), span, sizeof span));
}

static void say_never_speaks(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;
    uint32_t have = 0, want = 0;
    char span[SPAN];

    tws_words_span(tws_between(s->opened_ns, w->until_ns), span, sizeof span);
    if (HAS(w, CLIENT_FOREIGN))
        add(l, "The client does not speak the TWS API; its first bytes are %s.",
            tws_foreign_name((enum tws_foreign)s->foreign[0]));
    else if (HAS(w, CLIENT_MUTE) && HAS(w, CLIENT_CLOSED) && !HAS(w, LONG))
        add(l, "A client connected and left after %s without a byte: a port probe.", span);
    else if (HAS(w, CLIENT_MUTE))
        add(l, "The client connected and said nothing for %s.", span);
    else if (tws_stream_partial_hello(&s->stream[0], &have, &want) && want)
        add(l, "The client sent %" PRIu32 " of the %" PRIu32 " bytes of its hello and stopped.",
            have, want);
    else if (HAS(w, PARTIAL_HELLO))
        add(l, "The client sent %" PRIu64 " bytes, the beginning of a hello, and stopped.",
            s->bytes[0]);
    else
        add(l, "The client's first bytes are no hello of the TWS API.");
}

static void say_hello(const struct tws_view *w, struct line *l)
{
    char span[SPAN];

    if (HAS(w, GATEWAY_FOREIGN)) {
        add(l, "The other end does not speak the TWS API; its first bytes are %s.",
            tws_foreign_name((enum tws_foreign)w->s->foreign[1]));
    } else if (HAS(w, LEGACY)) {
        add(l,
            "The client opened the old way (client version %" PRIu32
            ", no \"API\"), and the gateway sent nothing back.",
            w->s->hello_max);
    } else if (w->silent == TWS_NETWORK) {
        add(l,
            "The client's hello was sent and not acknowledged for %s: the path or the accept "
            "queue, not the API.",
            tws_words_span(w->silence_ns, span, sizeof span));
    } else if (HAS(w, NOT_ACCEPTED)) {
        add(l, "The kernel took the connection and the client's hello; the gateway ");
        add_silence(l, w, w->final ? "accept it" : "accepted it");
    } else {
        add(l, "The gateway took the connection and the client's hello, and ");
        add_silence(l, w, w->final ? "answer" : "answered");
    }
}

static void say_version(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;

    if (HAS(w, REDIRECT))
        add(l, "The gateway sent the client on to another address instead of a version.");
    else if (s->server_version && HAS(w, CLIENT_CLOSED))
        add(l,
            "The gateway speaks version %" PRIu32 "; the client, which offers %" PRIu32
            " to %" PRIu32 ", left without startApi.",
            s->server_version, s->hello_min, s->hello_max);
    else if (HAS(w, VERSION_CODE))
        add(l, "The gateway turned the client's version down (code %" PRId32 ").", s->last_code);
    else
        add(l, "The gateway closed after a hello that offers versions %" PRIu32 " to %" PRIu32 ".",
            s->hello_min, s->hello_max);
}

static void say_startapi_missing(const struct tws_view *w, struct line *l)
{
    add(l, "The gateway answered the hello (version %" PRIu32 "), and the client ",
        w->s->server_version);
    add_silence(l, w, w->final ? "send startApi" : "sent startApi");
}

static void say_startapi(const struct tws_view *w, struct line *l)
{
    if (HAS(w, ID_IN_USE)) {
        add(l, "The gateway turned the client away: client id %" PRId64 " is in use (code 326).",
            w->s->client_id);
        return;
    }
    if (w->silent == TWS_NETWORK) {
        char span[SPAN];

        add(l, "The client's startApi was sent and not acknowledged for %s: the path, not the API.",
            tws_words_span(w->silence_ns, span, sizeof span));
        return;
    }
    add(l, "The client sent startApi, and the gateway ");
    add_silence(l, w, w->final ? "welcome it" : "welcomed it");
}

static const char *request_of(const struct tws_view *w)
{
    return w->debt.request ? tws_request_name(w->debt.request->id) : "a request";
}

static void say_partial(const struct tws_view *w, struct line *l)
{
    char span[SPAN];

    tws_words_span(w->silence_ns, span, sizeof span);
    if (w->debt.request)
        add(l,
            "The welcome came, but %s has had no end of its answer for %s, while later "
            "requests were answered.",
            request_of(w), span);
    else if (HAS(w, NEXT_ID) && HAS(w, ACCOUNTS_EMPTY))
        add(l,
            "The gateway's list of accounts is empty; %s after startApi the session is not "
            "ready.",
            span);
    else if (HAS(w, NEXT_ID))
        add(l, "The gateway sent nextValidId and no managedAccounts; half a welcome for %s.", span);
    else
        add(l, "The gateway sent managedAccounts%s and no nextValidId; half a welcome for %s.",
            HAS(w, ACCOUNTS) ? "" : " (an empty list)", span);
}

static void say_request(const struct tws_view *w, struct line *l)
{
    if (HAS(w, LOST))
        add(l, "The gateway lost IB's servers (1100) and ");
    else if (w->silent == TWS_NETWORK)
        add(l, "The client's bytes are not acknowledged, the path is dead: the gateway ");
    else
        add(l, "The session is live, and the gateway ");
    add(l, "%s %s %s for ", w->final ? "did not" : "has not", w->final ? "answer" : "answered",
        request_of(w));
    {
        char span[SPAN];

        add(l, "%s.", tws_words_span(w->silence_ns, span, sizeof span));
    }
}

/* The request that has waited for longest, of those that are owed an answer, and how many there
 * are; NULL: none. */
static const struct tws_request *oldest_open(const struct tws_session *s, uint32_t *n)
{
    const struct tws_requests *r = &s->requests;
    const struct tws_request *oldest = NULL;

    *n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (!tws_request_owed(r, q))
            continue;
        ++*n;
        if (!oldest || tws_request_since(q) < tws_request_since(oldest))
            oldest = q;
    }
    return oldest;
}

static void add_request(struct line *l, uint8_t id, uint8_t key_kind, int64_t key)
{
    add(l, "%s", tws_request_name(id));
    if (key_kind != TWS_KEY_BY_TYPE)
        add(l, " %" PRId64, key);
}

/* Was nothing asked, or who waits? */
static void add_waits(struct line *l, const struct tws_view *w, const char *none)
{
    uint32_t n;
    const struct tws_request *q = oldest_open(w->s, &n);
    char span[SPAN];

    if (!q) {
        add(l, "%s.", none);
        return;
    }
    add_request(l, q->id, q->key_kind, q->key);
    add(l, " has waited %s for its reply.",
        tws_words_span(tws_between(tws_request_since(q), w->until_ns), span, sizeof span));
}

/* One subscription of several. */
static void say_quiet_one(const struct tws_view *w, struct line *l)
{
    const struct tws_request *q = w->debt.request;
    char span[SPAN], pause[SPAN];

    add(l, "%s %" PRId64 " was served at least every %s and has not been for %s; others are.",
        request_of(w), q->key, tws_words_span(q->gap_ns, pause, sizeof pause),
        tws_words_span(w->silence_ns, span, sizeof span));
}

static void say_quiet(const struct tws_view *w, struct line *l)
{
    char span[SPAN], pause[SPAN];

    if (HAS(w, LOST)) {
        add(l, "The gateway said that it lost IB's servers (1100) and never that it is back; ");
        add_waits(l, w, "nothing was asked of it");
        return;
    }
    if (w->has_debt && w->debt.quiet && w->debt.request && w->silent == TWS_GATEWAY) {
        say_quiet_one(w, l);
        return;
    }
    tws_words_span(w->silence_ns, span, sizeof span);
    if (w->silent == TWS_NETWORK && w->wire.known)
        add(l,
            "Bytes were sent again and again and not acknowledged for %s: the path is dead, not "
            "the API.",
            span);
    else if (w->silent == TWS_NETWORK)
        add(l, "The gateway's end vanished without a close; its last byte came %s before.", span);
    else {
        add(l, "Subscriptions were served at least every %s, then no data came for %s; ",
            tws_words_span(w->s->stream_gap_ns, pause, sizeof pause), span);
        add_waits(l, w, "no request was open");
    }
}

static void say_not_reading(const struct tws_view *w, struct line *l)
{
    char span[SPAN];

    add(l, "The client has not read for %s: its window is closed, and the gateway cannot send.",
        tws_words_span(w->silence_ns, span, sizeof span));
}

static void say_deaf(const struct tws_view *w, struct line *l)
{
    (void)w;
    add(l,
        "The client asked again what the gateway had answered, in a run of exactly 4096 bytes (or "
        "a multiple of it).");
}

static void say_gateway_closed(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;
    const char *how = s->how_closed == TWS_RST ? "reset" : "closed";
    uint64_t spoke = s->last_bytes_ns[0] ? s->last_bytes_ns[0] : s->opened_ns;
    char span[SPAN];

    tws_words_span(tws_between(spoke, s->closed_ns), span, sizeof span);
    if (HAS(w, GATEWAY_MUTE))
        add(l,
            "The gateway's side took the connection and %s it without a byte, %s after the "
            "client's %s.",
            how, span, s->bytes[0] ? "hello" : "connect");
    else
        add(l, "The gateway %s the connection at stage %s, %s after the client's last bytes.", how,
            tws_stage_name((enum tws_stage)s->stage), span);
}

static void say_client_closed(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;
    char span[SPAN];

    if (s->stage >= TWS_READY && HAS(w, STORM)) {
        add(l,
            "The client was welcomed and left after %s; %" PRIu32 " such visits of its address in "
            "two minutes.",
            tws_words_span(tws_between(s->opened_ns, s->closed_ns), span, sizeof span),
            tws_port_visits(s->port, &s->client, s->closed_ns));
        return;
    }
    if (HAS(w, LATE)) {
        add(l, "The gateway's answer came %s after the client had hung up.",
            tws_words_span(s->late_ns, span, sizeof span));
        return;
    }
    add(l, "The client hung up %s after its %s, before the gateway could answer.",
        tws_words_span(tws_between(s->stage_ns, s->closed_ns), span, sizeof span),
        s->stage == TWS_HELLO ? "hello" : "startApi");
}

/* "the client left 2.0 s after reqHistoricalData 9001, which had no reply yet": what was open is
 * named, although nothing of it was overdue. */
static void add_open(struct line *l, const struct tws_view *w, const struct tws_request *q,
                     uint32_t n)
{
    static const char *const who[] = {[TWS_NOBODY] = "the observation ended",
                                      [TWS_CLIENT] = "the client left",
                                      [TWS_GATEWAY] = "the gateway left",
                                      [TWS_NETWORK] = "the connection ended"};
    char span[SPAN];

    add(l, "%s %s after ", who[w->s->first_closed],
        tws_words_span(tws_between(tws_request_since(q), w->until_ns), span, sizeof span));
    add_request(l, q->id, q->key_kind, q->key);
    add(l, q->last_ns ? ", the reply to which had no end yet" : ", which had no reply yet");
    if (n > 1)
        add(l, " (%" PRIu32 " requests were open)", n);
    add(l, ".");
}

static void add_fields(struct line *l, unsigned missing, unsigned extra)
{
    if (missing)
        add(l, "%u field%s too few", missing, missing == 1 ? "" : "s");
    if (missing && extra)
        add(l, " and ");
    if (extra)
        add(l, "%u field%s too many", extra, extra == 1 ? "" : "s");
}

/* "reqPnLSingle 4340 was refused, probably this one: 321 Invalid ..., 3.0 ms after it, and nothing
 * else was open; its frame has 1 field too few."  The gateway's text gets what room is left. */
static void add_refused(struct line *l, const struct tws_refusal *r)
{
    char after[128], span[SPAN];
    struct line tail = {after, sizeof after, 0};
    size_t room;

    add(&tail, ", %s after %s",
        tws_words_span(tws_between(r->asked_ns, r->at_ns), span, sizeof span),
        r->settled ? "it" : "the newest of them");
    if (r->open == 1)
        add(&tail, ", and nothing else was open");
    if (r->missing || r->extra) {
        add(&tail, "; its frame has ");
        add_fields(&tail, r->missing, r->extra);
    }
    if (!r->settled && r->errors == 1) {
        add(l, "one of %" PRIu32 " requests was refused: ", r->open);
    } else if (!r->settled) {
        add(l, "%" PRIu32 " of %" PRIu32 " requests were refused: ", r->errors, r->open);
    } else if (r->all) {
        add_request(l, r->id, r->key_kind, r->key);
        add(l, " and %" PRIu32 " more were refused, probably these: ", r->errors - 1);
    } else {
        add_request(l, r->id, r->key_kind, r->key);
        add(l,
            r->certainty == TWS_CERTAIN ? " was refused: " : " was refused, probably this one: ");
    }
    add(l, "%" PRId32 " ", r->code);
    room = l->size > l->len + tail.len + 3 ? l->size - l->len - tail.len - 3 : 0;
    add(l, "%.*s%s.", (int)room, r->text, after);
}

/* The end of a session that came to be, and in which nothing was overdue. */
static void say_healthy(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;
    const struct tws_request *q;
    struct tws_cursor part;
    char span[SPAN];
    uint32_t n, want;

    add(l, "Healthy: the session came to %s", tws_stage_name((enum tws_stage)s->stage));
    if (tws_session_refusal(s)) {
        add(l, "; ");
        add_refused(l, tws_session_refusal(s));
        return;
    }
    add(l, ", and ");
    q = oldest_open(s, &n);
    if (q) {
        add(l, "nothing was overdue; ");
        add_open(l, w, q, n);
        return;
    }
    if (tws_stream_partial(&s->stream[1], &part, &want)) {
        add(l,
            "nothing was overdue; %zu of %" PRIu32 " bytes of a frame of the gateway came, then "
            "nothing for %s.",
            part.left + TWS_FRAME_HEAD, want + TWS_FRAME_HEAD,
            tws_words_span(tws_between(s->last_bytes_ns[1], w->until_ns), span, sizeof span));
        return;
    }
    add(l, "nothing was owed when it ended");
    if (s->stream[1].opaque != TWS_OPAQUE_NOT)
        add(l,
            "; the end of the gateway's data did not decode, so nothing is known of its silence");
    else if (tws_session_stream_rests(s, w->until_ns))
        add(l, "; its subscriptions had been quiet for %s",
            tws_words_span(tws_between(s->stream_last_ns, w->until_ns), span, sizeof span));
    add(l, ".");
}

static void say_nothing_wrong(const struct tws_view *w, struct line *l)
{
    const struct tws_session *s = w->s;
    const char *stage = tws_stage_name((enum tws_stage)s->stage);

    if (s->midstream && s->stage == TWS_TCP)
        add(l, "Seen from the middle on, and no frame of the TWS API was found.");
    else if (HAS(w, TLS_BOTH))
        add(l, "Both ends speak TLS: what they say cannot be read here.");
    else if (HAS(w, LEGACY))
        add(l, "The client opened the old way and was answered; what followed has no framing.");
    else if (s->how_closed == TWS_OPEN_STILL)
        add(l, "Nothing is overdue: the session is open at stage %s.", stage);
    else if (s->stage >= TWS_READY && (s->lost_ns[0] || s->lost_ns[1]))
        add(l,
            "Healthy as far as it was seen: the session came to %s; some of it was lost in the "
            "capture.",
            stage);
    else if (s->stage >= TWS_READY)
        say_healthy(w, l);
    else
        add(l, "Nothing was overdue when the session ended at stage %s.", stage);
}

void tws_words_say(const struct tws_view *w, struct tws_verdict *v)
{
    static void (*const says[TWS_TROUBLES])(const struct tws_view *, struct line *) = {
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
    struct line l = {v->says, sizeof v->says, 0};

    v->says[0] = '\0';
    says[w->trouble](w, &l);
}

/* ---- the evidence ---- */

/* A new line of evidence, to be filled by add(). */
static struct line line(struct tws_verdict *v, enum tws_source source, const char *what)
{
    struct tws_evidence *e;

    if (v->n_evidence >= TWS_EVIDENCE_MAX)
        return (struct line){NULL, 0, 0};
    e = &v->evidence[v->n_evidence++];
    e->what = what;
    e->source = source;
    e->value[0] = '\0';
    return (struct line){e->value, sizeof e->value, 0};
}

static void show_stages(const struct tws_session *s, struct tws_verdict *v)
{
    struct line l = line(v, TWS_FROM_WIRE, "stages reached");
    char span[SPAN];

    add(&l, s->midstream ? "seen from the middle on" : "tcp");
    for (int i = TWS_HELLO; i <= s->stage; i++) {
        if (!(s->stages >> i & 1))
            continue;
        add(&l, ", %s +%s", tws_stage_name((enum tws_stage)i),
            tws_words_span((uint64_t)s->stage_us[i] * 1000, span, sizeof span));
    }
}

static void show_debt(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct line l;

    if (!w->since_ns || w->silent == TWS_NOBODY)
        return;
    l = line(v, TWS_FROM_WIRE,
             w->trouble == TWS_LIVE_GATEWAY_QUIET ? "silent" : "owes the next bytes");
    add(&l, "%s, for %s",
        tws_side_name(w->has_debt && w->debt.since_ns == w->since_ns ? w->debt.owes : w->silent),
        tws_words_span(w->silence_ns, span, sizeof span));
    if (w->debt.request)
        add(&l, "; open: %s", request_of(w));
    if (w->debt.request && !w->debt.quiet)
        add(&l, ", %s allowed (%s)",
            tws_words_span(tws_request_allowance(w->debt.request, w->s->env), span, sizeof span),
            tws_request_class_name(tws_request_class_of(w->debt.request)));
}

/* An error that refused a request without its id: which one it may be, and what is odd about it. */
static void show_refusal(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_refusal *r = tws_session_refusal(w->s);
    char span[SPAN];
    struct line l;

    if (!r)
        return;
    l = line(v, TWS_FROM_WIRE, "error without an id");
    add(&l, "%" PRId32 ", %s after ", r->code,
        tws_words_span(tws_between(r->asked_ns, r->at_ns), span, sizeof span));
    add_request(&l, r->id, r->key_kind, r->key);
    if (r->open == 1)
        add(&l, "; nothing else was open");
    else if (r->settled)
        add(&l, "; %" PRIu32 " were open", r->open);
    else if (r->errors == 1)
        add(&l, "; one of %" PRIu32 " that were open", r->open);
    else
        add(&l, "; %" PRIu32 " such errors, %" PRIu32 " requests open", r->errors, r->open);
    if (!r->missing && !r->extra)
        return;
    l = line(v, TWS_FROM_WIRE, "its frame");
    add(&l, "%s has ", tws_request_name(r->id));
    add_fields(&l, r->missing, r->extra);
    add(&l, " for server version %" PRIu32, w->s->server_version);
}

/* Subscriptions, where they are what is silent. */
static void show_streams(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_requests *r = &w->s->requests;
    uint32_t streams = 0, quiet = 0;
    char span[SPAN];
    struct line l;

    if (w->trouble != TWS_LIVE_GATEWAY_QUIET || !w->s->stream_from_ns)
        return;
    for (uint32_t i = 0; i < r->n; i++) {
        if (!tws_request_streams(&r->open[i]))
            continue;
        streams++;
        quiet += r->open[i].last_ns <= w->since_ns;
    }
    l = line(v, TWS_FROM_WIRE, "subscriptions");
    add(&l, "%" PRIu32 " served so far, %" PRIu32 " silent since; longest pause before: %s",
        streams, quiet, tws_words_span(w->s->stream_gap_ns, span, sizeof span));
}

/* What the gateway said of its links; in a session where all goes well nobody asks. */
static void show_upstream(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_upstream *u = w->s->upstream;
    const struct tws_farm *first;
    uint32_t broken;
    char span[SPAN];
    struct line l;

    if (!u || (w->trouble == TWS_TROUBLE_NONE && w->final))
        return;
    if (u->link != TWS_LINK_UNKNOWN) {
        l = line(v, TWS_FROM_WIRE, "gateway's link to IB");
        add(&l, "%s %s before", tws_link_name((enum tws_link)u->link),
            tws_words_span(tws_between(u->link_ns, w->until_ns), span, sizeof span));
    }
    broken = tws_upstream_count(u, TWS_FARM_BROKEN, &first);
    if (!broken)
        return;
    l = line(v, TWS_FROM_WIRE, "data farms");
    add(&l, "%s broken for %s", first->name,
        tws_words_span(tws_between(first->since_ns, w->until_ns), span, sizeof span));
    if (broken > 1)
        add(&l, " and %" PRIu32 " more", broken - 1);
    add(&l, "; %" PRIu32 " ok", tws_upstream_count(u, TWS_FARM_OK, NULL));
}

/* How near the client came to the limit of messages. */
static void show_pacing(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_pacing *p = w->s->asked ? &w->s->asked->pacing : NULL;
    struct line l;

    if (!p || (!HAS(w, RATE) && (p->busiest < TWS_PACE_NEAR || w->trouble == TWS_TROUBLE_NONE)))
        return;
    l = line(v, TWS_FROM_WIRE, "client's busiest second");
    add(&l, "%" PRIu32 "%s messages; a gateway takes about %u", p->busiest,
        p->busiest >= 64 ? " or more" : "", TWS_PACE_MESSAGES);
}

static void show_slept(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct line l;

    if (!HAS(w, SLEPT))
        return;
    l = line(v, TWS_FROM_PROCESS, "this machine was suspended");
    add(&l, "for %s of the session",
        tws_words_span(w->s->env->slept() - w->s->slept_s * 1000000000ull, span, sizeof span));
}

static void add_case(struct line *l, const struct tws_view *w, const struct tws_case *c)
{
    const struct tws_last *last = &c->last[0];
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, last->id);
    char span[SPAN];

    if (c->conn == w->s->conn)
        add(l, "this one");
    else
        add(l, "#%" PRIu32, c->conn);
    if (c->client_id >= 0)
        add(l, ", client id %" PRId64, c->client_id);
    add(l, ", %s before", tws_words_span(tws_between(c->at_ns, w->until_ns), span, sizeof span));
    if (last->hello)
        add(l, "; its last: the hello");
    else if (last->n)
        add(l, "; its last: %s, frame %" PRIu64, row ? row->name : "unknown", last->n);
}

/* Who was served last and who first was not: what those two sent is where to look. */
static void show_cases(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_port *p = w->s->port;
    struct tws_case served = tws_case_last_served(p);
    struct line l;

    if (w->trouble != TWS_HELLO_UNANSWERED || !p->victim.conn)
        return;
    if (served.conn) {
        l = line(v, TWS_FROM_OTHERS, "hello answered last");
        add_case(&l, w, &served);
    }
    if (served.conn || p->victim.conn != w->s->conn) {
        l = line(v, TWS_FROM_OTHERS, "first not answered since");
        add_case(&l, w, &p->victim);
    }
}

static void show_last(const struct tws_view *w, unsigned i, struct tws_verdict *v)
{
    const struct tws_last *last = &w->s->last[i];
    const struct tws_message_row *row = tws_schema_find(i ? TWS_GATEWAY : TWS_CLIENT, last->id);
    const char *name = row && row->name ? row->name : "unknown";
    struct line l;
    char span[SPAN];
    uint64_t ago = tws_between(last->ts_ns, w->until_ns);

    if (!last->ts_ns)
        return;
    if (last->hello)
        name = "the hello";
    else if (i && last->id == 0)
        name = "the version reply";
    l = line(v, TWS_FROM_WIRE, i ? "last from the gateway" : "last from the client");
    add(&l, "%s", name);
    if (last->n)
        add(&l, ", frame %" PRIu64, last->n);
    add(&l, ", %s before", tws_words_span(ago, span, sizeof span));
}

static void show_bytes(const struct tws_session *s, struct tws_verdict *v)
{
    struct line l = line(v, TWS_FROM_WIRE, "bytes");

    add(&l, "%" PRIu64 " from the client, %" PRIu64 " from the gateway", s->bytes[0], s->bytes[1]);
}

static void add_range(struct line *l, const struct tws_version_range *r)
{
    if (!r->max)
        add(l, "at least %u", r->min);
    else if (!r->min)
        add(l, "at most %u", r->max);
    else
        add(l, "%u to %u", r->min, r->max);
    add(l, ", inferred");
}

static void show_lost(const struct tws_session *s, struct tws_verdict *v)
{
    struct line l;

    if (s->gaps) {
        l = line(v, TWS_FROM_WIRE, "bytes lost in the capture");
        add(&l, "%" PRIu64 " of the client, %" PRIu64 " of the gateway, in %" PRIu32 " hole%s",
            s->missing[0], s->missing[1], s->gaps, s->gaps == 1 ? "" : "s");
    }
    if (s->packets_lost) {
        l = line(v, TWS_FROM_WIRE, "packets lost before the capture");
        add(&l, "yes, whose is not known");
    }
}

static void show_versions(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    char span[SPAN];
    struct line l;

    if (s->hello_max) {
        l = line(v, TWS_FROM_WIRE, "client offers");
        add(&l, "versions %" PRIu32 " to %" PRIu32, s->hello_min, s->hello_max);
    }
    if (s->server_version) {
        l = line(v, TWS_FROM_WIRE, "server version");
        add(&l, "%" PRIu32, s->server_version);
    } else if (s->versions.min || s->versions.max) {
        l = line(v, TWS_FROM_WIRE, "server version");
        add_range(&l, &s->versions);
    }
    if (HAS(w, SPLIT)) {
        l = line(v, TWS_FROM_WIRE, "version reply in pieces");
        add(&l, "%" PRIu32 " reads over %s", s->version_pieces,
            tws_words_span(tws_between(s->version_first_ns, s->version_last_ns), span,
                           sizeof span));
    }
    if (s->client_id >= 0 && s->stage < TWS_READY) {
        l = line(v, TWS_FROM_WIRE, "client id");
        add(&l, "%" PRId64, s->client_id);
    }
}

static void show_words(const struct tws_view *w, struct tws_verdict *v)
{
    struct line l;

    if (w->s->last_code && w->trouble != TWS_TROUBLE_NONE) {
        l = line(v, TWS_FROM_WIRE, "gateway said");
        add(&l, "code %" PRId32, w->s->last_code);
    }
    if (HAS(w, FRAMING)) {
        l = line(v, TWS_FROM_WIRE, "client's framing");
        add(&l, "frames in a form that server version %" PRIu32 " does not have",
            w->s->server_version);
    }
}

/* Only where the gateway closed: many clients leave a field out, and many gateways forgive it. */
static void show_layout(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, s->last[0].id);
    struct line l;

    if (!HAS(w, ODD_REQUEST) || w->trouble == TWS_TROUBLE_NONE || !row)
        return;
    l = line(v, TWS_FROM_WIRE, "client's last request");
    add(&l, "%s has ", row->name);
    add_fields(&l, s->odd_missing, s->odd_extra);
    add(&l, " for server version %" PRIu32, s->server_version);
}

static void show_ending(const struct tws_session *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct line l;

    if (s->how_closed == TWS_OPEN_STILL)
        return;
    l = line(v, TWS_FROM_WIRE, "first to end");
    add(&l, "%s, %s, after %s", tws_side_name((enum tws_side)s->first_closed),
        tws_ending_name((enum tws_ending)s->how_closed),
        tws_words_span(tws_between(s->opened_ns, s->closed_ns), span, sizeof span));
    if (s->facts & TWS_FACT(LATE)) {
        l = line(v, TWS_FROM_WIRE, "answer after the client's close");
        add(&l, "%s later", tws_words_span(s->late_ns, span, sizeof span));
    }
}

static void show_recovered(const struct tws_session *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct line l;

    if (!s->longest_silence_ns)
        return;
    l = line(v, TWS_FROM_WIRE, "a silence that ended");
    add(&l, "%s, the longest", tws_words_span(s->longest_silence_ns, span, sizeof span));
}

static void show_wire_side(const struct tws_view *w, bool gateway, struct tws_verdict *v)
{
    const struct tws_wire_side *t = gateway ? &w->wire.gateway : &w->wire.client;
    char span[SPAN];
    struct line l;

    if (t->retransmits) {
        l = line(v, TWS_FROM_WIRE, gateway ? "gateway sent again" : "client sent again");
        add(&l, "%" PRIu32 " segment%s", t->retransmits, t->retransmits == 1 ? "" : "s");
        if (t->unacked && t->retransmits_now)
            add(&l, ", %" PRIu32 " bytes still not acknowledged", t->unacked);
    }
    if (t->zero_ns || t->zero_total_ns) {
        l = line(v, TWS_FROM_WIRE, gateway ? "gateway's window" : "client's window");
        if (t->zero_ns)
            add(&l, "closed for %s", tws_words_span(t->zero_ns, span, sizeof span));
        else
            add(&l, "was closed for %s in all",
                tws_words_span(t->zero_total_ns, span, sizeof span));
    }
}

/* What the packets say beyond their bytes; only where it is out of the ordinary. */
static void show_wire(const struct tws_view *w, struct tws_verdict *v)
{
    struct line l;

    if (!w->wire.known) {
        if (w->s->stall == TWS_STALL_WINDOW) {
            char span[SPAN];

            l = line(v, TWS_FROM_KERNEL, "client's socket");
            add(&l, "takes nothing for %s; bytes of the gateway wait for it",
                tws_words_span(tws_between(w->s->stall_ns, w->until_ns), span, sizeof span));
        }
        return;
    }
    if (!w->wire.established && !w->s->midstream) {
        l = line(v, TWS_FROM_WIRE, "SYN");
        add(&l, "sent %" PRIu32 " time%s, %s", w->wire.client.syns,
            w->wire.client.syns == 1 ? "" : "s",
            w->s->how_closed == TWS_REFUSED ? "answered by a reset" : "not answered");
    }
    if (HAS(w, SYNACK_AGAIN)) {
        l = line(v, TWS_FROM_WIRE, "SYN-ACK");
        add(&l, "sent %" PRIu32 " times; the client's bytes are not acknowledged",
            w->wire.gateway.syns);
    }
    show_wire_side(w, false, v);
    show_wire_side(w, true, v);
    if (HAS(w, LATE_RESET)) {
        l = line(v, TWS_FROM_WIRE, "late bytes of the gateway");
        add(&l, "met by a reset of the client's kernel");
    }
    if (HAS(w, OTHER_FAMILY)) {
        l = line(v, TWS_FROM_OTHERS, "same port, other family");
        add(&l, "answered");
    }
}

static void show_kernel(const struct tws_view *w, struct tws_verdict *v)
{
    struct line l;

    if (!(w->facts & (TWS_FACT(ACKED) | TWS_FACT(UNACKED))))
        return;
    l = line(v, w->wire.known ? TWS_FROM_WIRE : TWS_FROM_KERNEL, "bytes to the gateway");
    add(&l, "%s",
        HAS(w, ACKED) ? "all acknowledged by its kernel" : "retransmitted, not acknowledged");
}

/* What the table of sockets says of the gateway's end. */
static void show_peer(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    struct line l;

    if (!(w->facts & (TWS_FACT(ACCEPTED) | TWS_FACT(NOT_ACCEPTED)))) {
        if (!HAS(w, QUEUE_FULL))
            return;
        l = line(v, TWS_FROM_KERNEL, "listener's queue");
        add(&l, "full: %" PRIu32 " of %" PRIu32, s->queue, s->backlog);
        return;
    }
    l = line(v, TWS_FROM_KERNEL, "gateway's end");
    add(&l, HAS(w, ACCEPTED) ? "accepted by a process: " : "not accepted: ");
    if (s->peer_unread)
        add(&l, "%" PRIu32 " byte%s unread", s->peer_unread, s->peer_unread == 1 ? "" : "s");
    else
        add(&l, "all bytes read");
    if (s->backlog)
        add(&l, "; %" PRIu32 " of %" PRIu32 " in the listener's queue", s->queue, s->backlog);
}

static void add_process(struct line *l, const struct tws_process *p)
{
    static const char *const what[] = {
        [TWS_PROGRAM_OTHER] = "",
        [TWS_PROGRAM_JAVA] = " (a Java program)",
        [TWS_PROGRAM_GATEWAY] = " (TWS or IB Gateway)",
        [TWS_PROGRAM_RELAY] = " (a relay)",
    };

    add(l, "%s%s, process %" PRIu32, p->name, what[p->program], p->pid);
}

/* Whose the listener is; or where there is none, what there is. */
static void show_owner(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_port *p = w->s->port;
    struct line l;

    if (w->trouble == TWS_TROUBLE_NONE)
        return;
    if (HAS(w, SIBLING)) {
        l = line(v, TWS_FROM_KERNEL, "a usual port that is open");
        add(&l, "%u", (unsigned)p->sibling);
    }
    if (HAS(w, OWNER_KNOWN)) {
        l = line(v, TWS_FROM_PROCESS, HAS(w, SIBLING) ? "it belongs to" : "the port belongs to");
        add_process(&l, &p->owner);
        if (HAS(w, OWNER_STOPPED))
            add(&l, ": stopped");
    }
    if (HAS(w, IDLE_GATEWAY)) {
        l = line(v, TWS_FROM_PROCESS, "runs, and listens nowhere");
        add_process(&l, &p->idle);
    }
    if (HAS(w, NONE_RUNS)) {
        l = line(v, TWS_FROM_PROCESS, "TWS or IB Gateway");
        add(&l, "none runs on this machine");
    }
}

static void show_others(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_others *o = &w->others;
    const struct tws_port *p = w->s->port;
    struct line l;

    if (w->trouble == TWS_TROUBLE_NONE || (w->facts & TWS_FACT(CLIENT_FOREIGN)))
        return;
    l = line(v, TWS_FROM_OTHERS, "other sessions of the port");
    if (HAS(w, NO_OTHERS))
        add(&l, "none");
    else
        add(&l,
            "%" PRIu32 " open; live: %" PRIu32 " answered, %" PRIu32 " silent; new: %" PRIu32
            " answered, %" PRIu32 " not",
            o->open, o->live_answering, o->live_silent, o->new_answered, o->new_unanswered);
    if (p->unanswered_run > 1 && w->trouble == TWS_HELLO_UNANSWERED) {
        l = line(v, TWS_FROM_OTHERS, "hellos unanswered in a row");
        add(&l, "%" PRIu32, p->unanswered_run);
    }
    if (p->early_closes > 1 && HAS(w, GATEWAY_MUTE)) {
        l = line(v, TWS_FROM_OTHERS, "closed without a byte in a row");
        add(&l, "%" PRIu32, p->early_closes);
    }
    if (HAS(w, JUST_REFUSED) && HAS(w, GATEWAY_CLOSED)) {
        l = line(v, TWS_FROM_OTHERS, "port refused a dial");
        add(&l, "within the last 30 s");
    }
}

/* In the order of what decides: where there is no room for all, the tail is left out. */
void tws_words_evidence(const struct tws_view *w, struct tws_verdict *v)
{
    show_stages(w->s, v);
    show_lost(w->s, v);
    show_debt(w, v);
    show_refusal(w, v);
    show_streams(w, v);
    show_words(w, v);
    show_upstream(w, v);
    show_pacing(w, v);
    show_slept(w, v);
    show_layout(w, v);
    show_kernel(w, v);
    show_peer(w, v);
    show_owner(w, v);
    show_wire(w, v);
    show_last(w, 0, v);
    show_last(w, 1, v);
    show_ending(w->s, v);
    show_versions(w, v);
    show_bytes(w->s, v);
    show_recovered(w->s, v);
    show_others(w, v);
    show_cases(w, v);
}
