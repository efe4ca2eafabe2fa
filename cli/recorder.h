/* recorder.h - the options of a recording, and a recording in the event loop: for every command
 * that can write one. */
#ifndef TWS_RECORDER_H
#define TWS_RECORDER_H
#include "observe.h"
#include "privilege.h"
#include "record.h"

#define RECORDER_FILE_ROTATE_MIN (64u * 1024u)
#define RECORDER_RING_MIN        (128u * 1024u) /* holds the longest segment of a relay */

struct recorder_options {
    const char *option; /* "--record" or "--write": how this command calls it; static */
    const char *file;   /* NULL: no recording; "-": standard output */
    size_t rotate;      /* bytes; 0: not by size */
    double rotate_time; /* seconds; 0: not by age */
    uint32_t keep;      /* 0: RECORD_KEEP */
    size_t ring;        /* bytes; 0: everything is written */
};

/* Rows for a command's table, whose rows fill a `type` with a struct recorder_options as member
 * `m`; `name` is the option of the file. */
/* clang-format off */
#define RECORDER_ROWS(type, m, name) \
    {name, 0, "FILE", "record as pcapng to FILE; %Y%m%dT%H%M%S: the time, UTC; -: standard output", \
     "a file name", take_text, RECORDER_AT(type, m, file)}, \
    {"rotate", 0, "SIZE", "begin a new file at this size: FILE.pcapng, FILE.1.pcapng, ...", \
     EXPECTS_SIZE, take_size, RECORDER_AT(type, m, rotate)}, \
    {"rotate-time", 0, "TIME", "begin a new file when one is so old, with the next packet", \
     EXPECTS_SECONDS, take_seconds, RECORDER_AT(type, m, rotate_time)}, \
    {"keep", 0, "N", "files in all when rotating; the oldest is removed (default: 10)", \
     EXPECTS_COUNT, take_count, RECORDER_AT(type, m, keep)}, \
    {"ring", 0, "SIZE", "hold the last SIZE bytes of each connection; write only trouble", \
     EXPECTS_SIZE, take_size, RECORDER_AT(type, m, ring)}
#define RECORDER_AT(type, m, field) \
    (offsetof(type, m) + offsetof(struct recorder_options, field))
/* clang-format on */

struct recorder {
    struct observer *observer; /* borrowed */
    char *file;                /* owned: FILE with its dates filled in */
    struct record *record;     /* owned; NULL: no recording */
    ev_prepare turn;
    ev_timer hold;   /* runs while packets wait for their frames */
    ev_timer second; /* runs while something waits to be written */
    int told_failed;
    bool told_lost;
};

/* Do the options fit together?  Takes standard output from the text where the recording goes there.
 * CLI_OK, or CLI_USAGE: the user was told. */
int recorder_check(const struct recorder_options *c, const char *command,
                   struct common_options *common);

/* A recording that rotates needs a folder in which `user`, who we will be (NULL: who we are), may
 * make files.  CLI_OK, or CLI_COULD_NOT_LOOK: the user was told. */
int recorder_check_folder(const struct recorder_options *c, const char *command,
                          const struct host_user *user);

/* Begin; nothing happens without a file.  `about`: the options, for the file, as in struct
 * record_config.  CLI_OK, or another status: the user was told. */
int recorder_open(struct recorder *r, const struct recorder_options *c, struct observer *o,
                  bool relay, const struct common_options *common, const struct tws_section *about);

/* SIGHUP: go on in a new file, where the old one was moved away. */
void recorder_reopen(struct recorder *r);

/* Write what waits, and end; the observer, still open, is told when it failed. */
void recorder_close(struct recorder *r);
#endif
