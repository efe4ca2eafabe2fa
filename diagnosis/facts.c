/* facts.c - the facts that a verdict is made from, one row each. */
#include "facts.h"
#include "ids.h"
#include "pacing.h"
#include "verdict_view.h"
#include <string.h>

#define SECOND_NS     1000000000ull
#define REFUSED_NS    (30 * SECOND_NS) /* a refused dial is recent for so long */
#define SPLIT_NS      (SECOND_NS / 10) /* pieces of a version reply this far apart count */
#define SPLIT_LONG_NS (SECOND_NS * 3 / 10)
#define MANY          31u /* other sessions that are open: with this one, a gateway takes no more */
#define CLOSE_RUN     3u
#define RESTART_NS    (180 * SECOND_NS) /* a restart is over by then */
#define DEAD_NS       (3 * SECOND_NS)   /* bytes are sent again for so long: no passing loss */

/* ---- what the kernel says of sockets ---- */

/* Where packets are seen, they show the path; else the relay's own socket does. */
static bool path_by_packets(const struct tws_view *w)
{
    return w->s->facts.wire.known && w->s->facts.wire.established;
}

static const struct tws_kernel *socket_of(const struct tws_view *w)
{
    const struct tws_kernel *k = &w->s->facts.kernel;

    return !path_by_packets(w) && k->known && k->upstream_known ? k : NULL;
}

/* Bytes of the client that waited for their acknowledgement before the end: not the FIN, or the
 * reset, by which it answers the gateway's. */
static bool waits(const struct tws_view *w)
{
    const struct tws_wire_side *client = &w->s->facts.wire.client;

    return client->unacked && client->unacked_ns <= w->s->until_ns;
}

static bool acked(const struct tws_view *w)
{
    const struct tws_kernel *k = socket_of(w);

    if (path_by_packets(w)) /* told where somebody waits, else it goes without saying */
        return w->s->silence && !waits(w);
    return k && !k->unacked;
}

static bool unacked(const struct tws_view *w)
{
    const struct tws_kernel *k = socket_of(w);

    if (path_by_packets(w))
        return waits(w) && w->s->facts.wire.client.retransmits_now;
    return k && k->unacked && k->retransmits;
}

static bool dead(const struct tws_wire_side *side, uint64_t until)
{
    return side->unacked && side->retransmits_now >= TWS_DEAD_RETRANSMITS && side->unacked_ns &&
           tws_between(side->unacked_ns, until) >= DEAD_NS;
}

/* A hello is not taken either by a listener whose accept queue is full. */
static bool path_dead(const struct tws_view *w)
{
    const struct tws_wire *t = &w->s->facts.wire;
    const struct tws_kernel *k = socket_of(w);

    if (t->known && (dead(&t->client, w->s->until_ns) || dead(&t->gateway, w->s->until_ns)))
        return true;
    return k && k->unacked && k->retransmits >= TWS_DEAD_RETRANSMITS &&
           w->s->progress.stage > TWS_HELLO;
}

static bool accepted(const struct tws_view *w)
{
    return w->s->facts.kernel.peer_known && w->s->facts.kernel.peer_owned;
}

static bool not_accepted(const struct tws_view *w)
{
    return w->s->facts.kernel.peer_known && !w->s->facts.kernel.peer_owned;
}

static bool gateway_unread(const struct tws_view *w)
{
    return accepted(w) && w->s->facts.kernel.peer_unread;
}

static bool queue_full(const struct tws_view *w)
{
    const struct tws_kernel *k = &w->s->facts.kernel;

    return k->queue_known && k->backlog && k->queue >= k->backlog;
}

/* ---- whose the listener is ---- */

static bool owner_known(const struct tws_view *w)
{
    return w->s->facts.kernel.owner.pid != 0;
}

static bool owned_by(const struct tws_view *w, enum tws_program program)
{
    const struct tws_kernel *k = &w->s->facts.kernel;

    return (k->owner.pid || k->sibling) && k->owner.program == program;
}

static bool owner_gateway(const struct tws_view *w)
{
    return owned_by(w, TWS_PROGRAM_GATEWAY);
}

static bool owner_java(const struct tws_view *w)
{
    return owned_by(w, TWS_PROGRAM_JAVA) || owner_gateway(w);
}

static bool owner_relay(const struct tws_view *w)
{
    return owned_by(w, TWS_PROGRAM_RELAY);
}

static bool owner_stopped(const struct tws_view *w)
{
    return tws_process_stopped(&w->s->facts.kernel.owner);
}

static bool sibling(const struct tws_view *w)
{
    return w->s->facts.kernel.sibling != 0;
}

static bool idle_gateway(const struct tws_view *w)
{
    return w->s->facts.kernel.idle.pid != 0;
}

static bool none_runs(const struct tws_view *w)
{
    return w->s->facts.kernel.all_seen && !sibling(w) && !idle_gateway(w);
}

static bool slept(const struct tws_view *w)
{
    return w->s->slept_ns != 0;
}

/* ---- the handshake ---- */

static bool seen(const struct tws_view *w, tws_seen_bits what)
{
    return w->s->seen & what;
}

static bool client_mute(const struct tws_view *w)
{
    return !w->s->side[0].bytes && !w->s->midstream && !w->s->side[0].lost_ns;
}

static bool gateway_mute(const struct tws_view *w)
{
    return !w->s->side[1].bytes && !w->s->midstream && !w->s->side[1].lost_ns;
}

static bool partial_hello(const struct tws_view *w)
{
    return w->s->progress.hello.have != 0;
}

static bool long_enough(const struct tws_view *w)
{
    return tws_between(w->s->opened_ns, w->s->until_ns) >= w->s->handshake_ns;
}

static bool ranged(const struct tws_view *w)
{
    return w->s->progress.hello_min && w->s->progress.hello_max && !seen(w, TWS_SAW(LEGACY));
}

static bool range_odd(const struct tws_view *w)
{
    return ranged(w) && (w->s->progress.hello_max < TWS_VERSION_MIN ||
                         w->s->progress.hello_min > TWS_VERSION_MAX);
}

static bool version_outside(const struct tws_view *w)
{
    const struct tws_progress *p = &w->s->progress;

    return ranged(w) && p->server_version &&
           (p->server_version < p->hello_min || p->server_version > p->hello_max);
}

static bool split_by(const struct tws_view *w, uint64_t ns)
{
    const struct tws_progress *p = &w->s->progress;

    return seen(w, TWS_SAW(VERSION)) && p->version_pieces > 1 && !w->s->side[1].lost_ns &&
           tws_between(p->version_first_ns, p->version_last_ns) >= ns;
}

static bool split(const struct tws_view *w)
{
    return split_by(w, SPLIT_NS);
}

static bool split_long(const struct tws_view *w)
{
    return split_by(w, SPLIT_LONG_NS);
}

static bool half_welcome(const struct tws_view *w)
{
    bool one = seen(w, TWS_SAW(NEXT_ID));
    bool other = seen(w, TWS_SAW(ACCOUNTS) | TWS_SAW(ACCOUNTS_EMPTY));

    return one != other && !w->s->side[1].lost_ns;
}

/* ---- the end ---- */

static bool ended_as(const struct tws_view *w, enum tws_ending how)
{
    return w->s->how_closed == how;
}

static bool refused(const struct tws_view *w)
{
    return ended_as(w, TWS_REFUSED);
}

static bool unreachable(const struct tws_view *w)
{
    return ended_as(w, TWS_UNREACHABLE);
}

static bool reset(const struct tws_view *w)
{
    return ended_as(w, TWS_RST);
}

static bool by_gateway(const struct tws_view *w)
{
    return w->s->how_closed != TWS_OPEN_STILL && w->s->first_closed == TWS_GATEWAY;
}

static bool timed_out(const struct tws_view *w)
{
    return by_gateway(w) && ended_as(w, TWS_TIMEOUT);
}

static bool gateway_closed(const struct tws_view *w)
{
    return by_gateway(w) && (ended_as(w, TWS_FIN) || ended_as(w, TWS_RST));
}

static bool client_closed(const struct tws_view *w)
{
    return w->s->how_closed != TWS_OPEN_STILL && w->s->first_closed == TWS_CLIENT;
}

static bool fast_close(const struct tws_view *w)
{
    uint64_t spoke = w->s->side[0].spoke_ns ? w->s->side[0].spoke_ns : w->s->opened_ns;

    return by_gateway(w) && tws_between(spoke, w->s->until_ns) <= TWS_FAST_NS;
}

static bool odd_request(const struct tws_view *w)
{
    return by_gateway(w) && (w->s->odd_missing || w->s->odd_extra);
}

static bool first_of_form(const struct tws_view *w)
{
    return by_gateway(w) && w->s->parted.first_of_form;
}

static bool form_answered(const struct tws_view *w)
{
    return by_gateway(w) && w->s->parted.form_answered;
}

static bool over_limit(const struct tws_view *w)
{
    return by_gateway(w) && w->s->parted.paced > TWS_PACE_MESSAGES &&
           tws_between(w->s->side[0].spoke_ns, w->s->until_ns) <= SECOND_NS;
}

static bool unnoticed(const struct tws_view *w)
{
    uint64_t until = w->s->parted.second_ns ? w->s->parted.second_ns : w->s->at_ns;

    return gateway_closed(w) && ended_as(w, TWS_FIN) &&
           tws_between(w->s->until_ns, until) >= SECOND_NS;
}

/* ---- the others of the port ---- */

static bool closed_together(const struct tws_view *w)
{
    return w->s->port.closed_together;
}

static bool others_live(const struct tws_view *w)
{
    return w->s->port.others.live_answering > 0;
}

static bool others_silent(const struct tws_view *w)
{
    return w->s->port.others.live_silent > 0 && !others_live(w);
}

static bool others_unanswered(const struct tws_view *w)
{
    return w->s->port.others.new_unanswered > 0 || w->s->port.unanswered;
}

static bool others_answered(const struct tws_view *w)
{
    return w->s->port.answered_since;
}

static bool no_others(const struct tws_view *w)
{
    return !others_unanswered(w) && !w->s->port.others.open && !w->s->port.others.new_answered;
}

static bool others_stay(const struct tws_view *w)
{
    return w->s->first_closed == TWS_GATEWAY &&
           tws_between(w->s->until_ns, w->s->at_ns) >= SECOND_NS && w->s->parted.stayed > 0;
}

static bool others_went_on(const struct tws_view *w)
{
    return w->s->first_closed == TWS_GATEWAY &&
           tws_between(w->s->until_ns, w->s->parted.went_on_ns) > SECOND_NS;
}

static bool many_open(const struct tws_view *w)
{
    return w->s->port.others.open >= MANY;
}

static bool just_refused(const struct tws_view *w)
{
    return w->s->port.refused_ns && tws_between(w->s->port.refused_ns, w->s->at_ns) <= REFUSED_NS;
}

/* All that the port had was closed by the gateway, and nothing listens since. */
static bool port_ended(const struct tws_view *w)
{
    const struct tws_neighbours *p = &w->s->port;

    return refused(w) && p->ended_ns && !p->others.open &&
           tws_between(p->ended_ns, w->s->until_ns) <= RESTART_NS;
}

static bool port_served(const struct tws_view *w)
{
    return w->s->port.served.conn && w->s->port.served.conn != w->s->conn;
}

static bool id_held(const struct tws_view *w)
{
    return w->s->port.holder && seen(w, TWS_SAW(STARTAPI));
}

static bool close_run(const struct tws_view *w)
{
    return w->s->port.early_closes >= CLOSE_RUN;
}

static bool storm(const struct tws_view *w)
{
    return w->s->port.visits >= TWS_STORM_OF;
}

static bool port_lost(const struct tws_view *w)
{
    return w->s->port.lost_1100;
}

/* ---- the gateway's address ---- */

static bool loopback(const struct tws_view *w)
{
    static const uint8_t one[16] = {[15] = 1};
    static const uint8_t mapped[13] = {[10] = 0xff, 0xff, 127};
    const struct tws_endpoint *e = &w->s->gateway;

    if (e->family == 4)
        return e->addr[0] == 127;
    return e->family == 6 &&
           (memcmp(e->addr, one, sizeof one) == 0 || memcmp(e->addr, mapped, sizeof mapped) == 0);
}

static bool private_net(const struct tws_view *w)
{
    const uint8_t *a = w->s->gateway.addr;

    return w->s->gateway.family == 4 &&
           (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168));
}

/* A container's network, and a port that is the gateway's own and not its relay's. */
static bool bridge(const struct tws_view *w)
{
    const struct tws_endpoint *e = &w->s->gateway;

    return private_net(w) && e->addr[0] == 172 && (e->port == 4001 || e->port == 4002);
}

/* ---- open requests ---- */

static bool open_request(const struct tws_view *w)
{
    return w->s->demand.owed > 0;
}

static bool open_order(const struct tws_view *w)
{
    return w->s->demand.order;
}

static bool open_time(const struct tws_view *w)
{
    return w->s->demand.time;
}

static bool open_writes(const struct tws_view *w)
{
    return open_request(w) && !w->s->demand.reads && w->s->demand.answered;
}

static bool maybe_refused(const struct tws_view *w)
{
    return w->s->demand.suspect;
}

/* Any frame will do: a program that sends is not one that stands still. */
static bool heard(const struct tws_view *w)
{
    const struct tws_state *s = w->s;
    uint64_t since = s->owed.any ? s->owed.since_ns : s->silence ? s->silent_from_ns : 0;

    return since && s->side[1].last.ts_ns > since;
}

static bool no_end(const struct tws_view *w)
{
    return w->s->owed.request.answering && !w->s->owed.quiet;
}

static bool early(const struct tws_view *w)
{
    return w->s->owed.request.id ? w->s->owed.request.early : w->s->demand.early;
}

static bool unlinked(const struct tws_view *w)
{
    return w->s->owed.request.unlinked;
}

/* Subscriptions, history and definitions come from farms; the time, orders and accounts do not. */
static bool needs_farm(const struct tws_view *w)
{
    static const uint8_t ids[] = {TWS_OUT_REQ_MKT_DATA,          TWS_OUT_REQ_MKT_DEPTH,
                                  TWS_OUT_REQ_REAL_TIME_BARS,    TWS_OUT_REQ_TICK_BY_TICK_DATA,
                                  TWS_OUT_REQ_HISTORICAL_DATA,   TWS_OUT_REQ_HISTORICAL_TICKS,
                                  TWS_OUT_REQ_HEAD_TIMESTAMP,    TWS_OUT_REQ_HISTOGRAM_DATA,
                                  TWS_OUT_REQ_HISTORICAL_NEWS,   TWS_OUT_REQ_CONTRACT_DETAILS,
                                  TWS_OUT_REQ_MATCHING_SYMBOLS,  TWS_OUT_REQ_SEC_DEF_OPT_PARAMS,
                                  TWS_OUT_REQ_FUNDAMENTAL_DATA,  TWS_OUT_REQ_SCANNER_SUBSCRIPTION,
                                  TWS_OUT_REQ_SCANNER_PARAMETERS};
    const struct tws_owed_request *q = &w->s->owed.request;

    for (size_t i = 0; i < sizeof ids; i++)
        if (q->id == ids[i])
            return true;
    return !q->id;
}

static bool newer_request(const struct tws_view *w)
{
    return tws_view_newer(w) != 0;
}

static bool all_hang(const struct tws_view *w)
{
    return w->s->demand.order && w->s->demand.reads && !heard(w);
}

static bool startup_hang(const struct tws_view *w)
{
    return w->s->owed.request.id && w->s->owed.trouble == TWS_PARTIAL_STARTUP;
}

/* ---- what TCP did, by its packets ---- */

static const struct tws_wire *packets(const struct tws_view *w)
{
    static const struct tws_wire none;

    return w->s->facts.wire.known ? &w->s->facts.wire : &none;
}

static bool syn_again(const struct tws_view *w)
{
    return !packets(w)->established && packets(w)->client.syns > 1;
}

static bool synack_again(const struct tws_view *w)
{
    return packets(w)->gateway.syns > 1 && packets(w)->client.unacked;
}

static bool client_window(const struct tws_view *w)
{
    return packets(w)->client.zero_ns || w->s->stall == TWS_STALL_WINDOW;
}

static bool gateway_window(const struct tws_view *w)
{
    return packets(w)->gateway.zero_ns;
}

static bool late_reset(const struct tws_view *w)
{
    return packets(w)->late_reset;
}

static bool other_family(const struct tws_view *w)
{
    return packets(w)->other_family;
}

/* ---- the rows ---- */

/* clang-format off */
#define SEEN(fact, name, shown)          [TWS_F_##fact] = {name, TWS_FROM_WIRE, TWS_SHOWN_##shown, NULL}
#define WIRE(fact, name, shown, holds)   [TWS_F_##fact] = {name, TWS_FROM_WIRE, TWS_SHOWN_##shown, holds}
#define OTHERS(fact, name, shown, holds) [TWS_F_##fact] = {name, TWS_FROM_OTHERS, TWS_SHOWN_##shown, holds}
#define KERNEL(fact, name, shown, holds) [TWS_F_##fact] = {name, TWS_FROM_KERNEL, TWS_SHOWN_##shown, holds}
#define PROCESS(fact, name, shown, holds) [TWS_F_##fact] = {name, TWS_FROM_PROCESS, TWS_SHOWN_##shown, holds}

const struct tws_fact_row tws_fact_rows[TWS_FACTS] = {
    SEEN(HELLO,           "hello",            STAGES),
    SEEN(VERSION,         "version-reply",    STAGES),
    SEEN(STARTAPI,        "startapi",         STAGES),
    SEEN(NEXT_ID,         "next-valid-id",    STAGES),
    SEEN(ACCOUNTS,        "accounts",         STAGES),
    SEEN(REQUEST,         "request",          STAGES),
    SEEN(ACCOUNTS_EMPTY,  "accounts-empty",   NOT),
    SEEN(LEGACY,          "legacy-hello",     NOT),
    SEEN(CLIENT_FOREIGN,  "client-foreign",   NOT),
    SEEN(GATEWAY_FOREIGN, "gateway-foreign",  NOT),
    SEEN(TLS,             "tls",              NOT),
    SEEN(TLS_BOTH,        "tls-both",         NOT),
    SEEN(FRAMING,         "framing",          FRAMING),
    SEEN(REDIRECT,        "redirect",         NOT),
    SEEN(RATE,            "rate",             CODE),
    SEEN(ID_IN_USE,       "client-id-in-use", CODE),
    SEEN(LOST,            "link-lost",        UPSTREAM_LINK),
    SEEN(DATA_LOST,       "data-lost",        UPSTREAM_LINK),
    SEEN(PORT_CHANGED,    "port-changed",     CODE),
    SEEN(VERSION_CODE,    "version-code",     CODE),
    SEEN(READ_ONLY,       "read-only",        CODE),
    SEEN(FARM_LOST,       "farm-lost",        FARMS),
    SEEN(COMPETING,       "competing",        CODE),
    SEEN(BAD_REQUEST,     "bad-request",      CODE),
    SEEN(LATE,            "late-answer",      LATE_ANSWER),
    SEEN(TIME_TWICE,      "time-twice",       NOT),
    SEEN(DEAF,            "deaf",             NOT),
    SEEN(OWED_AT_CLOSE,   "owed-at-close",    NOT),
    SEEN(DIALING,         "dialing",          NOT),

    WIRE(ACKED,              "acknowledged",     ACKNOWLEDGED,   acked),
    KERNEL(NOT_ACCEPTED,     "not-accepted",     GATEWAY_END,    not_accepted),
    KERNEL(ACCEPTED,         "accepted",         GATEWAY_END,    accepted),
    WIRE(UNACKED,            "unacknowledged",   ACKNOWLEDGED,   unacked),
    KERNEL(GATEWAY_UNREAD,   "gateway-unread",   GATEWAY_END,    gateway_unread),
    KERNEL(QUEUE_FULL,       "queue-full",       QUEUE,          queue_full),
    PROCESS(OWNER_KNOWN,     "owner",            OWNER,          owner_known),
    PROCESS(OWNER_JAVA,      "owner-java",       OWNER,          owner_java),
    PROCESS(OWNER_GATEWAY,   "owner-gateway",    OWNER,          owner_gateway),
    PROCESS(OWNER_RELAY,     "owner-relay",      OWNER,          owner_relay),
    PROCESS(OWNER_STOPPED,   "owner-stopped",    OWNER,          owner_stopped),
    KERNEL(SIBLING,          "sibling-port",     SIBLING_PORT,   sibling),
    PROCESS(IDLE_GATEWAY,    "idle-gateway",     IDLE_GATEWAY,   idle_gateway),
    PROCESS(NONE_RUNS,       "none-runs",        NONE_RUNS,      none_runs),

    WIRE(CLIENT_MUTE,        "client-mute",      BYTES,          client_mute),
    WIRE(GATEWAY_MUTE,       "gateway-mute",     BYTES,          gateway_mute),
    WIRE(PARTIAL_HELLO,      "partial-hello",    NOT,             partial_hello),
    WIRE(LONG,               "long",             NOT,             long_enough),
    WIRE(RANGE_ODD,          "range-odd",        VERSIONS_OFFERED, range_odd),
    WIRE(VERSION_OUTSIDE,    "version-outside",  SERVER_VERSION, version_outside),
    WIRE(SPLIT,              "split-version",    SPLIT_VERSION,  split),
    WIRE(SPLIT_LONG,         "split-version-long", SPLIT_VERSION, split_long),
    WIRE(ODD_REQUEST,        "odd-request",      ODD_REQUEST,    odd_request),
    WIRE(FAST_CLOSE,         "fast-close",       ENDING,         fast_close),
    WIRE(GATEWAY_CLOSED,     "gateway-closed",   ENDING,         gateway_closed),
    WIRE(CLIENT_CLOSED,      "client-closed",    ENDING,         client_closed),
    WIRE(RST,                "reset",            ENDING,         reset),
    WIRE(TIMED_OUT,          "timed-out",        ENDING,         timed_out),
    OTHERS(CLOSED_TOGETHER,  "closed-together",  NOT,             closed_together),
    OTHERS(OTHERS_LIVE,      "others-live",      OTHERS,         others_live),
    OTHERS(OTHERS_SILENT,    "others-silent",    OTHERS,         others_silent),
    OTHERS(OTHERS_UNANSWERED, "others-unanswered", OTHERS,       others_unanswered),
    OTHERS(OTHERS_ANSWERED,  "others-answered",  OTHERS,         others_answered),
    OTHERS(NO_OTHERS,        "no-others",        OTHERS,         no_others),
    OTHERS(OTHERS_STAY,      "others-stay",      OTHERS_AFTER,   others_stay),
    OTHERS(OTHERS_WENT_ON,   "others-went-on",   OTHERS_AFTER,   others_went_on),
    WIRE(FIRST_OF_FORM,      "first-of-form",    LAST_CLIENT,    first_of_form),
    WIRE(FORM_ANSWERED,      "form-answered",    LAST_CLIENT,    form_answered),
    WIRE(OVER_LIMIT,         "over-limit",       PACE,           over_limit),
    WIRE(UNNOTICED,          "unnoticed",        CLIENT_AFTER,   unnoticed),
    WIRE(LOOPBACK,           "loopback",         NOT,             loopback),
    WIRE(PRIVATE,            "private-address",  NOT,             private_net),
    WIRE(BRIDGE,             "container-port",   NOT,             bridge),
    OTHERS(JUST_REFUSED,     "just-refused",     JUST_REFUSED,   just_refused),
    OTHERS(PORT_ENDED,       "port-ended",       SESSIONS_ENDED, port_ended),
    OTHERS(PORT_SERVED,      "port-served",      SERVED_LAST,    port_served),
    OTHERS(ID_HELD,          "id-held",          ID_HELD,        id_held),
    OTHERS(CLOSE_RUN,        "close-run",        CLOSE_RUN,      close_run),
    OTHERS(STORM,            "storm",            NOT,             storm),
    KERNEL(SLEPT,            "suspended",        SUSPENDED,      slept),
    OTHERS(PORT_LOST,        "port-lost",        NOT,             port_lost),
    WIRE(HALF_WELCOME,       "half-welcome",     NOT,             half_welcome),
    WIRE(OPEN_REQUEST,       "open-request",     OWED,           open_request),
    WIRE(OPEN_ORDER,         "open-order",       OWED,           open_order),
    WIRE(OPEN_WRITES,        "open-writes",      OWED,           open_writes),
    WIRE(OPEN_TIME,          "open-time",        OWED,           open_time),
    WIRE(MAYBE_REFUSED,      "maybe-refused",    REFUSAL,        maybe_refused),
    WIRE(HEARD,              "gateway-heard",    LAST_GATEWAY,   heard),
    WIRE(NO_END,             "no-end-marker",    OWED,           no_end),
    WIRE(EARLY,              "asked-early",      ASKED_EARLY,    early),
    WIRE(UNLINKED,           "asked-unlinked",   ASKED_UNLINKED, unlinked),
    WIRE(NEEDS_FARM,         "needs-farm",       OWED,           needs_farm),
    WIRE(NEWER_REQUEST,      "newer-request",    NEWER_REQUEST,  newer_request),
    WIRE(ALL_HANG,           "all-hang",         OWED,           all_hang),
    WIRE(STARTUP_HANG,       "startup-hang",     OWED,           startup_hang),
    WIRE(REFUSED,            "refused",          ENDING,         refused),
    WIRE(UNREACHABLE,        "unreachable",      ENDING,         unreachable),
    OTHERS(MANY_OPEN,        "many-open",        OTHERS,         many_open),

    WIRE(SYN_AGAIN,          "syn-again",        SYN,            syn_again),
    WIRE(SYNACK_AGAIN,       "syn-ack-again",    SYN_ACK_AGAIN,  synack_again),
    WIRE(CLIENT_WINDOW,      "client-window",    CLIENT_WINDOW,  client_window),
    WIRE(GATEWAY_WINDOW,     "gateway-window",   GATEWAY_WINDOW, gateway_window),
    WIRE(PATH_DEAD,          "path-dead",        CLIENT_RETRANSMITS, path_dead),
    WIRE(LATE_RESET,         "late-reset",       LATE_RESET,     late_reset),
    OTHERS(OTHER_FAMILY,     "other-family",     OTHER_FAMILY,   other_family),
};
/* clang-format on */

/* What the wire shows and a log does not: how TCP went, when and by whom the connection ended,
 * whose addresses these are, and in which pieces bytes came. */
static const tws_fact_set not_in_logs =
    TWS_FACT(LATE) | TWS_FACT(DEAF) | TWS_FACT(OWED_AT_CLOSE) | TWS_FACT(DIALING) |
    TWS_FACT(ACKED) | TWS_FACT(UNACKED) | TWS_FACT(SPLIT) | TWS_FACT(SPLIT_LONG) |
    TWS_FACT(ODD_REQUEST) | TWS_FACT(FAST_CLOSE) | TWS_FACT(GATEWAY_CLOSED) |
    TWS_FACT(CLIENT_CLOSED) | TWS_FACT(RST) | TWS_FACT(TIMED_OUT) | TWS_FACT(LOOPBACK) |
    TWS_FACT(PRIVATE) | TWS_FACT(BRIDGE) | TWS_FACT(REFUSED) | TWS_FACT(UNREACHABLE) |
    TWS_FACT(SYN_AGAIN) | TWS_FACT(SYNACK_AGAIN) | TWS_FACT(CLIENT_WINDOW) |
    TWS_FACT(GATEWAY_WINDOW) | TWS_FACT(PATH_DEAD) | TWS_FACT(LATE_RESET) |
    TWS_FACT(FIRST_OF_FORM) | TWS_FACT(FORM_ANSWERED) | TWS_FACT(OVER_LIMIT) | TWS_FACT(UNNOTICED);

tws_fact_set tws_facts_establish(const struct tws_view *w)
{
    tws_fact_set all = w->s->seen & (((uint64_t)1 << TWS_SEEN_BITS) - 1);

    for (unsigned f = TWS_SEEN_BITS; f < TWS_FACTS; f++)
        if (tws_fact_rows[f].holds(w))
            all |= (tws_fact_set)1 << f;
    return w->s->logged ? all & tws_facts_from(TWS_FROM_LOG) : all;
}

tws_fact_set tws_facts_from(enum tws_source source)
{
    tws_fact_set all = 0;

    if (source == TWS_FROM_LOG)
        return tws_facts_from(TWS_FROM_WIRE) & ~not_in_logs;
    for (unsigned f = 0; f < TWS_FACTS; f++)
        if (tws_fact_rows[f].source == source)
            all |= (tws_fact_set)1 << f;
    return all;
}
