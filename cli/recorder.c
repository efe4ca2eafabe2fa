/* recorder.c - a recording in the event loop: its options checked, its trouble told. */
#include "recorder.h"
#include "cli.h"
#include "host.h"
#include "record_name.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLUSH_SECONDS 1.0
#define HOLD_SECONDS  0.25 /* how long packets wait for their frames */
#define LAST_WAIT_MS  1000 /* what a slow reader gets at the end */

static bool is_stdout(const char *file)
{
    return file && strcmp(file, "-") == 0;
}

static const char *shown(const char *file)
{
    return is_stdout(file) ? "standard output" : file;
}

/* Options that are about files, or about a recording that is not asked for. */
static const char *out_of_place(const struct recorder_options *c)
{
    const struct {
        bool given;
        const char *name;
    } files[] = {{c->rotate != 0, "--rotate"},
                 {c->rotate_time > 0, "--rotate-time"},
                 {c->keep != 0, "--keep"}};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i].given && (!c->file || is_stdout(c->file)))
            return files[i].name;
    return c->ring && !c->file ? "--ring" : NULL;
}

/* Can the dates in the name be filled in? */
static bool has_a_name(const struct recorder_options *c)
{
    char name[RECORD_NAME_MAX];

    return !c->file || record_name_expand(c->file, time(NULL), name, sizeof name);
}

int recorder_check(const struct recorder_options *c, const char *command,
                   struct common_options *common)
{
    const char *name = out_of_place(c);

    if (name)
        return options_wrong(command, "%s needs %s FILE", name, c->option);
    if (!has_a_name(c))
        return options_wrong(command,
                             "%s: dates in a name are %%Y %%m %%d %%j %%H %%M %%S %%F %%T %%s, and "
                             "%%%% is a %%",
                             c->option);
    if (c->keep && !c->rotate && !(c->rotate_time > 0))
        return options_wrong(command, "--keep needs --rotate or --rotate-time");
    if (c->keep > RECORD_KEEP_MAX)
        return options_wrong(command, "--keep: at most %u files", RECORD_KEEP_MAX);
    if (c->rotate && c->rotate < RECORDER_FILE_ROTATE_MIN)
        return options_wrong(command, "--rotate: at least 64K, a packet must fit");
    if (c->ring && c->ring < RECORDER_RING_MIN)
        return options_wrong(command, "--ring: at least 128K, a packet must fit");
    if (is_stdout(c->file) && is_stdout(common->json))
        return options_wrong(command, "%s and --json cannot both have standard output", c->option);
    common->stdout_taken = is_stdout(c->file);
    return CLI_OK;
}

int recorder_check_folder(const struct recorder_options *c, const char *command,
                          const struct host_user *user)
{
    if (!c->file || (!c->rotate && !(c->rotate_time > 0)))
        return CLI_OK;
    if (host_may_write_beside(user, c->file))
        return CLI_OK;
    fprintf(stderr,
            "twstap %s: cannot rotate %s: %s%s cannot create files in its directory: %s%s\n",
            command, c->file, user ? "user " : "", user ? user->name : "this user", strerror(errno),
            user && user->change ? " (--user names another)" : "");
    return CLI_COULD_NOT_LOOK;
}

/* ---- in the loop ---- */

/* What is being written, for people. */
static const char *where(const struct recorder *r)
{
    const char *path = record_where(r->record)->path;

    return path ? path : shown(r->file);
}

static void limit_event(const struct recorder *r, uint64_t held)
{
    const struct tws_sink *sink = &r->observer->env.sink;
    struct tws_event ev = {.kind = TWS_EV_LIMIT, .ts_ns = host_now_ns()};

    if (!(sink->wants & TWS_WANTS(TWS_EV_LIMIT)))
        return;
    ev.u.limit.what = TWS_LIMIT_RECORDING;
    ev.u.limit.held = held;
    sink->put(sink->ctx, &ev);
}

/* Trouble is said once, and never stops what is recorded. */
static void tell_trouble(struct recorder *r)
{
    const struct record_file *f = record_where(r->record);

    if (f->failed && !r->told_failed) {
        r->told_failed = f->failed;
        r->observer->failed = true;
        observer_tell(r->observer,
                      "cannot record to %s: %s; recording has stopped, all else goes on", where(r),
                      f->why ? f->why : strerror(f->failed));
        limit_event(r, 0);
    }
    if (f->lost && !r->told_lost) {
        r->told_lost = true;
        observer_tell(r->observer,
                      "the reader of the recording does not keep up: packets are missing in it");
        limit_event(r, f->lost);
    }
}

static void on_turn(struct ev_loop *loop, ev_prepare *w, int events)
{
    struct recorder *r = w->data;

    (void)events;
    if (record_holding(r->record))
        record_tick(r->record, host_now_ns());
    if (record_holding(r->record) && !ev_is_active(&r->hold))
        ev_timer_again(loop, &r->hold);
    record_turn(r->record);
    tell_trouble(r);
    if (!record_waiting(r->record))
        ev_timer_stop(loop, &r->second);
    else if (!ev_is_active(&r->second))
        ev_timer_again(loop, &r->second);
}

/* That the loop turns is enough. */
static void on_hold(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)events;
    ev_timer_stop(loop, w);
}

static void on_second(struct ev_loop *loop, ev_timer *w, int events)
{
    struct recorder *r = w->data;

    (void)loop;
    (void)events;
    record_flush(r->record);
}

/* FILE with its dates, owned by the caller; NULL: no memory. */
static char *named(const struct recorder_options *c)
{
    char name[RECORD_NAME_MAX];

    return record_name_expand(c->file, time(NULL), name, sizeof name) ? strdup(name) : NULL;
}

static void watch(struct recorder *r)
{
    ev_prepare_init(&r->turn, on_turn);
    r->turn.data = r;
    ev_prepare_start(r->observer->loop, &r->turn);
    ev_init(&r->hold, on_hold);
    r->hold.repeat = HOLD_SECONDS;
    ev_init(&r->second, on_second);
    r->second.repeat = FLUSH_SECONDS;
    r->second.data = r;
}

static struct record_config config_of(const struct recorder *r, const struct recorder_options *c,
                                      const struct common_options *common)
{
    return (struct record_config){
        .file = {.path = r->file,
                 .rotate_bytes = c->rotate,
                 .rotate_ns = (uint64_t)(c->rotate_time * 1e9),
                 .keep = c->keep,
                 .overwrite = common->overwrite,
                 .user = common->user.is_other ? common->user : observer_user()},
        .ring = c->ring,
        .show_accounts = common->show_accounts,
        .known = mask_learned(r->observer->mask),
    };
}

int recorder_open(struct recorder *r, const struct recorder_options *c, struct observer *o,
                  bool relay, const struct common_options *common, const struct tws_section *about)
{
    struct record_config config;
    const char *why;

    if (!c->file)
        return CLI_OK;
    r->file = named(c);
    if (!r->file)
        return CLI_INTERNAL;
    r->observer = o;
    config = config_of(r, c, common);
    config.relay = relay;
    config.about = about;
    r->record = record_open(&config, &why);
    if (!r->record) {
        fprintf(stderr, "twstap %s: cannot record to %s: %s\n", o->command, shown(r->file),
                why ? why : strerror(errno));
        free(r->file);
        r->file = NULL;
        return CLI_COULD_NOT_LOOK;
    }
    observer_also(o, record_sink(r->record));
    watch(r);
    observer_say(o, "recording to %s, accounts %s%s", where(r),
                 common->show_accounts ? "shown" : "masked",
                 c->ring ? ", only what belongs to trouble" : "");
    return CLI_OK;
}

void recorder_reopen(struct recorder *r)
{
    const struct record_file *f;
    uint64_t files;

    if (!r->record)
        return;
    f = record_where(r->record);
    files = f->files;
    r->observer->failed = r->observer->failed || f->failed;
    if (!record_reopen(r->record)) {
        observer_tell(r->observer, "cannot reopen %s: %s", shown(r->file),
                      f->why ? f->why : strerror(errno));
        return;
    }
    r->told_failed = 0;
    if (f->files != files)
        observer_say(r->observer, "-- recording to %s", where(r));
}

/* What failed while the last bytes were written; nothing stops by it any more. */
static void tell_last(struct recorder *r, int failed)
{
    r->observer->failed = r->observer->failed || failed;
    if (failed && !r->told_failed)
        observer_tell(r->observer, "cannot record to %s: %s", shown(r->file), strerror(failed));
}

void recorder_close(struct recorder *r)
{
    if (!r->record)
        return;
    ev_prepare_stop(r->observer->loop, &r->turn);
    ev_timer_stop(r->observer->loop, &r->hold);
    ev_timer_stop(r->observer->loop, &r->second);
    record_tick(r->record, UINT64_MAX);
    record_flush(r->record);
    tell_trouble(r);
    r->observer->env.summary.blacked_out = record_blacked(r->record);
    tell_last(r, record_close(r->record, LAST_WAIT_MS));
    r->record = NULL;
    free(r->file);
    r->file = NULL;
}
