#include "recorder.h"
#include "cli.h"
#include "host.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define FLUSH_SECONDS 1.0
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

int recorder_check(const struct recorder_options *c, const char *command,
                   struct common_options *common)
{
    const char *name = out_of_place(c);

    if (name)
        return options_wrong(command, "%s needs %s FILE", name, c->option);
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

/* ---- in the loop ---- */

static void limit_event(const struct recorder *r, uint64_t held)
{
    const struct tws_sink *sink = &r->observer->env.sink;
    struct tws_event ev = {.kind = TWS_EV_LIMIT, .ts_ns = host_now_ns()};

    if (!(sink->wants & TWS_WANTS(TWS_EV_LIMIT)))
        return;
    ev.u.limit.what = "recording";
    ev.u.limit.held = held;
    sink->put(sink->ctx, &ev);
}

/* Trouble is said once, and never stops what is recorded. */
static void tell_trouble(struct recorder *r)
{
    const struct record_file *f = record_where(r->record);

    if (f->failed && !r->told_failed) {
        r->told_failed = f->failed;
        fprintf(stderr,
                "twstap %s: cannot record to %s: %s; recording has stopped, all else goes on\n",
                r->observer->command, shown(r->file), strerror(f->failed));
        limit_event(r, 0);
    }
    if (f->lost && !r->told_lost) {
        r->told_lost = true;
        fprintf(
            stderr,
            "twstap %s: the reader of the recording does not keep up: packets are missing in it\n",
            r->observer->command);
        limit_event(r, f->lost);
    }
}

static void on_turn(struct ev_loop *loop, ev_prepare *w, int events)
{
    struct recorder *r = w->data;

    (void)events;
    record_turn(r->record);
    tell_trouble(r);
    if (!record_waiting(r->record))
        ev_timer_stop(loop, &r->second);
    else if (!ev_is_active(&r->second))
        ev_timer_again(loop, &r->second);
}

static void on_second(struct ev_loop *loop, ev_timer *w, int events)
{
    struct recorder *r = w->data;

    (void)loop;
    (void)events;
    record_flush(r->record);
}

int recorder_open(struct recorder *r, const struct recorder_options *c, struct observer *o,
                  bool relay, bool show_accounts, const char *about)
{
    struct record_config config = {
        .file = {.path = c->file,
                 .rotate_bytes = c->rotate,
                 .rotate_ns = (uint64_t)(c->rotate_time * 1e9),
                 .keep = c->keep},
        .ring = c->ring,
        .show_accounts = show_accounts,
        .relay = relay,
        .about = about,
    };
    const char *why;

    if (!c->file)
        return CLI_OK;
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write */
    r->record = record_open(&config, &why);
    if (!r->record) {
        fprintf(stderr, "twstap %s: cannot record to %s: %s\n", o->command, shown(c->file),
                why ? why : strerror(errno));
        return CLI_COULD_NOT_LOOK;
    }
    r->observer = o;
    r->file = c->file;
    observer_also(o, record_sink(r->record));
    ev_prepare_init(&r->turn, on_turn);
    r->turn.data = r;
    ev_prepare_start(o->loop, &r->turn);
    ev_init(&r->second, on_second);
    r->second.repeat = FLUSH_SECONDS;
    r->second.data = r;
    observer_say(o, "recording to %s, accounts %s%s", shown(c->file),
                 show_accounts ? "shown" : "masked",
                 c->ring ? ", only what belongs to trouble" : "");
    return CLI_OK;
}

void recorder_reopen(struct recorder *r)
{
    if (!r->record)
        return;
    if (record_reopen(r->record))
        r->told_failed = 0;
    else
        fprintf(stderr, "twstap %s: cannot reopen %s: %s\n", r->observer->command, shown(r->file),
                strerror(errno));
}

void recorder_close(struct recorder *r)
{
    if (!r->record)
        return;
    ev_prepare_stop(r->observer->loop, &r->turn);
    ev_timer_stop(r->observer->loop, &r->second);
    record_flush(r->record);
    tell_trouble(r);
    record_close(r->record, LAST_WAIT_MS);
    r->record = NULL;
}
