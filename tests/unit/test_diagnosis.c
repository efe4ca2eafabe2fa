#include "diagnosis.h"
#include <criterion/criterion.h>
#include <string.h>

/* Reports filled, decided, masked and said in a line. */

Test(diagnosis, is_broken_at_the_first_layer_that_is)
{
    struct diagnosis d = {0};

    diag_works(&d.layers[DIAG_LISTENER], "open");
    diag_broken(&d.layers[DIAG_HANDSHAKE], NULL, TWS_CANNOT_TELL, "silent");
    diag_broken(&d.layers[DIAG_QUEUE], "accept-queue-wedge", TWS_CERTAIN, "%d wait", 3);
    diag_works(&d.layers[DIAG_QUEUE], "stays broken");
    diagnosis_decide(&d);
    cr_expect_eq(d.result, DIAG_BROKEN);
    cr_expect_eq(d.broken_at, DIAG_QUEUE);
    cr_expect_str_eq(d.layers[DIAG_QUEUE].says, "3 wait");
    cr_expect(strstr(d.layers[DIAG_QUEUE].next, "Stop retries") != NULL, "from the catalogue");
    cr_expect_eq(diagnosis_nagios_status(&d), 2);
}

Test(diagnosis, works_when_listener_or_handshake_does)
{
    struct diagnosis d = {0};

    diagnosis_decide(&d);
    cr_expect(d.result == DIAG_CANNOT_TELL && diagnosis_nagios_status(&d) == 3);
    diag_works(&d.layers[DIAG_HANDSHAKE], "fine");
    diagnosis_decide(&d);
    cr_expect(d.result == DIAG_WORKS && diagnosis_nagios_status(&d) == 0);
    diag_attention(&d.layers[DIAG_SOCKETS], "left over");
    diagnosis_decide(&d);
    cr_expect(d.result == DIAG_WORKS && d.attention && diagnosis_nagios_status(&d) == 1);
}

Test(diagnosis, text_of_others_cannot_steer_a_terminal)
{
    struct diag_report r = {0};

    diag_works(&r, "%s", "a\033[2J\xc2\x9b\xff\xc3\xa4z");
    cr_expect_str_eq(r.says, "a?[2J???\xc3\xa4z");
}

Test(diagnosis, text_and_evidence_have_limits)
{
    struct diag_report r = {0};
    char many[2 * DIAG_TEXT];

    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    for (size_t i = 0; i < 3 * DIAG_EVIDENCE; i++)
        diag_add_accounts(&r, TWS_FROM_WIRE, many);
    cr_expect_eq(r.n_evidence, DIAG_EVIDENCE);
    cr_expect_eq(strlen(r.evidence[0].text), DIAG_TEXT - 1);
}

Test(diagnosis, accounts_of_any_form_are_masked_everywhere)
{
    static struct diagnosis d;
    struct mask *m = mask_new(false);

    diag_add(&d.layers[DIAG_PROCESS], TWS_FROM_PROCESS, "said of U7654321 and family_trust");
    diag_add_accounts(&d.layers[DIAG_HANDSHAKE], TWS_FROM_WIRE, "U7654321,family_trust");
    diagnosis_mask(&d, m);
    for (size_t i = 0; i < DIAG_LAYERS; i++)
        for (size_t e = 0; e < d.layers[i].n_evidence; e++) {
            cr_expect_null(strstr(d.layers[i].evidence[e].text, "7654321"));
            cr_expect_null(strstr(d.layers[i].evidence[e].text, "family_trust"));
        }
    mask_free(m);
}
