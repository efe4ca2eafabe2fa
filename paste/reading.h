/* reading.h - where the bytes of a line go while it is read, and why it cannot be.
 *
 * Readers write at most as many bytes as they are given characters, and 8: the owner makes room for
 * that before. */
#ifndef PASTE_READING_H
#define PASTE_READING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READING_ROOM 8u /* bytes beyond the characters that are read */

struct reading {
    uint8_t *bytes; /* borrowed */
    size_t n;
    const char *why; /* it cannot be read: static; NULL: what it is not is told by others */
    size_t at;       /* 1-based place of that in what was given */
};

static inline bool reading_wrong(struct reading *r, const char *why, size_t at)
{
    r->why = why;
    r->at = at;
    return false;
}
#endif
