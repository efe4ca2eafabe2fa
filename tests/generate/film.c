/* film.c - packets of TCP connections, kept and written in the order of their times. */
#include "film.h"
#include <stdlib.h>
#include <string.h>

static void *need(void *p)
{
    if (!p) {
        fputs("generate: no memory\n", stderr);
        exit(1);
    }
    return p;
}

void film_clear(struct film *f)
{
    f->n_packets = 0;
    f->len = 0;
}

void film_free(struct film *f)
{
    free(f->packets);
    free(f->bytes);
    *f = (struct film){0};
}

static uint8_t *room(struct film *f)
{
    if (f->n_packets == f->packets_cap) {
        f->packets_cap = f->packets_cap ? 2 * f->packets_cap : 256;
        f->packets = need(realloc(f->packets, f->packets_cap * sizeof *f->packets));
    }
    if (f->cap - f->len < SEGMENT_MAX) {
        f->cap = f->cap ? 2 * f->cap : 65536;
        f->bytes = need(realloc(f->bytes, f->cap));
    }
    return f->bytes + f->len;
}

static void put(struct film_conn *c, enum side from, unsigned flags, uint32_t seq, const uint8_t *p,
                size_t n)
{
    struct film *f = c->film;
    struct film_side *me = &c->side[from], *other = &c->side[!from];
    struct segment s = {
        .from = me->address,
        .to = other->address,
        .from_port = me->port,
        .to_port = other->port,
        .ip_id = me->ip_id++,
        .flags = (uint8_t)flags,
        .seq = seq,
        .ack = flags & SEGMENT_ACK ? me->got : 0,
        .window = me->window,
        .ts_value = (uint32_t)(c->now_ns / MS),
        .ts_echo = (uint32_t)((c->now_ns - c->one_way_ns) / MS),
        .payload = p,
        .len = n,
    };
    uint8_t *to = room(f);
    size_t len = segment_build(&s, to);

    f->packets[f->n_packets] = (struct packet){
        .ns = c->now_ns,
        .at = f->len,
        .len = (uint32_t)len,
        .shown = (uint32_t)len,
        .n = (uint32_t)f->n_packets,
        .conn = c->number,
        .from = (uint8_t)from,
        .has_data = n > 0,
    };
    f->n_packets++;
    f->len += len;
    c->now_ns += 10000; /* two packets never have one time */
}

void film_segment(struct film_conn *c, enum side from, unsigned flags, const uint8_t *p, size_t n)
{
    struct film_side *me = &c->side[from];

    if (n > 0)
        me->last_ns = c->now_ns;
    put(c, from, flags, me->seq, p, n);
    me->seq += (uint32_t)n + (flags & (SEGMENT_SYN | SEGMENT_FIN) ? 1 : 0);
}

void film_again(struct film_conn *c, enum side from, const uint8_t *p, size_t n)
{
    put(c, from, SEGMENT_ACK | SEGMENT_PSH, c->side[from].seq - (uint32_t)n, p, n);
}

static const uint8_t nothing[1];

/* The other side has received all that was sent. */
static void arrives(struct film_conn *c, enum side from)
{
    c->now_ns += c->one_way_ns;
    c->side[!from].got = c->side[from].seq;
}

void film_ack(struct film_conn *c, enum side from)
{
    put(c, from, SEGMENT_ACK, c->side[from].seq, nothing, 0);
}

void film_open(struct film_conn *c)
{
    film_segment(c, CLIENT, SEGMENT_SYN, nothing, 0);
    arrives(c, CLIENT);
    film_segment(c, GATEWAY, SEGMENT_SYN | SEGMENT_ACK, nothing, 0);
    arrives(c, GATEWAY);
    film_ack(c, CLIENT);
}

void film_say_unheard(struct film_conn *c, enum side from, const uint8_t *p, size_t n)
{
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < SEGMENT_MSS ? n - at : SEGMENT_MSS;
        film_segment(c, from, SEGMENT_ACK | SEGMENT_PSH, p + at, part);
    }
}

void film_say(struct film_conn *c, enum side from, const uint8_t *p, size_t n)
{
    film_say_unheard(c, from, p, n);
    arrives(c, from);
    film_ack(c, !from);
}

void film_fin(struct film_conn *c, enum side from)
{
    film_segment(c, from, SEGMENT_FIN | SEGMENT_ACK, nothing, 0);
    arrives(c, from);
    film_ack(c, !from);
}

void film_reset(struct film_conn *c, enum side from)
{
    film_segment(c, from, SEGMENT_RST | SEGMENT_ACK, nothing, 0);
}

uint64_t film_end(const struct film *f)
{
    uint64_t last = 0;

    for (size_t i = 0; i < f->n_packets; i++)
        if (f->packets[i].ns > last)
            last = f->packets[i].ns;
    return last;
}

static int in_time(const void *a, const void *b)
{
    const struct packet *x = a, *y = b;

    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return x->n < y->n ? -1 : 1;
}

static void write_all(const void *p, size_t n, FILE *to)
{
    if (fwrite(p, 1, n, to) != n) {
        perror("generate");
        exit(1);
    }
}

void film_write_head(FILE *to)
{
    static const uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};

    write_all(head, sizeof head, to);
}

void film_write(struct film *f, FILE *to)
{
    qsort(f->packets, f->n_packets, sizeof *f->packets, in_time);
    for (size_t i = 0; i < f->n_packets; i++) {
        const struct packet *p = &f->packets[i];
        const uint32_t head[4] = {(uint32_t)(p->ns / SEC), (uint32_t)(p->ns % SEC), p->shown,
                                  p->len};

        if (p->lost)
            continue;
        write_all(head, sizeof head, to);
        write_all(f->bytes + p->at, p->shown, to);
    }
}
