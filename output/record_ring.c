/* record_ring.c - where a packet goes: to the file, or to the ring of its connection. */
#include "record_internal.h"
#include <stdlib.h>
#include <string.h>

static size_t weight(const struct kept *k)
{
    return sizeof *k + k->size;
}

/* Forget the oldest packet of a connection; that of all is the oldest of its connection too. */
void ring_drop_first(struct record_flow *f)
{
    struct record *r = f->record;
    struct kept *k = f->first;

    f->first = k->next;
    if (!f->first)
        f->last = NULL;
    f->kept_bytes -= weight(k);
    r->kept_bytes -= weight(k);
    *(k->older ? &k->older->newer : &r->first_kept) = k->newer;
    *(k->newer ? &k->newer->older : &r->last_kept) = k->older;
    free(k);
}

/* Room for a block in the ring of `f`; older packets make it.  NULL: too large, or no memory. */
static struct kept *keep(struct record_flow *f, size_t size, uint64_t ts_ns)
{
    struct record *r = f->record;
    struct kept *k;

    if (sizeof *k + size > r->ring)
        return NULL;
    while (f->first && f->kept_bytes + sizeof *k + size > r->ring)
        ring_drop_first(f);
    while (r->first_kept && r->kept_bytes + sizeof *k + size > RECORD_RING_SHARE * r->ring)
        ring_drop_first(r->first_kept->flow);
    k = malloc(sizeof *k + size);
    if (!k)
        return NULL;
    *k = (struct kept){.older = r->last_kept, .flow = f, .size = size, .ts_ns = ts_ns};
    *(r->last_kept ? &r->last_kept->newer : &r->first_kept) = k;
    r->last_kept = k;
    *(f->last ? &f->last->next : &f->first) = k;
    f->last = k;
    f->kept_bytes += weight(k);
    r->kept_bytes += weight(k);
    return k;
}

void flow_dump(struct record_flow *f)
{
    struct record_file *file = &f->record->file;

    while (f->first) {
        const struct kept *k = f->first;
        uint8_t *to = record_file_room(file, k->size, k->ts_ns);

        if (to) {
            memcpy(to, k->block, k->size);
            record_file_add(file, k->size, k->ts_ns);
        }
        ring_drop_first(f);
    }
}

/* ---- a packet ---- */

static void lay(uint8_t *to, size_t size, const struct pcapng_packet *p, bool sum)
{
    pcapng_packet(to, size, p);
    if (sum)
        segment_sum(to + PCAPNG_PACKET_HEAD, (size_t)p->head_len + p->body_len);
}

bool flow_goes_through(struct record *r, struct record_flow *f)
{
    enum through was = f ? f->through : THROUGH_NOT;

    if (was == THROUGH_LAST)
        f->through = THROUGH_NOT;
    return !r->ring || was != THROUGH_NOT;
}

void record_put(struct record *r, struct record_flow *f, const struct pcapng_packet *p, bool sum,
                bool through)
{
    size_t size = pcapng_packet_size(p);
    uint8_t *to;

    if (!through) {
        struct kept *k = f ? keep(f, size, p->ts_ns) : NULL;

        if (k)
            lay(k->block, size, p, sum);
        return;
    }
    to = record_file_room(&r->file, size, p->ts_ns);
    if (to) {
        lay(to, size, p, sum);
        record_file_add(&r->file, size, p->ts_ns);
    }
}
