#include "replay_rules.h"
#include "ids.h"
#include "schema.h"

static bool has_key(const struct tws_message_row *row)
{
    return row && (row->key.text_ordinal || row->key.tag);
}

enum replay_space replay_space_of(enum tws_side dir, int32_t id)
{
    /* Where the key is not a reqId. */
    static const struct {
        enum tws_side dir;
        int32_t id;
        enum replay_space space;
    } others[] = {
        {TWS_CLIENT, TWS_OUT_PLACE_ORDER, REPLAY_ORDER_IDS},
        {TWS_CLIENT, TWS_OUT_CANCEL_ORDER, REPLAY_ORDER_IDS},
        {TWS_CLIENT, TWS_OUT_EXERCISE_OPTIONS,
         REPLAY_ORDER_IDS}, /* its answers bear it as orderId */
        {TWS_CLIENT, TWS_OUT_REQ_MARKET_RULE, REPLAY_FIXED},
        {TWS_GATEWAY, TWS_IN_ORDER_STATUS, REPLAY_ORDER_IDS},
        {TWS_GATEWAY, TWS_IN_ERROR, REPLAY_EITHER},
        {TWS_GATEWAY, TWS_IN_OPEN_ORDER, REPLAY_ORDER_IDS},
        {TWS_GATEWAY, TWS_IN_NEXT_VALID_ID, REPLAY_NO_KEY}, /* news, and not a key */
        {TWS_GATEWAY, TWS_IN_MARKET_RULE, REPLAY_FIXED},
        {TWS_GATEWAY, TWS_IN_ORDER_BOUND, REPLAY_ORDER_IDS},
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].dir == dir && others[i].id == id)
            return others[i].space;
    return has_key(tws_schema_find(dir, id)) ? REPLAY_REQ_IDS : REPLAY_NO_KEY;
}

static bool among(const uint8_t *ids, size_t n, int32_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

bool replay_continues(int32_t id)
{
    static const uint8_t ids[] = {TWS_OUT_CANCEL_MKT_DATA,
                                  TWS_OUT_CANCEL_ORDER,
                                  TWS_OUT_CANCEL_MKT_DEPTH,
                                  TWS_OUT_CANCEL_SCANNER_SUBSCRIPTION,
                                  TWS_OUT_CANCEL_HISTORICAL_DATA,
                                  TWS_OUT_CANCEL_REAL_TIME_BARS,
                                  TWS_OUT_CANCEL_FUNDAMENTAL_DATA,
                                  TWS_OUT_CANCEL_CALCULATE_IMPLIED_VOLATILITY,
                                  TWS_OUT_CANCEL_CALCULATE_OPTION_PRICE,
                                  TWS_OUT_CANCEL_ACCOUNT_SUMMARY,
                                  TWS_OUT_UPDATE_DISPLAY_GROUP,
                                  TWS_OUT_UNSUBSCRIBE_FROM_GROUP_EVENTS,
                                  TWS_OUT_CANCEL_POSITIONS_MULTI,
                                  TWS_OUT_CANCEL_ACCOUNT_UPDATES_MULTI,
                                  TWS_OUT_CANCEL_HISTOGRAM_DATA,
                                  TWS_OUT_CANCEL_HEAD_TIMESTAMP,
                                  TWS_OUT_CANCEL_PNL,
                                  TWS_OUT_CANCEL_PNL_SINGLE,
                                  TWS_OUT_CANCEL_TICK_BY_TICK_DATA,
                                  TWS_OUT_CANCEL_WSH_META_DATA,
                                  TWS_OUT_CANCEL_WSH_EVENT_DATA,
                                  TWS_OUT_CANCEL_CONTRACT_DATA,
                                  TWS_OUT_CANCEL_HISTORICAL_TICKS};

    return among(ids, sizeof ids, id);
}

bool replay_firm(int32_t id)
{
    static const uint8_t ids[] = {TWS_IN_ERROR,
                                  TWS_IN_NEXT_VALID_ID,
                                  TWS_IN_MANAGED_ACCOUNTS,
                                  TWS_IN_RECEIVE_FA,
                                  TWS_IN_HISTORICAL_DATA,
                                  TWS_IN_SCANNER_PARAMETERS,
                                  TWS_IN_CURRENT_TIME,
                                  TWS_IN_FUNDAMENTAL_DATA,
                                  TWS_IN_CONTRACT_DETAILS_END,
                                  TWS_IN_OPEN_ORDER_END,
                                  TWS_IN_ACCOUNT_DOWNLOAD_END,
                                  TWS_IN_EXEC_DETAILS_END,
                                  TWS_IN_TICK_SNAPSHOT_END,
                                  TWS_IN_POSITION_END,
                                  TWS_IN_ACCOUNT_SUMMARY_END,
                                  TWS_IN_VERIFY_MESSAGE_API,
                                  TWS_IN_VERIFY_COMPLETED,
                                  TWS_IN_DISPLAY_GROUP_LIST,
                                  TWS_IN_VERIFY_AND_AUTH_MESSAGE_API,
                                  TWS_IN_VERIFY_AND_AUTH_COMPLETED,
                                  TWS_IN_POSITION_MULTI_END,
                                  TWS_IN_ACCOUNT_UPDATE_MULTI_END,
                                  TWS_IN_SECURITY_DEFINITION_OPTION_PARAMETER_END,
                                  TWS_IN_SOFT_DOLLAR_TIERS,
                                  TWS_IN_FAMILY_CODES,
                                  TWS_IN_SYMBOL_SAMPLES,
                                  TWS_IN_MKT_DEPTH_EXCHANGES,
                                  TWS_IN_SMART_COMPONENTS,
                                  TWS_IN_NEWS_ARTICLE,
                                  TWS_IN_NEWS_PROVIDERS,
                                  TWS_IN_HISTORICAL_NEWS_END,
                                  TWS_IN_HEAD_TIMESTAMP,
                                  TWS_IN_HISTOGRAM_DATA,
                                  TWS_IN_MARKET_RULE,
                                  TWS_IN_HISTORICAL_TICKS,
                                  TWS_IN_HISTORICAL_TICKS_BID_ASK,
                                  TWS_IN_HISTORICAL_TICKS_LAST,
                                  TWS_IN_COMPLETED_ORDERS_END,
                                  TWS_IN_REPLACE_FA_END,
                                  TWS_IN_WSH_META_DATA,
                                  TWS_IN_WSH_EVENT_DATA,
                                  TWS_IN_HISTORICAL_SCHEDULE,
                                  TWS_IN_USER_INFO,
                                  TWS_IN_HISTORICAL_DATA_END,
                                  TWS_IN_CURRENT_TIME_IN_MILLIS,
                                  TWS_IN_CONFIG_RESPONSE,
                                  TWS_IN_UPDATE_CONFIG_RESPONSE};

    return among(ids, sizeof ids, id);
}

const char *replay_changes(int32_t id)
{
    static const struct {
        int32_t id;
        const char *what;
    } rows[] = {
        {TWS_OUT_PLACE_ORDER, "places or changes an order"},
        {TWS_OUT_CANCEL_ORDER, "cancels an order"},
        {TWS_OUT_REQ_AUTO_OPEN_ORDERS, "binds orders of the TWS window to this client"},
        {TWS_OUT_REPLACE_FA, "replaces the advisor's groups"},
        {TWS_OUT_EXERCISE_OPTIONS, "exercises options"},
        {TWS_OUT_REQ_GLOBAL_CANCEL, "cancels all orders"},
        {TWS_OUT_UPDATE_DISPLAY_GROUP, "changes what a window of TWS shows"},
        {TWS_OUT_UPDATE_CONFIG, "changes the API's configuration"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].id == id)
            return rows[i].what;
    return NULL;
}

bool replay_tells_change(int32_t id)
{
    static const uint8_t ids[] = {
        TWS_IN_ORDER_STATUS,          TWS_IN_ERROR,       TWS_IN_OPEN_ORDER,
        TWS_IN_DISPLAY_GROUP_UPDATED, TWS_IN_ORDER_BOUND, TWS_IN_REPLACE_FA_END,
        TWS_IN_UPDATE_CONFIG_RESPONSE};

    return among(ids, sizeof ids, id);
}
