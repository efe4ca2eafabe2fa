/* encode.h - whole frames into a bounded queue, in whichever form a server version asks for.
 *
 * A message is given as values by the official names of its fields; which fields there are, in
 * which order and of which type, and whether text or protobuf is due, are facts of the schema's
 * rows. Both ends of the stand-in use it: the Gateway's and the client's. */
#ifndef STANDIN_ENCODE_H
#define STANDIN_ENCODE_H
#include "bytes.h"

/* Bytes to be sent.  Grows up to `limit`; a put beyond that, without memory, or of a value that no
 * row knows sets `full` and leaves the queue useless: its owner closes the connection. */
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
    STANDIN_CENTS, /* number / 100 */
    STANDIN_TEXT,  /* text, of a number too; left out of protobuf when empty, as official clients do
                    */
    STANDIN_ITEMS, /* what a count counts */
};

struct standin_item;

struct standin_value {
    const char *name; /* of the row: "reqId"; of a field that no text row has, its place in
                       * protobuf: "api.settings.socketPort" */
    enum standin_kind kind;
    int64_t number;
    const char *text;
    const struct standin_item *items; /* n of them */
    size_t n;
};

/* The fields of one item of a group. */
struct standin_item {
    const struct standin_value *values;
    size_t n;
};

/* Who says it, in which session. */
struct standin_form {
    enum tws_side from;
    uint32_t version; /* negotiated server version */
};

/* A frame of message `id`.  A field without a value is 0 or empty in text, whichever is none for
 * its type, and left out of protobuf; a value that the form or the version has no field for is not
 * written. */
void standin_put(struct standin_out *o, struct standin_form form, int32_t id,
                 const struct standin_value *values, size_t n);

/* A frame of these bytes, which carry their id themselves or have none. */
void standin_put_payload(struct standin_out *o, const void *payload, size_t n);

#define STANDIN_PUT(out, form, id, values)                                                         \
    standin_put((out), (form), (id), (values), sizeof(values) / sizeof((values)[0]))
#endif
