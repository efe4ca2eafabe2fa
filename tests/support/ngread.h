/* ngread.h - a recording back from its file, block by block, as a test wants to look at it. */
#ifndef TEST_NGREAD_H
#define TEST_NGREAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NGREAD_PACKETS 512

struct ngread_packet {
    uint64_t ts_ns;
    uint32_t iface, len, wire_len;
    const uint8_t *bytes;
    char comment[400]; /* "": none */
    /* of RAW packets: */
    bool from_port; /* is the source port `port` as given to ngread? */
    uint32_t seq, ack;
    uint8_t flags;
    const uint8_t *payload;
    size_t payload_len;
};

struct ngread {
    uint8_t *file; /* owned */
    size_t size;
    char comment[1100], app[64];
    size_t n_ifaces;
    uint16_t link[16];
    char name[16][64];
    struct ngread_packet packet[NGREAD_PACKETS];
    size_t n;
};

/* Read `path`; the test fails where it is not whole blocks, one section, with a checksum of each
 * RAW packet that is right.  `port`: the gateway's. */
struct ngread *ngread(const char *path, uint16_t port);
void ngread_free(struct ngread *r); /* NULL too */
#endif
