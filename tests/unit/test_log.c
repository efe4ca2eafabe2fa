#include "log.h"
#include <criterion/criterion.h>
#include <string.h>

/* The lines of a log, and its end. */
static void read_log(struct log *l, const char *const *lines, size_t n)
{
    log_init(l);
    for (size_t i = 0; i < n; i++)
        cr_expect_neq(log_line(l, lines[i], strlen(lines[i])), LOG_FULL, "%s", lines[i]);
    cr_expect_neq(log_end(l), LOG_FULL);
}

#define READ(l, lines) read_log(l, lines, sizeof(lines) / sizeof(lines)[0])

/* What is taken of it, one letter an entry: '>' and '<' bytes, '[' those that begin a session, '?'
 * unseen, '.' time. */
static const char *shape(const struct log *l, char buf[64])
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_entries && n < 62; i++) {
        const struct log_entry *e = &l->entries[i];

        if (!log_takes(l, e))
            continue;
        if (e->begins)
            buf[n++] = '[';
        buf[n++] = e->kind == LOG_TIME     ? '.'
                   : e->kind == LOG_UNSEEN ? '?'
                   : e->side == TWS_CLIENT ? '>'
                                           : '<';
    }
    buf[n] = '\0';
    return buf;
}

static void expect_shape(const char *const *lines, size_t n, const char *want)
{
    struct log l;
    char buf[64];

    read_log(&l, lines, n);
    cr_expect_str_eq(shape(&l, buf), want, "%s: %s", lines[0], buf);
    log_free(&l);
}

#define EXPECT(lines, want) expect_shape(lines, sizeof(lines) / sizeof(lines)[0], want)

Test(log, frames_get_their_length_back)
{
    static const char *const lines[] = {"<<< 9,1,42", "> 39 00",
                                        "raw:b'\\x00\\x00\\x00\\x079\\x001\\x0042\\x00'|",
                                        "> b'v100..176'"};
    static const char wire[] = "\0\0\0\a"
                               "9\0"
                               "1\0"
                               "42\0"
                               "\0\0\0\2"
                               "9\0"
                               "\0\0\0\a"
                               "9\0"
                               "1\0"
                               "42\0"
                               "API\0"
                               "\0\0\0\tv100..176";
    struct log l;

    READ(&l, lines);
    cr_expect(l.n_bytes == sizeof wire - 1 && memcmp(l.bytes, wire, sizeof wire - 1) == 0);
    log_free(&l);
}

Test(log, of_lines_that_tell_one_frame_the_nearest_to_the_wire_is_taken)
{
    static const char *const lines[] = {
        "SENDING startApi b'\\x00\\x00\\x00\\x0871\\x002\\x007\\x00\\x00'",
        "len 11 raw:b'\\x00\\x00\\x00\\x079\\x001\\x0042\\x00'|",
        "size:7 msg.size:7 msg:|b'9\\x001\\x0042\\x00'| buf:b''|", "fields (b'9', b'1', b'42')",
        "ANSWER nextValidId {'orderId': 42}"};
    static const char *const without_raw[] = {
        "size:7 msg.size:7 msg:|b'9\\x001\\x0042\\x00'| buf:b''|", "fields (b'9', b'1', b'42')"};

    EXPECT(lines, "><");
    EXPECT(without_raw, "<");
}

Test(log, a_hello_or_a_second_version_reply_begins_a_session)
{
    static const char *const hellos[] = {"> b'API\\x00\\x00\\x00\\x00\\tv100..176'",
                                         "<<< 176,20261124 13:03:05 EST", ">>> 71,2,7,",
                                         "<<< 9,1,42", "> b'API\\x00\\x00\\x00\\x00\\tv100..176'"};
    static const char *const replies[] = {"<<< 176,20261124 13:03:05 EST", ">>> 71,2,7,",
                                          "<<< 9,1,42", "<<< 176,20261124 13:04:05 EST",
                                          ">>> 71,2,8,"};

    EXPECT(hellos, "[><><[>");
    EXPECT(replies, "<><[<>");
}

Test(log, what_a_line_mentions_and_does_not_hold_is_unseen)
{
    static const char *const lines[] = {">>> 49,1", "<- protobuf msg_id=49",
                                        "BUFFER :> [\"1\", \"5168\", \"3\"]", "['9', '1', '42']"};

    EXPECT(lines, ">???");
}

Test(log, time_passes_with_lines_without_a_payload_until_one_speaks_of_the_end)
{
    static const char *const lines[] = {"13:03:05 <<< 9,1,42",    "13:03:06 one",
                                        "13:03:07 another",       "13:03:08 >>> 49,1",
                                        "13:03:09 Disconnecting", "13:30:00 hello again"};
    struct log l;
    char buf[64];

    READ(&l, lines);
    cr_expect_str_eq(shape(&l, buf), "<.>.");
    cr_expect_eq(l.entries[l.n_entries - 1].ns, 46989000000000u);
    log_free(&l);
}

Test(log, a_time_of_day_before_the_last_is_of_the_next_day)
{
    static const char *const lines[] = {"23:59:59 <<< 9,1,42", "00:00:01 <<< 9,1,43",
                                        "00:00:00 <<< 9,1,44"};
    struct log l;

    READ(&l, lines);
    cr_expect_eq(l.entries[1].ns - l.entries[0].ns, 2000000000u);
    cr_expect_eq(l.entries[2].ns, l.entries[1].ns, "time does not step back");
    log_free(&l);
}

Test(log, which_sides_it_has)
{
    static const char *const lines[] = {">>> 49,1", ">>> 61,1"};
    struct log l;

    READ(&l, lines);
    cr_expect(log_has(&l, TWS_CLIENT) && !log_has(&l, TWS_GATEWAY));
    log_free(&l);
}

Test(log, a_dump_is_taken_where_it_ends)
{
    static const char *const lines[] = {"> 00000000: 3900 3100 3432 00", "<<< 9,1,42",
                                        "00000000: 3900 3100 3432 00"};
    struct log l;

    log_init(&l);
    cr_expect_eq(log_line(&l, lines[0], strlen(lines[0])), LOG_TAKEN);
    cr_expect_eq(log_line(&l, lines[1], strlen(lines[1])), LOG_TAKEN);
    cr_expect_eq(l.payloads, 2);
    cr_expect_eq(log_line(&l, lines[2], strlen(lines[2])), LOG_TAKEN);
    cr_expect_eq(log_line(&l, lines[1], strlen(lines[1])), LOG_BEFORE, "nobody knows who sent it");
    cr_expect_eq(log_line(&l, lines[1], strlen(lines[1])), LOG_TAKEN,
                 "and the line itself comes again");
    cr_expect_eq(l.payloads, 3);
    log_free(&l);
}
