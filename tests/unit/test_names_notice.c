#include "lines.h"
#include "notice.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(notice, has_a_class)
{
    static const struct {
        int64_t code;
        enum tws_notice_class class;
    } rows[] = {
        {-1, TWS_CLASS_CLIENT},         {0, TWS_CLASS_UNKNOWN},
        {100, TWS_CLASS_PACING},        {108, TWS_CLASS_UNKNOWN},
        {162, TWS_CLASS_PACING},        {201, TWS_CLASS_ORDER_REJECT},
        {326, TWS_CLASS_CLIENT},        {354, TWS_CLASS_MARKET_DATA},
        {399, TWS_CLASS_WARNING},       {540, TWS_CLASS_CLIENT},
        {1100, TWS_CLASS_CONNECTIVITY}, {2103, TWS_CLASS_CONNECTIVITY},
        {2104, TWS_CLASS_SYSTEM},       {2105, TWS_CLASS_CONNECTIVITY},
        {2158, TWS_CLASS_SYSTEM},       {10197, TWS_CLASS_MARKET_DATA},
        {10349, TWS_CLASS_WARNING},     {99999, TWS_CLASS_UNKNOWN},
        {INT64_MAX, TWS_CLASS_UNKNOWN}, {INT64_MIN, TWS_CLASS_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(tws_notice_class(rows[i].code), rows[i].class, "%ld", (long)rows[i].code);
}

Test(notice, has_the_class_of_the_fact_table)
{
    FILE *f = shared_open("protocol/error_codes.tsv");
    char line[1024], class[32];
    long code;
    size_t seen = 0;

    if (!f)
        return;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%ld\t%31[a-z_]", &code, class) != 2)
            continue;
        seen++;
        cr_expect_str_eq(tws_notice_class_name(tws_notice_class(code)), class, "%ld", code);
    }
    fclose(f);
    cr_expect_gt(seen, 300);
}

Test(notice, ends_a_request_or_does_not)
{
    cr_expect(tws_notice_ends_request(200) && tws_notice_ends_request(162) &&
              tws_notice_ends_request(354) && tws_notice_ends_request(321));
    cr_expect_not(tws_notice_ends_request(2104) || tws_notice_ends_request(399) ||
                  tws_notice_ends_request(10167) || tws_notice_ends_request(1100));
}
