/* record_ways.h - one direction of a recorded connection: what its bytes are, as far as the
 * session's events have told, and how they look in the recording.
 *
 * Bytes are found by their offset in the stream (stream.h).  All before `base` is known: frames,
 * whose marked parts are kept as they look, and what stands between them and is in no frame.  What
 * has come from `base` on belongs to a frame in progress.  It is known with the frame's event; who
 * cannot wait for that gets it masked by what has come of it (marks_of_part).  Bytes of which
 * nothing tells what they are are blacked out: every one becomes 'x'. */
#ifndef TWS_RECORD_WAYS_H
#define TWS_RECORD_WAYS_H
#include "disguise.h"
#include "event.h"
#include "marks.h"

#define WAY_SEGMENTS  64u            /* of a captured direction that copies are compared with */
#define WAY_KEPT      (128u * 1024)  /* bytes of frames with marks that are kept for copies */
#define WAY_PART_MAX  (1024u * 1024) /* of a frame in progress that is kept; the rest is black */
#define WAY_OTHER_MAX 32u            /* first bytes of a client that may still be no hello's */
#define WAY_CONTEXT   80u            /* bytes of text without frames that are remembered */

/* What all directions of a recording share. */
struct way_run {
    struct marks *marks;
    struct disguise *disguise;
    uint64_t blacked; /* bytes that were blacked out, or hidden for want of the server version */
    /* The last part of a frame that was masked by what had come of it. */
    const struct record_way *part_of; /* NULL: none */
    uint64_t part_at;
    uint32_t part_len, part_room;
    uint8_t *part; /* owned */
};

enum way_mode {
    WAY_UNKNOWN, /* no session sees it */
    WAY_FRAMES,
    WAY_TEXT,  /* no frames: up to `text_end` another protocol, and searched for ids */
    WAY_BLACK, /* nobody can tell what it is */
};

struct way_look; /* how a range of bytes looks; private */

struct way_segment {
    uint64_t from, hash;
    uint32_t len;
};

struct record_way {
    enum tws_side side; /* its sender */
    enum way_mode mode;
    bool framed;      /* a frame, or the stream, begins at `base` */
    uint64_t base;    /* offset */
    uint32_t version; /* the server's, by which messages are read; 0: not known */
    bool guessed;
    struct way_look *oldest, *newest; /* owned */
    size_t kept;                      /* bytes of them */
    uint64_t forgotten;               /* looks of bytes before it are not kept any more */
    uint8_t *raw;                     /* owned: what has come from `base` on, in order */
    uint32_t n_raw, room;
    bool full;                    /* of it: WAY_PART_MAX, or no memory */
    uint8_t context[WAY_CONTEXT]; /* TEXT: what came before `text_at` */
    uint32_t n_context;
    uint64_t text_at, text_end;
    struct way_segment *segment; /* owned: WAY_SEGMENTS of a capture; NULL: nothing comes twice */
    uint32_t n_segments;         /* ever; the place of the next is n % WAY_SEGMENTS */
    uint64_t floor;              /* a copy of what stands before it is compared with nothing */
};

/* What was blacked out of a piece: from `from` to before `to`, and perhaps not all between; none
 * where both are equal. */
struct way_black {
    size_t from, to;
};

bool way_run_open(struct way_run *r, struct known *known); /* false: see disguise.h; or no memory */
void way_run_close(struct way_run *r);

/* A zeroed way: a session sees it now.  `copies`: bytes may come twice.  False: no memory. */
bool way_begin(struct record_way *w, enum tws_side side, bool midstream, bool copies);

/* Forgets and frees everything: nobody sees it. */
void way_end(struct way_run *r, struct record_way *w);

/* What the session found in it: a frame, with its marks, or why there are no more. */
void way_frame(struct way_run *r, struct record_way *w, const struct tws_event *ev);
void way_opaque(struct record_way *w, const struct tws_event *ev);

/* Is it known what all before `end` is? */
bool way_is_known(const struct record_way *w, uint64_t end);

/* Is it, or has it come in order with the frame in progress? */
bool way_has(const struct record_way *w, uint64_t end);

/* Mask `len` bytes in place that stand at `offset`, by what is known now.  Bytes in front of the
 * stream's first have offsets that are negative as int64_t. */
struct way_black way_mask(struct way_run *r, struct record_way *w, uint64_t offset, uint8_t *bytes,
                          size_t len);

/* Parts of a segment, as places in it. */
#define WAY_COPIES_MAX 8u
struct way_copies {
    struct {
        uint32_t from, to;
    } of[WAY_COPIES_MAX];
    uint32_t n;
};

/* A captured segment has come: which parts of it are copies of bytes that came before and differ
 * from them, or have nothing to be compared with?  They are to be blacked out. */
void way_compare(struct record_way *w, uint64_t offset, const uint8_t *bytes, size_t len,
                 struct way_copies *out);

/* Bytes have come at `offset`: what a frame in progress needs of them, without those parts, is
 * kept. */
void way_bytes_but(struct record_way *w, uint64_t offset, const uint8_t *bytes, size_t len,
                   const struct way_copies *copies);
#endif
