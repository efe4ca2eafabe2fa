/* recording.h - the options of a recording, and a recording in the event loop: for every command
 * that can write one. */
#ifndef TWS_RECORDING_H
#define TWS_RECORDING_H
#include "observe.h"
#include "record.h"

#define RECORDING_FILE_ROTATE_MIN (64u * 1024u)
#define RECORDING_RING_MIN        (128u * 1024u) /* holds the longest segment of a relay */

struct recording_options {
    const char *option; /* "--record" or "--write": how this command calls it; static */
    const char *file;   /* NULL: no recording; "-": standard output */
    size_t rotate;      /* bytes; 0: not by size */
    double rotate_time; /* seconds; 0: not by age */
    uint32_t keep;      /* 0: RECORD_KEEP */
    size_t ring;        /* bytes; 0: everything is written */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member take none */
/* Rows for a command's table; `type` is what its rows fill, `m` its struct recording_options. */
#define RECORDING_ROWS(type, m, name)                                                              \
    {name,                                                                                         \
     0,                                                                                            \
     "FILE",                                                                                       \
     "record as pcapng to FILE (replaced); - for standard output",                                 \
     "a file name",                                                                                \
     take_text,                                                                                    \
     offsetof(type, m.file)},                                                                      \
        {"rotate",                                                                                 \
         0,                                                                                        \
         "SIZE",                                                                                   \
         "begin a new file at this size: FILE.pcapng, FILE.1.pcapng, ...",                         \
         EXPECTS_SIZE,                                                                             \
         take_size,                                                                                \
         offsetof(type, m.rotate)},                                                                \
        {"rotate-time",                                                                            \
         0,                                                                                        \
         "TIME",                                                                                   \
         "begin a new file when one is so old, with the next packet",                              \
         EXPECTS_SECONDS,                                                                          \
         take_seconds,                                                                             \
         offsetof(type, m.rotate_time)},                                                           \
        {"keep",                                                                                   \
         0,                                                                                        \
         "N",                                                                                      \
         "files in all when rotating, the oldest goes (10)",                                       \
         EXPECTS_COUNT,                                                                            \
         take_count,                                                                               \
         offsetof(type, m.keep)},                                                                  \
    {                                                                                              \
        "ring", 0, "SIZE",                                                                         \
            "keep the last SIZE bytes of each connection in memory; write them "                   \
            "when\n                             one falls silent or ends badly",                   \
            EXPECTS_SIZE, take_size, offsetof(type, m.ring)                                        \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

struct recording {
    struct observer *observer; /* borrowed */
    const char *file;          /* borrowed */
    struct record *record;     /* owned; NULL: no recording */
    ev_prepare turn;
    ev_timer second; /* runs while something waits to be written */
    int told_failed;
    bool told_lost;
};

/* Do the options fit together?  Takes standard output from the text where the recording goes there.
 * CLI_OK, or CLI_USAGE: the user was told. */
int recording_check(const struct recording_options *c, const char *command,
                    struct common_options *common);

/* Begin; nothing happens without a file.  `about`: the options in words, for the file.  CLI_OK, or
 * another status: the user was told. */
int recording_open(struct recording *r, const struct recording_options *c, struct observer *o,
                   bool relay, bool show_accounts, const char *about);

/* SIGHUP: go on in a new file, where the old one was moved away. */
void recording_reopen(struct recording *r);

/* Write what waits, and end. */
void recording_close(struct recording *r);
#endif
