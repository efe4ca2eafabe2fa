#include "capmake.h"
#include "source.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEC_NS  1000000000ull
#define PATHS   5
#define PACKETS 16

static char folder[] = "/tmp/test_source.XXXXXX";
static char path[PATHS][64];
static char error[SOURCE_ERROR_MAX];

static void setup(void)
{
    cr_assert_neq(mkdtemp(folder), NULL);
    for (size_t i = 0; i < PATHS; i++)
        snprintf(path[i], sizeof path[i], "%s/%zu", folder, i);
}

static void teardown(void)
{
    for (size_t i = 0; i < PATHS; i++)
        unlink(path[i]);
    rmdir(folder);
}

TestSuite(source, .init = setup, .fini = teardown);

static const char *write_file(size_t i, const void *p, size_t n)
{
    FILE *f = fopen(path[i], "wb");

    cr_assert(f && fwrite(p, 1, n, f) == n);
    fclose(f);
    return path[i];
}

/* Everything that a source says, packets by their first bytes. */
struct reading {
    char data[PACKETS][16];
    uint64_t ts_ns[PACKETS];
    uint32_t iface[PACKETS];
    int link[PACKETS];
    size_t n;
    unsigned cuts;
    char cut[SOURCE_ERROR_MAX];
    enum source_status last;
    char failed[SOURCE_ERROR_MAX];
};

static void read_source(struct source *s, struct reading *r)
{
    struct packet p;

    *r = (struct reading){.last = SOURCE_PACKET};
    while (r->last == SOURCE_PACKET || r->last == SOURCE_CUT || r->last == SOURCE_PAUSE) {
        r->last = source_next(s, &p);
        if (r->last == SOURCE_CUT) {
            r->cuts++;
            snprintf(r->cut, sizeof r->cut, "%s", source_error(s));
        }
        if (r->last != SOURCE_PACKET)
            continue;
        cr_assert_lt(r->n, PACKETS);
        snprintf(r->data[r->n], 16, "%.*s", (int)p.captured, (const char *)p.bytes);
        r->ts_ns[r->n] = p.ts_ns;
        r->iface[r->n] = p.iface;
        r->link[r->n++] = p.link;
    }
    snprintf(r->failed, sizeof r->failed, "%s", r->last == SOURCE_FAILED ? source_error(s) : "");
    cr_expect_eq(source_next(s, &p), r->last, "the end lasts");
}

static void read_files(const char *const *paths, size_t n, struct reading *r)
{
    struct source *s = source_files(paths, n, error);

    cr_assert_neq(s, NULL, "%s", error);
    read_source(s, r);
    source_close(s);
}

static void sample(struct capmake *c)
{
    *c = (struct capmake){0};
    cap_pcap(c, 0xa1b2c3d4, 1);
    cap_record(c, 10, 0, "one", 3);
    cap_record(c, 20, 0, "two", 3);
    cap_record(c, 30, 0, "three", 5);
}

Test(source, reads_a_file)
{
    static struct capmake c;
    static struct reading r;
    struct source_drops drops;
    struct source *s;
    uint64_t every = 1;

    sample(&c);
    s = source_files((const char *[]){write_file(0, c.p, c.n)}, 1, error);
    cr_assert_neq(s, NULL, "%s", error);
    cr_expect_str_eq(source_name(s), path[0]);
    cr_expect_eq(source_fd(s, &every), -1);
    cr_expect(every == 0 && !source_is_loopback(s));
    source_drops(s, &drops);
    cr_expect(drops.received == 0 && drops.kernel == 0 && drops.interface == 0);
    read_source(s, &r);
    cr_expect(r.n == 3 && r.last == SOURCE_END && r.cuts == 0);
    cr_expect_str_eq(r.data[2], "three");
    cr_expect_eq(r.ts_ns[2], 30 * SEC_NS);
    source_close(s);
    source_close(NULL);
}

/* A file cut at any byte: all packets before the cut, and the cut is said once and only where it is
 * one. */
Test(source, keeps_what_is_before_a_cut)
{
    static struct capmake c;
    static struct reading r;
    const size_t ends[] = {24, 43, 62, 83};

    sample(&c);
    cr_assert_eq(c.n, 83);
    for (size_t cut = 24; cut <= c.n; cut++) {
        size_t whole = 0;
        char want[SOURCE_ERROR_MAX];

        while (whole < 3 && ends[whole + 1] <= cut)
            whole++;
        read_files((const char *[]){write_file(0, c.p, cut)}, 1, &r);
        cr_expect_eq(r.n, whole, "cut at %zu", cut);
        cr_expect_eq(r.last, SOURCE_END, "cut at %zu", cut);
        cr_expect_eq(r.cuts, ends[whole] != cut, "cut at %zu", cut);
        snprintf(want, sizeof want,
                 "%s: cut off after packet %zu: what begins at byte %zu is not all there", path[0],
                 whole, ends[whole]);
        if (r.cuts)
            cr_expect_str_eq(r.cut, want);
    }
}

static void expect_refused(const char *const *paths, size_t n, const char *word)
{
    struct source *s = source_files(paths, n, error);

    cr_expect_eq(s, NULL, "%s", word);
    source_close(s);
    cr_expect_neq(strstr(error, word), NULL, "\"%s\" does not say \"%s\"", error, word);
    cr_expect(!strchr(error, '\n') && strlen(error) > 5);
}

static void expect_refused_bytes(const void *p, size_t n, const char *word)
{
    expect_refused((const char *[]){write_file(0, p, n)}, 1, word);
    cr_expect_eq(strncmp(error, path[0], strlen(path[0])), 0, "%s", error);
}

Test(source, says_in_one_line_why_a_file_cannot_be_read)
{
    static struct capmake c;
    static const char *many[SOURCE_FILES_MAX + 1];
    static char longest[400];

    sample(&c);
    expect_refused_bytes("", 0, "is empty");
    expect_refused_bytes("abc", 3, "it has 3 bytes");
    expect_refused_bytes(c.p, 23, "cut off in its header: it has 23 bytes");
    expect_refused_bytes("\x1f\x8b\x08\x00\x00", 5, "gzip -dc");
    expect_refused_bytes("#!/bin/sh\n", 10, "not a capture");
    expect_refused((const char *[]){"/tmp"}, 1, "/tmp: is a directory");
    expect_refused((const char *[]){path[1]}, 1, "No such file");
    expect_refused((const char *[]){"no\nsuch\x1b[31mfile"}, 1, "no?such?[31mfile: ");
    memset(longest, 'x', sizeof longest - 1);
    expect_refused((const char *[]){longest}, 1, "too long");
    expect_refused(many, 0, "no file");
    for (size_t i = 0; i <= SOURCE_FILES_MAX; i++)
        many[i] = path[0];
    expect_refused(many, SOURCE_FILES_MAX + 1, "at most 64");
    expect_refused((const char *[]){"-", "-"}, 2, "once only");
}

static void no_permission(void)
{
    expect_refused((const char *[]){path[0]}, 1, "Permission denied");
}

Test(source, says_that_it_may_not_read_a_file)
{
    static struct capmake c;

    sample(&c);
    chmod(folder, 0755);
    chmod(write_file(0, c.p, c.n), 0);
    if (geteuid() == 0 && seteuid(65534) != 0)
        return;
    no_permission();
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
}

Test(source, stops_at_garbage_and_says_where)
{
    static struct capmake c;
    static struct reading r;
    char want[SOURCE_ERROR_MAX];

    sample(&c);
    cap_raw(&c, "this is not a packet, is it?", 28);
    read_files((const char *[]){write_file(0, c.p, c.n)}, 1, &r);
    cr_expect(r.n == 3 && r.last == SOURCE_FAILED);
    snprintf(want, sizeof want, "%s: broken after packet 3, at byte 83: a packet of ", path[0]);
    cr_expect_eq(strncmp(r.failed, want, strlen(want)), 0, "%s", r.failed);
}

Test(source, merges_files_by_time_and_keeps_each_files_order)
{
    static struct capmake c;
    static struct reading r;
    const char *files[3] = {path[0], path[1], path[2]};

    c = (struct capmake){0};
    cap_pcap(&c, 0xa1b2c3d4, 1);
    cap_record(&c, 10, 0, "a10", 3);
    cap_record(&c, 30, 0, "a30", 3);
    cap_record(&c, 20, 0, "a20", 3); /* back in time: after a30 all the same */
    cap_record(&c, 40, 0, "a40", 3);
    write_file(0, c.p, c.n);
    c = (struct capmake){.big = true};
    cap_section(&c, NULL, NULL);
    cap_interface(&c, 113, 0, NULL);
    cap_interface(&c, 276, 0, NULL);
    cap_enhanced(&c, 1, 10000000, "b10", 3, NULL); /* the same time: the first file first */
    cap_enhanced(&c, 0, 25000000, "b25", 3, NULL);
    cap_enhanced(&c, 0, 50000000, "b50", 3, NULL);
    write_file(1, c.p, c.n - 1);
    c = (struct capmake){0};
    cap_pcap(&c, 0xa1b23c4d, 1); /* no packets: nothing to say */
    write_file(2, c.p, c.n);
    read_files(files, 3, &r);
    cr_assert_eq(r.n, 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect_str_eq(r.data[i],
                         ((const char *[]){"a10", "b10", "b25", "a30", "a20", "a40"})[i]);
    cr_expect(r.iface[0] == 0 && r.iface[1] == (1u << 16 | 1) && r.iface[2] == 1u << 16);
    cr_expect(r.link[1] == 276 && r.link[2] == 113);
    cr_expect(r.cuts == 1 && r.last == SOURCE_END); /* and the other file went on */
    cr_expect_neq(strstr(r.cut, path[1]), NULL, "%s", r.cut);
}

/* A child writes to a pipe that is our standard input, in two pieces. */
static pid_t pipe_in(const uint8_t *p, size_t n, size_t first)
{
    int ends[2];
    pid_t pid;

    cr_assert_eq(pipe(ends), 0);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        bool done = write(ends[1], p, first) == (ssize_t)first &&
                    write(ends[1], p + first, n - first) == (ssize_t)(n - first);
        _exit(done ? 0 : 1);
    }
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return pid;
}

Test(source, reads_standard_input_from_a_pipe)
{
    static struct capmake c;
    static struct reading r;

    sample(&c);
    for (size_t first = 0; first <= c.n; first += 7) {
        pid_t pid = pipe_in(c.p, c.n, first);

        read_files((const char *[]){"-"}, 1, &r);
        cr_expect(r.n == 3 && r.last == SOURCE_END, "first %zu", first);
        waitpid(pid, NULL, 0);
    }
    waitpid(pipe_in(c.p, c.n - 1, 1), NULL, 0);
    read_files((const char *[]){"-"}, 1, &r);
    cr_expect_eq(strncmp(r.cut, "standard input: cut off after packet 2", 38), 0, "%s", r.cut);
}

static void on_alarm(int signal)
{
    (void)signal;
}

/* Packets that came are handed out, and then the pause is reported once, before the wait. */
Test(source, reports_that_the_writer_of_a_pipe_pauses)
{
    static struct capmake c;
    struct packet p;
    struct source *s;
    int ends[2];

    sample(&c);
    cr_assert(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    cr_assert_eq(write(ends[1], c.p, c.n - 1), (ssize_t)(c.n - 1));
    s = source_files((const char *[]){"-"}, 1, error);
    cr_assert_neq(s, NULL, "%s", error);
    cr_expect_eq(source_next(s, &p), SOURCE_PACKET);
    cr_expect_eq(source_next(s, &p), SOURCE_PACKET);
    cr_expect_eq(source_next(s, &p), SOURCE_PAUSE);
    cr_assert_eq(write(ends[1], c.p + c.n - 1, 1), 1);
    cr_expect_eq(source_next(s, &p), SOURCE_PACKET);
    cr_expect_eq(source_next(s, &p), SOURCE_PAUSE);
    close(ends[1]);
    cr_expect_eq(source_next(s, &p), SOURCE_END);
    source_close(s);
}

/* A signal ends the wait for a pipe, and nothing is lost by it. */
Test(source, gives_control_back_at_a_signal)
{
    static struct capmake c;
    struct itimerspec soon = {{0, 1000000}, {0, 1000000}}; /* until it is met: again and again */
    struct sigaction act = {.sa_handler = on_alarm};
    enum source_status status;
    struct packet p;
    struct source *s;
    timer_t timer;
    int ends[2];

    sample(&c);
    cr_assert(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    cr_assert_eq(write(ends[1], c.p, 30), 30);
    s = source_files((const char *[]){"-"}, 1, error);
    cr_assert_neq(s, NULL, "%s", error);
    cr_expect_eq(source_next(s, &p), SOURCE_PAUSE);
    sigaction(SIGALRM, &act, NULL);
    cr_assert(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 &&
              timer_settime(timer, 0, &soon, NULL) == 0);
    status = source_next(s, &p);
    timer_delete(timer);
    cr_expect_eq(status, SOURCE_LATER);
    cr_assert_eq(write(ends[1], c.p + 30, c.n - 30), (ssize_t)(c.n - 30));
    close(ends[1]);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(source_next(s, &p), SOURCE_PACKET);
    cr_expect_eq(source_next(s, &p), SOURCE_END);
    source_close(s);
}

/* Packets larger than the buffer is at first, and all of a buffer's cuttings by its end. */
Test(source, reads_packets_of_any_size_up_to_the_limit)
{
    static uint8_t data[1 << 20];
    static const uint32_t sizes[] = {60, 1500, 65549, 131072, 262144, 1 << 20, 0, 1, 200000, 60};
    struct capmake *c = calloc(1, sizeof *c);
    struct source *s;
    struct packet p;
    FILE *f = fopen(path[0], "wb");

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + (i >> 8));
    cap_pcap(c, 0xa1b2c3d4, 1);
    cr_assert(c && f && fwrite(c->p, 1, c->n, f) == c->n);
    for (size_t i = 0; i < 10; i++) {
        uint32_t head[4] = {1, 0, sizes[i], sizes[i]};

        fwrite(head, 1, sizeof head, f);
        fwrite(data, 1, sizes[i], f);
    }
    fclose(f);
    s = source_files((const char *[]){path[0]}, 1, error);
    cr_assert_neq(s, NULL, "%s", error);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(source_next(s, &p), SOURCE_PACKET, "%zu: %s", i, source_error(s));
        cr_expect(p.captured == sizes[i] && memcmp(p.bytes, data, sizes[i]) == 0, "packet %zu", i);
    }
    cr_expect_eq(source_next(s, &p), SOURCE_END);
    source_close(s);
    free(c);
}

/* A file that grows after its end was met has ended. */
Test(source, reads_a_file_that_is_still_written_up_to_what_is_there)
{
    static struct capmake c;
    static struct reading r;

    sample(&c);
    write_file(0, c.p, 62);
    read_files((const char *[]){path[0]}, 1, &r);
    cr_expect(r.n == 2 && r.cuts == 0 && r.last == SOURCE_END);
}

Test(source, knows_what_the_writer_said)
{
    static struct capmake c, options;
    struct source_about about;
    struct packet p;
    struct source *s;

    cap_option(&options, 2, "eth0", 4);
    cap_section(&c, "twstap 1.0", "twstap");
    cap_interface(&c, 1, 0, &options);
    cap_enhanced(&c, 0, 1, "x", 1, "quiet");
    s = source_files((const char *[]){write_file(0, c.p, c.n)}, 1, error);
    cr_assert_neq(s, NULL, "%s", error);
    source_about(s, &about);
    cr_expect_str_eq(about.comment, "twstap 1.0");
    cr_expect_str_eq(about.app, "twstap");
    cr_assert_eq(source_next(s, &p), SOURCE_PACKET);
    cr_expect_str_eq(p.comment, "quiet");
    source_about(s, &about);
    cr_expect_str_eq(about.iface, "eth0");
    source_close(s);
}

/* --- against other readers and writers --- */

static bool have(const char *program)
{
    char command[128];

    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    if (system(command) == 0)
        return true;
    fprintf(stderr, "skipped: %s is not here\n", program);
    return false;
}

static const char *captures(void)
{
    static char at[512];
    const char *shared = getenv("TWSTAP_SHARED");
    struct stat st;

    snprintf(at, sizeof at, "%s/data/captures", shared ? shared : TWSTAP_SHARED_DEFAULT);
    if (stat(at, &st) == 0)
        return at;
    fprintf(stderr, "skipped: %s is not here\n", at);
    return NULL;
}

/* Packets, bytes, and a sum that knows times and contents in their order. */
struct sum {
    uint64_t packets, bytes, digest;
};

static struct sum sum_of(const char *const *paths, size_t n)
{
    struct source *s = source_files(paths, n, error);
    struct sum sum = {0};
    enum source_status status;
    struct packet p;

    cr_assert_neq(s, NULL, "%s", error);
    while ((status = source_next(s, &p)) == SOURCE_PACKET) {
        sum.packets++;
        sum.bytes += p.captured;
        sum.digest = (sum.digest ^ p.ts_ns) * 0x100000001b3u;
        for (uint32_t i = 0; i < p.captured; i++)
            sum.digest = (sum.digest ^ p.bytes[i]) * 0x100000001b3u;
    }
    cr_expect_eq(status, SOURCE_END, "%s: %s", paths[0], source_error(s));
    source_close(s);
    return sum;
}

static void run(const char *command)
{
    cr_assert_eq(system(command), 0, "%s", command);
}

/* The same packets from each real capture, and from what another program made of it. */
Test(source, reads_what_editcap_and_tcpdump_write)
{
    static const char *const forms[] = {"editcap -F pcapng '%s' '%s'",
                                        "editcap -F nsecpcap '%s' '%s'",
                                        "tcpdump -q -r '%s' -w '%s' 2>/dev/null"};
    const char *in = captures();
    DIR *d = in ? opendir(in) : NULL;
    struct dirent *e;

    if (!d || !have("editcap") || !have("tcpdump"))
        return;
    while ((e = readdir(d))) {
        char file[800], command[1000];
        struct sum want;

        if (!strstr(e->d_name, ".pcap"))
            continue;
        snprintf(file, sizeof file, "%s/%s", in, e->d_name);
        want = sum_of((const char *[]){file}, 1);
        cr_expect_gt(want.packets, 5, "%s", file);
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            struct sum got;

            snprintf(command, sizeof command, forms[i], file, path[0]);
            run(command);
            got = sum_of((const char *[]){path[0]}, 1);
            cr_expect(got.packets == want.packets && got.bytes == want.bytes &&
                          got.digest == want.digest,
                      "%s: %s", forms[i], file);
        }
    }
    closedir(d);
}

/* Our merge is mergecap's, on files of different link types. */
Test(source, merges_as_mergecap_does)
{
    static struct capmake c;
    char command[512];
    struct sum ours, theirs;

    if (!have("mergecap"))
        return;
    for (unsigned i = 0; i < 3; i++) {
        c = (struct capmake){.big = i == 1};
        cap_pcap(&c, i == 2 ? 0xa1b23c4d : 0xa1b2c3d4, (uint32_t[]){1, 101, 113}[i]);
        for (unsigned k = 0; k < 200; k++)
            cap_record(&c, 1700000000 + k, 5 + i, i ? "packet" : "packets!", 100);
        write_file(i, c.p, c.n);
    }
    snprintf(command, sizeof command, "mergecap -F pcapng -w '%s' '%s' '%s' '%s'", path[3], path[0],
             path[1], path[2]);
    run(command);
    ours = sum_of((const char *[]){path[0], path[1], path[2]}, 3);
    theirs = sum_of((const char *[]){path[3]}, 1);
    cr_expect(ours.packets == 600 && theirs.packets == 600);
    cr_expect(ours.bytes == theirs.bytes && ours.digest == theirs.digest);
}
