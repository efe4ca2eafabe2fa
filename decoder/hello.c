#include "hello.h"
#include "text.h"
#include <string.h>

#define VERSION_DIGITS 9 /* more would not fit 32 bits, and no version has them */

/* Digits at the front, at most VERSION_DIGITS of them. */
static bool take_version(struct tws_cursor *c, uint32_t *out)
{
    uint32_t n = 0;
    const uint8_t *b;
    int digits = 0;

    while (c->left > 0 && c->p[0] >= '0' && c->p[0] <= '9') {
        if (++digits > VERSION_DIGITS)
            return false;
        tws_take(c, 1, &b);
        n = n * 10 + (uint32_t)(*b - '0');
    }
    *out = n;
    return digits > 0;
}

/* "vMIN..MAX" or "vN", up to the end or a space. */
static bool take_range(struct tws_cursor *c, uint32_t *min, uint32_t *max)
{
    const uint8_t *b;

    if (!tws_take(c, 1, &b) || *b != 'v' || !take_version(c, min))
        return false;
    *max = *min;
    if (c->left >= 2 && memcmp(c->p, "..", 2) == 0) {
        tws_take(c, 2, &b);
        if (!take_version(c, max))
            return false;
    }
    return c->left == 0 || c->p[0] == ' ';
}

void tws_hello_read(struct tws_cursor text, struct tws_hello *out)
{
    struct tws_cursor c = text;
    const uint8_t *b;

    *out = (struct tws_hello){.text = text};
    out->readable = take_range(&c, &out->min, &out->max);
    if (!out->readable)
        out->min = out->max = 0;
    else if (tws_take(&c, 1, &b)) /* the space */
        out->options = c;
}

void tws_hello_read_legacy(struct tws_cursor digits, struct tws_hello *out)
{
    struct tws_cursor c = digits;

    *out = (struct tws_hello){.text = digits, .legacy = true};
    out->readable = take_version(&c, &out->min) && c.left == 0;
    if (!out->readable)
        out->min = 0;
    out->max = out->min;
}

bool tws_version_reply_read(struct tws_cursor payload, struct tws_version_reply *out)
{
    struct tws_cursor version;
    bool first_ended, second_ended;
    int64_t n;

    *out = (struct tws_version_reply){0};
    if (!tws_text_next(&payload, &version, &first_ended) ||
        !tws_text_next(&payload, &out->time, &second_ended))
        return false;
    if (!first_ended || !second_ended || payload.left > 0)
        return false;
    if (version.left == 0 || !tws_text_int(version, &n) || n < -1 || n > INT32_MAX)
        return false;
    out->server_version = (int32_t)n;
    out->redirect = n == -1;
    return true;
}
