#include "diagnosis.h"
#include "json_writer.h"
#include <stdio.h>

static void begin(struct json_writer *w, const char *event, const struct diagnosis *d)
{
    JSON_RAW(w, "{\"v\":1,\"event\":");
    json_word(w, event);
    JSON_KEY(w, "ts");
    json_time(w, d->ts_ns);
    json_key_string(w, "address", d->address);
}

static void end(struct json_writer *w, struct out *out)
{
    JSON_RAW(w, "}");
    if (w->full)
        out->lost++;
    else
        out_line(out, w->j->line, w->len);
}

static void key_bool(struct json_writer *w, const char *name, bool truth)
{
    json_key(w, name);
    if (truth)
        JSON_RAW(w, "true");
    else
        JSON_RAW(w, "false");
}

static void put_evidence(struct json_writer *w, const struct diag_report *r)
{
    JSON_KEY(w, "evidence");
    json_char(w, '[');
    for (size_t i = 0; i < r->n_evidence; i++) {
        json_comma(w);
        json_char(w, '{');
        json_member_string(w, "what", r->evidence[i].text);
        json_member_string(w, "source", tws_source_name(r->evidence[i].source));
        json_char(w, '}');
    }
    json_char(w, ']');
}

static void put_layer(struct json_sink *j, const struct diagnosis *d, size_t i)
{
    const struct diag_report *r = &d->layers[i];
    struct json_writer w = {.j = j};

    begin(&w, "layer", d);
    json_key_string(&w, "layer", diag_layer_name((enum diag_layer)i));
    json_key_string(&w, "result", diag_result_name(r->result));
    key_bool(&w, "attention", r->attention);
    json_key_string(&w, "says", r->says);
    put_evidence(&w, r);
    json_key_string(&w, "mode", r->mode);
    json_key_string(&w, "certainty", r->mode ? tws_certainty_name(r->certainty) : NULL);
    json_key_string(&w, "next", r->next[0] ? r->next : NULL);
    end(&w, j->out);
}

static void put_measures(struct json_writer *w, const struct diagnosis *d)
{
    JSON_KEY(w, "measures");
    json_char(w, '{');
    for (size_t i = 0; i < d->n_measures; i++) {
        const struct diag_measure *m = &d->measures[i];
        char name[64];

        snprintf(name, sizeof name, "%s%s%s", m->name, m->unit[0] ? "_" : "", m->unit);
        json_member(w, name);
        json_double(w, m->value);
    }
    json_char(w, '}');
}

static void put_whole(struct json_sink *j, const struct diagnosis *d)
{
    const struct diag_report *r = d->broken_at >= 0 ? &d->layers[d->broken_at] : NULL;
    struct json_writer w = {.j = j};

    begin(&w, "diagnosis", d);
    json_key_string(&w, "result", diag_result_name(d->result));
    key_bool(&w, "attention", d->attention);
    json_key_string(&w, "broken_at", r ? diag_layer_name((enum diag_layer)d->broken_at) : NULL);
    json_key_string(&w, "mode", r ? r->mode : NULL);
    json_key_string(&w, "certainty", r ? tws_certainty_name(r->certainty) : NULL);
    json_key_string(&w, "says", r ? r->says : NULL);
    json_key_string(&w, "next", r && r->next[0] ? r->next : NULL);
    put_measures(&w, d);
    end(&w, j->out);
}

bool diagnosis_json(struct out *out, const struct diagnosis *d, const struct diagnosis *before)
{
    struct json_sink j;
    bool any = !before;

    if (!json_sink_init(&j, out, NULL, false))
        return false;
    for (size_t i = 0; i < DIAG_LAYERS; i++) {
        if (before && !diag_differs(&d->layers[i], &before->layers[i]))
            continue;
        any = true;
        put_layer(&j, d, i);
    }
    if (any)
        put_whole(&j, d);
    json_sink_free(&j);
    return true;
}
