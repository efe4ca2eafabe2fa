/* privilege_other.c - platforms without capabilities: the change of user is all there is. */
#include "privilege_internal.h"
#ifndef __linux__
#include <stdio.h>
#include <unistd.h>

bool host_has_capabilities(void)
{
    return false;
}

void host_bound(void)
{
}

/* Called by root, these set the saved ids too. */
bool host_set_ids(const struct host_user *u)
{
    return setgid(u->gid) == 0 && setuid(u->uid) == 0;
}

bool host_clear(void)
{
    return true;
}

const char *host_left(const struct host_user *u)
{
    if (getuid() != u->uid || geteuid() != u->uid)
        return "the user is still another one";
    if (u->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return "root came back";
    return NULL;
}

void host_capture_hint(char *out, size_t size)
{
    snprintf(out, size, "run it with sudo");
}
#else
typedef int host_privilege_other_is_for_others;
#endif
