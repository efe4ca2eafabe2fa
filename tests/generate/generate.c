/* generate.c - sessions whose truth is known, for tests of verdicts.
 *
 * It writes pcap files and, beside them, truth.jsonl: a line a connection.  The same options give
 * the same bytes.  Nothing of session/ is linked: the truth comes from the scripts alone.  Groups
 * of connections follow each other in a file, each with a gateway of its own; a group that ends
 * with its capture has a file for itself. */
#include "group.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_NS    (1767600000ull * SEC) /* 2026-01-05 08:00:00 UTC */
#define BETWEEN_NS  (200 * SEC)           /* between two groups: all that stands open is over */
#define TAIL_OF     100u                  /* of so many groups, TAIL_TIMES end with the capture */
#define TAIL_TIMES  6u
#define GROUPS_EACH 240u /* in one file: twstap tells 256 gateways apart */
#define PATH_SIZE   4096u

struct generate {
    uint64_t seed, sessions;
    const char *dir;
    FILE *pcap, *truth;
    uint64_t groups, made, files, in_file;
    uint64_t next_ns;
    char batch[64]; /* name of the file of groups that end */
    struct group group;
};

static FILE *open_in(const struct generate *g, const char *name)
{
    char path[PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/%s", g->dir, name);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "wb") : NULL;

    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void close_file(FILE *f)
{
    if (f && fclose(f) != 0) {
        perror("generate");
        exit(1);
    }
}

static void write_truth(struct generate *g, const char *file)
{
    for (size_t i = 0; i < g->group.n; i++) {
        const struct film_side *side = g->group.talks[i].tcp.side;
        const struct truth_ends ends = {side[CLIENT].address, side[GATEWAY].address,
                                        side[CLIENT].port, side[GATEWAY].port};

        fprintf(g->truth, "{\"file\":\"%s\",\"truth\":", file);
        truth_write(&g->group.truths[i], &ends, g->groups, g->truth);
    }
}

static void one_group(struct generate *g)
{
    bool tail = g->groups % TAIL_OF < TAIL_TIMES;
    char single[64];
    FILE *to;

    if (!g->pcap || g->in_file == GROUPS_EACH) {
        close_file(g->pcap);
        snprintf(g->batch, sizeof g->batch, "batch-%05llu.pcap", (unsigned long long)g->files++);
        g->pcap = open_in(g, g->batch);
        film_write_head(g->pcap);
        g->in_file = 0;
        g->next_ns = FIRST_NS;
    }
    group_make(&g->group, g->seed, g->groups, g->next_ns, tail);
    if (g->group.tail) {
        snprintf(single, sizeof single, "tail-%05llu.pcap", (unsigned long long)g->groups);
        to = open_in(g, single);
        film_write_head(to);
        film_write(&g->group.film, to);
        close_file(to);
    } else {
        g->next_ns = film_end(&g->group.film) + BETWEEN_NS;
        g->in_file++;
        film_write(&g->group.film, g->pcap);
    }
    write_truth(g, g->group.tail ? single : g->batch);
    g->groups++;
    g->made += g->group.n;
}

static void list_rows(const struct decider *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%s\t%s\t%s\t%s\n", rows[i].name, rows[i].flags & HEALTHY ? "healthy" : "trouble",
               rows[i].kinds ? rows[i].kinds : "", rows[i].source);
}

static void list(void)
{
    for (size_t i = 0; i < n_pieces; i++)
        printf("%s\tpiece\t\t%s\n", pieces[i].name, pieces[i].source);
    list_rows(handshake_deciders, n_handshake_deciders);
    list_rows(live_deciders, n_live_deciders);
    list_rows(end_deciders, n_end_deciders);
    list_rows(healthy_deciders, n_healthy_deciders);
    for (size_t i = 0; i < n_together; i++)
        printf("%s\ttogether\t\t%s\n", together[i].name, together[i].source);
    for (size_t i = 0; i < n_seen_rows; i++)
        printf("%s\tseen\t\t%s\n", seen_rows[i].name, seen_rows[i].source);
}

static int usage(FILE *to, int status)
{
    fputs("usage: generate --seed N --sessions N --out DIR\n"
          "       generate --list\n",
          to);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"sessions", required_argument, NULL, 'n'},
        {"out", required_argument, NULL, 'o'},  {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    static struct generate g = {.seed = 1, .sessions = 1000};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 's')
            g.seed = strtoull(optarg, NULL, 10);
        else if (c == 'n')
            g.sessions = strtoull(optarg, NULL, 10);
        else if (c == 'o')
            g.dir = optarg;
        else if (c == 'l')
            return list(), 0;
        else
            return usage(c == 'h' ? stdout : stderr, c == 'h' ? 0 : 2);
    }
    if (!g.dir || optind != argc)
        return usage(stderr, 2);
    g.truth = open_in(&g, "truth.jsonl");
    while (g.made < g.sessions)
        one_group(&g);
    close_file(g.pcap);
    close_file(g.truth);
    group_free(&g.group);
    return 0;
}
