/* log_line.h - frames in the logs of client libraries.
 *
 * Formats: ibapi (Python) writes "SENDING reqIds b'...'", "len 10 raw:b'...'|", "msg:|b'...'|" and
 * "fields (b'9', b'1', b'42')"; ib_insync and ib_async write ">>> 71,2,7,," and "<<< 9,1,42".  Any
 * time, level and name may stand before that. */
#ifndef TWS_LOG_LINE_H
#define TWS_LOG_LINE_H
#include "bytes.h"

enum log_form {
    LOG_NONE,   /* no line of these */
    LOG_BYTES,  /* the payload as a literal of Python's */
    LOG_TUPLE,  /* its fields, each such a literal */
    LOG_COMMAS, /* its fields with commas between them */
};

struct log_line {
    enum log_form form;
    enum tws_side dir; /* who sent it */
    size_t at;         /* where the payload begins in the line, in bytes */
};

struct log_line log_line_read(const char *line, size_t len);

/* The payload of LOG_COMMAS from its `n` characters; at most n + 1 bytes go to `out`.  Commas
 * within fields look like those between them: only in managedAccounts they are told.  Returns how
 * many. */
size_t log_line_fields(enum tws_side dir, const char *text, size_t n, uint8_t *out);
#endif
