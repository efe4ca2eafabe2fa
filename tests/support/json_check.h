/* json_check.h - is this one line of valid JSON (RFC 8259) in UTF-8? */
#ifndef TWS_JSON_CHECK_H
#define TWS_JSON_CHECK_H
#include <stdbool.h>
#include <stddef.h>

bool json_is_valid(const char *text, size_t len);
#endif
