#include "annotation.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties: what is read from any bytes is written as a text that is read as the same value and
 * written as the same text; a comment of any bytes comes to its end; any value that is written is
 * read as that value; a text that is cut is the beginning of the whole one.
 *
 * Input: the text, and the same bytes once more to make a value from.  Texts are read from copies
 * of exactly their size, so that a sanitizer sees a read behind the end. */

#define TEXT_MAX 8192u

static void check(bool good)
{
    if (!good)
        abort();
}

/* ---- equal values ---- */

static bool same_text(struct tws_cursor a, struct tws_cursor b)
{
    return a.left == b.left && (a.left == 0 || memcmp(a.p, b.p, a.left) == 0);
}

static bool same_section(const struct tws_section *a, const struct tws_section *b)
{
    for (size_t i = 0; i < a->n_listen && a->n_listen == b->n_listen; i++) {
        if (!same_text(a->listen[i], b->listen[i]))
            return false;
    }
    return a->relay == b->relay && a->masked == b->masked && a->n_listen == b->n_listen &&
           same_text(a->version, b->version) && same_text(a->upstream, b->upstream) &&
           same_text(a->rest, b->rest);
}

static bool same_process(const struct tws_process *a, const struct tws_process *b)
{
    return a->pid == b->pid && a->program == b->program && a->state == b->state &&
           strcmp(a->name, b->name) == 0;
}

static bool same_sockets(const struct tws_kernel *a, const struct tws_kernel *b)
{
    return a->known == b->known && a->upstream_known == b->upstream_known &&
           a->unacked == b->unacked && a->retransmits == b->retransmits &&
           a->total_retrans == b->total_retrans && a->last_ack_ms == b->last_ack_ms &&
           a->last_data_ms == b->last_data_ms && a->unread == b->unread && a->unsent == b->unsent &&
           a->rtt_us == b->rtt_us && a->peer_known == b->peer_known &&
           a->peer_owned == b->peer_owned && a->peer_unread == b->peer_unread &&
           a->queue_known == b->queue_known && a->queue == b->queue && a->backlog == b->backlog;
}

static bool same_recorded(const struct tws_recorded *a, const struct tws_recorded *b)
{
    return a->host_known == b->host_known && same_sockets(&a->kernel, &b->kernel) &&
           same_process(&a->kernel.owner, &b->kernel.owner) &&
           same_process(&a->kernel.idle, &b->kernel.idle) &&
           a->kernel.sibling == b->kernel.sibling && a->kernel.all_seen == b->kernel.all_seen;
}

/* A reason is equal as far as it is written. */
static bool same(const struct tws_annotation *a, const struct tws_annotation *b)
{
    struct tws_cursor reason = a->u.close.reason;

    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case TWS_AN_SECTION:
        return same_section(&a->u.section, &b->u.section);
    case TWS_AN_CLOSE:
        if (reason.left > TWS_ANNOTATION_REASON)
            reason.left = TWS_ANNOTATION_REASON;
        return a->u.close.how == b->u.close.how && same_text(reason, b->u.close.reason) &&
               same_recorded(&a->u.close.recorded, &b->u.close.recorded);
    case TWS_AN_SILENCE:
        return a->u.silence.stage == b->u.silence.stage && a->u.silence.owes == b->u.silence.owes &&
               a->u.silence.waited_ns == b->u.silence.waited_ns &&
               same_recorded(&a->u.silence.recorded, &b->u.silence.recorded);
    case TWS_AN_BLACKED_OUT:
        return a->u.blacked_out.offset == b->u.blacked_out.offset &&
               a->u.blacked_out.length == b->u.blacked_out.length;
    default:
        return true;
    }
}

/* ---- there and back ---- */

static void *copy_of(const void *p, size_t n)
{
    void *copy = malloc(n > 0 ? n : 1);

    check(copy != NULL);
    if (n > 0)
        memcpy(copy, p, n);
    return copy;
}

/* In any room, the beginning of the whole text. */
static void write_cut(const struct tws_annotation *a, const char *whole, size_t n)
{
    for (size_t room = 1; room <= n + 2; room += 1 + n / 16) {
        char *to = malloc(room);
        size_t kept = room - 1 < n ? room - 1 : n;

        check(to != NULL);
        check(tws_annotation_write(a, to, room) == n);
        check(memcmp(to, whole, kept) == 0 && to[kept] == '\0');
        free(to);
    }
}

static void there_and_back(const struct tws_annotation *a)
{
    static char text[TEXT_MAX + 1024], twice[sizeof text];
    size_t n = tws_annotation_write(a, text, sizeof text);
    struct tws_annotation b;
    uint8_t *exact;

    check(n < sizeof text && text[n] == '\0');
    check(a->kind == TWS_AN_SECTION || n < TWS_ANNOTATION_MAX);
    exact = copy_of(text, n);
    check(tws_annotation_read((struct tws_cursor){exact, n}, &b));
    check(same(a, &b));
    check(tws_annotation_write(&b, twice, sizeof twice) == n && memcmp(text, twice, n) == 0);
    write_cut(a, text, n);
    free(exact);
}

static void from_text(const uint8_t *data, size_t size)
{
    uint8_t *exact = copy_of(data, size);
    struct tws_cursor comment = {exact, size};
    struct tws_annotation a;
    size_t left = size;

    if (tws_annotation_read(comment, &a))
        there_and_back(&a);
    while (tws_annotation_next(&comment, &a)) {
        check(comment.left < left);
        left = comment.left;
        there_and_back(&a);
    }
    check(comment.left == 0);
    free(exact);
}

/* ---- any value ---- */

static uint8_t take(struct tws_cursor *from)
{
    uint8_t byte = 0;

    (void)tws_take_u8(from, &byte);
    return byte;
}

static uint32_t take32(struct tws_cursor *from)
{
    uint32_t n = 0;

    if (!tws_take_be32(from, &n))
        n = take(from);
    return n;
}

/* Of letters and what may stand between them; `with`: of this many different characters. */
static struct tws_cursor take_text(struct tws_cursor *from, char *to, size_t most, size_t with)
{
    static const char characters[] = "abcxyzABCXYZ0189._-/:[] ,=+;?\t\xc3\xa9";
    size_t n = take(from) % (most + 1);

    for (size_t i = 0; i < n; i++)
        to[i] = characters[take(from) % with];
    while (n > 0 && to[n - 1] == ';') /* with what is written behind it, it would be a "; " */
        n--;
    for (size_t i = 0; i + 1 < n; i++)
        to[i + 1] = to[i] == ';' && to[i + 1] == ' ' ? '_' : to[i + 1];
    return (struct tws_cursor){(const uint8_t *)to, n};
}

#define IN_NAMES 19u
#define IN_TEXTS 31u

static void take_process(struct tws_cursor *from, struct tws_process *p)
{
    char name[TWS_PROCESS_NAME];
    struct tws_cursor text = take_text(from, name, TWS_PROCESS_NAME - 1, IN_NAMES);

    p->pid = take32(from);
    p->program = take(from) % (TWS_PROGRAM_RELAY + 1);
    p->state = "\0RSDTtZ"[take(from) % 7];
    if (!tws_is_text(text, "-"))
        memcpy(p->name, text.p, text.left);
}

static void take_host(struct tws_cursor *from, struct tws_recorded *r)
{
    r->host_known = take(from) & 1;
    if (!r->host_known)
        return;
    take_process(from, &r->kernel.owner);
    take_process(from, &r->kernel.idle);
    r->kernel.sibling = (uint16_t)take32(from);
    r->kernel.all_seen = take(from) & 1;
}

static void take_sockets(struct tws_cursor *from, struct tws_kernel *k)
{
    k->known = take(from) & 1;
    if (!k->known)
        return;
    k->upstream_known = take(from) & 1;
    k->unacked = take32(from);
    k->retransmits = take32(from);
    k->total_retrans = take32(from);
    k->last_ack_ms = take32(from);
    k->last_data_ms = take32(from);
    k->unread = take32(from);
    k->unsent = take32(from);
    k->rtt_us = take32(from);
    k->peer_known = take(from) & 1;
    if (!k->peer_known)
        return;
    k->peer_owned = take(from) & 1;
    k->peer_unread = take32(from);
    k->backlog = take32(from);
    k->queue_known = k->backlog > 0;
    k->queue = k->queue_known ? take32(from) : 0;
}

static void take_section(struct tws_cursor *from, struct tws_section *s,
                         char texts[TWS_ANNOTATION_LISTENS + 3][64])
{
    s->relay = take(from) & 1;
    s->masked = take(from) & 1;
    s->version = take_text(from, texts[0], 63, IN_TEXTS);
    s->upstream = take_text(from, texts[1], 63, IN_TEXTS);
    s->n_listen = take(from) % (TWS_ANNOTATION_LISTENS + 1);
    for (size_t i = 0; i < s->n_listen; i++) {
        s->listen[i] = take_text(from, texts[i + 3], 63, IN_TEXTS);
        if (s->listen[i].left == 0)
            s->listen[i] = tws_text_of("a:1");
    }
    s->rest = take_text(from, texts[2], 63, IN_TEXTS);
}

static void from_value(struct tws_cursor data)
{
    struct tws_annotation a = {.kind = TWS_AN_SECTION + take(&data) % (TWS_AN_KINDS - 1)};
    char texts[TWS_ANNOTATION_LISTENS + 3][64], reason[2 * TWS_ANNOTATION_REASON];

    switch (a.kind) {
    case TWS_AN_SECTION:
        take_section(&data, &a.u.section, texts);
        break;
    case TWS_AN_CLOSE:
        a.u.close.how = (enum tws_ending)(TWS_FIN + take(&data) % TWS_UNREACHABLE);
        a.u.close.reason = take_text(&data, reason, sizeof reason, IN_TEXTS);
        take_host(&data, &a.u.close.recorded);
        break;
    case TWS_AN_SILENCE:
        a.u.silence.stage = (enum tws_trouble)(1 + take(&data) % (TWS_TROUBLES - 1));
        a.u.silence.owes = (enum tws_side)(take(&data) % (TWS_NETWORK + 1));
        a.u.silence.waited_ns = (uint64_t)take32(&data) * 1000000;
        take_sockets(&data, &a.u.silence.recorded.kernel);
        take_host(&data, &a.u.silence.recorded);
        break;
    case TWS_AN_BLACKED_OUT:
        a.u.blacked_out.offset = take32(&data);
        a.u.blacked_out.length = take32(&data);
        break;
    default:
        break;
    }
    there_and_back(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_MAX)
        return 0;
    from_text(data, size);
    from_value((struct tws_cursor){data, size});
    return 0;
}
