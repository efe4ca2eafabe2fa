/* literal.h - bytes that a programming language wrote as text: strings with escapes, and lists. */
#ifndef PASTE_LITERAL_H
#define PASTE_LITERAL_H
#include "reading.h"
#include "rest.h"

/* Whose rules hold for a backslash and a digit. */
enum literal_rules {
    LITERAL_OCTAL, /* C, Python, Java, JavaScript, Julia, Ruby: up to three octal digits */
    LITERAL_RUST,  /* \0 is NUL, whatever follows it */
};

/* The first place where a string begins: the quote of b'...', else any quote; n: none. */
size_t literal_at(struct rest r);

/* Does it have an escape, or begin as a string of bytes (b'...') anywhere? */
bool literal_is(struct rest r);

/* The first string in `r`, or all of it where no quote is; its bytes are added to `out`.  *end, if
 * not NULL: the place behind it.  False: `out` says why. */
bool literal_read(struct reading *out, struct rest r, enum literal_rules rules, size_t *end);

/* How the NULs that stand before a digit are written. */
enum literal_nuls {
    LITERAL_NULS_CLEAR, /* both rules read the same */
    LITERAL_NULS_OCTAL, /* as \000, as one who counts in octal writes them */
    LITERAL_NULS_SHORT, /* as \0 with what would be an octal number behind it */
};
enum literal_nuls literal_nuls(struct rest r);

/* Text in which a terminal or an editor has written control characters: ^@ and its like, or the
 * pictures of Unicode.  False: it has no NUL in such a form. */
bool literal_pictures(struct reading *out, struct rest r);

enum list_status {
    LIST_NONE,
    LIST_READ,
    LIST_OPEN,  /* its end is not in these characters */
    LIST_WRONG, /* the reading says why */
};

struct list {
    size_t items, end; /* the place behind it */
    bool numbers;      /* whole numbers alone, all of which could be bytes */
    bool zero;         /* one of them is 0 */
};

/* A list in brackets, behind the name of a type or none: ['4', '2'], (b'4', b'2'), ["4", 2, true],
 * String["4"].  Each item is added as a field with its NUL.  LIST_NONE: it is none, or a list of
 * hex digits. */
enum list_status list_read(struct reading *out, struct rest r, struct list *list);

/* The bytes of a list of `numbers`, of either sign. */
void list_bytes(struct reading *out, struct rest r);
#endif
