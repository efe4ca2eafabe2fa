#include "out.h"
#include "std_stream.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static void make_folder(void)
{
    strcpy(folder, "/tmp/twstap-out-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/events", folder);
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(out, .init = make_folder, .fini = remove_folder);

static size_t read_file(const char *name, char *buf, size_t size)
{
    FILE *f = fopen(name, "r");
    size_t n = f ? fread(buf, 1, size - 1, f) : 0;

    if (f)
        fclose(f);
    buf[n] = '\0';
    return n;
}

/* Standard output that is the writing end of a pipe; returns the reading end. */
static int pipe_stdout(struct out *o)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_geq(dup2(ends[1], STDOUT_FILENO), 0);
    close(ends[1]);
    cr_assert(out_stdout(o));
    return ends[0];
}

Test(out, lines_leave_at_the_flush_and_not_before)
{
    struct out o;
    char got[64];

    cr_assert(out_file(&o, path, false));
    out_line(&o, "one", 3);
    out_line(&o, "two", 3);
    cr_expect_eq(read_file(path, got, sizeof got), 0);
    out_flush(&o);
    read_file(path, got, sizeof got);
    cr_expect_str_eq(got, "one\ntwo\n");
    out_close(&o, 0);
    cr_expect_eq(o.lost, 0);
}

Test(out, a_plain_file_takes_more_than_the_buffer)
{
    const size_t lines = 3 * OUT_BUFFER / 1024;
    char line[1023];
    struct stat st;
    struct out o;

    memset(line, 'x', sizeof line);
    cr_assert(out_file(&o, path, false));
    for (size_t i = 0; i < lines; i++)
        out_line(&o, line, sizeof line);
    out_close(&o, 0);
    cr_expect_eq(o.lost, 0);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq((size_t)st.st_size, lines * 1024);
}

/* The next `n` bytes of a pipe, whose writer pushes when the pipe is empty. */
static bool expect_lines(struct out *o, int fd, size_t lines)
{
    char line[1024];

    for (size_t i = 0; i < lines; i++) {
        for (size_t have = 0; have < sizeof line;) {
            ssize_t n;

            out_flush(o);
            n = read(fd, line + have, sizeof line - have);
            if (n <= 0)
                return false;
            have += (size_t)n;
        }
        if (line[0] != (char)('a' + i % 26) || line[1023] != '\n')
            return false;
    }
    return true;
}

Test(out, a_full_pipe_does_not_block_and_whole_lines_are_lost, .timeout = 20)
{
    const size_t offered = 2 * OUT_BUFFER / 1024;
    char line[1023];
    struct out o;
    int fd = pipe_stdout(&o);

    for (size_t i = 0; i < offered; i++) {
        memset(line, 'a' + (char)(i % 26), sizeof line);
        out_line(&o, line, sizeof line);
    }
    out_flush(&o);
    cr_expect_gt(o.lost, 0);
    cr_expect_lt(o.lost, offered);
    cr_expect(expect_lines(&o, fd, offered - o.lost), "what was kept comes whole and in order");
    out_close(&o, 0);
    close(fd);
}

Test(out, what_nobody_read_is_counted_at_the_end, .timeout = 20)
{
    char line[1023];
    struct out o;
    int fd = pipe_stdout(&o);

    memset(line, 'x', sizeof line);
    for (size_t i = 0; i < 1000; i++)
        out_line(&o, line, sizeof line);
    out_flush(&o);
    cr_expect_eq(o.lost, 0);
    out_close(&o, 20);
    cr_expect_gt(o.lost, 900, "a pipe holds 64 KiB of these 1000 KiB");
    close(fd);
}

Test(out, a_reader_that_left_is_said_once_and_harms_nobody)
{
    struct out o;
    int fd = pipe_stdout(&o);

    signal(SIGPIPE, SIG_IGN);
    close(fd);
    out_line(&o, "x", 1);
    out_flush(&o);
    cr_expect_eq(o.failed, EPIPE);
    out_flush(&o);
    out_close(&o, 50);
    cr_expect_eq(o.lost, 1);
}

Test(out, a_line_longer_than_the_buffer_is_lost)
{
    char *line = calloc(1, OUT_BUFFER);
    struct out o;

    cr_assert(out_file(&o, path, false));
    out_line(&o, line, OUT_BUFFER);
    cr_expect_eq(o.lost, 1);
    out_close(&o, 0);
    free(line);
}

Test(out, reopening_goes_on_in_a_new_file)
{
    char moved[128], got[64];
    struct out o;

    snprintf(moved, sizeof moved, "%s.1", path);
    cr_assert(out_file(&o, path, false));
    out_line(&o, "old", 3);
    cr_assert_eq(rename(path, moved), 0);
    cr_assert(out_reopen(&o));
    out_line(&o, "new", 3);
    out_close(&o, 0);
    read_file(moved, got, sizeof got);
    cr_expect_str_eq(got, "old\n");
    read_file(path, got, sizeof got);
    cr_expect_str_eq(got, "new\n");
    unlink(moved);
}

Test(out, reopening_appends)
{
    char got[64];
    struct out o;

    cr_assert(out_file(&o, path, false));
    out_line(&o, "a", 1);
    cr_assert(out_reopen(&o));
    out_line(&o, "b", 1);
    out_close(&o, 0);
    read_file(path, got, sizeof got);
    cr_expect_str_eq(got, "a\nb\n");
}

Test(out, a_file_that_cannot_be_opened_is_said)
{
    struct out o;

    cr_expect_not(out_file(&o, "/nonexistent/events", false));
    cr_expect_eq(errno, ENOENT);
    out_line(&o, "x", 1);
    cr_expect_eq(o.lost, 1);
    out_close(&o, 0);
}

Test(out, a_named_pipe_that_nobody_reads_does_not_hold_us, .timeout = 10)
{
    struct out o;

    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_not(out_file(&o, path, false));
    cr_expect_eq(errno, ENXIO);
    out_close(&o, 0);
}

/* ---- appending ---- */

static void put_text(const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert(f && fputs(text, f) >= 0);
    fclose(f);
}

Test(out, appending_begins_on_a_line_of_its_own)
{
    static const struct {
        const char *there, *then;
    } rows[] = {{"", "new\n"}, {"old\n", "old\nnew\n"}, {"cut by a cra", "cut by a cra\nnew\n"}};
    char got[64];
    struct out o;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_text(rows[i].there);
        cr_assert(out_file(&o, path, true));
        out_line(&o, "new", 3);
        out_close(&o, 0);
        read_file(path, got, sizeof got);
        cr_expect_str_eq(got, rows[i].then);
    }
}

Test(out, files_are_for_their_owner_alone)
{
    struct stat st;
    struct out o;

    cr_assert(out_file(&o, path, true));
    cr_expect(o.created);
    out_close(&o, 0);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}

Test(out, a_link_is_not_followed_and_why_is_said)
{
    char target[128];
    struct out o;

    snprintf(target, sizeof target, "%s/target", folder);
    cr_assert_eq(symlink(target, path), 0);
    cr_expect_not(out_file(&o, path, false));
    cr_expect(o.why && strstr(o.why, "symbolic link"));
    cr_expect_eq(access(target, F_OK), -1);
}

Test(out, reopening_follows_no_link_and_goes_on_in_the_old_file)
{
    char moved[128], got[64];
    struct out o;

    snprintf(moved, sizeof moved, "%s.1", path);
    cr_assert(out_file(&o, path, false));
    cr_assert_eq(rename(path, moved), 0);
    cr_assert_eq(symlink("/nonexistent", path), 0);
    cr_expect_not(out_reopen(&o));
    cr_expect(o.why && strstr(o.why, "symbolic link"));
    out_line(&o, "on", 2);
    out_close(&o, 0);
    read_file(moved, got, sizeof got);
    cr_expect_str_eq(got, "on\n");
    unlink(moved);
}

/* ---- streams that others share ---- */

Test(out, a_terminal_that_nobody_reads_never_blocks, .timeout = 20)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
    char line[1023];
    struct out o;

    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(dup2(slave, STDOUT_FILENO), 0);
    memset(line, 'x', sizeof line);
    cr_assert(out_stdout(&o));
    out_own(&o);
    for (size_t i = 0; i < 2000;
         i++) { /* of all lengths: one of them finds less room than it needs */
        out_line(&o, line, i % 251);
        out_flush(&o);
    }
    for (size_t i = 0; i < OUT_BUFFER / 1024; i++)
        out_line(&o, line, sizeof line);
    out_flush(&o);
    cr_expect_gt(o.lost, 0);
    cr_expect_eq(fcntl(slave, F_GETFL) & O_NONBLOCK, 0, "the shell's stays as it was");
    out_close(&o, 20);
    close(slave);
    close(master);
}

/* As out_never_wait does where the pipe cannot be opened again. */
static pid_t pump(struct out *o)
{
    pid_t child;

    o->fd = std_stream_pump(STDOUT_FILENO, &child);
    cr_assert_geq(o->fd, 0);
    o->owned = o->ours = true;
    o->pump = child;
    return child;
}

Test(out, a_child_waits_where_we_may_not_open_again, .timeout = 20)
{
    char line[1023], got[1024];
    struct out o;
    int fd = pipe_stdout(&o);
    size_t read_back = 0;
    ssize_t n;

    (void)pump(&o);
    memset(line, 'x', sizeof line);
    cr_assert_geq(dup2(STDERR_FILENO, STDOUT_FILENO), 0);
    for (size_t i = 0; i < 40; i++)
        out_line(&o, line, sizeof line);
    out_close(&o, 5000);
    cr_expect_eq(o.lost, 0);
    while ((n = read(fd, got, sizeof got)) > 0)
        read_back += (size_t)n;
    cr_expect_eq(read_back, 40u * 1024u, "all of it, and then the end: the child is gone");
    close(fd);
}

Test(out, a_child_whose_reader_never_reads_is_ended, .timeout = 20)
{
    char line[1023];
    struct out o;
    int fd = pipe_stdout(&o);
    pid_t child = pump(&o);

    memset(line, 'x', sizeof line);
    for (size_t i = 0; i < 1000; i++)
        out_line(&o, line, sizeof line);
    out_flush(&o);
    out_close(&o, 50);
    cr_expect_eq(kill(child, 0), -1);
    cr_expect_gt(o.lost, 500);
    close(fd);
}
