/* film.h - the packets of some TCP connections, as a capture on the path sees them.
 *
 * Each connection has a clock of its own, so that one script after the other can be played; the
 * packets of all are written in the order of their times.  What the capture did not see is marked
 * before it is written: packets that were lost, ends that were cut off. */
#ifndef GENERATE_FILM_H
#define GENERATE_FILM_H
#include "random.h"
#include "segment.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum side { CLIENT, GATEWAY };

struct packet {
    uint64_t ns;
    size_t at;           /* in the film's bytes */
    uint32_t len, shown; /* bytes on the wire, bytes captured */
    uint32_t n;          /* order of making */
    uint32_t conn;
    uint8_t from; /* enum side */
    bool has_data, lost;
};

struct film {
    struct packet *packets; /* owned, `n_packets` of them */
    size_t n_packets, packets_cap;
    uint8_t *bytes; /* owned */
    size_t len, cap;
};

struct film_side {
    uint32_t address;
    uint16_t port;
    uint32_t seq;    /* of the next byte it sends */
    uint32_t got;    /* sequence number that it expects next */
    uint16_t window; /* 65535, or 0: closed */
    uint16_t ip_id;
    uint64_t last_ns; /* when its last byte of payload left; 0: none did */
};

struct film_conn {
    struct film *film; /* borrowed */
    uint32_t number;
    uint64_t now_ns;     /* its clock */
    uint64_t one_way_ns; /* from one side to the other */
    struct film_side side[2];
};

/* Empties it; the memory is kept. */
void film_clear(struct film *f);
void film_free(struct film *f);

/* One segment now; `n` is at most SEGMENT_MSS. */
void film_segment(struct film_conn *c, enum side from, unsigned flags, const uint8_t *p, size_t n);

/* The same bytes again, of the last `n` that were sent. */
void film_again(struct film_conn *c, enum side from, const uint8_t *p, size_t n);

void film_ack(struct film_conn *c, enum side from);
void film_open(struct film_conn *c);

/* Bytes in as few segments as they need, the other side's acknowledgement a moment later. */
void film_say(struct film_conn *c, enum side from, const uint8_t *p, size_t n);

/* The same without an acknowledgement. */
void film_say_unheard(struct film_conn *c, enum side from, const uint8_t *p, size_t n);

/* A FIN, and its acknowledgement. */
void film_fin(struct film_conn *c, enum side from);
void film_reset(struct film_conn *c, enum side from);

/* The time of the last packet; 0: there is none. */
uint64_t film_end(const struct film *f);

/* The head of a pcap file with times in nanoseconds; then the packets that were not lost. */
void film_write_head(FILE *to);
void film_write(struct film *f, FILE *to);
#endif
