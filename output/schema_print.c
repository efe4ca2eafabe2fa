#include "schema_print.h"
#include "names.h"
#include "records.h"
#include "schema_lua.h"
#include <string.h>

static const char *const type_names[] = {
    [TWS_SAME_TYPE] = "",      [TWS_INT] = "int",           [TWS_INT_MAX] = "int_max",
    [TWS_BOOL] = "bool",       [TWS_DOUBLE] = "double",     [TWS_DOUBLE_MAX] = "double_max",
    [TWS_DECIMAL] = "decimal", [TWS_MASK] = "mask",         [TWS_STRING] = "string",
    [TWS_EPOCH_S] = "epoch_s", [TWS_EPOCH_MS] = "epoch_ms", [TWS_TAGVALUES] = "tagvalues",
    [TWS_RECORD] = "record",
};

static const char *const meaning_names[] = {
    [TWS_PLAIN] = "",
    [TWS_REQUEST_ID] = "reqId",
    [TWS_ORDER_ID] = "orderId",
    [TWS_CLIENT_ID] = "clientId",
    [TWS_ACCOUNT] = "account",
    [TWS_ACCOUNTS] = "accounts",
    [TWS_ERROR_CODE] = "errorCode",
    [TWS_ERROR_TEXT] = "errorMsg",
    [TWS_FREE_TEXT] = "free text",
    [TWS_PRICE] = "price",
    [TWS_QUANTITY] = "quantity",
    [TWS_MONEY] = "money",
    [TWS_TIMESTAMP] = "timestamp",
    [TWS_SYMBOL] = "symbol",
    [TWS_CON_ID] = "conId",
    [TWS_SECRET] = "secret",
    [TWS_ADVISOR_GROUP] = "advisor group",
    [TWS_ACCOUNT_KEY] = "account key",
    [TWS_ACCOUNT_VALUE] = "account value",
    [TWS_DOCUMENT] = "advisor document",
};

static const char *const when_names[TWS_WHENS] = {
    [TWS_WHEN_ALWAYS] = "",
    [TWS_WHEN_BAG] = "secType==BAG",
    [TWS_WHEN_FUND] = "secType==FUND",
    [TWS_WHEN_PEG_BENCH] = "orderType in(PEG BENCH,PEGBENCH)",
    [TWS_WHEN_PEG_BEST] = "orderType in(PEG BEST,PEGBEST)",
    [TWS_WHEN_PEG_MID] = ("orderType in(PEG MID,PEGMID)|competeAgainstBestOffset "
                          "in(Infinity,+Inf,inf,Infinite)"),
    [TWS_WHEN_DELTA_NEUTRAL_ORDER] = "deltaNeutralOrderType!=",
    [TWS_WHEN_DELTA_NEUTRAL_CONTRACT] = "deltaNeutralContractPresent==1",
    [TWS_WHEN_SCALED] = "scalePriceIncrement>0",
    [TWS_WHEN_HEDGED] = "hedgeType!=",
    [TWS_WHEN_ALGO] = "algoStrategy!=",
    [TWS_WHEN_IBKRATS] = "exchange==IBKRATS",
    [TWS_WHEN_CONDITIONAL] = "conditionsCount>0",
    [TWS_WHEN_COND_PRICE] = "conditionType==1",
    [TWS_WHEN_COND_TIME] = "conditionType==3",
    [TWS_WHEN_COND_MARGIN] = "conditionType==4",
    [TWS_WHEN_COND_EXECUTION] = "conditionType==5",
    [TWS_WHEN_COND_VOLUME] = "conditionType==6",
    [TWS_WHEN_COND_CHANGE] = "conditionType==7",
    [TWS_WHEN_COND_COMPARES] = "conditionType in(1,3,4,6,7)",
    [TWS_WHEN_COND_CONTRACT] = "conditionType in(1,6,7)",
    [TWS_WHEN_TICK_LAST] = "tickType in(1,2)",
    [TWS_WHEN_TICK_BID_ASK] = "tickType==3",
    [TWS_WHEN_TICK_MIDPOINT] = "tickType==4",
    [TWS_WHEN_OPTION_MODEL] = "version>=6|tickType in(13,83)",
    [TWS_WHEN_TWO_LEFT] = "remaining>=2",
};

const char *schema_type_name(unsigned type)
{
    return type_names[type];
}

const char *schema_when_name(unsigned when)
{
    return when_names[when];
}

/* ---- which rows ---- */

static bool is_sensitive(const struct tws_field *f)
{
    switch ((enum tws_meaning)f->means) {
    case TWS_ACCOUNT:
    case TWS_ACCOUNTS:
    case TWS_SECRET:
    case TWS_ADVISOR_GROUP:
    case TWS_ACCOUNT_VALUE:
    case TWS_DOCUMENT:
        return true;
    default:
        return false;
    }
}

/* In which form a message travels. */
enum form { FORM_NONE, FORM_TEXT, FORM_PROTOBUF, FORM_EITHER };

/* At the chosen version; without one, all forms it has. */
static enum form form_of(const struct schema_choice *c, const struct tws_message_row *row)
{
    bool protobuf = row->proto && row->protobuf_since;
    uint32_t sv = c->server_version;

    if (sv == 0)
        return !protobuf ? FORM_TEXT : row->text_form ? FORM_EITHER : FORM_PROTOBUF;
    if (sv < row->since)
        return FORM_NONE;
    if (protobuf && sv >= row->protobuf_since)
        return FORM_PROTOBUF;
    return row->text_form ? FORM_TEXT : FORM_NONE;
}

/* One owner of rows: a message of a direction, or a record (id -1). */
struct owner {
    const char *from; /* "client", "gateway", "" */
    int32_t id;
    const char *name, *proto;
    const struct tws_message_row *row; /* NULL: a record */
    const struct tws_field *fields;
    uint16_t n;
    enum form form;
};

/* Protobuf has no version gates: its fields are those with a tag. */
static bool is_chosen(const struct schema_choice *c, const struct owner *o,
                      const struct tws_field *f)
{
    if (c->server_version == 0)
        return true;
    return o->form == FORM_PROTOBUF ? f->tag != 0 : tws_field_at(f, c->server_version);
}

typedef void (*visit)(FILE *to, const struct schema_choice *c, const struct owner *o);

static void each_message(FILE *to, const struct schema_choice *c, visit v)
{
    static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

    for (size_t i = 0; i < 2; i++) {
        for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
            const struct tws_message_row *row = tws_schema_find(sides[i], id);

            if (row && (!c->message || strcmp(c->message, row->name) == 0) &&
                form_of(c, row) != FORM_NONE)
                v(to, c,
                  &(struct owner){i == 0 ? "client" : "gateway", id, row->name, row->proto, row,
                                  row->fields, row->n_fields, form_of(c, row)});
        }
    }
}

static bool holds(const struct tws_field *fields, uint16_t n, const struct tws_record *wanted,
                  unsigned depth)
{
    for (uint16_t i = 0; i < n && depth > 0; i++) {
        const struct tws_record *r = fields[i].record;

        if (r && (r == wanted || holds(r->fields, r->n_fields, wanted, depth - 1)))
            return true;
    }
    return false;
}

#define NESTED_MAX 6u

/* Does a chosen message hold this record? */
static bool is_used(const struct schema_choice *c, const struct tws_record *r)
{
    static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

    for (size_t i = 0; i < 2 * TWS_ID_LIMIT; i++) {
        const struct tws_message_row *row = tws_schema_find(sides[i % 2], (int32_t)(i / 2));

        if (row && (!c->message || strcmp(c->message, row->name) == 0) &&
            form_of(c, row) >= FORM_PROTOBUF && holds(row->fields, row->n_fields, r, NESTED_MAX))
            return true;
    }
    return false;
}

static void each_record(FILE *to, const struct schema_choice *c, visit v)
{
    for (size_t i = 0; i < TWS_RECORDS; i++) {
        const struct tws_record *r = tws_records[i];

        if (is_used(c, r))
            v(to, c,
              &(struct owner){"", -1, r->name, r->name, NULL, r->fields, r->n_fields,
                              FORM_PROTOBUF});
    }
}

static const char *proto_type(const struct tws_field *f, const char *none)
{
    if (f->tag == 0)
        return none;
    return f->record ? f->record->name : type_names[tws_proto_type(f)];
}

/* Each name of an enumeration, or of a bit, by its value. */
typedef void (*visit_name)(FILE *to, size_t n, const char *value, const char *name);

static void each_name(FILE *to, const struct tws_names *names, visit_name v)
{
    size_t n = 0;
    char number[8];

    for (uint16_t i = 0; names->numbers && i < names->n; i++) {
        snprintf(number, sizeof number, "%u", i);
        if (names->numbers[i])
            v(to, n++, number, names->numbers[i]);
    }
    for (uint16_t i = 0; names->codes && i < names->n; i++)
        v(to, n++, names->codes[i].code, names->codes[i].name);
}

/* ---- TSV ---- */

static void tsv_name(FILE *to, size_t n, const char *value, const char *name)
{
    fprintf(to, "%s%s=%s", n ? "|" : "", value, name);
}

static void put_number(FILE *to, unsigned n)
{
    if (n)
        fprintf(to, "\t%u", n);
    else
        fputc('\t', to);
}

static void tsv_owner(FILE *to, const struct schema_choice *c, const struct owner *o)
{
    for (uint16_t i = 0; i < o->n; i++) {
        const struct tws_field *f = &o->fields[i];
        bool text = f->in != TWS_NOT_IN_TEXT;

        if (!is_chosen(c, o, f))
            continue;
        fprintf(to, "%s\t", o->from);
        if (o->id >= 0)
            fprintf(to, "%d", (int)o->id);
        fprintf(to, "\t%s\t%s\t%s", o->name, f->name, text ? type_names[f->type] : "");
        put_number(to, f->since);
        put_number(to, f->until);
        put_number(to, f->mv);
        fprintf(to, "\t%s\t%s\t%s", text && f->in ? (f->in == 1 ? "1" : "2") : "",
                f->group ? f->group : "", when_names[f->when]);
        put_number(to, f->tag);
        fprintf(to, "\t%s\t%s\t%s\t%s\t%s\t%d", proto_type(f, ""), f->repeated ? "repeated" : "",
                f->proto_name ? f->proto_name : "", f->path ? f->path : "", meaning_names[f->means],
                is_sensitive(f));
        put_number(to, o->row ? o->row->since : 0);
        fputs(f->names && f->names->bits ? "\tbits:" : "\t", to);
        if (f->names)
            each_name(to, f->names, tsv_name);
        fputc('\n', to);
    }
}

static void print_tsv(FILE *to, const struct schema_choice *c)
{
    fputs("from\tid\tmessage\tfield\ttype\tsince\tuntil\tmv\tin\tcounts\twhen\ttag\tproto_type\t"
          "repeated\tproto_name\tproto_path\tmeans\tsensitive\tmessage_since\tnames\n",
          to);
    each_message(to, c, tsv_owner);
    each_record(to, c, tsv_owner);
}

/* ---- JSON: an object a line ---- */

static void member(FILE *to, const char *name, const char *value)
{
    if (value && *value)
        fprintf(to, ",\"%s\":\"%s\"", name, value);
}

static void member_u(FILE *to, const char *name, unsigned value)
{
    if (value)
        fprintf(to, ",\"%s\":%u", name, value);
}

static void json_name(FILE *to, size_t n, const char *value, const char *name)
{
    fprintf(to, "%s\"%s\":\"%s\"", n ? "," : "", value, name);
}

static void json_names(FILE *to, const struct tws_names *names)
{
    fputs(names->bits ? ",\"bits\":{" : ",\"names\":{", to);
    each_name(to, names, json_name);
    fputc('}', to);
}

static void json_field(FILE *to, const struct tws_field *f)
{
    bool text = f->in != TWS_NOT_IN_TEXT;

    fprintf(to, "{\"name\":\"%s\"", f->name);
    if (text) {
        member(to, "type", type_names[f->type]);
        member_u(to, "since", f->since);
        member_u(to, "until", f->until);
        member_u(to, "mv", f->mv);
        member_u(to, "in", f->in);
        member(to, "counts", f->group);
        member(to, "when", when_names[f->when]);
    }
    member_u(to, "tag", f->tag);
    member(to, "protoType", proto_type(f, NULL));
    if (f->repeated)
        fputs(",\"repeated\":true", to);
    member(to, "protoName", f->proto_name);
    member(to, "protoPath", f->path);
    member(to, "means", meaning_names[f->means]);
    if (is_sensitive(f))
        fputs(",\"sensitive\":true", to);
    if (f->names)
        json_names(to, f->names);
    fputc('}', to);
}

static void json_owner(FILE *to, const struct schema_choice *c, const struct owner *o)
{
    bool first = true;

    if (o->row) {
        fprintf(to, "{\"from\":\"%s\",\"id\":%d,\"message\":\"%s\"", o->from, (int)o->id, o->name);
        member(to, "protobuf", o->proto);
        member_u(to, "since", o->row->since);
        member_u(to, "protobufSince", o->row->protobuf_since);
        fprintf(to, ",\"text\":%s", o->row->text_form ? "true" : "false");
    } else {
        fprintf(to, "{\"record\":\"%s\"", o->name);
    }
    fputs(",\"fields\":[", to);
    for (uint16_t i = 0; i < o->n; i++) {
        if (!is_chosen(c, o, &o->fields[i]))
            continue;
        fputs(first ? "" : ",", to);
        json_field(to, &o->fields[i]);
        first = false;
    }
    fputs("]}\n", to);
}

static void print_json(FILE *to, const struct schema_choice *c)
{
    each_message(to, c, json_owner);
    each_record(to, c, json_owner);
}

/* ---- Markdown: all messages in a table, or one message's fields ---- */

static unsigned text_fields(const struct tws_message_row *row, uint32_t sv)
{
    unsigned n = 0;

    for (uint16_t i = 0; i < row->n_fields; i++)
        n += sv ? tws_field_at(&row->fields[i], sv) : row->fields[i].in != TWS_NOT_IN_TEXT;
    return n;
}

static unsigned proto_fields(const struct tws_field *fields, uint16_t n, unsigned depth)
{
    unsigned sum = 0;

    for (uint16_t i = 0; i < n && depth > 0; i++) {
        const struct tws_record *r = fields[i].record;

        if (fields[i].tag)
            sum += r ? proto_fields(r->fields, r->n_fields, depth - 1) : 1;
    }
    return sum;
}

static void md_line(FILE *to, const struct schema_choice *c, const struct owner *o)
{
    fprintf(to, "| %s | %d | `%s` | ", o->from, (int)o->id, o->name);
    if (o->row->since)
        fprintf(to, "%u | ", o->row->since);
    else
        fputs("| ", to);
    if (o->row->text_form && o->form != FORM_PROTOBUF)
        fprintf(to, "%u | ", text_fields(o->row, c->server_version));
    else
        fputs("- | ", to);
    if (o->proto && o->form >= FORM_PROTOBUF)
        fprintf(to, "%u | `%s` | %u |\n", o->row->protobuf_since, o->proto,
                proto_fields(o->fields, o->n, NESTED_MAX));
    else
        fputs("- | - | - |\n", to);
}

static void md_name(FILE *to, size_t n, const char *value, const char *name)
{
    fprintf(to, "%s%s %s", n ? ", " : "", value, name);
}

/* The enumerations of its fields, each once. */
static void md_names(FILE *to, const struct schema_choice *c, const struct owner *o)
{
    for (uint16_t i = 0; i < o->n; i++) {
        const struct tws_field *f = &o->fields[i];
        bool told = !f->names || !is_chosen(c, o, f);

        for (uint16_t k = 0; k < i && !told; k++)
            told = o->fields[k].names == f->names && strcmp(o->fields[k].name, f->name) == 0;
        if (told)
            continue;
        fprintf(to, "- `%s`%s: ", f->name, f->names->bits ? ", bits" : "");
        each_name(to, f->names, md_name);
        fputc('\n', to);
    }
}

static void md_fields(FILE *to, const struct schema_choice *c, const struct owner *o)
{
    if (o->row)
        fprintf(to, o->row->since ? "## %s (%s, id %d, since %u)\n\n" : "## %s (%s, id %d)\n\n",
                o->name, o->from, (int)o->id, o->row->since);
    else
        fprintf(to, "### %s\n\n", o->name);
    fputs("| field | text | since | until | mv | when | tag | protobuf | means |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
          to);
    for (uint16_t i = 0; i < o->n; i++) {
        const struct tws_field *f = &o->fields[i];
        bool text = f->in != TWS_NOT_IN_TEXT;

        if (!is_chosen(c, o, f))
            continue;
        fprintf(to, "| %.*s`%s` | %s |", text ? (int)(2 * f->in) : 0, "- - ", f->name,
                text ? type_names[f->type] : "-");
        fprintf(to, f->since ? " %u |" : " |", f->since);
        fprintf(to, f->until ? " %u |" : " |", f->until);
        fprintf(to, f->mv ? " %u |" : " |", f->mv);
        fprintf(to, " %s |", when_names[f->when]);
        fprintf(to, f->tag ? " %u |" : " |", f->tag);
        fprintf(to, " %s%s |", f->repeated ? "repeated " : "",
                f->tag    ? proto_type(f, "")
                : f->path ? f->path
                          : "");
        fprintf(to, " %s%s |\n", meaning_names[f->means], is_sensitive(f) ? ", masked" : "");
    }
    fputc('\n', to);
    md_names(to, c, o);
    fputc('\n', to);
}

static void print_md(FILE *to, const struct schema_choice *c)
{
    if (c->message) {
        each_message(to, c, md_fields);
        each_record(to, c, md_fields);
        return;
    }
    fputs("| from | id | message | since | text fields | protobuf since | protobuf message | its "
          "fields |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
          to);
    each_message(to, c, md_line);
}

bool schema_is_empty(const struct schema_choice *c)
{
    static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

    for (size_t i = 0; i < 2 * TWS_ID_LIMIT; i++) {
        const struct tws_message_row *row = tws_schema_find(sides[i % 2], (int32_t)(i / 2));

        if (row && (!c->message || strcmp(c->message, row->name) == 0) &&
            form_of(c, row) != FORM_NONE)
            return false;
    }
    return true;
}

void schema_print(FILE *to, enum schema_format format, const struct schema_choice *c)
{
    switch (format) {
    case SCHEMA_TSV:
        print_tsv(to, c);
        break;
    case SCHEMA_JSON:
        print_json(to, c);
        break;
    case SCHEMA_MD:
        print_md(to, c);
        break;
    case SCHEMA_LUA:
        schema_print_lua(to);
        break;
    }
}
