/* observe.c - the outputs of commands that observe: opened, flushed once a turn, closed in time. */
#include "observe.h"
#include "cli.h"
#include "frame.h"
#include "host.h"
#include "privilege.h"
#include "std_stream.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SLOW_READER_SECONDS 0.05 /* how often a reader that is behind is tried again */
#define LAST_WAIT_MS        1000 /* what a slow reader gets at the end */

bool observer_color(enum option_color c)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    if (c != OPTION_COLOR_AUTO)
        return c == OPTION_COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

struct output_user observer_user(void)
{
    struct host_user user;
    struct output_user out = {0};

    if (host_user_invoker(&user))
        out = (struct output_user){.is_other = true, .uid = user.uid};
    return out;
}

#define TELL_WAIT_MS 200 /* for room in a standard error that nobody reads, once told to stop */

/* Who was told to stop waits for no reader, of messages neither: standard error may be the same
 * pipe.  A line of the size of observer_tell fits where there is room at all. */
static bool may_tell(const struct observer *o)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    const volatile sig_atomic_t *stop = o->text_out.stop ? o->text_out.stop : o->json_out.stop;

    return !stop || !*stop || poll(&p, 1, TELL_WAIT_MS) > 0;
}

void observer_tell(struct observer *o, const char *format, ...)
{
    char line[1024];
    int n = snprintf(line, sizeof line, "twstap %s: ", o->command);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    if (o->err)
        out_line(o->err, line, strlen(line));
    else if (may_tell(o))
        fprintf(stderr, "%s\n", line);
}

/* What reads files has nothing to go on for, and need not say that its reader has left, as `head`
 * does. */
static void tell_failure(struct observer *o, const char *name, int failed)
{
    bool files = o->text_out.waits || o->json_out.waits;

    if (files && failed == EPIPE)
        return;
    observer_tell(o, "cannot write to %s: %s%s", name, strerror(failed), files ? "" : "; going on");
}

/* Trouble with an output is said once, on standard error, and never stops the relay. */
static void tell_trouble(struct observer *o)
{
    struct out *outs[] = {&o->text_out, &o->json_out};
    const char *names[] = {"standard output", o->json_name};

    for (size_t i = 0; i < 2; i++) {
        o->failed = o->failed || outs[i]->failed;
        if (outs[i]->failed && !o->told_failed[i]) {
            o->told_failed[i] = outs[i]->failed;
            tell_failure(o, names[i], outs[i]->failed);
        }
        if (outs[i]->lost && !outs[i]->failed && !o->told_lost) {
            o->told_lost = true;
            observer_tell(o, "%s does not keep up: lines are dropped, and counted in the summary",
                          names[i]);
        }
    }
}

static bool is_behind(const struct out *out)
{
    return out->fd >= 0 && out->head < out->have;
}

static void flush(struct observer *o)
{
    out_flush(&o->text_out);
    out_flush(&o->json_out);
    tell_trouble(o);
    if (o->err)
        out_flush(o->err);
    if (is_behind(&o->text_out) || is_behind(&o->json_out) || is_behind(&o->err_out))
        ev_timer_again(o->loop, &o->slow);
    else
        ev_timer_stop(o->loop, &o->slow);
}

void observer_flush(struct observer *o)
{
    flush(o);
}

void observer_wait_until(struct observer *o, const volatile sig_atomic_t *stop)
{
    o->text_out.stop = o->json_out.stop = stop;
}

void observer_dates(struct observer *o, uint64_t began, uint64_t ends)
{
    o->began_ns = began;
    o->ends_ns = ends;
}

bool observer_failed(const struct observer *o)
{
    return o->failed || o->text_out.failed || o->json_out.failed;
}

bool observer_in_vain(const struct observer *o)
{
    return (!o->has_text || o->text_out.failed) && (!o->has_json || o->json_out.failed);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
    (void)loop;
    (void)events;
    flush(w->data);
}

/* Nothing to do: that the loop turned is enough. */
static void on_slow(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)w;
    (void)events;
}

/* Columns for blocks of text: the terminal's, within reason. */
unsigned observer_columns(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return TEXT_WIDTH;
    return size.ws_col < 72 ? 72 : size.ws_col > 110 ? 110 : size.ws_col;
}

/* `to`, behind what the options say about frames. */
static struct tws_sink filtered(struct filter *f, const struct common_options *c,
                                struct tws_sink to)
{
    *f = (struct filter){.only = c->only,
                         .not = c->not,
                         .req = c->req,
                         .has_req = c->has_req,
                         .dir = (enum tws_side)c->dir};
    return filter_is_set(f) ? filter_sink(f, to) : to;
}

/* Who names frames wants to see them. */
static int verbosity_of(const struct common_options *c)
{
    bool frames = c->only || c->not || c->has_req || c->dir;

    if (c->quiet)
        return -1;
    if (c->verbose > 1)
        return 2;
    return c->verbose || frames ? 1 : 0;
}

static bool open_text(struct observer *o, const struct common_options *c)
{
    int verbosity = verbosity_of(c);

    o->has_text = true;
    if (!out_stdout(&o->text_out))
        return false;
    text_sink_init(&o->text, &o->text_out, o->mask, observer_color(c->color), verbosity, c->hex);
    o->text.width = observer_columns();
    return fan_add(&o->fan, filtered(&o->filters[0], c,
                                     (struct tws_sink){text_put, &o->text, text_wants(verbosity)}));
}

/* For whom root writes: the command says, or sudo. */
static struct output_user user_of(const struct common_options *c)
{
    return c->user.is_other ? c->user : observer_user();
}

static bool open_json(struct observer *o, const struct common_options *c, bool to_stdout)
{
    const struct output_user user = user_of(c);

    o->has_json = true;
    o->json_name = to_stdout ? "standard output" : c->json;
    if (!(to_stdout ? out_stdout(&o->json_out)
                    : out_file_for(&o->json_out, c->json, !c->overwrite, &user)))
        return false;
    if (!json_sink_init(&o->json, &o->json_out, o->mask, c->hex)) {
        errno = ENOMEM;
        return false;
    }
    return fan_add(&o->fan, filtered(&o->filters[1], c, json_sink(&o->json)));
}

/* ---- standard error ---- */

/* Standard error: where it is the place of another output, in its buffer, so that the lines of both
 * stay whole and in their order. */
static void open_err(struct observer *o)
{
    struct out *outs[] = {&o->text_out, &o->json_out};

    for (size_t i = 0; i < 2 && !o->err; i++)
        if (outs[i]->buf && std_stream_same(outs[i]->fd, STDERR_FILENO))
            o->err = outs[i];
    if (!o->err && out_stderr(&o->err_out))
        o->err = &o->err_out;
}

static void own_outputs(struct observer *o, const struct common_options *c)
{
    if (c->patient) {
        o->text_out.waits = o->json_out.waits = true;
        return;
    }
    open_err(o);
    out_own(&o->text_out);
    out_own(&o->json_out);
    out_own(&o->err_out);
}

void observer_never_wait(struct observer *o)
{
    (void)signal(SIGTTOU, SIG_IGN); /* stty tostop would stop us */
    out_never_wait(&o->text_out);
    out_never_wait(&o->json_out);
    out_never_wait(&o->err_out);
}

/* ---- the end of outputs ---- */

/* What is left of LAST_WAIT_MS, which all slow readers share. */
static int wait_left(uint64_t began_ns)
{
    uint64_t ms = (host_now_ns() - began_ns) / 1000000;

    return ms < LAST_WAIT_MS ? (int)(LAST_WAIT_MS - ms) : 0;
}

/* What standard error shares is closed last: there may be trouble to tell. */
static void close_outputs(struct observer *o)
{
    struct out *outs[] = {&o->json_out, &o->text_out};
    uint64_t began = host_now_ns();

    for (size_t i = 0; i < 2; i++)
        if (outs[i] != o->err)
            out_close(outs[i], wait_left(began));
    tell_trouble(o);
    if (o->err)
        out_close(o->err, wait_left(began));
    o->err = NULL;
    o->failed = o->failed || o->text_out.failed || o->json_out.failed;
}

static void release(struct observer *o)
{
    if (o->has_text)
        text_sink_free(&o->text);
    if (o->has_json)
        json_sink_free(&o->json);
    close_outputs(o);
    marks_free(o->marks);
    mask_free(o->mask);
}

static uint64_t to_ns(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

/* Sessions, then the diagnosis, then who wants to hear of it. */
static void diagnose_for_all(struct observer *o)
{
    tws_diagnosis_init(&o->diagnosis, marks_sink(o->marks, fan_sink(&o->fan)));
    o->env.sink = tws_diagnosis_sink(&o->diagnosis);
}

int observer_open(struct observer *o, const char *command, const struct common_options *c,
                  struct ev_loop *loop)
{
    bool json_only = c->json && strcmp(c->json, "-") == 0;

    *o = (struct observer){.command = command,
                           .loop = loop,
                           .mask = mask_new(c->show_accounts),
                           .verbose = c->verbose > 0};
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write */
    o->text_out.fd = o->json_out.fd = o->err_out.fd = -1;
    if (o->mask && mask_learned(o->mask))
        o->marks = marks_new(mask_learned(o->mask));
    if (!o->mask || (!o->marks && mask_learned(o->mask)) ||
        (!json_only && !c->stdout_taken && !open_text(o, c))) {
        fprintf(stderr, "twstap %s: no memory\n", command);
        release(o);
        return CLI_INTERNAL;
    }
    if (c->json && !open_json(o, c, json_only)) {
        fprintf(stderr, "twstap %s: cannot write %s: %s\n", command, c->json,
                o->json_out.why ? o->json_out.why : strerror(errno));
        release(o);
        return CLI_COULD_NOT_LOOK;
    }
    own_outputs(o, c);
    o->env = (struct tws_env){
        .timing = {.handshake_ns = to_ns(c->handshake_timeout),
                   .request_ns = to_ns(c->request_timeout),
                   .slow_ns = to_ns(c->slow_timeout),
                   .order_ns = to_ns(c->order_timeout)},
        .max_frame = TWS_FRAME_MAX,
        .digests = o->has_json, /* only JSON shows them */
    };
    diagnose_for_all(o);
    ev_prepare_init(&o->flush, on_prepare);
    o->flush.data = o;
    ev_prepare_start(loop, &o->flush);
    ev_init(&o->slow, on_slow);
    o->slow.repeat = SLOW_READER_SECONDS;
    o->began_ns = host_now_ns();
    return CLI_OK;
}

bool observer_also(struct observer *o, struct tws_sink sink)
{
    bool added = fan_add(&o->fan, sink);

    o->diagnosis.next = marks_sink(o->marks, fan_sink(&o->fan));
    o->env.sink = tws_diagnosis_sink(&o->diagnosis);
    return added;
}

void observer_say(struct observer *o, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (o->has_text)
        text_say(&o->text, line);
    else if (o->err)
        out_line(o->err, line, strlen(line));
    else
        fprintf(stderr, "%s\n", line);
}

void observer_say_day(struct observer *o)
{
    if (o->has_text)
        text_say_day(&o->text, host_now_ns());
}

void observer_reopen(struct observer *o)
{
    o->failed = o->failed || o->json_out.failed;
    if (o->has_json && !out_reopen(&o->json_out))
        observer_tell(o, "cannot reopen %s: %s; going on in the old one", o->json_name,
                      o->json_out.why ? o->json_out.why : strerror(errno));
    o->told_failed[1] = 0;
}

static void stop_watching(struct observer *o)
{
    ev_prepare_stop(o->loop, &o->flush);
    ev_timer_stop(o->loop, &o->slow);
}

void observer_abandon(struct observer *o)
{
    stop_watching(o);
    release(o);
}

int observer_close(struct observer *o)
{
    struct tws_event ev = {.kind = TWS_EV_SUMMARY,
                           .ts_ns = o->ends_ns ? o->ends_ns : host_now_ns()};
    bool troubled;

    flush(o);
    if (o->began_ns) /* else nothing was seen: it has no time */
        o->env.summary.lasted_ns = tws_between(o->began_ns, ev.ts_ns);
    o->env.summary.events_lost += o->text_out.lost + o->json_out.lost + o->err_out.lost;
    ev.u.summary = &o->env.summary;
    o->env.sink.put(o->env.sink.ctx, &ev);
    troubled = o->diagnosis.troubled > 0;
    stop_watching(o);
    release(o);
    if (o->failed)
        return CLI_COULD_NOT_LOOK;
    return troubled ? CLI_TROUBLE : CLI_OK;
}
