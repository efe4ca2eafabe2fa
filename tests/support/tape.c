#include "tape.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tape_bytes tape_raw(const void *bytes, size_t n)
{
    struct tape_bytes out = {.n = n};

    if (n > sizeof out.b)
        abort();
    memcpy(out.b, bytes, n);
    return out;
}

struct tape_bytes tape_frame(const void *payload, size_t n)
{
    struct tape_bytes out = {.n = n + 4};

    if (n + 4 > sizeof out.b)
        abort();
    out.b[2] = (uint8_t)(n >> 8);
    out.b[3] = (uint8_t)n;
    memcpy(out.b + 4, payload, n);
    return out;
}

struct tape_bytes tape_hello(const void *range, size_t n)
{
    struct tape_bytes out = {"API", n + 8};

    if (n + 8 > sizeof out.b)
        abort();
    out.b[6] = (uint8_t)(n >> 8);
    out.b[7] = (uint8_t)n;
    memcpy(out.b + 8, range, n);
    return out;
}

/* ---- the recording ---- */

void tape_begin(struct tape *t)
{
    memset(t, 0, sizeof *t);
    t->now = TAPE_START;
    t->recording = recording_new();
    if (!t->recording)
        abort();
    t->conn = recording_open(t->recording, t->now);
    if (!t->conn)
        abort();
}

void tape_pause(struct tape *t, uint64_t ns)
{
    t->now += ns;
}

void tape_says(struct tape *t, enum tws_side side, struct tape_bytes what)
{
    if (!recording_bytes(t->recording, t->conn, side, what.b, what.n, t->now))
        abort();
    t->now += TAPE_MS;
}

void tape_ends(struct tape *t, enum tws_side side, enum recording_item_kind how)
{
    if (!recording_end(t->recording, t->conn, side, how, t->now))
        abort();
    t->now += TAPE_MS;
}

void tape_handshake(struct tape *t, const char *next_id)
{
    char next[64];
    int n = snprintf(next, sizeof next, "9%c1%c%s", 0, 0, next_id) + 1;

    tape_says(t, TWS_CLIENT, TAPE_HELLO("v100..176"));
    tape_says(t, TWS_GATEWAY, TAPE_FRAME("176\0now\0"));
    tape_says(t, TWS_CLIENT,
              TAPE_FRAME("71\0"
                         "2\0"
                         "7\0\0"));
    tape_says(t, TWS_GATEWAY,
              TAPE_FRAME("15\0"
                         "1\0"
                         "DU1\0"));
    tape_says(t, TWS_GATEWAY, tape_frame(next, (size_t)n));
}

/* ---- the replay ---- */

static void hear_line(void *ctx, const char *line)
{
    struct tape *t = ctx;

    if (t->n_lines < TAPE_LINES)
        snprintf(t->lines[t->n_lines++], REPLAY_LINE_MAX, "%s", line);
}

static void take_piece(struct tape *t, const struct replay_step *s)
{
    if (t->sent_len + s->n > TAPE_SENT || t->n_pieces == TAPE_PIECES)
        abort();
    memcpy(t->sent + t->sent_len, s->p, s->n);
    t->sent_len += s->n;
    t->pieces[t->n_pieces].at = t->now;
    t->pieces[t->n_pieces++].n = s->n;
}

static void run(struct tape *t)
{
    for (;;) {
        replay_next(t->replay, t->now, &t->step);
        if (t->step.what == REPLAY_SEND)
            take_piece(t, &t->step);
        else if (t->step.what == REPLAY_FIN)
            t->fin = true;
        else
            return;
    }
}

void tape_plays(struct tape *t, enum tws_side own)
{
    if (!recording_seal(t->recording))
        abort();
    t->config.conn = t->conn;
    t->config.own = own;
    t->config.number = 1;
    t->config.say = hear_line;
    t->config.ctx = t;
    t->now = TAPE_START * 2;
    t->replay = replay_new(&t->config, t->now);
    if (!t->replay)
        abort();
    run(t);
}

void tape_hears(struct tape *t, struct tape_bytes what)
{
    uint8_t *copy = malloc(what.n ? what.n : 1); /* an over-read shows under ASan */

    memcpy(copy, what.b, what.n);
    replay_take(t->replay, copy, what.n);
    free(copy);
    run(t);
}

void tape_hears_end(struct tape *t, enum recording_item_kind how)
{
    replay_peer_ended(t->replay, how);
    run(t);
}

void tape_waits(struct tape *t, uint64_t ns)
{
    uint64_t until = t->now + ns;

    while (t->step.what == REPLAY_WAIT && t->step.at_ns && t->step.at_ns <= until) {
        t->now = t->step.at_ns > t->now ? t->step.at_ns : t->now;
        run(t);
    }
    t->now = until;
}

bool tape_sent(struct tape *t, struct tape_bytes what)
{
    bool same = t->sent_len == what.n && memcmp(t->sent, what.b, what.n) == 0;

    t->sent_len = 0;
    return same;
}

bool tape_said(const struct tape *t, const char *line)
{
    for (size_t i = 0; i < t->n_lines; i++)
        if (strcmp(t->lines[i] + strlen("conn 1: "), line) == 0)
            return true;
    return false;
}

/* Hand over what was sent.  True: there was something. */
static bool hand_over(struct tape *from, struct tape *to, bool *ended)
{
    bool something = from->sent_len > 0;

    if (from->sent_len) {
        replay_take(to->replay, from->sent, from->sent_len);
        from->sent_len = 0;
        from->n_pieces = 0;
    }
    if (!*ended && (from->fin || from->step.what != REPLAY_WAIT)) {
        replay_peer_ended(to->replay,
                          from->step.what == REPLAY_RESET ? RECORDING_RST : RECORDING_FIN);
        *ended = something = true;
    }
    if (something && to->step.what == REPLAY_WAIT)
        run(to);
    return something;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

uint64_t tape_mirror(struct tape *t)
{
    static struct tape other;
    bool ended[2] = {false, false};
    uint64_t departures, at;

    memset(&other, 0, sizeof other);
    other.config = t->config;
    other.config.own = t->config.own == TWS_CLIENT ? TWS_GATEWAY : TWS_CLIENT;
    other.config.ctx = &other;
    other.now = t->now;
    other.replay = replay_new(&other.config, other.now);
    if (!other.replay)
        abort();
    run(&other);
    for (;;) {
        if (hand_over(t, &other, &ended[0]) || hand_over(&other, t, &ended[1]))
            continue;
        at = later(t->step.what == REPLAY_WAIT ? t->step.at_ns : 0,
                   other.step.what == REPLAY_WAIT ? other.step.at_ns : 0);
        if (!at)
            break;
        t->now = other.now = at > t->now ? at : t->now;
        if (t->step.what == REPLAY_WAIT)
            run(t);
        if (other.step.what == REPLAY_WAIT)
            run(&other);
    }
    departures = replay_finish(other.replay) + replay_finish(t->replay);
    replay_free(other.replay);
    replay_free(t->replay);
    t->replay = NULL;
    return departures;
}

uint64_t tape_end(struct tape *t)
{
    uint64_t departures = t->replay ? replay_finish(t->replay) : 0;

    replay_free(t->replay);
    recording_free(t->recording);
    return departures;
}
