#include "json.h"
#include "json_writer.h"
#include "request.h"
#include "verdict.h"
#include <stdio.h>
#include <stdlib.h>

static void put_fixed(struct json_writer *w, const struct tws_event *ev)
{
    struct view_fixed fields[VIEW_FIXED_MAX];
    size_t n = view_fixed(ev, fields);

    JSON_KEY(w, "fields");
    json_char(w, '{');
    for (size_t i = 0; i < n; i++) {
        json_member(w, fields[i].name);
        if (fields[i].is_number)
            json_i64(w, fields[i].number);
        else
            json_cursor(w, fields[i].text);
    }
    json_char(w, '}');
}

/* ---- events, one function a kind ---- */

static void put_open(struct json_writer *w, const struct tws_event *ev)
{
    char buf[VIEW_ENDPOINT];

    json_key_string(w, "client", view_endpoint(&ev->u.open.client, buf));
    json_key_string(w, "gateway", view_endpoint(&ev->u.open.gateway, buf));
    json_key_string(w, "seen", ev->u.open.midstream ? "midstream" : "start");
}

static void put_frame(struct json_writer *w, const struct tws_event *raw_event)
{
    struct tws_event ev;
    const struct tws_message *m;
    char fault[256];
    uint32_t faults = 0;

    if (!view_frame(&w->j->view, w->j->mask, raw_event, &ev))
        w->cut = true;
    m = ev.u.frame.message;
    JSON_KEY(w, "dir");
    json_word(w, tws_side_name(ev.u.frame.dir));
    JSON_KEY(w, "n");
    json_u64(w, ev.u.frame.n);
    JSON_KEY(w, "len");
    json_u64(w, raw_event->u.frame.payload.left);
    JSON_KEY(w, "form");
    json_word(w, view_form(ev.u.frame.form));
    if (m && m->id >= 0) {
        JSON_KEY(w, "id");
        json_i64(w, m->id);
    } else if (m) {
        JSON_KEY(w, "id");
        JSON_RAW(w, "null");
    }
    JSON_KEY(w, "name");
    json_word(w, view_frame_name(&ev));
    if (m)
        json_message(w, m, &faults);
    else
        put_fixed(w, &ev);
    if (*view_fault(&ev, faults, fault, sizeof fault))
        json_key_string(w, "error", fault);
    if (w->j->hex) {
        JSON_KEY(w, "hex");
        json_hex(w, ev.u.frame.payload);
    }
}

static void put_opaque(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "dir", tws_side_name(ev->u.opaque.dir));
    json_key_string(w, "why", view_opaque(ev->u.opaque.why));
    json_key_string(w, "protocol",
                    ev->u.opaque.why == TWS_OPAQUE_FOREIGN ? tws_foreign_name(ev->u.opaque.foreign)
                                                           : NULL);
    json_key_u64(w, "length", ev->u.opaque.length);
    JSON_KEY(w, "first");
    json_hex(w, ev->u.opaque.first);
}

static void put_stage(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "stage", tws_stage_name(ev->u.stage.stage));
    json_key_ms(w, "ms", ev->u.stage.took_ns);
    if (ev->u.stage.stage == TWS_HELLO && ev->u.stage.hello_max) {
        json_key_u64(w, "min_version", ev->u.stage.hello_min);
        json_key_u64(w, "max_version", ev->u.stage.hello_max);
    } else if (ev->u.stage.stage == TWS_VERSION && ev->u.stage.server_version) {
        json_key_u64(w, "server_version", ev->u.stage.server_version);
    } else if (ev->u.stage.stage == TWS_START && ev->u.stage.client_id >= 0) {
        json_key_u64(w, "client_id", (uint64_t)ev->u.stage.client_id);
    }
}

/* The time from asking to `then`; null when it did not come to that. */
static void key_after(struct json_writer *w, const char *name, uint64_t asked, uint64_t then)
{
    json_key(w, name);
    if (then)
        json_ms(w, then > asked ? then - asked : 0);
    else
        JSON_RAW(w, "null");
}

/* Which of its kind a request is. */
static void put_key(struct json_writer *w, enum tws_key kind, int64_t key)
{
    if (kind == TWS_KEY_NONE || kind == TWS_KEY_BY_TYPE)
        JSON_RAW(w, "\"type\"");
    else
        json_i64(w, key);
}

/* Free text in which accounts are masked. */
static void put_free_text(struct json_writer *w, struct tws_cursor text)
{
    char buf[1024], *copy = text.left <= sizeof buf ? buf : malloc(text.left);

    if (!copy) {
        w->cut = true;
        JSON_RAW(w, "null");
        return;
    }
    if (text.left)
        memcpy(copy, text.p, text.left);
    mask_text(w->j->mask, copy, text.left);
    json_bytes(w, (const uint8_t *)copy, text.left);
    if (copy != buf)
        free(copy);
}

static void put_free_string(struct json_writer *w, const char *text)
{
    put_free_text(w, (struct tws_cursor){(const uint8_t *)text, strlen(text)});
}

static void put_request(struct json_writer *w, const struct tws_event *ev)
{
    enum tws_key kind = ev->u.request.key_kind;

    JSON_KEY(w, "id");
    json_i64(w, ev->u.request.id);
    json_key_string(w, "name", ev->u.request.name);
    JSON_KEY(w, "key");
    put_key(w, kind, ev->u.request.key);
    json_key_string(w, "key_kind", view_key(kind));
    key_after(w, "first_ms", ev->u.request.asked_ns, ev->u.request.first_ns);
    key_after(w, "end_ms", ev->u.request.asked_ns, ev->u.request.end_ns);
    json_key_u64(w, "answers", ev->u.request.answers);
    json_key_string(w, "status", tws_request_status_name(ev->u.request.status));
    if (ev->u.request.status != TWS_REQ_ERROR)
        return;
    JSON_KEY(w, "code");
    json_i64(w, ev->u.request.code);
    JSON_KEY(w, "text");
    put_free_text(w, ev->u.request.text);
}

static void put_notice(struct json_writer *w, const struct tws_event *ev)
{
    JSON_KEY(w, "code");
    json_i64(w, ev->u.notice.code);
    JSON_KEY(w, "reqId");
    json_i64(w, ev->u.notice.req_id);
    JSON_KEY(w, "text");
    put_free_text(w, ev->u.notice.text);
    json_key_string(w, "class", tws_notice_class_name(ev->u.notice.class));
    if (ev->u.notice.link != TWS_LINK_UNKNOWN)
        json_key_string(w, "link", tws_link_name(ev->u.notice.link));
    if (ev->u.notice.farm.since_ns) {
        json_key_string(w, "farm", ev->u.notice.farm.name);
        json_key_string(w, "farm_state",
                        tws_farm_state_name((enum tws_farm_state)ev->u.notice.farm.state));
    }
}

static void put_pacing(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "what", tws_pace_name(ev->u.pacing.what));
    json_key_u64(w, "count", ev->u.pacing.count);
    json_key_u64(w, "limit", ev->u.pacing.limit);
    JSON_KEY(w, "window_s");
    json_seconds(w, ev->u.pacing.window_ns);
}

static void key_last(struct json_writer *w, const char *name, const struct tws_last *l,
                     enum tws_side dir)
{
    const char *frame = view_last_name(l, dir);

    json_key(w, name);
    if (!frame) {
        JSON_RAW(w, "null");
        return;
    }
    json_char(w, '{');
    json_member_u64(w, "n", l->n);
    json_member_string(w, "name", frame);
    json_member(w, "ts");
    json_time(w, l->ts_ns);
    json_char(w, '}');
}

static void member_bool(struct json_writer *w, const char *name, bool truth)
{
    json_member(w, name);
    if (truth)
        JSON_RAW(w, "true");
    else
        JSON_RAW(w, "false");
}

static void member_process(struct json_writer *w, const char *name, const struct tws_process *p)
{
    if (!p->pid)
        return;
    json_member(w, name);
    json_char(w, '{');
    json_member_u64(w, "pid", p->pid);
    json_member_string(w, "name", p->name);
    json_member_string(w, "program", tws_program_name((enum tws_program)p->program));
    member_bool(w, "stopped", tws_process_stopped(p));
    json_char(w, '}');
}

#define SOCKET_NUMBER(name, old) {#name, k->name},

static void key_kernel(struct json_writer *w, const struct tws_kernel *k)
{
    const struct {
        const char *name;
        uint32_t n;
    } numbers[] = {TWS_KERNEL_SOCKET(SOCKET_NUMBER)};

    JSON_KEY(w, "kernel");
    json_char(w, '{');
    for (size_t i = 0; k->known && i < sizeof numbers / sizeof numbers[0]; i++)
        json_member_u64(w, numbers[i].name, numbers[i].n);
    if (k->peer_known) {
        member_bool(w, "accepted", k->peer_owned);
        json_member_u64(w, "gateway_unread", k->peer_unread);
    }
    if (k->queue_known) {
        json_member_u64(w, "queue", k->queue);
        json_member_u64(w, "backlog", k->backlog);
    }
    member_process(w, "owner", &k->owner);
    json_char(w, '}');
}

static void key_others(struct json_writer *w, const struct tws_others *o)
{
    JSON_KEY(w, "others");
    json_char(w, '{');
    json_member_u64(w, "open", o->open);
    json_member_u64(w, "live_answering", o->live_answering);
    json_member_u64(w, "live_silent", o->live_silent);
    json_member_u64(w, "new_unanswered", o->new_unanswered);
    json_member_u64(w, "new_answered", o->new_answered);
    json_char(w, '}');
}

static void put_silence(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "stage", tws_trouble_name(ev->u.silence.stage));
    json_key_string(w, "owes", tws_side_name(ev->u.silence.owes));
    JSON_KEY(w, "since");
    json_time(w, ev->u.silence.since_ns);
    json_key_ms(w, "waited_ms", ev->u.silence.waited_ns);
    key_last(w, "last_client", &ev->u.silence.last_client, TWS_CLIENT);
    key_last(w, "last_gateway", &ev->u.silence.last_gateway, TWS_GATEWAY);
    key_kernel(w, &ev->u.silence.kernel);
    key_others(w, &ev->u.silence.others);
}

static void member_wire_side(struct json_writer *w, const char *name, const struct tws_wire_side *s)
{
    json_member(w, name);
    json_char(w, '{');
    json_member_u64(w, "unacked", s->unacked);
    json_member(w, "unacked_since");
    json_time(w, s->unacked_ns);
    json_member_u64(w, "retransmits", s->retransmits);
    json_member_u64(w, "retransmits_now", s->retransmits_now);
    json_member_u64(w, "window_probes", s->window_probes);
    json_member_u64(w, "syns", s->syns);
    json_member(w, "window_closed_ms");
    json_ms(w, s->zero_ns);
    json_member(w, "window_was_closed_ms");
    json_ms(w, s->zero_total_ns);
    json_char(w, '}');
}

static void key_wire(struct json_writer *w, const struct tws_wire *t)
{
    JSON_KEY(w, "wire");
    json_char(w, '{');
    if (t->known) {
        member_bool(w, "established", t->established);
        member_bool(w, "late_reset", t->late_reset);
        member_bool(w, "other_family", t->other_family);
        member_wire_side(w, "client", &t->client);
        member_wire_side(w, "gateway", &t->gateway);
    }
    json_char(w, '}');
}

static void put_facts(struct json_writer *w, const struct tws_event *ev)
{
    const struct tws_facts *f = ev->u.facts.facts;

    key_kernel(w, &f->kernel);
    key_wire(w, &f->wire);
    key_others(w, &ev->u.facts.others);
    JSON_KEY(w, "taken");
    json_time(w, f->taken_ns);
}

static void put_gap(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "dir", tws_side_name(ev->u.gap.dir));
    JSON_KEY(w, "bytes");
    if (ev->u.gap.missing)
        json_u64(w, ev->u.gap.missing);
    else
        JSON_RAW(w, "null");
    json_key_u64(w, "resync", ev->u.gap.skipped);
    JSON_KEY(w, "found");
    if (ev->u.gap.found)
        JSON_RAW(w, "true");
    else
        JSON_RAW(w, "false");
}

static void put_drops(struct json_writer *w, const struct tws_event *ev)
{
    json_key_u64(w, "kernel", ev->u.drops.kernel);
    json_key_u64(w, "interface", ev->u.drops.interface);
    json_key_u64(w, "received", ev->u.drops.received);
}

static void key_pair(struct json_writer *w, const char *name, uint64_t client, uint64_t gateway)
{
    json_key(w, name);
    json_char(w, '{');
    json_member_u64(w, "client", client);
    json_member_u64(w, "gateway", gateway);
    json_char(w, '}');
}

static void member_digest(struct json_writer *w, const char *name, uint64_t d)
{
    char text[17];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)d);
    json_member_string(w, name, text);
}

static void put_close(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "by", tws_side_name(ev->u.close.by));
    json_key_string(w, "how", tws_ending_name(ev->u.close.how));
    if (ev->u.close.reason)
        json_key_string(w, "reason", ev->u.close.reason);
    json_key_ms(w, "lasted_ms", ev->u.close.lasted_ns);
    key_pair(w, "bytes", ev->u.close.bytes_client, ev->u.close.bytes_gateway);
    key_pair(w, "frames", ev->u.close.frames_client, ev->u.close.frames_gateway);
    if (!ev->u.close.digest_client && !ev->u.close.digest_gateway)
        return; /* none were kept: XXH64 of nothing is not 0 */
    JSON_KEY(w, "digest");
    json_char(w, '{');
    member_digest(w, "client", ev->u.close.digest_client);
    member_digest(w, "gateway", ev->u.close.digest_gateway);
    json_char(w, '}');
}

static void put_evidence(struct json_writer *w, const struct tws_evidence *e)
{
    json_comma(w);
    json_char(w, '{');
    json_member_string(w, "what", e->what);
    json_member(w, "value");
    put_free_string(w, e->value);
    json_member_string(w, "source", tws_source_name(e->source));
    json_member_string(w, "fact", e->fact);
    if (e->unit) {
        json_member(w, "number");
        json_double(w, e->number);
        json_member_string(w, "unit", e->unit);
    }
    json_char(w, '}');
}

static void put_cause(struct json_writer *w, const struct tws_cause *c)
{
    json_comma(w);
    json_char(w, '{');
    json_member_string(w, "mode", c->mode->id);
    json_member_string(w, "title", c->mode->title);
    json_member_string(w, "certainty", tws_certainty_name(c->certainty));
    json_member_string(w, "why", c->why);
    json_member_string(w, "check", tws_cause_check(c));
    json_member_string(w, "remedy", tws_cause_remedy(c));
    json_char(w, '}');
}

static const char *request_state(const struct tws_open_request *q)
{
    if (q->settled)
        return "live";
    return q->answers ? "answering" : q->reported ? "unanswered" : "waiting";
}

static void put_open_request(struct json_writer *w, const struct tws_open_request *q, uint64_t now)
{
    json_comma(w);
    json_char(w, '{');
    json_member_string(w, "name", tws_request_name(q->id));
    json_member(w, "key");
    put_key(w, (enum tws_key)q->key_kind, q->key);
    json_member_string(w, "class", tws_request_class_name((enum tws_request_class)q->class));
    json_member_string(w, "state", request_state(q));
    json_member(w, "age_ms");
    json_ms(w, now > q->asked_ns ? now - q->asked_ns : 0);
    json_member(w, "last_ms"); /* since the newest answer */
    if (q->last_ns)
        json_ms(w, now > q->last_ns ? now - q->last_ns : 0);
    else
        JSON_RAW(w, "null");
    json_member_u64(w, "answers", q->answers);
    json_char(w, '}');
}

/* What the client waits for, oldest first. */
static void key_open(struct json_writer *w, const struct tws_open *open, uint64_t now)
{
    JSON_KEY(w, "open");
    json_char(w, '[');
    for (size_t i = 0; i < open->n; i++)
        put_open_request(w, &open->request[i], now);
    json_char(w, ']');
    if (open->more)
        json_key_u64(w, "open_more", open->more);
}

static void put_verdict(struct json_writer *w, const struct tws_event *ev)
{
    const struct tws_verdict *v = ev->u.verdict;

    JSON_KEY(w, "final");
    if (v->final)
        JSON_RAW(w, "true");
    else
        JSON_RAW(w, "false");
    JSON_KEY(w, "says");
    put_free_string(w, v->says);
    json_key_string(w, "progress", tws_stage_name(v->progress));
    json_key_string(w, "stage", tws_trouble_name(v->stage));
    json_key_string(w, "silent", tws_side_name(v->silent));
    JSON_KEY(w, "since");
    json_time(w, v->since_ns);
    JSON_KEY(w, "silence_s");
    json_seconds(w, v->silence_ns);
    json_key_string(w, "mode", v->mode ? v->mode->id : NULL);
    json_key_string(w, "certainty", tws_certainty_name(v->certainty));
    JSON_KEY(w, "evidence");
    json_char(w, '[');
    for (size_t i = 0; i < v->n_evidence; i++)
        put_evidence(w, &v->evidence[i]);
    json_char(w, ']');
    JSON_KEY(w, "causes");
    json_char(w, '[');
    for (size_t i = 0; i < v->n_causes; i++)
        put_cause(w, &v->causes[i]);
    json_char(w, ']');
    json_key_string(w, "next", v->next);
    if (!v->final)
        key_open(w, &v->open, ev->ts_ns);
}

static void put_limit(struct json_writer *w, const struct tws_event *ev)
{
    json_key_string(w, "what", tws_limit_name(ev->u.limit.what));
    json_key_u64(w, "held", ev->u.limit.held);
    JSON_KEY(w, "limit");
    if (ev->u.limit.limit)
        json_u64(w, ev->u.limit.limit);
    else
        JSON_RAW(w, "null");
    JSON_KEY(w, "over");
    if (ev->u.limit.over)
        JSON_RAW(w, "true");
    else
        JSON_RAW(w, "false");
}

/* Of observers that see packets. */
static void key_captured(struct json_writer *w, const struct tws_captured *c)
{
    if (!c->packets)
        return;
    JSON_KEY(w, "captured");
    json_char(w, '{');
    json_member_u64(w, "packets", c->packets);
    json_member_u64(w, "segments", c->segments);
    json_member_u64(w, "dropped_kernel", c->dropped_kernel);
    json_member_u64(w, "dropped_interface", c->dropped_interface);
    json_member_u64(w, "fragments", c->fragments);
    json_member_u64(w, "unreadable", c->unreadable);
    json_member_u64(w, "snapped", c->snapped);
    json_member_u64(w, "bad_checksums", c->bad_checksums);
    json_member_u64(w, "retransmitted", c->retransmitted);
    json_member_u64(w, "out_of_order", c->out_of_order);
    json_member_u64(w, "differing", c->differing);
    json_member_u64(w, "evicted", c->evicted);
    json_char(w, '}');
}

static void member_ms(struct json_writer *w, const char *name, uint64_t ns)
{
    json_member(w, name);
    json_ms(w, ns);
}

/* How long first answers took, by the name of the request. */
static void key_latency(struct json_writer *w, const struct tws_summary *s)
{
    bool any = false;

    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
        const struct tws_latency *l = &s->latency[id];
        const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, id);

        if (!l->n || !row)
            continue;
        if (!any) {
            JSON_KEY(w, "latency");
            json_char(w, '{');
        }
        any = true;
        json_member(w, row->name);
        json_char(w, '{');
        json_member_u64(w, "answered", l->n);
        member_ms(w, "p50_ms", tws_latency_at(l, 50));
        member_ms(w, "p90_ms", tws_latency_at(l, 90));
        member_ms(w, "p99_ms", tws_latency_at(l, 99));
        member_ms(w, "max_ms", l->max_ns);
        json_char(w, '}');
    }
    if (any)
        json_char(w, '}');
}

static void put_summary(struct json_writer *w, const struct tws_event *ev)
{
    const struct tws_summary *s = ev->u.summary;

    json_key_u64(w, "connections", s->connections);
    json_key_u64(w, "healthy", s->healthy);
    json_key_u64(w, "troubled", s->troubled);
    json_key_u64(w, "probes", s->probes);
    json_key_u64(w, "refused", s->refused);
    key_pair(w, "frames", s->frames_client, s->frames_gateway);
    key_pair(w, "bytes", s->bytes_client, s->bytes_gateway);
    json_key_u64(w, "silences", s->silences);
    json_key_u64(w, "recovered", s->recovered);
    JSON_KEY(w, "decode_failures");
    json_char(w, '{');
    json_member_u64(w, "opaque", s->opaque);
    json_member_u64(w, "odd_frames", s->odd_frames);
    json_member_u64(w, "unknown_ids", s->unknown_ids);
    json_char(w, '}');
    if (s->gaps) {
        JSON_KEY(w, "gaps");
        json_char(w, '{');
        json_member_u64(w, "count", s->gaps);
        json_member_u64(w, "bytes", s->missing);
        json_char(w, '}');
    }
    key_captured(w, &s->captured);
    key_latency(w, s);
    json_key_u64(w, "events_lost", s->events_lost);
    if (s->blacked_out)
        json_key_u64(w, "recording_blacked_out_bytes", s->blacked_out);
    JSON_KEY(w, "lasted_s");
    json_seconds(w, s->lasted_ns);
}

static void (*const puts_by_kind[TWS_EVENTS])(struct json_writer *w, const struct tws_event *ev) = {
    [TWS_EV_OPEN] = put_open,       [TWS_EV_FRAME] = put_frame,       [TWS_EV_OPAQUE] = put_opaque,
    [TWS_EV_STAGE] = put_stage,     [TWS_EV_REQUEST] = put_request,   [TWS_EV_NOTICE] = put_notice,
    [TWS_EV_SILENCE] = put_silence, [TWS_EV_RECOVERED] = put_silence, [TWS_EV_GAP] = put_gap,
    [TWS_EV_CLOSE] = put_close,     [TWS_EV_VERDICT] = put_verdict,   [TWS_EV_LIMIT] = put_limit,
    [TWS_EV_DROPS] = put_drops,     [TWS_EV_SUMMARY] = put_summary,   [TWS_EV_PACING] = put_pacing,
    [TWS_EV_FACTS] = put_facts,
};

/* ---- the sink ---- */

bool json_sink_init(struct json_sink *j, struct out *out, struct mask *mask, bool hex)
{
    *j = (struct json_sink){.out = out, .mask = mask, .hex = hex, .cap = 4096};
    j->line = malloc(j->cap);
    return j->line != NULL;
}

void json_sink_free(struct json_sink *j)
{
    json_keys_free(j);
    free(j->line);
    view_free(&j->view);
    j->line = NULL;
    j->cap = 0;
}

#define KEEP 65536u /* bytes of the line buffer kept from event to event */

/* One huge frame must not cost its memory for the rest of the run. */
static void shrink(struct json_sink *j)
{
    char *line = j->cap > KEEP ? realloc(j->line, KEEP) : NULL;

    if (!line)
        return;
    j->line = line;
    j->cap = KEEP;
}

struct tws_sink json_sink(struct json_sink *j)
{
    return (struct tws_sink){json_put, j, (TWS_WANTS(TWS_EVENTS) - 1) & ~TWS_WANTS(TWS_EV_STATE)};
}

void json_put(void *json_sink, const struct tws_event *ev)
{
    struct json_sink *j = json_sink;
    struct json_writer w = {.j = j};

    if (!puts_by_kind[ev->kind])
        return;
    JSON_RAW(&w, "{\"v\":1");
    JSON_KEY(&w, "event");
    json_word(&w, view_event(ev->kind));
    JSON_KEY(&w, "ts");
    json_time(&w, ev->ts_ns);
    if (ev->conn) {
        JSON_KEY(&w, "conn");
        json_u64(&w, ev->conn);
    }
    puts_by_kind[ev->kind](&w, ev);
    if (w.cut)
        JSON_RAW(&w, ",\"cut\":true");
    JSON_RAW(&w, "}");
    if (w.full)
        j->out->lost++;
    else
        out_line(j->out, j->line, w.len);
    shrink(j);
}
