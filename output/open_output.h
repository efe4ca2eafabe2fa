/* open_output.h - the one way in which the program opens a file that it writes.
 *
 * It may run as root for a user who must not become root by it, in a folder where others may make
 * files too.  Therefore:
 *
 *   - a symbolic link is never followed; folders on the way to the file may be links
 *   - a file that is not there is created (O_EXCL) with mode 0600; `created` says so, and only such
 *     a file may be given to somebody else
 *   - a file or named pipe that is there must belong to us, or to the user that root works for, and
 *     have no second name (hard link); a file's mode becomes 0600
 *   - a device is taken as it is; a folder, a socket or a block device is refused
 *   - opening never waits: a named pipe needs a reader
 *   - /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N, which are links too, name
 * descriptors that we were given: these are duplicated, and nothing is opened, emptied or changed
 */
#ifndef TWS_OPEN_OUTPUT_H
#define TWS_OPEN_OUTPUT_H
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* For whom root writes: who called sudo, or who it is about to become. */
struct output_user {
    bool is_other; /* false: nobody but ourselves */
    uid_t uid;
};

enum output_mode {
    OUTPUT_APPEND,  /* go on at the end of what is there */
    OUTPUT_REPLACE, /* what is there is emptied */
    OUTPUT_NEW,     /* what is there must be empty, else EEXIST; pipes and devices are taken */
};

struct output_file {
    int fd;         /* close-on-exec; non-blocking unless `given` */
    bool created;   /* by this call */
    bool given;     /* a duplicate of a descriptor that we were given */
    struct stat st; /* of before it was emptied */
};

/* Open `path`.  False: errno, and in *why a static text where errno says too little, else NULL. */
bool output_open(const char *path, enum output_mode mode, const struct output_user *user,
                 struct output_file *out, const char **why);

/* May we write to what is there?  NULL: yes; else what is wrong, static. */
const char *output_refusal(const struct stat *st, const struct output_user *user);
#endif
