#include "signals.h"
#include <signal.h>

void signals_watch(struct ev_loop *loop, ev_signal w[SIGNALS], const struct signals_do *what,
                   void *data)
{
    const struct {
        int number;
        void (*on)(struct ev_loop *loop, ev_signal *w, int events);
    } rows[SIGNALS] = {{SIGINT, what->on_int},
                       {SIGTERM, what->on_term},
                       {SIGHUP, what->on_hup},
                       {SIGUSR1, what->on_usr1}};

    for (int i = 0; i < SIGNALS; i++) {
        ev_signal_init(&w[i], rows[i].on, rows[i].number);
        w[i].data = data;
        ev_signal_start(loop, &w[i]);
    }
}
