#include "script.h"
#include <string.h>

/* A scenario is a row.  `shows` is in the words of the catalogue of silences. */
#define SCRIPT(...)                                                                                \
    .script = &(const struct standin_script)                                                       \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct standin_scenario standin_scenarios[] = {
    {"healthy", "answers the handshake, start-up, a contract, ticks", "healthy",
     SCRIPT(.welcome = STANDIN_WELL)},
    {"accept-silent", "accepts and reads the hello, never answers it", "hello-unanswered",
     SCRIPT(.on_hello = STANDIN_MUTE)},
    {"accept-close", "accepts and closes at once, before any byte", "closed-by-gateway",
     SCRIPT(.on_accept = STANDIN_CLOSE)},
    {"never-accept", "never accepts: clients wait in the kernel's queue",
     "hello-unanswered, mode accept-queue-wedge", SCRIPT(.on_accept = STANDIN_NEVER)},
    {"never-read", "accepts and never reads", "hello-unanswered, mode accepted-but-ignored",
     SCRIPT(.on_accept = STANDIN_UNREAD)},
    {"version-silent", "answers the hello, never startApi", "startapi-unanswered",
     SCRIPT(.welcome = 0)},
    {"half-welcome", "sends managedAccounts, never nextValidId",
     "partial-startup, mode half-welcome", SCRIPT(.welcome = STANDIN_ACCOUNTS | STANDIN_FARMS)},
    {"no-accounts", "welcomes with an empty list of accounts",
     "partial-startup, mode empty-accounts",
     SCRIPT(.welcome = STANDIN_EMPTY_ACCOUNTS | STANDIN_NEXT_ID | STANDIN_FARMS)},
    {"client-id-in-use", "answers startApi with error 326 and closes",
     "startapi-unanswered, mode client-id-in-use", SCRIPT(.welcome = STANDIN_ID_IN_USE)},
    {"slow-welcome", "late but well: the welcome takes --delay, the version a third",
     "healthy, after a silence that recovers",
     SCRIPT(.welcome = STANDIN_WELL, .delay = 3.5, .version_after = 0.34, .welcome_after = 1)},
    {"close-after-hello", "reads the hello and closes", "closed-by-gateway",
     SCRIPT(.on_hello = STANDIN_LEAVE)},
    {"reset-after-hello", "reads the hello and resets the connection", "reset",
     SCRIPT(.on_hello = STANDIN_RESET)},
    {"redirect", "answers the hello with another address", "version-rejected, mode redirect",
     SCRIPT(.on_hello = STANDIN_REDIRECT)},
    {"not-tws", "answers the hello as a web server would",
     "hello-unanswered, mode foreign-protocol", SCRIPT(.on_hello = STANDIN_NOT_TWS)},
    {"drip", "healthy, one byte at a time", "healthy",
     SCRIPT(.welcome = STANDIN_WELL, .drip = true)},
    {"upstream-lost", "notice 1100 after --delay or three answers, then nothing",
     "live-request-unanswered, mode upstream-lost",
     SCRIPT(.welcome = STANDIN_WELL, .live_end = STANDIN_LOSES, .delay = 1, .end_after = 1,
            .answers = 3)},
    {"live-stall", "healthy for --delay, then reads on and says nothing",
     "live-request-unanswered or live-gateway-quiet",
     SCRIPT(.welcome = STANDIN_WELL, .live_end = STANDIN_STALLS, .delay = 1.5, .end_after = 1)},
};
const size_t standin_scenarios_len = sizeof standin_scenarios / sizeof standin_scenarios[0];

const struct standin_scenario *standin_scenario_find(const char *name)
{
    for (size_t i = 0; i < standin_scenarios_len; i++)
        if (strcmp(standin_scenarios[i].name, name) == 0)
            return &standin_scenarios[i];
    return NULL;
}
