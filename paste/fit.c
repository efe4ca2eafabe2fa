/* fit.c - see fit.h. */
#include "fit.h"
#include "conversation.h"
#include "text.h"

/* Versions at which the layouts of frequent messages differ; one that most clients speak first. */
static const uint32_t tried[] = {178, 200, 157, 120, 203};

/* Fields that no peer leaves empty. */
static bool is_key(const struct tws_field *f)
{
    return f->means == TWS_REQUEST_ID || f->means == TWS_ORDER_ID || f->means == TWS_ERROR_CODE ||
           f->means == TWS_CLIENT_ID || f->keep == TWS_KEEP_VERSION;
}

static bool is_number(const struct tws_field *f)
{
    return f->type != TWS_STRING && f->type != TWS_TAGVALUES && f->type != TWS_RECORD;
}

/* A value that its row does not allow. */
static bool is_odd(const struct tws_value *v)
{
    double real;

    if (v->step != TWS_STEP_VALUE)
        return false;
    if (!v->field)
        return !v->element;
    if (strcmp(v->field->name, "advancedOrderRejectJson") == 0 && v->text.p && v->text.left > 0)
        return v->text.p[0] != '{';
    if (is_key(v->field) && v->text.p && v->text.left == 0)
        return true;
    return v->kind == TWS_VALUE_TEXT && is_number(v->field) && !tws_text_double(v->text, &real);
}

static enum fit fit_at(enum tws_side dir, uint32_t version, struct tws_cursor payload)
{
    struct tws_reading r;
    struct tws_message m;
    struct tws_walk w;
    struct tws_value v;
    bool odd = false;

    tws_reading_init(&r, TWS_SEEN_PASTED);
    tws_reading_agree(&r, version);
    tws_reading_message(&r, dir, payload, &m);
    if (!m.row || m.faults & TWS_FAULT_EMPTY)
        return FIT_NOT;
    odd = (m.faults & ~(uint32_t)TWS_FAULT_FRAMING) != 0; /* a log may write a raw id as digits */
    tws_walk_open(&m, &w);
    while (tws_walk_next(&w, &v))
        odd = odd || is_odd(&v);
    return odd || w.faults || tws_walk_missing(&w) ? FIT_ODD : FIT_WHOLE;
}

/* "178", "20261124 13:03:05 EST".  Where the version is given, no other form is taken for one. */
bool fit_is_version_reply(struct tws_cursor payload)
{
    struct tws_reading r;
    struct tws_opened_frame f;

    tws_reading_init(&r, TWS_SEEN_PASTED);
    tws_reading_agree(&r, tried[0]);
    return tws_reading_open(&r, TWS_GATEWAY, payload, &f) == TWS_OPENED_VERSION &&
           !f.reply.redirect;
}

bool fit_is_hello(struct tws_cursor c)
{
    static const uint8_t prefix[] = "API";
    const uint8_t *skipped;

    if (c.left >= sizeof prefix && memcmp(c.p, prefix, sizeof prefix) == 0)
        return true;
    if (c.left > 4 && c.p[0] == 0)
        (void)tws_take(&c, 4, &skipped);
    return c.left > 1 && c.p[0] == 'v' && c.p[1] >= '0' && c.p[1] <= '9';
}

static enum fit fit_from(enum tws_side dir, uint32_t version, struct tws_cursor payload)
{
    enum fit best = FIT_NOT;

    if (dir == TWS_GATEWAY ? fit_is_version_reply(payload) : fit_is_hello(payload))
        return FIT_WHOLE;
    if (version)
        return fit_at(dir, version, payload);
    for (size_t i = 0; i < sizeof tried / sizeof tried[0] && best != FIT_WHOLE; i++) {
        enum fit fit = fit_at(dir, tried[i], payload);

        best = fit > best ? fit : best;
    }
    return best;
}

enum fit fit_of(enum tws_side dir, uint32_t version, struct tws_cursor payload)
{
    enum fit client, gateway;

    if (dir != TWS_NOBODY)
        return fit_from(dir, version, payload);
    client = fit_from(TWS_CLIENT, version, payload);
    gateway = fit_from(TWS_GATEWAY, version, payload);
    return client > gateway ? client : gateway;
}

bool fit_begins(struct tws_cursor bytes)
{
    if (bytes.left < 2)
        return false;
    if (bytes.p[0] >= '0' && bytes.p[0] <= '9')
        return true;
    return fit_is_hello(bytes) || (bytes.left >= 4 && bytes.p[0] == 0 && bytes.p[1] == 0);
}
