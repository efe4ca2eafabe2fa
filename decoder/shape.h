/* shape.h - what a message's body looks like, as far as bytes alone tell.
 *
 * For whoever must decide whether some bytes are a frame at all (resync.h): how many fields the
 * text form has and of what kind the first ones are, and which wire type each field number of the
 * protobuf form has.  It is coarser than the schema, from which it is made at build time
 * (derive/derive.c), and complete: it knows every message of server versions 100 to 226, with all
 * of a message's versions folded into one row. */
#ifndef TWS_SHAPE_H
#define TWS_SHAPE_H
#include "schema.h"

/* How a frame's id is written; one connection has one way (but for the version reply). */
enum tws_ids {
    TWS_IDS_UNKNOWN,
    TWS_IDS_TEXT, /* decimal text: server versions up to 200 */
    TWS_IDS_RAW,  /* 4 bytes: from 201 on */
};

enum tws_grade {
    TWS_GRADE_BAD,    /* no frame that anybody sends */
    TWS_GRADE_OPEN,   /* nothing against it in the bytes seen; the rest decides */
    TWS_GRADE_FAIR,   /* whole, of a known id, and nothing against it */
    TWS_GRADE_STRONG, /* whole, and every field that the row describes is as it should be */
};

/* Judge a payload of `len` bytes sent by `side`, of which `seen` (at most `len` bytes) are there.
 * More bytes can turn OPEN into another answer, and never change any other.  *ids: how its id is
 * written, UNKNOWN while that cannot be told.
 *
 * Text: an id of the tables in at most three digits; nothing but text in the fields (no control
 * byte other than tab, line feed and carriage return); each field ended; as many fields as the
 * message can have (up to SPARE more make it FAIR); numbers where the row has numbers.
 * Protobuf: an id of the tables; a body that parses to its end; each known field number with its
 * wire type (others up to 255 make it FAIR). */
enum tws_grade tws_shape_grade(enum tws_side side, struct tws_cursor seen, size_t len,
                               enum tws_ids *ids);

/* The grade of a gateway's first frame as a version reply: OPEN is never returned for a whole one.
 * STRONG: a version of three digits, and a date and time. */
enum tws_grade tws_shape_version(struct tws_cursor seen, size_t len);
#endif
