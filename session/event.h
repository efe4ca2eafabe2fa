/* event.h - the vocabulary: what happened, to which connection, when.
 *
 * An event is a value, and nothing in it points into a session.  What it does point at is borrowed
 * for the call that hands it out: the bytes of a frame and what was read of them, the first bytes
 * of what was not understood, the text of a notice, and facts, a state, a verdict or a summary,
 * which are too large to stand in the event.  event_pack.h makes bytes of all that live longer.
 * Times are nanoseconds since 1970-01-01 UTC as given by the caller. */
#ifndef TWS_EVENT_H
#define TWS_EVENT_H
#include "latency.h"
#include "mark.h"
#include "message.h"
#include "moment.h"
#include "notice.h"
#include "pacing.h"
#include "stream.h"
#include "upstream.h"

/* An address and port without the socket API's types. */
struct tws_endpoint {
    uint8_t family;   /* 4, 6, or 0: unknown */
    uint16_t port;    /* host order */
    uint8_t addr[16]; /* network order; the first 4 bytes for family 4 */
    uint32_t scope;   /* IPv6 zone index, 0: none */
};

/* Handshake progress, in order. */
enum tws_stage {
    TWS_STAGE_NONE,
    TWS_TCP,     /* connected; the client owes its hello */
    TWS_HELLO,   /* the client spoke; the gateway owes the version reply */
    TWS_VERSION, /* the gateway answered; the client owes startApi */
    TWS_START,   /* startApi sent; the gateway owes nextValidId and managedAccounts */
    TWS_READY,   /* both came */
    TWS_LIVE,    /* the client asked for something */
    TWS_STAGES,
};

/* "tcp" ... "live". */
const char *tws_stage_name(enum tws_stage s);

/* Where a session fell silent or ended badly: the catalogue's stage names. */
enum tws_trouble {
    TWS_TROUBLE_NONE,
    TWS_NO_LISTENER,
    TWS_TCP_CONNECT,
    TWS_CLIENT_NEVER_SPEAKS,
    TWS_HELLO_UNANSWERED,
    TWS_VERSION_REJECTED,
    TWS_STARTAPI_MISSING,
    TWS_STARTAPI_UNANSWERED,
    TWS_PARTIAL_STARTUP,
    TWS_LIVE_REQUEST_UNANSWERED,
    TWS_LIVE_GATEWAY_QUIET,
    TWS_LIVE_CLIENT_NOT_READING,
    TWS_LIVE_CLIENT_DEAF,
    TWS_CLOSED_BY_GATEWAY,
    TWS_CLOSED_BY_CLIENT,
    TWS_RESET,
    TWS_TROUBLES,
};

/* "hello-unanswered" ...; NULL for NONE. */
const char *tws_trouble_name(enum tws_trouble t);

/* "client", "gateway", "network", "nobody". */
const char *tws_side_name(enum tws_side s);

enum tws_certainty { TWS_CANNOT_TELL, TWS_LIKELY, TWS_CERTAIN };

/* "cannot tell", "likely", "certain". */
const char *tws_certainty_name(enum tws_certainty c);

/* How one side ended its half of the connection. */
enum tws_ending {
    TWS_OPEN_STILL,
    TWS_FIN,
    TWS_RST,
    TWS_TIMEOUT,        /* given up by the observer: --linger, or the kernel's own time-out */
    TWS_END_OF_CAPTURE, /* the observer stopped: end of file, or the proxy was told to stop */
    TWS_REFUSED,        /* the gateway's address refused the connection (proxy's dial) */
    TWS_UNREACHABLE,    /* the dial failed otherwise or timed out */
};

const char *tws_ending_name(
    enum tws_ending e); /* "fin" "rst" "timeout" "end-of-capture" "refused" "unreachable" */

/* A frame seen last, per direction. */
struct tws_last {
    uint64_t n;     /* frame number; 0: none yet (or the hello, when `hello`) */
    uint64_t ts_ns; /* 0: none yet */
    int32_t id;     /* base id; 0 with n == 1 from the gateway: the version reply */
    bool hello;
};

enum tws_request_status {
    TWS_REQ_ANSWERED, /* a one-shot request got its answer */
    TWS_REQ_ENDED,    /* a list got its end marker */
    TWS_REQ_ERROR,    /* message 4 named it */
    TWS_REQ_CANCELLED,
    TWS_REQ_UNANSWERED, /* given up: its time is over, or the session ended */
    TWS_REQ_LIVE,       /* a subscription got its first answer */
};

const char *tws_request_status_name(enum tws_request_status s);

/* What a program is, by its name and its words. */
enum tws_program {
    TWS_PROGRAM_OTHER,
    TWS_PROGRAM_JAVA,    /* Java, and nothing says that it is TWS or IB Gateway */
    TWS_PROGRAM_GATEWAY, /* TWS or IB Gateway */
    TWS_PROGRAM_RELAY,   /* passes connections on */
};

const char *tws_program_name(enum tws_program p);

#define TWS_PROCESS_NAME 16u

/* A process of this machine. */
struct tws_process {
    uint32_t pid;                /* 0: none, or not known */
    uint8_t program;             /* enum tws_program */
    char state;                  /* as proc(5) has it, T: stopped; 0: not known */
    char name[TWS_PROCESS_NAME]; /* the kernel's short name; letters, digits, '.', '_', '-' */
};

/* Told to pause, or held by a debugger: it runs no code. */
static inline bool tws_process_stopped(const struct tws_process *p)
{
    return p->state == 'T' || p->state == 't';
}

/* Numbers of the relay's own socket to the gateway.  ROW(name, old): `old` is false for those that
 * recordings of earlier versions do not have; they are 0 there.  The members below, how they are
 * packed, recorded and shown in JSON all follow from these rows; host/ fills them. */
/* clang-format off */
#define TWS_KERNEL_SOCKET(ROW) \
    ROW(unacked, true)       /* segments sent that the gateway's kernel has not acknowledged */ \
    ROW(retransmits, true)   /* retransmissions going on now */ \
    ROW(total_retrans, true) \
    ROW(last_ack_ms, true)   /* since the last ACK came from the gateway's side */ \
    ROW(last_data_ms, true)  /* since the last data came from the gateway's side */ \
    ROW(unread, true)        /* bytes that wait unread in our receive queue */ \
    ROW(unsent, true)        /* bytes of ours that are not acknowledged (SIOCOUTQ) */ \
    ROW(rtt_us, true)
/* clang-format on */
#define TWS_KERNEL_MEMBER(name, old) uint32_t name;

/* What the kernel says of the sockets in question; filled by the edge, all zero when unknown. */
struct tws_kernel {
    bool known;          /* the fields below were read */
    bool upstream_known; /* the proxy's socket to the gateway */
    TWS_KERNEL_SOCKET(TWS_KERNEL_MEMBER)
    bool peer_known;      /* the gateway's end was found in the table of this machine's sockets */
    bool peer_owned;      /* a process has it; without one it waits in the listener's queue */
    uint32_t peer_unread; /* bytes that came there and were not read */
    bool queue_known;
    uint32_t queue, backlog; /* connections in the listener's queue, and how many it may hold */
    uint32_t listener;       /* inode of that listener, and its user */
    uint32_t listener_uid;
    struct tws_process owner; /* of that listener; after a refused dial of `sibling` */
    /* after a refused dial, where the address is of this machine */
    uint16_t sibling;        /* another of the Gateways' usual ports that somebody listens on */
    bool all_seen;           /* every process was looked at: what is not named here does not run */
    struct tws_process idle; /* a Gateway that runs, while nobody listens on a usual port */
};

/* What the packets of a capture say of one side's sending and reading. */
struct tws_wire_side {
    uint32_t unacked;         /* bytes of it that the other side has not acknowledged */
    uint64_t unacked_ns;      /* since when; 0: nothing is */
    uint32_t retransmits;     /* segments that it sent again */
    uint32_t retransmits_now; /* of those, since the other side last acknowledged something new */
    uint32_t window_probes;   /* of the other side's closed window */
    uint32_t syns;            /* times its SYN was seen */
    uint64_t zero_ns;         /* for how long its window has been closed; 0: it is open */
    uint64_t zero_total_ns;   /* for how long it was closed before */
};

/* The facts of TCP, from an edge that sees packets; all zero elsewhere. */
struct tws_wire {
    bool known;
    bool established;  /* the three-way handshake is over */
    bool late_reset;   /* the client answered bytes of the gateway with a reset, after its FIN */
    bool other_family; /* the same port, dialled under the other address family, answered */
    struct tws_wire_side client, gateway;
};

/* The other connections of the same port, at the moment of asking. */
struct tws_others {
    uint32_t live_answering; /* sessions past the handshake whose gateway spoke within the window */
    uint32_t live_silent;    /* ... with a silence that stands, and not among those */
    uint32_t new_unanswered; /* other connections that wait for a version reply past their time */
    uint32_t new_answered; /* connections whose version reply came, in the run, after this began */
    uint32_t open;         /* other connections that are open */
};

/* What the edge knows of a connection beyond its bytes. */
struct tws_facts {
    uint64_t taken_ns; /* when it was measured */
    struct tws_kernel kernel;
    struct tws_wire wire;
};

/* Where something is known from.  TWS_FROM_LOG: what a program wrote down of the bytes, in place of
 * TWS_FROM_WIRE. */
enum tws_source {
    TWS_FROM_WIRE,
    TWS_FROM_KERNEL,
    TWS_FROM_OTHERS,
    TWS_FROM_PROCESS,
    TWS_FROM_LOG,
    TWS_SOURCES
};

/* "wire", "kernel", "other-sessions", "process", "log". */
const char *tws_source_name(enum tws_source s);

struct tws_verdict; /* diagnosis/verdict.h: what a diagnosis makes of a state */
struct tws_state;   /* state.h */

/* What the program has no more of, or does not let in. */
enum tws_limit {
    TWS_LIMIT_CONNECTIONS, /* --max-connections, or the descriptors that this process may open */
    TWS_LIMIT_DESCRIPTORS, /* accept failed: there are no descriptors, or there is no memory */
    TWS_LIMIT_DENIED,      /* clients that --allow does not name */
    TWS_LIMIT_RECORDING,   /* packets are missing in the recording, or it has stopped */
    TWS_LIMITS,
};

/* "connections", "descriptors", "denied", "recording". */
const char *tws_limit_name(enum tws_limit l);

enum tws_event_kind {
    TWS_EV_OPEN,
    TWS_EV_FRAME,
    TWS_EV_OPAQUE,
    TWS_EV_STAGE,
    TWS_EV_REQUEST,
    TWS_EV_NOTICE,
    TWS_EV_SILENCE,
    TWS_EV_RECOVERED,
    TWS_EV_GAP,
    TWS_EV_CLOSE,
    TWS_EV_VERDICT,
    TWS_EV_PACING,  /* the client comes near a limit of its gateway */
    TWS_EV_DROPS,   /* no connection: packets were lost before they came to the observer */
    TWS_EV_LIMIT,   /* no connection: a limit of the program was met, said once per episode */
    TWS_EV_SUMMARY, /* no connection */
    TWS_EV_FACTS,   /* what the edge knows beyond the bytes */
    TWS_EV_STATE,   /* the session as a value; for the diagnosis, and not shown */
    TWS_EVENTS,
};

#define TWS_WANTS(kind) (1u << (kind))

struct tws_event {
    enum tws_event_kind kind;
    uint64_t ts_ns;
    uint32_t conn; /* 0: belongs to no connection */
    union {
        struct {
            struct tws_endpoint client, gateway;
            bool midstream;
        } open;
        struct {
            enum tws_side dir;
            uint64_t n; /* 0: the hello */
            enum tws_form form;
            bool guessed;      /* the server version is not known: `message` was read by a guess */
            uint64_t offset;   /* in the stream of `dir`, holes included; where the frame begins */
            uint32_t wire_len; /* bytes there, with the length and what a hello begins with */
            struct tws_cursor payload;               /* without the length */
            const struct tws_message *message;       /* TEXT, PROTOBUF */
            const struct tws_hello *hello;           /* HELLO */
            const struct tws_version_reply *version; /* VERSION */
            const struct tws_marks *marks; /* what is masked in it; NULL: nobody has looked */
        } frame;
        struct {
            enum tws_side dir;
            enum tws_opaque why;
            enum tws_foreign foreign;
            uint32_t length;
            struct tws_cursor first; /* up to 16 first bytes of what was not understood */
        } opaque;
        struct {
            enum tws_stage stage;
            uint64_t took_ns;              /* since the stage before */
            uint32_t hello_min, hello_max; /* versions offered; 0: not read */
            uint32_t server_version;       /* 0: not known yet */
            int64_t client_id;             /* -1: not known yet */
        } stage;
        struct {
            int32_t id;
            const char *name;
            int64_t key;
            enum tws_key key_kind;
            uint64_t asked_ns, first_ns, end_ns; /* 0: did not happen */
            uint64_t answers;
            enum tws_request_status status;
            int64_t code;           /* ERROR: that ended it; else 0 */
            struct tws_cursor text; /* its text; borrowed as that of a notice is */
        } request;
        struct {
            int64_t code;
            int64_t req_id;
            struct tws_cursor text;
            enum tws_notice_class class;
            enum tws_link link;   /* to IB, after this notice */
            struct tws_farm farm; /* that it speaks of; since_ns 0: of none */
        } notice;
        struct {
            enum tws_pace_what what;
            uint32_t count, limit; /* how many there were, and may be, within the window */
            uint64_t window_ns;
        } pacing;
        struct {
            enum tws_trouble stage;
            enum tws_side owes;
            uint64_t since_ns, waited_ns;
            struct tws_last last_client, last_gateway;
            struct tws_kernel kernel;
            struct tws_others others;
        } silence; /* SILENCE and RECOVERED */
        struct {
            enum tws_side dir;
            uint64_t missing; /* bytes that were never seen; 0: not known how many */
            uint64_t skipped; /* bytes that were, and that are in no frame that could be told */
            bool found;       /* frames were found again behind them */
        } gap;
        struct {
            enum tws_side closed; /* the side whose end was the reason to measure; NOBODY: none */
            const struct tws_facts *facts;
            struct tws_others others;
        } facts; /* before a silence, before a close, and when they change while a silence stands */
        struct {
            enum tws_side by; /* who closed first */
            enum tws_ending how;
            const char *reason; /* static text or NULL: why the dial failed, or why we gave up */
            uint64_t bytes_client, bytes_gateway; /* by sender */
            uint64_t frames_client, frames_gateway;
            uint64_t digest_client, digest_gateway; /* XXH64, seed 0, of the bytes by sender */
            uint64_t lasted_ns;
        } close;
        const struct tws_verdict *verdict;
        const struct tws_state *state;
        struct {
            uint64_t kernel, interface; /* packets dropped since it was last said */
            uint64_t received;          /* packets that came through in that time */
        } drops;
        struct {
            enum tws_limit what;
            uint64_t held;  /* how many the limit is holding back or has turned away so far */
            uint64_t limit; /* 0: not a number */
            bool over;      /* the episode has ended */
        } limit;
        const struct tws_summary *summary;
    } u;
};

/* What came of packets, for observers that see them; all zero elsewhere. */
struct tws_captured {
    uint64_t packets, segments;
    uint64_t dropped_kernel, dropped_interface;
    uint64_t fragments;  /* of IP packets: not put together */
    uint64_t unreadable; /* headers cut off, contradictory, or of an unknown link type */
    uint64_t snapped;    /* segments whose end was cut off by the snapshot length */
    uint64_t bad_checksums;
    uint64_t retransmitted, out_of_order;
    uint64_t differing; /* segments whose second copy was not like the first */
    uint64_t evicted;   /* connections given up for want of room */
};

struct tws_summary {
    uint64_t connections;       /* accepted */
    uint64_t healthy, troubled; /* by final verdict; probes are in neither */
    uint64_t probes;            /* opened and closed without a byte: never dialled to the gateway */
    uint64_t refused;           /* turned away by a limit or --allow */
    uint64_t frames_client, frames_gateway;
    uint64_t bytes_client, bytes_gateway;
    uint64_t silences, recovered;
    uint64_t opaque;     /* directions given up */
    uint64_t odd_frames; /* frames with a fault */
    uint64_t unknown_ids;
    uint64_t gaps;    /* holes in the streams that were observed */
    uint64_t missing; /* bytes in them, as far as it is known */
    struct tws_captured captured;
    uint64_t events_lost; /* events that an output could not take */
    uint64_t
        blacked_out; /* bytes of the recording that were overwritten: nothing told what they are */
    uint64_t lasted_ns;
    struct tws_latency latency[TWS_ID_LIMIT]; /* of first answers, by the id of the request */
};

/* Where events go. `wants`: bits of TWS_WANTS; events of other kinds are not even built. */
struct tws_sink {
    void (*put)(void *ctx, const struct tws_event *ev);
    void *ctx;
    uint32_t wants;
};
#endif
