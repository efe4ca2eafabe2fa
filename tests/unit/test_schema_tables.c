#include "lines.h"
#include "schema.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The rows beside the fact tables they were made from. */

static void compare_row(enum tws_side dir, const char *line)
{
    char id[16], name[64], version_field[16], since[16], form[16];
    const struct tws_message_row *row;

    cr_assert(tab_field(line, 0, id, sizeof id) && tab_field(line, 2, name, sizeof name) &&
              tab_field(line, 3, version_field, sizeof version_field) &&
              tab_field(line, 5, since, sizeof since) && tab_field(line, 6, form, sizeof form));
    row = tws_schema_find(dir, atoi(id));
    cr_assert_not_null(row, "%s", name);
    cr_expect_str_eq(row->name, name);
    cr_expect_eq(row->protobuf_since, atoi(since), "%s", name);
    cr_expect(tab_field(line, 4, since, sizeof since) && row->since == atoi(since), "%s", name);
    cr_expect_eq(row->text_form, strcmp(form, "proto_only") != 0, "%s", name);
    if (strncmp(version_field, "until ", 6) == 0 && row->key.text_ordinal > 0)
        cr_expect_eq(row->key.no_version_since, atoi(version_field + 6), "%s", name);
    else
        cr_expect_eq(row->key.no_version_since, 0, "%s", name);
}

static void compare_file(enum tws_side dir, const char *path)
{
    FILE *f = protocol_open(path);
    char *line;

    next_line(f);
    while ((line = next_line(f)))
        compare_row(dir, line);
    fclose(f);
}

Test(schema_tables, agree_with_the_message_lists)
{
    compare_file(TWS_GATEWAY, "incoming.tsv");
    compare_file(TWS_CLIENT, "outgoing.tsv");
}

Test(schema_tables, agree_with_the_protobuf_names)
{
    FILE *f = protocol_open("protobuf_messages.tsv");
    char *line;

    next_line(f);
    while ((line = next_line(f))) {
        char dir[8], id[16], proto[64];
        const struct tws_message_row *row;

        cr_assert(tab_field(line, 0, dir, sizeof dir) && tab_field(line, 1, id, sizeof id) &&
                  tab_field(line, 3, proto, sizeof proto));
        row = tws_schema_find(strcmp(dir, "in") == 0 ? TWS_GATEWAY : TWS_CLIENT, atoi(id));
        cr_assert(row && row->proto, "%s", proto);
        cr_expect_str_eq(row->proto, proto);
    }
    fclose(f);
}

/* request_response.tsv: the key of each request is where its row says at server version 100. */
Test(schema_tables, agree_with_the_places_of_the_keys)
{
    FILE *f = shared_open("protocol/request_response.tsv");
    char *line;

    if (!f)
        cr_skip_test("no fact table of requests at hand");
    next_line(f);
    while ((line = next_line(f))) {
        char id[16], name[64], ordinal[16];
        const struct tws_message_row *row;

        cr_assert(tab_field(line, 0, id, sizeof id) && tab_field(line, 1, name, sizeof name) &&
                  tab_field(line, 5, ordinal, sizeof ordinal));
        row = tws_schema_find(TWS_CLIENT, atoi(id));
        cr_assert_not_null(row, "%s", name);
        cr_expect_eq(row->key.text_ordinal, atoi(ordinal), "%s", name);
    }
    fclose(f);
}
