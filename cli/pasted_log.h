/* pasted_log.h - `twstap read --log`: a log of a client or a gateway, as the sessions in it. */
#ifndef TWS_PASTED_LOG_H
#define TWS_PASTED_LOG_H
#include "options.h"

/* Read the log at `path` ("-": standard input), and say what `read` says of packets.  An enum
 * cli_exit by what was observed; CLI_COULD_NOT_LOOK where a line, or an output, failed. */
int pasted_log_read(const char *path, struct common_options *common);
#endif
