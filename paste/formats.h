/* formats.h - the logs in which payloads are found: one row a kind of line.
 *
 * A new log is a row with a sample; the tests read every sample.  Facts: the sources of the
 * libraries, and lines that their users have published. */
#ifndef PASTE_FORMATS_H
#define PASTE_FORMATS_H
#include "bytes.h"
#include "rest.h"

/* How the payload is written. */
enum format_form {
    FORMAT_BYTES,   /* a string of bytes as Python writes it: b'9\x001\x00' */
    FORMAT_STRING,  /* a string with escapes */
    FORMAT_RUST,    /* a string as Rust writes it: "9\01\042\0" */
    FORMAT_FIELDS,  /* a list of fields */
    FORMAT_NUMBERS, /* a list of bytes in decimal */
    FORMAT_COMMAS,  /* fields with commas between them */
    FORMAT_DASHES,  /* fields with '-' between them, */
    FORMAT_TWS,     /* the same behind the length of the frame, as in TWS's own log */
    FORMAT_REFUSED, /* not to be read: `refused` says why */
    FORMAT_UNSEEN,  /* a frame came, and the line does not hold it: no payload */
};

/* Lines of one log may tell the same frame several times: as read from the socket, as cut into
 * frames, as taken apart.  A smaller number is nearer to the wire. */
enum format_layer { FORMAT_SOCKET, FORMAT_FRAME, FORMAT_PARTS };

struct format {
    const char *name;  /* of the program that writes it */
    const char *words; /* what stands in front of the payload */
    enum tws_side dir; /* who sent it; TWS_NOBODY: the line does not say */
    enum format_form form;
    enum format_layer layer;
    bool wire;           /* bytes of the stream: frames with their lengths, whole or in pieces */
    const char *refused; /* REFUSED: what is missing */
    const char *sample;  /* a line */
    const char *payload; /* its payload, */
    size_t n;            /* so many bytes */
};

/* All rows; a line is of the first that matches. */
extern const struct format formats[];
extern const size_t formats_n;

/* The row of a line, and where its payload begins, in bytes; NULL: it is of none. */
const struct format *formats_find(struct rest line, size_t *at);
#endif
