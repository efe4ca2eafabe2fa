/* signals.h - the signals that every command in a loop listens to. */
#ifndef TWS_SIGNALS_H
#define TWS_SIGNALS_H
#include <ev.h>

#define SIGNALS 4

/* What to do; `w->data` is the data given to signals_watch. */
struct signals_do {
    void (*on_int)(struct ev_loop *loop, ev_signal *w, int events);
    void (*on_term)(struct ev_loop *loop, ev_signal *w, int events);
    void (*on_hup)(struct ev_loop *loop, ev_signal *w, int events);
    void (*on_usr1)(struct ev_loop *loop, ev_signal *w, int events);
};

/* Watch from before the first line is out, which scripts wait for, to the very end: an impatient
 * second signal must not cost the summary.  `w` outlives the loop. */
void signals_watch(struct ev_loop *loop, ev_signal w[SIGNALS], const struct signals_do *what,
                   void *data);
#endif
