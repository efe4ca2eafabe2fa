/* log.h - a whole log as what two sides sent, in the order of its lines.
 *
 * A log may tell one frame several times (format_layer): of each side the lines nearest to the wire
 * are taken, and no others.  Frames get the length back that the log has left out.  A hello, or a
 * version reply behind another, begins a session.  What is not in the log is not made up: a payload
 * that cannot be read, and a frame that the log only mentions, are unseen bytes of their sender. */
#ifndef PASTE_LOG_H
#define PASTE_LOG_H
#include "conversation.h"
#include "payload.h"

enum log_kind {
    LOG_BYTES,  /* `side` sent `n` bytes: frames with their lengths, whole or in pieces */
    LOG_UNSEEN, /* `side` sent something that is not in the log */
    LOG_TIME,   /* a line without a payload: only time has passed.  None follows one that speaks of
                 * the connection's end, or of another's beginning */
};

struct log_entry {
    enum log_kind kind;
    uint8_t side;  /* enum tws_side; TWS_NOBODY: TIME, or UNSEEN of either side */
    uint8_t layer; /* enum format_layer */
    bool begins;   /* BYTES: a session begins with them */
    bool hello;    /* BYTES: they are a hello */
    uint64_t ns;   /* since the epoch, 0: the log has had no time so far */
    size_t line;   /* 1-based */
    size_t at, n;  /* BYTES: place in `bytes` */
};

enum log_status {
    LOG_TAKEN,
    LOG_SKIPPED, /* lines without a payload */
    LOG_WRONG,   /* a payload that cannot be read: `payload.why`, `payload.wrong_at` */
    LOG_BEFORE,  /* the same of the lines before this one, which has not been taken yet */
    LOG_FULL,    /* no memory, or more than LOG_BYTES_MAX */
};

#define LOG_BYTES_MAX (1u << 30)

struct log {
    struct log_entry *entries; /* owned */
    uint8_t *bytes;            /* owned */
    size_t n_entries, entries_cap, n_bytes, bytes_cap;
    size_t lines, skipped, payloads;
    bool has[2][FORMAT_PARTS + 1]; /* by sender: which layers the log has */
    bool dated;                    /* some line has a date */
    /* private */
    struct payload payload;
    struct tws_reading reading; /* what has been learnt of the server version */
    uint64_t ns, day_ns;
    bool replied, heard; /* in the session that goes on */
    bool parted;         /* a line spoke of its end */
};

void log_init(struct log *l);

/* The next line.  TAKEN and WRONG: payload.guess tells what is a guess in it. */
enum log_status log_line(struct log *l, const char *line, size_t len);

/* The lines are over. */
enum log_status log_end(struct log *l);

/* Does the log hold anything that `side` sent? */
bool log_has(const struct log *l, enum tws_side side);

/* Is it to be taken, or told by another line nearer to the wire?  Once log_end was called. */
bool log_takes(const struct log *l, const struct log_entry *e);

void log_free(struct log *l);
#endif
