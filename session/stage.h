/* stage.h - how far the handshake is, and who owes the next bytes.
 *
 * A stage is left when everything it waits for was seen, in whatever order it came: gateways send
 * nextValidId and managedAccounts either way round, and some clients speak before their turn. */
#ifndef TWS_STAGE_H
#define TWS_STAGE_H
#include "event.h"
#include "seen.h"

/* The party that owes the next bytes at this stage. In READY and LIVE open requests decide. */
enum tws_side tws_stage_owes(enum tws_stage s);

/* The stage after `s` once `seen` holds all that `s` waits for; TWS_STAGE_NONE: stay. */
enum tws_stage tws_stage_next(enum tws_stage s, tws_seen_bits seen);
#endif
