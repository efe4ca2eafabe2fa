#include "record_name.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define NOW 1796049900 /* 2026-11-30 14:45:00 UTC */

Test(record_name, dates_are_filled_in_in_utc)
{
    static const struct {
        const char *pattern, *name;
    } rows[] = {
        {"plain.pcapng", "plain.pcapng"},
        {"/a.b/s-%Y%m%dT%H%M%S.pcapng", "/a.b/s-20261130T144500.pcapng"},
        {"%F-%T-%j-%s", "2026-11-30-144500-334-1796049900"},
        {"100%%.pcapng", "100%.pcapng"},
    };
    char name[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(record_name_expand(rows[i].pattern, NOW, name, sizeof name));
        cr_expect_str_eq(name, rows[i].name);
    }
}

Test(record_name, what_is_no_date_or_has_no_room_is_refused)
{
    char name[16];

    cr_expect_not(record_name_expand("%q", NOW, name, sizeof name));
    cr_expect_not(record_name_expand("a%", NOW, name, sizeof name));
    cr_expect_not(record_name_expand("", NOW, name, sizeof name));
    for (size_t room = 0; room < sizeof "s-20261130"; room++)
        cr_expect_not(record_name_expand("s-%Y%m%d", NOW, name, room), "%zu", room);
    cr_expect(record_name_expand("s-%Y%m%d", NOW, name, sizeof "s-20261130"));
}

Test(record_name, what_is_put_in_stands_before_the_extension)
{
    static const struct {
        const char *path, *beside, *second, *older;
    } rows[] = {
        {"s.pcapng", "s.20261130T144500Z.pcapng", "s.20261130T144500Z-2.pcapng", "s.3.pcapng"},
        {"a.b/s", "a.b/s.20261130T144500Z", "a.b/s.20261130T144500Z-2", "a.b/s.3"},
        {"a/.s", "a/.s.20261130T144500Z", "a/.s.20261130T144500Z-2", "a/.s.3"},
    };
    char name[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        record_name_beside(rows[i].path, NOW, 1, name, sizeof name);
        cr_expect_str_eq(name, rows[i].beside);
        record_name_beside(rows[i].path, NOW, 2, name, sizeof name);
        cr_expect_str_eq(name, rows[i].second);
        record_name_older(rows[i].path, 3, name, sizeof name);
        cr_expect_str_eq(name, rows[i].older);
        record_name_older(rows[i].path, 0, name, sizeof name);
        cr_expect_str_eq(name, rows[i].path);
    }
}
