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
    tws_port_live_byte(&port, 1, 5 * SEC);
    tws_port_live_byte(&port, 2, 6 * SEC);
    tws_port_live_byte(&port, 2, 7 * SEC);
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
