/* event_rows.h - which members an event has, for event_pack.c and event_unpack.c: private to them.
 *
 * A row names a member by its place in its struct, and the form in which it is packed. */
#ifndef TWS_EVENT_ROWS_H
#define TWS_EVENT_ROWS_H
#include "event.h"

enum tws_row_form {
    TWS_ROW_NUMBER, /* an integer of 1, 2, 4 or 8 bytes */
    TWS_ROW_CHOICE, /* an enumeration or a truth value, from `first` to below `end`: one byte */
    TWS_ROW_RAW,    /* bytes of a fixed number */
    TWS_ROW_NAME,   /* an array with a text of printable ASCII */
    TWS_ROW_SAYS,   /* an array with a text of any bytes */
    TWS_ROW_TEXT,   /* a pointer to a text of printable ASCII, or NULL */
    TWS_ROW_WORDS,  /* the same, and never NULL */
    TWS_ROW_SLICE,  /* a cursor; at most `end` bytes unless that is 0 */
    TWS_ROW_PART,   /* a struct of the rows in `part` */
};

struct tws_rows;

struct tws_member {
    size_t at, held; /* place and size in its struct */
    uint8_t form;    /* enum tws_row_form */
    uint8_t first, end;
    const struct tws_rows *part; /* NULL unless the form is PART */
};

struct tws_rows {
    const struct tws_member *row;
    size_t n;
};

extern const struct tws_rows tws_event_rows[TWS_EVENTS]; /* places in struct tws_event */
extern const struct tws_rows tws_mark_rows, tws_farm_rows, tws_verdict_rows, tws_evidence_rows,
    tws_cause_rows, tws_requests_rows, tws_request_rows,
    tws_summary_rows; /* in the structs of those names */

#define TWS_EVENT_HEAD     4u      /* bytes of the size in front */
#define TWS_EVENT_TEXT_MAX 0xffffu /* bytes of a text with its NUL: what a u16 can say */

/* Printable ASCII: what every text has that is not from the wire. */
static inline bool tws_row_plain(char c)
{
    return c >= ' ' && c <= '~';
}
#endif
