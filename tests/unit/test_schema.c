#include "message.h"
#include "records.h"
#include <criterion/criterion.h>
#include <string.h>

static const enum tws_side sides[] = {TWS_CLIENT, TWS_GATEWAY};

#define EACH_ROW(dir, id, row)                                                                     \
    for (size_t side_ = 0; side_ < 2; side_++)                                                     \
        for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++)                                     \
            for (enum tws_side dir = sides[side_], *once_ = &dir; once_; once_ = NULL)             \
                for (const struct tws_message_row *row = tws_schema_find(dir, id); row; row = NULL)

Test(schema, knows_every_id_and_no_more)
{
    size_t n[2] = {0, 0};

    EACH_ROW(dir, id, row)
    n[dir == TWS_GATEWAY]++;
    cr_expect_eq(n[0], 85, "client: %zu", n[0]);
    cr_expect_eq(n[1], 86, "gateway: %zu", n[1]);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_null(tws_schema_find(sides[i], -1));
        cr_expect_null(tws_schema_find(sides[i], 0));
        cr_expect_null(tws_schema_find(sides[i], 60));
        cr_expect_null(tws_schema_find(sides[i], 112));
        cr_expect_null(tws_schema_find(sides[i], INT32_MAX));
        cr_expect_null(tws_schema_find(sides[i], INT32_MIN));
    }
}

Test(schema, finds_an_id_by_its_name)
{
    EACH_ROW(dir, id, row)
    cr_expect_eq(tws_schema_id(dir, row->name), id, "%s", row->name);
    cr_expect_eq(tws_schema_id(TWS_CLIENT, "startApi"), 71);
    cr_expect_eq(tws_schema_id(TWS_GATEWAY, "managedAccounts"), 15);
    cr_expect_eq(tws_schema_id(TWS_GATEWAY, "startApi"), -1);
    cr_expect_eq(tws_schema_id(TWS_GATEWAY, ""), -1);
}

Test(schema, says_which_forms_a_message_has)
{
    EACH_ROW(dir, id, row)
    {
        cr_expect(row->text_form || row->proto, "%s has a form", row->name);
        cr_expect_eq(row->proto != NULL, row->protobuf_since != 0, "%s", row->name);
        cr_expect(row->protobuf_since == 0 || (row->protobuf_since >= TWS_RAW_ID_SINCE &&
                                               row->protobuf_since <= TWS_VERSION_MAX),
                  "%s", row->name);
    }
}

static bool has_version_row(const struct tws_message_row *row, uint32_t sv)
{
    for (uint16_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].in != TWS_NOT_IN_TEXT)
            return strcmp(row->fields[i].name, "version") == 0 && tws_field_at(&row->fields[i], sv);
    return false;
}

/* What the key's place says must be what the field rows say, where there are any. */
Test(schema, says_the_same_of_the_key_twice)
{
    EACH_ROW(dir, id, row)
    {
        const struct tws_key_place *key = &row->key;

        cr_expect(key->text_ordinal == 0 || row->text_form, "%s", row->name);
        cr_expect(key->tag == 0 || row->proto, "%s", row->name);
        cr_expect(key->no_version_since == 0 || key->text_ordinal > 1, "%s", row->name);
        for (uint32_t sv = TWS_VERSION_MIN; sv <= TWS_VERSION_MAX && row->n_fields > 0; sv++) {
            bool moved = key->no_version_since != 0 && sv >= key->no_version_since;
            unsigned want = key->text_ordinal - (moved ? 1u : 0u), place = 0;

            cr_expect_not(key->no_version_since != 0 && moved == has_version_row(row, sv), "%s",
                          row->name);
            for (uint16_t i = 0; i < row->n_fields && row->text_form; i++) {
                const struct tws_field *f = &row->fields[i];

                if (!tws_field_at(f, sv))
                    continue;
                place++;
                if (key->tag ? f->tag == key->tag : place == want) {
                    cr_expect_eq(place, want, "%s at %u", row->name, sv);
                    cr_expect_eq(f->tag, key->tag, "%s", row->name);
                    break;
                }
            }
        }
    }
}

/* Rows that stand in the same place: fields of the message, of one group, or of the protobuf form.
 */
static bool same_place(const struct tws_field *fields, uint16_t a, uint16_t b)
{
    if (fields[a].in != fields[b].in)
        return fields[a].in == TWS_NOT_IN_TEXT && fields[b].in == 0;
    for (uint16_t i = a; i < b && fields[a].in != TWS_NOT_IN_TEXT; i++)
        if (fields[i].in < fields[a].in)
            return false; /* another group */
    return true;
}

static void look_at_row(const char *name, const struct tws_field *fields, uint16_t i)
{
    const struct tws_field *f = &fields[i];

    cr_expect(f->in != TWS_NOT_IN_TEXT || f->tag, "%s.%s is somewhere", name, f->name);
    cr_expect_neq(f->type, TWS_SAME_TYPE, "%s.%s has a type", name, f->name);
    cr_expect(f->until == 0 || f->until > f->since, "%s.%s", name, f->name);
    cr_expect(f->since == 0 || (f->since > TWS_VERSION_MIN && f->since <= TWS_VERSION_MAX), "%s.%s",
              name, f->name);
    cr_expect_lt(f->when, TWS_WHENS, "%s.%s", name, f->name);
    cr_expect_lt(f->keep, TWS_KEEPS, "%s.%s", name, f->name);
    cr_expect_eq(f->record != NULL, tws_proto_type(f) == TWS_RECORD, "%s.%s", name, f->name);
    for (uint16_t j = 0; j < i; j++) {
        cr_expect(f->tag == 0 || f->tag != fields[j].tag, "%s.%s", name, f->name);
        if (same_place(fields, j, i))
            cr_expect_str_neq(f->name, fields[j].name, "%s", name);
    }
}

Test(schema, has_field_rows_that_can_be_told_apart)
{
    EACH_ROW(dir, id, row)
    {
        cr_expect(row->n_fields <= 256, "%s: a walk remembers 256 rows", row->name);
        for (uint16_t i = 0; i < row->n_fields; i++)
            look_at_row(row->name, row->fields, i);
    }
    for (size_t r = 0; r < TWS_RECORDS; r++)
        for (uint16_t i = 0; i < tws_records[r]->n_fields; i++) {
            look_at_row(tws_records[r]->name, tws_records[r]->fields, i);
            cr_expect_eq(tws_records[r]->fields[i].in, TWS_NOT_IN_TEXT);
            cr_expect(i == 0 || tws_records[r]->fields[i].tag > tws_records[r]->fields[i - 1].tag,
                      "%s: in the order of the tags", tws_records[r]->name);
        }
}

Test(schema, has_groups_behind_their_counts)
{
    EACH_ROW(dir, id, row)
    for (uint16_t i = 0; i < row->n_fields; i++) {
        const struct tws_field *f = &row->fields[i];
        uint8_t before = i > 0 && f[-1].in != TWS_NOT_IN_TEXT ? f[-1].in : 0;

        if (f->in == TWS_NOT_IN_TEXT) {
            cr_expect(i == 0 || f[-1].in == TWS_NOT_IN_TEXT, "%s.%s: first", row->name, f->name);
            continue;
        }
        cr_expect_leq(f->in, TWS_GROUPS_MAX, "%s.%s", row->name, f->name);
        cr_expect(f->in <= before || (f->in == before + 1 && f[-1].group), "%s.%s", row->name,
                  f->name);
        if (f->group)
            cr_expect(i + 1 < row->n_fields && f[1].in == f->in + 1, "%s.%s", row->name, f->name);
    }
}

static unsigned depth_of(const struct tws_field *fields, uint16_t n, unsigned most)
{
    unsigned deepest = 0;

    for (uint16_t i = 0; i < n && most > 0; i++) {
        const struct tws_record *r = fields[i].record;
        unsigned d = r ? 1 + depth_of(r->fields, r->n_fields, most - 1) : 0;

        deepest = d > deepest ? d : deepest;
    }
    return deepest;
}

Test(schema, is_no_deeper_than_a_walk)
{
    EACH_ROW(dir, id, row)
    cr_expect_lt(depth_of(row->fields, row->n_fields, 10), TWS_DEPTH_MAX, "%s", row->name);
}

static const struct tws_field *named(const struct tws_field *fields, uint16_t n, const char *name,
                                     size_t len)
{
    for (uint16_t i = 0; i < n; i++) {
        const char *official = fields[i].proto_name ? fields[i].proto_name : fields[i].name;

        if (fields[i].tag && strlen(official) == len && memcmp(official, name, len) == 0)
            return &fields[i];
    }
    return NULL;
}

/* "order.lmtPrice" leads from the message to a row of a nested one. */
Test(schema, has_paths_that_lead_somewhere)
{
    EACH_ROW(dir, id, row)
    for (uint16_t i = 0; i < row->n_fields; i++) {
        const struct tws_field *fields = row->fields, *f = NULL;
        const char *path = row->fields[i].path;
        uint16_t n = row->n_fields;

        while (path && *path) {
            size_t len = strcspn(path, ".");

            f = named(fields, n, path, len);
            cr_assert_not_null(f, "%s.%s: %s", row->name, row->fields[i].name, path);
            path += len + (path[len] == '.');
            fields = f->record ? f->record->fields : NULL;
            n = f->record ? f->record->n_fields : 0;
        }
    }
}

/* What is noted for speed must be what the rows say. */
Test(schema, notes_rows_that_are_plain)
{
    struct tws_layout l;

    EACH_ROW(dir, id, row)
    {
        cr_assert_leq(row->plain_from + row->plain, row->n_fields, "%s", row->name);
        for (uint32_t sv = TWS_VERSION_MIN; sv <= TWS_VERSION_MAX; sv++) {
            tws_layout_open(&l, row, sv);
            l.version = 0; /* no row may ask for more */
            for (uint16_t i = 0; i < row->plain; i++)
                cr_expect(tws_layout_is_plain(&l, &row->fields[row->plain_from + i]), "%s.%s at %u",
                          row->name, row->fields[row->plain_from + i].name, sv);
        }
    }
}

Test(schema, gates_a_text_row_by_server_version)
{
    static const struct tws_field always = {.name = "a"};
    static const struct tws_field until = {.name = "b", .until = 194};
    static const struct tws_field since = {.name = "c", .since = 166};
    static const struct tws_field never = {.name = "d", .in = TWS_NOT_IN_TEXT};

    cr_expect(tws_field_at(&always, 100) && tws_field_at(&always, 226));
    cr_expect(tws_field_at(&until, 193) && !tws_field_at(&until, 194));
    cr_expect(!tws_field_at(&since, 165) && tws_field_at(&since, 166));
    cr_expect_not(tws_field_at(&never, 226));
}
