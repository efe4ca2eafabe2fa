/* debt.h - which side must send the next bytes, since when, and until when it may take.  Private to
 * session/. */
#ifndef TWS_DEBT_H
#define TWS_DEBT_H
#include "session.h"

struct tws_debt {
    enum tws_trouble trouble; /* what it is called when it is not paid */
    enum tws_side owes;
    uint64_t since_ns, due_ns;
    const struct tws_request *request; /* borrowed; NULL in the handshake */
    bool quiet; /* counts only once its time is over: subscriptions that are served no more
                 * (`request`: only this one, or NULL), a client that takes nothing */
};

/* Which side must send the next bytes, and since when.  False: neither, or the stream of that side
 * is not understood, so that what it sends would not be seen. */
bool tws_debt_find(const struct tws_session *s, struct tws_debt *out);
#endif
