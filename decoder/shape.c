#include "shape.h"
#include "text.h"
#include "wire.h"
#include <string.h>

#define ANY         255 /* no upper limit: the message has groups */
#define SPARE       2u  /* fields beyond the known ones: a newer peer */
#define ID_DIGITS   3u
#define NUMBER_MAX  255u /* protobuf field numbers above it are nobody's */
#define PEEK_VARINT 10u

/* text: fewest and most fields after the id, and the kinds of the first ones: i integer, n number,
 * s anything; an empty field is of any kind but the first.  NULL: no text form.
 * wire: wire type by field number from 1 on, '.' where there is none.  NULL: no protobuf form. */
struct shape {
    uint8_t min, max;
    const char *text;
    const char *wire;
};

/* clang-format off */
static const struct shape sent_by_gateway[TWS_ID_LIMIT] = {
    [1]   = {6, 6, "iiinni", "00120"}, /* tickPrice */
    [2]   = {4, 4, "iiin", "002"}, /* tickSize */
    [3]   = {11, 11, "issnnninn", "02221001021"}, /* orderStatus */
    [4]   = {4, 5, "ii", "00022"}, /* error */
    [5]   = {79, ANY, "ii", "0222"}, /* openOrder */
    [6]   = {5, 5, "i", "2222"}, /* updateAccountValue */
    [7]   = {16, 19, "iisssn", "22111112"}, /* updatePortfolio */
    [8]   = {2, 2, "i", "2"}, /* updateAccountTime */
    [9]   = {2, 2, "ii", "0"}, /* nextValidId */
    [10]  = {17, ANY, "", "022"}, /* contractDetails */
    [11]  = {21, 32, "", "022"}, /* execDetails */
    [12]  = {7, 7, "iiiiinn", "02"}, /* updateMktDepth */
    [13]  = {8, 9, "iiisiinn", "02"}, /* updateMktDepthL2 */
    [14]  = {5, 5, "iii", "0022"}, /* updateNewsBulletin */
    [15]  = {2, 2, "i", "2"}, /* managedAccounts */
    [16]  = {3, 3, "ii", "02"}, /* receiveFA */
    [17]  = {2, ANY, "i", "02"}, /* historicalData */
    [18]  = {26, ANY, "", "022"}, /* bondContractDetails */
    [19]  = {2, 2, "i", "2"}, /* scannerParameters */
    [20]  = {3, ANY, "iii", "02"}, /* scannerData */
    [21]  = {5, 11, "iiinn", "00011111111"}, /* tickOptionComputation */
    [45]  = {4, 4, "iiin", "001"}, /* tickGeneric */
    [46]  = {4, 4, "iii", "002"}, /* tickString */
    [47]  = {10, 10, "iiinsnisnn", NULL}, /* tickEFP */
    [49]  = {2, 2, "ii", "0"}, /* currentTime */
    [50]  = {10, 10, "iiinnnnnni", "001111220"}, /* realtimeBar */
    [51]  = {3, 3, "ii", "02"}, /* fundamentalData */
    [52]  = {2, 2, "ii", "0"}, /* contractDetailsEnd */
    [53]  = {1, 1, "i", ""}, /* openOrderEnd */
    [54]  = {2, 2, "i", "2"}, /* accountDownloadEnd */
    [55]  = {2, 2, "ii", "0"}, /* execDetailsEnd */
    [56]  = {5, 5, "iiinn", NULL}, /* deltaNeutralValidation */
    [57]  = {2, 2, "ii", "0"}, /* tickSnapshotEnd */
    [58]  = {3, 3, "iii", "00"}, /* marketDataType */
    [59]  = {7, 7, "isnsnni", "212112"}, /* commissionAndFeesReport */
    [61]  = {13, 15, "isisssn", "2221"}, /* position */
    [62]  = {1, 1, "i", ""}, /* positionEnd */
    [63]  = {6, 6, "ii", "02222"}, /* accountSummary */
    [64]  = {2, 2, "ii", "0"}, /* accountSummaryEnd */
    [65]  = {2, 2, "i", "2"}, /* verifyMessageAPI */
    [66]  = {3, 3, "i", "02"}, /* verifyCompleted */
    [67]  = {3, 3, "ii", "02"}, /* displayGroupList */
    [68]  = {3, 3, "ii", "02"}, /* displayGroupUpdated */
    [69]  = {3, 3, "i", NULL}, /* verifyAndAuthMessageAPI */
    [70]  = {3, 3, "i", NULL}, /* verifyAndAuthCompleted */
    [71]  = {17, 17, "iisisssn", "022212"}, /* positionMulti */
    [72]  = {2, 2, "ii", "0"}, /* positionMultiEnd */
    [73]  = {7, 7, "ii", "022222"}, /* accountUpdateMulti */
    [74]  = {2, 2, "ii", "0"}, /* accountUpdateMultiEnd */
    [75]  = {7, ANY, "isissi", "0202222"}, /* securityDefinitionOptionParameter */
    [76]  = {1, 1, "i", "0"}, /* securityDefinitionOptionParameterEnd */
    [77]  = {2, ANY, "ii", "02"}, /* softDollarTiers */
    [78]  = {1, ANY, "i", "2"}, /* familyCodes */
    [79]  = {2, ANY, "ii", "02"}, /* symbolSamples */
    [80]  = {1, ANY, "i", "2"}, /* mktDepthExchanges */
    [81]  = {4, 4, "insi", "022022"}, /* tickReqParams */
    [82]  = {2, ANY, "ii", "02"}, /* smartComponents */
    [83]  = {3, 3, "ii", "002"}, /* newsArticle */
    [84]  = {6, 6, "ii", "002222"}, /* tickNews */
    [85]  = {1, ANY, "i", "2"}, /* newsProviders */
    [86]  = {5, 5, "i", "02222"}, /* historicalNews */
    [87]  = {2, 2, "ii", "00"}, /* historicalNewsEnd */
    [88]  = {2, 2, "i", "02"}, /* headTimestamp */
    [89]  = {2, ANY, "ii", "02"}, /* histogramData */
    [90]  = {9, 9, "iisnnnnnn", "02"}, /* historicalDataUpdate */
    [91]  = {3, 3, "ii", "002"}, /* rerouteMktDataReq */
    [92]  = {3, 3, "ii", "002"}, /* rerouteMktDepthReq */
    [93]  = {2, ANY, "ii", "02"}, /* marketRule */
    [94]  = {2, 4, "in", "0111"}, /* pnl */
    [95]  = {4, 6, "innn", "021111"}, /* pnlSingle */
    [96]  = {3, ANY, "ii", "020"}, /* historicalTicks */
    [97]  = {3, ANY, "ii", "020"}, /* historicalTicksBidAsk */
    [98]  = {3, ANY, "ii", "020"}, /* historicalTicksLast */
    [99]  = {3, 14, "iii", "00222"}, /* tickByTick */
    [100] = {3, 3, "iii", "000"}, /* orderBound */
    [101] = {75, ANY, "isssn", "222"}, /* completedOrder */
    [102] = {0, 0, "", ""}, /* completedOrdersEnd */
    [103] = {2, 2, "i", "02"}, /* replaceFAEnd */
    [104] = {2, 2, "i", "02"}, /* wshMetaData */
    [105] = {2, 2, "i", "02"}, /* wshEventData */
    [106] = {5, ANY, "isssi", "02222"}, /* historicalSchedule */
    [107] = {2, 2, "i", "02"}, /* userInfo */
    [108] = {3, 3, "i", "022"}, /* historicalDataEnd */
    [109] = {1, 1, "i", "0"}, /* currentTimeInMillis */
    [110] = {0, 0, NULL, "02222"}, /* configResponse */
    [111] = {0, 0, NULL, "022222"}, /* updateConfigResponse */
};

static const struct shape sent_by_client[TWS_ID_LIMIT] = {
    [1]   = {18, ANY, "iiisssn", "022002"}, /* reqMktData */
    [2]   = {2, 2, "ii", "0"}, /* cancelMktData */
    [3]   = {89, ANY, "ii", "0222"}, /* placeOrder */
    [4]   = {2, 6, "i", "02"}, /* cancelOrder */
    [5]   = {1, 1, "i", ""}, /* reqOpenOrders */
    [6]   = {3, 3, "ii", "02"}, /* reqAccountUpdates */
    [7]   = {9, ANY, "iii", "02"}, /* reqExecutions */
    [8]   = {2, 2, "ii", "0"}, /* reqIds */
    [9]   = {17, 18, "iiisssn", "02"}, /* reqContractDetails */
    [10]  = {15, 17, "iiisssn", "02002"}, /* reqMktDepth */
    [11]  = {2, 3, "ii", "00"}, /* cancelMktDepth */
    [12]  = {2, 2, "ii", "0"}, /* reqNewsBulletins */
    [13]  = {1, 1, "i", ""}, /* cancelNewsBulletins */
    [14]  = {2, 2, "ii", "0"}, /* setServerLogLevel */
    [15]  = {2, 2, "ii", "0"}, /* reqAutoOpenOrders */
    [16]  = {1, 1, "i", ""}, /* reqAllOpenOrders */
    [17]  = {1, 1, "i", ""}, /* reqManagedAccts */
    [18]  = {2, 2, "ii", "0"}, /* requestFA */
    [19]  = {3, 4, "ii", "002"}, /* replaceFA */
    [20]  = {22, ANY, "ii", "0222202002"}, /* reqHistoricalData */
    [21]  = {17, 20, "iiisssn", "020020220"}, /* exerciseOptions */
    [22]  = {24, 24, "iissssnnnn", "02"}, /* reqScannerSubscription */
    [23]  = {2, 2, "ii", "0"}, /* cancelScannerSubscription */
    [24]  = {1, 1, "i", ""}, /* reqScannerParameters */
    [25]  = {2, 2, "ii", "0"}, /* cancelHistoricalData */
    [49]  = {1, 1, "i", ""}, /* reqCurrentTime */
    [50]  = {18, 18, "iiisssn", "020202"}, /* reqRealTimeBars */
    [51]  = {2, 2, "ii", "0"}, /* cancelRealTimeBars */
    [52]  = {11, 12, "iii", "0222"}, /* reqFundamentalData */
    [53]  = {2, 2, "ii", "0"}, /* cancelFundamentalData */
    [54]  = {17, 18, "iiisssn", "02112"}, /* calculateImpliedVolatility */
    [55]  = {17, 18, "iiisssn", "02112"}, /* calculateOptionPrice */
    [56]  = {2, 2, "ii", "0"}, /* cancelCalculateImpliedVolatility */
    [57]  = {2, 2, "ii", "0"}, /* cancelCalculateOptionPrice */
    [58]  = {1, 2, "", "2"}, /* reqGlobalCancel */
    [59]  = {2, 2, "ii", "0"}, /* reqMarketDataType */
    [61]  = {1, 1, "i", ""}, /* reqPositions */
    [62]  = {4, 4, "ii", "022"}, /* reqAccountSummary */
    [63]  = {2, 2, "ii", "0"}, /* cancelAccountSummary */
    [64]  = {1, 1, "i", ""}, /* cancelPositions */
    [65]  = {3, 3, "i", "22"}, /* verifyRequest */
    [66]  = {2, 2, "i", "2"}, /* verifyMessage */
    [67]  = {2, 2, "ii", "0"}, /* queryDisplayGroups */
    [68]  = {3, 3, "iii", "00"}, /* subscribeToGroupEvents */
    [69]  = {3, 3, "ii", "02"}, /* updateDisplayGroup */
    [70]  = {2, 2, "ii", "0"}, /* unsubscribeFromGroupEvents */
    [71]  = {3, 3, "ii", "02"}, /* startApi */
    [72]  = {4, 4, "i", NULL}, /* verifyAndAuthRequest */
    [73]  = {3, 3, "i", NULL}, /* verifyAndAuthMessage */
    [74]  = {4, 4, "ii", "022"}, /* reqPositionsMulti */
    [75]  = {2, 2, "ii", "0"}, /* cancelPositionsMulti */
    [76]  = {5, 5, "iissi", "0220"}, /* reqAccountUpdatesMulti */
    [77]  = {2, 2, "ii", "0"}, /* cancelAccountUpdatesMulti */
    [78]  = {5, 5, "isssi", "02220"}, /* reqSecDefOptParams */
    [79]  = {1, 1, "i", "0"}, /* reqSoftDollarTiers */
    [80]  = {0, 0, "", ""}, /* reqFamilyCodes */
    [81]  = {2, 2, "i", "02"}, /* reqMatchingSymbols */
    [82]  = {0, 0, "", ""}, /* reqMktDepthExchanges */
    [83]  = {2, 2, "i", "02"}, /* reqSmartComponents */
    [84]  = {3, 4, "i", "0222"}, /* reqNewsArticle */
    [85]  = {0, 0, "", ""}, /* reqNewsProviders */
    [86]  = {6, 7, "iisssi", "0022202"}, /* reqHistoricalNews */
    [87]  = {17, 17, "iisssn", "02020"}, /* reqHeadTimestamp */
    [88]  = {16, 16, "iisssn", "0202"}, /* reqHistogramData */
    [89]  = {1, 1, "i", "0"}, /* cancelHistogramData */
    [90]  = {1, 1, "i", "0"}, /* cancelHeadTimestamp */
    [91]  = {1, 1, "i", "0"}, /* reqMarketRule */
    [92]  = {3, 3, "i", "022"}, /* reqPnL */
    [93]  = {1, 1, "i", "0"}, /* cancelPnL */
    [94]  = {4, 4, "issi", "0220"}, /* reqPnLSingle */
    [95]  = {1, 1, "i", "0"}, /* cancelPnLSingle */
    [96]  = {21, 21, "iisssn", "022202002"}, /* reqHistoricalTicks */
    [97]  = {14, 16, "iisssn", "02200"}, /* reqTickByTickData */
    [98]  = {1, 1, "i", "0"}, /* cancelTickByTickData */
    [99]  = {1, 1, "i", "0"}, /* reqCompletedOrders */
    [100] = {1, 1, "i", "0"}, /* reqWshMetaData */
    [101] = {1, 1, "i", "0"}, /* cancelWshMetaData */
    [102] = {2, 9, "ii", "002000220"}, /* reqWshEventData */
    [103] = {1, 1, "i", "0"}, /* cancelWshEventData */
    [104] = {1, 1, "i", "0"}, /* reqUserInfo */
    [105] = {0, 0, "", ""}, /* reqCurrentTimeInMillis */
    [106] = {0, 0, NULL, "0"}, /* cancelContractData */
    [107] = {0, 0, NULL, "0"}, /* cancelHistoricalTicks */
    [108] = {0, 0, NULL, "0"}, /* reqConfig */
    [109] = {0, 0, NULL, "0222220"}, /* updateConfig */
};
/* clang-format on */

/* ---- text ---- */

static bool is_text(uint8_t c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static bool is_kind(char kind, struct tws_cursor field, bool first)
{
    int64_t integer;
    double real;

    if (field.left == 0)
        return !first;
    switch (kind) {
    case 'i':
        return tws_text_int(field, &integer);
    case 'n':
        return tws_text_double(field, &real) || tws_text_unset(field);
    }
    return true;
}

/* Whole fields at the front of `body` that are as the row has them; false at one that is not. */
static bool take_fields(const struct shape *shape, struct tws_cursor *body, size_t *n)
{
    size_t kinds = strlen(shape->text);
    struct tws_cursor rest = *body, field;
    bool ended;

    while (tws_text_next(&rest, &field, &ended) && ended) {
        if (*n < kinds && !is_kind(shape->text[*n], field, *n == 0))
            return false;
        ++*n;
        *body = rest;
    }
    return true;
}

static enum tws_grade grade_text(const struct shape *shape, struct tws_cursor body, bool whole)
{
    size_t n = 0;

    if (!shape->text)
        return TWS_GRADE_BAD;
    if (whole && body.left > 0 && body.p[body.left - 1] != 0)
        return TWS_GRADE_BAD;
    for (size_t i = 0; i < body.left; i++) {
        if (body.p[i] != 0 && !is_text(body.p[i]))
            return TWS_GRADE_BAD;
    }
    if (!take_fields(shape, &body, &n) || (shape->max != ANY && n > shape->max + SPARE))
        return TWS_GRADE_BAD;
    if (!whole)
        return TWS_GRADE_OPEN;
    if (body.left > 0 || n < shape->min)
        return TWS_GRADE_BAD;
    /* Groups and few kinds: too little to go by. */
    if (shape->max == ANY ? strlen(shape->text) < 2 : n > shape->max || (n > 0 && !*shape->text))
        return TWS_GRADE_FAIR;
    return TWS_GRADE_STRONG;
}

/* Digits and their NUL. */
static enum tws_grade take_text_id(struct tws_cursor *seen, size_t len, int32_t *id)
{
    const uint8_t *b;
    size_t i = 0;

    *id = 0;
    for (; i < ID_DIGITS && i < seen->left && seen->p[i] >= '0' && seen->p[i] <= '9'; i++)
        *id = *id * 10 + (seen->p[i] - '0');
    if (i == seen->left && i < len)
        return TWS_GRADE_OPEN;
    if (i == 0 || seen->p[0] == '0' || i == seen->left || seen->p[i] != 0)
        return TWS_GRADE_BAD;
    return tws_take(seen, i + 1, &b) ? TWS_GRADE_FAIR : TWS_GRADE_BAD;
}

/* ---- protobuf ---- */

/* The value of a varint at the front; false when it is not all there. */
static bool peek_varint(struct tws_cursor *c, uint64_t *out)
{
    uint8_t b;

    *out = 0;
    for (unsigned i = 0; i < PEEK_VARINT && tws_take_u8(c, &b); i++) {
        *out |= i < 9 ? (uint64_t)(b & 0x7f) << (7 * i) : 0;
        if (b < 0x80)
            return true;
    }
    return false;
}

/* Can the field whose beginning is `rest`, the end of what was seen, still be one? `more`: bytes
 * of the body that are not seen. */
static bool may_be_field(struct tws_cursor rest, size_t more)
{
    uint64_t key, n;

    if (rest.left >= PEEK_VARINT + PEEK_VARINT + 8 && (rest.p[0] & 7) != TWS_WIRE_BYTES)
        return false; /* all of it was there, and it did not parse */
    if (!peek_varint(&rest, &key))
        return rest.left == 0;
    if (key >> 3 == 0 || key >> 3 > NUMBER_MAX)
        return false;
    switch ((enum tws_wire_type)(key & 7)) {
    case TWS_WIRE_VARINT:
    case TWS_WIRE_FIXED64:
        return true;
    case TWS_WIRE_BYTES:
        return !peek_varint(&rest, &n) || (n >= rest.left && n - rest.left <= more);
    case TWS_WIRE_FIXED32: /* no message has one */
        break;
    }
    return false;
}

/* Is the field one of the row's?  *known: the row has its number. */
static bool fits_row(const char *wire, const struct tws_wire_field *f, bool *known)
{
    *known = f->number <= strlen(wire) && wire[f->number - 1] != '.';
    return *known ? wire[f->number - 1] == '0' + (int)f->type
                  : f->number <= NUMBER_MAX && f->type != TWS_WIRE_FIXED32;
}

static enum tws_grade grade_protobuf(const struct shape *shape, struct tws_cursor body, size_t more)
{
    struct tws_wire_field f;
    enum tws_wire_status status;
    bool known = true, all = true;
    size_t n = 0;

    if (!shape->wire)
        return TWS_GRADE_BAD;
    while ((status = tws_wire_next(&body, &f)) == TWS_WIRE_FIELD) {
        if (!fits_row(shape->wire, &f, &known))
            return TWS_GRADE_BAD;
        all = all && known;
        n++;
    }
    if (more > 0)
        return body.left == 0 || may_be_field(body, more) ? TWS_GRADE_OPEN : TWS_GRADE_BAD;
    if (status != TWS_WIRE_END)
        return TWS_GRADE_BAD;
    return all && (n > 0 || !*shape->wire) ? TWS_GRADE_STRONG : TWS_GRADE_FAIR;
}

/* ---- either ---- */

static const struct shape *shape_of(enum tws_side side, int32_t id)
{
    return tws_schema_find(side, id) ? &(side == TWS_CLIENT ? sent_by_client : sent_by_gateway)[id]
                                     : NULL;
}

static enum tws_grade grade_raw(enum tws_side side, struct tws_cursor seen, size_t len)
{
    struct tws_cursor body = seen;
    const struct shape *shape;
    size_t more = len - seen.left;
    uint32_t raw;

    if (len < 4)
        return TWS_GRADE_BAD;
    if (!tws_take_be32(&body, &raw)) { /* 00 00 00 or 00 00 01 */
        for (size_t i = 0; i < seen.left; i++) {
            if (seen.p[i] > (i == 2))
                return TWS_GRADE_BAD;
        }
        return TWS_GRADE_OPEN;
    }
    if (raw == 0 || raw >= TWS_ID_LIMIT + TWS_PROTOBUF_OFFSET || raw == TWS_PROTOBUF_OFFSET)
        return TWS_GRADE_BAD;
    if (raw < TWS_PROTOBUF_OFFSET) {
        shape = shape_of(side, (int32_t)raw);
        return shape ? grade_text(shape, body, more == 0) : TWS_GRADE_BAD;
    }
    shape = shape_of(side, (int32_t)raw - TWS_PROTOBUF_OFFSET);
    return shape ? grade_protobuf(shape, body, more) : TWS_GRADE_BAD;
}

enum tws_grade tws_shape_grade(enum tws_side side, struct tws_cursor seen, size_t len,
                               enum tws_ids *ids)
{
    const struct shape *shape;
    struct tws_cursor body = seen;
    enum tws_grade grade;
    int32_t id;

    *ids = TWS_IDS_UNKNOWN;
    if (len == 0)
        return TWS_GRADE_BAD;
    if (seen.left == 0)
        return TWS_GRADE_OPEN;
    *ids = seen.p[0] == 0 ? TWS_IDS_RAW : TWS_IDS_TEXT;
    if (*ids == TWS_IDS_RAW)
        return grade_raw(side, seen, len);
    grade = take_text_id(&body, len, &id);
    if (grade != TWS_GRADE_FAIR)
        return grade;
    shape = shape_of(side, id);
    return shape ? grade_text(shape, body, seen.left == len) : TWS_GRADE_BAD;
}

/* Digits where the pattern has '0', the byte itself elsewhere. */
static bool is_like(struct tws_cursor c, const char *pattern)
{
    for (size_t i = 0; i < c.left && pattern[i]; i++) {
        if (pattern[i] == '0' ? c.p[i] < '0' || c.p[i] > '9' : c.p[i] != (uint8_t)pattern[i])
            return false;
    }
    return true;
}

#define REPLY                                                                                      \
    "000\0"                                                                                        \
    "00000000 00:00:00"
#define REPLY_LEN (sizeof REPLY - 1)
#define REPLY_MAX 128u

enum tws_grade tws_shape_version(struct tws_cursor seen, size_t len)
{
    struct tws_cursor version = seen, time = seen;
    const uint8_t *b;

    if (len < REPLY_LEN + 1 || len > REPLY_MAX)
        return TWS_GRADE_BAD;
    version.left = version.left < 3 ? version.left : 3;
    if (!is_like(version, "000") || (seen.left > 3 && seen.p[3] != 0) ||
        (seen.left > 0 && seen.p[0] == '0'))
        return TWS_GRADE_BAD;
    if (tws_take(&time, 4, &b) && !is_like(time, &REPLY[4]))
        return TWS_GRADE_BAD;
    if (time.left > 0 && seen.left > 4 && memchr(time.p, 0, time.left) &&
        (const uint8_t *)memchr(time.p, 0, time.left) != seen.p + len - 1)
        return TWS_GRADE_BAD;
    if (seen.left < len)
        return TWS_GRADE_OPEN;
    return seen.p[len - 1] == 0 ? TWS_GRADE_STRONG : TWS_GRADE_BAD;
}
