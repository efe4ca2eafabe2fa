#include "settings.h"
#include <strings.h>

static bool take_line(struct tws_cursor *text, struct tws_cursor *line)
{
    const uint8_t *nl = text->left ? memchr(text->p, '\n', text->left) : NULL;
    size_t n = nl ? (size_t)(nl - text->p) : text->left;

    if (!text->left)
        return false;
    *line = (struct tws_cursor){text->p, n};
    n += nl != NULL;
    text->p += n;
    text->left -= n;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct tws_cursor trimmed(struct tws_cursor c)
{
    while (c.left && is_blank(c.p[0])) {
        c.p++;
        c.left--;
    }
    while (c.left && is_blank(c.p[c.left - 1]))
        c.left--;
    return c;
}

static bool is_word(struct tws_cursor c, const char *word)
{
    return c.left == strlen(word) && strncasecmp((const char *)c.p, word, c.left) == 0;
}

static void copy(char out[SETTINGS_VALUE], struct tws_cursor c)
{
    size_t n = c.left < SETTINGS_VALUE - 1 ? c.left : SETTINGS_VALUE - 1;

    if (n)
        memcpy(out, c.p, n);
    out[n] = '\0';
}

bool settings_ini(struct tws_cursor text, const char *section, const char *key,
                  char out[SETTINGS_VALUE])
{
    struct tws_cursor line;
    bool in = false;

    while (take_line(&text, &line)) {
        struct tws_cursor name;
        const uint8_t *equals;

        line = trimmed(line);
        if (line.left >= 2 && line.p[0] == '[' && line.p[line.left - 1] == ']') {
            in = is_word((struct tws_cursor){line.p + 1, line.left - 2}, section);
            continue;
        }
        equals = line.left ? memchr(line.p, '=', line.left) : NULL;
        if (!in || !equals)
            continue;
        name = trimmed((struct tws_cursor){line.p, (size_t)(equals - line.p)});
        if (!is_word(name, key))
            continue;
        copy(out,
             trimmed((struct tws_cursor){equals + 1, line.left - (size_t)(equals - line.p) - 1}));
        return true;
    }
    return false;
}

/* Behind the first place of `word` in c.  False: it is not there. */
static bool skip_past(struct tws_cursor *c, const char *word)
{
    size_t n = strlen(word);

    for (; c->left >= n; c->p++, c->left--) {
        if (memcmp(c->p, word, n) == 0) {
            c->p += n;
            c->left -= n;
            return true;
        }
    }
    return false;
}

static bool ends_name(struct tws_cursor c)
{
    return c.left && (is_blank(c.p[0]) || c.p[0] == '\n' || c.p[0] == '>' || c.p[0] == '/');
}

bool settings_xml(struct tws_cursor text, const char *element, const char *attribute,
                  char out[SETTINGS_VALUE])
{
    const uint8_t *end;

    while (skip_past(&text, "<")) {
        struct tws_cursor tag = text;

        if (tag.left < strlen(element) || memcmp(tag.p, element, strlen(element)) != 0)
            continue;
        tag.p += strlen(element);
        tag.left -= strlen(element);
        if (!ends_name(tag))
            continue;
        end = memchr(tag.p, '>', tag.left);
        if (!end)
            return false;
        tag.left = (size_t)(end - tag.p);
        while (skip_past(&tag, attribute)) {
            const uint8_t *before = tag.p - strlen(attribute) - 1, *quote;

            if (!(is_blank(*before) || *before == '\n') || tag.left < 2 || tag.p[0] != '=' ||
                tag.p[1] != '"')
                continue;
            quote = memchr(tag.p + 2, '"', tag.left - 2);
            if (!quote)
                return false;
            copy(out, (struct tws_cursor){tag.p + 2, (size_t)(quote - tag.p - 2)});
            return true;
        }
        return false;
    }
    return false;
}

bool settings_option(struct tws_cursor text, const char *option, char out[SETTINGS_VALUE])
{
    size_t n = strlen(option);
    struct tws_cursor line;
    bool found = false;

    while (take_line(&text, &line)) {
        line = trimmed(line);
        if (line.left < n || memcmp(line.p, option, n) != 0)
            continue;
        copy(out, (struct tws_cursor){line.p + n, line.left - n});
        found = true;
    }
    return found;
}
