#include "stream.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: any cutting gives the same items; items tile what came before the stream was given
 * up; what is held is no more than a frame, nor than twice what came.
 *
 * Input: one byte of options, one byte that cuts, then the stream. */

#define MAX_FRAME 300u

struct tally {
    uint64_t digest; /* of all items, in order */
    uint64_t bytes;  /* of the stream that the items account for */
    bool opaque;
};

static void mix(struct tally *t, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        t->digest = (t->digest ^ b[i]) * 0x100000001b3u;
}

static void add(struct tally *t, const struct tws_item *item)
{
    uint32_t numbers[4] = {(uint32_t)item->kind, 0, 0, 0};

    if (t->opaque)
        abort(); /* no item follows */
    switch (item->kind) {
    case TWS_ITEM_HELLO:
        numbers[1] = item->hello.min;
        numbers[2] = item->hello.max;
        numbers[3] = item->hello.legacy;
        if (item->hello.text.p != item->payload.p || t->bytes != 0)
            abort();
        t->bytes += item->payload.left + (item->hello.legacy ? 1 : 8);
        break;
    case TWS_ITEM_FRAME:
        if (item->payload.left > MAX_FRAME)
            abort();
        t->bytes += item->payload.left + TWS_FRAME_HEAD;
        break;
    case TWS_ITEM_GAP:
        abort(); /* nothing was lost */
    case TWS_ITEM_OPAQUE:
        numbers[1] = (uint32_t)item->why;
        numbers[2] = item->why == TWS_OPAQUE_FOREIGN ? (uint32_t)item->foreign : 0;
        numbers[3] = item->length;
        t->opaque = true;
        break;
    }
    mix(t, numbers, sizeof numbers);
    if (item->kind != TWS_ITEM_OPAQUE) {
        mix(t, &item->payload.left, sizeof item->payload.left);
        mix(t, item->payload.p, item->payload.left);
    }
}

static void check_held(const struct tws_stream *s)
{
    uint32_t have, want;

    if (s->have > MAX_FRAME + 8 && s->state != TWS_STREAM_HELLO)
        abort();
    if (s->have > TWS_HELLO_MAX + 8 || s->cap < s->have || (s->part == NULL) != (s->cap == 0))
        abort();
    if (s->cap > 64 && s->cap > 2 * s->have)
        abort();
    if (tws_stream_partial_hello(s, &have, &want) && (have == 0 || (want != 0 && have >= want)))
        abort();
}

/* A copy per chunk, so that an item which points into a chunk that is gone is seen. */
static void feed(struct tws_stream *s, const uint8_t *p, size_t n, struct tally *t)
{
    uint8_t *chunk = malloc(n);
    struct tws_item item;

    if (!chunk)
        abort();
    memcpy(chunk, p, n);
    tws_stream_feed(s, (struct tws_cursor){chunk, n});
    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM)
        add(t, &item);
    free(chunk);
    check_held(s);
}

/* cut 0: all at once; else pieces whose sizes follow from `cut`. */
static struct tally run(enum tws_side side, const uint8_t *p, size_t n, unsigned cut)
{
    struct tally t = {.digest = 0xcbf29ce484222325u};
    struct tws_stream s;
    unsigned walk = cut;

    tws_stream_init(&s, side, MAX_FRAME);
    while (n > 0) {
        size_t piece = n;

        if (cut != 0) {
            walk = walk * 1103515245u + 12345u;
            piece = 1 + (walk >> 16) % cut;
        }
        piece = piece < n ? piece : n;
        feed(&s, p, piece, &t);
        p += piece;
        n -= piece;
        t.bytes += n == 0 && !t.opaque ? tws_stream_pending(&s) : 0;
    }
    tws_stream_free(&s);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum tws_side side;
    struct tally whole, cut, bytes;

    if (size < 2)
        return 0;
    side = data[0] & 1 ? TWS_GATEWAY : TWS_CLIENT;
    whole = run(side, data + 2, size - 2, 0);
    cut = run(side, data + 2, size - 2, data[1] + 1u);
    bytes = run(side, data + 2, size - 2, 1);
    if (whole.digest != cut.digest || whole.digest != bytes.digest)
        abort();
    if (!whole.opaque && whole.bytes != size - 2)
        abort();
    return 0;
}
