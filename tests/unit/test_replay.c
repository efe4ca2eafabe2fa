#include "replay.h"
#include "tape.h"
#include <criterion/criterion.h>
#include <string.h>

#define SECOND (1000 * TAPE_MS)

/* A session that was recorded so: contract details under id 1, then market data under id 2. */
static void record_session(struct tape *t)
{
    tape_begin(t);
    tape_handshake(t, "1");
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "1\0"
                         "AAPL\0"));
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("1\0"
                         "11\0"
                         "2\0"
                         "MSFT\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("10\0"
                         "1\0"
                         "AAPL\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("52\0"
                         "1\0"
                         "1\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("1\0"
                         "6\0"
                         "2\0"
                         "1\0"
                         "2.5\0"));
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("2\0"
                         "1\0"
                         "2\0"));
    tape_ends(t, TWS_CLIENT, RECORDING_FIN);
    tape_ends(t, TWS_GATEWAY, RECORDING_FIN);
}

/* The live client up to its startApi, whose id is another. */
static void begin_live(struct tape *t)
{
    record_session(t);
    tape_plays(t, TWS_GATEWAY);
    tape_hears(t, TAPE_HELLO("v100..178"));
    cr_assert(tape_sent(t, TAPE_FRAME("176\0now\0")));
    tape_hears(t, TAPE_FRAME("71\0"
                             "2\0"
                             "99\0\0"));
    cr_assert_eq(t->sent_len, 13 + 10, "%zu", t->sent_len);
    t->sent_len = 0;
}

static struct tape_bytes join(struct tape_bytes a, struct tape_bytes b)
{
    cr_assert_leq(a.n + b.n, sizeof a.b);
    memcpy(a.b + a.n, b.b, b.n);
    a.n += b.n;
    return a;
}

Test(replay, is_the_same_on_both_sides_when_nothing_departs)
{
    struct tape t;

    for (int own = TWS_CLIENT; own <= TWS_GATEWAY; own++) {
        for (int speed = 0; speed < 3; speed++) {
            for (int whole = 0; whole < 2; whole++) {
                record_session(&t);
                t.config.speed = speed;
                t.config.whole_frames = whole;
                t.config.patience_ns = SECOND;
                tape_plays(&t, own);
                cr_expect_eq(tape_mirror(&t), 0, "own %d speed %d: %s", own, speed, t.lines[0]);
                tape_end(&t);
            }
        }
    }
}

Test(replay, answers_under_the_live_ids_and_in_recorded_order)
{
    struct tape t;
    struct tape_bytes details = TAPE_FRAME("10\0"
                                           "70001\0"
                                           "AAPL\0");

    begin_live(&t);
    tape_hears(&t, TAPE_FRAME("1\0"
                              "11\0"
                              "5\0"
                              "MSFT\0")); /* early: remembered */
    cr_expect_eq(t.sent_len, 0, "it waits for reqContractDetails too");
    tape_hears(&t, TAPE_FRAME("9\0"
                              "8\0"
                              "70001\0"
                              "AAPL\0"));
    cr_expect(tape_sent(&t, join(join(details, TAPE_FRAME("52\0"
                                                          "1\0"
                                                          "70001\0")),
                                 TAPE_FRAME("1\0"
                                            "6\0"
                                            "5\0"
                                            "1\0"
                                            "2.5\0"))));
    tape_hears(&t, TAPE_FRAME("2\0"
                              "1\0"
                              "5\0"));
    cr_expect_not(t.fin, "the client has not left yet");
    tape_hears_end(&t, RECORDING_FIN);
    cr_expect(t.fin);
    cr_expect_eq(t.step.what, REPLAY_CLOSE);
    cr_expect_eq(tape_end(&t), 0);
}

Test(replay, says_where_the_client_departs)
{
    struct tape t;

    begin_live(&t);
    tape_hears(&t, TAPE_FRAME("20\0"
                              "2\0"
                              "x\0"));
    cr_expect(tape_said(&t, "expected reqContractDetails (key 1) as frame 2, got reqHistoricalData "
                            "(key 2): not in the recording"));
    tape_hears(&t, TAPE_FRAME("9\0"
                              "8\0"
                              "1\0"
                              "AAPL\0"));
    tape_hears(&t, TAPE_FRAME("2\0"
                              "1\0"
                              "7\0")); /* of a request that was never made */
    cr_expect_eq(t.sent_len, 0);
    tape_hears_end(&t, RECORDING_FIN);
    cr_expect_eq(t.step.what, REPLAY_CLOSE, "what is missing cannot come any more");
    cr_expect_eq(tape_end(&t), 2, "%s", t.lines[t.n_lines - 1]);
    cr_expect(tape_said(&t, "reqMktData (key 2) was recorded and did not come"));
    cr_expect(tape_said(&t, "departed: 1 not in the recording, 1 missing, 0 otherwise; 4 frames "
                            "came, 3 were sent"));
}

Test(replay, does_not_take_the_cancel_of_one_request_for_that_of_another)
{
    struct tape t;

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("1\0"
                         "11\0"
                         "1\0"
                         "A\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("1\0"
                         "11\0"
                         "2\0"
                         "B\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("2\0"
                         "1\0"
                         "1\0"));
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    tape_hears(&t, TAPE_FRAME("71\0"
                              "2\0"
                              "7\0\0"));
    tape_hears(&t, TAPE_FRAME("1\0"
                              "11\0"
                              "2\0"
                              "A\0")); /* the ids the other way round */
    tape_hears(&t, TAPE_FRAME("1\0"
                              "11\0"
                              "1\0"
                              "B\0"));
    tape_hears(&t, TAPE_FRAME("2\0"
                              "1\0"
                              "1\0"));
    cr_expect(tape_said(&t, "expected cancelMktData (key 1) as frame 4, got cancelMktData (key 1): "
                            "not in the recording"),
              "%s", t.lines[0]);
    tape_hears(&t, TAPE_FRAME("2\0"
                              "1\0"
                              "2\0"));
    cr_expect_eq(tape_end(&t), 1);
}

Test(replay, matches_by_content_where_ids_changed_places)
{
    struct tape t;

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "1\0"
                         "A\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "2\0"
                         "B\0"));
    tape_says(&t, TWS_GATEWAY,
              TAPE_FRAME("52\0"
                         "1\0"
                         "1\0"));
    tape_says(&t, TWS_GATEWAY,
              TAPE_FRAME("52\0"
                         "1\0"
                         "2\0"));
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    tape_hears(&t, TAPE_FRAME("71\0"
                              "2\0"
                              "7\0\0"));
    t.sent_len = 0;
    tape_hears(&t, TAPE_FRAME("9\0"
                              "8\0"
                              "1\0"
                              "B\0"));
    tape_hears(&t, TAPE_FRAME("9\0"
                              "8\0"
                              "2\0"
                              "A\0"));
    cr_expect(tape_sent(&t, join(TAPE_FRAME("52\0"
                                            "1\0"
                                            "2\0"),
                                 TAPE_FRAME("52\0"
                                            "1\0"
                                            "1\0"))));
    cr_expect_eq(tape_end(&t), 0);
}

Test(replay, says_when_the_client_is_too_old)
{
    struct tape t;

    record_session(&t);
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..163"));
    cr_expect(tape_said(&t, "the client offers no version above 163; the recording is of version "
                            "176, and what it is sent will not be understood"));
    cr_expect_gt(tape_end(&t), 0);
}

Test(replay, keeps_pauses_relative_to_the_last_frame_it_waited_for)
{
    struct tape t;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_pause(&t, 299 * TAPE_MS); /* 300 ms behind the hello, then 1 ms and 500 ms more */
    tape_says(&t, TWS_GATEWAY,
              TAPE_RAW("\0\0\0\x08"
                       "17"));
    tape_pause(&t, 499 * TAPE_MS);
    tape_says(&t, TWS_GATEWAY,
              TAPE_RAW("6\0"
                       "now\0"));
    t.config.speed = 2;
    tape_plays(&t, TWS_GATEWAY);
    tape_waits(&t, 10 * SECOND); /* the client takes its time */
    cr_expect_eq(t.n_pieces, 0);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    cr_expect_eq(t.n_pieces, 0);
    tape_waits(&t, SECOND);
    cr_assert_eq(t.n_pieces, 2);
    cr_expect_eq(t.pieces[0].at, TAPE_START * 2 + 10 * SECOND + 150 * TAPE_MS);
    cr_expect_eq(t.pieces[1].at, t.pieces[0].at + 250 * TAPE_MS);
    cr_expect(tape_sent(&t, TAPE_FRAME("176\0now\0")));
    tape_end(&t);
}

Test(replay, keeps_recorded_segments_or_sends_frame_by_frame)
{
    struct tape_bytes version = TAPE_FRAME("176\0now\0"), time = TAPE_FRAME("49\0"
                                                                            "1\0"
                                                                            "9\0");
    struct tape_bytes both = join(version, time);
    struct tape t;

    for (int whole = 0; whole < 2; whole++) {
        tape_begin(&t);
        tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
        tape_says(&t, TWS_GATEWAY, tape_raw(both.b, 5));
        tape_says(&t, TWS_GATEWAY, tape_raw(both.b + 5, both.n - 5));
        t.config.whole_frames = whole;
        tape_plays(&t, TWS_GATEWAY);
        tape_hears(&t, TAPE_HELLO("v100..176"));
        cr_assert_eq(t.n_pieces, 2);
        cr_expect_eq(t.pieces[0].n, whole ? version.n : 5);
        cr_expect_eq(t.pieces[1].n, whole ? time.n : both.n - 5);
        cr_expect(tape_sent(&t, both));
        tape_end(&t);
    }
}

/* A rewritten frame in pieces: every way of cutting it gives the same bytes. */
Test(replay, rewrites_a_frame_that_was_recorded_in_pieces)
{
    struct tape_bytes end = TAPE_FRAME("52\0"
                                       "1\0"
                                       "1001\0");
    struct tape t;

    for (size_t cut = 1; cut < end.n; cut++) {
        tape_begin(&t);
        tape_handshake(&t, "1");
        tape_says(&t, TWS_CLIENT,
                  TAPE_FRAME("9\0"
                             "8\0"
                             "1001\0"));
        tape_says(&t, TWS_GATEWAY, tape_raw(end.b, cut));
        tape_says(&t, TWS_CLIENT,
                  TAPE_FRAME("9\0"
                             "8\0"
                             "1002\0"));
        tape_says(&t, TWS_GATEWAY, tape_raw(end.b + cut, end.n - cut));
        tape_plays(&t, TWS_GATEWAY);
        tape_hears(&t, TAPE_HELLO("v100..176"));
        tape_hears(&t, TAPE_FRAME("71\0"
                                  "2\0"
                                  "7\0\0"));
        t.sent_len = 0;
        tape_hears(&t, TAPE_FRAME("9\0"
                                  "8\0"
                                  "3\0"));
        tape_hears(&t, TAPE_FRAME("9\0"
                                  "8\0"
                                  "4\0"));
        cr_expect(tape_sent(&t, TAPE_FRAME("52\0"
                                           "1\0"
                                           "3\0")),
                  "cut at %zu", cut);
        cr_expect_eq(tape_end(&t), 0);
    }
}

Test(replay, replays_silence_as_silence)
{
    struct tape t;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_pause(&t, 20 * SECOND);
    t.conn->ended_ns = t.now; /* the end of the recording, and of nothing else */
    t.config.speed = 1;
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    tape_waits(&t, 19 * SECOND);
    cr_expect_eq(t.step.what, REPLAY_WAIT);
    tape_waits(&t, 5 * SECOND);
    cr_expect_eq(t.step.what, REPLAY_CLOSE);
    cr_expect_eq(t.sent_len, 0);
    cr_expect_eq(tape_end(&t), 0);
}

Test(replay, ends_as_recorded_by_half_close_or_reset)
{
    struct tape t;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_ends(&t, TWS_GATEWAY, RECORDING_FIN);
    tape_says(&t, TWS_CLIENT,
              TAPE_RAW("\0\0\0\x05"
                       "49\0"
                       "1\0"));
    tape_ends(&t, TWS_CLIENT, RECORDING_FIN);
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    cr_expect(t.fin && t.step.what == REPLAY_WAIT, "half closed: it goes on reading");
    tape_hears(&t, TAPE_FRAME("49\0"
                              "1\0"));
    cr_expect_eq(t.step.what, REPLAY_WAIT);
    tape_hears_end(&t, RECORDING_FIN);
    cr_expect_eq(t.step.what, REPLAY_CLOSE);
    cr_expect_eq(tape_end(&t), 0);

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_ends(&t, TWS_GATEWAY, RECORDING_RST);
    tape_plays(&t, TWS_GATEWAY);
    tape_hears(&t, TAPE_HELLO("v100..176"));
    cr_expect_eq(t.step.what, REPLAY_RESET);
    cr_expect_eq(tape_end(&t), 0);
}

/* ---- the client's side ---- */

static void begin_client(struct tape *t)
{
    t->config.patience_ns = 10 * SECOND;
    tape_plays(t, TWS_CLIENT);
    cr_assert(tape_sent(t, TAPE_HELLO("v100..176")));
    tape_hears(t, TAPE_FRAME("176\0later\0"));
}

Test(replay, plays_the_client_and_waits_for_answers_by_name_and_key)
{
    struct tape t;

    record_session(&t);
    begin_client(&t);
    cr_expect(tape_sent(&t, TAPE_FRAME("71\0"
                                       "2\0"
                                       "7\0\0")));
    tape_hears(&t, TAPE_FRAME("9\0"
                              "1\0"
                              "500\0"));
    cr_expect_eq(t.sent_len, 0, "managedAccounts is due too");
    tape_hears(&t, TAPE_FRAME("15\0"
                              "1\0"
                              "DU2\0"));
    cr_expect_eq(t.sent_len, 15 + 16, "%zu", t.sent_len);
    t.sent_len = 0;
    tape_hears(&t, TAPE_FRAME("10\0"
                              "1\0"
                              "AAPL\0"));
    tape_hears(&t, TAPE_FRAME("52\0"
                              "1\0"
                              "1\0"));
    tape_hears(&t, TAPE_FRAME("4\0"
                              "2\0"
                              "-1\0"
                              "2104\0"
                              "ok\0")); /* a notice: no matter */
    tape_hears(&t, TAPE_FRAME("1\0"
                              "6\0"
                              "2\0"
                              "1\0"
                              "3.5\0"));
    cr_expect(tape_sent(&t, TAPE_FRAME("2\0"
                                       "1\0"
                                       "2\0")));
    cr_expect(t.fin);
    tape_hears_end(&t, RECORDING_FIN);
    cr_expect_eq(t.step.what, REPLAY_CLOSE);
    cr_expect_eq(tape_end(&t), 0);
}

Test(replay, says_which_answer_did_not_come_and_which_error_was_not_recorded)
{
    struct tape t;

    record_session(&t);
    begin_client(&t);
    tape_hears(&t, TAPE_FRAME("15\0"
                              "1\0"
                              "DU2\0"));
    tape_hears(&t, TAPE_FRAME("9\0"
                              "1\0"
                              "500\0"));
    tape_hears(&t, TAPE_FRAME("4\0"
                              "2\0"
                              "1\0"
                              "200\0"
                              "no such contract\0"));
    cr_expect(tape_said(&t,
                        "expected contractDetailsEnd (key 1) as frame 4, got error 200 (key 1): "
                        "not in the recording"),
              "%s", t.lines[0]);
    tape_waits(&t, 9 * SECOND);
    cr_expect_not(t.fin);
    tape_waits(&t, 2 * SECOND);
    cr_expect(tape_said(&t, "waited in vain for contractDetailsEnd (key 1)"));
    cr_expect(t.fin, "and went on");
    tape_waits(&t, 11 * SECOND);
    cr_expect(tape_said(&t, "waited in vain for the end of the connection"));
    cr_expect_eq(t.step.what, REPLAY_CLOSE);
    cr_expect_eq(tape_end(&t), 3);
}

Test(replay, ticks_that_do_not_come_are_no_departure)
{
    struct tape t;

    record_session(&t);
    begin_client(&t);
    tape_hears(&t, TAPE_FRAME("15\0"
                              "1\0"
                              "DU2\0"));
    tape_hears(&t, TAPE_FRAME("9\0"
                              "1\0"
                              "500\0"));
    tape_hears(&t, TAPE_FRAME("52\0"
                              "1\0"
                              "1\0"));
    tape_waits(&t, 11 * SECOND);
    cr_expect(t.fin);
    tape_hears_end(&t, RECORDING_FIN);
    cr_expect_eq(tape_end(&t), 0, "%s", t.lines[0]);
}

static void record_order(struct tape *t)
{
    tape_begin(t);
    tape_handshake(t, "100");
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("4\0"
                         "1\0"
                         "101\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("4\0"
                         "2\0"
                         "101\0"
                         "202\0"
                         "cancelled\0"));
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("49\0"
                         "1\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("49\0"
                         "1\0"
                         "9\0"));
}

static void welcome(struct tape *t)
{
    begin_client(t);
    t->sent_len = 0;
    tape_hears(t, TAPE_FRAME("15\0"
                             "1\0"
                             "DU2\0"));
    tape_hears(t, TAPE_FRAME("9\0"
                             "1\0"
                             "5000\0"));
}

Test(replay, does_not_send_orders_unless_told_to)
{
    struct tape t;

    record_order(&t);
    welcome(&t);
    cr_expect(tape_sent(&t, TAPE_FRAME("49\0"
                                       "1\0")),
              "and does not wait for the answer");
    cr_expect(tape_said(&t, "cancelOrder (key 101) is not sent: it cancels an order; --send-orders "
                            "sends such"));
    tape_hears(&t, TAPE_FRAME("49\0"
                              "1\0"
                              "10\0"));
    cr_expect_eq(tape_end(&t), 0);
}

/* What cannot be read may be an order. */
Test(replay, does_not_send_what_it_cannot_read_either)
{
    struct tape t;

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT, TAPE_FRAME("999\0x\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_RAW("\xff\xff\xff\xff"
                       "3\0"));
    welcome(&t);
    cr_expect_eq(t.sent_len, 0);
    cr_expect(tape_said(&t, "an unknown message is not sent: it is not known and may change "
                            "something; --send-orders sends such"));
    cr_expect_eq(tape_end(&t), 0);

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT,
              TAPE_RAW("63\0"
                       "3\0"
                       "1\0"));
    tape_plays(&t, TWS_CLIENT);
    cr_expect(tape_sent(&t, TAPE_RAW("63\0")), "nothing behind a legacy hello can be read");
    tape_end(&t);

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_RAW("\0\0\0\x09"
                       "3\0"));
    welcome(&t);
    cr_expect(tape_sent(&t, TAPE_RAW("\0\0\0\x09"
                                     "3\0")),
              "half a frame does nothing");
    tape_end(&t);
}

Test(replay, sends_orders_under_ids_that_are_free)
{
    struct tape t;

    record_order(&t);
    t.config.send_orders = true;
    welcome(&t);
    cr_expect(tape_sent(&t, TAPE_FRAME("4\0"
                                       "1\0"
                                       "5001\0")));
    tape_hears(&t, TAPE_FRAME("4\0"
                              "2\0"
                              "5001\0"
                              "202\0"
                              "cancelled\0"));
    cr_expect(tape_sent(&t, TAPE_FRAME("49\0"
                                       "1\0")));
    tape_hears(&t, TAPE_FRAME("49\0"
                              "1\0"
                              "10\0"));
    cr_expect_eq(tape_end(&t), 0, "%s", t.lines[0]);
}

Test(replay, calls_again_when_the_gateway_is_newer)
{
    struct tape t;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..226 +PACEAPI"));
    tape_says(&t, TWS_GATEWAY, TAPE_FRAME("176\0now\0"));
    t.config.patience_ns = SECOND;
    tape_plays(&t, TWS_CLIENT);
    tape_hears(&t, TAPE_FRAME("203\0later\0"));
    cr_expect_eq(t.step.what, REPLAY_REDIAL);
    replay_free(t.replay);
    t.config.max_version = 176;
    t.replay = replay_new(&t.config, t.now);
    t.sent_len = 0;
    replay_next(t.replay, t.now, &t.step);
    cr_assert_eq(t.step.what, REPLAY_SEND);
    cr_expect_eq(t.step.n, sizeof "API\0llllv100..176 +PACEAPI" - 1);
    cr_expect_arr_eq(t.step.p, "API\0\0\0\0\x12v100..176 +PACEAPI", t.step.n);
    tape_hears(&t, TAPE_FRAME("163\0later\0"));
    cr_expect_eq(t.step.what, REPLAY_CLOSE, "an older one cannot be played to");
    cr_expect_gt(tape_end(&t), 0);
}

Test(replay, says_so_many_lines_and_counts_the_rest)
{
    struct tape t;

    begin_live(&t);
    for (int i = 0; i < 200; i++)
        tape_hears(&t, TAPE_FRAME("49\0"
                                  "1\0"));
    cr_expect_leq(t.n_lines, REPLAY_LINES + 1);
    cr_expect(tape_said(&t, "more of the like is counted only"));
    cr_expect_eq(tape_end(&t), 203, "200 extra, 3 missing");
}
