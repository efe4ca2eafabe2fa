/* rhythm.c - subscriptions that are served no more: silence, or a market that has closed? */
#include "rhythm.h"
#include "deadline.h"
#include "loss.h"

#define SECOND_NS  1000000000ull
#define QUARTER_NS (900 * SECOND_NS)

/* What has a rhythm: served often enough, for long enough. */
#define READS_LEARNED 16u
#define LEARNED_NS    (2 * SECOND_NS)

/* Quiet for so long is worth a word; long after, it is the end of a trading day. */
#define RESTS_NS   (2 * SECOND_NS)
#define RESTS_MOST (300 * SECOND_NS)

/* So many times the longest pause is no pause.  Nothing is said of what pauses for more than
 * PAUSE_MOST: so a market is at night. */
#define PAUSES        8u
#define PAUSES_OF_ONE 20u
#define PAUSE_MOST    (10 * SECOND_NS)

/* One of several needs more evidence than all of them: instruments do stop alone. */
#define ANSWERS_OF_ONE 50u
#define WAITS_OF_ONE   3u /* times what a request may take */

/* Markets open, pause and close with the quarters of an hour, and their last prices may trail. */
#define AROUND_NS (10 * SECOND_NS)

static bool with_the_clock(uint64_t ns)
{
    uint64_t at = ns % QUARTER_NS;

    return at <= AROUND_NS || at >= QUARTER_NS - AROUND_NS;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* They were served often enough, for long enough, and nothing explains that they are no more. */
static bool has_rhythm(const struct tws_session *s)
{
    return s->rhythm.from_ns && s->rhythm.reads >= READS_LEARNED &&
           tws_between(s->rhythm.from_ns, s->rhythm.last_ns) >= LEARNED_NS &&
           s->rhythm.gap_ns <= PAUSE_MOST && !with_the_clock(s->rhythm.last_ns) &&
           !tws_loss_hides(s, TWS_GATEWAY, s->rhythm.last_ns);
}

bool tws_rhythm_rests(const struct tws_session *s, uint64_t now)
{
    uint64_t tail = tws_between(s->rhythm.last_ns, now);

    return has_rhythm(s) && tail >= later(RESTS_NS, PAUSES * s->rhythm.gap_ns) &&
           tail <= RESTS_MOST;
}

void tws_rhythm_proven(struct tws_session *s, uint64_t now)
{
    const tws_seen_bits why = TWS_SAW(FARM_LOST) | TWS_SAW(COMPETING) | TWS_SAW(DATA_LOST);

    if (!s->silence && !(s->seen & why) && tws_rhythm_rests(s, now))
        s->rhythm.from_ns = 0;
}

/* All of them. */
static bool all_quiet(const struct tws_session *s, struct tws_debt *out)
{
    if (!has_rhythm(s) || !tws_requests_streaming(&s->requests))
        return false;
    out->since_ns = s->rhythm.last_ns;
    out->due_ns =
        tws_after(s->rhythm.last_ns, later(s->env->timing.request_ns, PAUSES * s->rhythm.gap_ns));
    out->request = NULL;
    if (s->upstream && s->upstream->link_ns) /* it is back: the client may subscribe again */
        out->due_ns =
            later(out->due_ns, tws_after(s->upstream->link_ns, s->env->timing.request_ns));
    return true;
}

/* When one has stopped, judged by its own rhythm; 0: not to be said. */
static uint64_t one_due(const struct tws_session *s, const struct tws_request *q)
{
    if (!tws_request_streams(q) || q->excused || q->answers < ANSWERS_OF_ONE ||
        q->gap_ns > PAUSE_MOST / 2 || tws_between(q->first_ns, q->last_ns) < LEARNED_NS ||
        with_the_clock(q->last_ns))
        return 0;
    return tws_after(q->last_ns, later(tws_times(WAITS_OF_ONE, s->env->timing.request_ns),
                                       PAUSES_OF_ONE * q->gap_ns));
}

/* One of them, while its sisters are served. */
static bool one_quiet(const struct tws_session *s, struct tws_debt *out)
{
    bool found = false;

    for (uint32_t i = 0; i < s->requests.n; i++) {
        const struct tws_request *q = &s->requests.open[i];
        uint64_t due = one_due(s, q);

        if (!due || (found && due >= out->due_ns) || s->rhythm.last_ns <= q->last_ns ||
            tws_loss_hides(s, TWS_GATEWAY, q->last_ns))
            continue;
        found = true;
        out->request = q;
        out->since_ns = q->last_ns;
        out->due_ns = due;
    }
    return found;
}

bool tws_rhythm_debt(const struct tws_session *s, struct tws_debt *out)
{
    struct tws_debt one = {0};

    if (s->stage < TWS_READY || (s->seen & TWS_SAW(LOST)))
        return false;
    if (!all_quiet(s, out)) {
        if (!one_quiet(s, out))
            return false;
    } else if (one_quiet(s, &one) && one.due_ns < out->due_ns) {
        *out = one;
    }
    out->quiet = true;
    out->owes = TWS_GATEWAY;
    out->trouble = TWS_LIVE_GATEWAY_QUIET;
    return true;
}

void tws_rhythm_restart(struct tws_session *s)
{
    s->rhythm.from_ns = 0;
    for (uint32_t i = 0; i < s->requests.n; i++)
        s->requests.open[i].gap_ns = 0;
}

bool tws_rhythm_heard(const struct tws_session *s)
{
    for (uint32_t i = 0; s->silent.serial && i < s->requests.n; i++)
        if (s->requests.open[i].serial == s->silent.serial)
            return s->requests.open[i].last_ns > s->silent.from_ns;
    return true;
}

void tws_rhythm_served(struct tws_session *s, uint64_t now)
{
    if (!s->rhythm.from_ns) {
        s->rhythm.from_ns = now;
        s->rhythm.gap_ns = 0;
        s->rhythm.reads = 0;
    } else if (tws_between(s->rhythm.last_ns, now) > s->rhythm.gap_ns) {
        s->rhythm.gap_ns = tws_between(s->rhythm.last_ns, now);
    }
    s->rhythm.reads++;
    s->rhythm.last_ns = now;
    tws_deadline_by(
        s, tws_after(now, s->env->timing.request_ns)); /* then it is looked at, not before */
}

void tws_rhythm_ended(struct tws_session *s)
{
    if (s->silence != TWS_LIVE_GATEWAY_QUIET && tws_requests_streaming(&s->requests))
        s->rhythm.from_ns = 0;
}

void tws_rhythm_begin(struct tws_session *s)
{
    if (!tws_requests_streaming(&s->requests))
        s->rhythm.from_ns = 0;
}
