#include "names.h"
#include <stdio.h>
#include <string.h>

#define NUMBERS(rows)                                                                              \
    {                                                                                              \
        .numbers = (rows), .n = sizeof(rows) / sizeof((rows)[0])                                   \
    }
#define CODES(rows)                                                                                \
    {                                                                                              \
        .codes = (rows), .n = sizeof(rows) / sizeof((rows)[0])                                     \
    }
#define BITS(rows)                                                                                 \
    {                                                                                              \
        .numbers = (rows), .n = sizeof(rows) / sizeof((rows)[0]), .bits = true                     \
    }

static const char *const option_bases[] = {[0] = "return based", [1] = "price based"};
static const char *const date_formats[] = {[1] = "text", [2] = "epoch seconds"};

static const char *const tick_types[] = {
    [0] = "BID_SIZE",
    [1] = "BID",
    [2] = "ASK",
    [3] = "ASK_SIZE",
    [4] = "LAST",
    [5] = "LAST_SIZE",
    [6] = "HIGH",
    [7] = "LOW",
    [8] = "VOLUME",
    [9] = "CLOSE",
    [10] = "BID_OPTION_COMPUTATION",
    [11] = "ASK_OPTION_COMPUTATION",
    [12] = "LAST_OPTION_COMPUTATION",
    [13] = "MODEL_OPTION",
    [14] = "OPEN",
    [15] = "LOW_13_WEEK",
    [16] = "HIGH_13_WEEK",
    [17] = "LOW_26_WEEK",
    [18] = "HIGH_26_WEEK",
    [19] = "LOW_52_WEEK",
    [20] = "HIGH_52_WEEK",
    [21] = "AVG_VOLUME",
    [22] = "OPEN_INTEREST",
    [23] = "OPTION_HISTORICAL_VOL",
    [24] = "OPTION_IMPLIED_VOL",
    [25] = "OPTION_BID_EXCH",
    [26] = "OPTION_ASK_EXCH",
    [27] = "OPTION_CALL_OPEN_INTEREST",
    [28] = "OPTION_PUT_OPEN_INTEREST",
    [29] = "OPTION_CALL_VOLUME",
    [30] = "OPTION_PUT_VOLUME",
    [31] = "INDEX_FUTURE_PREMIUM",
    [32] = "BID_EXCH",
    [33] = "ASK_EXCH",
    [34] = "AUCTION_VOLUME",
    [35] = "AUCTION_PRICE",
    [36] = "AUCTION_IMBALANCE",
    [37] = "MARK_PRICE",
    [38] = "BID_EFP_COMPUTATION",
    [39] = "ASK_EFP_COMPUTATION",
    [40] = "LAST_EFP_COMPUTATION",
    [41] = "OPEN_EFP_COMPUTATION",
    [42] = "HIGH_EFP_COMPUTATION",
    [43] = "LOW_EFP_COMPUTATION",
    [44] = "CLOSE_EFP_COMPUTATION",
    [45] = "LAST_TIMESTAMP",
    [46] = "SHORTABLE",
    [47] = "FUNDAMENTAL_RATIOS",
    [48] = "RT_VOLUME",
    [49] = "HALTED",
    [50] = "BID_YIELD",
    [51] = "ASK_YIELD",
    [52] = "LAST_YIELD",
    [53] = "CUST_OPTION_COMPUTATION",
    [54] = "TRADE_COUNT",
    [55] = "TRADE_RATE",
    [56] = "VOLUME_RATE",
    [57] = "LAST_RTH_TRADE",
    [58] = "RT_HISTORICAL_VOL",
    [59] = "IB_DIVIDENDS",
    [60] = "BOND_FACTOR_MULTIPLIER",
    [61] = "REGULATORY_IMBALANCE",
    [62] = "NEWS_TICK",
    [63] = "SHORT_TERM_VOLUME_3_MIN",
    [64] = "SHORT_TERM_VOLUME_5_MIN",
    [65] = "SHORT_TERM_VOLUME_10_MIN",
    [66] = "DELAYED_BID",
    [67] = "DELAYED_ASK",
    [68] = "DELAYED_LAST",
    [69] = "DELAYED_BID_SIZE",
    [70] = "DELAYED_ASK_SIZE",
    [71] = "DELAYED_LAST_SIZE",
    [72] = "DELAYED_HIGH",
    [73] = "DELAYED_LOW",
    [74] = "DELAYED_VOLUME",
    [75] = "DELAYED_CLOSE",
    [76] = "DELAYED_OPEN",
    [77] = "RT_TRD_VOLUME",
    [78] = "CREDITMAN_MARK_PRICE",
    [79] = "CREDITMAN_SLOW_MARK_PRICE",
    [80] = "DELAYED_BID_OPTION",
    [81] = "DELAYED_ASK_OPTION",
    [82] = "DELAYED_LAST_OPTION",
    [83] = "DELAYED_MODEL_OPTION",
    [84] = "LAST_EXCH",
    [85] = "LAST_REG_TIME",
    [86] = "FUTURES_OPEN_INTEREST",
    [87] = "AVG_OPT_VOLUME",
    [88] = "DELAYED_LAST_TIMESTAMP",
    [89] = "SHORTABLE_SHARES",
    [90] = "DELAYED_HALTED",
    [91] = "REUTERS_2_MUTUAL_FUNDS",
    [92] = "ETF_NAV_CLOSE",
    [93] = "ETF_NAV_PRIOR_CLOSE",
    [94] = "ETF_NAV_BID",
    [95] = "ETF_NAV_ASK",
    [96] = "ETF_NAV_LAST",
    [97] = "ETF_FROZEN_NAV_LAST",
    [98] = "ETF_NAV_HIGH",
    [99] = "ETF_NAV_LOW",
    [100] = "SOCIAL_MARKET_ANALYTICS",
    [101] = "ESTIMATED_IPO_MIDPOINT",
    [102] = "FINAL_IPO_LAST",
    [103] = "DELAYED_YIELD_BID",
    [104] = "DELAYED_YIELD_ASK",
};
const struct tws_names tws_option_bases = NUMBERS(option_bases);
const struct tws_names tws_date_formats = NUMBERS(date_formats);
const struct tws_names tws_tick_types = NUMBERS(tick_types);

static const char *const tick_by_tick_types[] = {
    [0] = "None", [1] = "Last", [2] = "AllLast", [3] = "BidAsk", [4] = "MidPoint",
};
const struct tws_names tws_tick_by_tick_types = NUMBERS(tick_by_tick_types);

static const char *const market_data_types[] = {
    [1] = "live",
    [2] = "frozen",
    [3] = "delayed",
    [4] = "delayed frozen",
};
const struct tws_names tws_market_data_types = NUMBERS(market_data_types);

static const char *const depth_operations[] = {
    [0] = "insert",
    [1] = "update",
    [2] = "delete",
};
const struct tws_names tws_depth_operations = NUMBERS(depth_operations);

static const char *const depth_sides[] = {
    [0] = "ask",
    [1] = "bid",
};
const struct tws_names tws_depth_sides = NUMBERS(depth_sides);

static const char *const oca_types[] = {
    [1] = "cancel with block",
    [2] = "reduce with block",
    [3] = "reduce without block",
};
const struct tws_names tws_oca_types = NUMBERS(oca_types);

static const char *const trigger_methods[] = {
    [0] = "default", [1] = "double bid/ask",  [2] = "last",     [3] = "double last",
    [4] = "bid/ask", [7] = "last or bid/ask", [8] = "midpoint",
};
const struct tws_names tws_trigger_methods = NUMBERS(trigger_methods);

static const char *const origins[] = {
    [0] = "customer",
    [1] = "firm",
};
const struct tws_names tws_origins = NUMBERS(origins);

static const char *const leg_open_close[] = {
    [0] = "same",
    [1] = "open",
    [2] = "close",
    [3] = "unknown",
};
const struct tws_names tws_leg_open_close = NUMBERS(leg_open_close);

static const char *const short_sale_slots[] = {
    [1] = "held here",
    [2] = "held elsewhere",
};
const struct tws_names tws_short_sale_slots = NUMBERS(short_sale_slots);

static const char *const auction_strategies[] = {
    [1] = "match",
    [2] = "improvement",
    [3] = "transparent",
};
const struct tws_names tws_auction_strategies = NUMBERS(auction_strategies);

static const char *const volatility_types[] = {
    [1] = "daily",
    [2] = "annual",
};
const struct tws_names tws_volatility_types = NUMBERS(volatility_types);

static const char *const reference_price_types[] = {
    [1] = "average",
    [2] = "bid or ask",
};
const struct tws_names tws_reference_price_types = NUMBERS(reference_price_types);

static const char *const liquidities[] = {
    [0] = "none",
    [1] = "added",
    [2] = "removed",
    [3] = "routed out",
};
const struct tws_names tws_liquidities = NUMBERS(liquidities);

static const char *const exercise_actions[] = {
    [1] = "exercise",
    [2] = "lapse",
};
const struct tws_names tws_exercise_actions = NUMBERS(exercise_actions);

static const char *const condition_types[] = {
    [1] = "price",     [3] = "time",   [4] = "margin",
    [5] = "execution", [6] = "volume", [7] = "percent change",
};
const struct tws_names tws_condition_types = NUMBERS(condition_types);

static const char *const bulletin_types[] = {
    [1] = "bulletin",
    [2] = "exchange unavailable",
    [3] = "exchange available",
};
const struct tws_names tws_bulletin_types = NUMBERS(bulletin_types);

static const char *const article_types[] = {
    [0] = "text or HTML",
    [1] = "binary",
};
const struct tws_names tws_article_types = NUMBERS(article_types);

static const char *const log_levels[] = {
    [1] = "system", [2] = "error", [3] = "warning", [4] = "information", [5] = "detail",
};
const struct tws_names tws_log_levels = NUMBERS(log_levels);

static const char *const fa_data_types[] = {
    [1] = "groups",
    [2] = "profiles",
    [3] = "aliases",
};
const struct tws_names tws_fa_data_types = NUMBERS(fa_data_types);

static const char *const tick_price_attribs[] = {
    [0] = "canAutoExecute",
    [1] = "pastLimit",
    [2] = "preOpen",
};
const struct tws_names tws_tick_price_attribs = BITS(tick_price_attribs);

static const char *const last_attribs[] = {
    [0] = "pastLimit",
    [1] = "unreported",
};
const struct tws_names tws_last_attribs = BITS(last_attribs);

static const char *const bid_ask_attribs[] = {
    [0] = "bidPastLow",
    [1] = "askPastHigh",
};
const struct tws_names tws_bid_ask_attribs = BITS(bid_ask_attribs);

static const char *const historical_bid_ask_attribs[] = {
    [0] = "askPastHigh",
    [1] = "bidPastLow",
};
const struct tws_names tws_historical_bid_ask_attribs = BITS(historical_bid_ask_attribs);

static const struct tws_code execution_sides[] = {
    {"BOT", "bought"},
    {"SLD", "sold"},
};
const struct tws_names tws_execution_sides = CODES(execution_sides);

static const struct tws_code sec_types[] = {
    {"STK", "stock"},
    {"OPT", "option"},
    {"FUT", "future"},
    {"CONTFUT", "continuous future"},
    {"IND", "index"},
    {"CASH", "currency pair"},
    {"FOP", "option on a future"},
    {"BAG", "combo"},
    {"BOND", "bond"},
    {"BILL", "bill"},
    {"CFD", "contract for difference"},
    {"WAR", "warrant"},
    {"IOPT", "structured product"},
    {"CMDTY", "commodity"},
    {"FUND", "fund"},
    {"NEWS", "news"},
    {"CRYPTO", "cryptocurrency"},
    {"FWD", "forward"},
    {"ICS", "inter-commodity spread"},
    {"EC", "event contract"},
};
const struct tws_names tws_sec_types = CODES(sec_types);

static const struct tws_code rights[] = {
    {"C", "call"},
    {"CALL", "call"},
    {"P", "put"},
    {"PUT", "put"},
};
const struct tws_names tws_rights = CODES(rights);

static const struct tws_code tifs[] = {
    {"DAY", "for the day"},        {"GTC", "good till cancelled"}, {"IOC", "immediate or cancel"},
    {"GTD", "good till date"},     {"OPG", "at the opening"},      {"FOK", "fill or kill"},
    {"DTC", "day till cancelled"}, {"AUC", "at the auction"},      {"GTX", "good till crossing"},
};
const struct tws_names tws_tifs = CODES(tifs);

static const struct tws_code order_statuses[] = {
    {"ApiPending", "not yet sent to TWS"},
    {"ApiCancelled", "cancelled before it was acknowledged"},
    {"PendingSubmit", "sent, not yet accepted"},
    {"PendingCancel", "cancel sent, not yet confirmed"},
    {"PreSubmitted", "accepted, waits to become active"},
    {"Submitted", "works at the exchange"},
    {"Cancelled", "cancelled"},
    {"Filled", "filled completely"},
    {"Inactive", "received, but not active"},
};
const struct tws_names tws_order_statuses = CODES(order_statuses);

static const struct tws_code open_close[] = {
    {"O", "open"},
    {"C", "close"},
};
const struct tws_names tws_open_close = CODES(open_close);

static const struct tws_code conjunctions[] = {
    {"a", "and"},
    {"o", "or"},
};
const struct tws_names tws_conjunctions = CODES(conjunctions);

static const struct tws_code hedge_types[] = {
    {"D", "delta"},
    {"B", "beta"},
    {"F", "FX"},
    {"P", "pair"},
};
const struct tws_names tws_hedge_types = CODES(hedge_types);

const char *tws_name_of(const struct tws_names *names, int64_t value)
{
    bool known = names->numbers && value >= 0 && value < names->n;

    return known ? names->numbers[value] : NULL;
}

const char *tws_name_of_text(const struct tws_names *names, struct tws_cursor value)
{
    for (size_t i = 0; names->codes && i < names->n; i++) {
        if (tws_is_text(value, names->codes[i].code))
            return names->codes[i].name;
    }
    return NULL;
}

const char *tws_name_bits(const struct tws_names *names, int64_t value, char buf[TWS_BITS_TEXT])
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned bit = 0; bit < 63 && used < TWS_BITS_TEXT - 1; bit++) {
        const char *gap = used ? ", " : "";
        int n;

        if (!((uint64_t)value >> bit & 1))
            continue;
        if (bit < names->n && names->numbers[bit])
            n = snprintf(buf + used, TWS_BITS_TEXT - used, "%s%s", gap, names->numbers[bit]);
        else
            n = snprintf(buf + used, TWS_BITS_TEXT - used, "%sbit %u", gap, bit);
        used += n > 0 ? (size_t)n : 0;
    }
    return buf;
}

bool tws_names_account(struct tws_cursor key)
{
    return tws_is_text(key, "AccountCode") || tws_is_text(key, "AccountOrGroup");
}
