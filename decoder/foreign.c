#include "foreign.h"
#include "frame.h"
#include "hello.h"
#include <string.h>

#define LEAD_MAX 8u /* bytes: the longest row below */

#define FROM_CLIENT  1u
#define FROM_GATEWAY 2u
#define FROM_BOTH    3u

/* How other protocols begin.  No row begins with what begins TWS. */
static const struct lead {
    char bytes[LEAD_MAX + 1];
    uint8_t len;
    uint8_t from; /* the side that would send it */
    enum tws_foreign is;
} leads[] = {
    {"GET ", 4, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"PUT ", 4, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"HEAD ", 5, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"POST ", 5, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"PATCH ", 6, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"TRACE ", 6, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"DELETE ", 7, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"OPTIONS ", 8, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"CONNECT ", 8, FROM_CLIENT, TWS_FOREIGN_HTTP},
    {"PRI * HT", 8, FROM_CLIENT, TWS_FOREIGN_HTTP}, /* HTTP/2 without TLS */
    {"HTTP/", 5, FROM_GATEWAY, TWS_FOREIGN_HTTP},
    {"\x14\x03", 2, FROM_BOTH, TWS_FOREIGN_TLS},
    {"\x15\x03", 2, FROM_BOTH, TWS_FOREIGN_TLS},
    {"\x16\x03", 2, FROM_BOTH, TWS_FOREIGN_TLS},
    {"\x17\x03", 2, FROM_BOTH, TWS_FOREIGN_TLS},
    {"SSH-", 4, FROM_BOTH, TWS_FOREIGN_SSH},
    {"RFB ", 4, FROM_BOTH, TWS_FOREIGN_RFB},
    {"+OK", 3, FROM_GATEWAY, TWS_FOREIGN_POP3},
};

static enum tws_foreign_status fits_client(struct tws_cursor first)
{
    static const char prefix[TWS_HELLO_PREFIX] = "API";
    size_t n = first.left < TWS_HELLO_PREFIX ? first.left : TWS_HELLO_PREFIX;
    size_t digits = 0;

    if (memcmp(first.p, prefix, n) == 0)
        return n == TWS_HELLO_PREFIX ? TWS_FOREIGN_CLEAR : TWS_FOREIGN_UNSURE;
    while (digits < first.left && first.p[digits] >= '0' && first.p[digits] <= '9')
        digits++;
    if (digits == 0 || digits >= TWS_LEGACY_MAX)
        return TWS_FOREIGN_FOUND;
    if (digits == first.left)
        return TWS_FOREIGN_UNSURE;
    return first.p[digits] == 0 ? TWS_FOREIGN_CLEAR : TWS_FOREIGN_FOUND;
}

/* A length up to TWS_FRAME_MAX has a first byte of zero, and no other length has. */
static enum tws_foreign_status fits_gateway(struct tws_cursor first)
{
    _Static_assert(TWS_FRAME_MAX == 0xFFFFFFu, "the first byte of a length decides");
    return first.p[0] == 0 ? TWS_FOREIGN_CLEAR : TWS_FOREIGN_FOUND;
}

static enum tws_foreign_status find_lead(enum tws_side dir, struct tws_cursor first,
                                         enum tws_foreign *out)
{
    unsigned from = dir == TWS_CLIENT ? FROM_CLIENT : FROM_GATEWAY;
    enum tws_foreign_status status = TWS_FOREIGN_FOUND;

    *out = TWS_FOREIGN_OTHER;
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        size_t n = first.left < leads[i].len ? first.left : leads[i].len;

        if (!(leads[i].from & from) || memcmp(first.p, leads[i].bytes, n) != 0)
            continue;
        if (n == leads[i].len) {
            *out = leads[i].is;
            return TWS_FOREIGN_FOUND;
        }
        *out = TWS_FOREIGN_NONE;
        status = TWS_FOREIGN_UNSURE;
    }
    return status;
}

enum tws_foreign_status tws_foreign_guess(enum tws_side dir, struct tws_cursor first,
                                          enum tws_foreign *out)
{
    enum tws_foreign_status fits;

    *out = TWS_FOREIGN_NONE;
    if (first.left == 0)
        return TWS_FOREIGN_UNSURE;
    fits = dir == TWS_CLIENT ? fits_client(first) : fits_gateway(first);
    return fits == TWS_FOREIGN_FOUND ? find_lead(dir, first, out) : fits;
}

const char *tws_foreign_name(enum tws_foreign f)
{
    switch (f) {
    case TWS_FOREIGN_HTTP:
        return "HTTP";
    case TWS_FOREIGN_TLS:
        return "TLS";
    case TWS_FOREIGN_SSH:
        return "SSH";
    case TWS_FOREIGN_RFB:
        return "RFB (VNC)";
    case TWS_FOREIGN_POP3:
        return "POP3";
    case TWS_FOREIGN_NONE:
    case TWS_FOREIGN_OTHER:
        break;
    }
    return "unknown protocol";
}
