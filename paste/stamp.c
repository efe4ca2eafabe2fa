/* stamp.c - see stamp.h. */
#include "stamp.h"
#include <string.h>

#define SECOND_NS 1000000000ull
#define DAY_S     86400u

/* Characters at the front that fit `form`: 'd' a digit, anything else itself; 0: they do not. */
static size_t fits(struct rest r, const char *form)
{
    size_t i = 0;

    for (; form[i]; i++)
        if (i >= r.n || (form[i] == 'd' ? !rest_is_digit(r.p[i]) : r.p[i] != form[i]))
            return 0;
    return i;
}

static uint64_t number(const char *p, size_t digits)
{
    uint64_t n = 0;

    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (uint64_t)(p[i] - '0');
    return n;
}

/* The end of the fraction that begins at `at`; `at`: none. */
static size_t fraction(struct rest r, size_t at, struct stamp *out)
{
    uint64_t unit = SECOND_NS / 10;
    size_t n = at;

    if (n + 1 >= r.n || !strchr(".,:", r.p[n]) || !r.p[n] || !rest_is_digit(r.p[n + 1]))
        return at;
    out->colon = r.p[n] == ':';
    for (n++; n < r.n && rest_is_digit(r.p[n]); n++, unit /= 10)
        out->ns += unit * (uint64_t)(r.p[n] - '0');
    return n;
}

/* "Z", "+01:00", "-0500" behind a time of a date; the time becomes UTC. */
static size_t zone(struct rest r, size_t at, struct stamp *out)
{
    struct rest from;
    uint64_t ns;
    size_t n;

    if (at >= r.n)
        return at;
    if (r.p[at] == 'Z')
        return at + 1;
    from = (struct rest){r.p + at + 1, r.n - at - 1};
    n = fits(from, "dd:dd");
    n = n ? n : fits(from, "dddd");
    if ((r.p[at] != '+' && r.p[at] != '-') || n == 0)
        return at;
    ns = (number(from.p, 2) * 3600 + number(from.p + n - 2, 2) * 60) * SECOND_NS;
    if (r.p[at] == '-')
        out->ns += ns;
    else if (out->ns >= ns)
        out->ns -= ns;
    return at + 1 + n;
}

/* "10:00:00.123" from `at` on, and its end; 0: no time. */
static size_t clock_time(struct rest r, size_t at, struct stamp *out)
{
    struct rest from = {r.p + at, r.n - at};
    uint64_t h, m, s;

    if (at >= r.n || fits(from, "dd:dd:dd") == 0)
        return 0;
    h = number(from.p, 2);
    m = number(from.p + 3, 2);
    s = number(from.p + 6, 2);
    if (h > 23 || m > 59 || s > 60)
        return 0;
    out->ns += (h * 3600 + m * 60 + s) * SECOND_NS;
    return fraction(r, at + 8, out);
}

/* Days since the epoch (Howard Hinnant's days_from_civil, for years after 0). */
static uint64_t days(uint64_t y, uint64_t m, uint64_t d)
{
    uint64_t era, of_era, of_year;

    y -= m <= 2;
    era = y / 400;
    of_era = y - era * 400;
    of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2026-11-24", "2026/11/24", "20261124 ": its characters, and its midnight. */
static size_t date(struct rest r, uint64_t *day_ns)
{
    size_t n = fits(r, "dddd-dd-dd");
    uint64_t y, m, d;

    n = n ? n : fits(r, "dddd/dd/dd");
    n = n ? n : fits(r, "dddddddd ") ? 8 : 0;
    if (n == 0)
        return 0;
    y = number(r.p, 4);
    m = number(r.p + (n == 8 ? 4 : 5), 2);
    d = number(r.p + n - 2, 2);
    if (y < 1970 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31)
        return 0;
    *day_ns = days(y, m, d) * DAY_S * SECOND_NS;
    return n;
}

static size_t dated(struct rest r, struct stamp *out)
{
    size_t n = date(r, &out->ns), end;

    if (n == 0 || n >= r.n || (r.p[n] != 'T' && r.p[n] != ' '))
        return 0;
    end = clock_time(r, n + 1, out);
    out->kind = STAMP_DATE;
    return end ? zone(r, end, out) : 0;
}

static size_t of_epoch(struct rest r, struct stamp *out)
{
    size_t n = fits(r, "dddddddddd"), end;

    if (fits(r, "ddddddddddddd") && r.p[0] == '1' && r.n > 13 && !rest_is_digit(r.p[13])) { /* ms */
        *out = (struct stamp){.kind = STAMP_DATE, .ns = number(r.p, 13) * (SECOND_NS / 1000)};
        return 13;
    }
    if (n == 0 || n >= r.n || r.p[n] == ':')
        return 0;
    *out = (struct stamp){.kind = STAMP_DATE, .ns = number(r.p, n) * SECOND_NS};
    end = fraction(r, n, out);
    return end > n ? end : 0;
}

size_t stamp_read(struct rest r, struct stamp *out)
{
    size_t n;

    *out = (struct stamp){0};
    n = dated(r, out);
    if (n > 0)
        return n;
    *out = (struct stamp){.kind = STAMP_DAY};
    n = clock_time(r, 0, out);
    if (n > 0)
        return zone(r, n, &(struct stamp){0});
    n = of_epoch(r, out);
    if (n == 0)
        *out = (struct stamp){0};
    return n;
}

void stamp_find(struct rest line, size_t near, struct stamp *out)
{
    static const char before[] = " [\"'(,\t=:";

    *out = (struct stamp){0};
    for (size_t i = 0; i < line.n && i <= near; i++)
        if ((i == 0 || memchr(before, line.p[i - 1], sizeof before - 1)) &&
            stamp_read((struct rest){line.p + i, line.n - i}, out) > 0)
            return;
}
