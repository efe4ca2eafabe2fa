/* record_name.h - the names of recordings: dates in them, and names that are not taken yet. */
#ifndef TWS_RECORD_NAME_H
#define TWS_RECORD_NAME_H
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Room for what stands before the extension: ".20261130T144500Z-10000" and the end. */
#define RECORD_NAME_ROOM 48u

/* Room for a pattern's result; longer ones are refused. */
#define RECORD_NAME_MAX 4096u

/* `pattern` with its dates filled in, in UTC: %Y %m %d %j %H %M %S %F (2026-11-30) %T (144500) %s
 * (seconds since 1970), and %% for a %.  False: another letter, or no room. */
bool record_name_expand(const char *pattern, time_t now, char *to, size_t size);

/* A name for a recording beside `path`, which is taken: the time stands before the last dot of the
 * name (at its end if there is none), as in day.20261130T144500Z.pcapng; from `n` 2 on with "-n".
 */
void record_name_beside(const char *path, time_t now, unsigned n, char *to, size_t size);

/* The same with ".n", for the n-th older file of a rotation; 0: `path` itself. */
void record_name_older(const char *path, unsigned n, char *to, size_t size);
#endif
