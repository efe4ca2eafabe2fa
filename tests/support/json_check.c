#include "json_check.h"
#include "view.h"
#include <string.h>

struct scan {
    const char *p, *end;
};

static bool value(struct scan *s, int depth);

static bool take(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool word(struct scan *s, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
        return false;
    s->p += n;
    return true;
}

static size_t digits(struct scan *s)
{
    const char *from = s->p;

    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return (size_t)(s->p - from);
}

static bool number(struct scan *s)
{
    bool zero;

    take(s, '-');
    zero = s->p < s->end && *s->p == '0';
    if (zero ? !take(s, '0') : digits(s) == 0)
        return false;
    if (take(s, '.') && digits(s) == 0)
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+'))
            take(s, '-');
        return digits(s) > 0;
    }
    return true;
}

static bool escape(struct scan *s)
{
    static const char hex[] = "0123456789abcdefABCDEF";

    if (s->p == s->end)
        return false;
    if (*s->p != 'u')
        return strchr("\"\\/bfnrt", *s->p++) != NULL;
    s->p++;
    for (int i = 0; i < 4; i++)
        if (s->p == s->end || !*s->p || !strchr(hex, *s->p++))
            return false;
    return true;
}

static bool string(struct scan *s)
{
    if (!take(s, '"'))
        return false;
    while (s->p < s->end && *s->p != '"') {
        size_t n = view_utf8((const unsigned char *)s->p, (size_t)(s->end - s->p));

        if (n == 0 || (unsigned char)*s->p < 0x20)
            return false;
        s->p += n;
        if (s->p[-1] == '\\' && n == 1 && !escape(s))
            return false;
    }
    return take(s, '"');
}

static bool list(struct scan *s, char close, bool keys, int depth)
{
    s->p++;
    if (take(s, close))
        return true;
    do {
        if (keys && !(string(s) && take(s, ':')))
            return false;
        if (!value(s, depth + 1))
            return false;
    } while (take(s, ','));
    return take(s, close);
}

static bool value(struct scan *s, int depth)
{
    if (s->p == s->end || depth > 16)
        return false;
    switch (*s->p) {
    case '{':
        return list(s, '}', true, depth);
    case '[':
        return list(s, ']', false, depth);
    case '"':
        return string(s);
    case 't':
        return word(s, "true");
    case 'f':
        return word(s, "false");
    case 'n':
        return word(s, "null");
    default:
        return number(s);
    }
}

bool json_is_valid(const char *text, size_t len)
{
    struct scan s = {text, text + len};

    return len && *text == '{' && value(&s, 0) && s.p == s.end;
}
