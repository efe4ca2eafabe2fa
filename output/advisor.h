/* advisor.h - what each byte of an advisor's document is: groups, profiles and aliases in XML.
 *
 * Only what is known to be harmless stays as it is: markup, and what stands in the elements and
 * attributes of the list in advisor.c.  What stands in <String> and in elements or attributes
 * called after accounts are account ids; all else (names, aliases, descriptions, what is unknown,
 * what is no XML) is taken for a secret.  Names are compared without their namespace and whatever
 * their case.  Source: the documents that the fact tables tell of. */
#ifndef TWS_ADVISOR_H
#define TWS_ADVISOR_H
#include <stdint.h>

enum advisor_byte {
    ADVISOR_SECRET,
    ADVISOR_ACCOUNT,
    ADVISOR_PLAIN,  /* may quote an account, as any text may */
    ADVISOR_MARKUP, /* and blanks */
};

#define ADVISOR_NAME 16u /* characters of a name that decide */

/* Zeroed: before the first byte.  A value: a copy goes on from the same place.  All members are
 * private. */
struct advisor {
    uint8_t state, n_name;
    uint8_t element;            /* enum advisor_byte: of the text that stands in it */
    uint8_t quote;              /* that ends the attribute's value; 0: a blank does */
    uint8_t name[ADVISOR_NAME]; /* of the element or attribute, small letters */
};

enum advisor_byte advisor_next(struct advisor *a, uint8_t b);
#endif
