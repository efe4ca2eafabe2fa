/* silence.h - debts, and a debt past its time: said once, and again when it is paid.  Private to
 * the session's own files. */
#ifndef TWS_SILENCE_H
#define TWS_SILENCE_H
#include "session.h"

/* Bytes sent again so often without an acknowledgement: no passing loss. */
#define TWS_DEAD_RETRANSMITS 3u

struct tws_debt {
    enum tws_trouble trouble; /* what it is called when it is not paid */
    enum tws_side owes;
    uint64_t since_ns, due_ns;
    const struct tws_request *request; /* borrowed; NULL in the handshake */
    bool quiet; /* counts only once its time is over: subscriptions that are served no more
                 * (`request`: only this one, or NULL), a client that takes nothing */
};

/* Who owes the next bytes, if anybody does and if we would see them: a stream that is not
 * understood owes nothing we could name. */
bool tws_session_debt(const struct tws_session *s, struct tws_debt *out);

/* The deadline is no later than `at`, unless that is never; a tick that finds nothing due is cheap.
 */
static inline void tws_session_due(struct tws_session *s, uint64_t at)
{
    if (at <= TWS_TIME_LAST && s->how_closed == TWS_OPEN_STILL &&
        (!s->deadline_ns || at < s->deadline_ns))
        s->deadline_ns = at;
}

/* Can bytes of `side` have been lost since `since`, or be among those that are not understood yet?
 * Then nothing is known of what it did not send. */
bool tws_session_hidden(const struct tws_session *s, enum tws_side side, uint64_t since);

/* The debt for which a silence stands is paid. */
void tws_session_recovered(struct tws_session *s, uint64_t now);

/* Tell the port how this session stands. */
void tws_session_stand(struct tws_session *s);

/* Put an event of this session; the caller has filled the rest. */
void tws_session_put(const struct tws_session *s, struct tws_event *ev, uint64_t now);

/* Have subscriptions been quiet for longer than a pause of theirs at `now`?  That is worth a word,
 * and no silence before tws_session_quiet calls it one. */
bool tws_session_stream_rests(const struct tws_session *s, uint64_t now);

/* Another request was answered while subscriptions rest: the gateway lives, and what is quiet is
 * the market, unless it was said why else they may have ended. */
void tws_session_proven(struct tws_session *s, uint64_t now);

/* Subscriptions that have a rhythm, and by which it is over when they are not served again.  Quiet
 * is not silence: what ends with a quarter of an hour is a market that closes, and what was asked
 * of a gateway without a link is not due.  False: nothing can be said of them. */
bool tws_session_quiet(const struct tws_session *s, struct tws_debt *out);

/* The silence was no pause of theirs: their rhythm is learned anew. */
void tws_session_rhythm_anew(struct tws_session *s);

/* Has what the silence is about come? */
bool tws_session_heard(const struct tws_session *s);

/* Ask the kernel, if it can be asked, and keep what it says as facts; *k: its words. */
void tws_session_ask_kernel(struct tws_session *s, struct tws_kernel *k);

/* The same at the gateway's own end of a session, and of what it says only whose the listener is:
 * the sockets are going or gone. */
void tws_session_ask_owner(struct tws_session *s);

/* A verdict that nobody asked for. */
void tws_session_say(struct tws_session *s, uint64_t now);

/* Message 4. */
void tws_session_notice(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* A frame of the client counts against the gateway's limits. */
void tws_session_pace(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* Keep how the others stand now, for verdicts that come when they have moved on: a debt since
 * `since` is what they are compared with. */
void tws_session_keep_others(struct tws_session *s, uint64_t since, uint64_t now);

/* The session's hello was answered; was not; it is over: the port remembers who was served last,
 * and who was not first. */
void tws_case_served(struct tws_session *s, uint64_t now);
void tws_case_unanswered(struct tws_session *s, uint64_t now);
void tws_case_gone(struct tws_session *s);

/* As it stands now; conn 0: nobody was. */
struct tws_case tws_case_last_served(const struct tws_port *p);

static inline bool tws_session_wants(const struct tws_session *s, enum tws_event_kind kind)
{
    return s->env->sink.wants & TWS_WANTS(kind);
}

/* How the others stand; "answering" is to have spoken since this session's silence began. */
void tws_session_others(const struct tws_session *s, uint64_t since, uint64_t now,
                        struct tws_others *out);
#endif
