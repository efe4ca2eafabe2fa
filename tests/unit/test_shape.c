#include "guard.h"
#include "lines.h"
#include "shape.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(s) s, sizeof(s) - 1

static const struct row {
    const char *name;
    enum tws_side side;
    const char *in;
    size_t len;
    enum tws_grade want;
    enum tws_ids ids;
} rows[] = {
    {"a tick", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "9001\0"
           "0\0"
           "300\0"),
     TWS_GRADE_STRONG, TWS_IDS_TEXT},
    {"one field too many: a newer peer", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "9\0"
           "0\0"
           "3\0"
           "x\0"),
     TWS_GRADE_FAIR, TWS_IDS_TEXT},
    {"three too many", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "9\0"
           "0\0"
           "3\0\0\0\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"one too few", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "9001\0"
           "0\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"words for a number", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "nine\0"
           "0\0"
           "3\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"no last NUL", TWS_GATEWAY,
     BYTES("2\0"
           "6\0"
           "9001\0"
           "0\0"
           "300"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"a control byte", TWS_GATEWAY,
     BYTES("4\0"
           "2\0-1\0"
           "2104\0farm\x0c"
           "OK\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"lines of text", TWS_GATEWAY,
     BYTES("4\0"
           "2\0-1\0"
           "2104\0farm\tis\r\nOK\0"),
     TWS_GRADE_STRONG, TWS_IDS_TEXT},
    {"an id nobody has", TWS_GATEWAY,
     BYTES("48\0"
           "1\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"an id of four digits", TWS_GATEWAY,
     BYTES("1000\0"
           "1\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"an id with a zero in front", TWS_GATEWAY,
     BYTES("02\0"
           "6\0"
           "9\0"
           "0\0"
           "3\0"),
     TWS_GRADE_BAD, TWS_IDS_TEXT},
    {"an id of the other side", TWS_CLIENT,
     BYTES("2\0"
           "6\0"
           "9001\0"
           "0\0"
           "300\0"),
     TWS_GRADE_FAIR, TWS_IDS_TEXT},
    {"an empty text in front", TWS_CLIENT, BYTES("58\0\0\0"), TWS_GRADE_STRONG, TWS_IDS_TEXT},
    {"no field at all", TWS_CLIENT, BYTES("105\0"), TWS_GRADE_STRONG, TWS_IDS_TEXT},
    {"text behind a raw id", TWS_GATEWAY,
     BYTES("\0\0\0\x09"
           "1\0"
           "530\0"),
     TWS_GRADE_STRONG, TWS_IDS_RAW},
    {"protobuf", TWS_GATEWAY, BYTES("\0\0\0\xd1\x08\x92\x04"), TWS_GRADE_STRONG, TWS_IDS_RAW},
    {"protobuf without a field", TWS_GATEWAY, BYTES("\0\0\x01\x06"), TWS_GRADE_STRONG, TWS_IDS_RAW},
    {"protobuf that leaves all out", TWS_GATEWAY, BYTES("\0\0\0\xd1"), TWS_GRADE_FAIR, TWS_IDS_RAW},
    {"a field that is not known", TWS_GATEWAY, BYTES("\0\0\0\xd1\x08\x92\x04\x10\x01"),
     TWS_GRADE_FAIR, TWS_IDS_RAW},
    {"a field number beyond all", TWS_GATEWAY, BYTES("\0\0\0\xd1\x80\x10\x01"), TWS_GRADE_BAD,
     TWS_IDS_RAW},
    {"another wire type", TWS_GATEWAY, BYTES("\0\0\0\xd1\x0a\x01x"), TWS_GRADE_BAD, TWS_IDS_RAW},
    {"a float, which no message has", TWS_GATEWAY,
     BYTES("\0\0\0\xd1\x15"
           "1234"),
     TWS_GRADE_BAD, TWS_IDS_RAW},
    {"protobuf cut short", TWS_GATEWAY, BYTES("\0\0\0\xd1\x08\x92"), TWS_GRADE_BAD, TWS_IDS_RAW},
    {"protobuf of a message that has none", TWS_GATEWAY, BYTES("\0\0\0\xf7\x08\x01"), TWS_GRADE_BAD,
     TWS_IDS_RAW},
    {"text of a message that has none", TWS_GATEWAY,
     BYTES("\0\0\0\x6e"
           "1\0"),
     TWS_GRADE_BAD, TWS_IDS_RAW},
    {"raw id 0", TWS_GATEWAY, BYTES("\0\0\0\0"), TWS_GRADE_BAD, TWS_IDS_RAW},
    {"raw id 200", TWS_GATEWAY, BYTES("\0\0\0\xc8"), TWS_GRADE_BAD, TWS_IDS_RAW},
    {"a raw id too large", TWS_GATEWAY,
     BYTES("\0\0\x02\x01"
           "1\0"),
     TWS_GRADE_BAD, TWS_IDS_RAW},
    {"less than an id", TWS_GATEWAY, BYTES("\0\0\0"), TWS_GRADE_BAD, TWS_IDS_RAW},
    {"nothing", TWS_GATEWAY, BYTES(""), TWS_GRADE_BAD, TWS_IDS_UNKNOWN},
};

/* The whole is graded as the row says; a part of it is OPEN, or BAD if the whole is. */
Test(shape, grades_a_whole_and_refuses_no_part_of_it)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        bool refused = false;

        for (size_t n = 0; n <= r->len; n++) {
            const uint8_t *p = guarded(r->in, n);
            enum tws_ids ids;
            enum tws_grade g = tws_shape_grade(r->side, (struct tws_cursor){p, n}, r->len, &ids);

            if (n < r->len)
                cr_expect(g == TWS_GRADE_OPEN || (g == TWS_GRADE_BAD && r->want == TWS_GRADE_BAD),
                          "%s: %d at %zu", r->name, g, n);
            else
                cr_expect(g == r->want && ids == r->ids, "%s: %d %d", r->name, g, ids);
            cr_expect(!refused || g == TWS_GRADE_BAD, "%s: taken back at %zu", r->name, n);
            refused = g == TWS_GRADE_BAD;
            unguard(p, n);
        }
    }
}

Test(shape, knows_a_version_reply)
{
    static const struct {
        const char *in;
        size_t len;
        enum tws_grade want;
    } replies[] = {
        {BYTES("176\0"
               "20240326 09:36:20 Greenwich Mean Time\0"),
         TWS_GRADE_STRONG},
        {BYTES("203\0"
               "20241124 02:55:59 \xc0\xf1\0"),
         TWS_GRADE_STRONG},
        {BYTES("53\0"
               "1\0"),
         TWS_GRADE_BAD},
        {BYTES("176\0"
               "20240326 09:36:20 X\0"
               "1\0"),
         TWS_GRADE_BAD},
        {BYTES("176\0"
               "20240326 09:36:20 X"),
         TWS_GRADE_BAD},
        {BYTES("176\0"
               "20240326-09:36:20 X\0"),
         TWS_GRADE_BAD},
        {BYTES("076\0"
               "20240326 09:36:20 X\0"),
         TWS_GRADE_BAD},
        {BYTES("1766\0"
               "20240326 09:36:20 X\0"),
         TWS_GRADE_BAD},
    };

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        for (size_t n = 0; n <= replies[i].len; n++) {
            const uint8_t *p = guarded(replies[i].in, n);
            enum tws_grade g = tws_shape_version((struct tws_cursor){p, n}, replies[i].len);

            if (n < replies[i].len)
                cr_expect(g == TWS_GRADE_OPEN || (g == TWS_GRADE_BAD && replies[i].want == g),
                          "%zu: %d at %zu", i, g, n);
            else
                cr_expect_eq(g, replies[i].want, "%zu: %d", i, g);
            unguard(p, n);
        }
    }
}

/* Every frame that was captured from a real gateway or client is one. */
Test(shape, refuses_no_real_frame)
{
    static uint8_t bytes[1 << 19];
    FILE *f = shared_open("data/frames.jsonl");
    const char *line;
    size_t seen = 0;

    if (!f)
        return;
    while ((line = next_line(f))) {
        bool gateway = strstr(line, "\"dir\": \"gateway\"");
        const char *hex = strstr(line, "\"hex\": \"");
        struct tws_cursor c = {bytes, 0};
        enum tws_ids ids;
        unsigned b;

        if (!strstr(line, "\"live\"") || (!gateway && !strstr(line, "\"dir\": \"client\"")) || !hex)
            continue;
        for (hex += 8; c.left < sizeof bytes && sscanf(hex, "%2x", &b) == 1; hex += 2)
            bytes[c.left++] = (uint8_t)b;
        if (strstr(line, "\"hello\": true"))
            cr_expect_eq(tws_shape_version(c, c.left), TWS_GRADE_STRONG, "%.80s", line);
        else
            cr_expect_geq(tws_shape_grade(gateway ? TWS_GATEWAY : TWS_CLIENT, c, c.left, &ids),
                          TWS_GRADE_FAIR, "%.400s", line);
        seen++;
    }
    fclose(f);
    cr_expect_gt(seen, 50);
}
