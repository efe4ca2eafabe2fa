/* text.h - the NUL-terminated fields of a text message.
 *
 * Bytes other than NUL are taken as they are.  Numbers follow the fact tables: empty reads as 0,
 * and the sentinels of "unset" are told apart from values. */
#ifndef TWS_TEXT_H
#define TWS_TEXT_H
#include "bytes.h"

/* Take the next field, without its NUL.  False: no bytes are left.  A last field without its NUL
 * is handed out all the same, and *ended (may be NULL) is set false. */
bool tws_text_next(struct tws_cursor *body, struct tws_cursor *field, bool *ended);

/* Decimal integer of at most 64 bits, optional '-'; empty reads as 0.  False: not of that form. */
bool tws_text_int(struct tws_cursor field, int64_t *out);

/* Locale-independent decimal number with optional exponent, "Infinity", "NaN"; empty reads as 0. */
bool tws_text_double(struct tws_cursor field, double *out);

/* Does the text mean "unset"?  2147483647, +-9223372036854775807/8, 1.7976931348623157E308 (any
 * case of E, with or without '+').  Empty is not decided here: the type says. */
bool tws_text_unset(struct tws_cursor field);
#endif
