#include "pcapng.h"
#include <string.h>

enum { SECTION = 0x0A0D0D0A, INTERFACE = 1, ENHANCED_PACKET = 6 };
enum { OPT_END = 0, OPT_COMMENT = 1, OPT_IF_NAME = 2, OPT_USERAPPL = 4, OPT_IF_TSRESOL = 9 };

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define NANOSECONDS      9u
#define SECTION_HEAD     24u /* bytes before its options */

/* A block being laid; once something did not fit nothing more is written. */
struct block {
    uint8_t *to;
    size_t room, len;
    bool full;
};

static void put(struct block *b, const void *bytes, size_t n)
{
    b->full = b->full || b->room - b->len < n;
    if (b->full)
        return;
    if (n)
        memcpy(b->to + b->len, bytes, n);
    b->len += n;
}

static void put16(struct block *b, uint32_t n)
{
    put(b, (uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8)}, 2);
}

static void set32(uint8_t *at, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> 8 * i);
}

static void put32(struct block *b, uint32_t n)
{
    uint8_t at[4];

    set32(at, n);
    put(b, at, sizeof at);
}

static size_t padding(size_t n)
{
    return -n & 3u;
}

static void pad(struct block *b, size_t n)
{
    put(b, (uint8_t[4]){0}, padding(n));
}

static size_t text_len(const char *text)
{
    return text ? strnlen(text, PCAPNG_TEXT_MAX) : 0;
}

static void put_option(struct block *b, uint16_t code, const void *value, size_t n)
{
    put16(b, code);
    put16(b, (uint32_t)n);
    put(b, value, n);
    pad(b, n);
}

static void put_text(struct block *b, uint16_t code, const char *text)
{
    if (text)
        put_option(b, code, text, text_len(text));
}

static struct block begin(uint8_t *to, size_t room, uint32_t type)
{
    struct block b = {.to = to, .room = room};

    put32(&b, type);
    put32(&b, 0); /* the length, once it is known */
    return b;
}

static size_t end(struct block *b)
{
    put32(b, (uint32_t)(b->len + 4));
    if (b->full)
        return 0;
    set32(b->to + 4, (uint32_t)b->len);
    return b->len;
}

size_t pcapng_section(uint8_t *to, size_t room, const char *app, const char *comment)
{
    struct block b = begin(to, room, SECTION);

    put32(&b, BYTE_ORDER_MAGIC);
    put16(&b, 1); /* version 1.0 */
    put16(&b, 0);
    put32(&b, UINT32_MAX); /* the section's length: not known */
    put32(&b, UINT32_MAX);
    put_text(&b, OPT_COMMENT, comment);
    put_text(&b, OPT_USERAPPL, app);
    put_option(&b, OPT_END, NULL, 0);
    return end(&b);
}

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) | get16(at + 2) << 16;
}

bool pcapng_is_by(const uint8_t *bytes, size_t n, const char *word)
{
    size_t len = strlen(word), at = SECTION_HEAD;
    bool comment = false, app = false;

    if (n < at || get32(bytes) != SECTION || get32(bytes + 8) != BYTE_ORDER_MAGIC)
        return false;
    while (n - at >= 4 && get16(bytes + at) != OPT_END) {
        uint32_t code = get16(bytes + at), size = get16(bytes + at + 2);
        bool says = size >= len && n - at - 4 >= len && memcmp(bytes + at + 4, word, len) == 0;

        comment = comment || (code == OPT_COMMENT && says);
        app = app || (code == OPT_USERAPPL && says);
        if (n - at - 4 < size + padding(size))
            break;
        at += 4 + size + padding(size);
    }
    return comment && app;
}

size_t pcapng_interface(uint8_t *to, size_t room, uint16_t link, uint32_t snaplen, const char *name)
{
    struct block b = begin(to, room, INTERFACE);

    put16(&b, link);
    put16(&b, 0);
    put32(&b, snaplen);
    put_text(&b, OPT_IF_NAME, name);
    put_option(&b, OPT_IF_TSRESOL, (uint8_t[]){NANOSECONDS}, 1);
    put_option(&b, OPT_END, NULL, 0);
    return end(&b);
}

size_t pcapng_packet_size(const struct pcapng_packet *p)
{
    size_t bytes = (size_t)p->head_len + p->body_len;
    size_t text = text_len(p->comment);
    size_t options = p->comment ? 4 + text + padding(text) + 4 : 0;

    return PCAPNG_PACKET_HEAD + bytes + padding(bytes) + options + 4;
}

size_t pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *p)
{
    struct block b = begin(to, room, ENHANCED_PACKET);
    uint32_t bytes = p->head_len + p->body_len;

    put32(&b, p->iface);
    put32(&b, (uint32_t)(p->ts_ns >> 32));
    put32(&b, (uint32_t)p->ts_ns);
    put32(&b, bytes);
    put32(&b, p->wire_len);
    put(&b, p->head, p->head_len);
    put(&b, p->body, p->body_len);
    pad(&b, bytes);
    if (p->comment) {
        put_text(&b, OPT_COMMENT, p->comment);
        put_option(&b, OPT_END, NULL, 0);
    }
    return end(&b);
}

size_t pcapng_block_len(const uint8_t *at)
{
    return (size_t)at[4] | (size_t)at[5] << 8 | (size_t)at[6] << 16 | (size_t)at[7] << 24;
}
