/* known.h - account ids that were met by their meaning, to be found again in other text.
 *
 * Upper and lower case are the same here: people write their ids in names of orders and of
 * strategies.  What counts as found depends on how telling an id is:
 *   telling    an id of the usual form (search.h), or with five digits and a letter: wherever it
 * stands a word     with a letter, four characters or more: not within a longer word; '_' ends one
 *   a number   five digits or more, nothing else: not within a longer number, and only in text
 * Shorter ones are masked where they are met by their meaning, and are not known by heart. */
#ifndef TWS_KNOWN_H
#define TWS_KNOWN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_MAX  1024u /* ids; further ones are not learned */
#define KNOWN_MIN  4u    /* characters */
#define KNOWN_LEN  64u   /* characters; a longer one is not learned */
#define KNOWN_SLOT 2048u /* a power of two, twice KNOWN_MAX: a probe always ends */

enum known_kind { KNOWN_TELLING, KNOWN_WORD, KNOWN_NUMBER };

struct known_id {
    uint8_t len, kind; /* enum known_kind */
    uint8_t text[KNOWN_LEN];
};

/* Zeroed: knows none.  All members are private. */
struct known {
    uint32_t n;
    uint16_t n_pairs;            /* of first characters, that differ */
    uint8_t pair[4][2];          /* the first of them, in small letters */
    uint64_t lengths;            /* bit n-1: some have n characters */
    uint64_t pairs[65536u / 64]; /* a bit for each two characters that begin one */
    uint16_t slot[KNOWN_SLOT];   /* 1 + index into `id`; 0: free */
    struct known_id id[KNOWN_MAX];
};

/* What a text is that is searched. */
enum known_in {
    KNOWN_IN_TEXT,
    KNOWN_IN_NUMBER, /* the text of a number, of a word from a list: numbers are not ids in it */
    KNOWN_IN_NAME,   /* of an instrument: an id only if it is nothing else */
};

struct known_text {
    const uint8_t *p;
    size_t n;
    enum known_in in;
    bool begun; /* more of it stood before p[0] */
    bool open;  /* more of it may follow: what may be the beginning of an id counts as one */
};

/* Has it the form of an id: one to three capitals, then five to nine digits?  *letters: how many.
 */
bool known_form(const uint8_t *text, size_t len, size_t *letters);

/* The same by the form that only IB's ids have, in capitals or in small letters: U, F or I, perhaps
 * behind a D, then seven or eight digits.  It counts behind a small letter too if it begins with a
 * capital ("acctDU1234567"), and with an A behind it, as the id of all accounts of an advisor.
 * known_ib_letters: how many letters one that begins there has; 0: none does. */
enum { KNOWN_IB_MIN = 7, KNOWN_IB_MAX = 8 };
size_t known_ib_letters(const uint8_t *text, size_t left);

void known_learn(struct known *k, const uint8_t *id, size_t len);

/* The first place from `at` on where a known id may begin; `len`: there is none. */
size_t known_next(const struct known *k, const uint8_t *text, size_t at, size_t len);

/* May one begin at `at`, before `len`? */
bool known_may_begin(const struct known *k, const uint8_t *text, size_t at, size_t len);

/* The characters of the longest known id that is found at `at`; 0: none is.  *kept: of these, the
 * letters in front that may stay, as those of an id of the usual form. */
size_t known_at(const struct known *k, const struct known_text *t, size_t at, size_t *kept);

/* A letter in its small form. */
static inline uint8_t known_fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}
#endif
