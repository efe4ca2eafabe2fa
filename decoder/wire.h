/* wire.h - protobuf wire format, as far as TWS uses it: no groups, depth left to the caller. */
#ifndef TWS_WIRE_H
#define TWS_WIRE_H
#include "bytes.h"

enum tws_wire_type {
    TWS_WIRE_VARINT = 0,
    TWS_WIRE_FIXED64 = 1,
    TWS_WIRE_BYTES = 2,
    TWS_WIRE_FIXED32 = 5
};

struct tws_wire_field {
    uint32_t number; /* 1..536870911 */
    enum tws_wire_type type;
    uint64_t value;          /* VARINT, FIXED64, FIXED32: the bits */
    struct tws_cursor bytes; /* BYTES: borrowed */
};

enum tws_wire_status {
    TWS_WIRE_FIELD, /* `out` is one field */
    TWS_WIRE_END,   /* no bytes left, at a field boundary */
    TWS_WIRE_BAD,   /* not protobuf from here: cut short, bad key or type; nothing consumed */
};

enum tws_wire_status tws_wire_next(struct tws_cursor *in, struct tws_wire_field *out);

/* One value of f->type without a key in front, as in a packed run.  False: it does not parse, and
 * nothing is consumed. */
bool tws_wire_value(struct tws_cursor *in, struct tws_wire_field *f);
#endif
