/* record_pcap.c - what `twstap capture --write` would record of the packets in a file, without a
 * network: for tests that damage captures.
 *
 *   record_pcap IN OUT PORT [RING]
 *
 * Prints the number of bytes that were blacked out. */
#include "captured.h"
#include "diagnose.h"
#include "marks.h"
#include "source.h"
#include <stdio.h>
#include <stdlib.h>

static void nothing(void *ctx, const struct tws_event *ev)
{
    (void)ctx;
    (void)ev;
}

static struct tap *tap_on(const uint16_t *port, struct tws_env *env)
{
    struct tap_config c = {0};

    flow_config_default(&c.flow);
    c.flow.ports = port;
    c.flow.n_ports = 1;
    return tap_new(&c, env);
}

static void record_all(struct source *in, struct tap *tap, struct record *out)
{
    struct packet p;
    uint64_t last = 0;
    bool begun = false;

    while (source_next(in, &p) == SOURCE_PACKET) {
        struct record_packet r;

        tap_packet(tap, &p);
        r = captured_packet(tap, &p);
        if (!begun)
            begun = record_interface(out, 0, (uint16_t)p.link, 0, "test");
        record_packet(out, &r);
        record_turn(out);
        last = p.ts_ns;
    }
    tap_free(tap, last);
}

int main(int argc, char **argv)
{
    static struct known known;
    static struct tws_diagnosis diagnosis;
    struct marks *marks = marks_new(&known);
    char error[SOURCE_ERROR_MAX];
    const char *why;
    struct source *in = argc > 3 ? source_files((const char *const *)(argv + 1), 1, error) : NULL;
    uint16_t port = argc > 3 ? (uint16_t)atoi(argv[3]) : 0;
    struct record_config config = {.file = {.path = argc > 3 ? argv[2] : NULL, .overwrite = true},
                                   .ring = argc > 4 ? (size_t)atoi(argv[4]) : 0,
                                   .known = &known};
    struct record *out = in ? record_open(&config, &why) : NULL;
    struct tws_env env = {.max_frame = TWS_FRAME_MAX, .sink = {.put = nothing}};

    if (!out || !marks)
        return 2;
    env.timing = (struct tws_timing){.handshake_ns = 3000000000u,
                                     .request_ns = 10000000000u,
                                     .slow_ns = 60000000000u,
                                     .order_ns = 10000000000u};
    tws_diagnosis_init(&diagnosis, marks_sink(marks, record_sink(out)));
    env.sink = tws_diagnosis_sink(&diagnosis);
    record_all(in, tap_on(&port, &env), out);
    record_tick(out, UINT64_MAX);
    printf("%llu\n", (unsigned long long)record_blacked(out));
    record_close(out, 0);
    source_close(in);
    marks_free(marks);
    return 0;
}
