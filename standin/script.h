/* script.h - what a scenario does, as values: each row of the table in scenario.c. */
#ifndef STANDIN_SCRIPT_H
#define STANDIN_SCRIPT_H
#include "standin.h"

enum standin_on_accept {
    STANDIN_SERVE, /* read what comes */
    STANDIN_NEVER, /* leave connections in the kernel's queue */
    STANDIN_UNREAD,
    STANDIN_CLOSE,
};

enum standin_on_hello {
    STANDIN_REPLY, /* with the version */
    STANDIN_MUTE,
    STANDIN_LEAVE,
    STANDIN_RESET,
    STANDIN_REDIRECT,
    STANDIN_NOT_TWS,
};

/* What answers startApi; a set of bits.  None: nothing does. */
enum standin_welcome {
    STANDIN_ACCOUNTS = 1 << 0,
    STANDIN_EMPTY_ACCOUNTS = 1 << 1,
    STANDIN_NEXT_ID = 1 << 2,
    STANDIN_FARMS = 1 << 3,
    STANDIN_ID_IN_USE = 1 << 4, /* error 326 and a close, in place of all else */
    STANDIN_WELL = STANDIN_ACCOUNTS | STANDIN_NEXT_ID | STANDIN_FARMS,
};

enum standin_live_end {
    STANDIN_LASTS,
    STANDIN_STALLS, /* goes on reading, says no more */
    STANDIN_LOSES,  /* notice 1100, then as above */
};

struct standin_script {
    enum standin_on_accept on_accept;
    enum standin_on_hello on_hello;
    uint32_t welcome; /* enum standin_welcome bits */
    enum standin_live_end live_end;
    double delay; /* seconds, unless the user says otherwise; what waits for it is said below */
    double version_after, welcome_after, end_after; /* in delays: after the hello, after startApi,
                                                     * after the welcome */
    uint32_t answers; /* the live end also comes after so many answers; 0: by time alone */
    bool drip;        /* each byte a send of its own */
};

/* NULL: no such scenario. */
const struct standin_scenario *standin_scenario_find(const char *name);
#endif
