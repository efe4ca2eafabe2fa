/* items.h - what a stream gives, as text: two ways of cutting are the same when the texts are. */
#ifndef TEST_ITEMS_H
#define TEST_ITEMS_H
#include "stream.h"

#define ITEMS_MAX 16384

/* Feed `n` bytes as chunks of `first` bytes, then of `piece` bytes (0: all the rest), each in
 * memory that ends at a guard page and is taken away after it, and write one line an item to `out`:
 * "hello 100..176 [text]", "legacy 66 [66]", "frame N [bytes]", "opaque WHY FOREIGN LENGTH". */
void items_of(enum tws_side side, uint32_t max_frame, const void *bytes, size_t n, size_t first,
              size_t piece, char out[ITEMS_MAX]);
#endif
