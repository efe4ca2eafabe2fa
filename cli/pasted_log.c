/* pasted_log.c - see pasted_log.h. */
#include "pasted_log.h"
#include "cli.h"
#include "log.h"
#include "observe.h"
#include "stop.h"
#include "text_line.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *name; /* of the log, for people; borrowed */
    struct log log;
    struct observer observer;
    struct tws_sink sink; /* where events go, with the times that the log has */
    struct tws_port port;
    struct tws_session session;
    bool open; /* `session` is */
    uint32_t conn;
    uint64_t first_ns, last_ns; /* of the entries that were played; 0: none had a time */
    int status;                 /* enum cli_exit */
};

/* ---- the lines ---- */

static void refuse(struct reader *r, size_t line, size_t at, const char *why)
{
    if (at)
        fprintf(stderr, "twstap read: %s, line %zu: byte %zu: %s\n", r->name, line, at, why);
    else
        fprintf(stderr, "twstap read: %s, line %zu: %s\n", r->name, line, why);
    r->status = CLI_COULD_NOT_LOOK;
}

/* False: nothing more can be held. */
static bool tell(struct reader *r, enum log_status status, size_t line)
{
    const struct payload *p = &r->log.payload;

    switch (status) {
    case LOG_TAKEN:
        if (p->guess)
            fprintf(stderr, "twstap read: %s, line %zu: a guess: %s\n", r->name, line, p->guess);
        p = NULL;
        break;
    case LOG_SKIPPED:
        break;
    case LOG_BEFORE:
    case LOG_WRONG:
        refuse(r, line, p->wrong_at, p->why);
        break;
    case LOG_FULL:
        refuse(r, line, 0, "there is no memory for more, or the log has more than 1 GiB of frames");
        return false;
    }
    return true;
}

static bool take(struct reader *r, const struct text_line *line)
{
    enum log_status status;

    if (line->too_long) {
        r->log.lines++;
        refuse(r, r->log.lines, 0, "longer than any payload");
        return true;
    }
    r->log.payload.guess = NULL;
    status = log_line(&r->log, line->text, line->len);
    if (status == LOG_BEFORE) {
        if (!tell(r, status, r->log.lines))
            return false;
        status = log_line(&r->log, line->text, line->len);
    }
    return tell(r, status, r->log.lines);
}

static void read_lines(struct reader *r, FILE *f)
{
    struct text_line line = {0};
    bool go_on = true;

    while (go_on && text_line_read(f, &line))
        go_on = take(r, &line);
    r->log.payload.guess = NULL;
    if (go_on)
        tell(r, log_end(&r->log), r->log.lines);
    if (ferror(f) && !stop_asked) {
        fprintf(stderr, "twstap read: %s: %s\n", r->name, strerror(errno));
        r->status = CLI_COULD_NOT_LOOK;
    }
    text_line_free(&line);
}

static void tell_skipped(struct reader *r)
{
    size_t n = r->log.skipped;

    if (n > 0)
        fprintf(stderr, "twstap read: %zu line%s without a payload %s skipped\n", n,
                n == 1 ? "" : "s", n == 1 ? "was" : "were");
    if (r->log.payloads > 0)
        return;
    fprintf(stderr,
            "twstap read: %s: no line has a payload in a form that is known (see "
            "twstap-decode(1))\n",
            r->name);
    r->status = CLI_COULD_NOT_LOOK;
}

/* ---- the sessions ---- */

/* A log without times: its events have none. */
static void put_without_time(void *ctx, const struct tws_event *ev)
{
    const struct reader *r = ctx;
    struct tws_event timeless = *ev;

    timeless.ts_ns = 0;
    r->sink.put(r->sink.ctx, &timeless);
}

static void finish(struct reader *r, uint64_t now)
{
    if (r->open)
        tws_session_finish(&r->session, now);
    r->open = false;
}

static void begin(struct reader *r, const struct log_entry *e)
{
    static const struct tws_endpoint unknown;
    struct tws_opening opening = {
        .conn = ++r->conn, .client = &unknown, .gateway = &unknown, .midstream = !e->hello};

    tws_session_open(&r->session, &r->observer.env, &r->port, &opening, e->ns);
    r->open = true;
}

/* Of a side that the log never has, everything is unseen. */
static void note_unseen(struct reader *r, uint64_t now)
{
    if (!log_has(&r->log, TWS_CLIENT))
        tws_session_unseen(&r->session, TWS_CLIENT, now);
    if (!log_has(&r->log, TWS_GATEWAY))
        tws_session_unseen(&r->session, TWS_GATEWAY, now);
}

static void play_unseen(struct reader *r, const struct log_entry *e)
{
    if (!r->open)
        return;
    if (e->side != TWS_GATEWAY)
        tws_session_unseen(&r->session, TWS_CLIENT, e->ns);
    if (e->side != TWS_CLIENT)
        tws_session_unseen(&r->session, TWS_GATEWAY, e->ns);
}

static void play(struct reader *r, const struct log_entry *e)
{
    switch (e->kind) {
    case LOG_TIME:
        if (r->open)
            tws_session_tick(&r->session, e->ns);
        return;
    case LOG_UNSEEN:
        play_unseen(r, e);
        return;
    case LOG_BYTES:
        break;
    }
    if (e->begins) /* the one before ended at a time that is not in the log */
        finish(r, r->last_ns);
    if (!r->open)
        begin(r, e);
    tws_session_bytes(&r->session, (enum tws_side)e->side, r->log.bytes + e->at, e->n, e->ns);
    note_unseen(r, e->ns);
}

static int play_all(struct reader *r)
{
    static const struct tws_endpoint unknown;

    r->observer.text.passive = true;
    r->observer.text.as_logged = true;
    r->observer.text.dateless = !r->log.dated;
    r->observer.env.logged = true;
    r->sink = r->observer.env.sink;
    if (r->log.ns == 0)
        r->observer.env.sink = (struct tws_sink){put_without_time, r, r->sink.wants};
    tws_port_init(&r->port, &unknown);
    for (size_t i = 0; i < r->log.n_entries && !stop_asked && !observer_in_vain(&r->observer);
         i++) {
        const struct log_entry *e = &r->log.entries[i];

        if (!log_takes(&r->log, e))
            continue;
        play(r, e);
        r->first_ns = r->first_ns ? r->first_ns : e->ns;
        r->last_ns = e->ns;
        observer_flush(&r->observer);
    }
    finish(r, r->last_ns);
    observer_dates(&r->observer, r->first_ns ? r->first_ns : 1, r->last_ns ? r->last_ns : 1);
    return observer_close(&r->observer);
}

/* ---- the command ---- */

static int read_all(struct reader *r, FILE *f, struct common_options *common)
{
    int status, seen;

    signal(SIGPIPE, SIG_IGN);
    common->patient = true;
    status = observer_open(&r->observer, "read", common, ev_default_loop(0));
    if (status != CLI_OK)
        return status;
    stop_watch();
    observer_wait_until(&r->observer, &stop_asked);
    read_lines(r, f);
    if (r->log.payloads == 0) {
        observer_abandon(&r->observer);
        tell_skipped(r);
        return r->status;
    }
    seen = play_all(r);
    tell_skipped(r);
    return r->status != CLI_OK             ? r->status
           : observer_failed(&r->observer) ? CLI_COULD_NOT_LOOK
                                           : seen;
}

int pasted_log_read(const char *path, struct common_options *common)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rbe");
    struct reader r = {.name = standard ? "standard input" : path, .status = CLI_OK};
    int status;

    if (!f) {
        fprintf(stderr, "twstap read: %s: %s\n", path, strerror(errno));
        return CLI_COULD_NOT_LOOK;
    }
    log_init(&r.log);
    status = read_all(&r, f, common);
    log_free(&r.log);
    if (!standard)
        (void)fclose(f);
    return status;
}
