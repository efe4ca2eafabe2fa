/* event.c - names of the values in events. */
#include "event.h"

const char *tws_trouble_name(enum tws_trouble t)
{
    static const char *const names[TWS_TROUBLES] = {
        [TWS_NO_LISTENER] = "no-listener",
        [TWS_TCP_CONNECT] = "tcp-connect",
        [TWS_CLIENT_NEVER_SPEAKS] = "client-never-speaks",
        [TWS_HELLO_UNANSWERED] = "hello-unanswered",
        [TWS_VERSION_REJECTED] = "version-rejected",
        [TWS_STARTAPI_MISSING] = "startapi-missing",
        [TWS_STARTAPI_UNANSWERED] = "startapi-unanswered",
        [TWS_PARTIAL_STARTUP] = "partial-startup",
        [TWS_LIVE_REQUEST_UNANSWERED] = "live-request-unanswered",
        [TWS_LIVE_GATEWAY_QUIET] = "live-gateway-quiet",
        [TWS_LIVE_CLIENT_NOT_READING] = "live-client-not-reading",
        [TWS_LIVE_CLIENT_DEAF] = "live-client-deaf",
        [TWS_CLOSED_BY_GATEWAY] = "closed-by-gateway",
        [TWS_CLOSED_BY_CLIENT] = "closed-by-client",
        [TWS_RESET] = "reset",
    };

    return names[t];
}

const char *tws_side_name(enum tws_side s)
{
    static const char *const names[] = {
        [TWS_NOBODY] = "nobody",
        [TWS_CLIENT] = "client",
        [TWS_GATEWAY] = "gateway",
        [TWS_NETWORK] = "network",
    };

    return names[s];
}

const char *tws_certainty_name(enum tws_certainty c)
{
    static const char *const names[] = {
        [TWS_CANNOT_TELL] = "cannot tell",
        [TWS_LIKELY] = "likely",
        [TWS_CERTAIN] = "certain",
    };

    return names[c];
}

const char *tws_ending_name(enum tws_ending e)
{
    static const char *const names[] = {
        [TWS_OPEN_STILL] = "open",
        [TWS_FIN] = "fin",
        [TWS_RST] = "rst",
        [TWS_TIMEOUT] = "timeout",
        [TWS_END_OF_CAPTURE] = "end-of-capture",
        [TWS_REFUSED] = "refused",
        [TWS_UNREACHABLE] = "unreachable",
    };

    return names[e];
}

const char *tws_request_status_name(enum tws_request_status s)
{
    static const char *const names[] = {
        [TWS_REQ_ANSWERED] = "answered",     [TWS_REQ_ENDED] = "ended",
        [TWS_REQ_ERROR] = "error",           [TWS_REQ_CANCELLED] = "cancelled",
        [TWS_REQ_UNANSWERED] = "unanswered", [TWS_REQ_LIVE] = "live",
    };

    return names[s];
}

const char *tws_program_name(enum tws_program p)
{
    static const char *const names[] = {
        [TWS_PROGRAM_OTHER] = "other",
        [TWS_PROGRAM_JAVA] = "java",
        [TWS_PROGRAM_GATEWAY] = "gateway",
        [TWS_PROGRAM_RELAY] = "relay",
    };

    return names[p];
}

const char *tws_source_name(enum tws_source s)
{
    static const char *const names[] = {
        [TWS_FROM_WIRE] = "wire",
        [TWS_FROM_KERNEL] = "kernel",
        [TWS_FROM_OTHERS] = "other-sessions",
        [TWS_FROM_PROCESS] = "process",
        [TWS_FROM_LOG] = "log",
    };

    return names[s];
}

const char *tws_limit_name(enum tws_limit l)
{
    static const char *const names[TWS_LIMITS] = {
        [TWS_LIMIT_CONNECTIONS] = "connections",
        [TWS_LIMIT_DESCRIPTORS] = "descriptors",
        [TWS_LIMIT_DENIED] = "denied",
        [TWS_LIMIT_RECORDING] = "recording",
    };

    return names[l];
}
