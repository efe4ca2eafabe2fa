#include "guard.h"
#include "message.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

struct row {
    char what[48];
    enum tws_side dir;
    uint32_t sv;
    char in[160];
    size_t len;
    char name[32];
    char values[256]; /* "name=value " for each value, then "missing=N " and the faults in words */
};

static void add_value(char *out, size_t size, const struct tws_value *v)
{
    size_t used = strlen(out);
    char value[128] = "";

    switch (v->kind) {
    case TWS_VALUE_INT:
        snprintf(value, sizeof value, "%" PRId64, v->integer);
        break;
    case TWS_VALUE_BOOL:
        snprintf(value, sizeof value, "%s", v->integer ? "true" : "false");
        break;
    case TWS_VALUE_DOUBLE:
        snprintf(value, sizeof value, "%g", v->real);
        break;
    case TWS_VALUE_TEXT:
        snprintf(value, sizeof value, "'%.*s'", (int)v->text.left, (const char *)v->text.p);
        break;
    case TWS_VALUE_UNSET:
        snprintf(value, sizeof value, "unset");
        break;
    }
    if (v->field)
        snprintf(out + used, size - used, "%s=%s%s ", v->field->name, value, v->again ? "+" : "");
    else
        snprintf(out + used, size - used, "%u=%s ", v->number, value);
}

static void values_of(const struct tws_message *m, char *out, size_t size)
{
    struct tws_walk w;
    struct tws_value v;
    char faults[256];
    size_t used;

    out[0] = '\0';
    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v))
        add_value(out, size, &v);
    used = strlen(out);
    if (tws_walk_missing(&w))
        used += (size_t)snprintf(out + used, size - used, "missing=%u ", tws_walk_missing(&w));
    snprintf(out + used, size - used, "%s",
             tws_fault_text(m->faults | w.faults, faults, sizeof faults));
}

ParameterizedTestParameters(message, is_named_and_taken_apart)
{
    static struct row rows[] = {
        {"startApi, text", TWS_CLIENT, 176,
         BYTES("71\0"
               "2\0"
               "7\0\0"),
         "startApi", "version=2 clientId=7 optionalCapabilities='' "},
        {"startApi, raw id", TWS_CLIENT, 203,
         BYTES("\0\0\0\x47"
               "2\0"
               "7\0\0"),
         "startApi", "version=2 clientId=7 optionalCapabilities='' "},
        {"startApi, protobuf", TWS_CLIENT, 213, BYTES("\0\0\x01\x0f\x08\x07"), "startApi",
         "clientId=7 "},
        {"startApi, text where it is not understood", TWS_CLIENT, 213,
         BYTES("\0\0\0\x47"
               "2\0"
               "7\0\0"),
         "startApi",
         "version=2 clientId=7 optionalCapabilities='' wrong framing for this server version"},
        {"startApi, cut short", TWS_CLIENT, 176,
         BYTES("71\0"
               "2\0"),
         "startApi", "version=2 missing=2 "},
        {"startApi, more than we know", TWS_CLIENT, 176,
         BYTES("71\0"
               "2\0"
               "7\0\0"
               "x\0"),
         "startApi", "version=2 clientId=7 optionalCapabilities='' 4='x' "},
        {"startApi, no number", TWS_CLIENT, 176,
         BYTES("71\0"
               "2\0"
               "seven\0\0"),
         "startApi", "version=2 clientId='seven' optionalCapabilities='' "},
        {"nextValidId, text", TWS_GATEWAY, 176,
         BYTES("9\0"
               "1\0"
               "42\0"),
         "nextValidId", "version=1 orderId=42 "},
        {"nextValidId, protobuf", TWS_GATEWAY, 225, BYTES("\0\0\0\xd1\x08\x2a"), "nextValidId",
         "orderId=42 "},
        {"managedAccounts, text", TWS_GATEWAY, 206,
         BYTES("\0\0\0\x0f"
               "1\0"
               "DU1,DU2,\0"),
         "managedAccounts", "version=1 accountsList='DU1,DU2,' "},
        {"managedAccounts, protobuf", TWS_GATEWAY, 207,
         BYTES("\0\0\0\xd7\x0a\x03"
               "DU1"),
         "managedAccounts", "accountsList='DU1' "},
        {"a field twice", TWS_GATEWAY, 207,
         BYTES("\0\0\0\xd7\x0a\x03"
               "DU1\x0a\x03"
               "DU2"),
         "managedAccounts", "accountsList='DU1' accountsList='DU2'+ "},
        {"a field of another wire type", TWS_GATEWAY, 207, BYTES("\0\0\0\xd7\x08\x03"),
         "managedAccounts", "1=3 "},
        {"error at 100", TWS_GATEWAY, 100,
         BYTES("4\0"
               "2\0"
               "-1\0"
               "2104\0ok\0"),
         "error", "version=2 reqId=-1 errorCode=2104 errorMsg='ok' "},
        {"error at 165", TWS_GATEWAY, 165,
         BYTES("4\0"
               "2\0"
               "-1\0"
               "2104\0ok\0"),
         "error", "version=2 reqId=-1 errorCode=2104 errorMsg='ok' "},
        {"error at 166", TWS_GATEWAY, 166,
         BYTES("4\0"
               "2\0"
               "-1\0"
               "2104\0ok\0\0"),
         "error", "version=2 reqId=-1 errorCode=2104 errorMsg='ok' advancedOrderRejectJson='' "},
        {"error at 193", TWS_GATEWAY, 193,
         BYTES("4\0"
               "2\0"
               "9\0"
               "200\0no\0{}\0"),
         "error", "version=2 reqId=9 errorCode=200 errorMsg='no' advancedOrderRejectJson='{}' "},
        {"error at 194", TWS_GATEWAY, 194,
         BYTES("4\0"
               "9\0"
               "200\0no\0\0"
               "1700000000123\0"),
         "error",
         "reqId=9 errorCode=200 errorMsg='no' advancedOrderRejectJson='' errorTime=1700000000123 "},
        {"error at 202", TWS_GATEWAY, 202,
         BYTES("\0\0\0\x04"
               "9\0"
               "200\0no\0\0"
               "1\0"),
         "error", "reqId=9 errorCode=200 errorMsg='no' advancedOrderRejectJson='' errorTime=1 "},
        {"error, protobuf", TWS_GATEWAY, 203,
         BYTES(
             "\0\0\0\xcc\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x05\x18\xb8\x10\x22\x02ok"
             "\x2a\x02{}"),
         "error",
         "reqId=-1 errorTime=5 errorCode=2104 errorMsg='ok' advancedOrderRejectJson='{}' "},
        {"error, version unknown, raw", TWS_GATEWAY, 0,
         BYTES("\0\0\0\x04"
               "9\0"
               "200\0no\0\0"
               "1\0"),
         "error", "reqId=9 errorCode=200 errorMsg='no' advancedOrderRejectJson='' errorTime=1 "},
        {"unset", TWS_GATEWAY, 176,
         BYTES("9\0"
               "1\0"
               "2147483647\0"),
         "nextValidId", "version=1 orderId=unset "},
        {"currentTime", TWS_GATEWAY, 213, BYTES("\0\0\0\xf9\x08\x80\xa2\xa9\xaa\x06"),
         "currentTime", "time=1699369216 "},
        {"reqIds", TWS_CLIENT, 176,
         BYTES("8\0"
               "1\0"
               "1\0"),
         "reqIds", "version=1 numIds=1 "},
        {"cut short, text", TWS_GATEWAY, 176,
         BYTES("1\0"
               "6\0"
               "3\0"
               "1\0"
               "1.5\0"),
         "tickPrice", "version=6 reqId=3 tickType=1 price=1.5 missing=2 "},
        {"beyond the schema, protobuf", TWS_GATEWAY, 206,
         BYTES("\0\0\0\xc9\x08\x03\x10\x01\x19\0\0\0\0\0\0\xf8\x3f\x22\x01\x35\x2d\x01\0\0\0"),
         "tickPrice", "reqId=3 tickType=1 price=1.5 size='5' 5=1 "},
        {"id only, text", TWS_GATEWAY, 176, BYTES("102\0"), "completedOrdersEnd", ""},
        {"id only, raw", TWS_GATEWAY, 203, BYTES("\0\0\0\x66"), "completedOrdersEnd", ""},
        {"id only, protobuf", TWS_GATEWAY, 204, BYTES("\0\0\x01\x2e"), "completedOrdersEnd", ""},

        {"empty", TWS_GATEWAY, 176, BYTES(""), "unknown", "zero length"},
        {"no id", TWS_GATEWAY, 176,
         BYTES("x\0"
               "1\0"),
         "unknown", "1='x' 2='1' no message id"},
        {"an id that goes on too long", TWS_GATEWAY, 176, BYTES("1234567890\0"), "unknown",
         "1='1234567890' no message id"},
        {"half a raw id", TWS_GATEWAY, 203, BYTES("\0\0\x01"), "unknown",
         "1='' 2='' 3='\x01' no message id"},
        {"unknown id, text", TWS_GATEWAY, 176, BYTES("112\0x\0"), "unknown",
         "1='x' unknown message id"},
        {"unknown id, negative", TWS_GATEWAY, 176, BYTES("-1\0x\0"), "unknown",
         "1='x' unknown message id"},
        {"unknown id, raw", TWS_GATEWAY, 203, BYTES("\0\0\0\xc8x\0"), "unknown",
         "1='x' unknown message id"},
        {"unknown id, protobuf", TWS_GATEWAY, 203, BYTES("\0\0\x01\x38\x08\x01"), "unknown",
         "1=1 unknown message id"},
        {"unknown id, nothing that could be one", TWS_GATEWAY, 203, BYTES("\xff\xff\xff\xff"),
         "unknown", "unknown message id"},
        {"an id of the other direction", TWS_CLIENT, 176, BYTES("46\0x\0"), "unknown",
         "1='x' unknown message id"},
        {"no final NUL", TWS_GATEWAY, 176,
         BYTES("9\0"
               "1\0"
               "42"),
         "nextValidId", "version=1 orderId=42 no final NUL"},
        {"an id without NUL", TWS_GATEWAY, 176, BYTES("102"), "completedOrdersEnd", "no final NUL"},
        {"text id where a raw one is due", TWS_GATEWAY, 203,
         BYTES("9\0"
               "1\0"
               "42\0"),
         "nextValidId", "version=1 orderId=42 wrong framing for this server version"},
        {"raw id where a text one is due", TWS_GATEWAY, 176,
         BYTES("\0\0\0\x09"
               "1\0"
               "42\0"),
         "nextValidId", "version=1 orderId=42 wrong framing for this server version"},
        {"protobuf where there is none", TWS_GATEWAY, 203, BYTES("\0\0\0\xf7\x08\x01"), "tickEFP",
         "1=1 wrong framing for this server version"},
        {"text where there is none", TWS_GATEWAY, 219,
         BYTES("\0\0\0\x6e"
               "1\0"),
         "configResponse", "1='1' wrong framing for this server version"},
        {"not protobuf", TWS_GATEWAY, 207,
         BYTES("\0\0\0\xd7\x0a\x05"
               "DU1"),
         "managedAccounts", "0='\n\005DU1' not valid protobuf"},
        {"not protobuf from the middle on", TWS_GATEWAY, 207,
         BYTES("\0\0\0\xd7\x0a\x01"
               "D\x0b"),
         "managedAccounts", "accountsList='D' 0='\v' not valid protobuf"},
    };

    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, message, is_named_and_taken_apart)
{
    const uint8_t *in = guarded(r->in, r->len);
    struct tws_message m;
    char got[512];

    tws_message_open(r->dir, r->sv, (struct tws_cursor){in, r->len}, &m);
    cr_expect_str_eq(tws_message_name(&m), r->name, "%s", r->what);
    values_of(&m, got, sizeof got);
    cr_expect_str_eq(got, r->values, "%s: %s", r->what, got);
    unguard(in, r->len);
}

Test(message, says_every_fault_that_fits_the_buffer)
{
    char buf[256], small[12];

    cr_expect_str_eq(tws_fault_text(0, buf, sizeof buf), "");
    cr_expect_str_eq(tws_fault_text(TWS_FAULT_NO_NUL | TWS_FAULT_UNKNOWN_ID, buf, sizeof buf),
                     "unknown message id; no final NUL");
    cr_expect_str_eq(tws_fault_text(~0u, buf, sizeof buf),
                     "zero length; no message id; unknown message id; no final NUL; "
                     "wrong framing for this server version; not valid protobuf");
    cr_expect_str_eq(tws_fault_text(~0u, small, sizeof small), "zero length");
    cr_expect_str_eq(tws_fault_text(~0u, small, 11), "", "whole words or none");
}

struct key_row {
    char what[40];
    enum tws_side dir;
    uint32_t sv;
    char in[64];
    size_t len;
    bool found;
    int64_t key;
};

ParameterizedTestParameters(message, carries_its_key_where_the_table_says)
{
    static struct key_row rows[] = {
        {"after a version field", TWS_CLIENT, 176,
         BYTES("1\0"
               "11\0"
               "5\0"),
         true, 5},
        {"without a version field", TWS_CLIENT, 176,
         BYTES("96\0"
               "5\0"
               "6\0"),
         true, 5},
        {"error before 194", TWS_GATEWAY, 193,
         BYTES("4\0"
               "2\0"
               "-1\0"
               "2104\0"),
         true, -1},
        {"error from 194", TWS_GATEWAY, 194,
         BYTES("4\0"
               "-1\0"
               "2104\0"),
         true, -1},
        {"error, protobuf", TWS_GATEWAY, 203, BYTES("\0\0\0\xcc\x18\x01\x08\x07"), true, 7},
        {"negative, protobuf", TWS_GATEWAY, 203,
         BYTES("\0\0\0\xcc\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true, -1},
        {"placeOrder before 145", TWS_CLIENT, 144,
         BYTES("3\0"
               "45\0"
               "8\0"),
         true, 8},
        {"placeOrder from 145", TWS_CLIENT, 145,
         BYTES("3\0"
               "8\0"
               "9\0"),
         true, 8},
        {"replaceFA before it had one", TWS_CLIENT, 156,
         BYTES("19\0"
               "1\0"
               "1\0x\0"),
         false, 0},
        {"replaceFA", TWS_CLIENT, 157,
         BYTES("19\0"
               "1\0"
               "1\0x\0"
               "8\0"),
         true, 8},
        {"orderBound", TWS_GATEWAY, 176,
         BYTES("100\0"
               "1\0"
               "2\0"
               "3\0"),
         true, 3},
        {"market rule", TWS_CLIENT, 176,
         BYTES("91\0"
               "26\0"),
         true, 26},
        {"none", TWS_CLIENT, 176,
         BYTES("49\0"
               "1\0"),
         false, 0},
        {"cut short", TWS_CLIENT, 176,
         BYTES("1\0"
               "11\0"),
         false, 0},
        {"no number", TWS_CLIENT, 176,
         BYTES("1\0"
               "11\0x\0"),
         false, 0},
        {"absent, protobuf", TWS_GATEWAY, 203, BYTES("\0\0\0\xcc\x18\x01"), false, 0},
        {"broken, protobuf", TWS_GATEWAY, 203, BYTES("\0\0\0\xcc\x0f\x08\x01"), false, 0},
        {"unknown id", TWS_GATEWAY, 176,
         BYTES("112\0"
               "1\0"
               "1\0"),
         false, 0},
        {"empty", TWS_GATEWAY, 176, BYTES(""), false, 0},
    };

    return cr_make_param_array(struct key_row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct key_row *r, message, carries_its_key_where_the_table_says)
{
    const uint8_t *in = guarded(r->in, r->len);
    struct tws_message m;
    int64_t key = 0;

    tws_message_open(r->dir, r->sv, (struct tws_cursor){in, r->len}, &m);
    cr_expect_eq(tws_message_key(&m, &key), r->found, "%s", r->what);
    cr_expect_eq(key, r->key, "%s: %" PRId64, r->what, key);
    unguard(in, r->len);
}

Test(message, finds_a_value_by_its_meaning)
{
    static const char in[] = "4\0"
                             "2\0"
                             "-1\0"
                             "326\0in use\0\0";
    struct tws_message m;
    struct tws_value v;

    tws_message_open(TWS_GATEWAY, 176, (struct tws_cursor){(const uint8_t *)in, sizeof in - 1}, &m);
    cr_assert(tws_message_find(&m, TWS_ERROR_CODE, &v));
    cr_expect_eq(v.integer, 326);
    cr_assert(tws_message_find(&m, TWS_ERROR_TEXT, &v));
    cr_expect_eq(v.text.left, 6);
    cr_expect_not(tws_message_find(&m, TWS_ACCOUNT, &v));
}
