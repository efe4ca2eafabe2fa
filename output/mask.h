/* mask.h - account ids leave the program as other ids of the same length.
 *
 * An id is masked by meaning where the schema tags it, and everywhere else by its form (one to
 * three capital letters, then five to nine digits, standing alone): free text may quote one.  An id
 * of another form (a name, from LEARNED_MIN characters on) is masked in free text once it has been
 * met by its meaning.  The letters stay, the digits become 'x' and a number, so that
 * distinct accounts stay distinct and the same account looks the same for a whole run:
 * DU1234567 -> DUxxxxxx1.  The table is bounded (MASK_MAX); past it all further ids share one mask.
 */
#ifndef TWS_MASK_H
#define TWS_MASK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MASK_MAX 1024u

struct mask; /* a run's table; opaque */

/* NULL: no memory.  `show`: mask nothing (--show-accounts). */
struct mask *mask_new(bool show);
void mask_free(struct mask *m);

/* Mask in place everything that has the form of an account id. Length stays. */
void mask_text(struct mask *m, char *text, size_t len);

/* The same in the bytes of a protobuf message, where an id's length stands in front of it. */
void mask_bytes(struct mask *m, char *bytes, size_t len);

/* Mask in place a value that is known to be an account id, whatever its form. */
void mask_account(struct mask *m, char *text, size_t len);

/* Mask in place account ids between commas or slashes; what has no letter is a number, and stays.
 */
void mask_accounts(struct mask *m, char *text, size_t len);

/* Overwrite in place with '*': names, verification data. */
void mask_secret(struct mask *m, char *text, size_t len);

/* The same, but for "All". */
void mask_group(struct mask *m, char *text, size_t len);

/* Mask in place the account ids and names in the XML of an advisor message: what stands in <String>
 * and in elements called after accounts is an id, what stands in <name>, <alias> and <description>
 * a name; the rest is masked by its form. */
void mask_document(struct mask *m, char *text, size_t len);
#endif
