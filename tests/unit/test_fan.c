#include "fan.h"
#include <criterion/criterion.h>

static void count(void *ctx, const struct tws_event *ev)
{
    (void)ev;
    ++*(int *)ctx;
}

Test(fan, hands_each_sink_what_it_wants)
{
    int opens = 0, all = 0;
    struct fan f = {0};
    struct tws_sink sink;
    struct tws_event open = {.kind = TWS_EV_OPEN}, close = {.kind = TWS_EV_CLOSE};

    cr_assert(fan_add(&f, (struct tws_sink){count, &opens, TWS_WANTS(TWS_EV_OPEN)}));
    cr_assert(fan_add(
        &f, (struct tws_sink){count, &all, TWS_WANTS(TWS_EV_OPEN) | TWS_WANTS(TWS_EV_CLOSE)}));
    sink = fan_sink(&f);
    cr_expect_eq(sink.wants, TWS_WANTS(TWS_EV_OPEN) | TWS_WANTS(TWS_EV_CLOSE));
    sink.put(sink.ctx, &open);
    sink.put(sink.ctx, &close);
    cr_expect_eq(opens, 1);
    cr_expect_eq(all, 2);
}

Test(fan, takes_no_more_sinks_than_it_holds)
{
    struct fan f = {0};

    for (size_t i = 0; i < FAN_MAX; i++)
        cr_expect(fan_add(&f, (struct tws_sink){count, NULL, 0}));
    cr_expect_not(fan_add(&f, (struct tws_sink){count, NULL, 0}));
}
