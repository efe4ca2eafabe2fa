/* record_file.h - a recording on its way to a file: whole blocks, bounded, never waiting.
 *
 * Blocks gather in one buffer and leave together.  A regular file is written at once, so nothing is
 * lost; a pipe's reader that does not keep up costs whole packets, which are counted.  What reaches
 * a file ends at the end of a block: a program that is killed leaves a readable recording.
 *
 * A recording destroys no other one.  Where FILE exists and is not empty, or another twstap writes
 * to it, the new recording gets a name beside it, with the time at which it began (record_name.h);
 * `path` says which.  With `overwrite` FILE is emptied instead.  Files are opened by the rules of
 * open_output.h, with mode 0600.
 *
 * Rotation: the file being written always has the name it was given.  When it is full or old
 * enough, FILE.pcapng becomes FILE.1.pcapng, FILE.1.pcapng becomes FILE.2.pcapng and so on; of
 * `keep` files in all the oldest is deleted, as are those that an earlier run with a larger `keep`
 * has left next to it.  A FILE that an earlier run has left becomes FILE.1.pcapng at the start. The
 * number stands before the last dot of the name, at its end if there is none.  Each file is
 * complete in itself.  Only recordings that twstap wrote (their section's application and comment
 * say so) and that belong to us, or to the user that root works for, are moved or deleted: where
 * another file has one of the names, opening fails, and a rotation stops the recording. */
#ifndef TWS_RECORD_FILE_H
#define TWS_RECORD_FILE_H
#include "open_output.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define RECORD_BUFFER   (4u * 1024u * 1024u) /* bytes; pages never used cost nothing */
#define RECORD_FLUSH    (256u * 1024u)       /* with so much held, the next turn writes it */
#define RECORD_KEEP     10u                  /* files, unless told otherwise */
#define RECORD_KEEP_MAX 10000u

struct record_file_config {
    const char *path;        /* borrowed; "-": standard output */
    uint64_t rotate_bytes;   /* 0: not by size; a file grows beyond it only for a single packet */
    uint64_t rotate_ns;      /* 0: not by age: from its first packet, by the packets' times */
    uint32_t keep;           /* files in all; 0: RECORD_KEEP */
    bool overwrite;          /* a FILE that exists is replaced */
    struct output_user user; /* for whom root writes */
};

struct record_file {
    struct record_file_config config;
    /* Writes what each file begins with, by record_file_room and record_file_add; false: no room */
    bool (*begin)(void *ctx, struct record_file *f);
    void *ctx;
    char *path;     /* owned: of the file being written */
    int fd;         /* -1: closed, or recording has stopped */
    bool created;   /* the file was made by us, and may be given away */
    bool owned;     /* close it at the end */
    bool given;     /* a descriptor that we were given: never opened anew */
    bool regular;   /* written at once, whatever its reader does */
    bool truncates; /* ours from its first byte: a piece of a block can be cut off */
    bool stuck;     /* private: the reader is behind; not tried again before the next flush */
    uint8_t *buf;   /* owned, RECORD_BUFFER bytes */
    size_t head, have;
    uint64_t size;     /* bytes of this file, with those that wait */
    uint64_t whole;    /* bytes written when buf[0] was the next, always whole blocks */
    uint64_t began_ns; /* its first packet; 0: none yet */
    dev_t dev;
    ino_t ino;
    uint64_t packets; /* taken, in all files */
    uint64_t lost;    /* packets that found no room */
    uint64_t files;   /* begun */
    int failed;       /* errno for which recording stopped; 0: none */
    const char *why;  /* more about it, or about a file that could not be opened anew; static */
};

/* Open, and write the beginning.  `f` must not move afterwards.  False:
 * errno and, where that says too little, *why (else NULL); nothing is left open. */
bool record_file_open(struct record_file *f, const struct record_file_config *c,
                      bool (*begin)(void *ctx, struct record_file *f), void *ctx, const char **why);

/* Room for a block of `size` bytes; rotates first when this packet of time `ts_ns` (0: no packet)
 * is for the next file.  NULL: there is none, counted in `lost` while recording goes on. */
uint8_t *record_file_room(struct record_file *f, size_t size, uint64_t ts_ns);

/* The block laid there is done; `size` as asked for. */
void record_file_add(struct record_file *f, size_t size, uint64_t ts_ns);

/* Write what can be written now without waiting. */
void record_file_flush(struct record_file *f);

/* Open FILE anew, when the file being written was moved away or recording had stopped.  False:
 * errno and f->why; nothing has changed. */
bool record_file_reopen(struct record_file *f);

/* Flush, waiting at most `wait_ms` for a slow reader, and release. */
void record_file_close(struct record_file *f, int wait_ms);
#endif
