/* What of a frame is masked, by its message, its rows and what the run has learned. */
#include "marks.h"
#include "sample.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every id here is made up. */

static struct known known;
static struct marks *marks;
static const struct tws_marks *got;
static struct tws_event ev;

static void begin(void)
{
    memset(&known, 0, sizeof known);
    marks = marks_new(&known);
    cr_assert(marks);
}

static void end(void)
{
    marks_free(marks);
}

TestSuite(marks, .init = begin, .fini = end);

#define AT 5000000000u /* where the frame begins in its stream */

static void mark(enum tws_side dir, uint32_t version, const char *payload, size_t len)
{
    ev = sample_frame(dir, version, payload, len);
    ev.u.frame.guessed = version == 0;
    ev.u.frame.offset = AT;
    ev.u.frame.wire_len = (uint32_t)len + 4;
    got = marks_of(marks, &ev);
}

#define MARK(dir, version, literal) mark(dir, version, literal, sizeof(literal) - 1)

struct want {
    const char *text;
    enum tws_mark_kind kind;
    uint8_t kept;
};

static void expect(const struct want *want, size_t n)
{
    cr_assert_eq(got->n, n, "%u marks, not %zu", got->n, n);
    for (size_t i = 0; i < n; i++) {
        const struct tws_mark *m = &got->of[i];
        size_t at = (size_t)(m->offset - (AT + 4));

        cr_assert(at <= ev.u.frame.payload.left && m->length <= ev.u.frame.payload.left - at);
        cr_expect(m->length == strlen(want[i].text) &&
                      memcmp(ev.u.frame.payload.p + at, want[i].text, m->length) == 0,
                  "mark %zu: '%.*s', not '%s'", i, (int)m->length,
                  (const char *)ev.u.frame.payload.p + at, want[i].text);
        cr_expect(m->kind == want[i].kind && m->kept == want[i].kept, "%s: kind %u, kept %u",
                  want[i].text, m->kind, m->kept);
    }
}

#define EXPECT(...)                                                                                \
    do {                                                                                           \
        const struct want want[] = {__VA_ARGS__};                                                  \
        expect(want, sizeof want / sizeof want[0]);                                                \
    } while (0)

Test(marks, say_what_is_meant_and_what_is_quoted)
{
    MARK(TWS_GATEWAY, 176, "15\0001\000DU1234567,john-doe,\0");
    EXPECT({"DU1234567,john-doe,", TWS_MARK_ACCOUNTS, 0});
    MARK(TWS_GATEWAY, 176, "6\0002\000AccountCode\000john-doe\000\000Acme One\0");
    EXPECT({"john-doe", TWS_MARK_ACCOUNT, 0}, {"Acme One", TWS_MARK_ACCOUNT, 0});
    MARK(TWS_GATEWAY, 176, "6\0002\000NetLiquidation\00077.25\000USD\000DU1234567\0");
    EXPECT({"DU1234567", TWS_MARK_ACCOUNT, 2});
    MARK(TWS_GATEWAY, 176, "4\0002\0001\000201\000John-Doe: du1234567 acme one U765432\000\0");
    EXPECT({"John-Doe", TWS_MARK_ID, 0}, {"du1234567", TWS_MARK_ID, 2},
           {"acme one", TWS_MARK_ID, 0}, {"U765432", TWS_MARK_ID, 1});
}

Test(marks, of_protobuf_lie_in_nested_messages_too)
{
    MARK(TWS_GATEWAY, 226, "\0\0\0\327\012\024DU1234567,Householdx");
    EXPECT({"DU1234567,Householdx", TWS_MARK_ACCOUNTS, 0});
    /* openOrder: order.account, order.submitter */
    MARK(TWS_GATEWAY, 226, "\0\0\0\315\010\001\032\025\142\011Household\312\010\007Trader7");
    EXPECT({"Household", TWS_MARK_ACCOUNT, 0}, {"Trader7", TWS_MARK_SECRET, 0});
    MARK(TWS_GATEWAY, 226, "\0\0\0\314\010\001\030\220\003\042\036about DU1234567 and Householdx");
    EXPECT({"DU1234567", TWS_MARK_ID, 2}, {"Householdx", TWS_MARK_ID, 0});
}

Test(marks, of_a_value_before_its_key)
{
    MARK(TWS_GATEWAY, 226, "\0\0\0\316\022\010Quillon7\012\013AccountCode");
    EXPECT({"Quillon7", TWS_MARK_ACCOUNT, 0});
}

Test(marks, groups_but_the_one_of_all)
{
    MARK(TWS_CLIENT, 176, "62\0001\0009001\000All\000NetLiquidation\0");
    cr_expect_eq(got->n, 0);
    MARK(TWS_CLIENT, 176, "62\0001\0009001\000Friends\000NetLiquidation\0");
    EXPECT({"Friends", TWS_MARK_SECRET, 0});
}

Test(marks, a_document_is_one_and_its_accounts_are_learned)
{
    static const char doc[] = "<Group><name>Jo</name><String>Household,Acct/50</String></Group>";
    char payload[200];
    size_t n = (size_t)sprintf(payload, "16%c1%c1%c%s%c", 0, 0, 0, doc, 0);

    mark(TWS_GATEWAY, 176, payload, n);
    EXPECT({doc, TWS_MARK_DOCUMENT, 0});
    MARK(TWS_GATEWAY, 176, "4\0002\0001\000201\000by household, Acct 50 Jo\000\0");
    EXPECT({"household", TWS_MARK_ID, 0}, {"Acct", TWS_MARK_ID, 0});
}

/* From version 145 on the account stands one field earlier. */
Test(marks, without_a_version_cover_what_may_be_an_account)
{
    char order[256];
    size_t n = (size_t)sprintf(order, "5%c", 0), at;

    for (int i = 1; i <= 19; i++)
        n += (size_t)sprintf(order + n, "f%02d%c", i, 0);
    at = 2 + 4 * 18; /* no layout has an account among the first 18 */
    n += (size_t)sprintf(order + n, "Household%cJane%cmore%c", 0, 0, 0);
    mark(TWS_GATEWAY, 0, order, n);
    cr_assert_gt(got->n, 0);
    cr_expect_eq(got->of[got->n - 1].kind, TWS_MARK_UNSURE);
    cr_expect_eq(got->of[got->n - 1].offset, AT + 4 + at);
    cr_expect_eq(got->of[got->n - 1].length, n - at);
    MARK(TWS_GATEWAY, 0, "61\0003\000Household\00012\000IBM\0"); /* always in the same place */
    EXPECT({"Household", TWS_MARK_ACCOUNT, 0});
}

Test(marks, in_a_frame_that_is_not_understood)
{
    MARK(TWS_GATEWAY, 203, "DU5432109 for a number");
    EXPECT({"DU5432109", TWS_MARK_ID, 2});
    ev = sample_hello("v100..176 DU1234567");
    got = marks_of(marks, &ev);
    cr_assert_eq(got->n, 1);
    cr_expect_eq(got->of[0].kind, TWS_MARK_ID);
}

/* familyCodes: so many of them that not each has a mark. */
Test(marks, what_has_no_place_is_covered)
{
    const unsigned families = 2 * TWS_MARKS_MAX;
    size_t room = 32 * families, n;
    char *payload = malloc(room);
    uint64_t until = 0;

    n = (size_t)snprintf(payload, room, "78%c%u%c", 0, families, 0);
    for (unsigned i = 0; i < families; i++)
        n += (size_t)snprintf(payload + n, room - n, "Acct-%04u%cF%u%c", i, 0, i, 0);
    mark(TWS_GATEWAY, 176, payload, n);
    cr_assert_eq(got->n, TWS_MARKS_MAX);
    for (unsigned i = 0; i + 1 < TWS_MARKS_MAX; i++)
        until = got->of[i].offset + got->of[i].length;
    cr_expect_eq(got->of[TWS_MARKS_MAX - 1].kind, TWS_MARK_BLACK);
    cr_expect_leq(got->of[TWS_MARKS_MAX - 1].offset, until + 16, "no account lies between");
    cr_expect_eq(got->of[TWS_MARKS_MAX - 1].offset + got->of[TWS_MARKS_MAX - 1].length, AT + 4 + n);
    free(payload);
}

/* ---- in front of the outputs ---- */

static struct tws_event passed;
static unsigned times;

static void take(void *ctx, const struct tws_event *e)
{
    (void)ctx;
    passed = *e;
    times++;
}

Test(marks, are_in_each_frame_that_is_passed_on)
{
    struct tws_sink to = {take, NULL, TWS_WANTS(TWS_EV_FRAME) | TWS_WANTS(TWS_EV_OPEN)};
    struct tws_sink s = marks_sink(marks, to);
    struct tws_event open = sample_open();

    MARK(TWS_GATEWAY, 176, "15\0001\000DU1234567\0");
    cr_expect_eq(s.wants, to.wants);
    s.put(s.ctx, &ev);
    cr_expect(passed.kind == TWS_EV_FRAME && passed.u.frame.offset == AT && !ev.u.frame.marks);
    cr_expect(passed.u.frame.marks && passed.u.frame.marks->n == 1);
    s.put(s.ctx, &open);
    cr_expect(passed.kind == TWS_EV_OPEN && times == 2);
}

Test(marks, are_not_computed_where_no_frame_is_wanted_or_accounts_are_shown)
{
    struct tws_sink open = {take, NULL, TWS_WANTS(TWS_EV_OPEN)}, all = {take, NULL, ~0u};

    cr_expect(marks_sink(marks, open).put == take);
    cr_expect(marks_sink(NULL, all).put == take);
}
