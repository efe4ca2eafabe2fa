/* upstream.h - what a gateway says of its own links: the one to IB, and those to the data farms.
 *
 * It says so in notices (message 4, codes 1100 to 1102, 2103 to 2108, 2110, 2119, 2157, 2158), to
 * each client.  Bounded: farms beyond TWS_FARMS_MAX are not followed. */
#ifndef TWS_UPSTREAM_H
#define TWS_UPSTREAM_H
#include "bytes.h"

#define TWS_FARMS_MAX 16u
#define TWS_FARM_NAME 16u

enum tws_link {
    TWS_LINK_UNKNOWN, /* nothing was said: so it is in a session that goes well */
    TWS_LINK_LOST,    /* 1100, or 2110 between TWS and its server */
    TWS_LINK_KEPT,    /* 1102: back, with the subscriptions */
    TWS_LINK_EMPTY,   /* 1101: back, and the subscriptions are lost */
};

/* "unknown", "lost", "restored", "restored without data". */
const char *tws_link_name(enum tws_link l);

enum tws_farm_state { TWS_FARM_OK, TWS_FARM_BROKEN, TWS_FARM_CONNECTING, TWS_FARM_IDLE };

/* "ok", "broken", "connecting", "idle". */
const char *tws_farm_state_name(enum tws_farm_state s);

struct tws_farm {
    char name[TWS_FARM_NAME]; /* "usfarm"; printable, cut where it is longer */
    uint8_t kind;             /* private: market data, historical data, security definitions */
    uint8_t state;            /* enum tws_farm_state */
    uint64_t since_ns;
};

/* All zero: nothing was said yet. */
struct tws_upstream {
    uint8_t link; /* enum tws_link */
    uint8_t n;
    uint64_t link_ns; /* since when */
    struct tws_farm farm[TWS_FARMS_MAX];
};

/* Does this code speak of a link? */
bool tws_upstream_concerns(int64_t code);

/* A notice.  Returns the farm that it speaks of; NULL: of none, or of one too many. */
const struct tws_farm *tws_upstream_note(struct tws_upstream *u, int64_t code,
                                         struct tws_cursor text, uint64_t now);

/* How many farms are in this state; *first (may be NULL): the one that has been longest. */
uint32_t tws_upstream_count(const struct tws_upstream *u, enum tws_farm_state state,
                            const struct tws_farm **first);
#endif
