/* bytes.h - a bounds-checked cursor over borrowed bytes, and who sends them.
 *
 * The only pointer arithmetic of the core is here: a parser takes from a cursor, and a take that
 * would pass the end fails and takes nothing. */
#ifndef TWS_BYTES_H
#define TWS_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The sender of bytes, or the party that is silent or owes something. */
enum tws_side { TWS_NOBODY, TWS_CLIENT, TWS_GATEWAY, TWS_NETWORK };

struct tws_cursor {
    const uint8_t *p; /* borrowed */
    size_t left;      /* bytes */
};

/* Take `n` bytes; *out borrows from the cursor's bytes. */
static inline bool tws_take(struct tws_cursor *c, size_t n, const uint8_t **out)
{
    if (c->left < n)
        return false;
    *out = c->p;
    c->p += n;
    c->left -= n;
    return true;
}

/* Take a 4-byte big-endian number. */
static inline bool tws_take_be32(struct tws_cursor *c, uint32_t *out)
{
    const uint8_t *b;

    if (!tws_take(c, 4, &b))
        return false;
    *out = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return true;
}

static inline bool tws_take_u8(struct tws_cursor *c, uint8_t *out)
{
    const uint8_t *b;

    if (!tws_take(c, 1, &b))
        return false;
    *out = *b;
    return true;
}

/* The bytes of a text, without its NUL. */
static inline struct tws_cursor tws_text_of(const char *text)
{
    return (struct tws_cursor){(const uint8_t *)text, strlen(text)};
}

/* Are these bytes exactly that text? */
static inline bool tws_is_text(struct tws_cursor c, const char *text)
{
    return c.left == strlen(text) && (c.left == 0 || memcmp(c.p, text, c.left) == 0);
}
#endif
