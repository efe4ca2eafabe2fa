/* phrase.h - text for the sentence and the evidence of a verdict.  Private to diagnosis/. */
#ifndef TWS_PHRASE_H
#define TWS_PHRASE_H
#include <stddef.h>
#include <stdint.h>

#define TWS_PHRASE_SPAN 24u /* bytes that a span needs at most */

/* Text that grows in a buffer and is cut where the buffer ends. */
struct tws_phrase {
    char *buf;        /* borrowed; NULL where there is no room at all */
    size_t size, len; /* bytes; `len` counts on behind the end of the buffer */
};

/* Append as printf does. */
__attribute__((format(printf, 2, 3))) void tws_phrase(struct tws_phrase *l, const char *format,
                                                      ...);

/* "3.0 s", "120 ms", "0.4 ms". Returns `buf`. */
const char *tws_phrase_span(uint64_t ns, char *buf, size_t size);

/* "reqMktData 9001"; without the key where requests of its kind have none (enum tws_key). */
void tws_phrase_request(struct tws_phrase *l, uint8_t id, uint8_t key_kind, int64_t key);

/* "1 field too few and 2 fields too many"; nothing where both are 0. */
void tws_phrase_fields(struct tws_phrase *l, unsigned missing, unsigned extra);
#endif
