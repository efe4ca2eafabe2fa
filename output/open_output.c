/* open_output.c - output files are opened without following links, and only where they are ours. */
#include "open_output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPEN_FLAGS (O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define OPEN_TRIES 8 /* between two looks the file may go or come */

/* ---- descriptors that we were given ---- */

/* The number in "/dev/fd/N" and the like; -1: it is another name. */
static int given_number(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    char *end;
    long n;

    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t len = strlen(folders[i]);

        if (strncmp(path, folders[i], len) != 0 || path[len] < '0' || path[len] > '9')
            continue;
        n = strtol(path + len, &end, 10);
        return *end == '\0' && n <= 1 << 20 ? (int)n : -1;
    }
    return -1;
}

static bool take_given(int number, struct output_file *out)
{
    int flags = fcntl(number, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
        errno = EBADF;
    else if (flags >= 0)
        out->fd = fcntl(number, F_DUPFD_CLOEXEC, 3);
    out->given = true;
    return out->fd >= 0 && fstat(out->fd, &out->st) == 0;
}

/* ---- files ---- */

static bool is_owner(const struct stat *st, const struct output_user *user)
{
    return st->st_uid == geteuid() || (user && user->is_other && st->st_uid == user->uid);
}

const char *output_refusal(const struct stat *st, const struct output_user *user)
{
    if (S_ISCHR(st->st_mode))
        return NULL;
    if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
        return "it is not a file, a named pipe or a character device";
    if (!is_owner(st, user))
        return "it belongs to another user";
    if (st->st_nlink > 1)
        return "it has more than one name (hard links)";
    return NULL;
}

/* What open() means by its error, of a name that is there. */
static const char *explain(const char *path)
{
    struct stat st;

    if (errno == ELOOP || errno == EMLINK) {
        errno = ELOOP;
        return "it is a symbolic link, and these are not followed: name the file itself";
    }
    if (errno == ENXIO && lstat(path, &st) == 0 && S_ISFIFO(st.st_mode)) {
        errno = ENXIO;
        return "a named pipe that nobody reads";
    }
    return NULL;
}

/* What is there becomes what `mode` says. */
static bool prepare(struct output_file *out, enum output_mode mode, const struct output_user *user,
                    const char **why)
{
    if (fstat(out->fd, &out->st) != 0)
        return false;
    *why = output_refusal(&out->st, user);
    if (*why) {
        errno = EPERM;
        return false;
    }
    if (!S_ISREG(out->st.st_mode))
        return true;
    if (mode == OUTPUT_NEW && out->st.st_size > 0) {
        errno = EEXIST;
        return false;
    }
    if ((out->st.st_mode & 07777) != 0600 && fchmod(out->fd, 0600) != 0) {
        *why = "its mode cannot be made 0600";
        return false;
    }
    return mode != OUTPUT_REPLACE || ftruncate(out->fd, 0) == 0;
}

static bool open_there(const char *path, int flags, enum output_mode mode,
                       const struct output_user *user, struct output_file *out, const char **why)
{
    int saved;

    out->fd = open(path, flags);
    if (out->fd < 0) {
        *why = explain(path);
        return false;
    }
    if (prepare(out, mode, user, why))
        return true;
    saved = errno;
    (void)close(out->fd);
    out->fd = -1;
    errno = saved;
    return false;
}

bool output_open(const char *path, enum output_mode mode, const struct output_user *user,
                 struct output_file *out, const char **why)
{
    int flags = OPEN_FLAGS | (mode == OUTPUT_APPEND ? O_APPEND : 0);
    int number = given_number(path);

    *out = (struct output_file){.fd = -1};
    *why = NULL;
    if (number >= 0)
        return take_given(number, out);
    for (int i = 0; i < OPEN_TRIES; i++) {
        out->fd = open(path, flags | O_CREAT | O_EXCL, 0600);
        out->created = out->fd >= 0;
        if (out->created)
            return fstat(out->fd, &out->st) == 0;
        if (errno != EEXIST)
            return false;
        if (open_there(path, flags, mode, user, out, why))
            return true;
        if (errno != ENOENT)
            return false;
    }
    return false;
}
