/* upstream.c - the state of a gateway's links, from the codes and texts of its notices. */
#include "upstream.h"
#include <string.h>

enum kind { LINK, MARKET, HISTORY, DEFINITIONS };

/* What a code says, of which link. */
static const struct word {
    int16_t code;
    uint8_t kind;  /* enum kind */
    uint8_t state; /* enum tws_link, or enum tws_farm_state */
} words[] = {
    {1100, LINK, TWS_LINK_LOST},      {1101, LINK, TWS_LINK_EMPTY},
    {1102, LINK, TWS_LINK_KEPT},      {2110, LINK, TWS_LINK_LOST},
    {2103, MARKET, TWS_FARM_BROKEN},  {2104, MARKET, TWS_FARM_OK},
    {2108, MARKET, TWS_FARM_IDLE},    {2119, MARKET, TWS_FARM_CONNECTING},
    {2105, HISTORY, TWS_FARM_BROKEN}, {2106, HISTORY, TWS_FARM_OK},
    {2107, HISTORY, TWS_FARM_IDLE},   {2157, DEFINITIONS, TWS_FARM_BROKEN},
    {2158, DEFINITIONS, TWS_FARM_OK},
};

const char *tws_link_name(enum tws_link l)
{
    static const char *const names[] = {
        [TWS_LINK_UNKNOWN] = "unknown",
        [TWS_LINK_LOST] = "lost",
        [TWS_LINK_KEPT] = "restored",
        [TWS_LINK_EMPTY] = "restored without data",
    };

    return names[l];
}

const char *tws_farm_state_name(enum tws_farm_state s)
{
    static const char *const names[] = {
        [TWS_FARM_OK] = "ok",
        [TWS_FARM_BROKEN] = "broken",
        [TWS_FARM_CONNECTING] = "connecting",
        [TWS_FARM_IDLE] = "idle",
    };

    return names[s];
}

static const struct word *word_of(int64_t code)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].code == code)
            return &words[i];
    return NULL;
}

bool tws_upstream_concerns(int64_t code)
{
    return word_of(code) != NULL;
}

/* A farm's name ends the text, behind a colon, or a full stop in those of idle ones:
 * "Market data farm connection is OK:usfarm", "... available upon demand.ushmds". */
static void name_in(struct tws_cursor text, char name[TWS_FARM_NAME])
{
    size_t from = text.left, n = 0;

    while (from > 0 && text.p[from - 1] != ':' && text.p[from - 1] != '.')
        from--;
    if (from == 0) /* no name */
        from = text.left;
    for (size_t i = from; i < text.left && n + 1 < TWS_FARM_NAME; i++)
        if (text.p[i] > ' ' && text.p[i] < 0x7f)
            name[n++] = (char)text.p[i];
    name[n] = '\0';
}

static struct tws_farm *farm_of(struct tws_upstream *u, uint8_t kind, struct tws_cursor text)
{
    char name[TWS_FARM_NAME];
    struct tws_farm *f;

    name_in(text, name);
    for (uint8_t i = 0; i < u->n; i++)
        if (u->farm[i].kind == kind && strcmp(u->farm[i].name, name) == 0)
            return &u->farm[i];
    if (u->n == TWS_FARMS_MAX)
        return NULL;
    f = &u->farm[u->n++];
    memcpy(f->name, name, sizeof name);
    f->kind = kind;
    return f;
}

const struct tws_farm *tws_upstream_note(struct tws_upstream *u, int64_t code,
                                         struct tws_cursor text, uint64_t now)
{
    const struct word *w = word_of(code);
    struct tws_farm *f;

    if (!w)
        return NULL;
    if (w->kind == LINK) {
        if (u->link != w->state)
            u->link_ns = now;
        u->link = w->state;
        return NULL;
    }
    f = farm_of(u, w->kind, text);
    if (!f)
        return NULL;
    if (f->state != w->state || f->since_ns == 0)
        f->since_ns = now;
    f->state = w->state;
    return f;
}

uint32_t tws_upstream_count(const struct tws_upstream *u, enum tws_farm_state state,
                            const struct tws_farm **first)
{
    uint32_t n = 0;

    if (first)
        *first = NULL;
    for (uint8_t i = 0; i < u->n; i++) {
        if (u->farm[i].state != state)
            continue;
        n++;
        if (first && (!*first || u->farm[i].since_ns < (*first)->since_ns))
            *first = &u->farm[i];
    }
    return n;
}
