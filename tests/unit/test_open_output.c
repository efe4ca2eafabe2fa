#include "open_output.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], path[96];

static void make_folder(void)
{
    strcpy(folder, "/tmp/twstap-open-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
}

static void remove_folder(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(open_output, .init = make_folder, .fini = remove_folder);

static const enum output_mode modes[] = {OUTPUT_APPEND, OUTPUT_REPLACE, OUTPUT_NEW};

#define MODES (sizeof modes / sizeof modes[0])

static void write_file(const char *name, const char *text)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    cr_assert_eq(fchmod(fd, 0644), 0);
    close(fd);
}

static off_t size_of(const char *name)
{
    struct stat st;

    cr_assert_eq(stat(name, &st), 0);
    return st.st_size;
}

/* Nobody may open `name` in any mode; errno and a word of the reason. */
static void expect_refused(const char *name, const struct output_user *user, int error,
                           const char *word)
{
    struct output_file out;
    const char *why;

    for (size_t i = 0; i < MODES; i++) {
        cr_expect_not(output_open(name, modes[i], user, &out, &why), "%s", name);
        cr_expect_eq(errno, error, "%s: %s", name, strerror(errno));
        cr_expect_eq(out.fd, -1);
        if (word)
            cr_expect(why && strstr(why, word), "%s", why ? why : "no reason");
    }
}

Test(open_output, a_new_file_is_ours_alone)
{
    struct output_file out;
    struct stat st;
    const char *why;

    for (size_t i = 0; i < MODES; i++) {
        cr_assert(output_open(path, modes[i], NULL, &out, &why));
        cr_expect(out.created && !out.given);
        cr_expect_eq(fcntl(out.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        cr_assert_eq(fstat(out.fd, &st), 0);
        cr_expect_eq(st.st_mode & 07777, 0600);
        close(out.fd);
        cr_assert_eq(unlink(path), 0);
    }
}

Test(open_output, what_is_there_is_continued_emptied_or_left)
{
    struct output_file out;
    struct stat st;
    const char *why;

    write_file(path, "old\n");
    cr_assert(output_open(path, OUTPUT_APPEND, NULL, &out, &why));
    cr_expect_not(out.created);
    cr_expect_eq(write(out.fd, "new\n", 4), 4);
    close(out.fd);
    cr_expect_eq(size_of(path), 8);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0600, "its mode is made ours");
    cr_expect_not(output_open(path, OUTPUT_NEW, NULL, &out, &why));
    cr_expect_eq(errno, EEXIST);
    cr_expect_eq(size_of(path), 8);
    cr_assert(output_open(path, OUTPUT_REPLACE, NULL, &out, &why));
    cr_expect_eq(out.st.st_size, 8);
    close(out.fd);
    cr_expect_eq(size_of(path), 0);
    cr_assert(output_open(path, OUTPUT_NEW, NULL, &out, &why), "an empty one is as good as new");
    cr_expect_not(out.created);
    close(out.fd);
}

Test(open_output, a_symbolic_link_is_not_followed)
{
    char target[96];

    snprintf(target, sizeof target, "%s/target", folder);
    cr_assert_eq(symlink(target, path), 0);
    expect_refused(path, NULL, ELOOP, "symbolic link");
    cr_expect_eq(access(target, F_OK), -1, "nor is its target made");
    write_file(target, "mine");
    expect_refused(path, NULL, ELOOP, "symbolic link");
    cr_expect_eq(size_of(target), 4);
}

Test(open_output, folders_on_the_way_may_be_links)
{
    struct output_file out;
    char linked[96], inside[128];
    const char *why;

    snprintf(linked, sizeof linked, "%s/linked", folder);
    snprintf(inside, sizeof inside, "%s/file", linked);
    cr_assert_eq(symlink(folder, linked), 0);
    cr_expect(output_open(inside, OUTPUT_NEW, NULL, &out, &why));
    close(out.fd);
}

Test(open_output, a_second_name_is_refused)
{
    char second[96];

    snprintf(second, sizeof second, "%s/second", folder);
    write_file(second, "mine");
    cr_assert_eq(link(second, path), 0);
    expect_refused(path, NULL, EPERM, "more than one name");
    cr_expect_eq(size_of(second), 4);
}

Test(open_output, folders_and_pipes_without_a_reader_are_refused)
{
    expect_refused(folder, NULL, EISDIR, NULL);
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_refused(path, NULL, ENXIO, "nobody reads");
}

Test(open_output, a_named_pipe_with_a_reader_and_a_device_are_taken)
{
    struct output_file out;
    const char *why;
    int reader;

    cr_assert_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    for (size_t i = 0; i < MODES; i++) {
        cr_expect(output_open(path, modes[i], NULL, &out, &why));
        close(out.fd);
        cr_expect(output_open("/dev/null", modes[i], NULL, &out, &why));
        close(out.fd);
    }
    close(reader);
}

Test(open_output, what_belongs_to_another_user_is_refused)
{
    const struct output_user user = {.is_other = true, .uid = 12345};
    struct output_file out;
    const char *why;

    if (geteuid() != 0) {
        fprintf(stderr, "skipped: only root can make a file of another user\n");
        return;
    }
    write_file(path, "theirs");
    cr_assert_eq(chown(path, 12346, 12346), 0);
    expect_refused(path, NULL, EPERM, "another user");
    expect_refused(path, &user, EPERM, "another user");
    cr_expect_eq(size_of(path), 6);
    cr_assert_eq(chown(path, 12345, 12345), 0);
    expect_refused(path, NULL, EPERM, "another user");
    cr_expect(output_open(path, OUTPUT_APPEND, &user, &out, &why), "root writes for that user");
    cr_expect_not(out.created, "it is not given away: it is theirs");
    close(out.fd);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0666), 0);
    cr_assert_eq(chown(path, 12346, 12346), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    expect_refused(path, &user, EPERM, "another user");
    close(reader);
}

Test(open_output, names_of_descriptors_are_these_descriptors)
{
    struct output_file out;
    const char *why;
    char name[32];
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, i ? "/proc/self/fd/%d" : "/dev/fd/%d", ends[1]);
        cr_assert(output_open(name, OUTPUT_REPLACE, NULL, &out, &why));
        cr_expect(out.given && !out.created);
        cr_expect_eq(write(out.fd, "x", 1), 1);
        cr_expect_eq(read(ends[0], name, 1), 1);
        close(out.fd);
    }
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    expect_refused(name, NULL, EBADF, NULL);
    expect_refused("/dev/fd/99999", NULL, EBADF, NULL);
    cr_assert(output_open("/dev/stdout", OUTPUT_APPEND, NULL, &out, &why));
    close(out.fd);
}
