#include "clocks.h"
#include "replay.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: whatever was recorded and whatever a peer sends, a replay ends when its peer does,
 * sends no more than the recording and its ids allow, and keeps its frames whole.  And two replays
 * of one recording, a client's and a gateway's, play to each other without a departure.
 *
 * Input: one byte of options, then operations of two bytes and their bytes: what happens, how much.
 * Before OP_PLAY they record, after it the peer speaks. */

enum {
    OP_CLIENT,
    OP_GATEWAY,
    OP_WAIT,
    OP_FIN_CLIENT,
    OP_FIN_GATEWAY,
    OP_RST,
    OP_GAP,
    OP_PLAY,
    OPS
};

enum {
    WHOLE_FRAMES = 1,
    CLIENT = 2,
    ORDERS = 4,
    FAST = 8,
    CLIENT_ID = 16,
    MIRROR = 32,
    HOSTILE = 64
};

#define MS       1000000ull
#define SENT_MAX (1u << 20)

struct input {
    const uint8_t *p;
    size_t left;
};

static bool take(struct input *in, size_t n, const uint8_t **out)
{
    if (in->left < n)
        return false;
    *out = in->p;
    in->p += n;
    in->left -= n;
    return true;
}

/* The next operation and its bytes, as many as there are of them. */
static bool next_op(struct input *in, int *op, const uint8_t **p, size_t *n)
{
    const uint8_t *head;

    if (!take(in, 2, &head))
        return false;
    *op = head[0] % OPS;
    *n = head[1];
    if (*op == OP_CLIENT || *op == OP_GATEWAY)
        *n = *n < in->left ? *n : in->left;
    else
        return true;
    return take(in, *n, p);
}

struct made {
    struct recording *r;
    struct recording_conn *c;
    bool tame;    /* each side ends once, last, by FIN, and nothing is missing */
    bool hostile; /* pauses of any length, as in a file with such times */
};

static void record_op(struct made *m, int op, const uint8_t *p, size_t n, uint64_t *now)
{
    static const struct {
        enum tws_side side;
        enum recording_item_kind how;
    } ends[OPS] = {[OP_FIN_CLIENT] = {TWS_CLIENT, RECORDING_FIN},
                   [OP_FIN_GATEWAY] = {TWS_GATEWAY, RECORDING_FIN},
                   [OP_RST] = {TWS_GATEWAY, RECORDING_RST}};
    bool over[3] = {false, false, false};
    enum tws_side side = op == OP_GATEWAY ? TWS_GATEWAY : TWS_CLIENT;

    for (uint32_t i = 0; i < m->c->n_items; i++)
        if (m->c->items[i].kind != RECORDING_BYTES)
            over[m->c->items[i].side] = true;
    switch (op) {
    case OP_CLIENT:
    case OP_GATEWAY:
        m->tame = m->tame && !over[side];
        recording_bytes(m->r, m->c, side, p, n, *now);
        return;
    case OP_WAIT:
        if (!m->hostile)
            *now += n * MS;
        else if (tws_moment(hostile_clock((uint8_t)n)) > *now)
            *now = tws_moment(hostile_clock((uint8_t)n));
        return;
    case OP_GAP:
        m->tame = false;
        recording_gap(m->c, n & 1 ? TWS_CLIENT : TWS_GATEWAY, n, *now);
        return;
    default:
        m->tame = m->tame && op != OP_RST && !over[ends[op].side];
        recording_end(m->r, m->c, ends[op].side, ends[op].how, *now);
        return;
    }
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    if (strlen(line) >= REPLAY_LINE_MAX || strchr(line, '\n'))
        abort();
}

struct side {
    struct replay *replay;
    struct replay_step step;
    bool fin, over;
    uint8_t *sent;
    size_t n, total;
};

static bool is_over(const struct replay_step *s)
{
    return s->what == REPLAY_CLOSE || s->what == REPLAY_RESET || s->what == REPLAY_REDIAL;
}

static void run(struct side *s, uint64_t now)
{
    while (!s->over) {
        replay_next(s->replay, now, &s->step);
        if (s->step.what == REPLAY_WAIT) {
            if (s->step.at_ns && s->step.at_ns <= now)
                abort(); /* it would spin */
            return;
        }
        s->over = is_over(&s->step);
        s->fin = s->fin || s->over || s->step.what == REPLAY_FIN;
        if (s->step.what != REPLAY_SEND)
            continue;
        if (!s->step.n || s->n + s->step.n > SENT_MAX)
            abort();
        memcpy(s->sent + s->n, s->step.p, s->step.n);
        s->n += s->step.n;
        s->total += s->step.n;
    }
}

static void open_side(struct side *s, const struct replay_config *config, uint64_t now)
{
    memset(s, 0, sizeof *s);
    s->sent = malloc(SENT_MAX);
    s->replay = replay_new(config, now);
    if (!s->sent || !s->replay)
        abort();
    run(s, now);
}

static uint64_t close_side(struct side *s)
{
    uint64_t departures = replay_finish(s->replay);

    replay_free(s->replay);
    free(s->sent);
    return departures;
}

/* ---- against a peer from the input ---- */

static void play(const struct replay_config *config, struct input *in)
{
    uint64_t now = 5000 * MS;
    const uint8_t *p = NULL;
    struct side s;
    size_t n;
    int op;

    open_side(&s, config, now);
    while (!s.over && next_op(in, &op, &p, &n)) {
        if (op == OP_CLIENT || op == OP_GATEWAY)
            replay_take(s.replay, p, n);
        else if (op == OP_WAIT)
            now += n * 100 * MS;
        else
            replay_peer_ended(s.replay, op == OP_RST ? RECORDING_RST : RECORDING_FIN);
        run(&s, now);
        s.n = 0;
    }
    if (!s.over) {
        replay_peer_ended(s.replay, RECORDING_RST);
        run(&s, now);
        if (!s.over)
            abort();
    }
    close_side(&s);
}

/* ---- against each other ---- */

static bool hand_over(struct side *from, struct side *to, bool *ended, uint64_t now)
{
    bool something = from->n > 0 || (from->fin && !*ended);

    if (from->n && !to->over)
        replay_take(to->replay, from->sent, from->n);
    from->n = 0;
    if (from->fin && !*ended && !to->over)
        replay_peer_ended(to->replay, RECORDING_FIN);
    *ended = *ended || from->fin;
    run(to, now);
    return something;
}

static uint64_t next_time(const struct side *a, const struct side *b)
{
    uint64_t x = a->over ? 0 : a->step.at_ns, y = b->over ? 0 : b->step.at_ns;

    return !x || (y && y < x) ? y : x;
}

static void mirror(struct replay_config config, const struct made *m)
{
    struct side client, gateway;
    bool client_ended = false, gateway_ended = false;
    uint64_t now = 5000 * MS, departures;

    config.send_orders = true;
    config.has_client_id = false;
    config.own = TWS_GATEWAY;
    open_side(&gateway, &config, now);
    config.own = TWS_CLIENT;
    open_side(&client, &config, now);
    for (;;) {
        if (hand_over(&client, &gateway, &client_ended, now) ||
            hand_over(&gateway, &client, &gateway_ended, now))
            continue;
        if (!next_time(&client, &gateway) || next_time(&client, &gateway) == TWS_NEVER)
            break;
        now = next_time(&client, &gateway);
        run(&client, now);
        run(&gateway, now);
    }
    if (!m->hostile && (!client.over || !gateway.over))
        abort(); /* they wait for each other */
    departures = close_side(&client);
    departures += close_side(&gateway);
    if (m->tame && !m->hostile && departures)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    const uint8_t *options, *p = NULL;
    uint64_t now = 1000 * MS;
    struct made m = {.tame = true};
    struct replay_config config;
    size_t n;
    int op;

    if (size > 8192 || !take(&in, 1, &options))
        return 0;
    m.hostile = *options & HOSTILE;
    m.r = recording_new();
    m.c = m.r ? recording_open(m.r, now) : NULL;
    if (!m.c)
        abort();
    while (next_op(&in, &op, &p, &n) && op != OP_PLAY)
        record_op(&m, op, p, n, &now);
    if (!recording_seal(m.r))
        abort();
    config = (struct replay_config){
        .conn = m.c,
        .own = *options & CLIENT ? TWS_CLIENT : TWS_GATEWAY,
        .speed = *options & FAST ? 0 : 4,
        .whole_frames = *options & WHOLE_FRAMES,
        .number = 1,
        .patience_ns = 1000 * MS,
        .send_orders = *options & ORDERS,
        .has_client_id = *options & CLIENT_ID,
        .client_id = 1000,
        .say = say,
    };
    if (*options & MIRROR)
        mirror(config, &m);
    else
        play(&config, &in);
    recording_free(m.r);
    return 0;
}
