/* textlog.h - events as text for people: one calm line an event, a verdict as a short block.
 *
 * Times are local; the date and the zone are said in a line of their own, at the start and when one
 * of them changes.  What a peer sent is shown so that it cannot steer a terminal: control bytes and
 * bytes that are not UTF-8 stand as \xNN. */
#ifndef TWS_TEXTLOG_H
#define TWS_TEXTLOG_H
#include "event.h"
#include "mask.h"
#include "out.h"
#include "verdict.h"
#include "view.h"

#define TEXT_WIDTH   100u
#define TEXT_SAID    64u                    /* blocks remembered; the oldest is forgotten */
#define TEXT_SAID_NS (600u * 1000000000ull) /* a block is said again after this */

/* A verdict that was shown as a block.  The same causes are not explained again for a while. */
struct text_said {
    uint32_t conn; /* 0: free */
    enum tws_trouble stage;
    enum tws_certainty certainty;
    struct text_cause {
        const struct tws_mode *mode;
        uint8_t pattern;
    } cause[TWS_CAUSES_MAX]; /* n_causes of them */
    uint8_t n_causes;
    uint64_t ts_ns;
};

struct text_sink {
    struct out *out;   /* borrowed */
    struct mask *mask; /* borrowed */
    bool color;
    int verbosity; /* -1: -q, verdicts of trouble, limits, summary; 0; 1: -v, each frame; 2: -vv,
                      every value */
    bool hex;
    bool passive;      /* set after init where nothing is relayed: do not say that it is */
    bool as_logged;    /* the same where times are those of a log, whose zone is not known */
    bool dateless;     /* the same where their days are not known either */
    unsigned width;    /* columns that a block may take; TEXT_WIDTH unless set after init */
    char said_day[40]; /* private: date and zone last said */
    uint64_t second;   /* private: the second that `clock` says */
    char clock[9];     /* private: "14:03:05" */
    struct view view;  /* private: the masked frame */
    struct text_said said[TEXT_SAID]; /* private */
};

void text_sink_init(struct text_sink *t, struct out *out, struct mask *mask, bool color,
                    int verbosity, bool hex);
void text_sink_free(struct text_sink *t);

/* Say the date and the zone now, not with the first event. */
void text_say_day(struct text_sink *t, uint64_t ns);

/* A line of its own, without time and connection: the program's own words. */
void text_say(struct text_sink *t, const char *line);

/* The kinds of event this verbosity shows: bits of TWS_WANTS. */
uint32_t text_wants(int verbosity);

void text_put(void *text_sink, const struct tws_event *ev);
#endif
