#include "meaning.h"
#include "view.h"
#include <stdio.h>
#include <string.h>

#define PLACES    20u  /* in one text */
#define VALUE_MAX 160u /* bytes shown of one value */

struct place {
    const char *names; /* "a|b", of that many bytes */
    size_t len;
    char as;        /* '~', '!', '#' or 0 */
    uint8_t choice; /* the alternative that `value` belongs to */
    bool has;
    uint32_t items;
    struct tws_value value;
};

struct places {
    struct place at[PLACES];
    size_t n;
};

static bool is_mark(char c)
{
    return c == '~' || c == '!' || c == '#';
}

static void read_places(const char *says, struct places *p)
{
    const char *open = strchr(says, '{');

    for (p->n = 0; open && p->n < PLACES; open = strchr(open, '{')) {
        struct place *one = &p->at[p->n++];

        *one = (struct place){.names = open + 1, .len = strcspn(open + 1, "}")};
        open += 1 + one->len;
        if (one->len > 0 && is_mark(one->names[one->len - 1]))
            one->as = one->names[--one->len];
    }
}

/* Which of the place's alternatives is called `name`; -1: none. */
static int choice_of(const struct place *p, const char *name)
{
    size_t len = strlen(name), at = 0;

    for (int i = 0; at < p->len; i++) {
        size_t n = strcspn(p->names + at, "|}~!#");

        if (n == len && memcmp(p->names + at, name, n) == 0)
            return i;
        at += n + 1;
    }
    return -1;
}

static bool is_nothing(const struct tws_value *v, bool zero_too)
{
    static const char *const zeros[] = {"0", "0.0", "?"};

    if (v->kind == TWS_VALUE_UNSET || (v->kind == TWS_VALUE_TEXT && v->text.left == 0))
        return true;
    if (!zero_too)
        return false;
    if (v->kind == TWS_VALUE_INT || v->kind == TWS_VALUE_BOOL)
        return v->integer == 0;
    if (v->kind == TWS_VALUE_DOUBLE)
        return v->real == 0;
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        if (tws_is_text(v->text, zeros[i]))
            return true;
    return false;
}

/* The first value of a name counts, and an earlier alternative before a later one. */
static void offer(struct places *p, const struct tws_value *v)
{
    for (size_t i = 0; i < p->n; i++) {
        struct place *one = &p->at[i];
        int choice = one->as == '#' ? -1 : choice_of(one, v->name);

        if (choice < 0 || (one->has && choice >= one->choice) || is_nothing(v, one->as == '!'))
            continue;
        one->has = true;
        one->choice = (uint8_t)choice;
        one->value = *v;
    }
}

#define OPEN_MAX 16u

/* The place that counts the items of an open list; NULL: none does. */
struct counting {
    struct place *list[OPEN_MAX];
};

static struct place *counter(struct places *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].as == '#' && choice_of(&p->at[i], name) >= 0)
            return &p->at[i];
    return NULL;
}

/* Returns the faults that the walk meets. */
static uint32_t gather(const struct tws_message *m, struct places *p)
{
    struct counting open = {{NULL}};
    struct tws_walk w;
    struct tws_value v;

    tws_walk_open(m, &w);
    while (tws_walk_next(&w, &v)) {
        struct place *in = v.depth > 0 && v.depth <= OPEN_MAX ? open.list[v.depth - 1] : NULL;

        if (in && (v.step == TWS_STEP_ITEM || v.element))
            in->items++;
        if (v.step == TWS_STEP_VALUE && v.name)
            offer(p, &v);
        else if (v.step != TWS_STEP_VALUE && v.depth < OPEN_MAX)
            open.list[v.depth] = v.step == TWS_STEP_LIST ? counter(p, v.name) : NULL;
    }
    return w.faults;
}

/* ---- writing ---- */

struct text {
    char *to;
    size_t len;
    bool lacks; /* a place had no value since the last bracket */
};

static void put(struct text *t, const void *bytes, size_t n)
{
    size_t room = MEANING_MAX - t->len;

    n = n < room ? n : room;
    memcpy(t->to + t->len, bytes, n);
    t->len += n;
}

static void put_words(struct text *t, const char *words)
{
    put(t, words, strlen(words));
}

static void put_number(struct text *t, const struct tws_value *v)
{
    char buf[VIEW_NUMBER] = "";
    const char *real;
    size_t len;

    if (v->kind == TWS_VALUE_BOOL) {
        put_words(t, v->integer ? "true" : "false");
    } else if (v->kind == TWS_VALUE_DOUBLE) {
        real = view_real(v, buf, &len);
        put(t, real, len < VALUE_MAX ? len : VALUE_MAX);
    } else {
        snprintf(buf, sizeof buf, "%lld", (long long)v->integer);
        put_words(t, buf);
    }
}

static void put_value(struct text *t, const struct place *p)
{
    const struct tws_value *v = &p->value;
    char buf[VIEW_READABLE];
    const char *words = p->as == '~' ? view_readable(v, buf) : NULL;

    if (words)
        put_words(t, words);
    else if (v->kind != TWS_VALUE_TEXT)
        put_number(t, v);
    else if (v->text.left <= VALUE_MAX)
        put(t, v->text.p, v->text.left);
    else
        put(t, v->text.p, VALUE_MAX), put_words(t, "...");
}

static void put_place(struct text *t, const struct place *p)
{
    char buf[16];

    if (p->as == '#') {
        snprintf(buf, sizeof buf, "%lu", (unsigned long)p->items);
        put_words(t, buf);
    } else if (p->has) {
        put_value(t, p);
    } else {
        put_words(t, "-");
        t->lacks = true;
    }
}

size_t meaning(const struct tws_message *m, char to[MEANING_MAX], uint32_t *faults)
{
    struct text t = {.to = to};
    struct places places;
    size_t before = 0, place = 0;

    *faults = 0;
    if (!m->row || !m->row->says)
        return 0;
    read_places(m->row->says, &places);
    *faults = gather(m, &places);
    for (const char *s = m->row->says; *s; s++) {
        if (*s == '[') {
            before = t.len;
            t.lacks = false;
        } else if (*s == ']') {
            t.len = t.lacks ? before : t.len;
        } else if (*s == '{' && place < places.n) {
            put_place(&t, &places.at[place++]);
            s += strcspn(s, "}");
        } else {
            put(&t, s, 1);
        }
    }
    return t.len;
}
