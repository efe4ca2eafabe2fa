/* recording.h - a recorded session as what it was made of: who sent which bytes when.
 *
 * A connection keeps each side's bytes in one piece, the segments they came in (items, in order of
 * time), and where its frames are in them (units).  It is made in memory, or from pcap and pcapng
 * files (recording_load), and does not change once it is sealed: any number of replays borrow it.
 */
#ifndef STANDIN_RECORDING_H
#define STANDIN_RECORDING_H
#include "conversation.h"
#include "event.h"

/* Bytes of a recording in memory: what was sent, and what is noted of each segment and frame.  What
 * would not fit is refused, never cut. */
#define RECORDING_MAX       (256u * 1024u * 1024u)
#define RECORDING_CONNS_MAX 65536u
#define RECORDING_ERROR_MAX 640u

enum recording_item_kind { RECORDING_BYTES, RECORDING_FIN, RECORDING_RST };

struct recording_item {
    uint64_t ts_ns;
    uint32_t at, len; /* BYTES: of its side's bytes */
    uint8_t side;     /* enum tws_side: who sent it */
    uint8_t kind;     /* enum recording_item_kind */
};

enum recording_unit_kind {
    RECORDING_HELLO,   /* the client's, prefix and length included */
    RECORDING_VERSION, /* the gateway's answer to it */
    RECORDING_FRAME,
    RECORDING_RAW, /* at most one, last but for the end: no frames, or not all of one */
    RECORDING_END, /* FIN or RST; of no bytes */
};

struct recording_unit {
    uint64_t ts_ns;   /* of its last byte */
    int64_t key;      /* FRAME: its reqId or orderId; unless `space` is REPLAY_NO_KEY */
    uint32_t at, len; /* of its side's bytes, the length in front included */
    uint32_t item;    /* which item brought its last byte */
    int16_t id;       /* FRAME: base id; -1: none could be read */
    uint8_t space;    /* FRAME: enum replay_space */
    uint8_t kind;     /* enum recording_unit_kind */
};

struct recording_side {
    uint8_t *bytes; /* owned */
    uint32_t len, cap;
    struct recording_unit *units; /* owned, in order */
    uint32_t n_units, cap_units;
    uint32_t *alike; /* owned: the numbers of all units, those of one id together, then of one key,
                      * then in order */
};

/* Why a connection cannot be replayed. */
enum recording_flaw {
    RECORDING_WHOLE,
    RECORDING_NO_BEGINNING, /* it was open before the recording began */
    RECORDING_NOT_OPENED,   /* nobody took the call */
};

struct recording_conn {
    uint32_t number; /* from 1 on, in order of opening, those that cannot be replayed included */
    enum recording_flaw flaw;
    struct tws_endpoint client, gateway;
    uint64_t opened_ns, ended_ns;  /* ended: gone, or the end of the recording */
    struct tws_reading reading;    /* server_version: as agreed; 0: it did not come to that */
    struct recording_side side[2]; /* see recording_side() */
    struct recording_item *items;  /* owned */
    uint32_t n_items, cap_items;
    /* The first hole: what came after it, on either side, is left out. */
    enum tws_side gap_side; /* TWS_NOBODY: there is none */
    uint64_t gap_ns, gap_bytes;
};

struct recording {
    struct recording_conn **conns; /* owned, and so is each */
    uint32_t n, cap;
    size_t used;   /* of RECORDING_MAX */
    bool masked;   /* its writer says that account ids were masked */
    bool too_long; /* something did not fit, or there was no memory for it */
};

static inline const struct recording_side *recording_side(const struct recording_conn *c,
                                                          enum tws_side side)
{
    return &c->side[side == TWS_GATEWAY];
}

/* ---- in memory ---- */

/* NULL: no memory. */
struct recording *recording_new(void);
void recording_free(struct recording *r);

/* NULL, and r->too_long: no room. */
struct recording_conn *recording_open(struct recording *r, uint64_t now);

/* What happened next.  `now` does not step back.  After a gap nothing is kept.  False, and
 * r->too_long: no room. */
bool recording_bytes(struct recording *r, struct recording_conn *c, enum tws_side side,
                     const uint8_t *p, size_t n, uint64_t now);
bool recording_end(struct recording *r, struct recording_conn *c, enum tws_side side,
                   enum recording_item_kind how, uint64_t now);
void recording_gap(struct recording_conn *c, enum tws_side side, uint64_t missing, uint64_t now);

/* Find the frames of every connection; called once, last.  False: as above. */
bool recording_seal(struct recording *r);

/* ---- from files ---- */

struct recording_ask {
    const char *const *paths; /* "-": standard input */
    size_t n_paths;
    const uint16_t *ports; /* of a Gateway, host order */
    size_t n_ports;
    bool any_port; /* other ports too, where the client says the hello */
    uint32_t only; /* the number of the one connection that is kept; 0: all */
    uint64_t seed; /* random */
    /* One line, without "\n", about a file that was not all there.  Never NULL. */
    void (*say)(void *ctx, const char *line);
    void *ctx;
};

/* NULL: `error` is one line that names the file and the reason. */
struct recording *recording_load(const struct recording_ask *ask, char error[RECORDING_ERROR_MAX]);

/* What is wrong with a connection or missing in it, one line without "\n" into `buf`; "": nothing.
 * Returns `buf`. */
const char *recording_about(const struct recording_conn *c, char *buf, size_t size);
#endif
