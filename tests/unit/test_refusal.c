#include "talk.h"
#include <criterion/criterion.h>
#include <string.h>

/* Errors that refuse a request and do not name it: 320 to 323 with the id -1. */

static struct talk t;

static void live(uint32_t version)
{
    talk_live(&t, version);
    talk_wait(&t, 2 * SEC);
}

static const struct talk_event *leave(void)
{
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    return talk_last(&t, TWS_EV_VERDICT);
}

static void expect_refused(const struct talk_event *v, enum tws_certainty certainty,
                           const char *says)
{
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(v->trouble, TWS_TROUBLE_NONE, "%s", v->says);
    cr_expect_eq(v->certainty, certainty);
    cr_expect_not_null(strstr(v->says, says), "%s", v->says);
}

static void positions(void)
{
    talk_text(&t, TWS_CLIENT, 61, FIELDS("1"));
}

static void scanner_parameters(void)
{
    talk_text(&t, TWS_CLIENT, 24, FIELDS("1"));
}

static void head_timestamp(const char *key)
{
    talk_text(&t, TWS_CLIENT, 87, FIELDS(key, "265598"));
}

#define ERROR_TEXT "Error validating request: cause - Invalid"

Test(refusal, settles_the_only_request_without_an_id)
{
    const struct talk_event *v;

    live(176);
    scanner_parameters();
    talk_wait(&t, MS);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    cr_expect_eq(talk_last(&t, TWS_EV_REQUEST)->status, TWS_REQ_ERROR);
    talk_wait(&t, 200 * SEC);
    v = leave();
    expect_refused(v, TWS_LIKELY,
                   "reqScannerParameters was refused, probably this one: 321 " ERROR_TEXT
                   ", 1.0 ms after it, and nothing else was open.");
    cr_expect_str_eq(
        talk_evidence(v, "error without an id"),
        "error without an id: 321, 1.0 ms after reqScannerParameters; nothing else was "
        "open");
}

Test(refusal, settles_the_only_request_that_has_an_id)
{
    for (int code = 320; code <= 323; code++) {
        live(176);
        head_timestamp("4340");
        talk_wait(&t, 3 * MS);
        talk_notice(&t, -1, code, ERROR_TEXT);
        talk_wait(&t, 100 * SEC);
        expect_refused(leave(), TWS_LIKELY,
                       "reqHeadTimestamp 4340 was refused, probably this one: 32");
    }
}

Test(refusal, shows_a_frame_with_too_few_fields)
{
    const struct talk_event *v;

    live(151);
    talk_text(&t, TWS_CLIENT, 94, FIELDS("4340", "DU0000000", "")); /* no conId */
    talk_wait(&t, 3 * MS);
    talk_notice(&t, -1, 321, "Error validating request:-'ce' : cause - Invalid account code");
    talk_wait(&t, 100 * SEC);
    v = leave();
    expect_refused(v, TWS_LIKELY, "nothing else was open; its frame has 1 field too few.");
    cr_expect_not_null(
        strstr(v->says, "321 Error validating request:-'ce' : cause - Invalid account"), "%s",
        v->says);
    cr_expect_not_null(talk_evidence(v, "its frame: reqPnLSingle has 1 field too few"));
}

Test(refusal, leaves_room_for_what_was_still_open)
{
    live(176);
    scanner_parameters();
    talk_wait(&t, MS);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    head_timestamp("4340");
    talk_wait(&t, 2 * SEC);
    expect_refused(leave(), TWS_LIKELY,
                   "nothing else was open; the client left 2.0 s after reqHeadTimestamp 4340, "
                   "which had no reply yet.");
}

Test(refusal, cuts_a_long_text_between_words)
{
    const struct talk_event *v;

    live(176);
    head_timestamp("4340");
    talk_wait(&t, 3 * MS);
    talk_notice(&t, -1, 321,
                "Error validating request.-'bQ' : cause - The API interface is currently in "
                "Read-Only mode. Untick the box Read-Only API in the settings of the Gateway.");
    v = leave();
    expect_refused(v, TWS_LIKELY, "321 Error validating request.-'bQ' : cause - The API ");
    cr_expect_not_null(strstr(v->says, " in..., 3.0 ms after it, and nothing else was open"), "%s",
                       v->says);
}

/* A small number in the text is an id only where a word announces it as one. */
Test(refusal, takes_a_number_for_an_id_where_it_is_announced)
{
    static const struct {
        const char *text;
        bool certain;
    } rows[] = {
        {"Max number of tickers has been reached (100)", false},
        {"100 messages are allowed", false},
        {"at most 100, was 101", false},
        {"Can't find EId with tickerId:100", true},
        {"Error processing request 100", true},
        {"Order 100: rejected", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct talk_event *v;

        live(176);
        head_timestamp("100");
        head_timestamp("101");
        talk_notice(&t, -1, 322, rows[i].text);
        v = leave();
        cr_expect_eq(strstr(v->says, "reqHeadTimestamp 100 was refused: 322") != NULL,
                     rows[i].certain, "%s", v->says);
    }
}

Test(refusal, is_certain_where_the_text_names_the_request)
{
    live(176);
    head_timestamp("4340");
    head_timestamp("4341");
    positions();
    talk_notice(&t, -1, 322, "Error processing request 4341: Invalid");
    talk_text(&t, TWS_GATEWAY, 88, FIELDS("4340", "20200101"));
    talk_text(&t, TWS_GATEWAY, 62, FIELDS("1"));
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_CERTAIN, "reqHeadTimestamp 4341 was refused: 322 ");

    live(176);
    scanner_parameters();
    positions();
    talk_notice(&t, -1, 321, "Error validating request: reqScannerParameters is not scripted");
    talk_text(&t, TWS_GATEWAY, 62, FIELDS("1"));
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_CERTAIN, "reqScannerParameters was refused: 321 ");
}

Test(refusal, prefers_the_one_that_has_no_id)
{
    live(176);
    head_timestamp("4340");
    scanner_parameters();
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_text(&t, TWS_GATEWAY, 88, FIELDS("4340", "20200101"));
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_LIKELY,
                   "reqScannerParameters was refused, probably this one: 321 ");
}

/* The error may be about what was sent just before it, although most errors of that bear its id. */
Test(refusal, blames_no_old_request_for_the_error_of_a_new_order)
{
    const struct talk_event *v;

    for (int answered = 0; answered < 2; answered++) {
        live(176);
        positions();
        talk_wait(&t, 200 * MS);
        talk_text(&t, TWS_CLIENT, 3, FIELDS("42", "0"));
        talk_wait(&t, 3 * MS);
        talk_notice(&t, -1, 321, ERROR_TEXT);
        if (answered)
            talk_text(&t, TWS_GATEWAY, 62, FIELDS("1"));
        talk_wait(&t, 60 * SEC);
        v = leave();
        if (answered) {
            expect_refused(v, TWS_LIKELY, "placeOrder 42 was refused, probably this one: 321 ");
        } else {
            cr_expect_eq(v->trouble, TWS_LIVE_REQUEST_UNANSWERED);
            cr_expect_str_eq(v->mode, "refused-without-id");
        }
    }
}

Test(refusal, settles_as_many_as_there_are_errors)
{
    size_t before;

    live(176);
    before = talk_count(&t, TWS_EV_REQUEST);
    for (int i = 1; i <= 3; i++)
        talk_text(&t, TWS_CLIENT, 18, FIELDS("1", "1")); /* requestFA */
    for (int i = 1; i <= 3; i++) {
        talk_wait(&t, MS);
        talk_notice(&t, -1, 321, ERROR_TEXT);
        cr_expect_eq(talk_count(&t, TWS_EV_REQUEST) - before, i < 3 ? 0 : 3, "%d", i);
    }
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_LIKELY, "requestFA and 2 more were refused, probably these: 321 ");

    live(176); /* one is answered, the other two had the two errors */
    head_timestamp("4340");
    head_timestamp("4341");
    head_timestamp("4342");
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_text(&t, TWS_GATEWAY, 88, FIELDS("4341", "20200101"));
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_LIKELY,
                   "reqHeadTimestamp 4342 and 1 more were refused, probably these: 321 ");

    live(176); /* one was given up: the second error may have been about it */
    head_timestamp("4340");
    head_timestamp("4341");
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_text(&t, TWS_CLIENT, 90, FIELDS("4341"));
    talk_wait(&t, 2 * SEC);
    head_timestamp("4342");
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(leave()->trouble, TWS_LIVE_REQUEST_UNANSWERED);
}

Test(refusal, says_one_of_several)
{
    const struct talk_event *v;

    live(176);
    talk_text(&t, TWS_CLIENT, 9, FIELDS("8", "21", "265598"));
    head_timestamp("4340");
    talk_wait(&t, 2 * MS);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    v = leave();
    cr_expect_eq(v->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_str_eq(v->mode, "refused-without-id");
    cr_expect_eq(v->certainty, TWS_LIKELY);
    cr_expect_str_eq(talk_evidence(v, "error without an id"),
                     "error without an id: 321, 2.0 ms after reqHeadTimestamp 4340; one of 2 that "
                     "were open");
}

Test(refusal, knows_the_last_one_that_is_not_answered)
{
    live(176);
    head_timestamp("4340");
    head_timestamp("4341");
    talk_wait(&t, 2 * MS);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_wait(&t, SEC);
    talk_text(&t, TWS_GATEWAY, 88, FIELDS("4341", "20200101"));
    cr_expect_eq(talk_last(&t, TWS_EV_REQUEST)->status, TWS_REQ_ERROR);
    talk_wait(&t, 100 * SEC);
    expect_refused(leave(), TWS_LIKELY,
                   "reqHeadTimestamp 4340 was refused, probably this one: 321 ");
}

Test(refusal, takes_a_cancel_for_no_proof)
{
    live(176);
    head_timestamp("4340");
    head_timestamp("4341");
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_text(&t, TWS_CLIENT, 90, FIELDS("4341"));
    talk_current_time(&t, TWS_CLIENT);
    talk_current_time(&t, TWS_GATEWAY);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(leave()->trouble, TWS_LIVE_REQUEST_UNANSWERED);
}

Test(refusal, is_not_certain_that_an_order_was_swallowed)
{
    const struct talk_event *v;

    live(176);
    talk_text(&t, TWS_CLIENT, 3, FIELDS("42", "0"));
    talk_wait(&t, 3 * MS);
    talk_notice(&t, -1, 320, ERROR_TEXT);
    talk_wait(&t, 60 * SEC);
    expect_refused(leave(), TWS_LIKELY, "placeOrder 42 was refused, probably this one: 320 ");

    live(176); /* and of two it may be either */
    talk_text(&t, TWS_CLIENT, 3, FIELDS("42", "0"));
    talk_text(&t, TWS_CLIENT, 3, FIELDS("43", "0"));
    talk_notice(&t, -1, 320, ERROR_TEXT);
    talk_wait(&t, 60 * SEC);
    v = leave();
    cr_expect_eq(v->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_str_eq(v->mode, "refused-without-id");
}

Test(refusal, leaves_other_codes_and_other_times_alone)
{
    static const int codes[] = {100, 200, 319, 324, 326, 1100, 2103, 2105, 2110, 2158, 10167};

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        live(176);
        head_timestamp("4340");
        talk_notice(&t, -1, codes[i], "said");
        talk_wait(&t, 100 * SEC);
        cr_expect_neq(leave()->trouble, TWS_TROUBLE_NONE, "%d", codes[i]);
    }
    live(176); /* long after the request's time */
    positions();
    talk_wait(&t, 30 * SEC);
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_wait(&t, SEC);
    cr_expect_eq(leave()->trouble, TWS_LIVE_REQUEST_UNANSWERED);

    live(176); /* beside a message that gets no answer, and may get this error */
    head_timestamp("4340");
    talk_text(&t, TWS_CLIENT, 59, FIELDS("1", "3")); /* reqMarketDataType */
    talk_notice(&t, -1, 321, ERROR_TEXT);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(leave()->trouble, TWS_LIVE_REQUEST_UNANSWERED);

    live(176); /* a subscription that is served was not refused */
    talk_text(&t, TWS_CLIENT, 1, FIELDS("11", "534", "265598", "AAPL", "STK"));
    talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", "534", "1", "314.5", "200", "0"));
    talk_notice(&t, -1, 321, ERROR_TEXT);
    cr_expect_null(strstr(leave()->says, "refused"));
}
