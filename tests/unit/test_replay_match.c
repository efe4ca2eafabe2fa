#include "replay_match.h"
#include "tape.h"
#include <criterion/criterion.h>

static uint32_t match(struct replay_match *m, struct replay_ids *ids, struct tape_bytes frame)
{
    struct tws_cursor payload = {frame.b + 4, frame.n - 4};
    struct tws_message message;
    struct replay_frame f;

    tws_reading_message(&m->conn->reading, m->peer, payload, &message);
    replay_frame_read(&message, &f);
    return replay_match_frame(m, ids, &f);
}

static void seal(struct tape *t, struct replay_match *m, enum tws_side peer)
{
    cr_assert(recording_seal(t->recording));
    cr_assert(replay_match_init(m, t->conn, peer));
}

/* Units 0 and 1 of the client are hello and startApi. */
Test(replay_match, takes_each_recorded_frame_once_and_remembers_what_came_early)
{
    struct tape t;
    struct replay_match m;
    struct replay_ids ids = {0};

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("49\0"
                         "1\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "1\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("49\0"
                         "1\0"));
    seal(&t, &m, TWS_CLIENT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("9\0"
                                  "8\0"
                                  "77\0")),
                 3);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("49\0"
                                  "1\0")),
                 2);
    cr_expect_eq(replay_match_first(&m, 5), 0, "hello and startApi are open");
    cr_expect_eq(replay_match_kind(&m, RECORDING_HELLO), 0);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("71\0"
                                  "2\0"
                                  "9\0\0")),
                 1);
    cr_expect_eq(replay_match_first(&m, 5), 4);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("49\0"
                                  "1\0")),
                 4);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("49\0"
                                  "1\0")),
                 REPLAY_NO_UNIT);
    cr_expect_eq(replay_match_first(&m, 5), 5, "nothing is open");
    cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, 1, NULL), 77);
    replay_match_free(&m);
    replay_ids_free(&ids);
    tape_end(&t);
}

/* A client may give one id to one request after the other, and the recorded one may have too. */
Test(replay_match, lets_ids_be_used_again_on_either_side)
{
    struct tape t;
    struct replay_match m;
    struct replay_ids ids = {0};

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
                         "1\0"
                         "B\0"));
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "2\0"
                         "C\0"));
    seal(&t, &m, TWS_CLIENT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("9\0"
                                  "8\0"
                                  "5\0"
                                  "A\0")),
                 2);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("9\0"
                                  "8\0"
                                  "6\0"
                                  "B\0")),
                 3);
    cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, 1, NULL), 6);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("9\0"
                                  "8\0"
                                  "6\0"
                                  "C\0")),
                 4);
    cr_expect_eq(replay_ids_live(&ids, REPLAY_REQ_IDS, 2, NULL), 6);
    replay_match_free(&m);
    replay_ids_free(&ids);
    tape_end(&t);
}

Test(replay_match, knows_an_unknown_message_by_its_content_alone)
{
    struct tape t;
    struct replay_match m;
    struct replay_ids ids = {0};

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("999\0"
                         "x\0"));
    seal(&t, &m, TWS_CLIENT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("999\0"
                                  "y\0")),
                 REPLAY_NO_UNIT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("998\0"
                                  "x\0")),
                 REPLAY_NO_UNIT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("999\0"
                                  "x\0")),
                 2);
    replay_match_free(&m);
    tape_end(&t);
}

Test(replay_match, takes_a_gateway_at_its_key_and_its_error_code)
{
    struct tape t;
    struct replay_match m;
    struct replay_ids ids = {0};

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_GATEWAY,
              TAPE_FRAME("52\0"
                         "1\0"
                         "1\0"));
    tape_says(&t, TWS_GATEWAY,
              TAPE_FRAME("4\0"
                         "2\0"
                         "3\0"
                         "200\0"
                         "no\0"));
    tape_says(&t, TWS_GATEWAY,
              TAPE_FRAME("4\0"
                         "2\0"
                         "3\0"
                         "321\0"
                         "no\0"));
    seal(&t, &m, TWS_GATEWAY);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("52\0"
                                  "1\0"
                                  "2\0")),
                 REPLAY_NO_UNIT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("52\0"
                                  "1\0"
                                  "1\0")),
                 3);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("4\0"
                                  "2\0"
                                  "3\0"
                                  "201\0"
                                  "no\0")),
                 REPLAY_NO_UNIT);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("4\0"
                                  "2\0"
                                  "3\0"
                                  "321\0"
                                  "why\0")),
                 5);
    replay_match_drop_all(&m, 4, 3);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("4\0"
                                  "2\0"
                                  "3\0"
                                  "200\0"
                                  "no\0")),
                 REPLAY_NO_UNIT);
    replay_match_free(&m);
    tape_end(&t);
}

/* Many alike, given up from both ends: each is found once, in order. */
Test(replay_match, finds_its_way_through_what_is_done)
{
    struct tape t;
    struct replay_match m;
    struct replay_ids ids = {0};
    uint32_t n = 2000;

    tape_begin(&t);
    tape_handshake(&t, "1");
    for (uint32_t i = 0; i < n; i++)
        tape_says(&t, TWS_GATEWAY,
                  TAPE_FRAME("1\0"
                             "6\0"
                             "2\0"
                             "1\0"));
    seal(&t, &m, TWS_GATEWAY);
    for (uint32_t i = 3; i < n + 3; i += 2)
        replay_match_drop(&m, i);
    for (uint32_t i = 4; i < n + 3; i += 2)
        cr_assert_eq(match(&m, &ids,
                           TAPE_FRAME("1\0"
                                      "6\0"
                                      "2\0"
                                      "1\0")),
                     i);
    cr_expect_eq(match(&m, &ids,
                       TAPE_FRAME("1\0"
                                  "6\0"
                                  "2\0"
                                  "1\0")),
                 REPLAY_NO_UNIT);
    replay_match_free(&m);
    tape_end(&t);
}
