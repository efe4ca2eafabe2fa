/* record_file.c - a recording's file: opened without harm to others, written in whole blocks,
 * rotated. */
#include "record_file.h"
#include "pcapng.h"
#include "record_name.h"
#include "std_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NAMES_BESIDE 10000u /* names that are tried within a second */

/* ---- what is ours ---- */

static bool rotates(const struct record_file *f)
{
    return f->config.rotate_bytes || f->config.rotate_ns;
}

enum there { THERE_NOTHING, THERE_OURS, THERE_OTHER };

/* Does the file, opened by its name, begin as all that we write? */
static bool begins_as_ours(const char *path)
{
    uint8_t bytes[PCAPNG_LOOK];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, bytes, sizeof bytes);
    (void)close(fd);
    return n > 0 && pcapng_is_by(bytes, (size_t)n, "twstap ");
}

/* What has this name?  An empty file is ours where it belongs to us: nothing is lost with it. */
static enum there look_at(const struct record_file *f, const char *path)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? THERE_NOTHING : THERE_OTHER;
    if (!S_ISREG(st.st_mode) || output_refusal(&st, &f->config.user))
        return THERE_OTHER;
    return st.st_size == 0 || begins_as_ours(path) ? THERE_OURS : THERE_OTHER;
}

/* ---- older files ---- */

/* Files beyond `keep` that an earlier run has left. */
static void remove_leftovers(const struct record_file *f, char *name, size_t size)
{
    for (uint32_t n = f->config.keep; n < RECORD_KEEP_MAX; n++) {
        record_name_older(f->path, n, name, size);
        if (look_at(f, name) != THERE_OURS || unlink(name) != 0)
            return;
    }
}

/* The first place back that is free, or the last one, whose file goes.  0: a file that we did not
 * write is in the way. */
static uint32_t free_place(const struct record_file *f, char *name, size_t size)
{
    for (uint32_t n = 1; n < f->config.keep; n++) {
        record_name_older(f->path, n, name, size);
        switch (look_at(f, name)) {
        case THERE_NOTHING:
            return n;
        case THERE_OURS:
            break;
        case THERE_OTHER:
            return 0;
        }
    }
    return f->config.keep - 1;
}

/* FILE.8 becomes FILE.9, ..., FILE becomes FILE.1; what stands at the end goes.  With a single file
 * FILE itself goes; a reader may have it open: it keeps its file. */
static bool move_files(const struct record_file *f, char *from, char *to, size_t size)
{
    uint32_t place;

    if (look_at(f, f->path) == THERE_OTHER) {
        errno = EEXIST;
        return false;
    }
    remove_leftovers(f, to, size);
    if (f->config.keep == 1)
        return unlink(f->path) == 0 || errno == ENOENT;
    place = free_place(f, to, size);
    if (place == 0)
        errno = EEXIST;
    for (uint32_t n = place; n > 0; n--) {
        record_name_older(f->path, n - 1, from, size);
        record_name_older(f->path, n, to, size);
        if (rename(from, to) != 0 && errno != ENOENT)
            return false;
    }
    return place > 0;
}

static bool move_along(const struct record_file *f)
{
    size_t size = strlen(f->path) + RECORD_NAME_ROOM;
    char *from = malloc(size), *to = malloc(size);
    bool moved = false;

    if (from && to)
        moved = move_files(f, from, to, size);
    else
        errno = ENOMEM;
    free(from);
    free(to);
    return moved;
}

/* ---- opening ---- */

/* What may be recorded into; NULL: everything is fine. */
static const char *refusal(int fd, const struct stat *st)
{
    if (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode))
        return NULL;
    if (S_ISCHR(st->st_mode) && !isatty(fd))
        return NULL; /* /dev/null */
    return S_ISCHR(st->st_mode) ? "a terminal cannot show a recording"
                                : "not a file, a named pipe or a pipe";
}

/* Take over an open file, and begin it.  False: it cannot be recorded into; it is not closed. */
static bool take(struct record_file *f, const struct output_file *from, bool owned,
                 const char **why)
{
    *why = refusal(from->fd, &from->st);
    if (*why) {
        errno = EINVAL;
        return false;
    }
    f->truncates = !from->given && S_ISREG(from->st.st_mode);
    f->fd = from->fd;
    f->owned = owned;
    f->created = from->created;
    f->given = from->given;
    f->regular = !S_ISFIFO(from->st.st_mode);
    f->dev = from->st.st_dev;
    f->ino = from->st.st_ino;
    f->head = f->have = 0;
    f->size = f->whole = f->began_ns = 0;
    f->failed = 0;
    f->files++;
    return f->begin(f->ctx, f);
}

/* Instead of a pipe that we were given: a description of our own, which never waits. */
static void own_pipe(struct output_file *out, bool *owned)
{
    int own = out->given ? std_stream_own(out->fd) : -1;

    if (own < 0)
        return;
    if (*owned)
        (void)close(out->fd);
    out->fd = own;
    *owned = true;
}

static bool take_stdout(struct record_file *f, const char **why)
{
    struct output_file out = {.fd = STDOUT_FILENO, .given = true};
    bool owned = false;

    if (fstat(out.fd, &out.st) != 0)
        return false;
    own_pipe(&out, &owned);
    if (take(f, &out, owned, why))
        return true;
    if (owned)
        (void)close(out.fd);
    f->fd = -1;
    return false;
}

/* Does no other twstap write to it?  An empty file may be one that just began.  The lock lasts as
 * long as the descriptor; where there are no locks, there is no telling. */
static bool is_free(const struct output_file *file, enum output_mode mode)
{
    if (mode != OUTPUT_NEW || !S_ISREG(file->st.st_mode) || file->given)
        return true;
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true;
    errno = EEXIST;
    return false;
}

/* Open f->path.  False: f->fd is -1; EEXIST: it is taken. */
static bool open_path(struct record_file *f, enum output_mode mode, const char **why)
{
    struct output_file out;
    bool owned = true;
    int saved;

    f->fd = -1;
    if (!output_open(f->path, mode, &f->config.user, &out, why))
        return false;
    own_pipe(&out, &owned);
    if (is_free(&out, mode) && take(f, &out, true, why))
        return true;
    saved = errno;
    (void)close(out.fd);
    f->fd = -1;
    errno = saved;
    return false;
}

/* FILE is taken by another recording: a name beside it. */
static bool open_beside(struct record_file *f, const char **why)
{
    size_t size = strlen(f->config.path) + RECORD_NAME_ROOM;
    char *name = malloc(size);
    time_t now = time(NULL);

    if (!name) {
        errno = ENOMEM;
        return false;
    }
    free(f->path);
    f->path = name;
    for (unsigned n = 1; n <= NAMES_BESIDE; n++) {
        record_name_beside(f->config.path, now, n, name, size);
        if (open_path(f, OUTPUT_NEW, why))
            return true;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* Is a place back taken by a file that we did not write?  Better said now than at some rotation. */
static bool place_is_taken(const struct record_file *f)
{
    size_t size = strlen(f->path) + RECORD_NAME_ROOM;
    char *name = malloc(size);
    bool taken = false;

    for (uint32_t n = 1; name && n < f->config.keep && !taken; n++) {
        record_name_older(f->path, n, name, size);
        taken = look_at(f, name) == THERE_OTHER;
    }
    free(name);
    return taken;
}

static bool in_the_way(const char **why)
{
    errno = EEXIST;
    *why = "it, or FILE.1 and so on, exists and is not a recording that twstap wrote";
    return false;
}

/* FILE, or what is written instead of it. */
static bool open_file(struct record_file *f, const char **why)
{
    char *name = strdup(f->config.path);

    *why = NULL;
    if (!name)
        return false;
    free(f->path);
    f->path = name;
    if (rotates(f) && place_is_taken(f))
        return in_the_way(why);
    if (f->config.overwrite)
        return open_path(f, OUTPUT_REPLACE, why);
    if (open_path(f, OUTPUT_NEW, why))
        return true;
    if (errno != EEXIST)
        return false;
    if (!rotates(f))
        return open_beside(f, why);
    if (move_along(f))
        return open_path(f, OUTPUT_NEW, why);
    return errno == EEXIST ? in_the_way(why) : false;
}

bool record_file_open(struct record_file *f, const struct record_file_config *c,
                      bool (*begin)(void *ctx, struct record_file *f), void *ctx, const char **why)
{
    bool opened;

    *why = NULL;
    *f = (struct record_file){
        .config = *c, .begin = begin, .ctx = ctx, .fd = -1, .buf = malloc(RECORD_BUFFER)};
    if (f->config.keep == 0)
        f->config.keep = RECORD_KEEP;
    if (!f->buf) {
        errno = ENOMEM;
        return false;
    }
    opened = strcmp(c->path, "-") == 0 ? take_stdout(f, why) : open_file(f, why);
    if (opened)
        return true;
    free(f->buf);
    free(f->path);
    f->buf = NULL;
    f->path = NULL;
    return false;
}

/* ---- writing ---- */

static void release(struct record_file *f)
{
    if (f->owned && f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* Bytes of the blocks at the front of the buffer that are out as a whole. */
static size_t whole_blocks(const struct record_file *f)
{
    size_t at = 0;

    while (at < f->head && pcapng_block_len(f->buf + at) <= f->head - at)
        at += pcapng_block_len(f->buf + at);
    return at;
}

/* Recording stops.  A piece of a block at the end of the file goes, as far as the system lets us:
 * what is there stays readable either way. */
static void stop(struct record_file *f, int error)
{
    if (f->truncates && f->head > 0)
        (void)!ftruncate(f->fd, (off_t)(f->whole + whole_blocks(f)));
    f->head = f->have = 0;
    f->failed = error;
    release(f);
}

static bool writable(const struct record_file *f, int wait_ms)
{
    struct pollfd p = {.fd = f->fd, .events = POLLOUT};

    return f->regular || poll(&p, 1, wait_ms) > 0;
}

/* One write.  False: nothing can be written now, or ever again. */
static bool write_some(struct record_file *f)
{
    size_t n = f->have - f->head;
    ssize_t done;

    if (!f->regular && n > PIPE_BUF) /* a descriptor we were given may block on more */
        n = PIPE_BUF;
    done = write(f->fd, f->buf + f->head, n);
    if (done > 0)
        f->head += (size_t)done;
    if (done > 0 || (done < 0 && errno == EINTR))
        return true;
    if (done == 0 || errno != EAGAIN)
        stop(f, done == 0 ? EIO : errno);
    return false;
}

static void push(struct record_file *f)
{
    while (f->fd >= 0 && f->head < f->have) {
        if (!writable(f, 0) || !write_some(f)) {
            f->stuck = true;
            return;
        }
    }
    f->whole += f->have;
    f->head = f->have = 0;
}

void record_file_flush(struct record_file *f)
{
    f->stuck = false;
    push(f);
}

/* ---- rotation ---- */

static void rotate(struct record_file *f)
{
    const char *why;

    push(f);
    if (f->fd < 0)
        return;
    if (!move_along(f)) { /* FILE is still there, and must not be cut */
        stop(f, errno ? errno : ENOMEM);
        return;
    }
    release(f);
    if (!open_path(f, OUTPUT_NEW, &why)) {
        f->failed = errno;
        f->why = why;
    }
}

static bool is_due(const struct record_file *f, size_t size, uint64_t ts_ns)
{
    const struct record_file_config *c = &f->config;

    if (!f->began_ns || !ts_ns || !f->truncates)
        return false;
    return (c->rotate_bytes && f->size + size > c->rotate_bytes) ||
           (c->rotate_ns && ts_ns >= f->began_ns && ts_ns - f->began_ns >= c->rotate_ns);
}

/* ---- blocks ---- */

uint8_t *record_file_room(struct record_file *f, size_t size, uint64_t ts_ns)
{
    if (f->fd >= 0 && is_due(f, size, ts_ns))
        rotate(f);
    if (f->fd >= 0 && RECORD_BUFFER - f->have < size && !f->stuck)
        push(f);
    if (f->fd < 0)
        return NULL;
    if (RECORD_BUFFER - f->have < size && f->head >= RECORD_BUFFER / 4) {
        memmove(f->buf, f->buf + f->head, f->have - f->head);
        f->have -= f->head;
        f->head = 0;
    }
    if (RECORD_BUFFER - f->have >= size)
        return f->buf + f->have;
    f->lost++;
    return NULL;
}

void record_file_add(struct record_file *f, size_t size, uint64_t ts_ns)
{
    f->have += size;
    f->size += size;
    if (!ts_ns)
        return;
    f->packets++;
    if (!f->began_ns)
        f->began_ns = ts_ns;
}

/* ---- SIGHUP, and the end ---- */

/* Is what has the name still the file being written? */
static bool is_in_place(const struct record_file *f)
{
    struct stat st;

    return lstat(f->path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino;
}

/* As it was before the attempt, whose errno stays. */
static void take_back(struct record_file *f, const struct record_file *old)
{
    int saved = errno;

    if (f->path != old->path)
        free(f->path);
    *f = *old;
    errno = saved;
}

bool record_file_reopen(struct record_file *f)
{
    struct record_file old;
    const char *why = NULL;

    f->why = NULL;
    if (!f->path) /* standard output */
        return true;
    if (f->fd >= 0)
        record_file_flush(f);
    if (f->fd >= 0 && (f->given || is_in_place(f) || f->head < f->have))
        return true; /* a pipe that is behind keeps what it has to say */
    old = *f;
    f->path = NULL;
    if (!open_file(f, &why)) {
        take_back(f, &old);
        f->why = why;
        return false;
    }
    free(old.path);
    if (old.owned && old.fd >= 0)
        close(old.fd);
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void record_file_close(struct record_file *f, int wait_ms)
{
    int64_t until = now_ms() + wait_ms;

    while (f->fd >= 0 && f->head < f->have) {
        int64_t left = until - now_ms();

        if (!writable(f, left > 0 ? (int)left : 0) || !write_some(f))
            break;
    }
    free(f->buf);
    free(f->path);
    f->buf = NULL;
    f->path = NULL;
    f->head = f->have = 0;
    release(f);
}
