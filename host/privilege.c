/* privilege.c - whom root works for, and becoming that user for good. */
#include "privilege.h"
#include "privilege_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_user(struct host_user *out, uid_t uid, gid_t gid, const char *name)
{
    *out =
        (struct host_user){.uid = uid, .gid = gid, .change = uid != geteuid() || uid != getuid()};
    snprintf(out->name, sizeof out->name, "%s", name);
}

static bool take_passwd(const struct passwd *p, struct host_user *out)
{
    if (!p || strlen(p->pw_name) >= HOST_USER_MAX)
        return false;
    set_user(out, p->pw_uid, p->pw_gid, p->pw_name);
    return true;
}

/* A number as sudo leaves it in the environment.  False: not one, or one of root's. */
static bool take_id(const char *variable, unsigned long *out)
{
    const char *text = getenv(variable);
    char *end;

    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && errno == 0 && *out > 0 && *out < UINT32_MAX;
}

/* Always found: a uid need not have a name. */
static bool find_uid(uid_t uid, gid_t gid, struct host_user *out)
{
    if (!take_passwd(getpwuid(uid), out))
        set_user(out, uid, gid, "");
    return true;
}

static bool find_invoker(struct host_user *out)
{
    unsigned long uid, gid;

    if (!take_id("SUDO_UID", &uid) || !take_id("SUDO_GID", &gid))
        return false;
    return find_uid((uid_t)uid, (gid_t)gid, out);
}

bool host_user_invoker(struct host_user *out)
{
    return geteuid() == 0 && find_invoker(out);
}

bool host_user_find(const char *name, struct host_user *out, char error[HOST_ERROR_MAX])
{
    bool root = geteuid() == 0, found;

    if (name)
        found = take_passwd(getpwnam(name), out);
    else if (!root)
        found = find_uid(getuid(), getgid(), out);
    else
        found = find_invoker(out) || take_passwd(getpwnam("nobody"), out);
    if (!found) {
        snprintf(error, HOST_ERROR_MAX, "user %.64s: there is none of that name",
                 name ? name : "nobody");
        return false;
    }
    if (!root && out->change) {
        snprintf(error, HOST_ERROR_MAX, "user %.64s: only root can become somebody else",
                 out->name);
        return false;
    }
    return true;
}

/* --- the drop --- */

static bool fail(char error[HOST_ERROR_MAX], const char *what, const char *why)
{
    snprintf(error, HOST_ERROR_MAX, "cannot give up privileges: %s%s%s", what, why ? ": " : "",
             why ? why : "");
    return false;
}

static bool set_groups(const struct host_user *u)
{
    if (u->name[0] != '\0')
        return initgroups(u->name, u->gid) == 0;
    return setgroups(0, NULL) == 0;
}

static bool may_write(const char *folder)
{
    return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
}

/* A file in a folder: what it is called there, and which it must be; NULL: any, or none. */
struct place {
    char *folder, *name; /* name: what stands behind the last slash; owned with the folder */
    const struct stat *is;
};

static bool place_of(const char *path, const struct stat *is, struct place *out)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    out->folder = slash ? strndup(path, len ? len : 1) : strdup(".");
    out->name = strdup(slash ? slash + 1 : path);
    out->is = is;
    return out->folder && out->name;
}

static void place_free(struct place *p)
{
    free(p->folder);
    free(p->name);
}

/* 0, or the errno of what is in the way.  The folder is entered first, so that no link on the way
 * to it can lead elsewhere between the two looks. */
static int may_make(const struct place *p)
{
    struct stat st;

    if (chdir(p->folder) != 0 || !may_write("."))
        return errno;
    if (!p->is)
        return 0;
    if (lstat(p->name, &st) != 0)
        return errno;
    return st.st_dev == p->is->st_dev && st.st_ino == p->is->st_ino ? 0 : ESTALE;
}

/* The answer of a child that becomes `u`: its errno, 0 for yes. */
static int try_as(const struct host_user *u, const struct place *p)
{
    char error[HOST_ERROR_MAX];
    int status = 0;
    pid_t child = fork();

    if (child < 0)
        return errno;
    if (child == 0)
        _exit(host_drop(u, error) ? may_make(p) : EPERM);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

bool host_give(const struct host_user *u, int fd, const char *path)
{
    struct place p = {0};
    struct stat st;
    int error;

    if (!u->change || fd < 0)
        return true;
    if (fstat(fd, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != geteuid())
        return true;
    error = place_of(path, &st, &p) ? try_as(u, &p) : ENOMEM;
    place_free(&p);
    return error != 0 || fchown(fd, u->uid, u->gid) == 0;
}

bool host_may_write_beside(const struct host_user *u, const char *path)
{
    struct place p = {0};
    int error = ENOMEM;

    if (place_of(path, NULL, &p)) {
        if (u && geteuid() == 0)
            error = try_as(u, &p);
        else
            error = may_write(p.folder) ? 0 : errno;
    }
    place_free(&p);
    errno = error;
    return error == 0;
}

bool host_drop(const struct host_user *u, char error[HOST_ERROR_MAX])
{
    const char *left;

    host_bound();
    if (u->change && !set_groups(u))
        return fail(error, "groups", strerror(errno));
    if (u->change && !host_set_ids(u))
        return fail(error, "user", strerror(errno));
    if (!host_clear())
        return fail(error, "capabilities", strerror(errno));
    left = host_left(u);
    return left ? fail(error, left, NULL) : true;
}
