/* notice.h - what kind of news a code of message 4 is. */
#ifndef TWS_NOTICE_H
#define TWS_NOTICE_H
#include <stdbool.h>
#include <stdint.h>

enum tws_notice_class {
    TWS_CLASS_UNKNOWN,
    TWS_CLASS_SYSTEM,
    TWS_CLASS_CONNECTIVITY,
    TWS_CLASS_PACING,
    TWS_CLASS_ORDER_REJECT,
    TWS_CLASS_MARKET_DATA,
    TWS_CLASS_CLIENT,
    TWS_CLASS_WARNING,
    TWS_CLASSES,
};

enum tws_notice_class tws_notice_class(int64_t code);

/* "system_notice", "connectivity", ...; "unknown" for a code outside the table. */
const char *tws_notice_class_name(enum tws_notice_class c);

/* Does this code, without an id, say that a request was refused?  Those that a gateway gives while
 * it reads, validates or processes one. */
bool tws_notice_refuses(int64_t code);

/* Does this code end the request that the message names?  Warnings and notices do not. */
bool tws_notice_ends_request(int64_t code);
#endif
