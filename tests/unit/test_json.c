/* Every kind of event as its line, and what a hostile peer can put into one. */
#include "json.h"
#include "json_check.h"
#include "marks.h"
#include "sample.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct out out;
static struct mask *mask;
static struct marks *marks; /* NULL: accounts are shown */
static struct json_sink sink;

static void begin(bool hex, bool show)
{
    sample_out(&out);
    mask = mask_new(show);
    marks = show ? NULL : marks_new(mask_learned(mask));
    cr_assert(json_sink_init(&sink, &out, mask, hex));
}

static void setup(void)
{
    begin(false, false);
}

static void teardown(void)
{
    json_sink_free(&sink);
    marks_free(marks);
    mask_free(mask);
    out_close(&out, 0);
}

TestSuite(json, .init = setup, .fini = teardown);

/* The line of one event, without its '\n'. */
static const char *line_of(struct tws_event ev)
{
    struct tws_sink to = marks_sink(marks, (struct tws_sink){json_put, &sink, ~0u});
    char *text;

    out.head = out.have;
    to.put(to.ctx, &ev);
    text = out.buf + out.head;
    cr_assert_gt(out.have, out.head, "a line was written");
    cr_assert_eq(out.buf[out.have - 1], '\n');
    out.buf[out.have - 1] = '\0';
    cr_assert_null(strchr(text, '\n'), "one line");
    cr_assert(json_is_valid(text, strlen(text)), "valid JSON: %s", text);
    return text;
}

#define HEAD(event) "{\"v\":1,\"event\":\"" event "\",\"ts\":\"2025-11-24T16:03:05.123456789Z\""
#define CONN        ",\"conn\":3,"

#define EXPECT(ev, text) cr_expect_str_eq(line_of(ev), text)

/* A string literal with NULs in it, and its length. */
#define BYTES(literal) literal, sizeof(literal) - 1

static bool has(const char *line, const char *part)
{
    return strstr(line, part) != NULL;
}

Test(json, open)
{
    EXPECT(sample_open(),
           HEAD("open") CONN "\"client\":\"127.0.0.1:51234\",\"gateway\":\"[::1]:4002\","
                             "\"seen\":\"start\"}");
}

Test(json, gap)
{
    struct tws_event ev = {.kind = TWS_EV_GAP, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.gap.dir = TWS_GATEWAY;
    ev.u.gap.missing = 1448;
    ev.u.gap.skipped = 312;
    ev.u.gap.found = true;
    EXPECT(ev,
           HEAD("gap") CONN "\"dir\":\"gateway\",\"bytes\":1448,\"resync\":312,\"found\":true}");
    ev.u.gap.missing = 0; /* not known how many */
    ev.u.gap.found = false;
    EXPECT(ev,
           HEAD("gap") CONN "\"dir\":\"gateway\",\"bytes\":null,\"resync\":312,\"found\":false}");
}

Test(json, summary_says_what_was_missing)
{
    struct tws_event ev = sample_summary();
    struct tws_summary s = *ev.u.summary;

    cr_expect_not(has(line_of(ev), "gaps"));
    s.gaps = 2;
    s.missing = 2896;
    ev.u.summary = &s;
    cr_expect(has(line_of(ev), ",\"gaps\":{\"count\":2,\"bytes\":2896},\"events_lost\":0"));
}

Test(json, stage)
{
    struct tws_event ev = {.kind = TWS_EV_STAGE, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.stage.stage = TWS_VERSION;
    ev.u.stage.took_ns = 3020999;
    EXPECT(ev, HEAD("stage") CONN "\"stage\":\"version\",\"ms\":3.02}");
    ev.u.stage.hello_min = 100;
    ev.u.stage.hello_max = 176;
    ev.u.stage.server_version = 176;
    ev.u.stage.client_id = 7;
    EXPECT(ev, HEAD("stage") CONN "\"stage\":\"version\",\"ms\":3.02,\"server_version\":176}");
    ev.u.stage.stage = TWS_HELLO;
    EXPECT(ev, HEAD("stage") CONN "\"stage\":\"hello\",\"ms\":3.02,\"min_version\":100,"
                                  "\"max_version\":176}");
    ev.u.stage.stage = TWS_START;
    EXPECT(ev, HEAD("stage") CONN "\"stage\":\"start\",\"ms\":3.02,\"client_id\":7}");
}

Test(json, frame_hello)
{
    EXPECT(sample_hello("v100..176 +PACEAPI"), HEAD("frame") CONN
           "\"dir\":\"client\",\"n\":0,\"len\":18,\"form\":\"hello\",\"name\":\"hello\","
           "\"fields\":{\"min\":100,\"max\":176,\"options\":\"+PACEAPI\"}}");
}

Test(json, frame_hello_unreadable)
{
    EXPECT(sample_hello("what"), HEAD("frame") CONN
           "\"dir\":\"client\",\"n\":0,\"len\":4,\"form\":\"hello\",\"name\":\"hello\","
           "\"fields\":{\"text\":\"what\"},\"error\":\"no readable version range\"}");
}

Test(json, frame_version)
{
    EXPECT(sample_version(BYTES("176\0"
                                "20251124 16:03:05 CET\0")),
           HEAD("frame") CONN
           "\"dir\":\"gateway\",\"n\":1,\"len\":26,\"form\":\"version\",\"name\":\"version\","
           "\"fields\":{\"serverVersion\":176,\"connectionTime\":\"20251124 16:03:05 CET\"}}");
}

Test(json, frame_redirect)
{
    cr_expect(has(line_of(sample_version(BYTES("-1\0"
                                               "host:4001\0"))),
                  "\"fields\":{\"serverVersion\":-1,\"redirect\":\"host:4001\"}"));
}

Test(json, frame_text_masks_accounts_by_meaning)
{
    EXPECT(sample_frame(TWS_GATEWAY, 176,
                        BYTES("15\0"
                              "1\0"
                              "DU1234567,DU7654321\0")),
           HEAD("frame") CONN "\"dir\":\"gateway\",\"n\":17,\"len\":25,\"form\":\"text\",\"id\":15,"
                              "\"name\":\"managedAccounts\",\"fields\":{\"version\":1,"
                              "\"accountsList\":\"DUxxxxxx1,DUxxxxxx2\"}}");
}

Test(json, frame_text_with_values_beyond_the_schema)
{
    EXPECT(sample_frame(TWS_CLIENT, 176,
                        BYTES("71\0"
                              "2\0"
                              "7\0"
                              "\0"
                              "more\0"
                              "U1234567\0")),
           HEAD("frame") CONN "\"dir\":\"client\",\"n\":17,\"len\":22,\"form\":\"text\",\"id\":71,"
                              "\"name\":\"startApi\",\"fields\":{\"version\":2,\"clientId\":7,"
                              "\"optionalCapabilities\":\"\"},\"extra\":[\"more\",\"Uxxxxxx1\"]}");
}

Test(json, frame_text_with_missing_values)
{
    EXPECT(sample_frame(TWS_GATEWAY, 176,
                        BYTES("9\0"
                              "1\0")),
           HEAD("frame") CONN "\"dir\":\"gateway\",\"n\":17,\"len\":4,\"form\":\"text\",\"id\":9,"
                              "\"name\":\"nextValidId\",\"fields\":{\"version\":1},\"missing\":1}");
}

Test(json, frame_with_an_unknown_id)
{
    EXPECT(sample_frame(TWS_GATEWAY, 176,
                        BYTES("99999\0"
                              "a\0")),
           HEAD("frame") CONN
           "\"dir\":\"gateway\",\"n\":17,\"len\":8,\"form\":\"text\",\"id\":99999,"
           "\"name\":\"unknown\",\"fields\":{},\"extra\":[\"a\"],"
           "\"error\":\"unknown message id\"}");
}

Test(json, frame_without_an_id)
{
    EXPECT(sample_frame(TWS_GATEWAY, 176, "", 0), HEAD("frame") CONN
           "\"dir\":\"gateway\",\"n\":17,\"len\":0,\"form\":\"text\",\"id\":null,"
           "\"name\":\"unknown\",\"fields\":{},\"error\":\"zero length\"}");
}

Test(json, frame_protobuf)
{
    /* nextValidId as protobuf: raw id 209, field 1 = 7; then a field that the schema does not know.
     */
    EXPECT(sample_frame(TWS_GATEWAY, 213,
                        BYTES("\0\0\0\xd1"
                              "\x08\x07"
                              "\x52\x09"
                              "DU1234567")),
           HEAD("frame") CONN
           "\"dir\":\"gateway\",\"n\":17,\"len\":17,\"form\":\"protobuf\",\"id\":9,"
           "\"name\":\"nextValidId\",\"fields\":{\"orderId\":7},"
           "\"extra\":[{\"field\":10,\"wire\":2,\"value\":\"DUxxxxxx1\"}]}");
}

Test(json, frame_protobuf_that_does_not_parse)
{
    const char *line = line_of(sample_frame(TWS_GATEWAY, 213,
                                            BYTES("\0\0\0\xd1"
                                                  "\x08\x07\x52\x7f")));

    cr_expect(has(line, "\"fields\":{\"orderId\":7}"));
    cr_expect(has(line, "\"error\":"));
}

Test(json, a_field_that_comes_twice_is_a_key_once)
{
    cr_expect(has(line_of(sample_frame(TWS_GATEWAY, 213,
                                       BYTES("\0\0\0\xd1"
                                             "\x08\x07\x08\x08"))),
                  "\"fields\":{\"orderId\":7},\"extra\":[{\"field\":1,\"wire\":0,\"value\":8}]"));
}

Test(json, bytes_that_are_not_utf8_stay_valid_json)
{
    cr_expect(has(line_of(sample_frame(TWS_GATEWAY, 176,
                                       BYTES("99999\0"
                                             "\xe9\xc3\xa9\x01\"\\\n\x7f\0"))),
                  "\"extra\":[\"\\u00e9\xc3\xa9\\u0001\\\"\\\\\\n\\u007f\"]"));
}

static void hex_on(void)
{
    begin(true, false);
}

static void hex_and_accounts(void)
{
    begin(true, true);
}

Test(json_hex, the_payload_is_masked, .init = hex_on, .fini = teardown)
{
    cr_expect(has(line_of(sample_frame(TWS_GATEWAY, 176,
                                       BYTES("15\0"
                                             "1\0"
                                             "U1234567\0"))),
                  "\"hex\":\"3135003100557878787878783100\""));
    cr_expect(has(line_of(sample_frame(TWS_GATEWAY, 213,
                                       BYTES("\0\0\0\xd1"
                                             "\x52\x0b\x0a\x09"
                                             "DU1234567"))),
                  "\"hex\":\"000000d1520b0a094455787878787878"
                  "32\""),
              "in a nested message too");
}

Test(json_hex, accounts_are_shown_when_asked, .init = hex_and_accounts, .fini = teardown)
{
    const char *line = line_of(sample_frame(TWS_GATEWAY, 176,
                                            BYTES("15\0"
                                                  "1\0"
                                                  "U1234567\0")));

    cr_expect(has(line, "\"accountsList\":\"U1234567\""));
    cr_expect(has(line, "\"hex\":\"3135003100553132333435363700\""));
}

Test(json, opaque)
{
    struct tws_event ev = {.kind = TWS_EV_OPAQUE, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.opaque.dir = TWS_CLIENT;
    ev.u.opaque.why = TWS_OPAQUE_FOREIGN;
    ev.u.opaque.foreign = TWS_FOREIGN_HTTP;
    ev.u.opaque.first = (struct tws_cursor){(const uint8_t *)"GET ", 4};
    EXPECT(ev, HEAD("opaque") CONN "\"dir\":\"client\",\"why\":\"foreign\",\"protocol\":\"HTTP\","
                                   "\"length\":0,\"first\":\"47455420\"}");
    ev.u.opaque.why = TWS_OPAQUE_TOO_LONG;
    ev.u.opaque.length = 0x7fffffff;
    ev.u.opaque.first.left = 0;
    EXPECT(ev, HEAD("opaque") CONN "\"dir\":\"client\",\"why\":\"too-long\",\"protocol\":null,"
                                   "\"length\":2147483647,\"first\":\"\"}");
}

Test(json, request)
{
    struct tws_event ev = {.kind = TWS_EV_REQUEST, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.request.id = 9;
    ev.u.request.name = "reqContractDetails";
    ev.u.request.key = 17;
    ev.u.request.key_kind = TWS_KEY_BY_REQ_ID;
    ev.u.request.asked_ns = SAMPLE_NS;
    ev.u.request.first_ns = SAMPLE_NS + 1500000;
    ev.u.request.end_ns = SAMPLE_NS + 2000000;
    ev.u.request.answers = 2;
    ev.u.request.status = TWS_REQ_ENDED;
    EXPECT(ev, HEAD("request") CONN "\"id\":9,\"name\":\"reqContractDetails\",\"key\":17,"
                                    "\"key_kind\":\"reqId\",\"first_ms\":1.5,\"end_ms\":2,"
                                    "\"answers\":2,\"status\":\"ended\"}");
    ev.u.request.key_kind = TWS_KEY_BY_TYPE;
    ev.u.request.first_ns = ev.u.request.end_ns = ev.u.request.answers = 0;
    ev.u.request.status = TWS_REQ_UNANSWERED;
    EXPECT(ev, HEAD("request") CONN "\"id\":9,\"name\":\"reqContractDetails\",\"key\":\"type\","
                                    "\"key_kind\":\"type\",\"first_ms\":null,\"end_ms\":null,"
                                    "\"answers\":0,\"status\":\"unanswered\"}");
    ev.u.request.status = TWS_REQ_ERROR;
    ev.u.request.code = 200;
    ev.u.request.text = (struct tws_cursor){(const uint8_t *)"none for DU1234567", 18};
    EXPECT(ev, HEAD("request") CONN "\"id\":9,\"name\":\"reqContractDetails\",\"key\":\"type\","
                                    "\"key_kind\":\"type\",\"first_ms\":null,\"end_ms\":null,"
                                    "\"answers\":0,\"status\":\"error\",\"code\":200,"
                                    "\"text\":\"none for DUxxxxxx1\"}");
}

Test(json, notice)
{
    static const char text[] = "Order for DU1234567 rejected";
    struct tws_event ev = {.kind = TWS_EV_NOTICE, .ts_ns = SAMPLE_NS, .conn = 3};

    ev.u.notice.code = 201;
    ev.u.notice.req_id = 5;
    ev.u.notice.text = (struct tws_cursor){(const uint8_t *)text, sizeof text - 1};
    ev.u.notice.class = TWS_CLASS_ORDER_REJECT;
    EXPECT(ev, HEAD("notice") CONN "\"code\":201,\"reqId\":5,"
                                   "\"text\":\"Order for DUxxxxxx1 rejected\","
                                   "\"class\":\"order_reject\"}");
}

Test(json, silence_and_recovered)
{
    static const char rest[] = CONN
        "\"stage\":\"startapi-unanswered\",\"owes\":\"gateway\","
        "\"since\":\"2025-11-24T16:03:02.123206789Z\",\"waited_ms\":3000.25,"
        "\"last_client\":{\"n\":1,\"name\":\"startApi\",\"ts\":\"2025-11-24T16:03:02.123206789Z\"},"
        "\"last_gateway\":{\"n\":1,\"name\":\"version\",\"ts\":\"2025-11-24T16:03:02.122456789Z\"},"
        "\"kernel\":{\"unacked\":0,\"retransmits\":0,\"total_retrans\":0,\"last_ack_ms\":0,"
        "\"last_data_ms\":0,\"unread\":0,\"unsent\":17,\"rtt_us\":40},"
        "\"others\":{\"open\":2,\"live_answering\":1,\"live_silent\":0,\"new_unanswered\":0,"
        "\"new_answered\":0}}";
    struct tws_event ev = sample_silence(TWS_EV_RECOVERED);
    const char *line = line_of(sample_silence(TWS_EV_SILENCE));

    cr_expect_str_eq(line + strlen(HEAD("silence")), rest);
    ev.u.silence.kernel.known = false;
    ev.u.silence.last_gateway = (struct tws_last){0};
    line = line_of(ev);
    cr_expect(has(line, "\"event\":\"recovered\"") && has(line, "\"kernel\":{}") &&
              has(line, "\"last_gateway\":null"));
}

Test(json, close)
{
    struct tws_event ev = sample_close();

    EXPECT(ev, HEAD("close") CONN "\"by\":\"client\",\"how\":\"fin\",\"lasted_ms\":12345.678,"
                                  "\"bytes\":{\"client\":1234567,\"gateway\":1},"
                                  "\"frames\":{\"client\":42,\"gateway\":1},"
                                  "\"digest\":{\"client\":\"000000000000001f\","
                                  "\"gateway\":\"ef46db3751d8e999\"}}");
    ev.u.close.reason = "connection refused";
    ev.u.close.digest_client = ev.u.close.digest_gateway = 0;
    cr_expect(has(line_of(ev), "\"reason\":\"connection refused\""));
    cr_expect_not(has(line_of(ev), "digest"));
}

Test(json, verdict)
{
    EXPECT(
        sample_verdict(), HEAD("verdict") CONN
        "\"final\":false,"
        "\"says\":\"The gateway took the hello of DUxxxxxx1 and has not answered it for 3.0 s.\","
        "\"progress\":\"hello\",\"stage\":\"hello-unanswered\",\"silent\":\"gateway\","
        "\"since\":\"2025-11-24T16:03:02.123206789Z\",\"silence_s\":3,"
        "\"mode\":\"accept-dialog\",\"certainty\":\"likely\","
        "\"evidence\":[{\"what\":\"owes the next bytes\",\"value\":\"gateway, for 3.0 s\","
        "\"source\":\"wire\",\"fact\":\"owed\",\"number\":3,\"unit\":\"s\"},"
        "{\"what\":\"bytes to the gateway\",\"value\":\"all acknowledged\","
        "\"source\":\"kernel\",\"fact\":\"acknowledged\"}],"
        "\"causes\":[{\"mode\":\"accept-dialog\",\"title\":\"A dialog "
        "waits\",\"certainty\":\"likely\","
        "\"why\":\"The gateway asks in a window whether it may come in.\","
        "\"check\":\"Look at the gateway's screen.\","
        "\"remedy\":\"Click Yes; or put 127.0.0.1 into API > Settings > Trusted IPs.\"},"
        "{\"mode\":\"accept-queue-wedge\",\"title\":\"It does not accept\",\"certainty\":\"cannot "
        "tell\","
        "\"why\":\"The kernel accepted the client, the gateway did not.\","
        "\"check\":\"ss -ltn: Recv-Q of the LISTEN row above 0.\","
        "\"remedy\":\"Restart the gateway.\"}],"
        "\"next\":\"ss -ltn on the gateway's machine\",\"open\":[]}");
}

Test(json, verdict_healthy)
{
    EXPECT(sample_verdict_healthy(), HEAD("verdict") CONN
           "\"final\":true,\"says\":\"Healthy: nothing was owed when it ended.\","
           "\"progress\":\"live\",\"stage\":null,\"silent\":\"nobody\","
           "\"since\":null,\"silence_s\":0,\"mode\":null,"
           "\"certainty\":\"certain\",\"evidence\":[],\"causes\":[],"
           "\"next\":null}");
}

Test(json, limit)
{
    struct tws_event ev = {.kind = TWS_EV_LIMIT, .ts_ns = SAMPLE_NS};

    ev.u.limit.what = TWS_LIMIT_DESCRIPTORS;
    ev.u.limit.held = 12;
    ev.u.limit.limit = 1024;
    EXPECT(ev,
           HEAD("limit") ",\"what\":\"descriptors\",\"held\":12,\"limit\":1024,\"over\":false}");
    ev.u.limit.limit = 0;
    ev.u.limit.over = true;
    EXPECT(ev, HEAD("limit") ",\"what\":\"descriptors\",\"held\":12,\"limit\":null,\"over\":true}");
}

Test(json, summary)
{
    EXPECT(
        sample_summary(),
        HEAD(
            "summary") ",\"connections\":4,\"healthy\":1,\"troubled\":2,\"probes\":1,\"refused\":0,"
                       "\"frames\":{\"client\":12,\"gateway\":3456},"
                       "\"bytes\":{\"client\":400,\"gateway\":1234567},\"silences\":2,"
                       "\"recovered\":1,"
                       "\"decode_failures\":{\"opaque\":1,\"odd_frames\":0,\"unknown_ids\":2},"
                       "\"events_lost\":0,\"lasted_s\":3725}");
}

Test(json, times_are_utc_whatever_the_year)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } times[] = {
        {1, "1970-01-01T00:00:01.000000000Z"},
        {951782400, "2000-02-29T00:00:00.000000000Z"},
        {951868799, "2000-02-29T23:59:59.000000000Z"},
        {951868800, "2000-03-01T00:00:00.000000000Z"},
        {1709164800, "2024-02-29T00:00:00.000000000Z"},
        {1735689599, "2024-12-31T23:59:59.000000000Z"},
        {4102444800, "2100-01-01T00:00:00.000000000Z"},
        {4107542400, "2100-03-01T00:00:00.000000000Z"},
    };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct tws_event ev = sample_open();

        ev.ts_ns = times[i].seconds * 1000000000u;
        cr_expect(has(line_of(ev), times[i].text), "%s", times[i].text);
    }
}

Test(json, a_huge_frame_is_cut_and_the_next_one_is_whole)
{
    size_t len = 3 * JSON_LINE_MAX;
    char *payload = malloc(len);
    const char *line;

    memset(payload, '"', len); /* doubles when escaped */
    memcpy(payload, "99999", 6);
    payload[len - 1] = '\0';
    line = line_of(sample_frame(TWS_GATEWAY, 176, payload, len));
    cr_expect_leq(strlen(line), JSON_LINE_MAX);
    cr_expect_gt(strlen(line), JSON_LINE_MAX / 2);
    cr_expect(has(line + strlen(line) - 64, "\"cut\":true}"));
    for (size_t i = 6; i < len; i++)
        payload[i] = i % 2 ? '\0' : 'x'; /* as many values as can be */
    line = line_of(sample_frame(TWS_GATEWAY, 176, payload, len));
    cr_expect(has(line + strlen(line) - 64, "\"cut\":true}"));
    cr_expect_not(has(line_of(sample_open()), "cut"));
    cr_expect_eq(out.lost, 0);
    free(payload);
}
