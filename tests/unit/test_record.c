#include "ngread.h"
#include "record.h"
#include "segment.h"
#include "verdict.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT 4002u
#define SEC  1000000000ull

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static const struct tws_endpoint client = {.family = 4, .port = 50000, .addr = {127, 0, 0, 1}};
static const struct tws_endpoint gateway = {.family = 4, .port = PORT, .addr = {127, 0, 0, 1}};
static const struct tws_endpoint client6 = {.family = 6, .port = 50000, .addr = {[15] = 1}};

static char path[64];
static struct record *rec;
static struct ngread *got;

static void begin(void)
{
    strcpy(path, "/tmp/twstap-record-XXXXXX");
    close(mkstemp(path));
}

static void end(void)
{
    ngread_free(got);
    unlink(path);
}

TestSuite(record, .init = begin, .fini = end);

static void open_record(struct record_config c)
{
    const char *why;

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

static void close_and_read(void)
{
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

#define RING 4096u

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

#define LIST                                                                                       \
    "\0\0\0\030"                                                                                   \
    "15\0"                                                                                         \
    "1\0"                                                                                          \
    "DU1234567,Household,\0"

Test(record, accounts_are_masked_across_reads)
{
    static const char list[] = LIST;
    const size_t len = sizeof list - 1;
    uint8_t first[64];

    for (size_t cut = 1; cut < len; cut++) {
        struct record_flow *f;
        uint8_t all[64];

        open_record((struct record_config){.relay = true});
        f = record_opened(rec, 1, &client, &gateway, 1);
        record_bytes(f, TWS_GATEWAY, (const uint8_t *)list, cut, 2);
        record_bytes(f, TWS_GATEWAY, (const uint8_t *)list + cut, len - cut, 3);
        ngread_free(got);
        close_and_read();
        cr_assert_eq(got->n, 5);
        cr_assert_eq(got->packet[3].payload_len, cut);
        memcpy(all, got->packet[3].payload, cut);
        memcpy(all + cut, got->packet[4].payload, len - cut);
        cr_expect_eq(memcmp(all, list, 11), 0, "framing, id and letters stay");
        for (size_t i = 11; i < 18; i++)
            cr_expect_neq(all[i], (uint8_t)list[i], "cut %zu, byte %zu", cut, i);
        for (size_t i = 20; i < 28; i++)
            cr_expect_neq(all[i], (uint8_t)list[i], "cut %zu, byte %zu", cut, i);
        memcpy(first, all, len);
    }
    cr_expect_str_eq(got->comment,
                     "twstap recording of a relay; accounts masked; version " TWSTAP_VERSION);
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

    memset(to, 0xee, ETHERNET);
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
                                  .from_gateway = from_gateway,
                                  .seq = seq,
                                  .tcp_at = ETHERNET + 20,
                                  .payload_at = (uint32_t)(ETHERNET + head),
                                  .payload = (uint32_t)len,
                                  .payload_wire = (uint32_t)len};
}

static void capture(bool from_gateway, uint32_t seq, uint8_t flags, const char *text, size_t len,
                    uint64_t ts)
{
    uint8_t bytes[2048];
    struct record_packet p = captured(bytes, from_gateway, seq, flags, text, len, ts);

    record_packet(rec, &p);
}

static void open_capture(bool show, size_t ring)
{
    struct tws_section about = {.rest = tws_text_of("ports 4002")};

    open_record((struct record_config){.show_accounts = show, .ring = ring, .about = &about});
    cr_assert(record_interface(rec, 3, 1, 262144, "eth0"));
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

    open_capture(false, 0);
    capture(true, at - 1, SYN | ACK, "", 0, 1);
    capture(true, at, ACK, list, cut, 2);
    capture(true, at - 1, ACK, "x", 1, 3); /* a keep-alive */
    capture(true, at + (uint32_t)cut, ACK, list + cut, len - cut, 4);
    capture(true, at, ACK, list, cut, 5);
    capture(true, at + (uint32_t)cut, ACK, list + cut, len - cut, 6);
    capture(true, at, ACK, list, len, 7);
    close_and_read();
    cr_assert_eq(got->n, 7);
    cr_expect_eq(memcmp(payload_of(1), payload_of(4), cut), 0);
    cr_expect_eq(memcmp(payload_of(3), payload_of(5), len - cut), 0);
    cr_expect_eq(memcmp(payload_of(1), payload_of(6), cut), 0);
    cr_expect_eq(memcmp(payload_of(3), payload_of(6) + cut, len - cut), 0);
    for (size_t i = 11; i < 18; i++)
        cr_expect_neq(payload_of(6)[i], (uint8_t)list[i]);
}

Test(record, a_masked_packet_keeps_its_checksum_right_or_wrong)
{
    static const char text[] = "\0\0\0\015"
                               "4 DU1234567 ";

    for (int off = 0; off < 2; off++) {
        uint8_t bytes[2048], summed[2048];
        struct record_packet p = captured(bytes, true, 1, ACK, text, sizeof text, 1);

        bytes[ETHERNET + 20 + 16] = (uint8_t)(bytes[ETHERNET + 20 + 16] + off);
        open_capture(false, 0);
        record_packet(rec, &p);
        ngread_free(got);
        close_and_read();
        memcpy(summed, got->packet[0].bytes, p.captured);
        cr_expect_neq(memcmp(summed + p.payload_at, bytes + p.payload_at, p.payload), 0);
        segment_sum(summed + ETHERNET, p.captured - ETHERNET);
        cr_expect_eq(memcmp(summed, got->packet[0].bytes, p.captured) == 0, !off);
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
    open_capture(false, 0);
    capture(true, at - 1, SYN | ACK, "", 0, 1);
    capture(true, at, ACK, two, 20, 2); /* its next ten bytes are lost */
    capture(true, at + 30, ACK, two + 30, 2 * POSITION_LEN - 30, 3);
    cr_expect_eq(record_blacked(rec), 34);
    close_and_read();
    cr_assert_eq(got->n, 3);
    cr_expect_str_eq(got->packet[2].comment, "blacked out: 0+34");
    cr_expect(is_black(payload_of(2), 34));
    cr_expect(is_masked(payload_of(2), 2 * POSITION_LEN - 30));
    cr_expect(memmem(payload_of(2), 2 * POSITION_LEN - 30, "IBM", 3) != NULL);
}

Test(record, behind_another_hole_frames_are_found_again)
{
    static const char two[] = POSITION POSITION;
    const size_t n = sizeof two - 1;

    open_capture(false, 0);
    capture(true, 99, SYN | ACK, "", 0, 1);
    capture(true, 150, ACK, two + 10, n - 10, 2); /* found in it: its second frame ends it */
    capture(true, 150 + (uint32_t)n - 10, ACK, two, n, 3);
    close_and_read();
    cr_assert_eq(got->n, 3);
    for (size_t i = 1; i < 3; i++)
        cr_expect(is_masked(payload_of(i), i == 1 ? n - 10 : n));
    cr_expect(is_black(payload_of(1), 54));
    cr_expect(memmem(payload_of(2), n, "IBM", 3) != NULL);
    cr_expect_str_eq(got->packet[2].comment, "");
}

Test(record, the_missing_segment_explains_what_came_before_it)
{
    static const char three[] = POSITION POSITION POSITION;
    const uint32_t cut = 25;

    open_capture(false, 0);
    capture(true, 99, SYN | ACK, "", 0, 1);
    capture(true, 100 + cut, ACK, three + cut, 10,
            2); /* too early, and of no frame that is known */
    capture(true, 100, ACK, three, cut, 3);
    capture(true, 100 + cut + 10, ACK, three + cut + 10, sizeof three - 1 - cut - 10, 4);
    close_and_read();
    cr_assert_eq(got->n, 4);
    cr_expect(is_black(payload_of(1), 10));
    cr_expect_str_eq(got->packet[3].comment, "", "the masks go on in the frame");
    cr_expect(is_masked(payload_of(2), cut));
    cr_expect(is_masked(payload_of(3), sizeof three - 1 - cut - 10));
}

Test(record, a_copy_that_differs_is_not_believed)
{
    static const char one[] = POSITION;
    char other[POSITION_LEN];

    memcpy(other, one, POSITION_LEN);
    memcpy(other + 4, "17\0a\0Household", 14);
    open_capture(false, 0);
    capture(true, 99, SYN | ACK, "", 0, 1);
    capture(true, 100, ACK, one, POSITION_LEN, 2);
    capture(true, 100, ACK, other, POSITION_LEN, 3);
    capture(true, 100, ACK, one, POSITION_LEN, 4);
    capture(true, 110, ACK, one, 20, 5);
    close_and_read();
    cr_assert_eq(got->n, 5);
    cr_expect(memmem(payload_of(1), POSITION_LEN, "IBM", 3) != NULL);
    for (size_t i = 2; i < 5; i++)
        cr_expect(is_black(payload_of(i), i < 4 ? POSITION_LEN : 20), "%zu", i);
}

Test(record, a_sender_that_is_not_known_is_blacked_out)
{
    uint8_t bytes[256];
    struct record_packet p = captured(bytes, true, 100, ACK, "Household", 9, 1);

    p.side_unknown = true;
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
