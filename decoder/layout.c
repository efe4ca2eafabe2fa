#include "layout.h"
#include "text.h"

#define BIT(when) ((uint32_t)1 << (when))

/* ---- conditions ---- */

enum test { ONE_OF, NOT_EMPTY, POSITIVE };

/* What a kept field decides.  `adds`: the condition holds if this does or an earlier one did. */
static const struct rule {
    uint8_t keep, when;
    bool adds;
    uint8_t test; /* enum test */
    const char *values[6];
} rules[] = {
    {TWS_KEEP_SEC_TYPE, TWS_WHEN_BAG, false, ONE_OF, {"BAG"}},
    {TWS_KEEP_SEC_TYPE, TWS_WHEN_FUND, false, ONE_OF, {"FUND"}},
    {TWS_KEEP_ORDER_TYPE, TWS_WHEN_PEG_BENCH, false, ONE_OF, {"PEG BENCH", "PEGBENCH"}},
    {TWS_KEEP_ORDER_TYPE, TWS_WHEN_PEG_BEST, false, ONE_OF, {"PEG BEST", "PEGBEST"}},
    {TWS_KEEP_ORDER_TYPE, TWS_WHEN_PEG_MID, false, ONE_OF, {"PEG MID", "PEGMID"}},
    {TWS_KEEP_COMPETE_OFFSET,
     TWS_WHEN_PEG_MID,
     true,
     ONE_OF,
     {"Infinity", "+Inf", "inf", "Infinite"}},
    {TWS_KEEP_DELTA_NEUTRAL_ORDER, TWS_WHEN_DELTA_NEUTRAL_ORDER, false, NOT_EMPTY, {NULL}},
    {TWS_KEEP_DELTA_NEUTRAL_CONTRACT, TWS_WHEN_DELTA_NEUTRAL_CONTRACT, false, ONE_OF, {"1"}},
    {TWS_KEEP_SCALE_INCREMENT, TWS_WHEN_SCALED, false, POSITIVE, {NULL}},
    {TWS_KEEP_HEDGE_TYPE, TWS_WHEN_HEDGED, false, NOT_EMPTY, {NULL}},
    {TWS_KEEP_ALGO_STRATEGY, TWS_WHEN_ALGO, false, NOT_EMPTY, {NULL}},
    {TWS_KEEP_EXCHANGE, TWS_WHEN_IBKRATS, false, ONE_OF, {"IBKRATS"}},
    {TWS_KEEP_CONDITIONS_COUNT, TWS_WHEN_CONDITIONAL, false, POSITIVE, {NULL}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_PRICE, false, ONE_OF, {"1"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_TIME, false, ONE_OF, {"3"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_MARGIN, false, ONE_OF, {"4"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_EXECUTION, false, ONE_OF, {"5"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_VOLUME, false, ONE_OF, {"6"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_CHANGE, false, ONE_OF, {"7"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_COMPARES, false, ONE_OF, {"1", "3", "4", "6", "7"}},
    {TWS_KEEP_CONDITION_TYPE, TWS_WHEN_COND_CONTRACT, false, ONE_OF, {"1", "6", "7"}},
    {TWS_KEEP_TICK_TYPE, TWS_WHEN_TICK_LAST, false, ONE_OF, {"1", "2"}},
    {TWS_KEEP_TICK_TYPE, TWS_WHEN_TICK_BID_ASK, false, ONE_OF, {"3"}},
    {TWS_KEEP_TICK_TYPE, TWS_WHEN_TICK_MIDPOINT, false, ONE_OF, {"4"}},
    {TWS_KEEP_TICK_TYPE, TWS_WHEN_OPTION_MODEL, true, ONE_OF, {"13", "83"}},
};

#define OPTION_MODEL_VERSION 6 /* of tickOptionComputation */

static bool one_of(const char *const *values, size_t n, struct tws_cursor text)
{
    for (size_t i = 0; i < n && values[i]; i++)
        if (tws_is_text(text, values[i]))
            return true;
    return false;
}

static bool positive(struct tws_cursor text)
{
    double d;

    return text.left > 0 && !tws_text_unset(text) && tws_text_double(text, &d) && d > 0 &&
           d < 1.7e308;
}

static bool passes(const struct rule *r, struct tws_cursor text)
{
    switch ((enum test)r->test) {
    case ONE_OF:
        return one_of(r->values, sizeof r->values / sizeof r->values[0], text);
    case NOT_EMPTY:
        return text.left > 0;
    case POSITIVE:
        break;
    }
    return positive(text);
}

static void decide(struct tws_layout *l, enum tws_keep keep, struct tws_cursor text)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];

        if (r->keep != keep)
            continue;
        if (passes(r, text))
            l->holds |= BIT(r->when);
        else if (!r->adds)
            l->holds &= ~BIT(r->when);
    }
}

/* The message's own version: what a row without one would be is always there. */
static void take_version(struct tws_layout *l, struct tws_cursor text)
{
    int64_t v;

    l->version = tws_text_int(text, &v) && v >= 0 && v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
    if (l->version < OPTION_MODEL_VERSION)
        l->holds &= ~BIT(TWS_WHEN_OPTION_MODEL);
}

void tws_layout_took(struct tws_layout *l, const struct tws_field *f, struct tws_cursor text)
{
    int64_t n;

    if (f->keep == TWS_KEEP_VERSION)
        take_version(l, text);
    else if (f->keep != TWS_KEEP_NOT)
        decide(l, (enum tws_keep)f->keep, text);
    if (f->group)
        l->counted = tws_text_int(text, &n) && n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

/* Are there two fields or more? */
static bool two_left(struct tws_cursor rest)
{
    size_t nuls = 0;

    for (size_t i = 0; i < rest.left && nuls < 2; i++)
        nuls += rest.p[i] == 0;
    return !rest.p || nuls == 2;
}

static bool is_present(const struct tws_layout *l, const struct tws_field *f,
                       struct tws_cursor rest)
{
    if (!tws_field_at(f, l->server_version) || f->mv > l->version)
        return false;
    if (f->when == TWS_WHEN_TWO_LEFT)
        return two_left(rest);
    return l->holds >> f->when & 1;
}

/* ---- groups ---- */

void tws_layout_open(struct tws_layout *l, const struct tws_message_row *row,
                     uint32_t server_version)
{
    l->row = row && row->n_fields > 0 ? row : NULL;
    l->server_version = server_version;
    l->version = UINT32_MAX;
    l->holds = BIT(TWS_WHEN_ALWAYS) | BIT(TWS_WHEN_OPTION_MODEL);
    l->counted = 0;
    l->next = 0;
    l->depth = 0;
}

static uint8_t level_of(const struct tws_message_row *row, uint16_t at)
{
    return at < row->n_fields && row->fields[at].in != TWS_NOT_IN_TEXT ? row->fields[at].in : 0;
}

static enum tws_layout_step open_group(struct tws_layout *l, const struct tws_field **f)
{
    struct tws_group *g = &l->group[l->depth++];

    *g = (struct tws_group){.first = l->next, .left = l->counted};
    g->bare = level_of(l->row, l->next) == l->depth && level_of(l->row, l->next + 1) < l->depth;
    g->open = g->bare;
    l->counted = 0;
    *f = &l->row->fields[l->next - 1];
    return TWS_LAYOUT_LIST;
}

/* The rows of the innermost group's body are used up.  An item without a field ends the group: a
 * count of millions must not be gone through for nothing.  True: go on with the next item of a bare
 * group, without a word. */
static bool close_item(struct tws_layout *l)
{
    struct tws_group *g = &l->group[l->depth - 1];

    g->left = g->took ? g->left - 1 : 0;
    g->took = false;
    if (g->left > 0)
        l->next = g->first;
    if (g->bare && g->left > 0)
        return true;
    if (g->bare)
        l->depth--;
    g->open = false;
    return false;
}

static enum tws_layout_step between_items(struct tws_layout *l)
{
    struct tws_group *g = &l->group[l->depth - 1];

    if (g->left > 0) {
        g->open = true;
        return TWS_LAYOUT_ITEM;
    }
    l->depth--;
    return TWS_LAYOUT_END;
}

enum tws_layout_step tws_layout_next(struct tws_layout *l, struct tws_cursor rest,
                                     const struct tws_field **f)
{
    const struct tws_message_row *row = l->row;

    if (!row)
        return TWS_LAYOUT_OVER;
    if (l->counted > 0 && l->depth < TWS_GROUPS_MAX)
        return open_group(l, f);
    for (;;) {
        if (l->depth > 0 && !l->group[l->depth - 1].open)
            return between_items(l);
        if (l->depth > 0 && level_of(row, l->next) < l->depth) {
            if (close_item(l))
                continue;
            return TWS_LAYOUT_END;
        }
        if (l->next == row->n_fields)
            return TWS_LAYOUT_OVER;
        *f = &row->fields[l->next++];
        if ((*f)->in > l->depth || !is_present(l, *f, rest))
            continue;
        if (l->depth > 0)
            l->group[l->depth - 1].took = true;
        return TWS_LAYOUT_FIELD;
    }
}

uint32_t tws_layout_plain(const struct tws_layout *l, uint32_t most)
{
    const struct tws_message_row *row = l->row;
    const struct tws_group *g = l->depth > 0 ? &l->group[l->depth - 1] : NULL;
    uint32_t n = 0;

    if (!row || l->counted > 0 || (g && (!g->open || g->bare)))
        return 0;
    if (!g && l->next >= row->plain_from && l->next < row->plain_from + row->plain) {
        n = (uint32_t)(row->plain_from + row->plain - l->next);
        return n < most ? n : most;
    }
    while (n < most && l->next + n < row->n_fields &&
           tws_layout_is_plain(l, &row->fields[l->next + n]))
        n++;
    return n;
}

void tws_layout_passed(struct tws_layout *l, uint32_t n)
{
    l->next = (uint16_t)(l->next + n);
    if (l->depth > 0)
        l->group[l->depth - 1].took = true;
}

/* Fields that every item of the innermost group has at least. */
static uint32_t fields_an_item(const struct tws_layout *l, const struct tws_group *g)
{
    static const struct tws_cursor none = {(const uint8_t *)"", 0};
    uint32_t n = 0;

    for (uint16_t i = g->first; level_of(l->row, i) >= l->depth; i++) {
        const struct tws_field *f = &l->row->fields[i];

        if (f->in == l->depth && f->when == TWS_WHEN_ALWAYS && is_present(l, f, none))
            n++;
    }
    return n;
}

uint32_t tws_layout_missing(const struct tws_layout *l)
{
    static const struct tws_cursor none = {(const uint8_t *)"", 0};
    struct tws_layout rest = *l;
    const struct tws_field *f;
    uint64_t n = 0;

    for (;;) {
        struct tws_group *g;

        switch (tws_layout_next(&rest, none, &f)) {
        case TWS_LAYOUT_FIELD:
            g = rest.depth > 0 ? &rest.group[rest.depth - 1] : NULL;
            n += g && g->bare ? g->left : 1; /* the items that never came are counted at once */
            if (g && g->bare)
                rest.depth--;
            continue;
        case TWS_LAYOUT_ITEM:
            g = &rest.group[rest.depth - 1];
            n += (uint64_t)fields_an_item(&rest, g) * g->left;
            rest.depth--;
            continue;
        case TWS_LAYOUT_LIST:
        case TWS_LAYOUT_END:
            continue;
        case TWS_LAYOUT_OVER:
            return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
        }
    }
}
