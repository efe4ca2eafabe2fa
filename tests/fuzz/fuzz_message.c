#include "message.h"
#include "text.h"
#include "wire.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: the walk of any message ends, each value lies in the payload, fields are counted
 * right, the key is what the row of that meaning says, and a number is what strtod reads.
 *
 * Input: one byte (sender; version known or not), one byte (server version - 90), then the payload.
 */

static void check_inside(struct tws_cursor payload, struct tws_cursor part)
{
    if (part.left == 0)
        return;
    if (part.p < payload.p || part.left > payload.left ||
        (size_t)(part.p - payload.p) > payload.left - part.left)
        abort();
}

static void check_double(struct tws_cursor text)
{
    char copy[48];
    double got, want;

    if (text.left == 0 || text.left >= sizeof copy || !tws_text_double(text, &got))
        return;
    memcpy(copy, text.p, text.left);
    copy[text.left] = '\0';
    want = strtod(copy, NULL);
    if (isnan(got) ? !isnan(want) : memcmp(&got, &want, sizeof got) != 0)
        abort();
}

/* What is left of broken protobuf has no number. */
static bool is_rest(const struct tws_message *m, const struct tws_walk *w,
                    const struct tws_value *v)
{
    return m->form == TWS_FORM_PROTOBUF && w->faults & TWS_FAULT_WIRE && !v->field &&
           v->wire_type == TWS_WIRE_BYTES && v->text.left;
}

static void check_value(struct tws_cursor payload, const struct tws_message *m,
                        const struct tws_walk *w, const struct tws_value *v)
{
    check_inside(payload, v->text);
    if (v->number == 0 && !is_rest(m, w, v))
        abort();
    if (v->again && !v->field)
        abort();
    if (v->field && m->form == TWS_FORM_TEXT && v->field->in == TWS_NOT_IN_TEXT)
        abort();
    if (v->field && m->form == TWS_FORM_PROTOBUF && v->field->tag != v->number)
        abort();
    check_double(v->text);
}

/* What is open around a value, and closed in the order in which it was opened. */
static void check_depth(const struct tws_value *v, unsigned *open)
{
    switch ((enum tws_step)v->step) {
    case TWS_STEP_LIST:
    case TWS_STEP_RECORD:
    case TWS_STEP_ITEM:
        if (v->depth != (*open)++ || *open > 2 * TWS_DEPTH_MAX)
            abort();
        break;
    case TWS_STEP_END:
        if (*open == 0 || v->depth != --*open)
            abort();
        break;
    case TWS_STEP_VALUE:
        if (v->depth != *open)
            abort();
        break;
    }
}

static void check_walk(struct tws_cursor payload, const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;
    size_t values = 0, steps = 0;
    unsigned open = 0;

    tws_walk_open(m, &w);
    while (tws_walk_next(&w, &v)) {
        check_depth(&v, &open);
        if (v.step == TWS_STEP_VALUE)
            check_value(payload, m, &w, &v);
        values += v.step == TWS_STEP_VALUE;
        if (values > payload.left || ++steps > 5 * payload.left + 64)
            abort(); /* each value takes a byte at least */
    }
    if (open > 0 || (m->form == TWS_FORM_TEXT && w.at < m->body.left))
        abort();
    if ((m->form != TWS_FORM_TEXT || !m->row) && tws_walk_missing(&w) != 0)
        abort();
}

/* The key of a text message is one of its first fields, taken one by one. */
static void check_text_key(const struct tws_message *m, int64_t key)
{
    const struct tws_key_place *place = &m->row->key;
    struct tws_cursor body = m->body, field;
    int64_t n = 0;

    for (unsigned i = 1; tws_text_next(&body, &field, NULL) && i <= place->text_ordinal; i++) {
        bool here = i == place->text_ordinal || i + 1 == place->text_ordinal;

        if (here && tws_text_int(field, &n) && n == key)
            return;
    }
    abort();
}

static void check_protobuf_key(const struct tws_message *m, int64_t key)
{
    struct tws_walk w;
    struct tws_value v;

    tws_walk_open(m, &w);
    while (tws_walk_step(&w, &v))
        if (v.step == TWS_STEP_VALUE && v.depth == 0 && v.number == m->row->key.tag &&
            v.wire_type == 0 && v.integer == key)
            return;
    abort();
}

static void check_key(const struct tws_message *m)
{
    int64_t key;

    if (!tws_message_key(m, &key))
        return;
    if (m->form == TWS_FORM_TEXT)
        check_text_key(m, key);
    else
        check_protobuf_key(m, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tws_cursor payload;
    struct tws_message m;
    enum tws_side dir;
    uint32_t sv;
    char words[200], few[20];

    if (size < 2)
        return 0;
    dir = data[0] & 1 ? TWS_GATEWAY : TWS_CLIENT;
    sv = data[0] & 2 ? 0 : 90u + data[1];
    payload = (struct tws_cursor){data + 2, size - 2};
    tws_message_open(dir, sv, payload, &m);
    check_inside(payload, m.body);
    if ((m.row != NULL) != (m.id > 0 && tws_schema_find(dir, m.id) != NULL) ||
        (m.row == NULL && m.faults == 0))
        abort();
    check_walk(payload, &m);
    check_key(&m);
    if ((tws_fault_text(m.faults, words, sizeof words)[0] == '\0') != (m.faults == 0))
        abort();
    tws_fault_text(m.faults, few, sizeof few);
    return 0;
}
