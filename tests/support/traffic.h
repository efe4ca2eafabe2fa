/* traffic.h - made-up TWS traffic of every kind that makes a frame boundary hard to find: runs of
 * empty fields, texts that quote frames, doubles with zero bytes, big documents, random bytes.
 *
 * Static functions, so that fuzz targets can use it too.  All of it follows from the numbers that
 * `next` gives. */
#ifndef TEST_TRAFFIC_H
#define TEST_TRAFFIC_H
#include "bytes.h"
#include <stdio.h>
#include <string.h>

struct traffic {
    uint32_t (*next)(void *ctx); /* what decides */
    void *ctx;
    uint8_t *bytes; /* the stream */
    size_t n, room;
    size_t *starts; /* where its frames begin */
    size_t n_frames, max_frames;
    size_t *quotes; /* where quotations begin that end with their frame */
    size_t n_quotes, max_quotes;
};

enum traffic_form { TRAFFIC_TEXT, TRAFFIC_RAW, TRAFFIC_PROTOBUF, TRAFFIC_MIXED, TRAFFIC_FORMS };

#define TRAFFIC_FRAME_MAX 70000u /* no frame is longer, head and all */

static uint32_t traffic_pick(struct traffic *t, uint32_t below)
{
    return t->next(t->ctx) % below;
}

static void traffic_put(struct traffic *t, const void *p, size_t n)
{
    if (n <= t->room - t->n) {
        memcpy(t->bytes + t->n, p, n);
        t->n += n;
    }
}

#define TRAFFIC_PUT(t, literal) traffic_put(t, literal, sizeof(literal) - 1)

static void traffic_byte(struct traffic *t, uint8_t b)
{
    traffic_put(t, &b, 1);
}

static void traffic_be32(struct traffic *t, size_t at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        t->bytes[at + (size_t)i] = (uint8_t)(v >> (24 - 8 * i));
}

static void traffic_field(struct traffic *t, const char *text)
{
    traffic_put(t, text, strlen(text) + 1);
}

static void traffic_number(struct traffic *t, uint32_t n)
{
    char text[16];

    snprintf(text, sizeof text, "%u", n);
    traffic_field(t, text);
}

/* A field as they are: often empty, often a small number. */
static void traffic_any(struct traffic *t)
{
    static const char *const texts[] = {
        "",   "",    "",  "",    "0",    "0",          "1",        "2",       "4",   "9",
        "49", "55",  "7", "100", "1449", "2147483647", "1.5",      "-1",      "USD", "SMART",
        "",   "AAA", "",  "DAY", "None", "0.0",        "20250101", "DU900001"};

    traffic_field(t, texts[traffic_pick(t, sizeof texts / sizeof texts[0])]);
}

static void traffic_fields(struct traffic *t, uint32_t n)
{
    while (n-- > 0)
        traffic_any(t);
}

static void traffic_words(struct traffic *t, uint32_t n)
{
    static const char *const words[] = {"<Instrument>", "market ", "49 ",      "\n",
                                        "farm is OK ",  "4",       "9 1 530 ", "\xc3\xa9",
                                        "%^%s",         "   "};

    while (n-- > 0) {
        const char *w = words[traffic_pick(t, sizeof words / sizeof words[0])];

        traffic_put(t, w, strlen(w));
    }
}

static size_t traffic_begin(struct traffic *t, int id, enum traffic_form form)
{
    size_t at = t->n;

    if (t->n_frames < t->max_frames)
        t->starts[t->n_frames++] = at;
    TRAFFIC_PUT(t, "\0\0\0\0");
    if (form == TRAFFIC_TEXT) {
        traffic_number(t, (uint32_t)id);
    } else {
        TRAFFIC_PUT(t, "\0\0\0\0");
        traffic_be32(t, at + 4, (uint32_t)id + (form == TRAFFIC_PROTOBUF ? 200 : 0));
    }
    return at;
}

static void traffic_end(struct traffic *t, size_t at)
{
    traffic_be32(t, at, (uint32_t)(t->n - at - 4));
}

/* ---- the gateway's text messages; `form` says how the id is written ---- */

static void traffic_text_message(struct traffic *t, enum traffic_form form)
{
    static const int kinds[] = {1, 1, 1, 2, 46, 17, 17, 5, 4, 9, 63, 19, 61, 45, 53, 49};
    int id = kinds[traffic_pick(t, sizeof kinds / sizeof kinds[0])];
    size_t at = traffic_begin(t, id, form);
    uint32_t n;

    switch (id) {
    case 1:
        TRAFFIC_PUT(t, "6\0"
                       "9001\0"
                       "1\0"
                       "187.25\0"
                       "300\0"
                       "1\0");
        break;
    case 2:
        TRAFFIC_PUT(t, "6\0"
                       "9001\0"
                       "0\0"
                       "300\0");
        break;
    case 45:
        TRAFFIC_PUT(t, "6\0"
                       "9001\0"
                       "49\0"
                       "0.0\0");
        break;
    case 46:
        TRAFFIC_PUT(t, "6\0"
                       "9001\0"
                       "45\0"
                       "1732416959\0");
        break;
    case 17: /* bars with many empty values */
        traffic_number(t, traffic_pick(t, 100));
        TRAFFIC_PUT(t, "20250101\0"
                       "20250102\0");
        n = traffic_pick(t, 40);
        traffic_number(t, n);
        traffic_fields(t, 8 * n);
        break;
    case 5: /* an order: runs of empty fields */
        traffic_number(t, 530);
        TRAFFIC_PUT(t, "0\0");
        traffic_fields(t, 150);
        break;
    case 4:
        TRAFFIC_PUT(t, "2\0-1\0"
                       "2104\0");
        traffic_words(t, 1 + traffic_pick(t, 12));
        TRAFFIC_PUT(t, "\0\0");
        break;
    case 9:
        TRAFFIC_PUT(t, "1\0"
                       "530\0");
        break;
    case 49:
        TRAFFIC_PUT(t, "1\0"
                       "1732416959\0");
        break;
    case 53:
        TRAFFIC_PUT(t, "1\0");
        break;
    case 61:
        TRAFFIC_PUT(t, "3\0DU1\0"
                       "265598\0AAPL\0STK\0\0"
                       "0.0\0\0\0NASDAQ\0USD\0AAPL\0NMS\0"
                       "5\0"
                       "1\0");
        break;
    case 63:
        TRAFFIC_PUT(t, "1\0"
                       "9002\0DU1\0NetLiquidation\0"
                       "1000.0\0USD\0");
        break;
    default: /* a big document */
        TRAFFIC_PUT(t, "1\0");
        traffic_words(t, traffic_pick(t, 4) ? 200 : 5000);
        traffic_byte(t, 0);
        break;
    }
    traffic_end(t, at);
}

/* ---- the gateway's protobuf messages ---- */

static void traffic_varint(struct traffic *t, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        traffic_byte(t, (uint8_t)(v | 128));
    traffic_byte(t, (uint8_t)v);
}

static void traffic_int(struct traffic *t, uint32_t number, uint64_t v)
{
    traffic_varint(t, number << 3);
    traffic_varint(t, v);
}

static void traffic_double(struct traffic *t, uint32_t number)
{
    static const double nice[] = {0.0, 1.0, 187.25, 0.1, 1e-320, 100.0, 5e-324, 2.5};
    uint8_t b[8];

    traffic_varint(t, number << 3 | 1);
    memcpy(b, &nice[traffic_pick(t, sizeof nice / sizeof nice[0])], 8);
    if (traffic_pick(t, 3) == 0)
        for (int i = 0; i < 8; i++)
            b[i] = (uint8_t)t->next(t->ctx);
    traffic_put(t, b, 8);
}

/* A text field whose bytes `fill` made behind `from`; its key and length are put before them. */
static void traffic_wrap(struct traffic *t, uint32_t number, size_t from)
{
    uint8_t head[12];
    struct traffic h = {.bytes = head, .room = sizeof head};
    size_t n = t->n - from;

    traffic_varint(&h, number << 3 | 2);
    traffic_varint(&h, n);
    if (h.n > t->room - t->n)
        return;
    memmove(t->bytes + from + h.n, t->bytes + from, n);
    memcpy(t->bytes + from, head, h.n);
    t->n += h.n;
    if (t->n_quotes && t->quotes[t->n_quotes - 1] >= from)
        t->quotes[t->n_quotes - 1] += h.n;
}

static void traffic_order(struct traffic *t)
{
    size_t from = t->n;

    for (uint32_t i = 1; i < 16; i++) {
        size_t inner = t->n;

        switch (traffic_pick(t, 4)) {
        case 0:
            traffic_int(t, i, traffic_pick(t, 2) ? 0 : t->next(t->ctx));
            break;
        case 1:
            traffic_double(t, i);
            break;
        case 2:
            traffic_words(t, traffic_pick(t, 3));
            traffic_wrap(t, i, inner);
            break;
        default:
            break;
        }
    }
    traffic_wrap(t, 2 + traffic_pick(t, 3), from);
}

/* Frames inside a text, as somebody who logs what he got would quote them: one at the end of the
 * text, or up to two and more words. */
static void traffic_quote(struct traffic *t)
{
    static const char frames[] = "\0\0\0\x0c\0\0\0\xd1\x08\x01\x12\x04"
                                 "abcd"
                                 "\0\0\0\x06\0\0\x01\x0f\x08\x07";
    bool last = t->max_quotes > t->n_quotes && traffic_pick(t, 2);

    traffic_words(t, 1 + traffic_pick(t, 6));
    TRAFFIC_PUT(t, "got: ");
    if (last)
        t->quotes[t->n_quotes++] = t->n;
    traffic_put(t, frames, last || traffic_pick(t, 2) ? 16 : 26);
    if (!last)
        TRAFFIC_PUT(t, " and no more");
}

static void traffic_protobuf_message(struct traffic *t)
{
    static const int kinds[] = {1, 1, 1, 2, 4, 4, 5, 17, 9, 51, 49, 62, 83, 15};
    int id = kinds[traffic_pick(t, sizeof kinds / sizeof kinds[0])];
    size_t at = traffic_begin(t, id, TRAFFIC_PROTOBUF), from;

    switch (id) {
    case 1:
        traffic_int(t, 1, 9001);
        traffic_int(t, 2, traffic_pick(t, 10));
        traffic_double(t, 3);
        from = t->n;
        TRAFFIC_PUT(t, "300");
        traffic_wrap(t, 4, from);
        traffic_int(t, 5, 0);
        break;
    case 2:
        traffic_int(t, 1, 9001);
        traffic_int(t, 2, 5);
        from = t->n;
        TRAFFIC_PUT(t, "12000");
        traffic_wrap(t, 3, from);
        break;
    case 4:
        traffic_int(t, 1, (uint64_t)-1);
        traffic_int(t, 2, 1732416959000u);
        traffic_int(t, 3, 2104);
        from = t->n;
        if (traffic_pick(t, 3) == 0)
            traffic_quote(t);
        else
            traffic_words(t, traffic_pick(t, 20));
        traffic_wrap(t, 4, from);
        break;
    case 5:
        traffic_int(t, 1, 530);
        traffic_order(t);
        traffic_order(t);
        break;
    case 9:
    case 49:
        traffic_int(t, 1, 1732416959);
        break;
    case 15:
        from = t->n;
        TRAFFIC_PUT(t, "DU900001");
        traffic_wrap(t, 1, from);
        break;
    case 17:
        traffic_int(t, 1, 77);
        for (uint32_t n = traffic_pick(t, 30); n > 0; n--) {
            from = t->n;
            for (uint32_t i = 2; i < 6; i++)
                traffic_double(t, i);
            traffic_wrap(t, 2, from);
        }
        break;
    case 51: /* random bytes */
        traffic_int(t, 1, 78);
        from = t->n;
        for (uint32_t n = traffic_pick(t, 600); n > 0; n--)
            traffic_byte(t, traffic_pick(t, 3) ? 0 : (uint8_t)traffic_pick(t, 256));
        traffic_wrap(t, 2, from);
        break;
    case 83:
        traffic_int(t, 1, 79);
        traffic_int(t, 2, 0);
        from = t->n;
        traffic_words(t, traffic_pick(t, 8) ? 60 : 3000);
        traffic_wrap(t, 3, from);
        break;
    default: /* positionEnd: nothing */
        break;
    }
    traffic_end(t, at);
}

/* ---- the client's messages, in text ---- */

static void traffic_client_message(struct traffic *t, enum traffic_form form)
{
    static const int kinds[] = {1, 2, 3, 49, 20, 61, 8, 9};
    int id = kinds[traffic_pick(t, sizeof kinds / sizeof kinds[0])];
    size_t at = traffic_begin(t, id, form);

    switch (id) {
    case 2:
        TRAFFIC_PUT(t, "1\0"
                       "9001\0");
        break;
    case 3:
        TRAFFIC_PUT(t, "530\0"
                       "0\0");
        traffic_fields(t, 100);
        break;
    case 8:
        TRAFFIC_PUT(t, "1\0"
                       "5\0");
        break;
    case 9:
        TRAFFIC_PUT(t, "8\0"
                       "9003\0"
                       "0\0AAPL\0STK\0\0"
                       "0.0\0\0\0SMART\0\0USD\0\0\0"
                       "0\0\0\0\0");
        break;
    case 20:
        TRAFFIC_PUT(t, "9004\0"
                       "0\0");
        traffic_fields(t, 22);
        break;
    case 49:
    case 61:
        TRAFFIC_PUT(t, "1\0");
        break;
    default:
        TRAFFIC_PUT(t, "11\0"
                       "9001\0"
                       "0\0AAPL\0STK\0\0"
                       "0.0\0\0\0SMART\0\0USD\0\0\0"
                       "0\0\0"
                       "0\0"
                       "0\0\0");
        break;
    }
    traffic_end(t, at);
}

/* One more frame of a stream of this form. */
static void traffic_add(struct traffic *t, enum tws_side side, enum traffic_form form)
{
    enum traffic_form raw = form == TRAFFIC_TEXT ? TRAFFIC_TEXT : TRAFFIC_RAW;

    if (side == TWS_CLIENT)
        traffic_client_message(t, raw);
    else if (form == TRAFFIC_PROTOBUF || (form == TRAFFIC_MIXED && traffic_pick(t, 2)))
        traffic_protobuf_message(t);
    else
        traffic_text_message(t, raw);
}
#endif
