#include "clocks.h"
#include "diagnose.h"
#include "session.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: whatever both sides send, in whatever order they and the clock go on, a session ends
 * with exactly one `close` and one final verdict; silences and recoveries take turns; a deadline
 * that has passed is gone, or later, after a tick; holes are counted; the port is empty at the end.
 * With a hostile clock times are any, and the events few all the same.
 *
 * Input: one byte of options, then operations, each of an opcode and its arguments. */

enum { DIGESTS = 1, NO_FRAMES = 2, REMOTE = 4, MIDSTREAM = 8, HOSTILE = 16, IMPATIENT = 32 };

enum { OP_CLIENT, OP_GATEWAY, OP_WAIT, OP_CLOSE, OP_ASK, OP_SCRIPT, OP_DIAL, OP_GAP, OP_LOST, OPS };

struct tally {
    uint64_t last_ns;
    uint64_t events, events_max;
    unsigned closes, finals, verdicts;
    bool silent, finished;
};

static void put(void *ctx, const struct tws_event *ev)
{
    struct tally *t = ctx;

    if (ev->ts_ns < t->last_ns || ev->conn != 1 || (t->finals && ev->kind != TWS_EV_STATE))
        abort();
    t->last_ns = ev->ts_ns;
    if (ev->ts_ns > TWS_TIME_LAST || ++t->events > t->events_max)
        abort();
    switch (ev->kind) {
    case TWS_EV_SILENCE:
        if (t->silent || ev->u.silence.stage == TWS_TROUBLE_NONE)
            abort();
        t->silent = true;
        break;
    case TWS_EV_RECOVERED:
        if (!t->silent)
            abort();
        t->silent = false;
        break;
    case TWS_EV_CLOSE:
        t->closes++;
        break;
    case TWS_EV_VERDICT:
        t->verdicts++;
        t->finals += ev->u.verdict->final;
        if (strlen(ev->u.verdict->says) >= sizeof ev->u.verdict->says - 1 ||
            (ev->u.verdict->mode && ev->u.verdict->certainty == TWS_CANNOT_TELL))
            abort();
        break;
    case TWS_EV_OPEN:
    case TWS_EV_FRAME:
    case TWS_EV_OPAQUE:
    case TWS_EV_STAGE:
    case TWS_EV_REQUEST:
    case TWS_EV_NOTICE:
    case TWS_EV_GAP:
    case TWS_EV_LIMIT:
    case TWS_EV_DROPS:
    case TWS_EV_PACING:
    case TWS_EV_SUMMARY:
    case TWS_EV_FACTS:
    case TWS_EV_STATE:
    case TWS_EVENTS:
        break;
    }
}

/* What a mutation would need long to find: the steps of a healthy session. */
static const struct step {
    enum tws_side side;
    const char *bytes;
    size_t len;
} steps[] = {
    {TWS_CLIENT, "API\0\0\0\0\x09v100..176", 17},
    {TWS_GATEWAY,
     "\0\0\0\x08"
     "176\0now",
     12},
    {TWS_CLIENT,
     "\0\0\0\x08"
     "71\0"
     "2\0"
     "7\0",
     12},
    {TWS_GATEWAY,
     "\0\0\0\x07"
     "15\0"
     "1\0A",
     11},
    {TWS_GATEWAY,
     "\0\0\0\x06"
     "9\0"
     "1\0"
     "5",
     10},
    {TWS_CLIENT,
     "\0\0\0\x05"
     "49\0"
     "1",
     9},
    {TWS_GATEWAY,
     "\0\0\0\x07"
     "49\0"
     "1\0"
     "9",
     11},
    {TWS_CLIENT,
     "\0\0\0\x06"
     "9\0"
     "8\0"
     "5",
     10},
    {TWS_GATEWAY,
     "\0\0\0\x07"
     "52\0"
     "1\0"
     "5",
     11},
    {TWS_GATEWAY,
     "\0\0\0\x0c"
     "4\0"
     "2\0"
     "-1\0"
     "1100",
     16},
};

static uint8_t take(const uint8_t **p, const uint8_t *end)
{
    return *p < end ? *(*p)++ : 0;
}

static void feed(struct tws_session *s, enum tws_side side, const uint8_t **p, const uint8_t *end,
                 uint64_t now)
{
    size_t n = take(p, end);
    uint8_t *exact; /* a sanitizer sees a read behind the end of it */

    if (n > (size_t)(end - *p))
        n = (size_t)(end - *p);
    exact = malloc(n > 0 ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, *p, n);
    tws_session_bytes(s, side, exact, n, now);
    free(exact);
    *p += n;
}

static void wait_some(struct tws_session *s, uint8_t how_long, uint64_t *now)
{
    uint64_t until = *now + ((uint64_t)how_long * how_long) * 5000000u;
    unsigned ticks = 0;
    uint64_t at;

    while ((at = tws_session_deadline(s)) != 0 && at <= until) {
        if (at > *now)
            *now = at;
        tws_session_tick(s, *now);
        if (++ticks > 2000)
            abort(); /* spins */
    }
    *now = until;
}

/* A kernel that is asked again as long as a silence stands, and never says the same. */
static void kernel(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                   struct tws_facts *out)
{
    uint32_t *asked = ctx;

    (void)s;
    (void)what;
    (void)now;
    out->kernel =
        (struct tws_kernel){.known = true, .upstream_known = true, .unacked = ++*asked & 1};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tws_session s;
    static struct tws_diagnosis diagnosis;
    struct tally tally = {.events_max = 1024 + 64 * size};
    uint32_t asked = 0;
    struct tws_endpoint here = {.family = 4, .port = 4002, .addr = {127, 0, 0, 1}};
    struct tws_env env = {
        .timing = {.handshake_ns = 3000000000u, .request_ns = 10000000000u},
        .max_frame = 4096,
    };
    struct tws_port port;
    const uint8_t *p = data, *end = data + size;
    uint8_t options = take(&p, end);
    uint64_t now = 1700000000000000000u, gaps = 0, missing = 0;

    uint32_t wants = ~0u;

    env.digests = options & DIGESTS;
    if (options & NO_FRAMES)
        wants &= ~TWS_WANTS(TWS_EV_FRAME);
    if (options & REMOTE)
        here.addr[0] = 192;
    if (options & HOSTILE) {
        env.facts = kernel;
        env.facts_ctx = &asked;
        env.measures = TWS_OF_KERNEL;
        now = hostile_clock(take(&p, end));
    }
    if (options & IMPATIENT)
        env.timing = (struct tws_timing){.handshake_ns = 1};
    tws_diagnosis_init(&diagnosis, (struct tws_sink){put, &tally, wants});
    env.sink = tws_diagnosis_sink(&diagnosis);
    tws_port_init(&port, &here);
    tws_session_open(&s, &env, &port, &(struct tws_opening){1, &here, &here, options & MIDSTREAM},
                     now);
    while (p < end) {
        const struct step *step;
        uint8_t op = take(&p, end);

        switch (op % OPS) {
        case OP_CLIENT:
            feed(&s, TWS_CLIENT, &p, end, now);
            break;
        case OP_GATEWAY:
            feed(&s, TWS_GATEWAY, &p, end, now);
            break;
        case OP_WAIT:
            if (options & HOSTILE)
                tws_session_tick(&s, now = hostile_clock(take(&p, end)));
            else
                wait_some(&s, take(&p, end), &now);
            break;
        case OP_CLOSE:
            op = take(&p, end);
            tws_session_closed(&s, op & 1 ? TWS_CLIENT : TWS_GATEWAY,
                               (enum tws_ending)(TWS_FIN + (op >> 1) % TWS_UNREACHABLE), NULL, now);
            break;
        case OP_ASK:
            tws_session_ask(&s, now);
            break;
        case OP_SCRIPT:
            step = &steps[take(&p, end) % (sizeof steps / sizeof steps[0])];
            tws_session_bytes(&s, step->side, step->bytes, step->len, now);
            break;
        case OP_DIAL:
            tws_session_dialing(&s, take(&p, end) & 1, now);
            break;
        case OP_GAP:
            op = take(&p, end);
            tws_session_gap(&s, op & 1 ? TWS_CLIENT : TWS_GATEWAY, op >> 1, now);
            gaps++;
            missing += op >> 1;
            break;
        case OP_LOST:
            tws_session_lost(&s, now);
            break;
        }
    }
    tws_session_finish(&s, now);
    if (tally.closes != 1 || tally.finals != 1)
        abort();
    if (env.summary.gaps != gaps || env.summary.missing != missing)
        abort();
    if (diagnosis.healthy + diagnosis.troubled + diagnosis.probes != 1)
        abort();
    for (int i = 0; i < TWS_STANDINGS; i++) {
        if (port.count[i] != 0)
            abort();
    }
    return 0;
}
