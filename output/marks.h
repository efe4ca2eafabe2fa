/* marks.h - the marks of a frame: which of its bytes are masked, and why (mark.h).
 *
 * A value is masked by its meaning where the schema tags it: account ids, names, groups, advisors'
 * documents.  An id that has been met by its meaning is known from then on (known.h), and it is
 * marked wherever it stands, as is what has the form of an id (search.h).  Where the server version
 * is not known and the place of an account in a text message depends on it, all is marked from the
 * first field on that is an account or a name in any version.
 *
 * Marks are computed once per frame, in front of all outputs. */
#ifndef TWS_MARKS_H
#define TWS_MARKS_H
#include "event.h"
#include "known.h"

struct marks; /* opaque */

/* `known` is borrowed; ids that the frames name are learned in it.  NULL: no memory. */
struct marks *marks_new(struct known *known);
void marks_free(struct marks *m); /* NULL: nothing */

/* The marks of a frame event.  Owned by `m`, valid until the next call. */
const struct tws_marks *marks_of(struct marks *m, const struct tws_event *frame);

/* A frame, or a hello, of which only the beginning has come. */
struct marks_part {
    enum tws_side dir;
    uint32_t version;        /* the server's, by which messages are read; 0: not known */
    bool guessed;            /* as in a frame event */
    bool opening;            /* the first of its stream: a hello, or the version reply */
    uint64_t offset;         /* where it begins in its stream */
    struct tws_cursor bytes; /* from there on, with the length */
};

/* The marks of what has come.  Values that are all there are marked as in a whole frame; the one
 * that is not is marked as a whole, unless it is a number by its row and its text, and nothing is
 * learned of it.  Owned by `m`, valid until the next call. */
const struct tws_marks *marks_of_part(struct marks *m, const struct marks_part *part);

/* `to`, with each frame's marks in its event.  Where `m` is NULL or `to` wants no frames, `to`
 * itself. */
struct tws_sink marks_sink(struct marks *m, struct tws_sink to);

/* What the text of a field is, for who searches it for ids; f == NULL: a value without a row. */
enum known_in marks_kind(const struct tws_field *f);
#endif
