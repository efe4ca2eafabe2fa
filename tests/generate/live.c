/* live.c - what is not answered, or only in part, in a session that was welcomed. */
#include "behaviour.h"
#include <string.h>

#define SLOW                                                                                       \
    (1u << ASK_CONTRACT | 1u << ASK_HISTORY | 1u << ASK_HEAD_TIME | 1u << ASK_SYMBOLS |            \
     1u << ASK_SCANNER)
#define STARTUP                                                                                    \
    (1u << ASK_POSITIONS | 1u << ASK_OPEN_ORDERS | 1u << ASK_ALL_OPEN_ORDERS |                     \
     1u << ASK_EXECUTIONS | 1u << ASK_COMPLETED | 1u << ASK_ACCOUNT)

/* Past the time that a request may take, with a margin. */
static uint64_t past(struct talk *t, unsigned allowed_s)
{
    return allowed_s * SEC + talk_between(t, 2500, 15000) * MS;
}

static void answers(struct truth *truth)
{
    /* K2: a program that answers B after A is not stalled. */
    TRUTH_ADD(truth->never, "jvm-stall");
}

/* The gateway was heard after the request was sent: by a subscription, or on another session. */
static void heard(const struct talk *t, struct truth *truth)
{
    if (t->ticking || t->others_live)
        answers(truth);
}

static void late_in_life(struct talk *t)
{
    /* Not a request of the start-up, which has a stage of its own. */
    if (t->tcp.now_ns < t->ready_ns + 12 * SEC)
        talk_wait(t, t->ready_ns + 14 * SEC - t->tcp.now_ns);
}

static void one_hangs(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    enum ask_id what;
    uint64_t at;

    late_in_life(t);
    what = talk_any_ask(t, 1u << ASK_TIME | (random_percent(t->random, 60) ? SLOW : 0));
    at = talk_ask(t, what, key);
    behave_polls(t, past(t, asks[what].allowed_s));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    if (STARTUP >> what & 1)
        TRUTH_ADD(truth->stage, "partial-startup");
    answers(truth);
    TRUTH_ADD(truth->never, "quiet-but-healthy");
    TRUTH_ADD(truth->nots, "order-swallowed");
    TRUTH_ADD(truth->nots, "upstream-lost");
    TRUTH_ADD(truth->mention, asks[what].name);
}

static void only_one_hangs(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    enum ask_id what;
    uint64_t at;

    late_in_life(t);
    what = talk_any_ask(t, SLOW | 1u << ASK_COMPLETED); /* that one: catalogue 28 too */
    talk_wait(t, 2 * SEC);
    at = talk_ask(t, what, key);
    talk_wait(t, past(t, asks[what].allowed_s));
    heard(t, truth);
    talk_leave_alone(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    truth->most = "cannot tell";
    TRUTH_ADD(truth->never, "quiet-but-healthy");
    TRUTH_ADD(truth->mention, asks[what].name);
}

/* Right after the welcome, as libraries do; another request is answered after it. */
static void startup_hangs(struct talk *t, struct truth *truth)
{
    static const enum ask_id lists[] = {ASK_EXECUTIONS, ASK_ACCOUNT, ASK_POSITIONS};
    enum ask_id what = lists[talk_between(t, 0, 2)];
    uint64_t at = talk_ask(t, what, t->next_key++);

    t->tcp.now_ns += 3 * MS;
    if (asks[what].part && random_percent(t->random, 50))
        asks[what].part(t, 0);
    truth_trouble(truth, "partial-startup", "gateway", at, t->tcp.now_ns);
    talk_ask_and_answer(t, ASK_ALL_OPEN_ORDERS);
    behave_polls(t, past(t, 10));
    talk_leave(t);
    TRUTH_ADD(truth->modes, "sync-request-hang");
    answers(truth);
    TRUTH_ADD(truth->mention, asks[what].name);
    truth->tell = true;
}

/* K11: parts of a reply, and no end marker. */
static void no_end(struct talk *t, struct truth *truth)
{
    static const enum ask_id lists[] = {ASK_OPEN_ORDERS, ASK_ALL_OPEN_ORDERS, ASK_POSITIONS,
                                        ASK_CONTRACT};
    enum ask_id what = lists[talk_between(t, 0, 3)];
    int32_t key = t->next_key++;
    uint64_t at;

    late_in_life(t);
    at = talk_ask(t, what, key);
    talk_think(t);
    asks[what].part(t, key);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, t->tcp.now_ns);
    if (random_percent(t->random, 50)) {
        behave_polls(t, past(t, asks[what].allowed_s));
        answers(truth);
    } else {
        talk_wait(t, past(t, asks[what].allowed_s));
    }
    heard(t, truth);
    talk_leave(t);
    TRUTH_ADD(truth->stage, "partial-startup");
    TRUTH_ADD(truth->modes, "sync-request-hang");
    TRUTH_ADD(truth->mention, "end marker");
    TRUTH_ADD(truth->mention, asks[what].name);
    truth->tell = true;
}

static void snapshot_no_end(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    uint64_t at = talk_subscribe(t, key, true);

    talk_think(t);
    talk_tick(t, key);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, t->tcp.now_ns);
    behave_polls(t, talk_between(t, 25, 60) * SEC);
    talk_leave(t);
    answers(truth);
    TRUTH_ADD(truth->never, "quiet-but-healthy");
    TRUTH_ADD(truth->mention, "reqMktData");
}

static void order_swallowed(struct talk *t, struct truth *truth)
{
    uint64_t at;

    late_in_life(t);
    at = talk_order(t, t->next_order++);
    t->tcp.now_ns += 20 * MS;
    talk_ask_and_answer(t, ASK_POSITIONS);
    behave_polls(t, past(t, 5));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->modes, "order-swallowed");
    answers(truth);
    truth->tell = true;
}

/* K20: 5 s are allowed, and the client leaves before. */
static void left_after_order(struct talk *t, struct truth *truth)
{
    late_in_life(t);
    talk_order(t, t->next_order++);
    talk_wait_between(t, 300 * MS, 3500 * MS);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->nots, "order-swallowed");
    TRUTH_ADD(truth->mention, "placeOrder");
}

/* K33: open, and not past its time. */
static void left_with_open(struct talk *t, struct truth *truth)
{
    enum ask_id what;

    late_in_life(t);
    what = talk_any_ask(t, 0);
    talk_wait(t, 2 * SEC);
    talk_ask(t, what, t->next_key++);
    talk_wait_between(t, 700 * MS, 7 * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->mention, asks[what].name);
}

/* K3: the only open request, and an error of no request right after it. */
static void refused_without_id(struct talk *t, struct truth *truth)
{
    bool is_order = random_percent(t->random, 50);
    int code = random_percent(t->random, 50) ? 321 : 320;

    late_in_life(t);
    if (is_order)
        talk_order(t, t->next_order++);
    else
        talk_ask(t, ASK_CONTRACT, t->next_key++);
    t->tcp.now_ns += talk_between(t, 1, 5) * MS;
    talk_error(t, -1, code,
               code == 321 ? "Error validating request: invalid value"
                           : "Error reading request: unable to parse data");
    behave_polls(t, talk_between(t, 14, 30) * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->stage, "live-request-unanswered"); /* K3 names no stage; case 03 is healthy */
    TRUTH_ADD(truth->silent, "gateway");
    truth->alarms = ALARMS_MAY;
    truth->tell = false;
    TRUTH_ADD(truth->nots, "order-swallowed");
    answers(truth);
    TRUTH_ADD(truth->mention, code == 321 ? "321" : "320");
}

static void one_of_two_refused(struct talk *t, struct truth *truth)
{
    uint64_t at;

    late_in_life(t);
    at = talk_ask(t, ASK_POSITIONS, 0);
    t->tcp.now_ns += MS;
    talk_ask(t, ASK_ALL_OPEN_ORDERS, 0);
    t->tcp.now_ns += 3 * MS;
    talk_error(t, -1, 321, "Error validating request: cause - Invalid value");
    talk_wait(t, past(t, 10));
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at + 10 * MS);
    TRUTH_ADD(truth->stage, "partial-startup");
    talk_leave(t);
    TRUTH_ADD(truth->modes, "refused-without-id");
    TRUTH_ADD(truth->mention, "321");
    truth->tell = true;
}

/* K9: the gateway ended it with a code, and the client did not ask again. */
static void ended_by_error(struct talk *t, struct truth *truth)
{
    static const struct {
        int code;
        const char *number, *text;
    } rows[] = {
        {354, "354", "Requested market data is not subscribed."},
        {10168, "10168", "Requested market data is not subscribed. Delayed data is disabled."},
        {10197, "10197", "No market data during competing live session"},
        {10225, "10225", "Bust event occurred, current subscription is deactivated."},
        {420, "420", "Invalid Real-time Query"},
    };
    size_t i = (size_t)talk_between(t, 0, 4);
    int32_t key = t->next_key++;

    if (i < 3)
        talk_subscribe(t, key, false);
    else
        talk_bars(t, key);
    for (int k = 0; i == 3 && k < 20; k++) {
        talk_wait(t, 5 * SEC);
        talk_bar(t, key);
    }
    talk_think(t);
    talk_error(t, key, rows[i].code, rows[i].text);
    behave_polls(t, talk_between(t, 15, 40) * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->mention, rows[i].number);
}

/* Ended, and asked again: served since. */
static void ended_and_asked_again(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    talk_bars(t, key);
    for (int k = 0; k < 6; k++) {
        talk_wait(t, 5 * SEC);
        talk_bar(t, key);
    }
    talk_error(t, key, 10225, "Bust event occurred, current subscription is deactivated.");
    talk_wait(t, 2 * SEC);
    key = t->next_key++;
    talk_bars(t, key);
    for (int k = 0; k < 6; k++) {
        talk_wait(t, 5 * SEC);
        talk_bar(t, key);
    }
    talk_leave(t);
    truth_healthy(truth);
}

/* Everything stops, and reqCurrentTime is not answered. */
static void stops_and_mute(struct talk *t, struct truth *truth)
{
    uint64_t last, at;

    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 10 * SEC, 30 * SEC);
    talk_off_the_quarter(t);
    talk_ticker_stop(t);
    last = t->tick_last_ns;
    talk_wait_between(t, SEC, 20 * SEC);
    at = talk_ask(t, ASK_TIME, 0);
    talk_wait(t, past(t, 13));
    talk_leave_alone(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", last, at);
    if (t->others_live)
        answers(truth);
    TRUTH_ADD(truth->stage, "live-gateway-quiet");
    TRUTH_ADD(truth->never, "quiet-but-healthy"); /* K17 */
    TRUTH_ADD(truth->mention, "reqCurrentTime");
}

/* K18: a market that is quiet; another request is answered. */
static void quiet_market(struct talk *t, struct truth *truth)
{
    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 3 * SEC, 30 * SEC);
    talk_ticker_stop(t);
    talk_wait_between(t, SEC, 5 * SEC); /* the first reply comes before 10 s are over */
    behave_polls(t, talk_between(t, 5, 40) * SEC);
    if (random_percent(t->random, 50))
        talk_unsubscribe(t, t->tick_key);
    talk_wait_between(t, 500 * MS, 4 * SEC);
    talk_leave(t);
    truth_healthy(truth);
}

/* K6: the client leaves some seconds after the last tick. */
static void left_after_ticks(struct talk *t, struct truth *truth)
{
    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 3 * SEC, 30 * SEC);
    talk_ticker_stop(t);
    talk_wait_between(t, 500 * MS, 8 * SEC);
    talk_leave(t);
    truth_healthy(truth);
}

static void subscriptions_lost(struct talk *t, struct truth *truth)
{
    uint64_t last, restored;

    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 10 * SEC, 25 * SEC);
    talk_off_the_quarter(t);
    talk_ticker_stop(t);
    last = t->tick_last_ns;
    talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait_between(t, 3 * SEC, 60 * SEC);
    restored = t->tcp.now_ns;
    talk_error(t, -1, 1101, "Connectivity between IBKR and TWS has been restored - data lost.");
    talk_wait_between(t, 13 * SEC, 60 * SEC);
    talk_leave(t);
    truth_trouble(truth, "live-gateway-quiet", "gateway", last, restored);
    TRUTH_ADD(truth->silent, "client"); /* the catalogue: the client sends no new subscriptions */
    TRUTH_ADD(truth->silent, "nobody");
    TRUTH_ADD(truth->modes, "subscriptions-lost");
    truth->tell = true;
}

/* Look-alike: after 1101 the client subscribes again. */
static void subscribed_again(struct talk *t, struct truth *truth)
{
    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 10 * SEC, 25 * SEC);
    talk_ticker_stop(t);
    talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait_between(t, 3 * SEC, 60 * SEC);
    talk_error(t, -1, 1101, "Connectivity between IBKR and TWS has been restored - data lost.");
    talk_wait_between(t, 100 * MS, 4 * SEC);
    talk_unsubscribe(t, t->tick_key);
    talk_ticker(t, 250 * MS);
    talk_wait_between(t, 10 * SEC, 40 * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->nots, "subscriptions-lost");
}

static void upstream_lost(struct talk *t, struct truth *truth)
{
    uint64_t lost = t->tcp.now_ns;
    bool asks_something = random_percent(t->random, 60);

    talk_ticker_stop(t);
    talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait_between(t, 2 * SEC, 20 * SEC);
    truth_trouble(truth, "live-gateway-quiet", "gateway", lost, t->tcp.now_ns);
    if (asks_something) {
        truth->stage[0] = "live-request-unanswered";
        talk_ask(t, ASK_POSITIONS, 0);
    } else {
        TRUTH_ADD(truth->silent, "nobody");
        TRUTH_ADD(truth->silent, "network");
        truth->since[1] = lost; /* K31: since is the time of the 1100 */
    }
    talk_wait(t, past(t, 11));
    talk_leave(t);
    TRUTH_ADD(truth->modes, "upstream-lost");
    TRUTH_ADD(truth->never, "jvm-stall");
    truth->tell = true;
}

static void farm_broken(struct talk *t, struct truth *truth)
{
    uint64_t at;
    int32_t key = t->next_key++;

    talk_error(t, -1, 2103, "Market data farm connection is broken:usfarm");
    talk_wait_between(t, SEC, 10 * SEC);
    at = talk_subscribe(t, key, false);
    behave_polls(t, past(t, 11));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->modes, "farm-broken");
    answers(truth);
    TRUTH_ADD(truth->mention, "usfarm");
    truth->tell = true;
}

/* The history farm does not serve positions, nor the time. */
static void other_farm(struct talk *t, struct truth *truth)
{
    uint64_t at;

    late_in_life(t);
    talk_error(t, -1, 2105, "HMDS data farm connection is broken:ushmds");
    talk_wait_between(t, SEC, 10 * SEC);
    at = talk_ask(t, ASK_IDS, 0);
    behave_polls(t, past(t, 11));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    answers(truth);
    TRUTH_ADD(truth->nots, "farm-broken");
}

static void farm_was_back(struct talk *t, struct truth *truth)
{
    uint64_t at;
    int32_t key = t->next_key++;

    talk_error(t, -1, 2103, "Market data farm connection is broken:usfarm");
    talk_wait_between(t, SEC, 10 * SEC);
    talk_error(t, -1, 2104, "Market data farm connection is OK:usfarm");
    talk_wait_between(t, SEC, 5 * SEC);
    at = talk_subscribe(t, key, false);
    behave_polls(t, past(t, 11));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    answers(truth);
    TRUTH_ADD(truth->nots, "farm-broken");
}

static void competing(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    uint64_t at;

    talk_subscribe(t, key, false);
    talk_think(t);
    talk_error(t, key, 10197, "No market data during competing live session");
    talk_wait_between(t, SEC, 5 * SEC);
    at = talk_subscribe(t, t->next_key++, false);
    behave_polls(t, past(t, 11));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->modes, "competing-session");
    answers(truth);
    truth->tell = true;
}

/* The second within a second is never answered. */
static uint64_t time_twice(struct talk *t)
{
    late_in_life(t);
    talk_wait(t, 2 * SEC);
    talk_ask_and_answer(t, ASK_TIME);
    t->tcp.now_ns += talk_between(t, 50, 800) * MS;
    return talk_ask(t, ASK_TIME, 0);
}

static void throttled(struct talk *t, struct truth *truth)
{
    uint64_t at = time_twice(t);

    talk_wait(t, past(t, 11));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->modes, "request-throttled-silently");
    heard(t, truth);
    truth->tell = true;
}

/* What is asked later is answered: catalogue 35 still calls it unanswered, and nothing is wrong
 * with the gateway.  Either may be said; the request may not be left out. */
static void throttled_and_served(struct talk *t, struct truth *truth)
{
    uint64_t at = time_twice(t);

    for (uint64_t end = t->tcp.now_ns + past(t, 10); t->tcp.now_ns < end;) {
        talk_wait_between(t, 1500 * MS, 4 * SEC);
        talk_ask_and_answer(t, ASK_IDS);
    }
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->stage, "healthy");
    TRUTH_ADD(truth->silent, "nobody");
    answers(truth);
    TRUTH_ADD(truth->mention, "reqCurrentTime");
}

static void read_only(struct talk *t, struct truth *truth)
{
    uint64_t at;
    int32_t number = t->next_order++;

    late_in_life(t);
    talk_order(t, number);
    talk_think(t);
    talk_error(t, number, 321,
               "Error validating request: the API interface is currently in Read-Only mode.");
    talk_wait(t, SEC);
    at = talk_ask(t, ASK_COMPLETED, 0);
    behave_polls(t, past(t, 10));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->stage, "partial-startup");
    TRUTH_ADD(truth->modes, "read-only-api");
    answers(truth);
    truth->tell = true;
}

static void write_access(struct talk *t, struct truth *truth)
{
    uint64_t at = talk_ask(t, ASK_COMPLETED, 0), until;

    t->tcp.now_ns += MS;
    talk_ask_and_answer(t, ASK_POSITIONS);
    until = t->tcp.now_ns + talk_between(t, 16, 30) * SEC;
    behave_polls(t, until - t->tcp.now_ns);
    t->tcp.now_ns += SEC;
    film_fin(&t->tcp, GATEWAY);
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "partial-startup", "gateway", at, at);
    TRUTH_ADD(truth->stage, "live-request-unanswered");
    TRUTH_ADD(truth->modes, "write-access-dialog");
    TRUTH_ADD(truth->modes, "sync-request-hang"); /* catalogue 33 has reqCompletedOrders too */
    answers(truth);
    truth->tell = true;
    truth->by = "gateway";
}

/* K10: a message that this server version does not have. */
static void newer_message(struct talk *t, struct truth *truth)
{
    static const char text[] =
        "96\0003\0000\000AAPL\000STK\000\0000\000\000\000SMART\000\000USD\000"
        "\000\0000\00020260105 10:00:00\000\000100\000TRADES\0001\0000\000";
    uint64_t at;

    t->next_key++;
    late_in_life(t);
    at = t->tcp.now_ns;
    talk_payload(t, CLIENT, text, sizeof text);
    behave_polls(t, past(t, 90));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    answers(truth);
    TRUTH_ADD(truth->mention, "needs server version 130");
}

/* K19 the other way: a subscription that never ticks is given up by the client (K25). */
static void given_up(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    uint64_t at = talk_subscribe(t, key, false);

    behave_polls(t, past(t, 11));
    talk_unsubscribe(t, key);
    behave_polls(t, 5 * SEC);
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    answers(truth);
    TRUTH_ADD(truth->mention, "reqMktData");
}

/* K19: asked again with the same reqId after message 91. */
static void reroute(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    talk_subscribe(t, key, false);
    talk_think(t);
    talk_reroute(t, key);
    talk_think(t);
    talk_subscribe(t, key, false);
    for (int i = 0; i < 12; i++) {
        talk_wait_between(t, 300 * MS, 2 * SEC);
        talk_tick(t, key);
    }
    if (random_percent(t->random, 50))
        talk_unsubscribe(t, key);
    talk_wait_between(t, SEC, 5 * SEC);
    talk_leave(t);
    truth_healthy(truth);
}

/* Case 18: the reply has a reqId that no request has. */
static void other_id(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    uint64_t at;

    late_in_life(t);
    at = talk_ask(t, ASK_CONTRACT, key);
    talk_think(t);
    talk_answer(t, ASK_CONTRACT, 2001);
    behave_polls(t, past(t, 90));
    talk_leave(t);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, at);
    answers(truth);
    TRUTH_ADD(truth->mention, "2001");
    TRUTH_ADD(truth->mention, "reqContractDetails");
}

/* K18: right after 1102 the market is quiet. */
static void quiet_after_link(struct talk *t, struct truth *truth)
{
    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 3 * SEC, 20 * SEC);
    talk_ticker_stop(t);
    talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait_between(t, 2 * SEC, 30 * SEC);
    talk_error(t, -1, 1102,
               "Connectivity between IBKR and TWS has been restored - data maintained.");
    talk_wait_between(t, 500 * MS, 8 * SEC);
    if (random_percent(t->random, 50))
        talk_unsubscribe(t, t->tick_key);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->nots, "upstream-lost");
    TRUTH_ADD(truth->nots, "subscriptions-lost");
}

/* Markets close with a quarter of an hour, and nobody leaves. */
static void closing_bell(struct talk *t, struct truth *truth)
{
    uint64_t quarter;

    if (!t->ticking)
        talk_ticker(t, 250 * MS);
    talk_wait_between(t, 3 * SEC, 20 * SEC);
    t->tick_every_ns = t->tick_every_ns < SEC ? SEC : t->tick_every_ns; /* fewer packets */
    quarter = (t->tcp.now_ns / (900 * SEC) + 1) * 900 * SEC;
    talk_wait(t, quarter - t->tcp.now_ns);
    talk_ticker_stop(t);
    talk_wait_between(t, 60 * SEC, 3000 * SEC);
    talk_leave(t);
    truth_healthy(truth);
}

/* Catalogue 54: nothing is missing on the wire. */
static void lost_4096(struct talk *t, struct truth *truth)
{
    static const char head[] = "19\0001"; /* scannerParameters, and its NUL */
    char xml[4092];

    memset(xml, 'x', sizeof xml);
    memcpy(xml, head, sizeof head);
    xml[sizeof xml - 1] = '\0';
    talk_wait(t, 2 * SEC);
    talk_ask(t, ASK_SCANNER, 0);
    talk_think(t);
    talk_payload(t, GATEWAY, xml, sizeof xml);
    talk_wait_between(t, 2 * SEC, 5 * SEC);
    talk_ask(t, ASK_SCANNER, 0);
    talk_think(t);
    talk_answer(t, ASK_SCANNER, 0);
    talk_wait_between(t, SEC, 4 * SEC);
    talk_leave(t);
    truth_healthy(truth); /* another client may ask twice: it cannot be told */
    TRUTH_ADD(truth->stage, "live-client-deaf");
    TRUTH_ADD(truth->silent, "client");
    truth->alarms = ALARMS_MAY;
    truth->tell = false;
}

/* K31: broken, and all that was asked is answered: evidence, and no alarm. */
static void farm_stays_broken(struct talk *t, struct truth *truth)
{
    talk_error(t, -1, 2105, "HMDS data farm connection is broken:cashhmds");
    behave_polls(t, talk_between(t, 5, 40) * SEC);
    talk_leave(t);
    truth_healthy(truth);
    TRUTH_ADD(truth->mention, "cashhmds");
}

/* K23: a part of a frame, then nothing. */
static void half_frame(struct talk *t, struct truth *truth)
{
    uint8_t frame[256];
    size_t n, cut;
    uint64_t at;

    late_in_life(t);
    talk_ticker_stop(t);
    at = talk_ask(t, ASK_POSITIONS, 0);
    talk_think(t);
    t->hold = true;
    asks[ASK_POSITIONS].part(t, 0);
    n = t->out.len < sizeof frame ? t->out.len : sizeof frame;
    memcpy(frame, t->out.bytes, n);
    t->out.len = 0;
    cut = (size_t)talk_between(t, 5, n - 1);
    talk_raw(t, GATEWAY, frame, cut);
    truth_trouble(truth, "live-request-unanswered", "gateway", at, t->tcp.side[GATEWAY].last_ns);
    TRUTH_ADD(truth->stage, "live-gateway-quiet");
    TRUTH_ADD(truth->stage, "partial-startup");
    talk_wait(t, past(t, 10));
    talk_leave_alone(t);
    if (t->others_live)
        answers(truth);
    TRUTH_ADD(truth->mention, "bytes of");
}

/* K14: bytes that are no frames go on coming. */
static void undecodable(struct talk *t, struct truth *truth)
{
    uint8_t junk[64] = {0x7f, 0xff, 0xff, 0xf0, 'x', 'y'};

    if (t->ticking)
        talk_ticker_stop(t);
    talk_subscribe(t, t->next_key++, false);
    talk_think(t);
    for (uint64_t n = talk_between(t, 80, 160); n > 0; n--) {
        for (size_t i = 4; i < sizeof junk; i++)
            junk[i] = (uint8_t)talk_between(t, 128, 255);
        talk_raw(t, GATEWAY, junk, sizeof junk);
        t->tcp.now_ns += 250 * MS;
        junk[0] = 0x80;
    }
    talk_leave(t);
    truth_healthy(truth);
    memset(truth->stage, 0, sizeof truth->stage); /* K14 and case 15 name only the side */
    truth->tell = false;
    answers(truth);
    TRUTH_ADD(truth->never, "quiet-but-healthy");
    TRUTH_ADD(truth->mention, "decode");
}

const struct decider live_deciders[] = {
    {"one-hangs", "K2 K34", "K2, case 02; design 6", 12, 0, TAG_FARM, 0, 0, one_hangs},
    {"only-one-hangs", NULL, "design 6; K27", 8, TAIL, TAG_FARM, 0, 0, only_one_hangs},
    {"startup-hangs", NULL, "catalogue 33", 7, WHOLE | FIRST, 0, 0, 0, startup_hangs},
    {"no-end-marker", "K11", "K11, case 13", 7, TAIL, TAG_FARM, 0, 0, no_end},
    {"snapshot-no-end", "K5", "K5, case 05", 7, TAIL, TAG_FARM, 0, 0, snapshot_no_end},
    {"order-swallowed", NULL, "catalogue 40", 7, 0, TAG_NOTICE, 0, 0, order_swallowed},
    {"left-after-order", "K20", "K20: 5 s are allowed", 8, HEALTHY, 0, 0, 0, left_after_order},
    {"left-with-open", "K33", "K33", 8, HEALTHY | TAIL, 0, 0, 0, left_with_open},
    {"refused-without-id", "K3", "K3, case 03", 8, 0, TAG_NOTICE | TAG_FARM, 0, 0,
     refused_without_id},
    {"one-of-two-refused", "K3", "K3: several are open: one of these", 6, 0, TAG_NOTICE | TAG_FARM,
     0, 0, one_of_two_refused},
    {"ended-by-error", "K9", "K9, case 10", 10, HEALTHY, TAG_FARM, 0, 0, ended_by_error},
    {"ended-asked-again", "K9", "K9: not requested again since", 6, HEALTHY, TAG_FARM, 0, 0,
     ended_and_asked_again},
    {"stops-and-mute", "K17", "K17; design 6", 7, TAIL, TAG_FARM | TAG_NOTICE, 0, 0,
     stops_and_mute},
    {"quiet-market", "K18", "K18, catalogue 52", 12, HEALTHY, 0, 0, 0, quiet_market},
    {"left-after-ticks", "K6", "K6, case 06", 12, HEALTHY, 0, 0, 0, left_after_ticks},
    {"subscriptions-lost", NULL, "catalogue 38", 6, TAIL, TAG_FARM | TAG_LINK, 0, 0,
     subscriptions_lost},
    {"subscribed-again", NULL, "catalogue 38: re-subscribe on 1101", 8, HEALTHY, TAG_FARM, 0, 0,
     subscribed_again},
    {"upstream-lost", "K31", "catalogue 36, K31", 7, TAIL, TAG_FARM | TAG_LINK, 0, 0,
     upstream_lost},
    {"farm-broken", NULL, "catalogue 37", 6, 0, TAG_FARM | TAG_NOTICE, 0, 0, farm_broken},
    {"other-farm", NULL, "catalogue 37: requests served by that farm hang; others work", 6, 0,
     TAG_FARM | TAG_NOTICE, 0, 0, other_farm},
    {"farm-was-back", NULL, "catalogue 37: without 2104 for the same name", 6, 0,
     TAG_FARM | TAG_NOTICE, 0, 0, farm_was_back},
    {"competing-session", NULL, "catalogue 39", 5, 0, TAG_FARM | TAG_NOTICE, 0, 0, competing},
    {"throttled", NULL, "catalogue 35", 6, 0, TAG_FARM, 0, 0, throttled},
    {"throttled-and-served", "K33", "catalogue 35, K33", 5, 0, TAG_FARM, 0, 0,
     throttled_and_served},
    {"read-only", NULL, "catalogue 42", 5, 0, TAG_FARM | TAG_NOTICE, 150, 0, read_only},
    {"write-access", NULL, "catalogue 28, 33", 5, WHOLE | FIRST, 0, 150, 0, write_access},
    {"newer-message", "K10", "K10, case 12", 6, 0, TAG_FARM, 0, 129, newer_message},
    {"given-up", "K25", "K25", 7, 0, TAG_FARM, 0, 0, given_up},
    {"other-id", NULL, "case 18", 6, 0, TAG_FARM, 0, 0, other_id},
    {"quiet-after-link", "K18", "K18", 7, HEALTHY, TAG_FARM | TAG_LINK, 0, 0, quiet_after_link},
    {"closing-bell", NULL, "catalogue 52; tests/verdicts.md: closed market", 4, HEALTHY, TAG_FARM,
     0, 0, closing_bell},
    {"lost-4096", NULL, "catalogue 54", 4, HEALTHY, 0, 0, 200, lost_4096},
    {"reroute", "K19", "K19", 8, HEALTHY, 0, 0, 0, reroute},
    {"farm-stays-broken", "K31", "K31; a farm notice alone must never page anyone", 6, HEALTHY,
     TAG_FARM, 0, 0, farm_stays_broken},
    {"half-frame", "K23", "K23, case 16", 8, TAIL, TAG_FARM, 0, 0, half_frame},
    {"undecodable", "K14", "K14, case 15", 8, 0, TAG_FARM, 0, 0, undecodable},
};
const size_t n_live_deciders = sizeof live_deciders / sizeof live_deciders[0];
