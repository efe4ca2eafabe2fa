/* evidence.c - the evidence of a verdict: what was observed, and where it was observed. */
#include "evidence.h"
#include "last_served.h"
#include "phrase.h"
#include "refusal.h"
#include "stage.h"
#include <inttypes.h>

#define SPAN TWS_PHRASE_SPAN
#define HAS  TWS_VIEW_HAS

/* A new line of evidence, to be filled by tws_phrase(). */
static struct tws_phrase line(struct tws_verdict *v, enum tws_source source, const char *what)
{
    struct tws_evidence *e;

    if (v->n_evidence >= TWS_EVIDENCE_MAX)
        return (struct tws_phrase){NULL, 0, 0};
    e = &v->evidence[v->n_evidence++];
    e->what = what;
    e->source = source;
    e->value[0] = '\0';
    return (struct tws_phrase){e->value, sizeof e->value, 0};
}

static void show_stages(const struct tws_session *s, struct tws_verdict *v)
{
    struct tws_phrase l = line(v, TWS_FROM_WIRE, "stages reached");
    char span[SPAN];

    tws_phrase(&l, s->loss.midstream ? "seen from the middle on" : "tcp");
    for (int i = TWS_HELLO; i <= s->stage; i++) {
        if (!(s->stages >> i & 1))
            continue;
        tws_phrase(&l, ", %s +%s", tws_stage_name((enum tws_stage)i),
                   tws_phrase_span((uint64_t)s->handshake.stage_us[i] * 1000, span, sizeof span));
    }
}

static void show_debt(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!w->since_ns || w->silent == TWS_NOBODY)
        return;
    l = line(v, TWS_FROM_WIRE,
             w->trouble == TWS_LIVE_GATEWAY_QUIET ? "silent" : "owes the next bytes");
    tws_phrase(
        &l, "%s, for %s",
        tws_side_name(w->has_debt && w->debt.since_ns == w->since_ns ? w->debt.owes : w->silent),
        tws_phrase_span(w->silence_ns, span, sizeof span));
    if (w->debt.request)
        tws_phrase(&l, "; open: %s", tws_view_request(w));
    if (w->debt.request && !w->debt.quiet)
        tws_phrase(
            &l, ", %s allowed (%s)",
            tws_phrase_span(tws_request_allowance(w->debt.request, w->s->env), span, sizeof span),
            tws_request_class_name(tws_request_class_of(w->debt.request)));
}

/* An error that refused a request without its id: which one it may be, and what is odd about it. */
static void show_refusal(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_refusal *r = tws_refusal_of(w->s);
    char span[SPAN];
    struct tws_phrase l;

    if (!r)
        return;
    l = line(v, TWS_FROM_WIRE, "error without an id");
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
    l = line(v, TWS_FROM_WIRE, "its frame");
    tws_phrase(&l, "%s has ", tws_request_name(r->id));
    tws_phrase_fields(&l, r->missing, r->extra);
    tws_phrase(&l, " for server version %" PRIu32, w->s->conversation.reading.server_version);
}

/* Subscriptions, where they are what is silent. */
static void show_streams(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_requests *r = &w->s->requests;
    uint32_t streams = 0, quiet = 0;
    char span[SPAN];
    struct tws_phrase l;

    if (w->trouble != TWS_LIVE_GATEWAY_QUIET || !w->s->rhythm.from_ns)
        return;
    for (uint32_t i = 0; i < r->n; i++) {
        if (!tws_request_streams(&r->open[i]))
            continue;
        streams++;
        quiet += r->open[i].last_ns <= w->since_ns;
    }
    l = line(v, TWS_FROM_WIRE, "subscriptions");
    tws_phrase(&l, "%" PRIu32 " served so far, %" PRIu32 " silent since; longest pause before: %s",
               streams, quiet, tws_phrase_span(w->s->rhythm.gap_ns, span, sizeof span));
}

/* What the gateway said of its links; in a session where all goes well nobody asks. */
static void show_upstream(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_upstream *u = w->s->upstream;
    const struct tws_farm *first;
    uint32_t broken;
    char span[SPAN];
    struct tws_phrase l;

    if (!u || (w->trouble == TWS_TROUBLE_NONE && w->final))
        return;
    if (u->link != TWS_LINK_UNKNOWN) {
        l = line(v, TWS_FROM_WIRE, "gateway's link to IB");
        tws_phrase(&l, "%s %s before", tws_link_name((enum tws_link)u->link),
                   tws_phrase_span(tws_between(u->link_ns, w->until_ns), span, sizeof span));
    }
    broken = tws_upstream_count(u, TWS_FARM_BROKEN, &first);
    if (!broken)
        return;
    l = line(v, TWS_FROM_WIRE, "data farms");
    tws_phrase(&l, "%s broken for %s", first->name,
               tws_phrase_span(tws_between(first->since_ns, w->until_ns), span, sizeof span));
    if (broken > 1)
        tws_phrase(&l, " and %" PRIu32 " more", broken - 1);
    tws_phrase(&l, "; %" PRIu32 " ok", tws_upstream_count(u, TWS_FARM_OK, NULL));
}

/* How near the client came to the limit of messages. */
static void show_pacing(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_pacing *p = w->s->checks.asked ? &w->s->checks.asked->pacing : NULL;
    struct tws_phrase l;

    if (!p || (!HAS(w, RATE) && (p->busiest < TWS_PACE_NEAR || w->trouble == TWS_TROUBLE_NONE)))
        return;
    l = line(v, TWS_FROM_WIRE, "client's busiest second");
    tws_phrase(&l, "%" PRIu32 "%s messages; a gateway takes about %u", p->busiest,
               p->busiest >= 64 ? " or more" : "", TWS_PACE_MESSAGES);
}

static void show_slept(const struct tws_view *w, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!HAS(w, SLEPT))
        return;
    l = line(v, TWS_FROM_PROCESS, "this machine was suspended");
    tws_phrase(
        &l, "for %s of the session",
        tws_phrase_span(w->s->env->slept() - w->s->slept_s * 1000000000ull, span, sizeof span));
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
               tws_phrase_span(tws_between(c->at_ns, w->until_ns), span, sizeof span));
    if (last->hello)
        tws_phrase(l, "; its last: the hello");
    else if (last->n)
        tws_phrase(l, "; its last: %s, frame %" PRIu64, row ? row->name : "unknown", last->n);
}

/* Who was served last and who first was not: what those two sent is where to look. */
static void show_cases(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_port *p = w->s->port;
    struct tws_case served = tws_last_served(p);
    struct tws_phrase l;

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
    struct tws_phrase l;
    char span[SPAN];
    uint64_t ago = tws_between(last->ts_ns, w->until_ns);

    if (!last->ts_ns)
        return;
    if (last->hello)
        name = "the hello";
    else if (i && last->id == 0)
        name = "the version reply";
    l = line(v, TWS_FROM_WIRE, i ? "last from the gateway" : "last from the client");
    tws_phrase(&l, "%s", name);
    if (last->n)
        tws_phrase(&l, ", frame %" PRIu64, last->n);
    tws_phrase(&l, ", %s before", tws_phrase_span(ago, span, sizeof span));
}

static void show_bytes(const struct tws_session *s, struct tws_verdict *v)
{
    struct tws_phrase l = line(v, TWS_FROM_WIRE, "bytes");

    tws_phrase(&l, "%" PRIu64 " from the client, %" PRIu64 " from the gateway", s->bytes[0],
               s->bytes[1]);
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

static void show_lost(const struct tws_session *s, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (s->loss.gaps) {
        l = line(v, TWS_FROM_WIRE, "bytes lost in the capture");
        tws_phrase(
            &l, "%" PRIu64 " of the client, %" PRIu64 " of the gateway, in %" PRIu32 " hole%s",
            s->loss.missing[0], s->loss.missing[1], s->loss.gaps, s->loss.gaps == 1 ? "" : "s");
    }
    if (s->loss.packets) {
        l = line(v, TWS_FROM_WIRE, "packets lost before the capture");
        tws_phrase(&l, "yes, whose is not known");
    }
}

static void show_versions(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    char span[SPAN];
    struct tws_phrase l;

    if (s->conversation.reading.hello_max) {
        l = line(v, TWS_FROM_WIRE, "client offers");
        tws_phrase(&l, "versions %" PRIu32 " to %" PRIu32, s->conversation.reading.hello_min,
                   s->conversation.reading.hello_max);
    }
    if (s->conversation.reading.server_version) {
        l = line(v, TWS_FROM_WIRE, "server version");
        tws_phrase(&l, "%" PRIu32, s->conversation.reading.server_version);
    } else if (s->conversation.reading.versions.min || s->conversation.reading.versions.max) {
        l = line(v, TWS_FROM_WIRE, "server version");
        add_range(&l, &s->conversation.reading.versions);
    }
    if (HAS(w, SPLIT)) {
        l = line(v, TWS_FROM_WIRE, "version reply in pieces");
        tws_phrase(&l, "%" PRIu32 " reads over %s", s->handshake.version_pieces,
                   tws_phrase_span(
                       tws_between(s->handshake.version_first_ns, s->handshake.version_last_ns),
                       span, sizeof span));
    }
    if (s->handshake.client_id >= 0 && s->stage < TWS_READY) {
        l = line(v, TWS_FROM_WIRE, "client id");
        tws_phrase(&l, "%" PRId64, s->handshake.client_id);
    }
}

static void show_words(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (w->s->last_code && w->trouble != TWS_TROUBLE_NONE) {
        l = line(v, TWS_FROM_WIRE, "gateway said");
        tws_phrase(&l, "code %" PRId32, w->s->last_code);
    }
    if (HAS(w, FRAMING)) {
        l = line(v, TWS_FROM_WIRE, "client's framing");
        tws_phrase(&l, "frames in a form that server version %" PRIu32 " does not have",
                   w->s->conversation.reading.server_version);
    }
}

/* Only where the gateway closed: many clients leave a field out, and many gateways forgive it. */
static void show_layout(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, s->last[0].id);
    struct tws_phrase l;

    if (!HAS(w, ODD_REQUEST) || w->trouble == TWS_TROUBLE_NONE || !row)
        return;
    l = line(v, TWS_FROM_WIRE, "client's last request");
    tws_phrase(&l, "%s has ", row->name);
    tws_phrase_fields(&l, s->checks.odd_missing, s->checks.odd_extra);
    tws_phrase(&l, " for server version %" PRIu32, s->conversation.reading.server_version);
}

static void show_ending(const struct tws_session *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (s->how_closed == TWS_OPEN_STILL)
        return;
    l = line(v, TWS_FROM_WIRE, "first to end");
    tws_phrase(&l, "%s, %s, after %s", tws_side_name((enum tws_side)s->first_closed),
               tws_ending_name((enum tws_ending)s->how_closed),
               tws_phrase_span(tws_between(s->opened_ns, s->ending.closed_ns), span, sizeof span));
    if (s->facts & TWS_FACT(LATE)) {
        l = line(v, TWS_FROM_WIRE, "answer after the client's close");
        tws_phrase(&l, "%s later", tws_phrase_span(s->ending.late_ns, span, sizeof span));
    }
}

static void show_recovered(const struct tws_session *s, struct tws_verdict *v)
{
    char span[SPAN];
    struct tws_phrase l;

    if (!s->silent.longest_ns)
        return;
    l = line(v, TWS_FROM_WIRE, "a silence that ended");
    tws_phrase(&l, "%s, the longest", tws_phrase_span(s->silent.longest_ns, span, sizeof span));
}

static void show_wire_side(const struct tws_view *w, bool gateway, struct tws_verdict *v)
{
    const struct tws_wire_side *t = gateway ? &w->wire.gateway : &w->wire.client;
    char span[SPAN];
    struct tws_phrase l;

    if (t->retransmits) {
        l = line(v, TWS_FROM_WIRE, gateway ? "gateway sent again" : "client sent again");
        tws_phrase(&l, "%" PRIu32 " segment%s", t->retransmits, t->retransmits == 1 ? "" : "s");
        if (t->unacked && t->retransmits_now)
            tws_phrase(&l, ", %" PRIu32 " bytes still not acknowledged", t->unacked);
    }
    if (t->zero_ns || t->zero_total_ns) {
        l = line(v, TWS_FROM_WIRE, gateway ? "gateway's window" : "client's window");
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

    if (!w->wire.known) {
        if (w->s->stall == TWS_STALL_WINDOW) {
            char span[SPAN];

            l = line(v, TWS_FROM_KERNEL, "client's socket");
            tws_phrase(
                &l, "takes nothing for %s; bytes of the gateway wait for it",
                tws_phrase_span(tws_between(w->s->stall_ns, w->until_ns), span, sizeof span));
        }
        return;
    }
    if (!w->wire.established && !w->s->loss.midstream) {
        l = line(v, TWS_FROM_WIRE, "SYN");
        tws_phrase(&l, "sent %" PRIu32 " time%s, %s", w->wire.client.syns,
                   w->wire.client.syns == 1 ? "" : "s",
                   w->s->how_closed == TWS_REFUSED ? "answered by a reset" : "not answered");
    }
    if (HAS(w, SYNACK_AGAIN)) {
        l = line(v, TWS_FROM_WIRE, "SYN-ACK");
        tws_phrase(&l, "sent %" PRIu32 " times; the client's bytes are not acknowledged",
                   w->wire.gateway.syns);
    }
    show_wire_side(w, false, v);
    show_wire_side(w, true, v);
    if (HAS(w, LATE_RESET)) {
        l = line(v, TWS_FROM_WIRE, "late bytes of the gateway");
        tws_phrase(&l, "met by a reset of the client's kernel");
    }
    if (HAS(w, OTHER_FAMILY)) {
        l = line(v, TWS_FROM_OTHERS, "same port, other family");
        tws_phrase(&l, "answered");
    }
}

static void show_kernel(const struct tws_view *w, struct tws_verdict *v)
{
    struct tws_phrase l;

    if (!(w->facts & (TWS_FACT(ACKED) | TWS_FACT(UNACKED))))
        return;
    l = line(v, w->wire.known ? TWS_FROM_WIRE : TWS_FROM_KERNEL, "bytes to the gateway");
    tws_phrase(&l, "%s",
               HAS(w, ACKED) ? "all acknowledged by its kernel"
                             : "retransmitted, not acknowledged");
}

/* What the table of sockets says of the gateway's end. */
static void show_peer(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_session *s = w->s;
    struct tws_phrase l;

    if (!(w->facts & (TWS_FACT(ACCEPTED) | TWS_FACT(NOT_ACCEPTED)))) {
        if (!HAS(w, QUEUE_FULL))
            return;
        l = line(v, TWS_FROM_KERNEL, "listener's queue");
        tws_phrase(&l, "full: %" PRIu32 " of %" PRIu32, s->peer.queue, s->peer.backlog);
        return;
    }
    l = line(v, TWS_FROM_KERNEL, "gateway's end");
    tws_phrase(&l, HAS(w, ACCEPTED) ? "accepted by a process: " : "not accepted: ");
    if (s->peer.unread)
        tws_phrase(&l, "%" PRIu32 " byte%s unread", s->peer.unread, s->peer.unread == 1 ? "" : "s");
    else
        tws_phrase(&l, "all bytes read");
    if (s->peer.backlog)
        tws_phrase(&l, "; %" PRIu32 " of %" PRIu32 " in the listener's queue", s->peer.queue,
                   s->peer.backlog);
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
    const struct tws_port *p = w->s->port;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE)
        return;
    if (HAS(w, SIBLING)) {
        l = line(v, TWS_FROM_KERNEL, "a usual port that is open");
        tws_phrase(&l, "%u", (unsigned)p->sibling);
    }
    if (HAS(w, OWNER_KNOWN)) {
        l = line(v, TWS_FROM_PROCESS, HAS(w, SIBLING) ? "it belongs to" : "the port belongs to");
        add_process(&l, &p->owner);
        if (HAS(w, OWNER_STOPPED))
            tws_phrase(&l, ": stopped");
    }
    if (HAS(w, IDLE_GATEWAY)) {
        l = line(v, TWS_FROM_PROCESS, "runs, and listens nowhere");
        add_process(&l, &p->idle);
    }
    if (HAS(w, NONE_RUNS)) {
        l = line(v, TWS_FROM_PROCESS, "TWS or IB Gateway");
        tws_phrase(&l, "none runs on this machine");
    }
}

static void show_others(const struct tws_view *w, struct tws_verdict *v)
{
    const struct tws_others *o = &w->others;
    const struct tws_port *p = w->s->port;
    struct tws_phrase l;

    if (w->trouble == TWS_TROUBLE_NONE || (w->facts & TWS_FACT(CLIENT_FOREIGN)))
        return;
    l = line(v, TWS_FROM_OTHERS, "other sessions of the port");
    if (HAS(w, NO_OTHERS))
        tws_phrase(&l, "none");
    else
        tws_phrase(&l,
                   "%" PRIu32 " open; live: %" PRIu32 " answered, %" PRIu32 " silent; new: %" PRIu32
                   " answered, %" PRIu32 " not",
                   o->open, o->live_answering, o->live_silent, o->new_answered, o->new_unanswered);
    if (p->unanswered_run > 1 && w->trouble == TWS_HELLO_UNANSWERED) {
        l = line(v, TWS_FROM_OTHERS, "hellos unanswered in a row");
        tws_phrase(&l, "%" PRIu32, p->unanswered_run);
    }
    if (p->early_closes > 1 && HAS(w, GATEWAY_MUTE)) {
        l = line(v, TWS_FROM_OTHERS, "closed without a byte in a row");
        tws_phrase(&l, "%" PRIu32, p->early_closes);
    }
    if (HAS(w, JUST_REFUSED) && HAS(w, GATEWAY_CLOSED)) {
        l = line(v, TWS_FROM_OTHERS, "port refused a dial");
        tws_phrase(&l, "within the last 30 s");
    }
}

/* In the order of what decides: where there is no room for all, the tail is left out. */
void tws_evidence_collect(const struct tws_view *w, struct tws_verdict *v)
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
