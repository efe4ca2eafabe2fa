#include "event.h"
#include <criterion/criterion.h>

Test(names, are_those_of_the_contract)
{
    cr_expect_str_eq(tws_stage_name(TWS_TCP), "tcp");
    cr_expect_str_eq(tws_stage_name(TWS_LIVE), "live");
    cr_expect_null(tws_trouble_name(TWS_TROUBLE_NONE));
    cr_expect_str_eq(tws_trouble_name(TWS_HELLO_UNANSWERED), "hello-unanswered");
    cr_expect_str_eq(tws_trouble_name(TWS_STARTAPI_MISSING), "startapi-missing");
    cr_expect_str_eq(tws_side_name(TWS_NOBODY), "nobody");
    cr_expect_str_eq(tws_certainty_name(TWS_CANNOT_TELL), "cannot tell");
    cr_expect_str_eq(tws_ending_name(TWS_END_OF_CAPTURE), "end-of-capture");
    cr_expect_str_eq(tws_request_status_name(TWS_REQ_LIVE), "live");
    cr_expect_str_eq(tws_source_name(TWS_FROM_OTHERS), "other-sessions");
    cr_expect_str_eq(tws_source_name(TWS_FROM_LOG), "log");
    cr_expect_str_eq(tws_limit_name(TWS_LIMIT_CONNECTIONS), "connections");
    cr_expect_str_eq(tws_limit_name(TWS_LIMIT_DESCRIPTORS), "descriptors");
    cr_expect_str_eq(tws_limit_name(TWS_LIMIT_DENIED), "denied");
    cr_expect_str_eq(tws_limit_name(TWS_LIMIT_RECORDING), "recording");
}

Test(names, are_there_for_every_value)
{
    for (int i = 0; i < TWS_STAGES; i++)
        cr_expect_not_null(tws_stage_name((enum tws_stage)i));
    for (int i = 1; i < TWS_TROUBLES; i++)
        cr_expect_not_null(tws_trouble_name((enum tws_trouble)i));
    for (int i = 0; i <= TWS_NETWORK; i++)
        cr_expect_not_null(tws_side_name((enum tws_side)i));
    for (int i = 0; i <= TWS_CERTAIN; i++)
        cr_expect_not_null(tws_certainty_name((enum tws_certainty)i));
    for (int i = 0; i <= TWS_UNREACHABLE; i++)
        cr_expect_not_null(tws_ending_name((enum tws_ending)i));
    for (int i = 0; i <= TWS_REQ_LIVE; i++)
        cr_expect_not_null(tws_request_status_name((enum tws_request_status)i));
    for (int i = 0; i <= TWS_FROM_PROCESS; i++)
        cr_expect_not_null(tws_source_name((enum tws_source)i));
    for (int i = 0; i < TWS_LIMITS; i++)
        cr_expect_not_null(tws_limit_name((enum tws_limit)i));
    for (int i = 0; i < TWS_CLASSES; i++)
        cr_expect_not_null(tws_notice_class_name((enum tws_notice_class)i));
}
