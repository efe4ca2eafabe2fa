/* settings.h - a value from the text of a settings file; pure, over bytes that are not trusted. */
#ifndef TWS_SETTINGS_H
#define TWS_SETTINGS_H
#include "bytes.h"

#define SETTINGS_VALUE 64u /* bytes of a value with its NUL; a longer one is cut */

/* `key` of [section], in any case, blanks around it left out.  False: it is not there. */
bool settings_ini(struct tws_cursor text, const char *section, const char *key,
                  char out[SETTINGS_VALUE]);

/* The attribute of the first element of that name: <name ... attribute="value" ...>. */
bool settings_xml(struct tws_cursor text, const char *element, const char *attribute,
                  char out[SETTINGS_VALUE]);

/* What follows `option` in a .vmoptions file, "768m" of "-Xmx768m"; the last one counts. */
bool settings_option(struct tws_cursor text, const char *option, char out[SETTINGS_VALUE]);
#endif
