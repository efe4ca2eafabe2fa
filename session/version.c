/* version.c - the server version: agreed, or inferred from the forms of messages. */
#include "version.h"
#include "ids.h"
#include "loss.h"
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
    if (r->max && r->min > r->max)
        *r = (struct tws_version_range){.odd = true};
}

uint32_t tws_version_layout(const struct tws_version_range *r)
{
    if (r->odd || (!r->min && !r->max))
        return 0;
    if (r->min >= TWS_RAW_ID_SINCE || (r->max && r->max < COMMON_TEXT_VERSION))
        return r->min ? r->min : r->max;
    return r->min > COMMON_TEXT_VERSION ? r->max : COMMON_TEXT_VERSION;
}

static void read_layouts_of(struct tws_session *s, uint32_t version)
{
    s->layout_version = version;
    for (int i = 0; version && i < 2; i++)
        s->stream[i].ids = version >= TWS_RAW_ID_SINCE ? TWS_IDS_RAW : TWS_IDS_TEXT;
}

void tws_version_agreed(struct tws_session *s, uint32_t version)
{
    s->server_version = version;
    read_layouts_of(s, version);
}

void tws_version_infer(struct tws_session *s, struct tws_cursor payload, struct tws_message *m)
{
    uint32_t layout;

    if (!tws_loss_blind(s) || (s->facts & TWS_FACT(REDIRECT)))
        return;
    tws_version_narrow(&s->versions, m);
    if (s->versions.min && s->versions.min == s->versions.max)
        s->server_version = s->versions.min;
    layout = tws_version_layout(&s->versions);
    if (layout == s->layout_version)
        return;
    read_layouts_of(s, layout);
    tws_message_open(m->dir, layout, payload, m);
}
