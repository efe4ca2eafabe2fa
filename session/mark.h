/* mark.h - which bytes of a stream are masked, and why.
 *
 * Marks say what bytes are, not what they become: each output hides them in its own way.  They lie
 * in the payload of one frame and stand in the order in which they were found; where two overlap,
 * the later one counts. */
#ifndef TWS_MARK_H
#define TWS_MARK_H
#include <stdint.h>

enum tws_mark_kind {
    TWS_MARK_ACCOUNT,  /* one account id, by the meaning of its field */
    TWS_MARK_ACCOUNTS, /* account ids between commas; a number behind a slash is a share */
    TWS_MARK_SECRET,   /* a name, a group, verification data */
    TWS_MARK_DOCUMENT, /* an advisor's document, whose parts are masked each by itself */
    TWS_MARK_ID,       /* an account id in other text: it is known, or has the form of one */
    TWS_MARK_UNSURE,   /* may be an account or a name: the server version, not known, would tell */
    TWS_MARK_BLACK,    /* it is not known what these bytes are */
    TWS_MARK_KINDS,
};

struct tws_mark {
    uint64_t offset; /* in the stream of the frame's sender */
    uint32_t length; /* bytes, not 0 */
    uint8_t kind;    /* enum tws_mark_kind */
    uint8_t kept;    /* ACCOUNT, ID: letters in front that belong to the usual form, and may stay */
};

#define TWS_MARKS_MAX                                                                              \
    512u /* of a frame; what has no place becomes one BLACK mark over the rest                     \
          */

struct tws_marks {
    uint32_t n;
    struct tws_mark of[TWS_MARKS_MAX];
};
#endif
