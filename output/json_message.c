#include "json_writer.h"
#include "names.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- values ---- */

/* So few digits are kept by every reader, whatever its numbers are. */
#define DIGITS_SAFE 15u

/* A decimal's own text: a number when it has the form of one in JSON and so few digits that a
 * double keeps them all, else a string. */
static void put_decimal(struct json_writer *w, struct tws_cursor t)
{
    size_t digits;

    if (view_plain_number(t, &digits) && digits <= DIGITS_SAFE)
        json_raw(w, (const char *)t.p, t.left);
    else
        json_cursor(w, t);
}

/* A double in text stands as it came, where JSON can say it so; with more digits than a double
 * keeps, in quotes. */
static void put_real(struct json_writer *w, const struct tws_value *v)
{
    size_t digits;

    if (!v->text.left || !view_plain_number(v->text, &digits))
        json_double(w, v->real);
    else if (digits <= VIEW_DIGITS)
        json_raw(w, (const char *)v->text.p, v->text.left);
    else
        json_cursor(w, v->text);
}

static bool is_decimal(const struct tws_field *f)
{
    return f->type == TWS_DECIMAL || f->proto_type == TWS_DECIMAL;
}

static void put_value(struct json_writer *w, const struct tws_value *v)
{
    switch ((enum tws_value_kind)v->kind) {
    case TWS_VALUE_INT:
        json_i64(w, v->integer);
        return;
    case TWS_VALUE_DOUBLE:
        put_real(w, v);
        return;
    case TWS_VALUE_BOOL:
        if (v->integer)
            JSON_RAW(w, "true");
        else
            JSON_RAW(w, "false");
        return;
    case TWS_VALUE_TEXT:
        if (v->field && is_decimal(v->field))
            put_decimal(w, v->text);
        else
            json_cursor(w, v->text);
        return;
    case TWS_VALUE_UNSET:
        break;
    }
    JSON_RAW(w, "null");
}

/* ---- a message's values ---- */

#define OPEN_MAX   16u  /* lists, items and records in one another: more than any walk opens */
#define VALUE_ROOM 128u /* bytes without which no further value is begun */

/* Named values are written first; those that have no name, or come where their name has been
 * written already, by a second walk.  What is open is closed by its own bracket even when the line
 * is cut. */
struct values {
    struct json_writer *w;
    const struct tws_message *m;
    bool extra;     /* the second walk */
    uint8_t strays; /* what is open stands in a list or record that came again: from this depth on;
                     * 0: it does not */
    uint8_t muted;  /* what is open is not written, from this depth on; 0: it is */
    size_t others;  /* values that belong to the other walk */
    char close[OPEN_MAX];
    const char *in[OPEN_MAX]; /* names of the lists and records that are open */
};

static void put_readable(struct json_writer *w, const struct tws_value *v)
{
    char buf[VIEW_READABLE];
    const char *words = view_readable(v, buf);

    if (!words)
        return;
    JSON_RAW(w, ",\"");
    json_raw(w, v->field->name, strlen(v->field->name));
    JSON_RAW(w, "_text\":");
    json_word(w, words);
}

static void put_named(struct values *o, const struct tws_value *v)
{
    if (v->element)
        json_comma(o->w);
    else
        json_member(o->w, v->name);
    put_value(o->w, v);
    if (!v->element && v->field)
        put_readable(o->w, v);
}

/* A value without a key: a plain value in a text message; with its field number in a protobuf one,
 * and the message it stands in if that is nested. */
static void put_extra(struct values *o, const struct tws_value *v)
{
    const char *in = NULL;

    json_comma(o->w);
    if (o->m->form != TWS_FORM_PROTOBUF) {
        put_value(o->w, v);
        return;
    }
    for (size_t i = 0; i < v->depth && i < OPEN_MAX; i++)
        in = o->in[i] ? o->in[i] : in;
    json_char(o->w, '{');
    if (in)
        json_member_string(o->w, "in", in);
    json_member_u64(o->w, "field", v->number);
    json_member_u64(o->w, "wire", v->wire_type);
    json_member(o->w, "value");
    put_value(o->w, v);
    json_char(o->w, '}');
}

/* The key of what came again, or is not known, in a record that came again. */
static void member_number(struct json_writer *w, uint32_t number)
{
    json_comma(w);
    JSON_RAW(w, "\"#");
    json_u64(w, number);
    JSON_RAW(w, "\":");
}

static void value_step(struct values *o, const struct tws_value *v)
{
    bool named = (v->name || v->element) && !v->again;

    if ((o->strays || !named) != o->extra) {
        o->others++;
        return;
    }
    if (o->muted || !json_fits(o->w, VALUE_ROOM))
        return;
    if (named) {
        put_named(o, v);
    } else if (o->strays) {
        member_number(o->w, v->number);
        put_value(o->w, v);
    } else {
        put_extra(o, v);
    }
}

static void open_step(struct values *o, const struct tws_value *v)
{
    size_t at = v->depth < OPEN_MAX ? v->depth : OPEN_MAX - 1;
    bool stray = v->again && !o->strays;

    o->in[at] = v->name;
    o->close[at] = 0;
    if (stray) {
        o->strays = (uint8_t)(v->depth + 1);
        o->others++;
    }
    if (o->muted || (o->strays > 0) != o->extra)
        return;
    if (!json_fits(o->w, VALUE_ROOM)) {
        o->muted = (uint8_t)(v->depth + 1);
        return;
    }
    if (v->step == TWS_STEP_ITEM || stray)
        json_comma(o->w);
    else if (v->again)
        member_number(o->w, v->number);
    else
        json_member(o->w, v->name);
    o->close[at] = v->step == TWS_STEP_LIST ? ']' : '}';
    json_char(o->w, v->step == TWS_STEP_LIST ? '[' : '{');
}

static void end_step(struct values *o, const struct tws_value *v)
{
    size_t at = v->depth < OPEN_MAX ? v->depth : OPEN_MAX - 1;

    if (o->close[at])
        json_char(o->w, o->close[at]);
    o->in[at] = NULL;
    if (o->strays == v->depth + 1)
        o->strays = 0;
    if (o->muted == v->depth + 1)
        o->muted = 0;
}

/* ---- the plain fields of text, several at a time ---- */

/* How a field's text can be written at once, without reading what it says.  What is not so simple
 * goes the general way, value by value; both write the same. */
enum how { HOW_ASK, HOW_INT, HOW_NAMED, HOW_NUMBER, HOW_TEXT };

#define KEY_MOST  96u  /* bytes of a key that are copied without asking for room */
#define FAST_ROOM 256u /* for a key, a short value and its brackets */
#define CHUNK     16u  /* bytes that are looked at, and copied, at once */
#define TEXT_MOST 64u  /* bytes of a text that is copied without asking for room */
#define SENTINEL  10u  /* bytes from which on a number may mean "unset" */

_Static_assert(KEY_MOST + TEXT_MOST + CHUNK + 8 < FAST_ROOM, "a field fits");
_Static_assert(SENTINEL <= CHUNK, "a number is one chunk");
_Static_assert(CHUNK <= VIEW_SLACK, "what is copied may be read");

/* The keys of one message's fields, `,"name":` each; made when it is first met. */
struct json_keys {
    struct {
        uint16_t at;
        uint8_t len, how;
    } of[256];
    char text[];
};

static enum how how_of(const struct tws_field *f)
{
    if (f->names && (f->names->bits || f->type != TWS_INT))
        return HOW_ASK;
    switch ((enum tws_type)f->type) {
    case TWS_INT:
    case TWS_INT_MAX:
        return f->names ? HOW_NAMED : HOW_INT;
    case TWS_DOUBLE:
    case TWS_DOUBLE_MAX:
    case TWS_DECIMAL:
        return HOW_NUMBER;
    case TWS_STRING:
    case TWS_TAGVALUES:
        return f->proto_type == TWS_DECIMAL ? HOW_ASK : HOW_TEXT;
    case TWS_BOOL:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
    case TWS_SAME_TYPE:
    case TWS_RECORD:
        break;
    }
    return HOW_ASK;
}

static struct json_keys *make_keys(const struct tws_message_row *row)
{
    size_t size = KEY_MOST; /* behind the last key, for copies of a fixed size */
    struct json_keys *k;
    size_t at = 0;

    for (size_t i = 0; i < row->n_fields; i++)
        size += strlen(row->fields[i].name) + 4;
    k = calloc(1, sizeof *k + size);
    for (size_t i = 0; k && i < row->n_fields && i < sizeof k->of / sizeof k->of[0]; i++) {
        size_t n = (size_t)sprintf(k->text + at, ",\"%s\":", row->fields[i].name);

        k->of[i].at = (uint16_t)at;
        k->of[i].len = (uint8_t)n;
        k->of[i].how =
            n <= KEY_MOST && at <= UINT16_MAX ? (uint8_t)how_of(&row->fields[i]) : HOW_ASK;
        at += n;
    }
    return k;
}

/* NULL: the message has none, or there was no memory. */
static const struct json_keys *keys_of(struct json_sink *j, const struct tws_message *m)
{
    struct json_keys **k;

    if (m->form != TWS_FORM_TEXT || !m->row || m->row->n_fields == 0)
        return NULL;
    k = &j->keys[m->dir == TWS_CLIENT][m->id];
    if (!*k)
        *k = make_keys(m->row);
    return *k;
}

void json_keys_free(struct json_sink *j)
{
    for (size_t i = 0; i < 2 * TWS_ID_LIMIT; i++) {
        free(j->keys[i / TWS_ID_LIMIT][i % TWS_ID_LIMIT]);
        j->keys[i / TWS_ID_LIMIT][i % TWS_ID_LIMIT] = NULL;
    }
}

/* Bits of the first `len` bytes at `p` (CHUNK at most, all of which may be read): where digits are,
 * points, and what cannot stand in a JSON string as it is. */
struct bits {
    unsigned digits, points, odd;
};

static inline struct bits bits_of(const uint8_t *p, size_t len)
{
    unsigned low = (1u << len) - 1;
    struct bits m = {0};
#ifdef __SSE2__
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8('0' - 1)),
                                  _mm_cmplt_epi8(b, _mm_set1_epi8('9' + 1)));
    __m128i odd = _mm_cmplt_epi8(b, _mm_set1_epi8(0x20)); /* and what has the high bit */

    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8(0x7f)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('"')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
    m.digits = (unsigned)_mm_movemask_epi8(digit) & low;
    m.points = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_set1_epi8('.'))) & low;
    m.odd = (unsigned)_mm_movemask_epi8(odd) & low;
#else
    (void)low;
    for (size_t i = 0; i < len; i++) {
        m.digits |= (unsigned)(p[i] >= '0' && p[i] <= '9') << i;
        m.points |= (unsigned)(p[i] == '.') << i;
        m.odd |= (unsigned)(p[i] < 0x20 || p[i] >= 0x7f || p[i] == '"' || p[i] == '\\') << i;
    }
#endif
    return m;
}

/* Is `p` a number that stands in JSON as it is, and in a reader's double with all its digits? */
static inline bool is_short_number(const uint8_t *p, size_t len, bool whole)
{
    struct bits m = bits_of(p, len);
    size_t first = p[0] == '-';
    unsigned all = ((1u << len) - 1) & ~(unsigned)first;

    if (len == first || (m.digits | m.points) != all)
        return false;
    if (p[first] == '0' && len > first + 1 && p[first + 1] != '.')
        return false; /* JSON has no leading zeros */
    if (whole)
        return m.points == 0 && !(first && p[1] == '0');
    return (m.points & (m.points - 1)) == 0 && (m.points & (1u << first | 1u << (len - 1))) == 0;
}

/* Copies whole CHUNKs.  Do the first `len` bytes stand in a JSON string as they are? */
static inline bool copy_plain(char *to, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len; at += CHUNK) {
        size_t n = len - at < CHUNK ? len - at : CHUNK;

        if (bits_of(p + at, n).odd)
            return false;
        memcpy(to + at, p + at, CHUNK);
    }
    return true;
}

/* Room is there (FAST_ROOM).  False: nothing was written that counts. */
static inline bool fast_value(struct json_writer *w, const struct tws_field *f, enum how how,
                              const uint8_t *p, size_t len)
{
    char *to = w->j->line + w->len;
    struct tws_value v;

    if (how == HOW_TEXT) {
        to[0] = '"';
        if (len > TEXT_MOST || !copy_plain(to + 1, p, len))
            return false;
        to[len + 1] = '"';
        w->len += len + 2;
        return true;
    }
    if (len == 0 || len >= SENTINEL || !is_short_number(p, len, how != HOW_NUMBER))
        return false;
    memcpy(to, p, CHUNK);
    w->len += len;
    if (how != HOW_NAMED)
        return true;
    v = (struct tws_value){.field = f, .kind = TWS_VALUE_INT};
    if (tws_text_int((struct tws_cursor){p, len}, &v.integer))
        put_readable(w, &v);
    return true;
}

static void slow_value(struct values *o, const struct tws_field *f, const uint8_t *p, size_t len)
{
    struct tws_value v = {.name = f->name, .field = f, .text = {p, len}};

    tws_value_read(o->m, &v);
    put_named(o, &v);
}

static void put_run(struct values *o, const struct json_keys *keys, const struct tws_run *run)
{
    size_t row = (size_t)(run->fields - o->m->row->fields), from = run->from;
    struct json_writer *w = o->w;

    for (size_t i = 0; i < run->n; from = run->ends[i++] + (size_t)1) {
        const struct tws_field *f = &run->fields[i];
        const uint8_t *p = run->body + from;
        size_t len = run->ends[i] - from, was = w->len, n = keys->of[row + i].len;
        char *to;

        if (o->muted || w->full || !json_fits(w, FAST_ROOM))
            return;
        if (keys->of[row + i].how != HOW_ASK) {
            bool first = w->j->line[was - 1] == '{';
            const char *key = keys->text + keys->of[row + i].at + first;

            to = w->j->line + was;
            memcpy(to, key, 32);
            if (n > 32)
                memcpy(to + 32, key + 32, KEY_MOST - 32);
            w->len += n - first;
            if (fast_value(w, f, (enum how)keys->of[row + i].how, p, len))
                continue;
            w->len = was;
        }
        slow_value(o, f, p, len);
    }
}

/* Named values (`extra` false) or those beyond the names.  Returns how many of the other kind
 * there are.  Goes on to the end when the line is cut: `missing` and `error` want it. */
static size_t put_values(struct json_writer *w, const struct tws_message *m, bool extra,
                         struct tws_walk *walk)
{
    const struct json_keys *keys = keys_of(w->j, m);
    struct values o; /* the names are set as they open: to clear them costs more than a value */
    struct tws_value v;
    struct tws_run run;

    o.w = w;
    o.m = m;
    o.extra = extra;
    o.strays = o.muted = 0;
    o.others = 0;
    memset(o.close, 0, sizeof o.close);
    tws_walk_open(m, walk);
    for (;;) {
        while (keys && tws_walk_run(walk, &run)) {
            if (extra)
                o.others += run.n;
            else
                put_run(&o, keys, &run);
        }
        if (!tws_walk_next(walk, &v))
            break;
        switch ((enum tws_step)v.step) {
        case TWS_STEP_VALUE:
            value_step(&o, &v);
            break;
        case TWS_STEP_LIST:
        case TWS_STEP_ITEM:
        case TWS_STEP_RECORD:
            open_step(&o, &v);
            break;
        case TWS_STEP_END:
            end_step(&o, &v);
            break;
        }
    }
    return o.others;
}

void json_message(struct json_writer *w, const struct tws_message *m, uint32_t *faults)
{
    struct tws_walk walk;
    size_t extras;
    uint32_t missing;

    JSON_KEY(w, "fields");
    json_char(w, '{');
    extras = put_values(w, m, false, &walk);
    json_char(w, '}');
    *faults = walk.faults;
    missing = tws_walk_missing(&walk);
    if (extras) {
        JSON_KEY(w, "extra");
        json_char(w, '[');
        put_values(w, m, true, &walk);
        json_char(w, ']');
    }
    if (missing)
        json_key_u64(w, "missing", missing);
}
