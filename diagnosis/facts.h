/* facts.h - what is known of a session when it is judged, one bit a fact.
 *
 * A fact is one row in facts.c: its name, where it comes from, and the predicate over the state
 * that establishes it.  The modes (modes.c) are written in these bits.  The first of them are those
 * that the tracker saw in the streams (seen.h). */
#ifndef TWS_FACTS_H
#define TWS_FACTS_H
#include "event.h"
#include "seen.h"

/* 128 bits: gcc and clang have them on every 64-bit machine. */
__extension__ typedef unsigned __int128 tws_fact_set;

enum tws_fact {
    /* what the edge measured */
    TWS_F_ACKED = TWS_SEEN_BITS, /* the kernel: all bytes to the gateway were acknowledged */
    TWS_F_NOT_ACCEPTED,   /* the kernel: no process owns the gateway's end, it waits in the queue */
    TWS_F_ACCEPTED,       /* the kernel: a process owns it */
    TWS_F_UNACKED,        /* the kernel: bytes were retransmitted without an acknowledgement */
    TWS_F_GATEWAY_UNREAD, /* the kernel: bytes wait unread at the gateway's end, which has an owner
                           */
    TWS_F_QUEUE_FULL,     /* the kernel: the listener's queue has no place left */
    TWS_F_OWNER_KNOWN,    /* /proc: the listener's process was found */
    TWS_F_OWNER_JAVA,     /* /proc: the listener belongs to a Java program, or to a Gateway */
    TWS_F_OWNER_GATEWAY,  /* ... to TWS or IB Gateway by its words */
    TWS_F_OWNER_RELAY,    /* ... to a relay */
    TWS_F_OWNER_STOPPED,  /* ... to a process that is stopped */
    TWS_F_SIBLING,        /* the kernel: refused here, and another usual port is open */
    TWS_F_IDLE_GATEWAY,   /* /proc: refused here, and a Gateway runs that listens nowhere */
    TWS_F_NONE_RUNS,      /* /proc: refused here, and no Gateway runs on this machine */

    /* established from the state */
    TWS_F_CLIENT_MUTE,  /* not one byte from the client */
    TWS_F_GATEWAY_MUTE, /* not one byte from the gateway */
    TWS_F_PARTIAL_HELLO,
    TWS_F_LONG,            /* it lasted longer than a handshake stage is allowed */
    TWS_F_RANGE_ODD,       /* the hello's range has nothing in common with known versions */
    TWS_F_VERSION_OUTSIDE, /* the gateway's version lies outside the hello's range */
    TWS_F_SPLIT,           /* the version reply came in pieces 100 ms or more apart */
    TWS_F_SPLIT_LONG,      /* ... 300 ms or more */
    TWS_F_ODD_REQUEST,     /* the client's last frame has fewer or more fields than its version's */
    TWS_F_FAST_CLOSE,      /* the gateway closed within 100 ms of the client's last bytes */
    TWS_F_GATEWAY_CLOSED,  /* the gateway ended first */
    TWS_F_CLIENT_CLOSED,
    TWS_F_RST,               /* the first ending was a reset */
    TWS_F_TIMED_OUT,         /* the gateway's side was given up by the kernel */
    TWS_F_CLOSED_TOGETHER,   /* one was */
    TWS_F_OTHERS_LIVE,       /* other sessions are answered */
    TWS_F_OTHERS_SILENT,     /* welcomed sessions are silent, and none is answered */
    TWS_F_OTHERS_UNANSWERED, /* other new connections are not answered */
    TWS_F_OTHERS_ANSWERED,   /* other new connections are answered */
    TWS_F_NO_OTHERS,
    TWS_F_OTHERS_STAY,    /* a second after the gateway closed this one, others are open */
    TWS_F_OTHERS_WENT_ON, /* ... it spoke to one that was open when it closed this one */
    TWS_F_FIRST_OF_FORM,  /* the client's last request before the end was the first of its kind */
    TWS_F_FORM_ANSWERED,  /* one of the kind of its last request had been answered */
    TWS_F_OVER_LIMIT,     /* it sent more than a gateway takes in the second before the end */
    TWS_F_UNNOTICED,      /* a second after the gateway closed, the client had not */
    TWS_F_LOOPBACK,       /* the gateway's address is a loopback address */
    TWS_F_PRIVATE,        /* the gateway's address is a private one: a container's, perhaps */
    TWS_F_BRIDGE,         /* one of 172.16.0.0/12, as containers have, and the gateway's own port */
    TWS_F_JUST_REFUSED,   /* a dial to this port was refused within the last 30 s */
    TWS_F_PORT_SERVED,    /* the gateway has answered the hello of another connection */
    TWS_F_ID_HELD,        /* another session has the client id that this one asks for */
    TWS_F_PORT_ENDED,     /* refused, and the gateway closed the last session minutes before */
    TWS_F_CLOSE_RUN,      /* three or more accepts in a row were closed without a byte */
    TWS_F_STORM,          /* clients of this address come and go, again and again */
    TWS_F_SLEPT,          /* the observer's machine was suspended while the session was open */
    TWS_F_PORT_LOST,      /* 1100 on some session of this port, not restored */
    TWS_F_HALF_WELCOME,   /* one of nextValidId and managedAccounts came, and not the other */
    TWS_F_OPEN_REQUEST,   /* a request waits for its answer */
    TWS_F_OPEN_ORDER,     /* an order among them */
    TWS_F_OPEN_WRITES,    /* only requests that need write access among them */
    TWS_F_OPEN_TIME,      /* reqCurrentTime among them */
    TWS_F_MAYBE_REFUSED,  /* an error without an id may have been about one of them */
    TWS_F_HEARD,          /* the gateway sent a frame after the debt began: its program runs */
    TWS_F_NO_END,         /* the request that waits has a part of its answer, and not its end */
    TWS_F_EARLY,          /* a request that waits was asked before the welcome */
    TWS_F_UNLINKED,       /* ... while the gateway had no link to IB */
    TWS_F_NEEDS_FARM,     /* what waits is served by a data farm */
    TWS_F_NEWER_REQUEST,  /* a request that this server version does not have */
    TWS_F_ALL_HANG,       /* an order waits, and so does a request that writes nothing */
    TWS_F_STARTUP_HANG,   /* one of start-up has no end marker, while later ones were answered */
    TWS_F_REFUSED,
    TWS_F_UNREACHABLE,
    TWS_F_MANY_OPEN, /* 31 or more other sessions are open */

    /* from the packets of a capture: what TCP did */
    TWS_F_SYN_AGAIN,      /* the SYN was sent again and again, and nothing came back */
    TWS_F_SYNACK_AGAIN,   /* the SYN-ACK was sent again, and the client's bytes not acknowledged */
    TWS_F_CLIENT_WINDOW,  /* the client's window is closed: it does not read */
    TWS_F_GATEWAY_WINDOW, /* the gateway's window is closed: it does not read */
    TWS_F_PATH_DEAD,      /* bytes of either side were sent again and are not acknowledged */
    TWS_F_LATE_RESET,     /* the client's kernel answered late bytes with a reset */
    TWS_F_OTHER_FAMILY,   /* the same port answered under the other address family */
    TWS_FACTS,
};

#define TWS_FACT(name) ((tws_fact_set)1 << TWS_F_##name)

_Static_assert(TWS_FACTS <= 128, "facts fit one word");

struct tws_view;

/* The lines of evidence that there are; evidence.c has a row for each. */
enum tws_shown {
    TWS_SHOWN_NOT,
    TWS_SHOWN_STAGES,
    TWS_SHOWN_BYTES_LOST,
    TWS_SHOWN_PACKETS_LOST,
    TWS_SHOWN_OWED,
    TWS_SHOWN_SILENT,
    TWS_SHOWN_ASKED_EARLY,
    TWS_SHOWN_ASKED_UNLINKED,
    TWS_SHOWN_ANSWERED_SINCE,
    TWS_SHOWN_NEWER_REQUEST,
    TWS_SHOWN_ENDED_BY_ERROR,
    TWS_SHOWN_REFUSAL,
    TWS_SHOWN_REFUSED_FRAME,
    TWS_SHOWN_SUBSCRIPTIONS,
    TWS_SHOWN_CODE,
    TWS_SHOWN_FRAMING,
    TWS_SHOWN_UPSTREAM_LINK,
    TWS_SHOWN_FARMS,
    TWS_SHOWN_PACE,
    TWS_SHOWN_SUSPENDED,
    TWS_SHOWN_ODD_REQUEST,
    TWS_SHOWN_ACKNOWLEDGED,
    TWS_SHOWN_ACKNOWLEDGED_SOCKET,
    TWS_SHOWN_QUEUE,
    TWS_SHOWN_GATEWAY_END,
    TWS_SHOWN_SIBLING_PORT,
    TWS_SHOWN_OWNER,
    TWS_SHOWN_SIBLING_OWNER,
    TWS_SHOWN_IDLE_GATEWAY,
    TWS_SHOWN_NONE_RUNS,
    TWS_SHOWN_CLIENT_SOCKET,
    TWS_SHOWN_SYN,
    TWS_SHOWN_SYN_ACK_AGAIN,
    TWS_SHOWN_CLIENT_RETRANSMITS,
    TWS_SHOWN_CLIENT_WINDOW,
    TWS_SHOWN_GATEWAY_RETRANSMITS,
    TWS_SHOWN_GATEWAY_WINDOW,
    TWS_SHOWN_LATE_RESET,
    TWS_SHOWN_OTHER_FAMILY,
    TWS_SHOWN_LAST_CLIENT,
    TWS_SHOWN_LAST_GATEWAY,
    TWS_SHOWN_ENDING,
    TWS_SHOWN_CLIENT_AFTER,
    TWS_SHOWN_LATE_ANSWER,
    TWS_SHOWN_VERSIONS_OFFERED,
    TWS_SHOWN_SERVER_VERSION,
    TWS_SHOWN_SPLIT_VERSION,
    TWS_SHOWN_CLIENT_ID,
    TWS_SHOWN_BYTES,
    TWS_SHOWN_SILENCE_ENDED,
    TWS_SHOWN_OTHERS,
    TWS_SHOWN_OTHERS_AFTER,
    TWS_SHOWN_ID_HELD,
    TWS_SHOWN_SESSIONS_ENDED,
    TWS_SHOWN_UNANSWERED_RUN,
    TWS_SHOWN_CLOSE_RUN,
    TWS_SHOWN_JUST_REFUSED,
    TWS_SHOWN_SERVED_LAST,
    TWS_SHOWN_UNANSWERED_FIRST,
    TWS_SHOWN,
};

struct tws_fact_row {
    const char *name;       /* stable, "client-mute" */
    enum tws_source source; /* what has to be seen or asked for it */
    uint8_t shown; /* enum tws_shown: the evidence that shows it; NOT: none does by itself */
    bool (*holds)(const struct tws_view *); /* NULL: the tracker saw it */
};

extern const struct tws_fact_row tws_fact_rows[TWS_FACTS];

/* All that hold for the state of `w`; its `facts` is not looked at. */
tws_fact_set tws_facts_establish(const struct tws_view *w);

/* All facts that come from this source; of a log, those of the wire that it can show. */
tws_fact_set tws_facts_from(enum tws_source source);
#endif
