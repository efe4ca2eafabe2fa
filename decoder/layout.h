/* layout.h - which field of a text message comes next.
 *
 * The rows of a message are gone through in order; server version, the message's own version,
 * conditions and groups decide which of them a frame has.  Nothing here holds a byte of the frame:
 * who finds the fields tells what they say, and only where that matters (tws_layout_asks). */
#ifndef TWS_LAYOUT_H
#define TWS_LAYOUT_H
#include "schema.h"

#define TWS_GROUPS_MAX 2u /* groups in groups */

enum tws_layout_step {
    TWS_LAYOUT_FIELD, /* the next field of the frame has row *f */
    TWS_LAYOUT_LIST,  /* a group begins; *f counts it */
    TWS_LAYOUT_ITEM,  /* the fields of one of its items follow; not for groups of one field */
    TWS_LAYOUT_END,   /* the item or the group ends */
    TWS_LAYOUT_OVER,  /* the rows are used up */
};

struct tws_group {
    uint16_t first; /* row of its body */
    bool bare;      /* its items are single fields: no ITEM is told */
    bool open;      /* inside an item */
    bool took;      /* the item has had a field */
    uint32_t left;  /* items, the one that is open among them: hostile, only ever counted down */
};

/* A value: a copy goes on from the same place. All members are private. */
struct tws_layout {
    const struct tws_message_row *row; /* NULL: no rows */
    uint32_t server_version;
    uint32_t version; /* the message's own; UINT32_MAX: it has none */
    uint32_t holds;   /* bits of enum tws_when that hold so far */
    uint32_t counted; /* items of the group whose count was the last field */
    uint16_t next;    /* row */
    uint8_t depth;    /* open groups */
    struct tws_group group[TWS_GROUPS_MAX];
};

void tws_layout_open(struct tws_layout *l, const struct tws_message_row *row,
                     uint32_t server_version);

/* `rest`: the bytes of the frame from that field on; where they are not at hand, none at NULL, and
 * what depends on their number counts as present. */
enum tws_layout_step tws_layout_next(struct tws_layout *l, struct tws_cursor rest,
                                     const struct tws_field **f);

/* Is the next row's `f` a field that comes whatever the fields right before it say, on which
 * nothing depends, and in the same group as they? */
static inline bool tws_layout_is_plain(const struct tws_layout *l, const struct tws_field *f)
{
    return f->in == l->depth && (f->when | f->keep) == 0 && !f->group && f->mv <= l->version &&
           f->since <= l->server_version && (f->until == 0 || f->until > l->server_version);
}

/* How many of the next rows are such, `most` at most; 0 where something is to be told before the
 * next field. */
uint32_t tws_layout_plain(const struct tws_layout *l, uint32_t most);

/* So many of them have been found. */
void tws_layout_passed(struct tws_layout *l, uint32_t n);

/* Does what follows depend on what this field says? */
static inline bool tws_layout_asks(const struct tws_field *f)
{
    return f->keep != TWS_KEEP_NOT || f->group != NULL;
}

/* The field for which FIELD was returned says this; to be told when tws_layout_asks. */
void tws_layout_took(struct tws_layout *l, const struct tws_field *f, struct tws_cursor text);

/* The frame is over: how many fields it should have had from here on. */
uint32_t tws_layout_missing(const struct tws_layout *l);
#endif
