/* mask.h - on the screen and in JSON, account ids become other ids of the same length.
 *
 * What is masked is said by marks (marks.h) for a frame, and found by search.h in other text.  The
 * letters of the usual form stay, the rest becomes 'x' and a number, so that distinct accounts stay
 * distinct and the same account looks the same for a whole run: DU1234567 -> DUxxxxxx1.  The table
 * is bounded (MASK_MAX); past it all further ids share one mask.  Names and other secrets become
 * '*'. */
#ifndef TWS_MASK_H
#define TWS_MASK_H
#include "known.h"
#include "mark.h"

#define MASK_MAX 1024u

struct mask; /* a run's table; opaque */

/* NULL: no memory.  `show`: mask nothing (--show-accounts). */
struct mask *mask_new(bool show);
void mask_free(struct mask *m);

/* What the run has learned of accounts, for marks.h; NULL: nothing is masked. */
struct known *mask_learned(struct mask *m);

/* Mask in place what is marked in `text`, whose first byte is at `from` in its stream.  marks ==
 * NULL: nobody has looked what these bytes are, and all of them are hidden. */
void mask_marks(struct mask *m, const struct tws_marks *marks, uint64_t from, char *text,
                size_t len);

/* Would that change anything? */
bool mask_touches(const struct mask *m, const struct tws_marks *marks);

/* Mask in place the account ids that are known or have the form of one.  Length stays. */
void mask_text(struct mask *m, char *text, size_t len);

/* Mask in place what is known to be account ids with commas between, whatever their form, and learn
 * them; a number behind a slash is a share, and stays. */
void mask_accounts(struct mask *m, char *text, size_t len);
#endif
