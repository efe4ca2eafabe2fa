/* replay_rules.h - what a replay has to know of each message, as tables. */
#ifndef STANDIN_REPLAY_RULES_H
#define STANDIN_REPLAY_RULES_H
#include "bytes.h"

/* Whose number a message's key is.  Each space has its own translation from recorded to live. */
enum replay_space {
    REPLAY_NO_KEY,
    REPLAY_REQ_IDS,
    REPLAY_ORDER_IDS,
    REPLAY_EITHER, /* message 4 names a request or an order */
    REPLAY_FIXED,  /* the same in every session (marketRuleId): compared, never translated */
};

/* `id` is a base id; one outside the tables has no key. */
enum replay_space replay_space_of(enum tws_side dir, int32_t id);

/* A client's message that continues what an earlier one of the same key began: a cancel, or an
 * update.  It belongs to that key and no other. */
bool replay_continues(int32_t id);

/* A gateway's message that is owed to whoever asked: the only answer, or the end of a list.  What
 * is not firm (ticks, updates, members of a list) differs from day to day. */
bool replay_firm(int32_t id);

/* What a client's message changes at the broker or in its windows, in words ("places or changes an
 * order"); NULL: nothing, it only asks. */
const char *replay_changes(int32_t id);

/* A gateway's message that may be the answer to one that changes something. */
bool replay_tells_change(int32_t id);
#endif
