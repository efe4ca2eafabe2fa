#include "sample.h"
#include "out.h"
#include "verdict.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sample_out(struct out *o)
{
    if (!out_file(o, "/dev/null", false))
        abort();
}

const char *sample_text(struct out *o)
{
    o->buf[o->have] = '\0';
    return o->buf + o->head;
}

static struct tws_event event(enum tws_event_kind kind)
{
    return (struct tws_event){.kind = kind, .ts_ns = SAMPLE_NS, .conn = 3};
}

struct tws_event sample_open(void)
{
    struct tws_event ev = event(TWS_EV_OPEN);

    ev.u.open.client = (struct tws_endpoint){4, 51234, {127, 0, 0, 1}, 0};
    ev.u.open.gateway = (struct tws_endpoint){6, 4002, {[15] = 1}, 0};
    return ev;
}

struct tws_event sample_close(void)
{
    struct tws_event ev = event(TWS_EV_CLOSE);

    ev.u.close.by = TWS_CLIENT;
    ev.u.close.how = TWS_FIN;
    ev.u.close.bytes_client = 1234567;
    ev.u.close.bytes_gateway = 1;
    ev.u.close.frames_client = 42;
    ev.u.close.frames_gateway = 1;
    ev.u.close.digest_client = 0x1f;
    ev.u.close.digest_gateway = 0xef46db3751d8e999u;
    ev.u.close.lasted_ns = 12345678901u;
    return ev;
}

struct tws_event sample_silence(enum tws_event_kind kind)
{
    struct tws_event ev = event(kind);

    ev.u.silence.stage = TWS_STARTAPI_UNANSWERED;
    ev.u.silence.owes = TWS_GATEWAY;
    ev.u.silence.since_ns = SAMPLE_NS - 3000250000u;
    ev.u.silence.waited_ns = 3000250000u;
    ev.u.silence.last_client = (struct tws_last){1, SAMPLE_NS - 3000250000u, 71, false};
    ev.u.silence.last_gateway = (struct tws_last){1, SAMPLE_NS - 3001000000u, 0, false};
    ev.u.silence.kernel = (struct tws_kernel){.known = true, .unsent = 17, .rtt_us = 40};
    ev.u.silence.others = (struct tws_others){.open = 2, .live_answering = 1};
    return ev;
}

struct tws_event sample_summary(void)
{
    static const struct tws_summary s = {
        .connections = 4,
        .healthy = 1,
        .troubled = 2,
        .probes = 1,
        .frames_client = 12,
        .frames_gateway = 3456,
        .bytes_client = 400,
        .bytes_gateway = 1234567,
        .silences = 2,
        .recovered = 1,
        .opaque = 1,
        .unknown_ids = 2,
        .lasted_ns = 3725000000000u,
    };
    struct tws_event ev = event(TWS_EV_SUMMARY);

    ev.conn = 0;
    ev.u.summary = &s;
    return ev;
}

static const struct tws_pattern closed_window = {.check = "Look at the gateway's screen."};
static const struct tws_pattern full_queue = {.check =
                                                  "ss -ltn: Recv-Q of the LISTEN row above 0."};
static const struct tws_mode dialog = {
    .id = "accept-dialog",
    .title = "A dialog waits",
    .remedy = "Click Yes; or put 127.0.0.1 into API > Settings > Trusted IPs.",
    .n_patterns = 1,
    .pattern = &closed_window,
};
static const struct tws_mode wedge = {
    .id = "accept-queue-wedge",
    .title = "It does not accept",
    .remedy = "Restart the gateway.",
    .n_patterns = 1,
    .pattern = &full_queue,
};

struct tws_event sample_verdict(void)
{
    static const struct tws_verdict v = {
        .progress = TWS_HELLO,
        .stage = TWS_HELLO_UNANSWERED,
        .silent = TWS_GATEWAY,
        .since_ns = SAMPLE_NS - 3000250000u,
        .silence_ns = 3000250000u,
        .certainty = TWS_LIKELY,
        .mode = &dialog,
        .says = "The gateway took the hello of DU1234567 and has not answered it for 3.0 s.",
        .evidence = {{"owed", "owes the next bytes", "gateway, for 3.0 s", TWS_FROM_WIRE, 3.0, "s"},
                     {"acknowledged", "bytes to the gateway", "all acknowledged", TWS_FROM_KERNEL,
                      0, NULL}},
        .n_evidence = 2,
        .causes = {{&dialog, 0, TWS_LIKELY, "The gateway asks in a window whether it may come in."},
                   {&wedge, 0, TWS_CANNOT_TELL,
                    "The kernel accepted the client, the gateway did not."}},
        .n_causes = 2,
        .next = "ss -ltn on the gateway's machine",
    };
    struct tws_event ev = event(TWS_EV_VERDICT);

    ev.u.verdict = &v;
    return ev;
}

struct tws_event sample_verdict_healthy(void)
{
    static const struct tws_verdict v = {
        .final = true,
        .progress = TWS_LIVE,
        .silent = TWS_NOBODY,
        .certainty = TWS_CERTAIN,
        .says = "Healthy: nothing was owed when it ended.",
    };
    struct tws_event ev = event(TWS_EV_VERDICT);

    ev.u.verdict = &v;
    return ev;
}

struct tws_event sample_frame(enum tws_side dir, uint32_t version, const char *payload, size_t len)
{
    static struct tws_message m;
    struct tws_event ev = event(TWS_EV_FRAME);

    ev.u.frame.payload = (struct tws_cursor){(const uint8_t *)payload, len};
    tws_message_open(dir, version, ev.u.frame.payload, &m);
    ev.u.frame.dir = dir;
    ev.u.frame.n = 17;
    ev.u.frame.form = m.form;
    ev.u.frame.message = &m;
    return ev;
}

struct tws_event sample_hello(const char *text)
{
    static struct tws_hello h;
    struct tws_event ev = event(TWS_EV_FRAME);

    ev.u.frame.payload = (struct tws_cursor){(const uint8_t *)text, strlen(text)};
    tws_hello_read(ev.u.frame.payload, &h);
    ev.u.frame.dir = TWS_CLIENT;
    ev.u.frame.form = TWS_FORM_HELLO;
    ev.u.frame.hello = &h;
    return ev;
}

struct tws_event sample_version(const char *payload, size_t len)
{
    static struct tws_version_reply r;
    struct tws_event ev = event(TWS_EV_FRAME);

    ev.u.frame.payload = (struct tws_cursor){(const uint8_t *)payload, len};
    if (!tws_version_reply_read(ev.u.frame.payload, &r))
        abort();
    ev.u.frame.dir = TWS_GATEWAY;
    ev.u.frame.n = 1;
    ev.u.frame.form = TWS_FORM_VERSION;
    ev.u.frame.version = &r;
    return ev;
}
