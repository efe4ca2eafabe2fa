/* Account ids in text: by what is known, by their form, and by the length in front of them. */
#include "search.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

/* Every id here is made up. */

static struct known known;

static void begin(void)
{
    memset(&known, 0, sizeof known);
}

TestSuite(search, .init = begin);

static void hit(void *ctx, size_t at, size_t len, size_t kept)
{
    memset((char *)ctx + at + kept, '#', len - kept);
}

static struct search search_of(char *text, size_t len)
{
    return (struct search){.known = &known, .text = text, .len = len, .hit = hit, .ctx = text};
}

struct row {
    char in[40], out[40];
};

ParameterizedTestParameters(search, finds_ids_by_the_length_before_them)
{
    static struct row rows[] = {
        {"\tDU1234567J", "\tDU#######J"}, /* a length of 9, the id, the next key */
        {"\tDU12345672", "\tDU#######2"}, /* the same with a key that is a digit */
        {"\nU12345 x", "\nU##### x"},     /* a line's end is no such length */
        {"DU1234567", "DU#######"},         {"\007U123456", "\007U######"},
        {"\177DU1234567", "\177DU#######"}, {"\010john-doeJ", "\010########J"},
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, search, finds_ids_by_the_length_before_them)
{
    struct search s = search_of(r->in, strlen(r->in));

    s.lengths = true;
    known_learn(&known, (const uint8_t *)"john-doe", 8);
    search_ids(&s);
    cr_expect_str_eq(r->in, r->out);
}

Test(search, numbers_and_names_of_instruments_stay)
{
    static const struct {
        enum known_in in;
        const char *text, *found;
    } rows[] = {
        {KNOWN_IN_NUMBER, "12345678", "12345678"},   {KNOWN_IN_NAME, "A005930", "A005930"},
        {KNOWN_IN_NAME, "G16258108", "G16258108"},   {KNOWN_IN_NAME, "Family", "Family"},
        {KNOWN_IN_NAME, "DU7654321", "DU#######"},   {KNOWN_IN_NAME, "DU1234567", "DU#######"},
        {KNOWN_IN_TEXT, "12345678", "########"},     {KNOWN_IN_TEXT, "A005930", "A######"},
        {KNOWN_IN_TEXT, "a family's", "a ######'s"},
    };
    static const char *const ids[] = {"12345678", "Family", "DU1234567"};

    for (size_t i = 0; i < 3; i++)
        known_learn(&known, (const uint8_t *)ids[i], strlen(ids[i]));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[40];
        struct search s;

        strcpy(text, rows[i].text);
        s = search_of(text, strlen(text));
        s.in = rows[i].in;
        search_ids(&s);
        cr_expect_str_eq(text, rows[i].found);
    }
}

/* Text is looked through in blocks: an id is found wherever it begins, known or by its form, and
 * never behind the text. */
Test(search, finds_an_id_at_every_place_of_texts_of_every_length)
{
    static const char *const ids[] = {"joe12345x", "DU1234567"};

    known_learn(&known, (const uint8_t *)ids[0], 9);
    for (size_t len = 9; len < 80; len++) {
        for (size_t at = 0; at + 9 <= len; at++) {
            for (size_t i = 0; i < 2; i++) {
                char text[90], want[90];
                struct search s = search_of(text, len);

                memset(text, ' ', sizeof text);
                memcpy(want, text, sizeof text);
                memcpy(text + at, ids[i], 9);
                cr_assert_not(search_may_find(&known, text, at + 3));
                cr_assert(search_may_find(&known, text, len));
                search_ids(&s);
                memcpy(want + at, i ? "DU#######" : "#########", 9);
                cr_assert_arr_eq(text, want, sizeof text, "%zu at %zu of %zu", i, at, len);
            }
        }
    }
}
