#include "parse.h"
#include <stdarg.h>
#include <stdio.h>

#define SECOND_NS 1000000000ull

enum parse_status parse_broken(struct parse *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(f->why, sizeof f->why, format, args);
    va_end(args);
    return PARSE_BROKEN;
}

uint64_t parse_time(int64_t seconds, uint64_t ns)
{
    uint64_t whole;

    if (seconds < 0)
        return 0;
    whole = (uint64_t)seconds + ns / SECOND_NS;
    if (whole > TWS_TIME_LAST / SECOND_NS)
        return TWS_NEVER;
    return tws_after(whole * SECOND_NS, ns % SECOND_NS);
}
