#include "cli.h"
#include "doctor.h"
#include "netns.h"
#include "observe.h"
#include "options.h"
#include "table.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAST_WAIT_MS 1000 /* what a slow reader gets at the end */

struct options {
    struct doctor_ask ask;
    double watch; /* seconds; 0: once */
    uint32_t client_id;
    uint32_t verbose;
    const char *json;
    enum option_color color;
    bool quiet, nagios, overwrite;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    {"passive", 0, NULL, "look at the kernel's tables and processes only; open no connection", NULL,
     take_flag, AT(ask.passive)},
    {"watch", 0, "TIME", "then repeat the passive part so often, and say what changes",
     EXPECTS_SECONDS, take_seconds, AT(watch)},
    {"netns", 0, "PID", "look in the network namespace of PID: a container (needs root)",
     "the number of a process", take_count, AT(ask.netns_pid)},
    {"handshake-timeout", 0, "TIME", "time limit of each step of the session (default: 3s)",
     EXPECTS_SECONDS, take_seconds, AT(ask.patience)},
    {"client-id", 0, "N", "client id of the session (default: 926042)", EXPECTS_COUNT, take_count,
     AT(client_id)},
    {"settings", 0, "DIR", "the Gateway's settings folder, where jts.ini is", "a folder", take_text,
     AT(ask.settings)},
    {"json", 0, "FILE", "add layers as JSON Lines to FILE; - for standard output, in place of text",
     "a file name, or -", take_text, AT(json)},
    {"overwrite", 0, NULL, "replace an existing file (default: append to it)", NULL, take_flag,
     AT(overwrite)},
    {"nagios", 0, NULL, "one line and the exit status of a monitoring plugin", NULL, take_flag,
     AT(nagios)},
    {NULL, 'v', NULL, "all that was measured", NULL, take_more, AT(verbose)},
    {NULL, 'q', NULL, "the conclusion alone, in one line", NULL, take_flag, AT(quiet)},
    {"show-accounts", 0, NULL, "do not mask account ids; show trusted addresses", NULL, take_flag,
     AT(ask.show_accounts)},
    {"color", 0, "WHEN", "auto, always or never; auto obeys NO_COLOR and TERM (default: auto)",
     "auto, always or never", take_color, AT(color)},
};

static const struct options_page page = {
    .command = "doctor",
    .usage = "[options] [A:P]",
    .about =
        "Looks at TWS or IB Gateway layer by layer: the process, the listener, the queue in front "
        "of it,\nits sockets, its links to IB, its files, and then one whole polite session, each "
        "step timed.\nEach layer works, is broken, or cannot be told from here, and then it says "
        "what is missing.\n\nThe session asks for the welcome, the time and the settings, and "
        "changes nothing.  There is none\nwhen clients already wait in the queue: it would only "
        "make that longer.  A port is never opened\nand closed without a word.\n\nWithout A:P the "
        "first open one of 4001, 4002, 7496, 7497 on this machine is taken.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .examples = "  twstap doctor                         the Gateway on this machine\n"
                "  twstap doctor 4002 -v                 all that was measured\n"
                "  twstap doctor 192.168.1.5:4001        on another machine: the session only\n"
                "  sudo twstap doctor --netns 4711       inside the container of process 4711\n"
                "  twstap doctor --passive 4002          as a health check: no connection is made\n"
                "  twstap doctor --nagios 4002           for Nagios, Icinga and kin\n"
                "  twstap doctor --watch 30s             and what changes from then on\n"
                "Exit status: 0 works, 1 broken, 2 wrong usage, 3 nothing could be told.\n"
                "With --nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n",
};

/* ---- to be stopped ---- */

/* A signal handler has nothing but globals. */
static int stop_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    ssize_t n = write(stop_pipe[1], "", 1);

    (void)number;
    (void)n;
    errno = saved;
}

/* A session that was begun is to be closed cleanly, and what was found is to be said. */
static bool watch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    if (pipe(stop_pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        (void)fcntl(stop_pipe[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(stop_pipe[i], F_SETFL, O_NONBLOCK);
    }
    sigemptyset(&act.sa_mask);
    return sigaction(SIGINT, &act, NULL) == 0 && sigaction(SIGTERM, &act, NULL) == 0;
}

/* ---- the run ---- */

struct run {
    const struct options *o;
    struct diag_style style;
    struct mask *mask;
    struct out text, json;
    bool has_json;
};

static bool put_json(struct run *r, const struct diagnosis *d, const struct diagnosis *before)
{
    bool put = !r->has_json || diagnosis_json(&r->json, d, before);

    if (r->has_json)
        out_flush(&r->json);
    return put;
}

static bool put(struct run *r, const struct diagnosis *d)
{
    if (r->o->nagios)
        diagnosis_nagios(&r->text, d);
    else
        diagnosis_text(&r->text, d, &r->style);
    out_flush(&r->text);
    return put_json(r, d, NULL);
}

static int status_of(const struct run *r, const struct diagnosis *d)
{
    if (r->o->nagios)
        return diagnosis_nagios_status(d);
    switch (d->result) {
    case DIAG_WORKS:
        return CLI_OK;
    case DIAG_BROKEN:
        return CLI_TROUBLE;
    case DIAG_CANNOT_TELL:
        break;
    }
    return CLI_COULD_NOT_LOOK;
}

/* The part that opens no connection; layers of the session stay empty. */
static void look_passively(struct run *r, const struct doctor_ask *ask, struct diagnosis *d)
{
    doctor_look(ask, d, NULL);
    d->layers[DIAG_HANDSHAKE] = d->layers[DIAG_SETTINGS] = (struct diag_report){0};
    diagnosis_decide(d);
    diagnosis_mask(d, r->mask);
}

/* `d` has room for two, whatever they hold.  An exit status, by the last look. */
static int watch(struct run *r, struct doctor_ask *ask, struct diagnosis d[2])
{
    int ms = (int)(r->o->watch * 1000), at = 0;

    ask->passive = true;
    look_passively(r, ask, &d[0]); /* what a session told before is not compared with */
    while (doctor_wait(-1, 0, ms, ask->stop_fd) == 0) {
        struct diagnosis *before = &d[at], *now = &d[1 - at];

        look_passively(r, ask, now);
        at = 1 - at;
        if (r->o->nagios)
            diagnosis_nagios(&r->text, now);
        else
            (void)diagnosis_changes(&r->text, now, before, &r->style);
        out_flush(&r->text);
        (void)put_json(r, now, before);
        if (r->text.fd < 0 && r->json.fd < 0)
            break; /* nobody listens any more */
    }
    return status_of(r, &d[at]);
}

static int run(struct run *r)
{
    struct diagnosis *d = calloc(2, sizeof *d);
    struct doctor_ask ask = r->o->ask, found;
    int status;

    if (!d) {
        fputs("twstap doctor: no memory\n", stderr);
        return CLI_INTERNAL;
    }
    doctor_look(&ask, &d[0], &found);
    diagnosis_mask(&d[0], r->mask);
    status = put(r, &d[0]) ? status_of(r, &d[0]) : CLI_INTERNAL;
    if (r->o->watch > 0 && status != CLI_INTERNAL)
        status = watch(r, &found, d);
    free(d);
    return status;
}

/* ---- its outputs ---- */

static bool open_outputs(struct run *r)
{
    bool json_only = r->o->json && strcmp(r->o->json, "-") == 0;
    const struct output_user user = observer_user();

    r->text.fd = r->json.fd = -1;
    r->mask = mask_new(r->o->ask.show_accounts);
    r->has_json = r->o->json != NULL;
    if (!r->mask || (!json_only && !out_stdout(&r->text))) {
        errno = ENOMEM;
        return false;
    }
    r->text.waits = r->json.waits = true;
    if (!r->has_json)
        return true;
    if (!(json_only ? out_stdout(&r->json)
                    : out_file_for(&r->json, r->o->json, !r->o->overwrite, &user)))
        return false;
    r->json.waits = true;
    return true;
}

static void close_outputs(struct run *r)
{
    if (r->text.buf)
        out_close(&r->text, LAST_WAIT_MS);
    if (r->json.buf)
        out_close(&r->json, LAST_WAIT_MS);
    mask_free(r->mask);
}

static int could_not(const struct options *o, const char *what, const char *why)
{
    fprintf(stderr, "twstap doctor: %s: %s\n", what, why);
    return o->nagios ? 3 : CLI_COULD_NOT_LOOK;
}

/* What was found, or that it could not be written; a reader that left need not be told. */
static int written(const struct run *r, int status)
{
    const struct out *out = r->json.failed ? &r->json : &r->text;

    if (!out->failed)
        return status;
    if (out->failed == EPIPE)
        return CLI_COULD_NOT_LOOK;
    return could_not(r->o, out->path ? out->path : "standard output", strerror(out->failed));
}

/* Into the container, before anything is looked at. */
static int enter(const struct options *o)
{
    const char *why = o->ask.netns_pid ? netns_why(host_enter_net(o->ask.netns_pid)) : NULL;
    char what[64];

    if (!why)
        return CLI_OK;
    snprintf(what, sizeof what, "--netns %lu", (unsigned long)o->ask.netns_pid);
    return could_not(o, what, why);
}

static int take_address(struct options *o, const struct options_words *words)
{
    if (!words->n)
        return CLI_OK;
    switch (parse_peer(words->word[0], &o->ask.to, &o->ask.to_len)) {
    case PARSE_ADDR_OK:
        return CLI_OK;
    case PARSE_ADDR_FORM:
        return options_wrong("doctor", "'%s' is not %s", words->word[0], EXPECTS_PEER);
    case PARSE_ADDR_UNKNOWN:
        break;
    }
    return options_wrong("doctor", "no such host: '%s'", words->word[0]);
}

int cmd_doctor(int argc, char **argv)
{
    struct options_words words = {.max = 1};
    struct options o = {.ask = {.patience = 3, .stop_fd = -1}, .client_id = DOCTOR_CLIENT_ID};
    struct run r = {.o = &o};
    int status;

    switch (options_parse(&page, argc, argv, &o, NULL, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return o.nagios ? 3 : CLI_USAGE;
    }
    if (o.client_id > INT32_MAX)
        return options_wrong("doctor", "--client-id: not above %ld", (long)INT32_MAX);
    o.ask.client_id = (int32_t)o.client_id;
    status = take_address(&o, &words);
    if (status != CLI_OK)
        return o.nagios ? 3 : status;
    status = enter(&o);
    if (status != CLI_OK)
        return status;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (watch_signals())
        o.ask.stop_fd = stop_pipe[0];
    r.style = (struct diag_style){.color = observer_color(o.color),
                                  .verbosity = o.quiet ? -1 : (int)(o.verbose > 0),
                                  .width = observer_columns()};
    if (open_outputs(&r))
        status = run(&r);
    else
        status = could_not(&o, o.json ? o.json : "standard output",
                           r.json.why ? r.json.why : strerror(errno));
    close_outputs(&r);
    return written(&r, status);
}
