/* marks.c - the marks of a frame, from its message, its rows and what the run has learned. */
#include "marks.h"
#include "advisor.h"
#include "conversation.h"
#include "id_list.h"
#include "names.h"
#include "search.h"
#include "sensitive.h"
#include "view.h"
#include <stdlib.h>
#include <string.h>

/* What is known of the fields of a message, looked up in its rows once. */
enum rows { ROWS_UNKNOWN, ROWS_PLAIN, ROWS_MEANT };

struct marks {
    struct known *known;
    struct tws_sink to;
    uint8_t rows[2][2][TWS_ID_LIMIT]; /* enum rows; by form (text, protobuf), sender and id */
    uint64_t from;                    /* where the payload begins in its stream */
    struct tws_cursor payload;
    struct tws_marks found;
};

struct marks *marks_new(struct known *known)
{
    struct marks *m = calloc(1, sizeof *m);

    if (m)
        m->known = known;
    return m;
}

void marks_free(struct marks *m)
{
    free(m);
}

/* ---- adding ---- */

/* No place is left: nobody looks at the bytes from `at` on. */
static void cover_rest(struct marks *m, size_t at)
{
    struct tws_mark *last = &m->found.of[TWS_MARKS_MAX - 1];
    size_t from = (size_t)(last->offset - m->from);

    if (last->kind == TWS_MARK_BLACK)
        return;
    from = at < from ? at : from;
    *last = (struct tws_mark){.offset = m->from + from,
                              .length = (uint32_t)(m->payload.left - from),
                              .kind = TWS_MARK_BLACK};
}

static void add(struct marks *m, const uint8_t *p, size_t len, enum tws_mark_kind kind, size_t kept)
{
    size_t at = (size_t)(p - m->payload.p);

    if (len == 0)
        return;
    if (m->found.n == TWS_MARKS_MAX) {
        cover_rest(m, at);
        return;
    }
    m->found.of[m->found.n++] = (struct tws_mark){.offset = m->from + at,
                                                  .length = (uint32_t)len,
                                                  .kind = (uint8_t)kind,
                                                  .kept = (uint8_t)kept};
}

/* ---- by meaning ---- */

static void add_account(struct marks *m, struct tws_cursor text)
{
    size_t letters;

    if (!known_form(text.p, text.left, &letters))
        letters = 0; /* a name, a group: nothing of it stays */
    add(m, text.p, text.left, TWS_MARK_ACCOUNT, letters);
    known_learn(m->known, text.p, text.left);
}

static void learn_list(struct known *k, struct tws_cursor text)
{
    struct id_list list = {.text = text.p, .len = text.left};
    size_t from, len;

    while (id_list_next(&list, &from, &len)) {
        for (; len > 0 && text.p[from] == ' '; from++)
            len--;
        known_learn(k, text.p + from, len);
    }
}

static void learn_document(struct known *k, struct tws_cursor text)
{
    struct advisor a = {0};
    size_t from = 0;

    for (size_t i = 0; i <= text.left; i++) {
        if (i < text.left && advisor_next(&a, text.p[i]) == ADVISOR_ACCOUNT)
            continue;
        if (i > from)
            learn_list(k, (struct tws_cursor){text.p + from, i - from});
        from = i + 1;
    }
}

static bool is_everyones(struct tws_cursor group)
{
    return group.left == 3 && memcmp(group.p, "All", 3) == 0;
}

/* False: the value is searched as other text. */
static bool add_meant(struct marks *m, const struct tws_field *f, struct tws_cursor text,
                      bool account_value)
{
    switch ((enum tws_meaning)f->means) {
    case TWS_ACCOUNT:
        add_account(m, text);
        return true;
    case TWS_ACCOUNT_VALUE:
        if (account_value)
            add_account(m, text);
        return account_value;
    case TWS_ACCOUNTS:
        add(m, text.p, text.left, TWS_MARK_ACCOUNTS, 0);
        learn_list(m->known, text);
        return true;
    case TWS_DOCUMENT:
        add(m, text.p, text.left, TWS_MARK_DOCUMENT, 0);
        learn_document(m->known, text);
        return true;
    case TWS_ADVISOR_GROUP:
        if (is_everyones(text))
            return true;
        add(m, text.p, text.left, TWS_MARK_SECRET, 0);
        return true;
    case TWS_SECRET:
        add(m, text.p, text.left, TWS_MARK_SECRET, 0);
        return true;
    case TWS_ACCOUNT_KEY:
    case TWS_PLAIN:
    case TWS_REQUEST_ID:
    case TWS_ORDER_ID:
    case TWS_CLIENT_ID:
    case TWS_ERROR_CODE:
    case TWS_ERROR_TEXT:
    case TWS_FREE_TEXT:
    case TWS_PRICE:
    case TWS_QUANTITY:
    case TWS_MONEY:
    case TWS_TIMESTAMP:
    case TWS_SYMBOL:
    case TWS_CON_ID:
        break;
    }
    return false;
}

enum known_in marks_kind(const struct tws_field *f)
{
    if (!f)
        return KNOWN_IN_TEXT;
    if (f->means == TWS_SYMBOL)
        return KNOWN_IN_NAME;
    if (f->names)
        return KNOWN_IN_NUMBER;
    switch ((enum tws_type)f->type) {
    case TWS_STRING:
    case TWS_TAGVALUES:
        return f->proto_type == TWS_DECIMAL ? KNOWN_IN_NUMBER : KNOWN_IN_TEXT;
    case TWS_SAME_TYPE:
    case TWS_RECORD:
        return KNOWN_IN_TEXT;
    case TWS_INT:
    case TWS_INT_MAX:
    case TWS_BOOL:
    case TWS_DOUBLE:
    case TWS_DOUBLE_MAX:
    case TWS_DECIMAL:
    case TWS_MASK:
    case TWS_EPOCH_S:
    case TWS_EPOCH_MS:
        break;
    }
    return KNOWN_IN_NUMBER;
}

/* ---- by what is known, and by form ---- */

struct place {
    struct marks *m;
    const uint8_t *text;
};

static void hit(void *ctx, size_t at, size_t len, size_t kept)
{
    const struct place *p = ctx;

    add(p->m, p->text + at, len, TWS_MARK_ID, kept);
}

/* Earlier marks hide these bytes. */
static size_t masked(void *ctx, size_t at)
{
    const struct place *p = ctx;
    uint64_t offset = p->m->from + (size_t)(p->text + at - p->m->payload.p);

    for (uint32_t i = 0; i < p->m->found.n; i++) {
        const struct tws_mark *mark = &p->m->found.of[i];

        if (offset - mark->offset < mark->length)
            return (size_t)(mark->length - (offset - mark->offset));
    }
    return 0;
}

static bool may_find(const struct marks *m, struct tws_cursor text)
{
    return search_may_find(m->known, (const char *)text.p, text.left);
}

/* `f` NULL: the value has no row, and its length stands in front of what it holds. */
static void search_value(struct marks *m, const struct tws_field *f, struct tws_cursor text)
{
    struct place p = {m, text.p};

    search_ids(&(struct search){.known = m->known,
                                .text = (const char *)text.p,
                                .len = text.left,
                                .in = marks_kind(f),
                                .lengths = !f,
                                .masked = masked,
                                .hit = hit,
                                .ctx = &p});
}

static void search_text(struct marks *m, struct tws_cursor text)
{
    struct place p = {m, text.p};

    if (may_find(m, text))
        search_ids(&(struct search){.known = m->known,
                                    .text = (const char *)text.p,
                                    .len = text.left,
                                    .masked = masked,
                                    .hit = hit,
                                    .ctx = &p});
}

/* Where the search for ids in a text message has come to.  Most messages hold none: the walk is
 * opened when the first is found. */
struct fields {
    const struct tws_message *message;
    bool begun;
    struct tws_walk walk;
    struct tws_value value;
};

static void first_field(struct fields *f)
{
    tws_walk_open(f->message, &f->walk);
    f->value = (struct tws_value){0};
    f->begun = true;
}

/* Is the byte at `at` of the body in the field that was found last, or before it? */
static bool is_reached(const struct fields *f, size_t at)
{
    const struct tws_value *v = &f->value;

    return v->step == TWS_STEP_VALUE && v->text.p &&
           v->text.p + v->text.left > f->message->body.p + at;
}

/* The field that holds that byte; what is in none is free text. */
static struct known_text field_at(void *ctx, size_t at)
{
    struct fields *f = ctx;
    struct tws_cursor body = f->message->body;
    const struct tws_value *v = &f->value;

    if (!f->begun || (v->text.p && v->text.p > body.p + at))
        first_field(f); /* or a second search has begun */
    while (!is_reached(f, at) && tws_walk_step(&f->walk, &f->value))
        ;
    if (!is_reached(f, at) || v->text.p > body.p + at)
        return (struct known_text){.p = body.p, .n = body.left, .in = KNOWN_IN_TEXT};
    return (struct known_text){.p = v->text.p, .n = v->text.left, .in = marks_kind(v->field)};
}

static void search_fields(struct marks *m, const struct tws_message *message)
{
    struct tws_cursor body = message->body;
    struct place p = {m, body.p};
    struct fields f;

    if (!may_find(m, body))
        return;
    f.message = message;
    f.begun = false;
    search_ids(&(struct search){.known = m->known,
                                .text = (const char *)body.p,
                                .len = body.left,
                                .field = message->row ? field_at : NULL,
                                .field_ctx = &f,
                                .masked = masked,
                                .hit = hit,
                                .ctx = &p});
}

/* ---- a message ---- */

static bool is_meant(const struct tws_field *fields, uint16_t n, bool protobuf, unsigned depth)
{
    for (uint16_t i = 0; i < n; i++) {
        const struct tws_field *f = &fields[i];

        if (protobuf ? sensitive_field(f) : f->in != TWS_NOT_IN_TEXT && sensitive_field(f))
            return true;
        if (protobuf && f->record && depth + 1 < TWS_DEPTH_MAX &&
            is_meant(f->record->fields, f->record->n_fields, true, depth + 1))
            return true;
    }
    return false;
}

/* Has the message, in its form, a field that is masked by its meaning? */
static bool has_meant(struct marks *m, const struct tws_message *message)
{
    bool protobuf = message->form == TWS_FORM_PROTOBUF;
    const struct tws_message_row *row = message->row;
    uint8_t *rows;

    if (!row)
        return false;
    rows = &m->rows[protobuf][message->dir == TWS_CLIENT][message->id];
    if (*rows == ROWS_UNKNOWN)
        *rows = is_meant(row->fields, row->n_fields, protobuf, 0) ? ROWS_MEANT : ROWS_PLAIN;
    return *rows == ROWS_MEANT;
}

/* Value by value, where the schema or the encoding says what a value is.  In text only meaning
 * counts here. */
static void mark_values(struct marks *m, const struct tws_message *message)
{
    bool protobuf = message->form == TWS_FORM_PROTOBUF;
    bool account_value = protobuf; /* until the key has come, the value may be one */
    struct tws_value v;
    struct tws_walk w;

    tws_walk_open(message, &w);
    while (tws_walk_step(&w, &v)) {
        if (v.step != TWS_STEP_VALUE || !v.text.p || !v.text.left)
            continue;
        if (v.field && v.field->means == TWS_ACCOUNT_KEY)
            account_value = tws_names_account(v.text);
        if (v.field && add_meant(m, v.field, v.text, account_value))
            continue;
        if (protobuf)
            search_value(m, v.field, v.text);
    }
}

/* Where the version is not known, what may be a secret in any of them is one. */
static void mark_guessed(struct marks *m, const struct tws_message *message)
{
    uint16_t safe = message->raw ? UINT16_MAX : sensitive_first(message->row);
    struct tws_cursor body = message->body;
    size_t at = 0;

    if (safe == UINT16_MAX)
        return;
    for (; safe > 0 && at < body.left; at++)
        safe = (uint16_t)(safe - (body.p[at] == 0));
    add(m, body.p + at, body.left - at, TWS_MARK_UNSURE, 0);
}

static void mark_message(struct marks *m, const struct tws_message *message, bool guessed)
{
    bool meant = has_meant(m, message);

    if (message->form == TWS_FORM_PROTOBUF) {
        if (meant || may_find(m, message->body))
            mark_values(m, message);
        return;
    }
    if (meant)
        mark_values(m, message);
    search_fields(m, message);
    if (guessed)
        mark_guessed(m, message);
}

const struct tws_marks *marks_of(struct marks *m, const struct tws_event *frame)
{
    const struct tws_message *message = frame->u.frame.message;

    m->payload = frame->u.frame.payload;
    m->from = view_payload_at(frame);
    m->found.n = 0;
    if (!message || !message->row) /* then the id may be text, too */
        search_text(m, m->payload);
    if (message)
        mark_message(m, message, frame->u.frame.guessed);
    return &m->found;
}

/* ---- a frame of which only the beginning has come ---- */

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Nothing but a number, or the beginning of one. */
static bool is_numeric(struct tws_cursor text)
{
    for (size_t i = 0; i < text.left; i++)
        if (!is_digit(text.p[i]) && !strchr("+-.eE", text.p[i]))
            return false;
    return true;
}

/* A value that goes on behind what has come.  Nothing is learned of it. */
static void mark_cut(struct marks *m, const struct tws_field *f, struct tws_cursor text,
                     bool account_value)
{
    enum tws_meaning means = f ? (enum tws_meaning)f->means : TWS_SECRET;
    enum tws_mark_kind kind = TWS_MARK_SECRET;

    if (means == TWS_ACCOUNT || (means == TWS_ACCOUNT_VALUE && account_value))
        kind = TWS_MARK_ACCOUNT;
    else if (means == TWS_ACCOUNTS)
        kind = TWS_MARK_ACCOUNTS;
    else if (means == TWS_DOCUMENT)
        kind = TWS_MARK_DOCUMENT;
    else if (f && !sensitive_field(f) && marks_kind(f) == KNOWN_IN_NUMBER && is_numeric(text))
        return;
    add(m, text.p, text.left, kind, 0);
}

/* Text that goes on: what it ends in may be the beginning of an id. */
static void search_open(struct marks *m, struct tws_cursor text)
{
    struct place p = {m, text.p};
    size_t from = text.left, letters;

    search_ids(&(struct search){.known = m->known,
                                .text = (const char *)text.p,
                                .len = text.left,
                                .open = true,
                                .masked = masked,
                                .hit = hit,
                                .ctx = &p});
    while (from > 0 && (is_letter(text.p[from - 1]) || is_digit(text.p[from - 1])))
        from--;
    letters = search_begins(text.p + from, text.left - from);
    if (letters > 0 && letters < text.left - from)
        add(m, text.p + from, text.left - from, TWS_MARK_ID, letters);
}

static void mark_text_part(struct marks *m, const struct tws_message *message)
{
    struct tws_cursor body = message->body;
    bool account_value = false;
    struct tws_value v;
    struct tws_walk w;

    tws_walk_open(message, &w);
    while (tws_walk_step(&w, &v)) {
        if (v.step != TWS_STEP_VALUE || !v.text.p || !v.text.left)
            continue;
        if (v.text.p + v.text.left == body.p + body.left) { /* no NUL stands behind it */
            mark_cut(m, v.field, v.text, account_value);
            continue;
        }
        if (v.field && v.field->means == TWS_ACCOUNT_KEY)
            account_value = tws_names_account(v.text);
        if (v.field)
            (void)add_meant(m, v.field, v.text, account_value);
    }
    search_fields(m, message);
}

enum { VARINT_BYTES = 10 }; /* at most */

/* False: it is cut short, and *c is at its end; or it is none, and *c stays. */
static bool take_varint(struct tws_cursor *c, uint64_t *out)
{
    size_t most = c->left < VARINT_BYTES ? c->left : VARINT_BYTES;

    *out = 0;
    for (size_t i = 0; i < most; i++) {
        *out |= (uint64_t)(c->p[i] & 0x7f) << 7 * i;
        if (c->p[i] & 0x80)
            continue;
        *c = (struct tws_cursor){c->p + i + 1, c->left - i - 1};
        return true;
    }
    if (most < VARINT_BYTES)
        *c = (struct tws_cursor){c->p + c->left, 0};
    return false;
}

/* A protobuf message, or one in it, that may be cut short. */
struct level {
    const struct tws_field *fields;
    uint16_t n;
    unsigned depth;
};

static const struct tws_field *field_of(const struct level *l, uint64_t number)
{
    for (uint16_t i = 0; i < l->n; i++)
        if (l->fields[i].tag && l->fields[i].tag == number)
            return tws_wire_type_of(tws_proto_type(&l->fields[i])) == TWS_WIRE_BYTES ? &l->fields[i]
                                                                                     : NULL;
    return NULL;
}

static void mark_level(struct marks *m, struct level l, struct tws_cursor body,
                       bool *account_value);

/* `cut`: the value goes on behind what has come. */
static void mark_bytes(struct marks *m, const struct level *l, const struct tws_field *f,
                       struct tws_cursor value, bool cut, bool *account_value)
{
    if (f && f->record && l->depth + 1 < TWS_DEPTH_MAX) {
        mark_level(m, (struct level){f->record->fields, f->record->n_fields, l->depth + 1}, value,
                   account_value);
        return;
    }
    if (f && f->record)
        f = NULL;
    if (cut) {
        mark_cut(m, f, value, *account_value);
        return;
    }
    if (value.left == 0)
        return;
    if (f && f->means == TWS_ACCOUNT_KEY)
        *account_value = tws_names_account(value);
    if (!(f && add_meant(m, f, value, *account_value)))
        search_value(m, f, value);
}

/* One field.  False: nothing follows that could be read. */
static bool mark_field(struct marks *m, const struct level *l, struct tws_cursor *c,
                       bool *account_value)
{
    uint64_t key, n;
    const uint8_t *number;
    bool cut;

    if (!take_varint(c, &key))
        return false;
    switch (key & 7) {
    case TWS_WIRE_VARINT:
        return take_varint(c, &n);
    case TWS_WIRE_FIXED64:
    case TWS_WIRE_FIXED32:
        n = (key & 7) == TWS_WIRE_FIXED64 ? 8 : 4;
        if (!tws_take(c, (size_t)n, &number))
            c->left = 0; /* a number, cut short */
        return c->left > 0;
    case TWS_WIRE_BYTES:
        break;
    default:
        return false;
    }
    if (!take_varint(c, &n))
        return false;
    cut = n > c->left;
    n = cut ? c->left : n;
    mark_bytes(m, l, field_of(l, key >> 3), (struct tws_cursor){c->p, (size_t)n}, cut,
               account_value);
    *c = (struct tws_cursor){c->p + n, c->left - (size_t)n};
    return c->left > 0;
}

static void mark_level(struct marks *m, struct level l, struct tws_cursor body, bool *account_value)
{
    while (body.left > 0 && mark_field(m, &l, &body, account_value))
        ;
    add(m, body.p, body.left, TWS_MARK_SECRET, 0); /* what is no protobuf */
}

static void mark_protobuf_part(struct marks *m, const struct tws_message *message)
{
    const struct tws_message_row *row = message->row;
    bool account_value = true; /* until the key has come, the value may be one */

    mark_level(m, (struct level){row ? row->fields : NULL, row ? row->n_fields : 0, 0},
               message->body, &account_value);
}

/* The beginning of "API\0", or what begins with it. */
static bool is_hello(struct tws_cursor bytes)
{
    return memcmp(bytes.p, "API", bytes.left < TWS_HELLO_PREFIX ? bytes.left : TWS_HELLO_PREFIX) ==
           0;
}

/* May it be the beginning of a version reply?  Its number is larger than a message's. */
static bool may_be_version(struct tws_cursor payload)
{
    uint32_t n = 0;
    size_t i = payload.left > 0 && payload.p[0] == '-';

    for (; i < payload.left && i < 10 && is_digit(payload.p[i]); i++)
        n = n * 10 + payload.p[i] - '0';
    return i == payload.left ||
           (payload.p[i] == 0 && (n >= TWS_VERSION_MIN || payload.p[0] == '-'));
}

static void mark_payload_part(struct marks *m, const struct marks_part *part)
{
    struct tws_reading reading;
    struct tws_message message;

    if (m->payload.left == 0 || (m->payload.left < 4 && m->payload.p[0] == 0))
        return; /* an id of four bytes, cut short */
    tws_reading_init(&reading, TWS_SEEN_START);
    tws_reading_agree(&reading, part->version);
    tws_reading_message(&reading, part->dir, m->payload, &message);
    if (message.id < 0 || !message.row)
        search_text(m, m->payload);
    if (message.id < 0 && !is_numeric(m->payload))
        add(m, m->payload.p, m->payload.left, TWS_MARK_SECRET, 0);
    if (message.id < 0)
        return;
    if (message.form == TWS_FORM_PROTOBUF) {
        mark_protobuf_part(m, &message);
        return;
    }
    mark_text_part(m, &message);
    if (part->guessed || part->version == 0)
        mark_guessed(m, &message);
}

const struct tws_marks *marks_of_part(struct marks *m, const struct marks_part *part)
{
    struct tws_cursor bytes = part->bytes;
    bool hello = part->opening && part->dir == TWS_CLIENT;
    size_t head = TWS_FRAME_HEAD + (hello && is_hello(bytes) ? TWS_HELLO_PREFIX : 0);

    m->from = part->offset;
    m->payload = bytes;
    m->found.n = 0;
    if (hello && !is_hello(bytes)) {
        search_open(m, bytes);
        return &m->found;
    }
    if (bytes.left <= head)
        return &m->found;
    m->from += head;
    m->payload = (struct tws_cursor){bytes.p + head, bytes.left - head};
    if (hello || (part->opening && may_be_version(m->payload)))
        search_open(m, m->payload);
    else
        mark_payload_part(m, part);
    return &m->found;
}

/* ---- in front of the outputs ---- */

static void put(void *ctx, const struct tws_event *ev)
{
    struct marks *m = ctx;
    struct tws_event marked;

    if (ev->kind != TWS_EV_FRAME) {
        m->to.put(m->to.ctx, ev);
        return;
    }
    marked.kind = ev->kind; /* an event is large, and most of it is of other kinds */
    marked.ts_ns = ev->ts_ns;
    marked.conn = ev->conn;
    marked.u.frame = ev->u.frame;
    marked.u.frame.marks = marks_of(m, ev);
    m->to.put(m->to.ctx, &marked);
}

struct tws_sink marks_sink(struct marks *m, struct tws_sink to)
{
    if (!m || !(to.wants & TWS_WANTS(TWS_EV_FRAME)))
        return to;
    m->to = to;
    return (struct tws_sink){put, m, to.wants};
}
