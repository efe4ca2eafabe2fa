/* search.h - account ids in text that may quote one: ids that are known, and what has the form of
 * one.
 *
 * By its form an id is one to three capital letters, then five to nine digits, standing alone ('_'
 * does not make it part of a word).  The form that only IB's ids have is found in more company
 * (known_ib_letters).  In names of instruments, which may look like ids, only those count that
 * begin as IB's do: U, F, I, or these behind a D. */
#ifndef TWS_SEARCH_H
#define TWS_SEARCH_H
#include "known.h"

/* What is searched.  Borrowed for the call; the text may be changed by `hit` where it was hit. */
struct search {
    const struct known *known;
    const char *text;
    size_t len;
    enum known_in in; /* of all of it, unless there is a `field` */
    bool lengths;     /* protobuf: an id's length stands in front of it */
    bool open;        /* more of it may follow: what may be the beginning of a known id counts */
    /* For fields that lie one behind the other: asked, only where something is found and with
     * growing places in each of two passes, for the field that holds text[at].  NULL: there are no
     * fields. */
    struct known_text (*field)(void *ctx, size_t at);
    void *field_ctx;
    /* Bytes from text[at] on that are masked already, and are not searched; 0: none.  NULL: none
     * are anywhere. */
    size_t (*masked)(void *ctx, size_t at);
    /* An id of `len` bytes stands at `at`; the first `kept` are letters that may stay. */
    void (*hit)(void *ctx, size_t at, size_t len, size_t kept);
    void *ctx; /* of both */
};

/* Find all: first what is known, which may be longer than what has the form. */
void search_ids(const struct search *s);

/* May there be anything that search_ids would find?  Much cheaper. */
bool search_may_find(const struct known *k, const char *text, size_t len);
/* Letters in front of a word of `len` letters and digits if it has the form of an id, or may be the
 * beginning of one; 0: it has not. */
size_t search_begins(const uint8_t *word, size_t len);
#endif
