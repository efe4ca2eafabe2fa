/* around.h - what stands around a payload in a line, and is passed over. */
#ifndef PASTE_AROUND_H
#define PASTE_AROUND_H
#include "bytes.h"
#include "rest.h"

/* Drop a time, a mark of who sent it, and labels ("hex:") from the front.  *dir is set by a mark:
 * '>' is the client, '<' the gateway; else it is left as it is. */
void around_drop_front(struct rest *r, enum tws_side *dir);

/* Drop a mark alone.  False: none is there. */
bool around_drop_mark(struct rest *r, enum tws_side *dir);

/* Drop the name of a type of bytes: "UInt8[...]", "new byte[] {...}", "<Buffer 39 00>".  False:
 * none is there. */
bool around_drop_type(struct rest *r);

/* Drop a comment behind a blank: "# ..." or "// ...". */
void around_drop_comment(struct rest *r);

/* Drop pairs of brackets and quotes around it, and what ends it in a program. */
void around_unwrap(struct rest *r);
#endif
