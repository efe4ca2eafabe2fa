#include "netns.h"
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *netns_why(enum host_answer answer)
{
    switch (answer) {
    case HOST_NO_RIGHT:
        return "that takes root, or cap_sys_admin and cap_sys_ptrace";
    case HOST_NOT_THERE:
        return "there is no such process";
    case HOST_NO_PLATFORM:
        return "this platform has no network namespaces";
    case HOST_FAILED:
        return strerror(errno);
    case HOST_TOLD:
        break;
    }
    return NULL;
}

int netns_enter(const char *command, uint32_t pid)
{
    const char *why = pid ? netns_why(host_enter_net(pid)) : NULL;

    if (!why)
        return CLI_OK;
    fprintf(stderr, "twstap %s: --netns %lu: %s\n", command, (unsigned long)pid, why);
    return CLI_COULD_NOT_LOOK;
}
