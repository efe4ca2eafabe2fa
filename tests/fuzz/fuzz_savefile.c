#include "savefile.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: packets lie within the bytes and follow each other, at times that exist; each step
 * uses bytes, or asks for more than there are, or gives up for good; any cutting gives the same
 * packets, and the same end.
 */

struct tally {
    uint64_t digest;
    uint64_t packets;
    bool broken, whole;
};

static void mix(struct tally *t, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        t->digest = (t->digest ^ b[i]) * 0x100000001b3u;
}

static void add(struct tally *t, const struct packet *p, const uint8_t *from, const uint8_t *to)
{
    uint32_t numbers[4] = {p->captured, p->len, (uint32_t)p->link, p->iface};

    if (p->bytes < from || p->bytes > to || (size_t)(to - p->bytes) < p->captured ||
        p->captured > p->len || p->captured > PARSE_WHOLE_MAX || p->ts_ns > TWS_TIME_LAST)
        abort();
    mix(t, &p->ts_ns, sizeof p->ts_ns);
    mix(t, numbers, sizeof numbers);
    mix(t, p->bytes, p->captured);
    if (p->comment && strlen(p->comment) >= NGFILE_COMMENT_MAX)
        abort();
    if (p->comment)
        mix(t, p->comment, strlen(p->comment));
    t->packets++;
}

/* Show it `shown` bytes more each time that it asks; 0: all at once. */
static struct tally run(const uint8_t *p, size_t n, size_t shown)
{
    struct tally t = {.digest = 0xcbf29ce484222325u};
    struct tws_cursor in = {p, shown == 0 ? n : 0};
    enum parse_status status = PARSE_STEP;
    struct savefile f;

    savefile_init(&f);
    while (status != PARSE_BROKEN) {
        size_t rest = n - (size_t)(in.p - p) - in.left;
        const uint8_t *before = in.p;
        bool begun = f.begun, known = f.kind != SAVEFILE_UNKNOWN;
        struct packet out;

        status = savefile_next(&f, &in, &out);
        if (in.p < before || (size_t)(in.p - p) + in.left + rest != n)
            abort();
        if (status == PARSE_PACKET)
            add(&t, &out, before, in.p);
        if ((status == PARSE_PACKET || status == PARSE_STEP) && in.p == before &&
            begun == f.begun && known == (f.kind != SAVEFILE_UNKNOWN))
            abort(); /* no progress */
        if (status == PARSE_MORE && (savefile_parse(&f)->want <= in.left ||
                                     savefile_parse(&f)->want > PARSE_WHOLE_MAX + PARSE_HEAD_MAX))
            abort();
        if (status == PARSE_MORE && rest == 0)
            break;
        if (status == PARSE_MORE)
            in.left += rest < shown || shown == 0 ? rest : shown;
    }
    t.broken = status == PARSE_BROKEN;
    t.whole = savefile_is_whole(&f, in.left);
    if (t.packets != savefile_parse(&f)->packets || (t.broken && !savefile_parse(&f)->why[0]))
        abort();
    savefile_free(&f);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tally whole, one, some;

    if (size < 1)
        return 0;
    whole = run(data + 1, size - 1, 0);
    one = run(data + 1, size - 1, 1);
    some = run(data + 1, size - 1, data[0] + 1u);
    if (whole.digest != one.digest || whole.digest != some.digest || whole.broken != one.broken ||
        whole.broken != some.broken ||
        (!whole.broken && (whole.whole != one.whole || whole.whole != some.whole)))
        abort();
    return 0;
}
