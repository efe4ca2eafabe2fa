/* seen.h - what was seen in the streams of a session, one bit each.
 *
 * The tracker keeps them, and they are the first of the facts that a verdict is made from: what
 * else these are stands in diagnosis/facts.h, which counts on where this ends. */
#ifndef TWS_SEEN_H
#define TWS_SEEN_H
#include <stdint.h>

typedef uint32_t tws_seen_bits;

enum tws_seen_bit {
    TWS_F_HELLO,   /* a whole hello */
    TWS_F_VERSION, /* a version reply, a redirect too */
    TWS_F_STARTAPI,
    TWS_F_NEXT_ID,         /* nextValidId */
    TWS_F_ACCOUNTS,        /* managedAccounts with at least one account */
    TWS_F_REQUEST,         /* a frame of the client after startApi */
    TWS_F_ACCOUNTS_EMPTY,  /* managedAccounts came and held none */
    TWS_F_LEGACY,          /* the hello was of the old kind */
    TWS_F_CLIENT_FOREIGN,  /* the client speaks another protocol */
    TWS_F_GATEWAY_FOREIGN, /* the gateway's side does */
    TWS_F_TLS,             /* one of them speaks TLS */
    TWS_F_TLS_BOTH,        /* both do, and so understand each other */
    TWS_F_FRAMING,         /* a client frame in a form the negotiated version does not have */
    TWS_F_REDIRECT,
    TWS_F_RATE,          /* code 100 */
    TWS_F_ID_IN_USE,     /* code 326 */
    TWS_F_LOST,          /* 1100 or 2110, and neither 1101 nor 1102 since */
    TWS_F_DATA_LOST,     /* code 1101 */
    TWS_F_PORT_CHANGED,  /* code 1300 */
    TWS_F_VERSION_CODE,  /* codes 357, 503, 505 to 508 */
    TWS_F_READ_ONLY,     /* code 321 that speaks of read-only */
    TWS_F_FARM_LOST,     /* 2103, 2105 or 2157, and no farm of its kind came back since */
    TWS_F_COMPETING,     /* code 10197 */
    TWS_F_BAD_REQUEST,   /* codes 320 to 323 */
    TWS_F_LATE,          /* the answer came after the client had closed */
    TWS_F_TIME_TWICE,    /* reqCurrentTime twice within a second */
    TWS_F_DEAF,          /* the client asked again what was answered by a run of 4096 bytes */
    TWS_F_OWED_AT_CLOSE, /* a request had waited too long when the client closed */
    TWS_F_DIALING,       /* the connection to the gateway is not there yet */
    TWS_SEEN_BITS,
};

#define TWS_SAW(name) ((tws_seen_bits)1 << TWS_F_##name)

_Static_assert(TWS_SEEN_BITS <= 32, "what is seen fits one word");
#endif
