/* listen.h - a socket that listens. */
#ifndef STANDIN_LISTEN_H
#define STANDIN_LISTEN_H
#include <sys/socket.h>

/* Listen on *sa, which becomes the address that was really taken (port 0: any free one).  The
 * socket is non-blocking and closed on exec.  -1: *why says what failed, errno is set, and a socket
 * is not left. */
int standin_listen(struct sockaddr_storage *sa, socklen_t *len, int backlog, const char **why);
#endif
