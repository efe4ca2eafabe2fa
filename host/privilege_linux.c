/* privilege_linux.c - capabilities. */
#include "privilege_internal.h"
#ifdef __linux__
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

bool host_has_capabilities(void)
{
    return true;
}

/* Without CAP_SETPCAP this is refused; then PR_SET_NO_NEW_PRIVS alone keeps exec from giving any.
 */
void host_bound(void)
{
    for (cap_value_t c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

bool host_set_ids(const struct host_user *u)
{
    return setresgid(u->gid, u->gid, u->gid) == 0 && setresuid(u->uid, u->uid, u->uid) == 0;
}

static bool clear_sets(void)
{
    cap_t none = cap_init();
    bool done = none && cap_set_proc(none) == 0;

    cap_free(none);
    return done;
}

bool host_clear(void)
{
    /* A kernel before 4.3 has no ambient set, and nothing to clear. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
        return false;
    return clear_sets() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool any_set(cap_t caps, cap_flag_t which)
{
    cap_flag_value_t value;

    for (cap_value_t c = 0; cap_get_flag(caps, c, which, &value) == 0; c++) {
        if (value == CAP_SET)
            return true;
    }
    return false;
}

static bool none_held(void)
{
    cap_t now = cap_get_proc();
    bool none = now && !any_set(now, CAP_PERMITTED) && !any_set(now, CAP_EFFECTIVE) &&
                !any_set(now, CAP_INHERITABLE);

    cap_free(now);
    return none;
}

/* Ask for the right to capture again. */
static bool comes_back(void)
{
    static const cap_value_t raw[] = {CAP_NET_RAW};
    cap_t want = cap_init();
    bool back = want && cap_set_flag(want, CAP_PERMITTED, 1, raw, CAP_SET) == 0 &&
                cap_set_flag(want, CAP_EFFECTIVE, 1, raw, CAP_SET) == 0 && cap_set_proc(want) == 0;

    cap_free(want);
    return back;
}

static bool is_user(const struct host_user *u)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;

    return getresuid(&r, &e, &s) == 0 && r == u->uid && e == u->uid && s == u->uid &&
           getresgid(&rg, &eg, &sg) == 0 &&
           (!u->change || (rg == u->gid && eg == u->gid && sg == u->gid));
}

const char *host_left(const struct host_user *u)
{
    if (!is_user(u))
        return "the user is still another one";
    if (!none_held() || comes_back())
        return "capabilities are still held";
    if (u->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return "root came back";
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return "exec could give new ones";
    return NULL;
}

void host_capture_hint(char *out, size_t size)
{
    char path[256];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    if (prctl(PR_CAPBSET_READ, CAP_NET_RAW, 0, 0, 0) == 0)
        snprintf(out, size,
                 "nothing here can have it: where this is a container, start it with "
                 "--cap-add NET_RAW");
    else if (n <= 0 || (size_t)n == sizeof path - 1)
        snprintf(out, size, "run it with sudo");
    else
        snprintf(out, size, "run `sudo setcap cap_net_raw+ep '%.*s'` once, or run it with sudo",
                 (int)n, path);
}
#else
typedef int host_privilege_linux_is_for_linux; /* an empty translation unit is not C */
#endif
