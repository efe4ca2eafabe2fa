#include "schema.h"
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
    return row->n_fields > 0 && strcmp(row->fields[0].name, "version") == 0 &&
           tws_field_at(&row->fields[0], sv);
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
            for (uint16_t i = 0; i < row->n_fields; i++) {
                const struct tws_field *f = &row->fields[i];

                place += tws_field_at(f, sv) ? 1 : 0;
                if (f->means == TWS_REQUEST_ID || f->means == TWS_ORDER_ID) {
                    cr_expect_eq(place, want, "%s at %u", row->name, sv);
                    cr_expect_eq(f->tag, key->tag, "%s", row->name);
                    break;
                }
            }
        }
    }
}

Test(schema, has_field_rows_that_can_be_told_apart)
{
    EACH_ROW(dir, id, row)
    {
        cr_expect(row->n_fields <= 256, "%s: a walk remembers 256 rows", row->name);
        for (uint16_t i = 0; i < row->n_fields; i++) {
            const struct tws_field *f = &row->fields[i];

            cr_expect(f->text || f->tag, "%s.%s is somewhere", row->name, f->name);
            cr_expect(f->until == 0 || f->until > f->since, "%s.%s", row->name, f->name);
            for (uint16_t j = 0; j < i; j++) {
                cr_expect(f->tag == 0 || f->tag != row->fields[j].tag, "%s.%s", row->name, f->name);
                cr_expect_str_neq(f->name, row->fields[j].name, "%s", row->name);
            }
        }
    }
}

Test(schema, gates_a_text_row_by_server_version)
{
    static const struct tws_field always = {"a", TWS_INT, 1, 0, 0, true, TWS_PLAIN};
    static const struct tws_field until = {"b", TWS_INT, 0, 0, 194, true, TWS_PLAIN};
    static const struct tws_field since = {"c", TWS_INT, 0, 166, 0, true, TWS_PLAIN};
    static const struct tws_field never = {"d", TWS_INT, 9, 0, 0, false, TWS_PLAIN};

    cr_expect(tws_field_at(&always, 100) && tws_field_at(&always, 226));
    cr_expect(tws_field_at(&until, 193) && !tws_field_at(&until, 194));
    cr_expect(!tws_field_at(&since, 165) && tws_field_at(&since, 166));
    cr_expect_not(tws_field_at(&never, 226));
}
