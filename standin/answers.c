#include "answers.h"
#include "ids.h"
#include "script.h"
#include "text.h"
#include "wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACCOUNT     "DU0000001"
#define ACCOUNTS    ACCOUNT ",DU0000002"
#define SYMBOL_SIZE 24 /* bytes, with the NUL */

/* Values, as short as a table wants them. */
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
#define ITEMS(field, list, count)                                                                  \
    {                                                                                              \
        .name = (field), .kind = STANDIN_ITEMS, .items = (list), .n = (count)                      \
    }
#define ITEM(list)                                                                                 \
    {                                                                                              \
        .values = (list), .n = sizeof(list) / sizeof((list)[0])                                    \
    }
#define VERSION(n) INT("version", n)

static void date_text(double when, const char *format, char *buf, size_t size)
{
    time_t t = (time_t)when;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(buf, size, format, &tm) == 0)
        buf[0] = '\0';
}

/* --- the handshake -------------------------------------------------------------------------- */

static void say_two_fields(struct standin_talk *t, long long number, const char *text)
{
    char b[320];
    int n = snprintf(b, sizeof b, "%lld%c%s", number, 0, text);

    if (n > 0 && (size_t)n < sizeof b)
        standin_put_payload(t->out, b, (size_t)n + 1);
}

void standin_say_version(struct standin_talk *t)
{
    char time[48];

    date_text(t->now, "%Y%m%d %H:%M:%S STAND-IN", time, sizeof time);
    say_two_fields(t, t->form.version, time);
}

void standin_say_redirect(struct standin_talk *t, const char *where)
{
    say_two_fields(t, -1, where);
}

static void say_error(struct standin_talk *t, int64_t req_id, int code, const char *text)
{
    const struct standin_value rows[] = {
        VERSION(2),
        INT("reqId", req_id),
        INT("errorCode", code),
        TEXT("errorMsg", text),
        INT("errorTime", (int64_t)(t->now * 1000)),
    };

    STANDIN_PUT(t->out, t->form, TWS_IN_ERROR, rows);
}

static void say_accounts(struct standin_talk *t, const char *list)
{
    const struct standin_value rows[] = {VERSION(1), TEXT("accountsList", list)};

    STANDIN_PUT(t->out, t->form, TWS_IN_MANAGED_ACCOUNTS, rows);
}

static void say_next_id(struct standin_talk *t)
{
    const struct standin_value rows[] = {VERSION(1), INT("orderId", 1)};

    STANDIN_PUT(t->out, t->form, TWS_IN_NEXT_VALID_ID, rows);
}

void standin_say_welcome(struct standin_talk *t, uint32_t welcome)
{
    if (welcome & STANDIN_ACCOUNTS)
        say_accounts(t, ACCOUNTS);
    if (welcome & STANDIN_EMPTY_ACCOUNTS)
        say_accounts(t, "");
    if (welcome & STANDIN_NEXT_ID)
        say_next_id(t);
    if (welcome & STANDIN_FARMS) {
        say_error(t, -1, 2104, "Market data farm connection is OK:stand-in");
        say_error(t, -1, 2106, "HMDS data farm connection is OK:stand-in");
        say_error(t, -1, 2158, "Sec-def data farm connection is OK:stand-in");
    }
}

void standin_say_id_in_use(struct standin_talk *t)
{
    say_error(t, -1, 326,
              "Unable to connect as the client id is already in use. Retry with a unique client "
              "id. (stand-in)");
}

void standin_say_upstream_lost(struct standin_talk *t)
{
    say_error(t, -1, 1100,
              "Connectivity between IBKR and Trader Workstation has been lost. (stand-in)");
}

/* --- what a request says -------------------------------------------------------------------- */

/* The text request's field at `ordinal`, counted from 1 behind the id. */
static struct tws_cursor text_field(const struct tws_message *m, unsigned ordinal)
{
    struct tws_cursor body = m->body, field = {0};

    for (unsigned i = 0; i < ordinal; i++)
        if (!tws_text_next(&body, &field, NULL))
            return (struct tws_cursor){0};
    return field;
}

/* The text request's field that `back` others follow. */
static struct tws_cursor text_field_from_end(const struct tws_message *m, unsigned back)
{
    struct tws_cursor body = m->body, field;
    unsigned n = 0;

    while (tws_text_next(&body, &field, NULL))
        n++;
    return n > back ? text_field(m, n - back) : (struct tws_cursor){0};
}

/* The last protobuf field `tag` of `in`; false: absent, or not a protobuf body. */
static bool wire_field(struct tws_cursor in, uint32_t tag, struct tws_wire_field *out)
{
    struct tws_wire_field f;
    bool found = false;

    while (tws_wire_next(&in, &f) == TWS_WIRE_FIELD)
        if (f.number == tag) {
            *out = f;
            found = true;
        }
    return found;
}

/* A text of the contract a request names: by ordinal in the text form, by tag in Contract, which
 * is field 2 of each request asked here.  Only letters, digits and a few others pass. */
static void contract_text(const struct tws_message *m, unsigned ordinal, uint32_t tag,
                          char out[SYMBOL_SIZE])
{
    struct tws_cursor text = {0};
    struct tws_wire_field contract, f;
    size_t n = 0;

    if (m->form != TWS_FORM_PROTOBUF)
        text = text_field(m, ordinal);
    else if (wire_field(m->body, 2, &contract) && wire_field(contract.bytes, tag, &f))
        text = f.bytes;
    for (size_t i = 0; i < text.left && n + 1 < SYMBOL_SIZE; i++) {
        char c = (char)text.p[i];

        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ' ')
            out[n++] = c;
    }
    out[n] = '\0';
}

static bool is_snapshot(const struct tws_message *m)
{
    struct tws_wire_field f;
    int64_t flag = 0;

    if (m->form == TWS_FORM_PROTOBUF)
        return wire_field(m->body, 4, &f) && f.value != 0;
    /* Combo legs move it, counted from the front. */
    tws_text_int(text_field_from_end(m, m->server_version >= 114 ? 2 : 1), &flag);
    return flag != 0;
}

/* --- answers -------------------------------------------------------------------------------- */

static void answer_time(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value rows[] = {VERSION(1), INT("time", (int64_t)t->now)};

    (void)m;
    (void)key;
    STANDIN_PUT(t->out, t->form, TWS_IN_CURRENT_TIME, rows);
}

static void answer_time_millis(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value rows[] = {INT("timeInMillis", (int64_t)(t->now * 1000))};

    (void)m;
    (void)key;
    STANDIN_PUT(t->out, t->form, TWS_IN_CURRENT_TIME_IN_MILLIS, rows);
}

static void answer_ids(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    (void)m;
    (void)key;
    say_next_id(t);
}

static void answer_accounts(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    (void)m;
    (void)key;
    say_accounts(t, ACCOUNTS);
}

#define SESSIONS                                                                                   \
    "20261123:0400-20261123:2000;20261124:0400-20261124:2000;20261125:0400-20261125:2000;"         \
    "20261126:CLOSED"
#define LIQUID                                                                                     \
    "20261123:0930-20261123:1600;20261124:0930-20261124:1600;20261125:0930-20261125:1600;"         \
    "20261126:CLOSED"
#define ORDER_TYPES                                                                                \
    "ACTIVETIM,ADJUST,ALERT,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,GAT,GTC,GTD,IOC,LIT,"    \
    "LMT,LOC,MIT,MKT,MOC,MTL,OCA,OPG,SCALE,SNAPMID,SNAPMKT,SNAPREL,STP,STPLMT,TRAIL,TRAILLIT,"     \
    "TRAILLMT,WHATIF"

static void say_contract(struct standin_talk *t, int64_t key, const char *symbol)
{
    char name[64];
    const struct standin_value isin[] = {TEXT("tag", "ISIN"), TEXT("value", "XX0000000001")};
    const struct standin_item sec_ids[] = {ITEM(isin)};
    const struct standin_value rows[] = {
        VERSION(8),
        INT("reqId", key),
        TEXT("symbol", symbol),
        TEXT("secType", "STK"),
        CENTS("strike", 0),
        TEXT("exchange", "SMART"),
        TEXT("currency", "USD"),
        TEXT("localSymbol", symbol),
        TEXT("marketName", "NMS"),
        TEXT("tradingClass", "NMS"),
        INT("conId", 265598),
        TEXT("minTick", "0.01"),
        INT("mdSizeMultiplier", 100),
        TEXT("orderTypes", ORDER_TYPES),
        TEXT("validExchanges", "SMART,NASDAQ"),
        INT("priceMagnifier", 1),
        INT("underConId", 0),
        TEXT("longName", name),
        TEXT("primaryExchange", "NASDAQ"),
        TEXT("industry", "Technology"),
        TEXT("category", "Computers"),
        TEXT("subcategory", "Stand-ins"),
        TEXT("timeZoneId", "US/Eastern"),
        TEXT("tradingHours", SESSIONS),
        TEXT("liquidHours", LIQUID),
        TEXT("evMultiplier", ""), /* usually empty */
        ITEMS("secIdListCount", sec_ids, 1),
        INT("aggGroup", 1),
        TEXT("marketRuleIds", "26,26"),
        TEXT("stockType", "COMMON"),
        TEXT("sizeMinTick", "1"),
        TEXT("minSize", "0.0001"),
        TEXT("sizeIncrement", "0.0001"),
        TEXT("suggestedSizeIncrement", "100"),
    };

    snprintf(name, sizeof name, "STAND-IN %s (made up)", symbol);
    STANDIN_PUT(t->out, t->form, TWS_IN_CONTRACT_DETAILS, rows);
}

static void answer_contract(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value end[] = {VERSION(1), INT("reqId", key)};
    char symbol[SYMBOL_SIZE], type[SYMBOL_SIZE];

    contract_text(m, 4, 2, symbol);
    contract_text(m, 5, 3, type);
    if (type[0] && strcmp(type, "STK") != 0) {
        say_error(t, key, 200,
                  "No security definition has been found for the request (the stand-in knows "
                  "stocks)");
        return;
    }
    say_contract(t, key, symbol[0] ? symbol : "AAPL");
    STANDIN_PUT(t->out, t->form, TWS_IN_CONTRACT_DETAILS_END, end);
}

static void say_price(struct standin_talk *t, int64_t key, int type, int64_t cents, int mask)
{
    const struct standin_value rows[] = {
        VERSION(6),          INT("reqId", key),    INT("tickType", type), CENTS("price", cents),
        TEXT("size", "100"), INT("attrMask", mask)};

    STANDIN_PUT(t->out, t->form, TWS_IN_TICK_PRICE, rows);
}

static void say_size(struct standin_talk *t, int64_t key, int type, const char *size)
{
    const struct standin_value rows[] = {VERSION(6), INT("reqId", key), INT("tickType", type),
                                         TEXT("size", size)};

    STANDIN_PUT(t->out, t->form, TWS_IN_TICK_SIZE, rows);
}

/* Bid, ask, last, and their sizes: tick types 1, 2, 4 and 0, 3, 5. */
static void say_quote(struct standin_talk *t, int64_t key)
{
    int64_t cents = 18500 + t->beat % 10;

    say_price(t, key, 1, cents - 1, 1);
    say_size(t, key, 0, "100");
    say_price(t, key, 2, cents + 1, 1);
    say_size(t, key, 3, "100");
    say_price(t, key, 4, cents, 0);
    say_size(t, key, 5, "100");
}

void standin_say_ticks(struct standin_talk *t)
{
    t->beat++;
    for (uint32_t i = 0; i < t->n_tickers; i++) {
        say_price(t, t->tickers[i], 4, 18500 + t->beat % 10, 0);
        say_size(t, t->tickers[i], 5, "100");
    }
}

static void forget_ticker(struct standin_talk *t, int64_t key)
{
    for (uint32_t i = 0; i < t->n_tickers; i++)
        if (t->tickers[i] == key) {
            t->tickers[i] = t->tickers[--t->n_tickers];
            return;
        }
}

static bool add_ticker(struct standin_talk *t, int64_t key)
{
    uint32_t cap = t->cap_tickers ? t->cap_tickers * 2 : 4;
    int32_t *grown;

    if (t->n_tickers >= STANDIN_TICKERS_MAX)
        return false;
    if (t->n_tickers == t->cap_tickers) {
        grown = realloc(t->tickers, cap * sizeof *grown);
        if (!grown)
            return false;
        t->tickers = grown;
        t->cap_tickers = cap;
    }
    t->tickers[t->n_tickers++] = (int32_t)key;
    return true;
}

void standin_talk_free(struct standin_talk *t)
{
    free(t->tickers);
    t->tickers = NULL;
    t->n_tickers = t->cap_tickers = 0;
}

static void answer_market_data(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value type[] = {VERSION(1), INT("reqId", key), INT("marketDataType", 1)};
    const struct standin_value params[] = {INT("reqId", key), TEXT("minTick", "0.01"),
                                           TEXT("bboExchange", "9c0001"),
                                           INT("snapshotPermissions", 3)};
    const struct standin_value end[] = {VERSION(1), INT("reqId", key)};
    bool snapshot = is_snapshot(m);

    forget_ticker(t, key);
    if (!snapshot && !add_ticker(t, key)) {
        say_error(t, key, 101, "Max number of tickers has been reached (stand-in)");
        return;
    }
    STANDIN_PUT(t->out, t->form, TWS_IN_MARKET_DATA_TYPE, type);
    if (t->form.version >= 114)
        STANDIN_PUT(t->out, t->form, TWS_IN_TICK_REQ_PARAMS, params);
    say_quote(t, key);
    if (snapshot)
        STANDIN_PUT(t->out, t->form, TWS_IN_TICK_SNAPSHOT_END, end);
}

static void answer_cancel_market_data(struct standin_talk *t, const struct tws_message *m,
                                      int64_t key)
{
    (void)m;
    forget_ticker(t, key);
}

static bool is_unsubscribe(const struct tws_message *m)
{
    struct tws_wire_field f;
    int64_t flag = 1;

    /* Official clients leave a false boolean out of protobuf. */
    if (m->form == TWS_FORM_PROTOBUF)
        return !wire_field(m->body, 1, &f) || f.value == 0;
    tws_text_int(text_field(m, 2), &flag);
    return flag == 0;
}

static void say_account_value(struct standin_talk *t, const char *key, const char *value,
                              const char *currency)
{
    const struct standin_value rows[] = {VERSION(2), TEXT("key", key), TEXT("val", value),
                                         TEXT("currency", currency), TEXT("accountName", ACCOUNT)};

    STANDIN_PUT(t->out, t->form, TWS_IN_UPDATE_ACCOUNT_VALUE, rows);
}

static void answer_account_updates(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    char time[16];
    const struct standin_value updated[] = {VERSION(1), TEXT("timeStamp", time)};
    const struct standin_value end[] = {VERSION(1), TEXT("accountName", ACCOUNT)};

    (void)key;
    if (is_unsubscribe(m))
        return;
    date_text(t->now, "%H:%M", time, sizeof time);
    say_account_value(t, "AccountType", "STAND-IN", "");
    say_account_value(t, "NetLiquidation", "100000.00", "USD");
    STANDIN_PUT(t->out, t->form, TWS_IN_UPDATE_ACCOUNT_TIME, updated);
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_DOWNLOAD_END, end);
}

static void answer_summary(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value value[] = {VERSION(1),
                                          INT("reqId", key),
                                          TEXT("account", ACCOUNT),
                                          TEXT("tag", "NetLiquidation"),
                                          TEXT("value", "100000.00"),
                                          TEXT("currency", "USD")};
    const struct standin_value end[] = {VERSION(1), INT("reqId", key)};

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_SUMMARY, value);
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_SUMMARY_END, end);
}

/* The time of day of `now`, `n` weekdays before. */
static double weekdays_before(double now, unsigned n)
{
    char day[4];

    while (n) {
        now -= 86400;
        date_text(now, "%w", day, sizeof day);
        if (day[0] != '0' && day[0] != '6')
            n--;
    }
    return now;
}

static void answer_account_multi(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value value[] = {VERSION(1),
                                          INT("reqId", key),
                                          TEXT("account", ACCOUNT),
                                          TEXT("key", "NetLiquidation"),
                                          TEXT("value", "100000.00"),
                                          TEXT("currency", "USD")};
    const struct standin_value end[] = {VERSION(1), INT("reqId", key)};

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_UPDATE_MULTI, value);
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_UPDATE_MULTI_END, end);
}

enum { BARS = 5, BAR_FIELDS = 9 };

struct bar {
    char date[16];
    struct standin_value values[BAR_FIELDS];
};

static void fill_bar(const struct standin_talk *t, struct bar *b, unsigned days_ago)
{
    int64_t open = 18500 - 10 * (int64_t)days_ago;
    const struct standin_value values[BAR_FIELDS] = {
        TEXT("date", b->date),   CENTS("open", open),       CENTS("high", open + 75),
        CENTS("low", open - 50), CENTS("close", open + 25), TEXT("volume", "1000"),
        TEXT("wap", "185.005"),  TEXT("hasGaps", "false"),  INT("barCount", 10),
    };

    date_text(weekdays_before(t->now, days_ago), "%Y%m%d", b->date, sizeof b->date);
    memcpy(b->values, values, sizeof values);
}

static void answer_history(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    char from[32], to[32];
    struct bar bars[BARS];
    struct standin_item items[BARS];
    const struct standin_value rows[] = {
        VERSION(3),
        INT("reqId", key),
        TEXT("startDateStr", from),
        TEXT("endDateStr", to),
        ITEMS("itemCount", items, BARS),
    };
    const struct standin_value end[] = {INT("reqId", key), TEXT("startDateStr", from),
                                        TEXT("endDateStr", to)};

    (void)m;
    date_text(weekdays_before(t->now, BARS), "%Y%m%d %H:%M:%S", from, sizeof from);
    date_text(t->now, "%Y%m%d %H:%M:%S", to, sizeof to);
    for (unsigned i = 0; i < BARS; i++) {
        fill_bar(t, &bars[i], BARS - i);
        items[i] = (struct standin_item)ITEM(bars[i].values);
    }
    STANDIN_PUT(t->out, t->form, TWS_IN_HISTORICAL_DATA, rows);
    if (t->form.version >= 196)
        STANDIN_PUT(t->out, t->form, TWS_IN_HISTORICAL_DATA_END, end);
}

static void answer_market_rule(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value cent[] = {CENTS("lowEdge", 0), CENTS("increment", 1)};
    const struct standin_item increments[] = {ITEM(cent)};
    const struct standin_value rows[] = {
        INT("marketRuleId", key),
        ITEMS("priceIncrementsCount", increments, 1),
    };

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_MARKET_RULE, rows);
}

static void answer_user_info(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value rows[] = {INT("reqId", key), TEXT("whiteBrandingId", "STAND-IN")};

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_USER_INFO, rows);
}

/* The settings that a diagnosis asks for. */
static void answer_config(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_value rows[] = {
        INT("reqId", key),
        TEXT("lockAndExit.autoLogoffTime", "23:45"),
        TEXT("lockAndExit.autoLogoffType", "restart"),
        INT("api.settings.readOnlyApi", 0),
        INT("api.settings.socketPort", 4002),
        INT("api.settings.createApiMessageLogFile", 1),
        INT("api.settings.masterClientId", 0),
        INT("api.settings.bulkDataTimeout", 30),
        INT("api.settings.rejectMessagesAboveMaxRate", 1),
        INT("api.settings.maintainConnectionOnIncorrectFields", 0),
        INT("api.settings.allowLocalhostOnly", 1),
        TEXT("api.settings.trustedIPs", "127.0.0.1"),
    };

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_CONFIG_RESPONSE, rows);
}

/* What answers a request: a function, or one frame that says "nothing there".  A row that is all
 * blank is not scripted, which the client is told. */
static const struct answer {
    void (*say)(struct standin_talk *t, const struct tws_message *m, int64_t key);
    uint8_t end; /* base id of the frame that says "nothing there"; 0: none */
    bool quiet;  /* asks for nothing */
} answers[TWS_ID_LIMIT] = {
    [TWS_OUT_REQ_MKT_DATA] = {.say = answer_market_data},
    [TWS_OUT_CANCEL_MKT_DATA] = {.say = answer_cancel_market_data, .quiet = true},
    [TWS_OUT_REQ_OPEN_ORDERS] = {.end = TWS_IN_OPEN_ORDER_END},
    [TWS_OUT_REQ_ACCOUNT_UPDATES] = {.say = answer_account_updates},
    [TWS_OUT_REQ_EXECUTIONS] = {.end = TWS_IN_EXEC_DETAILS_END},
    [TWS_OUT_REQ_IDS] = {.say = answer_ids},
    [TWS_OUT_REQ_CONTRACT_DETAILS] = {.say = answer_contract},
    [TWS_OUT_CANCEL_MKT_DEPTH] = {.quiet = true},
    [TWS_OUT_REQ_NEWS_BULLETINS] = {.quiet = true}, /* no news */
    [TWS_OUT_CANCEL_NEWS_BULLETINS] = {.quiet = true},
    [TWS_OUT_SET_SERVER_LOG_LEVEL] = {.quiet = true},
    [TWS_OUT_REQ_AUTO_OPEN_ORDERS] = {.quiet = true},
    [TWS_OUT_REQ_ALL_OPEN_ORDERS] = {.end = TWS_IN_OPEN_ORDER_END},
    [TWS_OUT_REQ_MANAGED_ACCTS] = {.say = answer_accounts},
    [TWS_OUT_REQ_HISTORICAL_DATA] = {.say = answer_history},
    [TWS_OUT_CANCEL_SCANNER_SUBSCRIPTION] = {.quiet = true},
    [TWS_OUT_CANCEL_HISTORICAL_DATA] = {.quiet = true},
    [TWS_OUT_REQ_CURRENT_TIME] = {.say = answer_time},
    [TWS_OUT_CANCEL_REAL_TIME_BARS] = {.quiet = true},
    [TWS_OUT_CANCEL_FUNDAMENTAL_DATA] = {.quiet = true},
    [TWS_OUT_CANCEL_CALCULATE_IMPLIED_VOLATILITY] = {.quiet = true},
    [TWS_OUT_CANCEL_CALCULATE_OPTION_PRICE] = {.quiet = true},
    [TWS_OUT_REQ_GLOBAL_CANCEL] = {.quiet = true}, /* no orders */
    [TWS_OUT_REQ_MARKET_DATA_TYPE] = {.quiet = true},
    [TWS_OUT_REQ_POSITIONS] = {.end = TWS_IN_POSITION_END},
    [TWS_OUT_REQ_ACCOUNT_SUMMARY] = {.say = answer_summary},
    [TWS_OUT_CANCEL_ACCOUNT_SUMMARY] = {.quiet = true},
    [TWS_OUT_CANCEL_POSITIONS] = {.quiet = true},
    [TWS_OUT_UPDATE_DISPLAY_GROUP] = {.quiet = true},
    [TWS_OUT_UNSUBSCRIBE_FROM_GROUP_EVENTS] = {.quiet = true},
    [TWS_OUT_START_API] = {.quiet = true}, /* a second startApi */
    [TWS_OUT_REQ_POSITIONS_MULTI] = {.end = TWS_IN_POSITION_MULTI_END},
    [TWS_OUT_CANCEL_POSITIONS_MULTI] = {.quiet = true},
    [TWS_OUT_REQ_ACCOUNT_UPDATES_MULTI] = {.say = answer_account_multi},
    [TWS_OUT_CANCEL_ACCOUNT_UPDATES_MULTI] = {.quiet = true},
    [TWS_OUT_REQ_SEC_DEF_OPT_PARAMS] = {.end = TWS_IN_SECURITY_DEFINITION_OPTION_PARAMETER_END},
    [TWS_OUT_REQ_SOFT_DOLLAR_TIERS] = {.end = TWS_IN_SOFT_DOLLAR_TIERS},
    [TWS_OUT_REQ_FAMILY_CODES] = {.end = TWS_IN_FAMILY_CODES},
    [TWS_OUT_REQ_MATCHING_SYMBOLS] = {.end = TWS_IN_SYMBOL_SAMPLES},
    [TWS_OUT_REQ_MKT_DEPTH_EXCHANGES] = {.end = TWS_IN_MKT_DEPTH_EXCHANGES},
    [TWS_OUT_REQ_SMART_COMPONENTS] = {.end = TWS_IN_SMART_COMPONENTS},
    [TWS_OUT_REQ_NEWS_PROVIDERS] = {.end = TWS_IN_NEWS_PROVIDERS},
    [TWS_OUT_REQ_HISTORICAL_NEWS] = {.end = TWS_IN_HISTORICAL_NEWS_END},
    [TWS_OUT_CANCEL_HISTOGRAM_DATA] = {.quiet = true},
    [TWS_OUT_CANCEL_HEAD_TIMESTAMP] = {.quiet = true},
    [TWS_OUT_REQ_MARKET_RULE] = {.say = answer_market_rule},
    [TWS_OUT_REQ_PNL] = {.quiet = true}, /* a subscription that has nothing to say yet */
    [TWS_OUT_CANCEL_PNL] = {.quiet = true},
    [TWS_OUT_REQ_PNL_SINGLE] = {.quiet = true},
    [TWS_OUT_CANCEL_PNL_SINGLE] = {.quiet = true},
    [TWS_OUT_CANCEL_TICK_BY_TICK_DATA] = {.quiet = true},
    [TWS_OUT_REQ_COMPLETED_ORDERS] = {.end = TWS_IN_COMPLETED_ORDERS_END},
    [TWS_OUT_CANCEL_WSH_META_DATA] = {.quiet = true},
    [TWS_OUT_CANCEL_WSH_EVENT_DATA] = {.quiet = true},
    [TWS_OUT_REQ_USER_INFO] = {.say = answer_user_info},
    [TWS_OUT_REQ_CURRENT_TIME_IN_MILLIS] = {.say = answer_time_millis},
    [TWS_OUT_CANCEL_CONTRACT_DATA] = {.quiet = true},
    [TWS_OUT_CANCEL_HISTORICAL_TICKS] = {.quiet = true},
    [TWS_OUT_REQ_CONFIG] = {.say = answer_config},
};

static bool has_field(int32_t id, const char *name)
{
    const struct tws_message_row *row = tws_schema_find(TWS_GATEWAY, id);

    for (uint16_t i = 0; i < row->n_fields; i++)
        if (strcmp(row->fields[i].name, name) == 0)
            return true;
    return false;
}

/* No items and nothing more, which is what a frame says whose fields have no values. */
static void say_nothing_there(struct standin_talk *t, int32_t end, int64_t key)
{
    struct standin_value values[2];
    size_t n = 0;

    if (has_field(end, "version"))
        values[n++] = (struct standin_value)VERSION(1);
    if (has_field(end, "reqId"))
        values[n++] = (struct standin_value)INT("reqId", key);
    standin_put(t->out, t->form, end, values, n);
}

static void say_not_scripted(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    char text[160];

    snprintf(text, sizeof text, "Error validating request: %s is not scripted by this stand-in",
             tws_message_name(m));
    say_error(t, key, 321, text);
}

bool standin_answer(struct standin_talk *t, const struct tws_message *m)
{
    static const struct answer unknown = {0};
    const struct answer *a = &unknown;
    int64_t key = -1;

    if (m->id >= 0 && m->id < (int32_t)TWS_ID_LIMIT)
        a = &answers[m->id];
    if (!tws_message_key(m, &key) || key < INT32_MIN || key > INT32_MAX)
        key = -1;
    if (a->say)
        a->say(t, m, key);
    else if (a->end)
        say_nothing_there(t, a->end, key);
    else if (!a->quiet)
        say_not_scripted(t, m, key);
    return !a->quiet;
}
