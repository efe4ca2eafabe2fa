/* derive.c - write, at build time, the C headers that follow from the rows of the schema.
 *
 *   derive DIRECTORY
 *
 * It is compiled for the build machine together with the row files and writes into DIRECTORY:
 *   ids.h      the ids of all messages as two enumerations, by their official names
 *   derived.h  for each message the place of its key and its longest run of plain text rows, as
 *              initialisers that TWS_MESSAGE (columns.h) adds to the row
 *   shapes.h   for each message the shape of its text and protobuf forms (shape.c)
 * A row from which nothing consistent follows stops the build with a message. */
#include "schema.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 96u /* bytes of an identifier, with its NUL */

static const struct direction {
    enum tws_side side;
    const char *prefix; /* of identifiers */
    const char *ids;    /* name of the enumeration */
    const char *shapes; /* name of the table of shapes */
    const char *title;
} directions[] = {
    {TWS_GATEWAY, "TWS_IN", "tws_in_id", "sent_by_gateway", "gateway to client"},
    {TWS_CLIENT, "TWS_OUT", "tws_out_id", "sent_by_client", "client to gateway"},
};

#define DIRECTIONS (sizeof directions / sizeof directions[0])

static const struct tws_message_row *rows_of(const struct direction *d)
{
    return d->side == TWS_CLIENT ? tws_messages_out : tws_messages_in;
}

static void fail(const struct tws_message_row *row, const char *why)
{
    fprintf(stderr, "derive: %s: %s\n", row->name, why);
    exit(EXIT_FAILURE);
}

static bool in_text(const struct tws_field *f)
{
    return f->in != TWS_NOT_IN_TEXT;
}

/* A field of the message itself, and not of a group. */
static bool at_top(const struct tws_field *f)
{
    return !in_text(f) || f->in == 0;
}

/* ---- ids ---- */

/* The number of letters at `name` that make a word although the capitals in it say otherwise. */
static size_t odd_word(const char *name)
{
    static const char *const words[] = {"PnL"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(name, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

/* Does a word begin at name[i]?  At a capital behind anything else, and at the last capital of
 * several before a small letter: in "replaceFAEnd" at F and at E. */
static bool begins_word(const char *name, size_t i)
{
    if (i == 0 || !isupper((unsigned char)name[i]))
        return false;
    return !isupper((unsigned char)name[i - 1]) || islower((unsigned char)name[i + 1]);
}

/* "reqPnLSingle" to "REQ_PNL_SINGLE". */
static void upper_name(const char *name, char out[NAME_MAX_LEN])
{
    size_t n = 0, odd = 0;

    for (size_t i = 0; name[i] && n + 2 < NAME_MAX_LEN; i++) {
        if (odd == 0) {
            odd = odd_word(name + i);
            if (begins_word(name, i))
                out[n++] = '_';
        }
        odd -= odd > 0;
        out[n++] = (char)toupper((unsigned char)name[i]);
    }
    out[n] = '\0';
}

static void write_ids_of(FILE *f, const struct direction *d)
{
    const struct tws_message_row *rows = rows_of(d);
    char name[NAME_MAX_LEN];

    fprintf(f, "\n/* %s */\nenum %s {\n", d->title, d->ids);
    for (unsigned id = 0; id < TWS_ID_LIMIT; id++) {
        if (!rows[id].name)
            continue;
        upper_name(rows[id].name, name);
        fprintf(f, "    %s_%s = %u,\n", d->prefix, name, id);
    }
    fprintf(f, "};\n");
}

static void write_ids(FILE *f)
{
    fprintf(f, "#ifndef TWS_IDS_H\n#define TWS_IDS_H\n");
    for (size_t i = 0; i < DIRECTIONS; i++)
        write_ids_of(f, &directions[i]);
    fprintf(f, "#endif\n");
}

/* ---- keys ---- */

static const struct tws_field *find_meaning(const struct tws_message_row *row,
                                            enum tws_meaning means)
{
    for (uint16_t i = 0; i < row->n_fields; i++)
        if (at_top(&row->fields[i]) && row->fields[i].means == means)
            return &row->fields[i];
    return NULL;
}

/* The field by which an answer finds its request; NULL: the message has none. */
static const struct tws_field *key_field(const struct tws_message_row *row)
{
    const struct tws_field *key;

    for (uint16_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].is_key)
            return &row->fields[i];
    key = find_meaning(row, TWS_REQUEST_ID);
    return key ? key : find_meaning(row, TWS_ORDER_ID);
}

/* The place counts the fields before the key.  It can only be one number if each version has them
 * all, but for a version field at the front that later versions do not have. */
static struct tws_key_place key_place(const struct tws_message_row *row)
{
    const struct tws_field *key = key_field(row), *f;
    struct tws_key_place place = {0};

    if (!key)
        return place;
    place.tag = key->tag;
    if (!in_text(key))
        return place;
    place.text_ordinal = 1;
    for (f = row->fields; f < key; f++) {
        if (!in_text(f))
            continue;
        if (f->in > 0 || f->when || f->mv || f->since || f->group)
            fail(row, "a field before the key is not in each frame");
        if (f->until && (place.text_ordinal > 1 || strcmp(f->name, "version") != 0))
            fail(row, "a field before the key goes, and it is no version");
        if (f->until)
            place.no_version_since = f->until;
        place.text_ordinal++;
    }
    return place;
}

/* ---- plain runs ---- */

static bool is_plain(const struct tws_field *f)
{
    return in_text(f) && f->in == 0 && !f->when && !f->keep && !f->group && !f->mv && !f->since &&
           !f->until;
}

struct run {
    uint16_t from, n;
};

/* The first of the longest runs; a run of one row spares nothing. */
static struct run plain_run(const struct tws_message_row *row)
{
    struct run best = {0, 1}, run = {0};

    for (uint16_t i = 0; i < row->n_fields; i++) {
        run.from = run.n ? run.from : i;
        run.n = is_plain(&row->fields[i]) ? (uint16_t)(run.n + 1) : 0;
        best = run.n > best.n ? run : best;
    }
    return best.n > 1 ? best : (struct run){0};
}

static void write_derived(FILE *f)
{
    for (size_t i = 0; i < DIRECTIONS; i++) {
        const struct tws_message_row *rows = rows_of(&directions[i]);

        fprintf(f, "\n/* %s */\n", directions[i].title);
        for (unsigned id = 0; id < TWS_ID_LIMIT; id++) {
            struct tws_key_place key;
            struct run run;

            if (!rows[id].name)
                continue;
            key = key_place(&rows[id]);
            run = plain_run(&rows[id]);
            fprintf(f, "#define %s_%u_DERIVED .key = {%u, %u, %u}, .plain_from = %u, .plain = %u\n",
                    directions[i].prefix, id, key.text_ordinal, key.no_version_since, key.tag,
                    run.from, run.n);
        }
    }
}

/* ---- shapes of the text form ---- */

#define PLACES     64u  /* places of fields that are told apart; of more nothing is said */
#define KINDS_MAX  16u  /* kinds that are written at most */
#define FIELDS_MAX 254u /* of a shape; 255 stands for no limit (ANY in shape.c) */

/* What a field may hold.  A place that several fields can have is of the widest kind. */
enum kind { KIND_NONE, KIND_INT, KIND_NUMBER, KIND_ANY };

struct text_shape {
    unsigned min, max;
    bool open; /* it has groups, and so no upper limit */
    enum kind kinds[PLACES];
};

/* The rows of one message at one server version, walked with every outcome at once. */
struct text_walk {
    const struct tws_message_row *row;
    uint32_t server_version;
    bool versioned; /* the message has a version field, whose value is not known here */
    uint64_t at;    /* bit i: the next field can be field i */
    struct text_shape shape;
};

static enum kind kind_of(const struct tws_field *f)
{
    enum tws_type type = (enum tws_type)f->type;
    enum tws_wire_type wire = tws_wire_type_of(type);

    if (wire == TWS_WIRE_VARINT)
        return KIND_INT;
    return wire == TWS_WIRE_FIXED64 || type == TWS_DECIMAL ? KIND_NUMBER : KIND_ANY;
}

/* Does each frame of this version have the field? */
static bool is_certain(const struct text_walk *w, const struct tws_field *f)
{
    return f->when == TWS_WHEN_ALWAYS && (f->mv == 0 || !w->versioned);
}

/* A place that the next field can have is widened to `kind`. */
static void widen(struct text_walk *w, uint64_t places, enum kind kind)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (places >> i & 1 && w->shape.kinds[i] < kind)
            w->shape.kinds[i] = kind;
}

static void pass_field(struct text_walk *w, const struct tws_field *f)
{
    bool certain = is_certain(w, f);

    widen(w, w->at, kind_of(f));
    w->at = w->at << 1 | (certain ? 0 : w->at);
    w->shape.min += certain;
    w->shape.max++;
    if (!f->group)
        return;
    /* From here on the number of items decides what stands where: nothing is said of it. */
    w->shape.open = true;
    widen(w, ~((w->at & (~w->at + 1)) - 1), KIND_ANY);
}

static void pass_message(struct text_walk *w)
{
    for (uint16_t i = 0; i < w->row->n_fields; i++) {
        const struct tws_field *f = &w->row->fields[i];

        if (f->in == 0 && tws_field_at(f, w->server_version))
            pass_field(w, f);
    }
}

static bool has_version_field(const struct tws_message_row *row, uint32_t server_version)
{
    for (uint16_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].keep == TWS_KEEP_VERSION)
            return tws_field_at(&row->fields[i], server_version);
    return false;
}

/* All versions in one. */
static struct text_shape text_shape(const struct tws_message_row *row)
{
    struct text_shape all = {.min = FIELDS_MAX};
    uint32_t first = row->since > TWS_VERSION_MIN ? row->since : TWS_VERSION_MIN;

    for (uint32_t sv = first; sv <= TWS_VERSION_MAX; sv++) {
        struct text_walk w = {
            .row = row, .server_version = sv, .versioned = has_version_field(row, sv), .at = 1};

        pass_message(&w);
        all.min = w.shape.min < all.min ? w.shape.min : all.min;
        all.max = w.shape.max > all.max ? w.shape.max : all.max;
        all.open = all.open || w.shape.open;
        for (unsigned i = 0; i < PLACES; i++)
            if (w.shape.kinds[i] > all.kinds[i])
                all.kinds[i] = w.shape.kinds[i];
    }
    return all;
}

/* Fields of any kind at the end say nothing. */
static void kinds_text(const struct text_shape *shape, char out[KINDS_MAX + 1])
{
    static const char letters[] = {[KIND_INT] = 'i', [KIND_NUMBER] = 'n', [KIND_ANY] = 's'};
    size_t n = 0;

    while (n < KINDS_MAX && shape->kinds[n] != KIND_NONE) {
        out[n] = letters[shape->kinds[n]];
        n++;
    }
    while (n > 0 && out[n - 1] == 's')
        n--;
    out[n] = '\0';
}

/* ---- shapes of the protobuf form ---- */

#define TAGS_MAX 128u

/* Its wire type as a digit; repeated numbers are packed into bytes. */
static char wire_type(const struct tws_field *f)
{
    return (char)('0' + (f->repeated ? TWS_WIRE_BYTES : tws_wire_type_of(tws_proto_type(f))));
}

static void wire_text(const struct tws_message_row *row, char out[TAGS_MAX + 1])
{
    size_t n = 0;

    for (uint16_t i = 0; i < row->n_fields; i++) {
        const struct tws_field *f = &row->fields[i];

        if (f->tag > TAGS_MAX)
            fail(row, "a protobuf field number is too large");
        while (n < f->tag)
            out[n++] = '.';
        if (f->tag)
            out[f->tag - 1] = wire_type(f);
    }
    out[n] = '\0';
}

/* ---- shapes ---- */

static void write_limits(FILE *f, const struct text_shape *text)
{
    fprintf(f, "%u, ", text->min);
    if (text->open)
        fprintf(f, "ANY");
    else
        fprintf(f, "%u", text->max);
}

static void write_quoted(FILE *f, bool there, const char *text)
{
    if (there)
        fprintf(f, ", \"%s\"", text);
    else
        fprintf(f, ", NULL");
}

static void write_shape(FILE *f, unsigned id, const struct tws_message_row *row)
{
    struct text_shape text = {0};
    char kinds[KINDS_MAX + 1] = "", wire[TAGS_MAX + 1] = "";

    if (row->text_form) {
        text = text_shape(row);
        kinds_text(&text, kinds);
        if (text.min > FIELDS_MAX || (!text.open && text.max > FIELDS_MAX))
            fail(row, "it has too many fields for a shape");
    }
    if (row->proto)
        wire_text(row, wire);
    fprintf(f, "    [%u] = {", id);
    write_limits(f, &text);
    write_quoted(f, row->text_form, kinds);
    write_quoted(f, row->proto != NULL, wire);
    fprintf(f, "}, /* %s */\n", row->name);
}

static void write_shapes(FILE *f)
{
    for (size_t i = 0; i < DIRECTIONS; i++) {
        const struct tws_message_row *rows = rows_of(&directions[i]);

        fprintf(f, "\n/* %s */\n", directions[i].title);
        fprintf(f, "static const struct shape %s[TWS_ID_LIMIT] = {\n", directions[i].shapes);
        for (unsigned id = 0; id < TWS_ID_LIMIT; id++)
            if (rows[id].name)
                write_shape(f, id, &rows[id]);
        fprintf(f, "};\n");
    }
}

/* ---- files ---- */

static void write_file(const char *directory, const char *name, void (*write)(FILE *f))
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "w") : NULL;
    bool bad;

    if (!f) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fprintf(f, "/* %s - made from the rows of the schema by decoder/derive/derive.c. */\n", name);
    write(f);
    bad = ferror(f) != 0;
    if (fclose(f) != 0 || bad) {
        perror(path);
        remove(path);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: derive DIRECTORY\n");
        return EXIT_FAILURE;
    }
    write_file(argv[1], "ids.h", write_ids);
    write_file(argv[1], "derived.h", write_derived);
    write_file(argv[1], "shapes.h", write_shapes);
    return EXIT_SUCCESS;
}
