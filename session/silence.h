/* silence.h - a debt past its time: reported once, and again when it is paid.  Private to session/.
 */
#ifndef TWS_SILENCE_H
#define TWS_SILENCE_H
#include "session.h"

/* While a silence stands the kernel is asked again, each time after twice as long: a queue fills, a
 * process that was stopped goes on.  Asks if that is due at `at` (ns).  True: its answer has
 * changed, and a state is due. */
bool tws_silence_look_again(struct tws_session *s, uint64_t at);

/* The deadline `at` (ns) has come and was cleared; sets the next.  True: a silence began, at
 * s->now_ns, and a state is due. */
bool tws_silence_pass(struct tws_session *s, uint64_t at);

/* The debt for which a silence stands is paid. */
void tws_silence_recovered(struct tws_session *s, uint64_t now);
#endif
