/* verdict.h - what a diagnosis makes of a session: a sentence, evidence, ranked causes.  A value:
 * it points at static text alone, and at rows of the modes. */
#ifndef TWS_VERDICT_H
#define TWS_VERDICT_H
#include "event.h"
#include "modes.h"
#include "state.h"

struct tws_evidence {
    const char *fact; /* static text, stable: what was measured, for programs */
    const char *what; /* static text: the same for people */
    char value[96];   /* its value, with its unit */
    enum tws_source source;
    double number;    /* the value, where it is one quantity */
    const char *unit; /* static text: "s", "bytes", "frames", "segments"...; NULL: it is none */
};

struct tws_cause {
    const struct tws_mode *mode;
    uint8_t pattern; /* which of the mode's */
    enum tws_certainty certainty;
    const char *why; /* static text */
};

/* The observation or command that proves or refutes it, and what to do. */
const char *tws_cause_check(const struct tws_cause *c);
const char *tws_cause_remedy(const struct tws_cause *c);

#define TWS_EVIDENCE_MAX 24u
#define TWS_CAUSES_MAX   6u

struct tws_verdict {
    bool final;
    bool asked; /* SIGUSR1: `open` is to be shown */
    enum tws_stage progress;
    enum tws_trouble stage; /* NONE: healthy */
    enum tws_side silent;
    uint64_t since_ns; /* when the debt began; 0: no silence */
    uint64_t silence_ns;
    const struct tws_mode *mode;  /* NULL: none, or not decided */
    enum tws_certainty certainty; /* of `mode`; CERTAIN when healthy */
    char says[256];               /* one sentence for people */
    struct tws_evidence evidence[TWS_EVIDENCE_MAX];
    struct tws_cause causes[TWS_CAUSES_MAX]; /* ranked, best first */
    uint8_t n_evidence, n_causes;
    const char *next;     /* static text or NULL: the one observation that would decide */
    struct tws_open open; /* what the client waits for; empty when it is final */
};

/* Connected and left without a byte: neither healthy nor troubled. */
bool tws_verdict_is_probe(const struct tws_verdict *v);
#endif
