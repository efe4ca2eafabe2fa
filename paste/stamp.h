/* stamp.h - dates and times in front of what a log says.
 *
 * Read are "2026-11-24 13:03:05.123", with a 'T', '/' or nothing between, a fraction behind '.',
 * ',' or ':' (as TWS writes it), "Z" or an offset; a time of day alone; seconds of the epoch with a
 * fraction.  A time without a zone counts as UTC: a log's times are only compared with each other.
 */
#ifndef PASTE_STAMP_H
#define PASTE_STAMP_H
#include "rest.h"
#include <stdint.h>

enum stamp_kind {
    STAMP_NONE,
    STAMP_DAY, /* the time of a day that is not told */
    STAMP_DATE,
};

struct stamp {
    enum stamp_kind kind;
    uint64_t ns; /* since the epoch, or since midnight */
    bool colon;  /* its fraction stands behind a colon */
};

/* The characters of a stamp at the front; 0: none is there, and *out is of kind NONE. */
size_t stamp_read(struct rest r, struct stamp *out);

/* The first stamp that begins within the first `near` characters of a line. */
void stamp_find(struct rest line, size_t near, struct stamp *out);
#endif
