/* mask.c - what ids and secrets become on the screen and in JSON. */
#include "mask.h"
#include "advisor.h"
#include "id_list.h"
#include "search.h"
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048 }; /* a power of two, twice MASK_MAX: a probe always ends */

struct slot {
    uint64_t digest;
    uint32_t number; /* 0: free */
};

struct mask {
    bool show;
    uint32_t numbered;
    struct slot slot[SLOTS];
    struct known known;
};

struct mask *mask_new(bool show)
{
    struct mask *m = calloc(1, sizeof *m);

    if (m)
        m->show = show;
    return m;
}

void mask_free(struct mask *m)
{
    free(m);
}

/* FNV-1a, the same for both cases. */
static uint64_t digest(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ known_fold((uint8_t)text[i])) * 0x100000001b3u;
    return h;
}

/* The slot that holds this digest, or the free one where it belongs. */
static struct slot *slot_of(struct mask *m, uint64_t d)
{
    size_t i = (size_t)(d ^ d >> 32) % SLOTS;

    while (m->slot[i].number && m->slot[i].digest != d)
        i = (i + 1) % SLOTS;
    return &m->slot[i];
}

/* The number by which this id goes in this run; 0 once the table is full. */
static uint32_t number_of(struct mask *m, const char *id, size_t len)
{
    uint64_t d = digest(id, len);
    struct slot *s = slot_of(m, d);

    if (!s->number && m->numbered < MASK_MAX) {
        s->digest = d;
        s->number = ++m->numbered;
    }
    return s->number;
}

/* Keep `kept` bytes; the rest becomes 'x' with the number at its end, as many of its digits as
 * there is room for. */
static void replace(struct mask *m, char *id, size_t len, size_t kept)
{
    uint32_t n = number_of(m, id, len);

    memset(id + kept, 'x', len - kept);
    for (size_t i = len; n > 0 && i > kept; n /= 10)
        id[--i] = (char)('0' + n % 10);
}

/* ---- in text ---- */

struct text {
    struct mask *m;
    char *text;
};

static void hit(void *ctx, size_t at, size_t len, size_t kept)
{
    const struct text *t = ctx;

    replace(t->m, t->text + at, len, kept);
}

void mask_text(struct mask *m, char *text, size_t len)
{
    struct text t = {m, text};

    if (!m->show)
        search_ids(
            &(struct search){.known = &m->known, .text = text, .len = len, .hit = hit, .ctx = &t});
}

/* ---- by meaning ---- */

static void replace_account(struct mask *m, char *text, size_t len)
{
    size_t letters;

    if (len == 0)
        return;
    if (!known_form((const uint8_t *)text, len, &letters))
        letters = 0; /* a name, a group: nothing of it stays */
    replace(m, text, len, letters);
}

static void replace_accounts(struct mask *m, char *text, size_t len)
{
    struct id_list list = {.text = (const uint8_t *)text, .len = len};
    size_t from, n;

    while (id_list_next(&list, &from, &n))
        replace_account(m, text + from, n);
}

void mask_accounts(struct mask *m, char *text, size_t len)
{
    struct id_list list = {.text = (const uint8_t *)text, .len = len};
    size_t from, n;

    if (m->show)
        return;
    while (id_list_next(&list, &from, &n))
        known_learn(&m->known, list.text + from, n);
    replace_accounts(m, text, len);
}

/* A piece of an advisor's document that is all of one kind. */
static void mask_piece(struct mask *m, enum advisor_byte kind, char *text, size_t len)
{
    switch (kind) {
    case ADVISOR_ACCOUNT:
        replace_accounts(m, text, len);
        break;
    case ADVISOR_SECRET:
        memset(text, '*', len);
        break;
    case ADVISOR_PLAIN:
        mask_text(m, text, len);
        break;
    case ADVISOR_MARKUP:
        break;
    }
}

static void mask_document(struct mask *m, char *text, size_t len)
{
    struct advisor a = {0};
    enum advisor_byte kind = ADVISOR_MARKUP;
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        enum advisor_byte next = advisor_next(&a, (uint8_t)text[i]);

        if (next == kind)
            continue;
        mask_piece(m, kind, text + from, i - from);
        kind = next;
        from = i;
    }
    mask_piece(m, kind, text + from, len - from);
}

/* ---- by marks ---- */

/* In text the NULs that end fields stay. */
static void mask_unknown(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] ? '*' : 0;
}

static void mask_marked(struct mask *m, const struct tws_mark *mark, char *text)
{
    size_t len = mark->length;

    switch ((enum tws_mark_kind)mark->kind) {
    case TWS_MARK_ACCOUNT:
    case TWS_MARK_ID:
        replace(m, text, len, mark->kept < len ? mark->kept : len);
        break;
    case TWS_MARK_ACCOUNTS:
        replace_accounts(m, text, len);
        break;
    case TWS_MARK_SECRET:
        memset(text, '*', len);
        break;
    case TWS_MARK_DOCUMENT:
        mask_document(m, text, len);
        break;
    case TWS_MARK_UNSURE:
    case TWS_MARK_BLACK:
    case TWS_MARK_KINDS:
        mask_unknown(text, len);
        break;
    }
}

void mask_marks(struct mask *m, const struct tws_marks *marks, uint64_t from, char *text,
                size_t len)
{
    if (m->show)
        return;
    if (!marks)
        mask_unknown(text, len);
    for (uint32_t i = 0; marks && i < marks->n; i++) {
        const struct tws_mark *mark = &marks->of[i];
        uint64_t at = mark->offset - from;

        if (at <= len && mark->length <= len - at)
            mask_marked(m, mark, text + at);
        else
            mask_unknown(text, len);
    }
}

bool mask_touches(const struct mask *m, const struct tws_marks *marks)
{
    return !m->show && (!marks || marks->n > 0);
}

struct known *mask_learned(struct mask *m)
{
    return m->show ? NULL : &m->known;
}
