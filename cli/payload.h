/* payload.h - a frame's payload from a line of text. */
#ifndef TWS_PAYLOAD_H
#define TWS_PAYLOAD_H
#include "bytes.h"

enum payload_status {
    PAYLOAD_READ,
    PAYLOAD_NONE,  /* a blank line or a comment */
    PAYLOAD_WRONG, /* neither hex nor base64 */
};

struct payload {
    enum tws_side dir; /* by a leading '>' (client) or '<' (gateway); TWS_NOBODY: none */
    uint8_t *bytes;    /* owned; grows with the longest line */
    size_t n, cap;
    bool no_memory;
    size_t wrong_at; /* WRONG: 1-based place in the line, in bytes */
};

/* The line's payload, in hex (blanks, colons and "0x" between bytes are passed over) or base64. */
enum payload_status payload_read(struct payload *p, const char *line, size_t len);

void payload_free(struct payload *p);
#endif
