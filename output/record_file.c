#include "record_file.h"
#include "pcapng.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* Take over `fd`.  False: it cannot be recorded into; it is not closed. */
static bool take(struct record_file *f, int fd, bool owned, const char **why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    *why = refusal(fd, &st);
    if (*why) {
        errno = EINVAL;
        return false;
    }
    f->truncates = owned && S_ISREG(st.st_mode);
    if (f->truncates && (ftruncate(fd, 0) != 0 || fchmod(fd, 0600) != 0))
        return false;
    f->fd = fd;
    f->owned = owned;
    f->regular = !S_ISFIFO(st.st_mode);
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    f->head = f->have = 0;
    f->size = f->whole = f->began_ns = 0;
    f->failed = 0;
    f->files++;
    return f->begin(f->ctx, f);
}

/* Truncated only once it is known to be a file that may be replaced. */
static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
}

static bool open_again(struct record_file *f, const char **why)
{
    int fd = open_path(f->config.path), saved;

    if (fd < 0)
        return false;
    if (take(f, fd, true, why))
        return true;
    saved = errno;
    close(fd);
    f->fd = -1;
    errno = saved;
    return false;
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
    opened = strcmp(c->path, "-") == 0 ? take(f, STDOUT_FILENO, false, why) : open_again(f, why);
    if (opened)
        return true;
    if (!*why && errno == ENXIO)
        *why = "a named pipe that nobody reads";
    free(f->buf);
    f->buf = NULL;
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

#define NUMBER_ROOM 16u /* ".10000" and the end */

/* The name of the file `n` places back; 0: the one being written. */
static void name_of(const struct record_file *f, uint32_t n, char *to, size_t size)
{
    const char *path = f->config.path, *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    size_t stem = dot && dot != base ? (size_t)(dot - path) : strlen(path);

    if (n == 0)
        (void)snprintf(to, size, "%s", path);
    else
        (void)snprintf(to, size, "%.*s.%lu%s", (int)stem, path, (unsigned long)n, path + stem);
}

/* FILE.8 becomes FILE.9, ..., FILE becomes FILE.1; what stands at the end goes. */
static bool move_along(const struct record_file *f)
{
    size_t size = strlen(f->config.path) + NUMBER_ROOM;
    char *from = malloc(size), *to = malloc(size);
    uint32_t keep = f->config.keep;
    bool moved = from && to;

    for (uint32_t n = keep; moved && n < RECORD_KEEP_MAX; n++) {
        name_of(f, n, to, size);
        if (unlink(to) != 0)
            break;
    }
    for (uint32_t n = keep - 1; moved && n > 0; n--) {
        name_of(f, n - 1, from, size);
        name_of(f, n, to, size);
        moved = rename(from, to) == 0 || errno == ENOENT;
    }
    free(from);
    free(to);
    return moved;
}

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
    if (f->config.keep == 1)
        (void)unlink(f->config.path); /* a reader may have it open: it keeps its file */
    if (!open_again(f, &why))
        f->failed = errno;
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

bool record_file_reopen(struct record_file *f)
{
    struct record_file old = *f;
    const char *why = NULL;
    struct stat st;

    if (strcmp(f->config.path, "-") == 0)
        return true;
    if (f->fd >= 0) {
        record_file_flush(f);
        if (f->fd >= 0 && stat(f->config.path, &st) == 0 && st.st_dev == f->dev &&
            st.st_ino == f->ino)
            return true;
        old = *f;
        if (f->head < f->have) /* a pipe that is behind keeps what it has to say */
            return true;
    }
    if (!open_again(f, &why)) {
        int saved = errno;

        *f = old;
        errno = saved;
        return false;
    }
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
    f->buf = NULL;
    f->head = f->have = 0;
    release(f);
}
