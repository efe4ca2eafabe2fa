/* separators.c - see separators.h. */
#include "separators.h"
#include "fit.h"
#include <limits.h>

#define PLACES_MAX 8u     /* where a minus may be a separator: all their combinations are tried */
#define BUDGET     65536u /* characters that are read for one text, over all attempts */
#define TEXT_MAX   4096u  /* longer texts are read in the likely way only */
#define SURPLUS    6u     /* separators that one field may hold */

/* What is tried, and what came of it. */
struct attempt {
    struct reading *out;
    struct rest text;
    char separator;
    enum tws_side dir;
    uint32_t version;
    bool last;                 /* the text ends with its last NUL */
    bool naive;                /* every separator is one */
    bool strange;              /* a field holds a separator that has no letters beside it */
    size_t places[PLACES_MAX]; /* of a minus that may also be a separator */
    size_t n_places;
    size_t spent; /* of BUDGET */
};

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* A '-' of a date in a text: " 2026-11-30". */
static bool is_of_date(const struct attempt *a, size_t i)
{
    static const char form[] = " dddd-dd-dd";

    for (size_t dash = 5; dash <= 8; dash += 3) {
        size_t k = 0;

        if (i < dash || i - dash + sizeof form - 1 > a->text.n)
            continue;
        while (k < sizeof form - 1 && (form[k] == 'd' ? rest_is_digit(a->text.p[i - dash + k])
                                                      : a->text.p[i - dash + k] == form[k]))
            k++;
        if (k == sizeof form - 1)
            return true;
    }
    return false;
}

/* Is the separator at `i` part of a text: "farm, again", "Canceled - reason", "real-time"? */
static bool is_text(const struct attempt *a, size_t i)
{
    char before = i > 0 ? a->text.p[i - 1] : 0, behind = i + 1 < a->text.n ? a->text.p[i + 1] : 0;

    if (a->separator == ',')
        return behind == ' ';
    return (before == ' ' && behind == ' ') || (is_lower(before) && is_lower(behind)) ||
           (a->separator == '-' && is_of_date(a, i));
}

/* May it be? */
static bool may_be_text(const struct attempt *a, size_t i)
{
    char before = i > 0 ? a->text.p[i - 1] : 0, behind = i + 1 < a->text.n ? a->text.p[i + 1] : 0;

    return before == ' ' || behind == ' ' || is_lower(before) || is_lower(behind);
}

/* The second of two dashes, before a number that may be negative.  "-0" is none. */
static bool may_be_minus(const struct attempt *a, size_t i)
{
    const char *p = a->text.p;

    if (a->separator != '-' || p[i] != '-' || i == 0 || p[i - 1] != '-' || i + 1 >= a->text.n)
        return false;
    return p[i + 1] == '0' ? i + 2 < a->text.n && p[i + 2] == '.'
                           : rest_is_digit(p[i + 1]) || p[i + 1] == '.';
}

/* managedAccounts: a version, then all of one field. */
static size_t separators_of(const struct attempt *a)
{
    static const char id[] = "15";

    if (a->dir == TWS_GATEWAY && a->separator == ',' && a->text.n >= sizeof id &&
        rest_begins(a->text, id) && a->text.p[sizeof id - 1] == ',')
        return 2;
    return SIZE_MAX;
}

/* Writes the payload: minuses whose bit is set in `split` are separators, and those from the
 * `from`th separator on, `merged` of them, belong to a field. */
static void write_as(struct attempt *a, unsigned split, size_t from, size_t merged)
{
    size_t left = separators_of(a), seen = 0, place = 0;

    a->out->n = 0;
    a->strange = false;
    for (size_t i = 0; i < a->text.n; i++) {
        bool sep = a->text.p[i] == a->separator;

        if (sep && place < a->n_places && a->places[place] == i)
            sep = split >> place++ & 1;
        else
            sep = sep && (a->naive || !(may_be_minus(a, i) || is_text(a, i)));
        if (sep) {
            bool within = seen >= from && seen < from + merged;

            a->strange = a->strange || (within && !may_be_text(a, i));
            sep = left > 0 && !within;
            seen++;
            left -= left > 0;
        }
        a->out->bytes[a->out->n++] = sep ? 0 : (uint8_t)a->text.p[i];
    }
    if (!a->last)
        a->out->bytes[a->out->n++] = 0;
}

static enum fit fit_as(struct attempt *a, unsigned split, size_t from, size_t merged)
{
    write_as(a, split, from, merged);
    a->spent += a->text.n;
    if (a->spent > BUDGET)
        return FIT_NOT;
    return fit_of(a->dir, a->version, (struct tws_cursor){a->out->bytes, a->out->n});
}

static void find_places(struct attempt *a)
{
    for (size_t i = 0; i < a->text.n && a->n_places < PLACES_MAX; i++)
        if (may_be_minus(a, i) && (a->n_places == 0 || a->places[a->n_places - 1] + 1 < i))
            a->places[a->n_places++] = i;
}

/* Would a whole message come of it, too, if what looks like text parted fields? */
static bool has_rival(struct attempt *a, unsigned split)
{
    bool text = false, rival;

    for (size_t i = 0; i < a->text.n; i++)
        text = text || (a->text.p[i] == a->separator && is_text(a, i));
    if (!text)
        return false;
    a->naive = true;
    rival = fit_as(a, split, SIZE_MAX, 0) == FIT_WHOLE;
    a->naive = false;
    return rival;
}

/* The combinations of minuses and separators.  True: one makes a whole message; *guess: another
 * may, too. */
static bool by_minus(struct attempt *a, bool *guess)
{
    unsigned best = 0;
    size_t found = 0;

    for (unsigned split = 0; split < 1u << a->n_places && found < 2; split++)
        if (fit_as(a, split, SIZE_MAX, 0) == FIT_WHOLE && found++ == 0)
            best = split;
    if (found > 0)
        *guess = *guess || found > 1 || a->n_places == PLACES_MAX || a->spent > BUDGET ||
                 has_rival(a, best);
    write_as(a, best, SIZE_MAX, 0);
    return found > 0;
}

/* One field holds some separators. */
static bool by_merging(struct attempt *a, bool *guess)
{
    size_t n = 0;

    for (size_t i = 0; i < a->text.n; i++)
        n += a->text.p[i] == a->separator;
    for (size_t merged = 1; merged <= SURPLUS && merged < n; merged++)
        for (size_t from = 1; from + merged <= n && a->spent <= BUDGET; from++)
            if (fit_as(a, 0, from, merged) == FIT_WHOLE && !a->strange) {
                *guess = true;
                return true;
            }
    return false;
}

/* Every separator is one. */
static bool by_all(struct attempt *a, bool *guess)
{
    bool whole;

    (void)guess;
    a->naive = true;
    whole = fit_as(a, UINT_MAX, SIZE_MAX, 0) == FIT_WHOLE;
    a->naive = false;
    return whole;
}

/* The likely ways first; true: the payload is written, and whole. */
static bool read_in_any_way(struct attempt *a, enum separators_end end, bool *guess)
{
    static bool (*const ways[])(struct attempt *, bool *) = {by_minus, by_all, by_merging};
    bool both =
        end == SEPARATORS_EITHER && a->text.n > 0 && a->text.p[a->text.n - 1] == a->separator;

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        a->last = end == SEPARATORS_LAST;
        if (ways[i](a, guess))
            return true;
        a->last = true;
        if (both && ways[i](a, guess))
            return true;
    }
    a->last = end == SEPARATORS_LAST;
    return false;
}

void separators_read(struct reading *out, struct rest r, char separator, enum separators_end end,
                     enum tws_side dir, uint32_t version, bool *guess)
{
    struct attempt a = {
        .out = out, .text = r, .separator = separator, .dir = dir, .version = version};

    a.last = end == SEPARATORS_LAST;
    if (r.n <= TEXT_MAX) {
        find_places(&a);
        if (read_in_any_way(&a, end, guess))
            return;
    }
    write_as(&a, 0, SIZE_MAX, 0);
    if (separator == '-' || a.spent > BUDGET || memchr(out->bytes, separator, out->n))
        *guess = true;
}
