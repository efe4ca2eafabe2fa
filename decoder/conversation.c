/* conversation.c - one decoded connection: both of its streams, and how its messages are read. */
#include "conversation.h"

/* ---- the server version, and the version reply ---- */

void tws_reading_init(struct tws_reading *r, enum tws_seen seen)
{
    *r = (struct tws_reading){.midstream = seen != TWS_SEEN_START,
                              .pasted = seen == TWS_SEEN_PASTED};
}

/* Nothing that may still come changes how a message is read, nor is one the version reply. */
static void settle(struct tws_reading *r)
{
    r->settled = r->answered && r->server_version && !r->pasted;
}

static void agree(struct tws_reading *r, uint32_t version)
{
    r->server_version = r->layout_version = version;
}

void tws_reading_agree(struct tws_reading *r, uint32_t version)
{
    if (!version)
        return;
    r->given = true;
    agree(r, version);
    settle(r);
}

/* A range that bounds a version. */
static bool is_offer(const struct tws_reading *r)
{
    return r->hello_min && r->hello_min <= r->hello_max && r->hello_max <= UINT16_MAX;
}

void tws_reading_hello(struct tws_reading *r, const struct tws_hello *hello)
{
    uint32_t known = r->server_version;

    r->hello_min = hello->min;
    r->hello_max = hello->max;
    if (!r->pasted || r->given || (known >= hello->min && known <= hello->max))
        return;
    agree(r, 0);
    r->versions = (struct tws_version_range){0};
    r->answered = r->redirected = r->heard = false;
}

static bool is_reply(const struct tws_reading *r, struct tws_cursor payload,
                     struct tws_version_reply *reply)
{
    bool certain = tws_shape_version(payload, payload.left) == TWS_GRADE_STRONG;

    if (r->pasted ? !certain && r->heard : r->answered || (!certain && (r->midstream || r->lost)))
        return false;
    if (!tws_version_reply_read(payload, reply))
        return false;
    /* Among pasted payloads the first may be a message.  No message has such an id. */
    return certain || !r->pasted || reply->redirect ||
           (!r->given && reply->server_version >= (int32_t)TWS_ID_LIMIT);
}

static void take_reply(struct tws_reading *r, const struct tws_version_reply *reply)
{
    r->answered = true;
    if (reply->redirect)
        r->redirected = true;
    else if (!r->given)
        agree(r, (uint32_t)reply->server_version);
    settle(r);
}

/* What the hello and this message leave of `range`. */
static struct tws_version_range
narrowed(const struct tws_reading *r, struct tws_version_range range, const struct tws_message *m)
{
    if (is_offer(r))
        tws_version_bound(&range, (uint16_t)r->hello_min, (uint16_t)r->hello_max);
    tws_version_narrow(&range, m);
    return range;
}

/* The version is not known: what does this message tell?  `m` is opened anew where that changes how
 * it is read. */
static void infer(struct tws_reading *r, struct tws_cursor payload, struct tws_message *m)
{
    uint32_t layout;

    if (!(r->midstream || r->lost) || r->redirected)
        return;
    r->versions = narrowed(r, r->versions, m);
    if (r->versions.odd && r->pasted) { /* it is of another session than those before */
        r->hello_min = r->hello_max = 0;
        r->versions = narrowed(r, (struct tws_version_range){0}, m);
    }
    if (!r->pasted && r->versions.min && r->versions.min == r->versions.max)
        r->server_version = r->versions.min;
    layout = tws_version_layout(&r->versions, is_offer(r) ? r->hello_max : 0);
    if (layout == r->layout_version)
        return;
    r->layout_version = layout;
    tws_message_open(m->dir, layout, payload, m);
}

enum tws_opened tws_reading_open(struct tws_reading *r, enum tws_side side,
                                 struct tws_cursor payload, struct tws_opened_frame *out)
{
    if (side == TWS_GATEWAY && is_reply(r, payload, &out->reply)) {
        r->heard = true;
        take_reply(r, &out->reply);
        return TWS_OPENED_VERSION;
    }
    tws_message_open(side, r->layout_version, payload, &out->message);
    r->heard = r->heard || side == TWS_GATEWAY;
    if (!r->server_version)
        infer(r, payload, &out->message);
    return TWS_OPENED_MESSAGE;
}

enum tws_opened tws_reading_try(const struct tws_reading *r, enum tws_side side,
                                struct tws_cursor payload, struct tws_opened_frame *out)
{
    struct tws_reading copy = *r;

    return tws_reading_open(&copy, side, payload, out);
}

/* ---- both streams ---- */

void tws_conversation_init(struct tws_conversation *c, enum tws_seen seen, uint32_t max_frame)
{
    if (seen == TWS_SEEN_START)
        tws_stream_init(&c->stream[0], TWS_CLIENT, max_frame);
    else
        tws_stream_init_midstream(&c->stream[0], TWS_CLIENT, max_frame);
    if (seen == TWS_SEEN_MIDSTREAM)
        tws_stream_init_midstream(&c->stream[1], TWS_GATEWAY, max_frame);
    else
        tws_stream_init(&c->stream[1], TWS_GATEWAY, max_frame);
    tws_reading_init(&c->reading, seen);
}

void tws_conversation_free(struct tws_conversation *c)
{
    tws_stream_free(&c->stream[0]);
    tws_stream_free(&c->stream[1]);
}

/* Frames are found again sooner where it is known how ids are written. */
static void tell_streams(struct tws_conversation *c)
{
    uint32_t version = c->reading.layout_version;

    for (int i = 0; version && i < 2; i++)
        c->stream[i].ids = version >= TWS_RAW_ID_SINCE ? TWS_IDS_RAW : TWS_IDS_TEXT;
}

void tws_conversation_agree(struct tws_conversation *c, uint32_t version)
{
    tws_reading_agree(&c->reading, version);
    tell_streams(c);
}

static void note_hello(struct tws_conversation *c, const struct tws_hello *hello)
{
    struct tws_stream *gateway = &c->stream[1];

    tws_reading_hello(&c->reading, hello);
    if (!c->reading.midstream || c->reading.pasted || c->reading.lost || gateway->fed > 0)
        return;
    c->reading.midstream = false; /* it is from the start after all */
    tws_stream_init(gateway, TWS_GATEWAY, gateway->max_frame);
}

void tws_conversation_note(struct tws_conversation *c, enum tws_side side,
                           const struct tws_item *item)
{
    if (item->kind == TWS_ITEM_HELLO)
        note_hello(c, &item->hello);
    else if (item->kind == TWS_ITEM_OPAQUE && item->why == TWS_OPAQUE_LEGACY && side == TWS_CLIENT)
        tws_stream_give_up(&c->stream[1], TWS_OPAQUE_LEGACY);
}

enum tws_opened tws_conversation_open_slow(struct tws_conversation *c, enum tws_side side,
                                           struct tws_cursor payload, struct tws_opened_frame *out)
{
    uint32_t before = c->reading.layout_version;
    enum tws_opened opened = tws_reading_open(&c->reading, side, payload, out);

    if (c->reading.layout_version != before)
        tell_streams(c);
    return opened;
}

bool tws_conversation_flushed(struct tws_conversation *c, enum tws_side side)
{
    struct tws_stream *s = &c->stream[tws_sender(side)];

    if (!tws_stream_searching(s))
        return false;
    tws_stream_flushed(s);
    return true;
}

void tws_conversation_end(struct tws_conversation *c, enum tws_side side)
{
    struct tws_stream *s = &c->stream[tws_sender(side)];

    tws_stream_end(s);
    tws_stream_feed(s, (struct tws_cursor){NULL, 0});
}

void tws_conversation_gap(struct tws_conversation *c, enum tws_side side, uint64_t missing)
{
    c->reading.lost = true;
    tws_stream_gap(&c->stream[tws_sender(side)], missing);
}
