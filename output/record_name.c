/* record_name.c - the names of recordings. */
#include "record_name.h"
#include <stdio.h>
#include <string.h>

/* What strftime makes of the letter; %T without colons, which some systems do not take in names. */
static const char *format_of(char letter)
{
    static const struct {
        char letter;
        const char *format;
    } rows[] = {{'Y', "%Y"}, {'m', "%m"}, {'d', "%d"}, {'j', "%j"},       {'H', "%H"},
                {'M', "%M"}, {'S', "%S"}, {'%', "%%"}, {'F', "%Y-%m-%d"}, {'T', "%H%M%S"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].letter == letter)
            return rows[i].format;
    return NULL;
}

static bool put_date(char letter, time_t now, const struct tm *utc, char *to, size_t size)
{
    const char *format = format_of(letter);

    if (letter == 's') {
        int n = snprintf(to, size, "%lld", (long long)now);

        return n > 0 && (size_t)n < size;
    }
    return format && strftime(to, size, format, utc) > 0;
}

bool record_name_expand(const char *pattern, time_t now, char *to, size_t size)
{
    struct tm utc;
    size_t at = 0;

    if (!gmtime_r(&now, &utc))
        return false;
    for (const char *p = pattern; *p; p++) {
        if (at + 1 >= size)
            return false;
        if (*p != '%') {
            to[at++] = *p;
            continue;
        }
        if (!*++p || !put_date(*p, now, &utc, to + at, size - at))
            return false;
        at += strlen(to + at);
    }
    to[at] = '\0';
    return at > 0;
}

/* Bytes of the path before the extension. */
static size_t stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');

    return dot && dot != base ? (size_t)(dot - path) : strlen(path);
}

static void put_middle(const char *path, const char *middle, char *to, size_t size)
{
    size_t stem = stem_of(path);

    (void)snprintf(to, size, "%.*s.%s%s", (int)stem, path, middle, path + stem);
}

void record_name_beside(const char *path, time_t now, unsigned n, char *to, size_t size)
{
    char date[24] = "0", middle[RECORD_NAME_ROOM];
    struct tm utc;

    if (gmtime_r(&now, &utc))
        (void)strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
    if (n > 1)
        (void)snprintf(middle, sizeof middle, "%s-%u", date, n);
    put_middle(path, n > 1 ? middle : date, to, size);
}

void record_name_older(const char *path, unsigned n, char *to, size_t size)
{
    char middle[RECORD_NAME_ROOM];

    (void)snprintf(middle, sizeof middle, "%u", n);
    if (n == 0)
        (void)snprintf(to, size, "%s", path);
    else
        put_middle(path, middle, to, size);
}
