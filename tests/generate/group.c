/* group.c - draws the script of a group, plays it, and says how the capture saw it. */
#include "group.h"
#include <stdlib.h>
#include <string.h>

#define OUT_LIMIT (1u << 20) /* bytes of one message */

enum seen {
    SEEN_WHOLE,
    SEEN_GAP,
    SEEN_GAP_WITHIN,
    SEEN_MIDSTREAM,
    SEEN_ONE_WAY,
    SEEN_CUT,
    SEEN_SHUFFLED
};
const struct seen_row seen_rows[] = {
    [SEEN_WHOLE] = {"whole", "every packet of the connection"},
    [SEEN_GAP] = {"gap", "design 2.1: a loss long before what decides"},
    [SEEN_GAP_WITHIN] = {"gap-within",
                         "twstap-read(1): nothing is claimed that the loss could explain"},
    [SEEN_MIDSTREAM] = {"midstream", "design 5: seen midstream"},
    [SEEN_ONE_WAY] = {"one-way", "K15"},
    [SEEN_CUT] = {"cut", "twstap-read(1): the snapshot length"},
    [SEEN_SHUFFLED] = {"shuffled", "design 3: the same bytes give the same verdict"},
};
const size_t n_seen_rows = sizeof seen_rows / sizeof seen_rows[0];

/* Versions at which layouts change, and those of released programs. */
static const uint32_t versions[] = {100, 107, 110, 121, 128, 145, 151, 157, 163, 173,
                                    176, 176, 176, 178, 187, 193, 200, 201, 203, 205,
                                    207, 210, 212, 213, 215, 217, 219, 222, 225, 226};

static uint64_t between(struct group *g, uint64_t low, uint64_t high)
{
    return random_between(&g->random, low, high);
}

void group_script(struct truth *truth, const char *name)
{
    size_t n = strlen(truth->script);

    if (n + strlen(name) + 3 > sizeof truth->script)
        return;
    if (n > 0)
        truth->script[n++] = ' ';
    memcpy(truth->script + n, name, strlen(name) + 1);
}

static void draw_version(struct group *g, struct talk *t, uint32_t since, uint32_t until)
{
    do
        t->version = versions[between(g, 0, sizeof versions / sizeof versions[0] - 1)];
    while (t->version < since || (until && t->version > until));
    t->range[0] = 100;
    t->range[1] = t->version;
    if (t->version >= 157 && t->version <= 178 && random_percent(&g->random, 40))
        t->range[0] = 157, t->range[1] = 178;
    else if (random_percent(&g->random, 30))
        t->range[1] = 226;
}

struct talk *group_connection(struct group *g, uint64_t start_ns)
{
    size_t n = g->n++;
    struct talk *t;
    struct standin_out out;

    if (n >= GROUP_MOST)
        abort();
    t = &g->talks[n];
    out = t->out;
    out.len = out.sent = 0;
    out.limit = OUT_LIMIT;
    *t = (struct talk){.random = &g->random,
                       .out = out,
                       .client_id = (int32_t)n + 1,
                       .next_key = 9001,
                       .next_order = 41,
                       .remote = g->gateway >> 24 != 127};
    t->tcp = (struct film_conn){.film = &g->film,
                                .number = (uint32_t)n,
                                .now_ns = start_ns,
                                .one_way_ns = t->remote ? between(g, MS / 2, 20 * MS)
                                                        : between(g, 15000, 90000)};
    t->tcp.side[CLIENT] = (struct film_side){.address = g->client,
                                             .port = (uint16_t)(50000 + 17 * n),
                                             .seq = (uint32_t)random_next(&g->random),
                                             .window = 65535};
    t->tcp.side[GATEWAY] = (struct film_side){.address = g->gateway,
                                              .port = 4002,
                                              .seq = (uint32_t)random_next(&g->random),
                                              .window = 65535};
    draw_version(g, t, 0, 0);
    g->truths[n] = (struct truth){.seen = seen_rows[SEEN_WHOLE].name, .behaviour = "?"};
    return t;
}

/* ---- one connection, perhaps beside others ---- */

static const struct {
    const struct decider *rows;
    const size_t *n;
    unsigned percent;
} tables[] = {
    {handshake_deciders, &n_handshake_deciders, 22},
    {live_deciders, &n_live_deciders, 42},
    {end_deciders, &n_end_deciders, 21},
    {healthy_deciders, &n_healthy_deciders, 15},
};

static const struct decider *draw_row(struct group *g, const struct decider *rows, size_t n,
                                      unsigned needs)
{
    uint64_t sum = 0, at;

    for (size_t i = 0; i < n; i++)
        sum += (rows[i].flags & needs) == needs ? rows[i].weight : 0;
    if (sum == 0)
        return NULL;
    at = between(g, 0, sum - 1);
    for (size_t i = 0;; i++) {
        uint64_t w = (rows[i].flags & needs) == needs ? rows[i].weight : 0;

        if (at < w)
            return &rows[i];
        at -= w;
    }
}

static const struct decider *draw_decider(struct group *g)
{
    const struct decider *d = NULL;

    while (!d) {
        uint64_t at = between(g, 0, 99);
        size_t i = 0;

        while (at >= tables[i].percent)
            at -= tables[i++].percent;
        d = draw_row(g, tables[i].rows, *tables[i].n, g->tail ? TAIL : 0);
    }
    return d;
}

static enum seen draw_seen(struct group *g, const struct decider *d)
{
    uint64_t at = between(g, 0, 99);

    if (d->flags & (FROM_TCP | WHOLE | FIRST))
        return SEEN_WHOLE;
    if (at < 58)
        return SEEN_WHOLE;
    if (at < 64)
        return SEEN_SHUFFLED;
    if (at < 74)
        return SEEN_GAP;
    if (at < 79)
        return SEEN_GAP_WITHIN;
    if (at < 88)
        return SEEN_MIDSTREAM;
    if (at < 94)
        return d->flags & HEALTHY ? SEEN_ONE_WAY : SEEN_WHOLE;
    return SEEN_CUT;
}

static unsigned play_pieces(struct group *g, struct talk *t, struct truth *truth,
                            const struct decider *d, enum seen seen)
{
    unsigned left = (unsigned)between(g, seen == SEEN_WHOLE || seen == SEEN_SHUFFLED ? 0 : 1, 2);
    unsigned but = d->but | (seen == SEEN_GAP || seen == SEEN_GAP_WITHIN ? TAG_NO_GAP : 0) |
                   (seen == SEEN_MIDSTREAM ? TAG_TICKS : 0);
    unsigned tags = 0;

    while (left > 0) {
        const struct piece *p = &pieces[between(g, 0, n_pieces - 1)];

        if ((p->tags & but) || (p->tags & tags & TAG_TICKS))
            continue;
        p->play(t, truth);
        group_script(truth, p->name);
        tags |= p->tags;
        left--;
    }
    return tags;
}

/* One or two packets with data between these two, of either side.  True: some of the gateway's. */
static bool lose_some(struct group *g, size_t conn, size_t from, size_t to)
{
    uint64_t left = from < to ? between(g, 1, 2) : 0;
    bool of_gateway = false;

    for (unsigned tries = 0; tries < 200 && left > 0; tries++) {
        struct packet *p = &g->film.packets[between(g, from, to - 1)];

        if (p->conn != conn || !p->has_data || p->lost)
            continue;
        p->lost = true;
        of_gateway = of_gateway || p->from == GATEWAY;
        left--;
    }
    return of_gateway;
}

static void lose(struct group *g, size_t conn, size_t from, size_t to, unsigned sides)
{
    for (size_t i = from; i < to; i++)
        if (g->film.packets[i].conn == conn && (sides >> g->film.packets[i].from & 1))
            g->film.packets[i].lost = true;
}

static void cut_off(struct group *g, size_t conn)
{
    static const uint32_t lengths[] = {96, 128, 160, 200};
    uint32_t most = lengths[between(g, 0, 3)];

    for (size_t i = 0; i < g->film.n_packets; i++)
        if (g->film.packets[i].conn == conn && g->film.packets[i].shown > most)
            g->film.packets[i].shown = most;
}

/* Some neighbours of one side, with data, come in the other order. */
static void shuffle(struct group *g, size_t conn)
{
    struct packet *last[2] = {NULL, NULL};

    for (size_t i = 0; i < g->film.n_packets; i++) {
        struct packet *p = &g->film.packets[i], **before = &last[p->from];

        if (p->conn != conn || !p->has_data)
            continue;
        if (*before && p->ns - (*before)->ns < 2 * MS && random_percent(&g->random, 60)) {
            uint64_t ns = p->ns;

            p->ns = (*before)->ns;
            (*before)->ns = ns;
            *before = NULL;
        } else {
            *before = p;
        }
    }
}

static void forget(struct truth *truth)
{
    memset(truth->mention, 0, sizeof truth->mention);
}

/* What decides may not have been seen: then any stage may be right but for a healthy session. */
static void blur(struct truth *truth, const struct decider *d, bool of_gateway)
{
    truth_blur(truth, of_gateway);
    if (!(d->flags & HEALTHY))
        memset(truth->stage, 0, sizeof truth->stage);
}

/* What the capture missed, and what that does to the truth. */
static void see(struct group *g, size_t conn, struct truth *truth, const struct decider *d,
                enum seen seen, const size_t marks[2])
{
    switch (seen) {
    case SEEN_WHOLE:
        break;
    case SEEN_SHUFFLED:
        shuffle(g, conn);
        break;
    case SEEN_GAP: /* long before what decides */
        lose_some(g, conn, marks[0], marks[1]);
        if (d->flags & HEALTHY)
            forget(truth);
        break;
    case SEEN_GAP_WITHIN:
        blur(truth, d, lose_some(g, conn, marks[1], g->film.n_packets));
        break;
    case SEEN_MIDSTREAM:
        lose(g, conn, 0, marks[1], 3);
        if (d->flags & HEALTHY)
            forget(truth);
        break;
    case SEEN_ONE_WAY: /* K15 */
        lose(g, conn, 0, g->film.n_packets, random_percent(&g->random, 50) ? 1 : 2);
        forget(truth);
        memset(truth->never, 0, sizeof truth->never);
        truth->most = "cannot tell";
        truth->by = NULL;
        truth->tell = false;
        truth->kinds = "K15";
        truth->behaviour = "one-way";
        TRUTH_ADD(truth->mention, "direction");
        break;
    case SEEN_CUT:
        cut_off(g, conn);
        blur(truth, d, true);
        break;
    }
    truth->seen = seen_rows[seen].name;
}

static void play_one(struct group *g, const struct decider *d, bool beside)
{
    struct talk *t = group_connection(g, g->start_ns + 5 * SEC);
    size_t conn = g->n - 1;
    struct truth *truth = &g->truths[conn];
    enum seen seen = draw_seen(g, d);
    size_t marks[2] = {0};

    draw_version(g, t, d->since, d->until);
    t->others_live = beside;
    t->ends_open = g->tail;
    if (!(d->flags & FROM_TCP)) {
        talk_begin(t);
        marks[0] = g->film.n_packets;
        if (!(d->flags & FIRST))
            play_pieces(g, t, truth, d, seen);
        marks[1] = g->film.n_packets;
        if (seen == SEEN_GAP || seen == SEEN_MIDSTREAM)
            behave_polls(t, 14 * SEC);
        if (seen == SEEN_GAP_WITHIN)
            marks[1] = g->film.n_packets;
    }
    if (!(d->flags & HEALTHY))
        forget(truth);
    d->play(t, truth);
    truth->behaviour = d->name;
    truth->kinds = d->kinds;
    group_script(truth, d->name);
    see(g, conn, truth, d, seen, marks);
}

/* The capture goes on until then: a packet of a connection that is not TWS. */
static void bystander(struct group *g, uint64_t at)
{
    struct film_conn c = {.film = &g->film, .number = GROUP_MOST, .now_ns = at};

    c.side[CLIENT] = (struct film_side){.address = 0xc6336463, .port = 40000, .window = 500};
    c.side[GATEWAY] = (struct film_side){.address = 0xc6336464, .port = 443, .window = 500};
    film_ack(&c, CLIENT);
}

/* Served all the time from before the first packet to after the last one. */
static void play_sister(struct group *g, uint64_t until)
{
    struct talk *t = group_connection(g, g->start_ns + between(g, 0, 2) * SEC);
    struct truth *truth = &g->truths[g->n - 1];

    talk_begin(t);
    if (random_percent(&g->random, 50))
        talk_ticker(t, between(g, 300, 900) * MS);
    while (t->tcp.now_ns < until + 3 * SEC)
        behave_polls(t, 5 * SEC);
    talk_leave(t);
    truth_healthy(truth);
    truth->behaviour = "sister";
    group_script(truth, "sister");
}

static void play_alone_or_beside(struct group *g)
{
    const struct decider *d = draw_decider(g);
    uint64_t sisters = between(g, 0, 99) < 72 || g->tail ? 0 : between(g, 1, 2);
    uint64_t until;

    if (d->flags & ALONE)
        sisters = 0;
    if ((d->flags & REMOTE) && g->gateway >> 24 == 127)
        g->gateway ^= (127u ^ 198u) << 24, g->client = 0xc6336407;
    else if ((d->flags & LOCAL) && g->gateway >> 24 != 127)
        g->gateway ^= (127u ^ 198u) << 24, g->client = g->gateway;
    play_one(g, d, sisters > 0);
    if (d->flags & OPEN)
        g->tail = true;
    if (g->tail)
        bystander(g, g->talks[0].tcp.now_ns);
    until = film_end(&g->film);
    for (; sisters > 0; sisters--)
        play_sister(g, until);
}

static void play_together(struct group *g)
{
    uint64_t sum = 0, at;
    size_t i = 0;

    for (size_t k = 0; k < n_together; k++)
        sum += together[k].weight;
    for (at = between(g, 0, sum - 1); at >= together[i].weight; i++)
        at -= together[i].weight;
    together[i].play(g);
    for (size_t k = 0; k < g->n; k++)
        group_script(&g->truths[k], together[i].name);
}

void group_make(struct group *g, uint64_t seed, uint64_t number, uint64_t start_ns, bool tail)
{
    film_clear(&g->film);
    g->random = (struct random){seed * 0x2545f4914f6cdd1dull + number};
    g->number = number;
    g->start_ns = start_ns;
    g->tail = tail;
    g->n = 0;
    /* 198.18.0.0/15 is for tests; a gateway has an address of its own. */
    g->gateway = (uint32_t)(number % 0xffff00 + 1) | 127u << 24;
    g->client = g->gateway;
    if (random_percent(&g->random, 30)) {
        g->gateway ^= (127u ^ 198u) << 24;
        g->client = 0xc6336407;
    }
    if (!tail && random_percent(&g->random, 13))
        play_together(g);
    else
        play_alone_or_beside(g);
}

void group_free(struct group *g)
{
    film_free(&g->film);
    for (size_t i = 0; i < GROUP_MOST; i++)
        standin_out_free(&g->talks[i].out);
}
