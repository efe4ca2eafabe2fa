#include "conversation.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties, for any bytes of both sides in any order, with holes:
 * - no cutting changes the items, where they are, or what their frames are opened as;
 * - items do not overlap, and stand in order;
 * - a version that was not agreed on is one that the client offers;
 * - once all is settled, nothing is told from messages but messages;
 * - the read-only and the learning way to open a payload give the same.
 *
 * Input: one byte of options, one that cuts, then steps: a byte whose bits say what it is, a byte
 * with a length, and as many bytes, unless it is a hole. */

enum { MIDSTREAM = 1, GIVEN = 2 };                       /* options */
enum { FROM_GATEWAY = 1, HOLE = 2, LOST = 4, LONG = 8 }; /* of a step */

#define FRAME_MAX 2000u

struct run {
    struct tws_conversation c;
    uint64_t behind[2]; /* where the last item ended */
    uint64_t digest;
};

static void mix(struct run *r, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        r->digest = (r->digest ^ b[i]) * 0x100000001b3u;
}

static void mix_number(struct run *r, uint64_t n)
{
    mix(r, &n, sizeof n);
}

static void open_frame(struct run *r, enum tws_side side, struct tws_cursor payload)
{
    struct tws_opened_frame f, again;
    bool settled = r->c.reading.settled;
    enum tws_opened tried = tws_reading_try(&r->c.reading, side, payload, &again);
    enum tws_opened opened = tws_conversation_open(&r->c, side, payload, &f);

    if (tried != opened || (settled && opened == TWS_OPENED_VERSION))
        abort();
    mix_number(r, opened);
    if (opened == TWS_OPENED_VERSION) {
        mix_number(r, (uint64_t)f.reply.server_version);
        return;
    }
    if (again.message.id != f.message.id ||
        again.message.server_version != f.message.server_version)
        abort();
    mix_number(r, (uint64_t)f.message.id);
    mix_number(r, f.message.server_version);
    mix_number(r, f.message.faults);
}

static void check_version(const struct tws_reading *r)
{
    bool offer = r->hello_min && r->hello_min <= r->hello_max && r->hello_max <= UINT16_MAX;

    if (!offer || r->answered || r->given || !r->server_version)
        return;
    if (r->server_version < r->hello_min || r->server_version > r->hello_max)
        abort();
}

static void pull(struct run *r, enum tws_side side)
{
    struct tws_item item;

    while (tws_conversation_next(&r->c, side, &item) == TWS_STREAM_ITEM) {
        struct tws_place place = tws_conversation_place(&r->c, side, &item);
        unsigned i = tws_sender(side);

        if (place.offset < r->behind[i])
            abort();
        r->behind[i] = place.offset + place.len;
        mix_number(r, item.kind);
        mix_number(r, place.offset);
        switch (item.kind) {
        case TWS_ITEM_FRAME:
            mix(r, item.payload.p, item.payload.left);
            open_frame(r, side, item.payload);
            check_version(&r->c.reading);
            break;
        case TWS_ITEM_HELLO:
            mix_number(r, item.hello.max);
            break;
        case TWS_ITEM_GAP:
            mix_number(r, item.missing);
            mix_number(r, item.skipped);
            break;
        case TWS_ITEM_OPAQUE:
            mix_number(r, item.why);
            break;
        }
    }
}

static void feed(struct run *r, enum tws_side side, struct tws_cursor in, size_t piece)
{
    piece = piece ? piece : in.left;
    while (in.left > 0) {
        size_t n = piece < in.left ? piece : in.left;
        uint8_t *chunk = malloc(n);
        const uint8_t *from;

        if (!chunk || !tws_take(&in, n, &from))
            abort();
        memcpy(chunk, from, n);
        tws_conversation_feed(&r->c, side, (struct tws_cursor){chunk, n});
        pull(r, side);
        free(chunk);
    }
}

static void end(struct run *r, enum tws_side side)
{
    tws_conversation_end(&r->c, side);
    pull(r, side);
}

/* False: the input is over. */
static bool step(struct run *r, struct tws_cursor *in, size_t piece)
{
    struct tws_cursor bytes;
    const uint8_t *head;
    enum tws_side side;

    if (!tws_take(in, 2, &head))
        return false;
    side = head[0] & FROM_GATEWAY ? TWS_GATEWAY : TWS_CLIENT;
    bytes.left = head[0] & LONG ? head[1] * 16u : head[1];
    if (head[0] & HOLE) {
        end(r, side);
        tws_conversation_gap(&r->c, side, bytes.left);
        pull(r, side);
        return true;
    }
    if (head[0] & LOST)
        tws_conversation_lost(&r->c);
    if (bytes.left > in->left)
        bytes.left = in->left;
    tws_take(in, bytes.left, &bytes.p);
    feed(r, side, bytes, piece);
    return true;
}

static uint64_t run(struct tws_cursor in, uint8_t options, size_t piece)
{
    struct run r = {.digest = 0xcbf29ce484222325u};

    tws_conversation_init(&r.c, options & MIDSTREAM ? TWS_SEEN_MIDSTREAM : TWS_SEEN_START,
                          FRAME_MAX);
    if (options & GIVEN)
        tws_conversation_agree(&r.c, 100u + (options >> 2) * 2u);
    while (step(&r, &in, piece))
        ;
    end(&r, TWS_CLIENT);
    end(&r, TWS_GATEWAY);
    mix_number(&r, r.c.reading.server_version);
    mix_number(&r, r.c.reading.versions.min);
    mix_number(&r, r.c.reading.versions.max);
    tws_conversation_free(&r.c);
    return r.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tws_cursor in = {data + 2, size - 2};
    uint64_t whole;

    if (size < 2)
        return 0;
    whole = run(in, data[0], 0);
    if (whole != run(in, data[0], data[1] + 1u) || whole != run(in, data[0], 1))
        abort();
    return 0;
}
