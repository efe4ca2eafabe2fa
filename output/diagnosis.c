#include "diagnosis.h"
#include "modes.h"
#include "view.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const layer_names[DIAG_LAYERS] = {
    [DIAG_PROCESS] = "process",   [DIAG_LISTENER] = "listener",   [DIAG_QUEUE] = "queue",
    [DIAG_SOCKETS] = "sockets",   [DIAG_UPSTREAM] = "upstream",   [DIAG_FILES] = "files",
    [DIAG_SETTINGS] = "settings", [DIAG_HANDSHAKE] = "handshake",
};

const char *diag_layer_name(enum diag_layer l)
{
    return layer_names[l];
}

const char *diag_result_name(enum diag_result r)
{
    static const char *const names[] = {
        [DIAG_CANNOT_TELL] = "cannot-tell", [DIAG_WORKS] = "works", [DIAG_BROKEN] = "broken"};

    return names[r];
}

/* ---- filling ---- */

/* What a terminal could be steered by becomes '?', and so does what is no UTF-8. */
static void make_harmless(char *text)
{
    size_t left = strlen(text);

    for (char *p = text; left;) {
        size_t n = view_utf8((const uint8_t *)p, left);
        uint8_t c = (uint8_t)*p;

        if (n == 0 || c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (uint8_t)p[1] < 0xa0)) {
            n = n ? n : 1;
            memset(p, '?', n);
        }
        p += n;
        left -= n;
    }
}

static void fill(char to[DIAG_TEXT], const char *format, va_list args)
{
    vsnprintf(to, DIAG_TEXT, format, args);
    make_harmless(to);
}

void diag_works(struct diag_report *r, const char *format, ...)
{
    va_list args;

    if (r->result == DIAG_BROKEN)
        return;
    r->result = DIAG_WORKS;
    va_start(args, format);
    fill(r->says, format, args);
    va_end(args);
}

void diag_attention(struct diag_report *r, const char *format, ...)
{
    va_list args;

    if (r->result == DIAG_BROKEN)
        return;
    r->result = DIAG_WORKS;
    r->attention = true;
    va_start(args, format);
    fill(r->says, format, args);
    va_end(args);
}

void diag_cannot_tell(struct diag_report *r, const char *format, ...)
{
    va_list args;

    if (r->result == DIAG_BROKEN)
        return;
    r->result = DIAG_CANNOT_TELL;
    va_start(args, format);
    fill(r->says, format, args);
    va_end(args);
}

void diag_broken(struct diag_report *r, const char *mode, enum tws_certainty certainty,
                 const char *format, ...)
{
    va_list args;

    if (r->result == DIAG_BROKEN)
        return;
    r->result = DIAG_BROKEN;
    r->attention = false;
    r->mode = mode;
    r->certainty = certainty;
    va_start(args, format);
    fill(r->says, format, args);
    va_end(args);
}

void diag_add(struct diag_report *r, enum tws_source source, const char *format, ...)
{
    va_list args;

    if (r->n_evidence == DIAG_EVIDENCE)
        return;
    r->evidence[r->n_evidence].source = source;
    va_start(args, format);
    fill(r->evidence[r->n_evidence].text, format, args);
    va_end(args);
    r->n_evidence++;
}

void diag_add_accounts(struct diag_report *r, enum tws_source source, const char *list)
{
    static const char head[] = "accounts: ";
    size_t at = r->n_evidence;

    diag_add(r, source, "%s%s", head, list);
    if (at < DIAG_EVIDENCE)
        r->evidence[at].accounts_at = sizeof head - 1;
}

void diag_next(struct diag_report *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(r->next, format, args);
    va_end(args);
}

void diag_measure(struct diagnosis *d, const char *name, double value, const char *unit)
{
    if (d->n_measures < DIAG_MEASURES)
        d->measures[d->n_measures++] = (struct diag_measure){name, value, unit};
}

/* ---- deciding ---- */

static void fill_next(struct diag_report *r)
{
    const struct tws_mode *mode = r->mode ? tws_modes_find(r->mode) : NULL;

    if (r->result == DIAG_BROKEN && !r->next[0] && mode)
        diag_next(r, "%s", mode->remedy);
}

void diagnosis_decide(struct diagnosis *d)
{
    bool works = d->layers[DIAG_LISTENER].result == DIAG_WORKS ||
                 d->layers[DIAG_HANDSHAKE].result == DIAG_WORKS;

    d->broken_at = -1;
    d->attention = false;
    for (int i = DIAG_LAYERS - 1; i >= 0; i--) {
        fill_next(&d->layers[i]);
        if (d->layers[i].result == DIAG_BROKEN)
            d->broken_at = i;
        d->attention = d->attention || d->layers[i].attention;
    }
    d->result = d->broken_at >= 0 ? DIAG_BROKEN : works ? DIAG_WORKS : DIAG_CANNOT_TELL;
}

/* Ids that are known to be some, whatever their form: from then on they are masked everywhere. */
static void mask_known(struct diag_report *r, struct mask *m)
{
    for (size_t e = 0; e < r->n_evidence; e++) {
        char *list = r->evidence[e].text + r->evidence[e].accounts_at;

        if (r->evidence[e].accounts_at)
            mask_accounts(m, list, strlen(list));
    }
}

void diagnosis_mask(struct diagnosis *d, struct mask *m)
{
    for (size_t i = 0; i < DIAG_LAYERS; i++)
        mask_known(&d->layers[i], m);
    for (size_t i = 0; i < DIAG_LAYERS; i++) {
        struct diag_report *r = &d->layers[i];

        mask_text(m, r->says, strlen(r->says));
        mask_text(m, r->next, strlen(r->next));
        for (size_t e = 0; e < r->n_evidence; e++)
            mask_text(m, r->evidence[e].text, strlen(r->evidence[e].text));
    }
    mask_text(m, d->about, strlen(d->about));
}

/* ---- one line ---- */

int diagnosis_nagios_status(const struct diagnosis *d)
{
    switch (d->result) {
    case DIAG_BROKEN:
        return 2;
    case DIAG_WORKS:
        return d->attention ? 1 : 0;
    case DIAG_CANNOT_TELL:
        break;
    }
    return 3;
}

/* The layer that decides what the line says. */
static const struct diag_report *telling(const struct diagnosis *d, const char **name)
{
    int at = d->broken_at;

    for (int i = 0; at < 0 && i < DIAG_LAYERS; i++)
        if (d->layers[i].attention)
            at = i;
    if (at < 0)
        at = d->layers[DIAG_HANDSHAKE].result == DIAG_WORKS ? DIAG_HANDSHAKE : DIAG_LISTENER;
    *name = layer_names[at];
    return &d->layers[at];
}

void diagnosis_nagios(struct out *out, const struct diagnosis *d)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    char line[1200];
    const char *name;
    const struct diag_report *r = telling(d, &name);
    size_t n = (size_t)snprintf(line, sizeof line, "TWS %s - %s %s: %s",
                                words[diagnosis_nagios_status(d)], d->address, name, r->says);

    /* What stands behind a bar is for machines. */
    for (size_t i = 0; i < n; i++)
        if (line[i] == '|')
            line[i] = '/';
    for (size_t i = 0; i < d->n_measures && n < sizeof line - 80; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%s=%.6g%s", i ? " " : " | ",
                              d->measures[i].name, d->measures[i].value, d->measures[i].unit);
    out_line(out, line, n);
}
