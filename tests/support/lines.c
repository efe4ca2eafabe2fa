#include "lines.h"
#include <stdlib.h>
#include <string.h>

FILE *shared_open(const char *path)
{
    const char *root = getenv("TWSTAP_SHARED");
    char name[1024];
    FILE *f;

    snprintf(name, sizeof name, "%s/%s", root ? root : TWSTAP_SHARED_DEFAULT, path);
    f = fopen(name, "r");
    if (!f)
        fprintf(stderr, "skipped: no %s\n", name);
    return f;
}

FILE *protocol_open(const char *path)
{
    char name[1024];
    FILE *f;

    snprintf(name, sizeof name, "%s/%s", TWSTAP_PROTOCOL, path);
    f = fopen(name, "r");
    if (!f) {
        fprintf(stderr, "no %s\n", name);
        abort();
    }
    return f;
}

char *next_line(FILE *f)
{
    static char *line;
    static size_t size;
    ssize_t n = getline(&line, &size, f);

    if (n < 0)
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

bool tab_field(const char *line, int n, char *out, size_t size)
{
    for (; n > 0; n--) {
        line = strchr(line, '\t');
        if (!line)
            return false;
        line++;
    }
    snprintf(out, size, "%.*s", (int)strcspn(line, "\t"), line);
    return true;
}
