#include "talk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(void *ctx, const struct tws_event *ev)
{
    struct talk *t = ctx;
    struct talk_event *e;

    if (t->n_ev == TALK_EVENTS_MAX)
        abort();
    e = &t->ev[t->n_ev++];
    *e = (struct talk_event){.kind = ev->kind, .ts_ns = ev->ts_ns, .conn = ev->conn};
    switch (ev->kind) {
    case TWS_EV_FRAME:
        e->side = ev->u.frame.dir;
        e->n = ev->u.frame.n;
        e->id = ev->u.frame.message ? ev->u.frame.message->id : 0;
        break;
    case TWS_EV_OPAQUE:
        e->side = ev->u.opaque.dir;
        e->id = ev->u.opaque.why;
        break;
    case TWS_EV_STAGE:
        e->stage = ev->u.stage.stage;
        break;
    case TWS_EV_REQUEST:
        e->id = ev->u.request.id;
        e->n = ev->u.request.answers;
        e->status = ev->u.request.status;
        e->code = ev->u.request.code;
        break;
    case TWS_EV_NOTICE:
        e->id = ev->u.notice.code;
        snprintf(e->says, sizeof e->says, "%s", tws_notice_class_name(ev->u.notice.class));
        break;
    case TWS_EV_SILENCE:
    case TWS_EV_RECOVERED:
        e->trouble = ev->u.silence.stage;
        e->side = ev->u.silence.owes;
        e->n = ev->u.silence.waited_ns;
        break;
    case TWS_EV_CLOSE:
        e->side = ev->u.close.by;
        e->digest[0] = ev->u.close.digest_client;
        e->digest[1] = ev->u.close.digest_gateway;
        break;
    case TWS_EV_VERDICT:
        e->trouble = ev->u.verdict->stage;
        e->side = ev->u.verdict->silent;
        e->n = ev->u.verdict->silence_ns;
        e->final = ev->u.verdict->final;
        e->mode = ev->u.verdict->mode ? ev->u.verdict->mode->id : NULL;
        e->certainty = ev->u.verdict->certainty;
        snprintf(e->says, sizeof e->says, "%s", ev->u.verdict->says);
        for (size_t i = 0; i < ev->u.verdict->n_evidence; i++)
            snprintf(e->evidence[i], sizeof e->evidence[i], "%s: %s",
                     ev->u.verdict->evidence[i].what, ev->u.verdict->evidence[i].value);
        break;
    case TWS_EV_GAP:
        e->side = ev->u.gap.dir;
        e->n = ev->u.gap.missing;
        e->skipped = ev->u.gap.skipped;
        e->found = ev->u.gap.found;
        break;
    case TWS_EV_PACING:
        e->id = ev->u.pacing.what;
        e->n = ev->u.pacing.count;
        break;
    case TWS_EV_OPEN:
    case TWS_EV_LIMIT:
    case TWS_EV_DROPS:
    case TWS_EV_SUMMARY:
    case TWS_EV_FACTS:
    case TWS_EV_STATE:
    case TWS_EVENTS:
        break;
    }
}

void talk_env(struct talk *t, uint32_t sv)
{
    memset(t, 0, sizeof *t);
    t->env.timing.handshake_ns = 3 * SEC;
    t->env.timing.request_ns = 10 * SEC;
    t->env.max_frame = 0xFFFFFF;
    t->env.digests = true;
    tws_diagnosis_init(&t->diagnosis, (struct tws_sink){put, t, ~TWS_WANTS(TWS_EV_STATE)});
    t->env.sink = tws_diagnosis_sink(&t->diagnosis);
    t->now = 1700000000ull * SEC;
    t->sv = sv;
    t->tick = true;
}

static void facts(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                  struct tws_facts *out)
{
    const struct talk *t = ctx;

    (void)what;
    (void)now;
    t->kernel(NULL, s, &out->kernel);
}

void talk_kernel(struct talk *t,
                 void (*kernel)(void *ctx, const struct tws_session *s, struct tws_kernel *out))
{
    t->kernel = kernel;
    t->env.facts = facts;
    t->env.facts_ctx = t;
    t->env.measures = TWS_OF_KERNEL;
}

void talk_verdict(const struct tws_session *s, uint64_t now, struct tws_verdict *out)
{
    struct tws_state state;

    tws_session_state(s, now, &state);
    tws_diagnose(&state, out);
}

void talk_open(struct talk *t)
{
    struct tws_endpoint client = {4, 50000, {127, 0, 0, 1}, 0};
    struct tws_endpoint gateway = {4, 4002, {127, 0, 0, 1}, 0};

    if (!t->port.gateway.family)
        tws_port_init(&t->port, &gateway);
    tws_session_open(&t->s, &t->env, &t->port,
                     &(struct tws_opening){1, &client, &gateway, t->midstream}, t->now);
}

void talk_wait(struct talk *t, uint64_t ns)
{
    uint64_t until = t->now + ns, at;

    while (t->tick && (at = tws_session_deadline(&t->s)) && at <= until) {
        if (at > t->now)
            t->now = at;
        tws_session_tick(&t->s, t->now);
    }
    t->now = until;
}

void talk_bytes(struct talk *t, enum tws_side side, const void *p, size_t n)
{
    const uint8_t *b = p;
    size_t split = t->split && t->split < n ? t->split : 0;

    while (n) {
        size_t k = t->cut && t->cut < n ? t->cut : n;
        uint8_t *copy;

        if (split) {
            k = split;
            split = 0;
        }
        copy = malloc(k); /* an over-read shows under ASan */
        memcpy(copy, b, k);
        tws_session_bytes(&t->s, side, copy, k, t->now);
        free(copy);
        b += k;
        n -= k;
    }
}

void talk_gap(struct talk *t, enum tws_side side, uint64_t missing)
{
    tws_session_gap(&t->s, side, missing, t->now);
}

void talk_close(struct talk *t, enum tws_side side, enum tws_ending how)
{
    tws_session_closed(&t->s, side, how, NULL, t->now);
}

void talk_finish(struct talk *t)
{
    tws_session_finish(&t->s, t->now);
}

static void be32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t)(n >> 24);
    p[1] = (uint8_t)(n >> 16);
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
}

void talk_hello(struct talk *t, const char *range)
{
    uint8_t b[128] = {'A', 'P', 'I', 0};
    size_t n = strlen(range);

    be32(b + 4, (uint32_t)n);
    memcpy(b + 8, range, n);
    talk_bytes(t, TWS_CLIENT, b, 8 + n);
}

void talk_text(struct talk *t, enum tws_side side, int id, const char *const *fields)
{
    uint8_t b[1024];
    size_t n = 4;

    if (t->sv >= 201) {
        be32(b + n, (uint32_t)id);
        n += 4;
    } else {
        n += (size_t)sprintf((char *)b + n, "%d", id) + 1;
    }
    for (; *fields; fields++) {
        size_t len = strlen(*fields) + 1;

        memcpy(b + n, *fields, len);
        n += len;
    }
    be32(b, (uint32_t)(n - 4));
    talk_bytes(t, side, b, n);
}

void talk_protobuf(struct talk *t, enum tws_side side, int id, const void *body, size_t n)
{
    uint8_t b[1024];

    be32(b, (uint32_t)(n + 4));
    be32(b + 4, (uint32_t)(id + 200));
    memcpy(b + 8, body, n);
    talk_bytes(t, side, b, n + 8);
}

static size_t varint(uint8_t *p, uint64_t v)
{
    size_t n = 0;

    for (; v >= 128; v >>= 7)
        p[n++] = (uint8_t)(v | 128);
    p[n++] = (uint8_t)v;
    return n;
}

static size_t pb_int(uint8_t *p, unsigned number, int64_t v)
{
    size_t n = varint(p, (uint64_t)number << 3);

    return n + varint(p + n, (uint64_t)v);
}

static size_t pb_text(uint8_t *p, unsigned number, const char *s)
{
    size_t n = varint(p, (uint64_t)number << 3 | 2);

    n += varint(p + n, strlen(s));
    memcpy(p + n, s, strlen(s));
    return n + strlen(s);
}

void talk_version(struct talk *t)
{
    uint8_t b[64];
    int n = sprintf((char *)b + 4, "%u%c20261124 02:55:59 stand-in", t->sv, 0) + 1;

    be32(b, (uint32_t)n);
    talk_bytes(t, TWS_GATEWAY, b, 4 + (size_t)n);
}

void talk_start_api(struct talk *t, int client_id)
{
    char id[16];
    uint8_t b[32];

    snprintf(id, sizeof id, "%d", client_id);
    if (t->sv >= 213)
        talk_protobuf(t, TWS_CLIENT, 71, b, pb_int(b, 1, client_id));
    else
        talk_text(t, TWS_CLIENT, 71, FIELDS("2", id, ""));
}

void talk_next_id(struct talk *t)
{
    uint8_t b[32];

    if (t->sv >= 213)
        talk_protobuf(t, TWS_GATEWAY, 9, b, pb_int(b, 1, 530));
    else
        talk_text(t, TWS_GATEWAY, 9, FIELDS("1", "530"));
}

void talk_accounts(struct talk *t, const char *list)
{
    uint8_t b[64];

    if (t->sv >= 213)
        talk_protobuf(t, TWS_GATEWAY, 15, b, pb_text(b, 1, list));
    else
        talk_text(t, TWS_GATEWAY, 15, FIELDS("1", list));
}

void talk_notice(struct talk *t, int req_id, int code, const char *text)
{
    char id[16], number[16];
    uint8_t b[256];
    size_t n = 0;

    snprintf(id, sizeof id, "%d", req_id);
    snprintf(number, sizeof number, "%d", code);
    if (t->sv >= 203) {
        n = pb_int(b, 1, req_id);
        n += pb_int(b + n, 2, 1732416959000);
        n += pb_int(b + n, 3, code);
        n += pb_text(b + n, 4, text);
        talk_protobuf(t, TWS_GATEWAY, 4, b, n);
    } else if (t->sv >= 166) {
        talk_text(t, TWS_GATEWAY, 4, FIELDS("2", id, number, text, ""));
    } else {
        talk_text(t, TWS_GATEWAY, 4, FIELDS("2", id, number, text));
    }
}

void talk_welcome(struct talk *t)
{
    talk_accounts(t, "DU9000001");
    talk_next_id(t);
    talk_notice(t, -1, 2104, "Market data farm connection is OK:usfarm");
}

void talk_current_time(struct talk *t, enum tws_side side)
{
    uint8_t b[32];

    if (t->sv >= 213)
        talk_protobuf(t, side, 49, b, side == TWS_CLIENT ? 0 : pb_int(b, 1, 1732416959));
    else if (side == TWS_CLIENT)
        talk_text(t, side, 49, FIELDS("1"));
    else
        talk_text(t, side, 49, FIELDS("1", "1732416959"));
}

const char *talk_evidence(const struct talk_event *verdict, const char *what)
{
    for (size_t i = 0; i < TWS_EVIDENCE_MAX; i++) {
        if (strncmp(verdict->evidence[i], what, strlen(what)) == 0)
            return verdict->evidence[i];
    }
    return NULL;
}

size_t talk_count(const struct talk *t, enum tws_event_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_ev; i++)
        n += t->ev[i].kind == kind;
    return n;
}

const struct talk_event *talk_last(const struct talk *t, enum tws_event_kind kind)
{
    for (size_t i = t->n_ev; i-- > 0;) {
        if (t->ev[i].kind == kind)
            return &t->ev[i];
    }
    return NULL;
}

void talk_live(struct talk *t, uint32_t sv)
{
    talk_env(t, sv);
    talk_open(t);
    talk_hello(t, "v100..176");
    talk_wait(t, 5 * MS);
    talk_version(t);
    talk_start_api(t, 7);
    talk_welcome(t);
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, 5 * MS);
    talk_current_time(t, TWS_GATEWAY);
}
