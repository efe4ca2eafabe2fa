/* cli.h - the program's commands and what it leaves with. */
#ifndef TWS_CLI_H
#define TWS_CLI_H

enum cli_exit {
    CLI_OK = 0,             /* healthy, or done */
    CLI_TROUBLE = 1,        /* a silence or a failure was found in what was observed */
    CLI_USAGE = 2,          /* wrong usage */
    CLI_COULD_NOT_LOOK = 3, /* no permission, no such file, port in use */
    CLI_INTERNAL = 4,       /* our own fault */
};

/* A command of the program.  argv[0] is the command's name.  Returns an enum cli_exit. */
struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary; /* one line */
};

int cmd_capture(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_play(int argc, char **argv);
int cmd_proxy(int argc, char **argv);
int cmd_read(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_serve(int argc, char **argv);
#endif
