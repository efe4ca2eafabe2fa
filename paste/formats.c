/* formats.c - see formats.h. */
#include "formats.h"
#include "literal.h"
#include "stamp.h"

#define ID_DIGITS 3u  /* of a message id in text */
#define NAME_MAX_ 64u /* characters between the words and the payload */

#define PAYLOAD(text) .payload = (text), .n = sizeof(text) - 1

/* Lines without an id in front of their fields. */
#define RUBY_BUFFER "the message's id is missing: ib-ruby takes it off before it logs the buffer"
#define JULIA_BODY  "the message's id is missing: Julia logs it on a line of its own (I = ...)"

const struct format formats[] = {
    /* ibapi, IB's own client in Python, at the levels INFO and DEBUG */
    {"ibapi", "SENDING ", TWS_CLIENT, FORMAT_BYTES, FORMAT_SOCKET, .wire = true,
     .sample = "2026-11-24 13:03:05,123 ibapi.client INFO SENDING reqIds "
               "b'\\x00\\x00\\x00\\x048\\x001\\x00'",
     PAYLOAD("\0\0\0\4"
             "8\0"
             "1\0")},
    {"ibapi", "REQUEST ", TWS_CLIENT, FORMAT_BYTES, FORMAT_SOCKET, .wire = true,
     .sample = "DEBUG:ibapi.client:REQUEST b'API\\x00\\x00\\x00\\x00\\tv100..176'",
     PAYLOAD("API\0\0\0\0\tv100..176")},
    {"ibapi", "msg ", TWS_CLIENT, FORMAT_BYTES, FORMAT_FRAME, .wire = true,
     .sample = "DEBUG:ibapi.client:msg b'\\x00\\x00\\x00\\tv100..176'",
     PAYLOAD("\0\0\0\tv100..176")},
    {"ibapi", "raw:", TWS_GATEWAY, FORMAT_BYTES, FORMAT_SOCKET, .wire = true,
     .sample = "DEBUG:ibapi.connection:len 11 raw:b'\\x00\\x00\\x00\\x079\\x001\\x0042\\x00'|",
     PAYLOAD("\0\0\0\a"
             "9\0"
             "1\0"
             "42\0")},
    {"ibapi", "ANSWER ", TWS_GATEWAY, FORMAT_BYTES, FORMAT_FRAME, .wire = true,
     .sample =
         "DEBUG:ibapi.client:ANSWER b'\\x00\\x00\\x00\\x1a176\\x0020260102 10:00:00 EST\\x00'",
     PAYLOAD("\0\0\0\x1a"
             "176\0"
             "20260102 10:00:00 EST\0")},
    {"ibapi", "ANSWER ", TWS_GATEWAY, FORMAT_UNSEEN, FORMAT_PARTS,
     .sample = "INFO:ibapi.wrapper:ANSWER error {'reqId': -1, 'errorCode': 2104}"},
    {"ibapi", "msg:", TWS_GATEWAY, FORMAT_BYTES, FORMAT_FRAME,
     .sample = "DEBUG:ibapi.reader:size:7 msg.size:7 msg:|b'9\\x001\\x0042\\x00'| buf:b''|",
     PAYLOAD("9\0"
             "1\0"
             "42\0")},
    {"ibapi", "fields ", TWS_GATEWAY, FORMAT_FIELDS, FORMAT_PARTS,
     .sample = "2026-11-24 13:03:05,123 ibapi.client DEBUG fields (b'9', b'1', b'42')",
     PAYLOAD("9\0"
             "1\0"
             "42\0")},
    /* ib_insync and ib_async */
    {"ib_async", ">>> ", TWS_CLIENT, FORMAT_COMMAS, FORMAT_FRAME,
     .sample = "2026-11-24 13:03:05,123 ib_async.client DEBUG >>> 71,2,7,",
     PAYLOAD("71\0"
             "2\0"
             "7\0"
             "\0")},
    {"ib_async", "<<< ", TWS_GATEWAY, FORMAT_COMMAS, FORMAT_FRAME,
     .sample = "2026-11-24 13:03:05,123 ib_async.client DEBUG <<< 15,1,DU1234567,U7654321,",
     PAYLOAD("15\0"
             "1\0"
             "DU1234567,U7654321,\0")},
    {"ib_async", "Error handling fields: ", TWS_GATEWAY, FORMAT_FIELDS, FORMAT_PARTS,
     .sample = "ERROR ib_async.Decoder Error handling fields: ['4', '2', '5', '202', 'Order "
               "Canceled, really', '']",
     PAYLOAD("4\0"
             "2\0"
             "5\0"
             "202\0"
             "Order Canceled, really\0"
             "\0")},
    /* rust-ibapi, as its crate `log` writes Debug forms */
    {"rust-ibapi", "-> handshake: ", TWS_CLIENT, FORMAT_NUMBERS, FORMAT_FRAME, .wire = true,
     .sample = "[2026-12-06T16:28:41Z DEBUG ibapi::connection] -> handshake: [65, 80, 73, 0, 0, 0, "
               "0, 9, 118, 49, 48, 48, 46, 46, 49, 55, 54]",
     PAYLOAD("API\0\0\0\0\tv100..176")},
    {"rust-ibapi", "-> ", TWS_CLIENT, FORMAT_NUMBERS, FORMAT_FRAME,
     .sample = "[2026-12-06T16:28:41Z DEBUG ibapi::connection] -> [0, 0, 0, 249, 8, 233, 7]",
     PAYLOAD("\0\0\0\xf9\x08\xe9\x07")},
    {"rust-ibapi", "-> ", TWS_CLIENT, FORMAT_RUST, FORMAT_FRAME,
     .sample = "2026-04-15 14:47:40.492394562 DEBUG: -> \"49\\01\\0\"",
     PAYLOAD("49\0"
             "1\0")},
    {"rust-ibapi", "<- protobuf msg_id=", TWS_GATEWAY, FORMAT_UNSEEN, FORMAT_FRAME,
     .sample = "[2026-12-06T16:28:41Z DEBUG ibapi::connection] <- protobuf msg_id=9"},
    {"rust-ibapi", "<- ", TWS_GATEWAY, FORMAT_RUST, FORMAT_FRAME,
     .sample = "2026-04-15 14:47:40.492394562 DEBUG: <- \"81\\09004\\00.01\\09c0001\\03\\0\"",
     PAYLOAD("81\0"
             "9004\0"
             "0.01\0"
             "9c0001\0"
             "3\0")},
    {"rust-ibapi", "RequestMessage { fields: ", TWS_CLIENT, FORMAT_FIELDS, FORMAT_PARTS,
     .sample = "DEBUG sending RequestMessage { fields: [\"49\", \"1\"] }",
     PAYLOAD("49\0"
             "1\0")},
    {"rust-ibapi", "fields: ", TWS_GATEWAY, FORMAT_FIELDS, FORMAT_PARTS,
     .sample = "[2026-12-06T16:28:41Z INFO ibapi::transport] no recipient found for: "
               "ResponseMessage { i: 0, fields: [\"9\", \"1\", \"42\"], raw_bytes: None }",
     PAYLOAD("9\0"
             "1\0"
             "42\0")},
    /* @stoqey/ib: its events `sent` and `received`, as console.log and JSON write them */
    {"@stoqey/ib", "received", TWS_GATEWAY, FORMAT_FIELDS, FORMAT_FRAME,
     .sample = "received [ '9', '1', '42' ]",
     PAYLOAD("9\0"
             "1\0"
             "42\0")},
    {"@stoqey/ib", "sent", TWS_CLIENT, FORMAT_FIELDS, FORMAT_FRAME,
     .sample = "{\"event\":\"sent\",\"tokens\":[71,2,7,\"\"]}",
     PAYLOAD("71\0"
             "2\0"
             "7\0"
             "\0")},
    /* ib-ruby; the buffer of its socket, its messages before their id is taken off and after */
    {"ib-ruby", "BUFFER:: ", TWS_GATEWAY, FORMAT_STRING, FORMAT_SOCKET, .wire = true,
     .sample = "BUFFER:: \"\\x00\\x00\\x00\\a9\\x001\\x0042\\x00\"",
     PAYLOAD("\0\0\0\a"
             "9\0"
             "1\0"
             "42\0")},
    {"ib-ruby", "BUFFER :>", TWS_GATEWAY, FORMAT_REFUSED, FORMAT_PARTS, .refused = RUBY_BUFFER,
     .sample = "BUFFER :> [\"1\", \"5168\", \"3\"] "},
    {"ib-ruby", "message: ", TWS_GATEWAY, FORMAT_FIELDS, FORMAT_FRAME,
     .sample = "message: [\"9\", \"1\", \"42\"]",
     PAYLOAD("9\0"
             "1\0"
             "42\0")},
    {"ib-ruby", "D: ", TWS_CLIENT, FORMAT_DASHES, FORMAT_FRAME, .sample = "D: 71-2-7-",
     PAYLOAD("71\0"
             "2\0"
             "7\0"
             "\0")},
    /* Jib.jl and IB.jl log what their decoder could not take: the body */
    {"Jib.jl", "M = ", TWS_GATEWAY, FORMAT_REFUSED, FORMAT_PARTS, .refused = JULIA_BODY,
     .sample = "\xe2\x94\x82   M = UInt8[0x08, 0x2a]"},
    /* scmhub/ibapi (Go), whose zerolog writes JSON */
    {"scmhub/ibapi", "\"req\":", TWS_CLIENT, FORMAT_STRING, FORMAT_SOCKET, .wire = true,
     .sample = "{\"level\":\"trace\",\"req\":\"\\u0000\\u0000\\u0000\\u00048\\u00001\\u0000\","
               "\"message\":\"sending request\"}",
     PAYLOAD("\0\0\0\4"
             "8\0"
             "1\0")},
    /* TWS and IB Gateway: api.<client id>.<day>.log, where -> leads to the client */
    {"TWS", "-> ", TWS_GATEWAY, FORMAT_TWS, FORMAT_FRAME,
     .sample = "20:54:49:921 -> ---54-2--1-2104-Market data farm connection is OK:usfarm-",
     PAYLOAD("4\0"
             "2\0"
             "-1\0"
             "2104\0"
             "Market data farm connection is OK:usfarm\0")},
    {"TWS", "<- ", TWS_CLIENT, FORMAT_TWS, FORMAT_FRAME, .sample = "10:05:21:715 <- 71-2-7--",
     PAYLOAD("71\0"
             "2\0"
             "7\0"
             "\0")},
};
const size_t formats_n = sizeof formats / sizeof formats[0];

/* "00,00,00,07": bytes in hex, among which a NUL is. */
static bool are_hex_bytes(struct rest r)
{
    bool nul = false;

    for (size_t i = 0; i < r.n; i += 3) {
        if (r.n - i < 2 || rest_hex(r.p[i]) < 0 || rest_hex(r.p[i + 1]) < 0 ||
            (r.n - i > 2 && r.p[i + 2] != ','))
            return false;
        nul = nul || (r.p[i] == '0' && r.p[i + 1] == '0');
    }
    return nul;
}

/* A message id, or a server version, and a separator. */
static bool is_id(struct rest r, char separator)
{
    size_t digits = 0;

    while (digits < r.n && rest_is_digit(r.p[digits]))
        digits++;
    return digits > 0 && digits <= ID_DIGITS && r.p[0] != '0' && digits < r.n &&
           r.p[digits] == separator;
}

/* Drops the name of a request or a key (`reqIds`, `":"tokens":`) in front of `first` and its like.
 * False: none of them follows. */
static bool drop_to(struct rest *r, const char *first)
{
    for (size_t i = 0; i < r->n && i < NAME_MAX_; i++) {
        if (r->p[i] && strchr(first, r->p[i])) {
            rest_drop(r, i);
            return true;
        }
        if (!rest_is_letter(r->p[i]) && !(r->p[i] && strchr("_ |\":,(]=-", r->p[i])))
            return false;
    }
    return false;
}

/* b'...' behind '|' or the name of a request. */
static bool is_bytes(struct rest r)
{
    struct rest near = {r.p, r.n < NAME_MAX_ ? r.n : NAME_MAX_}, front;
    size_t at = literal_at(near);

    front = (struct rest){near.p, at};
    return at > 0 && at < near.n && (near.p[at - 1] | 0x20) == 'b' &&
           (at == 1 || drop_to(&front, "bB"));
}

/* A bracket and the first item behind it, or the end of the line. */
static bool is_list(struct rest r, bool strings)
{
    static const char quotes[] = "'\"bu";

    if (r.n == 0 || (r.p[0] != '[' && r.p[0] != '('))
        return false;
    rest_drop(&r, 1);
    rest_trim(&r);
    if (r.n == 0)
        return true;
    return rest_is_digit(r.p[0]) || (strings && memchr(quotes, r.p[0], sizeof quotes - 1)) ||
           (r.n > 1 && r.p[0] == '-' && rest_is_digit(r.p[1]));
}

/* What TWS writes ends in the '-' of its last NUL, and begins with an id, or a length in which
 * '-' stands for NUL. */
static bool is_tws(struct rest r)
{
    rest_trim(&r);
    if (r.n < 4 || r.p[r.n - 1] != '-')
        return false;
    return is_id(r, '-') || rest_begins(r, "--");
}

static bool matches(const struct format *f, struct rest *r)
{
    switch (f->form) {
    case FORMAT_BYTES:
        return is_bytes(*r);
    case FORMAT_STRING:
    case FORMAT_RUST:
        return r->n > 1 && r->p[0] == '"';
    case FORMAT_FIELDS:
        return drop_to(r, "[(") && is_list(*r, true);
    case FORMAT_NUMBERS:
        return is_list(*r, false);
    case FORMAT_COMMAS:
        return is_id(*r, ',') && !are_hex_bytes(*r);
    case FORMAT_DASHES:
        return is_id(*r, '-');
    case FORMAT_TWS:
        return is_tws(*r);
    case FORMAT_REFUSED:
    case FORMAT_UNSEEN:
        return true;
    }
    return false;
}

/* The words stand at the beginning of the line, or of a word: behind a blank or what ends a name.
 */
static bool may_begin(struct rest line, size_t at)
{
    static const char ends[] = " \t:|-][,{('\".";

    return at == 0 || memchr(ends, line.p[at - 1], sizeof ends - 1) != NULL;
}

const struct format *formats_find(struct rest line, size_t *at)
{
    for (size_t i = 0; i < line.n; i++)
        for (size_t k = 0; may_begin(line, i) && k < formats_n; k++) {
            struct rest r = {line.p + i, line.n - i};

            if (!rest_begins(r, formats[k].words))
                continue;
            rest_drop(&r, strlen(formats[k].words));
            if (!matches(&formats[k], &r))
                continue;
            *at = (size_t)(r.p - line.p);
            return &formats[k];
        }
    return NULL;
}
