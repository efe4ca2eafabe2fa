#include "kind.h"
#include "settings.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(bool found, const char *value)
{
    if (found && !memchr(value, '\0', SETTINGS_VALUE))
        abort();
}

/* Properties: what a file or /proc holds crashes nothing, a value that is found ends within its
 * room, and a process's name within its own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tws_cursor text = {data, size};
    struct host_process p;
    char value[SETTINGS_VALUE];
    char *words = malloc(size + 1);

    if (!words)
        abort();
    if (size)
        memcpy(words, data, size);
    words[size] = '\0';
    if (host_stat_parse(words, size, 100, &p) && !memchr(p.comm, '\0', sizeof p.comm))
        abort();
    host_words(words, size);
    if (strlen(words) > size)
        abort();
    (void)host_who(words, words);
    check_value(settings_ini(text, "IBGateway", "ApiOnly", value), value);
    check_value(settings_xml(text, "ApiSettings", "port", value), value);
    check_value(settings_option(text, "-Xmx", value), value);
    free(words);
    return 0;
}
