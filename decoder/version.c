/* version.c - the server version, inferred from the forms of messages. */
#include "version.h"
#include "ids.h"
#include "text.h"

enum { ERROR_WITHOUT_VERSION = 194, COMMON_TEXT_VERSION = 178 };

static void at_least(struct tws_version_range *r, uint32_t version)
{
    if (version > r->min)
        r->min = (uint16_t)version;
}

static void at_most(struct tws_version_range *r, uint32_t version)
{
    if (!r->max || version < r->max)
        r->max = (uint16_t)version;
}

/* The third field after the id is the code, or the words. */
static void narrow_by_error(struct tws_version_range *r, struct tws_cursor body)
{
    struct tws_cursor field;
    int64_t code;

    for (int i = 0; i < 3; i++) {
        if (!tws_text_next(&body, &field, NULL))
            return;
    }
    if (field.left > 0 && tws_text_int(field, &code))
        at_most(r, ERROR_WITHOUT_VERSION - 1);
    else
        at_least(r, ERROR_WITHOUT_VERSION);
}

static void check(struct tws_version_range *r)
{
    if (r->max && r->min > r->max)
        *r = (struct tws_version_range){.odd = true};
}

void tws_version_bound(struct tws_version_range *r, uint16_t min, uint16_t max)
{
    if (r->odd)
        return;
    at_least(r, min);
    at_most(r, max);
    check(r);
}

void tws_version_narrow(struct tws_version_range *r, const struct tws_message *m)
{
    uint32_t since = m->row ? m->row->protobuf_since : 0;

    if (!m->row || r->odd)
        return;
    if (m->raw)
        at_least(r, TWS_RAW_ID_SINCE);
    else
        at_most(r, TWS_RAW_ID_SINCE - 1);
    if (m->dir == TWS_GATEWAY && m->raw && since) {
        if (m->form == TWS_FORM_PROTOBUF)
            at_least(r, since);
        else
            at_most(r, since - 1);
    }
    if (m->dir == TWS_GATEWAY && !m->raw && m->id == TWS_IN_ERROR)
        narrow_by_error(r, m->body);
    check(r);
}

uint32_t tws_version_layout(const struct tws_version_range *r, uint32_t offered)
{
    if (r->odd || (!r->min && !r->max))
        return 0;
    if (offered && offered >= r->min && (!r->max || offered <= r->max))
        return offered;
    if (r->min >= TWS_RAW_ID_SINCE || (r->max && r->max < COMMON_TEXT_VERSION))
        return r->min ? r->min : r->max;
    return r->min > COMMON_TEXT_VERSION ? r->max : COMMON_TEXT_VERSION;
}
