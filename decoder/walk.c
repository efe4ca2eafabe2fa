#include "message.h"
#include "text.h"
#include "wire.h"
#include <float.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static void push(struct tws_walk *w, struct tws_cursor body, const struct tws_field *fields,
                 uint16_t n)
{
    struct tws_level *l = &w->levels[w->level];

    l->left = body;
    l->fields = fields;
    l->n = n;
    l->hint = 0;
    l->list = NULL;
    l->packed = false;
    l->seen[0] = l->seen[1] = l->seen[2] = l->seen[3] = 0;
}

void tws_walk_open(const struct tws_message *m, struct tws_walk *w)
{
    w->message = m;
    w->faults = 0;
    w->number = 0;
    w->depth = w->level = 0;
    w->next = w->found = 0;
    w->over = w->last = false;
    w->at = 0;
    if (m->form == TWS_FORM_TEXT)
        tws_layout_open(&w->layout, m->row, tws_message_layout(m));
    else if (m->form == TWS_FORM_PROTOBUF)
        push(w, m->body, m->row ? m->row->fields : NULL, m->row ? m->row->n_fields : 0);
}

/* ---- what a value says ---- */

static bool is_unset_text(const struct tws_field *f, struct tws_cursor text)
{
    if (text.left == 0)
        return f->type == TWS_INT_MAX || f->type == TWS_DOUBLE_MAX || f->type == TWS_DECIMAL;
    return tws_text_unset(text);
}

static void read_text(struct tws_value *v)
{
    v->kind = TWS_VALUE_TEXT;
    if (!v->field || v->field->type == TWS_STRING || v->field->type == TWS_TAGVALUES)
        return;
    if (is_unset_text(v->field, v->text)) {
        v->kind = TWS_VALUE_UNSET;
        return;
    }
    switch ((enum tws_type)v->field->type) {
    case TWS_INT:
    case TWS_INT_MAX:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
        if (tws_text_int(v->text, &v->integer))
            v->kind = TWS_VALUE_INT;
        break;
    case TWS_BOOL:
        if (tws_text_int(v->text, &v->integer))
            v->kind = TWS_VALUE_BOOL;
        break;
    case TWS_DOUBLE:
    case TWS_DOUBLE_MAX:
        if (tws_text_double(v->text, &v->real))
            v->kind = TWS_VALUE_DOUBLE;
        break;
    case TWS_DECIMAL: /* kept as its text, exact */
    case TWS_STRING:
    case TWS_TAGVALUES:
    case TWS_SAME_TYPE:
    case TWS_RECORD:
        break;
    }
}

static void read_varint(struct tws_value *v)
{
    bool truth = v->field && tws_proto_type(v->field) == TWS_BOOL;

    v->kind = truth ? TWS_VALUE_BOOL : TWS_VALUE_INT;
    if (!truth && (v->integer == INT32_MAX || v->integer == INT64_MAX))
        v->kind = TWS_VALUE_UNSET;
}

static void read_wire(struct tws_value *v)
{
    switch ((enum tws_wire_type)v->wire_type) {
    case TWS_WIRE_VARINT: /* int32 is sign-extended on the wire */
        read_varint(v);
        return;
    case TWS_WIRE_FIXED64: /* every fixed64 of the protocol is a double */
        memcpy(&v->real, &v->integer, sizeof v->real);
        v->kind = v->real == DBL_MAX ? TWS_VALUE_UNSET : TWS_VALUE_DOUBLE;
        return;
    case TWS_WIRE_FIXED32:
        v->kind = TWS_VALUE_INT;
        return;
    case TWS_WIRE_BYTES:
        break;
    }
    v->kind = TWS_VALUE_TEXT;
    if (v->field && tws_proto_type(v->field) == TWS_DECIMAL &&
        (v->text.left == 0 || tws_text_unset(v->text)))
        v->kind = TWS_VALUE_UNSET;
}

void tws_value_read(const struct tws_message *m, struct tws_value *v)
{
    if (v->step != TWS_STEP_VALUE)
        return;
    if (m->form == TWS_FORM_PROTOBUF)
        read_wire(v);
    else
        read_text(v);
}

/* ---- text ---- */

/* END of what is open, innermost first; false: nothing is. */
static bool close_one(struct tws_walk *w, struct tws_value *out)
{
    if (w->depth == 0)
        return false;
    out->step = TWS_STEP_END;
    out->depth = --w->depth;
    return true;
}

static void open_one(struct tws_walk *w, enum tws_step step, struct tws_value *out)
{
    out->step = (uint8_t)step;
    out->depth = w->depth++;
}

/* The bytes of a text message that have not been taken. */
static struct tws_cursor rest_of(const struct tws_walk *w)
{
    struct tws_cursor body = w->message->body;

    return (struct tws_cursor){body.p + w->at, body.left - w->at};
}

/* The next row's part in the structure; true: `out` is a step, false: a field comes, of row *f. */
static bool step_layout(struct tws_walk *w, const struct tws_field **f, struct tws_value *out)
{
    *f = NULL;
    switch (tws_layout_next(&w->layout, rest_of(w), f)) {
    case TWS_LAYOUT_FIELD:
        return false;
    case TWS_LAYOUT_LIST:
        out->field = *f;
        out->name = (*f)->group;
        open_one(w, TWS_STEP_LIST, out);
        return true;
    case TWS_LAYOUT_ITEM:
        open_one(w, TWS_STEP_ITEM, out);
        return true;
    case TWS_LAYOUT_END:
        return close_one(w, out);
    case TWS_LAYOUT_OVER:
        w->over = true;
        *f = NULL;
        break;
    }
    return false;
}

static inline bool in_bare_group(const struct tws_walk *w)
{
    return w->layout.depth > 0 && w->layout.group[w->layout.depth - 1].bare;
}

/* ---- plain fields, several at a time ---- */

#define WORD 8u

/* The high bit of each byte of `word` that is NUL.  Exact in every byte. */
static uint64_t nuls_of(uint64_t word)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;

    return ~(((word & low) + low) | word | low);
}

/* Eight bytes from `p` on, the first in the lowest place; behind `left` of them none is NUL.  The
 * `before` bytes in front of `p` may be read. */
static uint64_t word_at(const uint8_t *p, size_t left, size_t before)
{
    uint64_t word = UINT64_MAX;

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (left >= WORD) {
        memcpy(&word, p, WORD);
        return word;
    }
    if (before + left >= WORD && left > 0) { /* the last word of all, less what came before `p` */
        memcpy(&word, p + left - WORD, WORD);
        return word >> 8 * (WORD - left) | UINT64_MAX << 8 * left;
    }
#endif
    (void)before;
    for (size_t i = left < WORD ? left : WORD; i-- > 0;)
        word = word << 8 | p[i];
    return word;
}

/* Which of the `left` bytes at `p`, WIDE of them at most, are NUL: a bit for each. */
#define WIDE 32u

static uint32_t bits_of(uint64_t nuls)
{
    return (uint32_t)((nuls >> 7) * 0x0102040810204080u >> 56);
}

#ifdef __SSE2__
static uint32_t nuls_of_16(const uint8_t *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
}

static uint32_t nuls_of_8(const uint8_t *p)
{
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)p);

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())) & 0xff;
}
#endif

/* What is not a whole vector is looked at by two that overlap, or by one that begins before `p`. */
static uint32_t nul_bits(const uint8_t *p, size_t left, size_t before)
{
    uint32_t bits = 0;

#ifdef __SSE2__
    if (left >= WIDE)
        return nuls_of_16(p) | nuls_of_16(p + 16) << 16;
    if (left >= 16)
        return nuls_of_16(p) | nuls_of_16(p + left - 16) << (left - 16);
    if (left >= 8)
        return nuls_of_8(p) | nuls_of_8(p + left - 8) << (left - 8);
    if (before + left >= 8)
        return nuls_of_8(p + left - 8) >> (8 - left);
#endif
    for (size_t at = 0; at < left && at < WIDE; at += WORD)
        bits |= bits_of(nuls_of(word_at(p + at, left - at, before + at))) << at;
    return bits;
}

static uint32_t lowest(uint32_t bits)
{
#if defined __GNUC__
    return (uint32_t)__builtin_ctz(bits);
#else
    uint32_t n = 0;

    while (!(bits >> n & 1))
        n++;
    return n;
#endif
}

/* A short message whose rows begin with plain ones, as those of ticks do: one look at all of it.
 * False: it is none, or has no NUL. */
static inline bool look_at_all(struct tws_walk *w)
{
    const struct tws_message_row *row = w->layout.row;
    const struct tws_cursor body = w->message->body;
    uint32_t bits, most, n = 0;

    if (w->at != 0 || body.left > WIDE || !row || row->plain_from != 0 || w->layout.next != 0)
        return false;
    most = row->plain < TWS_AHEAD_MAX ? row->plain : TWS_AHEAD_MAX;
    for (bits = nul_bits(body.p, body.left, 0); bits && n < most; bits &= bits - 1)
        w->ends[n++] = lowest(bits);
    if (n == 0)
        return false;
    w->fields = row->fields;
    w->layout.next = (uint16_t)n;
    w->next = 0;
    w->found = (uint8_t)n;
    w->last = (size_t)w->ends[n - 1] + 1 == body.left;
    return true;
}

/* Looks at many bytes at a time: fields are so short that a search for each takes longer than what
 * it searches. */
bool tws_walk_look(struct tws_walk *w)
{
    struct tws_layout *l = &w->layout;
    const struct tws_cursor body = w->message->body;
    uint32_t most = 0, n = 0;

    if (w->message->form == TWS_FORM_TEXT && look_at_all(w))
        return true;
    w->next = w->found = 0;
    if (w->message->form == TWS_FORM_TEXT && body.left <= UINT32_MAX)
        most = tws_layout_plain(l, TWS_AHEAD_MAX);
    for (size_t at = w->at; at < body.left && n < most; at += WIDE)
        for (uint32_t bits = nul_bits(body.p + at, body.left - at, at); bits && n < most;
             bits &= bits - 1)
            w->ends[n++] = (uint32_t)at + lowest(bits);
    if (n == 0)
        return false;
    w->fields = &l->row->fields[l->next];
    tws_layout_passed(l, n);
    w->found = (uint8_t)n;
    w->last = w->depth == 0 && (size_t)w->ends[n - 1] + 1 == body.left;
    return true;
}

static bool step_text(struct tws_walk *w, struct tws_value *out)
{
    const struct tws_field *f = NULL;
    struct tws_cursor left;

    if (w->at == w->message->body.left)
        return close_one(w, out);
    if (!w->over && step_layout(w, &f, out))
        return true;
    left = rest_of(w);
    if (!tws_text_next(&left, &out->text, NULL))
        return false;
    w->at = w->message->body.left - left.left;
    out->number = ++w->number;
    out->depth = w->depth;
    if (!f)
        return true;
    out->field = f;
    out->element = in_bare_group(w);
    out->name = out->element ? NULL : f->name;
    if (tws_layout_asks(f))
        tws_layout_took(&w->layout, f, out->text);
    return true;
}

/* ---- protobuf ---- */

/* Do bytes under a number's tag hold a packed run of it? */
static bool is_packed(const struct tws_field *f, const struct tws_wire_field *wire)
{
    return f->repeated && wire->type == TWS_WIRE_BYTES &&
           tws_wire_type_of(tws_proto_type(f)) != TWS_WIRE_BYTES;
}

static bool fits(const struct tws_field *f, const struct tws_wire_field *wire)
{
    return wire->type == tws_wire_type_of(tws_proto_type(f)) || is_packed(f, wire);
}

/* The row with this field number; where it stands is guessed before it is searched: fields come in
 * the order of their numbers, and records have a row for nearly every number. */
static const struct tws_field *row_of(struct tws_level *l, uint32_t number)
{
    uint16_t guess = l->hint;

    if (guess < l->n && l->fields[guess].tag == number)
        goto found;
    guess = (uint16_t)(number - 1);
    if (number <= l->n && l->fields[guess].tag == number)
        goto found;
    for (guess = 0; guess < l->n; guess++)
        if (l->fields[guess].tag == number)
            goto found;
    return NULL;
found:
    l->hint = (uint16_t)(guess + 1);
    return &l->fields[guess];
}

/* Mark `f` as met; true when it was before. */
static bool met_before(struct tws_level *l, const struct tws_field *f)
{
    size_t index = (size_t)(f - l->fields) & 255;
    uint64_t bit = (uint64_t)1 << (index & 63);
    bool before = l->seen[index >> 6] & bit;

    l->seen[index >> 6] |= bit;
    return before;
}

static void begin_list(struct tws_walk *w, const struct tws_field *f, struct tws_value *out)
{
    struct tws_level *l = &w->levels[w->level];

    l->list = f;
    out->field = f;
    out->name = f->name;
    out->number = f->tag;
    out->again = met_before(l, f);
    open_one(w, TWS_STEP_LIST, out);
}

/* A nested message, as an item of the open list or by itself. */
static void enter(struct tws_walk *w, const struct tws_field *f, struct tws_cursor body,
                  struct tws_value *out)
{
    struct tws_level *l = &w->levels[w->level];

    out->field = f;
    out->number = f->tag;
    out->text = body;
    if (!f->repeated) {
        out->name = f->name;
        out->again = met_before(l, f);
    }
    open_one(w, f->repeated ? TWS_STEP_ITEM : TWS_STEP_RECORD, out);
    w->level++;
    push(w, body, f->record->fields, f->record->n_fields);
}

static void put_wire(struct tws_walk *w, const struct tws_field *f,
                     const struct tws_wire_field *wire, struct tws_value *out)
{
    out->field = f;
    out->number = wire->number;
    out->wire_type = (uint8_t)wire->type;
    out->integer = (int64_t)wire->value;
    out->text = wire->bytes;
    out->depth = w->depth;
    out->element = f && f->repeated;
    if (!f)
        return;
    if (!out->element) {
        out->name = f->name;
        out->again = met_before(&w->levels[w->level], f);
    }
}

/* What is left where a message, or a packed run, is no protobuf any more: kept as it is. */
static void put_rest(struct tws_walk *w, struct tws_cursor *rest, uint32_t number,
                     struct tws_value *out)
{
    struct tws_wire_field wire = {.number = number, .type = TWS_WIRE_BYTES, .bytes = *rest};

    w->faults |= TWS_FAULT_WIRE;
    *rest = (struct tws_cursor){NULL, 0};
    put_wire(w, NULL, &wire, out);
}

/* One number of a packed run.  False: the run is over. */
static bool step_packed(struct tws_walk *w, struct tws_value *out)
{
    struct tws_level *l = &w->levels[w->level];
    enum tws_wire_type type = tws_wire_type_of(tws_proto_type(l->list));
    struct tws_wire_field wire = {.number = l->list->tag, .type = type};

    if (l->left.left > 0 && tws_wire_value(&l->left, &wire)) {
        put_wire(w, l->list, &wire, out);
        return true;
    }
    if (l->left.left > 0) {
        put_rest(w, &l->left, l->list->tag, out);
        return true;
    }
    w->level--;
    return false;
}

/* The message of the innermost level is over. */
static bool leave(struct tws_walk *w, struct tws_value *out)
{
    struct tws_level *l = &w->levels[w->level];

    l->left = (struct tws_cursor){NULL, 0};
    if (l->list) {
        l->list = NULL;
        return close_one(w, out);
    }
    if (w->level == 0)
        return false;
    w->level--;
    return close_one(w, out);
}

static bool step_field(struct tws_walk *w, const struct tws_wire_field *wire,
                       struct tws_cursor after, struct tws_value *out)
{
    struct tws_level *l = &w->levels[w->level];
    const struct tws_field *f = row_of(l, wire->number);

    if (f && !fits(f, wire))
        f = NULL;
    if (l->list && l->list != f) {
        l->list = NULL;
        return close_one(w, out);
    }
    if (f && f->repeated && !l->list) {
        begin_list(w, f, out);
        return true;
    }
    l->left = after;
    if (f && f->record && w->level + 1u < TWS_DEPTH_MAX) {
        enter(w, f, wire->bytes, out);
        return true;
    }
    if (f && is_packed(f, wire) && w->level + 1u < TWS_DEPTH_MAX) {
        w->level++;
        push(w, wire->bytes, NULL, 0);
        w->levels[w->level].list = f;
        w->levels[w->level].packed = true;
        return false;
    }
    put_wire(w, f && f->record ? NULL : f, wire, out);
    return true;
}

static bool step_protobuf(struct tws_walk *w, struct tws_value *out)
{
    for (;;) {
        struct tws_level *l = &w->levels[w->level];
        struct tws_cursor after = l->left;
        struct tws_wire_field wire;

        if (l->packed) {
            if (step_packed(w, out))
                return true;
            continue;
        }
        switch (tws_wire_next(&after, &wire)) {
        case TWS_WIRE_FIELD:
            if (step_field(w, &wire, after, out))
                return true;
            continue;
        case TWS_WIRE_BAD:
            if (l->list) {
                l->list = NULL;
                return close_one(w, out);
            }
            put_rest(w, &l->left, 0, out);
            return true;
        case TWS_WIRE_END:
            return leave(w, out);
        }
    }
}

bool tws_walk_step_slow(struct tws_walk *w, struct tws_value *out)
{
    if (tws_walk_look(w))
        return tws_walk_step(w, out);
    out->name = NULL;
    out->field = NULL;
    out->number = 0;
    out->wire_type = 0;
    out->step = TWS_STEP_VALUE;
    out->kind = TWS_VALUE_TEXT;
    out->element = out->again = false;
    out->integer = 0;
    out->text = (struct tws_cursor){NULL, 0};
    if (w->message->form == TWS_FORM_TEXT)
        return step_text(w, out);
    return w->message->form == TWS_FORM_PROTOBUF && step_protobuf(w, out);
}

bool tws_walk_next(struct tws_walk *w, struct tws_value *out)
{
    out->real = 0;
    if (!tws_walk_step(w, out))
        return false;
    tws_value_read(w->message, out);
    return true;
}

bool tws_walk_value(struct tws_walk *w, struct tws_value *out)
{
    while (tws_walk_next(w, out))
        if (out->step == TWS_STEP_VALUE)
            return true;
    return false;
}

uint32_t tws_walk_missing(const struct tws_walk *w)
{
    return w->message->form == TWS_FORM_TEXT ? tws_layout_missing(&w->layout) : 0;
}
