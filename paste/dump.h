/* dump.h - lines of xxd, hexdump -C and tshark -x: a place, bytes, and the text of these.
 *
 *     00000010: 3900 3100  9.1.        00000010  39 00 31 00  |9.1.|      0010  39 00 31 00   9.1.
 */
#ifndef PASTE_DUMP_H
#define PASTE_DUMP_H
#include "bytes.h"
#include "rest.h"

#define DUMP_ROW_MAX 256u /* bytes of a line */

struct dump_row {
    size_t place, n; /* where its bytes stand, and how many they are */
    uint8_t bytes[DUMP_ROW_MAX];
    bool alone; /* nothing but the place, as at the end of hexdump's */
    bool xxd;   /* a colon behind the place */
};

/* Is it such a line?  *dir is set by a mark in front. */
bool dump_row_read(struct rest line, struct dump_row *row, enum tws_side *dir);

/* hexdump's way to say that lines are left out which are as the one before. */
bool dump_is_squeezed(struct rest line);
#endif
