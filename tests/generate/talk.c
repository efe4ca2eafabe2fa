/* talk.c - a TWS session on a film's connection. */
#include "talk.h"
#include "ids.h"
#include <stdlib.h>
#include <string.h>

#define INT(field, n)                                                                              \
    {                                                                                              \
        .name = (field), .kind = STANDIN_INT, .number = (n)                                        \
    }
#define TEXT(field, s)                                                                             \
    {                                                                                              \
        .name = (field), .kind = STANDIN_TEXT, .text = (s)                                         \
    }
#define CENTS(field, c)                                                                            \
    {                                                                                              \
        .name = (field), .kind = STANDIN_CENTS, .number = (c)                                      \
    }
#define CONTRACT                                                                                   \
    INT("conId", 265598), TEXT("symbol", "AAPL"), TEXT("secType", "STK"),                          \
        TEXT("exchange", "SMART"), TEXT("currency", "USD")
#define SAY(t, from, id, ...)                                                                      \
    do {                                                                                           \
        const struct standin_value rows_[] = {__VA_ARGS__};                                        \
        say((t), (from), (id), rows_, sizeof rows_ / sizeof rows_[0]);                             \
    } while (0)

/* ---- bytes and time ---- */

uint64_t talk_between(struct talk *t, uint64_t low, uint64_t high)
{
    return random_between(t->random, low, high);
}

void talk_wait(struct talk *t, uint64_t ns)
{
    uint64_t until = t->tcp.now_ns + ns;

    while (t->ticking && t->tick_next_ns < until) {
        if (t->tick_next_ns > t->tcp.now_ns)
            t->tcp.now_ns = t->tick_next_ns;
        talk_tick(t, t->tick_key);
        t->tick_next_ns = t->tick_last_ns + t->tick_every_ns * talk_between(t, 50, 150) / 100;
    }
    if (until > t->tcp.now_ns)
        t->tcp.now_ns = until;
}

void talk_wait_between(struct talk *t, uint64_t low, uint64_t high)
{
    talk_wait(t, talk_between(t, low, high));
}

void talk_think(struct talk *t)
{
    t->tcp.now_ns += talk_between(t, MS / 2, 8 * MS);
}

void talk_flush(struct talk *t, enum side from)
{
    if (t->out.full)
        abort();
    film_say(&t->tcp, from, t->out.bytes, t->out.len);
    t->out.len = 0;
    t->hold = false;
}

void talk_raw(struct talk *t, enum side from, const void *p, size_t n)
{
    standin_out_put(&t->out, p, n);
    talk_flush(t, from);
}

void talk_payload(struct talk *t, enum side from, const void *p, size_t n)
{
    standin_put_payload(&t->out, p, n);
    talk_flush(t, from);
}

static void say(struct talk *t, enum side from, int32_t id, const struct standin_value *values,
                size_t n)
{
    const struct standin_form form = {from == CLIENT ? TWS_CLIENT : TWS_GATEWAY, t->version};

    standin_put(&t->out, form, id, values, n);
    if (!t->hold)
        talk_flush(t, from);
}

/* ---- the handshake ---- */

void talk_hello(struct talk *t)
{
    char text[40];
    uint8_t b[64] = "API";
    int n = snprintf(text, sizeof text, "v%u..%u", t->range[0], t->range[1]);

    if (t->range[0] == t->range[1])
        n = snprintf(text, sizeof text, "v%u", t->range[0]);
    b[7] = (uint8_t)n;
    memcpy(b + 8, text, (size_t)n);
    t->hello_ns = t->tcp.now_ns;
    talk_raw(t, CLIENT, b, 8 + (size_t)n);
}

size_t talk_reply_bytes(const struct talk *t, uint8_t *out, size_t size)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%u%c20260105 10:00:00 EST", t->version, 0);

    if (n < 0 || (size_t)n + 5 > size)
        abort();
    memset(out, 0, 3);
    out[3] = (uint8_t)(n + 1);
    memcpy(out + 4, text, (size_t)n + 1);
    return (size_t)n + 5;
}

void talk_reply(struct talk *t)
{
    uint8_t b[80];
    size_t n = talk_reply_bytes(t, b, sizeof b);

    t->version_ns = t->tcp.now_ns;
    talk_raw(t, GATEWAY, b, n);
}

void talk_start_api(struct talk *t)
{
    t->start_ns = t->tcp.now_ns;
    SAY(t, CLIENT, TWS_OUT_START_API, INT("version", 2), INT("clientId", t->client_id));
}

void talk_accounts(struct talk *t, const char *list)
{
    SAY(t, GATEWAY, TWS_IN_MANAGED_ACCOUNTS, INT("version", 1), TEXT("accountsList", list));
}

void talk_next_id(struct talk *t)
{
    SAY(t, GATEWAY, TWS_IN_NEXT_VALID_ID, INT("version", 1), INT("orderId", t->next_order));
}

void talk_welcome(struct talk *t)
{
    t->hold = true;
    talk_accounts(t, "DU0000001");
    talk_next_id(t);
    talk_error(t, -1, 2104, "Market data farm connection is OK:usfarm");
    talk_error(t, -1, 2106, "HMDS data farm connection is OK:ushmds");
    talk_error(t, -1, 2158, "Sec-def data farm connection is OK:secdefnj");
    t->ready_ns = t->tcp.now_ns;
    talk_flush(t, GATEWAY);
}

void talk_begin(struct talk *t)
{
    film_open(&t->tcp);
    talk_wait_between(t, MS / 10, 2 * MS);
    talk_hello(t);
    talk_wait_between(t, MS, 40 * MS);
    talk_reply(t);
    talk_wait_between(t, MS / 10, 3 * MS);
    talk_start_api(t);
    talk_wait_between(t, 2 * MS, 300 * MS);
    talk_welcome(t);
    talk_wait_between(t, MS, 20 * MS);
}

void talk_error(struct talk *t, int32_t key, int code, const char *text)
{
    SAY(t, GATEWAY, TWS_IN_ERROR, INT("version", 2), INT("reqId", key), INT("errorCode", code),
        TEXT("errorMsg", text), INT("errorTime", (int64_t)(t->tcp.now_ns / MS)));
}

/* ---- requests and their replies ---- */

static void ask_time(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_CURRENT_TIME, INT("version", 1));
}

static void answer_time(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, GATEWAY, TWS_IN_CURRENT_TIME, INT("version", 1),
        INT("time", (int64_t)(t->tcp.now_ns / SEC)));
}

static void ask_positions(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_POSITIONS, INT("version", 1));
}

static void part_positions(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, GATEWAY, TWS_IN_POSITION, INT("version", 3), TEXT("account", "DU0000001"), CONTRACT,
        INT("position", 100), CENTS("avgCost", 18425));
}

static void answer_positions(struct talk *t, int32_t key)
{
    if (random_percent(t->random, 50))
        part_positions(t, key);
    SAY(t, GATEWAY, TWS_IN_POSITION_END, INT("version", 1));
}

static void ask_open_orders(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_OPEN_ORDERS, INT("version", 1));
}

static void ask_all_open_orders(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_ALL_OPEN_ORDERS, INT("version", 1));
}

static void part_open_orders(struct talk *t, int32_t key)
{
    (void)key;
    talk_open_order(t, 7);
    talk_order_status(t, 7, "Submitted");
}

static void answer_open_orders(struct talk *t, int32_t key)
{
    if (random_percent(t->random, 50))
        part_open_orders(t, key);
    SAY(t, GATEWAY, TWS_IN_OPEN_ORDER_END, INT("version", 1));
}

static void ask_executions(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_REQ_EXECUTIONS, INT("version", 3), INT("reqId", key));
}

static void answer_executions(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_EXEC_DETAILS_END, INT("version", 1), INT("reqId", key));
}

static void ask_completed(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_COMPLETED_ORDERS, INT("apiOnly", 0));
}

static void answer_completed(struct talk *t, int32_t key)
{
    (void)key;
    say(t, GATEWAY, TWS_IN_COMPLETED_ORDERS_END, NULL, 0);
}

static void ask_account(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_ACCOUNT_UPDATES, INT("version", 2), INT("subscribe", 1),
        TEXT("acctCode", "DU0000001"));
}

static void part_account(struct talk *t, int32_t key)
{
    (void)key;
    for (int i = 0; i < 3; i++)
        SAY(t, GATEWAY, TWS_IN_UPDATE_ACCOUNT_VALUE, INT("version", 2), TEXT("key", "NetLiq"),
            CENTS("val", 100000 + i), TEXT("currency", "USD"), TEXT("accountName", "DU0000001"));
}

static void answer_account(struct talk *t, int32_t key)
{
    part_account(t, key);
    SAY(t, GATEWAY, TWS_IN_ACCOUNT_DOWNLOAD_END, INT("version", 1),
        TEXT("accountName", "DU0000001"));
}

static void ask_ids(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_IDS, INT("version", 1), INT("numIds", 1));
}

static void answer_ids(struct talk *t, int32_t key)
{
    (void)key;
    talk_next_id(t);
}

static void ask_contract(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_REQ_CONTRACT_DETAILS, INT("version", 8), INT("reqId", key), CONTRACT);
}

static void part_contract(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_CONTRACT_DETAILS, INT("version", 8), INT("reqId", key),
        TEXT("symbol", "AAPL"), TEXT("secType", "STK"), TEXT("exchange", "SMART"),
        TEXT("currency", "USD"), INT("conId", 265598));
}

static void answer_contract(struct talk *t, int32_t key)
{
    part_contract(t, key);
    SAY(t, GATEWAY, TWS_IN_CONTRACT_DETAILS_END, INT("version", 1), INT("reqId", key));
}

static void ask_history(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_REQ_HISTORICAL_DATA, INT("version", 6), INT("reqId", key), CONTRACT,
        TEXT("barSizeSetting", "1 min"), TEXT("durationStr", "1 D"), INT("useRTH", 1),
        TEXT("whatToShow", "TRADES"), INT("formatDate", 1));
}

static void part_history(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_HISTORICAL_DATA, INT("version", 3), INT("reqId", key),
        TEXT("startDateStr", "20260104 10:00:00"), TEXT("endDateStr", "20260105 10:00:00"));
}

static void answer_history(struct talk *t, int32_t key)
{
    part_history(t, key);
    if (t->version >= 196)
        SAY(t, GATEWAY, TWS_IN_HISTORICAL_DATA_END, INT("reqId", key),
            TEXT("startDateStr", "20260104 10:00:00"), TEXT("endDateStr", "20260105 10:00:00"));
}

static void ask_head_time(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_REQ_HEAD_TIMESTAMP, INT("reqId", key), CONTRACT, INT("useRTH", 1),
        TEXT("whatToShow", "TRADES"), INT("formatDate", 1));
}

static void answer_head_time(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_HEAD_TIMESTAMP, INT("reqId", key),
        TEXT("headTimestamp", "20010103 14:30:00"));
}

static void ask_symbols(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_REQ_MATCHING_SYMBOLS, INT("reqId", key), TEXT("pattern", "AAP"));
}

static void answer_symbols(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_SYMBOL_SAMPLES, INT("reqId", key));
}

static void ask_scanner(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, CLIENT, TWS_OUT_REQ_SCANNER_PARAMETERS, INT("version", 1));
}

static void answer_scanner(struct talk *t, int32_t key)
{
    (void)key;
    SAY(t, GATEWAY, TWS_IN_SCANNER_PARAMETERS, INT("version", 1), TEXT("xml", "<xml/>"));
}

/* protocol/request_response.tsv: kinds and end markers; docs/man/twstap.1: times. */
const struct ask asks[ASKS] = {
    [ASK_TIME] = {"reqCurrentTime", 0, 10, false, ask_time, NULL, answer_time},
    [ASK_POSITIONS] = {"reqPositions", 0, 10, true, ask_positions, part_positions,
                       answer_positions},
    [ASK_OPEN_ORDERS] = {"reqOpenOrders", 0, 10, true, ask_open_orders, part_open_orders,
                         answer_open_orders},
    [ASK_ALL_OPEN_ORDERS] = {"reqAllOpenOrders", 0, 10, true, ask_all_open_orders, part_open_orders,
                             answer_open_orders},
    [ASK_EXECUTIONS] = {"reqExecutions", 0, 10, true, ask_executions, NULL, answer_executions},
    [ASK_COMPLETED] = {"reqCompletedOrders", 150, 10, true, ask_completed, NULL, answer_completed},
    [ASK_ACCOUNT] = {"reqAccountUpdates", 0, 10, true, ask_account, part_account, answer_account},
    [ASK_IDS] = {"reqIds", 0, 10, false, ask_ids, NULL, answer_ids},
    [ASK_CONTRACT] = {"reqContractDetails", 0, 90, false, ask_contract, part_contract,
                      answer_contract},
    [ASK_HISTORY] = {"reqHistoricalData", 0, 90, false, ask_history, NULL, answer_history},
    [ASK_HEAD_TIME] = {"reqHeadTimestamp", 126, 90, false, ask_head_time, NULL, answer_head_time},
    [ASK_SYMBOLS] = {"reqMatchingSymbols", 108, 90, false, ask_symbols, NULL, answer_symbols},
    [ASK_SCANNER] = {"reqScannerParameters", 0, 90, false, ask_scanner, NULL, answer_scanner},
};

uint64_t talk_ask(struct talk *t, enum ask_id what, int32_t key)
{
    uint64_t at = t->tcp.now_ns;

    asks[what].ask(t, key);
    return at;
}

void talk_answer(struct talk *t, enum ask_id what, int32_t key)
{
    t->hold = true;
    asks[what].answer(t, key);
    talk_flush(t, GATEWAY);
}

void talk_ask_and_answer(struct talk *t, enum ask_id what)
{
    int32_t key = t->next_key++;

    talk_ask(t, what, key);
    talk_think(t);
    talk_answer(t, what, key);
}

enum ask_id talk_any_ask(struct talk *t, unsigned but)
{
    enum ask_id what;

    do
        what = (enum ask_id)talk_between(t, 0, ASKS - 1);
    while (asks[what].since > t->version || (but >> what & 1));
    return what;
}

/* ---- subscriptions ---- */

uint64_t talk_subscribe(struct talk *t, int32_t key, bool snapshot)
{
    uint64_t at = t->tcp.now_ns;

    SAY(t, CLIENT, TWS_OUT_REQ_MKT_DATA, INT("version", 11), INT("reqId", key), CONTRACT,
        INT("snapshot", snapshot));
    return at;
}

void talk_tick(struct talk *t, int32_t key)
{
    t->tick_last_ns = t->tcp.now_ns;
    SAY(t, GATEWAY, TWS_IN_TICK_PRICE, INT("version", 6), INT("reqId", key), INT("tickType", 1),
        CENTS("price", (int64_t)talk_between(t, 18000, 19000)),
        INT("size", (int64_t)talk_between(t, 1, 900)));
}

void talk_snapshot_end(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_TICK_SNAPSHOT_END, INT("version", 1), INT("reqId", key));
}

void talk_unsubscribe(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_CANCEL_MKT_DATA, INT("version", 2), INT("reqId", key));
}

void talk_cancel_history(struct talk *t, int32_t key)
{
    SAY(t, CLIENT, TWS_OUT_CANCEL_HISTORICAL_DATA, INT("version", 1), INT("reqId", key));
}

void talk_reroute(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_REROUTE_MKT_DATA_REQ, INT("reqId", key), INT("conId", 265598),
        TEXT("exchange", "NASDAQ"));
}

uint64_t talk_bars(struct talk *t, int32_t key)
{
    uint64_t at = t->tcp.now_ns;

    SAY(t, CLIENT, TWS_OUT_REQ_REAL_TIME_BARS, INT("version", 3), INT("reqId", key), CONTRACT,
        INT("barSize", 5), TEXT("whatToShow", "TRADES"), INT("useRTH", 1));
    return at;
}

void talk_bar(struct talk *t, int32_t key)
{
    SAY(t, GATEWAY, TWS_IN_REALTIME_BAR, INT("version", 3), INT("reqId", key),
        INT("time", (int64_t)(t->tcp.now_ns / SEC)), CENTS("open", 18425), CENTS("high", 18450),
        CENTS("low", 18400), CENTS("close", 18430), INT("volume", 1200), CENTS("wap", 18427),
        INT("count", 12));
}

uint64_t talk_order(struct talk *t, int32_t order)
{
    uint64_t at = t->tcp.now_ns;

    SAY(t, CLIENT, TWS_OUT_PLACE_ORDER, INT("version", 45), INT("orderId", order), CONTRACT,
        TEXT("action", "BUY"), INT("totalQuantity", 100), TEXT("orderType", "LMT"),
        CENTS("lmtPrice", 18425), TEXT("tif", "DAY"), INT("transmit", 1));
    return at;
}

void talk_order_status(struct talk *t, int32_t order, const char *status)
{
    SAY(t, GATEWAY, TWS_IN_ORDER_STATUS, INT("version", 6), INT("orderId", order),
        TEXT("status", status), INT("filled", 0), INT("remaining", 100), INT("permId", 900 + order),
        INT("clientId", t->client_id));
}

void talk_open_order(struct talk *t, int32_t order)
{
    SAY(t, GATEWAY, TWS_IN_OPEN_ORDER, INT("version", 34), INT("orderId", order), CONTRACT,
        TEXT("action", "BUY"), INT("totalQuantity", 100), TEXT("orderType", "LMT"),
        CENTS("lmtPrice", 18425), TEXT("tif", "DAY"), INT("clientId", t->client_id));
}

void talk_ticker(struct talk *t, uint64_t every_ns)
{
    t->tick_key = t->next_key++;
    talk_subscribe(t, t->tick_key, false);
    talk_think(t);
    talk_tick(t, t->tick_key);
    t->ticking = true;
    t->tick_every_ns = every_ns;
    t->tick_next_ns = t->tcp.now_ns + every_ns;
}

void talk_ticker_stop(struct talk *t)
{
    t->ticking = false;
}

/* ---- the end ---- */

void talk_leave(struct talk *t)
{
    if (t->ends_open)
        return;
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
}

void talk_leave_alone(struct talk *t)
{
    if (!t->ends_open)
        film_fin(&t->tcp, CLIENT);
}

void talk_off_the_quarter(struct talk *t)
{
    uint64_t at = t->tcp.now_ns / SEC % 900;

    if (at < 30)
        talk_wait(t, (45 - at) * SEC);
    else if (at > 840)
        talk_wait(t, (945 - at) * SEC);
}
