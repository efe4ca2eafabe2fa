/* mask.h - account ids leave the program as other ids of the same length.
 *
 * An id is masked by meaning where the schema tags it, and everywhere else by its form (one to
 * three capital letters, then five to nine digits, standing alone; '_' does not make it part of a
 * word): free text may quote one.  The form that only IB's ids have is found in more company
 * (known_ib_letters).  An id that has been met by its meaning is known from then on,
 * and masked wherever it stands (known.h), whatever its form and case.  In names of instruments,
 * which may look like ids, only those count that begin as IB's do: U, F, I, or these behind a D.
 *
 * The letters of the usual form stay, the rest becomes 'x' and a number, so that distinct accounts
 * stay distinct and the same account looks the same for a whole run: DU1234567 -> DUxxxxxx1.  The
 * table is bounded (MASK_MAX); past it all further ids share one mask. */
#ifndef TWS_MASK_H
#define TWS_MASK_H
#include "known.h"

#define MASK_MAX 1024u

struct mask; /* a run's table; opaque */

/* NULL: no memory.  `show`: mask nothing (--show-accounts). */
struct mask *mask_new(bool show);
void mask_free(struct mask *m);

/* Mask in place the account ids that are known or have the form of one.  Length stays. */
void mask_text(struct mask *m, char *text, size_t len);

/* The same in what is not free text: a number, a name of an instrument. */
void mask_as(struct mask *m, enum known_in in, char *text, size_t len);

/* The same in the bytes of a protobuf message, where an id's length stands in front of it. */
void mask_bytes(struct mask *m, char *bytes, size_t len);

/* The same in fields that lie one behind the other, each with its NUL.  `field` is asked, only
 * where something is found and with growing places, for the field that holds text[at]. */
typedef struct known_text (*mask_field)(void *ctx, size_t at);
void mask_fields(struct mask *m, char *text, size_t len, mask_field field, void *ctx);

/* May there be anything that mask_text or mask_fields would mask?  Most text holds nothing: it is
 * read where it came from, for a copy just made is slow to load again. */
bool mask_may_find(const struct mask *m, const char *text, size_t len);

/* Mask in place a value that is known to be an account id, whatever its form. */
void mask_account(struct mask *m, char *text, size_t len);

/* Mask in place account ids between commas; a number behind a slash is its share, and stays. */
void mask_accounts(struct mask *m, char *text, size_t len);

/* Overwrite in place with '*': names, verification data. */
void mask_secret(struct mask *m, char *text, size_t len);

/* The same, but for "All". */
void mask_group(struct mask *m, char *text, size_t len);

/* Mask in place the account ids and names in an advisor's document (advisor.h). */
void mask_document(struct mask *m, char *text, size_t len);
#endif
