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
 * its length as u16, its bytes and a NUL, which the length includes (length 0: no text); or a
 * slice: its length as u32 and its bytes.  What an event points at follows its members:
 *
 *   frame    u32 server version by which the message was read (0: not known, or no message)
 *            u8  1: a legacy hello
 *            u8  1: the payload was read as a message, a hello or a version reply
 *            slice: the payload, from which these are read again
 *            u16 1 + the number of marks, and the members of each; 0: nobody has looked
 *   notice   u8  1: a farm, and its members follow
 *   verdict  the members; the mode; u8 n and n times evidence; u8 n and n causes
 *            u8  1: the open requests follow: u32 n, u32 untracked, n times the members of one
 *            A mode: the text of its id (no text: none), and u8 which row of that id it is
 *   summary  the members; u8 n and n latencies, by rising id of the request, of those with answers
 *
 * `request.name` is not packed: it follows from the id.  Of open requests, `takes` and `serial`,
 * and all but `n` and `untracked` of their table, are left out: only the tracker needs them.
 *
 * Texts that the program itself wrote are printable ASCII: other bytes in them are packed as '?'
 * and refused when unpacked.  `says` and the values of evidence may quote a peer and hold any
 * bytes.  A mode that this program's catalogue does not have is refused.
 *
 * There is one packed form of each event: packing what was unpacked gives the same bytes. */
#ifndef TWS_EVENT_PACK_H
#define TWS_EVENT_PACK_H
#include "event.h"
#include "request.h"

#define TWS_EVENT_PACK_VERSION 1u

/* An unpacked event and what it points at.  `event` borrows from the box and from the packed bytes:
 * it is valid while both stay where they are and unchanged.  Nothing in it is to be freed.  Bytes
 * in memory that another process can write must be copied first: what was checked could change.
 * About 55 KiB, so not for a small stack. */
struct tws_event_box {
    struct tws_event event;
    union { /* private: `event` points at it */
        struct {
            struct tws_message message;
            struct tws_hello hello;
            struct tws_version_reply version;
            struct tws_marks marks;
        } frame;
        struct tws_farm farm;
        struct {
            struct tws_verdict verdict;
            struct tws_requests table;
            struct tws_request open[TWS_REQUESTS_MAX];
        } verdict;
        struct tws_summary summary;
    } held;
};

/* Write `ev` to `to`, which has `room` bytes.  Returns the bytes written; 0: there is not enough
 * room.  With to == NULL nothing is written and the bytes needed are returned. */
size_t tws_event_pack(const struct tws_event *ev, uint8_t *to, size_t room);

/* Take one packed event from `in`.  False: the bytes are not one whole packed event of this version
 * (they are cut off, or a value is outside its range), and `in` is left as it was; what `box`
 * holds then means nothing.  Safe for any bytes: reads nothing behind them and allocates nothing.
 * Whoever reads the event can rely on enumerations, counts and NUL-ended texts, not on what the
 * numbers say. */
bool tws_event_unpack(struct tws_cursor *in, struct tws_event_box *box);
#endif
