/* sentence.h - a verdict in words: its sentence and its evidence.  Private to session/. */
#ifndef TWS_SENTENCE_H
#define TWS_SENTENCE_H
#include "silence.h"

/* A session as a verdict sees it. */
struct tws_view {
    const struct tws_session *s; /* borrowed */
    bool final;
    tws_facts facts;
    uint64_t until_ns; /* when the first side closed, or now */
    bool has_debt;
    struct tws_debt debt;
    struct tws_others others;
    struct tws_wire wire; /* not known: all zero */
    enum tws_trouble trouble;
    enum tws_side silent;
    uint64_t since_ns, silence_ns;
};

/* "3.0 s", "120 ms", "0.4 ms". Returns `buf`. */
const char *tws_words_span(uint64_t ns, char *buf, size_t size);

/* Fills says. */
void tws_words_say(const struct tws_view *w, struct tws_verdict *v);

/* Fills evidence and n_evidence, measured facts first. */
void tws_words_evidence(const struct tws_view *w, struct tws_verdict *v);
#endif
