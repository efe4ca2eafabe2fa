/* capmake.h - capture files of every kind, made byte by byte: the oracle of the readers. */
#ifndef TEST_CAPMAKE_H
#define TEST_CAPMAKE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capmake {
    uint8_t p[1 << 16];
    size_t n;
    bool big;        /* byte order of what is written next */
    size_t open;     /* where the block under way begins */
    size_t ends[32]; /* where each pcapng block ended */
    bool is_packet[32];
    size_t n_ends;
};

void cap_u16(struct capmake *c, unsigned v);
void cap_u32(struct capmake *c, uint32_t v);
void cap_raw(struct capmake *c, const void *p, size_t n);

/* pcap: magic 0xa1b2c3d4 or 0xa1b23c4d. */
void cap_pcap(struct capmake *c, uint32_t magic, uint32_t link);
void cap_record(struct capmake *c, uint32_t seconds, uint32_t fraction, const char *data,
                uint32_t len);

/* pcapng: a block is begun, filled and ended. */
void cap_begin(struct capmake *c, uint32_t type);
void cap_end(struct capmake *c);
void cap_option(struct capmake *c, unsigned code, const void *p, size_t n);
void cap_section(struct capmake *c, const char *comment, const char *app);
/* `options`: what cap_option wrote into another one; NULL: none. */
void cap_interface(struct capmake *c, unsigned link, uint32_t snaplen,
                   const struct capmake *options);
void cap_enhanced(struct capmake *c, uint32_t iface, uint64_t ts, const char *data, uint32_t len,
                  const char *comment);
void cap_obsolete(struct capmake *c, unsigned iface, uint64_t ts, const char *data, uint32_t len);
void cap_simple(struct capmake *c, const char *data, uint32_t captured, uint32_t len);
#endif
