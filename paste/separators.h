/* separators.h - payloads whose NULs a log has written as another character.
 *
 * Fields may hold that character too: "4,2,-1,2104,Connection is OK, again," and, where '-' stands
 * for NUL, every negative number.  What is likely is tried first (a comma and a blank are text,
 * "--1" is NUL and -1), and the schema decides: the reading that makes a whole message holds. Where
 * several do, or none, the reading is a guess. */
#ifndef PASTE_SEPARATORS_H
#define PASTE_SEPARATORS_H
#include "bytes.h"
#include "reading.h"
#include "rest.h"

/* How a log ends what it writes. */
enum separators_end {
    SEPARATORS_LAST,   /* the last NUL is written too */
    SEPARATORS_OPEN,   /* it is left out */
    SEPARATORS_EITHER, /* some versions of the library write it: the schema decides */
};

/* The payload of these characters, by the layouts of `version` (0: not known).  *guess: set if
 * another reading is as good, else left as it is. */
void separators_read(struct reading *out, struct rest r, char separator, enum separators_end end,
                     enum tws_side dir, uint32_t version, bool *guess);
#endif
