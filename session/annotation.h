/* annotation.h - what a recording says beyond bytes: comments of its section and of its packets.
 *
 * A comment is text of one or more lines.  A line is one annotation; `blacked out` may also stand
 * behind another one, after "; ".  A line that is no annotation (a note of a person, say) is
 * skipped.
 *
 *     twstap WHAT; accounts A; version V; upstream A:P; listen A:P; ...; REST
 *         of the section.  WHAT: "recording of a relay" or "capture"; A: "masked" or "shown"; the
 *         address that the relay connects to, each one that it listens on, and words for people
 *     dialing, dialed
 *         the relay is connecting to the Gateway; it is connected
 *     close: HOW: REASON; host H
 *         how the connection ended (tws_ending_name), where the packet's flags do not say it all
 *     silence: STAGE; OWES owes since SECONDS.mmm s; kernel K; host H
 *         a silence began: the stage (tws_trouble_name), and which side owes bytes
 *     end
 *         the relay has given the connection up: nothing of it follows
 *     blacked out: OFFSET+LENGTH
 *         these bytes of the payload were overwritten by the program that recorded it
 *
 * K is "unknown", or known=1 upstream=... and so on; H is owner=P idle=P sibling=N seen=N.  Both
 * are lists of NAME=VALUE with one space between; values are decimal numbers, of which 0 and 1 also
 * stand for no and yes, and a process P is PID/STATE/PROGRAM/NAME ("?" and "-": not known).  The
 * names are those of the table in annotation.c; the members are those of struct tws_kernel.
 *
 * Reading takes any bytes.  Parts and members with unknown names are skipped, in any order.  A
 * malformed member makes all of its group unknown: the kernel's, those of the Gateway's end
 * (owned, peer_unread, queue), or the host's; so does one that is missing or comes twice.  What is
 * malformed elsewhere is no annotation. */
#ifndef TWS_ANNOTATION_H
#define TWS_ANNOTATION_H
#include "event.h"

/* Bytes that any annotation of a packet takes, with its NUL. */
#define TWS_ANNOTATION_MAX 512u

#define TWS_ANNOTATION_LISTENS 8u   /* further ones are not kept */
#define TWS_ANNOTATION_REASON  120u /* bytes; the rest of a longer one is not written */

enum tws_annotation_kind {
    TWS_AN_NONE,
    TWS_AN_SECTION,
    TWS_AN_DIALING,
    TWS_AN_DIALED,
    TWS_AN_CLOSE,
    TWS_AN_SILENCE,
    TWS_AN_END,
    TWS_AN_BLACKED_OUT,
    TWS_AN_KINDS,
};

/* Texts are borrowed; of no bytes: none.  They hold no line break and no "; ", except `rest`. */
struct tws_section {
    bool relay;  /* false: a capture */
    bool masked; /* account ids are */
    struct tws_cursor version, upstream;
    struct tws_cursor listen[TWS_ANNOTATION_LISTENS];
    size_t n_listen;
    struct tws_cursor rest;
};

/* What was asked of the system when it was written. */
struct tws_recorded {
    struct tws_kernel kernel; /* without `listener` and `listener_uid`, which no text holds */
    bool host_known;          /* owner, idle, sibling and all_seen of it were asked for */
};

struct tws_annotation {
    enum tws_annotation_kind kind;
    union {
        struct tws_section section;
        struct {
            enum tws_ending how;          /* not TWS_OPEN_STILL */
            struct tws_cursor reason;     /* borrowed; of no bytes: none; without "; host " */
            struct tws_recorded recorded; /* the host's members alone */
        } close;
        struct {
            enum tws_trouble stage; /* not NONE */
            enum tws_side owes;
            uint64_t waited_ns; /* whole milliseconds are written */
            struct tws_recorded recorded;
        } silence;
        struct {
            uint32_t offset, length; /* bytes of the payload */
        } blacked_out;
    } u;
};

/* Write `a` as a text that ends with a NUL; nothing for NONE.  The number of bytes that all of it
 * takes without the NUL: it is cut when that is not less than `size`, which is at least 1. */
size_t tws_annotation_write(const struct tws_annotation *a, char *to, size_t size);

/* The same behind the text that `to` holds; `a` is `blacked out` or NONE, unless that is "".  The
 * number of bytes that both take. */
size_t tws_annotation_add(const struct tws_annotation *a, char *to, size_t size);

/* Read one annotation, all of `text`; *out borrows from it.  False: it is none, and *out is as it
 * was. */
bool tws_annotation_read(struct tws_cursor text, struct tws_annotation *out);

/* Take the next annotation of a comment, which may hold other text as well.  False: there is no
 * further one, and *out is as it was. */
bool tws_annotation_next(struct tws_cursor *comment, struct tws_annotation *out);

/* The first of that kind in a comment (NULL: no comment).  False: there is none. */
bool tws_annotation_find(const char *comment, enum tws_annotation_kind kind,
                         struct tws_annotation *out);

/* The section's, which must be what the comment begins with. */
bool tws_annotation_section(const char *comment, struct tws_section *out);

/* The port of the upstream's address; 0: none is named. */
uint16_t tws_section_port(const struct tws_section *s);
#endif
