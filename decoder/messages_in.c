/* messages_in.c - what the gateway sends: one row a message, one row a field.
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

static const struct tws_field error[] = {
    /* name                    type          tag since until text  means */
    {"version",                TWS_INT,       0,   0,  194,  true, TWS_PLAIN},
    {"reqId",                  TWS_INT,       1,   0,    0,  true, TWS_REQUEST_ID}, /* -1: none */
    {"errorCode",              TWS_INT,       3,   0,    0,  true, TWS_ERROR_CODE},
    {"errorMsg",               TWS_STRING,    4,   0,    0,  true, TWS_ERROR_TEXT},
    {"advancedOrderRejectJson", TWS_STRING,   5, 166,    0,  true, TWS_FREE_TEXT},
    {"errorTime",              TWS_EPOCH_MS,  2, 194,    0,  true, TWS_TIMESTAMP},
};

static const struct tws_field next_valid_id[] = {
    {"version",  TWS_INT,  0,  0,    0,   true, TWS_PLAIN},
    {"orderId",  TWS_INT,  1,  0,    0,   true, TWS_ORDER_ID},
};

static const struct tws_field managed_accounts[] = {
    {"version",      TWS_INT,     0,  0,    0,   true, TWS_PLAIN},
    {"accountsList", TWS_STRING,  1,  0,    0,   true, TWS_ACCOUNTS}, /* may end with a comma */
};

static const struct tws_field current_time[] = {
    {"version",  TWS_INT,      0,  0,    0,   true, TWS_PLAIN},
    {"time",     TWS_EPOCH_S,  1,  0,    0,   true, TWS_TIMESTAMP}, /* protobuf: currentTime */
};

static const struct tws_field current_time_in_millis[] = {
    {"timeInMillis", TWS_EPOCH_MS,  1,  0,    0,   true, TWS_TIMESTAMP},
};

/* KEY: place of the key among the text fields after the id, the server version from which it stands
 * one place earlier (the version field is gone), its protobuf field number. */
#define TEXT                   true
#define NONE                   false
#define KEY(ordinal, moves, t) .key = {(ordinal), (moves), (t)}
#define NO_KEY                 .key = {0, 0, 0}

const struct tws_message_row tws_messages_in[TWS_ID_LIMIT] = {
    /* id       name                        protobuf message       since text  key (see KEY) */
    [1]   = {"tickPrice",                "TickPrice",               206, TEXT, KEY(2, 0, 1)},
    [2]   = {"tickSize",                 "TickSize",                206, TEXT, KEY(2, 0, 1)},
    [3]   = {"orderStatus",              "OrderStatus",             203, TEXT, KEY(2, 131, 1)},
    [4]   = {"error",                    "ErrorMessage",            203, TEXT, KEY(2, 194, 1),
              TWS_FIELDS(error)},
    [5]   = {"openOrder",                "OpenOrder",               203, TEXT, KEY(2, 145, 1)},
    [6]   = {"updateAccountValue",       "AccountValue",            207, TEXT, NO_KEY},
    [7]   = {"updatePortfolio",          "PortfolioValue",          207, TEXT, NO_KEY},
    [8]   = {"updateAccountTime",        "AccountUpdateTime",       207, TEXT, NO_KEY},
    [9]   = {"nextValidId",              "NextValidId",             213, TEXT, KEY(2, 0, 1),
              TWS_FIELDS(next_valid_id)},
    [10]  = {"contractDetails",          "ContractData",            205, TEXT, KEY(2, 164, 1)},
    [11]  = {"execDetails",              "ExecutionDetails",        201, TEXT, KEY(2, 136, 1)},
    [12]  = {"updateMktDepth",           "MarketDepth",             206, TEXT, KEY(2, 0, 1)},
    [13]  = {"updateMktDepthL2",         "MarketDepthL2",           206, TEXT, KEY(2, 0, 1)},
    [14]  = {"updateNewsBulletin",       "NewsBulletin",            209, TEXT, NO_KEY},
    [15]  = {"managedAccounts",          "ManagedAccounts",         207, TEXT, NO_KEY,
              TWS_FIELDS(managed_accounts)},
    [16]  = {"receiveFA",                "ReceiveFA",               211, TEXT, NO_KEY},
    [17]  = {"historicalData",           "HistoricalData",          208, TEXT, KEY(2, 124, 1)},
    [18]  = {"bondContractDetails",      "ContractData",            205, TEXT, KEY(2, 164, 1)},
    [19]  = {"scannerParameters",        "ScannerParameters",       210, TEXT, NO_KEY},
    [20]  = {"scannerData",              "ScannerData",             210, TEXT, KEY(2, 0, 1)},
    [21]  = {"tickOptionComputation",    "TickOptionComputation",   206, TEXT, KEY(2, 156, 1)},
    [45]  = {"tickGeneric",              "TickGeneric",             206, TEXT, KEY(2, 0, 1)},
    [46]  = {"tickString",               "TickString",              206, TEXT, KEY(2, 0, 1)},
    [47]  = {"tickEFP",                  NULL,                        0, TEXT, KEY(2, 0, 0)},
    [49]  = {"currentTime",              "CurrentTime",             213, TEXT, NO_KEY,
              TWS_FIELDS(current_time)},
    [50]  = {"realtimeBar",              "RealTimeBarTick",         208, TEXT, KEY(2, 0, 1)},
    [51]  = {"fundamentalData",          "FundamentalsData",        210, TEXT, KEY(2, 0, 1)},
    [52]  = {"contractDetailsEnd",       "ContractDataEnd",         205, TEXT, KEY(2, 0, 1)},
    [53]  = {"openOrderEnd",             "OpenOrdersEnd",           203, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [54]  = {"accountDownloadEnd",       "AccountDataEnd",          207, TEXT, NO_KEY},
    [55]  = {"execDetailsEnd",           "ExecutionDetailsEnd",     201, TEXT, KEY(2, 0, 1)},
    [56]  = {"deltaNeutralValidation",   NULL,                        0, TEXT, KEY(2, 0, 0)},
    [57]  = {"tickSnapshotEnd",          "TickSnapshotEnd",         206, TEXT, KEY(2, 0, 1)},
    [58]  = {"marketDataType",           "MarketDataType",          206, TEXT, KEY(2, 0, 1)},
    [59]  = {"commissionAndFeesReport",  "CommissionAndFeesReport", 211, TEXT, NO_KEY},
    [61]  = {"position",                 "Position",                207, TEXT, NO_KEY},
    [62]  = {"positionEnd",              "PositionEnd",             207, TEXT, NO_KEY,
              TWS_FIELDS(version_only)},
    [63]  = {"accountSummary",           "AccountSummary",          207, TEXT, KEY(2, 0, 1)},
    [64]  = {"accountSummaryEnd",        "AccountSummaryEnd",       207, TEXT, KEY(2, 0, 1)},
    [65]  = {"verifyMessageAPI",         "VerifyMessageApi",        213, TEXT, NO_KEY},
    [66]  = {"verifyCompleted",          "VerifyCompleted",         213, TEXT, NO_KEY},
    [67]  = {"displayGroupList",         "DisplayGroupList",        213, TEXT, KEY(2, 0, 1)},
    [68]  = {"displayGroupUpdated",      "DisplayGroupUpdated",     213, TEXT, KEY(2, 0, 1)},
    [69]  = {"verifyAndAuthMessageAPI",  NULL,                        0, TEXT, NO_KEY},
    [70]  = {"verifyAndAuthCompleted",   NULL,                        0, TEXT, NO_KEY},
    [71]  = {"positionMulti",            "PositionMulti",           207, TEXT, KEY(2, 0, 1)},
    [72]  = {"positionMultiEnd",         "PositionMultiEnd",        207, TEXT, KEY(2, 0, 1)},
    [73]  = {"accountUpdateMulti",       "AccountUpdateMulti",      207, TEXT, KEY(2, 0, 1)},
    [74]  = {"accountUpdateMultiEnd",    "AccountUpdateMultiEnd",   207, TEXT, KEY(2, 0, 1)},
    [75]  = {"securityDefinitionOptionParameter",
                                    "SecDefOptParameter",      212, TEXT, KEY(1, 0, 1)},
    [76]  = {"securityDefinitionOptionParameterEnd",
                                    "SecDefOptParameterEnd",   212, TEXT, KEY(1, 0, 1)},
    [77]  = {"softDollarTiers",          "SoftDollarTiers",         212, TEXT, KEY(1, 0, 1)},
    [78]  = {"familyCodes",              "FamilyCodes",             212, TEXT, NO_KEY},
    [79]  = {"symbolSamples",            "SymbolSamples",           212, TEXT, KEY(1, 0, 1)},
    [80]  = {"mktDepthExchanges",        "MarketDepthExchanges",    213, TEXT, NO_KEY},
    [81]  = {"tickReqParams",            "TickReqParams",           206, TEXT, KEY(1, 0, 1)},
    [82]  = {"smartComponents",          "SmartComponents",         212, TEXT, KEY(1, 0, 1)},
    [83]  = {"newsArticle",              "NewsArticle",             209, TEXT, KEY(1, 0, 1)},
    [84]  = {"tickNews",                 "TickNews",                209, TEXT, KEY(1, 0, 1)},
    [85]  = {"newsProviders",            "NewsProviders",           209, TEXT, NO_KEY},
    [86]  = {"historicalNews",           "HistoricalNews",          209, TEXT, KEY(1, 0, 1)},
    [87]  = {"historicalNewsEnd",        "HistoricalNewsEnd",       209, TEXT, KEY(1, 0, 1)},
    [88]  = {"headTimestamp",            "HeadTimestamp",           208, TEXT, KEY(1, 0, 1)},
    [89]  = {"histogramData",            "HistogramData",           208, TEXT, KEY(1, 0, 1)},
    [90]  = {"historicalDataUpdate",     "HistoricalDataUpdate",    208, TEXT, KEY(1, 0, 1)},
    [91]  = {"rerouteMktDataReq",        "RerouteMarketDataRequest", 211, TEXT, KEY(1, 0, 1)},
    [92]  = {"rerouteMktDepthReq",       "RerouteMarketDepthRequest", 211, TEXT, KEY(1, 0, 1)},
    [93]  = {"marketRule",               "MarketRule",              212, TEXT, KEY(1, 0, 1)},
    [94]  = {"pnl",                      "PnL",                     210, TEXT, KEY(1, 0, 1)},
    [95]  = {"pnlSingle",                "PnLSingle",               210, TEXT, KEY(1, 0, 1)},
    [96]  = {"historicalTicks",          "HistoricalTicks",         208, TEXT, KEY(1, 0, 1)},
    [97]  = {"historicalTicksBidAsk",    "HistoricalTicksBidAsk",   208, TEXT, KEY(1, 0, 1)},
    [98]  = {"historicalTicksLast",      "HistoricalTicksLast",     208, TEXT, KEY(1, 0, 1)},
    [99]  = {"tickByTick",               "TickByTickData",          208, TEXT, KEY(1, 0, 1)},
    [100] = {"orderBound",               "OrderBound",              204, TEXT, KEY(3, 0, 3)},
    [101] = {"completedOrder",           "CompletedOrder",          204, TEXT, NO_KEY},
    [102] = {"completedOrdersEnd",       "CompletedOrdersEnd",      204, TEXT, NO_KEY},
    [103] = {"replaceFAEnd",             "ReplaceFAEnd",            211, TEXT, KEY(1, 0, 1)},
    [104] = {"wshMetaData",              "WshMetaData",             209, TEXT, KEY(1, 0, 1)},
    [105] = {"wshEventData",             "WshEventData",            209, TEXT, KEY(1, 0, 1)},
    [106] = {"historicalSchedule",       "HistoricalSchedule",      211, TEXT, KEY(1, 0, 1)},
    [107] = {"userInfo",                 "UserInfo",                212, TEXT, KEY(1, 0, 1)},
    [108] = {"historicalDataEnd",        "HistoricalDataEnd",       208, TEXT, KEY(1, 0, 1)},
    [109] = {"currentTimeInMillis",      "CurrentTimeInMillis",     213, TEXT, NO_KEY,
              TWS_FIELDS(current_time_in_millis)},
    [110] = {"configResponse",           "ConfigResponse",          219, NONE, KEY(0, 0, 1)},
    [111] = {"updateConfigResponse",     "UpdateConfigResponse",    221, NONE, KEY(0, 0, 1)},
};
/* clang-format on */
