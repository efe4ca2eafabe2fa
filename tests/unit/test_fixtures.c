#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* fixtures/: what MANIFEST names is there with the digest it names, and nothing else is there. */

#define FIXTURES_MAX 256
#define FIXTURE_MAX  (1u << 20) /* a fixture is small */

struct row {
    char name[128], origin[256], options[256], digest[32];
};

static struct row rows[FIXTURES_MAX];
static size_t n_rows;

static void read_manifest(void)
{
    char line[1024];
    FILE *f = fopen(TWSTAP_FIXTURES "/MANIFEST", "r");

    cr_assert_not_null(f, "fixtures/MANIFEST: %s", strerror(errno));
    cr_assert_not_null(fgets(line, sizeof line, f));
    cr_assert_str_eq(line, "name\torigin\toptions\tdigest\n");
    while (fgets(line, sizeof line, f)) {
        struct row *r = &rows[n_rows];

        cr_assert_lt(n_rows, FIXTURES_MAX);
        cr_assert_eq(sscanf(line, "%127[^\t]\t%255[^\t]\t%255[^\t]\t%31[^\t\n]", r->name, r->origin,
                            r->options, r->digest),
                     4, "not four fields: %s", line);
        n_rows++;
    }
    fclose(f);
    cr_assert_gt(n_rows, 0);
}

static FILE *open_fixture(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%.128s", TWSTAP_FIXTURES, name);
    return fopen(path, "rb");
}

/* NAME.pcapng or NAME.pcap to NAME.jsonl. */
static void expected_of(const char *name, char out[256])
{
    const char *dot = strrchr(name, '.');

    snprintf(out, 256, "%.*s.jsonl", (int)(dot ? dot - name : (ptrdiff_t)strlen(name)), name);
}

static bool is_listed(const char *name)
{
    char expected[256];

    if (strcmp(name, "MANIFEST") == 0 || strcmp(name, "PROVENANCE.md") == 0)
        return true;
    for (size_t i = 0; i < n_rows; i++) {
        expected_of(rows[i].name, expected);
        if (strcmp(name, rows[i].name) == 0 || strcmp(name, expected) == 0)
            return true;
    }
    return false;
}

TestSuite(fixtures, .init = read_manifest);

Test(fixtures, are_there_with_the_digest_of_the_manifest)
{
    uint8_t *bytes = malloc(FIXTURE_MAX);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < n_rows; i++) {
        FILE *f = open_fixture(rows[i].name);
        char digest[32];
        size_t n;

        cr_assert_not_null(f, "%s: %s", rows[i].name, strerror(errno));
        n = fread(bytes, 1, FIXTURE_MAX, f);
        cr_expect(n > 0 && n < FIXTURE_MAX, "%s: %zu bytes", rows[i].name, n);
        snprintf(digest, sizeof digest, "%016llx", (unsigned long long)XXH3_64bits(bytes, n));
        cr_expect_str_eq(digest, rows[i].digest, "%s", rows[i].name);
        fclose(f);
    }
    free(bytes);
}

Test(fixtures, have_their_expected_events_beside_them)
{
    for (size_t i = 0; i < n_rows; i++) {
        char expected[256];
        FILE *f;

        expected_of(rows[i].name, expected);
        f = open_fixture(expected);
        cr_assert_not_null(f, "%s: %s; scripts/update-expected %s", expected, strerror(errno),
                           rows[i].name);
        cr_expect_eq(fgetc(f), '{', "%s", expected);
        fclose(f);
    }
}

Test(fixtures, are_named_once)
{
    for (size_t i = 1; i < n_rows; i++)
        cr_expect_lt(strcmp(rows[i - 1].name, rows[i].name), 0, "%s, %s", rows[i - 1].name,
                     rows[i].name);
}

Test(fixtures, no_file_is_without_a_line)
{
    DIR *d = opendir(TWSTAP_FIXTURES);
    const struct dirent *e;

    cr_assert_not_null(d);
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.')
            cr_expect(is_listed(e->d_name), "%s is not in MANIFEST", e->d_name);
    }
    closedir(d);
}
