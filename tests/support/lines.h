/* lines.h - the shared material that lies beside the project: read where it is, and skipped with a
 * word where it is not. */
#ifndef TEST_LINES_H
#define TEST_LINES_H
#include <stdbool.h>
#include <stdio.h>

/* Open `path` below the shared folder (TWSTAP_SHARED, or ../shared beside the project).  NULL after
 * a word on standard error: not there. */
FILE *shared_open(const char *path);

/* The same below the project's own tests/protocol; not being there is a failure. */
FILE *protocol_open(const char *path);

/* The next line of `f` without its end, in memory that the next call reuses; NULL at the end. */
char *next_line(FILE *f);

/* Field `n`, from 0, of a tab separated line, in `out`.  False: not so many fields. */
bool tab_field(const char *line, int n, char *out, size_t size);
#endif
