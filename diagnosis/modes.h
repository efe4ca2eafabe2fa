/* modes.h - the ways in which a session fails, one row a mode.
 *
 * A row says which facts a mode needs, which refute it, which make it stronger, and the best grade
 * the wire (or what else is at hand) can carry.  The engine in verdict.c scores rows against the
 * facts of a session and knows no mode by name. */
#ifndef TWS_MODES_H
#define TWS_MODES_H
#include "event.h"
#include "facts.h"

struct tws_mode {
    const char *id;       /* "client-id-in-use" */
    uint8_t number;       /* its number in the catalogue */
    uint8_t rank;         /* prior: smaller comes first among equals */
    uint32_t stages;      /* bit set of enum tws_trouble in which it can show */
    tws_facts needs;      /* all of these */
    tws_facts any;        /* at least one of these, when not zero */
    tws_facts refuted_by; /* none of these */
    tws_facts proves;     /* with all of these (when not zero) the grade is `proven_grade` */
    tws_facts favoured_by, weakened_by; /* one of these moves it up or down among equals */
    enum tws_certainty grade;           /* with `needs` alone */
    enum tws_certainty proven_grade;
    const char *why;        /* what in the evidence points at it */
    const char *proven_why; /* the same with `proves` at hand; NULL: no other words */
    const char *check;      /* the observation or command that proves or refutes it */
    const char *remedy;     /* what to do, with menu path and setting name */
};

extern const struct tws_mode tws_catalog[];
extern const size_t tws_catalog_len;

/* The first row of this id, which is the most general; NULL: none. */
const struct tws_mode *tws_catalog_find(const char *id);

/* All facts that come from this source. */
tws_facts tws_facts_from(enum tws_source source);

/* The best grade that the rows of mode `number` can give to who has these sources and no other; a
 * bit set of enum tws_source. */
enum tws_certainty tws_catalog_reach(uint8_t number, unsigned sources);
#endif
