#include "payload.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does what was read hold together? */
static void check(const struct payload *p, enum payload_status status, size_t characters)
{
    bool log = p->format != NULL;

    if (p->n > characters + READING_ROOM)
        abort();
    if (status == PAYLOAD_READ && log && p->dir != p->format->dir)
        abort();
    if (status == PAYLOAD_WRONG && (!p->why || p->wrong_at > characters + 1))
        abort();
}

/* Line by line, as the command does it; the lines of a dump, or of a list, belong together. */
static void read_lines(const char *text, size_t size, uint32_t version)
{
    struct payload p = {0};

    for (size_t from = 0, to; from < size; from = to + 1) {
        for (to = from; to < size && text[to] != '\n';)
            to++;
        if (payload_is_over(&p, text + from, to - from))
            payload_forget(&p);
        check(&p, payload_read(&p, text + from, to - from, version), to);
    }
    check(&p, payload_end(&p), size);
    payload_free(&p);
}

/* What was read and is written as hex reads back as the same. */
static void read_back(const struct payload *p, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    struct payload again = {0};
    char *hex = malloc(2 * size + 2 * READING_ROOM + 4);
    size_t n = 0;

    if (!hex)
        return;
    hex[n++] = '<';
    for (size_t i = 0; i < p->n; i++) {
        hex[n++] = digits[p->bytes[i] >> 4];
        hex[n++] = digits[p->bytes[i] & 15];
    }
    if (payload_read(&again, hex, n, 0) != PAYLOAD_READ || again.n != p->n ||
        memcmp(again.bytes, p->bytes, p->n) != 0)
        abort();
    free(hex);
    payload_free(&again);
}

/* Properties: a line gives hardly more bytes than it has characters; what is refused has a reason
 * and a place in it; a log's line has the log's direction; hex reads back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct payload p = {0};
    enum payload_status status = payload_read(&p, (const char *)data, size, 0);

    check(&p, status, size);
    if (status == PAYLOAD_READ && p.n > 0)
        read_back(&p, size);
    payload_free(&p);
    read_lines((const char *)data, size, 0);
    read_lines((const char *)data, size, 203);
    return 0;
}
