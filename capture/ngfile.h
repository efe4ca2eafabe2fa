/* ngfile.h - the blocks of a pcapng file to packets.
 *
 * Our own reader, because libpcap refuses interfaces of different link types or snapshot lengths,
 * and drops comments.  Sections in both byte orders, several of them; packets of Enhanced, Simple
 * and the obsolete Packet Blocks; what names, statistics, secrets and unknown blocks hold is
 * stepped over.  Pure: no file, no clock. */
#ifndef TWS_NGFILE_H
#define TWS_NGFILE_H
#include "parse.h"
#include "source.h"

#define NGFILE_BLOCK_MAX      (16u << 20) /* bytes of a block that is stepped over: more is an error */
#define NGFILE_INTERFACES_MAX 4096u       /* of one section: more is an error */
#define NGFILE_COMMENT_MAX    1024u       /* bytes of a packet's comments: the rest is left out */

struct ngfile_interface; /* private */

struct ngfile {
    struct parse parse;
    struct source_about about; /* comment and program once begun; interface once it was met */
    bool begun;                /* the first section header was read */

    /* Private. */
    struct ngfile_interface *interfaces; /* of this section; owned */
    uint32_t n_interfaces, room;
    uint32_t base;    /* interfaces of the sections before */
    uint64_t skip;    /* bytes of a block that are still to be stepped over */
    uint32_t trailer; /* then its length stands there again; 0: no block is under way */
    char comment[NGFILE_COMMENT_MAX];
};

void ngfile_init(struct ngfile *f);
void ngfile_free(struct ngfile *f);

/* Read one block, or a piece of one that is stepped over, from the front of `in`.  A packet's bytes
 * are borrowed from `in`, its comment from `f` until the next call; several comments are lines of
 * one.  A Simple Packet has no time: it gets that of the packet before it.  `iface` counts the
 * interfaces of all sections. */
enum parse_status ngfile_next(struct ngfile *f, struct tws_cursor *in, struct packet *out);

/* After the last byte of the file, of which `left` were not used: it ended between two blocks. */
bool ngfile_is_whole(const struct ngfile *f, size_t left);
#endif
