#include "schema.h"
#include <string.h>

int32_t tws_schema_id(enum tws_side dir, const char *name)
{
    for (int32_t id = 0; id < (int32_t)TWS_ID_LIMIT; id++) {
        const struct tws_message_row *row = tws_schema_find(dir, id);

        if (row && strcmp(row->name, name) == 0)
            return id;
    }
    return -1;
}
