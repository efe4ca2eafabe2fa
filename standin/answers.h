/* answers.h - what the stand-in says: its welcome, and its answers to requests.  Made-up data. */
#ifndef STANDIN_ANSWERS_H
#define STANDIN_ANSWERS_H
#include "encode.h"
#include "message.h"

#define STANDIN_TICKERS_MAX 100u /* as a Gateway's default of market data lines */

/* One session, as far as what is said depends on it. */
struct standin_talk {
    struct standin_out *out; /* borrowed */
    struct standin_form form;
    double now;       /* seconds since 1970 */
    int32_t *tickers; /* owned: reqIds that tick; NULL while none ever did */
    uint32_t n_tickers, cap_tickers;
    uint32_t beat; /* moves the prices */
};

void standin_talk_free(struct standin_talk *t);

/* The frame that answers the hello: a version and a time; or -1 and where to go instead. */
void standin_say_version(struct standin_talk *t);
void standin_say_redirect(struct standin_talk *t, const char *where);

/* `welcome`: enum standin_welcome bits. */
void standin_say_welcome(struct standin_talk *t, uint32_t welcome);
void standin_say_id_in_use(struct standin_talk *t);
void standin_say_upstream_lost(struct standin_talk *t);

/* Answer one frame of a welcomed client.  False: it asked for nothing. */
bool standin_answer(struct standin_talk *t, const struct tws_message *m);

/* A price and a size for each ticker. */
void standin_say_ticks(struct standin_talk *t);
#endif
