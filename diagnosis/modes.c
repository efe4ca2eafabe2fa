/* modes.c - the rows of the modes, and what each set of sources can prove. */
#include "modes.h"
#include <string.h>

#define AT(stage) (1u << TWS_##stage)
#define F(fact)   TWS_FACT(fact)

#define PATTERNS(...)                                                                              \
    .pattern = (const struct tws_pattern[]){__VA_ARGS__},                                          \
    .n_patterns = sizeof((const struct tws_pattern[]){__VA_ARGS__}) / sizeof(struct tws_pattern)

/* The menu of both programs: TWS: File > Global Configuration > API > Settings; IB Gateway:
 * Configure > Settings > API > Settings.  The texts below say "API > Settings". */

/* One row a way to fail; one that shows in two ways has two patterns.  No grade is above what the
 * wire, the kernel's facts at hand and the other sessions can carry.  Ranks follow how often field
 * reports end at a mode. */
const struct tws_mode tws_modes[] = {
    /* ---- nothing listens, or nothing comes through ---- */
    {
        .id = "gateway-down",
        .number = 1,
        .title = "Nothing listens on the port",
        .remedy =
            "Start TWS or IB Gateway and log in (or the tunnel that leads to it). Unattended: "
            "Configure > Settings > Lock and Exit > Auto restart, not Auto logoff.",
        PATTERNS({
            .rank = 10,
            .stages = AT(NO_LISTENER),
            .needs = F(REFUSED),
            .refuted_by = F(IDLE_GATEWAY),
            .proves = F(NONE_RUNS),
            .weakened_by = F(SIBLING),
            .grade = TWS_LIKELY,
            .proven_grade = TWS_CERTAIN,
            .why = "The address refused the connection: no program listens on this port.",
            .proven_why = "No program listens on this port, and neither TWS nor IB Gateway runs on "
                          "this machine.",
            .check = "On the gateway's machine: ss -ltnp and ps -ef | grep -i -e ibgateway -e tws",
        }),
    },
    {
        .id = "login-pending",
        .number = 2,
        .title = "The login is not complete",
        .remedy = "Finish the login, approve the second factor; a start takes 60 to 180 s, do not "
                  "kill it earlier.",
        PATTERNS(
            {
                .rank = 11,
                .stages = AT(NO_LISTENER),
                .needs = F(REFUSED),
                .refuted_by = F(SIBLING) | F(NONE_RUNS),
                .why = "Until login is complete (second factor, re-login prompt) the port is not "
                       "opened.",
                .check = "ps shows a java or ibgateway process while ss -ltn shows no listener on "
                         "the port",
            },
            {
                .rank = 11,
                .stages = AT(NO_LISTENER),
                .needs = F(REFUSED) | F(IDLE_GATEWAY),
                .grade = TWS_LIKELY,
                .why = "A Gateway runs here and listens on none of the usual ports: its login is "
                       "not complete, or its API port is another one.",
                .check =
                    "Look at its window: does a login form or a second factor wait? Else: ss -ltnp",
            }),
    },
    {
        .id = "wrong-port-or-mode",
        .number = 3,
        .title = "Wrong port, or the other trading mode",
        .remedy = "Use the port shown under API > Settings > Socket port.",
        PATTERNS(
            {
                .rank = 12,
                .stages = AT(NO_LISTENER),
                .needs = F(REFUSED),
                .refuted_by = F(NONE_RUNS),
                .why =
                    "Live and paper, TWS and Gateway use different ports: 7496, 7497, 4001, 4002.",
                .check = "ss -ltn '( sport = :4001 or sport = :4002 or sport = :7496 or sport = "
                         ":7497 )'",
            },
            {
                .rank = 11,
                .stages = AT(NO_LISTENER),
                .needs = F(REFUSED) | F(SIBLING),
                .grade = TWS_LIKELY,
                .why = "This port is closed, and another of the usual ports is open on the same "
                       "machine.",
                .check = "twstap doctor: which program has the open port, and for which account?",
            }),
    },
    {
        .id = "desupported-build",
        .number = 4,
        .title = "A build that IB no longer supports",
        .remedy = "Install a current build; keep the old folder until the new one works.",
        PATTERNS({
            .rank = 19,
            .stages = AT(NO_LISTENER),
            .needs = F(REFUSED),
            .refuted_by = F(SIBLING) | F(NONE_RUNS),
            .why = "A build that IB no longer supports never gets past its login window.",
            .check =
                "Look at the login window, or in the container's log for \"no longer supported\".",
        }),
    },
    {
        .id = "syn-dropped",
        .number = 5,
        .title = "Connection requests are dropped on the way",
        .remedy = "Open the API port in the firewall of the gateway's machine; from WSL2 dial the "
                  "Windows host's address.",
        PATTERNS({
            .rank = 10,
            .stages = AT(TCP_CONNECT),
            .needs = F(UNREACHABLE),
            .refuted_by = F(LOOPBACK),
            .proves = F(SYN_AGAIN),
            .grade = TWS_LIKELY,
            .proven_grade = TWS_CERTAIN,
            .why = "The request to connect was not answered at all; a firewall or a missing route "
                   "does that.",
            .proven_why = "The SYN was sent again and nothing came back: it is dropped, on its "
                          "way, by a firewall, or by a listener whose accept queue is full.",
            .check = "tcpdump -ni any 'tcp[tcpflags] & tcp-syn != 0' on both machines, one dial",
        }),
    },
    {
        .id = "backlog-full",
        .number = 6,
        .title = "The listener's accept queue is full",
        .remedy = "Stop health checks and retry loops, then restart the gateway.",
        PATTERNS(
            {
                .rank = 15,
                .stages = AT(TCP_CONNECT),
                .needs = F(UNREACHABLE),
                .proves = F(LOOPBACK),
                .proven_grade = TWS_LIKELY,
                .why = "A listener whose accept queue is full drops new connections silently.",
                .proven_why = "A listener whose accept queue is full drops new connections; within "
                              "one machine there are few other causes.",
                .check =
                    "ss -ltn on the gateway's machine: the LISTEN row's Recv-Q above its Send-Q",
            },
            {
                .rank = 8,
                .stages = AT(TCP_CONNECT) | AT(HELLO_UNANSWERED),
                .needs = F(SYNACK_AGAIN),
                .grade = TWS_LIKELY,
                .why = "The listener's kernel repeats its SYN-ACK and does not take the client's "
                       "bytes: so it does when its accept queue is full.",
                .check =
                    "ss -ltn on the gateway's machine: the LISTEN row's Recv-Q above its Send-Q",
            },
            {
                /* Connected, and the very first bytes are not acknowledged: the listener's kernel
                 * does that when there is no place in the queue.  A firewall that drops what
                 * follows a SYN looks the same. */
                .rank = 9,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(UNACKED),
                .grade = TWS_LIKELY,
                .why = "The connection was made, and its first bytes are not acknowledged: so does "
                       "a listener whose accept queue is full.",
                .check =
                    "ss -ltn on the gateway's machine: the LISTEN row's Recv-Q above its Send-Q",
            },
            {
                .rank = 7,
                .stages = AT(TCP_CONNECT),
                .needs = F(QUEUE_FULL),
                .grade = TWS_CERTAIN,
                .why = "The kernel reports that the listener's accept queue is full: new "
                       "connections are dropped.",
                .check = "ss -ltn on this machine: the LISTEN row's Recv-Q against its Send-Q",
            },
            {
                .rank = 7,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(QUEUE_FULL) | F(UNACKED),
                .grade = TWS_CERTAIN,
                .why = "The listener's accept queue is full, and the client's bytes are not "
                       "acknowledged.",
                .check = "ss -ltn on this machine: the LISTEN row's Recv-Q against its Send-Q",
            }),
    },
    {
        .id = "address-family-trap",
        .number = 7,
        .title = "The name resolves to the wrong address family",
        .remedy = "Dial the address, 127.0.0.1, not the name; remotely the IPv4 address, and add "
                  "it to Trusted IPs.",
        PATTERNS({
            .rank = 9,
            .stages = AT(NO_LISTENER) | AT(TCP_CONNECT),
            .needs = F(OTHER_FAMILY),
            .grade = TWS_CERTAIN,
            .why = "The same port answers under the other address family: a name such as localhost "
                   "led to the wrong one.",
            .check = "getent ahosts NAME: which addresses does the name give, and in which order?",
        }),
    },
    /* ---- accepted, then closed without a byte ---- */
    {
        .id = "warming-up",
        .number = 24,
        .title = "The gateway is still starting",
        .remedy = "Retry after 2.5 to 5 s, not at once.",
        PATTERNS({
            .rank = 24,
            .stages = AT(RESET) | AT(CLOSED_BY_GATEWAY),
            .needs = F(GATEWAY_MUTE) | F(GATEWAY_CLOSED),
            .refuted_by = F(CLOSE_RUN),
            .proves = F(JUST_REFUSED),
            .favoured_by = F(JUST_REFUSED),
            .proven_grade = TWS_LIKELY,
            .why = "A listener may drop its first callers in the seconds after it has come up.",
            .proven_why = "This port refused a dial seconds ago; a listener drops its first "
                          "callers just after it has come up.",
            .check = "Dial once more in 5 s: a listener that was only warming up answers then.",
        }),
    },
    {
        .id = "relay-accept-then-close",
        .number = 8,
        .title = "A relay accepts and closes",
        .remedy = "Look behind the relay: is the gateway logged in, is the inner port right (4003 "
                  "and 4004 relay to 4001 and 4002)?",
        PATTERNS(
            {
                .rank = 10,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(GATEWAY_MUTE) | F(GATEWAY_CLOSED),
                .refuted_by = F(OWNER_JAVA),
                .proves = F(FAST_CLOSE),
                .favoured_by = F(CLOSE_RUN),
                .proven_grade = TWS_LIKELY,
                .why = "Accepted and closed without a byte: a relay that cannot reach its gateway "
                       "may do that.",
                .proven_why = "Accepted and closed at once without a byte: so does a relay (socat, "
                              "docker-proxy, ssh) with no gateway behind it.",
                .check = "ss -ltnp on the listener's machine: is the owner java, or socat, "
                         "docker-proxy, ssh?",
            },
            {
                .rank = 9,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(GATEWAY_MUTE) | F(GATEWAY_CLOSED) | F(OWNER_RELAY),
                .grade = TWS_LIKELY,
                .why = "The port belongs to a relay, not to the gateway: it accepts, and closes "
                       "when it cannot reach the gateway behind it.",
                .check = "twstap doctor where the gateway runs: is it up, and on the port that the "
                         "relay dials?",
            }),
    },
    {
        .id = "localhost-only-refusal",
        .number = 10,
        .title = "Only local connections are allowed",
        .remedy = "API > Settings: untick \"Allow connections from localhost only\" and add the "
                  "client's address to Trusted IPs.",
        PATTERNS({
            .rank = 12,
            .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
            .needs = F(GATEWAY_MUTE) | F(GATEWAY_CLOSED),
            .refuted_by = F(LOOPBACK),
            .proves = F(FAST_CLOSE),
            .favoured_by = F(OWNER_JAVA),
            .weakened_by = F(OWNER_RELAY),
            .proven_grade = TWS_LIKELY,
            .why = "With \"Allow connections from localhost only\" the gateway closes callers from "
                   "elsewhere unanswered.",
            .proven_why = "Closed at once, unanswered: so does a gateway with \"Allow connections "
                          "from localhost only\" to callers from elsewhere.",
            .check =
                "Dial 127.0.0.1 on the gateway's own machine: is the same hello answered there?",
        }),
    },
    {
        .id = "client-id-in-use",
        .number = 27,
        .title = "The client id is in use",
        .remedy = "Give each program its own client id; wait 1 to 5 s before a reconnect.",
        PATTERNS(
            {
                .rank = 22,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(STARTAPI) | F(GATEWAY_CLOSED) | F(FAST_CLOSE),
                .refuted_by = F(NEXT_ID) | F(ACCOUNTS) | F(ID_IN_USE),
                .why = "Older builds close right after a startApi whose client id is taken, with "
                       "no word.",
                .check = "Connect with another client id: is it welcomed?",
            },
            {
                .rank = 9,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET) | AT(STARTAPI_UNANSWERED),
                .needs = F(STARTAPI) | F(ID_HELD),
                .refuted_by = F(NEXT_ID) | F(ACCOUNTS) | F(ID_IN_USE) | F(UNACKED) | F(FRAMING),
                .grade = TWS_LIKELY,
                .why = "Another session of this port was welcomed with the same client id and is "
                       "open; a gateway takes an id once.",
                .check = "Connect with another client id: is it welcomed?",
            },
            {
                /* ---- the welcome ---- */
                .rank = 10,
                .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP),
                .needs = F(ID_IN_USE),
                .grade = TWS_CERTAIN,
                .why = "The gateway said so: code 326, another session has this client id.",
                .check = "Which program uses the same id? A session that was never closed also "
                         "holds it.",
                .remedy = "Give each program its own client id; wait 1 to 5 s between disconnect "
                          "and reconnect.",
            }),
    },
    /* ---- the client does not speak, or not this ---- */
    {
        .id = "port-probe",
        .number = 12,
        .title = "A port probe",
        .remedy = "Check that the port is in LISTEN (ss -ltn) instead of connecting to it.",
        PATTERNS({
            .rank = 10,
            .stages = AT(CLIENT_NEVER_SPEAKS),
            .needs = F(CLIENT_MUTE) | F(CLIENT_CLOSED),
            .refuted_by = F(LONG),
            .grade = TWS_CERTAIN,
            .why = "Connected and left without a byte: a health check or a port scan.",
            .check = "ss -tnp while it happens names the process that probes.",
        }),
    },
    {
        .id = "mute-client",
        .number = 13,
        .title = "The client sends nothing",
        .remedy = "Find what blocks the client between connect and its first write (an event loop "
                  "in use, a debugger), or close it.",
        PATTERNS({
            .rank = 11,
            .stages = AT(CLIENT_NEVER_SPEAKS),
            .needs = F(CLIENT_MUTE) | F(LONG),
            .grade = TWS_CERTAIN,
            .why = "The client's connection stands and it has not sent one byte; the gateway owes "
                   "it nothing.",
            .check = "ss -tnp on the client's machine: which process owns the connection?",
        }),
    },
    {
        .id = "truncated-hello",
        .number = 14,
        .title = "The hello is incomplete",
        .remedy = "Send the whole hello: \"API\\0\", a 4-byte length, then the version range.",
        PATTERNS({
            .rank = 12,
            .stages = AT(CLIENT_NEVER_SPEAKS),
            .needs = F(PARTIAL_HELLO),
            .grade = TWS_CERTAIN,
            .why = "The client sent a part of its hello; a gateway rightly waits for the rest.",
            .check = "Compare the bytes the client sent with the length it announced.",
        }),
    },
    {
        .id = "foreign-protocol",
        .number = 15,
        .title = "The client speaks another protocol",
        .remedy = "Dial the API port (API > Settings > Socket port) with an API client; browsers, "
                  "VNC and the Client Portal have other ports.",
        PATTERNS({
            .rank = 10,
            .stages = AT(CLIENT_NEVER_SPEAKS) | AT(HELLO_UNANSWERED),
            .any = F(CLIENT_FOREIGN) | F(GATEWAY_FOREIGN),
            .refuted_by = F(TLS),
            .grade = TWS_CERTAIN,
            .why = "The first bytes belong to another protocol than the TWS API.",
            .check = "Read the first bytes with --hex.",
        }),
    },
    {
        .id = "tls-mismatch",
        .number = 23,
        .title = "TLS on one side only",
        .remedy = "Use TLS on both ends or on none.",
        PATTERNS(
            {
                .rank = 30,
                .stages = AT(HELLO_UNANSWERED) | AT(CLIENT_NEVER_SPEAKS),
                .needs = F(HELLO),
                .refuted_by = F(OTHERS_ANSWERED) | F(OTHERS_LIVE) | F(TLS),
                .why = "One end speaks TLS and the other does not; a plain hello to a TLS port "
                       "gets no answer.",
                .check = "openssl s_client -connect HOST:PORT: does the port answer TLS?",
            },
            {
                .rank = 30,
                .stages = AT(HELLO_UNANSWERED) | AT(CLIENT_NEVER_SPEAKS) | AT(CLOSED_BY_GATEWAY),
                .needs = F(TLS),
                .grade = TWS_CERTAIN,
                .why = "One end speaks TLS and the other does not.",
                .check = "openssl s_client -connect HOST:PORT: does the port answer TLS?",
            },
            {
                .rank = 29,
                .stages = AT(HELLO_UNANSWERED) | AT(CLOSED_BY_GATEWAY),
                .needs = F(TLS) | F(GATEWAY_FOREIGN) | F(PORT_SERVED),
                .grade = TWS_CERTAIN,
                .why = "This connection was answered in TLS while others of the port speak the TWS "
                       "API: it does not end at the gateway.",
                .check = "openssl s_client -connect HOST:PORT: whose certificate is it? ss -tnp: "
                         "which process owns this connection's other end?",
                .remedy = "Dial the API port itself: this client's way leads through a TLS relay, "
                          "or to another port.",
            }),
    },
    {
        .id = "legacy-hello",
        .number = 16,
        .title = "A hello of the old form",
        .remedy = "Replace the client library (IbPy and its kin) by a current one.",
        PATTERNS({
            .rank = 10,
            .stages = AT(HELLO_UNANSWERED),
            .needs = F(LEGACY),
            .grade = TWS_CERTAIN,
            .why = "The client opened the old way, digits and a NUL; gateways of today may not "
                   "answer that.",
            .check = "The first bytes: digits and NUL instead of \"API\\0\".",
        }),
    },
    /* ---- the hello is not answered ---- */
    {
        .id = "accept-queue-wedge",
        .number = 17,
        .title = "The gateway no longer accepts connections",
        .remedy = "Stop retries and probes, close any open dialog; if the queue does not drain in "
                  "30 s, jstack, then restart the gateway.",
        PATTERNS(
            {
                .rank = 18,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE) | F(NOT_ACCEPTED),
                .grade = TWS_CERTAIN,
                .why = "The kernel accepted this client, the gateway has not: the connection waits "
                       "in the queue of its listener.",
                .check = "ss -ltn on this machine: Recv-Q of the LISTEN row above 0 for more than "
                         "a second",
            },
            {
                .rank = 17,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE) | F(NOT_ACCEPTED) | F(OWNER_STOPPED),
                .grade = TWS_CERTAIN,
                .why = "The kernel accepted this client, the gateway has not: its process is "
                       "stopped, and runs no code until it is told to go on.",
                .check = "ps -o pid,stat,comm of that process on this machine: T is stopped, t a "
                         "debugger",
                .remedy = "kill -CONT that process, or end its debugger; the queue then drains by "
                          "itself.",
            },
            {
                .rank = 18,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE),
                .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(UNACKED) | F(ACCEPTED),
                .proves = F(OTHERS_LIVE) | F(OTHERS_UNANSWERED),
                .favoured_by = F(OTHERS_LIVE) | F(OTHERS_UNANSWERED),
                .proven_grade = TWS_LIKELY,
                .why = "The kernel acknowledges the hello, but the program may not accept the "
                       "connection: it waits in the accept queue.",
                .proven_why = "Existing sessions work while new ones are not answered: new "
                              "connections wait in the accept queue.",
                .check = "ss -ltn on the gateway's machine: Recv-Q of the LISTEN row above 0 for "
                         "more than a second",
            }),
    },
    {
        .id = "accepted-but-ignored",
        .number = 18,
        .title = "The gateway accepts and does not answer",
        .remedy = "Close any open dialog; stop retries and probes; restart the gateway. Killing "
                  "the client does not free it.",
        PATTERNS(
            {
                .rank = 19,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE) | F(ACCEPTED),
                .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(OWNER_RELAY),
                .grade = TWS_LIKELY,
                .why = "A process owns the gateway's end of this connection and answers nothing.",
                .check = "jstack of the gateway: does a thread read from this socket? Is a dialog "
                         "open in its window?",
            },
            {
                .rank = 18,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE) | F(ACCEPTED) | F(OWNER_STOPPED),
                .refuted_by = F(LEGACY),
                .grade = TWS_LIKELY,
                .why = "A process owns the gateway's end of this connection, and it is stopped: it "
                       "runs no code until it is told to go on.",
                .check = "ps -o pid,stat,comm of that process on this machine: T is stopped, t a "
                         "debugger",
                .remedy = "kill -CONT that process, or end its debugger.",
            },
            {
                .rank = 19,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE),
                .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(UNACKED) | F(NOT_ACCEPTED),
                .favoured_by = F(OTHERS_LIVE) | F(OTHERS_UNANSWERED) | F(GATEWAY_WINDOW),
                .why =
                    "The gateway may have accepted the connection and never read or answered it.",
                .check = "ss -tnp on the gateway's machine: sockets of the port owned by java, "
                         "LISTEN Recv-Q 0",
                .remedy = "Stop retries and probes; restart the gateway. Killing the client does "
                          "not free it.",
            }),
    },
    {
        .id = "accept-dialog",
        .number = 19,
        .title = "A dialog asks whether to accept the connection",
        .remedy = "API > Settings > Trusted IPs > Create: the exact address the gateway sees; with "
                  "IBC AcceptIncomingConnectionAction=accept.",
        PATTERNS({
            .rank = 13,
            .stages = AT(HELLO_UNANSWERED),
            .needs = F(HELLO) | F(GATEWAY_MUTE),
            .refuted_by = F(LEGACY) | F(UNACKED) | F(NOT_ACCEPTED),
            .favoured_by = F(OTHERS_ANSWERED),
            .weakened_by = F(LOOPBACK) | F(OTHERS_UNANSWERED),
            .why = "For an address outside Trusted IPs the gateway asks its user and waits for the "
                   "click.",
            .check = "Look at the gateway's window for \"Accept incoming connection\", or dial "
                     "from 127.0.0.1.",
        }),
    },
    {
        .id = "blocking-modal",
        .number = 21,
        .title = "A dialog blocks the gateway",
        .remedy = "Close the window; with IBC AcceptNonBrokerageAccountWarning=yes and "
                  "DismissPasswordExpiryWarning=yes.",
        PATTERNS({
            .rank = 14,
            .stages = AT(HELLO_UNANSWERED),
            .needs = F(HELLO) | F(GATEWAY_MUTE),
            .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(UNACKED),
            .weakened_by = F(OTHERS_LIVE),
            .why = "After login a window (paper disclaimer, password notice) can hold back every "
                   "API client.",
            .check = "Look at the gateway's window, or at the dialog titles in the IBC log.",
        }),
    },
    {
        .id = "session-not-authenticated",
        .number = 22,
        .title = "The gateway is not logged in",
        .remedy =
            "Log in again; with IBC set ColdRestartTime and ExistingSessionDetectedAction=primary.",
        PATTERNS({
            .rank = 20,
            .stages = AT(HELLO_UNANSWERED) | AT(CLOSED_BY_GATEWAY) | AT(STARTAPI_UNANSWERED),
            .refuted_by = F(OTHERS_ANSWERED) | F(OTHERS_LIVE) | F(LEGACY) | F(UNACKED) | F(NEXT_ID),
            .favoured_by = F(PORT_LOST) | F(OTHERS_SILENT),
            .why = "A gateway that is not logged in at IB keeps its port open and may not answer.",
            .check = "ss -tnp: has the java process an established connection to IB (ports 4000, "
                     "4001, 443)? Re-login window?",
        }),
    },
    {
        .id = "relay-upstream-hang",
        .number = 9,
        .title = "A relay whose upstream does not answer",
        .remedy = "Dial the gateway's own port; restart the relay together with the gateway.",
        PATTERNS(
            {
                .rank = 21,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE),
                .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(UNACKED) | F(OWNER_JAVA),
                .proves = F(GATEWAY_CLOSED) | F(LONG),
                .proven_grade = TWS_LIKELY,
                .weakened_by = F(OTHERS_LIVE),
                .why = "A relay in front takes the hello at once and waits for a gateway that it "
                       "cannot reach.",
                .proven_why = "The hello was taken, and long after the connection was closed "
                              "without a byte: so does a relay that gives its gateway up.",
                .check = "ss -ltnp: does java own the listener? A relay's log says \"Connection "
                         "timed out\".",
            },
            {
                .rank = 16,
                .stages = AT(HELLO_UNANSWERED),
                .needs = F(HELLO) | F(GATEWAY_MUTE) | F(OWNER_RELAY) | F(ACCEPTED),
                .refuted_by =
                    F(OTHERS_ANSWERED) | F(OTHERS_LIVE) | F(LEGACY) | F(UNACKED) | F(OWNER_STOPPED),
                .grade = TWS_LIKELY,
                .why = "The port belongs to a relay, not to the gateway: it took the hello, and "
                       "waits for a gateway that it cannot reach.",
                .check = "twstap doctor where the gateway runs: is it up, and on the port that the "
                         "relay dials?",
            }),
    },
    {
        .id = "container-port-bypass",
        .number = 11,
        .title = "The container's inner port is used",
        .remedy = "Use the relay port of the image instead of the gateway's own.",
        PATTERNS({
            .rank = 22,
            .stages = AT(HELLO_UNANSWERED) | AT(CLOSED_BY_GATEWAY),
            .needs = F(GATEWAY_MUTE) | F(PRIVATE),
            .refuted_by = F(OTHERS_ANSWERED) | F(LEGACY) | F(UNACKED),
            .proves = F(BRIDGE),
            .proven_grade = TWS_LIKELY,
            .why = "In a container network the gateway's own port (4001, 4002) does not trust its "
                   "neighbours.",
            .check = "Dial the image's relay port on the same host: 4003 live, 4004 paper, 8888.",
        }),
    },
    {
        .id = "stale-relay-namespace",
        .number = 49,
        .title = "A relay into a container that was replaced",
        .remedy = "Recreate the relay together with the gateway (socat: with reuseaddr).",
        PATTERNS({
            .rank = 30,
            .stages = AT(HELLO_UNANSWERED) | AT(CLOSED_BY_GATEWAY) | AT(RESET),
            .needs = F(GATEWAY_MUTE),
            .refuted_by =
                F(OTHERS_ANSWERED) | F(OTHERS_LIVE) | F(LEGACY) | F(UNACKED) | F(OWNER_JAVA),
            .favoured_by = F(OWNER_RELAY),
            .why = "A relay that outlived its gateway's container dials a network that is no more.",
            .check = "The relay's log and start time: is it older than the gateway's container?",
        }),
    },
    {
        .id = "api-disabled",
        .number = 20,
        .title = "The API is switched off",
        .remedy = "Tick \"Enable ActiveX and Socket Clients\" under API > Settings (TWS).",
        PATTERNS({
            .rank = 24,
            .stages = AT(HELLO_UNANSWERED) | AT(NO_LISTENER),
            .any = F(GATEWAY_MUTE) | F(REFUSED),
            .refuted_by =
                F(OTHERS_ANSWERED) | F(OTHERS_LIVE) | F(LEGACY) | F(UNACKED) | F(NONE_RUNS),
            .why = "With the API switched off TWS does not listen; some Gateway builds listen and "
                   "stay silent (disputed).",
            .check = "API > Settings > Enable ActiveX and Socket Clients; is there an api.<client "
                     "id>.* log of today?",
        }),
    },
    /* ---- versions ---- */
    {
        .id = "version-range-miss",
        .number = 25,
        .title = "No common API version",
        .remedy = "Update the side that is behind; the official Python package comes from IB's "
                  "download, not from pip.",
        PATTERNS(
            {
                .rank = 10,
                .stages = AT(VERSION_REJECTED),
                .any = F(VERSION_CODE) | F(VERSION_OUTSIDE) | F(RANGE_ODD),
                .refuted_by = F(REDIRECT),
                .grade = TWS_CERTAIN,
                .why = "The versions that the two ends speak have nothing in common.",
                .check = "Compare the gateway's number with the range in the client's hello.",
            },
            {
                .rank = 10,
                .stages = AT(VERSION_REJECTED),
                .needs = F(VERSION) | F(CLIENT_CLOSED),
                .refuted_by = F(REDIRECT) | F(VERSION_CODE) | F(VERSION_OUTSIDE) | F(RANGE_ODD),
                .grade = TWS_LIKELY,
                .why =
                    "The client read the gateway's version and left at once: it needs another one.",
                .check =
                    "The client's log, or its documentation: which server version does it need?",
            },
            {
                .rank = 8,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(NEWER_REQUEST),
                .grade = TWS_CERTAIN,
                .why = "The client sent a request that this session's server version does not "
                       "have.",
                .check = "-v marks the frame; twstap schema --version: which version has it?",
                .remedy = "Update the gateway, or leave that request out: libraries refuse it by "
                          "themselves where they check the version.",
            },
            {
                .rank = 9,
                .stages = AT(STARTAPI_MISSING) | AT(STARTAPI_UNANSWERED) | AT(CLOSED_BY_GATEWAY) |
                          AT(CLOSED_BY_CLIENT) | AT(RESET),
                .needs = F(VERSION_OUTSIDE),
                .refuted_by = F(REDIRECT) | F(NEXT_ID) | F(ACCOUNTS),
                .grade = TWS_CERTAIN,
                .why = "The gateway's version lies outside the range that the client's hello "
                       "offers.",
                .check = "Compare the gateway's number with the range in the client's hello.",
            },
            {
                .rank = 20,
                .stages = AT(STARTAPI_MISSING),
                .refuted_by = F(SPLIT),
                .why = "A client that cannot use the gateway's version may stop here without an "
                       "error.",
                .check = "The client's log: which server version does it need?",
                .remedy = "Update the side that is behind.",
            }),
    },
    {
        .id = "redirect",
        .number = 26,
        .title = "The gateway redirects to another host",
        .remedy = "Dial that address; most libraries do not follow by themselves.",
        PATTERNS({
            .rank = 10,
            .stages = AT(VERSION_REJECTED),
            .needs = F(REDIRECT),
            .grade = TWS_CERTAIN,
            .why = "The gateway answered with another address instead of a version.",
            .check = "The second field of the version reply is the address to dial.",
        }),
    },
    {
        .id = "client-split-version",
        .number = 53,
        .title = "The client misread a version reply in pieces",
        .remedy =
            "Connect again; take out the relay that cuts the reply; use another client or release.",
        PATTERNS({
            .rank = 10,
            .stages = AT(STARTAPI_MISSING),
            .needs = F(SPLIT),
            .grade = TWS_LIKELY,
            .proves = F(SPLIT_LONG),
            .proven_grade = TWS_CERTAIN,
            .why = "The version reply came in pieces; IB's Python client reads it with one recv "
                   "and then waits for ever.",
            .check =
                "Another library on the same gateway goes on; the client's Recv-Q is 0 (ss -tn).",
        }),
    },
    {
        .id = "framing-mismatch",
        .number = 29,
        .title = "Messages in a form that the version does not have",
        .remedy = "Update the library, or cap its maximum version at 200.",
        PATTERNS({
            .rank = 11,
            .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP) | AT(STARTAPI_MISSING) |
                      AT(LIVE_REQUEST_UNANSWERED) | AT(CLOSED_BY_GATEWAY) | AT(RESET) |
                      AT(CLOSED_BY_CLIENT),
            .needs = F(FRAMING),
            .grade = TWS_CERTAIN,
            .why = "The client's frames are in a form that the negotiated version does not have "
                   "(raw ids from 201, protobuf from 213).",
            .check = "The first 8 bytes of the client's frame after the version reply, with --hex.",
        }),
    },
    {
        .id = "write-access-dialog",
        .number = 28,
        .title = "A dialog asks for write access",
        .remedy = "API > Settings: untick \"Read-Only API\" and save it; or connect read-only.",
        PATTERNS(
            {
                .rank = 14,
                .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP),
                .refuted_by = F(OPEN_WRITES) | F(ID_IN_USE) | F(STARTUP_HANG) | F(FRAMING),
                .why = "With Read-Only API on, a client that wants to write waits for a dialog in "
                       "the gateway's window.",
                .check = "The gateway's window or the IBC log: \"API client needs write access "
                         "action confirmation\"",
            },
            {
                .rank = 14,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(PARTIAL_STARTUP),
                .needs = F(OPEN_WRITES),
                .refuted_by = F(LOST),
                .grade = TWS_LIKELY,
                .why = "Reads are answered, only requests that need write access are not.",
                .check = "The gateway's window or the IBC log: \"API client needs write access "
                         "action confirmation\"",
            }),
    },
    {
        .id = "half-welcome",
        .number = 31,
        .title = "Half of the welcome is missing",
        .remedy = "Close the dialog (order id reset, write access), else restart the gateway.",
        PATTERNS({
            .rank = 12,
            .stages = AT(PARTIAL_STARTUP),
            .needs = F(HALF_WELCOME),
            .refuted_by = F(ACCOUNTS_EMPTY) | F(ID_IN_USE),
            .grade = TWS_CERTAIN,
            .why = "Only one of nextValidId and managedAccounts came; clients wait for both.",
            .check = "Look at the gateway's window for a dialog; try another client id.",
        }),
    },
    {
        .id = "empty-accounts",
        .number = 32,
        .title = "The list of accounts is empty",
        .remedy =
            "Wait until the gateway is logged in upstream; check the account's API permission.",
        PATTERNS({
            .rank = 12,
            .stages = AT(PARTIAL_STARTUP),
            .needs = F(ACCOUNTS_EMPTY),
            .refuted_by = F(ACCOUNTS),
            .grade = TWS_CERTAIN,
            .why = "The list of accounts came and was empty.",
            .check = "Does the gateway's window show the account, and is the upstream link green?",
        }),
    },
    {
        .id = "sync-request-hang",
        .number = 33,
        .title = "One request at start-up is never completed",
        .remedy = "Executions: a newer gateway; completed orders: untick Read-Only API; account "
                  "updates: name the account.",
        PATTERNS(
            {
                .rank = 11,
                .stages = AT(PARTIAL_STARTUP),
                .needs = F(STARTUP_HANG),
                .refuted_by = F(EARLY),
                .grade = TWS_CERTAIN,
                .why = "One request of start-up never got its end marker, while later ones were "
                       "answered.",
                .check = "Connect without that request (ib_async: fetchFields or readonly=True).",
            },
            {
                .rank = 11,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(PARTIAL_STARTUP),
                .needs = F(OPEN_REQUEST) | F(EARLY),
                .refuted_by = F(UNACKED) | F(PATH_DEAD) | F(HALF_WELCOME),
                .why = "It was asked before the welcome (nextValidId); a gateway may leave such a "
                       "request unanswered.",
                .check = "Ask again now: is it answered?",
                .remedy = "Wait for nextValidId before the first request.",
            },
            {
                .rank = 11,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(EARLY) | F(FAST_CLOSE) | F(GATEWAY_CLOSED),
                .why = "The client asked before the welcome (nextValidId), and the gateway closed.",
                .check = "Connect again, and ask only after nextValidId: does the session last?",
                .remedy = "Wait for nextValidId before the first request.",
            },
            {
                .rank = 16,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(NO_END),
                .refuted_by = F(LOST) | F(UNACKED) | F(PATH_DEAD) | F(EARLY),
                .why = "It was answered, without its end marker: who waits for that waits for "
                       "ever.",
                .check = "Send it once more: does the end marker come?",
                .remedy = "Give the wait a time limit in the client; update the gateway.",
            },
            {
                .rank = 22,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(HEARD),
                .refuted_by = F(LOST) | F(UNACKED) | F(PATH_DEAD) | F(EARLY) | F(OPEN_ORDER) |
                              F(MAYBE_REFUSED),
                .why = "The gateway sends and only this request hangs: it is lost, or waits for "
                       "IB's servers.",
                .check = "Send it once more: is it answered? If not, does another of its kind "
                         "work, for which permissions exist?",
                .remedy = "Give the wait a time limit in the client, then ask again.",
            }),
    },
    {
        .id = "client-limit",
        .number = 30,
        .title = "Too many clients",
        .remedy = "Close what is left over, then restart the gateway.",
        PATTERNS({
            .rank = 28,
            .stages = AT(STARTAPI_UNANSWERED) | AT(CLOSED_BY_GATEWAY),
            .needs = F(STARTAPI),
            .refuted_by = F(ID_IN_USE) | F(NEXT_ID),
            .favoured_by = F(MANY_OPEN),
            .why = "A gateway takes 32 clients; sessions that were never closed count too.",
            .check =
                "ss -tn on the gateway's machine: count ESTAB and CLOSE-WAIT rows of the port.",
        }),
    },
    /* ---- the client left ---- */
    {
        .id = "impatient-client",
        .number = 34,
        .title = "The client left before the answer",
        .remedy =
            "Raise the client's timeout to 15 to 30 s; connect read-only; fetch less at start-up.",
        PATTERNS(
            {
                .rank = 10,
                .stages = AT(CLOSED_BY_CLIENT),
                .needs = F(CLIENT_CLOSED),
                .refuted_by = F(FRAMING) | F(STORM),
                .grade = TWS_LIKELY,
                .proves = F(LATE),
                .proven_grade = TWS_CERTAIN,
                .why = "The client hung up before the gateway could answer.",
                .proven_why = "The gateway's answer came after the client had closed: the gateway "
                              "was slow, and it did respond.",
                .check = "The client's time limit: many libraries give up after 2 to 4 s.",
            },
            {
                .rank = 26,
                .stages = AT(HELLO_UNANSWERED) | AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP),
                .needs = F(CLIENT_CLOSED),
                .refuted_by = F(ID_IN_USE) | F(LEGACY) | F(STARTUP_HANG),
                .why = "Perhaps the gateway was only slow: the client gave up by itself.",
                .check = "Let the client wait 60 s once: does the answer come?",
                .remedy = "Raise the client's timeout to 15 to 30 s.",
            }),
    },
    {
        .id = "reconnect-storm",
        .number = 48,
        .title = "The client reconnects again and again",
        .remedy = "One lasting connection; after a loss wait 15, 30, 60, 120, 300 s; one program "
                  "that reconnects, not several.",
        PATTERNS({
            .rank = 9,
            .stages = AT(CLOSED_BY_CLIENT),
            .needs = F(STORM),
            .grade = TWS_CERTAIN,
            .why = "The same address connects, is welcomed and leaves, ten times and more in two "
                   "minutes.",
            .check = "ss -tnp on the client's machine, a few times: which process opens them?",
        }),
    },
    /* ---- a live session ---- */
    {
        .id = "upstream-lost",
        .number = 36,
        .title = "The gateway has lost its link to IB",
        .remedy = "In a reset window wait; else check the internet link and log in again.",
        PATTERNS({
            .rank = 10,
            .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET),
            .needs = F(LOST),
            .grade = TWS_CERTAIN,
            .why = "The gateway said that it lost IB's servers (1100) and not that it is back "
                   "(1101, 1102).",
            .check = "The gateway's window: is its connection to IB red? IB's nightly reset is "
                     "00:15 to 01:45 ET.",
        }),
    },
    {
        .id = "subscriptions-lost",
        .number = 38,
        .title = "Subscriptions were lost with the link to IB",
        .remedy = "Subscribe again on 1101, and in every new session.",
        PATTERNS(
            {
                .rank = 9,
                .stages = AT(LIVE_GATEWAY_QUIET),
                .needs = F(DATA_LOST),
                .refuted_by = F(LOST),
                .grade = TWS_CERTAIN,
                .why = "The gateway came back without its subscriptions (1101), and the client did "
                       "not subscribe again.",
                .check = "Send reqMktData once more for one instrument: do its ticks come?",
            },
            {
                .rank = 12,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(UNLINKED),
                .refuted_by = F(LOST) | F(UNACKED) | F(PATH_DEAD),
                .why = "It was asked while the gateway had no link to IB; the link is back, and "
                       "the request was lost.",
                .check = "Send it once more: is it answered?",
                .remedy = "Ask again what was asked between 1100 and 1101 or 1102.",
            }),
    },
    {
        .id = "client-lost-4096",
        .number = 54,
        .title = "The client lost a read of 4096 bytes",
        .remedy = "Update the client library; the gateway did answer.",
        PATTERNS({
            .rank = 10,
            .stages = AT(LIVE_CLIENT_DEAF),
            .needs = F(DEAF),
            .why = "IB's Python client drops a read of exactly 4096 bytes behind which nothing "
                   "comes for a second.",
            .check = "The frames before the repeated request: there its answer is. Which client, "
                     "which release?",
        }),
    },
    {
        .id = "read-only-api",
        .number = 42,
        .title = "The API is read-only",
        .remedy =
            "Untick \"Read-Only API\" and save it; check the account's own Read-Only Access too.",
        PATTERNS({
            .rank = 11,
            .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(PARTIAL_STARTUP),
            .needs = F(READ_ONLY),
            .grade = TWS_CERTAIN,
            .why = "The gateway answered an order with code 321: the API is in Read-Only mode.",
            .check = "API > Settings > Read-Only API",
        }),
    },
    {
        .id = "rate-limit",
        .number = 41,
        .title = "Too many messages per second",
        .remedy = "Pace the client to 40 to 45 messages a second, or connect with +PACEAPI.",
        PATTERNS(
            {
                .rank = 10,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET) | AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(RATE),
                .grade = TWS_CERTAIN,
                .why = "The gateway warned of too many messages a second (code 100).",
                .check = "Count the client's frames in the second before.",
            },
            {
                .rank = 9,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(REQUEST) | F(GATEWAY_CLOSED) | F(OVER_LIMIT),
                .refuted_by = F(RATE) | F(CLOSED_TOGETHER) | F(PORT_CHANGED) | F(ID_IN_USE),
                .grade = TWS_LIKELY,
                .why = "The client sent more messages in the second before the close than a "
                       "gateway takes.",
                .check = "Count the client's frames in the second before the close; the gateway's "
                         "own log names the limit.",
            }),
    },
    {
        .id = "half-open",
        .number = 45,
        .title = "The other end has vanished",
        .remedy = "Switch on TCP keep-alive, check Wi-Fi, VPN and NAT; run client and gateway on "
                  "one machine.",
        PATTERNS(
            {
                .rank = 11,
                .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP) |
                          AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET) |
                          AT(HELLO_UNANSWERED),
                .any = F(UNACKED) | F(TIMED_OUT),
                .needs = F(HELLO),
                .refuted_by = F(LOOPBACK) | F(SYNACK_AGAIN),
                .grade = TWS_LIKELY,
                .why = "Bytes were sent again and are not acknowledged: the path seems dead, not "
                       "the gateway.",
                .check = "ss -tino: retransmissions on the connection to the gateway",
            },
            {
                .rank = 10,
                .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP) |
                          AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET),
                .any = F(PATH_DEAD) | F(TIMED_OUT),
                .needs = F(HELLO),
                .refuted_by = F(LOOPBACK) | F(SYNACK_AGAIN),
                .grade = TWS_CERTAIN,
                .why = "Bytes were sent again and again and never acknowledged: the path is dead, "
                       "not the gateway.",
                .check = "ss -tino on the sender's machine: retransmissions on this connection",
            },
            {
                .rank = 10,
                .stages = AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP) |
                          AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET),
                .any = F(PATH_DEAD) | F(UNACKED) | F(TIMED_OUT),
                .needs = F(HELLO) | F(LOOPBACK),
                .refuted_by = F(SYNACK_AGAIN),
                .grade = TWS_LIKELY,
                .why = "Bytes on the loopback were sent again and are not acknowledged: no wire is "
                       "there to fail, so a filter rule drops them.",
                .check = "nft list ruleset; iptables -S; ip6tables -S: a rule that drops packets "
                         "of this port or of lo",
                .remedy = "Remove the filter rule, or let packets on lo pass in front of it; then "
                          "connect again.",
            }),
    },
    {
        .id = "slow-client",
        .number = 43,
        .title = "The client does not read",
        .remedy = "Move work off the client's event loop (ib.sleep, not time.sleep); look for a "
                  "debugger or a blocked terminal.",
        PATTERNS({
            .rank = 10,
            .stages = AT(LIVE_CLIENT_NOT_READING),
            .needs = F(CLIENT_WINDOW),
            .grade = TWS_CERTAIN,
            .why = "The client's kernel says that its buffer is full: the client's program does "
                   "not read.",
            .check = "ss -tnp on the client's machine: Recv-Q of the connection, and whose it is",
        }),
    },
    {
        .id = "request-throttled-silently",
        .number = 35,
        .title = "The same request too soon",
        .remedy =
            "Space reqCurrentTime by more than a second; let no health check share the session.",
        PATTERNS({
            .rank = 12,
            .stages = AT(LIVE_REQUEST_UNANSWERED),
            .needs = F(OPEN_TIME) | F(TIME_TWICE),
            .refuted_by = F(LOST) | F(UNACKED) | F(PATH_DEAD),
            .grade = TWS_LIKELY,
            .why = "reqCurrentTime came twice within a second; newer gateways do not answer the "
                   "second.",
            .check = "Ask again after more than a second: is it answered?",
        }),
    },
    {
        .id = "farm-broken",
        .number = 37,
        .title = "A data farm is disconnected",
        .remedy = "Wait, or press Ctrl-Alt-F in the gateway (IBC command RECONNECTDATA).",
        PATTERNS(
            {
                .rank = 13,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET),
                .needs = F(FARM_LOST) | F(NEEDS_FARM),
                .refuted_by = F(UNACKED) | F(PATH_DEAD),
                .grade = TWS_LIKELY,
                .why = "A data farm was lost (2103, 2105 or 2157) and has not come back.",
                .check = "Does a request that needs no farm (reqCurrentTime) get its answer?",
            },
            {
                .rank = 17,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(HEARD) | F(NEEDS_FARM),
                .refuted_by =
                    F(UNACKED) | F(PATH_DEAD) | F(LOST) | F(NO_END) | F(EARLY) | F(MAYBE_REFUSED),
                .why = "This request is served by a data farm (market data, history, definitions), "
                       "and others, that need none, are answered.",
                .check = "The gateway's window: is the farm's light green? Does another request of "
                         "this kind get its answer?",
            }),
    },
    {
        .id = "competing-session",
        .number = 39,
        .title = "Another session has taken over",
        .remedy = "Use a second user name for the program; with IBC "
                  "ExistingSessionDetectedAction=primary.",
        PATTERNS({
            .rank = 14,
            .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET),
            .needs = F(COMPETING),
            .refuted_by = F(UNACKED) | F(PATH_DEAD),
            .grade = TWS_LIKELY,
            .why = "Code 10197: another session of the same user takes the market data.",
            .check = "Is the same user logged in on a phone, the web or another machine?",
        }),
    },
    {
        .id = "order-swallowed",
        .number = 40,
        .title = "An order without any reply",
        .remedy = "Ask for the open orders before sending again; no orders in the minute before "
                  "the restart.",
        PATTERNS(
            {
                .rank = 15,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(OPEN_ORDER),
                .refuted_by = F(UNACKED) | F(PATH_DEAD) | F(MAYBE_REFUSED) | F(ALL_HANG),
                .grade = TWS_CERTAIN,
                .why =
                    "An order was sent, and no status, open order or error with its id ever came.",
                .check = "reqOpenOrders: a list without the id settles it in milliseconds.",
            },
            {
                .rank = 16,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(OPEN_ORDER) | F(MAYBE_REFUSED),
                .refuted_by = F(UNACKED) | F(PATH_DEAD),
                .why = "No status, open order or error with the order's id came; an error without "
                       "an id did, and may be about it.",
                .check = "reqOpenOrders: a list without the id settles it in milliseconds.",
            },
            {
                .rank = 24,
                .stages = AT(LIVE_REQUEST_UNANSWERED),
                .needs = F(OPEN_ORDER) | F(ALL_HANG),
                .refuted_by = F(UNACKED) | F(PATH_DEAD) | F(MAYBE_REFUSED),
                .why = "An order waits too, as does all else that was asked: a consequence, once "
                       "the gateway stands still.",
                .check = "reqOpenOrders, once the gateway answers again: does the list have it?",
            }),
    },
    {
        .id = "refused-without-id",
        .number = 55,
        .title = "A request was refused without its id",
        .remedy = "Correct the request that the error is about: the number and the order of its "
                  "fields, and their values.",
        PATTERNS({
            .rank = 9,
            .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(PARTIAL_STARTUP),
            .needs = F(MAYBE_REFUSED),
            .refuted_by = F(UNACKED) | F(PATH_DEAD),
            .grade = TWS_LIKELY,
            .why = "The gateway refused one of the open requests with an error that has no id "
                   "(-1); nothing more will come for it.",
            .check =
                "Read the text of that error; then send the open requests again, one at a time.",
        }),
    },
    {
        .id = "jvm-stall",
        .number = 44,
        .title = "The gateway's process stands still",
        .remedy = "Give it memory: -Xmx1024m or more in ibgateway.vmoptions; fewer subscriptions; "
                  "restart.",
        PATTERNS(
            {
                .rank = 20,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET) |
                          AT(HELLO_UNANSWERED) | AT(STARTAPI_UNANSWERED),
                .refuted_by = F(OTHERS_LIVE) | F(OTHERS_ANSWERED) | F(LOST) | F(UNACKED) |
                              F(LEGACY) | F(MAYBE_REFUSED) | F(HEARD),
                .proves = F(OTHERS_SILENT),
                .favoured_by = F(OTHERS_SILENT) | F(GATEWAY_WINDOW),
                .proven_grade = TWS_LIKELY,
                .why = "The gateway's program may stand still (garbage collection, swap) while its "
                       "kernel goes on.",
                .proven_why = "All sessions of the port are silent together: the gateway's program "
                              "stands still.",
                .check = "top on the gateway's machine: java at full CPU (garbage collection), or "
                         "swap in use",
            },
            {
                .rank = 19,
                .stages =
                    AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET) | AT(STARTAPI_UNANSWERED),
                .needs = F(GATEWAY_UNREAD),
                .refuted_by = F(OTHERS_LIVE) | F(OTHERS_ANSWERED) | F(LOST) | F(UNACKED) | F(HEARD),
                .grade = TWS_LIKELY,
                .why = "The client's bytes came to the gateway's socket and wait there unread: its "
                       "program stands still.",
                .check = "ps -o stat,time on the gateway: stopped (T), or at full CPU (garbage "
                         "collection)?",
                .remedy = "Stopped: kill -CONT. Else give it memory: -Xmx1024m or more in "
                          "ibgateway.vmoptions; restart.",
            },
            {
                .rank = 8,
                .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET) |
                          AT(STARTAPI_UNANSWERED) | AT(PARTIAL_STARTUP),
                .needs = F(OWNER_STOPPED),
                .refuted_by = F(LOST) | F(UNACKED),
                .grade = TWS_LIKELY,
                .why = "The process that has the port is stopped: it runs no code until it is told "
                       "to go on, while its kernel answers.",
                .check = "ps -o pid,stat,comm of that process on this machine: T is stopped, t a "
                         "debugger",
                .remedy = "kill -CONT that process, or end its debugger.",
            }),
    },
    {
        .id = "host-suspend",
        .number = 50,
        .title = "The machine was suspended",
        .remedy = "Keep the machine awake (no sleep on idle, no lid switch), and connect again.",
        PATTERNS({
            .rank = 9,
            .stages = AT(LIVE_REQUEST_UNANSWERED) | AT(LIVE_GATEWAY_QUIET) | AT(RESET) |
                      AT(CLOSED_BY_GATEWAY) | AT(HELLO_UNANSWERED) | AT(STARTAPI_UNANSWERED) |
                      AT(PARTIAL_STARTUP) | AT(LIVE_CLIENT_NOT_READING),
            .needs = F(SLEPT),
            .grade = TWS_LIKELY,
            .why =
                "This machine was suspended in the meantime: what timed out did so while it slept.",
            .check = "journalctl -b | grep -i -e suspend -e resume",
        }),
    },
    {
        .id = "quiet-but-healthy",
        .number = 52,
        .title = "A quiet market",
        .remedy = "None, if the market is closed.",
        PATTERNS({
            .rank = 10,
            .stages = AT(LIVE_GATEWAY_QUIET),
            .refuted_by = F(LOST) | F(TIMED_OUT) | F(UNACKED) | F(OPEN_REQUEST),
            .why = "No request was open; a market that closes looks the same.",
            .check = "reqCurrentTime, once: does the gateway answer?",
        }),
    },
    /* ---- the gateway ended it ---- */
    {
        .id = "port-or-setting-change",
        .number = 47,
        .title = "The port or a setting was changed",
        .remedy = "Dial the new port.",
        PATTERNS({
            .rank = 10,
            .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
            .needs = F(PORT_CHANGED),
            .grade = TWS_CERTAIN,
            .why = "The gateway said that its API port was changed (1300).",
            .check = "API > Settings > Socket port",
        }),
    },
    {
        .id = "scheduled-restart",
        .number = 46,
        .title = "The gateway restarted",
        .remedy = "Expect it once a day: set it to a quiet hour, retry for 3 minutes, then raise "
                  "an alarm.",
        PATTERNS(
            {
                .rank = 16,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(VERSION) | F(GATEWAY_CLOSED),
                .refuted_by = F(ID_IN_USE) | F(RATE) | F(PORT_CHANGED) | F(OTHERS_STAY) |
                              F(OTHERS_WENT_ON),
                .proves = F(CLOSED_TOGETHER),
                .favoured_by = F(CLOSED_TOGETHER),
                .proven_grade = TWS_LIKELY,
                .why = "The gateway restarts once a day and ends every session then.",
                .proven_why = "Sessions were ended in the same second: the daily restart, or the "
                              "gateway was ended.",
                .check = "Is the listener back within 90 s? Configure > Settings > Lock and Exit: "
                         "which time is set?",
            },
            {
                .rank = 12,
                .stages = AT(NO_LISTENER),
                .needs = F(REFUSED) | F(PORT_ENDED),
                .grade = TWS_LIKELY,
                .why = "The gateway closed all sessions of the port shortly before, and does not "
                       "listen: so does the daily restart.",
                .check = "Is the listener back within 90 s? Configure > Settings > Lock and Exit: "
                         "which time is set?",
                .remedy = "Retry for 3 minutes, then raise an alarm; where it is the daily "
                          "restart, set it to a quiet hour.",
            }),
    },
    {
        .id = "malformed-request-close",
        .number = 51,
        .title = "The gateway closed because of a malformed request",
        .remedy = "Update the library; while debugging tick API > Settings > Maintain connection "
                  "upon receiving incorrectly formatted fields.",
        PATTERNS(
            {
                .rank = 11,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs =
                    F(REQUEST) | F(NEXT_ID) | F(FAST_CLOSE) | F(GATEWAY_CLOSED) | F(ODD_REQUEST),
                .refuted_by = F(CLOSED_TOGETHER) | F(RATE) | F(PORT_CHANGED) | F(ID_IN_USE) |
                              F(FORM_ANSWERED),
                .grade = TWS_LIKELY,
                .why = "The gateway closed within 100 ms of a request that has not the fields its "
                       "version asks for.",
                .check =
                    "Read the client's last frame before the close, field by field: -vv shows it.",
            },
            {
                .rank = 11,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(REQUEST) | F(NEXT_ID) | F(FAST_CLOSE) | F(GATEWAY_CLOSED) |
                         F(OTHERS_STAY) | F(FIRST_OF_FORM),
                .refuted_by = F(CLOSED_TOGETHER) | F(RATE) | F(PORT_CHANGED) | F(ID_IN_USE) |
                              F(FORM_ANSWERED),
                .grade = TWS_LIKELY,
                .why = "The gateway closed within 100 ms of the client's first request of its "
                       "kind, and "
                       "only this session.",
                .check =
                    "Read the client's last frame before the close, field by field: -vv shows it.",
            },
            {
                .rank = 12,
                .stages = AT(CLOSED_BY_GATEWAY) | AT(RESET),
                .needs = F(REQUEST) | F(NEXT_ID) | F(FAST_CLOSE) | F(GATEWAY_CLOSED),
                .refuted_by = F(CLOSED_TOGETHER) | F(RATE) | F(PORT_CHANGED) | F(ID_IN_USE) |
                              F(FORM_ANSWERED),
                .proves = F(NO_OTHERS) | F(FIRST_OF_FORM),
                .favoured_by = F(ODD_REQUEST),
                .proven_grade = TWS_LIKELY,
                .why = "The gateway closed within 100 ms of a request of the client; whether the "
                       "others stay was not known yet.",
                .proven_why =
                    "The gateway closed within 100 ms of the client's first request of its "
                    "kind, its only session.",
                .check =
                    "Read the client's last frame before the close, field by field: -vv shows it.",
            }),
    },
};

const size_t tws_modes_len = sizeof tws_modes / sizeof tws_modes[0];

const struct tws_mode *tws_modes_find(const char *id)
{
    for (size_t i = 0; i < tws_modes_len; i++)
        if (strcmp(tws_modes[i].id, id) == 0)
            return &tws_modes[i];
    return NULL;
}

/* ---- what a grade takes ---- */

static bool can_have(const struct tws_pattern *p, tws_fact_set known)
{
    return !(p->needs & ~known) && (!p->any || (p->any & known));
}

/* The best grade of the patterns of `m` with these facts. */
static enum tws_certainty best_with(const struct tws_mode *m, tws_fact_set known)
{
    enum tws_certainty best = TWS_CANNOT_TELL;

    for (size_t i = 0; i < m->n_patterns; i++) {
        const struct tws_pattern *p = &m->pattern[i];

        if (!can_have(p, known))
            continue;
        if (p->grade > best)
            best = p->grade;
        if (p->proves && !(p->proves & ~known) && p->proven_grade > best)
            best = p->proven_grade;
    }
    return best;
}

enum tws_certainty tws_modes_reach(uint8_t number, unsigned from)
{
    tws_fact_set known = 0;

    for (unsigned s = 0; s < sizeof from * 8; s++)
        if (from >> s & 1u)
            known |= tws_facts_from((enum tws_source)s);
    for (size_t i = 0; i < tws_modes_len; i++)
        if (tws_modes[i].number == number)
            return best_with(&tws_modes[i], known);
    return TWS_CANNOT_TELL;
}
