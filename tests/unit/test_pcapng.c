#include "guard.h"
#include "pcapng.h"
#include <criterion/criterion.h>
#include <string.h>

static uint8_t block[4096];

static void expect_bytes(const uint8_t *want, size_t want_len, size_t got_len)
{
    cr_assert_eq(got_len, want_len, "%zu bytes, not %zu", got_len, want_len);
    for (size_t i = 0; i < want_len; i++)
        cr_assert_eq(block[i], want[i], "byte %zu is %02x, not %02x", i, block[i], want[i]);
}

Test(pcapng, a_section_byte_for_byte)
{
    static const uint8_t want[] = {
        0x0a, 0x0d, 0x0d, 0x0a, 48,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,   0,   0,   0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,    0,    3,    0,    'r', 'e', 'd', 0,
        4,    0,    4,    0,    't',  'a',  'p',  '1',  0,    0,    0,    0,    48,  0,   0,   0};

    expect_bytes(want, sizeof want, pcapng_section(block, sizeof block, "tap1", "red"));
}

Test(pcapng, an_interface_byte_for_byte)
{
    static const uint8_t want[] = {1, 0, 0, 0, 40, 0, 0,   0,   101, 0, 0, 0, 0, 0,
                                   4, 0, 2, 0, 2,  0, 'l', 'o', 0,   0, 9, 0, 1, 0,
                                   9, 0, 0, 0, 0,  0, 0,   0,   40,  0, 0, 0};

    expect_bytes(want, sizeof want, pcapng_interface(block, sizeof block, 101, 0x40000, "lo"));
}

Test(pcapng, a_packet_byte_for_byte)
{
    static const uint8_t want[] = {6,    0,    0,    0,    52,   0,   0,   0, 2, 0,  0, 0, 0x04,
                                   0x03, 0x02, 0x01, 0x08, 0x07, 6,   5,   5, 0, 0,  0, 9, 0,
                                   0,    0,    'h',  'e',  'b',  'o', 'd', 0, 0, 0,  1, 0, 2,
                                   0,    'o',  'h',  0,    0,    0,   0,   0, 0, 52, 0, 0, 0};
    const struct pcapng_packet p = {.ts_ns = 0x0102030405060708u,
                                    .iface = 2,
                                    .head = (const uint8_t *)"he",
                                    .head_len = 2,
                                    .body = (const uint8_t *)"bod",
                                    .body_len = 3,
                                    .wire_len = 9,
                                    .comment = "oh"};

    cr_expect_eq(pcapng_packet_size(&p), sizeof want);
    expect_bytes(want, sizeof want, pcapng_packet(block, sizeof block, &p));
    cr_expect_eq(pcapng_block_len(block), sizeof want);
}

Test(pcapng, without_a_comment_there_are_no_options)
{
    const struct pcapng_packet p = {.body = (const uint8_t *)"body", .body_len = 4, .wire_len = 4};

    cr_expect_eq(pcapng_packet_size(&p), PCAPNG_PACKET_HEAD + 4 + 4);
    cr_expect_eq(pcapng_packet(block, sizeof block, &p), PCAPNG_PACKET_HEAD + 4 + 4);
    cr_expect_eq(memcmp(block + PCAPNG_PACKET_HEAD, "body", 4), 0);
}

Test(pcapng, what_does_not_fit_is_not_begun)
{
    const struct pcapng_packet p = {
        .body = (const uint8_t *)"body", .body_len = 4, .wire_len = 4, .comment = "a comment"};
    size_t whole = pcapng_packet_size(&p);

    for (size_t room = 0; room < whole; room++) {
        memset(block, 0xaa, sizeof block);
        cr_expect_eq(pcapng_packet(block, room, &p), 0, "into %zu bytes", room);
        for (size_t i = room; i < sizeof block; i++)
            cr_assert_eq(block[i], 0xaa, "byte %zu beyond %zu", i, room);
    }
    cr_expect_eq(pcapng_packet(block, whole, &p), whole);
    cr_expect_eq(pcapng_section(block, 20, "app", "comment"), 0);
    cr_expect_eq(pcapng_interface(block, 20, 101, 0, "lo"), 0);
}

Test(pcapng, a_long_text_is_cut)
{
    char text[PCAPNG_TEXT_MAX + 100];
    const struct pcapng_packet p = {.comment = text};

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_expect_eq(pcapng_packet_size(&p), PCAPNG_PACKET_HEAD + 4 + PCAPNG_TEXT_MAX + 4 + 4);
    cr_expect_eq(pcapng_packet(block, sizeof block, &p), pcapng_packet_size(&p));
}

Test(pcapng, a_file_of_ours_is_known_by_its_beginning)
{
    uint8_t bytes[256];
    size_t n = pcapng_section(bytes, sizeof bytes, "twstap 1.0", "twstap capture; and more");

    cr_assert_gt(n, 0);
    cr_expect(pcapng_is_by(bytes, n, "twstap "));
    cr_expect_not(pcapng_is_by(bytes, n, "tcpdump"));
    for (size_t cut = 0; cut + 12 < n; cut++) {
        const uint8_t *in = guarded(bytes, cut);

        (void)pcapng_is_by(in, cut, "twstap ");
        unguard(in, cut);
    }
    n = pcapng_section(bytes, sizeof bytes, "Dumpcap", "twstap capture");
    cr_expect_not(pcapng_is_by(bytes, n, "twstap "), "saved by another program");
    n = pcapng_section(bytes, sizeof bytes, "twstap 1.0", NULL);
    cr_expect_not(pcapng_is_by(bytes, n, "twstap "));
    memset(bytes, 0xff, sizeof bytes);
    cr_expect_not(pcapng_is_by(bytes, sizeof bytes, "twstap "));
}
