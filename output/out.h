/* out.h - a bounded, never-blocking way out of the program for lines.
 *
 * Lines gather in one buffer and leave together, once a turn of the event loop.  A reader that
 * does not keep up (a stopped pager, a full pipe) must not stop the relay: what does not fit is
 * dropped whole lines at a time and counted. */
#ifndef TWS_OUT_H
#define TWS_OUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUT_BUFFER (1024u * 1024u) /* bytes: what a reader may lag behind */

struct out {
    int fd;            /* -1: closed; writes are counted as lost */
    bool owned;        /* close it at the end */
    bool regular;      /* a plain file: write may be as large as it likes */
    const char *path;  /* borrowed; NULL for standard output; for SIGHUP */
    char *buf;         /* owned, OUT_BUFFER bytes */
    size_t head, have; /* bytes already written from the front; bytes in the buffer */
    uint64_t lost;     /* lines that found no room */
    int failed;        /* errno of a failed write, said once; 0: none */
};

/* Standard output.  False: no memory. */
bool out_stdout(struct out *o);

/* A file, created or truncated (append when `append`).  False with errno. */
bool out_file(struct out *o, const char *path, bool append);

/* Add one line (a '\n' is added).  Never blocks, never fails: see `lost`. */
void out_line(struct out *o, const char *line, size_t len);

/* Write what can be written now without waiting. */
void out_flush(struct out *o);

/* SIGHUP: open `path` anew (append).  False with errno: the old one stays. */
bool out_reopen(struct out *o);

/* Flush, waiting at most `wait_ms` for a slow reader, and release. */
void out_close(struct out *o, int wait_ms);
#endif
