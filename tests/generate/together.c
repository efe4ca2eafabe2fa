/* together.c - scripts of several connections of one port that are about one thing. */
#include "group.h"
#include <string.h>

static uint64_t between(struct group *g, uint64_t low, uint64_t high)
{
    return random_between(&g->random, low, high);
}

static struct truth *named(struct group *g, const char *behaviour, const char *kinds)
{
    struct truth *truth = &g->truths[g->n - 1];

    truth->behaviour = behaviour;
    truth->kinds = kinds;
    return truth;
}

/* Served until then: polls, perhaps ticks. */
static struct talk *served(struct group *g, uint64_t until)
{
    struct talk *t = group_connection(g, g->start_ns + between(g, 0, 3000) * MS);

    talk_begin(t);
    if (random_percent(&g->random, 50))
        talk_ticker(t, between(g, 300, 900) * MS);
    while (t->tcp.now_ns + 5 * SEC < until) {
        talk_wait_between(t, 1500 * MS, 3 * SEC);
        talk_ask_and_answer(t, ASK_TIME);
    }
    if (t->tcp.now_ns < until)
        talk_wait(t, until - t->tcp.now_ns);
    talk_ticker_stop(t);
    return t;
}

/* Catalogue 46: all sessions end in the same second; then the listener is gone. */
static void restart(struct group *g)
{
    uint64_t n = between(g, 2, 4), at = g->start_ns + between(g, 30, 200) * SEC;
    bool fin = random_percent(&g->random, 40), with_order = random_percent(&g->random, 25);

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = served(g, at + between(g, 0, 350) * MS);
        struct truth *truth = named(g, "restart", "K28");

        t->tcp.now_ns += 200 * MS; /* not within 100 ms of what the client sent */
        if (with_order && i == n - 1) {
            talk_order(t, t->next_order++);
            t->tcp.now_ns += 32 * MS;
            truth->behaviour = "order-before-restart";
            truth->kinds = "K33";
            TRUTH_ADD(truth->mention, "placeOrder");
        }
        if (fin) {
            film_fin(&t->tcp, GATEWAY);
            film_fin(&t->tcp, CLIENT);
        } else {
            film_reset(&t->tcp, GATEWAY);
        }
        truth_trouble(truth, fin ? "closed-by-gateway" : "reset", "nobody", 0, 0);
        TRUTH_ADD(truth->modes, "scheduled-restart");
        TRUTH_ADD(truth->nots, "malformed-request-close");
        TRUTH_ADD(truth->nots, "jvm-stall");
        truth->tell = true;
        truth->by = "gateway";
    }
    if (random_percent(&g->random, 60)) {
        struct talk *t = group_connection(g, at + between(g, 1, 15) * SEC);
        struct truth *truth = named(g, "refused-after-restart", "K28");
        static const uint8_t nothing[1];

        film_segment(&t->tcp, CLIENT, SEGMENT_SYN, nothing, 0);
        t->tcp.now_ns += t->tcp.one_way_ns;
        t->tcp.side[GATEWAY].got = t->tcp.side[CLIENT].seq;
        film_reset(&t->tcp, GATEWAY);
        truth_trouble(truth, "no-listener", "gateway", 0, 0);
        TRUTH_ADD(truth->silent, "nobody");
        TRUTH_ADD(truth->modes, "scheduled-restart");
        TRUTH_ADD(truth->also, "gateway-down"); /* K28: a cause too, not the only one */
        truth->tell = true;
    }
}

/* Case 14: one is closed, and another goes on. */
static void one_closed(struct group *g)
{
    uint64_t at = g->start_ns + between(g, 10, 40) * SEC;
    struct talk *t = served(g, at);
    struct truth *truth = named(g, "one-closed", "K1");

    t->tcp.now_ns += 300 * MS;
    truth_trouble(truth, "closed-by-gateway", "nobody", 0, 0);
    truth->ended_ns = t->tcp.now_ns;
    film_fin(&t->tcp, GATEWAY);
    TRUTH_ADD(truth->never, "scheduled-restart");
    TRUTH_ADD(truth->never, "malformed-request-close");
    truth->by = "gateway";
    t = served(g, at + between(g, 60, 300) * SEC);
    truth = named(g, "goes-on", NULL);
    talk_leave(t);
    truth_healthy(truth);
}

/* Catalogue 44: all stop in the same 100 ms and the kernel still acknowledges. */
static void stall(struct group *g)
{
    uint64_t n = between(g, 2, 4), at = g->start_ns + between(g, 20, 60) * SEC;
    uint64_t until = at + between(g, 16, 40) * SEC;
    bool with_order = random_percent(&g->random, 50);

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = served(g, at);
        bool orders = with_order && i == n - 1;
        struct truth *truth = named(g, orders ? "stall-and-order" : "stall", orders ? "K26" : NULL);
        uint64_t since, last = t->ticking || t->tick_last_ns > at - 5 * SEC ? t->tick_last_ns : 0;

        t->tcp.now_ns += between(g, 1500, 2500) * MS;
        since = talk_ask(t, ASK_TIME, 0);
        if (orders)
            talk_order(t, t->next_order++);
        t->tcp.now_ns = until + between(g, 0, 900) * MS;
        talk_leave_alone(t);
        truth_trouble(truth, "live-request-unanswered", "gateway", last ? last : since, since);
        TRUTH_ADD(truth->stage, "live-gateway-quiet");
        TRUTH_ADD(truth->modes, "jvm-stall");
        if (orders) /* K26: then the order as its consequence */
            TRUTH_ADD(truth->also, "order-swallowed");
        TRUTH_ADD(truth->never, "quiet-but-healthy");
        truth->tell = true;
    }
}

/* K32: any byte of the gateway on any session since refutes that all are silent. */
static void stall_but_one(struct group *g)
{
    uint64_t n = between(g, 2, 3), at = g->start_ns + between(g, 20, 60) * SEC;
    uint64_t until = at + between(g, 20, 40) * SEC;

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = served(g, at);
        struct truth *truth = named(g, "silent-beside-served", "K32");
        uint64_t since, last = t->tick_last_ns > at - 5 * SEC ? t->tick_last_ns : 0;

        t->tcp.now_ns += 2 * SEC;
        since = talk_ask(t, ASK_TIME, 0);
        t->tcp.now_ns = until + between(g, 0, 900) * MS;
        talk_leave_alone(t);
        truth_trouble(truth, "live-request-unanswered", "gateway", last ? last : since, since);
        TRUTH_ADD(truth->stage, "live-gateway-quiet");
        TRUTH_ADD(truth->never, "jvm-stall");
        TRUTH_ADD(truth->never, "quiet-but-healthy");
    }
    talk_leave(served(g, until + 5 * SEC));
    truth_healthy(named(g, "goes-on", NULL));
}

/* Catalogue 17: every new client, while an old session is served. */
static void wedge(struct group *g)
{
    uint64_t n = between(g, 2, 3), at = g->start_ns + 20 * SEC;

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = group_connection(g, at + i * between(g, 5, 9) * SEC);
        struct truth *truth = named(g, "wedge", "K31");

        film_open(&t->tcp);
        t->tcp.now_ns += MS;
        talk_hello(t);
        t->tcp.now_ns += between(g, 4, 15) * SEC;
        film_fin(&t->tcp, CLIENT);
        truth_trouble(truth, "hello-unanswered", "gateway", t->hello_ns, t->hello_ns);
        TRUTH_ADD(truth->modes, "accept-queue-wedge");
        TRUTH_ADD(truth->modes, "accepted-but-ignored"); /* the wire alone does not separate them */
        TRUTH_ADD(truth->never, "jvm-stall");
        TRUTH_ADD(truth->nots, "tls-mismatch");
        truth->tell = true;
    }
    talk_leave(served(g, at + 60 * SEC));
    truth_healthy(named(g, "goes-on", NULL));
}

static void visit(struct group *g, uint64_t at, uint64_t ns, int32_t id)
{
    struct talk *t = group_connection(g, at);

    t->client_id = id;
    talk_begin(t);
    talk_ask_and_answer(t, ASK_POSITIONS);
    talk_wait(t, ns);
    talk_leave(t);
}

/* Catalogue 48: connect, welcome, leave, every few seconds. */
static void storm(struct group *g)
{
    uint64_t n = between(g, 14, 22), every = between(g, 3, 6) * SEC;

    for (uint64_t i = 0; i < n; i++) {
        struct truth *truth;

        visit(g, g->start_ns + i * every, between(g, 300, 1500) * MS, 7);
        truth = named(g, "storm", NULL);
        truth_healthy(truth);
        if (i < n - 2) { /* nobody says how many visits make one */
            memset(truth->stage, 0, sizeof truth->stage);
            truth->tell = false;
            continue;
        }
        truth->stage[0] = "closed-by-client";
        TRUTH_ADD(truth->modes, "reconnect-storm");
    }
}

/* K21: many programs of one machine, at the same time and with ids of their own. */
static void many(struct group *g)
{
    uint64_t n = between(g, 12, 20);

    for (uint64_t i = 0; i < n; i++) {
        struct truth *truth;

        visit(g, g->start_ns + between(g, 0, 400) * MS, between(g, 10, 24) * SEC, (int32_t)i + 1);
        truth = named(g, "many-programs", "K21");
        truth_healthy(truth);
        TRUTH_ADD(truth->never, "reconnect-storm");
    }
}

/* A health check beside a session: it connects and leaves at a steady interval. */
static void health_checks(struct group *g)
{
    uint64_t n = between(g, 3, 8), every = between(g, 10, 30) * SEC;

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = group_connection(g, g->start_ns + (i + 1) * every);
        struct truth *truth = named(g, "health-check", NULL);

        film_open(&t->tcp);
        t->tcp.now_ns += between(g, 50, 3000) * 1000;
        talk_leave(t);
        truth_trouble(truth, "client-never-speaks", "client", 0, 0);
        TRUTH_ADD(truth->modes, "port-probe");
        truth->tell = true;
        truth->alarms = ALARMS_NONE;
    }
    talk_leave(served(g, g->start_ns + (n + 1) * every));
    truth_healthy(named(g, "goes-on", NULL));
}

/* K12: an older build closes without a word; another session of the port holds the id. */
static void id_held(struct group *g)
{
    uint64_t at = g->start_ns + between(g, 10, 40) * SEC;
    struct talk *t = group_connection(g, at);
    struct truth *truth = named(g, "id-held", "K12");

    t->client_id = 7;
    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    talk_hello(t);
    t->tcp.now_ns += 8 * MS;
    talk_reply(t);
    t->tcp.now_ns += MS;
    talk_start_api(t);
    t->tcp.now_ns += between(g, 1, 8) * MS;
    film_fin(&t->tcp, GATEWAY);
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "closed-by-gateway", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "startapi-unanswered");
    TRUTH_ADD(truth->modes, "client-id-in-use");
    TRUTH_ADD(truth->never, "malformed-request-close");
    TRUTH_ADD(truth->nots, "scheduled-restart"); /* the other session goes on */
    truth->tell = true;
    truth->by = "gateway";
    t = group_connection(g, g->start_ns);
    t->client_id = 7;
    talk_begin(t);
    behave_polls(t, at + 20 * SEC - t->tcp.now_ns);
    talk_leave(t);
    truth_healthy(named(g, "goes-on", NULL));
}

/* 1100 on all sessions in one instant; each has a request open. */
static void link_lost(struct group *g)
{
    uint64_t n = between(g, 2, 4), at = g->start_ns + between(g, 20, 60) * SEC;

    for (uint64_t i = 0; i < n; i++) {
        struct talk *t = served(g, at);
        struct truth *truth = named(g, "link-lost-for-all", NULL);
        uint64_t lost, since;

        t->tcp.now_ns += 2 * SEC;
        lost = t->tcp.now_ns;
        talk_error(t, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
        t->tcp.now_ns += between(g, 500, 5000) * MS;
        since = talk_ask(t, ASK_TIME, 0);
        t->tcp.now_ns += between(g, 13, 30) * SEC;
        talk_leave(t);
        truth_trouble(truth, "live-request-unanswered", "gateway", lost, since);
        TRUTH_ADD(truth->modes, "upstream-lost");
        TRUTH_ADD(truth->never, "jvm-stall");
        truth->tell = true;
    }
}

/* Catalogue 24: refused, and seconds later accepted and reset. */
static void warming_up(struct group *g)
{
    static const uint8_t nothing[1];
    struct talk *t = group_connection(g, g->start_ns);
    struct truth *truth = named(g, "refused", NULL);

    film_segment(&t->tcp, CLIENT, SEGMENT_SYN, nothing, 0);
    t->tcp.now_ns += t->tcp.one_way_ns;
    t->tcp.side[GATEWAY].got = t->tcp.side[CLIENT].seq;
    film_reset(&t->tcp, GATEWAY);
    truth_trouble(truth, "no-listener", "gateway", 0, 0);
    TRUTH_ADD(truth->silent, "nobody");
    TRUTH_ADD(truth->modes, "gateway-down");
    truth->tell = true;
    t = group_connection(g, g->start_ns + between(g, 2, 8) * SEC);
    truth = named(g, "warming-up", NULL);
    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    talk_hello(t);
    t->tcp.now_ns += between(g, 1, 50) * MS;
    film_reset(&t->tcp, GATEWAY);
    truth_trouble(truth, "reset", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    TRUTH_ADD(truth->modes, "warming-up");
    TRUTH_ADD(truth->never, "scheduled-restart");
    truth->tell = true;
    truth->by = "gateway";
    visit(g, g->start_ns + between(g, 11, 14) * SEC, 20 * SEC, 7);
    truth_healthy(named(g, "goes-on", NULL));
}

/* A program that comes back, some times and not fast. */
static void comes_back(struct group *g)
{
    uint64_t n = between(g, 2, 4);

    for (uint64_t i = 0; i < n; i++) {
        struct truth *truth;

        visit(g, g->start_ns + i * 40 * SEC, between(g, 2, 25) * SEC, 7);
        truth = named(g, "comes-back", NULL);
        truth_healthy(truth);
        TRUTH_ADD(truth->nots, "reconnect-storm");
        TRUTH_ADD(truth->nots, "client-id-in-use");
    }
}

const struct together together[] = {
    {"restart", "catalogue 46, K28, case 17", 12, restart},
    {"one-closed", "K1, case 14", 8, one_closed},
    {"stall", "catalogue 44, K26", 10, stall},
    {"stall-but-one", "K32", 10, stall_but_one},
    {"wedge", "catalogue 17, section 2", 8, wedge},
    {"storm", "catalogue 48", 1, storm},
    {"many-programs", "K21", 1, many},
    {"health-checks", "2026.md section 1; catalogue 12", 6, health_checks},
    {"id-held", "K12, catalogue 27", 8, id_held},
    {"link-lost", "catalogue 36, 39", 8, link_lost},
    {"warming-up", "catalogue 24", 5, warming_up},
    {"comes-back", "catalogue 48: not at a high rate", 10, comes_back},
};
const size_t n_together = sizeof together / sizeof together[0];
