#include "payload.h"
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int base64_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : c == '-' ? 62 : c == '_' ? 63 : -1;
}

static bool is_between(char c)
{
    return is_blank(c) || c == ':' || c == ',';
}

/* False: it is not hex; *wrong is where. */
static bool read_hex(struct payload *p, const char *line, size_t len, size_t *wrong)
{
    size_t i = 0;

    for (p->n = 0; i < len;) {
        if (is_between(line[i])) {
            i++;
        } else if (len - i >= 4 && line[i] == '0' && (line[i + 1] == 'x' || line[i + 1] == 'X')) {
            i += 2;
        } else if (len - i >= 2 && hex_of(line[i]) >= 0 && hex_of(line[i + 1]) >= 0) {
            p->bytes[p->n++] = (uint8_t)(hex_of(line[i]) << 4 | hex_of(line[i + 1]));
            i += 2;
        } else {
            break;
        }
    }
    *wrong = i + 1;
    return i == len;
}

static bool read_base64(struct payload *p, const char *line, size_t len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t i, digits = 0;

    p->n = 0;
    for (i = 0; i < len && base64_of(line[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)base64_of(line[i]);
        have += 6;
        digits++;
        if (have >= 8) {
            have -= 8;
            p->bytes[p->n++] = (uint8_t)(bits >> have);
        }
    }
    while (i < len && line[i] == '=')
        i++;
    return i == len && digits % 4 != 1 && (bits & ((1u << have) - 1)) == 0;
}

static bool room(struct payload *p, size_t n)
{
    uint8_t *more = n > p->cap ? realloc(p->bytes, n) : p->bytes;

    if (!more)
        return false;
    p->cap = n > p->cap ? n : p->cap;
    p->bytes = more;
    return true;
}

enum payload_status payload_read(struct payload *p, const char *line, size_t len)
{
    size_t from = 0;

    while (len > 0 && is_blank(line[len - 1]))
        len--;
    while (from < len && is_blank(line[from]))
        from++;
    p->dir = TWS_NOBODY;
    if (from == len || line[from] == '#')
        return PAYLOAD_NONE;
    if (line[from] == '>' || line[from] == '<') {
        p->dir = line[from] == '>' ? TWS_CLIENT : TWS_GATEWAY;
        for (from++; from < len && is_blank(line[from]);)
            from++;
    }
    p->no_memory = !room(p, len + 1);
    if (p->no_memory)
        return PAYLOAD_WRONG;
    if (read_hex(p, line + from, len - from, &p->wrong_at) ||
        read_base64(p, line + from, len - from))
        return PAYLOAD_READ;
    p->wrong_at += from;
    return PAYLOAD_WRONG;
}

void payload_free(struct payload *p)
{
    free(p->bytes);
    *p = (struct payload){0};
}
