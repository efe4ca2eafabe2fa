/* std_stream.h - write to a descriptor that we share with others, and never wait.
 *
 * Standard output and standard error come from whoever started the program.  Their open file
 * description is shared: if we made it non-blocking, the shell's own reads and writes would fail. A
 * blocking one may wait, whatever poll said before: a terminal is writable with one byte of room,
 * and another writer may be faster than we are.  So, in this order:
 *
 *   1. files and devices that are no terminals: nobody reads them, they are written as they are
 *   2. sockets: send() can be told not to wait, call by call
 *   3. terminals and pipes are opened once more, which gives a description of our own.  It takes
 * the right to open them, which root may have and lose later: do it first
 *   4. else a child process copies from a pipe of ours and waits in our place */
#ifndef TWS_STD_STREAM_H
#define TWS_STD_STREAM_H
#include <stdbool.h>
#include <sys/types.h>

/* Step 3: a new non-blocking descriptor for the same terminal or pipe; -1 with errno: it cannot be
 * opened, or is neither. */
int std_stream_own(int fd);

/* Step 4: the writing end of a pipe, non-blocking, whose bytes a child process writes to `fd`; -1
 * with errno.  The child drops all other descriptors, ignores the signals that end us, and ends
 * when the pipe does. */
int std_stream_pump(int fd, pid_t *child);

/* After the pipe was closed: wait at most `wait_ms` for the child to write what it holds, then end
 * it. */
void std_stream_end(pid_t child, int wait_ms);

/* Do both descriptors lead to the same place? */
bool std_stream_same(int a, int b);
#endif
