/* privilege.h - be somebody with rights until the device is open, and nobody special afterwards.
 *
 * The order: find the user (host_user_find), open the device and the files that only root may open,
 * then host_drop, before any thread is started.  Files that are opened later, as a rotating
 * recording does, are opened as the changed user: `uid` and `gid` say who that will be, so that a
 * file made as root can be given to it (host_give) before the drop, and host_may_write_beside tells
 * beforehand whether it can make the next one. */
#ifndef TWS_PRIVILEGE_H
#define TWS_PRIVILEGE_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define HOST_USER_MAX  64u
#define HOST_ERROR_MAX 512u

struct host_user {
    uid_t uid; /* who the program will be */
    gid_t gid;
    bool change;              /* it is another one than now */
    char name[HOST_USER_MAX]; /* "" for a uid without a name */
};

/* Who to become.  Not root: who we are, and a `name` of somebody else is refused.  Root: `name`;
 * NULL: who called sudo; without sudo, or when that was root: "nobody".  Only `root` by name stays
 * root, and then without capabilities.  False: `error` holds one line. */
bool host_user_find(const char *name, struct host_user *out, char error[HOST_ERROR_MAX]);

/* Who called sudo, when we are root by it.  False: we are not, or it was root. */
bool host_user_invoker(struct host_user *out);

/* Could `u` (NULL: who we are) make, rename and delete files in the folder of `path`, with what
 * host_drop leaves it?  False with errno.  Before any thread is started: as root, a child process
 * becomes that user and tries. */
bool host_may_write_beside(const struct host_user *u, const char *path);

/* Give a file that was opened before the drop as `path` to `u`, who has to read it, and to open it
 * again.  Only a regular file of ours under one name, and in a folder where `u` could have made it:
 * in one of root's it would be a way to become root.  Anything else, and -1, stays as it is.  False
 * with errno: it could not be given.  Before any thread is started, as host_may_write_beside. */
bool host_give(const struct host_user *u, int fd, const char *path);

/* For good: become `u` with its groups; on Linux also clear the permitted, effective, inheritable,
 * ambient and, where allowed, bounding capabilities and forbid new privileges.  Then tries to get
 * them back.  False: `error` holds one line, and the program must not go on. */
bool host_drop(const struct host_user *u, char error[HOST_ERROR_MAX]);

/* False: this platform has none, and a change of user is all that host_drop does. */
bool host_has_capabilities(void);

/* The command that grants this program the right to capture, for the end of an error line. */
void host_capture_hint(char *out, size_t size);
#endif
