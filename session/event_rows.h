/* event_rows.h - which members an event has, and how members are packed: for event_pack.c and
 * event_unpack.c, and for who packs what they do not know (event_pack.h).
 *
 * A row names a member by its place in its struct, and the form in which it is packed. */
#ifndef TWS_EVENT_ROWS_H
#define TWS_EVENT_ROWS_H
#include "event.h"
#include <stddef.h>

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
    TWS_ROW_LIST, /* up to `end` of those in an array; how many there are is a uint8_t at `count` */
};

struct tws_rows;

struct tws_member {
    size_t at, held; /* place and size in its struct */
    uint8_t form;    /* enum tws_row_form */
    uint8_t first, end;
    size_t count;                /* LIST: the place of the number of elements */
    const struct tws_rows *part; /* NULL unless the form is PART or LIST */
};

struct tws_rows {
    const struct tws_member *row;
    size_t n;
};

extern const struct tws_rows tws_event_rows[TWS_EVENTS]; /* places in struct tws_event */
extern const struct tws_rows tws_mark_rows, tws_facts_rows, tws_open_rows, tws_state_rows,
    tws_summary_rows; /* in the structs of those names */

/* Where packed bytes go. */
struct tws_writer {
    uint8_t *to; /* NULL: nothing is written, the bytes are counted */
    size_t room, n;
};

void tws_put_number(struct tws_writer *w, uint64_t value, size_t width);
/* `text` may be NULL, and at most `max` bytes of it are looked at; `plain`: what would not be taken
 * back stands as '?', so that no event is lost for it. */
void tws_put_text(struct tws_writer *w, const char *text, size_t max, bool plain);
void tws_put_members(struct tws_writer *w, struct tws_rows rows, const void *from);

/* Each is false where the bytes do not hold what is asked for; what was to be set then means
 * nothing.  A number is of `width` bytes; a choice is one byte, from `first` to below `end`; a text
 * is borrowed from the bytes, NULL: none, and *size includes its NUL. */
bool tws_take_number(struct tws_cursor *in, size_t width, uint64_t *out);
bool tws_take_choice(struct tws_cursor *in, uint8_t first, uint8_t end, uint64_t *out);
bool tws_take_packed_text(struct tws_cursor *in, bool plain, const char **out, size_t *size);
bool tws_take_members(struct tws_cursor *in, struct tws_rows rows, void *to);

/* ---- how rows are written ---- */

/* clang-format off */
#define ROWS(of)         {(of), sizeof(of) / sizeof((of)[0])}
#define OF(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

#define ROW(type, member, form)       {OF(type, member), form, 0, 0, 0, NULL}
#define NUMBER(type, member)          ROW(type, member, TWS_ROW_NUMBER)
#define CHOICE(type, member, from, n) {OF(type, member), TWS_ROW_CHOICE, from, n, 0, NULL}
#define YES_NO(type, member)          CHOICE(type, member, 0, 2)
#define PARTY(type, member)           CHOICE(type, member, TWS_NOBODY, TWS_NETWORK + 1)
#define SENDER(type, member)          CHOICE(type, member, TWS_CLIENT, TWS_GATEWAY + 1)
#define SLICE(type, member, max)      {OF(type, member), TWS_ROW_SLICE, 0, max, 0, NULL}
#define PART(type, member, rows)      {OF(type, member), TWS_ROW_PART, 0, 0, 0, &(rows)}
/* The first `count` (a uint8_t) elements of an array of `max`, whose first one is `element`. */
#define LIST(type, element, count, max, rows)                                                      \
    {OF(type, element), TWS_ROW_LIST, 0, max, offsetof(struct type, count), &(rows)}
/* clang-format on */

#define TWS_EVENT_HEAD     4u      /* bytes of the size in front */
#define TWS_EVENT_TEXT_MAX 0xffffu /* bytes of a text with its NUL: what a u16 can say */

/* Printable ASCII: what every text has that is not from the wire. */
static inline bool tws_row_plain(char c)
{
    return c >= ' ' && c <= '~';
}
#endif
