#include "diagnose.h"
#include "guard.h"
#include "json.h"
#include "marks.h"
#include "sample.h"
#include "source.h"
#include "tap.h"
#include "textlog.h"
#include "verdict_pack.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packing and unpacking give the event again.  The values below have every member set to something
 * that is not zero, and are written without the names of the members: a new member is a warning
 * here, and a member without a row comes back as zero. */

#define AT SAMPLE_NS

static struct tws_verdict taken;
static struct tws_event_box box = {.more = &taken};
static uint8_t packed[1 << 20];

static size_t pack(const struct tws_event *ev)
{
    size_t n = tws_event_pack(ev, &tws_verdict_packer, packed, sizeof packed);

    cr_assert_gt(n, 0);
    cr_expect_eq(tws_event_pack(ev, &tws_verdict_packer, NULL, 0), n);
    return n;
}

/* Through bytes that end at a page that nobody may read; they stay until the next call. */
static const struct tws_event *round_trip(const struct tws_event *ev)
{
    static uint8_t again[sizeof packed];
    static const uint8_t *bytes;
    static size_t n;
    struct tws_cursor in;

    if (bytes)
        unguard(bytes, n);
    n = pack(ev);
    bytes = guarded(packed, n);
    in = (struct tws_cursor){bytes, n};
    memset(&box, 0xa5, sizeof box);
    memset(&taken, 0xa5, sizeof taken);
    box.more = &taken;
    cr_assert(tws_event_unpack(&in, &tws_verdict_packer, &box), "kind %d", (int)ev->kind);
    cr_expect(in.left == 0 && in.p == bytes + n);
    cr_expect_eq(tws_event_pack(&box.event, &tws_verdict_packer, again, sizeof again), n);
    cr_expect_eq(memcmp(again, packed, n), 0, "kind %d", (int)ev->kind);
    cr_expect(box.event.kind == ev->kind && box.event.ts_ns == ev->ts_ns &&
              box.event.conn == ev->conn);
    return &box.event;
}

#define SAME(ev, member)                                                                           \
    do {                                                                                           \
        const struct tws_event *back = round_trip(ev);                                             \
        cr_expect_eq(memcmp(&(ev)->u.member, &back->u.member, sizeof back->u.member), 0, #member); \
    } while (0)

/* clang-format off */
#define CLIENT  {4, 51234, {127, 0, 0, 1}, 9}
#define GATEWAY {6, 4002, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 3}
#define KERNEL                                                                                     \
    {true, true, 1, 2, 3, 4, 5, 6, 7, 8, true, true, 9, true, 10, 11, 12, UINT32_MAX,              \
     {4711, TWS_PROGRAM_GATEWAY, 'T', "java-11"}, 7496, true,                                      \
     {4712, TWS_PROGRAM_RELAY, 'S', "socat_0123456.9"}}
/* clang-format on */

Test(event_pack, events_without_pointers)
{
    static const struct tws_event
        open = {TWS_EV_OPEN, AT, 7, {.open = {CLIENT, GATEWAY, true}}},
        stage = {TWS_EV_STAGE, AT, 7, {.stage = {TWS_LIVE, 1ull << 40, 100, 226, 203, -5}}},
        pacing = {TWS_EV_PACING, AT, 7, {.pacing = {TWS_PACE_TWICE, 41, 50, 1ull << 33}}},
        gap = {TWS_EV_GAP, AT, 7, {.gap = {TWS_GATEWAY, 1ull << 50, 1ull << 51, true}}},
        drops = {TWS_EV_DROPS, AT, 0, {.drops = {1, 1ull << 63, 3}}},
        limit = {TWS_EV_LIMIT, AT, 0, {.limit = {TWS_LIMIT_RECORDING, 12, 1024, true}}};

    SAME(&open, open);
    SAME(&stage, stage);
    SAME(&pacing, pacing);
    SAME(&gap, gap);
    SAME(&drops, drops);
    SAME(&limit, limit);
}

Test(event_pack, silence_and_recovered)
{
    static struct tws_event ev = {TWS_EV_SILENCE,
                                  AT,
                                  7,
                                  {.silence = {TWS_LIVE_CLIENT_DEAF,
                                               TWS_NETWORK,
                                               AT - 5,
                                               5,
                                               {1, AT - 6, -1, true},
                                               {2, AT - 7, INT32_MIN, true},
                                               KERNEL,
                                               {1, 2, 3, 4, 5}}}};

    SAME(&ev, silence);
    ev.kind = TWS_EV_RECOVERED;
    SAME(&ev, silence);
}

Test(event_pack, opaque)
{
    static const uint8_t bytes[16] = "SSH-2.0-OpenSSH";
    static const struct tws_event ev = {
        TWS_EV_OPAQUE,
        AT,
        7,
        {.opaque = {TWS_GATEWAY, TWS_OPAQUE_FOREIGN, TWS_FOREIGN_SSH, 77, {bytes, sizeof bytes}}}};
    const struct tws_event *back = round_trip(&ev);

    cr_expect(back->u.opaque.dir == TWS_GATEWAY && back->u.opaque.why == TWS_OPAQUE_FOREIGN);
    cr_expect(back->u.opaque.foreign == TWS_FOREIGN_SSH && back->u.opaque.length == 77);
    cr_expect(back->u.opaque.first.left == sizeof bytes &&
              memcmp(back->u.opaque.first.p, bytes, sizeof bytes) == 0);
}

Test(event_pack, request)
{
    static const struct tws_event ev = {TWS_EV_REQUEST,
                                        AT,
                                        7,
                                        {.request = {49,
                                                     "reqCurrentTime",
                                                     INT64_MIN,
                                                     TWS_KEY_BY_RULE_ID,
                                                     AT - 3,
                                                     AT - 2,
                                                     AT - 1,
                                                     1ull << 60,
                                                     TWS_REQ_LIVE,
                                                     10225,
                                                     {(const uint8_t *)"Bust", 4}}}};
    struct tws_event back = *round_trip(&ev);

    cr_expect_str_eq(back.u.request.name, "reqCurrentTime");
    cr_expect(tws_is_text(back.u.request.text, "Bust"));
    back.u.request.name = ev.u.request.name;
    back.u.request.text = ev.u.request.text;
    cr_expect_eq(memcmp(&back.u.request, &ev.u.request, sizeof ev.u.request), 0);
}

Test(event_pack, notice)
{
    static const struct tws_farm farm = {"usfarm.nj", 1, TWS_FARM_IDLE, AT - 1};
    static const char text[] = "Market data farm connection is inactive\x01\xff";
    struct tws_event ev = {TWS_EV_NOTICE,
                           AT,
                           7,
                           {.notice = {2108,
                                       -1,
                                       {(const uint8_t *)text, sizeof text},
                                       TWS_CLASS_SYSTEM,
                                       TWS_LINK_EMPTY,
                                       farm}}};
    const struct tws_event *back = round_trip(&ev);

    cr_expect(back->u.notice.code == 2108 && back->u.notice.req_id == -1);
    cr_expect(back->u.notice.class == TWS_CLASS_SYSTEM && back->u.notice.link == TWS_LINK_EMPTY);
    cr_expect_eq(back->u.notice.text.left, sizeof text);
    cr_expect_eq(memcmp(back->u.notice.text.p, text, sizeof text), 0);
    cr_expect_eq(memcmp(&back->u.notice.farm, &farm, sizeof farm), 0);
}

#define WIRE_SIDE(n)                                                                               \
    {                                                                                              \
        n, AT - n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6                                        \
    }
#define FACTS                                                                                      \
    {                                                                                              \
        AT - 1, KERNEL,                                                                            \
        {                                                                                          \
            true, true, true, true, WIRE_SIDE(1), WIRE_SIDE(11)                                    \
        }                                                                                          \
    }

/* clang-format off */
Test(event_pack, facts)
{
    static const struct tws_facts facts = FACTS;
    struct tws_event ev = {TWS_EV_FACTS, AT, 7, {.facts = {TWS_GATEWAY, &facts, {1, 2, 3, 4, 5}}}};
    const struct tws_event *back = round_trip(&ev);

    cr_expect_eq(back->u.facts.closed, TWS_GATEWAY);
    cr_expect_eq(memcmp(&back->u.facts.others, &ev.u.facts.others, sizeof ev.u.facts.others), 0);
    cr_expect_neq(back->u.facts.facts, &facts);
    cr_expect_eq(memcmp(back->u.facts.facts, &facts, sizeof facts), 0);
}

#define LAST(n)   {n, AT - n, -n, true}
#define OWED_OF                                                                                    \
    {-42, AT - 5, 10, 11, 1, TWS_KEY_BY_REQ_ID, TWS_REQ_SLOW, 49, true, true, true, 3}
#define LAPSE_OF  {-43, AT - 9, 10225, 0xfeedu, 50, TWS_KEY_BY_REQ_ID}
#define SIDE(n)   {n, n + 1, AT - n, LAST(n), TWS_FOREIGN_SSH, true, {n + 2, n + 3}, n + 4, n + 5, n + 6}
#define CASE(n)   {n, AT - n, -n, {LAST(n), LAST(n + 1)}, CLIENT}
#define FARM(n)   {"usfarm.nj", n, TWS_FARM_BROKEN, AT - n}
#define OPEN_ONE  {-7, AT - 9, AT - 8, 77, 1, TWS_KEY_BY_ORDER_ID, TWS_REQ_ORDER, true, true}

/* A member without a row comes back as zero. */
Test(event_pack, state)
{
    static struct tws_state s = {
        true, true, AT, AT - 1, AT - 2, 3, CLIENT, GATEWAY, true, 7, 0x1fffffff, 1100,
        {TWS_LIVE, TWS_READY, 0x7f, AT - 3, {1, 2, 3, 4, 5, 6, 7}, 100, 226, 203, {201, 202, true},
         AT - 5, AT - 4, 9, -1, {11, 12}},
        {SIDE(20), SIDE(40)}, 5, true, TWS_CLIENT, TWS_RST, 6,
        {true, TWS_PARTIAL_STARTUP, TWS_NETWORK, true, AT - 7, AT - 6, OWED_OF},
        TWS_RESET, TWS_GATEWAY, AT - 8, 9, TWS_STALL_PATH, AT - 10,
        {3, true, true, true, true, true, true, 4, 5, 6, LAPSE_OF, OWED_OF},
        {AT - 11, AT - 12, 13, true}, 14, 15, 16,
        {321, true, 1, TWS_KEY_BY_REQ_ID, TWS_LIKELY, true, 17, 18, 19, 20, -21, AT - 22, AT - 23,
         "Error validating request"},
        {TWS_LINK_LOST, 2, AT - 24, {FARM(1), FARM(2)}},
        {{1, 2, 3, 4, 5}, true, 6, true, 7, 8, true, AT - 9, true, CASE(5), CASE(6), AT - 32, 33},
        FACTS, 25, {26, TWS_OPEN_SHOWN, {OPEN_ONE}}, true,
        {AT - 26, 27, AT - 28, 29, true, true, 30, AT - 31}};
    struct tws_event ev = {TWS_EV_STATE, AT, 7, {.state = &s}};

    for (size_t i = 1; i < TWS_OPEN_SHOWN; i++)
        memcpy(&s.open.request[i], &s.open.request[0], sizeof s.open.request[0]);
    cr_expect_eq(memcmp(round_trip(&ev)->u.state, &s, sizeof s), 0);
}
/* clang-format on */

Test(event_pack, close)
{
    static const char reason[] = "the Gateway refused the connection";
    struct tws_event ev = {
        TWS_EV_CLOSE,
        AT,
        7,
        {.close = {TWS_GATEWAY, TWS_UNREACHABLE, reason, 1, 2, 3, 4, 5, UINT64_MAX, 7}}};
    struct tws_event back = *round_trip(&ev);

    cr_expect_neq(back.u.close.reason, reason);
    cr_expect_str_eq(back.u.close.reason, reason);
    back.u.close.reason = reason;
    cr_expect_eq(memcmp(&back.u.close, &ev.u.close, sizeof ev.u.close), 0);
    ev.u.close.reason = NULL;
    cr_expect_null(round_trip(&ev)->u.close.reason);
    ev.u.close.reason = "";
    cr_expect_str_eq(round_trip(&ev)->u.close.reason, "");
}

Test(event_pack, a_text_of_the_program_cannot_steer_a_terminal)
{
    struct tws_event ev = {.kind = TWS_EV_CLOSE, .u.close.reason = "a\033[2Jb\xc2\x9b"};
    struct tws_cursor in = {packed, 0};

    cr_expect_str_eq(round_trip(&ev)->u.close.reason, "a?[2Jb??");
    in.left = pack(&ev);
    cr_assert_eq(packed[18 + 4 + 1], '?', "by, how, length, then the text");
    packed[18 + 4 + 1] = '\033';
    cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box));
}

/* ---- frames ---- */

static void same_frame(const struct tws_event *a, const struct tws_event *b)
{
    cr_expect(a->u.frame.dir == b->u.frame.dir && a->u.frame.n == b->u.frame.n);
    cr_expect(a->u.frame.form == b->u.frame.form && a->u.frame.guessed == b->u.frame.guessed);
    cr_expect(a->u.frame.offset == b->u.frame.offset && a->u.frame.wire_len == b->u.frame.wire_len);
    cr_expect_eq(!a->u.frame.marks, !b->u.frame.marks);
    cr_assert_eq(a->u.frame.payload.left, b->u.frame.payload.left);
    cr_expect_eq(memcmp(a->u.frame.payload.p, b->u.frame.payload.p, a->u.frame.payload.left), 0);
}

Test(event_pack, frame_with_a_message)
{
    static const char text[] = "9\0001\00042", raw[] = "\0\0\0\321\010\052";
    const struct {
        const char *payload;
        size_t len;
        uint32_t version;
    } rows[] = {
        {text, sizeof text, 176}, {raw, sizeof raw - 1, 226}, {text, sizeof text, 0}, {"", 0, 176}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_event ev =
            sample_frame(TWS_GATEWAY, rows[i].version, rows[i].payload, rows[i].len);
        const struct tws_message *m = ev.u.frame.message, *n;

        ev.u.frame.guessed = true;
        n = round_trip(&ev)->u.frame.message;
        same_frame(&ev, &box.event);
        cr_assert(n == &box.held.frame.message);
        cr_expect(n->form == m->form && n->raw_id == m->raw_id && n->id == m->id);
        cr_expect(n->row == m->row && n->faults == m->faults && n->dir == m->dir);
        cr_expect(n->server_version == m->server_version && n->raw == m->raw);
        cr_expect(n->body.left == m->body.left);
        cr_expect_eq(n->body.p - box.event.u.frame.payload.p, m->body.p - ev.u.frame.payload.p);
    }
}

Test(event_pack, frame_with_marks)
{
    static struct tws_marks marks = {2,
                                     {{1004, 2, TWS_MARK_ACCOUNT, 0}, {1005, 3, TWS_MARK_ID, 2}}};
    struct tws_event ev = sample_frame(TWS_GATEWAY, 176, "9\0001\00042", 6);
    const struct tws_marks *back;
    struct tws_cursor in = {packed, 0};

    ev.u.frame.offset = 1000;
    ev.u.frame.wire_len = 10;
    ev.u.frame.marks = &marks;
    back = round_trip(&ev)->u.frame.marks;
    same_frame(&ev, &box.event);
    cr_assert_not_null(back);
    cr_expect_eq(back->n, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect(back->of[i].offset == marks.of[i].offset &&
                  back->of[i].length == marks.of[i].length &&
                  back->of[i].kind == marks.of[i].kind && back->of[i].kept == marks.of[i].kept);
    marks.n = 0;
    cr_expect_eq(round_trip(&ev)->u.frame.marks->n, 0, "somebody has looked");
    for (uint32_t i = 0; i < 3; i++) { /* before the payload, beyond its end, of no bytes */
        marks = (struct tws_marks){1, {{i == 0 ? 1003 : 1008, i == 2 ? 0 : 3, TWS_MARK_ID, 0}}};
        in.left = pack(&ev);
        cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box), "%u", i);
    }
}

Test(event_pack, frame_with_a_hello)
{
    struct tws_event ev = sample_hello("v100..176 +PACEAPI");
    const struct tws_hello *h = round_trip(&ev)->u.frame.hello;
    struct tws_hello legacy;

    same_frame(&ev, &box.event);
    cr_assert_not_null(h);
    cr_expect(h->min == 100 && h->max == 176 && h->readable && !h->legacy);
    cr_expect(tws_is_text(h->options, "+PACEAPI"));
    ev = sample_hello("66");
    tws_hello_read_legacy(ev.u.frame.payload, &legacy);
    ev.u.frame.hello = &legacy;
    h = round_trip(&ev)->u.frame.hello;
    cr_expect(h->legacy && h->min == 66 && h->max == 66);
}

Test(event_pack, frame_with_a_version_reply)
{
    struct tws_event ev = sample_version("176\00020260102 10:00:00 EST", 26);
    const struct tws_version_reply *r = round_trip(&ev)->u.frame.version;

    same_frame(&ev, &box.event);
    cr_assert_not_null(r);
    cr_expect(r->server_version == 176 && !r->redirect && r->time.left == 21);
}

Test(event_pack, frame_that_was_not_read)
{
    struct tws_event ev = sample_frame(TWS_CLIENT, 176, "49\0001", 5);

    ev.u.frame.message = NULL;
    cr_expect_null(round_trip(&ev)->u.frame.message);
    same_frame(&ev, &box.event);
}

/* ---- verdicts ---- */

static struct tws_verdict full_verdict(const struct tws_mode *mode)
{
    struct tws_verdict v = {
        .final = true,
        .asked = true,
        .progress = TWS_LIVE,
        .stage = TWS_RESET,
        .silent = TWS_NETWORK,
        .since_ns = AT - 3,
        .silence_ns = 3,
        .mode = mode,
        .certainty = TWS_CERTAIN,
        .n_evidence = TWS_EVIDENCE_MAX,
        .n_causes = TWS_CAUSES_MAX,
        .next = "ss -ltn",
    };

    memset(v.says, 0xff, sizeof v.says - 1);
    for (unsigned i = 0; i < TWS_EVIDENCE_MAX; i++) {
        v.evidence[i] = (struct tws_evidence){
            "owed", "owes", "", (enum tws_source)(i % 4), i / 3.0, i % 2 ? "s" : NULL};
        memset(v.evidence[i].value, (int)(i + 1), sizeof v.evidence[i].value - 1);
    }
    for (unsigned i = 0; i < TWS_CAUSES_MAX; i++)
        v.causes[i] = (struct tws_cause){mode, (uint8_t)(mode->n_patterns - 1),
                                         (enum tws_certainty)(i % 3), mode->pattern[0].why};
    return v;
}

static void same_verdict(const struct tws_verdict *a, const struct tws_verdict *b)
{
    cr_expect(a->final == b->final && a->asked == b->asked && a->progress == b->progress);
    cr_expect(a->stage == b->stage && a->silent == b->silent && a->since_ns == b->since_ns);
    cr_expect(a->silence_ns == b->silence_ns && a->mode == b->mode);
    cr_expect_eq(a->certainty, b->certainty);
    cr_expect_eq(memcmp(a->says, b->says, sizeof a->says), 0);
    cr_expect_str_eq(a->next, b->next);
    cr_assert(a->n_evidence == b->n_evidence && a->n_causes == b->n_causes);
    for (size_t i = 0; i < a->n_evidence; i++) {
        cr_expect_str_eq(a->evidence[i].what, b->evidence[i].what);
        cr_expect_eq(memcmp(a->evidence[i].value, b->evidence[i].value, 96), 0);
        cr_expect_eq(a->evidence[i].source, b->evidence[i].source);
        cr_expect_str_eq(a->evidence[i].fact, b->evidence[i].fact);
        cr_expect_eq(memcmp(&a->evidence[i].number, &b->evidence[i].number, sizeof(double)), 0);
        cr_expect(!a->evidence[i].unit == !b->evidence[i].unit);
    }
    for (size_t i = 0; i < a->n_causes; i++) {
        cr_expect(a->causes[i].mode == b->causes[i].mode);
        cr_expect_eq(a->causes[i].pattern, b->causes[i].pattern);
        cr_expect_eq(a->causes[i].certainty, b->causes[i].certainty);
        cr_expect_str_eq(a->causes[i].why, b->causes[i].why);
    }
}

Test(event_pack, verdict_of_each_mode)
{
    for (size_t i = 0; i < tws_modes_len; i++) {
        struct tws_verdict v = full_verdict(&tws_modes[i]);
        struct tws_event ev = {TWS_EV_VERDICT, AT, 7, {.verdict = &v}};

        same_verdict(&v, round_trip(&ev)->u.verdict);
        cr_expect_eq(taken.open.n, 0);
    }
}

Test(event_pack, verdict_of_no_mode)
{
    struct tws_event ev = sample_verdict_healthy();
    const struct tws_verdict *v = round_trip(&ev)->u.verdict;

    cr_expect(v->mode == NULL && v->next == NULL && v->n_causes == 0 && v->final);
}

Test(event_pack, verdict_with_open_requests)
{
    static const struct tws_open_request one = OPEN_ONE;
    struct tws_verdict v = full_verdict(&tws_modes[0]);
    struct tws_event ev = {TWS_EV_VERDICT, AT, 7, {.verdict = &v}};

    v.open.n = TWS_OPEN_SHOWN;
    v.open.more = 8;
    for (size_t i = 0; i < TWS_OPEN_SHOWN; i++)
        memcpy(&v.open.request[i], &one, sizeof one);
    round_trip(&ev);
    cr_expect_eq(memcmp(&taken.open, &v.open, sizeof v.open), 0);
}

Test(event_pack, verdict_is_refused_where_nobody_knows_it)
{
    struct tws_verdict v = full_verdict(&tws_modes[0]);
    struct tws_event ev = {TWS_EV_VERDICT, AT, 7, {.verdict = &v}};
    struct tws_cursor in = {packed, pack(&ev)};

    cr_expect_not(tws_event_unpack(&in, NULL, &box));
    box.more = NULL;
    cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box));
    box.more = &taken;
    cr_expect(tws_event_unpack(&in, &tws_verdict_packer, &box));
}

Test(event_pack, summary)
{
    static struct tws_summary s;
    struct tws_event ev = {TWS_EV_SUMMARY, AT, 0, {.summary = &s}};
    uint64_t numbers[offsetof(struct tws_summary, latency) / 8];

    for (uint64_t i = 0; i < sizeof numbers / 8; i++)
        numbers[i] = i + 1;
    memcpy(&s, numbers, sizeof numbers);
    cr_expect_eq(memcmp(round_trip(&ev)->u.summary, &s, sizeof s), 0, "no latencies");
    for (uint64_t id = 0; id < TWS_ID_LIMIT; id++)
        for (uint64_t ns = 1; ns < 1ull << 50; ns += ns / 7 + id + 1)
            tws_latency_add(&s.latency[id], ns);
    cr_expect_eq(memcmp(round_trip(&ev)->u.summary, &s, sizeof s), 0);
}

/* ---- what is refused ---- */

Test(event_pack, needs_its_room)
{
    struct tws_event ev = sample_silence(TWS_EV_SILENCE);
    size_t n = pack(&ev);

    for (size_t room = 0; room < n; room++) {
        memset(packed, 0xa5, n);
        cr_expect_eq(tws_event_pack(&ev, &tws_verdict_packer, packed, room), 0, "%zu", room);
        cr_expect_eq(packed[room], 0xa5, "wrote behind %zu bytes", room);
    }
}

static struct tws_event sample(enum tws_event_kind kind)
{
    static const char next_id[] = "9\0001\00042";

    switch (kind) {
    case TWS_EV_FRAME:
        return sample_frame(TWS_GATEWAY, 176, next_id, sizeof next_id);
    case TWS_EV_SILENCE:
        return sample_silence(kind);
    case TWS_EV_VERDICT:
        return sample_verdict();
    case TWS_EV_SUMMARY:
        return sample_summary();
    default:
        return sample_close();
    }
}

/* The sample's modes are not those of the catalogue. */
static size_t pack_sample(enum tws_event_kind kind)
{
    struct tws_event ev = sample(kind);
    struct tws_verdict v;

    if (kind == TWS_EV_VERDICT) {
        v = *ev.u.verdict;
        v.mode = v.causes[0].mode = v.causes[1].mode = &tws_modes[1];
        ev.u.verdict = &v;
    }
    return pack(&ev);
}

static const enum tws_event_kind sampled[] = {TWS_EV_FRAME, TWS_EV_SILENCE, TWS_EV_VERDICT,
                                              TWS_EV_SUMMARY, TWS_EV_CLOSE};

#define SAMPLED (sizeof sampled / sizeof sampled[0])

Test(event_pack, is_refused_when_cut_off)
{
    for (size_t k = 0; k < SAMPLED; k++) {
        size_t n = pack_sample(sampled[k]);

        for (size_t cut = 0; cut < n; cut++) {
            const uint8_t *bytes = guarded(packed, cut);
            struct tws_cursor in = {bytes, cut};

            cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box), "kind %d, %zu",
                          (int)sampled[k], cut);
            cr_expect(in.p == bytes && in.left == cut);
            unguard(bytes, cut);
        }
    }
}

/* A shorter size over the same bytes, and a longer one over more. */
Test(event_pack, is_refused_with_another_size)
{
    for (size_t k = 0; k < SAMPLED; k++) {
        size_t n = pack_sample(sampled[k]);

        for (size_t size = 0; size <= n + 1; size++) {
            struct tws_cursor in = {packed, n + 1};

            packed[0] = (uint8_t)size;
            packed[1] = (uint8_t)(size >> 8);
            cr_expect_eq(tws_event_unpack(&in, &tws_verdict_packer, &box), size == n,
                         "kind %d, %zu", (int)sampled[k], size);
        }
    }
}

Test(event_pack, refuses_values_outside_their_range)
{
    struct tws_event ev = sample_close();
    static const struct {
        size_t at;
        uint8_t value;
        const char *what;
    } rows[] = {
        {4, TWS_EVENT_PACK_VERSION + 1, "version"}, {5, TWS_EVENTS, "kind"},
        {13, 0x80, "a time behind the last"},       {18, TWS_NETWORK + 1, "by"},
        {19, TWS_UNREACHABLE + 1, "how"},           {20, 1, "a text that is not ended"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tws_cursor in = {packed, pack(&ev)};

        cr_expect(tws_event_unpack(&in, &tws_verdict_packer, &box));
        in = (struct tws_cursor){packed, pack(&ev)};
        packed[rows[i].at] = rows[i].value;
        cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box), "%s", rows[i].what);
    }
}

Test(event_pack, refuses_a_mode_that_is_not_in_the_catalogue)
{
    struct tws_event ev = sample_verdict();
    struct tws_mode mode = {.id = "no-such-mode"};
    struct tws_verdict v = *ev.u.verdict;
    struct tws_cursor in = {packed, 0};

    v.mode = &mode;
    v.n_causes = 0;
    ev.u.verdict = &v;
    in.left = pack(&ev);
    cr_expect_not(tws_event_unpack(&in, &tws_verdict_packer, &box));
}

/* Two in a row: each is taken alone. */
Test(event_pack, events_follow_each_other)
{
    struct tws_event first = sample_close(), second = sample_open();
    size_t n = pack(&first);
    struct tws_cursor in = {packed, 0};

    in.left = n + tws_event_pack(&second, &tws_verdict_packer, packed + n, sizeof packed - n);
    cr_expect(tws_event_unpack(&in, &tws_verdict_packer, &box) && box.event.kind == TWS_EV_CLOSE);
    cr_expect(tws_event_unpack(&in, &tws_verdict_packer, &box) && box.event.kind == TWS_EV_OPEN);
    cr_expect_eq(in.left, 0);
}

/* ---- recordings: both sinks write the same of an event and of what was unpacked ---- */

struct writers {
    struct out out;
    struct mask *mask;
    struct json_sink json;
    struct text_sink text;
};

static struct writers plain, unpacked;
static unsigned count[TWS_EVENTS], with_open;
static const char *fixture;
static struct marks *marks;

static void writers_open(struct writers *w)
{
    sample_out(&w->out);
    w->mask = mask_new(false);
    cr_assert(w->mask && json_sink_init(&w->json, &w->out, w->mask, true));
    text_sink_init(&w->text, &w->out, w->mask, false, 2, true);
}

static void writers_close(struct writers *w)
{
    json_sink_free(&w->json);
    text_sink_free(&w->text);
    mask_free(w->mask);
    out_close(&w->out, 0);
}

static const char *write_event(struct writers *w, const struct tws_event *ev)
{
    w->out.head = w->out.have = 0;
    json_put(&w->json, ev);
    text_put(&w->text, ev);
    return sample_text(&w->out);
}

/* What was unpacked is judged as the session's own state was. */
static void judge_both(const struct tws_event *ev)
{
    static struct tws_verdict here, there;
    struct tws_event said = {.kind = TWS_EV_VERDICT, .ts_ns = ev->ts_ns, .conn = ev->conn};
    const char *want;

    tws_diagnose(ev->u.state, &here);
    tws_diagnose(round_trip(ev)->u.state, &there);
    said.u.verdict = &here;
    want = write_event(&plain, &said);
    said.u.verdict = &there;
    cr_assert_str_eq(write_event(&unpacked, &said), want, "%s", fixture);
}

static void compare(void *ctx, const struct tws_event *ev)
{
    const char *want = write_event(&plain, ev);

    (void)ctx;
    count[ev->kind]++;
    with_open += ev->kind == TWS_EV_VERDICT && ev->u.verdict->open.n;
    cr_assert_str_eq(write_event(&unpacked, round_trip(ev)), want, "%s", fixture);
    if (ev->kind == TWS_EV_STATE)
        judge_both(ev);
}

static void read_fixture(const char *path)
{
    static const uint32_t all = TWS_WANTS(TWS_EVENTS) - 1;
    static const uint16_t ports[] = {4001, 4002};
    const char *const paths[] = {path};
    struct tws_env env = {.timing = {.handshake_ns = 300000000, .request_ns = 400000000},
                          .max_frame = TWS_FRAME_MAX,
                          .digests = true};
    static struct tws_diagnosis d;
    struct tap_config c = {.relayed = true};
    char error[SOURCE_ERROR_MAX];
    struct source *s = source_files(paths, 1, error);
    struct tws_event summary = {TWS_EV_SUMMARY, 0, 0, {.summary = &env.summary}};
    struct packet p;
    struct tap *tap;

    cr_assert_not_null(s, "%s", error);
    tws_diagnosis_init(&d, marks_sink(marks, (struct tws_sink){compare, NULL, all}));
    env.sink = tws_diagnosis_sink(&d);
    flow_config_default(&c.flow);
    c.flow.ports = ports;
    c.flow.n_ports = 2;
    c.flow.any_port = true;
    tap = tap_new(&c, &env);
    cr_assert_not_null(tap);
    while (source_next(s, &p) == SOURCE_PACKET) {
        tap_packet(tap, &p);
        tap_ask_all(tap, p.ts_ns);
        summary.ts_ns = p.ts_ns;
    }
    tap_free(tap, summary.ts_ns);
    source_close(s);
    compare(NULL, &summary);
}

Test(event_pack, fixtures_are_written_the_same, .timeout = 100)
{
    static const enum tws_event_kind met[] = {
        TWS_EV_OPEN,    TWS_EV_FRAME,   TWS_EV_OPAQUE,    TWS_EV_STAGE, TWS_EV_REQUEST,
        TWS_EV_NOTICE,  TWS_EV_SILENCE, TWS_EV_RECOVERED, TWS_EV_CLOSE, TWS_EV_VERDICT,
        TWS_EV_SUMMARY, TWS_EV_FACTS,   TWS_EV_STATE};
    DIR *d = opendir(TWSTAP_FIXTURES);
    const struct dirent *e;
    char path[512];

    cr_assert_not_null(d);
    writers_open(&plain);
    writers_open(&unpacked);
    marks = marks_new(mask_learned(plain.mask));
    cr_assert_not_null(marks);
    while ((e = readdir(d)) != NULL) {
        fixture = e->d_name;
        snprintf(path, sizeof path, "%s/%.128s", TWSTAP_FIXTURES, fixture);
        if (strstr(fixture, ".pcap"))
            read_fixture(path);
    }
    closedir(d);
    for (size_t i = 0; i < sizeof met / sizeof met[0]; i++)
        cr_expect_gt(count[met[i]], 0, "no event of kind %d", (int)met[i]);
    cr_expect_gt(count[TWS_EV_FRAME], 300);
    cr_expect_gt(with_open, 100);
    marks_free(marks);
    writers_close(&plain);
    writers_close(&unpacked);
}
