#include "request.h"
#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct talk t;

/* A live session with the start-up notices behind it and the event list empty. */
static void live(uint32_t sv)
{
    talk_env(&t, sv);
    talk_open(&t);
    talk_hello(&t, "v100..226");
    talk_version(&t);
    talk_start_api(&t, 7);
    talk_welcome(&t);
    talk_wait(&t, 20 * SEC); /* what is asked now is not start-up */
    t.n_ev = 0;
}

static const struct talk_event *ended(int id, enum tws_request_status status)
{
    const struct talk_event *e = talk_last(&t, TWS_EV_REQUEST);

    cr_assert(e != NULL && e->id == id, "request %d did not end", id);
    cr_expect(e->status == status, "request %d: %s", id, tws_request_status_name(e->status));
    return e;
}

#define ASK(id, ...) talk_text(&t, TWS_CLIENT, id, FIELDS(__VA_ARGS__))
#define SAY(id, ...) talk_text(&t, TWS_GATEWAY, id, FIELDS(__VA_ARGS__))

Test(request, is_answered_once)
{
    live(176);
    ASK(49, "1");
    cr_expect(tws_requests_await(&t.s.requests, 49) && !tws_requests_await(&t.s.requests, 1));
    SAY(49, "1", "1732416959");
    ended(49, TWS_REQ_ANSWERED);
    cr_expect_eq(t.s.requests.n, 0);
    cr_expect_not(tws_requests_await(&t.s.requests, 49));
    talk_finish(&t);
}

Test(request, is_a_list_until_its_end_marker)
{
    live(176);
    ASK(9, "8", "532", "0", "DA", "CONTFUT");
    SAY(10, "532", "DA", "CONTFUT");
    SAY(10, "999", "not ours");
    SAY(10, "532", "DA", "CONTFUT");
    cr_expect_eq(talk_count(&t, TWS_EV_REQUEST), 0);
    SAY(52, "1", "532");
    cr_expect_eq(ended(9, TWS_REQ_ENDED)->n, 3);
    talk_finish(&t);
}

Test(request, fails_by_the_error_that_names_it)
{
    for (size_t i = 0; i < 2; i++) {
        live(i ? 214 : 176);
        talk_text(&t, TWS_CLIENT, 87, FIELDS("536", "265598", "AAPL"));
        talk_notice(&t, 536, 10167, "Requested market data is not subscribed. Delayed data.");
        talk_notice(&t, 536, 2176, "Warning: fractions were rounded down");
        talk_notice(&t, 535, 200, "No security definition");
        talk_notice(&t, -1, 504, "Not connected");
        cr_expect_eq(talk_count(&t, TWS_EV_REQUEST), 0, "%u", t.sv);
        talk_notice(&t, 536, 162, "Historical Market Data Service error message");
        ended(87, TWS_REQ_ERROR);
        talk_finish(&t);
    }
}

Test(request, is_a_stream_until_it_is_cancelled)
{
    live(176);
    ASK(1, "11", "534", "265598");
    ASK(1, "11", "535", "265599");
    for (int i = 0; i < 5; i++)
        SAY(1, "6", "535", "1", "314.5", "200", "0");
    ASK(2, "2", "535");
    cr_expect_eq(ended(1, TWS_REQ_CANCELLED)->n, 5);
    cr_expect_eq(t.s.requests.n, 1);
    talk_finish(&t);
    ended(1, TWS_REQ_UNANSWERED);
}

Test(request, is_live_at_the_end_when_it_was_answered)
{
    live(176);
    ASK(1, "11", "534", "265598");
    SAY(58, "1", "534", "1");
    talk_finish(&t);
    ended(1, TWS_REQ_LIVE);
}

Test(request, of_a_snapshot_ends_with_it)
{
    live(176);
    ASK(1, "11", "534", "265598");
    SAY(1, "6", "534", "1", "314.5", "200", "0");
    SAY(57, "1", "534");
    ended(1, TWS_REQ_ENDED);
    talk_finish(&t);
}

#define MKT_DATA(key, snapshot)                                                                    \
    ASK(1, "11", key, "265598", "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "", "", "0",   \
        "", snapshot, "0", "")

Test(request, of_a_snapshot_owes_its_end)
{
    live(176);
    MKT_DATA("534", "1");
    talk_wait(&t, 400 * MS);
    SAY(58, "1", "534", "1");
    SAY(1, "6", "534", "1", "314.5", "200", "0");
    talk_wait(&t, 11 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "IB allows 11 s");
    talk_wait(&t, 2 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    SAY(57, "1", "534");
    ended(1, TWS_REQ_ENDED);
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_finish(&t);
}

Test(request, of_a_snapshot_may_end_after_11_s_without_a_tick)
{
    static const uint8_t ask[] = {8, 5, 0x20, 1}, end[] = {8, 5};

    for (uint32_t sv = 176; sv <= 214; sv += 38) {
        live(sv);
        if (sv == 176)
            MKT_DATA("5", "1");
        else
            talk_protobuf(&t, TWS_CLIENT, 1, ask, sizeof ask);
        talk_wait(&t, 11 * SEC);
        if (sv == 176)
            SAY(57, "1", "5");
        else
            talk_protobuf(&t, TWS_GATEWAY, 57, end, sizeof end);
        ended(1, TWS_REQ_ENDED);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "%u", sv);
        talk_finish(&t);
    }
}

Test(request, of_a_snapshot_in_protobuf_owes_its_end)
{
    static const uint8_t ask[] = {8, 5, 0x20, 1}, type[] = {8, 5, 16, 1};

    live(214);
    talk_protobuf(&t, TWS_CLIENT, 1, ask, sizeof ask);
    talk_protobuf(&t, TWS_GATEWAY, 58, type, sizeof type);
    talk_wait(&t, 13 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_finish(&t);
    ended(1, TWS_REQ_UNANSWERED);
}

Test(request, that_is_no_snapshot_owes_one_answer)
{
    live(176);
    MKT_DATA("534", "0");
    SAY(1, "6", "534", "1", "314.5", "200", "0");
    talk_wait(&t, 60 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_finish(&t);
    ended(1, TWS_REQ_LIVE);
}

Test(request, that_is_rerouted_is_over_and_asked_again_with_its_id)
{
    live(176);
    MKT_DATA("534", "0");
    SAY(91, "534", "12087792", "IDEALPRO");
    ended(1, TWS_REQ_ENDED);
    MKT_DATA("534", "0");
    talk_wait(&t, SEC);
    for (int i = 0; i < 30; i++) {
        SAY(1, "6", "534", "1", "314.5", "200", "0");
        talk_wait(&t, SEC);
    }
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(t.s.requests.n, 1);
    talk_finish(&t);
    cr_expect_eq(ended(1, TWS_REQ_LIVE)->n, 30);
}

Test(request, of_depth_that_is_rerouted_is_over_too)
{
    live(176);
    ASK(10, "5", "77", "1", "ES", "FUT", "", "0", "", "", "SMART", "", "USD", "", "", "5", "0", "");
    SAY(92, "77", "495512552", "CME");
    ended(10, TWS_REQ_ENDED);
    cr_expect_eq(t.s.requests.n, 0);
    talk_finish(&t);
}

Test(request, owes_the_end_of_its_first_image)
{
    live(176);
    ASK(61, "1");
    SAY(61, "3", "DU9000001");
    talk_wait(&t, 9 * SEC);
    SAY(61, "3", "DU9000001"); /* still coming: the clock starts anew */
    talk_wait(&t, 9 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_wait(&t, 2 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    SAY(62, "1");
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_wait(&t, 3600 * SEC); /* positions change seldom */
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_finish(&t);
    ended(61, TWS_REQ_LIVE);
}

Test(request, of_account_updates_cancels_itself)
{
    live(176);
    ASK(6, "2", "1", "DU9000001");
    SAY(54, "1", "DU9000001");
    ASK(6, "2", "0", "DU9000001");
    ended(6, TWS_REQ_CANCELLED);
    cr_expect_eq(t.s.requests.n, 0);
    talk_finish(&t);
}

Test(request, of_history_ends_by_the_rule_of_its_version)
{
    live(176);
    ASK(20, "535", "265598", "AAPL");
    SAY(17, "535", "20260810", "20260811", "0");
    ended(20, TWS_REQ_ENDED);
    talk_finish(&t);

    live(203);
    ASK(20, "535", "265598", "AAPL");
    SAY(17, "535", "0");
    cr_expect_eq(talk_count(&t, TWS_EV_REQUEST), 0);
    SAY(108, "535", "20260810", "20260811");
    ended(20, TWS_REQ_ENDED);
    talk_finish(&t);
}

Test(request, of_an_order_is_done_with_its_first_word)
{
    live(176);
    ASK(3, "538", "265598", "AAPL");
    SAY(5, "538", "265598", "AAPL");
    ended(3, TWS_REQ_ANSWERED);
    ASK(4, "1", "538");
    talk_notice(&t, 538, 202, "Order Canceled - reason:");
    ended(4, TWS_REQ_ERROR);
    talk_finish(&t);
}

Test(request, with_the_key_comes_before_one_that_takes_all)
{
    live(176);
    ASK(15, "1", "1"); /* reqAutoOpenOrders: every order status from now on */
    ASK(5, "1");
    ASK(3, "538", "265598", "AAPL");
    SAY(3, "538", "Submitted", "0");
    ended(3, TWS_REQ_ANSWERED);
    SAY(3, "539", "Submitted", "0");
    SAY(53, "1");
    ended(5, TWS_REQ_ENDED);
    talk_finish(&t);
    ended(15, TWS_REQ_LIVE);
}

Test(request, of_one_kind_twice_is_answered_in_turn)
{
    live(176);
    ASK(61, "1");
    SAY(62, "1");
    ASK(61, "1");
    talk_wait(&t, 5 * SEC);
    SAY(62, "1");
    talk_wait(&t, 60 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_finish(&t);
}

Test(request, of_the_whole_session_asked_again_takes_the_place_of_the_old)
{
    live(176);
    for (int i = 0; i < 3; i++) {
        ASK(61, "1");
        SAY(62, "1");
    }
    cr_expect_eq(t.s.requests.n, 1);
    cr_expect_eq(talk_count(&t, TWS_EV_REQUEST), 2);
    ended(61, TWS_REQ_LIVE);
    ASK(61, "1"); /* and one that was not answered yet does not */
    ASK(61, "1");
    cr_expect_eq(t.s.requests.n, 2);
    talk_finish(&t);
}

Test(request, table_is_bounded)
{
    live(176);
    t.env.sink.wants = 0;
    for (unsigned i = 0; i < TWS_REQUESTS_MAX + 10; i++) {
        char key[16];

        snprintf(key, sizeof key, "%u", i);
        ASK(87, key, "265598", "AAPL");
    }
    cr_expect_eq(t.s.requests.n, TWS_REQUESTS_MAX);
    cr_expect_eq(t.s.requests.cap, TWS_REQUESTS_MAX);
    cr_expect_eq(t.s.requests.untracked, 10);
    talk_finish(&t);
}

Test(request, in_protobuf_is_matched_by_its_key)
{
    /* ContractDataRequest {reqId = 1}, ContractData {reqId = 1}, ContractDataEnd {reqId = 1} */
    live(214);
    talk_protobuf(&t, TWS_CLIENT, 9, "\x08\x94\x04", 3);
    talk_protobuf(&t, TWS_GATEWAY, 10, "\x08\x95\x04", 3);
    talk_protobuf(&t, TWS_GATEWAY, 10, "\x08\x94\x04", 3);
    talk_protobuf(&t, TWS_GATEWAY, 52, "\x08\x94\x04", 3);
    cr_expect_eq(ended(9, TWS_REQ_ENDED)->n, 2);
    talk_finish(&t);
}

Test(request, without_an_answer_due_is_not_followed)
{
    live(176);
    ASK(59, "1", "3");
    ASK(14, "1", "5");
    ASK(13, "1");
    ASK(111, "1"); /* no such id */
    cr_expect_eq(t.s.requests.n, 0);
    cr_expect_eq(talk_count(&t, TWS_EV_REQUEST), 0);
    talk_finish(&t);
}

/* Ticks of two instruments, a price and a size in turn, with some frames among them that only begin
 * like ticks; `shown`: every frame is looked at, so that none is known by its beginning. */
static void tick_tape(uint32_t sv, bool shown)
{
    live(sv);
    if (!shown)
        t.env.sink.wants &= ~TWS_WANTS(TWS_EV_FRAME);
    ASK(1, "11", "534", "265598", "AAPL");
    ASK(1, "11", "535", "265599", "MSFT");
    for (unsigned i = 0; i < 40; i++) {
        const char *key = i % 3 ? "534" : "535";

        SAY(1, "6", key, "1", i % 2 ? "184.25" : "183.5", "200", "0");
        SAY(2, "6", key, "0", "200000000");
        if (i == 10)
            SAY(1, "6", "536", "1", "184.25", "200", "0"); /* nobody asked */
        if (i == 20)
            talk_bytes(&t, TWS_GATEWAY,
                       "\0\0\0\x12"
                       "1\0"
                       "6\0"
                       "534\0"
                       "1\0"
                       "184.2501",
                       22);
        if (i == 30)
            ASK(2, "2", "534");
    }
}

Test(request, of_a_stream_is_found_again_by_the_frames_beginning)
{
    static const uint32_t versions[] = {176, 203};

    for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++) {
        struct tws_summary was;
        uint64_t answers[2][2], streamed[2];

        for (unsigned shown = 0; shown < 2; shown++) {
            tick_tape(versions[v], shown);
            cr_assert_eq(t.s.requests.n, 1);
            cr_expect_eq(t.s.last[1].id, 2);
            answers[shown][0] = ended(1, TWS_REQ_CANCELLED)->n;
            answers[shown][1] = t.s.requests.open[0].answers;
            streamed[shown] = t.s.requests.streamed;
            talk_finish(&t);
            if (!shown)
                was = t.env.summary;
        }
        cr_expect_eq(answers[0][0], answers[1][0]);
        cr_expect_eq(answers[0][1], answers[1][1]);
        cr_expect_eq(answers[0][1], 28);
        cr_expect_eq(streamed[0], streamed[1]);
        cr_expect_eq(was.odd_frames, t.env.summary.odd_frames);
        cr_expect_geq(was.odd_frames, 1);
        cr_expect_eq(was.frames_gateway, t.env.summary.frames_gateway);
    }
}
