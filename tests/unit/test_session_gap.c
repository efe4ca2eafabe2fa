#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct talk t;

static void begin(uint32_t sv)
{
    talk_env(&t, sv);
    talk_open(&t);
}

static void go_live(void)
{
    talk_hello(&t, "v100..200");
    talk_version(&t);
    talk_start_api(&t, 7);
    talk_welcome(&t);
    talk_current_time(&t, TWS_CLIENT);
    talk_current_time(&t, TWS_GATEWAY);
}

static const struct talk_event *finish(void)
{
    talk_finish(&t);
    return talk_last(&t, TWS_EV_VERDICT);
}

static void begin_midstream(uint32_t sv)
{
    talk_env(&t, sv);
    t.midstream = true;
    talk_open(&t);
}

static void ticks(unsigned n)
{
    while (n-- > 0)
        talk_text(&t, TWS_GATEWAY, 2, FIELDS("6", "9001", "0", "300"));
}

/* ---- silences are dated by their threshold ---- */

static void script(int which)
{
    talk_hello(&t, "v100..176");
    if (which == 0) { /* a hello that is answered late */
        talk_wait(&t, 5 * SEC);
        talk_version(&t);
        talk_wait(&t, 20 * SEC);
        return;
    }
    talk_version(&t);
    talk_start_api(&t, 7);
    if (which == 1) { /* no welcome, and a close */
        talk_wait(&t, 100 * SEC);
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        return;
    }
    talk_welcome(&t);
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, 2 * SEC);
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_wait(&t, 11 * SEC);
    talk_current_time(&t, TWS_GATEWAY);
    if (which == 2) /* one answer of two, late */
        return;
    talk_wait(&t, 30 * SEC);
    talk_text(&t, TWS_GATEWAY, 53, FIELDS("1"));
    talk_wait(&t, 1 * SEC);
    if (which == 3)
        tws_session_ask(&t.s, t.now);
    else
        talk_gap(&t, TWS_GATEWAY, 10);
}

Test(session_time, events_are_the_same_however_late_the_ticks)
{
    static struct talk ticked;

    for (int which = 0; which < 5; which++) {
        begin(176);
        script(which);
        finish();
        ticked = t;
        begin(176);
        t.tick = false;
        script(which);
        finish();
        cr_assert_eq(t.n_ev, ticked.n_ev, "%d: %zu, %zu", which, t.n_ev, ticked.n_ev);
        for (size_t i = 0; i < t.n_ev; i++) {
            const struct talk_event *a = &t.ev[i], *b = &ticked.ev[i];

            cr_expect(a->kind == b->kind && a->ts_ns == b->ts_ns && a->n == b->n &&
                          a->trouble == b->trouble && !strcmp(a->says, b->says),
                      "%d: event %zu: %d %d: %s / %s", which, i, a->kind, b->kind, a->says,
                      b->says);
        }
        cr_expect_gt(talk_count(&t, TWS_EV_SILENCE), 0, "%d", which);
    }
}

Test(session_time, a_late_tick_dates_each_silence_at_its_own_time)
{
    const struct talk_event *e;
    uint64_t start;

    begin(176);
    start = t.now;
    talk_hello(&t, "v100..176");
    tws_session_tick(&t.s, start + 500 * SEC);
    e = talk_last(&t, TWS_EV_SILENCE);
    cr_assert_not_null(e);
    cr_expect_eq(e->ts_ns, start + 3 * SEC);
    cr_expect_eq(e->n, 3 * SEC, "waited");
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->ts_ns, start + 3 * SEC);
    cr_expect_eq(tws_session_deadline(&t.s), 0);
    t.now = start + 501 * SEC;
    talk_version(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_RECOVERED)->n, 501 * SEC);
    finish();
}

Test(session_time, never_steps_back)
{
    uint64_t start, last = 0;

    begin(176);
    start = t.now;
    t.now = start + 1 * SEC;
    talk_hello(&t, "v100..176");
    t.now = start; /* an older clock */
    talk_version(&t);
    t.now = start + SEC / 2;
    talk_start_api(&t, 7);
    talk_welcome(&t);
    t.now = start;
    talk_gap(&t, TWS_GATEWAY, 5);
    tws_session_lost(&t.s, start);
    tws_session_ask(&t.s, start);
    finish();
    for (size_t i = 0; i < t.n_ev; i++) {
        cr_expect_geq(t.ev[i].ts_ns, last, "event %zu", i);
        last = t.ev[i].ts_ns;
    }
    cr_expect_eq(last, start + 1 * SEC);
}

/* ---- what is lost is claimed by nobody ---- */

Test(session_gap, excuses_what_was_asked_before)
{
    const struct talk_event *v;

    begin(176);
    go_live();
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_wait(&t, 1 * SEC);
    talk_gap(&t, TWS_GATEWAY, 1448);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    v = finish();
    cr_expect_eq(v->trouble, TWS_TROUBLE_NONE, "%s", v->says);
    cr_expect_eq(v->certainty, TWS_LIKELY);
    cr_expect_not_null(strstr(v->says, "as far as it was seen"), "%s", v->says);
    cr_expect_not_null(talk_evidence(v, "bytes lost in the capture: 0 of the client, 1448 of the "
                                        "gateway, in 1 hole"));
    for (size_t i = 0; i < t.n_ev; i++)
        cr_expect(t.ev[i].kind != TWS_EV_REQUEST || t.ev[i].status != TWS_REQ_UNANSWERED);
    cr_expect_eq(t.env.summary.gaps, 1);
    cr_expect_eq(t.env.summary.missing, 1448);
    cr_expect_eq(t.diagnosis.healthy, 1);
}

/* A cancel may have been in it. */
Test(session_gap, of_the_client_excuses_too)
{
    begin(176);
    go_live();
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_gap(&t, TWS_CLIENT, 7);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

Test(session_gap, lost_packets_excuse_too)
{
    const struct talk_event *v;

    begin(176);
    go_live();
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    tws_session_lost(&t.s, t.now);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    v = finish();
    cr_expect_eq(v->trouble, TWS_TROUBLE_NONE);
    cr_expect_not_null(talk_evidence(v, "packets lost before the capture"));
    cr_expect_eq(talk_count(&t, TWS_EV_GAP), 0);
}

Test(session_gap, what_is_asked_after_it_is_owed_again)
{
    const struct talk_event *v;

    begin(176);
    go_live();
    ticks(1);
    talk_gap(&t, TWS_GATEWAY, 26);
    talk_wait(&t, 1 * SEC);
    ticks(3);
    cr_assert_eq(talk_count(&t, TWS_EV_GAP), 1);
    cr_expect(talk_last(&t, TWS_EV_GAP)->found);
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_wait(&t, 15 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    v = finish();
    cr_expect_eq(v->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_leq(v->certainty, TWS_LIKELY);
}

/* Bytes that are not understood yet may be the answer. */
Test(session_gap, nothing_is_claimed_while_frames_are_searched_for)
{
    begin(176);
    go_live();
    talk_gap(&t, TWS_GATEWAY, 26);
    talk_wait(&t, 1 * SEC);
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_bytes(&t, TWS_GATEWAY,
               "of a frame\0\0\0\0\x05"
               "53\0",
               18);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_bytes(&t, TWS_GATEWAY, "1\0", 2);
    talk_wait(&t, 1 * SEC);
    ticks(3);
    cr_expect_eq(talk_last(&t, TWS_EV_REQUEST)->status, TWS_REQ_ENDED);
    cr_expect_eq(talk_last(&t, TWS_EV_REQUEST)->id, 16);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

/* ... but not one byte since the question is a silence all the same. */
Test(session_gap, no_byte_at_all_is_a_silence)
{
    begin(176);
    go_live();
    talk_gap(&t, TWS_GATEWAY, 26);
    talk_wait(&t, 1 * SEC);
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_wait(&t, 15 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(finish()->trouble, TWS_LIVE_REQUEST_UNANSWERED);
}

Test(session_gap, ends_a_silence_of_its_sender)
{
    begin(176);
    go_live();
    talk_text(&t, TWS_CLIENT, 16, FIELDS("1"));
    talk_wait(&t, 12 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_gap(&t, TWS_GATEWAY, 400);
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

Test(session_gap, hides_the_answer_to_the_handshake)
{
    static const enum tws_ending endings[] = {TWS_FIN, TWS_END_OF_CAPTURE};

    for (size_t i = 0; i < 2; i++) {
        for (int stage = 0; stage < 2; stage++) {
            const struct talk_event *v;

            begin(176);
            talk_hello(&t, "v100..176");
            if (stage) {
                talk_version(&t);
                talk_start_api(&t, 7);
            }
            talk_gap(&t, TWS_GATEWAY, 50);
            talk_wait(&t, 20 * SEC);
            talk_close(&t, TWS_CLIENT, endings[i]);
            v = finish();
            cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
            cr_expect_eq(v->trouble, TWS_TROUBLE_NONE, "%d: %s", stage, v->says);
            cr_expect_eq(t.port.unanswered, 0);
        }
    }
}

/* The version reply was lost; startApi proves it, and what follows is judged as ever. */
Test(session_gap, what_follows_proves_the_stages_before)
{
    begin(176);
    talk_hello(&t, "v100..176");
    talk_gap(&t, TWS_GATEWAY, 46);
    talk_wait(&t, 1 * MS);
    talk_start_api(&t, 7);
    cr_expect_eq(t.s.stage, TWS_START);
    talk_wait(&t, 4 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_STARTAPI_UNANSWERED);
    talk_accounts(&t, "DU9000001");
    talk_next_id(&t);
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:usfarm");
    cr_expect_eq(t.s.stage, TWS_READY, "%d", t.s.stage);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

Test(session_gap, a_lost_startapi_is_not_missed)
{
    begin(176);
    talk_hello(&t, "v100..176");
    talk_version(&t);
    talk_gap(&t, TWS_CLIENT, 12);
    talk_wait(&t, 10 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_welcome(&t);
    cr_expect_eq(t.s.stage, TWS_READY, "%d", t.s.stage);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

/* ---- seen from the middle on ---- */

Test(session_midstream, is_live_at_once_and_owes_nothing)
{
    const struct talk_event *v;

    begin_midstream(176);
    talk_wait(&t, 100 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    ticks(4);
    cr_expect_eq(t.s.stage, TWS_LIVE);
    cr_expect_eq(talk_count(&t, TWS_EV_STAGE), 1);
    cr_expect_eq(t.s.frames[1], 4);
    talk_wait(&t, 100 * SEC);
    v = finish();
    cr_expect_eq(v->trouble, TWS_TROUBLE_NONE, "%s", v->says);
    cr_expect_eq(v->certainty, TWS_CERTAIN);
    cr_expect_not_null(talk_evidence(v, "server version: at most 200, inferred"));
    cr_expect_not_null(talk_evidence(v, "stages reached: seen from the middle on, live"));
    cr_expect_eq(talk_count(&t, TWS_EV_GAP), 0, "nothing was skipped");
}

Test(session_midstream, hears_a_silence_of_what_is_asked_now)
{
    begin_midstream(176);
    ticks(4);
    talk_current_time(&t, TWS_CLIENT); /* may have been asked before we knew how to read */
    talk_wait(&t, 20 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, 20 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    cr_expect_eq(finish()->trouble, TWS_LIVE_REQUEST_UNANSWERED);
}

Test(session_midstream, with_the_hello_is_as_from_the_start)
{
    const struct talk_event *v;

    begin_midstream(176);
    talk_hello(&t, "v100..176");
    talk_wait(&t, 5 * SEC);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_HELLO_UNANSWERED);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    v = finish();
    cr_expect_eq(v->trouble, TWS_HELLO_UNANSWERED, "%s", v->says);
}

Test(session_midstream, begins_with_the_version_reply)
{
    begin_midstream(176);
    talk_version(&t);
    cr_expect_eq(t.s.stage, TWS_VERSION);
    cr_expect_eq(t.s.conversation.reading.server_version, 176);
    talk_start_api(&t, 7);
    cr_expect_eq(t.s.stage, TWS_START);
    talk_wait(&t, 4 * SEC);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_STARTAPI_UNANSWERED);
    talk_welcome(&t);
    cr_expect_eq(t.s.stage, TWS_READY);
    cr_expect_eq(finish()->trouble, TWS_TROUBLE_NONE);
}

Test(session_midstream, begins_with_start_api)
{
    begin_midstream(176);
    talk_start_api(&t, 7);
    cr_expect_eq(t.s.stage, TWS_START);
    cr_expect_eq(t.s.handshake.client_id, 7);
    talk_wait(&t, 4 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    cr_expect_eq(finish()->trouble, TWS_STARTAPI_UNANSWERED);
}

Test(session_midstream, takes_no_other_message_of_two_fields_for_the_reply)
{
    begin_midstream(176);
    talk_text(&t, TWS_GATEWAY, 53, FIELDS("1"));
    talk_text(&t, TWS_GATEWAY, 62, FIELDS("1"));
    ticks(3);
    cr_expect_eq(t.s.conversation.reading.server_version, 0);
    cr_expect_eq(t.s.stage, TWS_LIVE);
    finish();
}

Test(session_midstream, infers_the_version_of_raw_ids)
{
    begin_midstream(203);
    talk_notice(&t, -1, 2104, "OK:usfarm"); /* protobuf: 203 or later */
    talk_next_id(&t);                       /* text: before 213 */
    talk_accounts(&t, "DU9000001");         /* text: before 207 */
    cr_expect_not_null(talk_evidence(finish(), "server version: 203 to 206, inferred"));
}

Test(session_midstream, that_is_no_tws_accuses_nobody)
{
    static uint8_t noise[1 << 16];
    const struct talk_event *v;

    begin_midstream(176);
    memset(noise, 0xa5, sizeof noise);
    for (int i = 0; i < 80; i++)
        talk_bytes(&t, TWS_GATEWAY, noise, sizeof noise);
    cr_assert_eq(talk_count(&t, TWS_EV_OPAQUE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_OPAQUE)->id, TWS_OPAQUE_NO_FRAMES);
    talk_wait(&t, 100 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    v = finish();
    cr_expect_eq(v->trouble, TWS_TROUBLE_NONE, "%s", v->says);
    cr_expect_eq(v->certainty, TWS_CANNOT_TELL);
    cr_expect_eq(t.port.early_closes, 0);
}

Test(session_midstream, says_what_it_skipped)
{
    const struct talk_event *gap;

    begin_midstream(176);
    talk_bytes(&t, TWS_GATEWAY, "the rest of a frame", 20);
    ticks(3);
    gap = talk_last(&t, TWS_EV_GAP);
    cr_assert_not_null(gap);
    cr_expect(gap->n == 0 && gap->skipped == 20 && gap->found && gap->side == TWS_GATEWAY);
    talk_bytes(&t, TWS_CLIENT, "nothing", 7);
    finish();
    gap = talk_last(&t, TWS_EV_GAP);
    cr_expect(gap->n == 0 && gap->skipped == 7 && !gap->found && gap->side == TWS_CLIENT);
}

/* ---- where a frame stands in its stream ---- */

static uint8_t stream[4096];
static size_t stream_len;
static unsigned placed;

static void look_up(void *ctx, const struct tws_event *ev)
{
    uint64_t at = ev->u.frame.offset, head = ev->u.frame.wire_len - ev->u.frame.payload.left;

    (void)ctx;
    if (ev->kind != TWS_EV_FRAME || ev->u.frame.dir != TWS_GATEWAY)
        return;
    cr_assert(at <= stream_len && ev->u.frame.wire_len <= stream_len - at && head == 4);
    cr_assert_eq(memcmp(stream + at + head, ev->u.frame.payload.p, ev->u.frame.payload.left), 0);
    cr_assert_eq(stream[at + 3], ev->u.frame.payload.left);
    placed++;
}

static void make_stream(void)
{
    stream_len =
        (size_t)sprintf((char *)stream, "%c%c%c%c176%c20260102 10:00:00 UTC%c", 0, 0, 0, 26, 0, 0);
    while (stream_len < 1500) {
        char price[32];
        int n = sprintf(price, "1%c6%c9001%c1%c%zu%c5%c0%c", 0, 0, 0, 0, 100 + stream_len, 0, 0, 0);

        stream_len += (size_t)sprintf((char *)stream + stream_len, "%c%c%c%c", 0, 0, 0, n);
        memcpy(stream + stream_len, price, (size_t)n);
        stream_len += (size_t)n;
    }
}

static void feed(size_t from, size_t to, size_t step)
{
    for (; from < to; from += step)
        talk_bytes(&t, TWS_GATEWAY, stream + from, to - from < step ? to - from : step);
}

Test(session_gap, frames_have_their_place_in_the_stream)
{
    make_stream();
    for (size_t step = 1; step < 400; step = step * 2 + 1) {
        for (size_t gap = 0; gap < 90; gap++) {
            size_t from = 300 + gap % 30;

            begin(176);
            t.env.sink.put = look_up;
            placed = 0;
            feed(0, from, step);
            if (gap)
                talk_gap(&t, TWS_GATEWAY, gap);
            feed(from + gap, stream_len, step);
            talk_finish(&t);
            cr_expect_geq(placed, 40, "cut by %zu, without %zu from %zu: %u frames", step, gap,
                          from, placed);
        }
    }
}

/* ---- a log that leaves one side out ---- */

static void ask_unseen(bool unseen)
{
    begin(176);
    go_live();
    talk_current_time(&t, TWS_CLIENT);
    if (unseen)
        tws_session_unseen(&t.s, TWS_GATEWAY, t.now);
    talk_wait(&t, 60 * SEC);
}

Test(session_gap, a_side_that_is_not_in_the_log_owes_nothing)
{
    ask_unseen(false);
    cr_expect_not_null(talk_last(&t, TWS_EV_SILENCE), "it is a silence where both sides are seen");
    finish();
    ask_unseen(true);
    cr_expect_null(talk_last(&t, TWS_EV_SILENCE));
    finish();
    cr_expect_null(talk_last(&t, TWS_EV_GAP), "and nothing was lost");
}

Test(session_gap, a_log_tells_nothing_of_tcp)
{
    struct tws_verdict v;

    begin(176);
    t.env.logged = true;
    go_live();
    talk_close(&t, TWS_GATEWAY, TWS_RST);
    talk_verdict(&t.s, t.now, &v);
    cr_expect_gt(v.n_evidence, 0);
    for (size_t i = 0; i < v.n_evidence; i++)
        cr_expect_eq(v.evidence[i].source, TWS_FROM_LOG, "%s", v.evidence[i].what);
    cr_expect_eq(v.n_causes, 0);
    finish();
}
