#include "mask_stream.h"
#include "frame.h"
#include "hello.h"
#include "known.h"
#include "marks.h"
#include "names.h"
#include "sensitive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    LETTERS = 3, /* an id's form: one to three capital letters, ... */
    DIGITS_MIN = 5,
    DIGITS_MAX = 9,   /* ... then five to nine digits */
    PREFIX_MAX = 64,  /* characters of an id that decide about the next */
    ID_DIGITS = 9,    /* of a message's id in text */
    VARINT_BYTES = 10 /* at most */
};

_Static_assert(MASK_CONTEXT > PREFIX_MAX + 6, "an id and what stands before it are remembered");

/* What a byte is. */
enum kind {
    FIXED,   /* framing, ids, numbers: never touched */
    TEXT,    /* may quote an account */
    NUMERAL, /* so may these, but see known.h */
    NAME,
    ACCOUNT,  /* from here on: masked by its meaning */
    ACCOUNTS, /* a comma list */
    SECRET,
    UNSURE, /* may be a secret: the version would tell.  Blacked out */
    BLACK,  /* not known what it is.  Blacked out */
};

enum state {
    PREFIX, /* "API\0" */
    LENGTH, /* of the frame */
    ID,     /* the frame's first byte tells which form its id has */
    ID_TEXT,
    ID_RAW,
    FIELDS, /* text, each with its NUL */
    KEY,    /* protobuf: field number and wire type */
    SIZE,   /* of the value */
    VALUE,
    VARINT,
    NUMBER,    /* of a fixed size */
    REST,      /* of a frame that is not understood */
    SKIP,      /* the rest of a frame of which bytes are missing */
    NO_FRAMES, /* another protocol, from the first byte on */
    LOST,      /* somewhere among frames */
};

struct mask_run {
    uint8_t secret[XXH3_SECRET_DEFAULT_SIZE];
    struct known known;
    uint8_t text[MASK_CONTEXT + MASK_PIECE_MAX], kind[MASK_CONTEXT + MASK_PIECE_MAX];
};

/* ---- a run ---- */

static bool fill_random(uint8_t *to, size_t n)
{
    FILE *f = fopen("/dev/urandom", "rbe");
    bool filled = f && fread(to, 1, n, f) == n;

    if (f)
        (void)fclose(f);
    return filled;
}

struct mask_run *mask_run_new(void)
{
    struct mask_run *m = calloc(1, sizeof *m);

    if (m && fill_random(m->secret, sizeof m->secret))
        return m;
    free(m);
    return NULL;
}

void mask_run_free(struct mask_run *m)
{
    free(m);
}

void mask_stream_start(struct mask_stream *s, enum tws_side side)
{
    *s = (struct mask_stream){.side = (uint8_t)side, .state = side == TWS_CLIENT ? PREFIX : LENGTH};
}

void mask_stream_lost(struct mask_stream *s, enum tws_side side)
{
    *s = (struct mask_stream){.side = (uint8_t)side, .state = LOST, .framed = true};
}

void mask_stream_found(struct mask_stream *s, enum tws_side side, bool opening)
{
    *s = (struct mask_stream){
        .side = (uint8_t)side, .state = LENGTH, .framed = true, .settled = !opening};
}

/* Bytes of the frame in progress that are still to come; 0: not known, or none is in progress. */
static uint32_t to_come(const struct mask_stream *s)
{
    bool outside =
        s->state == PREFIX || s->state == LENGTH || s->state == NO_FRAMES || s->state == LOST;

    return outside ? 0 : s->left;
}

void mask_stream_gap(struct mask_stream *s, uint64_t missing)
{
    uint32_t left = to_come(s);

    if (s->state == NO_FRAMES)
        return;
    mask_stream_lost(s, (enum tws_side)s->side);
    if (missing == 0 || missing > left)
        return;
    mask_stream_found(s, (enum tws_side)s->side, false);
    s->left = (uint32_t)(left - missing);
    s->state = s->left > 0 ? SKIP : LENGTH;
}

bool mask_stream_is_lost(const struct mask_stream *s)
{
    return s->state == LOST;
}

bool mask_stream_is_skipping(const struct mask_stream *s)
{
    return s->state == SKIP;
}

bool mask_stream_same_place(const struct mask_stream *a, const struct mask_stream *b)
{
    return a->state == b->state && a->left == b->left && a->row == b->row && a->field == b->field &&
           a->number == b->number && a->value_left == b->value_left && a->depth == b->depth &&
           a->kind == b->kind && a->got == b->got && a->layout.next == b->layout.next &&
           a->advisor.state == b->advisor.state;
}

/* ---- what each byte is ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_word(uint8_t c)
{
    return is_digit(c) || is_capital(c) || is_small(c);
}

/* What has no meaning that is masked, for who searches it. */
static enum kind searched(const struct tws_field *f)
{
    switch (marks_kind(f)) {
    case KNOWN_IN_NUMBER:
        return NUMERAL;
    case KNOWN_IN_NAME:
        return NAME;
    case KNOWN_IN_TEXT:
        break;
    }
    return TEXT;
}

static enum kind kind_of(const struct mask_stream *s, const struct tws_field *f)
{
    switch ((enum tws_meaning)f->means) {
    case TWS_ACCOUNT:
        return ACCOUNT;
    case TWS_ACCOUNTS:
        return ACCOUNTS;
    case TWS_SECRET:
    case TWS_ADVISOR_GROUP:
        return SECRET;
    case TWS_ACCOUNT_VALUE:
        return s->account_value ? ACCOUNT : searched(f);
    case TWS_ACCOUNT_KEY:
    case TWS_DOCUMENT:
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
    return searched(f);
}

static void go(struct mask_stream *s, enum state to)
{
    s->state = (uint8_t)to;
    s->number = 0;
    s->got = 0;
}

/* ---- values of a message ---- */

/* The value of s->field begins. */
static void begin_value(struct mask_stream *s)
{
    s->kind = (uint8_t)kind_of(s, s->field);
    s->n_said = 0;
    s->advisor = (struct advisor){0};
}

/* One byte of an advisor's document. */
static enum kind in_document(struct mask_stream *s, uint8_t b)
{
    switch (advisor_next(&s->advisor, b)) {
    case ADVISOR_SECRET:
        return SECRET;
    case ADVISOR_ACCOUNT:
        return ACCOUNTS;
    case ADVISOR_PLAIN:
        return TEXT;
    case ADVISOR_MARKUP:
        break;
    }
    return FIXED;
}

/* One byte of the value of s->field. */
static enum kind in_value(struct mask_stream *s, uint8_t b)
{
    static const uint8_t all[] = {'A', 'l', 'l'};

    if (!s->field)
        return (enum kind)s->kind;
    if (s->field->means == TWS_DOCUMENT && s->kind != UNSURE)
        return in_document(s, b);
    if (s->n_said < sizeof s->said)
        s->said[s->n_said++] = b;
    if (s->field->means == TWS_ADVISOR_GROUP && s->kind != UNSURE && s->n_said <= sizeof all &&
        memcmp(s->said, all, s->n_said) == 0)
        return FIXED;
    return (enum kind)s->kind;
}

/* The value of s->field is over. */
static void end_value(struct mask_stream *s)
{
    struct tws_cursor said = {s->said, s->n_said};

    if (s->field && s->field->means == TWS_ACCOUNT_KEY)
        s->account_value = tws_names_account(said);
}

/* Which field of a text message comes next. */
static void next_field(struct mask_stream *s)
{
    static const struct tws_cursor unknown = {NULL, 0};
    enum tws_layout_step step;

    s->kind = TEXT;
    s->n_said = 0;
    do
        step = tws_layout_next(&s->layout, unknown, &s->field);
    while (step != TWS_LAYOUT_FIELD && step != TWS_LAYOUT_OVER);
    if (step == TWS_LAYOUT_OVER)
        s->field = NULL;
    else
        begin_value(s);
    if (!s->unsure)
        return;
    if (s->safe > 0)
        s->safe--;
    else
        s->kind = UNSURE;
}

/* ---- a frame ---- */

/* The outermost message, or one in it, of the next `n` bytes. */
static void nest(struct mask_stream *s, const struct tws_field *fields, uint16_t n_fields,
                 uint32_t end)
{
    s->nest[s->depth].fields = fields;
    s->nest[s->depth].n = n_fields;
    s->nest[s->depth].end = end;
    go(s, KEY);
}

/* The version whose layout applies, as in message.c. */
static uint32_t layout(uint32_t version, bool raw)
{
    if (version)
        return version;
    return raw ? TWS_RAW_ID_SINCE : TWS_VERSION_MIN;
}

static void id_known(struct mask_stream *s, int64_t id, bool raw, uint32_t version)
{
    bool protobuf = raw && id > TWS_PROTOBUF_OFFSET;

    id -= protobuf ? TWS_PROTOBUF_OFFSET : 0;
    s->row = id < TWS_ID_LIMIT ? tws_schema_find((enum tws_side)s->side, (int32_t)id) : NULL;
    s->depth = 0;
    s->field = NULL;
    s->unsure = false;
    s->account_value = protobuf; /* until the key has come, the value may be one */
    if (protobuf) {
        nest(s, s->row ? s->row->fields : NULL, s->row ? s->row->n_fields : 0, 0);
        return;
    }
    go(s, FIELDS);
    s->safe = !version && !raw ? sensitive_first(s->row) : UINT16_MAX;
    s->unsure = s->safe != UINT16_MAX;
    tws_layout_open(&s->layout, s->row, layout(version, raw));
    next_field(s);
}

static void frame_begins(struct mask_stream *s)
{
    uint64_t n = s->number;

    if (n > (s->hello ? TWS_HELLO_MAX : TWS_FRAME_MAX)) {
        go(s, s->framed ? LOST : NO_FRAMES);
        return;
    }
    s->left = (uint32_t)n;
    s->kind = TEXT;
    s->nuls = 0;
    s->version = s->side == TWS_GATEWAY && !s->settled;
    s->framed = true;
    go(s, n == 0 ? LENGTH : s->hello ? REST : ID);
    s->hello = false;
}

static enum kind in_prefix(struct mask_stream *s, uint8_t b)
{
    if (b != (uint8_t) "API"[s->got]) {
        go(s, NO_FRAMES);
        return TEXT;
    }
    if (++s->got == TWS_HELLO_PREFIX) {
        go(s, LENGTH);
        s->hello = true;
    }
    return FIXED;
}

static enum kind in_length(struct mask_stream *s, uint8_t b)
{
    s->number = s->number << 8 | b;
    if (++s->got == TWS_FRAME_HEAD)
        frame_begins(s);
    return FIXED;
}

static enum kind in_id_text(struct mask_stream *s, uint8_t b, uint32_t version)
{
    if (b == 0 && s->got > 0) {
        uint64_t id = s->number;

        id_known(s, (int64_t)id, false, version);
        s->number = id; /* kept for version_reply */
        return FIXED;
    }
    if (!is_digit(b) || s->got == ID_DIGITS) {
        go(s, REST);
        s->version = false;
        return TEXT;
    }
    s->number = s->number * 10 + (uint64_t)(b - '0');
    s->got++;
    return FIXED;
}

static enum kind in_id_raw(struct mask_stream *s, uint8_t b, uint32_t version)
{
    s->number = s->number << 8 | b;
    s->version = false;
    s->got++;
    if (s->number > ((uint64_t)TWS_ID_LIMIT + TWS_PROTOBUF_OFFSET) >> (8 * (4 - s->got))) {
        go(s, REST); /* no message has such an id: it may be text */
        return TEXT;
    }
    if (s->got == 4)
        id_known(s, (int64_t)s->number, true, version);
    return FIXED;
}

static enum kind in_id(struct mask_stream *s, uint8_t b, uint32_t version)
{
    bool raw = !is_digit(b) && (b == 0 || version >= TWS_RAW_ID_SINCE);

    go(s, raw ? ID_RAW : ID_TEXT);
    return raw ? in_id_raw(s, b, version) : in_id_text(s, b, version);
}

static enum kind in_fields(struct mask_stream *s, uint8_t b)
{
    if (b)
        return in_value(s, b);
    end_value(s);
    if (s->field && tws_layout_asks(s->field))
        tws_layout_took(&s->layout, s->field, (struct tws_cursor){s->said, s->n_said});
    next_field(s);
    return FIXED;
}

/* One more byte of a varint.  True: it is whole. */
static bool varint(struct mask_stream *s, uint8_t b)
{
    if (s->got < VARINT_BYTES)
        s->number |= (uint64_t)(b & 0x7f) << 7 * s->got;
    s->got++;
    if (b & 0x80 && s->got >= VARINT_BYTES)
        go(s, REST);
    return !(b & 0x80);
}

/* What the schema says of protobuf field `number` of the innermost message. */
static const struct tws_field *field_of_tag(const struct mask_stream *s, uint64_t number)
{
    const struct tws_field *fields = s->nest[s->depth].fields;

    for (uint16_t i = 0; i < s->nest[s->depth].n; i++)
        if (fields[i].tag && fields[i].tag == number)
            return &fields[i];
    return NULL;
}

static enum kind in_key(struct mask_stream *s, uint8_t b)
{
    uint64_t key;

    while (s->got == 0 && s->depth > 0 && s->left <= s->nest[s->depth].end)
        s->depth--; /* `left` still counts this byte */
    if (!varint(s, b))
        return FIXED;
    key = s->number;
    s->field = NULL;
    s->kind = TEXT;
    switch (key & 7) {
    case 0:
        go(s, VARINT);
        break;
    case 1:
    case 5:
        go(s, NUMBER);
        s->value_left = (key & 7) == 1 ? 8 : 4;
        break;
    case 2:
        go(s, SIZE);
        s->field = field_of_tag(s, key >> 3);
        if (s->field)
            begin_value(s);
        break;
    default: /* no wire type that TWS uses */
        go(s, REST);
    }
    return FIXED;
}

static enum kind in_size(struct mask_stream *s, uint8_t b)
{
    uint64_t n;

    if (!varint(s, b))
        return FIXED;
    n = s->number;
    if (n >= s->left || s->left - 1 - n < s->nest[s->depth].end) { /* `left` counts this byte too */
        go(s, REST);
        s->kind = TEXT;
        return FIXED;
    }
    if (s->field && s->field->record && s->depth + 1u < TWS_DEPTH_MAX) {
        s->depth++;
        nest(s, s->field->record->fields, s->field->record->n_fields, (uint32_t)(s->left - 1 - n));
        return FIXED;
    }
    s->value_left = (uint32_t)n;
    if (n == 0)
        end_value(s);
    go(s, n ? VALUE : KEY);
    return FIXED;
}

static enum kind in_sized(struct mask_stream *s, enum kind kind)
{
    if (--s->value_left == 0)
        go(s, KEY);
    return kind;
}

static enum kind in_bytes(struct mask_stream *s, uint8_t b)
{
    enum kind kind = in_sized(s, in_value(s, b));

    if (s->state == KEY)
        end_value(s);
    return kind;
}

static enum kind in_frame(struct mask_stream *s, uint8_t b, uint32_t version)
{
    switch ((enum state)s->state) {
    case ID:
        return in_id(s, b, version);
    case ID_TEXT:
        return in_id_text(s, b, version);
    case ID_RAW:
        return in_id_raw(s, b, version);
    case FIELDS:
        return in_fields(s, b);
    case KEY:
        return in_key(s, b);
    case SIZE:
        return in_size(s, b);
    case VALUE:
        return in_bytes(s, b);
    case NUMBER:
        return in_sized(s, FIXED);
    case VARINT:
        if (varint(s, b))
            go(s, KEY);
        return FIXED;
    case SKIP:
        return BLACK;
    case PREFIX:
    case LENGTH:
    case REST:
    case NO_FRAMES:
    case LOST:
        break;
    }
    return TEXT;
}

/* The frame's last byte was `b`: exactly two fields, the first a number, name the version. */
static void frame_ends(struct mask_stream *s, uint8_t b, uint32_t *version)
{
    if (s->version && s->nuls == 2 && b == 0 && *version == 0)
        *version = (uint32_t)s->number;
    go(s, LENGTH);
}

static enum kind classify(struct mask_stream *s, uint8_t b, uint32_t *version)
{
    enum kind kind;

    if (s->state == NO_FRAMES)
        return TEXT;
    if (s->state == LOST)
        return BLACK;
    if (s->state == PREFIX)
        return in_prefix(s, b);
    if (s->state == LENGTH)
        return in_length(s, b);
    kind = in_frame(s, b, *version);
    s->nuls = (uint8_t)(s->nuls + (b == 0 && s->nuls < UINT8_MAX));
    if (--s->left == 0)
        frame_ends(s, b, version);
    return kind;
}

/* How many of the next `n` bytes are of one plain field of a text message, and not the last of
 * their frame: they are all of its kind, and nothing has to be asked of each. */
static size_t plain_run(struct mask_stream *s, const uint8_t *p, size_t n)
{
    const struct tws_field *f = s->field;
    const uint8_t *nul;

    if (s->state != FIELDS || (f && (f->means == TWS_DOCUMENT || f->means == TWS_ADVISOR_GROUP)))
        return 0;
    n = n < s->left - 1 ? n : s->left - 1;
    nul = memchr(p, 0, n);
    n = nul ? (size_t)(nul - p) : n;
    for (size_t i = 0; f && i < n && s->n_said < sizeof s->said; i++)
        s->said[s->n_said++] = p[i];
    s->left -= (uint32_t)n;
    return n;
}

static void classify_all(struct mask_stream *s, const uint8_t *text, uint8_t *kind, size_t n,
                         uint32_t *version)
{
    for (size_t i = 0; i < n;) {
        size_t run = plain_run(s, text + i, n - i);

        memset(kind + i, s->kind, run);
        i += run;
        if (i < n) {
            kind[i] = (uint8_t)classify(s, text[i], version);
            i++;
        }
    }
}

/* Does what the last byte began end with it? */
static bool is_complete(const struct mask_stream *s)
{
    return s->state == LENGTH || s->state == KEY;
}

/* ---- masking ---- */

/* The bytes remembered and the new ones; only the new ones may still be changed. */
struct window {
    struct mask_run *run;
    const uint8_t *text, *kind;
    size_t n, fresh; /* text[fresh] is the first new byte */
    uint8_t *out;    /* that byte */
    bool complete;   /* nothing goes on behind the last byte */
    bool full;       /* something stands before text[0] */
};

/* `c` moved on by 1 to `n` - 1 places in an alphabet of `n` characters. */
static uint8_t step(uint8_t c, uint8_t first, uint32_t n, uint64_t hash)
{
    return (uint8_t)(first + ((uint32_t)(c - first) + 1 + (uint32_t)(hash % (n - 1))) % n);
}

/* The character at `at`, moved on within its alphabet by what stands before it in its id. */
static uint8_t moved(const struct window *w, size_t from, size_t at)
{
    uint8_t c = w->text[at], before[PREFIX_MAX];
    size_t n = at - from < PREFIX_MAX ? at - from : PREFIX_MAX;
    uint64_t hash;

    for (size_t i = 0; i < n; i++)
        before[i] = known_fold(w->text[at - n + i]);
    hash = XXH3_64bits_withSecret(before, n, w->run->secret, sizeof w->run->secret);
    if (is_digit(c))
        return step(c, '0', 10, hash);
    if (is_capital(c))
        return step(c, 'A', 26, hash);
    if (is_small(c))
        return step(c, 'a', 26, hash);
    return c < 0x80 ? c : (uint8_t)('a' + (hash ^ c) % 26);
}

static void hide(const struct window *w, size_t from, size_t at)
{
    if (at >= w->fresh)
        w->out[at - w->fresh] = moved(w, from, at);
}

/* Capitals at the beginning of an id, at most LETTERS. */
static size_t capitals(const struct window *w, size_t from, size_t len)
{
    size_t n = 0;

    while (n < len && n < LETTERS && is_capital(w->text[from + n]))
        n++;
    return n;
}

static void hide_id(const struct window *w, size_t from, size_t len, size_t kept)
{
    for (size_t i = kept; i < len; i++)
        hide(w, from, from + i);
}

static bool same_run(const struct window *w, size_t a, size_t b)
{
    return w->kind[a] == w->kind[b];
}

/* Is no word cut off in front of `at`?  A "\u00e9" escape ends one although it looks like one. */
static bool starts_alone(const struct window *w, size_t at)
{
    if (at == 0)
        return !w->full;
    if (!same_run(w, at - 1, at) || !is_word(w->text[at - 1]))
        return true;
    return at >= 6 && w->text[at - 6] == '\\' && w->text[at - 5] == 'u';
}

enum seen { NOT_HERE, HERE, MAYBE };

/* Does a word that reaches from `at` for `len` bytes end there? */
static enum seen ends_alone(const struct window *w, size_t at, size_t len)
{
    if (at + len == w->n)
        return w->complete ? HERE : MAYBE;
    return !same_run(w, at, at + len) || !is_word(w->text[at + len]) ? HERE : NOT_HERE;
}

/* What a length before the word promises; 0: there is none (nested protobuf values). */
static size_t told(const struct window *w, size_t at)
{
    return at && same_run(w, at - 1, at) ? w->text[at - 1] : 0;
}

struct form {
    size_t letters, digits;
};

/* The capitals from `at` and the digits behind them, one more than the form allows at most. */
static struct form form_at(const struct window *w, size_t at, size_t most)
{
    struct form f = {0, 0};
    size_t end = w->n - at < most ? w->n : at + most;

    while (at + f.letters < end && f.letters <= LETTERS && same_run(w, at, at + f.letters) &&
           is_capital(w->text[at + f.letters]))
        f.letters++;
    if (!f.letters)
        return f;
    at += f.letters;
    while (at + f.digits < end && f.digits <= DIGITS_MAX && same_run(w, at - 1, at + f.digits) &&
           is_digit(w->text[at + f.digits]))
        f.digits++;
    return f;
}

/* How IB's own ids begin; among names of instruments, which may look like ids, only these count. */
static bool begins_as_ours(const struct window *w, size_t at)
{
    uint8_t first = w->text[at];

    if (first == 'D' && at + 1 < w->n)
        first = w->text[at + 1];
    return first == 'U' || first == 'F' || first == 'I' || first == 'D';
}

static enum seen id_alone(const struct window *w, size_t at, struct form f)
{
    enum seen end;

    if (w->kind[at] == NAME && !begins_as_ours(w, at))
        return NOT_HERE;
    if (!starts_alone(w, at) || f.letters > LETTERS || f.digits > DIGITS_MAX)
        return NOT_HERE;
    end = ends_alone(w, at, f.letters + f.digits);
    return end == HERE && f.digits < DIGITS_MIN ? NOT_HERE : end;
}

/* The same with the length in front, where what follows may look like a letter or digit. */
static enum seen id_told(const struct window *w, size_t at)
{
    size_t len = told(w, at);
    struct form f;

    if (len <= DIGITS_MIN || len > LETTERS + DIGITS_MAX)
        return NOT_HERE;
    f = form_at(w, at, len);
    if (f.letters > LETTERS || len - f.letters < DIGITS_MIN || len - f.letters > DIGITS_MAX)
        return NOT_HERE;
    if (f.letters + f.digits == len)
        return HERE;
    return at + f.letters + f.digits == w->n && !w->complete ? MAYBE : NOT_HERE;
}

/* May the word that begins at `at` be an id by the form that only IB's have? */
static bool ib_apart(const struct window *w, size_t at)
{
    if (starts_alone(w, at))
        return true;
    return at > 0 && is_small(w->text[at - 1]) && is_capital(w->text[at]);
}

/* The same with an A behind it, or nothing. */
static enum seen ib_over(const struct window *w, size_t at, size_t len)
{
    enum seen end = ends_alone(w, at, len);

    if (end != NOT_HERE || known_fold(w->text[at + len]) != 'a')
        return end;
    return ends_alone(w, at, len + 1);
}

/* Letters and digits of an id by that form at `at`, or of what may be its beginning; 0: it is none.
 */
static size_t ib_at(const struct window *w, size_t at, size_t *letters)
{
    size_t n = known_ib_letters(w->text + at, w->n - at), digits = 0;
    enum seen end;

    *letters = n;
    if (n == 0 || w->kind[at] == NAME || !same_run(w, at, at + n - 1) || !ib_apart(w, at))
        return 0;
    while (at + n + digits < w->n && digits <= KNOWN_IB_MAX && same_run(w, at, at + n + digits) &&
           is_digit(w->text[at + n + digits]))
        digits++;
    end = ib_over(w, at, n + digits);
    if (digits > KNOWN_IB_MAX || end == NOT_HERE || (end == HERE && digits < KNOWN_IB_MIN))
        return 0;
    return n + digits;
}

/* An id by its form at `at`, or what may be the beginning of one.  Bytes that it takes. */
static size_t hide_form(const struct window *w, size_t at)
{
    struct form f = form_at(w, at, LETTERS + DIGITS_MAX + 2);
    size_t len = f.letters + f.digits;

    if (id_told(w, at) != NOT_HERE)
        len = len < told(w, at) ? len : told(w, at);
    else if (id_alone(w, at, f) == NOT_HERE)
        len = ib_at(w, at, &f.letters);
    for (size_t i = f.letters; i < len; i++)
        hide(w, at, at + i);
    return len;
}

/* The run of one kind around `at`, as far as a known id may reach. */
static struct known_text run_around(const struct window *w, size_t at)
{
    size_t from = at, to = at;

    while (from > 0 && at - from <= KNOWN_LEN && same_run(w, from - 1, at))
        from--;
    while (to < w->n && to - at <= KNOWN_LEN && same_run(w, to, at))
        to++;
    return (struct known_text){
        .p = w->text + from,
        .n = to - from,
        .in = w->kind[at] == NAME      ? KNOWN_IN_NAME
              : w->kind[at] == NUMERAL ? KNOWN_IN_NUMBER
                                       : KNOWN_IN_TEXT,
        .begun = from > 0 ? same_run(w, from - 1, at) : w->full,
        .open = to == w->n && !w->complete,
    };
}

static size_t hide_known(const struct window *w, size_t at)
{
    struct known_text t;
    size_t n, most, kept = 0;

    if (!known_may_begin(&w->run->known, w->text, at, w->n))
        return 0;
    t = run_around(w, at);
    n = known_at(&w->run->known, &t, (size_t)(w->text + at - t.p), &kept);
    most = capitals(w, at, n);
    hide_id(w, at, n, kept > most ? kept : most);
    return n;
}

/* A capital, or a small letter of IB's with a digit, or another of them, behind it.  Asked of each
 * byte of text. */
static bool may_be_form(const struct window *w, size_t at)
{
    static const uint32_t ours =
        1u << ('d' - 'a') | 1u << ('f' - 'a') | 1u << ('i' - 'a') | 1u << ('u' - 'a');
    uint8_t c = w->text[at];

    if (is_capital(c))
        return true;
    if (!is_small(c) || !(ours >> (c - 'a') & 1) || at + 1 == w->n)
        return false;
    return (is_digit(w->text[at + 1]) || c == 'd') && known_ib_letters(w->text + at, w->n - at) > 0;
}

/* Text: step over what is no id, byte by byte. */
static size_t mask_text_at(const struct window *w, size_t at)
{
    size_t n = hide_known(w, at);

    if (n == 0 && may_be_form(w, at))
        n = hide_form(w, at);
    return n ? n : 1;
}

/* The end of what is one account value, or one of a list, from `at`. */
static size_t account_end(const struct window *w, size_t at)
{
    size_t end = at;

    while (end < w->n && same_run(w, at, end) &&
           !(w->kind[at] == ACCOUNTS && (w->text[end] == ',' || w->text[end] == '/')))
        end++;
    return end;
}

/* Three capitals or fewer that are all there is: known only when the end is in sight. */
static bool is_short_word(const struct window *w, size_t at, size_t len, bool whole)
{
    for (size_t i = 0; i < len; i++)
        if (!is_capital(w->text[at + i]))
            return false;
    return whole && len <= LETTERS;
}

/* The end of the number that stands behind a slash from `at` on: how much of a share. */
static size_t share_end(const struct window *w, size_t at)
{
    size_t end = at;

    if (w->kind[at] != ACCOUNTS || at == 0 || !same_run(w, at - 1, at) || w->text[at - 1] != '/')
        return at;
    while (end < w->n && same_run(w, at, end) && (is_digit(w->text[end]) || w->text[end] == '.'))
        end++;
    return end;
}

/* An account by its meaning, from its first character that is in the window. */
static size_t mask_account_at(const struct window *w, size_t at)
{
    size_t share = share_end(w, at), end = account_end(w, at);
    bool whole = end < w->n || w->complete;
    bool begun = at == 0 && w->full; /* what is not in the window has decided about its letters */

    if (w->kind[at] == ACCOUNTS && (w->text[at] == ',' || w->text[at] == '/' || w->text[at] == ' '))
        return 1;
    if (share > at)
        return share - at;
    if (begun || is_short_word(w, at, end - at, whole))
        hide_id(w, at, end - at, 0);
    else
        hide_id(w, at, end - at, capitals(w, at, end - at));
    if (whole && !begun && end >= w->fresh)
        known_learn(&w->run->known, w->text + at, end - at);
    return end - at;
}

static void black_out(const struct window *w, size_t at)
{
    if (at >= w->fresh)
        w->out[at - w->fresh] = 'x';
}

static size_t mask_at(const struct window *w, size_t at)
{
    switch ((enum kind)w->kind[at]) {
    case ACCOUNT:
    case ACCOUNTS:
        return mask_account_at(w, at);
    case SECRET:
        if (at >= w->fresh && w->text[at] != 0) /* a NUL is no secret, and ends a field elsewhere */
            w->out[at - w->fresh] = 'x';
        return 1;
    case UNSURE:
    case BLACK:
        black_out(w, at);
        return 1;
    case TEXT:
    case NUMERAL:
    case NAME:
        return mask_text_at(w, at);
    case FIXED:
        break;
    }
    return 1;
}

static void mask_all(const struct window *w, size_t at)
{
    while (at < w->n)
        at += mask_at(w, at);
}

static bool has_meaning(const uint8_t *kind, size_t n)
{
    uint8_t most = 0;

    for (size_t i = 0; i < n; i++)
        most = kind[i] > most ? kind[i] : most;
    return most >= ACCOUNT;
}

/* All from `at` on, which has no value that is masked by its meaning: what begins with a capital,
 * or as a known id does. */
static void mask_texts(const struct window *w, size_t at)
{
    size_t known = 0;

    while (at < w->n) {
        if (known <= at)
            known = known_next(&w->run->known, w->text, at, w->n);
        while (at < known && !may_be_form(w, at))
            at++;
        if (at < w->n)
            at += mask_at(w, at);
    }
}

static void remember(struct mask_stream *s, const struct mask_run *m, size_t n)
{
    size_t keep = n < MASK_CONTEXT ? n : MASK_CONTEXT;

    memcpy(s->before, m->text + n - keep, keep);
    memcpy(s->kinds, m->kind + n - keep, keep);
    s->held = (uint8_t)keep;
}

/* What the new bytes' kinds say of them. */
static struct mask_black black_among(const uint8_t *kind, size_t n)
{
    struct mask_black b = {0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        b.bytes += kind[i] >= UNSURE;
        if (kind[i] != BLACK)
            continue;
        b.from = b.to ? b.from : i;
        b.to = i + 1;
    }
    return b;
}

struct mask_black mask_stream_bytes(struct mask_run *m, struct mask_stream *s, uint32_t *version,
                                    uint8_t *bytes, size_t len)
{
    struct window w = {.run = m,
                       .text = m->text,
                       .kind = m->kind,
                       .fresh = s->held,
                       .n = s->held + len,
                       .out = bytes,
                       .full = s->held == MASK_CONTEXT};
    bool meant;

    if (len == 0 || len > MASK_PIECE_MAX)
        return (struct mask_black){0, 0, 0};
    if (s->state == LOST) {
        memset(bytes, 'x', len);
        return (struct mask_black){0, len, len};
    }
    memcpy(m->text, s->before, s->held);
    memcpy(m->kind, s->kinds, s->held);
    memcpy(m->text + s->held, bytes, len);
    classify_all(s, bytes, m->kind + s->held, len, version);
    w.complete = is_complete(s);
    meant = has_meaning(m->kind, w.n);
    if (meant)
        mask_all(&w, 0);
    else
        mask_texts(&w, 0);
    remember(s, m, w.n);
    return meant ? black_among(m->kind + w.fresh, len) : (struct mask_black){0, 0, 0};
}
