/* json_writer.h - one line of JSON, part by part: what json.c and json_message.c have in common.
 *
 * Bounded: a value that does not fit is cut, and the line says so; a fixed part that does not fit
 * gives the line up.  What is written for every frame is inline. */
#ifndef TWS_JSON_WRITER_H
#define TWS_JSON_WRITER_H
#include "json.h"
#include <string.h>

struct json_writer {
    struct json_sink *j;
    size_t len;
    bool cut;  /* a value did not fit */
    bool full; /* not even a fixed part fits: the line is given up */
};

/* What fixed keys and closing brackets may still take once the rest of a line is cut. */
#define JSON_RESERVE 8192u

/* Room for `n` more bytes of a line of at most `max`. */
bool json_room(struct json_writer *w, size_t n, size_t max);

/* Room for `n` more bytes of a value?  Values of any size use what the reserve leaves. */
static inline bool json_fits(struct json_writer *w, size_t n)
{
    if (!w->cut && json_room(w, n, JSON_LINE_MAX - JSON_RESERVE))
        return true;
    w->cut = true;
    return false;
}

/* Where the compiler would rather call: with a literal, what is inline is a compare and some moves.
 */
#ifdef __GNUC__
#define JSON_INLINE static inline __attribute__((always_inline))
#else
#define JSON_INLINE static inline
#endif

/* Text that stands as it is. */
JSON_INLINE void json_raw(struct json_writer *w, const char *text, size_t n)
{
    if (w->full || (w->len + n > w->j->cap && !json_room(w, n, JSON_LINE_MAX))) {
        w->full = true;
        return;
    }
    memcpy(w->j->line + w->len, text, n);
    w->len += n;
}

#define JSON_RAW(w, literal) json_raw(w, "" literal, sizeof(literal) - 1)

/* `,"name":` */
#define JSON_KEY(w, name) JSON_RAW(w, ",\"" name "\":")

JSON_INLINE void json_char(struct json_writer *w, char c)
{
    json_raw(w, &c, 1);
}

/* A string of one of our own words, which needs no escape. */
JSON_INLINE void json_word(struct json_writer *w, const char *word)
{
    json_char(w, '"');
    json_raw(w, word, strlen(word));
    json_char(w, '"');
}

/* Numbers. Larger integers than a double holds exactly are strings. */
void json_u64(struct json_writer *w, uint64_t n);
void json_i64(struct json_writer *w, int64_t n);
void json_double(struct json_writer *w, double d);

/* Strings, escaped; of NULL null. */
void json_bytes(struct json_writer *w, const uint8_t *p, size_t left);
void json_cursor(struct json_writer *w, struct tws_cursor c);
void json_string(struct json_writer *w, const char *text);
void json_hex(struct json_writer *w, struct tws_cursor c);

/* `,"key":` of a key that needs no escape, and its value. */
void json_key(struct json_writer *w, const char *name);
void json_key_u64(struct json_writer *w, const char *name, uint64_t n);
void json_key_string(struct json_writer *w, const char *name, const char *text);
void json_key_ms(struct json_writer *w, const char *name, uint64_t ns);

/* A comma, unless the object or array that was opened last holds nothing yet. */
void json_comma(struct json_writer *w);

/* The first key of an object, or a further one; of a name that needs no escape. */
void json_member(struct json_writer *w, const char *name);
void json_member_u64(struct json_writer *w, const char *name, uint64_t n);
void json_member_string(struct json_writer *w, const char *name, const char *text);

/* A moment, ns since 1970 (0: null); a span in milliseconds; in seconds. */
void json_time(struct json_writer *w, uint64_t ns);
void json_ms(struct json_writer *w, uint64_t ns);
void json_seconds(struct json_writer *w, uint64_t ns);

/* `,"fields":{...}`, and `extra` and `missing` where the message has them.  `m` is the view's: some
 * bytes behind its body may be read (VIEW_SLACK).  *faults: what the walk met. */
void json_message(struct json_writer *w, const struct tws_message *m, uint32_t *faults);

/* Releases what json_message keeps from frame to frame. */
void json_keys_free(struct json_sink *j);
#endif
