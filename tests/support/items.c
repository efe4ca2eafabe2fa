#include "items.h"
#include "guard.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char out[ITEMS_MAX], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char out[ITEMS_MAX], const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;

    va_start(args, format);
    vsnprintf(out + used, ITEMS_MAX - used, format, args);
    va_end(args);
}

static void add_bytes(char out[ITEMS_MAX], struct tws_cursor c)
{
    add(out, " [");
    for (size_t i = 0; i < c.left; i++) {
        if (c.p[i] > ' ' && c.p[i] < 0x7f)
            add(out, "%c", c.p[i]);
        else
            add(out, "\\%02x", c.p[i]);
    }
    add(out, "]\n");
}

static void add_item(char out[ITEMS_MAX], const struct tws_item *item)
{
    switch (item->kind) {
    case TWS_ITEM_HELLO:
        add(out, "%s %u..%u", item->hello.legacy ? "legacy" : "hello", item->hello.min,
            item->hello.max);
        add_bytes(out, item->payload);
        break;
    case TWS_ITEM_FRAME:
        add(out, "frame %zu", item->payload.left);
        add_bytes(out, item->payload);
        break;
    case TWS_ITEM_GAP:
        add(out, "gap %llu %llu\n", (unsigned long long)item->missing,
            (unsigned long long)item->skipped);
        break;
    case TWS_ITEM_OPAQUE:
        add(out, "opaque %d %d %u\n", (int)item->why,
            item->why == TWS_OPAQUE_FOREIGN ? (int)item->foreign : 0, item->length);
        break;
    }
}

static void feed(struct tws_stream *s, const uint8_t *bytes, size_t n, char out[ITEMS_MAX])
{
    const uint8_t *chunk = guarded(bytes, n);
    struct tws_item item;

    tws_stream_feed(s, (struct tws_cursor){chunk, n});
    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM)
        add_item(out, &item);
    unguard(chunk, n);
}

void items_of(enum tws_side side, uint32_t max_frame, const void *bytes, size_t n, size_t first,
              size_t piece, char out[ITEMS_MAX])
{
    struct tws_stream s;
    const uint8_t *p = bytes;

    out[0] = '\0';
    tws_stream_init(&s, side, max_frame);
    first = first < n ? first : n;
    feed(&s, p, first, out);
    for (size_t at = first; at < n;) {
        size_t len = piece == 0 || piece > n - at ? n - at : piece;

        feed(&s, p + at, len, out);
        at += len;
    }
    tws_stream_free(&s);
}
