#include "cli.h"
#include "observe.h"
#include "payload.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without --server-version and without a version reply among the payloads. */
#define ASSUMED_TEXT 200u /* the newest whose ids are text */
#define CHUNK        65536u
#define LINE_MAX_LEN (4u * (TWS_FRAME_MAX + 16u)) /* the longest payload in hex, with blanks */

struct options {
    int from; /* enum tws_side */
    uint32_t server_version;
    bool raw;
};

static bool take_version(void *to, size_t at, const char *value)
{
    struct options *o = to;

    (void)at;
    return parse_count(value, &o->server_version) && o->server_version >= TWS_VERSION_MIN &&
           o->server_version <= 999;
}

static const struct option_row rows[] = {
    {"from", 0, "WHO", "client or gateway: who sent them, unless the lines say so with > and <",
     "client or gateway", take_side, offsetof(struct options, from)},
    {"server-version", 0, "N",
     "the negotiated server version (that of a version reply among them, else the newest)",
     "a server version from 100 on", take_version, 0},
    {"raw", 0, NULL, "the input is a stream of bytes as on the wire, with lengths", NULL, take_flag,
     offsetof(struct options, raw)},
};

static const struct options_page page = {
    .command = "decode",
    .usage = "[options] [FILE...]",
    .about = "Decodes payloads of frames: one a line in hex or base64, with or without the 4 bytes "
             "of their\nlength, from files or standard input.  Shows each value; with -q only what "
             "each frame is about.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .observes = true,
    .examples = "  echo '310036003900310032 00' | twstap decode --from gateway\n"
                "  twstap decode --from client --server-version 176 --json - pasted.txt\n"
                "  twstap decode --raw --from gateway --server-version 203 gateway-side.bin\n",
};

struct decoder {
    const struct options *o;
    struct observer observer;
    const char *name; /* of the input */
    uint32_t server_version;
    uint64_t n[2]; /* frames per direction */
    int status;
};

static int index_of(enum tws_side dir)
{
    return dir == TWS_CLIENT ? 0 : 1;
}

static void put(struct decoder *d, struct tws_event *ev)
{
    ev->kind = TWS_EV_FRAME;
    d->observer.env.sink.put(d->observer.env.sink.ctx, ev);
    observer_flush(&d->observer);
}

/* The layout that a frame is read by. */
static uint32_t version_for(const struct decoder *d, struct tws_cursor payload)
{
    if (d->server_version)
        return d->server_version;
    return payload.left && payload.p[0] >= '0' && payload.p[0] <= '9' ? ASSUMED_TEXT
                                                                      : TWS_VERSION_MAX;
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
    struct tws_version_reply reply;
    struct tws_message m;

    ev.u.frame.dir = dir;
    ev.u.frame.n = ++d->n[index_of(dir)];
    ev.u.frame.payload = payload;
    if (dir == TWS_GATEWAY && d->n[1] == 1 && tws_version_reply_read(payload, &reply)) {
        ev.u.frame.form = TWS_FORM_VERSION;
        ev.u.frame.version = &reply;
        if (!reply.redirect && !d->o->server_version)
            d->server_version = (uint32_t)reply.server_version;
    } else {
        tws_message_open(dir, version_for(d, payload), payload, &m);
        ev.u.frame.form = m.form;
        ev.u.frame.message = &m;
    }
    put(d, &ev);
}

/* Does it begin with its own length, and go on as a message? */
static bool has_length(const struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    struct tws_version_reply reply;
    struct tws_message m;
    uint32_t n;

    if (!tws_take_be32(&c, &n) || n != c.left || n == 0)
        return false;
    if (dir == TWS_GATEWAY && d->n[1] == 0 && tws_version_reply_read(c, &reply))
        return true;
    tws_message_open(dir, version_for(d, c), c, &m);
    return m.row != NULL && !(m.faults & TWS_FAULT_FRAMING);
}

#define API_PREFIX "API" /* with its NUL */

static void decode_payload(struct decoder *d, enum tws_side dir, struct tws_cursor c)
{
    struct tws_hello hello;
    const uint8_t *skipped;

    if (dir == TWS_CLIENT && c.left > 8 && memcmp(c.p, API_PREFIX, sizeof API_PREFIX) == 0) {
        tws_take(&c, 8, &skipped);
        tws_hello_read(c, &hello);
        put_hello(d, &hello, c);
        return;
    }
    if (has_length(d, dir, c))
        tws_take(&c, TWS_FRAME_HEAD, &skipped);
    put_payload(d, dir, c);
}

/* A growing line; what is longer than any payload is read to its end and not kept. */
struct text_line {
    char *text; /* owned */
    size_t len, cap;
    bool too_long;
};

static bool grow(struct text_line *l)
{
    size_t cap = l->cap ? 2 * l->cap : 4096;
    char *more = realloc(l->text, cap);

    if (!more)
        return false;
    l->text = more;
    l->cap = cap;
    return true;
}

/* False: the input is over. */
static bool read_line(FILE *f, struct text_line *l)
{
    int c = getc(f);

    l->len = 0;
    l->too_long = false;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc(f)) {
        l->too_long = l->too_long || l->len == LINE_MAX_LEN || (l->len == l->cap && !grow(l));
        if (!l->too_long)
            l->text[l->len++] = (char)c;
    }
    return true;
}

static void decode_lines(struct decoder *d, FILE *f)
{
    struct payload p = {0};
    struct text_line line = {0};
    size_t number = 0;

    while (read_line(f, &line)) {
        enum tws_side dir;

        number++;
        if (line.too_long) {
            fprintf(stderr, "twstap decode: %s, line %zu: longer than any payload\n", d->name,
                    number);
            d->status = CLI_COULD_NOT_LOOK;
            continue;
        }
        switch (payload_read(&p, line.text, line.len)) {
        case PAYLOAD_NONE:
            continue;
        case PAYLOAD_WRONG:
            fprintf(stderr, "twstap decode: %s, line %zu, byte %zu: %s\n", d->name, number,
                    p.wrong_at, p.no_memory ? "no memory" : "neither hex nor base64");
            d->status = CLI_COULD_NOT_LOOK;
            continue;
        case PAYLOAD_READ:
            break;
        }
        dir = p.dir ? p.dir : (enum tws_side)d->o->from;
        if (dir == TWS_NOBODY) {
            fprintf(stderr,
                    "twstap decode: %s, line %zu: who sent it? --from client or --from gateway, or "
                    "> and < in front of lines\n",
                    d->name, number);
            d->status = CLI_USAGE;
            break;
        }
        decode_payload(d, dir, (struct tws_cursor){p.bytes, p.n});
    }
    free(line.text);
    payload_free(&p);
}

static void put_item(struct decoder *d, enum tws_side dir, const struct tws_item *item)
{
    struct tws_event ev = {.kind = TWS_EV_OPAQUE};

    switch (item->kind) {
    case TWS_ITEM_FRAME:
        put_payload(d, dir, item->payload);
        return;
    case TWS_ITEM_HELLO:
        put_hello(d, &item->hello, item->payload);
        return;
    case TWS_ITEM_GAP:
        fprintf(stderr, "twstap decode: %s: %llu bytes passed over: they are no frames\n", d->name,
                (unsigned long long)item->skipped);
        break;
    case TWS_ITEM_OPAQUE:
        fprintf(stderr, "twstap decode: %s: not decoded from frame %llu on\n", d->name,
                (unsigned long long)d->n[index_of(dir)] + 1);
        ev.u.opaque.dir = dir;
        ev.u.opaque.why = item->why;
        d->observer.env.sink.put(d->observer.env.sink.ctx, &ev);
        break;
    }
    d->status = CLI_COULD_NOT_LOOK;
}

static void pull(struct decoder *d, enum tws_side dir, struct tws_stream *s)
{
    struct tws_item item;

    while (tws_stream_next(s, &item) == TWS_STREAM_ITEM)
        put_item(d, dir, &item);
}

static void decode_stream(struct decoder *d, FILE *f)
{
    enum tws_side dir = (enum tws_side)d->o->from;
    struct tws_stream s;
    uint8_t chunk[CHUNK];
    bool first = true;
    uint64_t missing, skipped;
    size_t n;

    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        if (first && dir == TWS_CLIENT && chunk[0] != 'A')
            tws_stream_init_midstream(&s, dir, TWS_FRAME_MAX);
        else if (first)
            tws_stream_init(&s, dir, TWS_FRAME_MAX);
        first = false;
        tws_stream_feed(&s, (struct tws_cursor){chunk, n});
        pull(d, dir, &s);
    }
    if (first)
        return;
    tws_stream_end(&s);
    pull(d, dir, &s);
    if (tws_stream_pending(&s) || tws_stream_unfound(&s, &missing, &skipped)) {
        fprintf(stderr, "twstap decode: %s: ends within a frame\n", d->name);
        d->status = CLI_COULD_NOT_LOOK;
    }
    tws_stream_free(&s);
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
    if (!f || ferror(f)) {
        fprintf(stderr, "twstap decode: %s: %s\n", d->name, strerror(errno));
        d->status = CLI_COULD_NOT_LOOK;
    }
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
    common.verbose = common.quiet ? 1 : 2;
    common.quiet = false;
    d.server_version = options.server_version;
    signal(SIGPIPE, SIG_IGN);
    status = observer_open(&d.observer, "decode", &common, ev_default_loop(0));
    if (status != CLI_OK)
        return status;
    observer_wait_for_readers(&d.observer);
    if (words.n > 0)
        files = words.word;
    for (size_t i = 0; i < (words.n > 0 ? words.n : 1) && d.status != CLI_USAGE; i++)
        decode_file(&d, files[i]);
    observer_flush(&d.observer);
    observer_abandon(&d.observer);
    return d.status;
}
