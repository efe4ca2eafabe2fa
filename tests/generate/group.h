/* group.h - the connections of one gateway port, and what is true of each. */
#ifndef GENERATE_GROUP_H
#define GENERATE_GROUP_H
#include "behaviour.h"

#define GROUP_MOST 34u /* connections */

struct group {
    struct film film;
    struct random random;
    uint64_t number, start_ns;
    uint32_t gateway, client; /* addresses */
    bool tail;                /* the capture ends with it */
    struct talk talks[GROUP_MOST];
    struct truth truths[GROUP_MOST];
    size_t n; /* connections */
};

/* Draws a script and plays it; `tail`: it is the last of its capture. */
void group_make(struct group *g, uint64_t seed, uint64_t number, uint64_t start_ns, bool tail);

/* The next connection of the group, from `start_ns` on; its truth is empty.  Aborts when there are
 * too many. */
struct talk *group_connection(struct group *g, uint64_t start_ns);

/* A name of what is played, for the truth of the connection made last. */
void group_script(struct truth *truth, const char *name);

void group_free(struct group *g);

/* How a capture sees a connection. */
struct seen_row {
    const char *name, *source;
};

extern const struct seen_row seen_rows[];
extern const size_t n_seen_rows;

/* Scripts of several connections that are about one thing (together.c). */
struct together {
    const char *name, *source;
    unsigned weight;
    void (*play)(struct group *g);
};

extern const struct together together[];
extern const size_t n_together;
#endif
