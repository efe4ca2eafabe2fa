#include "talk.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows leave out what is zero */

/* A scenario is spoken at three versions: text, mixed, and protobuf start-up. */
static const uint32_t versions[] = {176, 203, 214};

static void greet(struct talk *t)
{
    talk_hello(t, "v100..226");
    talk_wait(t, MS);
}

static void to_version(struct talk *t)
{
    greet(t);
    talk_wait(t, 5 * MS);
    talk_version(t);
    talk_wait(t, MS);
}

static void to_start(struct talk *t)
{
    to_version(t);
    talk_start_api(t, 7);
    talk_wait(t, 20 * MS);
}

static void to_ready(struct talk *t)
{
    to_start(t);
    talk_welcome(t);
    talk_wait(t, MS);
}

static void to_live(struct talk *t)
{
    to_ready(t);
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, 2 * MS);
    talk_current_time(t, TWS_GATEWAY);
    talk_wait(t, 2 * SEC);
}

/* ---- the scenarios ---- */

static void healthy(struct talk *t)
{
    to_live(t);
    talk_close(t, TWS_CLIENT, TWS_FIN);
    talk_wait(t, MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void ready_only(struct talk *t)
{
    to_ready(t);
    talk_wait(t, 600 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void accept_silent(struct talk *t)
{
    greet(t);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void accept_silent_2s(struct talk *t)
{
    greet(t);
    talk_wait(t, 2 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void accept_close(struct talk *t)
{
    greet(t);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void accept_close_unread(struct talk *t)
{
    greet(t);
    talk_wait(t, 2 * MS);
    talk_close(t, TWS_GATEWAY, TWS_RST);
}

static void reset_after_hello(struct talk *t)
{
    greet(t);
    talk_wait(t, 200 * MS);
    talk_close(t, TWS_GATEWAY, TWS_RST);
}

static void version_silent(struct talk *t)
{
    to_start(t);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void half_welcome(struct talk *t)
{
    to_start(t);
    talk_next_id(t);
    talk_notice(t, -1, 2104, "Market data farm connection is OK:usfarm");
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void half_welcome_accounts(struct talk *t)
{
    to_start(t);
    talk_accounts(t, "DU9000001");
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void no_accounts(struct talk *t)
{
    to_start(t);
    talk_accounts(t, "");
    talk_next_id(t);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void no_accounts_left_at_once(struct talk *t)
{
    to_start(t);
    talk_accounts(t, "");
    talk_next_id(t);
    talk_wait(t, 50 * MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void one_comma(struct talk *t)
{
    to_start(t);
    talk_next_id(t);
    talk_accounts(t, ",");
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void client_id_in_use(struct talk *t)
{
    to_start(t);
    talk_notice(t, -1, 326, "Unable to connect as the client id is already in use.");
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void slow_welcome(struct talk *t)
{
    to_start(t);
    talk_wait(t, 6 * SEC);
    talk_welcome(t);
    talk_wait(t, SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void redirect(struct talk *t)
{
    greet(t);
    talk_bytes(t, TWS_GATEWAY, "\0\0\0\x0e-1\0other:4001", 18);
    talk_wait(t, 5 * MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void not_tws(struct talk *t)
{
    greet(t);
    talk_bytes(t, TWS_GATEWAY, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void http_client(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "GET / HTTP/1.1\r\n\r\n", 18);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void tls_client(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void tls_gateway(struct talk *t)
{
    greet(t);
    talk_bytes(t, TWS_GATEWAY, "\x15\x03\x01\x00\x02\x02\x16\x00", 8);
    talk_wait(t, MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void tls_on_both(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    talk_bytes(t, TWS_GATEWAY, "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11);
    talk_wait(t, 50 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void legacy(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "63\0", 3);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void legacy_answered(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "63\0", 3);
    talk_bytes(t, TWS_GATEWAY,
               "76\0"
               "20261124 02:55:59 GMT\0",
               24);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void probe(struct talk *t)
{
    talk_wait(t, MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void mute(struct talk *t)
{
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void truncated(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "API\0", 4);
    talk_wait(t, 2 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void truncated_range(struct talk *t)
{
    talk_bytes(t, TWS_CLIENT, "API\0\0\0\0\x09v100", 12);
    talk_wait(t, 10 * MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void framing_text(struct talk *t)
{
    uint32_t sv = t->sv;

    to_version(t);
    t->sv = sv >= 201 ? 176 : 203;
    talk_start_api(t, 7);
    talk_wait(t, 4 * SEC);
    t->sv = sv;
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void split_version(struct talk *t)
{
    greet(t);
    talk_bytes(t, TWS_GATEWAY, "\0\0\0\x1f", 4);
    talk_wait(t, 400 * MS);
    talk_bytes(t, TWS_GATEWAY,
               "203\0"
               "20261124 02:55:59 stand-in\0",
               31);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void split_version_short(struct talk *t)
{
    greet(t);
    talk_bytes(t, TWS_GATEWAY, "\0\0\0\x1f", 4);
    talk_wait(t, 150 * MS);
    talk_bytes(t, TWS_GATEWAY,
               "203\0"
               "20261124 02:55:59 stand-in\0",
               31);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void startapi_missing(struct talk *t)
{
    to_version(t);
    talk_wait(t, 4 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void version_rejected(struct talk *t)
{
    to_version(t);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void version_outside(struct talk *t)
{
    talk_hello(t, "v100..150");
    talk_wait(t, 5 * MS);
    talk_version(t);
    talk_wait(t, MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void range_odd(struct talk *t)
{
    talk_hello(t, "v900..901");
    talk_wait(t, 5 * MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void impatient(struct talk *t)
{
    greet(t);
    talk_wait(t, 100 * MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void impatient_late(struct talk *t)
{
    greet(t);
    talk_wait(t, 2 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
    talk_wait(t, 800 * MS);
    talk_version(t);
    talk_wait(t, MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void impatient_late_welcome(struct talk *t)
{
    to_start(t);
    talk_wait(t, 2 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
    talk_wait(t, 800 * MS);
    talk_welcome(t);
    talk_wait(t, MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void refused(struct talk *t)
{
    greet(t);
    talk_close(t, TWS_GATEWAY, TWS_REFUSED);
}

static void unreachable(struct talk *t)
{
    greet(t);
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_GATEWAY, TWS_UNREACHABLE);
}

static void lost_with_request(struct talk *t)
{
    to_live(t);
    talk_notice(t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, 12 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void lost_quiet(struct talk *t)
{
    to_live(t);
    talk_notice(t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    talk_wait(t, 5 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void lost_and_back(struct talk *t)
{
    to_live(t);
    talk_notice(t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    talk_wait(t, 5 * SEC);
    talk_notice(t, -1, 1102, "Connectivity between IB and TWS has been restored.");
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void live_stall(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 61, FIELDS("1"));
    talk_wait(t, 12 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

/* While it lived it had 10 s: a client that leaves earlier proves nothing. */
static void live_within_its_time(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 61, FIELDS("1"));
    talk_wait(t, 3 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

/* 5 s for an order. */
static void order_within_its_time(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 3, FIELDS("42", "0"));
    talk_wait(t, 2 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void order_past_its_time(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 3, FIELDS("42", "0"));
    talk_wait(t, 6 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void live_young_debt(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 61, FIELDS("1"));
    talk_wait(t, 100 * MS);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void time_twice(struct talk *t)
{
    to_live(t);
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, 5 * MS);
    talk_current_time(t, TWS_GATEWAY);
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, 11 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void sync_hang(struct talk *t)
{
    to_ready(t);
    talk_text(t, TWS_CLIENT, 99, FIELDS("1"));
    talk_wait(t, MS);
    talk_current_time(t, TWS_CLIENT);
    talk_wait(t, MS);
    talk_current_time(t, TWS_GATEWAY);
    talk_wait(t, 11 * SEC);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

static void malformed_close(struct talk *t)
{
    to_live(t);
    talk_text(t, TWS_CLIENT, 59, FIELDS("1", "x"));
    talk_wait(t, 3 * MS);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void gateway_leaves(struct talk *t)
{
    to_live(t);
    talk_wait(t, 60 * SEC);
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void gateway_resets(struct talk *t)
{
    to_live(t);
    talk_wait(t, 60 * SEC);
    talk_close(t, TWS_GATEWAY, TWS_RST);
}

static void rate_limit(struct talk *t)
{
    to_live(t);
    talk_notice(t, -1, 100, "Max rate of messages per second has been exceeded");
    talk_close(t, TWS_GATEWAY, TWS_FIN);
}

static void stopped_early(struct talk *t)
{
    greet(t);
    talk_wait(t, 100 * MS);
}

static void stopped_in_silence(struct talk *t)
{
    greet(t);
    talk_wait(t, 3500 * MS);
}

static void drip(struct talk *t)
{
    t->cut = 1;
    to_live(t);
    talk_close(t, TWS_CLIENT, TWS_FIN);
}

struct scenario {
    const char *name;
    void (*speak)(struct talk *t);
    enum tws_trouble stage;
    enum tws_side silent;
    const char *mode;
    enum tws_certainty certainty;
    uint32_t silence_ms; /* 0: not looked at */
    uint8_t silences, recovered;
    uint32_t since, until; /* server versions; 0: all */
};

#define C       TWS_CLIENT
#define G       TWS_GATEWAY
#define N       TWS_NOBODY
#define CERTAIN TWS_CERTAIN
#define LIKELY  TWS_LIKELY
#define NO_IDEA TWS_CANNOT_TELL

static const struct scenario scenarios[] = {
    {"healthy", healthy, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"ready only", ready_only, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"drip", drip, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"accept-silent", accept_silent, TWS_HELLO_UNANSWERED, G, NULL, NO_IDEA, 4001, 1},
    {"accept-silent, 2 s", accept_silent_2s, TWS_HELLO_UNANSWERED, G, NULL, NO_IDEA, 2001},
    {"accept-close", accept_close, TWS_CLOSED_BY_GATEWAY, N, "relay-accept-then-close", LIKELY},
    {"accept-close, unread", accept_close_unread, TWS_CLOSED_BY_GATEWAY, N,
     "relay-accept-then-close", LIKELY},
    {"reset-after-hello", reset_after_hello, TWS_RESET, N, NULL, NO_IDEA},
    {"version-silent", version_silent, TWS_STARTAPI_UNANSWERED, G, NULL, NO_IDEA, 4020, 1},
    {"half-welcome", half_welcome, TWS_PARTIAL_STARTUP, G, "half-welcome", CERTAIN, 4020, 1},
    {"half-welcome, accounts", half_welcome_accounts, TWS_PARTIAL_STARTUP, G, "half-welcome",
     CERTAIN, 4020, 1},
    {"no-accounts", no_accounts, TWS_PARTIAL_STARTUP, G, "empty-accounts", CERTAIN, 4020, 1},
    {"no-accounts, left at once", no_accounts_left_at_once, TWS_PARTIAL_STARTUP, G,
     "empty-accounts", CERTAIN},
    {"one comma", one_comma, TWS_PARTIAL_STARTUP, G, "empty-accounts", CERTAIN, 4020, 1},
    {"client-id-in-use", client_id_in_use, TWS_STARTAPI_UNANSWERED, N, "client-id-in-use", CERTAIN},
    {"slow-welcome", slow_welcome, TWS_TROUBLE_NONE, N, NULL, CERTAIN, 0, 1, 1},
    {"redirect", redirect, TWS_VERSION_REJECTED, N, "redirect", CERTAIN},
    {"not-tws", not_tws, TWS_HELLO_UNANSWERED, N, "foreign-protocol", CERTAIN},
    {"http client", http_client, TWS_CLIENT_NEVER_SPEAKS, C, "foreign-protocol", CERTAIN},
    {"tls client", tls_client, TWS_CLIENT_NEVER_SPEAKS, C, "tls-mismatch", CERTAIN},
    {"tls gateway", tls_gateway, TWS_HELLO_UNANSWERED, N, "tls-mismatch", CERTAIN},
    {"tls on both sides", tls_on_both, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"legacy", legacy, TWS_HELLO_UNANSWERED, G, "legacy-hello", CERTAIN},
    {"legacy, answered", legacy_answered, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"port probe", probe, TWS_CLIENT_NEVER_SPEAKS, C, "port-probe", CERTAIN},
    {"mute client", mute, TWS_CLIENT_NEVER_SPEAKS, C, "mute-client", CERTAIN, 5000, 1},
    {"truncated hello", truncated, TWS_CLIENT_NEVER_SPEAKS, C, "truncated-hello", CERTAIN},
    {"truncated range", truncated_range, TWS_CLIENT_NEVER_SPEAKS, C, "truncated-hello", CERTAIN},
    {"framing mismatch", framing_text, TWS_STARTAPI_UNANSWERED, G, "framing-mismatch", CERTAIN,
     4000, 1},
    {"split version", split_version, TWS_STARTAPI_MISSING, C, "client-split-version", CERTAIN, 4000,
     1},
    {"split version, short", split_version_short, TWS_STARTAPI_MISSING, C, "client-split-version",
     LIKELY, 4000, 1},
    {"startapi missing", startapi_missing, TWS_STARTAPI_MISSING, C, NULL, NO_IDEA, 4001, 1},
    {"version rejected", version_rejected, TWS_VERSION_REJECTED, N, "version-range-miss", LIKELY},
    {"version outside", version_outside, TWS_VERSION_REJECTED, N, "version-range-miss", CERTAIN},
    {"range odd", range_odd, TWS_VERSION_REJECTED, N, "version-range-miss", CERTAIN},
    {"impatient", impatient, TWS_CLOSED_BY_CLIENT, N, "impatient-client", LIKELY},
    {"impatient, late answer", impatient_late, TWS_CLOSED_BY_CLIENT, N, "impatient-client",
     CERTAIN},
    {"impatient, late welcome", impatient_late_welcome, TWS_CLOSED_BY_CLIENT, N, "impatient-client",
     CERTAIN},
    {"refused", refused, TWS_NO_LISTENER, G, "gateway-down", LIKELY},
    {"unreachable", unreachable, TWS_TCP_CONNECT, TWS_NETWORK, "backlog-full", LIKELY, 0, 1},
    {"upstream lost, request", lost_with_request, TWS_LIVE_REQUEST_UNANSWERED, G, "upstream-lost",
     CERTAIN, 12000, 1},
    {"upstream lost, quiet", lost_quiet, TWS_LIVE_GATEWAY_QUIET, TWS_NETWORK, "upstream-lost",
     CERTAIN},
    {"upstream lost and back", lost_and_back, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"live stall", live_stall, TWS_LIVE_REQUEST_UNANSWERED, G, NULL, NO_IDEA, 12000, 1, 0, 0, 206},
    {"request within its time", live_within_its_time, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"order within its time", order_within_its_time, TWS_TROUBLE_NONE, N, NULL, CERTAIN, 0, 0, 0, 0,
     203},
    {"order past its time", order_past_its_time, TWS_LIVE_REQUEST_UNANSWERED, G, "order-swallowed",
     CERTAIN, 6000, 1, 0, 0, 203},
    {"young debt", live_young_debt, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"time twice", time_twice, TWS_LIVE_REQUEST_UNANSWERED, G, "request-throttled-silently", LIKELY,
     11000, 1},
    {"start-up list hangs", sync_hang, TWS_PARTIAL_STARTUP, G, "sync-request-hang", CERTAIN, 11002,
     1},
    {"malformed request", malformed_close, TWS_CLOSED_BY_GATEWAY, N, "malformed-request-close",
     LIKELY},
    {"gateway leaves", gateway_leaves, TWS_CLOSED_BY_GATEWAY, N, NULL, NO_IDEA},
    {"gateway resets", gateway_resets, TWS_RESET, N, NULL, NO_IDEA},
    {"rate limit", rate_limit, TWS_CLOSED_BY_GATEWAY, N, "rate-limit", CERTAIN},
    {"observer stops early", stopped_early, TWS_TROUBLE_NONE, N, NULL, CERTAIN},
    {"observer stops in a silence", stopped_in_silence, TWS_HELLO_UNANSWERED, G, NULL, NO_IDEA,
     3501, 1},
};

#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

static void check(const struct scenario *sc, uint32_t sv)
{
    static struct talk t;
    const struct talk_event *v;

    talk_env(&t, sv);
    talk_open(&t);
    sc->speak(&t);
    talk_finish(&t);
    v = talk_last(&t, TWS_EV_VERDICT);
    cr_assert(v && v->final, "%s at %u: no final verdict", sc->name, sv);
    cr_expect(v->trouble == sc->stage, "%s at %u: stage %s: %s", sc->name, sv,
              v->trouble ? tws_trouble_name(v->trouble) : "healthy", v->says);
    cr_expect(v->side == sc->silent, "%s at %u: silent %s", sc->name, sv, tws_side_name(v->side));
    cr_expect(v->mode == NULL ? sc->mode == NULL : sc->mode && !strcmp(v->mode, sc->mode),
              "%s at %u: mode %s", sc->name, sv, v->mode ? v->mode : "none");
    cr_expect(v->certainty == sc->certainty, "%s at %u: %s", sc->name, sv,
              tws_certainty_name(v->certainty));
    cr_expect(talk_count(&t, TWS_EV_SILENCE) == sc->silences, "%s at %u: %zu silences", sc->name,
              sv, talk_count(&t, TWS_EV_SILENCE));
    cr_expect(talk_count(&t, TWS_EV_RECOVERED) == sc->recovered, "%s at %u: %zu recovered",
              sc->name, sv, talk_count(&t, TWS_EV_RECOVERED));
    if (sc->silence_ms)
        cr_expect(v->n / MS == sc->silence_ms, "%s at %u: silent for %llu ms", sc->name, sv,
                  (unsigned long long)(v->n / MS));
    cr_expect(talk_count(&t, TWS_EV_CLOSE) == 1, "%s", sc->name);
    cr_expect(strlen(v->says) > 20 && strlen(v->says) < 200, "%s: %s", sc->name, v->says);
    if (getenv("TALK"))
        fprintf(stderr, "%-26s %u %s\n", sc->name, sv, v->says);
    /* every session leaves its port empty */
    for (int i = 0; i < TWS_STANDINGS; i++)
        cr_expect(t.port.count[i] == 0, "%s: standing %d", sc->name, i);
}

Test(session, says_where_it_went_silent)
{
    for (size_t i = 0; i < SCENARIOS; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (!scenarios[i].until || versions[k] < scenarios[i].until)
                check(&scenarios[i], versions[k]);
        }
    }
}

/* The same events, but for what the words say of the number of reads. */
static bool same(const struct talk_event *a, const struct talk_event *b)
{
    return a->kind == b->kind && a->ts_ns == b->ts_ns && a->stage == b->stage &&
           a->trouble == b->trouble && a->side == b->side && a->n == b->n && a->id == b->id &&
           a->status == b->status && a->final == b->final && a->mode == b->mode &&
           a->certainty == b->certainty && !memcmp(a->digest, b->digest, sizeof a->digest) &&
           !strcmp(a->says, b->says);
}

static void speak(struct talk *t, const struct scenario *sc, uint32_t sv, size_t split, size_t cut)
{
    talk_env(t, sv);
    t->split = split;
    t->cut = cut;
    talk_open(t);
    sc->speak(t);
    talk_finish(t);
}

static void compare(const struct scenario *sc, const struct talk *whole, const struct talk *cut,
                    size_t at)
{
    cr_assert_eq(whole->n_ev, cut->n_ev, "%s cut at %zu: %zu events, %zu", sc->name, at,
                 whole->n_ev, cut->n_ev);
    for (size_t i = 0; i < whole->n_ev; i++)
        cr_assert(same(&whole->ev[i], &cut->ev[i]), "%s cut at %zu: event %zu", sc->name, at, i);
}

Test(session, says_the_same_however_the_streams_are_cut)
{
    static struct talk whole, cut;

    for (size_t i = 0; i < SCENARIOS; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (scenarios[i].speak == drip)
                continue;
            speak(&whole, &scenarios[i], versions[k], 0, 0);
            for (size_t at = 1; at < 80; at++) {
                speak(&cut, &scenarios[i], versions[k], at, 0);
                compare(&scenarios[i], &whole, &cut, at);
            }
            for (size_t piece = 1; piece < 9; piece++) {
                speak(&cut, &scenarios[i], versions[k], 0, piece);
                compare(&scenarios[i], &whole, &cut, piece);
            }
        }
    }
}

/* ---- silence ---- */

static struct talk t; /* one a test: Criterion runs each in its own process */

Test(session, is_silent_once_and_to_the_millisecond)
{
    const struct talk_event *e;

    talk_env(&t, 176);
    talk_open(&t);
    greet(&t);
    talk_wait(&t, 2999 * MS - MS);
    cr_expect_null(talk_last(&t, TWS_EV_SILENCE));
    talk_wait(&t, 2 * MS);
    e = talk_last(&t, TWS_EV_SILENCE);
    cr_assert_not_null(e);
    cr_expect(e->n == 3 * SEC && e->trouble == TWS_HELLO_UNANSWERED && e->side == TWS_GATEWAY);
    e = talk_last(&t, TWS_EV_VERDICT);
    cr_assert(e && !e->final && e->trouble == TWS_HELLO_UNANSWERED);
    talk_wait(&t, 3600 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    cr_expect_eq(tws_session_deadline(&t.s), 0, "nothing more to wait for");
    talk_bytes(&t, TWS_GATEWAY, "\0", 1);
    cr_expect_null(talk_last(&t, TWS_EV_RECOVERED), "an odd byte pays no debt");
    talk_finish(&t);
}

Test(session, stays_calm_where_nothing_is_owed)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_wait(&t, 86400 * SEC);
    talk_text(&t, TWS_CLIENT, 12, FIELDS("1", "1")); /* bulletins: may never come */
    talk_text(&t, TWS_CLIENT, 59, FIELDS("1", "3")); /* no answer is owed */
    talk_wait(&t, 86400 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
    cr_expect_eq(t.diagnosis.healthy, 1);
}

Test(session, recovers_when_the_request_is_answered)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_current_time(&t, TWS_CLIENT);
    talk_text(&t, TWS_CLIENT, 61, FIELDS("1"));
    talk_wait(&t, 12 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1, "one silence for both");
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:usfarm");
    cr_expect_null(talk_last(&t, TWS_EV_RECOVERED), "a notice is no answer");
    talk_current_time(&t, TWS_GATEWAY);
    cr_expect_null(talk_last(&t, TWS_EV_RECOVERED), "the other is still owed");
    talk_text(&t, TWS_GATEWAY, 62, FIELDS("1"));
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_wait(&t, 60 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

Test(session, gives_slow_requests_their_time)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_text(&t, TWS_CLIENT, 24, FIELDS("1")); /* scanner parameters: megabytes */
    talk_wait(&t, 89 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    talk_wait(&t, 2 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_text(&t, TWS_GATEWAY, 19, FIELDS("1", "<xml/>"));
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_finish(&t);
}

Test(session, does_not_call_a_withdrawn_request_recovered)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_text(&t, TWS_CLIENT, 61, FIELDS("1"));
    talk_wait(&t, 11 * SEC);
    talk_text(&t, TWS_CLIENT, 64, FIELDS("1"));
    talk_wait(&t, SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 0);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_LIVE_REQUEST_UNANSWERED);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->side, TWS_GATEWAY);
}

/* Live, and subscribed to ticks that have come four times a second. */
static void served_for_a_while(void)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_text(&t, TWS_CLIENT, 1, FIELDS("11", "534", "265598", "AAPL", "STK"));
    for (int i = 0; i < 20; i++) {
        talk_text(&t, TWS_GATEWAY, 1, FIELDS("6", "534", "1", "314.5", "200", "0"));
        talk_wait(&t, 250 * MS);
    }
}

Test(session, knows_a_stream_that_stopped)
{
    served_for_a_while();
    talk_wait(&t, 12 * SEC);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 1);
    talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_LIVE_GATEWAY_QUIET);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->side, TWS_GATEWAY);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->certainty, TWS_CANNOT_TELL);
}

/* The limit at the close is that before it: 10 s and 8 pauses. */
Test(session, calls_no_stream_silent_at_the_close_that_was_not_before)
{
    for (int cancels = 0; cancels < 2; cancels++) {
        served_for_a_while();
        talk_wait(&t, 4 * SEC);
        if (cancels)
            talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        talk_finish(&t);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
        cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
        cr_expect_not_null(
            strstr(talk_last(&t, TWS_EV_VERDICT)->says, "subscriptions had been quiet for 4.2 s"),
            "%s", talk_last(&t, TWS_EV_VERDICT)->says);
    }
}

/* A quiet market: the gateway answers, the client cancels and leaves. */
Test(session, raises_no_alarm_after_a_reply_a_cancel_or_1102)
{
    for (int lost = 0; lost < 2; lost++) {
        served_for_a_while();
        talk_wait(&t, 8 * SEC);
        if (lost) {
            talk_notice(&t, -1, 1100, "lost");
            talk_wait(&t, SEC);
            talk_notice(&t, -1, 1102, "back");
        } else {
            talk_current_time(&t, TWS_CLIENT);
            talk_wait(&t, MS);
            talk_current_time(&t, TWS_GATEWAY);
        }
        talk_wait(&t, 5 * SEC);
        talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
        talk_wait(&t, 5 * SEC);
        talk_close(&t, TWS_CLIENT, TWS_FIN);
        talk_finish(&t);
        cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0, "%d", lost);
        cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE, "%d", lost);
    }
}

/* Nothing is overdue, and yet it is not nothing. */
Test(session, names_what_was_open_when_it_ended)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_text(&t, TWS_CLIENT, 20, FIELDS("9001", "265598"));
    talk_wait(&t, 2 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_str_eq(talk_last(&t, TWS_EV_VERDICT)->says,
                     "Healthy: the session came to live, and nothing was overdue; the client left "
                     "2.0 s after reqHistoricalData 9001, which had no reply yet.");
}

Test(session, takes_a_cancelled_stream_for_what_it_is)
{
    served_for_a_while();
    talk_text(&t, TWS_CLIENT, 2, FIELDS("2", "534"));
    talk_wait(&t, 20 * SEC);
    talk_close(&t, TWS_CLIENT, TWS_FIN);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}

Test(session, tells_dialing_from_waiting)
{
    talk_env(&t, 176);
    talk_open(&t);
    greet(&t);
    tws_session_dialing(&t.s, true, t.now);
    talk_wait(&t, 4 * SEC);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_TCP_CONNECT);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->side, TWS_NETWORK);
    tws_session_dialing(&t.s, false, t.now);
    cr_expect_eq(talk_count(&t, TWS_EV_RECOVERED), 1);
    talk_wait(&t, 4 * SEC);
    cr_expect_eq(talk_last(&t, TWS_EV_SILENCE)->trouble, TWS_HELLO_UNANSWERED);
    talk_finish(&t);
}

/* ---- the rest ---- */

Test(session, goes_through_its_stages_whatever_the_order)
{
    static const enum tws_stage stages[] = {TWS_HELLO, TWS_VERSION, TWS_START, TWS_READY, TWS_LIVE};
    size_t at = 0;

    talk_env(&t, 176);
    talk_open(&t);
    to_start(&t);
    talk_text(&t, TWS_CLIENT, 61, FIELDS("1")); /* before the welcome */
    talk_text(&t, TWS_GATEWAY, 53, FIELDS("1"));
    talk_next_id(&t);
    talk_notice(&t, -1, 2104, "Market data farm connection is OK:usfarm");
    cr_expect_eq(t.s.stage, TWS_START);
    talk_accounts(&t, "DU9000001,DU9000002");
    cr_expect_eq(t.s.stage, TWS_LIVE);
    for (size_t i = 0; i < t.n_ev; i++) {
        if (t.ev[i].kind == TWS_EV_STAGE)
            cr_expect_eq(t.ev[i].stage, stages[at++]);
    }
    cr_expect_eq(at, 5);
    talk_finish(&t);
}

Test(session, counts_frames_without_the_hello)
{
    const struct talk_event *e;

    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    e = talk_last(&t, TWS_EV_FRAME);
    cr_expect(e->side == TWS_GATEWAY && e->id == 49 && e->n == t.s.frames[1]);
    talk_finish(&t);
    cr_expect_eq(t.env.summary.frames_client, 2);
    cr_expect_eq(t.env.summary.frames_gateway, 5);
}

Test(session, counts_probes_apart)
{
    talk_env(&t, 176);
    talk_open(&t);
    probe(&t);
    talk_finish(&t);
    cr_expect_eq(t.diagnosis.probes, 1);
    cr_expect_eq(t.diagnosis.healthy + t.diagnosis.troubled, 0);
}

Test(session, gives_up_on_what_it_cannot_read_and_goes_on_counting)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_bytes(&t, TWS_CLIENT, "\xb2\xd0\x5e\x00 and more", 13);
    talk_bytes(&t, TWS_CLIENT, "more", 4);
    cr_expect_eq(talk_count(&t, TWS_EV_OPAQUE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_OPAQUE)->id, TWS_OPAQUE_NEGATIVE_LENGTH);
    talk_wait(&t, 60 * SEC);
    talk_finish(&t);
    cr_expect_eq(talk_count(&t, TWS_EV_SILENCE), 0);
    cr_expect_eq(t.env.summary.opaque, 1);
}

Test(session, reports_notices_by_class)
{
    talk_env(&t, 203);
    talk_open(&t);
    to_live(&t);
    talk_notice(&t, -1, 1100, "Connectivity between IB and TWS has been lost.");
    cr_expect_str_eq(talk_last(&t, TWS_EV_NOTICE)->says, "connectivity");
    talk_notice(&t, 77, 100, "Max rate of messages per second has been exceeded");
    cr_expect_str_eq(talk_last(&t, TWS_EV_NOTICE)->says, "pacing");
    talk_notice(&t, 77, 200, "No security definition has been found for the request");
    cr_expect_eq(talk_last(&t, TWS_EV_NOTICE)->id, 100, "an answer to a request is no notice");
    talk_finish(&t);
}

Test(session, needs_no_more_than_its_sink_asks_for)
{
    talk_env(&t, 176);
    t.diagnosis.next.wants = TWS_WANTS(TWS_EV_VERDICT);
    t.env.sink = tws_diagnosis_sink(&t.diagnosis);
    t.env.digests = false;
    talk_open(&t);
    accept_silent(&t);
    talk_finish(&t);
    cr_expect_eq(t.n_ev, 2, "one as the silence starts, one at the end");
}

Test(session, keeps_digests_of_what_passed)
{
    talk_env(&t, 176);
    talk_open(&t);
    probe(&t);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_CLOSE)->digest[0], 0xef46db3751d8e999ull, "of nothing");
    talk_env(&t, 176);
    talk_open(&t);
    talk_bytes(&t, TWS_CLIENT, "a", 1);
    talk_finish(&t);
    cr_expect_eq(talk_last(&t, TWS_EV_CLOSE)->digest[0], 0xd24ec4f1a98c6e5bull, "of \"a\"");
}

Test(session, ends_as_one_that_the_observer_left_when_nobody_closed)
{
    talk_env(&t, 176);
    talk_open(&t);
    to_live(&t);
    talk_current_time(&t, TWS_CLIENT);
    talk_wait(&t, 5 * SEC); /* within its time */
    talk_finish(&t);
    talk_finish(&t); /* harmless */
    cr_expect_eq(talk_count(&t, TWS_EV_CLOSE), 1);
    cr_expect_eq(talk_last(&t, TWS_EV_CLOSE)->side, TWS_NOBODY);
    cr_expect_eq(talk_last(&t, TWS_EV_VERDICT)->trouble, TWS_TROUBLE_NONE);
}
