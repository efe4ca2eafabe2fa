#include "capmake.h"
#include <stdlib.h>
#include <string.h>

void cap_raw(struct capmake *c, const void *p, size_t n)
{
    if (n > sizeof c->p - c->n)
        abort();
    if (n > 0)
        memcpy(c->p + c->n, p, n);
    c->n += n;
}

static void number(struct capmake *c, uint32_t v, unsigned bytes)
{
    uint8_t b[4];

    for (unsigned i = 0; i < bytes; i++)
        b[i] = (uint8_t)(v >> 8 * (c->big ? bytes - 1 - i : i));
    cap_raw(c, b, bytes);
}

void cap_u16(struct capmake *c, unsigned v)
{
    number(c, v, 2);
}

void cap_u32(struct capmake *c, uint32_t v)
{
    number(c, v, 4);
}

static void padded(struct capmake *c, const void *p, size_t n)
{
    cap_raw(c, p, n);
    cap_raw(c, "\0\0\0", (4 - n % 4) % 4);
}

void cap_pcap(struct capmake *c, uint32_t magic, uint32_t link)
{
    cap_u32(c, magic);
    cap_u16(c, 2);
    cap_u16(c, 4);
    cap_u32(c, 0);
    cap_u32(c, 0);
    cap_u32(c, 262144);
    cap_u32(c, link);
}

void cap_record(struct capmake *c, uint32_t seconds, uint32_t fraction, const char *data,
                uint32_t len)
{
    cap_u32(c, seconds);
    cap_u32(c, fraction);
    cap_u32(c, (uint32_t)strlen(data));
    cap_u32(c, len);
    cap_raw(c, data, strlen(data));
}

void cap_begin(struct capmake *c, uint32_t type)
{
    c->open = c->n;
    c->is_packet[c->n_ends % 32] = type == 2 || type == 3 || type == 6;
    cap_u32(c, type);
    cap_u32(c, 0);
}

void cap_end(struct capmake *c)
{
    size_t length = c->n + 4 - c->open, end = c->n;

    c->n = c->open + 4;
    cap_u32(c, (uint32_t)length);
    c->n = end;
    cap_u32(c, (uint32_t)length);
    c->ends[c->n_ends++ % 32] = c->n;
}

void cap_option(struct capmake *c, unsigned code, const void *p, size_t n)
{
    cap_u16(c, code);
    cap_u16(c, (unsigned)n);
    padded(c, p, n);
}

void cap_section(struct capmake *c, const char *comment, const char *app)
{
    cap_begin(c, 0x0a0d0d0a);
    cap_u32(c, 0x1a2b3c4d);
    cap_u16(c, 1);
    cap_u16(c, 0);
    cap_u32(c, 0xffffffff);
    cap_u32(c, 0xffffffff);
    if (comment)
        cap_option(c, 1, comment, strlen(comment));
    if (app)
        cap_option(c, 4, app, strlen(app));
    cap_option(c, 0, "", 0);
    cap_end(c);
}

void cap_interface(struct capmake *c, unsigned link, uint32_t snaplen,
                   const struct capmake *options)
{
    cap_begin(c, 1);
    cap_u16(c, link);
    cap_u16(c, 0);
    cap_u32(c, snaplen);
    if (options)
        cap_raw(c, options->p, options->n);
    cap_end(c);
}

void cap_enhanced(struct capmake *c, uint32_t iface, uint64_t ts, const char *data, uint32_t len,
                  const char *comment)
{
    cap_begin(c, 6);
    cap_u32(c, iface);
    cap_u32(c, (uint32_t)(ts >> 32));
    cap_u32(c, (uint32_t)ts);
    cap_u32(c, (uint32_t)strlen(data));
    cap_u32(c, len);
    padded(c, data, strlen(data));
    if (comment) {
        cap_option(c, 2, "\0\0\0", 4); /* flags: an option that is not looked at */
        cap_option(c, 1, comment, strlen(comment));
    }
    cap_end(c);
}

void cap_obsolete(struct capmake *c, unsigned iface, uint64_t ts, const char *data, uint32_t len)
{
    cap_begin(c, 2);
    cap_u16(c, iface);
    cap_u16(c, 7); /* drops */
    cap_u32(c, (uint32_t)(ts >> 32));
    cap_u32(c, (uint32_t)ts);
    cap_u32(c, (uint32_t)strlen(data));
    cap_u32(c, len);
    padded(c, data, strlen(data));
    cap_end(c);
}

void cap_simple(struct capmake *c, const char *data, uint32_t captured, uint32_t len)
{
    cap_begin(c, 3);
    cap_u32(c, len);
    padded(c, data, captured);
    cap_end(c);
}
