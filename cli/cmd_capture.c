#include "captured.h"
#include "cli.h"
#include "host.h"
#include "netns.h"
#include "owner.h"
#include "passive.h"
#include "privilege.h"
#include "recorder.h"
#include "signals.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* How late a packet may come to us: the kernel hands a block over when it is full or 10 ms old, and
 * the program may be busy.  A silence is not called before what arrived in time can be here. */
#define LATE_NS (30u * 1000000u)

/* Packets in one turn of the loop, so that signals and timers get theirs. */
#define PACKETS_A_TURN 8192

#define DROPS_SECONDS 1.0

/* Above it the wall clock was set; the packets' times then follow the clock that never steps. */
#define STEP_NS (50u * 1000000u)

struct options {
    struct ports ports;
    struct source_live live;
    size_t snaplen, buffer;
    const char *user;
    uint32_t netns_pid; /* 0: here */
    bool list;
    struct recorder_options write;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    {"interface", 'i', "IFACE",
     "capture on IFACE; any captures on all of them (default: the loopback)", "a name as in --list",
     take_text, AT(live.device)},
    {"port", 0, "P,..", "ports of the Gateway (default: 4001,4002,7496,7497)", EXPECTS_PORTS,
     take_ports, AT(ports)},
    {"list", 0, NULL, "list interfaces and exit", NULL, take_flag, AT(list)},
    {"snaplen", 's', "SIZE", "capture at most SIZE bytes of each packet (default: no limit)",
     EXPECTS_SIZE, take_size, AT(snaplen)},
    {"buffer", 'B', "SIZE", "size of the kernel's capture buffer (default: 32M)", EXPECTS_SIZE,
     take_size, AT(buffer)},
    {"user", 'Z', "NAME", "drop privileges to NAME afterwards (default: $SUDO_USER, else nobody)",
     "the name of a user", take_text, AT(user)},
    {"netns", 0, "PID", "capture in the network namespace of PID: a container (needs root)",
     "the number of a process", take_count, AT(netns_pid)},
    RECORDER_ROWS(struct options, write, "write"),
};

static const struct options_page page = {
    .command = "capture",
    .usage = "[options]",
    .about =
        "Listens to sessions between API clients and TWS or IB Gateway without touching them, "
        "also to\nthose that are open already, and says what `twstap proxy` would say inline.  "
        "Not a packet is\nsent.  The device needs root or cap_net_raw; once it is open, all "
        "rights are given up.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .takes = OPTIONS_OF_SESSIONS,
    .examples =
        "  sudo twstap capture                            the loopback, the four ports\n"
        "  sudo twstap capture -i eth0 --port 4001        a Gateway on another machine\n"
        "  sudo twstap capture -i any -v                  everywhere, each frame\n"
        "  sudo twstap capture --netns 4711               inside the container of process 4711\n"
        "  twstap capture --list                          which interfaces there are\n"
        "  sudo twstap capture --write day.pcapng --rotate 100M --keep 10\n"
        "  sudo setcap cap_net_raw+ep $(command -v twstap)    from now on without root\n"
        "Signals: USR1 a verdict for every connection now, HUP reopen the JSON file, INT or TERM "
        "end.\n",
};

/* ---- the run ---- */

#define OWNERS 16u /* the usual ports have each a place of its own */

struct run {
    struct passive passive;
    struct recorder recording;
    struct ev_loop *loop;
    ev_io readable;
    ev_timer pull;  /* where readable alone is not enough */
    ev_timer due;   /* a silence, or a hole, has its time */
    ev_timer drops; /* look at the kernel's counters */
    ev_timer end;   /* a signal to end has come; what passed before it is still on its way to us */
    ev_timer ask;   /* the same for a verdict that was asked for */
    ev_signal signals[SIGNALS];
    int64_t step_ns; /* from the wall clock of the packets to the clock that never steps */
    struct host_owner owner[OWNERS]; /* of gateways' listeners on this machine, by port */
    bool failed, has_interface;
};

/* The packets bear the wall clock's time.  When somebody sets it, what is owed must not become due.
 */
static void follow_clock(struct run *r)
{
    int64_t off = (int64_t)(host_now_ns() - host_wall_ns());
    int64_t moved = off - r->step_ns;

    if (moved > (int64_t)STEP_NS || moved < -(int64_t)STEP_NS)
        r->step_ns = off;
}

static uint64_t due_in(struct run *r, uint64_t now)
{
    uint64_t at = tap_deadline(r->passive.tap);

    return at + LATE_NS > now ? at + LATE_NS - now : 0;
}

static void arm(struct run *r)
{
    ev_timer_stop(r->loop, &r->due);
    if (!tap_deadline(r->passive.tap))
        return;
    ev_timer_set(&r->due, (double)due_in(r, host_now_ns()) / 1e9 + 0.001, 0.);
    ev_timer_start(r->loop, &r->due);
}

static void write_down(struct run *r, const struct packet *p)
{
    struct record_packet out = captured_packet(r->passive.tap, p);

    if (!r->has_interface) /* a device has one link type, known with its first packet */
        r->has_interface = record_interface(r->recording.record, 0, (uint16_t)p->link, 0,
                                            source_name(r->passive.source));
    record_packet(r->recording.record, &out);
}

/* Before a silence is called: did the kernel drop what would have ended it? */
static void look_for_drops(struct run *r, uint64_t now)
{
    uint64_t due = tap_deadline(r->passive.tap);

    if (due && due <= now)
        passive_drops(&r->passive, host_now_ns());
}

/* Take what is there.  False: more may be. */
static bool pull(struct run *r)
{
    struct packet packet;

    follow_clock(r);
    for (int i = 0; i < PACKETS_A_TURN; i++) {
        switch (source_next(r->passive.source, &packet)) {
        case SOURCE_PACKET:
            packet.ts_ns += (uint64_t)r->step_ns;
            look_for_drops(r, packet.ts_ns);
            passive_packet(&r->passive, &packet);
            if (r->recording.record)
                write_down(r, &packet);
            break;
        case SOURCE_PAUSE:
        case SOURCE_LATER:
            return true;
        case SOURCE_CUT:
        case SOURCE_END:
        case SOURCE_FAILED:
            observer_tell(&r->passive.observer, "%s", source_error(r->passive.source));
            r->failed = true;
            ev_break(r->loop, EVBREAK_ALL);
            return true;
        }
    }
    return false;
}

static void turn(struct run *r)
{
    uint64_t now;

    if (pull(r)) { /* all that has come is seen: what is missing is not there */
        now = host_now_ns() - LATE_NS;
        look_for_drops(r, now);
        tap_tick(r->passive.tap, now);
    }
    arm(r);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
    (void)loop;
    (void)events;
    turn(w->data);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    turn(w->data);
}

static void on_drops(struct ev_loop *loop, ev_timer *w, int events)
{
    struct run *r = w->data;

    (void)loop;
    (void)events;
    passive_drops(&r->passive, host_now_ns());
}

static void on_ended(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* What has passed by now may still be with the kernel. */
static void on_end(struct ev_loop *loop, ev_signal *w, int events)
{
    struct run *r = w->data;

    (void)events;
    ev_timer_start(loop, &r->end);
}

static void on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)loop;
    (void)events;
    observer_reopen(&((struct run *)w->data)->passive.observer);
    recorder_reopen(&((struct run *)w->data)->recording);
}

static void on_ask(struct ev_loop *loop, ev_timer *w, int events)
{
    struct run *r = w->data;

    (void)loop;
    (void)events;
    turn(r);
    tap_ask_all(r->passive.tap, host_now_ns() - LATE_NS);
}

static void on_usr1(struct ev_loop *loop, ev_signal *w, int events)
{
    struct run *r = w->data;

    (void)events;
    ev_timer_start(loop, &r->ask);
}

static void watch(struct run *r)
{
    static const struct signals_do what = {on_end, on_end, on_hup, on_usr1};
    uint64_t every;

    signals_watch(r->loop, r->signals, &what, r);
    ev_io_init(&r->readable, on_readable, source_fd(r->passive.source, &every), EV_READ);
    r->readable.data = r;
    ev_io_start(r->loop, &r->readable);
    ev_init(&r->pull, on_timer);
    r->pull.data = r;
    if (every) {
        r->pull.repeat = (double)every / 1e9;
        ev_timer_again(r->loop, &r->pull);
    }
    ev_init(&r->due, on_timer);
    r->due.data = r;
    ev_timer_init(&r->drops, on_drops, DROPS_SECONDS, DROPS_SECONDS);
    r->drops.data = r;
    ev_timer_init(&r->ask, on_ask, LATE_NS / 1e9, 0.);
    r->ask.data = r;
    ev_timer_init(&r->end, on_ended, LATE_NS / 1e9, 0.);
    ev_timer_start(r->loop, &r->drops);
}

#define PORTS_TEXT (6 * PORTS_MAX + 1)

static const char *ports_text(const struct ports *p, char out[PORTS_TEXT])
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += (size_t)snprintf(out + n, PORTS_TEXT - n, "%s%u", i ? "," : "", (unsigned)p->port[i]);
    return out;
}

static void say_listening(struct run *r)
{
    char ports[PORTS_TEXT];

    ports_text(&r->passive.ports, ports);
    observer_say(&r->passive.observer, "listening on %s, port%s %s (passive: nothing is sent)",
                 source_name(r->passive.source), r->passive.ports.n == 1 ? "" : "s", ports);
}

static void put_line(void *ctx, const char *line)
{
    fprintf(ctx, "%s\n", line);
}

static int list(void)
{
    char error[SOURCE_ERROR_MAX];

    if (source_list(put_line, stdout, error))
        return CLI_OK;
    fprintf(stderr, "twstap capture: %s\n", error);
    return CLI_COULD_NOT_LOOK;
}

/* What root has made is for whoever looks at it afterwards, if that user could have made it.  What
 * was there before keeps its owner. */
static void give_outputs(const struct run *r, const struct host_user *user)
{
    const struct out *json = &r->passive.observer.json_out;
    const struct record *record = r->recording.record;
    const struct {
        int fd;
        const char *path, *name;
    } outputs[] = {
        {json->created ? json->fd : -1, json->path, "the JSON file"},
        {record ? record_fd(record) : -1, record ? record_path(record) : NULL, "the recording"},
    };

    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (!host_give(user, outputs[i].fd, outputs[i].path))
            fprintf(stderr, "twstap capture: %s stays root's: %s\n", outputs[i].name,
                    strerror(errno));
    }
}

/* A Gateway on this machine: its end of a connection is in the table of sockets. */
static void kernel_facts(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    struct run *r = ctx;
    struct host_owner *o = &r->owner[s->gateway.port % OWNERS];
    uint64_t now = host_now_ns();

    if (s->how_closed == TWS_REFUSED) {
        host_refusal_facts(o, 0, &s->gateway, now, out);
        return;
    }
    (void)host_end_facts(&s->gateway, &s->client, out);
    host_owner_facts(o, 0, &s->gateway, now, out);
}

static int fail(const char *why)
{
    fprintf(stderr, "twstap capture: %s\n", why);
    return CLI_COULD_NOT_LOOK;
}

static int open_device(struct run *r, struct options *o)
{
    char error[SOURCE_ERROR_MAX];
    enum source_refusal why;

    o->live.ports = r->passive.ports.port;
    o->live.n_ports = r->passive.ports.n;
    o->live.snaplen = o->snaplen > UINT32_MAX ? UINT32_MAX : (uint32_t)o->snaplen;
    o->live.buffer = o->buffer > INT32_MAX ? INT32_MAX : (uint32_t)o->buffer;
    r->passive.source = source_device(&o->live, &why, error);
    if (!r->passive.source)
        return fail(error);
    for (size_t i = 0; i < r->passive.ports.n; i++)
        host_owner_begin(&r->owner[r->passive.ports.port[i] % OWNERS], 0, r->passive.ports.port[i],
                         host_now_ns());
    return CLI_OK;
}

static int open_outputs(struct run *r, const struct options *o, const struct common_options *common)
{
    char ports[PORTS_TEXT], words[PORTS_TEXT + 80];
    struct tws_section about = {0};
    int status = observer_open(&r->passive.observer, "capture", common, r->loop);

    if (status != CLI_OK)
        return status;
    snprintf(words, sizeof words, "interface %.60s, ports %s",
             o->live.device ? o->live.device : "loopback", ports_text(&r->passive.ports, ports));
    about.rest = tws_text_of(words);
    status = recorder_open(&r->recording, &o->write, &r->passive.observer, false, common, &about);
    if (status != CLI_OK)
        observer_abandon(&r->passive.observer);
    return status;
}

static void close_outputs(struct run *r)
{
    recorder_close(&r->recording);
    observer_abandon(&r->passive.observer);
}

/* Give up every right; whatever is left to do takes none. */
static int go_on_without_rights(struct run *r, const struct host_user *user)
{
    char error[HOST_ERROR_MAX];

    give_outputs(r, user);
    if (!host_drop(user, error))
        return fail(error);
    observer_never_wait(&r->passive.observer);
    r->passive.kernel = kernel_facts;
    r->passive.kernel_ctx = r;
    if (!passive_open(&r->passive, false)) {
        fputs("twstap capture: no memory\n", stderr);
        return CLI_INTERNAL;
    }
    return CLI_OK;
}

/* The device is opened first: a run that cannot begin leaves no file.  Outputs are opened as the
 * caller, for the user that we become; then every right is given up. */
static int open_all(struct run *r, struct options *o, struct common_options *common)
{
    char error[HOST_ERROR_MAX];
    struct host_user user;
    int status;

    if (!host_user_find(o->user, &user, error))
        return fail(error);
    common->user = (struct output_user){.is_other = user.change, .uid = user.uid};
    status = recorder_check_folder(&o->write, "capture", &user);
    if (status == CLI_OK)
        status = open_device(r, o);
    if (status != CLI_OK)
        return status;
    status = open_outputs(r, o, common);
    if (status == CLI_OK) {
        status = go_on_without_rights(r, &user);
        if (status != CLI_OK)
            close_outputs(r);
    }
    if (status != CLI_OK)
        source_close(r->passive.source);
    return status;
}

int cmd_capture(int argc, char **argv)
{
    struct common_options common;
    struct options o = {.snaplen = SOURCE_SNAPLEN, .buffer = SOURCE_BUFFER};
    struct run r = {.loop = ev_default_loop(EVFLAG_AUTO)};
    int status;

    common_options_default(&common);
    switch (options_parse(&page, argc, argv, &o, &common, NULL)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    status = netns_enter("capture", o.netns_pid);
    if (status != CLI_OK)
        return status;
    if (o.list)
        return list();
    if (!r.loop) {
        fputs("twstap capture: no event loop\n", stderr);
        return CLI_INTERNAL;
    }
    r.passive.ports = o.ports;
    if (r.passive.ports.n == 0)
        ports_default(&r.passive.ports);
    signal(SIGPIPE, SIG_IGN);
    o.write.option = "--write";
    status = recorder_check(&o.write, "capture", &common);
    if (status != CLI_OK)
        return status;
    status = open_all(&r, &o, &common);
    if (status != CLI_OK)
        return status;
    watch(&r);
    say_listening(&r);
    r.passive.first_ns = host_now_ns(); /* also the time before the first packet was looked at */
    observer_say_day(&r.passive.observer);
    ev_run(r.loop, 0);
    pull(&r);
    passive_drops(&r.passive, host_now_ns());
    passive_end(&r.passive, host_now_ns());
    recorder_close(&r.recording); /* after the last verdicts: they decide what a ring writes */
    status = passive_close(&r.passive);
    return r.failed ? CLI_COULD_NOT_LOOK : status;
}
