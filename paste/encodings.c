/* encodings.c - see encodings.h. */
#include "encodings.h"
#include <string.h>

#define HEX_MIN 3u /* characters of a word that is taken for hex */

static int base64_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : c == '-' ? 62 : c == '_' ? 63 : -1;
}

static bool is_between(char c)
{
    return rest_is_blank(c) || c == ':' || c == ',' || c == '-';
}

static bool is_prefix(struct rest r, size_t i)
{
    return r.n - i >= 2 && r.p[i] == '0' && (r.p[i + 1] == 'x' || r.p[i + 1] == 'X');
}

bool encodings_hex(struct reading *out, struct rest r)
{
    size_t i = 0, digits = 0;

    out->n = 0;
    while (i < r.n) {
        if (is_between(r.p[i]) || is_prefix(r, i)) {
            i += is_between(r.p[i]) ? 1 : 2;
            continue;
        }
        if (rest_hex(r.p[i]) < 0)
            return reading_wrong(out, NULL, i + 1);
        digits++;
        if (i + 1 >= r.n || rest_hex(r.p[i + 1]) < 0) {
            size_t end = i + 1;

            while (end < r.n && (rest_hex(r.p[end]) >= 0 || is_between(r.p[end])))
                end++;
            return reading_wrong(out, end == r.n ? "an odd number of hex digits" : NULL, i + 1);
        }
        out->bytes[out->n++] = (uint8_t)(rest_hex(r.p[i]) << 4 | rest_hex(r.p[i + 1]));
        i += 2;
    }
    return digits > 0 || r.n == 0 ? true : reading_wrong(out, NULL, 1);
}

bool encodings_base64(struct reading *out, struct rest r)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t i, digits = 0;

    out->n = 0;
    for (i = 0; i < r.n && base64_of(r.p[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_of(r.p[i]);
        have += 6;
        digits++;
        if (have >= 8) {
            have -= 8;
            out->bytes[out->n++] = (uint8_t)(bits >> have);
        }
    }
    while (i < r.n && r.p[i] == '=')
        i++;
    return digits > 0 && i == r.n && digits % 4 != 1 && (bits & ((1u << have) - 1)) == 0;
}

/* The length of the word at the front. */
static size_t word(struct rest r)
{
    size_t n = 0;

    while (n < r.n && !rest_is_blank(r.p[n]))
        n++;
    return n;
}

/* A word of hex digits and what may stand between bytes; *digit: a decimal one is in it. */
static bool is_hex_word(struct rest r, size_t n, bool *digit)
{
    size_t i = is_prefix(r, 0) ? 2 : 0, from = i;

    for (; i < n; i++) {
        if (rest_hex(r.p[i]) < 0 && !is_between(r.p[i]) && !(i > 0 && is_prefix(r, i - 1)))
            return false;
        *digit = *digit || rest_is_digit(r.p[i]);
    }
    return n > from;
}

/* Most words are pairs of hex digits. */
static bool are_pairs(struct rest r)
{
    size_t pairs = 0, words = 0;

    while (r.n > 0) {
        size_t n = word(r);
        bool digit = false;

        words++;
        pairs += is_hex_word(r, n, &digit) && (n < 5 || digit);
        rest_drop(&r, n);
        rest_trim(&r);
    }
    return words > 1 && 4 * pairs >= 3 * words;
}

bool encodings_looks_hex(struct rest r, bool sure)
{
    size_t n = word(r);
    bool digit = false, four = true;

    if (n < r.n)
        return are_pairs(r) && (sure || (rest_hex(r.p[0]) >= 0 && n > 1));
    if (is_hex_word(r, n, &digit))
        return sure || (digit && n >= HEX_MIN);
    for (size_t i = 0; i < 4; i++)
        four = four && i < n && rest_hex(r.p[i]) >= 0;
    for (size_t i = 0; i < n; i++)
        four = four && (rest_is_letter(r.p[i]) || rest_is_digit(r.p[i]));
    return four && rest_is_digit(r.p[0]);
}
