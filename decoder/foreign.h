/* foreign.h - protocols that end up on an API port by mistake, told by their first bytes. */
#ifndef TWS_FOREIGN_H
#define TWS_FOREIGN_H
#include "bytes.h"

enum tws_foreign {
    TWS_FOREIGN_NONE, /* may still be TWS */
    TWS_FOREIGN_HTTP,
    TWS_FOREIGN_TLS, /* record types 0x14..0x17 with a 3.x version */
    TWS_FOREIGN_SSH,
    TWS_FOREIGN_RFB,   /* VNC */
    TWS_FOREIGN_POP3,  /* "+OK" */
    TWS_FOREIGN_OTHER, /* not TWS, and none of the above */
};

enum tws_foreign_status {
    TWS_FOREIGN_CLEAR,  /* the first bytes fit TWS; look no further */
    TWS_FOREIGN_UNSURE, /* a prefix of several things: more bytes decide */
    TWS_FOREIGN_FOUND,
};

/* Judge the first bytes of the stream that `dir` sends.  A client's stream fits TWS when it begins
 * with "API\0" or with digits and a NUL; a gateway's when the first 4 bytes are a length up to
 * TWS_FRAME_MAX.  At most 8 bytes are ever needed to leave UNSURE, except for a legacy hello's
 * digits (TWS_LEGACY_MAX). */
enum tws_foreign_status tws_foreign_guess(enum tws_side dir, struct tws_cursor first,
                                          enum tws_foreign *out);

/* "HTTP", "TLS", "SSH", "RFB (VNC)", "POP3", "unknown protocol". Never NULL. */
const char *tws_foreign_name(enum tws_foreign f);
#endif
