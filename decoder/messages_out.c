/* messages_out.c - what the client sends: one row a message, one row a field.
 *
 * A field is described here and nowhere else.  Rows are in text order.  tag: protobuf field number,
 * 0 where only the text form has the field.  since, until: server versions, as in schema.h.
 * A message without field rows is known by name; its values are listed without names. */
#include "schema.h"

/* clang-format off */
static const struct tws_field version_only[] = {
    /* name      type     tag since until text  means */
    {"version",  TWS_INT,  0,  0,    0,   true, TWS_PLAIN},
};

static const struct tws_field req_ids[] = {
    {"version",  TWS_INT,  0,  0,    0,   true, TWS_PLAIN},
    {"numIds",   TWS_INT,  1,  0,    0,   true, TWS_PLAIN}, /* ignored by the gateway */
};

static const struct tws_field set_server_log_level[] = {
    {"version",  TWS_INT,  0,  0,    0,   true, TWS_PLAIN},
    {"logLevel", TWS_INT,  1,  0,    0,   true, TWS_PLAIN}, /* 1 system .. 5 detail */
};

static const struct tws_field start_api[] = {
    {"version",              TWS_INT,     0,  0,    0,   true, TWS_PLAIN},
    {"clientId",             TWS_INT,     1,  0,    0,   true, TWS_CLIENT_ID},
    {"optionalCapabilities", TWS_STRING,  2,  0,    0,   true, TWS_FREE_TEXT}, /* normally empty */
};

/* KEY: place of the key among the text fields after the id, the server version from which it stands
 * one place earlier (the version field is gone), its protobuf field number. */
#define TEXT                   true
#define NONE                   false
#define KEY(ordinal, moves, t) .key = {(ordinal), (moves), (t)}
#define NO_KEY                 .key = {0, 0, 0}

const struct tws_message_row tws_messages_out[TWS_ID_LIMIT] = {
    /* id       name                        protobuf message       since text  key (see KEY) */
    [1]   = {"reqMktData",               "MarketDataRequest",       206, TEXT, KEY(2, 0, 1)},
    [2]   = {"cancelMktData",            "CancelMarketData",        206, TEXT, KEY(2, 0, 1)},
    [3]   = {"placeOrder",               "PlaceOrderRequest",       203, TEXT, KEY(2, 145, 1)},
    [4]   = {"cancelOrder",              "CancelOrderRequest",      203, TEXT, KEY(2, 192, 1)},
    [5]   = {"reqOpenOrders",            "OpenOrdersRequest",       204, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [6]   = {"reqAccountUpdates",        "AccountDataRequest",      207, TEXT, NO_KEY},
    [7]   = {"reqExecutions",            "ExecutionRequest",        201, TEXT, KEY(2, 0, 1)},
    [8]   = {"reqIds",                   "IdsRequest",              213, TEXT, NO_KEY,
              TWS_FIELDS(req_ids)},
    [9]   = {"reqContractDetails",       "ContractDataRequest",     205, TEXT, KEY(2, 0, 1)},
    [10]  = {"reqMktDepth",              "MarketDepthRequest",      206, TEXT, KEY(2, 0, 1)},
    [11]  = {"cancelMktDepth",           "CancelMarketDepth",       206, TEXT, KEY(2, 0, 1)},
    [12]  = {"reqNewsBulletins",         "NewsBulletinsRequest",    209, TEXT, NO_KEY},
    [13]  = {"cancelNewsBulletins",      "CancelNewsBulletins",     209, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [14]  = {"setServerLogLevel",        "SetServerLogLevelRequest", 213, TEXT, NO_KEY,
              TWS_FIELDS(set_server_log_level)},
    [15]  = {"reqAutoOpenOrders",        "AutoOpenOrdersRequest",   204, TEXT, NO_KEY},
    [16]  = {"reqAllOpenOrders",         "AllOpenOrdersRequest",    204, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [17]  = {"reqManagedAccts",          "ManagedAccountsRequest",  207, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [18]  = {"requestFA",                "FARequest",               211, TEXT, NO_KEY},
    [19]  = {"replaceFA",                "FAReplace",               211, TEXT, KEY(4, 0, 1)},
    [20]  = {"reqHistoricalData",        "HistoricalDataRequest",   208, TEXT, KEY(2, 124, 1)},
    [21]  = {"exerciseOptions",          "ExerciseOptionsRequest",  211, TEXT, KEY(2, 0, 1)},
    [22]  = {"reqScannerSubscription",   "ScannerSubscriptionRequest", 210, TEXT, KEY(2, 143, 1)},
    [23]  = {"cancelScannerSubscription", "CancelScannerSubscription", 210, TEXT, KEY(2, 0, 1)},
    [24]  = {"reqScannerParameters",     "ScannerParametersRequest", 210, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [25]  = {"cancelHistoricalData",     "CancelHistoricalData",    208, TEXT, KEY(2, 0, 1)},
    [49]  = {"reqCurrentTime",           "CurrentTimeRequest",      213, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [50]  = {"reqRealTimeBars",          "RealTimeBarsRequest",     208, TEXT, KEY(2, 0, 1)},
    [51]  = {"cancelRealTimeBars",       "CancelRealTimeBars",      208, TEXT, KEY(2, 0, 1)},
    [52]  = {"reqFundamentalData",       "FundamentalsDataRequest", 210, TEXT, KEY(2, 0, 1)},
    [53]  = {"cancelFundamentalData",    "CancelFundamentalsData",  210, TEXT, KEY(2, 0, 1)},
    [54]  = {"calculateImpliedVolatility",
                                    "CalculateImpliedVolatilityRequest", 211, TEXT, KEY(2, 0, 1)},
    [55]  = {"calculateOptionPrice",     "CalculateOptionPriceRequest", 211, TEXT, KEY(2, 0, 1)},
    [56]  = {"cancelCalculateImpliedVolatility",
                                    "CancelCalculateImpliedVolatility", 211, TEXT, KEY(2, 0, 1)},
    [57]  = {"cancelCalculateOptionPrice", "CancelCalculateOptionPrice", 211, TEXT, KEY(2, 0, 1)},
    [58]  = {"reqGlobalCancel",          "GlobalCancelRequest",     203, TEXT, NO_KEY},
    [59]  = {"reqMarketDataType",        "MarketDataTypeRequest",   206, TEXT, NO_KEY},
    [61]  = {"reqPositions",             "PositionsRequest",        207, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [62]  = {"reqAccountSummary",        "AccountSummaryRequest",   207, TEXT, KEY(2, 0, 1)},
    [63]  = {"cancelAccountSummary",     "CancelAccountSummary",    207, TEXT, KEY(2, 0, 1)},
    [64]  = {"cancelPositions",          "CancelPositions",         207, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [65]  = {"verifyRequest",            "VerifyRequest",           213, TEXT, NO_KEY},
    [66]  = {"verifyMessage",            "VerifyMessageRequest",    213, TEXT, NO_KEY},
    [67]  = {"queryDisplayGroups",       "QueryDisplayGroupsRequest", 213, TEXT, KEY(2, 0, 1)},
    [68]  = {"subscribeToGroupEvents",   "SubscribeToGroupEventsRequest", 213, TEXT, KEY(2, 0, 1)},
    [69]  = {"updateDisplayGroup",       "UpdateDisplayGroupRequest", 213, TEXT, KEY(2, 0, 1)},
    [70]  = {"unsubscribeFromGroupEvents",
                                    "UnsubscribeFromGroupEventsRequest", 213, TEXT, KEY(2, 0, 1)},
    [71]  = {"startApi",                 "StartApiRequest",         213, TEXT, NO_KEY,
              TWS_FIELDS(start_api)},
    [72]  = {"verifyAndAuthRequest",     NULL,                        0, TEXT, NO_KEY},
    [73]  = {"verifyAndAuthMessage",     NULL,                        0, TEXT, NO_KEY},
    [74]  = {"reqPositionsMulti",        "PositionsMultiRequest",   207, TEXT, KEY(2, 0, 1)},
    [75]  = {"cancelPositionsMulti",     "CancelPositionsMulti",    207, TEXT, KEY(2, 0, 1)},
    [76]  = {"reqAccountUpdatesMulti",   "AccountUpdatesMultiRequest", 207, TEXT, KEY(2, 0, 1)},
    [77]  = {"cancelAccountUpdatesMulti", "CancelAccountUpdatesMulti", 207, TEXT, KEY(2, 0, 1)},
    [78]  = {"reqSecDefOptParams",       "SecDefOptParamsRequest",  212, TEXT, KEY(1, 0, 1)},
    [79]  = {"reqSoftDollarTiers",       "SoftDollarTiersRequest",  212, TEXT, KEY(1, 0, 1)},
    [80]  = {"reqFamilyCodes",           "FamilyCodesRequest",      212, TEXT, NO_KEY},
    [81]  = {"reqMatchingSymbols",       "MatchingSymbolsRequest",  212, TEXT, KEY(1, 0, 1)},
    [82]  = {"reqMktDepthExchanges",     "MarketDepthExchangesRequest", 213, TEXT, NO_KEY},
    [83]  = {"reqSmartComponents",       "SmartComponentsRequest",  212, TEXT, KEY(1, 0, 1)},
    [84]  = {"reqNewsArticle",           "NewsArticleRequest",      209, TEXT, KEY(1, 0, 1)},
    [85]  = {"reqNewsProviders",         "NewsProvidersRequest",    209, TEXT, NO_KEY},
    [86]  = {"reqHistoricalNews",        "HistoricalNewsRequest",   209, TEXT, KEY(1, 0, 1)},
    [87]  = {"reqHeadTimestamp",         "HeadTimestampRequest",    208, TEXT, KEY(1, 0, 1)},
    [88]  = {"reqHistogramData",         "HistogramDataRequest",    208, TEXT, KEY(1, 0, 1)},
    [89]  = {"cancelHistogramData",      "CancelHistogramData",     208, TEXT, KEY(1, 0, 1)},
    [90]  = {"cancelHeadTimestamp",      "CancelHeadTimestamp",     208, TEXT, KEY(1, 0, 1)},
    [91]  = {"reqMarketRule",            "MarketRuleRequest",       212, TEXT, KEY(1, 0, 1)},
    [92]  = {"reqPnL",                   "PnLRequest",              210, TEXT, KEY(1, 0, 1)},
    [93]  = {"cancelPnL",                "CancelPnL",               210, TEXT, KEY(1, 0, 1)},
    [94]  = {"reqPnLSingle",             "PnLSingleRequest",        210, TEXT, KEY(1, 0, 1)},
    [95]  = {"cancelPnLSingle",          "CancelPnLSingle",         210, TEXT, KEY(1, 0, 1)},
    [96]  = {"reqHistoricalTicks",       "HistoricalTicksRequest",  208, TEXT, KEY(1, 0, 1)},
    [97]  = {"reqTickByTickData",        "TickByTickRequest",       208, TEXT, KEY(1, 0, 1)},
    [98]  = {"cancelTickByTickData",     "CancelTickByTick",        208, TEXT, KEY(1, 0, 1)},
    [99]  = {"reqCompletedOrders",       "CompletedOrdersRequest",  204, TEXT, NO_KEY},
    [100] = {"reqWshMetaData",           "WshMetaDataRequest",      209, TEXT, KEY(1, 0, 1)},
    [101] = {"cancelWshMetaData",        "CancelWshMetaData",       209, TEXT, KEY(1, 0, 1)},
    [102] = {"reqWshEventData",          "WshEventDataRequest",     209, TEXT, KEY(1, 0, 1)},
    [103] = {"cancelWshEventData",       "CancelWshEventData",      209, TEXT, KEY(1, 0, 1)},
    [104] = {"reqUserInfo",              "UserInfoRequest",         212, TEXT, KEY(1, 0, 1)},
    [105] = {"reqCurrentTimeInMillis",   "CurrentTimeInMillisRequest", 213, TEXT, NO_KEY},
    [106] = {"cancelContractData",       "CancelContractData",      215, NONE, KEY(0, 0, 1)},
    [107] = {"cancelHistoricalTicks",    "CancelHistoricalTicks",   215, NONE, KEY(0, 0, 1)},
    [108] = {"reqConfig",                "ConfigRequest",           219, NONE, KEY(0, 0, 1)},
    [109] = {"updateConfig",             "UpdateConfigRequest",     221, NONE, KEY(0, 0, 1)},
};
/* clang-format on */
