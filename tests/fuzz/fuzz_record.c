#include "../../cli/captured.c"
#include "marks.h"
#include "segment.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Property: whatever a relay reads at once, whatever of a capture is lost, late, cut or there
 * twice, and whenever what waits must leave: no part of a secret is in the recording.
 *
 * Bytes: flags (1: a relay, 2: from the middle on), the server version, then two for each step: how
 * many bytes of which side come, and what becomes of them. */

#define SECRET         "Quillon7x Household"
#define FRAME(n, text) "\0\0\0" n text

static const char gateway_bytes[] = FRAME("\031", "15\0001\000" SECRET "\0")
    FRAME("\061", "61\0003\000" SECRET "\00012345\0IBM\0STK\0\0000\0\0\0NYSE\0")
        FRAME("\067", "16\0001\0001\000<Group><name>" SECRET "</name></Group>\0")
            FRAME("\031", "\0\0\0\327\012\023" SECRET)
                FRAME("\062", "6\0002\000AccountCode\000" SECRET "\000\000"
                              "Zebra-Horse1\0")
                    FRAME("\035", "\0\0\0\315\010\001\032\025\142\023" SECRET)
                        FRAME("\015", "9\0001\00012345678\0");
static const char client_bytes[] =
    FRAME("\011", "71\0002\0007\000\0\0") FRAME("\032", "6\0002\0001\000" SECRET "\0")
        FRAME("\047", "62\0001\0009001\000" SECRET "\000Some\0tag\0");

static const struct tws_endpoint ends[2] = {{4, 50000, {127, 0, 0, 1}, 0},
                                            {4, 4002, {127, 0, 0, 1}, 0}};
static uint8_t stream[2][2048];
static size_t stream_len[2];

struct run {
    struct record *record;
    struct tws_env env;
    struct tap *tap;             /* of a capture */
    struct tws_session *session; /* of a relay */
    struct record_flow *flow;
    uint64_t now;
    size_t at[2]; /* of the streams */
    bool synced;
};

static void add(int side, const void *p, size_t n)
{
    memcpy(stream[side] + stream_len[side], p, n);
    stream_len[side] += n;
}

static void make_streams(unsigned version, bool middle)
{
    char reply[40] = {0, 0, 0, 8};

    stream_len[0] = stream_len[1] = 0;
    if (!middle) {
        add(0, "API\0\0\0\0\011v100..226", 17);
        (void)snprintf(reply + 4, sizeof reply - 4, "%03u%cnow", version, 0);
        add(1, reply, 12);
    }
    for (int i = 0; i < 3; i++) {
        add(0, client_bytes, sizeof client_bytes - 1);
        add(1, gateway_bytes, sizeof gateway_bytes - 1);
    }
}

static void segment(struct run *r, int side, uint8_t flags, size_t from, size_t n, size_t keep)
{
    uint8_t bytes[SEGMENT_HEAD_MAX + sizeof stream[0]];
    const struct segment s = {.from = &ends[side],
                              .to = &ends[1 - side],
                              .seq = 1000 + (uint32_t)from - ((flags & SEGMENT_SYN) != 0),
                              .ack = 1000 + (uint32_t)r->at[1 - side],
                              .flags = flags};
    size_t head = segment_head(&s, n, bytes);
    struct packet p = {.ts_ns = r->now, .bytes = bytes, .link = 101};
    struct record_packet out;

    memcpy(bytes + head, stream[side] + from, n);
    segment_sum(bytes, head + n);
    p.captured = (uint32_t)(head + (keep < n ? keep : n));
    p.len = (uint32_t)(head + n);
    tap_packet(r->tap, &p);
    out = captured_packet(r->tap, &p);
    record_packet(r->record, &out);
}

static void pass(struct run *r, uint64_t ns)
{
    r->now += ns;
    if (r->tap)
        tap_tick(r->tap, r->now);
    else
        tws_session_tick(r->session, r->now);
    record_tick(r->record, r->now);
}

/* Of a capture: in order, early, lost, cut, again, a part again. */
static void capture_step(struct run *r, int side, size_t n, uint8_t what)
{
    size_t at = r->at[side], back = what >> 3;

    back = back < at ? back : at;
    switch (what & 7) {
    case 0: /* lost, but the other side knows of it */
        r->at[side] += n;
        break;
    case 1: { /* the second half first */
        size_t half = n / 2;

        segment(r, side, SEGMENT_ACK, at + half, n - half, n);
        segment(r, side, SEGMENT_ACK, at, half, n);
        r->at[side] += n;
        break;
    }
    case 2:
        segment(r, side, SEGMENT_ACK, at, n, back);
        r->at[side] += n;
        break;
    case 3:
        segment(r, side, SEGMENT_ACK, at - back, back, n);
        segment(r, side, SEGMENT_ACK, at - back, n + back, n);
        r->at[side] += n;
        break;
    case 4:
        pass(r, (uint64_t)back * 20000000u);
        break;
    default:
        segment(r, side, SEGMENT_ACK, at, n, n);
        r->at[side] += n;
    }
}

static void relay_step(struct run *r, int side, size_t n, uint8_t what)
{
    enum tws_side from = side ? TWS_GATEWAY : TWS_CLIENT;

    tws_session_bytes(r->session, from, stream[side] + r->at[side], n, r->now);
    record_bytes(r->flow, from, stream[side] + r->at[side], n, r->now);
    r->at[side] += n;
    if ((what & 7) == 4)
        pass(r, (uint64_t)(what >> 3) * 20000000u);
}

static void steps(struct run *r, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 1 < size && i < 512; i += 2) {
        int side = data[i] & 1;
        size_t left = stream_len[side] - r->at[side], n = data[i] >> 1;

        n = n < left ? n : left;
        r->now += 1000000;
        (r->tap ? capture_step : relay_step)(r, side, n, data[i + 1]);
        record_turn(r->record);
    }
}

static void check(const char *path)
{
    static uint8_t file[1 << 20];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, file, sizeof file);

    if (n <= 0)
        abort();
    (void)close(fd);
    for (size_t at = 0; at + 6 <= sizeof SECRET - 1; at++)
        if (memmem(file, (size_t)n, &SECRET[at], 6))
            abort();
}

static void run_capture(struct run *r, const uint8_t *data, size_t size, bool middle)
{
    static const uint16_t ports[] = {4002};
    struct tap_config c = {0};

    flow_config_default(&c.flow);
    c.flow.ports = ports;
    c.flow.n_ports = 1;
    r->tap = tap_new(&c, &r->env);
    if (!r->tap || !record_interface(r->record, 0, 101, 0, "fuzz"))
        abort();
    if (!middle) {
        segment(r, 0, SEGMENT_SYN, 0, 0, 0);
        segment(r, 1, SEGMENT_SYN | SEGMENT_ACK, 0, 0, 0);
    }
    steps(r, data, size);
    tap_free(r->tap, r->now);
}

static void run_relay(struct run *r, const uint8_t *data, size_t size)
{
    static struct tws_session session;
    static struct tws_port port;

    tws_port_init(&port, &ends[1]);
    r->session = &session;
    tws_session_open(&session, &r->env, &port, &(struct tws_opening){1, &ends[0], &ends[1], false},
                     r->now);
    r->flow = record_opened(r->record, 1, &ends[0], &ends[1], r->now);
    steps(r, data, size);
    tws_session_finish(&session, r->now);
    record_finished(r->flow, r->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    static struct known known;
    struct run r = {.now = 1764000185123456789u};
    struct record_config c = {.known = &known, .file = {.overwrite = true}};
    struct marks *marks;
    const char *why;

    if (size < 4)
        return 0;
    if (!path[0])
        (void)snprintf(path, sizeof path, "/dev/shm/twstap-fuzz-record-%ld", (long)getpid());
    memset(&known, 0, sizeof known);
    c.relay = data[0] & 1;
    c.file.path = path;
    marks = marks_new(&known);
    r.record = record_open(&c, &why);
    if (!marks || !r.record)
        abort();
    r.env = (struct tws_env){
        .timing = {3000000000u, 10000000000u, 60000000000u, 10000000000u},
        .max_frame = TWS_FRAME_MAX,
        .sink = marks_sink(marks, record_sink(r.record)),
    };
    make_streams(100 + data[1] % 127, !c.relay && data[0] & 2);
    if (c.relay)
        run_relay(&r, data + 2, size - 2);
    else
        run_capture(&r, data + 2, size - 2, data[0] & 2);
    record_tick(r.record, UINT64_MAX);
    (void)record_close(r.record, 0);
    marks_free(marks);
    check(path);
    (void)unlink(path);
    return 0;
}
