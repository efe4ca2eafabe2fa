/* view.h - an event's parts as they may be shown: masked, and in words.
 *
 * Text and JSON show the same values; what they have in common is here. */
#ifndef TWS_VIEW_H
#define TWS_VIEW_H
#include "event.h"
#include "mask.h"

/* A frame's masked copy; reused from frame to frame. */
struct view {
    char *copy; /* owned */
    size_t cap;
    struct tws_message message;
    struct tws_hello hello;
    struct tws_version_reply version;
};

void view_free(struct view *v);

/* `ev` is a frame: *out is the same frame on a copy of its payload in which what its marks say is
 * masked, valid until the next call.  Behind the copy VIEW_SLACK bytes may be read, whatever they
 * hold.  False: no memory; *out then has an empty payload. */
#define VIEW_SLACK 16u
bool view_frame(struct view *v, struct mask *m, const struct tws_event *ev, struct tws_event *out);

/* The same for who reads nothing behind the payload: `ev` itself where nothing is masked in it,
 * else `out`. */
const struct tws_event *view_masked(struct view *v, struct mask *m, const struct tws_event *ev,
                                    struct tws_event *out);

/* Where the payload of a frame begins in its stream. */
static inline uint64_t view_payload_at(const struct tws_event *frame)
{
    return frame->u.frame.offset + frame->u.frame.wire_len - frame->u.frame.payload.left;
}

/* The fixed fields of a hello or a version reply, in order; n of them, at most VIEW_FIXED_MAX. */
#define VIEW_FIXED_MAX 3u
struct view_fixed {
    const char *name;
    bool is_number;
    int64_t number;
    struct tws_cursor text;
};
size_t view_fixed(const struct tws_event *frame, struct view_fixed out[VIEW_FIXED_MAX]);

const char *view_form(enum tws_form f); /* "hello" "version" "text" "protobuf" */
const char *view_frame_name(const struct tws_event *frame); /* "reqMktData", "hello", "version" */
const char *view_last_name(const struct tws_last *l, enum tws_side dir); /* NULL: nothing yet */
const char *view_opaque(enum tws_opaque why);  /* "foreign" "legacy" "too-long" ... */
const char *view_key(enum tws_key k);          /* "reqId" "orderId" "type" ... */
const char *view_event(enum tws_event_kind k); /* "open" "frame" ... */

/* What is odd about a frame, in words; "" when nothing is.  `wire`: faults met by the walk.  In
 * `buf`, or a literal. */
const char *view_fault(const struct tws_event *frame, uint32_t wire, char *buf, size_t size);

/* "127.0.0.1:4002", "[::1]:4002", "unknown". */
#define VIEW_ENDPOINT 72u
const char *view_endpoint(const struct tws_endpoint *e, char buf[VIEW_ENDPOINT]);

/* The shortest decimal text that reads back as `d`; "Infinity", "-Infinity", "NaN". */
#define VIEW_NUMBER 32u
size_t view_number(double d, char buf[VIEW_NUMBER]);

/* Has the text the form of a plain number, as JSON has them?  *digits: how many it has, without the
 * zeros in front. */
bool view_plain_number(struct tws_cursor text, size_t *digits);

/* A double as it is shown: what came on the wire where that has more digits than a double keeps,
 * else the shortest.  *len bytes, in `buf` or in the value. */
#define VIEW_DIGITS 17u
const char *view_real(const struct tws_value *v, char buf[VIEW_NUMBER], size_t *len);

/* Length of the UTF-8 character at the front of `p`; 0: these bytes are none. */
size_t view_utf8(const uint8_t *p, size_t left);

/* A value in words, beside its own form: the name of an enumeration's value ("BID"), of the bits
 * that are set, a time of the epoch in UTC.  NULL: there are none.  May be in `buf`. */
#define VIEW_READABLE 128u
const char *view_readable(const struct tws_value *v, char buf[VIEW_READABLE]);

/* Days since 1970 as a date. */
void view_date(uint64_t days, unsigned *year, unsigned *month, unsigned *day);
#endif
