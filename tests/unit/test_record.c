#include "captured.h"
#include "marks.h"
#include "ngread.h"
#include "record.h"
#include "segment.h"
#include "verdict.h"
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT 4002u
#define RING 4096u
#define SEC  1000000000ull

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static const struct tws_endpoint client = {.family = 4, .port = 50000, .addr = {127, 0, 0, 1}};
static const struct tws_endpoint gateway = {.family = 4, .port = PORT, .addr = {127, 0, 0, 1}};
static const struct tws_endpoint client6 = {.family = 6, .port = 50000, .addr = {[15] = 1}};

static char path[64];
static struct record *rec;
static struct ngread *got;
static struct known known;
static struct marks *marks;
static struct tws_env env;
static uint64_t last_ns; /* of its packets */
static struct tap *tap;  /* of a capture whose sessions are seen; NULL: of others */

static void begin(void)
{
    memset(&known, 0, sizeof known);
    marks = marks_new(&known);
    strcpy(path, "/tmp/twstap-record-XXXXXX");
    close(mkstemp(path));
}

static void end(void)
{
    ngread_free(got);
    marks_free(marks);
    unlink(path);
}

TestSuite(record, .init = begin, .fini = end);

static void open_record(struct record_config c)
{
    const char *why;

    c.known = &known;
    c.file.path = path;
    c.file.overwrite = true; /* some tests record again and again */
    rec = record_open(&c, &why);
    cr_assert(rec, "%s", why);
}

static void open_relay(size_t ring)
{
    struct tws_section about = {.upstream = tws_text_of("127.0.0.1:4002")};

    open_record((struct record_config){
        .relay = true, .ring = ring, .show_accounts = true, .about = &about});
}

/* The sessions are over, and nothing waits any more. */
static void finish(void)
{
    if (tap)
        tap_free(tap, last_ns + 1);
    tap = NULL;
    record_tick(rec, UINT64_MAX);
}

static void close_and_read(void)
{
    finish();
    record_close(rec, 0);
    got = ngread(path, PORT);
}

static void say(struct record_flow *f, enum tws_side side, const char *text, uint64_t now)
{
    record_bytes(f, side, (const uint8_t *)text, strlen(text), now);
}

static void tell(const struct tws_event *ev)
{
    struct tws_sink s = record_sink(rec);

    if (s.wants & TWS_WANTS(ev->kind))
        s.put(s.ctx, ev);
}

static void fall_silent(uint32_t conn, enum tws_side owes, uint64_t now)
{
    struct tws_event ev = {.kind = TWS_EV_SILENCE, .ts_ns = now, .conn = conn};

    ev.u.silence.stage = TWS_HELLO_UNANSWERED;
    ev.u.silence.owes = owes;
    ev.u.silence.waited_ns = 3 * SEC + 7000000;
    tell(&ev);
}

static void recover(uint32_t conn, uint64_t now)
{
    tell(&(struct tws_event){.kind = TWS_EV_RECOVERED, .ts_ns = now, .conn = conn});
}

/* The host was asked because the gateway's side ended. */
static void host_says(uint32_t conn, const struct tws_kernel *k)
{
    const struct tws_facts f = {.kernel = *k};
    struct tws_event ev = {.kind = TWS_EV_FACTS, .ts_ns = 1, .conn = conn};

    ev.u.facts.closed = TWS_GATEWAY;
    ev.u.facts.facts = &f;
    tell(&ev);
}

static void judge(uint32_t conn, enum tws_trouble stage, uint64_t now)
{
    static struct tws_verdict v;
    struct tws_event ev = {.kind = TWS_EV_VERDICT, .ts_ns = now, .conn = conn};

    v = (struct tws_verdict){.final = true, .stage = stage, .progress = TWS_HELLO};
    ev.u.verdict = &v;
    tell(&ev);
}

/* One row a packet: who sent it, its flags, time, payload bytes, comment. */
struct want {
    bool gateway;
    uint8_t flags;
    uint64_t ts;
    size_t len;
    const char *comment;
};

static void expect_packets(const struct want *want, size_t n)
{
    cr_expect_eq(got->n, n, "%zu packets, not %zu", got->n, n);
    for (size_t i = 0; i < n && i < got->n; i++) {
        const struct ngread_packet *p = &got->packet[i];

        cr_expect_eq(p->from_port, want[i].gateway, "packet %zu", i);
        cr_expect_eq(p->flags, want[i].flags, "packet %zu: flags %u", i, p->flags);
        cr_expect_eq(p->ts_ns, want[i].ts, "packet %zu: time", i);
        cr_expect_eq(p->payload_len, want[i].len, "packet %zu: %zu bytes", i, p->payload_len);
        cr_expect_str_eq(p->comment, want[i].comment ? want[i].comment : "", "packet %zu", i);
    }
}

/* In each direction the sequence numbers have neither hole nor overlap, and what is acknowledged
 * is what was sent. */
static void expect_sequence(void)
{
    uint32_t next[2] = {got->packet[0].seq, got->packet[1].seq};

    for (size_t i = 0; i < got->n; i++) {
        const struct ngread_packet *p = &got->packet[i];

        cr_expect_eq(p->seq, next[p->from_port], "packet %zu", i);
        if (p->flags & ACK)
            cr_expect_eq(p->ack, next[!p->from_port], "packet %zu", i);
        next[p->from_port] += (uint32_t)p->payload_len + !!(p->flags & (SYN | FIN));
    }
}

#define OPENING                                                                                    \
    {false, SYN, 1, 0, NULL}, {true, SYN | ACK, 1, 0, NULL},                                       \
    {                                                                                              \
        false, ACK, 1, 0, NULL                                                                     \
    }
#define EXPECT(...)                                                                                \
    do {                                                                                           \
        const struct want want[] = {__VA_ARGS__};                                                  \
        expect_packets(want, sizeof want / sizeof want[0]);                                        \
        expect_sequence();                                                                         \
    } while (0)

Test(record, a_session_from_accept_to_end)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 7, &client, &gateway, 1);
    say(f, TWS_CLIENT, "hello", 2);
    say(f, TWS_GATEWAY, "version", 3);
    say(f, TWS_GATEWAY, "more", 3);
    record_ended(f, TWS_CLIENT, TWS_FIN, NULL, 4);
    say(f, TWS_GATEWAY, "bye", 5);
    record_ended(f, TWS_GATEWAY, TWS_FIN, NULL, 6);
    record_finished(f, 7);
    close_and_read();
    EXPECT(OPENING, {false, PSH | ACK, 2, 5, NULL}, {true, PSH | ACK, 3, 7, NULL},
           {true, PSH | ACK, 3, 4, NULL}, {false, FIN | ACK, 4, 0, NULL},
           {true, PSH | ACK, 5, 3, NULL}, {true, FIN | ACK, 6, 0, NULL}, {false, ACK, 7, 0, "end"});
    cr_expect_eq(memcmp(got->packet[4].payload, "version", 7), 0);
    cr_expect_str_eq(got->comment,
                     "twstap recording of a relay; accounts shown; version " TWSTAP_VERSION
                     "; upstream 127.0.0.1:4002");
    cr_expect_str_eq(got->app, "twstap " TWSTAP_VERSION);
    cr_expect_str_eq(got->name[0], "twstap-proxy");
    cr_expect_eq(got->link[0], 101);
}

Test(record, resets_and_the_relays_own_endings)
{
    static const struct {
        enum tws_side side;
        enum tws_ending how;
        const char *reason, *comment;
    } rows[] = {
        {TWS_CLIENT, TWS_RST, NULL, NULL},
        {TWS_GATEWAY, TWS_RST, NULL, NULL},
        {TWS_GATEWAY, TWS_REFUSED, "connection refused", "close: refused: connection refused"},
        {TWS_GATEWAY, TWS_UNREACHABLE, "timed out", "close: unreachable: timed out"},
        {TWS_CLIENT, TWS_TIMEOUT, "--linger is over", "close: timeout: --linger is over"},
        {TWS_NOBODY, TWS_TIMEOUT, "no memory", "close: timeout: no memory"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool by_gateway = rows[i].side != TWS_CLIENT;
        struct record_flow *f;

        open_relay(0);
        f = record_opened(rec, 1, &client, &gateway, 1);
        record_ended(f, rows[i].side, rows[i].how, rows[i].reason, 2);
        record_finished(f, 3);
        ngread_free(got);
        close_and_read();
        EXPECT(OPENING, {by_gateway, RST | ACK, 2, 0, rows[i].comment},
               {!by_gateway, RST | ACK, 3, 0, "end"});
    }
}

Test(record, half_closed_and_then_given_up)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    record_ended(f, TWS_CLIENT, TWS_FIN, NULL, 2);
    record_ended(f, TWS_GATEWAY, TWS_TIMEOUT, "mute", 3);
    record_finished(f, 3);
    close_and_read();
    EXPECT(OPENING, {false, FIN | ACK, 2, 0, NULL}, {true, RST | ACK, 3, 0, "close: timeout: mute"},
           {false, RST | ACK, 3, 0, "end"});
}

Test(record, the_end_of_the_run_writes_nothing)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    record_ended(f, TWS_NOBODY, TWS_END_OF_CAPTURE, "told to stop", 2);
    record_finished(f, 2);
    f = record_opened(rec, 2, &client, &gateway, 1);
    record_finished(f, 2);
    close_and_read();
    cr_expect_eq(got->n, 6);
}

Test(record, dialling_is_noted_once)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    say(f, TWS_CLIENT, "x", 2);
    record_dialing(f, true, 2);
    record_dialing(f, true, 3);
    record_dialing(f, false, 4);
    record_dialing(f, false, 5);
    close_and_read();
    EXPECT(OPENING, {false, PSH | ACK, 2, 1, NULL}, {false, ACK, 2, 0, "dialing"},
           {true, ACK, 4, 0, "dialed"});
}

Test(record, a_dial_that_is_through_at_once_is_not_noted)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    record_dialing(f, false, 2);
    close_and_read();
    EXPECT(OPENING);
}

Test(record, a_silence_by_the_side_that_does_not_owe)
{
    struct tws_event ev = {.kind = TWS_EV_SILENCE, .ts_ns = 5, .conn = 1};

    open_relay(0);
    record_opened(rec, 1, &client, &gateway, 1);
    fall_silent(1, TWS_GATEWAY, 3);
    fall_silent(1, TWS_CLIENT, 4);
    fall_silent(2, TWS_CLIENT, 4); /* not ours */
    ev.u.silence.stage = TWS_TCP_CONNECT;
    ev.u.silence.owes = TWS_NETWORK;
    ev.u.silence.kernel = (struct tws_kernel){.known = true,
                                              .upstream_known = true,
                                              .unacked = 1,
                                              .retransmits = 2,
                                              .total_retrans = 3,
                                              .last_ack_ms = 4,
                                              .last_data_ms = 5,
                                              .unread = 6,
                                              .unsent = 7,
                                              .rtt_us = 8,
                                              .peer_known = true,
                                              .peer_unread = 9,
                                              .queue_known = true,
                                              .queue = 1,
                                              .backlog = 50};
    tell(&ev);
    ev.ts_ns = 6;
    ev.u.silence.kernel =
        (struct tws_kernel){.known = true, .owner = {12, TWS_PROGRAM_GATEWAY, 'T', "java"}};
    tell(&ev);
    close_and_read();
    EXPECT(
        OPENING,
        {false, ACK, 3, 0, "silence: hello-unanswered; gateway owes since 3.007 s; kernel unknown"},
        {true, ACK, 4, 0, "silence: hello-unanswered; client owes since 3.007 s; kernel unknown"},
        {false, ACK, 5, 0,
         "silence: tcp-connect; network owes since 0.000 s; kernel known=1 upstream=1 unacked=1 "
         "retransmits=2 total_retrans=3 last_ack_ms=4 last_data_ms=5 unread=6 unsent=7 "
         "rtt_us=8 owned=0 peer_unread=9 queue=1/50"},
        {false, ACK, 6, 0,
         "silence: tcp-connect; network owes since 0.000 s; kernel known=1 upstream=0 unacked=0 "
         "retransmits=0 total_retrans=0 last_ack_ms=0 last_data_ms=0 unread=0 unsent=0 rtt_us=0; "
         "host owner=12/T/gateway/java idle=0/?/other/- sibling=0 seen=0"});
}

static const struct tws_kernel relays = {.owner = {12, TWS_PROGRAM_RELAY, 'S', "socat"}};
static const struct tws_kernel elsewhere = {
    .sibling = 4001, .owner = {0, 0, 0, ""}, .idle = {0, 0, 0, ""}};

Test(record, whose_port_it_was_stands_on_the_end)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    host_says(1, &relays);
    record_ended(f, TWS_GATEWAY, TWS_FIN, NULL, 2);
    f = record_opened(rec, 2, &client, &gateway, 3);
    host_says(2, &elsewhere);
    record_ended(f, TWS_GATEWAY, TWS_REFUSED, "connection refused", 4);
    f = record_opened(rec, 3, &client, &gateway, 5);
    host_says(3, &(struct tws_kernel){.known = true}); /* nothing of its owner */
    record_ended(f, TWS_GATEWAY, TWS_FIN, NULL, 6);
    close_and_read();
    cr_assert_eq(got->n, 12);
    cr_expect_str_eq(got->packet[3].comment, "close: fin; host owner=12/S/relay/socat "
                                             "idle=0/?/other/- sibling=0 seen=0");
    cr_expect_str_eq(got->packet[7].comment,
                     "close: refused: connection refused; host owner=0/?/other/- "
                     "idle=0/?/other/- sibling=4001 seen=0");
    cr_expect_str_eq(got->packet[11].comment, "");
}

Test(record, whose_port_it_was_stands_on_one_end)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    host_says(1, &relays);
    record_ended(f, TWS_GATEWAY, TWS_FIN, NULL, 2);
    record_ended(f, TWS_CLIENT, TWS_RST, NULL, 3);
    record_ended(f, TWS_GATEWAY, TWS_TIMEOUT, "mute", 4);
    close_and_read();
    cr_assert_eq(got->n, 6);
    cr_expect(strstr(got->packet[3].comment, "close: fin; host owner=12"));
    cr_expect_str_eq(got->packet[4].comment, "");
    cr_expect_str_eq(got->packet[5].comment, "close: timeout: mute");
}

Test(record, a_long_read_is_split_and_stays_one_stream)
{
    const size_t len = 2 * SEGMENT_PAYLOAD_MAX + 10;
    uint8_t *bytes = malloc(len);
    struct record_flow *f;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7);
    open_relay(0);
    f = record_opened(rec, 1, &client, &gateway, 1);
    record_bytes(f, TWS_GATEWAY, bytes, len, 2);
    record_bytes(f, TWS_GATEWAY, bytes, 0, 2);
    close_and_read();
    EXPECT(OPENING, {true, PSH | ACK, 2, SEGMENT_PAYLOAD_MAX, NULL},
           {true, PSH | ACK, 2, SEGMENT_PAYLOAD_MAX, NULL}, {true, PSH | ACK, 2, 10, NULL});
    cr_expect_eq(memcmp(got->packet[4].payload, bytes + SEGMENT_PAYLOAD_MAX, SEGMENT_PAYLOAD_MAX),
                 0);
    free(bytes);
}

Test(record, mixed_families_become_ipv6)
{
    struct record_flow *f;

    open_relay(0);
    f = record_opened(rec, 1, &client6, &gateway, 1);
    say(f, TWS_CLIENT, "x", 2);
    close_and_read();
    EXPECT(OPENING, {false, PSH | ACK, 2, 1, NULL});
    cr_expect_eq(got->packet[0].bytes[0] >> 4, 6);
    cr_expect_eq(got->packet[0].bytes[24 + 11], 0xff);
}

Test(record, a_port_used_again_is_another_connection)
{
    open_relay(0);
    record_finished(record_opened(rec, 1, &client, &gateway, 1), 2);
    record_finished(record_opened(rec, 2, &client, &gateway, 3), 4);
    close_and_read();
    cr_assert_eq(got->n, 6);
    cr_expect_neq(got->packet[0].seq, got->packet[3].seq);
    cr_expect_neq(got->packet[1].seq, got->packet[4].seq);
}

Test(record, without_a_flow_the_calls_do_nothing)
{
    open_relay(0);
    say(NULL, TWS_CLIENT, "x", 1);
    record_dialing(NULL, true, 1);
    record_ended(NULL, TWS_CLIENT, TWS_FIN, NULL, 1);
    record_finished(NULL, 1);
    close_and_read();
    cr_expect_eq(got->n, 0);
}

Test(record, many_connections_find_their_silences)
{
    struct record_flow *f[100];

    open_relay(0);
    for (uint32_t i = 0; i < 100; i++) {
        struct tws_endpoint c = client;

        c.port = (uint16_t)(10000 + i);
        f[i] = record_opened(rec, 1 + 1024 * i, &c, &gateway, 1);
    }
    for (uint32_t i = 0; i < 100; i += 2)
        record_finished(f[i], 2);
    for (uint32_t i = 0; i < 100; i++)
        fall_silent(1 + 1024 * i, TWS_CLIENT, 3);
    close_and_read();
    cr_expect_eq(got->n, 300 + 50);
}

/* ---- the ring ---- */

Test(record, a_ring_keeps_to_itself_what_is_healthy)
{
    struct record_flow *f;

    open_relay(RING);
    f = record_opened(rec, 1, &client, &gateway, 1);
    say(f, TWS_CLIENT, "x", 2);
    judge(1, TWS_TROUBLE_NONE, 3);
    record_finished(f, 3);
    close_and_read();
    cr_expect_eq(got->n, 0);
    cr_expect_neq(strlen(got->comment), 0, "the file is one all the same");
}

Test(record, a_ring_is_written_at_a_silence_and_until_it_is_over)
{
    struct record_flow *f, *g;

    open_relay(RING);
    f = record_opened(rec, 1, &client, &gateway, 1);
    g = record_opened(rec, 2, &client6, &gateway, 1);
    say(f, TWS_CLIENT, "before", 2);
    say(g, TWS_CLIENT, "another", 2);
    fall_silent(1, TWS_GATEWAY, 3);
    say(f, TWS_CLIENT, "while", 4);
    recover(1, 5);
    say(f, TWS_GATEWAY, "at last", 5);
    say(f, TWS_GATEWAY, "after", 6);
    judge(1, TWS_TROUBLE_NONE, 7);
    record_finished(f, 7);
    record_finished(g, 7);
    close_and_read();
    EXPECT(OPENING, {false, PSH | ACK, 2, 6, NULL},
           {false, ACK, 3, 0,
            "silence: hello-unanswered; gateway owes since 3.007 s; kernel "
            "unknown"},
           {false, PSH | ACK, 4, 5, NULL}, {true, PSH | ACK, 5, 7, NULL});
}

Test(record, a_ring_is_written_at_a_bad_end)
{
    struct record_flow *f;

    open_relay(RING);
    f = record_opened(rec, 1, &client, &gateway, 1);
    say(f, TWS_CLIENT, "x", 2);
    record_ended(f, TWS_GATEWAY, TWS_RST, NULL, 3);
    judge(1, TWS_RESET, 3);
    record_finished(f, 3);
    close_and_read();
    EXPECT(OPENING, {false, PSH | ACK, 2, 1, NULL}, {true, RST | ACK, 3, 0, NULL},
           {false, RST | ACK, 3, 0, "end"});
}

Test(record, a_ring_holds_the_last_bytes_only)
{
    char text[1001] = {0};
    struct record_flow *f;
    size_t bytes = 0;

    memset(text, 'x', 1000);
    open_relay(RING);
    f = record_opened(rec, 1, &client, &gateway, 1);
    for (uint64_t i = 2; i < 50; i++)
        say(f, TWS_GATEWAY, text, i);
    fall_silent(1, TWS_CLIENT, 50);
    close_and_read();
    for (size_t i = 0; i < got->n; i++)
        bytes += got->packet[i].len;
    cr_expect_leq(bytes, RING);
    cr_expect_eq(got->n, 4);
    cr_expect_eq(got->packet[0].ts_ns, 47, "the newest");
}

Test(record, all_rings_together_are_bounded)
{
    char text[1001] = {0};
    struct record_flow *f[100];

    memset(text, 'x', 1000);
    open_relay(RING);
    for (uint32_t i = 0; i < 100; i++)
        f[i] = record_opened(rec, 1 + i, &client, &gateway, 1);
    for (uint64_t k = 0; k < 3; k++)
        for (uint32_t i = 0; i < 100; i++)
            say(f[i], TWS_GATEWAY, text, 100 * k + i);
    for (uint32_t i = 0; i < 100; i++)
        fall_silent(1 + i, TWS_GATEWAY, 1000);
    close_and_read();
    cr_expect_leq(got->n - 100, RECORD_RING_SHARE * RING / 1000, "silences aside");
    cr_expect_geq(got->n - 100, RECORD_RING_SHARE * RING / 1300);
    for (size_t i = 0; i < got->n; i++)
        cr_expect(got->packet[i].payload_len == 0 || got->packet[i].ts_ns >= 260, "oldest first");
}

Test(record, a_packet_larger_than_the_ring_is_left_out)
{
    static uint8_t bytes[RING];
    struct record_flow *f;

    open_relay(RING);
    f = record_opened(rec, 1, &client, &gateway, 1);
    record_bytes(f, TWS_CLIENT, bytes, sizeof bytes, 2);
    fall_silent(1, TWS_GATEWAY, 3);
    close_and_read();
    cr_expect_eq(got->n, 4);
}

/* ---- masks ---- */

static void open_env(void)
{
    env = (struct tws_env){.timing = {3 * SEC, 10 * SEC, 60 * SEC, 10 * SEC},
                           .max_frame = TWS_FRAME_MAX,
                           .sink = marks_sink(marks, record_sink(rec))};
}

/* A relayed connection and the session that sees it. */
static struct tws_port port;
static struct tws_session session;
static struct record_flow *flow;

static void open_masked(size_t ring)
{
    open_record((struct record_config){.relay = true, .ring = ring});
    open_env();
    tws_port_init(&port, &gateway);
    tws_session_open(&session, &env, &port, &(struct tws_opening){1, &client, &gateway, false}, 1);
    flow = record_opened(rec, 1, &client, &gateway, 1);
}

static void relay(enum tws_side side, const void *bytes, size_t len, uint64_t now)
{
    tws_session_bytes(&session, side, bytes, len, now);
    record_bytes(flow, side, bytes, len, now);
}

/* What is left of a connection that is still open. */
static void end_masked(uint64_t now)
{
    tws_session_finish(&session, now);
    record_finished(flow, now);
    ngread_free(got);
    close_and_read();
}

/* The payloads of all packets of a side, one behind the other. */
static size_t recorded(bool from_gateway, uint8_t *to, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < got->n; i++) {
        const struct ngread_packet *p = &got->packet[i];

        if (p->from_port != from_gateway)
            continue;
        cr_assert_leq(p->payload_len, room - n);
        memcpy(to + n, p->payload, p->payload_len);
        n += p->payload_len;
    }
    return n;
}

#define HELLO "API\0\0\0\0\011v100..176"
#define VERSION                                                                                    \
    "\0\0\0\032"                                                                                   \
    "176\00020260102 10:00:00 UTC\0"
#define LIST                                                                                       \
    "\0\0\0\032"                                                                                   \
    "15\0"                                                                                         \
    "1\0"                                                                                          \
    "DU1234567,Household,\0"

static void shake_hands(void)
{
    relay(TWS_CLIENT, HELLO, sizeof HELLO - 1, 2);
    relay(TWS_GATEWAY, VERSION, sizeof VERSION - 1, 3);
}

Test(record, accounts_are_masked_across_reads)
{
    static const char list[] = LIST;
    const size_t len = sizeof list - 1;

    for (size_t cut = 1; cut < len; cut++) {
        const uint8_t *first, *second;
        uint8_t all[64];

        open_masked(0);
        shake_hands();
        relay(TWS_GATEWAY, list, cut, 4);
        cr_expect(record_holding(rec));
        relay(TWS_GATEWAY, list + cut, len - cut, 5);
        cr_expect_not(record_holding(rec));
        end_masked(6);
        cr_assert_eq(got->n, 7);
        cr_assert_eq(got->packet[5].payload_len, cut);
        cr_expect(got->packet[5].ts_ns == 4 && got->packet[6].ts_ns == 5);
        first = got->packet[5].payload;
        second = got->packet[6].payload;
        memcpy(all, first, cut);
        memcpy(all + cut, second, len - cut);
        cr_expect_eq(memcmp(all, list, 11), 0, "framing, id and letters stay");
        for (size_t i = 11; i < 18; i++)
            cr_expect_neq(all[i], (uint8_t)list[i], "cut %zu, byte %zu", cut, i);
        for (size_t i = 20; i < 28; i++)
            cr_expect_neq(all[i], (uint8_t)list[i], "cut %zu, byte %zu", cut, i);
    }
    cr_expect_str_eq(got->comment,
                     "twstap recording of a relay; accounts masked; version " TWSTAP_VERSION);
}

/* Not a part of these is shown: six characters of one of them. */
static const char *const secrets[] = {"DU1234567", "Household", "Jane Doe", "Model-7x"};

static bool shows(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        for (size_t at = 0; at + 6 <= strlen(secrets[i]); at++)
            if (memmem(p, n, secrets[i] + at, 6))
                return true;
    return false;
}

/* Messages with something to hide: by meaning, in a document, quoted. */
static const struct {
    const char *bytes;
    size_t len;
} frames[] = {
#define FRAME(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    FRAME(LIST),
    FRAME("\0\0\0\056"
          "16\0001\0001\000<Group><name>Jane Doe</name></Group>\0\0\0"),
    FRAME("\0\0\0\054"
          "4\0002\0001\000201\000for Household and DU1234567 \0\0\0\0\0\0"),
    FRAME("\0\0\0\064"
          "71\0003\0009001\000Household\0001\0A\0S\0\0000\0\0\0E\0C\0L\0T\0005\0006\000Model-7x\0"),
    FRAME("\0\0\0\045"
          "6\0002\000AccountCode\000Household\000\000Household\0"),
};

static const char tick[] = "\0\0\0\026"
                           "1\0006\0009001\0001\000100.5\0005\0000\0";

/* The half that came is masked by itself when it cannot wait, and the other half fits. */
Test(record, half_a_frame_is_masked_by_what_has_come)
{
    for (size_t k = 0; k < sizeof frames / sizeof frames[0]; k++) {
        const char *bytes = frames[k].bytes;
        const size_t len = frames[k].len;

        for (size_t cut = 1; cut < len; cut++) {
            for (int whole = 0; whole < 2; whole++) {
                uint8_t all[256];
                size_t n;

                open_masked(0);
                shake_hands();
                relay(TWS_GATEWAY, frames[0].bytes, frames[0].len, 4);
                relay(TWS_GATEWAY, bytes, cut, 5);
                record_tick(rec, 5 + 250000000u);
                cr_expect_not(record_holding(rec));
                if (whole)
                    relay(TWS_GATEWAY, bytes + cut, len - cut, 6 + 250000000u);
                end_masked(7 + 250000000u);
                n = recorded(true, all, sizeof all);
                cr_assert_eq(n, sizeof VERSION - 1 + frames[0].len + (whole ? len : cut));
                cr_expect_not(shows(all, n), "frame %zu cut at %zu, %d", k, cut, whole);
                n = sizeof VERSION - 1 + frames[0].len;
                cr_expect_eq(memcmp(all + n, bytes, cut < 6 ? cut : 6), 0, "framing stays");
            }
        }
    }
}

/* Numbers, and all but the value that was cut, stay readable: they are evidence. */
Test(record, half_a_frame_stays_readable)
{
    static const struct {
        const char *bytes, *want;
        size_t n;
    } rows[] = {
        {VERSION, "\0\0\0\032176\0002026", 12},
        {VERSION, "\0\0\0\03217", 6},
        {tick, "\0\0\0\0261\0006\0009001\0001\000100", 18},
        {"\0\0\0\0504\0002\000-1\000502\000Could not connect",
         "\0\0\0\0504\0002\000-1\000502\000xxxxx", 20},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t all[128];
        size_t n, head = i < 2 ? 0 : sizeof VERSION - 1;

        open_masked(0);
        relay(TWS_CLIENT, HELLO, sizeof HELLO - 1, 2);
        if (head)
            relay(TWS_GATEWAY, VERSION, sizeof VERSION - 1, 3);
        relay(TWS_GATEWAY, rows[i].bytes, rows[i].n, 4);
        end_masked(5);
        n = recorded(true, all, sizeof all);
        cr_assert_eq(n, head + rows[i].n);
        cr_expect_eq(memcmp(all + head, rows[i].want, rows[i].n), 0, "%zu: %.*s", i, (int)rows[i].n,
                     (const char *)all + head + 4);
    }
}

/* What waits does not let others pass. */
Test(record, packets_leave_in_the_order_in_which_they_came)
{
    struct record_flow *other;

    open_masked(0);
    other = record_opened(rec, 2, &client6, &gateway, 2);
    shake_hands();
    relay(TWS_GATEWAY, LIST, 10, 4);
    record_ended(other, TWS_CLIENT, TWS_FIN, NULL, 5);
    relay(TWS_CLIENT, "\0\0\0", 3, 6);
    relay(TWS_GATEWAY, &LIST[10], sizeof LIST - 1 - 10, 7);
    end_masked(8);
    for (size_t i = 1; i < got->n; i++)
        cr_expect_leq(got->packet[i - 1].ts_ns, got->packet[i].ts_ns, "packet %zu", i);
    cr_expect_eq(got->n, 6 + 2 + 4);
}

Test(record, a_silence_lets_go_what_waits)
{
    open_masked(RING);
    shake_hands();
    relay(TWS_GATEWAY, LIST, 10, 4);
    cr_expect(record_holding(rec));
    fall_silent(1, TWS_GATEWAY, 5);
    cr_expect_not(record_holding(rec));
    end_masked(6);
    cr_assert_eq(got->n, 7);
    cr_expect_eq(got->packet[5].payload_len, 10);
    cr_expect(strstr(got->packet[6].comment, "silence"));
}

/* A frame that is longer than what may wait. */
Test(record, a_long_frame_does_not_wait_for_its_end)
{
    const size_t items = 40000, room = 12 * items;
    char *bytes = malloc(room);
    size_t n = 4 + (size_t)sprintf(bytes + 4, "78%c%zu%c", 0, items, 0);

    for (size_t i = 0; i < items; i++)
        n += (size_t)sprintf(bytes + n, "Acct%05zu%c%c", i, 0, 0);
    for (size_t i = 0; i < 4; i++)
        bytes[i] = (char)((n - 4) >> (24 - 8 * i));
    open_masked(0);
    shake_hands();
    for (size_t at = 0; at < n; at += 10000)
        relay(TWS_GATEWAY, bytes + at, n - at < 10000 ? n - at : 10000, 4);
    end_masked(5);
    for (size_t i = 0; i < got->n; i++)
        for (size_t at = 0; at + 7 <= got->packet[i].payload_len; at++)
            cr_assert_not(memcmp(got->packet[i].payload + at, "cct", 3) == 0 &&
                          isdigit(got->packet[i].payload[at + 3]));
    free(bytes);
}

/* Another protocol stays readable, but for ids. */
Test(record, text_of_another_protocol_is_searched_for_ids)
{
    static const char http[] = "GET /DU7654321/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    for (size_t cut = 4; cut < sizeof http - 1; cut++) {
        uint8_t all[128];
        size_t n;

        open_masked(0);
        relay(TWS_CLIENT, http, cut, 2);
        relay(TWS_CLIENT, http + cut, sizeof http - 1 - cut, 3);
        end_masked(4);
        n = recorded(false, all, sizeof all);
        cr_assert_eq(n, sizeof http - 1);
        cr_expect_eq(memcmp(all, http, 7), 0);
        cr_expect_eq(memcmp(all + 14, http + 14, n - 14), 0, "cut at %zu: %.*s", cut, (int)n,
                     (const char *)all);
        for (size_t i = 7; i < 14; i++)
            cr_expect_neq(all[i], (uint8_t)http[i], "cut at %zu", cut);
    }
}

/* Behind what is no length, nobody can tell what anything is. */
Test(record, behind_lost_framing_all_is_hidden)
{
    static const char lost[] = "\377\377\377\377Household\0Jane Doe";
    uint8_t all[128];
    size_t n;

    open_masked(0);
    shake_hands();
    relay(TWS_GATEWAY, lost, sizeof lost - 1, 4);
    relay(TWS_GATEWAY, "Household", 9, 5);
    end_masked(6);
    n = recorded(true, all, sizeof all);
    cr_expect_not(shows(all, n));
    cr_expect_eq(memcmp(all + sizeof VERSION - 1, lost, 4), 0, "the length is evidence");
    cr_expect_eq(memcmp(all + n - 9, "xxxxxxxxx", 9), 0);
}

/* ---- a capture ---- */

#define ETHERNET 14u

/* An Ethernet packet with a TCP segment of `text`. */
static struct record_packet captured(uint8_t *to, bool from_gateway, uint32_t seq, uint8_t flags,
                                     const char *text, size_t len, uint64_t ts)
{
    const struct segment s = {.from = from_gateway ? &gateway : &client,
                              .to = from_gateway ? &client : &gateway,
                              .seq = seq,
                              .flags = flags};
    size_t head = segment_head(&s, len, to + ETHERNET);

    memset(to, 0xee, ETHERNET - 2);
    memcpy(to + ETHERNET - 2, "\010\000", 2);
    memcpy(to + ETHERNET + head, text, len);
    segment_sum(to + ETHERNET, head + len);
    return (struct record_packet){.ts_ns = ts,
                                  .iface = 3,
                                  .bytes = to,
                                  .captured = (uint32_t)(ETHERNET + head + len),
                                  .wire_len = (uint32_t)(ETHERNET + head + len),
                                  .tcp = true,
                                  .syn = flags & SYN,
                                  .src = *s.from,
                                  .dst = *s.to,
                                  .seq = seq,
                                  .tcp_at = ETHERNET + 20,
                                  .payload_at = (uint32_t)(ETHERNET + head),
                                  .payload = (uint32_t)len,
                                  .payload_wire = (uint32_t)len};
}

/* The same as a capture does it: the sessions see the packet first. */
static void see(const struct record_packet *r)
{
    struct packet p = {.ts_ns = r->ts_ns,
                       .bytes = r->bytes,
                       .captured = r->captured,
                       .len = r->wire_len,
                       .link = 1};
    struct record_packet out = *r;

    if (tap) {
        last_ns = r->ts_ns;
        tap_packet(tap, &p);
        out = captured_packet(tap, &p);
        out.iface = r->iface;
    }
    record_packet(rec, &out);
}

static void capture(bool from_gateway, uint32_t seq, uint8_t flags, const char *text, size_t len,
                    uint64_t ts)
{
    uint8_t bytes[2048];
    struct record_packet p = captured(bytes, from_gateway, seq, flags, text, len, ts);

    see(&p);
}

static void open_capture(bool show, size_t ring)
{
    struct tws_section about = {.rest = tws_text_of("ports 4002")};

    open_record((struct record_config){.show_accounts = show, .ring = ring, .about = &about});
    cr_assert(record_interface(rec, 3, 1, 262144, "eth0"));
}

/* With the sessions of its connections; two packets: the stream of the gateway begins at `at`. */
static void open_seen(uint32_t at)
{
    static const uint16_t ports[] = {PORT};
    struct tap_config c = {0};

    open_capture(false, 0);
    open_env();
    flow_config_default(&c.flow);
    c.flow.ports = ports;
    c.flow.n_ports = 1;
    tap = tap_new(&c, &env);
    cr_assert(tap);
    capture(false, 0x10000000u, SYN, "", 0, 1);
    capture(true, at - 1, SYN | ACK, "", 0, 1);
}

static const uint8_t *payload_of(size_t i)
{
    const uint8_t *p = got->packet[i].bytes + ETHERNET;

    return p + 20 + (p[20 + 12] >> 4) * 4;
}

Test(record, a_capture_is_recorded_as_it_came)
{
    uint8_t bytes[2048];
    struct record_packet p, other = {.ts_ns = 3, .iface = 3, .bytes = bytes};
    struct tws_event ev = {.kind = TWS_EV_OPEN, .conn = 9};

    open_capture(true, 0);
    ev.u.open.client = client;
    ev.u.open.gateway = gateway;
    tell(&ev);
    p = captured(bytes, false, 100, ACK, "DU1234567", 9, 1);
    p.wire_len += 10;
    record_packet(rec, &p);
    fall_silent(9, TWS_GATEWAY, 2);
    record_packet(rec, &other);
    record_packet(rec, &p);
    record_packet(rec, &p);
    close_and_read();
    cr_assert_eq(got->n, 4);
    cr_expect_eq(got->link[0], 1);
    cr_expect_str_eq(got->name[0], "eth0");
    cr_expect_str_eq(got->comment,
                     "twstap capture; accounts shown; version " TWSTAP_VERSION "; ports 4002");
    cr_expect_eq(memcmp(got->packet[0].bytes, bytes, p.captured), 0);
    cr_expect_eq(got->packet[0].wire_len, p.captured + 10);
    cr_expect_eq(got->packet[1].len, 0, "no packet of a connection");
    cr_expect(strstr(got->packet[2].comment, "silence: hello-unanswered; gateway owes since"));
    cr_expect_str_eq(got->packet[3].comment, "");
}

Test(record, captured_accounts_are_masked_by_sequence_number)
{
    static const char list[] = LIST;
    const size_t len = sizeof list - 1, cut = 14;
    uint32_t at = 0xfffffff8u; /* and across the wrap */

    open_seen(at);
    capture(true, at, ACK, list, cut, 2);
    capture(true, at - 1, ACK, "x", 1, 3); /* a keep-alive */
    capture(true, at + (uint32_t)cut, ACK, list + cut, len - cut, 4);
    capture(true, at, ACK, list, cut, 5);
    capture(true, at + (uint32_t)cut, ACK, list + cut, len - cut, 6);
    capture(true, at, ACK, list, len, 7);
    close_and_read();
    cr_assert_eq(got->n, 8);
    cr_expect_eq(memcmp(payload_of(2), list, 9), 0);
    cr_expect_eq(memcmp(payload_of(2), payload_of(5), cut), 0);
    cr_expect_eq(memcmp(payload_of(4), payload_of(6), len - cut), 0);
    cr_expect_eq(memcmp(payload_of(2), payload_of(7), cut), 0);
    cr_expect_eq(memcmp(payload_of(4), payload_of(7) + cut, len - cut), 0);
    for (size_t i = 11; i < 18; i++)
        cr_expect_neq(payload_of(7)[i], (uint8_t)list[i]);
}

Test(record, a_masked_packet_keeps_its_checksum_right_or_wrong)
{
    static const char text[] = "\0\0\0\015"
                               "4 DU1234567 ";

    for (int off = 0; off < 2; off++) {
        uint8_t bytes[2048], summed[2048];
        struct record_packet p = captured(bytes, true, 1, ACK, text, sizeof text, 1);

        bytes[ETHERNET + 20 + 16] = (uint8_t)(bytes[ETHERNET + 20 + 16] + off);
        open_seen(1);
        see(&p);
        ngread_free(got);
        close_and_read();
        memcpy(summed, got->packet[2].bytes, p.captured);
        cr_expect_neq(memcmp(summed + p.payload_at, bytes + p.payload_at, p.payload), 0);
        segment_sum(summed + ETHERNET, p.captured - ETHERNET);
        cr_expect_eq(memcmp(summed, got->packet[2].bytes, p.captured) == 0, !off);
    }
}

Test(record, what_is_no_segment_is_blacked_out)
{
    uint8_t bytes[] = "a fragment about DU1234567, say";
    struct record_packet p = {.iface = 3,
                              .bytes = bytes,
                              .captured = sizeof bytes,
                              .wire_len = sizeof bytes,
                              .headers = 10};

    open_capture(false, 0);
    record_packet(rec, &p);
    p.tcp = true; /* whose places do not lie in the packet */
    p.tcp_at = p.payload_at = 20;
    p.payload = 100;
    record_packet(rec, &p);
    cr_expect_eq(record_blacked(rec), 2 * sizeof bytes - 10);
    close_and_read();
    cr_assert_eq(got->n, 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; at < sizeof bytes; at++)
            cr_expect_eq(got->packet[i].bytes[at], i == 0 && at < 10 ? bytes[at] : 'x');
}

/* ---- a capture with holes ---- */

#define POSITION                                                                                   \
    "\0\0\0\074"                                                                                   \
    "61\0003\000Household\00012345\0IBM\0STK\0\0000\0\0\0NYSE\0USD\0IBM\0IBM\00010\00061000\0"
#define POSITION_LEN (sizeof(POSITION) - 1)

static bool is_masked(const uint8_t *p, size_t n)
{
    return memmem(p, n, "ousehold", 8) == NULL;
}

static bool is_black(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 'x')
            return false;
    return true;
}

/* As POSITION, with 60 bytes behind the length. */
Test(record, masks_go_on_behind_a_frame_with_a_hole)
{
    static const char two[] = POSITION POSITION;
    uint32_t at = 0xffffffe0u;

    cr_assert_eq(POSITION_LEN, 64);
    open_seen(at);
    capture(true, at, ACK, two, 20, 2); /* its next ten bytes are lost */
    capture(true, at + 30, ACK, two + 30, 2 * POSITION_LEN - 30, 3);
    finish();
    cr_expect_eq(record_blacked(rec), 34);
    close_and_read();
    cr_assert_eq(got->n, 4);
    cr_expect_eq(memcmp(payload_of(2), two, 9), 0, "the half that came");
    cr_expect(is_masked(payload_of(2), 20));
    cr_expect_str_eq(got->packet[3].comment, "blacked out: 0+34");
    cr_expect(is_black(payload_of(3), 34));
    cr_expect(is_masked(payload_of(3), 2 * POSITION_LEN - 30));
    cr_expect(memmem(payload_of(3), 2 * POSITION_LEN - 30, "IBM", 3) != NULL);
}

Test(record, behind_another_hole_frames_are_found_again)
{
    static const char two[] = POSITION POSITION;
    const size_t n = sizeof two - 1;

    open_seen(100);
    capture(true, 150, ACK, two + 10, n - 10, 2); /* found in it: its second frame ends it */
    capture(true, 150 + (uint32_t)n - 10, ACK, two, n, 3);
    close_and_read();
    cr_assert_eq(got->n, 4);
    for (size_t i = 2; i < 4; i++)
        cr_expect(is_masked(payload_of(i), i == 2 ? n - 10 : n));
    cr_expect(is_black(payload_of(2), 54));
    cr_expect(memmem(payload_of(2), n - 10, "IBM", 3) != NULL);
    cr_expect(memmem(payload_of(3), n, "IBM", 3) != NULL);
    cr_expect_str_eq(got->packet[2].comment, "blacked out: 0+54");
    cr_expect_str_eq(got->packet[3].comment, "");
}

/* It comes while its packets wait, or later. */
Test(record, a_segment_that_comes_late_explains_those_behind_it)
{
    static const char three[] = POSITION POSITION POSITION;
    const uint32_t cut = 25;

    for (int late = 0; late < 2; late++) {
        uint64_t then = late ? SEC : 3;

        open_seen(100);
        capture(true, 100 + cut, ACK, three + cut, 64 - cut + 10, 2); /* too early */
        record_tick(rec, then - 1);
        capture(true, 100, ACK, three, cut, then);
        capture(true, 100 + 64 + 10, ACK, three + 64 + 10, sizeof three - 1 - 64 - 10, then + 1);
        ngread_free(got);
        close_and_read();
        cr_assert_eq(got->n, 5);
        cr_expect_eq(is_black(payload_of(2), 64 - cut + 10), late);
        for (size_t i = 2; i < 5; i++) {
            cr_expect(is_masked(payload_of(i), got->packet[i].len - ETHERNET - 40));
            cr_expect_str_eq(got->packet[i].comment, late && i == 2 ? "blacked out: 0+49" : "");
        }
        cr_expect(memmem(payload_of(4), 100, "IBM", 3) != NULL, "the masks go on");
    }
}

Test(record, a_copy_that_differs_is_not_believed)
{
    static const char one[] = POSITION;
    char other[POSITION_LEN];

    memcpy(other, one, POSITION_LEN);
    memcpy(other + 4, "17\0a\0Household", 14);
    open_seen(100);
    capture(true, 100, ACK, one, POSITION_LEN, 2);
    capture(true, 100, ACK, other, POSITION_LEN, 3);
    capture(true, 100, ACK, one, POSITION_LEN, 4);
    capture(true, 110, ACK, one, 20, 5);
    close_and_read();
    cr_assert_eq(got->n, 6);
    cr_expect(memmem(payload_of(2), POSITION_LEN, "IBM", 3) != NULL);
    cr_expect(is_black(payload_of(3), POSITION_LEN));
    cr_expect_eq(memcmp(payload_of(4), payload_of(2), POSITION_LEN), 0, "a copy of the first");
    cr_expect(is_black(payload_of(5), 20), "of a part, which cannot be compared");
}

/* Copies of so long ago have nothing that they could be compared with. */
Test(record, an_old_copy_is_not_believed)
{
    static const char one[] = POSITION;

    open_seen(100);
    for (uint32_t i = 0; i < 100; i++)
        capture(true, 100 + i * (uint32_t)POSITION_LEN, ACK, one, POSITION_LEN, 2 + i);
    capture(true, 100, ACK, one, POSITION_LEN, 200);
    capture(true, 100 + 99 * (uint32_t)POSITION_LEN, ACK, one, POSITION_LEN, 201);
    close_and_read();
    cr_assert_eq(got->n, 104);
    cr_expect(is_black(payload_of(102), POSITION_LEN));
    cr_expect_eq(memcmp(payload_of(103), payload_of(101), POSITION_LEN), 0);
    for (size_t i = 2; i < 104; i++)
        cr_expect(is_masked(payload_of(i), POSITION_LEN), "%zu", i);
}

Test(record, what_stands_nowhere_is_blacked_out)
{
    uint8_t bytes[256];
    struct record_packet p = captured(bytes, true, 100, ACK, "Household", 9, 1);

    open_capture(false, 0);
    record_packet(rec, &p);
    close_and_read();
    cr_expect(is_black(payload_of(0), 9));
}

Test(record, padding_behind_a_packet_is_blacked_out)
{
    uint8_t bytes[256];
    struct record_packet p = captured(bytes, true, 100, ACK, "", 0, 1);

    memcpy(bytes + p.captured, "\0\0Household", 11);
    p.captured += 11;
    p.wire_len += 11;
    open_capture(false, 0);
    record_packet(rec, &p);
    cr_expect_eq(record_blacked(rec), 9);
    close_and_read();
    cr_expect_eq(memcmp(got->packet[0].bytes + p.captured - 11, "\0\0xxxxxxxxx", 11), 0);
}

Test(record, packets_of_an_unknown_interface_are_left_out)
{
    struct record_packet p = {.iface = 4};

    open_capture(true, 0);
    for (uint32_t i = 10; i < 9 + RECORD_INTERFACES_MAX; i++)
        cr_assert(record_interface(rec, i, 1, 0, "x"));
    cr_expect_not(record_interface(rec, 4, 1, 0, "one too many"));
    record_packet(rec, &p);
    record_close(rec, 0);
}

Test(record, a_ring_of_a_capture)
{
    struct tws_event ev = {.kind = TWS_EV_OPEN, .conn = 9};

    open_capture(true, RING);
    ev.u.open.client = client;
    ev.u.open.gateway = gateway;
    capture(false, 1, SYN, "", 0, 1);
    tell(&ev);
    capture(false, 2, ACK, "hello", 5, 2);
    fall_silent(9, TWS_GATEWAY, 3);
    capture(true, 1, ACK, "", 0, 3);
    recover(9, 4);
    capture(true, 1, ACK, "version", 7, 4);
    capture(true, 8, ACK, "healthy", 7, 5);
    record_packet(rec, &(struct record_packet){.ts_ns = 6, .iface = 3});
    close_and_read();
    cr_assert_eq(got->n, 4);
    cr_expect(strstr(got->packet[2].comment, "silence"));
    cr_expect_eq(got->packet[3].ts_ns, 4);
}

Test(record, a_capture_tracks_so_many_connections)
{
    static const char text[] = "\0\0\0\015"
                               "4 DU1234567 ";

    open_capture(false, 0);
    for (uint32_t i = 0; i < 2 * RECORD_TRACKED_MAX; i++) {
        uint8_t bytes[256];
        struct record_packet p = captured(bytes, true, i, ACK, text, sizeof text - 1, i);

        p.dst.port = (uint16_t)(1000 + i);
        record_packet(rec, &p);
    }
    record_close(rec, 0);
}
