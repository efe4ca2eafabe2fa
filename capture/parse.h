/* parse.h - what the readers of capture files share: where they are, and how they say so.
 *
 * Private to capture/.  A reader is pure: bytes in, a value out; it takes from a cursor, and asks
 * for more bytes when there are not enough. */
#ifndef TWS_PARSE_H
#define TWS_PARSE_H
#include "bytes.h"
#include "moment.h"

#define PARSE_WHY_MAX 160u

/* Bytes of one packet, or of a block that must be seen whole: more is an error, so a reader's
 * buffer never grows beyond it.  The largest snapshot length that tcpdump takes is 262144. */
#define PARSE_WHOLE_MAX (1u << 20)

enum parse_status {
    PARSE_PACKET, /* *out is the next packet */
    PARSE_STEP,   /* something else was read; go on */
    PARSE_MORE,   /* `want` bytes are needed, counted from the first that was not used */
    PARSE_BROKEN, /* `why` says what is wrong with what begins at `start`; nothing more can be read
                   */
};

struct parse {
    bool big;         /* the file's numbers are big-endian */
    uint64_t offset;  /* in the file: of the first byte that was not used */
    uint64_t start;   /* in the file: of the packet or block that is being read */
    uint64_t packets; /* handed out */
    uint64_t last_ns; /* time of the newest of them */
    size_t want;      /* at most PARSE_WHOLE_MAX + PARSE_HEAD_MAX */
    char why[PARSE_WHY_MAX];
};

#define PARSE_HEAD_MAX 32u /* bytes before what PARSE_WHOLE_MAX counts */

static inline uint16_t parse_u16(const struct parse *f, const uint8_t *p)
{
    return (uint16_t)(f->big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t parse_u32(const struct parse *f, const uint8_t *p)
{
    uint32_t be = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    uint32_t le = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];

    return f->big ? be : le;
}

/* Step over `n` bytes, which are there. */
static inline void parse_use(struct parse *f, struct tws_cursor *in, size_t n)
{
    in->p += n;
    in->left -= n;
    f->offset += n;
}

/* True when `n` bytes are there; else `want` is set. */
static inline bool parse_has(struct parse *f, const struct tws_cursor *in, size_t n)
{
    f->want = n;
    return in->left >= n;
}

/* Write `why`.  Always PARSE_BROKEN. */
enum parse_status parse_broken(struct parse *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Seconds and nanoseconds, however many, to nanoseconds since 1970.  0 for a time before 1970;
 * TWS_NEVER for one after TWS_TIME_LAST. */
uint64_t parse_time(int64_t seconds, uint64_t ns);
#endif
