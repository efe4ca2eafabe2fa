/* message.h - a frame's payload to its name and its values.
 *
 * Opening a message reads the id only; fields are walked lazily and nothing is allocated.  What
 * does not fit the tables is kept and named in `faults`; no frame fails for a field. */
#ifndef TWS_MESSAGE_H
#define TWS_MESSAGE_H
#include "schema.h"

enum tws_form { TWS_FORM_HELLO, TWS_FORM_VERSION, TWS_FORM_TEXT, TWS_FORM_PROTOBUF };

/* What is odd about a frame; a set of bits. */
enum tws_fault {
    TWS_FAULT_EMPTY = 1 << 0,      /* zero length: no source ever sends one */
    TWS_FAULT_NO_ID = 1 << 1,      /* no readable id */
    TWS_FAULT_UNKNOWN_ID = 1 << 2, /* an id outside the tables */
    TWS_FAULT_NO_NUL = 1 << 3,     /* a text body whose last byte is not NUL */
    TWS_FAULT_FRAMING = 1 << 4,    /* text id where the negotiated version asks for a raw one, or
                                    * the reverse; a form that the message does not have; or a
                                    * text startApi from version 213 on */
    TWS_FAULT_WIRE = 1 << 5,       /* a protobuf body that does not parse (set by the walk) */
};

struct tws_message {
    enum tws_form form;
    int32_t raw_id;                    /* as sent; -1 when none could be read */
    int32_t id;                        /* base id; -1 when none could be read */
    const struct tws_message_row *row; /* NULL: unknown id */
    struct tws_cursor body;            /* what follows the id; borrowed from the payload */
    uint32_t faults;                   /* enum tws_fault bits */
    uint32_t server_version;           /* as given to tws_message_open */
    enum tws_side dir;
    bool raw; /* the id came as 4 bytes, not as text */
};

/* Read the id of a frame sent by `dir` in a session of `server_version` (0: not known yet, the
 * form is then told from the bytes alone).  Text ids and raw ids are told apart by their first
 * byte (a digit or 0), so a frame of the wrong form is decoded and marked TWS_FAULT_FRAMING. */
void tws_message_open(enum tws_side dir, uint32_t server_version, struct tws_cursor payload,
                      struct tws_message *out);

/* The official name, or "unknown". */
const char *tws_message_name(const struct tws_message *m);

/* The frame's faults in words, "; " between; "" for none.  Returns `buf`. */
const char *tws_fault_text(uint32_t faults, char *buf, size_t size);

enum tws_value_kind {
    TWS_VALUE_INT,
    TWS_VALUE_DOUBLE,
    TWS_VALUE_BOOL,
    TWS_VALUE_TEXT,
    TWS_VALUE_UNSET
};

struct tws_value {
    const struct tws_field *field; /* NULL: beyond or without a schema */
    uint32_t number;   /* protobuf field number, or 1-based text position after the id */
    uint8_t wire_type; /* protobuf: enum tws_wire_type */
    enum tws_value_kind kind;
    int64_t integer;        /* INT, BOOL */
    double real;            /* DOUBLE */
    struct tws_cursor text; /* text form: always the field's bytes; protobuf: bytes fields */
    bool again;             /* protobuf: `field` had a value before in this message */
};

struct tws_walk {
    const struct tws_message *message; /* borrowed */
    struct tws_cursor left;
    uint16_t row;     /* next text row */
    uint32_t number;  /* text fields taken so far */
    uint64_t seen[4]; /* protobuf: rows of the schema met so far (n_fields <= 256) */
    uint32_t faults;  /* TWS_FAULT_WIRE once met */
};

void tws_walk_open(const struct tws_message *m, struct tws_walk *w);

/* The next value in wire order.  A value comes with its row; one that has no row, or whose protobuf
 * wire type is not the row's, comes with field == NULL.  A number's text that is none is TEXT.
 * False at the end. */
bool tws_walk_next(struct tws_walk *w, struct tws_value *out);

/* After the last value: schema rows that a text frame should have had and did not; 0 for protobuf
 * (absence is allowed there) and for messages without a schema. */
uint32_t tws_walk_missing(const struct tws_walk *w);

/* The first value whose row has this meaning.  False: none. */
bool tws_message_find(const struct tws_message *m, enum tws_meaning means, struct tws_value *out);

/* The reqId or orderId that the message carries, by the row's key place.  False: it has none. */
bool tws_message_key(const struct tws_message *m, int64_t *out);

/* The bytes of m->body up to and including that key: what follows them does not change it.  0: the
 * message has no key, or a text key has no NUL behind it. */
size_t tws_message_key_span(const struct tws_message *m);
#endif
