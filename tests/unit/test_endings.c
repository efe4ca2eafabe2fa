#include "diagnose.h"
#include "talk.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

/* What is named as the cause of an end, and what is not: in text (176) and in protobuf (226). */

#define CROWD 3

static struct talk t; /* its own session is the one that is spoken to */
static struct tws_session crowd[CROWD];
static struct tws_verdict v;

static void on(int i)
{
    t.s = crowd[i];
}

static void off(int i)
{
    crowd[i] = t.s;
}

static void live_one(int i, int client_id)
{
    struct tws_endpoint client = {4, (uint16_t)(50000 + i), {127, 0, 0, 1}, 0};
    struct tws_endpoint gateway = {4, 4002, {127, 0, 0, 1}, 0};

    if (!t.port.gateway.family)
        tws_port_init(&t.port, &gateway);
    tws_session_open(&t.s, &t.env, &t.port,
                     &(struct tws_opening){(uint32_t)i + 1, &client, &gateway, false}, t.now);
    talk_hello(&t, "v100..226");
    t.now += MS;
    talk_version(&t);
    talk_start_api(&t, client_id);
    talk_welcome(&t);
    off(i);
}

static void asked(int i)
{
    on(i);
    talk_current_time(&t, TWS_CLIENT);
    off(i);
}

static void answered(int i)
{
    on(i);
    talk_current_time(&t, TWS_GATEWAY);
    off(i);
}

static void closed(int i, enum tws_side side, enum tws_ending how)
{
    on(i);
    talk_close(&t, side, how);
    off(i);
}

static void pass(uint64_t ns)
{
    t.now += ns;
    for (int i = 0; i < CROWD; i++) {
        if (crowd[i].env && tws_session_deadline(&crowd[i]) && !crowd[i].finished)
            tws_session_tick(&crowd[i], t.now);
    }
}

static void judge(int i)
{
    talk_verdict(&crowd[i], t.now, &v);
}

static size_t place_of(const char *id)
{
    for (size_t i = 0; i < v.n_causes; i++)
        if (strcmp(v.causes[i].mode->id, id) == 0)
            return i + 1;
    return 0;
}

static bool mode_is(const char *id)
{
    return v.mode && strcmp(v.mode->id, id) == 0;
}

static const char *evidence(const char *fact)
{
    for (size_t i = 0; i < v.n_evidence; i++)
        if (strcmp(v.evidence[i].fact, fact) == 0)
            return v.evidence[i].value;
    return "";
}

ParameterizedTestParameters(endings, what_comes_behind_an_end_is_not_its_cause)
{
    static uint32_t versions[] = {176, 226};

    return cr_make_param_array(uint32_t, versions, 2);
}

ParameterizedTest(const uint32_t *sv, endings, what_comes_behind_an_end_is_not_its_cause)
{
    talk_env(&t, *sv);
    live_one(0, 1);
    pass(900 * MS);
    closed(0, TWS_GATEWAY, TWS_FIN);
    pass(4 * SEC);
    asked(0);
    judge(0);
    cr_expect_eq(v.stage, TWS_CLOSED_BY_GATEWAY);
    cr_expect_eq(v.silent, TWS_NOBODY);
    cr_expect_eq(place_of("malformed-request-close"), 0);
    cr_expect_not_null(strstr(v.says, ", 900 ms after the client's last bytes; "), "%s", v.says);
    cr_expect_not_null(strstr(v.says, "has not noticed for 4.0 s, and wrote into it."), "%s",
                       v.says);
    cr_expect_not_null(strstr(evidence("client-after"), "the last 4.0 s later"), "%s",
                       evidence("client-after"));
    cr_expect_null(strstr(evidence("last-client"), "reqCurrentTime"), "%s",
                   evidence("last-client"));
}

Test(endings, that_the_client_does_not_notice_is_told_once_while_it_lasts)
{
    talk_live(&t, 176);
    talk_wait(&t, 2 * SEC);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    talk_wait(&t, 900 * MS);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 0);
    talk_wait(&t, 30 * SEC);
    cr_assert_eq(talk_count(&t, TWS_EV_VERDICT), 1);
    cr_expect_not(talk_last(&t, TWS_EV_VERDICT)->final);
    cr_expect_not_null(
        strstr(talk_last(&t, TWS_EV_VERDICT)->says, "the client has not noticed for 1.0 s."));
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_not_null(
        strstr(talk_last(&t, TWS_EV_VERDICT)->says, "the client did not notice for 30.9 s."), "%s",
        talk_last(&t, TWS_EV_VERDICT)->says);
}

Test(endings, that_the_client_notices_is_not_worth_a_word)
{
    talk_live(&t, 226);
    talk_wait(&t, 2 * SEC);
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    talk_wait(&t, 5 * MS);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_wait(&t, 30 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 0);
    talk_finish(&t);
    cr_expect_null(strstr(talk_last(&t, TWS_EV_VERDICT)->says, "notice"));
}

Test(endings, of_one_session_while_others_go_on_are_no_restart)
{
    talk_env(&t, 176);
    live_one(0, 1);
    live_one(1, 2);
    pass(20 * SEC);
    closed(0, TWS_GATEWAY, TWS_FIN);
    judge(0);
    cr_expect_eq(place_of("scheduled-restart"), 1, "not known yet");
    pass(1500 * MS);
    judge(0);
    cr_expect_eq(place_of("scheduled-restart"), 0, "the other is open");
    asked(1);
    pass(5 * MS);
    answered(1);
    closed(1, TWS_CLIENT, TWS_FIN);
    judge(0);
    cr_expect_eq(place_of("scheduled-restart"), 0, "the other was answered");
    cr_expect_not_null(strstr(evidence("others-after"), "spoke to another 1.5 s later"), "%s",
                       evidence("others-after"));
}

Test(endings, of_all_sessions_are_a_restart_whoever_comes_behind_them)
{
    talk_env(&t, 226);
    live_one(0, 1);
    live_one(1, 2);
    pass(20 * SEC);
    closed(0, TWS_GATEWAY, TWS_FIN);
    pass(400 * MS);
    closed(1, TWS_GATEWAY, TWS_FIN);
    pass(20 * SEC);
    live_one(2, 3);
    pass(SEC);
    judge(0);
    cr_expect(mode_is("scheduled-restart") && v.certainty == TWS_LIKELY, "%s", v.says);
}

/* ---- the request before the end ---- */

Test(endings, of_a_busy_client_are_not_for_a_request_like_those_that_were_answered)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 2; i++) {
        memset(&t, 0, sizeof t);
        talk_env(&t, versions[i]);
        live_one(0, 1);
        for (int k = 0; k < 5; k++) {
            pass(2 * SEC);
            asked(0);
            pass(3 * MS);
            answered(0);
        }
        pass(40 * MS);
        closed(0, TWS_GATEWAY, TWS_FIN);
        judge(0);
        cr_expect_eq(place_of("malformed-request-close"), 0);
        cr_expect_not_null(strstr(evidence("last-client"), "one like it had been answered"));
    }
}

Test(endings, may_be_for_the_first_request_of_its_kind)
{
    talk_env(&t, 176);
    live_one(0, 1);
    pass(2 * SEC);
    asked(0);
    pass(3 * MS);
    answered(0);
    pass(2 * SEC);
    on(0);
    talk_text(&t, TWS_CLIENT, 59, FIELDS("1", "x"));
    talk_text(&t, TWS_CLIENT, 61, FIELDS("1"));
    off(0);
    pass(5 * MS);
    closed(0, TWS_GATEWAY, TWS_FIN);
    judge(0);
    cr_expect(mode_is("malformed-request-close") && v.certainty == TWS_LIKELY);
    cr_expect_not_null(strstr(evidence("last-client"), "the first of its kind"));
}

Test(endings, cannot_be_told_where_a_request_of_its_kind_was_sent_before_and_not_answered)
{
    talk_env(&t, 176);
    live_one(0, 1);
    for (int k = 0; k < 2; k++) {
        pass(2 * SEC);
        on(0);
        talk_text(&t, TWS_CLIENT, 61, FIELDS("1"));
        off(0);
    }
    pass(5 * MS);
    closed(0, TWS_GATEWAY, TWS_FIN);
    judge(0);
    cr_expect_null(v.mode);
    cr_expect_gt(place_of("malformed-request-close"), 0);
}

/* Requests in one second, all of them answered, then the end `after` ns later. */
static void burst(uint32_t sv, unsigned n, uint64_t after)
{
    memset(&t, 0, sizeof t);
    talk_env(&t, sv);
    live_one(0, 1);
    pass(2 * SEC);
    for (unsigned i = 0; i < n; i++) {
        on(0);
        if (sv >= 213)
            talk_protobuf(&t, TWS_CLIENT, 8, "\x08\x01", 2);
        else
            talk_text(&t, TWS_CLIENT, 8, FIELDS("1", "1"));
        talk_next_id(&t);
        off(0);
        pass(10 * MS);
    }
    pass(after);
    closed(0, TWS_GATEWAY, TWS_FIN);
    judge(0);
}

Test(endings, are_for_the_pace_where_it_was_above_the_limit_just_before)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 2; i++) {
        burst(versions[i], 64, 20 * MS);
        cr_expect(mode_is("rate-limit") && v.certainty == TWS_LIKELY, "%u", versions[i]);
        cr_expect_eq(place_of("malformed-request-close"), 0);
        cr_expect_not_null(strstr(evidence("pace"), "just before the end"), "%s", evidence("pace"));
        burst(versions[i], 64, 10 * SEC);
        cr_expect_eq(place_of("rate-limit"), 0, "it was 10 s before");
        burst(versions[i], 30, 20 * MS);
        cr_expect_eq(place_of("rate-limit"), 0, "it was below");
    }
}

/* ---- versions ---- */

static void reply_beside(const char *range, const char *reply, size_t n)
{
    memset(&t, 0, sizeof t);
    talk_env(&t, 176);
    talk_open(&t);
    talk_hello(&t, range);
    t.now += MS;
    talk_bytes(&t, TWS_GATEWAY, reply, n);
    off(0);
    pass(4 * SEC);
    judge(0);
}

Test(endings, are_for_the_version_where_both_numbers_are_on_the_wire)
{
    static const char old[] = "\0\0\0\x1e"
                              "76\00020261124 02:55:59 stand-in";
    static const char new[] = "\0\0\0\x1f"
                              "226\00020261124 02:55:59 stand-in";

    reply_beside("v157..178", old, sizeof old);
    cr_expect_eq(v.stage, TWS_STARTAPI_MISSING, "%s", v.says);
    cr_expect(mode_is("version-range-miss") && v.certainty == TWS_CERTAIN, "%s", v.says);
    reply_beside("v100..217", old, sizeof old);
    cr_expect(mode_is("version-range-miss") && v.certainty == TWS_CERTAIN, "%s", v.says);
    reply_beside("v100..217", new, sizeof new);
    cr_expect(mode_is("version-range-miss") && v.certainty == TWS_CERTAIN, "%s", v.says);
    reply_beside("v100..226", new, sizeof new);
    cr_expect_not(mode_is("version-range-miss"));
}

/* ---- dials ---- */

Test(endings, of_a_dial_that_was_reset_are_the_gateways)
{
    static const uint64_t took[] = {80000, 900 * MS};

    for (size_t i = 0; i < 2; i++) {
        memset(&t, 0, sizeof t);
        talk_env(&t, i ? 226 : 176);
        talk_open(&t);
        talk_hello(&t, "v100..226");
        tws_session_dialing(&t.s, true, t.now);
        t.now += took[i];
        tws_session_dialing(&t.s, false, t.now); /* as the relay does */
        talk_close(&t, TWS_GATEWAY, TWS_RST);
        off(0);
        judge(0);
        cr_expect(v.stage == TWS_CLOSED_BY_GATEWAY || v.stage == TWS_RESET, "%s", v.says);
        cr_expect_eq(v.silent, TWS_NOBODY);
        cr_expect_eq(place_of("backlog-full"), 0);
        cr_expect_gt(place_of("relay-accept-then-close"), 0);
    }
}

/* ---- a restart ---- */

static void refused_after(uint32_t sv, enum tws_side by, uint64_t wait, bool one_stays)
{
    memset(&t, 0, sizeof t);
    memset(crowd, 0, sizeof crowd);
    talk_env(&t, sv);
    live_one(0, 1);
    live_one(1, 2);
    pass(20 * SEC);
    closed(0, by, TWS_RST);
    if (!one_stays)
        closed(1, by, TWS_RST);
    pass(wait);
    tws_session_open(&t.s, &t.env, &t.port,
                     &(struct tws_opening){3, &crowd[0].client, &crowd[0].gateway, false}, t.now);
    talk_close(&t, TWS_GATEWAY, TWS_REFUSED);
    off(2);
    judge(2);
}

Test(endings, of_all_sessions_explain_a_dial_that_is_refused)
{
    refused_after(176, TWS_GATEWAY, SEC / 2, false);
    cr_expect_eq(v.stage, TWS_NO_LISTENER);
    cr_expect_eq(place_of("scheduled-restart"), 2);
    cr_expect_eq(v.causes[1].certainty, TWS_LIKELY);
    cr_expect_not_null(strstr(evidence("sessions-ended"), "500 ms before"), "%s",
                       evidence("sessions-ended"));
    refused_after(226, TWS_GATEWAY, 90 * SEC, false);
    cr_expect_eq(place_of("scheduled-restart"), 2);
    refused_after(176, TWS_GATEWAY, 600 * SEC, false);
    cr_expect_eq(place_of("scheduled-restart"), 0, "no restart takes ten minutes");
    refused_after(226, TWS_CLIENT, SEC / 2, false);
    cr_expect_eq(place_of("scheduled-restart"), 0, "the clients left");
    refused_after(176, TWS_GATEWAY, SEC / 2, true);
    cr_expect_eq(place_of("scheduled-restart"), 0, "one goes on");
}

/* ---- client ids ---- */

static void same_id(uint32_t sv, int id, bool holder_left, bool close)
{
    memset(&t, 0, sizeof t);
    memset(crowd, 0, sizeof crowd);
    talk_env(&t, sv);
    live_one(0, 7);
    pass(20 * SEC);
    if (holder_left)
        closed(0, TWS_CLIENT, TWS_FIN);
    tws_session_open(&t.s, &t.env, &t.port,
                     &(struct tws_opening){2, &crowd[0].client, &crowd[0].gateway, false}, t.now);
    talk_hello(&t, "v100..226");
    t.now += MS;
    talk_version(&t);
    talk_start_api(&t, id);
    off(1);
    pass(5 * MS);
    if (close)
        closed(1, TWS_GATEWAY, TWS_FIN);
    else
        pass(4 * SEC);
    judge(1);
}

Test(endings, of_a_session_whose_client_id_another_has)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 4; i++) {
        same_id(versions[i % 2], 7, false, i < 2);
        cr_expect(mode_is("client-id-in-use") && v.certainty == TWS_LIKELY, "%s", v.says);
        cr_expect_str_eq(evidence("id-held"), "#1, welcomed with client id 7");
        same_id(versions[i % 2], 8, false, i < 2);
        cr_expect_not(mode_is("client-id-in-use"), "another id");
        same_id(versions[i % 2], 7, true, i < 2);
        cr_expect_not(mode_is("client-id-in-use"), "it is free again");
    }
}

/* ---- TLS ---- */

Test(endings, of_one_connection_in_tls_while_others_work_have_a_cause)
{
    static const uint8_t alert[] = {0x15, 3, 3, 0, 2, 2, 40};
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 4; i++) {
        memset(&t, 0, sizeof t);
        memset(crowd, 0, sizeof crowd);
        talk_env(&t, versions[i % 2]);
        live_one(0, 1);
        pass(SEC);
        asked(0);
        tws_session_open(&t.s, &t.env, &t.port,
                         &(struct tws_opening){2, &crowd[0].client, &crowd[0].gateway, false},
                         t.now);
        talk_hello(&t, "v100..226");
        t.now += MS;
        talk_bytes(&t, TWS_GATEWAY, alert, sizeof alert);
        if (i < 2)
            talk_close(&t, TWS_GATEWAY, TWS_FIN);
        off(1);
        pass(5 * MS);
        answered(0);
        judge(1);
        cr_expect(mode_is("tls-mismatch") && v.certainty == TWS_CERTAIN, "%s", v.says);
        cr_expect_not_null(strstr(tws_cause_remedy(&v.causes[0]), "TLS relay"), "%s",
                           tws_cause_remedy(&v.causes[0]));
        cr_expect_null(v.next);
        cr_expect_eq(place_of("accept-queue-wedge"), 0);
    }
}

/* ---- links, farms and paths ---- */

Test(endings, of_a_session_without_its_link_count_from_the_notice)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 2; i++) {
        uint64_t lost;

        memset(&t, 0, sizeof t);
        talk_env(&t, versions[i]);
        live_one(0, 1);
        pass(SEC);
        on(0);
        lost = t.now;
        talk_notice(&t, -1, 1100, "Connectivity between IB and TWS has been lost.");
        off(0);
        pass(20 * SEC);
        closed(0, TWS_CLIENT, TWS_FIN);
        judge(0);
        cr_expect_eq(v.stage, TWS_LIVE_GATEWAY_QUIET);
        cr_expect(mode_is("upstream-lost") && v.certainty == TWS_CERTAIN);
        cr_expect_eq(v.since_ns, lost);
        cr_expect_eq(v.silence_ns, 20 * SEC);
    }
}

Test(endings, of_a_healthy_session_name_the_farm_that_is_broken)
{
    talk_live(&t, 176);
    talk_wait(&t, SEC);
    talk_notice(&t, -1, 2105, "HMDS data farm connection is broken:cashhmds");
    talk_wait(&t, 5 * SEC);
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, MS);
    talk_current_time(&t, TWS_GATEWAY);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
    cr_expect_not_null(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "data farms: cashhmds"));
}

static void unacked(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    out->known = out->upstream_known = true;
    out->unacked = 1;
    out->retransmits = 5;
}

Test(endings, of_a_path_on_the_loopback_are_a_filter_rule)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 2; i++) {
        memset(&t, 0, sizeof t);
        talk_env(&t, versions[i]);
        talk_kernel(&t, unacked);
        live_one(0, 1);
        pass(SEC);
        asked(0);
        pass(12 * SEC);
        judge(0);
        cr_expect_eq(v.silent, TWS_NETWORK);
        cr_expect(mode_is("half-open") && v.certainty == TWS_LIKELY, "%s", v.says);
        cr_expect_not_null(strstr(tws_cause_check(&v.causes[0]), "nft list ruleset"));
        cr_expect_eq(place_of("jvm-stall"), 0);
    }
}

/* ---- all together ---- */

static void all_silent(uint32_t sv, bool heard)
{
    memset(&t, 0, sizeof t);
    memset(crowd, 0, sizeof crowd);
    talk_env(&t, sv);
    live_one(0, 1);
    live_one(1, 2);
    pass(SEC);
    asked(0);
    asked(1);
    pass(12 * SEC); /* a silence stands on both */
    if (heard) {
        on(1);
        talk_notice(&t, -1, 2106, "HMDS data farm connection is OK:ushmds");
        off(1);
    }
    pass(SEC);
    judge(0);
}

Test(endings, of_all_are_refuted_by_a_byte_on_any)
{
    static const uint32_t versions[] = {176, 226};

    for (size_t i = 0; i < 2; i++) {
        all_silent(versions[i], false);
        cr_expect(mode_is("jvm-stall") && v.certainty == TWS_LIKELY, "%s", v.says);
        all_silent(versions[i], true);
        cr_expect_eq(place_of("jvm-stall"), 0, "%s", evidence("others"));
        cr_expect_not_null(strstr(evidence("others"), "live: 1 answered, 0 silent"), "%s",
                           evidence("others"));
    }
}

Test(endings, of_all_are_not_refuted_by_what_came_just_before)
{
    memset(&t, 0, sizeof t);
    memset(crowd, 0, sizeof crowd);
    talk_env(&t, 176);
    for (int i = 0; i < 2; i++) {
        live_one(i, i + 1);
        on(i);
        talk_text(&t, TWS_CLIENT, 1,
                  FIELDS("11", "9001", "0", "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "",
                         "", "0", "", "0", "0", ""));
        off(i);
    }
    for (int k = 0; k < 80; k++) { /* the two take turns, half a pause apart */
        pass((400u + 70u * (unsigned)(k % 3)) * MS);
        on(k % 2);
        talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", "9001", "1", "5285.0", "10", "0"));
        off(k % 2);
    }
    pass(30 * SEC);
    judge(0); /* the last tick of all came on the other */
    cr_expect_eq(v.stage, TWS_LIVE_GATEWAY_QUIET, "%s", v.says);
    cr_expect_gt(place_of("jvm-stall"), 0, "%s", evidence("others"));
}
