/* out.c - lines on their way out: gathered, written without waiting, dropped and counted. */
#include "out.h"
#include "std_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored anyway */
#endif

/* A terminal says "writable" with less room than PIPE_BUF. */
#define TTY_CHUNK 256u

/* One write to a description of our own takes what fits, so this only bounds its time. */
#define OWN_CHUNK 65536u

/* How much may one write take once poll says that there is room?  A descriptor we were given keeps
 * its blocking mode, which we share with whoever gave it. */
static void measure(struct out *o)
{
    struct stat st;

    o->regular = o->socket = o->terminal = false;
    o->chunk = o->ours ? OWN_CHUNK : PIPE_BUF;
    if (fstat(o->fd, &st) != 0)
        return;
    o->socket = S_ISSOCK(st.st_mode);
    o->terminal = S_ISCHR(st.st_mode) && isatty(o->fd);
    o->regular = !o->socket && !o->terminal && !S_ISFIFO(st.st_mode);
    if (o->terminal && !o->ours)
        o->chunk = TTY_CHUNK;
}

static bool begin(struct out *o, int fd, const char *path)
{
    *o = (struct out){.fd = fd, .path = path, .buf = malloc(OUT_BUFFER)};
    if (!o->buf)
        return false;
    measure(o);
    return true;
}

bool out_stdout(struct out *o)
{
    return begin(o, STDOUT_FILENO, NULL);
}

bool out_stderr(struct out *o)
{
    return begin(o, STDERR_FILENO, NULL);
}

/* ---- files ---- */

/* Does what is there end within a line?  Also when it cannot be looked at. */
static bool ends_within_a_line(const char *path, const struct stat *st)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat now;
    char last = 0;

    if (fd < 0)
        return true;
    if (fstat(fd, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino)
        (void)!pread(fd, &last, 1, st->st_size - 1);
    (void)close(fd);
    return last != '\n';
}

/* Lines stay whole: what a crash has cut is ended first. */
static void end_last_line(int fd, const char *path, const struct stat *st)
{
    if (S_ISREG(st->st_mode) && st->st_size > 0 && ends_within_a_line(path, st))
        (void)!write(fd, "\n", 1);
}

/* The file at o->path instead of o->fd.  False: errno and o->why; nothing has changed. */
static bool open_path(struct out *o, bool append)
{
    struct output_file file;

    if (!output_open(o->path, append ? OUTPUT_APPEND : OUTPUT_REPLACE, &o->user, &file, &o->why))
        return false;
    if (append && !file.given)
        end_last_line(file.fd, o->path, &file.st);
    o->fd = file.fd;
    o->owned = true;
    o->ours = !file.given;
    o->created = file.created;
    if (file.given)
        o->path = NULL; /* SIGHUP opens nothing */
    measure(o);
    return true;
}

bool out_file_for(struct out *o, const char *path, bool append, const struct output_user *user)
{
    *o = (struct out){.fd = -1, .path = path};
    if (user)
        o->user = *user;
    if (!open_path(o, append))
        return false;
    o->buf = malloc(OUT_BUFFER);
    if (o->buf)
        return true;
    close(o->fd);
    o->fd = -1;
    errno = ENOMEM;
    return false;
}

bool out_file(struct out *o, const char *path, bool append)
{
    return out_file_for(o, path, append, NULL);
}

/* ---- writes that never wait ---- */

static bool may_wait(const struct out *o)
{
    return o->fd >= 0 && !o->regular && !o->socket && !o->ours;
}

/* From now on `fd`, which is ours alone, instead. */
static void move_to(struct out *o, int fd)
{
    if (o->owned)
        close(o->fd);
    o->fd = fd;
    o->owned = o->ours = true;
    measure(o);
}

void out_own(struct out *o)
{
    int own = may_wait(o) ? std_stream_own(o->fd) : -1;

    if (own >= 0)
        move_to(o, own);
}

void out_never_wait(struct out *o)
{
    int own;

    out_own(o);
    own = may_wait(o) ? std_stream_pump(o->fd, &o->pump) : -1;
    if (own >= 0)
        move_to(o, own);
}

/* ---- writing ---- */

/* May the next write be made without waiting?  `wait_ms` 0: look only. */
static bool writable(const struct out *o, int wait_ms)
{
    struct pollfd p = {.fd = o->fd, .events = POLLOUT};

    return o->regular || poll(&p, 1, wait_ms) > 0;
}

/* Whole lines that wait. */
static uint64_t lines_left(const struct out *o)
{
    uint64_t n = 0;

    for (size_t i = o->head; i < o->have; i++)
        n += o->buf[i] == '\n';
    return n;
}

/* The reader is gone and will not come back: what waits is lost, and so is all that follows. */
static void give_up(struct out *o)
{
    o->lost += lines_left(o);
    o->head = o->have = 0;
    if (o->owned)
        close(o->fd);
    o->fd = -1;
}

/* One write.  False: nothing can be written now. */
static bool write_some(struct out *o)
{
    size_t n = o->have - o->head;
    ssize_t done;

    if (!o->regular && n > o->chunk)
        n = o->chunk;
    done = o->socket ? send(o->fd, o->buf + o->head, n, MSG_DONTWAIT | MSG_NOSIGNAL)
                     : write(o->fd, o->buf + o->head, n);
    if (done >= 0) {
        o->head += (size_t)done;
        return true;
    }
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && o->failed == 0)
        o->failed = errno;
    if (errno == EPIPE || (errno == EIO && o->terminal))
        give_up(o);
    return false;
}

static void push(struct out *o)
{
    while (o->head < o->have) {
        if (!writable(o, 0) || !write_some(o)) {
            o->stuck = true;
            return;
        }
    }
    o->head = o->have = 0;
}

void out_flush(struct out *o)
{
    if (o->fd < 0 || o->head == o->have)
        return;
    o->stuck = false;
    push(o);
}

static bool waits(const struct out *o)
{
    return o->waits && !(o->stop && *o->stop);
}

#define LOOK_MS                                                                                    \
    500 /* who waits for a reader looks so often whether to stop: a signal may come just           \
         * before the wait */

/* Wait for room, at most `wait_ms`.  False: there is none, and no use in waiting on. */
static bool wait_for_room(struct out *o, int wait_ms, bool *room)
{
    errno = 0;
    *room = writable(o, waits(o) ? LOOK_MS : wait_ms);
    return *room || errno == EINTR || (errno == 0 && waits(o));
}

/* Until all is written, or the reader has left, or writing fails otherwise, or a signal came. */
static void push_waiting(struct out *o)
{
    bool room;

    while (o->fd >= 0 && o->head < o->have && waits(o) && wait_for_room(o, 0, &room)) {
        if (room && !write_some(o) && o->failed)
            break;
    }
    if (o->head == o->have)
        o->head = o->have = 0;
}

/* Room for `n` bytes at the end.  The move to the front is made only when it frees a quarter of the
 * buffer, so that a slow reader does not cost a move for each line. */
static bool room(struct out *o, size_t n)
{
    if (OUT_BUFFER - o->have >= n)
        return true;
    if (waits(o))
        push_waiting(o);
    else if (!o->stuck)
        push(o);
    if (o->fd < 0)
        return false;
    if (OUT_BUFFER - o->have < n && o->head >= OUT_BUFFER / 4) {
        memmove(o->buf, o->buf + o->head, o->have - o->head);
        o->have -= o->head;
        o->head = 0;
    }
    return OUT_BUFFER - o->have >= n;
}

void out_line(struct out *o, const char *line, size_t len)
{
    if (o->fd < 0 || len >= OUT_BUFFER || !room(o, len + 1)) {
        o->lost++;
        return;
    }
    memcpy(o->buf + o->have, line, len);
    o->buf[o->have + len] = '\n';
    o->have += len + 1;
}

/* The rest of a line whose beginning is in the old file. */
static void drop_partial(struct out *o)
{
    char *end;

    if (o->head == 0 || o->head == o->have || o->buf[o->head - 1] == '\n')
        return;
    end = memchr(o->buf + o->head, '\n', o->have - o->head);
    o->head = end ? (size_t)(end - o->buf) + 1 : o->have;
    o->lost++;
}

bool out_reopen(struct out *o)
{
    int old;

    if (!o->path)
        return true;
    out_flush(o);
    old = o->fd;
    if (!open_path(o, true))
        return false;
    if (o->regular || old < 0 || !std_stream_same(old, o->fd))
        drop_partial(o);
    if (old >= 0)
        close(old);
    o->failed = 0;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void out_close(struct out *o, int wait_ms)
{
    int64_t until = now_ms() + wait_ms;

    while (o->fd >= 0 && o->head < o->have) {
        int64_t left = until - now_ms();
        bool room;

        if (!wait_for_room(o, left > 0 ? (int)left : 0, &room) || (room && !write_some(o)))
            break;
    }
    if (o->buf)
        o->lost += lines_left(o);
    free(o->buf);
    o->buf = NULL;
    o->head = o->have = 0;
    if (o->owned && o->fd >= 0)
        close(o->fd);
    o->fd = -1;
    std_stream_end(o->pump, until > now_ms() ? (int)(until - now_ms()) : 0);
    o->pump = 0;
}
