#include "meaning.h"
#include "records.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

#define BYTES(literal) literal, sizeof(literal) - 1

static uint32_t faults;

static const char *said(enum tws_side dir, uint32_t sv, const char *payload, size_t n)
{
    static char text[MEANING_MAX + 1];
    struct tws_message m;

    tws_message_open(dir, sv, (struct tws_cursor){(const uint8_t *)payload, n}, &m);
    text[meaning(&m, text, &faults)] = '\0';
    return text;
}

Test(meaning, is_what_a_trader_would_say)
{
    static const struct {
        enum tws_side dir;
        uint32_t sv;
        const char *payload;
        size_t n;
        const char *want;
    } rows[] = {
        {TWS_GATEWAY, 176, BYTES("1\0006\0009001\0001\000184.24\0003\0001\0"),
         "req 9001 BID 184.24 x 3"},
        {TWS_GATEWAY, 176, BYTES("1\0006\0009001\0001\000-1\0000\0001\0"), "req 9001 BID -1"},
        {TWS_GATEWAY, 176, BYTES("1\0006\0009001\000999\0001.5\0003\0001\0"),
         "req 9001 999 1.5 x 3"},
        {TWS_GATEWAY, 176, BYTES("4\0002\00042\000201\000Order rejected - reason:\000\000"),
         "42: 201 Order rejected - reason:"},
        {TWS_GATEWAY, 213, BYTES("\0\0\0\311\010\251\106\020\001\031\0\0\0\0\0\0\xf8\x3f\042\0013"),
         "req 9001 BID 1.5 x 3"},
        {TWS_GATEWAY, 176, BYTES("58\0001\0005\0003\0"), "req 5 delayed"},
        {TWS_GATEWAY, 176, BYTES("17\0005\000a\000b\0002\000"), "req 5, 0 bars, a to b"},
        {TWS_GATEWAY, 176, BYTES("85\0002\000A\000x\000B\000y\000"), "2 providers"},
        {TWS_GATEWAY, 176, BYTES("49\0001\0001700000000\0"), "2023-11-14T22:13:20Z"},
        {TWS_GATEWAY, 176, BYTES("53\0001\0"), ""},
        {TWS_GATEWAY, 176, BYTES("1\0"), "req - - -"},
        {TWS_CLIENT, 176, BYTES("71\0002\0007\000\0"), "client 7"},
        {TWS_CLIENT, 213, BYTES("\0\0\1\017\010\007"), "client 7"},
        {TWS_CLIENT, 150,
         BYTES("3\00042\0000\000AAPL\000STK\000\0000."
               "0\000\000\000SMART\000\000USD\000\000\000\000\000"
               "BUY\000100\000LMT\000184.25\000\000DAY\000"),
         "42 BUY 100 AAPL STK SMART LMT 184.25 DAY"},
        {TWS_GATEWAY, 176, BYTES("9999\0001\0"), ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(said(rows[i].dir, rows[i].sv, rows[i].payload, rows[i].n), rows[i].want);
}

Test(meaning, is_cut_at_its_end)
{
    static char payload[4000] = "46\0006\0009001\00048";
    struct tws_message m;
    char text[MEANING_MAX];

    memset(payload + 14, 'x', sizeof payload - 15);
    tws_message_open(TWS_GATEWAY, 176, (struct tws_cursor){(uint8_t *)payload, sizeof payload}, &m);
    cr_expect_leq(meaning(&m, text, &faults), MEANING_MAX);
}

/* ---- the texts themselves ---- */

static bool has_name(const struct tws_field *fields, uint16_t n, const char *name, size_t len,
                     unsigned depth)
{
    for (uint16_t i = 0; i < n; i++) {
        const struct tws_field *f = &fields[i];

        if ((strlen(f->name) == len && memcmp(f->name, name, len) == 0) ||
            (f->group && strlen(f->group) == len && memcmp(f->group, name, len) == 0))
            return true;
        if (f->record && depth > 0 &&
            has_name(f->record->fields, f->record->n_fields, name, len, depth - 1))
            return true;
    }
    return false;
}

static void check_place(const struct tws_message_row *row, const char *names)
{
    size_t len = strcspn(names, "}~!#"), at = 0;

    while (at < len) {
        size_t n = strcspn(names + at, "|}~!#");

        cr_expect(has_name(row->fields, row->n_fields, names + at, n, 6), "%s: {%.*s}", row->name,
                  (int)n, names + at);
        at += n + 1;
    }
}

Test(meaning, speaks_of_fields_that_the_messages_have)
{
    size_t silent = 0;

    for (size_t side = 0; side < 2; side++) {
        for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
            const struct tws_message_row *row = tws_schema_find(sides[side], id);
            int open = 0;

            if (!row)
                continue;
            silent += row->says == NULL;
            if (!row->says) {
                cr_expect_leq(row->n_fields, 2, "%s has fields and nothing to say", row->name);
                continue;
            }
            for (const char *s = row->says; *s; s++) {
                open += (*s == '[') - (*s == ']');
                cr_expect(open == 0 || open == 1, "%s", row->name);
                if (*s == '{')
                    check_place(row, s + 1);
            }
            cr_expect_eq(open, 0, "%s", row->name);
        }
    }
    cr_expect_lt(silent, 25);
}
