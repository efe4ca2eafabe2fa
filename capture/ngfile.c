#include "ngfile.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTION_HEADER 0x0a0d0d0au /* reads the same in both byte orders */
#define ORDER_MAGIC    0x1a2b3c4du
#define BLOCK_HEAD     8u  /* type and length */
#define BLOCK_FRAME    12u /* and the length again at its end */
#define SECOND_NS      1000000000ull

struct ngfile_interface {
    uint16_t link;
    uint8_t resolution; /* if_tsresol: 10^-n seconds, or 2^-n with the top bit set */
    int64_t offset;     /* if_tsoffset, seconds */
    uint32_t snaplen;   /* 0: none */
};

void ngfile_init(struct ngfile *f)
{
    *f = (struct ngfile){0};
}

void ngfile_free(struct ngfile *f)
{
    free(f->interfaces);
    f->interfaces = NULL;
    f->n_interfaces = f->room = 0;
}

/* --- options --- */

struct option {
    uint16_t code, len;
    const uint8_t *value;
};

/* The next option of a block.  One that does not fit ends them: what they say is never needed to
 * find the next block. */
static bool take_option(const struct parse *f, struct tws_cursor *in, struct option *out)
{
    const uint8_t *head;
    size_t padded;

    if (!tws_take(in, 4, &head))
        return false;
    out->code = parse_u16(f, head);
    out->len = parse_u16(f, head + 2);
    padded = ((size_t)out->len + 3) & ~(size_t)3;
    return out->code != 0 && tws_take(in, padded, &out->value);
}

/* Append the option's text, as much as fits, on a line of its own; never half a UTF-8 sequence. */
static void add_text(char *to, size_t size, const struct option *o)
{
    size_t at = strlen(to), n = o->len;

    if (at > 0 && at + 1 < size)
        to[at++] = '\n';
    if (n > size - 1 - at) {
        n = size - 1 - at;
        while (n > 0 && (o->value[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(to + at, o->value, n);
    to[at + n] = '\0';
}

static void set_text(char *to, size_t size, const struct option *o)
{
    if (to[0] == '\0')
        add_text(to, size, o);
}

/* --- time --- */

static uint64_t power_of_10(unsigned n)
{
    static const uint64_t powers[] = {
        1u,
        10u,
        100u,
        1000u,
        10000u,
        100000u,
        1000000u,
        10000000u,
        100000000u,
        1000000000u,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };

    return n < sizeof powers / sizeof powers[0] ? powers[n] : 0;
}

static void decimal_time(uint64_t ts, unsigned n, uint64_t *seconds, uint64_t *ns)
{
    uint64_t unit = power_of_10(n), fraction = unit ? ts % unit : ts;

    *seconds = unit ? ts / unit : 0;
    if (n <= 9)
        *ns = fraction * power_of_10(9 - n);
    else
        *ns = power_of_10(n - 9) ? fraction / power_of_10(n - 9) : 0;
}

#define EXACT 34u /* bits of a fraction whose product with 10^9 fits in 64 */

static void binary_time(uint64_t ts, unsigned n, uint64_t *seconds, uint64_t *ns)
{
    uint64_t fraction = n < 64 ? ts & (((uint64_t)1 << n) - 1) : ts;

    *seconds = n < 64 ? ts >> n : 0;
    if (n > EXACT) {
        fraction = n - EXACT < 64 ? fraction >> (n - EXACT) : 0;
        n = EXACT;
    }
    *ns = fraction * SECOND_NS >> n;
}

static uint64_t time_of(const struct ngfile_interface *i, uint64_t ts)
{
    uint64_t seconds, ns;
    int64_t offset = i->offset;

    if (i->resolution & 0x80)
        binary_time(ts, i->resolution & 0x7f, &seconds, &ns);
    else
        decimal_time(ts, i->resolution, &seconds, &ns);
    if (offset > 0 && seconds > (uint64_t)INT64_MAX - (uint64_t)offset)
        return TWS_NEVER;
    if (seconds > (uint64_t)INT64_MAX)
        seconds = (uint64_t)INT64_MAX;
    return parse_time((int64_t)seconds + offset, ns);
}

/* --- blocks --- */

/* What is in a block, without its frame: `body` is at least as long as its row says. */
typedef enum parse_status (*reader)(struct ngfile *f, struct tws_cursor body, struct packet *out);

static enum parse_status read_section(struct ngfile *f, struct tws_cursor body, struct packet *out)
{
    unsigned major = parse_u16(&f->parse, body.p + 4), minor = parse_u16(&f->parse, body.p + 6);
    struct option o;
    bool first = !f->begun;

    (void)out;
    if (major != 1 || (minor != 0 && minor != 2))
        return parse_broken(&f->parse, "pcapng version %u.%u is not supported", major, minor);
    f->base += f->n_interfaces;
    f->n_interfaces = 0;
    f->begun = true;
    body = (struct tws_cursor){body.p + 16, body.left - 16};
    while (first && take_option(&f->parse, &body, &o)) {
        if (o.code == 1)
            add_text(f->about.comment, sizeof f->about.comment, &o);
        else if (o.code == 4)
            set_text(f->about.app, sizeof f->about.app, &o);
    }
    return PARSE_STEP;
}

static struct ngfile_interface *new_interface(struct ngfile *f)
{
    struct ngfile_interface *grown;
    uint32_t room;

    if (f->n_interfaces == f->room) {
        room = f->room ? f->room * 2 : 4;
        grown = realloc(f->interfaces, room * sizeof *grown);
        if (!grown)
            return NULL;
        f->interfaces = grown;
        f->room = room;
    }
    return &f->interfaces[f->n_interfaces++];
}

static int64_t option_seconds(const struct parse *f, const struct option *o)
{
    uint64_t first = parse_u32(f, o->value), second = parse_u32(f, o->value + 4);
    uint64_t bits = f->big ? first << 32 | second : second << 32 | first;

    return bits > (uint64_t)INT64_MAX ? -(int64_t)(UINT64_MAX - bits) - 1 : (int64_t)bits;
}

static enum parse_status read_interface(struct ngfile *f, struct tws_cursor body,
                                        struct packet *out)
{
    struct ngfile_interface *i;
    struct option o;

    (void)out;
    if (f->n_interfaces == NGFILE_INTERFACES_MAX)
        return parse_broken(&f->parse, "more than %u interfaces in one section",
                            NGFILE_INTERFACES_MAX);
    i = new_interface(f);
    if (!i)
        return parse_broken(&f->parse, "out of memory for its interfaces");
    *i = (struct ngfile_interface){.link = parse_u16(&f->parse, body.p),
                                   .resolution = 6,
                                   .snaplen = parse_u32(&f->parse, body.p + 4)};
    body = (struct tws_cursor){body.p + 8, body.left - 8};
    while (take_option(&f->parse, &body, &o)) {
        if (o.code == 2 && f->base == 0 && f->n_interfaces == 1)
            set_text(f->about.iface, sizeof f->about.iface, &o);
        else if (o.code == 9 && o.len == 1)
            i->resolution = o.value[0];
        else if (o.code == 14 && o.len == 8)
            i->offset = option_seconds(&f->parse, &o);
    }
    return PARSE_STEP;
}

static const char *comment_of(struct ngfile *f, struct tws_cursor options)
{
    struct option o;

    f->comment[0] = '\0';
    while (take_option(&f->parse, &options, &o)) {
        if (o.code == 1)
            add_text(f->comment, sizeof f->comment, &o);
    }
    return f->comment[0] != '\0' ? f->comment : NULL;
}

/* A packet of interface `n`: `rest` begins with its bytes.  Its time is set by the caller. */
static enum parse_status packet(struct ngfile *f, uint32_t n, uint32_t captured, uint32_t len,
                                struct tws_cursor rest, struct packet *out)
{
    size_t padded = ((size_t)captured + 3) & ~(size_t)3;
    const uint8_t *bytes;

    if (n >= f->n_interfaces)
        return parse_broken(&f->parse,
                            "a packet of interface %" PRIu32 ", of %" PRIu32 " described", n,
                            f->n_interfaces);
    if (!tws_take(&rest, padded, &bytes))
        return parse_broken(&f->parse, "a packet of %" PRIu32 " bytes in a block too small for it",
                            captured);
    *out = (struct packet){.bytes = bytes,
                           .captured = captured,
                           .len = len > captured ? len : captured,
                           .link = f->interfaces[n].link,
                           .iface = f->base + n,
                           .comment = rest.left > 0 ? comment_of(f, rest) : NULL};
    return PARSE_PACKET;
}

/* The Enhanced Packet Block and the obsolete Packet Block differ in their first four bytes only. */
static enum parse_status timed(struct ngfile *f, uint32_t n, struct tws_cursor body,
                               struct packet *out)
{
    uint64_t high = parse_u32(&f->parse, body.p + 4), low = parse_u32(&f->parse, body.p + 8);
    struct tws_cursor rest = {body.p + 20, body.left - 20};
    enum parse_status status = packet(f, n, parse_u32(&f->parse, body.p + 12),
                                      parse_u32(&f->parse, body.p + 16), rest, out);

    if (status != PARSE_PACKET)
        return status;
    out->ts_ns = time_of(&f->interfaces[n], high << 32 | low);
    if (out->ts_ns == TWS_NEVER) /* all that follows would be at no time, too */
        return parse_broken(&f->parse, "a packet whose time is after the year 2262");
    return PARSE_PACKET;
}

static enum parse_status read_enhanced(struct ngfile *f, struct tws_cursor body, struct packet *out)
{
    return timed(f, parse_u32(&f->parse, body.p), body, out);
}

static enum parse_status read_obsolete(struct ngfile *f, struct tws_cursor body, struct packet *out)
{
    return timed(f, parse_u16(&f->parse, body.p), body, out);
}

static enum parse_status read_simple(struct ngfile *f, struct tws_cursor body, struct packet *out)
{
    uint32_t len = parse_u32(&f->parse, body.p), captured = len;
    uint32_t snaplen = f->n_interfaces > 0 ? f->interfaces[0].snaplen : 0;
    struct tws_cursor rest = {body.p + 4, body.left - 4};
    enum parse_status status;

    if (snaplen != 0 && captured > snaplen)
        captured = snaplen;
    status = packet(f, 0, captured, len, rest, out);
    if (status != PARSE_PACKET)
        return status;
    out->comment = NULL; /* it has no options: what is left over is not one */
    out->ts_ns = f->parse.last_ns;
    return PARSE_PACKET;
}

/* Blocks that are read; all others are stepped over.  least: bytes of a body. */
static const struct row {
    uint32_t type;
    uint32_t least;
    const char *name;
    reader read;
} rows[] = {
    {SECTION_HEADER, 16, "section header", read_section},
    {1, 8, "interface description", read_interface},
    {2, 20, "packet", read_obsolete},
    {3, 4, "simple packet", read_simple},
    {6, 20, "enhanced packet", read_enhanced},
};

static const struct row *row_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type == type)
            return &rows[i];
    }
    return NULL;
}

/* The length at the end of a block must be that at its front, or one of the two is not a length. */
static enum parse_status end_block(struct ngfile *f, const uint8_t *trailer, uint32_t length)
{
    uint32_t again = parse_u32(&f->parse, trailer);

    if (again != length)
        return parse_broken(&f->parse,
                            "a block of %" PRIu32 " bytes at its front, and %" PRIu32 " at its end",
                            length, again);
    return PARSE_STEP;
}

/* Within a block that is stepped over: as much of it as is there. */
static enum parse_status step_over(struct ngfile *f, struct tws_cursor *in)
{
    size_t n = f->skip < in->left ? (size_t)f->skip : in->left;

    parse_use(&f->parse, in, n);
    f->skip -= n;
    if (!parse_has(&f->parse, in, f->skip > 0 ? 1 : 4))
        return PARSE_MORE;
    if (end_block(f, in->p, f->trailer) == PARSE_BROKEN)
        return PARSE_BROKEN;
    parse_use(&f->parse, in, 4);
    f->trailer = 0;
    return PARSE_STEP;
}

/* A section header says in which byte order it and what follows is written. */
static enum parse_status take_order(struct ngfile *f, const uint8_t *magic)
{
    f->parse.big = false;
    if (parse_u32(&f->parse, magic) == ORDER_MAGIC)
        return PARSE_STEP;
    f->parse.big = true;
    if (parse_u32(&f->parse, magic) == ORDER_MAGIC)
        return PARSE_STEP;
    return parse_broken(&f->parse, "a section header without a byte order");
}

static enum parse_status begin_step_over(struct ngfile *f, struct tws_cursor *in, uint32_t type,
                                         uint32_t length)
{
    if (length > NGFILE_BLOCK_MAX)
        return parse_broken(
            &f->parse, "a block of type 0x%" PRIx32 " and %" PRIu32 " bytes; at most %u are read",
            type, length, NGFILE_BLOCK_MAX);
    parse_use(&f->parse, in, BLOCK_HEAD);
    f->skip = length - BLOCK_FRAME;
    f->trailer = length;
    return step_over(f, in);
}

static enum parse_status read_block(struct ngfile *f, struct tws_cursor *in, const struct row *row,
                                    uint32_t length, struct packet *out)
{
    struct tws_cursor body = {in->p + BLOCK_HEAD, length - BLOCK_FRAME};
    enum parse_status status;

    if (length > PARSE_WHOLE_MAX || body.left < row->least)
        return parse_broken(&f->parse, "%s block of %" PRIu32 " bytes; %u to %u are read",
                            row->name, length, row->least + BLOCK_FRAME, PARSE_WHOLE_MAX);
    if (!parse_has(&f->parse, in, length))
        return PARSE_MORE;
    if (end_block(f, in->p + length - 4, length) == PARSE_BROKEN)
        return PARSE_BROKEN;
    status = row->read(f, body, out);
    if (status == PARSE_BROKEN)
        return status;
    if (status == PARSE_PACKET) {
        f->parse.packets++;
        f->parse.last_ns = out->ts_ns;
    }
    parse_use(&f->parse, in, length);
    return status;
}

enum parse_status ngfile_next(struct ngfile *f, struct tws_cursor *in, struct packet *out)
{
    uint32_t type, length;
    const struct row *row;

    if (f->trailer != 0)
        return step_over(f, in);
    f->parse.start = f->parse.offset;
    if (!parse_has(&f->parse, in, BLOCK_FRAME))
        return PARSE_MORE;
    type = parse_u32(&f->parse, in->p);
    if (type == SECTION_HEADER && take_order(f, in->p + BLOCK_HEAD) == PARSE_BROKEN)
        return PARSE_BROKEN;
    if (type != SECTION_HEADER && !f->begun)
        return parse_broken(&f->parse, "a block before the first section header");
    length = parse_u32(&f->parse, in->p + 4);
    if (length < BLOCK_FRAME || length % 4 != 0)
        return parse_broken(&f->parse, "a block cannot have %" PRIu32 " bytes", length);
    row = row_of(type);
    return row ? read_block(f, in, row, length, out) : begin_step_over(f, in, type, length);
}

bool ngfile_is_whole(const struct ngfile *f, size_t left)
{
    return left == 0 && f->trailer == 0;
}
