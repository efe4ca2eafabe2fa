#include "cli.h"
#include "conversation.h"
#include "observe.h"
#include "payload.h"
#include "stop.h"
#include "text_line.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_MOST 999u
#define CHUNK        65536u

struct options {
    int from; /* enum tws_side */
    uint32_t server_version;
    bool raw;
    bool quiet; /* no values */
    uint32_t verbose;
};

static bool take_version(void *to, size_t at, const char *value)
{
    struct options *o = to;

    (void)at;
    return parse_count(value, &o->server_version) && o->server_version >= TWS_VERSION_MIN &&
           o->server_version <= VERSION_MOST;
}

static const struct option_row rows[] = {
    {"from", 0, "WHO", "client or gateway: who sent them, unless the lines say so with > and <",
     "client or gateway", take_side, offsetof(struct options, from)},
    {"server-version", 0, "N",
     "the negotiated server version (that of a version reply among them, else told from the "
     "messages)",
     "a server version from 100 to 999", take_version, 0},
    {"raw", 0, NULL, "the input is a stream of bytes as on the wire, with lengths", NULL, take_flag,
     offsetof(struct options, raw)},
    {NULL, 'q', NULL, "show only the line of each message", NULL, take_flag,
     offsetof(struct options, quiet)},
    {NULL, 'v', NULL, "show each value too, as without it", NULL, take_more,
     offsetof(struct options, verbose)},
};

static const struct options_page page = {
    .command = "decode",
    .usage = "[options] [FILE...]",
    .about = "Decodes payloads of frames as they are pasted, with or without the 4 bytes of their "
             "length: one a\nline in hex, base64 or text with escapes (b'9\\x001\\x00'), or as a "
             "dump of xxd or hexdump -C, from\nfiles or standard input.  Shows each value; with -q "
             "only what each frame is about.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .takes = OPTIONS_OF_FRAMES,
    .examples =
        "  echo '31003600393030310031003138342e323500330030 00' | twstap decode --from gateway\n"
        "  twstap decode --from client --server-version 176 --json - pasted.txt\n"
        "  twstap decode --raw --from gateway --server-version 203 gateway-side.bin\n",
};

struct decoder {
    const struct options *o;
    struct observer observer;
    const char *name;                     /* of the input */
    size_t line;                          /* number of that being decoded; 0: a stream */
    struct tws_conversation conversation; /* its streams are those of --raw */
    uint64_t n[2];                        /* frames per direction */
    uint64_t at;                          /* byte of a stream where what comes next begins */
    size_t payloads;                      /* lines that had one */
    size_t skipped;                       /* lines without */
    int status;
};

/* What is wrong with the input, and where. */
__attribute__((format(printf, 2, 3))) static void say(struct decoder *d, const char *format, ...)
{
    char what[256];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    observer_flush(&d->observer);
    if (d->line)
        fprintf(stderr, "twstap decode: %s, line %zu: %s\n", d->name, d->line, what);
    else
        fprintf(stderr, "twstap decode: %s: %s\n", d->name, what);
    if (d->status == CLI_OK)
        d->status = CLI_COULD_NOT_LOOK;
}

/* What is a guess in what this line is read as. */
static void note(struct decoder *d, const char *what)
{
    observer_flush(&d->observer);
    fprintf(stderr, "twstap decode: %s, line %zu: a guess: %s\n", d->name, d->line, what);
}

/* The lines that were passed over; an input without any payload is a failure. */
static void say_skipped(struct decoder *d)
{
    observer_flush(&d->observer);
    if (d->skipped > 0)
        fprintf(stderr, "twstap decode: %zu line%s without a payload %s skipped\n", d->skipped,
                d->skipped == 1 ? "" : "s", d->skipped == 1 ? "was" : "were");
    if (d->skipped > 0 && d->payloads == 0 && d->status == CLI_OK) {
        fputs("twstap decode: no line has a payload in a form that is known "
              "(see twstap-decode(1))\n",
              stderr);
        d->status = CLI_COULD_NOT_LOOK;
    }
}

static void put(struct decoder *d, struct tws_event *ev)
{
    ev->kind = TWS_EV_FRAME;
    d->observer.env.sink.put(d->observer.env.sink.ctx, ev);
    observer_flush(&d->observer);
}

/* The version by which a choice between several readings of a line is made; 0: not known. */
static uint32_t version_so_far(const struct decoder *d)
{
    const struct tws_reading *r = &d->conversation.reading;

    if (r->server_version)
        return r->server_version;
    return r->versions.min >= TWS_RAW_ID_SINCE ? r->versions.min : 0;
}

static void put_hello(struct decoder *d, const struct tws_hello *hello, struct tws_cursor payload)
{
    struct tws_event ev = {0};

    ev.u.frame.dir = TWS_CLIENT;
    ev.u.frame.form = TWS_FORM_HELLO;
    ev.u.frame.payload = payload;
    ev.u.frame.hello = hello;
    put(d, &ev);
}

static void put_payload(struct decoder *d, enum tws_side dir, struct tws_cursor payload)
{
    struct tws_event ev = {0};
    struct tws_opened_frame f;

    ev.u.frame.dir = dir;
    ev.u.frame.payload = payload;
    if (tws_conversation_open(&d->conversation, dir, payload, &f) == TWS_OPENED_VERSION) {
        ev.u.frame.form = TWS_FORM_VERSION;
        ev.u.frame.version = &f.reply;
    } else {
        ev.u.frame.form = f.message.form;
        ev.u.frame.message = &f.message;
    }
    ev.u.frame.n = ++d->n[tws_sender(dir)];
    put(d, &ev);
}

/* ---- does a line begin with the length of a frame? ---- */

/* What bytes look like when they are taken for a message. */
enum looks {
    LOOKS_WRONG,     /* no known message */
    LOOKS_MISPLACED, /* one, but not in the form of this server version */
    LOOKS_ODD,       /* with fields too few or too many, or without its end */
    LOOKS_WHOLE,
};

static enum looks looks_like(const struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    struct tws_opened_frame f;
    const struct tws_message *m = &f.message;
    struct tws_walk w;
    struct tws_value v;
    bool extra = false;

    if (tws_reading_try(&d->conversation.reading, dir, c, &f) == TWS_OPENED_VERSION)
        return LOOKS_WHOLE;
    if (!m->row || m->faults & TWS_FAULT_FRAMING)
        return m->row ? LOOKS_MISPLACED : LOOKS_WRONG;
    tws_walk_open(m, &w);
    while (tws_walk_next(&w, &v))
        extra = extra || (v.step == TWS_STEP_VALUE && !v.field && !v.element);
    if (extra || m->faults || w.faults || tws_walk_missing(&w))
        return LOOKS_ODD;
    return LOOKS_WHOLE;
}

/* The first frame of `c` and its length, if it is all there; *rest: what follows it. */
static bool take_frame(struct tws_cursor c, struct tws_cursor *frame, struct tws_cursor *rest)
{
    uint32_t n;

    *rest = c;
    if (!tws_take_be32(rest, &n) || n == 0 || !tws_take(rest, n, &frame->p))
        return false;
    frame->left = n;
    return true;
}

/* Is it whole frames with their lengths, one behind the other, and each a known message?  A single
 * one may be anything, unless all of it makes sense without a length. */
static bool is_chain(const struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    struct tws_cursor frame = {NULL, 0}, rest;
    size_t n = 0;

    if (take_frame(c, &frame, &rest) && rest.left == 0)
        return looks_like(d, dir, frame) >= LOOKS_ODD || looks_like(d, dir, c) != LOOKS_WHOLE;
    for (; c.left > 0; c = rest, n++)
        if (!take_frame(c, &frame, &rest) || looks_like(d, dir, frame) < LOOKS_ODD)
            return false;
    return n > 0;
}

/* The four bytes in front are no length that fits.  Are they one all the same, of a frame that was
 * cut or changed, rather than the id of a message? */
static bool is_wrong_length(const struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    enum looks behind, as_id = looks_like(d, dir, c);
    struct tws_cursor frame = {NULL, 0}, rest;
    uint32_t n;

    if (take_frame(c, &frame, &rest) && looks_like(d, dir, frame) == LOOKS_WHOLE)
        return as_id != LOOKS_WHOLE;
    rest = c;
    if (!tws_take_be32(&rest, &n) || n == 0 || n > TWS_FRAME_MAX || rest.left == 0)
        return false;
    behind = looks_like(d, dir, rest);
    if (behind < LOOKS_ODD || as_id == LOOKS_WRONG)
        return behind >= LOOKS_ODD;
    if (behind == as_id)
        return behind == LOOKS_WHOLE ? d->conversation.reading.server_version == 0 : n > rest.left;
    return behind == LOOKS_WHOLE;
}

#define API_PREFIX "API" /* with its NUL */

/* "v100..176", behind "API\0" and its length or without them. */
static bool take_hello(struct tws_cursor c, struct tws_cursor *text)
{
    struct tws_cursor frame, rest;
    const uint8_t *skipped;

    *text = c;
    if (c.left > TWS_HELLO_PREFIX + 4 && memcmp(c.p, API_PREFIX, sizeof API_PREFIX) == 0)
        return tws_take(text, TWS_HELLO_PREFIX + 4, &skipped);
    if (take_frame(c, &frame, &rest) && rest.left == 0)
        *text = frame;
    return text->left > 1 && text->p[0] == 'v' && text->p[1] >= '0' && text->p[1] <= '9';
}

/* A hello at the front of `c`; what follows it. */
static struct tws_cursor decode_hello(struct decoder *d, struct tws_cursor c,
                                      struct tws_cursor text)
{
    struct tws_cursor rest = {NULL, 0}, framed = {c.p + TWS_HELLO_PREFIX, 0};
    struct tws_hello hello;
    uint32_t n = 0;

    if (c.p[0] == 'A') {
        framed.left = c.left - TWS_HELLO_PREFIX;
        if (!take_frame(framed, &text, &rest)) {
            tws_take_be32(&framed, &n);
            say(d, "the hello's length says %lu bytes, %zu follow", (unsigned long)n, text.left);
            rest.left = 0;
        }
    }
    tws_hello_read(text, &hello);
    tws_reading_hello(&d->conversation.reading, &hello);
    put_hello(d, &hello, text);
    return rest;
}

/* What begins with a length that does not fit. */
static void decode_cut(struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    struct tws_cursor frame, rest;
    uint32_t n = 0;

    while (take_frame(c, &frame, &rest) && looks_like(d, dir, frame) == LOOKS_WHOLE) {
        put_payload(d, dir, frame);
        c = rest;
    }
    if (c.left == 0)
        return;
    rest = c;
    if (!tws_take_be32(&rest, &n)) {
        say(d, "%zu bytes behind the last frame", c.left);
        return;
    }
    say(d, "the length in front, 0x%08lx, says %lu bytes, %zu follow", (unsigned long)n,
        (unsigned long)n, rest.left);
    put_payload(d, dir, rest);
}

/* `framed`: the log that it is from writes it without a length. */
static void decode_payload(struct decoder *d, enum tws_side dir, struct tws_cursor c, bool framed)
{
    struct tws_cursor text, frame, rest;

    while (dir == TWS_CLIENT && take_hello(c, &text)) {
        c = decode_hello(d, c, text);
        if (c.left == 0)
            return;
    }
    if (!framed && is_chain(d, dir, c)) {
        for (; take_frame(c, &frame, &rest); c = rest)
            put_payload(d, dir, frame);
        return;
    }
    if (!framed && is_wrong_length(d, dir, c))
        decode_cut(d, dir, c);
    else
        put_payload(d, dir, c);
}

/* A payload that was read.  False: it is not known who sent it, and so of all the others. */
static bool decode_read(struct decoder *d, const struct payload *p)
{
    enum tws_side dir = p->dir ? p->dir : (enum tws_side)d->o->from;
    bool framed = p->format && !p->format->wire;

    if (dir == TWS_NOBODY) {
        say(d, "who sent it? --from client or --from gateway, or > and < in front of lines");
        d->status = CLI_USAGE;
        return false;
    }
    if (p->guess)
        note(d, p->guess);
    d->payloads++;
    decode_payload(d, dir, (struct tws_cursor){p->bytes, p->n}, framed);
    return !observer_in_vain(&d->observer);
}

static bool decode_line(struct decoder *d, struct payload *p, const struct text_line *line)
{
    enum payload_status status;

    if (line->too_long) {
        say(d, "longer than any payload");
        return true;
    }
    status = payload_read(p, line->text, line->len, version_so_far(d));
    d->skipped += p->skipped;
    switch (status) {
    case PAYLOAD_NONE:
    case PAYLOAD_MORE:
        return true;
    case PAYLOAD_SKIPPED:
        d->skipped++;
        return true;
    case PAYLOAD_WRONG:
        say(d, "byte %zu: %s", p->wrong_at, p->why);
        return true;
    case PAYLOAD_READ:
        break;
    }
    return decode_read(d, p);
}

/* The dump that ended before this line, or with the input. */
static bool decode_dump(struct decoder *d, struct payload *p, const struct text_line *line)
{
    bool go_on = true;

    if (payload_is_over(p, line ? line->text : NULL, line ? line->len : 0)) {
        go_on = decode_read(d, p);
        payload_forget(p);
    }
    return go_on;
}

static void decode_lines(struct decoder *d, FILE *f)
{
    struct payload p = {0};
    struct text_line line = {0};
    bool go_on = true;

    d->line = 0;
    while (go_on && text_line_read(f, &line)) {
        go_on = decode_dump(d, &p, &line);
        d->line++;
        go_on = go_on && decode_line(d, &p, &line);
    }
    if (go_on && decode_dump(d, &p, NULL) && payload_end(&p) == PAYLOAD_WRONG)
        say(d, "%s", p.why);
    d->skipped += p.skipped;
    text_line_free(&line);
    payload_free(&p);
}

static void put_opaque(struct decoder *d, enum tws_side dir, const struct tws_item *item)
{
    struct tws_event ev = {.kind = TWS_EV_OPAQUE};

    say(d, "not decoded from byte %llu on, behind frame %llu", (unsigned long long)d->at,
        (unsigned long long)d->n[tws_sender(dir)]);
    ev.u.opaque.dir = dir;
    ev.u.opaque.why = item->why;
    ev.u.opaque.foreign = item->foreign;
    ev.u.opaque.length = item->length;
    d->observer.env.sink.put(d->observer.env.sink.ctx, &ev);
}

static void put_item(struct decoder *d, enum tws_side dir, const struct tws_item *item)
{
    struct tws_place place = tws_conversation_place(&d->conversation, dir, item);

    d->at = place.offset;
    switch (item->kind) {
    case TWS_ITEM_FRAME:
        put_payload(d, dir, item->payload);
        break;
    case TWS_ITEM_HELLO:
        put_hello(d, &item->hello, item->payload);
        break;
    case TWS_ITEM_GAP:
        say(d, "%llu bytes from byte %llu on are no frames, and passed over",
            (unsigned long long)item->skipped, (unsigned long long)d->at);
        break;
    case TWS_ITEM_OPAQUE:
        put_opaque(d, dir, item);
        return;
    }
    d->at += place.len;
}

static void pull(struct decoder *d, enum tws_side dir)
{
    struct tws_item item;

    while (tws_conversation_next(&d->conversation, dir, &item) == TWS_STREAM_ITEM)
        put_item(d, dir, &item);
}

/* What the stream ends within is decoded as far as it goes. */
static void end_stream(struct decoder *d, enum tws_side dir, const struct tws_stream *s)
{
    unsigned long long at = d->at, n = d->n[tws_sender(dir)] + 1;
    struct tws_cursor payload;
    uint64_t missing, skipped;
    uint32_t have, want;

    if (tws_stream_partial(s, &payload, &want)) {
        say(d, "ends within frame %llu, at byte %llu: %zu of its %lu bytes are there", n, at,
            payload.left, (unsigned long)want);
        put_payload(d, dir, payload);
    } else if (tws_stream_partial_hello(s, &have, &want)) {
        say(d, "ends within the hello, after %lu bytes", (unsigned long)have);
    } else if (tws_stream_unfound(s, &missing, &skipped)) {
        say(d, "no frame in the last %llu bytes, from byte %llu on", (unsigned long long)skipped,
            at);
    } else if (tws_stream_pending(s)) {
        say(d, "ends within the length of frame %llu, at byte %llu: %lu of 4 bytes are there", n,
            at, (unsigned long)tws_stream_pending(s));
    }
}

/* A stream of its own, of what may be the same session. */
static void begin_stream(struct decoder *d)
{
    struct tws_reading known = d->conversation.reading;

    tws_conversation_init(&d->conversation, TWS_SEEN_PASTED, TWS_FRAME_MAX);
    d->conversation.reading = known;
    d->line = 0;
    d->at = 0;
}

static void decode_stream(struct decoder *d, FILE *f)
{
    enum tws_side dir = (enum tws_side)d->o->from;
    uint8_t chunk[CHUNK];
    ssize_t n = 0;

    begin_stream(d);
    /* What is there, without waiting for more: it may come from a live connection. */
    while (!stop_asked && !observer_in_vain(&d->observer) &&
           (n = read(fileno(f), chunk, sizeof chunk)) > 0) {
        tws_conversation_feed(&d->conversation, dir, (struct tws_cursor){chunk, (size_t)n});
        pull(d, dir);
    }
    if (n < 0 && !stop_asked)
        say(d, "%s", strerror(errno));
    tws_conversation_end(&d->conversation, dir);
    pull(d, dir);
    end_stream(d, dir, &d->conversation.stream[tws_sender(dir)]);
    tws_conversation_free(&d->conversation);
}

static void decode_file(struct decoder *d, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rbe");

    d->name = standard ? "standard input" : path;
    if (f && d->o->raw)
        decode_stream(d, f);
    else if (f)
        decode_lines(d, f);
    d->line = 0;
    if (!f || (ferror(f) && !stop_asked))
        say(d, "%s", strerror(errno));
    if (f && !standard)
        (void)fclose(f);
}

int cmd_decode(int argc, char **argv)
{
    static const char *const standard_input[] = {"-"};
    struct common_options common;
    struct options_words words = {.max = OPTIONS_WORDS_MAX};
    struct options options = {0};
    struct decoder d = {.o = &options, .status = CLI_OK};
    const char *const *files = standard_input;
    int status;

    common_options_default(&common);
    switch (options_parse(&page, argc, argv, &options, &common, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    if (options.raw && options.from == TWS_NOBODY)
        return options_wrong("decode", "who sent it? --from client or --from gateway");
    common.verbose = options.quiet ? 1 : 2;
    tws_conversation_init(&d.conversation, TWS_SEEN_PASTED, TWS_FRAME_MAX);
    tws_conversation_agree(&d.conversation, options.server_version);
    signal(SIGPIPE, SIG_IGN);
    common.patient = true;
    status = observer_open(&d.observer, "decode", &common, ev_default_loop(0));
    if (status != CLI_OK)
        return status;
    stop_watch();
    observer_wait_until(&d.observer, &stop_asked);
    d.observer.text.passive = true; /* nothing is relayed */
    if (words.n > 0)
        files = words.word;
    for (size_t i = 0; i < (words.n > 0 ? words.n : 1) && d.status != CLI_USAGE && !stop_asked &&
                       !observer_in_vain(&d.observer);
         i++)
        decode_file(&d, files[i]);
    if (d.status != CLI_USAGE)
        say_skipped(&d);
    observer_abandon(&d.observer);
    if (d.status == CLI_OK && observer_failed(&d.observer))
        return CLI_COULD_NOT_LOOK;
    return d.status;
}
