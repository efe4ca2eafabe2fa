/* heap.h - who is due first.
 *
 * A binary heap of entries that live inside what they belong to; an entry knows its place, so that
 * it can be moved or taken out.  Grows with what is put in; the caller bounds that. */
#ifndef TWS_HEAP_H
#define TWS_HEAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    uint64_t at;  /* when it is due */
    size_t place; /* private: 1-based; 0: not in the heap */
};

struct heap {
    struct heap_entry **entry; /* owned */
    size_t n, cap;
};

/* The entry that is due first; NULL: none. */
static inline struct heap_entry *heap_first(const struct heap *h)
{
    return h->n ? h->entry[0] : NULL;
}

/* Put `e` in, or move it, to be due `at`.  False: no memory; it is then not in the heap. */
bool heap_put(struct heap *h, struct heap_entry *e, uint64_t at);

/* Take `e` out; nothing happens when it is not in. */
void heap_drop(struct heap *h, struct heap_entry *e);
void heap_free(struct heap *h);
#endif
