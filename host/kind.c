#include "kind.h"
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* The program's own name: the short name, or the last part of the first word. */
static const struct {
    const char *name; /* up to its end, unless the row says that more may follow */
    bool more;
    struct host_who who;
} programs[] = {
    {"ibgateway", true, {KIND_GATEWAY, "IB Gateway"}},
    {"tws", false, {KIND_TWS, "TWS"}},
    {"socat", true, {KIND_RELAY, "socat"}},
    {"docker-proxy", false, {KIND_RELAY, "docker-proxy"}},
    {"rootlessport", false, {KIND_RELAY, "rootlessport (podman, docker)"}},
    {"rootlesskit", false, {KIND_RELAY, "rootlesskit (docker)"}},
    {"slirp4netns", false, {KIND_RELAY, "slirp4netns (podman)"}},
    {"pasta", true, {KIND_RELAY, "pasta (podman)"}},
    {"ssh", false, {KIND_RELAY, "ssh"}},
    {"sshd", true, {KIND_RELAY, "sshd"}},
    {"autossh", false, {KIND_RELAY, "autossh"}},
    {"haproxy", false, {KIND_RELAY, "haproxy"}},
    {"nginx", false, {KIND_RELAY, "nginx"}},
    {"envoy", false, {KIND_RELAY, "envoy"}},
    {"traefik", false, {KIND_RELAY, "traefik"}},
    {"stunnel", true, {KIND_RELAY, "stunnel"}},
    {"rinetd", false, {KIND_RELAY, "rinetd"}},
    {"xinetd", false, {KIND_RELAY, "xinetd"}},
    {"kubectl", false, {KIND_RELAY, "kubectl"}},
    {"systemd-socket-", true, {KIND_RELAY, "systemd-socket-proxyd"}},
};

/* Words of a Java program; the first that is found decides. */
static const struct {
    const char *word; /* in any case */
    struct host_who who;
} javas[] = {
    {"IbcTws", {KIND_TWS, "TWS"}},
    {"IbcGateway", {KIND_GATEWAY, "IB Gateway"}},
    {"ibgateway", {KIND_GATEWAY, "IB Gateway"}},
    {"ibcalpha", {KIND_GATEWAY, "TWS or IB Gateway"}},
    {"IBAutomater", {KIND_GATEWAY, "IB Gateway"}},
    {"/Jts/", {KIND_TWS, "TWS or IB Gateway"}},
    {"trader workstation", {KIND_TWS, "TWS"}},
    {"install4j", {KIND_GATEWAY, "TWS or IB Gateway"}},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* The last part of the first word's path. */
static size_t base_of(const char *line, const char **out)
{
    size_t len = strcspn(line, " "), at = len;

    while (at && line[at - 1] != '/')
        at--;
    *out = line + at;
    return len - at;
}

static bool is_named(const char *name, size_t len, const char *want, bool more)
{
    size_t n = strlen(want);

    return len >= n && strncasecmp(name, want, n) == 0 && (more || len == n);
}

static bool find_program(const char *name, size_t len, struct host_who *out)
{
    for (size_t i = 0; i < COUNT(programs); i++) {
        if (is_named(name, len, programs[i].name, programs[i].more)) {
            *out = programs[i].who;
            return true;
        }
    }
    return false;
}

static struct host_who java(const char *line)
{
    for (size_t i = 0; i < COUNT(javas); i++)
        if (strcasestr(line, javas[i].word))
            return javas[i].who;
    return (struct host_who){KIND_JAVA, "a Java program"};
}

/* Our own program: `twstap serve` plays a Gateway, `twstap proxy` is a relay. */
static struct host_who ours(const char *line)
{
    if (strstr(line, " proxy"))
        return (struct host_who){KIND_RELAY, "twstap proxy"};
    return (struct host_who){KIND_STANDIN, "twstap, a stand-in"};
}

struct host_who host_who(const char *comm, const char *line)
{
    struct host_who who = {KIND_OTHER, "another program"};
    const char *base;
    size_t len = base_of(line, &base), comm_len = strlen(comm);

    if (is_named(base, len, "java", false) || is_named(comm, comm_len, "java", false) ||
        is_named(comm, comm_len, "JavaAppli", true))
        return java(line);
    if (is_named(comm, comm_len, "twstap", false) || is_named(base, len, "twstap", false))
        return ours(line);
    if (!find_program(comm, comm_len, &who))
        (void)find_program(base, len, &who);
    return who;
}

const unsigned short host_ports[] = {4001, 4002, 7496, 7497, 4003, 4004, 7498, 7499, 8888};
const size_t host_ports_len = COUNT(host_ports);
const size_t host_ports_own = 4;

const char *host_port(unsigned port)
{
    static const struct {
        unsigned port;
        const char *means;
    } known[] = {
        {4001, "IB Gateway, live"},
        {4002, "IB Gateway, paper"},
        {7496, "TWS, live"},
        {7497, "TWS, paper"},
        {4003, "a container's relay to IB Gateway, live"},
        {4004, "a container's relay to IB Gateway, paper"},
        {7498, "a container's relay to TWS, live"},
        {7499, "a container's relay to TWS, paper"},
        {8888, "a container's relay"},
    };

    for (size_t i = 0; i < COUNT(known); i++)
        if (known[i].port == port)
            return known[i].means;
    return NULL;
}
