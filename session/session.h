/* session.h - both directions of one connection: stages, debts, silence.
 *
 * Pure: bytes and times in, events out through the sink of the environment.  A session holds no
 * descriptor, reads no clock and allocates only what a frame in pieces or a table of open requests
 * needs; all of it is bounded. */
#ifndef TWS_SESSION_H
#define TWS_SESSION_H
#include "conversation.h"
#include "event.h"
#include "pacing.h"
#include "port.h"
#include "request.h"
#include "state.h"

struct tws_session;

/* What an edge may know beyond the bytes, bits. */
enum tws_measure {
    TWS_OF_KERNEL = 1, /* sockets, and whose they are: where it can be asked, it takes its time */
    TWS_OF_WIRE = 2,   /* TCP, from the packets: at hand where they are seen */
};

struct tws_timing {
    uint64_t handshake_ns; /* --handshake-timeout: each handshake stage's allowance */
    uint64_t request_ns;   /* --request-timeout; subscriptions that stop are judged by it too */
    uint64_t slow_ns;      /* --slow-timeout; 0: 90 s, or request_ns where that is longer */
    uint64_t order_ns;     /* --order-timeout; 0: 5 s, or request_ns where that is shorter */
};

/* Shared by all sessions of a run; outlives them. */
struct tws_env {
    struct tws_timing timing;
    uint32_t max_frame; /* TWS_FRAME_MAX unless a user says otherwise */
    bool digests;       /* keep running digests of each direction */
    bool logged;        /* the bytes are those that a log tells of: nothing is known of TCP */
    struct tws_sink sink;
    struct tws_summary summary; /* counted by the sessions, read by the edge */
    /* Measures what the edge knows of a session beyond its bytes; NULL: it knows nothing.  Fills of
     * *out, which is all zero, the parts that `what` asks for (enum tws_measure) as far as it can,
     * and has no other effect: what comes of it is told by events.  `now`: as of when.  `measures`:
     * the parts that the edge knows of at all. */
    void (*facts)(void *ctx, const struct tws_session *s, unsigned what, uint64_t now,
                  struct tws_facts *out);
    void *facts_ctx;
    unsigned measures;
    /* For how long the observer's machine has been suspended since it started; NULL: not told. */
    uint64_t (*slept)(void);
};

/* Of a client that asks; most idle connections never do. */
struct tws_asked {
    struct tws_pacing pacing;
    struct tws_refusal refusal;
    uint64_t fits[2];     /* ids of its messages that fitted their layout; as tws_ids_have */
    uint64_t sent[2];     /* ids of its requests, */
    uint64_t answered[2]; /* and of those that the gateway has answered to the end */
    bool first_of_form;   /* no request like its last was sent before */
};

struct tws_digest { /* XXH64 streaming state, opaque to users of this header */
    uint64_t state[11];
};

#define TWS_FIRST                                                                                  \
    16u /* first bytes that are kept of each side, to show what was not understood                 \
         */

/* How a connection comes into sight. */
struct tws_opening {
    uint32_t conn;                               /* unique in the run */
    const struct tws_endpoint *client, *gateway; /* copied */
    bool midstream; /* its beginning was not seen; what the first bytes are decides what is made of
                     * it: a hello, and it is as from the start; else nothing is owed by anybody
                     * for what was before */
};

/* The parts of a session.  Each is written by the one file that has its name (`silent`: silence.c,
 * `told`: edge_facts.c, `checks`: client_checks.c), and may be read by all. */

struct tws_handshake {
    int64_t client_id;             /* -1 unknown */
    uint64_t stage_ns;             /* when the stage was reached */
    uint64_t ready_ns;             /* when the welcome was whole; 0: not yet */
    uint64_t version_first_ns;     /* when the first byte of the version reply came, */
    uint64_t version_last_ns;      /* and the read that completed it */
    uint32_t version_pieces;       /* reads that it came in */
    uint32_t stage_us[TWS_STAGES]; /* how long after the stage before each was reached */
};

/* How the gateway serves subscriptions, and pauses. */
struct tws_rhythm {
    uint64_t from_ns;         /* since when subscriptions are served; 0: they are not */
    uint64_t last_ns, gap_ns; /* their newest answer, and the longest pause before */
    uint32_t reads;
    uint32_t run; /* bytes of the gateway since it last paused for a second */
};

/* What was not seen. */
struct tws_loss {
    uint64_t missing[2]; /* bytes in the holes, as far as it is known, by sender */
    uint64_t last_ns[2]; /* when bytes of each side were last lost; 0: never */
    uint32_t gaps;       /* holes in both directions */
    bool packets;        /* some before they came to the observer, unknown whose */
    bool midstream;      /* the beginning of the connection */
};

/* The silence that stands, and those before it; see `silence`. */
struct tws_silent {
    uint64_t from_ns;
    uint64_t look_ns; /* when the kernel is asked again while it stands; 0: not */
    uint64_t longest_ns;
    uint32_t serial; /* the subscription that it is about; 0: it is about all */
};

/* How the others stood when the silence began, and when this session ended. */
struct tws_beside {
    struct tws_others others;
    bool kept; /* `others` is filled */
};

struct tws_client_checks {
    struct tws_asked *asked; /* owned; NULL: the client has asked for nothing yet; `refusal` in it
                              * is written by refusal.c */
    uint64_t time_asked_ns;  /* newest reqCurrentTime */
    uint16_t odd_missing, odd_extra; /* fields that the client's last text frame lacked, or had too
                                      * many; stop counting at 1000 */
};

/* How a session stood when its first side ended. */
struct tws_parting {
    struct tws_last client;          /* its last frame until then, */
    uint64_t client_ns;              /* and when its last bytes had come; 0: none had */
    uint64_t client_bytes;           /* how many those were */
    uint64_t second_ns;              /* when the other side ended; 0: it has not */
    uint32_t others;                 /* sessions of the port that were open, */
    uint32_t left;                   /* and how many had left it until then */
    uint32_t holder;                 /* session that had its client id then; 0: none */
    uint32_t paced;                  /* messages of the client in the second up to its last */
    uint16_t odd_missing, odd_extra; /* of its last text frame */
    bool first_of_form;              /* its last request was the first of its kind, */
    bool form_answered;              /* and one of that kind had been answered */
};

struct tws_end {
    uint64_t closed_ns;
    uint64_t late_ns;            /* how long after the client's close the answer came */
    const char *reason;          /* close reason given by the edge */
    struct tws_parting *parting; /* owned: NULL while both sides are open, or without memory */
};

struct tws_session {
    /* touched with every chunk */
    struct tws_env *env;   /* borrowed */
    struct tws_port *port; /* borrowed: the gateway port this session belongs to */
    void *owner;           /* the edge's own pointer; never touched */
    uint32_t conn;
    uint8_t stage;        /* enum tws_stage */
    uint8_t owes;         /* enum tws_side */
    uint8_t first_closed; /* enum tws_side that ended first */
    uint8_t how_closed;   /* enum tws_ending of that; TWS_OPEN_STILL while both are open */
    uint8_t silence;      /* enum tws_trouble that stands, NONE: none */
    uint8_t silent_owes;  /* enum tws_side that it stands for */
    bool finished;
    uint8_t stage_at_close; /* enum tws_stage when the first side closed */
    uint8_t stall;          /* enum tws_stall that stands */
    uint8_t foreign[2];     /* enum tws_foreign that was found, by sender */
    uint8_t stages;         /* private: which stages were seen to be reached, a bit set */
    uint64_t stall_ns;      /* since when TCP is held up */
    tws_seen_bits seen;     /* private: bits of what was seen, seen.h */
    uint64_t now_ns;        /* private: the newest time given; time never steps back */
    uint64_t deadline_ns;
    uint64_t bytes[2], frames[2]; /* [0] client, [1] gateway, by sender */
    uint64_t last_bytes_ns[2];
    struct tws_last last[2];
    struct tws_conversation conversation;
    struct tws_requests requests;
    struct tws_rhythm rhythm;
    struct tws_digest digest[2];

    /* touched when something happens */
    uint64_t opened_ns;
    struct tws_handshake handshake;
    struct tws_loss loss;
    struct tws_silent silent;
    struct tws_client_checks checks;
    struct tws_end ending;
    struct tws_upstream *upstream; /* owned: what the gateway said of its links; NULL: nothing */
    struct tws_beside standing;
    struct tws_facts *told; /* owned: what the edge measured, for the silence that stands or the
                             * end; NULL: nothing */
    uint32_t slept_s;       /* the machine's sleep when the session began, see tws_env */
    int32_t last_code;      /* last notice code that mattered, 0: none */
    uint8_t first[2][TWS_FIRST]; /* the first bytes of each side */
    struct tws_port_link link;   /* private to port.c */
    struct tws_endpoint client, gateway;
};

/* Begin; `now` in ns.  Emits `open`.
 *
 * All calls below take the time too.  It never steps back within a session: an earlier `now` is
 * taken for the latest one given.  Deadlines that lie before it are passed first, each at its own
 * time, so that the events are the same whether or not somebody called tick in between. */
void tws_session_open(struct tws_session *s, struct tws_env *env, struct tws_port *port,
                      const struct tws_opening *opening, uint64_t now);

/* Bytes that `side` sent, already on their way.  `len` may be 0. */
void tws_session_bytes(struct tws_session *s, enum tws_side side, const void *bytes, size_t len,
                       uint64_t now);

/* `missing` bytes of `side` will never be seen (0: not known how many); what is given next of that
 * side stands behind them.  What was asked until now may have been answered in them, or withdrawn:
 * it is owed no longer, and has no `request` event as unanswered.  `gap` is emitted when frames
 * are found again, or at the end. */
void tws_session_gap(struct tws_session *s, enum tws_side side, uint64_t missing, uint64_t now);

/* What `side` sent until now is not among what is observed, and was not lost either: a log that
 * leaves it out.  Nothing is claimed about what that side owed, and no `gap` follows. */
void tws_session_unseen(struct tws_session *s, enum tws_side side, uint64_t now);

/* Packets were lost before they came to the observer, and nobody knows whose: as with a gap of
 * both sides nothing is claimed about what is owed now.  Where bytes are missing a gap follows. */
void tws_session_lost(struct tws_session *s, uint64_t now);

/* The edge is dialing the gateway (true), or the connection is there (false).  While it is not,
 * what is missing is the network's doing, and the gateway owes nothing yet.  An edge that cannot
 * tell need not call this. */
void tws_session_dialing(struct tws_session *s, bool dialing, uint64_t now);

/* TCP has been held up since `since` (ns), or no longer is (NONE).  On a welcomed session it is a
 * debt like any other: of the client, or of the network. */
void tws_session_stall(struct tws_session *s, enum tws_stall what, uint64_t since, uint64_t now);

/* `side` ended its half: FIN or RST as it arrived, REFUSED or UNREACHABLE for a failed dial (side
 * is then TWS_GATEWAY), TIMEOUT when the observer gave the side up, END_OF_CAPTURE when the
 * observer stops.  `reason` is static text or NULL. */
void tws_session_closed(struct tws_session *s, enum tws_side side, enum tws_ending how,
                        const char *reason, uint64_t now);

/* When tws_session_tick wants to be called: ns, 0: not at all.  May change with every other call;
 * cheap to read. */
static inline uint64_t tws_session_deadline(const struct tws_session *s)
{
    return s->deadline_ns;
}

/* Time has passed.  Reports silences whose threshold is over, dated when it was. */
void tws_session_tick(struct tws_session *s, uint64_t now);

/* Somebody wants to know (SIGUSR1): emits a state with `asked`. */
void tws_session_ask(struct tws_session *s, uint64_t now);

/* Both halves are done: emits open requests, `close` and the final state, counts the summary, and
 * frees what the session holds.  To be called exactly once. */
void tws_session_finish(struct tws_session *s, uint64_t now);

/* What the edge knows of the connection by now; it was asked, and its answer took longer.  Emits
 * `facts`, and a state when a silence stands. */
void tws_session_facts(struct tws_session *s, const struct tws_facts *facts, uint64_t now);

/* The session as a value as of now.  Asks env->facts for the wire, and has no effect. */
void tws_session_state(const struct tws_session *s, uint64_t now, struct tws_state *out);
#endif
