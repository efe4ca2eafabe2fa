/* encode.h - whole frames into a bounded queue, in whichever form a server version asks for.
 *
 * A message is said once, as rows in text order; the writer picks the text or the protobuf form by
 * the schema's protobuf_since.  Both ends of the stand-in use it: the Gateway's and the client's.
 */
#ifndef STANDIN_ENCODE_H
#define STANDIN_ENCODE_H
#include "bytes.h"

/* Bytes to be sent.  Grows up to `limit`; a put beyond that, or without memory, sets `full` and
 * leaves the queue useless: its owner closes the connection. */
struct standin_out {
    uint8_t *bytes; /* owned */
    size_t len, cap, limit;
    size_t sent; /* of len: already given to the kernel */
    bool full;
};

void standin_out_free(struct standin_out *o);
void standin_out_put(struct standin_out *o, const void *bytes, size_t n);

static inline size_t standin_out_left(const struct standin_out *o)
{
    return o->len - o->sent;
}

/* The first `n` of the bytes left were sent. */
void standin_out_took(struct standin_out *o, size_t n);

enum standin_kind {
    STANDIN_INT,   /* number */
    STANDIN_CENTS, /* number / 100, in protobuf a double */
    STANDIN_TEXT,  /* text; left out of protobuf when empty, as official clients do */
    STANDIN_PAIR,  /* a list of one tag and value: text, more; in protobuf a map entry */
    STANDIN_BYTES, /* `number` bytes at `text`; only protobuf has it, as a whole sub-message */
};

struct standin_row {
    enum standin_kind kind;
    uint16_t tag;          /* protobuf field number; 0: only the text form has it */
    uint16_t in;           /* protobuf field number of the sub-message that holds it; 0: none */
    uint16_t since, until; /* text form: first server version with it, first without; 0: no bound */
    int64_t number;
    const char *text, *more;
};

/* Who says it, in which session. */
struct standin_form {
    enum tws_side from;
    uint32_t version; /* negotiated server version */
};

/* A frame being written.  Every begin has its end, and nothing else is put between. */
struct standin_frame {
    struct standin_out *out;
    size_t start;
    uint32_t version;
    bool protobuf;
};

struct standin_frame standin_begin(struct standin_out *o, struct standin_form form, int32_t id);

/* Rows in text order.  In protobuf, the rows of one call that share `in` become one sub-message, so
 * a repeated message is one call for each. */
void standin_rows(struct standin_frame *f, const struct standin_row *rows, size_t n);
void standin_end(struct standin_frame *f);

/* A frame of these rows and no more. */
void standin_put(struct standin_out *o, struct standin_form form, int32_t id,
                 const struct standin_row *rows, size_t n);

/* A frame of these bytes, which carry their id themselves or have none. */
void standin_put_payload(struct standin_out *o, const void *payload, size_t n);

#define STANDIN_PUT(out, form, id, rows)                                                           \
    standin_put((out), (form), (id), (rows), sizeof(rows) / sizeof((rows)[0]))
#endif
