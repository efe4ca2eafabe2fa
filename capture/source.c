#include "source_kind.h"
#include <stdarg.h>
#include <stdio.h>

void source_say(char out[SOURCE_ERROR_MAX], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(out, SOURCE_ERROR_MAX, format, args);
    va_end(args);
    for (char *p = out; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    }
}

enum source_status source_next(struct source *s, struct packet *out)
{
    return s->kind->next(s, out);
}

const char *source_error(const struct source *s)
{
    return s->error;
}

int source_fd(const struct source *s, uint64_t *every_ns)
{
    return s->kind->fd(s, every_ns);
}

const char *source_name(const struct source *s)
{
    return s->name;
}

bool source_is_loopback(const struct source *s)
{
    return s->loopback;
}

void source_drops(struct source *s, struct source_drops *out)
{
    s->kind->drops(s, out);
}

void source_about(const struct source *s, struct source_about *out)
{
    s->kind->about(s, out);
}

void source_close(struct source *s)
{
    if (s)
        s->kind->close(s);
}
