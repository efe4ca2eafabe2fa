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

/* Bytes that a reader may lag behind; more than the longest line.  Pages that are never used cost
 * nothing. */
#define OUT_BUFFER (8u * 1024u * 1024u)

struct out {
    int fd;            /* -1: closed, or its reader has left; lines are counted as lost */
    bool owned;        /* close it at the end */
    bool regular;      /* a write never waits for a reader: it may be as large as it likes */
    bool waits;        /* a full buffer waits for its reader: for files, which have time */
    bool stuck;        /* private: the reader is behind; not tried again before the next flush */
    uint32_t chunk;    /* private: the most that one write may take without waiting */
    const char *path;  /* borrowed; NULL for standard output; for SIGHUP */
    char *buf;         /* owned, OUT_BUFFER bytes */
    size_t head, have; /* what waits is buf[head] up to buf[have] */
    uint64_t lost;     /* lines that found no room */
    int failed;        /* errno of a failed write, said once; 0: none */
};

/* Standard output.  False: no memory. */
bool out_stdout(struct out *o);

/* A file, created or truncated (append when `append`).  False with errno; ENXIO: a named pipe that
 * nobody reads. */
bool out_file(struct out *o, const char *path, bool append);

/* Add one line (a '\n' is added).  Never fails: see `lost`.  Never blocks unless `waits`. */
void out_line(struct out *o, const char *line, size_t len);

/* Write what can be written now without waiting. */
void out_flush(struct out *o);

/* SIGHUP: open `path` anew (append).  False with errno: the old one stays. */
bool out_reopen(struct out *o);

/* Flush, waiting at most `wait_ms` for a slow reader (with `waits` as long as it takes), and
 * release. */
void out_close(struct out *o, int wait_ms);
#endif
