/* guard.h - bytes that end at a page nobody may read: one over-read, one crash. */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H
#include <stddef.h>
#include <stdint.h>

/* A copy of `n` bytes whose end is the end of what may be read; give it back with unguard. */
const uint8_t *guarded(const void *p, size_t n);

/* `p` and `n` as guarded() returned and took them. */
void unguard(const uint8_t *p, size_t n);
#endif
