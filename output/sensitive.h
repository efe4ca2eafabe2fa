/* sensitive.h - which fields are masked by their meaning, whoever masks them. */
#ifndef TWS_SENSITIVE_H
#define TWS_SENSITIVE_H
#include "layout.h"

/* Is the field an account, a name, or anything else that is masked whatever its form?  (Some are so
 * only for some values, TWS_ACCOUNT_VALUE for one.) */
bool sensitive_field(const struct tws_field *f);

/* For a text message with its id in text, read while the server version is not known: how many of
 * its first fields are not sensitive in any version.  UINT16_MAX: its sensitive fields have the
 * same places in all of them.  `row` may be NULL. */
uint16_t sensitive_first(const struct tws_message_row *row);
#endif
