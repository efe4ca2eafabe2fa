#include "catalog.h"
#include <criterion/criterion.h>
#include <string.h>

Test(catalog, has_rows_that_can_be_shown)
{
    for (size_t i = 0; i < tws_catalog_len; i++) {
        const struct tws_mode *m = &tws_catalog[i];

        cr_expect(m->id && m->number >= 1 && m->number <= 54, "row %zu", i);
        cr_expect(m->stages != 0, "%s shows nowhere", m->id);
        cr_expect(m->why && strlen(m->why) <= 160, "%s: why", m->id);
        cr_expect(!m->proven_why || (m->proves && strlen(m->proven_why) <= 160), "%s", m->id);
        cr_expect(m->check && strlen(m->check) <= 160, "%s: check", m->id);
        cr_expect(m->remedy && strlen(m->remedy) <= 160, "%s: remedy", m->id);
        cr_expect_eq((m->needs | m->any) & m->refuted_by, 0, "%s refutes itself", m->id);
        cr_expect(!m->proves || m->proven_grade > m->grade, "%s: proof of nothing", m->id);
        cr_expect_not_null(tws_catalog_find(m->id));
    }
    cr_expect_null(tws_catalog_find("zombie"));
}

Test(catalog, names_a_mode_one_way)
{
    for (size_t i = 0; i < tws_catalog_len; i++) {
        for (size_t k = 0; k < i; k++)
            cr_expect_eq(strcmp(tws_catalog[i].id, tws_catalog[k].id) == 0,
                         tws_catalog[i].number == tws_catalog[k].number, "%s", tws_catalog[i].id);
    }
}

Test(catalog, holds_all_modes_that_a_handshake_can_show)
{
    static const uint8_t modes[] = {1,  2,  3,  4,  5,  6,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                                    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
                                    34, 35, 36, 37, 39, 40, 41, 42, 44, 45, 46, 47, 51, 52, 53};

    for (size_t i = 0; i < sizeof modes; i++) {
        bool found = false;

        for (size_t k = 0; k < tws_catalog_len; k++)
            found = found || tws_catalog[k].number == modes[i];
        cr_expect(found, "mode %u", modes[i]);
    }
}

static const tws_facts of_the_kernel = TWS_FACT(ACCEPTED) | TWS_FACT(NOT_ACCEPTED);

/* With the table of sockets at hand: "certain with S", "likely with S" in the catalogue. */
Test(catalog, grades_by_the_kernel_what_only_that_can_tell)
{
    static const struct {
        const char *id;
        enum tws_certainty grade;
    } rows[] = {{"accept-queue-wedge", TWS_CERTAIN}, {"accepted-but-ignored", TWS_LIKELY}};
    size_t found = 0;

    for (size_t k = 0; k < tws_catalog_len; k++) {
        const struct tws_mode *m = &tws_catalog[k];

        for (size_t i = 0; i < 2 && (m->needs & of_the_kernel); i++) {
            if (strcmp(m->id, rows[i].id) != 0)
                continue;
            found++;
            cr_expect_eq(m->grade, rows[i].grade, "%s", m->id);
            cr_expect_eq(m->proves, 0, "%s", m->id);
        }
    }
    cr_expect_eq(found, 2);
}

/* The best grade of a mode is no better than what the wire (or the other sessions) can carry. */
Test(catalog, never_grades_what_the_wire_cannot_carry)
{
    static const struct {
        const char *id;
        enum tws_certainty best;
    } rows[] = {
        {"accept-queue-wedge", TWS_LIKELY},         {"accepted-but-ignored", TWS_CANNOT_TELL},
        {"accept-dialog", TWS_CANNOT_TELL},         {"api-disabled", TWS_CANNOT_TELL},
        {"blocking-modal", TWS_CANNOT_TELL},        {"session-not-authenticated", TWS_CANNOT_TELL},
        {"client-limit", TWS_CANNOT_TELL},          {"relay-accept-then-close", TWS_LIKELY},
        {"localhost-only-refusal", TWS_LIKELY},     {"warming-up", TWS_LIKELY},
        {"login-pending", TWS_CANNOT_TELL},         {"desupported-build", TWS_CANNOT_TELL},
        {"write-access-dialog", TWS_LIKELY},        {"malformed-request-close", TWS_LIKELY},
        {"request-throttled-silently", TWS_LIKELY}, {"quiet-but-healthy", TWS_CANNOT_TELL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_not_null(tws_catalog_find(rows[i].id));
        for (size_t k = 0; k < tws_catalog_len; k++) {
            const struct tws_mode *m = &tws_catalog[k];
            enum tws_certainty best = m->proven_grade > m->grade ? m->proven_grade : m->grade;

            if (strcmp(m->id, rows[i].id) == 0 && !(m->needs & of_the_kernel))
                cr_expect(best <= rows[i].best, "%s", m->id);
        }
    }
}
