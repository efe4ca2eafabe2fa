#include "cli.h"
#include "options.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct cli_command commands[] = {
    {"capture", cmd_capture, "listen to sessions that exist, without touching them"},
    {"decode", cmd_decode, "payloads of frames, in hex or base64, to their fields"},
    {"demo", cmd_demo, "the whole job on this machine, with nothing to set up: start here"},
    {"doctor", cmd_doctor,
     "look at a Gateway layer by layer: what works, what is broken, what next"},
    {"play", cmd_play, "the client's side of a recording, to a live Gateway"},
    {"proxy", cmd_proxy,
     "sit between a client and TWS or IB Gateway, and say where it goes silent"},
    {"read", cmd_read, "the same from pcap and pcapng files"},
    {"schema", cmd_schema, "every message and field; also as a dissector for Wireshark"},
    {"serve", cmd_serve,
     "a stand-in for the Gateway with scripted scenarios, for tests and trials"},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static const char intro[] =
    "twstap finds out where, exactly, an Interactive Brokers API connection went silent.\n"
    "\n"
    "usage: twstap COMMAND [options]\n"
    "\n";

static const char outro[] =
    "\n"
    "  twstap COMMAND --help   what a command does, its options, examples\n"
    "  twstap --version\n"
    "\n"
    "examples:\n"
    "  twstap demo                                  see it work\n"
    "  twstap doctor                                what is wrong with the Gateway here?\n"
    "  twstap proxy --upstream 127.0.0.1:4002       then point your client at port 4102\n"
    "  twstap proxy --json session.jsonl -v         every frame on the screen, all events in a "
    "file\n"
    "\n"
    "exit status: 0 healthy or done, 1 a silence or failure was found, 2 wrong usage,\n"
    "             3 could not look or write (port in use, no permission, disk full), 4 internal "
    "error\n";

static void help(FILE *to)
{
    fputs(intro, to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs(outro, to);
}

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* `twstap help CMD` is `twstap CMD --help`. */
static int help_on(char *name)
{
    const struct cli_command *c = find(name);
    char option[] = "--help";
    char *argv[] = {name, option, NULL};

    if (!c)
        return options_wrong(NULL, "there is no command '%s'", name);
    return c->run(2, argv);
}

/* A file that is opened must not get the number of a standard stream that was closed: what is meant
 * for the stream would be written into it.  False: there is nothing to open in its place. */
static bool fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    const struct cli_command *c;

    if (!fill_standard_streams())
        return CLI_INTERNAL;
    if (argc < 2) {
        help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("twstap " TWSTAP_VERSION);
        return CLI_OK;
    }
    if (strcmp(argv[1], "help") == 0 && argc > 2)
        return help_on(argv[2]);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        help(stdout);
        return CLI_OK;
    }
    c = find(argv[1]);
    if (!c)
        return options_wrong(
            NULL, argv[1][0] == '-' ? "unknown option %s" : "there is no command '%s'", argv[1]);
    return c->run(argc - 1, argv + 1);
}
