/* diagnosis.h - what a doctor found, layer by layer, as values; and as text, JSON and one line.
 *
 * A layer has one of three results: it works, it is broken, or it cannot be told, and then the
 * report says what right or place is missing.  Whoever fills a report cannot print; who prints
 * decides nothing. */
#ifndef TWS_DIAGNOSIS_H
#define TWS_DIAGNOSIS_H
#include "event.h"
#include "mask.h"
#include "out.h"

enum diag_layer {
    DIAG_PROCESS,
    DIAG_LISTENER,
    DIAG_QUEUE,
    DIAG_SOCKETS,
    DIAG_UPSTREAM,
    DIAG_FILES,
    DIAG_HANDSHAKE,
    DIAG_SETTINGS,
    DIAG_LAYERS,
};

enum diag_result { DIAG_CANNOT_TELL, DIAG_WORKS, DIAG_BROKEN };

#define DIAG_TEXT     256u /* bytes with the NUL; longer text is cut */
#define DIAG_EVIDENCE 14u  /* lines of a layer; more are left out */
#define DIAG_MEASURES 16u

struct diag_evidence {
    enum tws_source source;
    uint8_t accounts_at; /* from here on the text is a list of account ids; 0: it is none */
    char text[DIAG_TEXT];
};

struct diag_report {
    enum diag_result result;
    bool attention; /* it works, and something about it wants to be looked at */
    char says[DIAG_TEXT];
    struct diag_evidence evidence[DIAG_EVIDENCE];
    size_t n_evidence;
    const char *mode;             /* a catalogue id; static; NULL: none, or not decided */
    enum tws_certainty certainty; /* of the mode; without one, of what is said */
    char next[DIAG_TEXT];         /* what to do; empty: nothing */
};

/* A number for graphs. */
struct diag_measure {
    const char *name; /* static */
    double value;
    const char *unit; /* static: "ms", "" */
};

struct diagnosis {
    uint64_t ts_ns;
    char address[80];
    char about[DIAG_TEXT]; /* how the address was chosen; empty: it was given */
    struct diag_report layers[DIAG_LAYERS];
    struct diag_measure measures[DIAG_MEASURES];
    size_t n_measures;
    /* by diagnosis_decide */
    enum diag_result result;
    int broken_at; /* an enum diag_layer; -1: none */
    bool attention;
};

const char *diag_layer_name(enum diag_layer l);   /* "process" ... */
const char *diag_result_name(enum diag_result r); /* "works" "broken" "cannot-tell" */

/* Fill a report.  Control bytes and bytes that are not UTF-8 become '?': names of processes and
 * texts of a peer are in it.  A report that is broken stays broken. */
#define DIAG_PRINTF(a, b) __attribute__((format(printf, a, b)))
void diag_works(struct diag_report *r, const char *format, ...) DIAG_PRINTF(2, 3);
void diag_attention(struct diag_report *r, const char *format, ...) DIAG_PRINTF(2, 3);
void diag_cannot_tell(struct diag_report *r, const char *format, ...) DIAG_PRINTF(2, 3);
void diag_broken(struct diag_report *r, const char *mode, enum tws_certainty certainty,
                 const char *format, ...) DIAG_PRINTF(4, 5);
void diag_add(struct diag_report *r, enum tws_source source, const char *format, ...)
    DIAG_PRINTF(3, 4);
/* The same of account ids between commas. */
void diag_add_accounts(struct diag_report *r, enum tws_source source, const char *list);
void diag_next(struct diag_report *r, const char *format, ...) DIAG_PRINTF(2, 3);
void diag_measure(struct diagnosis *d, const char *name, double value, const char *unit);

/* The whole from its layers: broken at the first that is; it works when the listener or the
 * handshake does.  Fills `next` of what is broken from the catalogue where it is empty. */
void diagnosis_decide(struct diagnosis *d);

/* Does a layer say something else than before? */
bool diag_differs(const struct diag_report *a, const struct diag_report *b);

/* Mask account ids in every text, in place: once, before anything is put out. */
void diagnosis_mask(struct diagnosis *d, struct mask *m);

struct diag_style {
    bool color;
    int verbosity;  /* -1: the conclusion alone; 0; 1: every line of evidence */
    unsigned width; /* columns */
};

/* A screen of text. */
void diagnosis_text(struct out *out, const struct diagnosis *d, const struct diag_style *s);

/* The layers of `now` that differ from `before`, a line each with its time. False: none does. */
bool diagnosis_changes(struct out *out, const struct diagnosis *now, const struct diagnosis *before,
                       const struct diag_style *s);

/* JSON Lines: a `layer` event each, then a `diagnosis`.  `before` not NULL: only the layers that
 * differ from it, and nothing at all if none does.  False: no memory. */
bool diagnosis_json(struct out *out, const struct diagnosis *d, const struct diagnosis *before);

/* One line as monitoring plugins print it, with the measures behind a bar. */
void diagnosis_nagios(struct out *out, const struct diagnosis *d);

/* What such a plugin leaves with: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
int diagnosis_nagios_status(const struct diagnosis *d);
#endif
