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

/* Rows, as short as a table wants them. */
#define VERSION(n)                                                                                 \
    {                                                                                              \
        .kind = STANDIN_INT, .number = (n)                                                         \
    }
#define VERSION_UNTIL(n, v)                                                                        \
    {                                                                                              \
        .kind = STANDIN_INT, .number = (n), .until = (v)                                           \
    }
#define INT(t, n)                                                                                  \
    {                                                                                              \
        .kind = STANDIN_INT, .tag = (t), .number = (n)                                             \
    }
#define TEXT(t, s)                                                                                 \
    {                                                                                              \
        .kind = STANDIN_TEXT, .tag = (t), .text = (s)                                              \
    }
#define CENTS(t, n)                                                                                \
    {                                                                                              \
        .kind = STANDIN_CENTS, .tag = (t), .number = (n)                                           \
    }

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
    int64_t millis = (int64_t)(t->now * 1000);
    const struct standin_row rows[] = {
        VERSION_UNTIL(2, 194),
        INT(1, req_id),
        INT(3, code),
        TEXT(4, text),
        {.kind = STANDIN_TEXT, .tag = 5, .since = 166, .text = ""},
        {.kind = STANDIN_INT, .tag = 2, .since = 194, .number = millis},
    };

    STANDIN_PUT(t->out, t->form, TWS_IN_ERROR, rows);
}

static void say_accounts(struct standin_talk *t, const char *list)
{
    const struct standin_row rows[] = {VERSION(1), TEXT(1, list)};

    STANDIN_PUT(t->out, t->form, TWS_IN_MANAGED_ACCOUNTS, rows);
}

static void say_next_id(struct standin_talk *t)
{
    const struct standin_row rows[] = {VERSION(1), INT(1, 1)};

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
    const struct standin_row rows[] = {VERSION(1), INT(1, (int64_t)t->now)};

    (void)m;
    (void)key;
    STANDIN_PUT(t->out, t->form, TWS_IN_CURRENT_TIME, rows);
}

static void answer_time_millis(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_row rows[] = {INT(1, (int64_t)(t->now * 1000))};

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
    enum { CONTRACT = 2, DETAILS = 3 };
    char name[64];
    const struct standin_row rows[] = {
        VERSION_UNTIL(8, 164),
        INT(1, key),
        {.tag = 2, .in = CONTRACT, .kind = STANDIN_TEXT, .text = symbol},
        {.tag = 3, .in = CONTRACT, .kind = STANDIN_TEXT, .text = "STK"},
        {.tag = 4, .in = CONTRACT, .kind = STANDIN_TEXT, .text = ""},
        {.tag = 21, .in = CONTRACT, .since = 182, .kind = STANDIN_TEXT, .text = ""},
        {.tag = 5, .in = CONTRACT, .kind = STANDIN_CENTS, .number = 0}, /* strike */
        {.tag = 6, .in = CONTRACT, .kind = STANDIN_TEXT, .text = ""},   /* right */
        {.tag = 8, .in = CONTRACT, .kind = STANDIN_TEXT, .text = "SMART"},
        {.tag = 10, .in = CONTRACT, .kind = STANDIN_TEXT, .text = "USD"},
        {.tag = 11, .in = CONTRACT, .kind = STANDIN_TEXT, .text = symbol},
        {.tag = 1, .in = DETAILS, .kind = STANDIN_TEXT, .text = "NMS"},
        {.tag = 12, .in = CONTRACT, .kind = STANDIN_TEXT, .text = "NMS"},
        {.tag = 1, .in = CONTRACT, .kind = STANDIN_INT, .number = 265598},
        {.tag = 2, .in = DETAILS, .kind = STANDIN_TEXT, .text = "0.01"},  /* minTick */
        {.since = 110, .until = 164, .kind = STANDIN_INT, .number = 100}, /* mdSizeMultiplier */
        {.kind = STANDIN_TEXT, .text = ""}, /* multiplier: text here, a double in protobuf */
        {.tag = 3, .in = DETAILS, .kind = STANDIN_TEXT, .text = ORDER_TYPES},
        {.tag = 4, .in = DETAILS, .kind = STANDIN_TEXT, .text = "SMART,NASDAQ"},
        {.tag = 5, .in = DETAILS, .kind = STANDIN_INT, .number = 1}, /* priceMagnifier */
        {.tag = 6, .in = DETAILS, .kind = STANDIN_INT, .number = 0}, /* underConId */
        {.tag = 7, .in = DETAILS, .kind = STANDIN_TEXT, .text = name},
        {.tag = 9, .in = CONTRACT, .kind = STANDIN_TEXT, .text = "NASDAQ"},
        {.tag = 8, .in = DETAILS, .kind = STANDIN_TEXT, .text = ""}, /* contractMonth */
        {.tag = 9, .in = DETAILS, .kind = STANDIN_TEXT, .text = "Technology"},
        {.tag = 10, .in = DETAILS, .kind = STANDIN_TEXT, .text = "Computers"},
        {.tag = 11, .in = DETAILS, .kind = STANDIN_TEXT, .text = "Stand-ins"},
        {.tag = 12, .in = DETAILS, .kind = STANDIN_TEXT, .text = "US/Eastern"},
        {.tag = 13, .in = DETAILS, .kind = STANDIN_TEXT, .text = SESSIONS},
        {.tag = 14, .in = DETAILS, .kind = STANDIN_TEXT, .text = LIQUID},
        {.tag = 15, .in = DETAILS, .kind = STANDIN_TEXT, .text = ""}, /* evRule */
        {.kind = STANDIN_TEXT, .text = ""}, /* evMultiplier: usually empty, absent in protobuf */
        {.tag = 17, .in = DETAILS, .kind = STANDIN_PAIR, .text = "ISIN", .more = "XX0000000001"},
        {.tag = 18, .in = DETAILS, .since = 121, .kind = STANDIN_INT, .number = 1}, /* aggGroup */
        {.tag = 19, .in = DETAILS, .since = 122, .kind = STANDIN_TEXT, .text = ""},
        {.tag = 20, .in = DETAILS, .since = 122, .kind = STANDIN_TEXT, .text = ""},
        {.tag = 21, .in = DETAILS, .since = 126, .kind = STANDIN_TEXT, .text = "26,26"},
        {.tag = 22, .in = DETAILS, .since = 134, .kind = STANDIN_TEXT, .text = ""},
        {.tag = 23, .in = DETAILS, .since = 152, .kind = STANDIN_TEXT, .text = "COMMON"},
        {.since = 163, .until = 164, .kind = STANDIN_TEXT, .text = "1"}, /* sizeMinTick */
        {.tag = 24, .in = DETAILS, .since = 164, .kind = STANDIN_TEXT, .text = "0.0001"},
        {.tag = 25, .in = DETAILS, .since = 164, .kind = STANDIN_TEXT, .text = "0.0001"},
        {.tag = 26, .in = DETAILS, .since = 164, .kind = STANDIN_TEXT, .text = "100"},
        {.since = 186, .kind = STANDIN_INT, .number = 0}, /* ineligibilityReasonListCount */
    };

    snprintf(name, sizeof name, "STAND-IN %s (made up)", symbol);
    STANDIN_PUT(t->out, t->form, TWS_IN_CONTRACT_DETAILS, rows);
}

static void answer_contract(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_row end[] = {VERSION(1), INT(1, key)};
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
    const struct standin_row rows[] = {VERSION(6),      INT(1, key),    INT(2, type),
                                       CENTS(3, cents), TEXT(4, "100"), INT(5, mask)};

    STANDIN_PUT(t->out, t->form, TWS_IN_TICK_PRICE, rows);
}

static void say_size(struct standin_talk *t, int64_t key, int type, const char *size)
{
    const struct standin_row rows[] = {VERSION(6), INT(1, key), INT(2, type), TEXT(3, size)};

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
    const struct standin_row type[] = {VERSION(1), INT(1, key), INT(2, 1)};
    const struct standin_row params[] = {INT(1, key), TEXT(2, "0.01"), TEXT(3, "9c0001"),
                                         INT(4, 3)};
    const struct standin_row end[] = {VERSION(1), INT(1, key)};
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
    const struct standin_row rows[] = {VERSION(2), TEXT(1, key), TEXT(2, value), TEXT(3, currency),
                                       TEXT(4, ACCOUNT)};

    STANDIN_PUT(t->out, t->form, TWS_IN_UPDATE_ACCOUNT_VALUE, rows);
}

static void answer_account_updates(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    char time[16];
    const struct standin_row updated[] = {VERSION(1), TEXT(1, time)};
    const struct standin_row end[] = {VERSION(1), TEXT(1, ACCOUNT)};

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
    const struct standin_row value[] = {VERSION(1),           INT(1, key),
                                        TEXT(2, ACCOUNT),     TEXT(3, "NetLiquidation"),
                                        TEXT(4, "100000.00"), TEXT(5, "USD")};
    const struct standin_row end[] = {VERSION(1), INT(1, key)};

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
    const struct standin_row value[] = {VERSION(1),
                                        INT(1, key),
                                        TEXT(2, ACCOUNT),
                                        TEXT(3, ""),
                                        TEXT(4, "NetLiquidation"),
                                        TEXT(5, "100000.00"),
                                        TEXT(6, "USD")};
    const struct standin_row end[] = {VERSION(1), INT(1, key)};

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_UPDATE_MULTI, value);
    STANDIN_PUT(t->out, t->form, TWS_IN_ACCOUNT_UPDATE_MULTI_END, end);
}

static void say_bar(struct standin_talk *t, struct standin_frame *f, unsigned days_ago)
{
    enum { BAR = 2 };
    char date[16];
    int64_t open = 18500 - 10 * (int64_t)days_ago;
    const struct standin_row rows[] = {
        {.tag = 1, .in = BAR, .kind = STANDIN_TEXT, .text = date},
        {.tag = 2, .in = BAR, .kind = STANDIN_CENTS, .number = open},
        {.tag = 3, .in = BAR, .kind = STANDIN_CENTS, .number = open + 75},
        {.tag = 4, .in = BAR, .kind = STANDIN_CENTS, .number = open - 50},
        {.tag = 5, .in = BAR, .kind = STANDIN_CENTS, .number = open + 25},
        {.tag = 6, .in = BAR, .kind = STANDIN_TEXT, .text = "1000"},
        {.tag = 7, .in = BAR, .kind = STANDIN_TEXT, .text = "185.005"},
        {.until = 124, .kind = STANDIN_TEXT, .text = "false"}, /* hasGaps */
        {.tag = 8, .in = BAR, .kind = STANDIN_INT, .number = 10},
    };

    date_text(weekdays_before(t->now, days_ago), "%Y%m%d", date, sizeof date);
    standin_rows(f, rows, sizeof rows / sizeof rows[0]);
}

static void answer_history(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    enum { BARS = 5 };
    char from[32], to[32];
    const struct standin_row head[] = {
        VERSION_UNTIL(3, 124),
        INT(1, key),
        {.kind = STANDIN_TEXT, .until = 196, .text = from},
        {.kind = STANDIN_TEXT, .until = 196, .text = to},
        VERSION(BARS), /* itemCount, which only the text form has */
    };
    const struct standin_row end[] = {INT(1, key), TEXT(2, from), TEXT(3, to)};
    struct standin_frame f;

    (void)m;
    date_text(weekdays_before(t->now, BARS), "%Y%m%d %H:%M:%S", from, sizeof from);
    date_text(t->now, "%Y%m%d %H:%M:%S", to, sizeof to);
    f = standin_begin(t->out, t->form, TWS_IN_HISTORICAL_DATA);
    standin_rows(&f, head, sizeof head / sizeof head[0]);
    for (unsigned i = BARS; i > 0; i--)
        say_bar(t, &f, i);
    standin_end(&f);
    if (t->form.version >= 196)
        STANDIN_PUT(t->out, t->form, TWS_IN_HISTORICAL_DATA_END, end);
}

static void answer_market_rule(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_row rows[] = {
        INT(1, key),
        {.kind = STANDIN_INT, .number = 1}, /* priceIncrementsCount */
        {.tag = 1, .in = 2, .kind = STANDIN_CENTS, .number = 0},
        {.tag = 2, .in = 2, .kind = STANDIN_CENTS, .number = 1},
    };

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_MARKET_RULE, rows);
}

static void answer_user_info(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    const struct standin_row rows[] = {INT(1, key), TEXT(2, "STAND-IN")};

    (void)m;
    STANDIN_PUT(t->out, t->form, TWS_IN_USER_INFO, rows);
}

/* ApiConfig with its ApiSettingsConfig: the settings that a diagnosis asks for. */
static void put_api_config(struct standin_talk *t, struct standin_out *to)
{
    enum { SETTINGS = 2 };
    const struct standin_row rows[] = {
        {.tag = 1, .in = SETTINGS, .kind = STANDIN_INT, .number = 0},    /* readOnlyApi */
        {.tag = 8, .in = SETTINGS, .kind = STANDIN_INT, .number = 4002}, /* socketPort */
        {.tag = 10, .in = SETTINGS, .kind = STANDIN_INT, .number = 1}, /* createApiMessageLogFile */
        {.tag = 18, .in = SETTINGS, .kind = STANDIN_INT, .number = 0}, /* masterClientId */
        {.tag = 19, .in = SETTINGS, .kind = STANDIN_INT, .number = 30}, /* bulkDataTimeout */
        {.tag = 26, .in = SETTINGS, .kind = STANDIN_INT, .number = 1},  /* rejectMessagesAbove... */
        {.tag = 27, .in = SETTINGS, .kind = STANDIN_INT, .number = 0},  /* maintainConnection... */
        {.tag = 35, .in = SETTINGS, .kind = STANDIN_INT, .number = 1},  /* allowLocalhostOnly */
        {.tag = 36, .in = SETTINGS, .kind = STANDIN_TEXT, .text = "127.0.0.1"}, /* trustedIPs */
    };
    struct standin_frame f = {.out = to, .version = t->form.version, .protobuf = true};

    standin_rows(&f, rows, sizeof rows / sizeof rows[0]);
}

static void answer_config(struct standin_talk *t, const struct tws_message *m, int64_t key)
{
    enum { LOCK_AND_EXIT = 2, API = 4 };
    struct standin_out api = {.limit = 4096};
    struct standin_row rows[] = {
        INT(1, key),
        {.tag = 1, .in = LOCK_AND_EXIT, .kind = STANDIN_TEXT, .text = "23:45"},
        {.tag = 3, .in = LOCK_AND_EXIT, .kind = STANDIN_TEXT, .text = "restart"},
        {.tag = API, .kind = STANDIN_BYTES},
    };

    (void)m;
    put_api_config(t, &api);
    if (api.full || !api.bytes) {
        t->out->full = true;
    } else {
        rows[3].text = (const char *)api.bytes;
        rows[3].number = (int64_t)api.len;
        STANDIN_PUT(t->out, t->form, TWS_IN_CONFIG_RESPONSE, rows);
    }
    standin_out_free(&api);
}

/* What answers a request: a function, or one frame that says "nothing there".  A row that is all
 * blank is not scripted, which the client is told. */
static const struct answer {
    void (*say)(struct standin_talk *t, const struct tws_message *m, int64_t key);
    uint8_t end;    /* base id of the frame that says "nothing there"; 0: none */
    bool versioned; /* it has a version field */
    bool keyed;     /* it has the request's key */
    bool zero;      /* its text form ends with a zero: no items, nothing more */
    bool quiet;     /* asks for nothing */
} answers[TWS_ID_LIMIT] = {
    [TWS_OUT_REQ_MKT_DATA] = {.say = answer_market_data},
    [TWS_OUT_CANCEL_MKT_DATA] = {.say = answer_cancel_market_data, .quiet = true},
    [TWS_OUT_REQ_OPEN_ORDERS] = {.end = TWS_IN_OPEN_ORDER_END, .versioned = true},
    [TWS_OUT_REQ_ACCOUNT_UPDATES] = {.say = answer_account_updates},
    [TWS_OUT_REQ_EXECUTIONS] = {.end = TWS_IN_EXEC_DETAILS_END, .versioned = true, .keyed = true},
    [TWS_OUT_REQ_IDS] = {.say = answer_ids},
    [TWS_OUT_REQ_CONTRACT_DETAILS] = {.say = answer_contract},
    [TWS_OUT_CANCEL_MKT_DEPTH] = {.quiet = true},
    [TWS_OUT_REQ_NEWS_BULLETINS] = {.quiet = true}, /* no news */
    [TWS_OUT_CANCEL_NEWS_BULLETINS] = {.quiet = true},
    [TWS_OUT_SET_SERVER_LOG_LEVEL] = {.quiet = true},
    [TWS_OUT_REQ_AUTO_OPEN_ORDERS] = {.quiet = true},
    [TWS_OUT_REQ_ALL_OPEN_ORDERS] = {.end = TWS_IN_OPEN_ORDER_END, .versioned = true},
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
    [TWS_OUT_REQ_POSITIONS] = {.end = TWS_IN_POSITION_END, .versioned = true},
    [TWS_OUT_REQ_ACCOUNT_SUMMARY] = {.say = answer_summary},
    [TWS_OUT_CANCEL_ACCOUNT_SUMMARY] = {.quiet = true},
    [TWS_OUT_CANCEL_POSITIONS] = {.quiet = true},
    [TWS_OUT_UPDATE_DISPLAY_GROUP] = {.quiet = true},
    [TWS_OUT_UNSUBSCRIBE_FROM_GROUP_EVENTS] = {.quiet = true},
    [TWS_OUT_START_API] = {.quiet = true}, /* a second startApi */
    [TWS_OUT_REQ_POSITIONS_MULTI] = {.end = TWS_IN_POSITION_MULTI_END,
                                     .versioned = true,
                                     .keyed = true},
    [TWS_OUT_CANCEL_POSITIONS_MULTI] = {.quiet = true},
    [TWS_OUT_REQ_ACCOUNT_UPDATES_MULTI] = {.say = answer_account_multi},
    [TWS_OUT_CANCEL_ACCOUNT_UPDATES_MULTI] = {.quiet = true},
    [TWS_OUT_REQ_SEC_DEF_OPT_PARAMS] = {.end = TWS_IN_SECURITY_DEFINITION_OPTION_PARAMETER_END,
                                        .keyed = true},
    [TWS_OUT_REQ_SOFT_DOLLAR_TIERS] = {.end = TWS_IN_SOFT_DOLLAR_TIERS,
                                       .keyed = true,
                                       .zero = true},
    [TWS_OUT_REQ_FAMILY_CODES] = {.end = TWS_IN_FAMILY_CODES, .zero = true},
    [TWS_OUT_REQ_MATCHING_SYMBOLS] = {.end = TWS_IN_SYMBOL_SAMPLES, .keyed = true, .zero = true},
    [TWS_OUT_REQ_MKT_DEPTH_EXCHANGES] = {.end = TWS_IN_MKT_DEPTH_EXCHANGES, .zero = true},
    [TWS_OUT_REQ_SMART_COMPONENTS] = {.end = TWS_IN_SMART_COMPONENTS, .keyed = true, .zero = true},
    [TWS_OUT_REQ_NEWS_PROVIDERS] = {.end = TWS_IN_NEWS_PROVIDERS, .zero = true},
    [TWS_OUT_REQ_HISTORICAL_NEWS] = {.end = TWS_IN_HISTORICAL_NEWS_END,
                                     .keyed = true,
                                     .zero = true},
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

static void say_nothing_there(struct standin_talk *t, const struct answer *a, int64_t key)
{
    struct standin_row rows[3];
    size_t n = 0;

    if (a->versioned)
        rows[n++] = (struct standin_row)VERSION(1);
    if (a->keyed)
        rows[n++] = (struct standin_row)INT(1, key);
    if (a->zero)
        rows[n++] = (struct standin_row){.kind = STANDIN_INT, .number = 0};
    standin_put(t->out, t->form, a->end, rows, n);
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
        say_nothing_there(t, a, key);
    else if (!a->quiet)
        say_not_scripted(t, m, key);
    return !a->quiet;
}
