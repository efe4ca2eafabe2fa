/* messages_out.c - what the client sends: one row a message, one row a field.
 *
 * A field is described here and nowhere else; nested protobuf messages are in records.c.  Rows
 * are in text order, behind those of the protobuf form alone (in: NO).  Columns: columns.h. */
#include "columns.h"
#include "records.h"

/* clang-format off */
static const struct tws_field req_mkt_data[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"marketDataOptions",       TWS_RECORD,       6,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), KEEP(SEC_TYPE),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"comboLegsCount",          TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(BAG),
     COUNTS("comboLegs"), AT("contract.comboLegs")},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(CON_ID),
     AT("contract.comboLegs.conId")},
    {"ratio",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(QUANTITY),
     AT("contract.comboLegs.ratio")},
    {"action",                  TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.action")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.exchange")},
    {"deltaNeutralContractPresent", TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(DELTA_NEUTRAL_CONTRACT)},
    {"deltaNeutralContractConId", TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.conId")},
    {"deltaNeutralContractDelta", TWS_DOUBLE,       0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.delta")},
    {"deltaNeutralContractPrice", TWS_DOUBLE,       0,   0,   0,  0,  0, MEANS(PRICE),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.price")},
    {"genericTickList",         TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"snapshot",                TWS_BOOL,         4,   0,   0,  0,  0, MEANS(PLAIN)},
    {"regulatorySnapshot",      TWS_BOOL,         5, 114,   0,  0,  0, MEANS(PLAIN)},
    {"mktDataOptions",          TWS_TAGVALUES,    0,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field version_req_id[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
};

static const struct tws_field place_order[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"order",                   TWS_RECORD,       3,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(order)},
    {"attachedOrders",          TWS_RECORD,       4,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(attached_orders)},
    {"version",                 TWS_INT,          0,   0, 145,  0,  0, MEANS(PLAIN)},
    {"orderId",                 TWS_INT,          1,   0,   0,  0,  0, MEANS(ORDER_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), KEEP(SEC_TYPE),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), KEEP(EXCHANGE),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"secIdType",               TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.secIdType")},
    {"secId",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.secId")},
    {"action",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.action")},
    {"totalQuantity",           TWS_DECIMAL,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.totalQuantity")},
    {"orderType",               TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(ORDER_TYPE), AT("order.orderType")},
    {"lmtPrice",                TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.lmtPrice")},
    {"auxPrice",                TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.auxPrice")},
    {"tif",                     TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(tifs),
     AT("order.tif")},
    {"ocaGroup",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.ocaGroup")},
    {"account",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(ACCOUNT),
     AT("order.account")},
    {"openClose",               TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(open_close), AT("order.openClose")},
    {"origin",                  TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(origins),
     AT("order.origin")},
    {"orderRef",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(FREE_TEXT),
     AT("order.orderRef")},
    {"transmit",                TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.transmit")},
    {"parentId",                TWS_INT,          0,   0,   0,  0,  0, MEANS(ORDER_ID),
     AT("order.parentId")},
    {"blockOrder",              TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.blockOrder")},
    {"sweepToFill",             TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.sweepToFill")},
    {"displaySize",             TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.displaySize")},
    {"triggerMethod",           TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(trigger_methods), AT("order.triggerMethod")},
    {"outsideRth",              TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.outsideRth")},
    {"hidden",                  TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.hidden")},
    {"comboLegsCount",          TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(BAG),
     COUNTS("comboLegs"), AT("contract.comboLegs")},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(CON_ID),
     AT("contract.comboLegs.conId")},
    {"ratio",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(QUANTITY),
     AT("contract.comboLegs.ratio")},
    {"action",                  TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.action")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.exchange")},
    {"openClose",               TWS_INT,          0,   0,   0,  0,  1, MEANS(PLAIN),
     NAMED(leg_open_close), AT("contract.comboLegs.openClose")},
    {"shortSaleSlot",           TWS_INT,          0,   0,   0,  0,  1, MEANS(PLAIN),
     NAMED(short_sale_slots)},
    {"designatedLocation",      TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.designatedLocation")},
    {"exemptCode",              TWS_INT,          0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.exemptCode")},
    {"orderComboLegsCount",     TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(BAG),
     COUNTS("orderComboLegs")},
    {"price",                   TWS_DOUBLE_MAX,   0,   0,   0,  0,  1, MEANS(PRICE),
     AT("contract.comboLegs.perLegPrice")},
    {"smartComboRoutingParamsCount", TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(BAG),
     COUNTS("smartComboRoutingParams"), AT("order.smartComboRoutingParams")},
    {"tag",                     TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("order.smartComboRoutingParams.key")},
    {"value",                   TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("order.smartComboRoutingParams.value")},
    {"sharesAllocation",        TWS_STRING,       0,   0,   0,  0,  0, MEANS(ACCOUNTS)},
    {"discretionaryAmt",        TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.discretionaryAmt")},
    {"goodAfterTime",           TWS_STRING,       0,   0,   0,  0,  0, MEANS(TIMESTAMP),
     AT("order.goodAfterTime")},
    {"goodTillDate",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(TIMESTAMP),
     AT("order.goodTillDate")},
    {"faGroup",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET),
     AT("order.faGroup")},
    {"faMethod",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.faMethod")},
    {"faPercentage",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.faPercentage")},
    {"faProfile",               TWS_STRING,       0,   0, 177,  0,  0, MEANS(SECRET)},
    {"modelCode",               TWS_STRING,       0, 103,   0,  0,  0, MEANS(SECRET),
     AT("order.modelCode")},
    {"shortSaleSlot",           TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(short_sale_slots), AT("order.shortSaleSlot")},
    {"designatedLocation",      TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.designatedLocation")},
    {"exemptCode",              TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.exemptCode")},
    {"ocaType",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(oca_types), AT("order.ocaType")},
    {"rule80A",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.rule80A")},
    {"settlingFirm",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET),
     AT("order.settlingFirm")},
    {"allOrNone",               TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.allOrNone")},
    {"minQty",                  TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.minQty")},
    {"percentOffset",           TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.percentOffset")},
    {"eTradeOnly",              TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"firmQuoteOnly",           TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"nbboPriceCap",            TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE)},
    {"auctionStrategy",         TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(auction_strategies)},
    {"startingPrice",           TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.startingPrice")},
    {"stockRefPrice",           TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.stockRefPrice")},
    {"delta",                   TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.deltaNeutralContract.delta")},
    {"stockRangeLower",         TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.stockRangeLower")},
    {"stockRangeUpper",         TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.stockRangeUpper")},
    {"overridePercentageConstraints", TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.overridePercentageConstraints")},
    {"volatility",              TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.volatility")},
    {"volatilityType",          TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(volatility_types), AT("order.volatilityType")},
    {"deltaNeutralOrderType",   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralOrderType")},
    {"deltaNeutralAuxPrice",    TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.deltaNeutralAuxPrice")},
    {"deltaNeutralConId",       TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralConId")},
    {"deltaNeutralSettlingFirm", TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralSettlingFirm")},
    {"deltaNeutralClearingAccount", TWS_STRING,       0,   0,   0,  0,  0, MEANS(ACCOUNT),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralClearingAccount")},
    {"deltaNeutralClearingIntent", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralClearingIntent")},
    {"deltaNeutralOpenClose",   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralOpenClose")},
    {"deltaNeutralShortSale",   TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralShortSale")},
    {"deltaNeutralShortSaleSlot", TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralShortSaleSlot")},
    {"deltaNeutralDesignatedLocation", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_ORDER), AT("order.deltaNeutralDesignatedLocation")},
    {"continuousUpdate",        TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.continuousUpdate")},
    {"referencePriceType",      TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(reference_price_types), AT("order.referencePriceType")},
    {"trailStopPrice",          TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("order.trailStopPrice")},
    {"trailingPercent",         TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.trailingPercent")},
    {"scaleInitLevelSize",      TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.scaleInitLevelSize")},
    {"scaleSubsLevelSize",      TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("order.scaleSubsLevelSize")},
    {"scalePriceIncrement",     TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     KEEP(SCALE_INCREMENT), AT("order.scalePriceIncrement")},
    {"scalePriceAdjustValue",   TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE), WHEN(SCALED),
     AT("order.scalePriceAdjustValue")},
    {"scalePriceAdjustInterval", TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(SCALED),
     AT("order.scalePriceAdjustInterval")},
    {"scaleProfitOffset",       TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE), WHEN(SCALED),
     AT("order.scaleProfitOffset")},
    {"scaleAutoReset",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(SCALED),
     AT("order.scaleAutoReset")},
    {"scaleInitPosition",       TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     WHEN(SCALED), AT("order.scaleInitPosition")},
    {"scaleInitFillQty",        TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     WHEN(SCALED), AT("order.scaleInitFillQty")},
    {"scaleRandomPercent",      TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(SCALED),
     AT("order.scaleRandomPercent")},
    {"scaleTable",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.scaleTable")},
    {"activeStartTime",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(TIMESTAMP),
     AT("order.activeStartTime")},
    {"activeStopTime",          TWS_STRING,       0,   0,   0,  0,  0, MEANS(TIMESTAMP),
     AT("order.activeStopTime")},
    {"hedgeType",               TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(HEDGE_TYPE), NAMED(hedge_types), AT("order.hedgeType")},
    {"hedgeParam",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(HEDGED),
     AT("order.hedgeParam")},
    {"optOutSmartRouting",      TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.optOutSmartRouting")},
    {"clearingAccount",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(ACCOUNT),
     AT("order.clearingAccount")},
    {"clearingIntent",          TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.clearingIntent")},
    {"notHeld",                 TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.notHeld")},
    {"deltaNeutralContractPresent", TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(DELTA_NEUTRAL_CONTRACT)},
    {"deltaNeutralContractConId", TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.conId")},
    {"deltaNeutralContractDelta", TWS_DOUBLE,       0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.delta")},
    {"deltaNeutralContractPrice", TWS_DOUBLE,       0,   0,   0,  0,  0, MEANS(PRICE),
     WHEN(DELTA_NEUTRAL_CONTRACT), AT("contract.deltaNeutralContract.price")},
    {"algoStrategy",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     KEEP(ALGO_STRATEGY), AT("order.algoStrategy")},
    {"algoParamsCount",         TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(ALGO),
     COUNTS("algoParams"), AT("order.algoParams")},
    {"tag",                     TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("order.algoParams.key")},
    {"value",                   TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("order.algoParams.value")},
    {"algoId",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.algoId")},
    {"whatIf",                  TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.whatIf")},
    {"orderMiscOptions",        TWS_TAGVALUES,    0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.orderMiscOptions")},
    {"solicited",               TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.solicited")},
    {"randomizeSize",           TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.randomizeSize")},
    {"randomizePrice",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("order.randomizePrice")},
    {"referenceContractId",     TWS_INT,          0, 102,   0,  0,  0, MEANS(CON_ID),
     WHEN(PEG_BENCH), AT("order.referenceContractId")},
    {"isPeggedChangeAmountDecrease", TWS_BOOL,         0, 102,   0,  0,  0, MEANS(PLAIN),
     WHEN(PEG_BENCH), AT("order.isPeggedChangeAmountDecrease")},
    {"peggedChangeAmount",      TWS_DOUBLE,       0, 102,   0,  0,  0, MEANS(PRICE),
     WHEN(PEG_BENCH), AT("order.peggedChangeAmount")},
    {"referenceChangeAmount",   TWS_DOUBLE,       0, 102,   0,  0,  0, MEANS(PRICE),
     WHEN(PEG_BENCH), AT("order.referenceChangeAmount")},
    {"referenceExchangeId",     TWS_STRING,       0, 102,   0,  0,  0, MEANS(PLAIN),
     WHEN(PEG_BENCH), AT("order.referenceExchangeId")},
    {"conditionsCount",         TWS_INT,          0, 102,   0,  0,  0, MEANS(PLAIN),
     KEEP(CONDITIONS_COUNT), COUNTS("conditions"), AT("order.conditions")},
    {"conditionType",           TWS_INT,          0, 102,   0,  0,  1, MEANS(PLAIN),
     KEEP(CONDITION_TYPE), NAMED(condition_types), AT("order.conditions.type")},
    {"conjunction",             TWS_STRING,       0, 102,   0,  0,  1, MEANS(PLAIN),
     NAMED(conjunctions), AT("order.conditions.isConjunctionConnection")},
    {"isMore",                  TWS_BOOL,         0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_COMPARES), AT("order.conditions.isMore")},
    {"condPrice",               TWS_DOUBLE,       0, 102,   0,  0,  1, MEANS(PRICE),
     WHEN(COND_PRICE), AT("order.conditions.price")},
    {"condTime",                TWS_STRING,       0, 102,   0,  0,  1, MEANS(TIMESTAMP),
     WHEN(COND_TIME), AT("order.conditions.time")},
    {"condPercent",             TWS_INT,          0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_MARGIN), AT("order.conditions.percent")},
    {"condVolume",              TWS_INT,          0, 102,   0,  0,  1, MEANS(QUANTITY),
     WHEN(COND_VOLUME), AT("order.conditions.volume")},
    {"condChangePercent",       TWS_DOUBLE,       0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_CHANGE), AT("order.conditions.changePercent")},
    {"condConId",               TWS_INT,          0, 102,   0,  0,  1, MEANS(CON_ID),
     WHEN(COND_CONTRACT), AT("order.conditions.conId")},
    {"condExchange",            TWS_STRING,       0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_CONTRACT), AT("order.conditions.exchange")},
    {"condTriggerMethod",       TWS_INT,          0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_PRICE), NAMED(trigger_methods), AT("order.conditions.triggerMethod")},
    {"condSecType",             TWS_STRING,       0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_EXECUTION), NAMED(sec_types), AT("order.conditions.secType")},
    {"condExecExchange",        TWS_STRING,       0, 102,   0,  0,  1, MEANS(PLAIN),
     WHEN(COND_EXECUTION), AT("order.conditions.exchange")},
    {"condSymbol",              TWS_STRING,       0, 102,   0,  0,  1, MEANS(SYMBOL),
     WHEN(COND_EXECUTION), AT("order.conditions.symbol")},
    {"conditionsIgnoreRth",     TWS_BOOL,         0, 102,   0,  0,  0, MEANS(PLAIN),
     WHEN(CONDITIONAL), AT("order.conditionsIgnoreRth")},
    {"conditionsCancelOrder",   TWS_BOOL,         0, 102,   0,  0,  0, MEANS(PLAIN),
     WHEN(CONDITIONAL), AT("order.conditionsCancelOrder")},
    {"adjustedOrderType",       TWS_STRING,       0, 102,   0,  0,  0, MEANS(PLAIN),
     AT("order.adjustedOrderType")},
    {"triggerPrice",            TWS_DOUBLE_MAX,   0, 102,   0,  0,  0, MEANS(PRICE),
     AT("order.triggerPrice")},
    {"lmtPriceOffset",          TWS_DOUBLE_MAX,   0, 102,   0,  0,  0, MEANS(PRICE),
     AT("order.lmtPriceOffset")},
    {"adjustedStopPrice",       TWS_DOUBLE_MAX,   0, 102,   0,  0,  0, MEANS(PRICE),
     AT("order.adjustedStopPrice")},
    {"adjustedStopLimitPrice",  TWS_DOUBLE_MAX,   0, 102,   0,  0,  0, MEANS(PRICE),
     AT("order.adjustedStopLimitPrice")},
    {"adjustedTrailingAmount",  TWS_DOUBLE_MAX,   0, 102,   0,  0,  0, MEANS(PRICE),
     AT("order.adjustedTrailingAmount")},
    {"adjustableTrailingUnit",  TWS_INT,          0, 102,   0,  0,  0, MEANS(PLAIN),
     AT("order.adjustableTrailingUnit")},
    {"extOperator",             TWS_STRING,       0, 105,   0,  0,  0, MEANS(SECRET),
     AT("order.extOperator")},
    {"softDollarTierName",      TWS_STRING,       0, 106,   0,  0,  0, MEANS(SECRET),
     AT("order.softDollarTier.name")},
    {"softDollarTierVal",       TWS_STRING,       0, 106,   0,  0,  0, MEANS(SECRET),
     AT("order.softDollarTier.value")},
    {"cashQty",                 TWS_DOUBLE_MAX,   0, 111,   0,  0,  0, MEANS(MONEY),
     AT("order.cashQty")},
    {"mifid2DecisionMaker",     TWS_STRING,       0, 138,   0,  0,  0, MEANS(SECRET),
     AT("order.mifid2DecisionMaker")},
    {"mifid2DecisionAlgo",      TWS_STRING,       0, 138,   0,  0,  0, MEANS(SECRET),
     AT("order.mifid2DecisionAlgo")},
    {"mifid2ExecutionTrader",   TWS_STRING,       0, 139,   0,  0,  0, MEANS(SECRET),
     AT("order.mifid2ExecutionTrader")},
    {"mifid2ExecutionAlgo",     TWS_STRING,       0, 139,   0,  0,  0, MEANS(SECRET),
     AT("order.mifid2ExecutionAlgo")},
    {"dontUseAutoPriceForHedge", TWS_BOOL,         0, 141,   0,  0,  0, MEANS(PLAIN),
     AT("order.dontUseAutoPriceForHedge")},
    {"isOmsContainer",          TWS_BOOL,         0, 145,   0,  0,  0, MEANS(PLAIN),
     AT("order.isOmsContainer")},
    {"discretionaryUpToLimitPrice", TWS_BOOL,         0, 148,   0,  0,  0, MEANS(PLAIN),
     AT("order.discretionaryUpToLimitPrice")},
    {"usePriceMgmtAlgo",        TWS_INT_MAX,      0, 151,   0,  0,  0, MEANS(PLAIN),
     AT("order.usePriceMgmtAlgo")},
    {"duration",                TWS_INT_MAX,      0, 158,   0,  0,  0, MEANS(PLAIN),
     AT("order.duration")},
    {"postToAts",               TWS_INT_MAX,      0, 160,   0,  0,  0, MEANS(PLAIN),
     AT("order.postToAts")},
    {"autoCancelParent",        TWS_BOOL,         0, 162,   0,  0,  0, MEANS(PLAIN),
     AT("order.autoCancelParent")},
    {"advancedErrorOverride",   TWS_STRING,       0, 166,   0,  0,  0, MEANS(PLAIN),
     AT("order.advancedErrorOverride")},
    {"manualOrderTime",         TWS_STRING,       0, 169,   0,  0,  0, MEANS(TIMESTAMP),
     AT("order.manualOrderTime")},
    {"minTradeQty",             TWS_INT_MAX,      0, 170,   0,  0,  0, MEANS(QUANTITY),
     WHEN(IBKRATS), AT("order.minTradeQty")},
    {"minCompeteSize",          TWS_INT_MAX,      0, 170,   0,  0,  0, MEANS(QUANTITY),
     WHEN(PEG_BEST), AT("order.minCompeteSize")},
    {"competeAgainstBestOffset", TWS_DOUBLE_MAX,   0, 170,   0,  0,  0, MEANS(PRICE),
     WHEN(PEG_BEST), KEEP(COMPETE_OFFSET), AT("order.competeAgainstBestOffset")},
    {"midOffsetAtWhole",        TWS_DOUBLE_MAX,   0, 170,   0,  0,  0, MEANS(PRICE), WHEN(PEG_MID),
     AT("order.midOffsetAtWhole")},
    {"midOffsetAtHalf",         TWS_DOUBLE_MAX,   0, 170,   0,  0,  0, MEANS(PRICE), WHEN(PEG_MID),
     AT("order.midOffsetAtHalf")},
    {"customerAccount",         TWS_STRING,       0, 183,   0,  0,  0, MEANS(ACCOUNT),
     AT("order.customerAccount")},
    {"professionalCustomer",    TWS_BOOL,         0, 184,   0,  0,  0, MEANS(PLAIN),
     AT("order.professionalCustomer")},
    {"externalUserId",          TWS_STRING,       0, 187, 190,  0,  0, MEANS(SECRET)},
    {"rfqManualOrderIndicator", TWS_INT_MAX,      0, 187, 190,  0,  0, MEANS(PLAIN)},
    {"includeOvernight",        TWS_BOOL,         0, 189,   0,  0,  0, MEANS(PLAIN),
     AT("order.includeOvernight")},
    {"manualOrderIndicator",    TWS_INT_MAX,      0, 192,   0,  0,  0, MEANS(PLAIN),
     AT("order.manualOrderIndicator")},
    {"imbalanceOnly",           TWS_BOOL,         0, 199,   0,  0,  0, MEANS(PLAIN),
     AT("order.imbalanceOnly")},
};

static const struct tws_field cancel_order[] = {
    /* name                    type            tag since until mv in what */
    {"orderCancel",             TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(order_cancel)},
    {"version",                 TWS_INT,          0,   0, 192,  0,  0, MEANS(PLAIN)},
    {"orderId",                 TWS_INT,          1,   0,   0,  0,  0, MEANS(ORDER_ID)},
    {"manualOrderCancelTime",   TWS_STRING,       0, 169,   0,  0,  0, MEANS(TIMESTAMP),
     AT("orderCancel.manualOrderCancelTime")},
    {"rfqExtOperator",          TWS_STRING,       0, 187, 190,  0,  0, MEANS(SECRET)},
    {"rfqExternalUserId",       TWS_STRING,       0, 187, 190,  0,  0, MEANS(SECRET)},
    {"rfqManualOrderIndicator", TWS_INT_MAX,      0, 187, 190,  0,  0, MEANS(PLAIN)},
    {"extOperator",             TWS_STRING,       0, 192,   0,  0,  0, MEANS(SECRET),
     AT("orderCancel.extOperator")},
    {"manualOrderIndicator",    TWS_INT_MAX,      0, 192,   0,  0,  0, MEANS(PLAIN),
     AT("orderCancel.manualOrderIndicator")},
};

static const struct tws_field version_only[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_account_updates[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"subscribe",               TWS_BOOL,         1,   0,   0,  0,  0, MEANS(PLAIN)},
    {"acctCode",                TWS_STRING,       2,   0,   0,  0,  0, MEANS(ACCOUNT)},
};

static const struct tws_field req_executions[] = {
    /* name                    type            tag since until mv in what */
    {"executionFilter",         TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(execution_filter)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"clientId",                TWS_INT,          0,   0,   0,  0,  0, MEANS(CLIENT_ID),
     AT("executionFilter.clientId")},
    {"acctCode",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(ACCOUNT),
     AT("executionFilter.acctCode")},
    {"time",                    TWS_STRING,       0,   0,   0,  0,  0, MEANS(TIMESTAMP),
     AT("executionFilter.time")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("executionFilter.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("executionFilter.secType")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("executionFilter.exchange")},
    {"side",                    TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("executionFilter.side")},
    {"lastNDays",               TWS_INT_MAX,      0, 200,   0,  0,  0, MEANS(PLAIN),
     AT("executionFilter.lastNDays")},
    {"specificDatesCount",      TWS_INT,          0, 200,   0,  0,  0, MEANS(PLAIN),
     COUNTS("specificDates"), AT("executionFilter.specificDates")},
    {"specificDate",            TWS_INT,          0, 200,   0,  0,  1, MEANS(TIMESTAMP)},
};

static const struct tws_field req_ids[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"numIds",                  TWS_INT,          1,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_contract_details[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"includeExpired",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.includeExpired")},
    {"secIdType",               TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.secIdType")},
    {"secId",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.secId")},
    {"issuerId",                TWS_STRING,       0, 176,   0,  0,  0, MEANS(PLAIN),
     AT("contract.issuerId")},
};

static const struct tws_field req_mkt_depth[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0, 149,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"numRows",                 TWS_INT,          3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"isSmartDepth",            TWS_BOOL,         4, 146,   0,  0,  0, MEANS(PLAIN)},
    {"mktDepthOptions",         TWS_TAGVALUES,    5,   0,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD), PROTO_NAME("marketDepthOptions")},
};

static const struct tws_field cancel_mkt_depth[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"isSmartDepth",            TWS_BOOL,         2, 146,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_news_bulletins[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"allMsgs",                 TWS_BOOL,         1,   0,   0,  0,  0, MEANS(PLAIN),
     PROTO_NAME("allMessages")},
};

static const struct tws_field set_server_log_level[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"logLevel",                TWS_INT,          1,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(log_levels)},
};

static const struct tws_field req_auto_open_orders[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"bAutoBind",               TWS_BOOL,         1,   0,   0,  0,  0, MEANS(PLAIN),
     PROTO_NAME("autoBind")},
};

static const struct tws_field request_fa[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"faDataType",              TWS_INT,          1,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(fa_data_types)},
};

static const struct tws_field replace_fa[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"faDataType",              TWS_INT,          2,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(fa_data_types)},
    {"cxml",                    TWS_STRING,       3,   0,   0,  0,  0, MEANS(DOCUMENT),
     PROTO_NAME("xml")},
    {"reqId",                   TWS_INT,          1, 157,   0,  0,  0, MEANS(REQUEST_ID)},
};

static const struct tws_field req_historical_data[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"duration",                TWS_STRING,       5,   0,   0,  0, NO, MEANS(PLAIN)},
    {"version",                 TWS_INT,          0,   0, 124,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), KEEP(SEC_TYPE),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"includeExpired",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.includeExpired")},
    {"endDateTime",             TWS_STRING,       3,   0,   0,  0,  0, MEANS(TIMESTAMP)},
    {"barSizeSetting",          TWS_STRING,       4,   0,   0,  0,  0, MEANS(PLAIN)},
    {"durationStr",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"useRTH",                  TWS_BOOL,         6,   0,   0,  0,  0, MEANS(PLAIN)},
    {"whatToShow",              TWS_STRING,       7,   0,   0,  0,  0, MEANS(PLAIN)},
    {"formatDate",              TWS_INT,          8,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(date_formats)},
    {"comboLegsCount",          TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN), WHEN(BAG),
     COUNTS("comboLegs"), AT("contract.comboLegs")},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(CON_ID),
     AT("contract.comboLegs.conId")},
    {"ratio",                   TWS_INT,          0,   0,   0,  0,  1, MEANS(QUANTITY),
     AT("contract.comboLegs.ratio")},
    {"action",                  TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.action")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  1, MEANS(PLAIN),
     AT("contract.comboLegs.exchange")},
    {"keepUpToDate",            TWS_BOOL,         9, 124,   0,  0,  0, MEANS(PLAIN)},
    {"chartOptions",            TWS_TAGVALUES,   10,   0,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD)},
};

static const struct tws_field exercise_options[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID),
     PROTO_NAME("orderId")},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"exerciseAction",          TWS_INT,          3,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(exercise_actions)},
    {"exerciseQuantity",        TWS_INT,          4,   0,   0,  0,  0, MEANS(QUANTITY)},
    {"account",                 TWS_STRING,       5,   0,   0,  0,  0, MEANS(ACCOUNT)},
    {"override",                TWS_INT,          6,   0,   0,  0,  0, MEANS(PLAIN),
     PROTO_TYPE(BOOL)},
    {"manualOrderTime",         TWS_STRING,       7, 180,   0,  0,  0, MEANS(TIMESTAMP)},
    {"customerAccount",         TWS_STRING,       8, 183,   0,  0,  0, MEANS(ACCOUNT)},
    {"professionalCustomer",    TWS_BOOL,         9, 184,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_scanner_subscription[] = {
    /* name                    type            tag since until mv in what */
    {"scannerSubscription",     TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(scanner_subscription)},
    {"version",                 TWS_INT,          0,   0, 143,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"numberOfRows",            TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.numberOfRows")},
    {"instrument",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.instrument")},
    {"locationCode",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.locationCode")},
    {"scanCode",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.scanCode")},
    {"abovePrice",              TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("scannerSubscription.abovePrice")},
    {"belowPrice",              TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("scannerSubscription.belowPrice")},
    {"aboveVolume",             TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(QUANTITY),
     AT("scannerSubscription.aboveVolume")},
    {"marketCapAbove",          TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.marketCapAbove")},
    {"marketCapBelow",          TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.marketCapBelow")},
    {"moodyRatingAbove",        TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.moodyRatingAbove")},
    {"moodyRatingBelow",        TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.moodyRatingBelow")},
    {"spRatingAbove",           TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.spRatingAbove")},
    {"spRatingBelow",           TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.spRatingBelow")},
    {"maturityDateAbove",       TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.maturityDateAbove")},
    {"maturityDateBelow",       TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.maturityDateBelow")},
    {"couponRateAbove",         TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.couponRateAbove")},
    {"couponRateBelow",         TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.couponRateBelow")},
    {"excludeConvertible",      TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.excludeConvertible")},
    {"averageOptionVolumeAbove", TWS_INT_MAX,      0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.averageOptionVolumeAbove")},
    {"scannerSettingPairs",     TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.scannerSettingPairs")},
    {"stockTypeFilter",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.stockTypeFilter")},
    {"scannerSubscriptionFilterOptions", TWS_TAGVALUES,    0, 143,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.scannerSubscriptionFilterOptions")},
    {"scannerSubscriptionOptions", TWS_TAGVALUES,    0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("scannerSubscription.scannerSubscriptionOptions")},
};

static const struct tws_field req_real_time_bars[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"barSize",                 TWS_INT,          3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"whatToShow",              TWS_STRING,       4,   0,   0,  0,  0, MEANS(PLAIN)},
    {"useRTH",                  TWS_BOOL,         5,   0,   0,  0,  0, MEANS(PLAIN)},
    {"realTimeBarsOptions",     TWS_TAGVALUES,    6,   0,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD)},
};

static const struct tws_field req_fundamental_data[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"reportType",              TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"fundamentalDataOptionsCount", TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(TWO_LEFT)},
    {"fundamentalDataOptions",  TWS_TAGVALUES,    4,   0,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD), PROTO_NAME("fundamentalsDataOptions")},
};

static const struct tws_field calculate_implied_volatility[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"impliedVolatilityOptions", TWS_RECORD,       5,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"optionPrice",             TWS_DOUBLE,       3,   0,   0,  0,  0, MEANS(PRICE)},
    {"underPrice",              TWS_DOUBLE,       4,   0,   0,  0,  0, MEANS(PRICE)},
    {"implVolOptionsCount",     TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(TWO_LEFT)},
    {"implVolOptions",          TWS_TAGVALUES,    0,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field calculate_option_price[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"optionPriceOptions",      TWS_RECORD,       5,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(tag_value)},
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"volatility",              TWS_DOUBLE,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"underPrice",              TWS_DOUBLE,       4,   0,   0,  0,  0, MEANS(PRICE)},
    {"optPrcOptionsCount",      TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN),
     WHEN(TWO_LEFT)},
    {"optPrcOptions",           TWS_TAGVALUES,    0,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_global_cancel[] = {
    /* name                    type            tag since until mv in what */
    {"orderCancel",             TWS_RECORD,       1,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(order_cancel)},
    {"version",                 TWS_INT,          0,   0, 192,  0,  0, MEANS(PLAIN)},
    {"extOperator",             TWS_STRING,       0, 192,   0,  0,  0, MEANS(SECRET),
     AT("orderCancel.extOperator")},
    {"manualOrderIndicator",    TWS_INT_MAX,      0, 192,   0,  0,  0, MEANS(PLAIN),
     AT("orderCancel.manualOrderIndicator")},
};

static const struct tws_field req_market_data_type[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"marketDataType",          TWS_INT,          1,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(market_data_types)},
};

static const struct tws_field req_account_summary[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"group",                   TWS_STRING,       2,   0,   0,  0,  0, MEANS(ADVISOR_GROUP)},
    {"tags",                    TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field verify_request[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"apiName",                 TWS_STRING,       1,   0,   0,  0,  0, MEANS(SECRET)},
    {"apiVersion",              TWS_STRING,       2,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field verify_message[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"apiData",                 TWS_STRING,       1,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field subscribe_to_group_events[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"groupId",                 TWS_INT,          2,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field update_display_group[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"contractInfo",            TWS_STRING,       2,   0,   0,  0,  0, MEANS(FREE_TEXT)},
};

static const struct tws_field start_api[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"clientId",                TWS_INT,          1,   0,   0,  0,  0, MEANS(CLIENT_ID)},
    {"optionalCapabilities",    TWS_STRING,       2,   0,   0,  0,  0, MEANS(FREE_TEXT)},
};

static const struct tws_field verify_and_auth_request[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"apiName",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET)},
    {"apiVersion",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET)},
    {"opaqueIsvKey",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field verify_and_auth_message[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"apiData",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET)},
    {"xyzResponse",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field req_positions_multi[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"account",                 TWS_STRING,       2,   0,   0,  0,  0, MEANS(ACCOUNT)},
    {"modelCode",               TWS_STRING,       3,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field req_account_updates_multi[] = {
    /* name                    type            tag since until mv in what */
    {"version",                 TWS_INT,          0,   0,   0,  0,  0, MEANS(PLAIN)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"account",                 TWS_STRING,       2,   0,   0,  0,  0, MEANS(ACCOUNT)},
    {"modelCode",               TWS_STRING,       3,   0,   0,  0,  0, MEANS(SECRET)},
    {"ledgerAndNLV",            TWS_BOOL,         4,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_sec_def_opt_params[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"underlyingSymbol",        TWS_STRING,       2,   0,   0,  0,  0, MEANS(SYMBOL)},
    {"futFopExchange",          TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"underlyingSecType",       TWS_STRING,       4,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types)},
    {"underlyingConId",         TWS_INT,          5,   0,   0,  0,  0, MEANS(CON_ID)},
};

static const struct tws_field req_id_only[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
};

static const struct tws_field req_matching_symbols[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"pattern",                 TWS_STRING,       2,   0,   0,  0,  0, MEANS(SYMBOL)},
};

static const struct tws_field req_smart_components[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"bboExchange",             TWS_STRING,       2,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_news_article[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"providerCode",            TWS_STRING,       2,   0,   0,  0,  0, MEANS(PLAIN)},
    {"articleId",               TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"newsArticleOptions",      TWS_TAGVALUES,    4, 128,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD)},
};

static const struct tws_field req_historical_news[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          2,   0,   0,  0,  0, MEANS(CON_ID)},
    {"providerCodes",           TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"startDateTime",           TWS_STRING,       4,   0,   0,  0,  0, MEANS(TIMESTAMP)},
    {"endDateTime",             TWS_STRING,       5,   0,   0,  0,  0, MEANS(TIMESTAMP)},
    {"totalResults",            TWS_INT,          6,   0,   0,  0,  0, MEANS(PLAIN)},
    {"historicalNewsOptions",   TWS_TAGVALUES,    7, 128,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD)},
};

static const struct tws_field req_head_timestamp[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"includeExpired",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.includeExpired")},
    {"useRTH",                  TWS_BOOL,         3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"whatToShow",              TWS_STRING,       4,   0,   0,  0,  0, MEANS(PLAIN)},
    {"formatDate",              TWS_INT,          5,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(date_formats)},
};

static const struct tws_field req_histogram_data[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"includeExpired",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.includeExpired")},
    {"useRTH",                  TWS_BOOL,         3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"timePeriod",              TWS_STRING,       4,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_market_rule[] = {
    /* name                    type            tag since until mv in what */
    {"marketRuleId",            TWS_INT,          1,   0,   0,  0,  0, MEANS(PLAIN), IS_KEY},
};

static const struct tws_field req_pnl[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"account",                 TWS_STRING,       2,   0,   0,  0,  0, MEANS(ACCOUNT)},
    {"modelCode",               TWS_STRING,       3,   0,   0,  0,  0, MEANS(SECRET)},
};

static const struct tws_field req_pnl_single[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"account",                 TWS_STRING,       2,   0,   0,  0,  0, MEANS(ACCOUNT)},
    {"modelCode",               TWS_STRING,       3,   0,   0,  0,  0, MEANS(SECRET)},
    {"conId",                   TWS_INT,          4,   0,   0,  0,  0, MEANS(CON_ID)},
};

static const struct tws_field req_historical_ticks[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"includeExpired",          TWS_BOOL,         0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.includeExpired")},
    {"startDateTime",           TWS_STRING,       3,   0,   0,  0,  0, MEANS(TIMESTAMP)},
    {"endDateTime",             TWS_STRING,       4,   0,   0,  0,  0, MEANS(TIMESTAMP)},
    {"numberOfTicks",           TWS_INT,          5,   0,   0,  0,  0, MEANS(PLAIN)},
    {"whatToShow",              TWS_STRING,       6,   0,   0,  0,  0, MEANS(PLAIN)},
    {"useRth",                  TWS_BOOL,         7,   0,   0,  0,  0, MEANS(PLAIN),
     PROTO_NAME("useRTH")},
    {"ignoreSize",              TWS_BOOL,         8,   0,   0,  0,  0, MEANS(PLAIN)},
    {"miscOptions",             TWS_TAGVALUES,    9,   0,   0,  0,  0, MEANS(PLAIN),
     LIST_OF(tag_value), PROTO_TYPE(RECORD)},
};

static const struct tws_field req_tick_by_tick_data[] = {
    /* name                    type            tag since until mv in what */
    {"contract",                TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(contract)},
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT,          0,   0,   0,  0,  0, MEANS(CON_ID),
     AT("contract.conId")},
    {"symbol",                  TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.symbol")},
    {"secType",                 TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     NAMED(sec_types), AT("contract.secType")},
    {"lastTradeDateOrContractMonth", TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.lastTradeDateOrContractMonth")},
    {"strike",                  TWS_DOUBLE_MAX,   0,   0,   0,  0,  0, MEANS(PRICE),
     AT("contract.strike")},
    {"right",                   TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN), NAMED(rights),
     AT("contract.right")},
    {"multiplier",              TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.multiplier")},
    {"exchange",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.exchange")},
    {"primaryExchange",         TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.primaryExch")},
    {"currency",                TWS_STRING,       0,   0,   0,  0,  0, MEANS(PLAIN),
     AT("contract.currency")},
    {"localSymbol",             TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.localSymbol")},
    {"tradingClass",            TWS_STRING,       0,   0,   0,  0,  0, MEANS(SYMBOL),
     AT("contract.tradingClass")},
    {"tickType",                TWS_STRING,       3,   0,   0,  0,  0, MEANS(PLAIN)},
    {"numberOfTicks",           TWS_INT,          4, 140,   0,  0,  0, MEANS(PLAIN)},
    {"ignoreSize",              TWS_BOOL,         5, 140,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_completed_orders[] = {
    /* name                    type            tag since until mv in what */
    {"apiOnly",                 TWS_BOOL,         1,   0,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_wsh_event_data[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0,  0, MEANS(REQUEST_ID)},
    {"conId",                   TWS_INT_MAX,      2,   0,   0,  0,  0, MEANS(CON_ID)},
    {"filter",                  TWS_STRING,       3, 171,   0,  0,  0, MEANS(FREE_TEXT)},
    {"fillWatchlist",           TWS_BOOL,         4, 171,   0,  0,  0, MEANS(PLAIN)},
    {"fillPortfolio",           TWS_BOOL,         5, 171,   0,  0,  0, MEANS(PLAIN)},
    {"fillCompetitors",         TWS_BOOL,         6, 171,   0,  0,  0, MEANS(PLAIN)},
    {"startDate",               TWS_STRING,       7, 173,   0,  0,  0, MEANS(TIMESTAMP)},
    {"endDate",                 TWS_STRING,       8, 173,   0,  0,  0, MEANS(TIMESTAMP)},
    {"totalLimit",              TWS_INT_MAX,      9, 173,   0,  0,  0, MEANS(PLAIN)},
};

static const struct tws_field req_id_proto[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0, NO, MEANS(REQUEST_ID)},
};

static const struct tws_field update_config[] = {
    /* name                    type            tag since until mv in what */
    {"reqId",                   TWS_INT,          1,   0,   0,  0, NO, MEANS(REQUEST_ID)},
    {"lockAndExit",             TWS_RECORD,       2,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(lock_and_exit_config)},
    {"messages",                TWS_RECORD,       3,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(message_config)},
    {"api",                     TWS_RECORD,       4,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(api_config)},
    {"orders",                  TWS_RECORD,       5,   0,   0,  0, NO, MEANS(PLAIN),
     RECORD(orders_config)},
    {"acceptedWarnings",        TWS_RECORD,       6,   0,   0,  0, NO, MEANS(PLAIN),
     LIST_OF(update_config_warning)},
    {"resetAPIOrderSequence",   TWS_BOOL,         7,   0,   0,  0, NO, MEANS(PLAIN)},
};

/* SINCE: first server version that has the message; none: all known. */
#define TEXT             true
#define NONE             false
#define SINCE(version)   .since = (version)
#define MESSAGE(id, ...) TWS_MESSAGE(OUT, id, __VA_ARGS__)

const struct tws_message_row tws_messages_out[TWS_ID_LIMIT] = {
    /*      id, name, protobuf message, its first version, text form */
    MESSAGE(1, "reqMktData", "MarketDataRequest", 206, TEXT,
              TWS_FIELDS(req_mkt_data), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]["
              " ticks {genericTickList}][ snapshot {snapshot!}]"),
    MESSAGE(2, "cancelMktData", "CancelMarketData", 206, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(3, "placeOrder", "PlaceOrderRequest", 203, TEXT,
              TWS_FIELDS(place_order), .says =
              "{orderId} {action} {totalQuantity} {symbol|localSymbol|conId}["
              " {secType}][ {lastTradeDateOrContractMonth}][ {strike!}][ {right!}]["
              " {exchange}] {orderType}[ {lmtPrice!}][ stop {auxPrice!}][ {tif}]"),
    MESSAGE(4, "cancelOrder", "CancelOrderRequest", 203, TEXT,
              TWS_FIELDS(cancel_order), .says =
              "{orderId}"),
    MESSAGE(5, "reqOpenOrders", "OpenOrdersRequest", 204, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(6, "reqAccountUpdates", "AccountDataRequest", 207, TEXT,
              TWS_FIELDS(req_account_updates), .says =
              "{subscribe}[ {acctCode}]"),
    MESSAGE(7, "reqExecutions", "ExecutionRequest", 201, TEXT,
              TWS_FIELDS(req_executions), .says =
              "req {reqId}[ client {clientId!}][ {acctCode}][ since {time}]"),
    MESSAGE(8, "reqIds", "IdsRequest", 213, TEXT,
              TWS_FIELDS(req_ids)),
    MESSAGE(9, "reqContractDetails", "ContractDataRequest", 205, TEXT,
              TWS_FIELDS(req_contract_details), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"),
    MESSAGE(10, "reqMktDepth", "MarketDepthRequest", 206, TEXT,
              TWS_FIELDS(req_mkt_depth), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}],"
              " {numRows} rows"),
    MESSAGE(11, "cancelMktDepth", "CancelMarketDepth", 206, TEXT,
              TWS_FIELDS(cancel_mkt_depth), .says =
              "req {reqId}"),
    MESSAGE(12, "reqNewsBulletins", "NewsBulletinsRequest", 209, TEXT,
              TWS_FIELDS(req_news_bulletins), .says =
              "all {allMsgs}"),
    MESSAGE(13, "cancelNewsBulletins", "CancelNewsBulletins", 209, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(14, "setServerLogLevel", "SetServerLogLevelRequest", 213, TEXT,
              TWS_FIELDS(set_server_log_level), .says =
              "{logLevel~}"),
    MESSAGE(15, "reqAutoOpenOrders", "AutoOpenOrdersRequest", 204, TEXT,
              TWS_FIELDS(req_auto_open_orders), .says =
              "{bAutoBind}"),
    MESSAGE(16, "reqAllOpenOrders", "AllOpenOrdersRequest", 204, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(17, "reqManagedAccts", "ManagedAccountsRequest", 207, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(18, "requestFA", "FARequest", 211, TEXT,
              TWS_FIELDS(request_fa), .says =
              "{faDataType~}"),
    MESSAGE(19, "replaceFA", "FAReplace", 211, TEXT,
              TWS_FIELDS(replace_fa), .says =
              "req {reqId} {faDataType~}, XML"),
    MESSAGE(20, "reqHistoricalData", "HistoricalDataRequest", 208, TEXT,
              TWS_FIELDS(req_historical_data), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {durationStr|duration} of {barSizeSetting} {whatToShow}[ to"
              " {endDateTime}][, keeps up to date: {keepUpToDate!}]"),
    MESSAGE(21, "exerciseOptions", "ExerciseOptionsRequest", 211, TEXT,
              TWS_FIELDS(exercise_options), .says =
              "req {reqId} {exerciseAction~} {exerciseQuantity}"
              " {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"),
    MESSAGE(22, "reqScannerSubscription", "ScannerSubscriptionRequest", 210, TEXT,
              TWS_FIELDS(req_scanner_subscription), .says =
              "req {reqId} {scanCode} {instrument} {locationCode}"),
    MESSAGE(23, "cancelScannerSubscription", "CancelScannerSubscription", 210, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(24, "reqScannerParameters", "ScannerParametersRequest", 210, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(25, "cancelHistoricalData", "CancelHistoricalData", 208, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(49, "reqCurrentTime", "CurrentTimeRequest", 213, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(50, "reqRealTimeBars", "RealTimeBarsRequest", 208, TEXT,
              TWS_FIELDS(req_real_time_bars), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {whatToShow}"),
    MESSAGE(51, "cancelRealTimeBars", "CancelRealTimeBars", 208, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(52, "reqFundamentalData", "FundamentalsDataRequest", 210, TEXT,
              TWS_FIELDS(req_fundamental_data), .says =
              "req {reqId} {symbol|localSymbol|conId} {reportType}"),
    MESSAGE(53, "cancelFundamentalData", "CancelFundamentalsData", 210, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(54, "calculateImpliedVolatility", "CalculateImpliedVolatilityRequest", 211, TEXT,
              TWS_FIELDS(calculate_implied_volatility), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " at {optionPrice}, underlying {underPrice}"),
    MESSAGE(55, "calculateOptionPrice", "CalculateOptionPriceRequest", 211, TEXT,
              TWS_FIELDS(calculate_option_price), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " volatility {volatility}, underlying {underPrice}"),
    MESSAGE(56, "cancelCalculateImpliedVolatility", "CancelCalculateImpliedVolatility", 211, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(57, "cancelCalculateOptionPrice", "CancelCalculateOptionPrice", 211, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(58, "reqGlobalCancel", "GlobalCancelRequest", 203, TEXT,
              TWS_FIELDS(req_global_cancel), .says =
              "every order"),
    MESSAGE(59, "reqMarketDataType", "MarketDataTypeRequest", 206, TEXT,
              TWS_FIELDS(req_market_data_type), .says =
              "{marketDataType~}"),
    MESSAGE(61, "reqPositions", "PositionsRequest", 207, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(62, "reqAccountSummary", "AccountSummaryRequest", 207, TEXT,
              TWS_FIELDS(req_account_summary), .says =
              "req {reqId} {group} {tags}"),
    MESSAGE(63, "cancelAccountSummary", "CancelAccountSummary", 207, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(64, "cancelPositions", "CancelPositions", 207, TEXT,
              TWS_FIELDS(version_only)),
    MESSAGE(65, "verifyRequest", "VerifyRequest", 213, TEXT,
              TWS_FIELDS(verify_request), .says =
              "{apiName} {apiVersion}"),
    MESSAGE(66, "verifyMessage", "VerifyMessageRequest", 213, TEXT,
              TWS_FIELDS(verify_message), .says =
              "{apiData}"),
    MESSAGE(67, "queryDisplayGroups", "QueryDisplayGroupsRequest", 213, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(68, "subscribeToGroupEvents", "SubscribeToGroupEventsRequest", 213, TEXT,
              TWS_FIELDS(subscribe_to_group_events), .says =
              "req {reqId} group {groupId}"),
    MESSAGE(69, "updateDisplayGroup", "UpdateDisplayGroupRequest", 213, TEXT,
              TWS_FIELDS(update_display_group), .says =
              "req {reqId} {contractInfo}"),
    MESSAGE(70, "unsubscribeFromGroupEvents", "UnsubscribeFromGroupEventsRequest", 213, TEXT,
              TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(71, "startApi", "StartApiRequest", 213, TEXT,
              TWS_FIELDS(start_api), .says =
              "client {clientId}[, {optionalCapabilities}]"),
    MESSAGE(72, "verifyAndAuthRequest", NULL, 0, TEXT,
              TWS_FIELDS(verify_and_auth_request), .says =
              "{apiName} {apiVersion}"),
    MESSAGE(73, "verifyAndAuthMessage", NULL, 0, TEXT,
              TWS_FIELDS(verify_and_auth_message), .says =
              "{apiData}"),
    MESSAGE(74, "reqPositionsMulti", "PositionsMultiRequest", 207, TEXT,
              SINCE(103), TWS_FIELDS(req_positions_multi), .says =
              "req {reqId} {account}[ {modelCode}]"),
    MESSAGE(75, "cancelPositionsMulti", "CancelPositionsMulti", 207, TEXT,
              SINCE(103), TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(76, "reqAccountUpdatesMulti", "AccountUpdatesMultiRequest", 207, TEXT,
              SINCE(103), TWS_FIELDS(req_account_updates_multi), .says =
              "req {reqId} {account}[ {modelCode}]"),
    MESSAGE(77, "cancelAccountUpdatesMulti", "CancelAccountUpdatesMulti", 207, TEXT,
              SINCE(103), TWS_FIELDS(version_req_id), .says =
              "req {reqId}"),
    MESSAGE(78, "reqSecDefOptParams", "SecDefOptParamsRequest", 212, TEXT,
              SINCE(104), TWS_FIELDS(req_sec_def_opt_params), .says =
              "req {reqId} {underlyingSymbol} {underlyingSecType} {underlyingConId}"),
    MESSAGE(79, "reqSoftDollarTiers", "SoftDollarTiersRequest", 212, TEXT,
              SINCE(106), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(80, "reqFamilyCodes", "FamilyCodesRequest", 212, TEXT, SINCE(107)),
    MESSAGE(81, "reqMatchingSymbols", "MatchingSymbolsRequest", 212, TEXT,
              SINCE(108), TWS_FIELDS(req_matching_symbols), .says =
              "req {reqId} {pattern}"),
    MESSAGE(82, "reqMktDepthExchanges", "MarketDepthExchangesRequest", 213, TEXT, SINCE(112)),
    MESSAGE(83, "reqSmartComponents", "SmartComponentsRequest", 212, TEXT,
              SINCE(114), TWS_FIELDS(req_smart_components), .says =
              "req {reqId} {bboExchange}"),
    MESSAGE(84, "reqNewsArticle", "NewsArticleRequest", 209, TEXT,
              SINCE(116), TWS_FIELDS(req_news_article), .says =
              "req {reqId} {providerCode} {articleId}"),
    MESSAGE(85, "reqNewsProviders", "NewsProvidersRequest", 209, TEXT, SINCE(115)),
    MESSAGE(86, "reqHistoricalNews", "HistoricalNewsRequest", 209, TEXT,
              SINCE(117), TWS_FIELDS(req_historical_news), .says =
              "req {reqId} {conId} {providerCodes}"),
    MESSAGE(87, "reqHeadTimestamp", "HeadTimestampRequest", 208, TEXT,
              SINCE(118), TWS_FIELDS(req_head_timestamp), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {whatToShow}"),
    MESSAGE(88, "reqHistogramData", "HistogramDataRequest", 208, TEXT,
              SINCE(119), TWS_FIELDS(req_histogram_data), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {timePeriod}"),
    MESSAGE(89, "cancelHistogramData", "CancelHistogramData", 208, TEXT,
              SINCE(119), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(90, "cancelHeadTimestamp", "CancelHeadTimestamp", 208, TEXT,
              SINCE(123), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(91, "reqMarketRule", "MarketRuleRequest", 212, TEXT,
              SINCE(126), TWS_FIELDS(req_market_rule), .says =
              "{marketRuleId}"),
    MESSAGE(92, "reqPnL", "PnLRequest", 210, TEXT,
              SINCE(127), TWS_FIELDS(req_pnl), .says =
              "req {reqId} {account}[ {modelCode}]"),
    MESSAGE(93, "cancelPnL", "CancelPnL", 210, TEXT,
              SINCE(127), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(94, "reqPnLSingle", "PnLSingleRequest", 210, TEXT,
              SINCE(127), TWS_FIELDS(req_pnl_single), .says =
              "req {reqId} {account}[ {modelCode}] {conId}"),
    MESSAGE(95, "cancelPnLSingle", "CancelPnLSingle", 210, TEXT,
              SINCE(127), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(96, "reqHistoricalTicks", "HistoricalTicksRequest", 208, TEXT,
              SINCE(130), TWS_FIELDS(req_historical_ticks), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {whatToShow}, {numberOfTicks} ticks[ from {startDateTime}][ to"
              " {endDateTime}]"),
    MESSAGE(97, "reqTickByTickData", "TickByTickRequest", 208, TEXT,
              SINCE(137), TWS_FIELDS(req_tick_by_tick_data), .says =
              "req {reqId} {symbol|localSymbol|conId}[ {secType}]["
              " {lastTradeDateOrContractMonth}][ {strike!}][ {right!}][ {exchange}]"
              " {tickType}"),
    MESSAGE(98, "cancelTickByTickData", "CancelTickByTick", 208, TEXT,
              SINCE(137), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(99, "reqCompletedOrders", "CompletedOrdersRequest", 204, TEXT,
              SINCE(150), TWS_FIELDS(req_completed_orders), .says =
              "apiOnly {apiOnly}"),
    MESSAGE(100, "reqWshMetaData", "WshMetaDataRequest", 209, TEXT,
              SINCE(161), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(101, "cancelWshMetaData", "CancelWshMetaData", 209, TEXT,
              SINCE(161), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(102, "reqWshEventData", "WshEventDataRequest", 209, TEXT,
              SINCE(161), TWS_FIELDS(req_wsh_event_data), .says =
              "req {reqId}[ {conId}]"),
    MESSAGE(103, "cancelWshEventData", "CancelWshEventData", 209, TEXT,
              SINCE(161), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(104, "reqUserInfo", "UserInfoRequest", 212, TEXT,
              SINCE(167), TWS_FIELDS(req_id_only), .says =
              "req {reqId}"),
    MESSAGE(105, "reqCurrentTimeInMillis", "CurrentTimeInMillisRequest", 213, TEXT, SINCE(197)),
    MESSAGE(106, "cancelContractData", "CancelContractData", 215, NONE,
              SINCE(215), TWS_FIELDS(req_id_proto), .says =
              "req {reqId}"),
    MESSAGE(107, "cancelHistoricalTicks", "CancelHistoricalTicks", 215, NONE,
              SINCE(215), TWS_FIELDS(req_id_proto), .says =
              "req {reqId}"),
    MESSAGE(108, "reqConfig", "ConfigRequest", 219, NONE,
              SINCE(219), TWS_FIELDS(req_id_proto), .says =
              "req {reqId}"),
    MESSAGE(109, "updateConfig", "UpdateConfigRequest", 221, NONE,
              SINCE(221), TWS_FIELDS(update_config), .says =
              "req {reqId}"),
};
/* clang-format on */
