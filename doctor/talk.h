/* talk.h - one whole polite session: hello, startApi, the welcome, the time, the settings, a clean
 * close.  It asks, each thing once, and changes nothing.
 *
 * The bytes of both sides go through the same session model as those of the relay, so what is wrong
 * is named by the same catalogue.  What the Gateway sends is taken from that session's events. */
#ifndef TWS_TALK_H
#define TWS_TALK_H
#include "doctor.h"
#include "owner.h"
#include "session.h"
#include "verdict.h"

enum talk_step {
    TALK_CONNECT,
    TALK_HELLO,    /* hello to version reply */
    TALK_WELCOME,  /* startApi to nextValidId and managedAccounts */
    TALK_TIME,     /* reqCurrentTime to currentTime */
    TALK_SETTINGS, /* reqConfig to configResponse */
    TALK_CLOSE,    /* FIN to FIN */
    TALK_STEPS,
};

enum talk_end {
    TALK_DONE,
    TALK_UNANSWERED, /* the step's patience is over */
    TALK_CLOSED,     /* the other side ended it */
    TALK_REFUSED,
    TALK_UNREACHABLE, /* the dial failed otherwise; `error` */
    TALK_NO_SOCKET,   /* ours: `error` */
    TALK_STOPPED,     /* we were told to stop */
};

#define TALK_TRUSTED_MAX 8u

/* What the Gateway says of its settings; -1 in a number, an empty text: it said nothing. */
struct talk_settings {
    bool known, refused; /* refused: an error in place of the answer */
    int read_only, localhost_only, message_log, reject_above_rate, keep_on_bad_fields;
    int64_t port, master_id, bulk_timeout;
    char logoff_time[32], logoff_type[32];
    char trusted[TALK_TRUSTED_MAX][48];
    unsigned n_trusted; /* also those that found no place */
};

struct talk {
    struct tws_session session;
    struct tws_port port;
    struct tws_env env;
    struct host_owner owner;
    int fd;
    enum talk_step at;
    enum talk_end end;
    int error; /* errno */
    bool done[TALK_STEPS];
    uint64_t took_ns[TALK_STEPS];
    uint32_t version;
    int32_t client_id;
    int64_t next_id, time_s;
    uint64_t time_at_ns; /* when time_s came */
    unsigned accounts;
    char account_list[160];
    bool welcomed_id, welcomed_accounts, id_in_use;
    struct tws_upstream upstream; /* what the Gateway said of its links */
    int64_t last_code;            /* of an error that is no notice; 0: none */
    char last_text[160];
    struct talk_settings settings;
    struct tws_verdict verdict; /* of a session that did not go through */
    bool left_behind;           /* we closed, and the Gateway had not by then */
};

/* Run it.  `t` stays valid whatever comes; nothing is left open. */
void talk_run(struct talk *t, const struct doctor_ask *ask);
#endif
