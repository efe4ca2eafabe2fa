/* message.h - a frame's payload to its name and its values.
 *
 * Opening a message reads the id only; values are walked lazily, groups and nested messages as they
 * come, and nothing is allocated.  What does not fit the tables is kept and named in `faults`; no
 * frame fails for a field. */
#ifndef TWS_MESSAGE_H
#define TWS_MESSAGE_H
#include "layout.h"

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

/* The server version whose layout applies: that of the session, or the oldest that fits the id. */
static inline uint32_t tws_message_layout(const struct tws_message *m)
{
    if (m->server_version != 0)
        return m->server_version;
    return m->raw ? TWS_RAW_ID_SINCE : TWS_VERSION_MIN;
}

/* The official name, or "unknown". */
const char *tws_message_name(const struct tws_message *m);

/* The frame's faults in words, "; " between; "" for none.  Returns `buf`. */
const char *tws_fault_text(uint32_t faults, char *buf, size_t size);

/* What tws_walk_next came to.  LIST and RECORD have a name, ITEM has none; all three go on until
 * their END. */
enum tws_step { TWS_STEP_VALUE, TWS_STEP_LIST, TWS_STEP_ITEM, TWS_STEP_RECORD, TWS_STEP_END };

enum tws_value_kind {
    TWS_VALUE_INT,
    TWS_VALUE_DOUBLE,
    TWS_VALUE_BOOL,
    TWS_VALUE_TEXT,
    TWS_VALUE_UNSET
};

struct tws_value {
    const char *name;              /* NULL: beyond or without a schema, or an element of a list */
    const struct tws_field *field; /* NULL: beyond or without a schema */
    uint32_t number;        /* protobuf field number (0: the rest of what is no protobuf any more),
                             * or 1-based text position after the id */
    uint8_t wire_type;      /* protobuf: enum tws_wire_type */
    uint8_t step;           /* enum tws_step */
    uint8_t kind;           /* VALUE: enum tws_value_kind */
    uint8_t depth;          /* lists, items and records that are open around it */
    bool element;           /* VALUE: of a list, and without a name for that */
    bool again;             /* protobuf: `field` was met before in this message, or record */
    int64_t integer;        /* INT, BOOL; until tws_value_read the bits of a protobuf number */
    double real;            /* DOUBLE */
    struct tws_cursor text; /* text form: always the field's bytes; protobuf: bytes fields */
};

#define TWS_DEPTH_MAX 6u /* protobuf messages in messages; the schema has no more */

/* One protobuf message, or a packed run of numbers. */
struct tws_level {
    struct tws_cursor left;
    const struct tws_field *fields;
    const struct tws_field *list; /* the list that is open; of a packed run: what it holds */
    uint64_t seen[4];             /* rows met so far */
    uint16_t n, hint;
    bool packed;
};

#define TWS_AHEAD_MAX 16u /* text fields that are found at once */

/* All members are private but `faults`. */
struct tws_walk {
    const struct tws_message *message; /* borrowed */
    uint32_t faults;                   /* TWS_FAULT_WIRE once met */
    uint32_t number;                   /* text fields taken so far */
    uint8_t depth;                     /* what is open */
    uint8_t level;                     /* protobuf: the innermost of `levels` */
    uint8_t next, found;               /* text: of `ends` */
    bool over;                         /* text: no rows are left */
    bool last;                         /* text: nothing follows what was found */
    size_t at;                         /* text: where the next field to hand out begins */
    const struct tws_field *fields;    /* text: rows of what was found */
    uint32_t ends[TWS_AHEAD_MAX];      /* text: places of their NULs in the body */
    struct tws_layout layout;          /* text */
    struct tws_level levels[TWS_DEPTH_MAX];
};

void tws_walk_open(const struct tws_message *m, struct tws_walk *w);

/* The next step in wire order.  A value comes with its row; one that has no row, or whose protobuf
 * wire type is not the row's, comes with field == NULL.  A number's text that is none is TEXT.
 * False at the end; whatever was opened has had its END by then. */
bool tws_walk_next(struct tws_walk *w, struct tws_value *out);

/* The same, but for what a value says: kind, integer and real await tws_value_read. */
bool tws_walk_look(struct tws_walk *w); /* finds fields; false: no plain one comes next */
bool tws_walk_step_slow(struct tws_walk *w, struct tws_value *out);

/* Inline: the plain fields of a text message, of which most frames consist.  They are found several
 * at a time. */
static inline bool tws_walk_step(struct tws_walk *w, struct tws_value *out)
{
    const struct tws_field *f;
    uint32_t end;

    if (w->next == w->found)
        return !w->last && tws_walk_step_slow(w, out);
    f = &w->fields[w->next];
    end = w->ends[w->next++];
    out->name = f->name;
    out->field = f;
    out->number = ++w->number;
    out->wire_type = 0;
    out->step = TWS_STEP_VALUE;
    out->kind = TWS_VALUE_TEXT;
    out->depth = w->depth;
    out->element = out->again = false;
    out->integer = 0;
    out->text.p = w->message->body.p + w->at;
    out->text.left = end - w->at;
    w->at = (size_t)end + 1;
    return true;
}

/* Plain fields of a text message, one behind the other. */
struct tws_run {
    const struct tws_field *fields; /* their rows */
    const uint8_t *body;
    size_t from;          /* where in the body the first begins */
    const uint32_t *ends; /* where in the body each has its NUL; the next begins behind it */
    size_t n;
};

/* For those in a hurry: the next fields, several at once, as far as nothing else is to be said
 * before the last of them.  False: the next step is for tws_walk_step.  *out is valid until the
 * next call. */
static inline bool tws_walk_run(struct tws_walk *w, struct tws_run *out)
{
    if (w->next == w->found && (w->last || !tws_walk_look(w)))
        return false;
    out->fields = &w->fields[w->next];
    out->body = w->message->body.p;
    out->from = w->at;
    out->ends = &w->ends[w->next];
    out->n = (size_t)(w->found - w->next);
    w->at = (size_t)w->ends[w->found - 1] + 1;
    w->number += (uint32_t)out->n;
    w->next = w->found;
    return true;
}

void tws_value_read(const struct tws_message *m, struct tws_value *v);

/* The next value, whatever it is in.  False at the end. */
bool tws_walk_value(struct tws_walk *w, struct tws_value *out);

/* After the end: fields that a text frame should have had and did not; 0 for protobuf (absence is
 * allowed there) and for messages without a schema. */
uint32_t tws_walk_missing(const struct tws_walk *w);

/* The first value whose row has this meaning.  False: none. */
bool tws_message_find(const struct tws_message *m, enum tws_meaning means, struct tws_value *out);

/* The reqId or orderId that the message carries, by the row's key place.  False: it has none. */
bool tws_message_key(const struct tws_message *m, int64_t *out);

/* The bytes of m->body up to and including that key: what follows them does not change it.  0: the
 * message has no key, or a text key has no NUL behind it. */
size_t tws_message_key_span(const struct tws_message *m);
#endif
