/* savefile.h - a capture file's bytes to packets, whichever of its kinds it is.
 *
 * Told by the first bytes: pcap in both byte orders, micro- or nanoseconds, and pcapng.  Pure: no
 * file, no clock; a file, a pipe or a fuzzer stands behind the same cursor.  pcap is read here and
 * not by libpcap: it is two headers, and in place it costs no copy of each packet. */
#ifndef TWS_SAVEFILE_H
#define TWS_SAVEFILE_H
#include "ngfile.h"

enum savefile_kind { SAVEFILE_UNKNOWN, SAVEFILE_PCAP, SAVEFILE_PCAPNG };

struct savefile {
    enum savefile_kind kind; /* UNKNOWN: the first bytes were not seen yet */
    bool begun;              /* the file's header was read: what comes are packets */
    struct parse parse;      /* of the kinds that are not pcapng: see savefile_parse */
    struct ngfile ng;
    int link;        /* pcap */
    uint32_t second; /* pcap: fractions of one, 10^6 or 10^9 */
};

void savefile_init(struct savefile *f);
void savefile_free(struct savefile *f);

/* Read the file's header, a packet, or something else, from the front of `in`, which is stepped
 * past what was used.  A packet is borrowed from `in`, its comment from `f`, until the next call.
 */
enum parse_status savefile_next(struct savefile *f, struct tws_cursor *in, struct packet *out);

/* After the last byte of the file, of which `left` were not used: it ended between two packets. */
bool savefile_is_whole(const struct savefile *f, size_t left);

/* Where it is, and what is wrong with it. */
const struct parse *savefile_parse(const struct savefile *f);
#endif
