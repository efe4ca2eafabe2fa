/* netns.h - --netns PID: look from inside the container that a process runs in. */
#ifndef TWS_CLI_NETNS_H
#define TWS_CLI_NETNS_H
#include "table.h"

/* What `answer`, of host_enter_net, means for who asked; after FAILED with errno.  NULL: it went
 * well. */
const char *netns_why(enum host_answer answer);

/* Enter, or say in one line of `command` why not.  0: do nothing. Returns an enum cli_exit. */
int netns_enter(const char *command, uint32_t pid);
#endif
