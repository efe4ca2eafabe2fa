/* meaning.h - a message in one line, as a trader would say it.
 *
 * What is said stands in the message's row (`says` in schema.h) as a text with places for values:
 *
 *   {name}     the value of that name, in the message itself or in what it holds; "-" if it has
 * none {name~}    in words, where it has words (tickType: BID), else as it is {name!}    no value
 * if it is zero, "0" or "?" {name#}    how many items the list of that name has {a|b}      the
 * first of these that has a value [ ... ]    only if everything in it has a value */
#ifndef TWS_MEANING_H
#define TWS_MEANING_H
#include "message.h"

#define MEANING_MAX 512u /* bytes; what is longer is cut */

/* Bytes written to `to`, not made harmless for a terminal and without a NUL.  0: there is nothing
 * to say, or no row.  *faults: TWS_FAULT_WIRE where the walk for it met that. */
size_t meaning(const struct tws_message *m, char to[MEANING_MAX], uint32_t *faults);
#endif
