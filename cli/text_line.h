/* text_line.h - lines of a file of text, of any length. */
#ifndef TWS_TEXT_LINE_H
#define TWS_TEXT_LINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A growing line; what is longer than any payload is read to its end and not kept. */
struct text_line {
    char *text; /* owned; no NUL ends it */
    size_t len, cap;
    bool too_long;
};

/* False: the input is over, or a signal asked to stop. */
bool text_line_read(FILE *f, struct text_line *l);

void text_line_free(struct text_line *l);
#endif
