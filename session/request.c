/* request.c - the rules of each kind of request, and the table of those that are open. */
#include "request.h"
#include "ids.h"
#include "notice.h"
#include "session.h"
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define SECOND_NS 1000000000ull
#define SLOW_NS                                                                                    \
    (90 * SECOND_NS)             /* clients that wait for history give up after 60 s: who answers  \
                                  * within that was slow, not silent */
#define ORDER_NS (5 * SECOND_NS) /* an order that has no word by then is usually lost */
#define SNAPSHOT_NS                                                                                \
    (12 * SECOND_NS) /* IB's documentation: a snapshot ends within 11 s, ticks or not */

enum {
    HISTORICAL_END_SINCE = 196, /* from this server version message 108 ends historical data */
};

enum kind {
    NOT_FOLLOWED, /* no answer is owed */
    ONE_SHOT,     /* the first answer ends it */
    LIST,         /* answers, then an end marker */
    STREAM,       /* answers until it is cancelled */
    IMAGE,        /* a stream whose first image has an end marker */
};

enum flag {
    SLOW = 1 << 0,
    SOFT = 1 << 1,    /* a stream that may stay quiet: bulletins, ticks of a quiet market */
    TOGGLE = 1 << 2,  /* a boolean in the request cancels it */
    STARTUP = 1 << 3, /* asked at start-up by most libraries, which wait for it */
    WRITES = 1 << 4,  /* needs write access */
    ORDER = 1 << 5,   /* an order, or its cancel */
    PICTURE = 1 << 6, /* a boolean in the request, `snapshot`, asks for a list and no stream */
};

#define ANSWERS_MAX 12u

/* One row a request that is answered.  Orders and open orders end with their first answer: what
 * happens to an order after that is no matter of silence. */
static const struct rule {
    uint8_t kind, flags;
    uint8_t end;                  /* base id of the end marker; 0: none */
    uint8_t cancel;               /* base id of the client's cancel; 0: none */
    uint8_t answers[ANSWERS_MAX]; /* base ids, 0 ends */
} rules[TWS_ID_LIMIT] = {
    [TWS_OUT_REQ_MKT_DATA] = {STREAM, PICTURE, .end = TWS_IN_TICK_SNAPSHOT_END,
                              .cancel = TWS_OUT_CANCEL_MKT_DATA,
                              .answers = {TWS_IN_TICK_PRICE, TWS_IN_TICK_SIZE,
                                          TWS_IN_TICK_OPTION_COMPUTATION, TWS_IN_TICK_GENERIC,
                                          TWS_IN_TICK_STRING, TWS_IN_TICK_EFP,
                                          TWS_IN_DELTA_NEUTRAL_VALIDATION, TWS_IN_TICK_SNAPSHOT_END,
                                          TWS_IN_MARKET_DATA_TYPE, TWS_IN_TICK_REQ_PARAMS,
                                          TWS_IN_TICK_NEWS, TWS_IN_REROUTE_MKT_DATA_REQ}},
    [TWS_OUT_PLACE_ORDER] = {ONE_SHOT, WRITES | ORDER,
                             .answers = {TWS_IN_ORDER_STATUS, TWS_IN_OPEN_ORDER,
                                         TWS_IN_EXEC_DETAILS, TWS_IN_ORDER_BOUND}},
    [TWS_OUT_CANCEL_ORDER] = {ONE_SHOT, WRITES | ORDER, .answers = {TWS_IN_ORDER_STATUS}},
    [TWS_OUT_REQ_OPEN_ORDERS] = {LIST, STARTUP, .end = TWS_IN_OPEN_ORDER_END,
                                 .answers = {TWS_IN_OPEN_ORDER, TWS_IN_ORDER_STATUS}},
    [TWS_OUT_REQ_ACCOUNT_UPDATES] = {IMAGE, STARTUP | TOGGLE, .end = TWS_IN_ACCOUNT_DOWNLOAD_END,
                                     .cancel = TWS_OUT_REQ_ACCOUNT_UPDATES,
                                     .answers = {TWS_IN_UPDATE_ACCOUNT_VALUE,
                                                 TWS_IN_UPDATE_PORTFOLIO,
                                                 TWS_IN_UPDATE_ACCOUNT_TIME,
                                                 TWS_IN_ACCOUNT_DOWNLOAD_END}},
    [TWS_OUT_REQ_EXECUTIONS] = {LIST, STARTUP, .end = TWS_IN_EXEC_DETAILS_END,
                                .answers = {TWS_IN_EXEC_DETAILS}},
    [TWS_OUT_REQ_IDS] = {ONE_SHOT, .answers = {TWS_IN_NEXT_VALID_ID}},
    [TWS_OUT_REQ_CONTRACT_DETAILS] = {LIST, SLOW, .end = TWS_IN_CONTRACT_DETAILS_END,
                                      .cancel = TWS_OUT_CANCEL_CONTRACT_DATA,
                                      .answers = {TWS_IN_CONTRACT_DETAILS,
                                                  TWS_IN_BOND_CONTRACT_DETAILS}},
    [TWS_OUT_REQ_MKT_DEPTH] = {STREAM, SOFT, .cancel = TWS_OUT_CANCEL_MKT_DEPTH,
                               .answers = {TWS_IN_UPDATE_MKT_DEPTH, TWS_IN_UPDATE_MKT_DEPTH_L2,
                                           TWS_IN_REROUTE_MKT_DEPTH_REQ}},
    [TWS_OUT_REQ_NEWS_BULLETINS] = {STREAM, SOFT, .cancel = TWS_OUT_CANCEL_NEWS_BULLETINS,
                                    .answers = {TWS_IN_UPDATE_NEWS_BULLETIN}},
    [TWS_OUT_REQ_AUTO_OPEN_ORDERS] = {STREAM, SOFT | TOGGLE, .cancel = TWS_OUT_REQ_AUTO_OPEN_ORDERS,
                                      .answers = {TWS_IN_OPEN_ORDER, TWS_IN_ORDER_STATUS,
                                                  TWS_IN_ORDER_BOUND}},
    [TWS_OUT_REQ_ALL_OPEN_ORDERS] = {LIST, STARTUP, .end = TWS_IN_OPEN_ORDER_END,
                                     .answers = {TWS_IN_OPEN_ORDER, TWS_IN_ORDER_STATUS}},
    [TWS_OUT_REQ_MANAGED_ACCTS] = {ONE_SHOT, .answers = {TWS_IN_MANAGED_ACCOUNTS}},
    [TWS_OUT_REQUEST_FA] = {ONE_SHOT, .answers = {TWS_IN_RECEIVE_FA}},
    /* unanswered below 157 */
    [TWS_OUT_REPLACE_FA] = {ONE_SHOT, SOFT, .answers = {TWS_IN_REPLACE_FA_END}},
    [TWS_OUT_REQ_HISTORICAL_DATA] = {LIST, SLOW, .end = TWS_IN_HISTORICAL_DATA_END,
                                     .cancel = TWS_OUT_CANCEL_HISTORICAL_DATA,
                                     .answers = {TWS_IN_HISTORICAL_DATA,
                                                 TWS_IN_HISTORICAL_DATA_UPDATE,
                                                 TWS_IN_HISTORICAL_SCHEDULE}},
    [TWS_OUT_REQ_SCANNER_SUBSCRIPTION] = {STREAM, SLOW,
                                          .cancel = TWS_OUT_CANCEL_SCANNER_SUBSCRIPTION,
                                          .answers = {TWS_IN_SCANNER_DATA}},
    [TWS_OUT_REQ_SCANNER_PARAMETERS] = {ONE_SHOT, SLOW, .answers = {TWS_IN_SCANNER_PARAMETERS}},
    [TWS_OUT_REQ_CURRENT_TIME] = {ONE_SHOT, .answers = {TWS_IN_CURRENT_TIME}},
    [TWS_OUT_REQ_REAL_TIME_BARS] = {STREAM, SOFT, .cancel = TWS_OUT_CANCEL_REAL_TIME_BARS,
                                    .answers = {TWS_IN_REALTIME_BAR}},
    [TWS_OUT_REQ_FUNDAMENTAL_DATA] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_FUNDAMENTAL_DATA,
                                      .answers = {TWS_IN_FUNDAMENTAL_DATA}},
    [TWS_OUT_CALCULATE_IMPLIED_VOLATILITY] = {ONE_SHOT, SLOW,
                                              .cancel = TWS_OUT_CANCEL_CALCULATE_IMPLIED_VOLATILITY,
                                              .answers = {TWS_IN_TICK_OPTION_COMPUTATION}},
    [TWS_OUT_CALCULATE_OPTION_PRICE] = {ONE_SHOT, SLOW,
                                        .cancel = TWS_OUT_CANCEL_CALCULATE_OPTION_PRICE,
                                        .answers = {TWS_IN_TICK_OPTION_COMPUTATION}},
    [TWS_OUT_REQ_POSITIONS] = {IMAGE, STARTUP, .end = TWS_IN_POSITION_END,
                               .cancel = TWS_OUT_CANCEL_POSITIONS,
                               .answers = {TWS_IN_POSITION, TWS_IN_POSITION_END}},
    [TWS_OUT_REQ_ACCOUNT_SUMMARY] = {IMAGE, STARTUP, .end = TWS_IN_ACCOUNT_SUMMARY_END,
                                     .cancel = TWS_OUT_CANCEL_ACCOUNT_SUMMARY,
                                     .answers = {TWS_IN_ACCOUNT_SUMMARY,
                                                 TWS_IN_ACCOUNT_SUMMARY_END}},
    [TWS_OUT_VERIFY_REQUEST] = {ONE_SHOT,
                                .answers = {TWS_IN_VERIFY_MESSAGE_API, TWS_IN_VERIFY_COMPLETED}},
    [TWS_OUT_VERIFY_MESSAGE] = {ONE_SHOT, .answers = {TWS_IN_VERIFY_COMPLETED}},
    [TWS_OUT_QUERY_DISPLAY_GROUPS] = {ONE_SHOT, .answers = {TWS_IN_DISPLAY_GROUP_LIST}},
    [TWS_OUT_SUBSCRIBE_TO_GROUP_EVENTS] = {STREAM, SOFT,
                                           .cancel = TWS_OUT_UNSUBSCRIBE_FROM_GROUP_EVENTS,
                                           .answers = {TWS_IN_DISPLAY_GROUP_UPDATED}},
    [TWS_OUT_VERIFY_AND_AUTH_REQUEST] = {ONE_SHOT, .answers = {TWS_IN_VERIFY_AND_AUTH_MESSAGE_API,
                                                               TWS_IN_VERIFY_AND_AUTH_COMPLETED}},
    [TWS_OUT_VERIFY_AND_AUTH_MESSAGE] = {ONE_SHOT, .answers = {TWS_IN_VERIFY_AND_AUTH_COMPLETED}},
    [TWS_OUT_REQ_POSITIONS_MULTI] = {IMAGE, .end = TWS_IN_POSITION_MULTI_END,
                                     .cancel = TWS_OUT_CANCEL_POSITIONS_MULTI,
                                     .answers = {TWS_IN_POSITION_MULTI, TWS_IN_POSITION_MULTI_END}},
    [TWS_OUT_REQ_ACCOUNT_UPDATES_MULTI] = {IMAGE, STARTUP, .end = TWS_IN_ACCOUNT_UPDATE_MULTI_END,
                                           .cancel = TWS_OUT_CANCEL_ACCOUNT_UPDATES_MULTI,
                                           .answers = {TWS_IN_ACCOUNT_UPDATE_MULTI,
                                                       TWS_IN_ACCOUNT_UPDATE_MULTI_END}},
    [TWS_OUT_REQ_SEC_DEF_OPT_PARAMS] = {LIST, SLOW,
                                        .end = TWS_IN_SECURITY_DEFINITION_OPTION_PARAMETER_END,
                                        .answers = {TWS_IN_SECURITY_DEFINITION_OPTION_PARAMETER}},
    [TWS_OUT_REQ_SOFT_DOLLAR_TIERS] = {ONE_SHOT, .answers = {TWS_IN_SOFT_DOLLAR_TIERS}},
    [TWS_OUT_REQ_FAMILY_CODES] = {ONE_SHOT, .answers = {TWS_IN_FAMILY_CODES}},
    [TWS_OUT_REQ_MATCHING_SYMBOLS] = {ONE_SHOT, SLOW, .answers = {TWS_IN_SYMBOL_SAMPLES}},
    [TWS_OUT_REQ_MKT_DEPTH_EXCHANGES] = {ONE_SHOT, .answers = {TWS_IN_MKT_DEPTH_EXCHANGES}},
    [TWS_OUT_REQ_SMART_COMPONENTS] = {ONE_SHOT, .answers = {TWS_IN_SMART_COMPONENTS}},
    [TWS_OUT_REQ_NEWS_ARTICLE] = {ONE_SHOT, SLOW, .answers = {TWS_IN_NEWS_ARTICLE}},
    [TWS_OUT_REQ_NEWS_PROVIDERS] = {ONE_SHOT, .answers = {TWS_IN_NEWS_PROVIDERS}},
    [TWS_OUT_REQ_HISTORICAL_NEWS] = {LIST, SLOW, .end = TWS_IN_HISTORICAL_NEWS_END,
                                     .answers = {TWS_IN_HISTORICAL_NEWS}},
    [TWS_OUT_REQ_HEAD_TIMESTAMP] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_HEAD_TIMESTAMP,
                                    .answers = {TWS_IN_HEAD_TIMESTAMP}},
    [TWS_OUT_REQ_HISTOGRAM_DATA] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_HISTOGRAM_DATA,
                                    .answers = {TWS_IN_HISTOGRAM_DATA}},
    [TWS_OUT_REQ_MARKET_RULE] = {ONE_SHOT, .answers = {TWS_IN_MARKET_RULE}},
    [TWS_OUT_REQ_PNL] = {STREAM, SLOW, .cancel = TWS_OUT_CANCEL_PNL, .answers = {TWS_IN_PNL}},
    [TWS_OUT_REQ_PNL_SINGLE] = {STREAM, SLOW, .cancel = TWS_OUT_CANCEL_PNL_SINGLE,
                                .answers = {TWS_IN_PNL_SINGLE}},
    [TWS_OUT_REQ_HISTORICAL_TICKS] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_HISTORICAL_TICKS,
                                      .answers = {TWS_IN_HISTORICAL_TICKS,
                                                  TWS_IN_HISTORICAL_TICKS_BID_ASK,
                                                  TWS_IN_HISTORICAL_TICKS_LAST}},
    [TWS_OUT_REQ_TICK_BY_TICK_DATA] = {STREAM, SOFT, .cancel = TWS_OUT_CANCEL_TICK_BY_TICK_DATA,
                                       .answers = {TWS_IN_TICK_BY_TICK, TWS_IN_HISTORICAL_TICKS,
                                                   TWS_IN_HISTORICAL_TICKS_BID_ASK,
                                                   TWS_IN_HISTORICAL_TICKS_LAST}},
    [TWS_OUT_REQ_COMPLETED_ORDERS] = {LIST, STARTUP | WRITES, .end = TWS_IN_COMPLETED_ORDERS_END,
                                      .answers = {TWS_IN_COMPLETED_ORDER}},
    [TWS_OUT_REQ_WSH_META_DATA] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_WSH_META_DATA,
                                   .answers = {TWS_IN_WSH_META_DATA}},
    [TWS_OUT_REQ_WSH_EVENT_DATA] = {ONE_SHOT, SLOW, .cancel = TWS_OUT_CANCEL_WSH_EVENT_DATA,
                                    .answers = {TWS_IN_WSH_EVENT_DATA}},
    [TWS_OUT_REQ_USER_INFO] = {ONE_SHOT, .answers = {TWS_IN_USER_INFO}},
    [TWS_OUT_REQ_CURRENT_TIME_IN_MILLIS] = {ONE_SHOT, .answers = {TWS_IN_CURRENT_TIME_IN_MILLIS}},
    [TWS_OUT_REQ_CONFIG] = {ONE_SHOT, .answers = {TWS_IN_CONFIG_RESPONSE}},
    [TWS_OUT_UPDATE_CONFIG] = {ONE_SHOT, WRITES, .answers = {TWS_IN_UPDATE_CONFIG_RESPONSE}},
};

/* A request for a snapshot is a list: what its row says holds for the subscription. */
static enum kind kind_of(const struct tws_request *q)
{
    return q->snapshot ? LIST : (enum kind)rules[q->id].kind;
}

static void put_id(uint64_t ids[2], uint8_t id)
{
    ids[id >> 6] |= (uint64_t)1 << (id & 63);
}

/* What answers a request of this rule: a set, so that asking costs one test for each frame. */
static void answers_of(const struct rule *rule, uint64_t ids[2])
{
    ids[0] = ids[1] = 0;
    if (rule->end)
        put_id(ids, rule->end);
    for (size_t i = 0; i < ANSWERS_MAX && rule->answers[i]; i++)
        put_id(ids, rule->answers[i]);
}

static void await_request(struct tws_requests *r, const struct tws_request *q)
{
    put_id(r->awaited, TWS_IN_ERROR);
    r->awaited[0] |= q->takes[0];
    r->awaited[1] |= q->takes[1];
}

/* After a request has left: what do those that stay wait for? */
static void await_again(struct tws_requests *r)
{
    r->awaited[0] = r->awaited[1] = 0;
    for (uint32_t i = 0; i < r->n; i++)
        await_request(r, &r->open[i]);
}

const char *tws_request_name(int32_t id)
{
    const struct tws_message_row *row = tws_schema_find(TWS_CLIENT, id);

    return row && row->name ? row->name : "unknown";
}

/* Of an error that ended a request; of no other end. */
struct reason {
    int64_t code;
    struct tws_cursor text;
};

static void emit(struct tws_env *env, uint32_t conn, const struct tws_request *q,
                 enum tws_request_status status, const struct reason *why, uint64_t now)
{
    struct tws_event ev;
    bool open = status == TWS_REQ_UNANSWERED || status == TWS_REQ_LIVE;

    if (!(env->sink.wants & TWS_WANTS(TWS_EV_REQUEST)))
        return;
    ev = (struct tws_event){.kind = TWS_EV_REQUEST, .ts_ns = now, .conn = conn};
    ev.u.request.id = q->id;
    ev.u.request.name = tws_request_name(q->id);
    ev.u.request.key = q->key;
    ev.u.request.key_kind = (enum tws_key)q->key_kind;
    ev.u.request.asked_ns = q->asked_ns;
    ev.u.request.first_ns = q->first_ns;
    ev.u.request.end_ns = open ? 0 : now;
    ev.u.request.answers = q->answers;
    ev.u.request.status = status;
    if (why) {
        ev.u.request.code = why->code;
        ev.u.request.text = why->text;
    }
    env->sink.put(env->sink.ctx, &ev);
}

#define MEMO_A_REQUEST 8u /* places: an instrument has about that many kinds of ticks */

/* Room for all that is open; none is no loss but of speed. */
static bool memo_room(struct tws_requests *r)
{
    uint32_t slots = r->cap * MEMO_A_REQUEST;

    if (r->memo_slots == slots)
        return true;
    free(r->memo);
    r->memo = calloc(slots, sizeof *r->memo);
    r->memo_slots = r->memo ? slots : 0;
    return r->memo != NULL;
}

/* Request `i`, a stream, was answered by this frame, which bears its key. */
static void remember(struct tws_requests *r, uint32_t i, const struct tws_message *m,
                     struct tws_cursor payload)
{
    size_t span = tws_message_key_span(m);
    size_t len = payload.left - m->body.left + span;
    uint8_t mask[TWS_MEMO_HEAD] = {0};
    struct tws_memo memo = {
        .serial = r->open[i].serial,
        .request = (uint16_t)i,
        .id = (uint8_t)m->id,
        .text = m->form == TWS_FORM_TEXT,
    };
    struct tws_memo *at;

    if (m->faults || !span || len > TWS_MEMO_HEAD || payload.left < TWS_MEMO_HEAD || !memo_room(r))
        return;
    memcpy(memo.head, payload.p, TWS_MEMO_HEAD);
    at = tws_memo_at(r, memo.head);
    memset(mask, 0xff, len);
    memcpy(memo.mask, mask, sizeof mask);
    memo.head[0] &= memo.mask[0];
    memo.head[1] &= memo.mask[1];
    *at = memo;
}

/* Request `q` was ended by an error.  Of orders the client knows itself whether it wants them
 * again. */
static void note_lapse(struct tws_requests *r, const struct tws_request *q, int64_t code,
                       uint64_t now)
{
    struct tws_lapses *l = r->lapses;

    if (rules[q->id].flags & ORDER)
        return;
    if (!l && !(l = r->lapses = calloc(1, sizeof *l)))
        return;
    if (l->n == TWS_LAPSES_KEPT) {
        memmove(l->of, l->of + 1, (TWS_LAPSES_KEPT - 1) * sizeof *l->of);
        l->n--;
        l->dropped++;
    }
    l->of[l->n++] = (struct tws_lapse){.key = q->key,
                                       .at_ns = now,
                                       .code = (int32_t)code,
                                       .what = q->what,
                                       .id = q->id,
                                       .key_kind = q->key_kind};
}

/* Request `q` is sent: what it was before it was ended by an error is asked for again. */
static void forget_lapse(struct tws_requests *r, const struct tws_request *q)
{
    struct tws_lapses *l = r->lapses;
    uint32_t kept = 0;

    for (uint32_t i = 0; l && i < l->n; i++)
        if (l->of[i].id != q->id || l->of[i].what != q->what)
            l->of[kept++] = l->of[i];
    if (l)
        l->n = kept;
}

static void end_by(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint32_t i,
                   enum tws_request_status status, const struct reason *why, uint64_t now)
{
    struct tws_request *q = &r->open[i];

    emit(env, conn, q, status, why, now);
    r->streams_ended += tws_request_streams(q);
    r->done += status == TWS_REQ_ANSWERED || status == TWS_REQ_ENDED;
    r->suspect_left |= q->suspect && (status == TWS_REQ_CANCELLED || status == TWS_REQ_UNANSWERED);
    if (status != TWS_REQ_CANCELLED && status != TWS_REQ_UNANSWERED && q->serial > r->done_serial)
        r->done_serial = q->serial;
    r->done_key = (uint32_t)q->key;
    r->done_id = status == TWS_REQ_ANSWERED || status == TWS_REQ_ENDED ? q->id : 0;
    r->done_by_type = q->key_kind == TWS_KEY_BY_TYPE;
    memmove(q, q + 1, (r->n - i - 1) * sizeof *q);
    r->n--;
    await_again(r);
}

static void end(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint32_t i,
                enum tws_request_status status, uint64_t now)
{
    end_by(r, env, conn, i, status, NULL, now);
}

static bool grow(struct tws_requests *r)
{
    uint32_t cap = r->cap ? r->cap * 2 : 4;
    struct tws_request *more;

    if (r->n < r->cap)
        return true;
    if (cap > TWS_REQUESTS_MAX)
        return false;
    more = realloc(r->open, cap * sizeof *more);
    if (!more)
        return false;
    r->open = more;
    r->cap = cap;
    return true;
}

/* The boolean by which reqAccountUpdates and reqAutoOpenOrders ask for their own end: the second
 * text field (a version comes first), the first field in protobuf, absent when false. */
static bool toggled_off(const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;
    uint32_t at = m->form == TWS_FORM_PROTOBUF ? 1 : 2;

    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v)) {
        if (v.number == at)
            return v.kind == TWS_VALUE_TEXT ? v.text.left == 0 || v.text.p[0] == '0'
                                            : v.integer == 0;
    }
    return true;
}

/* Two requests that differ in their key alone are the same. */
static uint32_t hash_of(const struct tws_message *m)
{
    size_t span = tws_message_key_span(m);

    return (uint32_t)XXH3_64bits(m->body.p + span, m->body.left - span);
}

static bool asks_for_snapshot(const struct tws_message *m)
{
    struct tws_walk w;
    struct tws_value v;

    tws_walk_open(m, &w);
    while (tws_walk_value(&w, &v)) {
        if (v.step == TWS_STEP_VALUE && !v.depth && v.name && strcmp(v.name, "snapshot") == 0)
            return v.kind == TWS_VALUE_BOOL && v.integer;
    }
    return false;
}

/* How well a message with `key` fits a request.  Where both have a key only the same one will do;
 * a message or a request without one can only be told by its type. */
enum fit { NO_FIT, BY_TYPE, BY_KEY };

static enum fit fits(const struct tws_request *q, bool keyed, int64_t key)
{
    if (!keyed || q->key_kind == TWS_KEY_BY_TYPE)
        return BY_TYPE;
    return q->key == key ? BY_KEY : NO_FIT;
}

static bool cancel(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                   const struct tws_message *m, uint64_t now)
{
    int64_t key = 0;
    bool keyed = r->n && tws_message_key(m, &key);

    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (rules[q->id].cancel == m->id && fits(q, keyed, key)) {
            end(r, env, conn, i, TWS_REQ_CANCELLED, now);
            return true;
        }
    }
    return false;
}

/* A subscription that bears no key is one for the whole session: asked for again, it begins anew,
 * and the one that was served is over. */
static void replace(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                    const struct tws_message *m, uint64_t now)
{
    enum kind kind = (enum kind)rules[m->id].kind;

    if (kind != STREAM && kind != IMAGE)
        return;
    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (q->id == m->id && q->settled && q->key_kind == TWS_KEY_BY_TYPE) {
            end(r, env, conn, i, TWS_REQ_LIVE, now);
            return;
        }
    }
}

bool tws_requests_sent(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                       const struct tws_message *m, uint64_t now)
{
    const struct rule *rule;
    struct tws_request *q;
    int64_t key = 0;
    bool keyed;

    if (m->id <= 0 || m->id >= (int32_t)TWS_ID_LIMIT)
        return false;
    rule = &rules[m->id];
    if (rule->kind == NOT_FOLLOWED || ((rule->flags & TOGGLE) && toggled_off(m))) {
        cancel(r, env, conn, m, now);
        return false;
    }
    keyed = tws_message_key(m, &key);
    if (!keyed)
        replace(r, env, conn, m, now);
    if (!grow(r)) {
        r->untracked++;
        return false;
    }
    q = &r->open[r->n++];
    *q = (struct tws_request){
        .key = key,
        .asked_ns = now,
        .serial = ++r->asked,
        .done = r->done,
        .id = (uint8_t)m->id,
        .key_kind = (uint8_t)(!keyed                             ? TWS_KEY_BY_TYPE
                              : m->id == TWS_OUT_REQ_MARKET_RULE ? TWS_KEY_BY_RULE_ID
                              : m->id == TWS_OUT_PLACE_ORDER || m->id == TWS_OUT_CANCEL_ORDER
                                  ? TWS_KEY_BY_ORDER_ID
                                  : TWS_KEY_BY_REQ_ID),
    };
    q->snapshot = (rule->flags & PICTURE) && asks_for_snapshot(m);
    q->what = hash_of(m);
    forget_lapse(r, q);
    answers_of(rule, q->takes);
    await_request(r, q);
    return true;
}

/* The first answer, an error among them, ends the wait that a user feels. */
static void note_first(struct tws_env *env, struct tws_request *q, uint64_t now)
{
    if (q->first_ns)
        return;
    q->first_ns = now;
    tws_latency_add(&env->summary.latency[q->id], tws_between(q->asked_ns, now));
}

/* Message 4 answers the request whose id it carries. */
static void failed(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                   const struct tws_message *m, uint64_t now)
{
    struct tws_value id, code, text;
    struct reason why = {0, {NULL, 0}};

    if (!tws_message_find(m, TWS_REQUEST_ID, &id) || id.integer < 0)
        return;
    if (!tws_message_find(m, TWS_ERROR_CODE, &code) || !tws_notice_ends_request(code.integer))
        return;
    for (uint32_t i = r->n; i-- > 0;) { /* the newest first: a cancel before its order */
        struct tws_request *q = &r->open[i];

        if (q->key_kind != TWS_KEY_BY_TYPE && q->key == id.integer) {
            note_first(env, q, now);
            why.code = code.integer;
            if (tws_message_find(m, TWS_ERROR_TEXT, &text))
                why.text = text.text;
            note_lapse(r, q, why.code, now);
            end_by(r, env, conn, i, TWS_REQ_ERROR, &why, now);
            return;
        }
    }
}

void tws_requests_refuse(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint32_t i,
                         int64_t code, const char *text, uint64_t now)
{
    struct reason why = {code, {(const uint8_t *)text, strlen(text)}};

    note_first(env, &r->open[i], now);
    end_by(r, env, conn, i, TWS_REQ_ERROR, &why, now);
}

/* "Ask again, for this other contract": nothing more comes for the request itself. */
static bool is_reroute(int32_t id)
{
    return id == TWS_IN_REROUTE_MKT_DATA_REQ || id == TWS_IN_REROUTE_MKT_DEPTH_REQ;
}

/* Is nothing more to come for the request behind this answer? */
static bool is_last(const struct tws_request *q, const struct tws_message *m)
{
    return m->id == rules[q->id].end || is_reroute(m->id) ||
           (q->id == TWS_OUT_REQ_HISTORICAL_DATA &&
            (m->id == TWS_IN_HISTORICAL_SCHEDULE ||
             (m->id == TWS_IN_HISTORICAL_DATA && m->server_version < HISTORICAL_END_SINCE)));
}

/* What one answer does to request `i`. */
static void answer(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint32_t i,
                   const struct tws_message *m, uint64_t now)
{
    struct tws_request *q = &r->open[i];

    note_first(env, q, now);
    if (q->last_ns && tws_between(q->last_ns, now) > q->gap_ns)
        q->gap_ns = tws_between(q->last_ns, now);
    q->last_ns = now;
    q->answers++;
    switch (kind_of(q)) {
    case NOT_FOLLOWED:
        break;
    case ONE_SHOT:
        end(r, env, conn, i, TWS_REQ_ANSWERED, now);
        break;
    case LIST:
        q->done = r->done;
        if (is_last(q, m))
            end(r, env, conn, i, TWS_REQ_ENDED, now);
        break;
    case STREAM: /* hot: ticks that tws_requests_again does not know */
        q->settled = true;
        r->streamed++;
        if (m->id == rules[q->id].end || is_reroute(m->id))
            end(r, env, conn, i, TWS_REQ_ENDED, now);
        break;
    case IMAGE:
        q->done = r->done;
        if (is_last(q, m)) {
            q->settled = true;
            if (q->serial > r->done_serial)
                r->done_serial = q->serial;
        }
        break;
    }
}

/* Is a message of this id an answer to this request, still?  A first image that has ended leaves
 * the next end marker to the next who asked. */
static inline bool awaits(const struct tws_request *q, int32_t id)
{
    const struct rule *rule = &rules[q->id];

    return tws_ids_have(q->takes, id) && !(q->settled && rule->kind == IMAGE && id == rule->end);
}

void tws_requests_answered(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                           const struct tws_message *m, struct tws_cursor payload, uint64_t now)
{
    uint64_t streamed = r->streamed;
    uint32_t by_type = r->n; /* the oldest that would take it without a key */
    int64_t key = 0;
    bool keyed;

    if (m->id == TWS_IN_ERROR) {
        failed(r, env, conn, m, now);
        return;
    }
    keyed = tws_message_key(m, &key);
    for (uint32_t i = 0; i < r->n; i++) {
        enum fit fit = fits(&r->open[i], keyed, key);

        if (fit == NO_FIT || !awaits(&r->open[i], m->id))
            continue;
        if (fit == BY_KEY || !keyed) {
            uint32_t n = r->n;

            answer(r, env, conn, i, m, now);
            if (fit == BY_KEY && r->streamed != streamed && r->n == n)
                remember(r, i, m, payload);
            return;
        }
        if (by_type == r->n)
            by_type = i;
    }
    if (by_type < r->n)
        answer(r, env, conn, by_type, m, now);
}

void tws_requests_excuse(struct tws_requests *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        r->open[i].excused = true;
}

void tws_requests_throttled(struct tws_requests *r, struct tws_env *env, uint32_t conn,
                            bool throttled, uint64_t now)
{
    uint8_t id = r->open[r->n - 1].id;

    r->open[r->n - 1].throttled = throttled;
    for (uint32_t i = r->n - 1; !throttled && i-- > 0;)
        if (r->open[i].id == id && r->open[i].throttled)
            end(r, env, conn, i, TWS_REQ_UNANSWERED, now);
}

bool tws_request_owed(const struct tws_requests *r, const struct tws_request *q)
{
    if (q->throttled && r->done_serial > q->serial)
        return false;
    return !q->settled && !q->excused && !(rules[q->id].flags & SOFT);
}

enum tws_request_class tws_request_class_of(const struct tws_request *q)
{
    if (rules[q->id].flags & SLOW)
        return TWS_REQ_SLOW;
    return rules[q->id].flags & ORDER ? TWS_REQ_ORDER : TWS_REQ_CHEAP;
}

const char *tws_request_class_name(enum tws_request_class c)
{
    static const char *const names[] = {
        [TWS_REQ_CHEAP] = "cheap", [TWS_REQ_SLOW] = "slow", [TWS_REQ_ORDER] = "order"};

    return names[c];
}

bool tws_request_slow(const struct tws_request *q)
{
    return rules[q->id].flags & SLOW;
}

bool tws_request_followed(int32_t id)
{
    return id > 0 && id < (int32_t)TWS_ID_LIMIT && rules[id].kind != NOT_FOLLOWED;
}

bool tws_request_of_startup(const struct tws_request *q)
{
    return rules[q->id].flags & STARTUP;
}

bool tws_request_writes(const struct tws_request *q)
{
    return rules[q->id].flags & WRITES;
}

uint64_t tws_request_since(const struct tws_request *q)
{
    return q->last_ns ? q->last_ns : q->asked_ns;
}

uint64_t tws_request_allowance(const struct tws_request *q, const struct tws_env *env)
{
    const struct tws_timing *t = &env->timing;

    if (q->snapshot && t->request_ns < SNAPSHOT_NS)
        return SNAPSHOT_NS;
    switch (tws_request_class_of(q)) {
    case TWS_REQ_SLOW:
        return t->slow_ns ? t->slow_ns : t->request_ns > SLOW_NS ? t->request_ns : SLOW_NS;
    case TWS_REQ_ORDER:
        return t->order_ns ? t->order_ns : t->request_ns < ORDER_NS ? t->request_ns : ORDER_NS;
    case TWS_REQ_CHEAP:
        break;
    }
    return t->request_ns;
}

static uint64_t due_at(const struct tws_request *q, const struct tws_env *env)
{
    return tws_after(tws_request_since(q), tws_request_allowance(q, env));
}

const struct tws_request *tws_requests_oldest(const struct tws_requests *r,
                                              const struct tws_env *env, uint64_t *due)
{
    const struct tws_request *first = NULL;

    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];
        uint64_t at;

        if (!tws_request_owed(r, q))
            continue;
        at = due_at(q, env);
        if (!first || at < *due) {
            first = q;
            *due = at;
        }
    }
    return first;
}

uint64_t tws_requests_due(const struct tws_requests *r, const struct tws_env *env)
{
    uint64_t due = 0;

    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];
        uint64_t at;

        if (q->reported || !tws_request_owed(r, q))
            continue;
        at = due_at(q, env);
        if (!due || at < due)
            due = at;
    }
    return due;
}

void tws_requests_report(struct tws_requests *r, const struct tws_env *env, uint64_t now)
{
    for (uint32_t i = 0; i < r->n; i++) {
        struct tws_request *q = &r->open[i];

        if (tws_request_owed(r, q) && due_at(q, env) <= now)
            q->reported = true;
    }
}

bool tws_request_is_stream(const struct tws_request *q)
{
    return kind_of(q) == STREAM;
}

bool tws_request_streams(const struct tws_request *q)
{
    return tws_request_is_stream(q) && q->answers > 0;
}

bool tws_requests_streaming(const struct tws_requests *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (tws_request_streams(&r->open[i]))
            return true;
    }
    return false;
}

bool tws_requests_reported(const struct tws_requests *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->open[i].reported && tws_request_owed(r, &r->open[i]))
            return true;
    }
    return false;
}

void tws_requests_finish(struct tws_requests *r, struct tws_env *env, uint32_t conn, uint64_t now)
{
    for (uint32_t i = 0; i < r->n; i++) {
        const struct tws_request *q = &r->open[i];

        if (q->settled || (!q->excused && (rules[q->id].flags & SOFT)))
            emit(env, conn, q, TWS_REQ_LIVE, NULL, now);
        else if (!q->excused)
            emit(env, conn, q, TWS_REQ_UNANSWERED, NULL, now);
    }
    free(r->open);
    free(r->memo);
    free(r->lapses);
    *r = (struct tws_requests){0};
}
