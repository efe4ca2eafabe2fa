#include "reasm.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties, against a model that is an array of bytes in which the first copy wins:
 *   - bytes come out in order, those of the first copy; a byte that is in order is never kept back;
 *   - a gap covers no byte that was shown and not yet out, and comes only when it may;
 *   - the FIN comes once, at its place, and nothing after it;
 *   - differing second copies are counted exactly; what is held is what the model says is waiting;
 *   - all limits hold, a deadline that is met is gone, and all memory is given back.
 *
 * Input: a byte of options, a byte of ISN, then operations of four bytes: what, where, how long,
 * and how the bytes are made. */

#define SPAN     1024u /* of sequence numbers that the model knows */
#define SEQ_FAR  200000000u
#define GRACE    3u
#define TIMEOUT  20u
#define OP_BYTES 4u

struct model {
    struct reasm r;
    struct reasm_limits limits;
    struct reasm_pool pool;
    struct reasm_out out;
    uint32_t isn;
    uint64_t now;
    bool have[SPAN];
    uint8_t value[SPAN];
    uint32_t at; /* how far it has come out */
    uint64_t bytes, missing, differs;
    bool fin_known, fin_out;
    bool tight;   /* limits so small that any segment may bring a gap */
    bool snapped; /* a segment was */
    bool may_gap; /* this call may tell a gap */
    bool jumped;  /* beyond the window, or a gap beyond what the model knows: only safety is left */
    uint32_t fin_at;
};

static void need(bool holds)
{
    if (!holds)
        abort();
}

static void on_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct model *m = ctx;

    need(n > 0 && !m->fin_out);
    m->bytes += n;
    if (m->jumped)
        return;
    need(n <= SPAN - m->at);
    for (size_t i = 0; i < n; i++, m->at++)
        need(m->have[m->at] && m->value[m->at] == p[i]);
}

static void on_gap(void *ctx, uint64_t missing)
{
    struct model *m = ctx;

    need(missing > 0 && !m->fin_out && m->may_gap);
    m->missing += missing;
    if (missing > SPAN - m->at)
        m->jumped = true;
    if (m->jumped)
        return;
    for (; missing > 0; missing--, m->at++)
        need(!m->have[m->at]);
    need(!m->fin_known || m->at <= m->fin_at);
}

static void on_fin(void *ctx)
{
    struct model *m = ctx;

    need(!m->fin_out);
    m->fin_out = true;
    need(m->jumped || (m->fin_known && m->at == m->fin_at));
}

/* The model's side of a segment. */
static void expect_segment(struct model *m, uint32_t from, const uint8_t *p, uint32_t n,
                           uint32_t len, bool fin)
{
    if (m->fin_out || (len <= 1 && !fin && from + 1 == m->at))
        return;
    if (fin && !m->fin_known && m->r.guessed && from + len + 1 == m->at)
        m->at--; /* the last byte of the gap was the FIN */
    if (fin && !m->fin_known && from + len >= m->at) {
        m->fin_known = true;
        m->fin_at = from + len;
        memset(m->have + m->fin_at, 0, SPAN - m->fin_at);
    }
    for (uint32_t i = 0, k = from; i < n && (!m->fin_known || k < m->fin_at); i++, k++) {
        if (k < m->at)
            continue;
        m->differs += m->have[k] && m->value[k] != p[i];
        if (!m->have[k])
            m->value[k] = p[i];
        m->have[k] = true;
    }
}

static void check(const struct model *m)
{
    const struct reasm *r = &m->r;
    size_t waiting = 0;

    need(r->n_pieces <= REASM_PIECES && r->held <= m->limits.store);
    need(m->pool.held <= m->pool.limit);
    need(r->bytes == m->bytes && r->missing == m->missing && r->done == m->fin_out);
    need((r->n_pieces == 0) == (r->held == 0));
    if (m->jumped)
        return;
    need(r->differs == m->differs);
    if (!r->started)
        return;
    need(r->next == m->isn + m->at + m->fin_out);
    if (m->fin_out)
        need(r->held == 0);
    else {
        for (uint32_t k = m->at; k < SPAN; k++)
            waiting += m->have[k];
        need(r->held == waiting && !m->have[m->at]);
        need(!m->fin_known || m->at < m->fin_at);
    }
}

/* Does a stream whose beginning was not seen begin with this? */
static bool begins(const struct model *m, uint32_t seq, uint32_t len, bool fin)
{
    bool keep_alive = m->r.has_acked && len == 1 && !fin && seq + 1 == m->r.acked;

    return !m->fin_out && (len > 0 || fin) && !keep_alive;
}

static void segment(struct model *m, const uint8_t *op)
{
    uint32_t from = op[1] * 3u, len = op[2] & 63u, n = len, seq = m->isn + from;
    bool fin = op[2] & 64u, far = (op[0] & 0x70u) == 0x70u;
    uint64_t deadline = reasm_deadline(&m->r, &m->limits);
    uint8_t *bytes;

    if (op[2] & 128u)
        n = len / 2;               /* snapped */
    bytes = malloc(n > 0 ? n : 1); /* exact: a sanitizer sees a read behind it */
    if (!bytes)
        abort();
    for (uint32_t i = 0; i < n; i++) /* the true bytes, or others */
        bytes[i] = (uint8_t)((from + i) * 7u + (op[3] & 1u) * (op[3] + i));
    m->snapped |= n < len;
    m->may_gap = m->tight || m->snapped || far || m->jumped || m->r.has_acked ||
                 (deadline != 0 && m->now >= deadline);
    if (far) {
        m->jumped = true;
        seq += SEQ_FAR;
    } else if (!m->jumped) {
        bool counts = m->r.started || begins(m, seq, len, fin);

        if (!m->r.started && counts)
            m->at = from;
        if (counts)
            expect_segment(m, from, bytes, n, len, fin);
    }
    reasm_segment(&m->r, &m->limits, &m->pool, &m->out, seq, n > 0 ? bytes : NULL, n, len, fin,
                  m->now);
    free(bytes);
}

static void operate(struct model *m, const uint8_t *op)
{
    uint64_t deadline;

    m->may_gap = false;
    switch (op[0] & 15u) {
    case 0:
        deadline = reasm_deadline(&m->r, &m->limits);
        m->may_gap = m->tight || m->r.has_acked || (deadline != 0 && m->now >= deadline);
        reasm_acked(&m->r, &m->limits, &m->pool, &m->out, m->isn + op[1] * 4u + (op[2] & 3u),
                    m->now);
        break;
    case 1:
        m->now += op[1] & 7u;
        deadline = reasm_deadline(&m->r, &m->limits);
        m->may_gap = deadline != 0 && m->now >= deadline;
        reasm_tick(&m->r, &m->limits, &m->pool, &m->out, m->now);
        deadline = reasm_deadline(&m->r, &m->limits);
        need(deadline == 0 || deadline > m->now);
        break;
    case 2:
        m->may_gap = true;
        if (op[1] == 0)
            reasm_flush(&m->r, &m->pool, &m->out);
        break;
    case 3:
        m->now -= m->now > 0 && op[1] == 0;
        break;
    default:
        segment(m, op);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model m;

    if (size < 2)
        return 0;
    m = (struct model){.limits = {GRACE, TIMEOUT, SPAN}, .pool = {.limit = 1u << 20}, .now = 1};
    m.isn = (data[0] & 1 ? 0u : 0x80000000u) - data[1] * 3u;
    m.out = (struct reasm_out){on_bytes, on_gap, on_fin, &m};
    if (data[0] & 2)
        m.limits.store = 40;
    if (data[0] & 4)
        m.pool.limit = 900;
    if (data[0] & 8)
        m.limits.grace_ns = m.limits.timeout_ns = 0;
    m.tight = (data[0] & 14) != 0;
    reasm_init(&m.r);
    if (data[0] & 16)
        reasm_start(&m.r, m.isn);
    for (size_t i = 2; size - i >= OP_BYTES; i += OP_BYTES) {
        operate(&m, data + i);
        check(&m);
    }
    m.may_gap = true;
    reasm_flush(&m.r, &m.pool, &m.out);
    need(m.r.held == 0 && m.pool.held == 0);
    check(&m);
    reasm_free(&m.r, &m.pool);
    return 0;
}
