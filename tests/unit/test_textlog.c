/* Every kind of event as people see it, and what a hostile peer can put on a terminal. */
#include "marks.h"
#include "modes.h"
#include "sample.h"
#include "textlog.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct out out;
static struct mask *mask;
static struct marks *marks;
static struct text_sink sink;

static void begin(int verbosity, bool color, bool hex)
{
    setenv("TZ", "UTC0", 1);
    tzset();
    sample_out(&out);
    mask = mask_new(false);
    marks = marks_new(mask_learned(mask));
    text_sink_init(&sink, &out, mask, color, verbosity, hex);
    text_say_day(&sink, SAMPLE_NS);
    out.head = out.have;
}

static void setup(void)
{
    begin(0, false, false);
}

static void setup_v(void)
{
    begin(1, false, false);
}

static void setup_vv(void)
{
    begin(2, false, true);
}

static void setup_q(void)
{
    begin(-1, false, false);
}

static void setup_color(void)
{
    begin(0, true, false);
}

static void teardown(void)
{
    text_sink_free(&sink);
    marks_free(marks);
    mask_free(mask);
    out_close(&out, 0);
}

TestSuite(textlog, .init = setup, .fini = teardown);

static const char *text_of(struct tws_event ev)
{
    struct tws_sink to = marks_sink(marks, (struct tws_sink){text_put, &sink, ~0u});

    out.head = out.have;
    to.put(to.ctx, &ev);
    return sample_text(&out);
}

#define BYTES(literal)   literal, sizeof(literal) - 1
#define EXPECT(ev, text) cr_expect_str_eq(text_of(ev), text)

static struct tws_event event(enum tws_event_kind kind)
{
    return (struct tws_event){.kind = kind, .ts_ns = SAMPLE_NS, .conn = 3};
}

Test(textlog, the_day_and_the_zone_are_said_when_they_are_new)
{
    struct tws_event ev = sample_open();

    out.head = 0;
    cr_expect_str_eq(sample_text(&out), "-- Mon 2025-11-24, times in UTC\n");
    ev.ts_ns += 12ull * 3600 * 1000000000;
    EXPECT(ev, "-- Tue 2025-11-25, times in UTC\n"
               "04:03:05.123 #3   open      127.0.0.1:51234 -> [::1]:4002\n");
    setenv("TZ", "CET-1", 1);
    tzset();
    ev.ts_ns += 1000000000;
    EXPECT(ev, "-- Tue 2025-11-25, times in CET (UTC+0100)\n"
               "05:03:06.123 #3   open      127.0.0.1:51234 -> [::1]:4002\n");
}

Test(textlog, stage)
{
    struct tws_event ev = event(TWS_EV_STAGE);

    ev.u.stage.stage = TWS_VERSION;
    ev.u.stage.took_ns = 9100000;
    EXPECT(ev,
           "16:03:05.123 #3   stage     version  +9.1 ms   the gateway answered; the client owes "
           "startApi\n");
    ev.u.stage.server_version = 176;
    ev.u.stage.client_id = 7;
    EXPECT(ev, "16:03:05.123 #3   stage     version  +9.1 ms   the gateway answered, server "
               "version 176; the client owes startApi\n");
    ev.u.stage.stage = TWS_START;
    EXPECT(ev, "16:03:05.123 #3   stage     start    +9.1 ms   startApi sent, client id 7; the "
               "gateway owes nextValidId and managedAccounts\n");
    ev.u.stage.stage = TWS_READY;
    ev.u.stage.took_ns = 512000;
    EXPECT(ev, "16:03:05.123 #3   stage     ready    +0.51 ms  welcomed: nextValidId and "
               "managedAccounts are here\n");
}

Test(textlog, notice)
{
    struct tws_event ev = event(TWS_EV_NOTICE);

    ev.u.notice.code = 1100;
    ev.u.notice.req_id = -1;
    ev.u.notice.class = TWS_CLASS_CONNECTIVITY;
    ev.u.notice.text = (struct tws_cursor){(const uint8_t *)BYTES("lost for DU1234567")};
    EXPECT(ev, "16:03:05.123 #3   notice    1100 connectivity: lost for DUxxxxxx1\n");
    ev.u.notice.code = 200;
    ev.u.notice.req_id = 17;
    ev.u.notice.class = TWS_CLASS_ORDER_REJECT;
    EXPECT(ev, "16:03:05.123 #3   notice    200 order_reject, id 17: lost for DUxxxxxx1\n");
    ev.u.notice.code = 2104;
    EXPECT(ev, "");
}

Test(textlog, silence_and_recovered)
{
    struct tws_event ev = sample_silence(TWS_EV_SILENCE);

    EXPECT(ev,
           "16:03:05.123 #3   silence   startapi-unanswered: the gateway has owed bytes for 3.0 "
           "s; its last: version (frame 1)\n");
    ev.u.silence.last_gateway = (struct tws_last){0};
    EXPECT(ev,
           "16:03:05.123 #3   silence   startapi-unanswered: the gateway has owed bytes for 3.0 "
           "s; it has sent nothing yet\n");
    EXPECT(
        sample_silence(TWS_EV_RECOVERED),
        "16:03:05.123 #3   recovered startapi-unanswered is over: the gateway spoke after 3.0 s\n");
}

Test(textlog, request)
{
    struct tws_event ev = event(TWS_EV_REQUEST);

    ev.u.request.name = "reqMktData";
    ev.u.request.key = 17;
    ev.u.request.key_kind = TWS_KEY_BY_REQ_ID;
    ev.u.request.asked_ns = SAMPLE_NS - 10000000000u;
    ev.u.request.status = TWS_REQ_UNANSWERED;
    EXPECT(ev, "16:03:05.123 #3   request   reqMktData reqId 17: unanswered after 10.0 s\n");
    ev.u.request.status = TWS_REQ_ANSWERED;
    EXPECT(ev, "");
    ev.u.request.status = TWS_REQ_ERROR;
    ev.u.request.code = 354;
    ev.u.request.text = (struct tws_cursor){(const uint8_t *)BYTES("Not subscribed: DU1234567")};
    EXPECT(ev, "16:03:05.123 #3   request   reqMktData reqId 17: error after 10.0 s: 354 Not "
               "subscribed: DUxxxxxx1\n");
    ev.u.request.code = 202; /* the client's own wish */
    EXPECT(ev, "");
}

Test(textlog, opaque)
{
    struct tws_event ev = event(TWS_EV_OPAQUE);

    ev.u.opaque.dir = TWS_CLIENT;
    ev.u.opaque.why = TWS_OPAQUE_FOREIGN;
    ev.u.opaque.foreign = TWS_FOREIGN_HTTP;
    ev.u.opaque.first = (struct tws_cursor){(const uint8_t *)BYTES("GET /\r\n\033[31m")};
    EXPECT(ev, "16:03:05.123 #3   opaque    the client does not speak the TWS API, but HTTP, first "
               "\"GET /\\x0d\\x0a\\x1b[31m\"; relayed as it is\n");
    ev.u.opaque.why = TWS_OPAQUE_TOO_LONG;
    ev.u.opaque.length = 0x7fffffff;
    ev.u.opaque.first.left = 0;
    EXPECT(ev, "16:03:05.123 #3   opaque    the client announced a frame too long to be true: "
               "0x7fffffff; relayed as it is\n");
}

Test(textlog, close)
{
    struct tws_event ev = sample_close();

    EXPECT(ev,
           "16:03:05.123 #3   close     by client (fin) after 12.3 s; sent: client 1,234,567 bytes "
           "in 42 frames, gateway 1 byte in 1 frame\n");
    ev.u.close.how = TWS_REFUSED;
    ev.u.close.by = TWS_GATEWAY;
    ev.u.close.reason = "connection refused";
    EXPECT(ev, "16:03:05.123 #3   close     by gateway (refused) after 12.3 s, connection refused; "
               "sent: client 1,234,567 bytes in 42 frames, gateway 1 byte in 1 frame\n");
    ev.u.close.how = TWS_END_OF_CAPTURE;
    ev.u.close.by = TWS_NOBODY;
    ev.u.close.reason = "the proxy was told to stop";
    EXPECT(ev, "16:03:05.123 #3   close     still open after 12.3 s, the proxy was told to stop; "
               "sent: client 1,234,567 bytes in 42 frames, gateway 1 byte in 1 frame\n");
}

Test(textlog, verdict)
{
    EXPECT(
        sample_verdict(),
        "16:03:05.123 #3   verdict   The gateway took the hello of DUxxxxxx1 and has not answered "
        "it for 3.0 s.\n"
        "    evidence    wire    owes the next bytes   gateway, for 3.0 s\n"
        "                kernel  bytes to the gateway  all acknowledged\n"
        "    likely      accept-dialog: The gateway asks in a window whether it may come in.\n"
        "      check     Look at the gateway's screen.\n"
        "      remedy    Click Yes; or put 127.0.0.1 into API > Settings > Trusted IPs.\n"
        "    cannot tell accept-queue-wedge: The kernel accepted the client, the gateway did not.\n"
        "      check     ss -ltn: Recv-Q of the LISTEN row above 0.\n"
        "      remedy    Restart the gateway.\n"
        "    next        ss -ltn on the gateway's machine\n");
}

Test(textlog, causes_are_said_once_and_what_is_new_is_added)
{
    static const struct tws_pattern slow = {.check = "Let it wait."};
    static const struct tws_mode impatient = {
        .id = "impatient-client", .remedy = "Wait.", .n_patterns = 1, .pattern = &slow};
    struct tws_event ev = sample_verdict();
    struct tws_verdict later = *ev.u.verdict;

    text_of(ev);
    snprintf(later.says, sizeof later.says, "It did not answer.");
    later.final = true;
    ev.u.verdict = &later;
    ev.ts_ns += 4000000000u;
    EXPECT(ev, "16:03:09.123 #3   verdict   It did not answer.\n"
               "                causes and next step as said at 16:03:05\n");
    later.causes[1] = (struct tws_cause){&impatient, 0, TWS_LIKELY, "The client left first."};
    EXPECT(ev, "16:03:09.123 #3   verdict   It did not answer.\n"
               "    likely      impatient-client: The client left first.\n"
               "                other causes and next step as said at 16:03:05\n");
    later.certainty = TWS_CERTAIN;
    cr_expect(strstr(text_of(ev), "evidence    wire"), "another grade is another verdict");
}

Test(textlog, the_same_causes_are_not_explained_for_each_connection)
{
    struct tws_event ev = sample_verdict();

    text_of(ev);
    ev.conn = 4;
    ev.ts_ns += 60000000000u;
    cr_expect(
        strstr(text_of(ev), "\n                causes and next step as said for #3 at 16:03:05\n"));
    ev.ts_ns += TEXT_SAID_NS;
    cr_expect(strstr(text_of(ev), "remedy"), "after a while they are");
}

/* As much as a verdict can hold, in the longest words. */
static struct tws_verdict crowded(const struct tws_mode *mode)
{
    struct tws_verdict v = {.stage = TWS_HELLO_UNANSWERED,
                            .n_evidence = TWS_EVIDENCE_MAX,
                            .n_causes = TWS_CAUSES_MAX,
                            .next = mode->pattern[0].check};

    memset(v.says, 'a', sizeof v.says - 1);
    for (size_t i = 0; i < TWS_EVIDENCE_MAX; i++) {
        v.evidence[i] =
            (struct tws_evidence){.what = "something that was measured here", .source = i % 4};
        memset(v.evidence[i].value, 'b', sizeof v.evidence[i].value - 1);
    }
    for (size_t i = 0; i < TWS_CAUSES_MAX; i++)
        v.causes[i] = (struct tws_cause){mode, 0, TWS_CANNOT_TELL, mode->pattern[0].why};
    return v;
}

static size_t lines_in(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

Test(textlog, a_verdict_is_at_most_a_screen)
{
    static const struct tws_pattern pattern = {
        .why = "why it may be so, in as many words as the catalogue ever used for one of its rows, "
               "and then a few more to be sure that it breaks",
        .check =
            "what to look at, in as many words as the catalogue ever used for one of its rows, "
            "and then a few more to be sure that it breaks",
    };
    static const struct tws_mode mode = {
        .id = "a-mode-with-a-long-name",
        .n_patterns = 1,
        .pattern = &pattern,
        .remedy =
            "what to do, in as many words as the catalogue ever used for one of its rows, and "
            "then a few more to be sure that it breaks",
    };
    struct tws_verdict v = crowded(&mode);
    struct tws_event ev = event(TWS_EV_VERDICT);
    const char *text;

    ev.u.verdict = &v;
    text = text_of(ev);
    cr_expect_leq(lines_in(text), 20, "%s", text);
    cr_expect(strstr(text, "remedy"), "the first cause keeps its remedy");
    cr_expect(strstr(text, "    next  "), "and the next step is there");
}

Test(textlog, every_row_of_the_catalogue_fits)
{
    for (size_t i = 0; i < tws_modes_len; i++) {
        struct tws_verdict v = crowded(&tws_modes[i]);
        struct tws_event ev = event(TWS_EV_VERDICT);

        ev.conn = (uint32_t)i + 1;
        ev.u.verdict = &v;
        cr_expect_leq(lines_in(text_of(ev)), 20, "%s", tws_modes[i].id);
    }
}

Test(textlog, a_healthy_verdict_is_one_line)
{
    EXPECT(sample_verdict_healthy(),
           "16:03:05.123 #3   verdict   Healthy: nothing was owed when it ended.\n");
}

Test(textlog, limit)
{
    struct tws_event ev = event(TWS_EV_LIMIT);

    ev.conn = 0;
    ev.u.limit.what = TWS_LIMIT_DESCRIPTORS;
    ev.u.limit.held = 12;
    EXPECT(ev,
           "16:03:05.123      limit     descriptors: no descriptor is left for new connections; "
           "they wait; 12 so far\n");
    ev.u.limit.over = true;
    EXPECT(ev, "16:03:05.123      limit     descriptors: over; 12 so far\n");
}

Test(textlog, summary)
{
    EXPECT(
        sample_summary(),
        "16:03:05.123      summary   4 connections in 1 h 02 min: 1 healthy, 2 in trouble\n"
        "                            1 port probe (opened and closed without a byte), not passed "
        "on\n"
        "                            sent: clients 400 bytes in 12 frames, gateway 1,234,567 bytes "
        "in 3,456 frames\n"
        "                            2 silences, 1 recovered\n"
        "                            1 direction that did not decode, relayed as it was\n"
        "                            2 messages with unknown ids\n");
}

Test(textlog, gaps)
{
    struct tws_event ev = {.kind = TWS_EV_GAP, .ts_ns = SAMPLE_NS, .conn = 3};
    struct tws_summary s = {.connections = 1, .healthy = 1, .gaps = 1, .missing = 1448};

    ev.u.gap.dir = TWS_GATEWAY;
    ev.u.gap.missing = 1448;
    ev.u.gap.skipped = 312;
    ev.u.gap.found = true;
    EXPECT(ev, "16:03:05.123 #3   gap       1,448 bytes of the gateway missing, 312 more skipped; "
               "frames found again\n");
    ev.u.gap.missing = ev.u.gap.skipped = 0;
    ev.u.gap.found = false;
    EXPECT(ev,
           "16:03:05.123 #3   gap       bytes of the gateway missing; frames not found again\n");
    ev = (struct tws_event){.kind = TWS_EV_SUMMARY, .ts_ns = SAMPLE_NS};
    ev.u.summary = &s;
    cr_expect(strstr(text_of(ev), "    1 gap in what was captured, 1,448 bytes missing\n"), "%s",
              text_of(ev));
}

Test(textlog, no_frames_found)
{
    struct tws_event ev = {.kind = TWS_EV_OPAQUE, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.opaque.dir = TWS_CLIENT;
    ev.u.opaque.why = TWS_OPAQUE_NO_FRAMES;
    EXPECT(ev,
           "16:03:05.123 #3   opaque    the client was seen from the middle on, and no frames were "
           "found\n");
}

Test(textlog_v, frames, .init = setup_v, .fini = teardown)
{
    EXPECT(sample_hello("v100..176"), "16:03:05.123 #3   > 0       hello min=100 max=176\n");
    EXPECT(sample_version(BYTES("176\0"
                                "20251124 16:03:05 CET\0")),
           "16:03:05.123 #3   < 1       version serverVersion=176 connectionTime=20251124 16:03:05 "
           "CET\n");
    EXPECT(sample_frame(TWS_CLIENT, 176,
                        BYTES("71\0"
                              "2\0"
                              "7\0"
                              "\0")),
           "16:03:05.123 #3   > 17      startApi client 7\n");
    EXPECT(sample_frame(TWS_GATEWAY, 176,
                        BYTES("15\0"
                              "1\0"
                              "DU1234567,U7654321\0")),
           "16:03:05.123 #3   < 17      managedAccounts DUxxxxxx1,Uxxxxxx2\n");
    EXPECT(sample_frame(TWS_GATEWAY, 176,
                        BYTES("99999\0"
                              "a b\0"
                              "\033]0;x\007\xc2\x9b\xff\0")),
           "16:03:05.123 #3   < 17      unknown id 99999 \"a b\" \\x1b]0;x\\x07\\xc2\\x9b\\xff  ! "
           "unknown message id\n");
}

Test(textlog_v, a_line_has_an_end, .init = setup_v, .fini = teardown)
{
    size_t len = 100000;
    char *payload = malloc(len);
    const char *line;

    memset(payload, 0xff, len);
    memcpy(payload, "99999", 6);
    for (size_t i = 50; i < len; i += 50)
        payload[i] = '\0';
    payload[len - 1] = '\0';
    line = text_of(sample_frame(TWS_GATEWAY, 176, payload, len));
    cr_expect_lt(strlen(line), 600);
    cr_expect(strstr(line, " ..."));
    free(payload);
}

Test(textlog_vv, each_value_by_name, .init = setup_vv, .fini = teardown)
{
    EXPECT(sample_frame(TWS_CLIENT, 176,
                        BYTES("71\0"
                              "2\0"
                              "7\0"
                              "\0"
                              "x\0")),
           "16:03:05.123 #3   > 17      startApi client 7 (10 bytes, text)\n"
           "                              version                        2\n"
           "                              clientId                       7\n"
           "                              optionalCapabilities           \"\"\n"
           "                              #4                             x\n"
           "                              0000  37 31 00 32 00 37 00 00 78 00                    "
           "71.2.7..x.\n");
}

Test(textlog_q, only_trouble_is_shown, .init = setup_q, .fini = teardown)
{
    cr_expect_eq(text_wants(-1), TWS_WANTS(TWS_EV_VERDICT) | TWS_WANTS(TWS_EV_DROPS) |
                                     TWS_WANTS(TWS_EV_LIMIT) | TWS_WANTS(TWS_EV_SUMMARY));
    EXPECT(sample_open(), "");
    EXPECT(sample_verdict_healthy(), "");
    cr_expect(strstr(text_of(sample_verdict()), "verdict"));
    cr_expect(strstr(text_of(sample_summary()), "summary"));
}

Test(textlog, frames_are_not_wanted_unless_asked_for)
{
    cr_expect_not(text_wants(0) & TWS_WANTS(TWS_EV_FRAME));
    cr_expect(text_wants(1) & TWS_WANTS(TWS_EV_FRAME));
}

Test(textlog_color, silence_is_red_and_recovery_green, .init = setup_color, .fini = teardown)
{
    EXPECT(sample_open(), "16:03:05.123 #3   open      127.0.0.1:51234 -> [::1]:4002\n");
    EXPECT(
        sample_silence(TWS_EV_RECOVERED),
        "16:03:05.123 #3   \033[32mrecovered startapi-unanswered is over: the gateway spoke after "
        "3.0 s\033[0m\n");
    cr_expect(strstr(text_of(sample_silence(TWS_EV_SILENCE)), "\033[31msilence"));
}
