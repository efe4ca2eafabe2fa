/* twstap-decode - how fast a stream of frames is taken apart, one way at a time.
 *
 *   twstap-decode WHAT (ticks|mixed|FILE) VERSION SIZE SECONDS
 *
 * FILE holds whole frames of a gateway with their lengths.  SIZE: bytes that are gone through again
 * and again.  Prints one JSON object: bytes, frames, values and seconds. */
#include "frame.h"
#include "json.h"
#include "marks.h"
#include "message.h"
#include "script.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef TWSTAP_PROTOBUF_C
#include "protobuf_c.h"
#endif

struct work {
    struct tws_cursor all;
    uint32_t version;
    uint64_t frames, values;
    uint64_t sum; /* of what was found, so that nothing is left out */
    struct json_sink json;
    struct marks *marks;
    struct out out;
};

typedef void (*per_frame)(struct work *w, const struct tws_frame *f);

static void each_frame(struct work *w, per_frame use)
{
    struct tws_cursor c = w->all;
    struct tws_frame f;
    const uint8_t *passed;

    while (tws_frame_next(c, TWS_FRAME_MAX, &f) == TWS_FRAME_WHOLE) {
        use(w, &f);
        w->frames++;
        tws_take(&c, f.wire_len, &passed);
    }
}

static struct tws_cursor payload(const struct tws_frame *f)
{
    return (struct tws_cursor){f->payload, f->len};
}

static void use_nothing(struct work *w, const struct tws_frame *f)
{
    w->sum += f->len;
}

static void use_id(struct work *w, const struct tws_frame *f)
{
    struct tws_message m;

    tws_message_open(TWS_GATEWAY, w->version, payload(f), &m);
    w->sum += (uint64_t)m.id;
}

static void use_fields(struct work *w, const struct tws_frame *f)
{
    struct tws_message m;
    struct tws_walk walk;
    struct tws_run run;
    struct tws_value v;
    uint64_t values = 0, sum = 0;

    tws_message_open(TWS_GATEWAY, w->version, payload(f), &m);
    tws_walk_open(&m, &walk);
    do {
        while (tws_walk_run(&walk, &run)) {
            values += run.n;
            for (size_t i = 0, from = run.from; i < run.n; from = run.ends[i++] + 1)
                sum += run.ends[i] - from + run.fields[i].type;
        }
        if (!tws_walk_step(&walk, &v))
            break;
        values += v.step == TWS_STEP_VALUE;
        sum += v.text.left + (uint64_t)v.integer;
    } while (true);
    w->values += values;
    w->sum += sum;
}

static void use_values(struct work *w, const struct tws_frame *f)
{
    struct tws_message m;
    struct tws_walk walk;
    struct tws_value v;

    tws_message_open(TWS_GATEWAY, w->version, payload(f), &m);
    tws_walk_open(&m, &walk);
    while (tws_walk_next(&walk, &v)) {
        w->values += v.step == TWS_STEP_VALUE;
        w->sum += v.text.left + (uint64_t)v.integer + (v.real > 0);
    }
}

static void use_json(struct work *w, const struct tws_frame *f)
{
    struct tws_message m;
    struct tws_event ev = {.kind = TWS_EV_FRAME, .ts_ns = 1700000000000000000u, .conn = 1};

    tws_message_open(TWS_GATEWAY, w->version, payload(f), &m);
    ev.u.frame.dir = TWS_GATEWAY;
    ev.u.frame.n = w->frames + 1;
    ev.u.frame.form = m.form;
    ev.u.frame.payload = payload(f);
    ev.u.frame.message = &m;
    ev.u.frame.marks = marks_of(w->marks, &ev);
    json_put(&w->json, &ev);
    if (w->frames % 1024 == 0)
        out_flush(&w->out);
}

/* The least that finds the fields of text: each NUL, with the C library's own search. */
static void use_memchr(struct work *w, const struct tws_frame *f)
{
    const uint8_t *p = f->payload, *end = p + f->len, *nul;
    uint64_t values = 0, sum = 0;

    while (p < end && (nul = memchr(p, 0, (size_t)(end - p)))) {
        values++;
        sum += (uint64_t)(nul - p);
        p = nul + 1;
    }
    w->values += values;
    w->sum += sum;
}

#ifdef TWSTAP_PROTOBUF_C
static void use_protobuf_c(struct work *w, const struct tws_frame *f)
{
    uint32_t id = f->len >= 4 ? (uint32_t)f->payload[2] << 8 | f->payload[3] : 0;
    const ProtobufCMessageDescriptor *d = protobuf_c_of(id);
    ProtobufCMessage *m = d ? protobuf_c_message_unpack(d, NULL, f->len - 4, f->payload + 4) : NULL;

    if (!m)
        return;
    w->sum += m->n_unknown_fields + 1;
    protobuf_c_message_free_unpacked(m, NULL);
}
#endif

static const struct {
    const char *name;
    per_frame use;
} ways[] = {
    {"frames", use_nothing},        {"ids", use_id},    {"fields", use_fields},
    {"values", use_values},         {"json", use_json}, {"memchr", use_memchr},
#ifdef TWSTAP_PROTOBUF_C
    {"protobuf-c", use_protobuf_c},
#endif
};

/* NULL: "dump", the stream itself. */
static per_frame way_named(const char *name)
{
    if (strcmp(name, "dump") == 0)
        return NULL;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, name) == 0)
            return ways[i].use;
    fprintf(stderr, "twstap-decode: no way '%s'\n", name);
    exit(2);
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct script_bytes read_file(const char *path)
{
    struct script_bytes b = {0};
    FILE *f = fopen(path, "rb");

    if (!f)
        die(path);
    b.cap = 64u << 20;
    b.p = malloc(b.cap);
    if (!b.p)
        die("malloc");
    b.len = fread(b.p, 1, b.cap, f);
    (void)fclose(f);
    return b;
}

/* Whole frames of the stream, again and again, up to `size` bytes. */
static struct tws_cursor repeated(const char *stream, size_t size)
{
    static struct script script;
    enum script_stream named;
    struct script_bytes b;
    uint8_t *all = malloc(size);
    size_t n = 0, at = 0;

    if (!all)
        die("malloc");
    if (script_stream_named(stream, &named)) {
        script_make(&script, named);
        b = script.stream;
    } else {
        b = read_file(stream);
    }
    for (;;) {
        size_t len = script_frame_len(&b, at);

        if (n + len > size)
            return (struct tws_cursor){all, n};
        memcpy(all + n, b.p + at, len);
        n += len;
        at = at + len < b.len ? at + len : 0;
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct work w = {0};
    double seconds, began, took;
    uint64_t rounds = 0;
    struct mask *mask;
    per_frame use;

    if (argc != 6) {
        fputs("usage: twstap-decode WHAT (ticks|mixed|FILE) VERSION SIZE SECONDS\n", stderr);
        return 2;
    }
    use = way_named(argv[1]);
    w.version = (uint32_t)strtoul(argv[3], NULL, 10);
    w.all = repeated(argv[2], strtoull(argv[4], NULL, 10));
    seconds = strtod(argv[5], NULL);
    if (!use) /* dump */
        return fwrite(w.all.p, 1, w.all.left, stdout) == w.all.left ? 0 : 1;
    mask = mask_new(false);
    w.marks = mask ? marks_new(mask_learned(mask)) : NULL;
    if (!w.marks || !out_file(&w.out, "/dev/null", true) ||
        !json_sink_init(&w.json, &w.out, mask, false))
        die("output");
    w.out.waits = true;
    each_frame(&w, use);
    w.frames = w.values = 0;
    began = now();
    do {
        each_frame(&w, use);
        rounds++;
        took = now() - began;
    } while (took < seconds);
    printf("{\"bytes\":%llu,\"frames\":%llu,\"values\":%llu,\"s\":%.6f,\"sum\":%llu}\n",
           (unsigned long long)(rounds * w.all.left), (unsigned long long)w.frames,
           (unsigned long long)w.values, took, (unsigned long long)w.sum);
    return 0;
}
