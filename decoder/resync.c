#include "resync.h"
#include "frame.h"
#include "wire.h"

#define ENOUGH_FRAMES 2u
#define ENOUGH_POINTS 3u
#define STRONG_POINTS 2u
#define ID_BYTES      4u /* a raw id, or three digits and their NUL */
#define CUT_BYTES     4u /* a key and a length that a hole may have cut */
#define LINKS_MAX     8u /* frames of a chain whose ends are remembered, for quotations */

/* What follows from a candidate. */
enum verdict { REFUSED, UNDECIDED, BOUNDARY };

struct chain {
    size_t at; /* of the next frame */
    enum tws_ids ids;
    uint32_t frames, points;
    size_t need;
    bool edge;
    size_t ends[LINKS_MAX]; /* where the first frames end */
};

static uint32_t length_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Can the first bytes of a length, fewer than all, become one?  Spares most of the candidates. */
static bool may_be_length(const uint8_t *p, size_t left, uint32_t max)
{
    uint32_t least = 0;

    for (size_t i = 0; i < TWS_FRAME_HEAD; i++)
        least = least << 8 | (i < left ? p[i] : 0);
    return least <= max;
}

static bool enough(const struct chain *c)
{
    return c->frames >= ENOUGH_FRAMES && c->points >= ENOUGH_POINTS;
}

/* The grade of the payload at the front of `seen`, of `len` bytes in all. */
static enum tws_grade grade(const struct tws_resync *r, struct chain *c, struct tws_cursor seen,
                            size_t len, bool first)
{
    enum tws_ids ids;
    enum tws_grade g;

    if (first && r->opening && r->start) {
        g = tws_shape_version(seen, len);
        if (g != TWS_GRADE_BAD)
            return g;
    }
    g = tws_shape_grade(r->side, seen, len, &ids);
    if (g == TWS_GRADE_BAD || ids == TWS_IDS_UNKNOWN)
        return g;
    if (c->ids == TWS_IDS_UNKNOWN)
        c->ids = ids;
    return c->ids == ids ? g : TWS_GRADE_BAD;
}

/* Bytes wanted before it pays to look at a frame again of which `have` bytes of `len` are there. */
static size_t look_again(const struct chain *c, size_t have, size_t len)
{
    size_t twice = enough(c) ? ID_BYTES : have < 16 ? 16 : 2 * have;

    return twice < len ? twice : len;
}

/* The bytes end behind the frames of the chain, or in the next one (`partial`). `at_start`: the
 * chain begins where a segment does. */
static enum verdict at_the_end(const struct tws_resync *r, const struct chain *c, bool at_start,
                               bool partial)
{
    if (r->end != TWS_RESYNC_MORE && !partial && at_start && c->points >= STRONG_POINTS)
        return BOUNDARY;
    if (r->end == TWS_RESYNC_ENDED)
        return enough(c) ? BOUNDARY : REFUSED;
    return UNDECIDED;
}

/* A look at what is behind a whole frame costs less than one into it. */
static bool may_go_on(const struct tws_resync *r, struct tws_cursor bytes, size_t at)
{
    return at >= bytes.left || may_be_length(bytes.p + at, bytes.left - at, r->max_frame);
}

/* One more frame of the chain.  BOUNDARY: the chain is long enough; UNDECIDED: it has grown, or
 * the bytes have ended (*stop). */
static enum verdict follow(const struct tws_resync *r, struct tws_cursor bytes, size_t from,
                           struct chain *c, bool *stop)
{
    struct tws_cursor seen = {bytes.p + c->at, bytes.left - c->at};
    const uint8_t *head = seen.p;
    bool at_start = (from == 0 && r->start) || from == r->write;
    enum tws_grade g;
    size_t len;

    *stop = true;
    if (seen.left < TWS_FRAME_HEAD) {
        c->need = c->at + TWS_FRAME_HEAD;
        c->edge = seen.left == 0 && c->frames > 0;
        if (!may_be_length(head, seen.left, r->max_frame))
            return REFUSED;
        return at_the_end(r, c, at_start, seen.left > 0);
    }
    len = length_at(head);
    if (len == 0 || len > r->max_frame || !tws_take(&seen, TWS_FRAME_HEAD, &head))
        return REFUSED;
    if (seen.left >= len && !may_go_on(r, bytes, c->at + TWS_FRAME_HEAD + len) && !enough(c))
        return REFUSED;
    seen.left = seen.left < len ? seen.left : len;
    if (enough(c)) /* always the same bytes, so that no cutting changes the answer */
        seen.left = seen.left < ID_BYTES ? seen.left : ID_BYTES;
    g = grade(r, c, seen, len, c->at == 0);
    if (g == TWS_GRADE_BAD)
        return REFUSED;
    if (enough(c) && (seen.left == ID_BYTES || seen.left == len))
        return BOUNDARY;
    if (c->at + TWS_FRAME_HEAD + len - from > TWS_RESYNC_WINDOW && !enough(c))
        return REFUSED;
    if (g == TWS_GRADE_OPEN) {
        c->need = c->at + TWS_FRAME_HEAD + look_again(c, seen.left, len);
        return at_the_end(r, c, at_start, true);
    }
    *stop = false;
    c->points += g == TWS_GRADE_STRONG ? STRONG_POINTS : 1;
    c->at += TWS_FRAME_HEAD + len;
    if (c->frames < LINKS_MAX)
        c->ends[c->frames] = c->at;
    c->frames++;
    return UNDECIDED;
}

static bool is_text(uint8_t c)
{
    return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

static bool all_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_text(p[i]))
            return false;
    }
    return true;
}

/* The length of a protobuf text whose key stands at `k`; *body: where the text begins. */
static bool text_length(struct tws_cursor bytes, size_t k, size_t *body, size_t *len)
{
    *len = 0;
    if ((bytes.p[k] & 0x87) != TWS_WIRE_BYTES) /* keys of one byte */
        return false;
    for (size_t i = 0; i < 4 && k + 1 + i < bytes.left; i++) {
        uint8_t b = bytes.p[k + 1 + i];

        *len |= (size_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            *body = k + 2 + i;
            return *len > 0;
        }
    }
    return false;
}

/* Does one of the first frames of the chain end there? */
static bool ends_at(const struct chain *c, size_t links, size_t end)
{
    for (size_t i = 0; i < links; i++) {
        if (c->ends[i] == end)
            return true;
    }
    return false;
}

/* How many bytes from the boundary on may be a quotation; see resync.h.  The outermost text that
 * ends at the boundary or with a frame of the chain decides: what looks like one inside it does so
 * by chance. */
static size_t doubtful(const struct tws_resync *r, struct tws_cursor bytes, size_t at,
                       const struct chain *c)
{
    size_t from = at > TWS_RESYNC_CONTEXT ? at - TWS_RESYNC_CONTEXT : 0;
    size_t cut = from > 0 || !r->start ? from : at < CUT_BYTES ? at : CUT_BYTES;
    size_t links = c->frames < LINKS_MAX ? c->frames : LINKS_MAX;
    size_t pass = 0, body, len;

    if (at == 0 || links == 0 || bytes.p[at - 1] == 0 || c->ids != TWS_IDS_RAW)
        return 0;
    if (all_text(bytes.p + cut, at - cut))
        pass = c->ends[0] - at;
    for (size_t k = from; k < at; k++) {
        if (!text_length(bytes, k, &body, &len) || body > at ||
            !all_text(bytes.p + body, at - body))
            continue;
        if (body + len == at)
            return pass;
        if (ends_at(c, links, body + len))
            return body + len - at;
    }
    return pass;
}

static enum verdict judge(const struct tws_resync *r, struct tws_cursor bytes, size_t at,
                          struct chain *c)
{
    enum verdict v = UNDECIDED;
    bool stop = false;

    *c = (struct chain){.at = at, .ids = r->ids};
    while (v == UNDECIDED && !stop)
        v = follow(r, bytes, at, c, &stop);
    /* What stands before a text frame is the end of one. */
    if (v != REFUSED && c->ids == TWS_IDS_TEXT && at > 0 && bytes.p[at - 1] != 0)
        return REFUSED;
    return v;
}

enum tws_resync_status tws_resync_find(const struct tws_resync *r, struct tws_cursor bytes,
                                       size_t passed, struct tws_resync_place *out)
{
    struct chain c;

    *out = (struct tws_resync_place){.at = passed};
    for (; out->at < bytes.left; out->at++) {
        if (!may_be_length(bytes.p + out->at, bytes.left - out->at, r->max_frame))
            continue;
        switch (judge(r, bytes, out->at, &c)) {
        case REFUSED:
            break;
        case UNDECIDED:
            out->need = c.need;
            out->edge = c.edge;
            return TWS_RESYNC_OPEN;
        case BOUNDARY:
            out->pass = doubtful(r, bytes, out->at, &c);
            out->ids = c.ids;
            return TWS_RESYNC_FOUND;
        }
    }
    out->need = bytes.left + 1;
    return TWS_RESYNC_OPEN;
}
