#include "guard.h"
#include "text.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(text, is_taken_field_by_field)
{
    static const char in[] = "71\0\0x\xffy\0tail";
    const uint8_t *base = guarded(in, sizeof in - 1);
    struct tws_cursor body = {base, sizeof in - 1}, f;
    bool ended = false;

    cr_assert(tws_text_next(&body, &f, &ended));
    cr_expect(f.p == base && f.left == 2 && ended);
    cr_assert(tws_text_next(&body, &f, NULL));
    cr_expect(f.left == 0);
    cr_assert(tws_text_next(&body, &f, &ended));
    cr_expect(f.left == 3 && ended, "any byte but NUL belongs to a field");
    cr_assert(tws_text_next(&body, &f, &ended));
    cr_expect(f.left == 4 && !ended,
              "a last field without its NUL is handed out, and that is said");
    cr_expect_not(tws_text_next(&body, &f, &ended));
    unguard(base, sizeof in - 1);
}

struct int_row {
    char in[32];
    bool is_one;
    int64_t value;
};

ParameterizedTestParameters(text, reads_integers_of_64_bits)
{
    static struct int_row rows[] = {
        {"0", true, 0},
        {"", true, 0},
        {"-1", true, -1},
        {"007", true, 7},
        {"-0", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"+1", false, 0},
        {"1.0", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x10", false, 0},
        {"x", false, 0},
    };

    return cr_make_param_array(struct int_row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct int_row *r, text, reads_integers_of_64_bits)
{
    size_t n = strlen(r->in);
    const uint8_t *in = guarded(r->in, n);
    int64_t value = 0;

    cr_expect_eq(tws_text_int((struct tws_cursor){in, n}, &value), r->is_one, "%s", r->in);
    cr_expect_eq(value, r->value, "%s", r->in);
    unguard(in, n);
}

static bool read_double(const char *text, double *out)
{
    size_t n = strlen(text);
    const uint8_t *in = guarded(text, n);
    bool is_one = tws_text_double((struct tws_cursor){in, n}, out);

    unguard(in, n);
    return is_one;
}

/* Exactly what strtod of the C locale reads, to the last bit. */
Test(text, reads_doubles_to_the_last_bit)
{
    static const char *const rows[] = {
        "0",
        "-0",
        "0.0",
        "1",
        "-1",
        "1.5",
        ".5",
        "5.",
        "-.5",
        "+1.5",
        "00012.500",
        "0.1",
        "0.2",
        "0.3",
        "0.05",
        "123456.789",
        "1e0",
        "1E5",
        "1e-5",
        "1.5E+3",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "4503599627370497.5",
        "9007199254740993",
        "9007199254740992.999999999999999999",
        "179769313486231570000000000000000000000",
        "1.7976931348623157E308",
        "1.7976931348623159e308",
        "1e309",
        "-1e309",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2e-324",
        "1e-400",
        "1e-99999999999999999999",
        "1e99999999999999999999",
        "0e99999",
        "0.000000000000000000000001",
        "1000000000000000000000000",
        "8.988465674311581e307",
        "0.30000000000000004",
        "0.1000000000000000055511151231257827021181583404541015625",
        "100000000000000000000000000000000000000000000000000000000000000001e-65",
        "0000000000000000000000000000000000000000000000000000000000000000000001.5",
        "0.0000000000000000000000000000000000000000000000000000000000000000000015",
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double got = 42, want = strtod(rows[i], NULL);

        cr_expect(read_double(rows[i], &got), "%s", rows[i]);
        cr_expect(memcmp(&got, &want, sizeof got) == 0, "%s: %.17g, not %.17g", rows[i], got, want);
    }
}

Test(text, reads_the_doubles_it_printed)
{
    uint64_t bits = 0x9e3779b97f4a7c15u; /* any walk over the bit patterns, the same each time */

    for (int i = 0; i < 20000; i++) {
        char text[40];
        double want, got = 0;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&want, &bits, sizeof want);
        if (!isfinite(want))
            continue;
        snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.15g", want);
        want = strtod(text, NULL);
        cr_assert(tws_text_double((struct tws_cursor){(const uint8_t *)text, strlen(text)}, &got));
        cr_assert(memcmp(&got, &want, sizeof got) == 0, "%s: %.17g", text, got);
    }
}

Test(text, knows_the_words_for_no_finite_double)
{
    double d = 42;

    cr_expect(read_double("", &d) && d == 0);
    cr_expect(read_double("Infinity", &d) && isinf(d) && d > 0);
    cr_expect(read_double("-Infinity", &d) && isinf(d) && d < 0);
    cr_expect(read_double("NaN", &d) && isnan(d));
}

Test(text, refuses_what_is_no_double)
{
    static const char *const rows[] = {"-",    "+",   ".",   "-.",    "e5",      "1e",       "1e+",
                                       "1e5x", "1x",  "1,5", "1.2.3", " 1",      "1 ",       "0x10",
                                       "inf",  "nan", "--1", "1e1.5", "Infinit", "Infinityx"};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double d = 42;

        cr_expect_not(read_double(rows[i], &d), "%s", rows[i]);
        cr_expect_eq(d, 42, "%s", rows[i]);
    }
}

Test(text, reads_doubles_the_same_in_every_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    double d = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!setlocale(LC_NUMERIC, names[i]))
            continue;
        cr_expect(read_double("1234567890123456.75", &d) && d == 1234567890123456.75, "%s",
                  names[i]);
    }
    setlocale(LC_NUMERIC, "C");
}

Test(text, tells_unset_from_values)
{
    static const char *const unset[] = {"2147483647",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775807",
                                        "-9223372036854775808",
                                        "1.7976931348623157E308",
                                        "1.7976931348623157e308",
                                        "1.7976931348623157E+308",
                                        "1.7976931348623157e+308"};
    static const char *const values[] = {"",
                                         "0",
                                         "-1",
                                         "2147483646",
                                         "-2147483647",
                                         "21474836470",
                                         "1.7976931348623157",
                                         "Infinity",
                                         "9223372036854775806"};

    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        cr_expect(tws_text_unset((struct tws_cursor){(const uint8_t *)unset[i], strlen(unset[i])}),
                  "%s", unset[i]);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        cr_expect_not(
            tws_text_unset((struct tws_cursor){(const uint8_t *)values[i], strlen(values[i])}),
            "%s", values[i]);
}
