#include "mask.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

struct row {
    char in[80], out[80];
};

ParameterizedTestParameters(mask, finds_ids_by_their_form)
{
    /* Every id here is made up. */
    static struct row rows[] = {
        {"DU1234567", "DUxxxxxx1"},
        {"for DU1234567, U765432 and DU1234567.", "for DUxxxxxx1, Uxxxxx2 and DUxxxxxx1."},
        {"U12345", "Uxxxx1"},
        {"DFP123456789", "DFPxxxxxxxx1"},
        {"U1234", "U1234"},             /* too few digits */
        {"U1234567890", "U1234567890"}, /* too many */
        {"ABCD12345", "ABCD12345"},     /* too many letters */
        {"xU12345", "xU12345"},         /* in a word */
        {"U12345x", "U12345x"},
        {"du1234567 u12345678", "duxxxxxx1 uxxxxxxx2"}, /* only IB's form counts in small letters */
        {"xy1234567 u123456 dU1234567 fu1234567", "xy1234567 u123456 dUxxxxxx1 fu1234567"},
        {"acctDU1234567 acctU1234567", "acctDUxxxxxx1 acctUxxxxxx2"},
        {"acctXY1234567 ADU1234567 1U1234567", "acctXY1234567 ADUxxxxxx1 1U1234567"},
        {"DU1234567A F1234567A", "DUxxxxxx1A Fxxxxxx2A"}, /* all accounts of an advisor */
        {"DU1234567B U1234567AB AU000000BHP4", "DU1234567B U1234567AB AU000000BHP4"},
        {"algo_U12345_7", "algo_Uxxxx1_7"}, /* but '_' is where words are put together */
        {"u12345", "u12345"},
        {"12345", "12345"},
        {"\\u00e9U12345", "\\u00e9Uxxxx1"},
        {"17/U12345/", "17/Uxxxx1/"},
        {"\nU12345 x", "\nUxxxx1 x"},
        {"", ""},
        {"U", "U"},
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, mask, finds_ids_by_their_form)
{
    struct mask *m = mask_new(false);

    mask_text(m, r->in, strlen(r->in));
    cr_expect_str_eq(r->in, r->out);
    mask_free(m);
}

Test(mask, an_account_is_masked_whatever_its_form)
{
    struct mask *m = mask_new(false);
    char plain[] = "DU1234567", group[] = "Family", text[] = "DU1234567 again", none[] = "";
    char list[] = "DU1234567,U7654321,,Smith,";

    mask_accounts(m, plain, strlen(plain));
    mask_accounts(m, group, strlen(group));
    mask_accounts(m, none, 0);
    mask_text(m, text, strlen(text));
    mask_accounts(m, list, strlen(list));
    cr_expect_str_eq(plain, "DUxxxxxx1");
    cr_expect_str_eq(group, "xxxxx2");
    cr_expect_str_eq(text, "DUxxxxxx1 again", "the same account looks the same everywhere");
    cr_expect_str_eq(list, "DUxxxxxx1,Uxxxxxx3,,xxxx4,");
    mask_free(m);
}

Test(mask, what_was_met_is_masked_wherever_it_stands)
{
    struct mask *m = mask_new(false);
    char list[] = "DU1234567,john-doe,myAcct.9,12345678,9001";
    char text[] = "algo_DU1234567_7, acctDU1234567, du1234567, John-Doe myAcct.9 12345678 9001";

    mask_accounts(m, list, strlen(list));
    mask_text(m, text, strlen(text));
    cr_expect_str_eq(list, "DUxxxxxx1,xxxxxxx2,xxxxxxx3,xxxxxxx4,xxx5");
    cr_expect_str_eq(text,
                     "algo_DUxxxxxx1_7, acctDUxxxxxx1, duxxxxxx1, xxxxxxx2 xxxxxxx3 xxxxxxx4 9001");
    mask_free(m);
}

Test(mask, a_share_of_an_account_stays)
{
    struct mask *m = mask_new(false);
    char list[] = "DU1234567/100,12345/50.5";

    mask_accounts(m, list, strlen(list));
    cr_expect_str_eq(list, "DUxxxxxx1/100,xxxx2/50.5");
    mask_free(m);
}

Test(mask, what_is_masked_stays_as_it_is)
{
    struct mask *m = mask_new(false);
    char text[] = "U1234567";

    mask_text(m, text, strlen(text));
    mask_text(m, text, strlen(text));
    cr_expect_str_eq(text, "Uxxxxxx1");
    mask_free(m);
}

Test(mask, ids_stay_distinct_until_the_table_is_full)
{
    struct mask *m = mask_new(false);
    char id[16];

    for (unsigned i = 0; i < MASK_MAX; i++) {
        char want[16];

        snprintf(id, sizeof id, "U%07u", i);
        snprintf(want, sizeof want,
                 i + 1 < 10     ? "Uxxxxxx%u"
                 : i + 1 < 100  ? "Uxxxxx%u"
                 : i + 1 < 1000 ? "Uxxxx%u"
                                : "Uxxx%u",
                 i + 1);
        mask_text(m, id, strlen(id));
        cr_assert_str_eq(id, want);
    }
    strcpy(id, "U9999999");
    mask_text(m, id, strlen(id));
    cr_expect_str_eq(id, "Uxxxxxxx");
    strcpy(id, "U0000000");
    mask_text(m, id, strlen(id));
    cr_expect_str_eq(id, "Uxxxxxx1", "known ones keep their number");
    mask_free(m);
}

Test(mask, shows_all_when_asked)
{
    struct mask *m = mask_new(true);
    char id[] = "U1234567";

    mask_text(m, id, strlen(id));
    mask_accounts(m, id, strlen(id));
    mask_accounts(m, id, strlen(id));
    cr_expect_str_eq(id, "U1234567");
    mask_free(m);
}

/* ---- marks ---- */

#define TEXT "account=DU1234567,Smith name=J. Doe by=du7654321"

Test(mask, what_is_marked_is_hidden_in_the_way_of_its_kind)
{
    static const struct tws_marks marks = {5,
                                           {{108, 15, TWS_MARK_ACCOUNTS, 0},
                                            {129, 6, TWS_MARK_SECRET, 0},
                                            {139, 9, TWS_MARK_ID, 2},
                                            {100, 7, TWS_MARK_UNSURE, 0},
                                            {124, 4, TWS_MARK_BLACK, 0}}};
    struct mask *m = mask_new(false);
    char text[] = TEXT, later[] = "again DU1234567";

    mask_marks(m, &marks, 100, text, strlen(text));
    cr_expect_str_eq(text, "*******=DUxxxxxx1,xxxx2 ****=****** by=duxxxxxx3");
    mask_text(m, later, strlen(later));
    cr_expect_str_eq(later, "again DUxxxxxx1", "the same account looks the same");
    mask_free(m);
}

Test(mask, an_advisors_document)
{
    struct tws_marks marks = {1, {{.kind = TWS_MARK_DOCUMENT}}};
    struct mask *m = mask_new(false);
    char text[] = "<Group><name>Al</name><Account id='7'><acct>DU1234567</acct>"
                  "<amount>100.0</amount></Account></Group>";

    marks.of[0].length = (uint32_t)strlen(text);
    mask_marks(m, &marks, 0, text, strlen(text));
    cr_expect_str_eq(text, "<Group><name>**</name><Account id='*'><acct>DUxxxxxx1</acct>"
                           "<amount>100.0</amount></Account></Group>");
    mask_free(m);
}

/* Nothing is shown by mistake. */
Test(mask, what_nobody_looked_at_is_hidden_and_so_is_what_is_marked_beyond_its_end)
{
    static const struct tws_marks beyond = {1, {{105, 8, TWS_MARK_ID, 0}}},
                                  before = {1, {{99, 2, TWS_MARK_ID, 0}}};
    const struct tws_marks *const odd[] = {NULL, &beyond, &before};

    for (size_t i = 0; i < 3; i++) {
        struct mask *m = mask_new(false);
        char text[] = "DU12345\0end";

        cr_expect(mask_touches(m, odd[i]));
        mask_marks(m, odd[i], 100, text, sizeof text - 1);
        cr_expect_eq(memcmp(text, "*******\0***", sizeof text), 0, "%zu", i);
        mask_free(m);
    }
}

Test(mask, marks_change_nothing_where_accounts_are_shown)
{
    struct mask *m = mask_new(true);
    char text[] = TEXT;

    mask_marks(m, NULL, 0, text, strlen(text));
    cr_expect_str_eq(text, TEXT);
    cr_expect_not(mask_touches(m, NULL));
    cr_expect_null(mask_learned(m));
    mask_free(m);
}
