#include "recording.h"
#include "replay_rules.h"
#include "tape.h"
#include <criterion/criterion.h>
#include <string.h>

static const struct recording_unit *unit(const struct tape *t, enum tws_side side, uint32_t i)
{
    const struct recording_side *s = recording_side(t->conn, side);

    cr_assert_lt(i, s->n_units);
    return &s->units[i];
}

Test(recording, finds_the_frames_of_both_sides_and_what_they_are)
{
    struct tape t;

    tape_begin(&t);
    tape_handshake(&t, "1");
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("9\0"
                         "8\0"
                         "1001\0"));
    tape_ends(&t, TWS_CLIENT, RECORDING_FIN);
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(t.conn->reading.server_version, 176);
    cr_expect_eq(t.conn->reading.hello_max, 176);
    cr_expect_eq(recording_side(t.conn, TWS_CLIENT)->n_units, 4);
    cr_expect_eq(unit(&t, TWS_CLIENT, 0)->kind, RECORDING_HELLO);
    cr_expect_eq(unit(&t, TWS_CLIENT, 1)->id, 71);
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->id, 9);
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->key, 1001);
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->space, REPLAY_REQ_IDS);
    cr_expect_eq(unit(&t, TWS_CLIENT, 3)->kind, RECORDING_END);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 0)->kind, RECORDING_VERSION);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 1)->id, 15);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 2)->space, REPLAY_NO_KEY);
    tape_end(&t);
}

/* A frame is there when its last byte is, and that has its segment and its time. */
Test(recording, dates_a_frame_in_pieces_by_its_last)
{
    struct tape_bytes f = TAPE_FRAME("49\0"
                                     "1\0");
    struct tape t;

    tape_begin(&t);
    tape_handshake(&t, "1");
    for (size_t i = 0; i < f.n; i++)
        tape_says(&t, TWS_CLIENT, tape_raw(f.b + i, 1));
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->item, 5 + f.n - 1);
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->ts_ns, t.now - TAPE_MS);
    cr_expect_eq(unit(&t, TWS_CLIENT, 2)->len, f.n);
    tape_end(&t);
}

Test(recording, keeps_what_is_no_frame_as_it_is)
{
    struct tape t;

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_says(&t, TWS_GATEWAY, TAPE_RAW("HTTP/1.1 400 Bad Request\r\n"));
    tape_says(&t, TWS_GATEWAY, TAPE_RAW("\r\n"));
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(recording_side(t.conn, TWS_GATEWAY)->n_units, 1);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 0)->kind, RECORDING_RAW);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 0)->len, 28);
    cr_expect_eq(t.conn->reading.server_version, 0);
    tape_end(&t);

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_RAW("API\0\0\0\0\x09v1"));
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(unit(&t, TWS_CLIENT, 0)->kind, RECORDING_RAW, "half a hello");
    tape_end(&t);

    tape_begin(&t);
    tape_says(&t, TWS_CLIENT, TAPE_RAW("63\0"));
    tape_says(&t, TWS_GATEWAY,
              TAPE_RAW("76\0"
                       "now\0"));
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(unit(&t, TWS_CLIENT, 0)->kind, RECORDING_HELLO);
    cr_expect_eq(unit(&t, TWS_GATEWAY, 0)->kind, RECORDING_RAW, "nothing is framed");
    tape_end(&t);
}

Test(recording, leaves_out_what_came_after_a_gap_and_says_so)
{
    struct tape t;
    char line[256];

    tape_begin(&t);
    tape_handshake(&t, "1");
    cr_expect_str_empty(recording_about(t.conn, line, sizeof line));
    recording_gap(t.conn, TWS_GATEWAY, 1448, t.now);
    tape_says(&t, TWS_CLIENT,
              TAPE_FRAME("49\0"
                         "1\0"));
    tape_ends(&t, TWS_CLIENT, RECORDING_FIN);
    recording_gap(t.conn, TWS_CLIENT, 1, t.now);
    cr_assert(recording_seal(t.recording));
    cr_expect_eq(t.conn->n_items, 5);
    cr_expect_eq(recording_side(t.conn, TWS_CLIENT)->n_units, 2);
    cr_expect_str_eq(recording_about(t.conn, line, sizeof line),
                     "connection 1: 1448 bytes of the gateway are missing 0.005 s after its "
                     "opening; it is replayed up to there");
    tape_end(&t);
}

Test(recording, says_why_one_cannot_be_replayed)
{
    struct tape t;
    char line[256];

    tape_begin(&t);
    t.conn->flaw = RECORDING_NO_BEGINNING;
    cr_expect_str_eq(recording_about(t.conn, line, sizeof line),
                     "connection 1 was open before the recording began and cannot be replayed");
    t.conn->flaw = RECORDING_NOT_OPENED;
    cr_expect_str_eq(recording_about(t.conn, line, sizeof line),
                     "connection 1 was never established and cannot be replayed");
    tape_end(&t);
}

Test(recording, refuses_more_than_it_holds)
{
    static uint8_t megabyte[1u << 20];
    struct recording *r = recording_new();
    struct recording_conn *c = recording_open(r, 1);
    uint32_t n = 0;

    while (n < 1000 && recording_bytes(r, c, TWS_GATEWAY, megabyte, sizeof megabyte, 2))
        n++;
    cr_expect_eq(n, 255, "and a little for the notes");
    cr_expect(r->too_long);
    cr_expect_leq(r->used, RECORDING_MAX);
    recording_free(r);
}

Test(recording, refuses_more_connections_than_it_holds)
{
    struct recording *r = recording_new();
    uint32_t n = 0;

    while (n < RECORDING_CONNS_MAX + 10 && recording_open(r, 1))
        n++;
    cr_expect_eq(n, RECORDING_CONNS_MAX);
    cr_expect(r->too_long);
    recording_free(r);
}
