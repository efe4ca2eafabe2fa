#include "record_internal.h"
#include "verdict.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACE_NAME "twstap-proxy"

enum { CLIENT, GATEWAY };

static int place_of(enum tws_side side)
{
    return side == TWS_GATEWAY ? GATEWAY : CLIENT;
}

/* ---- the file ---- */

static bool add_block(struct record_file *f, size_t size)
{
    record_file_add(f, size, 0);
    return size > 0;
}

static bool add_interface(struct record_file *f, const struct record_iface *i)
{
    uint8_t *to = record_file_room(f, PCAPNG_TEXT_MAX, 0);

    return to && add_block(f, pcapng_interface(to, PCAPNG_TEXT_MAX, i->link, i->snaplen, i->name));
}

/* What each file begins with. */
static bool begin_file(void *ctx, struct record_file *f)
{
    const size_t most = 2 * PCAPNG_TEXT_MAX;
    const struct record *r = ctx;
    uint8_t *to = record_file_room(f, most, 0);
    bool begun = to && add_block(f, pcapng_section(to, most, "twstap " TWSTAP_VERSION, r->section));

    for (uint32_t i = 0; begun && i < r->n_ifaces; i++)
        begun = add_interface(f, &r->iface[i]);
    return begun;
}

bool record_interface(struct record *r, uint32_t iface, uint16_t link, uint32_t snaplen,
                      const char *name)
{
    struct record_iface *i = &r->iface[r->n_ifaces];

    if (r->n_ifaces == RECORD_INTERFACES_MAX)
        return false;
    *i = (struct record_iface){.number = iface, .link = link, .snaplen = snaplen};
    (void)snprintf(i->name, sizeof i->name, "%s", name);
    r->n_ifaces++;
    if (r->file.fd >= 0)
        (void)add_interface(&r->file, i);
    return true;
}

static void describe(struct record *r, const struct record_config *c)
{
    struct tws_annotation a = {.kind = TWS_AN_SECTION};
    struct tws_section *s = &a.u.section;

    if (c->about)
        *s = *c->about;
    s->relay = c->relay;
    s->masked = !c->show_accounts;
    s->version = tws_text_of(TWSTAP_VERSION);
    (void)tws_annotation_write(&a, r->section, sizeof r->section);
}

struct record *record_open(const struct record_config *c, const char **why)
{
    struct record *r = calloc(1, sizeof *r);
    bool made;

    *why = NULL;
    if (!r)
        return NULL;
    r->file.fd = -1;
    r->relay = c->relay;
    r->ring = c->ring;
    r->scratch = malloc(c->relay ? SEGMENT_PAYLOAD_MAX : RECORD_PACKET_MAX);
    r->masked = !c->show_accounts;
    made = !r->masked || (c->known && way_run_open(&r->ways, c->known));
    describe(r, c);
    if (c->relay)
        (void)record_interface(r, 0, PCAPNG_LINK_RAW, 0, INTERFACE_NAME);
    if (!r->scratch || !made) {
        errno = ENOMEM;
        *why = "no memory, or no random numbers for the masks";
    } else if (record_file_open(&r->file, &c->file, begin_file, r, why)) {
        return r;
    }
    way_run_close(&r->ways);
    free(r->scratch);
    free(r);
    return NULL;
}

void record_turn(struct record *r)
{
    if (r->urgent || !r->file.regular || r->file.have >= RECORD_FLUSH)
        record_flush(r);
}

void record_tick(struct record *r, uint64_t now)
{
    hold_tick(r, now);
}

bool record_holding(const struct record *r)
{
    return r->hold.first != NULL;
}

bool record_waiting(const struct record *r)
{
    return r->file.fd >= 0 && r->file.head < r->file.have;
}

void record_flush(struct record *r)
{
    r->urgent = false;
    if (record_waiting(r))
        record_file_flush(&r->file);
}

int record_fd(const struct record *r)
{
    return r->file.created ? r->file.fd : -1;
}

const char *record_path(const struct record *r)
{
    return r->file.path;
}

bool record_reopen(struct record *r)
{
    hold_flush(r);
    return record_file_reopen(&r->file);
}

uint64_t record_blacked(const struct record *r)
{
    return r->ways.blacked;
}

const struct record_file *record_where(const struct record *r)
{
    return &r->file;
}

int record_close(struct record *r, int wait_ms)
{
    int failed;

    hold_flush(r);
    while (r->oldest)
        flow_free(r->oldest);
    record_file_close(&r->file, wait_ms);
    failed = r->file.failed;
    way_run_close(&r->ways);
    free(r->scratch);
    free(r);
    return failed;
}

/* ---- a relay's connection as TCP ---- */

/* A segment of `from`; `payload` NULL: none; `comment` NULL: nothing but the segment is to be
 * said. */
static void emit(struct record_flow *f, int from, uint8_t flags, struct tws_cursor payload,
                 const char *comment, uint64_t ts_ns)
{
    const struct tws_endpoint *ends[] = {&f->client, &f->gateway};
    struct segment s = {.from = ends[from],
                        .to = ends[1 - from],
                        .seq = f->next[from],
                        .ack = f->next[1 - from],
                        .flags = flags};
    uint8_t head[SEGMENT_HEAD_MAX];
    size_t head_len = segment_head(&s, payload.left, head);
    struct hold_packet p = {
        .flow = f,
        .out = {.ts_ns = ts_ns,
                .head = head,
                .head_len = (uint32_t)head_len,
                .body = payload.p,
                .body_len = (uint32_t)payload.left,
                .wire_len = (uint32_t)(head_len + payload.left),
                .comment = comment},
        .through = flow_goes_through(f->record, f),
        .relay = true,
        .way = (uint8_t)from,
        .payload = f->record->masked ? (uint32_t)payload.left : 0,
        .offset = f->sent[from],
    };

    hold_add(f->record, &p);
    f->next[from] += (uint32_t)payload.left + ((flags & (SEGMENT_SYN | SEGMENT_FIN)) != 0);
    f->sent[from] += payload.left;
}

/* A segment without bytes, of which `a` says more. */
static void emit_noted(struct record_flow *f, int from, uint8_t flags,
                       const struct tws_annotation *a, uint64_t ts_ns)
{
    char comment[TWS_ANNOTATION_MAX];

    (void)tws_annotation_write(a, comment, sizeof comment);
    emit(f, from, flags, (struct tws_cursor){NULL, 0}, comment[0] ? comment : NULL, ts_ns);
}

/* The same with an annotation that has no members; NONE: with none. */
static void emit_bare(struct record_flow *f, int from, uint8_t flags, enum tws_annotation_kind kind,
                      uint64_t ts_ns)
{
    emit_noted(f, from, flags, &(struct tws_annotation){.kind = kind}, ts_ns);
}

/* Distinct for the connections of a run: a port that is used again must not look like a
 * retransmission. */
static uint32_t first_sequence(uint32_t conn, int side)
{
    return conn * 0x9E3779B1u + (side == GATEWAY ? 0x80000000u : 0u);
}

struct record_flow *record_opened(struct record *r, uint32_t conn,
                                  const struct tws_endpoint *client,
                                  const struct tws_endpoint *gateway, uint64_t now)
{
    struct record_flow *f = flow_new(r, conn, client, gateway);

    if (!f)
        return NULL;
    f->next[CLIENT] = first_sequence(conn, CLIENT);
    f->next[GATEWAY] = first_sequence(conn, GATEWAY);
    emit_bare(f, CLIENT, SEGMENT_SYN, TWS_AN_NONE, now);
    emit_bare(f, GATEWAY, SEGMENT_SYN | SEGMENT_ACK, TWS_AN_NONE, now);
    emit_bare(f, CLIENT, SEGMENT_ACK, TWS_AN_NONE, now);
    return f;
}

void record_bytes(struct record_flow *f, enum tws_side from, const uint8_t *bytes, size_t len,
                  uint64_t now)
{
    static const struct way_copies none = {.n = 0};
    int side = place_of(from);

    while (f && len > 0) {
        size_t n = len < SEGMENT_PAYLOAD_MAX ? len : SEGMENT_PAYLOAD_MAX;
        struct tws_cursor piece = {bytes, n};

        way_bytes_but(&f->ways[side], f->sent[side], bytes, n, &none);
        emit(f, side, SEGMENT_PSH | SEGMENT_ACK, piece, NULL, now);
        bytes += n;
        len -= n;
    }
}

void record_dialing(struct record_flow *f, bool dialing, uint64_t now)
{
    if (!f || f->dialing == dialing)
        return;
    f->dialing = dialing;
    emit_bare(f, dialing ? CLIENT : GATEWAY, SEGMENT_ACK, dialing ? TWS_AN_DIALING : TWS_AN_DIALED,
              now);
}

static bool host_said(const struct tws_kernel *k)
{
    return k->owner.pid || k->sibling || k->idle.pid || k->all_seen;
}

/* How it ended, where the flags of its packet do not say it all. */
static void emit_end(struct record_flow *f, int side, uint8_t flags, enum tws_ending how,
                     const char *reason, uint64_t now)
{
    struct tws_annotation a = f->pending;
    bool plain = (how == TWS_RST || how == TWS_FIN) && !reason && a.kind == TWS_AN_NONE;

    a.kind = plain ? TWS_AN_NONE : TWS_AN_CLOSE;
    a.u.close.how = how;
    a.u.close.reason = tws_text_of(reason ? reason : "");
    f->pending = (struct tws_annotation){.kind = TWS_AN_NONE};
    emit_noted(f, side, flags, &a, now);
}

void record_ended(struct record_flow *f, enum tws_side side, enum tws_ending how,
                  const char *reason, uint64_t now)
{
    /* Where the relay itself gave up, nobody's reset is as good as the gateway's. */
    int from = side == TWS_CLIENT ? CLIENT : GATEWAY;

    if (!f)
        return;
    f->ended = true;
    switch (how) {
    case TWS_FIN:
        if (f->fin[from])
            return;
        f->fin[from] = true;
        f->last_fin = (uint8_t)from;
        emit_end(f, from, SEGMENT_FIN | SEGMENT_ACK, how, NULL, now);
        break;
    case TWS_RST:
    case TWS_TIMEOUT:
    case TWS_REFUSED:
    case TWS_UNREACHABLE:
        f->rst[from] = true;
        emit_end(f, from, SEGMENT_RST | SEGMENT_ACK, how, reason, now);
        break;
    case TWS_END_OF_CAPTURE:
        f->stopped = true;
        break;
    case TWS_OPEN_STILL:
        break;
    }
}

/* Who has not said its last word; the side that closed politely, where both have. */
static int who_resets(const struct record_flow *f)
{
    for (int i = CLIENT; i <= GATEWAY; i++)
        if (!f->fin[i] && !f->rst[i])
            return i;
    return f->rst[CLIENT] ? GATEWAY : CLIENT;
}

void record_finished(struct record_flow *f, uint64_t now)
{
    bool politely;

    if (!f)
        return;
    politely = f->fin[CLIENT] && f->fin[GATEWAY] && !f->rst[CLIENT] && !f->rst[GATEWAY];
    if (f->ended && !f->stopped && politely)
        emit_bare(f, 1 - f->last_fin, SEGMENT_ACK, TWS_AN_END, now);
    else if (f->ended && !f->stopped)
        emit_bare(f, who_resets(f), SEGMENT_RST | SEGMENT_ACK, TWS_AN_END, now);
    flow_free(f);
}

/* ---- silences and verdicts ---- */

static struct tws_annotation silence_of(const struct tws_event *ev)
{
    const struct tws_kernel *k = &ev->u.silence.kernel;
    struct tws_annotation a = {.kind = TWS_AN_SILENCE};

    a.u.silence.stage = ev->u.silence.stage;
    a.u.silence.owes = ev->u.silence.owes;
    a.u.silence.waited_ns = ev->u.silence.waited_ns;
    a.u.silence.recorded = (struct tws_recorded){*k, k->known && host_said(k)};
    return a;
}

static void silence(struct record_flow *f, const struct tws_event *ev)
{
    struct tws_annotation a = silence_of(ev);

    f->host_said = f->host_said || host_said(&ev->u.silence.kernel);
    hold_flush(f->record);
    flow_dump(f);
    f->through = THROUGH_ALL;
    f->record->urgent = true;
    if (f->record->relay)
        emit_noted(f, ev->u.silence.owes == TWS_CLIENT ? GATEWAY : CLIENT, SEGMENT_ACK, &a,
                   ev->ts_ns);
    else
        f->pending = a;
}

static void verdict(struct record_flow *f, const struct tws_verdict *v)
{
    if (!f->record->ring || !v->final)
        return;
    if (f->through == THROUGH_NOT && (v->stage == TWS_TROUBLE_NONE || tws_verdict_is_probe(v)))
        return;
    hold_flush(f->record);
    flow_dump(f);
    f->through = THROUGH_LAST;
    f->record->urgent = true;
}

/* What belongs to trouble may still come in the next packet: the bytes that end a silence are told
 * to the session first. */
static void recovered(struct record_flow *f)
{
    if (f->through == THROUGH_ALL)
        f->through = THROUGH_LAST;
    f->record->urgent = true;
}

/* What the host said of the gateway's listener, before record_ended of the gateway's side. */
static void facts(struct record_flow *f, const struct tws_event *ev)
{
    const struct tws_kernel *k = &ev->u.facts.facts->kernel;

    if (ev->u.facts.closed != TWS_GATEWAY || (!host_said(k) && !f->host_said))
        return;
    f->host_said = true;
    f->pending = (struct tws_annotation){.kind = TWS_AN_CLOSE};
    f->pending.u.close.recorded = (struct tws_recorded){*k, true};
}

static void frame(struct record_flow *f, const struct tws_event *ev)
{
    int i = place_of(ev->u.frame.dir);
    struct record_way *w = &f->ways[i], *other = &f->ways[1 - i];

    way_frame(&f->record->ways, w, ev);
    other->version = w->version;
    other->guessed = w->guessed;
}

static void opaque(struct record_flow *f, const struct tws_event *ev)
{
    for (int i = 0; i < 2; i++) /* a legacy hello ends the frames of both */
        if (ev->u.opaque.why == TWS_OPAQUE_LEGACY || i == place_of(ev->u.opaque.dir))
            way_opaque(&f->ways[i], ev);
}

static void put(void *ctx, const struct tws_event *ev)
{
    struct record *r = ctx;
    struct record_flow *f = ev->kind == TWS_EV_OPEN ? NULL : flow_of_conn(r, ev->conn);

    if (ev->kind == TWS_EV_OPEN && !r->relay)
        capture_opened(r, ev);
    if (!f)
        return;
    if (ev->kind == TWS_EV_FRAME)
        frame(f, ev);
    else if (ev->kind == TWS_EV_OPAQUE)
        opaque(f, ev);
    else if (ev->kind == TWS_EV_SILENCE)
        silence(f, ev);
    else if (ev->kind == TWS_EV_RECOVERED)
        recovered(f);
    else if (ev->kind == TWS_EV_VERDICT)
        verdict(f, ev->u.verdict);
    else if (ev->kind == TWS_EV_FACTS)
        facts(f, ev);
}

struct tws_sink record_sink(struct record *r)
{
    uint32_t wants =
        TWS_WANTS(TWS_EV_SILENCE) | TWS_WANTS(TWS_EV_RECOVERED) | TWS_WANTS(TWS_EV_VERDICT);

    wants |= TWS_WANTS(r->relay ? TWS_EV_FACTS : TWS_EV_OPEN);
    if (r->masked)
        wants |= TWS_WANTS(TWS_EV_FRAME) | TWS_WANTS(TWS_EV_OPAQUE);
    return (struct tws_sink){put, r, wants};
}
