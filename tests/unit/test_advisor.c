#include "advisor.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

struct row {
    char in[120];
    char
        is[120]; /* of each byte: a account, s secret, p plain, '.' markup; names of tags are 'n' */
};

/* Every name here is made up. */
ParameterizedTestParameters(advisor, tells_what_each_byte_is)
{
    static struct row rows[] = {
        {"<name>Al B</name>", ".nnnn.ss.s.nnnnn."},
        {"<String>DU1</String>", ".nnnnnn.aaa.nnnnnnn."},
        {"<acct> x1 </acct>", ".nnnn..aa..nnnnn."},
        {"<amount>1.5</amount>", ".nnnnnn.ppp.nnnnnnn."},
        {"<defaultMethod>NetLiq</defaultMethod>", ".nnnnnnnnnnnnn.pppppp.nnnnnnnnnnnnnn."},
        {"<ns:name>Al</ns:name>", ".nnnnnnn.ss.nnnnnnnn."},
        {"<ns:Account>x1</a>", ".nnnnnnnnnn.aa.nn."},
        {"<Account name='Al B'/>", ".nnnnnnn.nnnn..ss.s..."},
        {"<Group name = \"Al\">", ".nnnnn.nnnn....ss.."},
        {"<Group name=Al id=7>", ".nnnnn.nnnn.ss.nn.s."},
        {"<L varName=\"list\">Al", ".n.nnnnnnn..pppp..ss"}, /* not varName's text */
        {"<acct><id>x1</id>Al", ".nnnn..nn.ss.nnn.ss"},
        {"<amount/>Al", ".nnnnnnn.ss"},
        {"<amount type=\"1\"/>Al", ".nnnnnn.nnnn..p...ss"},
        {"<!-- Al > --><name>", "..ss.ss...sss.nnnn."},
        {"<?xml version=\"1.0\"?><x", ".nnnn.nnnnnnn..ppp....n"},
        {"{\"account\":\"x1\"}", "ssssssssssssssss"},
        {"Al", "ss"},
        {"<a b c=\"Al\"/>", ".n.n.n..ss..."},
        {"<a b=>Al", ".n.n..ss"},
        {"<name>a&lt;b</name>", ".nnnn.ssssss.nnnnn."},
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, advisor, tells_what_each_byte_is)
{
    struct advisor a = {0};

    cr_assert_eq(strlen(r->in), strlen(r->is), "%s", r->in);
    for (size_t i = 0; r->in[i]; i++) {
        static const char letters[] = {[ADVISOR_SECRET] = 's',
                                       [ADVISOR_ACCOUNT] = 'a',
                                       [ADVISOR_PLAIN] = 'p',
                                       [ADVISOR_MARKUP] = '.'};
        char want = r->is[i] == 'n' ? 'p' : r->is[i];

        cr_expect_eq(letters[advisor_next(&a, (uint8_t)r->in[i])], want, "%s at %zu", r->in, i);
    }
}
