/* out.h - a bounded, never-blocking way out of the program for lines.
 *
 * Lines gather in one buffer and leave together, once a turn of the event loop.  A reader that
 * does not keep up (a stopped pager, a terminal that nobody reads, a full pipe) must not stop the
 * relay: what does not fit is dropped whole lines at a time and counted.
 *
 * Files are opened by the rules of open_output.h.  A standard stream is shared with others and may
 * block, whatever poll says; out_own and out_never_wait make its writes safe (std_stream.h). */
#ifndef TWS_OUT_H
#define TWS_OUT_H
#include "open_output.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that a reader may lag behind; more than the longest line.  Pages that are never used cost
 * nothing. */
#define OUT_BUFFER (8u * 1024u * 1024u)

struct out {
    int fd;       /* -1: closed, or its reader has left; lines are counted as lost */
    bool owned;   /* close it at the end */
    bool regular; /* a write never waits for a reader: it may be as large as it likes */
    bool waits;   /* a full buffer waits for its reader: for files, which have time ... */
    const volatile sig_atomic_t *stop; /* ... until this is not 0; borrowed, NULL: for ever */
    bool ours;                         /* private: non-blocking, and shared with nobody */
    bool socket;                       /* private: written by send() */
    bool terminal;                     /* private: EIO says that it is gone */
    bool stuck;       /* private: the reader is behind; not tried again before the next flush */
    bool created;     /* the file was made by us, and may be given away */
    uint32_t chunk;   /* private: the most that one write may take without waiting */
    const char *path; /* borrowed; NULL for a descriptor that we were given; for SIGHUP */
    const char *why;  /* a reason of out_file or out_reopen where errno says too little; static */
    struct output_user user; /* for whom root writes */
    pid_t pump;              /* private: the child that writes for us; 0: none */
    char *buf;               /* owned, OUT_BUFFER bytes */
    size_t head, have;       /* what waits is buf[head] up to buf[have] */
    uint64_t lost;           /* lines that found no room */
    int failed;              /* errno of a failed write, said once; 0: none */
};

/* Standard output, standard error.  False: no memory. */
bool out_stdout(struct out *o);
bool out_stderr(struct out *o);

/* A file, created or truncated.  When `append`, lines go behind what is there, from a new line on
 * where it ends within one.  `user` (NULL: nobody): for whom root writes.  False: errno, and o->why
 * where that says too little (else NULL). */
bool out_file_for(struct out *o, const char *path, bool append, const struct output_user *user);
bool out_file(struct out *o, const char *path, bool append);

/* Writes shall never wait, whoever shares the descriptor.  First out_own, while we still have the
 * right to open a terminal or pipe once more; where it could not be, out_never_wait starts a child
 * that waits in our place, after rights were dropped.  Both do nothing where nothing is needed. */
void out_own(struct out *o);
void out_never_wait(struct out *o);

/* Add one line (a '\n' is added).  Never fails: see `lost`.  Never blocks unless `waits`. */
void out_line(struct out *o, const char *line, size_t len);

/* Write what can be written now without waiting. */
void out_flush(struct out *o);

/* SIGHUP: open `path` anew (append).  False with errno: the old one stays. */
bool out_reopen(struct out *o);

/* Flush, waiting at most `wait_ms` for a slow reader (with `waits` as long as it takes, or until
 * `stop`), and release. */
void out_close(struct out *o, int wait_ms);
#endif
