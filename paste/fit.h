/* fit.h - does a payload make sense as a message?  By this, one of several readings is chosen. */
#ifndef PASTE_FIT_H
#define PASTE_FIT_H
#include "bytes.h"

enum fit {
    FIT_NOT,   /* no known message */
    FIT_ODD,   /* one whose fields are too few, too many, or of the wrong kind */
    FIT_WHOLE, /* a message, a version reply or a hello, complete */
};

/* `version`: the server version, 0: not known, and the best of several holds.  `dir`: TWS_NOBODY
 * for either side. */
enum fit fit_of(enum tws_side dir, uint32_t version, struct tws_cursor payload);

/* Is it a version reply that nothing else looks like: "178", "20261124 13:03:05 EST"? */
bool fit_is_version_reply(struct tws_cursor payload);

/* Is it a hello, with "API" and a length in front or without them? */
bool fit_is_hello(struct tws_cursor bytes);

/* Can a payload or a frame begin so?  With a digit, the 3 NULs of a raw id or a length, or as a
 * hello. */
bool fit_begins(struct tws_cursor bytes);
#endif
