#include "text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool tws_text_next(struct tws_cursor *body, struct tws_cursor *field, bool *ended)
{
    const uint8_t *nul;
    size_t len;

    if (body->left == 0)
        return false;
    nul = memchr(body->p, 0, body->left);
    len = nul ? (size_t)(nul - body->p) : body->left;
    tws_take(body, len, &field->p);
    field->left = len;
    if (nul)
        tws_take(body, 1, &nul);
    if (ended)
        *ended = nul != NULL;
    return true;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

#define SAFE_DIGITS 18 /* that many digits never pass 63 bits */

bool tws_text_int(struct tws_cursor field, int64_t *out)
{
    bool minus = field.left > 0 && field.p[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + (minus ? 1 : 0); /* largest magnitude */
    uint64_t n = 0;
    size_t i = minus ? 1 : 0;

    if (minus && field.left == 1)
        return false;
    for (; i < field.left; i++) {
        uint64_t digit = (uint64_t)field.p[i] - '0';

        if (!is_digit(field.p[i]) || (i >= SAFE_DIGITS && n > (limit - digit) / 10))
            return false;
        n = n * 10 + digit;
    }
    *out = minus ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static bool is_word(struct tws_cursor c, const char *word)
{
    size_t len = strlen(word);

    return c.left == len && memcmp(c.p, word, len) == 0;
}

/* Digits beyond these change no double that a peer would print; they still count for the scale. */
#define DIGITS_KEPT    48
#define EXPONENT_LIMIT 100000 /* far outside of what a double can hold */

/* A decimal number taken apart: `digits` * 10^`exponent`. */
struct decimal {
    char digits[DIGITS_KEPT + 1]; /* without leading zeros */
    int n_digits;
    int exponent;
};

static bool take_digits(struct tws_cursor *c, struct decimal *d, int scale)
{
    const uint8_t *b;
    bool any = false;

    while (c->left > 0 && is_digit(c->p[0]) && tws_take(c, 1, &b)) {
        any = true;
        if (d->n_digits == DIGITS_KEPT || (d->n_digits == 0 && *b == '0')) {
            if (d->n_digits == 0 || scale == 0) /* a dropped digit still moves the point */
                d->exponent += d->n_digits == 0 ? scale : 1;
            continue;
        }
        d->digits[d->n_digits++] = (char)*b;
        d->exponent += scale;
    }
    return any;
}

static bool take_exponent(struct tws_cursor *c, struct decimal *d)
{
    const uint8_t *b;
    bool minus;
    int n = 0;

    if (!tws_take(c, 1, &b)) /* the 'e' */
        return false;
    minus = c->left > 0 && c->p[0] == '-';
    if (c->left > 0 && (c->p[0] == '-' || c->p[0] == '+'))
        tws_take(c, 1, &b);
    if (c->left == 0)
        return false;
    while (tws_take(c, 1, &b)) {
        if (!is_digit(*b))
            return false;
        if (n < EXPONENT_LIMIT)
            n = n * 10 + (*b - '0');
    }
    d->exponent += minus ? -n : n;
    return true;
}

static double power_of_ten(int n) /* exact for 0..22 */
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[n];
}

static double decimal_value(struct decimal *d)
{
    char copy[DIGITS_KEPT + 16];
    int exponent = d->exponent;
    size_t n = (size_t)d->n_digits;
    uint64_t mantissa = 0;

    if (n == 0)
        return 0.0;
    if (n <= 15 && exponent >= -22 &&
        exponent <= 22) { /* both sides exact: one rounding, correct */
        for (size_t i = 0; i < n; i++)
            mantissa = mantissa * 10 + (uint64_t)(d->digits[i] - '0');
        return exponent < 0 ? (double)mantissa / power_of_ten(-exponent)
                            : (double)mantissa * power_of_ten(exponent);
    }
    /* strtod rounds correctly.  The only part of a number that a locale changes is the decimal
     * point, and what it is given here has none: digits, 'e', exponent. */
    if (exponent < -EXPONENT_LIMIT)
        exponent = -EXPONENT_LIMIT;
    memcpy(copy, d->digits, n);
    copy[n++] = 'e';
    if (exponent < 0) {
        copy[n++] = '-';
        exponent = -exponent;
    }
    if (exponent > EXPONENT_LIMIT)
        exponent = EXPONENT_LIMIT;
    for (int unit = EXPONENT_LIMIT; unit > 0; unit /= 10)
        copy[n++] = (char)('0' + exponent / unit % 10);
    copy[n] = '\0';
    return strtod(copy, NULL);
}

bool tws_text_double(struct tws_cursor field, double *out)
{
    struct decimal d = {.n_digits = 0};
    struct tws_cursor c = field;
    const uint8_t *b;
    bool minus = c.left > 0 && c.p[0] == '-';
    bool any;
    double value;

    if (field.left == 0) {
        *out = 0.0;
        return true;
    }
    if (minus || c.p[0] == '+')
        tws_take(&c, 1, &b);
    if (is_word(c, "Infinity")) {
        *out = minus ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (is_word(c, "NaN")) {
        *out = (double)NAN;
        return true;
    }
    any = take_digits(&c, &d, 0);
    if (c.left > 0 && c.p[0] == '.') {
        tws_take(&c, 1, &b);
        any = take_digits(&c, &d, -1) || any;
    }
    if (!any || (c.left > 0 && c.p[0] != 'e' && c.p[0] != 'E'))
        return false;
    if (c.left > 0 && !take_exponent(&c, &d))
        return false;
    value = decimal_value(&d);
    *out = minus ? -value : value;
    return true;
}

bool tws_text_unset(struct tws_cursor field)
{
    static const char *const sentinels[] = {
        "2147483647",
        "9223372036854775807",
        "9223372036854775808",
        "1.7976931348623157E308",
        "1.7976931348623157e308",
        "1.7976931348623157E+308",
        "1.7976931348623157e+308",
    };
    static const char *const negative[] = {"-9223372036854775807", "-9223372036854775808"};

    /* Most values are short or do not begin like a sentinel: leave early. */
    if (field.left < 10 ||
        (field.p[0] != '2' && field.p[0] != '9' && field.p[0] != '1' && field.p[0] != '-'))
        return false;
    for (size_t i = 0; i < sizeof sentinels / sizeof sentinels[0]; i++) {
        if (is_word(field, sentinels[i]))
            return true;
    }
    return is_word(field, negative[0]) || is_word(field, negative[1]);
}
