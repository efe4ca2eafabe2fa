/* encodings.h - bytes in hex and in base64. */
#ifndef PASTE_ENCODINGS_H
#define PASTE_ENCODINGS_H
#include "reading.h"
#include "rest.h"

/* Pairs of hex digits, with blanks, commas, colons, dashes and "0x" between them.  False: it is no
 * hex; `out` says why only where it cannot be anything else. */
bool encodings_hex(struct reading *out, struct rest r);

/* Base64 of either alphabet, with or without its padding. */
bool encodings_base64(struct reading *out, struct rest r);

/* Is it meant to be hex, whether or not it can be read?  `sure`: something else says that bytes
 * are here, so that pairs of digits alone are enough. */
bool encodings_looks_hex(struct rest r, bool sure);
#endif
