#include "ids.h"
#include "lines.h"
#include "schema.h"
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Names of ids that are hard to make from the official names. */
_Static_assert(TWS_OUT_REQ_PNL_SINGLE == 94, "reqPnLSingle");
_Static_assert(TWS_OUT_CANCEL_PNL == 93, "cancelPnL");
_Static_assert(TWS_IN_PNL == 94, "pnl");
_Static_assert(TWS_OUT_REQ_SEC_DEF_OPT_PARAMS == 78, "reqSecDefOptParams");
_Static_assert(TWS_IN_REALTIME_BAR == 50, "realtimeBar");
_Static_assert(TWS_IN_TICK_EFP == 47, "tickEFP");
_Static_assert(TWS_IN_UPDATE_MKT_DEPTH_L2 == 13, "updateMktDepthL2");
_Static_assert(TWS_IN_REPLACE_FA_END == 103, "replaceFAEnd");
_Static_assert(TWS_OUT_REQUEST_FA == 18, "requestFA");
_Static_assert(TWS_IN_VERIFY_AND_AUTH_MESSAGE_API == 69, "verifyAndAuthMessageAPI");

/* The generated header, line by line: `    TWS_IN_TICK_PRICE = 1,`. */
struct constant {
    char name[96]; /* without prefix and underscores, in small letters */
    unsigned id;
};

static size_t read_constants(const char *prefix, struct constant *out, size_t most)
{
    FILE *f = fopen(TWSTAP_IDS, "r");
    size_t n = 0, len = strlen(prefix);
    char line[256], name[128];
    unsigned id;

    cr_assert_not_null(f, "%s", TWSTAP_IDS);
    while (fgets(line, sizeof line, f)) {
        size_t k = 0;

        if (sscanf(line, " %127[A-Z0-9_] = %u,", name, &id) != 2 || strncmp(name, prefix, len) != 0)
            continue;
        cr_assert_lt(n, most);
        for (const char *p = name + len; *p; p++)
            if (*p != '_')
                out[n].name[k++] = (char)tolower((unsigned char)*p);
        out[n].name[k] = '\0';
        out[n++].id = id;
    }
    fclose(f);
    return n;
}

static void compare(const char *prefix, const char *path)
{
    static struct constant all[2 * TWS_ID_LIMIT];
    size_t n = read_constants(prefix, all, sizeof all / sizeof all[0]), seen = 0;
    FILE *f = protocol_open(path);
    char *line;

    next_line(f);
    while ((line = next_line(f))) {
        char id[16], name[64];
        size_t hits = 0;

        cr_assert(tab_field(line, 0, id, sizeof id) && tab_field(line, 2, name, sizeof name));
        for (char *p = name; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        for (size_t i = 0; i < n; i++) {
            if (strcmp(all[i].name, name) != 0)
                continue;
            hits++;
            cr_expect_eq(all[i].id, strtoul(id, NULL, 10), "%s", name);
        }
        cr_expect_eq(hits, 1, "%s%s: %zu constants", prefix, name, hits);
        seen++;
    }
    fclose(f);
    cr_expect_eq(n, seen, "%s: %zu constants for %zu messages", prefix, n, seen);
}

Test(ids, are_those_of_the_message_lists)
{
    compare("TWS_IN_", "incoming.tsv");
    compare("TWS_OUT_", "outgoing.tsv");
}
