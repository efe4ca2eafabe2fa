#include "craft.h"
#include "diagnose.h"
#include "tap.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MS  1000000ull
#define SEC (1000 * MS)

#define SYN_ACK (PACKET_SYN | PACKET_ACK)
#define FIN_ACK (PACKET_FIN | PACKET_ACK)
#define RST_ACK (PACKET_RST | PACKET_ACK)
#define PSH_ACK (PACKET_PSH | PACKET_ACK)

#define HELLO "API\0\0\0\0\x09v100..176"
#define VERSION                                                                                    \
    "\0\0\0\x1a"                                                                                   \
    "176\0"                                                                                        \
    "20260102 09:30:00 EST\0"
#define START                                                                                      \
    "\0\0\0\x08"                                                                                   \
    "71\0"                                                                                         \
    "2\0"                                                                                          \
    "7\0\0"
#define WELCOME                                                                                    \
    "\0\0\0\x0f"                                                                                   \
    "15\0"                                                                                         \
    "1\0"                                                                                          \
    "DU9000001\0"                                                                                  \
    "\0\0\0\x06"                                                                                   \
    "9\0"                                                                                          \
    "1\0"                                                                                          \
    "1\0"

/* What came out, of the newest kind. */
static struct {
    unsigned count[TWS_EVENTS];
    struct tws_verdict verdict; /* the newest */
    char mode[32];              /* of it: "" none */
    uint64_t silence_ts, silence_since, waited;
    enum tws_trouble silence;
    struct tws_kernel kernel;
    enum tws_ending how;
    char reason[64];
    uint64_t close_ts;
    bool midstream;
} got;

static struct tws_env env;
static struct tws_diagnosis diagnosis;
static struct tap *tap;
static uint64_t now;

/* How far each side has come with its numbers. */
static struct craft client, gateway;

static void put_event(void *ctx, const struct tws_event *ev)
{
    (void)ctx;
    got.count[ev->kind]++;
    if (ev->kind == TWS_EV_OPEN)
        got.midstream = ev->u.open.midstream;
    if (ev->kind == TWS_EV_VERDICT) {
        got.verdict = *ev->u.verdict;
        snprintf(got.mode, sizeof got.mode, "%s",
                 ev->u.verdict->mode ? ev->u.verdict->mode->id : "");
    }
    if (ev->kind == TWS_EV_SILENCE) {
        got.silence = ev->u.silence.stage;
        got.silence_ts = ev->ts_ns;
        got.silence_since = ev->u.silence.since_ns;
        got.waited = ev->u.silence.waited_ns;
        got.kernel = ev->u.silence.kernel;
    }
    if (ev->kind == TWS_EV_CLOSE) {
        got.how = ev->u.close.how;
        got.close_ts = ev->ts_ns;
        snprintf(got.reason, sizeof got.reason, "%s", ev->u.close.reason ? ev->u.close.reason : "");
    }
}

static void begin(bool relayed)
{
    static const uint16_t ports[] = {4002};
    struct tap_config c = {.relayed = relayed};

    memset(&got, 0, sizeof got);
    env = (struct tws_env){.timing = {.handshake_ns = 3 * SEC, .request_ns = 10 * SEC},
                           .max_frame = TWS_FRAME_MAX};
    tws_diagnosis_init(&diagnosis, (struct tws_sink){put_event, NULL, TWS_WANTS(TWS_EVENTS) - 1});
    env.sink = tws_diagnosis_sink(&diagnosis);
    flow_config_default(&c.flow);
    c.flow.ports = ports;
    c.flow.n_ports = 1;
    now = 1000 * SEC;
    tap = tap_new(&c, &env);
    cr_assert_not_null(tap);
    client = (struct craft){.src = "192.0.2.1",
                            .dst = "192.0.2.2",
                            .sport = 50000,
                            .dport = 4002,
                            .seq = 1000,
                            .window = 65535};
    gateway = (struct craft){.src = "192.0.2.2",
                             .dst = "192.0.2.1",
                             .sport = 4002,
                             .dport = 50000,
                             .seq = 7000,
                             .window = 65535};
}

static void end(void)
{
    tap_free(tap, now);
}

/* Send from `me`, as far as it has come; `again`: its numbers do not move on. */
static void send(struct craft *me, uint8_t flags, const char *bytes, size_t n, const char *comment,
                 bool again)
{
    struct craft *other = me == &client ? &gateway : &client;
    uint8_t buf[CRAFT_HEADERS_MAX + 256];
    struct packet p;

    me->flags = flags;
    me->ack = flags & PACKET_ACK ? other->seq : 0;
    me->payload = (struct craft_bytes){bytes, n};
    p = craft_packet(me, buf, sizeof buf, now += MS);
    p.comment = comment;
    tap_packet(tap, &p);
    if (!again)
        me->seq += (uint32_t)n + !!(flags & PACKET_SYN) + !!(flags & PACKET_FIN);
}

#define SAY(me, text) send(me, PSH_ACK, text, sizeof(text) - 1, NULL, false)

static void flag(struct craft *me, uint8_t flags)
{
    send(me, flags, NULL, 0, NULL, false);
}

static void connect(void)
{
    flag(&client, PACKET_SYN);
    flag(&gateway, SYN_ACK);
    flag(&client, PACKET_ACK);
}

static void welcome(void)
{
    connect();
    SAY(&client, HELLO);
    SAY(&gateway, VERSION);
    SAY(&client, START);
    SAY(&gateway, WELCOME);
}

static void expect(enum tws_trouble stage, enum tws_side silent, const char *mode,
                   enum tws_certainty certainty)
{
    cr_expect_eq(got.verdict.stage, stage, "stage %s", tws_trouble_name(got.verdict.stage));
    cr_expect_eq(got.verdict.silent, silent, "silent %s", tws_side_name(got.verdict.silent));
    cr_expect_str_eq(got.mode, mode);
    cr_expect_eq(got.verdict.certainty, certainty, "%s", tws_certainty_name(got.verdict.certainty));
}

Test(tap, follows_a_session_from_syn_to_fin)
{
    begin(false);
    welcome();
    flag(&client, FIN_ACK);
    flag(&gateway, FIN_ACK);
    cr_expect_eq(got.count[TWS_EV_STAGE], 4);
    cr_expect_eq(got.count[TWS_EV_CLOSE], 1);
    cr_expect_eq(got.how, TWS_FIN);
    expect(TWS_TROUBLE_NONE, TWS_NOBODY, "", TWS_CERTAIN);
    end();
    cr_expect_eq(got.count[TWS_EV_CLOSE], 1);
    cr_expect_eq(diagnosis.healthy, 1);
}

Test(tap, says_a_silence_when_its_time_is_over_whenever_the_next_packet_comes)
{
    uint64_t said;

    begin(false);
    connect();
    SAY(&client, HELLO);
    flag(&gateway, PACKET_ACK);
    said = now - MS;
    now += 3600 * SEC;
    SAY(&gateway, VERSION);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 1);
    cr_expect_eq(got.silence, TWS_HELLO_UNANSWERED);
    cr_expect_eq(got.silence_since, said);
    cr_expect_eq(got.silence_ts, said + 3 * SEC);
    cr_expect_eq(got.waited, 3 * SEC);
    cr_expect_eq(got.count[TWS_EV_RECOVERED], 1);
    end();
}

Test(tap, says_a_silence_while_it_lasts)
{
    begin(false);
    connect();
    SAY(&client, HELLO);
    cr_assert_neq(tap_deadline(tap), 0);
    tap_tick(tap, now + 2999 * MS);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    tap_tick(tap, now + 3000 * MS);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 1);
    end();
}

Test(tap, knows_a_refusal)
{
    begin(false);
    flag(&client, PACKET_SYN);
    flag(&gateway, RST_ACK);
    cr_expect_eq(got.how, TWS_REFUSED);
    cr_expect_str_eq(got.reason, "connection refused");
    expect(TWS_NO_LISTENER, TWS_GATEWAY, "gateway-down", TWS_LIKELY);
    end();
}

static void refused_with(const char *comment)
{
    begin(true);
    connect();
    SAY(&client, HELLO);
    send(&gateway, RST_ACK, NULL, 0, comment, false);
    send(&client, RST_ACK, NULL, 0, "end", false);
    end();
}

Test(tap, of_a_recording_knows_whose_port_it_was)
{
    refused_with(
        "close: refused: connection refused; host owner=0/?/other/- idle=77/S/gateway/java "
        "sibling=0 seen=0");
    cr_expect_str_eq(got.mode, "login-pending");
    cr_expect_str_eq(got.reason, "connection refused");
    refused_with(
        "close: refused: connection refused; host owner=12/S/gateway/java idle=0/?/other/- "
        "sibling=7497 seen=0");
    cr_expect_str_eq(got.mode, "wrong-port-or-mode");
    refused_with("close: refused: connection refused; host owner=0/?/other/- idle=0/?/other/- "
                 "sibling=0 seen=1");
    cr_expect_str_eq(got.mode, "gateway-down");
    cr_expect_eq(got.verdict.certainty, TWS_CERTAIN);
}

/* Wireshark keeps what people write of a packet beside what stood there. */
Test(tap, of_a_recording_finds_its_comment_beside_other_ones)
{
    refused_with(
        "look here; end\n"
        "close: refused: connection refused; host owner=0/?/other/- idle=77/S/gateway/java "
        "sibling=0 seen=0\nclose to the end");
    cr_expect_str_eq(got.mode, "login-pending");
    cr_expect_str_eq(got.reason, "connection refused");
}

/* What is not of that form says nothing, and harms nobody. */
Test(tap, of_a_recording_takes_no_half_word_of_the_host)
{
    static const char *const odd[] = {
        "close: refused: no; host ",
        "close: refused: no; host owner=1/S/gateway/java",
        "close: refused; host owner=99999999999/S/relay/x idle=x sibling=70000 seen=7",
        "close: refused: no; host owner=1/S/none/x idle=2/S sibling=1 seen=1",
        "close: refused: no; host owner=1//relay/x idle=0/?/other/- sibling=7497 seen=1",
    };

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        refused_with(odd[i]);
        cr_expect_str_eq(got.mode, "gateway-down", "%s", odd[i]);
        cr_expect_eq(got.verdict.certainty, TWS_LIKELY, "%s", odd[i]);
    }
}

Test(tap, knows_a_syn_that_is_dropped)
{
    begin(false);
    for (int i = 0; i < 4; i++) {
        send(&client, PACKET_SYN, NULL, 0, NULL, true);
        now += SEC << i;
    }
    cr_expect_eq(got.silence, TWS_TCP_CONNECT);
    end();
    expect(TWS_TCP_CONNECT, TWS_NETWORK, "syn-dropped", TWS_CERTAIN);
}

Test(tap, claims_nothing_of_one_syn_at_the_very_end)
{
    begin(false);
    flag(&client, PACKET_SYN);
    end();
    cr_expect_eq(got.verdict.stage, TWS_TROUBLE_NONE);
}

Test(tap, knows_a_full_accept_queue)
{
    begin(false);
    flag(&client, PACKET_SYN);
    send(&gateway, SYN_ACK, NULL, 0, NULL, true);
    gateway.seq++;
    flag(&client, PACKET_ACK);
    for (int i = 0; i < 3; i++) {
        send(&client, PSH_ACK, HELLO, sizeof HELLO - 1, NULL, true);
        now += SEC;
        gateway.seq--;
        send(&gateway, SYN_ACK, NULL, 0, NULL, true);
        gateway.seq++;
    }
    now += SEC;
    end();
    expect(TWS_HELLO_UNANSWERED, TWS_NETWORK, "backlog-full", TWS_LIKELY);
}

Test(tap, takes_copies_of_one_packet_for_one)
{
    begin(false);
    flag(&client, PACKET_SYN);
    client.seq--;
    flag(&client, PACKET_SYN); /* on the bridge, and on its port */
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    tap_tick(tap, now + 2 * SEC);
    now += 2 * SEC;
    end();
    expect(TWS_TCP_CONNECT, TWS_NETWORK, "syn-dropped", TWS_LIKELY);
}

Test(tap, takes_no_needless_retransmission_for_a_dead_path)
{
    static const char time[] = "\0\0\0\x10"
                               "49\0"
                               "1\0"
                               "1767348000\0";

    begin(false);
    welcome();
    flag(&client, PACKET_ACK);
    SAY(&gateway, time);
    flag(&client, PACKET_ACK);
    for (int i = 0; i < 5; i++) { /* overtaken, and believed lost */
        gateway.seq -= (uint32_t)sizeof time - 1;
        send(&gateway, PSH_ACK, time, sizeof time - 1, NULL, false);
        now += SEC;
    }
    flag(&client, FIN_ACK);
    flag(&gateway, FIN_ACK);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    end();
    expect(TWS_TROUBLE_NONE, TWS_NOBODY, "", TWS_CERTAIN);
}

Test(tap, knows_a_client_that_does_not_read)
{
    begin(false);
    welcome();
    client.zero_window = true;
    flag(&client, PACKET_ACK);
    tap_tick(tap, now + 10 * SEC);
    cr_expect_eq(got.silence, TWS_LIVE_CLIENT_NOT_READING);
    expect(TWS_LIVE_CLIENT_NOT_READING, TWS_CLIENT, "slow-client", TWS_CERTAIN);
    now += 11 * SEC;
    client.zero_window = false;
    flag(&client, PACKET_ACK);
    cr_expect_eq(got.count[TWS_EV_RECOVERED], 1);
    end();
    expect(TWS_TROUBLE_NONE, TWS_NOBODY, "", TWS_CERTAIN);
}

Test(tap, knows_a_peer_that_has_vanished)
{
    static const char ask[] = "\0\0\0\x05"
                              "49\0"
                              "1\0";

    begin(false);
    welcome();
    flag(&client, PACKET_ACK);
    SAY(&client, ask);
    client.seq -= (uint32_t)(sizeof ask - 1);
    for (int i = 0; i < 5; i++) {
        now += SEC << i;
        send(&client, PSH_ACK, ask, sizeof ask - 1, NULL, true);
    }
    cr_expect_eq(got.silence, TWS_LIVE_GATEWAY_QUIET);
    end();
    expect(TWS_LIVE_GATEWAY_QUIET, TWS_NETWORK, "half-open", TWS_CERTAIN);
}

Test(tap, knows_an_answer_that_came_too_late)
{
    begin(false);
    connect();
    SAY(&client, HELLO);
    flag(&gateway, PACKET_ACK);
    flag(&client, FIN_ACK);
    now += SEC;
    SAY(&gateway, VERSION);
    flag(&client, PACKET_RST);
    expect(TWS_CLOSED_BY_CLIENT, TWS_NOBODY, "impatient-client", TWS_CERTAIN);
    end();
}

Test(tap, knows_the_wrong_address_family)
{
    begin(false);
    welcome();
    client.src = "2001:db8::1";
    client.dst = "2001:db8::2";
    gateway.src = "2001:db8::2";
    gateway.dst = "2001:db8::1";
    client.seq = 500;
    flag(&client, PACKET_SYN);
    flag(&gateway, RST_ACK);
    expect(TWS_NO_LISTENER, TWS_GATEWAY, "address-family-trap", TWS_CERTAIN);
    end();
}

Test(tap, claims_no_silence_that_lost_packets_could_explain)
{
    begin(false);
    connect();
    SAY(&client, HELLO);
    now += 30 * SEC; /* nobody has looked for so long */
    tap_lost(tap);
    tap_tick(tap, now + 60 * SEC);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    end();
    cr_expect_eq(got.verdict.stage, TWS_TROUBLE_NONE);
    cr_expect_neq(got.verdict.certainty, TWS_CERTAIN);
}

Test(tap, takes_a_hole_that_was_acknowledged_for_a_gap)
{
    begin(false);
    connect();
    SAY(&client, HELLO);
    gateway.seq += (uint32_t)(sizeof VERSION - 1); /* not captured */
    SAY(&client, START);
    SAY(&gateway, WELCOME);
    SAY(&gateway, WELCOME);
    flag(&client, PACKET_ACK);
    tap_tick(tap, now + SEC);
    cr_expect_eq(got.count[TWS_EV_GAP], 1);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    end();
    cr_expect_eq(env.summary.gaps, 1);
}

Test(tap, begins_in_the_middle)
{
    begin(false);
    SAY(&gateway, WELCOME);
    SAY(&gateway, WELCOME);
    cr_expect(got.midstream);
    tap_tick(tap, now + 60 * SEC);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 0);
    end();
    cr_expect_eq(got.verdict.stage, TWS_TROUBLE_NONE);
}

/* ---- recordings of a relay ---- */

Test(tap, of_a_recording_repeats_what_the_relay_was_told)
{
    static const char kernel[] =
        "silence: hello-unanswered; gateway owes since 3.000 s; kernel known=1 upstream=1 "
        "unacked=2 "
        "retransmits=3 total_retrans=4 last_ack_ms=5 last_data_ms=6 unread=7 unsent=8 rtt_us=9 "
        "owned=0 peer_unread=17 queue=1/50";
    uint64_t ended;

    begin(true);
    connect();
    SAY(&client, HELLO);
    now += 3 * SEC - MS; /* the comment's packet bears the time of the silence */
    send(&client, PACKET_ACK, NULL, 0, kernel, true);
    cr_expect_eq(got.count[TWS_EV_SILENCE], 1);
    cr_expect_eq(got.silence_ts, now);
    cr_expect(got.kernel.known && got.kernel.upstream_known);
    cr_expect_eq(got.kernel.unacked, 2);
    cr_expect_eq(got.kernel.rtt_us, 9);
    cr_expect(got.kernel.peer_known && !got.kernel.peer_owned && got.kernel.queue_known);
    cr_expect_eq(got.kernel.peer_unread, 17);
    cr_expect_eq(got.kernel.queue, 1);
    cr_expect_eq(got.kernel.backlog, 50);
    send(&gateway, RST_ACK, NULL, 0, "close: timeout: mute for too long", false);
    cr_expect_eq(got.count[TWS_EV_CLOSE], 0);
    ended = now + MS;
    send(&client, RST_ACK, NULL, 0, "end", false);
    cr_expect_eq(got.count[TWS_EV_CLOSE], 1);
    cr_expect_eq(got.close_ts, ended);
    cr_expect_eq(got.how, TWS_TIMEOUT);
    cr_expect_str_eq(got.reason, "mute for too long");
    end();
    cr_expect_eq(got.count[TWS_EV_CLOSE], 1);
}

Test(tap, of_a_recording_knows_a_refused_dial_and_one_that_takes_its_time)
{
    begin(true);
    connect();
    SAY(&client, HELLO);
    send(&client, PACKET_ACK, NULL, 0, "dialing", true);
    tap_tick(tap, now + 4 * SEC);
    cr_expect_eq(got.silence, TWS_TCP_CONNECT);
    now += 5 * SEC;
    send(&gateway, PACKET_ACK, NULL, 0, "dialed", true);
    cr_expect_eq(got.count[TWS_EV_RECOVERED], 1);
    send(&gateway, RST_ACK, NULL, 0, "close: refused: connection refused", false);
    send(&client, RST_ACK, NULL, 0, "end", false);
    expect(TWS_NO_LISTENER, TWS_GATEWAY, "gateway-down", TWS_LIKELY);
    end();
}
