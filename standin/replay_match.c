#include "replay_match.h"
#include "frame.h"
#include "ids.h"
#include <stdlib.h>
#include <string.h>

bool replay_match_init(struct replay_match *m, const struct recording_conn *c, enum tws_side peer)
{
    uint32_t n;

    *m = (struct replay_match){.conn = c, .side = recording_side(c, peer), .peer = peer};
    n = m->side->n_units;
    m->next = malloc((n + (size_t)1) * sizeof *m->next);
    m->done = calloc(n + (size_t)1, 1);
    if (!m->next || !m->done) {
        replay_match_free(m);
        return false;
    }
    for (uint32_t i = 0; i <= n; i++)
        m->next[i] = i;
    return true;
}

void replay_match_free(struct replay_match *m)
{
    free(m->next);
    free(m->done);
    m->next = NULL;
    m->done = NULL;
}

int64_t replay_error_code(const struct tws_message *m)
{
    struct tws_value v;

    return tws_message_find(m, TWS_ERROR_CODE, &v) ? v.integer : 0;
}

void replay_frame_read(const struct tws_message *message, struct replay_frame *out)
{
    out->message = *message;
    out->space = message->row ? replay_space_of(message->dir, message->id) : REPLAY_NO_KEY;
    out->key = 0;
    if (out->space != REPLAY_NO_KEY && !tws_message_key(message, &out->key))
        out->space = REPLAY_NO_KEY;
}

/* ---- places among what is alike ---- */

/* The order of side->alike, for frames: by kind, id, key and number. */
static bool stands_before(const struct recording_unit *u, uint32_t number, int32_t id, int64_t key,
                          uint32_t than)
{
    if (u->kind != RECORDING_FRAME)
        return u->kind < RECORDING_FRAME;
    if (u->id != id)
        return u->id < id;
    if (u->key != key)
        return u->key < key;
    return number < than;
}

/* The first place that does not stand before this frame. */
static uint32_t place_of(const struct replay_match *m, int32_t id, int64_t key, uint32_t number)
{
    uint32_t low = 0, high = m->side->n_units;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2, unit = m->side->alike[mid];

        if (stands_before(&m->side->units[unit], unit, id, key, number))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The next open place from `at` on.  Shortens the way for the next who asks. */
static uint32_t open_place(struct replay_match *m, uint32_t at)
{
    while (m->next[at] != at) {
        m->next[at] = m->next[m->next[at]];
        at = m->next[at];
    }
    return at;
}

static void pass_done(struct replay_match *m)
{
    while (m->first < m->side->n_units && m->done[m->first])
        m->first++;
}

void replay_match_drop(struct replay_match *m, uint32_t unit)
{
    const struct recording_unit *u = &m->side->units[unit];

    if (m->done[unit])
        return;
    m->done[unit] = 1;
    if (u->kind == RECORDING_FRAME) {
        uint32_t at = place_of(m, u->id, u->key, unit);

        m->next[at] = at + 1;
    }
    pass_done(m);
}

/* The frame at place `at`, if it is one with this id. */
static const struct recording_unit *frame_at(const struct replay_match *m, uint32_t at, int32_t id)
{
    const struct recording_unit *u;

    if (at >= m->side->n_units)
        return NULL;
    u = &m->side->units[m->side->alike[at]];
    return u->kind == RECORDING_FRAME && u->id == id ? u : NULL;
}

void replay_match_drop_all(struct replay_match *m, int32_t id, int64_t key)
{
    uint32_t at = open_place(m, place_of(m, id, key, 0));
    const struct recording_unit *u;

    for (; (u = frame_at(m, at, id)) != NULL && u->key == key; at = open_place(m, at))
        replay_match_drop(m, m->side->alike[at]);
}

uint32_t replay_match_kind(struct replay_match *m, enum recording_unit_kind kind)
{
    const struct recording_side *s = m->side;

    for (uint32_t i = m->first; i < s->n_units; i++)
        if (s->units[i].kind == kind && !m->done[i]) {
            replay_match_drop(m, i);
            return i;
        }
    return REPLAY_NO_UNIT;
}

uint32_t replay_match_first(const struct replay_match *m, uint32_t end)
{
    return m->first < end ? m->first : end;
}

/* ---- how well a frame fits ---- */

static void open_unit(const struct replay_match *m, const struct recording_unit *u,
                      struct tws_message *out)
{
    struct tws_cursor payload = {m->side->bytes + u->at + TWS_FRAME_HEAD, u->len - TWS_FRAME_HEAD};

    tws_reading_message(&m->conn->reading, m->peer, payload, out);
}

/* The same but for the key, and what stands before it? */
static bool same_content(const struct tws_message *a, const struct tws_message *b)
{
    size_t past_a = tws_message_key_span(a), past_b = tws_message_key_span(b);
    size_t left = a->body.left - past_a;

    return a->raw_id == b->raw_id && left == b->body.left - past_b &&
           (left == 0 || memcmp(a->body.p + past_a, b->body.p + past_b, left) == 0);
}

enum { NO_FIT = 0, BY_NAME = 1, SAME_KEY = 1, BOUND = 3, SAME_CONTENT = 4 };

static int fit_client(const struct replay_match *m, const struct replay_ids *ids,
                      const struct recording_unit *u, const struct replay_frame *f)
{
    struct tws_message recorded;
    bool bound = false;
    bool mine;
    int fit = BY_NAME;

    if (u->space != f->space || (u->space == REPLAY_FIXED && u->key != f->key))
        return NO_FIT;
    mine = u->space != REPLAY_NO_KEY &&
           replay_ids_live(ids, (enum replay_space)u->space, u->key, &bound) == f->key;
    if (bound && !mine && replay_continues(u->id))
        return NO_FIT;
    open_unit(m, u, &recorded);
    if (same_content(&recorded, &f->message))
        fit += SAME_CONTENT;
    else if (u->id < 0)
        return NO_FIT; /* without a name, only the content tells */
    return fit + (bound && mine ? BOUND : 0) + (u->key == f->key ? SAME_KEY : 0);
}

static uint32_t match_client(struct replay_match *m, const struct replay_ids *ids,
                             const struct replay_frame *f)
{
    int32_t id = f->message.row ? f->message.id : -1;
    uint32_t at = open_place(m, place_of(m, id, INT64_MIN, 0)), best = REPLAY_NO_UNIT;
    const struct recording_unit *u;
    int best_fit = NO_FIT;

    for (uint32_t n = 0; n < REPLAY_LOOK_AHEAD && (u = frame_at(m, at, id)) != NULL; n++) {
        uint32_t unit = m->side->alike[at];
        int fit = fit_client(m, ids, u, f);

        if (fit > best_fit || (fit && fit == best_fit && unit < best)) {
            best = unit;
            best_fit = fit;
        }
        at = open_place(m, at + 1);
    }
    return best;
}

static uint32_t match_gateway(struct replay_match *m, const struct replay_frame *f, int64_t key)
{
    int32_t id = f->message.row ? f->message.id : -1;
    uint32_t at = open_place(m, place_of(m, id, key, 0));
    const struct recording_unit *u;
    struct tws_message recorded;

    for (uint32_t n = 0; n < REPLAY_LOOK_AHEAD; n++) {
        u = frame_at(m, at, id);
        if (!u || u->key != key)
            break;
        open_unit(m, u, &recorded);
        if (id != TWS_IN_ERROR || replay_error_code(&recorded) == replay_error_code(&f->message))
            return m->side->alike[at];
        at = open_place(m, at + 1);
    }
    return REPLAY_NO_UNIT;
}

uint32_t replay_match_frame(struct replay_match *m, struct replay_ids *ids,
                            const struct replay_frame *f)
{
    uint32_t unit;

    if (m->peer == TWS_CLIENT) {
        unit = match_client(m, ids, f);
        if (unit != REPLAY_NO_UNIT && f->space != REPLAY_NO_KEY && f->space != REPLAY_FIXED)
            replay_ids_bind(ids, f->space, m->side->units[unit].key, f->key);
    } else {
        unit = match_gateway(m, f, replay_ids_unshift(ids, f->space, f->key));
        if (unit == REPLAY_NO_UNIT && f->space == REPLAY_EITHER)
            unit = match_gateway(m, f, replay_ids_unshift(ids, REPLAY_ORDER_IDS, f->key));
    }
    if (unit != REPLAY_NO_UNIT)
        replay_match_drop(m, unit);
    return unit;
}
