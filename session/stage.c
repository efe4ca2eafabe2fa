/* stage.c - the stages as rows: who owes, what each waits for. */
#include "stage.h"

/* Who owes the next bytes, and what must have been seen to go on.  Once live, requests decide who
 * owes. */
static const struct rule {
    const char *name;
    tws_seen_bits until; /* all of these; 0: the last stage */
    enum tws_side owes;
    enum tws_stage next;
} rules[TWS_STAGES] = {
    [TWS_STAGE_NONE] = {"none", 0, TWS_NOBODY, TWS_STAGE_NONE},
    [TWS_TCP] = {"tcp", TWS_SAW(HELLO), TWS_CLIENT, TWS_HELLO},
    [TWS_HELLO] = {"hello", TWS_SAW(VERSION), TWS_GATEWAY, TWS_VERSION},
    [TWS_VERSION] = {"version", TWS_SAW(STARTAPI), TWS_CLIENT, TWS_START},
    [TWS_START] = {"start", TWS_SAW(NEXT_ID) | TWS_SAW(ACCOUNTS), TWS_GATEWAY, TWS_READY},
    [TWS_READY] = {"ready", TWS_SAW(REQUEST), TWS_NOBODY, TWS_LIVE},
    [TWS_LIVE] = {"live", 0, TWS_NOBODY, TWS_STAGE_NONE},
};

const char *tws_stage_name(enum tws_stage s)
{
    return rules[s].name;
}

enum tws_side tws_stage_owes(enum tws_stage s)
{
    return rules[s].owes;
}

enum tws_stage tws_stage_next(enum tws_stage s, tws_seen_bits seen)
{
    const struct rule *r = &rules[s];

    if (!r->until || (seen & r->until) != r->until)
        return TWS_STAGE_NONE;
    return r->next;
}
