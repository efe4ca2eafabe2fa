#include "advisor.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum state {
    TEXT,    /* between tags */
    ELEMENT, /* its name */
    SPECIAL, /* "<!": a comment and its kin */
    TAG,     /* in front of an attribute */
    ATTRIBUTE,
    NAMED,  /* behind the attribute's name */
    EQUALS, /* behind its '=' */
    VALUE,
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint8_t small(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* What stands in elements and attributes of these names says nothing of anyone. */
static const char harmless[][ADVISOR_NAME] = {
    "amount", "defaultmethod", "encoding", "poseff", "standalone", "type", "varname", "version",
};

static bool is_harmless(const struct advisor *a)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strlen(harmless[i]) == a->n_name && memcmp(harmless[i], a->name, a->n_name) == 0)
            return true;
    return false;
}

/* What stands under the name that was read last. */
static enum advisor_byte under_name(const struct advisor *a)
{
    if ((a->n_name >= 3 && memcmp(a->name, "acc", 3) == 0) ||
        (a->n_name == 6 && memcmp(a->name, "string", 6) == 0))
        return ADVISOR_ACCOUNT;
    return is_harmless(a) ? ADVISOR_PLAIN : ADVISOR_SECRET;
}

static enum advisor_byte unless_blank(uint8_t b, enum advisor_byte is)
{
    return is_blank(b) ? ADVISOR_MARKUP : is;
}

static enum advisor_byte go(struct advisor *a, enum state to)
{
    a->state = (uint8_t)to;
    if (to == ELEMENT || to == ATTRIBUTE)
        a->n_name = 0;
    return ADVISOR_MARKUP;
}

/* One more character of a name; what stands before a colon is a namespace. */
static enum advisor_byte add_to_name(struct advisor *a, uint8_t b)
{
    if (b == ':')
        a->n_name = 0;
    else if (a->n_name < sizeof a->name)
        a->name[a->n_name++] = small(b);
    return ADVISOR_PLAIN;
}

static enum advisor_byte in_element(struct advisor *a, uint8_t b)
{
    if (b == '!' && a->n_name == 0)
        return go(a, SPECIAL);
    if (b != '>' && !is_blank(b))
        return add_to_name(a, b);
    a->element = (uint8_t)under_name(a);
    return go(a, b == '>' ? TEXT : TAG);
}

static enum advisor_byte in_tag(struct advisor *a, uint8_t b)
{
    if (b == '>')
        return go(a, TEXT);
    if (b == '/') /* the element is over: what follows stands in another */
        a->element = ADVISOR_SECRET;
    if (is_blank(b) || b == '/' || b == '?')
        return ADVISOR_MARKUP;
    go(a, ATTRIBUTE);
    return add_to_name(a, b);
}

static enum advisor_byte in_attribute(struct advisor *a, uint8_t b)
{
    if (b == '>' || b == '=' || is_blank(b))
        return go(a, b == '>' ? TEXT : b == '=' ? EQUALS : NAMED);
    return add_to_name(a, b);
}

static enum advisor_byte behind_name(struct advisor *a, uint8_t b)
{
    if (b == '=')
        return go(a, EQUALS);
    return is_blank(b) ? ADVISOR_MARKUP : in_tag(a, b);
}

static enum advisor_byte behind_equals(struct advisor *a, uint8_t b)
{
    if (b == '>')
        return go(a, TEXT);
    if (is_blank(b))
        return ADVISOR_MARKUP;
    go(a, VALUE);
    a->quote = b == '"' || b == '\'' ? b : 0;
    return a->quote ? ADVISOR_MARKUP : under_name(a);
}

static enum advisor_byte in_value(struct advisor *a, uint8_t b)
{
    if (a->quote ? b == a->quote : is_blank(b))
        return go(a, TAG);
    if (!a->quote && b == '>')
        return go(a, TEXT);
    return unless_blank(b, under_name(a));
}

enum advisor_byte advisor_next(struct advisor *a, uint8_t b)
{
    switch ((enum state)a->state) {
    case TEXT:
        return b == '<' ? go(a, ELEMENT) : unless_blank(b, (enum advisor_byte)a->element);
    case ELEMENT:
        return in_element(a, b);
    case SPECIAL:
        return b == '>' ? go(a, TEXT) : unless_blank(b, ADVISOR_SECRET);
    case TAG:
        return in_tag(a, b);
    case ATTRIBUTE:
        return in_attribute(a, b);
    case NAMED:
        return behind_name(a, b);
    case EQUALS:
        return behind_equals(a, b);
    case VALUE:
        return in_value(a, b);
    }
    return ADVISOR_SECRET;
}
