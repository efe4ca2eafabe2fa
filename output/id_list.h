/* id_list.h - the account ids of a list: between commas, and where a slash follows one, a number
 * behind it is its share of an order and no id. */
#ifndef TWS_ID_LIST_H
#define TWS_ID_LIST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_list {
    const uint8_t *text; /* borrowed */
    size_t len;
    size_t at;   /* the rest begins there; 0 at first */
    bool behind; /* a slash stands in front of it */
};

/* The next id: `len` bytes from *from on; they may be none.  False: there is no further one. */
bool id_list_next(struct id_list *l, size_t *from, size_t *len);
#endif
