/* annotation.c - the annotations of a recording, each with its writer beside its reader. */
#include "annotation.h"
#include <stdarg.h>
#include <stdio.h>

#define PART    "; "            /* between the parts of an annotation */
#define HOST    "host "         /* begins the part of what the host's processes showed */
#define KERNEL  "kernel "       /* begins the part of what the kernel's sockets showed */
#define BLACKED "blacked out: " /* begins the one annotation that stands behind others */

enum { WAITED_DIGITS = 3, NS_PER_MS = 1000000, MS_PER_S = 1000 };

/* ---- text ---- */

/* A text that is being written: `n` bytes are wanted, the first size - 1 of which are there. */
struct text {
    char *to;
    size_t size, n;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    size_t at = t->n < t->size ? t->n : t->size - 1;
    va_list values;
    int n;

    va_start(values, format);
    n = vsnprintf(t->to + at, t->size - at, format, values);
    va_end(values);
    t->n += n > 0 ? (size_t)n : 0;
}

static void add_bytes(struct text *t, struct tws_cursor bytes)
{
    size_t at = t->n < t->size ? t->n : t->size - 1, room = t->size - 1 - at;
    size_t n = bytes.left < room ? bytes.left : room;

    if (n > 0)
        memcpy(t->to + at, bytes.p, n);
    t->to[at + n] = '\0';
    t->n += bytes.left;
}

/* Step over `word`, with which the text may begin. */
static bool step_over(struct tws_cursor *text, const char *word)
{
    size_t n = strlen(word);

    if (text->left < n || memcmp(text->p, word, n) != 0)
        return false;
    text->p += n;
    text->left -= n;
    return true;
}

/* Take what stands before the next `by`, or everything, and step over both.  False: there is
 * nothing. */
static bool take_until(struct tws_cursor *text, const char *by, struct tws_cursor *piece)
{
    const uint8_t *at;

    if (text->left == 0)
        return false;
    at = memmem(text->p, text->left, by, strlen(by));
    *piece = (struct tws_cursor){text->p, at ? (size_t)(at - text->p) : text->left};
    text->p += piece->left;
    text->left -= piece->left;
    (void)step_over(text, by);
    return true;
}

/* A decimal number of digits alone. */
static bool read_number(struct tws_cursor text, uint64_t most, uint64_t *out)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.left; i++) {
        uint64_t digit = (uint64_t)text.p[i] - '0';

        if (digit > 9 || digit > most || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return text.left > 0;
}

/* ---- names ---- */

static const char *trouble_name(unsigned n)
{
    return tws_trouble_name((enum tws_trouble)n);
}

static const char *side_name(unsigned n)
{
    return tws_side_name((enum tws_side)n);
}

static const char *ending_name(unsigned n)
{
    return tws_ending_name((enum tws_ending)n);
}

static const char *program_name(unsigned n)
{
    return tws_program_name((enum tws_program)n);
}

/* Which of the numbers from `first` to `last` has this name? */
static bool read_name(struct tws_cursor text, const char *(*name)(unsigned), unsigned first,
                      unsigned last, unsigned *out)
{
    for (unsigned i = first; i <= last; i++) {
        if (!tws_is_text(text, name(i)))
            continue;
        *out = i;
        return true;
    }
    return false;
}

/* ---- values of members ---- */

static void write_flag(struct text *t, const void *from)
{
    add(t, "%d", *(const bool *)from);
}

static bool read_flag(struct tws_cursor text, void *to)
{
    uint64_t n;

    if (!read_number(text, 1, &n))
        return false;
    *(bool *)to = n == 1;
    return true;
}

static void write_u16(struct text *t, const void *from)
{
    add(t, "%u", (unsigned)*(const uint16_t *)from);
}

static bool read_u16(struct tws_cursor text, void *to)
{
    uint64_t n;

    if (!read_number(text, UINT16_MAX, &n))
        return false;
    *(uint16_t *)to = (uint16_t)n;
    return true;
}

static void write_u32(struct text *t, const void *from)
{
    add(t, "%lu", (unsigned long)*(const uint32_t *)from);
}

static bool read_u32(struct tws_cursor text, void *to)
{
    uint64_t n;

    if (!read_number(text, UINT32_MAX, &n))
        return false;
    *(uint32_t *)to = (uint32_t)n;
    return true;
}

/* Two numbers that stand one behind the other in struct tws_kernel: QUEUE/BACKLOG. */
static void write_queue(struct text *t, const void *from)
{
    const uint32_t *queue = from;

    add(t, "%lu/%lu", (unsigned long)queue[0], (unsigned long)queue[1]);
}

static bool read_queue(struct tws_cursor text, void *to)
{
    uint32_t *queue = to;
    struct tws_cursor first;

    return take_until(&text, "/", &first) && read_u32(first, &queue[0]) &&
           read_u32(text, &queue[1]);
}

_Static_assert(offsetof(struct tws_kernel, backlog) ==
                   offsetof(struct tws_kernel, queue) + sizeof(uint32_t),
               "write_queue and read_queue take them as an array");

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_process_name(struct tws_cursor text)
{
    for (size_t i = 0; i < text.left; i++) {
        uint8_t c = text.p[i];

        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return text.left > 0 && text.left < TWS_PROCESS_NAME;
}

static void write_process(struct text *t, const void *from)
{
    const struct tws_process *p = from;

    add(t, "%lu/%c/%s/%s", (unsigned long)p->pid, is_letter((uint8_t)p->state) ? p->state : '?',
        program_name(p->program), p->name[0] ? p->name : "-");
}

/* A program of a kind that is not known here is another one. */
static bool read_process(struct tws_cursor text, void *to)
{
    struct tws_process p = {0};
    struct tws_cursor pid, state, program;
    unsigned kind = TWS_PROGRAM_OTHER;

    if (!take_until(&text, "/", &pid) || !take_until(&text, "/", &state) ||
        !take_until(&text, "/", &program) || !read_u32(pid, &p.pid) || state.left != 1 ||
        (!is_letter(state.p[0]) && state.p[0] != '?') || !is_process_name(text))
        return false;
    (void)read_name(program, program_name, TWS_PROGRAM_OTHER, TWS_PROGRAM_RELAY, &kind);
    p.program = (uint8_t)kind;
    p.state = state.p[0] == '?' ? '\0' : (char)state.p[0];
    if (!tws_is_text(text, "-"))
        memcpy(p.name, text.p, text.left);
    *(struct tws_process *)to = p;
    return true;
}

enum form { FLAG, U16, U32, QUEUE, PROCESS };

static const struct {
    size_t size; /* of the member */
    void (*write)(struct text *t, const void *from);
    bool (*read)(struct tws_cursor text, void *to); /* false: malformed */
} forms[] = {
    [FLAG] = {sizeof(bool), write_flag, read_flag},
    [U16] = {sizeof(uint16_t), write_u16, read_u16},
    [U32] = {sizeof(uint32_t), write_u32, read_u32},
    [QUEUE] = {2 * sizeof(uint32_t), write_queue, read_queue},
    [PROCESS] = {sizeof(struct tws_process), write_process, read_process},
};

/* ---- members of struct tws_kernel ---- */

/* Members that are known together, or not at all. */
enum group { OF_KERNEL = 1u << 0, OF_PEER = 1u << 1, OF_HOST = 1u << 2 };

#define MEMBER(name, form, group, field)                                                           \
    {                                                                                              \
        name, form, group, false, offsetof(struct tws_kernel, field)                               \
    }
#define SOCKET_MEMBER(name, old) {#name, U32, OF_KERNEL, !(old), offsetof(struct tws_kernel, name)},

/* In the order in which they are written. */
static const struct member {
    const char *name;
    enum form form;
    enum group group;
    bool later; /* a recording of an earlier version is whole without it */
    size_t at;
} members[] = {
    MEMBER("known", FLAG, OF_KERNEL, known),
    MEMBER("upstream", FLAG, OF_KERNEL, upstream_known),
    TWS_KERNEL_SOCKET(SOCKET_MEMBER) /* each with its comma */
    MEMBER("owned", FLAG, OF_PEER, peer_owned),
    MEMBER("peer_unread", U32, OF_PEER, peer_unread),
    MEMBER("queue", QUEUE, OF_PEER, queue),
    MEMBER("owner", PROCESS, OF_HOST, owner),
    MEMBER("idle", PROCESS, OF_HOST, idle),
    MEMBER("sibling", U16, OF_HOST, sibling),
    MEMBER("seen", FLAG, OF_HOST, all_seen),
};

enum { MEMBERS = sizeof members / sizeof members[0] };

_Static_assert(MEMBERS <= 32, "a bit for each");

static void write_group(struct text *t, enum group group, const struct tws_kernel *k)
{
    for (const struct member *m = members; m < members + MEMBERS; m++) {
        if (m->group != group)
            continue;
        add(t, " %s=", m->name);
        forms[m->form].write(t, (const char *)k + m->at);
    }
}

static void forget_group(enum group group, struct tws_kernel *k)
{
    for (const struct member *m = members; m < members + MEMBERS; m++) {
        if (m->group == group)
            memset((char *)k + m->at, 0, forms[m->form].size);
    }
}

/* The number of the member of these groups that has this name; MEMBERS: none has it. */
static unsigned find_member(unsigned groups, struct tws_cursor name)
{
    unsigned i = 0;

    while (i < MEMBERS && !((members[i].group & groups) && tws_is_text(name, members[i].name)))
        i++;
    return i;
}

/* Which groups do these members not make whole? */
static unsigned groups_without(uint32_t seen)
{
    unsigned missing = 0;

    for (unsigned i = 0; i < MEMBERS; i++) {
        if (!members[i].later && !(seen & UINT32_C(1) << i))
            missing |= members[i].group;
    }
    return missing;
}

/* Read the members of `groups` from a list.  The groups that are whole; of the others, *k knows
 * nothing any more. */
static unsigned read_members(struct tws_cursor list, unsigned groups, struct tws_kernel *k)
{
    struct tws_cursor value, name;
    unsigned wrong = 0;
    uint32_t seen = 0;

    while (take_until(&list, " ", &value)) {
        unsigned i = take_until(&value, "=", &name) ? find_member(groups, name) : MEMBERS;

        if (i == MEMBERS)
            continue;
        if ((seen & UINT32_C(1) << i) ||
            !forms[members[i].form].read(value, (char *)k + members[i].at))
            wrong |= members[i].group;
        seen |= UINT32_C(1) << i;
    }
    wrong |= groups_without(seen);
    for (unsigned group = OF_KERNEL; group <= OF_HOST; group <<= 1) {
        if (groups & wrong & group)
            forget_group((enum group)group, k);
    }
    return groups & ~wrong;
}

static void write_kernel(struct text *t, const struct tws_kernel *kernel)
{
    struct tws_kernel k = *kernel;

    add(t, PART "kernel");
    if (!k.known) {
        add(t, " unknown");
        return;
    }
    if (!k.queue_known)
        k.queue = k.backlog = 0;
    write_group(t, OF_KERNEL, &k);
    if (k.peer_known)
        write_group(t, OF_PEER, &k);
}

/* A backlog of 0 stands for a queue that is not known. */
static void read_kernel(struct tws_cursor list, struct tws_recorded *r)
{
    struct tws_kernel *k = &r->kernel;
    unsigned whole = read_members(list, OF_KERNEL | OF_PEER, k);

    if (!k->known)
        forget_group(OF_KERNEL, k);
    k->peer_known = k->known && (whole & OF_PEER);
    if (!k->peer_known)
        forget_group(OF_PEER, k);
    k->queue_known = k->backlog > 0;
    if (!k->queue_known)
        k->queue = 0;
}

static void write_host(struct text *t, const struct tws_recorded *r)
{
    if (!r->host_known)
        return;
    add(t, PART "host");
    write_group(t, OF_HOST, &r->kernel);
}

static void read_host(struct tws_cursor list, struct tws_recorded *r)
{
    r->host_known = read_members(list, OF_HOST, &r->kernel) & OF_HOST;
}

/* ---- the section ---- */

static void read_text(struct tws_cursor value, struct tws_cursor *to)
{
    if (to->left == 0)
        *to = value;
}

static void write_text(struct text *t, const char *word, struct tws_cursor value)
{
    if (value.left == 0)
        return;
    add(t, PART "%s", word);
    add_bytes(t, value);
}

static void write_accounts(struct text *t, const char *word, const struct tws_section *s)
{
    add(t, PART "%s%s", word, s->masked ? "masked" : "shown");
}

static void read_accounts(struct tws_cursor value, struct tws_section *s)
{
    s->masked = s->masked || tws_is_text(value, "masked");
}

static void write_version(struct text *t, const char *word, const struct tws_section *s)
{
    write_text(t, word, s->version);
}

static void read_version(struct tws_cursor value, struct tws_section *s)
{
    read_text(value, &s->version);
}

static void write_upstream(struct text *t, const char *word, const struct tws_section *s)
{
    write_text(t, word, s->upstream);
}

static void read_upstream(struct tws_cursor value, struct tws_section *s)
{
    read_text(value, &s->upstream);
}

static void write_listens(struct text *t, const char *word, const struct tws_section *s)
{
    for (size_t i = 0; i < s->n_listen; i++)
        write_text(t, word, s->listen[i]);
}

static void read_listen(struct tws_cursor value, struct tws_section *s)
{
    if (s->n_listen < TWS_ANNOTATION_LISTENS && value.left > 0)
        s->listen[s->n_listen++] = value;
}

static const struct part {
    const char *word;
    void (*write)(struct text *t, const char *word, const struct tws_section *s);
    void (*read)(struct tws_cursor value, struct tws_section *s);
} parts[] = {
    {"accounts ", write_accounts, read_accounts},
    {"version ", write_version, read_version},
    {"upstream ", write_upstream, read_upstream},
    {"listen ", write_listens, read_listen},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

#define RELAY   "recording of a relay"
#define CAPTURE "capture"

static void write_section(struct text *t, const struct tws_annotation *a)
{
    const struct tws_section *s = &a->u.section;

    add(t, "%s", s->relay ? RELAY : CAPTURE);
    for (const struct part *p = parts; p < parts + PARTS; p++)
        p->write(t, p->word, s);
    write_text(t, "", s->rest);
}

static bool read_part(struct tws_cursor text, struct tws_section *s)
{
    for (const struct part *p = parts; p < parts + PARTS; p++) {
        if (!step_over(&text, p->word))
            continue;
        p->read(text, s);
        return true;
    }
    return false;
}

/* The rest is what stands behind the last part that is known. */
static bool read_section(struct tws_cursor text, struct tws_annotation *a)
{
    struct tws_section *s = &a->u.section;
    struct tws_cursor part;

    if (!take_until(&text, PART, &part) ||
        !(tws_is_text(part, RELAY) || tws_is_text(part, CAPTURE)))
        return false;
    s->relay = tws_is_text(part, RELAY);
    while (take_until(&text, PART, &part)) {
        if (read_part(part, s))
            s->rest = (struct tws_cursor){NULL, 0};
        else if (!s->rest.p)
            s->rest = part;
        else
            s->rest.left = (size_t)(part.p - s->rest.p) + part.left;
    }
    return true;
}

uint16_t tws_section_port(const struct tws_section *s)
{
    struct tws_cursor rest = s->upstream, digits = {NULL, 0};
    uint16_t port = 0;

    while (take_until(&rest, ":", &digits)) {
    }
    return read_u16(digits, &port) ? port : 0;
}

/* ---- packets ---- */

static void write_nothing(struct text *t, const struct tws_annotation *a)
{
    (void)t;
    (void)a;
}

static bool read_nothing(struct tws_cursor text, struct tws_annotation *a)
{
    (void)a;
    return text.left == 0;
}

static void write_close(struct text *t, const struct tws_annotation *a)
{
    struct tws_cursor reason = a->u.close.reason;

    add(t, "%s", ending_name(a->u.close.how));
    if (reason.left > TWS_ANNOTATION_REASON)
        reason.left = TWS_ANNOTATION_REASON;
    if (reason.left > 0) {
        add(t, ": ");
        add_bytes(t, reason);
    }
    write_host(t, &a->u.close.recorded);
}

/* A reason may hold "; ", and ends where the host's part begins. */
static bool read_close(struct tws_cursor text, struct tws_annotation *a)
{
    struct tws_cursor said, first, how, host, rest;
    unsigned ending;

    if (!take_until(&text, PART HOST, &said))
        return false;
    rest = said;
    if (!take_until(&rest, PART, &first) || !take_until(&first, ": ", &how) ||
        !read_name(how, ending_name, TWS_FIN, TWS_UNREACHABLE, &ending))
        return false;
    a->u.close.how = (enum tws_ending)ending;
    if (first.left > 0)
        a->u.close.reason = (struct tws_cursor){first.p, said.left - (size_t)(first.p - said.p)};
    if (take_until(&text, PART, &host))
        read_host(host, &a->u.close.recorded);
    return true;
}

static void write_silence(struct text *t, const struct tws_annotation *a)
{
    const char *stage = trouble_name(a->u.silence.stage);
    uint64_t ms = a->u.silence.waited_ns / NS_PER_MS;

    add(t, "%s" PART "%s owes since %llu.%03llu s", stage ? stage : "-",
        side_name(a->u.silence.owes), (unsigned long long)(ms / MS_PER_S),
        (unsigned long long)(ms % MS_PER_S));
    write_kernel(t, &a->u.silence.recorded.kernel);
    write_host(t, &a->u.silence.recorded);
}

/* "SECONDS.mmm s" */
static bool read_waited(struct tws_cursor text, uint64_t *ns)
{
    struct tws_cursor whole, part;
    uint64_t s, ms;

    if (!take_until(&text, ".", &whole) || !take_until(&text, " ", &part) ||
        !tws_is_text(text, "s") || part.left != WAITED_DIGITS ||
        !read_number(whole, TWS_TIME_LAST / NS_PER_MS / MS_PER_S - 1, &s) ||
        !read_number(part, MS_PER_S - 1, &ms))
        return false;
    *ns = (s * MS_PER_S + ms) * NS_PER_MS;
    return true;
}

static bool read_silence(struct tws_cursor text, struct tws_annotation *a)
{
    struct tws_recorded *r = &a->u.silence.recorded;
    struct tws_cursor stage, debt, owes, part;
    unsigned trouble, side;

    if (!take_until(&text, PART, &stage) || !take_until(&text, PART, &debt) ||
        !take_until(&debt, " owes since ", &owes) ||
        !read_name(stage, trouble_name, TWS_TROUBLE_NONE + 1, TWS_TROUBLES - 1, &trouble) ||
        !read_name(owes, side_name, TWS_NOBODY, TWS_NETWORK, &side) ||
        !read_waited(debt, &a->u.silence.waited_ns))
        return false;
    a->u.silence.stage = (enum tws_trouble)trouble;
    a->u.silence.owes = (enum tws_side)side;
    while (take_until(&text, PART, &part)) {
        if (step_over(&part, KERNEL))
            read_kernel(part, r);
        else if (step_over(&part, HOST))
            read_host(part, r);
    }
    return true;
}

static void write_blacked_out(struct text *t, const struct tws_annotation *a)
{
    add(t, "%lu+%lu", (unsigned long)a->u.blacked_out.offset,
        (unsigned long)a->u.blacked_out.length);
}

static bool read_blacked_out(struct tws_cursor text, struct tws_annotation *a)
{
    struct tws_cursor offset;

    return take_until(&text, "+", &offset) && read_u32(offset, &a->u.blacked_out.offset) &&
           read_u32(text, &a->u.blacked_out.length);
}

/* ---- all kinds ---- */

static const struct {
    const char *head; /* what it begins with */
    void (*write)(struct text *t, const struct tws_annotation *a);
    bool (*read)(struct tws_cursor text, struct tws_annotation *a); /* *a is zero but for `kind` */
} kinds[TWS_AN_KINDS] = {
    [TWS_AN_SECTION] = {"twstap ", write_section, read_section},
    [TWS_AN_DIALING] = {"dialing", write_nothing, read_nothing},
    [TWS_AN_DIALED] = {"dialed", write_nothing, read_nothing},
    [TWS_AN_CLOSE] = {"close: ", write_close, read_close},
    [TWS_AN_SILENCE] = {"silence: ", write_silence, read_silence},
    [TWS_AN_END] = {"end", write_nothing, read_nothing},
    [TWS_AN_BLACKED_OUT] = {BLACKED, write_blacked_out, read_blacked_out},
};

size_t tws_annotation_add(const struct tws_annotation *a, char *to, size_t size)
{
    struct text t = {to, size, strlen(to)};

    if (a->kind == TWS_AN_NONE)
        return t.n;
    add(&t, "%s%s", t.n > 0 ? PART : "", kinds[a->kind].head);
    kinds[a->kind].write(&t, a);
    return t.n;
}

size_t tws_annotation_write(const struct tws_annotation *a, char *to, size_t size)
{
    to[0] = '\0';
    return tws_annotation_add(a, to, size);
}

bool tws_annotation_read(struct tws_cursor text, struct tws_annotation *out)
{
    for (unsigned kind = TWS_AN_NONE + 1; kind < TWS_AN_KINDS; kind++) {
        struct tws_annotation a = {.kind = (enum tws_annotation_kind)kind};
        struct tws_cursor rest = text;

        if (!step_over(&rest, kinds[kind].head) || !kinds[kind].read(rest, &a))
            continue;
        *out = a;
        return true;
    }
    return false;
}

/* A line, or what of it stands before the next `blacked out`. */
static struct tws_cursor take_one(struct tws_cursor *comment)
{
    const uint8_t *end = memchr(comment->p, '\n', comment->left);
    struct tws_cursor one = {comment->p, end ? (size_t)(end - comment->p) : comment->left};
    const uint8_t *at = memmem(one.p, one.left, PART BLACKED, strlen(PART BLACKED));
    size_t step = one.left + (end != NULL);

    if (at) {
        one.left = (size_t)(at - one.p);
        step = one.left + strlen(PART);
    }
    comment->p += step;
    comment->left -= step;
    return one;
}

bool tws_annotation_next(struct tws_cursor *comment, struct tws_annotation *out)
{
    while (comment->left > 0) {
        if (tws_annotation_read(take_one(comment), out))
            return true;
    }
    return false;
}

bool tws_annotation_find(const char *comment, enum tws_annotation_kind kind,
                         struct tws_annotation *out)
{
    struct tws_cursor rest = tws_text_of(comment ? comment : "");
    struct tws_annotation a;

    while (tws_annotation_next(&rest, &a)) {
        if (a.kind != kind)
            continue;
        *out = a;
        return true;
    }
    return false;
}

bool tws_annotation_section(const char *comment, struct tws_section *out)
{
    struct tws_cursor rest = tws_text_of(comment);
    struct tws_annotation a;

    if (rest.left == 0 || !tws_annotation_read(take_one(&rest), &a) || a.kind != TWS_AN_SECTION)
        return false;
    *out = a.u.section;
    return true;
}
