#include "replay.h"
#include "conversation.h"
#include "encode.h"
#include "frame.h"
#include "ids.h"
#include "notice.h"
#include "replay_match.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_LINES 10u /* of those at the end; more are counted */

/* Where a recording ends without an end of the connection, a gateway stays this much longer: who
 * watches shall be first to give up, as when it was recorded. */
#define LINGER_NS (1000u * 1000000u)

#define HELLO_HEAD 8u /* "API\0" and the length */

/* System notices; 1100 and its like are no such. */
#define NOTICE_FIRST 2000
#define NOTICE_LAST  2999

struct replay {
    struct replay_config config;
    const struct recording_side *own;
    const struct recording_side *peer;
    struct replay_match match;
    struct replay_ids ids;
    struct tws_conversation conversation; /* with the peer, who is live */

    /* The own side. */
    uint32_t item;               /* the next of the items, of whatever side */
    uint32_t unit;               /* the first own one that is not all sent */
    uint32_t awaits;             /* peer units that must have come before `item` */
    bool current;                /* the waits of `item` were looked at */
    bool ready;                  /* all it waits for has come */
    bool ended;                  /* our FIN is out */
    uint64_t since_ns;           /* it waits since */
    struct standin_out out;      /* the piece that is being sent */
    struct replay_edits edits;   /* of `rendered` */
    struct standin_out rendered; /* own unit `rendered_unit` as it is sent */
    uint32_t rendered_unit;      /* REPLAY_NO_UNIT: none */

    /* The clock: recorded time `mark_ns` is now `live_ns`, set by peer unit `marked` - 1. */
    uint32_t marked;
    uint64_t mark_ns, live_ns;
    uint64_t acted_ns; /* of our last item, or the opening */

    /* The peer's side. */
    bool over, redial;
    bool peer_fin, peer_rst;
    bool raw;               /* what comes is not framed */
    uint64_t bytes, framed; /* that came; of them, in whole items */
    uint32_t frames;        /* that came */

    uint32_t lines;
    uint64_t extra, missing, others; /* departures: not recorded, did not come, of another kind */
    uint64_t beyond;                 /* ticks, updates and the like that were not recorded */
    uint64_t kept;                   /* own frames that change something, not sent */
    uint64_t sent;                   /* own frames sent */
    uint64_t kinds_kept[2];          /* base ids of those, as a set: said once each */
    bool lost_said;
};

/* ---- what is said ---- */

static void say(struct replay *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct replay *r, const char *format, ...)
{
    char line[REPLAY_LINE_MAX];
    int n = snprintf(line, sizeof line, "conn %u: ", r->config.number);
    va_list args;

    if (r->lines > REPLAY_LINES)
        return;
    if (r->lines++ == REPLAY_LINES) {
        snprintf(line + n, sizeof line - (size_t)n, "more of the like is counted only");
    } else {
        va_start(args, format);
        vsnprintf(line + n, sizeof line - (size_t)n, format, args);
        va_end(args);
    }
    r->config.say(r->config.ctx, line);
}

/* "reqMktData (key 1001)" */
#define NAME_MAX_LEN 96

static const char *name_of(const struct recording_unit *u, enum tws_side side, char *buf)
{
    static const char *const kinds[] = {[RECORDING_HELLO] = "the hello",
                                        [RECORDING_VERSION] = "the version reply",
                                        [RECORDING_FRAME] = "an unknown message",
                                        [RECORDING_RAW] = "what is not framed",
                                        [RECORDING_END] = "the end of the connection"};
    const struct tws_message_row *row = tws_schema_find(side, u->id);

    if (u->kind != RECORDING_FRAME || !row)
        snprintf(buf, NAME_MAX_LEN, "%s", kinds[u->kind]);
    else if (u->space == REPLAY_NO_KEY)
        snprintf(buf, NAME_MAX_LEN, "%s", row->name);
    else
        snprintf(buf, NAME_MAX_LEN, "%s (key %lld)", row->name, (long long)u->key);
    return buf;
}

static const char *name_of_live(const struct replay_frame *f, char *buf)
{
    const char *name = f->message.row ? f->message.row->name : "an unknown message";

    if (f->message.id == TWS_IN_ERROR && f->message.dir == TWS_GATEWAY)
        snprintf(buf, NAME_MAX_LEN, "error %lld (key %lld)",
                 (long long)replay_error_code(&f->message), (long long)f->key);
    else if (f->space == REPLAY_NO_KEY)
        snprintf(buf, NAME_MAX_LEN, "%s", name);
    else
        snprintf(buf, NAME_MAX_LEN, "%s (key %lld)", name, (long long)f->key);
    return buf;
}

static const char *peer_name(const struct replay *r)
{
    return r->match.peer == TWS_CLIENT ? "client" : "gateway";
}

/* ---- what is expected ---- */

static bool is_firm(const struct replay *r, const struct recording_unit *u)
{
    if (r->match.peer == TWS_CLIENT)
        return true;
    switch ((enum recording_unit_kind)u->kind) {
    case RECORDING_HELLO:
    case RECORDING_VERSION:
    case RECORDING_RAW:
    case RECORDING_END:
        return true;
    case RECORDING_FRAME:
        break;
    }
    return replay_firm(u->id) && !(u->space == REPLAY_EITHER && u->key < 0);
}

/* The first open frame, for "expected ..."; NULL: none. */
static const struct recording_unit *next_expected(const struct replay *r)
{
    for (uint32_t i = r->match.first; i < r->peer->n_units; i++)
        if (replay_match_open(&r->match, i) && is_firm(r, &r->peer->units[i]))
            return &r->peer->units[i];
    return NULL;
}

/* A frame that was not recorded. */
static void say_extra(struct replay *r, const char *got)
{
    const struct recording_unit *u = next_expected(r);
    char name[NAME_MAX_LEN];

    r->extra++;
    if (u && u->kind != RECORDING_END)
        say(r, "expected %s as frame %u, got %s: not in the recording",
            name_of(u, r->match.peer, name), r->frames, got);
    else
        say(r, "got %s as frame %u, after the last of the recording", got, r->frames);
}

/* ---- what comes ---- */

static void take_hello(struct replay *r, const struct tws_hello *hello)
{
    uint32_t version = r->config.conn->reading.server_version;

    if (replay_match_kind(&r->match, RECORDING_HELLO) == REPLAY_NO_UNIT) {
        say_extra(r, "the hello");
        return;
    }
    if (hello->readable && !hello->legacy && hello->max < version &&
        hello->max < r->config.conn->reading.hello_max) {
        r->others++;
        say(r,
            "the client offers no version above %u; the recording is of version %u, and what it "
            "is sent will not be understood",
            hello->max, version);
    }
}

/* The live gateway's version: what is recorded is in the form of the recorded one. */
static void take_version(struct replay *r, uint32_t version)
{
    uint32_t recorded = r->config.conn->reading.server_version;

    if (replay_match_kind(&r->match, RECORDING_VERSION) == REPLAY_NO_UNIT) {
        say_extra(r, "the version reply");
        return;
    }
    if (version == recorded)
        return;
    if (version > recorded && !r->config.max_version) {
        say(r,
            "the gateway agreed on version %u, recorded is %u: calling again with no more than "
            "that",
            version, recorded);
        r->redial = true;
        return;
    }
    r->others++;
    say(r, "the gateway agreed on version %u, recorded is %u: the recording cannot be played to it",
        version, recorded);
    r->over = true;
}

/* Order ids go on from where the live gateway says. */
static void take_next_id(struct replay *r, const struct recording_unit *u,
                         const struct tws_message *live)
{
    struct tws_cursor payload = {r->peer->bytes + u->at + TWS_FRAME_HEAD, u->len - TWS_FRAME_HEAD};
    struct tws_message m;
    int64_t from, to;

    tws_reading_message(&r->config.conn->reading, TWS_GATEWAY, payload, &m);
    if (r->config.own == TWS_CLIENT && !r->ids.shift_from && tws_message_key(&m, &from) &&
        tws_message_key(live, &to) && from > 0)
        replay_ids_shift_orders(&r->ids, from, to - from);
}

/* Is a gateway's frame that was not recorded worth a word?  Ticks and notices are not. */
static bool matters(const struct replay *r, const struct replay_frame *f)
{
    int64_t code;

    if (r->match.peer == TWS_CLIENT)
        return true;
    if (f->message.id != TWS_IN_ERROR)
        return replay_firm(f->message.id) && f->space != REPLAY_NO_KEY;
    code = replay_error_code(&f->message);
    return f->key >= 0 ? tws_notice_ends_request(code) : code < NOTICE_FIRST || code > NOTICE_LAST;
}

static void take_message(struct replay *r, const struct tws_message *m)
{
    struct replay_frame f;
    char name[NAME_MAX_LEN];
    uint32_t unit;

    replay_frame_read(m, &f);
    unit = replay_match_frame(&r->match, &r->ids, &f);
    if (unit != REPLAY_NO_UNIT) {
        if (r->match.peer == TWS_GATEWAY && f.message.id == TWS_IN_NEXT_VALID_ID)
            take_next_id(r, &r->peer->units[unit], &f.message);
        return;
    }
    if (matters(r, &f))
        say_extra(r, name_of_live(&f, name));
    else
        r->beyond++;
}

/* What comes is read by the recorded version; a redirect is as little a version reply as it was in
 * the recording. */
static void take_frame(struct replay *r, struct tws_cursor payload)
{
    struct tws_opened_frame f;

    r->frames++;
    if (tws_conversation_open(&r->conversation, r->match.peer, payload, &f) == TWS_OPENED_VERSION) {
        if (f.reply.server_version > 0) {
            take_version(r, (uint32_t)f.reply.server_version);
            return;
        }
        tws_reading_message(&r->conversation.reading, TWS_GATEWAY, payload, &f.message);
    }
    take_message(r, &f.message);
}

static bool records_raw(const struct replay *r)
{
    for (uint32_t i = r->peer->n_units; i-- > 0 && r->peer->units[i].kind >= RECORDING_RAW;)
        if (r->peer->units[i].kind == RECORDING_RAW)
            return true;
    return false;
}

static void take_opaque(struct replay *r, enum tws_opaque why)
{
    r->raw = true;
    if (records_raw(r) || why == TWS_OPAQUE_LEGACY)
        return;
    r->others++;
    say(r, "the %s sends what is not TWS; recorded is a TWS session", peer_name(r));
}

/* As many bytes without framing as were recorded? */
static void count_raw(struct replay *r)
{
    for (uint32_t i = r->peer->n_units; i-- > 0 && r->peer->units[i].kind >= RECORDING_RAW;) {
        if (r->peer->units[i].kind == RECORDING_RAW && replay_match_open(&r->match, i) &&
            r->bytes - r->framed >= r->peer->units[i].len)
            replay_match_drop(&r->match, i);
    }
}

void replay_take(struct replay *r, const uint8_t *p, size_t n)
{
    enum tws_side peer = r->match.peer;
    struct tws_item item;

    r->bytes += n;
    tws_conversation_feed(&r->conversation, peer, (struct tws_cursor){p, n});
    while (tws_conversation_next(&r->conversation, peer, &item) == TWS_STREAM_ITEM) {
        if (r->over || r->redial)
            continue;
        switch (item.kind) {
        case TWS_ITEM_HELLO:
            r->framed += tws_conversation_place(&r->conversation, peer, &item).len;
            take_hello(r, &item.hello);
            break;
        case TWS_ITEM_FRAME:
            r->framed += tws_conversation_place(&r->conversation, peer, &item).len;
            take_frame(r, item.payload);
            break;
        case TWS_ITEM_OPAQUE:
            take_opaque(r, item.why);
            break;
        case TWS_ITEM_GAP:
            break;
        }
    }
    count_raw(r);
}

void replay_peer_ended(struct replay *r, enum recording_item_kind how)
{
    r->peer_fin = true;
    r->peer_rst = r->peer_rst || how == RECORDING_RST;
    while (replay_match_kind(&r->match, RECORDING_END) != REPLAY_NO_UNIT)
        ;
}

/* ---- what goes out ---- */

/* No more than the beginning of a frame: no gateway can act on that. */
static bool is_incomplete(const struct replay *r, const struct recording_unit *u)
{
    struct tws_cursor rest = {r->own->bytes + u->at, u->len};
    struct tws_frame f;

    return r->own->bytes[0] == 'A' && tws_frame_next(rest, TWS_FRAME_MAX, &f) == TWS_FRAME_MORE;
}

/* What an own unit may change at the broker, in words; NULL: nothing.  What cannot be read is taken
 * for the worst, unless it is no TWS from its first byte on. */
static const char *may_change(const struct replay *r, const struct recording_unit *u)
{
    switch ((enum recording_unit_kind)u->kind) {
    case RECORDING_HELLO:
    case RECORDING_VERSION:
    case RECORDING_END:
        return NULL;
    case RECORDING_FRAME:
        return u->id < 0 ? "is not known and may change something" : replay_changes(u->id);
    case RECORDING_RAW:
        return u->at == 0 || is_incomplete(r, u) ? NULL : "may hold orders";
    }
    return NULL;
}

/* Own frames that change something stay here unless asked for. */
static bool keeps_back(const struct replay *r, const struct recording_unit *u)
{
    return r->config.own == TWS_CLIENT && !r->config.send_orders && may_change(r, u);
}

static void say_kept(struct replay *r, const struct recording_unit *u)
{
    uint64_t bit = (uint64_t)1 << (u->id & 63), *set = &r->kinds_kept[u->id >> 6 & 1];
    char name[NAME_MAX_LEN];

    r->kept++;
    if (*set & bit)
        return;
    *set |= bit;
    say(r, "%s is not sent: it %s; --send-orders sends such", name_of(u, TWS_CLIENT, name),
        may_change(r, u));
}

/* The hello, with the highest version lowered to what was asked for.  False: as recorded. */
static bool render_hello(struct replay *r, const struct recording_unit *u)
{
    struct tws_cursor text = {r->own->bytes + u->at + HELLO_HEAD, u->len - HELLO_HEAD};
    uint32_t max = r->config.max_version;
    struct tws_hello hello;
    char said[TWS_HELLO_MAX + 64];
    int n;

    if (!max || r->own->bytes[u->at] != 'A')
        return false;
    tws_hello_read(text, &hello);
    if (!hello.readable || hello.max <= max || hello.options.left > TWS_HELLO_MAX)
        return false;
    n = snprintf(said, sizeof said, "v%u..%u%s", hello.min < max ? hello.min : max, max,
                 hello.options.left ? " " : "");
    if (hello.options.left)
        memcpy(said + n, hello.options.p, hello.options.left);
    standin_out_put(&r->rendered, "API", 4);
    standin_put_payload(&r->rendered, said, (size_t)n + hello.options.left);
    return true;
}

static void find_edits(struct replay *r, const struct recording_unit *u, struct tws_cursor payload)
{
    struct tws_message m;
    char name[NAME_MAX_LEN];

    tws_reading_message(&r->config.conn->reading, r->config.own, payload, &m);
    if (u->id == TWS_OUT_START_API && r->config.own == TWS_CLIENT && r->config.has_client_id)
        replay_client_id_edits(&m, payload, r->config.client_id, &r->edits);
    else
        replay_ids_edits(&r->ids, &m, payload, &r->edits);
    if (r->edits.lost && !r->lost_said) {
        r->lost_said = true;
        say(r, "%s is sent as recorded: where it bears ids, they are the recorded ones",
            name_of(u, r->config.own, name));
    }
}

static void render_frame(struct replay *r, const struct recording_unit *u)
{
    struct tws_cursor payload = {r->own->bytes + u->at + TWS_FRAME_HEAD, u->len - TWS_FRAME_HEAD};
    size_t len;
    uint8_t *edited;

    find_edits(r, u, payload);
    if (!r->edits.n) {
        standin_out_put(&r->rendered, r->own->bytes + u->at, u->len);
        return;
    }
    len = replay_edits_len(&r->edits, payload.left);
    edited = malloc(len ? len : 1);
    if (!edited) {
        r->rendered.full = true;
        return;
    }
    replay_edits_apply(&r->edits, payload, edited);
    standin_put_payload(&r->rendered, edited, len);
    free(edited);
}

/* Once for each unit, even if it goes out in pieces: what it says must not change on the way. */
static void render(struct replay *r, uint32_t unit)
{
    const struct recording_unit *u = &r->own->units[unit];

    if (r->rendered_unit == unit)
        return;
    r->rendered_unit = unit;
    r->rendered.len = 0;
    r->edits.n = 0;
    if (u->kind == RECORDING_FRAME)
        render_frame(r, u);
    else if (u->kind != RECORDING_HELLO || !render_hello(r, u))
        standin_out_put(&r->rendered, r->own->bytes + u->at, u->len);
}

/* Where recorded byte `at` of the unit stands in what was rendered. */
static size_t place_in_rendered(const struct replay *r, const struct recording_unit *u, uint32_t at)
{
    size_t to = at;

    if (at == u->len)
        return r->rendered.len;
    if (u->kind == RECORDING_FRAME && at > TWS_FRAME_HEAD)
        to = TWS_FRAME_HEAD + replay_edits_map(&r->edits, at - TWS_FRAME_HEAD);
    return to < r->rendered.len ? to : r->rendered.len;
}

/* Bytes `from` to `to` of the unit, as recorded, into the piece. */
static void put_slice(struct replay *r, uint32_t unit, uint32_t from, uint32_t to)
{
    const struct recording_unit *u = &r->own->units[unit];
    size_t first, last;

    if (keeps_back(r, u)) {
        if (to == u->len)
            say_kept(r, u);
        return;
    }
    if (u->kind == RECORDING_RAW) {
        standin_out_put(&r->out, r->own->bytes + u->at + from, to - from);
        return;
    }
    render(r, unit);
    first = place_in_rendered(r, u, from);
    last = place_in_rendered(r, u, to);
    if (last > first)
        standin_out_put(&r->out, r->rendered.bytes + first, last - first);
    r->sent += to == u->len && u->kind != RECORDING_HELLO;
}

/* What of unit r->unit is due with this segment: false, and r->unit stays: it goes on behind it. */
static bool put_unit(struct replay *r, const struct recording_item *item)
{
    const struct recording_unit *u = &r->own->units[r->unit];
    uint32_t end = item->at + item->len, last = u->at + u->len < end ? u->at + u->len : end;
    uint32_t from = item->at > u->at ? item->at - u->at : 0, to = last - u->at;
    bool whole = u->at + u->len <= end;

    if (r->config.whole_frames && u->kind != RECORDING_RAW)
        from = whole ? 0 : to;
    if (to > from)
        put_slice(r, r->unit, from, to);
    r->unit += whole;
    return whole;
}

/* The next piece of a segment into r->out.  True: the segment is done. */
static bool put_piece(struct replay *r, const struct recording_item *item)
{
    while (r->unit < r->own->n_units && r->own->units[r->unit].kind != RECORDING_END &&
           r->own->units[r->unit].at < item->at + item->len) {
        if (!put_unit(r, item))
            return true;
        if (r->config.whole_frames && r->out.len)
            return false;
    }
    return true;
}

/* ---- when ---- */

static uint64_t scaled(const struct replay *r, uint64_t ns)
{
    double to = r->config.speed > 0 ? (double)ns / r->config.speed : 0;

    return to < (double)TWS_TIME_LAST ? (uint64_t)to : TWS_TIME_LAST;
}

/* When what was recorded at `ts` is due; 0: at once. */
static uint64_t due_at(const struct replay *r, uint64_t ts)
{
    if (!(r->config.speed > 0))
        return 0;
    return tws_after(r->live_ns, scaled(r, tws_between(r->mark_ns, ts)));
}

/* What the peer owes and did not send in time is missing; a stream that has run dry is not waited
 * for again. */
static void give_up(struct replay *r)
{
    char name[NAME_MAX_LEN];

    for (uint32_t i = r->match.first; i < r->awaits; i = replay_match_first(&r->match, r->awaits)) {
        const struct recording_unit *u = &r->peer->units[i];

        if (is_firm(r, u)) {
            r->missing++;
            say(r, "waited in vain for %s", name_of(u, r->match.peer, name));
            replay_match_drop(&r->match, i);
        } else {
            replay_match_drop_all(&r->match, u->id, u->key);
        }
    }
}

static void note_ready(struct replay *r, uint64_t now)
{
    r->ready = true;
    if (r->awaits > r->marked) {
        r->marked = r->awaits;
        r->mark_ns = r->peer->units[r->awaits - 1].ts_ns;
        r->live_ns = now;
    }
}

/* Has all come that r->item waits for?  Else *out says how long to wait. */
static bool await(struct replay *r, uint64_t now, struct replay_step *out)
{
    uint64_t last, until;

    if (replay_match_first(&r->match, r->awaits) == r->awaits) {
        note_ready(r, now);
        return true;
    }
    if (r->peer_fin) {
        r->over = true;
        out->what = REPLAY_CLOSE;
        return false;
    }
    if (r->config.own == TWS_GATEWAY)
        return false;
    last = r->peer->units[r->awaits - 1].ts_ns;
    until = tws_after(tws_after(r->since_ns, r->config.patience_ns),
                      scaled(r, tws_between(r->mark_ns, last)));
    out->at_ns = until;
    if (now < until)
        return false;
    give_up(r);
    note_ready(r, now);
    return true;
}

/* ---- the conduct ---- */

/* Move on to the next own item, or to the end.  What was recorded of the peer before it is waited
 * for. */
static void find_item(struct replay *r, uint64_t now)
{
    const struct recording_conn *c = r->config.conn;

    if (r->current)
        return;
    while (r->item < c->n_items && c->items[r->item].side != r->config.own)
        r->item++;
    while (r->awaits < r->peer->n_units &&
           (r->item == c->n_items || r->peer->units[r->awaits].item < r->item))
        r->awaits++;
    r->current = true;
    r->ready = false;
    r->since_ns = now;
    if (replay_match_first(&r->match, r->awaits) == r->awaits)
        note_ready(r, r->acted_ns);
}

static void next_item(struct replay *r, uint64_t now)
{
    r->item++;
    r->current = false;
    r->acted_ns = now;
}

/* All own items are out. */
static void step_end(struct replay *r, uint64_t now, struct replay_step *out)
{
    bool gateway = r->config.own == TWS_GATEWAY;
    uint64_t due = due_at(r, r->config.conn->ended_ns);

    if (gateway && (r->ended || !due)) {
        out->what = r->peer_fin ? REPLAY_CLOSE : REPLAY_WAIT;
        return;
    }
    due = tws_after(due, gateway ? LINGER_NS : 0);
    out->at_ns = due;
    out->what = due > now ? REPLAY_WAIT : REPLAY_CLOSE;
}

/* One own item, which is due.  True: *out says what to do; false: nothing came of it. */
static bool step_item(struct replay *r, uint64_t now, struct replay_step *out)
{
    const struct recording_item *item = &r->config.conn->items[r->item];

    switch ((enum recording_item_kind)item->kind) {
    case RECORDING_BYTES:
        r->out.len = 0;
        if (put_piece(r, item))
            next_item(r, now);
        *out = (struct replay_step){REPLAY_SEND, r->out.bytes, r->out.len, 0};
        return r->out.len > 0;
    case RECORDING_FIN:
        next_item(r, now);
        out->what = REPLAY_FIN;
        r->ended = true;
        return true;
    case RECORDING_RST:
        next_item(r, now);
        out->what = REPLAY_RESET;
        r->over = true;
        return true;
    }
    return false;
}

static bool no_memory(struct replay *r)
{
    if (!r->out.full && !r->rendered.full)
        return false;
    if (!r->over)
        say(r, "no memory");
    r->others += !r->over;
    r->over = true;
    return true;
}

void replay_next(struct replay *r, uint64_t now, struct replay_step *out)
{
    const struct recording_conn *c = r->config.conn;

    for (;;) {
        *out = (struct replay_step){.what = REPLAY_WAIT};
        if (r->redial || r->over || r->peer_rst || no_memory(r)) {
            out->what = r->redial ? REPLAY_REDIAL : REPLAY_CLOSE;
            return;
        }
        find_item(r, now);
        if (!r->ready && !await(r, now, out))
            return;
        if (r->item == c->n_items) {
            step_end(r, now, out);
            return;
        }
        out->at_ns = due_at(r, c->items[r->item].ts_ns);
        if (out->at_ns > now)
            return;
        if (step_item(r, now, out) && !no_memory(r))
            return;
    }
}

/* ---- beginning and end ---- */

/* The answers to what is not sent are not waited for. */
static void waive_answers(struct replay *r)
{
    for (uint32_t i = 0; i < r->own->n_units; i++) {
        const struct recording_unit *u = &r->own->units[i];

        if (!keeps_back(r, u) || u->space == REPLAY_NO_KEY)
            continue;
        for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++)
            if (replay_tells_change(id))
                replay_match_drop_all(&r->match, id, u->key);
    }
}

struct replay *replay_new(const struct replay_config *config, uint64_t now)
{
    struct replay *r = calloc(1, sizeof *r);
    enum tws_side peer = config->own == TWS_CLIENT ? TWS_GATEWAY : TWS_CLIENT;
    const struct recording_side *client = recording_side(config->conn, TWS_CLIENT);

    if (!r)
        return NULL;
    r->config = *config;
    r->own = recording_side(config->conn, config->own);
    r->peer = recording_side(config->conn, peer);
    r->out.limit = r->rendered.limit = 2 * (size_t)RECORDING_MAX;
    r->rendered_unit = REPLAY_NO_UNIT;
    r->mark_ns = config->conn->opened_ns;
    r->live_ns = r->acted_ns = now;
    tws_conversation_init(&r->conversation, TWS_SEEN_START, TWS_FRAME_MAX);
    tws_conversation_agree(&r->conversation, config->conn->reading.server_version);
    if (!replay_match_init(&r->match, config->conn, peer)) {
        free(r);
        return NULL;
    }
    if (peer == TWS_GATEWAY && client->n_units && client->units[0].kind == RECORDING_HELLO &&
        client->bytes[0] != 'A')
        tws_conversation_give_up(&r->conversation, peer, TWS_OPAQUE_LEGACY);
    waive_answers(r);
    return r;
}

static void say_missing(struct replay *r)
{
    char name[NAME_MAX_LEN];
    uint32_t n = 0;

    for (uint32_t i = r->match.first; i < r->peer->n_units; i++) {
        const struct recording_unit *u = &r->peer->units[i];

        if (!replay_match_open(&r->match, i) || !is_firm(r, u) || u->kind == RECORDING_END)
            continue;
        r->missing++;
        if (n++ < MISSING_LINES)
            say(r, "%s was recorded and did not come", name_of(u, r->match.peer, name));
    }
    if (n > MISSING_LINES)
        say(r, "and %u more did not come", n - MISSING_LINES);
}

static void say_unsent(struct replay *r)
{
    uint32_t n = 0;

    for (uint32_t i = r->unit; i < r->own->n_units; i++)
        n += r->own->units[i].kind == RECORDING_FRAME && !keeps_back(r, &r->own->units[i]);
    if (!n)
        return;
    say(r, "the %s left with %u frames of the recording not sent to it", peer_name(r), n);
    r->others += r->config.own == TWS_CLIENT;
}

static void say_result(struct replay *r)
{
    char more[128] = "";
    size_t at = 0;

    if (r->kept)
        at += (size_t)snprintf(more, sizeof more, "; %llu that change something not sent",
                               (unsigned long long)r->kept);
    if (r->beyond)
        snprintf(more + at, sizeof more - at, "; %llu ticks and the like beyond the recorded",
                 (unsigned long long)r->beyond);
    r->lines = 0; /* this one always */
    if (r->extra + r->missing + r->others == 0)
        say(r, "as recorded: %u frames came, %llu were sent%s", r->frames,
            (unsigned long long)r->sent, more);
    else
        say(r,
            "departed: %llu not in the recording, %llu missing, %llu otherwise; %u frames came, "
            "%llu were sent%s",
            (unsigned long long)r->extra, (unsigned long long)r->missing,
            (unsigned long long)r->others, r->frames, (unsigned long long)r->sent, more);
}

uint64_t replay_finish(struct replay *r)
{
    if (r->peer_fin)
        say_unsent(r);
    say_missing(r);
    say_result(r);
    return r->extra + r->missing + r->others;
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    tws_conversation_free(&r->conversation);
    replay_match_free(&r->match);
    replay_ids_free(&r->ids);
    standin_out_free(&r->out);
    standin_out_free(&r->rendered);
    free(r);
}
