/* records.c - the messages that protobuf messages hold: one row a field, in the order of the tags.
 *
 * A field is described here and nowhere else.  The columns: columns.h. */
#include "records.h"
#include "columns.h"

/* clang-format off */
/* An entry of a map<string, string>; the text form calls its members so. */
static const struct tws_field tag_value[] = {
    /* name                    type            tag since until mv in what */
    {"tag",                     TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN), PROTO_NAME("key")},
    {"value",                   TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field api_config[] = {
    /* name                    type            tag since until mv in what */
    {"precautions",             TWS_RECORD,       1,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(api_precautions_config)},
    {"settings",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(api_settings_config)},
};

static const struct tws_field api_precautions_config[] = {
    /* name                    type            tag since until mv in what */
    {"bypassOrderPrecautions",  TWS_BOOL,         1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassBondWarning",       TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassNegativeYieldConfirmation", TWS_BOOL,         3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassCalledBondWarning", TWS_BOOL,         4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassSameActionPairTradeWarning", TWS_BOOL,         5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassFlaggedAccountsWarning", TWS_BOOL,         6,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassPriceBasedVolatilityWarning", TWS_BOOL,         7,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassRedirectOrderWarning", TWS_BOOL,         8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassNoOverfillProtection", TWS_BOOL,         9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bypassRouteMarketableToBBO", TWS_BOOL,        10,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field api_settings_config[] = {
    /* name                    type            tag since until mv in what */
    {"readOnlyApi",             TWS_BOOL,         1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"totalQuantityForMutualFunds", TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"downloadOpenOrdersOnConnection", TWS_BOOL,         3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"includeVirtualFxPositions", TWS_BOOL,         4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"prepareDailyPnL",         TWS_BOOL,         5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sendStatusUpdatesForVolatilityOrders", TWS_BOOL,         6,   0,   0,  0, NO, MEANS(PLAIN)},
    {"encodeApiMessages",       TWS_STRING,       7,   0,   0,  0, NO, MEANS(PLAIN)},
    {"socketPort",              TWS_INT,          8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"useNegativeAutoRange",    TWS_BOOL,         9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"createApiMessageLogFile", TWS_BOOL,        10,   0,   0,  0, NO, MEANS(PLAIN)},
    {"includeMarketDataInLogFile", TWS_BOOL,        11,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exposeTradingScheduleToApi", TWS_BOOL,        12,   0,   0,  0, NO, MEANS(PLAIN)},
    {"splitInsuredDepositFromCashBalance", TWS_BOOL,        13,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sendZeroPositionsForTodayOnly", TWS_BOOL,        14,   0,   0,  0, NO, MEANS(PLAIN)},
    {"letApiAccountRequestsSwitchSubscription", TWS_BOOL,        15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"useAccountGroupsWithAllocationMethods", TWS_BOOL,        16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"loggingLevel",            TWS_STRING,      17,   0,   0,  0, NO, MEANS(PLAIN)},
    {"masterClientId",          TWS_INT,         18,   0,   0,  0, NO, MEANS(CLIENT_ID)},
    {"bulkDataTimeout",         TWS_INT,         19,   0,   0,  0, NO, MEANS(PLAIN)},
    {"componentExchSeparator",  TWS_STRING,      20,   0,   0,  0, NO, MEANS(PLAIN)},
    {"showForexDataIn1_10Pips", TWS_BOOL,        21,   0,   0,  0, NO, MEANS(PLAIN)},
    {"allowForexTradingIn1_10Pips", TWS_BOOL,        22,   0,   0,  0, NO, MEANS(PLAIN)},
    {"roundAccountValuesToNearestWholeNumber", TWS_BOOL,        23,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sendMarketDataInLotsForUsStocks", TWS_BOOL,        24,   0,   0,  0, NO, MEANS(PLAIN)},
    {"showAdvancedOrderRejectInUi", TWS_BOOL,        25,   0,   0,  0, NO, MEANS(PLAIN)},
    {"rejectMessagesAboveMaxRate", TWS_BOOL,        26,   0,   0,  0, NO, MEANS(PLAIN)},
    {"maintainConnectionOnIncorrectFields", TWS_BOOL,        27,   0,   0,  0, NO, MEANS(PLAIN)},
    {"compatibilityModeNasdaqStocks", TWS_BOOL,        28,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sendInstrumentTimezone",  TWS_STRING,      29,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sendForexDataInCompatibilityMode", TWS_BOOL,        30,   0,   0,  0, NO, MEANS(PLAIN)},
    {"maintainAndResubmitOrdersOnReconnect", TWS_BOOL,        31,   0,   0,  0, NO, MEANS(PLAIN)},
    {"historicalDataMaxSize",   TWS_INT,         32,   0,   0,  0, NO, MEANS(PLAIN)},
    {"autoReportNettingEventContractTrades", TWS_BOOL,        33,   0,   0,  0, NO, MEANS(PLAIN)},
    {"optionExerciseRequestType", TWS_STRING,      34,   0,   0,  0, NO, MEANS(PLAIN)},
    {"allowLocalhostOnly",      TWS_BOOL,        35,   0,   0,  0, NO, MEANS(PLAIN)},
    {"trustedIPs",              TWS_STRING,      36,   0,   0,  0, NO, MEANS(SECRET), REPEATED},
};

static const struct tws_field attached_orders[] = {
    /* name                    type            tag since until mv in what */
    {"slOrderId",               TWS_INT,          1,   0,   0,  0, NO, MEANS(ORDER_ID)},
    {"slOrderType",             TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"ptOrderId",               TWS_INT,          3,   0,   0,  0, NO, MEANS(ORDER_ID)},
    {"ptOrderType",             TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field combo_leg[] = {
    /* name                    type            tag since until mv in what */
    {"conId",                   TWS_INT,          1,   0,   0,  0, NO, MEANS(CON_ID)},
    {"ratio",                   TWS_INT,          2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"action",                  TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exchange",                TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"openClose",               TWS_INT,          5,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(leg_open_close)},
    {"shortSalesSlot",          TWS_INT,          6,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(short_sale_slots)},
    {"designatedLocation",      TWS_STRING,       7,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exemptCode",              TWS_INT,          8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"perLegPrice",             TWS_DOUBLE,       9,   0,   0,  0, NO, MEANS(PRICE)},
};

static const struct tws_field contract[] = {
    /* name                    type            tag since until mv in what */
    {"conId",                   TWS_INT,          1,   0,   0,  0, NO, MEANS(CON_ID)},
    {"symbol",                  TWS_STRING,       2,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"secType",                 TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(sec_types)},
    {"lastTradeDateOrContractMonth", TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"strike",                  TWS_DOUBLE,       5,   0,   0,  0, NO, MEANS(PRICE)},
    {"right",                   TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(rights)},
    {"multiplier",              TWS_DOUBLE,       7,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exchange",                TWS_STRING,       8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"primaryExch",             TWS_STRING,       9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"currency",                TWS_STRING,      10,   0,   0,  0, NO, MEANS(PLAIN)},
    {"localSymbol",             TWS_STRING,      11,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"tradingClass",            TWS_STRING,      12,   0,   0,  0, NO, MEANS(PLAIN)},
    {"secIdType",               TWS_STRING,      13,   0,   0,  0, NO, MEANS(PLAIN)},
    {"secId",                   TWS_STRING,      14,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"description",             TWS_STRING,      15,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"issuerId",                TWS_STRING,      16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralContract",    TWS_RECORD,      17,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(delta_neutral_contract)},
    {"includeExpired",          TWS_BOOL,        18,   0,   0,  0, NO, MEANS(PLAIN)},
    {"comboLegsDescrip",        TWS_STRING,      19,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"comboLegs",               TWS_RECORD,      20,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(combo_leg)},
    {"lastTradeDate",           TWS_STRING,      21,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field contract_description[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       1,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"derivativeSecTypes",      TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN), REPEATED},
};

static const struct tws_field contract_details[] = {
    /* name                    type            tag since until mv in what */
    {"marketName",              TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"minTick",                 TWS_DECIMAL,      2,   0,   0,  0, NO, MEANS(PRICE)},
    {"orderTypes",              TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"validExchanges",          TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"priceMagnifier",          TWS_INT,          5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"underConId",              TWS_INT,          6,   0,   0,  0, NO, MEANS(CON_ID)},
    {"longName",                TWS_STRING,       7,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"contractMonth",           TWS_STRING,       8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"industry",                TWS_STRING,       9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"category",                TWS_STRING,      10,   0,   0,  0, NO, MEANS(PLAIN)},
    {"subcategory",             TWS_STRING,      11,   0,   0,  0, NO, MEANS(PLAIN)},
    {"timeZoneId",              TWS_STRING,      12,   0,   0,  0, NO, MEANS(PLAIN)},
    {"tradingHours",            TWS_STRING,      13,   0,   0,  0, NO, MEANS(PLAIN)},
    {"liquidHours",             TWS_STRING,      14,   0,   0,  0, NO, MEANS(PLAIN)},
    {"evRule",                  TWS_STRING,      15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"evMultiplier",            TWS_DOUBLE,      16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"secIdList",               TWS_RECORD,      17,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"aggGroup",                TWS_INT,         18,   0,   0,  0, NO, MEANS(PLAIN)},
    {"underSymbol",             TWS_STRING,      19,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"underSecType",            TWS_STRING,      20,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(sec_types)},
    {"marketRuleIds",           TWS_STRING,      21,   0,   0,  0, NO, MEANS(PLAIN)},
    {"realExpirationDate",      TWS_STRING,      22,   0,   0,  0, NO, MEANS(PLAIN)},
    {"stockType",               TWS_STRING,      23,   0,   0,  0, NO, MEANS(PLAIN)},
    {"minSize",                 TWS_DECIMAL,     24,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"sizeIncrement",           TWS_DECIMAL,     25,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"suggestedSizeIncrement",  TWS_DECIMAL,     26,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"fundName",                TWS_STRING,      27,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundFamily",              TWS_STRING,      28,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundType",                TWS_STRING,      29,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundFrontLoad",           TWS_STRING,      30,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundBackLoad",            TWS_STRING,      31,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundBackLoadTimeInterval", TWS_STRING,      32,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundManagementFee",       TWS_STRING,      33,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundClosed",              TWS_BOOL,        34,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundClosedForNewInvestors", TWS_BOOL,        35,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundClosedForNewMoney",   TWS_BOOL,        36,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundNotifyAmount",        TWS_STRING,      37,   0,   0,  0, NO, MEANS(MONEY)},
    {"fundMinimumInitialPurchase", TWS_STRING,      38,   0,   0,  0, NO, MEANS(MONEY)},
    {"fundMinimumSubsequentPurchase", TWS_STRING,      39,   0,   0,  0, NO, MEANS(MONEY)},
    {"fundBlueSkyStates",       TWS_STRING,      40,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundBlueSkyTerritories",  TWS_STRING,      41,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundDistributionPolicyIndicator", TWS_STRING,      42,   0,   0,  0, NO, MEANS(PLAIN)},
    {"fundAssetType",           TWS_STRING,      43,   0,   0,  0, NO, MEANS(PLAIN)},
    {"cusip",                   TWS_STRING,      44,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"issueDate",               TWS_STRING,      45,   0,   0,  0, NO, MEANS(PLAIN)},
    {"ratings",                 TWS_STRING,      46,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bondType",                TWS_STRING,      47,   0,   0,  0, NO, MEANS(PLAIN)},
    {"coupon",                  TWS_DOUBLE,      48,   0,   0,  0, NO, MEANS(PLAIN)},
    {"couponType",              TWS_STRING,      49,   0,   0,  0, NO, MEANS(PLAIN)},
    {"convertible",             TWS_BOOL,        50,   0,   0,  0, NO, MEANS(PLAIN)},
    {"callable",                TWS_BOOL,        51,   0,   0,  0, NO, MEANS(PLAIN)},
    {"puttable",                TWS_BOOL,        52,   0,   0,  0, NO, MEANS(PLAIN)},
    {"descAppend",              TWS_STRING,      53,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"nextOptionDate",          TWS_STRING,      54,   0,   0,  0, NO, MEANS(PLAIN)},
    {"nextOptionType",          TWS_STRING,      55,   0,   0,  0, NO, MEANS(PLAIN)},
    {"nextOptionPartial",       TWS_BOOL,        56,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bondNotes",               TWS_STRING,      57,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"ineligibilityReasonList", TWS_RECORD,      58,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(ineligibility_reason)},
    {"eventContract1",          TWS_STRING,      59,   0,   0,  0, NO, MEANS(PLAIN)},
    {"eventContractDescription1", TWS_STRING,      60,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"eventContractDescription2", TWS_STRING,      61,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"minAlgoSize",             TWS_DECIMAL,     62,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"lastPricePrecision",      TWS_DECIMAL,     63,   0,   0,  0, NO, MEANS(PLAIN)},
    {"lastSizePrecision",       TWS_DECIMAL,     64,   0,   0,  0, NO, MEANS(PLAIN)},
    {"settlementMethod",        TWS_STRING,      65,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field delta_neutral_contract[] = {
    /* name                    type            tag since until mv in what */
    {"conId",                   TWS_INT,          1,   0,   0,  0, NO, MEANS(CON_ID)},
    {"delta",                   TWS_DOUBLE,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"price",                   TWS_DOUBLE,       3,   0,   0,  0, NO, MEANS(PRICE)},
};

static const struct tws_field depth_market_data_description[] = {
    /* name                    type            tag since until mv in what */
    {"exchange",                TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"secType",                 TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(sec_types)},
    {"listingExch",             TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"serviceDataType",         TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"aggGroup",                TWS_INT,          5,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field execution[] = {
    /* name                    type            tag since until mv in what */
    {"orderId",                 TWS_INT,          1,   0,   0,  0, NO, MEANS(ORDER_ID)},
    {"execId",                  TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"time",                    TWS_STRING,       3,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"acctNumber",              TWS_STRING,       4,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"exchange",                TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"side",                    TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(execution_sides)},
    {"shares",                  TWS_DECIMAL,      7,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"price",                   TWS_DOUBLE,       8,   0,   0,  0, NO, MEANS(PRICE)},
    {"permId",                  TWS_INT,          9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"clientId",                TWS_INT,         10,   0,   0,  0, NO, MEANS(CLIENT_ID)},
    {"isLiquidation",           TWS_BOOL,        11,   0,   0,  0, NO, MEANS(PLAIN)},
    {"cumQty",                  TWS_DECIMAL,     12,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"avgPrice",                TWS_DOUBLE,      13,   0,   0,  0, NO, MEANS(PRICE)},
    {"orderRef",                TWS_STRING,      14,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"evRule",                  TWS_STRING,      15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"evMultiplier",            TWS_DOUBLE,      16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"modelCode",               TWS_STRING,      17,   0,   0,  0, NO, MEANS(SECRET)},
    {"lastLiquidity",           TWS_INT,         18,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(liquidities)},
    {"isPriceRevisionPending",  TWS_BOOL,        19,   0,   0,  0, NO, MEANS(PLAIN)},
    {"submitter",               TWS_STRING,      20,   0,   0,  0, NO, MEANS(SECRET)},
    {"optExerciseOrLapseType",  TWS_INT,         21,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field execution_filter[] = {
    /* name                    type            tag since until mv in what */
    {"clientId",                TWS_INT,          1,   0,   0,  0, NO, MEANS(CLIENT_ID)},
    {"acctCode",                TWS_STRING,       2,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"time",                    TWS_STRING,       3,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"symbol",                  TWS_STRING,       4,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"secType",                 TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(sec_types)},
    {"exchange",                TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN)},
    {"side",                    TWS_STRING,       7,   0,   0,  0, NO, MEANS(PLAIN)},
    {"lastNDays",               TWS_INT,          8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"specificDates",           TWS_INT,          9,   0,   0,  0, NO, MEANS(TIMESTAMP), REPEATED},
};

static const struct tws_field family_code[] = {
    /* name                    type            tag since until mv in what */
    {"accountId",               TWS_STRING,       1,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"familyCode",              TWS_STRING,       2,   0,   0,  0, NO, MEANS(ACCOUNT)},
};

static const struct tws_field histogram_data_entry[] = {
    /* name                    type            tag since until mv in what */
    {"price",                   TWS_DOUBLE,       1,   0,   0,  0, NO, MEANS(PRICE)},
    {"size",                    TWS_DECIMAL,      2,   0,   0,  0, NO, MEANS(QUANTITY)},
};

static const struct tws_field historical_data_bar[] = {
    /* name                    type            tag since until mv in what */
    {"date",                    TWS_STRING,       1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"open",                    TWS_DOUBLE,       2,   0,   0,  0, NO, MEANS(PRICE)},
    {"high",                    TWS_DOUBLE,       3,   0,   0,  0, NO, MEANS(PRICE)},
    {"low",                     TWS_DOUBLE,       4,   0,   0,  0, NO, MEANS(PRICE)},
    {"close",                   TWS_DOUBLE,       5,   0,   0,  0, NO, MEANS(PRICE)},
    {"volume",                  TWS_DECIMAL,      6,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"WAP",                     TWS_DECIMAL,      7,   0,   0,  0, NO, MEANS(PRICE)},
    {"barCount",                TWS_INT,          8,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field historical_session[] = {
    /* name                    type            tag since until mv in what */
    {"startDateTime",           TWS_STRING,       1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"endDateTime",             TWS_STRING,       2,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"refDate",                 TWS_STRING,       3,   0,   0,  0, NO, MEANS(TIMESTAMP)},
};

static const struct tws_field historical_tick[] = {
    /* name                    type            tag since until mv in what */
    {"time",                    TWS_EPOCH_S,      1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"price",                   TWS_DOUBLE,       2,   0,   0,  0, NO, MEANS(PRICE)},
    {"size",                    TWS_DECIMAL,      3,   0,   0,  0, NO, MEANS(QUANTITY)},
};

static const struct tws_field historical_tick_bid_ask[] = {
    /* name                    type            tag since until mv in what */
    {"time",                    TWS_EPOCH_S,      1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"tickAttribBidAsk",        TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(tick_attrib_bid_ask)},
    {"priceBid",                TWS_DOUBLE,       3,   0,   0,  0, NO, MEANS(PRICE)},
    {"priceAsk",                TWS_DOUBLE,       4,   0,   0,  0, NO, MEANS(PRICE)},
    {"sizeBid",                 TWS_DECIMAL,      5,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"sizeAsk",                 TWS_DECIMAL,      6,   0,   0,  0, NO, MEANS(QUANTITY)},
};

static const struct tws_field historical_tick_last[] = {
    /* name                    type            tag since until mv in what */
    {"time",                    TWS_EPOCH_S,      1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"tickAttribLast",          TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(tick_attrib_last)},
    {"price",                   TWS_DOUBLE,       3,   0,   0,  0, NO, MEANS(PRICE)},
    {"size",                    TWS_DECIMAL,      4,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"exchange",                TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"specialConditions",       TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field ineligibility_reason[] = {
    /* name                    type            tag since until mv in what */
    {"id",                      TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"description",             TWS_STRING,       2,   0,   0,  0, NO, MEANS(FREE_TEXT)},
};

static const struct tws_field lock_and_exit_config[] = {
    /* name                    type            tag since until mv in what */
    {"autoLogoffTime",          TWS_STRING,       1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"autoLogoffPeriod",        TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"autoLogoffType",          TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field market_depth_data[] = {
    /* name                    type            tag since until mv in what */
    {"position",                TWS_INT,          1,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"operation",               TWS_INT,          2,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(depth_operations)},
    {"side",                    TWS_INT,          3,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(depth_sides)},
    {"price",                   TWS_DOUBLE,       4,   0,   0,  0, NO, MEANS(PRICE)},
    {"size",                    TWS_DECIMAL,      5,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"marketMaker",             TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN)},
    {"isSmartDepth",            TWS_BOOL,         7,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field message_config[] = {
    /* name                    type            tag since until mv in what */
    {"id",                      TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"title",                   TWS_STRING,       2,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"message",                 TWS_STRING,       3,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"defaultAction",           TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"enabled",                 TWS_BOOL,         5,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field news_provider[] = {
    /* name                    type            tag since until mv in what */
    {"providerCode",            TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"providerName",            TWS_STRING,       2,   0,   0,  0, NO, MEANS(FREE_TEXT)},
};

static const struct tws_field order[] = {
    /* name                    type            tag since until mv in what */
    {"clientId",                TWS_INT,          1,   0,   0,  0, NO, MEANS(CLIENT_ID)},
    {"orderId",                 TWS_INT,          2,   0,   0,  0, NO, MEANS(ORDER_ID)},
    {"permId",                  TWS_INT,          3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"parentId",                TWS_INT,          4,   0,   0,  0, NO, MEANS(ORDER_ID)},
    {"action",                  TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"totalQuantity",           TWS_DECIMAL,      6,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"displaySize",             TWS_INT,          7,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"orderType",               TWS_STRING,       8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"lmtPrice",                TWS_DOUBLE,       9,   0,   0,  0, NO, MEANS(PRICE)},
    {"auxPrice",                TWS_DOUBLE,      10,   0,   0,  0, NO, MEANS(PRICE)},
    {"tif",                     TWS_STRING,      11,   0,   0,  0, NO, MEANS(PLAIN), NAMED(tifs)},
    {"account",                 TWS_STRING,      12,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"settlingFirm",            TWS_STRING,      13,   0,   0,  0, NO, MEANS(SECRET)},
    {"clearingAccount",         TWS_STRING,      14,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"clearingIntent",          TWS_STRING,      15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"allOrNone",               TWS_BOOL,        16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"blockOrder",              TWS_BOOL,        17,   0,   0,  0, NO, MEANS(PLAIN)},
    {"hidden",                  TWS_BOOL,        18,   0,   0,  0, NO, MEANS(PLAIN)},
    {"outsideRth",              TWS_BOOL,        19,   0,   0,  0, NO, MEANS(PLAIN)},
    {"sweepToFill",             TWS_BOOL,        20,   0,   0,  0, NO, MEANS(PLAIN)},
    {"percentOffset",           TWS_DOUBLE,      21,   0,   0,  0, NO, MEANS(PLAIN)},
    {"trailingPercent",         TWS_DOUBLE,      22,   0,   0,  0, NO, MEANS(PLAIN)},
    {"trailStopPrice",          TWS_DOUBLE,      23,   0,   0,  0, NO, MEANS(PRICE)},
    {"minQty",                  TWS_INT,         24,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"goodAfterTime",           TWS_STRING,      25,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"goodTillDate",            TWS_STRING,      26,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"ocaGroup",                TWS_STRING,      27,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"orderRef",                TWS_STRING,      28,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"rule80A",                 TWS_STRING,      29,   0,   0,  0, NO, MEANS(PLAIN)},
    {"ocaType",                 TWS_INT,         30,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(oca_types)},
    {"triggerMethod",           TWS_INT,         31,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(trigger_methods)},
    {"activeStartTime",         TWS_STRING,      32,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"activeStopTime",          TWS_STRING,      33,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"faGroup",                 TWS_STRING,      34,   0,   0,  0, NO, MEANS(SECRET)},
    {"faMethod",                TWS_STRING,      35,   0,   0,  0, NO, MEANS(PLAIN)},
    {"faPercentage",            TWS_STRING,      36,   0,   0,  0, NO, MEANS(PLAIN)},
    {"volatility",              TWS_DOUBLE,      37,   0,   0,  0, NO, MEANS(PLAIN)},
    {"volatilityType",          TWS_INT,         38,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(volatility_types)},
    {"continuousUpdate",        TWS_BOOL,        39,   0,   0,  0, NO, MEANS(PLAIN)},
    {"referencePriceType",      TWS_INT,         40,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(reference_price_types)},
    {"deltaNeutralOrderType",   TWS_STRING,      41,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralAuxPrice",    TWS_DOUBLE,      42,   0,   0,  0, NO, MEANS(PRICE)},
    {"deltaNeutralConId",       TWS_INT,         43,   0,   0,  0, NO, MEANS(CON_ID)},
    {"deltaNeutralOpenClose",   TWS_STRING,      44,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralShortSale",   TWS_BOOL,        45,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralShortSaleSlot", TWS_INT,         46,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralDesignatedLocation", TWS_STRING,      47,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scaleInitLevelSize",      TWS_INT,         48,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"scaleSubsLevelSize",      TWS_INT,         49,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"scalePriceIncrement",     TWS_DOUBLE,      50,   0,   0,  0, NO, MEANS(PRICE)},
    {"scalePriceAdjustValue",   TWS_DOUBLE,      51,   0,   0,  0, NO, MEANS(PRICE)},
    {"scalePriceAdjustInterval", TWS_INT,         52,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scaleProfitOffset",       TWS_DOUBLE,      53,   0,   0,  0, NO, MEANS(PRICE)},
    {"scaleAutoReset",          TWS_BOOL,        54,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scaleInitPosition",       TWS_INT,         55,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"scaleInitFillQty",        TWS_INT,         56,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"scaleRandomPercent",      TWS_BOOL,        57,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scaleTable",              TWS_STRING,      58,   0,   0,  0, NO, MEANS(PLAIN)},
    {"hedgeType",               TWS_STRING,      59,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(hedge_types)},
    {"hedgeParam",              TWS_STRING,      60,   0,   0,  0, NO, MEANS(PLAIN)},
    {"algoStrategy",            TWS_STRING,      61,   0,   0,  0, NO, MEANS(PLAIN)},
    {"algoParams",              TWS_RECORD,      62,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"algoId",                  TWS_STRING,      63,   0,   0,  0, NO, MEANS(PLAIN)},
    {"smartComboRoutingParams", TWS_RECORD,      64,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"whatIf",                  TWS_BOOL,        65,   0,   0,  0, NO, MEANS(PLAIN)},
    {"transmit",                TWS_BOOL,        66,   0,   0,  0, NO, MEANS(PLAIN)},
    {"overridePercentageConstraints", TWS_BOOL,        67,   0,   0,  0, NO, MEANS(PLAIN)},
    {"openClose",               TWS_STRING,      68,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(open_close)},
    {"origin",                  TWS_INT,         69,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(origins)},
    {"shortSaleSlot",           TWS_INT,         70,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(short_sale_slots)},
    {"designatedLocation",      TWS_STRING,      71,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exemptCode",              TWS_INT,         72,   0,   0,  0, NO, MEANS(PLAIN)},
    {"deltaNeutralSettlingFirm", TWS_STRING,      73,   0,   0,  0, NO, MEANS(SECRET)},
    {"deltaNeutralClearingAccount", TWS_STRING,      74,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"deltaNeutralClearingIntent", TWS_STRING,      75,   0,   0,  0, NO, MEANS(PLAIN)},
    {"discretionaryAmt",        TWS_DOUBLE,      76,   0,   0,  0, NO, MEANS(PRICE)},
    {"optOutSmartRouting",      TWS_BOOL,        77,   0,   0,  0, NO, MEANS(PLAIN)},
    {"startingPrice",           TWS_DOUBLE,      78,   0,   0,  0, NO, MEANS(PRICE)},
    {"stockRefPrice",           TWS_DOUBLE,      79,   0,   0,  0, NO, MEANS(PRICE)},
    {"delta",                   TWS_DOUBLE,      80,   0,   0,  0, NO, MEANS(PLAIN)},
    {"stockRangeLower",         TWS_DOUBLE,      81,   0,   0,  0, NO, MEANS(PRICE)},
    {"stockRangeUpper",         TWS_DOUBLE,      82,   0,   0,  0, NO, MEANS(PRICE)},
    {"notHeld",                 TWS_BOOL,        83,   0,   0,  0, NO, MEANS(PLAIN)},
    {"orderMiscOptions",        TWS_RECORD,      84,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"solicited",               TWS_BOOL,        85,   0,   0,  0, NO, MEANS(PLAIN)},
    {"randomizeSize",           TWS_BOOL,        86,   0,   0,  0, NO, MEANS(PLAIN)},
    {"randomizePrice",          TWS_BOOL,        87,   0,   0,  0, NO, MEANS(PLAIN)},
    {"referenceContractId",     TWS_INT,         88,   0,   0,  0, NO, MEANS(CON_ID)},
    {"peggedChangeAmount",      TWS_DOUBLE,      89,   0,   0,  0, NO, MEANS(PRICE)},
    {"isPeggedChangeAmountDecrease", TWS_BOOL,        90,   0,   0,  0, NO, MEANS(PLAIN)},
    {"referenceChangeAmount",   TWS_DOUBLE,      91,   0,   0,  0, NO, MEANS(PRICE)},
    {"referenceExchangeId",     TWS_STRING,      92,   0,   0,  0, NO, MEANS(PLAIN)},
    {"adjustedOrderType",       TWS_STRING,      93,   0,   0,  0, NO, MEANS(PLAIN)},
    {"triggerPrice",            TWS_DOUBLE,      94,   0,   0,  0, NO, MEANS(PRICE)},
    {"adjustedStopPrice",       TWS_DOUBLE,      95,   0,   0,  0, NO, MEANS(PRICE)},
    {"adjustedStopLimitPrice",  TWS_DOUBLE,      96,   0,   0,  0, NO, MEANS(PRICE)},
    {"adjustedTrailingAmount",  TWS_DOUBLE,      97,   0,   0,  0, NO, MEANS(PRICE)},
    {"adjustableTrailingUnit",  TWS_INT,         98,   0,   0,  0, NO, MEANS(PLAIN)},
    {"lmtPriceOffset",          TWS_DOUBLE,      99,   0,   0,  0, NO, MEANS(PRICE)},
    {"conditions",              TWS_RECORD,     100,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(order_condition)},
    {"conditionsCancelOrder",   TWS_BOOL,       101,   0,   0,  0, NO, MEANS(PLAIN)},
    {"conditionsIgnoreRth",     TWS_BOOL,       102,   0,   0,  0, NO, MEANS(PLAIN)},
    {"modelCode",               TWS_STRING,     103,   0,   0,  0, NO, MEANS(SECRET)},
    {"extOperator",             TWS_STRING,     104,   0,   0,  0, NO, MEANS(SECRET)},
    {"softDollarTier",          TWS_RECORD,     105,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(soft_dollar_tier)},
    {"cashQty",                 TWS_DOUBLE,     106,   0,   0,  0, NO, MEANS(MONEY)},
    {"mifid2DecisionMaker",     TWS_STRING,     107,   0,   0,  0, NO, MEANS(SECRET)},
    {"mifid2DecisionAlgo",      TWS_STRING,     108,   0,   0,  0, NO, MEANS(SECRET)},
    {"mifid2ExecutionTrader",   TWS_STRING,     109,   0,   0,  0, NO, MEANS(SECRET)},
    {"mifid2ExecutionAlgo",     TWS_STRING,     110,   0,   0,  0, NO, MEANS(SECRET)},
    {"dontUseAutoPriceForHedge", TWS_BOOL,       111,   0,   0,  0, NO, MEANS(PLAIN)},
    {"isOmsContainer",          TWS_BOOL,       112,   0,   0,  0, NO, MEANS(PLAIN)},
    {"discretionaryUpToLimitPrice", TWS_BOOL,       113,   0,   0,  0, NO, MEANS(PLAIN)},
    {"autoCancelDate",          TWS_STRING,     114,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"filledQuantity",          TWS_DECIMAL,    115,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"refFuturesConId",         TWS_INT,        116,   0,   0,  0, NO, MEANS(CON_ID)},
    {"autoCancelParent",        TWS_BOOL,       117,   0,   0,  0, NO, MEANS(PLAIN)},
    {"shareholder",             TWS_STRING,     118,   0,   0,  0, NO, MEANS(SECRET)},
    {"imbalanceOnly",           TWS_BOOL,       119,   0,   0,  0, NO, MEANS(PLAIN)},
    {"routeMarketableToBbo",    TWS_INT,        120,   0,   0,  0, NO, MEANS(PLAIN)},
    {"parentPermId",            TWS_INT,        121,   0,   0,  0, NO, MEANS(PLAIN)},
    {"usePriceMgmtAlgo",        TWS_INT,        122,   0,   0,  0, NO, MEANS(PLAIN)},
    {"duration",                TWS_INT,        123,   0,   0,  0, NO, MEANS(PLAIN)},
    {"postToAts",               TWS_INT,        124,   0,   0,  0, NO, MEANS(PLAIN)},
    {"advancedErrorOverride",   TWS_STRING,     125,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"manualOrderTime",         TWS_STRING,     126,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"minTradeQty",             TWS_INT,        127,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"minCompeteSize",          TWS_INT,        128,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"competeAgainstBestOffset", TWS_DOUBLE,     129,   0,   0,  0, NO, MEANS(PRICE)},
    {"midOffsetAtWhole",        TWS_DOUBLE,     130,   0,   0,  0, NO, MEANS(PRICE)},
    {"midOffsetAtHalf",         TWS_DOUBLE,     131,   0,   0,  0, NO, MEANS(PRICE)},
    {"customerAccount",         TWS_STRING,     132,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"professionalCustomer",    TWS_BOOL,       133,   0,   0,  0, NO, MEANS(PLAIN)},
    {"bondAccruedInterest",     TWS_STRING,     134,   0,   0,  0, NO, MEANS(MONEY)},
    {"includeOvernight",        TWS_BOOL,       135,   0,   0,  0, NO, MEANS(PLAIN)},
    {"manualOrderIndicator",    TWS_INT,        136,   0,   0,  0, NO, MEANS(PLAIN)},
    {"submitter",               TWS_STRING,     137,   0,   0,  0, NO, MEANS(SECRET)},
    {"deactivate",              TWS_BOOL,       138,   0,   0,  0, NO, MEANS(PLAIN)},
    {"postOnly",                TWS_BOOL,       139,   0,   0,  0, NO, MEANS(PLAIN)},
    {"allowPreOpen",            TWS_BOOL,       140,   0,   0,  0, NO, MEANS(PLAIN)},
    {"ignoreOpenAuction",       TWS_BOOL,       141,   0,   0,  0, NO, MEANS(PLAIN)},
    {"seekPriceImprovement",    TWS_INT,        142,   0,   0,  0, NO, MEANS(PLAIN)},
    {"whatIfType",              TWS_INT,        143,   0,   0,  0, NO, MEANS(PLAIN)},
    {"hedgeMaxSize",            TWS_INT,        144,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"conditionsIncludeOvernight", TWS_BOOL,       145,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field order_allocation[] = {
    /* name                    type            tag since until mv in what */
    {"account",                 TWS_STRING,       1,   0,   0,  0, NO, MEANS(ACCOUNT)},
    {"position",                TWS_DECIMAL,      2,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"positionDesired",         TWS_DECIMAL,      3,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"positionAfter",           TWS_DECIMAL,      4,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"desiredAllocQty",         TWS_DECIMAL,      5,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"allowedAllocQty",         TWS_DECIMAL,      6,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"isMonetary",              TWS_BOOL,         7,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field order_cancel[] = {
    /* name                    type            tag since until mv in what */
    {"manualOrderCancelTime",   TWS_STRING,       1,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"extOperator",             TWS_STRING,       2,   0,   0,  0, NO, MEANS(SECRET)},
    {"manualOrderIndicator",    TWS_INT,          3,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field order_condition[] = {
    /* name                    type            tag since until mv in what */
    {"type",                    TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(condition_types)},
    {"isConjunctionConnection", TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"isMore",                  TWS_BOOL,         3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"conId",                   TWS_INT,          4,   0,   0,  0, NO, MEANS(CON_ID)},
    {"exchange",                TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"symbol",                  TWS_STRING,       6,   0,   0,  0, NO, MEANS(SYMBOL)},
    {"secType",                 TWS_STRING,       7,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(sec_types)},
    {"percent",                 TWS_INT,          8,   0,   0,  0, NO, MEANS(PLAIN)},
    {"changePercent",           TWS_DOUBLE,       9,   0,   0,  0, NO, MEANS(PLAIN)},
    {"price",                   TWS_DOUBLE,      10,   0,   0,  0, NO, MEANS(PRICE)},
    {"triggerMethod",           TWS_INT,         11,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(trigger_methods)},
    {"time",                    TWS_STRING,      12,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"volume",                  TWS_INT,         13,   0,   0,  0, NO, MEANS(QUANTITY)},
};

static const struct tws_field order_state[] = {
    /* name                    type            tag since until mv in what */
    {"status",                  TWS_STRING,       1,   0,   0,  0, NO, MEANS(PLAIN),
     NAMED(order_statuses)},
    {"initMarginBefore",        TWS_DOUBLE,       2,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginBefore",       TWS_DOUBLE,       3,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanBefore",    TWS_DOUBLE,       4,   0,   0,  0, NO, MEANS(MONEY)},
    {"initMarginChange",        TWS_DOUBLE,       5,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginChange",       TWS_DOUBLE,       6,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanChange",    TWS_DOUBLE,       7,   0,   0,  0, NO, MEANS(MONEY)},
    {"initMarginAfter",         TWS_DOUBLE,       8,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginAfter",        TWS_DOUBLE,       9,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanAfter",     TWS_DOUBLE,      10,   0,   0,  0, NO, MEANS(MONEY)},
    {"commissionAndFees",       TWS_DOUBLE,      11,   0,   0,  0, NO, MEANS(MONEY)},
    {"minCommissionAndFees",    TWS_DOUBLE,      12,   0,   0,  0, NO, MEANS(MONEY)},
    {"maxCommissionAndFees",    TWS_DOUBLE,      13,   0,   0,  0, NO, MEANS(MONEY)},
    {"commissionAndFeesCurrency", TWS_STRING,      14,   0,   0,  0, NO, MEANS(PLAIN)},
    {"marginCurrency",          TWS_STRING,      15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"initMarginBeforeOutsideRTH", TWS_DOUBLE,      16,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginBeforeOutsideRTH", TWS_DOUBLE,      17,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanBeforeOutsideRTH", TWS_DOUBLE,      18,   0,   0,  0, NO, MEANS(MONEY)},
    {"initMarginChangeOutsideRTH", TWS_DOUBLE,      19,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginChangeOutsideRTH", TWS_DOUBLE,      20,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanChangeOutsideRTH", TWS_DOUBLE,      21,   0,   0,  0, NO, MEANS(MONEY)},
    {"initMarginAfterOutsideRTH", TWS_DOUBLE,      22,   0,   0,  0, NO, MEANS(MONEY)},
    {"maintMarginAfterOutsideRTH", TWS_DOUBLE,      23,   0,   0,  0, NO, MEANS(MONEY)},
    {"equityWithLoanAfterOutsideRTH", TWS_DOUBLE,      24,   0,   0,  0, NO, MEANS(MONEY)},
    {"suggestedSize",           TWS_DECIMAL,     25,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"rejectReason",            TWS_STRING,      26,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"orderAllocations",        TWS_RECORD,      27,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(order_allocation)},
    {"warningText",             TWS_STRING,      28,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"completedTime",           TWS_STRING,      29,   0,   0,  0, NO, MEANS(TIMESTAMP)},
    {"completedStatus",         TWS_STRING,      30,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field orders_config[] = {
    /* name                    type            tag since until mv in what */
    {"smartRouting",            TWS_RECORD,       1,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(orders_smart_routing_config)},
};

static const struct tws_field orders_smart_routing_config[] = {
    /* name                    type            tag since until mv in what */
    {"seekPriceImprovement",    TWS_BOOL,         1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"preOpenReroute",          TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"doNotRouteToDarkPools",   TWS_BOOL,         3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"defaultAlgorithm",        TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field price_increment[] = {
    /* name                    type            tag since until mv in what */
    {"lowEdge",                 TWS_DOUBLE,       1,   0,   0,  0, NO, MEANS(PRICE)},
    {"increment",               TWS_DOUBLE,       2,   0,   0,  0, NO, MEANS(PRICE)},
};

static const struct tws_field scanner_data_element[] = {
    /* name                    type            tag since until mv in what */
    {"rank",                    TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"marketName",              TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"distance",                TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"benchmark",               TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"projection",              TWS_STRING,       6,   0,   0,  0, NO, MEANS(PLAIN)},
    {"comboKey",                TWS_STRING,       7,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field scanner_subscription[] = {
    /* name                    type            tag since until mv in what */
    {"numberOfRows",            TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"instrument",              TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"locationCode",            TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scanCode",                TWS_STRING,       4,   0,   0,  0, NO, MEANS(PLAIN)},
    {"abovePrice",              TWS_DOUBLE,       5,   0,   0,  0, NO, MEANS(PRICE)},
    {"belowPrice",              TWS_DOUBLE,       6,   0,   0,  0, NO, MEANS(PRICE)},
    {"aboveVolume",             TWS_INT,          7,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"marketCapAbove",          TWS_DOUBLE,       8,   0,   0,  0, NO, MEANS(MONEY)},
    {"marketCapBelow",          TWS_DOUBLE,       9,   0,   0,  0, NO, MEANS(MONEY)},
    {"moodyRatingAbove",        TWS_STRING,      10,   0,   0,  0, NO, MEANS(PLAIN)},
    {"moodyRatingBelow",        TWS_STRING,      11,   0,   0,  0, NO, MEANS(PLAIN)},
    {"spRatingAbove",           TWS_STRING,      12,   0,   0,  0, NO, MEANS(PLAIN)},
    {"spRatingBelow",           TWS_STRING,      13,   0,   0,  0, NO, MEANS(PLAIN)},
    {"maturityDateAbove",       TWS_STRING,      14,   0,   0,  0, NO, MEANS(PLAIN)},
    {"maturityDateBelow",       TWS_STRING,      15,   0,   0,  0, NO, MEANS(PLAIN)},
    {"couponRateAbove",         TWS_DOUBLE,      16,   0,   0,  0, NO, MEANS(PLAIN)},
    {"couponRateBelow",         TWS_DOUBLE,      17,   0,   0,  0, NO, MEANS(PLAIN)},
    {"excludeConvertible",      TWS_BOOL,        18,   0,   0,  0, NO, MEANS(PLAIN)},
    {"averageOptionVolumeAbove", TWS_INT,         19,   0,   0,  0, NO, MEANS(QUANTITY)},
    {"scannerSettingPairs",     TWS_STRING,      20,   0,   0,  0, NO, MEANS(PLAIN)},
    {"stockTypeFilter",         TWS_STRING,      21,   0,   0,  0, NO, MEANS(PLAIN)},
    {"scannerSubscriptionFilterOptions", TWS_RECORD,      22,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"scannerSubscriptionOptions", TWS_RECORD,      23,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
};

static const struct tws_field smart_component[] = {
    /* name                    type            tag since until mv in what */
    {"bitNumber",               TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exchange",                TWS_STRING,       2,   0,   0,  0, NO, MEANS(PLAIN)},
    {"exchangeLetter",          TWS_STRING,       3,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field soft_dollar_tier[] = {
    /* name                    type            tag since until mv in what */
    {"name",                    TWS_STRING,       1,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"value",                   TWS_STRING,       2,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"displayName",             TWS_STRING,       3,   0,   0,  0, NO, MEANS(FREE_TEXT)},
};

static const struct tws_field tick_attrib_bid_ask[] = {
    /* name                    type            tag since until mv in what */
    {"bidPastLow",              TWS_BOOL,         1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"askPastHigh",             TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field tick_attrib_last[] = {
    /* name                    type            tag since until mv in what */
    {"pastLimit",               TWS_BOOL,         1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"unreported",              TWS_BOOL,         2,   0,   0,  0, NO, MEANS(PLAIN)},
};

static const struct tws_field update_config_warning[] = {
    /* name                    type            tag since until mv in what */
    {"messageId",               TWS_INT,          1,   0,   0,  0, NO, MEANS(PLAIN)},
    {"title",                   TWS_STRING,       2,   0,   0,  0, NO, MEANS(FREE_TEXT)},
    {"message",                 TWS_STRING,       3,   0,   0,  0, NO, MEANS(FREE_TEXT)},
};

/* clang-format on */

#define RECORD_ROW(id, name) const struct tws_record tws_record_##id = {name, TWS_FIELDS(id)};

/* clang-format off */
RECORD_ROW(api_config, "ApiConfig")
RECORD_ROW(api_precautions_config, "ApiPrecautionsConfig")
RECORD_ROW(api_settings_config, "ApiSettingsConfig")
RECORD_ROW(attached_orders, "AttachedOrders")
RECORD_ROW(combo_leg, "ComboLeg")
RECORD_ROW(contract, "Contract")
RECORD_ROW(contract_description, "ContractDescription")
RECORD_ROW(contract_details, "ContractDetails")
RECORD_ROW(delta_neutral_contract, "DeltaNeutralContract")
RECORD_ROW(depth_market_data_description, "DepthMarketDataDescription")
RECORD_ROW(execution, "Execution")
RECORD_ROW(execution_filter, "ExecutionFilter")
RECORD_ROW(family_code, "FamilyCode")
RECORD_ROW(histogram_data_entry, "HistogramDataEntry")
RECORD_ROW(historical_data_bar, "HistoricalDataBar")
RECORD_ROW(historical_session, "HistoricalSession")
RECORD_ROW(historical_tick, "HistoricalTick")
RECORD_ROW(historical_tick_bid_ask, "HistoricalTickBidAsk")
RECORD_ROW(historical_tick_last, "HistoricalTickLast")
RECORD_ROW(ineligibility_reason, "IneligibilityReason")
RECORD_ROW(lock_and_exit_config, "LockAndExitConfig")
RECORD_ROW(market_depth_data, "MarketDepthData")
RECORD_ROW(message_config, "MessageConfig")
RECORD_ROW(news_provider, "NewsProvider")
RECORD_ROW(order, "Order")
RECORD_ROW(order_allocation, "OrderAllocation")
RECORD_ROW(order_cancel, "OrderCancel")
RECORD_ROW(order_condition, "OrderCondition")
RECORD_ROW(order_state, "OrderState")
RECORD_ROW(orders_config, "OrdersConfig")
RECORD_ROW(orders_smart_routing_config, "OrdersSmartRoutingConfig")
RECORD_ROW(price_increment, "PriceIncrement")
RECORD_ROW(scanner_data_element, "ScannerDataElement")
RECORD_ROW(scanner_subscription, "ScannerSubscription")
RECORD_ROW(smart_component, "SmartComponent")
RECORD_ROW(soft_dollar_tier, "SoftDollarTier")
RECORD_ROW(tag_value, "TagValue")
RECORD_ROW(tick_attrib_bid_ask, "TickAttribBidAsk")
RECORD_ROW(tick_attrib_last, "TickAttribLast")
RECORD_ROW(update_config_warning, "UpdateConfigWarning")
/* clang-format on */

const struct tws_record *const tws_records[TWS_RECORDS] = {
    &tws_record_api_config,
    &tws_record_api_precautions_config,
    &tws_record_api_settings_config,
    &tws_record_attached_orders,
    &tws_record_combo_leg,
    &tws_record_contract,
    &tws_record_contract_description,
    &tws_record_contract_details,
    &tws_record_delta_neutral_contract,
    &tws_record_depth_market_data_description,
    &tws_record_execution,
    &tws_record_execution_filter,
    &tws_record_family_code,
    &tws_record_histogram_data_entry,
    &tws_record_historical_data_bar,
    &tws_record_historical_session,
    &tws_record_historical_tick,
    &tws_record_historical_tick_bid_ask,
    &tws_record_historical_tick_last,
    &tws_record_ineligibility_reason,
    &tws_record_lock_and_exit_config,
    &tws_record_market_depth_data,
    &tws_record_message_config,
    &tws_record_news_provider,
    &tws_record_order,
    &tws_record_order_allocation,
    &tws_record_order_cancel,
    &tws_record_order_condition,
    &tws_record_order_state,
    &tws_record_orders_config,
    &tws_record_orders_smart_routing_config,
    &tws_record_price_increment,
    &tws_record_scanner_data_element,
    &tws_record_scanner_subscription,
    &tws_record_smart_component,
    &tws_record_soft_dollar_tier,
    &tws_record_tag_value,
    &tws_record_tick_attrib_bid_ask,
    &tws_record_tick_attrib_last,
    &tws_record_update_config_warning,
};
