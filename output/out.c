#include "out.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A terminal says "writable" with less room than PIPE_BUF. */
#define TTY_CHUNK 256u

/* How much may one write take once poll says that there is room?  A descriptor we were given keeps
 * its blocking mode, which we share with whoever gave it. */
static void measure(struct out *o)
{
    struct stat st;

    o->regular = false;
    o->chunk = PIPE_BUF;
    if (fstat(o->fd, &st) != 0)
        return;
    if (S_ISCHR(st.st_mode) && isatty(o->fd))
        o->chunk = TTY_CHUNK;
    else if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
        o->regular = true;
}

static bool begin(struct out *o, int fd, bool owned, const char *path)
{
    *o = (struct out){.fd = fd, .owned = owned, .path = path, .buf = malloc(OUT_BUFFER)};
    if (!o->buf)
        return false;
    measure(o);
    return true;
}

bool out_stdout(struct out *o)
{
    return begin(o, STDOUT_FILENO, false, NULL);
}

/* Our own description, so it may be non-blocking; a named pipe without a reader must not hold us.
 */
static int open_file(const char *path, bool append)
{
    return open(path,
                O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                    (append ? O_APPEND : O_TRUNC),
                0666);
}

bool out_file(struct out *o, const char *path, bool append)
{
    int fd = open_file(path, append);

    if (fd < 0) {
        *o = (struct out){.fd = -1, .path = path};
        return false;
    }
    if (begin(o, fd, true, path))
        return true;
    close(fd);
    errno = ENOMEM;
    return false;
}

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
    done = write(o->fd, o->buf + o->head, n);
    if (done >= 0) {
        o->head += (size_t)done;
        return true;
    }
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && o->failed == 0)
        o->failed = errno;
    if (errno == EPIPE)
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

/* Until all is written, or the reader has left, or writing fails otherwise. */
static void push_waiting(struct out *o)
{
    while (o->fd >= 0 && o->head < o->have && (writable(o, -1) || errno == EINTR)) {
        if (!write_some(o) && o->failed)
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
    if (o->waits)
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

bool out_reopen(struct out *o)
{
    int fd;

    if (!o->path)
        return true;
    fd = open_file(o->path, true);
    if (fd < 0)
        return false;
    out_flush(o);
    if (o->owned && o->fd >= 0)
        close(o->fd);
    o->fd = fd;
    o->owned = true;
    o->failed = 0;
    measure(o);
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
        int wait = o->waits ? -1 : left > 0 ? (int)left : 0;

        if (!writable(o, wait) || !write_some(o))
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
}
