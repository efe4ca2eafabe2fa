/* modes.h - the ways in which a session fails, one row a mode.
 *
 * A mode shows in one or more patterns.  A pattern says which facts it needs, which refute it,
 * which make it stronger, and the best grade that the wire (or what else is at hand) can carry.
 * rank.c scores patterns against the facts of a session and knows no mode by name. */
#ifndef TWS_MODES_H
#define TWS_MODES_H
#include "facts.h"

struct tws_pattern {
    uint8_t rank;            /* prior: smaller comes first among equals */
    uint32_t stages;         /* bit set of enum tws_trouble in which it can show */
    tws_fact_set needs;      /* all of these */
    tws_fact_set any;        /* at least one of these, when not zero */
    tws_fact_set refuted_by; /* none of these */
    tws_fact_set proves;     /* with all of these (when not zero) the grade is `proven_grade` */
    tws_fact_set favoured_by, weakened_by; /* one of these moves it up or down among equals */
    enum tws_certainty grade;              /* with `needs` alone */
    enum tws_certainty proven_grade;
    const char *why;        /* what in the evidence points at it */
    const char *proven_why; /* the same with `proves` at hand; NULL: no other words */
    const char *check;      /* the observation or command that proves or refutes it */
    const char *remedy;     /* where it is not the mode's; NULL */
};

struct tws_mode {
    const char *id;     /* "client-id-in-use" */
    uint8_t number;     /* its number in the catalogue */
    uint8_t n_patterns; /* the most general first */
    const char *title;  /* for people: "The client id is in use" */
    const char *remedy; /* what to do, with menu path and setting name */
    const struct tws_pattern *pattern;
};

extern const struct tws_mode tws_modes[];
extern const size_t tws_modes_len;

/* The mode of this id; NULL: none. */
const struct tws_mode *tws_modes_find(const char *id);

/* The best grade that the patterns of mode `number` can give to who has these sources and no other;
 * a bit set of enum tws_source. */
enum tws_certainty tws_modes_reach(uint8_t number, unsigned sources);
#endif
