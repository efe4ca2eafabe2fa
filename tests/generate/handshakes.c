/* handshakes.c - connections that do not come as far as a welcome, and some that come late. */
#include "behaviour.h"
#include <string.h>

static const uint8_t nothing[1];

/* A handshake's stage takes 3 to 500 ms and may take 3 s (design 4): past that with a margin. */
static void overdue(struct talk *t)
{
    t->tcp.now_ns += talk_between(t, 3600, 25000) * MS;
}

static void reached(struct talk *t, bool start)
{
    film_open(&t->tcp);
    t->tcp.now_ns += talk_between(t, MS / 10, 2 * MS);
    talk_hello(t);
    t->tcp.now_ns += talk_between(t, MS, 40 * MS);
    if (!start)
        return;
    talk_reply(t);
    t->tcp.now_ns += talk_between(t, MS / 10, 3 * MS);
    talk_start_api(t);
    t->tcp.now_ns += talk_between(t, 2 * MS, 100 * MS);
}

static void refused(struct talk *t, struct truth *truth)
{
    film_segment(&t->tcp, CLIENT, SEGMENT_SYN, nothing, 0);
    t->tcp.now_ns += t->tcp.one_way_ns;
    t->tcp.side[GATEWAY].got = t->tcp.side[CLIENT].seq;
    film_reset(&t->tcp, GATEWAY);
    truth_trouble(truth, "no-listener", "gateway", 0, 0);
    TRUTH_ADD(truth->silent, "nobody"); /* a reset is an answer: two readings */
    TRUTH_ADD(truth->modes, "gateway-down");
    TRUTH_ADD(truth->nots, "syn-dropped");
    TRUTH_ADD(truth->nots, "backlog-full");
    truth->tell = true;
}

static void syn_dropped(struct talk *t, struct truth *truth)
{
    const uint32_t first = t->tcp.side[CLIENT].seq;
    const uint64_t at = t->tcp.now_ns;

    for (unsigned i = 0; i < 4; i++) {
        t->tcp.side[CLIENT].seq = first;
        film_segment(&t->tcp, CLIENT, SEGMENT_SYN, nothing, 0);
        t->tcp.now_ns += (1u << i) * SEC;
    }
    truth_trouble(truth, "tcp-connect", "network", at, at);
    TRUTH_ADD(truth->modes, "syn-dropped");
    TRUTH_ADD(truth->nots, "gateway-down");
    truth->tell = true;
}

static void hello_not_taken(struct talk *t, struct truth *truth)
{
    const uint32_t first = t->tcp.side[GATEWAY].seq;
    uint8_t hello[17] = {'A', 'P', 'I', 0, 0, 0, 0, 9, 'v', '1', '0', '0', '.', '.', '1', '7', '6'};
    uint64_t at;
    uint32_t next;

    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    at = t->tcp.now_ns;
    film_say_unheard(&t->tcp, CLIENT, hello, sizeof hello);
    next = t->tcp.side[GATEWAY].seq;
    for (unsigned i = 0; i < 3; i++) {
        t->tcp.now_ns += (1u << i) * SEC;
        t->tcp.side[GATEWAY].seq = first;
        film_segment(&t->tcp, GATEWAY, SEGMENT_SYN | SEGMENT_ACK, nothing, 0);
        t->tcp.side[GATEWAY].seq = next;
        film_again(&t->tcp, CLIENT, hello, sizeof hello);
    }
    t->tcp.now_ns += 4 * SEC;
    film_segment(&t->tcp, CLIENT, SEGMENT_FIN | SEGMENT_ACK, nothing, 0);
    truth_trouble(truth, "hello-unanswered", "network", at, at);
    TRUTH_ADD(truth->stage, "tcp-connect");
    TRUTH_ADD(truth->silent, "gateway");
    TRUTH_ADD(truth->modes, "backlog-full");
    TRUTH_ADD(truth->nots, "syn-dropped");
    truth->tell = true;
}

/* K22: reset at once, before a byte. */
static void reset_at_once(struct talk *t, struct truth *truth)
{
    film_open(&t->tcp);
    t->tcp.now_ns += 40000;
    film_reset(&t->tcp, GATEWAY);
    truth_trouble(truth, "reset", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    TRUTH_ADD(truth->never, "backlog-full");
    TRUTH_ADD(truth->never, "syn-dropped");
    TRUTH_ADD(truth->never, "port-probe");
}

static void probe(struct talk *t, struct truth *truth)
{
    film_open(&t->tcp);
    t->tcp.now_ns += talk_between(t, 50000, 20 * MS);
    talk_leave(t);
    truth_trouble(truth, "client-never-speaks", "client", 0, 0);
    TRUTH_ADD(truth->modes, "port-probe");
    TRUTH_ADD(truth->nots, "mute-client");
    truth->tell = true;
    truth->alarms = ALARMS_NONE;
}

static void mute(struct talk *t, struct truth *truth)
{
    const uint64_t at = t->tcp.now_ns;

    film_open(&t->tcp);
    truth_trouble(truth, "client-never-speaks", "client", at, t->tcp.now_ns);
    overdue(t);
    talk_leave(t);
    TRUTH_ADD(truth->modes, "mute-client");
    TRUTH_ADD(truth->nots, "port-probe");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    truth->tell = true;
}

static void truncated(struct talk *t, struct truth *truth)
{
    static const uint8_t hello[] = "API\0\0\0\0\011v100..1";
    const uint64_t at = t->tcp.now_ns;
    size_t n = random_percent(t->random, 50) ? 4 : (size_t)talk_between(t, 5, 16);

    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    talk_raw(t, CLIENT, hello, n);
    truth_trouble(truth, "client-never-speaks", "client", at, t->tcp.now_ns);
    overdue(t);
    talk_leave(t);
    TRUTH_ADD(truth->modes, "truncated-hello");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    TRUTH_ADD(truth->never, "accepted-but-ignored");
    truth->tell = true;
}

static void foreign(struct talk *t, struct truth *truth)
{
    static const char *const first[] = {"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n",
                                        "POST /v1/api HTTP/1.1\r\nHost: g\r\n\r\n",
                                        "SSH-2.0-OpenSSH_9.6\r\n"};
    const char *bytes = first[talk_between(t, 0, 2)];
    uint64_t at;

    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    at = t->tcp.now_ns;
    talk_raw(t, CLIENT, bytes, strlen(bytes));
    t->tcp.now_ns += talk_between(t, 2, 15) * SEC;
    talk_leave(t);
    truth_trouble(truth, "client-never-speaks", "client", 0, 0);
    truth->judged_ns = at; /* K30: certain at its first bytes, and said then */
    TRUTH_ADD(truth->modes, "foreign-protocol");
    truth->tell = true;
}

static void foreign_gateway(struct talk *t, struct truth *truth)
{
    static const char reply[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

    reached(t, false);
    talk_raw(t, GATEWAY, reply, sizeof reply - 1);
    film_fin(&t->tcp, GATEWAY);
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "hello-unanswered", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "client-never-speaks");
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    memset(truth->silent, 0, sizeof truth->silent); /* no document says who is silent then */
    TRUTH_ADD(truth->modes, "foreign-protocol");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    truth->tell = true;
}

static void tls_client(struct talk *t, struct truth *truth)
{
    uint8_t hello[170] = {0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3};

    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    talk_raw(t, CLIENT, hello, sizeof hello);
    overdue(t);
    talk_leave(t);
    truth_trouble(truth, "hello-unanswered", "client", 0, 0);
    TRUTH_ADD(truth->stage, "client-never-speaks");
    TRUTH_ADD(truth->silent, "nobody");
    TRUTH_ADD(truth->modes, "tls-mismatch");
    truth->tell = true;
}

/* K35 where others work on the same port. */
static void tls_gateway(struct talk *t, struct truth *truth)
{
    static const uint8_t alert[] = {0x15, 3, 3, 0, 2, 2, 40};

    reached(t, false);
    talk_raw(t, GATEWAY, alert, sizeof alert);
    if (random_percent(t->random, 40))
        film_fin(&t->tcp, GATEWAY);
    else
        t->tcp.now_ns += talk_between(t, 5, 20) * SEC; /* others are served meanwhile */
    talk_leave(t);
    truth_trouble(truth, "hello-unanswered", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    TRUTH_ADD(truth->stage, "client-never-speaks");
    memset(truth->silent, 0, sizeof truth->silent);
    TRUTH_ADD(truth->modes, "tls-mismatch");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    TRUTH_ADD(truth->nots, "accepted-but-ignored");
    truth->tell = true;
}

static void legacy(struct talk *t, struct truth *truth)
{
    uint64_t at;

    film_open(&t->tcp);
    t->tcp.now_ns += MS;
    at = t->tcp.now_ns;
    talk_raw(t, CLIENT, "63", 3);
    overdue(t);
    talk_leave_alone(t);
    truth_trouble(truth, "hello-unanswered", "gateway", at, at);
    TRUTH_ADD(truth->modes, "legacy-hello");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    TRUTH_ADD(truth->nots, "accepted-but-ignored");
    truth->tell = true;
}

/* A container's own port, not that of its relay. */
static void port_bypass(struct talk *t, struct truth *truth)
{
    uint32_t low = t->tcp.side[GATEWAY].address & 0xffff;

    t->tcp.side[GATEWAY].address = 172u << 24 | 18u << 16 | low;
    t->tcp.side[CLIENT].address = 172u << 24 | 19u << 16 | 5;
    reached(t, false);
    t->tcp.now_ns += talk_between(t, 10, 20) * SEC;
    talk_leave_alone(t);
    truth_trouble(truth, "hello-unanswered", "gateway", t->hello_ns, t->hello_ns);
    TRUTH_ADD(truth->modes, "container-port-bypass");
    TRUTH_ADD(truth->nots, "backlog-full");
    TRUTH_ADD(truth->nots, "jvm-stall");
    truth->most = "likely";
    truth->tell = true;
}

/* Nothing else of the port is seen: 17 to 22 look the same. */
static void hello_unanswered(struct talk *t, struct truth *truth)
{
    reached(t, false);
    overdue(t);
    talk_leave_alone(t);
    truth_trouble(truth, "hello-unanswered", "gateway", t->hello_ns, t->hello_ns);
    truth->most = "cannot tell";
    TRUTH_ADD(truth->nots, "backlog-full");
    TRUTH_ADD(truth->nots, "half-open");
    TRUTH_ADD(truth->nots, "tls-mismatch");
    TRUTH_ADD(truth->nots, "jvm-stall");
}

static void relay_hang(struct talk *t, struct truth *truth)
{
    reached(t, false);
    t->tcp.now_ns += talk_between(t, 62, 128) * SEC;
    film_fin(&t->tcp, GATEWAY);
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "hello-unanswered", "gateway", t->hello_ns, t->hello_ns);
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    TRUTH_ADD(truth->silent, "nobody");
    TRUTH_ADD(truth->modes, "relay-upstream-hang");
    truth->tell = true;
}

static void accept_close(struct talk *t, struct truth *truth)
{
    bool reset = random_percent(t->random, 40);

    reached(t, false);
    t->tcp.now_ns = t->hello_ns + talk_between(t, 300000, 9 * MS);
    if (reset) {
        film_reset(&t->tcp, GATEWAY);
    } else {
        film_fin(&t->tcp, GATEWAY);
        film_fin(&t->tcp, CLIENT);
    }
    truth_trouble(truth, "closed-by-gateway", "nobody", 0, 0);
    if (reset)
        TRUTH_ADD(truth->stage, "reset");
    TRUTH_ADD(truth->modes, "relay-accept-then-close");
    if (t->remote)
        TRUTH_ADD(truth->modes, "localhost-only-refusal");
    TRUTH_ADD(truth->never, "scheduled-restart");
    TRUTH_ADD(truth->never, "malformed-request-close");
    truth->tell = true;
    truth->by = "gateway";
}

/* K24: both numbers are on the wire. */
static void range_miss(struct talk *t, struct truth *truth)
{
    bool closes = random_percent(t->random, 50), low = random_percent(t->random, 50);
    uint32_t max = (uint32_t)talk_between(t, 158, 226);

    t->range[0] = low ? 100 : max - 20;
    t->range[1] = max;
    t->version = low ? 76 : (uint32_t)talk_between(t, 100, t->range[0] - 1);
    reached(t, false);
    talk_reply(t);
    if (closes)
        t->tcp.now_ns += talk_between(t, MS, 100 * MS);
    else
        overdue(t);
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
    truth_trouble(truth, "version-rejected", closes ? "nobody" : "client", 0, 0);
    if (!closes) {
        TRUTH_ADD(truth->stage, "startapi-missing");
        TRUTH_ADD(truth->silent, "nobody");
    }
    TRUTH_ADD(truth->modes, "version-range-miss");
    TRUTH_ADD(truth->nots, "client-split-version");
    truth->tell = true;
}

static void version_declined(struct talk *t, struct truth *truth)
{
    reached(t, false);
    talk_reply(t);
    t->tcp.now_ns += talk_between(t, MS, 200 * MS);
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
    truth_trouble(truth, "version-rejected", "nobody", 0, 0);
    TRUTH_ADD(truth->silent, "client");
    TRUTH_ADD(truth->modes, "version-range-miss");
    truth->tell = true;
    truth->by = "client";
}

static void redirect(struct talk *t, struct truth *truth)
{
    static const char reply[] = "-1\00010.0.0.5:4002";

    reached(t, false);
    talk_payload(t, GATEWAY, reply, sizeof reply);
    t->tcp.now_ns += talk_between(t, MS, 5 * SEC);
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
    truth_trouble(truth, "version-rejected", "nobody", 0, 0);
    TRUTH_ADD(truth->silent, "client");
    TRUTH_ADD(truth->modes, "redirect");
    TRUTH_ADD(truth->nots, "version-range-miss");
    truth->tell = true;
}

static void split_version(struct talk *t, struct truth *truth)
{
    uint8_t reply[80];
    size_t n = talk_reply_bytes(t, reply, sizeof reply), cut = (size_t)talk_between(t, 1, n - 1);

    reached(t, false);
    t->version_ns = t->tcp.now_ns;
    talk_raw(t, GATEWAY, reply, cut);
    t->tcp.now_ns += talk_between(t, 320, 900) * MS;
    talk_raw(t, GATEWAY, reply + cut, n - cut);
    truth_trouble(truth, "startapi-missing", "client", t->version_ns, t->tcp.now_ns);
    overdue(t);
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
    TRUTH_ADD(truth->modes, "client-split-version");
    truth->tell = true;
}

static void startapi_missing(struct talk *t, struct truth *truth)
{
    reached(t, false);
    talk_reply(t);
    overdue(t);
    film_fin(&t->tcp, CLIENT);
    film_fin(&t->tcp, GATEWAY);
    truth_trouble(truth, "startapi-missing", "client", t->version_ns, t->version_ns);
    TRUTH_ADD(truth->nots, "client-split-version");
    truth->most = "cannot tell";
}

/* K23: half a version reply. */
static void half_reply(struct talk *t, struct truth *truth)
{
    uint8_t reply[80];
    size_t n = talk_reply_bytes(t, reply, sizeof reply), cut = (size_t)talk_between(t, 5, n - 1);

    reached(t, false);
    talk_raw(t, GATEWAY, reply, cut);
    overdue(t);
    talk_leave_alone(t);
    truth_trouble(truth, "hello-unanswered", "gateway", t->tcp.side[GATEWAY].last_ns,
                  t->tcp.side[GATEWAY].last_ns);
    TRUTH_ADD(truth->never, "tls-mismatch");
    TRUTH_ADD(truth->never, "accept-queue-wedge");
    TRUTH_ADD(truth->mention, "version reply");
}

static void id_in_use(struct talk *t, struct truth *truth)
{
    reached(t, true);
    talk_error(t, -1, 326, "Unable to connect as the client id is already in use.");
    t->tcp.now_ns += talk_between(t, MS, 20 * MS);
    film_fin(&t->tcp, GATEWAY);
    film_fin(&t->tcp, CLIENT);
    truth_trouble(truth, "startapi-unanswered", "nobody", 0, 0);
    TRUTH_ADD(truth->stage, "closed-by-gateway");
    TRUTH_ADD(truth->modes, "client-id-in-use");
    truth->tell = true;
    truth->by = "gateway";
}

static void startapi_unanswered(struct talk *t, struct truth *truth)
{
    reached(t, true);
    overdue(t);
    talk_leave_alone(t);
    truth_trouble(truth, "startapi-unanswered", "gateway", t->start_ns, t->start_ns);
    truth->most = "cannot tell";
    TRUTH_ADD(truth->nots, "framing-mismatch");
    TRUTH_ADD(truth->nots, "half-welcome");
}

static void framing(struct talk *t, struct truth *truth)
{
    static const char text[] = "71\0002\0007\000";

    reached(t, false);
    talk_reply(t);
    t->tcp.now_ns += MS;
    t->start_ns = t->tcp.now_ns;
    talk_payload(t, CLIENT, text, sizeof text);
    overdue(t);
    talk_leave_alone(t);
    truth_trouble(truth, "startapi-unanswered", "gateway", t->version_ns, t->start_ns);
    TRUTH_ADD(truth->stage, "startapi-missing"); /* where that frame counts as none */
    TRUTH_ADD(truth->silent, "client");
    TRUTH_ADD(truth->modes, "framing-mismatch");
    truth->tell = true;
}

static void half_welcome(struct talk *t, struct truth *truth)
{
    reached(t, true);
    if (random_percent(t->random, 50))
        talk_accounts(t, "DU0000001");
    else
        talk_next_id(t);
    truth_trouble(truth, "partial-startup", "gateway", t->start_ns, t->tcp.now_ns);
    overdue(t);
    talk_leave_alone(t);
    TRUTH_ADD(truth->modes, "half-welcome");
    TRUTH_ADD(truth->nots, "empty-accounts");
    truth->tell = true;
}

static void empty_accounts(struct talk *t, struct truth *truth)
{
    reached(t, true);
    talk_accounts(t, "");
    talk_next_id(t);
    truth_trouble(truth, "partial-startup", "gateway", t->start_ns, t->tcp.now_ns);
    overdue(t);
    talk_leave_alone(t);
    TRUTH_ADD(truth->modes, "empty-accounts");
    TRUTH_ADD(truth->nots, "half-welcome");
    truth->tell = true;
}

static void impatient(struct talk *t, struct truth *truth)
{
    reached(t, false);
    t->tcp.now_ns = t->hello_ns + talk_between(t, 1000, 2500) * MS;
    film_fin(&t->tcp, CLIENT);
    t->tcp.now_ns += talk_between(t, 50, 900) * MS;
    talk_reply(t);
    film_reset(&t->tcp, CLIENT);
    truth_trouble(truth, "closed-by-client", "nobody", 0, 0);
    TRUTH_ADD(truth->modes, "impatient-client");
    TRUTH_ADD(truth->nots, "accept-queue-wedge");
    truth->tell = true;
    truth->by = "client";
}

/* K8: asked before the welcome, and never answered. */
static void asked_too_soon(struct talk *t, struct truth *truth)
{
    int32_t key = t->next_key++;
    enum ask_id what = random_percent(t->random, 50) ? ASK_POSITIONS : ASK_ALL_OPEN_ORDERS;
    uint64_t at;

    reached(t, true);
    at = talk_ask(t, what, key);
    t->tcp.now_ns += talk_between(t, 20, 300) * MS;
    talk_welcome(t);
    behave_polls(t, talk_between(t, 13, 30) * SEC);
    talk_leave(t);
    truth_trouble(truth, "partial-startup", "gateway", at, at);
    TRUTH_ADD(truth->stage, "live-request-unanswered");
    TRUTH_ADD(truth->never, "jvm-stall");
    TRUTH_ADD(truth->mention, "before the welcome");
    TRUTH_ADD(truth->mention, asks[what].name);
}

/* ---- late, and healthy ---- */

static void go_on(struct talk *t)
{
    t->tcp.now_ns += talk_between(t, MS / 10, 3 * MS);
    talk_start_api(t);
    t->tcp.now_ns += talk_between(t, 2 * MS, 2500 * MS);
    talk_welcome(t);
    t->tcp.now_ns += 5 * MS;
    behave_polls(t, 3 * SEC);
    talk_leave(t);
}

static void slow_handshake(struct talk *t, struct truth *truth)
{
    reached(t, false);
    t->tcp.now_ns = t->hello_ns + talk_between(t, 400, 2800) * MS;
    talk_reply(t);
    go_on(t);
    truth_healthy(truth);
}

static void dialog_answered(struct talk *t, struct truth *truth)
{
    reached(t, false);
    t->tcp.now_ns += talk_between(t, 5, 40) * SEC;
    talk_reply(t);
    go_on(t);
    truth_healthy(truth);
    truth->alarms = ALARMS_MAY;
}

static void late_hello(struct talk *t, struct truth *truth)
{
    film_open(&t->tcp);
    t->tcp.now_ns += talk_between(t, 4, 20) * SEC;
    talk_hello(t);
    t->tcp.now_ns += talk_between(t, MS, 40 * MS);
    talk_reply(t);
    go_on(t);
    truth_healthy(truth);
    truth->alarms = ALARMS_MAY;
}

static void split_for_a_moment(struct talk *t, struct truth *truth)
{
    uint8_t reply[80];
    size_t n = talk_reply_bytes(t, reply, sizeof reply), cut = (size_t)talk_between(t, 1, n - 1);

    reached(t, false);
    talk_raw(t, GATEWAY, reply, cut);
    t->tcp.now_ns += talk_between(t, MS, 900 * MS);
    talk_raw(t, GATEWAY, reply + cut, n - cut);
    go_on(t);
    truth_healthy(truth);
}

#define T FROM_TCP
const struct decider handshake_deciders[] = {
    {"refused", NULL, "catalogue 1", 6, T | ALONE, 0, 0, 0, refused},
    {"syn-dropped", NULL, "catalogue 5", 4, T | REMOTE | ALONE | OPEN, 0, 0, 0, syn_dropped},
    {"hello-not-taken", NULL, "catalogue 6, second form", 4, T | ALONE | OPEN, 0, 0, 0,
     hello_not_taken},
    {"reset-at-once", "K22", "K22, design 7", 4, T | ALONE, 0, 0, 0, reset_at_once},
    {"probe", NULL, "catalogue 12", 4, T, 0, 0, 0, probe},
    {"mute", NULL, "catalogue 13", 5, T | TAIL, 0, 0, 0, mute},
    {"truncated-hello", NULL, "catalogue 14", 5, T | TAIL, 0, 0, 0, truncated},
    {"foreign", "K30", "catalogue 15", 4, T, 0, 0, 0, foreign},
    {"foreign-gateway", NULL, "catalogue 15: server's first bytes", 3, T, 0, 0, 0, foreign_gateway},
    {"tls-client", NULL, "catalogue 23", 4, T | ALONE, 0, 0, 0, tls_client},
    {"tls-gateway", "K35", "catalogue 23, K35", 6, T, 0, 0, 0, tls_gateway},
    {"legacy-hello", NULL, "catalogue 16", 4, T | TAIL, 0, 0, 0, legacy},
    {"hello-unanswered", NULL, "catalogue 17 to 22, section 2", 8, T | TAIL | LOCAL | ALONE, 0, 0,
     0, hello_unanswered},
    {"port-bypass", NULL, "catalogue 11", 4, T | REMOTE | ALONE, 0, 0, 0, port_bypass},
    {"relay-hang", NULL, "catalogue 9", 4, T | ALONE, 0, 0, 0, relay_hang},
    {"accept-close", NULL, "catalogue 8, 10", 5, T | ALONE, 0, 0, 0, accept_close},
    {"range-miss", "K24", "catalogue 25, K24", 8, T, 0, 0, 0, range_miss},
    {"version-declined", NULL, "catalogue 25: client decided", 4, T, 0, 0, 0, version_declined},
    {"redirect", NULL, "catalogue 26, handshake.md 3", 4, T, 0, 0, 0, redirect},
    {"split-version", NULL, "catalogue 53", 5, T, 0, 0, 0, split_version},
    {"startapi-missing", NULL, "design 6: the client owes at version", 5, T, 0, 0, 0,
     startapi_missing},
    {"half-reply", "K23", "K23, case 16", 8, T | TAIL, 0, 0, 0, half_reply},
    {"client-id-in-use", NULL, "catalogue 27", 5, T, 0, 0, 0, id_in_use},
    {"startapi-unanswered", NULL, "design 6; catalogue 28, 30", 6, T | TAIL | ALONE, 0, 0, 0,
     startapi_unanswered},
    {"framing-mismatch", NULL, "catalogue 29", 5, T, 0, 201, 0, framing},
    {"half-welcome", NULL, "catalogue 31", 5, T | TAIL, 0, 0, 0, half_welcome},
    {"empty-accounts", NULL, "catalogue 32", 5, T | TAIL, 0, 0, 0, empty_accounts},
    {"impatient", NULL, "catalogue 34", 5, T, 0, 0, 0, impatient},
    {"asked-too-soon", "K8", "K8, case 11", 8, T, 0, 0, 0, asked_too_soon},
    {"slow-handshake", NULL, "design 4: 3 s", 15, T | HEALTHY, 0, 0, 0, slow_handshake},
    {"dialog-answered", NULL, "catalogue 19: a person clicks", 10, T | HEALTHY, 0, 0, 0,
     dialog_answered},
    {"late-hello", NULL, "catalogue 13: or hello arrives late", 10, T | HEALTHY, 0, 0, 0,
     late_hello},
    {"split-for-a-moment", NULL, "catalogue 53: other libraries go on", 15, T | HEALTHY, 0, 0, 0,
     split_for_a_moment},
};
const size_t n_handshake_deciders = sizeof handshake_deciders / sizeof handshake_deciders[0];
