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
        {"_U12345", "_U12345"},
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
