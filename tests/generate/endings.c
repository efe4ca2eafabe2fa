/* endings.c - how sessions that were welcomed end, and what TCP does to them. */
#include "behaviour.h"
#include <string.h>

static void gateway_closes(struct talk *t, struct truth *truth, bool reset)
{
    if (reset) {
        film_reset(&t->tcp, GATEWAY);
    } else {
        film_fin(&t->tcp, GATEWAY);
        t->tcp.now_ns += talk_between(t, MS, 20 * MS);
        film_fin(&t->tcp, CLIENT);
    }
    truth_trouble(truth, reset ? "reset" : "closed-by-gateway", "nobody", 0, 0);
    truth->by = "gateway";
}

static void leaves(struct talk *t, struct truth *truth)
{
    talk_wait_between(t, 100 * MS, 5 * SEC);
    talk_leave(t);
    truth_healthy(truth);
    if (!t->ends_open)
        truth->by = "client";
}

/* K1: bytes of the client after the gateway's FIN are not its cause. */
static void late_bytes(struct talk *t, struct truth *truth)
{
    uint64_t ended;

    talk_wait_between(t, 300 * MS, 20 * SEC);
    talk_ticker_stop(t);
    ended = t->tcp.now_ns;
    film_fin(&t->tcp, GATEWAY);
    for (uint64_t n = talk_between(t, 1, 4); n > 0; n--) {
        t->tcp.now_ns += talk_between(t, 500, 9000) * MS;
        talk_ask(t, ASK_TIME, 0);
    }
    t->tcp.now_ns += SEC;
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "closed-by-gateway", "nobody", 0, 0);
    truth->by = "gateway";
    truth->ended_ns = ended;
    TRUTH_ADD(truth->never, "malformed-request-close");
    TRUTH_ADD(truth->never, "rate-limit");
    TRUTH_ADD(truth->nots, "order-swallowed");
}

/* K4: some request is near every close of such a client, and all were answered. */
static void busy_close(struct talk *t, struct truth *truth)
{
    bool reset = random_percent(t->random, 30);

    for (uint64_t n = talk_between(t, 100, 300); n > 0; n--) {
        talk_ask_and_answer(t, ASK_IDS);
        talk_wait(t, 92 * MS);
    }
    talk_ask_and_answer(t, ASK_IDS);
    t->tcp.now_ns += talk_between(t, 5, 80) * MS;
    gateway_closes(t, truth, reset);
    TRUTH_ADD(truth->nots, "malformed-request-close");
    TRUTH_ADD(truth->nots, "rate-limit");
}

static void idle_close(struct talk *t, struct truth *truth)
{
    talk_wait_between(t, SEC, 60 * SEC);
    talk_ticker_stop(t);
    gateway_closes(t, truth, random_percent(t->random, 40));
    TRUTH_ADD(truth->never, "malformed-request-close");
    TRUTH_ADD(truth->never, "rate-limit");
    TRUTH_ADD(truth->nots, "relay-accept-then-close");
    if (t->others_live) /* K1: another session continues, though not yet heard of at the close */
        TRUTH_ADD(truth->nots, "scheduled-restart");
}

static void burst(struct talk *t, uint64_t n)
{
    talk_wait(t, 3 * SEC);
    for (uint64_t i = 0; i < n; i++) {
        talk_ask(t, ASK_IDS, 0);
        t->tcp.now_ns += 5 * MS;
        talk_answer(t, ASK_IDS, 0);
        t->tcp.now_ns += 4 * MS;
    }
}

static void rate_limit(struct talk *t, struct truth *truth)
{
    talk_ticker_stop(t);
    burst(t, talk_between(t, 55, 90));
    for (uint64_t n = talk_between(t, 1, 4); n > 0; n--)
        talk_error(t, -1, 100, "Max rate of messages per second has been exceeded:max=50 rec=64");
    t->tcp.now_ns += talk_between(t, 1, 300) * MS;
    gateway_closes(t, truth, false);
    TRUTH_ADD(truth->modes, "rate-limit");
    TRUTH_ADD(truth->nots, "malformed-request-close");
    TRUTH_ADD(truth->nots, "scheduled-restart");
    truth->tell = true;
}

/* K4: the limit was exceeded, and no code said so. */
static void burst_close(struct talk *t, struct truth *truth)
{
    talk_ticker_stop(t);
    burst(t, talk_between(t, 60, 90));
    t->tcp.now_ns += talk_between(t, 1, 60) * MS;
    gateway_closes(t, truth, false);
    TRUTH_ADD(truth->modes, "rate-limit");
    TRUTH_ADD(truth->nots, "malformed-request-close");
    truth->tell = true;
}

static void malformed(struct talk *t, struct truth *truth)
{
    static const char text[] = "62\0001\0009001\000All"; /* reqAccountSummary without its tags */

    talk_ticker_stop(t);
    talk_wait_between(t, 2 * SEC, 10 * SEC);
    talk_payload(t, CLIENT, text, sizeof text);
    t->tcp.now_ns += talk_between(t, 1, 9) * MS;
    gateway_closes(t, truth, random_percent(t->random, 30));
    TRUTH_ADD(truth->modes, "malformed-request-close");
    TRUTH_ADD(truth->nots, "rate-limit");
    if (t->others_live)
        TRUTH_ADD(truth->nots, "scheduled-restart");
    truth->tell = true;
}

static void port_change(struct talk *t, struct truth *truth)
{
    talk_error(t, -1, 1300, "TWS socket port has been reset and this connection is being dropped.");
    t->tcp.now_ns += 2 * MS;
    gateway_closes(t, truth, false);
    TRUTH_ADD(truth->modes, "port-or-setting-change");
    TRUTH_ADD(truth->nots, "malformed-request-close");
    truth->tell = true;
}

/* K23: an end in the middle of a frame. */
static void closed_in_a_frame(struct talk *t, struct truth *truth)
{
    uint8_t frame[128];
    size_t n;

    talk_ticker_stop(t);
    talk_wait_between(t, 2 * SEC, 6 * SEC);
    talk_ask(t, ASK_POSITIONS, 0);
    talk_think(t);
    t->hold = true;
    asks[ASK_POSITIONS].part(t, 0);
    n = t->out.len < sizeof frame ? t->out.len : sizeof frame;
    memcpy(frame, t->out.bytes, n);
    t->out.len = 0;
    talk_raw(t, GATEWAY, frame, (size_t)talk_between(t, 5, n - 1));
    t->tcp.now_ns += talk_between(t, 1, 2000) * MS;
    gateway_closes(t, truth, random_percent(t->random, 50));
    TRUTH_ADD(truth->mention, "middle of a frame");
}

/* ---- TCP ---- */

static void unheard(struct talk *t, enum side from, uint64_t *since)
{
    uint8_t frame[128];
    size_t n;

    talk_ticker_stop(t);
    talk_wait_between(t, 2 * SEC, 8 * SEC);
    t->hold = true;
    if (from == CLIENT)
        asks[ASK_POSITIONS].ask(t, 0);
    else
        talk_error(t, -1, 2104, "Market data farm connection is OK:usfarm");
    n = t->out.len < sizeof frame ? t->out.len : sizeof frame;
    memcpy(frame, t->out.bytes, n);
    t->out.len = 0;
    t->hold = false;
    *since = t->tcp.now_ns;
    film_say_unheard(&t->tcp, from, frame, n);
    for (unsigned i = 0; i < 6; i++) {
        t->tcp.now_ns += (300ull << i) * MS;
        film_again(&t->tcp, from, frame, n);
    }
}

static void dead_path(struct talk *t, struct truth *truth)
{
    uint64_t since;

    unheard(t, random_percent(t->random, 65) ? CLIENT : GATEWAY, &since);
    t->tcp.now_ns += talk_between(t, 2, 20) * SEC;
    truth_trouble(truth, "live-gateway-quiet", "network", since, since);
    TRUTH_ADD(truth->stage, "live-request-unanswered");
    TRUTH_ADD(truth->modes, "half-open");
    TRUTH_ADD(truth->never, "jvm-stall");
    TRUTH_ADD(truth->never, "quiet-but-healthy");
    truth->tell = true;
}

/* K31: on the loopback little but a filter rule does that. */
static void dead_loopback(struct talk *t, struct truth *truth)
{
    uint64_t since;

    unheard(t, CLIENT, &since);
    truth_trouble(truth, "live-gateway-quiet", "network", since, since);
    TRUTH_ADD(truth->stage, "live-request-unanswered");
    TRUTH_ADD(truth->never, "jvm-stall");
    TRUTH_ADD(truth->mention, "filter");
}

static void slow_client(struct talk *t, struct truth *truth)
{
    static const uint8_t probe[1];
    uint64_t since;

    talk_ticker_stop(t);
    talk_subscribe(t, t->next_key++, false);
    talk_think(t);
    t->tcp.side[CLIENT].window = 0;
    since = t->tcp.now_ns;
    talk_tick(t, t->next_key - 1);
    for (uint64_t n = talk_between(t, 7, 14); n > 0; n--) {
        t->tcp.now_ns += 2 * SEC;
        film_segment(&t->tcp, GATEWAY, SEGMENT_ACK, probe, 1);
        t->tcp.side[GATEWAY].seq--;
        film_ack(&t->tcp, CLIENT);
    }
    truth_trouble(truth, "live-client-not-reading", "client", since, since + 20 * MS);
    TRUTH_ADD(truth->modes, "slow-client");
    TRUTH_ADD(truth->never, "jvm-stall");
    truth->tell = true;
}

/* K16 the other way, K20: the gateway's window is closed while requests wait behind it. */
static void gateway_does_not_read(struct talk *t, struct truth *truth)
{
    static const uint8_t probe[1];
    uint64_t at, last;

    talk_wait_between(t, 14 * SEC, 16 * SEC);
    talk_off_the_quarter(t);
    last = t->ticking ? t->tick_last_ns : 0;
    talk_ticker_stop(t);
    t->tcp.side[GATEWAY].window = 0;
    at = talk_ask(t, ASK_POSITIONS, 0);
    for (uint64_t n = talk_between(t, 8, 14); n > 0; n--) {
        t->tcp.now_ns += 2 * SEC;
        film_segment(&t->tcp, CLIENT, SEGMENT_ACK, probe, 1);
        t->tcp.side[CLIENT].seq--;
        film_ack(&t->tcp, GATEWAY);
    }
    truth_trouble(truth, "live-request-unanswered", "gateway", last ? last : at, at);
    if (last)
        TRUTH_ADD(truth->stage, "live-gateway-quiet");
    TRUTH_ADD(truth->nots, "half-open");
    TRUTH_ADD(truth->never, "slow-client");
    TRUTH_ADD(truth->mention, "window");
}

/* K20: the capture ends before any request's time is over, with the window closed. */
static void many_behind_a_window(struct talk *t, struct truth *truth)
{
    static const uint8_t probe[1];

    talk_wait_between(t, 2 * SEC, 4 * SEC);
    talk_ticker_stop(t);
    for (uint64_t n = talk_between(t, 20, 45); n > 0; n--) {
        talk_ask(t, ASK_CONTRACT, t->next_key++);
        t->tcp.now_ns += 30 * MS; /* below the limit of 50 a second */
    }
    t->tcp.side[GATEWAY].window = 0;
    film_ack(&t->tcp, GATEWAY);
    for (uint64_t n = talk_between(t, 1, 3); n > 0; n--) {
        t->tcp.now_ns += SEC;
        film_segment(&t->tcp, CLIENT, SEGMENT_ACK, probe, 1);
        t->tcp.side[CLIENT].seq--;
        film_ack(&t->tcp, GATEWAY);
    }
    truth_healthy(truth);
    TRUTH_ADD(truth->mention, "open");
    TRUTH_ADD(truth->mention, "reqContractDetails");
    TRUTH_ADD(truth->mention, "window");
}

/* Segments are lost on the way and sent again: no fault. */
static void sent_again(struct talk *t, struct truth *truth)
{
    uint8_t frame[64];
    size_t n;

    talk_wait_between(t, 2 * SEC, 4 * SEC);
    t->hold = true;
    asks[ASK_POSITIONS].ask(t, 0);
    n = t->out.len < sizeof frame ? t->out.len : sizeof frame;
    memcpy(frame, t->out.bytes, n);
    t->out.len = 0;
    t->hold = false;
    film_say_unheard(&t->tcp, CLIENT, frame, n);
    t->tcp.now_ns += 300 * MS;
    film_again(&t->tcp, CLIENT, frame, n);
    t->tcp.now_ns += t->tcp.one_way_ns;
    t->tcp.side[GATEWAY].got = t->tcp.side[CLIENT].seq;
    talk_answer(t, ASK_POSITIONS, 0);
    behave_polls(t, 5 * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->nots, "half-open");
}

const struct decider end_deciders[] = {
    {"late-bytes", "K1", "K1, case 01", 10, 0, TAG_BURST | TAG_ORDER, 0, 0, late_bytes},
    {"busy-close", "K4", "K4, case 04", 6, WHOLE, TAG_TICKS | TAG_BURST | TAG_NOTICE, 0, 0,
     busy_close},
    {"idle-close", NULL, "catalogue 46, 51: one session, not after a request", 8, 0,
     TAG_BURST | TAG_NOTICE | TAG_FARM | TAG_LINK, 0, 0, idle_close},
    {"rate-limit", NULL, "catalogue 41", 6, 0, 0, 0, 0, rate_limit},
    {"burst-close", "K4", "K4: rate-limit ranks above where the limit was exceeded", 6, 0,
     TAG_BURST, 0, 0, burst_close},
    {"malformed", NULL, "catalogue 51", 6, WHOLE, TAG_BURST | TAG_NOTICE | TAG_FARM, 0, 200,
     malformed},
    {"port-change", NULL, "catalogue 47", 5, 0, 0, 0, 0, port_change},
    {"closed-in-a-frame", "K23", "K23, case 16", 7, 0, TAG_FARM | TAG_BURST, 0, 0,
     closed_in_a_frame},
    {"dead-path", NULL, "catalogue 45", 7, REMOTE | OPEN, TAG_WIRE, 0, 0, dead_path},
    {"dead-loopback", "K31", "K31", 5, LOCAL | ALONE | OPEN, TAG_WIRE, 0, 0, dead_loopback},
    {"slow-client", "K16", "catalogue 43, K16", 7, OPEN, TAG_WIRE, 0, 0, slow_client},
    {"gateway-window", "K16 K20", "catalogue 44, K16, K20", 6, OPEN, TAG_WIRE | TAG_FARM, 0, 0,
     gateway_does_not_read},
    {"many-behind-a-window", "K20 K33", "K20: the capture ends with N requests open", 6,
     HEALTHY | OPEN, TAG_WIRE | TAG_BURST, 0, 0, many_behind_a_window},
    {"sent-again", NULL, "catalogue 45: retransmitted, and acknowledged", 8, HEALTHY | REMOTE,
     TAG_WIRE, 0, 0, sent_again},
};
const size_t n_end_deciders = sizeof end_deciders / sizeof end_deciders[0];

const struct decider healthy_deciders[] = {
    {"healthy", NULL, "design 2.6", 1, HEALTHY | TAIL, 0, 0, 0, leaves},
};
const size_t n_healthy_deciders = sizeof healthy_deciders / sizeof healthy_deciders[0];
