#include "modes.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_pattern(const struct tws_mode *m, const struct tws_pattern *p)
{
    cr_expect(p->stages != 0, "%s shows nowhere", m->id);
    cr_expect(p->why && strlen(p->why) <= 160, "%s: why", m->id);
    cr_expect(!p->proven_why || (p->proves && strlen(p->proven_why) <= 160), "%s", m->id);
    cr_expect(p->check && strlen(p->check) <= 160, "%s: check", m->id);
    cr_expect_eq((p->needs | p->any) & p->refuted_by, 0, "%s refutes itself", m->id);
    cr_expect(!p->proves || p->proven_grade > p->grade, "%s: proof of nothing", m->id);
    if (p->remedy)
        cr_expect(strlen(p->remedy) <= 160 && strcmp(p->remedy, m->remedy) != 0, "%s", m->id);
}

Test(modes, have_rows_that_can_be_shown)
{
    for (size_t i = 0; i < tws_modes_len; i++) {
        const struct tws_mode *m = &tws_modes[i];

        cr_expect(m->id && m->number >= 1 && m->number <= 55, "row %zu", i);
        cr_expect(m->remedy && strlen(m->remedy) <= 160, "%s: remedy", m->id);
        cr_expect(m->title && strlen(m->title) <= 60, "%s: title", m->id);
        cr_expect(m->title[strlen(m->title) - 1] != '.', "%s: a title is no sentence", m->id);
        cr_expect(m->n_patterns > 0, "%s", m->id);
        for (size_t k = 0; k < m->n_patterns; k++)
            check_pattern(m, &m->pattern[k]);
        cr_expect_eq(tws_modes_find(m->id), m, "%s", m->id);
    }
    cr_expect_null(tws_modes_find("zombie"));
}

Test(modes, are_one_row_each)
{
    for (size_t i = 0; i < tws_modes_len; i++) {
        for (size_t k = 0; k < i; k++)
            cr_expect(tws_modes[i].number != tws_modes[k].number &&
                          strcmp(tws_modes[i].title, tws_modes[k].title) != 0 &&
                          strcmp(tws_modes[i].remedy, tws_modes[k].remedy) != 0,
                      "%s, %s", tws_modes[i].id, tws_modes[k].id);
    }
    cr_expect_eq(tws_modes_len, 55);
}

/* ---- facts ---- */

Test(facts, have_a_name_each)
{
    for (size_t i = 0; i < TWS_FACTS; i++) {
        const struct tws_fact_row *f = &tws_fact_rows[i];

        cr_assert(f->name && f->name[0], "fact %zu", i);
        cr_expect_eq(strspn(f->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(f->name), "%s",
                     f->name);
        cr_expect_eq(f->holds == NULL, i < TWS_SEEN_BITS, "%s", f->name);
        for (size_t k = 0; k < i; k++)
            cr_expect(strcmp(f->name, tws_fact_rows[k].name) != 0, "%s", f->name);
    }
}

Test(modes, holds_all_modes_that_a_handshake_can_show)
{
    static const uint8_t modes[] = {1,  2,  3,  4,  5,  6,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                                    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
                                    34, 35, 36, 37, 39, 40, 41, 42, 44, 45, 46, 47, 51, 52, 53};

    for (size_t i = 0; i < sizeof modes; i++) {
        bool found = false;

        for (size_t k = 0; k < tws_modes_len; k++)
            found = found || tws_modes[k].number == modes[i];
        cr_expect(found, "mode %u", modes[i]);
    }
}

static enum tws_certainty reach_of(const char *id, unsigned sources)
{
    const struct tws_mode *m = tws_modes_find(id);

    cr_assert_not_null(m, "%s", id);
    return tws_modes_reach(m->number, sources);
}

#define WIRE    (1u << TWS_FROM_WIRE)
#define OTHERS  (WIRE | 1u << TWS_FROM_OTHERS)
#define KERNEL  (OTHERS | 1u << TWS_FROM_KERNEL)
#define PROCESS (KERNEL | 1u << TWS_FROM_PROCESS)

/* "certain with S", "likely with S" in the catalogue. */
Test(modes, grades_by_the_kernel_and_by_processes_what_only_those_can_tell)
{
    static const struct {
        const char *id;
        enum tws_certainty others, kernel, process;
    } rows[] = {
        {"accept-queue-wedge", TWS_LIKELY, TWS_CERTAIN, TWS_CERTAIN},
        {"accepted-but-ignored", TWS_CANNOT_TELL, TWS_LIKELY, TWS_LIKELY},
        {"backlog-full", TWS_LIKELY, TWS_CERTAIN, TWS_CERTAIN},
        {"gateway-down", TWS_LIKELY, TWS_LIKELY, TWS_CERTAIN},
        {"wrong-port-or-mode", TWS_CANNOT_TELL, TWS_LIKELY, TWS_LIKELY},
        {"login-pending", TWS_CANNOT_TELL, TWS_CANNOT_TELL, TWS_LIKELY},
        {"host-suspend", TWS_CANNOT_TELL, TWS_LIKELY, TWS_LIKELY},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(reach_of(rows[i].id, OTHERS), rows[i].others, "%s", rows[i].id);
        cr_expect_eq(reach_of(rows[i].id, KERNEL), rows[i].kernel, "%s", rows[i].id);
        cr_expect_eq(reach_of(rows[i].id, PROCESS), rows[i].process, "%s", rows[i].id);
    }
}

static void reach_row(unsigned mode, char *to, size_t size)
{
    static const unsigned steps[] = {WIRE, OTHERS, KERNEL, PROCESS, 1u << TWS_FROM_LOG};
    int n = snprintf(to, size, "%u", mode);

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        n += snprintf(to + n, size - (size_t)n, "\t%s",
                      tws_certainty_name(tws_modes_reach((uint8_t)mode, steps[i])));
    snprintf(to + n, size - (size_t)n, "\n");
}

static void write_reach(void)
{
    FILE *to = fopen(TWSTAP_REACH, "w");
    char row[256];

    cr_assert_not_null(to, "%s", TWSTAP_REACH);
    fputs(
        "# mode, and how sure its rows of diagnosis/modes.c can be with the wire alone, then with "
        "other sessions, the kernel, processes too; and with a log alone\n",
        to);
    for (unsigned mode = 1; mode <= 55; mode++) {
        reach_row(mode, row, sizeof row);
        fputs(row, to);
    }
    fclose(to);
}

/* What the table of test_matrix.py is made from; TWSTAP_UPDATE=1 writes it anew. */
Test(modes, reaches_what_is_written_down)
{
    FILE *kept;
    char line[256], want[256];
    unsigned mode = 0;

    if (getenv("TWSTAP_UPDATE"))
        write_reach();
    kept = fopen(TWSTAP_REACH, "r");
    cr_assert_not_null(kept, "%s", TWSTAP_REACH);
    while (fgets(line, sizeof line, kept)) {
        if (line[0] == '#')
            continue;
        reach_row(++mode, want, sizeof want);
        cr_expect_str_eq(line, want);
    }
    fclose(kept);
    cr_expect_eq(mode, 55);
}

/* The best grade of a mode is no better than what the wire (or the other sessions) can carry. */
Test(modes, never_grades_what_the_wire_cannot_carry)
{
    static const struct {
        const char *id;
        enum tws_certainty best;
    } rows[] = {
        {"accept-queue-wedge", TWS_LIKELY},      {"accepted-but-ignored", TWS_CANNOT_TELL},
        {"accept-dialog", TWS_CANNOT_TELL},      {"api-disabled", TWS_CANNOT_TELL},
        {"blocking-modal", TWS_CANNOT_TELL},     {"session-not-authenticated", TWS_CANNOT_TELL},
        {"client-limit", TWS_CANNOT_TELL},       {"relay-accept-then-close", TWS_LIKELY},
        {"localhost-only-refusal", TWS_LIKELY},  {"warming-up", TWS_LIKELY},
        {"wrong-port-or-mode", TWS_CANNOT_TELL}, {"login-pending", TWS_CANNOT_TELL},
        {"desupported-build", TWS_CANNOT_TELL},  {"write-access-dialog", TWS_LIKELY},
        {"malformed-request-close", TWS_LIKELY}, {"request-throttled-silently", TWS_LIKELY},
        {"quiet-but-healthy", TWS_CANNOT_TELL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(reach_of(rows[i].id, OTHERS) <= rows[i].best, "%s", rows[i].id);
}
