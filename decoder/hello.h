/* hello.h - what opens a stream: the client's hello and the gateway's first frame.
 *
 * client:  "API\0", 4-byte big-endian length, then "vMIN..MAX" or "vN", optionally a space and
 *          connect options.  No NUL at the end.
 * legacy:  the client version as decimal digits and a NUL, no prefix (before V100 clients).
 * gateway: one frame of exactly two NUL-terminated fields without an id: server version and
 *          connection time; "-1" and "host" or "host:port" is a redirect.
 * Source: protocol fact tables, handshake sections 2, 3 and 6. */
#ifndef TWS_HELLO_H
#define TWS_HELLO_H
#include "bytes.h"

#define TWS_HELLO_PREFIX 4u    /* "API\0", bytes */
#define TWS_HELLO_MAX    1024u /* longest range-and-options text taken for a hello, bytes */
#define TWS_LEGACY_MAX   12u   /* longest legacy hello, digits and NUL, bytes */

struct tws_hello {
    uint32_t min, max;         /* versions offered; equal when one was named; 0 when unreadable */
    struct tws_cursor text;    /* the whole range-and-options text; borrowed */
    struct tws_cursor options; /* what follows the first space; borrowed; empty when absent */
    bool legacy;               /* digits and NUL: min == max == the client version */
    bool readable;             /* the range had the form above */
};

/* Read the text behind the length of an "API\0" hello.  Never fails: what is not of the form is
 * kept in `text` with `readable` false. */
void tws_hello_read(struct tws_cursor text, struct tws_hello *out);

/* Read digits without their NUL as a legacy hello. */
void tws_hello_read_legacy(struct tws_cursor digits, struct tws_hello *out);

struct tws_version_reply {
    int32_t server_version; /* 100..226 known; -1: redirect */
    struct tws_cursor time; /* connection time, opaque bytes (zone may be any encoding), or the
                             * redirect's host or host:port; borrowed */
    bool redirect;
};

/* Read a gateway's first frame.  False: not exactly two NUL-terminated fields, the first a
 * decimal number (a message of another kind may precede the reply). */
bool tws_version_reply_read(struct tws_cursor payload, struct tws_version_reply *out);
#endif
