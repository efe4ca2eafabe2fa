/* truth.h - what a verdict on one connection must say, decided by its script. */
#ifndef GENERATE_TRUTH_H
#define GENERATE_TRUTH_H
#include "random.h"
#include <stdio.h>

#define TRUTH_ANY         6u /* alternatives at most */
#define TRUTH_SCRIPT_SIZE 200u

enum alarms {
    ALARMS_NONE, /* a silence event is a false alarm */
    ALARMS_MAY,  /* a silence may be reported */
};

/* Lists end with NULL.  An empty list claims nothing. */
struct truth {
    const char *behaviour; /* the row that decides */
    const char *kinds;     /* "K2 K34": of 2026.md; NULL */
    char script[TRUTH_SCRIPT_SIZE];
    const char *seen;                /* how the capture saw it: "whole", "gap", ... */
    const char *stage[TRUTH_ANY];    /* "healthy" stands for null */
    const char *silent[TRUTH_ANY];   /* any of these sides */
    uint64_t since[2];               /* from, to; ns; 0: no claim */
    const char *modes[TRUTH_ANY];    /* one of these is named, or among the first two causes */
    const char *also[TRUTH_ANY];     /* may be given as well: no fault, and no credit */
    const char *nots[2 * TRUTH_ANY]; /* no cause of a grade above "cannot tell" */
    const char *never[TRUTH_ANY];    /* no cause at all: the evidence refutes it */
    const char *mention[TRUTH_ANY];  /* the verdict's sentence, cause or evidence has these */
    bool tell;                       /* the wire separates it; else `modes` claims nothing */
    const char *most;                /* the highest grade of a mode that is named; NULL: any */
    enum alarms alarms;
    uint64_t ended_ns;  /* something is reported within a second of this end; 0: no claim */
    uint64_t judged_ns; /* a verdict comes within a second of this; 0: no claim */
    const char *by;     /* who ends first: "client", "gateway", "nobody"; NULL: no claim */
};

/* Appends to a list that ends with NULL and has place for `size`; aborts when it is full. */
void truth_add(const char **list, size_t size, const char *what);
#define TRUTH_ADD(list, what) truth_add((list), sizeof(list) / sizeof((list)[0]), (what))

/* Healthy: nothing is missing, nobody is silent. */
void truth_healthy(struct truth *t);

/* Where it went wrong, which side is silent, and since when (from, to; ns). */
void truth_trouble(struct truth *t, const char *stage, const char *silent, uint64_t from,
                   uint64_t to);

/* The loss in the capture may hide it: healthy may be said too, and no silence of the gateway has a
 * sure cause where its bytes were lost. */
void truth_blur(struct truth *t, bool of_gateway);

struct truth_ends {
    uint32_t client, gateway; /* addresses, host order */
    uint16_t client_port, gateway_port;
};

/* One line of JSON. */
void truth_write(const struct truth *t, const struct truth_ends *ends, uint64_t group, FILE *to);
#endif
