#include "script.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BYTES                                                                               \
    (1u << 20) /* small enough for the cache: the memory is not what is measured                   \
                */
#define HISTORY_ID 2001u

/* One round of the mixed stream, about 64 KiB: the lists of a start, and each history followed by
 * as many rounds of ticks. */
#define ROUND_HISTORIES 6u
#define ROUND_ORDERS    4u
#define ROUND_POSITIONS 10u
#define ROUND_VALUES    40u
#define ROUND_TICKS     24u
#define HISTORY_FRAME   4096u

static void append(struct script_bytes *b, const void *p, size_t n)
{
    if (b->cap - b->len < n) {
        b->cap = (b->cap + n) * 2;
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            abort();
    }
    memcpy(b->p + b->len, p, n);
    b->len += n;
}

static void append_length(struct script_bytes *b, size_t n)
{
    uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    append(b, head, sizeof head);
}

/* One frame.  `format` makes its fields, each ended by '|', which stands for the NUL. */
__attribute__((format(printf, 2, 3))) static void frame(struct script_bytes *b, const char *format,
                                                        ...)
{
    char text[2 * HISTORY_FRAME];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        abort();
    for (int i = 0; i < n; i++)
        if (text[i] == '|')
            text[i] = '\0';
    append_length(b, (size_t)n);
    append(b, text, (size_t)n);
    b->frames++;
}

static void ask_history(struct script_bytes *b, unsigned id)
{
    frame(b,
          "20|%u|265598|AAPL|STK||0.0|||SMART|NASDAQ|USD|AAPL|NMS|0|"
          "20260102 16:00:00 US/Eastern|1 min|1 D|1|TRADES|1|0||",
          id);
}

/* Ticks are a subscription; history is asked once in its own stream, and each round of the mixed
 * one asks for all that the round brings. */
static void make_requests(struct script *s, enum script_stream stream)
{
    frame(&s->subscribe, "1|11|1001|265598|AAPL|STK||0.0|||SMART|NASDAQ|USD|AAPL|NMS|0|233|0|0||");
    if (stream == SCRIPT_HISTORY)
        ask_history(&s->subscribe, HISTORY_ID);
    if (stream != SCRIPT_MIXED)
        return;
    frame(&s->again, "16|1|");
    frame(&s->again, "61|1|");
    frame(&s->again, "6|2|1|DU0000001|");
    for (unsigned i = 0; i < ROUND_HISTORIES; i++)
        ask_history(&s->again, HISTORY_ID + i);
}

static void make_handshake(struct script *s)
{
    static const char range[] = "v100..176";

    append(&s->hello, "API", 4);
    append_length(&s->hello, sizeof range - 1);
    append(&s->hello, range, sizeof range - 1);
    frame(&s->version, "176|20260102 09:30:00 EST|");
    frame(&s->start_api, "71|2|7||");
    frame(&s->welcome, "15|1|DU0000001|");
    frame(&s->welcome, "9|1|1|");
}

static void make_echo(struct script *s)
{
    frame(&s->ask, "81|1|%-50s|", "AAPL");
    for (unsigned i = 0; i < SCRIPT_ANSWERS; i++)
        frame(&s->answers, "79|1|1|265598|AAPL|STK|NASDAQ|USD|0|%-18s||", "MADE UP INC");
    if (s->ask.len != SCRIPT_ECHO_FRAME || s->answers.len != SCRIPT_ANSWERS * SCRIPT_ECHO_FRAME)
        abort();
}

/* What a live subscription sends, in about the order it comes: bid, ask and last, each as a price
 * and a size, then the trade as text.  `i` makes the values move. */
static void ticks(struct script_bytes *b, unsigned i)
{
    for (unsigned type = 1; type <= 4; type += type == 1 ? 1 : 2) {
        frame(b, "1|6|1001|%u|%u.%02u|%u|0|", type, 180 + i % 9, i * 7 % 100, 100 * (1 + i % 40));
        frame(b, "2|6|1001|%u|%u|", type == 1 ? 0 : type == 2 ? 3 : 5, 100 * (1 + i % 40));
    }
    frame(b, "46|6|1001|48|%u.%02u;%u;17673641%05u;%u;183.41772;true|", 180 + i % 9, i * 7 % 100,
          1 + i % 5, i % 100000, 1204471 + i);
}

/* An answer to reqHistoricalData: bars of a minute, as many as fit. */
static void history(struct script_bytes *b, unsigned id, unsigned i)
{
    char bars[HISTORY_FRAME];
    size_t len = 0;
    unsigned n = 0;

    while (len + 110 < sizeof bars) {
        int more =
            snprintf(bars + len, sizeof bars - len,
                     "20260102 %02u:%02u:00 US/Eastern|%u.%02u|183.61|183.07|183.4|%u|"
                     "183.366|%u|",
                     9 + n / 60, n % 60, 180 + i % 9, (i + n) * 7 % 100, 12000 + i + n, 300 + n);

        len += more > 0 ? (size_t)more : 0;
        n++;
    }
    frame(b, "17|%u|20260101 16:00:00 US/Eastern|20260102 16:00:00 US/Eastern|%u|%s", id, n, bars);
}

#define UNSET  "1.7976931348623157E308|"
#define UNSET3 UNSET UNSET UNSET

/* A working limit order, with as many empty fields as a real one. */
static void order(struct script_bytes *b, unsigned i)
{
    frame(b,
          "5|%u|265598|AAPL|STK||0|?||SMART|USD|AAPL|NMS|BUY|100|LMT|%u.%02u|0.0|DAY||DU0000001||0|"
          "|7|%u|0|0|0||||||||||||0||-1|0||||||0|0|0||3|0|0||0|0||0|||0|0|||||0|0|0||||"
          "|0||IB|0|0||0|0|PreSubmitted|" UNSET3 UNSET3 UNSET3 "|||||0|0|0|None|" UNSET3 UNSET3
          "0||||0|0|0|0|0|||0|||||",
          10 + i, 170 + i, i * 7 % 100, 1204471000 + i);
    frame(b, "3|%u|PreSubmitted|0|100|0|%u|0|0|7||0|", 10 + i, 1204471000 + i);
}

static void position(struct script_bytes *b, unsigned i)
{
    frame(b, "61|3|DU0000001|%u|SYM%u|STK||0.0|||NASDAQ|USD|SYM%u|NMS|%u|%u.8829709|", 265598 + i,
          i, i, 100 + i, 180 + i);
}

static void portfolio(struct script_bytes *b, unsigned i)
{
    frame(b,
          "7|8|%u|SYM%u|STK||0.0|0||NASDAQ|USD|SYM%u|NMS|%u|%u.52|%u.2|%u.8829709|-36.31|0.0|"
          "DU0000001|",
          265598 + i, i, i, 100 + i, 180 + i, 18000 + i, 180 + i);
}

/* What the requests of a round are answered with, history aside. */
static void lists(struct script_bytes *b)
{
    for (unsigned i = 0; i < ROUND_ORDERS; i++)
        order(b, i);
    frame(b, "53|1|");
    for (unsigned i = 0; i < ROUND_POSITIONS; i++)
        position(b, i);
    frame(b, "62|1|");
    for (unsigned i = 0; i < ROUND_VALUES; i++)
        frame(b, "6|2|NetLiquidation-%u|%u.%02u|USD|DU0000001|", i, 100000 + i, i);
    for (unsigned i = 0; i < ROUND_POSITIONS; i++)
        portfolio(b, i);
    frame(b, "8|1|09:30|");
    frame(b, "54|1|DU0000001|");
}

static void make_round(struct script_bytes *b)
{
    lists(b);
    for (unsigned i = 0; i < ROUND_HISTORIES; i++) {
        history(b, HISTORY_ID + i, i);
        for (unsigned k = 0; k < ROUND_TICKS; k++)
            ticks(b, ROUND_TICKS * i + k);
    }
}

static void make_stream(struct script_bytes *b, enum script_stream stream)
{
    switch (stream) {
    case SCRIPT_HISTORY:
        for (unsigned i = 0; b->len < STREAM_BYTES; i++)
            history(b, HISTORY_ID, i);
        return;
    case SCRIPT_TICKS:
        for (unsigned i = 0; b->len < STREAM_BYTES; i++)
            ticks(b, i);
        return;
    case SCRIPT_MIXED:
        make_round(b);
        return;
    }
}

static const char *const stream_names[] = {
    [SCRIPT_HISTORY] = "history", [SCRIPT_TICKS] = "ticks", [SCRIPT_MIXED] = "mixed"};

bool script_stream_named(const char *name, enum script_stream *out)
{
    for (size_t i = 0; i < sizeof stream_names / sizeof stream_names[0]; i++)
        if (strcmp(name, stream_names[i]) == 0) {
            *out = (enum script_stream)i;
            return true;
        }
    return false;
}

size_t script_frame_len(const struct script_bytes *b, size_t at)
{
    const uint8_t *p = b->p + at;

    return 4 + ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
}

size_t script_frame_left(const struct script_bytes *b, size_t at)
{
    size_t end = 0;

    while (end < at)
        end += script_frame_len(b, end);
    return end - at;
}

void script_make(struct script *s, enum script_stream stream)
{
    memset(s, 0, sizeof *s);
    make_handshake(s);
    make_requests(s, stream);
    make_echo(s);
    make_stream(&s->stream, stream);
}

void script_free(struct script *s)
{
    struct script_bytes *all[] = {&s->hello, &s->version, &s->start_api, &s->welcome, &s->subscribe,
                                  &s->again, &s->ask,     &s->answers,   &s->stream};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->p);
    memset(s, 0, sizeof *s);
}
