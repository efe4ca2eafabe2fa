#include "heap.h"
#include <stdlib.h>

static void set(struct heap *h, size_t i, struct heap_entry *e)
{
    h->entry[i] = e;
    e->place = i + 1;
}

static void up(struct heap *h, size_t i)
{
    struct heap_entry *e = h->entry[i];

    for (size_t above; i > 0 && h->entry[above = (i - 1) / 2]->at > e->at; i = above)
        set(h, i, h->entry[above]);
    set(h, i, e);
}

static void down(struct heap *h, size_t i)
{
    struct heap_entry *e = h->entry[i];

    for (;;) {
        size_t below = 2 * i + 1;

        if (below + 1 < h->n && h->entry[below + 1]->at < h->entry[below]->at)
            below++;
        if (below >= h->n || h->entry[below]->at >= e->at)
            break;
        set(h, i, h->entry[below]);
        i = below;
    }
    set(h, i, e);
}

bool heap_put(struct heap *h, struct heap_entry *e, uint64_t at)
{
    if (!e->place) {
        if (h->n == h->cap) {
            size_t cap = h->cap ? 2 * h->cap : 64;
            struct heap_entry **more = realloc(h->entry, cap * sizeof(struct heap_entry *));

            if (!more)
                return false;
            h->entry = more;
            h->cap = cap;
        }
        set(h, h->n++, e);
    }
    e->at = at;
    up(h, e->place - 1);
    down(h, e->place - 1);
    return true;
}

void heap_drop(struct heap *h, struct heap_entry *e)
{
    size_t i = e->place - 1;

    if (!e->place)
        return;
    e->place = 0;
    h->n--;
    if (i == h->n)
        return;
    set(h, i, h->entry[h->n]);
    up(h, i);
    down(h, i);
}

void heap_free(struct heap *h)
{
    free(h->entry);
    *h = (struct heap){0};
}
