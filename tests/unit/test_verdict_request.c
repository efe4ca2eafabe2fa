#include "talk.h"
#include "verdict.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request that is not answered, and what else the session shows of it. */

static struct talk t;
static struct tws_verdict v;

/* Live, and past what is start-up. */
static void live(uint32_t sv)
{
    talk_live(&t, sv);
    talk_wait(&t, 20 * SEC);
}

static void judge(void)
{
    talk_verdict(&t.s, t.now, &v);
}

static size_t place_of(const char *id)
{
    for (size_t i = 0; i < v.n_causes; i++)
        if (strcmp(v.causes[i].mode->id, id) == 0)
            return i + 1;
    return 0;
}

static const char *evidence(const char *fact)
{
    for (size_t i = 0; i < v.n_evidence; i++)
        if (strcmp(v.evidence[i].fact, fact) == 0)
            return v.evidence[i].value;
    return "";
}

static bool says(const char *text)
{
    return strstr(v.says, text) != NULL;
}

static void ask(int id, const char *key)
{
    uint8_t body[8] = {8, (uint8_t)atoi(key)};

    if (t.sv < 214)
        talk_text(&t, TWS_CLIENT, id, FIELDS(key, "265598", "AAPL", "STK"));
    else
        talk_protobuf(&t, TWS_CLIENT, id, body, 2);
}

/* The time, asked and answered, every two seconds. */
static void poll(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        talk_wait(&t, 2 * SEC);
        talk_current_time(&t, TWS_CLIENT);
        talk_wait(&t, MS);
        talk_current_time(&t, TWS_GATEWAY);
    }
}

Test(verdict_request, hangs_alone_while_others_are_answered)
{
    for (uint32_t sv = 176; sv <= 214; sv += 38) {
        live(sv);
        ask(20, "5");
        poll(50);
        judge();
        cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
        cr_expect_eq(place_of("jvm-stall"), 0, "a program that answers does not stand still");
        cr_expect(says("Only this request hangs") && says("50 other requests"), "%s", v.says);
        cr_expect(strstr(evidence("answered-since"), "50 other requests, the last: reqCurrentTime"),
                  "%s", evidence("answered-since"));
        cr_expect(place_of("farm-broken") && place_of("sync-request-hang"));
        for (size_t i = 0; i < v.n_causes; i++)
            cr_expect_eq(v.causes[i].certainty, TWS_CANNOT_TELL);
        cr_expect(!v.next || !strstr(v.next, "Send reqCurrentTime"), "%s", v.next);
        talk_finish(&t);
    }
}

Test(verdict_request, that_needs_no_farm_does_not_blame_one)
{
    live(176);
    talk_notice(&t, -1, 2105, "HMDS data farm connection is broken:ushmds");
    talk_text(&t, TWS_CLIENT, 8, FIELDS("1", "1"));
    poll(8);
    judge();
    cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_eq(place_of("farm-broken"), 0);
    talk_finish(&t);
}

Test(verdict_request, may_hang_with_all_of_the_program_when_nothing_was_sent_since)
{
    live(176);
    ask(20, "5");
    talk_wait(&t, 91 * SEC);
    judge();
    cr_expect_eq(place_of("jvm-stall"), 1);
    cr_expect_not_null(strstr(v.next, "Send reqCurrentTime once"), "%s", v.next);
    talk_finish(&t);
}

Test(verdict_request, answered_without_its_end_marker_is_said_to_be_so)
{
    for (int alone = 0; alone < 2; alone++) {
        live(176);
        talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
        talk_wait(&t, 10 * MS);
        talk_text(&t, TWS_GATEWAY, 3, FIELDS("7", "Filled", "1", "0", "1", "1", "0"));
        if (alone)
            talk_wait(&t, 12 * SEC);
        else
            poll(6);
        judge();
        cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
        cr_expect(says("answered reqAllOpenOrders without its end marker"), "%s", v.says);
        cr_expect_eq(place_of("sync-request-hang"), 1);
        cr_expect_eq(place_of("jvm-stall"), alone ? 2 : 0);
        talk_finish(&t);
    }
}

static void handshake(uint32_t sv)
{
    char range[16];

    talk_env(&t, sv);
    talk_open(&t);
    snprintf(range, sizeof range, "v100..%u", (unsigned)sv);
    talk_hello(&t, range);
    talk_version(&t);
    talk_start_api(&t, 7);
}

Test(verdict_request, asked_before_the_welcome_is_said_to_be_so)
{
    for (uint32_t sv = 176; sv <= 214; sv += 38) {
        handshake(sv);
        ask(1, "5");
        talk_wait(&t, 200 * MS);
        talk_welcome(&t);
        talk_wait(&t, 15 * SEC);
        judge();
        cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
        cr_expect(says("asked before the welcome"), "%s", v.says);
        cr_expect_eq(place_of("sync-request-hang"), 1);
        cr_expect_eq(v.causes[0].certainty, TWS_CANNOT_TELL);
        cr_expect(strstr(v.next, "Ask again now"), "%s", v.next);
        cr_expect_eq(place_of("jvm-stall"), 0);
        talk_finish(&t);
    }
}

Test(verdict_request, asked_too_early_and_closed_names_that)
{
    handshake(176);
    ask(1, "5");
    talk_wait(&t, 20 * MS);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    judge();
    cr_expect_eq(v.stage, TWS_CLOSED_BY_GATEWAY);
    cr_expect_neq(place_of("sync-request-hang"), 0);
    talk_finish(&t);
}

Test(verdict_request, newer_than_the_version_is_certain)
{
    live(110);
    ask(96, "5");
    poll(46);
    judge();
    cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect(says("needs server version 130 (this session has 110)"), "%s", v.says);
    cr_expect_str_eq(v.mode ? v.mode->id : "", "version-range-miss");
    cr_expect_eq(v.certainty, TWS_CERTAIN);
    cr_expect_str_eq(evidence("newer-request"),
                     "reqHistoricalTicks needs server version 130, this session has 110");
    talk_finish(&t);
    live(110);
    ask(96, "5");
    talk_wait(&t, 5 * MS);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    judge();
    cr_expect_eq(v.stage, TWS_CLOSED_BY_GATEWAY);
    cr_expect_str_eq(v.mode ? v.mode->id : "", "version-range-miss");
    talk_finish(&t);
}

Test(verdict_request, newer_than_the_version_is_no_cause_of_a_later_close)
{
    live(110);
    ask(96, "5");
    talk_wait(&t, 5 * SEC);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    judge();
    cr_expect_eq(place_of("version-range-miss"), 0);
    talk_finish(&t);
    live(130); /* it has it */
    ask(96, "5");
    talk_wait(&t, 91 * SEC);
    judge();
    cr_expect_eq(place_of("version-range-miss"), 0);
    talk_finish(&t);
}

Test(verdict_request, asked_while_the_link_was_down_is_named_when_it_is_back)
{
    live(176);
    talk_notice(&t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    ask(20, "5");
    talk_wait(&t, 20 * SEC);
    talk_notice(&t, -1, 1102, "Connectivity restored - data maintained.");
    talk_wait(&t, 75 * SEC);
    judge();
    cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_eq(place_of("subscriptions-lost"), 1);
    cr_expect_eq(place_of("upstream-lost"), 0);
    cr_expect(strstr(evidence("asked-unlinked"), "no link to IB"));
    talk_finish(&t);
}

Test(verdict_request, and_an_order_that_hang_together_are_a_stall_first)
{
    for (int answers = 0; answers < 2; answers++) {
        live(176);
        talk_current_time(&t, TWS_CLIENT);
        talk_text(&t, TWS_CLIENT, 3, FIELDS("42", "265598", "AAPL"));
        talk_wait(&t, 10 * MS);
        if (answers)
            talk_current_time(&t, TWS_GATEWAY);
        talk_wait(&t, 12 * SEC);
        judge();
        cr_expect_eq(v.stage, TWS_LIVE_REQUEST_UNANSWERED);
        cr_expect_eq(place_of("jvm-stall"), answers ? 0 : 1);
        cr_expect_eq(place_of("order-swallowed"), answers ? 1 : 2);
        cr_expect_eq(v.causes[0].certainty, answers ? TWS_CERTAIN : TWS_CANNOT_TELL);
        talk_finish(&t);
    }
}

/* A reqRealTimeBars of its own for each key, else all the same. */
static void bars(const char *key)
{
    uint8_t body[] = {8, (uint8_t)atoi(key), 0x18, 5};

    if (t.sv < 214)
        talk_text(&t, TWS_CLIENT, 50, FIELDS("3", key, "265598", "AAPL", "STK"));
    else
        talk_protobuf(&t, TWS_CLIENT, 50, body, sizeof body);
}

static const char bust[] = "Bust event occurred, current subscription is deactivated.";

Test(verdict_request, ended_by_an_error_is_named_until_it_is_asked_again)
{
    for (uint32_t sv = 176; sv <= 214; sv += 38) {
        live(sv);
        bars("11");
        talk_notice(&t, 11, 10225, bust);
        cr_assert_eq(talk_last(&t, TWS_EV_REQUEST)->status, TWS_REQ_ERROR);
        cr_expect_eq(talk_last(&t, TWS_EV_REQUEST)->code, 10225);
        poll(5);
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        judge();
        cr_expect_eq(v.stage, TWS_TROUBLE_NONE, "the gateway said so: no alarm");
        cr_expect(says("the gateway ended reqRealTimeBars 11 with error 10225") &&
                      says("did not ask again"),
                  "%s", v.says);
        cr_expect(strstr(evidence("ended-by-error"), "reqRealTimeBars 11: 10225"));
        talk_finish(&t);
        live(sv);
        bars("11");
        talk_notice(&t, 11, 10225, bust);
        bars("12");
        talk_wait(&t, SEC);
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        judge();
        cr_expect(!says("10225"), "asked again, under another id: %s", v.says);
        cr_expect_str_eq(evidence("ended-by-error"), "");
        talk_finish(&t);
    }
}

Test(verdict_request, ended_by_an_error_is_counted_among_more)
{
    char key[8];

    live(176);
    for (int i = 1; i <= 40; i++) {
        snprintf(key, sizeof key, "%d", i);
        talk_text(&t, TWS_CLIENT, 9, FIELDS("8", key, key, "XYZ"));
        talk_notice(&t, i, 200, "No security definition has been found for the request");
    }
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    judge();
    cr_expect(says("reqContractDetails 40 with error 200 and 39 more requests"), "%s", v.says);
    talk_finish(&t);
}

Test(verdict_request, that_is_an_order_is_no_lapse_when_it_is_rejected)
{
    live(176);
    talk_text(&t, TWS_CLIENT, 3, FIELDS("42", "265598", "AAPL"));
    talk_notice(&t, 42, 201, "Order rejected - reason:");
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    judge();
    cr_expect_str_eq(evidence("ended-by-error"), "");
    talk_finish(&t);
}
