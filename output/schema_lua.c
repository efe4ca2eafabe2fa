#include "schema_lua.h"
#include "dissector_lua.h"
#include "names.h"
#include "records.h"
#include <string.h>

#define NAMES_MAX 64u

/* The enumerations in use, in the order in which they were met. */
struct enumerations {
    const struct tws_names *at[NAMES_MAX];
    size_t n;
};

static size_t number_of(struct enumerations *e, const struct tws_names *names)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->at[i] == names)
            return i + 1;
    if (e->n == NAMES_MAX)
        return 0;
    e->at[e->n++] = names;
    return e->n;
}

static void put_field(FILE *to, struct enumerations *e, const struct tws_field *f)
{
    fprintf(to, "{\"%s\",\"%s\"", f->name, schema_type_name(f->type));
    if (f->in != TWS_NOT_IN_TEXT)
        fprintf(to, ",i=%u", f->in);
    if (f->since)
        fprintf(to, ",s=%u", f->since);
    if (f->until)
        fprintf(to, ",u=%u", f->until);
    if (f->mv)
        fprintf(to, ",m=%u", f->mv);
    if (f->when)
        fprintf(to, ",w=\"%s\"", schema_when_name(f->when));
    if (f->group)
        fprintf(to, ",c=\"%s\"", f->group);
    if (f->tag)
        fprintf(to, ",t=%u", f->tag);
    if (f->proto_type)
        fprintf(to, ",p=\"%s\"", schema_type_name(f->proto_type));
    if (f->record)
        fprintf(to, ",r=\"%s\"", f->record->name);
    if (f->repeated)
        fputs(",l=true", to);
    if (f->names && number_of(e, f->names))
        fprintf(to, ",v=%zu", number_of(e, f->names));
    fputs("},\n", to);
}

static void put_fields(FILE *to, struct enumerations *e, const struct tws_field *fields, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++)
        put_field(to, e, &fields[i]);
}

static void put_messages(FILE *to, struct enumerations *e, enum tws_side dir, const char *name)
{
    fprintf(to, "messages.%s = {\n", name);
    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
        const struct tws_message_row *row = tws_schema_find(dir, id);

        if (!row)
            continue;
        fprintf(to, "[%d] = {name=\"%s\", protobuf_since=%u, fields={\n", (int)id, row->name,
                row->protobuf_since);
        put_fields(to, e, row->fields, row->n_fields);
        fputs("}},\n", to);
    }
    fputs("}\n", to);
}

static void put_names(FILE *to, const struct tws_names *names)
{
    fprintf(to, "{bits=%s", names->bits ? "true" : "false");
    for (uint16_t i = 0; names->numbers && i < names->n; i++)
        if (names->numbers[i])
            fprintf(to, ",[\"%u\"]=\"%s\"", i, names->numbers[i]);
    for (uint16_t i = 0; names->codes && i < names->n; i++)
        fprintf(to, ",[\"%s\"]=\"%s\"", names->codes[i].code, names->codes[i].name);
    fputs("},\n", to);
}

void schema_print_lua(FILE *to)
{
    struct enumerations e = {{NULL}, 0};

    fputs("-- A dissector for the API of Interactive Brokers' TWS and IB Gateway, made by "
          "`twstap schema --format lua`.\n"
          "-- Wireshark: put it into the folder of personal Lua plugins.  tshark: -X "
          "lua_script:FILE\n\n"
          "local messages, records, names = {}, {}, {}\n",
          to);
    for (size_t i = 0; i < TWS_RECORDS; i++) {
        fprintf(to, "records[\"%s\"] = {\n", tws_records[i]->name);
        put_fields(to, &e, tws_records[i]->fields, tws_records[i]->n_fields);
        fputs("}\n", to);
    }
    put_messages(to, &e, TWS_CLIENT, "client");
    put_messages(to, &e, TWS_GATEWAY, "gateway");
    fputs("names = {\n", to);
    for (size_t i = 0; i < e.n; i++)
        put_names(to, e.at[i]);
    fputs("}\n\n", to);
    fwrite(dissector_lua, 1, sizeof dissector_lua, to);
}
