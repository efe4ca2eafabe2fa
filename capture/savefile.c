#include "savefile.h"
#include <inttypes.h>
#include <string.h>

#define FILE_HEAD   24u
#define PACKET_HEAD 16u

void savefile_init(struct savefile *f)
{
    *f = (struct savefile){0};
    ngfile_init(&f->ng);
}

void savefile_free(struct savefile *f)
{
    ngfile_free(&f->ng);
}

const struct parse *savefile_parse(const struct savefile *f)
{
    return f->kind == SAVEFILE_PCAPNG ? &f->ng.parse : &f->parse;
}

/* --- what the first bytes say --- */

#define UNPACK(how)                                                                                \
    "compressed with " how ": unpack it first, or pipe it: " how " -dc FILE | twstap read -"

/* `is`: what it is instead, where it is not a capture that we read. */
static const struct magic {
    uint8_t bytes[4];
    uint8_t len;
    enum savefile_kind kind;
    bool big;
    uint32_t second;
    const char *is;
} magics[] = {
    {{0xd4, 0xc3, 0xb2, 0xa1}, 4, SAVEFILE_PCAP, false, 1000000, NULL},
    {{0xa1, 0xb2, 0xc3, 0xd4}, 4, SAVEFILE_PCAP, true, 1000000, NULL},
    {{0x4d, 0x3c, 0xb2, 0xa1}, 4, SAVEFILE_PCAP, false, 1000000000, NULL},
    {{0xa1, 0xb2, 0x3c, 0x4d}, 4, SAVEFILE_PCAP, true, 1000000000, NULL},
    {{0x0a, 0x0d, 0x0d, 0x0a}, 4, SAVEFILE_PCAPNG, false, 0, NULL},
    {{0x34, 0xcd, 0xb2, 0xa1},
     4,
     SAVEFILE_UNKNOWN,
     false,
     0,
     "Kuznetzov's modified pcap: convert it with editcap"},
    {{0xa1, 0xb2, 0xcd, 0x34},
     4,
     SAVEFILE_UNKNOWN,
     false,
     0,
     "Kuznetzov's modified pcap: convert it with editcap"},
    {{'s', 'n', 'o', 'o'},
     4,
     SAVEFILE_UNKNOWN,
     false,
     0,
     "a snoop capture: convert it with editcap"},
    {{'G', 'M', 'B', 'U'},
     4,
     SAVEFILE_UNKNOWN,
     false,
     0,
     "a Network Monitor capture: convert it with editcap"},
    {{0x1f, 0x8b}, 2, SAVEFILE_UNKNOWN, false, 0, UNPACK("gzip")},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, SAVEFILE_UNKNOWN, false, 0, UNPACK("zstd")},
    {{0xfd, '7', 'z', 'X'}, 4, SAVEFILE_UNKNOWN, false, 0, UNPACK("xz")},
    {{'B', 'Z', 'h'}, 3, SAVEFILE_UNKNOWN, false, 0, UNPACK("bzip2")},
    {{0x04, 0x22, 0x4d, 0x18}, 4, SAVEFILE_UNKNOWN, false, 0, UNPACK("lz4")},
};

static const struct magic *magic_of(const uint8_t *p)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (memcmp(p, magics[i].bytes, magics[i].len) == 0)
            return &magics[i];
    }
    return NULL;
}

static enum parse_status take_kind(struct savefile *f, const struct tws_cursor *in)
{
    const struct magic *m;

    if (!parse_has(&f->parse, in, 4))
        return PARSE_MORE;
    m = magic_of(in->p);
    if (!m)
        return parse_broken(
            &f->parse,
            "not a capture: it begins with %02x %02x %02x %02x, as neither pcap nor pcapng does",
            in->p[0], in->p[1], in->p[2], in->p[3]);
    if (m->is)
        return parse_broken(&f->parse, "%s", m->is);
    f->kind = m->kind;
    f->parse.big = m->big;
    f->second = m->second;
    return PARSE_STEP;
}

/* --- pcap --- */

static enum parse_status pcap_header(struct savefile *f, struct tws_cursor *in)
{
    unsigned major, minor;

    if (!parse_has(&f->parse, in, FILE_HEAD))
        return PARSE_MORE;
    major = parse_u16(&f->parse, in->p + 4);
    minor = parse_u16(&f->parse, in->p + 6);
    /* Before 2.4 the two lengths of a packet stood in either order. */
    if (major != 2 || minor != 4)
        return parse_broken(&f->parse, "pcap version %u.%u is not supported", major, minor);
    f->link = (int)(parse_u32(&f->parse, in->p + 20) & 0xffff); /* above: length of the FCS */
    f->begun = true;
    parse_use(&f->parse, in, FILE_HEAD);
    return PARSE_STEP;
}

/* What a crash of the writer's machine leaves behind: room for packets, and nothing in it. */
static bool is_blank(const uint8_t *head)
{
    static const uint8_t blank[PACKET_HEAD];

    return memcmp(head, blank, sizeof blank) == 0;
}

static enum parse_status pcap_packet(struct savefile *f, struct tws_cursor *in, struct packet *out)
{
    const uint8_t *head = in->p;
    uint32_t captured, len;
    uint64_t fraction;

    f->parse.start = f->parse.offset;
    if (!parse_has(&f->parse, in, PACKET_HEAD))
        return PARSE_MORE;
    captured = parse_u32(&f->parse, head + 8);
    len = parse_u32(&f->parse, head + 12);
    if (captured > PARSE_WHOLE_MAX)
        return parse_broken(&f->parse, "a packet of %" PRIu32 " bytes; at most %u are read",
                            captured, PARSE_WHOLE_MAX);
    if (is_blank(head))
        return parse_broken(&f->parse, "zeros where a packet should begin");
    if (!parse_has(&f->parse, in, PACKET_HEAD + captured))
        return PARSE_MORE;
    fraction = parse_u32(&f->parse, head + 4);
    *out = (struct packet){
        .ts_ns = parse_time(parse_u32(&f->parse, head), fraction * (1000000000u / f->second)),
        .bytes = head + PACKET_HEAD,
        .captured = captured,
        .len = len > captured ? len : captured,
        .link = f->link,
    };
    f->parse.packets++;
    f->parse.last_ns = out->ts_ns;
    parse_use(&f->parse, in, PACKET_HEAD + captured);
    return PARSE_PACKET;
}

/* --- either --- */

enum parse_status savefile_next(struct savefile *f, struct tws_cursor *in, struct packet *out)
{
    enum parse_status status = PARSE_BROKEN;

    switch (f->kind) {
    case SAVEFILE_UNKNOWN:
        return take_kind(f, in);
    case SAVEFILE_PCAP:
        return f->begun ? pcap_packet(f, in, out) : pcap_header(f, in);
    case SAVEFILE_PCAPNG:
        status = ngfile_next(&f->ng, in, out);
        f->begun = f->ng.begun;
        break;
    }
    return status;
}

bool savefile_is_whole(const struct savefile *f, size_t left)
{
    return f->kind == SAVEFILE_PCAPNG ? ngfile_is_whole(&f->ng, left) : left == 0;
}
