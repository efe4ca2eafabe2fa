/* rest.h - what is left of a line of text, and the characters in it. */
#ifndef PASTE_REST_H
#define PASTE_REST_H
#include <stdbool.h>
#include <stddef.h>

/* Borrowed characters, without an end mark. */
struct rest {
    const char *p;
    size_t n;
};

static inline bool rest_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool rest_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool rest_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The value of a hex digit; -1: it is none. */
static inline int rest_hex(char c)
{
    if (rest_is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline void rest_drop(struct rest *r, size_t n)
{
    r->p += n;
    r->n -= n;
}

/* Blanks at both ends are dropped. */
static inline void rest_trim(struct rest *r)
{
    while (r->n > 0 && rest_is_blank(r->p[r->n - 1]))
        r->n--;
    while (r->n > 0 && rest_is_blank(r->p[0]))
        rest_drop(r, 1);
}

/* Where `text` begins in it; n: nowhere. */
size_t rest_find(struct rest r, const char *text);

/* Does it begin with `text`? */
bool rest_begins(struct rest r, const char *text);
#endif
