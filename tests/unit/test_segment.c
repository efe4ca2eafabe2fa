#include "segment.h"
#include <criterion/criterion.h>
#include <string.h>

static const struct tws_endpoint four = {.family = 4, .port = 0x1234, .addr = {10, 0, 0, 1}};
static const struct tws_endpoint other = {.family = 4, .port = 4002, .addr = {10, 0, 0, 2}};
static const struct tws_endpoint six = {
    .family = 6, .port = 5, .addr = {0x20, 1, 0xd, 0xb8, [15] = 1}};

/* The sum that a receiver makes: 0xffff for a good one. */
static uint32_t sum_of(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static uint32_t tcp_sum(const uint8_t *packet, size_t len)
{
    size_t ip = packet[0] >> 4 == 6 ? 40 : 20, addrs = packet[0] >> 4 == 6 ? 8 : 12;
    uint32_t sum = sum_of((uint32_t)(6 + len - ip), packet + addrs, ip - addrs);

    return sum_of(sum, packet + ip, len - ip);
}

Test(segment, an_ipv4_segment)
{
    const struct segment s = {.from = &four,
                              .to = &other,
                              .seq = 0x01020304,
                              .ack = 0x05060708,
                              .flags = SEGMENT_PSH | SEGMENT_ACK};
    uint8_t packet[SEGMENT_HEAD_MAX + 3];
    static const uint8_t tcp[] = {0x12, 0x34, 0x0f, 0xa2, 1,    2,    3,    4,
                                  5,    6,    7,    8,    0x50, 0x18, 0xff, 0xff};

    cr_assert_eq(segment_head(&s, 3, packet), 40);
    memcpy(packet + 40, "abc", 3);
    segment_sum(packet, 43);
    cr_expect_eq(packet[0], 0x45);
    cr_expect_eq(packet[3], 43, "the total length");
    cr_expect_eq(memcmp(packet + 12, four.addr, 4), 0);
    cr_expect_eq(memcmp(packet + 16, other.addr, 4), 0);
    cr_expect_eq(memcmp(packet + 20, tcp, sizeof tcp), 0);
    cr_expect_eq(sum_of(0, packet, 20), 0xffff);
    cr_expect_eq(tcp_sum(packet, 43), 0xffff);
}

Test(segment, ipv4_becomes_mapped_where_the_other_end_is_ipv6)
{
    const struct segment s = {.from = &six, .to = &four, .flags = SEGMENT_SYN};
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
    uint8_t packet[SEGMENT_HEAD_MAX];

    cr_assert_eq(segment_head(&s, 0, packet), SEGMENT_HEAD_MAX);
    segment_sum(packet, SEGMENT_HEAD_MAX);
    cr_expect_eq(packet[0], 0x60);
    cr_expect_eq(packet[5], 28, "what follows the IPv6 header");
    cr_expect_eq(memcmp(packet + 8, six.addr, 16), 0);
    cr_expect_eq(memcmp(packet + 24, mapped, 16), 0);
    cr_expect_eq(packet[40 + 12] >> 4, 7, "a SYN has options");
    cr_expect_eq(tcp_sum(packet, SEGMENT_HEAD_MAX), 0xffff);
}

Test(segment, the_longest_payload_fits_the_length_fields)
{
    static uint8_t packet[SEGMENT_HEAD_MAX + SEGMENT_PAYLOAD_MAX];
    const struct segment s = {.from = &four, .to = &other, .flags = SEGMENT_ACK};
    size_t head = segment_head(&s, SEGMENT_PAYLOAD_MAX, packet);

    memset(packet + head, 0xff, SEGMENT_PAYLOAD_MAX);
    segment_sum(packet, head + SEGMENT_PAYLOAD_MAX);
    cr_expect_eq((size_t)(packet[2] << 8 | packet[3]), head + SEGMENT_PAYLOAD_MAX);
    cr_expect_eq(tcp_sum(packet, head + SEGMENT_PAYLOAD_MAX), 0xffff);
}

Test(segment, a_changed_payload_keeps_a_right_sum_right_and_a_wrong_one_wrong)
{
    const struct segment s = {.from = &four, .to = &other, .flags = SEGMENT_ACK};

    for (size_t len = 0; len < 9; len++) {
        for (int off = 0; off < 2; off++) {
            uint8_t packet[SEGMENT_HEAD_MAX + 9], was[] = "\0DU12345\xff";

            segment_head(&s, len, packet);
            memcpy(packet + 40, was, len);
            segment_sum(packet, 40 + len);
            packet[37] = (uint8_t)(packet[37] + off);
            for (size_t i = 0; i < len; i++)
                packet[40 + i] = (uint8_t)(packet[40 + i] + 3 * i);
            segment_sum_update(packet + 36, was, packet + 40, len);
            if (off)
                cr_expect_neq(tcp_sum(packet, 40 + len), 0xffff, "%zu", len);
            else
                cr_expect_eq(tcp_sum(packet, 40 + len), 0xffff, "%zu", len);
        }
    }
}
