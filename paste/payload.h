/* payload.h - payloads from lines of text, as people paste them.
 *
 * A line of a log comes first (formats.h): it says by itself who sent the frame and how it is
 * written.  Any other is taken apart from the outside: a time, "<" or ">" (who sent it), a label
 * ("hex:"), quotes or brackets around it, a ';' or a comment behind it.  What is left is hex, text
 * with escapes as languages write bytes, a list of fields or of bytes, or base64.  Lines of a dump
 * make one payload as long as their places follow each other, and so do the lines of a list.
 *
 * A line that holds none of these is passed over; one that does and cannot be read is WRONG. */
#ifndef TWS_PAYLOAD_H
#define TWS_PAYLOAD_H
#include "formats.h"
#include "reading.h"
#include "stamp.h"

enum payload_status {
    PAYLOAD_READ,
    PAYLOAD_NONE,    /* a blank line or a comment */
    PAYLOAD_SKIPPED, /* a line without a payload */
    PAYLOAD_MORE,    /* a line of a dump or a list: what follows decides */
    PAYLOAD_WRONG,   /* a payload that cannot be read: `why` */
};

struct payload {
    enum tws_side dir; /* by a '>' (client), a '<' (gateway) or a log; TWS_NOBODY: none */
    const struct format
        *format;        /* the log's row; NULL: of no log.  SKIPPED: FORMAT_UNSEEN or NULL */
    struct stamp stamp; /* READ: the line's time */
    uint8_t *bytes;     /* owned; grows with the longest line */
    size_t n, cap;
    const char *guess; /* READ: static, what about the reading is a guess; NULL: nothing */
    const char *why;   /* WRONG: static */
    size_t wrong_at;   /* WRONG: 1-based place in the line, in bytes */
    size_t skipped;    /* READ, WRONG, SKIPPED: lines before this one that were held for nothing */
    bool dump;         /* bytes of a dump are held */
    bool torn;         /* private: the rest of a dump is passed over */
    char *list;        /* private, owned: lines of a list without its end */
    size_t list_n, list_lines;
};

/* The line's payload; after MORE, another line's bytes are added to it.  `version`: the server
 * version, by whose layouts a choice between several readings is made; 0: not known. */
enum payload_status payload_read(struct payload *p, const char *line, size_t len, uint32_t version);

/* Is a dump held, and does it not go on with this line (NULL: the input is over)?  Its bytes are
 * then the payload, and payload_forget is due. */
bool payload_is_over(const struct payload *p, const char *line, size_t len);
void payload_forget(struct payload *p);

/* The input is over.  WRONG: a list has no end; else NONE. */
enum payload_status payload_end(struct payload *p);

void payload_free(struct payload *p);
#endif
