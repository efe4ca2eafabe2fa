/* stop.h - SIGINT and SIGTERM in commands that read files and have no event loop. */
#ifndef TWS_STOP_H
#define TWS_STOP_H
#include <signal.h>

/* From now on the first of the two signals only asks to stop, and interrupts a read or a wait; the
 * second one ends the program as it always does. */
void stop_watch(void);

/* Not 0 once a signal has come: look at it between packets, lines and pieces. */
extern volatile sig_atomic_t stop_asked;
#endif
