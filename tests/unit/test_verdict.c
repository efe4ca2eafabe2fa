#include "talk.h"
#include "verdict.h"
#include <criterion/criterion.h>
#include <string.h>

/* Several sessions of one port, and what the others say about the one in question. */

#define CROWD 4

static struct talk t; /* its own session is not used, but for crowd[0] */
static struct tws_session crowd[CROWD];
static struct tws_verdict v;

static void on(int i)
{
    t.s = crowd[i];
}

static void off(int i)
{
    crowd[i] = t.s;
}

static void open_as(int i, const uint8_t address[4])
{
    struct tws_endpoint client = {4, 50000, {127, 0, 0, 1}, 0};
    struct tws_endpoint gateway = {4, 4002, {0}, 0};

    memcpy(gateway.addr, address, 4);
    if (!t.port.gateway.family)
        tws_port_init(&t.port, &gateway);
    tws_session_open(&t.s, &t.env, &t.port,
                     &(struct tws_opening){(uint32_t)i + 1, &client, &gateway, false}, t.now);
}

static const uint8_t loopback[4] = {127, 0, 0, 1};
static const uint8_t lan[4] = {192, 168, 1, 20};
static const uint8_t afar[4] = {203, 0, 113, 7};

static void new_one(int i, const uint8_t address[4])
{
    open_as(i, address);
    talk_hello(&t, "v100..176");
    off(i);
}

static void live_at(int i, const uint8_t address[4])
{
    open_as(i, address);
    talk_hello(&t, "v100..176");
    talk_version(&t);
    talk_start_api(&t, i);
    talk_welcome(&t);
    talk_current_time(&t, TWS_CLIENT);
    talk_current_time(&t, TWS_GATEWAY);
    off(i);
}

static void live_one(int i)
{
    live_at(i, loopback);
}

static void pass(uint64_t ns)
{
    t.now += ns;
    for (int i = 0; i < CROWD; i++) {
        if (crowd[i].env && tws_session_deadline(&crowd[i]) && !crowd[i].finished)
            tws_session_tick(&crowd[i], t.now);
    }
}

static const struct tws_verdict *ask(int i)
{
    talk_verdict(&crowd[i], t.now, &v);
    return &v;
}

static bool mode_is(const char *id)
{
    return v.mode ? id && strcmp(v.mode->id, id) == 0 : !id;
}

static size_t place_of(const char *id)
{
    for (size_t i = 0; i < v.n_causes; i++) {
        if (strcmp(v.causes[i].mode->id, id) == 0)
            return i + 1;
    }
    return 0;
}

Test(verdict, sees_a_wedge_where_old_sessions_live_and_new_ones_wait)
{
    talk_env(&t, 176);
    live_one(0);
    new_one(1, loopback);
    new_one(2, loopback);
    pass(3500 * MS);
    on(0);
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:usfarm");
    off(0);
    ask(1);
    cr_expect_eq(v.stage, TWS_HELLO_UNANSWERED);
    cr_expect(mode_is("accept-queue-wedge"), "%s", v.mode ? v.mode->id : "none");
    cr_expect_eq(v.certainty, TWS_LIKELY);
    cr_expect_eq(place_of("accepted-but-ignored"), 2);
    cr_expect_eq(place_of("api-disabled"), 0, "a live session refutes it");
}

Test(verdict, blames_no_gateway_that_answers_the_others)
{
    talk_env(&t, 176);
    new_one(1, lan);
    pass(2 * SEC);
    live_one(0);
    pass(2 * SEC);
    ask(1);
    cr_expect(mode_is(NULL));
    cr_expect_eq(place_of("accept-dialog"), 1);
    cr_expect_eq(place_of("accept-queue-wedge"), 0);
    cr_expect_eq(place_of("blocking-modal"), 0);
    cr_expect_eq(place_of("session-not-authenticated"), 0);
}

Test(verdict, decides_nothing_for_a_lone_unanswered_hello)
{
    talk_env(&t, 176);
    new_one(1, loopback);
    pass(4 * SEC);
    ask(1);
    cr_expect(mode_is(NULL));
    cr_expect_eq(v.certainty, TWS_CANNOT_TELL);
    cr_expect_gt(v.n_causes, 3);
    cr_expect_not_null(v.next);
    for (size_t i = 0; i < v.n_causes; i++)
        cr_expect_eq(v.causes[i].certainty, TWS_CANNOT_TELL);
}

Test(verdict, suspects_the_login_when_the_port_said_1100)
{
    talk_env(&t, 176);
    live_one(0);
    on(0);
    talk_notice(&t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    talk_current_time(&t, TWS_CLIENT);
    off(0);
    pass(11 * SEC);
    new_one(1, loopback);
    pass(4 * SEC);
    ask(1);
    cr_expect_eq(place_of("session-not-authenticated"), 2, "%zu",
                 place_of("session-not-authenticated"));
    cr_expect_eq(place_of("jvm-stall"), 1);
}

Test(verdict, names_localhost_only_for_a_distant_gateway_alone)
{
    talk_env(&t, 176);
    new_one(1, loopback);
    new_one(2, afar);
    for (int i = 1; i < 3; i++) {
        on(i);
        talk_close(&t, TWS_GATEWAY, TWS_FIN);
        off(i);
    }
    ask(1);
    cr_expect(mode_is("relay-accept-then-close") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("localhost-only-refusal"), 0);
    ask(2);
    cr_expect(mode_is("relay-accept-then-close") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("localhost-only-refusal"), 2);
}

Test(verdict, sees_a_gateway_warming_up_after_a_refusal)
{
    talk_env(&t, 176);
    new_one(1, loopback);
    on(1);
    talk_close(&t, TWS_GATEWAY, TWS_REFUSED);
    off(1);
    ask(1);
    cr_expect(mode_is("gateway-down") && v.certainty == TWS_LIKELY);
    cr_expect(place_of("login-pending") > 1 && place_of("wrong-port-or-mode") > 1);
    pass(10 * SEC);
    new_one(2, loopback);
    on(2);
    talk_close(&t, TWS_GATEWAY, TWS_RST);
    off(2);
    ask(2);
    cr_expect(mode_is("warming-up") && v.certainty == TWS_LIKELY);
    pass(60 * SEC);
    new_one(3, loopback);
    on(3);
    talk_close(&t, TWS_GATEWAY, TWS_RST);
    off(3);
    ask(3);
    cr_expect(mode_is("relay-accept-then-close"), "the refusal is a minute old");
}

Test(verdict, tells_a_restart_from_a_quarrel)
{
    talk_env(&t, 176);
    live_one(0);
    live_one(1);
    pass(5 * SEC);
    for (int i = 0; i < 2; i++) {
        on(i);
        talk_text(&t, TWS_CLIENT, 59, FIELDS("1", "x"));
        talk_close(&t, TWS_GATEWAY, TWS_RST);
        off(i);
        ask(i);
    }
    cr_expect(mode_is("scheduled-restart") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("malformed-request-close"), 0);
    ask(0);
    cr_expect(mode_is("scheduled-restart"), "and the first knows it by now");
}

Test(verdict, sees_a_stall_when_all_sessions_are_silent)
{
    talk_env(&t, 176);
    live_one(0);
    live_one(1);
    pass(SEC);
    for (int i = 0; i < 2; i++) {
        on(i);
        talk_current_time(&t, TWS_CLIENT);
        off(i);
    }
    pass(12 * SEC);
    ask(0);
    cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect(mode_is("jvm-stall") && v.certainty == TWS_LIKELY);
}

Test(verdict, counts_no_time_beyond_the_end)
{
    talk_env(&t, 176);
    open_as(1, lan);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    t.now += SEC / 1000; /* on its way when the gateway closed */
    talk_hello(&t, "v100..176");
    off(1);
    ask(1);
    cr_expect_eq(v.stage, TWS_CLOSED_BY_GATEWAY);
    cr_expect_eq(v.silent, TWS_NOBODY);
    cr_expect_eq(v.silence_ns, 0);
    cr_expect_not_null(strstr(v.says, " 0.00 ms after"), "%s", v.says);
}

/* ---- the kernel ---- */

static void dead_path(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    out->known = out->upstream_known = true;
    out->unacked = 1;
    out->retransmits = 3;
}

static void acked(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    out->known = out->upstream_known = true;
}

static bool kernel_says(const char *value)
{
    for (size_t i = 0; i < v.n_evidence; i++) {
        if (v.evidence[i].source == TWS_FROM_KERNEL && strstr(v.evidence[i].value, value))
            return true;
    }
    return false;
}

Test(verdict, blames_the_network_where_nothing_is_acknowledged)
{
    talk_env(&t, 176);
    talk_kernel(&t, dead_path);
    new_one(1, afar);
    pass(4 * SEC);
    ask(1);
    cr_expect_eq(v.silent, TWS_NETWORK);
    cr_expect(mode_is("backlog-full") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("half-open"), 2);
    cr_expect(kernel_says("not acknowledged"));
}

Test(verdict, is_certain_of_a_dead_path_once_the_gateway_has_answered)
{
    talk_env(&t, 176);
    talk_kernel(&t, dead_path);
    live_at(1, afar);
    on(1);
    talk_current_time(&t, TWS_CLIENT);
    off(1);
    pass(12 * SEC);
    ask(1);
    cr_expect_eq(v.silent, TWS_NETWORK);
    cr_expect_eq(place_of("half-open"), 1);
    cr_expect(mode_is("half-open") && v.certainty == TWS_CERTAIN);
    cr_expect_eq(v.n_causes, 1, "its two rows are one cause, and no gateway is slow to answer");
}

/* ---- the host ---- */

static struct tws_kernel host;

static void of_the_host(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    *out = host;
}

static const char *evidence(const char *what)
{
    for (size_t i = 0; i < v.n_evidence; i++)
        if (strcmp(v.evidence[i].what, what) == 0)
            return v.evidence[i].value;
    return "";
}

static void refused_where(const struct tws_kernel *k)
{
    host = *k;
    talk_env(&t, 176);
    talk_kernel(&t, of_the_host);
    new_one(1, loopback);
    on(1);
    talk_close(&t, TWS_GATEWAY, TWS_REFUSED);
    off(1);
    ask(1);
}

Test(verdict, tells_by_what_runs_why_a_port_is_closed)
{
    refused_where(&(struct tws_kernel){.all_seen = true});
    cr_expect(mode_is("gateway-down") && v.certainty == TWS_CERTAIN);
    cr_expect_eq(v.n_causes, 1);
    cr_expect_str_eq(evidence("TWS or IB Gateway"), "none runs on this machine");

    refused_where(&(struct tws_kernel){.idle = {77, TWS_PROGRAM_GATEWAY, 'S', "java"}});
    cr_expect(mode_is("login-pending") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("gateway-down"), 0);
    cr_expect_str_eq(evidence("runs, and listens nowhere"), "java (TWS or IB Gateway), process 77");

    refused_where(
        &(struct tws_kernel){.sibling = 7497, .owner = {78, TWS_PROGRAM_GATEWAY, 'S', "java"}});
    cr_expect(mode_is("wrong-port-or-mode") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("gateway-down"), 2);
    cr_expect_eq(place_of("login-pending"), 0);
    cr_expect_str_eq(evidence("a usual port that is open"), "7497");
    cr_expect_str_eq(evidence("it belongs to"), "java (TWS or IB Gateway), process 78");

    refused_where(&(struct tws_kernel){.sibling = 7497}); /* whose it is may not be seen */
    cr_expect(mode_is("wrong-port-or-mode") && v.certainty == TWS_LIKELY);
    cr_expect_str_eq(evidence("it belongs to"), "");
}

static void shut_by(enum tws_program p)
{
    host = (struct tws_kernel){.owner = {12, (uint8_t)p, 'S', "x"}};
    talk_env(&t, 176);
    talk_kernel(&t, of_the_host);
    new_one(1, lan);
    on(1);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    off(1);
    ask(1);
}

Test(verdict, tells_a_relays_door_from_a_gateways)
{
    shut_by(TWS_PROGRAM_RELAY);
    cr_expect(mode_is("relay-accept-then-close") && v.certainty == TWS_LIKELY);
    cr_expect_str_eq(evidence("the port belongs to"), "x (a relay), process 12");
    shut_by(TWS_PROGRAM_JAVA);
    cr_expect_eq(place_of("relay-accept-then-close"), 0);
    cr_expect_eq(place_of("stale-relay-namespace"), 0);
    cr_expect(mode_is("localhost-only-refusal") && v.certainty == TWS_LIKELY);
    shut_by(TWS_PROGRAM_OTHER);
    cr_expect(mode_is("relay-accept-then-close"));
}

static void unanswered_by(const struct tws_kernel *k)
{
    host = *k;
    talk_env(&t, 176);
    talk_kernel(&t, of_the_host);
    new_one(1, loopback);
    pass(4 * SEC);
    ask(1);
}

Test(verdict, tells_a_relay_that_waits_from_a_gateway_that_ignores)
{
    unanswered_by(&(struct tws_kernel){
        .peer_known = true, .peer_owned = true, .owner = {12, TWS_PROGRAM_RELAY, 'S', "socat"}});
    cr_expect(mode_is("relay-upstream-hang") && v.certainty == TWS_LIKELY);
    unanswered_by(&(struct tws_kernel){
        .peer_known = true, .peer_owned = true, .owner = {12, TWS_PROGRAM_GATEWAY, 'S', "java"}});
    cr_expect(mode_is("accepted-but-ignored") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("relay-upstream-hang"), 0);
}

Test(verdict, says_that_the_process_is_stopped)
{
    unanswered_by(
        &(struct tws_kernel){.peer_known = true, .owner = {12, TWS_PROGRAM_JAVA, 'T', "java"}});
    cr_expect(mode_is("accept-queue-wedge") && v.certainty == TWS_CERTAIN);
    cr_expect_not_null(strstr(tws_cause_remedy(&v.causes[0]), "kill -CONT"));
    cr_expect_str_eq(evidence("the port belongs to"), "java (a Java program), process 12: stopped");

    talk_env(&t, 176);
    talk_kernel(&t, of_the_host);
    live_one(1);
    on(1);
    talk_current_time(&t, TWS_CLIENT);
    off(1);
    pass(12 * SEC);
    ask(1);
    cr_expect(mode_is("jvm-stall") && v.certainty == TWS_LIKELY);
    cr_expect_not_null(strstr(tws_cause_remedy(&v.causes[0]), "kill -CONT"));
}

/* ---- the packets ---- */

static struct tws_wire wire;

static void on_the_wire(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                        struct tws_facts *out)
{
    (void)ctx;
    (void)s;
    (void)what;
    (void)now;
    out->wire = wire;
}

static void unacked_hello(uint32_t times, uint32_t synacks)
{
    wire = (struct tws_wire){.known = true,
                             .established = true,
                             .client = {.unacked = 17, .retransmits_now = times, .syns = 1},
                             .gateway = {.syns = synacks}};
    talk_env(&t, 176);
    t.env.facts = on_the_wire;
    t.env.measures = TWS_OF_WIRE;
    new_one(1, afar);
    wire.client.unacked_ns = t.now;
    pass(4 * SEC);
    ask(1);
}

Test(verdict, suspects_the_queue_before_the_path_where_the_first_bytes_are_not_acknowledged)
{
    unacked_hello(4, 1);
    cr_expect(mode_is("backlog-full") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("half-open"), 2);
}

Test(verdict, takes_a_repeated_syn_ack_for_a_full_queue_and_no_dead_path)
{
    unacked_hello(4, 3);
    cr_expect(mode_is("backlog-full") && v.certainty == TWS_LIKELY);
    cr_expect_eq(place_of("half-open"), 0);
}

/* The FIN by which the client answers the gateway's is on its way when the verdict is made. */
Test(verdict, counts_no_bytes_that_were_sent_after_the_end)
{
    unacked_hello(0, 1);
    wire.client.unacked = 0;
    on(1);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    off(1);
    wire.client.unacked = 1;
    wire.client.unacked_ns = t.now + 1;
    t.now += SEC;
    ask(1);
    cr_expect_str_eq(evidence("bytes to the gateway"), "all acknowledged by its kernel");
    wire.client.unacked_ns = t.now - 3 * SEC;
    ask(1);
    cr_expect_str_eq(evidence("bytes to the gateway"), "");
}

Test(verdict, suspects_the_queue_where_loopback_does_not_acknowledge)
{
    talk_env(&t, 176);
    talk_kernel(&t, dead_path);
    new_one(1, loopback);
    pass(4 * SEC);
    ask(1);
    cr_expect_eq(v.silent, TWS_NETWORK);
    cr_expect(mode_is("backlog-full") && v.certainty == TWS_LIKELY);
}

Test(verdict, shows_that_the_kernel_acknowledged)
{
    talk_env(&t, 176);
    talk_kernel(&t, acked);
    new_one(1, afar);
    pass(4 * SEC);
    ask(1);
    cr_expect_eq(v.silent, TWS_GATEWAY);
    cr_expect(kernel_says("acknowledged by"));
    cr_expect_eq(place_of("half-open"), 0);
}

/* ---- what a verdict always keeps ---- */

Test(verdict, is_ranked_and_fits)
{
    talk_env(&t, 176);
    new_one(1, lan);
    pass(4 * SEC);
    ask(1);
    for (size_t i = 1; i < v.n_causes; i++)
        cr_expect(v.causes[i - 1].certainty >= v.causes[i].certainty);
    cr_expect_leq(v.n_evidence, TWS_EVIDENCE_MAX);
    for (size_t i = 0; i < v.n_evidence; i++)
        cr_expect(strlen(v.evidence[i].value) > 0 && strlen(v.evidence[i].what) > 0);
    cr_expect_lt(strlen(v.says), sizeof v.says - 1);
}

Test(verdict, words_hold_the_longest_numbers)
{
    talk_env(&t, 176);
    new_one(1, lan);
    crowd[1].bytes[0] = crowd[1].bytes[1] = UINT64_MAX;
    for (int i = 0; i < TWS_STAGES; i++)
        crowd[1].handshake.stage_us[i] = UINT32_MAX;
    crowd[1].stage = TWS_LIVE;
    crowd[1].last[0] = crowd[1].last[1] = (struct tws_last){.n = UINT64_MAX, .ts_ns = 1, .id = 110};
    t.port.early_closes = t.port.unanswered_run = UINT32_MAX;
    ask(1);
    for (size_t i = 0; i < v.n_evidence; i++)
        cr_expect_lt(strlen(v.evidence[i].value), sizeof v.evidence[i].value - 1, "%s",
                     v.evidence[i].value);
}
