/* schema_lua.h - the schema as a dissector for Wireshark and tshark: tables, and behind them the
 * program that reads them (dissector.lua). */
#ifndef TWS_SCHEMA_LUA_H
#define TWS_SCHEMA_LUA_H
#include <stdio.h>

void schema_print_lua(FILE *to);

/* The words of schema_print.c for a type and for a condition; "" for the usual one. */
const char *schema_type_name(unsigned type);
const char *schema_when_name(unsigned when);
#endif
