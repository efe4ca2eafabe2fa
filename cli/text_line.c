/* text_line.c - see text_line.h. */
#include "text_line.h"
#include "frame.h"
#include "stop.h"
#include "stream.h"
#include <stdlib.h>

#define LONGEST (4u * (TWS_FRAME_MAX + 16u)) /* the longest payload in hex, with blanks */

static bool grow(struct text_line *l)
{
    size_t cap = l->cap ? 2 * l->cap : 4096;
    char *more = realloc(l->text, cap);

    if (!more)
        return false;
    l->text = more;
    l->cap = cap;
    return true;
}

bool text_line_read(FILE *f, struct text_line *l)
{
    int c = stop_asked ? EOF : getc(f);

    l->len = 0;
    l->too_long = false;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc(f)) {
        l->too_long = l->too_long || l->len == LONGEST || (l->len == l->cap && !grow(l));
        if (!l->too_long)
            l->text[l->len++] = (char)c;
    }
    return true;
}

void text_line_free(struct text_line *l)
{
    free(l->text);
    *l = (struct text_line){0};
}
