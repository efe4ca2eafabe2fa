#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A session that is welcomed and lives: subscriptions, classes of requests, links, limits. */

static struct talk t;

static void live(void)
{
    talk_live(&t, 176);
    t.env.sink.wants &= ~TWS_WANTS(TWS_EV_FRAME); /* there will be many */
}

static void subscribe(const char *key)
{
    talk_text(&t, TWS_CLIENT, 1, FIELDS("11", key, "265598", "AAPL", "STK"));
}

static void tick(const char *key)
{
    talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", key, "1", "314.5", "200", "0"));
}

/* Served four times a second. */
static void served(int quarters)
{
    for (int i = 0; i < quarters; i++) {
        tick("534");
        talk_wait(&t, 250 * MS);
    }
}

/* ---- subscriptions ---- */

Test(live, says_while_it_lives_that_subscriptions_stopped)
{
    const struct talk_event *silence;

    live();
    subscribe("534");
    served(40);
    talk_wait(&t, 9 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_wait(&t, 2 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    silence = talk_last(&t, TWS_EV_SILENCE);
    cr_expect_eq(silence->trouble, TWS_LIVE_GATEWAY_QUIET);
    cr_expect_eq(silence->side, TWS_GATEWAY);
    cr_expect_eq(silence->n, 10 * SEC, "dated when it was due");
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->certainty, TWS_CANNOT_TELL);
    cr_expect(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "subscriptions"));
    tick("534");
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    served(20);
    talk_wait(&t, 12 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 2, "and a second time, by the same rhythm");
    talk_finish(&t);
}

Test(live, judges_subscriptions_by_their_own_rhythm)
{
    live();
    talk_wait(&t, 120 * SEC); /* away from the quarter of an hour */
    subscribe("534");
    for (int i = 0; i < 20; i++) { /* a quiet instrument: a tick every five seconds */
        tick("534");
        talk_wait(&t, 5 * SEC);
    }
    talk_wait(&t, 34 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_wait(&t, 2 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1, "eight times its pause");
    talk_finish(&t);
}

Test(live, takes_a_market_that_closes_for_no_silence)
{
    live();
    t.now += (900 - t.now / SEC % 900) * SEC - 20 * SEC; /* 20 s before the quarter */
    subscribe("534");
    served(76); /* up to a second before it */
    talk_wait(&t, 3600 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

Test(live, takes_a_cancel_for_what_it_is)
{
    live();
    subscribe("534");
    served(40);
    talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
    talk_wait(&t, 60 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

Test(live, learns_the_rhythm_anew_when_the_busy_one_is_over)
{
    static const char *const over[] = {"cancelled", "turned down"};

    for (int way = 0; way < 2; way++) {
        live();
        subscribe("535"); /* rarely */
        talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", "535", "1", "314.5", "200", "0"));
        subscribe("534");
        served(40);
        if (way == 0)
            talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
        else
            talk_notice(&t, 534, 354, "Requested market data is not subscribed.");
        talk_wait(&t, 60 * SEC);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "%s", over[way]);
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        talk_finish(&t);
        cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE, "%s", over[way]);
    }
}

/* Two instruments; the first stops after `together` quarters of a second. */
static void sisters(int together, int alone)
{
    subscribe("534");
    subscribe("535");
    for (int i = 0; i < together + alone; i++) {
        if (i < together)
            tick("534");
        tick("535");
        talk_wait(&t, 250 * MS);
    }
}

Test(live, names_one_subscription_that_stopped_while_its_sister_is_served)
{
    const struct talk_event *v;

    live();
    sisters(80, 4 * 29);
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    for (int i = 0; i < 8; i++) {
        tick("535");
        talk_wait(&t, 250 * MS);
    }
    cr_assert_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 0, "the sister does not pay for it");
    v = talk_last(&t, TWS_EV_VERDICT);
    cr_expect(strstr(v->says, "reqMktData 534 was served at least every 250 ms"), "%s", v->says);
    cr_expect(strstr(talk_evidence(v, "subscriptions"), "2 served so far, 1 silent"));
    tick("534");
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_finish(&t);
}

Test(live, lets_an_instrument_that_is_rarely_served_rest)
{
    live();
    sisters(20, 4 * 300); /* twenty answers are no rhythm to judge one of several by */
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_finish(&t);
}

/* ---- classes of requests ---- */

Test(live, gives_each_class_of_request_its_own_time)
{
    static const struct {
        int id;
        const char *fields[4];
        uint64_t allowed;
    } rows[] = {
        {49, {"1"}, 10 * SEC},         /* reqCurrentTime */
        {24, {"1"}, 90 * SEC},         /* reqScannerParameters */
        {4, {"1", "42", ""}, 5 * SEC}, /* cancelOrder */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        live();
        talk_text(&t, TWS_CLIENT, rows[i].id, rows[i].fields);
        talk_wait(&t, rows[i].allowed - 10 * MS);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "%d", rows[i].id);
        talk_wait(&t, 20 * MS);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1, "%d", rows[i].id);
        talk_finish(&t);
    }
}

Test(live, lets_the_user_set_the_times)
{
    live();
    t.env.timing.slow_ns = 20 * SEC;
    t.env.timing.order_ns = 2 * SEC;
    talk_text(&t, TWS_CLIENT, 24, FIELDS("1"));
    talk_wait(&t, 19 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_text(&t, TWS_CLIENT, 4, FIELDS("1", "42", ""));
    talk_wait(&t, 1500 * MS);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1, "the scanner's parameters");
    talk_finish(&t);
}

Test(live, takes_a_history_of_a_minute_for_slow)
{
    live();
    talk_text(&t, TWS_CLIENT, 20, FIELDS("77", "265598", "AAPL", "STK"));
    talk_wait(&t, 60 * SEC);
    talk_text(&t, TWS_GATEWAY, 17, FIELDS("77", "a", "b", "0"));
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

/* ---- links ---- */

Test(live, follows_the_link_to_ib)
{
    const struct talk_event *v;

    live();
    talk_notice(&t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, 11 * SEC);
    v = talk_last(&t, TWS_EV_VERDICT);
    cr_expect_str_eq(v->mode, "upstream-lost");
    cr_expect(strstr(talk_evidence(v, "gateway's link to IB"), "lost 11.0 s before") ||
                  strstr(talk_evidence(v, "gateway's link to IB"), "lost 10.0 s before"),
              "%s", talk_evidence(v, "gateway's link to IB"));
    talk_notice(&t, -1, 1102, "Connectivity restored - data maintained.");
    talk_wait(&t, 2 * SEC);
    tws_session_ask(&t.s, t.now);
    v = talk_last(&t, TWS_EV_VERDICT);
    cr_expect(strstr(talk_evidence(v, "gateway's link to IB"), "restored 2.0 s before"));
    talk_finish(&t);
}

Test(live, knows_each_farm_by_its_name)
{
    const struct talk_event *v;

    live();
    talk_notice(&t, -1, 2103, "Market data farm connection is broken:usfarm");
    talk_notice(&t, -1, 2105, "HMDS data farm connection is broken:ushmds");
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:eufarm");
    subscribe("534");
    talk_wait(&t, 11 * SEC);
    v = talk_last(&t, TWS_EV_VERDICT);
    cr_expect_str_eq(v->mode, "farm-broken");
    cr_expect(strstr(talk_evidence(v, "data farms"), "usfarm broken for") &&
                  strstr(talk_evidence(v, "data farms"), "and 1 more"),
              "%s", talk_evidence(v, "data farms"));
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:usfarm");
    tws_session_ask(&t.s, t.now);
    cr_expect(strstr(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "data farms"), "ushmds broken"));
    talk_notice(&t, -1, 2106, "HMDS data farm connection is OK:ushmds");
    tws_session_ask(&t.s, t.now);
    cr_expect_null(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "data farms"));
    cr_expect_neq(talk_last(&t, TWS_EV_VERDICT)->mode, talk_last(&t, TWS_EV_SILENCE)->mode + 1);
    talk_finish(&t);
}

Test(live, knows_subscriptions_that_were_lost_with_the_link)
{
    live();
    subscribe("534");
    served(40);
    talk_notice(&t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
    talk_wait(&t, 30 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "while the link is lost nothing is asked");
    talk_notice(&t, -1, 1101, "Connectivity restored - data lost.");
    talk_wait(&t, 11 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "subscriptions-lost");
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->certainty, TWS_CERTAIN);
    subscribe("535");
    talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", "535", "1", "314.5", "200", "0"));
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_finish(&t);
}

/* ---- limits ---- */

static void ask_many(int n, uint64_t every)
{
    for (int i = 0; i < n; i++) {
        talk_text(&t, TWS_CLIENT, 8, FIELDS("1", "1"));
        talk_wait(&t, every);
        talk_text(&t, TWS_GATEWAY, 9, FIELDS("1", "1"));
    }
}

Test(live, says_that_the_limit_of_messages_comes_near_once)
{
    live();
    talk_wait(&t, SEC);
    ask_many(39, 10 * MS);
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 0);
    ask_many(30, 10 * MS);
    cr_assert_eq(talk_count(&t, TWS_EV_PACING), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_PACING)->id, TWS_PACE_OF_MESSAGES);
    cr_expect_eq(talk_last(&t, TWS_EV_PACING)->n, TWS_PACE_NEAR);
    for (int i = 0; i < 4; i++) {
        talk_wait(&t, 2 * SEC);
        ask_many(45, 10 * MS);
    }
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 1, "bursts are one episode");
    talk_wait(&t, 11 * SEC);
    ask_many(45, 10 * MS);
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 2, "it had been far from it");
    talk_finish(&t);
}

Test(live, shows_the_busiest_second_beside_code_100)
{
    live();
    talk_wait(&t, SEC);
    ask_many(55, 10 * MS);
    talk_notice(&t, -1, 100, "Max rate of messages per second has been exceeded");
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    talk_finish(&t);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "rate-limit");
    cr_expect(strstr(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "client's busiest second"),
                     "55 messages"));
}

static void history(int i, const char *symbol)
{
    char key[16];

    snprintf(key, sizeof key, "%d", i);
    talk_text(&t, TWS_CLIENT, 20, FIELDS(key, "265598", symbol, "STK"));
    talk_wait(&t, 100 * MS);
    talk_text(&t, TWS_GATEWAY, 17, FIELDS(key, "a", "b", "0"));
}

Test(live, counts_history_requests_over_ten_minutes)
{
    char symbol[16];

    live();
    for (int i = 0; i < 49; i++) {
        snprintf(symbol, sizeof symbol, "S%d", i);
        history(i, symbol);
        talk_wait(&t, 5 * SEC);
    }
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 0);
    history(50, "LAST");
    cr_assert_eq(talk_count(&t, TWS_EV_PACING), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_PACING)->id, TWS_PACE_OF_HISTORY);
    talk_finish(&t);
}

Test(live, knows_the_same_history_request_within_fifteen_seconds)
{
    live();
    history(1, "AAPL");
    history(2, "MSFT");
    talk_wait(&t, 10 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 0);
    history(3, "AAPL"); /* another reqId is no other request */
    cr_assert_eq(talk_count(&t, TWS_EV_PACING), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_PACING)->id, TWS_PACE_TWICE);
    talk_wait(&t, 16 * SEC);
    history(4, "MSFT");
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 1);
    talk_finish(&t);
}

Test(live, says_once_that_history_is_asked_for_again_and_again)
{
    live();
    for (int i = 0; i < 40; i++) {
        history(i, i % 2 ? "AAPL" : "MSFT");
        talk_wait(&t, 3 * SEC);
    }
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 1, "one episode, one line");
    talk_wait(&t, 31 * SEC);
    history(41, "AAPL");
    history(42, "AAPL");
    cr_expect_eq(talk_count(&t, TWS_EV_PACING), 2);
    talk_finish(&t);
}

/* ---- the client ---- */

Test(live, knows_a_client_that_lost_a_read_of_4096_bytes)
{
    static uint8_t frame[4096] = {0, 0, 0x0f, 0xfc, '1', '9', 0, '1', 0};

    live();
    talk_wait(&t, 2 * SEC);
    talk_text(&t, TWS_CLIENT, 24, FIELDS("1"));
    memset(frame + 9, 'x', sizeof frame - 10);
    talk_bytes(&t, TWS_GATEWAY, frame, sizeof frame);
    talk_wait(&t, 3 * SEC);
    talk_text(&t, TWS_CLIENT, 24, FIELDS("1"));
    talk_text(&t, TWS_GATEWAY, 19, FIELDS("1", "<xml/>"));
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_LIVE_CLIENT_DEAF);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->certainty, TWS_CANNOT_TELL);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->side, TWS_CLIENT);
}

Test(live, takes_a_repeated_question_for_none_of_that)
{
    live();
    talk_wait(&t, 2 * SEC);
    for (int i = 0; i < 3; i++) {
        talk_text(&t, TWS_CLIENT, 24, FIELDS("1"));
        talk_text(&t, TWS_GATEWAY, 19, FIELDS("1", "<xml/>"));
        talk_wait(&t, 2 * SEC);
    }
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

/* ---- the machine ---- */

static uint64_t slept;

static uint64_t how_long(void)
{
    return slept;
}

Test(live, does_not_blame_the_gateway_for_a_suspended_machine)
{
    live();
    t.env.slept = how_long;
    talk_current_time(&t, TWS_CLIENT);
    slept = 180 * SEC;
    talk_wait(&t, 11 * SEC);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "host-suspend");
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->certainty, TWS_LIKELY);
    cr_expect(strstr(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "this machine was suspended"),
                     "for 3 min"));
    talk_finish(&t);
}

/* ---- the kernel, asked again ---- */

static int asked;

static void kernel(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    *out = (struct tws_kernel){
        .peer_known = true, .peer_owned = true, .peer_unread = ++asked < 4 ? 60 : 0};
}

Test(live, asks_the_kernel_again_at_widening_steps)
{
    live();
    asked = 0;
    talk_kernel(&t, kernel);
    talk_wait(&t, 2 * SEC);
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, 10 * SEC);
    cr_expect_eq(asked, 1, "when it starts");
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "jvm-stall");
    talk_wait(&t, 31 * SEC); /* at 20 and 40 s */
    cr_expect_eq(asked, 3);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 1, "nothing new");
    talk_wait(&t, 40 * SEC); /* at 80 s */
    cr_expect_eq(asked, 4);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 2, "it has read");
    cr_expect_null(talk_last(&t, TWS_EV_VERDICT)->mode);
    talk_finish(&t);
}
