#include "clocks.h"
#include "diagnose.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: whatever packets come, in whatever order, of however many connections, each that was
 * opened gets one close and one final verdict, nothing is said of it afterwards, the table keeps
 * its bounds, and time never goes back within a connection.  With a hostile clock the packets'
 * times are any.
 *
 * Input: one byte of options, then records of seven bytes and a payload: who sends (2 clients of 2
 * gateways), flags, where its sequence number stands in units of a byte, what it acknowledges, how
 * much time has passed, how many payload bytes follow, how many of them were captured.  Some of the
 * last numbers stand for a comment, which may be the payload, or for other calls. */

#define CONNS_MAX 4096u
#define HEADERS   40u
#define RECORD    7u

struct tally {
    uint8_t state[CONNS_MAX]; /* 0: not opened, 1: open, 2: closed, 3: judged */
    uint64_t last_ns[CONNS_MAX];
    uint32_t opened;
    uint64_t events, events_max;
};

static void put(void *ctx, const struct tws_event *ev)
{
    struct tally *t = ctx;
    uint8_t *state = &t->state[ev->conn % CONNS_MAX];

    if (ev->ts_ns > TWS_TIME_LAST || ++t->events > t->events_max)
        abort();
    if (ev->conn == 0)
        return;
    if (ev->ts_ns < t->last_ns[ev->conn % CONNS_MAX] && ev->kind != TWS_EV_OPEN)
        abort();
    t->last_ns[ev->conn % CONNS_MAX] = ev->ts_ns;
    if (ev->kind == TWS_EV_OPEN) {
        if (*state != 0)
            abort();
        *state = 1;
        t->opened++;
    } else if (ev->kind == TWS_EV_CLOSE) {
        if (*state != 1)
            abort();
        *state = 2;
    } else if (ev->kind == TWS_EV_VERDICT && ev->u.verdict->final) {
        if (*state != 2)
            abort();
        *state = 3;
    } else if (*state != 1 && ev->kind != TWS_EV_VERDICT && ev->kind != TWS_EV_STATE) {
        abort();
    }
}

static void put16(uint8_t *p, unsigned n)
{
    p[0] = (uint8_t)(n >> 8);
    p[1] = (uint8_t)n;
}

static void put32(uint8_t *p, uint32_t n)
{
    put16(p, n >> 16);
    put16(p + 2, n & 0xffff);
}

/* IPv4 and TCP headers in front of `n` payload bytes. */
static void headers(uint8_t h[HEADERS], const uint8_t *r, unsigned n)
{
    bool gateway = r[0] & 1;
    unsigned client = 50000u + (r[0] >> 1 & 1u), port = r[0] & 4u ? 4002u : 5555u;
    uint32_t isn = gateway ? 0xffffff80u : 1000u; /* one side wraps soon */

    memset(h, 0, HEADERS);
    h[0] = 0x45;
    put16(h + 2, HEADERS + n);
    put16(h + 4, r[0] >> 3);
    h[8] = 64;
    h[9] = 6;
    put32(h + 12, 0x7f000001);
    put32(h + 16, 0x7f000001);
    put16(h + 20, gateway ? port : client);
    put16(h + 22, gateway ? client : port);
    put32(h + 24, isn + r[2]);
    put32(h + 28, (gateway ? 1000u : 0xffffff80u) + r[3]);
    h[32] = 5 << 4;
    h[33] = r[1] & 0x1f;
    put16(h + 34, r[1] & 0x40 ? 0 : 512);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t ports[] = {4002};
    static struct tally tally;
    static struct tws_diagnosis diagnosis;
    struct tws_env env = {.timing = {.handshake_ns = 3000000000u, .request_ns = 10000000000u},
                          .max_frame = TWS_FRAME_MAX,
                          .digests = true};
    struct tap_config config = {0};
    uint8_t bytes[HEADERS + 256];
    char comment[256];
    uint64_t now = 1000000000;
    bool hostile;
    struct tap *tap;

    if (size < 1)
        return 0;
    memset(&tally, 0, sizeof tally);
    tally.events_max = 4096 + 256 * (uint64_t)size;
    tws_diagnosis_init(&diagnosis, (struct tws_sink){put, &tally, TWS_WANTS(TWS_EVENTS) - 1});
    env.sink = tws_diagnosis_sink(&diagnosis);
    flow_config_default(&config.flow);
    config.flow.ports = ports;
    config.flow.n_ports = 1;
    config.flow.any_port = data[0] & 1;
    config.flow.max_connections = data[0] & 2 ? 2 : 64;
    config.flow.max_held = data[0] & 4 ? 300 : 65536;
    config.flow.limits.store = data[0] & 8 ? 64 : 4096;
    config.flow.check_sums = data[0] & 16;
    config.relayed = data[0] & 32;
    hostile = data[0] & 64;
    tap = tap_new(&config, &env);
    if (!tap)
        return 0;
    data++;
    size--;
    while (size >= RECORD && tally.opened < CONNS_MAX - 1) {
        unsigned n = data[5] < size - RECORD ? data[5] : (unsigned)(size - RECORD);
        struct packet p = {.bytes = bytes, .link = 101, .len = HEADERS + n};

        now = hostile ? hostile_clock(data[4]) : now + (uint64_t)data[4] * data[4] * 1000000u;
        headers(bytes, data, n);
        memcpy(bytes + HEADERS, data + RECORD, n);
        p.ts_ns = now;
        p.captured = HEADERS + (data[6] < n ? data[6] : n);
        if (config.relayed && data[6] == 7)
            p.comment = "end";
        if (config.relayed && data[6] == 8)
            p.comment = "close: timeout: why";
        if (data[6] == 9) {
            memcpy(comment, data + RECORD, n);
            comment[n] = '\0';
            p.comment = comment;
        }
        if (data[6] == 255)
            tap_lost(tap);
        else
            tap_packet(tap, &p);
        if (data[6] == 254)
            tap_ask_all(tap, now);
        data += RECORD + n;
        size -= RECORD + n;
    }
    if (size & 1)
        tap_tick(tap, now += 20000000000u);
    tap_free(tap, now);
    for (uint32_t i = 1; i <= tally.opened; i++) {
        if (tally.state[i % CONNS_MAX] != 3)
            abort();
    }
    return 0;
}
