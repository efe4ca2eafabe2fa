/* event_pack.h - an event as bytes, and back.
 *
 * The form is for the ring between processes, the spool and event streams: it holds no pointer, and
 * it may come from a process that cannot be trusted.  All integers are little-endian.
 *
 *   u32 size     of the whole packed event, these 4 bytes included
 *   u8  version  TWS_EVENT_PACK_VERSION
 *   u8  kind     enum tws_event_kind
 *   u64 ts_ns
 *   u32 conn
 *   ...          the members of the kind, in the order of the rows in event_rows.c
 *
 * A member is an integer of its own width; one byte for an enumeration or a truth value; a text:
 * its length as u16, its bytes and a NUL, which the length includes (length 0: no text); a slice:
 * its length as u32 and its bytes; or a list: u8 n and n elements.  What an event points at follows
 * its members:
 *
 *   frame    u32 server version by which the message was read (0: not known, or no message)
 *            u8  1: a legacy hello
 *            u8  1: the payload was read as a message, a hello or a version reply
 *            slice: the payload, from which these are read again
 *            u16 1 + the number of marks, and the members of each; 0: nobody has looked
 *   facts    the members
 *   state    the members
 *   verdict  see verdict_pack.h in diagnosis/
 *   summary  the members; u8 n and n latencies, by rising id of the request, of those with answers
 *
 * `request.name` is not packed: it follows from the id.
 *
 * Texts that the program itself wrote are printable ASCII: other bytes in them are packed as '?'
 * and refused when unpacked.  `says` and the values of evidence may quote a peer and hold any
 * bytes.
 *
 * There is one packed form of each event: packing what was unpacked gives the same bytes. */
#ifndef TWS_EVENT_PACK_H
#define TWS_EVENT_PACK_H
#include "event.h"
#include "state.h"

#define TWS_EVENT_PACK_VERSION 1u

struct tws_writer; /* event_rows.h */

/* How the one kind is packed that this folder does not know what it points at: a verdict. */
struct tws_packer {
    enum tws_event_kind kind;
    void (*put)(struct tws_writer *w, const struct tws_event *ev);
    /* Sets what `ev` points at, in `held`.  False: the bytes are not that. */
    bool (*take)(struct tws_cursor *in, struct tws_event *ev, void *held);
};

/* An unpacked event and what it points at.  `event` borrows from the box and from the packed bytes:
 * it is valid while both stay where they are and unchanged.  Nothing in it is to be freed.  Bytes
 * in memory that another process can write must be copied first: what was checked could change.
 * About 55 KiB, so not for a small stack.  `more`, set by the caller, is what the packer's `take`
 * gets as `held`. */
struct tws_event_box {
    struct tws_event event;
    void *more;
    union { /* private: `event` points at it */
        struct {
            struct tws_message message;
            struct tws_hello hello;
            struct tws_version_reply version;
            struct tws_marks marks;
        } frame;
        struct tws_facts facts;
        struct tws_state state;
        struct tws_summary summary;
    } held;
};

/* Write `ev` to `to`, which has `room` bytes.  Returns the bytes written; 0: there is not enough
 * room.  With to == NULL nothing is written and the bytes needed are returned.  `more`: how
 * verdicts are packed, or NULL where there are none. */
size_t tws_event_pack(const struct tws_event *ev, const struct tws_packer *more, uint8_t *to,
                      size_t room);

/* Take one packed event from `in`.  False: the bytes are not one whole packed event of this version
 * (they are cut off, or a value is outside its range, or it is a verdict and `more` is NULL), and
 * `in` is left as it was; what `box` holds then means nothing.  Safe for any bytes: reads nothing
 * behind them and allocates nothing.  Whoever reads the event can rely on enumerations, counts and
 * NUL-ended texts, not on what the numbers say. */
bool tws_event_unpack(struct tws_cursor *in, const struct tws_packer *more,
                      struct tws_event_box *box);

/* Are these requests that are followed?  Then their ids have names. */
bool tws_open_is_sound(const struct tws_open *open);
#endif
