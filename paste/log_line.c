#include "log_line.h"
#include <string.h>

#define ID_DIGITS 3u /* of a message id in text */

/* What stands in front of a frame, who sent that, and how it is written. */
static const struct row {
    const char *words;
    enum tws_side dir;
    enum log_form form;
} rows[] = {
    {"SENDING ", TWS_CLIENT, LOG_BYTES}, {"raw:", TWS_GATEWAY, LOG_BYTES},
    {"msg:", TWS_GATEWAY, LOG_BYTES},    {"fields ", TWS_GATEWAY, LOG_TUPLE},
    {">>> ", TWS_CLIENT, LOG_COMMAS},    {"<<< ", TWS_GATEWAY, LOG_COMMAS},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* A literal's beginning behind what else may stand there: '(' or '|', or the name of a request. */
static bool is_literal(const char *p, size_t n, const struct row *row)
{
    size_t i = 0;

    if (row->dir == TWS_CLIENT)
        while (i < n && p[i] != ' ')
            i++;
    while (i < n && (p[i] == ' ' || p[i] == '|' || p[i] == '('))
        i++;
    return i + 1 < n && p[i] == 'b' && (p[i + 1] == '\'' || p[i + 1] == '"');
}

/* "00,00,00,07": bytes in hex, among which a NUL is. */
static bool are_bytes(const char *p, size_t n)
{
    bool nul = false;

    for (size_t i = 0; i < n; i += 3) {
        if (n - i < 2 || !is_hex(p[i]) || !is_hex(p[i + 1]) || (n - i > 2 && p[i + 2] != ','))
            return false;
        nul = nul || (p[i] == '0' && p[i + 1] == '0');
    }
    return nul;
}

/* A message id, or a server version, and a comma. */
static bool are_fields(const char *p, size_t n)
{
    size_t digits = 0;

    while (digits < n && is_digit(p[digits]))
        digits++;
    return digits > 0 && digits <= ID_DIGITS && p[0] != '0' && digits < n && p[digits] == ',' &&
           !are_bytes(p, n);
}

static bool fits(const struct row *row, const char *p, size_t n)
{
    size_t words = strlen(row->words);

    if (n < words || memcmp(p, row->words, words) != 0)
        return false;
    p += words;
    n -= words;
    return row->form == LOG_COMMAS ? are_fields(p, n) : is_literal(p, n, row);
}

/* The words stand at the beginning of the line, or of a word: behind a blank or what ends a name.
 */
static bool may_begin(const char *line, size_t at)
{
    static const char ends[] = " \t:|-]";

    return at == 0 || memchr(ends, line[at - 1], sizeof ends - 1) != NULL;
}

struct log_line log_line_read(const char *line, size_t len)
{
    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; may_begin(line, at) && i < sizeof rows / sizeof rows[0]; i++)
            if (fits(&rows[i], line + at, len - at))
                return (struct log_line){rows[i].form, rows[i].dir, at + strlen(rows[i].words)};
    return (struct log_line){.form = LOG_NONE};
}

/* How many commas part fields. */
static size_t commas_of(enum tws_side dir, const char *text, size_t n)
{
    static const char accounts[] = "15,"; /* managedAccounts: a version, then all of one field */

    if (dir == TWS_GATEWAY && n >= sizeof accounts - 1 &&
        memcmp(text, accounts, sizeof accounts - 1) == 0)
        return 2;
    return SIZE_MAX;
}

size_t log_line_fields(enum tws_side dir, const char *text, size_t n, uint8_t *out)
{
    size_t commas = commas_of(dir, text, n);

    for (size_t i = 0; i < n; i++) {
        bool ends = text[i] == ',' && commas > 0;

        commas -= ends;
        out[i] = ends ? 0 : (uint8_t)text[i];
    }
    if (dir == TWS_CLIENT && n > 0 && text[n - 1] == ',')
        return n; /* what is sent is parted behind its last NUL, too */
    out[n] = 0;
    return n + 1;
}
