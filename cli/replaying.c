#include "replaying.h"
#include "host.h"
#include "options.h"
#include "replayer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEED_MIN 0.001
#define SPEED_MAX 100000.0

bool take_speed(void *to, size_t at, const char *value)
{
    double *speed = (double *)(void *)((char *)to + at);
    size_t digits = strspn(value, "0123456789.");

    if (strcmp(value, "max") == 0 || strcmp(value, "0") == 0) {
        *speed = 0;
        return true;
    }
    if (digits == 0 || digits > 12 || value[digits])
        return false;
    *speed = strtod(value, NULL);
    return *speed >= SPEED_MIN && *speed <= SPEED_MAX;
}

bool take_segments(void *to, size_t at, const char *value)
{
    bool *whole = (bool *)(void *)((char *)to + at);

    *whole = strcmp(value, "frame") == 0;
    return *whole || strcmp(value, "recorded") == 0;
}

void replaying_default(struct replaying *r, const char *command)
{
    *r = (struct replaying){.command = command, .speed = 1};
}

void replaying_say(void *ctx, const char *line)
{
    (void)ctx;
    puts(line);
    fflush(stdout);
}

/* A line about the file: to standard error. */
static void complain(void *ctx, const char *line)
{
    const struct replaying *r = ctx;

    fprintf(stderr, "twstap %s: %s\n", r->command, line);
}

static void say_flaws(struct replaying *r, const struct recording *rec)
{
    char line[RECORDING_ERROR_MAX];

    for (uint32_t i = 0; i < rec->n; i++)
        if (recording_about(rec->conns[i], line, sizeof line)[0])
            complain(r, line);
}

struct recording *replaying_load(const struct replaying *r, const char *path)
{
    struct replaying own = *r;
    char error[RECORDING_ERROR_MAX];
    struct recording_ask ask = {
        .paths = &path,
        .n_paths = 1,
        .any_port = r->ports.n == 0,
        .only = r->conn,
        .seed = host_random(),
        .say = complain,
        .ctx = &own,
    };
    struct recording *rec;

    if (own.ports.n == 0)
        ports_default(&own.ports);
    ask.ports = own.ports.port;
    ask.n_ports = own.ports.n;
    rec = recording_load(&ask, error);
    if (!rec) {
        complain(&own, error);
        return NULL;
    }
    say_flaws(&own, rec);
    if (replay_count(rec) > 0)
        return rec;
    fprintf(stderr, "twstap %s: %s: nothing in it can be replayed\n", r->command, path);
    recording_free(rec);
    return NULL;
}
