#include "pcapng.h"
#include "record_file.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[64], path[96];

static void make_folder(void)
{
    strcpy(folder, "/tmp/twstap-rec-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.b/rec.pcapng", folder);
    *strrchr(path, '/') = '\0';
    cr_assert_eq(mkdir(path, 0700), 0);
    path[strlen(path)] = '/';
}

static void remove_folder(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(record_file, .init = make_folder, .fini = remove_folder);

/* Blocks of a test are packets of 1000 bytes in all, whose time says which they are. */
#define BLOCK 1000u

static bool begin_file(void *ctx, struct record_file *f)
{
    uint8_t *to = record_file_room(f, 96, 0);
    size_t n = to ? pcapng_section(to, 96, "twstap test", "twstap test") : 0;

    (void)ctx;
    record_file_add(f, n, 0);
    return n > 0;
}

static bool put(struct record_file *f, uint64_t ts)
{
    static const uint8_t bytes[BLOCK - PCAPNG_PACKET_HEAD - 4];
    const struct pcapng_packet p = {
        .ts_ns = ts, .body = bytes, .body_len = sizeof bytes, .wire_len = sizeof bytes};
    uint8_t *to = record_file_room(f, BLOCK, ts);

    if (!to)
        return false;
    cr_assert_eq(pcapng_packet(to, BLOCK, &p), BLOCK);
    record_file_add(f, BLOCK, ts);
    return true;
}

static void begin(struct record_file *f, struct record_file_config c)
{
    const char *why;

    if (!c.path)
        c.path = path;
    cr_assert(record_file_open(f, &c, begin_file, NULL, &why), "%s", why ? why : strerror(errno));
}

/* Packets of a file from the time of its first on, one nanosecond apart; -1: there is none. */
static int packets(const char *suffix, uint64_t *first)
{
    static uint8_t bytes[8u << 20];
    char name[128];
    FILE *f;
    size_t n, at;
    int count = 0;

    snprintf(name, sizeof name, "%s/a.b/rec%s.pcapng", folder, suffix);
    f = fopen(name, "rb");
    if (!f)
        return -1;
    n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    cr_assert_geq(n, 12);
    at = pcapng_block_len(bytes);
    cr_assert_eq(bytes[0], 0x0a, "each file begins with its section");
    for (; at < n; at += BLOCK, count++) {
        uint64_t ts = (uint64_t)(bytes[at + 17] << 8 | bytes[at + 16]);

        cr_assert_leq(at + BLOCK, n, "%s ends in a block", name);
        if (count == 0)
            *first = ts;
        cr_assert_eq(ts, *first + (uint64_t)count);
    }
    return count;
}

Test(record_file, is_written_at_the_flush_with_mode_0600)
{
    struct record_file f;
    struct stat st;
    uint64_t first;

    begin(&f, (struct record_file_config){0});
    cr_expect(put(&f, 1) && put(&f, 2));
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_size, 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    record_file_flush(&f);
    cr_expect_eq(packets("", &first), 2);
    record_file_close(&f, 0);
    cr_expect_eq(f.packets, 2);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, mode);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void expect_file(const char *name, const char *text)
{
    char got[64] = "";
    int fd = open(name, O_RDONLY);

    cr_assert_geq(fd, 0, "%s", name);
    cr_assert_geq(read(fd, got, sizeof got - 1), 0);
    close(fd);
    cr_expect_str_eq(got, text);
}

Test(record_file, a_file_that_exists_is_not_touched)
{
    struct record_file f;
    struct stat st;

    write_file(path, "old", 0644);
    begin(&f, (struct record_file_config){0});
    cr_expect_str_neq(f.path, path);
    cr_expect_eq(strlen(f.path), strlen(path) + strlen(".20261130T144500Z"));
    put(&f, 1);
    cr_assert_eq(stat(f.path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    record_file_close(&f, 0);
    expect_file(path, "old");
}

Test(record_file, within_a_second_names_are_counted)
{
    struct record_file f[3];

    for (int i = 0; i < 3; i++)
        begin(&f[i], (struct record_file_config){0});
    cr_expect_str_neq(f[0].path, f[1].path);
    cr_expect_str_neq(f[1].path, f[2].path);
    for (int i = 0; i < 3; i++)
        record_file_close(&f[i], 0);
}

Test(record_file, an_empty_file_is_taken)
{
    struct record_file f;
    uint64_t first;

    write_file(path, "", 0644);
    begin(&f, (struct record_file_config){0});
    put(&f, 1);
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 1);
}

Test(record_file, overwrite_replaces_what_is_there_and_its_mode)
{
    struct record_file f;
    struct stat st;
    uint64_t first;

    write_file(path, "old", 0644);
    begin(&f, (struct record_file_config){.overwrite = true});
    put(&f, 1);
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 1);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}

Test(record_file, a_link_is_not_followed)
{
    struct record_file f;
    struct record_file_config c = {.path = path};
    char target[128];
    const char *why;

    snprintf(target, sizeof target, "%s/target", folder);
    write_file(target, "mine", 0644);
    cr_assert_eq(symlink(target, path), 0);
    for (int i = 0; i < 4; i++) {
        c.overwrite = i & 1;
        c.rotate_bytes = i & 2 ? 2 * BLOCK : 0;
        cr_expect_not(record_file_open(&f, &c, begin_file, NULL, &why));
        cr_expect_eq(errno, ELOOP);
        cr_expect(strstr(why, "symbolic link"), "%s", why);
    }
    expect_file(target, "mine");
}

Test(record_file, a_rotating_recording_moves_that_of_an_earlier_run_along)
{
    struct record_file f;
    uint64_t first;

    for (uint64_t run = 1; run <= 3; run++) {
        begin(&f, (struct record_file_config){.rotate_bytes = 50 * BLOCK, .keep = 3});
        for (uint64_t i = 0; i < run; i++)
            put(&f, 10 * run + i);
        record_file_close(&f, 0);
    }
    cr_expect_eq(packets("", &first), 3);
    cr_expect_eq(packets(".1", &first), 2);
    cr_expect_eq(packets(".2", &first), 1);
    begin(&f, (struct record_file_config){.rotate_bytes = 50 * BLOCK, .keep = 3});
    record_file_close(&f, 0);
    cr_expect_eq(packets(".2", &first), 2, "the oldest went by the limit");
    cr_expect_eq(packets(".3", &first), -1);
}

Test(record_file, a_rotating_recording_never_removes_what_twstap_did_not_write)
{
    struct record_file f;
    struct record_file_config c = {.path = path, .rotate_bytes = 2 * BLOCK, .keep = 2};
    char older[128];
    const char *why;

    snprintf(older, sizeof older, "%s/a.b/rec.1.pcapng", folder);
    write_file(older, "precious", 0600); /* where the first rotation would move the recording */
    cr_expect_not(record_file_open(&f, &c, begin_file, NULL, &why));
    cr_expect(why && strstr(why, "not a recording that twstap wrote"), "%s", why);
    expect_file(older, "precious");
    cr_assert_eq(unlink(older), 0);

    begin(&f, c);
    cr_expect(put(&f, 1));
    write_file(older, "precious", 0600); /* made while we record */
    cr_expect_not(put(&f, 2));
    cr_expect_eq(f.failed, EEXIST);
    record_file_close(&f, 0);
    expect_file(older, "precious");
    cr_assert(unlink(older) == 0 && unlink(path) == 0);

    write_file(path, "precious", 0600);
    cr_expect_not(record_file_open(&f, &c, begin_file, NULL, &why));
    expect_file(path, "precious");
}

Test(record_file, leftovers_that_twstap_did_not_write_stay)
{
    struct record_file f;
    char older[128];

    snprintf(older, sizeof older, "%s/a.b/rec.2.pcapng", folder);
    write_file(older, "precious", 0600);
    begin(&f, (struct record_file_config){.rotate_bytes = 2 * BLOCK, .keep = 2});
    for (uint64_t i = 1; i <= 6; i++)
        cr_expect(put(&f, i));
    record_file_close(&f, 0);
    expect_file(older, "precious");
}

Test(record_file, more_than_the_buffer_is_not_lost)
{
    struct record_file f;
    uint64_t first;

    begin(&f, (struct record_file_config){0});
    for (uint64_t i = 1; i <= RECORD_BUFFER / BLOCK + 100; i++)
        cr_assert(put(&f, i));
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), RECORD_BUFFER / BLOCK + 100);
    cr_expect_eq(f.lost, 0);
}

Test(record_file, rotates_by_size_and_keeps_so_many)
{
    struct record_file f;
    uint64_t first;

    begin(&f, (struct record_file_config){.rotate_bytes = 5 * BLOCK, .keep = 3});
    for (uint64_t i = 1; i <= 18; i++)
        put(&f, i);
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 2);
    cr_expect_eq(first, 17);
    cr_expect_eq(packets(".1", &first), 4);
    cr_expect_eq(first, 13);
    cr_expect_eq(packets(".2", &first), 4);
    cr_expect_eq(first, 9);
    cr_expect_eq(packets(".3", &first), -1);
    cr_expect_eq(f.files, 5);
}

Test(record_file, rotates_by_the_packets_times)
{
    struct record_file f;
    uint64_t first;

    begin(&f, (struct record_file_config){.rotate_ns = 3});
    for (uint64_t i = 10; i < 17; i++)
        put(&f, i);
    record_file_close(&f, 0);
    cr_expect_eq(packets(".2", &first), 3);
    cr_expect_eq(first, 10);
    cr_expect_eq(packets(".1", &first), 3);
    cr_expect_eq(packets("", &first), 1);
}

Test(record_file, leftovers_of_a_longer_run_go)
{
    struct record_file f;
    uint64_t first;

    begin(&f, (struct record_file_config){.rotate_bytes = 2 * BLOCK, .keep = 5});
    for (uint64_t i = 1; i <= 6; i++)
        put(&f, i);
    record_file_close(&f, 0);
    cr_expect_eq(packets(".4", &first), 1);
    begin(&f, (struct record_file_config){.rotate_bytes = 2 * BLOCK, .keep = 2});
    put(&f, 1);
    put(&f, 2);
    record_file_close(&f, 0);
    cr_expect_eq(packets(".1", &first), 1);
    for (int i = 2; i < 5; i++) {
        char suffix[8];

        snprintf(suffix, sizeof suffix, ".%d", i);
        cr_expect_eq(packets(suffix, &first), -1, "%s", suffix);
    }
}

Test(record_file, a_single_file_is_replaced)
{
    struct record_file f;
    uint64_t first;

    begin(&f, (struct record_file_config){.rotate_bytes = 3 * BLOCK, .keep = 1});
    for (uint64_t i = 1; i <= 5; i++)
        put(&f, i);
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 1);
    cr_expect_eq(packets(".1", &first), -1);
}

Test(record_file, a_name_without_a_dot_gets_its_number_at_the_end)
{
    struct record_file f;
    char name[128], old[140];

    snprintf(name, sizeof name, "%s/a.b/rec", folder);
    snprintf(old, sizeof old, "%s.1", name);
    begin(&f, (struct record_file_config){.path = name, .rotate_bytes = 2 * BLOCK});
    put(&f, 1);
    put(&f, 2);
    record_file_close(&f, 0);
    cr_expect_eq(access(old, F_OK), 0);
}

Test(record_file, a_rotation_that_fails_leaves_what_is_there)
{
    struct record_file f;
    uint64_t first;
    char blocked[128];

    snprintf(blocked, sizeof blocked, "%s/a.b/rec.1.pcapng", folder);
    begin(&f, (struct record_file_config){.rotate_bytes = 2 * BLOCK, .keep = 2});
    cr_assert_eq(mkdir(blocked, 0700), 0);
    cr_expect(put(&f, 1));
    cr_expect_not(put(&f, 2));
    cr_expect_eq(f.failed, EEXIST);
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 1);
}

Test(record_file, a_full_disk_ends_the_file_at_a_block)
{
    struct rlimit limit = {.rlim_cur = 10 * BLOCK + 500, .rlim_max = RLIM_INFINITY};
    struct record_file f;
    uint64_t first, i;

    signal(SIGXFSZ, SIG_IGN);
    begin(&f, (struct record_file_config){0});
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (i = 1; i <= 3; i++)
        put(&f, i);
    record_file_flush(&f);
    for (; i <= 20; i++)
        put(&f, i);
    record_file_flush(&f);
    cr_expect_eq(f.failed, EFBIG);
    cr_expect_not(put(&f, 21));
    cr_expect_eq(f.lost, 0, "it has stopped, nothing is lost any more");
    cr_expect_eq(packets("", &first), 10);
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect(record_file_reopen(&f), "SIGHUP begins anew");
    cr_expect_str_neq(f.path, path, "beside what was recorded before");
    cr_expect(put(&f, 22));
    record_file_close(&f, 0);
    cr_expect_eq(packets("", &first), 10);
}

Test(record_file, no_space_is_said)
{
    struct record_file f;

    begin(&f, (struct record_file_config){.path = "/dev/full"});
    put(&f, 1);
    record_file_flush(&f);
    cr_expect_eq(f.failed, ENOSPC);
    cr_expect_eq(f.fd, -1);
    record_file_close(&f, 0);
}

Test(record_file, reopening_goes_on_in_a_new_file_only_when_the_old_one_was_moved)
{
    struct record_file f;
    uint64_t first;
    char moved[128];

    snprintf(moved, sizeof moved, "%s/a.b/rec.old.pcapng", folder);
    begin(&f, (struct record_file_config){0});
    put(&f, 1);
    cr_expect(record_file_reopen(&f));
    put(&f, 2);
    cr_assert_eq(rename(path, moved), 0);
    cr_expect(record_file_reopen(&f));
    put(&f, 3);
    record_file_close(&f, 0);
    cr_expect_eq(packets(".old", &first), 2);
    cr_expect_eq(packets("", &first), 1);
    cr_expect_eq(first, 3);
}

Test(record_file, a_file_that_cannot_be_opened_anew_leaves_the_old_one)
{
    struct record_file f;
    char moved[128];
    struct stat st;

    snprintf(moved, sizeof moved, "%s/moved.pcapng", folder);
    begin(&f, (struct record_file_config){0});
    cr_assert_eq(rename(path, moved), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_not(record_file_reopen(&f));
    cr_expect_eq(errno, EISDIR);
    cr_expect(put(&f, 1));
    record_file_close(&f, 0);
    cr_assert_eq(stat(moved, &st), 0);
    cr_expect_gt(st.st_size, BLOCK);
}

Test(record_file, a_pipe_that_is_full_costs_whole_packets, .timeout = 20)
{
    static uint8_t got[BLOCK];
    struct record_file f;
    uint64_t offered = 2 * RECORD_BUFFER / BLOCK, read_back = 0;
    int fd;

    cr_assert_eq(mkfifo(path, 0600), 0);
    fd = open(path, O_RDONLY | O_NONBLOCK);
    begin(&f, (struct record_file_config){.rotate_bytes = 2 * BLOCK});
    for (uint64_t i = 1; i <= offered; i++)
        put(&f, i);
    cr_expect_gt(f.lost, 0);
    cr_expect_eq(f.packets + f.lost, offered);
    cr_assert_eq(read(fd, got, 64), 64, "the section");
    for (size_t have = 0;;) {
        ssize_t n = read(fd, got + have, BLOCK - have);

        if (n <= 0) {
            if (f.head == f.have && have == 0)
                break;
            record_file_flush(&f);
            continue;
        }
        have += (size_t)n;
        if (have < BLOCK)
            continue;
        cr_assert_eq(pcapng_block_len(got), BLOCK);
        read_back++;
        have = 0;
    }
    cr_expect_eq(read_back, f.packets);
    record_file_close(&f, 0);
    close(fd);
}

Test(record_file, what_is_no_file_is_refused)
{
    struct record_file f;
    struct record_file_config c = {.path = folder};
    const char *why;

    cr_expect_not(record_file_open(&f, &c, begin_file, NULL, &why));
    cr_expect_eq(errno, EISDIR);
    c.path = path;
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_not(record_file_open(&f, &c, begin_file, NULL, &why));
    cr_expect_str_eq(why, "a named pipe that nobody reads");
}
