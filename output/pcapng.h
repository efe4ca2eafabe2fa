/* pcapng.h - the blocks of a pcapng file, written into memory.
 *
 * Little-endian whatever the machine, so that the same input gives the same bytes.  Nothing here
 * opens, allocates or writes: each call lays one whole block into `to`, or nothing. */
#ifndef TWS_PCAPNG_H
#define TWS_PCAPNG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCAPNG_LINK_RAW 101u /* LINKTYPE_RAW: a packet begins with its IP header */

/* A text of an option is cut to this many bytes. */
#define PCAPNG_TEXT_MAX 1024u

/* Where a packet's bytes begin in its block. */
#define PCAPNG_PACKET_HEAD 28u

struct pcapng_packet {
    uint64_t ts_ns;             /* since 1970-01-01 UTC */
    uint32_t iface;             /* number of its interface block in the section, from 0 */
    const uint8_t *head, *body; /* borrowed: the packet in two pieces; may be NULL when empty */
    uint32_t head_len, body_len;
    uint32_t wire_len;   /* bytes on the wire; at least head_len + body_len */
    const char *comment; /* borrowed; NULL: none */
};

/* A section's beginning.  Bytes written; 0: they do not fit into `room`. */
size_t pcapng_section(uint8_t *to, size_t room, const char *app, const char *comment);

/* An interface whose times are in nanoseconds.  `snaplen` 0: whole packets. */
size_t pcapng_interface(uint8_t *to, size_t room, uint16_t link, uint32_t snaplen,
                        const char *name);

/* Bytes that pcapng_packet will write. */
size_t pcapng_packet_size(const struct pcapng_packet *p);

/* A packet; its bytes stand at to + PCAPNG_PACKET_HEAD and may still be changed there. */
size_t pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *p);

/* Enough of a file's beginning for pcapng_is_by. */
#define PCAPNG_LOOK (2 * PCAPNG_TEXT_MAX + 64u)

/* Is this the beginning of a file that pcapng_section began, with an application and a comment
 * whose texts begin with `word`?  `n` bytes, untrusted. */
bool pcapng_is_by(const uint8_t *bytes, size_t n, const char *word);

/* Length of the block at the front of `at`, which was written by one of the above. */
size_t pcapng_block_len(const uint8_t *at);
#endif
