#include "savefile.h"
#include "source_kind.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes asked of the kernel at once: enough that the call does not count, little enough to stay in
 * the cache until it is parsed.  Grows for a packet that does not fit, to BUFFER_MAX at most. */
#define BUFFER     (128u * 1024u)
#define BUFFER_MAX (PARSE_WHOLE_MAX + PARSE_HEAD_MAX)
#define NAME_SHOWN 200 /* bytes of a file's name in a line: its end says more than its front */

enum state { HEAD_WANTED, HEAD_READY, OVER };

struct file {
    char name[NAME_SHOWN + 4];
    int fd;     /* -1: closed */
    bool waits; /* a pipe or the like: a read waits for its writer */
    bool told;  /* SOURCE_PAUSE was returned for the wait that begins now */
    enum state state;
    struct savefile save;
    uint8_t *buf; /* owned */
    size_t at, have, cap;
    struct packet head; /* with HEAD_READY: its next packet, borrowed from buf */
};

struct files {
    struct source base;
    struct file *file; /* owned */
    size_t n;
    size_t given; /* the file whose head was handed out last: its buffer may move on now */
    bool has_given;
    size_t wanted; /* files before this one have their heads, or are over */
    bool failed;
};

/* --- one file's bytes --- */

enum fill { FILL_MORE, FILL_END, FILL_PAUSE, FILL_INTERRUPTED, FILL_FAILED };

static bool grow(struct file *f, size_t cap)
{
    uint8_t *p = realloc(f->buf, cap);

    if (!p)
        return false;
    f->buf = p;
    f->cap = cap;
    return true;
}

/* Make room so that `want` bytes from f->at on fit. */
static bool make_room(struct file *f, size_t want)
{
    size_t left = f->have - f->at;

    if (f->at > 0)
        memmove(f->buf, f->buf + f->at, left);
    f->at = 0;
    f->have = left;
    if (want <= f->cap)
        return true;
    return grow(f, want <= BUFFER ? BUFFER : BUFFER_MAX);
}

static bool has_nothing_now(const struct file *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN};

    return poll(&p, 1, 0) == 0;
}

/* Read until `want` bytes from f->at on are there; a file that is still being written ends where it
 * ends now.  PAUSE: packets of a pipe were handed out, and the next read waits for more: the caller
 * may want to print what it has.  FAILED: errno says why. */
static enum fill fill(struct file *f, size_t want)
{
    if (!make_room(f, want))
        return FILL_FAILED;
    while (f->have < want) {
        ssize_t n;

        if (f->waits && f->save.begun && !f->told && has_nothing_now(f)) {
            f->told = true;
            return FILL_PAUSE;
        }
        n = read(f->fd, f->buf + f->have, f->cap - f->have);

        if (n == 0)
            return FILL_END;
        if (n < 0)
            return errno == EINTR ? FILL_INTERRUPTED : FILL_FAILED;
        f->told = false;
        f->have += (size_t)n;
    }
    return FILL_MORE;
}

static void give_back(struct file *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
    f->fd = -1;
    free(f->buf);
    f->buf = NULL;
    f->at = f->have = f->cap = 0;
    f->state = OVER;
}

/* --- one file's packets --- */

static enum source_status fail(char error[SOURCE_ERROR_MAX], const struct file *f)
{
    const struct parse *p = savefile_parse(&f->save);

    if (f->save.begun)
        source_say(error, "%s: broken after packet %" PRIu64 ", at byte %" PRIu64 ": %s", f->name,
                   p->packets, p->start, p->why);
    else
        source_say(error, "%s: %s", f->name, p->why);
    return SOURCE_FAILED;
}

/* The file has ended, and maybe in the middle of something. */
static enum source_status end(char error[SOURCE_ERROR_MAX], const struct file *f)
{
    const struct parse *p = savefile_parse(&f->save);
    size_t left = f->have - f->at;

    if (!f->save.begun) {
        if (p->offset + left == 0)
            source_say(error, "%s: is empty", f->name);
        else
            source_say(error,
                       "%s: not a capture, or cut off in its header: it has %" PRIu64 " bytes",
                       f->name, p->offset + left);
        return SOURCE_FAILED;
    }
    if (savefile_is_whole(&f->save, left))
        return SOURCE_END;
    source_say(error,
               "%s: cut off after packet %" PRIu64 ": what begins at byte %" PRIu64
               " is not all there",
               f->name, p->packets, p->start);
    return SOURCE_CUT;
}

/* Read on: to the end of the header with `header`, else to the next packet, which becomes the head.
 * LATER: a signal came while waiting for a pipe. */
static enum source_status advance(struct file *f, bool header, char error[SOURCE_ERROR_MAX])
{
    enum parse_status status = PARSE_STEP;

    while (status == PARSE_STEP || status == PARSE_MORE) {
        struct tws_cursor in = {f->buf + f->at, f->have - f->at};

        if (header && f->save.begun)
            return SOURCE_PACKET;
        status = savefile_next(&f->save, &in, &f->head);
        f->at = f->have - in.left;
        if (status == PARSE_MORE) {
            switch (fill(f, savefile_parse(&f->save)->want)) {
            case FILL_MORE:
                break;
            case FILL_END:
                return end(error, f);
            case FILL_PAUSE:
                return SOURCE_PAUSE;
            case FILL_INTERRUPTED:
                return SOURCE_LATER;
            case FILL_FAILED:
                source_say(error, "%s: %s", f->name, strerror(errno));
                return SOURCE_FAILED;
            }
        }
    }
    return status == PARSE_PACKET ? SOURCE_PACKET : fail(error, f);
}

/* --- all files --- */

/* Give file `i` its head.  PACKET: it has one, or is quietly over. */
static enum source_status take_head(struct files *s, size_t i)
{
    struct file *f = &s->file[i];
    enum source_status status = advance(f, false, s->base.error);

    switch (status) {
    case SOURCE_PACKET:
        f->state = HEAD_READY;
        f->head.iface = (uint32_t)i << 16 | (f->head.iface & 0xffff);
        return SOURCE_PACKET;
    case SOURCE_PAUSE:
    case SOURCE_LATER:
    case SOURCE_FAILED:
        return status;
    case SOURCE_CUT:
    case SOURCE_END:
        give_back(f);
        break;
    }
    return status == SOURCE_CUT ? SOURCE_CUT : SOURCE_PACKET;
}

/* Each file that is not over has its head; the one that was given last, and all at the start, lack
 * one.  A cut is said when it is met, so one call may not be enough. */
static enum source_status take_heads(struct files *s)
{
    if (s->has_given) {
        s->file[s->given].state = HEAD_WANTED;
        s->wanted = s->given;
        s->has_given = false;
    }
    for (; s->wanted < s->n; s->wanted++) {
        if (s->file[s->wanted].state == HEAD_WANTED) {
            enum source_status status = take_head(s, s->wanted);

            if (status != SOURCE_PACKET)
                return status;
        }
    }
    return SOURCE_PACKET;
}

/* The earliest head; of two at the same time that of the file named first. */
static struct file *earliest(struct files *s)
{
    struct file *best = NULL;

    for (size_t i = 0; i < s->n; i++) {
        struct file *f = &s->file[i];

        if (f->state == HEAD_READY && (!best || f->head.ts_ns < best->head.ts_ns))
            best = f;
    }
    return best;
}

static enum source_status files_next(struct source *base, struct packet *out)
{
    struct files *s = (struct files *)base;
    enum source_status status;
    struct file *f;

    if (s->failed)
        return SOURCE_FAILED;
    status = take_heads(s);
    if (status != SOURCE_PACKET) {
        s->failed = status == SOURCE_FAILED;
        return status;
    }
    f = earliest(s);
    if (!f)
        return SOURCE_END;
    *out = f->head;
    s->given = (size_t)(f - s->file);
    s->has_given = true;
    return SOURCE_PACKET;
}

static int files_fd(const struct source *base, uint64_t *every_ns)
{
    (void)base;
    *every_ns = 0;
    return -1;
}

static void files_drops(struct source *base, struct source_drops *out)
{
    (void)base;
    *out = (struct source_drops){0};
}

static void files_about(const struct source *base, struct source_about *out)
{
    *out = ((const struct files *)base)->file[0].save.ng.about;
}

static void files_close(struct source *base)
{
    struct files *s = (struct files *)base;

    for (size_t i = 0; i < s->n; i++) {
        give_back(&s->file[i]);
        savefile_free(&s->file[i].save);
    }
    free(s->file);
    free(s);
}

static const struct source_kind kind = {files_next, files_fd, files_drops, files_about,
                                        files_close};

/* --- opening --- */

static void set_name(struct file *f, const char *path)
{
    size_t n = strlen(path);

    if (strcmp(path, "-") == 0)
        snprintf(f->name, sizeof f->name, "standard input");
    else if (n > NAME_SHOWN)
        snprintf(f->name, sizeof f->name, "...%s", path + n - NAME_SHOWN);
    else
        snprintf(f->name, sizeof f->name, "%s", path);
}

static bool refuse(char error[SOURCE_ERROR_MAX], const struct file *f, const char *why)
{
    source_say(error, "%s: %s", f->name, why);
    return false;
}

static bool open_one(struct file *f, const char *path, char error[SOURCE_ERROR_MAX])
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct stat st;

    set_name(f, path);
    f->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return refuse(error, f, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return refuse(error, f, "is a directory");
    if (is_stdin && isatty(f->fd))
        return refuse(error, f, "is a terminal: pipe a capture to it, or name a file");
    f->waits = !S_ISREG(st.st_mode);
    if (!grow(f, BUFFER))
        return refuse(error, f, "out of memory");
    switch (advance(f, true, error)) {
    case SOURCE_PACKET:
        return true;
    case SOURCE_LATER:
        return refuse(error, f, "interrupted before it began");
    case SOURCE_PAUSE:
    case SOURCE_END:
    case SOURCE_CUT:
    case SOURCE_FAILED:
        break;
    }
    return false;
}

static bool may_open(const char *const *paths, size_t n, char error[SOURCE_ERROR_MAX])
{
    size_t stdins = 0;

    for (size_t i = 0; i < n; i++)
        stdins += strcmp(paths[i], "-") == 0;
    if (n == 0)
        source_say(error, "no file to read");
    else if (n > SOURCE_FILES_MAX)
        source_say(error, "%zu files; at most %u are read together", n, SOURCE_FILES_MAX);
    else if (stdins > 1)
        source_say(error, "standard input (-) can be read once only");
    else
        return true;
    return false;
}

static struct files *files_new(size_t n)
{
    struct files *s = calloc(1, sizeof *s);
    struct file *file = s ? calloc(n, sizeof *file) : NULL;

    if (!file) {
        free(s);
        return NULL;
    }
    s->base.kind = &kind;
    s->file = file;
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        file[i].fd = -1;
        savefile_init(&file[i].save);
    }
    return s;
}

struct source *source_files(const char *const *paths, size_t n, char error[SOURCE_ERROR_MAX])
{
    struct files *s;

    if (!may_open(paths, n, error))
        return NULL;
    s = files_new(n);
    if (!s) {
        source_say(error, "out of memory for %zu files", n);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (!open_one(&s->file[i], paths[i], error)) {
            files_close(&s->base);
            return NULL;
        }
    }
    if (n == 1)
        snprintf(s->base.name, sizeof s->base.name, "%s", s->file[0].name);
    else
        snprintf(s->base.name, sizeof s->base.name, "%s and %zu more", s->file[0].name, n - 1);
    return &s->base;
}
