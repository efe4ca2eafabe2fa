/* client_checks.h - what a client's requests show about the client itself: how near it comes to the
 * limits, what it asks twice, and how it fills its messages.  Private to session/. */
#ifndef TWS_CLIENT_CHECKS_H
#define TWS_CLIENT_CHECKS_H
#include "session.h"

/* A frame of the client counts against the gateway's limits; emits `pacing` where it comes near.
 * From the first such frame on s->checks.asked is there, if memory is. */
void tws_client_checks_pace(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* The client sent reqCurrentTime.  A second one within a second of the first is never answered by
 * newer gateways. */
void tws_client_checks_time(struct tws_session *s, uint64_t now);

/* Does the client ask again for what was answered in a read that it lost? */
void tws_client_checks_deaf(struct tws_session *s, const struct tws_message *m, uint64_t now);

/* Compare the fields of the client's last frame with the layout of its message. */
void tws_client_checks_fields(struct tws_session *s, const struct tws_message *m);

/* The request that ended last was answered to its end: so the gateway takes requests like it. */
void tws_client_checks_answered(struct tws_session *s);

/* Of the client's last request: *paced messages came within the second up to it; was it the first
 * of its kind, and has one of its kind been answered?  All zero while it has asked for nothing. */
void tws_client_checks_form(const struct tws_session *s, uint32_t *paced, bool *first,
                            bool *answered);

/* The session is over. */
void tws_client_checks_free(struct tws_session *s);
#endif
