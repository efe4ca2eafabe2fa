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

ParameterizedTestParameters(mask, finds_ids_by_the_length_before_them)
{
    static struct row rows[] = {
        {"\tDU1234567J", "\tDUxxxxxx1J"}, /* a length of 9, the id, the next key */
        {"\tDU12345672", "\tDUxxxxxx12"}, /* the same with a key that is a digit */
        {"\nU12345 x", "\nUxxxx1 x"},     /* a line's end is no such length */
        {"DU1234567", "DUxxxxxx1"},         {"\007U123456", "\007Uxxxxx1"},
        {"\177DU1234567", "\177DUxxxxxx1"},
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, mask, finds_ids_by_the_length_before_them)
{
    struct mask *m = mask_new(false);

    mask_bytes(m, r->in, strlen(r->in));
    cr_expect_str_eq(r->in, r->out);
    mask_free(m);
}

Test(mask, an_account_is_masked_whatever_its_form)
{
    struct mask *m = mask_new(false);
    char plain[] = "DU1234567", group[] = "Family", text[] = "DU1234567 again", none[] = "";
    char list[] = "DU1234567,U7654321,,Smith,";

    mask_account(m, plain, strlen(plain));
    mask_account(m, group, strlen(group));
    mask_account(m, none, 0);
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
    char bytes[] = "\010john-doeJ";

    mask_accounts(m, list, strlen(list));
    mask_text(m, text, strlen(text));
    mask_bytes(m, bytes, strlen(bytes));
    cr_expect_str_eq(list, "DUxxxxxx1,xxxxxxx2,xxxxxxx3,xxxxxxx4,xxx5");
    cr_expect_str_eq(text,
                     "algo_DUxxxxxx1_7, acctDUxxxxxx1, duxxxxxx1, xxxxxxx2 xxxxxxx3 xxxxxxx4 9001");
    cr_expect_str_eq(bytes, "\010xxxxxxx2J");
    mask_free(m);
}

Test(mask, numbers_and_names_of_instruments_stay)
{
    struct mask *m = mask_new(false);
    char list[] = "12345678,Family,DU1234567", number[] = "12345678", korean[] = "A005930",
         cusip[] = "G16258108", family[] = "Family", mine[] = "DU7654321", known[] = "DU1234567";

    mask_accounts(m, list, strlen(list));
    mask_as(m, KNOWN_IN_NUMBER, number, strlen(number));
    mask_as(m, KNOWN_IN_NAME, korean, strlen(korean));
    mask_as(m, KNOWN_IN_NAME, cusip, strlen(cusip));
    mask_as(m, KNOWN_IN_NAME, family, strlen(family));
    mask_as(m, KNOWN_IN_NAME, mine, strlen(mine));
    mask_as(m, KNOWN_IN_NAME, known, strlen(known));
    cr_expect_str_eq(number, "12345678");
    cr_expect_str_eq(korean, "A005930");
    cr_expect_str_eq(cusip, "G16258108");
    cr_expect_str_eq(family, "Family");
    cr_expect_str_eq(mine, "DUxxxxxx4");
    cr_expect_str_eq(known, "DUxxxxxx3");
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

Test(mask, an_advisors_document)
{
    struct mask *m = mask_new(false);
    char text[] = "<Group><name>Al</name><Account id='7'><acct>DU1234567</acct>"
                  "<amount>100.0</amount></Account></Group>";

    mask_document(m, text, strlen(text));
    cr_expect_str_eq(text, "<Group><name>**</name><Account id='*'><acct>DUxxxxxx1</acct>"
                           "<amount>100.0</amount></Account></Group>");
    mask_free(m);
}

/* Text is looked through in blocks: an id is found wherever it begins, known or by its form, and
 * never behind the text. */
Test(mask, finds_an_id_at_every_place_of_texts_of_every_length)
{
    char name[] = "joe12345x", form[] = "DU1234567";
    struct mask *m = mask_new(false);

    mask_account(m, name, sizeof name - 1);
    for (size_t len = 9; len < 80; len++) {
        for (size_t at = 0; at + 9 <= len; at++) {
            const char *const ids[] = {"joe12345x", form};

            for (size_t i = 0; i < 2; i++) {
                char text[90], want[90];

                memset(text, ' ', sizeof text);
                memcpy(want, text, sizeof text);
                memcpy(text + at, ids[i], 9);
                cr_assert_not(mask_may_find(m, text, at + 3));
                cr_assert(mask_may_find(m, text, len));
                mask_text(m, text, len);
                memcpy(want + at, i ? "DUxxxxxx2" : "xxxxxxxx1", 9);
                cr_assert_arr_eq(text, want, sizeof text, "%zu at %zu of %zu", i, at, len);
            }
        }
    }
    mask_free(m);
}

Test(mask, a_secret_is_overwritten)
{
    struct mask *m = mask_new(false);
    char name[] = "J. Doe";

    mask_secret(m, name, strlen(name));
    cr_expect_str_eq(name, "******");
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
    mask_account(m, id, strlen(id));
    mask_accounts(m, id, strlen(id));
    mask_secret(m, id, strlen(id));
    cr_expect_str_eq(id, "U1234567");
    mask_free(m);
}
