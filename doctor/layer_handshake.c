/* layer_handshake.c - what one whole session showed, and the settings that it read back. */
#include "look.h"
#include "talk.h"
#include <stdio.h>
#include <string.h>

static const char *const step_names[TALK_STEPS] = {
    [TALK_CONNECT] = "connected",
    [TALK_HELLO] = "hello, and the Gateway's version",
    [TALK_WELCOME] = "startApi, and the welcome (next order id, accounts)",
    [TALK_TIME] = "asked for the time, and got it",
    [TALK_SETTINGS] = "asked for the settings, and got them",
    [TALK_CLOSE] = "closed by both",
};

/* For graphs and for JSON. */
static const char *const measure_names[TALK_STEPS] = {
    [TALK_CONNECT] = "connect",   [TALK_HELLO] = "hello",       [TALK_WELCOME] = "welcome",
    [TALK_TIME] = "current_time", [TALK_SETTINGS] = "settings", [TALK_CLOSE] = "close",
};

static void add_steps(struct look *l, const struct talk *t, struct diag_report *r)
{
    for (size_t i = 0; i < TALK_STEPS; i++) {
        double ms = (double)t->took_ns[i] / 1e6;

        if (!t->done[i])
            continue;
        diag_add(r, TWS_FROM_WIRE, "%7.2f ms  %s", ms, step_names[i]);
        diag_measure(l->d, measure_names[i], ms, "ms");
    }
}

static void add_found(const struct talk *t, struct diag_report *r)
{
    uint32_t ok = tws_upstream_count(&t->upstream, TWS_FARM_OK, NULL);
    uint32_t broken = tws_upstream_count(&t->upstream, TWS_FARM_BROKEN, NULL);

    if (t->version)
        diag_add(r, TWS_FROM_WIRE, "server version %lu, our client id %ld",
                 (unsigned long)t->version, (long)t->client_id);
    if (t->accounts)
        diag_add_accounts(r, TWS_FROM_WIRE, t->account_list);
    if (t->next_id >= 0)
        diag_add(r, TWS_FROM_WIRE, "next order id %lld", (long long)t->next_id);
    if (ok || broken)
        diag_add(r, TWS_FROM_WIRE, "data farms: %u connected, %u not", ok, broken);
    if (t->last_code)
        diag_add(r, TWS_FROM_WIRE, "the Gateway said %lld: %s", (long long)t->last_code,
                 t->last_text);
}

static void add_left(const struct talk *t, struct diag_report *r)
{
    if (t->left_behind)
        diag_add(r, TWS_FROM_KERNEL,
                 "we closed, and the Gateway has not within 1 s: this look "
                 "leaves one socket behind");
}

/* ---- where it did not go through ---- */

static const struct {
    const char *step, *waits; /* what was said, and what did not come */
} told[TALK_STEPS] = {
    [TALK_CONNECT] = {"connect", "the connection was not made"},
    [TALK_HELLO] = {"hello", "no version came"},
    [TALK_WELCOME] = {"startApi", "no welcome came"},
    [TALK_TIME] = {"reqCurrentTime", "no time came"},
    [TALK_SETTINGS] = {"reqConfig", "no settings came"},
    [TALK_CLOSE] = {"close", "nothing came"},
};

static void say_failed(const struct talk *t, double patience, struct diag_report *r)
{
    const struct tws_verdict *v = &t->verdict;
    const char *mode = v->mode ? v->mode->id : NULL;
    enum tws_certainty grade = v->mode ? v->certainty : TWS_CANNOT_TELL;
    const char *half = t->at != TALK_WELCOME  ? told[t->at].waits
                       : t->welcomed_accounts ? "the accounts came, the next order id did not"
                       : t->welcomed_id       ? "the next order id came, the accounts did not"
                                              : told[t->at].waits;

    switch (t->end) {
    case TALK_UNANSWERED:
        diag_broken(r, mode, grade, "%s: %s within %.1f s", told[t->at].step, half, patience);
        break;
    case TALK_REFUSED:
        diag_broken(r, mode, grade, "connect: refused, no program listens there");
        break;
    case TALK_UNREACHABLE:
        diag_broken(r, mode, grade, "connect: %s", strerror(t->error));
        break;
    case TALK_CLOSED:
        diag_broken(r, mode, grade, "%s: the Gateway %s the connection; %s", told[t->at].step,
                    t->error ? "reset" : "closed", half);
        break;
    case TALK_DONE:
    case TALK_NO_SOCKET:
    case TALK_STOPPED:
        return;
    }
    if (v->says[0])
        diag_add(r, TWS_FROM_WIRE, "%s", v->says);
}

/* What the catalogue made of it; the steps themselves were said already. */
static void add_causes(const struct talk *t, struct diag_report *r)
{
    const struct tws_verdict *v = &t->verdict;

    for (size_t i = 0; i < v->n_evidence; i++)
        if (v->evidence[i].source == TWS_FROM_KERNEL)
            diag_add(r, TWS_FROM_KERNEL, "%s: %s", v->evidence[i].what, v->evidence[i].value);
    for (size_t i = 0; i < v->n_causes && i < 3; i++)
        diag_add(r, TWS_FROM_WIRE, "%s: %s: %s", tws_certainty_name(v->causes[i].certainty),
                 v->causes[i].mode->id, v->causes[i].why);
    if (!r->mode && v->next)
        diag_next(r, "%s", v->next);
    else if (r->mode && v->n_causes)
        diag_next(r, "%s", tws_cause_remedy(&v->causes[0]));
}

static void say_went_through(const struct talk *t, struct diag_report *r)
{
    uint64_t all = 0;

    for (size_t i = 0; i < TALK_CLOSE; i++)
        all += t->took_ns[i];
    if (!t->accounts) {
        diag_broken(r, "empty-accounts", TWS_CERTAIN,
                    "welcomed, with an empty list of accounts: programs take that for a failure");
        return;
    }
    diag_works(r, "a whole session in %.1f ms: version %lu, %u account%s, time asked and answered",
               (double)all / 1e6, (unsigned long)t->version, t->accounts,
               t->accounts == 1 ? "" : "s");
    if (t->left_behind)
        diag_attention(r, "a whole session went through, but the Gateway does not close its end");
}

static void add_clock(const struct talk *t, struct diag_report *r)
{
    int64_t off = t->time_s - (int64_t)(t->time_at_ns / 1000000000u);

    if (t->time_s > 0 && (off > 5 || off < -5))
        diag_add(r, TWS_FROM_WIRE, "the Gateway's clock and ours are %lld s apart",
                 (long long)(off < 0 ? -off : off));
}

void layer_handshake(struct look *l, struct diag_report *r)
{
    const struct talk *t = l->talk;
    const char *why = look_no_session(l);

    if (!t) {
        diag_cannot_tell(r, "%s", why ? why : "not tried");
        return;
    }
    if (t->end == TALK_NO_SOCKET)
        diag_cannot_tell(r, "no socket could be made: %s", strerror(t->error));
    else if (t->end == TALK_STOPPED)
        diag_cannot_tell(r, "stopped by a signal before it was over");
    else if (t->end == TALK_DONE || t->at == TALK_SETTINGS)
        say_went_through(t, r); /* an old build may not know the last question */
    else
        say_failed(t, l->ask->patience, r);
    if (r->result == DIAG_BROKEN)
        add_causes(t, r);
    add_left(t, r);
    add_steps(l, t, r);
    add_found(t, r);
    add_clock(t, r);
}

/* ---- settings ---- */

static const char *on_off(int flag)
{
    return flag < 0 ? "not said" : flag ? "on" : "off";
}

static void add_trusted(const struct look *l, const struct talk_settings *s, struct diag_report *r)
{
    diag_add(r, TWS_FROM_WIRE, "trusted addresses: %u%s", s->n_trusted,
             s->n_trusted && !l->ask->show_accounts ? " (--show-accounts shows them)" : "");
    for (unsigned i = 0; l->ask->show_accounts && i < s->n_trusted && i < TALK_TRUSTED_MAX; i++)
        diag_add(r, TWS_FROM_WIRE, "trusted: %s", s->trusted[i]);
}

static void say_settings(const struct look *l, const struct talk_settings *s, struct diag_report *r)
{
    char port[32] = "not said";

    if (s->port > 0)
        snprintf(port, sizeof port, "%lld", (long long)s->port);
    if (s->read_only > 0)
        diag_attention(r, "Read-Only API on: orders are refused; localhost only %s, port %s",
                       on_off(s->localhost_only), port);
    else
        diag_works(r, "Read-Only API %s, localhost only %s, port %s", on_off(s->read_only),
                   on_off(s->localhost_only), port);
    if (s->read_only > 0)
        diag_next(r, "To send orders: API > Settings: untick \"Read-Only API\" and save it");
    if (s->port > 0 && s->port != l->to.port)
        diag_add(r, TWS_FROM_WIRE, "its own port is %lld, not %u: there is a relay between",
                 (long long)s->port, (unsigned)l->to.port);
    if (s->logoff_time[0])
        diag_add(r, TWS_FROM_WIRE, "ends or restarts each day at %s (%s)", s->logoff_time,
                 s->logoff_type[0] ? s->logoff_type : "kind not said");
    diag_add(r, TWS_FROM_WIRE,
             "message log file %s, master client id %lld, bulk data timeout "
             "%lld s",
             on_off(s->message_log), (long long)s->master_id, (long long)s->bulk_timeout);
    diag_add(r, TWS_FROM_WIRE,
             "rejects messages above the rate: %s; keeps a connection with bad "
             "fields: %s",
             on_off(s->reject_above_rate), on_off(s->keep_on_bad_fields));
    add_trusted(l, s, r);
}

void layer_settings(struct look *l, struct diag_report *r)
{
    const struct talk *t = l->talk;

    if (!t)
        diag_cannot_tell(r, "only a session can read them");
    else if (t->settings.known)
        say_settings(l, &t->settings, r);
    else if (t->settings.refused)
        diag_cannot_tell(r, "the Gateway does not give them: %lld %s", (long long)t->last_code,
                         t->last_text);
    else if (t->version && t->version < 219)
        diag_cannot_tell(r, "server version %lu does not offer them (from 219 on, TWS 10.43)",
                         (unsigned long)t->version);
    else if (t->at == TALK_SETTINGS)
        diag_cannot_tell(r, "asked for, and not answered");
    else
        diag_cannot_tell(r, "the session did not come that far");
}
