#include "known.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

/* Every id here is made up. */

static struct known known;

static void learn(const char *id)
{
    known_learn(&known, (const uint8_t *)id, strlen(id));
}

static struct known_text text_of(const char *text, enum known_in in)
{
    return (struct known_text){.p = (const uint8_t *)text, .n = strlen(text), .in = in};
}

struct row {
    char id[24];
    enum known_in in;
    char text[48];
    char found[24]; /* all of it; "": nothing */
};

ParameterizedTestParameters(known, finds)
{
    static struct row rows[] = {
        {"DU1234567", KNOWN_IN_TEXT, "of DU1234567.", "DU1234567"},
        {"DU1234567", KNOWN_IN_TEXT, "acctDU1234567x_1", "DU1234567"},
        {"DU1234567", KNOWN_IN_TEXT, "du1234567", "du1234567"},
        {"DU1234567", KNOWN_IN_TEXT, "DU123456", ""},
        {"U1234567", KNOWN_IN_TEXT, "DU1234567", ""}, /* another account */
        {"U1234567", KNOWN_IN_TEXT, "U12345678", ""},
        {"U1234567", KNOWN_IN_TEXT, "XYZ_ACCTU1234567", "U1234567"},
        {"DU1234567", KNOWN_IN_NAME, "DU1234567", "DU1234567"},
        {"DU1234567", KNOWN_IN_NAME, "DU1234567 P", ""},
        {"DU1234567", KNOWN_IN_NUMBER, "DU1234567", "DU1234567"},
        {"john-doe", KNOWN_IN_TEXT, "by John-Doe, now", "John-Doe"},
        {"john-doe", KNOWN_IN_TEXT, "algo_john-doe_7", "john-doe"},
        {"john-doe", KNOWN_IN_TEXT, "littlejohn-doe", ""},
        {"john-doe", KNOWN_IN_TEXT, "john-doe7", ""},
        {"john-doe", KNOWN_IN_TEXT, "\\u00e9john-doe", "john-doe"},
        {"john-doe", KNOWN_IN_TEXT, "x\010john-doeJ", "john-doe"}, /* told by the length */
        {"john-doe", KNOWN_IN_NAME, "john-doe", ""},
        {"-doe-", KNOWN_IN_TEXT, "john-doe-x", "-doe-"}, /* has its own ends */
        {"12345678", KNOWN_IN_TEXT, "a12345678b", "12345678"},
        {"12345678", KNOWN_IN_TEXT, "912345678", ""},
        {"12345678", KNOWN_IN_NUMBER, "12345678", ""},
        {"12345678", KNOWN_IN_NAME, "12345678", ""},
        {"9001", KNOWN_IN_TEXT, "9001", ""}, /* too short a number */
        {"abc", KNOWN_IN_TEXT, "abc", ""},   /* too short */
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, known, finds)
{
    struct known_text t = text_of(r->text, r->in);
    size_t found = 0, kept, at = 0;

    memset(&known, 0, sizeof known);
    learn(r->id);
    while ((at = known_next(&known, t.p, at, t.n)) < t.n &&
           (found = known_at(&known, &t, at, &kept)) == 0)
        at++;
    cr_expect_eq(found, strlen(r->found), "%s in %s: %zu", r->id, r->text, found);
    if (found)
        cr_expect_eq(memcmp(r->text + at, r->found, found), 0);
}

Test(known, the_longest_counts)
{
    struct known_text t = text_of("big group one", KNOWN_IN_TEXT);
    size_t kept;

    learn("big group");
    learn("big group one");
    learn("big ");
    cr_expect_eq(known_at(&known, &t, 0, &kept), t.n);
    cr_expect_eq(kept, 0);
}

Test(known, letters_of_the_usual_form_are_kept)
{
    struct known_text t = text_of("du1234567", KNOWN_IN_TEXT);
    size_t kept;

    learn("DU1234567");
    cr_expect_eq(known_at(&known, &t, 0, &kept), 9);
    cr_expect_eq(kept, 2);
}

Test(known, what_may_go_on_counts)
{
    struct known_text t = text_of("from john-", KNOWN_IN_TEXT);
    size_t kept;

    learn("john-doe");
    cr_expect_eq(known_at(&known, &t, 5, &kept), 0);
    t.open = true;
    cr_expect_eq(known_at(&known, &t, 5, &kept), 5);
    cr_expect_eq(known_at(&known, &t, 9, &kept), 0);
}

Test(known, what_stood_before_counts)
{
    struct known_text t = text_of("john-doe", KNOWN_IN_TEXT);
    size_t kept;

    learn("john-doe");
    t.begun = true;
    cr_expect_eq(known_at(&known, &t, 0, &kept), 0, "it may be the end of a longer word");
}

/* Sixteen places are looked at at once: at each of them, and with more beginnings than that way
 * knows, each id is found. */
Test(known, found_wherever_it_stands)
{
    static const char *const ids[] = {"DU1234567", "U7654321", "F1112223",
                                      "group a",   "Zebra42",  "I9998887"};

    for (size_t n = 1; n <= sizeof ids / sizeof ids[0]; n++) {
        learn(ids[n - 1]);
        for (size_t i = 0; i < n; i++) {
            for (size_t place = 0; place < 40; place++) {
                char text[64];
                struct known_text t;
                size_t kept;

                snprintf(text, sizeof text, "%*s%s", (int)place, "", ids[i]);
                t = text_of(text, KNOWN_IN_TEXT);
                cr_assert_eq(known_next(&known, t.p, 0, t.n), place);
                cr_assert_eq(known_at(&known, &t, place, &kept), strlen(ids[i]));
            }
        }
    }
}

Test(known, is_bounded)
{
    char id[24];
    size_t kept;

    for (unsigned i = 0; i < 2 * KNOWN_MAX; i++) {
        struct known_text t;

        snprintf(id, sizeof id, "family %u", i);
        learn(id);
        learn(id);
        t = text_of(id, KNOWN_IN_TEXT);
        cr_assert_eq(known_at(&known, &t, 0, &kept), i < KNOWN_MAX ? strlen(id) : 0);
    }
}
