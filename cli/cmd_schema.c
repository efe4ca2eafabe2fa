#include "cli.h"
#include "options.h"
#include "schema_print.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct options {
    enum schema_format format;
    struct schema_choice choice;
};

static bool take_format(void *to, size_t at, const char *value)
{
    static const char *const names[] = {
        [SCHEMA_TSV] = "tsv", [SCHEMA_JSON] = "json", [SCHEMA_MD] = "md", [SCHEMA_LUA] = "lua"};
    struct options *o = to;

    (void)at;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            o->format = (enum schema_format)i;
            return true;
        }
    }
    return false;
}

static bool take_version(void *to, size_t at, const char *value)
{
    struct options *o = to;
    uint32_t n;

    (void)at;
    if (!parse_count(value, &n) || n < TWS_VERSION_MIN || n > TWS_VERSION_MAX)
        return false;
    o->choice.server_version = n;
    return true;
}

static const struct option_row rows[] = {
    {"format", 0, "FORMAT",
     "tsv, json, md (Markdown) or lua, a dissector for Wireshark (default: tsv)",
     "tsv, json, md or lua", take_format, 0},
    {"server-version", 0, "N",
     "only what that server version has: its messages, their form, their fields",
     "a server version from 100 to 226", take_version, 0},
};

static const struct options_page page = {
    .command = "schema",
    .usage = "[options] [MESSAGE]",
    .about = "Prints what the decoder knows: every message and field, in both encodings, or one "
             "message and\nwhat it holds.\n",
    .rows = rows,
    .n_rows = sizeof rows / sizeof rows[0],
    .examples = "  twstap schema tickPrice --format md\n"
                "  twstap schema --server-version 176 > fields.tsv\n"
                "  twstap schema --format lua > tws.lua\n"
                "  tshark -X lua_script:tws.lua -Y tws -r session.pcapng\n",
};

int cmd_schema(int argc, char **argv)
{
    struct options_words words = {.max = 1};
    struct options o = {0};

    switch (options_parse(&page, argc, argv, &o, NULL, &words)) {
    case OPTIONS_GO:
        break;
    case OPTIONS_DONE:
        return CLI_OK;
    case OPTIONS_WRONG:
        return CLI_USAGE;
    }
    if (words.n > 0) {
        o.choice.message = words.word[0];
        if (tws_schema_id(TWS_CLIENT, words.word[0]) < 0 &&
            tws_schema_id(TWS_GATEWAY, words.word[0]) < 0)
            return options_wrong("schema", "no message is called '%s'", words.word[0]);
    }
    if (o.format == SCHEMA_LUA && (words.n > 0 || o.choice.server_version))
        return options_wrong("schema", "the dissector knows all messages of all versions: no "
                                       "MESSAGE or --server-version with --format lua");
    if (schema_is_empty(&o.choice))
        return options_wrong("schema", "there is no %s at server version %lu", o.choice.message,
                             (unsigned long)o.choice.server_version);
    schema_print(stdout, o.format, &o.choice);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "twstap schema: cannot write: %s\n", strerror(errno));
        return CLI_COULD_NOT_LOOK;
    }
    return CLI_OK;
}
