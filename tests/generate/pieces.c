/* pieces.c - what healthy sessions do; each leaves nothing open that is due. */
#include "behaviour.h"

void behave_polls(struct talk *t, uint64_t ns)
{
    uint64_t until = t->tcp.now_ns + ns;

    while (t->tcp.now_ns < until) {
        talk_wait_between(t, 1500 * MS, 4 * SEC);
        talk_ask_and_answer(t, ASK_TIME);
    }
}

static void polls(struct talk *t, struct truth *truth)
{
    (void)truth;
    behave_polls(t, talk_between(t, 4, 15) * SEC);
    talk_wait_between(t, 1500 * MS, 3 * SEC);
}

static void mixed(struct talk *t, struct truth *truth)
{
    (void)truth;
    for (uint64_t n = talk_between(t, 3, 9); n > 0; n--) {
        talk_ask_and_answer(t, talk_any_ask(t, 1u << ASK_TIME));
        talk_wait_between(t, 20 * MS, 900 * MS);
    }
}

static void idle(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_wait_between(t, 5 * SEC, 240 * SEC);
}

static void lists(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_ask_and_answer(t, ASK_POSITIONS);
    talk_ask_and_answer(t, ASK_OPEN_ORDERS);
    talk_ask_and_answer(t, ASK_ACCOUNT);
    talk_wait_between(t, 50 * MS, SEC);
}

static void stream(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_ticker(t, talk_between(t, 100, 500) * MS);
    talk_wait_between(t, 5 * SEC, 20 * SEC);
    talk_ticker_stop(t);
    talk_unsubscribe(t, t->tick_key);
    talk_wait_between(t, 100 * MS, 3 * SEC);
}

/* A subscription of an instrument that is seldom traded. */
static void slow_stream(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_ticker(t, talk_between(t, 12, 40) * SEC);
    talk_wait_between(t, 60 * SEC, 180 * SEC);
    talk_ticker_stop(t);
    talk_unsubscribe(t, t->tick_key);
    talk_wait_between(t, 100 * MS, 3 * SEC);
}

static void sister(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_ticker(t, talk_between(t, 150, 900) * MS);
    talk_wait_between(t, 3 * SEC, 12 * SEC);
}

/* Clients give history up after 60 s: who answers within that was slow, not silent. */
static void slow_history(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    (void)truth;
    talk_ask(t, ASK_HISTORY, key);
    talk_wait_between(t, 11 * SEC, 55 * SEC);
    talk_answer(t, ASK_HISTORY, key);
    talk_wait_between(t, 100 * MS, 2 * SEC);
}

static void burst(struct talk *t, uint64_t n, uint64_t ns)
{
    for (uint64_t i = 0; i < n; i++) {
        talk_ask(t, ASK_IDS, 0);
        talk_answer(t, ASK_IDS, 0);
        talk_wait(t, ns / n);
    }
}

static void burst_below(struct talk *t, struct truth *truth)
{
    (void)truth;
    burst(t, talk_between(t, 20, 38), 900 * MS);
    talk_wait_between(t, 2 * SEC, 5 * SEC);
}

static void burst_above(struct talk *t, struct truth *truth)
{
    (void)truth;
    burst(t, talk_between(t, 55, 75), 800 * MS);
    talk_wait_between(t, 2 * SEC, 20 * SEC);
}

static void idle_farms(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_error(t, -1, 2107,
               "HMDS data farm connection is inactive but should be available upon "
               "demand.ushmds");
    talk_error(t, -1, 2108,
               "Market data farm connection is inactive but should be available upon "
               "demand.usfuture");
    talk_error(t, -1, 2119, "Market data farm is connecting:usopt");
    talk_wait_between(t, SEC, 20 * SEC);
}

static void farm_back(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_error(t, -1, 2103, "Market data farm connection is broken:usfarm");
    talk_wait_between(t, 2 * SEC, 30 * SEC);
    talk_error(t, -1, 2104, "Market data farm connection is OK:usfarm");
    talk_wait_between(t, SEC, 5 * SEC);
}

static void farm_stays_broken(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_error(t, -1, 2105, "HMDS data farm connection is broken:cashhmds");
    talk_wait_between(t, SEC, 15 * SEC);
}

static void link_back(struct talk *t, struct truth *truth)
{
    (void)truth;
    talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait_between(t, 3 * SEC, 60 * SEC);
    talk_error(t, -1, 1102,
               "Connectivity between IBKR and TWS has been restored - data maintained.");
    talk_wait_between(t, SEC, 5 * SEC);
    behave_polls(t, 3 * SEC);
    talk_wait_between(t, 2 * SEC, 3 * SEC);
}

static void no_contract(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    (void)truth;
    talk_ask(t, ASK_CONTRACT, key);
    talk_think(t);
    talk_error(t, key, 200, "No security definition has been found for the request");
    talk_wait_between(t, SEC, 10 * SEC);
}

static void rejected_order(struct talk *t, struct truth *truth)
{
    int32_t order = t->next_order++;

    (void)truth;
    talk_order(t, order);
    talk_think(t);
    talk_error(t, order, 201, "Order rejected - reason: no permission");
    talk_wait_between(t, SEC, 10 * SEC);
}

static void order(struct talk *t, struct truth *truth)
{
    int32_t number = t->next_order++;

    (void)truth;
    talk_order(t, number);
    talk_wait_between(t, 2 * MS, 900 * MS);
    talk_open_order(t, number);
    talk_order_status(t, number, "Submitted");
    talk_wait_between(t, SEC, 20 * SEC);
    if (random_percent(t->random, 50))
        talk_order_status(t, number, "Filled");
    talk_wait_between(t, SEC, 3 * SEC);
}

static void cancelled(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    (void)truth;
    talk_ask(t, ASK_HISTORY, key);
    talk_wait_between(t, SEC, 8 * SEC);
    talk_cancel_history(t, key);
    talk_wait_between(t, 100 * MS, 20 * SEC);
}

/* IB's documentation: a snapshot is complete within 11 s. */
static void snapshot(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;

    (void)truth;
    talk_subscribe(t, key, true);
    talk_think(t);
    talk_tick(t, key);
    talk_wait_between(t, 300 * MS, 10900 * MS);
    talk_snapshot_end(t, key);
    talk_wait_between(t, SEC, 20 * SEC);
}

static void window_for_a_moment(struct talk *t, struct truth *truth)
{
    (void)truth;
    t->tcp.side[CLIENT].window = 0;
    film_ack(&t->tcp, CLIENT);
    t->tcp.now_ns += talk_between(t, 100, 800) * MS;
    t->tcp.side[CLIENT].window = 65535;
    film_ack(&t->tcp, CLIENT);
    t->tcp.now_ns += 50 * MS;
    talk_ask_and_answer(t, ASK_IDS);
    talk_wait_between(t, SEC, 3 * SEC);
}

static void in_pieces(struct talk *t, struct truth *truth)
{
    uint8_t copy[4096];
    size_t len;

    (void)truth;
    talk_ask(t, ASK_ACCOUNT, 0);
    talk_think(t);
    t->hold = true;
    asks[ASK_ACCOUNT].answer(t, 0);
    len = t->out.len < sizeof copy ? t->out.len : sizeof copy;
    for (size_t i = 0; i < len; i++)
        copy[i] = t->out.bytes[i];
    t->out.len = 0;
    t->hold = false;
    for (size_t at = 0, n; at < len; at += n) {
        n = (size_t)talk_between(t, 1, 40);
        n = n < len - at ? n : len - at;
        talk_raw(t, GATEWAY, copy + at, n);
        t->tcp.now_ns += talk_between(t, MS / 10, 30 * MS);
    }
    talk_wait_between(t, SEC, 4 * SEC);
}

/* A message that no table has: a newer peer.  Readers go on. */
static void unknown_message(struct talk *t, struct truth *truth)
{
    static const char text[] = "188\0001\000new\0007", raw[] = "\0\0\0\xbc"
                                                               "1\000new\0007";

    (void)truth;
    if (t->version < 201)
        talk_payload(t, GATEWAY, text, sizeof text);
    else
        talk_payload(t, GATEWAY, raw, sizeof raw);
    talk_wait_between(t, SEC, 4 * SEC);
    talk_ask_and_answer(t, ASK_IDS);
    talk_wait_between(t, SEC, 4 * SEC);
}

/* The client's frames may come in pieces too, and several in one segment. */
static void requests_together(struct talk *t, struct truth *truth)
{
    uint8_t copy[1024];
    size_t len, cut;

    (void)truth;
    t->hold = true;
    asks[ASK_POSITIONS].ask(t, 0);
    asks[ASK_ALL_OPEN_ORDERS].ask(t, 0);
    asks[ASK_IDS].ask(t, 0);
    len = t->out.len < sizeof copy ? t->out.len : sizeof copy;
    for (size_t i = 0; i < len; i++)
        copy[i] = t->out.bytes[i];
    t->out.len = 0;
    t->hold = false;
    cut = (size_t)talk_between(t, 1, len - 1);
    talk_raw(t, CLIENT, copy, cut);
    t->tcp.now_ns += talk_between(t, MS, 50 * MS);
    talk_raw(t, CLIENT, copy + cut, len - cut);
    talk_think(t);
    talk_answer(t, ASK_IDS, 0);
    talk_answer(t, ASK_POSITIONS, 0);
    talk_answer(t, ASK_ALL_OPEN_ORDERS, 0);
    talk_wait_between(t, SEC, 4 * SEC);
}

const struct piece pieces[] = {
    {"polls", "catalogue 0", TAG_TIME, polls},
    {"mixed", "request_response.tsv", 0, mixed},
    {"idle", "design 2.6: an idle connection is not a silent one", 0, idle},
    {"lists", "catalogue 0, steps 6 and 7", 0, lists},
    {"stream", "request_response.tsv reqMktData", 0, stream},
    {"slow-stream", "catalogue 52", 0, slow_stream},
    {"sister", "K34", TAG_TICKS, sister},
    {"slow-history", "twstap(1) --slow-timeout", 0, slow_history},
    {"burst-below", "catalogue 41: about 50 a second", TAG_NOTICE, burst_below},
    {"burst-above", "K4, catalogue 41: no code 100, no close", TAG_BURST | TAG_NOTICE, burst_above},
    {"idle-farms", "catalogue 37: idle notices, not faults", TAG_NO_GAP, idle_farms},
    {"farm-back", "catalogue 37: the matching 2104", TAG_NO_GAP, farm_back},
    {"farm-stays-broken", "K31; a farm notice alone must never page anyone", TAG_FARM | TAG_NO_GAP,
     farm_stays_broken},
    {"link-back", "catalogue 36", TAG_LINK | TAG_NO_GAP, link_back},
    {"no-contract", "request_response.tsv reqContractDetails: error 200 replaces the list",
     TAG_NOTICE | TAG_NO_GAP, no_contract},
    {"rejected-order", "error_codes.tsv 201", TAG_NOTICE | TAG_ORDER | TAG_NO_GAP, rejected_order},
    {"order", "request_response.tsv placeOrder", TAG_ORDER, order},
    {"cancelled", "request_response.tsv cancelHistoricalData", 0, cancelled},
    {"snapshot", "K5, request_response.tsv reqMktData: within 11 s", 0, snapshot},
    {"window-for-a-moment", "catalogue 43: ends when the client reads again", TAG_WIRE,
     window_for_a_moment},
    {"unknown-message", "protocol/README.md: a newer peer: keep them, do not fail", 0,
     unknown_message},
    {"requests-together", "handshake.md 5: several frames may share a segment", 0,
     requests_together},
    {"in-pieces", "design 3: the same bytes give the same events", 0, in_pieces},
};
const size_t n_pieces = sizeof pieces / sizeof pieces[0];
