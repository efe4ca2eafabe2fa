/* behaviour.h - what connections do: rows with the truth that follows.
 *
 * A script is some pieces, which change nothing of the truth, and one row that decides it.  Each
 * row names the document that its truth comes from: "catalogue N" is mode N of the catalogue of
 * silences, "K N" a kind of fault in the report of the field, "design N" a section of the design.
 */
#ifndef GENERATE_BEHAVIOUR_H
#define GENERATE_BEHAVIOUR_H
#include "talk.h"
#include "truth.h"

/* What a piece leaves behind. */
enum tag {
    TAG_TICKS = 1 << 0,  /* a subscription ticks on */
    TAG_BURST = 1 << 1,  /* more than 50 messages in a second */
    TAG_FARM = 1 << 2,   /* a farm is broken */
    TAG_NOTICE = 1 << 3, /* errors that may explain something */
    TAG_ORDER = 1 << 4,
    TAG_WIRE = 1 << 5,   /* something of TCP */
    TAG_TIME = 1 << 6,   /* reqCurrentTime just before */
    TAG_NO_GAP = 1 << 7, /* a loss in it would change the truth */
    TAG_LINK = 1 << 8,   /* the link to IB was lost and is back */
};

struct piece {
    const char *name, *source;
    unsigned tags;
    void (*play)(struct talk *t, struct truth *truth);
};

enum flag {
    FROM_TCP = 1 << 0, /* plays the connection from its SYN on */
    TAIL = 1 << 1,     /* may be the last of a capture, which ends before the connection does */
    REMOTE = 1 << 2,   /* not on the loopback */
    LOCAL = 1 << 3,    /* on the loopback */
    ALONE = 1 << 4,    /* no other session of the port */
    BESIDE = 1 << 5,   /* another session of the port is served all the time */
    WHOLE = 1 << 6,    /* only where the capture saw all of it */
    HEALTHY = 1 << 7,  /* a healthy session, or a look-alike */
    FIRST = 1 << 8,    /* no piece comes before it */
    OPEN = 1 << 9,     /* the connection never ends */
};

struct decider {
    const char *name, *kinds, *source;
    unsigned weight;
    unsigned flags;        /* enum flag */
    unsigned but;          /* pieces with these tags do not come before it */
    uint32_t since, until; /* server versions; 0: any */
    void (*play)(struct talk *t, struct truth *truth);
};

extern const struct piece pieces[];
extern const size_t n_pieces;
extern const struct decider handshake_deciders[], live_deciders[], end_deciders[],
    healthy_deciders[];
extern const size_t n_handshake_deciders, n_live_deciders, n_end_deciders, n_healthy_deciders;

/* Requests that are answered at once, every 1.5 to 4 s, for so long. */
void behave_polls(struct talk *t, uint64_t ns);
#endif
