/* schema_print.h - what the decoder knows, printed. */
#ifndef TWS_SCHEMA_PRINT_H
#define TWS_SCHEMA_PRINT_H
#include "schema.h"
#include <stdio.h>

enum schema_format { SCHEMA_TSV, SCHEMA_JSON, SCHEMA_MD, SCHEMA_LUA };

struct schema_choice {
    const char *message;     /* its name; NULL: all */
    uint32_t server_version; /* fields of that version alone; 0: of all */
};

/* The chosen part of the schema; the Lua dissector is always whole. */
void schema_print(FILE *to, enum schema_format format, const struct schema_choice *c);

/* Does the choice leave no message at all? */
bool schema_is_empty(const struct schema_choice *c);
#endif
