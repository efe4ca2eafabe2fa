/* Account ids become others of the same form. */
#include "disguise.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Every id here is made up. */

static struct known known;
static struct disguise *run;

static void begin(void)
{
    memset(&known, 0, sizeof known);
    run = disguise_new(&known);
    cr_assert(run);
}

static void end(void)
{
    disguise_free(run);
}

TestSuite(disguise, .init = begin, .fini = end);

/* `text` as one mark of that kind. */
static const char *hidden(struct disguise *d, enum tws_mark_kind kind, unsigned kept,
                          const char *text, bool whole)
{
    static char to[4][200];
    static unsigned which;
    char *copy = to[which++ % 4];
    const struct tws_mark mark = {0, (uint32_t)strlen(text), (uint8_t)kind, (uint8_t)kept};

    strcpy(copy, text);
    disguise_mark(d, &mark, (const uint8_t *)text, (uint8_t *)copy, whole);
    return copy;
}

static const char *account(const char *id)
{
    return hidden(run, TWS_MARK_ACCOUNT, 0, id, true);
}

static char kind(char c)
{
    return c >= '0' && c <= '9' ? '0' : c >= 'A' && c <= 'Z' ? 'A' : c >= 'a' && c <= 'z' ? 'a' : c;
}

Test(disguise, keeps_the_kind_of_each_character_and_no_digit)
{
    static const char *const ids[] = {"DU1234567", "john-doe", "F-Group 1", "myAcct.9", "12345678"};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const char *is = account(ids[i]);

        for (size_t k = 0; k < strlen(ids[i]); k++) {
            cr_expect_eq(kind(is[k]), kind(ids[i][k]), "%s", is);
            cr_expect(kind(ids[i][k]) != '0' || is[k] != ids[i][k], "%s", is);
        }
    }
    cr_expect_eq(memcmp(account("DU1234567"), "DU", 2), 0);
    cr_expect_eq(memcmp(account("Household"), "H", 1), 0);
    cr_expect_neq(strcmp(account("Household"), "Household"), 0);
}

Test(disguise, ids_stay_distinct_and_look_the_same_whatever_their_company)
{
    static char masked[1000][10];

    for (unsigned i = 0; i < 1000; i++) {
        char id[10];

        snprintf(id, sizeof id, "U%06u", 100000 + i);
        strcpy(masked[i], hidden(run, TWS_MARK_ID, 1, id, true));
        cr_assert_str_eq(masked[i], account(id));
        for (unsigned j = 0; j < i; j++)
            cr_assert_str_neq(masked[i], masked[j]);
    }
    cr_expect_eq(memcmp(account("DU1234567"), hidden(run, TWS_MARK_ACCOUNT, 0, "DU12", false), 4),
                 0, "also where it is cut");
    cr_expect_str_eq(account("DU1234567") + 2, hidden(run, TWS_MARK_ID, 2, "du1234567", true) + 2);
}

Test(disguise, runs_differ)
{
    struct disguise *another = disguise_new(&known);

    cr_expect_str_neq(account("DU123456789"),
                      hidden(another, TWS_MARK_ACCOUNT, 0, "DU123456789", true));
    disguise_free(another);
}

Test(disguise, a_short_id_of_capitals_is_hidden_when_it_is_whole)
{
    cr_expect_str_neq(account("ABC"), "ABC");
    cr_expect_str_neq(account("XY"), "XY");
    cr_expect_str_eq(hidden(run, TWS_MARK_ACCOUNT, 0, "AB", false), "AB", "more may follow");
}

Test(disguise, of_a_list_the_commas_and_the_shares_stay)
{
    const char *is = hidden(run, TWS_MARK_ACCOUNTS, 0, "DU1234567/100, jane,x/50,", true);

    cr_expect_eq(memcmp(is, account("DU1234567"), 9), 0);
    cr_expect_eq(memcmp(is + 9, "/100, ", 6), 0);
    cr_expect_eq(memcmp(is + 15, account("jane"), 4), 0);
    cr_expect_eq(memcmp(is + 20, account("x"), 1), 0);
    cr_expect_str_eq(is + 21, "/50,");
}

Test(disguise, of_a_document_the_markup_stays)
{
    static const char doc[] = "<Group><name>Jo</name><String>Household</String>"
                              "<amount>about Household</amount></Group>";
    const char *is;

    known_learn(&known, (const uint8_t *)"Household", 9);
    is = hidden(run, TWS_MARK_DOCUMENT, 0, doc, true);
    cr_expect_eq(memcmp(is, "<Group><name>xx</name><String>H", 31), 0, "%s", is);
    cr_expect_null(strstr(is, "ousehold"));
    cr_expect_not_null(strstr(is, "</String><amount>about H"), "%s", is);
}

Test(disguise, secrets_become_x)
{
    for (unsigned k = TWS_MARK_SECRET; k < TWS_MARK_KINDS; k++)
        if (k != TWS_MARK_DOCUMENT && k != TWS_MARK_ID)
            cr_expect_str_eq(hidden(run, (enum tws_mark_kind)k, 0, "J. Doe 1", true), "xxxxxxxx");
}

/* Text without frames comes in pieces; each piece is hidden as far as it may be an id. */
Test(disguise, text_that_goes_on_hides_what_may_be_an_id)
{
    static const char text[] = "to DU1234567 and john-doe, not ESZ5x 17673641 \"ABCD12345\" ";
    const size_t n = sizeof text - 1;

    known_learn(&known, (const uint8_t *)"john-doe", 8);
    for (size_t cut = 0; cut <= n; cut++) {
        char to[sizeof text];

        memcpy(to, text, sizeof text);
        disguise_text(run, (const uint8_t *)text, cut, 0, false, (uint8_t *)to);
        disguise_text(run, (const uint8_t *)text, n, cut, false, (uint8_t *)to + cut);
        for (size_t i = 5; i < 12; i++)
            cr_expect_neq(to[i], text[i], "cut at %zu: %s", cut, to);
        cr_expect_null(strstr(to, "ohn-doe"), "cut at %zu: %s", cut, to);
        cr_expect_eq(memcmp(to, "to DU", 5), 0);
        cr_expect_str_eq(to + 38, text + 38, "cut at %zu", cut);
    }
}
