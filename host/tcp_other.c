/* tcp_other.c - platforms whose kernel is not asked yet. */
#include "host.h"
#ifndef __linux__
bool host_tcp_facts(int fd, struct tws_kernel *out)
{
    (void)fd;
    *out = (struct tws_kernel){0};
    return false;
}
#else
typedef int host_tcp_other_is_for_others;
#endif
