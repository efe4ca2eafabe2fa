#include "host.h"
#ifdef __linux__
#include <stdio.h>

#define LISTEN_STATE 0x0Au

/* /proc/net/tcp and tcp6: "  0: ADDRESS:PORT ADDRESS:PORT STATE ...", in hexadecimal. */
static bool listed(const char *path, uint16_t port)
{
    FILE *f = fopen(path, "re");
    char line[512];
    bool found = false;

    while (f && !found && fgets(line, sizeof line, f)) {
        unsigned at, state;

        found = sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &at, &state) == 2 &&
                state == LISTEN_STATE && at == port;
    }
    if (f)
        fclose(f);
    return found;
}

bool host_listens(uint16_t port)
{
    return listed("/proc/net/tcp", port) || listed("/proc/net/tcp6", port);
}
#else
bool host_listens(uint16_t port)
{
    (void)port;
    return false;
}
#endif
