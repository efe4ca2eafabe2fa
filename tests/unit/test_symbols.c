#include <criterion/criterion.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* decoder/, session/ and diagnosis/ map bytes and a time to values: what their archives ask of the
 * world is memory, text in memory, arithmetic and hashing. */
static const char *const allowed[] = {
    "tws_*", "XXH*",
    /* memory */
    "malloc", "calloc", "realloc", "free", "mem*", "__mem*_chk",
    /* text in memory; strftime and strptime know locales, strerror reads a catalogue */
    "str[clnprst]*", "strdup", "__str*_chk", "snprintf", "vsnprintf", "__snprintf_chk",
    "__vsnprintf_chk", "__ctype_b_loc", "qsort", "bsearch",
    /* arithmetic */
    "abs", "labs", "llabs", "fabs", "floor", "ceil", "round", "lround", "llround", "trunc", "fmod",
    "pow", "log", "log10", "log2", "exp", "ldexp", "frexp", "isnan", "isinf",
    /* our own promises, and what compilers and sanitizers add */
    "abort", "__assert_fail", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_", "__asan_*", "__ubsan_*",
    "__sanitizer_*", "__sancov_*", "__start___sancov_*", "__stop___sancov_*", "__gcov_*",
    "__llvm_*", "__odr_asan*", "__tsan_*"};
static const char *const refused[] = {"strftime*", "strptime*", "strerror*", "strsignal*",
                                      "strfmon*"};

static bool matches(const char *name, const char *const *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    }
    return false;
}

static bool is_pure(const char *name)
{
    return matches(name, allowed, sizeof allowed / sizeof allowed[0]) &&
           !matches(name, refused, sizeof refused / sizeof refused[0]);
}

static void check_archive(const char *path)
{
    char command[1200], line[512], name[400];
    size_t seen = 0;
    FILE *nm;

    if (path[0] == '\0')
        return; /* not built yet */
    snprintf(command, sizeof command, "nm -u '%s'", path);
    nm = popen(command, "r");
    cr_assert_not_null(nm);
    while (fgets(line, sizeof line, nm)) {
        if (line[0] != ' ' || sscanf(line, " %*1[Uwv] %399s", name) != 1)
            continue; /* the name of a member */
        seen++;
        cr_expect(is_pure(name), "%s asks for %s", path, name);
    }
    cr_expect_eq(pclose(nm), 0, "nm %s", path);
    cr_expect_gt(seen, 0, "%s", path);
}

Test(symbols, of_the_decoder_are_pure)
{
    check_archive(DECODER_ARCHIVE);
}

static bool is_allocator(const char *name)
{
    static const char *const names[] = {"malloc", "calloc",        "realloc",       "free",
                                        "strdup", "aligned_alloc", "posix_memalign"};

    return matches(name, names, sizeof names / sizeof names[0]);
}

/* Taking a frame apart allocates nothing; what holds frames in pieces does. */
Test(symbols, of_messages_and_values_ask_for_no_memory)
{
    static const char *const holders[] = {"stream.c.o:*", "resync.c.o:*"};
    char command[1200], line[512], name[400];
    bool holds = false;
    size_t members = 0;
    FILE *nm;

    if (DECODER_ARCHIVE[0] == '\0')
        return;
    snprintf(command, sizeof command, "nm -u '%s'", DECODER_ARCHIVE);
    nm = popen(command, "r");
    cr_assert_not_null(nm);
    while (fgets(line, sizeof line, nm)) {
        if (strstr(line, ".o:")) {
            holds = matches(line, holders, sizeof holders / sizeof holders[0]);
            members += !holds;
        } else if (line[0] == ' ' && sscanf(line, " %*1[Uwv] %399s", name) == 1) {
            cr_expect(holds || !is_allocator(name), "%s", name);
        }
    }
    cr_expect_eq(pclose(nm), 0);
    cr_expect_gt(members, 8);
}

Test(symbols, of_the_session_are_pure)
{
    check_archive(SESSION_ARCHIVE);
}

Test(symbols, of_the_diagnosis_are_pure)
{
    check_archive(DIAGNOSIS_ARCHIVE);
}

Test(symbols, that_reach_the_world_are_told)
{
    static const char *const worldly[] = {
        "socket",         "connect",        "accept4",      "send",          "recv",
        "open",           "open64",         "openat",       "read",          "write",
        "close",          "fopen",          "fopen64",      "fread",         "fwrite",
        "printf",         "fprintf",        "__printf_chk", "__fprintf_chk", "puts",
        "putchar",        "stderr",         "stdout",       "clock_gettime", "time",
        "gettimeofday",   "localtime_r",    "gmtime_r",     "mktime",        "nanosleep",
        "setlocale",      "getenv",         "ev_run",       "ev_io_start",   "ev_now",
        "pcap_open_live", "pthread_create", "strftime",     "rand",          "random",
        "getrandom",      "mmap",           "exit"};

    for (size_t i = 0; i < sizeof worldly / sizeof worldly[0]; i++)
        cr_expect_not(is_pure(worldly[i]), "%s", worldly[i]);
    cr_expect(is_pure("memcpy") && is_pure("strlen") && is_pure("strtod") && is_pure("XXH64"));
}
