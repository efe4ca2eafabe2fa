/* source_kind.h - what a kind of source does behind source.h.  Private to capture/. */
#ifndef TWS_SOURCE_KIND_H
#define TWS_SOURCE_KIND_H
#include "source.h"

#define SOURCE_NAME_MAX 256u

struct source_kind {
    enum source_status (*next)(struct source *s, struct packet *out);
    int (*fd)(const struct source *s, uint64_t *every_ns);
    void (*drops)(struct source *s, struct source_drops *out);
    void (*about)(const struct source *s, struct source_about *out);
    void (*close)(struct source *s); /* frees `s` */
};

/* The first member of each kind's own struct. */
struct source {
    const struct source_kind *kind;
    bool loopback;
    char name[SOURCE_NAME_MAX];
    char error[SOURCE_ERROR_MAX];
};

/* Write one line for people to `out`: what cannot be printed becomes '?', so that no name of a file
 * or device can make two lines of it. */
void source_say(char out[SOURCE_ERROR_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif
