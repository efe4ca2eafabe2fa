#include "port.h"
#include "talk.h"
#include <criterion/criterion.h>

static struct tws_port port;
static struct tws_port_link link[4];

static struct tws_others ask(int i, uint64_t window, uint64_t now)
{
    struct tws_others o;

    tws_port_others(&port, &link[i], (uint32_t)i + 1, window, now, &o);
    return o;
}

static void join_all(void)
{
    struct tws_endpoint gateway = {4, 4002, {127, 0, 0, 1}, 0};

    tws_port_init(&port, &gateway);
    for (int i = 0; i < 4; i++)
        tws_port_join(&port, &link[i], 1 * SEC);
}

Test(port, counts_the_others_and_never_oneself)
{
    join_all();
    tws_port_move(&port, &link[0], TWS_STANDS_NEW_UNANSWERED);
    tws_port_move(&port, &link[1], TWS_STANDS_NEW_UNANSWERED);
    tws_port_move(&port, &link[2], TWS_STANDS_LIVE);
    tws_port_move(&port, &link[3], TWS_STANDS_LIVE_SILENT);
    cr_expect_eq(ask(0, 0, 2 * SEC).new_unanswered, 1);
    cr_expect_eq(ask(2, 0, 2 * SEC).new_unanswered, 2);
    cr_expect_eq(ask(3, 0, 2 * SEC).live_silent, 0);
    cr_expect_eq(ask(0, 0, 2 * SEC).live_silent, 1);
    cr_expect_eq(ask(0, 0, 2 * SEC).open, 3);
}

Test(port, knows_who_spoke_lately)
{
    join_all();
    tws_port_move(&port, &link[0], TWS_STANDS_LIVE);
    tws_port_move(&port, &link[1], TWS_STANDS_LIVE);
    tws_port_live_byte(&port, 1, SEC, 5 * SEC);
    tws_port_live_byte(&port, 2, SEC, 6 * SEC);
    tws_port_live_byte(&port, 2, SEC, 7 * SEC);
    cr_expect_eq(ask(0, 2 * SEC, 8 * SEC).live_answering, 1);
    cr_expect_eq(ask(1, 2 * SEC, 8 * SEC).live_answering, 0, "the other spoke 3 s ago");
    cr_expect_eq(ask(1, 4 * SEC, 8 * SEC).live_answering, 1);
    cr_expect_eq(ask(2, 2 * SEC, 8 * SEC).live_answering, 2);
}

Test(port, counts_answers_since_a_connection_began)
{
    join_all();
    tws_port_answered(&port, &link[1], 2, 2 * SEC);
    cr_expect_eq(ask(0, 0, 3 * SEC).new_answered, 1);
    cr_expect_eq(ask(1, 0, 3 * SEC).new_answered, 0);
    tws_port_join(&port, &link[2], 3 * SEC);
    cr_expect_eq(ask(2, 0, 3 * SEC).new_answered, 0);
}

Test(port, counts_runs)
{
    join_all();
    tws_port_unanswered(&port, &link[0], SEC);
    tws_port_unanswered(&port, &link[0], SEC);
    tws_port_unanswered(&port, &link[1], SEC);
    cr_expect_eq(port.unanswered_run, 2);
    tws_port_closed(&port, 1, true, 2 * SEC);
    tws_port_closed(&port, 2, true, 4 * SEC);
    cr_expect_eq(port.early_closes, 2);
    cr_expect_eq(port.early_close_first_ns, 2 * SEC);
    cr_expect(tws_port_closed_too(&port, 1, 3 * SEC, SEC));
    cr_expect_not(tws_port_closed_too(&port, 1, 6 * SEC, SEC));
    cr_expect_not(tws_port_closed_too(&port, 2, 4 * SEC, SEC), "2 s apart");
    tws_port_answered(&port, &link[2], 3, 5 * SEC);
    cr_expect_eq(port.unanswered_run, 0);
    cr_expect_eq(port.early_closes, 0);
}

static uint32_t visits_of(int64_t id, uint64_t opened, uint64_t now)
{
    static const struct tws_endpoint client = {4, 50000, {10, 0, 0, 7}, 0};

    return tws_port_visits(&port, &client, id, opened, now);
}

static void visit(uint16_t from, int64_t id, uint64_t opened, uint64_t now)
{
    const struct tws_endpoint client = {4, from, {10, 0, 0, 7}, 0};

    tws_port_visit(&port, &client, id, opened, now);
}

Test(port, counts_the_returns_of_one_client)
{
    join_all();
    for (unsigned i = 0; i < 12; i++) /* one after the other, each with an id of its own */
        visit((uint16_t)(50000 + i), i, (2 * i + 1) * SEC, (2 * i + 2) * SEC);
    cr_expect_eq(visits_of(11, 23 * SEC, 24 * SEC), 12);
    cr_expect_eq(visits_of(11, 23 * SEC, 300 * SEC), 0, "that is long ago");
}

Test(port, counts_no_programs_that_are_there_together)
{
    join_all();
    for (unsigned i = 0; i < 16; i++)
        visit((uint16_t)(50000 + i), i, SEC + i, (10 + i) * SEC);
    cr_expect_eq(visits_of(15, SEC + 15, 25 * SEC), 1);
    join_all();
    for (unsigned i = 0; i < 16; i++) /* two that come back, each with its id */
        visit((uint16_t)(50000 + i), i % 2, (i + 1) * SEC, (i + 3) * SEC - SEC / 2);
    cr_expect_eq(visits_of(1, 16 * SEC, 18 * SEC - SEC / 2), 8);
    join_all();
    for (unsigned i = 0; i < 16; i++) /* they left without an id */
        visit((uint16_t)(50000 + i), -1, SEC + i, (10 + i) * SEC);
    cr_expect_eq(visits_of(-1, SEC + 15, 25 * SEC), 1);
}
