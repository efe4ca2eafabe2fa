#include "payload.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Line by line, as the command does it; a dump's lines belong together. */
static void read_lines(const char *text, size_t size)
{
    struct payload p = {0};

    for (size_t from = 0, to; from < size; from = to + 1) {
        for (to = from; to < size && text[to] != '\n';)
            to++;
        if (payload_is_over(&p, text + from, to - from))
            payload_forget(&p);
        if (payload_read(&p, text + from, to - from) == PAYLOAD_READ && p.n > to - from)
            abort();
        if (p.n > size)
            abort();
    }
    payload_free(&p);
}

/* Properties: a line gives no more bytes than it has characters; what was read and is written as
 * hex reads back as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    struct payload p = {0}, again = {0};
    enum payload_status status = payload_read(&p, (const char *)data, size);
    char *hex = malloc(2 * size + 2);

    read_lines((const char *)data, size);

    if (!hex || p.n > size + 1 || (status == PAYLOAD_WRONG && p.wrong_at > size + 1))
        abort();
    if (status == PAYLOAD_READ && p.n > 0) {
        for (size_t i = 0; i < p.n; i++) {
            hex[2 * i] = digits[p.bytes[i] >> 4];
            hex[2 * i + 1] = digits[p.bytes[i] & 15];
        }
        if (payload_read(&again, hex, 2 * p.n) != PAYLOAD_READ || again.n != p.n ||
            memcmp(again.bytes, p.bytes, p.n) != 0)
            abort();
    }
    free(hex);
    payload_free(&p);
    payload_free(&again);
    return 0;
}
