#include "stream.h"
#include <criterion/criterion.h>
#include <stdlib.h>

/* The linker sends the decoder's realloc here (--wrap). */
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

static int grants = -1; /* allocations still granted; below 0: all */

void *__wrap_realloc(void *p, size_t size)
{
    if (grants == 0)
        return NULL;
    if (grants > 0)
        grants--;
    return __real_realloc(p, size);
}

#define FEED(s, text)                                                                              \
    tws_stream_feed((s), (struct tws_cursor){(const uint8_t *)(text), sizeof(text) - 1})

Test(stream_memory, refused_makes_the_stream_opaque_and_nothing_else)
{
    static const char longer[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789";

    for (int n = 0; n < 2; n++) {
        struct tws_stream s;
        struct tws_item item;

        tws_stream_init(&s, TWS_GATEWAY, 1000);
        grants = n;
        FEED(&s, "\0\0\0\x01x\0\0\x03\x01y");
        cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
        cr_expect_eq(item.kind, TWS_ITEM_FRAME, "a frame in place asks for no memory");
        if (n == 1) {
            cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
            FEED(&s, longer);
        }
        cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
        grants = -1;
        cr_expect_eq(item.kind, TWS_ITEM_OPAQUE);
        cr_expect_eq(item.why, TWS_OPAQUE_NO_MEMORY);
        cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_MORE);
        cr_expect_null(s.part);
    }
}

Test(stream_memory, refused_for_a_hello_in_pieces)
{
    struct tws_stream s;
    struct tws_item item;

    tws_stream_init(&s, TWS_CLIENT, 1000);
    grants = 0;
    FEED(&s, "AP");
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
    cr_expect_eq(item.why, TWS_OPAQUE_NO_MEMORY);
    tws_stream_init(&s, TWS_CLIENT, 1000);
    FEED(&s, "API\0\0");
    cr_expect_eq(tws_stream_next(&s, &item), TWS_STREAM_ITEM);
    grants = -1;
    cr_expect_eq(item.why, TWS_OPAQUE_NO_MEMORY);
}
