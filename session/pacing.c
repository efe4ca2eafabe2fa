/* pacing.c - moments counted within a window, and history requests known again. */
#include "pacing.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

#define SECOND_NS  1000000000ull
#define HISTORY_NS (600 * SECOND_NS)
#define SAME_NS    (15 * SECOND_NS)
#define CALM_NS    (10 * SECOND_NS)
#define PLACES     64u

const char *tws_pace_name(enum tws_pace_what what)
{
    static const char *const names[] = {
        [TWS_PACE_NOTHING] = "nothing",
        [TWS_PACE_OF_MESSAGES] = "messages",
        [TWS_PACE_OF_HISTORY] = "history-requests",
        [TWS_PACE_TWICE] = "same-history-request",
    };

    return names[what];
}

void tws_pace_limit(enum tws_pace_what what, uint32_t *limit, uint64_t *window_ns)
{
    static const struct {
        uint32_t limit;
        uint64_t window_ns;
    } rows[] = {
        [TWS_PACE_NOTHING] = {0, 0},
        [TWS_PACE_OF_MESSAGES] = {TWS_PACE_MESSAGES, SECOND_NS},
        [TWS_PACE_OF_HISTORY] = {TWS_PACE_HISTORY, HISTORY_NS},
        [TWS_PACE_TWICE] = {1, SAME_NS},
    };

    *limit = rows[what].limit;
    *window_ns = rows[what].window_ns;
}

/* One more, now; how many are within the window. */
static uint32_t count(struct tws_pace *p, uint64_t window, uint64_t now)
{
    p->at[p->head++ % PLACES] = now;
    if (p->head - p->tail > PLACES)
        p->tail = p->head - PLACES;
    while (now - p->at[p->tail % PLACES] >= window)
        p->tail++;
    return p->head - p->tail;
}

/* Said when the count comes to `near`, and again only after it has been at half of that, and not
 * near for CALM_NS: a client that sends in bursts has one episode. */
static bool comes_near(struct tws_pace *p, uint32_t n, uint32_t near, uint64_t now)
{
    bool first;

    if (n <= near / 2 && now - p->near_ns >= CALM_NS)
        p->near = false;
    if (n < near)
        return false;
    first = !p->near;
    p->near = true;
    p->near_ns = now;
    return first;
}

enum tws_pace_what tws_pacing_message(struct tws_pacing *p, uint64_t now, uint32_t *n)
{
    *n = count(&p->messages, SECOND_NS, now);
    if (*n > p->busiest)
        p->busiest = *n;
    return comes_near(&p->messages, *n, TWS_PACE_NEAR, now) ? TWS_PACE_OF_MESSAGES
                                                            : TWS_PACE_NOTHING;
}

/* Was the same asked within SAME_NS?  It is remembered in any case. */
static bool asked_again(struct tws_pacing *p, uint64_t h, uint64_t now)
{
    bool again = false;

    for (size_t i = 0; i < TWS_PACE_SAME; i++)
        again = again || (p->same_ns[i] && p->same[i] == h && now - p->same_ns[i] < SAME_NS);
    p->same[p->next] = h;
    p->same_ns[p->next] = now;
    p->next = (uint8_t)((p->next + 1) % TWS_PACE_SAME);
    return again;
}

enum tws_pace_what tws_pacing_history(struct tws_pacing *p, struct tws_cursor what, uint64_t now,
                                      uint32_t *n)
{
    bool again = asked_again(p, what.p ? XXH64(what.p, what.left, 0) : 0, now);
    bool still = p->again_ns && now - p->again_ns < SAME_NS;

    if (again)
        p->again_ns = now;
    *n = count(&p->history, HISTORY_NS, now);
    if (comes_near(&p->history, *n, TWS_PACE_HISTORY_1, now))
        return TWS_PACE_OF_HISTORY;
    if (!again || still)
        return TWS_PACE_NOTHING;
    *n = 2;
    return TWS_PACE_TWICE;
}
