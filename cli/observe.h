/* observe.h - what commands that observe have in common: where events go, and when they leave. */
#ifndef TWS_OBSERVE_H
#define TWS_OBSERVE_H
#include "diagnose.h"
#include "fan.h"
#include "filter.h"
#include "json.h"
#include "marks.h"
#include "options.h"
#include "session.h"
#include "textlog.h"
#include <ev.h>

struct observer {
    const char *command; /* for diagnostics; static */
    struct tws_env env;
    struct mask *mask;
    struct marks *marks; /* in front of the outputs; NULL: accounts are shown */
    bool verbose;        /* -v, also where there is no text */
    bool has_text, has_json;
    struct out text_out, json_out, err_out;
    const char *json_name; /* for people; borrowed */
    struct out *err; /* standard error: err_out, or an output to the same place; NULL: stdio */
    struct text_sink text;
    struct json_sink json;
    struct tws_diagnosis diagnosis; /* behind the sessions, before the fan */
    struct fan fan;
    struct filter filters[2]; /* before text and json */
    struct ev_loop *loop;
    ev_prepare flush; /* lines leave once a turn of the loop */
    ev_timer slow;    /* runs while a reader is behind */
    uint64_t began_ns;
    uint64_t ends_ns; /* 0: the clock says */
    bool told_lost;
    bool failed;        /* an output that was asked for could not be written at some time */
    int told_failed[2]; /* errno said for text and json */
};

/* For whom do we write, when sudo made us root? */
struct output_user observer_user(void);

/* Open what the options ask for.  An enum cli_exit; not CLI_OK: the user was told, and nothing is
 * left open.  Unless the options are patient, no write to a standard stream waits for its reader
 * once observer_never_wait was called, which is after rights were dropped. */
int observer_open(struct observer *o, const char *command, const struct common_options *c,
                  struct ev_loop *loop);

/* Is the text on standard output to have colours; how many columns it may take. */
bool observer_color(enum option_color c);
unsigned observer_columns(void);

/* One more receiver of the events; false: there are too many.  It must not be called after the
 * events have ended. */
bool observer_also(struct observer *o, struct tws_sink sink);

/* The program's own words: in the text, or on standard error when standard output is JSON. */
__attribute__((format(printf, 2, 3))) void observer_say(struct observer *o, const char *format,
                                                        ...);

/* Trouble of the program itself, on standard error: one line, "twstap COMMAND: ...".  It never
 * waits; what does not fit is dropped and counted, as other lines are. */
__attribute__((format(printf, 2, 3))) void observer_tell(struct observer *o, const char *format,
                                                         ...);

/* The date and the zone of the times that follow, in the text. */
void observer_say_day(struct observer *o);

/* SIGHUP: go on in a new file. */
void observer_reopen(struct observer *o);

/* See observer_open. */
void observer_never_wait(struct observer *o);

/* With patient options, lines leave when this says so, for no loop turns. */
/* With patient options, slow readers are waited for only until `*stop` (borrowed) is not 0. */
void observer_wait_until(struct observer *o, const volatile sig_atomic_t *stop);
void observer_flush(struct observer *o);

/* Has some output failed, or lost its reader?  Have all?  Also to be asked after the end. */
bool observer_failed(const struct observer *o);
bool observer_in_vain(const struct observer *o);

/* What was observed lasted from `began` to `ends`, ns, whatever the clock says now. */
void observer_dates(struct observer *o, uint64_t began, uint64_t ends);

/* The end of all outputs without a summary: nothing was observed. */
void observer_abandon(struct observer *o);

/* The summary, and the end of all outputs.  An enum cli_exit by what was observed;
 * CLI_COULD_NOT_LOOK where an output could not be written, whatever was observed. */
int observer_close(struct observer *o);
#endif
