/* state.h - a session as a value: everything that a verdict is made from.
 *
 * The tracker sends one (TWS_EV_STATE) where a verdict is due, and judges nothing in it.  It holds
 * no pointer into a session, so it can be packed and judged elsewhere.  Built only where the sink
 * wants it, and never for a frame.  In arrays by sender, [0] is the client and [1] the gateway. */
#ifndef TWS_STATE_H
#define TWS_STATE_H
#include "event.h"
#include "seen.h"
#include "version.h"

#define TWS_OPEN_SHOWN 64u

/* A healthy stage of the handshake takes 3 to 500 ms: one that had lasted longer when a side left
 * is what ended badly, a younger one is not. */
#define TWS_PATIENCE_NS 500000000ull

#define TWS_STORM_OF 10u             /* so many short visits of one address ... */
#define TWS_STORM_NS 120000000000ull /* ... within this time are a storm */
#define TWS_VISIT_NS 30000000000ull  /* what is short */

/* Bytes sent again so often without an acknowledgement: no passing loss. */
#define TWS_DEAD_RETRANSMITS 3u

/* How long a request may take depends on what is asked (tws_timing). */
enum tws_request_class {
    TWS_REQ_CHEAP, /* the gateway knows the answer, or asks once upstream */
    TWS_REQ_SLOW, /* history, contract details and the like: minutes of IB's servers' work, at worst
                   */
    TWS_REQ_ORDER, /* a gateway says that it has an order, whatever becomes of it */
};

/* A request that is open, for people to see. */
struct tws_open_request {
    int64_t key;
    uint64_t asked_ns, last_ns; /* last: the newest answer; 0: none yet */
    uint64_t answers;
    uint8_t id;       /* base id of the request */
    uint8_t key_kind; /* enum tws_key */
    uint8_t class;    /* enum tws_request_class */
    bool settled;     /* a subscription that has had all that was owed */
    bool reported;    /* its silence was reported */
};

/* What the client waits for, oldest first. */
struct tws_open {
    uint32_t more; /* how many there are beyond these */
    uint8_t n;
    struct tws_open_request request[TWS_OPEN_SHOWN];
};

/* A request that something is said of; id 0: none. */
struct tws_owed_request {
    int64_t key;
    uint64_t since_ns;     /* asked, or the newest part of an answer that has no end yet */
    uint64_t allowance_ns; /* how long its kind may take */
    uint64_t gap_ns;       /* a subscription: the longest pause between two answers */
    uint8_t id, key_kind, class;
    uint8_t done_id; /* base id of the other one that was answered last; 0: not known */
    bool answering;  /* a part of its answer has come */
    bool early;      /* asked before the welcome */
    bool unlinked;   /* asked while the gateway had no link to IB */
    uint32_t done;   /* other requests that were answered since `since_ns` */
};

/* Which side must send the next bytes; see debt.h. */
struct tws_owed {
    bool any;        /* false: neither, and the rest is zero */
    uint8_t trouble; /* enum tws_trouble: what it is called when it is not paid */
    uint8_t owes;    /* enum tws_side */
    bool quiet;      /* counts only once its time is over */
    uint64_t since_ns, due_ns;
    struct tws_owed_request request; /* that it is about; none in the handshake */
};

/* A connection as it is remembered after it has gone. */
struct tws_case {
    uint32_t conn;           /* 0: none */
    uint64_t at_ns;          /* when its hello was answered; or when it said it, and was not */
    int64_t client_id;       /* -1: not known */
    struct tws_last last[2]; /* by sender */
    struct tws_endpoint client;
};

/* An error that refused a request and did not name it. */
struct tws_refusal {
    int32_t code;      /* 0: none */
    bool settled;      /* the request is known, and has ended with it; else it is one of `open` */
    uint8_t id;        /* base id of that request, or of the newest of them; its key below */
    uint8_t key_kind;  /* enum tws_key */
    uint8_t certainty; /* enum tws_certainty: that it was this one */
    bool all;          /* several were refused: this one and the others of `open` */
    uint16_t missing;  /* fields that its frame lacked, */
    uint16_t extra;    /* or had too many */
    uint32_t open;     /* requests that it may have been about */
    uint32_t errors;   /* such errors since the last that was settled, this one among them */
    int64_t key;
    uint64_t at_ns, asked_ns;
    char text[128]; /* printable; cut where it fills this */
};

/* What TCP itself holds up, for longer than its own repair takes. */
enum tws_stall {
    TWS_STALL_NONE,
    TWS_STALL_WINDOW, /* the client's window is closed: it does not read */
    TWS_STALL_PATH,   /* bytes are sent again and again, and not acknowledged */
};

/* Bytes of something that is not all there. */
struct tws_part {
    uint64_t have, want; /* with their prefixes; want 0: not known yet, have 0: nothing is begun */
};

/* The handshake, and how far it came. */
struct tws_progress {
    uint8_t stage;                 /* enum tws_stage: reached */
    uint8_t at_close;              /* enum tws_stage when the first side closed */
    uint8_t stages;                /* which were seen to be reached, a bit set */
    uint64_t since_ns;             /* when `stage` was reached */
    uint32_t took_us[TWS_STAGES];  /* how long after the one before each was reached */
    uint32_t hello_min, hello_max; /* versions that the client offers; 0: not read */
    uint32_t server_version;       /* 0: not known; then `inferred` may be */
    struct tws_version_range inferred;
    uint64_t version_first_ns, version_last_ns; /* first and last read of the version reply, */
    uint32_t version_pieces;                    /* and how many there were */
    int64_t client_id;                          /* -1: not known */
    struct tws_part hello;                      /* a hello that the client began */
};

/* What came of one side, and what was lost of it. */
struct tws_side_state {
    uint64_t bytes, frames;
    uint64_t spoke_ns; /* newest bytes; 0: none */
    struct tws_last last;
    uint8_t foreign;      /* enum tws_foreign that was found */
    bool opaque;          /* its stream is not understood any more */
    struct tws_part part; /* a frame that is not all there */
    uint64_t missing;     /* bytes in the holes, as far as it is known */
    uint64_t lost_ns;     /* when bytes were last lost; 0: never */
    uint64_t unread_ns;   /* when the newest bytes came that are not decoded yet; 0: all are */
};

/* A request, no order, that an error of the gateway ended, and that was not sent again since. */
struct tws_lapse {
    int64_t key;
    uint64_t at_ns; /* when it ended */
    int32_t code;   /* of that error */
    uint32_t what;  /* hash of the request without its key: so it is known again */
    uint8_t id;     /* base id; 0: none */
    uint8_t key_kind;
};

/* The requests together. */
struct tws_demand {
    uint32_t owed;                  /* that wait for an answer */
    bool order, time, suspect;      /* one of them: an order, reqCurrentTime, perhaps refused */
    bool reads;                     /* one of them needs no write access */
    bool answered;                  /* some request has been answered */
    bool early;                     /* one of those that wait was asked before the welcome */
    uint32_t streams;               /* subscriptions that were served */
    uint32_t streams_silent;        /* of those, not since the silence of subscriptions began */
    uint32_t lapses;                /* that an error ended, and that were not sent again */
    struct tws_lapse lapse;         /* the newest of them */
    struct tws_owed_request oldest; /* of those owed, the one that has waited for longest */
};

/* How the gateway serves subscriptions. */
struct tws_service {
    uint64_t from_ns;         /* since when they are served; 0: they are not */
    uint64_t last_ns, gap_ns; /* their newest answer, and the longest pause before */
    bool rests;               /* quiet for longer than a pause of theirs */
};

/* What the port knows of its other connections; all counts are of those. */
struct tws_neighbours {
    struct tws_others others;
    bool unanswered;                /* hellos were not answered, in a row up to now */
    uint32_t unanswered_run;        /* the length of that row, with this connection */
    bool answered_since;            /* another hello was answered since this debt began */
    uint32_t early_closes;          /* accepts in a row that were closed without a byte */
    uint32_t visits;                /* short visits of this client's address in two minutes */
    bool closed_together;           /* the gateway closed another session in the same second */
    uint64_t refused_ns;            /* last refused dial; 0: never */
    bool lost_1100;                 /* 1100 on some session, not restored */
    struct tws_case served, victim; /* answered last; and first not answered since */
    uint64_t ended_ns; /* when the gateway last closed one that it had spoken to; 0: never */
    uint32_t holder;   /* session that has this one's client id, or had it at the end; 0: none */
};

/* What belongs to the first end of a session, and what came of it; all zero while it is open. */
struct tws_parted {
    uint64_t second_ns;    /* when the other side ended; 0: it has not */
    uint64_t client_bytes; /* of the client, behind the gateway's end: no cause of it, and of what
                            * is said of the client elsewhere only in the counts */
    uint64_t client_ns;    /* when the newest of these came; 0: none did */
    uint32_t paced;        /* messages of the client in the second up to its last before the end */
    bool first_of_form;    /* its last request before the end was the first of its kind, */
    bool form_answered;    /* and one of that kind had been answered */
    uint32_t stayed;       /* other sessions of the port that were open then, and still are */
    uint64_t went_on_ns;   /* when the gateway last spoke to one of those; 0: not since */
};

struct tws_state {
    /* why it is sent */
    bool final;        /* the session is over */
    bool asked;        /* somebody wants to know */
    uint64_t at_ns;    /* as of when */
    uint64_t until_ns; /* when the first side closed, or at_ns */
    uint64_t opened_ns;
    uint64_t handshake_ns; /* --handshake-timeout: what a stage of the handshake may take */
    struct tws_endpoint client, gateway;
    bool midstream; /* the beginning was not seen */
    uint32_t conn;
    tws_seen_bits seen; /* bits of what was seen in the streams */
    int32_t last_code;  /* last notice code that mattered, 0: none */
    struct tws_progress progress;
    struct tws_side_state side[2];
    uint32_t gaps;     /* holes in both directions */
    bool packets_lost; /* before they came to the observer, unknown whose */

    /* the end; OPEN_STILL, and the rest zero, while both sides are open */
    uint8_t first_closed; /* enum tws_side */
    uint8_t how_closed;   /* enum tws_ending */
    uint64_t late_ns;     /* how long after the client's close an answer came */

    /* what is owed, and the silence that stands */
    struct tws_owed owed;
    uint8_t silence;     /* enum tws_trouble, NONE: none stands */
    uint8_t silent_owes; /* enum tws_side */
    uint64_t silent_from_ns;
    uint64_t longest_ns; /* the longest silence that has ended; 0: none has */
    uint8_t stall;       /* enum tws_stall that stands, */
    uint64_t stall_ns;   /* and since when */

    /* requests, and what they show of the client */
    struct tws_demand demand;
    struct tws_service service;
    uint16_t odd_missing, odd_extra; /* fields that the client's last text frame lacked, or had too
                                      * many */
    uint32_t busiest; /* messages in its busiest second, stops at 64; 0: not counted */
    struct tws_refusal refusal;

    /* what is known beyond the bytes */
    struct tws_upstream upstream;
    struct tws_neighbours port;
    struct tws_facts facts;
    uint64_t slept_ns; /* for how long the observer's machine was suspended in the meantime */

    struct tws_open open; /* empty once it is over */
    bool logged;          /* it is read from a log: see tws_env */
    struct tws_parted parted;
};

/* Can bytes of `side` have been lost since `since` (ns), or be among those that are not decoded
 * yet? Then nothing is known of what it did not send. */
static inline bool tws_state_hides(const struct tws_state *s, enum tws_side side, uint64_t since)
{
    const struct tws_side_state *i = &s->side[side == TWS_GATEWAY || side == TWS_NETWORK];

    return (i->lost_ns && i->lost_ns >= since) || (i->unread_ns && i->unread_ns >= since);
}
#endif
