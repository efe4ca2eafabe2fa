#include "craft.h"
#include "flow.h"
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MS  1000000ull
#define SEC (1000 * MS)

#define SYN_ACK (PACKET_SYN | PACKET_ACK)
#define FIN_ACK (PACKET_FIN | PACKET_ACK)
#define RST_ACK (PACKET_RST | PACKET_ACK)
#define PSH_ACK (PACKET_PSH | PACKET_ACK)

/* What the table told, in words: "open 50000>4002; client hello; gateway fin; gone over; ". */
static char told[8192];
static size_t told_len;
static struct flow *last; /* the flow of the last call */
static struct flows *table;
static uint64_t now;

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    told_len += (size_t)vsnprintf(told + told_len, sizeof told - told_len, format, args);
    va_end(args);
    cr_assert_lt(told_len, sizeof told);
}

static const char *who(int side)
{
    return side == FLOW_CLIENT ? "client" : "gateway";
}

static void opened(void *ctx, struct flow *f, uint64_t at)
{
    (void)ctx;
    (void)at;
    last = f;
    tell("open %u>%u%s%s; ", f->end[FLOW_CLIENT].port, f->end[FLOW_GATEWAY].port,
         f->midstream ? " midstream" : "", f->guessed ? " guessed" : "");
}

static void established(void *ctx, struct flow *f, uint64_t at)
{
    (void)ctx;
    (void)f;
    (void)at;
    tell("established; ");
}

static void bytes(void *ctx, struct flow *f, int side, const uint8_t *p, size_t n, uint64_t at)
{
    (void)ctx;
    (void)f;
    (void)at;
    tell("%s ", who(side));
    for (size_t i = 0; i < n; i++)
        tell("%c", p[i] ? p[i] : '0');
    tell("; ");
}

static void gap(void *ctx, struct flow *f, int side, uint64_t missing, uint64_t at)
{
    (void)ctx;
    (void)f;
    (void)at;
    tell("%s gap %u; ", who(side), (unsigned)missing);
}

static void stalled(void *ctx, struct flow *f, enum flow_stall what, uint64_t since, uint64_t at)
{
    static const char *const words[] = {"flows", "window closed", "path dead"};

    (void)ctx;
    (void)f;
    (void)since;
    (void)at;
    tell("%s; ", words[what]);
}

static void ended(void *ctx, struct flow *f, int side, enum flow_how how, uint64_t at)
{
    (void)ctx;
    (void)f;
    (void)at;
    tell("%s %s; ", who(side), how == FLOW_FIN ? "fin" : "rst");
}

static void gone(void *ctx, struct flow *f, enum flow_gone why, uint64_t at)
{
    static const char *const words[] = {"over", "reused", "evicted", "idle", "stopped"};

    (void)ctx;
    (void)f;
    (void)at;
    tell("gone %s; ", words[why]);
}

static void comment(void *ctx, struct flow *f, int side, const char *text, uint64_t at)
{
    (void)ctx;
    (void)at;
    tell("%s says %s; ", who(side), text);
    if (strcmp(text, "end") == 0)
        last = f;
}

static struct flow_config config;

static void begin(void)
{
    static const struct flow_hooks hooks = {opened, established, bytes,   gap, stalled,
                                            ended,  gone,        comment, NULL};

    told_len = 0;
    told[0] = '\0';
    now = SEC;
    table = flows_new(&config, &hooks);
    cr_assert_not_null(table);
}

static void fresh(void)
{
    static const uint16_t ports[] = {4002};

    flow_config_default(&config);
    config.ports = ports;
    config.n_ports = 1;
    config.seed = 42;
    begin();
}

static void put_with(struct craft c, const char *text)
{
    uint8_t buf[CRAFT_HEADERS_MAX + 256];
    struct packet p = craft_packet(&c, buf, sizeof buf, now += MS);

    p.comment = text;
    flows_packet(table, &p);
}

static void put(struct craft c)
{
    put_with(c, NULL);
}

static void expect(const char *what)
{
    cr_expect_str_eq(told, what);
    told_len = 0;
    told[0] = '\0';
}

/* A packet of client 50000, ISN 1000, and gateway 4002, ISN 7000; numbers count from there. */
static struct craft from_client(uint8_t flags, uint32_t seq, uint32_t ack, const char *text)
{
    return (struct craft){.sport = 50000,
                          .dport = 4002,
                          .flags = flags,
                          .seq = 1000 + seq,
                          .ack = flags & PACKET_ACK ? 7000 + ack : 0,
                          .payload = {text, text ? strlen(text) : 0}};
}

static struct craft from_gateway(uint8_t flags, uint32_t seq, uint32_t ack, const char *text)
{
    struct craft c = from_client(flags, 0, 0, text);

    c.sport = 4002;
    c.dport = 50000;
    c.seq = 7000 + seq;
    c.ack = flags & PACKET_ACK ? 1000 + ack : 0;
    return c;
}

static void shake_hands(void)
{
    put(from_client(PACKET_SYN, 0, 0, NULL));
    put(from_gateway(SYN_ACK, 0, 1, NULL));
    put(from_client(PACKET_ACK, 1, 1, NULL));
}

Test(flow, goes_from_syn_to_both_fins)
{
    fresh();
    shake_hands();
    expect("open 50000>4002; established; ");
    put(from_client(PSH_ACK, 1, 1, "hello"));
    put(from_gateway(PSH_ACK, 1, 6, "version"));
    put(from_client(FIN_ACK, 6, 8, NULL));
    put(from_gateway(PACKET_ACK, 8, 7, NULL));
    put(from_gateway(FIN_ACK, 8, 7, NULL));
    put(from_client(PACKET_ACK, 7, 9, NULL)); /* the last ACK opens nothing */
    expect("client hello; gateway version; client fin; gateway fin; gone over; ");
    flows_free(table, now);
    expect("");
}

/* Packets of two processors come in either order; the FIN that acknowledges a FIN came second. */
Test(flow, knows_who_closed_first_when_the_fins_change_places)
{
    fresh();
    shake_hands();
    put(from_client(PSH_ACK, 1, 1, "hello"));
    put(from_gateway(PSH_ACK, 1, 6, "version"));
    expect("open 50000>4002; established; client hello; gateway version; ");
    put(from_gateway(FIN_ACK, 8, 7, NULL));
    put(from_client(FIN_ACK, 6, 8, NULL));
    put(from_client(PACKET_ACK, 7, 9, NULL));
    expect("client fin; gateway fin; gone over; ");
    flows_free(table, now);
}

/* The gateway's FIN may acknowledge bytes that come late as well: these are no FIN. */
Test(flow, takes_late_bytes_for_no_fin)
{
    fresh();
    shake_hands();
    put(from_client(PSH_ACK, 1, 1, "hello"));
    put(from_gateway(FIN_ACK, 1, 9, NULL));
    put(from_client(PSH_ACK, 6, 1, "you"));
    expect("open 50000>4002; established; client hello; gateway fin; client you; ");
    flows_free(table, now);
}

Test(flow, is_refused_by_a_reset_of_its_syn)
{
    fresh();
    put(from_client(PACKET_SYN, 0, 0, NULL));
    put(from_gateway(RST_ACK, (uint32_t)-7000, 1, NULL)); /* seq 0 */
    expect("open 50000>4002; gateway rst; gone over; ");
    flows_free(table, now);
}

Test(flow, counts_syns_that_nobody_answers)
{
    fresh();
    for (int i = 0; i < 3; i++) {
        put(from_client(PACKET_SYN, 0, 0, NULL));
        put(from_client(PACKET_SYN, 0, 0, NULL)); /* the same, seen on a second device */
        now += SEC;
    }
    expect("open 50000>4002; ");
    cr_expect_eq(last->side[FLOW_CLIENT].syns, 3);
    cr_expect_not(last->established);
    flows_free(table, now);
    expect("gone stopped; ");
}

Test(flow, puts_segments_in_order_and_knows_a_late_one_from_a_second)
{
    fresh();
    shake_hands();
    put(from_client(PSH_ACK, 4, 1, "def"));
    put(from_client(PSH_ACK, 1, 1, "abc"));
    put(from_client(PSH_ACK, 1, 1, "abc"));
    put(from_client(PSH_ACK, 7, 1, "ghi"));
    expect("open 50000>4002; established; client abc; client def; client ghi; ");
    cr_expect_eq(flows_counts(table)->out_of_order, 1);
    cr_expect_eq(flows_counts(table)->retransmits, 1);
    cr_expect_eq(last->side[FLOW_CLIENT].retransmits, 1);
    cr_expect_eq(flow_unacked(last, FLOW_CLIENT), 9);
    put(from_gateway(PACKET_ACK, 1, 10, NULL));
    cr_expect_eq(flow_unacked(last, FLOW_CLIENT), 0);
    flows_free(table, now);
}

Test(flow, knows_a_packet_that_was_captured_twice)
{
    struct craft c = from_client(PSH_ACK, 1, 1, "abc");

    fresh();
    shake_hands();
    c.ip_id = 77;
    put(c);
    put(c);
    cr_expect_eq(flows_counts(table)->duplicates, 1);
    cr_expect_eq(flows_counts(table)->retransmits, 0);
    flows_free(table, now);
}

Test(flow, lets_a_hole_become_a_gap_when_its_time_is_over)
{
    fresh();
    shake_hands();
    put(from_gateway(PSH_ACK, 5, 1, "late"));
    expect("open 50000>4002; established; ");
    put(from_client(PACKET_ACK, 1, 9, NULL));
    cr_assert_neq(flows_deadline(table), 0);
    flows_tick(table, now + REASM_GRACE_NS - MS);
    expect("");
    flows_tick(table, now + REASM_GRACE_NS + MS);
    expect("gateway gap 4; gateway late; ");
    cr_expect_eq(flows_counts(table)->missing, 4);
    flows_free(table, now);
}

Test(flow, hands_out_what_is_held_before_a_reset)
{
    fresh();
    shake_hands();
    put(from_gateway(PSH_ACK, 5, 1, "late"));
    put(from_gateway(RST_ACK, 9, 1, NULL));
    expect("open 50000>4002; established; gateway gap 4; gateway late; gateway rst; gone over; ");
    flows_free(table, now);
}

Test(flow, begins_in_the_middle)
{
    fresh();
    put(from_client(PACKET_ACK, 500, 900, NULL)); /* says nothing yet */
    expect("");
    put(from_gateway(PSH_ACK, 900, 500, "tick"));
    put(from_client(PSH_ACK, 500, 904, "ask"));
    put(from_client(RST_ACK, 503, 904, NULL));
    expect("open 50000>4002 midstream; gateway tick; client ask; client rst; gone over; ");
    flows_free(table, now);
}

Test(flow, takes_the_ports_of_an_old_connection_for_a_new_one)
{
    struct craft again = from_client(PACKET_SYN, 90000, 0, NULL);

    fresh();
    shake_hands();
    put(from_client(PSH_ACK, 1, 1, "one"));
    put(again);
    put(from_client(PSH_ACK, 90001, 1, "two"));
    expect("open 50000>4002; established; client one; gone reused; open 50000>4002; established; "
           "client two; ");
    flows_free(table, now);
}

Test(flow, opens_from_both_sides_at_once)
{
    fresh();
    put(from_client(PACKET_SYN, 0, 0, NULL));
    put(from_gateway(PACKET_SYN, 0, 0, NULL));
    put(from_client(SYN_ACK, 0, 1, NULL));
    put(from_gateway(SYN_ACK, 0, 1, NULL));
    put(from_client(PSH_ACK, 1, 1, "hello"));
    expect("open 50000>4002; established; client hello; ");
    flows_free(table, now);
}

Test(flow, on_a_port_that_nobody_named_counts_with_its_hello)
{
    struct craft syn = {.sport = 50000, .dport = 5555, .seq = 10, .flags = PACKET_SYN};
    struct craft web = {.sport = 50000, .dport = 5555, .seq = 11, .payload = CRAFT_TEXT("GET /")};
    struct craft hello = {
        .sport = 50001, .dport = 5555, .seq = 11, .payload = CRAFT_TEXT("API\0...")};

    fresh();
    put(syn);
    put(web);
    expect("");
    syn.sport = 50001;
    put(syn);
    expect("");
    put(hello);
    expect("open 50001>5555; established; client API0...; ");
    flows_free(table, now);
    expect("gone stopped; ");

    config.any_port = false;
    begin();
    put(syn);
    put(hello);
    flows_free(table, now);
    expect("");
}

Test(flow, finds_the_client_by_its_hello_whatever_the_ports)
{
    struct craft hello = {
        .sport = 4001, .dport = 50000, .seq = 11, .payload = CRAFT_TEXT("API\0v")};

    fresh();
    put(hello);
    expect("open 4001>50000 midstream; client API0v; ");
    flows_free(table, now);
}

static bool listens_on_6000(void *ctx, const struct tws_endpoint *e)
{
    (void)ctx;
    return e->port == 6000;
}

Test(flow, finds_the_gateway_by_the_listeners_of_the_machine)
{
    static const uint16_t both[] = {6000, 60000};
    struct craft tick = {.sport = 6000, .dport = 60000, .seq = 11, .payload = CRAFT_TEXT("tick")};

    fresh();
    flows_free(table, now);
    config.ports = both;
    config.n_ports = 2;
    begin();
    put(tick);
    expect("open 60000>6000 midstream guessed; gateway tick; ");
    flows_free(table, now);

    config.listens = listens_on_6000;
    begin();
    put(tick);
    expect("open 60000>6000 midstream; gateway tick; ");
    flows_free(table, now);
}

Test(flow, measures_a_closed_window)
{
    struct craft full = from_client(PACKET_ACK, 1, 4, NULL);

    fresh();
    shake_hands();
    put(from_gateway(PSH_ACK, 1, 1, "abc"));
    full.zero_window = true;
    put(full);
    expect("open 50000>4002; established; gateway abc; window closed; ");
    cr_expect_neq(last->side[FLOW_CLIENT].zero_since_ns, 0);
    now += 3 * SEC;
    put(from_gateway(PACKET_ACK, 3, 1, NULL)); /* keepalive-like probe carries nothing */
    put(from_gateway(PSH_ACK, 3, 1, "c"));     /* a byte again */
    cr_expect_eq(last->side[FLOW_GATEWAY].window_probes, 1);
    cr_expect_eq(last->side[FLOW_GATEWAY].retransmits, 0);
    put(from_client(PACKET_ACK, 1, 4, NULL));
    cr_expect_eq(last->side[FLOW_CLIENT].zero_since_ns, 0);
    expect("flows; ");
    cr_expect_eq(last->side[FLOW_CLIENT].zero_ns, 3 * SEC + 3 * MS);
    flows_free(table, now);
}

Test(flow, sees_a_path_that_is_dead)
{
    fresh();
    shake_hands();
    for (int i = 0; i < 4; i++)
        put(from_client(PSH_ACK, 1, 1, "ask"));
    expect("open 50000>4002; established; client ask; path dead; ");
    put(from_gateway(PACKET_ACK, 1, 4, NULL));
    expect("flows; ");
    flows_free(table, now);
}

Test(flow, sees_an_answer_that_was_met_by_a_reset)
{
    fresh();
    shake_hands();
    put(from_client(PSH_ACK, 1, 1, "hello"));
    put(from_client(FIN_ACK, 6, 1, NULL));
    put(from_gateway(PSH_ACK, 1, 7, "late"));
    put(from_client(PACKET_RST, 7, 0, NULL));
    expect("open 50000>4002; established; client hello; client fin; gateway late; client rst; gone "
           "over; ");
    flows_free(table, now);
}

Test(flow, ends_half_closed_ones_that_stay_mute)
{
    fresh();
    shake_hands();
    put(from_client(FIN_ACK, 1, 1, NULL));
    put(from_gateway(PACKET_ACK, 1, 2, NULL));
    flows_tick(table, now + config.idle_ns - SEC);
    expect("open 50000>4002; established; client fin; ");
    flows_tick(table, now + config.idle_ns + SEC);
    expect("gone idle; ");
    flows_free(table, now);
}

Test(flow, table_is_bounded_and_the_longest_idle_goes_first)
{
    fresh();
    flows_free(table, now);
    config.max_connections = 2;
    begin();
    for (uint16_t port = 50000; port < 50003; port++) {
        struct craft syn = {.sport = port, .dport = 4002, .seq = 1, .flags = PACKET_SYN};

        put(syn);
    }
    expect("open 50000>4002; open 50001>4002; gone evicted; open 50002>4002; ");
    cr_expect_eq(flows_counts(table)->evicted, 1);
    flows_free(table, now);
    expect("gone stopped; gone stopped; ");
}

/* Bytes that were blacked out are missing; a range that is not in the payload is none. */
Test(flow, takes_blacked_out_bytes_for_missing_ones)
{
    static const struct {
        const char *comment, *told;
    } rows[] = {
        {"blacked out: 1+3", "client a; client gap 3; client ef; "},
        {"a note\nblacked out: 0+4", "client gap 4; client ef; "},
        {"silence: reset; client owes since 0.000 s; kernel unknown; blacked out: 2+4",
         "client ab; client gap 4; "},
        {"blacked out: 1+0", "client abcdef; "},
        {"blacked out: 3+4", "client abcdef; "},
        {"blacked out: 4294967295+2", "client abcdef; "},
        {"blacked out: 7+0", "client abcdef; "},
        {"blacked out: -1+2", "client abcdef; "},
        {"blacked out: 1+3x", "client abcdef; "},
    };
    char wanted[160];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh();
        shake_hands();
        put_with(from_client(PSH_ACK, 1, 1, "abcdef"), rows[i].comment);
        snprintf(wanted, sizeof wanted, "open 50000>4002; established; client says %s; %s",
                 rows[i].comment, rows[i].told);
        expect(wanted);
        flows_free(table, now);
        expect("gone stopped; ");
    }
}

Test(flow, of_a_recording_lasts_until_it_says_end)
{
    fresh();
    flows_free(table, now);
    config.relayed = true;
    config.n_ports = 0;
    begin();
    shake_hands();
    put_with(from_client(RST_ACK, 1, 1, NULL), "close: timeout: why");
    put_with(from_gateway(RST_ACK, 1, 1, NULL), "end");
    expect("open 50000>4002; established; client says close: timeout: why; client rst; gateway "
           "says end; gateway rst; ");
    flows_over(table, last, FLOW_OVER, now);
    expect("gone over; ");
    flows_free(table, now);
    expect("");
}

Test(flow, counts_what_it_cannot_use)
{
    uint8_t buf[CRAFT_HEADERS_MAX + 64];
    struct craft c = from_client(PSH_ACK, 1, 1, "hello");
    struct packet p;

    fresh();
    c.more = true;
    put(c);
    c.more = false;
    c.proto = 17;
    put(c);
    c.proto = 0;
    p = craft_packet(&c, buf, sizeof buf, now);
    p.captured = 20;
    flows_packet(table, &p);
    p = craft_packet(&c, buf, sizeof buf, now);
    p.link = 9999;
    flows_packet(table, &p);
    cr_expect_eq(flows_counts(table)->fragments, 1);
    cr_expect_eq(flows_counts(table)->other, 1);
    cr_expect_eq(flows_counts(table)->short_headers, 1);
    cr_expect_eq(flows_counts(table)->unknown_link, 1);
    cr_expect_eq(flows_counts(table)->unknown_link_type, 9999);
    cr_expect_eq(flows_counts(table)->packets, 4);
    flows_free(table, now);
}
