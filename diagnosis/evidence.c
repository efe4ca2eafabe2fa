/* evidence.c - the evidence of a verdict: what was observed, and where it was observed. */
#include "evidence.h"
#include "pacing.h"
#include "phrase.h"
#include "stage.h"
#include <inttypes.h>

#define SPAN TWS_PHRASE_SPAN
#define HAS  TWS_VIEW_HAS

/* clang-format off */
const struct tws_evidence_row tws_evidence_rows[TWS_SHOWN] = {
    [TWS_SHOWN_STAGES] = {"stages", "stages reached", TWS_FROM_WIRE},
    [TWS_SHOWN_BYTES_LOST] = {"bytes-lost", "bytes lost in the capture", TWS_FROM_WIRE},
    [TWS_SHOWN_PACKETS_LOST] = {"packets-lost", "packets lost before the capture", TWS_FROM_WIRE},
    [TWS_SHOWN_OWED] = {"owed", "owes the next bytes", TWS_FROM_WIRE},
    [TWS_SHOWN_SILENT] = {"owed", "silent", TWS_FROM_WIRE},
    [TWS_SHOWN_ASKED_EARLY] = {"asked-early", "asked", TWS_FROM_WIRE},
    [TWS_SHOWN_ASKED_UNLINKED] = {"asked-unlinked", "asked", TWS_FROM_WIRE},
    [TWS_SHOWN_ANSWERED_SINCE] = {"answered-since", "answered since", TWS_FROM_WIRE},
    [TWS_SHOWN_NEWER_REQUEST] = {"newer-request", "client's request", TWS_FROM_WIRE},
    [TWS_SHOWN_ENDED_BY_ERROR] = {"ended-by-error", "ended by an error", TWS_FROM_WIRE},
    [TWS_SHOWN_REFUSAL] = {"refusal", "error without an id", TWS_FROM_WIRE},
    [TWS_SHOWN_REFUSED_FRAME] = {"refused-frame", "its frame", TWS_FROM_WIRE},
    [TWS_SHOWN_SUBSCRIPTIONS] = {"subscriptions", "subscriptions", TWS_FROM_WIRE},
    [TWS_SHOWN_CODE] = {"code", "gateway said", TWS_FROM_WIRE},
    [TWS_SHOWN_FRAMING] = {"framing", "client's framing", TWS_FROM_WIRE},
    [TWS_SHOWN_UPSTREAM_LINK] = {"upstream-link", "gateway's link to IB", TWS_FROM_WIRE},
    [TWS_SHOWN_FARMS] = {"farms", "data farms", TWS_FROM_WIRE},
    [TWS_SHOWN_PACE] = {"pace", "client's busiest second", TWS_FROM_WIRE},
    [TWS_SHOWN_SUSPENDED] = {"suspended", "this machine was suspended", TWS_FROM_PROCESS},
    [TWS_SHOWN_ODD_REQUEST] = {"odd-request", "client's last request", TWS_FROM_WIRE},
    [TWS_SHOWN_ACKNOWLEDGED] = {"acknowledged", "bytes to the gateway", TWS_FROM_WIRE},
    [TWS_SHOWN_ACKNOWLEDGED_SOCKET] = {"acknowledged", "bytes to the gateway", TWS_FROM_KERNEL},
    [TWS_SHOWN_QUEUE] = {"queue", "listener's queue", TWS_FROM_KERNEL},
    [TWS_SHOWN_GATEWAY_END] = {"gateway-end", "gateway's end", TWS_FROM_KERNEL},
    [TWS_SHOWN_SIBLING_PORT] = {"sibling-port", "a usual port that is open", TWS_FROM_KERNEL},
    [TWS_SHOWN_OWNER] = {"owner", "the port belongs to", TWS_FROM_PROCESS},
    [TWS_SHOWN_SIBLING_OWNER] = {"owner", "it belongs to", TWS_FROM_PROCESS},
    [TWS_SHOWN_IDLE_GATEWAY] = {"idle-gateway", "runs, and listens nowhere", TWS_FROM_PROCESS},
    [TWS_SHOWN_NONE_RUNS] = {"none-runs", "TWS or IB Gateway", TWS_FROM_PROCESS},
    [TWS_SHOWN_CLIENT_SOCKET] = {"client-window", "client's socket", TWS_FROM_KERNEL},
    [TWS_SHOWN_SYN] = {"syn", "SYN", TWS_FROM_WIRE},
    [TWS_SHOWN_SYN_ACK_AGAIN] = {"syn-ack-again", "SYN-ACK", TWS_FROM_WIRE},
    [TWS_SHOWN_CLIENT_RETRANSMITS] = {"client-retransmits", "client sent again", TWS_FROM_WIRE},
    [TWS_SHOWN_CLIENT_WINDOW] = {"client-window", "client's window", TWS_FROM_WIRE},
    [TWS_SHOWN_GATEWAY_RETRANSMITS] = {"gateway-retransmits", "gateway sent again", TWS_FROM_WIRE},
    [TWS_SHOWN_GATEWAY_WINDOW] = {"gateway-window", "gateway's window", TWS_FROM_WIRE},
    [TWS_SHOWN_LATE_RESET] = {"late-reset", "late bytes of the gateway", TWS_FROM_WIRE},
    [TWS_SHOWN_OTHER_FAMILY] = {"other-family", "same port, other family", TWS_FROM_OTHERS},
    [TWS_SHOWN_LAST_CLIENT] = {"last-client", "last from the client", TWS_FROM_WIRE},
    [TWS_SHOWN_LAST_GATEWAY] = {"last-gateway", "last from the gateway", TWS_FROM_WIRE},
    [TWS_SHOWN_ENDING] = {"ending", "first to end", TWS_FROM_WIRE},
    [TWS_SHOWN_CLIENT_AFTER] = {"client-after", "client after that", TWS_FROM_WIRE},
    [TWS_SHOWN_LATE_ANSWER] = {"late-answer", "answer after the client's close", TWS_FROM_WIRE},
    [TWS_SHOWN_VERSIONS_OFFERED] = {"versions-offered", "client offers", TWS_FROM_WIRE},
    [TWS_SHOWN_SERVER_VERSION] = {"server-version", "server version", TWS_FROM_WIRE},
    [TWS_SHOWN_SPLIT_VERSION] = {"split-version", "version reply in pieces", TWS_FROM_WIRE},
    [TWS_SHOWN_CLIENT_ID] = {"client-id", "client id", TWS_FROM_WIRE},
    [TWS_SHOWN_BYTES] = {"bytes", "bytes", TWS_FROM_WIRE},
    [TWS_SHOWN_SILENCE_ENDED] = {"silence-ended", "a silence that ended", TWS_FROM_WIRE},
    [TWS_SHOWN_OTHERS] = {"others", "other sessions of the port", TWS_FROM_OTHERS},
    [TWS_SHOWN_OTHERS_AFTER] = {"others-after", "others after that", TWS_FROM_OTHERS},
    [TWS_SHOWN_ID_HELD] = {"id-held", "session with its client id", TWS_FROM_OTHERS},
    [TWS_SHOWN_SESSIONS_ENDED] = {"sessions-ended", "sessions of the port", TWS_FROM_OTHERS},
    [TWS_SHOWN_UNANSWERED_RUN] = {"unanswered-run", "hellos unanswered in a row", TWS_FROM_OTHERS},
    [TWS_SHOWN_CLOSE_RUN] = {"close-run", "closed without a byte in a row", TWS_FROM_OTHERS},
    [TWS_SHOWN_JUST_REFUSED] = {"just-refused", "port refused a dial", TWS_FROM_OTHERS},
    [TWS_SHOWN_SERVED_LAST] = {"served-last", "hello answered last", TWS_FROM_OTHERS},
    [TWS_SHOWN_UNANSWERED_FIRST] = {"unanswered-first", "first not answered since", TWS_FROM_OTHERS},
};
/* clang-format on */

/* A new line of evidence, to be filled by tws_phrase(). */
static struct tws_phrase line(struct tws_verdict *v, enum tws_shown what)
{
    const struct tws_evidence_row *row = &tws_evidence_rows[what];
    struct tws_evidence *e;

    if (v->n_evidence >= TWS_EVIDENCE_MAX)
        return (struct tws_phrase){NULL, 0, 0};
    e = &v->evidence[v->n_evidence++];
    *e = (struct tws_evidence){.fact = row->fact, .what = row->what, .source = row->source};
    return (struct tws_phrase){e->value, sizeof e->value, 0};
}

/* The value of the newest line is this one quantity; `unit`: static text. */
static void quantity(struct tws_verdict *v, const struct tws_phrase *l, double number,
                     const char *unit)
{
    if (!l->buf)
        return;
    v->evidence[v->n_evidence - 1].number = number;
    v->evidence[v->n_evidence - 1].unit = unit;
}

/* The same for a time, in seconds to the microsecond. */
static void lasted(struct tws_verdict *v, const struct tws_phrase *l, uint64_t ns)
{
    uint64_t us = ns / 1000;

    quantity(v, l, (double)us / 1e6, "s");
}

static void show_stages(const struct tws_state *s, struct tws_verdict *v)
{
    struct tws_phrase l = line(v, TWS_SHOWN_STAGES);
    char span[SPAN];

    tws_phrase(&l, s->midstream ? "seen from the middle on" : "tcp");
    for (int i = TWS_HELLO; i <= s->progress.stage; i++) {
        if (!(s->progress.stages >> i & 1))
            continue;
        tws_phrase(&l, ", %s +%s", tws_stage_name((enum tws_stage)i),
                   tws_phrase_span((uint64_t)s->progress.took_us[i] * 1000, span, sizeof span));
    }
}

static void show_debt(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!w->since_ns || w->silent == TWS_NOBODY)
        return;
    l = line(v, w->trouble == TWS_LIVE_GATEWAY_QUIET ? TWS_SHOWN_SILENT : TWS_SHOWN_OWED);
    lasted(v, &l, w->silence_ns);
    tws_phrase(&l, "%s, for %s",
               tws_side_name(w->s->owed.any && w->s->owed.since_ns == w->since_ns
                                 ? (enum tws_side)w->s->owed.owes
                                 : w->silent),
               tws_phrase_span(w->silence_ns, span, sizeof span));
    if (w->s->owed.request.id) {
        tws_phrase(&l, "; open: ");
        tws_phrase_request(&l, w->s->owed.request.id, w->s->owed.request.key_kind,
                           w->s->owed.request.key);
    }
    if (w->s->owed.request.id && !w->s->owed.quiet)
        tws_phrase(&l, ", %s allowed (%s)",
                   tws_phrase_span(w->s->owed.request.allowance_ns, span, sizeof span),
                   tws_request_class_name((enum tws_request_class)w->s->owed.request.class));
}

/* What is known of the request that waits, beyond that it waits. */
static void show_request(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_owed_request *q = &w->s->owed.request;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE || !q->id)
        return;
    if (q->early) {
        l = line(v, TWS_SHOWN_ASKED_EARLY);
        tws_phrase(&l, "before the welcome (nextValidId and managedAccounts)");
    }
    if (q->unlinked && !HAS(w, LOST)) {
        l = line(v, TWS_SHOWN_ASKED_UNLINKED);
        tws_phrase(&l, "while the gateway had no link to IB (1100)");
    }
    if (q->done && HAS(w, HEARD)) {
        l = line(v, TWS_SHOWN_ANSWERED_SINCE);
        quantity(v, &l, q->done, "requests");
        tws_phrase(&l, "%" PRIu32 " other request%s", q->done, q->done == 1 ? "" : "s");
        if (q->done_id)
            tws_phrase(&l, ", the last: %s", tws_request_name(q->done_id));
    }
}

/* What an error ended, and the client did not ask for again. */
static void show_lapse(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_lapse *q = &w->s->demand.lapse;
    char span[SPAN];
    struct tws_phrase l;

    if (!q->id)
        return;
    l = line(v, TWS_SHOWN_ENDED_BY_ERROR);
    quantity(v, &l, w->s->demand.lapses, "requests");
    tws_phrase_request(&l, q->id, q->key_kind, q->key);
    tws_phrase(&l, ": %" PRId32 ", %s before, not asked again", q->code,
               tws_phrase_span(tws_between(q->at_ns, w->s->until_ns), span, sizeof span));
    if (w->s->demand.lapses > 1)
        tws_phrase(&l, "; %" PRIu32 " such in all", w->s->demand.lapses);
}

static void show_newer(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_message_row *row;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE || !HAS(w, NEWER_REQUEST))
        return;
    row = tws_schema_find(TWS_CLIENT, tws_view_newer(w));
    l = line(v, TWS_SHOWN_NEWER_REQUEST);
    quantity(v, &l, row->since, "version");
    tws_phrase(&l, "%s needs server version %u, this session has %" PRIu32, row->name,
               (unsigned)row->since, w->s->progress.server_version);
}

/* An error that refused a request without its id: which one it may be, and what is odd about it. */
static void show_refusal(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_refusal *r = &w->s->refusal;
    char span[SPAN];
    struct tws_phrase l;

    if (!r->code)
        return;
    l = line(v, TWS_SHOWN_REFUSAL);
    tws_phrase(&l, "%" PRId32 ", %s after ", r->code,
               tws_phrase_span(tws_between(r->asked_ns, r->at_ns), span, sizeof span));
    tws_phrase_request(&l, r->id, r->key_kind, r->key);
    if (r->open == 1)
        tws_phrase(&l, "; nothing else was open");
    else if (r->settled)
        tws_phrase(&l, "; %" PRIu32 " were open", r->open);
    else if (r->errors == 1)
        tws_phrase(&l, "; one of %" PRIu32 " that were open", r->open);
    else
        tws_phrase(&l, "; %" PRIu32 " such errors, %" PRIu32 " requests open", r->errors, r->open);
    if (!r->missing && !r->extra)
        return;
    l = line(v, TWS_SHOWN_REFUSED_FRAME);
    tws_phrase(&l, "%s has ", tws_request_name(r->id));
    tws_phrase_fields(&l, r->missing, r->extra);
    tws_phrase(&l, " for server version %" PRIu32, w->s->progress.server_version);
}

/* Subscriptions, where they are what is silent. */
static void show_streams(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_demand *d = &w->s->demand;
    char span[SPAN];
    struct tws_phrase l;

    if (w->trouble != TWS_LIVE_GATEWAY_QUIET || !w->s->service.from_ns)
        return;
    l = line(v, TWS_SHOWN_SUBSCRIPTIONS);
    quantity(v, &l, d->streams_silent, "subscriptions");
    tws_phrase(&l, "%" PRIu32 " served so far, %" PRIu32 " silent since; longest pause before: %s",
               d->streams, d->streams_silent,
               tws_phrase_span(w->s->service.gap_ns, span, sizeof span));
}

/* What the gateway said of its links: of that to IB nobody asks in a session where all went well,
 * but a farm that is broken is the reason for what comes next. */
static void show_upstream(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_upstream *u = &w->s->upstream;
    const struct tws_farm *first;
    uint32_t broken;
    char span[SPAN];
    struct tws_phrase l;

    if (u->link != TWS_LINK_UNKNOWN && (w->trouble != TWS_TROUBLE_NONE || !w->s->final)) {
        l = line(v, TWS_SHOWN_UPSTREAM_LINK);
        lasted(v, &l, tws_between(u->link_ns, w->s->until_ns));
        tws_phrase(&l, "%s %s before", tws_link_name((enum tws_link)u->link),
                   tws_phrase_span(tws_between(u->link_ns, w->s->until_ns), span, sizeof span));
    }
    broken = tws_upstream_count(u, TWS_FARM_BROKEN, &first);
    if (!broken)
        return;
    l = line(v, TWS_SHOWN_FARMS);
    quantity(v, &l, broken, "farms");
    tws_phrase(&l, "%s broken for %s", first->name,
               tws_phrase_span(tws_between(first->since_ns, w->s->until_ns), span, sizeof span));
    if (broken > 1)
        tws_phrase(&l, " and %" PRIu32 " more", broken - 1);
    tws_phrase(&l, "; %" PRIu32 " ok", tws_upstream_count(u, TWS_FARM_OK, NULL));
}

/* How near the client came to the limit of messages. */
static void show_pacing(const struct tws_view *w, struct tws_verdict *v)
{
    uint32_t busiest = w->s->busiest;
    struct tws_phrase l;

    if (!busiest || (!HAS(w, RATE) && (busiest < TWS_PACE_NEAR || w->trouble == TWS_TROUBLE_NONE)))
        return;
    l = line(v, TWS_SHOWN_PACE);
    quantity(v, &l, busiest, "messages/s");
    tws_phrase(&l, "%" PRIu32 "%s messages%s; a gateway takes about %u", busiest,
               busiest >= 64 ? " or more" : "", HAS(w, OVER_LIMIT) ? ", just before the end" : "",
               TWS_PACE_MESSAGES);
}

static void show_slept(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!HAS(w, SLEPT))
        return;
    l = line(v, TWS_SHOWN_SUSPENDED);
    lasted(v, &l, w->s->slept_ns);
    tws_phrase(&l, "for %s of the session", tws_phrase_span(w->s->slept_ns, span, sizeof span));
}

static void add_case(struct tws_phrase *l, const struct tws_view *w, const struct tws_case *c)
{
    const struct tws_last *last = &c->last[0];
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, last->id);
    char span[SPAN];

    if (c->conn == w->s->conn)
        tws_phrase(l, "this one");
    else
        tws_phrase(l, "#%" PRIu32, c->conn);
    if (c->client_id >= 0)
        tws_phrase(l, ", client id %" PRId64, c->client_id);
    tws_phrase(l, ", %s before",
               tws_phrase_span(tws_between(c->at_ns, w->s->until_ns), span, sizeof span));
    if (last->hello)
        tws_phrase(l, "; its last: the hello");
    else if (last->n)
        tws_phrase(l, "; its last: %s, frame %" PRIu64, row ? row->name : "unknown", last->n);
}

/* Who was served last and who first was not: what those two sent is where to look. */
static void show_cases(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_neighbours *p = &w->s->port;
    bool beside_tls = HAS(w, TLS) && HAS(w, PORT_SERVED);
    struct tws_phrase l;

    if (!beside_tls && (w->trouble != TWS_HELLO_UNANSWERED || !p->victim.conn))
        return;
    if (p->served.conn) {
        l = line(v, TWS_SHOWN_SERVED_LAST);
        lasted(v, &l, tws_between(p->served.at_ns, w->s->until_ns));
        add_case(&l, w, &p->served);
    }
    if (p->victim.conn && (p->served.conn || p->victim.conn != w->s->conn)) {
        l = line(v, TWS_SHOWN_UNANSWERED_FIRST);
        lasted(v, &l, tws_between(p->victim.at_ns, w->s->until_ns));
        add_case(&l, w, &p->victim);
    }
}

static void show_last(const struct tws_view *w, unsigned i, struct tws_verdict *v)
{
    const struct tws_last *last = &w->s->side[i].last;
    const struct tws_message_row *row = tws_schema_find(i ? TWS_GATEWAY : TWS_CLIENT, last->id);
    const char *name = row && row->name ? row->name : "unknown";
    struct tws_phrase l;
    char span[SPAN];
    uint64_t ago = tws_between(last->ts_ns, w->s->until_ns);

    if (!last->ts_ns)
        return;
    if (last->hello)
        name = "the hello";
    else if (i && last->id == 0)
        name = "the version reply";
    l = line(v, i ? TWS_SHOWN_LAST_GATEWAY : TWS_SHOWN_LAST_CLIENT);
    lasted(v, &l, ago);
    tws_phrase(&l, "%s", name);
    if (last->n)
        tws_phrase(&l, ", frame %" PRIu64, last->n);
    tws_phrase(&l, ", %s before", tws_phrase_span(ago, span, sizeof span));
    if (!i && w->trouble != TWS_TROUBLE_NONE && HAS(w, FAST_CLOSE) && HAS(w, FORM_ANSWERED))
        tws_phrase(&l, "; one like it had been answered");
    else if (!i && w->trouble != TWS_TROUBLE_NONE && HAS(w, FAST_CLOSE) && HAS(w, FIRST_OF_FORM))
        tws_phrase(&l, "; the first of its kind");
}

static void show_bytes(const struct tws_state *s, struct tws_verdict *v)
{
    struct tws_phrase l = line(v, TWS_SHOWN_BYTES);

    tws_phrase(&l, "%" PRIu64 " from the client, %" PRIu64 " from the gateway", s->side[0].bytes,
               s->side[1].bytes);
}

static void add_range(struct tws_phrase *l, const struct tws_version_range *r)
{
    if (!r->max)
        tws_phrase(l, "at least %u", r->min);
    else if (!r->min)
        tws_phrase(l, "at most %u", r->max);
    else
        tws_phrase(l, "%u to %u", r->min, r->max);
    tws_phrase(l, ", inferred");
}

static void show_lost(const struct tws_state *s, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (s->gaps) {
        l = line(v, TWS_SHOWN_BYTES_LOST);
        quantity(v, &l, (double)(s->side[0].missing + s->side[1].missing), "bytes");
        tws_phrase(&l,
                   "%" PRIu64 " of the client, %" PRIu64 " of the gateway, in %" PRIu32 " hole%s",
                   s->side[0].missing, s->side[1].missing, s->gaps, s->gaps == 1 ? "" : "s");
    }
    if (s->packets_lost) {
        l = line(v, TWS_SHOWN_PACKETS_LOST);
        tws_phrase(&l, "yes, whose is not known");
    }
}

static void show_versions(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_state *s = w->s;
    char span[SPAN];
    struct tws_phrase l;

    if (s->progress.hello_max) {
        l = line(v, TWS_SHOWN_VERSIONS_OFFERED);
        tws_phrase(&l, "versions %" PRIu32 " to %" PRIu32, s->progress.hello_min,
                   s->progress.hello_max);
    }
    if (s->progress.server_version) {
        l = line(v, TWS_SHOWN_SERVER_VERSION);
        tws_phrase(&l, "%" PRIu32, s->progress.server_version);
    } else if (s->progress.inferred.min || s->progress.inferred.max) {
        l = line(v, TWS_SHOWN_SERVER_VERSION);
        add_range(&l, &s->progress.inferred);
    }
    if (HAS(w, SPLIT)) {
        l = line(v, TWS_SHOWN_SPLIT_VERSION);
        lasted(v, &l, tws_between(s->progress.version_first_ns, s->progress.version_last_ns));
        tws_phrase(
            &l, "%" PRIu32 " reads over %s", s->progress.version_pieces,
            tws_phrase_span(tws_between(s->progress.version_first_ns, s->progress.version_last_ns),
                            span, sizeof span));
    }
    if (s->progress.client_id >= 0 && s->progress.stage < TWS_READY) {
        l = line(v, TWS_SHOWN_CLIENT_ID);
        tws_phrase(&l, "%" PRId64, s->progress.client_id);
    }
}

static void show_words(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (w->s->last_code && w->trouble != TWS_TROUBLE_NONE) {
        l = line(v, TWS_SHOWN_CODE);
        tws_phrase(&l, "code %" PRId32, w->s->last_code);
    }
    if (HAS(w, FRAMING)) {
        l = line(v, TWS_SHOWN_FRAMING);
        tws_phrase(&l, "frames in a form that server version %" PRIu32 " does not have",
                   w->s->progress.server_version);
    }
}

/* Only where the gateway closed: many clients leave a field out, and many gateways forgive it. */
static void show_layout(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_state *s = w->s;
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, s->side[0].last.id);
    struct tws_phrase l;

    if (!HAS(w, ODD_REQUEST) || w->trouble == TWS_TROUBLE_NONE || !row)
        return;
    l = line(v, TWS_SHOWN_ODD_REQUEST);
    tws_phrase(&l, "%s has ", row->name);
    tws_phrase_fields(&l, s->odd_missing, s->odd_extra);
    tws_phrase(&l, " for server version %" PRIu32, s->progress.server_version);
}

static void show_ending(const struct tws_state *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (s->how_closed == TWS_OPEN_STILL)
        return;
    l = line(v, TWS_SHOWN_ENDING);
    lasted(v, &l, tws_between(s->opened_ns, s->until_ns));
    tws_phrase(&l, "%s, %s, after %s", tws_side_name((enum tws_side)s->first_closed),
               tws_ending_name((enum tws_ending)s->how_closed),
               tws_phrase_span(tws_between(s->opened_ns, s->until_ns), span, sizeof span));
    if (s->seen & TWS_SAW(LATE)) {
        l = line(v, TWS_SHOWN_LATE_ANSWER);
        lasted(v, &l, s->late_ns);
        tws_phrase(&l, "%s later", tws_phrase_span(s->late_ns, span, sizeof span));
    }
}

/* What the client did when the gateway had closed. */
static void show_after(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_state *s = w->s;
    uint64_t until = s->parted.second_ns ? s->parted.second_ns : s->at_ns;
    char span[SPAN];
    struct tws_phrase l;

    if (!HAS(w, UNNOTICED) && !(HAS(w, GATEWAY_CLOSED) && s->parted.client_bytes))
        return;
    l = line(v, TWS_SHOWN_CLIENT_AFTER);
    lasted(v, &l, tws_between(s->until_ns, until));
    tws_phrase(&l,
               s->parted.second_ns ? "ended its side %s later" : "had not closed its side %s later",
               tws_phrase_span(tws_between(s->until_ns, until), span, sizeof span));
    if (s->parted.client_bytes)
        tws_phrase(
            &l, "; sent %" PRIu64 " bytes, the last %s later", s->parted.client_bytes,
            tws_phrase_span(tws_between(s->until_ns, s->parted.client_ns), span, sizeof span));
}

static void show_recovered(const struct tws_state *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!s->longest_ns)
        return;
    l = line(v, TWS_SHOWN_SILENCE_ENDED);
    lasted(v, &l, s->longest_ns);
    tws_phrase(&l, "%s, the longest", tws_phrase_span(s->longest_ns, span, sizeof span));
}

static void show_wire_side(const struct tws_view *w, bool gateway, struct tws_verdict *v)
{
    const struct tws_wire_side *t = gateway ? &w->s->facts.wire.gateway : &w->s->facts.wire.client;
    char span[SPAN];
    struct tws_phrase l;

    if (t->retransmits) {
        l = line(v, gateway ? TWS_SHOWN_GATEWAY_RETRANSMITS : TWS_SHOWN_CLIENT_RETRANSMITS);
        quantity(v, &l, t->retransmits, "segments");
        tws_phrase(&l, "%" PRIu32 " segment%s", t->retransmits, t->retransmits == 1 ? "" : "s");
        if (t->unacked && t->retransmits_now)
            tws_phrase(&l, ", %" PRIu32 " bytes still not acknowledged", t->unacked);
    }
    if (t->zero_ns || t->zero_total_ns) {
        l = line(v, gateway ? TWS_SHOWN_GATEWAY_WINDOW : TWS_SHOWN_CLIENT_WINDOW);
        lasted(v, &l, t->zero_ns ? t->zero_ns : t->zero_total_ns);
        if (t->zero_ns)
            tws_phrase(&l, "closed for %s", tws_phrase_span(t->zero_ns, span, sizeof span));
        else
            tws_phrase(&l, "was closed for %s in all",
                       tws_phrase_span(t->zero_total_ns, span, sizeof span));
    }
}

/* What the packets say beyond their bytes; only where it is out of the ordinary. */
static void show_wire(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (!w->s->facts.wire.known) {
        if (w->s->stall == TWS_STALL_WINDOW) {
            char span[SPAN];

            l = line(v, TWS_SHOWN_CLIENT_SOCKET);
            lasted(v, &l, tws_between(w->s->stall_ns, w->s->until_ns));
            tws_phrase(
                &l, "takes nothing for %s; bytes of the gateway wait for it",
                tws_phrase_span(tws_between(w->s->stall_ns, w->s->until_ns), span, sizeof span));
        }
        return;
    }
    if (!w->s->facts.wire.established && !w->s->midstream) {
        l = line(v, TWS_SHOWN_SYN);
        quantity(v, &l, w->s->facts.wire.client.syns, "segments");
        tws_phrase(&l, "sent %" PRIu32 " time%s, %s", w->s->facts.wire.client.syns,
                   w->s->facts.wire.client.syns == 1 ? "" : "s",
                   w->s->how_closed == TWS_REFUSED ? "answered by a reset" : "not answered");
    }
    if (HAS(w, SYNACK_AGAIN)) {
        l = line(v, TWS_SHOWN_SYN_ACK_AGAIN);
        quantity(v, &l, w->s->facts.wire.gateway.syns, "segments");
        tws_phrase(&l, "sent %" PRIu32 " times; the client's bytes are not acknowledged",
                   w->s->facts.wire.gateway.syns);
    }
    show_wire_side(w, false, v);
    show_wire_side(w, true, v);
    if (HAS(w, LATE_RESET)) {
        l = line(v, TWS_SHOWN_LATE_RESET);
        tws_phrase(&l, "met by a reset of the client's kernel");
    }
    if (HAS(w, OTHER_FAMILY)) {
        l = line(v, TWS_SHOWN_OTHER_FAMILY);
        tws_phrase(&l, "answered");
    }
}

static void show_kernel(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (!(w->facts & (TWS_FACT(ACKED) | TWS_FACT(UNACKED))))
        return;
    l = line(v, w->s->facts.wire.known ? TWS_SHOWN_ACKNOWLEDGED : TWS_SHOWN_ACKNOWLEDGED_SOCKET);
    tws_phrase(&l, "%s",
               HAS(w, ACKED) ? "all acknowledged by its kernel"
                             : "retransmitted, not acknowledged");
}

/* What the table of sockets says of the gateway's end. */
static void show_peer(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_kernel *k = &w->s->facts.kernel;
    struct tws_phrase l;

    if (!(w->facts & (TWS_FACT(ACCEPTED) | TWS_FACT(NOT_ACCEPTED)))) {
        if (!HAS(w, QUEUE_FULL))
            return;
        l = line(v, TWS_SHOWN_QUEUE);
        quantity(v, &l, k->queue, "connections");
        tws_phrase(&l, "full: %" PRIu32 " of %" PRIu32, k->queue, k->backlog);
        return;
    }
    l = line(v, TWS_SHOWN_GATEWAY_END);
    quantity(v, &l, k->peer_unread, "bytes");
    tws_phrase(&l, HAS(w, ACCEPTED) ? "accepted by a process: " : "not accepted: ");
    if (k->peer_unread)
        tws_phrase(&l, "%" PRIu32 " byte%s unread", k->peer_unread, k->peer_unread == 1 ? "" : "s");
    else
        tws_phrase(&l, "all bytes read");
    if (k->queue_known && k->backlog)
        tws_phrase(&l, "; %" PRIu32 " of %" PRIu32 " in the listener's queue", k->queue,
                   k->backlog);
}

static void add_process(struct tws_phrase *l, const struct tws_process *p)
{
    static const char *const what[] = {
        [TWS_PROGRAM_OTHER] = "",
        [TWS_PROGRAM_JAVA] = " (a Java program)",
        [TWS_PROGRAM_GATEWAY] = " (TWS or IB Gateway)",
        [TWS_PROGRAM_RELAY] = " (a relay)",
    };

    tws_phrase(l, "%s%s, process %" PRIu32, p->name, what[p->program], p->pid);
}

/* Whose the listener is; or where there is none, what there is. */
static void show_owner(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_kernel *k = &w->s->facts.kernel;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE)
        return;
    if (HAS(w, SIBLING)) {
        l = line(v, TWS_SHOWN_SIBLING_PORT);
        tws_phrase(&l, "%u", (unsigned)k->sibling);
    }
    if (HAS(w, OWNER_KNOWN)) {
        l = line(v, HAS(w, SIBLING) ? TWS_SHOWN_SIBLING_OWNER : TWS_SHOWN_OWNER);
        add_process(&l, &k->owner);
        if (HAS(w, OWNER_STOPPED))
            tws_phrase(&l, ": stopped");
    }
    if (HAS(w, IDLE_GATEWAY)) {
        l = line(v, TWS_SHOWN_IDLE_GATEWAY);
        add_process(&l, &k->idle);
    }
    if (HAS(w, NONE_RUNS)) {
        l = line(v, TWS_SHOWN_NONE_RUNS);
        tws_phrase(&l, "none runs on this machine");
    }
}

static void show_others(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_neighbours *p = &w->s->port;
    const struct tws_others *o = &p->others;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE || (w->facts & TWS_FACT(CLIENT_FOREIGN)))
        return;
    l = line(v, TWS_SHOWN_OTHERS);
    quantity(v, &l, o->open, "connections");
    if (HAS(w, NO_OTHERS))
        tws_phrase(&l, "none");
    else
        tws_phrase(&l,
                   "%" PRIu32 " open; live: %" PRIu32 " answered, %" PRIu32 " silent; new: %" PRIu32
                   " answered, %" PRIu32 " not",
                   o->open, o->live_answering, o->live_silent, o->new_answered, o->new_unanswered);
    if (HAS(w, OTHERS_WENT_ON) || HAS(w, OTHERS_STAY)) {
        bool heard = HAS(w, OTHERS_WENT_ON);
        char span[SPAN];

        l = line(v, TWS_SHOWN_OTHERS_AFTER);
        lasted(v, &l, tws_between(w->s->until_ns, heard ? w->s->parted.went_on_ns : w->s->at_ns));
        tws_phrase(
            &l, heard ? "the gateway spoke to another %s later" : "another is open %s later",
            tws_phrase_span((uint64_t)tws_between(w->s->until_ns,
                                                  heard ? w->s->parted.went_on_ns : w->s->at_ns),
                            span, sizeof span));
    }
    if (p->unanswered_run > 1 && w->trouble == TWS_HELLO_UNANSWERED) {
        l = line(v, TWS_SHOWN_UNANSWERED_RUN);
        quantity(v, &l, p->unanswered_run, "connections");
        tws_phrase(&l, "%" PRIu32, p->unanswered_run);
    }
    if (p->early_closes > 1 && HAS(w, GATEWAY_MUTE)) {
        l = line(v, TWS_SHOWN_CLOSE_RUN);
        quantity(v, &l, p->early_closes, "connections");
        tws_phrase(&l, "%" PRIu32, p->early_closes);
    }
    if (HAS(w, ID_HELD) && w->s->progress.stage < TWS_READY) {
        l = line(v, TWS_SHOWN_ID_HELD);
        quantity(v, &l, p->holder, NULL);
        tws_phrase(&l, "#%" PRIu32 ", welcomed with client id %" PRId64, p->holder,
                   w->s->progress.client_id);
    }
    if (HAS(w, PORT_ENDED)) {
        char span[SPAN];

        l = line(v, TWS_SHOWN_SESSIONS_ENDED);
        lasted(v, &l, tws_between(p->ended_ns, w->s->until_ns));
        tws_phrase(&l, "none is left; the gateway closed the last %s before",
                   tws_phrase_span(tws_between(p->ended_ns, w->s->until_ns), span, sizeof span));
    }
    if (HAS(w, JUST_REFUSED) && HAS(w, GATEWAY_CLOSED)) {
        l = line(v, TWS_SHOWN_JUST_REFUSED);
        lasted(v, &l, tws_between(p->refused_ns, w->s->at_ns));
        tws_phrase(&l, "within the last 30 s");
    }
}

void tws_evidence_collect(const struct tws_view *w, struct tws_verdict *v)
{
    show_stages(w->s, v);
    show_lost(w->s, v);
    show_debt(w, v);
    show_request(w, v);
    show_newer(w, v);
    show_lapse(w, v);
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
    show_after(w, v);
    show_versions(w, v);
    show_bytes(w->s, v);
    show_recovered(w->s, v);
    show_others(w, v);
    show_cases(w, v);
}
