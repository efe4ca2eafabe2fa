/* captured.h - a captured packet as the recording takes it. */
#ifndef TWS_CAPTURED_H
#define TWS_CAPTURED_H
#include "record.h"
#include "tap.h"

/* `p` as it came, with what the recording needs to mask it; the tap has seen it.  Its bytes are
 * borrowed; its interface is 0. */
struct record_packet captured_packet(const struct tap *t, const struct packet *p);
#endif
