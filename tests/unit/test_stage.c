#include "stage.h"
#include <criterion/criterion.h>

Test(stage, goes_on_only_with_all_it_waits_for)
{
    const tws_seen_bits both = TWS_SAW(NEXT_ID) | TWS_SAW(ACCOUNTS);

    cr_expect_eq(tws_stage_next(TWS_TCP, 0), TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_TCP, TWS_SAW(HELLO)), TWS_HELLO);
    cr_expect_eq(tws_stage_next(TWS_HELLO, TWS_SAW(HELLO) | TWS_SAW(STARTAPI)), TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_HELLO, TWS_SAW(VERSION)), TWS_VERSION);
    cr_expect_eq(tws_stage_next(TWS_VERSION, TWS_SAW(STARTAPI)), TWS_START);
    cr_expect_eq(tws_stage_next(TWS_START, TWS_SAW(NEXT_ID)), TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_START, TWS_SAW(ACCOUNTS)), TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_START, TWS_SAW(NEXT_ID) | TWS_SAW(ACCOUNTS_EMPTY)),
                 TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_START, both), TWS_READY);
    cr_expect_eq(tws_stage_next(TWS_READY, both), TWS_STAGE_NONE);
    cr_expect_eq(tws_stage_next(TWS_READY, both | TWS_SAW(REQUEST)), TWS_LIVE);
    cr_expect_eq(tws_stage_next(TWS_LIVE, ~(tws_seen_bits)0), TWS_STAGE_NONE);
}

Test(stage, says_who_owes)
{
    static const enum tws_side owes[TWS_STAGES] = {
        [TWS_TCP] = TWS_CLIENT,    [TWS_HELLO] = TWS_GATEWAY, [TWS_VERSION] = TWS_CLIENT,
        [TWS_START] = TWS_GATEWAY, [TWS_READY] = TWS_NOBODY,  [TWS_LIVE] = TWS_NOBODY,
    };

    for (int s = TWS_TCP; s < TWS_STAGES; s++)
        cr_expect_eq(tws_stage_owes((enum tws_stage)s), owes[s], "%d", s);
}
