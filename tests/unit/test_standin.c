#include "modes.h"
#include "schema.h"
#include "standin.h"
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The scripted client against the stand-in, over real sockets in one loop of this process. */

struct meeting {
    struct ev_loop *loop;
    struct standin *standin;
    struct standin_client *client;
    struct standin_client_report report;
    bool done;
};

static void on_done(void *ctx)
{
    struct meeting *m = ctx;

    standin_client_report(m->client, &m->report);
    standin_client_close(m->client);
    m->client = NULL;
    m->done = true;
    ev_break(m->loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static struct meeting arrange(const char *scenario, uint32_t version, double delay)
{
    struct meeting m = {.loop = ev_loop_new(0)};
    struct standin_config config;
    const char *why = NULL;

    standin_config_default(&config);
    ((struct sockaddr_in *)&config.listen)->sin_port = 0;
    config.scenario = scenario;
    config.server_version = version;
    config.delay = delay;
    m.standin = standin_open(m.loop, &config, &why);
    cr_assert(m.standin, "%s: %s", scenario, why);
    return m;
}

static void meet(struct meeting *m, uint32_t max_version, double patience, double stay)
{
    struct standin_client_config config = {.min_version = 100,
                                           .max_version = max_version,
                                           .client_id = 7,
                                           .patience = patience,
                                           .stay = stay};
    const char *why = NULL;
    ev_timer late;

    standin_bound(m->standin, &config.to, &config.to_len);
    m->done = false;
    m->client = standin_client_open(m->loop, &config, on_done, m, &why);
    cr_assert(m->client, "%s", why);
    ev_timer_init(&late, on_late, 20, 0);
    ev_timer_start(m->loop, &late);
    ev_run(m->loop, 0);
    ev_timer_stop(m->loop, &late);
    cr_assert(m->done, "the client never came to its end");
}

static void part(struct meeting *m)
{
    standin_close(m->standin);
    ev_loop_destroy(m->loop);
}

Test(standin, healthy_completes_at_every_server_version)
{
    for (uint32_t v = TWS_VERSION_MIN; v <= TWS_VERSION_MAX; v++) {
        struct meeting m = arrange("healthy", v, 0);

        meet(&m, 226, 5, 0);
        cr_expect_eq(m.report.reached, STANDIN_REACHED_ANSWERS, "%u: reached %d", v,
                     (int)m.report.reached);
        cr_expect_eq(m.report.version, v, "%u: negotiated %u", v, m.report.version);
        cr_expect_eq(m.report.accounts, 2, "%u: %u accounts", v, m.report.accounts);
        cr_expect_eq(m.report.odd, 0, "%u: %u odd frames", v, m.report.odd);
        cr_expect_eq(m.report.last_error, 0, "%u: error %d", v, m.report.last_error);
        cr_expect_not(m.report.gave_up || m.report.closed_by_peer, "%u", v);
        part(&m);
    }
}

Test(standin, speaks_no_higher_than_the_client)
{
    struct meeting m = arrange("healthy", 226, 0);

    meet(&m, 178, 5, 0);
    cr_expect_eq(m.report.version, 178);
    cr_expect_eq(m.report.reached, STANDIN_REACHED_ANSWERS);
    part(&m);
}

Test(standin, ticks_while_the_client_stays)
{
    struct meeting m = arrange("healthy", 200, 0);

    meet(&m, 226, 5, 0.6);
    cr_expect_geq(m.report.ticks, 5, "3 of the quote and 2 that follow, not %u", m.report.ticks);
    part(&m);
}

/* What each scenario comes to, seen by the client. */
struct row {
    char scenario[24];
    enum standin_reached reached;
    bool gave_up, closed_by_peer;
    int32_t error;
};

static const uint32_t versions[] = {100, 176, 200, 203, 212, 213, 226};

ParameterizedTestParameters(standin, each_scenario_ends_where_it_says)
{
    static struct row rows[] = {
        {"accept-silent", STANDIN_REACHED_TCP, true, false, 0},
        {"accept-close", STANDIN_REACHED_TCP, false, true, 0},
        {"never-accept", STANDIN_REACHED_TCP, true, false, 0},
        {"never-read", STANDIN_REACHED_TCP, true, false, 0},
        {"version-silent", STANDIN_REACHED_VERSION, true, false, 0},
        {"half-welcome", STANDIN_REACHED_VERSION, true, false, 0},
        {"no-accounts", STANDIN_REACHED_ANSWERS, false, false, 0},
        {"client-id-in-use", STANDIN_REACHED_VERSION, false, true, 326},
        {"slow-welcome", STANDIN_REACHED_ANSWERS, false, false, 0},
        {"close-after-hello", STANDIN_REACHED_TCP, false, true, 0},
        {"reset-after-hello", STANDIN_REACHED_TCP, false, true, 0},
        {"redirect", STANDIN_REACHED_TCP, false, false, 0},
        {"not-tws", STANDIN_REACHED_TCP, false, false, 0},
        {"upstream-lost", STANDIN_REACHED_ANSWERS, true, false, 1100},
        {"live-stall", STANDIN_REACHED_ANSWERS, true, false, 0},
    };
    return cr_make_param_array(struct row, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct row *r, standin, each_scenario_ends_where_it_says)
{
    bool live = r->reached == STANDIN_REACHED_ANSWERS && r->gave_up;

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct meeting m = arrange(r->scenario, versions[i], 0.2);

        /* One that falls silent when live is found out by the next question. */
        meet(&m, 226, 0.4, live ? 2 : 0);
        cr_expect_eq(m.report.reached, r->reached, "%s %u: reached %d", r->scenario, versions[i],
                     (int)m.report.reached);
        cr_expect_eq(m.report.gave_up, r->gave_up, "%s %u: gave up", r->scenario, versions[i]);
        cr_expect_eq(m.report.closed_by_peer, r->closed_by_peer, "%s %u: closed", r->scenario,
                     versions[i]);
        cr_expect_eq(m.report.last_error, r->error, "%s %u: error %d", r->scenario, versions[i],
                     m.report.last_error);
        cr_expect_eq(m.report.odd, 0, "%s %u: odd", r->scenario, versions[i]);
        part(&m);
    }
}

Test(standin, every_scenario_is_tried)
{
    /* Those above, healthy, and drip below. */
    cr_expect_eq(standin_scenarios_len, 17);
}

Test(standin, names_modes_of_the_catalogue)
{
    for (size_t i = 0; i < standin_scenarios_len; i++) {
        const char *mode = strstr(standin_scenarios[i].shows, "mode ");

        cr_expect(!mode || tws_modes_find(mode + 5), "%s", standin_scenarios[i].shows);
    }
}

Test(standin, drip_is_healthy_a_byte_at_a_time)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct meeting m = arrange("drip", versions[i], 0);

        meet(&m, 226, 10, 0);
        cr_expect_eq(m.report.reached, STANDIN_REACHED_ANSWERS, "%u", versions[i]);
        cr_expect_eq(m.report.odd, 0, "%u", versions[i]);
        part(&m);
    }
}

Test(standin, slow_welcome_is_slow)
{
    struct meeting m = arrange("slow-welcome", 200, 0.5);
    double began = ev_time();

    meet(&m, 226, 5, 0);
    cr_expect_geq(ev_time() - began, 0.6);
    cr_expect_eq(m.report.reached, STANDIN_REACHED_ANSWERS);
    part(&m);
}

Test(standin, never_accepts_in_never_accept)
{
    struct meeting m = arrange("never-accept", 226, 0);

    meet(&m, 226, 0.2, 0);
    cr_expect_eq(standin_accepted(m.standin), 0);
    part(&m);
}

Test(standin, says_why_it_cannot_open)
{
    struct ev_loop *loop = ev_loop_new(0);
    struct meeting m = arrange("healthy", 226, 0);
    struct standin_config config;
    const char *why = NULL;

    standin_config_default(&config);
    config.scenario = "sunny";
    cr_expect_null(standin_open(loop, &config, &why));
    cr_expect_str_eq(why, "unknown scenario");
    config.scenario = "healthy";
    config.server_version = 99;
    cr_expect_null(standin_open(loop, &config, &why));
    config.server_version = 226;
    standin_bound(m.standin, &config.listen, &config.listen_len);
    cr_expect_null(standin_open(loop, &config, &why));
    cr_expect_str_eq(why, "cannot bind");
    ev_loop_destroy(loop);
    part(&m);
}
