/* around.c - see around.h. */
#include "around.h"
#include "stamp.h"

/* A time in front, in brackets or not, with a blank behind it, or nothing. */
static bool drop_stamp(struct rest *r)
{
    bool bracket = r->n > 0 && r->p[0] == '[';
    struct rest inner = {r->p + bracket, r->n - bracket};
    struct stamp stamp;
    size_t n = stamp_read(inner, &stamp);

    if (n == 0 || (bracket && (n >= inner.n || inner.p[n] != ']')))
        return false;
    n += bracket ? 2 : 0;
    if (n < r->n && !rest_is_blank(r->p[n]))
        return false;
    rest_drop(r, n);
    return true;
}

#define NODE_BUFFER "<Buffer "

bool around_drop_mark(struct rest *r, enum tws_side *dir)
{
    size_t n = 0;
    char head = 0;

    if (rest_begins(*r, NODE_BUFFER))
        return false;
    for (; n < r->n && r->p[n] && strchr("<>-=", r->p[n]); n++)
        if (r->p[n] == '<' || r->p[n] == '>')
            head = r->p[n];
    if (!head)
        return false;
    *dir = head == '>' ? TWS_CLIENT : TWS_GATEWAY;
    rest_drop(r, n);
    return true;
}

static bool is_label(char c)
{
    return rest_is_letter(c) || rest_is_digit(c) || c == '_' || c == ' ' || c == '.';
}

/* "hex: ", "sent data: ", "payload=": words, of which the first is no hex itself. */
static bool drop_label(struct rest *r)
{
    bool hex = true, first = true;
    size_t n = 0;

    for (; n < r->n && is_label(r->p[n]); n++) {
        first = first && r->p[n] != ' ';
        hex = hex && (!first || rest_hex(r->p[n]) >= 0);
    }
    if (n == 0 || hex || !rest_is_letter(r->p[0]) || n + 1 >= r->n)
        return false;
    if (r->p[n] == '=' ? rest_is_blank(r->p[n + 1]) || r->p[n + 1] == '=' : r->p[n] != ':')
        return false; /* as at the end of base64 */
    rest_drop(r, n + 1);
    return true;
}

void around_drop_front(struct rest *r, enum tws_side *dir)
{
    do
        rest_trim(r);
    while (drop_stamp(r) || around_drop_mark(r, dir) || drop_label(r));
}

bool around_drop_type(struct rest *r)
{
    static const char *const names[] = {"UInt8[",      "new byte[] {", "byte[] {",
                                        "new byte[]{", "byte[]{",      "Uint8Array["};

    if (rest_begins(*r, NODE_BUFFER) && r->p[r->n - 1] == '>') {
        r->n--;
        rest_drop(r, sizeof NODE_BUFFER - 1);
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rest_begins(*r, names[i])) {
            rest_drop(r, strlen(names[i]) - 1);
            return true;
        }
    return false;
}

static char closing(char c)
{
    static const char pairs[] = "\"\"''``{}[]()";

    for (size_t i = 0; pairs[i]; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return 0;
}

static bool ends_payload(char c)
{
    return c == ';' || c == ',' || c == '.';
}

void around_drop_comment(struct rest *r)
{
    for (size_t i = 1; i < r->n; i++) {
        bool slashes = r->p[i] == '/' && i + 1 < r->n && r->p[i + 1] == '/';

        if (rest_is_blank(r->p[i - 1]) && (r->p[i] == '#' || slashes))
            r->n = i;
    }
    rest_trim(r);
}

void around_unwrap(struct rest *r)
{
    for (;;) {
        rest_trim(r);
        if (r->n > 0 && ends_payload(r->p[r->n - 1]))
            r->n--;
        else if (r->n >= 2 && closing(r->p[0]) && r->p[r->n - 1] == closing(r->p[0])) {
            rest_drop(r, 1);
            r->n--;
        } else
            return;
    }
}
