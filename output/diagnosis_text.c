#include "diagnosis.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum shade { PLAIN, DIM, RED, GREEN, YELLOW, BOLD };

static const char *const shades[] = {
    [PLAIN] = "",         [DIM] = "\033[2m",     [RED] = "\033[31m",
    [GREEN] = "\033[32m", [YELLOW] = "\033[33m", [BOLD] = "\033[1m"};

#define LEFT 20u /* columns before what a layer says: "  BROKEN  handshake " */

static const char *mark_of(const struct diag_report *r, enum shade *shade)
{
    switch (r->result) {
    case DIAG_BROKEN:
        *shade = RED;
        return "BROKEN";
    case DIAG_WORKS:
        *shade = r->attention ? YELLOW : GREEN;
        return r->attention ? "LOOK" : "OK";
    case DIAG_CANNOT_TELL:
        break;
    }
    *shade = DIM;
    return "?";
}

/* How much of `text` fits into so many columns, cut between words. */
static size_t fits(const char *text, size_t columns)
{
    size_t n = strlen(text), at;

    if (n <= columns)
        return n;
    for (at = columns; at > columns / 2; at--)
        if (text[at] == ' ')
            return at;
    while (columns > 1 && ((unsigned char)text[columns] & 0xc0) == 0x80)
        columns--; /* not within a character */
    return columns;
}

/* `head`, then `text` in as many lines as it takes, each under the first. */
static void put_wrapped(struct out *out, const char *head, const char *text, unsigned width,
                        enum shade shade, bool color)
{
    char line[DIAG_TEXT + 128];
    const char *on = color ? shades[shade] : "";
    const char *off = color && shade != PLAIN ? "\033[0m" : "";
    size_t room = width > LEFT + 20 ? width - LEFT : 20;

    do {
        size_t n = fits(text, room < DIAG_TEXT ? room : DIAG_TEXT - 1);
        int len = snprintf(line, sizeof line, "%s%s%.*s%s", head, on, (int)n, text, off);

        out_line(out, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
        text += n;
        while (*text == ' ')
            text++;
        head = "                    "; /* LEFT blanks */
    } while (*text);
}

static void put_layer(struct out *out, const struct diag_report *r, size_t i,
                      const struct diag_style *s)
{
    enum shade shade;
    const char *mark = mark_of(r, &shade);
    char head[96];

    snprintf(head, sizeof head, "  %s%-6s%s  %-9s ", s->color ? shades[shade] : "", mark,
             s->color ? "\033[0m" : "", diag_layer_name((enum diag_layer)i));
    put_wrapped(out, head, r->says, s->width, r->result == DIAG_CANNOT_TELL ? DIM : PLAIN,
                s->color);
}

#define SHOWN_MAX 4u /* lines of evidence of a layer that is broken, unless all are asked for */

static void put_evidence(struct out *out, const struct diag_report *r, const struct diag_style *s)
{
    size_t n = s->verbosity > 0                           ? DIAG_EVIDENCE
               : r->result == DIAG_BROKEN || r->attention ? SHOWN_MAX
                                                          : 0;

    for (size_t i = 0; i < n && i < r->n_evidence; i++)
        put_wrapped(out, "                    ", r->evidence[i].text, s->width, DIM, s->color);
}

static void stamp(uint64_t ns, const char *format, char *buf, size_t size)
{
    time_t at = (time_t)(ns / 1000000000u);
    struct tm tm;

    if (!localtime_r(&at, &tm) || strftime(buf, size, format, &tm) == 0)
        buf[0] = '\0';
}

static void put_head(struct out *out, const struct diagnosis *d, const struct diag_style *s)
{
    char when[64], line[sizeof d->address + sizeof when + 32];
    int n;

    stamp(d->ts_ns, "%a %Y-%m-%d %H:%M:%S %Z", when, sizeof when);
    n = snprintf(line, sizeof line, "twstap doctor %s   %s", d->address, when);
    out_line(out, line, (size_t)n);
    if (d->about[0])
        put_wrapped(out, "  ", d->about, s->width, DIM, s->color);
    out_line(out, "", 0);
}

/* The whole in one line, for -q. */
static void put_quiet(struct out *out, const struct diagnosis *d)
{
    const struct diag_report *r = d->broken_at >= 0 ? &d->layers[d->broken_at] : NULL;
    char line[DIAG_TEXT + 128];
    int n = snprintf(line, sizeof line, "%s: %s%s%s", d->address, diag_result_name(d->result),
                     r ? ": " : "", r ? r->says : "");

    out_line(out, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static const char *conclusion(const struct diagnosis *d, char *buf, size_t size)
{
    const struct diag_report *r;

    if (d->result == DIAG_CANNOT_TELL)
        return "Nothing could be told from here.";
    if (d->broken_at < 0) {
        snprintf(buf, size, "%s%s",
                 d->layers[DIAG_HANDSHAKE].result == DIAG_WORKS
                     ? "It works: a whole session went through."
                     : "Nothing is broken as far as was looked.",
                 d->attention ? " Something above wants a look." : "");
        return buf;
    }
    r = &d->layers[d->broken_at];
    if (r->mode)
        snprintf(buf, size, "Broken at the %s (%s, %s).",
                 diag_layer_name((enum diag_layer)d->broken_at), r->mode,
                 tws_certainty_name(r->certainty));
    else
        snprintf(buf, size, "Broken at the %s%s.", diag_layer_name((enum diag_layer)d->broken_at),
                 r->certainty == TWS_CANNOT_TELL ? "; from here the cause cannot be told" : "");
    return buf;
}

static void put_conclusion(struct out *out, const struct diagnosis *d, const struct diag_style *s)
{
    static const enum shade shade_of[] = {
        [DIAG_CANNOT_TELL] = PLAIN, [DIAG_WORKS] = GREEN, [DIAG_BROKEN] = RED};
    char line[DIAG_TEXT];

    put_wrapped(out, "", conclusion(d, line, sizeof line), s->width, shade_of[d->result], s->color);
}

/* What to do next: about what is broken, else about what wants a look. */
static void put_next(struct out *out, const struct diagnosis *d, const struct diag_style *s)
{
    const char *head = "  next              ";

    for (size_t i = 0; i < DIAG_LAYERS; i++) {
        const struct diag_report *r = &d->layers[i];

        if (!r->next[0] || (d->broken_at >= 0 && (int)i != d->broken_at))
            continue;
        put_wrapped(out, head, r->next, s->width, BOLD, s->color);
        head = "                    ";
    }
}

void diagnosis_text(struct out *out, const struct diagnosis *d, const struct diag_style *s)
{
    if (s->verbosity < 0) {
        put_quiet(out, d);
        return;
    }
    put_head(out, d, s);
    for (size_t i = 0; i < DIAG_LAYERS; i++) {
        if (!d->layers[i].says[0])
            continue;
        put_layer(out, &d->layers[i], i, s);
        put_evidence(out, &d->layers[i], s);
    }
    out_line(out, "", 0);
    put_conclusion(out, d, s);
    put_next(out, d, s);
}

bool diag_differs(const struct diag_report *a, const struct diag_report *b)
{
    return a->result != b->result || a->attention != b->attention || strcmp(a->says, b->says) != 0;
}

bool diagnosis_changes(struct out *out, const struct diagnosis *now, const struct diagnosis *before,
                       const struct diag_style *s)
{
    char when[32], line[DIAG_TEXT + 96];
    bool any = false;

    stamp(now->ts_ns, "%H:%M:%S", when, sizeof when);
    for (size_t i = 0; i < DIAG_LAYERS; i++) {
        const struct diag_report *r = &now->layers[i];
        enum shade shade;
        const char *mark = mark_of(r, &shade);
        int n;

        if (!r->says[0] || !diag_differs(r, &before->layers[i]))
            continue;
        any = true;
        n = snprintf(line, sizeof line, "%s  %s%-6s%s  %-9s %s", when,
                     s->color ? shades[shade] : "", mark, s->color ? "\033[0m" : "",
                     diag_layer_name((enum diag_layer)i), r->says);
        out_line(out, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
        if (r->result == DIAG_BROKEN && r->next[0])
            put_wrapped(out, "  next              ", r->next, s->width, BOLD, s->color);
    }
    return any;
}
