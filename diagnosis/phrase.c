/* phrase.c - text for the sentence and the evidence of a verdict. */
#include "phrase.h"
#include "request.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *tws_phrase_span(uint64_t ns, char *buf, size_t size)
{
    if (ns < 1000000u)
        snprintf(buf, size, "0.%02" PRIu64 " ms", ns / 10000);
    else if (ns < 10000000u)
        snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " ms", ns / 1000000, ns / 100000 % 10);
    else if (ns < 1000000000u)
        snprintf(buf, size, "%" PRIu64 " ms", ns / 1000000);
    else if (ns < 120000000000u)
        snprintf(buf, size, "%" PRIu64 ".%" PRIu64 " s", ns / 1000000000, ns / 100000000 % 10);
    else if (ns < 7200000000000u)
        snprintf(buf, size, "%" PRIu64 " min", ns / 60000000000u);
    else
        snprintf(buf, size, "%" PRIu64 " h", ns / 3600000000000u);
    return buf;
}

void tws_phrase(struct tws_phrase *l, const char *format, ...)
{
    size_t room = l->len < l->size ? l->size - l->len : 0;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(room > 0 ? l->buf + l->len : NULL, room, format, args);
    va_end(args);
    if (n > 0)
        l->len += (size_t)n;
}

void tws_phrase_request(struct tws_phrase *l, uint8_t id, uint8_t key_kind, int64_t key)
{
    tws_phrase(l, "%s", tws_request_name(id));
    if (key_kind != TWS_KEY_BY_TYPE)
        tws_phrase(l, " %" PRId64, key);
}

void tws_phrase_fields(struct tws_phrase *l, unsigned missing, unsigned extra)
{
    if (missing)
        tws_phrase(l, "%u field%s too few", missing, missing == 1 ? "" : "s");
    if (missing && extra)
        tws_phrase(l, " and ");
    if (extra)
        tws_phrase(l, "%u field%s too many", extra, extra == 1 ? "" : "s");
}
