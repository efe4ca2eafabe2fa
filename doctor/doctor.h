/* doctor.h - look at a Gateway layer by layer, and say what works, what is broken, and what cannot
 * be told from here.
 *
 * The order keeps the rule that a sick Gateway is not made sicker: the kernel's tables and
 * processes first, which sends nothing to anybody; then, unless that is not wanted, connections
 * already stand in the listener's queue, or its clients' places are used up, one whole polite
 * session, which asks and changes nothing. */
#ifndef TWS_DOCTOR_H
#define TWS_DOCTOR_H
#include "diagnosis.h"
#include <sys/socket.h>

#define DOCTOR_CLIENT_ID 926042 /* one that no program has by accident; TWS shows it */

struct doctor_ask {
    struct sockaddr_storage to; /* with to_len 0: look for a listener, see kind.h */
    socklen_t to_len;
    double patience;      /* seconds that each step of the session may take */
    bool passive;         /* no session */
    bool show_accounts;   /* trusted addresses too */
    int32_t client_id;    /* of the session; another one is tried once where it is in use */
    const char *settings; /* a settings folder (Jts); NULL: where they usually are */
    uint32_t netns_pid;   /* only for what is said: we are in its network namespace; 0: no */
    int stop_fd;          /* readable: leave soon and cleanly; -1: nothing stops us */
};

/* Fill *out and decide it.  `found` (may be NULL) gets the address that was looked at, so that a
 * later look stays with it. */
void doctor_look(const struct doctor_ask *ask, struct diagnosis *out, struct doctor_ask *found);

/* Wait until fd has `events` (poll), at most `ms`; fd -1: only the time.  1: it has, 0: time is
 * over, -1: we are to stop. */
int doctor_wait(int fd, short events, int ms, int stop_fd);
#endif
