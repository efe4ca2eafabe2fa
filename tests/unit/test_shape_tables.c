#include "lines.h"
#include "shape.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The shapes, which are made from the rows of the schema, beside frames that are made from the fact
 * tables: no frame of any version is refused. */

#define MESSAGES TWS_ID_LIMIT
#define FRAME    4096u

struct frame {
    uint8_t bytes[FRAME];
    size_t len;
};

static void put(struct frame *f, const char *text)
{
    size_t n = strlen(text) + 1;

    cr_assert_leq(f->len + n, sizeof f->bytes);
    memcpy(f->bytes + f->len, text, n);
    f->len += n;
}

/* One row of a field table. */
struct fact {
    char name[64], type[16], repeat[48], condition[160];
    unsigned id, ordinal, since, until, mv;
};

static unsigned number(const char *line, int n)
{
    char text[16];

    cr_assert(tab_field(line, n, text, sizeof text), "%s", line);
    return (unsigned)strtoul(text, NULL, 10);
}

static struct fact read_fact(const char *line)
{
    struct fact f = {.id = number(line, 0),
                     .ordinal = number(line, 2),
                     .since = number(line, 5),
                     .until = number(line, 6),
                     .mv = number(line, 7)};

    cr_assert(tab_field(line, 3, f.name, sizeof f.name) &&
              tab_field(line, 4, f.type, sizeof f.type) &&
              tab_field(line, 8, f.repeat, sizeof f.repeat) &&
              tab_field(line, 9, f.condition, sizeof f.condition));
    return f;
}

static bool is_of(const struct fact *f, const char *kind)
{
    return strncmp(f->repeat, kind, strlen(kind)) == 0;
}

static const char *text_of(const struct fact *f)
{
    if (strcmp(f->type, "string") == 0 || strcmp(f->type, "tagvalues") == 0)
        return "a text";
    if (strcmp(f->type, "double") == 0 || strcmp(f->type, "double_max") == 0 ||
        strcmp(f->type, "decimal") == 0)
        return "-1.25E-3";
    return strcmp(f->type, "int_max") == 0 ? "2147483647" : "1";
}

/* How a frame is filled: without all that can be absent, or with one of everything. */
enum filling { LEAST, EMPTY, MOST, FILLINGS };

/* The frame of one message at each server version, filled in one way. */
struct family {
    struct frame at[TWS_VERSION_MAX + 1];
    bool versioned[TWS_VERSION_MAX + 1]; /* it has a version field */
};

static void add_fact(struct family *all, const struct fact *f, enum filling filling)
{
    bool optional = f->condition[0] || is_of(f, "in:");
    const char *text = is_of(f, "count:") || strstr(f->repeat, ";count:") ? "0" : text_of(f);

    if (strcmp(f->type, "none") == 0 || (filling != MOST && optional))
        return;
    if (filling == MOST && text[0] == '0')
        text = "1";
    if (filling == EMPTY && (f->ordinal > 2 || strcmp(f->type, "string") == 0))
        text = "";
    for (unsigned sv = TWS_VERSION_MIN; sv <= TWS_VERSION_MAX; sv++) {
        if (sv < f->since || (f->until && sv >= f->until))
            continue;
        if (f->ordinal == 1 && strcmp(f->name, "version") == 0)
            all->versioned[sv] = true;
        if (filling == MOST || !f->mv || !all->versioned[sv])
            put(&all->at[sv], text);
    }
}

/* The shape folds all versions of a message into one. */
static void grade_family(enum tws_side side, unsigned id, const struct family *all)
{
    const struct tws_message_row *row = tws_schema_find(side, (int32_t)id);
    enum tws_ids ids;

    cr_assert_not_null(row);
    for (unsigned sv = TWS_VERSION_MIN; sv <= TWS_VERSION_MAX; sv++) {
        const struct frame *f = &all->at[sv];

        if (!row->text_form || sv < row->since)
            continue;
        for (size_t n = 0; n <= f->len; n++) {
            struct tws_cursor seen = {f->bytes, n};
            enum tws_grade g = tws_shape_grade(side, seen, f->len, &ids);

            cr_assert(n < f->len ? g == TWS_GRADE_OPEN : g >= TWS_GRADE_FAIR, "%s at %u: %d at %zu",
                      row->name, sv, g, n);
        }
    }
}

static void begin_family(struct family *all, unsigned id)
{
    char text[16];

    memset(all, 0, sizeof *all);
    snprintf(text, sizeof text, "%u", id);
    for (unsigned sv = TWS_VERSION_MIN; sv <= TWS_VERSION_MAX; sv++)
        put(&all->at[sv], text);
}

static void grade_file(enum tws_side side, const char *path, enum filling filling)
{
    static struct family all;
    FILE *file = protocol_open(path);
    unsigned id = 0, messages = 0;
    char *line;

    next_line(file);
    while ((line = next_line(file))) {
        struct fact f = read_fact(line);

        if (f.id != id) {
            if (id)
                grade_family(side, id, &all);
            begin_family(&all, f.id);
            messages++;
        }
        id = f.id;
        add_fact(&all, &f, filling);
    }
    grade_family(side, id, &all);
    fclose(file);
    cr_expect_gt(messages, 80);
}

Test(shape_tables, accept_the_text_of_each_message_at_each_version)
{
    for (int filling = LEAST; filling < FILLINGS; filling++) {
        grade_file(TWS_GATEWAY, "incoming_fields.tsv", (enum filling)filling);
        grade_file(TWS_CLIENT, "outgoing_fields.tsv", (enum filling)filling);
    }
}

/* A body of the one field `tag`, of each wire type. */
static const struct wire {
    const char *bytes;
    size_t len;
} wires[] = {
    [0] = {"\1", 1}, [1] = {"\1\2\3\4\5\6\7\x40", 8}, [2] = {"\0", 1}, [5] = {"\1\2\3\4", 4}};

static enum tws_grade grade_field(enum tws_side side, unsigned id, unsigned tag, unsigned type)
{
    uint8_t bytes[16] = {0, 0, (uint8_t)((id + TWS_PROTOBUF_OFFSET) >> 8),
                         (uint8_t)(id + TWS_PROTOBUF_OFFSET)};
    unsigned key = tag << 3 | type;
    size_t n = 4;
    enum tws_ids ids;

    for (; key >= 0x80; key >>= 7)
        bytes[n++] = (uint8_t)(key | 0x80);
    bytes[n++] = (uint8_t)key;
    memcpy(bytes + n, wires[type].bytes, wires[type].len);
    n += wires[type].len;
    return tws_shape_grade(side, (struct tws_cursor){bytes, n}, n, &ids);
}

/* Field `tag` of message `proto`, in whichever messages that is the body. */
static size_t grade_tag(const char *proto, unsigned tag, unsigned type)
{
    size_t n = 0;

    for (unsigned i = 0; i < 2 * MESSAGES; i++) {
        enum tws_side side = i < MESSAGES ? TWS_GATEWAY : TWS_CLIENT;
        const struct tws_message_row *row = tws_schema_find(side, (int32_t)(i % MESSAGES));

        if (!row || !row->proto || strcmp(row->proto, proto) != 0)
            continue;
        n++;
        for (unsigned t = 0; t < sizeof wires / sizeof wires[0]; t++)
            if (wires[t].bytes)
                cr_expect_eq(grade_field(side, i % MESSAGES, tag, t),
                             t == type ? TWS_GRADE_STRONG : TWS_GRADE_BAD, "%s.%u as %u", proto,
                             tag, t);
    }
    return n;
}

Test(shape_tables, know_the_wire_type_of_each_protobuf_field)
{
    FILE *file = protocol_open("protobuf_fields.tsv");
    size_t seen = 0;
    char *line;

    next_line(file);
    while ((line = next_line(file))) {
        char proto[64];

        cr_assert(tab_field(line, 0, proto, sizeof proto));
        seen += grade_tag(proto, number(line, 1), number(line, 8));
    }
    fclose(file);
    cr_expect_gt(seen, 300);
}
