#include "diagnose.h"
#include "evidence.h"
#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* What the edge knows beyond the bytes, states, and the sink that judges them. */

static struct talk t;
static struct tws_kernel host;

static void of_the_host(void *ctx, const struct tws_session *s, struct tws_kernel *out)
{
    (void)ctx;
    (void)s;
    *out = host;
}

/* The places of the newest event of a kind, from 1; 0: there is none. */
static size_t place_of(enum tws_event_kind kind)
{
    for (size_t i = t.n_ev; i > 0; i--)
        if (t.ev[i - 1].kind == kind)
            return i;
    return 0;
}

static void fall_silent(void)
{
    talk_env(&t, 176);
    talk_kernel(&t, of_the_host);
    talk_open(&t);
    talk_hello(&t, "v100..176");
    talk_wait(&t, 4 * SEC);
}

/* ---- facts ---- */

Test(facts, come_before_the_silence_that_they_are_about)
{
    host = (struct tws_kernel){.peer_known = true, .peer_unread = 17};
    fall_silent();
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 1);
    cr_expect_eq(place_of(TWS_EV_SILENCE), place_of(TWS_EV_FACTS) + 1);
    cr_expect_eq(place_of(TWS_EV_VERDICT), place_of(TWS_EV_SILENCE) + 1);
    cr_expect_eq(talk_last(&t, TWS_EV_FACTS)->ts_ns, talk_last(&t, TWS_EV_SILENCE)->ts_ns);
    talk_finish(&t);
}

Test(facts, are_not_told_where_nothing_is_known)
{
    host = (struct tws_kernel){0};
    fall_silent();
    talk_close(&t, TWS_GATEWAY, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 0);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
}

Test(facts, are_told_again_when_they_have_changed)
{
    host = (struct tws_kernel){.peer_known = true, .last_ack_ms = 1};
    fall_silent();
    host.last_ack_ms = 9; /* only counts on */
    talk_wait(&t, 9 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 1);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 1);
    host.peer_owned = true;
    talk_wait(&t, 30 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 2);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 2);
    cr_expect_eq(place_of(TWS_EV_VERDICT), place_of(TWS_EV_FACTS) + 1);
    cr_expect(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "gateway's end: accepted"));
    talk_finish(&t);
}

/* They came too late for the first verdict: a second one is made of them, and the last one, too. */
Test(facts, that_come_later_are_judged)
{
    struct tws_facts late = {.kernel = {.peer_known = true, .peer_unread = 17}};

    talk_env(&t, 176);
    talk_open(&t);
    tws_session_facts(&t.s, &late, t.now);
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 1);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 0, "nothing stands");
    talk_hello(&t, "v100..176");
    talk_wait(&t, 4 * SEC);
    cr_expect_null(talk_last(&t, TWS_EV_VERDICT)->mode);
    tws_session_facts(&t.s, &late, t.now);
    cr_expect_eq(talk_count(&t, TWS_EV_VERDICT), 2);
    cr_expect_not(talk_last(&t, TWS_EV_VERDICT)->final);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "accept-queue-wedge");
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->mode, "accept-queue-wedge");
    tws_session_facts(&t.s, &late, t.now); /* harmless */
    cr_expect_eq(t.ev[t.n_ev - 1].kind, TWS_EV_VERDICT);
}

static void packets(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                    struct tws_facts *out)
{
    const uint32_t *syns = ctx;

    (void)s;
    cr_expect_eq(what, TWS_OF_WIRE);
    out->taken_ns = now;
    out->wire = (struct tws_wire){.known = true, .client = {.syns = *syns}};
}

Test(facts, of_the_packets_come_before_the_close)
{
    uint32_t syns = 3;

    talk_env(&t, 176);
    t.env.facts = packets;
    t.env.facts_ctx = &syns;
    t.env.measures = TWS_OF_WIRE;
    talk_open(&t);
    tws_session_dialing(&t.s, true, t.now);
    talk_wait(&t, SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_FACTS), 1);
    cr_expect_eq(place_of(TWS_EV_CLOSE), place_of(TWS_EV_FACTS) + 1);
    cr_expect(talk_evidence(talk_last(&t, TWS_EV_VERDICT), "SYN: sent 3 times"));
}

/* ---- states ---- */

Test(state, is_a_query_without_effect)
{
    static struct tws_state first, second;
    static struct tws_session before;
    size_t n;

    host = (struct tws_kernel){.peer_known = true};
    fall_silent();
    n = t.n_ev;
    before = t.s;
    memset(&first, 0xa5, sizeof first);
    tws_session_state(&t.s, t.now, &first);
    tws_session_state(&t.s, t.now, &second);
    cr_expect_eq(memcmp(&before, &t.s, sizeof before), 0);
    cr_expect_eq(t.n_ev, n);
    cr_expect(first.silence == TWS_HELLO_UNANSWERED && second.silence == TWS_HELLO_UNANSWERED);
    cr_expect(first.facts.kernel.peer_known && second.facts.kernel.peer_known);
    talk_finish(&t);
}

Test(state, says_how_many_requests_it_does_not_hold)
{
    static struct tws_state s;
    char key[16];

    talk_live(&t, 176);
    for (int i = 0; i < 70; i++) {
        snprintf(key, sizeof key, "%d", 9000 + i);
        talk_text(&t, TWS_CLIENT, 9, FIELDS("8", key, "1"));
        talk_text(&t, TWS_CLIENT, 22, FIELDS("2", key));
        talk_text(&t, TWS_CLIENT, 20, FIELDS("10", key, "265598", "AAPL", "STK"));
    }
    tws_session_state(&t.s, t.now, &s);
    cr_expect_eq((uint32_t)s.open.n + s.open.more, t.s.requests.n + t.s.requests.untracked);
    cr_expect_eq(s.open.n, TWS_OPEN_SHOWN);
    cr_expect_gt(s.open.more, 0);
    cr_expect_geq(s.demand.owed, TWS_OPEN_SHOWN, "all are counted");
    talk_finish(&t);
}

/* ---- the sink ---- */

static enum tws_event_kind passed[8];
static struct tws_summary summary;
static size_t n_passed;
static enum tws_certainty certainty;

static void note(void *ctx, const struct tws_event *ev)
{
    (void)ctx;
    cr_assert_lt(n_passed, sizeof passed / sizeof passed[0]);
    passed[n_passed++] = ev->kind;
    if (ev->kind == TWS_EV_SUMMARY)
        summary = *ev->u.summary;
    if (ev->kind == TWS_EV_VERDICT) {
        cr_expect(ev->ts_ns == 5 && ev->conn == 7);
        certainty = ev->u.verdict->certainty;
    }
}

static struct tws_diagnosis diagnosis;

static struct tws_sink begin(uint32_t wants)
{
    n_passed = 0;
    tws_diagnosis_init(&diagnosis, (struct tws_sink){note, NULL, wants});
    return tws_diagnosis_sink(&diagnosis);
}

static void give(struct tws_sink to, enum tws_event_kind kind, const struct tws_state *state)
{
    struct tws_event ev = {.kind = kind, .ts_ns = 5, .conn = 7};

    if (state)
        ev.u.state = state;
    to.put(to.ctx, &ev);
}

Test(diagnose, puts_a_verdict_behind_each_state_and_passes_all_on)
{
    static const struct tws_state healthy = {
        .final = true, .progress = {.stage = TWS_LIVE, .client_id = -1}, .how_closed = TWS_FIN};
    struct tws_sink sink = begin(~0u);

    give(sink, TWS_EV_OPEN, NULL);
    give(sink, TWS_EV_STATE, &healthy);
    give(sink, TWS_EV_CLOSE, NULL);
    cr_assert_eq(n_passed, 4);
    cr_expect(passed[0] == TWS_EV_OPEN && passed[1] == TWS_EV_STATE);
    cr_expect(passed[2] == TWS_EV_VERDICT && passed[3] == TWS_EV_CLOSE);
    cr_expect_eq(certainty, TWS_CERTAIN);
    cr_expect_eq(diagnosis.healthy, 1);
}

Test(diagnose, asks_for_states_and_for_no_verdicts)
{
    struct tws_sink sink = begin(TWS_WANTS(TWS_EV_VERDICT));
    static const struct tws_state open = {.progress = {.stage = TWS_TCP, .client_id = -1}};

    cr_expect(sink.wants & TWS_WANTS(TWS_EV_STATE));
    give(sink, TWS_EV_STATE, &open);
    give(sink, TWS_EV_FRAME, NULL); /* not wanted, not passed */
    cr_assert_eq(n_passed, 1);
    cr_expect_eq(passed[0], TWS_EV_VERDICT);
    cr_expect_eq(diagnosis.healthy + diagnosis.troubled + diagnosis.probes, 0, "it is not final");
}

Test(diagnose, fills_its_counts_into_the_summary)
{
    static const struct tws_summary of_the_sessions = {.connections = 3, .bytes_client = 9};
    static const struct tws_state probe = {.final = true,
                                           .progress = {.stage = TWS_TCP, .at_close = TWS_TCP},
                                           .handshake_ns = 3,
                                           .how_closed = TWS_FIN,
                                           .first_closed = TWS_CLIENT},
                                  refused = {.final = true,
                                             .progress = {.stage = TWS_TCP},
                                             .how_closed = TWS_REFUSED,
                                             .first_closed = TWS_GATEWAY};
    struct tws_sink sink = begin(~0u);
    struct tws_event ev = {.kind = TWS_EV_SUMMARY, .u.summary = &of_the_sessions};

    give(sink, TWS_EV_STATE, &probe);
    give(sink, TWS_EV_STATE, &refused);
    sink.put(sink.ctx, &ev);
    cr_expect(summary.connections == 3 && summary.bytes_client == 9);
    cr_expect(summary.healthy == 0 && summary.probes == 1 && summary.troubled == 1);
}

/* ---- evidence ---- */

static const struct tws_evidence *find(const struct tws_verdict *v, const char *fact)
{
    for (size_t i = 0; i < v->n_evidence; i++)
        if (strcmp(v->evidence[i].fact, fact) == 0)
            return &v->evidence[i];
    return NULL;
}

Test(evidence, has_a_number_where_it_is_one_quantity)
{
    static struct tws_verdict v;
    const struct tws_evidence *e;

    host = (struct tws_kernel){.peer_known = true, .peer_unread = 17};
    fall_silent();
    talk_verdict(&t.s, t.now, &v);
    e = find(&v, "owed");
    cr_assert(e && e->unit);
    cr_expect(e->number == 4. && strcmp(e->unit, "s") == 0);
    cr_expect_str_eq(e->value, "gateway, for 4.0 s");
    e = find(&v, "gateway-end");
    cr_assert(e && e->unit);
    cr_expect(e->number == 17. && strcmp(e->unit, "bytes") == 0);
    e = find(&v, "bytes");
    cr_assert_not_null(e);
    cr_expect_null(e->unit, "two quantities");
    talk_finish(&t);
}

Test(evidence, has_rows_with_names)
{
    for (size_t i = TWS_SHOWN_NOT + 1; i < TWS_SHOWN; i++) {
        const struct tws_evidence_row *r = &tws_evidence_rows[i];

        cr_assert(r->fact && r->what && r->what[0], "row %zu", i);
        cr_expect_eq(strspn(r->fact, "abcdefghijklmnopqrstuvwxyz-"), strlen(r->fact), "%s",
                     r->fact);
    }
    for (size_t i = 0; i < TWS_FACTS; i++)
        cr_expect_lt(tws_fact_rows[i].shown, TWS_SHOWN, "%s", tws_fact_rows[i].name);
}
