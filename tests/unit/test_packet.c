#include "craft.h"
#include "guard.h"
#include "lines.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pcap/dlt.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(a)  (sizeof(a) / sizeof(a)[0])
#define SMALL_MAX (CRAFT_HEADERS_MAX + 256u)
#define LARGE     200000u /* bytes of payload that no length of 16 bits can say */

/* What is under IP: fields of a craft that say it. */
static const struct craft unders[] = {
    {.link = CRAFT_ETHERNET},
    {.link = CRAFT_ETHERNET, .tags = {0x8100}},
    {.link = CRAFT_ETHERNET, .tags = {0x88a8, 0x8100}},
    {.link = CRAFT_ETHERNET, .tags = {0x9100, 0x9100, 0x88a8, 0x8100}},
    {.link = CRAFT_SLL},
    {.link = CRAFT_SLL, .tags = {0x8100}},
    {.link = CRAFT_SLL2},
    {.link = CRAFT_SLL2, .tags = {0x88a8, 0x8100}},
    {.link = CRAFT_NULL},
    {.link = CRAFT_NULL_SWAPPED},
    {.link = CRAFT_LOOP},
    {.link = CRAFT_RAW},
    {.link = CRAFT_RAW_12},
    {.link = CRAFT_RAW_14},
    {.link = CRAFT_IP},
};

/* IP itself. */
static const struct net {
    struct craft c;
    bool unsummed; /* nothing can be said about the checksum */
} nets[] = {
    {{.src = "192.0.2.1", .dst = "198.51.100.7", .ip_id = 0xbeef}},
    {{.src = "192.0.2.1", .dst = "198.51.100.7", .ip4 = CRAFT_TEXT("\x94\x04\0\0")}},
    {{.src = "10.0.0.1",
      .dst = "10.0.0.2",
      .ip4 = CRAFT_TEXT("\x07\x27\x04"
                        "0123456789012345678901234567890123456")}},
    {{.src = "10.0.0.1", .dst = "10.0.0.2", .offload = true}, true},
    {{.src = "2001:db8::1", .dst = "2001:db8::2"}},
    {{.src = "fe80::1", .dst = "fe80::2", .ip6 = {CRAFT_HOP}}},
    {{.src = "::1", .dst = "::1", .ip6 = {CRAFT_ROUTING}}},
    {{.src = "::1", .dst = "::1", .ip6 = {CRAFT_ROUTING_AHEAD}}, true},
    {{.src = "::1", .dst = "::1", .ip6 = {CRAFT_DEST}}},
    {{.src = "::1", .dst = "::1", .ip6 = {CRAFT_FRAG}}},
    {{.src = "::1", .dst = "::1", .ip6 = {CRAFT_AH}}},
    {{.src = "::1",
      .dst = "::2",
      .ip6 = {CRAFT_HOP, CRAFT_DEST, CRAFT_ROUTING, CRAFT_FRAG, CRAFT_AH, CRAFT_DEST}}},
    {{.src = "::1", .dst = "::2", .offload = true}, true},
    {{.src = "::1", .dst = "::2", .offload = true, .ip6 = {CRAFT_HOP, CRAFT_DEST}}, true},
};

/* TCP. */
static const struct craft segments[] = {
    {.flags = PACKET_SYN,
     .seq = 1000,
     .window = 64240,
     .has_scale = true,
     .scale = 7,
     .options = CRAFT_TEXT("\x02\x04\x05\xb4")},
    {.flags = PACKET_SYN | PACKET_ACK, .seq = 0xffffffff, .ack = 1001},
    {.ack = 0x80000000, .zero_window = true},
    {.flags = PACKET_PSH | PACKET_ACK,
     .seq = 1001,
     .ack = 1,
     .payload = CRAFT_TEXT("API\0\0\0\0\tv100..176")},
    {.flags = PACKET_FIN | PACKET_ACK,
     .seq = 0x01020304,
     .ack = 0x05060708,
     .options = CRAFT_TEXT("\1\1\x08\x0a\1\2\3\4\5\6\7\x08"),
     .payload = CRAFT_TEXT("x")},
    {.flags = PACKET_RST, .seq = 77},
    {.options = CRAFT_TEXT("\x05\x22"
                           "01234567890123456789012345678901"
                           "\0\0\0\0\0\0"),
     .payload = CRAFT_TEXT("forty bytes of options")},
};

static struct craft build(const struct craft *under, const struct craft *net,
                          const struct craft *segment)
{
    struct craft c = *segment;

    c.link = under->link;
    memcpy(c.tags, under->tags, sizeof c.tags);
    c.family = under->family;
    c.src = net->src;
    c.dst = net->dst;
    c.ip_id = net->ip_id;
    c.ip4 = net->ip4;
    memcpy(c.ip6, net->ip6, sizeof c.ip6);
    c.offload = net->offload;
    c.sport = 50123;
    c.dport = 4002;
    return c;
}

/* `where` of a failed expectation: link, net, segment and cut. */
struct where {
    size_t under, net, segment, cut;
};

static void check_end(const struct tws_endpoint *e, const char *text, uint16_t port)
{
    struct tws_endpoint want = {.family = strchr(text, ':') ? 6 : 4, .port = port};

    inet_pton(want.family == 4 ? AF_INET : AF_INET6, text, want.addr);
    cr_expect(e->family == want.family && e->port == port && e->scope == 0, "%s", text);
    cr_expect(memcmp(e->addr, want.addr, sizeof want.addr) == 0, "%s", text);
}

static void check_segment(const struct craft *c, const struct packet_segment *s)
{
    uint8_t flags = c->flags ? c->flags : PACKET_ACK;
    bool ip6 = strchr(c->src, ':');

    check_end(&s->src, c->src, c->sport);
    check_end(&s->dst, c->dst, c->dport);
    cr_expect_eq(s->flags, flags);
    cr_expect_eq(s->seq, c->seq);
    cr_expect_eq(s->ack, flags & PACKET_ACK ? c->ack : 0);
    cr_expect_eq(s->window, c->zero_window ? 0 : c->window ? c->window : 65535);
    cr_expect_eq(s->ip_id, ip6 ? 0 : c->ip_id);
    cr_expect_eq(s->len, c->payload.n);
}

/* A crafted packet in memory that ends where `cut` says. */
static void check_cut(const struct craft *c, const uint8_t *bytes, const struct crafted *at,
                      size_t cut, const struct where *w)
{
    const uint8_t *there = guarded(bytes, cut);
    struct packet p = {.bytes = there,
                       .captured = (uint32_t)cut,
                       .len = (uint32_t)at->len,
                       .link = craft_linktype(c)};
    struct packet_segment s;
    enum packet_status status = packet_read(&p, true, &s);
    size_t captured = cut <= at->payload ? 0 : cut - at->payload;

    if (captured > c->payload.n)
        captured = c->payload.n;
    cr_assert_eq(status, cut < at->tcp + 20 ? PACKET_SHORT : PACKET_TCP,
                 "status %d: link %zu net %zu segment %zu cut %zu", status, w->under, w->net,
                 w->segment, cut);
    if (status == PACKET_TCP) {
        check_segment(c, &s);
        cr_expect_eq(s.captured, captured);
        cr_expect(s.payload == there + (cut < at->payload ? cut : at->payload));
        cr_expect(s.payload + s.captured <= there + cut);
        cr_expect_eq(s.scale, c->has_scale && cut >= at->tcp + 24 ? c->scale : PACKET_NO_SCALE);
        cr_expect_eq(s.sum,
                     cut < at->end || nets[w->net].unsummed ? PACKET_SUM_UNKNOWN : PACKET_SUM_GOOD);
    }
    unguard(there, cut);
}

/* The same, but there never was more on the wire. */
static void check_torn(const struct craft *c, const uint8_t *bytes, size_t cut,
                       const struct where *w)
{
    const uint8_t *there = guarded(bytes, cut);
    struct packet p = {
        .bytes = there, .captured = (uint32_t)cut, .len = (uint32_t)cut, .link = craft_linktype(c)};
    struct packet_segment s;

    cr_expect_eq(packet_read(&p, true, &s), PACKET_BROKEN,
                 "link %zu net %zu segment %zu torn at %zu", w->under, w->net, w->segment, cut);
    unguard(there, cut);
}

static void check_every_cut(const struct where *w)
{
    struct craft c = build(&unders[w->under], &nets[w->net].c, &segments[w->segment]);
    uint8_t bytes[SMALL_MAX];
    struct crafted at = craft(&c, bytes, sizeof bytes);

    for (size_t cut = 0; cut <= at.len; cut++) {
        check_cut(&c, bytes, &at, cut, w);
        if (cut < (c.offload ? at.payload : at.end))
            check_torn(&c, bytes, cut, w);
    }
}

Test(packet, reads_every_link_type_and_cut)
{
    for (struct where w = {0}; w.under < COUNT(unders); w.under++)
        for (w.net = 0; w.net < COUNT(nets); w.net++)
            for (w.segment = 0; w.segment < COUNT(segments); w.segment++)
                check_every_cut(&w);
}

/* A crafted packet that no row above wants; its status. */
static enum packet_status status_of(const struct craft *c)
{
    uint8_t bytes[SMALL_MAX];
    struct packet p = craft_packet(c, bytes, sizeof bytes, 0);
    struct packet_segment s;

    return packet_read(&p, false, &s);
}

Test(packet, knows_ip6_by_the_family_of_every_system)
{
    static const uint32_t families[] = {10, 23, 24, 28, 30};
    static const enum craft_link how[] = {CRAFT_NULL, CRAFT_NULL_SWAPPED, CRAFT_LOOP};

    for (size_t k = 0; k < COUNT(how); k++) {
        struct craft c = {.link = how[k], .src = "::1"};

        for (size_t i = 0; i < COUNT(families); i++) {
            c.family = families[i];
            cr_expect_eq(status_of(&c), PACKET_TCP, "family %u", families[i]);
        }
        c.family = 7;
        cr_expect_eq(status_of(&c), PACKET_OTHER);
    }
}

Test(packet, leaves_others_alone)
{
    static const struct row {
        const char *name;
        struct craft c;
        enum packet_status want;
    } rows[] = {
        {"ARP", {.ether = 0x0806}, PACKET_OTHER},
        {"802.3 length", {.ether = 46}, PACKET_OTHER},
        {"ARP in a VLAN", {.ether = 0x0806, .tags = {0x8100}}, PACKET_OTHER},
        {"ARP cooked", {.link = CRAFT_SLL2, .ether = 0x0806}, PACKET_OTHER},
        {"a tag too many", {.tags = {0x8100, 0x8100, 0x8100, 0x8100, 0x8100}}, PACKET_OTHER},
        {"UDP", {.proto = 17}, PACKET_OTHER},
        {"UDP over IPv6", {.src = "::1", .proto = 17, .ip6 = {CRAFT_HOP}}, PACKET_OTHER},
        {"ESP", {.src = "::1", .proto = 50}, PACKET_OTHER},
        {"no next header", {.src = "::1", .proto = 59}, PACKET_OTHER},
        {"eight extension headers",
         {.src = "::1",
          .ip6 = {CRAFT_HOP, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST,
                  CRAFT_DEST}},
         PACKET_TCP},
        {"nine",
         {.src = "::1",
          .ip6 = {CRAFT_HOP, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST, CRAFT_DEST,
                  CRAFT_DEST, CRAFT_DEST}},
         PACKET_OTHER},
        {"first fragment", {.more = true}, PACKET_FRAGMENT},
        {"last fragment", {.offset = 1480}, PACKET_FRAGMENT},
        {"fragment of UDP", {.more = true, .proto = 17}, PACKET_OTHER},
        {"first of IPv6", {.src = "::1", .ip6 = {CRAFT_FRAG}, .more = true}, PACKET_FRAGMENT},
        {"last of IPv6", {.src = "::1", .ip6 = {CRAFT_FRAG}, .offset = 8}, PACKET_FRAGMENT},
        {"behind more headers",
         {.src = "::1", .ip6 = {CRAFT_HOP, CRAFT_FRAG, CRAFT_DEST}, .offset = 8},
         PACKET_FRAGMENT},
        {"of UDP, IPv6",
         {.src = "::1", .ip6 = {CRAFT_FRAG}, .more = true, .proto = 17},
         PACKET_OTHER},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(status_of(&rows[i].c), rows[i].want, "%s: %d", rows[i].name,
                     status_of(&rows[i].c));
}

/* One 16-bit word of a packet that was right is overwritten. */
Test(packet, says_which_lengths_contradict)
{
    enum base { IP, TCP };
    static const struct row {
        const char *name;
        struct craft c;
        enum base base;
        size_t at; /* bytes from `base` */
        uint16_t word;
        enum packet_status want;
    } rows[] = {
        {"version 5", {0}, IP, 0, 0x5500, PACKET_BROKEN},
        {"version 6 where 4 was promised", {0}, IP, 0, 0x6500, PACKET_BROKEN},
        {"version 0 and no link header", {.link = CRAFT_RAW}, IP, 0, 0x0500, PACKET_BROKEN},
        {"header of 16 bytes", {0}, IP, 0, 0x4400, PACKET_BROKEN},
        {"header beyond the total length", {0}, IP, 0, 0x4f00, PACKET_BROKEN},
        {"total length within the header", {0}, IP, 2, 19, PACKET_BROKEN},
        {"the same of UDP", {.proto = 17}, IP, 2, 19, PACKET_BROKEN},
        {"header of 16 bytes of UDP", {.proto = 17}, IP, 0, 0x4400, PACKET_BROKEN},
        {"no room for TCP", {0}, IP, 2, 39, PACKET_BROKEN},
        {"total length beyond the wire", {0}, IP, 2, 41, PACKET_BROKEN},
        {"total length of all there can be", {0}, IP, 2, 0xffff, PACKET_BROKEN},
        {"data offset 4", {0}, TCP, 12, 0x4010, PACKET_BROKEN},
        {"data offset beyond the segment", {0}, TCP, 12, 0x6010, PACKET_BROKEN},
        {"version 4 in IPv6", {.src = "::1"}, IP, 0, 0x4000, PACKET_BROKEN},
        {"payload beyond the wire", {.src = "::1"}, IP, 4, 21, PACKET_BROKEN},
        {"payload too short for TCP", {.src = "::1"}, IP, 4, 19, PACKET_BROKEN},
        {"extension header beyond",
         {.src = "::1", .ip6 = {CRAFT_DEST}},
         IP,
         40,
         0x06ff,
         PACKET_BROKEN},
        {"AH beyond", {.src = "::1", .ip6 = {CRAFT_AH}}, IP, 40, 0x06ff, PACKET_BROKEN},
        {"fragment's reserved byte is no length",
         {.src = "::1", .ip6 = {CRAFT_FRAG}},
         IP,
         40,
         0x06ff,
         PACKET_TCP},
        {"jumbo that is none", {.src = "::1", .ip6 = {CRAFT_JUMBO}}, IP, 46, 28, PACKET_BROKEN},
        {"jumbo beyond the wire", {.src = "::1", .ip6 = {CRAFT_JUMBO}}, IP, 44, 1, PACKET_BROKEN},
        {"jumbo beyond reason",
         {.src = "::1", .ip6 = {CRAFT_JUMBO}},
         IP,
         44,
         0xffff,
         PACKET_BROKEN},
        {"jumbo of another length",
         {.src = "::1", .ip6 = {CRAFT_JUMBO}},
         IP,
         42,
         0xc203,
         PACKET_TCP},
        {"option beyond its header",
         {.src = "::1", .ip6 = {CRAFT_JUMBO}},
         IP,
         42,
         0xc2ff,
         PACKET_TCP},
        {"hop-by-hop beyond, no length",
         {.src = "::1", .ip6 = {CRAFT_JUMBO}},
         IP,
         40,
         0x06ff,
         PACKET_BROKEN},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[SMALL_MAX];
        struct crafted at = craft(&rows[i].c, bytes, sizeof bytes);
        struct packet p = craft_packet(&rows[i].c, bytes, sizeof bytes, 0);
        struct packet_segment s;
        size_t where = (rows[i].base == IP ? at.ip : at.tcp) + rows[i].at;
        enum packet_status got;

        bytes[where] = (uint8_t)(rows[i].word >> 8);
        bytes[where + 1] = (uint8_t)rows[i].word;
        got = packet_read(&p, true, &s);
        cr_expect_eq(got, rows[i].want, "%s: %d", rows[i].name, got);
    }
}

Test(packet, does_not_count_padding)
{
    struct craft c = {.src = "10.0.0.1", .padding = 6, .payload = CRAFT_TEXT("ab")};
    uint8_t bytes[SMALL_MAX];
    struct packet_segment s;

    for (int k = 0; k < 2; k++) {
        struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);

        cr_assert_eq(packet_read(&p, true, &s), PACKET_TCP);
        cr_expect(s.len == 2 && s.captured == 2 && memcmp(s.payload, "ab", 2) == 0);
        cr_expect_eq(s.sum, PACKET_SUM_GOOD);
        c.src = "2001:db8::1";
    }
}

/* Segments of offload, larger than a 16-bit length can say; the jumbo option counts, not padding.
 */
Test(packet, takes_the_length_from_the_packet_where_offload_left_none)
{
    static uint8_t payload[LARGE], bytes[LARGE + CRAFT_HEADERS_MAX];
    static const struct row {
        struct craft c;
        uint32_t len;
    } rows[] = {
        {{.offload = true, .payload = {payload, LARGE}}, LARGE},
        {{.src = "::1", .offload = true, .payload = {payload, LARGE}}, LARGE},
        {{.src = "::1", .ip6 = {CRAFT_JUMBO}, .payload = {payload, LARGE}}, LARGE},
        {{.src = "::1", .ip6 = {CRAFT_JUMBO, CRAFT_DEST}, .payload = {payload, LARGE}}, LARGE},
        {{.src = "::1", .ip6 = {CRAFT_JUMBO}, .payload = {payload, LARGE}, .padding = 4}, LARGE},
        {{.offload = true, .payload = {payload, LARGE}, .padding = 4}, LARGE + 4},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct packet p = craft_packet(&rows[i].c, bytes, sizeof bytes, 0);
        struct packet_segment s;

        cr_expect_eq(packet_read(&p, true, &s), PACKET_TCP);
        cr_expect(s.len == rows[i].len && s.captured == rows[i].len, "%zu: %u", i, s.len);
        cr_expect_eq(s.sum, PACKET_SUM_UNKNOWN);
        p.captured = 200;
        cr_expect_eq(packet_read(&p, true, &s), PACKET_TCP);
        cr_expect(s.len == rows[i].len && s.payload + s.captured == bytes + 200, "%zu", i);
    }
}

Test(packet, believes_no_segment_of_a_gigabyte)
{
    struct craft c = {.link = CRAFT_RAW, .offload = true};
    uint8_t bytes[SMALL_MAX];
    struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);
    struct packet_segment s;

    p.len = 20 + PACKET_LEN_MAX;
    cr_assert_eq(packet_read(&p, true, &s), PACKET_TCP);
    cr_expect_eq(s.len, PACKET_LEN_MAX - 20);
    p.len++;
    cr_expect_eq(packet_read(&p, true, &s), PACKET_BROKEN);
    p.len = UINT32_MAX;
    cr_expect_eq(packet_read(&p, true, &s), PACKET_BROKEN);
}

Test(packet, sums_only_when_asked)
{
    static const char payload[] = "\xff\xff\xff\xff a payload of any length";
    static const struct row {
        enum craft_sum how;
        enum packet_checksum want;
    } rows[] = {{CRAFT_SUM_GOOD, PACKET_SUM_GOOD},
                {CRAFT_SUM_BAD, PACKET_SUM_BAD},
                {CRAFT_SUM_PARTIAL, PACKET_SUM_UNKNOWN}};

    for (size_t n = 0; n < sizeof payload; n++)
        for (size_t i = 0; i < COUNT(rows) * 2; i++) {
            const struct row *r = &rows[i / 2];
            struct craft c = {
                .src = i % 2 ? "::1" : "10.0.0.1", .sum = r->how, .payload = {payload, n}};
            uint8_t bytes[SMALL_MAX];
            struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);
            struct packet_segment s;

            cr_assert_eq(packet_read(&p, true, &s), PACKET_TCP);
            cr_expect_eq(s.sum, r->want, "%d of %zu bytes", r->how, n);
            cr_assert_eq(packet_read(&p, false, &s), PACKET_TCP);
            cr_expect_eq(s.sum, PACKET_SUM_UNKNOWN);
        }
}

/* A byte that changes, wherever it is, is found: the sum covers addresses, header and payload. */
Test(packet, finds_every_changed_byte)
{
    struct craft c = {
        .src = "192.0.2.1", .dst = "198.51.100.7", .seq = 5, .payload = CRAFT_TEXT("some bytes")};
    uint8_t bytes[SMALL_MAX];
    struct crafted at = craft(&c, bytes, sizeof bytes);
    struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);
    struct packet_segment s;

    for (size_t i = at.ip + 12; i < at.end; i++) {
        bytes[i] ^= 0x01; /* no change of a bit can hide in the data offset: that is a high one */
        cr_expect_eq(packet_read(&p, true, &s), PACKET_TCP);
        cr_expect_eq(s.sum, PACKET_SUM_BAD, "byte %zu", i);
        bytes[i] ^= 0x01;
    }
}

Test(packet, reads_the_window_scale_of_a_syn)
{
    static const struct row {
        struct craft c;
        unsigned want;
    } rows[] = {
        {{.flags = PACKET_SYN, .has_scale = true, .scale = 0}, 0},
        {{.flags = PACKET_SYN | PACKET_ACK, .has_scale = true, .scale = 14}, 14},
        {{.flags = PACKET_SYN, .has_scale = true, .scale = 200}, 14},
        {{.has_scale = true, .scale = 7}, PACKET_NO_SCALE}, /* no SYN */
        {{.flags = PACKET_SYN}, PACKET_NO_SCALE},
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\2\4\5\xb4\4\2\1\3\3\6")}, 6},
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\0\2\3\3\6")}, PACKET_NO_SCALE}, /* ended */
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\3\2\3\4\6\6\3\3\5")}, 5}, /* wrong length */
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\2\0\3\3\6")}, PACKET_NO_SCALE},
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\2\1\3\3\6")}, PACKET_NO_SCALE},
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\1\1\3\4")}, PACKET_NO_SCALE}, /* beyond */
        {{.flags = PACKET_SYN, .options = CRAFT_TEXT("\1\1\1\3")}, PACKET_NO_SCALE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[SMALL_MAX];
        struct packet p = craft_packet(&rows[i].c, bytes, sizeof bytes, 0);
        struct packet_segment s;

        cr_assert_eq(packet_read(&p, false, &s), PACKET_TCP);
        cr_expect_eq(s.scale, rows[i].want, "%zu: %u", i, s.scale);
    }
}

Test(packet, keeps_to_the_flags_that_have_names)
{
    struct craft c = {.flags = 0xe0, .ack = 5}; /* URG, ECE, CWR */
    uint8_t bytes[SMALL_MAX];
    struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);
    struct packet_segment s;

    cr_assert_eq(packet_read(&p, false, &s), PACKET_TCP);
    cr_expect(s.flags == 0 && s.ack == 0);
}

Test(packet, writes_nothing_unless_it_is_a_segment)
{
    static const struct craft others[] = {
        {.proto = 17}, {.more = true}, {.ether = 0x0806}, {.src = "::1", .proto = 58}};
    struct packet_segment s, before;

    memset(&s, 0x5a, sizeof s);
    memcpy(&before, &s, sizeof s);
    for (size_t i = 0; i < COUNT(others); i++) {
        uint8_t bytes[SMALL_MAX];
        struct packet p = craft_packet(&others[i], bytes, sizeof bytes, 0);

        cr_expect_neq(packet_read(&p, true, &s), PACKET_TCP);
        cr_expect(memcmp(&s, &before, sizeof s) == 0, "%zu", i);
    }
}

Test(packet, survives_a_source_that_breaks_its_promise)
{
    struct craft c = {.payload = CRAFT_TEXT("abc")};
    uint8_t bytes[SMALL_MAX];
    struct packet p = craft_packet(&c, bytes, sizeof bytes, 0);
    struct packet_segment s;

    p.len = 1; /* less than is there: what is there counts */
    cr_assert_eq(packet_read(&p, false, &s), PACKET_TCP);
    cr_expect(s.len == 3 && s.captured == 3);
    p.captured = p.len = 0;
    cr_expect_eq(packet_read(&p, false, &s), PACKET_BROKEN);
}

Test(packet, says_which_links_it_knows)
{
    static const struct row {
        int link;
        const char *name;
    } rows[] = {{0, "NULL"},        {1, "EN10MB"}, {12, "RAW"},         {14, "RAW"},
                {101, "RAW"},       {108, "LOOP"}, {113, "LINUX_SLL"},  {228, "IPV4"},
                {229, "IPV6"},      {105, NULL},   {276, "LINUX_SLL2"}, {-1, NULL},
                {0x7fffffff, NULL}, {147, NULL}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = packet_link_name(rows[i].link);
        struct packet p = {.bytes = (const uint8_t *)"", .link = rows[i].link};
        struct packet_segment s;

        cr_expect(rows[i].name ? name && strcmp(name, rows[i].name) == 0 : !name, "%d",
                  rows[i].link);
        cr_expect_eq(packet_read(&p, false, &s) == PACKET_LINK, !rows[i].name, "%d", rows[i].link);
    }
}

Test(packet, maps_what_libpcap_calls_a_link)
{
    cr_expect_eq(packet_link_from_dlt(DLT_RAW), 101);
    cr_expect_eq(packet_link_from_dlt(DLT_LOOP), 108);
    cr_expect_eq(packet_link_from_dlt(DLT_NULL), 0);
    cr_expect_eq(packet_link_from_dlt(DLT_EN10MB), 1);
    cr_expect_eq(packet_link_from_dlt(DLT_LINUX_SLL), 113);
    cr_expect_eq(packet_link_from_dlt(DLT_LINUX_SLL2), 276);
    cr_expect_eq(packet_link_from_dlt(105), 105);
}

/* The crafter's other side. */
Test(packet, is_answered)
{
    struct craft c = {.src = "10.0.0.1",
                      .dst = "10.0.0.2",
                      .sport = 5,
                      .dport = 6,
                      .seq = 0xfffffffe,
                      .ack = 9,
                      .flags = PACKET_FIN | PACKET_ACK,
                      .payload = CRAFT_TEXT("abc")};
    struct craft back = craft_answer(&c);

    cr_expect(strcmp(back.src, c.dst) == 0 && strcmp(back.dst, c.src) == 0);
    cr_expect(back.sport == 6 && back.dport == 5 && back.seq == 9 && back.ack == 2);
    cr_expect(back.flags == PACKET_ACK && back.payload.n == 0);
}

/* Captures of real client libraries, read with the least that will do for a pcap file. */
static const struct capture {
    const char *file;
    uint32_t packets;  /* all of them TCP */
    uint32_t bytes[2]; /* payload from the client, from the gateway */
} captures[] = {
    {"healthy_ibasync_176", 213, {1246, 23778}},
    {"healthy_stoqey_176", 206, {463, 23596}},
    {"healthy_official_203", 162, {597, 5661}},
    {"accept_silent_ibasync_176", 8, {17, 0}},
    {"accept_close_ibasync_176", 6, {17, 0}},
    {"close_wait_ibasync_176", 7, {17, 0}},
    {"version_only_ibasync_176", 12, {29, 46}},
    {"nextvalid_no_accounts_ibasync_176", 17, {29, 275}},
    {"error_326_ibasync_176", 12, {29, 147}},
    {"stall_live_ibasync_176", 255, {1246, 24240}},
    {"version_split_official_203", 12, {17, 46}},
};

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void read_capture(const struct capture *want, FILE *f)
{
    uint8_t head[24], bytes[4096];
    uint32_t packets = 0, payload[2] = {0};

    cr_assert_eq(fread(head, 1, 24, f), 24);
    while (fread(head, 1, 16, f) == 16) {
        struct packet p = {
            .bytes = bytes, .link = 1, .captured = le32(head + 8), .len = le32(head + 12)};
        struct packet_segment s;

        cr_assert(p.captured <= sizeof bytes && fread(bytes, 1, p.captured, f) == p.captured);
        cr_assert_eq(packet_read(&p, true, &s), PACKET_TCP, "%s: packet %u", want->file, packets);
        cr_expect(s.src.family == 4 && (s.src.port == 4002) != (s.dst.port == 4002));
        cr_expect_eq(s.captured, s.len);
        payload[s.src.port == 4002] += s.len;
        cr_expect_eq(s.sum, PACKET_SUM_UNKNOWN); /* of loopback: left for hardware to finish */
        packets++;
    }
    cr_expect_eq(packets, want->packets, "%s: %u packets", want->file, packets);
    for (int k = 0; k < 2; k++)
        cr_expect_eq(payload[k], want->bytes[k], "%s: %u bytes", want->file, payload[k]);
}

Test(packet, reads_real_captures)
{
    for (size_t i = 0; i < COUNT(captures); i++) {
        char path[128];
        FILE *f;

        snprintf(path, sizeof path, "data/captures/%s.pcap", captures[i].file);
        f = shared_open(path);
        if (!f)
            return;
        read_capture(&captures[i], f);
        fclose(f);
    }
}
