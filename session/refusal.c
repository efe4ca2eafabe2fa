/* refusal.c - which request an error without an id refused. */
#include "refusal.h"
#include "notice.h"
#include <stdio.h>
#include <string.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool in_word(uint8_t c)
{
    c = lower(c);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Where the text holds this word next, by itself and in whatever case, from `at` on; text.left:
 * nowhere. */
static size_t find_word(struct tws_cursor text, size_t at, const char *word)
{
    size_t n = strlen(word), i;

    for (; at + n <= text.left; at++) {
        for (i = 0; i < n && lower(text.p[at + i]) == lower((uint8_t)word[i]); i++)
            ;
        if (i == n && (at == 0 || !in_word(text.p[at - 1])) &&
            (at + n == text.left || !in_word(text.p[at + n])))
            return at;
    }
    return text.left;
}

static bool ends_with(struct tws_cursor text, size_t end, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i < n; i++)
        if (end < n || lower(text.p[end - n + i]) != (uint8_t)word[i])
            return false;
    return true;
}

/* Is the number at `at` announced as an id: "tickerId:5", "order 538", "request id = 9001"? */
static bool is_announced(struct tws_cursor text, size_t at)
{
    static const char *const words[] = {"id", "order", "request", "ticker"};

    while (at > 0 && !in_word(text.p[at - 1]))
        at--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (ends_with(text, at, words[i]))
            return true;
    return false;
}

#define KEY_TELLING 1000 /* smaller numbers stand in texts for other things, too */

static bool quotes_key(struct tws_cursor text, int64_t key)
{
    char word[24];

    snprintf(word, sizeof word, "%lld", (long long)key);
    for (size_t at = find_word(text, 0, word); at < text.left; at = find_word(text, at + 1, word))
        if (key >= KEY_TELLING || is_announced(text, at))
            return true;
    return false;
}

/* Does the text name this request, or quote its id? */
static bool names(struct tws_cursor text, const struct tws_request *q)
{
    return find_word(text, 0, tws_request_name(q->id)) < text.left ||
           (q->key_kind != TWS_KEY_BY_TYPE && quotes_key(text, q->key));
}

/* Nothing is known of it yet, and an answer would still be in time. */
static bool may_be(const struct tws_session *s, const struct tws_request *q, uint64_t now)
{
    return !q->settled && !q->answers && !q->excused &&
           tws_between(q->asked_ns, now) <= tws_request_allowance(q, s->env);
}

#define AT_ONCE_NS 1000000000u /* an error comes this soon after what it is about */

/* Those that it may be about; of them, those that its text names, those without an id, and those
 * with one that were sent just before. */
struct candidates {
    uint32_t n, named, without_id, fresh_with_id;
    uint32_t last, last_named, last_without_id; /* places */
};

static struct candidates look(const struct tws_session *s, struct tws_cursor text, uint64_t now)
{
    struct candidates c = {0};

    for (uint32_t i = 0; i < s->requests.n; i++) {
        const struct tws_request *q = &s->requests.open[i];

        if (!may_be(s, q, now))
            continue;
        c.n++;
        c.last = i;
        if (names(text, q)) {
            c.named++;
            c.last_named = i;
        }
        if (q->key_kind == TWS_KEY_BY_TYPE) {
            c.without_id++;
            c.last_without_id = i;
        } else {
            c.fresh_with_id += tws_between(q->asked_ns, now) <= AT_ONCE_NS;
        }
    }
    return c;
}

static void keep_text(struct tws_refusal *r, struct tws_cursor text)
{
    size_t n = text.left < sizeof r->text - 1 ? text.left : sizeof r->text - 1;

    for (size_t i = 0; i < n; i++)
        r->text[i] = text.p[i] >= ' ' && text.p[i] < 0x7f ? (char)text.p[i] : '?';
    r->text[n] = '\0';
}

/* The client's newest message is one that gets no answer, and may get this error. */
static bool may_be_another(const struct tws_session *s, uint64_t now)
{
    return s->last[0].n && !tws_request_followed(s->last[0].id) &&
           tws_between(s->last[0].ts_ns, now) <= AT_ONCE_NS;
}

/* The record, as of request `i`. */
static void point_at(struct tws_session *s, uint32_t i, enum tws_certainty how_sure)
{
    const struct tws_request *q = &s->requests.open[i];
    struct tws_refusal *r = &s->checks.asked->refusal;
    bool was_last = s->last[0].id == q->id && s->last[0].ts_ns == q->asked_ns;

    r->id = q->id;
    r->key = q->key;
    r->key_kind = q->key_kind;
    r->asked_ns = q->asked_ns;
    r->certainty = (uint8_t)how_sure;
    r->missing = was_last ? s->checks.odd_missing : 0;
    r->extra = was_last ? s->checks.odd_extra : 0;
}

static void settle(struct tws_session *s, uint32_t i, enum tws_certainty how_sure, uint64_t now)
{
    point_at(s, i, how_sure);
    s->checks.asked->refusal.settled = true;
    tws_requests_refuse(&s->requests, s->env, s->conn, i, s->checks.asked->refusal.code,
                        s->checks.asked->refusal.text, now);
}

/* As many errors came as there are suspects left: each of them was refused. */
static void settle_suspects(struct tws_session *s, uint32_t n, uint64_t now)
{
    struct tws_refusal *r = &s->checks.asked->refusal;

    r->all = n > 1;
    r->errors = n;
    for (uint32_t i = s->requests.n; i-- > 0;) {
        if (!s->requests.open[i].suspect || s->requests.open[i].answers)
            continue;
        if (!r->settled) /* the newest stands for all of them */
            point_at(s, i, TWS_LIKELY);
        r->settled = true;
        tws_requests_refuse(&s->requests, s->env, s->conn, i, s->checks.asked->refusal.code,
                            s->checks.asked->refusal.text, now);
    }
}

/* One of several: until the others are answered, or as many errors have come, none is settled. */
static void suspect(struct tws_session *s, const struct candidates *c, bool another, uint64_t now)
{
    point_at(s, c->last, TWS_CANNOT_TELL);
    for (uint32_t i = 0; i < s->requests.n; i++)
        s->requests.open[i].suspect = may_be(s, &s->requests.open[i], now);
    /* of what is not followed, or was given up, nothing will be known */
    s->requests.suspect_left =
        another || (s->checks.asked->refusal.errors > 1 && s->requests.suspect_left);
    if (s->checks.asked->refusal.errors >= c->n && !s->requests.suspect_left)
        settle_suspects(s, c->n, now);
}

/* Errors that were not told apart so far. */
static uint32_t not_told(const struct tws_refusal *r)
{
    return r->code && !r->settled ? r->errors : 0;
}

void tws_refusal_note(struct tws_session *s, int64_t code, struct tws_cursor text, uint64_t now)
{
    struct candidates c;
    struct tws_refusal *r;
    bool another = may_be_another(s, now);

    if (!s->checks.asked || !tws_notice_refuses(code))
        return;
    c = look(s, text, now);
    if (!c.n)
        return;
    r = &s->checks.asked->refusal;
    *r = (struct tws_refusal){
        .code = (int32_t)code, .at_ns = now, .open = c.n + another, .errors = not_told(r) + 1};
    keep_text(r, text);
    if (c.named == 1)
        settle(s, c.last_named, TWS_CERTAIN, now);
    else if (c.n == 1 && !another)
        settle(s, c.last, TWS_LIKELY, now);
    else if (c.without_id == 1 && !c.fresh_with_id && !another)
        settle(s, c.last_without_id, TWS_LIKELY, now);
    else
        suspect(s, &c, another, now);
}

void tws_refusal_narrow(struct tws_session *s, uint64_t now)
{
    struct tws_refusal *r = s->checks.asked ? &s->checks.asked->refusal : NULL;
    uint32_t n = 0;

    if (!r || !r->code || r->settled || s->requests.suspect_left)
        return;
    for (uint32_t i = 0; i < s->requests.n; i++)
        n += s->requests.open[i].suspect && !s->requests.open[i].answers;
    if (n == 0)
        r->code = 0; /* it was about something that is not followed */
    else if (n <= r->errors)
        settle_suspects(s, n, now);
}

const struct tws_refusal *tws_refusal_of(const struct tws_session *s)
{
    return s->checks.asked && s->checks.asked->refusal.code ? &s->checks.asked->refusal : NULL;
}
