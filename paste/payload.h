/* payload.h - payloads from lines of text, as people paste them.
 *
 * A line is taken apart from the outside: a time, "<" or ">" (who sent it), a label ("hex:"),
 * quotes or brackets around it, a ';' or a comment behind it.  What is left is hex (blanks, commas,
 * colons, dashes, "0x" between the bytes), text with escapes as C, Python and Java write bytes
 * ("9\x001\x00"), or base64.  Lines of a dump (xxd, hexdump -C, tshark -x) make one payload as long
 * as their places follow each other.  Lines of the logs of client libraries come first
 * (log_line.h): they say by themselves who sent the frame and how it is written. */
#ifndef TWS_PAYLOAD_H
#define TWS_PAYLOAD_H
#include "bytes.h"

enum payload_status {
    PAYLOAD_READ,
    PAYLOAD_NONE,  /* a blank line or a comment */
    PAYLOAD_MORE,  /* a line of a dump: it is over when payload_is_over says so */
    PAYLOAD_WRONG, /* none of these: `why` */
};

struct payload {
    enum tws_side dir; /* by a '>' (client), a '<' (gateway) or a log; TWS_NOBODY: none */
    uint8_t *bytes;    /* owned; grows with the longest line */
    size_t n, cap;
    bool dump;       /* bytes of a dump are held */
    bool torn;       /* private: the rest of a dump is passed over */
    const char *why; /* WRONG: static */
    size_t wrong_at; /* WRONG: 1-based place in the line, in bytes */
};

/* The line's payload; after MORE, another line's bytes are added to it. */
enum payload_status payload_read(struct payload *p, const char *line, size_t len);

/* Is a dump held, and does it not go on with this line (NULL: the input is over)?  Its bytes are
 * then the payload, and payload_forget is due. */
bool payload_is_over(const struct payload *p, const char *line, size_t len);
void payload_forget(struct payload *p);

void payload_free(struct payload *p);
#endif
