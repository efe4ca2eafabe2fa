/* privilege_internal.h - the parts of host_drop that each platform does in its own way. */
#ifndef TWS_PRIVILEGE_INTERNAL_H
#define TWS_PRIVILEGE_INTERNAL_H
#include "privilege.h"

/* While we are still root, where we are: give up what could come back through exec. */
void host_bound(void);

/* Real, effective and saved ids, in one go. */
bool host_set_ids(const struct host_user *u);

/* After the change of user: what is left.  False with errno. */
bool host_clear(void);

/* NULL: nothing is left and nothing comes back; else what is wrong. */
const char *host_left(const struct host_user *u);
#endif
